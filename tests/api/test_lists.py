"""Finding reports: filters, words, pages, and places in a list that nobody can forge."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import event, update

from api import sync
from api.extensions import db
from brigade.kana import sort_key
from brigade.organisation.people import Member
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, copies, done, file, places

BY_TIME = (REPORTS, f"{API}/inbox", f"{API}/events")
BY_CODE = (f"{API}/units", f"{API}/vehicles")


def ids(answer):
    return [item["id"] for item in answer.json["items"]]


def cursor(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.fixture
def reports(ask, city):
    """By name: reports of squads 1-1, 1-2 and 2-1 in several states, kinds and months."""
    made = {
        "drill": file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, place="器具置場", summary="100%放水")),
        "fire": file(
            ask("squad11b"),
            make.body(city, "K1-1-1", "squad11b", day=16, kind="D-01", details={}, place="本町1_2", summary="ポンプ"),
        ),
        "october": file(
            ask("squad12a"),
            make.body(
                city, "K1-1-2", "squad12a",
                started_at="2026-10-31T23:00:00+09:00", ended_at="2026-11-01T02:00:00+09:00", place="市民運動場",
            ),
        ),
        "other company": file(ask("squad21a"), make.body(city, "K1-2-1", "squad21a", day=17)),
        "draft": file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=15, submit=False)),
    }  # fmt: skip
    made["fire"] = done(ask("squad11"), made["fire"], "approve")
    return made


def test_filters_keep_what_they_name(ask, city, reports) -> None:
    bureau, company = ask("bureau"), ask("company1")
    told = {
        "": ["drill", "other company", "fire", "october"],
        "state=in_review": ["drill", "other company", "fire", "october"],
        "state=draft": [],
        "kind=D-01": ["fire"],
        "month=2026-10": ["october"],
        "month=2026-11": ["drill", "other company", "fire"],
        "from=2026-11-16": ["drill", "other company", "fire"],
        "from=2026-11-17&to=2026-11-17": ["other company"],
        "to=2026-11-16": ["fire", "october"],
        "from=2026-11-18&to=2026-11-17": [],
        f"unit_id={city.unit_id('K1-1')}": ["drill", "fire", "october"],
        f"unit_id={city.unit_id('K1-1-2')}": ["october"],
        f"unit_id={uuid.uuid4()}": [],
        f"author={city.member_id('squad21a')}": ["other company"],
        "author=me": [],
        "q=器具置場": ["drill", "other company", "fire", "october"][:2],
        "q=本町": ["fire"],
        "q=訓練 squad12a": ["october"],
        "kind=D-01&month=2026-10": [],
    }
    for query, names in told.items():
        assert ids(bureau.get(f"{REPORTS}?{query}")) == [reports[name]["id"] for name in names], query
    assert ids(company.get(f"{REPORTS}?awaiting=me")) == [reports["fire"]["id"]]
    assert ids(ask("squad11a").get(f"{REPORTS}?author=me")) == [reports["drill"]["id"], reports["draft"]["id"]]
    assert ids(ask("squad11a").get(f"{REPORTS}?state=draft")) == [reports["draft"]["id"]]


def test_words_are_looked_for_as_they_are(ask, reports) -> None:
    everything = ["drill", "other company", "fire", "october"]
    told = {
        "%": ["drill"],  # a sign in the text, no wildcard
        "100%": ["drill"],
        "_": ["fire"],
        "1_2": ["fire"],
        "1x2": [],
        "ﾎﾟﾝﾌﾟ": ["fire"],  # the text has it full width
        "' OR 1=1 --": [],
        '"': [],
        "器具*": [],
        "NEAR(器具 置場)": [],
        "body:器具": [],
        "器": ["drill", "other company"],  # one letter alone
        "   ": everything,
        "場" * 100: [],
        "\ufdfa" * 100: [],  # one sign that normalises to eighteen letters
        "\U0001f692": [],
    }
    for words, names in told.items():
        found = ask("bureau").get(REPORTS, query_string={"q": words})
        assert ids(found) == [reports[name]["id"] for name in names], words


def test_pages_hold_every_row_once(app, ask, reports) -> None:
    expected = {*copies(app, reports["fire"]["id"], 12), *(r["id"] for n, r in reports.items() if n != "draft")}
    for limit in (1, 5, 16, 100):
        seen, place, pages = [], None, 0
        while place or not pages:
            answer = ask("bureau").get(REPORTS, query_string={"limit": limit, **({"cursor": place} if place else {})})
            seen, place, pages = [*seen, *ids(answer)], answer.json["next_cursor"], pages + 1
        assert len(seen) == len(expected)
        assert set(seen) == expected
    assert ask("bureau").get(f"{REPORTS}?limit=1&count=true").json["count"] == 16
    assert "count" not in ask("bureau").get(f"{REPORTS}?limit=1").json


def test_after_the_longest_name_a_list_goes_on(app, ask, city, monkeypatch) -> None:
    """A cursor names the last row by its key: that of a name of 28 letters was longer than a cursor might be."""
    kana = ("サントス・デ・オリヴェイラ ペドロ・エンリケ・アウグスト", "ンドゥ" * 33, "ン" * 100)
    named = ["squad11a", "squad11b", "squad11"]
    with app.app_context(), db.engine.begin() as connection:
        for login, its in zip(named, kana, strict=True):
            mine = update(Member.__table__).where(Member.__table__.c.id == city.member_id(login))
            connection.execute(mine.values(kana=its, kana_sort=sort_key(its)))
    person, lists = ask("company1"), (f"{API}/units/{city.unit_id('K1-1-1')}/members", f"{API}/invitations")
    for address in lists:
        whole = [str(item.get("id") or item["member"]["id"]) for item in person.get(address).json["items"]]
        assert {str(city.member_id(login)) for login in named} <= {*whole}
        seen, place = [], ""
        while place is not None:
            page = person.get(address, query_string={"limit": 1, **({"cursor": place} if place else {})}).json
            seen += [str(item.get("id") or item["member"]["id"]) for item in page["items"]]
            place = page["next_cursor"]
        assert seen == whole
    monkeypatch.setattr(sync, "WHOLE_PAGE", 1)
    told = person.get(f"{API}/sync").json["reference"]
    assert all(person.get(one["href"]).headers["ETag"] == one["etag"] for one in told)
    assert len([one for one in told if "/members" in one["href"]]) > len(named)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"state": "lost"}, {"/state": "not-an-option"}),
        ({"month": "2026-13"}, {"/month": "bad-month"}),
        ({"month": "2026-1"}, {"/month": "bad-month"}),
        ({"month": "２０２６-11"}, {"/month": "bad-month"}),
        ({"month": "0000-01"}, {"/month": "bad-month"}),
        ({"author": "you"}, {"/author": "bad-id"}),
        ({"unit_id": "K1"}, {"/unit_id": "bad-id"}),
        ({"awaiting": "you"}, {"/awaiting": "not-an-option"}),
        ({"kind": "D-0000001"}, {"/kind": "too-long"}),
        ({"q": "\u202e"}, {"/q": "bad-characters"}),
        ({"q": "\x00"}, {"/q": "bad-characters"}),
        ({"q": "あ" * 101}, {"/q": "too-long"}),
        ({"order": "id desc"}, {"/order": "unknown-field"}),
        ({"limit": "1", "offset": "5"}, {"/offset": "unknown-field"}),
        ({"state": ["returned", "draft"], "limit": "1"}, {"/state": "sent-twice"}),
    ],
)
def test_a_bad_filter_is_told_so(quiet, query, wanted) -> None:
    with quiet.unchanged("bureau") as bureau:
        assert places(bureau.get(REPORTS, query_string=query)) == wanted


FORGED = {
    "no list": cursor(),
    "one value": cursor("2026-11-18T00:00:00+00:00"),
    "three values": cursor("a", "b", "c"),
    "an object": base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    "numbers": cursor(1, 2),
    "null": cursor(None, None),
    "no id": cursor("2026-11-18T00:00:00+00:00", "x"),
    "NUL": cursor("\x00", str(uuid.uuid4())),
    "lone surrogate": cursor("\ud800", str(uuid.uuid4())),
    "deep": base64.urlsafe_b64encode(b"[" * 200).decode(),
    "not base64": "あいう",
    "bytes": base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    "padding": "====",
    "NaN": base64.urlsafe_b64encode(b"[NaN, NaN]").decode(),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_place_in_a_list_is_refused(quiet, name) -> None:
    with quiet.unchanged("bureau") as bureau:
        for path in (*BY_TIME, *BY_CODE, f"{API}/units/{quiet.city.unit_id('K1')}/members"):
            assert places(bureau.get(path, query_string={"cursor": FORGED[name]})) == {"/cursor": "bad-cursor"}, path


@pytest.mark.parametrize("time", ["soon", "2026-11-18", "2026-11-18T00:00:00", "0001-01-01T00:00:00+23:59", "+"])
def test_a_forged_time_in_a_list_by_time_is_refused(quiet, time) -> None:
    with quiet.unchanged("bureau") as bureau:
        for path in BY_TIME:
            forged = {"cursor": cursor(time, str(uuid.uuid4()))}
            assert places(bureau.get(path, query_string=forged)) == {"/cursor": "bad-cursor"}, path


def test_a_made_up_but_sound_place_shows_nothing_that_is_not_ones_own(ask, reports) -> None:
    start = cursor("2199-01-01T00:00:00+00:00", str(uuid.UUID(int=0)))
    assert ids(ask("squad11a").get(REPORTS, query_string={"cursor": start})) == [
        reports["drill"]["id"],
        reports["draft"]["id"],
    ]


@pytest.mark.parametrize("login", ["squad11a", "squad11", "company1", "brigade", "station", "bureau"])
def test_no_list_reads_every_report(app, ask, city, reports, login) -> None:
    """Whatever the reason for which one sees a report, an index leads to the newest ones; what is asked of PostgreSQL is
    the same.
    """
    asker, asked = ask(login), []
    with app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        for address in (
            REPORTS,
            f"{REPORTS}?month=2026-11&kind=D-01",
            f"{API}/inbox",
            f"{API}/inbox/undoable",
            f"{API}/inbox/returned",
        ):
            first = asker.get(f"{address}{'&' if '?' in address else '?'}limit=1")
            asker.get(f"{REPORTS}?limit=1&cursor={first.json['next_cursor']}" if first.json["next_cursor"] else REPORTS)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            for statement, values in (one for one in asked if "WHERE 0 = 1" not in one[0]):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                read = [row[3] for row in plan if re.match(r"SCAN (seen|activity_reports|participations)\b", row[3])]
                assert not read, (statement, read)
