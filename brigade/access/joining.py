"""What the holder of a code does with it: see whom it is for, choose a password, be signed in.

Every try is counted before the code is looked up, and taken off the count again when it was a good one, so that a
squad of twenty can join in one evening over one address. An unknown code, a used, revoked or expired one, and one of
somebody who may not sign in are one and the same to the query: they take as long.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from brigade.access.accounts import Account, names_near
from brigade.access.device_sessions import Because, revoke_all
from brigade.access.invitation_codes import digest, typed
from brigade.access.invitations import Invitation
from brigade.access.invitees import OFFICERS
from brigade.access.second_factors import methods_of, remove_all
from brigade.access.throttle import forget_failures
from brigade.actor import load_actor
from brigade.dates import tokyo_day
from brigade.organisation.office import note
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.units import Unit, valid_on

BY_CODE = {"as_system": "a code tells who holds it before anyone is signed in"}
MOST_TRIES = 10
"""So often a used code may come again: enough for a phone in a tunnel, too few to guess the password with."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Who held a code when it was looked up. ``is_used``: this is the same acceptance again, after an answer that was
    lost. ``password_hash`` is None where there is no account yet; ``account_id`` and ``login`` are the account's, or
    will be; ``names`` are words too near to them for a password.
    """

    member: Member
    digest: str
    purpose: str
    expires_at: dt.datetime
    is_used: bool
    password_hash: str | None
    account_id: uuid.UUID
    login: str
    names: Sequence[str] = ()


# --- Looking up -------------------------------------------------------------------------------------------------------


def look_up(
    session: Session, text: str, secret_keys: Sequence[str], now: dt.datetime, *, again: bool = False
) -> Invited | None:
    """Who holds the code that was typed; None for every code that cannot be used now, whatever the reason.

    ``secret_keys``: the installation's, the one that was replaced last too. ``again``: a code that was used may come
    back within its time, ``MOST_TRIES`` times.
    """
    digests = [digest(typed(text) or "", key) for key in secret_keys]
    if again:
        counted = update(Invitation).where(Invitation.digest.in_(digests), Invitation.used_at.is_not(None))
        session.execute(counted.values(tries=Invitation.tries + 1), execution_options=BY_CODE)
    found = session.execute(
        select(Invitation, Member, Account, Unit)
        .join(Member, Member.id == Invitation.member_id)
        .join(Unit, Unit.id == Member.bureau_id)
        .outerjoin(Account, Account.member_id == Member.id)
        .where(
            Invitation.digest.in_(digests),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
            Invitation.tries <= MOST_TRIES if again else Invitation.used_at.is_(None),
            Account.disabled_at.is_(None),
            *_may_sign_in(tokyo_day(now)),
        ),
        execution_options=BY_CODE,
    ).first()
    if found is None:
        return None
    invitation, member, account, bureau = found
    holder = Invited(
        member, invitation.digest, invitation.purpose, invitation.expires_at, invitation.used_at is not None,
        account.password_hash if account else None, account.id if account else future_id(member),
        account.login if account else "",
    )  # fmt: skip
    if holder.is_used:  # may still be refused: no more is asked than for a wrong code
        return holder
    if account and not _may_begin_anew(session, account, invitation.issued_by_id, now):
        return None
    login = account.login if account else free_login(session, member.number, bureau.code)
    return replace(holder, login=login, names=names_near(session, login, member, now))


def _may_begin_anew(session: Session, account: Account, issued_by_id: uuid.UUID, now: dt.datetime) -> bool:
    """Whether the account has no second factor, or an officer gave the code: with it the old factor ends too."""
    if not methods_of(session, account.id):
        return True
    office = select(Post.id).where(
        Post.member_id == issued_by_id, Post.post.in_(OFFICERS), valid_on(Post, tokyo_day(now))
    )
    return session.scalar(office.limit(1), execution_options=BY_CODE) is not None


def _may_sign_in(today: dt.date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """SQL on ``Member``: in the service today, and not suspended. The same as ``load_actor`` asks."""
    belongs = exists().where(Membership.member_id == Member.id, valid_on(Membership, today))
    away = exists().where(Absence.member_id == Member.id, Absence.absence == "suspension", valid_on(Absence, today))
    return belongs, ~away


def future_id(member: Member) -> uuid.UUID:
    """The id of the account that the member will have: a passkey names it before the account is there."""
    return uuid.uuid5(member.id, "account")


def free_login(session: Session, number: str, bureau_code: str) -> str:
    """The member's number; where a member of another city has it, with the bureau's code before it."""
    taken = select(Account.id)
    for login in _logins(number, f"{bureau_code}-{number}"):
        if session.scalar(taken.where(Account.login == login), execution_options=BY_CODE) is None:
            return login
    raise AssertionError("unreachable")


def _logins(number: str, longer: str) -> Iterator[str]:
    yield from (number, longer)
    yield from (f"{longer}-{nth}" for nth in itertools.count(2))


# --- Accepting --------------------------------------------------------------------------------------------------------


def accept(session: Session, found: Invited, password_hash: str | None, now: dt.datetime) -> Account | None:
    """The account to sign in to: a new one, or one with a new password (``password_hash``; ``passwords.NONE`` where a
    passkey stands for it), or as it is when the answer to the first acceptance was lost (None). What is new begins anew:
    devices are signed out, second factors taken away.

    None when the code, the account or the person is not any more what was looked up: look again.
    """
    row = session.scalar(
        select(Invitation)
        .where(Invitation.member_id == found.member.id, Invitation.digest == found.digest)
        .with_for_update(),
        execution_options=BY_CODE,
    )
    account = session.scalar(
        select(Account).where(Account.member_id == found.member.id).with_for_update(), execution_options=BY_CODE
    )
    member = session.get_one(Member, found.member.id, execution_options=BY_CODE)
    actor = load_actor(session, member, now)
    if row is None or actor is None or row.revoked_at is not None or (row.used_at is None) is found.is_used:
        return None
    if (account.password_hash if account else None) != found.password_hash or (account and account.disabled_at):
        return None
    if password_hash is None:
        return _again(session, row, account)
    if account is None:
        account = Account(id=found.account_id, member_id=member.id, login=found.login, disabled_at=None)
    else:
        revoke_all(session, account.id, now, Because.PASSWORD)
        remove_all(session, account.id)
    account.password_hash, account.short_password = password_hash, False
    session.add(account)
    row.used_at, row.joined_at = now, row.joined_at or now
    note(session, actor, "invitation.use", member.id, purpose=row.purpose, login=account.login)
    session.flush()
    forget_failures(session, account.login)
    return account


def _again(session: Session, row: Invitation, account: Account | None) -> Account | None:
    """The account, unless a second factor was set up since: then the answer had arrived, and the code is no way past."""
    if account is None or methods_of(session, account.id):
        return None
    row.tries = 0
    return account
