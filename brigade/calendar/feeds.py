"""Secret addresses under which a member's own calendar program fetches the events to which their unit is called.

Only a digest of the secret is stored: who reads the database cannot fetch a calendar. A member has one address at most.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.actor import Actor, load_actor
from brigade.db import Base
from brigade.organisation.people import Member

SECRET_BYTES = 24
BY_ADDRESS = {"as_system": "a calendar is fetched by its secret address, by a program that does not sign in"}


class CalendarFeed(Base):
    """A member's address since ``created_at``; ``last_used_on`` is the day (in Japan) of the last fetch."""

    __tablename__ = "calendar_feeds"

    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime]
    last_used_on: Mapped[dt.date | None]


def make_feed(session: Session, actor: Actor) -> tuple[CalendarFeed, str]:
    """A new address and its secret, which nobody can read again; the address of before is dead from now on."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = feed_of(session, actor)
    if feed is None:
        feed = CalendarFeed(member_id=actor.member_id)
        session.add(feed)
    feed.secret_digest, feed.created_at, feed.last_used_on = _digest(secret), actor.now, None
    session.flush()
    return feed, secret


def feed_of(session: Session, actor: Actor) -> CalendarFeed | None:
    """One's own, if there is one."""
    return session.scalar(select(CalendarFeed).where(CalendarFeed.member_id == actor.member_id))


def remove_feed(session: Session, actor: Actor) -> None:
    """The address is dead from now on."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.member_id == actor.member_id))


def owner_of(session: Session, secret: str, now: dt.datetime) -> tuple[Actor, CalendarFeed] | None:
    """Whose calendar it is; None for an unknown or dead address, and for who is suspended or has left the service."""
    found = session.execute(
        select(Member, CalendarFeed)
        .join(CalendarFeed, CalendarFeed.member_id == Member.id)
        .where(CalendarFeed.secret_digest == _digest(secret)),
        execution_options=BY_ADDRESS,
    ).one_or_none()
    actor = load_actor(session, found[0], now) if found else None
    return (actor, found[1]) if found and actor else None


def note_use(session: Session, actor: Actor) -> None:
    """It was fetched today."""
    used = update(CalendarFeed).where(CalendarFeed.member_id == actor.member_id).values(last_used_on=actor.today)
    session.execute(used)


def _digest(secret: str) -> str:
    # Nothing slower is needed: the secret is chance, not a word that could be guessed.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
