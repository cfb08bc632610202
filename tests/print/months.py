"""Months of any size as rows, as the store would give them, for the tests of what is printed and exported."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from brigade.activity.kinds import catalogue
from brigade.month.differences import difference_sheet
from brigade.month.figures import PAYABLE, below, sheet
from brigade.month.rows import (
    MonthRows,
    OpenRow,
    PaidLine,
    PartRow,
    PersonRow,
    ReportRow,
    RulesUsed,
    SaidRow,
    UnitRow,
    YearRow,
)
from brigade.month.sheet import EditionMark, HeadMark, MonthSheet, TrailLine
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import Turnout, turnout_pay
from brigade.pay.words import sentence

FAMILY = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 勅使河原"
).split()
GIVEN = ("健 一郎 実 悟 茂 和夫 恵子 美咲 翔太 大輔 直樹 由美 健太郎 さくら 拓海 誠 学 博之 千尋 裕次郎").split()
RARE = ("𠮷田 茂", "大槗 実", "髙﨑 誠", "葛󠄀城 学", "𠮷槗 塚之助")
KINDS = "D-01 T-01 P-02 G-01 M-01 E-01 D-04 T-02 S-01 P-01 D-06 C-01 G-02 S-02 X-01 D-03 D-02 D-05 V-01".split()
PLACES = (
    "第二分団器具置場", "○○小学校 校庭", "消防署 屋内訓練場", "中央町三丁目12番4号付近",
    "市民会館「ゆめホール」（大ホール）",
)  # fmt: skip
TOP, STATION = "○○市中央消防団", "中央消防署"
MADE_AT = datetime(2026, 12, 14, 0, 12, 33, tzinfo=UTC)
NUMBERS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Size:
    """How large a month to make, and of which unit its document is."""

    members: int
    reports: int
    companies: int = 1
    squads: int = 3
    kinds: int = 8
    unit: str = "K"
    silent: int = 0


SIZES = {
    "squad": Size(members=14, reports=12, squads=1, kinds=5, unit="C1S1"),
    "company": Size(members=40, reports=36, squads=5, unit="C1", silent=2),
    "brigade": Size(members=400, reports=800, companies=10, squads=4, kinds=12, silent=3),
    "town": Size(members=48, reports=60, companies=3, squads=2, kinds=12, silent=1),
    "many-kinds": Size(members=20, reports=30, squads=2, kinds=16),
    "empty": Size(members=14, reports=0, squads=1, unit="C1S1", silent=1),
    "few": Size(members=3, reports=2, squads=1, kinds=1, unit="C1S1"),
}


def _units(size: Size) -> tuple[UnitRow, ...]:
    units = [UnitRow("K", TOP, TOP, "brigade", 0)]
    for company in range(size.companies):
        above = f"第{NUMBERS[company]}分団"
        units.append(UnitRow(f"C{company + 1}", above, above, "company", 1))
        for squad in range(size.squads):
            name = f"第{NUMBERS[squad]}班"
            units.append(UnitRow(f"C{company + 1}S{squad + 1}", name, f"{above} {name}", "squad", 2))
    return tuple(units)


def _trail(
    rng: random.Random, unit: UnitRow, company: str, author: str, end: datetime, leaders: dict[str, str]
) -> Iterator[TrailLine]:
    squad, leader = unit.name, leaders[unit.label]
    at = end + timedelta(hours=1, minutes=rng.randrange(50))
    yield TrailLine("submit", "squad", squad, author, "member", at)
    roll = rng.random()
    if roll < 0.12:
        yield TrailLine("return", "squad", squad, leader, "squad_leader", at + timedelta(hours=2))
        yield TrailLine("submit", "squad", squad, author, "member", at + timedelta(hours=2, minutes=30))
    at += timedelta(hours=3)
    if roll > 0.9:
        yield TrailLine("pass", "squad", squad, "", "member", at, reason="vacant")
    else:
        yield TrailLine("approve", "squad", squad, leader, "squad_leader", at)
    deputy, post = (leaders[company], "deputy_company_leader") if roll > 0.8 else (None, "company_leader")
    who = leaders[f"副 {company}"] if deputy else leaders[company]
    yield TrailLine("approve", "company", company, who, post, at + timedelta(days=1), deputy_for=deputy)
    yield TrailLine("approve", "brigade", TOP, leaders[TOP], "brigade_leader", at + timedelta(days=2))
    yield TrailLine("approve", "station", STATION, "山田 花子", "station_officer", at + timedelta(days=3))


def month_rows(size: Size, *, sealed: bool = False, seed: int = 7) -> MonthRows:
    """The whole brigade's month; the same seed gives the same month. A sealed one counts confirmed reports only."""
    rng = random.Random(seed)
    units = _units(size)
    squads = [unit for unit in units if unit.level == "squad"]
    silent = squads[-size.silent :] if size.silent else []
    squads = squads[: len(squads) - size.silent] or squads
    names = [f"{rng.choice(FAMILY)} {rng.choice(GIVEN)}" for _ in range(size.members)]
    names[: len(RARE)] = RARE[: size.members]
    people = tuple(PersonRow(f"M{n}", f"{1000 + n:06}", name, f"カ{n:05}", "ordinary") for n, name in enumerate(names))
    leaders = {label: rng.choice(names) for unit in units for label in (unit.label, f"副 {unit.label}")}
    home = [n * len(squads) // size.members for n in range(size.members)]
    kinds = KINDS[: size.kinds]
    reports = []
    for n in range(size.reports):
        code = rng.choices(kinds, weights=range(len(kinds), 0, -1))[0]
        at = rng.randrange(len(squads))
        crew = [m for m in range(size.members) if home[m] == at] or [0]
        present = rng.sample(crew, rng.randint(1, len(crew)))
        start = datetime(2026, 10, 31, 15, tzinfo=UTC) + timedelta(minutes=n * 41000 // max(size.reports, 1) + 540)
        end = start + timedelta(minutes=rng.choice((60, 90, 120, 150, 180, 320)))
        state = rng.choices(("confirmed", "in_review", "returned"), (8, 2, 1))[0]
        squad = squads[at]
        company = next(unit for unit in units if unit.id == squad.id.split("S")[0])
        kind = catalogue()[code]
        trail = list(_trail(rng, squad, company.name, names[present[0]], end, leaders))
        if state == "returned":
            trail = [*trail[:2], TrailLine("return", "company", company.name, leaders[company.name], "company_leader", trail[1].at)]  # fmt: skip
        elif state == "in_review":
            trail = trail[:-3]
        reports.append(
            ReportRow(
                f"R{n}", f"0712-2026-{n + 1:05}", 4, code, kind.pay_class, kind.statistics_class, squad.id,
                ("K", company.id, squad.id), f"E{n // 3}" if n % 3 else f"R{n}", "秋の火災予防運動" if n % 7 == 1 else "",
                start, end, rng.choice(PLACES), state, "company" if state == "in_review" else None,
                rng.choice(("self", "self", "self", "proxy", "roster", "ocr")), f"M{present[0]}", trail[0].at, n % 11 == 3,
                tuple(PartRow(f"M{m}", "member", start, end, rng.random() > 0.1) for m in sorted(present)), tuple(trail),
            )
        )  # fmt: skip
    return counted(
        MonthRows(
            "2026-11", "K", TOP, "brigade", ("○○市消防局", STATION, TOP), MADE_AT, f"{STATION} 山田 花子", units,
            people, tuple(reports), (), (), _said(units, leaders, silent), (), (),
        ),
        sealed=sealed,
    )  # fmt: skip


def counted(rows: MonthRows, *, sealed: bool) -> MonthRows:
    """The rows with their pay and years; sealed, only with what is confirmed."""
    kept = tuple(report for report in rows.reports if report.state in PAYABLE)
    waiting = [report for report in rows.reports if report.state not in PAYABLE]
    left = tuple(OpenRow(report.number, report.unit_ids, report.state, report.waits_at) for report in waiting)
    rules = pay_rules().named("yokohama-2024")
    rows = replace(
        rows,
        reports=tuple(replace(report, state="sealed") for report in kept) if sealed else rows.reports,
        pay=tuple(_paid(kept)),
        rules=(RulesUsed(rules.code, rules.digest, rules.label.ja, rules.label.en),) if kept else (),
        left_open=(left or rows.left_open) if sealed else (),
    )
    return replace(rows, years=tuple(_years(rows)))


def _paid(reports: Sequence[ReportRow]) -> Iterator[PaidLine]:
    turnouts: dict[str, list[Turnout]] = defaultdict(list)
    for report in reports:
        for part in report.parts:
            turnouts[part.member_id].append(
                Turnout(
                    report.id, report.kind, report.pay_class, catalogue()[report.kind].tax_class, part.started_at,
                    part.ended_at, acted=part.acted,
                )
            )  # fmt: skip
    for member_id in sorted(turnouts):
        for line in turnout_pay(pay_rules(), "yokohama", turnouts[member_id]):
            rules = pay_rules().named(line.rule_set)
            yield PaidLine(member_id, line, sentence(line, rules, "ja"), sentence(line, rules, "en"))


def _said(units: Sequence[UnitRow], leaders: dict[str, str], silent: Sequence[UnitRow]) -> tuple[SaidRow, ...]:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    said = [
        SaidRow(unit.id, unit.label, "complete", leaders[unit.label], f"{unit.level}_leader", at + timedelta(hours=n))
        for n, unit in enumerate(units)
        if unit.level != "squad"
    ]
    for n, unit in enumerate(silent):
        if n % 2:
            reason, until = "器具置場の建て替えのため活動を休んでいる", date(2027, 1, 31)
            said.append(SaidRow(unit.id, unit.label, "excused", leaders[TOP], "brigade_leader", at, reason, until))
        else:
            said.append(SaidRow(unit.id, unit.label, "nil", leaders[unit.label], "squad_leader", at))
    return tuple(said)


def _years(rows: MonthRows) -> Iterator[YearRow]:
    """As if each month so far had been like this one."""
    for unit in rows.units:
        classes: dict[str, list[ReportRow]] = defaultdict(list)
        for report in rows.reports:
            if unit.id in report.unit_ids and report.state != "withdrawn":
                classes[report.statistics_class].append(report)
        for code, found in sorted(classes.items()):
            times, people = len({report.event for report in found}), sum(len(report.parts) for report in found)
            year = [(times + months, len(found) + months, people * months) for months in (11, 8)]
            yield YearRow(unit.id, code, *year[0], *year[1])


def edition_mark(number: int = 1) -> EditionMark:
    """What the document of that edition says of itself."""
    heads = (HeadMark("中央消防団", 1_234 * number, "3f2a9c0177be04d1" + "0" * 48),)
    codes = {1: "7K3M-Q0ZT-9A2C", 2: "9B4N-R1XW-5D7F"}
    return EditionMark(
        number, datetime(2026, 12, 10 + number, 1, 5, tzinfo=UTC), "山田 花子", "station_officer", STATION, codes[number],
        f"https://brigade.example.jp/verify/{codes[number]}", heads,
    )  # fmt: skip


def corrected(rows: MonthRows) -> MonthRows:
    """What a second edition holds after corrections: one report gone, one shorter, one with a person less, one new."""
    first, second, third, *rest = rows.reports
    half = timedelta(minutes=30)
    second = replace(second, parts=tuple(replace(part, ended_at=part.ended_at - half) for part in second.parts))
    third = replace(third, parts=third.parts[1:])
    new = replace(
        first, id="R9001", number="0712-2026-09001", kind="D-01", pay_class="disaster", statistics_class="fire",
        started_at=first.started_at + timedelta(days=2), ended_at=first.ended_at + timedelta(days=2),
        parts=tuple(
            replace(part, started_at=part.started_at + timedelta(days=2), ended_at=part.ended_at + timedelta(days=2))
            for part in first.parts
        ),
    )  # fmt: skip
    return counted(replace(rows, reports=(second, third, *rest, new)), sealed=True)


def month_sheet(size: Size, *, preview: bool = True, seed: int = 7, lang: str = "ja", edition: int = 1) -> MonthSheet:
    """The month of the size's unit as a sheet."""
    rows = month_rows(size, sealed=not preview, seed=seed)
    if preview or edition == 1 or size.reports < 3:
        return sheet(below(rows, size.unit), lang, None if preview else edition_mark())
    after = below(corrected(rows), size.unit)
    return sheet(after, lang, edition_mark(edition), difference_sheet(rows, after, edition_mark(1), lang))
