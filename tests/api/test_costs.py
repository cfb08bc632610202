"""No single request keeps the server busy for long: what is refused is refused early, most of all for nobody (S-26)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import make
from tests.api.answers import API, JSON
from tests.api.asking import REPORTS

pytestmark = pytest.mark.parametrize("quiet", ["sqlite"], indirect=True)
"""What is refused here is refused before the store has a say: one kind of store is enough."""

MANY = 100_000
CALLS = 5 * MANY
"""Of functions, for reading and refusing some hundred kilobytes: a few for each item of the JSON, none to look at it."""

ID = str(make.new_id())
BODIES = {
    "people": (REPORTS, b'{"participants": [' + b",".join([b"{}"] * MANY) + b"]}"),
    "vehicles": (REPORTS, b'{"vehicle_ids": [' + b",".join([b'"x"'] * MANY) + b"]}"),
    "unknown names": (REPORTS, json.dumps({f"x{number}": 1 for number in range(MANY)}).encode()),
    "unknown details": (REPORTS, json.dumps({"details": {f"x{number}": 1 for number in range(MANY)}}).encode()),
    "a long text": (REPORTS, json.dumps({"summary": "訓" * 300_000}, ensure_ascii=False).encode()),
    "units of an event": (f"{API}/events", b'{"unit_ids": [' + b",".join([b'"x"'] * MANY) + b"]}"),
    "decisions": (f"{API}/inbox/approve", b'{"items": [' + b",".join([b"{}"] * MANY) + b"]}"),
    "remarks": (f"{REPORTS}/{ID}/return", b'{"remarks": [' + b",".join([b"{}"] * MANY) + b"]}"),
    "a long password": (f"{API}/auth/password", json.dumps({"old_password": "x" * 1_900_000}).encode()),
}


class Work:
    """How many functions were called."""

    calls = 0


@contextmanager
def counted() -> Iterator[Work]:
    """The work of a ``with`` block: counted, not timed, so that a busy machine says the same as an idle one."""
    work = Work()

    def note(_frame: object, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            work.calls += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield work
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize("who", ["nobody", "squad11"])
def test_a_large_body_is_refused_at_little_cost(quiet, what, who) -> None:
    path, body = BODIES[what]
    person = quiet.app.test_client() if who == "nobody" else quiet.person(who)
    person.get(f"{API}/me")  # the first request of a process makes the routes ready
    with counted() as work:
        answer = person.post(path, data=body, content_type=JSON, headers={"If-Match": '"1"'})
    assert answer.status_code == (401 if who == "nobody" else 422)
    assert work.calls < CALLS, f"{work.calls:,} calls for {len(body):,} bytes"
    assert len(answer.data) < 20_000


def test_words_looked_for_cost_little_however_odd(quiet) -> None:
    with counted() as work:
        for words in ("あ" * 100, "\ufdfa" * 100, "a " * 50, "%" * 100, "e\u0301" * 50):
            assert quiet.person("bureau").get(REPORTS, query_string={"q": words}).status_code == 200
    assert work.calls < CALLS
