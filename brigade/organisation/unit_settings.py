"""What a city, station or brigade may set for itself; the nearest unit that sets a value wins."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import BindParameter, Date, bindparam, select
from sqlalchemy.orm import Session

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


def merged(from_the_top: list[dict[str, Any]]) -> UnitSettings:
    """Settings of a line of units, the topmost first. Unknown names (of a newer version) are left alone."""
    said: dict[str, Any] = {}
    for settings in from_the_top:
        said |= settings
    return UnitSettings(**{name: value for name, value in said.items() if name in NAMES})
