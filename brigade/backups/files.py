"""Every file that an installation keeps, whatever it belongs to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from brigade.files.storage import Storage
from brigade.problems import Unavailable

PREFIXES = ("editions", "pictures", "thumbnails", "scans", "sheets", "uploads")
"""What keys begin with. What a killed server left unfinished is nobody's and stays behind."""

_EVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def keys(storage: Storage, prefixes: tuple[str, ...] = PREFIXES) -> Iterator[str]:
    """All keys. Unavailable where the storage cannot say."""
    for prefix in prefixes:
        yield from storage.keys(prefix, before=_EVER)


def files(storage: Storage) -> Iterator[tuple[str, bytes]]:
    """All files with their keys, but for those that were removed meanwhile. Unavailable where one cannot be read."""
    for key in keys(storage):
        try:
            data = storage.get(key)
        except Unavailable:
            if key in keys(storage, (key.rpartition("/")[0],)):
                raise
            continue
        yield key, data
