"""A small month worked by hand: every cell of its sheet stands where it belongs."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple

from brigade.dates import TOKYO
from brigade.month.figures import sheet
from brigade.month.rows import MonthRows, OpenRow, PaidLine, PartRow, PersonRow, ReportRow, RulesUsed, UnitRow
from brigade.month.sheet import (
    CategoryTotal,
    KindTotal,
    MemberTotal,
    MonthSheet,
    OpenReport,
    PartLine,
    PayRow,
    TrailLine,
    UnitTotal,
)
from brigade.pay.turnouts import PayLine, Reason

UNITS = (
    UnitRow("K", "中央消防団", "中央消防団", "brigade", 0),
    UnitRow("Q1", "第一班", "本町 第一班", "squad", 1),
    UnitRow("Q2", "第二班", "本町 第二班", "squad", 1),
)
PEOPLE = (
    PersonRow("M1", "000003", "青木", "ア", "ordinary"),
    PersonRow("M2", "000002", "井上", "イ", "ordinary"),
    PersonRow("M3", "000001", "上田", "ウ", "ordinary"),
)
TRAIL = (TrailLine("submit", "", "", "上田", "member", dt.datetime(2026, 11, 9, 8, tzinfo=TOKYO)),)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


def report(id_: str, kind: str, unit: str, day: int, *parts: PartRow, **said: str) -> ReportRow:
    """Three hours from nine o'clock on."""
    classes = {"D-01": ("disaster", "fire"), "T-01": ("drill", "drill")}[kind]
    return ReportRow(
        id_, f"2026-{id_}", 1, kind, *classes, unit, ("K", unit), id_, f"{id_}の行事", at(day, 9), at(day, 12), f"{id_}の場所",
        said.get("state", "confirmed"), said.get("waits_at"), "self", "M3", at(day, 20), day == 3, parts, TRAIL,
    )  # fmt: skip


def line(report_id: str, day: int, kind: str, yen: int | None, reason: Reason = Reason.TURNOUT) -> PayLine:
    return PayLine(
        report_id,
        dt.date(2026, 11, day),
        0,
        kind,
        "disaster",
        "wages",
        60 + day,
        "town-2026",
        "3f2a",
        9_000,
        yen,
        reason,
    )


def month() -> MonthRows:
    """A fire of the first squad, one of the second that was returned, and a drill that waits."""
    reports = (
        report("R1", "D-01", "Q1", 2, PartRow("M2", "leader", at(2, 9, 10), at(2, 11), True),
               PartRow("M1", "member", at(2, 9), at(2, 12), False)),
        report("R2", "D-01", "Q2", 3, PartRow("M2", "member", at(3, 9), at(3, 10), True), state="returned"),
        report("R3", "T-01", "Q2", 4, PartRow("M1", "driver", at(4, 9), at(4, 9, 30), True), state="in_review",
               waits_at="squad"),
    )  # fmt: skip
    pay = (
        PaidLine("M2", line("R1", 2, "D-01", 4_000), "四千円です", "It is 4,000 yen"),
        PaidLine("M1", line("R1", 2, "D-01", None, Reason.UNKNOWN), "わかりません", "It is not known"),
    )
    return MonthRows(
        "2026-11", "K", "中央消防団", "brigade", ("市", "署", "中央消防団"), at(30, 18), "署員", UNITS, PEOPLE, reports, pay,
        (RulesUsed("town-2026", "3f2a", "町", "Town"), RulesUsed("other", "9c01", "他", "Other")),
        left_open=(OpenRow("2026-R9", ("K", "Q2"), "in_review", "squad"), OpenRow("2026-R8", (), "returned", None)),
    )  # fmt: skip


def whole(lang: str = "ja") -> MonthSheet:
    return sheet(month(), lang)


def test_sums() -> None:
    found = whole()
    assert (found.times, found.person_times, found.minutes, found.yen, found.unknown) == (3, 4, 380, 4_000, 1)
    assert found.states == {"confirmed": 1, "returned": 1, "in_review": 1}
    assert found.waiting_by_level == {"squad": 1}
    assert found.kinds == (KindTotal("D-01", "火災", 2, 3, 350), KindTotal("T-01", "訓練", 1, 1, 30))
    assert found.categories == (
        CategoryTotal("fire", "火災", 2, 2, 3),
        CategoryTotal("drill", "演習・訓練等", 1, 1, 1),
    )
    assert found.units == (
        UnitTotal("K", "中央消防団", "brigade", 0, 3, 4, 380, 1, 1, 4_000),
        UnitTotal("Q1", "第一班", "squad", 1, 1, 2, 290, 0, 0, 4_000),
        UnitTotal("Q2", "第二班", "squad", 1, 2, 2, 90, 1, 1, 0),
    )


def test_people_stand_under_the_unit_they_were_in_last() -> None:
    assert whole().members == (
        MemberTotal("M1", "000003", "青木", "本町 第二班", 2, 210, {"D-01": 1, "T-01": 1}, 0),
        MemberTotal("M2", "000002", "井上", "本町 第二班", 2, 170, {"D-01": 2}, 4_000),
    )


def test_pay_by_name_in_both_languages() -> None:
    first, second = whole().pay
    assert first == PayRow(
        "M1", "000003", "青木", "R1", "2026-R1", dt.date(2026, 11, 2), "D-01", 62, None, "unknown", "town-2026", "わかりません",
        "本町 第一班", "火災", "wages", "3f2a",
    )  # fmt: skip
    assert (second.member_id, second.yen, second.sentence) == ("M2", 4_000, "四千円です")
    assert [one.sentence for one in whole("en").pay] == ["It is not known", "It is 4,000 yen"]
    assert whole().rules == ("町 (town-2026, 3f2a)",)
    assert whole("en").rules == ("Town (town-2026, 3f2a)",)


def test_reports_with_who_was_there_from_when_to_when() -> None:
    fire, returned, waits = whole().reports
    assert astuple(fire)[:12] == (
        "2026-R1", "D-01", "火災", "本町 第一班", at(2, 9), at(2, 12), "R1の場所", 2, 290, "confirmed", "self", "上田",
    )  # fmt: skip
    assert (fire.trail, fire.report_id, fire.statistics_class, fire.event_title) == (TRAIL, "R1", "fire", "R1の行事")
    assert (fire.late, returned.late, returned.state, waits.state) == (False, True, "returned", "in_review")
    assert fire.parts == (
        PartLine("M2", "000002", "井上", "leader", at(2, 9, 10), at(2, 11), 110, True),
        PartLine("M1", "000003", "青木", "member", at(2, 9), at(2, 12), 180, False),
    )


def test_what_was_left_open_with_its_squad() -> None:
    assert whole().left_open == (
        OpenReport("2026-R9", "本町 第二班", "in_review", "squad"),
        OpenReport("2026-R8", "", "returned", None),
    )
