"""How long each type of record is kept: ``rules/keeping.yaml`` read strictly, and the day up to which records are due. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from brigade.dates import fiscal_year, fiscal_year_bounds
from brigade.strict_yaml import Node, read

FILE = Path(__file__).parents[1] / "rules" / "keeping.yaml"
FISCAL_YEAR, DAY = "fiscal-year", "day"
FOR_EVER = "for-ever"
STARTS = ("activity", "month", "sent", "said", "settled", "changed", "left", "answered")
"""What date of a record its time is counted from."""

MOST_YEARS = 100
_CODE = re.compile(r"[a-z]{1,16}")


class Keeping(NamedTuple):
    """One type's rule. ``length``, ``least`` and ``most`` in years or days, as ``counted`` says; None is for ever."""

    code: str
    counted: str
    start: str
    length: int | None
    least: int
    most: int | None

    def allows(self, length: int | None) -> bool:
        """Whether a bureau may keep it so long."""
        if length is None:
            return self.most is None
        limit = self.most if self.most is not None else MOST_YEARS if self.counted == FISCAL_YEAR else None
        return self.least <= length and (limit is None or length <= limit)


@lru_cache
def schedule() -> Mapping[str, Keeping]:
    """Every type by its code, in the order of the file; ValueError, naming the place, when a rule is not sound."""
    return read_schedule(FILE)


def read_schedule(path: Path) -> Mapping[str, Keeping]:
    """The rules of one file."""
    top = read(path)
    found = top.rows("records", _keeping, lambda keeping: keeping.code)
    top.done()
    return MappingProxyType({one.code: one for one in found})


def _keeping(node: Node) -> Keeping:
    code, counted = node.matching("code", _CODE), node.word("counted", (FISCAL_YEAR, DAY))
    start, least = node.word("from", STARTS), node.take("least", int)
    made = Keeping(code, counted, start, _length(node, "length"), least, _length(node, "most"))
    if least < 0 or not made.allows(made.length):
        node.fail("the length is not between least and most")
    return made


def _length(node: Node, key: str) -> int | None:
    value: Any = node.left.pop(key, None)
    if value == FOR_EVER:
        return None
    return value if type(value) is int else node.fail(f"{key!r} must be a number or {FOR_EVER}")


def due_before(keeping: Keeping, length: int | None, day: dt.date) -> dt.date | None:
    """Records of an earlier date than this one are due on ``day``; None where nothing ever is.

    By fiscal years: what happened on 31 March 2021 is counted from 1 April 2021, what happened a day later from
    1 April 2022; five years on, at the beginning of that day, it is due.
    """
    if length is None:
        return None
    if keeping.counted == DAY:
        ordinal = day.toordinal() - length
        return dt.date.fromordinal(ordinal) if ordinal > 0 else dt.date.min
    year = fiscal_year(day) - length
    return fiscal_year_bounds(year)[0] if year >= dt.MINYEAR else dt.date.min
