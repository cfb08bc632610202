"""Units that are added, renamed, moved, put together and ended by the bureau, each from a day on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.office import day_in, said_in, unit_asked, units_to_choose
from api.console.pages import Console, Visit, go
from api.endpoint import BUREAU
from brigade.organisation import tree
from brigade.organisation.office import directly_above, directly_below, unit_at
from brigade.organisation.ranks import LEVELS, Level
from brigade.problems import FieldProblem, Invalid, NotFound

screens = Console("office_units")
CHANGES = ("rename", "add", "move", "merge", "end")
BELOW = ("add", "merge")
"""What is changed below the unit, so that one stays at it."""

CODE_MAX, NAME_MAX = 32, 100


@screens.page("/office/units", needs=BUREAU)
def units(visit: Visit) -> BaseResponse:
    """A unit, what is directly below it, and what can be done with it."""
    unit = unit_at(visit.session, visit.actor, unit_asked(visit))
    below, today = directly_below(visit.session, visit.actor, unit), visit.actor.today
    able = {
        "rename": True, "add": unit.level != Level.SQUAD, "merge": len(below) > 1,
        "move": unit.level != Level.BUREAU, "end": unit.level != Level.BUREAU,
    }  # fmt: skip
    return visit.page(
        "units.html", units=units_to_choose(visit), unit=unit, below=below, today=today,
        changes=[what for what in CHANGES if able[what]],
    )  # fmt: skip


@screens.page("/office/units/<uuid:unit_id>/<what>", needs=BUREAU)
def asks(visit: Visit, unit_id: uuid.UUID, what: str) -> BaseResponse:
    """What the change needs to know."""
    return _ask(visit, unit_id, what)


def _ask(
    visit: Visit, unit_id: uuid.UUID, what: str, status: int = 200, problems: Sequence[FieldProblem] = ()
) -> BaseResponse:
    if what not in CHANGES:
        raise NotFound()
    unit = unit_at(visit.session, visit.actor, unit_id)
    return visit.page(
        "unit-change.html", status, problems=problems, unit=unit, what=what, form=visit.form,
        below=directly_below(visit.session, visit.actor, unit) if what == "merge" else (), ticked=visit.form.getlist("below"),
        levels=LEVELS[LEVELS.index(Level(unit.level)) + 1 :], units=units_to_choose(visit) if what == "move" else (),
        code_max=CODE_MAX, name_max=NAME_MAX,
    )  # fmt: skip


@screens.act("/office/units/<uuid:unit_id>/<what>", needs=BUREAU)
def changes(visit: Visit, unit_id: uuid.UUID, what: str) -> BaseResponse:
    """It holds from the day on; reports keep the unit of their day."""
    if what not in CHANGES:
        raise NotFound()
    unit = unit_at(visit.session, visit.actor, unit_id)
    above = directly_above(visit.session, visit.actor, unit) or unit.id
    try:
        name = _carried_out(visit, unit_id, what)
    except Invalid as invalid:
        visit.begin_again()
        return _ask(visit, unit_id, what, 422, _beside(invalid.problems))
    browser.say(f"console.said.unit_{what}", name=name)
    return go("console_office_units.units", unit_id=unit_id if what in BELOW else above)


def _carried_out(visit: Visit, unit_id: uuid.UUID, what: str) -> str:
    """The name of the unit that the change made or touched."""
    form, on = visit.form, day_in(visit, "on")
    code, name = form.get("code", ""), form.get("name", "")
    if what == "add":
        level = form.get("level", "")
        return tree.add_unit(
            visit.session, visit.actor, level=level, code=code, name=name, parent_id=unit_id, on=on
        ).name  # fmt: skip
    if what == "rename":
        return tree.rename_unit(visit.session, visit.actor, unit_id, name, on).name
    if what == "merge":
        ids = [typed.id_of(one) for one in form.getlist("below")]
        return tree.merge_units(visit.session, visit.actor, ids, code, name, on, parent_id=unit_id).name
    if what == "move":
        return tree.move_unit(visit.session, visit.actor, unit_id, typed.id_of(said_in(visit, "parent_id")), on).name
    return tree.end_unit(visit.session, visit.actor, unit_id, on).name


def _beside(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Where the page has the field: the units that are put together stand in one list."""
    return [
        FieldProblem("/below", one.code, one.params) if one.pointer.startswith("/unit_ids") else one for one in problems
    ]
