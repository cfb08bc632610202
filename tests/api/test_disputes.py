"""Disputes over HTTP: who may raise and settle them, what is on hold meanwhile, who is told."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from api.extensions import db
from brigade.audit import AuditEntry
from brigade.disputes import Dispute
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, act, done, file, places
from tests.api.disputing import DISPUTES, MINE, WHY, confirmed, disputed, lines_of, pay, pay_like, settled
from tests.make import SYSTEM


@pytest.fixture
def credited(app, ask, city):
    """Squad11a has entered squad11b, who was not there; the station has taken the report."""
    pay_like(app, city)
    return confirmed(ask, city, "squad11a", "squad11b")


def notices(person):
    return [item["kind"] for item in person.get(f"{API}/notices").json["items"]]


def mine(city, ask, login="squad11b"):
    return lines_of(pay(ask("company1"), city.unit_id("K1-1")), city.member_id(login))


def test_a_dispute_is_told_to_the_station_and_its_line_is_on_hold_until_it_is_dismissed(ask, city, credited) -> None:
    member = ask("squad11b")
    assert mine(city, ask) == [(3500, "turnout")]
    made = disputed(member, credited)
    assert (made.status_code, made.json["state"], made.json["state_label"]) == (201, "open", "確認中")
    assert (made.json["kind_label"], made.json["activity_label"]) == ("出動していない", "訓練")
    assert mine(city, ask) == [(None, "held")]
    paid = pay(ask("company1"), city.unit_id("K1-1"))
    assert (paid["yen"], paid["unknown"]) == (3500, 0)
    assert {line["sentence"] for line in paid["lines"] if line["yen"] is None} == {"保留：訓練 3,500 円（確認中）"}
    assert lines_of(paid, city.member_id("squad11a")) == [(3500, "turnout")]

    [seen] = ask("bureau").get(DISPUTES).json["items"]
    assert (seen["member"]["name"], seen["reason"], seen["report_number"]) == ("団員 squad11b", WHY, credited["number"])
    assert (seen["entered_by"]["name"], seen["entry_mode"], seen["may_settle"]) == ("団員 squad11a", "roster", True)
    assert [(one["by"]["name"], one["post"]) for one in seen["approvals"]] == [
        ("団員 squad11", "squad_leader"), ("団員 company1", "company_leader"), ("団員 brigade", "brigade_leader"),
        ("団員 station", "station_officer"),
    ]  # fmt: skip
    answer = settled(ask("bureau"), made.json["id"], "dismissed", "当日の記録に名前がありました")
    assert (answer.status_code, answer.json["state"], answer.json["settled_by"]["name"]) == (
        200, "dismissed", "団員 bureau",
    )  # fmt: skip
    assert mine(city, ask) == [(3500, "turnout")]
    [own] = member.get(MINE).json["items"]
    assert (own["state"], own["comment"]) == ("dismissed", "当日の記録に名前がありました")
    assert ask("bureau").get(DISPUTES).json["items"] == []
    assert len(ask("bureau").get(f"{DISPUTES}?state=settled").json["items"]) == 1


def test_who_is_told(ask, city, credited) -> None:
    made = disputed(ask("squad11b"), credited).json
    # The station's officer approved it, so the bureau's is told too.
    for login in ("station", "bureau"):
        [item] = ask(login).get(f"{API}/notices").json["items"]
        assert (item["kind"], item["href"], item["screen"]) == (
            "dispute-raised", DISPUTES, {"kind": "disputes", "id": None},
        )  # fmt: skip
        assert "squad11b" not in item["text"]
        assert WHY not in item["text"]
    before = {login: notices(ask(login)) for login in ("squad11", "squad11a", "company1", "brigade")}
    assert all("dispute-raised" not in kinds for kinds in before.values())
    settled(ask("bureau"), made["id"])
    [first, *_] = ask("squad11b").get(f"{API}/notices", headers=ENGLISH).json["items"]
    assert (first["kind"], first["title"], first["href"]) == ("dispute-upheld", "Your dispute was upheld", MINE)
    assert {login: notices(ask(login)) for login in before} == before


def test_only_the_station_is_told_while_it_can_settle_it(ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))
    made = disputed(ask("squad11b"), report).json
    assert (notices(ask("station")), notices(ask("bureau"))) == (["dispute-raised"], [])
    assert settled(ask("station"), made["id"], "dismissed").status_code == 200


def test_what_is_upheld_stays_on_hold_until_the_report_is_corrected(ask, city, credited) -> None:
    made = disputed(ask("squad11b"), credited, "times").json
    settled(ask("bureau"), made["id"])
    assert mine(city, ask) == [(None, "held")]
    back = done(ask("station"), credited, "return", comment="時刻を直してください")
    assert mine(city, ask) == []
    back = done(ask("squad11a"), back, "submit")
    for leader in ("squad11", "company1", "brigade", "station"):
        back = done(ask(leader), back, "approve")
    assert mine(city, ask) == [(None, "held")]  # sent again as it was
    back = done(ask("station"), back, "return", comment="時刻を直してください")
    changed = {"ended_at": "2026-11-08T10:00:00+09:00"}
    answer = ask("squad11a").patch(
        f"{API}/activity-reports/{back['id']}", json=changed, headers={"If-Match": f'"{back["version"]}"'}
    )
    assert answer.status_code == 200, answer.text
    back = done(ask("squad11a"), answer.json, "submit")
    for leader in ("squad11", "company1", "brigade", "station"):
        back = done(ask(leader), back, "approve")
    assert mine(city, ask) == [(3500, "turnout")]


def test_what_was_upheld_can_be_dismissed_after_all_and_no_more(ask, city, credited) -> None:
    made = disputed(ask("squad11b"), credited).json
    assert settled(ask("bureau"), made["id"]).status_code == 200
    again = settled(ask("bureau"), made["id"])
    assert (again.status_code, again.json["code"]) == (409, "dispute-settled")
    assert settled(ask("bureau"), made["id"], "dismissed").status_code == 200
    assert mine(city, ask) == [(3500, "turnout")]
    for outcome in ("dismissed", "upheld"):
        assert settled(ask("bureau"), made["id"], outcome).json["code"] == "dispute-settled"
    assert ask("squad11b").post(f"{MINE}/{made['id']}/withdraw").json["code"] == "dispute-settled"
    assert disputed(ask("squad11b"), credited).status_code == 201


def test_a_member_may_withdraw_a_dispute_and_raise_another(ask, city, credited) -> None:
    member = ask("squad11b")
    made = disputed(member, credited).json
    again = disputed(member, credited)
    assert (again.status_code, again.json["code"]) == (409, "already-disputed")
    assert mine(city, ask) == [(None, "held")]
    for _ in range(2):
        gone = member.post(f"{MINE}/{made['id']}/withdraw")
        assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
    assert mine(city, ask) == [(3500, "turnout")]
    assert (
        ask("bureau").get(DISPUTES).json["items"] == ask("bureau").get(f"{DISPUTES}?state=settled").json["items"] == []
    )
    assert settled(ask("bureau"), made["id"]).json["code"] == "dispute-settled"
    assert disputed(member, credited).status_code == 201
    assert [row["state"] for row in member.get(MINE).json["items"]] == ["open", "withdrawn"]


def test_the_same_dispute_sent_again_is_one(app, ask, city, credited) -> None:
    body = {"id": str(uuid.uuid4()), "report_id": credited["id"], "kind": "other", "reason": WHY}
    first, again = (ask("squad11b").post(MINE, json=body) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert ask("squad11b").post(MINE, json={**body, "reason": "別の理由"}).json["code"] == "id-taken"
    assert ask("squad11a").post(MINE, json=body).status_code == 409
    with app.app_context():
        assert len(db.session.scalars(select(Dispute), execution_options=SYSTEM).all()) == 1
    assert notices(ask("bureau")) == ["dispute-raised"]


def test_what_is_noted_names_no_reason(app, ask, city, credited) -> None:
    made = disputed(ask("squad11b"), credited).json
    settled(ask("bureau"), made["id"], comment="ひみつのことば")
    with app.app_context():
        noted = db.session.scalars(select(AuditEntry).order_by(AuditEntry.at), execution_options=SYSTEM).all()
    assert [(row.action, str(row.subject_id)) for row in noted] == [
        ("raise-dispute", made["id"]), ("settle-dispute", made["id"]),
    ]  # fmt: skip
    assert not [row for row in noted if WHY in str(row.data) or "ひみつ" in str(row.data)]


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_only_whom_the_report_names_may_dispute_it(ask, city, credited) -> None:
    for login in ("squad12a", "squad11", "company1", "station", "bureau"):
        assert disputed(ask(login), credited).status_code == 404, login
    assert disputed(ask("squad11b"), {"id": str(uuid.uuid4())}).status_code == 404
    draft = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=10, submit=False))
    assert disputed(ask("squad11b"), draft).status_code == 404
    gone = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=11))
    done(ask("squad11b"), gone, "withdraw", comment="間違えた")
    assert disputed(ask("squad11b"), gone).status_code == 404
    assert disputed(ask("squad11a"), credited, "amount").status_code == 201


def test_leaders_and_members_have_no_way_to_disputes(ask, city, credited) -> None:
    made = disputed(ask("squad11b"), credited).json
    for login in ("squad11", "squad11-deputy", "squad11a", "company1", "brigade", "brigade-deputy", "squad11b"):
        assert ask(login).get(DISPUTES).status_code == 403
        known, unknown = settled(ask(login), made["id"]), settled(ask(login), str(uuid.uuid4()))
        assert known.status_code == unknown.status_code == 403
        assert known.json["reasons"] == unknown.json["reasons"] == ["not-permitted"]
        if login != "squad11b":
            assert ask(login).get(MINE).json["items"] == []
            assert ask(login).post(f"{MINE}/{made['id']}/withdraw").status_code == 404


def test_nobody_settles_what_they_wrote_approved_or_raised(app, ask, city) -> None:
    pay_like(app, city)
    approved = confirmed(ask, city, "squad11a", "squad11b")
    made = disputed(ask("squad11b"), approved).json
    refused = settled(ask("station"), made["id"])
    assert (refused.status_code, refused.json["reasons"]) == (403, ["own-dispute"])
    assert not ask("station").get(DISPUTES).json["items"][0]["may_settle"]
    own = file(ask("bureau"), make.body(city, "K1-1-1", "squad11a", day=10))
    made = disputed(ask("squad11a"), own).json
    assert settled(ask("bureau"), made["id"]).json["reasons"] == ["own-dispute"]
    assert settled(ask("station"), made["id"]).status_code == 200


def test_a_confidential_report_is_kept_from_the_bureau_here_too(ask, city) -> None:
    injury = {
        "injured_member_id": str(city.member_id("squad11b")),
        "how": "転んだ",
        "few_witnesses_reason": "一人だった",
    }
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11b", day=18, kind="I-01", details=injury))
    made = disputed(ask("squad11b"), report, "other").json
    assert ask("bureau").get(DISPUTES).json["items"] == []
    assert settled(ask("bureau"), made["id"]).status_code == 404
    assert (notices(ask("bureau")), notices(ask("station"))) == ([], ["dispute-raised"])
    assert settled(ask("station"), made["id"]).status_code == 200


def test_other_cities_officers_see_nothing(app, ask, city, credited, signed_in, client) -> None:
    with app.app_context():
        make.city(db.session(), "Z")
    made = disputed(ask("squad11b"), credited).json
    for login in ("Zstation", "Zbureau"):
        other = signed_in(client, login)
        assert other.get(DISPUTES).json["items"] == []
        assert settled(other, made["id"]).status_code == settled(other, str(uuid.uuid4())).status_code == 404


# --- What is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"kind": "bored"}, {"/kind": "not-an-option"}),
        ({"kind": None}, {"/kind": "required"}),
        ({"reason": ""}, {"/reason": "required"}),
        ({"reason": "あ" * 1001}, {"/reason": "too-long"}),
        ({"reason": "a\u202eb"}, {"/reason": "bad-characters"}),
        ({"report_id": "K1"}, {"/report_id": "bad-id"}),
        ({"member_id": "x"}, {"/member_id": "unknown-field"}),
    ],
)
def test_a_dispute_that_says_nothing_is_told_so(quiet, change, found) -> None:
    body = {"report_id": str(uuid.uuid4()), "kind": "other", "reason": WHY, **change}
    with quiet.unchanged("squad11b") as member:
        assert places(member.post(MINE, json=body)) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"outcome": "withdrawn", "comment": "x"}, {"/outcome": "not-an-option"}),
        ({"outcome": "open", "comment": "x"}, {"/outcome": "not-an-option"}),
        ({"outcome": "upheld"}, {"/comment": "required"}),
        ({"outcome": "upheld", "comment": " "}, {"/comment": "required"}),
    ],
)
def test_a_settlement_says_what_and_why(quiet, body, found) -> None:
    with quiet.unchanged("station") as officer:
        assert places(officer.post(f"{DISPUTES}/{uuid.uuid4()}/settle", json=body)) == found
        assert places(officer.get(f"{DISPUTES}?state=all")) == {"/state": "not-an-option"}


def test_lists_come_page_by_page(ask, city, clock) -> None:
    for day in (5, 6, 7):
        report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=day))
        assert disputed(ask("squad11b"), report).status_code == 201
        clock.shift(dt.timedelta(minutes=1))
    for person, address, order in ((ask("squad11b"), MINE, [7, 6, 5]), (ask("station"), DISPUTES, [5, 6, 7])):
        found, cursor = [], ""
        while cursor is not None:
            page = person.get(f"{address}?limit=2{cursor and f'&cursor={cursor}'}").json
            found += [int(item["started_at"][8:10]) for item in page["items"]]
            cursor = page["next_cursor"]
        assert found == order


def test_a_disputed_report_is_returned_like_any_other(ask, city, credited) -> None:
    disputed(ask("squad11b"), credited)
    assert act(ask("station"), credited, "return", comment="確かめます").status_code == 200
