"""What a member files: the activity report with its participations and vehicles, and the event it belongs to.

``squad_id`` … ``bureau_id`` are copied onto the report when it is saved: they are the units of its day and stay for
ever, whatever moves or merges later. ``awaiting_unit_id`` says at whom it waits, ``corrected_by_id`` which leader last
corrected its figures since the author sent it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from brigade.activity.workflow import State
from brigade.dates import tokyo_day
from brigade.db import Base, new_id


class EntryMode(StrEnum):
    """Who wrote it: the person, someone for one other, someone for a roster, a read paper form, an import."""

    SELF = "self"
    PROXY = "proxy"
    ROSTER = "roster"
    OCR = "ocr"
    IMPORT = "import"


class ActivityReport(Base):
    """One unit's part in one activity, with one current state; ``version`` counts everything that happened to it."""

    __tablename__ = "activity_reports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("events.id"), index=True)
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime]
    month: Mapped[str] = mapped_column(String(7))
    place: Mapped[str] = mapped_column(String(100))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    order_by: Mapped[str | None] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    entry_mode: Mapped[str] = mapped_column(String(8))
    sole_member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))

    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    station_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    brigade_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    company_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    section_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    squad_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))

    state: Mapped[str] = mapped_column(String(12))
    step: Mapped[int]
    route: Mapped[list[Any]]
    awaiting_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    awaiting_since: Mapped[dt.datetime | None]
    undo_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    undo_step: Mapped[int | None]
    corrected_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]

    participations: Mapped[list[Participation]] = relationship(
        order_by="Participation.position", cascade="all, delete-orphan", lazy="raise"
    )
    vehicles: Mapped[list[ReportVehicle]] = relationship(cascade="all, delete-orphan", lazy="raise")
    attachments: Mapped[list[ReportAttachment]] = relationship(
        order_by="ReportAttachment.position", cascade="all, delete-orphan", lazy="raise"
    )

    @property
    def member_ids(self) -> frozenset[uuid.UUID]:
        """Those who took part."""
        return frozenset(row.member_id for row in self.participations)

    @property
    def vehicle_ids(self) -> list[uuid.UUID]:
        """Those used."""
        return [row.vehicle_id for row in self.vehicles]

    @property
    def attachment_ids(self) -> list[uuid.UUID]:
        """The pictures named, in their order."""
        return [row.attachment_id for row in self.attachments]

    __table_args__ = (
        UniqueConstraint("bureau_id", "number"),
        CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in State)})", name="state"),
        CheckConstraint("(state IN ('draft', 'returned', 'withdrawn')) = (step = 0)", name="step_of_state"),
        CheckConstraint("(state = 'in_review') = (awaiting_unit_id IS NOT NULL)", name="awaiting_in_review"),
        CheckConstraint("ended_at > started_at", name="times"),
        Index(
            "ix_activity_reports_waiting",
            "awaiting_unit_id",
            "awaiting_since",
            "id",
            sqlite_where=text("state = 'in_review'"),
            postgresql_where=text("state = 'in_review'"),
        ),
        Index(
            "ix_activity_reports_returned",
            "bureau_id",
            "updated_at",
            "id",
            sqlite_where=text("state = 'returned'"),
            postgresql_where=text("state = 'returned'"),
        ),
        Index(
            "ix_activity_reports_undo",
            "undo_by_id",
            "updated_at",
            "id",
            sqlite_where=text("undo_by_id IS NOT NULL"),
            postgresql_where=text("undo_by_id IS NOT NULL"),
        ),
        Index("ix_activity_reports_author", "author_id", "started_at", "id"),
        Index("ix_activity_reports_squad", "squad_id", "started_at", "id"),
        Index("ix_activity_reports_company", "company_id", "started_at", "id"),
        Index("ix_activity_reports_brigade", "brigade_id", "started_at", "id"),
        Index("ix_activity_reports_station", "station_id", "started_at", "id"),
        Index("ix_activity_reports_bureau", "bureau_id", "started_at", "id"),
    )


class Participation(Base):
    """One person at one activity; own times only where they differ from the report's. ``acted`` False: arrived, no work.

    ``claims_until``: the end of the person's time there, own or the report's (``claims.py``); in rows from before it was kept
    a day that never comes.
    """

    __tablename__ = "participations"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    acted: Mapped[bool]
    injured: Mapped[bool]
    left_early_reason: Mapped[str | None] = mapped_column(String(100))
    claims_until: Mapped[dt.datetime] = mapped_column(server_default=text("'9999-12-31 00:00:00.000000'"))

    __table_args__ = (
        Index(
            "ix_participations_member_id_claims_until", "member_id", "claims_until", postgresql_include=["report_id"]
        ),
    )


class ReportVehicle(Base):
    """The vehicle was used in the activity."""

    __tablename__ = "report_vehicles"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    vehicle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vehicles.id"), primary_key=True, index=True)


class ReportAttachment(Base):
    """The report names this picture. No foreign key leads there: the picture may come later than the report."""

    __tablename__ = "report_attachments"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    position: Mapped[int]


class ReportCounter(Base):
    """The last number given in one unit and fiscal year."""

    __tablename__ = "report_counters"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]


def _first_day(context: Any) -> dt.date:
    return tokyo_day(context.get_current_parameters()["started_at"])


def _as_made(context: Any) -> dt.datetime:
    made_at: dt.datetime = context.get_current_parameters()["created_at"]
    return made_at


class EventState(StrEnum):
    """Whether it is to be (or was) held."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


class Event(Base):
    """A planned drill or an incident that several units' reports belong to.

    ``day`` is the day in Japan on which it starts: the units of that day are the ones called. ``planned_at`` says
    since when it stands planned as this kind on this day. ``details``, ``order_by`` and ``place`` are what a report of
    it starts from.
    """

    __tablename__ = "events"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int]
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(100))
    planned: Mapped[bool]
    started_at: Mapped[dt.datetime] = mapped_column(index=True)
    ended_at: Mapped[dt.datetime]
    day: Mapped[dt.date] = mapped_column(default=_first_day)
    place: Mapped[str] = mapped_column(String(100))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    order_by: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    series_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10), default=EventState.PLANNED.value)
    cancelled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    cancelled_at: Mapped[dt.datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[dt.datetime]
    planned_at: Mapped[dt.datetime] = mapped_column(default=_as_made)
    updated_at: Mapped[dt.datetime] = mapped_column(default=_as_made)

    # Of one event at a time: an alarm calls hundreds of units, and most who list events ask for none of them.
    units: Mapped[list[EventUnit]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        CheckConstraint("ended_at > started_at", name="times"),
        CheckConstraint("state IN ('planned', 'cancelled')", name="state"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        Index("ix_events_bureau_id_started_at", "bureau_id", "started_at"),
    )


class EventUnit(Base):
    """The unit is called to the event; all below it are meant too."""

    __tablename__ = "event_units"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)


class NobodyCame(Base):
    """The statement that nobody of the squad took part. One that was taken back stays, with who, when and why."""

    __tablename__ = "nobody_came"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    stated_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    stated_at: Mapped[dt.datetime]
    comment: Mapped[str] = mapped_column(String(300))
    withdrawn_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(10))

    __table_args__ = (
        CheckConstraint("withdrawn_because IN ('undone', 'reported', 'moved')", name="withdrawn_because"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_because IS NULL)", name="withdrawn"),
        Index(
            "uq_nobody_came_standing",
            "event_id",
            "unit_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )
