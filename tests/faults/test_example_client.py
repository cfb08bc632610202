"""The example client: what it promises one by one, and all of it at once on a network from hell.

The long run takes its size from BRIGADE_FULL: 1 for 300 reports, or a number of them; BRIGADE_SEED shifts its chances.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from brigade.dates import TOKYO
from tests import make
from tests.faults.conftest import Demo
from tests.faults.ledger import ROWS, Ledger
from tests.faults.phones import DONE, REFUSED, SIGNED_OUT, WAITING, Phone, photograph
from tests.faults.proxy import PLAIN, Fault, Proxy, nasty
from tests.faults.wire import Person, exchange, request

SEED = int(os.environ.get("BRIGADE_SEED", "1"))
SIZE = {"": 15, "0": 15, "1": 300}.get(os.environ.get("BRIGADE_FULL", "")) or int(os.environ["BRIGADE_FULL"])
PHONES = 3 if SIZE < 60 else 6
pytestmark = [pytest.mark.xdist_group("example"), pytest.mark.timeout(300 + 20 * SIZE)]
QUICK = ("--for", "20", "--pause", "0.02")


@dataclass
class Carrier:
    """A member of the demo with a phone, and what the member did with it."""

    phone: Phone
    account: dict[str, Any] = field(repr=False)
    person: Person = field(repr=False)
    ledger: Ledger = field(repr=False)
    hashes: dict[str, list[str]] = field(default_factory=dict, repr=False)
    written: int = 0

    @property
    def home(self) -> Path:
        return self.phone.home

    def write(self, pictures: list[bytes], **said: Any) -> list[str | Path]:
        """The ``file`` command for a report of a free hour; no two of them are at the same time."""
        body = self._free() | said
        self.ledger.mean({"summary": "", **body})
        self.hashes[body["id"]] = sorted(hashlib.sha256(data).hexdigest() for data in pictures)
        place = self.home.with_name(f"{self.home.name}-{body['id']}")
        place.with_suffix(".json").write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        command: list[str | Path] = ["file", place.with_suffix(".json")]
        for number, data in enumerate(pictures):
            path = place.with_name(f"{place.name}-{number}.jpg")
            path.write_bytes(data)
            command += ["--picture", path]
        return command

    def _free(self) -> dict[str, Any]:
        today = dt.datetime.now(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
        while True:
            self.written += 1
            start = today - dt.timedelta(hours=5 * self.written)
            body = {
                "id": str(uuid.uuid4()), "kind": "T-01", "unit_id": self.account["unit_id"],
                "started_at": start.isoformat(), "ended_at": (start + dt.timedelta(hours=2)).isoformat(),
                "place": "第一分団器具置場", "summary": "ポンプの放水訓練をしました。\nホースに異常はありません。",
                "details": {"drill_type": "pump"}, "participants": [{"member_id": self.account["member_id"]}], "submit": True,
            }  # fmt: skip
            if self.person.ask("POST", "/activity-reports/validate", body).status == 200:
                return body


def carrier(demo: Demo, folder: Path, number: int, port: int) -> Carrier:
    """The n-th plain member; the phone reaches the server through ``port``."""
    account = demo.accounts_of("member")[number]
    person = Person(demo.port, account["login"], account["password"])
    member_id = uuid.UUID(account["member_id"])
    with demo.engine.connect() as connection:
        before = connection.scalars(select(ROWS.c.id).where(ROWS.c.author_id == member_id))
        ledger = Ledger(member_id, frozenset(map(str, before)))
    return Carrier(Phone(folder / account["login"], f"http://127.0.0.1:{port}"), account, person, ledger)


@pytest.fixture
def proxy(demo: Demo) -> Iterator[Proxy]:
    with Proxy(demo.port) as proxy:
        yield proxy


@pytest.fixture
def one(demo: Demo, proxy: Proxy, tmp_path: Path, request: pytest.FixtureRequest) -> Carrier:
    """A member of one's own for each test, signed in on a phone."""
    names = [name for name, thing in globals().items() if name.startswith("test_") and callable(thing)]
    made = carrier(demo, tmp_path, 10 + names.index(request.node.originalname), proxy.port)
    made.phone.until_done("signin", made.account["login"], "--password", made.account["password"])
    return made


