"""A roster on the console, as a browser without programs brings it in: looked at row by row, mended, carried out."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from tests.api.answers import API
from tests.api.test_roster_imports import GOOD, HEADING
from tests.api.visiting import CONSOLE, Page, Visitor, visitor
from tests.rules.test_roster_file import xlsx

ROSTERS = f"{CONSOLE}/office/rosters"
SQUAD = "A消防団/第1分団/第1分団第1班"
THREE_BAD = (
    HEADING
    + f"999001,髙橋 一郎,タカハシ イチロウ,{SQUAD},班長,基本団員,令和8年11月1日\n"
    + f"999002,,スズキ ジロウ,{SQUAD},,,\n"
    + "999003,佐藤 三郎,サトウ サブロウ,どこかの班,,,\n"
    + f"999004,田中 四郎,タナカ シロウ,{SQUAD},,,十一月\n"
)


def sending(person: Visitor, data: bytes | str, name: str = "名簿.csv", **said: str) -> Page:
    """The page after the form of the list has been sent with this file."""
    form = person.get(ROSTERS).form("/rosters")
    file = (io.BytesIO(data.encode() if isinstance(data, str) else data), name)
    sent = {**form, **said, "file": file}
    return Page(person.client.post(ROSTERS, data=sent, content_type="multipart/form-data", follow_redirects=True))


def wrongs(page: Page) -> list[str]:
    """What is wrong, row by row."""
    return re.findall(r'<ul class="wrongs">(.*?)</ul>', page.answer.text)


def people(ask: Any, city: Any) -> set[str]:
    """The names of squad 1-1."""
    members = ask("squad11").get(f"{API}/units/{city.unit_id('K1-1-1')}/members").json["items"]
    return {member["name"] for member in members}


def test_three_bad_rows_are_shown_mended_and_carried_out(app, ask, city) -> None:
    bureau = visitor(app, "bureau")
    there = people(ask, city)
    page = sending(bureau, THREE_BAD)
    assert len(wrongs(page)) == 3
    for words in ("3行め", "名前が空いています", "4行め", "この所属は見つかりません", "5行め", "日付として読めません"):
        assert words in page.text, words
    assert "まだ取り込めません" in page.text
    assert [form for form in page.forms if form.action.endswith("/apply")] == []
    assert people(ask, city) == there
    mended = THREE_BAD.replace("999002,,", "999002,鈴木 二郎,").replace("どこかの班", SQUAD).replace("十一月", "")
    page = sending(bureau, mended.encode("cp932"))
    assert "直すところはありません" in page.text
    page = bureau.send(page.form("/apply"))
    assert "名簿の4行を取り込みました" in page.text
    assert people(ask, city) - there == {"髙橋 一郎", "鈴木 二郎", "佐藤 三郎", "田中 四郎"}


def test_a_workbook_is_read_and_stands_in_the_list(app, city) -> None:
    book = xlsx(["number", "name", "kana", "unit_code"], [999001, "佐藤 太郎", "サトウ タロウ", "K1-1-2"])
    bureau = visitor(app, "bureau")
    page = sending(bureau, book, "roster.xlsx", valid_from="2026-04-01")
    assert "令和8年4月1日" in page.text
    page = bureau.get(ROSTERS)
    assert "roster.xlsx" in page.text
    assert "取り込めます" in page.text


@pytest.mark.parametrize(
    ("data", "said", "words"),
    [
        (b"", {}, "中身"),
        (b"\x00\x01\x02", {}, "種類"),
        ("番号だけ\n1\n".encode(), {}, "列"),
        (GOOD.encode(), {"valid_from": "あした"}, "日付として読めません"),
    ],
)
def test_what_is_no_roster_is_told_beside_its_field(app, city, data, said, words) -> None:
    page = sending(visitor(app, "bureau"), data, **said)
    assert page.status == 422
    assert words in page.text
    assert 'class="wrong"' in page.answer.text


def test_that_no_file_was_chosen_is_told_as_that(app, city) -> None:
    page = sending(visitor(app, "bureau"), b"", name="")
    assert page.answer.status_code == 422
    assert "必ず要る項目です" in page.text
    assert "ファイルに行がありません" not in page.text


def test_it_is_applied_once_and_what_became_wrong_is_shown(app, ask, city) -> None:
    bureau = visitor(app, "bureau")
    page = sending(bureau, GOOD)
    form = page.form("/apply")
    assert bureau.send(form, version="9").status == 412
    assert bureau.send(form, version="x").status == 412
    assert "1行を取り込みました" in bureau.send(form).text
    assert bureau.send(form).status == 409


def test_many_rows_are_read_page_by_page(app, city) -> None:
    rows = "".join(f"9{number:05},団員 {number},ダンイン,{SQUAD},,,\n" for number in range(150))
    bureau = visitor(app, "bureau")
    page = sending(bureau, HEADING + rows)
    assert "150件のうち 1–100" in page.text
    page = bureau.get(page.link("first=100"))
    assert "150件のうち 101–150" in page.text
    assert "1–100" in bureau.get(f"{page.answer.request.path}?tab=all&first=x").text


def test_only_officers_find_it_and_a_station_its_own(app, city) -> None:
    assert visitor(app, "company1").get(ROSTERS).status == 403
    page = sending(visitor(app, "bureau"), GOOD)
    station = visitor(app, "station")
    assert station.get(page.answer.request.path).status == 404
    assert "名簿.csv" not in station.get(ROSTERS).text
    assert "事務局" in station.get(f"{CONSOLE}/office").text
    assert "事務局" not in visitor(app, "squad11").get(f"{CONSOLE}/help").text


def test_another_name_under_a_number_is_a_question_and_not_a_change(app, ask, city) -> None:
    there, bureau = city.people["squad11a"], visitor(app, "bureau")
    row = f"{there.number},山本 花子,ヤマモト ハナコ,{SQUAD},,,"
    page = sending(bureau, HEADING + row + "\n")
    [wrong] = wrongs(page)
    for words in (f"「{there.name}」さん", "同じ人ですか、別の人ですか", "「旧氏名」の列", "その人の番号"):
        assert words in wrong, words
    assert [form for form in page.forms if form.action.endswith("/apply")] == []
    page = sending(bureau, f"{HEADING.strip()},旧氏名\n{row},{there.name}\n")
    assert "直すところはありません" in page.text
    assert there.name in page.text
    bureau.send(page.form("/apply"))
    assert "山本 花子" in people(ask, city)
    assert there.name not in people(ask, city)
