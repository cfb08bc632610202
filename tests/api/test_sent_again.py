"""A phone that lost an answer asks again: the same answer, nothing stored twice, however late it is (R-02)."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import func, select

from api.extensions import db
from brigade.activity.activities import ActivityReport
from tests import make
from tests.api.asking import REPORTS, digest, done, signed_in


@pytest.fixture
def sent(city):
    """A report as a phone sends it."""
    return make.body(city, "K1-1-1", "squad11a", day=18)


def stored(app):
    with app.app_context():
        return db.session.scalar(select(func.count(ActivityReport.id)), execution_options=make.SYSTEM)


def alike(first, again):
    """Whether the second answer is the first one, byte for byte."""
    return (again.status_code, again.data, again.headers["ETag"]) == (
        first.status_code,
        first.data,
        first.headers["ETag"],
    )


def test_the_same_again_is_answered_byte_for_byte_and_stores_nothing(app, ask, sent) -> None:
    first = ask("squad11a").post(REPORTS, json=sent)
    assert first.status_code == 201
    before = digest(app)
    for _ in range(3):
        assert alike(first, ask("squad11a").post(REPORTS, json=sent))
    assert (digest(app), stored(app)) == (before, 1)


def test_order_of_keys_and_blanks_make_no_other_content(app, ask, sent) -> None:
    first = ask("squad11a").post(REPORTS, json=sent)
    before = digest(app)
    for text in (
        json.dumps(dict(reversed(sent.items())), indent=3),
        json.dumps(sent, ensure_ascii=True),
        json.dumps(sent, ensure_ascii=False, separators=(",", ":")),
    ):
        again = ask("squad11a").post(REPORTS, data=text.encode(), content_type="application/json; charset=utf-8")
        assert alike(first, again)
    assert digest(app) == before


def test_forty_days_later_it_is_still_the_same(app, client, ask, sent, later) -> None:
    first = ask("squad11a").post(REPORTS, json=sent)
    later(days=40)
    phone = signed_in(client, "squad11a")
    before = digest(app)
    assert alike(first, phone.post(REPORTS, json=sent))
    assert digest(app) == before


def test_the_first_answer_stays_after_the_report_has_moved_on(app, ask, sent) -> None:
    first = ask("squad11a").post(REPORTS, json=sent)
    report = first.json
    for leader in ("squad11", "company1", "brigade", "station"):
        report = done(ask(leader), report, "approve")
    before = digest(app)
    assert alike(first, ask("squad11a").post(REPORTS, json=sent))
    assert ask("squad11a").get(f"{REPORTS}/{report['id']}").json["state"] == "confirmed"
    assert digest(app) == before


def test_a_draft_deleted_meanwhile_does_not_come_back(app, ask, sent) -> None:
    sent["submit"] = False
    first = ask("squad11a").post(REPORTS, json=sent)
    ask("squad11a").delete(f"{REPORTS}/{sent['id']}", headers={"If-Match": first.headers["ETag"]})
    before = digest(app)
    again = ask("squad11a").post(REPORTS, json=sent)
    assert again.status_code in (201, 409)
    assert (digest(app), stored(app)) == (before, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"place": "別の場所"},
        {"submit": False},
        {"details": {"drill_type": "hose"}},
        {"ended_at": "2026-11-18T11:00:01+09:00"},
        {"summary": " "},
        {"latitude": None},
        {"participants": []},
        {"kind": "Z-99"},
    ],
)
def test_other_content_under_the_same_id_is_a_conflict(app, ask, sent, change) -> None:
    ask("squad11a").post(REPORTS, json=sent)
    before = digest(app)
    answer = ask("squad11a").post(REPORTS, json={**sent, **change})
    assert (answer.status_code, answer.json["code"]) == (409, "id-taken")
    assert digest(app) == before


def test_nobody_else_gets_the_answer_or_the_id(app, ask, sent) -> None:
    first = ask("squad11a").post(REPORTS, json=sent)
    for login in ("squad11b", "squad11", "bureau", "squad21a"):
        person = ask(login)
        before = digest(app)
        answer = person.post(REPORTS, json=sent)
        assert (answer.status_code, answer.json["code"]) == (409, "id-taken")
        assert first.json["number"] not in answer.text
        assert digest(app) == before


def test_what_was_refused_may_be_sent_right_under_the_same_id(app, ask, sent) -> None:
    wrong = {**sent, "ended_at": sent["started_at"]}
    assert ask("squad11a").post(REPORTS, json=wrong).status_code == 422
    assert ask("squad11a").post(f"{REPORTS}/validate", json=sent).status_code == 200
    assert ask("squad11a").post(REPORTS, json=sent).status_code == 201
    assert stored(app) == 1


def test_an_unsigned_request_leaves_no_trace_of_its_id(app, client, ask, sent) -> None:
    assert client.post(REPORTS, json=sent).status_code == 401
    assert ask("squad11a").post(REPORTS, json=sent).status_code == 201


def test_without_an_id_every_request_is_one_of_its_own(app, ask, city) -> None:
    body = make.body(city, "K1-1-1", "squad11a", submit=False)
    del body["id"]
    made = {ask("squad11a").post(REPORTS, json=body).json["id"] for _ in range(2)}
    assert (len(made), stored(app)) == (2, 2)


def test_the_answer_is_in_the_language_of_the_first_time(ask, sent) -> None:
    first = ask("squad11a").post(REPORTS, json=sent, headers={"Accept-Language": "en"})
    again = ask("squad11a").post(REPORTS, json=sent)
    assert alike(first, again)
    assert first.json["kind_label"] == "Drill"
    assert dt.datetime.fromisoformat(first.json["created_at"]).tzinfo
