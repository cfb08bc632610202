"""Phones and browsers that are signed in, and the exchange of their refresh tokens.

An access token only names a ``DeviceSession``; every request looks at that row, so a lost phone is out at once. The row
also says all that a refresh token says, so that the same token can be made again for a phone that lost the answer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, delete, exists, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from brigade.access.accounts import Account
from brigade.calendar.feeds import CalendarFeed
from brigade.db import Base, new_id
from brigade.problems import Problem
from brigade.row_sets import changed, write

SESSION_DAYS = 30
SESSION = dt.timedelta(days=SESSION_DAYS)
ANSWER_ARRIVED = dt.timedelta(seconds=60)
"""So long after an answer's access token was first used, the answer has arrived, and nobody honest asks for it again."""

REVOKING = {"as_system": "devices of the account at hand are signed out"}


class Factor(StrEnum):
    """How it was proven who is at the device; all but a password alone count as two factors."""

    PASSWORD = "password"  # noqa: S105
    INVITATION = "invitation"
    TOTP = "totp"
    RECOVERY_CODE = "recovery-code"
    PASSKEY = "passkey"


SECOND = (Factor.TOTP, Factor.RECOVERY_CODE, Factor.PASSKEY)


class Because(StrEnum):
    """Why a device was signed out."""

    SIGNED_OUT = "signed-out"
    LOST = "lost"
    STOLEN = "stolen"
    PASSWORD = "password"  # noqa: S105  a new one was set
    OFFICE = "office"


class DeviceSession(Base):
    """One phone or browser. ``refresh_id`` is the refresh token that is good now, ``previous_refresh_id`` the one that
    was exchanged for it at ``rotated_at``; ``answer_used_at``: when an access token that came with it was first used.
    ``proven_at``: when it was last proven who is there.
    """

    __tablename__ = "device_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    device_name: Mapped[str] = mapped_column(String(100))
    refresh_id: Mapped[uuid.UUID]
    previous_refresh_id: Mapped[uuid.UUID | None]
    rotated_at: Mapped[dt.datetime]
    answer_used_at: Mapped[dt.datetime | None]
    factor: Mapped[str] = mapped_column(String(16), default=Factor.PASSWORD.value)
    proven_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name="revoked"),
        CheckConstraint("factor IN ('password', 'invitation', 'totp', 'recovery-code', 'passkey')", name="factor"),
    )

    @property
    def has_second_factor(self) -> bool:
        """Whether two factors were proven on this device."""
        return self.factor in SECOND

    def is_good(self, now: dt.datetime) -> bool:
        """Whether it is signed in."""
        return self.revoked_at is None and self.expires_at > now


DEVICES = Base.metadata.tables[DeviceSession.__tablename__]
CHANGING = (
    "refresh_id", "previous_refresh_id", "rotated_at", "answer_used_at", "last_used_at", "expires_at", "revoked_at",
    "revoked_because",
)  # fmt: skip
"""All that an exchange may change."""


def open_session(
    account: Account, device_name: str, now: dt.datetime, factor: Factor = Factor.PASSWORD
) -> DeviceSession:
    """A new signed-in device, not yet added to a session."""
    return DeviceSession(
        id=new_id(),
        account_id=account.id,
        device_name=device_name,
        refresh_id=uuid.uuid4(),
        rotated_at=now,
        factor=factor.value,
        proven_at=now,
        created_at=now,
        last_used_at=now,
        expires_at=now + SESSION,
    )


def revoke(device: DeviceSession, now: dt.datetime, because: Because) -> None:
    """Signed out with its next request; a device that already is stays so for its first reason."""
    if device.revoked_at is None:
        device.revoked_at, device.revoked_because = now, because.value


def revoke_all(
    session: Session, account_id: uuid.UUID, now: dt.datetime, because: Because, *, but: Sequence[uuid.UUID] = ()
) -> int:
    """Sign out every device of the account but these; how many there were. Their calendar address is dead as well, for
    it needs no signing in: whoever had a device of theirs, or the password, may know it.
    """
    whose = select(Account.member_id).where(Account.id == account_id)
    ended = delete(CalendarFeed).where(CalendarFeed.member_id.in_(whose))
    session.execute(ended, execution_options=REVOKING)
    there = select(DeviceSession).where(
        DeviceSession.account_id == account_id, DeviceSession.revoked_at.is_(None), DeviceSession.id.not_in(but)
    )
    devices = session.scalars(there.with_for_update(), execution_options=REVOKING).all()
    for device in devices:
        revoke(device, now, because)
    return len(devices)


def rotate(device: DeviceSession, presented: uuid.UUID, now: dt.datetime) -> None:
    """Exchange the refresh token, the row being held by the caller.

    The current one gets a successor. The one before it gets the same successor once more, as long as nothing shows
    that the answer arrived. Any other was copied: two hold the device's tokens, and it is signed out.
    """
    if not device.is_good(now):
        raise Problem("not-signed-in")
    if presented == device.refresh_id:
        device.previous_refresh_id, device.refresh_id = device.refresh_id, uuid.uuid4()
        device.rotated_at = device.last_used_at = now
        device.answer_used_at = None
        device.expires_at = now + SESSION
    elif presented != device.previous_refresh_id or _has_arrived(device, now):
        revoke(device, now, Because.STOLEN)
        refusal = Problem("refresh-reused")
        refusal.keep = True
        raise refusal


def exchange(session: Session, device: DeviceSession, presented: uuid.UUID, now: dt.datetime) -> None:
    """``rotate`` for a device whose row is held but not loaded: what has changed of it is written, a theft as well."""
    before = _said(device)
    try:
        rotate(device, presented, now)
    finally:
        if (after := _said(device)) != before:
            write(session, changed(DEVICES, CHANGING, [{"id": device.id, **after}]))


def _said(device: DeviceSession) -> dict[str, Any]:
    return {name: getattr(device, name) for name in CHANGING}


def _has_arrived(device: DeviceSession, now: dt.datetime) -> bool:
    return device.answer_used_at is not None and now >= device.answer_used_at + ANSWER_ARRIVED


def awaits_use(device: DeviceSession, refresh_id: uuid.UUID | None) -> bool:
    """Whether an access token that came with ``refresh_id`` is the first sign that the exchange's answer arrived."""
    return device.previous_refresh_id is not None and device.answer_used_at is None and device.refresh_id == refresh_id


def forget_devices(session: Session, before: dt.datetime) -> None:
    """Remove the rows of devices that were over before then, but for each account's last.

    That one says that somebody has signed in here: without it the next device, whosesoever, would be the first of all.
    """
    later = aliased(DeviceSession)
    over = or_(DeviceSession.expires_at < before, DeviceSession.revoked_at < before)
    followed = exists().where(later.account_id == DeviceSession.account_id, later.id > DeviceSession.id)
    session.execute(
        delete(DeviceSession).where(over, followed),
        execution_options={"as_system": "devices of everyone, long over", "synchronize_session": False},
    )
