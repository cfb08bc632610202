"""Who may change the organisation, one change after another, and the note that each change leaves.

Bureau officers change everything in their bureau. Station officers and leaders may do a few things below them; the
functions in ``posts.py``, ``deputies.py`` and ``organisation.py`` say which. Deputies change nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.organisation.people import Member
from brigade.organisation.ranks import LEADS, Level, PostName
from brigade.organisation.units import Unit, UnitParent, UnitTree, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound, Refused, Stale
from brigade.texts import YEARS

CHANGING = {"as_system": "a change of the organisation looks at every row it touches, on whatever day"}
ONE_DAY = dt.timedelta(days=1)


def begin(session: Session, actor: Actor) -> None:
    """Hold the bureau until the commit, so that changes of its organisation come one after another."""
    # "no key": reports, which only point at the bureau's row, go on being filed meanwhile.
    held = select(Unit.id).where(Unit.id == actor.bureau_id).with_for_update(key_share=True)
    session.execute(held, execution_options=CHANGING)


def begin_as_bureau(session: Session, actor: Actor) -> None:
    """The same for what only a bureau officer may do; Refused for anyone else."""
    if not actor.holds(PostName.BUREAU_OFFICER):
        raise Refused("not-permitted")
    begin(session, actor)


def looking(actor: Actor) -> dict[str, Any]:
    """A bureau officer also sees what begins later or ended long ago; anyone else what their scope shows."""
    return CHANGING if actor.holds(PostName.BUREAU_OFFICER) else {}


def known_unit(session: Session, actor: Actor, unit_id: uuid.UUID) -> Unit | None:
    """The unit, if it is of the actor's bureau and theirs to see."""
    asked = select(Unit).where(Unit.id == unit_id, Unit.bureau_id == actor.bureau_id)
    return session.scalar(asked, execution_options=looking(actor))


def unit_at(session: Session, actor: Actor, unit_id: uuid.UUID) -> Unit:
    """The same for a unit that stands in an address; NotFound else."""
    unit = known_unit(session, actor, unit_id)
    if unit is None:
        raise NotFound()
    return unit


def directly_below(session: Session, actor: Actor, unit: Unit) -> Sequence[Unit]:
    """Units directly below it today or from a later day on, by their codes."""
    asked = (
        select(Unit)
        .join(UnitParent, UnitParent.unit_id == Unit.id)
        .where(UnitParent.parent_id == unit.id, Unit.bureau_id == actor.bureau_id)
        .where(counts_from(UnitParent, actor.today), counts_from(Unit, actor.today))
        .order_by(Unit.code, Unit.valid_from, Unit.id)
    )
    return session.scalars(asked, execution_options=looking(actor)).all()


def directly_above(session: Session, actor: Actor, unit: Unit) -> uuid.UUID | None:
    """The unit that it stands under today; None for the bureau, and for one that is not there today."""
    asked = select(UnitParent.parent_id).where(UnitParent.unit_id == unit.id, valid_on(UnitParent, actor.today))
    found: uuid.UUID | None = session.scalar(asked)
    return found


def unit_on(session: Session, actor: Actor, unit_id: uuid.UUID, on: dt.date, pointer: str) -> Unit:
    """The same for a unit named in a body, which must be there from that day on without an end; Invalid else."""
    unit = known_unit(session, actor, unit_id)
    if unit is None:
        raise Invalid([FieldProblem(pointer, "unknown-unit")])
    if on < unit.valid_from or unit.valid_to is not None:
        raise Invalid([FieldProblem(pointer, "unit-ended", {"unit": unit.name})])
    return unit


def known_member(session: Session, actor: Actor, member_id: uuid.UUID) -> Member | None:
    """The person, if of the actor's bureau and theirs to see."""
    asked = select(Member).where(Member.id == member_id, Member.bureau_id == actor.bureau_id)
    return session.scalar(asked, execution_options=looking(actor))


def member_at(session: Session, actor: Actor, member_id: uuid.UUID) -> Member:
    """The same for a person that stands in an address; NotFound else."""
    member = known_member(session, actor, member_id)
    if member is None:
        raise NotFound()
    return member


def is_officer_over(session: Session, actor: Actor, units: Collection[uuid.UUID]) -> bool:
    """Whether a bureau officer asks, or an officer of the station at or above one of these units today."""
    if actor.holds(PostName.BUREAU_OFFICER):
        return True
    stations = [held.unit_id for held in actor.posts if held.post == PostName.STATION_OFFICER]
    if not stations or not units:
        return False
    under = select(func.count()).where(
        UnitTree.below_id.in_(units), UnitTree.above_id.in_(stations), valid_on(UnitTree, actor.today)
    )
    return bool(session.scalar(under))


def leads(actor: Actor, unit: Unit) -> bool:
    """Whether the actor holds the unit's leading post; acting for its leader does not count."""
    post = LEADS[Level(unit.level)]
    return any(held.unit_id == unit.id and held.post == post for held in actor.posts)


def check_day(on: dt.date, pointer: str = "/on") -> dt.date:
    """The day as it is; Invalid for a year that no calendar here holds."""
    if not YEARS[0] < on.year < YEARS[1]:
        raise Invalid([FieldProblem(pointer, "bad-date")])
    return on


def counts_from(row: Any, on: dt.date) -> ColumnElement[bool]:
    """SQL: the dated row counts on ``on`` or later."""
    return or_(row.valid_to.is_(None), row.valid_to >= on)


def line_ids(session: Session, unit_id: uuid.UUID, on: dt.date) -> set[uuid.UUID]:
    """The unit and all above it on that day."""
    return set(session.scalars(select(UnitTree.above_id).where(UnitTree.below_id == unit_id, valid_on(UnitTree, on))))


def end_rows(session: Session, rows: Iterable[Any], on: dt.date) -> None:
    """``on`` is the first day on which these dated rows no longer count; one that never counted is removed."""
    for row in list(rows):
        if row.valid_to is not None and row.valid_to < on:
            continue
        if row.valid_from >= on:
            session.delete(row)
        row.valid_to = on - ONE_DAY


def note(session: Session, actor: Actor, action: str, subject_id: uuid.UUID, **data: Any) -> None:
    """Write down who changed what. Days and ids are stored as text."""
    plain = {name: [_plain(part) for part in v] if isinstance(v, list) else _plain(v) for name, v in data.items()}
    entry = AuditEntry(
        bureau_id=actor.bureau_id, actor_id=actor.member_id, at=actor.now, action=action, subject_id=subject_id, data=plain
    )  # fmt: skip
    session.add(entry)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID | dt.date) else value


def version_of(session: Session, subject_id: uuid.UUID) -> int:
    """A number that grows with every noted change of a unit: what its ETag and If-Match compare."""
    noted = select(func.count(AuditEntry.id)).where(AuditEntry.subject_id == subject_id)
    return 1 + (session.scalar(noted, execution_options=CHANGING) or 0)


def check_version(session: Session, subject_id: uuid.UUID, version: int | None) -> None:
    """Stale unless the caller saw the newest version, or (None) does not ask."""
    if version is not None and version != (newest := version_of(session, subject_id)):
        raise Stale(newest)
