"""Reading ``rules/kinds.yaml`` strictly: a slip in the data stops the start and names its place. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

from brigade.activity.kind_types import (
    FIELD_TYPES,
    ActivityKind,
    Catalogue,
    KindField,
    Meter,
    NeedRule,
    Option,
    OrderRule,
    WarningRule,
)
from brigade.strict_yaml import Node, read

_CODE = re.compile(r"[A-Z]-[0-9]{2}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PROBLEM = re.compile(r"[a-z]+(-[a-z]+)*")


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue that the file describes. ValueError, naming the place, when it is not sound."""
    top = read(path)
    classes = Node(top.take("classes", dict), "classes")
    known = {which: classes.words(which) for which in ("pay", "statistics", "tax")}
    classes.done()
    defaults = top.take("defaults", dict)
    roles = top.rows("roles", _option, _value)
    order_by = top.rows("order_by", _option, _value)
    kinds = top.rows("kinds", lambda node: _kind(node, defaults, known), lambda kind: kind.code)
    top.done()
    if not (kinds and roles and order_by):
        top.fail("kinds, roles and order_by must not be empty")
    return Catalogue(MappingProxyType({kind.code: kind for kind in kinds}), roles, order_by, MappingProxyType(known))


def _kind(node: Node, defaults: dict[str, Any], known: dict[str, tuple[str, ...]]) -> ActivityKind:
    node.left = {**defaults, **node.left}
    presence = ("required", "optional", "none")
    fields = node.rows("fields", _field, lambda field: field.name)
    by_name = {field.name: field for field in fields}
    kind = ActivityKind(
        code=node.matching("code", _CODE),
        label=node.label("label"),
        help=node.label("help"),
        pay_class=node.word("pay_class", known["pay"]),
        statistics_class=node.word("statistics_class", known["statistics"]),
        tax_class=node.word("tax_class", known["tax"]),
        participants=node.word("participants", presence),
        vehicles=node.word("vehicles", presence),
        place=node.word("place", ("expected", "optional")),
        times=node.word("times", ("past", "future")),
        confidential=node.take("confidential", bool),
        prior_notice=node.word("prior_notice", ("hard", "warn", "off")),
        function_limited_allowed=node.take("function_limited_allowed", bool),
        max_hours=node.take("max_hours", int),
        warn_hours=node.take("warn_hours", int),
        warn_minutes=node.take("warn_minutes", int),
        fields=fields,
        orders=node.rows("orders", lambda row: _order(row, by_name), lambda rule: rule.fields),
        warnings=node.rows("warnings", lambda row: _warning(row, by_name), lambda rule: rule),
        needs=node.rows("needs", lambda row: _need(row, by_name), lambda rule: rule.field),
        meter=_meter(node, by_name),
    )
    if not 0 < kind.warn_hours <= kind.max_hours:
        node.fail("hours must be 0 < warn_hours <= max_hours")
    if not 0 <= kind.warn_minutes < kind.warn_hours * 60:
        node.fail("minutes must be 0 <= warn_minutes < those of warn_hours")
    return kind


def _field(node: Node) -> KindField:
    field = KindField(
        name=node.matching("name", _NAME),
        type=node.word("type", FIELD_TYPES),
        label=node.label("label"),
        unit=node.label("unit") if "unit" in node.left else None,
        required=node.take("required", bool, False),
        min=node.number("min"),
        max=node.number("max"),
        digits=node.take("digits", int, None),
        max_length=node.take("max_length", int, None),
        multiline=node.take("multiline", bool, False),
        options=node.rows("options", _option, _value),
        fields=node.rows("fields", _field, lambda column: column.name),
        expiry=node.take("expiry", bool, False),
    )
    numeric = field.type in ("integer", "decimal")
    sound = (
        (numeric == (field.min is not None), "'min' belongs to numbers, and they need it"),
        (numeric == (field.max is not None), "'max' belongs to numbers, and they need it"),
        (not numeric or (field.min or 0) < (field.max or 0), "'min' must be below 'max'"),
        ((field.type == "decimal") == (field.digits is not None), "'digits' belongs to decimals, and they need it"),
        (field.digits is None or 1 <= field.digits <= 6, "'digits' must be 1 to 6"),
        ((field.type == "text") == (field.max_length is not None), "'max_length' belongs to text, and it needs it"),
        (field.max_length is None or field.max_length > 0, "'max_length' must be above 0"),
        (not field.multiline or field.type == "text", "'multiline' belongs to text"),
        (field.type in ("choice", "choices") or not field.options, "'options' belong to choices"),
        (field.type not in ("choice", "choices") or bool(field.options), "'options' must not be empty"),
        ((field.type == "items") == bool(field.fields), "'fields' belong to items, and they need them"),
        (all(column.type != "items" for column in field.fields), "items inside items"),
        (not field.expiry or field.type == "date", "'expiry' belongs to dates"),
    )
    for holds, what in sound:
        if not holds:
            node.fail(what)
    return field


def _option(node: Node) -> Option:
    value = node.left.pop("value", None)
    if type(value) not in (str, int) or value == "":
        node.fail(f"'value' must be a text or a whole number, not {value!r}")
    return Option(value, node.label("label"))


def _value(option: Option) -> str | int:
    return option.value


def _order(node: Node, by_name: dict[str, KindField]) -> OrderRule:
    rule = OrderRule(node.words("fields", tuple(by_name)), node.matching("code", _PROBLEM))
    types = {by_name[name].type for name in rule.fields}
    if len(rule.fields) < 2 or not any(types <= group for group in ({"instant"}, {"date"}, {"integer", "decimal"})):
        node.fail("an order needs two or more fields that can be compared")
    return rule


def _warning(node: Node, by_name: dict[str, KindField]) -> WarningRule:
    name, _, column = node.take("field", str).partition(".")
    values = node.take("values", list)
    fields = {field.name: field for field in by_name[name].fields} if column and name in by_name else by_name
    target = fields.get(column or name)
    if target is None or target.type not in ("choice", "choices"):
        return node.fail(f"no choice of the name {column or name!r}")  # type: ignore[no-any-return]
    if not values or any(value not in [option.value for option in target.options] for value in values):
        node.fail(f"'values' must be among the options of {column or name!r}")
    return WarningRule(name, column or None, tuple(values), node.matching("code", _PROBLEM))


def _need(node: Node, by_name: dict[str, KindField]) -> NeedRule:
    rule = NeedRule(
        node.take("field", str), node.take("rows", int), node.take("unless", str), node.matching("code", _PROBLEM)
    )
    kinds = [by_name[name].type if name in by_name else None for name in (rule.field, rule.unless)]
    return rule if kinds == ["items", "text"] else node.fail("needs an items field, unless a text field")


def _meter(node: Node, by_name: dict[str, KindField]) -> Meter | None:
    if "meter" not in node.left:
        return None
    row = node.node("meter")
    meter = Meter(row.take("start", str), row.take("end", str), row.take("slack", int))
    row.done()
    types = {by_name[name].type if name in by_name else None for name in (meter.start, meter.end)}
    return meter if types <= {"integer", "decimal"} else node.fail("a meter needs two numbers")
