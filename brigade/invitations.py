"""Who may call whom to join or to choose a new password, and the codes that are out.

Inviting belongs to a desk: leaders and officers, and the deputies who act for them at once, for everyone who belongs
today to the desk's unit or one below it. What the code's holder does with it stands in ``joining.py``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, String, and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade import notices
from brigade.accounts import Account
from brigade.actor import Actor
from brigade.db import Base
from brigade.device_sessions import DeviceSession
from brigade.invitation_codes import Issued, Purpose, digest, new_code
from brigade.office import known_unit, member_at, note
from brigade.passkeys import Passkey
from brigade.people import Absence, Member, Membership, Post
from brigade.problems import FieldProblem, Invalid, Refused
from brigade.ranks import LEVELS, POST_LEVEL, Level, PostName
from brigade.second_factors import Totp
from brigade.units import Unit, UnitTree, below, valid_on

VALID = dt.timedelta(hours=72)
MOST = 500
OFFICERS = (PostName.STATION_OFFICER, PostName.BUREAU_OFFICER)
INVITING = {"as_system": "who may invite is told all that concerns joining of everyone below their desk"}


class Invitation(Base):
    """A member's newest code: there is one row for each, so that a new code ends the one before.

    ``digest`` is all that is kept of the code. ``tries`` counts what came with it after it was used; ``joined_at`` is
    when a code of this member's was used for the first time.
    """

    __tablename__ = "invitations"

    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    issued_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    issued_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    tries: Mapped[int]
    joined_at: Mapped[dt.datetime | None]

    __table_args__ = (CheckConstraint("purpose IN ('join', 'reset')", name="purpose"),)

    def is_live(self, now: dt.datetime) -> bool:
        """Whether the code can still be used for the first time."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > now


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


# --- Who there is -----------------------------------------------------------------------------------------------------


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


def codes_of(session: Session, members: Sequence[uuid.UUID]) -> dict[uuid.UUID, Invitation]:
    """The newest code of each of these members who ever had one, locked until the commit where one is writing."""
    rows = select(Invitation).where(Invitation.member_id.in_(members)).order_by(Invitation.member_id)
    return {row.member_id: row for row in session.scalars(rows.with_for_update(), execution_options=INVITING)}


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


# --- Codes ------------------------------------------------------------------------------------------------------------


def invite(
    session: Session, actor: Actor, secret_key: str, *,
    member_ids: Sequence[uuid.UUID] | None = None, unit_id: uuid.UUID | None = None, only_missing: bool = True,
) -> tuple[list[Issued], list[tuple[Person, str]]]:  # fmt: skip
    """New codes, and who was left out and why. They end the codes that these members had before.

    For the members named: Invalid unless each may have one. Else for all below the unit, without those who have
    joined already unless ``only_missing`` is False; who may not have one is left out.
    """
    state = "not_joined" if member_ids is None and only_missing else None
    chosen = members_below(session, actor, unit_id, state)
    if member_ids is not None:
        chosen = chosen.where(Member.id.in_(member_ids))
    found = people(session, actor, chosen)
    left_out = [(person, why) for person in found if (why := hindrance(actor, person))]
    if member_ids is not None:
        wrong = {person.member.id: why for person, why in left_out}
        wrong |= dict.fromkeys(set(member_ids) - {person.member.id for person in found}, "unknown-member")
        if wrong:
            places = [(nth, wrong[id_]) for nth, id_ in enumerate(member_ids) if id_ in wrong]
            raise Invalid([FieldProblem(f"/member_ids/{nth}", why) for nth, why in places])
    hindered = {person.member.id for person, _ in left_out}
    invited = [person for person in found if person.member.id not in hindered]
    if not invited:
        raise Invalid([FieldProblem("/unit_id" if unit_id else "/member_ids", "nobody-to-invite")])
    return _issue(session, actor, invited, secret_key), left_out


def start_reset(session: Session, actor: Actor, member_id: uuid.UUID, secret_key: str) -> Issued:
    """A code by which the member chooses a new password. The old one stays good until the code is used."""
    person = _person_at(session, actor, member_id)
    why = "no-account-yet" if person.account is None else hindrance(actor, person)
    if why:
        raise Refused(why)
    return _issue(session, actor, [person], secret_key)[0]


def revoke(session: Session, actor: Actor, member_id: uuid.UUID) -> None:
    """The member's code is good for nothing from now on; nothing happens when none is out."""
    person = _person_at(session, actor, member_id)
    row = codes_of(session, [person.member.id]).get(person.member.id)
    if row is not None and row.is_live(actor.now):
        row.revoked_at = actor.now
        note(session, actor, "invitation.revoke", member_id, purpose=row.purpose)


def _person_at(session: Session, actor: Actor, member_id: uuid.UUID) -> Person:
    """The member that stands in an address. NotFound for one who cannot be seen, Refused for one beside the desk."""
    member = member_at(session, actor, member_id)
    found = people(session, actor, members_below(session, actor, None, None).where(Member.id == member.id))
    if not found:
        raise Refused("not-permitted")
    return found[0]


def _issue(session: Session, actor: Actor, invited: Sequence[Person], secret_key: str) -> list[Issued]:
    before = codes_of(session, [person.member.id for person in invited])
    paths = _paths(session, {person.unit_id for person in invited}, actor.today)
    expires_at = actor.now + VALID
    issued = []
    for person in invited:
        code, member = new_code(), person.member
        row = before.get(member.id) or Invitation(member_id=member.id, joined_at=None)
        row.purpose, row.digest = person.purpose.value, digest(code, secret_key)
        row.issued_by_id, row.issued_at, row.expires_at = actor.member_id, actor.now, expires_at
        row.used_at, row.revoked_at, row.tries = None, None, 0
        session.add(row)
        note(session, actor, "invitation.issue", member.id, purpose=row.purpose, expires_at=expires_at.isoformat())
        issued.append(
            Issued(
                member.id,
                member.number,
                member.name,
                member.kana,
                *paths[person.unit_id],
                person.purpose,
                code,
                expires_at,
            )
        )
    resets = [one.member_id for one in issued if one.purpose is Purpose.RESET]
    if resets:
        notices.tell(session, "password-reset-started", resets, actor.now)
    session.flush()
    return issued


def _paths(
    session: Session, units: set[uuid.UUID], day: dt.date
) -> dict[uuid.UUID, tuple[str, tuple[str, ...]]]:  # fmt: skip
    """For each unit its brigade, or the topmost unit where there is none, and the names from below that down to it."""
    rows = session.execute(
        select(UnitTree.below_id, Unit.level, Unit.name)
        .join(Unit, Unit.id == UnitTree.above_id)
        .where(UnitTree.below_id.in_(units), valid_on(UnitTree, day))
        .order_by(UnitTree.depth.desc()),
        execution_options=INVITING,
    )
    lines: dict[uuid.UUID, list[tuple[str, str]]] = {}
    for unit_id, level, name in rows:
        lines.setdefault(unit_id, []).append((level, name))
    found = {}
    for unit_id, line in lines.items():
        start = next((nth for nth, (level, _) in enumerate(line) if level == Level.BRIGADE), 0)
        found[unit_id] = (line[start][1], tuple(name for _, name in line[start + 1 :]))
    return found
