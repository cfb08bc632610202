"""One vehicle in two reports at one time, and an odometer that does not go on from where it was."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.flags import all_doubts, flags
from brigade.activity.workflow import Action
from brigade.calendar.events import Plan, create_event
from brigade.db import new_id
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import Vehicle, rebuild_tree
from tests import make
from tests.db.test_flags import counted
from tests.make import City, Filed

HOUR = dt.timedelta(hours=1)
A, B = "squad11a", "squad12a"


def car(session: Session, city: City, unit: str = "K1-1") -> uuid.UUID:
    """A vehicle that stands there."""
    row = {"id": new_id(), "bureau_id": city.bureau_id, "unit_id": city.unit_id(unit), "name": "1号車"}
    session.execute(insert(Vehicle).values(**row, code=str(row["id"])[-12:], valid_from=make.SINCE))
    session.commit()
    return row["id"]


def run(session: Session, city: City, login: str, vehicle: uuid.UUID, day: int, **said: Any) -> Filed:
    """A run of the vehicle; ``start`` and ``end`` are what its meter showed."""
    shown = {"odometer_start_km": said.pop("start", None), "odometer_end_km": said.pop("end", None)}
    details = {name: value for name, value in shown.items() if value is not None}
    unit = "K1-1-1" if login in ("squad11a", "squad11b", "squad11") else "K1-1-2"
    vehicles = said.pop("vehicle_ids", (vehicle,))
    return make.report(session, city, login, unit, day=day, kind="V-01", details=details, vehicle_ids=vehicles, **said)


def doubts(session: Session, city: City, made: Filed, login: str = "company1") -> list[tuple[str, str | None]]:
    """The codes of what is doubtful about its vehicles as that person reads it, each with the number that it names."""
    make.bound(session, city, login)
    found = all_doubts(session, [actions.read(session, made.id)])[made.id]
    return [(one.code, one.params.get("number")) for one in found if one.code.startswith(("vehicle-", "odometer-"))]


# --- The same vehicle at the same time --------------------------------------------------------------------------------


def test_a_vehicle_in_reports_of_two_squads_at_one_time_is_doubted_on_both(session: Session, city: City) -> None:
    engine = car(session, city)
    one = make.report(session, city, A, "K1-1-1", day=18, vehicle_ids=(engine,))
    other = make.report(session, city, B, "K1-1-2", day=18, hour=10, vehicle_ids=(engine,))
    later = make.report(session, city, B, "K1-1-2", day=18, hour=12, vehicle_ids=(engine,))
    assert doubts(session, city, one) == [("vehicle-overlap", other.number)]
    assert doubts(session, city, other) == [("vehicle-overlap", one.number)]
    assert doubts(session, city, later) == [], "it begins as the other one ends"
    make.step(session, city, A, one, Action.WITHDRAW, comment="二重でした")
    assert doubts(session, city, other) == []


def test_two_of_one_squad_and_two_squads_of_one_event_may_ride_on_it(session: Session, city: City) -> None:
    engine = car(session, city)
    one = make.report(session, city, A, "K1-1-1", day=18, vehicle_ids=(engine,))
    make.report(session, city, "squad11b", "K1-1-1", day=18, vehicle_ids=(engine,))
    assert doubts(session, city, one) == []
    start = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
    who = make.bound(session, city, "brigade")
    [event] = create_event(
        session, who, Plan("D-01", "火災", start, start + HOUR, planned=False, place="本町"), unit_id=city.unit_id("K1")
    ).events
    session.commit()
    there = {"day": 16, "kind": "D-01", "details": {}, "vehicle_ids": (engine,)}
    first = make.report(session, city, A, "K1-1-1", event_id=event.id, **there)
    second = make.report(session, city, B, "K1-1-2", event_id=event.id, **there)
    assert doubts(session, city, first) == doubts(session, city, second) == []
    third = make.report(session, city, "squad12b", "K1-1-2", **there)
    assert doubts(session, city, first) == [("vehicle-overlap", third.number)]


def test_two_drove_one_vehicle_at_one_time_whoever_they_are(session: Session, city: City) -> None:
    engine = car(session, city)
    one = run(session, city, A, engine, 18, end=120)
    other = run(session, city, "squad11b", engine, 18, end=120)
    assert doubts(session, city, one) == [("vehicle-overlap", other.number)]
    fire = make.report(session, city, "squad11", "K1-1-1", day=18, vehicle_ids=(engine,))
    assert doubts(session, city, fire) == [], "the log of a run and what it was for"


def test_a_notice_of_what_is_to_come_and_a_report_of_a_defect_take_no_vehicle_away(
    session: Session, city: City
) -> None:
    engine = car(session, city)
    drill = make.report(session, city, A, "K1-1-1", day=18, vehicle_ids=(engine,))
    broken = {"item": "ポンプ", "severity": "usable"}
    defect = make.report(session, city, B, "K1-1-2", day=18, kind="E-02", details=broken, vehicle_ids=(engine,))
    planned = {"planned_kind": "T-01"}
    notice = make.report(
        session, city, "squad12b", "K1-1-2", day=18, kind="N-01", details=planned, vehicle_ids=(engine,), participants=()
    )  # fmt: skip
    assert [doubts(session, city, made) for made in (drill, defect, notice)] == [[], [], []]


def test_drafts_claim_no_vehicle_and_are_told_of_what_does(session: Session, city: City) -> None:
    engine = car(session, city)
    draft = make.report(session, city, A, "K1-1-1", day=18, vehicle_ids=(engine,), submit=False)
    other = make.report(session, city, B, "K1-1-2", day=18, vehicle_ids=(engine,))
    assert doubts(session, city, other) == []
    assert doubts(session, city, draft, A) == [("vehicle-overlap-hidden", None)]


def test_a_report_that_one_may_not_see_is_not_named(session: Session, city: City) -> None:
    engine = car(session, city)
    one = run(session, city, A, engine, 18, start=100, end=120)
    other = run(session, city, B, engine, 18, hour=10, start=110, end=130)
    found = doubts(session, city, one, A)
    assert found == [("vehicle-overlap-hidden", None), ("odometer-differs-hidden", None)]
    make.bound(session, city, A)
    said = all_doubts(session, [actions.read(session, one.id)])[one.id]
    hidden = [flag for flag in said if flag.code.endswith("-hidden")]
    assert [flag.params for flag in hidden] == [{}, {}], "neither its number nor its figures"
    assert doubts(session, city, one) == [("vehicle-overlap", other.number), ("odometer-above-next", other.number)]


def test_a_list_doubts_only_what_stands_on_it(session: Session, city: City) -> None:
    engine = car(session, city)
    one = make.report(session, city, A, "K1-1-1", day=18, vehicle_ids=(engine,))
    other = make.report(session, city, B, "K1-1-2", day=18, vehicle_ids=(engine,))
    make.bound(session, city, "company1")
    rows = [actions.read(session, made.id) for made in (one, other)]
    alone, both = ["driver-missing"], ["driver-missing", "vehicle-overlap"]
    assert [[flag.code for flag in found] for found in flags(session, rows).values()] == [both, both]
    assert [[flag.code for flag in found] for found in all_doubts(session, rows).values()] == [both, both]
    assert [flag.code for flag in flags(session, rows[:1])[one.id]] == alone, "a list asks nothing more"


# --- The odometer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (1020, 1030, None), (1020.9, 1030, None), (1019.1, 1030, None), (1021, 1030, "odometer-gap"),
        (1019, 1030, "odometer-below-last"), (0, 12, "odometer-below-last"), (None, 1030, None),
        (None, 1019, "odometer-below-last"), (None, 1500, None),
    ],
)  # fmt: skip
def test_a_run_goes_on_where_the_last_one_ended(
    session: Session, city: City, start: float | None, end: float, expected: str | None
) -> None:
    engine, another = car(session, city), car(session, city)
    run(session, city, B, engine, 9, start=900, end=1000)
    last = run(session, city, B, engine, 12, start=1000, end=1020)
    run(session, city, B, another, 13, start=7, end=9)
    made = run(session, city, A, engine, 15, start=start, end=end)
    assert doubts(session, city, made) == ([(expected, last.number)] if expected else [])


def test_figures_are_said_to_whoever_may_see_the_other_report(session: Session, city: City) -> None:
    engine = car(session, city)
    last = run(session, city, "squad11b", engine, 12, start=1000, end=1020.5)
    made = run(session, city, "squad11", engine, 15, start=1100, end=1120)
    make.bound(session, city, "squad11")
    [flag] = [one for one in all_doubts(session, [actions.read(session, made.id)])[made.id] if "odometer" in one.code]
    assert (flag.pointer, flag.code) == ("/details/odometer_start_km", "odometer-gap")
    assert flag.params == {
        "number": last.number,
        "report_id": str(last.id),
        "here": 1100,
        "there": 1020.5,
        "apart": 79.5,
    }


def test_reports_that_come_out_of_order_are_compared_by_their_times(session: Session, city: City) -> None:
    engine = car(session, city)
    third = run(session, city, A, engine, 15, start=1040, end=1050)
    first = run(session, city, A, engine, 11, start=1000, end=1020)
    assert doubts(session, city, third) == [("odometer-gap", first.number)]
    second = run(session, city, B, engine, 13, start=1020, end=1040)
    assert [doubts(session, city, made) for made in (first, second, third)] == [[], [], []]
    late = run(session, city, B, engine, 14, start=1040, end=1400)
    assert doubts(session, city, late) == [("odometer-above-next", third.number)]
    assert doubts(session, city, third) == [("odometer-below-last", late.number)]


def test_drafts_and_what_was_withdrawn_say_nothing_of_the_meter(session: Session, city: City) -> None:
    engine = car(session, city)
    first = run(session, city, A, engine, 11, start=1000, end=1020)
    run(session, city, B, engine, 12, start=1020, end=9000, submit=False)
    gone = run(session, city, B, engine, 13, start=1020, end=8000)
    make.step(session, city, B, gone, Action.WITHDRAW, comment="まちがい")
    made = run(session, city, A, engine, 15, start=1020, end=1030)
    assert doubts(session, city, made) == []
    returned = make.step(session, city, "squad11", first, Action.RETURN, comment="距離計")
    assert doubts(session, city, made) == [], "what came back still says where the run ended"
    assert returned.state == "returned"


def test_a_new_meter_is_doubted_once(session: Session, city: City) -> None:
    engine = car(session, city)
    run(session, city, A, engine, 11, start=48_000, end=48_020)
    new = run(session, city, A, engine, 12, start=0, end=10)
    after = run(session, city, A, engine, 13, start=10, end=20)
    assert [code for code, _ in doubts(session, city, new)] == ["odometer-below-last"]
    assert doubts(session, city, after) == []


def test_whose_meter_it_was_is_not_known_of_two_vehicles(session: Session, city: City) -> None:
    engine, another = car(session, city), car(session, city)
    run(session, city, A, engine, 11, start=1000, end=1020)
    both = run(session, city, A, engine, 13, start=5, end=10, vehicle_ids=(engine, another))
    made = run(session, city, A, engine, 15, start=1020, end=1030)
    assert doubts(session, city, both) == doubts(session, city, made) == []


def test_a_vehicle_that_stood_for_months_is_compared_with_nothing(session: Session, city: City) -> None:
    engine = car(session, city)
    old = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    run(session, city, A, engine, 1, start=1, end=2, started_at=old, ended_at=old + HOUR)
    made = run(session, city, A, engine, 15, start=1000, end=1020)
    assert doubts(session, city, made) == []


def test_the_doubts_of_vehicles_cost_one_statement_and_none_without(session: Session, city: City) -> None:
    engine = car(session, city)
    plain = make.report(session, city, B, "K1-1-2", day=18)
    made = [run(session, city, A, engine, day, start=day * 10, end=day * 10 + 10) for day in range(10, 15)]
    make.bound(session, city, "company1")
    costs = []
    for some in ([plain], made[:1], made):
        rows = [actions.read(session, one.id) for one in some]
        session.flush()
        with counted(session) as asked:
            all_doubts(session, rows)
        costs.append(len(asked))
    assert costs == [costs[0], costs[0] + 1, costs[0] + 1]


def test_a_vehicle_that_came_to_another_station_is_compared_with_what_it_did_before(
    session: Session, city: City
) -> None:
    engine = car(session, city)
    make.unit(session, city, Level.STATION, "S2", "B消防署", "B")
    make.member(session, city, "station2", "S2", "station_officer", member_type="staff")
    rebuild_tree(session, city.bureau_id)
    make.kept(session, None)
    before = run(session, city, A, engine, 3, start=100, end=120)
    bureau = make.bound(session, city, "bureau")
    tree.move_unit(session, bureau, city.unit_id("K1"), city.unit_id("S2"), dt.date(2026, 11, 5))
    session.commit()
    after = run(session, city, B, engine, 10, start=150, end=160)
    assert doubts(session, city, after) == [("odometer-gap", before.number)]
    assert doubts(session, city, after, "station2") == [("odometer-differs-hidden", None)]


def test_a_car_of_the_bureau_in_reports_of_two_stations_at_one_time(session: Session, city: City) -> None:
    command = car(session, city, "B")
    for level, code, parent in ((Level.STATION, "S2", "B"), (Level.BRIGADE, "K2", "S2"), (Level.SQUAD, "K2-1", "K2")):
        make.unit(session, city, level, code, f"第二{code}", parent)
    make.member(session, city, "other", "K2-1")
    rebuild_tree(session, city.bureau_id)
    make.kept(session, None)
    one = make.report(session, city, A, "K1-1-1", day=18, vehicle_ids=(command,))
    other = make.report(session, city, "other", "K2-1", day=18, vehicle_ids=(command,))
    assert doubts(session, city, one) == [("vehicle-overlap-hidden", None)]
    assert doubts(session, city, one, "bureau") == [("vehicle-overlap", other.number)]
