"""One's own record: turnouts, amounts by month and fiscal year, who entered and approved, service and posts."""

from __future__ import annotations

import datetime as dt

import pytest

from api.extensions import db
from brigade.organisation.people import FormerType, Membership, Post
from tests import make
from tests.api.asking import ENGLISH, copies, done, file, places
from tests.api.disputing import RECORD, confirmed, disputed, lines_of, pay, pay_like
from tests.contract.test_statements import counted


def record(person, **asked):
    answer = person.get(RECORD, query_string={name.rstrip("_"): value for name, value in asked.items()})
    assert answer.status_code == 200, answer.text
    return answer.json


def of(found, period):
    return next(row for row in found["months"] + found["fiscal_years"] if row["period"] == period)


def test_the_record_shows_each_turnout_with_who_entered_and_approved_it(app, ask, city) -> None:
    pay_like(app, city)
    report = confirmed(ask, city, "squad11a", "squad11b", day=8)
    waiting = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=10))
    file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=11, submit=False))
    gone = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=12))
    done(ask("squad11b"), gone, "withdraw", comment="間違えた")
    found = record(ask("squad11b"))
    assert (found["from"], found["to"], len(found["months"])) == ("2026-04", "2027-03", 12)
    first, second = found["turnouts"]
    assert (first["report_id"], first["number"], first["day"], first["minutes"], first["role"], first["acted"]) == (
        report["id"], report["number"], "2026-11-08", 120, "member", True,
    )  # fmt: skip
    assert (first["state_label"], first["entered_by"]["name"], first["entry_mode"]) == (
        "署受領", "団員 squad11a", "roster",
    )  # fmt: skip
    told = [(one["action"], (one["by"] or {}).get("name"), one["post"]) for one in first["decisions"]]
    assert told == [
        ("submit", "団員 squad11a", None), ("approve", "団員 squad11", "squad_leader"),
        ("approve", "団員 company1", "company_leader"), ("approve", "団員 brigade", "brigade_leader"),
        ("approve", "団員 station", "station_officer"),
    ]  # fmt: skip
    assert "承認" in first["decisions"][1]["sentence"]
    [line] = first["lines"]
    assert (line["yen"], line["sentence"], line["rule_set"]) == (
        3500,
        "3,500 円：訓練 1回（横浜市 2024）",
        "yokohama-2024",
    )
    assert line["digest"]
    assert (second["report_id"], second["state"], second["lines"], second["held"]) == (
        waiting["id"], "in_review", [], False,
    )  # fmt: skip
    english = ask("squad11b").get(RECORD, headers=ENGLISH).json["turnouts"][0]
    assert english["lines"][0]["sentence"] == "3,500 yen: Drill, one turnout (Yokohama 2024)"


def test_everyone_sees_themselves_alone(ask, city) -> None:
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=8))
    assert len(record(ask("squad11a"))["turnouts"]) == 1
    for login in ("squad11b", "squad11", "company1", "brigade", "station", "bureau"):
        assert record(ask(login))["turnouts"] == [], login
    assert ask("station").get(f"{RECORD}?member_id={city.member_id('squad11a')}").status_code == 422


def test_the_amounts_are_those_of_the_units_month(app, ask, city) -> None:
    pay_like(app, city)
    confirmed(ask, city, "squad11a", "squad11b", day=8)
    confirmed(ask, city, "squad11b", day=9, kind="M-01", details={}, author="squad11b")
    held = confirmed(ask, city, "squad11a", "squad11b", day=10)
    disputed(ask("squad11b"), held)
    found = record(ask("squad11b"))
    assert of(found, "2026-11") == {
        "period": "2026-11", "yen": 3500, "taxable": 0, "unknown": 1, "held": 1, "held_yen": 3500,
    }  # fmt: skip
    assert of(found, "2026") == {**of(found, "2026-11"), "period": "2026"}
    assert of(found, "2026-10")["yen"] == 0
    mine = [(line["yen"], line["reason"]) for turnout in found["turnouts"] for line in turnout["lines"]]
    assert sorted(map(repr, mine)) == sorted(
        map(repr, lines_of(pay(ask("brigade"), city.unit_id("K1")), city.member_id("squad11b")))
    )
    last = found["turnouts"][-1]
    assert (last["held"], last["lines"][0]["full"], last["lines"][0]["sentence"]) == (
        True, 3500, "保留：訓練 3,500 円（確認中）",
    )  # fmt: skip
    assert (last["dispute"]["kind"], last["dispute"]["state_label"]) == ("not-there", "確認中")


def test_what_is_above_the_limit_of_a_day_is_wages(app, ask, city) -> None:
    """Drills of one day above 4,000 yen (Yokohama pays each turnout)."""
    pay_like(app, city)
    for hour in (9, 12, 15):
        confirmed(ask, city, "squad11a", day=8, hour=hour)
    month = of(record(ask("squad11a")), "2026-11")
    assert (month["yen"], month["taxable"]) == (10500, 6500)


