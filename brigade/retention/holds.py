"""Legal holds: on a member, a report, a unit or a month. What one touches stays until it is lifted, whatever its time."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.actor import Actor
from brigade.dates import month_bounds
from brigade.db import new_id
from brigade.organisation.office import note
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, UnitTree
from brigade.problems import FieldProblem, Invalid, NotFound, Problem
from brigade.retention.tables import LegalHold, RetentionRun, RunState, Subject

LOOKED_AT = {"as_system": "what goes and what is on hold is looked at whoever may see it"}
MOST_LETTERS = 500


@dataclass(frozen=True, slots=True)
class Holds:
    """Everything of a bureau that is on hold now; ``units`` with all that ever stood below them."""

    members: frozenset[uuid.UUID] = frozenset()
    reports: frozenset[uuid.UUID] = frozenset()
    units: frozenset[uuid.UUID] = frozenset()
    months: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.members or self.reports or self.units or self.months)

    def reports_touched(self) -> ColumnElement[bool]:
        """SQL on ``ActivityReport``: it, its month, one of its units, its author or one of its people is on hold."""
        took_part = (
            exists()
            .where(Participation.report_id == ActivityReport.id, Participation.member_id.in_(self.members))
            .correlate(ActivityReport)  # wherever it stands, it looks at people of its own
        )
        return or_(
            among(ActivityReport.id, self.reports),
            among(ActivityReport.month, self.months),
            *(among(getattr(ActivityReport, f"{level}_id"), self.units) for level in Level),
            among(ActivityReport.author_id, self.members),
            took_part if self.members else false(),
        )


def among(column: Any, values: Collection[object]) -> ColumnElement[bool]:
    """SQL: the column holds one of these; false, and never unknown, where it is empty: what is not on hold goes."""
    return and_(column.is_not(None), column.in_(values)) if values else false()


def holds_of(session: Session, bureau_id: uuid.UUID) -> Holds:
    """What is on hold in the bureau now."""
    standing = select(LegalHold).where(LegalHold.bureau_id == bureau_id, LegalHold.lifted_at.is_(None))
    found: dict[str, set[str]] = {str(kind): set() for kind in Subject}
    for row in session.scalars(standing, execution_options=LOOKED_AT):
        found[row.kind].add(row.subject)
    ids = {kind: {uuid.UUID(value) for value in found[kind]} for kind in Subject if kind is not Subject.MONTH}
    below = select(UnitTree.below_id).where(UnitTree.above_id.in_(ids[Subject.UNIT]))
    units = ids[Subject.UNIT] | (set(session.scalars(below)) if ids[Subject.UNIT] else set())
    return Holds(
        frozenset(ids[Subject.MEMBER]), frozenset(ids[Subject.REPORT]), frozenset(units),
        frozenset(found[Subject.MONTH]),
    )  # fmt: skip


def place_hold(
    session: Session, actor: Actor, kind: Subject, subject: str, reason: str, *, id_: uuid.UUID | None = None
) -> LegalHold:
    """From now on nothing of it goes. Invalid for what is not there or says no reason, Problem where it is held already.

    A run that is just at work finishes its present step first and then leaves out what is held.
    """
    problems = [] if reason.strip() else [FieldProblem("/reason", "required")]
    if len(reason) > MOST_LETTERS:
        problems.append(FieldProblem("/reason", "too-long", {"max": MOST_LETTERS}))
    known = _known(session, actor, kind, subject.strip())
    if known is None:
        problems.append(FieldProblem("/subject", "unknown-hold-subject"))
    if problems or known is None:
        raise Invalid(problems)
    running = select(RetentionRun.id).where(
        RetentionRun.bureau_id == actor.bureau_id, RetentionRun.state == RunState.RUNNING.value
    )
    session.execute(running.with_for_update())
    same = (LegalHold.bureau_id == actor.bureau_id, LegalHold.kind == kind.value, LegalHold.subject == known)
    if session.scalar(select(LegalHold.id).where(*same, LegalHold.lifted_at.is_(None))) is not None:
        raise Problem("held-already")
    made = LegalHold(
        id=id_ or new_id(), bureau_id=actor.bureau_id, kind=kind.value, subject=known, reason=reason.strip(),
        placed_by_id=actor.member_id, placed_at=actor.now, lifted_by_id=None, lifted_at=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    note(session, actor, "hold.place", made.id, kind=kind.value, subject=known)
    return made


def _known(session: Session, actor: Actor, kind: Subject, said: str) -> str | None:
    """What is held: the id of a member (by their number), a report (by its number), a unit (by its code); a month."""
    if kind is Subject.MONTH:
        try:
            month_bounds(said)
        except ValueError:
            return None
        return said
    asked = {
        Subject.MEMBER: select(Member.id).where(Member.bureau_id == actor.bureau_id, Member.number == said),
        Subject.REPORT: select(ActivityReport.id).where(
            ActivityReport.bureau_id == actor.bureau_id, ActivityReport.number == said
        ),
        Subject.UNIT: select(Unit.id).where(Unit.bureau_id == actor.bureau_id, Unit.code == said),
    }[kind]
    newest = asked.order_by(Unit.valid_from.desc()) if kind is Subject.UNIT else asked
    found = session.scalar(newest.limit(1), execution_options=LOOKED_AT)
    return str(found) if found is not None else None


def lift_hold(session: Session, actor: Actor, hold_id: uuid.UUID) -> LegalHold:
    """It is no longer on hold. NotFound for one that is not there or was lifted before."""
    hold = session.scalar(select(LegalHold).where(LegalHold.id == hold_id).with_for_update())
    if hold is None or hold.lifted_at is not None:
        raise NotFound()
    hold.lifted_by_id, hold.lifted_at = actor.member_id, actor.now
    session.flush()
    note(session, actor, "hold.lift", hold.id, kind=hold.kind, subject=hold.subject)
    return hold
