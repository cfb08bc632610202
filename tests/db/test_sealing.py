"""Sealing a month: what an edition keeps for ever, what a correction changes, and that nothing else changes it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.content import Person
from brigade.activity.history import ReportEvent, replay
from brigade.activity.workflow import Action
from brigade.month.differences import differences, totals
from brigade.month.editions import Edition, EditionUnit, newest, rows_of
from brigade.month.verifying import verify
from brigade.organisation.people import Absence, DeputyPlace
from brigade.problems import NotFound, Problem, Refused
from tests import make
from tests.db.sealed import CHAIN, MONTH, confirmed, paid_city, sealed
from tests.make import SYSTEM, City


@pytest.fixture
def city(engine: Engine) -> City:
    return paid_city(engine)


def contents(engine: Engine, edition: Edition) -> tuple[bytes, str]:
    with Session(engine) as session:
        row = session.execute(
            select(Edition.rows, Edition.digest).where(Edition.id == edition.id), execution_options=SYSTEM
        ).one()
        return row[0], row[1]


def test_what_is_confirmed_is_counted_and_what_is_under_way_is_named(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        done = confirmed(session, city, "squad11a", "squad11b")
        make.report(session, city, "squad11b", "K1-1-1", day=9)
        make.report(session, city, "squad11b", "K1-1-1", day=10, submit=False)
    (edition,) = sealed(engine, city)
    with Session(engine) as session:
        rows = rows_of(session, edition)
        report = session.get_one(ActivityReport, done.id, execution_options=SYSTEM)
        events = session.scalars(
            select(ReportEvent).where(ReportEvent.report_id == done.id).order_by(ReportEvent.seq),
            execution_options=SYSTEM,
        ).all()
    assert (report.state, replay(events)) == ("sealed", ("sealed", report.step, report.version))
    assert events[-1].action == "seal"
    assert events[-1].post == "station_officer"
    assert [row.id for row in rows.reports] == [str(done.id)]
    assert [row.state for row in rows.left_open] == ["in_review"]
    assert (edition.number, edition.times, edition.person_times, edition.minutes) == (1, 1, 2, 240)
    assert (edition.yen, edition.left_open) == (7_000, 1)
    assert (edition.sealed_by, edition.post, edition.office) == ("団員 station", "station_officer", "A消防署")


def test_each_unit_of_an_edition_has_its_sums_and_its_code(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        confirmed(session, city, "squad11a", "squad11b")
    (edition,) = sealed(engine, city)
    with Session(engine) as session:
        units = session.scalars(
            select(EditionUnit).where(EditionUnit.edition_id == edition.id).order_by(EditionUnit.place),
            execution_options=SYSTEM,
        ).all()
        assert [(unit.name, unit.times, unit.yen) for unit in units] == [
            ("A消防団", 1, 7_000), ("第1分団", 1, 7_000), ("第1分団第1班", 1, 7_000), ("第1分団第2班", 0, 0),
            ("第2分団", 0, 0), ("第2分団第1班", 0, 0), ("第2分団第2班", 0, 0),
        ]  # fmt: skip
        assert len({unit.code for unit in units}) == len(units)
        found = verify(session, units[1].code.lower().replace("-", " "))
        assert (found.unit_name, found.number, found.newest_number, found.yen) == ("第1分団", 1, 1, 7_000)
        for wrong, code in (("7K3M", "code-misread"), ("7K3M-Q0ZT-9A2D", "code-misread"), ("x" * 300, "code-misread")):
            with pytest.raises(Problem, match=code):
                verify(session, wrong)


def test_an_edition_tells_nothing_of_confidential_reports(engine: Engine, city: City) -> None:
    """The bureau reads editions, but no report of an injury."""
    injury = {"injured_member_id": str(city.member_id("squad11b")), "how": "転んだ", "few_witnesses_reason": "一人"}
    with Session(engine) as session:
        confirmed(session, city)
        hurt = confirmed(session, city, "squad11b", day=9, kind="I-01", details=injury)
        make.report(session, city, "squad11a", "K1-1-1", "squad11b", day=10, kind="I-01", details=injury)
    (edition,) = sealed(engine, city)
    with Session(engine) as session:
        rows = rows_of(session, edition)
        assert session.get_one(ActivityReport, hurt.id, execution_options=SYSTEM).state == "sealed"
    assert ([row.kind for row in rows.reports], rows.left_open) == (["T-01"], ())
    assert {paid.line.kind for paid in rows.pay} == {"T-01"}
    assert str(city.member_id("squad11b")) not in {person.id for person in rows.people}
    assert (edition.times, edition.person_times, edition.yen) == (1, 1, 3_500)


def test_a_correction_makes_the_next_edition_and_the_old_one_stays(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        report = confirmed(session, city, "squad11a", "squad11b")
        confirmed(session, city, day=9)
    (first,) = sealed(engine, city)
    before = contents(engine, first)
    with Session(engine) as session:
        stored = session.get_one(ActivityReport, report.id, execution_options=SYSTEM)
        session.expunge(stored)
        back = make.step(session, city, "station", stored, Action.RETURN, comment="いなかった人がいます")
        make.bound(session, city, "squad11a")
        actor = make.bound(session, city, "squad11a")
        edited, _ = actions.edit(
            session, actor, back.id, back.version, {"participants": (Person(city.member_id("squad11a")),)}
        )
        session.commit()
        session.expunge_all()
        edited = session.get_one(ActivityReport, report.id, execution_options=SYSTEM)
        session.expunge(edited)
        again = make.step(session, city, "squad11a", edited, Action.SUBMIT)
        for login in CHAIN:
            again = make.step(session, city, login, again, Action.APPROVE)
        confirmed(session, city, day=12)
    (second,) = sealed(engine, city)
    assert contents(engine, first) == before
    assert second.number == 2
    with Session(engine) as session:
        old, new = rows_of(session, first), rows_of(session, second)
    found = differences(old, new)
    assert [(one.what, one.times) for one in found] == [("changed", 0), ("added", 1)]
    assert [(p.name, p.person_times, p.yen) for p in found[0].people] == [("団員 squad11b", -1, -3_500)]
    plus = sum(person.yen for one in found for person in one.people)
    assert totals(old).yen + plus == totals(new).yen == second.yen == 10_500
    assert totals(old).times + sum(one.times for one in found) == totals(new).times


def test_under_correction_it_is_subtracted_until_it_comes_back(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        report = confirmed(session, city)
    sealed(engine, city)
    with Session(engine) as session:
        stored = session.get_one(ActivityReport, report.id, execution_options=SYSTEM)
        session.expunge(stored)
        make.step(session, city, "station", stored, Action.RETURN, comment="時刻を確かめてください")
    (second,) = sealed(engine, city)
    assert (second.number, second.times, second.yen, second.left_open) == (2, 0, 0, 1)


def test_a_station_brings_its_brigades_along_and_they_agree(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        confirmed(session, city)
    station, brigade = sealed(engine, city, "S1")
    assert (station.level, brigade.level) == ("station", "brigade")
    assert (station.seal_id, station.yen, station.digest == brigade.digest) == (brigade.seal_id, brigade.yen, False)
    # Nothing new: the station has its next edition, the brigade keeps the one it has.
    (again,) = sealed(engine, city, "S1")
    assert (again.number, again.level) == (2, "station")
    with Session(engine) as session:
        confirmed(session, city, day=12)
    assert [(edition.level, edition.number) for edition in sealed(engine, city, "S1")] == [
        ("station", 3),
        ("brigade", 2),
    ]


@pytest.mark.parametrize(
    ("login", "code", "problem"),
    [
        ("brigade", "K1", Refused),
        ("company1", "K1-1", Problem),
        ("squad11a", "K1", Refused),
        ("bureau", "K1", Refused),
        ("station", "K1-1", Problem),
        ("station", "B", Problem),
    ],
)
def test_only_the_station_seals_and_only_whole_brigades(
    engine: Engine, city: City, login: str, code: str, problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        sealed(engine, city, code, login)
    with Session(engine) as session:
        assert session.scalars(select(Edition), execution_options=SYSTEM).all() == []


def test_a_deputy_seals_only_in_the_place_of_an_officer_who_is_away(engine: Engine, city: City) -> None:
    """Beside an officer who is there what is old falls to the deputy, not the month: also to one who may look into it."""
    with Session(engine) as session:
        named = {"unit_id": city.unit_id("S1"), "member_id": city.member_id("bureau"), "place": 1}
        session.execute(insert(DeputyPlace).values(**named, valid_from=make.SINCE), execution_options=SYSTEM)
        session.commit()
    with pytest.raises(Refused):
        sealed(engine, city, login="bureau")
    with Session(engine) as session:
        away = {"member_id": city.member_id("station"), "absence": "leave", "valid_from": make.SINCE}
        session.execute(insert(Absence).values(**away), execution_options=SYSTEM)
        session.commit()
    [edition] = sealed(engine, city, login="bureau")
    assert (edition.office, edition.sealed_by_id) == ("A消防署", city.member_id("bureau"))


def test_another_citys_month_is_not_there(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        other = make.city(session, "Z")
    with pytest.raises(NotFound):
        sealed(engine, replace(other, people=city.people), "ZK1")


def test_a_future_month_is_not_sealed(engine: Engine, city: City) -> None:
    with pytest.raises(Problem, match="month-in-future"):
        sealed(engine, city, month="2026-12")


# --- What the database itself refuses ---------------------------------------------------------------------------------


ATTACKS = {
    "edition's rows": "UPDATE editions SET rows = 'x'",
    "edition's sum": "UPDATE editions SET yen = yen + 1",
    "edition away": "DELETE FROM editions",
    "unit's sum": "UPDATE edition_units SET yen = 0",
    "unit away": "DELETE FROM edition_units",
    "report's time": "UPDATE activity_reports SET ended_at = started_at WHERE state = 'sealed'",
    "report's state": "UPDATE activity_reports SET state = 'confirmed' WHERE state = 'sealed'",
    "returned with another month": "UPDATE activity_reports SET state = 'returned', step = 0, month = '2026-12'"
    " WHERE state = 'sealed'",
    "report away": "DELETE FROM activity_reports WHERE state = 'sealed'",
    "person away": "DELETE FROM participations",
    "person's time": "UPDATE participations SET started_at = NULL, acted = NOT acted",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nobody_changes_what_is_sealed(engine: Engine, city: City, attack: str) -> None:
    with Session(engine) as session:
        confirmed(session, city)
    (edition,) = sealed(engine, city)
    before = contents(engine, edition)
    with pytest.raises(DBAPIError, match=r"never change"), engine.connect() as connection:
        connection.execute(text(ATTACKS[attack]))
    assert contents(engine, edition) == before


def test_nobody_is_added_to_a_sealed_report(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        report = confirmed(session, city)
    sealed(engine, city)
    more = insert(Participation).values(
        report_id=report.id, member_id=city.member_id("squad11b"), position=9, role="member", acted=True, injured=False
    )
    with pytest.raises(DBAPIError, match="never changes"), engine.connect() as connection:
        connection.execute(more)


def test_editions_are_not_emptied_either(postgresql: str) -> None:
    engine = create_engine(postgresql)
    with pytest.raises(DBAPIError, match="never change"), engine.connect() as connection:
        connection.execute(text("TRUNCATE editions CASCADE"))
    engine.dispose()


def test_a_damaged_edition_is_not_read(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        confirmed(session, city)
    (edition,) = sealed(engine, city)
    with Session(engine) as session, pytest.raises(ValueError, match="what was sealed"):
        rows_of(session, _like(edition, digest="0" * 64))


def _like(edition: Edition, **changed: object) -> Edition:
    values = {
        column.name: getattr(edition, column.name) for column in Edition.__table__.columns if column.name != "rows"
    }
    return Edition(**{**values, **changed})


# --- Two at once ------------------------------------------------------------------------------------------------------


def test_two_who_seal_at_once_make_two_editions_or_one(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        confirmed(session, city)
    start, made, failed = threading.Barrier(2), [], []

    def run() -> None:
        start.wait()
        try:
            made.extend(sealed(engine, city))
        except (DBAPIError, IntegrityError) as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) + len(failed) == 2
    assert sorted(edition.number for edition in made) == list(range(1, len(made) + 1))
    with Session(engine) as session:
        last = newest(session, city.unit_id("K1"), MONTH)
        assert last is not None
        assert (last.times, last.yen) == (1, 3_500)
        seals = session.scalars(select(ReportEvent).where(ReportEvent.action == "seal"), execution_options=SYSTEM).all()
        assert len(seals) == 1
