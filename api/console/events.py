"""Events that squads have not answered for, and the roster entry: who was there, ticked by a leader for everybody."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import and_, select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.pages import Console, Visit, go
from api.console.unit_names import unit_names
from api.paging import page_at_hand
from api.problems import language
from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Event
from brigade.activity.content import Content, Person
from brigade.activity.kinds import catalogue, kind_label
from brigade.calendar import event_answers
from brigade.calendar.expected import Answer, answers_of, expected
from brigade.dates import to_tokyo, tokyo_day
from brigade.db import new_id
from brigade.organisation.people import Absence, Member, Membership
from brigade.organisation.units import valid_on
from brigade.problems import FieldProblem, Invalid, NotFound

screens = Console("events")
BACK, AHEAD = dt.timedelta(days=62), dt.timedelta(days=14)
ROWS, ANSWERED = 50, 20
"""Squads on a page that owe an answer or will; the last ones that answered. A city has hundreds of squads an event."""

SHOWN_AT = ("/started_at", "/ended_at", "/place", "/summary")


@screens.page("/events")
def events(visit: Visit) -> BaseResponse:
    """What waits for an answer, squad by squad, and what comes next."""
    now = visit.actor.now
    rows = expected(visit.session, visit.actor, now - BACK, now + AHEAD)
    owed = [row for row in rows if row.state is Answer.OVERDUE]
    coming = [row for row in rows if row.state is Answer.EXPECTED]
    answered = [row for row in reversed(rows) if row.state in (Answer.REPORTED, Answer.NOBODY_CAME)][:ANSWERED]
    found = page_at_hand(owed, lambda row: row.place, visit.asked(ROWS), lambda row: row)
    here = found["items"]
    return visit.page(
        "events.html", owed=here, all=len(owed), more=found["next_cursor"], coming=coming[:ROWS],
        later=len(coming[ROWS:]), answered=answered, leads=bool(visit.actor.reach),
        names=unit_names(visit, [row.unit_id for row in (*here, *coming[:ROWS], *answered)]),
    )  # fmt: skip


def _asked(visit: Visit, event_id: uuid.UUID, unit_id: uuid.UUID) -> tuple[Event, Any]:
    """The event, and how the squad stands to it. NotFound where the asker may see neither."""
    event = visit.session.scalar(select(Event).where(Event.id == event_id))
    squad = next((row for row in answers_of(visit.session, visit.actor, event_id) if row.unit_id == unit_id), None)
    if event is None or squad is None:
        raise NotFound()
    return event, squad


def people_of(visit: Visit, unit_id: uuid.UUID, on: dt.date) -> list[tuple[Member, bool]]:
    """Who belonged to the squad on the day, in kana order, and whether on leave."""
    away = and_(Absence.member_id == Member.id, valid_on(Absence, on))
    asked = (
        select(Member, Absence.id)
        .join(Membership, and_(Membership.member_id == Member.id, valid_on(Membership, on)))
        .outerjoin(Absence, away)
        .where(Membership.unit_id == unit_id)
        .order_by(Member.kana_sort, Member.id)
    )
    return [(member, absence is not None) for member, absence in visit.session.execute(asked)]


@screens.page("/events/<uuid:event_id>/squads/<uuid:unit_id>")
def roster(visit: Visit, event_id: uuid.UUID, unit_id: uuid.UUID) -> BaseResponse:
    """Everybody of the squad, ticked; the times and the place of the event."""
    event, squad = _asked(visit, event_id, unit_id)
    people = people_of(visit, unit_id, tokyo_day(event.started_at))
    form = {
        "id": str(new_id()), "start": f"{to_tokyo(event.started_at):%H:%M}", "end": f"{to_tokyo(event.ended_at):%H:%M}",
        "place": event.place, "summary": "",
    }  # fmt: skip
    is_more = squad.state is Answer.REPORTED  # who was there is in that report
    return _page(visit, event, squad, people, form, {str(one.id) for one, away in people if not (away or is_more)})


def _page(
    visit: Visit, event: Event, squad: Any, people: list[tuple[Member, bool]], form: dict[str, str], ticked: set[str],
    status: int = 200, problems: tuple[FieldProblem, ...] = (),
) -> BaseResponse:  # fmt: skip
    known = catalogue().get(event.kind)
    return visit.page(
        "roster.html", status, problems=problems, event=event, squad=squad, people=people, form=form, ticked=ticked,
        kind=kind_label(event.kind, language()), is_over=event.ended_at <= visit.actor.now,
        lacks_place=known is not None and known.place == "expected" and not form["place"],
    )  # fmt: skip


@screens.act("/events/<uuid:event_id>/squads/<uuid:unit_id>")
def files(visit: Visit, event_id: uuid.UUID, unit_id: uuid.UUID) -> BaseResponse:
    """One report for all who were there. Sent twice, it is filed once."""
    event, _ = _asked(visit, event_id, unit_id)
    people = people_of(visit, unit_id, tokyo_day(event.started_at))
    form = {name: visit.form.get(name, "").strip() for name in ("id", "start", "end", "place", "summary")}
    ticked = set(visit.form.getlist("person")) & {str(one.id) for one, _ in people}
    report_id = typed.id_of(form["id"])
    if _mine(visit, report_id):
        return go("console_events.events")
    try:
        content = _content(event, unit_id, form, [one.id for one, _ in people if str(one.id) in ticked])
        actions.create(visit.session, visit.actor, content, report_id=report_id, submit=True)
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, *_again(visit, event_id, unit_id), form, ticked, 422, _shown(invalid.problems))
    browser.say("console.said.filed", count=len(ticked))
    return go("console_events.events")


def _again(visit: Visit, event_id: uuid.UUID, unit_id: uuid.UUID) -> tuple[Event, Any, list[tuple[Member, bool]]]:
    event, squad = _asked(visit, event_id, unit_id)
    return event, squad, people_of(visit, unit_id, tokyo_day(event.started_at))


def _mine(visit: Visit, report_id: uuid.UUID) -> bool:
    """Whether this very form was filed before."""
    same = (ActivityReport.id == report_id, ActivityReport.author_id == visit.actor.member_id)
    return visit.session.scalar(select(ActivityReport.id).where(*same)) is not None


def _content(event: Event, unit_id: uuid.UUID, form: dict[str, str], people: list[uuid.UUID]) -> Content:
    """What the form says. An end that is not after the start is on the next day."""
    start, end = typed.span(form, tokyo_day(event.started_at))
    return Content(
        kind=event.kind, unit_id=unit_id, started_at=start, ended_at=end, event_id=event.id, place=form["place"],
        order_by=event.order_by, summary=form["summary"], details=event.details,
        participants=tuple(Person(id_) for id_ in people),
    )  # fmt: skip


def _shown(problems: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
    """Each at the field of this form that it is about; what is about people at their list, once."""
    found = [
        FieldProblem(one.pointer if one.pointer in SHOWN_AT else "/person", one.code, one.params) for one in problems
    ]
    return tuple({(one.pointer, one.code, str(one.params)): one for one in found}.values())


@screens.act("/events/<uuid:event_id>/squads/<uuid:unit_id>/nobody")
def nobody(visit: Visit, event_id: uuid.UUID, unit_id: uuid.UUID) -> BaseResponse:
    """Nobody of the squad came."""
    event_answers.state_nobody_came(visit.session, visit.actor, event_id, unit_id, "")
    browser.say("console.said.nobody")
    return go("console_events.events")


@screens.act("/events/<uuid:event_id>/squads/<uuid:unit_id>/somebody")
def somebody(visit: Visit, event_id: uuid.UUID, unit_id: uuid.UUID) -> BaseResponse:
    """That nobody came was wrong: the squad owes its answer again."""
    event_answers.take_back(visit.session, visit.actor, event_id, unit_id)
    browser.say("console.said.somebody")
    return go("console_events.events")
