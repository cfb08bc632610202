"""What another rule set would have paid, against the months themselves by that set; and the rule sets there are."""

from __future__ import annotations

import pytest

from brigade.pay.rules_file import pay_rules
from tests.api.answers import API
from tests.api.asking import ENGLISH, digest, places
from tests.api.disputing import disputed
from tests.api.paying import confirm_all, filed, set_rules
from tests.contract.test_statements import counted

MONTHS = ("2026-09", "2026-10", "2026-11")


@pytest.fixture
def months(app, ask, city):
    """Three months of fires, drills, meetings and false alarms, long and short, over the ends of months and right at them; of
    one somebody says not to have been there.
    """
    a, b, c = ask("squad11a"), ask("squad12a"), ask("squad21a")
    both = ("squad11a", "squad11b")
    for at, hours, kind in (
        ("2026-08-31 23:00", 3, "D-01"), ("2026-09-10 09:00", 2, "T-01"), ("2026-09-10 20:00", 5, "D-01"),
        ("2026-09-30 22:00", 33, "D-01"), ("2026-10-05 08:00", 1, "M-01"), ("2026-10-20 08:00", 4, "D-05"),
        ("2026-10-31 23:30", 1, "D-01"), ("2026-11-03 10:00", 2, "P-01"), ("2026-11-08 10:00", 2, "D-06"),
    ):  # fmt: skip
        filed(a, city, "K1-1-1", *both, at=at, hours=hours, kind=kind)
    for at in ("2026-10-01 00:00", "2026-10-12 09:00", "2026-11-01 00:00"):
        filed(b, city, "K1-1-2", "squad12a", at=at, kind="D-01", hours=6)
    filed(c, city, "K1-2-1", "squad21a", "squad21b", at="2026-10-12 09:00", kind="D-01", hours=6)
    doubted = filed(a, city, "K1-1-1", *both, at="2026-10-25 08:00", kind="D-01")
    confirm_all(app)
    assert disputed(ask("squad11b"), doubted).status_code == 201
    filed(a, city, "K1-1-1", *both, at="2026-11-15 09:00", kind="D-01")  # still under way: earns nothing yet


def asked(person, city, rule_set, unit="K1", first=MONTHS[0], last=MONTHS[-1], **said):
    body = {"unit_id": str(city.unit_id(unit)), "rule_set": rule_set, "from": first, "to": last}
    return person.post(f"{API}/pay/what-if", json=body, **said)


def by_months(person, city, unit="K1"):
    """What the months say of themselves: yen and unknown, and both by member over all of them."""
    sums, people = {}, {}
    for month in MONTHS:
        found = person.get(f"{API}/months/{month}", query_string={"unit_id": str(city.unit_id(unit))}).json
        sums[month] = {"yen": found["pay"]["yen"], "unknown": found["pay"]["unknown"]}
        for line in found["pay"]["lines"]:
            one = people.setdefault(line["member_id"], {"yen": 0, "unknown": 0})
            one["yen"] += line["yen"] or 0
            one["unknown"] += line["yen"] is None and line["reason"] != "held"
    return sums, people


@pytest.mark.parametrize("unit", ["K1", "K1-1-1"])
def test_it_is_what_the_months_would_say_by_those_rules(app, ask, city, months, unit) -> None:
    station = ask("station")
    set_rules(app, city, "yokohama")
    now, people_now = by_months(station, city, unit)
    assert sum(sums["yen"] for sums in now.values()) > 0
    for rules in pay_rules().sets:
        set_rules(app, city, "yokohama")
        found = asked(station, city, rules.code, unit).json
        assert (found["municipality"], found["rule_set"]["code"]) == ("yokohama", rules.code)
        alone = asked(station, city, rules.code, unit, MONTHS[1], MONTHS[1]).json["months"]
        assert alone == found["months"][1:2]
        set_rules(app, city, rules.municipality)
        then, people_then = by_months(station, city, unit)
        assert {month["month"]: month["in_force"] for month in found["months"]} == now
        assert {month["month"]: month["other"] for month in found["months"]} == then
        for which, sums in (("in_force", now), ("other", then)):
            assert found["total"][which] == {
                name: sum(one[name] for one in sums.values()) for name in ("yen", "unknown")
            }
        for one in (found["total"], *found["months"], *found["members"]):
            assert one["difference"] == one["other"]["yen"] - one["in_force"]["yen"]
        changed = {one["member"]["id"]: (one["in_force"], one["other"]) for one in found["members"]}
        assert changed == {
            id_: (people_now[id_], people_then[id_]) for id_ in people_now if people_now[id_] != people_then[id_]
        }
        changes = [abs(one["difference"]) for one in found["members"]]
        assert changes == sorted(changes, reverse=True)


