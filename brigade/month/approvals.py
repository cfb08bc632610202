"""Who stands for a month in place of seals: the approvals that hold, who declared it complete, who sealed it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brigade.activity.workflow import Action
from brigade.month.rows import MonthRows, ReportRow
from brigade.month.sheet import Approval, EditionMark, Statement, TrailLine
from brigade.organisation.ranks import LEVELS, Level

UNCHANGED = "unchanged"
COMPLETE = "complete"
"""``closing.Saying``, whose module knows the database."""


def approvals(rows: MonthRows, counted: Sequence[ReportRow], edition: EditionMark | None) -> tuple[Approval, ...]:
    """Each person at each level once, from the bottom up; then who declared a unit complete, then who sealed."""
    found: dict[tuple[str | None, ...], Approval] = {}
    labels = {unit.id: unit.label for unit in rows.units}
    for report in counted:
        line_of_units = [labels[unit_id] for unit_id in report.unit_ids if unit_id in labels]
        for line in standing(report.trail):
            # A step of the trail names 第一班 only, of which there are many; the report knows whose.
            unit = next(
                (label for label in line_of_units if f" {label}".endswith(f" {line.unit_name}")), line.unit_name
            )
            key = (line.level, unit, line.post, line.name, line.deputy_for)
            one = found.get(key)
            found[key] = Approval(
                "approve", line.level, unit, line.post, line.name, line.deputy_for,
                one.reports + 1 if one else 1,
                min(one.first_at, line.at) if one else line.at,
                max(one.last_at, line.at) if one else line.at,
            )  # fmt: skip
    places = {unit.label: place for place, unit in enumerate(rows.units)}
    in_order = sorted(found.values(), key=lambda one: (_rank(one.level), places.get(one.unit_name, -1), one.first_at))
    return (*in_order, *_complete(rows), *_sealed(edition))


def standing(trail: Iterable[TrailLine]) -> list[TrailLine]:
    """The approvals that hold: what was undone, or approved before a return or a correction, does not, unless the level
    was passed over later because nothing had changed.
    """
    held: dict[tuple[str, str], TrailLine] = {}
    former: dict[tuple[str, str], TrailLine] = {}
    for line in trail:
        place = (line.level, line.unit_name)
        if line.action == Action.APPROVE:
            held.pop(place, None)
            held[place] = line
        elif line.action in (Action.UNDO, Action.STEP_BACK) and held:
            last, void = held.popitem()
            former[last] = void
        elif line.action in (Action.RETURN, Action.WITHDRAW, Action.CORRECT):
            former |= held
            held = {}
        elif line.action == Action.PASS and line.reason == UNCHANGED and place in former:
            held[place] = former[place]
    return list(held.values())


def statements(rows: MonthRows) -> tuple[Statement, ...]:
    """Who need not report, and who said so, in the order of the units."""
    labels = {unit.id: (place, unit.label) for place, unit in enumerate(rows.units)}
    found = [said for said in rows.said if said.saying != COMPLETE and said.unit_id in labels]
    found.sort(key=lambda said: (labels[said.unit_id][0], said.at))
    return tuple(
        Statement(labels[said.unit_id][1], said.saying, said.post, said.by, said.at, said.reason, said.until)
        for said in found
    )


def _complete(rows: MonthRows) -> Iterable[Approval]:
    units = {unit.id: unit for unit in rows.units}
    for said in sorted(rows.said, key=lambda said: said.at):
        unit = units.get(said.unit_id)
        if said.saying == COMPLETE and unit is not None:
            yield Approval("complete", unit.level, unit.label, said.post, said.by, None, 0, said.at, said.at)


def _sealed(edition: EditionMark | None) -> Iterable[Approval]:
    if edition is not None:
        at = edition.sealed_at
        yield Approval("seal", Level.STATION.value, edition.unit_name, edition.post, edition.sealed_by, None, 0, at, at)


def _rank(level: str) -> int:
    """From the squad up; what has no level last."""
    return len(LEVELS) - LEVELS.index(Level(level)) if level in LEVELS else len(LEVELS) + 1
