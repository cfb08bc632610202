"""Rows written as sets are those that the unit of work would have written, on both stores."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.history import ReportEvent
from brigade.messages.notices import Notice
from brigade.row_sets import added, changed, write
from tests import make
from tests.make import NOW, City

EVENTS, REPORTS, NOTICES = ReportEvent.__table__, ActivityReport.__table__, Notice.__table__
TOKYO = dt.timezone(dt.timedelta(hours=9))


def told(made: ActivityReport, seq: int, **said: Any) -> dict[str, Any]:
    return {
        "report_id": made.id, "seq": seq, "at": NOW.astimezone(TOKYO), "action": "approve", "actor_id": made.author_id,
        "post": None, "unit_id": None, "level": None, "for_id": None, "basis": None, "source": "in_review",
        "target": "in_review", "step_from": 1, "step_to": 2, "reason": None, "comment": "班長へ", "remarks": [],
        "changed": ["place", "summary"], "nonce": b"\x00\xff", **said,
    }  # fmt: skip


def stored(session: Session, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    asked = select(*(table.c[name] for name in columns or table.c.keys())).order_by(*table.primary_key)
    return [tuple(row) for row in session.connection().execute(asked)]


def test_what_is_inserted_as_a_set_is_what_is_inserted_one_by_one(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    rows = [
        told(made, 7),
        told(made, 8, remarks=[{"pointer": "/place"}], nonce=None),
        told(made, 9, post="squad_leader"),
    ]
    found = []
    for store in (
        lambda: session.connection().execute(insert(EVENTS), rows),
        lambda: write(session, added(EVENTS, rows)),
    ):
        with session.begin_nested() as savepoint:
            store()
            found.append(stored(session, EVENTS))
            savepoint.rollback()
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_rows_that_are_there_are_left_alone_where_that_is_asked(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11b")
    row = {
        "member_id": city.member_id("squad11b"),
        "kind": "entered-by-other",
        "report_id": made.id,
        "data": {},
        "at": NOW,
    }
    before = stored(session, NOTICES)
    rows = [{**row, "id": made.id}, {**row, "id": made.author_id, "kind": "taken-back"}]
    write(session, added(NOTICES, rows, new_only=True))
    assert len(stored(session, NOTICES)) == len(before) + 1
    write(session, added(NOTICES, [], new_only=True))


def test_many_rows_are_changed_by_one_statement(session: Session, city: City) -> None:
    made = [make.report(session, city, "squad11a", "K1-1-1", day=day) for day in (3, 4, 5)]
    said: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *how: said.append(how[2]))
    rows = [
        {"id": row.id, "undo_step": nth, "updated_at": NOW.astimezone(TOKYO), "more": 1} for nth, row in enumerate(made)
    ]
    write(session, changed(REPORTS, ("undo_step", "updated_at"), rows))
    assert len(said) == 1
    assert {row[1:] for row in stored(session, REPORTS, "id", "undo_step", "updated_at")} == {
        (nth, NOW) for nth in range(3)
    }


def test_sets_of_several_tables_are_one_statement_on_postgresql(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    said: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *how: said.append(how[2]))
    notice = {"id": made.id, "member_id": made.author_id, "kind": "taken-back", "data": {"by": '«\\"%s\n'}, "at": NOW}
    write(
        session,
        changed(REPORTS, ("undo_step",), [{"id": made.id, "undo_step": 5}]),
        added(EVENTS, [told(made, 7), told(made, 8)]),
        added(NOTICES, [notice], new_only=True),
    )
    assert len(said) == (1 if session.get_bind().dialect.name == "postgresql" else 3)
    assert stored(session, REPORTS, "undo_step") == [(5,)]
    assert [seq for (seq,) in stored(session, EVENTS, "seq")][-2:] == [7, 8]
    assert ({"by": '«\\"%s\n'}, NOW) in stored(session, NOTICES, "data", "at")


def test_a_savepoint_takes_back_a_set_that_was_the_first_said_in_it(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    before = stored(session, EVENTS)
    with session.begin_nested() as savepoint:
        write(session, added(EVENTS, [told(made, 7)]))
        savepoint.rollback()
    assert stored(session, EVENTS) == before


def test_an_instant_without_a_zone_is_refused(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    with pytest.raises(ValueError, match="naive"):
        write(session, added(EVENTS, [told(made, 7, at=NOW.replace(tzinfo=None))]))


def test_what_is_too_long_is_refused_and_never_cut(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    rows = [told(made, 7, action="x" * 30), told(made, 8)]
    if session.get_bind().dialect.name == "postgresql":
        with pytest.raises(DBAPIError), session.begin_nested():
            write(session, added(EVENTS, rows))
    else:  # which knows no lengths
        write(session, added(EVENTS, rows))
        assert "x" * 30 in {row[0] for row in stored(session, EVENTS, "action")}
