"""Whether a form can be drawn, written on and read: what stands on the page, apart, and leads somewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from brigade.activity.kinds import catalogue
from brigade.forms.targets import is_of_person, is_target
from brigade.forms.template import Cell, Field, Template

DICTIONARY = 50
"""Marks there are: numbers 0 to 49."""

QUIET = 2.0
"""White that a mark needs around it, in millimetres."""

LEAST_BOX, LEAST_SIZE = 7.0, 12.0
"""Of our own forms: the smallest box to write in (millimetres) and type to read (points)."""

SHEET_WORDS = frozenset({
    "unit", "month", "event", "plan", "place", "form", "version", "unit_code", "period", "page", "pages",
    "continued",
})  # fmt: skip
ROW_WORDS = frozenset({"row", "column", "number", "name", "kana", "rank"})


def faults(template: Template) -> Iterator[str]:
    """Everything that is wrong, in words for who writes the file."""
    yield from _page_faults(template)
    yield from _word_faults(template)
    ids = [field.id for field in template.fields]
    yield from (f"fields: {id_!r} stands there twice" for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}))
    for field in template.fields:
        yield from _field_faults(template, field)
    yield from _overlaps(template)


def _page_faults(template: Template) -> Iterator[str]:
    if not 1 <= template.version <= 999:
        yield "'version' must be 1 to 999"
    if not (100 <= template.width <= 420 and 100 <= template.height <= 420):
        yield "'page' must be 100 to 420 millimetres each way"
    if not template.fields:
        yield "a form needs fields"
    if bool(template.markers) != (template.code_at is not None):
        yield "'markers' and 'code_at' belong together"
    if template.markers and len(template.markers) < 4:
        yield "'markers' must be none, or four and more"
    for marker in template.markers:
        if not 0 <= marker.id < DICTIONARY:
            yield f"markers[{marker.id}]: there are marks 0 to {DICTIONARY - 1}"
        if marker.cell.w != marker.cell.h or not template.page.holds(marker.cell):
            yield f"markers[{marker.id}]: must be a square on the page"


def _word_faults(template: Template) -> Iterator[str]:
    in_blocks = [(text, SHEET_WORDS | ROW_WORDS) for block in template.blocks for text in block.texts]
    for text, known in [*((text, SHEET_WORDS) for text in template.texts), *in_blocks]:
        place = f"texts[{text.words[:20]}]"
        try:
            unknown = {name for _, name, _, _ in Formatter().parse(text.words) if name is not None} - known
        except ValueError:
            yield f"{place}: a brace is open"
            continue
        if unknown:
            yield f"{place}: nothing is called {sorted(unknown)[0]!r}"
        if not template.page.holds(Cell(text.x, text.y, 0, 0)):
            yield f"{place}: begins beside the page"
        if template.own and text.size < LEAST_SIZE:
            yield f"{place}: {text.size:g} points are too small to read"


def _field_faults(template: Template, field: Field) -> Iterator[str]:
    place = f"fields[{field.id}]"
    if not is_target(field.maps_to):
        yield f"{place}: no report has {field.maps_to!r}"
    elif is_of_person(field.maps_to) != (field.person is not None):
        yield f"{place}: {field.maps_to!r} belongs to {'the' if is_of_person(field.maps_to) else 'no'} row of a person"
    if field.maps_to == "kind":
        unknown = [option.value for option in field.options if catalogue().get(option.value) is None]
        if unknown:
            yield f"{place}: no activity is of the kind {unknown[0]!r}"
    for cell in field.cells:
        if min(cell.w, cell.h) <= 0 or not template.page.holds(cell):
            yield f"{place}: a box of {cell.w:g} × {cell.h:g} at {cell.x:g}, {cell.y:g} is not on the page"
        elif not template.inside.holds(cell):
            yield f"{place}: the box at {cell.x:g}, {cell.y:g} is outside the marks"
        if template.own and min(cell.w, cell.h) < LEAST_BOX:
            yield f"{place}: the box at {cell.x:g}, {cell.y:g} is smaller than {LEAST_BOX:g} millimetres"


def _overlaps(template: Template) -> Iterator[str]:
    taken = [(f"fields[{field.id}]", cell) for field in template.fields for cell in field.cells]
    for marker in template.markers:
        square = marker.cell
        white = Cell(square.x - QUIET, square.y - QUIET, square.w + 2 * QUIET, square.h + 2 * QUIET)
        taken.append((f"the mark {marker.id}", white))
    if template.code_at is not None:
        taken.append(("the code", template.code_at))
    taken.sort(key=lambda one: one[1].y)
    for place, (name, cell) in enumerate(taken):
        for other, its in taken[place + 1 :]:
            if its.y >= cell.y + cell.h:
                break
            if cell.meets(its) and not (name.startswith("the ") and other.startswith("the ")):
                yield f"{name} and {other} overlap at {its.x:g}, {its.y:g}"
