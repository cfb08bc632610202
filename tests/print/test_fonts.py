"""Faces: found or asked for by name, rare kanji from the second one, and text that can be copied as printed."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from reports import fonts
from reports.sheet import About, Running, Sheet

NAMES = ("𠮷田 茂", "大槗 実", "髙﨑 誠", "神谷 祥", "ﾎﾝﾀﾞ 健", "Ōta Kenji")


def one_page(lines: tuple[str, ...], bold: bool = False) -> bytes:
    sheet = Sheet(Running(head="", head_right="", foot="", pages="{page} / {pages}"))
    for line in lines:
        sheet.add(16, lambda pen, y, line=line: pen.text(60, y + 12, line, 10, bold=bold))
    return sheet.bytes(About("一枚", "", "ja", datetime(2026, 12, 1, tzinfo=UTC)))


@pytest.mark.parametrize("bold", [False, True])
def test_rare_names_are_copied_as_they_are_printed(page_texts, bold):
    (text,) = page_texts(one_page(NAMES, bold))
    assert [line for line in re.split(r"[\r\n]+", text) if line][: len(NAMES)] == list(NAMES)


def test_only_the_missing_character_comes_from_the_second_face():
    assert [(run.face, run.text) for run in fonts.runs("大槗 実")] == [
        (fonts.REGULAR, "大"),
        (fonts.RARE, "槗"),
        (fonts.REGULAR, " 実"),
    ]
    assert fonts.width("𠮷田", 10) == 20


def test_every_character_of_the_basic_set_is_searchable(page_texts):
    wanted = [chr(c) for c in (*range(0x3041, 0x3097), *range(0x30A1, 0x30F7), *range(0x4E00, 0x5200))]
    wanted = [c for c in wanted if fonts.runs(c)[0].text == c]
    lines = tuple("".join(wanted[n : n + 40]) for n in range(0, len(wanted), 40))
    (text,) = page_texts(one_page(lines))
    assert "".join(text.split()).startswith("".join(lines))
    assert len(wanted) > 1000


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("葛\U000e0100城", "葛城"),  # a variation selector has no face here
        ("か\u3099く", "がく"),
        ("神", "神"),  # U+FA19 stays the form that the person writes
        ("一\t二\n三", "一 二 三"),
        ("a\u200bb\u202ec", "abc"),
        ("山\u3000田", "山\u3000田"),
        ("\ud800", fonts.GETA),
    ],
)
def test_what_cannot_be_set_is_cleaned(written, printed):
    assert fonts.printable(written) == printed


def test_a_character_that_no_face_has_is_marked():
    assert "".join(run.text for run in fonts.runs("火🚒事\ue000")) == "火〓事〓"


def test_a_missing_face_names_its_package(monkeypatch):
    monkeypatch.setattr(fonts, "_faces", {})
    monkeypatch.setattr(fonts, "ROOTS", ("/nowhere",))
    with pytest.raises(fonts.MissingFont, match="fonts-morisawa-bizud-gothic"):
        fonts.load(fonts.REGULAR)
    with pytest.raises(fonts.MissingFont, match="fonts-ipamj-mincho"):
        fonts.load(fonts.RARE)


def test_without_the_second_face_a_name_stops_and_an_emoji_does_not(monkeypatch):
    def absent(face):
        if face == fonts.RARE:
            raise fonts.MissingFont("install the package fonts-ipamj-mincho")
        return known(face)

    known = fonts._widths
    monkeypatch.setattr(fonts, "_widths", absent)
    fonts.runs.cache_clear()
    with pytest.raises(fonts.MissingFont, match="fonts-ipamj-mincho"):
        fonts.runs("𠮷田")
    assert fonts.runs("🚒")[0].text == fonts.GETA
    fonts.runs.cache_clear()


def test_the_map_back_to_text_is_utf_16_in_short_blocks():
    cmap = fonts.to_unicode_map([0, 0x20BB7, *range(0x4E00, 0x4E00 + 120)])
    assert "<01> <D842DFB7>" in cmap
    assert [int(n) for n in re.findall(r"(\d+) beginbfchar", cmap)] == [100, 21]


def test_documents_drawn_at_once_are_as_those_drawn_in_turn():
    lots = [tuple(chr(0x4E00 + 37 * n + k) * 3 for k in range(30)) for n in range(12)]
    in_turn = [one_page(lines) for lines in lots]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one_page, lots)) == in_turn
