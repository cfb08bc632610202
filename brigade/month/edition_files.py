"""Documents of editions as they were first made: kept once, given out byte for byte ever after."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from brigade.db import new_id
from brigade.files.attachments import drop
from brigade.files.storage import Storage, as_put
from brigade.jobs import writing
from brigade.month.editions import EditionFile, file_key

MADE = {"as_system": "a document is the same whoever asked for it first"}


class Which(NamedTuple):
    """One document: of which unit of which edition, its file name, language and (of a CSV) encoding."""

    edition_id: uuid.UUID
    unit_id: uuid.UUID
    name: str
    lang: str = "ja"
    encoding: str = ""


class Made(NamedTuple):
    """A document's bytes, and the characters that its encoding lacks, as ``{row, column, character}``."""

    data: bytes
    missing: Sequence[Any] = ()


def kept_file(session: Session, which: Which) -> EditionFile | None:
    """Its row, once it has been made. Whether the asker may have it was decided where the edition was read."""
    return session.get(EditionFile, tuple(which), execution_options=MADE)


def kept_bytes(storage: Storage, row: EditionFile) -> Made:
    """What was made. Unavailable where the store gives something else: nobody gets a damaged document."""
    return Made(as_put(storage, file_key(row.file_id), row.sha256), row.missing)


def keep(engine: Engine, storage: Storage, which: Which, made: Made, now: dt.datetime) -> Made:
    """Keep it under a name of its own, the file before the row; what another one kept at the same moment is given back."""
    row = EditionFile(
        **which._asdict(), file_id=new_id(), sha256=hashlib.sha256(made.data).hexdigest(), bytes=len(made.data),
        missing=list(made.missing), made_at=now,
    )  # fmt: skip
    key = file_key(row.file_id)
    storage.put(key, made.data)
    try:
        with writing(engine) as session:
            session.add(row)
    except IntegrityError:
        drop(storage, [key])
        with writing(engine) as session:
            before = session.get_one(EditionFile, tuple(which), execution_options=MADE)
            return kept_bytes(storage, before)
    except BaseException:
        drop(storage, [key])
        raise
    return made
