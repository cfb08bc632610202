"""How many SQL statements requests about personal data, holds and runs cost, as upper bounds that hold however many there are."""

from __future__ import annotations

import uuid

from tests import make
from tests.api.answers import API
from tests.contract.test_statements import counted

MINE, ALL, RETENTION = f"{API}/me/data-requests", f"{API}/data-requests", f"{API}/retention"
BOUNDS = {
    "ask": 18,
    "mine": 9,
    "to answer": 9,
    "put off": 16,
    "refuse": 14,
    "withdraw": 15,
    "hold": 16,
    "holds": 11,
    "lift": 12,
    "times": 8,
    "plan": 57,  # four for each of the twelve types of record, whatever there is of it
    "runs": 8,
}
"""A statement more needs a reason, and a new bound."""


def test_no_request_costs_more_than_its_bound_however_many_there_are(app, ask, city) -> None:
    def measure(login: str, month: str) -> dict[str, int]:
        member, bureau, found = ask(login), ask("bureau"), {}
        first, second = str(make.new_id()), str(make.new_id())
        hold = {"id": str(uuid.uuid4()), "kind": "month", "subject": month, "reason": "監査"}
        requests = {
            "ask": lambda: member.post(MINE, json={"id": first, "kind": "show"}),
            "mine": lambda: member.get(f"{MINE}?limit=100"),
            "to answer": lambda: bureau.get(f"{ALL}?limit=100"),
            "put off": lambda: bureau.post(f"{ALL}/{first}/extend", json={"reason": "探しています。"}),
            "refuse": lambda: bureau.post(f"{ALL}/{first}/refuse", json={"reason": "ありません。"}),
            "withdraw": lambda: member.post(f"{MINE}/{second}/withdraw"),
            "hold": lambda: bureau.post(f"{RETENTION}/holds", json=hold),
            "holds": lambda: bureau.get(f"{RETENTION}/holds?limit=100"),
            "lift": lambda: bureau.post(f"{RETENTION}/holds/{hold['id']}/lift"),
            "times": lambda: bureau.get(f"{RETENTION}/times"),
            "plan": lambda: bureau.get(f"{RETENTION}/plan"),
            "runs": lambda: bureau.get(f"{RETENTION}/runs?limit=100"),
        }
        assert member.post(MINE, json={"id": second, "kind": "correct", "words": "読み"}).status_code == 201
        for name, request in requests.items():
            with counted(app) as said:
                answer = request()
            assert answer.status_code in (200, 201), (name, answer.text)
            found[name] = len(said)
        return found

    standing = {"kind": "month", "subject": "2025-12", "reason": "監査"}
    assert ask("bureau").post(f"{RETENTION}/holds", json=standing).status_code == 201
    few = measure("squad11a", "2026-01")
    for place, login in enumerate(("squad11b", "squad12a", "squad12b", "squad21a")):
        member = ask(login)
        for kind in ("show", "correct"):
            assert member.post(MINE, json={"kind": kind, "words": "これ"}).status_code == 201
        hold = {"kind": "month", "subject": f"2026-0{2 + place}", "reason": "監査"}
        assert ask("bureau").post(f"{RETENTION}/holds", json=hold).status_code == 201
    more = measure("squad21b", "2026-09")
    assert few.keys() == BOUNDS.keys()
    assert {name: count for name, count in more.items() if count > BOUNDS[name]} == {}
    assert {name: (few[name], count) for name, count in more.items() if count > few[name]} == {}
