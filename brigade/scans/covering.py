"""What a report may show of a sheet of several activities: its own, and of the people its own. Pure.

Whoever may read a report sees its pictures. A sheet of a month says when others were where, so each of its reports has a
picture of its own on which all else is covered. A sheet of one activity is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from brigade.forms.template import Cell, Field
from brigade.scans.composing import PageValues, attended

OF_ALL = ("participants.times", "summary")
"""What is written once for all activities of a sheet: how often somebody was there, and remarks on whomever."""

AROUND_COVER, AROUND_KEPT = 2.0, 0.8
"""Millimetres: people write beyond their boxes, so more is covered than the box; what is kept lies over the covers."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Boxes in millimetres: ``covered`` first, then ``kept`` put back over them. Neither: the page as it is."""

    covered: tuple[Cell, ...] = ()
    kept: tuple[Cell, ...] = ()


def shown(page: PageValues, activity: int) -> Shown:
    """What the report of that activity may show of the page."""
    if page.template.reports == 1:
        return Shown()
    there = {row for row in range(1, page.template.people + 1) if attended(page, row, activity) is not None}
    kept = [one for one in page.template.fields if _concerns(one, activity, there)]
    groups: dict[tuple[str, object], list[Field]] = {}
    for one in page.template.fields:
        if not _concerns(one, activity, there):
            groups.setdefault(_group(one, there), []).append(one)
    return Shown(
        tuple(_around(_cells(group), AROUND_COVER) for group in groups.values()),
        tuple(_around([cell], AROUND_KEPT) for cell in _cells(kept)),
    )


def _concerns(field: Field, activity: int, there: set[int]) -> bool:
    if field.maps_to in OF_ALL:
        return False
    return field.report in (None, activity) and (field.person is None or field.person in there)


def _group(field: Field, there: set[int]) -> tuple[str, object]:
    """What is covered as one piece, with all that stands between: a person's line, an activity's line or column."""
    if field.person is not None and field.person not in there:
        return "person", field.person
    if field.report is not None and field.maps_to not in OF_ALL:
        return field.id.partition(".")[0], field.report
    return "field", field.id


def _cells(fields: Iterable[Field]) -> Iterator[Cell]:
    for one in fields:
        yield from one.cells


def _around(cells: Iterable[Cell], margin: float) -> Cell:
    boxes = list(cells)
    left, top = min(box.x for box in boxes) - margin, min(box.y for box in boxes) - margin
    right, bottom = max(box.x + box.w for box in boxes) + margin, max(box.y + box.h for box in boxes) + margin
    return Cell(left, top, right - left, bottom - top)
