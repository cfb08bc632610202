"""Changes of the tree: units added, renamed, merged, moved and ended, each from one day on; and a unit's settings.

A rename or merger ends units and begins their successor: people, posts and units below go on there, the ended units
stay under it, so that their reports are found and their waiting steps decided. A report keeps the units of its day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.db import new_id
from brigade.organisation.office import (
    CHANGING,
    ONE_DAY,
    begin,
    begin_as_bureau,
    check_day,
    check_version,
    counts_from,
    end_rows,
    is_officer_over,
    note,
    unit_at,
    unit_on,
)
from brigade.organisation.people import DeputyPlace, Membership, Post
from brigade.organisation.posts import release_vacant_steps
from brigade.organisation.ranks import LEVELS, Level, PostName
from brigade.organisation.succession import carry_over, rows_from, succeed
from brigade.organisation.unit_settings import NAMES
from brigade.organisation.units import Unit, UnitParent, Vehicle, rebuild_tree
from brigade.pay.rules_file import pay_rules
from brigade.problems import FieldProblem, Invalid, Refused
from brigade.texts import check_text

MAX_MERGED = 50
SETTINGS: Mapping[str, Any] = {
    "deputy_after_days": (0, 90),
    "grace_days": (0, 60),
    "incidents_once": None,
    "input_days": (0, 60),
    "keep_capture_time": None,
    "late_after_days": (1, 90),
    "mark_monthly": None,
    "pay_rules": ("", *pay_rules().municipalities()),
    "prior_notice": ("off", "warn", "hard"),
    "repass_after_return": None,
    "second_factor_posts": [post.value for post in PostName if post is not PostName.MEMBER],
    "step_up": ["bulk-approval", "export", "role-change"],
}
"""What each setting may be: a whole number between two, one of several words, any of several (a list), or (None) yes or
no."""

BUREAU_ONLY = {"mark_monthly", "second_factor_posts", "step_up"}
"""What guards the officers' own sign-in is not theirs to switch off, and what goes is the bureau's to say."""

OF_THE_BUREAU = {"mark_monthly"}
"""What is set for a bureau as a whole, and for no unit below it."""


def add_unit(
    session: Session, actor: Actor, *, level: str, code: str, name: str, parent_id: uuid.UUID, on: dt.date,
    id_: uuid.UUID | None = None,
) -> Unit:  # fmt: skip
    """A new unit under another one from that day on."""
    begin_as_bureau(session, actor)
    parent = unit_on(session, actor, parent_id, check_day(on), "/parent_id")
    _check_under(parent, level)
    made = _unit(session, actor, level=level, code=code, name=name, on=on, id_=id_)
    session.add(UnitParent(unit_id=made.id, parent_id=parent.id, valid_from=on))
    note(session, actor, "unit.add", made.id, level=level, code=made.code, name=made.name, parent_id=parent.id, on=on)
    rebuild_tree(session, actor.bureau_id)
    return made


def rename_unit(
    session: Session, actor: Actor, unit_id: uuid.UUID, name: str, on: dt.date, *, id_: uuid.UUID | None = None
) -> Unit:
    """The successor that bears the new name. The bureau itself, to which everything belongs, is renamed as it is."""
    begin_as_bureau(session, actor)
    unit = unit_at(session, actor, unit_id)
    if unit.level == Level.BUREAU:
        before, unit.name = unit.name, _checked("/name", name, 100)
        note(session, actor, "unit.rename", unit.id, before=before, name=unit.name)
        return unit
    [link] = _links_to_end(session, [unit], check_day(on))
    made = _unit(session, actor, level=unit.level, code=unit.code, name=name, on=on, id_=id_, ended=[unit])
    made.settings = dict(unit.settings)
    succeed(session, [unit], made, link.parent_id, on)
    note(session, actor, "unit.rename", made.id, unit_id=unit.id, before=unit.name, name=made.name, on=on)
    release_vacant_steps(session, [unit.id], actor.now)
    return made


def merge_units(
    session: Session, actor: Actor, unit_ids: Sequence[uuid.UUID], code: str, name: str, on: dt.date, *,
    parent_id: uuid.UUID | None = None, id_: uuid.UUID | None = None,
) -> Unit:  # fmt: skip
    """The new unit that takes over several of one level. ``parent_id`` must be said where they stand apart."""
    begin_as_bureau(session, actor)
    if not 2 <= len(set(unit_ids)) == len(unit_ids) <= MAX_MERGED:
        raise Invalid([FieldProblem("/unit_ids", "not-several-units", {"max": MAX_MERGED})])
    units = [unit_on(session, actor, id_, check_day(on), f"/unit_ids/{n}") for n, id_ in enumerate(unit_ids)]
    if len({unit.level for unit in units}) > 1:
        raise Invalid([FieldProblem("/unit_ids", "not-one-level")])
    links = _links_to_end(session, units, on)
    parents = {link.parent_id for link in links}
    if parent_id is None and len(parents) > 1:
        raise Invalid([FieldProblem("/parent_id", "required")])
    parent = unit_on(session, actor, parent_id or parents.pop(), on, "/parent_id")
    _check_under(parent, units[0].level)
    made = _unit(session, actor, level=units[0].level, code=code, name=name, on=on, id_=id_, ended=units)
    made.settings = {
        key: value for key, value in units[0].settings.items() if all(u.settings.get(key) == value for u in units)
    }
    succeed(session, units, made, parent.id, on)
    note(session, actor, "unit.merge", made.id, unit_ids=list(unit_ids), code=made.code, name=made.name, on=on)
    release_vacant_steps(session, unit_ids, actor.now)
    return made


def move_unit(session: Session, actor: Actor, unit_id: uuid.UUID, new_parent_id: uuid.UUID, on: dt.date) -> Unit:
    """The unit, with all below it, stands under another one from that day on."""
    begin_as_bureau(session, actor)
    unit = unit_at(session, actor, unit_id)
    parent = unit_on(session, actor, new_parent_id, check_day(on), "/parent_id")
    [link] = _links_to_end(session, [unit], on, moved=True)
    _check_under(parent, unit.level)
    if link.parent_id != parent.id:
        end_rows(session, [link], on)
        session.add(UnitParent(unit_id=unit.id, parent_id=parent.id, valid_from=on))
        note(session, actor, "unit.move", unit.id, before=link.parent_id, parent_id=parent.id, on=on)
        rebuild_tree(session, actor.bureau_id)
    return unit


def end_unit(session: Session, actor: Actor, unit_id: uuid.UUID, on: dt.date) -> Unit:
    """``on`` is the first day without the unit. Nobody may belong to it and no unit stand under it any more.

    Its posts end with it, its vehicles go to the unit above; its reports stay where they are, and what waits there is
    passed on. Nothing passes a station: one with reports that are not sealed yet does not end, but is taken over.
    """
    begin_as_bureau(session, actor)
    unit = unit_at(session, actor, unit_id)
    if unit.valid_to is not None and unit.valid_to == check_day(on) - ONE_DAY and unit.successor_id is None:
        return unit
    [above] = _links_to_end(session, [unit], on)
    links = rows_from(session, UnitParent, "parent_id", [unit.id], on)
    below = select(Unit.id).where(Unit.id.in_([row.unit_id for row in links]), counts_from(Unit, on))
    if (
        rows_from(session, Membership, "unit_id", [unit.id], on)
        or session.scalar(below.limit(1), execution_options=CHANGING) is not None
    ):
        raise Refused("unit-not-empty")
    if (
        unit.level == Level.STATION
        and session.scalar(_unfinished(unit).limit(1), execution_options=CHANGING) is not None
    ):
        raise Refused("station-has-reports")
    carry_over(session, Vehicle, "unit_id", [unit.id], above.parent_id, on)
    end_rows(session, rows_from(session, Post, "unit_id", [unit.id], on), on)
    end_rows(session, rows_from(session, DeputyPlace, "unit_id", [unit.id], on), on)
    unit.valid_to = on - ONE_DAY
    note(session, actor, "unit.end", unit.id, on=on)
    rebuild_tree(session, actor.bureau_id)
    release_vacant_steps(session, [unit.id], actor.now)
    return unit


def _unfinished(station: Unit) -> Select[uuid.UUID]:
    """SQL: ids of reports that only this station's officers can take, return or seal."""
    states = (State.IN_REVIEW.value, State.RETURNED.value, State.CONFIRMED.value)
    return select(ActivityReport.id).where(ActivityReport.station_id == station.id, ActivityReport.state.in_(states))


