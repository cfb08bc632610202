"""What people ask about their own data: a list by the day on which it must be answered, and one page to answer it on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.office_retention import number_in
from api.console.pages import Console, Visit, go
from api.endpoint import BUREAU
from api.paging import page
from api.present import Names
from brigade.organisation.people import Member
from brigade.organisation.roster_file import parse_day
from brigade.problems import FieldProblem, Invalid, NotFound
from brigade.retention import requests as asked
from brigade.retention.persons import preview
from brigade.retention.plans import UNDO_DAYS
from brigade.retention.requests import DAYS_MORE, DAYS_TO_ANSWER, MOST_LETTERS
from brigade.retention.tables import DataRequest, RequestKind, RequestState, RetentionRun

screens = Console("office_requests")
STEP_UP = "role-change"
MOST_OPEN, MOST_OVER = 200, 30
SOON = dt.timedelta(days=7)
"""So long before its last day a request is marked."""


@screens.page("/office/requests", needs=BUREAU)
def requests(visit: Visit) -> BaseResponse:
    """Those to answer, what was answered lately, and the form for one that came on paper."""
    return _list(visit)


def _list(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    session = visit.session
    ours = select(DataRequest).where(DataRequest.bureau_id == visit.actor.bureau_id)
    is_open = DataRequest.state == RequestState.OPEN.value
    by_day = (DataRequest.due_on, DataRequest.id)
    found = page(session, ours.where(is_open), by_day, visit.asked(MOST_OPEN), lambda row: row)
    newest = ours.where(~is_open).order_by(DataRequest.ended_at.desc(), DataRequest.id).limit(MOST_OVER)
    to_answer, over = found["items"], session.scalars(newest).all()
    names = Names(session, [row.member_id for row in (*to_answer, *over)], ())
    return visit.page(
        "requests.html", status, problems=problems, form=visit.form, kinds=list(RequestKind), most=MOST_LETTERS,
        to_answer=[(row, names.member(row.member_id), _tint(visit, row)) for row in to_answer],
        over=[(row, names.member(row.member_id)) for row in over], days=DAYS_TO_ANSWER.days,
        today=visit.actor.today.isoformat(), more=found["next_cursor"],
    )  # fmt: skip


def _tint(visit: Visit, row: DataRequest) -> str:
    """How near its last day is: red once it is over."""
    left = row.due_on - visit.actor.today
    return "red" if left < dt.timedelta() else "orange" if left <= SOON else "blue"


@screens.act("/office/requests/enter", needs=BUREAU)
def enters(visit: Visit) -> BaseResponse:
    """One that came on paper."""
    form = visit.form
    try:
        if form.get("kind", "") not in list(RequestKind):
            raise Invalid([FieldProblem("/kind", "required")])
        received_on = parse_day(form.get("received_on", ""))
        if received_on is None:
            raise Invalid([FieldProblem("/received_on", "not-a-day-of-arrival")])
        made = asked.enter(
            visit.session, visit.actor, form.get("number", ""), RequestKind(form["kind"]), form.get("words", ""),
            received_on,
        )  # fmt: skip
    except Invalid as invalid:
        visit.begin_again()
        return _list(visit, 422, invalid.problems)
    browser.say("console.said.request_entered")
    return go("console_office_requests.one", request_id=made.id)


# --- One of them ------------------------------------------------------------------------------------------------------


@screens.page("/office/requests/<uuid:request_id>", needs=BUREAU, step_up=STEP_UP)
def one(visit: Visit, request_id: uuid.UUID) -> BaseResponse:
    """What is asked, what would be done, and the ways to answer."""
    return _page(visit, request_id)


def _page(
    visit: Visit, request_id: uuid.UUID, status: int = 200, problems: Sequence[FieldProblem] = (), answering: str = ""
) -> BaseResponse:
    session, actor = visit.session, visit.actor
    row = session.get(DataRequest, request_id)
    member = session.get(Member, row.member_id) if row else None
    if row is None or member is None or row.bureau_id != actor.bureau_id:
        raise NotFound()
    last = asked.last_day(session, member.id)
    until = asked.days_until_gone(session, actor, member.id, UNDO_DAYS)
    is_open = row.state == RequestState.OPEN
    erases = row.kind == RequestKind.ERASE and is_open
    on = actor.today + dt.timedelta(days=until)
    names = Names(session, (row.entered_by_id, row.extended_by_id, row.ended_by_id), ())
    return visit.page(
        "request.html", status, problems=problems, form=visit.form, answering=answering, row=row, member=member,
        names=names, tint=_tint(visit, row), is_open=is_open, is_own=member.id == actor.member_id, last=last,
        has_left=last is not None and last < actor.today, days=until, more=DAYS_MORE.days, most=MOST_LETTERS,
        seen=preview(session, actor, member.number, on) if erases else None,
        run=session.get(RetentionRun, row.run_id) if row.run_id else None,
    )  # fmt: skip


@screens.act("/office/requests/<uuid:request_id>/accept", needs=BUREAU, step_up=STEP_UP)
def accepts(visit: Visit, request_id: uuid.UUID) -> BaseResponse:
    """It is done as the answer says; an erasure is marked to go."""

    def accept() -> None:
        days = number_in(visit, "days", UNDO_DAYS)
        asked.accept(visit.session, visit.actor, request_id, visit.form.get("answer", ""), days=days or 0)

    return _answered(visit, request_id, "accept", accept)


@screens.act("/office/requests/<uuid:request_id>/extend", needs=BUREAU, step_up=STEP_UP)
def extends(visit: Visit, request_id: uuid.UUID) -> BaseResponse:
    """Thirty days more, once, with a reason."""
    reason = visit.form.get("extension", "")
    extend = partial(asked.extend, visit.session, visit.actor, request_id, reason)
    return _answered(visit, request_id, "extend", extend, "/extension")


@screens.act("/office/requests/<uuid:request_id>/refuse", needs=BUREAU, step_up=STEP_UP)
def refuses(visit: Visit, request_id: uuid.UUID) -> BaseResponse:
    """Not done, with a reason."""
    reason = visit.form.get("reason", "")
    refuse = partial(asked.refuse, visit.session, visit.actor, request_id, reason)
    return _answered(visit, request_id, "refuse", refuse, "/reason")


SAID = {"accept": "accepted", "extend": "extended", "refuse": "refused"}


def _answered(
    visit: Visit, request_id: uuid.UUID, how: str, answer: Callable[[], object], field: str = ""
) -> BaseResponse:
    """What was done is said on the page; else it shows what was wrong, beside ``field`` where there is but one."""
    try:
        answer()
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, request_id, 422, _at(field, invalid) if field else invalid.problems, how)
    browser.say(f"console.said.request_{SAID[how]}")
    return go("console_office_requests.one", request_id=request_id)


def _at(pointer: str, invalid: Invalid) -> list[FieldProblem]:
    return [FieldProblem(pointer, one.code, one.params) for one in invalid.problems]
