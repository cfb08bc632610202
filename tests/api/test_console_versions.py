"""The page of a report that was put right shows what it said before beside what it says now."""

from __future__ import annotations

import re

import pytest

from tests import make
from tests.api.asking import REPORTS, done, file
from tests.api.pictures import sent
from tests.api.visiting import CONSOLE, visitor

TITLE = "直す前と今を並べて見る"


def fields(page) -> dict[str, tuple[bool, str, str]]:
    """Label → whether it is marked as changed, what stands before, what stands now."""
    table = page.answer.text.partition('<table class="versions"')[2].partition("</table>")[0]
    rows = {}
    for row in table.split("<tr")[2:]:
        label, before, now = (re.sub(r"<[^>]+>", " ", cell) for cell in re.split(r"<td[^>]*>", row.partition(">")[2]))
        words = label.split()
        rows[words[0]] = ("変わった" in words, " ".join(before.split()), " ".join(now.split()))
    return rows


@pytest.fixture
def pictures(ask):
    """Ids of two photographs of the author."""
    return [sent(ask("squad11a"))["id"] for _ in range(2)]


@pytest.fixture
def again(ask, city, pictures):
    """A drill that was returned, and sent again with other times, another person, another photograph."""
    body = make.body(city, "K1-1-1", "squad11a", "squad11b", day=18)
    body |= {"attachment_ids": pictures[:1], "latitude": 35.5, "longitude": 139.25}
    returned = done(ask("squad11"), file(ask("squad11a"), body), "return", comment="時刻を確かめてください")
    people = [{"member_id": str(city.member_id(login))} for login in ("squad11a", "squad11-deputy")]
    changes = {
        "ended_at": "2026-11-18T12:30:00+09:00", "participants": people, "attachment_ids": pictures[1:],
        "details": {"drill_type": "relay"}, "longitude": 139.5,
    }  # fmt: skip
    headers = {"If-Match": f'"{returned["version"]}"'}
    edited = ask("squad11a").patch(f"{REPORTS}/{returned['id']}", json=changes, headers=headers)
    assert edited.status_code == 200, edited.text
    return done(ask("squad11a"), edited.json, "submit")


def test_a_report_sent_again_shows_both_versions(app, again, pictures) -> None:
    page = visitor(app, "squad11").get(f"{CONSOLE}/reports/{again['id']}")
    assert TITLE in page.text
    shown = fields(page)
    assert shown["終わりの時刻"] == (True, "− 前だけ 11月18日（水） 11:00", "＋ 今だけ 11月18日（水） 12:30")
    assert shown["始めの時刻"] == (False, "11月18日（水） 09:00", "11月18日（水） 09:00")
    assert shown["出た人"] == (
        True,
        "団員 squad11a − 前だけ 団員 squad11b",
        "団員 squad11a ＋ 今だけ 団員 squad11-deputy",
    )
    assert shown["写真"][:2] == (True, "− 前だけ 外した写真やまだ届いていない写真 1枚")
    assert f"/pictures/{pictures[1]}/small" in page.answer.text
    assert "geo:35.5,139.25" in page.links
    assert "geo:35.5,139.5" in page.links
    changed = {label for label, (differs, *_) in shown.items() if differs}
    assert changed == {"終わりの時刻", "地図の位置", "訓練の種類", "出た人", "写真"}
    assert "変わったところは 5か所です" in page.text


def test_a_corrected_report_shows_what_its_author_wrote(app, ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    leader = visitor(app, "squad11")
    page = leader.get(f"{CONSOLE}/reports/{report['id']}")
    assert TITLE not in page.text
    page = leader.send(leader.get(page.link("/correct")).form("/correct"), place="東町公園")
    assert fields(page)["場所"] == (True, "− 前だけ 器具置場", "＋ 今だけ 東町公園")
    assert "団員 squad11a" in page.text.partition(TITLE)[2]


def test_a_returned_report_that_nobody_has_changed_has_one_version(app, ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    done(ask("squad11"), report, "return", comment="場所は")
    assert TITLE not in visitor(app, "squad11").get(f"{CONSOLE}/reports/{report['id']}").text
