"""A year of a unit for its leaders: by kind and month as charts and tables, hours, people, and the ministry's categories."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api.console.charts import chart
from api.console.months import is_small
from api.console.office import unit_asked, units_to_choose
from api.console.pages import Console, Visit
from api.present import read_kana
from api.problems import language
from brigade.activity.kinds import kind_label
from brigade.dates import era_year, fiscal_year, fiscal_year_bounds, month_of
from brigade.kind_statistics import KindMonths, KindStatistics, kind_statistics
from brigade.month.tallies import Tally
from brigade.problems import NotFound
from brigade.statistics import survey, times
from brigade.wording import text

screens = Console("statistics")
BACK = 5
"""Years to choose from, before the one that runs."""

DRAWN = 4
"""Kinds with a colour of their own; all others share one."""

COUNTED_AT_ONCE = 5_000
"""Reports whose people and hours are counted without being asked for; of more it takes as long as all else five times over."""

COLUMNS = 6
"""Kinds with a column of their own among the people."""


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar year or a fiscal year: its place in an address, its number, its months and its name."""

    code: str
    year: int
    first: str
    last: str
    label: str


def period(code: str, lang: str) -> Period:
    """``c2026`` or ``f2026``. NotFound for anything else."""
    kind, digits = code[:1], code[1:]
    if kind not in ("c", "f") or not (digits.isascii() and digits.isdigit()) or not 1900 <= int(digits or 0) <= 2198:
        raise NotFound()
    year = int(digits)
    days = fiscal_year_bounds(year) if kind == "f" else (dt.date(year, 1, 1), dt.date(year, 12, 31))
    shown = era_year(days[1] if kind == "c" else days[0]) if lang == "ja" else year
    label = text(f"console.statistics.{'fiscal' if kind == 'f' else 'calendar'}_year", lang, year=shown)
    return Period(code, year, f"{days[0]:%Y-%m}", f"{days[1]:%Y-%m}", label)


def _periods(today: dt.date, lang: str) -> list[Period]:
    """What is offered: the fiscal years first, since a brigade's work is planned by them."""
    fiscal = [period(f"f{fiscal_year(today) - back}", lang) for back in range(BACK + 1)]
    return fiscal + [period(f"c{today.year - back}", lang) for back in range(BACK + 1)]


@screens.page("/statistics", heavy=True)
def statistics(visit: Visit) -> BaseResponse:
    """The unit and the year that were chosen; one's own and the running fiscal year at first."""
    lang, today = language(), visit.actor.today
    unit_id = unit_asked(visit)
    chosen = period(visit.args.get("period") or f"f{fiscal_year(today)}", lang)
    units = units_to_choose(visit)
    level = next((unit.level for unit in units if unit.id == unit_id), "")
    small = bool(level) and is_small(level)
    counted, rows = None, times(visit.session, visit.actor, unit_id, chosen.first, chosen.last)
    if visit.args.get("people") or sum(row.many for row in rows) <= COUNTED_AT_ONCE:
        counted, rows = survey(visit.session, visit.actor, unit_id, chosen.year)
    found = kind_statistics(
        visit.session, visit.actor, unit_id, chosen.first, chosen.last, people=small, rows=rows
    )  # of the calendar year or the fiscal year: both are in the survey's rows
    read_kana(visit.session, (one.id for one in found.members))
    return visit.page(
        "statistics.html", units=units, unit=found.unit, periods=_periods(today, lang), chosen=chosen,
        found=found, charts=_charts(found, lang), kind=lambda code: kind_label(code, lang), is_small=small,
        columns=[one.code for one in found.kinds[:COLUMNS]], month_now=month_of(visit.actor.now),
        survey=counted, most=_most(found),
    )  # fmt: skip


def _most(found: KindStatistics) -> int:
    return max((one.times for one in found.members), default=0)


def _charts(found: KindStatistics, lang: str) -> dict[str, Any]:
    labels = [str(int(month[5:])) for month in found.months]
    drawn, rest = found.kinds[:DRAWN], found.kinds[DRAWN:]
    times = [_of(one, lambda tally: tally.times) for one in drawn]
    if rest:
        times.append(
            [sum(values) for values in zip(*(_of(one, lambda tally: tally.times) for one in rest), strict=True)]
        )
    names = [kind_label(one.code, lang) for one in drawn]
    hours = [round(minutes / 60) for minutes in _of(found.total, lambda tally: tally.minutes)]
    return {
        "times": chart(labels, times),
        "names": names + ([text("console.statistics.other_kinds", lang)] if rest else []),
        "hours": chart(labels, [hours]),
    }


def _of(one: KindMonths, number: Callable[[Tally], int]) -> Sequence[int]:
    return [number(tally) for tally in one.months]