# --- One by one -------------------------------------------------------------------------------------------------------


def test_a_report_with_pictures_arrives_and_leaves_the_queue(demo, one) -> None:
    large, small = photograph(Random(1)), photograph(Random(2), size=(320, 240))
    assert len(small) < 128 * 1024 < len(large)
    one.phone.until_done(*one.write([large, small]))
    assert one.phone.run("status") == WAITING
    one.phone.until_done("send", *QUICK)
    assert one.phone.said.endswith("0 waiting, 0 refused, 1 known\n")
    check(demo, [one])


def test_queue_stays_when_a_portal_answers_in_the_servers_place(demo, one, proxy) -> None:
    one.phone.until_done(*one.write([photograph(Random(3))]))
    proxy.mood = lambda number: Fault(portal=True)
    assert one.phone.run("send", "--for", "0.3", "--pause", "0.01") == WAITING
    assert "somebody else answered (200)" in one.phone.said
    assert "1 waiting, 0 refused" in one.phone.said
    proxy.mood = lambda number: PLAIN
    one.phone.until_done("send", *QUICK)
    check(demo, [one])


def test_what_is_refused_is_kept_shown_and_goes_when_corrected(demo, one) -> None:
    wrong = one.write([], ended_at="2026-01-01T00:00:00+09:00")
    right = one.write([photograph(Random(4))])
    [bad, good] = one.ledger.meant
    one.phone.until_done(*wrong)
    one.phone.until_done(*right)
    assert one.phone.run("send", *QUICK) == REFUSED
    assert f"refused {bad}" in one.phone.said
    assert "/ended_at:" in one.phone.said
    assert "0 waiting, 1 refused, 1 known" in one.phone.said
    assert one.phone.run("send", *QUICK) == REFUSED  # and is not sent again by itself
    corrected = {**one.ledger.meant.pop(good), "id": bad}
    start = dt.datetime.fromisoformat(corrected["started_at"]) + dt.timedelta(hours=2)
    corrected |= {"started_at": start.isoformat(), "ended_at": (start + dt.timedelta(minutes=5)).isoformat()}
    one.ledger.before |= {good}
    one.ledger.mean(corrected)
    Path(wrong[1]).write_text(json.dumps(corrected), encoding="utf-8")
    one.phone.until_done(*wrong)
    one.phone.until_done("send", *QUICK)
    check(demo, [one], attachments=False)


def test_a_picture_in_place_of_a_refused_one_goes_with_the_same_report(demo, one) -> None:
    """Whether it came at once or in pieces; the report, which the server has, names it already."""
    command = one.write([photograph(Random(6)), photograph(Random(7), size=(320, 240)), photograph(Random(8))])
    first, second = command[5], command[7]
    right = first.read_bytes(), second.read_bytes()
    first.write_bytes(b"<html>")
    second.write_bytes(b"\0\0\0\x18ftypheic" * 20_000)
    one.phone.until_done(*command)
    assert one.phone.run("send", *QUICK) == REFUSED
    first.write_bytes(right[0])
    second.write_bytes(right[1])
    one.phone.until_done(*command)
    one.phone.until_done("send", *QUICK)
    check(demo, [one])


def test_a_refused_picture_may_be_let_go_and_stays_missing(demo, one) -> None:
    command = one.write([photograph(Random(6)), b"<html>"])
    one.phone.until_done(*command, *command[2:4])  # one picture named twice is one
    assert one.phone.run("send", *QUICK) == REFUSED
    one.phone.until_done(*command[:4])
    one.phone.until_done("send", *QUICK)
    check(demo, [one], attachments=False)
    [(id_, hashes)] = one.hashes.items()
    report = one.person.ask("GET", f"/activity-reports/{id_}").json
    assert [picture["sha256"] in hashes for picture in report["attachments"]] == [True]
    assert len(report["missing_attachment_ids"]) == 1


