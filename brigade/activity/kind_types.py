"""What an activity kind consists of: frozen values, nothing that reads or checks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FIELD_TYPES = ("text", "integer", "decimal", "boolean", "choice", "choices", "instant", "date", "uuid", "items")
MAX_ROWS = 200
"""The most rows of an ``items`` field."""


@dataclass(frozen=True, slots=True)
class Label:
    """A short name in both languages; Japanese is the source."""

    ja: str
    en: str

    def of(self, lang: str) -> str:
        """In the language asked for."""
        return self.both()[lang]

    def both(self) -> dict[str, str]:
        """``{"ja": …, "en": …}``."""
        return {"ja": self.ja, "en": self.en}


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an enumeration: the stored value and its label."""

    value: str | int
    label: Label


@dataclass(frozen=True, slots=True)
class KindField:
    """One field of a kind's details, or one column of an ``items`` field.

    ``min`` and ``max`` bound numbers (both ends allowed), ``digits`` counts a decimal's digits after the point,
    ``max_length`` a text's characters. ``fields`` are the columns of ``items``. ``expiry`` marks a date that should
    not lie before the activity's first day.
    """

    name: str
    type: str
    label: Label
    unit: Label | None = None
    required: bool = False
    min: int | float | None = None
    max: int | float | None = None
    digits: int | None = None
    max_length: int | None = None
    multiline: bool = False
    options: tuple[Option, ...] = ()
    fields: tuple[KindField, ...] = ()
    expiry: bool = False


@dataclass(frozen=True, slots=True)
class OrderRule:
    """The fields that are given may not go down from left to right, else ``code`` at the later one."""

    fields: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class WarningRule:
    """Warn with ``code`` where the field, or that ``column`` of an ``items`` field, has one of ``values``."""

    field: str
    column: str | None
    values: tuple[str | int, ...]
    code: str


@dataclass(frozen=True, slots=True)
class NeedRule:
    """The ``items`` field needs ``rows`` rows, or the text field ``unless`` says why not; else ``code``."""

    field: str
    rows: int
    unless: str
    code: str


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter of the vehicle: fields with what it shows at ``start`` and ``end``. A run goes on from the one before it;
    less than ``slack`` between them is rounding.
    """

    start: str
    end: str
    slack: int


@dataclass(frozen=True, slots=True)
class ActivityKind:
    """One kind. ``participants``, ``vehicles``: required | optional | none; ``place``: expected | optional;
    ``times``: past | future; ``prior_notice``: hard | warn | off, before the brigade's own setting; hours and minutes bound a report's length.
    """

    code: str
    label: Label
    help: Label
    pay_class: str
    statistics_class: str
    tax_class: str
    participants: str
    vehicles: str
    place: str
    times: str
    confidential: bool
    prior_notice: str
    function_limited_allowed: bool
    max_hours: int
    warn_hours: int
    warn_minutes: int
    fields: tuple[KindField, ...] = ()
    orders: tuple[OrderRule, ...] = ()
    warnings: tuple[WarningRule, ...] = ()
    needs: tuple[NeedRule, ...] = ()
    meter: Meter | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All kinds by code, in the order of the yaml, and the enumerations that belong to every report."""

    kinds: Mapping[str, ActivityKind]
    roles: tuple[Option, ...]
    order_by: tuple[Option, ...]
    classes: Mapping[str, tuple[str, ...]]

    def get(self, code: object) -> ActivityKind | None:
        """The kind, or None when there is none of that code."""
        return self.kinds.get(code) if isinstance(code, str) else None

    def __getitem__(self, code: str) -> ActivityKind:
        return self.kinds[code]

    def __iter__(self) -> Iterator[ActivityKind]:
        return iter(self.kinds.values())

    def __len__(self) -> int:
        return len(self.kinds)

    def role_values(self) -> tuple[str, ...]:
        """The stored values of a participant's role."""
        return tuple(str(option.value) for option in self.roles)

    def order_by_values(self) -> tuple[str, ...]:
        """The stored values of who gave the order."""
        return tuple(str(option.value) for option in self.order_by)
