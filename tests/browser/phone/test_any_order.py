"""Days of one phone that two people use, in any order: written, put off, refused, returned, signed out, killed, in tunnels.

What each person submitted is noted here once the phone says that it has it. In the end everything stands on the server
once, as it was last meant, with its pictures, under the name of who wrote it; and nothing waits on the phone any more.

One day in a bad network; ten with BRIGADE_FULL, in worse ones. BRIGADE_SEED: which is the first.
"""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import os
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Playwright, expect

from tests import make
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone, lasting
from tests.browser.phone.test_offline import WRITE, kill
from tests.faults.ledger import Ledger
from tests.faults.phones import photograph
from tests.faults.proxy import PLAIN, Proxy, nasty

FULL = bool(os.environ.get("BRIGADE_FULL"))
FIRST, DAYS, STEPS = int(os.environ.get("BRIGADE_SEED", "1")), 10 if FULL else 1, 35 if FULL else 25
SHARE = 0.6 if FULL else 0.3
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(600),
]

OWNERS, SQUAD = ("squad11a", "squad11b"), "K1-1-1"
SLOTS = itertools.count()
SIGNED_IN = {
    "write": 4, "write_by_hand": 4, "network": 4, "fix": 3, "reload": 2, "is_returned": 2, "kill": 1, "sign_out": 1,
    "is_thrown_out": 1, "put_off": 1, "send": 1, "look": 1, "other_tab": 1, "write_in_vain": 1, "mend": 1,
}  # fmt: skip
SIGNED_OUT = {"sign_in": 3, "reload": 1, "kill": 1, "network": 1}
"""What may happen, and how often beside the others."""

SEND = "() => import('/phone/queue.js').then(({ send }) => { void send(); })"
REFRESH = "() => import('/phone/refresh.js').then(({ refresh }) => { void refresh(true); })"
DRAFT = "() => import('/phone/draft.js').then(({ draft }) => draft())"
CHANGE_DRAFT = """async ([start, end, place]) => {
  const [{ kept, keep }, { spanOf }] = await Promise.all([import("/phone/store.js"), import("/phone/draft.js")]);
  const begun = await kept("draft");
  await keep("draft", { ...begun, span: spanOf({ started_at: start, ended_at: end }), place });
}"""
BODY = "([draft, unit]) => import('/phone/draft.js').then(({ bodyOf }) => bodyOf(draft, unit))"


