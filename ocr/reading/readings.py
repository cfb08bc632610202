"""What a page says, with its doubts: a value, others that it may be, and whether a person must look. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from brigade.forms.template import Cell

Value = str | bool | list[str] | None
"""By the field's type and kind. ``member_number``: as the roster has it (``"0000123"``); other digits: the number without
blanks or noughts before it (``"48"``, ``"0"``). ``era_date``: ``"2026-11-08"``; ``era_month``: ``"2026-11"``; ``month_day``: ``"11-08"``; ``day``: ``"08"``. Times:
``"19:00"``, up to ``"24:00"``. Ticks: True or False. Choices: an option's value, or a list of several. Text: the text; of
an activity's ``kind`` the code of the kind most like it. A ``name`` is never its text (that is ``raw``) but the member
number of whom it stands for: the number beside it, or where the form has none the listed person whose name is most like
the text; None where nobody of the row took part. None: nothing is written there, or it cannot be read."""


class Status(StrEnum):
    """Whether a value stands by itself. All but ``SURE`` are decided by a person."""

    SURE = "sure"
    UNSURE = "unsure"
    UNREADABLE = "unreadable"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another value that the marks may mean, and how likely."""

    value: Value
    probability: float


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field. ``raw`` is what was read without any second fact; ``confidence`` is the probability that ``value`` is
    right; ``reasons`` are codes that say why a person must look, or what bears the value out; ``box`` is the rectangle
    in millimetres around its cells.
    """

    id: str
    value: Value
    raw: str
    confidence: float
    status: Status
    box: Cell
    alternatives: Sequence[Alternative] = ()
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PageReading:
    """All fields of one page, in the template's order."""

    form: str
    version: int
    fields: tuple[FieldReading, ...]

    @property
    def doubtful(self) -> tuple[FieldReading, ...]:
        """Those that a person must decide."""
        return tuple(field for field in self.fields if field.status is not Status.SURE)


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the people who may stand on the sheet."""

    number: str
    name: str
    kana: str = ""
