"""The sheets: what they say, whose code and marks they bear, all in its place, readable; the same each time."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import uuid
from functools import cache

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from brigade.forms.filling import Filling, Person, Planned, filled_pages
from brigade.forms.sheet_code import SheetCode
from brigade.forms.shelf import newest
from brigade.organisation.member_numbers import with_check_digit
from reports.forms.markers import MODULES, PATTERNS, is_dark
from reports.forms.sheet import form_pdf
from tests.print import qr_reader
from tests.print.test_layout import character_boxes, overlapping

NOON = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
MM = 72 / 25.4
UNIT = uuid.UUID("0199a3c0-0000-7000-8000-0000000000aa")
DRILL = Planned(
    uuid.UUID("0199a3c0-0000-7000-8000-0000000000ee"), "T-01", "秋の放水訓練", "第二分団器具置場",
    dt.datetime(2026, 11, 8, 0, tzinfo=dt.UTC), dt.datetime(2026, 11, 8, 2, 30, tzinfo=dt.UTC),
)  # fmt: skip
NAMES = ("佐藤 健", "髙橋 𠮷乃", "勅使河原 長一郎左衛門", "林 心")
LONG = ("寿限無" * 33, "W" * 100, "ア ー" * 33)


def squad(count: int, names: tuple[str, ...] = NAMES) -> tuple[Person, ...]:
    return tuple(Person(with_check_digit(7 * n), names[n % len(names)], "", "団員") for n in range(1, count + 1))


def filling(code: str, count: int, **said: object) -> Filling:
    variables = newest()[code].variables
    known = {
        "event": DRILL if "event_id" in variables else None,
        "month": "2026-11" if variables == ("unit_id", "month") else None,
    }
    return Filling(
        **{"unit": "中央消防団 第二分団 第一班", "unit_code": "K1-2-1", "unit_id": UNIT, "day": dt.date(2026, 11, 8),
           "people": squad(count), **known, **said}
    )  # fmt: skip


FILLED = {
    "blank": lambda code: Filling(),
    "one": lambda code: filling(code, 1),
    "squad": lambda code: filling(code, 11),
    "sixty": lambda code: filling(code, 60),
    "long": lambda code: filling(code, 14, people=squad(14, LONG), unit="第二十三分団" * 16, unit_code="W" * 32),
}
CODES = tuple(newest())
OURS = tuple(code for code in CODES if newest()[code].own)


@cache
def pdf_of(code: str, how: str) -> bytes:
    return form_pdf(newest()[code], FILLED[how](code), made_at=NOON)


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def pictures(pdf: bytes, scale: float = 3):
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.render(scale=scale).to_pil().convert("L")


every = pytest.mark.parametrize("code", CODES)
ours = pytest.mark.parametrize("code", OURS)
ways = pytest.mark.parametrize("how", FILLED)


# --- Found and named by a machine -------------------------------------------------------------------------------------


@ours
@ways
def test_the_code_on_each_page_names_the_sheet(code, how) -> None:
    template, wanted = newest()[code], filled_pages(newest()[code], FILLED[how](code))
    for page, picture in zip(wanted, pictures(pdf_of(code, how)), strict=True):
        x, y, size, _ = (side * MM * 3 for side in template.code_at)
        found = qr_reader.read(picture.crop((int(x), int(y), int(x + size), int(y + size))))
        assert SheetCode.read(found.text) == page.code
        assert found.quiet >= 3.5
        assert found.module / 3 / MM >= 0.6  # millimetres


@ours
def test_the_marks_are_where_the_template_says(code) -> None:
    """Every module of every mark, read from the picture."""
    for picture in pictures(pdf_of(code, "squad")):
        for mark in newest()[code].markers:
            module = mark.cell.w / MODULES
            for row in range(MODULES):
                for column in range(MODULES):
                    x, y = mark.cell.x + (column + 0.5) * module, mark.cell.y + (row + 0.5) * module
                    dark = picture.getpixel((int(x * MM * 3), int(y * MM * 3))) < 128
                    assert dark == is_dark(mark.id, row, column), (mark.id, row, column)


def test_no_mark_is_taken_for_another_one_however_it_lies() -> None:
    """The fifty patterns differ in four bits and more, turned or not."""

    def turned(pattern: int) -> int:
        bits = [[pattern >> (15 - 4 * row - column) & 1 for column in range(4)] for row in range(4)]
        return sum(bits[3 - column][row] << (15 - 4 * row - column) for row in range(4) for column in range(4))

    assert len(PATTERNS) == 50
    for n, pattern in enumerate(PATTERNS):
        lying = [pattern, turned(pattern), turned(turned(pattern)), turned(turned(turned(pattern)))]
        assert turned(lying[3]) == pattern
        for other in PATTERNS[:n]:
            assert min((other ^ way).bit_count() for way in lying) >= 4


@every
def test_boxes_are_drawn_where_they_are_read(code) -> None:
    """The four sides of each box that is drawn are dark in the picture; nothing else is in the boxes of a blank."""
    (picture,) = pictures(pdf_of(code, "blank"))
    for field in newest()[code].fields:
        for cell in field.cells:
            if field.drawn == "box":
                middle_x, middle_y = cell.x + cell.w / 2, cell.y + cell.h / 2
                sides = [
                    (cell.x, middle_y),
                    (cell.x + cell.w, middle_y),
                    (middle_x, cell.y),
                    (middle_x, cell.y + cell.h),
                ]
                assert all(darkest(picture, x, y) < 128 for x, y in sides), field.id
            if field.type != "choice" or field.drawn == "box":
                inner = (cell.x + 1, cell.y + 1, cell.x + cell.w - 1, cell.y + cell.h - 1)
                assert picture.crop(tuple(int(side * MM * 3) for side in inner)).getextrema()[0] > 128, field.id


def darkest(picture, x: float, y: float) -> int:
    at_x, at_y = round(x * MM * 3), round(y * MM * 3)
    return picture.crop((at_x - 2, at_y - 2, at_x + 3, at_y + 3)).getextrema()[0]


# --- Read by a person -------------------------------------------------------------------------------------------------


@ours
def test_a_sheet_says_whose_it_is_and_for_when(code) -> None:
    pages = texts(pdf_of(code, "sixty"))
    for page, text in enumerate(pages, 1):
        assert "中央消防団第二分団第一班" in text
        period = "2026-11" if code == "month" else "2026-11-08"
        assert f"様式{code}第1版" in text
        assert f"K1-2-1{period}{page}／{len(pages)}枚" in text
        assert "まちがえ" in text
        assert ("つづき：" in text) is (page > 1)
    if code == "roster":
        assert "訓練「秋の放水訓練」予定令和8年11月8日（日）09:00〜11:30" in pages[0]
        assert "第二分団器具置場" in pages[0]


@every
@pytest.mark.parametrize("how", ["one", "squad", "sixty"])
def test_everyone_stands_there_once(code, how) -> None:
    template, people = newest()[code], FILLED[how](code).people
    pages = texts(pdf_of(code, how))
    rooms = [people[at : at + template.people] for at in range(0, len(people), template.people)]
    assert len(pages) == len(rooms)
    for page, part in zip(pages, rooms, strict=True):
        at = 0
        for person in part:
            assert person.name.replace(" ", "") in page
            if template.own:
                at = page.index(person.number, at) + 1


@every
def test_names_of_any_length_stay_in_their_place(code) -> None:
    """Set smaller, in two lines, then cut; the number beside it says who it is."""
    template = newest()[code]
    names = [field.cells[0] for field in template.fields if field.maps_to == "participants.name"]
    for (_, high), boxes in character_boxes(pdf_of(code, "long")):
        placed = [box for box in boxes if box[4] in "寿限無Wアー…" and any(_inside(box, cell, high) for cell in names)]
        assert len(placed) >= 60
        beside = [box for box in boxes if box[4] in "寿限" and not any(_inside(box, cell, high) for cell in names)]
        assert not beside


def _inside(box, cell, high: float, slack: float = 0.6) -> bool:
    left, bottom, right, top, _ = (*(side / MM for side in box[:4]), box[4])
    high /= MM
    return (
        cell.x - slack <= left
        and right <= cell.x + cell.w + slack
        and high - cell.y - cell.h - slack <= bottom
        and top <= high - cell.y + slack
    )


@every
@ways
def test_all_words_stand_on_the_page_apart(code, how) -> None:
    template = newest()[code]
    for (wide, high), boxes in character_boxes(pdf_of(code, how)):
        assert (wide, high) == pytest.approx((template.width * MM, template.height * MM), abs=0.05)
        assert min(box[0] for box in boxes) >= 6 * MM
        assert max(box[2] for box in boxes) <= wide - 6 * MM
        assert min(box[1] for box in boxes) >= 4 * MM
        assert max(box[3] for box in boxes) <= high - 4 * MM
        assert not overlapping(boxes)
        for mark in template.markers:
            clear = [box for box in boxes if _touches(box, mark.cell, high)]
            assert not clear


def _touches(box, cell, high: float) -> bool:
    left, bottom, right, top = (side / MM for side in box[:4])
    wide = min(right, cell.x + cell.w + 1.7) - max(left, cell.x - 1.7)
    tall = min(high / MM - bottom, cell.y + cell.h + 1.7) - max(high / MM - top, cell.y - 1.7)
    return wide > 0 and tall > 0


@ours
@pytest.mark.parametrize("how", ["blank", "squad", "sixty"])
def test_what_people_read_is_twelve_points_and_more(code, how) -> None:
    """Only the kana above a word are smaller."""
    with pypdfium2.PdfDocument(pdf_of(code, how)) as document:
        for page in document:
            text = page.get_textpage()
            for n in range(text.count_chars()):
                size = round(pdfium.FPDFText_GetFontSize(text.raw, n), 2)
                letter = chr(pdfium.FPDFText_GetUnicode(text.raw, n))
                long_name = letter in "".join(name for name in NAMES if len(name) > 10)
                assert size <= 1 or size >= 12 or long_name or "ぁ" <= letter <= "ん", (letter, size)


# --- The file ---------------------------------------------------------------------------------------------------------


@every
def test_the_file_is_sound_and_says_what_it_is(code, tmp_path) -> None:
    data = pdf_of(code, "sixty")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert str(pdf.docinfo["/Title"]).startswith(f"{newest()[code].label.ja}　中央消防団 第二分団 第一班")
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261120120000+09'00'"
        assert str(pdf.Root.Lang) == "ja"
        fonts = [font for page in pdf.pages for font in page.Resources["/Font"].values()]
        assert all("/FontFile2" in font.FontDescriptor and "/ToUnicode" in font for font in fonts)
        names = " ".join(str(dict(pdf.docinfo)))
        assert not any(person.name in names for person in squad(60))  # nobody is named where indexes look
    if qpdf := shutil.which("qpdf"):
        path = tmp_path / "sheet.pdf"
        path.write_bytes(data)
        done = subprocess.run([qpdf, "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@every
def test_the_same_filling_gives_the_same_bytes(code) -> None:
    again = form_pdf(newest()[code], FILLED["squad"](code), made_at=NOON)
    assert again == pdf_of(code, "squad")
    assert again != pdf_of(code, "one")


@every
def test_black_on_white_only(code) -> None:
    with pypdfium2.PdfDocument(pdf_of(code, "squad")) as document:
        for page in document:
            reds, greens, blues = page.render(scale=1).to_pil().convert("RGB").split()
            assert reds.tobytes() == greens.tobytes() == blues.tobytes()


@every
def test_authors_see_every_box_with_its_name(code) -> None:
    template = newest()[code]
    (text,) = texts(form_pdf(template, Filling(), made_at=NOON, outlines=True))
    assert template.fields[0].id in text
    (picture,) = pictures(form_pdf(template, Filling(), made_at=NOON, outlines=True))
    for field in template.fields:
        assert darkest(picture, field.cells[0].x, field.cells[0].y + field.cells[0].h / 2) < 128, field.id
