"""A month of a unit: how far it is, what is still open, declaring it complete, sealing it; and its sums."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import sums as shape
from api.console import typed
from api.console.pages import Console, Visit, go, sent
from api.endpoint import Call
from api.months import report
from api.present import read_kana
from api.problems import language
from api.sealing import SEAL, sealing_job
from brigade import jobs
from brigade.activity.inbox import desk_months
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import MONTHS, month_before, month_bounds, month_of
from brigade.messages.notice_words import again
from brigade.month import closing, figures, reading
from brigade.month.closing import ClosingDates, Saying
from brigade.month.editions import edition, months_to_close, newest_with
from brigade.month.progress import UnitProgress
from brigade.month.rows import MonthHeads, UnitRow
from brigade.month.sealing import check_may_seal
from brigade.month.sheet import MonthSheet
from brigade.month.spans import checked_month
from brigade.month.status import month_status
from brigade.month.sums import MonthSums, month_sums, received
from brigade.month.unsettled import unsettled
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.units import Unit
from brigade.problems import NotFound, Problem, Refused

screens = Console("months")
STILL_OPEN = "month-has-open-reports"
COMPLETED = (Level.SECTION, Level.COMPANY, Level.BRIGADE, Level.STATION)
"""Levels whose leader declares a month complete."""

COMMENT_MAX = 300
NAMED = 3
"""Months to be sealed again that the page names: a cookie carries the words. The notice names all."""


@screens.page("/months")
def months(visit: Visit) -> BaseResponse:
    """To the month that is to be closed: the last one, until it is sealed."""
    unit_id = own_unit(visit)
    first = months_to_close(visit.session, unit_id, visit.actor.now)[0]
    return go("console_months.month", month=first, unit_id=unit_id)


def own_unit(visit: Visit) -> uuid.UUID:
    """The topmost unit that one leads or stands over."""
    reach = sorted(visit.actor.reach, key=lambda held: (LEVELS.index(held[0]), str(held[1])))
    if not reach:
        raise Refused("not-permitted")
    posts = [post.unit_id for post in visit.actor.posts]
    return next((unit_id for _, unit_id in reach if unit_id in posts), reach[0][1])


def asked_unit(visit: Visit) -> uuid.UUID:
    """The unit that the address or the form names, or one's own."""
    value = visit.form.get("unit_id") or visit.args.get("unit_id")
    return typed.id_of(value) if value else own_unit(visit)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list before closing: whether it is done, what is open, and where to do it."""

    key: str
    is_done: bool
    count: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A month as its page shows it; ``units`` as far down as the address opens them."""

    rows: MonthHeads
    dates: ClosingDates
    units: tuple[UnitProgress, ...]

    @property
    def own(self) -> UnitProgress:
        """Of the unit itself."""
        return self.units[0]


def standing(visit: Visit, month: str) -> Standing:
    """The month of the asked unit, as far down as the address opens it."""
    rows = reading.month_heads(visit.session, visit.actor, asked_unit(visit), checked_month(month))
    deepest = shape.depth_of(rows.level, is_open=shape.asked(visit.args).is_open)
    dates, units = month_status(visit.session, visit.actor, rows, LEVELS[: LEVELS.index(deepest) + 1])
    return Standing(rows, dates, units)


def around(month: str) -> tuple[str, str]:
    """The months before (none before the first one that there is) and after."""
    return month_before(month) if month > MONTHS[0] else "", month_of(month_bounds(month)[1])


@screens.page("/months/<month>", heavy=True)
def month(visit: Visit, month: str) -> BaseResponse:
    """Progress unit by unit, the list before closing, and what is next."""
    found = standing(visit, month)
    return visit.page("month.html", **_shown(visit, found))


