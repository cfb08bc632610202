"""Closing a month: nothing to report, excused, complete; who owes what since when; who may say so."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.answers import API
from tests.api.asking import done, file

MONTH = f"{API}/months/2026-11"
BEFORE = f"{API}/months/2026-10"


def say(person, saying, unit, at=MONTH, **more):
    return person.post(f"{at}/{saying}", json={"unit_id": str(unit), **more})


def progress(person, unit, at=MONTH):
    answer = person.get(at, query_string={"unit_id": str(unit)})
    assert answer.status_code == 200, answer.text
    return answer.json["progress"]


def by_name(found):
    return {unit["name"]: unit for unit in found["units"]}


def test_a_month_has_three_dates(ask, city) -> None:
    found = progress(ask("company1"), city.unit_id("K1-1"))
    assert (found["month_ends"], found["input_ends"], found["grace_ends"]) == ("2026-11-30", "2026-12-05", "2026-12-10")


def test_a_squad_with_neither_reports_nor_a_word_owes_the_month(ask, city) -> None:
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    before = by_name(progress(ask("company1"), city.unit_id("K1-1")))
    assert before["第1分団"]["owing"] == [str(city.unit_id("K1-1-2"))]
    assert before["第1分団第1班"]["owing"] == []
    assert not before["第1分団"]["overdue"]
    said = say(ask("squad12"), "nil", city.unit_id("K1-1-2"))
    assert (said.status_code, said.json["saying"], said.json["said_by_id"]) == (
        200,
        "nil",
        str(city.member_id("squad12")),
    )
    after = by_name(progress(ask("company1"), city.unit_id("K1-1")))
    assert (after["第1分団"]["owing"], after["第1分団"]["nil"], after["第1分団第2班"]["nil"]) == ([], 1, 1)
    assert after["第1分団"]["waiting"] == {"squad": 1}


def test_a_planned_drill_that_nobody_answered_for_is_owed(ask, city) -> None:
    for day in (5, 25):
        plan = {
            "id": str(make.new_id()), "kind": "T-01", "unit_id": str(city.unit_id("K1-1")), "title": "ポンプ訓練",
            "started_at": f"2026-11-{day:02}T19:00:00+09:00", "ended_at": f"2026-11-{day:02}T21:00:00+09:00",
            "place": "器具置場",
        }  # fmt: skip
        assert ask("company1").post(f"{API}/events", json=plan).status_code == 201
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    say(ask("squad12"), "nil", city.unit_id("K1-1-2"))
    found = by_name(progress(ask("company1"), city.unit_id("K1-1")))
    assert (found["第1分団"]["expected"], found["第1分団第1班"]["expected"]) == (2, 1)
    assert len(found["第1分団"]["owing"]) == 2


def test_what_is_said_twice_is_one_statement_and_can_be_taken_back(ask, city) -> None:
    squad = ask("squad12")
    first, again = (say(squad, "nil", city.unit_id("K1-1-2")).json for _ in range(2))
    assert first == again
    unit = {"unit_id": str(city.unit_id("K1-1-2"))}
    for _ in range(2):
        assert squad.delete(f"{MONTH}/nil", query_string=unit).status_code == 204
    assert by_name(progress(squad, city.unit_id("K1-1-2")))["第1分団第2班"]["owing"] == [unit["unit_id"]]
    assert say(squad, "nil", city.unit_id("K1-1-2")).json["id"] != first["id"]


def test_nothing_to_report_is_not_said_over_reports(ask, city) -> None:
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    refused = say(ask("squad11"), "nil", city.unit_id("K1-1-1"))
    assert (refused.status_code, refused.json["code"]) == (409, "month-has-reports")
    assert say(ask("company1"), "nil", city.unit_id("K1-1")).status_code == 409


def test_a_report_filed_later_speaks_louder_than_a_word(ask, city) -> None:
    say(ask("squad11"), "nil", city.unit_id("K1-1-1"))
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    found = by_name(progress(ask("squad11"), city.unit_id("K1-1-1")))["第1分団第1班"]
    assert (found["nil"], found["reports"], found["owing"]) == (0, 1, [])


def test_after_the_days_of_input_what_is_owed_is_overdue(ask, client, city, signed_in, clock) -> None:
    october = by_name(progress(ask("company1"), city.unit_id("K1-1"), BEFORE))
    assert october["第1分団"]["overdue"]
    excused = say(ask("company1"), "excuse", city.unit_id("K1-1-1"), BEFORE, reason="班長が入院中", until="2026-11-25")
    assert excused.json["until"] == "2026-11-25"
    found = by_name(progress(ask("company1"), city.unit_id("K1-1"), BEFORE))
    assert (found["第1分団第1班"]["excused"], found["第1分団第1班"]["owing"]) == (1, [])
    assert found["第1分団"]["owing"] == [str(city.unit_id("K1-1-2"))]
    clock.shift(6 * 86400)
    later = by_name(progress(signed_in(client, "company1"), city.unit_id("K1-1"), BEFORE))
    assert str(city.unit_id("K1-1-1")) in later["第1分団"]["owing"]


def test_a_leader_declares_a_month_complete_when_it_is(ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=8))
    early = say(ask("company1"), "complete", city.unit_id("K1-1"))
    assert (early.status_code, early.json["code"]) == (409, "month-not-over")
    october = file(ask("squad11a"), {**make.body(city, "K1-1-1", "squad11a"), "started_at": "2026-10-08T09:00:00+09:00",
                                     "ended_at": "2026-10-08T11:00:00+09:00"})  # fmt: skip
    waiting = say(ask("company1"), "complete", city.unit_id("K1-1"), BEFORE)
    assert (waiting.status_code, waiting.json["code"]) == (409, "month-has-open-reports")
    october = done(ask("squad11"), october, "approve")
    done(ask("company1"), october, "approve")
    assert say(ask("company1"), "complete", city.unit_id("K1-1"), BEFORE).status_code == 200
    found = by_name(progress(ask("brigade"), city.unit_id("K1"), BEFORE))
    assert found["第1分団"]["complete"]["by"] == "団員 company1"
    assert found["A消防団"]["complete"] is None
    assert report["state"] == "in_review"


@pytest.mark.parametrize(
    ("who", "saying", "unit", "status"),
    [
        ("squad11a", "nil", "K1-1-1", 403),
        ("squad12", "nil", "K1-1-1", 404),
        ("squad11-deputy", "nil", "K1-1-1", 403),
        ("squad11", "nil", "K1-1-1", 200),
        ("company1", "nil", "K1-1-1", 200),
        ("station", "nil", "K1-1-1", 200),
        ("bureau", "nil", "K1-1-1", 200),
        ("company2", "nil", "K1-1-1", 404),
        ("squad11", "complete", "K1-1-1", 403),
        ("brigade", "complete", "K1-1", 403),
        ("company1", "complete", "K1-1", 200),
        ("station", "complete", "K1-1", 403),
    ],
)
def test_who_may_say_what(ask, city, who, saying, unit, status) -> None:
    assert say(ask(who), saying, city.unit_id(unit), BEFORE).status_code == status


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"reason": "", "until": "2026-12-01"}, "/reason", "required"),
        ({"reason": "病気", "until": "2026-11-01"}, "/until", "required"),
        ({"reason": "病気", "until": "soon"}, "/until", "bad-date"),
        ({"reason": "病気"}, "/until", "required"),
    ],
)
def test_an_excuse_has_a_reason_and_an_end(ask, city, more, pointer, code) -> None:
    refused = say(ask("company1"), "excuse", city.unit_id("K1-1-1"), **more)
    assert refused.status_code == 422
    assert (refused.json["errors"][0]["pointer"], refused.json["errors"][0]["code"]) == (pointer, code)


def test_nothing_is_said_of_months_to_come(ask, city) -> None:
    refused = say(ask("squad11"), "nil", city.unit_id("K1-1-1"), f"{API}/months/2026-12")
    assert (refused.status_code, refused.json["code"]) == (409, "month-in-future")
    assert say(ask("squad11"), "nil", city.unit_id("K1-1-1"), f"{API}/months/2026-13").status_code == 422
