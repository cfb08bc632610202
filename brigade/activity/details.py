"""Whether the details of a report are what its kind allows: every place that is wrong, at once. Pure.

Accepted values are JSON values in one spelling each: text stripped, instants in UTC (``2026-11-08T00:00:00Z``), ids in
small letters, options and rows in the order sent. What is empty (null, ``""``, ``[]``) counts as not given. Checking
accepted values again accepts them unchanged.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from brigade.activity.kind_types import MAX_ROWS, ActivityKind, KindField
from brigade.dates import tokyo_day
from brigade.problems import FieldProblem
from brigade.texts import check_date, check_id, check_instant, check_text, pointer_part, same

INSTANT_SLACK = dt.timedelta(hours=12)
MAX_UNKNOWN = 20
"""So many unknown fields are named; more would only blow up the answer."""
INCOMPLETE = ("required", "witnesses-or-reason")
"""Codes of problems that a draft may still have."""

Problems = list[FieldProblem]


@dataclass(frozen=True, slots=True)
class Checked:
    """``values`` holds what could be read, by name; nothing may be stored while there are ``errors``."""

    values: dict[str, Any]
    errors: tuple[FieldProblem, ...]
    warnings: tuple[FieldProblem, ...]


def check_details(
    kind: ActivityKind,
    details: Any,
    started_at: dt.datetime | None,
    ended_at: dt.datetime | None,
    *,
    complete: bool = True,
) -> Checked:
    """Check what was sent as ``details`` of a report from ``started_at`` to ``ended_at`` (aware).

    Where the report's own times are wrong or missing hand in None: the rules that need them are left out. With
    ``complete=False`` (a draft) what is only missing is no error.
    """
    errors: Problems = []
    if not isinstance(details, Mapping):
        return Checked({}, (FieldProblem("/details", "wrong-type"),), ())
    values = _check_row(kind.fields, details, "/details", errors)
    _check_instants(kind, values, started_at, ended_at, errors)
    _check_orders(kind, values, errors)
    failed = {problem.pointer.split("/")[2] for problem in errors}
    for need in kind.needs:
        if need.field not in failed and not values.get(need.unless) and len(values.get(need.field, ())) < need.rows:
            errors.append(FieldProblem(f"/details/{need.field}", need.code, {"rows": need.rows}))
    if not complete:
        errors = [problem for problem in errors if problem.code not in INCOMPLETE]
    return Checked(values, tuple(errors), tuple(_warnings(kind, values, started_at)))


def _check_row(fields: tuple[KindField, ...], row: Mapping[Any, Any], place: str, errors: Problems) -> dict[str, Any]:
    """The good values of one object, in the order of the kind's fields."""
    values: dict[str, Any] = {}
    known = {field.name for field in fields}
    for key in [key for key in row if key not in known][:MAX_UNKNOWN]:
        errors.append(FieldProblem(f"{place}/{pointer_part(key)}", "unknown-field"))
    for field in fields:
        pointer = f"{place}/{field.name}"
        before = len(errors)
        value = _check_value(field, row.get(field.name), pointer, errors)
        if value is not None:
            values[field.name] = value
        elif field.required and len(errors) == before:
            errors.append(FieldProblem(pointer, "required"))
    return values


class _Wrong(Exception):
    """One value is not what its field asks for."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def _check_value(field: KindField, value: Any, pointer: str, errors: Problems) -> Any:
    """The value in its one spelling; None when nothing was given or it is wrong."""
    if value is None or value == "":
        return None
    try:
        match field.type:
            case "text":
                clean, problems = check_text(pointer, value, field.max_length or 0, multiline=field.multiline)
                errors.extend(problems)
                return clean or None
            case "integer" | "decimal":
                return _number(field, value)
            case "boolean":
                if not isinstance(value, bool):
                    raise _Wrong("wrong-type")
                return value
            case "choice":
                return _option(field, value)
            case "choices":
                return _choices(field, value, pointer, errors)
            case "items":
                return _rows(field, value, pointer, errors)
            case "instant":
                at, problem = check_instant(pointer, value)
                found = instant_text(at) if at else None
            case "date":
                day, problem = check_date(pointer, value)
                found = day.isoformat() if day else None
            case _:
                id_, problem = check_id(pointer, value)
                found = str(id_) if id_ else None
        if problem:
            errors.append(problem)
        return found
    except _Wrong as wrong:
        errors.append(FieldProblem(pointer, wrong.code, wrong.params))
        return None


def _number(field: KindField, value: Any) -> int | float:
    """Whole numbers as int, whichever way they were written; at most ``digits`` decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong("wrong-type")
    if isinstance(value, float) and not math.isfinite(value):
        raise _Wrong("wrong-type")
    if field.min is None or field.max is None or not field.min <= value <= field.max:
        raise _Wrong("out-of-range", min=field.min, max=field.max)
    if value == int(value):
        return int(value)
    if field.type == "integer":
        raise _Wrong("wrong-type")
    if round(value, field.digits) != value:
        raise _Wrong("too-precise", digits=field.digits)
    return value


