"""How many SQL statements a request costs, as upper bounds that hold however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from api.extensions import db
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, copies, done, file

BOUNDS = {
    "who I am": 4,
    "one report": 10,  # one tells which of the reports that it meets may be named
    "its history": 10,
    "report list": 10,  # one for the ids along the indexes
    "words": 10,  # one counts, up to a thousand, the reports that have their pieces
    "inbox": 8,
    "inbox by event": 14,
    "summary": 3,
    "units": 4,
    "members": 8,
    "vehicles": 3,
    "events": 3,
    "kinds": 2,
    "month": 21,
    "figure": 16,  # one adds up all reports behind it, not only those of the page
    "statistics": 8,
    "annual pay": 15,  # one for the types of before, as below
    "what-if": 8,
    "approve many": 9,  # seven of its own; three of them link what happened into the chain
    "what was just approved": 13,
    "undo many": 9,
    "approve": 15,  # with signing in
    "correct": 24,  # one says until when its people are claimed, as its times have changed
    "validate": 5,
    "file": 21,
}
"""SQLite says BEGIN; PostgreSQL's driver says that by itself, and the program for which bureau it acts (``walls.py``). A
statement more needs a reason, and a new bound.
"""

AT_ONCE = {"approve many": 7, "undo many": 7, "file": 16}
"""On PostgreSQL, which writes several tables by one statement: signing in, the bureau, the reports, what is written of
them, the log, the heads held, links and heads.
"""


@contextmanager
def counted(app) -> Iterator[list[str]]:
    """The statements of a ``with`` block."""
    said: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        said.append(" ".join(statement.split())[:150])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def later(minutes: int) -> dict[str, str]:
    """A slip put right: the end, and what was done."""
    return {"ended_at": f"2026-11-16T11:{10 + minutes}:00+09:00", "summary": f"{minutes}分おそく終わった"}


@pytest.fixture
def costs(app, ask, city):
    """Statements by request, with so many more reports in the store than the three that are always there."""
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))
    other = file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", day=18))
    slip = file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", day=16))
    drawn = iter(range(1, 17))
    unit = {"unit_id": str(city.unit_id("K1-1"))}

    def ones() -> dict[str, object]:
        """Requests of the leader of squad 1-1, of company 1, of a member, and of the station."""
        squad, company, member, station = (ask(login) for login in ("squad11", "company1", "squad11a", "station"))
        mine = squad.get(f"{REPORTS}?awaiting=me&limit=20").json["items"]
        some = [{"id": item["id"], "version": item["version"]} for item in mine[1:]]
        approved = [{**item, "version": item["version"] + 1} for item in some]
        leader = ask("squad12")
        wrong = leader.get(f"{REPORTS}/{slip['id']}").json
        return {
            "who I am": lambda: squad.get(f"{API}/me"),
            "one report": lambda: squad.get(f"{REPORTS}/{report['id']}"),
            "its history": lambda: squad.get(f"{REPORTS}/{report['id']}/history"),
            "report list": lambda: company.get(f"{REPORTS}?limit=100"),
            "words": lambda: company.get(REPORTS, query_string={"q": "器具置場", "limit": 100, **unit}),
            "inbox": lambda: squad.get(f"{API}/inbox?limit=100"),
            "inbox by event": lambda: squad.get(f"{API}/inbox?limit=100&group=event"),
            "summary": lambda: squad.get(f"{API}/inbox/summary"),
            "units": lambda: company.get(f"{API}/units"),
            "members": lambda: company.get(f"{API}/units/{unit['unit_id']}/members?below=true&limit=100"),
            "vehicles": lambda: company.get(f"{API}/vehicles"),
            "events": lambda: company.get(f"{API}/events"),
            "kinds": lambda: member.get(f"{API}/activity-kinds"),
            "month": lambda: company.get(f"{API}/months/2026-11", query_string=unit),
            "figure": lambda: company.get(f"{API}/months/2026-11/figures", query_string=unit),
            "statistics": lambda: company.get(f"{API}/statistics", query_string={**unit, "year": 2026}),
            "annual pay": lambda: company.get(f"{API}/annual-pay", query_string={**unit, "year": 2026}),
            "what-if": lambda: station.post(
                f"{API}/pay/what-if",
                json={**unit, "rule_set": "national-2022", "from": "2026-10", "to": "2026-11"},
            ),
            "approve": lambda: act(ask("squad12"), other, "approve"),
            "correct": lambda: act(leader, wrong, "correct", **later(wrong["version"])),
            "approve many": lambda: squad.post(f"{API}/inbox/approve", json={"items": some}),
            "what was just approved": lambda: squad.get(f"{API}/inbox/undoable?limit=100"),
            "undo many": lambda: squad.post(f"{API}/inbox/undo", json={"items": approved}),
            "validate": lambda: member.post(f"{REPORTS}/validate", json=make.body(city, "K1-1-1", "squad11a", day=17)),
            "file": lambda: member.post(REPORTS, json=make.body(city, "K1-1-1", "squad11a", "squad11b", day=next(drawn))),
        }  # fmt: skip

    def measure(more: int) -> dict[str, list[str]]:
        if more:
            copies(app, report["id"], more)
        found = {}
        for name, request in ones().items():
            with counted(app) as said:
                answer = request()
            assert answer.status_code in (200, 201, 412), (name, answer.text)
            found[name] = said
        return found

    return measure


def test_no_request_costs_more_than_its_bound_however_many_rows_there_are(app, costs) -> None:
    first, few, many = costs(2), costs(0), costs(60)
    bounds = BOUNDS | AT_ONCE if app.config["BRIGADE"].database_url.startswith("postgresql") else BOUNDS
    assert few.keys() == bounds.keys()
    for name, bound in bounds.items():
        assert len(first[name]) <= bound, (name, first[name])
        assert len(many[name]) <= bound, (name, many[name])
        if name != "approve":  # the second time it is refused as stale
            assert len(many[name]) <= len(few[name]), (name, many[name])


def test_what_is_with_its_authors_costs_no_more_however_much_it_is(app, ask, city) -> None:
    report = file(ask("squad21a"), make.body(city, "K1-2-1", "squad21a", day=18))
    done(ask("squad21"), report, "return", comment="終わりの時刻")
    costs = []
    for more in (20, 60):
        copies(app, report["id"], more)
        with counted(app) as said:
            answer = ask("squad21").get(f"{API}/inbox/returned?limit=100")
        assert len(answer.json["items"]) > more
        costs.append(len(said))
    assert costs[0] == costs[1] <= 7, costs
