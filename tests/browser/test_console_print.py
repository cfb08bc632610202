"""The console on paper: few sheets, none of them empty, nothing cut off at the side, and nothing to press."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pypdfium2
import pytest
from playwright.sync_api import Page
from pypdfium2 import raw

from api.extensions import db
from brigade.activity.workflow import Action
from tests import make
from tests.browser.conftest import CHROMIUM, Opens, Site

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
MARGIN_MM, POINTS_PER_MM = 12, 72 / 25.4
PEOPLE = {"squad11a": "K1-1-1", "squad11b": "K1-1-1", "squad12a": "K1-1-2", "squad12b": "K1-1-2"}


@pytest.fixture(scope="module")
def sixty(site: Site) -> Site:
    """60 clean reports of November at the company."""
    with site.app.app_context():
        for day in range(14, 19):
            for login, unit in PEOPLE.items():
                for hour in (9, 13, 17):
                    report = make.report(db.session(), site.city, login, unit, day=day, hour=hour)
                    make.step(db.session(), site.city, unit.replace("K1-1-", "squad1"), report, Action.APPROVE)
        db.session.remove()
    return site


def printed(page: Page) -> pypdfium2.PdfDocument:
    """The page as its browser prints it on A4."""
    margin = dict.fromkeys(("top", "bottom", "left", "right"), f"{MARGIN_MM}mm")
    return pypdfium2.PdfDocument(page.pdf(format="A4", margin=margin))


def letters(sheet: pypdfium2.PdfPage) -> Iterator[tuple[str, float]]:
    """Each letter of a sheet and where it ends, in points from the left."""
    text = sheet.get_textpage()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for place in range(text.count_chars()):
        if raw.FPDFText_GetCharBox(text, place, left, right, bottom, top):
            yield text.get_text_range(place, 1), right.value


def sound(paper: pypdfium2.PdfDocument, path: str) -> str:
    """The text of all sheets, of which none is empty and none loses anything at its side."""
    said = []
    for number, sheet in enumerate(paper, 1):
        found = [(letter, right) for letter, right in letters(sheet) if letter.strip()]
        assert len(found) >= 10, (path, number)
        room = sheet.get_width() - (MARGIN_MM - 1) * POINTS_PER_MM
        assert [letter for letter, right in found if right > room] == [], (path, number)
        said.append("".join(letter for letter, _ in found))
    return "".join(said)


def test_sixty_reports_are_three_sheets_at_most(sixty: Site, browse: Opens) -> None:
    page = browse("company1")
    page.goto(f"{sixty.address}/console/inbox?tab=clean&by=unit")
    rows = page.locator("main .row").count()
    paper = printed(page)
    text = sound(paper, "inbox")
    assert (rows, text.count("訓練・")) == (60, 60)
    assert len(paper) <= 3
    for pressed in ("まとめて承認", "ログアウト", "文字の大きさ", "月締め"):
        assert pressed not in text


@pytest.mark.parametrize(
    ("login", "path", "most"),
    [
        ("company1", "REPORT", 2), ("company1", "/console/months/2026-11", 2), ("station", "/console/months/2026-11/seal", 1),
        ("company1", "/console/months/2026-11/sums", 2), ("company1", "/console/statistics", 4),
        ("company1", "/console/members?tab=all", 2), ("bureau", "/console/office/audit", 2), ("company1", "/console/help", 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", ["100", "200"])
def test_each_main_page_holds_on_paper(sixty: Site, browse: Opens, login: str, path: str, most: int, size: str) -> None:
    """Whatever size of text and furigana the screen has."""
    page = browse(login, color_scheme="dark")
    page.context.add_cookies([{"name": "brigade-view", "value": f".{size}..all", "url": f"{sixty.address}/console"}])
    page.goto(sixty.address + ("/console/inbox?tab=clean" if path == "REPORT" else path))
    if path == "REPORT":
        page.locator(".row-in > a").first.click()
        page.wait_for_url("**/reports/*")
    paper = printed(page)
    text = sound(paper, path)
    assert len(paper) <= most, (path, len(paper))
    assert (page.locator("h1").inner_text() or "").split()[0][:2] in text
    for pressed in ("ログアウト", "文字の大きさ"):
        assert pressed not in text
