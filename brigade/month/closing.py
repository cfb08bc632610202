"""What units say of a month: nothing to report, excused, complete; and until when they may.

A statement is never changed, only withdrawn; the newest one that stands counts. Three dates close a month: its end, the
end of input, and the end of grace; what comes later is not refused but marked late and goes into a later edition.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.activity.activities import ActivityReport
from brigade.activity.claims import LIVE
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import month_days, month_of
from brigade.db import Base, new_id
from brigade.month.heirs import with_predecessors
from brigade.organisation.ranks import Level, PostName
from brigade.organisation.unit_settings import UnitSettings
from brigade.organisation.units import Unit, UnitTree, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Refused

ON_ITS_LINE = {"as_system": "who stands over a unit in its month decides who may speak for it"}


class Saying(StrEnum):
    """No activity took place (活動なし); somebody is excused until a day; the leader has gone through everything."""

    NIL = "nil"
    EXCUSED = "excused"
    COMPLETE = "complete"


class MonthStatement(Base):
    """One thing said of a unit's month, by whom and when. ``until`` and ``reason`` belong to an excuse."""

    __tablename__ = "month_statements"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    month: Mapped[str] = mapped_column(String(7))
    saying: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(300))
    until: Mapped[dt.date | None]
    said_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    said_at: Mapped[dt.datetime]
    withdrawn_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    withdrawn_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint(f"saying IN ({', '.join(repr(str(saying)) for saying in Saying)})", name="saying"),
        CheckConstraint("(saying = 'excused') = (until IS NOT NULL)", name="until_of_excuse"),
        Index(
            "uq_month_statements_standing",
            "unit_id",
            "month",
            "saying",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )


@dataclass(frozen=True, slots=True)
class ClosingDates:
    """The last day of the month, of input, and of grace."""

    month_ends: dt.date
    input_ends: dt.date
    grace_ends: dt.date


def closing_dates(month: str, held: UnitSettings) -> ClosingDates:
    """The three dates of a month by the unit's settings, which count days after its end."""
    last = month_days(month)[1]
    return ClosingDates(
        last, last + dt.timedelta(days=held.input_days), last + dt.timedelta(days=held.input_days + held.grace_days)
    )


def say(
    session: Session, actor: Actor, unit_id: uuid.UUID, month: str, saying: Saying, *,
    reason: str = "", until: dt.date | None = None,
) -> MonthStatement:  # fmt: skip
    """Say it for a unit that one leads or stands over. What is said already is answered as it stands.

    Refused for who may not; Problem ``month-has-reports`` for nil where there are some, ``month-not-over`` before the
    end for complete, ``month-has-open-reports`` while something of the unit waits at or below it.
    """
    unit = _unit(session, actor, unit_id, month)
    _check_may(session, actor, unit, month, saying)
    standing = statement_of(session, unit.id, month, saying)
    if standing is not None:
        return standing
    if saying is Saying.EXCUSED and (not reason or until is None or until < actor.today):
        raise Invalid([FieldProblem("/until" if reason else "/reason", "required")])
    _check_facts(session, unit, month, saying, actor)
    made = MonthStatement(
        id=new_id(), unit_id=unit.id, month=month, saying=saying.value, reason=reason,
        until=until if saying is Saying.EXCUSED else None, said_by_id=actor.member_id, said_at=actor.now,
        withdrawn_by_id=None, withdrawn_at=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def take_back(session: Session, actor: Actor, unit_id: uuid.UUID, month: str, saying: Saying) -> None:
    """Withdraw what stands; nothing happens where nothing stands."""
    unit = _unit(session, actor, unit_id, month)
    _check_may(session, actor, unit, month, saying)
    standing = statement_of(session, unit.id, month, saying)
    if standing is not None:
        standing.withdrawn_by_id, standing.withdrawn_at = actor.member_id, actor.now
        session.flush()


def statement_of(session: Session, unit_id: uuid.UUID, month: str, saying: Saying) -> MonthStatement | None:
    """What stands of that kind, held until the commit."""
    return session.scalar(
        select(MonthStatement)
        .where(
            MonthStatement.unit_id == unit_id, MonthStatement.month == month, MonthStatement.saying == saying.value,
            MonthStatement.withdrawn_at.is_(None),
        )
        .with_for_update()
    )  # fmt: skip


def statements(session: Session, unit_ids: Collection[uuid.UUID], month: str) -> list[MonthStatement]:
    """Everything that stands for these units, the oldest first."""
    return list(
        session.scalars(
            select(MonthStatement)
            .where(
                MonthStatement.unit_id.in_(unit_ids), MonthStatement.month == month,
                MonthStatement.withdrawn_at.is_(None),
            )
            .order_by(MonthStatement.said_at, MonthStatement.id)
        )
    )  # fmt: skip


def _unit(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.id == unit_id))
    if unit is None:
        raise NotFound()
    if month > month_of(actor.now):
        raise Problem("month-in-future")
    return unit


