"""The office's screens in a real browser: a roster with three bad rows, at every size and in the dark, without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.test_console_rosters import SQUAD, THREE_BAD
from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import SIZES, Presses, looks_right

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
SCREENS = [
    ("bureau", "/console/office"), ("bureau", "/console/office/rosters"), ("bureau", "WRONG"), ("bureau", "READY"),
    ("bureau", "/console/office/posts"), ("station", "/console/office/posts"), ("bureau", "/console/office/posts/appoint"),
    ("bureau", "END"), ("bureau", "/console/office/settings"), ("bureau", "/console/office/pay"),
    ("bureau", "/console/office/pay/what-if?rule_set=national-2022"), ("bureau", "/console/office/kinds"),
    ("bureau", "/console/office/retention"), ("bureau", "/console/office/retention/times"),
    ("bureau", "/console/office/retention/holds"), ("bureau", "/console/office/retention/person?number=000007"),
    ("bureau", "/console/office/requests"), ("station", "/console/office/disputes"),
    ("bureau", "/console/office/devices?q=squad"), ("bureau", "SIGN-OUT"), ("bureau", "MOVE"), ("bureau", "/console/office/units"), ("bureau", "RENAME"), ("bureau", "/console/office/audit"),
    ("station", "/console/office/audit?q=nobody"), ("company1", "/console/statistics"), ("station", "/console/statistics?period=c2026"),
    ("bureau", "/console/statistics?period=f2019"),
]  # fmt: skip

LINKED = {
    "END": ("/console/office/posts", "/end"),
    "RENAME": ("/console/office/units", "/rename"),
    "MOVE": ("/console/office/moves?q=squad11a", "/moves/"),
    "SIGN-OUT": ("/console/office/devices?q=squad11a", "/devices/"),
}
"""Screens that one comes to by a link of another one."""


def written(folder: Path, name: str, text: str, codec: str = "utf-8") -> Path:
    """A file as an office would save it."""
    made = folder / name
    made.write_bytes(text.encode(codec))
    return made


@pytest.mark.parametrize("with_scripts", [False, True])
def test_a_bureau_imports_a_roster_with_three_bad_rows(
    site: Site, browse: Opens, tmp_path: Path, with_scripts: bool
) -> None:
    """The bad rows are shown with what is wrong; the mended file, saved by Excel in CP932, is carried out as a whole."""
    bad = THREE_BAD.replace("99900", "97700" if with_scripts else "98800")
    mended = bad.replace("02,,", "02,鈴木 二郎,").replace("どこかの班", SQUAD).replace("十一月", "令和8年11月1日")
    page = browse("bureau", java_script_enabled=with_scripts)
    officer = Presses(page)
    officer.press("事務局")
    officer.press("名簿の取込み")
    page.set_input_files("#f-file", written(tmp_path, "名簿.csv", bad))
    officer.press("中身を確かめる")
    expect(page.locator(".wrongs")).to_have_count(3)
    for row, words in (
        ("3行め", "名前が空いています"),
        ("4行め", "この所属は見つかりません"),
        ("5行め", "日付として読めません"),
    ):
        expect(page.get_by_role("row", name=re.compile(row))).to_contain_text(words)
    expect(page.get_by_role("button", name=re.compile("取り込む"))).to_have_count(0)
    officer.press("直したファイルを送る")
    page.set_input_files("#f-file", written(tmp_path, "名簿.csv", mended, "cp932"))
    officer.press("中身を確かめる")
    expect(page.locator("main")).to_contain_text("直すところはありません")
    officer.press("4行を取り込む")
    expect(page.locator("#said")).to_contain_text("名簿の4行を取り込みました")
    assert officer.count <= 6


@pytest.fixture(scope="module")
def sent(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that stand for states of the roster's page."""
    folder = tmp_path_factory.mktemp("rosters")
    return {
        "WRONG": written(folder, "直す.csv", THREE_BAD),
        "READY": written(folder, "よい.csv", THREE_BAD.splitlines(keepends=True)[0] + THREE_BAD.splitlines()[1]),
    }


def opened(page: Any, site: Site, path: str, sent: dict[str, Path]) -> None:
    """The screen; a roster's by sending its file."""
    if path in sent:
        page.goto(f"{site.address}/console/office/rosters")
        page.set_input_files("#f-file", sent[path])
        page.get_by_role("button", name="中身を確かめる").click()
        page.wait_for_url("**/rosters/*-*")
        return
    screen, way = LINKED.get(path, (path, ""))
    page.goto(site.address + screen)
    if way:
        page.goto(site.address + page.locator(f"main a.step[href*='{way}']").last.get_attribute("href"))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_office_screen_can_be_used_by_everyone(
    site: Site, browse: Opens, sent: dict[str, Path], width: int, height: int
) -> None:
    """axe finds nothing; every target is large enough; nothing is cut off at 320 px or at twice the size of text."""
    people = {login: browse(login, width, height) for login in {who for who, _ in SCREENS}}
    for login, path in SCREENS:
        page = people[login]
        opened(page, site, path, sent)
        looks_right(page, path, width, height)
    assert site.complaints == []
