"""A page becomes activity reports, by the same actions as any report and in one transaction with its own end.

What was read decides nothing: every doubtful field has been decided by a person before, and the reports go the way of
all reports from here on.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Event
from brigade.activity.content import Content
from brigade.activity.whole import WholeReport
from brigade.actor import Actor
from brigade.db import Base
from brigade.files import attachments
from brigade.files.attachments import Kept
from brigade.forms.sheet_code import SheetCode
from brigade.jobs import Job
from brigade.organisation.people import Member, Membership
from brigade.organisation.units import Vehicle, valid_on
from brigade.problems import FieldProblem, Invalid, Problem
from brigade.row_sets import added, write
from brigade.scans.composing import Composed, Ground, PageValues, composed, is_used
from brigade.scans.covering import Shown, shown
from brigade.scans.reviewing import (
    SURE,
    check_version,
    close,
    pages_after,
    pages_of,
    read_page,
    template_of,
    undecided,
    values_of,
)
from brigade.scans.tables import PageState, Scan, ScanPage, ScanTally
from brigade.scans.values import is_nothing

_REPORTS = uuid.UUID("7c2b3c56-6d0d-4b0e-9b1e-0f3f7a8f5a11")
_PICTURES = uuid.UUID("2f1c0c9b-9a45-4d35-8a55-b3de4a3c7d02")
Piece = tuple[int, int]
"""A page's number and one of the sheet's activities: what the report of that activity shows of that page."""

STANDING = {"as_system": "whether a page found before, or the next one of a sheet, still stands, whoever sent it"}


class Undecided(Invalid):
    """Fields of the sheet on which nobody has decided yet; each is named."""

    code = "scan-page-undecided"


def sheet_pages(session: Session, page: ScanPage) -> list[ScanPage]:
    """The page and those under review that go on after it in the scan: the same sheet by its code, its next numbers. Held.

    ``scan-page-continues`` for a page that itself goes on after another one.
    """
    pages = [one for one in pages_of(session, page.scan_id) if one.state == PageState.READ]
    at = next(place for place, one in enumerate(pages) if one.n == page.n)
    if at and _follows(pages[at - 1], page):
        raise Problem("scan-page-continues")
    pairs = zip(pages[at:], pages[at + 1 :], strict=False)
    rest = [after for _, after in takewhile(lambda pair: _follows(*pair), pairs)]
    return [page, *(read_page(session, page.scan_id, one.n, hold=True) for one in rest)]


def first_page(session: Session, page: ScanPage) -> ScanPage:
    """The page on which the sheet of this page begins: it is the one that is confirmed."""
    before = {one.n: one for one in pages_of(session, page.scan_id) if one.state == PageState.READ}
    while (one := before.get(page.n - 1)) is not None and _follows(one, page):
        page = one
    return page


def _follows(one: ScanPage, other: ScanPage) -> bool:
    try:
        before, after = SheetCode.read(one.code or ""), SheetCode.read(other.code or "")
    except ValueError:
        return False
    as_before = (before.form, before.version, before.pages, before.day, before.month, before.unit_id, before.event_id)
    as_after = (after.form, after.version, after.pages, after.day, after.month, after.unit_id, after.event_id)
    return other.n == one.n + 1 and after.page == before.page + 1 and as_before == as_after


def reports_of(session: Session, page: ScanPage) -> list[ActivityReport]:
    """The reports that the page has become, as far as the actor may see them: a draft is its author's alone."""
    asked = select(ActivityReport).where(ActivityReport.id.in_([uuid.UUID(id_) for id_ in page.report_ids]))
    found = {str(report.id): report for report in session.scalars(asked.options(*actions.WITH_CONTENT))}
    return [found[id_] for id_ in page.report_ids if id_ in found]


