"""One sheet under review: the doubtful fields beside their pictures, what the form does not say, the reports it makes.

What is done is done by the API's own operations; here is what a person sees and types.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from api import scan_present, scan_review
from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.console.scan_details import Lack
from api.console.scan_fields import Ask, ask, changed, decision, naming_of
from api.console.scan_lacks import added, general, lacks
from api.console.scans import REASON_MAX, member_of_number, next_page, roster_of, squads, version_of
from api.endpoint import Call
from api.present import Names
from api.problems import language
from api.scans import page_number
from brigade.activity.kinds import kind_label
from brigade.problems import FieldProblem, Invalid, Problem, Stale
from brigade.scans import confirming, discarding
from brigade.scans.composing import Composed
from brigade.scans.confirming import first_page, seen_before, sheet_pages
from brigade.scans.foreseeing import foreseen
from brigade.scans.reviewing import Decision, pages_of, read_page, template_of, undecided, values_of
from brigade.scans.tables import PageState, ScanPage

screens = Console("scan_pages")
MOST_FIELDS = 500
EMPTY: MultiDict[str, str] = MultiDict()


@dataclass(slots=True)
class Sheet:
    """A page as it is reviewed: what to ask about, what the sheet lacks, what stands against it as a whole."""

    page: ScanPage
    body: dict[str, Any]
    asks: list[Ask]
    sure: list[Ask]
    lacks: list[Lack]
    told: list[FieldProblem]

    @property
    def needs_unit(self) -> bool:
        """Whether nobody has said whose sheet it is."""
        return self.page.unit_id is None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be asked."""
        return not (self.asks or self.lacks or self.told or self.needs_unit)


def _made(visit: Visit, row: ScanPage) -> Composed:
    """What would become of the sheet that begins with this page; nothing for one that goes on after another."""
    if first_page(visit.session, row).n != row.n:
        return Composed()
    return foreseen(visit.session, visit.actor, sheet_pages(visit.session, row))


def _sheet(visit: Visit, row: ScanPage, sent: MultiDict[str, str] = EMPTY) -> Sheet:
    template, values, lang = template_of(row), values_of(row), language()
    (body,) = scan_present.pages(visit.session, [row])
    naming = naming_of(template, values, roster_of(visit.session, visit.actor, row.unit_id, row.day), lang)
    made = _made(visit, row)
    faults = {
        one.pointer.rpartition("/")[2]: one for one in made.problems if one.pointer.startswith(f"/pages/{row.n}/")
    }
    left, known = undecided(row), {one.id: one for one in template.fields}
    asked = [*left, *(name for name in faults if name not in left and name in known)]
    shown = {one["name"]: one for one in body["fields"]}
    asks = [ask(naming, known[name], shown[name], sent) for name in asked]
    for one in asks:
        one.problem = faults.get(one.name) if one.name not in left else None
    wanted = lacks(made, settled=not left, lang=lang, sent=sent)
    return Sheet(
        row, body, asks, [ask(naming, known[name], shown[name]) for name in shown if name not in asked], wanted,
        general(made, wanted) if not left else [],
    )  # fmt: skip


