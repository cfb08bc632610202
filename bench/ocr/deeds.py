"""What really happened, before anyone writes it down: a squad, and activities with who came. Made up, seeded.

Rows of a sheet are numbered from 1, as templates number them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from random import Random

from brigade.demo.names import draw_name
from brigade.forms.filling import Person
from brigade.organisation.member_numbers import with_check_digit

RANKS = ("班長", "副班長", "団員")
KINDS = {
    "D-01": "火災", "D-04": "風水害等", "D-05": "捜索", "D-06": "誤報", "G-01": "警戒", "T-01": "訓練", "E-01": "機材点検",
    "P-02": "広報巡回", "M-01": "会議", "X-01": "その他",
}  # fmt: skip
"""Kinds that the sheets have boxes for, and what people write where there is none."""

PLACES = (
    "中央公園", "第二分団器具置場", "市立中央小学校 校庭", "消防署 訓練場", "本町三丁目", "駅前広場", "河川敷", "南町公民館",
    "八幡神社", "東町12番地", "市役所", "川原田地区",
)  # fmt: skip
SUMMARIES = {
    "T-01": ("放水訓練、小型ポンプ操法", "規律訓練と機材の取扱い", "操法大会に向けた練習"),
    "E-01": ("ポンプ・ホース点検、水利確認", "機材の点検整備", "消火栓の点検"),
    "D-01": ("建物火災、中継送水", "枯草火災、残火処理"),
    "G-01": ("年末特別警戒", "花火大会の警戒", "地区内の巡回警戒"),
}
VEHICLES = ("ポンプ車 1号", "小型積載車", "第2分団1号車", "軽積載車")
NOTES = ("19時から", "20時まで", "途中で帰る", "早退", "遅れて参加")


@dataclass(frozen=True, slots=True)
class Squad:
    """A unit with all its people in the order of the sheets."""

    unit: str
    code: str
    id: uuid.UUID
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """One activity. The sets hold rows; ``came`` worked, ``idle`` came and did no work, ``late`` are among ``came``."""

    kind: str
    start: dt.datetime
    end: dt.datetime
    place: str
    summary: str
    vehicle: str
    odometer: tuple[int, int]
    came: frozenset[int]
    idle: frozenset[int] = field(default=frozenset())
    operators: frozenset[int] = field(default=frozenset())
    injured: frozenset[int] = field(default=frozenset())
    late: frozenset[int] = field(default=frozenset())

    @property
    def headcount(self) -> int:
        """How many were there."""
        return len(self.came | self.idle)


def draw_squad(chance: Random) -> Squad:
    """A squad of 12 to 30, names as the demo has them."""
    company, number = chance.randint(1, 12), chance.randint(1, 4)
    serials = chance.sample(range(1, 60_000), chance.randint(12, 30))
    people = []
    for n, serial in enumerate(serials):
        born = chance.randint(1960, 2004)
        name, kana = draw_name(chance, born, woman=chance.random() < 0.1)
        people.append(Person(with_check_digit(serial), name, kana, RANKS[min(n, 2)]))
    return Squad(
        f"第{company}分団 第{number}班", f"S-{company:02d}{number:02d}",
        uuid.UUID(int=chance.getrandbits(128), version=4), tuple(people),
    )  # fmt: skip


def draw_deed(chance: Random, day: dt.date, people: int, kinds: list[str]) -> Deed:
    """An activity on that day by so many rows of people; most times of day are quarter hours."""
    hour = chance.choice((6, 8, 9, 9, 10, 13, 17, 18, 19, 19, 19, 20, 20, 22))
    start = dt.datetime.combine(day, dt.time(hour, _minute(chance)))
    end = start + dt.timedelta(minutes=15 * chance.randint(2, 16))
    if chance.random() < 0.2:
        end += dt.timedelta(minutes=chance.randint(1, 14))
    rows = range(1, people + 1)
    share = chance.uniform(0.3, 0.95)
    there = [row for row in rows if chance.random() < share]
    idle = frozenset(row for row in there if chance.random() < 0.06)
    came = frozenset(there) - idle
    kind = chance.choice(kinds)
    driven = chance.randint(800, 99_000) if chance.random() < 0.9 else chance.randint(100_000, 180_000)
    return Deed(
        kind=kind, start=start, end=end, place=chance.choice(PLACES),
        summary=chance.choice(SUMMARIES.get(kind, ("異常なし", "", ""))), vehicle=chance.choice(VEHICLES),
        odometer=(driven, driven + chance.randint(1, 40)), came=came, idle=idle,
        operators=frozenset(chance.sample(sorted(came), min(len(came), chance.randint(0, 2)))),
        injured=frozenset(row for row in came if chance.random() < 0.01),
        late=frozenset(row for row in came if chance.random() < 0.05),
    )  # fmt: skip


def _minute(chance: Random) -> int:
    """Mostly the full hour or its half."""
    draw = chance.random()
    if draw < 0.45:
        return 0
    if draw < 0.9:
        return chance.choice((15, 30, 30, 45))
    return chance.randint(1, 59)
