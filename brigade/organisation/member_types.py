"""Of what type a member was on a day, and the change of a type from a day on.

A member's row says what holds from the last change on, a ``FormerType`` what held until the day before a change. So the
type of a day is that of the first row whose last day has not passed by then, else the member's own: for rows at hand
``Types``, in SQL ``held_then`` with ``TYPE`` and ``KINDS``. A test holds the two to each other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Uuid, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from brigade.dates import tokyo_day
from brigade.db import Key, chunks, key_of
from brigade.organisation.office import CHANGING, ONE_DAY
from brigade.organisation.people import FormerType, Member, Membership
from brigade.organisation.ranks import Typed
from brigade.questions import Question

THEN = {"as_system": "of what type somebody was on a day decides what of it counts, whoever looks"}


class TypeHeld(NamedTuple):
    """A type, and the kinds agreed to where it is function-limited; None for those of the catalogue."""

    member_type: str
    allowed_kinds: Sequence[str] | None


class Former(NamedTuple):
    """What somebody was until that day."""

    member_type: str
    valid_to: dt.date


# --- In SQL -----------------------------------------------------------------------------------------------------------

FORMER, _EACH = FormerType.__table__.alias("former_type"), FormerType.__table__.alias("each_type")
"""The plain table: whoever may read a member may read of what type they were."""

TYPE: ColumnElement[str] = func.coalesce(FORMER.c.member_type, Member.member_type)
"""The type of the day by which ``FORMER`` was joined."""

FORMER_COLUMNS = FORMER.c.member_type, FORMER.c.valid_to
"""Those of a ``Former``."""

KINDS: ColumnElement[Any] = case((FORMER.c.member_id.is_(None), Member.allowed_kinds), else_=FORMER.c.allowed_kinds)
"""The kinds agreed to on that day."""


def held_then(day: Any) -> ColumnElement[bool]:
    """By what to join ``FORMER`` from outside to members: at most one row each, none where the day's type is theirs still."""
    first = select(func.min(_EACH.c.valid_to)).where(_EACH.c.member_id == Member.id, _EACH.c.valid_to >= day)
    return and_(FORMER.c.member_id == Member.id, FORMER.c.valid_to == first.scalar_subquery())


# --- Of rows at hand --------------------------------------------------------------------------------------------------


class Types:
    """What members were before; nothing of those who always were what they are. A member is named by the id or its key."""

    def __init__(self, rows: Iterable[tuple[uuid.UUID, Key, str, Any, dt.date]]) -> None:
        found: dict[uuid.UUID, list[tuple[dt.date, TypeHeld]]] = defaultdict(list)
        keys: dict[Key, uuid.UUID] = {}
        for member_id, key, member_type, kinds, valid_to in rows:
            found[member_id].append((valid_to, TypeHeld(member_type, kinds)))
            keys[key] = member_id
        for its in found.values():
            its.sort(key=lambda row: row[0])
        self._found: Mapping[Key, list[tuple[dt.date, TypeHeld]]] = {
            **found, **{key: found[member_id] for key, member_id in keys.items()}
        }  # fmt: skip

    def __bool__(self) -> bool:
        return bool(self._found)

    def __contains__(self, member: Key) -> bool:
        return member in self._found

    def on(self, member: Key, day: dt.date, now: TypeHeld) -> TypeHeld:
        """What the member was on that day. ``now``: what their own row says."""
        return next((held for valid_to, held in self._found.get(member, ()) if day <= valid_to), now)

    def at(self, member: Key, instant: dt.datetime, now: TypeHeld) -> TypeHeld:
        """The same on the day in Japan on which the instant falls, which is asked only where it matters."""
        return self.on(member, tokyo_day(instant), now) if member in self._found else now

    def spans(self, member: Key, now: str) -> list[Typed]:
        """Every type of the member, the earliest first, all days from the first to the last."""
        found, first = [], dt.date.min
        for valid_to, held in self._found.get(member, ()):
            found.append(Typed(held.member_type, first, valid_to))
            first = valid_to + ONE_DAY
        return [*found, Typed(now, first, None)]


_BUREAU, _SINCE = bindparam("bureau_id", type_=Uuid()), bindparam("since", type_=Date)
_FORMER = Question(
    select(FORMER.c.member_id, key_of(FORMER.c.member_id).label("key"), FORMER.c.member_type, FORMER.c.allowed_kinds, FORMER.c.valid_to)
    .where(FORMER.c.bureau_id == _BUREAU, FORMER.c.valid_to >= _SINCE),
    THEN,
)  # fmt: skip


def former_types(session: Session, bureau_id: uuid.UUID, since: dt.date) -> Types:
    """What a bureau's members were, as far as it matters on that day or later. Few ever change: it costs next to nothing."""
    return Types(_FORMER.ask(session, bureau_id=bureau_id, since=since))


# --- Changes ----------------------------------------------------------------------------------------------------------


def former_rows(session: Session, members: Collection[uuid.UUID]) -> dict[uuid.UUID, list[FormerType]]:
    """All that these members were before, the earliest first."""
    found: dict[uuid.UUID, list[FormerType]] = {id_: [] for id_ in members}
    for chunk in chunks(list(found)):
        asked = select(FormerType).where(FormerType.member_id.in_(chunk)).order_by(FormerType.valid_to)
        for row in session.scalars(asked, execution_options=CHANGING):
            found[row.member_id].append(row)
    return found


def type_on(member: Member, former: Sequence[FormerType | Former], day: dt.date) -> str:
    """The member's type on that day. ``former``: all that they were before, the earliest first."""
    return next((row.member_type for row in former if day <= row.valid_to), member.member_type)


def types_in_order(member: Member, former: Sequence[FormerType]) -> list[Typed]:
    """Every type of the member, the earliest first, all days from the first to the last. ``former``: see ``former_rows``."""
    return Types(
        (row.member_id, row.member_id, row.member_type, row.allowed_kinds, row.valid_to) for row in former
    ).spans(member.id, member.member_type)


def first_days(session: Session, members: Collection[uuid.UUID]) -> dict[uuid.UUID, dt.date]:
    """The first day on which each of these members ever belonged to a unit."""
    found: dict[uuid.UUID, dt.date] = {}
    for chunk in chunks(list(members)):
        asked = select(Membership.member_id, func.min(Membership.valid_from)).where(Membership.member_id.in_(chunk))
        found.update(session.execute(asked.group_by(Membership.member_id), execution_options=CHANGING).all())
    return found


def change_type(
    session: Session, member: Member, former: Sequence[FormerType], member_type: str, on: dt.date, served_from: dt.date | None
) -> None:  # fmt: skip
    """From that day on the member is of that type; no later change may be there. ``served_from``: their first day ever.

    What never held on a day of service leaves no row: before the first day, or between two changes of one day.
    """
    eve = next((row for row in former if row.valid_to == on - ONE_DAY), None)
    if eve is not None and (eve.member_type, eve.allowed_kinds) == (member_type, member.allowed_kinds):
        session.delete(eve)
    elif eve is None and served_from is not None and served_from < on:
        before = {"member_type": member.member_type, "allowed_kinds": member.allowed_kinds, "valid_to": on - ONE_DAY}
        session.add(FormerType(bureau_id=member.bureau_id, member_id=member.id, **before))
    member.member_type = member_type
