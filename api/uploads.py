"""Sending a picture in pieces over a bad network: tus 1.0 with creation, creation-with-upload, expiration, termination
and checksum. What has been answered is stored and goes on after a restart, on another machine too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid

from flask import Response, request
from werkzeug.http import http_date

from api.endpoint import PUBLIC, Answer, Call, Header, Resource
from api.extensions import storage
from api.receiving import REFUSALS, receive
from brigade.files import attachments, uploads
from brigade.files.uploads import Progress
from brigade.problems import FieldProblem, Invalid, Problem
from pictures.kinds import MAX_BYTES

resource = Resource("uploads", "分割送信 Resumable upload", "/uploads")
VERSION, MEDIA_TYPE = "1.0.0", "application/offset+octet-stream"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
TUS = Header("Tus-Resumable", "1.0.0")
OFFSET = Header("Upload-Offset", "Where the piece begins: how much has arrived.")
LENGTH = Header("Upload-Length", "Bytes of the whole picture.")
METADATA = Header(
    "Upload-Metadata",
    "Keys and values in base64: `id` (the attachment's UUID), `sha256` of the whole picture in hexadecimal (may be left "
    "out); other keys are not looked at.",
)
CHECKSUM = Header("Upload-Checksum", "`sha256` and the SHA-256 of the body in base64.", required=False)


@resource.after_request
def tus(response: Response) -> Response:
    """Every answer says which tus it speaks."""
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


@resource.endpoint_("OPTIONS", "", "What this tus server can do", needs=PUBLIC, status=204)
def options(call: Call) -> Answer:
    """Version, extensions, the largest upload and the checksum's algorithm, as headers."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(MAX_BYTES),
        "Tus-Checksum-Algorithm": "sha256",
    }
    return Answer(headers=told)


@resource.post(
    "", "Begin an upload", status=201, takes=MEDIA_TYPE, body_optional=True, headers=(TUS, LENGTH, METADATA, CHECKSUM),
    problems=(409, 410, 412, 422, 429, 460),
)  # fmt: skip
def create(call: Call) -> Answer:
    """Answers its address in `Location` and in `Upload-Offset` how much is there: 0, or more where the same upload was
    begun before. A body is the first piece; it is left aside where there is more already.
    """
    _check_version()
    length = _number("Upload-Length")
    if length > MAX_BYTES:
        raise Problem("picture-too-large")
    id_, sha256 = _metadata()
    piece = _piece() if request.mimetype == MEDIA_TYPE else b""
    at = uploads.start(call.session, call.actor, id_, length, sha256)
    call.session.commit()
    if at.offset == 0 and (piece or not length):
        at = _append(call, id_, 0, piece)
    answer = _told(at, 201)
    answer.headers["Location"] = f"/api/v1/uploads/{id_}"
    return answer


@resource.endpoint_("HEAD", "/<uuid:upload_id>", "How far an upload is", headers=(TUS,), problems=(410, 412))
def look(call: Call, upload_id: uuid.UUID) -> Answer:
    """`Upload-Offset` of `Upload-Length`; the two are equal when it has become a picture."""
    _check_version()
    return _told(uploads.progress(call.session, call.actor, upload_id), 200)


@resource.patch(
    "/<uuid:upload_id>", "Send the next piece", status=204, takes=MEDIA_TYPE, writes=False,
    headers=(TUS, OFFSET, CHECKSUM), problems=(409, 410, 412, 422, 429, 460),
)  # fmt: skip
def append(call: Call, upload_id: uuid.UUID) -> Answer:
    """The piece is stored when it is answered, and not at all when the connection breaks before its end: send small
    ones. The last one makes the picture, or answers why it cannot be one.
    """
    _check_version()
    if request.mimetype != MEDIA_TYPE:
        raise Problem("wrong-media-type")
    return _told(_append(call, upload_id, _number("Upload-Offset"), _piece()), 204)


