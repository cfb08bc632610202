"""The tables of scans. A page stands for itself: it has its own state, unit and version, and is seen by its own rule."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from brigade.db import Base, new_id


class ScanState(StrEnum):
    """``waiting`` and ``reading`` until every page has been looked at, then ``read``; ``refused``: no page could be."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    REFUSED = "refused"


class PageState(StrEnum):
    """``waiting`` for being looked at; ``read``, to be reviewed; ``refused``: no sheet that can become a report;
    ``confirmed``: it became reports; ``discarded`` by a person, as no report.
    """

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


UNDER_REVIEW = (PageState.WAITING.value, PageState.READ.value)
"""Pages that may still become reports: until somebody has decided, nothing lets go of them."""


def _one_of(values: type[StrEnum]) -> str:
    return f"state IN ({', '.join(repr(str(value)) for value in values)})"


class Scan(Base):
    """One batch of files that one person sent. ``digest`` is of all that was sent; ``form`` and ``unit_id`` are what the
    sender said about it. ``pages`` None: not counted yet. ``finished_at``: every page has been looked at.
    """

    __tablename__ = "scans"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    uploader_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    form: Mapped[str | None] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(String(8))
    pages: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]

    files: Mapped[list[ScanFile]] = relationship(
        order_by="ScanFile.position", cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (
        UniqueConstraint("uploader_id", "digest"),
        CheckConstraint(_one_of(ScanState), name="state"),
        Index("ix_scans_uploader_id_created_at", "uploader_id", "created_at", "id"),
    )


class ScanFile(Base):
    """One file as it was sent. ``file_id`` None: its bytes are no longer kept. ``refusal``: why it has no pages."""

    __tablename__ = "scan_files"

    scan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    pages: Mapped[int | None]
    refusal: Mapped[str | None] = mapped_column(String(40))


class ScanPage(Base):
    """One page. ``position`` and ``page`` say where it is: in which file, and which page of it, both from 0.

    ``code`` is what the sheet's code says, ``unit_id``, ``day``, ``month`` and ``event_id`` what the sheet is for, by
    its code or by what a person said. ``marks`` are the probabilities that were seen, ``fields`` what they were read as,
    ``decided`` a person's values by field, ``said`` what the form has no field for, by number of the sheet's activity.
    ``pixels`` and ``trace`` find the same page again. ``picture_id`` is the straightened page, ``width`` and ``height``
    its pixels, ``picture_sha256`` the digest of the file ``hashed_id`` (another than ``picture_id``: not noted yet).
    """

    __tablename__ = "scan_pages"

    scan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    uploader_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    position: Mapped[int]
    page: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    refusal: Mapped[str | None] = mapped_column(String(40))
    form: Mapped[str | None] = mapped_column(String(20))
    form_version: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    day: Mapped[dt.date | None]
    month: Mapped[str | None] = mapped_column(String(7))
    event_id: Mapped[uuid.UUID | None]
    quality: Mapped[float | None]
    turned: Mapped[float | None]
    marks: Mapped[dict[str, Any]]
    fields: Mapped[list[Any]]
    decided: Mapped[dict[str, Any]]
    said: Mapped[dict[str, Any]]
    pixels: Mapped[str | None] = mapped_column(String(64), index=True)
    trace: Mapped[str | None] = mapped_column(Text)
    duplicate_scan_id: Mapped[uuid.UUID | None]
    duplicate_n: Mapped[int | None]
    picture_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    picture_sha256: Mapped[str | None] = mapped_column(String(64))
    hashed_id: Mapped[uuid.UUID | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    report_ids: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(300))
    closed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint(_one_of(PageState), name="state"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refused"),
        CheckConstraint("state NOT IN ('read', 'confirmed') OR form IS NOT NULL", name="form_of_read"),
        CheckConstraint("(duplicate_scan_id IS NULL) = (duplicate_n IS NULL)", name="duplicate"),
        Index("ix_scan_pages_form_unit_id", "form", "unit_id"),
    )


class ScanCorrection(Base):
    """A person's decision on one field: what it was (as read or as decided before) and what it is. Only added to."""

    __tablename__ = "scan_corrections"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    scan_id: Mapped[uuid.UUID]
    n: Mapped[int]
    field: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(10))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    at: Mapped[dt.datetime]

    __table_args__ = (
        ForeignKeyConstraint(["scan_id", "n"], ["scan_pages.scan_id", "scan_pages.n"], ondelete="CASCADE"),
        Index("ix_scan_corrections_scan_id_n", "scan_id", "n"),
    )


class ScanTally(Base):
    """How the fields of one kind on one confirmed page came out; rows of a sheet's list count together.

    ``read`` of them were read, ``sure`` of these by themselves, of which a person changed ``sure_changed``; of the
    doubtful ones ``doubtful_changed``. ``written`` had something on them.
    """

    __tablename__ = "scan_tallies"

    scan_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    form: Mapped[str] = mapped_column(String(20))
    form_version: Mapped[int]
    read: Mapped[int]
    written: Mapped[int]
    sure: Mapped[int]
    sure_changed: Mapped[int]
    doubtful_changed: Mapped[int]
    at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_scan_tallies_bureau_id_form", "bureau_id", "form", "form_version"),)
