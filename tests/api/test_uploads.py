"""tus 1.0, as its specification (tus.io/protocols/resumable-upload, core and the five extensions) says it."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from random import Random

import pytest

from brigade.dates import utc_now
from brigade.db import new_id
from brigade.files import attachments, uploads
from tests import make
from tests.api.asking import REPORTS, digest, file, signed_in
from tests.api.pictures import (
    ATTACHMENTS,
    TUS,
    UPLOADS,
    begin,
    checksum,
    files,
    head,
    offset,
    patch,
    root,
    send,
    sent,
    sha256,
    whole,
)
from tests.pictures.samples import photograph


@pytest.fixture(autouse=True)
def _no_files(app) -> None:
    shutil.rmtree(root(app), ignore_errors=True)


@pytest.fixture
def phone(ask):
    return ask("squad11a")


@pytest.fixture
def id_() -> str:
    return str(new_id())


# --- The way it goes --------------------------------------------------------------------------------------------------


def test_what_the_server_can_do(phone) -> None:
    answer = phone.options(UPLOADS)
    assert (answer.status_code, answer.data) == (204, b"")
    told = {name: answer.headers[name] for name, _ in answer.headers if name.startswith("Tus-")}
    assert told == {
        "Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Max-Size": str(10 * 1024 * 1024),
        "Tus-Extension": "creation,creation-with-upload,expiration,termination,checksum",
        "Tus-Checksum-Algorithm": "sha256",
    }  # fmt: skip


def test_a_picture_comes_in_pieces(app, phone, id_) -> None:
    data = photograph()
    made = begin(phone, data, id_, digest=sha256(data), filename="写真.jpg", filetype="image/jpeg")
    assert (made.status_code, made.data, made.headers["Location"]) == (201, b"", f"{UPLOADS}/{id_}")
    assert offset(made) == 0
    at = 0
    for piece in (data[:1000], data[1000:1001], data[1001:7000]):
        answer = patch(phone, id_, at, piece, **checksum(piece))
        at += len(piece)
        assert (answer.status_code, answer.data, offset(answer)) == (204, b"", at)
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        seen = head(phone, id_)
        assert (seen.status_code, offset(seen), int(seen.headers["Upload-Length"])) == (200, at, len(data))
        assert seen.headers["Cache-Control"] == "no-store"
        assert phone.get(f"{ATTACHMENTS}/{id_}").status_code == 404
    assert len(files(app)) == 3
    last = patch(phone, id_, at, data[at:])
    assert (last.status_code, offset(last)) == (204, len(data))
    assert "Upload-Expires" not in last.headers
    assert {name.split("/")[0] for name in files(app)} == {"pictures", "thumbnails"}
    seen = head(phone, id_)
    assert (seen.status_code, offset(seen), int(seen.headers["Upload-Length"])) == (200, len(data), len(data))
    again = send(phone, data, id_).json
    assert (again["sha256"], again["taken_at"]) == (sha256(data), "2026-11-08T09:12:33+09:00")


def test_all_of_it_or_some_may_come_with_the_creation(app, phone, id_) -> None:
    data, other = photograph(), str(new_id())
    made = begin(phone, data, id_, first=data)
    assert (made.status_code, offset(made)) == (201, len(data))
    assert phone.get(f"{ATTACHMENTS}/{id_}").status_code == 200
    some = begin(phone, data, other, first=data[:500])
    assert (some.status_code, offset(some)) == (201, 500)
    again = begin(phone, data, other, first=data[:800])  # what it brings is left aside: there is more already
    assert (again.status_code, offset(again)) == (201, 500)
    assert offset(whole(phone, data, other, at=500)) == len(data)


def test_a_report_shows_it_when_it_has_come(ask, city, phone, id_) -> None:
    report = file(phone, make.body(city, "K1-1-1", "squad11a", attachment_ids=[id_]))
    data = photograph()
    begin(phone, data, id_, first=data[:100])
    seen = ask("squad11").get(f"{REPORTS}/{report['id']}").json
    assert seen["missing_attachment_ids"] == [id_]
    whole(phone, data, id_, at=100)
    seen = ask("squad11").get(f"{REPORTS}/{report['id']}").json
    assert [picture["sha256"] for picture in seen["attachments"]] == [sha256(data)]


# --- Begun again ------------------------------------------------------------------------------------------------------


def test_begun_again_it_goes_on_where_it_was(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_, digest=sha256(data))
    patch(phone, id_, 0, data[:1234])
    before = files(app)
    again = begin(phone, data, id_, digest=sha256(data).upper())
    assert (again.status_code, again.headers["Location"], offset(again)) == (201, f"{UPLOADS}/{id_}", 1234)
    assert files(app) == before
    whole(phone, data, id_, at=1234)
    for digest_ in (sha256(data), None):
        done = begin(phone, data, id_, digest=digest_)
        assert (done.status_code, offset(done)) == (201, len(data))


def test_the_same_id_for_anything_else_is_taken(ask, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_, digest=sha256(data))
    for answer in (
        begin(phone, data[:-1], id_, digest=sha256(data)),
        begin(phone, data, id_, digest=sha256(data[:-1])),
        begin(phone, data, id_),
        begin(ask("squad11b"), data, id_, digest=sha256(data)),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "id-taken")
    whole(phone, data, id_)
    for answer in (
        begin(phone, data[:-1], id_),
        begin(phone, data, id_, digest=sha256(data[:-1])),
        begin(ask("squad11b"), data, id_, digest=sha256(data)),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "id-taken")


def test_sent_whole_meanwhile_there_is_nothing_more_to_send(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_)
    patch(phone, id_, 0, data[:2000])
    sent(phone, data, id_)
    assert offset(begin(phone, data, id_)) == len(data)
    assert offset(patch(phone, id_, 2000, data[2000:])) == len(data)
    assert len(files(app)) == 2
    assert offset(head(phone, id_)) == len(data)


def test_another_picture_sent_whole_meanwhile_keeps_its_id(app, phone, id_) -> None:
    data, other = photograph(), photograph(seed=4)
    begin(phone, data, id_)
    patch(phone, id_, 0, data[:2000])
    first = sent(phone, other, id_)
    answer = patch(phone, id_, 2000, data[2000:])
    assert (answer.status_code, answer.json["code"]) == (409, "id-taken")
    assert send(phone, other, id_).json == first


# --- Wrong offsets and lost answers -----------------------------------------------------------------------------------


def test_a_piece_that_does_not_begin_where_it_stands_is_refused(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_)
    patch(phone, id_, 0, data[:1000])
    before, kept = digest(app), files(app)
    for at in (0, 1, 999, 1001, len(data), 10**14):
        answer = patch(phone, id_, at, data[1000:2000])
        assert (answer.status_code, answer.json["code"]) == (409, "upload-offset"), at
    assert (digest(app), files(app)) == (before, kept)
    whole(phone, data, id_, at=1000)
    for at in (0, 1000, len(data)):
        assert patch(phone, id_, at, b"x").status_code == 409


def test_more_than_was_announced_is_too_much(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_)
    assert patch(phone, id_, 0, data + b"x").status_code == 413
    patch(phone, id_, 0, data[:1000])
    assert patch(phone, id_, 1000, data[1000:] + b"x").status_code == 413
    assert offset(head(phone, id_)) == 1000


def test_an_empty_piece_moves_nothing(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_)
    for at in (0, 1000):
        answer = patch(phone, id_, at, b"")
        assert (answer.status_code, offset(answer)) == (204, at)
        patch(phone, id_, at, data[at : at + 1000])


def test_two_pieces_for_one_place_at_the_same_instant_are_one(app, city, phone, id_, monkeypatch) -> None:
    """Whichever is first counts, wholly; the other is refused and its file removed."""
    data, together = photograph(), threading.Barrier(4)
    begin(phone, data, id_)
    put = uploads.put_piece

    def all_at_once(*said):
        made = put(*said)
        together.wait(20)
        return made

    monkeypatch.setattr(uploads, "put_piece", all_at_once)
    token = phone.tokens["access_token"]

    def one(length):
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return patch(client, id_, 0, data[:length])

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(one, [1000, 2000, 3000, 4000]))
    monkeypatch.undo()
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    (taken,) = [offset(answer) for answer in answers if answer.status_code == 204]
    assert offset(head(phone, id_)) == taken
    assert len(files(app)) == 1
    whole(phone, data, id_, at=taken)
    assert send(phone, data, id_).json["sha256"] == sha256(data)


def test_the_last_piece_twice_at_the_same_instant_makes_one_picture(app, city, phone, id_, monkeypatch) -> None:
    data, together = photograph(), threading.Barrier(2)
    begin(phone, data, id_)
    patch(phone, id_, 0, data[:1000])
    put = attachments.put_files

    def all_at_once(*said):
        made = put(*said)
        together.wait(20)
        return made

    monkeypatch.setattr(attachments, "put_files", all_at_once)
    token = phone.tokens["access_token"]

    def one(_):
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return patch(client, id_, 1000, data[1000:])

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(answer.status_code for answer in threads.map(one, range(2)))
    assert answers == [204, 409]
    assert offset(head(phone, id_)) == len(data)
    assert len(files(app)) == 2


def test_pieces_of_any_size_make_the_same_bytes(phone) -> None:
    for seed in range(4):
        chance, data, id_ = Random(seed), photograph(seed=seed), str(new_id())
        begin(phone, data, id_, digest=sha256(data))
        at = 0
        while at < len(data):
            piece = data[at : at + chance.choice([1, 7, 500, 4096, 9000])]
            if chance.random() < 0.3:  # the answer was lost: ask, as an app does
                patch(phone, id_, at, piece)
                at = offset(head(phone, id_))
            else:
                at = offset(patch(phone, id_, at, piece))
        assert send(phone, data, id_).json["sha256"] == sha256(data)


# --- Whose it is ------------------------------------------------------------------------------------------------------


def test_an_upload_is_its_senders_alone(app, ask, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_, first=data[:1000])
    others = [ask(login) for login in ("squad11b", "squad11", "bureau")]
    before = digest(app)
    for other in others:
        assert head(other, id_).status_code == 404
        assert patch(other, id_, 1000, data[1000:]).status_code == 404
        assert other.delete(f"{UPLOADS}/{id_}", headers=TUS).status_code == 404
    assert head(phone, str(new_id())).status_code == 404
    assert digest(app) == before
    whole(phone, data, id_, at=1000)
    assert head(ask("squad11b"), id_).status_code == 404


def test_who_reads_the_report_does_not_go_on_with_the_upload(ask, city, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_, first=data)
    file(phone, make.body(city, "K1-1-1", "squad11a", attachment_ids=[id_]))
    leader = ask("squad11")
    assert leader.get(f"{ATTACHMENTS}/{id_}").status_code == 200
    assert head(leader, id_).status_code == 404
    assert patch(leader, id_, 0, data).status_code == 404
    assert leader.delete(f"{UPLOADS}/{id_}", headers=TUS).status_code == 403


# --- Its end ----------------------------------------------------------------------------------------------------------


def test_an_upload_expires_a_week_after_its_last_piece(app, ask, phone, id_, later) -> None:
    data = photograph()
    made = begin(phone, data, id_)
    expires = parsedate_to_datetime(made.headers["Upload-Expires"])
    assert abs((expires - utc_now()).total_seconds() - 7 * 86400) < 60
    later(days=6)
    phone = signed_in(app.test_client(), "squad11a")
    assert parsedate_to_datetime(patch(phone, id_, 0, data[:1000]).headers["Upload-Expires"]) > expires
    later(days=6, hours=23)
    phone = signed_in(app.test_client(), "squad11a")
    assert offset(head(phone, id_)) == 1000
    later(hours=2)
    phone = signed_in(app.test_client(), "squad11a")
    gone = patch(phone, id_, 1000, data[1000:])
    assert (gone.status_code, gone.json["code"]) == (410, "upload-gone")
    assert head(phone, id_).status_code == 410
    assert offset(begin(phone, data, id_)) == 0
    assert offset(whole(phone, data, id_)) == len(data)


def test_an_upload_can_be_given_up(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_, first=data[:1000])
    answer = phone.delete(f"{UPLOADS}/{id_}", headers=TUS)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    assert files(app) == set()
    assert head(phone, id_).status_code == 404
    assert patch(phone, id_, 1000, data[1000:]).status_code == 404
    assert phone.delete(f"{UPLOADS}/{id_}", headers=TUS).status_code == 404


def test_the_picture_that_it_became_can_be_given_up_too(app, city, phone, id_) -> None:
    data, other = photograph(), str(new_id())
    begin(phone, data, id_, first=data)
    assert phone.delete(f"{UPLOADS}/{id_}", headers=TUS).status_code == 204
    assert (head(phone, id_).status_code, files(app)) == (404, set())
    begin(phone, data, other, first=data)
    file(phone, make.body(city, "K1-1-1", "squad11a", attachment_ids=[other]))
    refused = phone.delete(f"{UPLOADS}/{other}", headers=TUS)
    assert (refused.status_code, refused.json["code"]) == (409, "attachment-in-use")


def test_uploads_count_among_the_pictures_of_a_day(phone, id_, monkeypatch) -> None:
    monkeypatch.setattr(attachments, "QUOTA", 2)
    sent(phone)
    assert begin(phone, photograph(), id_).status_code == 201
    refused = begin(phone, photograph(), str(new_id()))
    assert (refused.status_code, refused.json["code"]) == (429, "picture-quota")
    assert begin(phone, photograph(), id_).status_code == 201
    whole(phone, photograph(), id_)
