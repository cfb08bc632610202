"""How the details of an activity kind are asked for beside a sheet, and what a form says of them.

A person is said by member number, as on paper; ids of files and notices no sheet can give, and no kind needs them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from api.console.scan_fields import NO, YES, Option, as_clock, as_typed_day, typed_day
from brigade.activity.kind_types import ActivityKind, KindField
from brigade.dates import TOKYO, to_tokyo
from brigade.problems import FieldProblem
from brigade.texts import check_date, check_instant
from brigade.wording import text

WAYS = {
    "choice": "radios",
    "boolean": "radios",
    "choices": "boxes",
    "text": "line",
    "integer": "line",
    "decimal": "line",
    "date": "line",
    "instant": "instant",
    "uuid": "line",
    "items": "rows",
}
"""How a detail of each type is asked for."""

PEOPLE = ("injured_member_id", "safety_officer_id")
"""Details that name a member."""

FEWEST_ROWS, MOST_ROWS = 3, 20
"""Rows of a list: there is always an empty one to go on with, up to the most."""

Who = Callable[[str], uuid.UUID | None]
"""The member of a number, None where the asker sees none."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to type or pick: ``way`` is ``line`` or ``select``."""

    name: str
    label: str
    way: str
    value: str = ""
    options: Sequence[Option] = ()
    mode: str = ""
    listed: bool = False
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing to be said of an activity: ``key`` is ``1.kind`` or ``1.details.drill_type``; ``at`` is day and clock,
    ``rows`` are the lines of a list.
    """

    key: str
    label: str
    way: str
    problem: FieldProblem
    value: str = ""
    at: tuple[str, str] = ("", "")
    options: Sequence[Option] = ()
    rows: Sequence[Sequence[Line]] = ()
    mode: str = ""
    hint: str = ""
    listed: bool = False


def detail_of(kind: ActivityKind | None, name: str) -> KindField | None:
    """The detail of that name, if it is one that a person can give here."""
    return next((one for one in kind.fields if one.name == name and _can_be_asked(one)), None) if kind else None


def _can_be_asked(one: KindField) -> bool:
    return one.type != "uuid" or one.name in PEOPLE


def instead_of(kind: ActivityKind | None, name: str, code: str) -> KindField | None:
    """The detail that may be given where too few rows of the list are there."""
    unless = next((one.unless for one in kind.needs if (one.field, one.code) == (name, code)), "") if kind else ""
    return detail_of(kind, unless)


def lack_of(
    key: str, label: str, one: KindField, problem: FieldProblem, now: Any, lang: str, sent: MultiDict[str, str], *,
    on: dt.date | None = None,
) -> Lack:  # fmt: skip
    """The detail as it is asked for: what was sent and not taken stands there again, else what it is ``now``. ``on`` is the
    day of the activity, most likely that of an instant too; a clock that nobody has said is never put there.
    """
    name, way = f"said.{key}", WAYS[one.type]
    if way == "rows":
        return Lack(key, label, way, problem, rows=_rows(name, one, now, lang, sent))
    if way == "instant":
        return Lack(key, label, way, problem, at=clocked(name, now, sent, on))
    picked = sent.getlist(name)
    value = picked[0] if picked else _as_line(one, now)
    return Lack(
        key, label, way, problem, value, options=_options(one, picked, lang), listed=one.type == "uuid",
        hint={"date": "console.scan.hint.era_date", "uuid": "console.scan.hint.member"}.get(one.type, ""),
        mode="numeric" if one.type in ("integer", "date") else "",
    )  # fmt: skip


def clocked(name: str, now: Any, sent: MultiDict[str, str], on: dt.date | None = None) -> tuple[str, str]:
    """Day and clock as they are shown: as they were sent, else those of the instant or of its text, else that day."""
    at = dt.datetime.fromisoformat(now) if isinstance(now, str) and check_instant("", now)[0] else now
    local = to_tokyo(at) if isinstance(at, dt.datetime) else None
    day, clock = (local.date(), f"{local:%H:%M}") if local else (on, "")
    return sent.get(f"{name}.day", as_typed_day(f"{day:%Y-%m-%d}") if day else ""), sent.get(f"{name}.time", clock)


def _as_line(one: KindField, now: Any) -> str:
    if now is None or one.type == "uuid" or one.options:
        return ""
    return as_typed_day(str(now)) if one.type == "date" else str(now)


def _options(one: KindField, picked: Sequence[str], lang: str) -> list[Option]:
    if one.type == "boolean":
        return [Option(each, text(f"console.scan.{each}", lang), each in picked) for each in (YES, NO)]
    return [Option(str(each.value), each.label.of(lang), str(each.value) in picked) for each in one.options]


def _rows(name: str, one: KindField, now: Any, lang: str, sent: MultiDict[str, str]) -> list[list[Line]]:
    before = [row for row in now if isinstance(row, Mapping)] if isinstance(now, list) else []
    count = min(max(FEWEST_ROWS, len(before) + 1), MOST_ROWS)
    return [
        [_cell(f"{name}.{at}", column, before[at] if at < len(before) else {}, lang, sent) for column in _columns(one)]
        for at in range(count)
    ]


def _columns(one: KindField) -> list[KindField]:
    return [column for column in one.fields if _can_be_asked(column)]


def _cell(row: str, one: KindField, now: Mapping[str, Any], lang: str, sent: MultiDict[str, str]) -> Line:
    name = f"{row}.{one.name}"
    value = sent.get(name, str(now.get(one.name, "")))
    if not one.options:
        return Line(name, one.label.of(lang), "line", value)
    options = [Option("", text("console.scan.pick", lang), not value), *_options(one, [value], lang)]
    return Line(name, one.label.of(lang), "select", value, options)


# --- What was said ----------------------------------------------------------------------------------------------------


def said_of(form: MultiDict[str, str], key: str, one: KindField, who: Who) -> Any:
    """The value that the form gives the detail; None, "" or [] for nothing. What cannot be one stays as it was typed, and
    is refused where it is taken, in the words of its kind.
    """
    name = f"said.{key}"
    if one.type == "items":
        found = [_row(form, f"{name}.{at}", one) for at in range(MOST_ROWS)]
        return [row for row in found if row]
    if one.type == "instant":
        return instant(form, name)
    sent = form.getlist(name)
    if one.type == "choices":
        return [each.value for each in one.options if str(each.value) in sent]
    return _value(one, sent[0].strip() if sent else "", who)


def instant(form: MultiDict[str, str], name: str) -> str | None:
    """The instant of a day and a clock, None where one of them is not there or cannot be."""
    on, _ = check_date("", typed_day("era_date", form.get(f"{name}.day", "")))
    clock = as_clock(form.get(f"{name}.time", ""))
    if on is None or clock is None:
        return None
    hours, minutes = map(int, clock.split(":"))
    return (dt.datetime.combine(on, dt.time(), TOKYO) + dt.timedelta(hours=hours, minutes=minutes)).isoformat()


def _row(form: MultiDict[str, str], name: str, one: KindField) -> dict[str, Any]:
    said = {
        column.name: _value(column, form.get(f"{name}.{column.name}", "").strip(), None) for column in _columns(one)
    }
    return {column: value for column, value in said.items() if value not in (None, "")}


def _value(one: KindField, line: str, who: Who | None) -> Any:
    if one.type == "choice":
        return next((each.value for each in one.options if str(each.value) == line), None)
    if one.type == "boolean":
        return {YES: True, NO: False}.get(line)
    if one.type == "uuid":
        member = who(line) if who and line else None
        return str(member) if member else None
    if one.type == "date":
        return typed_day("era_date", line) if line else None
    if one.type not in ("integer", "decimal"):
        return line
    try:
        return int(line) if one.type == "integer" else float(line)
    except ValueError:
        return line
