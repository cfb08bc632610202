"""Where things stand: inside the margins, nothing over anything else, rows whole, heads repeated."""

from __future__ import annotations

import re
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from brigade.month.sheet import MonthSheet
from reports.month.document import month_pdf
from reports.sheet import MARGIN

NUMBER = re.compile(r"0712-2026-\d{5}")
LONG = "とても長い名前の建物「市民交流センター・ゆめホール」（大ホール・中ホール・ロビー）第二駐車場付近"


def stretched(month: MonthSheet) -> MonthSheet:
    """``month`` with everything that somebody can type made very long."""
    return replace(
        _long_lists(month),
        unit_name="○○市" * 12 + "消防団",
        edition=month.edition and replace(month.edition, sealed_by="山田 花子" * 9, unit_name="中央消防署" * 9),
        approvals=tuple(
            replace(one, name=one.name * 8, unit_name=one.unit_name * 6, deputy_for="田中 実" * 9, reports=1234567)
            for one in month.approvals
        ),
        path=tuple(part * 9 for part in month.path),
        generated_by="中央消防署 " + "山田 花子" * 12,
        times=1234567,
        person_times=12345678,
        minutes=987654321,
        kinds=tuple(replace(k, label=k.label * 5) for k in month.kinds),
        units=tuple(replace(u, name=u.name * 7) for u in month.units),
        members=tuple(
            replace(m, number=m.number * 3, name=m.name + " Wolfeschlegelsteinhausenbergerdorff", unit_name=m.unit_name * 4)
            for m in month.members
        ),
        reports=tuple(
            replace(
                r, number=r.number * 2, kind_label=r.kind_label * 6, unit_name=r.unit_name * 3, place=LONG * 3,
                author=r.author * 5, minutes=1234567, people=123456,
                trail=tuple(replace(s, name=s.name * 8, unit_name=s.unit_name * 6) for s in r.trail),
            )
            for r in month.reports
        ),
    )  # fmt: skip


def _long_lists(month: MonthSheet) -> MonthSheet:
    return replace(
        month,
        statements=tuple(replace(one, unit_name=one.unit_name * 5, reason=LONG * 4, name="田中 実" * 9) for one in month.statements),
        oddities=tuple(replace(one, detail=LONG * 2) for one in month.oddities),
        survey=tuple(
            replace(
                one, label=one.label * 6, times=1234567, reports=1234567, person_times=12345678, calendar_times=1234567,
                calendar_person_times=12345678, fiscal_times=1234567, fiscal_person_times=12345678,
            )
            for one in month.survey
        ),
        unit_kinds=tuple(
            replace(
                one, name=one.name * 5,
                by_kind={code: replace(kind, times=123456, person_times=1234567) for code, kind in one.by_kind.items()},
            )
            for one in month.unit_kinds
        ),
        pay=tuple(replace(one, sentence=one.sentence * 4, yen=123456789, name=one.name * 5) for one in month.pay[:60]),
        matrix=replace(
            month.matrix,
            columns=tuple(replace(one, kind_label=one.kind_label * 5) for one in month.matrix.columns),
            rows=tuple(replace(one, name=one.name * 6, unit_name=one.unit_name * 6) for one in month.matrix.rows),
        ),
        differences=month.differences and replace(
            month.differences,
            lines=tuple(
                replace(
                    one, unit_name=one.unit_name * 6, kind_label=one.kind_label * 6,
                    people=tuple(replace(who, name=who.name * 9, because=who.because * 4) for who in one.people),
                )
                for one in month.differences.lines
            ),
        ),
    )  # fmt: skip


def character_boxes(pdf: bytes):
    """For each page: its size and the boxes (left, bottom, right, top) of its characters, in points."""
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            words = page.get_textpage()
            boxes = []
            for n in range(words.count_chars()):
                code = pdfium.FPDFText_GetUnicode(words.raw, n)
                if code and not chr(code).isspace() and not 0xDC00 <= code < 0xE000:  # second half of 𠮷: same place
                    boxes.append((*words.get_charbox(n), chr(code)))
            yield page.get_size(), boxes


