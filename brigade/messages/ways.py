"""The ways to a person: the e-mail address, the devices that take push messages, and when to leave them alone."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, String, and_, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.dates import tokyo_day
from brigade.db import Base, new_id
from brigade.messages.quiet_hours import next_time
from brigade.organisation.people import Absence, Membership
from brigade.organisation.units import valid_on

CODE_LIVES = dt.timedelta(minutes=30)
"""How long the code that was mailed to an address confirms it."""

GONE_FOR = dt.timedelta(days=90)


class Channel(StrEnum):
    """A way out of the house."""

    MAIL = "mail"
    PUSH = "push"


class NoticeSettings(Base):
    """How one member wants to be told. Minutes are those of the Tokyo day; ``digest_hour`` is a full hour.

    ``email`` is confirmed; ``email_waiting`` is an address whose ``email_code`` was mailed there at ``email_code_at`` and
    has not come back. ``email_failed_at``: since then no mail went through. ``next_digest_at``: when the digest of a day
    is looked at next.
    """

    __tablename__ = "notice_settings"

    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(2), default="ja")
    email: Mapped[str | None] = mapped_column(String(254))
    email_failed_at: Mapped[dt.datetime | None]
    email_waiting: Mapped[str | None] = mapped_column(String(254))
    email_code: Mapped[str | None] = mapped_column(String(6))
    email_code_at: Mapped[dt.datetime | None]
    email_tries: Mapped[int] = mapped_column(default=0)
    mail_at_once: Mapped[bool] = mapped_column(default=True)
    mail_digest: Mapped[bool] = mapped_column(default=True)
    push_at_once: Mapped[bool] = mapped_column(default=True)
    push_digest: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[int] = mapped_column(default=21 * 60 + 30)
    quiet_to: Mapped[int] = mapped_column(default=7 * 60)
    digest_hour: Mapped[int] = mapped_column(default=20)
    next_digest_at: Mapped[dt.datetime] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("language IN ('ja', 'en')", name="language"),
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_to BETWEEN 0 AND 1439", name="quiet"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
    )


class PushSubscription(Base):
    """A device that takes push messages: the address that its browser was given, and the keys to write to it alone.

    It lives and dies with the device's session. ``failed_at``: since then none went through.
    """

    __tablename__ = "push_subscriptions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("device_sessions.id", ondelete="CASCADE"), unique=True)
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(30))
    created_at: Mapped[dt.datetime]
    failed_at: Mapped[dt.datetime | None]


def usual_settings(member_id: uuid.UUID, now: dt.datetime) -> NoticeSettings:
    """What holds for a member who never said otherwise; not added to a session."""
    return NoticeSettings(
        member_id=member_id, version=0, language="ja", email=None, email_failed_at=None, email_waiting=None,
        email_code=None, email_code_at=None, email_tries=0, mail_at_once=True, mail_digest=True, push_at_once=True,
        push_digest=True, quiet_from=21 * 60 + 30, quiet_to=7 * 60, digest_hour=20,
        next_digest_at=next_time(now, 20 * 60),
    )  # fmt: skip


def kept_settings(session: Session, member_id: uuid.UUID, now: dt.datetime) -> NoticeSettings:
    """The member's settings, held until the commit; begun with the usual ones where there were none."""
    found = session.scalar(
        select(NoticeSettings).where(NoticeSettings.member_id == member_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if found is None:
        found = usual_settings(member_id, now)
        session.add(found)
    return found


# --- What is open today, as SQL ---------------------------------------------------------------------------------------


def takes_push(now: dt.datetime) -> ColumnElement[bool]:
    """SQL on PushSubscription: its device is signed in and its account is open."""
    signed_in = (
        select(DeviceSession.id)
        .join(Account, Account.id == DeviceSession.account_id)
        .where(DeviceSession.revoked_at.is_(None), DeviceSession.expires_at > now, Account.disabled_at.is_(None))
    )
    return PushSubscription.device_id.in_(signed_in)


def with_device(now: dt.datetime) -> Select[uuid.UUID]:
    """SQL: members with a device that takes push messages."""
    return select(PushSubscription.member_id).where(takes_push(now))


def in_service(now: dt.datetime) -> Select[uuid.UUID]:
    """SQL: members who belong to a unit today and are not suspended; nobody else is written to."""
    today = tokyo_day(now)
    suspended = select(Absence.member_id).where(Absence.absence == "suspension", valid_on(Absence, today))
    return select(Membership.member_id).where(valid_on(Membership, today), Membership.member_id.not_in(suspended))


def digest_way(now: dt.datetime) -> ColumnElement[bool]:
    """SQL on NoticeSettings: some way is open on which this person wants the digest."""
    by_mail = and_(NoticeSettings.email.is_not(None), NoticeSettings.mail_digest)
    by_push = and_(NoticeSettings.push_digest, NoticeSettings.member_id.in_(with_device(now)))
    return or_(by_mail, by_push)


def forget_ways(session: Session, now: dt.datetime) -> None:
    """Remove the addresses of devices that are signed out, and the settings of people who left ``GONE_FOR`` ago."""
    recently = tokyo_day(now - GONE_FOR)
    here = select(Membership.member_id).where(or_(Membership.valid_to.is_(None), Membership.valid_to >= recently))
    for gone in (
        delete(PushSubscription).where(~takes_push(now)),
        delete(NoticeSettings).where(NoticeSettings.member_id.not_in(here)),
    ):
        session.execute(gone, execution_options={"as_system": "ways to people who left", "synchronize_session": False})