def change_settings(
    session: Session, actor: Actor, unit_id: uuid.UUID, changes: Mapping[str, Any], version: int | None = None
) -> Unit:
    """The unit's own settings; None takes one back, so that the unit above decides. By an officer over the unit."""
    begin(session, actor)
    unit = unit_at(session, actor, unit_id)
    if not is_officer_over(session, actor, [unit.id]):
        raise Refused("not-permitted")
    if changes.keys() & BUREAU_ONLY and not actor.holds(PostName.BUREAU_OFFICER):
        raise Refused("not-permitted")
    check_version(session, unit.id, version)
    problems = [problem for name, value in changes.items() if (problem := _setting_problem(name, value))]
    if unit.level != Level.BUREAU:
        problems += [FieldProblem(f"/{name}", "not-set-here") for name in changes.keys() & OF_THE_BUREAU]
    if problems:
        raise Invalid(problems)
    after = {name: value for name, value in {**unit.settings, **changes}.items() if value is not None}
    if after != unit.settings:
        note(session, actor, "unit.settings", unit.id, before=unit.settings, after=after)
        unit.settings = after
        session.flush()
    return unit


def _setting_problem(name: str, value: Any) -> FieldProblem | None:
    if name not in NAMES:
        return FieldProblem(f"/{name[:60]}", "unknown-field")
    rule = SETTINGS[name]
    if value is None:
        return None
    if rule is None:
        return None if isinstance(value, bool) else FieldProblem(f"/{name}", "wrong-type")
    if isinstance(rule, list):
        return _list_problem(name, value, rule)
    if isinstance(rule[0], str):
        return None if value in rule else FieldProblem(f"/{name}", "not-an-option")
    if not isinstance(value, int) or isinstance(value, bool):
        return FieldProblem(f"/{name}", "wrong-type")
    low, high = rule
    return None if low <= value <= high else FieldProblem(f"/{name}", "out-of-range", {"min": low, "max": high})


