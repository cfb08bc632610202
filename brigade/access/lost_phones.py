"""A member lost the phone and calls the station: an officer signs everything of theirs out."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import Because, revoke_all
from brigade.actor import Actor
from brigade.organisation.office import is_officer_over, member_at, note
from brigade.organisation.people import Membership
from brigade.organisation.units import valid_on
from brigade.problems import Refused

OFFICE = {"as_system": "an officer signs out a member's devices without seeing them"}


def sign_out(session: Session, actor: Actor, member_id: uuid.UUID) -> int:
    """How many devices of the member are out now. By the bureau, or an officer of the member's station; noted."""
    member = member_at(session, actor, member_id)
    here = select(Membership.unit_id).where(Membership.member_id == member.id, valid_on(Membership, actor.today))
    if not is_officer_over(session, actor, session.scalars(here).all()):
        raise Refused("not-permitted")
    account_id = session.scalar(select(Account.id).where(Account.member_id == member.id), execution_options=OFFICE)
    count = revoke_all(session, account_id, actor.now, Because.OFFICE) if account_id else 0
    note(session, actor, "member.sign-out", member.id, devices=count)
    return count