def test_without_rules_nothing_is_earned_and_nothing_is_unknown(ask, city) -> None:
    confirmed(ask, city, "squad11a", day=8)
    found = record(ask("squad11a"))
    assert found["turnouts"][0]["lines"] == []
    assert (of(found, "2026")["yen"], of(found, "2026")["unknown"]) == (0, 0)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({"from_": "2026-11", "to": "2026-11"}, "2026-11", "2026-11"),
        ({"from_": "2026-02"}, "2026-02", "2026-03"),
        ({"to": "2026-05"}, "2026-04", "2026-05"),
        ({"from_": "2025-01", "to": "2026-12"}, "2025-01", "2026-12"),
        ({"from_": "2199-05"}, "2199-05", "2199-12"),
        ({"to": "1900-02"}, "1900-01", "1900-02"),
    ],
)
def test_any_months_up_to_two_years(ask, city, asked, first, last) -> None:
    found = record(ask("squad11a"), **asked)
    assert (found["from"], found["to"]) == (first, last)
    assert [found["months"][0]["period"], found["months"][-1]["period"]] == [first, last]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=2026-13", {"/from": "bad-month"}),
        ("to=next", {"/to": "bad-month"}),
        ("to=2026-1", {"/to": "bad-month"}),
        ("to=0000-01", {"/to": "bad-month"}),
        ("from=2026-11&to=2026-10", {"/to": "months-in-order"}),
        ("from=2024-11&to=2026-11", {"/to": "too-many-months"}),
        ("from=", {"/from": "required"}),
        ("from=2026-111", {"/from": "too-long"}),
    ],
)
def test_what_are_no_months_is_told_so(quiet, query, found) -> None:
    with quiet.unchanged("squad11a") as member:
        assert places(member.get(f"{RECORD}?{query}")) == found


def test_service_and_posts_are_dated(app, ask, city) -> None:
    found = record(ask("squad11"))
    assert found["service"] == {"days": 2425, "years": 6, "months": 7}
    assert [(row["unit"]["name"], row["since"], row["until"]) for row in found["units"]] == [
        ("第1分団第1班", "2020-04-01", None)
    ]
    assert [(row["post_label"], row["unit"]["name"], row["until"]) for row in found["posts"]] == [
        ("班長", "第1分団第1班", None)
    ]
    with app.app_context():
        member_id, home = city.member_id("squad11a"), city.unit_id("K1-2-1")
        for model in (Membership, Post):
            more = {"post": "deputy_squad_leader"} if model is Post else {}
            since = dt.date(2010, 4, 1)
            db.session.add(
                model(member_id=member_id, unit_id=home, valid_from=since, valid_to=dt.date(2012, 3, 31), **more)
            )
            db.session.add(model(member_id=member_id, unit_id=home, valid_from=dt.date(2027, 4, 1), **more))
        db.session.commit()
    found = record(ask("squad11a"))
    assert found["service"] == {"days": 2425 + 731, "years": 8, "months": 7}
    assert [row["since"] for row in found["units"]] == ["2010-04-01", "2020-04-01"]
    assert [(row["post"], row["until"]) for row in found["posts"]] == [("deputy_squad_leader", "2012-03-31")]


def test_what_one_was_before_is_told(app, ask, city) -> None:
    assert record(ask("squad11a"))["former_types"] == []
    with app.app_context():
        for type_, last in (("function_limited", dt.date(2026, 9, 30)), ("ordinary", dt.date(2026, 3, 31))):
            row = {"member_type": type_, "valid_to": last, "bureau_id": city.bureau_id}
            db.session.add(FormerType(member_id=city.member_id("squad11a"), **row))
        db.session.commit()
    assert record(ask("squad11a"))["former_types"] == [
        {"member_type": "ordinary", "label": "基本団員", "until": "2026-03-31"},
        {"member_type": "function_limited", "label": "機能別団員", "until": "2026-09-30"},
    ]
    assert record(ask("squad11b"))["former_types"] == []


def test_a_record_costs_the_same_however_long(app, ask, city) -> None:
    pay_like(app, city)
    report = confirmed(ask, city, "squad11a", day=8)
    person, costs = ask("squad11a"), []
    for more in (1, 30):
        copies(app, report["id"], more)
        with counted(app) as said:
            assert person.get(RECORD).status_code == 200
        costs.append(len(said))
    assert costs[0] == costs[1] <= 20


def test_one_who_left_a_report_keeps_the_dispute(ask, city) -> None:
    """The report was corrected: the member stands in it no more, and still finds what became of the dispute."""
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))
    made = disputed(ask("squad11b"), report).json
    back = done(ask("squad11"), report, "return", comment="人を確かめてください")
    without = {"participants": [{"member_id": str(city.member_id("squad11a"))}]}
    answer = ask("squad11a").patch(
        f"/api/v1/activity-reports/{report['id']}", json=without, headers={"If-Match": f'"{back["version"]}"'}
    )
    assert answer.status_code == 200, answer.text
    assert ask("squad11b").get(f"/api/v1/activity-reports/{report['id']}").status_code == 404
    assert record(ask("squad11b"))["turnouts"] == []
    assert [row["id"] for row in ask("squad11b").get("/api/v1/me/disputes").json["items"]] == [made["id"]]