def _list_problem(name: str, value: Any, options: Sequence[str]) -> FieldProblem | None:
    if not isinstance(value, list):
        return FieldProblem(f"/{name}", "wrong-type")
    wrong = next((place for place, one in enumerate(value) if one not in options), None)
    return None if wrong is None else FieldProblem(f"/{name}/{wrong}", "not-an-option")


def _checked(pointer: str, value: str, max_length: int) -> str:
    clean, problems = check_text(pointer, value, max_length, required=True, multiline=False)
    if problems:
        raise Invalid(problems)
    return clean


def _unit(
    session: Session, actor: Actor, *, level: str, code: str, name: str, on: dt.date, id_: uuid.UUID | None,
    ended: Sequence[Unit] = (),
) -> Unit:  # fmt: skip
    """A new unit whose code nobody else has from that day on."""
    code, name = _checked("/code", code, 32), _checked("/name", name, 100)
    same = select(Unit.id).where(
        Unit.bureau_id == actor.bureau_id,
        Unit.code == code,
        counts_from(Unit, on),
        Unit.id.not_in([unit.id for unit in ended]),
    )
    if session.scalar(same.limit(1), execution_options=CHANGING) is not None:
        raise Invalid([FieldProblem("/code", "code-taken")])
    made = Unit(
        id=id_ or new_id(), bureau_id=actor.bureau_id, level=level, code=code, name=name, valid_from=on, settings={}
    )
    session.add(made)
    session.flush()
    return made


def _check_under(parent: Unit, level: str) -> None:
    if level not in LEVELS[1:] or LEVELS.index(Level(parent.level)) >= LEVELS.index(Level(level)):
        raise Invalid([FieldProblem("/parent_id", "wrong-level")])


def _links_to_end(session: Session, units: Sequence[Unit], on: dt.date, *, moved: bool = False) -> list[UnitParent]:
    """The link of each unit to the one above it on that day, in order. Refused or Invalid where it cannot end then."""
    found = []
    for unit in units:
        if unit.level == Level.BUREAU:
            raise Refused("bureau-stays")
        if unit.valid_to is not None:
            raise Invalid([FieldProblem("/on", "unit-ended", {"unit": unit.name})])
        if on < unit.valid_from or (on == unit.valid_from and not moved):
            raise Invalid([FieldProblem("/on", "too-early", {"unit": unit.name, "first": str(unit.valid_from)})])
        links = rows_from(session, UnitParent, "unit_id", [unit.id], on)
        if any(link.valid_from > on for link in links):
            raise Invalid([FieldProblem("/on", "later-change")])
        found += links
    return found