@resource.delete("/<uuid:upload_id>", "Give an upload up", status=204, headers=(TUS,), problems=(409, 412))
def delete(call: Call, upload_id: uuid.UUID) -> None:
    """What has arrived is removed; so is the picture that it has become, as long as no submitted report names it."""
    _check_version()
    files = uploads.terminate(call.session, call.actor, upload_id)
    call.session.commit()
    attachments.drop(storage(), files)


def _append(call: Call, id_: uuid.UUID, offset: int, piece: bytes) -> Progress:
    """The upload with the piece: file first, then the row. The last piece is not stored; it makes the picture."""
    session, actor = call.session, call.actor
    upload = uploads.at(session, actor, id_, offset)
    end = offset + len(piece)
    if end > upload.length:
        raise Problem("too-large")
    if end == upload.length:
        return _complete(call, upload, piece)
    if not piece:
        return uploads.progress_of(upload)
    session.rollback()
    file_id = uploads.put_piece(storage(), piece)
    try:
        session.connection(execution_options={"writing": True})
        at = uploads.advance(uploads.at(session, actor, id_, offset), actor, len(piece), file_id)
        session.flush()
    except Exception:  # another one was quicker, or the database is away: no row names the file
        attachments.drop(storage(), [uploads.piece_key(file_id)])
        raise
    session.commit()
    return at


def _complete(call: Call, upload: uploads.Upload, last: bytes) -> Progress:
    """All is there: the picture and the end of the upload are one transaction, before which nothing has moved."""
    session, actor = call.session, call.actor
    id_, offset, length, sha256 = upload.id, upload.offset, upload.length, upload.sha256
    pieces = [(piece.length, piece.file_id) for piece in upload.pieces]
    session.rollback()
    whole = uploads.assembled(storage(), pieces, last)
    files: list[str] = []

    def ended(refused: str | None = None) -> None:
        files[:] = uploads.end(session, uploads.at(session, actor, id_, offset), refused)

    try:
        if sha256 and hashlib.sha256(whole).hexdigest() != sha256:
            raise Problem("hash-mismatch")
        receive(call, id_, whole, also=ended)
    except Problem as problem:
        if problem.code in (*REFUSALS.values(), "hash-mismatch"):
            session.connection(execution_options={"writing": True})
            ended(problem.code)
            session.commit()
            attachments.drop(storage(), files)
        raise
    attachments.drop(storage(), files)
    return Progress(id_, length, length, None)


def _told(at: Progress, status: int) -> Answer:
    headers = {"Upload-Offset": str(at.offset), "Upload-Length": str(at.length)}
    if at.expires_at is not None:
        headers["Upload-Expires"] = http_date(at.expires_at)
    return Answer(status=status, headers=headers)


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Problem("tus-version")


def _number(header: str) -> int:
    said = request.headers.get(header, "")
    if not re.fullmatch("[0-9]{1,15}", said):
        raise Problem("bad-upload-header")
    return int(said)


def _piece() -> bytes:
    """The body, found to be what its checksum says."""
    data = request.get_data()
    said = request.headers.get("Upload-Checksum")
    if said is not None:
        algorithm, _, digest = said.partition(" ")
        if algorithm != "sha256":
            raise Problem("bad-upload-header")
        if _decoded(digest) != hashlib.sha256(data).digest():
            raise Problem("upload-checksum")
    return data


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Problem("bad-upload-header") from None


def _metadata() -> tuple[uuid.UUID, str | None]:
    """The attachment's id, and the SHA-256 of the whole where it is said."""
    said: dict[str, bytes] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key in said:
            raise Problem("bad-upload-header")
        said[key] = _decoded(value.strip())
    try:
        id_ = uuid.UUID(said["id"].decode("ascii"))
    except KeyError:
        raise Invalid([FieldProblem("/Upload-Metadata/id", "required")]) from None
    except ValueError:
        raise Invalid([FieldProblem("/Upload-Metadata/id", "bad-id")]) from None
    digest = said.get("sha256", b"").decode("ascii", errors="replace").lower()
    if digest and not re.fullmatch("[0-9a-f]{64}", digest):
        raise Invalid([FieldProblem("/Upload-Metadata/sha256", "bad-hash")])
    return id_, digest or None
