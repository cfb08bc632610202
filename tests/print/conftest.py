"""Month sheets of any size for the printing tests, and what a finished PDF says."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from brigade.month.sheet import KindTotal, MemberTotal, MonthSheet, ReportLine, TrailLine, UnitTotal

FAMILY = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "清水",
    "勅使河原",
]
GIVEN = [
    "健",
    "一郎",
    "実",
    "悟",
    "茂",
    "和夫",
    "恵子",
    "美咲",
    "翔太",
    "大輔",
    "直樹",
    "由美",
    "健太郎",
    "さくら",
    "拓海",
    "誠",
    "学",
    "博之",
    "千尋",
    "裕次郎",
]
RARE = ("𠮷田 茂", "大槗 実", "髙﨑 誠", "葛󠄀城 学", "𠮷槗 塚之助")
KINDS = [
    "火災出動",
    "風水害出動",
    "訓練",
    "ポンプ操法訓練",
    "夜間警戒",
    "予防広報",
    "救命講習",
    "機械器具点検",
    "水利点検",
    "会議",
    "式典",
    "その他",
]
PLACES = (
    "第二分団器具置場",
    "○○小学校 校庭",
    "消防署 屋内訓練場",
    "中央町三丁目12番4号付近",
    "市民会館「ゆめホール」（大ホール）",
)


@dataclass(frozen=True)
class Size:
    """How large a month to make."""

    members: int
    reports: int
    companies: int = 1
    squads: int = 3
    kinds: int = 8


def _units(size: Size) -> list[tuple[str, str, int]]:
    """(name, level, depth) from the top, every company followed by its squads."""
    numbers = "一二三四五六七八九十"
    units = [("○○市中央消防団", "brigade", 0)]
    for company in range(size.companies):
        units.append((f"第{numbers[company]}分団", "company", 1))
        units += [(f"第{numbers[company]}分団 第{numbers[squad]}班", "squad", 2) for squad in range(size.squads)]
    return units


def _trail(
    rng: random.Random, squad: str, company: str, author: str, start: datetime, people: list[str]
) -> tuple[TrailLine, ...]:
    at = start + timedelta(hours=3, minutes=rng.randrange(50))
    lines = [TrailLine("submit", "squad", squad, author, "member", at)]
    roll = rng.random()
    if roll < 0.12:
        at += timedelta(hours=2)
        lines.append(TrailLine("return", "squad", squad, rng.choice(people), "squad_leader", at))
        lines.append(TrailLine("submit", "squad", squad, author, "member", at + timedelta(minutes=30)))
    if roll < 0.3:
        lines.append(TrailLine("pass", "squad", squad, "", "", at + timedelta(minutes=31), reason="vacant"))
    else:
        lines.append(TrailLine("approve", "squad", squad, rng.choice(people), "squad_leader", at + timedelta(hours=1)))
    deputy = rng.choice(people) if roll > 0.8 else None
    post = "deputy_company_leader" if deputy else "company_leader"
    lines.append(
        TrailLine("approve", "company", company, rng.choice(people), post, at + timedelta(days=1), deputy_for=deputy)
    )
    lines.append(
        TrailLine("approve", "brigade", "○○市中央消防団", rng.choice(people), "brigade_leader", at + timedelta(days=2))
    )
    return tuple(lines)


def _members(
    names: list[str], squads: list[str], minutes: list[int], by_kind: list[dict[str, int]]
) -> tuple[MemberTotal, ...]:
    return tuple(
        MemberTotal(f"m{m}", f"{1000 + m:06}", names[m], squads[m], sum(kinds.values()), minutes[m], kinds)
        for m, kinds in enumerate(by_kind)
    )


def month_sheet(size: Size, *, preview: bool = True, seed: int = 7) -> MonthSheet:
    """A month of ``size`` whose totals agree with its reports; the same seed gives the same month."""
    rng = random.Random(seed)
    units = _units(size)
    squads = [(name, unit) for unit, (name, level, _) in enumerate(units) if level == "squad"]
    kinds = [(f"K-{n:02}", label) for n, label in enumerate((KINDS * 3)[: size.kinds], 1)]
    names = [rng.choice(FAMILY) + " " + rng.choice(GIVEN) for _ in range(size.members)]
    names[: len(RARE)] = RARE[: size.members]
    home = [n * len(squads) // size.members for n in range(size.members)]
    by_kind: list[dict[str, int]] = [{} for _ in names]
    member_minutes = [0] * len(names)
    kind_sum = {code: [0, 0, 0] for code, _ in kinds}
    unit_sum = [[0, 0, 0, 0, 0] for _ in units]
    states = {"in_review": 0, "returned": 0, "confirmed": 0, "sealed": 0, "withdrawn": 1, "draft": 2}
    reports = []
    for n in range(size.reports):
        code, label = rng.choices(kinds, weights=range(len(kinds), 0, -1))[0]
        at = rng.randrange(len(squads))
        crew = [m for m in range(size.members) if home[m] == at] or [0]
        present = rng.sample(crew, rng.randint(1, len(crew)))
        start = datetime(2026, 10, 31, 15, tzinfo=UTC) + timedelta(minutes=n * 41000 // max(size.reports, 1) + 540)
        minutes = rng.choice((60, 90, 120, 150, 180, 320))
        state = rng.choices(("confirmed", "in_review", "returned"), (8, 2, 1))[0]
        squad, unit = squads[at]
        company = next(i for i in range(unit, -1, -1) if units[i][1] == "company")
        author = names[present[0]]
        for m in present:
            by_kind[m][code] = by_kind[m].get(code, 0) + 1
            member_minutes[m] += minutes
        people_minutes = minutes * len(present)
        states[state] += 1
        for at_sum in (kind_sum[code], unit_sum[0], unit_sum[company], unit_sum[unit]):
            at_sum[0] += 1
            at_sum[1] += len(present)
            at_sum[2] += people_minutes
        for u in (0, company, unit):
            unit_sum[u][3] += state == "in_review"
            unit_sum[u][4] += state == "returned"
        reports.append(
            ReportLine(
                f"2026-11-{n + 1:04}", code, label, squad, start, start + timedelta(minutes=minutes),
                rng.choice(PLACES), len(present), people_minutes, state,
                rng.choice(("self", "self", "proxy", "roster", "ocr")), author,
                _trail(rng, squad, units[company][0], author, start, names),
            )
        )  # fmt: skip
    members = _members(names, [squads[at][0] for at in home], member_minutes, by_kind)
    return MonthSheet(
        month="2026-11", unit_id="u0", unit_name=units[0][0], level="brigade",
        path=("○○市消防局", "中央消防署", units[0][0]), preview=preview,
        generated_at=datetime(2026, 12, 1, 0, 12, 33, tzinfo=UTC), generated_by="中央消防署 山田 花子",
        times=len(reports), person_times=sum(r.people for r in reports), minutes=sum(r.minutes for r in reports),
        states=states, waiting_by_level={"company": states["in_review"]} if states["in_review"] else {},
        kinds=tuple(KindTotal(c, label, *kind_sum[c]) for c, label in kinds if kind_sum[c][0]),
        units=tuple(UnitTotal(f"u{i}", n, lv, d, *unit_sum[i]) for i, (n, lv, d) in enumerate(units)),
        members=members, reports=tuple(reports),
    )  # fmt: skip


SIZES = {
    "squad": Size(members=14, reports=12, squads=1, kinds=5),
    "company": Size(members=70, reports=60, squads=4),
    "brigade": Size(members=400, reports=800, companies=10, squads=4, kinds=12),
    "many-kinds": Size(members=20, reports=30, squads=2, kinds=16),
}


@pytest.fixture(scope="session")
def make_month() -> Callable[..., MonthSheet]:
    """``make_month("company", preview=False)``."""

    def make(name: str = "company", **how: object) -> MonthSheet:
        return month_sheet(SIZES[name], **how)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def page_texts() -> Callable[[bytes], list[str]]:
    """Each page's text as a reader's search sees it."""

    def read(pdf: bytes) -> list[str]:
        with pypdfium2.PdfDocument(pdf) as document:
            return [page.get_textpage().get_text_range() for page in document]

    return read
