"""Statistics on the console: what is drawn and tabled is what was done, of the unit and the year that were chosen."""

from __future__ import annotations

import re

import pytest

from api.console import statistics as screen
from api.console.charts import chart, tick
from tests.api.answers import API
from tests.api.paying import filed
from tests.api.visiting import CONSOLE, Page, visitor

STATISTICS = f"{CONSOLE}/statistics"


@pytest.fixture
def year(ask, city):
    """A drill with two people in November, a fire in November, a drill in March 2026."""
    both = ("squad11a", "squad11b")
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-03 09:00")
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-05 09:00", kind="D-01", hours=5)
    filed(ask("squad12a"), city, "K1-1-2", "squad12a", at="2026-03-06 09:00")


def row(page: Page, heading: str, nth: int = 0) -> list[str]:
    """The cells of a row under that heading; a kind and a category may have the same one."""
    rows = re.findall(rf'<tr><th scope="row">{heading}(?:<svg.*?</svg>)?</th>(.*?)</tr>', page.answer.text)
    return re.findall(r"<td[^>]*>(?:<b>)?(.*?)(?:</b>)?</td>", rows[nth])


def test_a_leader_sees_the_running_fiscal_year(app, city, year) -> None:
    page = visitor(app, "company1").get(STATISTICS)
    assert "令和8年度（4月–翌年3月）" in page.text
    assert row(page, "訓練") == ["–"] * 7 + ["1"] + ["–"] * 4 + ["1"]
    assert row(page, "火災") == ["–"] * 7 + ["1"] + ["–"] * 4 + ["1"]
    assert row(page, "合計")[-1] == "2"
    assert row(page, "11月") == ["2", "4", "14時間"]
    assert row(page, "団員 squad11a") == ["2", "7時間", "1", "1"]
    assert row(page, "演習・訓練等") == ["2", "3", "1", "2"]  # the calendar year, and the fiscal year beside it
    assert page.answer.text.count('<rect class="hue-0" x=') == 2  # a kind and the hours, each in one month


def test_another_year_and_unit_are_chosen(app, city, year) -> None:
    leader = visitor(app, "company1")
    page = leader.get(f"{STATISTICS}?unit_id={city.unit_id('K1-1-2')}&period=c2026")
    assert "令和8年（1月–12月）" in page.text
    assert row(page, "訓練") == ["–", "–", "1"] + ["–"] * 9 + ["1"]
    assert "団員 squad12a" in page.text
    assert "団員 squad11a" not in page.text
    assert "この期間の報告はありません" in leader.get(f"{STATISTICS}?period=f2019").text


def test_of_very_many_reports_people_are_counted_when_asked_for(app, city, year, monkeypatch) -> None:
    monkeypatch.setattr(screen, "COUNTED_AT_ONCE", 1)
    leader = visitor(app, "company1")
    page = leader.get(f"{STATISTICS}?period=c2026")
    assert row(page, "訓練") == ["–", "–", "1"] + ["–"] * 7 + ["1", "–", "2"]
    assert ("14時間" in page.text, "演習・訓練等" in page.text) == (False, False)
    asked = leader.get(page.link("people=1"))
    assert row(asked, "11月") == ["2", "4", "14時間"]
    assert row(asked, "演習・訓練等") == ["2", "3", "1", "2"]
    assert row(asked, "訓練") == row(page, "訓練")


def test_they_agree_with_the_api(app, ask, city, year) -> None:
    told = ask("station").get(f"{API}/statistics?unit_id={city.unit_id('K1')}&year=2026").json["categories"]
    page = visitor(app, "station").get(f"{STATISTICS}?unit_id={city.unit_id('K1')}&period=c2026")
    for one in told:
        numbers = [one[span][name] for span in ("calendar", "fiscal") for name in ("times", "person_times")]
        assert row(page, one["label"], -1) == [str(number) if number else "–" for number in numbers]
    assert "団員ごとの回数は、分団か班を選ぶと出ます" in page.text


@pytest.mark.parametrize("query", ["period=x", "period=f", "period=c1899", "period=f9999", "unit_id=x"])
def test_what_is_no_year_is_not_found(app, city, query) -> None:
    assert visitor(app, "company1").get(f"{STATISTICS}?{query}").status == 404


def test_it_is_for_those_who_lead(app, city) -> None:
    assert visitor(app, "squad11a").get(STATISTICS).status == 403
    assert visitor(app, "squad11").get(f"{STATISTICS}?unit_id={city.unit_id('K1-1-2')}").status in (403, 404)


def test_columns_stand_on_each_other_and_reach_their_lines() -> None:
    drawn = chart(["4月", "5月"], [[1, 0], [3, 8]])
    lines = {number: y for y, number in drawn.lines}
    assert list(lines) == [0, 2, 4, 6, 8]
    first, second = drawn.columns
    assert [part.series for part in first.parts] == [0, 1]
    assert first.parts[1].y == lines[4]
    assert [(part.y, part.height) for part in second.parts] == [(lines[8], lines[0] - lines[8])]
    assert chart([], []).columns == ()
    assert [tick(most) for most in (0, 4, 5, 9, 41, 400, 401, 10**6)] == [1, 1, 2, 5, 20, 100, 200, 500_000]
