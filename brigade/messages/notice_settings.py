"""What a person decides about the ways to them: settings, the address that a code confirms, devices that take push."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from unicodedata import normalize

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.db import new_id
from brigade.messages.deliveries import Delivery, What, delivery, queue
from brigade.messages.mail import is_address
from brigade.messages.push import is_device_key, may_push_to
from brigade.messages.quiet_hours import next_time
from brigade.messages.ways import (
    CODE_LIVES,
    Channel,
    NoticeSettings,
    PushSubscription,
    kept_settings,
    takes_push,
    usual_settings,
)
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Stale

CODE_TRIES = 5
CODES_A_DAY = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person may set. Quiet hours are minutes of the Tokyo day."""

    language: str
    email: str | None
    mail_at_once: bool
    mail_digest: bool
    push_at_once: bool
    push_digest: bool
    quiet_from: int
    quiet_to: int
    digest_hour: int


def my_settings(session: Session, actor: Actor) -> NoticeSettings:
    """The actor's settings; the usual ones, not stored, as long as nothing was set."""
    found = session.scalar(select(NoticeSettings).where(NoticeSettings.member_id == actor.member_id))
    return found or usual_settings(actor.member_id, actor.now)


def my_devices(session: Session, actor: Actor) -> list[PushSubscription]:
    """The actor's devices that take push messages now."""
    return list(session.scalars(select(PushSubscription).where(takes_push(actor.now))))


def change_settings(
    session: Session, actor: Actor, version: int, wanted: Wanted, *, mail_is_on: bool
) -> NoticeSettings:
    """Set everything at once. Stale when the version is not the newest. A new address must be confirmed first: a code
    is mailed there, and until it comes back mail goes where it went.
    """
    settings = kept_settings(session, actor.member_id, actor.now)
    if settings.version != version:
        raise Stale(settings.version)
    email = normalize("NFKC", wanted.email).strip() if wanted.email else None
    if email and not is_address(email):
        raise Invalid([FieldProblem("/email", "bad-email")])
    if email and email not in (settings.email, settings.email_waiting) and not mail_is_on:
        raise Invalid([FieldProblem("/email", "mail-off")])
    if settings.digest_hour != wanted.digest_hour:
        settings.next_digest_at = next_time(actor.now, wanted.digest_hour * 60)
    settings.language = wanted.language
    settings.mail_at_once, settings.mail_digest = wanted.mail_at_once, wanted.mail_digest
    settings.push_at_once, settings.push_digest = wanted.push_at_once, wanted.push_digest
    settings.quiet_from, settings.quiet_to = wanted.quiet_from, wanted.quiet_to
    settings.digest_hour = wanted.digest_hour
    settings.version += 1
    _want_address(session, settings, email, actor.now)
    session.flush()
    return settings


def _want_address(session: Session, settings: NoticeSettings, email: str | None, now: dt.datetime) -> None:
    if email is None:
        settings.email = settings.email_failed_at = None
    if email is None or email == settings.email:
        settings.email_waiting = settings.email_code = settings.email_code_at = None
    elif email != settings.email_waiting:
        settings.email_waiting = email
        _mail_code(session, settings, now)


def send_code_again(session: Session, actor: Actor) -> None:
    """Mail a new code to the address that waits; the one before is void. NotFound when none waits."""
    settings = kept_settings(session, actor.member_id, actor.now)
    if settings.email_waiting is None:
        raise NotFound()
    _mail_code(session, settings, actor.now)
    session.flush()


def _mail_code(session: Session, settings: NoticeSettings, now: dt.datetime) -> None:
    """A fresh code on its way to the address. Problem when too many were asked for: nobody's letter box is filled so."""
    day = dt.timedelta(days=1)
    asked, oldest = session.execute(
        select(func.count(Delivery.id), func.min(Delivery.created_at)).where(
            Delivery.member_id == settings.member_id, Delivery.what == What.CODE.value, Delivery.created_at > now - day
        )
    ).one()
    if asked >= CODES_A_DAY:
        raise Problem("too-many-codes", retry_after=int((oldest + day - now).total_seconds()) + 1)
    # Kept in clear until it comes back: the worker must write it, and it opens nothing but this one field.
    settings.email_code = f"{secrets.randbelow(10**6):06}"
    settings.email_code_at, settings.email_tries = now, 0
    session.flush()
    queue(session, [delivery(settings.member_id, Channel.MAIL, What.CODE, now, now)])


def confirm_email(session: Session, actor: Actor, code: str) -> NoticeSettings:
    """The code came back: mail goes to that address from now on. Invalid for a wrong or old one; five tries for each."""
    settings = kept_settings(session, actor.member_id, actor.now)
    fresh = settings.email_code_at is not None and actor.now - settings.email_code_at <= CODE_LIVES
    if not fresh or settings.email_code is None or settings.email_tries >= CODE_TRIES:
        raise Invalid([FieldProblem("/code", "code-over")])
    typed = normalize("NFKC", code).replace(" ", "")  # many phones type wide digits
    if not secrets.compare_digest(settings.email_code.encode(), typed.encode()):
        settings.email_tries += 1
        refusal = Invalid([FieldProblem("/code", "wrong-code")])
        refusal.keep = True  # the try counts
        raise refusal
    settings.email, settings.email_failed_at = settings.email_waiting, None
    settings.email_waiting = settings.email_code = settings.email_code_at = None
    settings.version += 1
    session.flush()
    return settings


def subscribe(
    session: Session, actor: Actor, device_id: uuid.UUID, endpoint: str, p256dh: str, auth: str, *, hosts: str
) -> PushSubscription:
    """This device takes push messages from now on; what it gave before is forgotten. The same again changes nothing."""
    is_point, is_secret = is_device_key(p256dh, auth)
    problems = [
        FieldProblem(pointer, code)
        for pointer, code, fits in (
            ("/endpoint", "push-host-unknown", may_push_to(endpoint, hosts)),
            ("/keys/p256dh", "bad-push-key", is_point),
            ("/keys/auth", "bad-push-key", is_secret),
        )
        if not fits
    ]
    if problems:
        raise Invalid(problems)
    kept_settings(session, actor.member_id, actor.now)
    mine = session.scalar(select(PushSubscription).where(PushSubscription.device_id == device_id))
    if mine is not None and (mine.endpoint, mine.p256dh, mine.auth) == (endpoint, p256dh, auth):
        return mine
    # A browser has one address, whoever is signed in: it belongs to the one who is now.
    given = (PushSubscription.device_id == device_id) | (PushSubscription.endpoint == endpoint)
    session.execute(
        delete(PushSubscription).where(given),
        execution_options={"as_system": "a device's address belongs to who gave it last", "synchronize_session": False},
    )
    made = PushSubscription(
        id=new_id(), member_id=actor.member_id, device_id=device_id, endpoint=endpoint, p256dh=p256dh, auth=auth,
        created_at=actor.now, failed_at=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def unsubscribe(session: Session, subscription_id: uuid.UUID) -> None:
    """One of the actor's devices takes no more push messages. NotFound for any other."""
    found = session.scalar(select(PushSubscription).where(PushSubscription.id == subscription_id))
    if found is None:
        raise NotFound()
    session.delete(found)
    session.flush()
