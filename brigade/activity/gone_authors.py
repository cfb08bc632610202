"""Authors who have left the service: nobody but who leads there can say what becomes of a report that was returned to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import BindParameter, Date, bindparam, select
from sqlalchemy.orm import Session

from brigade.activity.transition import Standing
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.organisation.people import Membership
from brigade.organisation.units import valid_on
from brigade.questions import Question, among

_TODAY: BindParameter[dt.date] = bindparam("today", type_=Date)
_SERVING = Question(
    select(Membership.member_id).where(among(Membership.member_id, "authors"), valid_on(Membership, _TODAY)),
    {"as_system": "whether an author is still there, wherever they belong now"},
)


def gone_authors(session: Session, actor: Actor, reports: Iterable[Standing]) -> frozenset[uuid.UUID]:
    """Who belongs to no unit today of those to whom one of these reports was returned; of others nothing depends on it.

    One statement, none where nothing is with anybody but the actor.
    """
    authors = {report.author_id for report in reports if report.state == State.RETURNED} - {actor.member_id}
    if not authors:
        return frozenset()
    return frozenset(authors.difference(row[0] for row in _SERVING.ask(session, authors=authors, today=actor.today)))
