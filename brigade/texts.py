"""Single values as they are sent: text, instants, days, ids. Each check gives the value and what is wrong. Pure."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from brigade.problems import FieldProblem

# Control characters (C0, C1, DEL), separators that end a line elsewhere, directional overrides that make a text show
# otherwise than it reads (Unicode TR 36), lone surrogates, and the two non-characters that XML forbids.
_BAD = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufffe\\uffff]"
)
_LINE_ENDS = re.compile(r"\r\n?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
YEARS = (1900, 2199)
"""First and last year that an instant or a day may lie in."""


def check_text(
    pointer: str, value: Any, max_length: int, *, required: bool = False, multiline: bool = True, min_length: int = 0
) -> tuple[str, tuple[FieldProblem, ...]]:
    """The text without blanks around it, and what is wrong with it. None counts as the empty text.

    Lengths are characters. Line breaks are allowed in ``multiline`` texts only and become line feeds; a tab becomes a
    blank. Codes: wrong-type, required, bad-characters, too-long, too-short.
    """
    if value is not None and not isinstance(value, str):
        return "", (FieldProblem(pointer, "wrong-type"),)
    clean = _LINE_ENDS.sub("\n", value or "").replace("\t", " ").strip()
    if not clean:
        return "", (FieldProblem(pointer, "required"),) if required else ()
    problems: list[FieldProblem] = []
    if _BAD.search(clean.replace("\n", "") if multiline else clean):
        problems.append(FieldProblem(pointer, "bad-characters"))
    if len(clean) > max_length:
        problems.append(FieldProblem(pointer, "too-long", {"max": max_length}))
    if len(clean) < min_length:
        problems.append(FieldProblem(pointer, "too-short", {"min": min_length}))
    return clean, tuple(problems)


def check_instant(pointer: str, value: Any) -> tuple[dt.datetime | None, FieldProblem | None]:
    """An RFC 3339 instant with its offset, in UTC and whole seconds. Codes: wrong-type, naive-time, bad-time."""
    if not isinstance(value, str):
        return None, FieldProblem(pointer, "wrong-type")
    match = _INSTANT.fullmatch(value.strip())
    try:
        at = dt.datetime.fromisoformat(match[0].upper()) if match else None
        if match and at and at.tzinfo is None:
            return None, FieldProblem(pointer, "naive-time")
        at = at.astimezone(dt.UTC).replace(microsecond=0) if at else None
    except (ValueError, OverflowError):
        at = None
    if at is None or not YEARS[0] <= at.year <= YEARS[1]:
        return None, FieldProblem(pointer, "bad-time")
    return at, None


def check_date(pointer: str, value: Any) -> tuple[dt.date | None, FieldProblem | None]:
    """A day, ``2026-11-08``. Codes: wrong-type, bad-date."""
    if not isinstance(value, str):
        return None, FieldProblem(pointer, "wrong-type")
    try:
        day = dt.date.fromisoformat(value.strip()) if _DAY.fullmatch(value.strip()) else None
    except ValueError:
        day = None
    if day is None or not YEARS[0] <= day.year <= YEARS[1]:
        return None, FieldProblem(pointer, "bad-date")
    return day, None


def check_id(pointer: str, value: Any) -> tuple[uuid.UUID | None, FieldProblem | None]:
    """A UUID in its usual spelling with hyphens. Codes: wrong-type, bad-id."""
    if not isinstance(value, str):
        return None, FieldProblem(pointer, "wrong-type")
    if not _ID.fullmatch(value.strip()):
        return None, FieldProblem(pointer, "bad-id")
    return uuid.UUID(value.strip()), None


def pointer_part(key: Any) -> str:
    """A key as one part of a JSON pointer (RFC 6901): escaped, cut to 60 characters, always encodable."""
    shown = str(key)[:60].encode("utf-8", "replace").decode("utf-8")
    return shown.replace("~", "~0").replace("/", "~1")


def same(a: object, b: object) -> bool:
    """Equal and of one type: True is not 1, 1.0 is not 1."""
    return type(a) is type(b) and a == b
