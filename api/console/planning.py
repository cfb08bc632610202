"""The form by which a leader plans an event, or changes one: once, or every week or month."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.pages import Console, Visit, go
from api.console.plans import is_following
from api.problems import language
from brigade.activity.activities import Event
from brigade.activity.kinds import catalogue
from brigade.calendar import events
from brigade.calendar.event_calls import read_event
from brigade.calendar.event_series import MOST, Rule
from brigade.dates import to_tokyo, tokyo_day
from brigade.db import new_id
from brigade.organisation.units import Unit, UnitParent, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound
from brigade.texts import check_text

screens = Console("planning")
TYPED = ("id", "unit_id", "kind", "title", "day", "start", "end", "place", "note", "every", "count")
EVERY = ("", "week", "month-weekday", "month-day")
"""How it repeats: not, each week, each month on the same weekday (the second Sunday), each month on the same day."""

TEXTS = (("title", 100, True), ("place", 100, False), ("note", 1000, False))
SHOWN_AT = ("/kind", "/title", "/started_at", "/ended_at", "/place", "/note", "/unit_id", "/day", "/count")


def led(visit: Visit) -> list[Unit]:
    """The units for which one plans, the highest first."""
    units = {unit_id for _, unit_id in visit.actor.reach}
    today = valid_on(Unit, visit.actor.today)
    return list(visit.session.scalars(select(Unit).where(Unit.id.in_(units), today).order_by(Unit.code, Unit.id)))


def _callable(visit: Visit, over: Iterable[uuid.UUID], also: Iterable[uuid.UUID] = ()) -> list[Unit]:
    """The units directly below these, and those that are called already."""
    day = visit.actor.today
    under = select(UnitParent.unit_id).where(UnitParent.parent_id.in_(list(over)), valid_on(UnitParent, day))
    ids = {*visit.session.scalars(under), *also}
    return list(visit.session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.code, Unit.id)))


def _kinds() -> list[tuple[str, str]]:
    return [(kind.code, kind.label.of(language())) for kind in catalogue() if not kind.confidential]


def _page(
    visit: Visit, form: dict[str, str], ticked: set[str], event: Event | None = None, status: int = 200,
    problems: tuple[FieldProblem, ...] = (),
) -> BaseResponse:  # fmt: skip
    over = led(visit)
    also = {row.unit_id for row in event.units} - {event.unit_id} if event else ()
    below = _callable(visit, [event.unit_id] if event else [unit.id for unit in over], also)
    return visit.page(
        "planning.html", status, problems=problems, form=form, ticked=ticked, event=event, kinds=_kinds(),
        units=[(str(unit.id), unit.name) for unit in over], below=below, most=MOST,
        every=[] if event else EVERY,
    )  # fmt: skip


def _typed(visit: Visit) -> tuple[dict[str, str], set[str]]:
    form = {name: visit.form.get(name, "").strip() for name in TYPED}
    return form, set(visit.form.getlist("unit"))


def _said(form: dict[str, str], nights: int = 0) -> dict[str, Any]:
    """What the form says of the event itself. Invalid with all that is wrong with its texts."""
    said: dict[str, Any] = {"kind": form["kind"]}
    wrong: list[FieldProblem] = []
    for name, most, required in TEXTS:
        said[name], problems = check_text(f"/{name}", form[name], most, required=required, multiline=name == "note")
        wrong += problems
    if wrong:
        raise Invalid(wrong)
    said["started_at"], said["ended_at"] = typed.span(form, typed.day("/day", form["day"]), nights=nights)
    return said


def _units(below: Sequence[Unit], ticked: set[str], otherwise: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """Those ticked among what was offered; the whole unit where none is."""
    return tuple(unit.id for unit in below if str(unit.id) in ticked) or (otherwise,)


def _rule(form: dict[str, str], first: dt.datetime) -> Rule | None:
    """How it repeats, by the day on which the first one lies."""
    every, _, by = form["every"].partition("-")
    if form["every"] not in EVERY[1:]:
        return None
    count = int(form["count"]) if form["count"].isascii() and form["count"].isdigit() and len(form["count"]) < 4 else 0
    if not 2 <= count <= MOST:
        raise Invalid([FieldProblem("/count", "out-of-range", {"min": 2, "max": MOST})])
    day = tokyo_day(first)
    on: dict[str, Any] = {"weekday": day.weekday(), "nth": (day.day - 1) // 7 + 1} if by == "weekday" else {}
    return Rule(every, **on, count=count)


def _shown(problems: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
    """Each at the field of this form that it is about; what is about the units called at their list."""
    places = [one.pointer if one.pointer in SHOWN_AT else "/unit" for one in problems]
    return tuple(FieldProblem(at, one.code, one.params) for at, one in zip(places, problems, strict=True))


# --- A new one --------------------------------------------------------------------------------------------------------


@screens.page("/plans/new")
def ask_new(visit: Visit) -> BaseResponse:
    """An empty form; the evening drill is the usual one."""
    over = led(visit)
    drill = next((kind.code for kind in catalogue() if kind.pay_class == "drill"), "")
    form = dict.fromkeys(TYPED, "") | {
        "id": str(new_id()),
        "kind": drill,
        "start": "19:00",
        "end": "21:00",
        "count": "12",
    }
    return _page(visit, form | {"unit_id": str(over[0].id) if over else ""}, set())


@screens.act("/plans/new")
def plans_new(visit: Visit) -> BaseResponse:
    """Planned, and everyone who is called is told. Sent twice, it is planned once."""
    form, ticked = _typed(visit)
    event_id, unit_id = typed.id_of(form["id"]), typed.id_of(form["unit_id"])
    mine = (Event.id == event_id, Event.created_by_id == visit.actor.member_id)
    if visit.session.scalar(select(Event.id).where(*mine)) is not None:
        return go("console_plans.plan", event_id=event_id)
    try:
        said = _said(form)
        below = _callable(visit, [unit.id for unit in led(visit)])
        made = events.create_event(
            visit.session, visit.actor, events.Plan(**said, unit_ids=_units(below, ticked, unit_id)),
            unit_id=unit_id, event_id=event_id, series=_rule(form, said["started_at"]),
        )  # fmt: skip
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, form, ticked, None, 422, _shown(invalid.problems))
    browser.say("console.said.planned", count=len(made.events))
    return go("console_plans.plan", event_id=event_id)


# --- A change ---------------------------------------------------------------------------------------------------------


@screens.page("/plans/<uuid:event_id>/change")
def ask_change(visit: Visit, event_id: uuid.UUID) -> BaseResponse:
    """What it says now."""
    event = _mine(visit, event_id)
    form = {
        "kind": event.kind, "title": event.title, "day": tokyo_day(event.started_at).isoformat(),
        "start": f"{to_tokyo(event.started_at):%H:%M}", "end": f"{to_tokyo(event.ended_at):%H:%M}",
        "place": event.place, "note": event.note,
    }  # fmt: skip
    called = {str(row.unit_id) for row in event.units if row.unit_id != event.unit_id}
    return _page(visit, dict.fromkeys(TYPED, "") | form, called, event)


def _mine(visit: Visit, event_id: uuid.UUID) -> Event:
    """The event. NotFound for one that is not one's to change: there is no form for it."""
    event = read_event(visit.session, event_id)
    if not events.may_change(visit.session, visit.actor, event):
        raise NotFound()
    return event


@screens.act("/plans/<uuid:event_id>/change")
def changes(visit: Visit, event_id: uuid.UUID) -> BaseResponse:
    """Changed; who is called hears of it. Refused where a report that was filed of it would no longer be true."""
    form, ticked = _typed(visit)
    event = _mine(visit, event_id)
    try:
        nights = (tokyo_day(event.ended_at) - tokyo_day(event.started_at)).days
        said = _said(form, nights if nights > 1 else 0)
        also = {row.unit_id for row in event.units} - {event.unit_id}
        called = _units(_callable(visit, [event.unit_id], also), ticked, event.unit_id)
        events.change_event(
            visit.session, visit.actor, event_id, typed.version_of(visit.form), {**said, "unit_ids": called},
            following=is_following(visit),
        )  # fmt: skip
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, form, ticked, read_event(visit.session, event_id), 422, _shown(invalid.problems))
    browser.say("console.said.plan_changed")
    return go("console_plans.plan", event_id=event_id)
