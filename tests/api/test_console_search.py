"""Finding reports on the console: by words, by state, page by page, and only what one may see."""

from __future__ import annotations

import pytest

from api.console import search
from brigade.activity import search as words_of_reports
from tests import make
from tests.api.asking import copies, done, file
from tests.api.visiting import CONSOLE, visitor

SEARCH = f"{CONSOLE}/reports"


@pytest.mark.parametrize("many", [1, 1_000])
def test_words_find_reports(app, ask, city, monkeypatch, many) -> None:
    """Along the time where many have them, and from their pieces where few have."""
    monkeypatch.setattr(words_of_reports, "MANY", many)
    body = make.body(city, "K1-1-1", "squad11a", day=18)
    wanted = file(ask("squad11a"), body | {"place": "丸山小学校", "summary": "放水の訓練"})
    other = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=17))
    leader = visitor(app, "squad11")
    for words in ("丸山", "放水 小学校", wanted["number"], "squad11a"):
        page = leader.get(f"{SEARCH}?q={words}")
        assert wanted["number"] in page.text, words
        assert other["number"] not in page.text, words
    assert page.link(wanted["id"])
    everything = leader.get(SEARCH).text
    assert wanted["number"] in everything
    assert other["number"] in everything


def test_a_state_narrows_it(app, ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    leader = visitor(app, "squad11")
    assert report["number"] not in leader.get(f"{SEARCH}?state=returned").text
    done(ask("squad11"), report, "return", comment="時刻")
    assert report["number"] in leader.get(f"{SEARCH}?state=returned").text
    assert report["number"] in leader.get(f"{SEARCH}?state=nope").text


def test_nothing_found_says_so(app, city) -> None:
    page = visitor(app, "squad11").get(f"{SEARCH}?q=ありません")
    assert page.status == 200
    assert "当てはまる報告はありません" in page.text


def test_what_is_not_mine_is_not_found(app, ask, city) -> None:
    report = file(ask("squad21a"), make.body(city, "K1-2-1", "squad21a", day=18))
    assert report["number"] not in visitor(app, "squad11").get(f"{SEARCH}?q={report['number']}").text.replace(
        f'value="{report["number"]}"', ""
    )
    assert "当てはまる報告はありません" in visitor(app, "squad11").get(f"{SEARCH}?q={report['number']}").text


def test_page_by_page(app, ask, city, monkeypatch) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    copies(app, report["id"], 3)
    monkeypatch.setattr(search, "AT_ONCE", 3)
    leader = visitor(app, "squad11")
    page = leader.get(SEARCH)
    more = page.link("cursor=")
    assert len([link for link in page.links if "/reports/" in link]) == 3
    assert len([link for link in leader.get(more).links if "/reports/" in link]) == 1


def test_what_cannot_be_is_told(app, city) -> None:
    leader = visitor(app, "squad11")
    assert leader.get(f"{SEARCH}?q={'あ' * 101}").status == 422
    assert leader.get(f"{SEARCH}?q=a%00b").status == 422
    assert leader.get(f"{SEARCH}?cursor=nope").status == 422
    for days in ("from=soon", "to=2026-02-30", "from=0001-01-01", "to=9999-12-31"):
        page = leader.get(f"{SEARCH}?{days}")
        assert page.status == 422, days
        assert "日を選び直してください" in page.text, days
    assert leader.get(f"{SEARCH}?unit_id=nope").status == 404


def test_kind_unit_and_days_narrow_it(app, ask, city) -> None:
    drill = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=16))
    talk = file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", day=18) | {"kind": "D-02", "details": {}})
    leader = visitor(app, "company1")
    squads = {"first": city.unit_id("K1-1-1"), "second": city.unit_id("K1-1-2"), "company": city.unit_id("K1-1")}
    for asked, found in (
        (f"unit_id={squads['first']}", {drill["number"]}),
        (f"unit_id={squads['second']}", {talk["number"]}),
        (f"unit_id={squads['company']}", {drill["number"], talk["number"]}),
        (f"kind={talk['kind']}", {talk["number"]}),
        ("kind=nope", {drill["number"], talk["number"]}),
        ("from=2026-11-16&to=2026-11-16", {drill["number"]}),
        ("from=2026-11-17", {talk["number"]}),
        ("to=2026-11-17", {drill["number"]}),
        ("from=2026-11-17&to=2026-11-16", set()),
        (f"unit_id={squads['first']}&from=2026-11-17", set()),
    ):
        page = leader.get(f"{SEARCH}?{asked}")
        assert {number for number in (drill["number"], talk["number"]) if number in page.text} == found, asked
    assert "条件を消す" in page.text
    assert "条件を消す" not in leader.get(SEARCH).text


def test_what_was_asked_for_stays_on_the_next_page(app, ask, city, monkeypatch) -> None:
    copies(app, file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))["id"], 3)
    monkeypatch.setattr(search, "AT_ONCE", 2)
    more = visitor(app, "squad11").get(f"{SEARCH}?kind=T-01&from=2026-11-18&to=2026-11-18").link("cursor=")
    assert "kind=T-01" in more
    assert "from=2026-11-18" in more
