"""What a delivery says and to whom: rows read for a whole batch, words in the language of each person.

Nothing that leaves the house holds the name of a third person, nor a text that someone else typed who may be a
stranger (the name of a device that signed in). Those stand in the app only.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.messages.deliveries import SENDING, Delivery, What
from brigade.messages.digests import Digest, contents
from brigade.messages.notice_words import day_words, reads, screen_of
from brigade.messages.notices import Notice
from brigade.messages.ways import (
    CODE_LIVES,
    Channel,
    NoticeSettings,
    PushSubscription,
    in_service,
    takes_push,
    usual_settings,
)
from brigade.organisation.people import Membership
from brigade.wording import text


@dataclass(frozen=True, slots=True)
class Device:
    """Where a push message goes."""

    id: uuid.UUID
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery made ready: nothing more has to be read to send it.

    ``notice_ids`` are the notices it tells of. ``skip`` says why it is not sent at all; ``other_way`` is where a digest goes when this way leads nowhere.
    """

    delivery_id: uuid.UUID
    member_id: uuid.UUID
    attempt: int
    channel: Channel
    what: What
    made_at: dt.datetime
    address: str = ""
    devices: tuple[Device, ...] = ()
    lang: str = "ja"
    kind: str = ""
    title: str = ""
    text: str = ""
    screen: dict[str, str | None] | None = None
    other_way: Channel | None = None
    quiet: tuple[int, int] = (0, 0)
    notice_ids: tuple[uuid.UUID, ...] = ()
    skip: str = ""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was read for a batch."""

    notices: dict[uuid.UUID, Notice]
    settings: dict[uuid.UUID, NoticeSettings]
    devices: dict[uuid.UUID, tuple[Device, ...]]
    served: set[uuid.UUID]
    digests: dict[uuid.UUID, Digest]


def letters(session: Session, rows: Sequence[Delivery], now: dt.datetime) -> list[Letter]:
    """A letter for each delivery."""
    batch = _read(session, rows, now)
    return [_letter(row, batch, now) for row in rows]


def _read(session: Session, rows: Sequence[Delivery], now: dt.datetime) -> _Batch:
    members = {row.member_id for row in rows}
    notices = session.scalars(
        select(Notice).where(Notice.id.in_({row.notice_id for row in rows})), execution_options=SENDING
    )
    settings = session.scalars(
        select(NoticeSettings).where(NoticeSettings.member_id.in_(members)), execution_options=SENDING
    )
    subscribed = session.scalars(
        select(PushSubscription).where(PushSubscription.member_id.in_(members), takes_push(now)),
        execution_options=SENDING,
    )
    devices: dict[uuid.UUID, list[Device]] = defaultdict(list)
    for row in subscribed:
        devices[row.member_id].append(Device(row.id, row.endpoint, row.p256dh, row.auth))
    served = session.scalars(in_service(now).where(Membership.member_id.in_(members)), execution_options=SENDING)
    return _Batch(
        {row.id: row for row in notices},
        {row.member_id: row for row in settings},
        {id_: tuple(found) for id_, found in devices.items()},
        set(served),
        contents(session, {row.member_id for row in rows if row.what == What.DIGEST}, now),
    )


def _letter(row: Delivery, batch: _Batch, now: dt.datetime) -> Letter:
    settings = batch.settings.get(row.member_id) or usual_settings(row.member_id, now)
    blank = Letter(
        delivery_id=row.id,
        member_id=row.member_id,
        attempt=row.attempt,
        channel=Channel(row.channel),
        what=What(row.what),
        made_at=now,
        address=settings.email or "",
        devices=batch.devices.get(row.member_id, ()),
        lang=settings.language,
        quiet=(settings.quiet_from, settings.quiet_to),
    )
    if row.what == What.CODE:
        return _code(blank, settings)
    if row.member_id not in batch.served:
        return replace(blank, skip="not-in-service")
    if row.what == What.DIGEST:
        return _digest(blank, settings, batch.digests[row.member_id])
    return _notice(blank, settings, batch.notices[row.notice_id])  # type: ignore[index]  # a notice has its id


def _code(blank: Letter, settings: NoticeSettings) -> Letter:
    """To the address that is to be confirmed."""
    if not settings.email_waiting or not settings.email_code or not settings.email_code_at:
        return replace(blank, skip="no-address")
    if blank.made_at - settings.email_code_at > CODE_LIVES:
        return replace(blank, skip="code-over")
    return replace(
        blank,
        quiet=(0, 0),  # someone sits there and waits for it
        address=settings.email_waiting,
        kind="code",
        title=text("notice.code.title", blank.lang),
        text=text("notice.code.text", blank.lang, code=settings.email_code),
    )


def _notice(blank: Letter, settings: NoticeSettings, notice: Notice) -> Letter:
    wanted = settings.mail_at_once if blank.channel is Channel.MAIL else settings.push_at_once
    if notice.read_at is not None or not wanted:
        return replace(blank, skip="read" if notice.read_at else "switched-off")
    title, words = reads(notice.kind, notice.data, blank.lang)
    screen = screen_of(notice.kind, notice.report_id, notice.event_id)
    return replace(
        blank, kind=notice.kind, title=title, text=words, screen=screen, notice_ids=(notice.id,), skip=_closed(blank)
    )


def _digest(blank: Letter, settings: NoticeSettings, digest: Digest) -> Letter:
    """By push where a device takes it, else by mail."""
    if not digest:
        return replace(blank, skip="nothing-to-say")
    may_mail = bool(settings.email) and settings.mail_digest
    if blank.channel is Channel.PUSH and not (blank.devices and settings.push_digest) and may_mail:
        blank = replace(blank, channel=Channel.MAIL)
    wanted = settings.mail_digest if blank.channel is Channel.MAIL else settings.push_digest
    return replace(
        blank,
        kind="digest",
        title=text("notice.digest.title", blank.lang),
        text=digest_words(digest, blank.lang),
        notice_ids=tuple(id_ for ids in digest.unread.values() for id_ in ids),
        screen={"kind": "inbox" if digest.waiting else "notices", "id": None},
        other_way=Channel.MAIL if blank.channel is Channel.PUSH and may_mail else None,
        skip=_closed(blank) if wanted else "switched-off",
    )


def _closed(letter: Letter) -> str:
    """Why nothing can go this way; nothing when it can."""
    if letter.channel is Channel.MAIL:
        return "" if letter.address else "no-address"
    return "" if letter.devices else "no-device"


def digest_words(digest: Digest, lang: str) -> str:
    """A line for each thing; what one must do oneself stands first."""
    lines = []
    if digest.waiting and digest.waiting_since:
        since = day_words(digest.waiting_since, lang)
        lines.append(text("notice.digest.waiting", lang, count=digest.waiting, day=since))
    if digest.returned:
        lines.append(text("notice.digest.returned", lang, count=digest.returned))
    if digest.drafts:
        lines.append(text("notice.digest.drafts", lang, count=digest.drafts))
    for kind, ids in digest.unread.items():
        lines.append(text("notice.digest.unread", lang, title=text(f"notice.{kind}.title", lang), count=len(ids)))
    return "\n".join(lines)
