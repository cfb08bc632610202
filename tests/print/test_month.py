"""The month's document says everything that the month's sheet holds, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest

from brigade.wording import text
from reports.dates import clock, length, moment, short_day, span, stamp
from reports.fonts import printable
from reports.month.document import month_pdf
from tests.print import qr_reader


def bare(words: str) -> str:
    return "".join(printable(words).split())


def yen(amount: int | None) -> str:
    return "未定" if amount is None else f"{amount:,}円"


@pytest.fixture(scope="module", params=["squad", "company", "town", "many-kinds"])
def printed(request, make_month, page_texts):
    """(sheet, the document's text without spaces)."""
    month = make_month(request.param)
    return month, bare("".join(page_texts(month_pdf(month))))


@pytest.fixture(scope="module", params=["squad", "company", "town"])
def sealed(request, make_month, page_texts):
    """The second edition: (sheet, each page's text without spaces)."""
    month = make_month(request.param, preview=False, edition=2)
    return month, [bare(page) for page in page_texts(month_pdf(month))]


def test_the_headline_and_whose_month_it_is(printed):
    month, words = printed
    assert "活動報告月次集計令和8年11月分" in words
    assert bare(" › ".join(month.path)) in words
    assert "作成日時令和8年12月14日（月）09:12作成者中央消防署山田花子" in words
    assert f"件数延べ人員延べ時間出動報酬{month.times:,}件" in words or f"件数{month.times:,}件" in words
    assert f"{month.person_times:,}人" in words
    assert length(month.minutes, "ja") in words
    assert yen(month.yen) in words
    assert f"金額の決まっていない{month.unknown:,}件は" in words


def test_every_state_is_counted(printed):
    month, words = printed
    states = ("in_review", "returned", "confirmed", "sealed", "withdrawn")
    heads = "".join(text(f"state.{state}", "ja") for state in states)
    waiting = month.waiting_by_level.get("company", 0)
    assert bare(f"承認待ちの段階　{text('level.company', 'ja')} {waiting:,}件") in words or not waiting
    assert heads + "".join(f"{month.states.get(state, 0):,}" for state in states) in words


def test_every_kind_unit_and_member_has_its_line(printed):
    month, words = printed
    for k in month.kinds:
        assert f"{k.label}{k.times:,}{k.person_times:,}{clock(k.minutes)}" in words
    assert f"合計{month.times:,}{month.person_times:,}{clock(month.minutes)}" in words
    for u in month.units if len(month.units) > 1 else ():
        tail = "".join(f"{n:,}" if n else "–" for n in (u.waiting, u.returned))
        assert bare(f"{u.name}{u.times:,}{u.person_times:,}{clock(u.minutes)}{u.yen:,}{tail}") in words
    matrix = month.kinds if len(month.kinds) <= 12 else ()
    several = len({m.unit_name for m in month.members}) > 1
    for m in month.members:
        counts = "".join(str(m.by_kind.get(k.code) or "–") for k in matrix)
        unit = m.unit_name if several else ""
        assert bare(f"{m.number}{m.name}{unit}{m.times}{clock(m.minutes)}{counts}") in words
    assert f"合計{month.person_times:,}{clock(month.minutes)}" in words  # person-times by member are the same


def test_units_by_kinds_and_the_survey(printed):
    month, words = printed
    if 1 < len(month.kinds) <= 12 and len(month.units) > 1:
        for unit in month.unit_kinds:
            cells = [unit.by_kind.get(kind.code) for kind in month.kinds]
            times = sum(cell.times for cell in cells if cell)
            people = sum(cell.person_times for cell in cells if cell)
            row = "".join(f"{cell.times:,}{cell.person_times:,}" if cell else "–" for cell in cells)
            assert bare(f"{unit.name}{row}{times:,}{people:,}") in words
    own = [one for one in month.survey if one.unit_id == month.unit_id]
    assert own
    for one in own:
        numbers = (
            one.times, one.reports, one.person_times, one.calendar_times, one.calendar_person_times, one.fiscal_times,
            one.fiscal_person_times,
        )  # fmt: skip
        assert one.label + "".join(f"{number:,}" for number in numbers) in words
    assert "2026年1月から" in words
    assert "2026年度4月から" in words


def test_the_survey_stands_without_years_where_none_were_read(make_month, page_texts):
    month = make_month("squad")
    survey = tuple(
        replace(one, calendar_times=None, calendar_person_times=None, fiscal_times=None, fiscal_person_times=None)
        for one in month.survey
    )
    words = bare("".join(page_texts(month_pdf(replace(month, survey=survey)))))
    assert "1月から" not in words
    assert f"{survey[0].label}{survey[0].times}{survey[0].reports}{survey[0].person_times}" in words


def test_every_line_of_pay_and_every_sum(printed):
    month, words = printed
    sums: dict[str, int] = {}
    for line in month.pay:
        sums[line.number] = sums.get(line.number, 0) + (line.yen or 0)
        amount = yen(line.yen)
        found = bare(f"{short_day(line.day, 'ja')}{line.report_number}")
        assert found in words
        assert bare(line.sentence) + amount in words or bare(line.sentence)[:12] in words
    for member in month.members:
        if member.number in sums:
            assert bare(f"{member.number}{member.name}") + yen(sums[member.number]) in words
            assert sums[member.number] == member.yen
    assert sum(sums.values()) == month.yen


def test_what_an_officer_should_look_at(printed):
    month, words = printed
    for what in {oddity.what for oddity in month.oddities}:
        assert bare(text(f"oddity.{what}", "ja")) in words
    assert f"{len(month.oddities) + len(month.left_open):,}点" in words
    for said in month.statements:
        assert bare(said.unit_name) in words
        assert ("活動なし" if said.saying == "nil" else "報告を免除（令和9年1月31日まで）") in words
        assert bare(said.name) in words


def test_every_report_is_listed_with_its_whole_trail(printed):
    month, words = printed
    for r in month.reports:
        start = words.rindex(r.number)
        block = words[start : start + 700]
        facts = (
            r.kind_label, span(r.started_at, r.ended_at, "ja"), text(f"state.{r.state}", "ja"), r.author,
            r.unit_name + r.place, f"{r.people}人・{length(r.minutes, 'ja')}", text(f"entry_mode.{r.entry_mode}", "ja"),
        )  # fmt: skip
        assert all(bare(fact) in block for fact in facts)
        for step in r.trail:
            who = text(f"post.{step.post}", "ja") + step.name if step.name else text(f"pass_reason.{step.reason}", "ja")
            if step.deputy_for:
                who += f"（{text('post.company_leader', 'ja')}{step.deputy_for}の代理）"
            when, what = stamp(step.at, 2026, "ja"), text(f"action.{step.action}", "ja")
            assert bare(when + who + what + step.unit_name) in block


def test_who_stands_for_the_month_in_place_of_seals(sealed):
    month, pages = sealed
    words = "".join(pages)
    done = {"approve": "報告の承認", "complete": "月の完了", "seal": "月の確定"}
    for one in month.approvals:
        who = text(f"post.{one.post}", "ja") + one.name
        if one.deputy_for:
            who += f"（{text('post.company_leader', 'ja')}{one.deputy_for}の代理）"
        first = "" if one.first_at == one.last_at else stamp(one.first_at, 2026, "ja")
        row = f"{done[one.what]}{one.unit_name}{who}{one.reports or '–'}{first}{stamp(one.last_at, 2026, 'ja')}"
        assert bare(row) in words
    assert month.approvals[-1].what == "seal"


def test_a_sealed_document_proves_itself_on_every_page(sealed):
    month, pages = sealed
    edition = month.edition
    assert edition.number == 2
    assert all(f"照合番号{edition.code}" in page and "第2版" in page for page in pages)
    assert all(f"{number}/{len(pages)}ページ" in page for number, page in enumerate(pages, 1))
    assert bare(f"確定した日時{moment(edition.sealed_at, 'ja')}") in pages[0]
    assert bare(f"署担当者 {edition.sealed_by}") in pages[0]
    assert not any("未確定" in page or "プレビュー" in page for page in pages)


def test_the_qr_code_leads_to_where_the_code_is_verified(make_month):
    for name, preview in (("squad", False), ("empty", False)):
        month = make_month(name, preview=preview)
        with pypdfium2.PdfDocument(month_pdf(month)) as document:
            picture = document[0].render(scale=3).to_pil()
        left, top, right, bottom = (round(3 * place) for place in (453, 225, 541, 390))
        found = qr_reader.read(picture.crop((left, top, right, bottom)))
        assert found.text == month.edition.verify_url
        assert found.module / 3 * 25.4 / 72 > 0.6  # millimetres


def test_the_difference_sheet_leads_from_the_old_sums_to_the_new(sealed):
    month, pages = sealed
    words = "".join(pages)
    found = month.differences

    def signed(number: int) -> str:
        return f"{number:+,}".replace("-", "−") if number else "±0"

    def signed_clock(minutes: int) -> str:
        return ("+" if minutes > 0 else "−") + clock(abs(minutes)) if minutes else "±0"

    before, change, after = found.before, found.change, found.after
    assert f"第1版の合計{before.times:,}{before.person_times:,}{clock(before.minutes)}{before.yen:,}" in words
    sums = f"{signed(change.times)}{signed(change.person_times)}{signed_clock(change.minutes)}{signed(change.yen)}"
    assert f"変更の合計（{len(found.lines)}件）{sums}" in words
    assert f"第2版の合計{after.times:,}{after.person_times:,}{clock(after.minutes)}{after.yen:,}" in words
    assert (month.times, month.person_times, month.minutes, month.yen) == (
        after.times, after.person_times, after.minutes, after.yen,
    )  # fmt: skip
    for line in found.lines:
        assert line.report_number in words
        for who in line.people:
            because = who.because if who.because and who.yen else ""
            row = f"{who.number}{who.name}{because}–{signed(who.person_times)}{signed_clock(who.minutes)}{signed(who.yen)}"
            assert bare(row) in words


def test_pages_are_numbered_and_carry_the_running_head(make_month, page_texts):
    pages = page_texts(month_pdf(make_month("company")))
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)} ページ" in page
        assert "作成 令和8年12月14日（月） 09:12" in page
        assert "活動報告 月次集計 令和8年11月分" in page


