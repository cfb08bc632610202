"""One phone and two people: what one of them wrote, or was told, is never the other's, whatever was under way."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.phone.conftest import People, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.browser.phone.test_offline import WRITE, bodies, ledger_of

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
]
SIGN_OUT = "async () => { await (await import('/phone/api.js')).signOut(false); }"
SIGN_IN = """async ([login, password]) => {
  await (await import("/phone/api.js")).signIn({ login, password, device_name: "" });
}"""
REFRESH = "() => { void import('/phone/refresh.js').then(({ refresh }) => refresh(true)); }"
RENEW = """() => {
  const age = async () => {
    const { keep, kept } = await import("/phone/store.js");
    await keep("tokens", { ...(await kept("tokens")), until: 0 });
    await (await import("/phone/api.js")).get("/me").catch(() => undefined);
    window.renewed = true;
  };
  void age();
}"""


SYNC, ME = re.compile(r"/api/v1/sync"), "**/api/v1/me"
NAMED = """async () => {
  const { kept } = await import("/phone/store.js");
  return [(await kept("me"))?.member.id ?? null, (await kept("cursor")) ?? null];
}"""
WHO = "async () => (await (await import('/phone/api.js')).get('/me')).member.id"
BEGIN = """async (place) => {
  const { begin, save } = await import("/phone/draft.js");
  const { kinds } = await import("/phone/known.js");
  const { sync } = await import("/phone/sync.js");
  await sync();
  await save({ ...(await begin((await kinds())[0])), place });
}"""
DRAFT = "async () => (await (await import('/phone/draft.js')).draft())?.place ?? null"

RETURNED = "async () => (await (await import('/phone/known.js')).returned()).length === 1"
WAITS = """async (id) => {
  const { kept, write } = await import("/phone/store.js");
  const item = { id, member_id: await kept("owner"), kind: "report", made_at: 0, label: "", day: "2026-11-01", body: {}, photo_ids: [], sent: true, problem: { code: "differs" } };
  await write((change) => change.put("queue", id, item));
}"""
WAITS_NO_MORE = "(id) => import('/phone/queue.js').then(({ takeOut }) => takeOut(id, true))"


class Held:
    """The first request to an address is answered by the server, and its answer comes to the phone when it is let go."""

    def __init__(self, page: Page, address: Any) -> None:
        self.routes: list[Any] = []
        page.context.route(address, self._hold, times=1)

    def _hold(self, route: Any) -> None:
        self.routes.append((route, route.fetch()))

    def let_go(self) -> None:
        """Its answer arrives."""
        for route, answer in self.routes:
            route.fulfill(response=answer)


def hand_on(phone: Phone, login: str) -> None:
    """Who is signed in goes, and leaves what was not sent; another one comes."""
    phone.page.evaluate(SIGN_OUT)
    phone.page.evaluate(SIGN_IN, [login, make.PASSWORD])


def held(phone: Phone, address: Any, what: str, about: Any = None) -> Held:
    """What the phone does until it waits for the answer from that address."""
    waiting = Held(phone.page, address)
    phone.page.evaluate(what, about)
    for _ in range(200):
        if waiting.routes:
            return waiting
        phone.page.wait_for_timeout(50)
    raise AssertionError(address)


def test_what_waits_is_never_sent_by_who_comes_next(phone: Phone, people: People) -> None:
    said = bodies(people, "squad11a", 3)
    phone.sign_in("squad11a")
    under_way = held(phone, "**/api/v1/activity-reports", WRITE, [said, []])
    hand_on(phone, "squad11b")
    under_way.let_go()
    phone.page.evaluate(REFRESH)
    phone.synced()
    phone.until("() => import('/phone/queue.js').then(({ standing }) => !standing.busy)")
    assert people.reports_of("squad11b") == []
    assert [(item["id"], item["problem"]) for item in sorted(phone.kept("queue"), key=lambda one: one["made_at"])] == [
        (body["id"], None) for body in said
    ]
    hand_on(phone, "squad11a")
    phone.page.evaluate(REFRESH)
    phone.until("() => import('/phone/queue.js').then(({ waiting }) => waiting()).then(({ length }) => !length)")
    assert ledger_of(people, "squad11a", said).faults(people.town.engine) == {}


def test_an_answer_that_comes_late_leaves_nothing_of_who_has_gone(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    phone.sign_in("squad12a")
    people.report("squad12a", hours_ago(30), unit_id=unit_id)
    late = held(phone, SYNC, REFRESH)
    phone.page.evaluate(SIGN_OUT)
    late.let_go()
    phone.page.wait_for_timeout(500)
    assert phone.kept("known") == []
    assert phone.page.evaluate(NAMED) == [None, None]

    phone.page.evaluate(SIGN_IN, ["squad12a", make.PASSWORD])
    late = held(phone, ME, REFRESH)
    hand_on(phone, "squad12b")
    late.let_go()
    phone.page.wait_for_timeout(500)
    assert phone.page.evaluate(NAMED) == [str(people.town.city.member_id("squad12b")), None]
    phone.page.evaluate(REFRESH)
    phone.synced()
    assert [one for one in phone.kept("known") if one.get("mine")] == []


def test_tokens_renewed_for_one_do_not_become_the_others(phone: Phone, people: People) -> None:
    phone.sign_in("squad12a")
    late = held(phone, "**/api/v1/auth/refresh", RENEW)
    hand_on(phone, "squad12b")
    late.let_go()
    phone.until("() => window.renewed === true")
    assert phone.page.evaluate(WHO) == str(people.town.city.member_id("squad12b"))


def test_a_draft_waits_for_who_began_it(phone: Phone, people: People) -> None:
    phone.sign_in("squad12a")
    phone.page.evaluate(BEGIN, "A")
    hand_on(phone, "squad12b")
    assert phone.page.evaluate(DRAFT) is None
    phone.page.evaluate(BEGIN, "B")
    hand_on(phone, "squad12a")
    assert phone.page.evaluate(DRAFT) == "A"
    hand_on(phone, "squad12b")
    assert phone.page.evaluate(DRAFT) == "B"
    phone.page.evaluate("async () => { await (await import('/phone/api.js')).signOut(true); }")
    phone.page.evaluate(SIGN_IN, ["squad12a", make.PASSWORD])
    assert phone.page.evaluate(DRAFT) == "A"
    phone.page.evaluate("async () => { await (await import('/phone/draft.js')).discard(); }")
    hand_on(phone, "squad12b")
    assert phone.page.evaluate(DRAFT) is None


def test_what_still_waits_is_not_put_right(phone: Phone, people: People) -> None:
    phone.sign_in("squad12b")
    report = people.report("squad12b", hours_ago(30), unit_id=str(people.town.city.unit_id("K1-1-2")))
    people.returns(report, "/ended_at")
    phone.page.evaluate(REFRESH)
    phone.until(RETURNED)
    phone.page.evaluate(WAITS, report["id"])  # its pictures are on their way
    phone.open(f"#/fix/{report['id']}")
    expect(phone.page.get_by_text("送り終わると直せます。")).to_be_visible()
    expect(phone.page.get_by_role("button", name="直して")).to_have_count(0)
    phone.page.evaluate(WAITS_NO_MORE, report["id"])
    expect(phone.page.get_by_role("button", name="直して")).to_be_visible()
