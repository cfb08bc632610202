"""The same page twice: what stands in its cells as one short text, and how much two such texts differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DIGITS = "0123456789_?"
"""The ten digits, a blank, and what is no digit: as ``ocr.marks`` orders the probabilities."""

TICKS = ".x#"
"""Nothing, a mark, a spoilt one."""

HEADS = ("date", "time")
"""Types of field in which two sheets of one squad differ when they are of two activities."""

ALIKE = 0.02
"""Share of cells in which two scans of one sheet may be read differently."""


def trace_of(marks: Mapping[str, Any], types: Mapping[str, str]) -> str:
    """One letter for each digit and tick of the page's marks, dates and times first; ``types`` by the field's id."""
    heads = [_letters(one) for one in marks["fields"] if types[one["id"]] in HEADS]
    others = [_letters(one) for one in marks["fields"] if types[one["id"]] not in HEADS]
    return f"{''.join(heads)} {''.join(others)}"


def _letters(field: Mapping[str, Any]) -> str:
    digits = "".join(_likeliest(digit, DIGITS) for cell in field.get("digits", ()) for digit in cell)
    return digits + "".join(_likeliest(tick, TICKS) for tick in field.get("ticks", ()))


def _likeliest(odds: Sequence[float], letters: str) -> str:
    return letters[max(range(len(odds)), key=odds.__getitem__)]


def same(one: str, other: str) -> bool:
    """Whether two traces may be of one sheet: the same dates and times, and nearly the same of all else.

    A sheet on which nothing is written is the same as no other: it has nothing to count twice.
    """
    head, _, rest = one.partition(" ")
    other_head, _, other_rest = other.partition(" ")
    if not set(one) - set(" _."):
        return False
    return _alike(head, other_head, 0) and _alike(rest, other_rest, ALIKE)


def _alike(one: str, other: str, most: float) -> bool:
    if len(one) != len(other):
        return False
    differing = sum(a != b and "?" not in (a, b) for a, b in zip(one, other, strict=True))
    return differing <= len(one) * most