@screens.page("/scans/<uuid:scan_id>/pages/<n>")
def review(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """The doubtful fields first, each beside its picture; the sure ones folded below."""
    row = read_page(visit.session, scan_id, page_number(n))
    return _review(visit, row)


def _review(
    visit: Visit, row: ScanPage, status: int = 200, problems: Sequence[FieldProblem] = (), sent: MultiDict[str, str] = EMPTY
) -> BaseResponse:  # fmt: skip
    if row.state != PageState.READ:
        return go("console_scans.scan", scan_id=row.scan_id)
    sheet = _sheet(visit, row, sent)
    for one in sheet.asks:
        one.problem = next((wrong for wrong in problems if wrong.pointer == f"/fields/{one.name}"), one.problem)
    roster = roster_of(visit.session, visit.actor, row.unit_id, row.day)
    pages = pages_of(visit.session, row.scan_id)
    return visit.page(
        "sheet.html", status, problems=problems, sheet=sheet, body=sheet.body, page=row, layout=template_of(row),
        roster=roster, units=squads(visit) if sheet.needs_unit else (), most=REASON_MAX,
        next=next_page([one for one in pages if one.n != row.n], row.n), count=len(pages), reason=sent.get("reason", ""),
    )  # fmt: skip


@screens.act("/scans/<uuid:scan_id>/pages/<n>")
def answers(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """What was said of one field or of several, and on to the next one, the next page, or the reports they make."""
    number = page_number(n)
    row = read_page(visit.session, scan_id, number)
    if row.state != PageState.READ:
        raise Problem("scan-page-closed")
    names, said, problems = _said(visit, row)
    status = 422
    if not problems:
        try:
            scan_review.correct(Call(visit.session, visit.actor, body=said, version=version_of(visit)), scan_id, n)
        except Stale:
            status, problems = 409, [FieldProblem("/version", "sheet-changed")]
        except Invalid as invalid:
            problems = [_at_field(one, names) for one in invalid.problems]
    if problems:
        visit.session.rollback()
        return _review(visit, read_page(visit.session, scan_id, number), status, problems, visit.form)
    visit.session.flush()
    return _on(visit, read_page(visit.session, scan_id, number))


def _said(visit: Visit, row: ScanPage) -> tuple[list[str], dict[str, Any], list[FieldProblem]]:
    """What the form says, as the API takes it, with the names of its fields in order; and what is wrong with it."""
    form, values = visit.form, values_of(row)
    known = {one.id: one for one in template_of(row).fields}
    unread = {one["id"] for one in row.fields if one["status"] == "unreadable" and one["id"] not in row.decided}
    found: list[Decision] = []
    problems: list[FieldProblem] = []
    for name in dict.fromkeys(form.getlist("field")[:MOST_FIELDS]):
        one = decision(known[name], form, unread=name in unread) if name in known else Decision(name, None)
        found.append(one) if isinstance(one, Decision) else problems.append(one)
    for name in form.getlist("sure")[:MOST_FIELDS]:
        again = changed(known[name], form, values.get(name)) if name in known else None
        if again is not None:
            found.append(again)
    reports: list[dict[str, Any]] = []
    if "lack" in form:
        who = partial(member_of_number, visit.session)
        reports, wrong = added(form, row.said, _made(visit, row), who)
        problems += wrong
    said: dict[str, Any] = {
        "fields_": [{"name": one.name, "value": one.value, "as_picture": one.as_picture} for one in found],
        "reports": reports,
    }  # fmt: skip
    if "unit_id" in form:
        try:
            said["unit_id"] = uuid.UUID(form["unit_id"])
        except ValueError:
            problems.append(FieldProblem("/unit_id", "required"))
    return [one.name for one in found], said, problems


def _at_field(problem: FieldProblem, names: Sequence[str]) -> FieldProblem:
    """The API's place of a problem as the place on the page."""
    parts = problem.pointer.split("/")
    if parts[1] == "fields" and len(parts) > 2 and parts[2].isdigit() and int(parts[2]) < len(names):
        return FieldProblem(f"/fields/{names[int(parts[2])]}", problem.code, problem.params)
    return problem


def _on(visit: Visit, row: ScanPage) -> BaseResponse:
    if not _sheet(visit, row).is_settled:
        return go("console_scan_pages.review", scan_id=row.scan_id, n=row.n)
    first = first_page(visit.session, row)
    for one in sheet_pages(visit.session, first):
        if not _sheet(visit, one).is_settled:
            return go("console_scan_pages.review", scan_id=one.scan_id, n=one.n)
    return go("console_scan_pages.check", scan_id=row.scan_id, n=first.n)


# --- The reports it makes ---------------------------------------------------------------------------------------------


@screens.page("/scans/<uuid:scan_id>/pages/<n>/check")
def check(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """Which reports will be made. Nothing has been made yet."""
    row = read_page(visit.session, scan_id, page_number(n))
    if row.state != PageState.READ:
        return go("console_scans.scan", scan_id=scan_id)
    return _check(visit, row)


def _check(visit: Visit, row: ScanPage, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    first = first_page(visit.session, row)
    if first.n != row.n:
        return go("console_scan_pages.check", scan_id=row.scan_id, n=first.n)
    pages = sheet_pages(visit.session, row)
    made = foreseen(visit.session, visit.actor, pages)
    if made.problems or any(map(undecided, pages)):
        return go("console_scan_pages.review", scan_id=row.scan_id, n=row.n)
    (body,) = scan_present.pages(visit.session, [row], "none")
    return visit.page(
        "sheet-check.html", status, problems=problems, page=row, body=body, pages=pages, reports=_reports(visit, made),
        is_again=any(seen_before(visit.session, one) for one in pages),
    )  # fmt: skip


def _reports(visit: Visit, made: Composed) -> list[dict[str, Any]]:
    """What will be made, by the names that a person knows."""
    contents = [content for _, content in made.contents]
    people = {person.member_id for content in contents for person in content.participants}
    names = Names(visit.session, people, {content.unit_id for content in contents})
    return [
        {
            "kind": kind_label(content.kind, language()), "content": content,
            "unit": (names.unit(content.unit_id) or {}).get("name", ""),
            "people": [(names.member(person.member_id) or {}).get("name", "") for person in content.participants],
        }
        for content in contents
    ]  # fmt: skip


@screens.act("/scans/<uuid:scan_id>/pages/<n>/confirm")
def confirms(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """The reports are made and submitted. Sent twice, they are made once."""
    session, number = visit.session, page_number(n)
    call = Call(session, visit.actor, body={"again": "again" in visit.form}, version=version_of(visit))
    try:
        made = scan_review.confirm(call, scan_id, n).body
    except confirming.Undecided:
        session.rollback()
        return go("console_scan_pages.review", scan_id=scan_id, n=number)
    except Invalid as invalid:
        session.rollback()
        return _review(visit, read_page(session, scan_id, number), 422, invalid.problems)
    except Stale:
        session.rollback()
        row = read_page(session, scan_id, number)
        return _check(visit, row, 409, [FieldProblem("/version", "sheet-changed")])
    except Problem as problem:
        if problem.code != "scan-page-duplicate":
            raise
        session.rollback()
        return _check(visit, read_page(session, scan_id, number), 422, [FieldProblem("/again", problem.code)])
    browser.say("console.said.sheet_made", count=len(made["reports"]))
    return go("console_scan_pages.done", scan_id=scan_id, n=number)


@screens.page("/scans/<uuid:scan_id>/pages/<n>/done")
def done(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """The reports that were made, and the next page that waits."""
    row = read_page(visit.session, scan_id, page_number(n))
    if row.state != PageState.CONFIRMED:
        return go("console_scans.scan", scan_id=scan_id)
    reports = confirming.reports_of(visit.session, row)
    return visit.page(
        "sheet-done.html", page=row, reports=[(one, kind_label(one.kind, language())) for one in reports],
        next=next_page(pages_of(visit.session, scan_id), row.n),
    )  # fmt: skip


@screens.act("/scans/<uuid:scan_id>/pages/<n>/discard")
def discards(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """The page is no report; the reason is kept."""
    number, reason = page_number(n), visit.form.get("reason", "").strip()
    problem = None
    if not reason or len(reason) > REASON_MAX:
        problem, status = FieldProblem("/reason", "required"), 422
    else:
        try:
            discarding.discard(visit.session, visit.actor, scan_id, number, version_of(visit), reason)
        except Stale:
            problem, status = FieldProblem("/version", "sheet-changed"), 409
    if problem:
        visit.session.rollback()
        return _review(visit, read_page(visit.session, scan_id, number), status, [problem], visit.form)
    browser.say("console.said.sheet_discarded")
    left = next_page(pages_of(visit.session, scan_id), number)
    if left is None:
        return go("console_scans.scan", scan_id=scan_id)
    return go("console_scan_pages.review", scan_id=scan_id, n=left)
