"""The files of a backup against the digests that their rows keep: a file that was changed in the store before it was backed
up has the right digest in the backup's own list.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from brigade.backups.archive import Stored
from brigade.backups.refusal import Unfit
from brigade.files.attachments import picture_key, thumbnail_key
from brigade.month.editions import file_key as edition_key
from brigade.scans.taking import file_key as scan_key
from brigade.scans.taking import sheet_key

_KEPT: tuple[tuple[str, str, str, Callable[[uuid.UUID], str]], ...] = (
    ("attachments", "file_sha256", "SELECT file_id, file_sha256 FROM attachments", picture_key),
    ("attachments", "thumbnail_sha256", "SELECT file_id, thumbnail_sha256 FROM attachments", thumbnail_key),
    ("scan_files", "sha256", "SELECT file_id, sha256 FROM scan_files", scan_key),
    (
        "scan_pages",
        "hashed_id",
        "SELECT picture_id, picture_sha256 FROM scan_pages WHERE hashed_id = picture_id",
        sheet_key,
    ),
    ("edition_files", "sha256", "SELECT file_id, sha256 FROM edition_files", edition_key),
)
"""Table, the column without which the database is of before, what is asked of it, and the key of a file."""

SHOWN = 3


def check_files(database: Path, files: Mapping[str, Stored]) -> None:
    """Unfit where a file is another than its row says. One without a digest is left out, and one that is not there: it was
    removed while the backup was written.
    """
    other = [key for key, digest in _rows(database) if key in files and files[key].sha256 != digest]
    if other:
        more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
        raise Unfit(f"a file had been changed before it was backed up: {', '.join(other[:SHOWN])}{more}")


def _rows(database: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        for table, column, asked, key in _KEPT:
            if column in {row[1] for row in opened.execute(f"PRAGMA table_info({table})")}:
                rows = opened.execute(asked)
                yield from ((key(uuid.UUID(id_)), digest) for id_, digest in rows if id_ and digest)
