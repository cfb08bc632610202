"""A unit's year for the ministry's survey."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields

from api.body import Strict, between
from api.endpoint import Call, Resource
from api.problems import language
from api.schemas import UnitRef
from brigade.activity.kinds import kind_label
from brigade.dates import fiscal_year_bounds
from brigade.organisation.units import Unit
from brigade.statistics import statistics
from brigade.wording import text

resource = Resource("statistics", "統計 Statistics", "/statistics")
YEARS = between(1900, 2198)


class YearQuery(Strict):
    """The unit and the year that are asked for."""

    unit_id = fields.UUID(required=True)
    year = fields.Integer(required=True, validate=YEARS)


class TallyOut(Strict):
    """Times, reports, person-times (延べ人員) and minutes of people."""

    times = fields.Integer(required=True)
    reports = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class MonthTallyOut(TallyOut):
    """The same of one month."""

    month = fields.String(required=True)


class KindTallyOut(TallyOut):
    """The same of one kind of activity."""

    code = fields.String(required=True)
    label = fields.String(required=True)


class CategoryYearOut(Strict):
    """One category of the survey: twelve months, the calendar year, and the fiscal year that begins in its April."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    months = fields.List(fields.Nested(MonthTallyOut), required=True)
    calendar = fields.Nested(TallyOut, required=True)
    fiscal = fields.Nested(TallyOut, required=True)


class UnitYearOut(Strict):
    """The calendar year of one unit directly below by kind; the asked unit itself stands for its own reports."""

    unit = fields.Nested(UnitRef, required=True)
    kinds = fields.List(fields.Nested(KindTallyOut), required=True)


class DaysOut(Strict):
    """A first and a last day."""

    first = fields.String(required=True)
    last = fields.String(required=True)


class StatisticsOut(Strict):
    """One unit's year. ``incidents_once``: ``times`` counts what several units did at one event once."""

    unit = fields.Nested(UnitRef, required=True)
    year = fields.Integer(required=True)
    calendar = fields.Nested(DaysOut, required=True)
    fiscal = fields.Nested(DaysOut, required=True)
    incidents_once = fields.Boolean(required=True)
    categories = fields.List(fields.Nested(CategoryYearOut), required=True)
    units = fields.List(fields.Nested(UnitYearOut), required=True)


@resource.get(
    "",
    "A year by the survey's categories",
    query=YearQuery(),
    returns=StatisticsOut(),
    heavy=True,
    problems=(404,),
)
def year(call: Call) -> dict[str, Any]:
    """Times, people and hours of each category by month, calendar and fiscal year; and by kind one level below."""
    found = statistics(call.session, call.actor, call.query["unit_id"], call.query["year"])
    lang, number = language(), found.year
    april, march = fiscal_year_bounds(number)
    return {
        "unit": unit_ref(found.unit),
        "year": number,
        "calendar": {"first": f"{number:04}-01-01", "last": f"{number:04}-12-31"},
        "fiscal": {"first": april.isoformat(), "last": march.isoformat()},
        "incidents_once": found.incidents_once,
        "categories": [
            {
                "code": one.code,
                "label": text(f"class.statistics.{one.code}", lang),
                "months": [
                    {"month": f"{number:04}-{nth:02}", **asdict(tally)} for nth, tally in enumerate(one.months, 1)
                ],
                "calendar": asdict(one.calendar),
                "fiscal": asdict(one.fiscal),
            }
            for one in found.categories
        ],
        "units": [
            {
                "unit": unit_ref(one.unit),
                "kinds": [
                    {"code": code, "label": kind_label(code, lang), **asdict(tally)}
                    for code, tally in one.kinds.items()
                ],
            }
            for one in found.units
        ],
    }


def unit_ref(unit: Unit) -> dict[str, Any]:
    """A unit by id, name and level."""
    return {"id": str(unit.id), "name": unit.name, "level": unit.level}
