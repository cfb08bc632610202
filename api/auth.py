"""Tokens: what they carry (a device session's id, nothing else that is believed) and who they stand for."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, InvalidTokenError, PyJWTError
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.extensions import db
from api.log_lines import failure
from api.seen_tokens import SeenTokens
from brigade.access.accounts import Account
from brigade.access.device_sessions import SESSION, Because, DeviceSession, awaits_use, exchange
from brigade.access.proofs import missing_proofs
from brigade.access.signing_keys import KeyRing, derived
from brigade.actor import STANDING, Actor, actor_of, load_actor, with_standing
from brigade.dates import tokyo_day, utc_now
from brigade.organisation.people import Member
from brigade.problems import Problem, Refused
from brigade.questions import Question
from brigade.scopes import act_as
from brigade.settings import Settings

ACCESS = dt.timedelta(minutes=15)
LONGEST = SESSION + dt.timedelta(minutes=5)
SIGNING_IN = {"as_system": "who signs in is not known before the token is looked up"}
HEADER = {"alg", "typ", "kid"}
OURSELVES = "brigade"
"""Who made a token, and for whom."""

log = logging.getLogger("brigade.auth")


def install(app: Flask, settings: Settings) -> None:
    """Tokens signed by our newest key and verified by those that we name; nothing in a token says where to look."""
    outside = settings.old_secret_keys if settings.key_file else (settings.secret_key, *settings.old_secret_keys)
    ring = app.extensions["brigade.keys"] = KeyRing(outside, settings.key_file)
    app.extensions["brigade.seen_tokens"] = SeenTokens(ring)
    app.config.update(
        SECRET_KEY=derived(settings.secret_key, "flask"),
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER=OURSELVES,
        JWT_DECODE_ISSUER=OURSELVES,
        JWT_ENCODE_AUDIENCE=OURSELVES,
        JWT_DECODE_AUDIENCE=OURSELVES,
        JWT_COOKIE_CSRF_PROTECT=False,  # no cookies; its random claim would make each token another one
    )
    manager = JWTManager(app)

    @manager.encode_key_loader
    def signs(_identity: object) -> bytes:
        return bytes(g.signing_key.value)

    @manager.decode_key_loader
    def verifies(header: dict[str, Any], _claims: object) -> bytes:
        key = ring.named(header.get("kid")) if header.keys() == HEADER else None
        if key is None:
            raise InvalidTokenError("not a key of ours")
        return key.value

    app.after_request(_note_use)


def tokens_for(device: DeviceSession, member_id: uuid.UUID) -> dict[str, Any]:
    """A fresh access token, and the refresh token that is good now: made of the row alone, so always the same text."""
    now, rotated_at = int(utc_now().timestamp()), int(device.rotated_at.timestamp())
    of_both = {"fresh": False, "sub": str(member_id), "sid": str(device.id), "rid": str(device.refresh_id)}
    of_access = {"jti": str(uuid.uuid4()), "iat": now, "nbf": now, "exp": now + int(ACCESS.total_seconds())}
    of_refresh = {
        "jti": str(device.refresh_id), "iat": rotated_at, "nbf": rotated_at, "exp": int(device.expires_at.timestamp()),
    }  # fmt: skip
    return {
        "access_token": _signed(create_access_token, {**of_both, **of_access, "type": "access"}),
        "refresh_token": _signed(create_refresh_token, {**of_both, **of_refresh, "type": "refresh"}),
        "token_type": "Bearer",
        "expires_in": int(ACCESS.total_seconds()),
    }


def _signed(create: Callable[..., str], claims: dict[str, Any]) -> str:
    """The token of these claims, which need not be verified when it comes back to this process."""
    key = g.signing_key = current_app.extensions["brigade.keys"].newest
    said = {**claims, "iss": OURSELVES, "aud": OURSELVES}
    token = create(said["sub"], additional_claims=said, additional_headers={"kid": key.kid})
    current_app.extensions["brigade.seen_tokens"].add(f"Bearer {token}", key.kid, said)
    return token


def claims_of_token(*, refresh: bool = False) -> dict[str, Any]:
    """What the bearer token says; the library's own error answers would not be problem documents.

    Looked at once in a request: it is asked before the body is read, and again for each attempt.
    """
    seen: dict[bool, dict[str, Any]] = request.environ.setdefault("brigade.claims", {})
    if refresh not in seen:
        seen[refresh] = _verified(refresh)
    return seen[refresh]


def _verified(refresh: bool) -> dict[str, Any]:
    sent, seen = request.headers.get("Authorization", ""), current_app.extensions["brigade.seen_tokens"]
    claims: dict[str, Any] | None = seen.claims(sent, utc_now())
    if claims is None:
        try:
            header, claims = verify_jwt_in_request(refresh=refresh) or ({}, {})
        except ExpiredSignatureError:
            raise Problem("token-expired") from None
        except (JWTExtendedException, PyJWTError):
            raise Problem("not-signed-in") from None
        seen.add(sent, header.get("kid", ""), claims)
    if claims["type"] != ("refresh" if refresh else "access") or not _lives_no_longer_than_ours(claims):
        raise Problem("not-signed-in")
    return claims


def _lives_no_longer_than_ours(claims: dict[str, Any]) -> bool:
    exp = claims.get("exp")
    return isinstance(exp, int) and exp <= (utc_now() + LONGEST).timestamp()


def _ids(claims: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID]:
    """The device session and the refresh token that a token names."""
    try:
        return uuid.UUID(claims["sid"]), uuid.UUID(claims["rid"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Problem("not-signed-in") from None


WITH_OWNER = (
    select(DeviceSession, Account, Member)
    .join(Account, Account.id == DeviceSession.account_id)
    .join(Member, Member.id == Account.member_id)
    .where(DeviceSession.id == bindparam("device"))
)
"""A device with its account and member; put together once."""

_OF_DEVICE = (
    DeviceSession.refresh_id, DeviceSession.previous_refresh_id, DeviceSession.rotated_at, DeviceSession.answer_used_at,
    DeviceSession.factor, DeviceSession.proven_at, DeviceSession.last_used_at, DeviceSession.expires_at,
    DeviceSession.revoked_at, DeviceSession.revoked_because,
)  # fmt: skip


class Owner(NamedTuple):
    """Whose device it is, named as in ``Member``."""

    id: uuid.UUID
    bureau_id: uuid.UUID
    number: str
    name: str
    kana: str
    member_type: str


_OWNER, _STANDING = len(_OF_DEVICE) + 1, len(_OF_DEVICE) + 1 + len(Owner._fields)
_WHO = with_standing(
    select(*_OF_DEVICE, Account.disabled_at, *(getattr(Member, name) for name in Owner._fields), *STANDING)
    .select_from(DeviceSession)
    .join(Account, Account.id == DeviceSession.account_id)
    .join(Member, Member.id == Account.member_id)
).where(DeviceSession.id == bindparam("device"))
_WHO_ASKS = Question(_WHO, SIGNING_IN)
"""All that a request must know of who asks, by one statement."""

_WHO_RENEWS = Question(_WHO.with_for_update(of=DeviceSession), SIGNING_IN)
"""The same, the device's row being held: of two renewals at the same instant one comes after the other."""


