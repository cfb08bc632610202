"""The totals of a month by one statement over a bare driver: no scopes, no mapping, no checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

LEVELS = ("bureau", "station", "brigade", "company", "section", "squad")


def _sqlite_minutes(start: str, end: str) -> str:
    return f"({_microseconds(end)} - {_microseconds(start)}) / 60000000"


def _microseconds(instant: str) -> str:
    seconds = f"CAST(strftime('%s', substr({instant}, 1, 19)) AS integer)"
    return f"({seconds} * 1000000 + CAST(substr({instant}, 21, 6) AS integer))"


def _postgresql_minutes(start: str, end: str) -> str:
    return f"floor(extract(epoch FROM {end} - {start}) / 60)::integer"


def totals(
    connection: Any, units: Sequence[Any], level: str, month: str, first: Any, after: Any, hidden: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Rows (kind or None, unit or None, reports, people, minutes, in review, returned) of the units of one level.

    ``first`` and ``after`` bound the month in the driver's own form of an instant; ``hidden`` are kinds left out.
    """
    postgresql = isinstance(connection, psycopg.Connection)
    mark, minutes = ("%s", _postgresql_minutes) if postgresql else ("?", _sqlite_minutes)
    levels = LEVELS[LEVELS.index(level) :]
    statement = f"""
        WITH reports AS MATERIALIZED (
            SELECT r.kind, r.state, {", ".join(f"r.{one}_id" for one in levels)}, count(p.member_id) AS people,
                coalesce(sum(CASE WHEN p.started_at IS NOT NULL OR p.ended_at IS NOT NULL THEN
                    {minutes("coalesce(p.started_at, r.started_at)", "coalesce(p.ended_at, r.ended_at)")} END), 0)
                + {minutes("r.started_at", "r.ended_at")}
                * sum(CASE WHEN p.member_id IS NOT NULL AND p.started_at IS NULL AND p.ended_at IS NULL
                    THEN 1 ELSE 0 END) AS minutes
            FROM activity_reports r LEFT JOIN participations p ON p.report_id = r.id
            WHERE r.{level}_id IN ({", ".join([mark] * len(units))}) AND r.started_at >= {mark} AND r.started_at < {mark}
                AND r.month = {mark} AND r.state IN ('in_review', 'returned', 'confirmed', 'sealed')
                {f"AND r.kind NOT IN ({', '.join([mark] * len(hidden))})" if hidden else ""}
            GROUP BY r.started_at, r.id
        )
        {" UNION ALL ".join(_way(column, postgresql) for column in ("kind", *(f"{one}_id" for one in levels)))}"""
    return list(connection.execute(statement, (*units, first, after, month, *hidden)).fetchall())


def _way(column: str, postgresql: bool) -> str:
    """The sums by one column: by kind, or by the units of one level."""
    named = "kind, NULL" if column == "kind" else f"NULL, {column}"
    if postgresql:
        named = named.replace("NULL", "NULL::uuid" if column == "kind" else "NULL::varchar")
    return f"""
        SELECT {named}, count(*), sum(people), sum(minutes), sum(CASE WHEN state = 'in_review' THEN 1 ELSE 0 END),
            sum(CASE WHEN state = 'returned' THEN 1 ELSE 0 END)
        FROM reports WHERE {column} IS NOT NULL GROUP BY {column}"""
