"""How files are called: readable and in ASCII, whatever a unit's name holds."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from api import filenames


@pytest.mark.parametrize(
    ("unit", "lang", "name"),
    [
        ("第一分団", "ja", "第一分団_2026年11月_月報.pdf"),
        ("第一分団", "en", "第一分団_2026-11_monthly-report.pdf"),
        ("", "ja", "2026年11月_月報.pdf"),
        ("../..", "ja", "2026年11月_月報.pdf"),
        ("本団 第1/2\u3000班", "ja", "本団_第12_班_2026年11月_月報.pdf"),
        ('a"; filename="x.exe\r\nSet-Cookie: b', "ja", "a;_filename=x.exe_Set-Cookie_b_2026年11月_月報.pdf"),
        ("分\u202e団", "ja", "分団_2026年11月_月報.pdf"),
        ("団" * 100, "ja", "団" * 60 + "_2026年11月_月報.pdf"),
        ("𠮷" * 100, "ja", "𠮷" * 45 + "_2026年11月_月報.pdf"),
    ],
)
def test_a_file_is_called_so_that_every_disk_takes_it(app, unit, lang, name) -> None:
    with app.test_request_context(headers={"Accept-Language": lang}):
        header = filenames.named("inline", "brigade.pdf", unit, filenames.when("2026-11"), filenames.what("report"))
    said = header["Content-Disposition"]
    assert said.startswith("inline; filename=\"brigade.pdf\"; filename*=UTF-8''")
    assert said.isascii()
    assert said.isprintable()
    assert said.count('"') == 2
    assert unquote(said.partition("''")[2]) == name
    assert len(name.encode()) <= 255


@given(
    st.text(max_size=300) | st.text(st.sampled_from("./\\:*?\"<>|%;='\r\n\t\0 ~\u2028\u202e\ufeffCON.が"), max_size=60)
)
@example("\U00020bb7" * 100)  # 𠮷: four bytes each
def test_no_name_of_a_unit_leads_out_of_the_header_or_the_folder(unit) -> None:
    with Flask("names").test_request_context(headers={"Accept-Language": "ja"}):
        header = filenames.named("attachment", "brigade.pdf", unit, filenames.when("2026-11"), filenames.what("report"))
    said = header["Content-Disposition"]
    assert said.isascii()
    assert said.isprintable()
    assert said.count('"') == 2
    name = unquote(said.partition("''")[2])
    assert not set(name) & set('/\\:*?"<>|')
    assert name.isprintable()
    assert not name.startswith((".", " ", "_"))
    assert name.endswith("2026年11月_月報.pdf")
    assert len(name.encode()) <= 255
