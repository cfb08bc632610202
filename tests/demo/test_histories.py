"""Every loaded report could have come about by people using the product: held against the product's own rules."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Event, EventUnit, Participation, ReportCounter
from brigade.activity.claims import LIVE
from brigade.activity.content import content_of
from brigade.activity.history import ReportEvent, ReportVersion, replay
from brigade.activity.report_checks import check, entry_mode
from brigade.activity.search import ReportWords, index_report, pieces
from brigade.activity.transition import awaiting, route_of
from brigade.activity.workflow import State
from brigade.actor import load_actor
from brigade.dates import day_start, fiscal_year, month_of, tokyo_day
from brigade.db import new_id
from brigade.organisation.people import Member
from brigade.organisation.units import Unit
from brigade.scopes import act_as
from tests.demo.conftest import NOW, SYSTEM, Loaded, loaded

UNTIL = day_start(tokyo_day(NOW))


@pytest.fixture(params=["small", "city"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    made: Loaded = request.getfixturevalue(request.param)
    with Session(made.engine) as session:
        yield session


@pytest.fixture
def reports(session: Session) -> list[ActivityReport]:
    found = select(ActivityReport).options(*actions.WITH_CONTENT).order_by(ActivityReport.id)
    return list(session.scalars(found, execution_options=SYSTEM))


def by_report(session: Session, model: Any, order: Any) -> dict[uuid.UUID, list[Any]]:
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in session.scalars(select(model).order_by(model.report_id, order), execution_options=SYSTEM):
        found[row.report_id].append(row)
    return found


def test_events_tell_the_row(session: Session, reports: list[ActivityReport]) -> None:
    events = by_report(session, ReportEvent, ReportEvent.seq)
    for report in reports:
        told = events[report.id]
        assert replay(told) == (report.state, report.step, report.version)
        times = [event.at for event in told]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (report.created_at, report.updated_at)
        assert times[-1] < UNTIL
        assert (told[0].action, told[0].actor_id) == ("create", report.author_id)


def test_saved_versions_tell_the_content(session: Session, reports: list[ActivityReport]) -> None:
    events = by_report(session, ReportEvent, ReportEvent.seq)
    versions = by_report(session, ReportVersion, ReportVersion.version)
    for report in reports:
        saved = versions[report.id]
        assert saved[-1].content == content_of(report).stored()
        assert [v.version for v in saved] == [e.seq for e in events[report.id] if e.action in ("create", "edit")]
        assert all(v.changed for v in saved)


def test_copied_columns(session: Session, reports: list[ActivityReport]) -> None:
    for report in reports:
        people = [row.member_id for row in report.participations]
        assert report.sole_member_id == (people[0] if len(people) == 1 else None)
        assert report.month == month_of(report.started_at)
        assert report.entry_mode == entry_mode(report.author_id, content_of(report))
        stop = awaiting(report)
        assert report.awaiting_unit_id == (stop.unit_id if stop else None)
        for place in route_of(report):
            assert getattr(report, f"{place.level}_id") == place.unit_id


def test_nobody_is_in_two_places(session: Session, reports: list[ActivityReport]) -> None:
    spans: dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    together: Counter[tuple[uuid.UUID, uuid.UUID]] = Counter()
    for report in reports:
        if report.state in LIVE:
            for row in report.participations:
                spans[row.member_id].append((row.started_at or report.started_at, row.ended_at or report.ended_at))
                if report.event_id:
                    together[row.member_id, report.event_id] += 1
    for held in spans.values():
        held.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(held))
    assert not [key for key, times in together.items() if times > 1]


def test_a_vehicles_odometer_goes_on_from_run_to_run(sqlite_template: Path, tmp_path: Path) -> None:
    made = loaded(sqlite_template, tmp_path, "small", 300)  # so many are drawn in more than one go
    with Session(made.engine) as session:
        asked = select(ActivityReport).where(ActivityReport.kind == "V-01").options(*actions.WITH_CONTENT)
        runs = defaultdict(list)
        for report in session.scalars(asked.order_by(ActivityReport.started_at), execution_options=SYSTEM):
            runs[report.vehicle_ids[0]].append(report.details)
    made.engine.dispose()
    before_and_after = [pair for its in runs.values() for pair in pairwise(its)]
    assert before_and_after
    for before, after in before_and_after:
        assert after["odometer_start_km"] == before["odometer_end_km"] < after["odometer_end_km"]


def test_numbers_have_no_gaps_and_go_on(session: Session, reports: list[ActivityReport]) -> None:
    units = {unit.id: unit for unit in session.scalars(select(Unit), execution_options=SYSTEM)}
    given: dict[tuple[uuid.UUID, int], list[str]] = defaultdict(list)
    for report in reports:
        assert (report.number is None) == (not report.route)
        if report.number is not None:
            assert report.brigade_id is not None
            given[report.brigade_id, fiscal_year(tokyo_day(report.started_at))].append(report.number)
    counters = {
        (row.unit_id, row.year): row.value for row in session.scalars(select(ReportCounter), execution_options=SYSTEM)
    }
    assert {key: len(numbers) for key, numbers in given.items()} == counters
    for (unit_id, year), numbers in given.items():
        assert sorted(numbers) == [f"{units[unit_id].code}-{year}-{n:05d}" for n in range(1, len(numbers) + 1)]


def test_every_state_and_level_occurs(session: Session, reports: list[ActivityReport]) -> None:
    states = Counter(report.state for report in reports)
    assert set(states) == {"draft", "in_review", "returned", "confirmed", "withdrawn"}
    assert states["confirmed"] > 0.85 * len(reports)
    assert {stop.level for report in reports if (stop := awaiting(report))} >= {
        "squad",
        "company",
        "brigade",
        "station",
    }
    events = list(session.scalars(select(ReportEvent), execution_options=SYSTEM))
    assert {"create", "edit", "submit", "approve", "return", "withdraw", "pass"} <= {event.action for event in events}
    assert "author-holds" in {event.reason for event in events}
    assert "idle" in {event.basis for event in events}


def test_city_shows_the_rare_cases(city: Loaded) -> None:
    with Session(city.engine) as session:
        events = list(session.scalars(select(ReportEvent), execution_options=SYSTEM))
        kinds = Counter(session.scalars(select(ActivityReport.kind), execution_options=SYSTEM))
    assert {"step-back", "undo"} <= {event.action for event in events}
    assert {"vacant", "author-holds"} <= {event.reason for event in events}
    assert {"idle", "on-leave"} <= {event.basis for event in events}
    assert kinds["T-01"] > kinds["D-01"] > 0
    assert len(kinds) > 15


def test_drills_outweigh_fires(city: Loaded) -> None:
    with Session(city.engine) as session:
        asked = select(ActivityReport.kind).join(Participation, Participation.report_id == ActivityReport.id)
        times = Counter(session.scalars(asked, execution_options=SYSTEM))
    assert 3 < times["T-01"] / times["D-01"] < 9


def test_events_are_shared(city: Loaded) -> None:
    with Session(city.engine) as session:
        events = {e.id: e for e in session.scalars(select(Event), execution_options=SYSTEM)}
        called: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        for row in session.scalars(select(EventUnit), execution_options=SYSTEM):
            called[row.event_id].add(row.unit_id)
        shared: Counter[uuid.UUID] = Counter()
        reports = select(ActivityReport).where(ActivityReport.event_id.is_not(None))
        for report in session.scalars(reports, execution_options=SYSTEM):
            assert report.event_id is not None
            assert report.unit_id in called[report.event_id]
            assert report.kind == events[report.event_id].kind
            shared[report.event_id] += 1
    assert max(shared.values()) > 3


def drawn(rows: list[Any], count: int) -> list[Any]:
    return random.Random(1).sample(rows, min(count, len(rows)))


def test_contents_pass_the_checks(session: Session, reports: list[ActivityReport]) -> None:
    for report in drawn(reports, 150):
        member = session.get_one(Member, report.author_id, execution_options=SYSTEM)
        actor = load_actor(session, member, report.created_at)
        assert actor is not None
        session.info.pop("actor", None)
        act_as(session, actor)
        checked = check(session, actor, content_of(report), report_id=report.id, submit=report.state in LIVE)
        assert checked.content.stored() == content_of(report).stored()
        columns = checked.placement.column_ids()
        assert {name: getattr(report, name) for name in columns} == columns
        session.info.pop("actor")


def test_those_who_decided_were_the_ones_who_may(session: Session, reports: list[ActivityReport]) -> None:
    decisions = ("approve", "step-back", "return")
    known = {report.id: report for report in reports}
    waiting: list[tuple[ReportEvent, uuid.UUID, dt.datetime]] = []
    for id_, events in by_report(session, ReportEvent, ReportEvent.seq).items():
        since = events[0].at
        for event in events:
            if event.action in decisions and event.source == State.IN_REVIEW:
                assert event.unit_id is not None
                waiting.append((event, event.unit_id, since))
                assert event.actor_id not in (known[id_].author_id, known[id_].sole_member_id)
            if event.step_to != event.step_from:
                since = event.at
    deputies = [item for item in waiting if item[0].basis]
    for event, unit_id, since in drawn(waiting, 80) + drawn(deputies, 80):
        member = session.get_one(Member, event.actor_id, execution_options=SYSTEM)
        actor = load_actor(session, member, event.at)
        assert actor is not None
        desk = actor.desk_for(unit_id, since)
        assert desk is not None
        assert (desk.post, desk.for_id, desk.basis, desk.level) == (event.post, event.for_id, event.basis, event.level)


def test_words_are_those_of_the_index(session: Session, reports: list[ActivityReport]) -> None:
    for report in drawn(reports, 60):
        row = session.scalars(
            select(ReportWords).where(ReportWords.report_id == report.id), execution_options=SYSTEM
        ).one()
        body, pieces = row.body, row.pieces
        index_report(session, report)
        assert sorted(row.body.split()) == sorted(body.split())
        assert sorted(row.pieces.split()) == sorted(pieces.split())
    session.rollback()


def test_full_text_is_filled(city: Loaded) -> None:
    with city.engine.connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM report_words_fts WHERE report_words_fts MATCH :piece"),
            {"piece": pieces("訓練")[0]},
        )
        assert found.scalar_one() > 100


def test_life_goes_on(city: Loaded) -> None:
    """A new report on top of the loaded ones takes the next number and climbs."""
    with Session(city.engine) as session:
        done = select(ActivityReport).where(
            ActivityReport.state == State.CONFIRMED, ActivityReport.squad_id.is_not(None)
        )
        old = session.scalars(
            done.order_by(ActivityReport.started_at.desc()).options(selectinload(ActivityReport.participations)),
            execution_options=SYSTEM,
        ).first()
        assert old is not None
        member = session.get_one(Member, old.author_id, execution_options=SYSTEM)
        actor = load_actor(session, member, NOW)
        assert actor is not None
        act_as(session, actor)
        shift = NOW - dt.timedelta(hours=2) - old.started_at
        content = content_of(
            session.scalars(
                select(ActivityReport).where(ActivityReport.id == old.id).options(*actions.WITH_CONTENT),
                execution_options={"populate_existing": True, **SYSTEM},
            ).one()
        )
        people = tuple(p for p in content.participants if p.started_at is None and p.ended_at is None)[:1]
        fresh = type(content)(
            kind="T-01", unit_id=old.unit_id, started_at=old.started_at + shift,
            ended_at=old.started_at + shift + dt.timedelta(hours=1), participants=people,
        )  # fmt: skip
        before = session.scalar(
            select(ReportCounter.value).where(
                ReportCounter.unit_id == old.brigade_id, ReportCounter.year == fiscal_year(tokyo_day(NOW))
            )
        )
        made, _ = actions.create(session, actor, fresh, report_id=new_id(), submit=True)
        assert made.number is not None
        assert made.number.endswith(f"-{(before or 0) + 1:05d}")
        assert made.state == State.IN_REVIEW
        session.rollback()
