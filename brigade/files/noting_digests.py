"""Digests of pictures whose rows have none: from before they were kept, or written by a program that does not know of it.

They are of what the store gives then. What was changed before is not found by them; what changes afterwards is.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from brigade.files.attachments import Attachment, picture_key, thumbnail_key
from brigade.files.storage import Storage, whole_jpeg
from brigade.jobs import Work
from brigade.problems import Unavailable
from brigade.scans.tables import ScanPage
from brigade.scans.taking import sheet_key

BATCH = 50
EVERYONES = {"as_system": "digests are noted for everyone's pictures", "synchronize_session": False}


class _Kind(NamedTuple):
    """Files of one kind: the model and column that name them, their key, where the digest goes, which rows have none."""

    model: type[Any]
    file_id: InstrumentedAttribute[Any]
    key: Callable[[uuid.UUID], str]
    digest: str
    without: ColumnElement[bool]


_KINDS = (
    _Kind(Attachment, Attachment.file_id, picture_key, "file_sha256", Attachment.file_sha256.is_(None)),
    _Kind(Attachment, Attachment.file_id, thumbnail_key, "thumbnail_sha256", Attachment.thumbnail_sha256.is_(None)),
    _Kind(
        ScanPage, ScanPage.picture_id, sheet_key, "picture_sha256",
        and_(
            ScanPage.picture_id.is_not(None),
            or_(ScanPage.hashed_id.is_(None), ScanPage.hashed_id != ScanPage.picture_id),
        ),
    ),
)  # fmt: skip


def note_digests(work: Work, storage: Storage) -> None:
    """Read each such file once. One that is not there, or no whole picture, stays without; Unavailable where all are away."""
    for kind in _KINDS:
        after = uuid.UUID(int=0)
        while batch := _next(work, kind, after):
            found = {file_id: digest for file_id in batch if (digest := _digest(storage, kind.key(file_id)))}
            with work.transaction() as session:
                for file_id, digest in found.items():
                    said = {kind.digest: digest, **({"hashed_id": file_id} if kind.model is ScanPage else {})}
                    noted = update(kind.model).where(kind.file_id == file_id, kind.without).values(**said)
                    session.execute(noted, execution_options=EVERYONES)
            work.renew()
            after = batch[-1]


def _next(work: Work, kind: _Kind, after: uuid.UUID) -> list[uuid.UUID]:
    asked = select(kind.file_id).where(kind.without, kind.file_id > after).order_by(kind.file_id).limit(BATCH)
    with work.transaction() as session:
        return list(session.scalars(asked, execution_options=EVERYONES))


def _digest(storage: Storage, key: str) -> str | None:
    try:
        return hashlib.sha256(whole_jpeg(storage, key, None)).hexdigest()
    except Unavailable:
        storage.check()
        return None
