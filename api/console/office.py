"""The office's screens: what the bureau and the stations look after, and the choices that several of them offer."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from werkzeug.wrappers import Response as BaseResponse

from api.console import typed
from api.console.months import own_unit
from api.console.pages import Console, Visit
from api.endpoint import BUREAU, OFFICERS
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.roster_file import parse_day
from brigade.organisation.units import Unit, UnitParent, below, valid_on
from brigade.problems import FieldProblem, Invalid
from brigade.retention.requests import waiting

screens = Console("office")
SCREENS = ("disputes", "rosters", "posts", "settings", "pay", "kinds", "devices", "audit")
BUREAU_SCREENS = ("moves", "units", "requests", "retention")


@screens.page("/office", needs=OFFICERS)
def office(visit: Visit) -> BaseResponse:
    """What there is, with a sentence for each."""
    is_bureau = visit.actor.holds(*BUREAU.posts)
    names = SCREENS + (BUREAU_SCREENS if is_bureau else ())
    return visit.page(
        "office.html", screens=[(name, f"console_office_{name}.{name}") for name in names],
        waiting={"requests": waiting(visit.session, visit.actor) if is_bureau else 0},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit in a list to choose from; ``depth`` below the topmost one of the list."""

    id: uuid.UUID
    name: str
    level: str
    depth: int


def units_to_choose(
    visit: Visit, levels: Collection[Level] = LEVELS, over: Collection[uuid.UUID] | None = None
) -> list[Choice]:
    """The units of these levels that one leads or stands over today, each after the one above it. ``over``: those of other
    units than the ones that one leads.
    """
    led = [unit_id for _, unit_id in visit.actor.reach] if over is None else over
    today = visit.actor.today
    asked = (
        select(Unit.id, Unit.name, Unit.level, UnitParent.parent_id)
        .outerjoin(UnitParent, and_(UnitParent.unit_id == Unit.id, valid_on(UnitParent, today)))
        .where(valid_on(Unit, today), Unit.level.in_([str(level) for level in levels]), Unit.id.in_(below(led, today)))
        .order_by(Unit.code, Unit.id)
    )
    return _in_line(visit.session.execute(asked).all())


def _in_line(units: Sequence[Any]) -> list[Choice]:
    """Depth first; a unit whose parent is not among them stands at the top."""
    known = {unit.id for unit in units}
    under: dict[uuid.UUID | None, list[Any]] = {}
    for unit in units:
        under.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)
    made: list[Choice] = []
    stack = [(unit, 0) for unit in reversed(under.get(None, []))]
    while stack:
        unit, depth = stack.pop()
        made.append(Choice(unit.id, unit.name, unit.level, depth))
        stack += [(child, depth + 1) for child in reversed(under.get(unit.id, []))]
    return made


def unit_asked(visit: Visit) -> uuid.UUID:
    """The unit that the address names, or one's own. NotFound for what cannot be one."""
    value = visit.args.get("unit_id")
    return typed.id_of(value) if value else own_unit(visit)


def said_in(visit: Visit, name: str) -> str:
    """What stands in a form's field. Invalid where it was left empty."""
    said = visit.form.get(name, "").strip()
    if not said:
        raise Invalid([FieldProblem(f"/{name}", "required")])
    return said


def day_in(visit: Visit, name: str) -> dt.date:
    """The day in a form's field, written as in a roster; today where it is left empty. Invalid for what is none."""
    said = visit.form.get(name, "").strip()
    day = parse_day(said) if said else visit.actor.today
    if day is None:
        raise Invalid([FieldProblem(f"/{name}", "bad-date")])
    return day


def first_of(visit: Visit, count: int) -> int:
    """The place of a page's first row; the beginning for what is no place in a list of that length."""
    said = visit.args.get("first", "")
    first = int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0
    return first if first < count else 0
