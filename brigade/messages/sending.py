"""A round of sending: plan what has become due, take some, send them outside any transaction, note what became of each.

While a mail server or push service is spoken to, the store is free for everyone. Each delivery is noted by itself: a
worker that dies leaves at most one that was sent and not noted.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, Update, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from brigade.jobs import writing
from brigade.messages import mail
from brigade.messages.deliveries import (
    LEASE,
    SENDING,
    TRIES,
    What,
    delivery,
    is_due,
    queue,
    retry_after,
    settle,
    skip_queued,
    take,
)
from brigade.messages.digests import hour_has_come, leave_out_digests, plan_digests
from brigade.messages.letters import Letter, letters
from brigade.messages.mail import MailServer, Outbox
from brigade.messages.notices import Notice
from brigade.messages.outcome import Outcome, dead, later
from brigade.messages.push import Pusher
from brigade.messages.quiet_hours import after_quiet
from brigade.messages.ways import Channel, NoticeSettings, PushSubscription, in_service, with_device
from brigade.settings import Settings, push_key_of
from brigade.wording import text

log = logging.getLogger("brigade.sending")
DAY = 24 * 60 * 60
AT_ONCE = 5000
LONGEST_TEXT = 500
"""Characters: with its address and keys a push message stays below the 4,096 bytes that every service takes."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out that this installation has; None where one is off."""

    mail: MailServer | None
    push: Pusher | None
    base_url: str

    @classmethod
    def of(cls, settings: Settings) -> Ways:
        """As the settings say."""
        server = mail.mail_server(settings.mail_url)
        return cls(server, pusher_of(settings), settings.base_url)


def pusher_of(settings: Settings) -> Pusher | None:
    """What sends push messages; None where no key is set and none may be made."""
    key = push_key_of(settings)
    if not key:
        return None
    return Pusher(key, _who_answers(settings), settings.push_hosts)


def _who_answers(settings: Settings) -> str:
    """To whom a push service turns when something is wrong (RFC 8292, 2.1): an address of mail, or a site."""
    server, site = mail.mail_server(settings.mail_url), urlsplit(settings.base_url)
    if server is not None:
        return f"mailto:{server.sender}"
    return f"https://{site.hostname}" if site.scheme == "https" else "mailto:root@localhost"


def one_round(engine: Engine, ways: Ways, clock: Callable[[], dt.datetime]) -> bool:
    """Plan, take, send and note; whether anything was to be done."""
    began = clock()
    with Session(engine) as session:
        if not has_work(session, began):
            return False
    with writing(engine) as session:
        more = plan(session, began)
        ready = letters(session, take(session, began), began)
    outbox = Outbox(ways.mail) if ways.mail else None
    try:
        for letter in ready:
            if clock() - began > LEASE / 2:
                break  # the rest comes up again when it is nobody's any more
            outcome = _tried(letter, ways, outbox)
            with writing(engine) as session:
                note(session, letter, outcome, clock())
    finally:
        if outbox is not None:
            outbox.close()
    return more or bool(ready)


_FRESH = Notice.routed_at.is_(None)
"""SQL: a notice whose ways out have not been chosen."""


def has_work(session: Session, now: dt.datetime) -> bool:
    """Whether there is anything to plan or to take: one question, so that who finds nothing takes no writer's turn."""
    asked = (_FRESH, hour_has_come(now), is_due(now))
    return bool(session.scalar(select(or_(*(exists().where(one) for one in asked))), execution_options=SENDING))


# --- Planning ---------------------------------------------------------------------------------------------------------


def plan(session: Session, now: dt.datetime) -> bool:
    """Queue what has become due; whether there may be more at once."""
    more_notices, more_digests = _plan_notices(session, now), plan_digests(session, now)
    return more_notices or more_digests


def _plan_notices(session: Session, now: dt.datetime) -> bool:
    """A delivery on each open way for the notices that do not wait for a digest; after the quiet hours."""
    fresh = select(Notice.id).where(_FRESH).order_by(Notice.at).limit(AT_ONCE)
    ids = session.scalars(fresh.with_for_update(skip_locked=True), execution_options=SENDING).all()
    if not ids:
        return False
    session.execute(
        update(Notice).where(Notice.id.in_(ids)).values(routed_at=now),
        execution_options={**SENDING, "synchronize_session": False},
    )
    people = (
        select(
            Notice.id,
            Notice.member_id,
            NoticeSettings.quiet_from,
            NoticeSettings.quiet_to,
            and_(NoticeSettings.email.is_not(None), NoticeSettings.mail_at_once),
            and_(NoticeSettings.push_at_once, NoticeSettings.member_id.in_(with_device(now))),
        )
        .join(NoticeSettings, NoticeSettings.member_id == Notice.member_id)
        .where(Notice.id.in_(ids), Notice.read_at.is_(None), Notice.member_id.in_(in_service(now)))
    )
    rows = []
    for id_, member_id, quiet_from, quiet_to, *ways in session.execute(people, execution_options=SENDING):
        due_at = after_quiet(now, quiet_from, quiet_to)
        for channel, is_open in zip((Channel.MAIL, Channel.PUSH), ways, strict=True):
            if is_open:
                rows.append(delivery(member_id, channel, What.NOTICE, due_at, now, notice_id=id_))
    queue(session, rows)
    return len(ids) == AT_ONCE


