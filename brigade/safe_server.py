"""Whether a PostgreSQL server keeps what it says to be stored when the power is cut or its disk fails (decision 66)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import OperationalError

SAFE = {"fsync": "on", "full_page_writes": "on", "data_sync_retry": "off"}
"""What each must be (https://www.postgresql.org/docs/15/runtime-config-wal.html, …/runtime-config-error-handling.html)."""

KEPT_OTHERWISE = "brigade.kept_otherwise"
"""A setting of our own, of the server, the database or the address: ``on`` where something below PostgreSQL keeps it."""

_ASKED = "SELECT {}".format(", ".join(f"current_setting('{name}', true)" for name in (*SAFE, KEPT_OTHERWISE)))


class Forgetful(OperationalError):
    """The server may lose what it has said to be stored. Its words name cause and remedy."""

    names_remedy = True

    def __init__(self, lacks: Sequence[str]) -> None:
        super().__init__(
            f"this PostgreSQL may lose what it has said to be stored: set {', '.join(lacks)} there and restart it, or "
            f"{KEPT_OTHERWISE} = on where the storage below keeps it"
        )


def lacking(said: Sequence[str | None]) -> tuple[str, ...]:
    """What is to be set, from the values of ``SAFE`` in order and of ``KEPT_OTHERWISE``; None is a setting not known."""
    *found, otherwise = said
    if otherwise == "on":
        return ()
    pairs = zip(SAFE.items(), found, strict=True)
    return tuple(f"{name} = {safe}" for (name, safe), value in pairs if value is not None and value != safe)


def check_connection(cursor: Any) -> None:
    """Forgetful where the server of this cursor of psycopg is so."""
    if lacks := lacking(cursor.execute(_ASKED).fetchone()):
        raise Forgetful(lacks)
