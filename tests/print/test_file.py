"""The file itself: fonts embedded, sound by qpdf's check, described, the same each time, made quickly."""

from __future__ import annotations

import io
import shutil
import subprocess
import time

import pikepdf
import pypdfium2
import pytest

from reports.month.document import month_pdf


@pytest.fixture(scope="module")
def company(make_month):
    return month_pdf(make_month("company"))


def test_only_embedded_subsets_of_our_faces_are_used(company):
    with pikepdf.open(io.BytesIO(company)) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()]
        everywhere = {str(o.BaseFont) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/BaseFont" in o}
    assert fonts
    for font in fonts:
        assert "/FontFile2" in font.FontDescriptor
        assert "/ToUnicode" in font
    assert everywhere == {str(font.BaseFont) for font in fonts}
    assert all(name[7] == "+" and ("BIZ-UD" in name or "BIZUD" in name or "IPAmj" in name) for name in everywhere)


def test_the_file_is_sound(company, tmp_path):
    with pikepdf.open(io.BytesIO(company)) as pdf:
        assert pdf.check_pdf_syntax() == []
    if qpdf := shutil.which("qpdf"):
        path = tmp_path / "month.pdf"
        path.write_bytes(company)
        done = subprocess.run([qpdf, "--check", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_month_gives_the_same_bytes(make_month, company):
    assert month_pdf(make_month("company")) == company
    assert month_pdf(make_month("company", preview=False)) != company


def test_the_file_describes_itself(company):
    with pikepdf.open(io.BytesIO(company)) as pdf:
        info = {key: str(value) for key, value in pdf.docinfo.items()}
        assert str(pdf.Root.Lang) == "ja"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_outline() as outline:
            marks = [item.title for item in outline.root]
    assert info["/Title"] == "活動報告 月次集計 令和8年11月分 ○○市中央消防団"
    assert info["/Author"] == "Brigade"
    assert "令和8年11月分" in info["/Subject"]
    assert info["/CreationDate"] == info["/ModDate"] == "D:20261201091233+09'00'"
    assert len(marks) == 5
    assert marks[-1] == "活動報告の一覧と承認の記録"


def test_a_squad_is_upright_and_a_wide_matrix_lies_on_its_side(make_month):
    def sizes(name):
        with pypdfium2.PdfDocument(month_pdf(make_month(name))) as document:
            return [page.get_width() > page.get_height() for page in document]

    assert not any(sizes("squad"))
    company = sizes("company")
    assert any(company)
    assert not company[0]
    assert not company[-1]
    assert not any(sizes("many-kinds"))


def test_a_brigade_of_400_members_and_800_reports_is_quick(make_month):
    month = make_month("brigade")
    month_pdf(month)
    before = time.process_time()
    pdf = month_pdf(month)
    assert time.process_time() - before < 3  # 0.7 s where it was written; the rest is for slower machines
    assert len(pdf) < 1_000_000
