"""Catching up, case by case: what comes, what goes, and when a device has to begin anew."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from brigade.activity.activities import Event, EventUnit
from brigade.organisation import posts
from brigade.sync import catching_up
from brigade.sync.catching_up import first_instant
from brigade.sync.changes import KEPT, Mark, forget_old_changes, renew_epoch
from brigade.sync.cursor import Cursor, Round, View
from tests import make
from tests.db.phones import DAY, A, Device, drill, filed, stepped, written
from tests.make import NOW, SYSTEM, City


@pytest.fixture
def town(engine: Engine) -> City:
    """The small city in a store of its own, where commits are commits."""
    with Session(engine) as session:
        return make.city(session)


def test_a_change_between_two_pages_comes_with_the_next_round(engine: Engine, town: City) -> None:
    reports = [filed(engine, town, "squad11a", "K1-1-1", day=day) for day in (1, 2, 3)]
    phone = Device(engine, town, "squad11")
    first = phone.page(limit=1)  # the newest: day 3
    changed = stepped(engine, town, "squad11", reports[0], A.APPROVE)
    rest = phone.catch_up(limit=1)
    sent = [(row.id, row.version) for page in (first, *rest) for row in page.reports]
    assert [id_ for id_, _ in sent] == [reports[2].id, reports[1].id, reports[0].id]
    assert sent[-1] == (changed.id, changed.version)
    assert [page.reset for page in (first, *rest)] == [True] + [False] * len(rest)


# --- Beginning anew ---------------------------------------------------------------------------------------------------


def test_a_device_begins_anew_when_the_log_cannot_tell(engine: Engine, town: City) -> None:
    report = filed(engine, town, "squad11a", "K1-1-1")
    phone = Device(engine, town, "squad11a")
    assert [page.reset for page in phone.catch_up()] == [True]
    assert [page.reset for page in phone.catch_up()] == [False]
    assert [page.reset for page in phone.catch_up(now=NOW + KEPT - 2 * DAY)] == [False]
    assert [page.reset for page in phone.catch_up(now=NOW + 3 * KEPT)] == [True]
    phone.catch_up()
    written(engine, renew_epoch)
    assert [page.reset for page in phone.catch_up()] == [True]
    assert [page.reset for page in phone.catch_up()] == [False]
    other = Device(engine, town, "squad11b")
    other.cursor = phone.cursor
    (page,) = other.catch_up()
    assert (page.reset, page.reports) == (True, [])
    assert phone.reports == {report.id}


def test_a_clock_that_was_ahead_for_a_while_makes_no_device_miss_a_change(engine: Engine, town: City) -> None:
    report = filed(engine, town, "squad11a", "K1-1-1")
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    returned = stepped(engine, town, "squad11", report, A.RETURN, comment="時刻を確かめてください。")
    written(engine, lambda session: forget_old_changes(session, NOW + 4 * KEPT))
    found = [(row.id, row.version) for page in phone.catch_up() for row in page.reports]
    assert found == [(report.id, returned.version)]


def test_a_store_that_went_back_in_time_is_noticed(engine: Engine, town: City) -> None:
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    cursor = Cursor.unpacked(phone.cursor or b"")
    assert cursor is not None
    ahead = Mark(cursor.mark.next + 1000)
    phone.cursor = Cursor(cursor.epoch, cursor.member_id, cursor.at, ahead, cursor.view).packed()
    assert [page.reset for page in phone.catch_up()] == [True]


def test_a_view_that_changes_half_way_begins_anew(engine: Engine, town: City) -> None:
    for day in (1, 2, 3):
        filed(engine, town, "squad11a", "K1-1-1", day=day)
    phone = Device(engine, town, "squad11")
    phone.catch_up()
    for day in (5, 6, 7):
        filed(engine, town, "squad11a", "K1-1-1", day=day)
    assert phone.page(limit=1).more
    ended(engine, town, "squad11")
    pages = phone.catch_up(limit=1)
    assert pages[0].reset
    assert phone.reports == set()


def ended(engine: Engine, city: City, who: str) -> None:
    """The person's post ends today."""
    with Session(engine) as session:
        bureau = make.bound(session, city, "bureau")
        held = posts.held_from(session, [city.member_id(who)], bureau.today)[city.member_id(who)]
        posts.end_post(session, bureau, held.posts[0].id, bureau.today)
        session.commit()


