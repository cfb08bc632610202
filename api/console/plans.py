"""Planned events as their leaders see them: the list, one with who is called, call off, hold after all."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.pages import Console, Visit, go
from api.endpoint import OFFICERS
from api.paging import page
from api.present import Names
from api.problems import language
from brigade.activity.activities import Event, EventState
from brigade.activity.kinds import kind_label
from brigade.calendar import events
from brigade.calendar.event_calls import read_event
from brigade.calendar.expected import answers_of
from brigade.problems import FieldProblem, HasReports
from brigade.texts import check_text

screens = Console("plans")
BACK, MOST = dt.timedelta(days=31), 200
REASON_MAX = 300


@screens.page("/plans")
def plans(visit: Visit) -> BaseResponse:
    """What is to come, then what was lately."""
    now = visit.actor.now
    keys = (Event.started_at, Event.id)
    coming = page(visit.session, select(Event).where(Event.ended_at > now), keys, visit.asked(MOST), lambda row: row)
    lately = select(Event).where(Event.ended_at > now - BACK, Event.ended_at <= now)
    newest = lately.order_by(*(key.desc() for key in keys)).limit(MOST)
    past = [] if visit.args.get("cursor") else visit.session.scalars(newest).unique().all()
    names = Names(visit.session, (), {row.unit_id for row in (*coming["items"], *past)})

    def shown(rows: Iterable[Event]) -> list[tuple[Event, str, str]]:
        return [
            (row, (names.unit(row.unit_id) or {}).get("name", ""), kind_label(row.kind, language())) for row in rows
        ]

    return visit.page(
        "plans.html", coming=shown(coming["items"]), more=coming["next_cursor"], past=shown(past),
        leads=bool(visit.actor.reach), mine=not visit.actor.holds(*OFFICERS.posts),
    )  # fmt: skip


@screens.page("/plans/<uuid:event_id>")
def plan(visit: Visit, event_id: uuid.UUID) -> BaseResponse:
    """What it says, who is called, what each squad has answered; and what one may do with it."""
    return _page(visit, read_event(visit.session, event_id))


def _page(
    visit: Visit, event: Event, status: int = 200, problems: tuple[FieldProblem, ...] = (), reason: str = ""
) -> BaseResponse:
    names = Names(visit.session, {event.cancelled_by_id}, {event.unit_id, *(row.unit_id for row in event.units)})
    called = sorted((names.unit(row.unit_id) or {}).get("name", "") for row in event.units)
    return visit.page(
        "plan.html", status, problems=problems, event=event, kind=kind_label(event.kind, language()), reason=reason,
        unit=(names.unit(event.unit_id) or {}).get("name", ""), called=called, most=REASON_MAX,
        cancelled_by=(names.member(event.cancelled_by_id) or {}).get("name", ""),
        squads=answers_of(visit.session, visit.actor, event.id), may=events.may_change(visit.session, visit.actor, event),
        is_off=event.state == EventState.CANCELLED, is_over=event.ended_at <= visit.actor.now,
    )  # fmt: skip


def is_following(visit: Visit) -> bool:
    """Whether the later ones of the series are meant too."""
    return visit.form.get("scope") == "following"


@screens.act("/plans/<uuid:event_id>/cancel")
def cancels(visit: Visit, event_id: uuid.UUID) -> BaseResponse:
    """Not held; everyone who was called is told why."""
    reason, problems = check_text("/reason", visit.form.get("reason"), REASON_MAX, required=True)
    if problems:
        return _page(visit, read_event(visit.session, event_id), 422, problems, visit.form.get("reason", ""))
    try:
        events.cancel_event(
            visit.session, visit.actor, event_id, typed.version_of(visit.form), reason, following=is_following(visit)
        )
    except HasReports as against:
        visit.begin_again()
        found = tuple(FieldProblem("/reason", one.code, one.params) for one in against.problems)
        return _page(visit, read_event(visit.session, event_id), 409, found, reason)
    browser.say("console.said.called_off")
    return go("console_plans.plan", event_id=event_id)


@screens.act("/plans/<uuid:event_id>/reopen")
def reopens(visit: Visit, event_id: uuid.UUID) -> BaseResponse:
    """Held after all; everyone is told."""
    events.reopen_event(
        visit.session, visit.actor, event_id, typed.version_of(visit.form), following=is_following(visit)
    )
    browser.say("console.said.held_after_all")
    return go("console_plans.plan", event_id=event_id)
