"""One unit's month as it stands in the store, as plain values: what every figure and document is computed from.

Pure. ``reading.py`` reads them from the database, an edition keeps them for ever, ``figures.py`` adds them up.
Instants are aware and in UTC, lengths whole minutes, ids text.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple

from brigade.month.sheet import TrailLine
from brigade.pay.turnouts import PayLine


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the month at or below the sheet's own, each directly after its parent; ``label`` is unmistakable."""

    id: str
    name: str
    label: str
    level: str
    depth: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Whoever took part or wrote."""

    id: str
    number: str
    name: str
    kana_sort: str
    member_type: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """One person's part in one report, with the times that count for the person."""

    member_id: str
    role: str
    started_at: dt.datetime
    ended_at: dt.datetime
    acted: bool

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.ended_at - self.started_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report of the month. ``unit_ids`` are the units of its line, its own last; ``event`` its event or itself:
    what several units did together counts once there. ``late``: first submitted after the days that the unit allows.
    """

    id: str
    number: str
    version: int
    kind: str
    pay_class: str
    statistics_class: str
    unit_id: str
    unit_ids: tuple[str, ...]
    event: str
    event_title: str
    started_at: dt.datetime
    ended_at: dt.datetime
    place: str
    state: str
    waits_at: str | None
    entry_mode: str
    author_id: str
    submitted_at: dt.datetime | None
    late: bool
    parts: tuple[PartRow, ...]
    trail: tuple[TrailLine, ...]


class Head(NamedTuple):
    """So many reports of one line of units in one state; ``waits_at`` is the level at which they wait."""

    unit_ids: tuple[str, ...]
    state: str
    waits_at: str | None
    many: int = 1


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of pay and whose it is, with its sentence in both languages."""

    member_id: str
    line: PayLine
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class RulesUsed:
    """A rule set by which something was paid, and its version."""

    code: str
    digest: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class SaidRow:
    """What was said of a unit's month and stands: nil, excused (until a day, with the reason) or complete. ``post`` is the
    one that ``by`` held at the unit, or empty.
    """

    unit_id: str
    unit_name: str
    saying: str
    by: str
    post: str
    at: dt.datetime
    reason: str = ""
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class YearRow:
    """One unit and one category of the ministry's survey, with all below the unit, from the year's first day to the
    month's last: ``times`` counts what several units did together once, ``reports`` each report.
    """

    unit_id: str
    statistics_class: str
    calendar_times: int
    calendar_reports: int
    calendar_person_times: int
    fiscal_times: int
    fiscal_reports: int
    fiscal_person_times: int


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A report of the month that was still under way when the month was sealed, and so is not counted."""

    number: str
    unit_ids: tuple[str, ...]
    state: str
    waits_at: str | None


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The whole month of one unit. ``reports`` are all but drafts, in order of time, of a sealed month only those that
    it counts; ``pay`` what confirmed ones earn. ``incidents_once``: the survey counts several units at one event once.
    """

    month: str
    unit_id: str
    unit_name: str
    level: str
    path: tuple[str, ...]
    read_at: dt.datetime
    read_by: str
    units: tuple[UnitRow, ...]
    people: tuple[PersonRow, ...]
    reports: tuple[ReportRow, ...]
    pay: tuple[PaidLine, ...]
    rules: tuple[RulesUsed, ...]
    said: tuple[SaidRow, ...] = ()
    years: tuple[YearRow, ...] = ()
    left_open: tuple[OpenRow, ...] = ()
    incidents_once: bool = True

    @property
    def heads(self) -> tuple[Head, ...]:
        """One for each report."""
        return tuple(Head(report.unit_ids, report.state, report.waits_at) for report in self.reports)


@dataclass(frozen=True, slots=True)
class MonthHeads:
    """What progress needs of a month, without what its reports say: quick for a whole city."""

    month: str
    unit_id: str
    unit_name: str
    level: str
    path: tuple[str, ...]
    units: tuple[UnitRow, ...]
    heads: tuple[Head, ...]
    said: tuple[SaidRow, ...]


Way = Callable[[Any], Any]
"""From a value to the same in another form."""


def stored(value: Any) -> Any:
    """JSON-ready: dataclasses as objects, instants in UTC with ``Z``, days as text."""
    return _storing(value.__class__)(value)


@cache
def _storing(kind: type) -> Way:
    """The way for values of that type, found out once: a month has hundreds of thousands."""
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
        return lambda value: {name: stored(getattr(value, name)) for name in names}
    if issubclass(kind, dt.datetime):
        return lambda value: value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if issubclass(kind, dt.date):
        return lambda value: value.isoformat()
    if issubclass(kind, tuple | list):
        return lambda value: [stored(item) for item in value]
    if issubclass(kind, Mapping):
        return lambda value: {str(key): stored(item) for key, item in value.items()}
    return lambda value: value


T = typing.TypeVar("T")


def restored(kind: type[T], value: Any) -> T:
    """The value of that type from what ``stored`` gave. TypeError or ValueError for anything else."""
    made: T = _restoring(typing.cast(Any, kind))(value)
    return made


@cache
def _restoring(kind: Any) -> Way:
    """The way to values of that type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        present = _restoring(arguments[0])
        return lambda value: None if value is None else present(value)
    if origin is tuple:
        item = _restoring(arguments[0])
        return lambda value: tuple([item(one) for one in value])
    if is_dataclass(kind):
        return _restoring_fields(kind)
    if kind is dt.datetime:
        return dt.datetime.fromisoformat
    if kind is dt.date:
        return dt.date.fromisoformat

    def plain(value: Any) -> Any:
        if type(value) is kind:
            return value
        made = kind(value)
        if made != value:
            raise ValueError(f"{value!r} is not a {kind.__name__}")
        return made

    return plain


def _restoring_fields(kind: Any) -> Way:
    """What was stored before a field was thought of takes the field's default."""
    ways = {name: _restoring(hint) for name, hint in typing.get_type_hints(kind).items()}
    needed = {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}

    def made(value: Any) -> Any:
        if not isinstance(value, dict) or not needed <= value.keys() <= ways.keys():
            raise ValueError(f"not a {kind!r}")
        return kind(**{name: ways[name](held) for name, held in value.items()})

    return made
