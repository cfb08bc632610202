"""Proving who one is to sign in: a login and its password, then a code where a second factor is set up; or a passkey.

The API and the console ask the same here. Nothing says whether a login exists, and every try counts before anything is
compared.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any, NamedTuple

from flask import request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.auth import SIGNING_IN
from brigade.access import passkeys, passwords, second_factors, throttle
from brigade.access.accounts import Account
from brigade.access.device_sessions import Factor
from brigade.access.passkeys import Purpose, Site
from brigade.access.throttle import Limit, Try
from brigade.actor import load_actor
from brigade.organisation.people import Member
from brigade.problems import Problem


class Proven(NamedTuple):
    """Whose account it is, held until the commit, and by what it was proven."""

    account: Account
    member: Member
    factor: Factor


def begin_try(session: Session, limits: tuple[Limit, ...], now: dt.datetime) -> Try:
    """One more try, counted and committed before anything is compared. Problem when there were too many."""
    # What follows takes longer than all the rest of a request: rows at hand keep their values, no transaction is open.
    session.expunge_all()
    session.rollback()
    session.connection(execution_options={"writing": True})
    counted = throttle.count_try(session, limits, now)
    session.commit()
    return counted


def by_password(
    session: Session, login: str, password: str, known: uuid.UUID | None, now: dt.datetime, *, otp: str = ""
) -> Proven:
    """The account of a login whose password this is; ``known`` is a device of it, which others cannot hold up.

    Problem ``wrong-credentials``, ``second-factor-required`` (with the account's ``half`` proof, see ``by_code``),
    ``wrong-second-factor`` or ``too-many-tries``.
    """
    account, member = _account_of(session, Account.login == login)
    counted = begin_try(session, _limits(known, login), now)
    fits = passwords.fits(account.password_hash if account else None, password)
    if not fits or account is None or member is None:
        raise Problem("wrong-credentials")
    fresh = passwords.hash_password(password) if passwords.is_outdated(account.password_hash) else None
    session.connection(execution_options={"writing": True})
    held = still(session, account)
    if held is None or load_actor(session, member, now) is None:
        raise Problem("wrong-credentials")
    factor = _second_factor(session, held, counted, otp, now)
    held.password_hash = fresh or held.password_hash
    throttle.take_back(session, counted, login=held.login)
    return Proven(held, member, factor)


class Half(NamedTuple):
    """A password that was right, on the way to the code: whose, and a digest that dies with the password."""

    account_id: uuid.UUID
    mark: str


def half_of(account: Account) -> Half:
    """What is kept between the password and the code."""
    return Half(account.id, hashlib.sha256(f"half {account.password_hash}".encode()).hexdigest()[:32])


def by_code(session: Session, half: Half, otp: str, known: uuid.UUID | None, now: dt.datetime) -> Proven:
    """The second step of ``by_password``. Problem ``wrong-second-factor``, or ``wrong-credentials`` to begin anew."""
    account, member = _account_of(session, Account.id == half.account_id)
    if account is None or member is None or half_of(account) != half:
        raise Problem("wrong-credentials")
    counted = begin_try(session, _limits(known, account.login), now)
    session.connection(execution_options={"writing": True})
    held = still(session, account)
    if held is None or load_actor(session, member, now) is None:
        raise Problem("wrong-credentials")
    factor = _second_factor(session, held, counted, otp, now)
    throttle.take_back(session, counted, login=held.login)
    return Proven(held, member, factor)


def passkey_options(session: Session, site: Site, now: dt.datetime) -> dict[str, Any]:
    """What a browser's authenticator signs to sign somebody in. Problem when one address asks too often."""
    throttle.count_try(session, throttle.limits_of_challenge(request.remote_addr or ""), now)
    challenge = passkeys.new_challenge(session, Purpose.SIGN_IN, None, now)
    return passkeys.proof_options(site, challenge)


def by_passkey(session: Session, site: Site, credential: dict[str, Any], now: dt.datetime) -> Proven:
    """Both factors at once, whoever it is; never held up by the tries of others. Problem ``passkey-refused``, to be kept."""
    passkey = passkeys.prove(session, site, Purpose.SIGN_IN, credential, now)
    whose = select(Account, Member).join(Member, Member.id == Account.member_id).where(Account.id == passkey.account_id)
    account, member = session.execute(whose, execution_options=SIGNING_IN).one()
    if account.disabled_at is not None or load_actor(session, member, now) is None:
        raise Problem("passkey-refused")
    throttle.take_back(session, Try(throttle.limits_of_challenge(request.remote_addr or "")))
    throttle.forget_failures(session, account.login)
    return Proven(account, member, Factor.PASSKEY)


def still(session: Session, seen: Account) -> Account | None:
    """The account, held, if it still is what the password was compared with."""
    held = session.scalar(select(Account).where(Account.id == seen.id).with_for_update(), execution_options=SIGNING_IN)
    same = held is not None and held.password_hash == seen.password_hash and held.disabled_at is None
    return held if same else None


def _limits(known: uuid.UUID | None, login: str) -> tuple[Limit, ...]:
    if known is not None:
        return throttle.limits_of_device(known)
    return throttle.limits_of_sign_in(login, request.remote_addr or "")


def _account_of(session: Session, whose: ColumnElement[bool]) -> tuple[Account | None, Member | None]:
    found = session.execute(
        select(Account, Member).join(Member, Member.id == Account.member_id).where(whose),
        execution_options=SIGNING_IN,
    ).one_or_none()
    return (found[0], found[1]) if found else (None, None)


def _second_factor(session: Session, account: Account, counted: Try, otp: str, now: dt.datetime) -> Factor:
    """What the code that came along proves. Problem where one is needed and it is missing or wrong."""
    methods = second_factors.methods_of(session, account.id)
    if not methods:
        return Factor.PASSWORD
    if not otp:
        throttle.take_back(session, counted, success=False)  # nothing was guessed wrong
        refusal = SecondFactorRequired(half_of(account), methods)
        raise refusal
    factor = second_factors.use_code(session, account.id, otp, now)
    if factor is None:
        raise Problem("wrong-second-factor")
    return factor


class SecondFactorRequired(Problem):
    """The password was right; ``half`` lets the code follow alone."""

    code = "second-factor-required"
    keep = True

    def __init__(self, half: Half, methods: list[str]) -> None:
        super().__init__(extra={"methods": methods})
        self.half = half
