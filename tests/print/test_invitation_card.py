"""The card: its QR code read from the picture, all it must say, in the page, readable; the same each time."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from dataclasses import replace

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from reportlab.graphics.barcode.qr import QrCodeWidget

from brigade.access.invitation_codes import Issued, Purpose, join_address, new_code, shown
from reports.invitation_card import A5, EDGE, LEAST, cards_pdf
from tests.print import qr_reader
from tests.print.test_layout import character_boxes, overlapping

BASE = "https://brigade.city.example.lg.jp"
NOON = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
CARD = Issued(
    uuid.UUID(int=1), "0001236", "佐藤 健", "サトウ ケン", "○○市中央消防団", ("第三分団", "第一班"), Purpose.JOIN, "102030405060",
    NOON,
)  # fmt: skip
RESET = replace(CARD, purpose=Purpose.RESET)
LONG = {
    "kanji": replace(CARD, name="寿限無" * 33 + "寿", kana="ジュゲム" * 25, brigade="市" * 100, unit_path=("分" * 100, "班" * 100)),
    "latin": replace(RESET, name="W" * 100, kana="w" * 100, number="W" * 20, brigade="W" * 100, unit_path=("W" * 100,) * 4),
    "blanks": replace(RESET, name="ア ー" * 33, kana="ー" * 100),
    "short": replace(CARD, name="林", kana="", number="1", brigade="団", unit_path=()),
    "rare": replace(CARD, name="𠮷田 髙﨑 槗之助 辻󠄀", kana="ヨシダ"),
}  # fmt: skip


def pdf_of(*cards: Issued, base_url: str = BASE) -> bytes:
    return cards_pdf(cards, base_url=base_url, made_at=NOON)


def pictures(pdf: bytes):
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.render(scale=2).to_pil()


def words(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


# --- The QR code ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", [CARD, RESET, *LONG.values()], ids=["join", "reset", *LONG])
def test_the_qr_code_on_the_page_reads_as_the_address_with_the_code(card) -> None:
    (picture,) = pictures(pdf_of(card))
    found = qr_reader.read(picture)
    assert found.text == join_address(BASE, card.code) == f"{BASE}/join#{card.code}"
    assert found.level == "M"
    assert found.quiet >= 3.8  # four modules, give or take a pixel
    assert found.module / 2 * 25.4 / 72 >= 0.9  # millimetres; two pixels are a point


@pytest.mark.parametrize("host", ["b.jp", "brigade.example.jp:8443", "a" * 60 + ".example.lg.jp", "a.b" * 40])
def test_short_and_long_addresses_are_read_too(host) -> None:
    (picture,) = pictures(pdf_of(replace(CARD, **vars_of("kanji")), base_url=f"https://{host}"))
    assert qr_reader.read(picture).text == f"https://{host}/join#{CARD.code}"


def vars_of(name: str) -> dict[str, object]:
    return {part: getattr(LONG[name], part) for part in ("name", "kana", "brigade", "unit_path")}


def test_the_reader_finds_a_single_wrong_module() -> None:
    """It proves something only if it refuses what is not right."""
    code = QrCodeWidget(join_address(BASE, CARD.code), barLevel="M").qr
    code.make()
    matrix = [[bool(cell) for cell in row] for row in code.modules]
    assert qr_reader.decode(matrix)[0] == join_address(BASE, CARD.code)
    for row, column in ((10, 14), (20, 30), (32, 32), (8, 2), (25, 20)):
        matrix[row][column] ^= True
        with pytest.raises(AssertionError):
            qr_reader.decode(matrix)
        matrix[row][column] ^= True


# --- What it says -----------------------------------------------------------------------------------------------------


def test_a_card_says_whose_it_is_what_to_do_and_until_when() -> None:
    (page,) = words(pdf_of(CARD))
    for said in (
        "○○市中央消防団", "招待カード", "サトウケン", "佐藤健様", "団員番号0001236", "第三分団›第一班", "1020-3040-5060",
        "brigade.city.example.lg.jp/join", "2026年11月23日（月）12:00まで", "令和8年11月23日", "1回だけ使えます",
        "電話のカメラで、左のQRコードを写します。", "画面に出た名前が、ご自分の名前か確かめます。",
        "自分だけのパスワードを決めて入れます。", "ほかの人に見せないでください。", "班長に新しいカードを頼んでください。",
    ):  # fmt: skip
        assert said in page, said
    assert "https://" not in page  # typed without it


def test_a_reset_card_has_its_own_title_and_words() -> None:
    (page,) = words(pdf_of(RESET))
    assert "パスワード再設定カード" in page
    assert "招待カード" not in page
    assert "使い終わるまでは、前のパスワードも使えます。" in page
    assert "頼んだ覚えのないときは" in page


def test_the_end_is_told_in_japans_time_and_era() -> None:
    (page,) = words(pdf_of(replace(CARD, expires_at=dt.datetime(2026, 12, 31, 15, 5, tzinfo=dt.UTC))))
    assert "2027年1月1日（金）00:05まで" in page
    assert "令和9年1月1日" in page


def test_an_address_without_https_is_told_as_it_is() -> None:
    (page,) = words(pdf_of(CARD, base_url="http://127.0.0.1:8000"))
    assert "http://127.0.0.1:8000/join" in page


@pytest.mark.parametrize("name", ["kanji", "latin", "blanks", "rare"])
def test_a_name_is_never_cut(name) -> None:
    (page,) = words(pdf_of(LONG[name]))
    card = LONG[name]
    assert re.sub(r"\s|\U000e0100", "", f"{card.name}様") in page
    assert "".join(card.kana.split()) in page


def test_rare_kanji_are_set_in_the_fallback_face() -> None:
    with pikepdf.open(io.BytesIO(pdf_of(LONG["rare"]))) as pdf:
        faces = {str(font.BaseFont)[8:] for font in pdf.pages[0].Resources["/Font"].values()}
    assert any("IPAmj" in face for face in faces)
    assert all("BIZ" in face or "IPAmj" in face for face in faces), faces  # nothing that is not embedded


# --- Where it stands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base_url", [BASE, "https://" + "a.b" * 40])
@pytest.mark.parametrize("card", [CARD, RESET, *LONG.values()], ids=["join", "reset", *LONG])
def test_all_stands_on_an_upright_a5_page_apart_and_large_enough(card, base_url) -> None:
    pdf = pdf_of(card, base_url=base_url)
    ((size, boxes),) = character_boxes(pdf)
    assert size == pytest.approx(A5, abs=0.02)
    assert (round(size[0] / 72 * 25.4), round(size[1] / 72 * 25.4)) == (148, 210)
    assert min(box[0] for box in boxes) >= EDGE - 1
    assert max(box[2] for box in boxes) <= A5[0] - EDGE + 1
    assert min(box[1] for box in boxes) >= EDGE - 4
    assert max(box[3] for box in boxes) <= A5[1] - EDGE + 1
    assert not overlapping(boxes)
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        sizes = {round(pdfium.FPDFText_GetFontSize(text.raw, n), 2) for n in range(text.count_chars())}
    assert min(size for size in sizes if size > 1) >= LEAST  # 1: line ends that the reader made up


def test_the_code_is_the_largest_thing_to_read() -> None:
    with pypdfium2.PdfDocument(pdf_of(CARD)) as document:
        text = document[0].get_textpage()
        large = "".join(
            chr(pdfium.FPDFText_GetUnicode(text.raw, n))
            for n in range(text.count_chars())
            if pdfium.FPDFText_GetFontSize(text.raw, n) > 35
        )
    assert large.strip() == shown(CARD.code)


# --- The file ---------------------------------------------------------------------------------------------------------


def test_each_member_has_a_page_in_the_order_given() -> None:
    cards = [replace(CARD, number=f"{n:07d}", code=new_code()) for n in range(20)]
    pages = words(pdf := pdf_of(*cards))
    assert len(pages) == 20
    for card, page in zip(cards, pages, strict=True):
        assert shown(card.code) in page
        assert card.number in page
    for card, picture in list(zip(cards, pictures(pdf), strict=True))[::6]:
        assert qr_reader.read(picture).text.endswith(f"#{card.code}")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.check_pdf_syntax() == []
        assert str(document.docinfo["/Title"]) == "招待カード（20枚）"
        assert str(document.docinfo["/CreationDate"]) == "D:20261123120000+09'00'"
        with document.open_outline() as outline:
            assert [item.title for item in outline.root][:2] == ["0000000 佐藤 健", "0000001 佐藤 健"]


def test_the_same_cards_give_the_same_bytes() -> None:
    assert pdf_of(CARD, RESET) == pdf_of(CARD, RESET)
    assert pdf_of(CARD) != pdf_of(replace(CARD, code="102030405061"))


def test_the_code_stands_nowhere_but_on_the_page() -> None:
    """Neither in the file's description, where indexes look, nor in a link that a reader might open by itself."""
    with pikepdf.open(io.BytesIO(pdf_of(CARD))) as document:
        assert CARD.code not in str(dict(document.docinfo))
        assert "/Annots" not in document.pages[0]
        assert "/OpenAction" not in document.Root