def _option(field: KindField, value: Any) -> str | int:
    for option in field.options:
        if same(option.value, value):
            return option.value
    known_types = {type(option.value) for option in field.options}
    raise _Wrong("not-an-option" if type(value) in known_types else "wrong-type")


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Wrong("wrong-type")
    if len(value) > MAX_ROWS:
        raise _Wrong("too-many-items", max=MAX_ROWS)
    return value


def _choices(field: KindField, value: Any, pointer: str, errors: Problems) -> list[str | int] | None:
    """The options chosen, each once."""
    found: list[str | int] = []
    for index, entry in enumerate(_listed(value)):
        try:
            option = _option(field, entry)
        except _Wrong as wrong:
            errors.append(FieldProblem(f"{pointer}/{index}", wrong.code, wrong.params))
            continue
        if option not in found:
            found.append(option)
    return found or None


def _rows(field: KindField, value: Any, pointer: str, errors: Problems) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = []
    for index, entry in enumerate(_listed(value)):
        place = f"{pointer}/{index}"
        if isinstance(entry, Mapping):
            found.append(_check_row(field.fields, entry, place, errors))
        else:
            errors.append(FieldProblem(place, "wrong-type"))
            found.append({})  # the rows after it keep their place
    return found or None


def _check_instants(
    kind: ActivityKind,
    values: dict[str, Any],
    started_at: dt.datetime | None,
    ended_at: dt.datetime | None,
    errors: Problems,
) -> None:
    """Every instant lies in the report's times or at most 12 hours outside."""
    for field in kind.fields:
        if field.type == "instant" and field.name in values:
            at = dt.datetime.fromisoformat(values[field.name])
            early = started_at is not None and started_at - at > INSTANT_SLACK
            late = ended_at is not None and at - ended_at > INSTANT_SLACK
            if early or late:
                hours = int(INSTANT_SLACK.total_seconds()) // 3600
                errors.append(FieldProblem(f"/details/{field.name}", "outside-report", {"hours": hours}))


def _check_orders(kind: ActivityKind, values: dict[str, Any], errors: Problems) -> None:
    for order in kind.orders:
        given = [name for name in order.fields if name in values]
        for before, after in pairwise(given):
            if values[after] < values[before]:  # numbers; instants and dates in one spelling sort as text
                errors.append(FieldProblem(f"/details/{after}", order.code))


def _warnings(kind: ActivityKind, values: dict[str, Any], started_at: dt.datetime | None) -> Problems:
    found: Problems = []
    for rule in kind.warnings:
        pointer, value = f"/details/{rule.field}", values.get(rule.field)
        if rule.column is not None:
            rows = [(f"{pointer}/{i}/{rule.column}", row.get(rule.column)) for i, row in enumerate(value or ())]
        else:
            rows = [(pointer, part) for part in (value if isinstance(value, list) else [value])]
        found += [FieldProblem(place, rule.code) for place, part in rows if part in rule.values]
    today = tokyo_day(started_at).isoformat() if started_at is not None else ""
    found += [
        FieldProblem(f"/details/{field.name}", "expired")
        for field in kind.fields
        if field.expiry and values.get(field.name, today) < today
    ]
    return found


def instant_text(at: dt.datetime) -> str:
    """``2026-11-08T00:00:00Z``: the one spelling in which details keep an instant."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
