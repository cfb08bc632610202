"""How far a month is, unit by unit: what is there, what waits where, who owes something since when. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from brigade.activity.workflow import State
from brigade.month.rows import MonthHeads, MonthRows, SaidRow, UnitRow
from brigade.organisation.ranks import LEVELS


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One unit with all below it. ``waiting`` counts by the level at which reports wait; ``overdue`` squads that have
    said nothing of the month, or not of an event they were called to, after the days of input. Of those that are
    ``owing``, ``silent`` are the ones of which there is nothing, and ``unanswered`` counts the events of which each said nothing.
    """

    unit_id: str
    name: str
    level: str
    depth: int
    expected: int
    reports: int
    waiting: Mapping[str, int]
    returned: int
    confirmed: int
    nil: int
    excused: int
    owing: tuple[str, ...]
    silent: frozenset[str]
    unanswered: Mapping[str, int]
    overdue: bool
    complete: SaidRow | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Squads (ids) by what the month has of them: a word that there was nothing, an excuse, or neither that nor a report
    (``silent``). ``owing`` are the silent ones and those that have not answered for an event.
    """

    nil: frozenset[str]
    excused: frozenset[str]
    silent: frozenset[str]
    owing: frozenset[str]


def standing(
    units: Sequence[UnitRow], reported: Collection[str], said: Sequence[SaidRow], open_events: Mapping[str, int],
    today: dt.date,
) -> Standing:  # fmt: skip
    """How the squads among the units stand; ``reported`` are units at or below which there is a report."""
    parents = _parents(units)
    sayings: dict[tuple[str, str], SaidRow] = {(one.unit_id, one.saying): one for one in said}
    leaves = {unit.id for unit in units} - set(parents.values())
    without = leaves - set(reported)
    nil = {id_ for id_ in without if "nil" in _said_on_line(id_, parents, sayings)}
    excused = {id_ for id_ in without - nil if _excused(_line(id_, parents), sayings, today)}
    silent = without - nil - excused
    owing = {id_ for id_ in leaves if open_events.get(id_) and id_ not in excused} | silent
    return Standing(frozenset(nil), frozenset(excused), frozenset(silent), frozenset(owing))


def progress(
    rows: MonthRows | MonthHeads, open_events: Mapping[str, int], input_ends: dt.date, today: dt.date,
    levels: Collection[str] = LEVELS,
) -> tuple[UnitProgress, ...]:  # fmt: skip
    """Of each unit of the rows at these levels. ``open_events`` counts, for a squad, the planned events that are over and of
    which it has said nothing.
    """
    told = [unit for unit in rows.units if unit.level in levels]
    ids = {unit.id for unit in told}
    parents = _parents(rows.units)
    above = set(parents.values())
    under: dict[str, list[str]] = defaultdict(list)  # the squads of each unit, in the order of the units
    for leaf in (unit.id for unit in rows.units if unit.id not in above):
        for id_ in ids.intersection(_line(leaf, parents)):
            under[id_].append(leaf)
    states, waiting = _counters(), _counters()
    reported: set[str] = set()
    for head in rows.heads:
        if head.state != State.WITHDRAWN:
            reported.update(head.unit_ids)
            for id_ in ids.intersection(head.unit_ids):
                states[id_][head.state] += head.many
                if head.waits_at:
                    waiting[id_][head.waits_at] += head.many
    sayings: dict[tuple[str, str], SaidRow] = {(one.unit_id, one.saying): one for one in rows.said}
    stands = standing(rows.units, reported, rows.said, open_events, today)
    found = []
    for unit in told:
        squads, at = under[unit.id], states[unit.id]
        owes = tuple(id_ for id_ in squads if id_ in stands.owing)
        found.append(
            UnitProgress(
                unit.id, unit.name, unit.level, unit.depth,
                expected=sum(open_events.get(id_, 0) for id_ in squads),
                reports=sum(at.values()),
                waiting=dict(waiting[unit.id]),
                returned=at[State.RETURNED],
                confirmed=at[State.CONFIRMED] + at[State.SEALED],
                nil=len(stands.nil.intersection(squads)),
                excused=len(stands.excused.intersection(squads)),
                owing=owes,
                silent=stands.silent.intersection(squads),
                unanswered={id_: open_events.get(id_, 0) for id_ in owes},
                overdue=bool(owes) and today > input_ends,
                complete=sayings.get((unit.id, "complete")),
            )
        )  # fmt: skip
    return tuple(found)


def _counters() -> dict[str, dict[str, int]]:
    return defaultdict(lambda: defaultdict(int))


def _parents(units: Iterable[UnitRow]) -> dict[str, str]:
    """Each unit's parent among the units, which stand in the order of a walk down the tree."""
    parents: dict[str, str] = {}
    above: list[UnitRow] = []
    for unit in units:
        while above and above[-1].depth >= unit.depth:
            above.pop()
        if above:
            parents[unit.id] = above[-1].id
        above.append(unit)
    return parents


def _line(unit_id: str, parents: Mapping[str, str]) -> list[str]:
    line = [unit_id]
    while line[-1] in parents:
        line.append(parents[line[-1]])
    return line


def _said_on_line(unit_id: str, parents: Mapping[str, str], sayings: Mapping[tuple[str, str], SaidRow]) -> set[str]:
    """What was said for the unit, or for all of one above it."""
    return {saying for id_ in _line(unit_id, parents) for saying in ("nil",) if (id_, saying) in sayings}


def _excused(line: Iterable[str], sayings: Mapping[tuple[str, str], SaidRow], today: dt.date) -> bool:
    excuses = (sayings.get((id_, "excused")) for id_ in line)
    return any(one is not None and one.until is not None and today <= one.until for one in excuses)
