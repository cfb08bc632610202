"""Drawing names of people from the lists: weighted, with given names that fit the year of birth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from brigade.demo.name_lists import MEN, SURNAMES, WOMEN

COHORTS = (1975, 1992)
"""First years of birth of the second and the third list of given names."""


@dataclass(frozen=True, slots=True)
class NameList:
    """Written form and kana of each name, and the running sums of their weights."""

    names: tuple[tuple[str, str], ...]
    sums: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> NameList:
        """From ``佐藤 サトウ 187|…``; a line's end separates too."""
        rows = [row.split() for row in text.strip().replace("\n", "|").split("|")]
        return cls(
            tuple((written, kana) for written, kana, _ in rows),
            tuple(accumulate(int(weight) for _, _, weight in rows)),
        )

    def draw(self, rng: Random) -> tuple[str, str]:
        """One name, the common ones more often."""
        return rng.choices(self.names, cum_weights=self.sums)[0]


_SURNAMES = NameList.read(SURNAMES)
_MEN = tuple(NameList.read(text) for text in MEN)
_WOMEN = tuple(NameList.read(text) for text in WOMEN)


def draw_name(rng: Random, born: int, *, woman: bool) -> tuple[str, str]:
    """Full name and its kana, each with a blank between surname and given name."""
    cohort = sum(born >= year for year in COHORTS)
    surname, surname_kana = _SURNAMES.draw(rng)
    given, given_kana = (_WOMEN if woman else _MEN)[cohort].draw(rng)
    return f"{surname} {given}", f"{surname_kana} {given_kana}"
