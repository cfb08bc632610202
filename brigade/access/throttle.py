"""How often one may try to sign in: few tries for a login and for an address, not too many over all.

A try is counted before the password is worked on, so that many at once cannot slip through, and taken back when it was
right. A known device (it brings a refresh token of that account) is counted under its own key alone: nobody can lock
its owner out by guessing elsewhere. Nothing here says whether a login exists.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Index, String, and_, case, delete, null, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base
from brigade.problems import Problem

WINDOW = dt.timedelta(minutes=5)
PER_LOGIN, PER_ADDRESS, OVER_ALL = 10, 50, 1_000
INVITATION_PER_ADDRESS, INVITATION_OVER_ALL = 30, 300
IN_A_ROW = 100
"""NIST SP 800-63B-4, 3.2.2: no more failures than these without a success between them."""

ROW_FORGOTTEN = dt.timedelta(days=30)
"""A row of failures that was not carried on for so long, and never came to ``IN_A_ROW``, no longer counts."""


class SignInTries(Base):
    """Tries under one key, which is a digest. ``until``: when the window ends; None: they count until a success."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    until: Mapped[dt.datetime | None]
    last_at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_sign_in_tries_last_at", "last_at"),)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many under this key: in five minutes, or ``in_a_row`` without a success between."""

    key: str
    most: int
    in_a_row: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """What one try was counted under; kept until it is known how it ended."""

    limits: tuple[Limit, ...]


def limits_of_sign_in(login: str, address: str) -> tuple[Limit, ...]:
    """For someone who may be anyone."""
    return (
        Limit(_key("in a row", login), IN_A_ROW, in_a_row=True),
        Limit(_key("login", login), PER_LOGIN),
        Limit(_key("address", address), PER_ADDRESS),
        Limit(_key("all"), OVER_ALL),
    )


def limits_of_device(device_id: uuid.UUID) -> tuple[Limit, ...]:
    """For a device of the account itself."""
    return (
        Limit(_key("device in a row", str(device_id)), IN_A_ROW, in_a_row=True),
        Limit(_key("device", str(device_id)), PER_LOGIN),
    )


def limits_of_challenge(address: str) -> tuple[Limit, ...]:
    """For one who asks for a passkey's challenge: nobody can guess there, but each one is a row."""
    return (Limit(_key("challenge", address), PER_ADDRESS), Limit(_key("challenges"), OVER_ALL))


def limits_of_invitation(address: str) -> tuple[Limit, ...]:
    """For one who holds an invitation's code, or tries to find one: a code is short."""
    return (
        Limit(_key("invitation", address), INVITATION_PER_ADDRESS),
        Limit(_key("invitations"), INVITATION_OVER_ALL),
    )


def count_try(session: Session, limits: Sequence[Limit], now: dt.datetime) -> Try:
    """One more try under each of these, to be committed before it is worked on.

    Too many of them: Problem, and the caller rolls back, so that a refused try counts for nothing.
    """
    rows = [
        {"key": limit.key, "tries": 1, "until": None if limit.in_a_row else now + WINDOW, "last_at": now}
        for limit in limits
    ]
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(SignInTries)
    over = and_(SignInTries.until.is_not(None), SignInTries.until <= insert.excluded.last_at)
    counted = insert.on_conflict_do_update(
        index_elements=[SignInTries.key],
        set_={
            "tries": case((over, 1), else_=SignInTries.tries + 1),
            "until": case((over, insert.excluded.until), else_=SignInTries.until),
            "last_at": insert.excluded.last_at,
        },
    ).returning(SignInTries.key, SignInTries.tries, SignInTries.until)
    found = {
        key: (tries, until)
        for key, tries, until in session.execute(counted, rows, execution_options={"render_nulls": True})
    }
    if any(limit.in_a_row and found[limit.key][0] > limit.most for limit in limits):
        raise Problem("sign-in-stopped")
    waits = [found[limit.key][1] - now for limit in limits if found[limit.key][0] > limit.most]
    if waits:
        raise Problem("too-many-tries", retry_after=max(1, int(max(waits).total_seconds())))
    return Try(tuple(limits))


def take_back(session: Session, one: Try, *, success: bool = True, login: str = "") -> None:
    """The try was right and counts no more. ``success``: someone is signed in, and a row of failures ends, also that
    of the ``login`` where a known device was counted under its own key.
    """
    ended = [limit.key for limit in one.limits if limit.in_a_row and success]
    if login:
        ended.append(_key("in a row", login))
    keys = {*ended, *(limit.key for limit in one.limits)}
    left = case((SignInTries.key.in_(ended), 0), else_=SignInTries.tries - 1)
    session.execute(update(SignInTries).where(SignInTries.key.in_(keys), SignInTries.tries > 0).values(tries=left))


def forget_failures(session: Session, login: str) -> None:
    """A passkey or a new invitation has shown who it is: the row of failures of this login ends."""
    session.execute(delete(SignInTries).where(SignInTries.key == _key("in a row", login)))


def clear_tries(session: Session, now: dt.datetime) -> None:
    """Remove what has no use any more."""
    over = and_(SignInTries.until.is_not(None), SignInTries.until <= now)
    forgotten = and_(
        SignInTries.until.is_(null()), SignInTries.tries < IN_A_ROW, SignInTries.last_at < now - ROW_FORGOTTEN
    )
    session.execute(delete(SignInTries).where(or_(over, forgotten)))


def _key(*parts: str) -> str:
    """A digest: neither login nor address is stored in clear."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
