"""The log of what changed, in an order that no reader can miss anything in; what devices catch up with.

A row says that a report or event changed in a transaction, and who could see the report before. It is written by the
session itself at the commit: whoever changes a report, through whatever function, cannot forget it. Bulk loaders that
go past the session leave no rows; a first download does not need them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    String,
    Text,
    cast,
    column,
    delete,
    func,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base, new_id

KEPT = dt.timedelta(days=100)
REPORT, EVENT = "report", "event"
_SEQUENCE = table("sqlite_sequence", column("name"), column("seq"))


class Change(Base):
    """A report or event changed. ``audience``: who could see the report before (``audience.py``), none when it is new.

    ``seq`` follows for one report the order of its changes. ``txid`` is PostgreSQL's number of the transaction; 0 on
    SQLite, where one transaction writes at a time and ``seq`` alone is the order.
    """

    __tablename__ = "changes"

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    txid: Mapped[int] = mapped_column(BigInteger)
    bureau_id: Mapped[uuid.UUID]
    entity: Mapped[str] = mapped_column(String(8))
    entity_id: Mapped[uuid.UUID]
    audience: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(server_default=text("CURRENT_TIMESTAMP"))

    __table_args__ = (Index("ix_changes_bureau_id_txid", "bureau_id", "txid"), {"sqlite_autoincrement": True})


class SyncEpoch(Base):
    """One row at most: a new one makes every device begin anew, as it must when the store went back in time."""

    __tablename__ = "sync_epochs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)


def epoch_of(session: Session) -> str:
    """The present epoch."""
    found = session.scalar(select(SyncEpoch.id))
    return found.hex if found else ""


def renew_epoch(session: Session) -> None:
    """Let every device begin anew; after a backup was restored."""
    session.execute(delete(SyncEpoch))
    session.add(SyncEpoch(id=uuid.uuid4()))
    session.flush()


def forget_old_changes(session: Session, now: dt.datetime) -> None:
    """Remove what is older than ``KEPT``; a device that was away for longer begins anew.

    Not all of it: where nothing is younger, the clock may be ahead, and no device would notice what it then missed.
    """
    newest = session.scalar(select(func.max(Change.at)))
    if newest is not None and newest >= now - KEPT:
        session.execute(delete(Change).where(Change.at < now - KEPT))


# --- Reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """What of the log was committed at one moment: all before ``next``, but for the transactions still ``open`` then.

    Time plays no part in it, nor the order in which transactions end: whatever is committed later is after the mark.
    """

    next: int
    open: tuple[int, ...] = ()

    def precedes(self, session: Session) -> ColumnElement[bool]:
        """SQL: the change was not yet there at the mark."""
        if session.get_bind().dialect.name == "sqlite":
            return Change.seq >= self.next
        later = Change.txid >= self.next
        return or_(later, Change.txid.in_(self.open)) if self.open else later


def mark_now(session: Session) -> Mark:
    """The mark of what this transaction sees.

    RuntimeError on a server that follows another one: its snapshots name no transaction that is open, and what these write
    would be before the mark without having been seen.
    """
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(_SEQUENCE.c.seq).where(_SEQUENCE.c.name == Change.__tablename__))
        return Mark((last or 0) + 1)
    # Documented as xmin:xmax:xip_list (PostgreSQL, "Transaction ID and Snapshot Information Functions").
    shown, follows = session.execute(select(cast(func.pg_current_snapshot(), Text), func.pg_is_in_recovery())).one()
    if follows:
        raise RuntimeError("a server that follows another one does not know which transactions are open")
    _, first_unknown, open_ = shown.split(":")
    return Mark(int(first_unknown), tuple(int(txid) for txid in open_.split(",") if txid))
