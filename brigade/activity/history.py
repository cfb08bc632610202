"""What happened to a report: append-only events, every saved content, and the fold from events back to the row."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from brigade.db import Base

NONCE_BYTES = 16
ERASE = "erase"
"""The action of an event that says: words of this report were erased. It moves nothing."""


def new_nonce() -> bytes:
    """Random bytes beside what a person wrote: the chain holds the digest of both, which says nothing without them."""
    return secrets.token_bytes(NONCE_BYTES)


def _nonce_of_text(context: Any) -> bytes | None:
    said = context.get_current_parameters()
    return new_nonce() if said["comment"] or said["remarks"] else None


class Step(NamedTuple):
    """What an event says of who decided, for whom and why: names as in ``ReportEvent``."""

    seq: int
    action: str
    actor_id: uuid.UUID | None
    post: str | None
    unit_id: uuid.UUID | None
    for_id: uuid.UUID | None
    basis: str | None
    at: dt.datetime
    reason: str | None


@dataclass
class Happened:
    """What an event says, as plain values, before it is a row: names as in ``ReportEvent``."""

    report_id: uuid.UUID
    seq: int
    at: dt.datetime
    action: str
    actor_id: uuid.UUID | None
    post: str | None
    unit_id: uuid.UUID | None
    level: str | None
    for_id: uuid.UUID | None
    basis: str | None
    source: str | None
    target: str
    step_from: int
    step_to: int
    reason: str | None
    comment: str
    remarks: list[Any]
    changed: list[Any]
    nonce: bytes | None = None

    def __post_init__(self) -> None:
        if self.comment or self.remarks:
            self.nonce = new_nonce()

    def row(self) -> ReportEvent:
        """For the session."""
        return ReportEvent(**vars(self))


class ReportEvent(Base):
    """One thing that happened: by whom, as which post, for whom, from which state and step to which.

    ``seq`` is the report's version after it; there are no gaps. ``post`` and ``unit_id`` name the place the actor
    decided from; ``for_id`` and ``basis`` stand when a deputy acted; ``reason`` says why a level was passed over.
    ``nonce`` stands where there is a comment or remark (``chain/format.py``).
    """

    __tablename__ = "report_events"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    action: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    post: Mapped[str | None] = mapped_column(String(24))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    level: Mapped[str | None] = mapped_column(String(16))
    for_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    basis: Mapped[str | None] = mapped_column(String(12))
    source: Mapped[str | None] = mapped_column(String(12))
    target: Mapped[str] = mapped_column(String(12))
    step_from: Mapped[int]
    step_to: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text)
    remarks: Mapped[list[Any]]
    changed: Mapped[list[Any]]
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary, default=_nonce_of_text)

    __table_args__ = (CheckConstraint("seq >= 1", name="seq"),)


@dataclass
class Saved:
    """A content as it is saved, as plain values, before it is a row: names as in ``ReportVersion``."""

    report_id: uuid.UUID
    version: int
    at: dt.datetime
    author_id: uuid.UUID
    content: dict[str, Any]
    changed: list[Any]
    nonce: bytes = field(default_factory=new_nonce)

    def row(self) -> ReportVersion:
        """For the session."""
        return ReportVersion(**vars(self))


class ReportVersion(Base):
    """The whole content as it was saved at ``version``, with the fields that differ from the one before."""

    __tablename__ = "report_versions"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    content: Mapped[dict[str, Any]]
    changed: Mapped[list[Any]]
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary, default=new_nonce)


def replay(events: Iterable[ReportEvent]) -> tuple[str, int, int]:
    """(state, step, version) told by the events alone; ValueError where they do not follow from each other."""
    state: str | None = None
    step, version = 0, 0
    for event in events:
        if event.seq != version + 1 or event.source != state or event.step_from != step:
            raise ValueError(f"event {event.seq} of report {event.report_id} does not follow from the one before")
        state, step, version = event.target, event.step_to, event.seq
    if state is None:
        raise ValueError("a report without events")
    return state, step, version


def differing(before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    """Names of the content's fields that differ, in the content's own order; all of them when there was none.

    A field that an older program did not know yet was empty.
    """
    if before is None:
        return list(after)
    return [name for name in after if before.get(name) != after[name] and (name in before or after[name])]
