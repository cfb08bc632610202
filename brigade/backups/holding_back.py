"""A store that went back in time does not know what happened since. What it would do by itself it holds back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from brigade.messages.sending import leave_unsent
from brigade.retention.plans import UNDO_AGAIN, put_off


def hold_back(session: Session, now: dt.datetime) -> None:
    """What waits to be erased waits for some days more: it may have been undone since. What waits to be sent is not sent:
    it may have gone out since.
    """
    put_off(session, now + UNDO_AGAIN)
    leave_unsent(session, now)
