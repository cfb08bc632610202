"""Details that the form does not say are asked for on the sheet's page by their type, and come back as the API takes them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from werkzeug.datastructures import MultiDict

from api.console.scan_lacks import added, lacks
from brigade.activity.content import Content
from brigade.activity.kinds import catalogue
from brigade.dates import TOKYO
from brigade.problems import FieldProblem
from brigade.scans.composing import Composed

START = dt.datetime(2026, 11, 8, 9, tzinfo=TOKYO)


def of(detail_type: str) -> tuple[str, str]:
    """A kind with a detail of this type, and the detail's name."""
    return next((kind.code, one.name) for kind in catalogue() for one in kind.fields if one.type == detail_type)


def nobody(number: str) -> None:
    """No number is anybody's."""


def made_of(detail_type: str) -> tuple[Composed, str]:
    kind, name = of(detail_type)
    content = Content(kind=kind, unit_id=uuid.uuid4(), started_at=START, ended_at=START + dt.timedelta(hours=2))
    return Composed([(1, content)], [FieldProblem(f"/reports/1/details/{name}", "required")]), name


@pytest.mark.parametrize(
    ("detail_type", "way", "typed", "said"),
    [
        ("date", "line", {"": "091231"}, "2027-12-31"),
        ("instant", "instant", {".day": "081108", ".time": "0915"}, "2026-11-08T09:15:00+09:00"),
    ],
)
def test_dates_and_times_can_be_given_on_the_sheet(detail_type, way, typed, said) -> None:
    made, name = made_of(detail_type)
    (one,) = lacks(made, settled=False, lang="ja", sent=MultiDict())
    assert (one.key, one.way) == (f"1.details.{name}", way)
    if way == "instant":
        assert one.at == ("08-11-08", "")  # nobody has said the clock
    form = MultiDict([("lack", one.key), *((f"said.{one.key}{end}", value) for end, value in typed.items())])
    assert added(form, {}, made, nobody) == ([{"activity": 1, "details": {name: said}}], [])
    nothing = MultiDict([("lack", one.key)])
    assert [problem.code for problem in added(nothing, {}, made, nobody)[1]] == ["required"]


def test_files_and_other_records_are_given_on_the_report_itself() -> None:
    made, _ = made_of("uuid")
    assert lacks(made, settled=False, lang="ja", sent=MultiDict()) == []
