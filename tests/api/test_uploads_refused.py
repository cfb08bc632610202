"""What tus refuses and how it says so; and what happens when storage or time are short."""

from __future__ import annotations

import base64
import shutil

import pytest

from api import receiving
from brigade.db import new_id
from brigade.files import attachments, uploads
from brigade.problems import Unavailable
from pictures.sandbox import Busy
from tests.api.answers import API
from tests.api.asking import digest, places, unavailable
from tests.api.pictures import (
    PIECE,
    TUS,
    UPLOADS,
    begin,
    checksum,
    files,
    head,
    metadata,
    offset,
    patch,
    root,
    sha256,
    whole,
)
from tests.pictures import samples
from tests.pictures.samples import photograph

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""What is refused here is refused before the database has a say: one kind of it is enough."""


@pytest.fixture(autouse=True)
def _no_files(app) -> None:
    shutil.rmtree(root(app), ignore_errors=True)


@pytest.fixture
def phone(ask):
    return ask("squad11a")


@pytest.fixture
def id_() -> str:
    return str(new_id())


def test_another_version_is_refused_and_told_which(phone, id_) -> None:
    begin(phone, photograph(), id_)
    for said in ({}, {"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": "1.0"}, {"Tus-Resumable": ""}):
        for answer in (
            phone.post(UPLOADS, headers={"Upload-Length": "10", "Upload-Metadata": metadata(id_), **said}),
            phone.patch(f"{UPLOADS}/{id_}", headers={"Upload-Offset": "0", **said}, data=b"x", content_type=PIECE),
            phone.delete(f"{UPLOADS}/{id_}", headers=said),
            phone.head(f"{UPLOADS}/{id_}", headers=said),
        ):
            assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
            assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert offset(head(phone, id_)) == 0


def test_a_piece_of_another_media_type_is_refused(phone, id_) -> None:
    begin(phone, photograph(), id_)
    headers = {**TUS, "Upload-Offset": "0"}
    for media in (None, "application/octet-stream", "image/jpeg", "application/json"):
        assert phone.patch(f"{UPLOADS}/{id_}", headers=headers, data=b"x", content_type=media).status_code == 415
    assert offset(head(phone, id_)) == 0


NONSENSE = [
    ({"Upload-Length": ""}, 400, "bad-upload-header"),
    ({"Upload-Length": "-1"}, 400, "bad-upload-header"),
    ({"Upload-Length": "1e3"}, 400, "bad-upload-header"),
    ({"Upload-Length": "3\xb2"}, 400, "bad-upload-header"),
    ({"Upload-Length": "9" * 400}, 400, "bad-upload-header"),
    ({"Upload-Length": "", "Upload-Defer-Length": "1"}, 400, "bad-upload-header"),
    ({"Upload-Length": str(10 * 1024 * 1024 + 1)}, 413, "picture-too-large"),
    ({"Upload-Metadata": ""}, 422, "invalid-fields"),
    ({"Upload-Metadata": "filename d29ybGQ="}, 422, "invalid-fields"),
    ({"Upload-Metadata": "id !!!"}, 400, "bad-upload-header"),
    ({"Upload-Metadata": "id " + base64.b64encode(b"../../etc/passwd").decode()}, 422, "invalid-fields"),
    ({"Upload-Metadata": "id " + base64.b64encode(b"\xff\xfe\x00").decode()}, 422, "invalid-fields"),
    ({"Upload-Metadata": metadata("0" * 32) + "," + metadata("1" * 32)}, 400, "bad-upload-header"),
    ({"Upload-Metadata": metadata("0" * 32, "abc")}, 422, "invalid-fields"),
    ({"Upload-Metadata": ",,,"}, 400, "bad-upload-header"),
]


def test_an_upload_that_says_nonsense_is_not_begun(app, phone) -> None:
    before = digest(app)
    for said, status, code in NONSENSE:
        headers = {**TUS, "Upload-Length": "1000", "Upload-Metadata": metadata(str(new_id())), **said}
        answer = phone.post(UPLOADS, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (status, code), said
    assert (digest(app), files(app)) == (before, set())
    empty = begin(phone, b"", str(new_id()))
    assert (empty.status_code, empty.json["code"]) == (415, "picture-format")


def test_an_offset_that_is_none(phone, id_) -> None:
    begin(phone, photograph(), id_)
    for said in ("", "-1", "x", "1.0", "0x10", " ", "9" * 300, "3\xb2"):
        answer = phone.patch(f"{UPLOADS}/{id_}", headers={**TUS, "Upload-Offset": said}, data=b"x", content_type=PIECE)
        assert (answer.status_code, answer.json["code"]) == (400, "bad-upload-header"), said


def test_a_piece_that_is_not_what_its_checksum_says_is_refused(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_)
    wrong = patch(phone, id_, 0, data[:1000], **checksum(data[:999]))
    assert (wrong.status_code, wrong.json["code"]) == (460, "upload-checksum")
    for said in ("md5 XrY7u+Ae7tCTyyK7j1rNww==", "sha256", "sha256 !", "", "sha256  "):
        answer = patch(phone, id_, 0, data[:1000], **{"Upload-Checksum": said})
        assert answer.status_code in (400, 460), said
    assert (offset(head(phone, id_)), files(app)) == (0, set())
    assert begin(phone, data, str(new_id()), first=data[:100]).status_code == 201


def test_what_turns_out_to_be_no_picture_ends_the_upload_with_its_problem(app, phone) -> None:
    for data, status, code in (
        (samples.HTML * 50, 415, "picture-format"),
        (samples.bombs()["cut JPEG"], 422, "picture-unreadable"),
        (samples.bombs()["PNG of 50,000 by 50,000"], 422, "picture-too-many-pixels"),
    ):
        id_ = str(new_id())
        begin(phone, data, id_)
        patch(phone, id_, 0, data[:1000])
        refused = patch(phone, id_, 1000, data[1000:])
        assert (refused.status_code, refused.json["code"]) == (status, code)
        assert files(app) == set()
        assert head(phone, id_).status_code == 410
        for answer in (begin(phone, data, id_), patch(phone, id_, 1000, data[1000:]), patch(phone, id_, 0, b"x")):
            assert (answer.status_code, answer.json["code"]) == (status, code)
        assert phone.delete(f"{UPLOADS}/{id_}", headers=TUS).status_code == 204
        assert begin(phone, photograph(), id_).status_code == 201


def test_bytes_that_changed_on_the_way_may_come_anew(app, phone, id_) -> None:
    data = photograph()
    spoilt = data[:500] + b"\0" + data[501:]
    begin(phone, data, id_, digest=sha256(data))
    patch(phone, id_, 0, spoilt[:1000])
    refused = patch(phone, id_, 1000, spoilt[1000:])
    assert (refused.status_code, refused.json["code"]) == (422, "hash-mismatch")
    assert (head(phone, id_).status_code, files(app)) == (404, set())
    assert offset(begin(phone, data, id_, digest=sha256(data))) == 0
    assert offset(whole(phone, data, id_)) == len(data)


# --- When something is away -------------------------------------------------------------------------------------------


def test_a_storage_that_is_away_moves_nothing(app, phone, id_) -> None:
    data = photograph()
    begin(phone, data, id_, first=data[:1000])
    before = digest(app)
    away = root(app).rename(root(app).with_name("away"))
    root(app).write_bytes(b"")
    assert unavailable(patch(phone, id_, 1000, data[1000:2000]))
    assert unavailable(patch(phone, id_, 1000, data[1000:]))
    assert digest(app) == before
    root(app).unlink()
    away.rename(root(app))
    whole(phone, data, id_, at=1000)


def test_no_time_to_look_leaves_the_last_piece_to_be_sent_again(app, phone, id_, monkeypatch) -> None:
    data = photograph()
    begin(phone, data, id_, first=data[:1000])
    before, kept = digest(app), files(app)
    for target, name, wrong in ((receiving.SANDBOX, "clean", Busy), (attachments, "keep", Unavailable)):
        with monkeypatch.context() as patched:
            patched.setattr(target, name, lambda *said, wrong=wrong: (_ for _ in ()).throw(wrong()))
            assert unavailable(patch(phone, id_, 1000, data[1000:]))
        assert (digest(app), files(app)) == (before, kept)
        assert offset(head(phone, id_)) == 1000
    assert offset(patch(phone, id_, 1000, data[1000:])) == len(data)


def test_a_piece_whose_row_cannot_be_written_leaves_no_file(app, phone, id_, monkeypatch) -> None:
    data = photograph()
    begin(phone, data, id_)
    with monkeypatch.context() as patched:
        patched.setattr(uploads, "advance", lambda *said: (_ for _ in ()).throw(Unavailable()))
        assert unavailable(patch(phone, id_, 0, data[:1000]))
    assert files(app) == set()
    assert offset(head(phone, id_)) == 0


def test_metadata_are_read_field_by_field(phone) -> None:
    answer = phone.post(UPLOADS, headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "a b,id"})
    assert (answer.status_code, answer.json["code"]) == (400, "bad-upload-header")
    answer = phone.post(UPLOADS, headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "name, is_private"})
    assert places(answer) == {"/Upload-Metadata/id": "required"}
    assert phone.get(f"{API}/uploads").status_code == 405
