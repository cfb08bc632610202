"""For whom a scan is read: who sent it; and where they have left, the bureau, as others decide on that paper now."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.actor import Actor, load_actor
from brigade.organisation.people import Member, Membership
from brigade.organisation.ranks import Level

OF_ALL = {"as_system": "the member for whom the job acts"}


def reader(session: Session, member_id: uuid.UUID, now: dt.datetime) -> tuple[Actor, uuid.UUID | None]:
    """The sender as they are now, and no unit. For one who is not in the service (any more) an actor who sees all units of
    the bureau, as what comes of it goes to those who lead the unit on the sheet, and the unit of a sheet that names none:
    the one to which the sender belonged last, or of one who never did so for a day the bureau, which says whose it is.
    """
    member = session.get_one(Member, member_id, execution_options=OF_ALL)
    actor = load_actor(session, member, now)
    if actor is not None:
        return actor, None
    belonged = (
        select(Membership.unit_id).where(Membership.member_id == member_id).order_by(Membership.valid_from.desc())
    )
    last = session.scalar(belonged.limit(1), execution_options=OF_ALL)
    reach = ((Level.BUREAU.value, member.bureau_id),)
    return Actor(member_id, member.bureau_id, member.member_type, now, reach=reach), last or member.bureau_id
