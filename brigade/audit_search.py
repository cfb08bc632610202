"""Looking up who changed what and when: by a name on either side, by what was done, by days; the newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, String, cast, or_, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.dates import on_days
from brigade.organisation.member_search import named
from brigade.organisation.people import Member
from brigade.organisation.units import Unit

MOST_NAMES = 200
"""People and units whose entries are looked for; a shorter word than that many names share finds no more."""

NAMED = {"as_system": "the names on an entry are part of it"}
ABOUT = ("member_id", "unit_id", "report_id")
"""Where an entry names whom or what it is about, besides its subject."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; empty and None: anything. Both days are counted."""

    words: str = ""
    actions: Collection[str] = ()
    first: dt.date | None = None
    last: dt.date | None = None


def entries(session: Session, actor: Actor, asked: Asked) -> Select[AuditEntry]:
    """SQL: those that one may see."""
    query = select(AuditEntry)
    if asked.words.strip():
        query = query.where(_of_names(session, actor, asked.words))
    if asked.actions:
        query = query.where(AuditEntry.action.in_(asked.actions))
    return query.where(*on_days(AuditEntry.at, asked.first, asked.last))


def _of_names(session: Session, actor: Actor, words: str) -> ColumnElement[bool]:
    """Done by one of these people, or about one of them or of these units."""
    members = select(Member.id).where(Member.bureau_id == actor.bureau_id, named(words))
    places = select(Unit.id).where(
        Unit.bureau_id == actor.bureau_id, Unit.name.icontains(words.strip(), autoescape=True)
    )
    people = session.scalars(members.limit(MOST_NAMES), execution_options=NAMED).all()
    units = session.scalars(places.limit(MOST_NAMES), execution_options=NAMED).all()
    ids = [*people, *units]
    texts = [str(id_) for id_ in ids]
    return or_(
        AuditEntry.actor_id.in_(people),
        AuditEntry.subject_id.in_(ids),
        *(cast(AuditEntry.data[name].as_string(), String).in_(texts) for name in ABOUT),
    )
