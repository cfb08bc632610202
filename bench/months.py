"""A made-up month of a brigade of any size, as the store would give it; the product itself adds it up and pays it.

The same size gives the same month. Names, kinds and the way through the levels are like those of the demo.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from brigade.activity.kinds import catalogue
from brigade.dates import TOKYO
from brigade.demo.names import draw_name
from brigade.month.rows import MonthRows, PaidLine, PartRow, PersonRow, ReportRow, RulesUsed, UnitRow
from brigade.month.sheet import TrailLine
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import Turnout, turnout_pay
from brigade.pay.words import sentence

FIRST = dt.datetime(2026, 11, 1, 9, tzinfo=TOKYO)
KINDS = ("D-01", "D-03", "T-01", "T-02", "P-01", "M-01")
PLACES = ("第二分団器具置場", "中央小学校 校庭", "消防署 屋内訓練場", "中央町三丁目12番4号付近")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a brigade, and how many reports it filed in the month; people take part with their squad."""

    companies: int
    squads: int  # in each company
    members: int  # in each squad
    reports: int
    came: int  # to each activity, at most


def month_of(size: Size) -> MonthRows:
    """The month with everything its documents show."""
    chance = Random(f"month {size}")
    units, lines = _units(size)
    people = _people(size, len(lines), chance)
    reports = tuple(_report(nth, size, lines, people, chance) for nth in range(size.reports))
    pay, rules = _pay(reports)
    return MonthRows(
        month="2026-11", unit_id="K1", unit_name="中央消防団", level="brigade",
        path=("潮見市消防局", "中央消防署", "中央消防団"), read_at=FIRST + 30 * DAY, read_by="山田 花子", units=units,
        people=tuple(people), reports=reports, pay=pay, rules=rules,
    )  # fmt: skip


def _units(size: Size) -> tuple[tuple[UnitRow, ...], list[tuple[UnitRow, ...]]]:
    """All units from the top, and the line of each squad."""
    top = UnitRow("K1", "中央消防団", "中央消防団", "brigade", 0)
    units = [top]
    lines: list[tuple[UnitRow, ...]] = []
    for company in range(1, size.companies + 1):
        above = UnitRow(f"C{company}", f"第{company}分団", f"第{company}分団", "company", 1)
        units.append(above)
        for squad in range(1, size.squads + 1):
            name = f"第{squad}班"
            units.append(UnitRow(f"Q{company}-{squad}", name, f"{above.name} {name}", "squad", 2))
            lines.append((top, above, units[-1]))
    return tuple(units), lines


def _people(size: Size, squads: int, chance: Random) -> list[PersonRow]:
    """Squad by squad."""
    found = []
    for number in range(squads * size.members):
        name, kana = draw_name(chance, chance.randint(1960, 2006), woman=chance.random() < 0.1)
        found.append(PersonRow(f"M{number}", f"{number + 1:06d}", name, kana, "ordinary"))
    return found


def _report(
    nth: int, size: Size, lines: list[tuple[UnitRow, ...]], people: list[PersonRow], chance: Random
) -> ReportRow:
    squad = chance.randrange(len(lines))
    crew = people[squad * size.members : (squad + 1) * size.members]
    came = chance.sample(crew, chance.randint(1, min(size.came, len(crew))))
    kind = catalogue().get(KINDS[min(int(chance.expovariate(0.5)), len(KINDS) - 1)])
    assert kind is not None
    start = FIRST + nth * 29 * DAY / size.reports
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    end = start + chance.choice((1, 1.5, 2, 2.5, 3, 5)) * HOUR
    parts = tuple(PartRow(person.id, "member", start, end, chance.random() < 0.95) for person in came)
    state = chance.choice(["confirmed"] * 8 + ["in_review", "returned"])
    return ReportRow(
        id=f"R{nth}", number=f"K1-2026-{nth + 1:05d}", version=5, kind=kind.code, pay_class=kind.pay_class,
        statistics_class=kind.statistics_class, unit_id=lines[squad][-1].id,
        unit_ids=tuple(unit.id for unit in lines[squad]), event=f"R{nth}", event_title="", started_at=start, ended_at=end,
        place=chance.choice(PLACES), state=state, waits_at="station" if state == "in_review" else None,
        entry_mode=chance.choice(("self", "self", "self", "roster")), author_id=came[0].id, submitted_at=end + HOUR,
        late=chance.random() < 0.05, parts=parts, trail=_trail(lines[squad], came[0].name, end, people, chance),
    )  # fmt: skip


def _trail(
    line: tuple[UnitRow, ...], author: str, end: dt.datetime, people: list[PersonRow], chance: Random
) -> tuple[TrailLine, ...]:
    """Filed, then taken on by each level from the bottom up; one in ten is passed over or taken on by a deputy."""
    steps = [TrailLine("submit", "", "", author, "member", end + HOUR)]
    for days, unit in enumerate(reversed(line), 1):
        at, leader = end + days * DAY, chance.choice(people).name
        if chance.random() < 0.1:
            steps.append(TrailLine("pass", unit.level, unit.name, "", "", at, reason="vacant"))
            continue
        stood_in_for = chance.choice(people).name if chance.random() < 0.1 else None
        post = f"deputy_{unit.level}_leader" if stood_in_for else f"{unit.level}_leader"
        steps.append(TrailLine("approve", unit.level, unit.name, leader, post, at, stood_in_for))
    return tuple(steps)


def _pay(reports: tuple[ReportRow, ...]) -> tuple[tuple[PaidLine, ...], tuple[RulesUsed, ...]]:
    """What the confirmed reports earn by the rules of Yokohama."""
    turnouts: dict[str, list[Turnout]] = defaultdict(list)
    for report in reports:
        for part in report.parts if report.state == "confirmed" else ():
            turnouts[part.member_id].append(
                Turnout(report.id, report.kind, report.pay_class, "other", part.started_at, part.ended_at,
                        acted=part.acted)
            )  # fmt: skip
    lines, used = [], {}
    for member_id in sorted(turnouts):
        for line in turnout_pay(pay_rules(), "yokohama", turnouts[member_id]):
            rules = pay_rules().named(line.rule_set) if line.rule_set else None
            if rules:
                used[rules.code] = RulesUsed(rules.code, rules.digest, rules.label.ja, rules.label.en)
            lines.append(PaidLine(member_id, line, sentence(line, rules, "ja"), sentence(line, rules, "en")))
    return tuple(lines), tuple(used.values())
