"""Who sits at the browser: one signed cookie that names a device session, and the token that goes with every form.

Nothing in the cookie is believed but the name of the device: each request looks at its row, so a lost browser is out
at once. Whoever decides on reports stays signed in for twelve hours at most, and for one without doing anything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy.orm import Session

from api.auth import SIGNING_IN, WITH_OWNER, acting
from api.proving import Half, Proven
from api.viewings import asked_by
from brigade.access.device_sessions import SESSION, Because, DeviceSession, open_session, revoke
from brigade.access.owner_notices import tell_of_device
from brigade.access.signing_keys import derived
from brigade.actor import Actor, load_actor
from brigade.organisation.people import Member
from brigade.problems import Problem
from brigade.settings import Settings

LONGEST, IDLE = dt.timedelta(hours=12), dt.timedelta(hours=1)
"""For whoever holds a post: approving asks for shorter sessions than reading one's own record."""

NOTED_EVERY = dt.timedelta(minutes=1)
HALF_LIVES = dt.timedelta(minutes=5)
DEVICE, SEEN, FORM, HALF, SAID = "device", "seen", "form", "half", "said"
Said = tuple[str, dict[str, str | int]]


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, by SHA-256."""

    digest_method = staticmethod(hashlib.sha256)


def install(app: Flask, settings: Settings) -> None:
    """The cookie's name and flags; ``__Host-`` binds it to this host, which needs https."""
    is_secure = settings.base_url.startswith("https:")
    app.session_interface = _Cookies()
    app.config.update(
        SECRET_KEY_FALLBACKS=[derived(old, "flask") for old in settings.old_secret_keys],
        SESSION_COOKIE_NAME="__Host-brigade" if is_secure else "brigade",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SESSION,
    )


def known_device() -> uuid.UUID | None:
    """The device that this browser was, however long ago."""
    try:
        return uuid.UUID(cookie.get(DEVICE, ""))
    except ValueError:
        return None


def check_known() -> None:
    """Problem ``not-signed-in`` for a browser in which nobody has signed in, before anything is read or looked up."""
    if known_device() is None or SEEN not in cookie:
        raise Problem("not-signed-in")


def person(session: Session, now: dt.datetime, *, step_up: str = "", any_factor: bool = False) -> tuple[Actor, Member]:
    """Who asks, bound to the session. Problem ``not-signed-in`` also after too long; refusals as ``acting``."""
    device_id = known_device()
    asked = {"device": device_id}
    row = session.execute(WITH_OWNER, asked, execution_options=SIGNING_IN).one_or_none() if device_id else None
    if row is None or SEEN not in cookie:
        raise Problem("not-signed-in")
    device, account, member = row
    actor = acting(session, device, account, member, now, step_up=step_up, any_factor=any_factor)
    seen = dt.datetime.fromtimestamp(cookie[SEEN], dt.UTC)
    if _decides(actor) and (now >= seen + IDLE or now >= device.created_at + LONGEST):
        raise Problem("not-signed-in")
    if now >= seen + NOTED_EVERY:
        cookie[SEEN] = int(now.timestamp())
    return actor, member


def open_for(session: Session, who: Proven, now: dt.datetime) -> None:
    """A device more, and the cookie that names it; whatever the browser was before is forgotten."""
    device = open_session(who.account, request.user_agent.string[:100] or "Browser", now, who.factor)
    actor = load_actor(session, who.member, now)
    if actor is None:
        raise Problem("wrong-credentials")
    if _decides(actor):
        device.expires_at = now + LONGEST
    tell_of_device(session, who.account, device.device_name, known_device(), now)
    session.add(device)
    asked_by(device.id, who.member.id)
    cookie.clear()
    cookie.permanent = True
    cookie[DEVICE], cookie[SEEN], cookie[FORM] = str(device.id), int(now.timestamp()), secrets.token_hex(16)


def close(device: DeviceSession, now: dt.datetime) -> None:
    """Signed out; the browser stays known, so that guessing elsewhere does not hold its owner up."""
    revoke(device, now, Because.SIGNED_OUT)
    device_id = cookie.get(DEVICE)
    cookie.clear()
    cookie[DEVICE] = device_id


def _decides(actor: Actor) -> bool:
    return bool(actor.posts or actor.desks)


# --- Between password and code ----------------------------------------------------------------------------------------


def keep_half(half: Half, now: dt.datetime) -> None:
    """The password was right; the code may follow for some minutes."""
    cookie[HALF] = [str(half.account_id), half.mark, int((now + HALF_LIVES).timestamp())]


def kept_half(now: dt.datetime) -> Half | None:
    """What was kept, while it lives."""
    account_id, mark, until = cookie.get(HALF, ("", "", 0))
    return Half(uuid.UUID(account_id), mark) if now.timestamp() < until else None


# --- What was done, told on the next page -----------------------------------------------------------------------------


def say(key: str, **params: str | int) -> None:
    """A sentence of the catalogue for the page that is shown next."""
    cookie[SAID] = (key, params)


def said() -> Said | None:
    """The sentence, told once."""
    found: Said | None = cookie.pop(SAID, None)
    return found


# --- Forms are ours ---------------------------------------------------------------------------------------------------


def form_token() -> str:
    """The token of one form on one page; another text each time, good as long as one stays signed in."""
    if FORM not in cookie:
        cookie[FORM] = secrets.token_hex(16)
    salt = secrets.token_hex(8)
    return f"{salt}.{_mark(salt)}"


def _mark(salt: str) -> str:
    key: bytes = current_app.config["SECRET_KEY"]
    return hmac.new(key, f"form {salt} {cookie[FORM]}".encode(), hashlib.sha256).hexdigest()


def check_form() -> None:
    """Problem ``form-expired`` unless the form came from a page of ours that this browser was shown."""
    salt, _, mark = request.form.get("token", "").partition(".")
    ours = FORM in cookie and hmac.compare_digest(_mark(salt).encode(), mark.encode(errors="replace"))
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = urlsplit(request.headers.get("Origin") or request.host_url).netloc
    hosts = {request.host, urlsplit(current_app.config["BRIGADE"].base_url).netloc}
    if not ours or site != "same-origin" or origin not in hosts:
        raise Problem("form-expired")
