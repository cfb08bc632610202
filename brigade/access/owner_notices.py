"""What the owner of an account is told of it, so that somebody else's hand in it does not go unseen.

Told in the transaction of what happened, at once and on every way the owner left on (ASVS 5.0, 6.3.5 and 6.3.7).
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import Because, DeviceSession
from brigade.messages.notices import tell

OWNERS = {"as_system": "whether the account that signs in knows the device"}


class Change(StrEnum):
    """What of the ways to sign in is another one now."""

    PASSWORD = "password"  # noqa: S105  a word for what changed
    TOTP_ADDED = "totp-added"
    TOTP_REMOVED = "totp-removed"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    RECOVERY_CODES = "recovery-codes"


def tell_of_device(
    session: Session, account: Account, device_name: str, known: uuid.UUID | None, now: dt.datetime
) -> None:
    """Signed in on a device that was never the account's: ``known`` is what it says that it was before.

    Call it before the new row is added. Nothing is told of the first device of all, nor of one that its owner signed out.
    """
    own = DeviceSession.account_id == account.id
    kept = or_(DeviceSession.revoked_because.is_(None), DeviceSession.revoked_because == Because.SIGNED_OUT.value)
    is_new = select(and_(exists().where(own), ~exists().where(own, DeviceSession.id == known, kept)))
    if session.scalar(is_new, execution_options=OWNERS):
        tell(session, "device-signed-in", [account.member_id], now, data={"device_name": device_name})


def tell_of_change(session: Session, account: Account, what: Change, now: dt.datetime) -> None:
    """The password or a second factor is another one from now on."""
    tell(session, "sign-in-changed", [account.member_id], now, data={"what": what.value})
