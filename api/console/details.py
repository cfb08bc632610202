"""A kind's own fields as a person reads them: their labels and values in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.wording import text


def details_in_words(kind: str, values: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """(label, value) of each field of this kind that is filled in, in the kind's order."""
    known = catalogue().get(kind)
    shown = []
    for one in known.fields if known else ():
        value = values.get(one.name)
        if value in (None, "", []):
            continue
        said = _value(one, value, lang)
        shown.append((one.label.of(lang), f"{said} {one.unit.of(lang)}" if one.unit else said))
    return shown


def _value(one: Any, value: Any, lang: str) -> str:
    """One value in words; rows of a list one after the other."""
    if isinstance(value, list):
        return ("、" if lang == "ja" else ", ").join(_value(one, item, lang) for item in value)
    if isinstance(value, dict):
        columns = {column.name: column for column in one.fields}
        return " ".join(_value(columns[name], item, lang) for name, item in value.items() if name in columns)
    if isinstance(value, bool):
        return text(f"console.detail.{'yes' if value else 'no'}", lang)
    words: dict[Any, str] = {option.value: option.label.of(lang) for option in one.options}
    return words.get(value, str(value))
