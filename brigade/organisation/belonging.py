"""Where people belong, for a list of many of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.organisation.people import Membership
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, names_in_line, valid_on

NAMED = (Level.COMPANY, Level.SECTION, Level.SQUAD)


def by_unit(session: Session, members: Collection[uuid.UUID], day: dt.date) -> list[tuple[str, set[uuid.UUID]]]:
    """The units to which these people belonged on ``day``, by code, each as ``第二分団 第一班`` with its own of them.

    Those whose unit the reader may not know come last, under an empty name.
    """
    asked = (
        select(Membership.member_id, Unit.id, Unit.code)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.member_id.in_(members), valid_on(Membership, day))
    )
    found: dict[tuple[str, uuid.UUID], set[uuid.UUID]] = {}
    for member_id, unit_id, code in session.execute(asked):
        found.setdefault((code, unit_id), set()).add(member_id)
    names = names_in_line(session, [unit_id for _, unit_id in found], NAMED, day)
    known = [(names[unit_id], theirs) for (_, unit_id), theirs in sorted(found.items())]
    others = set(members).difference(*(theirs for _, theirs in known))
    return [*known, ("", others)] if others else known
