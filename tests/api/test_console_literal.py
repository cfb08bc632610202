"""Every text that a person can write, planted with a program in it, is shown by the console as it was written (S-17).

The whole console is walked, from link to link as a squad's, a company's, a station's and the bureau's people find it.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.access.passkeys import Passkey
from brigade.organisation.people import Member
from brigade.organisation.units import Unit
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, done, file
from tests.api.disputing import confirmed, disputed, settled
from tests.api.planning import EVENTS, made, plan
from tests.api.planning import done as changed
from tests.api.scanning import at, confirm, drill, instead, patched, pdf, seen, sent
from tests.api.sealing import sealed
from tests.api.test_console_rosters import HEADING, sending
from tests.api.visiting import CONSOLE, visitor

EACH = 6
"""Pages that are looked at of one kind, by one person."""

WALKERS = ("squad11a", "squad11", "company1", "station", "bureau")
START = (
    "", "/inbox?tab=look", "/inbox?tab=clean", "/inbox?tab=returned", "/inbox/approve", "/inbox/done", "/members?tab=all",
    "/deputies", "/events", "/plans", "/reports", "/scans?tab=all", "/statistics", "/account", "/account/notices", "/account/password", "/help",
    "/months/2026-11", "/months/2026-10", "/editions", "/office", "/office/audit", "/office/devices?q=健", "/office/moves?q=健",
    "/prove",
    "/office/pay/what-if?rule_set=national-2022",
)  # fmt: skip
ASKED = (
    "/reports?q=",
    "/members?tab=all&q=",
    "/office/audit?q=",
    "/office/devices?q=",
    "/office/moves?q=",
    "/nowhere/",
    "/sign-in?next=",
)
"""Pages that show again what was asked for."""

NOT_WALKED = {
    "console_account.app", "console_months.job", "console_start.code", "console_start.asset", "console_start.nothing",
    "console_start.home", "console_months.preview", "console_reports.picture", "console_reports.small_picture",
    "console_editions.document", "console_scans.crop", "console_scans.picture",
}  # fmt: skip
"""Pages that nothing leads to without a form, and what is no page."""


NOT_SHOWN = {"nobody"}
"""What only the API tells so far. A screen that comes to show one of them is asked to be named here no more."""


def evil(name: str) -> str:
    """A program that would run where a text is taken for markup; short enough for every field."""
    return f"\"'><img src=x onerror={name}()>"


class Planted(dict[str, str]):
    """Names of texts → the texts."""

    def __missing__(self, name: str) -> str:
        self[name] = evil(name)
        return self[name]


@pytest.fixture
def app(own_app):
    """A sealed month cannot be taken out for the next test."""
    return own_app


@pytest.fixture
def planted(app, ask, city, monkeypatch) -> Planted:
    """A city in which everybody wrote a program wherever something can be written."""
    text = Planted()
    _names(app, city, text)
    _reports(ask, city, text)
    _events(ask, city, text)
    _month(app, ask, city, text)
    _office(app, text)
    instead(monkeypatch)
    _paper(app, ask, city, text)
    return text


def _names(app, city, text: Planted) -> None:
    with app.app_context(), db.engine.begin() as connection:
        whose = Member.id == city.member_id("squad11a")
        connection.execute(update(Member).where(whose).values(name=text["name"] + " 健"))
        connection.execute(update(Unit).where(Unit.id == city.unit_id("K1-1-1")).values(name=text["unit"]))


def _reports(ask, city, text: Planted) -> None:
    member, leader = ask("squad11a"), ask("squad11")

    def written(day: int) -> dict[str, Any]:
        said = {"day": day, "summary": text["summary"], "place": text["place"]}
        body = make.body(city, "K1-1-1", "squad11a", "squad11b", **said)
        body["participants"][1]["left_early_reason"] = text["early"]
        return body

    for day, step in enumerate(("return", "correct", "approve"), 14):
        report = file(member, written(day))
        said = {"comment": text[f"{step}_comment"]}
        if step == "return":
            said["remarks"] = [{"pointer": "/ended_at", "reason": "other", "text": text["remark"]}]
        if step == "correct":
            said["summary"] = text["corrected"]
        report = done(leader, report, step, **said)
        if step == "return":
            answer = member.patch(
                f"{REPORTS}/{report['id']}",
                json={"place": text["again"]},
                headers={"If-Match": f'"{report["version"]}"'},
            )
            done(member, answer.json, "submit")
    back = done(leader, file(member, written(18)), "approve")
    assert act(ask("company1"), back, "step-back", comment=text["step_back"]).status_code == 200
    searched = make.body(city, "K1-1-1", "squad11a", day=17)
    file(member, {**searched, "kind": "D-05", "details": {"area": text["detail"]}})


def _events(ask, city, text: Planted) -> None:
    leader = ask("company1")
    told = {
        "title": text["title"],
        "place": text["event_place"],
        "note": text["note"],
        "details": {"drill_type": "pump"},
    }
    made(leader, plan(city, **told))
    called_off = made(leader, plan(city, day=26, **told))
    assert changed(leader, called_off, "cancel", reason=text["cancelled"]).status_code == 200
    over = made(leader, plan(city, day=18, **told))
    nobody = {"unit_id": str(city.unit_id("K1-1-2")), "comment": text["nobody"]}
    assert ask("squad12").post(f"{EVENTS}/{over['id']}/nobody-came", json=nobody).status_code == 201


def _month(app, ask, city, text: Planted) -> None:
    excuse = {"unit_id": str(city.unit_id("K1-1-2")), "reason": text["excuse"], "until": "2026-11-25"}
    assert ask("company1").post(f"{API}/months/2026-10/excuse", json=excuse).status_code in (200, 201)
    report = confirmed(ask, city, "squad11a", "squad11b", day=3, summary=text["summary"])
    dispute = disputed(ask("squad11b"), report, reason=text["dispute"])
    assert dispute.status_code == 201, dispute.text
    assert settled(ask("bureau"), dispute.json["id"], comment=text["settled"]).status_code == 200
    asked = (
        ask("squad11a").post(f"{API}/me/data-requests", json={"kind": "show", "words": text["asked_for"]}).json["id"]
    )
    for step, said in (("extend", {"reason": text["later"]}), ("accept", {"answer": text["answered"]})):
        assert ask("bureau").post(f"{API}/data-requests/{asked}/{step}", json=said).status_code == 200
    for day in (4, 5):
        confirmed(ask, city, "squad11a", day=day, place=text["place"])
        sealed(app, ask("station"), city.unit_id("S1"))


def _office(app, text: Planted) -> None:
    cell = text["row"].replace('"', '""')
    rows = f'{HEADING}999001,"{cell}",タカハシ,"{text["row_unit"].replace(chr(34), chr(34) * 2)}",,,\n'
    sending(visitor(app, "bureau"), rows, name="roster.csv")
    with app.app_context(), db.engine.begin() as connection:
        files = db.metadata.tables["roster_imports"]
        connection.execute(update(files).values(file_name=text["file"]))


def _paper(app, ask, city, text: Planted) -> None:
    person = ask("squad11a")
    words = {"place": text["sheet_place"], "note": text["sheet_note"]}
    for day, unsure in (("081106", ("place", "day")), ("081107", ()), ("081108", ()), ("081109", ("day",))):
        page = sent(app, person, pdf(drill(app, city, **{**words, "day": day, "unsure": unsure})))["pages"][0]
        if day == "081106":
            patched(person, page, fields=[{"name": "place", "value": text["typed"]}])
        if day in ("081107", "081108"):
            page = patched(
                person, page, fields=[{"name": one, "value": text[f"sheet_{one}"]} for one in ("place", "note")]
            )
        if day == "081107":
            assert confirm(person, page).status_code == 200
        if day == "081109":
            answer = person.post(at(page, "/discard"), json={"reason": text["discarded"]}, headers=seen(page))
            assert answer.status_code == 200, answer.text


class Walk:
    """Pages of one person, each kind some times; what they showed."""

    def __init__(self, app, login: str) -> None:
        self.browser, self.login = visitor(app, login), login
        self.address = app.url_map.bind("localhost")
        self.kinds: Counter[str] = Counter()
        self.shown: set[str] = set()
        self.seen: set[str] = set()

    def go(self, paths) -> None:
        """From these pages on to wherever they lead."""
        waiting = list(paths)
        while waiting:
            path = waiting.pop(0)
            if path in self.seen or not path.startswith(CONSOLE):
                continue
            self.seen.add(path)
            kind = self.address.match(path.split("?")[0].split("#")[0], method="GET")[0]
            if self.kinds[kind] >= EACH or (kind in NOT_WALKED and kind != "console_start.nothing"):
                continue
            self.kinds[kind] += 1
            waiting += self.look(path)

    def look(self, path: str) -> list[str]:
        page = self.browser.get(path.split("#")[0])
        if page.answer.mimetype != "text/html":
            return []
        where = (self.login, path)
        assert "<img src=x" not in page.answer.text, where
        assert page.inline == [], where
        self.shown |= set(re.findall(r"onerror=(\w+)\(\)", page.text))
        self.shown |= set(re.findall(r"onerror=(\w+)\(\)", page.answer.text))
        return page.links


def test_whatever_people_write_is_shown_as_they_wrote_it(app, city, planted) -> None:
    walks = []
    for login in WALKERS:
        walk = Walk(app, login)
        walk.go([CONSOLE + path for path in START])
        walk.go([f"{CONSOLE}/members/cards?member={city.member_id('squad11b')}"])
        walk.go(
            [f"{path}/{end}" for path in sorted(walk.seen) if path.endswith("/pages/1") for end in ("check", "done")]
        )
        walk.go([CONSOLE + path + quote(evil(f"asked{place}")) for place, path in enumerate(ASKED)])
        walks.append(walk)
    shown = set().union(*(walk.shown for walk in walks))
    assert set(planted) - shown == NOT_SHOWN
    assert {f"asked{place}" for place in range(4)} <= shown
    kinds = set().union(*(walk.kinds for walk in walks))
    assert pages_of(app) - kinds - NOT_WALKED == set()


def pages_of(app) -> set[str]:
    """Endpoints of the console that are read."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console_"))
    return {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}


