"""Whose data a device was shown, by what the log noted of its answers (``viewings.py``)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation, ReportAttachment
from brigade.db import chunks
from brigade.files.attachments import Attachment
from brigade.month import editions
from brigade.month.editions import Edition
from brigade.month.figures import below
from brigade.month.rows import MonthRows
from brigade.organisation.people import Member
from brigade.organisation.posts import find_members
from brigade.organisation.roster_imports import RosterImport
from brigade.organisation.roster_rows import number_of
from brigade.problems import Problem
from brigade.scans.reviewing import values_of
from brigade.scans.tables import ScanPage
from brigade.viewings import Kept

CONCERNED = {"as_system": "the city must say whose data were read, whoever saw them"}
Found = Iterator[uuid.UUID]


class Person(NamedTuple):
    """A member whose data were shown."""

    id: uuid.UUID
    number: str
    name: str


def people(session: Session, members: Iterable[uuid.UUID]) -> list[Person]:
    """These members by number; an erased person's number is all that is left of them."""
    asked, found = select(Member.id, Member.number, Member.name), list[Person]()
    for chunk in chunks(sorted(members)):
        rows = session.execute(asked.where(Member.id.in_(chunk)), execution_options=CONCERNED)
        found += [Person(*row) for row in rows]
    return sorted(found, key=lambda one: (one.number, one.id))


def members_in(session: Session, kept: Kept) -> set[uuid.UUID] | None:
    """The members in something that was kept; None where it is gone, or nobody has said yet who is in it."""
    try:
        return set(_OF[kept.kind](session, kept)) or None
    except (KeyError, Problem):
        return None


def _of_edition(session: Session, kept: Kept) -> Found:
    edition = session.get(Edition, kept.id, execution_options=CONCERNED)
    if edition is None:
        return
    rows = editions.rows_of(session, edition)
    part = rows if str(kept.part) == rows.unit_id else below(rows, str(kept.part))
    yield edition.sealed_by_id
    yield from (uuid.UUID(person.id) for person in part.people)
    yield from _members(session, edition.sealed_by_id, Member.name.in_(set(_names(part))))


def _names(rows: MonthRows) -> Iterator[str]:
    """Those of whom an edition keeps the name alone."""
    yield from (said.by for said in rows.said)
    for report in rows.reports:
        for line in report.trail:
            yield from filter(None, (line.name, line.deputy_for))


def _of_picture(session: Session, kept: Kept) -> Found:
    yield from session.scalars(
        select(Attachment.uploader_id).where(Attachment.id == kept.id), execution_options=CONCERNED
    )
    named = select(ReportAttachment.report_id).where(ReportAttachment.attachment_id == kept.id)
    yield from _of_reports(session, named)


def _of_reports(session: Session, ids: Any) -> Found:
    wrote = select(ActivityReport.author_id).where(ActivityReport.id.in_(ids))
    took_part = select(Participation.member_id).where(Participation.report_id.in_(ids))
    for asked in (wrote, took_part):
        yield from session.scalars(asked, execution_options=CONCERNED)


def _of_page(session: Session, kept: Kept) -> Found:
    page = session.get(ScanPage, (kept.id, kept.part), execution_options=CONCERNED)
    if page is None:
        return
    yield from _of_reports(session, [uuid.UUID(id_) for id_ in page.report_ids])
    written = {value for value in values_of(page).values() if isinstance(value, str)}
    yield from _members(session, page.uploader_id, Member.number.in_(written) | Member.name.in_(written))


def _of_roster(session: Session, kept: Kept) -> Found:
    roster = session.get(RosterImport, kept.id, execution_options=CONCERNED)
    if roster is None:
        return
    numbers = {number_of(row["values"]) for row in roster.rows}
    yield from (member.id for member in find_members(session, roster.bureau_id, sorted(numbers)).values())


def _members(session: Session, of: uuid.UUID, which: ColumnElement[bool]) -> Found:
    """Those of the bureau of this member."""
    bureau = select(Member.bureau_id).where(Member.id == of).scalar_subquery()
    asked = select(Member.id).where(Member.bureau_id == bureau, which)
    yield from session.scalars(asked, execution_options=CONCERNED)


_OF: dict[str, Callable[[Session, Kept], Found]] = {
    "edition": _of_edition, "picture": _of_picture, "page": _of_page, "roster": _of_roster,
}  # fmt: skip
