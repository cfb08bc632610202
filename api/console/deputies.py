"""When a leader is away: one's own leave, and who acts in which order, for a time or until it is ended."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.pages import Console, Visit, go
from api.present import Names
from api.problems import language
from brigade.organisation import deputies
from brigade.organisation.office import ONE_DAY, leads, version_of
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import DEPUTIES, Level
from brigade.organisation.units import Unit, UnitParent, below, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound
from brigade.wording import text

screens = Console("deputies")
STEP_UP = "role-change"
PLACES = ("place1", "place2", "place3")
MOST_OFFERED = 100
"""People in a list to choose from; of a larger unit those near it are offered."""


@dataclass(frozen=True, slots=True)
class Order:
    """The standing order of one unit that one leads: who acts from when to when, with names; ``has_post`` where the
    level has a deputy post, whose holders come first.
    """

    unit: Unit
    version: int
    rows: list[tuple[DeputyPlace, str]]
    has_post: bool


def _led(visit: Visit) -> list[Unit]:
    """The units whose leading post one holds."""
    held = {post.unit_id for post in visit.actor.posts}
    rows = visit.session.scalars(select(Unit).where(Unit.id.in_(held)).order_by(Unit.code))
    return [unit for unit in rows if leads(visit.actor, unit)]


def _order(visit: Visit, unit: Unit) -> Order:
    """Who acts today, then who will later."""
    today = visit.actor.today
    now = deputies.deputies_of(visit.session, visit.actor, unit.id, today)
    ahead = select(DeputyPlace).where(DeputyPlace.unit_id == unit.id, DeputyPlace.valid_from > today)
    later = visit.session.scalars(ahead.order_by(DeputyPlace.valid_from, DeputyPlace.place))
    rows = [*now, *later]
    names = Names(visit.session, [row.member_id for row in rows], ())
    named = [(row, (names.member(row.member_id) or {}).get("name", "")) for row in rows]
    return Order(unit, version_of(visit.session, unit.id), named, Level(unit.level) in DEPUTIES)


@screens.page("/deputies")
def overview(visit: Visit) -> BaseResponse:
    """One's own leave, then each unit that one leads."""
    today = visit.actor.today.isoformat()
    return _overview(visit, {"from": today, "to": ""})


def _overview(
    visit: Visit, form: dict[str, str], status: int = 200, problems: tuple[FieldProblem, ...] = ()
) -> BaseResponse:
    return visit.page(
        "deputies.html", status, problems=problems, form=form, leaves=_leaves(visit), today=visit.actor.today,
        orders=[_order(visit, unit) for unit in _led(visit)], may_leave=bool(visit.actor.posts),
    )  # fmt: skip


def _leaves(visit: Visit) -> list[Absence]:
    """One's own leave that is not over."""
    own = select(Absence).where(Absence.member_id == visit.actor.member_id, Absence.absence == "leave")
    rows = visit.session.scalars(own.order_by(Absence.valid_from))
    return [row for row in rows if row.valid_to is None or row.valid_to >= visit.actor.today]


# --- Deputies ---------------------------------------------------------------------------------------------------------


@screens.page("/deputies/<uuid:unit_id>", step_up=STEP_UP)
def ask_names(visit: Visit, unit_id: uuid.UUID) -> BaseResponse:
    """Up to three people of the unit, in their order, and the days."""
    return _ask(visit, _mine(visit, unit_id), {"first": visit.actor.today.isoformat()})


def _mine(visit: Visit, unit_id: uuid.UUID) -> Unit:
    """A unit that one leads; NotFound for any other."""
    unit = next((unit for unit in _led(visit) if unit.id == unit_id), None)
    if unit is None:
        raise NotFound()
    return unit


def _ask(
    visit: Visit, unit: Unit, form: dict[str, str], status: int = 200, problems: tuple[FieldProblem, ...] = ()
) -> BaseResponse:
    order, people = _order(visit, unit), _people(visit, unit)
    offered = visit.session.scalars(people.limit(MOST_OFFERED + 1)).all()
    is_short = len(offered) > MOST_OFFERED
    if is_short:
        offered = visit.session.scalars(people.where(_near(visit, unit, order))).all()
    choices = [
        ("", text("console.deputies.nobody", language())),
        *((str(one.id), f"{one.name}（{one.number}）") for one in offered),
    ]
    return visit.page(
        "deputies-name.html", status, problems=problems, form=form, order=order, people=choices, places=PLACES,
        is_short=is_short,
    )  # fmt: skip


