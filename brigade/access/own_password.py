"""A new password in place of one's own."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import Because, revoke_all
from brigade.access.owner_notices import Change, tell_of_change


def put_password(
    session: Session, account: Account, hashed: str, *, short: bool, here: uuid.UUID, now: dt.datetime
) -> None:
    """It is told to its owner, and signs out every device but the one at hand. ``short``: good only beside a second factor."""
    account.password_hash, account.short_password = hashed, short
    tell_of_change(session, account, Change.PASSWORD, now)
    revoke_all(session, account.id, now, Because.PASSWORD, but=[here])
