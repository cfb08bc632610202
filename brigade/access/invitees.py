"""Who may call whom to join or to choose a new password, and who has joined.

Inviting belongs to a desk: leaders and officers, and the deputies who act for them at once, for everyone who belongs
today to the desk's unit or one below it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.access.invitation_codes import Purpose
from brigade.access.invitations import INVITING, Invitation
from brigade.access.passkeys import Passkey
from brigade.access.second_factors import Totp
from brigade.actor import Actor
from brigade.organisation.office import known_unit
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.ranks import LEVELS, POST_LEVEL, Level, PostName
from brigade.organisation.units import Unit, UnitTree, below, valid_on
from brigade.problems import FieldProblem, Invalid, Refused

MOST = 500
OFFICERS = (PostName.STATION_OFFICER, PostName.BUREAU_OFFICER)


@dataclass(frozen=True, slots=True)
class Person:
    """A member below the asker's desks. ``desk`` and ``rank`` are places in ``LEVELS``, the smaller the higher: of the
    highest desk over the member, and of the highest post the member holds (None: no post).
    """

    member: Member
    unit_id: uuid.UUID
    account: Account | None
    is_suspended: bool
    has_factor: bool
    desk: int
    rank: int | None

    @property
    def purpose(self) -> Purpose:
        """What a code for this member is for."""
        return Purpose.JOIN if self.account is None else Purpose.RESET


def desks_of(actor: Actor) -> dict[uuid.UUID, str]:
    """Unit and level of the desks from which the actor may invite. Refused when there is none."""
    desks = {desk.unit_id: desk.level for desk in actor.desks if desk.waiting_before is None}
    if not desks:
        raise Refused("not-permitted")
    return desks


def hindrance(actor: Actor, person: Person) -> str | None:
    """Why the actor may not make a code for this person, as a problem code.

    Whoever holds a code can sign in as the member: so none for who stands above the desk, and none for oneself (whoever
    finds one's phone unlocked would have the account). Only officers reset their equals, and who has a second factor,
    as a reset takes it away: the phone may be lost.
    """
    if person.member.id == actor.member_id:
        return "invites-oneself"
    if person.is_suspended or (person.account is not None and person.account.disabled_at is not None):
        return "cannot-sign-in"
    rank = len(LEVELS) if person.rank is None else person.rank
    if rank < person.desk:
        return "officers-invite"
    guarded = person.purpose is Purpose.RESET and (rank == person.desk or person.has_factor)
    return "officers-invite" if guarded and not actor.holds(*OFFICERS) else None


def members_below(session: Session, actor: Actor, unit_id: uuid.UUID | None, state: str | None) -> Select[Member]:
    """The members below the actor's desks, or below one unit there. ``state``: joined, not_joined, invited (a code is
    out), None for all. Refused for a unit that is not below them, Invalid for one that cannot be seen.
    """
    desks = list(desks_of(actor))
    if unit_id is not None:
        desks = [_unit_below(session, actor, unit_id, desks)]
    here = select(Membership.member_id).where(
        Membership.unit_id.in_(below(desks, actor.today)), valid_on(Membership, actor.today)
    )
    found = select(Member).where(Member.id.in_(here), Member.bureau_id == actor.bureau_id)
    live = select(Invitation.member_id).where(
        Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > actor.now
    )
    states = {"joined": _has_joined(), "not_joined": ~_has_joined(), "invited": Member.id.in_(live)}
    return (found if state is None else found.where(states[state])).execution_options(**INVITING)


def _unit_below(session: Session, actor: Actor, unit_id: uuid.UUID, desks: list[uuid.UUID]) -> uuid.UUID:
    if known_unit(session, actor, unit_id) is None:
        raise Invalid([FieldProblem("/unit_id", "unknown-unit")])
    under = select(func.count()).where(
        UnitTree.below_id == unit_id, UnitTree.above_id.in_(desks), valid_on(UnitTree, actor.today)
    )
    if not session.scalar(under):
        raise Refused("not-permitted")
    return unit_id


def _has_joined() -> ColumnElement[bool]:
    """SQL on ``Member``: has signed in at least once, as far as the devices' rows reach back, or used a code."""
    signed_in = exists().where(Account.member_id == Member.id, DeviceSession.account_id == Account.id)
    used = exists().where(Invitation.member_id == Member.id, Invitation.joined_at.is_not(None))
    return or_(signed_in, used)


def who_joined(session: Session, members: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these members who have joined."""
    asked = select(Member.id).where(Member.id.in_(members), _has_joined())
    return set(session.scalars(asked, execution_options=INVITING))


def people(session: Session, actor: Actor, chosen: Select[Any]) -> list[Person]:
    """The chosen ones of ``members_below`` with all that decides, by unit and kana; Invalid when they are too many."""
    desks, today = desks_of(actor), actor.today
    rows = session.execute(
        select(Member, Membership.unit_id, Account)
        .join(Membership, and_(Membership.member_id == Member.id, valid_on(Membership, today)))
        .join(Unit, Unit.id == Membership.unit_id)
        .outerjoin(Account, Account.member_id == Member.id)
        .where(Member.id.in_(chosen.with_only_columns(Member.id)))
        .order_by(Unit.code, Member.kana_sort, Member.id)
        .limit(MOST + 1),
        execution_options=INVITING,
    ).all()
    if len(rows) > MOST:
        raise Invalid([FieldProblem("/unit_id", "too-many-items", {"max": MOST})])
    ids, units = [row[0].id for row in rows], {row[1] for row in rows}
    over = select(UnitTree.below_id, UnitTree.above_id).where(
        UnitTree.below_id.in_(units), UnitTree.above_id.in_(desks), valid_on(UnitTree, today)
    )
    levels: dict[uuid.UUID, int] = {}
    for unit_id, desk in session.execute(over):
        levels[unit_id] = min(levels.get(unit_id, len(LEVELS)), LEVELS.index(Level(desks[desk])))
    suspended = session.scalars(
        select(Absence.member_id).where(
            Absence.member_id.in_(ids), Absence.absence == "suspension", valid_on(Absence, today)
        ),
        execution_options=INVITING,
    ).all()
    guarded = with_second_factor(session, [account.id for _, _, account in rows if account])
    ranks = _ranks(session, ids, today)
    return [
        Person(
            member, unit_id, account, member.id in suspended, account is not None and account.id in guarded,
            levels[unit_id], ranks.get(member.id),
        )
        for member, unit_id, account in rows
    ]  # fmt: skip


def with_second_factor(session: Session, accounts: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these accounts that ask for more than a password."""
    app = exists().where(Totp.account_id == Account.id, Totp.confirmed_at.is_not(None))
    key = exists().where(Passkey.account_id == Account.id)
    asked = select(Account.id).where(Account.id.in_(accounts), or_(app, key))
    return set(session.scalars(asked, execution_options=INVITING))


def _ranks(session: Session, ids: Sequence[uuid.UUID], day: dt.date) -> dict[uuid.UUID, int]:
    """The place in ``LEVELS`` of the highest post that each of these members holds; who holds none is left out."""
    held = select(Post.member_id, Post.post).where(
        Post.member_id.in_(ids), Post.post != PostName.MEMBER.value, valid_on(Post, day)
    )
    ranks: dict[uuid.UUID, int] = {}
    for member_id, post in session.execute(held, execution_options=INVITING):
        rank = LEVELS.index(POST_LEVEL[PostName(post)])
        ranks[member_id] = min(rank, ranks.get(member_id, rank))
    return ranks
