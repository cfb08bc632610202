"""Pictures that belong to reports. The row is written after its files, so it never points at nothing.

A report names pictures by the ids that the member's phone gave them; they may come later than the report.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Select, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.activity.activities import ActivityReport, ReportAttachment
from brigade.activity.whole import Report
from brigade.actor import Actor
from brigade.creations import Answered, Creation, content_hash, keep_answer
from brigade.dates import day_start
from brigade.db import Base, new_id
from brigade.files.storage import Storage
from brigade.organisation.unit_settings import settings_of
from brigade.problems import Conflict, FieldProblem, NotFound, Problem, Refused
from brigade.questions import Question, among
from brigade.sync.change_notes import note_reports

QUOTA = 200
"""Pictures of one person and day (in Japan)."""

FIRST_YEAR = 2000
MEDIA_TYPE = "image/jpeg"
TAKEN = {"as_system": "an id is taken whoever took it"}
LEFT_OUT = "attachment-left-out"
_LEFT_OUT = Question(
    select(Creation.id, Creation.actor_id).where(among(Creation.id, "ids"), Creation.resource == LEFT_OUT), TAKEN
)


class Attachment(Base):
    """One clean picture. ``sha256`` and ``sent_bytes`` are of what was sent, ``bytes`` of what is kept.

    ``file_id`` names its two files; ``file_sha256`` and ``thumbnail_sha256`` are theirs (empty: not noted yet).
    ``unused_since``: no report has named it since then (noted by the daily sweep).
    """

    __tablename__ = "attachments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    uploader_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    file_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[dt.datetime | None]
    sha256: Mapped[str] = mapped_column(String(64))
    sent_bytes: Mapped[int]
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    thumbnail_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    unused_since: Mapped[dt.datetime | None]

    __table_args__ = (Index("ix_attachments_uploader", "uploader_id", "created_at"),)


class Picture(NamedTuple):
    """What is shown of a picture, named as in ``Attachment``."""

    id: uuid.UUID
    uploader_id: uuid.UUID
    bytes: int
    width: int
    height: int
    taken_at: dt.datetime | None
    sha256: str
    created_at: dt.datetime


class Files(NamedTuple):
    """Both files of a picture, in the store: the name that they have in common, and the SHA-256 of each."""

    id: uuid.UUID
    sha256: str
    thumbnail_sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to be said of a picture whose files are in the store: see ``Attachment``."""

    files: Files
    bytes: int
    width: int
    height: int
    taken_at: dt.datetime | None
    sha256: str
    sent_bytes: int


def picture_key(file_id: uuid.UUID) -> str:
    """Where the picture's file lies."""
    return f"pictures/{file_id.hex[-2:]}/{file_id}.jpg"


def thumbnail_key(file_id: uuid.UUID) -> str:
    """Where the thumbnail's file lies."""
    return f"thumbnails/{file_id.hex[-2:]}/{file_id}.jpg"


def put_files(storage: Storage, picture: bytes, thumbnail: bytes) -> Files:
    """Store both under a new name; Unavailable, with nothing left, where that cannot be done."""
    file_id = new_id()
    try:
        storage.put(picture_key(file_id), picture)
        storage.put(thumbnail_key(file_id), thumbnail)
    except Problem:
        drop(storage, keys_of(file_id))
        raise
    return Files(file_id, *(hashlib.sha256(data).hexdigest() for data in (picture, thumbnail)))


def keys_of(file_id: uuid.UUID) -> list[str]:
    """Both files of a picture."""
    return [picture_key(file_id), thumbnail_key(file_id)]


def drop(storage: Storage, keys: Iterable[str]) -> None:
    """Remove files that no row names; what cannot be removed now is swept later."""
    for key in keys:
        with suppress(Problem):
            storage.delete(key)


def sent_before(session: Session, actor: Actor, id_: uuid.UUID, sha256: str | None = None) -> Attachment | None:
    """The picture that the actor has sent under this id. Conflict for other bytes, and for someone else's id."""
    row = session.get(Attachment, id_, populate_existing=True, execution_options=TAKEN)
    if row is None:
        return None
    if row.uploader_id != actor.member_id or (sha256 is not None and sha256 != row.sha256):
        raise Conflict()
    return row


def check_quota(session: Session, actor: Actor, others: int = 0) -> None:
    """Refuse the picture that would be one too many today; ``others`` are on their way."""
    since = day_start(actor.today)
    mine = select(func.count()).where(Attachment.uploader_id == actor.member_id, Attachment.created_at >= since)
    if (session.scalar(mine) or 0) + others >= QUOTA:
        left = since + dt.timedelta(days=1) - actor.now
        raise Problem("picture-quota", retry_after=int(left.total_seconds()) + 1)


def keep(session: Session, actor: Actor, id_: uuid.UUID, kept: Kept) -> Attachment:
    """The row of a picture whose files are stored; whoever sees a report that names it is told."""
    row = Attachment(
        id=id_,
        uploader_id=actor.member_id,
        file_id=kept.files.id,
        file_sha256=kept.files.sha256,
        thumbnail_sha256=kept.files.thumbnail_sha256,
        bytes=kept.bytes,
        width=kept.width,
        height=kept.height,
        taken_at=plausible(kept.taken_at, actor.now) if _keeps_time(session, actor) else None,
        sha256=kept.sha256,
        sent_bytes=kept.sent_bytes,
        created_at=actor.now,
    )
    session.add(row)
    session.flush()
    note_reports(session, session.scalars(_naming(row)).all())  # it was missing there until now
    return row


