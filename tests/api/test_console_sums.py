"""The figures of a month on the console: equal to the API's and the edition's, folded, sorted, paid when asked, with kana."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from api.console import figures, sums
from api.console.sums import table_of
from api.extensions import db
from brigade.month.sheet import UnitTotal
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level
from tests.api.answers import API
from tests.api.paying import confirm_all, filed, set_rules
from tests.api.visiting import CONSOLE, Page, visitor

MONTH = f"{CONSOLE}/months/2026-11"


@pytest.fixture
def month(app, ask, city):
    """Drills and a fire of two squads of company 1, paid as in Yokohama."""
    set_rules(app, city, "yokohama")
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", "squad11b", at="2026-11-03 09:00")
    filed(ask("squad12a"), city, "K1-1-2", "squad12a", at="2026-11-05 09:00", kind="D-01", hours=5)
    filed(ask("squad12a"), city, "K1-1-2", "squad12a", at="2026-11-06 09:00")
    confirm_all(app)


def rows(page: Page) -> dict[str, list[int]]:
    """The table of units: each one's numbers, hours as minutes are not among them."""
    table = page.answer.text.split('<div class="table" id="units">')[1].split("</table>")[0]
    found = {}
    for name, cells in re.findall(r'<th role="rowheader"[^>]*>(?:<[^>]*>)*([^<]+).*?</th>(.*?)</tr>', table):
        found[name] = [int(said.replace(",", "")) for said in re.findall(r">([\d,]+)(?: 円)?</a>", cells)]
    return found


def opened(page: Page) -> list[str]:
    return list(rows(page))


@pytest.mark.parametrize(("login", "code"), [("bureau", "B"), ("station", "S1"), ("brigade", "K1")])
def test_every_unit_says_what_the_api_says(app, ask, city, month, login: str, code: str) -> None:
    unit_id = city.unit_id(code)
    told = ask(login).get(f"{API}/months/2026-11", query_string={"unit_id": str(unit_id)}).json
    page = visitor(app, login).get(f"{MONTH}/sums?unit_id={unit_id}&open=1")
    wanted = {one["name"]: [one["times"], one["person_times"], one["yen"]] for one in told["units"]}
    assert {name: numbers for name, numbers in rows(page).items() if name in wanted} == wanted
    assert f"{told['pay']['yen']:,} 円" in page.text
    assert told["pay"]["yen"] > 0


def test_a_table_is_folded_to_one_step_below_and_opened_when_asked(app, city, month) -> None:
    officer = visitor(app, "bureau")
    page = officer.get(f"{MONTH}/sums?unit_id={city.unit_id('B')}")
    assert "A消防団" in opened(page)
    assert "第1分団" not in opened(page)
    below = officer.get(page.link(f"/sums?unit_id={city.unit_id('K1')}"))
    assert "第1分団" in opened(below)
    assert "第1分団第1班" not in opened(below)
    whole = officer.get(page.link("open=1").replace("&amp;", "&"))
    assert {"第1分団", "第1分団第1班"} <= set(opened(whole))
    assert "第1分団第1班" not in opened(officer.get([link for link in whole.links if link.endswith("#units")][-1]))
    month_page = officer.get(f"{MONTH}?unit_id={city.unit_id('B')}")
    assert f"unit_id={city.unit_id('K1-1')}" not in month_page.answer.text
    assert f"unit_id={city.unit_id('K1-1')}" in officer.get(f"{MONTH}?unit_id={city.unit_id('B')}&open=1").answer.text


def test_pay_of_many_reports_is_worked_out_when_asked(app, city, month, monkeypatch) -> None:
    officer = visitor(app, "bureau")
    path = f"{MONTH}/sums?unit_id={city.unit_id('B')}"
    paid = officer.get(path)
    for module in (sums, figures):
        monkeypatch.setattr(module, "PAID_AT_ONCE", 2)
    unpaid = officer.get(path)
    assert rows(unpaid) == {name: numbers[:2] for name, numbers in rows(paid).items()}
    assert "円" not in unpaid.text
    asked = officer.get(unpaid.link("pay=1"))
    assert rows(asked) == rows(paid)
    monkeypatch.setattr(figures, "PAGE", 1)
    figure = officer.get(unpaid.link("/figures"))
    assert "報酬を計算して表示する" in figure.text
    of_pay = officer.get(figure.link("pay=1"))
    assert "報酬を計算して表示する" not in of_pay.text
    assert re.search(r"([\d,]+ 円)", paid.text)[1] in of_pay.text
    assert "pay=1" in of_pay.link("cursor=")


def test_units_are_sorted_below_the_same_one() -> None:
    def unit(id_: str, level: Level, depth: int, times: int) -> UnitTotal:
        return UnitTotal(id_, id_, level, depth, times, 0, 0, 0, 0)

    made = [
        unit("B", Level.BUREAU, 0, 9), unit("S1", Level.STATION, 1, 2), unit("K1", Level.BRIGADE, 2, 2),
        unit("S2", Level.STATION, 1, 7), unit("K2", Level.BRIGADE, 2, 3), unit("K3", Level.BRIGADE, 2, 4),
        unit("K3-1", Level.COMPANY, 3, 4),
    ]  # fmt: skip
    assert [one.unit_id for one in table_of(made, Level.BRIGADE, "times")] == ["B", "S2", "K3", "K2", "S1", "K1"]
    assert table_of(made, Level.SQUAD, "") == made


def test_a_column_sorts_the_table_and_says_so(app, city, month) -> None:
    leader = visitor(app, "company1")
    page = leader.get(f"{MONTH}/sums?unit_id={city.unit_id('K1-1')}")
    assert opened(page)[1:3] == ["第1分団第1班", "第1分団第2班"]
    sorted_ = leader.get(page.link("sort=yen").split("#")[0])
    assert opened(sorted_)[1:3] == ["第1分団第2班", "第1分団第1班"]
    assert 'aria-sort="descending"' in sorted_.answer.text
    assert opened(leader.get(f"{MONTH}/sums?unit_id={city.unit_id('K1-1')}&sort=nonsense")) == opened(page)


def test_names_have_their_kana(app, city, month) -> None:
    with app.app_context(), db.engine.begin() as connection:
        called = update(Member).where(Member.id == city.member_id("squad12a"))
        connection.execute(called.values(name="渡辺 悟", kana="ワタナベ サトル"))
    kana = '<ruby>渡辺<rt aria-hidden="true">わたなべ</rt></ruby>'
    unit, officer = city.unit_id("K1-1-2"), visitor(app, "station")
    what_if = f"{CONSOLE}/office/pay/what-if?unit_id={unit}&rule_set=national-2022&from=2026-11&to=2026-11"
    for path in (
        f"{MONTH}/sums?unit_id={unit}", f"{MONTH}/figures?unit_id={unit}",
        f"{CONSOLE}/statistics?unit_id={unit}", what_if,
    ):  # fmt: skip
        assert kana in officer.get(path).answer.text, path
