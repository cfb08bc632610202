"""Whose data an answer holds: noted while it is made, and worked out from what was noted when somebody must know.

A lost phone, a copied token, an account that was never that person's: the city must say within days whose data were read
(個人情報保護法 art. 68). So every answer leaves in the log which members were named in it (``api/log_lines.py``), and of
documents that are given out as they were kept, which document. Ids only; whose they are is looked up when it is asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import event
from sqlalchemy.orm import QueryContext, Session

from brigade.organisation.people import Member

NOTED = "viewed"
"""In ``Session.info``: the members and documents of the answer that is being made."""


class Kept(NamedTuple):
    """What was kept with people in it: ``edition`` (a unit's part of one), ``picture`` (a report's), ``page`` (a scan's, by
    its number), ``roster`` (a file).
    """

    kind: str
    id: uuid.UUID
    part: uuid.UUID | int | None = None

    def __str__(self) -> str:
        return ":".join(str(one) for one in self if one is not None)


def viewed(session: Session, members: Iterable[uuid.UUID | str]) -> None:
    """The answer names these members; by ids, or by their texts where those are there already."""
    session.info.setdefault(NOTED, set()).update(map(str, members))


def viewed_in(session: Session, kept: Kept) -> None:
    """The answer is, or is made from, what was kept here."""
    session.info.setdefault(NOTED, set()).add(str(kept))


def noted(session: Session) -> list[str]:
    """Whose data the session's answer held, and what of what was kept, as the log says it; without the person who asks."""
    found, actor = session.info.pop(NOTED, set()), session.info.get("actor")
    return sorted(found - {str(actor.member_id)} if actor is not None else found)


def read_noted(said: str) -> uuid.UUID | Kept:
    """What the log said. ValueError for anything else."""
    if ":" not in said:
        return uuid.UUID(said)
    kind, id_, *part = said.split(":")
    return Kept(kind, uuid.UUID(id_), *(int(one) if one.isdigit() else uuid.UUID(one) for one in part))


@event.listens_for(Member, "load")
def _loaded(member: Member, context: QueryContext) -> None:
    """Whoever loads a member reads their name."""
    viewed(context.session, (member.id,))