def _people(visit: Visit, unit: Unit) -> Select[Member]:
    """SQL: who may be named: the people of the unit and below it, in kana order, without oneself."""
    today = visit.actor.today
    here = select(Membership.member_id).where(
        Membership.unit_id.in_(below([unit.id], today)), valid_on(Membership, today)
    )
    others = select(Member).where(Member.id.in_(here), Member.id != visit.actor.member_id)
    return others.order_by(Member.kana_sort, Member.id)


def _near(visit: Visit, unit: Unit, order: Order) -> ColumnElement[bool]:
    """SQL: those who belong to the unit itself, hold a post in it or directly below, or are named already."""
    today = visit.actor.today
    own = select(Membership.member_id).where(Membership.unit_id == unit.id, valid_on(Membership, today))
    under = select(UnitParent.unit_id).where(UnitParent.parent_id == unit.id, valid_on(UnitParent, today))
    at_posts = or_(Post.unit_id == unit.id, Post.unit_id.in_(under))
    posted = select(Post.member_id).where(at_posts, valid_on(Post, today))
    return or_(Member.id.in_(own), Member.id.in_(posted), Member.id.in_([row.member_id for row, _ in order.rows]))


@screens.act("/deputies/<uuid:unit_id>", step_up=STEP_UP)
def names_deputies(visit: Visit, unit_id: uuid.UUID) -> BaseResponse:
    """From a day on, in this order; where a last day is given, the order of before holds again after it."""
    unit = _mine(visit, unit_id)
    form = {name: visit.form.get(name, "").strip() for name in (*PLACES, "first", "last")}
    try:
        first = typed.day("/first", form["first"])
        last = typed.day("/last", form["last"]) if form["last"] else None
        if last is not None and last < first:
            raise Invalid([FieldProblem("/last", "end-before-start")])
        chosen = [typed.id_of(form[name]) for name in PLACES if form[name]]
        if not chosen:
            raise Invalid([FieldProblem(f"/{PLACES[0]}", "required")])
        _name(visit, unit, chosen, first, last)
    except Invalid as invalid:
        visit.begin_again()
        return _ask(visit, _mine(visit, unit_id), form, 422, _shown(invalid.problems))
    browser.say("console.said.deputies")
    return go("console_deputies.overview")


def _name(visit: Visit, unit: Unit, chosen: list[uuid.UUID], first: dt.date, last: dt.date | None) -> None:
    session, actor = visit.session, visit.actor
    before = [row.member_id for row in deputies.deputies_of(session, actor, unit.id, first)]
    here = {one.id for one in session.scalars(_people(visit, unit).where(Member.id.in_(before)))}
    before = [id_ for id_ in before if id_ in here]
    deputies.set_deputies(session, actor, unit.id, chosen, first, typed.version_of(visit.form))
    if last is not None:
        deputies.set_deputies(session, actor, unit.id, before, last + ONE_DAY)


def _shown(problems: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
    """What is about a person stands at that person's place, what is about the day at the first day."""
    places = {"/on": "/first"} | {f"/member_ids/{nth}": f"/{name}" for nth, name in enumerate(PLACES)}
    return tuple(FieldProblem(places.get(one.pointer, one.pointer), one.code, one.params) for one in problems)


@screens.act("/deputies/<uuid:unit_id>/end", step_up=STEP_UP)
def ends_deputies(visit: Visit, unit_id: uuid.UUID) -> BaseResponse:
    """Nobody named here acts from today on, nor later."""
    version = typed.version_of(visit.form)
    deputies.set_deputies(visit.session, visit.actor, unit_id, [], visit.actor.today, version)
    browser.say("console.said.deputies_ended")
    return go("console_deputies.overview")


# --- Leave ------------------------------------------------------------------------------------------------------------


@screens.act("/deputies/leave")
def takes_leave(visit: Visit) -> BaseResponse:
    """One's own days away: the first deputy decides at once meanwhile."""
    form = {name: visit.form.get(name, "").strip() for name in ("from", "to")}
    try:
        first = typed.day("/from", form["from"])
        last = typed.day("/to", form["to"]) if form["to"] else None
        deputies.record_absence(visit.session, visit.actor, visit.actor.member_id, "leave", first, last)
    except Invalid as invalid:
        visit.begin_again()
        at = {"/valid_from": "/from", "/valid_to": "/to"}
        wrong = tuple(FieldProblem(at.get(one.pointer, one.pointer), one.code, one.params) for one in invalid.problems)
        return _overview(visit, form, 422, wrong)
    browser.say("console.said.leave")
    return go("console_deputies.overview")


@screens.act("/deputies/leave/<uuid:absence_id>/end")
def comes_back(visit: Visit, absence_id: uuid.UUID) -> BaseResponse:
    """Back from today on."""
    deputies.end_absence(visit.session, visit.actor, absence_id, visit.actor.today)
    browser.say("console.said.back")
    return go("console_deputies.overview")
