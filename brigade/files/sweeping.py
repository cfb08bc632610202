"""What nobody needs any more among the files and their rows, taken away once a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import islice

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ReportAttachment
from brigade.files.attachments import Attachment, drop
from brigade.files.storage import UNFINISHED, Storage
from brigade.files.uploads import Upload, UploadPiece
from brigade.jobs import Work
from brigade.scans.keeping import forget_scans
from brigade.scans.tables import ScanFile, ScanPage

KEEP_UNUSED = dt.timedelta(days=30)
KEEP_UNNAMED = dt.timedelta(days=7)
"""Longer than any request or upload may take: a younger file may still get its row."""

PREFIXES = ("pictures", "thumbnails", "uploads", "scans", "sheets", UNFINISHED)
BATCH = 500
EVERYONES = {"as_system": "what no report and no row names is swept for everyone"}


def sweep(work: Work, storage: Storage) -> None:
    """Forget uploads that expired, pictures unused for long, scans done with; then remove the files that no row names."""
    now = work.clock()
    with work.transaction() as session:
        forget(session, now)
        forget_scans(session, now)
    old = (key for prefix in PREFIXES for key in storage.keys(prefix, before=now - KEEP_UNNAMED))
    while batch := list(islice(old, BATCH)):
        with work.transaction() as session:
            gone = unnamed(session, batch)
        drop(storage, gone)
        work.renew()


def forget(session: Session, now: dt.datetime) -> None:
    """Remove rows: uploads past their day, and pictures that no report has named for ``KEEP_UNUSED``."""
    session.execute(delete(Upload).where(Upload.expires_at < now), execution_options=EVERYONES)
    named = exists().where(ReportAttachment.attachment_id == Attachment.id)
    back = update(Attachment).where(Attachment.unused_since.is_not(None), named).values(unused_since=None)
    fresh = update(Attachment).where(Attachment.unused_since.is_(None), ~named).values(unused_since=now)
    over = delete(Attachment).where(Attachment.unused_since < now - KEEP_UNUSED)
    for statement in (back, fresh, over):
        session.execute(statement, execution_options={**EVERYONES, "synchronize_session": False})


def unnamed(session: Session, keys: Sequence[str]) -> list[str]:
    """Those among the keys that no row names. What does not bear an id is none of ours and stays."""
    ids = {key: id_ for key in keys if (id_ := _file_id(key)) is not None}
    named: set[uuid.UUID] = set()
    for column in (Attachment.file_id, UploadPiece.file_id, ScanFile.file_id, ScanPage.picture_id):
        rows = select(column).where(column.in_(ids.values()))
        named |= set(session.scalars(rows, execution_options=EVERYONES))
    return [key for key, id_ in ids.items() if id_ not in named]


def _file_id(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key.rpartition("/")[2].partition(".")[0])
    except ValueError:
        return None
