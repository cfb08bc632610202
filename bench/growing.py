"""A store that grows to as many reports as a country has, by a few statements: other cities' units, people and reports.

What is looked at stays as it was, as a brigade does when others join: every 40,000 reports are another city's, every 200
another squad's, every 20 another person's; each tenth waits somewhere, two people came.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg

from bench.twins import plain

CITY, SQUAD, PERSON, WAITING = 40_000, 200, 20, 10
MINUTES = 500_000
"""Over how many minutes the reports are spread, backwards from the one they are copies of."""


class Growing:
    """How one kind of store says what differs from row to row; ``i`` counts the rows."""

    def __init__(self, postgresql: bool) -> None:
        self.postgresql = postgresql

    def id_of(self, sort: str, number: str) -> str:
        """The id of a made-up unit (a, b), person (c) or report (d)."""
        if self.postgresql:
            return f"('{sort}0000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"
        return f"'{sort}0000000000070008000' || printf('%012x', {number})"

    def numbers(self) -> str:
        """A table of one column, ``i`` from the first to the last."""
        if self.postgresql:
            return "(SELECT generate_series(%(first)s::bigint, %(last)s::bigint) AS i)"
        return "(WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT i FROM n)"

    def earlier(self, column: str) -> str:
        """An instant of the copied row, earlier by as many minutes as the row's number."""
        if self.postgresql:
            return f"t.{column} - (i % {MINUTES}) * interval '1 minute'"
        return f"strftime('%Y-%m-%d %H:%M:%S', t.{column}, '-' || (i % {MINUTES}) || ' minutes') || '.000000'"

    def month(self) -> str:
        """The month of that instant."""
        text = f"to_char({self.earlier('started_at')}, 'YYYY-MM')"
        return text if self.postgresql else f"substr({self.earlier('started_at')}, 1, 7)"

    def name(self, letter: str) -> str:
        """A text of its own for each row."""
        return f"'{letter}' || i"


def grow(address: str, first: int, last: int) -> None:
    """Adds the reports from number ``first`` to ``last`` (from 1 on, without a gap), with who and what they need."""
    connection = quick(address)
    said = Growing(not isinstance(connection, sqlite3.Connection))
    city, squad = said.id_of("a", f"i / {CITY}"), said.id_of("b", f"i / {SQUAD}")
    person = said.id_of("c", f"i / {PERSON}")
    _copied(connection, said, "units", "level = 'bureau'", first, last, CITY,
            {"id": said.id_of("a", "i"), "bureau_id": said.id_of("a", "i"), "code": said.name("A")})  # fmt: skip
    _copied(connection, said, "units", "level = 'squad'", first, last, SQUAD,
            {"id": said.id_of("b", "i"), "bureau_id": said.id_of("a", f"i * {SQUAD} / {CITY}"), "code": said.name("S")})  # fmt: skip
    _copied(connection, said, "members", "true", first, last, PERSON,
            {"id": said.id_of("c", "i"), "bureau_id": said.id_of("a", f"i * {PERSON} / {CITY}"), "number": said.name("P")})  # fmt: skip
    levels = {f"{level}_id": squad for level in ("station", "brigade", "company", "squad")}
    times = {name: said.earlier(name) for name in ("started_at", "ended_at", "created_at", "updated_at")}
    own = {"id": said.id_of("d", "i"), "number": said.name("N"), "unit_id": squad, "bureau_id": city, **levels, **times,
           "author_id": person, "month": said.month(), "undo_by_id": "NULL", "undo_step": "NULL"}  # fmt: skip
    waits = {"awaiting_unit_id": squad, "awaiting_since": said.earlier("awaiting_since")}
    for which, among, more in (("in_review", f"i % {WAITING} = 0", waits), ("confirmed", f"i % {WAITING} <> 0", {})):
        _copied(connection, said, "activity_reports", f"state = '{which}'", first, last, 1, {**own, **more}, among)
    for place in (0, 1):
        other = said.id_of("c", f"(i / {PERSON} / 2) * 2 + {place}")
        _copied(connection, said, "participations", "true", first, last, 1,
                {"report_id": said.id_of("d", "i"), "member_id": other, "position": str(place)})  # fmt: skip
    connection.commit() if said.postgresql else connection.execute("COMMIT")
    connection.close()
    if said.postgresql:
        with plain(address) as tidying:
            tidying.execute("VACUUM ANALYZE")


def quick(address: str) -> Any:
    """A connection that checks no foreign keys and does not wait for the disk: the store is thrown away."""
    if address.startswith("postgresql"):
        connection = psycopg.connect(address, user="postgres")
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        return connection
    store = plain(address)
    store.execute("PRAGMA synchronous = OFF")
    store.execute("PRAGMA cache_size = -200000")
    store.execute("BEGIN")
    return store


def _copied(
    connection: Any, said: Growing, table: str, which: str, first: int, last: int, each: int, differing: dict[str, str],
    among: str = "true",
) -> None:  # fmt: skip
    """One row of the table copied once for every ``each`` reports, but for what differs."""
    columns = [column[0] for column in connection.execute(f"SELECT * FROM {table} LIMIT 0").description]
    taken = ", ".join(differing.get(name, f't."{name}"') for name in columns)
    named = ", ".join(f'"{name}"' for name in columns)
    one = f"(SELECT * FROM {table} WHERE {which} LIMIT 1)"
    bounds = {"first": -(-first // each) if first > 1 else 0, "last": last // each}
    if bounds["last"] >= bounds["first"]:
        text = f"INSERT INTO {table} ({named}) SELECT {taken} FROM {said.numbers()} AS n, {one} AS t WHERE {among}"
        connection.execute(text.replace(" % ", " %% ") if said.postgresql else text, bounds)
