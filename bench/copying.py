"""A country made of one city: the same city again and again, each copy under ids of its own, by one statement a table.

Every id of the demo begins with the same two digits, as its clock does until the year 2109 (UUIDv7); those of a copy begin
with the copy's number instead. Left out is what no list, inbox or month reads: accounts, devices, versions and the chain.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Table, Uuid

from bench.growing import quick
from bench.twins import plain
from brigade.tables import METADATA

MOST = 250
COPIED = (
    "units", "unit_parents", "unit_tree", "members", "memberships", "posts", "absences", "deputy_places", "vehicles", "events",
    "event_units", "activity_reports", "participations", "report_vehicles", "report_counters",
)  # fmt: skip


def copy_city(address: str, copies: int) -> None:
    """Adds so many copies of the only city in the store, each a transaction. ValueError for more than two digits tell
    apart.
    """
    if not 0 < copies <= MOST:
        raise ValueError(f"1 to {MOST} copies, not {copies}")
    connection = quick(address)
    is_sqlite = isinstance(connection, sqlite3.Connection)
    if is_sqlite:
        _unguarded(connection)
        connection.execute("PRAGMA cache_size = -4000000")  # 4 GB: indexes are written into everywhere
    whole = {name: _count(connection, name) for name in COPIED}
    for copy in range(2, copies + 2):  # 01 is the city itself
        for name in COPIED:
            connection.execute(_copying(METADATA.tables[name], f"{copy:02x}", is_sqlite))
        connection.commit()
    for name, count in whole.items():
        if _count(connection, name) != count * (copies + 1):
            raise AssertionError(f"{name}: not {copies + 1} times {count}")
    connection.close()
    if not is_sqlite:
        with plain(address) as tidying:
            tidying.execute("VACUUM ANALYZE")


def _count(connection: Any, name: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])


def _copying(table: Table, digits: str, is_sqlite: bool) -> str:
    """The city's own rows once more."""
    ids = [column.name for column in table.columns if isinstance(column.type, Uuid)]
    made = "'{digits}' || substr({name}, 3)" if is_sqlite else "('{digits}' || substr({name}::text, 3))::uuid"
    taken = [made.format(digits=digits, name=c.name) if c.name in ids else f'"{c.name}"' for c in table.columns]
    named = ", ".join(f'"{column.name}"' for column in table.columns)
    own = f"{ids[0]} LIKE '01%'" if is_sqlite else f"{ids[0]} < '02000000-0000-0000-0000-000000000000'"
    return f"INSERT INTO {table.name} ({named}) SELECT {', '.join(taken)} FROM {table.name} WHERE {own}"


def _unguarded(store: sqlite3.Connection) -> None:
    """Nothing is sealed here: without the triggers that ask so for each row."""
    found = store.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE INSERT%'"
    ).fetchall()
    for (name,) in found:
        store.execute(f"DROP TRIGGER {name}")