def overlapping(boxes, slack=0.6):
    """Pairs of characters whose ink shares more than ``slack`` points in both directions."""
    grid: dict[tuple[int, int], list[tuple[float, float, float, float, str]]] = {}
    found = []
    for box in boxes:
        left, bottom, right, top, _ = box
        cells = {
            (x, y)
            for x in range(int(left // 12), int(right // 12) + 1)
            for y in range(int(bottom // 12), int(top // 12) + 1)
        }
        near = {id(other): other for cell in cells for other in grid.get(cell, ())}
        for other in near.values():
            wide = min(right, other[2]) - max(left, other[0])
            high = min(top, other[3]) - max(bottom, other[1])
            if wide > slack and high > slack:
                found.append((box, other))
        for cell in cells:
            grid.setdefault(cell, []).append(box)
    return found


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", ["squad", "town", "many-kinds", "empty"])
@pytest.mark.parametrize("make_long", [False, True], ids=["plain", "long"])
def test_all_text_stands_within_the_margins_and_apart(make_month, name, lang, make_long):
    month = make_month(name, preview=name == "many-kinds", edition=2, lang=lang)
    for (wide, high), boxes in character_boxes(month_pdf(stretched(month) if make_long else month, lang)):
        assert boxes
        assert min(box[0] for box in boxes) >= MARGIN - 1
        assert max(box[2] for box in boxes) <= wide - MARGIN + 1
        assert min(box[1] for box in boxes) >= 30
        assert max(box[3] for box in boxes) <= high - 28
        assert not overlapping(boxes)


def test_no_text_is_smaller_than_eight_points(make_month):
    with pypdfium2.PdfDocument(month_pdf(stretched(make_month("town", preview=False, edition=2)))) as document:
        for page in document:
            words = page.get_textpage()
            sizes = {round(pdfium.FPDFText_GetFontSize(words.raw, n), 2) for n in range(words.count_chars())}
            assert min(size for size in sizes if size > 1) >= 8  # 1: line ends that the reader made up


def test_heads_are_repeated_and_no_page_starts_without_one(make_month, page_texts):
    month = make_month("brigade", preview=False)
    pages = page_texts(month_pdf(replace(month, oddities=(), left_open=(), pay=())))
    lists = [page for page in pages if NUMBER.search(page)]
    assert len(lists) > 80
    assert all("番号" in page and "入力方法" in page for page in lists)
    members = [page for page in pages if re.search(r"00[01]\d{3} ", page) and not NUMBER.search(page)]
    assert len(members) > 10
    assert all("団員番号" in page and "氏名" in page for page in members)
    assert all(len(re.findall(r"^00[01]\d{3} ", page, re.MULTILINE)) >= 3 for page in members)


def test_a_name_of_the_pay_list_is_never_alone_at_the_foot(make_month, page_texts):
    month = make_month("company", preview=False)
    pages = [page for page in page_texts(month_pdf(month)) if "内容とわけ" in page]
    assert len(pages) > 4
    for page in pages:
        lines = [line for line in re.split(r"[\r\n]+", page) if line]
        foot = next(
            place for place, line in enumerate(lines) if line.startswith("第1版 照合番号") or "照合番号" in line
        )
        assert not re.match(r"00\d{4} ", lines[foot - 1])


def test_a_report_and_its_trail_stay_on_one_page(make_month, page_texts):
    month = replace(make_month("company"), oddities=(), pay=())
    pages = ["".join(page.split()) for page in page_texts(month_pdf(month))]
    listed = [page for page in pages if NUMBER.search(page)]
    assert len(listed) > 4
    for page in listed:
        numbers = NUMBER.findall(page)
        wanted = sum(len(r.trail) for r in month.reports if r.number in numbers)
        steps = page.count("提出") + page.count("承認") - page.count("承認待ち") + page.count("段階の省略")
        returned = sum(s.action == "return" for r in month.reports if r.number in numbers for s in r.trail)
        title = page.count("一覧と承認の記録")
        assert steps + returned - title == wanted


def test_a_trail_longer_than_a_page_goes_on_under_its_number(make_month, page_texts):
    month = make_month("squad")
    endless = replace(month.reports[0], trail=month.reports[0].trail * 40)
    pages = page_texts(month_pdf(replace(month, reports=(endless, *month.reports[1:]))))
    assert sum(f"{endless.number}（続き）" in page for page in pages) >= 2
    steps = sum("".join(page.split()).count("団長") for page in pages)
    assert steps > 80


def test_a_head_with_long_latin_words_is_turned_not_cut(make_month, page_texts):
    month = make_month("company")
    kinds = tuple(replace(k, label=f"Firefighting {n}") for n, k in enumerate(month.kinds))
    words = "".join(page_texts(month_pdf(replace(month, kinds=kinds), "en")))
    assert words.count("Firefighting 0") >= 2


def test_no_head_of_an_english_column_is_broken_within_a_word(make_month, page_texts):
    words = " ".join(" ".join(page.split()) for page in page_texts(month_pdf(make_month("town", lang="en"), "en")))
    for word in ("Waiting", "Returned", "Reports", "Person-times", "Post and name"):
        assert word in words
    assert "Person-tim " not in words
    assert "Repo " not in words