def leave_unsent(session: Session, now: dt.datetime) -> None:
    """Nothing that waits by now goes out, as the store went back in time. Notices stay in the app; what nobody has read
    there stands in the next digest.
    """
    skip_queued(session)
    _change(session, update(Notice).where(_FRESH).values(routed_at=now))
    leave_out_digests(session, now)


# --- Sending ----------------------------------------------------------------------------------------------------------


def _tried(letter: Letter, ways: Ways, outbox: Outbox | None) -> Outcome:
    """What came of trying; whatever is thrown at it, the round goes on."""
    try:
        return Outcome("skipped", letter.skip) if letter.skip else _sent(letter, ways, outbox)
    except Exception as error:
        log.exception("not sent", extra={"what": letter.what.value, "channel": letter.channel.value})
        return later(type(error).__name__)


def _sent(letter: Letter, ways: Ways, outbox: Outbox | None) -> Outcome:
    if letter.channel is Channel.PUSH:
        return _pushed(letter, ways.push)
    if outbox is None:
        return dead("mail-off")
    subject = text("notice.mail.subject", letter.lang, title=letter.title)
    body = text("notice.mail.body", letter.lang, text=letter.text, url=ways.base_url)
    made = mail.message(outbox.server, letter.address, subject, body, id_=letter.delivery_id, now=letter.made_at)
    return outbox.send(made)


def _pushed(letter: Letter, pusher: Pusher | None) -> Outcome:
    """To every device of the person: sent when one takes it. Those that are gone are named."""
    if pusher is None:
        return dead("push-off")
    said = {
        "id": str(letter.delivery_id), "kind": letter.kind, "title": letter.title,
        "text": letter.text[:LONGEST_TEXT], "screen": letter.screen,
    }  # fmt: skip
    message = json.dumps(said, ensure_ascii=False).encode()
    outcomes = {
        device.id: pusher.send(
            device.endpoint, device.p256dh, device.auth, message,
            topic=letter.delivery_id.hex, ttl=DAY, now=letter.made_at,
        )
        for device in letter.devices
    }  # fmt: skip
    gone = frozenset(id_ for id_, outcome in outcomes.items() if outcome.error.startswith("gone-"))
    best = min(outcomes.values(), key=lambda outcome: ("sent", "later", "dead").index(outcome.state))
    return Outcome(best.state, best.error, gone)


# --- Noting -----------------------------------------------------------------------------------------------------------


def note(session: Session, letter: Letter, outcome: Outcome, now: dt.datetime) -> None:
    """Store what became of the delivery and what that says about the way."""
    if outcome.gone:
        session.execute(
            delete(PushSubscription).where(PushSubscription.id.in_(outcome.gone)), execution_options=SENDING
        )
    state = "dead" if outcome.state == "later" and letter.attempt >= TRIES else outcome.state
    values: dict[str, Any] = {"channel": letter.channel.value, "error": outcome.error[:60]}
    if state == "later":
        values["due_at"] = after_quiet(now + retry_after(letter.attempt), *letter.quiet)
    elif state == "dead" and letter.other_way:
        values |= {"channel": letter.other_way.value, "attempt": 0, "due_at": now}
    else:
        values |= {"state": state, "sent_at": now if state == "sent" else None}
    if not settle(session, letter.delivery_id, letter.attempt, values):
        return
    if state == "dead":
        said = {"what": letter.what.value, "channel": letter.channel.value, "error": outcome.error}
        log.warning("given up", extra=said)
    if state in ("sent", "dead") and letter.what is not What.CODE:
        _way_is(session, letter, None if state == "sent" else now)
    if state == "sent" and letter.notice_ids:
        _change(session, update(Notice).where(Notice.id.in_(letter.notice_ids)).values(told_at=now))


def _way_is(session: Session, letter: Letter, failed_at: dt.datetime | None) -> None:
    """Note since when nothing goes this way, or that it is open."""
    if letter.channel is Channel.MAIL:
        way, column = (
            update(NoticeSettings).where(NoticeSettings.email == letter.address),
            NoticeSettings.email_failed_at,
        )
        way = way.where(NoticeSettings.member_id == letter.member_id)
    else:
        way, column = update(PushSubscription), PushSubscription.failed_at
        way = way.where(PushSubscription.id.in_([device.id for device in letter.devices]))
    if failed_at is None:
        _change(session, way.where(column.is_not(None)).values({column: None}))
    else:
        _change(session, way.where(column.is_(None)).values({column: failed_at}))


def _change(session: Session, statement: Update) -> None:
    session.execute(statement, execution_options={**SENDING, "synchronize_session": False})
