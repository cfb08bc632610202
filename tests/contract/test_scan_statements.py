"""How many SQL statements scans cost, as upper bounds that hold however many scans and pages there are."""

from __future__ import annotations

import pytest

from tests.api.scanning import SCANS, SaidPages, at, confirm, decided, drill, instead, patch, pdf, seen, send, sent
from tests.contract.test_statements import counted

BOUNDS = {
    "send": 14,
    "send again": 11,  # it looks twice: before anything is stored and after
    "scans": 11,
    "scan": 12,
    "page": 10,
    "correct": 12,
    "read anew": 24,
    "confirm": 52,  # it looks twice: before the picture is made and after; and links what happened into the chain
    "discard": 11,
    "accuracy": 8,
}
"""On SQLite, which says BEGIN. A statement more needs a reason, and a new bound."""


@pytest.fixture(autouse=True)
def pages(monkeypatch) -> SaidPages:
    """Pages are what their file says."""
    return instead(monkeypatch)


def test_no_request_costs_more_than_its_bound_however_many_scans_there_are(app, ask, city) -> None:
    member, leader, station = ask("squad11a"), ask("squad11"), ask("station")
    unit = {"unit_id": str(city.unit_id("K1-1-2"))}

    def measure(day: int) -> dict[str, int]:
        pile = pdf(*(drill(app, city, day=f"0811{day + n:02d}") for n in range(3)))
        scan = sent(app, member, pile)
        first, second, third = (decided(member, page) for page in scan["pages"])
        requests = {
            "send": lambda: send(member, pdf(day)),
            "send again": lambda: send(member, pdf(day)),
            "scans": lambda: leader.get(f"{SCANS}?limit=100"),
            "scan": lambda: leader.get(f"{SCANS}/{scan['id']}"),
            "page": lambda: leader.get(at(first)),
            "correct": lambda: patch(leader, second, fields=[{"name": "start", "value": "09:30"}]),
            "read anew": lambda: patch(ask("company1"), leader.get(at(second)).json, **unit),
            "confirm": lambda: confirm(member, first),
            "discard": lambda: member.post(at(third, "/discard"), json={"reason": "メモ"}, headers=seen(third)),
            "accuracy": lambda: station.get(f"{SCANS}/accuracy"),
        }
        ask("company1")
        found = {}
        for name, request in requests.items():
            with counted(app) as said:
                answer = request()
            assert answer.status_code in (200, 202), (name, answer.text)
            found[name] = len(said)
        return found

    few, more = measure(1), measure(7)
    assert more.keys() == BOUNDS.keys()
    assert {name: (count, few[name]) for name, count in more.items() if count > few[name] + 1} == {}
    assert {name: count for name, count in more.items() if count > BOUNDS[name]} == {}
