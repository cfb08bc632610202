"""The phone on a network that cuts, doubles, swallows and lies at random: nothing lost, nothing doubled (R-16).

The long run takes the number of reports from BRIGADE_FULL: 1 for 200, or a number of them; BRIGADE_SEED shifts its chances.
How many connections there were and how many of them were disturbed, `-o junit_family=xunit1 --junitxml=FILE` writes down.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from tests.browser.phone.conftest import People
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.browser.phone.test_offline import PHOTOS, WRITE, bodies, ledger_of
from tests.faults.phones import photograph
from tests.faults.proxy import Fault, Mood, Proxy, nasty

SEED = int(os.environ.get("BRIGADE_SEED", "1"))
REPORTS = {"": 12, "0": 12, "1": 200}.get(os.environ.get("BRIGADE_FULL", "")) or int(os.environ["BRIGADE_FULL"])
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300 + 20 * REPORTS),
]
SLOW = 120_000
"""Milliseconds until an app that was opened again must be drawn, on a machine that has ten other things to do."""

NUDGE = "() => dispatchEvent(new Event('online'))"
"""The system says that the network is back, which it does often in a train."""

DOZE = """() => import("/phone/store.js").then(store => store.write(change => change.edit("kept", "tokens", one => ({ ...one, until: 0 }))))"""
"""Time goes by until the access token is no longer good: fifteen minutes, after which no network still has a connection of
before, or sends a request of then once more. (A refresh token that comes again two exchanges later was stolen, and the
server signs the device out.)
"""

SIGNED_IN = (
    """() => import("/phone/store.js").then(store => store.kept("tokens")).then(tokens => tokens && !tokens.ended)"""
)


def tiring(seed: int) -> Mood:
    """A third of the connections goes wrong in its own way; all end after a few answers, as a browser would keep one that
    goes on for ever.
    """
    bad = nasty(seed, share=0.35, patience=0.3)

    def of(number: int) -> Fault:
        fault = bad(number)
        return (
            fault
            if fault.answer is not None
            else replace(fault, answer=Random(f"{seed}-{number}").randrange(200, 2_500))
        )

    return of


def test_random_cuts_lose_and_double_nothing(
    phone: Phone, people: People, record_property: Callable[[str, object], None]
) -> None:
    rng = Random(SEED)
    said = bodies(people, "squad11a", REPORTS)
    with Proxy(people.town.port) as good:
        phone.address = f"http://127.0.0.1:{good.port}"
        phone.sign_in("squad11a")
        phone.keeps_itself()
        phone.context.set_offline(True)
        phone.page.evaluate(WRITE, [said, [base64.b64encode(photograph(rng, size=(640, 480))).decode()]])
        photos = [photo["sha256"] for photo in phone.page.evaluate(PHOTOS)]
    with Proxy(people.town.port, tiring(SEED), good.port) as bad:
        phone.context.set_offline(False)
        deadline = time.monotonic() + 60 + 10 * REPORTS
        while phone.kept("queue") and time.monotonic() < deadline:
            assert phone.page.evaluate(SIGNED_IN), "the network signed the device out"
            phone.page.evaluate(NUDGE)
            phone.page.wait_for_timeout(rng.uniform(50, 400))
            if rng.random() < 0.2:
                bad.hang_up()
                phone.page.evaluate(DOZE)
            if rng.random() < 0.1:
                phone.page.reload(wait_until="commit")  # the person closes it and opens it again, at any moment
                phone.page.wait_for_selector("#app h1", state="attached", timeout=SLOW)
        assert (phone.kept("queue"), phone.kept("photos")) == ([], [])
        disturbed = sum(bad.did.values()) - bad.did["plain"]
        assert disturbed >= REPORTS
    assert ledger_of(people, "squad11a", said).faults(people.town.engine) == {}
    arrived = [picture["sha256"] for report in people.reports_of("squad11a") for picture in report["attachments"]]
    assert sorted(arrived) == sorted(photos)
    record_property("connections", sum(bad.did.values()))
    record_property("disturbed", disturbed)