def test_a_preview_says_so_on_every_page_and_a_sealed_month_nowhere(make_month, page_texts):
    assert all("未確定（プレビュー）" in page for page in page_texts(month_pdf(make_month("squad"))))
    sealed = page_texts(month_pdf(make_month("squad", preview=False)))
    assert not any("未確定" in page or "プレビュー" in page for page in sealed)


def test_a_month_without_reports_is_one_friendly_page(make_month, page_texts):
    (page,) = page_texts(month_pdf(make_month("empty")))
    assert "この月の活動報告はありません。" in page
    assert "この帳票を作り直してください" in page
    assert "活動なし" in page
    assert "1 / 1 ページ" in page
    (page,) = page_texts(month_pdf(make_month("empty", preview=False)))
    assert "このあと出された報告は、次の版に入ります。" in page


def test_a_squad_is_named_with_its_company(make_month, page_texts):
    pages = page_texts(month_pdf(make_month("squad", preview=False)))
    assert all("第一分団 第一班" in page for page in pages)


def test_the_english_document(make_month, page_texts):
    month = make_month("company", lang="en", preview=False, edition=2)
    pages = page_texts(month_pdf(month, "en"))
    assert "Activity reports, monthly summary, November 2026, Edition 2" in pages[0]
    assert all("Edition 2, code 9B4N-R1XW-5D7F" in page for page in pages)
    assert f"Page 1 of {len(pages)}" in pages[0]
    words = bare("".join(pages))
    assert all(bare(m.number + m.name) in words for m in month.members)
    assert all(r.number in words for r in month.reports)
    assert bare("Squad leader") in words
    assert not any(word in "".join(pages) for word in ("合計", "ページ", "件数", "第2版", "報酬"))
    preview = page_texts(month_pdf(make_month("few", lang="en"), "en"))
    assert "Not final (preview)" in preview[0]