class _Found(NamedTuple):
    """``device``: its values, in no session. ``refresh_id``: of the refresh token that is, or that came with, the token.
    ``actor``: None for who is not, or is suspended from, the service.
    """

    device: DeviceSession
    refresh_id: uuid.UUID
    disabled_at: dt.datetime | None
    owner: Owner
    actor: Actor | None


def _found(session: Session, question: Question, claims: dict[str, Any], now: dt.datetime) -> _Found:
    """Whom the token names."""
    device_id, refresh_id = _ids(claims)
    rows = question.ask(session, device=device_id, today=tokyo_day(now))
    if not rows or str(rows[0][_OWNER]) != claims.get("sub"):
        raise Problem("not-signed-in")
    device = DeviceSession(id=device_id, **{column.key: rows[0][at] for at, column in enumerate(_OF_DEVICE)})
    disabled_at, *owner = rows[0][len(_OF_DEVICE) : _STANDING]
    who, standing = Owner(*owner), [row[_STANDING:] for row in rows]
    actor = actor_of(session, who.id, who.bureau_id, who.member_type, now, standing)
    return _Found(device, refresh_id, disabled_at, who, actor)


def renewed(session: Session, now: dt.datetime) -> tuple[DeviceSession, Owner]:
    """The device whose refresh token came along, exchanged; refused as ``signed_in``, and for a copied token."""
    found = _found(session, _WHO_RENEWS, claims_of_token(refresh=True), now)
    if found.disabled_at is not None or found.actor is None:
        raise Problem("not-signed-in")
    exchange(session, found.device, found.refresh_id, now)
    return found.device, found.owner


