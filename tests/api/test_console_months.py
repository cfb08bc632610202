"""A month on the console: progress, the list before closing, figures that explain themselves, sealing, the documents."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from api.worker import work_once
from tests import make
from tests.api.answers import API
from tests.api.asking import done, file
from tests.api.paying import confirm_all, filed, set_rules
from tests.api.sealing import sealed
from tests.api.visiting import CONSOLE, visitor

MONTH = f"{CONSOLE}/months/2026-11"


@pytest.fixture
def month(app, ask, city):
    """Drills and a fire of company 1, confirmed and paid as in Yokohama; one report is still under way."""
    set_rules(app, city, "yokohama")
    both = ("squad11a", "squad11b")
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-03 09:00")
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-05 09:00", kind="D-01", hours=5)
    filed(ask("squad12a"), city, "K1-1-2", "squad12a", at="2026-11-06 09:00", kind="M-01")
    confirm_all(app)
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-11-07 09:00")
    return ask("company1").get(f"{API}/months/2026-11", query_string={"unit_id": str(city.unit_id("K1-1"))}).json


def numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def test_a_figure_leads_to_what_it_was_made_from(app, ask, city, month) -> None:
    leader = visitor(app, "company1")
    sums = leader.get(leader.get(f"{MONTH}?unit_id={city.unit_id('K1-1')}").link("/sums"))
    cells = re.findall(r'<a href="([^"]*/figures\?[^"]*)">([^<]+)</a>', sums.answer.text)
    assert len(cells) > 30
    for href, shown in cells:
        query = dict(part.split("=") for part in href.split("?")[1].replace("&amp;", "&").split("&"))
        told = ask("company1").get(f"{API}/months/2026-11/figures", query_string=query).json
        page = leader.get(href.replace("&amp;", "&"))
        assert shown in page.text, href
        assert told["sentence"] in page.text
        assert page.answer.text.count('<section class="card"><div class="card-head">') == len(told["items"])
        for item in told["items"]:
            assert item["number"] in page.text
            for line in item["lines"]:
                assert line["sentence"] in page.text
    fire = leader.get(f"{MONTH}/figures?unit_id={city.unit_id('K1-1')}&kind=D-01")
    for said in ("横浜市 2024", "団員 squad11b", "団員 squad11a：提出", "1件の報告を足しています"):
        assert said in fire.text, said


def test_a_figure_that_cannot_be_is_told_so(app, city, month) -> None:
    leader = visitor(app, "company1")
    for query in ("kind=X-99", "member_id=x", "category=x", "cursor=x", "limit=0&kind=X"):
        assert leader.get(f"{MONTH}/figures?{query}").status == 422, query
    assert leader.get(f"{MONTH}/figures?unit_id={city.unit_id('K1-2')}").status in (403, 404)


def test_the_first_and_the_last_month_are_pages_too(app, city) -> None:
    leader = visitor(app, "company1")
    for month in ("1900-01", "2199-12"):
        assert leader.get(f"{CONSOLE}/months/{month}").status == 200, month


def test_the_month_shows_how_far_it_is(app, city, month) -> None:
    page = visitor(app, "company1").get(MONTH)
    for said in (
        "令和8年11月",
        "4件中 3件 署受領（承認待ち1件・差戻し0件）",
        "あと15日",
        "月の途中です",
        "前の段階に1件あります",
    ):
        assert said in page.text, said
    assert not [form for form in page.forms if form.action.endswith("/complete")]
    assert "第1分団第2班" in page.text


@pytest.mark.parametrize("login", ["squad11a", "company2"])
def test_a_foreign_month_is_not_shown(app, city, month, login) -> None:
    stranger = visitor(app, login)
    for path in ("", "/sums", "/figures", "/report.pdf", "/seal"):
        page = stranger.get(f"{MONTH}{path}?unit_id={city.unit_id('K1-1')}")
        assert page.status in (403, 404, 409), path
        assert "第1分団第1班" not in page.text


def test_a_leader_declares_a_month_complete_and_takes_it_back(app, ask, city, later) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    later(days=12)
    leader = visitor(app, "company1")
    page = leader.get(MONTH)
    refused = leader.send(page.form("/complete"))
    assert (refused.status, "承認待ちや差戻しの報告が残っています" in refused.text) == (409, True)
    assert "締めの前に確かめること" in refused.text  # on the page where it is listed
    assert refused.form("/complete")["unit_id"]
    for login in ("squad11", "company1"):
        chief = visitor(app, login)
        chief.send(chief.get(f"{CONSOLE}/reports/{report['id']}").form("/approve"))
    after = leader.send(leader.get(MONTH).form("/complete"))
    assert "この月を締めました" in after.text
    assert "団員 company1が12月" in after.text
    assert "締め済" in visitor(app, "brigade").get(MONTH).text
    assert "締めを取り消しました" in leader.send(after.form("/reopen")).text


def test_who_seals_a_month_that_goes_on_is_told_so(app, ask, city, month, clock) -> None:
    path = f"{MONTH}/seal?unit_id={city.unit_id('S1')}"
    grace = "入力の猶予は"
    page = visitor(app, "station").get(path)
    assert "令和8年11月分はまだ終わっていません（令和8年11月30日（月）まで）" in page.text
    assert "今確定すると、これから出る報告は入らず、次の版になります。" in page.text
    assert grace not in page.text
    clock.move_to(dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC))
    page = visitor(app, "station").get(path)
    assert "まだ終わっていません" not in page.text
    assert grace in page.text


def test_a_station_seals_and_downloads_with_one_press_each(app, ask, city, month) -> None:
    officer = visitor(app, "station")
    page = officer.get(MONTH)
    ask_ = officer.get(page.link("/seal"))
    assert "署が受け取った3件を確定します。残り1件は、次の版に入ります" in ask_.text
    follow = officer.send(ask_.form("/seal"), comment="11月分")
    assert "順番を待っています" in follow.text
    assert officer.get(follow.answer.request.path).status == 200
    assert visitor(app, "brigade").get(follow.answer.request.path).status == 404
    while work_once(app):
        pass
    edition = officer.get(follow.answer.request.path)
    for said in ("確定しました。帳票ができました", "第1版", "「11月分」", "終わっていなかった報告が1件"):
        assert said in edition.text, said
    kinds = {
        "set.pdf": "application/pdf",
        "set.zip": "application/zip",
        "report.pdf": "application/pdf",
        "pay.csv": "text/csv",
    }
    files = [link for link in edition.links if "/files/" in link]
    assert len(files) > 12
    for name, kind in kinds.items():
        answer = officer.raw(edition.link(f"/files/{name}"))
        assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, kind, "no-store"), name
    assert (
        officer.raw(next(link for link in files if "cp932" in link)).headers["Content-Type"]
        == "text/csv; charset=Shift_JIS"
    )
    assert officer.raw(f"{edition.answer.request.path}/files/nope.pdf").status_code == 404
    sums = officer.get(edition.link("/sums"))
    figure = officer.get(sums.link("/figures"))
    assert "確定した時の内容です" in figure.text
    assert numbers(sums.text)[:4]


def test_another_edition_shows_what_changed(app, ask, city, month) -> None:
    sealed(app, ask("station"), city.unit_id("S1"))
    filed(ask("squad12a"), city, "K1-1-2", "squad12b", at="2026-11-09 09:00")
    confirm_all(app)
    second = sealed(app, ask("station"), city.unit_id("S1"))
    page = visitor(app, "station").get(f"{CONSOLE}/editions/{second['id']}")
    changed = visitor(app, "station").get(page.link("/differences?"))
    assert "第1版から第2版へ" in changed.text
    assert changed.text.count("追加") == 2
    assert "件数 +1・延べ人員 +1・+3,500 円" in changed.text
    brigade = visitor(app, "brigade").get(f"{CONSOLE}/editions")
    assert "第2版" in brigade.text
    before = next(link for link in page.links if re.fullmatch(r"/console/editions/[0-9a-f-]{36}", link))
    assert "第1版" in visitor(app, "station").get(before).text


def test_editions_of_others_are_not_there(app, ask, city, month) -> None:
    made = sealed(app, ask("station"), city.unit_id("S1"))
    stranger = visitor(app, "squad21a")
    assert "まだありません" in stranger.get(f"{CONSOLE}/editions").text
    for path in ("", "/sums", "/figures", "/differences", "/files/report.pdf", "/files/set.zip"):
        assert stranger.get(f"{CONSOLE}/editions/{made['id']}{path}").status == 404, path


def test_the_preview_is_a_pdf(app, city, month) -> None:
    answer = visitor(app, "company1").raw(f"{MONTH}/report.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")


def test_a_month_without_anything_is_a_page_too(app, city) -> None:
    leader = visitor(app, "squad11")
    assert "この月の報告はまだありません" in leader.get(f"{MONTH}/sums").text
    assert leader.get(f"{CONSOLE}/months/2026-12").status == 200
    assert "確定した月はまだありません" in leader.get(f"{CONSOLE}/editions").text


def test_an_undone_report_of_the_month_is_listed_as_returned(app, ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    done(ask("squad11"), report, "return", comment="時刻")
    page = visitor(app, "company1").get(MONTH)
    assert "差戻し中が1件あります" in page.text
    assert "tab=returned" in page.link("tab=returned")
