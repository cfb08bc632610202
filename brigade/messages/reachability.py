"""Whom no way reaches: so that someone calls them (連絡がつかない人)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.actor import Actor
from brigade.dates import day_start
from brigade.messages.deliveries import Delivery
from brigade.messages.ways import NoticeSettings, PushSubscription, takes_push
from brigade.organisation.people import Member, Membership
from brigade.organisation.units import below, valid_on

LOOKING = {"as_system": "whether a member can be reached is the business of those who lead them"}


class Reason(StrEnum):
    """Why nothing reaches someone."""

    NOT_JOINED = "not-joined"
    NO_WAY = "no-way"
    SWITCHED_OFF = "switched-off"
    ALL_FAILED = "all-failed"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why, since when, and in which unit the member is."""

    reason: Reason
    since: dt.datetime
    unit_id: uuid.UUID


def unreachable(actor: Actor, unit_id: uuid.UUID | None) -> Select[Member]:
    """SQL: members whom the actor leads (in that unit or below it) and whom neither mail nor push reaches."""
    led = below([held for _, held in actor.reach], actor.today)
    here = select(Membership.member_id).where(valid_on(Membership, actor.today), Membership.unit_id.in_(led))
    if unit_id is not None:
        here = here.where(Membership.unit_id.in_(below([unit_id], actor.today)))
    joined = select(Account.member_id).where(Account.disabled_at.is_(None))
    reached = and_(Member.id.in_(joined), or_(Member.id.in_(_by_mail()), Member.id.in_(_by_push(actor.now))))
    return (
        select(Member)
        .where(Member.id.in_(here), ~reached)
        .execution_options(as_system="whether a member can be reached is the business of those who lead them")
    )


def _by_mail() -> Select[uuid.UUID]:
    wanted = or_(NoticeSettings.mail_at_once, NoticeSettings.mail_digest)
    return select(NoticeSettings.member_id).where(
        NoticeSettings.email.is_not(None), NoticeSettings.email_failed_at.is_(None), wanted
    )


def _by_push(now: dt.datetime) -> Select[uuid.UUID]:
    off = select(NoticeSettings.member_id).where(~NoticeSettings.push_at_once, ~NoticeSettings.push_digest)
    return select(PushSubscription.member_id).where(
        takes_push(now), PushSubscription.failed_at.is_(None), PushSubscription.member_id.not_in(off)
    )


def why(session: Session, actor: Actor, members: Collection[uuid.UUID]) -> dict[uuid.UUID, Unreachable]:
    """The reason for each of these, who are all unreachable.

    Since when: the last way failed; else the last thing arrived; else the service in the unit began.
    """
    homes = {
        row.member_id: row
        for row in session.scalars(
            select(Membership).where(_of(Membership, members), valid_on(Membership, actor.today)),
            execution_options=LOOKING,
        )
    }
    joined = set(
        session.scalars(
            select(Account.member_id).where(_of(Account, members), Account.disabled_at.is_(None)),
            execution_options=LOOKING,
        )
    )
    arrived = dict(
        session.execute(
            select(Delivery.member_id, func.max(Delivery.sent_at))
            .where(_of(Delivery, members), Delivery.state == "sent")
            .group_by(Delivery.member_id),
            execution_options=LOOKING,
        ).all()
    )
    failed = _failures(session, actor, members)
    found = {}
    for id_ in members:
        home = homes[id_]
        since = arrived.get(id_) or day_start(home.valid_from)
        if id_ not in joined:
            reason = Reason.NOT_JOINED
        elif id_ not in failed:
            reason = Reason.NO_WAY
        elif (last := failed[id_]) is not None:
            reason, since = Reason.ALL_FAILED, last
        else:
            reason = Reason.SWITCHED_OFF
        found[id_] = Unreachable(reason, since, home.unit_id)
    return found


def _failures(session: Session, actor: Actor, members: Collection[uuid.UUID]) -> dict[uuid.UUID, dt.datetime | None]:
    """When the last way of those failed who have one; None where none did: it is switched off."""
    mail = select(NoticeSettings.member_id, NoticeSettings.email_failed_at).where(
        _of(NoticeSettings, members), NoticeSettings.email.is_not(None)
    )
    push = select(PushSubscription.member_id, PushSubscription.failed_at).where(
        _of(PushSubscription, members), takes_push(actor.now)
    )
    found: dict[uuid.UUID, dt.datetime | None] = {}
    for ways in (mail, push):
        for member_id, failed_at in session.execute(ways, execution_options=LOOKING):
            found[member_id] = max((at for at in (found.get(member_id), failed_at) if at), default=None)
    return found


def _of(model: type[Membership | Account | Delivery | NoticeSettings | PushSubscription],
        members: Collection[uuid.UUID]) -> ColumnElement[bool]:  # fmt: skip
    return model.member_id.in_(members)
