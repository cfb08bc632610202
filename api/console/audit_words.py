"""What an entry of the audit says, in words: a name for an id, a day for a date, words for every stored code."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

from api.console import shown
from api.console.office_settings import value_words
from api.present import Names
from brigade.organisation.unit_settings import NAMES
from brigade.texts import check_date, check_id
from brigade.wording import has, text

LONGEST = 120
"""Letters of one value; a longer one is cut."""

CODES = {
    "post": {"post": "post"},
    "unit": {"level": "level"},
    "absence": {"absence": "absence"},
    "invitation": {"purpose": "audit.purpose"},
    "roster-import": {"field": "audit.data"},
    "event": {"changed": "audit.event"},
    "raise-dispute": {"kind": "dispute.kind"},
    "settle-dispute": {"outcome": "dispute.state"},
    "data-request": {"kind": "request.kind"},
    "hold": {"kind": "audit.hold"},
    "keeping": {"record": "retention.record"},
    "retention": {"counts": "retention.record"},
}
"""What is done → the facts whose values (or their names) are codes, and where the words of these codes stand."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")


def done(action: str, lang: str) -> str:
    """What was done."""
    return text(f"audit.action.{action}", lang) if has(f"audit.action.{action}") else action


def facts(action: str, data: dict[str, Any], names: Names, lang: str) -> list[tuple[str, str]]:
    """Each fact of an entry: what it is, and what it says."""
    return [(_label(key, lang), Facts(action, names, lang).said(key, value)) for key, value in data.items()]


def ids_in(value: Any) -> Iterator[uuid.UUID]:
    """The ids that a value names."""
    for one in value if isinstance(value, list) else [value]:
        found, problem = check_id("", one)
        if found is not None and problem is None:
            yield found


def name_of(names: Names, id_: uuid.UUID) -> str:
    """What the member or unit is called; empty for anything else."""
    found = names.member(id_) or names.unit(id_)
    return found["name"] if found else ""


class Facts:
    """The values of one entry as a person reads them."""

    def __init__(self, action: str, names: Names, lang: str) -> None:
        self.codes = CODES.get(action) or CODES.get(action.partition(".")[0], {})
        self.of_settings, self.names, self.lang = action == "unit.settings", names, lang
        self.nothing = "retention.for_ever" if action == "keeping.set" else "audit.nothing"

    def said(self, key: str, value: Any) -> str:
        """A value under its name."""
        if isinstance(value, dict):
            parts = [self._pair(key, name, one) for name, one in value.items()]
            return text("audit.and", self.lang).join(parts) or text("audit.nothing", self.lang)
        if isinstance(value, list):
            said = [self.said(key, one) for one in value]
            return text("audit.and", self.lang).join(said) or text("audit.nothing", self.lang)
        if isinstance(value, bool):
            return text("audit.yes" if value else "audit.no", self.lang)
        if value is None or value == "":
            return text(self.nothing, self.lang)
        return self._plain(key, str(value))

    def _pair(self, key: str, name: str, value: Any) -> str:
        """One of several values: of a setting in the words of the settings; of a count what is counted."""
        if self.of_settings and name in NAMES:
            return f"{text(f'setting.{name}', self.lang)} {value_words(name, value, self.lang)}"
        label = self._code(key, name) or _label(name, self.lang)
        return f"{label} {self.said(name, value)}"

    def _plain(self, key: str, value: str) -> str:
        if (found := self._code(key, value)) is not None:
            return found
        for id_ in ids_in(value):
            return name_of(self.names, id_) or value[:8]
        if check_date("", value)[0] is not None:
            return shown.day(value, self.lang)
        if _INSTANT.fullmatch(value):
            try:
                return shown.moment(dt.datetime.fromisoformat(value), self.lang)
            except ValueError:
                pass
        return value[:LONGEST]

    def _code(self, key: str, value: str) -> str | None:
        """The words of a code; None for what is none."""
        prefix = self.codes.get(key)
        return text(f"{prefix}.{value}", self.lang) if prefix and has(f"{prefix}.{value}") else None


def _label(key: str, lang: str) -> str:
    return text(f"audit.data.{key}", lang) if has(f"audit.data.{key}") else key