def plausible(taken_at: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    """The time of capture where a camera's clock can have been right: since 2000, and not after tomorrow."""
    if taken_at is None or taken_at.year < FIRST_YEAR or taken_at > now + dt.timedelta(days=1):
        return None
    return taken_at


def _keeps_time(session: Session, actor: Actor) -> bool:
    unit_id = actor.home[0] if actor.home else actor.bureau_id
    return settings_of(session, unit_id, actor.today).keep_capture_time


def read(session: Session, id_: uuid.UUID) -> Attachment:
    """The picture; NotFound when there is none or it is not the actor's to see."""
    row = session.scalar(select(Attachment).where(Attachment.id == id_))
    if row is None:
        raise NotFound()
    return row


def delete(session: Session, actor: Actor, id_: uuid.UUID) -> list[str]:
    """Forget one's own picture; its files' keys come back. Refused once a report that names it has been submitted.

    One that has not come, and that a report of the actor's names, is left out: nobody waits for it any more.
    """
    row = session.scalar(select(Attachment).where(Attachment.id == id_))
    if row is None:
        _leave_out(session, actor, id_)
        return []
    if row.uploader_id != actor.member_id:
        raise Refused("not-uploader")
    naming = _naming(row)
    if session.scalar(naming.where(ActivityReport.number.is_not(None)).limit(1)) is not None:
        raise Problem("attachment-in-use")
    note_reports(session, session.scalars(naming).all())
    session.delete(row)
    session.flush()
    return keys_of(row.file_id)


def _leave_out(session: Session, actor: Actor, id_: uuid.UUID) -> None:
    """The report goes on naming it, as it was submitted so; that it will not come is kept as the answer to its id."""
    reports = session.scalars(_naming_id(id_, actor.member_id)).all()
    if not reports or session.get(Attachment, id_, execution_options=TAKEN) is not None:
        raise NotFound()
    if _LEFT_OUT.ask(session, ids=[id_]):
        return
    answered = Answered(LEFT_OUT, actor.member_id, content_hash(str(id_)), 204, json.dumps({"id": str(id_)}))
    keep_answer(session, id_, answered, actor.now)
    note_reports(session, reports)


def still_to_come(
    session: Session, reports: Collection[Report], there: Mapping[uuid.UUID, Sequence[Attachment | Picture]]
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Report → the pictures that it names, that are not there, and that its author has not left out.

    One statement, none where every picture is there. ``there`` as ``of_reports`` gives it.
    """
    found = {
        report.id: [id_ for id_ in report.attachment_ids if id_ not in {row.id for row in there.get(report.id, ())}]
        for report in reports
    }
    away = {id_ for ids in found.values() for id_ in ids}
    if not away:
        return found
    left_out = {(row[0], row[1]) for row in _LEFT_OUT.ask(session, ids=away)}
    authors = {report.id: report.author_id for report in reports}
    return {
        report_id: [id_ for id_ in ids if (id_, authors[report_id]) not in left_out] for report_id, ids in found.items()
    }


def _naming(row: Attachment) -> Select[uuid.UUID]:
    """The uploader's own reports that name the picture."""
    return _naming_id(row.id, row.uploader_id)


def _naming_id(id_: uuid.UUID, author_id: uuid.UUID) -> Select[uuid.UUID]:
    links = select(ReportAttachment.report_id).join(ActivityReport, ActivityReport.id == ReportAttachment.report_id)
    return links.where(ReportAttachment.attachment_id == id_, ActivityReport.author_id == author_id)


def of_reports(session: Session, reports: Collection[Report]) -> dict[uuid.UUID, list[Attachment]]:
    """Report → the pictures that it names and its own author has sent, in its order; their links must be loaded."""
    ids = {id_ for report in reports for id_ in report.attachment_ids}
    if not ids:
        return {}
    there = {row.id: row for row in session.scalars(select(Attachment).where(Attachment.id.in_(ids)))}
    found: dict[uuid.UUID, list[Attachment]] = {}
    for report in reports:
        rows = (there.get(id_) for id_ in report.attachment_ids)
        found[report.id] = [row for row in rows if row is not None and row.uploader_id == report.author_id]
    return found


def check_usable(session: Session, actor: Actor, ids: Iterable[uuid.UUID]) -> Iterable[FieldProblem]:
    """A problem for every picture that someone else has sent. Those that have not come yet are nobody's."""
    named = list(ids)
    if not named:
        return
    others = set(
        session.scalars(
            select(Attachment.id).where(Attachment.id.in_(named), Attachment.uploader_id != actor.member_id),
            execution_options=TAKEN,
        )
    )
    for place, id_ in enumerate(named):
        if id_ in others:
            yield FieldProblem(f"/attachment_ids/{place}", "attachment-not-yours")