def test_a_file_that_cannot_be_read_is_told_and_queues_nothing(one) -> None:
    command = one.write([photograph(Random(9), size=(320, 240))])
    Path(command[3]).unlink()
    assert one.phone.run(*command) == REFUSED
    Path(command[1]).write_text("{", encoding="utf-8")
    assert one.phone.run(*command[:2]) == REFUSED
    assert one.phone.said.startswith("refused: cannot be read: ")
    assert one.phone.run("status") == DONE


def test_the_old_refresh_token_stays_until_the_new_pair_is_on_the_disk(one, proxy) -> None:
    for fault in (Fault(answer=0), Fault(answer=300), Fault(request=50)):
        one.phone.doze()
        [(before,)] = one.phone.look("SELECT value FROM kept WHERE name = 'tokens'")
        proxy.mood = lambda number, fault=fault: fault
        assert one.phone.run("sync") == WAITING
        assert one.phone.look("SELECT value FROM kept WHERE name = 'tokens'") == [(before,)]
        proxy.mood = lambda number: PLAIN
        assert one.phone.run("sync") == DONE
        assert one.phone.look("SELECT value FROM kept WHERE name = 'tokens'") != [(before,)]


def test_a_revoked_device_is_out_at_its_next_call_and_keeps_its_queue(demo, one) -> None:
    one.phone.until_done(*one.write([]))
    assert one.phone.run("sync") == DONE
    [phone] = [d for d in one.person.ask("GET", "/auth/devices").json["items"] if d["device_name"] == "example client"]
    [(tokens,)] = one.phone.look("SELECT value FROM kept WHERE name = 'tokens'")
    last = request("GET", "/me", None, json.loads(tokens)["access_token"])
    assert [answer.status for answer in [exchange(demo.port, last)] if answer] == [200]
    assert one.person.ask("DELETE", f"/auth/devices/{phone['id']}").status == 204
    assert [answer.status for answer in [exchange(demo.port, last)] if answer] == [401]
    assert one.phone.run("sync") == SIGNED_OUT
    assert one.phone.run("send", *QUICK) == SIGNED_OUT
    assert one.phone.run("status") == WAITING
    one.phone.until_done("signin", one.account["login"], "--password", one.account["password"])
    one.phone.until_done("send", *QUICK)


def test_sync_brings_what_changed_and_takes_what_went(demo, one) -> None:
    one.phone.until_done("sync")
    one.phone.until_done(*one.write([], submit=False))
    one.phone.until_done("send", *QUICK)
    [id_] = one.ledger.meant
    path = f"/activity-reports/{id_}"
    answer = one.person.ask("PATCH", path, {"place": "川原"}, If_Match='"1"')
    assert answer.status == 200, answer.body
    one.phone.until_done("sync")
    [(known,)] = one.phone.look("SELECT body FROM known WHERE kind = 'reports' AND id = ?", id_)
    assert json.loads(known)["place"] == "川原"
    assert one.person.ask("DELETE", path, None, If_Match=f'"{answer.json["version"]}"').status == 204
    one.phone.until_done("sync")
    assert one.phone.look("SELECT count(*) FROM known WHERE kind = 'reports' AND id = ?", id_) == [(0,)]
    assert one.phone.look("SELECT count(*) FROM known WHERE kind = 'reference'") != [(0,)]