def test_devices_and_passkeys_may_be_called_anything(app, city) -> None:
    browser = visitor(app, "squad11")
    with app.app_context(), db.engine.begin() as connection:
        account_id = connection.scalar(select(Account.id).where(Account.login == "squad11"))
        connection.execute(update(DeviceSession).values(device_name=evil("device")))
        key = {"id": uuid.uuid4(), "credential_id": b"x", "public_key": b"x", "sign_count": 0, "created_at": make.NOW}
        connection.execute(insert(Passkey).values(account_id=account_id, name=evil("passkey"), **key))
    page = browser.get(f"{CONSOLE}/account")
    assert (evil("device") in page.text, evil("passkey") in page.text) == (True, True)
    assert ("<img src=x" in page.answer.text, page.inline) == (False, [])


def test_a_name_with_a_program_in_it_has_harmless_kana(app, city) -> None:
    with app.app_context(), db.engine.begin() as connection:
        whose = Member.id == city.member_id("squad11a")
        connection.execute(update(Member).where(whose).values(name="<佐藤> 健", kana="<img/src=x> ケン"))
    page = visitor(app, "squad11").get(f"{CONSOLE}/members?tab=all")
    assert '<ruby>&lt;佐藤&gt;<rt aria-hidden="true">&lt;img/src=x&gt;</rt></ruby>' in page.answer.text
    assert page.inline == []
