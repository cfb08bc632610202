"""Sealed months that pay something else since another one was sealed: they are to be sealed again.

A rule that looks at a whole day joins what one person did on it. So a duty over the end of a month, or one for another
brigade, may give or take the amount of a day that a sealed edition has paid already; that edition never changes, and
without its next one the day would be paid twice or not at all.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
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
from brigade.month.rows import MonthRows, PaidLine
from brigade.organisation.units import Unit
from brigade.pay.turnouts import PayLine, Reason
from brigade.problems import Problem

Part = tuple[str, str]
"""One person (second) at one report (first), by their ids."""


class Unsettled(NamedTuple):
    """A sealed month of a unit that would now be paid otherwise."""

    unit: str
    month: str
    unit_id: uuid.UUID

    @property
    def named(self) -> tuple[str, str]:
        """As a notice carries it."""
        return self.unit, self.month


class Sealed(NamedTuple):
    """What an edition pays, and the parts that it counts."""

    pay: Sequence[PaidLine]
    parts: Set[Part]


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
    sealed: dict[uuid.UUID, Sealed] = {}
    for report_id, editions in _newest_of(session, {report_id for report_id, _ in touched}).items():
        for edition_id in editions:
            if edition_id not in sealed:
                sealed[edition_id] = _sealed(session, edition_id)
            if its := {part for part in touched & sealed[edition_id].parts if part[0] == report_id}:
                found[edition_id] |= its
                break
    now = _earned(session, done, touched) if found else {}
    return sorted(filter(None, (_told(session, id_, sealed[id_].pay, parts, now) for id_, parts in found.items())))


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


def _newest_of(session: Session, report_ids: Set[str]) -> Mapping[str, list[uuid.UUID]]:
    """The newest edition of each unit that counts the month of each of these reports that are sealed; a brigade's before its
    station's. Of a brigade that moved within the month the two stations' count its days of their own.
    """
    found: dict[str, dict[uuid.UUID, uuid.UUID]] = defaultdict(dict)
    for chunk in chunks(sorted(map(uuid.UUID, report_ids))):
        asked = (
            select(ActivityReport.id, Edition.unit_id, Edition.id)
            .join(EditionUnit, EditionUnit.unit_id == ActivityReport.unit_id)
            .join(Edition, (Edition.id == EditionUnit.edition_id) & (Edition.month == ActivityReport.month))
            .where(ActivityReport.id.in_(chunk), ActivityReport.state == State.SEALED.value)
            .order_by(Edition.sealed_at.desc(), Edition.level, Edition.number.desc())
        )
        for report_id, unit_id, edition_id in session.execute(asked, execution_options=PAYING):
            found[str(report_id)].setdefault(unit_id, edition_id)
    return {report_id: list(editions.values()) for report_id, editions in found.items()}


def _sealed(session: Session, edition_id: uuid.UUID) -> Sealed:
    """What the edition pays and counts; nothing where its keeping time is over: that one is closed for good."""
    try:
        rows = rows_of(session, session.get_one(Edition, edition_id, execution_options=OF_A_SEEN_ONE))
    except Problem:
        return Sealed((), set())
    return Sealed(rows.pay, {(report.id, part.member_id) for report in rows.reports for part in report.parts})


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


def _told(
    session: Session, edition_id: uuid.UUID, pay: Sequence[PaidLine], parts: Set[Part], now: Mapping[Part, int]
) -> Unsettled | None:
    """The edition, if it pays one of these, which it counts, otherwise."""
    edition = session.get_one(Edition, edition_id, execution_options=OF_A_SEEN_ONE)
    then = {one: _sum(paid.line for paid in pay if (paid.line.report_id, paid.member_id) == one) for one in parts}
    if all(then[one] == now.get(one, 0) for one in parts):
        return None
    name = session.get_one(Unit, edition.unit_id, execution_options=OF_A_SEEN_ONE).name
    return Unsettled(name, edition.month, edition.unit_id)


def _sum(lines: Iterable[PayLine]) -> int:
    return sum((line.full if line.reason is Reason.HELD else line.yen) or 0 for line in lines)