def test_a_rule_set_of_another_time_holds_on_every_day(app, ask, city, months) -> None:
    found = asked(ask("bureau"), city, "ichikawa-2015").json
    assert (found["municipality"], found["total"]["in_force"]) == ("", {"yen": 0, "unknown": 0})
    assert found["total"]["other"]["yen"] > 0


def test_nothing_is_stored_and_it_costs_the_same_however_long(app, ask, city, months) -> None:
    set_rules(app, city, "yokohama")
    station = ask("station")
    asked(station, city, "national-2022")
    before = digest(app)
    costs = []
    for first in ("2026-11", "2026-09", "2024-12"):
        with counted(app) as said:
            assert asked(station, city, "national-2022", first=first).status_code == 200
        costs.append(len(said))
    assert digest(app) == before
    assert costs[0] == costs[1] == costs[2] <= 16, costs


def test_officers_ask_for_their_own_units(ask, city) -> None:
    for login, unit, status in (
        ("squad11a", "K1-1-1", 403), ("brigade", "K1", 403), ("station", "K1", 200), ("station", "B", 403),
        ("station", "K1-1-1", 200), ("bureau", "B", 200),
    ):  # fmt: skip
        assert asked(ask(login), city, "national-2022", unit).status_code == status, (login, unit)


def test_what_cannot_be_asked(ask, city) -> None:
    station = ask("station")
    assert places(asked(station, city, "national-2022", first="2026-11", last="2026-10")) == {"/to": "months-in-order"}
    assert places(asked(station, city, "national-2022", first="2024-11", last="2026-11")) == {"/to": "too-many-months"}
    assert asked(station, city, "national-2022", first="2024-12", last="2026-11").status_code == 200
    assert places(asked(station, city, "national-2022", first="2026-13")) == {"/from": "bad-month"}
    assert places(asked(station, city, "national-2022", last="soon")) == {"/to": "bad-month"}
    assert places(asked(station, city, "atlantis-2022")) == {"/rule_set": "not-an-option"}
    unknown = {
        "unit_id": str(city.member_id("station")),
        "rule_set": "national-2022",
        "from": "2026-11",
        "to": "2026-11",
    }
    assert station.post(f"{API}/pay/what-if", json=unknown).status_code == 404


def test_the_rule_sets_there_are(ask, city) -> None:
    found = ask("squad11a").get(f"{API}/pay/rule-sets")
    assert [item["code"] for item in found.json["items"]] == [rules.code for rules in pay_rules().sets]
    yokohama = next(item for item in found.json["items"] if item["code"] == "yokohama-2024")
    assert (yokohama["municipality"], yokohama["first"], yokohama["last"]) == ("yokohama", "2024-04-01", None)
    assert yokohama["digest"] == pay_rules().named("yokohama-2024").digest
    assert yokohama["rules"][0] == "災害出動、活動なしの出動：1回 7,000 円"
    english = ask("squad11a").get(f"{API}/pay/rule-sets", headers=ENGLISH).json["items"]
    assert all(item["rules"] and item["label"] and item["source"] for item in english)
    known = {"If-None-Match": found.headers["ETag"]}
    assert ask("squad11a").get(f"{API}/pay/rule-sets", headers=known).status_code == 304
