"""Signing in and out, renewing the tokens, and one's password."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import request
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import Owner, known_device, renewed, tokens_for
from api.body import Secret, Strict, Text
from api.devices import device_at
from api.endpoint import PUBLIC, Call, Resource
from api.proving import begin_try, by_password, still
from api.schemas import PersonRef
from api.viewings import asked_by
from brigade.access import passwords, second_factors, throttle
from brigade.access.accounts import Account, names_near
from brigade.access.device_sessions import Because, Factor, open_session, revoke
from brigade.access.own_password import put_password
from brigade.access.owner_notices import tell_of_device
from brigade.access.proofs import OWN_FACTORS, missing_proofs
from brigade.dates import utc_now
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, Refused

resource = Resource("sessions", "サインイン Signing in")


class LoginIn(Strict):
    """Login and password, what to call this device, and the second factor's code where one is set up."""

    class Meta(Strict.Meta):
        example = {"login": "1000017", "password": "brigade-demo", "device_name": "佐藤のスマホ"}

    login = Text(max=64, required=True)
    password = Secret(required=True)
    otp = Text(max=40, load_default="")
    device_name = Text(max=100, load_default="")


class MemberOut(PersonRef):
    """The person who is signed in."""

    kana = fields.String(required=True)
    member_type = fields.String(required=True)


class TokensOut(Strict):
    """A pair of tokens."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True)
    member = fields.Nested(MemberOut, required=True)


class PasswordIn(Strict):
    """The present password and the new one. Who has none yet, as a passkey signs in, sends the new one alone."""

    class Meta(Strict.Meta):
        example = {"old_password": "brigade-demo", "new_password": "まとい かかげる 朝の川 自転車"}

    old_password = Secret()
    new_password = Secret(required=True)


def member_out(member: Member | Owner) -> dict[str, Any]:
    """The person as answered."""
    return {
        "id": str(member.id),
        "number": member.number,
        "name": member.name,
        "kana": member.kana,
        "member_type": member.member_type,
    }


@resource.post(
    "/auth/login", "Sign in", needs=PUBLIC, body=LoginIn(), returns=TokensOut(), problems=(401, 403, 429), writes=False
)
def login(call: Call) -> dict[str, Any]:
    """Wrong login and wrong password are answered alike. After ten wrong tries one waits some minutes.

    Where a second factor is set up, the password alone is answered by 401 `second-factor-required` with the `methods`;
    the same request with `otp` (a code of the app or a recovery code) signs in. A device that was signed in before
    sends its last refresh token as bearer, and is not held up by the tries of others.
    """
    session, said, now = call.session, call.body, utc_now()
    known = known_device(session, said["login"])
    who = by_password(session, said["login"], said["password"], known, now, otp=said["otp"])
    answer = sign_in(session, who.account, who.member, said["device_name"], who.factor, now, known)
    session.commit()
    return answer


def sign_in(
    session: Session, account: Account, member: Member, device_name: str, factor: Factor, now: dt.datetime,
    known: uuid.UUID | None,
) -> dict[str, Any]:  # fmt: skip
    """A device more, and what it is answered. ``known``: the device of this person that it was before."""
    device = open_session(account, device_name or request.user_agent.string[:100], now, factor)
    tell_of_device(session, account, device.device_name, known, now)
    session.add(device)
    asked_by(device.id, member.id)
    return {**tokens_for(device, member.id), "member": member_out(member)}


@resource.post("/auth/refresh", "Renew the tokens", needs=PUBLIC, returns=TokensOut())
def refresh(call: Call) -> dict[str, Any]:
    """The refresh token as bearer gives a new pair.

    Sent again because the answer was lost it gives the same refresh token again, until that one has been used. An old
    one after that means that somebody copied it: the device is signed out.
    """
    device, owner = renewed(call.session, utc_now())
    return {**tokens_for(device, owner.id), "member": member_out(owner)}


@resource.post("/auth/logout", "Sign out", status=204, any_factor=True)
def logout(call: Call) -> None:
    """This device is signed out at once."""
    revoke(device_at(call, call.session.info["device_id"]), call.actor.now, Because.SIGNED_OUT)


@resource.post(
    "/auth/password", "Change the password", body=PasswordIn(), status=204, problems=(429,), writes=False,
    any_factor=True,
)  # fmt: skip
def password(call: Call) -> None:
    """Signs out every other device. Where there is no password yet, a fresh proof is asked for in its place."""
    session, said, now, here = call.session, call.body, call.actor.now, call.session.info["device_id"]
    account = session.scalars(select(Account)).one()
    member = session.get_one(Member, call.actor.member_id)
    factors = second_factors.methods_of(session, account.id)
    names = names_near(session, account.login, member, now)
    passwords.check_new_password(said["new_password"], names=names, second_factor=bool(factors))
    if account.password_hash == passwords.NONE:
        _check_fresh(call)
    elif "old_password" not in said:
        raise Invalid([FieldProblem("/old_password", "required")])
    counted = begin_try(session, throttle.limits_of_device(here), now)
    if account.password_hash != passwords.NONE and not passwords.fits(account.password_hash, said["old_password"]):
        raise Invalid([FieldProblem("/old_password", "wrong-credentials")])
    fresh = passwords.hash_password(said["new_password"])
    session.connection(execution_options={"writing": True})
    held = still(session, account)
    if held is None:
        raise Invalid([FieldProblem("/old_password", "wrong-credentials")])
    put_password(session, held, fresh, short=passwords.is_short_alone(said["new_password"]), here=here, now=now)
    throttle.take_back(session, counted)
    session.commit()


def _check_fresh(call: Call) -> None:
    missing = missing_proofs(
        call.session, call.actor, device_at(call, call.session.info["device_id"]), step_up=OWN_FACTORS, any_factor=True
    )
    if missing:
        raise Refused(*missing)
