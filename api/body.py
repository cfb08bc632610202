"""Reading what was sent: JSON that is really JSON, and schema fields whose complaints are our codes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, TypeVar

from flask import request
from marshmallow import RAISE, Schema, fields, pre_load, validate
from marshmallow.exceptions import ValidationError

from api.problems import field_problems
from brigade.access.passwords import PASSWORD_MAX
from brigade.dates import day_start
from brigade.problems import FieldProblem, Invalid, Problem
from brigade.texts import check_date, check_instant, check_text

MAX_BODY = 2 * 1024 * 1024
"""Bytes of a JSON body: a report with 500 people is below 150 kB."""

DEEPEST = 32
"""Lists and objects inside one another; a report has five. What Python's own limit lets through here may be too deep
for what comes after."""

MOST_UNKNOWN = 100
"""Unknown fields that are named one by one; more of them are not read."""

Found = TypeVar("Found")

CODES = {
    "required": "required",
    "null": "required",
    "invalid": "wrong-type",
    "type": "wrong-type",
    "invalid_utf8": "bad-characters",
    "invalid_uuid": "bad-id",
    "invalid_awareness": "naive-time",
    "format": "bad-time",
    "too_large": "wrong-type",
    "special": "wrong-type",
    "input": "wrong-type",
    "validator_failed": "wrong-type",
}


def read_json() -> Any:
    """The body as JSON. 415 for another type, 400 for what is not JSON, 413 for what is too large."""
    if not request.is_json:
        raise Problem("wrong-media-type")
    raw = request.get_data(cache=False)
    if len(raw) > MAX_BODY:
        raise Problem("too-large", max_mb=MAX_BODY // 1024 // 1024)
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise Problem("unreadable-body") from None
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _is_too_deep(found):
        raise Problem("unreadable-body")
    return found


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        # Nothing is called for each value, of which there may be hundreds of thousands.
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict and outer else outer)
            if type(inner) in (dict, list)
        ]
    return bool(level)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def read_form(form: Schema, most: int, besides: Collection[str] = ()) -> tuple[bytes, str, dict[str, Any]]:
    """A form's ``file`` (its first bytes, one more than ``most`` at best), the file's name, and the other fields, but
    for those that are another's business.

    415 for another type, Invalid for fields.
    """
    if request.mimetype != "multipart/form-data":
        raise Problem("wrong-media-type")
    sent = request.files.get("file")
    values = {**request.form.to_dict(), **({"file": sent} if sent is not None else {})}
    try:
        loaded: dict[str, Any] = form.load(
            {name: value for name, value in values.items() if value != "" and name not in besides}
        )
    except ValidationError as error:
        raise Invalid(list(field_problems(error.messages))) from None
    if sent is None:
        raise Invalid([FieldProblem("/file", "required")])
    sent.stream.seek(0)  # a request that is tried again reads it again
    data = sent.stream.read(most + 1)
    if not data and not sent.filename:  # what a browser sends where no file was chosen
        raise Invalid([FieldProblem("/file", "required")])
    return data, (sent.filename or "").replace("\\", "/").rsplit("/", 1)[-1], loaded


class Strict(Schema):
    """Unknown fields are refused; every complaint is a code."""

    unknown: Any  # several answers have a field of this name, which marshmallow takes off the class

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown-field", "type": "wrong-type"}

    @pre_load
    def not_too_many(self, data: Any, **_: Any) -> Any:
        """Refuse what is too long before its items are looked at, be it a list or names nobody asked for."""
        if isinstance(data, dict) and len(data) > len(self.load_fields) + MOST_UNKNOWN:
            raise ValidationError([f"too-many-items max={len(self.load_fields)}"])
        for name, longest in self._longest.items() if isinstance(data, dict) else ():
            value = data.get(name)
            if isinstance(value, list | dict) and len(value) > longest:
                raise ValidationError({name: [f"too-many-items max={longest}"]})
        return data

    @cached_property
    def _longest(self) -> dict[str, int]:
        """How many items what is sent under a name may have, in the order of the fields."""
        found = {}
        for name, field in self.load_fields.items():
            limits = [rule.max for rule in field.validators if isinstance(rule, validate.Length) and rule.max]
            if limits:
                found[field.data_key or name] = min(limits)
        return found

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Give the field, and what it contains, our codes."""
        _with_codes(field_obj)


def _with_codes(field: Any) -> None:
    field.error_messages = {**field.error_messages, **CODES, **getattr(field, "codes", {})}
    for inner in (getattr(field, "inner", None), getattr(field, "value_field", None)):
        if inner is not None:
            _with_codes(inner)


def _refuse_first(problems: Sequence[FieldProblem]) -> None:
    """The domain's complaint as marshmallow's: a code with its parameters."""
    for problem in problems:
        raise ValidationError(" ".join([problem.code, *(f"{name}={value}" for name, value in problem.params.items())]))


def _found(found: Found | None, problem: FieldProblem | None) -> Found:
    """What a check of the domain found, where it does not complain."""
    if problem is not None:
        _refuse_first([problem])
    assert found is not None  # a check without a complaint has found something
    return found


class Text(fields.String):
    """A string by the domain's rule for texts (``brigade/texts.py``); ``min`` 1 asks for one, ``lines`` allows breaks."""

    def __init__(self, *, max: int, min: int = 0, lines: bool = False, **said: Any) -> None:
        super().__init__(**said)
        self.lines, self.min, self.max = lines, min, max
        self.metadata = {"maxLength": max, **({"minLength": min} if min else {}), **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        clean, problems = check_text("", text, self.max, required=self.min > 0, multiline=self.lines)
        _refuse_first(problems)
        return clean


class Secret(fields.String):
    """A password: taken as it is, only its length is looked at."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.metadata = {"maxLength": PASSWORD_MAX, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        if len(text) > PASSWORD_MAX:
            raise ValidationError(f"too-long max={PASSWORD_MAX}")
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise ValidationError("bad-characters")
        return text


class Instant(fields.Field[dt.datetime]):
    """RFC 3339 with an offset, by the domain's rule for instants."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> dt.datetime:
        return _found(*check_instant("", value))


class Day(fields.Date):
    """``2026-11-08``, by the domain's rule for days."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> dt.date:
        return _found(*check_date("", value))


class Since(Instant):
    """Where a stretch of time begins: an instant, or a day, of which it is the beginning in Tokyo."""

    at_end = False

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> dt.datetime:
        day, _ = check_date("", value)
        if day is None:
            return super()._deserialize(value, attr, data, **rest)
        return day_start(day + dt.timedelta(days=self.at_end)).astimezone(dt.UTC)


class Until(Since):
    """Where it ends: an instant that is not a part of it, or a day that is."""

    at_end = True


class Number(fields.Integer):
    """A whole number, never a boolean or a text."""

    def __init__(self, **said: Any) -> None:
        super().__init__(strict=True, **said)

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool | str):
            raise ValidationError("wrong-type")
        return super()._validated(value)


class Real(fields.Float):
    """A finite number."""

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool | str):
            raise ValidationError("wrong-type")
        return super()._validated(value)


class Truth(fields.Boolean):
    """``true`` or ``false`` and nothing that looks like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("wrong-type")
        return value


def between(low: float, high: float) -> validate.Range:
    """Both ends allowed."""
    return validate.Range(low, high, error=f"out-of-range min={low} max={high}")


def at_most(count: int) -> validate.Length:
    """A list of no more than ``count`` items."""
    return validate.Length(max=count, error=f"too-many-items max={count}")


def one_of(values: Any) -> validate.OneOf:
    """One of these values."""
    return validate.OneOf(list(values), error="not-an-option")