def _shown(visit: Visit, found: Standing) -> dict[str, Any]:
    rows, actor = found.rows, visit.actor
    unit_id = uuid.UUID(rows.unit_id)
    checks = _checks(visit, found)
    newest = newest_with(visit.session, unit_id, rows.month)
    days = (found.dates.input_ends - actor.today).days
    asked = shape.asked(visit.args)
    before, after = around(rows.month)
    return {
        "rows": rows, "dates": found.dates, "days_left": days, "units": found.units, "own": found.own,
        "asked": asked, "folds": rows.level in shape.FOLDED,
        "names": names_of(rows.units), "checks": checks, "before": before,
        "after": after if rows.month < month_of(actor.now) else "",
        "month_is_over": actor.today > found.dates.month_ends,
        "edition": newest[0] if newest else None, "may_complete": _may_complete(actor, rows),
        "may_seal": _may_seal(visit, unit_id, rows.month), "waiting": sum(found.own.waiting.values()),
    }  # fmt: skip


def names_of(units: Sequence[UnitRow]) -> dict[str, str]:
    """What a unit is called where it stands alone: 第一班 of 第一分団 there is in every brigade."""
    several, names, brigade = sum(unit.level == Level.BRIGADE for unit in units) > 1, {}, ""
    for unit in units:
        brigade = unit.name if unit.level == Level.BRIGADE else brigade
        below = LEVELS.index(Level(unit.level)) > LEVELS.index(Level.BRIGADE)
        names[unit.id] = f"{brigade} {unit.label}" if several and below else unit.label
    return names


def _checks(visit: Visit, found: Standing) -> list[Check]:
    own = found.own
    inbox = url_for("console_inbox.inbox")
    desk = next((one for one in visit.actor.desks if str(one.unit_id) == found.rows.unit_id), None)
    at = desk_months(visit.session, desk, [found.rows.month])[0] if desk else None
    waiting = at.waiting if at else sum(own.waiting.values())
    below = at.below if at else 0
    checks = [
        Check("over", visit.actor.today > found.dates.month_ends),
        Check("waiting", not waiting, waiting, inbox if at else ""),
        Check("returned", not own.returned, own.returned, url_for("console_inbox.inbox", tab="returned")),
        Check("owing", not own.owing, len(own.owing)),
    ]
    if at:
        checks.insert(2, Check("below", not below, below))
    return checks


def _may_complete(actor: Actor, rows: MonthHeads) -> bool:
    held = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
    return rows.level in COMPLETED and uuid.UUID(rows.unit_id) in held


def _may_seal(visit: Visit, unit_id: uuid.UUID, month: str) -> bool:
    try:
        check_may_seal(visit.session, visit.actor, unit_id, month)
    except Problem:
        return False
    return True


@screens.act("/months/<month>/complete")
def complete(visit: Visit, month: str) -> BaseResponse:
    """The leader has gone through everything. What is still open is told where it is listed."""
    try:
        closing.say(visit.session, visit.actor, asked_unit(visit), checked_month(month), Saying.COMPLETE)
    except Problem as problem:
        if problem.code != STILL_OPEN:
            raise
        visit.begin_again()
        return visit.page("month.html", 409, refused=problem.code, **_shown(visit, standing(visit, month)))
    browser.say("console.said.complete")
    return go("console_months.month", month=month, unit_id=asked_unit(visit))


@screens.act("/months/<month>/reopen")
def reopen(visit: Visit, month: str) -> BaseResponse:
    """Something is to be done after all."""
    closing.take_back(visit.session, visit.actor, asked_unit(visit), checked_month(month), Saying.COMPLETE)
    browser.say("console.said.reopened")
    return go("console_months.month", month=month, unit_id=asked_unit(visit))


# --- Sums -------------------------------------------------------------------------------------------------------------


