"""Format 1 of the chain: which bytes are hashed. Pure; ``tools/verify_chain.py`` says the same a second time, on purpose.

Everything hashed is canonical JSON after RFC 8785. Numbers that are not whole go in as ``{"number": "35.68"}``, instants
as ``2026-11-08T00:00:00.000000Z`` and bytes as hexadecimal, so that no two programs can spell one value differently.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple

FORMAT = 1
GENESIS = bytes(32)
"""What stands before the first link."""

EVENT, DISCARD, ERASED, REMOVED = "event", "discard", "erased", "removed"
"""Kinds of links: something happened to a report; a draft was thrown away, with its events; words of a report were
erased, as an event of its own says; a report was removed after its keeping time, with all that it was.
"""

EVENT_FIELDS = (
    "report_id", "seq", "at", "action", "actor_id", "post", "unit_id", "level", "for_id", "basis", "source", "target",
    "step_from", "step_to", "reason", "changed",
)  # fmt: skip
TEXT_FIELDS = ("comment", "remarks")
VERSION_FIELDS = ("report_id", "version", "at", "author_id", "content", "changed")
PART_FIELDS = ("report_id", "seq", "part", "by_seq", "digest")
REMOVAL_FIELDS = ("report_id", "at", "by_id", "run_id")
ROW_FIELDS = (
    "id", "number", "version", "month", "author_id", "entry_mode", "sole_member_id", "bureau_id", "station_id",
    "brigade_id", "company_id", "section_id", "squad_id", "state", "step", "route", "awaiting_unit_id",
    "awaiting_since", "undo_by_id", "undo_step", "corrected_by_id", "created_at", "updated_at",
)  # fmt: skip
"""Of the report's row, what is not its content."""


class Entry(NamedTuple):
    """What one link says; digests as 32 bytes. ``state``: the report's after it (a discarded draft: ``discarded``).

    ``text`` of an erased link is the digest of the parts that went with it, ``event`` of a removed one that of its
    removal.
    """

    chain_id: uuid.UUID
    kind: str
    report_id: uuid.UUID
    seq: int
    state: str
    event: bytes | None
    text: bytes | None
    content: bytes | None
    row: bytes | None


def canonical(value: Any) -> bytes:
    """The one spelling of a value. TypeError for what has none."""
    return _encoded(_exact(value)).encode()


def _exact(value: Any) -> Any:
    """The value with its numbers that are not whole spelled out; no encoder can be told how to write those."""
    kind = type(value)
    if kind is dict:
        return {name: part if type(part) in _SIMPLE else _exact(part) for name, part in value.items()}
    if kind is list:
        return [part if type(part) in _SIMPLE else _exact(part) for part in value]
    if kind is float:
        return int(value) if value.is_integer() else {"number": repr(value)}
    return value


def _spelled(value: Any) -> str:
    """What JSON has no form for."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return _instant(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"the chain knows no spelling of {type(value).__name__}")


@lru_cache(maxsize=4096)
def _instant(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_SIMPLE = frozenset((str, int, bool, type(None), uuid.UUID, dt.datetime, bytes))
_encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_spelled).encode


class Fields:
    """Spells objects that all have the same names, as ``canonical`` does and several times as quickly.

    The names are put in order once; a value is spelled by its type, without a look at the whole.
    """

    def __init__(self, *names: str) -> None:
        self._parts = [(name, f"{',' if place else '{'}{_encoded(name)}:") for place, name in enumerate(sorted(names))]

    def canonical(self, values: Mapping[str, Any]) -> bytes:
        """The one spelling of these fields of ``values``, which may have more."""
        said = []
        for name, before in self._parts:
            value = values[name]
            spell = _SPELLS.get(type(value))
            said.append(before + (spell(value) if spell else _encoded(_exact(value))))
        return ("".join(said) + "}").encode()


_SPELLS: dict[type[Any], Callable[[Any], str]] = {
    str: encode_basestring,
    int: str,
    type(None): lambda value: "null",
    uuid.UUID: lambda value: f'"{value}"',
    dt.datetime: lambda value: f'"{_instant(value)}"',
    bytes: lambda value: f'"{value.hex()}"',
}
_EVENT, _ROW = Fields(*EVENT_FIELDS), Fields(*ROW_FIELDS)
_LINK = Fields("format", "place", "previous", *Entry._fields)


def _sha256(spelled: bytes) -> bytes:
    return hashlib.sha256(spelled).digest()


def digest(value: Any, nonce: bytes = b"") -> bytes:
    """SHA-256 of the nonce and the value's one spelling. With a nonce nobody without it can try out values."""
    return _sha256(nonce + canonical(value))


def event_digest(event: Mapping[str, Any]) -> bytes:
    """Of what an event says by itself: who, when, from which state to which."""
    return _sha256(_EVENT.canonical(event))


def text_digest(event: Mapping[str, Any]) -> bytes | None:
    """The commitment to what a person wrote with it; None where nothing was written."""
    if not event["comment"] and not event["remarks"]:
        return None
    return digest({name: event[name] for name in TEXT_FIELDS}, event["nonce"])


def version_digest(version: Mapping[str, Any]) -> bytes:
    """The commitment to a saved content."""
    return digest({name: version[name] for name in VERSION_FIELDS}, version["nonce"])


def left_digest(version: Mapping[str, Any], content: Mapping[str, Any]) -> bytes:
    """Of a version of whose content this is left once its words are erased; there is nothing in it to be guessed."""
    return digest({**{name: version[name] for name in VERSION_FIELDS}, "content": content})


def parts_digest(parts: Iterable[Mapping[str, Any]]) -> bytes:
    """Of everything that one erasure took out of a report: which words, and what is left of which contents."""
    listed = [{name: part[name] for name in PART_FIELDS} for part in parts]
    return digest(sorted(listed, key=lambda part: (part["seq"], part["part"])))


def removal_digest(removal: Mapping[str, Any]) -> bytes:
    """Of the note that a report was removed: when, by whose order, in which run."""
    return digest({name: removal[name] for name in REMOVAL_FIELDS})


def row_digest(report: Mapping[str, Any]) -> bytes:
    """Of the report's own row, without its content."""
    return _sha256(_ROW.canonical(report))


def link_digest(entry: Entry, place: int, previous: bytes) -> bytes:
    """The head of the chain once this link stands at ``place`` (from 1)."""
    return _sha256(_LINK.canonical({"format": FORMAT, "place": place, "previous": previous, **entry._asdict()}))