def ready(session: Session, scan_id: uuid.UUID, n: int, version: int, *, again: bool) -> list[ScanPage]:
    """The pages of the sheet, held, as far as they themselves can be confirmed; one that was confirmed stands alone.

    Stale, ``scan-page-closed``, ``scan-page-duplicate`` (unless ``again``: it is another one all the same), Undecided;
    ``scan-page-goes-on`` while the rest of the sheet may still be read.
    """
    page = read_page(session, scan_id, n, hold=True)
    if page.state == PageState.CONFIRMED:
        return [page]
    _hold_rest(session, page)
    check_version(session, page, version)
    if page.state != PageState.READ:
        raise Problem("scan-page-closed")
    pages = sheet_pages(session, page)
    if _may_go_on(session, pages[-1]):
        raise Problem("scan-page-goes-on")
    if not again and any(seen_before(session, one) for one in pages):
        raise Problem("scan-page-duplicate")
    left = [
        FieldProblem(f"/pages/{one.n}/fields/{name}", "field-undecided")
        for one in pages
        for name in undecided(one)
    ]  # fmt: skip
    if left:
        raise Undecided(left)
    return pages


def _hold_rest(session: Session, page: ScanPage) -> None:
    """Nobody changes the pages that the sheet goes on over either, before the commit."""
    rest = ScanPage.n.between(page.n + 1, page.n + pages_after(page))
    if pages_after(page):
        asked = select(ScanPage.n).where(ScanPage.scan_id == page.scan_id, rest).order_by(ScanPage.n)
        session.execute(asked.with_for_update(of=ScanPage)).all()


def _may_go_on(session: Session, last: ScanPage) -> bool:
    """Whether the next page of its sheet may be the one that is looked at now: the people on it belong to the report too.

    Not once nobody looks at it any more: what cannot be read must not keep the rest from becoming a report.
    """
    try:
        said = SheetCode.read(last.code or "")
    except ValueError:
        return False
    following = select(ScanPage.n).join(Scan, Scan.id == ScanPage.scan_id).join(Job, Job.id == Scan.job_id).where(
        ScanPage.scan_id == last.scan_id, ScanPage.n == last.n + 1, ScanPage.state == PageState.WAITING.value,
        Job.state.in_(("queued", "running")),
    )  # fmt: skip
    return said.page < said.pages and session.scalar(following, execution_options=STANDING) is not None


def seen_before(session: Session, page: ScanPage) -> bool:
    """Whether the page that it repeats still counts."""
    if page.duplicate_scan_id is None:
        return False
    other = select(ScanPage.state).where(ScanPage.scan_id == page.duplicate_scan_id, ScanPage.n == page.duplicate_n)
    return session.scalar(other, execution_options=STANDING) in (PageState.READ, PageState.CONFIRMED)


def confirm(
    session: Session, actor: Actor, pages: Sequence[ScanPage], kept: Mapping[Piece, Kept], *, submit: bool
) -> list[WholeReport]:
    """The reports of the sheet, submitted (or left as drafts), each with what it may show of the pages. Invalid with all
    that stands against them, each at its place: ``/reports/2/ended_at``, ``/pages/1/fields/people.3.number``.

    ``kept``: the stored picture of each of ``pieces``.
    """
    page = pages[0]
    if page.unit_id is None:
        raise Invalid([FieldProblem("/unit_id", "required")])
    made = put_together(session, pages)
    if made.problems:
        raise Invalid(made.problems)
    pictures = {
        activity: tuple(_keep(session, actor, one, activity, kept[one.n, activity]) for one in pages)
        for activity, _ in made.contents
    }
    reports = _created(session, actor, page, made.contents, pictures, submit)
    for one in pages:
        one.report_ids = [str(report.id) for report in reports]
        close(one, PageState.CONFIRMED, actor.member_id, actor.now)
    session.flush()
    table = Base.metadata.tables[ScanTally.__tablename__]
    write(session, added(table, [row for one in pages for row in _tallies(one, actor)], new_only=True))
    return reports


def put_together(session: Session, pages: Sequence[ScanPage]) -> Composed:
    """The sheet's values as they stand now, as contents of reports. Its unit must be known."""
    return composed(_sheet(pages), _ground(session, pages[0], pages))


