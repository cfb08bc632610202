"""Units that stand in a sheet only because their reports do: they left the unit of the sheet within the month. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from brigade.month.rows import Head, ReportRow, UnitRow


def missing(units: Sequence[UnitRow], reports: Sequence[ReportRow | Head]) -> Iterator[tuple[str, str]]:
    """Each unit (id) below the sheet's own that a report names and that is not listed, once, and the one above it there."""
    top, listed = units[0].id, {unit.id for unit in units}
    for report in reports:
        line = report.unit_ids[report.unit_ids.index(top) :]
        for above, id_ in pairwise(line):
            if id_ not in listed:
                listed.add(id_)
                yield id_, above


def with_departed(
    units: Sequence[UnitRow], reports: Sequence[ReportRow | Head], known: Mapping[str, UnitRow]
) -> tuple[UnitRow, ...]:
    """The units with those that are ``missing``, as ``known``, each after all else below the one above it: so the sums of
    the units of a level are the sum of the whole.
    """
    found = list(units)
    for id_, above in missing(units, reports):
        place = next(place for place, unit in enumerate(found) if unit.id == above)
        depth = found[place].depth + 1
        end = next((n for n in range(place + 1, len(found)) if found[n].depth < depth), len(found))
        found.insert(end, replace(known[id_], depth=depth))
    return tuple(found)
