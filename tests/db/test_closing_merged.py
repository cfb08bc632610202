"""Who speaks for a unit's month speaks for the units that it took over as well."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from brigade.activity.workflow import Action
from brigade.month.closing import Saying, say
from brigade.organisation import tree
from brigade.problems import Problem
from tests import make
from tests.make import City

DECEMBER = dt.datetime(2026, 12, 3, 3, tzinfo=dt.UTC)
MONTH = "2026-11"


def merged(session: Session, city: City, on: dt.date, *codes: str, code: str) -> None:
    bureau = make.bound(session, city, "bureau")
    made = tree.merge_units(session, bureau, [city.unit_id(one) for one in codes], code, "合同", on)
    city.units[code] = make.kept(session, made)


def test_a_month_is_not_complete_while_a_merged_company_has_reports_under_way(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    merged(session, city, dt.date(2026, 12, 1), "K1-1", "K1-2", code="K1-9")
    leader = make.bound(session, city, "company1", DECEMBER)
    with pytest.raises(Problem) as refused:
        say(session, leader, city.unit_id("K1-9"), MONTH, Saying.COMPLETE)
    assert refused.value.code == "month-has-open-reports"
    for login in ("squad11", "company1"):
        report = make.step(session, city, login, report, Action.APPROVE)
    leader = make.bound(session, city, "company1", DECEMBER)
    assert say(session, leader, city.unit_id("K1-9"), MONTH, Saying.COMPLETE).said_by_id == leader.member_id


def test_nothing_to_report_is_not_said_over_reports_of_a_merged_squad(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1")
    merged(session, city, dt.date(2026, 11, 15), "K1-1-1", "K1-1-2", code="K1-1-9")
    leader = make.bound(session, city, "company1", DECEMBER)
    with pytest.raises(Problem) as refused:
        say(session, leader, city.unit_id("K1-1-9"), MONTH, Saying.NIL)
    assert refused.value.code == "month-has-reports"
