"""A leader goes away on the console, and who is named acts for them."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.asking import REPORTS, file
from tests.api.visiting import CONSOLE, visitor

DEPUTIES = f"{CONSOLE}/deputies"


@pytest.fixture
def unit(city) -> str:
    """The id of squad 1-1."""
    return str(city.unit_id("K1-1-1"))


def named(leader, unit, *people, first="2026-11-20", last=""):
    """The page after naming these deputies."""
    form = leader.get(f"{DEPUTIES}/{unit}").form(unit)
    return leader.send(form, first=first, last=last, **{f"place{nth}": str(one) for nth, one in enumerate(people, 1)})


def test_a_deputy_acts_for_an_absent_leader(app, ask, city, unit) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    leader = visitor(app, "squad11")
    page = named(leader, unit, city.member_id("squad11b"))
    assert "代理を決めました" in page.text
    assert "団員 squad11b" in page.text
    page = leader.send(leader.get(DEPUTIES).form("/leave"), **{"from": "2026-11-20", "to": ""})
    assert "休みを届けました" in page.text
    deputy = visitor(app, "squad11-deputy")  # who holds the deputy post comes first
    page = deputy.get(f"{CONSOLE}/reports/{report['id']}")
    deputy.send(page.form("/approve"))
    history = ask("squad11a").get(f"{REPORTS}/{report['id']}/history").json["items"]
    assert history[-1]["basis"] == "on-leave"
    assert history[-1]["deputy_for"]["id"] == str(city.member_id("squad11"))
    page = leader.get(DEPUTIES)
    page = leader.send(next(form for form in page.forms if "/leave/" in form.action))
    assert "休みを終わりにしました" in page.text


def test_for_a_time_and_the_order_of_before_again(app, ask, city, unit) -> None:
    leader = visitor(app, "squad11")
    named(leader, unit, city.member_id("squad11a"))
    named(leader, unit, city.member_id("squad11b"), city.member_id("squad11a"), first="2026-12-01", last="2026-12-10")
    asked = ask("squad11")
    order = {
        day: [
            one["member"]["id"]
            for one in asked.get(f"/api/v1/units/{unit}/deputies?on={day}").json["items"]
        ]
        for day in ("2026-11-25", "2026-12-01", "2026-12-10", "2026-12-11")
    }  # fmt: skip
    first, both = [str(city.member_id("squad11a"))], [str(city.member_id(one)) for one in ("squad11b", "squad11a")]
    assert order == {"2026-11-25": first, "2026-12-01": both, "2026-12-10": both, "2026-12-11": first}
    page = leader.send(leader.get(DEPUTIES).form("/end"))
    assert "代理をやめました" in page.text
    assert asked.get(f"/api/v1/units/{unit}/deputies?on=2026-12-05").json["items"] == []


def test_what_is_wrong_is_told_beside_its_field(app, city, unit) -> None:
    leader = visitor(app, "squad11")
    one = city.member_id("squad11b")
    for people, days in (
        ((), {}), ((one, one), {}), ((city.member_id("squad21a"),), {}), ((one,), {"first": "あす"}),
        ((one,), {"first": "2026-12-02", "last": "2026-12-01"}), ((one,), {"last": "x"}),
    ):  # fmt: skip
        page = named(leader, unit, *people, **days)
        assert page.status == 422, (people, days)
        assert "確かめてください" in page.text
    for said in ({"from": ""}, {"from": "2026-12-02", "to": "2026-12-01"}):
        assert leader.send(leader.get(DEPUTIES).form("/leave"), **{"to": ""} | said).status == 422
    twice = {"from": "2026-12-02", "to": "2026-12-03"}
    assert leader.send(leader.get(DEPUTIES).form("/leave"), **twice).status == 200
    assert leader.send(leader.get(DEPUTIES).form("/leave"), **twice).status == 422


def test_an_old_form_changes_nothing(app, city, unit) -> None:
    leader = visitor(app, "squad11")
    form = leader.get(f"{DEPUTIES}/{unit}").form(unit)
    named(leader, unit, city.member_id("squad11b"))
    assert leader.send(form, place1=str(city.member_id("squad11a")), last="").status == 412


def test_only_the_leader_names_deputies(app, city, unit) -> None:
    form = visitor(app, "squad11").get(f"{DEPUTIES}/{unit}").form(unit)
    for login in ("squad11-deputy", "squad11a", "company1", "squad12"):
        other = visitor(app, login)
        page = other.get(DEPUTIES)
        assert page.status == 200
        assert not [link for link in page.links if link.endswith(unit)]
        assert other.get(f"{DEPUTIES}/{unit}").status == 404
        form["token"] = page.forms[0]["token"]
        assert other.send(form, place1=str(city.member_id("squad11b"))).status == 404