def signed_in(session: Session, now: dt.datetime, *, step_up: str = "", any_factor: bool = False) -> Actor:
    """The actor of this request, bound to its session.

    Problem when signed out, expired, disabled or suspended; Refused when a second factor or a fresh proof is missing.
    """
    device, refresh_id, disabled_at, _, found = _found(session, _WHO_ASKS, claims_of_token(), now)
    actor = _admitted(session, device, disabled_at, found, now, step_up, any_factor)
    if awaits_use(device, refresh_id):
        g.answer_arrived = (device.id, device.refresh_id, now)
    return actor


def acting(
    session: Session,
    device: DeviceSession,
    account: Account,
    member: Member,
    now: dt.datetime,
    *,
    step_up: str = "",
    any_factor: bool = False,
) -> Actor:
    """The actor at a device, bound to the session; refusals as ``signed_in``."""
    actor = load_actor(session, member, now)
    return _admitted(session, device, account.disabled_at, actor, now, step_up, any_factor)


def _admitted(
    session: Session, device: DeviceSession, disabled_at: dt.datetime | None, actor: Actor | None, now: dt.datetime,
    step_up: str, any_factor: bool,
) -> Actor:  # fmt: skip
    if not device.is_good(now) or disabled_at is not None or actor is None:
        raise Problem("not-signed-in")
    missing = missing_proofs(session, actor, device, step_up=step_up, any_factor=any_factor)
    if missing:
        raise Refused(*missing)
    act_as(session, actor)
    session.info["device_id"] = device.id
    return actor


def known_device(session: Session, login: str) -> uuid.UUID | None:
    """The device of this login whose refresh token came along, however old: unless it was lost, stolen or dismissed."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer":
        return None
    try:
        claims = decode_token(token, allow_expired=True)
        session_id, _ = _ids(claims)
    except (JWTExtendedException, PyJWTError, Problem):
        return None
    if claims["type"] != "refresh":
        return None
    return known_of(session, session_id, login)


def known_of(session: Session, device_id: uuid.UUID, login: str) -> uuid.UUID | None:
    """The device, if it was this login's and nobody dismissed it since."""
    found = session.execute(
        select(DeviceSession.id, DeviceSession.revoked_because)
        .join(Account, Account.id == DeviceSession.account_id)
        .where(DeviceSession.id == device_id, Account.login == login),
        execution_options=SIGNING_IN,
    ).one_or_none()
    return device_id if found is not None and found[1] in (None, Because.SIGNED_OUT) else None


def _note_use(response: Response) -> Response:
    """Write down, once for each exchange, that its answer arrived. After the answer's own transaction: it may not write."""
    arrived = g.pop("answer_arrived", None)
    if arrived is not None:
        device_id, refresh_id, now = arrived
        first = update(DeviceSession).where(
            DeviceSession.id == device_id,
            DeviceSession.refresh_id == refresh_id,
            DeviceSession.answer_used_at.is_(None),
        )
        try:
            session = db.session()
            session.connection(execution_options={"writing": True})
            session.execute(first.values(answer_used_at=now), execution_options=SIGNING_IN)
            session.commit()
        except DBAPIError as error:  # the next request will say so again
            log.warning("use of a token not noted", extra=failure(error))
        finally:
            db.session.remove()
    return response
