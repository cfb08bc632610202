"""Pictures of reports: sent once, seen by whoever may read the report, served as files (S-18)."""

from __future__ import annotations

import io
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api import receiving
from brigade.db import new_id
from brigade.files import attachments
from brigade.problems import Unavailable
from pictures.sandbox import Busy
from tests.api.answers import API
from tests.api.asking import REPORTS, digest, done, file, places, signed_in, unavailable
from tests.api.pictures import ATTACHMENTS, files, naming, root, sees, send, sent, sha256, within
from tests.pictures import samples
from tests.pictures.samples import encoded, exif, opened, photograph, scene


@pytest.fixture(autouse=True)
def _no_files(app) -> None:
    """The application is kept for many tests; what lies in its storage is not."""
    shutil.rmtree(root(app), ignore_errors=True)


# --- Sending ----------------------------------------------------------------------------------------------------------


def test_a_picture_is_sent_and_kept_clean(app, ask) -> None:
    person, id_ = ask("squad11a"), str(new_id())
    data = encoded(scene(3000, 2000), exif=exif(6))
    answer = send(person, data, id_, sha256=sha256(data).upper())
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{ATTACHMENTS}/{id_}")
    body = answer.json
    served = person.get(body["url"])
    assert body == {
        "id": id_, "media_type": "image/jpeg", "bytes": len(served.data), "width": 1066, "height": 1600,
        "taken_at": "2026-11-08T09:12:33+09:00", "sha256": sha256(data), "url": f"{ATTACHMENTS}/{id_}",
        "thumbnail_url": f"{ATTACHMENTS}/{id_}/thumbnail", "created_at": body["created_at"],
    }  # fmt: skip
    assert opened(served.data).size == (1066, 1600)
    assert opened(person.get(body["thumbnail_url"]).data).size == (213, 320)
    for name in files(app):
        kept = (root(app) / name).read_bytes()
        assert samples.GPS_TEXT not in kept
        assert samples.MAKER not in kept
    assert {name.split("/")[0] for name in files(app)} == {"pictures", "thumbnails"}


def test_it_is_served_as_a_file_and_never_as_a_page(ask) -> None:
    person = ask("squad11a")
    for name, data in samples.polyglots().items():
        body = sent(person, data)
        for url in (body["url"], body["thumbnail_url"]):
            answer = person.get(url, headers={"Accept": "text/html"})
            assert (answer.status_code, answer.content_type) == (200, "image/jpeg"), name
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{body["id"]}')
            assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert answer.data.startswith(b"\xff\xd8\xff\xe0")


