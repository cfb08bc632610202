"""How many rows a table has, and a digest of them that does not depend on their order nor on the kind of store."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

Tallies = Mapping[str, "Tally"]
"""By the name of the table."""

_EXACT = Context(prec=2_000)


@dataclass(frozen=True, slots=True)
class Tally:
    """``digest``: the SHA-256 of each row, added up. Against accidents; against forgers an archive has its envelope."""

    rows: int
    digest: str


def tally(rows: Iterable[Sequence[Any]]) -> Tally:
    """Of rows whose values are as ``plain`` takes them."""
    count, total = 0, 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(repr([plain(value) for value in row]).encode()).digest(), "big")
    return Tally(count, f"{total % (1 << 256):064x}")


def plain(value: Any) -> Any:
    """The same for the same value, whichever store it came from."""
    match value:
        case bool() | None | str():
            return value
        case int():
            return ("number", str(value))
        case float():
            return ("number", repr(value))
        case bytes() | memoryview():
            return ("bytes", bytes(value).hex())
        case uuid.UUID():
            return ("id", value.hex)
        case dt.datetime():
            return ("instant", value.astimezone(dt.UTC).isoformat(timespec="microseconds"))
        case dt.date():
            return ("day", value.isoformat())
    raise TypeError(f"a value of the type {type(value).__name__} has no digest")


def same_document(text: str) -> str:
    """JSON as one text for all its spellings: the order of keys, blanks, 100 and 1e2."""
    found = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return json.dumps(_without_spelling(found), sort_keys=True, separators=(",", ":"))


def _without_spelling(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_spelling(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_spelling(inner) for inner in value]
    if isinstance(value, Decimal):
        return {"number": str(_EXACT.normalize(value) + 0)}
    return value


def differences(wanted: Tallies, found: Tallies) -> list[str]:
    """The tables that are not the same, each with both numbers of rows."""
    return [
        f"{name}: {wanted[name].rows if name in wanted else 'no'} rows, found {found[name].rows if name in found else 'no'}"
        for name in sorted({*wanted, *found})
        if wanted.get(name) != found.get(name)
    ]