def test_somebody_elses_queue_is_not_sent_under_ones_own_name(demo, one) -> None:
    one.phone.until_done(*one.write([]))
    other = demo.accounts_of("squad_leader")[0]
    assert one.phone.run("signin", other["login"], "--password", other["password"]) == REFUSED
    assert one.phone.run("signin", one.account["login"], "--password", "wrong") == REFUSED
    one.phone.until_done("send", *QUICK)
    check(demo, [one])
    one.phone.until_done("signin", other["login"], "--password", other["password"])
    assert one.phone.run("status") == DONE
    assert one.phone.said == "0 waiting, 0 refused, 0 known\n"


def test_the_check_finds_what_is_lost_foreign_or_spoilt(demo, one) -> None:
    one.phone.until_done(*one.write([photograph(Random(5))]))
    one.phone.until_done("send", *QUICK)
    check(demo, [one])
    [(id_, body)] = one.ledger.meant.items()
    one.hashes[id_] = ["0" * 64]
    with pytest.raises(AssertionError):
        check(demo, [one])
    one.ledger.meant = {id_: {**body, "place": "別の場所"}}
    assert one.ledger.faults(demo.engine) == {"changed": 1}
    one.ledger.meant = {str(uuid.uuid4()): body}
    assert one.ledger.faults(demo.engine) == {"doubled": 1, "lost": 1}


# --- All at once ------------------------------------------------------------------------------------------------------


def test_everything_filed_on_a_nasty_network_arrives_exactly_once(demo, proxy, tmp_path) -> None:
    rng = Random(SEED)
    carriers = [carrier(demo, tmp_path, number, proxy.port) for number in range(PHONES)]
    shares = [range(number, SIZE, PHONES) for number in range(PHONES)]
    proxy.mood = nasty(SEED, patience=carriers[0].phone.timeout)
    with ThreadPoolExecutor(PHONES) as pool:
        list(pool.map(live, carriers, shares, [Random(rng.random()) for _ in carriers]))
    check(demo, carriers)
    ended = sum((one.phone.ended for one in carriers), start=type(carriers[0].phone.ended)())
    wrong = 1 - proxy.did["plain"] / proxy.did.total()
    sent = sum(len(path.read_bytes()) for path in tmp_path.glob("*-*.jp*g"))
    disturbed = f"{proxy.did.total()} connections, {wrong:.0%} of them disturbed: {dict(proxy.did)}"
    print(f"{SIZE} reports; {ended[-9]} kills; {disturbed}; sent {proxy.up / sent:.2f} times the pictures")  # noqa: T201
    assert 0.15 < wrong < 0.35
    assert ended[-9] > SIZE // 5
    for one in carriers:
        assert one.phone.run("status") == DONE


def live(one: Carrier, share: range, rng: Random) -> None:
    """A member's days: files a few reports, wakes up, sends; killed now and then."""

    def chance() -> float | None:
        return rng.choice([None, rng.uniform(0, 0.3), rng.uniform(0, 2)])

    one.phone.until_done("signin", one.account["login"], "--password", make.PASSWORD, chance=chance)
    for number in share:
        pictures = [photograph(rng) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        one.phone.until_done(*one.write(pictures), chance=chance)
        if rng.random() < 0.4 or number == share[-1]:
            if rng.random() < 0.5:
                one.phone.doze()
            one.phone.until_done("send", *QUICK, chance=chance)
    one.phone.until_done("sync", chance=chance)


def check(demo: Demo, carriers: list[Carrier], *, attachments: bool = True) -> None:
    """Everything meant is there once and equal, its pictures with it, and the phones' queues are empty."""
    for one in carriers:
        assert one.ledger.faults(demo.engine) == {}
        assert (
            one.phone.look("SELECT count(*) FROM reports") == one.phone.look("SELECT count(*) FROM pictures") == [(0,)]
        )
        for id_, hashes in one.hashes.items() if attachments else ():
            report = one.person.ask("GET", f"/activity-reports/{id_}").json
            assert report["missing_attachment_ids"] == []
            assert sorted(picture["sha256"] for picture in report["attachments"]) == hashes