def test_what_an_app_has_already_is_not_sent_again(ask) -> None:
    person = ask("squad11a")
    body = sent(person)
    tags = set()
    for url in (body["url"], body["thumbnail_url"]):
        answer = person.get(url)
        tags.add(answer.headers["ETag"])
        again = person.get(url, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        assert person.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
        head = person.head(url)
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
    assert len(tags) == 2


def test_what_is_no_picture_is_refused_and_leaves_nothing(app, ask) -> None:
    person, before = ask("squad11a"), digest(app)
    for name, data in samples.no_pictures().items():
        answer = send(person, data)
        assert (answer.status_code, answer.json["code"]) == (415, "picture-format"), name
    for name, code, status in (
        ("PNG of 50,000 by 50,000", "picture-too-many-pixels", 422), ("cut JPEG", "picture-unreadable", 422),
    ):  # fmt: skip
        answer = send(person, samples.bombs()[name])
        assert (answer.status_code, answer.json["code"]) == (status, code)
    answer = send(person, bytes(4) + b"ftypheic" + bytes(100))
    assert (answer.status_code, answer.json["code"]) == (415, "picture-heic")
    assert "写真の形式" in answer.json["title"]
    answer = send(person, photograph() + bytes(10 * 1024 * 1024))
    assert (answer.status_code, answer.json["code"]) == (413, "picture-too-large")
    assert digest(app) == before
    assert files(app) == set()


def test_bytes_that_changed_on_the_way_are_refused(app, ask) -> None:
    person, before, data = ask("squad11a"), digest(app), photograph()
    answer = send(person, data, sha256=sha256(data[:-1]))
    assert (answer.status_code, answer.json["code"]) == (422, "hash-mismatch")
    assert (digest(app), files(app)) == (before, set())


def test_a_form_that_is_none_is_refused(app, ask) -> None:
    person = ask("squad11a")
    for wrong in ({"id": ""}, {"id": "x"}, {"sha256": "x"}, {"sha256": "a" * 63}, {"sha256": "a" * 65}, {"more": "1"}):
        answer = person.post(ATTACHMENTS, data={"id": str(new_id()), "file": (io.BytesIO(photograph()), "a"), **wrong})
        answer.request.environ["wsgi.input"].close()
        assert list(places(answer)) == [f"/{next(iter(wrong))}"]
    assert files(app) == set()


def test_another_body_than_a_form_is_refused(app, ask) -> None:
    person = ask("squad11a")
    assert person.post(ATTACHMENTS, data=photograph(), content_type="image/jpeg").status_code == 415
    assert person.post(ATTACHMENTS, json={"id": str(new_id())}).status_code == 415
    assert list(places(person.post(ATTACHMENTS, data={"id": str(new_id())}, content_type="multipart/form-data"))) == [
        "/file"
    ]
    assert list(
        places(person.post(ATTACHMENTS, data={"id": str(new_id()), "file": "x"}, content_type="multipart/form-data"))
    ) == ["/file"]


# --- Sent again -------------------------------------------------------------------------------------------------------


def test_the_same_picture_again_answers_the_same_and_stores_nothing(app, ask, later) -> None:
    person, id_ = ask("squad11a"), str(new_id())
    first = sent(person, id_=id_)
    before, kept = digest(app), files(app)
    later(minutes=4)
    again = send(person, id_=id_)
    assert again.status_code in (200, 201)
    assert again.json == first
    assert (digest(app), files(app)) == (before, kept)


def test_the_same_id_for_anything_else_is_taken(app, ask) -> None:
    id_ = str(new_id())
    sent(ask("squad11a"), id_=id_)
    ask("squad11b"), ask("bureau")
    before, kept = digest(app), files(app)
    for login, data in (("squad11a", photograph(seed=2)), ("squad11b", photograph()), ("bureau", photograph(seed=3))):
        answer = send(ask(login), data, id_)
        assert (answer.status_code, answer.json["code"]) == (409, "id-taken")
    assert (digest(app), files(app)) == (before, kept)


def test_the_same_picture_at_the_same_instant_is_stored_once(app, city, ask, monkeypatch) -> None:
    id_, together = str(new_id()), threading.Barrier(4)
    put = attachments.put_files

    def all_at_once(*said):
        made = put(*said)
        together.wait(20)
        return made

    monkeypatch.setattr(attachments, "put_files", all_at_once)
    token = ask("squad11a").tokens["access_token"]
    monkeypatch.setattr("pictures.sandbox.SANDBOX.max_wait", 60)

    def one(_):
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return send(client, id_=id_)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(one, range(4)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({json.dumps(answer.json) for answer in answers}) == 1
    assert len(files(app)) == 2


def test_two_pictures_under_one_id_at_the_same_instant_are_one_and_a_refusal(app, city, ask, monkeypatch) -> None:
    id_, together = str(new_id()), threading.Barrier(2)
    put = attachments.put_files

    def all_at_once(*said):
        made = put(*said)
        together.wait(20)
        return made

    monkeypatch.setattr(attachments, "put_files", all_at_once)
    tokens = [ask(login).tokens["access_token"] for login in ("squad11a", "squad11b")]

    def one(number):
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens[number]}"
        return send(client, photograph(seed=number), id_)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(one, range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(files(app)) == 2
    winner = ask(("squad11a", "squad11b")[[answer.status_code for answer in answers].index(201)])
    assert winner.get(f"{ATTACHMENTS}/{id_}").status_code == 200


# --- Deleting ---------------------------------------------------------------------------------------------------------


def test_ones_own_picture_can_be_deleted_until_its_report_is_submitted(app, ask, city) -> None:
    author = ask("squad11a")
    picture, other = sent(author), sent(author, photograph(seed=1))
    draft = file(author, naming(city, picture["id"], other["id"], submit=False))
    assert author.delete(f"{ATTACHMENTS}/{picture['id']}").status_code == 204
    assert not sees(author, picture["id"])
    assert author.get(f"{REPORTS}/{draft['id']}").json["missing_attachment_ids"] == [picture["id"]]
    assert len(files(app)) == 2
    done(author, draft, "submit")
    refused = author.delete(f"{ATTACHMENTS}/{other['id']}")
    assert (refused.status_code, refused.json["code"]) == (409, "attachment-in-use")
    by_leader = ask("squad11").delete(f"{ATTACHMENTS}/{other['id']}")
    assert (by_leader.status_code, by_leader.json["reasons"]) == (403, ["not-uploader"])
    assert ask("squad11b").delete(f"{ATTACHMENTS}/{other['id']}").status_code == 404
    assert author.delete(f"{ATTACHMENTS}/{new_id()}").status_code == 404
    assert len(files(app)) == 2


def test_a_deleted_picture_may_be_sent_anew(ask) -> None:
    author, id_ = ask("squad11a"), str(new_id())
    sent(author, id_=id_)
    assert author.delete(f"{ATTACHMENTS}/{id_}").status_code == 204
    assert sent(author, photograph(seed=9), id_)["sha256"] == sha256(photograph(seed=9))


# --- Limits and rules -------------------------------------------------------------------------------------------------


def test_so_many_a_day(ask, later, monkeypatch) -> None:
    monkeypatch.setattr(attachments, "QUOTA", 2)
    author = ask("squad11a")
    first = sent(author, id_=str(new_id()))
    sent(author)
    refused = send(author)
    assert (refused.status_code, refused.json["code"]) == (429, "picture-quota")
    left = int(refused.headers["Retry-After"])
    assert 0 < left <= 24 * 3600
    assert send(author, id_=first["id"]).status_code in (200, 201)  # the same again is not one more
    assert send(ask("squad11b")).status_code == 201
    later(seconds=left)
    assert send(signed_in(author.application.test_client(), "squad11a")).status_code == 201


def test_a_city_may_choose_not_to_keep_the_time(ask, city) -> None:
    author, bureau, unit = ask("squad11a"), ask("bureau"), city.unit_id("K1")
    settings = bureau.get(f"{API}/units/{unit}/settings").json
    assert settings["effective"]["keep_capture_time"] is True
    changed = bureau.patch(
        f"{API}/units/{unit}/settings",
        json={"keep_capture_time": False},
        headers={"If-Match": f'"{settings["version"]}"'},
    )
    assert changed.status_code == 200, changed.text
    assert sent(author)["taken_at"] is None


def test_a_time_that_cannot_be_is_left_out(ask) -> None:
    for taken in ("1999:12:31 23:59:59", "2026:11:22 09:00:00", "2031:01:01 00:00:00", None):
        assert sent(ask("squad11a"), encoded(scene(), exif=exif(taken=taken)))["taken_at"] is None


# --- When something is away -------------------------------------------------------------------------------------------


def test_a_storage_that_is_away_takes_nothing_and_says_so(app, ask) -> None:
    person, id_, before = ask("squad11a"), str(new_id()), digest(app)
    root(app).parent.mkdir(exist_ok=True)
    root(app).write_bytes(b"")  # where the folder should be
    assert unavailable(send(person, id_=id_))
    assert unavailable(app.test_client().get("/readyz"))
    assert digest(app) == before
    root(app).unlink()
    assert app.test_client().get("/readyz").status_code == 200
    body = sent(person, id_=id_)
    away = root(app).rename(root(app).with_name("away"))
    assert unavailable(person.get(body["url"]))
    away.rename(root(app))
    assert person.get(body["url"]).status_code == 200


@pytest.mark.parametrize("damage", ["cut", "emptied", "zeroes", "a part is zeroes", "longer", "within", "another"])
def test_a_damaged_file_is_not_shown_as_the_picture(app, ask, damage, caplog) -> None:
    person = ask("squad11a")
    body = sent(person)
    for address, folder in ((body["url"], "pictures"), (f"{body['url']}/thumbnail", "thumbnails")):
        (path,) = (root(app) / folder).rglob("*.jpg")
        whole = path.read_bytes()
        damaged = {
            "cut": whole[:-10], "emptied": b"", "zeroes": bytes(len(whole)), "longer": whole + b"\0" * 512,
            "a part is zeroes": whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2),
            "within": within(whole), "another": encoded(scene(40, 30), "JPEG"),
        }  # fmt: skip
        path.write_bytes(damaged[damage])
        assert unavailable(person.get(address))
        assert {record.error for record in caplog.records if record.name == "brigade.storage"} == {"OtherContent"}
        path.write_bytes(whole)
        assert person.get(address).data == whole


def test_no_time_to_look_is_no_fault_of_the_picture(app, ask, monkeypatch) -> None:
    person, before = ask("squad11a"), digest(app)

    def busy(data):
        raise Busy

    monkeypatch.setattr(receiving.SANDBOX, "clean", busy)
    answer = send(person)
    assert unavailable(answer)
    assert answer.headers["Retry-After"] == "10"
    assert (digest(app), files(app)) == (before, set())
    monkeypatch.undo()
    assert send(person).status_code == 201


def test_a_row_that_cannot_be_written_leaves_no_file(app, ask, monkeypatch) -> None:
    person = ask("squad11a")

    def broken(*said):
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(attachments, "keep", broken)
        assert unavailable(send(person))
    assert files(app) == set()


def test_words_are_in_both_languages(ask) -> None:
    person = ask("squad11a")
    japanese = send(person, samples.HTML)
    person.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    english = send(person, samples.HTML)
    assert "写真の形式" in japanese.json["detail"]
    assert "JPEG, PNG or WebP" in english.json["detail"]
