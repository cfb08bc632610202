"""Pictures on their way in pieces, over networks that break. What has arrived is in the store and survives a restart.

Each piece is a file of its own under a new name: first the file, then the row that moves the upload's offset. A file
whose row was never written counts for nothing and is swept away.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from brigade.actor import Actor
from brigade.db import Base, new_id
from brigade.files import attachments
from brigade.files.attachments import TAKEN
from brigade.files.storage import Storage
from brigade.problems import Conflict, NotFound, Problem, Unavailable

LIFETIME = dt.timedelta(days=7)
"""After the last piece that came."""


class Upload(Base):
    """A picture that has not wholly arrived; its id is the attachment's. ``refused``: why it never will be one."""

    __tablename__ = "uploads"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    uploader_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    length: Mapped[int]
    offset: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(String(64))
    refused: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)

    pieces: Mapped[list[UploadPiece]] = relationship(
        order_by="UploadPiece.offset", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (Index("ix_uploads_uploader", "uploader_id"),)


class UploadPiece(Base):
    """So many bytes from this offset on, in a file of their own."""

    __tablename__ = "upload_pieces"

    upload_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    offset: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    length: Mapped[int]
    file_id: Mapped[uuid.UUID] = mapped_column(unique=True)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is; ``expires_at`` None when all of it has become a picture."""

    id: uuid.UUID
    offset: int
    length: int
    expires_at: dt.datetime | None

    @property
    def is_done(self) -> bool:
        """Nothing more is to be sent."""
        return self.expires_at is None


def piece_key(file_id: uuid.UUID) -> str:
    """Where a piece's file lies."""
    return f"uploads/{file_id.hex[-2:]}/{file_id}"


def start(session: Session, actor: Actor, id_: uuid.UUID, length: int, sha256: str | None) -> Progress:
    """A new upload, or the same one again as far as it has come. Conflict when the id stands for something else."""
    picture = attachments.sent_before(session, actor, id_, sha256)
    if picture is not None:
        if picture.sent_bytes != length:
            raise Conflict()
        return _done(picture)
    upload = session.get(Upload, id_, execution_options=TAKEN)
    if upload is not None and upload.expires_at <= actor.now:
        session.delete(upload)
        session.flush()
        upload = None
    if upload is None:
        attachments.check_quota(session, actor, others=_begun(session, actor))
        upload = Upload(
            id=id_, uploader_id=actor.member_id, length=length, offset=0, sha256=sha256, created_at=actor.now,
            expires_at=actor.now + LIFETIME, pieces=[],
        )  # fmt: skip
        session.add(upload)
        session.flush()
    if (upload.uploader_id, upload.length, upload.sha256) != (actor.member_id, length, sha256):
        raise Conflict()
    _check_goes_on(upload)
    return progress_of(upload)


def _begun(session: Session, actor: Actor) -> int:
    mine = select(func.count()).where(Upload.uploader_id == actor.member_id, Upload.expires_at > actor.now)
    return session.scalar(mine) or 0


def progress(session: Session, actor: Actor, id_: uuid.UUID) -> Progress:
    """How far one's own upload is. NotFound, or ``upload-gone`` when it has expired or its picture was refused."""
    upload = session.scalar(select(Upload).where(Upload.id == id_))
    if upload is None:
        return _done(_sent_by(session, actor, id_))
    if upload.refused or upload.expires_at <= actor.now:
        raise Problem("upload-gone")
    return progress_of(upload)


def at(session: Session, actor: Actor, id_: uuid.UUID, offset: int) -> Upload:
    """One's own upload, held until the commit, which goes on at this offset. Refused where it does not."""
    upload = session.scalar(select(Upload).where(Upload.id == id_).with_for_update(of=Upload))
    if upload is None:
        _sent_by(session, actor, id_)
        raise Problem("upload-offset")  # all of it is there
    if upload.expires_at <= actor.now:
        raise Problem("upload-gone")
    _check_goes_on(upload)
    if upload.offset != offset:
        raise Problem("upload-offset")
    return upload


def advance(upload: Upload, actor: Actor, length: int, file_id: uuid.UUID) -> Progress:
    """The upload with one more piece whose file is stored."""
    upload.pieces.append(UploadPiece(offset=upload.offset, length=length, file_id=file_id))
    upload.offset += length
    upload.expires_at = actor.now + LIFETIME
    return progress_of(upload)


def put_piece(storage: Storage, data: bytes) -> uuid.UUID:
    """Store a piece's bytes under a new name."""
    file_id = new_id()
    storage.put(piece_key(file_id), data)
    return file_id


def assembled(storage: Storage, pieces: list[tuple[int, uuid.UUID]], last: bytes) -> bytes:
    """All bytes: the stored pieces (length, file) in their order, and the last one."""
    parts = []
    for length, file_id in pieces:
        part = storage.get(piece_key(file_id))
        if len(part) != length:
            raise Unavailable
        parts.append(part)
    return b"".join([*parts, last])


def end(session: Session, upload: Upload, refused: str | None = None) -> list[str]:
    """The upload is over; its pieces' keys come back. A picture that was refused stays so for whoever asks again,
    but bytes that changed on their way may come anew.
    """
    keys = _keys(upload)
    if refused in (None, "hash-mismatch"):
        session.delete(upload)
    else:
        upload.refused, upload.pieces = refused, []
    session.flush()
    return keys


def terminate(session: Session, actor: Actor, id_: uuid.UUID) -> list[str]:
    """Give up one's own upload, or the picture that it has become; the keys of all its files come back."""
    upload = session.scalar(select(Upload).where(Upload.id == id_).with_for_update(of=Upload))
    return attachments.delete(session, actor, id_) if upload is None else end(session, upload)


def _keys(upload: Upload) -> list[str]:
    return [piece_key(piece.file_id) for piece in upload.pieces]


def progress_of(upload: Upload) -> Progress:
    """As answered."""
    return Progress(upload.id, upload.offset, upload.length, upload.expires_at)


def _done(picture: attachments.Attachment) -> Progress:
    return Progress(picture.id, picture.sent_bytes, picture.sent_bytes, None)


def _sent_by(session: Session, actor: Actor, id_: uuid.UUID) -> attachments.Attachment:
    picture = attachments.read(session, id_)
    if picture.uploader_id != actor.member_id:
        raise NotFound()
    return picture


def _check_goes_on(upload: Upload) -> None:
    if upload.refused:
        raise Problem(upload.refused)
