"""Whether a text names a person, and what is left of a report's content once words are taken out of it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brigade.activity.kind_types import KindField
from brigade.activity.kinds import catalogue

Goes = Callable[[str], bool]


def plain(words: str) -> str:
    """Without blanks, width and case, as names are compared."""
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())


def names_of(name: str, kana: str) -> frozenset[str]:
    """How a text may call the person: by the whole name, by its kana, by a family name of two letters or more."""
    spelled = [plain(name), plain(kana), *(plain(one.split()[0]) for one in (name, kana) if len(one.split()) > 1)]
    return frozenset(one for one in spelled if len(one) > 1)


def calls(names: frozenset[str], words: str) -> bool:
    """Whether one of the names stands in the text."""
    said = plain(words)
    return any(name in said for name in names)


def without_words(content: Mapping[str, Any], member_id: str, goes: Goes, *, own: bool) -> dict[str, Any]:
    """The content, of the same shape, without what goes: every text that ``goes``, all prose of a report of one's ``own``,
    and what is said of this one person.
    """
    left = dict(content)
    if left.get("summary") and (own or goes(left["summary"])):
        left["summary"] = ""
    if left.get("place") and goes(left["place"]):
        left["place"] = ""
    kind = catalogue().get(str(left.get("kind")))
    if kind is not None:
        left["details"] = _details(kind.fields, left.get("details") or {}, lambda words: own or goes(words))
    left["participants"] = [_person(row, member_id, goes) for row in left.get("participants", ())]
    return left


def _person(row: Mapping[str, Any], member_id: str, goes: Goes) -> dict[str, Any]:
    said = row.get("left_early_reason")
    if said and (row["member_id"] == member_id or goes(said)):
        return {**row, "left_early_reason": None}
    return dict(row)


def _details(fields: Sequence[KindField], details: Mapping[str, Any], goes: Goes) -> dict[str, Any]:
    left = dict(details)
    for field in fields:
        said = left.get(field.name)
        if field.type == "text" and isinstance(said, str) and said and goes(said):
            left[field.name] = ""
        elif field.type == "items" and isinstance(said, list):
            left[field.name] = [_details(field.fields, row, goes) if isinstance(row, dict) else row for row in said]
    return left


def is_about(content: Mapping[str, Any], member_id: str) -> bool:
    """Whether the details of a report are about this one person, as those of an injury are."""
    return member_id in [value for value in (content.get("details") or {}).values() if isinstance(value, str)]


def texts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The prose of a content by field, for what a person wrote themselves."""
    return {"summary": str(content.get("summary") or "")}
