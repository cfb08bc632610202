"""A connection that ends after any byte, of the request or of the answer, and the same request again: done once.

Every point there is with BRIGADE_FULL=1; otherwise a part of them, which BRIGADE_SEED shifts, and the ends.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import pytest

from brigade.dates import TOKYO
from tests import make
from tests.faults.conftest import Town
from tests.faults.ledger import Ledger
from tests.faults.proxy import PLAIN, Fault, Proxy
from tests.faults.wire import Answer, Person, exchange, request

FULL = os.environ.get("BRIGADE_FULL", "") not in ("", "0")
SEED = int(os.environ.get("BRIGADE_SEED", "1"))
pytestmark = pytest.mark.timeout(4 * 3600 if FULL else 300)
SUMMARY = "器具置場でポンプ操法の訓練。吸管を伸ばし、放水を三回行った。ホース一本に小さな穴を見つけた。\n" * 12


@dataclass
class Line:
    """A line to the server that is cut where it is told to be."""

    proxy: Proxy
    town: Town
    moments: Iterator[int] = field(default_factory=count)

    def once(self, data: bytes, fault: Fault = PLAIN) -> Answer | None:
        """One try."""
        self.proxy.mood = lambda number: fault
        return exchange(self.proxy.port, data)

    def lengths(self, data: bytes) -> tuple[int, int]:
        """Bytes of a request and of its answer."""
        before = self.proxy.down
        assert self.once(data) is not None
        return len(data), self.proxy.down - before

    def person(self, login: str) -> Person:
        """Somebody signed in."""
        return Person.signed_in(self.town.port, login, make.PASSWORD)

    def drill(self, login: str = "squad11a", **said: Any) -> dict[str, Any]:
        """A report of about 2 KB by somebody of a squad; no two of them are at the same time."""
        start = dt.datetime(2025, 1, 1, tzinfo=TOKYO) + dt.timedelta(minutes=5 * next(self.moments))
        times = {"started_at": start.isoformat(), "ended_at": (start + dt.timedelta(minutes=5)).isoformat()}
        body = make.body(self.town.city, f"K1-{login[5]}-{login[6]}", login)
        return {**body, **times, "place": "第一分団器具置場", "summary": SUMMARY.strip(), **said}


@pytest.fixture(scope="module")
def line(town: Town) -> Iterator[Line]:
    with Proxy(town.port) as proxy:
        yield Line(proxy, town)


def points(asked: int, answered: int, about: int) -> list[Fault]:
    """Where to cut: everywhere, or about so many places and the ends of request and answer."""
    every = [Fault(request=n) for n in range(asked + 1)] + [Fault(answer=n) for n in range(answered + 1)]
    if FULL:
        return every
    step = max(1, len(every) // about)
    ends = [Fault(request=0), Fault(request=asked - 1), Fault(request=asked), Fault(answer=0), Fault(answer=answered)]
    return ends + every[Random(SEED).randrange(step) :: step]


# --- Filing -----------------------------------------------------------------------------------------------------------


def test_a_report_cut_at_any_point_and_sent_again_is_there_once(line) -> None:
    phone, ledger = line.person("squad11a"), Ledger(line.town.city.member_id("squad11a"))
    first = line.drill()
    ledger.mean(first)
    asked, answered = line.lengths(phone.bytes_of("POST", "/activity-reports", first))
    assert asked > 2000
    where = points(asked, answered, 60)
    for fault in where:
        body = line.drill()
        data = phone.bytes_of("POST", "/activity-reports", body)
        ledger.mean(body)
        ledger.tell(body, line.once(data, fault))
        again = line.once(data)
        ledger.tell(body, again)
        assert again is not None, fault
        assert (again.status, again.json["id"]) == (201, body["id"]), (fault, again.body)
    assert ledger.faults(line.town.engine) == {}
    assert len(ledger.meant) == len(where) + 1


def test_history_tells_of_one_creation(line) -> None:
    phone, body = line.person("squad11b"), line.drill("squad11b")
    data = phone.bytes_of("POST", "/activity-reports", body)
    for fault in (Fault(request=len(data)), Fault(answer=0), Fault(answer=100, reset=True), Fault(twice=0), PLAIN):
        answer = line.once(data, fault)
    assert answer is not None
    history = phone.ask("GET", f"/activity-reports/{body['id']}/history").json["items"]
    assert [event["action"] for event in history].count("create") == 1
    assert phone.ask("GET", f"/activity-reports/{body['id']}").json["version"] == answer.json["version"]


# --- Changing and deciding --------------------------------------------------------------------------------------------


def cut_everywhere(line: Line, make_request: Callable[[int], bytes], about: int) -> Iterator[tuple[int, Answer]]:
    """Each request cut at one point and sent again: its number and the second answer."""
    asked, answered = line.lengths(make_request(0))
    for number, fault in enumerate(points(asked, answered, about), 1):
        data = make_request(number)
        line.once(data, fault)
        again = line.once(data)
        assert again is not None, fault
        assert again.status == 200, (fault, again.body)
        yield number, again


def test_an_edit_cut_at_any_point_and_sent_again_is_made_once(line) -> None:
    phone = line.person("squad11-deputy")
    draft = line.drill("squad11-deputy", submit=False)
    path = f"/activity-reports/{draft['id']}"
    version = phone.ask("POST", "/activity-reports", draft).json["version"]

    def edit(number: int) -> bytes:
        return phone.bytes_of("PATCH", path, {"place": f"場所{number:05}"}, If_Match=f'"{version + number}"')

    made = 0
    for number, answer in cut_everywhere(line, edit, 16):
        assert (answer.json["version"], answer.json["place"]) == (version + number + 1, f"場所{number:05}")
        made = number
    history = phone.ask("GET", f"{path}/history").json["items"]
    assert [event["action"] for event in history] == ["create", *["edit"] * (made + 1)]


def test_an_approval_cut_at_any_point_and_sent_again_is_one_approval(line) -> None:
    member, leader = line.person("squad12a"), line.person("squad12")
    filed: list[dict[str, Any]] = []

    def approval(number: int) -> bytes:
        filed.append(member.ask("POST", "/activity-reports", line.drill("squad12a")).json)
        assert filed[-1]["state"] == "in_review", filed[-1]
        path = f"/activity-reports/{filed[-1]['id']}/approve"
        return leader.bytes_of("POST", path, {}, If_Match=f'"{filed[-1]["version"]}"')

    for number, answer in cut_everywhere(line, approval, 12):
        assert answer.json["id"] == filed[number]["id"]
        assert answer.json["awaiting"]["level"] == "company"
    for report in filed:
        history = leader.ask("GET", f"/activity-reports/{report['id']}/history").json["items"]
        assert [event["action"] for event in history].count("approve") == 1


def test_a_refresh_cut_at_any_point_and_sent_again_signs_nobody_out(line) -> None:
    phone = line.person("squad21a")
    seen = [phone.refresh_token]

    def refresh(number: int) -> bytes:
        return request("POST", "/auth/refresh", None, seen[-1])

    asked, answered = line.lengths(refresh(0))  # its answer is lost, too: the old token goes on
    for fault in points(asked, answered, 16):
        line.once(refresh(0), fault)
        again = line.once(refresh(0))
        assert again is not None
        assert again.status == 200, (fault, again.body)
        phone.token = again.json["access_token"]
        assert phone.ask("GET", "/me").status == 200
        seen.append(again.json["refresh_token"])
    assert len(set(seen)) == len(seen)
    devices = phone.ask("GET", "/auth/devices").json["items"]
    assert [device["current"] for device in devices] == [True]


# --- The checker finds what it is there for ---------------------------------------------------------------------------


def careless(line: Line, login: str, send: Callable[[Person, dict[str, Any], Ledger], None]) -> dict[str, int]:
    """What the checker finds after ten drafts sent in such a way."""
    phone, ledger = line.person(login), Ledger(line.town.city.member_id(login))
    for _ in range(10):
        body = line.drill(login, submit=False)
        ledger.mean(body)
        send(phone, body, ledger)
    return dict(ledger.faults(line.town.engine))


def try_once(line: Line, phone: Person, body: dict[str, Any], fault: Fault, ledger: Ledger) -> Answer | None:
    answer = line.once(phone.bytes_of("POST", "/activity-reports", body), fault)
    ledger.tell(body, answer)
    return answer


def test_a_phone_with_a_new_id_for_each_try_is_found_out(line) -> None:
    def send(phone, body, ledger):
        for fault in (Fault(answer=0), PLAIN):
            try_once(line, phone, {**body, "id": str(make.new_id())}, fault, ledger)

    assert careless(line, "squad22a", send) == {"lost": 10, "doubled": 20}


def test_a_server_that_answers_before_it_stores_is_found_out(line) -> None:
    said = Answer(201, {}, b"{}")

    def send(phone, body, ledger):
        ledger.tell(body, try_once(line, phone, body, Fault(request=700), ledger) or said)

    assert careless(line, "squad22b", send) == {"lost": 10}


def test_a_phone_that_takes_silence_for_success_is_found_out(line) -> None:
    def send(phone, body, ledger):
        half = int(body["started_at"][14:16]) % 2
        try_once(line, phone, body, Fault(request=700) if half else Fault(answer=0), ledger)

    assert careless(line, "squad22", send) == {"lost": 5}


def test_a_phone_that_changes_what_it_sends_is_found_out(line) -> None:
    def send(phone, body, ledger):
        try_once(line, phone, {**body, "place": "どこか"}, Fault(answer=0), ledger)
        try_once(line, phone, body, PLAIN, ledger)

    assert careless(line, "squad22-deputy", send) == {"changed": 10, "refused": 10}
