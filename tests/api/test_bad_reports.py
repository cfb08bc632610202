"""Reports that can be read but not taken: each is told where and why, in words, and nothing is stored."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from brigade.wording import text
from tests import make
from tests.api.answers import JSON
from tests.api.asking import ENGLISH, REPORTS, places

UNKNOWN = "0199a3c0-0000-7000-8000-00000000dead"
RIGHT = ("2026-11-18T09:00:00+09:00", "2026-11-18T11:00:00+09:00")
LONE, NUL = "\ud800", "\x00"


def span(started_at, ended_at=RIGHT[1]):
    return {"started_at": started_at, "ended_at": ended_at}


def good(quiet, *logins):
    """What would be taken, from 9 to 11 on 18 November."""
    return {**make.body(quiet.city, "K1-1-1", *(logins or ["squad11a"])), **span(*RIGHT)}


BAD: dict[str, tuple[dict, dict[str, str]]] = {
    # what to say instead → pointer and code of every complaint
    "unknown field": ({"amount": 3000}, {"/amount": "unknown-field"}),
    "unknown fields": ({"state": "confirmed", "author": "x"}, {"/author": "unknown-field", "/state": "unknown-field"}),
    "field with odd name": ({"a/b~c": 1}, {"/a~1b~0c": "unknown-field"}),
    "field with lone surrogate": ({LONE: 1}, {"/?": "unknown-field"}),
    "person with lone surrogate": ({"participants": [{LONE: 1, "member_id": UNKNOWN}]}, {"/participants/0/?": "unknown-field"}),
    "kind missing": ({"kind": None}, {"/kind": "required"}),
    "kind a number": ({"kind": 5}, {"/kind": "wrong-type"}),
    "kind unknown": ({"kind": "Z-99"}, {"/kind": "unknown-kind"}),
    "kind too long": ({"kind": "T" * 9}, {"/kind": "too-long"}),
    "unit no id": ({"unit_id": "squad"}, {"/unit_id": "bad-id"}),
    "unit a number": ({"unit_id": 7}, {"/unit_id": "bad-id"}),
    "unit a list": ({"unit_id": []}, {"/unit_id": "bad-id"}),
    "unit unknown": ({"unit_id": UNKNOWN}, {"/unit_id": "unknown-unit"}),
    "id a text": ({"id": "mine"}, {"/id": "bad-id"}),
    "event unknown": ({"event_id": UNKNOWN}, {"/event_id": "unknown-event"}),
    "time without offset": (span("2026-11-18T09:00:00"), {"/started_at": "naive-time"}),
    "day without time": (span("2026-11-18"), {"/started_at": "bad-time"}),
    "time a number": (span(1795000000), {"/started_at": "wrong-type"}),
    "time a truth": (span(True), {"/started_at": "wrong-type"}),
    "time empty": (span(""), {"/started_at": "bad-time"}),
    "30 February": (span("2026-02-30T09:00:00+09:00"), {"/started_at": "bad-time"}),
    "25 o'clock": (span("2026-11-18T25:00:00+09:00"), {"/started_at": "bad-time"}),
    "offset of 99 hours": (span("2026-11-18T09:00:00+99:00"), {"/started_at": "bad-time"}),
    "year 0001": (span("0001-01-01T00:00:00+09:00"), {"/started_at": "bad-time"}),
    "year 9999": (span(RIGHT[0], "9999-12-31T23:59:59-12:00"), {"/ended_at": "bad-time"}),
    "time with surrogate": (span(f"2026-11-18T09:00:00+09:00{LONE}"), {"/started_at": "bad-time"}),
    "both times wrong": (span("soon", "later"), {"/started_at": "bad-time", "/ended_at": "bad-time"}),
    "end before start": (span(RIGHT[1], RIGHT[0]), {"/ended_at": "end-before-start"}),
    "end at start": (span(RIGHT[0], RIGHT[0]), {"/ended_at": "end-before-start"}),
    "over 72 hours": (span("2026-11-15T08:59:59+09:00", "2026-11-18T09:00:00+09:00"), {"/ended_at": "too-long-activity"}),
    "tomorrow": (span("2026-11-21T09:00:00+09:00", "2026-11-21T10:00:00+09:00"), {"/started_at": "in-future"}),
    "ends tomorrow": (span("2026-11-20T09:00:00+09:00", "2026-11-21T09:00:00+09:00"), {"/ended_at": "in-future"}),
    "seven years ago": (span("2019-10-01T09:00:00+09:00", "2019-10-01T10:00:00+09:00"), {"/started_at": "too-far-past"}),
    "place too long": ({"place": "場" * 101}, {"/place": "too-long"}),
    "place a list": ({"place": ["a"]}, {"/place": "wrong-type"}),
    "place on two lines": ({"place": "a\nb"}, {"/place": "bad-characters"}),
    "place with NUL": ({"place": f"置場{NUL}"}, {"/place": "bad-characters"}),
    "place with a lone surrogate": ({"place": LONE}, {"/place": "bad-characters"}),
    "place turned round": ({"place": "10\u202e00円"}, {"/place": "bad-characters"}),
    "place isolated": ({"place": "a\u2066b\u2069"}, {"/place": "bad-characters"}),
    "place with a line separator": ({"place": "a\u2028b"}, {"/place": "bad-characters"}),
    "place with DEL": ({"place": "a\x7f"}, {"/place": "bad-characters"}),
    "place from right to left": ({"place": "10\u200f00"}, {"/place": "bad-characters"}),
    "summary too long": ({"summary": "訓" * 1001}, {"/summary": "too-long"}),
    "summary with ESC": ({"summary": "\x1b[2J"}, {"/summary": "bad-characters"}),
    "latitude on the moon": ({"latitude": 91}, {"/latitude": "out-of-range"}),
    "latitude a text": ({"latitude": "35.4"}, {"/latitude": "wrong-type"}),
    "latitude a truth": ({"latitude": True}, {"/latitude": "wrong-type"}),
    "latitude of 400 digits": ({"latitude": 10**400}, {"/latitude": "wrong-type"}),
    "longitude abroad": ({"longitude": -74.0}, {"/longitude": "out-of-range"}),
    "order by nobody": ({"order_by": "mayor"}, {"/order_by": "not-an-option"}),
    "order by a number": ({"order_by": 3}, {"/order_by": "wrong-type"}),
    "details a list": ({"details": []}, {"/details": "wrong-type"}),
    "details a text": ({"details": "pump"}, {"/details": "wrong-type"}),
    "detail unknown": ({"details": {"horses": 3}}, {"/details/horses": "unknown-field"}),
    "detail with surrogate": ({"details": {LONE: 3}}, {"/details/?": "unknown-field"}),
    "detail no option": ({"details": {"drill_type": "dance"}}, {"/details/drill_type": "not-an-option"}),
    "detail wrong type": ({"details": {"drill_type": 3}}, {"/details/drill_type": "wrong-type"}),
    "detail too high": ({"details": {"heat_index_c": 46}}, {"/details/heat_index_c": "out-of-range"}),
    "detail too fine": ({"details": {"heat_index_c": 31.25}}, {"/details/heat_index_c": "too-precise"}),
    "detail of 400 digits": ({"details": {"residents_taught": 10**400}}, {"/details/residents_taught": "out-of-range"}),
    "detail no id": ({"details": {"plan_id": "plan"}}, {"/details/plan_id": "bad-id"}),
    "participants a text": ({"participants": "all"}, {"/participants": "wrong-type"}),
    "participant a text": ({"participants": ["squad11a"]}, {"/participants/0": "wrong-type"}),
    "participant empty": ({"participants": [{}]}, {"/participants/0/member_id": "required"}),
    "participant with pay": ({"participants": [{"member_id": UNKNOWN, "amount": 8000}]}, {"/participants/0/amount": "unknown-field"}),
    "nobody": ({"participants": []}, {"/participants": "no-participants"}),
    "participant unknown": ({"participants": [{"member_id": UNKNOWN}]}, {"/participants/0/member_id": "unknown-member"}),
    "role unknown": ({"participants": [{"member_id": UNKNOWN, "role": "king"}]}, {"/participants/0/role": "not-an-option"}),
    "acted maybe": ({"participants": [{"member_id": UNKNOWN, "acted": "yes"}]}, {"/participants/0/acted": "wrong-type"}),
    "acted as a number": ({"participants": [{"member_id": UNKNOWN, "injured": 0}]}, {"/participants/0/injured": "wrong-type"}),
    "vehicle unknown": ({"vehicle_ids": [UNKNOWN]}, {"/vehicle_ids/0": "unknown-vehicle"}),
    "vehicle no id": ({"vehicle_ids": ["pump"]}, {"/vehicle_ids/0": "bad-id"}),
    "21 vehicles": ({"vehicle_ids": [UNKNOWN] * 21}, {"/vehicle_ids": "too-many-items"}),
    "11 pictures": ({"attachment_ids": [UNKNOWN] * 11}, {"/attachment_ids": "too-many-items"}),
    "a picture no id": ({"attachment_ids": ["photo"]}, {"/attachment_ids/0": "bad-id"}),
    "submit as text": ({"submit": "true"}, {"/submit": "wrong-type"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_report_is_told_where_and_why(quiet, name) -> None:
    change, wanted = BAD[name]
    said = {"data": json.dumps({**good(quiet), **change}), "content_type": JSON}
    with quiet.unchanged("squad11a") as author:
        assert places(author.post(f"{REPORTS}/validate", **said)) == wanted
        told = {"ja": author.post(REPORTS, **said), "en": author.post(REPORTS, **said, headers=ENGLISH)}
    for language, answer in told.items():
        assert places(answer) == wanted
        for entry in answer.json["errors"]:
            assert entry["message"] == text(f"problem.{entry['code']}.detail", language, **entry.get("params", {}))


def test_every_complaint_comes_at_once(quiet) -> None:
    plain = good(quiet, "squad11a", "squad12a")
    sent = {**plain, "place": "場\n場", "summary": "\x1b", "vehicle_ids": ["x"]}
    answer = quiet.person("squad11a").post(REPORTS, json=sent)
    assert places(answer) == {"/place": "bad-characters", "/summary": "bad-characters", "/vehicle_ids/0": "bad-id"}
    sent = {**plain, "details": {"drill_type": "dance", "horses": 1}, "vehicle_ids": [UNKNOWN]}
    assert places(quiet.person("squad11a").post(REPORTS, json=sent)) == {
        "/details/drill_type": "not-an-option",
        "/details/horses": "unknown-field",
        "/participants/1/member_id": "unknown-member",
        "/vehicle_ids/0": "unknown-vehicle",
    }


def test_times_of_a_participant_are_held_to_the_reports(quiet) -> None:
    me = str(quiet.city.member_id("squad11a"))
    tried = [
        ({"started_at": RIGHT[1], "ended_at": RIGHT[0]}, {"/participants/0/ended_at": "end-before-start"}),
        ({"started_at": "2026-11-17T20:00:00+09:00"}, {"/participants/0/started_at": "participant-outside-times"}),
        ({"started_at": "2026-11-18T09:00:00"}, {"/participants/0/started_at": "naive-time"}),
        ({"left_early_reason": "あ" * 101}, {"/participants/0/left_early_reason": "too-long"}),
        ({"left_early_reason": NUL}, {"/participants/0/left_early_reason": "bad-characters"}),
    ]
    for change, wanted in tried:
        body = {**good(quiet), "participants": [{"member_id": me, **change}]}
        assert places(quiet.person("squad11a").post(REPORTS, json=body)) == wanted


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e-400", "0e0", "-0", "1e22", "2" * 4_000])
def test_numbers_beyond_all_bounds_are_no_latitude(quiet, number) -> None:
    body = json.dumps({**good(quiet), "latitude": "@"}).replace('"@"', number)
    with quiet.unchanged("squad11a") as author:
        told = places(author.post(REPORTS, data=body, content_type=JSON))
        assert told["/latitude"] in ("out-of-range", "wrong-type")


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**400])
@pytest.mark.parametrize("submit", [True, False])
def test_a_number_that_no_answer_could_say_is_not_kept(quiet, number, submit) -> None:
    body = json.dumps({**good(quiet), "submit": submit, "details": {"residents_taught": number}})
    with quiet.unchanged("squad11a") as author:
        told = places(author.post(REPORTS, data=body, content_type=JSON))
        assert told == {"/details/residents_taught": "out-of-range"}


def test_the_same_person_twice_is_pointed_at_the_second_time(quiet) -> None:
    body = make.body(quiet.city, "K1-1-1", "squad11a", "squad11b", "squad11a", day=18)
    assert places(quiet.person("squad11a").post(REPORTS, json=body)) == {
        "/participants/2/member_id": "participant-twice"
    }


@pytest.mark.parametrize(
    ("author", "unit", "code"),
    [
        ("squad11a", "K1-1-2", "unknown-unit"),  # the neighbours' is not to be known
        ("squad11a", "K1-2", "unknown-unit"),
        ("squad11a", "K1-1", "not-your-unit"),  # above one's own: known, not one's own to file for
        ("squad11", "K1", "not-your-unit"),
        ("company1", "K1-2-1", "unknown-unit"),
        ("brigade", "S1", "not-your-unit"),
    ],
)
def test_the_id_of_another_unit_is_refused(quiet, author, unit, code) -> None:
    with quiet.unchanged(author) as person:
        answer = person.post(REPORTS, json=make.body(quiet.city, unit, author, day=18))
        assert places(answer) == {"/unit_id": code}


def test_people_of_other_units_are_unknown_or_not_enrolled(quiet) -> None:
    answer = quiet.person("squad11a").post(
        REPORTS, json=make.body(quiet.city, "K1-1-1", "squad11a", "squad21a", day=18)
    )
    assert places(answer) == {"/participants/1/member_id": "unknown-member"}
    seen = quiet.person("company1").post(REPORTS, json=make.body(quiet.city, "K1-1-1", "squad11a", "squad12a", day=18))
    assert places(seen) == {"/participants/1/member_id": "not-enrolled"}


def test_five_hundred_people_are_the_most_and_ten_thousand_are_answered_shortly(quiet) -> None:
    with quiet.unchanged("squad11a") as author:
        for count in (501, 10_000):
            people = [{"member_id": str(make.new_id())} for _ in range(count)]
            told = places(author.post(REPORTS, json={**good(quiet), "participants": people}))
            assert set(told) == {"/participants"}
            assert told["/participants"] in ("too-many-items", "too-many-participants")


@pytest.mark.parametrize("what", ["participants", "details", "unknown", "vehicles"])
def test_a_refusal_is_never_much_longer_than_what_was_sent(quiet, what) -> None:
    many = {
        "participants": {"participants": [{}] * 10_000},
        "details": {"details": {f"x{number}": 1 for number in range(10_000)}},
        "unknown": {f"x{number}": 1 for number in range(10_000)},
        "vehicles": {"vehicle_ids": ["x"] * 10_000},
    }[what]
    body = json.dumps({**good(quiet), **many})
    answer = quiet.person("squad11a").post(REPORTS, data=body, content_type=JSON)
    assert answer.status_code == 422
    assert len(answer.data) < 2 * len(body), f"{len(body)} bytes are answered with {len(answer.data)}"


def test_the_edges_of_what_is_allowed_are_allowed(quiet) -> None:
    me = str(quiet.city.member_id("squad11a"))
    now = make.NOW.astimezone(dt.timezone(dt.timedelta(hours=9)))
    fine = [
        span("2026-11-15T09:00:00+09:00", "2026-11-18T09:00:00+09:00"),  # 72 hours
        span("2026-11-18T00:00:00Z", "2026-11-18T02:00:00.5Z"),
        span("2026-11-18T09:00:00.000+09:00", "2026-11-18T11:00:00+09:00"),
        span("2026-11-17T19:00:00-05:00", "2026-11-18T11:00:00+09:00"),
        span((now - dt.timedelta(hours=1)).isoformat(), (now + dt.timedelta(minutes=5)).isoformat()),
        {"place": "置" * 100, "summary": "訓練\n二行目\t" + "あ" * 900, "latitude": 35.44, "longitude": 139.64},
        {"place": "👨‍🚒 𠮷野家前 髙橋 ｶﾞｿﾘﾝ e\u0301"},
        {"place": " ", "summary": "", "order_by": None, "event_id": None},
    ]
    for change in fine:
        body = {**good(quiet), "participants": [{"member_id": me}], **change}
        answer = quiet.person("squad11a").post(f"{REPORTS}/validate", json=body)
        assert answer.status_code == 200, (change, answer.text)