def may_speak_for(session: Session, actor: Actor, unit: Unit, month: str) -> bool:
    """Whether they may say that it had no activity, or excuse it: whoever decides at the unit or at one over it, and officers."""
    at = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
    above = select(UnitTree.above_id).where(
        UnitTree.below_id == unit.id, valid_on(UnitTree, min(month_days(month)[1], actor.today))
    )
    line = set(session.scalars(above, execution_options=ON_ITS_LINE))
    return bool(at & line) or (bool(line & {id_ for _, id_ in actor.reach}) and _is_officer(actor))


def _check_may(session: Session, actor: Actor, unit: Unit, month: str, saying: Saying) -> None:
    """Complete is said by the unit's own leader or who acts for them."""
    if saying is Saying.COMPLETE:
        at = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
        allowed = unit.id in at and unit.level not in (Level.SQUAD, Level.BUREAU)
    else:
        allowed = may_speak_for(session, actor, unit, month)
    if not allowed:
        raise Refused("not-permitted")


def _is_officer(actor: Actor) -> bool:
    return actor.holds(PostName.STATION_OFFICER, PostName.BUREAU_OFFICER)


def _check_facts(session: Session, unit: Unit, month: str, saying: Saying, actor: Actor) -> None:
    if saying is Saying.NIL and _count(session, unit, month, LIVE):
        raise Problem("month-has-reports")
    if saying is Saying.COMPLETE:
        if actor.today <= month_days(month)[1]:
            raise Problem("month-not-over")
        if _open_at_or_below(session, unit, month):
            raise Problem("month-has-open-reports")


def _of(session: Session, unit: Unit) -> ColumnElement[bool]:
    """SQL: the report is the unit's, or of one that it took over: whoever speaks for it speaks for these."""
    column: ColumnElement[uuid.UUID] = getattr(ActivityReport, f"{unit.level}_id")
    return column.in_(with_predecessors(session, unit))


def _count(session: Session, unit: Unit, month: str, states: Iterable[str]) -> int:
    asked = select(func.count(ActivityReport.id)).where(
        _of(session, unit), ActivityReport.month == month, ActivityReport.state.in_(states)
    )
    found: int = session.scalar(asked, execution_options=ON_ITS_LINE) or 0
    return found


def _open_at_or_below(session: Session, unit: Unit, month: str) -> int:
    """Reports of the unit that are with their authors or wait at the unit or one below it."""
    below = select(UnitTree.below_id).where(UnitTree.above_id == unit.id)
    asked = select(func.count(ActivityReport.id)).where(
        _of(session, unit),
        ActivityReport.month == month,
        (ActivityReport.state == State.RETURNED.value) | ActivityReport.awaiting_unit_id.in_(below),
    )
    found: int = session.scalar(asked, execution_options=ON_ITS_LINE) or 0
    return found
