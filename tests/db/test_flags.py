"""What only the store knows of a report: people claimed twice, people who were not there, reports like another; and pay."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.flags import asks_to_look, flags, reader_doubts
from brigade.activity.workflow import Action
from brigade.month.earnings import pay_of
from brigade.month.forecast import forecast
from brigade.organisation.people import Membership
from brigade.organisation.units import Unit
from tests import make


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session


@pytest.fixture
def city(session):
    return make.city(session)


def codes(session, city, *reports, login="company1"):
    """The codes of each report's flags, as that person finds them."""
    make.bound(session, city, login)
    rows = [actions.read(session, report.id) for report in reports]
    found = flags(session, rows)
    return [[flag.code for flag in found[row.id]] for row in rows]


@contextmanager
def counted(session):
    """The statements of a ``with`` block."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield asked
    event.remove(session.get_bind(), "before_cursor_execute", note)


def shifted(session, report, hours):
    """The report at another time, as an import or a change of the past may leave it."""
    values = {name: getattr(report, name) + dt.timedelta(hours=hours) for name in ("started_at", "ended_at")}
    session.execute(
        update(ActivityReport).where(ActivityReport.id == report.id).values(**values), execution_options=make.SYSTEM
    )
    session.commit()


def test_a_plain_report_has_none(session, city) -> None:
    one = make.report(session, city, "squad11a", "K1-1-1", day=18)
    other = make.report(session, city, "squad11b", "K1-1-1", day=18)
    assert codes(session, city, one, other) == [[], []]
    assert flags(session, []) == {}


def test_a_person_at_two_places_at_once_is_flagged_on_both(session, city) -> None:
    one = make.report(session, city, "squad11a", "K1-1-1", day=18)
    other = make.report(session, city, "squad11a", "K1-1-1", day=18, hour=14)
    shifted(session, other, -4)
    assert codes(session, city, one, other) == [["overlap"], ["overlap"]]
    shifted(session, other, -3)
    assert codes(session, city, one, other) == [["end-to-end"], ["end-to-end"]], "it begins as the other one ends"


def test_its_author_is_not_told_again_what_was_asked_when_it_was_filed(session, city) -> None:
    one = make.report(session, city, "squad11a", "K1-1-1", day=18)
    other = make.report(session, city, "squad11a", "K1-1-1", day=18, hour=14)
    shifted(session, other, -4)
    for login, told in (("squad11a", []), ("company1", ["overlap"])):
        reader = make.bound(session, city, login)
        found = reader_doubts(session, reader, actions.read(session, one.id))
        assert [flag.code for flag in found] == told


def test_an_overlap_that_one_may_not_see_is_told_without_its_number(session, city) -> None:
    own = make.report(session, city, "squad11a", "K1-1-1", day=18)
    other = make.report(session, city, "company1", "K1-1", "squad11a", "squad12a", day=18, hour=14)
    shifted(session, other, -4)
    found = codes(session, city, own, login="squad11a")
    assert found in ([["overlap"]], [["overlap-hidden"]])
    session.execute(
        update(Participation).where(Participation.report_id == other.id, Participation.member_id == city.member_id("squad11a"))
        .values(member_id=city.member_id("squad12b")), execution_options=make.SYSTEM,
    )  # fmt: skip
    session.commit()
    assert codes(session, city, own) == [[]]


def test_who_was_no_member_on_the_day_is_flagged(session, city) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=18)
    gone = Membership.member_id == city.member_id("squad11b")
    session.execute(
        update(Membership).where(gone).values(valid_to=dt.date(2026, 11, 17)), execution_options=make.SYSTEM
    )
    session.commit()
    assert codes(session, city, made) == [["entered-by-proxy", "not-enrolled"]]
    session.execute(delete(Membership).where(gone), execution_options=make.SYSTEM)
    session.commit()
    assert codes(session, city, made) == [["entered-by-proxy", "not-enrolled"]]


def test_the_same_thing_told_twice_is_flagged(session, city) -> None:
    one = make.report(session, city, "squad11a", "K1-1-1", "squad11a", day=18)
    other = make.report(session, city, "squad11a", "K1-1-1", "squad11b", day=18)
    found = codes(session, city, one, other)
    assert ["looks-like-another" in those for those in found] == [True, True]
    make.step(session, city, "squad11a", other, Action.WITHDRAW, comment="二重でした")
    assert codes(session, city, one) == [[]]


@pytest.mark.parametrize("author", ["squad11a", "squad11b"])
def test_the_same_told_of_one_person_by_whomever_is_flagged_once(session, city, author) -> None:
    one = make.report(session, city, "squad11a", "K1-1-1", day=18)
    other = make.report(session, city, author, "K1-1-1", "squad11a", day=18, hour=14)
    assert "looks-like-another" not in codes(session, city, one)[0]
    shifted(session, other, -5)
    assert codes(session, city, one) == [["overlap", "looks-like-another"]]


def test_what_another_tells_of_another_at_that_instant_is_not_like_it(session, city) -> None:
    one = make.report(session, city, "squad11a", "K1-1-1", day=18)
    make.report(session, city, "squad11b", "K1-1-1", day=18)
    make.report(session, city, "squad12a", "K1-1-2", day=18)
    assert codes(session, city, one) == [[]]


def test_a_roster_by_one_who_was_there_is_told_not_doubted(session, city) -> None:
    roster = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=18)
    proxy = make.report(session, city, "squad12a", "K1-1-2", "squad12b", day=18)
    strangers = make.report(session, city, "squad11-deputy", "K1-1-1", "squad11a", "squad11b", day=16)
    make.bound(session, city, "company1")
    for report, asks in ((roster, False), (proxy, True), (strangers, True)):
        row = actions.read(session, report.id)
        [flag] = flags(session, [row])[row.id]
        assert (flag.code, asks_to_look(row, flag)) == ("entered-by-proxy", asks)


def test_whatever_else_is_doubted_of_a_roster_is_looked_at(session, city) -> None:
    roster = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=18)
    later = make.report(session, city, "squad11b", "K1-1-1", day=18, hour=11)
    begun = later.started_at - dt.timedelta(hours=1)
    moved = update(ActivityReport).where(ActivityReport.id == later.id).values(started_at=begun)
    session.execute(moved, execution_options={**make.SYSTEM, "synchronize_session": False})
    session.commit()
    make.bound(session, city, "company1")
    row = actions.read(session, roster.id)
    asked = {flag.code: asks_to_look(row, flag) for flag in flags(session, [row])[row.id]}
    assert asked == {"entered-by-proxy": False, "overlap": True}


def test_the_flags_of_many_cost_as_many_statements_as_of_one(session, city) -> None:
    made = [make.report(session, city, "squad11a", "K1-1-1", day=day) for day in range(10, 19)]
    make.bound(session, city, "company1")
    counts = []
    for some in (made[:1], made):
        rows = [actions.read(session, report.id) for report in some]
        with counted(session) as asked:
            flags(session, rows)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_is_forecast_is_what_is_paid_after_confirmation(session, city) -> None:
    settings = {"second_factor_posts": [], "step_up": [], "pay_rules": "yokohama"}
    session.execute(
        update(Unit).where(Unit.id == city.bureau_id).values(settings=settings), execution_options=make.SYSTEM
    )
    session.commit()
    made = [
        make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=8),
        make.report(session, city, "squad11a", "K1-1-1", "squad11a", day=8, hour=14),
        make.report(session, city, "squad12a", "K1-1-2", "squad12a", day=9, kind="D-01"),
    ]
    actor = make.bound(session, city, "station")
    rows = [actions.read(session, report.id) for report in made]
    expected = forecast(session, actor, rows)
    session.rollback()
    taken = {"state": "confirmed", "step": 1, "awaiting_unit_id": None, "awaiting_since": None}
    session.execute(
        update(ActivityReport).values(**taken), execution_options={**make.SYSTEM, "synchronize_session": False}
    )
    session.commit()
    people = set(session.scalars(select(Participation.member_id), execution_options=make.SYSTEM))
    asked = {str(report.id) for report in made}
    lines, _ = pay_of(session, city.bureau_id, "yokohama", ("2026-11", "2026-11"), asked, people)
    for report in made:
        its = [paid.line for paid in lines if paid.line.report_id == str(report.id)]
        assert expected[report.id].yen == sum(line.yen or 0 for line in its)
        assert expected[report.id].unknown == sum(line.is_unknown for line in its)
    assert sum(one.yen for one in expected.values()) > 0
