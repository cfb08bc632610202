"""Reading one file of ``rules/forms`` strictly: a slip in the data names its place. Whether it can be drawn and read is
``soundness.py``'s question. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brigade.forms.sheet_code import FORM
from brigade.forms.soundness import faults
from brigade.forms.template import (
    CELL_COUNTS,
    Block,
    Cell,
    Choice,
    Field,
    Marker,
    Repeat,
    Rule,
    Template,
    Text,
    Value,
)
from brigade.strict_yaml import Node, read

_CODE = re.compile(FORM)
_ID = re.compile(r"[a-z][a-z0-9_]{0,29}")
VARIABLES = ("unit_id", "month", "event_id")
REPEATED = ("person", "report", "none")
ONCE = Repeat(1, 0, "none")


def read_template(path: Path) -> Template:
    """The form that the file describes. ValueError, naming the place, when it is not sound."""
    top = read(path)
    width, height = _numbers(top, "page", 2)
    template = Template(
        code=top.matching("code", _CODE),
        version=top.take("version", int),
        own=top.take("own", bool),
        label=top.label("label"),
        purpose=top.label("purpose"),
        variables=top.words("variables", VARIABLES),
        width=width,
        height=height,
        markers=top.rows("markers", _marker, lambda marker: marker.id),
        code_at=_cell(top, "code_at") if "code_at" in top.left else None,
        texts=top.rows("texts", _text, lambda text: text),
        rules=_rules(top),
        frames=tuple(Cell(*row) for row in _lists(top, "frames", 4)),
        single=top.rows("fields", _field, lambda field: field.id),
        blocks=top.rows("blocks", _block, lambda block: block.id),
    )
    top.done()
    if path.stem != template.code and path.stem != f"{template.code}.{template.version}":
        top.fail(f"the file of {template.code!r} must bear its name")
    for fault in faults(template):
        top.fail(fault)
    return template


def _numbers(node: Node, key: str, count: int) -> tuple[float, ...]:
    values = node.take(key, list)
    return _as_numbers(node, key, values, count)


def _as_numbers(node: Node, key: str, values: Any, count: int) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != count or any(type(one) not in (int, float) for one in values):
        node.fail(f"{key!r} must be {count} numbers, not {values!r}")
    return tuple(float(one) for one in values)


def _lists(node: Node, key: str, count: int) -> list[tuple[float, ...]]:
    return [_as_numbers(node, key, row, count) for row in node.take(key, list, [])]


def _cell(node: Node, key: str) -> Cell:
    return Cell(*_numbers(node, key, 4))


def _marker(node: Node) -> Marker:
    return Marker(node.take("id", int), _cell(node, "cell"))


def _rules(node: Node) -> tuple[Rule, ...]:
    return tuple(Rule(*row) for row in _lists(node, "rules", 5))


def _text(node: Node) -> Text:
    x, y = _numbers(node, "at", 2)
    width = node.number("width")
    return Text(
        x, y, node.take("words", str), float(node.number("size") or 12), node.take("bold", bool, False),
        node.word("align", ("left", "center", "right"), "left"), None if width is None else float(width),
    )  # fmt: skip


def _field(node: Node) -> Field:
    node_type = node.word("type", tuple(CELL_COUNTS))
    kind = node.word("kind", tuple(CELL_COUNTS[node_type]))
    field = Field(
        id=node.matching("id", _ID),
        type=node_type,
        kind=kind,
        maps_to=node.take("maps_to", str),
        cells=_cells(node),
        label=node.label("label"),
        drawn=node.word("drawn", ("box", "line", "none"), "box"),
        options=tuple(node.rows("options", _option, lambda option: option.value)),
        means=_means(node),
    )
    counts = CELL_COUNTS[node_type][kind]
    if counts and len(field.cells) not in counts:
        node.fail(f"{kind} has {len(field.cells)} cells; it may have {' or '.join(map(str, counts))}")
    if (node_type == "choice") != bool(field.options) or (field.options and len(field.options) != len(field.cells)):
        node.fail("'options' belong to a choice, one for each cell")
    if field.means is not True and node_type != "tick":
        node.fail("'means' belongs to a tick")
    return field


def _cells(node: Node) -> tuple[Cell, ...]:
    """Boxes one by one, or ``{first: [x, y, w, h], steps: [0, 8, …]}``: one box again at these distances."""
    if isinstance(node.left.get("cells"), list):
        cells: Sequence[Cell] = [Cell(*row) for row in _lists(node, "cells", 4)]
    else:
        inner = node.node("cells")
        first, steps = _cell(inner, "first"), inner.take("steps", list)
        cells = [first.moved(step, 0) for step in _as_numbers(inner, "steps", steps, len(steps))]
        inner.done()
    return tuple(cells) if cells else node.fail("'cells' must not be empty")


def _option(node: Node) -> Choice:
    return Choice(node.take("value", str), node.take("label", str, ""))


def _means(node: Node) -> Value:
    value: Value = node.left.pop("means", True)
    if type(value) not in (bool, str):
        node.fail(f"'means' must be true, false or a text, not {value!r}")
    return value


def _block(node: Node) -> Block:
    block = Block(
        id=node.matching("id", _ID),
        rows=_repeat(node, "rows"),
        columns=_repeat(node, "columns") if "columns" in node.left else ONCE,
        fields=node.rows("fields", _field, lambda field: field.id),
        texts=node.rows("texts", _text, lambda text: text),
        rules=_rules(node),
    )
    if block.rows.of == block.columns.of != "none":
        node.fail("rows and columns must not both stand for the same")
    return block


def _repeat(node: Node, key: str) -> Repeat:
    inner = node.node(key)
    count, step = inner.take("count", int), inner.number("step")
    repeat = Repeat(count, float(step or 0), inner.word("of", REPEATED, "none"), inner.take("from", int, 1))
    inner.done()
    if not 1 <= count <= 200 or repeat.first < 1 or (count > 1 and repeat.step <= 0):
        inner.fail("needs a count of 1 to 200 and a step above 0")
    return repeat
