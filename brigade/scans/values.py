"""What a person may say that a field of a form says: the same shapes as what is read there. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.forms.template import Field
from brigade.problems import FieldProblem
from brigade.texts import check_date, check_text

MAX_TEXT = 500
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DAY = re.compile(r"0[1-9]|[12][0-9]|3[01]")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_NUMBER = re.compile(r"[0-9A-Za-z-]{1,20}")
_DIGITS = re.compile(r"[0-9]{1,7}")


def fault(field: Field, value: Any, pointer: str) -> FieldProblem | None:
    """What is wrong with a value of this field; None for a sound one. None is a value: nothing is written."""
    if field.type == "text" and field.maps_to != "kind" and isinstance(value, str):
        _, problems = check_text(pointer, value, MAX_TEXT, multiline=True)
        return next(iter(problems), None)
    code = _code(field, value)
    return FieldProblem(pointer, code) if code else None


def _code(field: Field, value: Any) -> str | None:
    if field.type == "tick":
        return None if isinstance(value, bool) else "wrong-type"
    if field.type == "choice" and field.kind == "several":
        listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not listed:
            return "wrong-type"
        return None if set(value) <= _options(field) and len(set(value)) == len(value) else "not-an-option"
    if value is None:
        return None
    if not isinstance(value, str):
        return "wrong-type"
    return SOUND[field.type](field, value)


def is_nothing(value: Any) -> bool:
    """Whether the value says that nothing is written there."""
    return value in (None, False, "", [])


def _options(field: Field) -> set[str]:
    return {option.value for option in field.options}


def _choice(field: Field, value: str) -> str | None:
    return None if value in _options(field) else "not-an-option"


def _digits(field: Field, value: str) -> str | None:
    shape = _NUMBER if field.kind == "member_number" else _DIGITS
    return None if shape.fullmatch(value) else "bad-digits"


def _date(field: Field, value: str) -> str | None:
    shapes = {"month_day": _MONTH_DAY, "day": _DAY}
    if field.kind in shapes:
        return None if shapes[field.kind].fullmatch(value) else "bad-time"
    day = value if field.kind == "era_date" else f"{value}-01"
    return "bad-time" if check_date("", day)[1] else None


def _time(field: Field, value: str) -> str | None:
    return None if _TIME.fullmatch(value) else "bad-time"


def _kind(field: Field, value: str) -> str | None:
    return None if catalogue().get(value) else "not-an-option"


SOUND: dict[str, Callable[[Field, str], str | None]] = {
    "choice": _choice,
    "digits": _digits,
    "date": _date,
    "time": _time,
    "text": _kind,
}
