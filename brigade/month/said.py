"""What was said of a unit's month and stands, with the post of whoever said it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.dates import tokyo_day, within
from brigade.month.closing import MonthStatement, statements
from brigade.month.rows import SaidRow, UnitRow
from brigade.organisation.people import Member, Post
from brigade.organisation.ranks import LEADS, Level, PostName
from brigade.viewings import viewed

NAMED = {"as_system": "who said it is part of a statement"}


def said(session: Session, units: Sequence[UnitRow], month: str) -> tuple[SaidRow, ...]:
    """Of these units, the oldest first."""
    found = statements(session, [uuid.UUID(unit.id) for unit in units], month)
    if not found:
        return ()
    rows = {unit.id: unit for unit in units}
    who = {one.said_by_id for one in found}
    names = dict(
        session.execute(select(Member.id, Member.name).where(Member.id.in_(who)), execution_options=NAMED).all()
    )
    viewed(session, who)
    held = session.execute(
        select(Post.member_id, Post.unit_id, Post.post, Post.valid_from, Post.valid_to)
        .where(Post.member_id.in_(who), Post.unit_id.in_({one.unit_id for one in found}))
        .order_by(Post.valid_from, Post.id),
        execution_options=NAMED,
    ).all()

    def post(one: MonthStatement) -> str:
        day, leads = tokyo_day(one.said_at), LEADS[Level(rows[str(one.unit_id)].level)]
        posts = [
            post
            for member_id, unit_id, post, first, last in held
            if (member_id, unit_id) == (one.said_by_id, one.unit_id)
            and post != PostName.MEMBER
            and within(day, first, last)
        ]
        return leads.value if leads in posts else next(iter(posts), "")

    return tuple(
        SaidRow(
            str(one.unit_id), rows[str(one.unit_id)].name, one.saying, names[one.said_by_id], post(one), one.said_at,
            one.reason, one.until,
        )
        for one in found
    )  # fmt: skip
