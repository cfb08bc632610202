"""The file itself: fonts embedded, sound by qpdf's check, described, the same each time, made quickly (S-20)."""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit
from zipfile import ZipFile

import pikepdf
import pypdfium2
import pytest

from brigade.month.figures import below, sheet
from reports.month.book import book_pdf, set_zip
from reports.month.document import month_pdf
from tests.effort import calls
from tests.print.months import SIZES, month_rows

MADE_AT = datetime(2026, 12, 14, 0, 12, 33, tzinfo=UTC)
NAMES = ("squad", "few", "empty")


@pytest.fixture(scope="module")
def company(make_month):
    return month_pdf(make_month("company", preview=False, edition=2))


@pytest.fixture(scope="module")
def book(make_month):
    months = (make_month(name, preview=False) for name in NAMES)
    return book_pdf(months, title="中央消防署 令和8年11月分", made_at=MADE_AT)


@pytest.mark.parametrize("which", ["company", "book"])
def test_only_embedded_subsets_of_our_faces_are_used(which, request):
    with pikepdf.open(io.BytesIO(request.getfixturevalue(which))) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()]
        everywhere = {str(o.BaseFont) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/BaseFont" in o}
    assert fonts
    for font in fonts:
        assert "/FontFile2" in font.FontDescriptor
        assert "/ToUnicode" in font
    assert everywhere == {str(font.BaseFont) for font in fonts}
    assert all(name[7] == "+" and ("BIZ-UD" in name or "BIZUD" in name or "IPAmj" in name) for name in everywhere)


@pytest.mark.parametrize("which", ["company", "book"])
def test_the_file_is_sound(which, request, tmp_path):
    data = request.getfixturevalue(which)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
    if qpdf := shutil.which("qpdf"):
        path = tmp_path / "month.pdf"
        path.write_bytes(data)
        done = subprocess.run([qpdf, "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("which", ["company", "book"])
def test_nothing_in_it_acts_or_leads_elsewhere(which, request):
    """No program, no file inside, no form; the only link is the one to where its code is verified."""
    data = request.getfixturevalue(which)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not {"/OpenAction", "/AA", "/AcroForm", "/AF"} & pdf.Root.keys()
        assert not {"/JavaScript", "/EmbeddedFiles"} & pdf.Root.get("/Names", {}).keys()
        dictionaries = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
        kinds = {str(one.get("/S")) for one in dictionaries} | {str(one.get("/Subtype")) for one in dictionaries}
        assert (
            not {"/JavaScript", "/Launch", "/SubmitForm", "/GoToR", "/GoToE", "/FileAttachment", "/RichMedia"} & kinds
        )
        links = {str(one.URI) for one in dictionaries if "/URI" in one}
    assert {urlsplit(link).path.split("/")[1] for link in links} <= {"verify"}


def test_names_are_set_as_they_are_and_mean_nothing(page_texts):
    """Where a library that reads markup would make something bold, or fetch a file."""
    evil = "<b>太</b><img src='file:///etc/passwd'/>&amp;<a href='http://192.0.2.1/x'>"
    rows = month_rows(SIZES["few"])
    people = tuple(replace(person, name=evil) for person in rows.people)
    data = month_pdf(sheet(below(replace(rows, people=people), "C1S1"), "ja", None))
    text = "".join("".join(page_texts(data)).split())
    assert "".join(evil.split()) in text
    with pikepdf.open(io.BytesIO(data)) as pdf:
        dictionaries = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
    assert not [one for one in dictionaries if "/URI" in one or one.get("/Subtype") in ("/Link", "/Image")]


def test_the_same_month_gives_the_same_bytes(make_month, company):
    assert month_pdf(make_month("company", preview=False, edition=2)) == company
    assert month_pdf(make_month("company")) != company


def test_the_file_describes_itself(company):
    with pikepdf.open(io.BytesIO(company)) as pdf:
        info = {key: str(value) for key, value in pdf.docinfo.items()}
        assert str(pdf.Root.Lang) == "ja"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_outline() as outline:
            marks = [item.title for item in outline.root]
    assert info["/Title"] == "活動報告 月次集計 令和8年11月分　第2版 第一分団"
    assert info["/Author"] == "中央消防署 山田 花子"
    assert info["/Creator"] == "Brigade"
    assert "令和8年11月分" in info["/Subject"]
    assert info["/Keywords"] == "2026-11, 第一分団, 第2版, 9B4N-R1XW-5D7F"
    assert info["/CreationDate"] == info["/ModDate"] == "D:20261214091233+09'00'"
    assert marks == [
        "承認の記録（押印に代えて）", "第1版からの変更", "種別ごとの集計", "組織ごとの集計", "組織と種別ごとの集計",
        "国の調査の区分ごとの集計", "報告のない組織", "変更の内訳", "確かめていただきたい報告", "団員ごとの集計",
        "団員ごとの出動表　第一分団 第一班", "出動報酬", "出動報酬の内訳", "活動報告の一覧と承認の記録",
    ]  # fmt: skip


def test_a_preview_is_its_makers(make_month):
    with pikepdf.open(io.BytesIO(month_pdf(make_month("few")))) as pdf:
        assert str(pdf.docinfo["/Author"]) == "中央消防署 山田 花子"
        assert "未確定" in str(pdf.docinfo["/Keywords"])


def test_two_editions_differ_only_where_they_must(make_month, page_texts):
    month = make_month("squad", preview=False)
    mark = replace(month.edition, number=2, code="9B4N-R1XW-5D7F")
    first, second = page_texts(month_pdf(month)), page_texts(month_pdf(replace(month, edition=mark)))

    def same(page: str) -> str:
        return page.replace("第2版", "第1版").replace("9B4N-R1XW-5D7F", "7K3M-Q0ZT-9A2C")

    assert first != second
    assert first == [same(page) for page in second]


def test_a_squad_is_upright_and_a_wide_table_lies_on_its_side(make_month):
    def sizes(name):
        with pypdfium2.PdfDocument(month_pdf(make_month(name))) as document:
            return [page.get_width() > page.get_height() for page in document]

    assert not any(sizes("squad"))
    town = sizes("town")
    assert any(town)
    assert not town[0]
    assert not town[-1]


# --- A set ------------------------------------------------------------------------------------------------------------


def test_a_book_has_each_document_under_its_own_entry(make_month, book, page_texts):
    months = [make_month(name, preview=False) for name in NAMES]
    alone = [page for month in months for page in page_texts(month_pdf(month))]
    assert page_texts(book) == alone
    with pikepdf.open(io.BytesIO(book)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "中央消防署 令和8年11月分"
        with pdf.open_outline() as outline:
            titles = [(item.title, [child.title for child in item.children]) for item in outline.root]
    assert [title for title, _ in titles] == ["第一分団 第一班"] * 3
    assert titles[0][1][-1] == "活動報告の一覧と承認の記録"
    assert titles[2][1] == ["承認の記録（押印に代えて）", "報告のない組織"]


def test_a_book_is_the_same_each_time_and_smaller_than_its_parts(make_month, book):
    months = [make_month(name, preview=False) for name in NAMES]
    assert book_pdf(iter(months), title="中央消防署 令和8年11月分", made_at=MADE_AT) == book
    assert len(book) < sum(len(month_pdf(month)) for month in months)
    with pytest.raises(ValueError, match="needs a document"):
        book_pdf([], title="", made_at=MADE_AT)


def test_a_set_of_files_is_the_same_each_time_and_keeps_their_names():
    files = [("第一分団/第一班.pdf", b"%PDF-1.4"), ("報酬.csv", b"a" * 4000), ("𠮷.xlsx", b"PK")]
    data = set_zip(iter(files), MADE_AT)
    assert data == set_zip(files, MADE_AT.astimezone(timezone(timedelta(hours=-5))))
    assert len(data) < 2000
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [(entry.filename, archive.read(entry)) for entry in archive.infolist()] == files
        for entry in archive.infolist():
            assert entry.date_time == (2026, 12, 14, 9, 12, 32)  # ZIP knows even seconds
            assert entry.external_attr >> 16 == 0o100644
            assert entry.flag_bits & 0x800


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../a.pdf", "a/../b.pdf", "a\\b.pdf", "a//b.pdf", "一.pdf"])
def test_a_set_refuses_names_that_lead_elsewhere_or_stand_twice(name):
    with pytest.raises(ValueError, match="not a name"):
        set_zip([("一.pdf", b""), (name, b"")], MADE_AT)


def pages(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def test_a_page_of_a_brigade_is_no_more_work_than_one_of_a_company(make_month):
    """400 members and 800 reports on 321 pages beside 40 and 36 on 22: what is drawn is not looked for in all the rest."""
    company, brigade = make_month("company"), make_month("brigade")
    small, large = month_pdf(company), month_pdf(brigade)  # reads the faces, which is done once
    for_company = calls(lambda: month_pdf(company)) / pages(small)
    for_brigade = calls(lambda: month_pdf(brigade)) / pages(large)
    assert for_brigade < 1.2 * for_company < 15_000  # 11,560 both
    assert len(large) < 1_200_000


def test_a_small_document_takes_little_memory(make_month):
    """The faces are read once; a document takes the outlines that it needs, not a copy of all."""
    month = make_month("squad", preview=False)
    month_pdf(month)
    tracemalloc.start()
    try:
        month_pdf(month)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000  # 1.3 MB where it was written; 46 MB with copies
    finally:
        tracemalloc.stop()
