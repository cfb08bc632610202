"""Signing in and out, one's devices and password, and who one is."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request
from marshmallow import fields
from sqlalchemy import select

from api.auth import SIGNING_IN, device_of_token, tokens_for
from api.body import Secret, Strict, Text
from api.endpoint import PUBLIC, Call, Resource
from api.present import instant
from api.schemas import PersonRef, UnitRef
from brigade import accounts
from brigade.accounts import Account, DeviceSession, SignInFailure
from brigade.actor import load_actor
from brigade.dates import utc_now
from brigade.people import Member
from brigade.problems import FieldProblem, Invalid, NotFound, Problem
from brigade.ranks import LEADS, Level
from brigade.units import Unit

resource = Resource("sessions", "サインイン Signing in")


class LoginIn(Strict):
    """Login and password, and what to call this device."""

    class Meta(Strict.Meta):
        example = {"login": "1000017", "password": "brigade-demo", "device_name": "佐藤のスマホ"}

    login = Text(max=64, required=True)
    password = Secret(required=True)
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


class DeviceOut(Strict):
    """A signed-in device."""

    id = fields.UUID(required=True)
    device_name = fields.String(required=True)
    created_at = fields.String(required=True)
    last_used_at = fields.String(required=True)
    current = fields.Boolean(required=True)


class DevicesOut(Strict):
    """All devices on which one is signed in."""

    items = fields.List(fields.Nested(DeviceOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PasswordIn(Strict):
    """The present password and the new one."""

    class Meta(Strict.Meta):
        example = {"old_password": "brigade-demo", "new_password": "まといを高くかかげる"}

    old_password = Secret(required=True)
    new_password = Secret(required=True)


class PostOut(Strict):
    """A post held today."""

    post = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    acting = fields.Boolean(required=True)
    since = fields.String(required=True, allow_none=True)
    until = fields.String(required=True, allow_none=True)


class MeOut(Strict):
    """Who one is today."""

    member = fields.Nested(MemberOut, required=True)
    posts = fields.List(fields.Nested(PostOut), required=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)


def member_out(member: Member) -> dict[str, Any]:
    """The person as answered."""
    return {
        "id": str(member.id),
        "number": member.number,
        "name": member.name,
        "kana": member.kana,
        "member_type": member.member_type,
    }


@resource.post(
    "/auth/login", "Sign in", needs=PUBLIC, body=LoginIn(), returns=TokensOut(), problems=(401, 429), writes=False
)
def login(call: Call) -> dict[str, Any]:
    """Wrong login and wrong password are answered alike. After ten wrong tries one waits some minutes."""
    session, now = call.session, utc_now()
    keys = accounts.throttle_keys(call.body["login"], request.remote_addr or "")
    accounts.check_throttle(session, keys, now)
    found = session.execute(
        select(Account, Member).join(Member, Member.id == Account.member_id).where(Account.login == call.body["login"]),
        execution_options=SIGNING_IN,
    ).one_or_none()
    account, member = found if found else (None, None)
    # The password is worked on outside any transaction: it takes longer than all the rest of a request.
    session.expunge_all()
    session.rollback()
    fits = accounts.password_fits(account, call.body["password"])
    session.connection(execution_options={"writing": True})
    if not fits or account is None or member is None or load_actor(session, member, now) is None:
        session.add_all(SignInFailure(key=key, at=now) for key in keys)
        refusal = Problem("wrong-credentials")
        refusal.keep = True
        raise refusal
    device = accounts.open_session(account, call.body["device_name"] or request.user_agent.string[:100], now)
    session.add(device)
    answer = {**tokens_for(device, member.id), "member": member_out(member)}
    session.commit()
    return answer


@resource.post("/auth/refresh", "Renew the tokens", needs=PUBLIC, returns=TokensOut())
def refresh(call: Call) -> dict[str, Any]:
    """The refresh token as bearer gives a new pair. An old one used again signs that device out."""
    now = utc_now()
    device, account, member, refresh_id = device_of_token(call.session, refresh=True)
    if account.disabled_at is not None or load_actor(call.session, member, now) is None:
        raise Problem("not-signed-in")
    accounts.rotate(device, refresh_id, now)
    return {**tokens_for(device, member.id), "member": member_out(member)}


@resource.post("/auth/logout", "Sign out", status=204)
def logout(call: Call) -> None:
    """This device is signed out at once."""
    _device(call, call.session.info["device_id"]).revoked_at = call.actor.now


@resource.get("/auth/devices", "My devices", returns=DevicesOut())
def devices(call: Call) -> dict[str, Any]:
    """Where one is signed in now."""
    rows = call.session.scalars(
        select(DeviceSession)
        .where(DeviceSession.revoked_at.is_(None), DeviceSession.expires_at > call.actor.now)
        .order_by(DeviceSession.last_used_at.desc())
        .limit(100)
    )
    items = [
        {
            "id": str(row.id),
            "device_name": row.device_name,
            "created_at": instant(row.created_at),
            "last_used_at": instant(row.last_used_at),
            "current": row.id == call.session.info["device_id"],
        }
        for row in rows
    ]
    return {"items": items, "next_cursor": None}


@resource.delete("/auth/devices/<uuid:device_id>", "Sign a device out", status=204)
def sign_out_device(call: Call, device_id: uuid.UUID) -> None:
    """A lost phone is out with its next request."""
    _device(call, device_id).revoked_at = call.actor.now


def _device(call: Call, device_id: uuid.UUID) -> DeviceSession:
    device = call.session.scalar(select(DeviceSession).where(DeviceSession.id == device_id))
    if device is None:
        raise NotFound()
    return device


@resource.post("/auth/password", "Change the password", body=PasswordIn(), status=204)
def password(call: Call) -> None:
    """Signs out every other device."""
    account = call.session.scalars(select(Account)).one()
    if not accounts.password_fits(account, call.body["old_password"]):
        raise Invalid([FieldProblem("/old_password", "wrong-credentials")])
    accounts.check_new_password(call.body["new_password"], account.login)
    account.password_hash = accounts.HASHER.hash(call.body["new_password"])
    others = select(DeviceSession).where(
        DeviceSession.id != call.session.info["device_id"], DeviceSession.revoked_at.is_(None)
    )
    for device in call.session.scalars(others):
        device.revoked_at = call.actor.now


@resource.get("/me", "Who I am today", returns=MeOut())
def me(call: Call) -> dict[str, Any]:
    """The person, the posts held and acted for today, and the unit of membership."""
    actor, session = call.actor, call.session
    member = session.get_one(Member, actor.member_id)
    held = {(post.unit_id, post.post) for post in actor.posts}
    acting = [desk for desk in actor.desks if desk.basis and desk.waiting_before is None]
    units = {
        unit.id: {"id": str(unit.id), "name": unit.name, "level": unit.level}
        for unit in session.scalars(select(Unit).where(Unit.id.in_({*actor.home, *(desk.unit_id for desk in acting)})))
    }
    posts = [
        {
            "post": post.post,
            "unit": {"id": str(post.unit_id), "name": post.unit_name, "level": post.level},
            "acting": False,
            "since": post.since.isoformat(),
            "until": post.until.isoformat() if post.until else None,
        }
        for post in actor.posts
    ]
    posts += [
        {"post": _post_acted_for(desk.level), "unit": units[desk.unit_id], "acting": True, "since": None, "until": None}
        for desk in acting
        if (desk.unit_id, _post_acted_for(desk.level)) not in held and desk.unit_id in units
    ]
    return {
        "member": member_out(member),
        "posts": posts,
        "unit": next((units[id_] for id_ in actor.home if id_ in units), None),
    }


def _post_acted_for(level: str) -> str:
    return LEADS[Level(level)].value