class Day:
    """One phone and what two people mean with it; ``did`` is what has happened."""

    def __init__(self, seed: int, playwright: Playwright, people: People, street: Proxy, folder: Path) -> None:
        self.rng, self.playwright, self.people, self.street, self.folder = (
            Random(seed), playwright, people, street, folder,
        )  # fmt: skip
        self.city = people.town.city
        self.before = {login: frozenset(one["id"] for one in people.reports_of(login)) for login in OWNERS}
        self.meant: dict[str, dict[str, dict[str, Any]]] = {login: {} for login in OWNERS}
        self.pictures = [base64.b64encode(photograph(Random(n), size=(400, 300))).decode() for n in range(2)]
        self.owner, self.is_offline = "", False
        self.complaints: list[str] = []
        self.did: list[str] = []
        self.turn_on()

    def turn_on(self) -> None:
        context = lasting(self.playwright, self.folder, offline=self.is_offline)
        self.phone = Phone(f"http://127.0.0.1:{self.street.port}", context, complaints=self.complaints)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            may = SIGNED_IN if self.owner else SIGNED_OUT
            self.did += self.rng.choices(list(may), list(may.values()))
            getattr(self, self.did[-1])()

    def evening(self) -> None:
        """The network is good, and each person looks once more until nothing waits."""
        self.street.mood = lambda number: PLAIN
        if self.is_offline:
            self.network()
        for login in OWNERS:
            self.sign_in(login)
            for _ in range(100):
                self.phone.page.evaluate(REFRESH)
                self.phone.page.wait_for_timeout(300)
                rest = [one for one in self.phone.kept("queue") if one["member_id"] == self.id_of(login)]
                if not rest:
                    break
                if any(one["problem"] for one in rest):
                    self.mend()
            assert rest == []

    def faults(self) -> dict[str, Any]:
        """What differs on the server from what was meant."""
        found: dict[str, Any] = {}
        for login, meant in self.meant.items():
            ledger = Ledger(UUID(self.id_of(login)), self.before[login])
            for body in meant.values():
                ledger.mean(body)
            found[login] = dict(ledger.faults(self.people.town.engine))
            pictures = {one["id"]: len(one["attachments"]) for one in self.people.reports_of(login)}
            found[login] |= {id_: pictures[id_] for id_, one in meant.items() if pictures[id_] != one["pictures"]}
        return {login: faults for login, faults in found.items() if faults}

    # --- what may happen: the phone ---

    def network(self) -> None:
        self.is_offline = not self.is_offline
        self.phone.context.set_offline(self.is_offline)

    def reload(self) -> None:
        self.phone.page.reload()

    def kill(self) -> None:
        kill(self.folder)
        self.turn_on()
        self.phone.open()

    def other_tab(self) -> None:
        """The day goes on in another tab; the first one mostly goes."""
        before, self.phone.page = self.phone.page, self.phone.context.new_page()
        self.phone.listen(self.phone.page)
        self.phone.open()
        if self.rng.random() < 0.7:
            before.close()

    def send(self) -> None:
        self.phone.page.evaluate(SEND)

    def look(self) -> None:
        for where in ("#/queue", "#/settings", "#/record", "#/"):
            self.phone.open(where)
            self.phone.page.wait_for_timeout(self.rng.randrange(200))

    # --- who has it ---

    def sign_in(self, login: str = "") -> None:
        login, page = login or self.rng.choice(OWNERS), self.phone.page
        if self.is_offline:
            self.network()
        for _ in range(20):
            self.phone.open("#/signin")
            page.reload()
            page.get_by_label("ログインID").fill(login)
            page.get_by_label("パスワード", exact=True).fill(make.PASSWORD)
            self.phone.tap("ログインする")
            refused = page.get_by_role("alert")
            expect(page.get_by_role("navigation").or_(refused)).to_be_visible()
            if not refused.count():
                break
        self.owner = login
        self.phone.synced()

    def sign_out(self) -> None:
        page = self.phone.page
        self.phone.open("#/settings")
        self.phone.tap("ログアウトする")
        keep, entry = page.get_by_role("button", name="残してログアウトする"), page.get_by_label("ログインID")
        expect(keep.or_(entry)).to_be_visible()
        if keep.count():
            keep.tap()
        expect(entry).to_be_visible()
        self.owner = ""

    def is_thrown_out(self) -> None:
        """Somebody ends what is signed in as this person; the phone learns it when it asks next."""
        for device in self.people.ask(self.owner, "GET", "/auth/devices")["items"]:
            if not device["current"]:
                self.people.ask(self.owner, "DELETE", f"/auth/devices/{device['id']}")

    # --- reports ---

    def write(self) -> None:
        self.wrote(self.times())

    def write_in_vain(self) -> None:
        """The time of another report is claimed; the server will refuse one of them."""
        if there := list(self.meant[self.owner].values()):
            other = self.rng.choice(there)
            self.wrote({name: other[name] for name in ("started_at", "ended_at")})

    def wrote(self, times: dict[str, str]) -> None:
        body = make.body(self.city, SQUAD, self.owner) | times | {"place": self.some_place()}
        pictures = self.pictures[: self.rng.choice([0, 0, 1, 2])]
        self.phone.page.evaluate(WRITE, [[body], pictures])
        self.mean(body, len(pictures))

    def write_by_hand(self) -> None:
        self.begin()
        self.submit()

    def put_off(self) -> None:
        self.begin()
        self.phone.tap("つづける", "link")
        later = self.phone.page.get_by_role("button", name="あとで出す")
        if self.rng.random() < 0.3:
            later.dblclick()
        else:
            later.tap()

    def begin(self) -> None:
        """The home screen with a draft."""
        self.home()
        if not self.phone.page.evaluate(DRAFT):
            self.phone.tap("ほかの活動を報告する", "link")
            self.phone.tap(self.phone.page.locator("#kind-P-02"))
            self.phone.until(DRAFT)
            self.change_draft()
            self.home()

    def change_draft(self) -> None:
        self.phone.page.evaluate(CHANGE_DRAFT, [*self.times().values(), self.some_place()])

    def submit(self) -> None:
        """The draft; noted when the phone has it."""
        page = self.phone.page
        self.home()
        self.phone.tap("つづける", "link")
        draft = page.evaluate(DRAFT)
        if self.rng.random() < 0.3:
            page.reload()
        self.phone.tap("提出する")
        expect(page).to_have_url(f"{self.phone.address}/phone/#/sent/{draft['id']}")
        body = page.evaluate(BODY, [draft, str(self.city.unit_id(SQUAD))])
        self.mean(body, len(draft["photo_ids"]))

    def mend(self) -> None:
        """What was refused gets another time."""
        page = self.phone.page
        self.phone.open("#/queue")
        page.wait_for_timeout(200)
        change = page.get_by_role("button", name="直す", exact=True)
        if not change.count():
            return
        if page.evaluate(DRAFT):  # which would go instead: it is submitted first
            self.submit()
            self.phone.open("#/queue")
        change.first.tap()
        expect(page).to_have_url(f"{self.phone.address}/phone/#/new/check")
        self.change_draft()
        self.submit()

    def is_returned(self) -> None:
        """The leader sends one back."""
        meant = self.meant[self.owner]
        there = [
            one for one in self.people.reports_of(self.owner) if one["id"] in meant and one["state"] == "in_review"
        ]
        if there:
            self.people.returns(self.rng.choice(there), "/place", "/summary")

    def fix(self) -> None:
        """One that the phone knows to be returned, unless its correction waits already."""
        page = self.phone.page
        if not self.is_offline:
            page.evaluate(REFRESH)
            page.wait_for_timeout(300)
        self.home()
        cards = page.locator("a[id^=returned-]").all()
        ids = [str(card.get_attribute("id")).removeprefix("returned-") for card in cards]
        there = [id_ for id_ in ids if id_ in self.meant[self.owner]]
        if not there:
            return
        id_, said = self.rng.choice(there), self.some_place()
        self.phone.open(f"#/fix/{id_}")
        place = page.locator("#place")
        if not place.count():
            return
        place.fill(said)
        self.phone.tap("直して提出する")
        expect(page).to_have_url(f"{self.phone.address}/phone/#/sent/{id_}")
        self.meant[self.owner][id_]["place"] = said

    # --- words of these ---

    def home(self) -> None:
        self.phone.open()
        expect(self.phone.page.get_by_role("navigation")).to_be_visible()

    def mean(self, body: dict[str, Any], pictures: int) -> None:
        self.meant[self.owner][body["id"]] = {**body, "pictures": pictures}

    def id_of(self, login: str) -> str:
        return str(self.city.member_id(login))

    def some_place(self) -> str:
        return f"{self.rng.randrange(1, 10**6)}番地"

    @staticmethod
    def times() -> dict[str, str]:
        """Ten minutes that no other report of the file has."""
        start = hours_ago(3) - dt.timedelta(minutes=15 * next(SLOTS))
        return {"started_at": start.isoformat(), "ended_at": (start + dt.timedelta(minutes=10)).isoformat()}


@pytest.mark.parametrize("seed", range(FIRST, FIRST + DAYS))
def test_everything_arrives_once_as_it_was_meant(
    seed: int, playwright: Playwright, town: Town, people: People, tmp_path: Path
) -> None:
    with Proxy(town.port) as street:
        day = Day(seed, playwright, people, street, tmp_path / "phone")
        day.sign_in()
        day.phone.keeps_itself()
        street.mood = nasty(seed, SHARE)
        try:
            day.live(STEPS)
            day.evening()
        except BaseException as error:
            error.add_note(", ".join(day.did))
            raise
        assert (day.faults(), day.complaints) == ({}, []), day.did
        day.phone.context.close()
