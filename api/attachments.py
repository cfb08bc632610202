"""Pictures of activity reports: sent whole, read by whoever may read the report, served as files and never as pages."""

from __future__ import annotations

import hashlib
import uuid

from flask import request
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from api.body import Strict, read_form
from api.endpoint import Answer, Call, Resource
from api.extensions import storage
from api.receiving import receive
from api.schemas import AttachmentOut
from brigade.files import attachments
from brigade.files.attachments import MEDIA_TYPE, picture_key, thumbnail_key
from brigade.files.storage import whole_jpeg
from brigade.problems import Problem
from brigade.viewings import Kept, viewed_in
from pictures.kinds import MAX_BYTES

resource = Resource("attachments", "写真 Pictures", "/attachments")
SERVED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
}
"""Whatever a browser may take it for, it is shown as nothing but a picture; and asked for anew each time, as who may see
it changes."""


class PictureForm(Strict):
    """The picture, the id that the phone gave it, and the SHA-256 of its bytes by which a change on the way is seen."""

    id = fields.UUID(required=True)
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    sha256 = fields.String(load_default=None, validate=validate.Regexp("[0-9a-fA-F]{64}$", error="bad-hash"))


@resource.post(
    "", "Send a picture", form=PictureForm(), returns=AttachmentOut(), status=201, problems=(409, 429), writes=False
)
def send(call: Call) -> Answer:
    """JPEG, PNG or WebP up to 10 MB and 50 million pixels. It is kept as an upright JPEG of at most 1,600 pixels, without
    its place. The same id with the same bytes again answers as the first time did; a report may name the id before.
    """
    data, _, form = read_form(PictureForm(), MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise Problem("picture-too-large")
    if form["sha256"] and form["sha256"].lower() != hashlib.sha256(data).hexdigest():
        raise Problem("hash-mismatch")
    body = receive(call, form["id"], data)
    return Answer(body, headers={"Location": body["url"]})


@resource.get("/<uuid:attachment_id>", "A picture", media_type=MEDIA_TYPE, conditional=True)
def picture(call: Call, attachment_id: uuid.UUID) -> Answer:
    """The picture's bytes: one's own, and those of reports that one may read."""
    return picture_of(call.session, attachment_id)


@resource.get("/<uuid:attachment_id>/thumbnail", "A picture's thumbnail", media_type=MEDIA_TYPE, conditional=True)
def thumbnail(call: Call, attachment_id: uuid.UUID) -> Answer:
    """The same with at most 320 pixels."""
    return thumbnail_of(call.session, attachment_id)


def picture_of(session: Session, attachment_id: uuid.UUID) -> Answer:
    """The picture as a file; NotFound where the asker may not see it."""
    row = attachments.read(session, attachment_id)
    viewed_in(session, Kept("picture", row.id))
    return _file(session, picture_key(row.file_id), f"{row.id}.jpg", row.file_sha256, row.bytes)


def thumbnail_of(session: Session, attachment_id: uuid.UUID) -> Answer:
    """The thumbnail as a file; NotFound where the asker may not see it."""
    row = attachments.read(session, attachment_id)
    viewed_in(session, Kept("picture", row.id))
    return _file(session, thumbnail_key(row.file_id), f"{row.id}-small.jpg", row.thumbnail_sha256)


def _file(session: Session, key: str, name: str, sha256: str | None, size: int | None = None) -> Answer:
    tag = key.rpartition("/")[2].removesuffix(".jpg") + key[0]  # new with each file, and another for the thumbnail
    headers = {**SERVED, "ETag": f'"{tag}"', "Content-Disposition": f'attachment; filename="{name}"'}
    if request.if_none_match.contains_weak(tag):
        return Answer(b"", status=304, headers=headers, media_type=MEDIA_TYPE)
    session.rollback()  # a storage that is slow holds nobody up
    return Answer(whole_jpeg(storage(), key, sha256, size), headers=headers, media_type=MEDIA_TYPE)


@resource.delete("/<uuid:attachment_id>", "Delete one's own picture", status=204, problems=(409,))
def delete(call: Call, attachment_id: uuid.UUID) -> None:
    """As long as no submitted report names it. One that has not come, and that a report of one's own names, is left out:
    nobody waits for it any more, and the report stays as it is.
    """
    files = attachments.delete(call.session, call.actor, attachment_id)
    call.session.commit()
    attachments.drop(storage(), files)
