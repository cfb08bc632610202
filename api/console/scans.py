"""Paper in: what was sent and how far it is, sending more, the pages of one scan and which of them wait for a person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api import scan_present, scan_review
from api import scans as sending
from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.console.unit_names import unit_names
from api.endpoint import Answer, Call
from api.paging import page
from api.problems import language
from api.scans import MAX_SENT
from brigade import jobs
from brigade.actor import Actor
from brigade.files.attachments import MEDIA_TYPE
from brigade.form_sheets import filling_on
from brigade.forms.shelf import newest
from brigade.organisation.people import Member
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.units import Unit, below, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound, Refused
from brigade.scans.reviewing import pages_of, read_scan
from brigade.scans.tables import PageState, Scan, ScanPage, ScanState

screens = Console("scans")
MOST = 100
"""Scans on a page."""

TABS = ("open", "all")
REASON_MAX = 300
SHEETS_OF = (Level.SECTION, Level.SQUAD)
"""Levels that have a roster of their own."""


@screens.page("/scans")
def scans(visit: Visit) -> BaseResponse:
    """What waits for a person, or all that was sent; and sending more."""
    return _list(visit)


def _list(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    tab = visit.args.get("tab", TABS[0])
    asked = select(Scan)
    if tab != "all":
        tab = TABS[0]
        waits = exists().where(ScanPage.scan_id == Scan.id, ScanPage.state == PageState.READ)
        asked = asked.where(or_(waits, Scan.state.in_((ScanState.WAITING, ScanState.READING))))
    found = page(visit.session, asked, (Scan.created_at, Scan.id), visit.asked(MOST), lambda row: row, descending=True)
    rows = found["items"]
    return visit.page(
        "scans.html", status, problems=problems, tab=tab, tabs=TABS, rows=scan_present.scans(visit.session, rows),
        more=found["next_cursor"],
        given_up={str(id_) for id_ in jobs.given_up(visit.session, [row.job_id for row in rows])},
        forms=_forms(), units=squads(visit), form=visit.form,
    )  # fmt: skip


def _forms() -> list[tuple[str, str]]:
    return [(code, template.label.of(language())) for code, template in newest().items()]


def units_of(session: Session, actor: Actor) -> list[Unit]:
    """The squads whose sheets one may bring in: one's own, and those that one leads or stands over."""
    led = [unit_id for _, unit_id in actor.reach]
    asked = select(Unit).where(
        valid_on(Unit, actor.today), Unit.level.in_(SHEETS_OF),
        or_(Unit.id.in_(actor.home), Unit.id.in_(below(led, actor.today))),
    )  # fmt: skip
    rows = session.scalars(asked.order_by(Unit.code, Unit.id)).all()
    return sorted(rows, key=lambda unit: (unit.id not in actor.home, unit.code, LEVELS.index(Level(unit.level))))


def squads(visit: Visit) -> list[tuple[uuid.UUID, str]]:
    """The same to choose from: id and name."""
    units = units_of(visit.session, visit.actor)
    names = unit_names(visit, [unit.id for unit in units])
    return [(unit.id, names[unit.id]) for unit in units]


def roster_of(session: Session, actor: Actor, unit_id: uuid.UUID | None, day: dt.date | None) -> dict[str, str]:
    """Name by number of who belonged to the unit on the day; nobody where one may not ask."""
    if unit_id is None:
        return {}
    try:
        filling = filling_on(session, actor, unit_id, day or actor.today)
    except (NotFound, Refused):
        return {}
    return {person.number: person.name for person in filling.people} if filling else {}


def member_of_number(session: Session, number: str) -> uuid.UUID | None:
    """The member of that number, None where the asker sees nobody."""
    return session.scalar(select(Member.id).where(Member.number == number))


@screens.act("/scans", most=MAX_SENT)
def sends(visit: Visit) -> BaseResponse:
    """Files are taken in, and on to how far the reading is."""
    try:
        files, form = sending.sent_files(besides=("token",))
        made = sending.take_in(Call(visit.session, visit.actor), files, form).body
    except Invalid as invalid:
        visit.session.rollback()
        return _list(visit, 422, [FieldProblem(one.pointer, one.code, one.params) for one in invalid.problems])
    browser.say("console.said.scan_again" if made["duplicate"] else "console.said.scan_sent")
    return go("console_scans.scan", scan_id=made["id"])


@screens.page("/scans/<uuid:scan_id>")
def scan(visit: Visit, scan_id: uuid.UUID) -> BaseResponse:
    """How far the reading is, each page with what became of it, and the next one that waits for a person."""
    row = read_scan(visit.session, scan_id)
    pages = pages_of(visit.session, scan_id)
    (shown,) = scan_present.scans(visit.session, [row])
    is_unread = row.state in (ScanState.WAITING, ScanState.READING)
    is_given_up = is_unread and bool(jobs.given_up(visit.session, [row.job_id]))
    waiting = shown["counts"].get(PageState.WAITING, 0)
    return visit.page(
        "scan.html", scan=shown, pages=scan_present.pages(visit.session, pages, "none"), waiting=waiting,
        is_going=is_unread and not is_given_up, is_given_up=is_given_up, next=next_page(pages), forms=_forms(),
        is_mine=row.uploader_id == visit.actor.member_id, most=REASON_MAX,
    )  # fmt: skip


def next_page(pages: Sequence[ScanPage], after: int = 0) -> int | None:
    """The next page that waits for a person, those that follow before those that were passed by."""
    left = [page.n for page in pages if page.state == PageState.READ]
    return next((n for n in left if n > after), next(iter(left), None))


@screens.act("/scans/<uuid:scan_id>/pages/<n>/form")
def looks_again(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """The page is looked at anew as that form."""
    said: dict[str, Any] = {"form": visit.form.get("form", ""), "fields_": [], "reports": []}
    scan_review.correct(Call(visit.session, visit.actor, body=said, version=version_of(visit)), scan_id, n)
    browser.say("console.said.scan_anew")
    return go("console_scans.scan", scan_id=scan_id)


def version_of(visit: Visit) -> int:
    """The version that the form was shown with; 0, which nothing has, for anything that is none."""
    said = visit.form.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


# --- Pictures ---------------------------------------------------------------------------------------------------------


@screens.page("/scans/<uuid:scan_id>/pages/<n>/picture")
def picture(visit: Visit, scan_id: uuid.UUID, n: str) -> BaseResponse:
    """The page, straightened."""
    return _shown(sending.picture(Call(visit.session, visit.actor), scan_id, n))


@screens.page("/scans/<uuid:scan_id>/pages/<n>/fields/<name>")
def crop(visit: Visit, scan_id: uuid.UUID, n: str, name: str) -> BaseResponse:
    """The piece of it around one field."""
    return _shown(sending.crop(Call(visit.session, visit.actor), scan_id, n, name))


def _shown(answer: Answer) -> BaseResponse:
    headers = {**answer.headers, "Vary": "Cookie"}
    headers["Content-Disposition"] = headers["Content-Disposition"].replace("attachment", "inline", 1)
    return current_app.response_class(answer.body, 200, headers, mimetype=MEDIA_TYPE)
