"""The tables of keeping: a bureau's own keeping times, what is on hold, the runs by which records go, and what people ask
about their own data.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from brigade.db import Base, new_id


class Subject(StrEnum):
    """What a hold can be on."""

    MEMBER = "member"
    REPORT = "report"
    UNIT = "unit"
    MONTH = "month"


class RunState(StrEnum):
    """``waiting`` until its day, ``running`` from then on until it is ``done``; ``undone`` by a person before that."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    UNDONE = "undone"


class RequestKind(StrEnum):
    """What a person asks about their own data: to be shown it, to have it put right, to have it erased."""

    SHOW = "show"
    CORRECT = "correct"
    ERASE = "erase"


class RequestState(StrEnum):
    """``open`` until the bureau has answered or the person has taken it back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class KeepingTime(Base):
    """A bureau's own time for one type of record. ``length`` None: for ever. Its unit is that of the schedule."""

    __tablename__ = "keeping_times"

    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    record: Mapped[str] = mapped_column(String(16), primary_key=True)
    length: Mapped[int | None]
    set_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    set_at: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("length >= 0", name="length"),)


class LegalHold(Base):
    """Nothing of what it touches goes until it is lifted. ``subject`` is the id of a member, report or unit, or a month."""

    __tablename__ = "legal_holds"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text)
    placed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    placed_at: Mapped[dt.datetime]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    lifted_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in Subject)})", name="kind"),
        CheckConstraint("(lifted_by_id IS NULL) = (lifted_at IS NULL)", name="lifted"),
        Index("ix_legal_holds_bureau_id_placed_at", "bureau_id", "placed_at"),
    )


class RetentionRun(Base):
    """What goes at ``goes_at`` unless somebody undoes it before: all that was due on ``day``, or what is of one member.

    ``plan`` {record type: {"length", "due", "held"}} is what was foreseen, by the times that held then; ``gone`` {record
    type: number} is how far it is. ``month``: that of the job which marked it; None: a person did.
    """

    __tablename__ = "retention_runs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    state: Mapped[str] = mapped_column(String(8))
    day: Mapped[dt.date]
    month: Mapped[str | None] = mapped_column(String(7))
    planned_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    planned_at: Mapped[dt.datetime]
    goes_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(Text)
    plan: Mapped[dict[str, Any]]
    gone: Mapped[dict[str, Any]]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    ended_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in RunState)})", name="state"),
        CheckConstraint("(state IN ('done', 'undone')) = (ended_at IS NOT NULL)", name="ended"),
        Index(
            "uq_retention_runs_open", "bureau_id", unique=True,
            sqlite_where=text("member_id IS NULL AND state IN ('waiting', 'running')"),
            postgresql_where=text("member_id IS NULL AND state IN ('waiting', 'running')"),
        ),
        Index(
            "uq_retention_runs_member", "member_id", unique=True,
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
        Index("ix_retention_runs_bureau_id_planned_at", "bureau_id", "planned_at"),
    )  # fmt: skip


class DataRequest(Base):
    """What one person asks about their own data, and the bureau's answer.

    ``words``: what exactly. ``received_on``: the day it came, from which its time is counted; ``entered_by_id``: the
    officer who has it on paper, None where the person sent it. ``due_on``: the last day to answer, put off once by
    ``extension``. ``answer`` is read by the person; ``run_id``: the erasure that it led to.
    """

    __tablename__ = "data_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[dt.datetime]
    received_on: Mapped[dt.date]
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    due_on: Mapped[dt.date]
    extension: Mapped[str] = mapped_column(Text)
    extended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    extended_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(Text)
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    ended_at: Mapped[dt.datetime | None]
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("retention_runs.id"), index=True)

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in RequestKind)})", name="kind"),
        CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in RequestState)})", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(extended_by_id IS NULL) = (extended_at IS NULL)", name="extended"),
        CheckConstraint("run_id IS NULL OR (kind = 'erase' AND state = 'accepted')", name="run"),
        Index("ix_data_requests_member_id_made_at", "member_id", "made_at"),
        Index("ix_data_requests_bureau_id_state", "bureau_id", "state", "due_on", "id"),
        Index(
            "uq_data_requests_open", "member_id", "kind", unique=True, sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )  # fmt: skip
