"""Who goes to another unit, is away, leaves the service or comes back: the member is found by name or number."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.office import day_in, said_in, units_to_choose
from api.console.office_devices import searched, with_units
from api.console.pages import Console, Visit, go
from api.endpoint import BUREAU
from brigade.organisation import deputies
from brigade.organisation import posts as domain
from brigade.organisation.deputies import ABSENCES
from brigade.organisation.member_types import former_rows, types_in_order
from brigade.organisation.office import counts_from, member_at
from brigade.organisation.people import Absence
from brigade.problems import FieldProblem, Invalid

screens = Console("office_moves")
STEP_UP = "role-change"
REASON_MAX = 300


@screens.page("/office/moves", needs=BUREAU)
def moves(visit: Visit) -> BaseResponse:
    """Who it is."""
    return visit.page("moves.html", **searched(visit))


@screens.page("/office/moves/<uuid:member_id>", needs=BUREAU, step_up=STEP_UP)
def member(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """Where they belong, and what can be done."""
    return _page(visit, member_id)


def _page(visit: Visit, member_id: uuid.UUID, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    [(found, unit)], today = with_units(visit, (member_at(visit.session, visit.actor, member_id),)), visit.actor.today
    away = select(Absence).where(Absence.member_id == member_id, counts_from(Absence, today))
    return visit.page(
        "moves-member.html", status, problems=problems, member=found, unit=unit, units=units_to_choose(visit),
        form=visit.form, today=today, absences=ABSENCES, most=REASON_MAX,
        away=visit.session.scalars(away.order_by(Absence.valid_from, Absence.id)).all(),
        types=types_in_order(found, former_rows(visit.session, [member_id])[member_id]),
    )  # fmt: skip


def _done(visit: Visit, member_id: uuid.UUID, work: Callable[[], object], said: str) -> BaseResponse:
    """The member's page after the work, or with what was wrong with the form."""
    try:
        work()
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, member_id, 422, invalid.problems)
    browser.say(said)
    return go("console_office_moves.member", member_id=member_id)


@screens.act("/office/moves/<uuid:member_id>/transfer", needs=BUREAU, step_up=STEP_UP)
def transfers(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """The unit is theirs from that day on; posts in units left behind end."""

    def work() -> None:
        unit_id = typed.id_of(said_in(visit, "unit_id"))
        domain.transfer_member(visit.session, visit.actor, member_id, unit_id, day_in(visit, "on"))

    return _done(visit, member_id, work, "console.said.transferred")


@screens.act("/office/moves/<uuid:member_id>/leave", needs=BUREAU, step_up=STEP_UP)
def leaves(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """From that day on they are not a member and cannot sign in; what they did stays."""

    def work() -> None:
        said_in(visit, "left_on")
        try:
            domain.leave_service(visit.session, visit.actor, member_id, day_in(visit, "left_on"))
        except Invalid as invalid:  # the page has two fields for a first day
            raise Invalid([FieldProblem("/left_on", one.code, one.params) for one in invalid.problems]) from None

    return _done(visit, member_id, work, "console.said.left")


@screens.act("/office/moves/<uuid:member_id>/away", needs=BUREAU, step_up=STEP_UP)
def is_away(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """On leave, or suspended: who is suspended cannot sign in and takes no part."""
    form = visit.form

    def work() -> None:
        last = day_in(visit, "valid_to") if form.get("valid_to", "").strip() else None
        deputies.record_absence(
            visit.session, visit.actor, member_id, form.get("absence", ""), day_in(visit, "valid_from"), last,
            form.get("reason", "").strip()[:REASON_MAX],
        )  # fmt: skip

    return _done(visit, member_id, work, "console.said.away")


@screens.act("/office/moves/<uuid:member_id>/away/<uuid:absence_id>/end", needs=BUREAU, step_up=STEP_UP)
def is_back(visit: Visit, member_id: uuid.UUID, absence_id: uuid.UUID) -> BaseResponse:
    """Back from today on; one that has not begun never was."""
    deputies.end_absence(visit.session, visit.actor, absence_id, visit.actor.today)
    browser.say("console.said.back_again")
    return go("console_office_moves.member", member_id=member_id)