def test_a_lost_view_is_told_by_name_or_all_at_once(
    engine: Engine, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = filed(engine, town, "squad11", "K1-1-1", day=1)
    others = {filed(engine, town, "squad11a", "K1-1-1", day=day).id for day in (2, 3)}
    phone, second = Device(engine, town, "squad11"), Device(engine, town, "squad11")
    phone.catch_up()
    second.catch_up()
    ended(engine, town, "squad11")
    (page,) = phone.catch_up()
    assert (page.reset, set(page.gone_reports), phone.reports) == (False, others, {mine.id})
    monkeypatch.setattr(catching_up, "MOST_GONE", 1)
    (page,) = second.catch_up()
    assert (page.reset, page.gone_reports, second.reports) == (True, [], {mine.id})


def test_what_one_never_saw_is_never_named(engine: Engine, town: City) -> None:
    """A report that came after one had left is as unknown as any other, though one's old unit is on it."""
    phone = Device(engine, town, "squad11")
    phone.catch_up()
    ended(engine, town, "squad11")
    made = filed(engine, town, "squad11a", "K1-1-1")
    (page,) = phone.catch_up()
    assert (page.gone_reports, page.reports) == ([], [])
    stepped(engine, town, "squad11a", made, A.WITHDRAW, comment="重複")
    (page,) = phone.catch_up()
    assert (page.gone_reports, page.reports) == ([], [])


# --- What comes -------------------------------------------------------------------------------------------------------


def test_the_first_download_reaches_two_months_back_and_to_whatever_is_open(engine: Engine, town: City) -> None:
    def on(month: int, day: int, hour: int = 3) -> dict[str, Any]:
        start = dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)
        return {"started_at": start, "ended_at": start + DAY / 12}

    old_open = filed(engine, town, "squad11a", "K1-1-1", **on(2, 1))
    last_of_august = filed(engine, town, "squad11a", "K1-1-1", **on(8, 31, 12))
    first_of_september = filed(engine, town, "squad11a", "K1-1-1", **on(8, 31, 15))  # midnight in Tokyo
    for who in ("squad11", "company1", "brigade", "station"):
        last_of_august = stepped(engine, town, who, last_of_august, A.APPROVE)
        first_of_september = stepped(engine, town, who, first_of_september, A.APPROVE)
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    assert phone.reports == {old_open.id, first_of_september.id}
    assert first_instant(NOW) == first_of_september.started_at
    stepped(engine, town, "station", last_of_august, A.RETURN, comment="時刻")
    phone.catch_up()
    assert last_of_august.id in phone.reports


def test_events_come_into_the_window_and_leave_it(engine: Engine, town: City) -> None:
    days = (-50, -44, 1, 119, 121)
    made = {day: drill(town, "K1-1", day) for day in days}
    written(engine, lambda session: session.add_all(made.values()))
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    assert phone.events == {made[day].id for day in (-44, 1, 119)}
    (page,) = phone.catch_up(now=NOW + 3 * DAY)
    assert [row.id for row in page.events] == [made[121].id]
    assert page.gone_events == [made[-44].id]
    assert Device(engine, town, "squad21a").catch_up()[0].events == []


def test_a_deleted_event_goes_and_a_changed_one_comes_again(engine: Engine, town: City) -> None:
    stays, goes, moves = (drill(town, "K1-1", day) for day in (1, 2, 3))
    written(engine, lambda session: session.add_all([stays, goes, moves]))
    phone = Device(engine, town, "squad11a")
    phone.catch_up()

    def change(session: Session) -> None:
        session.get_one(Event, stays.id, execution_options=SYSTEM).title = "合同訓練"
        session.delete(session.get_one(Event, goes.id, execution_options=SYSTEM))
        session.get_one(Event, moves.id, execution_options=SYSTEM).units = [EventUnit(unit_id=town.unit_id("K1-2"))]

    written(engine, change)
    (page,) = phone.catch_up()
    assert [(row.id, row.title) for row in page.events] == [(stays.id, "合同訓練")]
    assert set(page.gone_events) == {goes.id, moves.id}


def test_a_device_keeps_so_many_events_and_those_to_come_first(
    engine: Engine, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {day: drill(town, "K1", day) for day in (-20, -10, 10, 20, 30)}
    written(engine, lambda session: session.add_all(made.values()))
    monkeypatch.setattr(catching_up, "MOST_EVENTS", 4)
    phone = Device(engine, town, "squad11a")
    pages = phone.catch_up(limit=2)
    assert [row.id for page in pages for row in page.events] == [made[day].id for day in (10, 20, 30, -10)]
    assert phone.events == {made[day].id for day in (-10, 10, 20, 30)}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_are_full_and_none_is_too_long(engine: Engine, town: City, limit: int) -> None:
    made = {filed(engine, town, "squad11a", "K1-1-1", day=day).id for day in range(1, 8)}
    phone = Device(engine, town, "squad11a")
    pages = phone.catch_up(limit)
    assert phone.reports == made
    assert max(len(page.reports) + len(page.events) for page in pages) <= limit
    assert len(pages) <= 7 // limit + 2


# --- The cursor -------------------------------------------------------------------------------------------------------

ids = st.uuids()
marks = st.builds(
    lambda next_, back: Mark(next_, tuple(sorted(next_ - b for b in back))),
    st.integers(1, 2**62),
    st.sets(st.integers(1, 1000), max_size=5),
)
views = st.builds(
    View,
    st.lists(st.tuples(st.sampled_from(["squad", "bureau"]), ids), max_size=3).map(tuple),
    st.lists(st.tuples(ids, st.integers(0, 90)), max_size=3).map(tuple),
)
instants = st.integers(1, 2**32).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
rounds = st.builds(
    Round,
    marks,
    views,
    instants,
    st.just(("recent", "open")),
    st.lists(st.text("0123456789abcdef-:"), max_size=2).map(tuple),
)
tails = st.frozensets(st.text("0123456789abcdef", min_size=10, max_size=10), max_size=9)


@given(st.builds(Cursor, st.text("0123456789abcdef"), ids, instants, marks, views, tails, st.none() | rounds))
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    assert Cursor.unpacked(cursor.packed()) == cursor


def test_a_cursor_of_another_version_is_no_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = Cursor("", uuid.UUID(int=1), NOW, Mark(1), View())
    monkeypatch.setattr("brigade.sync.cursor.FORMAT", 2)
    later = cursor.packed()
    monkeypatch.undo()
    assert Cursor.unpacked(later) is None
