"""What goes out, one row for each: queued, taken by a worker for some minutes, then sent, dead or skipped.

Taking a delivery moves the moment at which it is due: a worker that dies lets it come up again. It is sent at least
once, and doubled at most when a worker dies between sending and noting it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    delete,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base, new_id
from brigade.messages.ways import Channel
from brigade.row_sets import added, write

TRIES = 5
LEASE = dt.timedelta(minutes=2)
BATCH = 20
KEPT = dt.timedelta(days=90)
SENDING = {"as_system": "what goes out is looked at for everyone"}


class What(StrEnum):
    """What is sent: one notice, the digest of a day, or the code that confirms an address."""

    NOTICE = "notice"
    DIGEST = "digest"
    CODE = "code"


class Delivery(Base):
    """One thing sent to one member on one way. ``day`` is the day of a digest: nobody gets two for one day.

    ``error`` is what stood against it last, as a code and never in the words of another server.
    """

    __tablename__ = "deliveries"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    channel: Mapped[str] = mapped_column(String(4))
    what: Mapped[str] = mapped_column(String(6))
    notice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    day: Mapped[dt.date | None]
    due_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(8))
    attempt: Mapped[int]
    error: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'push')", name="channel"),
        CheckConstraint("what IN ('notice', 'digest', 'code')", name="what"),
        CheckConstraint("state IN ('queued', 'sent', 'dead', 'skipped')", name="state"),
        CheckConstraint("(what = 'notice') = (notice_id IS NOT NULL)", name="notice"),
        CheckConstraint("(what = 'digest') = (day IS NOT NULL)", name="day"),
        UniqueConstraint("notice_id", "channel"),
        UniqueConstraint("member_id", "day"),
        Index("ix_deliveries_due", "due_at", sqlite_where=text("state = 'queued'"),
              postgresql_where=text("state = 'queued'")),
    )  # fmt: skip


def delivery(
    member_id: uuid.UUID, channel: Channel, what: What, due_at: dt.datetime, now: dt.datetime, *,
    notice_id: uuid.UUID | None = None, day: dt.date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A queued row, to be stored by ``queue``."""
    return {
        "id": new_id(), "member_id": member_id, "channel": channel.value, "what": what.value, "notice_id": notice_id,
        "day": day, "due_at": due_at, "state": "queued", "attempt": 0, "error": "", "created_at": now, "sent_at": None,
    }  # fmt: skip


def queue(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store the rows; what another worker has queued already stays as it is."""
    write(session, added(Base.metadata.tables[Delivery.__tablename__], rows, new_only=True))


def is_due(now: dt.datetime) -> ColumnElement[bool]:
    """SQL: a delivery that is to be tried."""
    return and_(Delivery.state == "queued", Delivery.due_at <= now)


def take(session: Session, now: dt.datetime) -> list[Delivery]:
    """The ``BATCH`` deliveries that have been due longest, ours for ``LEASE``; the caller commits before it sends.

    One that took its worker with it ``TRIES`` times is given up.
    """
    due = (
        select(Delivery)
        .where(is_due(now))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(due, execution_options=SENDING).all()
    for row in rows:
        if row.attempt >= TRIES:
            row.state, row.error = "dead", "worker-died"
        else:
            row.attempt, row.due_at = row.attempt + 1, now + LEASE
    return [row for row in rows if row.state == "queued"]


def settle(session: Session, delivery_id: uuid.UUID, attempt: int, values: dict[str, Any]) -> bool:
    """Note what became of a delivery; False when another worker has taken it meanwhile, who will note it."""
    ours = (Delivery.id == delivery_id, Delivery.attempt == attempt, Delivery.state == "queued")
    noted = session.scalar(
        update(Delivery).where(*ours).values(**values).returning(Delivery.id), execution_options=SENDING
    )
    return noted is not None


def skip_queued(session: Session) -> None:
    """Send nothing of what is queued: the store went back in time, and all of it may have been sent since."""
    queued = update(Delivery).where(Delivery.state == "queued").values(state="skipped", error="restored")
    session.execute(queued, execution_options={**SENDING, "synchronize_session": False})


def retry_after(attempt: int) -> dt.timedelta:
    """How long to wait after this try: 1, 4, 16, 64 minutes."""
    return dt.timedelta(minutes=4 ** (attempt - 1))


def forget_old_deliveries(session: Session, now: dt.datetime) -> None:
    """Remove what became of notices so long ago that nobody asks."""
    session.execute(delete(Delivery).where(Delivery.created_at < now - KEPT), execution_options=SENDING)
