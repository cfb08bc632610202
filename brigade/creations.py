"""The first answer to every creating request, so that the same request sent again gets it again and stores nothing.

Phones repeat a request whose answer they lost, sometimes weeks later. The row is written in the same transaction as
the thing it made and never expires; its primary key is the client's id, so two connections cannot both be first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, Text, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base
from brigade.problems import Conflict
from brigade.questions import Question
from brigade.row_sets import added, write


class Creation(Base):
    """Who made ``id`` by which content, and what was answered."""

    __tablename__ = "creations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    content_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime]


class Answered(NamedTuple):
    """What was answered, to whom and to which content."""

    resource: str
    actor_id: uuid.UUID
    content_hash: str
    status: int
    body: str


_ANSWERED = Question(
    select(*(getattr(Creation, name) for name in Answered._fields)).where(Creation.id == bindparam("id")),
    {"as_system": "an id is taken whoever took it"},
)


def keep_answer(session: Session, id_: uuid.UUID, answered: Answered, at: dt.datetime) -> None:
    """With what the request has made, in its transaction. IntegrityError where another one answers for the same id."""
    rows = [{"id": id_, **answered._asdict(), "at": at}]
    write(session, added(Base.metadata.tables[Creation.__tablename__], rows))


def content_hash(content: Any) -> str:
    """SHA-256 of what was sent, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def answered_before(
    session: Session, id_: uuid.UUID, resource: str, actor_id: uuid.UUID, digest: str
) -> Answered | None:
    """The first answer if this very request was answered; Conflict if the id stands for anything else."""
    found = _ANSWERED.ask(session, id=id_)
    if not found:
        return None
    made = Answered(*found[0])
    if (made.resource, made.actor_id, made.content_hash) != (resource, actor_id, digest):
        raise Conflict()
    return made
