"""Reminding those who owe something of a month: once some days before the end of input, once after it.

A reminder is a notice and waits for the digest of the day. Whoever owes nothing gets none. What a month lacks is the
same as in its progress (``month/progress.py``).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.claims import LIVE
from brigade.activity.workflow import State
from brigade.actor import lines_of_deciders
from brigade.calendar.expected import unanswered
from brigade.dates import month_bounds, month_days, tokyo_day
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell_once
from brigade.month.closing import MonthStatement
from brigade.month.heirs import with_predecessors
from brigade.month.progress import Standing, standing
from brigade.month.reading import units_of
from brigade.month.rows import SaidRow
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import settings_of_units
from brigade.organisation.units import Unit, valid_on

LACKING = {"as_system": "what a month lacks is looked at for everyone who must be reminded"}
STAGES = {NoticeKind.MONTH_DUE_SOON: dt.timedelta(days=2), NoticeKind.MONTH_OVERDUE: dt.timedelta(days=-1)}
"""How far ahead the end of input lies on the day of each reminder."""

NOT_REMINDED = (Level.STATION.value, Level.BUREAU.value)


@dataclass(frozen=True, slots=True)
class Closing:
    """A brigade's month whose end of input is near or just over."""

    unit_id: uuid.UUID
    month: str
    ends: dt.date
    stage: NoticeKind


def closing_about(session: Session, day: dt.date) -> list[Closing]:
    """The months of which somebody may have to be reminded on that day."""
    brigades = select(Unit.id).where(Unit.level == Level.BRIGADE.value, valid_on(Unit, day)).order_by(Unit.id)
    ids = session.scalars(brigades, execution_options=LACKING).all()
    found = []
    for unit_id, held in settings_of_units(session, ids, day).items():
        for stage, ahead in STAGES.items():
            ends = day + ahead
            month_ends = ends - dt.timedelta(days=held.input_days)
            if (month_ends + dt.timedelta(days=1)).day == 1:
                found.append(Closing(unit_id, f"{month_ends:%Y-%m}", ends, stage))
    return found


def remind_of(session: Session, closing: Closing, day: dt.date, now: dt.datetime) -> None:
    """Tell each person who owes something, in one notice; saying it again the same day tells nobody anew. A job that is done
    so late that the end is not near any more, but over, tells nobody: of that there is a reminder of its own.
    """
    if closing.stage is NoticeKind.MONTH_DUE_SOON and tokyo_day(now) > closing.ends:
        return
    owed = _owed(session, closing, day, now)
    said = {"month": closing.month, "ends": closing.ends.isoformat()}
    told = {who: {**said, **counts} for who, counts in sorted(owed.items())}
    tell_once(session, closing.stage, closing.month, told, now)


def _owed(session: Session, closing: Closing, day: dt.date, now: dt.datetime) -> dict[uuid.UUID, Counter[str]]:
    """What each person owes: squads that are silent, events without an answer, returned reports, reports that wait."""
    unit = session.get_one(Unit, closing.unit_id, execution_options=LACKING)
    brigades = with_predecessors(session, unit)
    events = unanswered(session, now, *month_bounds(closing.month), unit.id)
    stands = _standing(session, unit, brigades, closing.month, events, day)
    waiting = _waiting(session, brigades, closing.month)
    squads = {uuid.UUID(id_) for id_ in stands.owing}
    leaders = _deciders(session, squads | set(waiting), tokyo_day(now))
    owed: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    for unit_id, who in leaders.items():
        for what, count in (
            ("silent", int(str(unit_id) in stands.silent)),
            ("events", events[unit_id] if unit_id in squads else 0),
            ("waiting", waiting[unit_id]),
        ):
            if count:
                owed[who][what] += count
    for author_id, count in _returned(session, brigades, closing.month).items():
        owed[author_id]["returned"] += count
    return owed


def _standing(
    session: Session, unit: Unit, brigades: Collection[uuid.UUID], month: str, events: Counter[uuid.UUID], day: dt.date
) -> Standing:
    units = tuple(units_of(session, unit, *month_days(month)))
    lines = select(
        ActivityReport.unit_id, ActivityReport.squad_id, ActivityReport.section_id, ActivityReport.company_id,
        ActivityReport.brigade_id,
    ).where(
        ActivityReport.month == month, ActivityReport.brigade_id.in_(brigades), ActivityReport.state.in_(LIVE)
    )  # fmt: skip
    reported = {str(id_) for row in session.execute(lines.distinct(), execution_options=LACKING) for id_ in row if id_}
    statements = select(MonthStatement).where(
        MonthStatement.unit_id.in_([uuid.UUID(row.id) for row in units]), MonthStatement.month == month,
        MonthStatement.withdrawn_at.is_(None),
    )  # fmt: skip
    said = [
        SaidRow(str(one.unit_id), "", one.saying, "", "", one.said_at, one.reason, one.until)
        for one in session.scalars(statements, execution_options=LACKING)
    ]
    return standing(units, reported, said, {str(id_): count for id_, count in events.items()}, day)


def _waiting(session: Session, brigades: Collection[uuid.UUID], month: str) -> Counter[uuid.UUID]:
    """How many reports of the month wait at each unit of the brigade."""
    asked = (
        select(ActivityReport.awaiting_unit_id, func.count())
        .join(Unit, Unit.id == ActivityReport.awaiting_unit_id)
        .where(
            ActivityReport.month == month, ActivityReport.brigade_id.in_(brigades),
            ActivityReport.state == State.IN_REVIEW.value, Unit.level.not_in(NOT_REMINDED),
        )
        .group_by(ActivityReport.awaiting_unit_id)
    )  # fmt: skip
    rows = session.execute(asked, execution_options=LACKING)
    return Counter({unit_id: count for unit_id, count in rows if unit_id is not None})


def _returned(session: Session, brigades: Collection[uuid.UUID], month: str) -> Counter[uuid.UUID]:
    """How many reports of the month came back to each author."""
    asked = select(ActivityReport.author_id, func.count()).where(
        ActivityReport.month == month, ActivityReport.brigade_id.in_(brigades),
        ActivityReport.state == State.RETURNED.value,
    )  # fmt: skip
    rows = session.execute(asked.group_by(ActivityReport.author_id), execution_options=LACKING)
    return Counter(dict(rows.all()))


def _deciders(session: Session, units: Collection[uuid.UUID], today: dt.date) -> dict[uuid.UUID, uuid.UUID]:
    """Who acts in each unit: its leader, or while there is none the first deputy."""
    found = {}
    for unit_id, line in lines_of_deciders(session, units, today).items():
        who = line.leader_id if line.leader_present else next(iter(line.deputies), None)
        if who is not None:
            found[unit_id] = who
    return found
