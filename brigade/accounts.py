"""Who may sign in, on which devices, and the tries that failed. Tokens are made in ``api/``; here stands their truth.

An access token only names a ``DeviceSession``; every request looks at that row, so a lost phone is out at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base, new_id
from brigade.problems import FieldProblem, Invalid, Problem

# OWASP password storage cheat sheet: Argon2id with 19 MiB, 2 passes, 1 lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = HASHER.hash("nobody has this password")

SESSION_DAYS = 30
TRIES = 10
TRY_WINDOW = dt.timedelta(minutes=5)
PASSWORD_MIN, PASSWORD_MAX = 8, 256


class Account(Base):
    """A member's way in. ``password_hash`` is Argon2id."""

    __tablename__ = "accounts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), unique=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    disabled_at: Mapped[dt.datetime | None]


class DeviceSession(Base):
    """One phone or browser that is signed in. ``refresh_id`` is the only refresh token that is good now."""

    __tablename__ = "device_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    device_name: Mapped[str] = mapped_column(String(100))
    refresh_id: Mapped[uuid.UUID]
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]


class SignInFailure(Base):
    """A try with a wrong login or password, kept for as long as it slows the next ones down."""

    __tablename__ = "sign_in_failures"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_sign_in_failures_key_at", "key", "at"),)


def throttle_keys(login: str, address: str) -> tuple[str, str]:
    """What a failed try is counted under: the login and the address, as digests (neither is stored in clear)."""
    return tuple(hashlib.sha256(part.encode()).hexdigest() for part in (f"login:{login}", f"address:{address}"))  # type: ignore[return-value]


def check_throttle(session: Session, keys: tuple[str, ...], now: dt.datetime) -> None:
    """Refuse a further try when one of the keys failed ``TRIES`` times in the window."""
    rows = session.execute(
        select(func.count(), func.min(SignInFailure.at))
        .where(SignInFailure.key.in_(keys), SignInFailure.at > now - TRY_WINDOW)
        .group_by(SignInFailure.key)
    )
    waits = [oldest + TRY_WINDOW - now for count, oldest in rows if count >= TRIES]
    if waits:
        raise Problem("too-many-tries", retry_after=max(1, int(max(waits).total_seconds())))


def password_fits(account: Account | None, password: str) -> bool:
    """Whether the password is the account's. Takes as long when there is no such account."""
    try:
        fits: bool = HASHER.verify(account.password_hash if account else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        fits = False
    return fits and account is not None and account.disabled_at is None


def check_new_password(password: str, *names: str) -> None:
    """NIST SP 800-63B-4: length and a list of obvious words, no rules on the mix of characters."""
    plain = password.casefold()
    obvious = {"password", "shobodan", "shoboudan", "12345678", "123456789", "1234567890", "消防団消防団"}
    too_near = plain in obvious or len(set(plain)) < 3 or any(n and plain == n.casefold() for n in names)
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX or too_near:
        raise Invalid([FieldProblem("/new_password", "weak-password", {"min": PASSWORD_MIN})])


def open_session(account: Account, device_name: str, now: dt.datetime) -> DeviceSession:
    """A new signed-in device, not yet added to a session."""
    return DeviceSession(
        id=new_id(),
        account_id=account.id,
        device_name=device_name,
        refresh_id=uuid.uuid4(),
        created_at=now,
        last_used_at=now,
        expires_at=now + dt.timedelta(days=SESSION_DAYS),
        revoked_at=None,
    )


def rotate(device: DeviceSession, presented: uuid.UUID, now: dt.datetime) -> None:
    """Exchange the refresh token. An old one used again means that two hold it: the device is signed out."""
    if device.revoked_at is not None or device.expires_at <= now:
        raise Problem("not-signed-in")
    if device.refresh_id != presented:
        device.revoked_at = now
        refusal = Problem("refresh-reused")
        refusal.keep = True
        raise refusal
    device.refresh_id = uuid.uuid4()
    device.last_used_at = now
    device.expires_at = now + dt.timedelta(days=SESSION_DAYS)
