"""What a city, station or brigade may set for itself; the nearest unit that sets a value wins."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Date, bindparam, select
from sqlalchemy.orm import Session

from brigade.dates import within
from brigade.organisation.units import Unit, UnitTree, valid_on
from brigade.questions import Question, among


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """``deputy_after_days`` a deputy may act on what has waited so long; ``repass_after_return`` levels that had
    approved are passed again when nothing that they checked has changed; ``prior_notice`` overrides the kinds'
    hard | warn | off; ``late_after_days`` an entry is marked late after so many days; ``second_factor_posts`` their
    holders need a second factor; ``step_up`` what asks to prove anew who one is; ``pay_rules`` the municipality whose
    rules pay (``rules/pay/``), empty: none; ``keep_capture_time`` when a picture was taken is kept (where never is);
    ``input_days`` after the month's end reports are still in time, ``grace_days`` more they are in the first edition;
    ``incidents_once`` what several units did at one event is one time in the ministry's survey, else one for each report;
    ``mark_monthly`` what has come to its time is marked each month to go (the bureau's own setting).
    """

    deputy_after_days: int = 7
    repass_after_return: bool = False
    prior_notice: str = "off"
    late_after_days: int = 7
    second_factor_posts: Sequence[str] = ("station_officer", "bureau_officer")
    step_up: Sequence[str] = ("bulk-approval", "export", "role-change")
    pay_rules: str = ""
    keep_capture_time: bool = True
    input_days: int = 5
    grace_days: int = 5
    incidents_once: bool = True
    mark_monthly: bool = False


SYSTEM = {"as_system": "settings hold for all below, whoever looks"}
_DAY: BindParameter[dt.date] = bindparam("day", type_=Date)
_LINES = Question(
    select(UnitTree.below_id, Unit.settings)
    .join(Unit, UnitTree.above_id == Unit.id)
    .where(among(UnitTree.below_id, "units"), valid_on(UnitTree, _DAY))
    .order_by(UnitTree.depth.desc()),
    SYSTEM,
)

NAMES = tuple(field.name for field in fields(UnitSettings))


def settings_of(session: Session, unit_id: uuid.UUID, day: dt.date) -> UnitSettings:
    """The settings that hold for a unit on a day."""
    return settings_of_units(session, [unit_id], day)[unit_id]


def settings_of_units(session: Session, unit_ids: Collection[uuid.UUID], day: dt.date) -> dict[uuid.UUID, UnitSettings]:
    """The same for several, by one statement."""
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {unit_id: [] for unit_id in unit_ids}
    for unit_id, settings in _LINES.ask(session, units=list(lines), day=day):
        lines[unit_id].append(settings)
    return {unit_id: merged(line) for unit_id, line in lines.items()}


LINE = select(UnitTree.below_id, UnitTree.depth, UnitTree.valid_from, UnitTree.valid_to, Unit.settings).join(
    Unit, Unit.id == UnitTree.above_id
)
"""SQL: what each unit that ever stood above another, and the unit itself, has set; whoever asks says above which."""


class Lines:
    """What holds for some units on any day; of rows of ``LINE``."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._lines: dict[uuid.UUID, list[Sequence[Any]]] = defaultdict(list)
        for unit_id, *row in sorted(rows, key=itemgetter(1), reverse=True):  # the topmost unit first
            self._lines[unit_id].append(row)
        self._known: dict[tuple[uuid.UUID, dt.date], UnitSettings] = {}

    def on(self, unit_id: uuid.UUID, day: dt.date) -> UnitSettings:
        """What held for the unit on that day."""
        found = self._known.get((unit_id, day))
        if found is None:
            line = [settings for _, first, last, settings in self._lines[unit_id] if within(day, first, last)]
            found = self._known[unit_id, day] = merged(line)
        return found


def on_any_day(session: Session, unit_ids: Collection[uuid.UUID]) -> Lines:
    """What holds for these units on any day, by one statement."""
    asked = LINE.where(UnitTree.below_id.in_(unit_ids))
    return Lines(session.execute(asked, execution_options=SYSTEM) if unit_ids else ())


def merged(from_the_top: list[dict[str, Any]]) -> UnitSettings:
    """Settings of a line of units, the topmost first. Unknown names (of a newer version) are left alone."""
    said: dict[str, Any] = {}
    for settings in from_the_top:
        said |= settings
    return UnitSettings(**{name: value for name, value in said.items() if name in NAMES})
