"""Activity kinds as data: what ``rules/kinds.yaml`` says, and how the API describes it. Pure: no database, no HTTP.

A kind carries three classes, because they cut differently: pay (municipal ordinances), statistics (the categories of
the FDMA annual survey) and tax (National Tax Agency circular 28-9). Adding a kind is a change of the yaml only.
The yaml is read in ``kinds_file.py``; what a report of a kind may say is checked in ``details.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from brigade import wording
from brigade.activity.details import Checked, check_details
from brigade.activity.kind_types import MAX_ROWS, ActivityKind, Catalogue, KindField, Label, Option
from brigade.activity.kinds_file import read_catalogue
from brigade.organisation.ranks import MemberType
from brigade.texts import check_text

__all__ = [
    "ActivityKind",
    "Catalogue",
    "Checked",
    "KindField",
    "Label",
    "Option",
    "catalogue",
    "check_details",
    "check_text",
    "describe",
    "kind_label",
    "load_kinds",
    "may_take_part",
]

KINDS_FILE = Path(__file__).parents[1] / "rules" / "kinds.yaml"


def load_kinds(path: Path = KINDS_FILE) -> Catalogue:
    """The catalogue from a yaml file. ValueError, naming the place, for anything the file must not say."""
    return read_catalogue(path)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The product's own catalogue, read once."""
    return load_kinds()


def kind_label(code: str, lang: str) -> str:
    """The kind's label, or its code where the kind is gone."""
    kind = catalogue().get(code)
    return kind.label.of(lang) if kind else code


def may_take_part(member_type: str, allowed_kinds: Sequence[str] | None, kind: ActivityKind) -> bool:
    """Whether a member of that type may do this kind: function-limited ones only what they agreed to."""
    if member_type != MemberType.FUNCTION_LIMITED.value:
        return True
    return kind.function_limited_allowed if allowed_kinds is None else kind.code in allowed_kinds


def describe_option(option: Option, lang: str) -> dict[str, Any]:
    """``{"value", "label", "labels": {"ja", "en"}}``."""
    return {"value": option.value, **_labels(option.label, lang)}


def describe_field(field: KindField, lang: str) -> dict[str, Any]:
    """One field, ready for JSON; only limits that its type has are there."""
    described: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        **_labels(field.label, lang),
    }
    if field.unit is not None:
        described["unit"] = field.unit.of(lang)
        described["units"] = field.unit.both()
    for limit in ("min", "max", "digits", "max_length"):
        value = getattr(field, limit)
        if value is not None:
            described[limit] = value
    if field.type == "decimal" and field.digits is not None:
        described["step"] = round(10**-field.digits, field.digits)
    if field.type == "text":
        described["multiline"] = field.multiline
    if field.options:
        described["options"] = [describe_option(option, lang) for option in field.options]
    if field.type == "items":
        described["max_items"] = MAX_ROWS
        described["fields"] = [describe_field(column, lang) for column in field.fields]
    return described


def describe(kind: ActivityKind, lang: str) -> dict[str, Any]:
    """The kind as ``GET /activity-kinds`` answers it: labels in ``lang``, and under ``…s`` in both languages."""
    return {
        "code": kind.code,
        **_labels(kind.label, lang),
        "help": kind.help.of(lang),
        "helps": kind.help.both(),
        "pay_class": kind.pay_class,
        "statistics_class": kind.statistics_class,
        "tax_class": kind.tax_class,
        "class_labels": {
            which: wording.text(f"class.{which}.{getattr(kind, f'{which}_class')}", lang)
            for which in ("pay", "statistics", "tax")
        },
        "participants": kind.participants,
        "vehicles": kind.vehicles,
        "place": kind.place,
        "times": kind.times,
        "confidential": kind.confidential,
        "prior_notice": kind.prior_notice,
        "function_limited_allowed": kind.function_limited_allowed,
        "max_hours": kind.max_hours,
        "warn_hours": kind.warn_hours,
        "warn_minutes": kind.warn_minutes,
        "orders": [list(order.fields) for order in kind.orders],
        "meter": {"start": kind.meter.start, "end": kind.meter.end} if kind.meter else None,
        "fields": [describe_field(field, lang) for field in kind.fields],
    }


def _labels(label: Label, lang: str) -> dict[str, Any]:
    return {"label": label.of(lang), "labels": label.both()}