@screens.page("/months/<month>/sums", heavy=True)
def sums(visit: Visit, month: str) -> BaseResponse:
    """The month's figures; each leads to what it was made from. Of a small unit with its people."""
    unit_id, lang, asked = asked_unit(visit), language(), shape.asked(visit.args)
    level = visit.session.scalar(select(Unit.level).where(Unit.id == unit_id))
    if level is not None and not is_small(level):
        whole = month_sums(
            visit.session, visit.actor, unit_id, checked_month(month), lang,
            down_to=shape.depth_of(level, is_open=asked.is_open),
            paid_up_to=None if asked.is_paid else shape.PAID_AT_ONCE,
        )  # fmt: skip
        return sums_page(visit, whole)
    rows = reading.month_rows(visit.session, visit.actor, unit_id, checked_month(month))
    return sums_page(visit, figures.sheet(rows, lang))


def sums_page(visit: Visit, sheet: MonthSheet | MonthSums, **said: Any) -> BaseResponse:
    """The figures of a month or an edition, as far as the address opens them."""
    asked = shape.asked(visit.args)
    units = shape.table_of(sheet.units, shape.depth_of(sheet.level, is_open=asked.is_open), asked.order)
    members = sheet.members if isinstance(sheet, MonthSheet) and is_small(sheet.level) else None
    if members is not None:
        read_kana(visit.session, (uuid.UUID(one.member_id) for one in members))
    return visit.page(
        "sums.html",
        sheet=sheet,
        units=units,
        asked=asked,
        folds=sheet.level in shape.FOLDED,
        has_members=members is not None,
        **said,
    )


def is_small(level: str) -> bool:
    """Whether a list of all members can be read: of a company and what is below it."""
    return LEVELS.index(level) >= LEVELS.index(Level.COMPANY)


@screens.page("/months/<month>/report.pdf", step_up="export", heavy=True)
def preview(visit: Visit, month: str) -> BaseResponse:
    """The month as PDF, marked as a preview."""
    return sent(report(Call(visit.session, visit.actor, query={"unit_id": asked_unit(visit)}), month))


# --- Sealing ----------------------------------------------------------------------------------------------------------


@screens.page("/months/<month>/seal", step_up="bulk-approval")
def ask_seal(visit: Visit, month: str) -> BaseResponse:
    """What will be counted for good, and what will be left for a later edition."""
    unit_id = asked_unit(visit)
    check_may_seal(visit.session, visit.actor, unit_id, checked_month(month))
    found = standing(visit, month)
    left = sum(head.many for head in found.rows.heads if head.state in (State.IN_REVIEW, State.RETURNED))
    return visit.page(
        "seal.html", rows=found.rows, sheet=received(visit.session, visit.actor, unit_id, month), most=COMMENT_MAX,
        comment="", left=left, own=found.own, in_grace=visit.actor.today <= found.dates.grace_ends, dates=found.dates,
        goes_on=visit.actor.today <= found.dates.month_ends,
    )  # fmt: skip


@screens.act("/months/<month>/seal", step_up="bulk-approval")
def seal(visit: Visit, month: str) -> BaseResponse:
    """Asked for; a job does it."""
    unit_id = asked_unit(visit)
    comment = visit.form.get("comment", "").strip()[:COMMENT_MAX]
    job = sealing_job(visit.session, visit.actor, unit_id, checked_month(month), comment)
    return go("console_months.job", job_id=job.id)


@screens.page("/jobs/<uuid:job_id>")
def job(visit: Visit, job_id: uuid.UUID) -> BaseResponse:
    """How far the sealing is; on to the edition when it is done."""
    found = jobs.owned_job(visit.session, job_id, visit.actor.member_id)
    if found is None or found.kind != SEAL:
        raise NotFound()
    if found.state == "done" and "edition_id" in found.payload:
        edition_id = uuid.UUID(found.payload["edition_id"])
        others = unsettled(visit.session, edition(visit.session, edition_id))
        browser.say("console.said.sealed", again=again(others, language(), NAMED))
        return go("console_editions.edition", edition_id=edition_id)
    unit = visit.session.scalar(select(Unit).where(Unit.id == uuid.UUID(found.payload["unit_id"])))
    return visit.page("job.html", job=found, unit=unit.name if unit else "", of_month=found.payload["month"])
