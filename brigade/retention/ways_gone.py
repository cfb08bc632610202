"""Contact data and ways in of a person who left: accounts, devices, passkeys, addresses, notices. Nothing of it is history."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.access.invitations import Invitation
from brigade.access.passkeys import Passkey, PasskeyChallenge
from brigade.access.second_factors import RecoveryCode, Totp
from brigade.calendar.feeds import CalendarFeed
from brigade.messages.deliveries import Delivery
from brigade.messages.notices import Notice
from brigade.messages.ways import NoticeSettings, PushSubscription

OF_ACCOUNT: tuple[Any, ...] = (Passkey, PasskeyChallenge, Totp, RecoveryCode, DeviceSession)
OF_MEMBER: tuple[Any, ...] = (Delivery, Notice, NoticeSettings, CalendarFeed, Invitation, Account)
GOES: dict[str, Any] = {
    "as_system": "what goes and what is on hold is looked at whoever may see it", "synchronize_session": False
}  # fmt: skip


def forget_contacts(session: Session, member_id: uuid.UUID) -> int:
    """Remove all of it; how many rows that were."""
    accounts = select(Account.id).where(Account.member_id == member_id)
    whose = [
        (PushSubscription, PushSubscription.member_id == member_id),
        *((model, model.account_id.in_(accounts)) for model in OF_ACCOUNT),
        *((model, model.member_id == member_id) for model in OF_MEMBER),
    ]
    gone = [session.execute(delete(model).where(which), execution_options=GOES) for model, which in whose]
    return sum(result.rowcount for result in gone)  # type: ignore[attr-defined]
