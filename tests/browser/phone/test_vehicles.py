"""With which vehicle and who drove: on a new report, without a signal, and on one that came back for it."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert, update

from brigade.db import new_id
from brigade.organisation.units import Vehicle
from tests.browser.phone.conftest import People, hours_ago, named
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.browser.phone.test_offline import WRITE, bodies

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
FLEET = "() => import('./known.js').then(known => known.vehicles()).then(all => all.map(one => one.id))"
PARTS = "async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat().includes('/phone/after/cars.js')"


def test_a_new_report_names_the_vehicle_and_its_driver(phone: Phone, people: People, truck: str) -> None:
    phone.sign_in("squad11a")
    phone.keeps_itself()
    phone.until(PARTS)
    phone.context.set_offline(True)
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-D-01"))
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    phone.tap("使った車両を直す", "link")
    expect(phone.page.get_by_text("運転した人")).to_have_count(0)  # nobody drives what was not taken
    phone.tap(phone.page.get_by_role("checkbox", name=named(people, truck)))
    phone.tap(phone.page.get_by_role("radio", name="squad11a"))
    phone.tap("つぎへ")
    said = phone.page.get_by_role("definition").filter(has_text=named(people, truck))
    expect(said).to_contain_text("運転 団員 squad11a")
    expect(phone.page.get_by_text("場所が書かれていません。")).to_be_visible()  # and it can be sent as it is
    phone.tap("提出する")
    expect(phone.page.get_by_text("電波が届かないため")).to_be_visible()
    phone.context.set_offline(False)
    phone.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    expect(phone.page.get_by_text("どこであったかが書かれていません。")).to_be_visible()
    [report] = people.reports_of("squad11a")
    assert report["vehicle_ids"] == [truck]
    assert [one["role"] for one in report["participants"]] == ["driver"]
    assert "driver-missing" not in {one["code"] for one in report["warnings"]}


def test_a_fleet_of_several_pages_is_kept_as_it_is_now(phone: Phone, people: People) -> None:
    """A vehicle that comes or goes moves where the pages begin: what the phone had of the pages of before goes."""
    city, bought = people.town.city, dt.date(2020, 4, 1)
    ids = [new_id() for _ in range(105)]
    with people.town.engine.begin() as connection:
        rows = [
            {"id": id_, "code": f"W{at:03}", "name": f"{at}号車", "bureau_id": city.bureau_id, "unit_id": city.unit_id("K1-2-1"), "valid_from": bought}
            for at, id_ in enumerate(ids)
        ]  # fmt: skip
        connection.execute(insert(Vehicle), rows)
    phone.sign_in("squad21a")
    phone.until(f"async () => (await ({FLEET})()).length >= 105")
    assert phone.page.evaluate(FLEET) == [str(id_) for id_ in ids]
    with people.town.engine.begin() as connection:
        sold = update(Vehicle.__table__).where(Vehicle.__table__.c.id.in_([ids[1], ids[104]]))
        connection.execute(sold.values(valid_to=bought))
    phone.page.evaluate("() => import('./sync.js').then(part => part.sync())")
    assert phone.page.evaluate(FLEET) == [str(id_) for at, id_ in enumerate(ids) if at not in (1, 104)]


def test_a_returned_report_gets_its_vehicle_and_driver(phone: Phone, people: People, truck: str) -> None:
    there = [{"member_id": str(people.town.city.member_id(login)), "role": role} for login, role in (("squad11b", "member"), ("squad11", "commander"))]  # fmt: skip
    report = people.report("squad11b", hours_ago(60), participants=there)
    people.returns(report, "/vehicle_ids", "/participants", comment="車両と、いた人を入れてください。")
    phone.sign_in("squad11b")
    phone.open(f"#/fix/{report['id']}")
    phone.tap(phone.page.get_by_role("checkbox", name=named(people, truck)))
    phone.tap(phone.page.get_by_role("radio", name="squad11b"))
    phone.tap(phone.page.get_by_role("checkbox", name="squad11a"))
    phone.tap("直して提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    now = people.ask("squad11b", "GET", f"/activity-reports/{report['id']}")
    assert (now["state"], now["vehicle_ids"]) == ("in_review", [truck])
    assert {one["name"].split()[-1]: one["role"] for one in now["participants"]} == {
        "squad11b": "driver", "squad11": "commander", "squad11a": "member",
    }  # fmt: skip


def test_who_drove_stays_said_when_a_refused_report_is_opened_again(phone: Phone, people: People, truck: str) -> None:
    phone.sign_in("squad11b")
    [body] = bodies(people, "squad11b", 1)
    there = [one | {"role": "driver"} for one in body["participants"]]
    backwards = {"started_at": body["ended_at"], "ended_at": body["started_at"]}
    phone.page.evaluate(WRITE, [[{**body, **backwards, "vehicle_ids": [truck], "participants": there}], []])
    phone.open("#/queue")
    expect(phone.page.get_by_role("button", name="今すぐ送る")).to_have_count(0)  # nothing goes before it is put right
    phone.tap("直す")
    said = phone.page.get_by_role("definition").filter(has_text=named(people, truck))
    expect(said).to_contain_text("運転 団員 squad11b")


def test_who_drove_is_not_said_where_nobody_is_asked(phone: Phone, people: People) -> None:
    """A kind without vehicles, and a squad that has none."""
    phone.sign_in("squad22a")
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-T-01"))
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    expect(phone.page.get_by_role("button", name="提出する")).to_be_visible()
    expect(phone.page.get_by_role("link", name="使った車両を直す")).to_have_count(0)