def test_a_deed_of_the_rules_and_a_deputy_at_no_known_level(make_month, page_texts):
    month = make_month("squad")
    step = month.reports[0].trail[0]
    trail = (
        replace(step, action="seal", name="", post="member"),
        replace(step, level="", name="鈴木 一郎", post="deputy_company_leader", deputy_for="田中 実"),
    )
    report = replace(month.reports[0], number="", place="", trail=trail)
    words = bare("".join(page_texts(month_pdf(replace(month, reports=(report,))))))
    assert bare(stamp(step.at, 2026, "ja") + text("action.seal", "ja")) in words
    assert "副分団長鈴木一郎（田中実の代理）" in words


def test_times_of_day():
    night = datetime(2026, 11, 8, 14, 0, tzinfo=UTC)
    assert span(night, night.replace(hour=16, minute=30), "ja") == "11月8日（日）23:00–翌01:30"
    assert span(night, night.replace(day=10), "ja") == "11月8日（日）23:00–11月10日23:00"
    assert span(night, night.replace(hour=16), "en") == "Sun 8 Nov 23:00–next day 01:00"
    assert stamp(night.replace(year=2027), 2026, "ja") == "2027/11/8 23:00"
    assert (length(0, "ja"), length(90, "ja"), length(60, "en")) == ("0時間", "1時間30分", "1 h")
    assert (clock(5), clock(97490)) == ("0:05", "1,624:50")
