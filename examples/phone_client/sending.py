"""Sending the queue: a report first, its pictures after it, and nothing leaves the queue before it was read back.

All of it may be interrupted anywhere and is simply done again: ids are made when a report is queued, so the server
knows what it has seen before.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from phone_client.server import NotNow, Refused, Server
from phone_client.storage import Picture, Report, Storage

PIECE = 128 * 1024
"""Bytes of a piece of an upload: what is lost at most when the train enters a tunnel."""

LONGEST_PAUSE = 300.0
MEDIA_TYPE = "application/offset+octet-stream"
TUS = {"Tus_Resumable": "1.0.0"}


def send(server: Server, storage: Storage, seconds: float, pause: float, say: Callable[[str], None]) -> None:
    """Send what waits, for at most so many seconds; pauses grow from ``pause`` seconds while nothing works."""
    until, failures = time.monotonic() + seconds, 0
    while waiting := [report for report in storage.queue() if report.problem is None]:
        failure = None
        for report in waiting:
            try:
                send_one(server, storage, report)
                failures = 0
            except NotNow as error:
                failure = error
                if not error.answered:
                    break  # the network is away for all of them; else one bad report must not hold up the others
        if failure is None:
            continue
        failures += 1
        # By chance, so that a thousand phones that lost one mast do not come back in the same second.
        most = min(LONGEST_PAUSE, pause * 2**failures)
        wait = max(failure.wait, random.uniform(most / 2, most))
        if time.monotonic() + wait > until:
            say(f"not now: {failure}")
            return
        time.sleep(wait)


def send_one(server: Server, storage: Storage, report: Report) -> None:
    """One report with its pictures, as far as it goes. A refusal is kept with it until the person looks at it."""
    refusal = None
    try:
        if not report.sent:
            server.ask("POST", "/activity-reports", report.body)
            storage.report_sent(report.id)
        for picture in storage.pictures(report.id):
            try:
                send_picture(server, storage, picture)
            except Refused as error:
                refusal = error  # the other pictures may go
        if refusal is None:
            storage.done(read_back(server, storage, report))
    except Refused as error:
        refusal = error
    if refusal is not None:
        storage.refuse(report.id, refusal.problem)


def send_picture(server: Server, storage: Storage, picture: Picture) -> None:
    """A small one in one request, another one in pieces that go on where the last try ended."""
    if picture.sent:
        return
    if len(picture.data) <= PIECE:
        fields = {"id": picture.id, "sha256": picture.sha256}
        media_type, body = form(fields, picture.name, picture.data)
        server.ask("POST", "/attachments", body, Content_Type=media_type)
    else:
        upload(server, storage, picture)
    storage.set_picture(picture.id, sent=True)


def upload(server: Server, storage: Storage, picture: Picture) -> None:
    """By tus 1.0: create, send piece after piece, and after a break ask how much is there."""
    where, offset = picture.upload, 0
    try:
        if where is None:
            where = create_upload(server, picture)
            storage.set_picture(picture.id, upload=where)
        else:
            offset = int(server.ask("HEAD", where, **TUS).headers["upload-offset"])
        while offset < len(picture.data):
            piece = picture.data[offset : offset + PIECE]
            checksum = f"sha256 {base64.b64encode(hashlib.sha256(piece).digest()).decode()}"
            said = {"Upload_Offset": str(offset), "Content_Type": MEDIA_TYPE, "Upload_Checksum": checksum, **TUS}
            offset = int(server.ask("PATCH", where, piece, **said).headers["upload-offset"])
    except Refused as error:
        status = error.problem["status"]
        if status in (415, 422):
            give_up(server, picture)
        if where is None or status not in (404, 409, 410, 460):
            raise
        if status in (404, 410):
            storage.set_picture(picture.id)  # it has expired: begin anew
        # 409: a piece went twice, 460: it was spoilt on its way. In both cases ask again how much is there.
        raise NotNow(f"the upload was interrupted ({status})", answered=True) from None


def give_up(server: Server, picture: Picture) -> None:
    """The server has refused this picture: its id becomes free for another one in its place."""
    with suppress(Refused):  # nothing of it is there
        server.ask("DELETE", f"/uploads/{picture.id}", **TUS)


def create_upload(server: Server, picture: Picture) -> str:
    """Where the pieces go."""
    said = {"id": picture.id, "sha256": picture.sha256, "filename": picture.name}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    answer = server.ask("POST", "/uploads", Upload_Length=str(len(picture.data)), Upload_Metadata=metadata, **TUS)
    return answer.headers["location"]


def read_back(server: Server, storage: Storage, report: Report) -> dict[str, Any]:
    """The report as the server has it, found to be what was queued, pictures included."""
    there: dict[str, Any] = server.ask("GET", f"/activity-reports/{report.id}").data
    differing = [name for name, value in report.body.items() if name != "submit" and not same(there.get(name), value)]
    arrived = {picture["id"]: picture["sha256"] for picture in there["attachments"]}
    for picture in storage.pictures(report.id):
        if picture.id not in arrived:
            storage.set_picture(picture.id)
            raise NotNow("a picture is missing", answered=True)
        if arrived[picture.id] != picture.sha256:
            differing.append(picture.name)
    if differing:
        raise Refused({"code": "differs", "status": 200, "detail": f"The server has other values: {differing}"})
    return there


def same(there: Any, sent: Any) -> bool:
    """Whether all that was sent is there. An instant may be written with another offset, an object have more fields."""
    if isinstance(sent, dict):
        return isinstance(there, dict) and all(same(there.get(name), value) for name, value in sent.items())
    if isinstance(sent, list):
        return isinstance(there, list) and len(there) == len(sent) and all(map(same, there, sent))
    return bool(
        there == sent or (isinstance(sent, str) and isinstance(there, str) and _instant(sent) == _instant(there))
    )


def _instant(text: str) -> dt.datetime | str:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return text


def form(fields: dict[str, str], name: str, data: bytes) -> tuple[str, bytes]:
    """A body of ``multipart/form-data`` with one file, and its media type."""
    edge = f"edge-{random.getrandbits(128):032x}"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n' for key, text in fields.items()
    ]
    parts.append(
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return f"multipart/form-data; boundary={edge}", "".join(parts).encode() + data + f"\r\n--{edge}--\r\n".encode()