def pieces(pages: Sequence[ScanPage]) -> dict[Piece, Shown]:
    """What each report of the sheet may show of each page. No store is asked."""
    sheet = _sheet(pages)
    activities = [
        one for one in range(1, sheet[0].template.reports + 1) if is_used(sheet, one) or str(one) in pages[0].said
    ]
    return {(page.n, activity): shown(page, activity) for activity in activities for page in sheet}


def _sheet(pages: Sequence[ScanPage]) -> list[PageValues]:
    return [PageValues(one.n, template_of(one), values_of(one)) for one in pages]


def _keep(session: Session, actor: Actor, page: ScanPage, activity: int, kept: Kept) -> uuid.UUID:
    id_ = uuid.uuid5(_PICTURES, f"{page.scan_id} {page.n} {page.version} {activity}")
    attachments.keep(session, actor, id_, kept)
    return id_


def _created(
    session: Session, actor: Actor, page: ScanPage, contents: Sequence[tuple[int, Content]],
    pictures: Mapping[int, tuple[uuid.UUID, ...]], submit: bool,
) -> list[WholeReport]:  # fmt: skip
    reports, problems = [], []
    for activity, content in contents:
        id_ = uuid.uuid5(_REPORTS, f"{page.scan_id} {page.n} {page.version} {activity}")
        whole = replace(content, attachment_ids=pictures[activity])
        try:
            report, _ = actions.create(session, actor, whole, report_id=id_, submit=submit, paper=True)
        except Invalid as invalid:
            problems += [
                FieldProblem(f"/reports/{activity}{one.pointer}", one.code, one.params) for one in invalid.problems
            ]
        else:
            reports.append(report)
    if problems:
        raise Invalid(problems)
    return reports


def _ground(session: Session, page: ScanPage, pages: Sequence[ScanPage]) -> Ground:
    """What the sheet does not say by itself, as the actor may see it."""
    assert page.unit_id is not None
    written = {str(value) for one in pages for value in values_of(one).values() if isinstance(value, str)}
    found = session.execute(select(Member.number, Member.id).where(Member.number.in_(written))).all()
    here = select(Membership.member_id).where(Membership.unit_id == page.unit_id)
    if page.day is not None:
        here = here.where(valid_on(Membership, page.day))
    names = session.execute(select(Member.name, Member.id).where(Member.id.in_(here))).all()
    twice = [name for name, _ in names]
    vehicles = session.execute(
        select(Vehicle.code, Vehicle.name, Vehicle.id).where(Vehicle.code.in_(written) | Vehicle.name.in_(written))
    ).all()
    event = session.scalar(select(Event).where(Event.id == page.event_id)) if page.event_id else None
    return Ground(
        unit_id=page.unit_id,
        month=page.month,
        day=page.day,
        event_id=event.id if event else None,
        said=page.said,
        members=dict(found),
        named={name: id_ for name, id_ in names if twice.count(name) == 1},
        vehicles={key: id_ for code, name, id_ in vehicles for key in (code, name)},
        place=event.place if event else "",
    )


def _tallies(page: ScanPage, actor: Actor) -> list[dict[str, Any]]:
    """One row for each field of the form, the rows of a list together. Of a page that came back, the first time counts."""
    now = values_of(page)
    counted: dict[str, dict[str, int]] = {}
    for field in page.fields:
        count = counted.setdefault(
            plain_name(field["id"]),
            dict.fromkeys(("read", "written", "sure", "sure_changed", "doubtful_changed"), 0),
        )
        sure, changed = field["status"] == SURE, now[field["id"]] != field["value"]
        count["read"] += 1
        count["written"] += not sure or not is_nothing(field["value"])
        count["sure"] += sure
        count["sure_changed"] += sure and changed
        count["doubtful_changed"] += changed and not sure
    key: dict[str, Any] = {"scan_id": page.scan_id, "n": page.n, "form": page.form, "form_version": page.form_version}
    return [
        {**key, "field": name, "bureau_id": actor.bureau_id, "at": actor.now, **count}
        for name, count in counted.items()
    ]


def plain_name(field_id: str) -> str:
    """``people.number`` for ``people.3.number``."""
    return re.sub(r"\.\d+", "", field_id)
