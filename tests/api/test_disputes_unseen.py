"""S-05: an absent member is credited, sees it, disputes it, is not paid; and no leader can tell who said what.

Every address that can be asked is asked as every leader, before and after, at one and the same instant.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import make
from tests.api.answers import API, served
from tests.api.disputing import NOVEMBER, RECORD, WHY, confirmed, disputed, lines_of, pay, pay_like, settled
from tests.api.test_months import printed

UNITS = {"squad11": "K1-1-1", "squad11-deputy": "K1-1-1", "company1": "K1-1", "brigade": "K1", "squad11a": "K1-1-1"}
"""Everyone between the member and the station, and the author; each asks about a unit of their own."""

PUBLIC = {f"{API}/openapi.json"}
SUMS = {"yen"}
HELD_IN = {"yen", "reason", "sentence"}
"""What may differ: the sums of yen, and of the line that is on hold its amount with its reason."""

AMOUNTS = (NOVEMBER, f"{API}/annual-pay")
"""Where amounts are answered."""


@pytest.fixture
def still(clock):
    """The clock stands."""
    clock.move_to(make.NOW, tick=False)
    yield clock
    clock.move_to(make.NOW)


def asked(client, city, report, unit, **more: str) -> list[tuple[str, dict[str, str]]]:
    """Every GET of the document, its open places filled in with what there is; ``more`` of it by the place's name."""
    known = {
        "report_id": report["id"], "unit_id": str(city.unit_id(unit)), "month": "2026-11", "code": report["kind"],
        "member_id": str(city.member_id("squad11b")), "version": "1", "name": "x", **more,
    }  # fmt: skip
    found = []
    for path, item in sorted(served(client.application)["paths"].items()):
        if "get" not in item or path in PUBLIC:
            continue
        names = {one["name"]: one for one in item["get"].get("parameters", ())}
        filled = path
        for name, one in names.items():
            if one["in"] == "path":
                filled = filled.replace(f"{{{name}}}", known.get(name, str(make.new_id())))
        spans = {
            "from": "2026-11-01T00:00:00+09:00", "to": "2026-12-01T00:00:00+09:00", "unit_id": known["unit_id"],
            "year": "2026", "number": "000001",
        }  # fmt: skip
        needed = {name: spans[name] for name, one in names.items() if one["in"] == "query" and one.get("required")}
        found.append((filled, needed))
        if "unit_id" in names and "unit_id" not in needed:
            found.append((filled, {"unit_id": known["unit_id"]}))
    return found


def walked(person, requests) -> dict[str, Any]:
    """What each address answers, in a form that two walks can be compared by."""
    found = {}
    for path, query in requests:
        answer = person.get(path, query_string=query)
        key = f"{path}?{json.dumps(query)}"
        if answer.mimetype == "application/pdf":
            found[key] = printed(answer)
        else:
            body = answer.json if answer.mimetype.endswith("json") else answer.text
            if isinstance(body, dict):
                body.pop("request_id", None)
                body.pop("cursor", None)  # how far the store has come, by whatever was written to it
            found[key] = (answer.status_code, body)
    return found


def but_for_the_held_line(answer: Any, member_id: str) -> Any:
    """An answer without what may differ: sums of yen, and what the line that is on hold says of its amount."""
    status, body = answer
    return status, _without(body, member_id)


def _without(value: Any, member_id: str) -> Any:
    if isinstance(value, list):
        return [_without(item, member_id) for item in value]
    if not isinstance(value, dict):
        return value
    mine = value.get("member_id") == member_id
    left_out = HELD_IN if mine else SUMS
    return {name: _without(held, member_id) for name, held in value.items() if name not in left_out}


@pytest.mark.parametrize("outcome", [None, "upheld"])
def test_an_absent_member_is_credited_says_no_and_no_leader_can_tell(app, ask, city, still, outcome) -> None:
    pay_like(app, city)
    report = confirmed(ask, city, "squad11a", "squad11b")
    member_id = str(city.member_id("squad11b"))

    # The member sees it, and was told by whom.
    [seen] = ask("squad11b").get(RECORD).json["turnouts"]
    assert (seen["report_id"], seen["entered_by"]["name"], seen["entry_mode"]) == (
        report["id"], "団員 squad11a", "roster",
    )  # fmt: skip
    assert "entered-by-other" in [item["kind"] for item in ask("squad11b").get(f"{API}/notices").json["items"]]

    requests = {login: asked(ask(login), city, report, UNITS[login]) for login in UNITS}
    cursors = {login: ask(login).get(f"{API}/sync").json["cursor"] for login in UNITS}
    for login in UNITS:
        requests[login].append((f"{API}/sync", {"cursor": cursors[login]}))
    before = {login: walked(ask(login), requests[login]) for login in UNITS}
    assert len(before["squad11"]) > 40
    assert len([one for one in before["squad11"].values() if isinstance(one, str) or one[0] == 200]) > 20

    made = disputed(ask("squad11b"), report).json
    if outcome:
        assert settled(ask("bureau"), made["id"], outcome).status_code == 200

    # Its line is out of the pay of the month, at every level.
    for login, unit in (("squad11", "K1-1-1"), ("company1", "K1-1"), ("brigade", "K1"), ("station", "S1")):
        paid = pay(ask(login), city.unit_id(unit))
        assert lines_of(paid, member_id) == [(None, "held")]
        assert paid["yen"] == 3500

    # And nothing else that a leader can get is other than before.
    for login in UNITS:
        after = walked(ask(login), requests[login])
        told = json.dumps(after, ensure_ascii=False)
        assert not [word for word in (WHY, made["id"], "申し出") if word in told]
        for key, answer in after.items():
            if answer == before[login][key]:
                continue
            assert key.startswith(AMOUNTS), (login, key)
            if isinstance(answer, tuple):
                seen = but_for_the_held_line(before[login][key], member_id)
                assert but_for_the_held_line(answer, member_id) == seen, (login, key)
            else:
                assert "3,500" in before[login][key]


def test_nor_can_a_leader_tell_by_acting_on_the_report(app, ask, city) -> None:
    """The version that an action must name is the one that was seen before the dispute."""
    pay_like(app, city)
    report = confirmed(ask, city, "squad11a", "squad11b")
    disputed(ask("squad11b"), report)
    for login in ("squad11", "company1", "brigade", "station"):
        now = ask(login).get(f"{API}/activity-reports/{report['id']}").json
        assert now["version"] == report["version"]
        assert now["updated_at"] == report["updated_at"]
    history = ask("brigade").get(f"{API}/activity-reports/{report['id']}/history").json
    assert "dispute" not in json.dumps(history)
