"""A month added up from the raw rows of the store, one after the other, in plain Python: slow, and nothing of the product
takes part in the reckoning. The city pays as Yokohama does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from brigade.db import Base

JST = dt.timezone(dt.timedelta(hours=9))
CATEGORY = {"D-01": "fire", "T-01": "drill", "M-01": "other"}
YEN = {"D-01": 7000, "T-01": 3500, "M-01": None}
"""What a turnout of each kind that the tests use is worth in Yokohama; what a meeting is worth, its papers do not say."""

COUNTED = ("in_review", "returned", "confirmed", "sealed")
TAKEN = ("confirmed", "sealed")
LEVELS = ("bureau", "station", "brigade", "company", "section", "squad")


@dataclass(frozen=True)
class Part:
    """One person at one report. ``unknown``: nobody knows the amount; what is on hold is neither known nor unknown."""

    member_id: UUID
    minutes: int
    yen: int
    unknown: bool


@dataclass(frozen=True)
class Report:
    """``units`` are those of its line and whatever has taken one of them over."""

    id: UUID
    number: str
    kind: str
    state: str
    event: UUID
    own: UUID
    line: Mapping[str, UUID]
    units: frozenset[UUID]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Sums:
    """Reports, attendances, minutes of people, yen that are known, lines of which they are not."""

    times: int = 0
    person_times: int = 0
    minutes: int = 0
    yen: int = 0
    unknown: int = 0


def added(reports: Iterable[Report], member_id: UUID | None = None) -> Sums:
    """All of these, or one person's part of them."""
    times = people = minutes = yen = unknown = 0
    for report in reports:
        parts = [part for part in report.parts if member_id in (None, part.member_id)]
        if member_id is not None and not parts:
            continue
        times += 1
        for part in parts:
            people += 1
            minutes += part.minutes
            yen += part.yen
            unknown += part.unknown
    return Sums(times, people, minutes, yen, unknown)


def raw_month(connection: Connection, month: str) -> list[Report]:
    """Every report of the month that was ever submitted and not withdrawn, of all units of the store."""
    rows = _Rows(connection)
    held = _held(rows)
    found = []
    for row in rows["activity_reports"]:
        if f"{row['started_at'].astimezone(JST):%Y-%m}" != month or row["state"] not in COUNTED:
            continue
        line = {level: row[f"{level}_id"] for level in LEVELS if row[f"{level}_id"] is not None}
        units = {heir for id_ in line.values() for heir in _heirs(rows, id_)}
        found.append(
            Report(
                row["id"], row["number"], row["kind"], row["state"], row["event_id"] or row["id"], row["unit_id"], line,
                frozenset(units), tuple(_parts(rows, row, held)),
            )
        )  # fmt: skip
    return found


class _Rows:
    """All rows of a table, read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._kept = connection, dict[str, list[Mapping[str, Any]]]()

    def __getitem__(self, name: str) -> list[Mapping[str, Any]]:
        if name not in self._kept:
            asked = select(Base.metadata.tables[name])
            self._kept[name] = [dict(row) for row in self._connection.execute(asked).mappings()]
        return self._kept[name]


def _heirs(rows: _Rows, unit_id: UUID) -> Iterable[UUID]:
    after = {row["id"]: row["successor_id"] for row in rows["units"]}
    while unit_id is not None:
        yield unit_id
        unit_id = after[unit_id]


def _held(rows: _Rows) -> set[tuple[UUID, UUID]]:
    """(report, member) of what is in dispute, or found wrong and not corrected since."""
    found = set()
    for row in rows["disputes"]:
        saved = max(v["version"] for v in rows["report_versions"] if v["report_id"] == row["report_id"])
        uncorrected = row["kind"] == "not-there" or saved <= (row["settled_version"] or 0)
        if row["state"] == "open" or (row["state"] == "upheld" and uncorrected):
            found.add((row["report_id"], row["member_id"]))
    return found


def _parts(rows: _Rows, report: Mapping[str, Any], held: Collection[tuple[UUID, UUID]]) -> Iterable[Part]:
    for row in rows["participations"]:
        if row["report_id"] != report["id"]:
            continue
        spent = (row["ended_at"] or report["ended_at"]) - (row["started_at"] or report["started_at"])
        minutes = (spent.days * 86_400 + spent.seconds) // 60
        pays = report["state"] in TAKEN and (report["id"], row["member_id"]) not in held
        pays = pays and not _barred(rows, row["member_id"], report)
        amount = YEN[report["kind"]] if pays else 0
        yield Part(row["member_id"], minutes, amount or 0, amount is None)


def _barred(rows: _Rows, member_id: UUID, report: Mapping[str, Any]) -> bool:
    """Whether what the person was on that day, and had agreed to, leaves the kind out."""
    day = report["started_at"].astimezone(JST).date()
    before = [row for row in rows["former_types"] if row["member_id"] == member_id and row["valid_to"] >= day]
    [now] = [row for row in rows["members"] if row["id"] == member_id]
    then = min(before, key=lambda row: row["valid_to"], default=now)
    return then["member_type"] == "function_limited" and report["kind"] not in then["allowed_kinds"]


def grouped(reports: Iterable[Report], key: Callable[[Report], Any]) -> dict[Any, list[Report]]:
    """The reports by whatever ``key`` says of each."""
    found: dict[Any, list[Report]] = {}
    for report in reports:
        found.setdefault(key(report), []).append(report)
    return found


def events(reports: Iterable[Report]) -> int:
    """What several units did together is one."""
    return len({report.event for report in reports})
