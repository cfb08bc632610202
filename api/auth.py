"""Tokens: what they carry (a device session's id, nothing else that is believed) and who they stand for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask_jwt_extended import create_access_token, create_refresh_token, get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, PyJWTError
from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.accounts import SESSION_DAYS, Account, DeviceSession
from brigade.actor import Actor, load_actor
from brigade.people import Member
from brigade.problems import Problem
from brigade.scopes import act_as

ACCESS = dt.timedelta(minutes=15)
SIGNING_IN = {"as_system": "who signs in is not known before the token is looked up"}


def tokens_for(device: DeviceSession, member_id: uuid.UUID) -> dict[str, Any]:
    """A fresh pair for a device: a short access token and the refresh token that is good now."""
    claims = {"sid": str(device.id)}
    refresh = {**claims, "rid": str(device.refresh_id)}
    return {
        "access_token": create_access_token(str(member_id), expires_delta=ACCESS, additional_claims=claims),
        "refresh_token": create_refresh_token(
            str(member_id), expires_delta=dt.timedelta(days=SESSION_DAYS), additional_claims=refresh
        ),
        "token_type": "Bearer",
        "expires_in": int(ACCESS.total_seconds()),
    }


def claims_of_token(*, refresh: bool = False) -> dict[str, Any]:
    """What the bearer token says; the library's own error answers would not be problem documents."""
    try:
        verify_jwt_in_request(refresh=refresh)
    except ExpiredSignatureError:
        raise Problem("token-expired") from None
    except (JWTExtendedException, PyJWTError):
        raise Problem("not-signed-in") from None
    claims: dict[str, Any] = get_jwt()
    if "exp" not in claims:
        raise Problem("not-signed-in")
    return claims


def device_of_token(session: Session, *, refresh: bool = False) -> tuple[DeviceSession, Account, Member, uuid.UUID]:
    """The device session that the bearer token names, with account and member; the refresh token's own id last."""
    claims = claims_of_token(refresh=refresh)
    try:
        session_id = uuid.UUID(claims["sid"])
        refresh_id = uuid.UUID(claims["rid"]) if refresh else session_id
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Problem("not-signed-in") from None
    found = session.execute(
        select(DeviceSession, Account, Member)
        .join(Account, Account.id == DeviceSession.account_id)
        .join(Member, Member.id == Account.member_id)
        .where(DeviceSession.id == session_id),
        execution_options=SIGNING_IN,
    ).one_or_none()
    if found is None or str(found[2].id) != claims.get("sub"):
        raise Problem("not-signed-in")
    return found[0], found[1], found[2], refresh_id


def signed_in(session: Session, now: dt.datetime, *, step_up: str = "", any_factor: bool = False) -> Actor:
    """The actor of this request, bound to its session. Problem when signed out, expired, disabled or suspended."""
    device, account, member, _ = device_of_token(session)
    if device.revoked_at is not None or device.expires_at <= now or account.disabled_at is not None:
        raise Problem("not-signed-in")
    actor = load_actor(session, member, now)
    if actor is None:
        raise Problem("not-signed-in")
    act_as(session, actor)
    session.info["device_id"] = device.id
    return actor
