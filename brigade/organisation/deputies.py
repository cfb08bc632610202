"""Who acts for a unit's leader and in which order, and the days on which a member is away."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.db import new_id
from brigade.organisation.office import (
    CHANGING,
    ONE_DAY,
    begin,
    check_day,
    check_version,
    counts_from,
    end_rows,
    is_officer_over,
    leads,
    looking,
    member_at,
    note,
    unit_at,
)
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership
from brigade.organisation.posts import release_vacant_steps
from brigade.organisation.units import Unit, below, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound, Refused

MAX_DEPUTIES = 10
ABSENCES = ("leave", "suspension")


def deputies_of(session: Session, actor: Actor, unit_id: uuid.UUID, on: dt.date) -> list[DeputyPlace]:
    """The standing order of a unit that the actor may look into: its officers and leaders, or members of it."""
    unit = unit_at(session, actor, unit_id)
    places = select(DeputyPlace).where(DeputyPlace.unit_id == unit.id, valid_on(DeputyPlace, on))
    return list(session.scalars(places.order_by(DeputyPlace.place)))


def set_deputies(
    session: Session, actor: Actor, unit_id: uuid.UUID, members: Sequence[uuid.UUID], on: dt.date,
    version: int | None = None,
) -> list[DeputyPlace]:  # fmt: skip
    """From that day these people act for the unit's leader, in this order, after the holders of its deputy post.

    By the leader of the unit, or an officer over it. Everyone named must belong to the unit or one below it.
    """
    begin(session, actor)
    unit = unit_at(session, actor, unit_id)
    if not (leads(actor, unit) or is_officer_over(session, actor, [unit.id])):
        raise Refused("not-permitted")
    check_version(session, unit.id, version)
    _check_unit(unit, check_day(on))
    until = _checked_deputies(session, unit, members, on)
    before = list(
        session.scalars(
            select(DeputyPlace).where(DeputyPlace.unit_id == unit.id, counts_from(DeputyPlace, on)),
            execution_options=CHANGING,
        )
    )
    end_rows(session, before, on)
    made = [
        DeputyPlace(id=new_id(), unit_id=unit.id, member_id=id_, place=nth, valid_from=on, valid_to=until[id_])
        for nth, id_ in enumerate(members, 1)
    ]
    session.add_all(made)
    note(session, actor, "unit.deputies", unit.id, members=list(members), on=on)
    session.flush()
    release_vacant_steps(session, [unit.id], actor.now)
    return made


def _check_unit(unit: Unit, on: dt.date) -> None:
    if on < unit.valid_from or unit.valid_to is not None:
        raise Invalid([FieldProblem("/on", "unit-ended", {"unit": unit.name})])


def _checked_deputies(
    session: Session, unit: Unit, members: Sequence[uuid.UUID], on: dt.date
) -> dict[uuid.UUID, dt.date | None]:
    """These members, each with the last day in the service of one who is to leave."""
    asked = select(Membership.member_id, Membership.valid_to).where(
        Membership.member_id.in_(members), Membership.unit_id.in_(below([unit.id], on)), valid_on(Membership, on)
    )
    there = dict(session.execute(asked, execution_options=CHANGING).all())
    problems = []
    if len(members) > MAX_DEPUTIES:
        problems.append(FieldProblem("/member_ids", "too-many-items", {"max": MAX_DEPUTIES}))
    for nth, id_ in enumerate(members):
        if id_ in members[:nth]:
            problems.append(FieldProblem(f"/member_ids/{nth}", "participant-twice"))
        elif id_ not in there:
            problems.append(FieldProblem(f"/member_ids/{nth}", "unknown-member"))
    if problems:
        raise Invalid(problems)
    return there


def record_absence(
    session: Session, actor: Actor, member_id: uuid.UUID, absence: str, first: dt.date, last: dt.date | None,
    reason: str = "", *, id_: uuid.UUID | None = None,
) -> Absence:  # fmt: skip
    """Leave (a deputy acts) or suspension (no sign-in, no part in anything) from the first to the last day.

    By an officer over the member; a holder of a post also records their own leave. The reason is noted, not shown.
    """
    begin(session, actor)
    member = member_at(session, actor, member_id)
    check_day(first, "/valid_from")
    if last is not None and check_day(last, "/valid_to") < first:
        raise Invalid([FieldProblem("/valid_to", "end-before-start")])
    if absence not in ABSENCES:
        raise Invalid([FieldProblem("/absence", "not-an-option")])
    _check_absence_right(session, actor, member.id, absence, first)
    same = select(Absence.id).where(
        Absence.member_id == member.id,
        Absence.absence == absence,
        counts_from(Absence, first),
        *([] if last is None else [Absence.valid_from <= last]),
    )
    if session.scalar(same.limit(1), execution_options=CHANGING) is not None:
        raise Invalid([FieldProblem("/valid_from", "already-absent")])
    made = Absence(id=id_ or new_id(), member_id=member.id, absence=absence, valid_from=first, valid_to=last)
    session.add(made)
    note(
        session, actor, "absence.record", made.id,
        member_id=member.id, absence=absence, valid_from=first, valid_to=last, reason=reason,
    )  # fmt: skip
    session.flush()
    return made


def end_absence(session: Session, actor: Actor, absence_id: uuid.UUID, on: dt.date) -> Absence:
    """``on`` is the member's first day back. Ended before its first day the absence never was.

    Of one's own, as the holder of a post, only what is still to come: days on leave that are over count for no annual pay.
    """
    begin(session, actor)
    asked_for = select(Absence).join(Member, Member.id == Absence.member_id)
    row = session.scalar(
        asked_for.where(Absence.id == absence_id, Member.bureau_id == actor.bureau_id),
        execution_options=looking(actor),
    )
    if row is None:
        raise NotFound()
    _check_absence_right(session, actor, row.member_id, row.absence, actor.today, own=check_day(on) >= actor.today)
    if row.valid_to is not None and row.valid_to < on - ONE_DAY:
        raise Invalid([FieldProblem("/on", "already-ended")])
    if row.valid_to != on - ONE_DAY:
        end_rows(session, [row], on)
        note(session, actor, "absence.end", row.id, member_id=row.member_id, absence=row.absence, on=on)
        session.flush()
    return row


def _check_absence_right(
    session: Session, actor: Actor, member_id: uuid.UUID, absence: str, day: dt.date, *, own: bool = True
) -> None:
    """``own``: the change is one that the holder of a post makes to their own leave."""
    if own and member_id == actor.member_id and absence == "leave" and actor.posts:
        return
    units = session.scalars(
        select(Membership.unit_id).where(
            Membership.member_id == member_id, or_(valid_on(Membership, day), valid_on(Membership, actor.today))
        ),
        execution_options=CHANGING,
    ).all()
    if not is_officer_over(session, actor, units):
        raise Refused("not-permitted")
