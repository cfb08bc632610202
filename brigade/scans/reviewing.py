"""A person looks at a page: what is still doubtful, what was decided, what the sheet is for. Each flushes, none commits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.forms.sheet_code import SheetCode
from brigade.forms.shelf import forms
from brigade.forms.template import Field, Template
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Stale
from brigade.scans.tables import PageState, Scan, ScanCorrection, ScanPage
from brigade.scans.values import fault

SURE = "sure"
ORDER = ("conflict", "unreadable", "unsure", SURE)
"""Of reviewing: what contradicts itself first."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on one field; ``as_picture``: the text stays a picture, and its value is empty."""

    name: str
    value: Any
    as_picture: bool = False


def read_scan(session: Session, scan_id: uuid.UUID) -> Scan:
    """The scan; NotFound when there is none or it is not the actor's to see."""
    scan = session.scalar(select(Scan).where(Scan.id == scan_id))
    if scan is None:
        raise NotFound()
    return scan


def read_page(session: Session, scan_id: uuid.UUID, n: int, *, hold: bool = False) -> ScanPage:
    """The page; NotFound alike. With ``hold`` nobody else changes it before the commit."""
    asked = select(ScanPage).where(ScanPage.scan_id == scan_id, ScanPage.n == n)
    if hold:
        asked = asked.with_for_update(of=ScanPage)
    page = session.scalar(asked, execution_options={"populate_existing": True})
    if page is None:
        raise NotFound()
    return page


def pages_of(session: Session, scan_id: uuid.UUID) -> Sequence[ScanPage]:
    """The pages of a scan that the actor may see, in order."""
    return session.scalars(select(ScanPage).where(ScanPage.scan_id == scan_id).order_by(ScanPage.n)).all()


def pages_after(page: ScanPage) -> int:
    """How many pages its sheet goes on over after it, as its code says."""
    try:
        said = SheetCode.read(page.code or "")
    except ValueError:
        return 0
    return max(said.pages - said.page, 0)


def versions_of(session: Session, rows: Sequence[ScanPage]) -> dict[tuple[uuid.UUID, int], int]:
    """By scan and number what a change of the page must name: its own version and those of the pages after it on its sheet,
    added. A sheet is confirmed at its first page, and who does so has seen all of it. It never falls.
    """
    ids = {row.scan_id for row in rows if pages_after(row)}
    found: dict[tuple[uuid.UUID, int], int] = {}
    if ids:
        asked = select(ScanPage.scan_id, ScanPage.n, ScanPage.version).where(ScanPage.scan_id.in_(ids))
        found = {(scan_id, n): version for scan_id, n, version in session.execute(asked)}
    return {
        (row.scan_id, row.n): row.version
        + sum(found.get((row.scan_id, row.n + more), 0) for more in range(1, pages_after(row) + 1))
        for row in rows
    }


def version_of(session: Session, page: ScanPage) -> int:
    """The same of one page."""
    return versions_of(session, [page])[page.scan_id, page.n]


def open_page(
    session: Session, scan_id: uuid.UUID, n: int, version: int, *, also: Sequence[PageState] = ()
) -> ScanPage:
    """The page as it was seen, held; Stale else, and ``scan-page-closed`` where it is no longer (or not yet) reviewed and
    in none of the states ``also``.
    """
    page = read_page(session, scan_id, n, hold=True)
    check_version(session, page, version)
    if page.state not in (PageState.READ, *also):
        raise Problem("scan-page-closed")
    return page


def check_version(session: Session, page: ScanPage, version: int) -> None:
    """Stale unless that is what a change of the page must name now."""
    now = version_of(session, page)
    if version != now:
        raise Stale(now)


def template_of(page: ScanPage) -> Template:
    """The form that the page is. A version once shipped stays on the shelf."""
    return forms()[page.form or "", page.form_version or 0]


def values_of(page: ScanPage) -> dict[str, Any]:
    """The value of every field as it stands now: a person's, or what was read."""
    read = {field["id"]: field["value"] for field in page.fields}
    return {**read, **{name: said["value"] for name, said in page.decided.items() if name in read}}


def undecided(page: ScanPage) -> list[str]:
    """The doubtful fields on which nobody has decided yet, in the order of reviewing."""
    left = [field for field in page.fields if field["status"] != SURE and field["id"] not in page.decided]
    return [field["id"] for field in sorted(left, key=review_order)]


def review_order(field: Mapping[str, Any]) -> tuple[int, float]:
    """Doubtful ones first, the least sure of them foremost."""
    rank = ORDER.index(field["status"]) if field["status"] in ORDER else 0
    return rank, field["confidence"] if rank < len(ORDER) - 1 else 0.0


def decide(session: Session, actor: Actor, page: ScanPage, decisions: Sequence[Decision]) -> bool:
    """Take the decisions, each kept as a correction; whether any was new. Invalid for a value that the field cannot have."""
    fields = {field.id: field for field in template_of(page).fields}
    read = {field["id"]: field for field in page.fields}
    problems = [
        problem
        for place, said in enumerate(decisions)
        if (problem := _fault(said, fields.get(said.name) if said.name in read else None, f"/fields/{place}"))
    ]
    if problems:
        raise Invalid(problems)
    decided = dict(page.decided)
    for said in decisions:
        before = decided.get(said.name, {"value": read[said.name]["value"]})
        after = {"value": "" if said.as_picture else said.value, "as_picture": said.as_picture}
        if decided.get(said.name) == after:
            continue
        decided[said.name] = after
        status = read[said.name]["status"]
        session.add(
            ScanCorrection(
                scan_id=page.scan_id, n=page.n, field=said.name, status=status, before=before, after=after,
                by_id=actor.member_id, at=actor.now,
            )
        )  # fmt: skip
    changed = decided != page.decided
    page.decided = decided
    return changed


def _fault(said: Decision, field: Field | None, at: str) -> FieldProblem | None:
    if field is None:
        return FieldProblem(f"{at}/name", "unknown-form-field")
    if said.as_picture:
        return None if field.type == "text" else FieldProblem(f"{at}/as_picture", "not-text")
    return fault(field, said.value, f"{at}/value")


def say(page: ScanPage, said: Mapping[str, Any]) -> bool:
    """Take what the form has no field for, by number of the sheet's activity; whether that changes anything.

    Invalid for an activity that the form has no place for, or a row.
    """
    template = template_of(page)
    problems = []
    for number, one in said.items():
        if not 1 <= int(number) <= template.reports:
            problems.append(FieldProblem(f"/reports/{number}/activity", "not-on-this-form"))
        for place, row in enumerate(one.get("people", ())):
            if not 1 <= row["row"] <= template.people:
                problems.append(FieldProblem(f"/reports/{number}/people/{place}/row", "not-on-this-form"))
    if problems:
        raise Invalid(problems)
    merged = {**page.said, **said}
    changed = merged != page.said
    page.said = merged
    return changed


def close(page: ScanPage, state: PageState, by: uuid.UUID, now: dt.datetime) -> None:
    """The page is done with."""
    page.state, page.closed_by_id, page.closed_at = state.value, by, now
    page.version += 1
