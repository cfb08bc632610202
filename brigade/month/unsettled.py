"""Sealed months that pay something else since another one was sealed: they are to be sealed again.

A rule that looks at a whole day joins what one person did on it. So a duty over the end of a month, or one for another
brigade, may give or take the amount of a day that a sealed edition has paid already; that edition never changes, and
without its next one the day would be paid twice or not at all.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import State
from brigade.dates import tokyo_day
from brigade.db import chunks
from brigade.month.earnings import PAYING, Done, payers_of, turnouts_of
from brigade.month.editions import OF_A_SEEN_ONE, Edition, EditionUnit, rows_of, unit_of
from brigade.month.preceding import followed_by
from brigade.month.rows import MonthRows
from brigade.organisation.units import Unit
from brigade.pay.turnouts import PayLine, Reason
from brigade.problems import Problem

Part = tuple[str, str]
"""One person (second) at one report (first), by their ids."""


class Unsettled(NamedTuple):
    """A sealed month of a unit that would now be paid otherwise."""

    unit: str
    month: str


def unsettled(session: Session, edition: Edition) -> list[Unsettled]:
    """Those whose newest edition pays something else for a day that this edition, or the one before it, touches.

    What is on hold is compared as if it were not: a dispute is no matter of the other month's.
    """
    rows, followed = rows_of(session, edition), followed_by(session, edition)
    own = {report.id for report in rows.reports}
    days = _days([rows, followed.rows] if followed else [rows])
    bureau_id = unit_of(session, edition).bureau_id
    done = turnouts_of(session, bureau_id, set(map(uuid.UUID, days)), edition.month, edition.month)
    touched = {
        (one.report_id, member_id)
        for member_id, its in done.by_member.items()
        for one in its
        if one.report_id not in own and days[member_id] & _span(one.started_at, one.ended_at)
    }
    found: dict[uuid.UUID, set[Part]] = defaultdict(set)
    for report_id, edition_id in _newest_of(session, {report_id for report_id, _ in touched}).items():
        found[edition_id] |= {part for part in touched if part[0] == report_id}
    now = _earned(session, done, touched) if found else {}
    return sorted(filter(None, (_told(session, id_, parts, now) for id_, parts in found.items())))


def _days(months: Iterable[MonthRows]) -> Mapping[str, Set[dt.date]]:
    """On which days each person did something in these."""
    days: dict[str, set[dt.date]] = defaultdict(set)
    for rows in months:
        for report in rows.reports:
            for part in report.parts:
                days[part.member_id] |= _span(part.started_at, part.ended_at)
    return days


def _span(start: dt.datetime, end: dt.datetime) -> set[dt.date]:
    first, last = tokyo_day(start), tokyo_day(end)
    return {first + dt.timedelta(days=n) for n in range((last - first).days + 1)}


def _newest_of(session: Session, report_ids: Set[str]) -> Mapping[str, uuid.UUID]:
    """The newest edition that counts the month of each of these reports that are sealed; a brigade's before its station's."""
    found: dict[str, uuid.UUID] = {}
    for chunk in chunks(sorted(map(uuid.UUID, report_ids))):
        asked = (
            select(ActivityReport.id, Edition.id)
            .join(EditionUnit, EditionUnit.unit_id == ActivityReport.unit_id)
            .join(Edition, (Edition.id == EditionUnit.edition_id) & (Edition.month == ActivityReport.month))
            .where(ActivityReport.id.in_(chunk), ActivityReport.state == State.SEALED.value)
            .order_by(Edition.sealed_at.desc(), Edition.level, Edition.number.desc())
        )
        for report_id, edition_id in session.execute(asked, execution_options=PAYING):
            found.setdefault(str(report_id), edition_id)
    return found


def _earned(session: Session, done: Done, parts: Set[Part]) -> Mapping[Part, int]:
    """What each of these would now earn."""
    payers = payers_of(session, {report_id: done.places[report_id] for report_id, _ in parts})
    return {
        (report_id, member_id): _sum(
            line for line in payers[report_id].lines(done.by_member[member_id]) if line.report_id == report_id
        )
        for report_id, member_id in parts
        if report_id in payers
    }


def _told(session: Session, edition_id: uuid.UUID, parts: Set[Part], now: Mapping[Part, int]) -> Unsettled | None:
    """The edition, if it pays one of these otherwise. What it does not count itself is no matter of its, and one whose
    keeping time is over is closed for good.
    """
    edition = session.get_one(Edition, edition_id, execution_options=OF_A_SEEN_ONE)
    try:
        rows = rows_of(session, edition)
    except Problem:
        return None
    there = {(report.id, part.member_id) for report in rows.reports for part in report.parts} & parts
    then = {one: _sum(paid.line for paid in rows.pay if (paid.line.report_id, paid.member_id) == one) for one in there}
    if all(then[one] == now.get(one, 0) for one in there):
        return None
    name = session.get_one(Unit, edition.unit_id, execution_options=OF_A_SEEN_ONE).name
    return Unsettled(name, edition.month)


def _sum(lines: Iterable[PayLine]) -> int:
    return sum((line.full if line.reason is Reason.HELD else line.yen) or 0 for line in lines)
