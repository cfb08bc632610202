"""Sending pictures as an app does: whole, or by tus in pieces; and looking into the storage from outside."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from brigade.db import new_id
from tests import make
from tests.api.answers import API, CheckedClient, body_of
from tests.pictures.samples import photograph

ATTACHMENTS, UPLOADS = f"{API}/attachments", f"{API}/uploads"
PIECE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def send(person: CheckedClient, data: bytes | None = None, id_: str | None = None, **form: str) -> TestResponse:
    """The answer to a picture sent whole."""
    content = photograph() if data is None else data
    answer = person.post(
        ATTACHMENTS, data={"id": id_ or str(new_id()), "file": (io.BytesIO(content), "写真.jpg"), **form}
    )
    answer.request.environ["wsgi.input"].close()
    return answer


def sent(person: CheckedClient, data: bytes | None = None, id_: str | None = None) -> dict[str, Any]:
    """The picture, sent whole."""
    return body_of(send(person, data, id_), 201)


def metadata(id_: str, digest: str | None = None, **more: str) -> str:
    """``Upload-Metadata`` of these."""
    said = {"id": id_, **({"sha256": digest} if digest else {}), **more}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def begin(
    person: CheckedClient, data: bytes, id_: str, *, digest: str | None = None, first: bytes = b"", **more: str
) -> TestResponse:
    """The answer to a new upload; ``first`` goes with it."""
    headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata(id_, digest, **more)}
    return person.post(UPLOADS, headers=headers, data=first, content_type=PIECE if first else None)


def patch(person: CheckedClient, id_: str, offset: int, piece: bytes, **headers: str) -> TestResponse:
    """The answer to a piece."""
    said = {**TUS, "Upload-Offset": str(offset), **headers}
    return person.patch(f"{UPLOADS}/{id_}", headers=said, data=piece, content_type=PIECE)


def head(person: CheckedClient, id_: str) -> TestResponse:
    """How far the upload is."""
    return person.head(f"{UPLOADS}/{id_}", headers=TUS)


def offset(answer: TestResponse) -> int:
    return int(answer.headers["Upload-Offset"])


def root(app: Flask) -> Path:
    """The folder in which this application keeps files."""
    return Path(app.config["BRIGADE"].storage_url.removeprefix("file://"))


def files(app: Flask) -> set[str]:
    """Every file in it, by its key."""
    return {path.relative_to(root(app)).as_posix() for path in root(app).rglob("*") if path.is_file()}


def within(picture: bytes) -> bytes:
    """Another picture of as many bytes: it begins and ends as before."""
    at = len(picture) * 2 // 3
    return picture[:at] + bytes(one ^ 0x15 for one in picture[at : at + 8]) + picture[at + 8 :]


def naming(city: make.City, *ids: str, login: str = "squad11a", **said: Any) -> dict[str, Any]:
    """A report that names these pictures."""
    return make.body(city, "K1-1-1", login, attachment_ids=list(ids), **said)


def sees(person: CheckedClient, id_: str) -> bool:
    """Whether the picture and its thumbnail are answered; unknown else, both alike."""
    statuses = {person.get(f"{ATTACHMENTS}/{id_}{more}").status_code for more in ("", "/thumbnail")}
    assert statuses in ({200}, {404})
    return statuses == {200}


def checksum(data: bytes) -> dict[str, str]:
    """``Upload-Checksum`` of a piece."""
    return {"Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}"}


def whole(person: CheckedClient, data: bytes, id_: str, step: int = 3000, at: int = 0) -> TestResponse:
    """Send the rest piece by piece; the last answer."""
    while at < len(data):
        answer = patch(person, id_, at, data[at : at + step])
        assert answer.status_code == 204, answer.text
        at = offset(answer)
    return answer
