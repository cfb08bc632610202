"""The month's document says everything that the month's sheet holds, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from brigade.wording import text
from reports.dates import clock, length, span, stamp
from reports.fonts import printable
from reports.month.document import month_pdf


def bare(words: str) -> str:
    return "".join(printable(words).split())


@pytest.fixture(scope="module", params=["squad", "company", "brigade", "many-kinds"])
def printed(request, make_month, page_texts):
    """(sheet, the document's text without spaces)."""
    month = make_month(request.param)
    return month, bare("".join(page_texts(month_pdf(month))))


def test_the_headline_and_whose_month_it_is(printed):
    month, words = printed
    assert "活動報告月次集計令和8年11月分" in words
    assert bare(" › ".join(month.path)) in words
    assert "作成日時令和8年12月1日（火）09:12作成者中央消防署山田花子" in words
    assert f"件数延べ人員延べ時間{month.times:,}件" in words or f"件数{month.times:,}件" in words
    assert f"{month.person_times:,}人" in words
    assert length(month.minutes, "ja") in words


def test_every_state_is_counted(printed):
    month, words = printed
    states = ("draft", "in_review", "returned", "confirmed", "sealed", "withdrawn")
    heads = "".join(text(f"state.{state}", "ja") for state in states)
    waiting = month.waiting_by_level.get("company", 0)
    assert bare(f"承認待ちの段階　{text('level.company', 'ja')} {waiting:,}件") in words or not waiting
    assert heads + "".join(f"{month.states[state]:,}" for state in states) in words


def test_every_kind_unit_and_member_has_its_line(printed):
    month, words = printed
    for k in month.kinds:
        assert f"{k.label}{k.times:,}{k.person_times:,}{clock(k.minutes)}" in words
    assert f"合計{month.times:,}{month.person_times:,}{clock(month.minutes)}" in words
    for u in month.units:
        tail = "".join(f"{n:,}" if n else "–" for n in (u.waiting, u.returned))
        assert bare(f"{u.name}{u.times:,}{u.person_times:,}{clock(u.minutes)}{tail}") in words
    matrix = month.kinds if len(month.kinds) <= 12 else ()
    for m in month.members:
        counts = "".join(str(m.by_kind.get(k.code) or "–") for k in matrix)
        assert bare(f"{m.number}{m.name}{m.unit_name}{m.times}{clock(m.minutes)}{counts}") in words
    assert f"合計{month.person_times:,}{clock(month.minutes)}" in words  # person-times by member are the same


def test_every_report_is_listed_with_its_whole_trail(printed):
    month, words = printed
    for r in month.reports:
        start = words.index(r.number)
        block = words[start : start + 700]
        facts = (
            r.kind_label, span(r.started_at, r.ended_at, "ja"), text(f"state.{r.state}", "ja"), r.author,
            r.unit_name + r.place, f"{r.people}人・{length(r.minutes, 'ja')}", text(f"entry_mode.{r.entry_mode}", "ja"),
        )  # fmt: skip
        assert all(bare(fact) in block for fact in facts)
        for step in r.trail:
            who = text(f"post.{step.post}", "ja") + step.name if step.post else text(f"pass_reason.{step.reason}", "ja")
            if step.deputy_for:
                who += f"（{text('post.company_leader', 'ja')}{step.deputy_for}の代理）"
            when, what = stamp(step.at, 2026, "ja"), text(f"action.{step.action}", "ja")
            assert bare(when + who + what + step.unit_name) in block


def test_pages_are_numbered_and_carry_the_running_head(make_month, page_texts):
    pages = page_texts(month_pdf(make_month("company")))
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)} ページ" in page
        assert "作成 令和8年12月1日（火） 09:12" in page
        assert "活動報告 月次集計 令和8年11月分" in page


def test_a_preview_says_so_on_every_page_and_a_sealed_month_nowhere(make_month, page_texts):
    assert all("未確定（プレビュー）" in page for page in page_texts(month_pdf(make_month("company"))))
    sealed = page_texts(month_pdf(make_month("company", preview=False)))
    assert not any("未確定" in page or "プレビュー" in page for page in sealed)


def test_a_month_without_reports_is_one_friendly_page(make_month, page_texts):
    month = make_month("squad")
    empty = replace(
        month, waiting_by_level={}, times=0, person_times=0, minutes=0, states={}, kinds=(), units=(), members=(), reports=()
    )  # fmt: skip
    (page,) = page_texts(month_pdf(empty))
    assert "この月の活動報告はありません。" in page
    assert "1 / 1 ページ" in page


def test_the_english_document(make_month, page_texts):
    month = make_month("company")
    pages = page_texts(month_pdf(month, "en"))
    assert "Activity reports, monthly summary, November 2026" in pages[0]
    assert "Not final (preview)" in pages[0]
    assert f"Page 1 of {len(pages)}" in pages[0]
    words = bare("".join(pages))
    assert all(bare(m.number + m.name) in words for m in month.members)
    assert all(r.number in words for r in month.reports)
    assert bare("Squad leader") in words
    assert not any(word in "".join(pages) for word in ("合計", "ページ", "件数"))


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
