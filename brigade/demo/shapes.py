"""How big the invented organisations are: exact totals, shared out unevenly. Pure.

``city`` has the totals that Yokohama published for 2023; ``country`` those of all Japan in round numbers, cut into as
many fire bureaus as there are. City staff come on top of the members.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from brigade.demo.name_lists import CITIES, CITY_ENDINGS, FIRST_CITY

SIZES = ("small", "city", "country")
COUNTRY_BUREAUS, COUNTRY_BRIGADES, COUNTRY_MEMBERS = 725, 2_200, 750_000
MEMBERS_PER_COMPANY, MEMBERS_PER_SQUAD, MEMBERS_PER_VEHICLE = 73, 19, 20
SMALLEST_SQUAD = 5


@dataclass(frozen=True, slots=True)
class SquadShape:
    """Members, its leaders among them, and whether a truck stands there."""

    members: int
    truck: bool


@dataclass(frozen=True, slots=True)
class CompanyShape:
    """Its squads; with ``sections`` these stand in so many sections."""

    squads: tuple[SquadShape, ...]
    deputies: int
    sections: int


@dataclass(frozen=True, slots=True)
class BrigadeShape:
    """Its companies and the number of deputy leaders."""

    companies: tuple[CompanyShape, ...]
    deputies: int


@dataclass(frozen=True, slots=True)
class CityShape:
    """``index`` counts the cities of one load from 0. ``varied``: with the gaps and changes that real rosters have."""

    index: int
    name: str
    stations: tuple[tuple[BrigadeShape, ...], ...]
    officers: int
    varied: bool

    @property
    def members(self) -> int:
        """All members, staff left out."""
        return sum(
            1 + brigade.deputies + sum(1 + c.deputies + sum(s.members for s in c.squads) for c in brigade.companies)
            for brigades in self.stations
            for brigade in brigades
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """What a city's shape must add up to. Vehicles: one for each company, the others with squads."""

    brigades: int
    companies: int
    squads: int
    members: int
    vehicles: int


def share(total: int, weights: Sequence[float], least: int) -> list[int]:
    """``total`` in whole parts of at least ``least``, the rest by weight; largest remainders first."""
    rest = total - least * len(weights)
    if rest < 0:
        raise ValueError(f"{total} is too few for {len(weights)} parts of {least}")
    exact = [rest * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: rest - sum(parts)]:
        parts[i] += 1
    return [part + least for part in parts]


def cities(size: str, rng: Random) -> Iterator[CityShape]:
    """The cities of a size, one after the other; ValueError for an unknown size."""
    if size == "small":
        brigades = _brigades(Totals(1, 2, 6, 60, 8), rng, even=True)
        yield CityShape(0, FIRST_CITY, (tuple(brigades),), officers=1, varied=False)
    elif size == "city":
        brigades = _brigades(Totals(20, 108, 417, 7_868, 395), rng, sections=9)
        yield CityShape(0, FIRST_CITY, _stations(brigades, 18), officers=2, varied=True)
    elif size == "country":
        yield from _country(rng)
    else:
        raise ValueError(f"size is one of {', '.join(SIZES)}, not {size!r}")


def _country(rng: Random) -> Iterator[CityShape]:
    # One city counts 0.3 to 4 times as much as another; the first three are big enough to be looked at.
    weights = [rng.lognormvariate(0, 0.6) for _ in range(COUNTRY_BUREAUS)]
    weights[:3] = [3.0, 2.5, 2.0]
    brigades = share(COUNTRY_BRIGADES, weights, 1)
    members = share(COUNTRY_MEMBERS, [float(count) for count in brigades], 150)
    names = [FIRST_CITY, *(f"{first}{second}市" for second in CITY_ENDINGS for first in CITIES)]
    for index in range(COUNTRY_BUREAUS):
        count, people = brigades[index], members[index]
        companies = max(count, people // MEMBERS_PER_COMPANY)
        squads = max(companies * 2, people // MEMBERS_PER_SQUAD)
        vehicles = min(people // MEMBERS_PER_VEHICLE, companies + squads)
        made = _brigades(Totals(count, companies, squads, people, max(vehicles, companies)), rng)
        yield CityShape(index, names[index], _stations(made, max(1, count * 2 // 3)), officers=2, varied=False)


def _brigades(totals: Totals, rng: Random, *, even: bool = False, sections: int = 0) -> list[BrigadeShape]:
    """Brigades that add up to the totals; ``sections`` companies are divided into two sections each."""

    def weights(count: int, spread: float = 0.35) -> list[float]:
        return [1.0 if even else rng.lognormvariate(0, spread) for _ in range(count)]

    per_brigade = share(totals.companies, weights(totals.brigades, 0.8), min(2, totals.companies // totals.brigades))
    per_company = share(totals.squads, weights(totals.companies), 2)
    brigade_deputies = [3 if companies > 6 else 2 for companies in per_brigade]
    company_deputies = [2 if squads > 5 else 1 for squads in per_company]
    leaders = totals.brigades + sum(brigade_deputies) + totals.companies + sum(company_deputies)
    per_squad = share(totals.members - leaders, weights(totals.squads), SMALLEST_SQUAD)
    trucks = [i < totals.vehicles - totals.companies for i in range(totals.squads)]
    if not even:
        rng.shuffle(trucks)
    divided = set(rng.sample([i for i, count in enumerate(per_company) if count >= 4], sections) if sections else ())
    squads = iter(zip(per_squad, trucks, strict=True))
    companies = iter(
        CompanyShape(
            tuple(SquadShape(*next(squads)) for _ in range(count)), company_deputies[i], 2 if i in divided else 0
        )
        for i, count in enumerate(per_company)
    )
    return [
        BrigadeShape(tuple(next(companies) for _ in range(count)), deputies)
        for count, deputies in zip(per_brigade, brigade_deputies, strict=True)
    ]


def _stations(brigades: Sequence[BrigadeShape], stations: int) -> tuple[tuple[BrigadeShape, ...], ...]:
    """One brigade for each station; those left over come second, spread over the stations."""
    under: list[list[BrigadeShape]] = [[] for _ in range(stations)]
    for i, brigade in enumerate(brigades):
        under[i if i < stations else (i - stations) * 5 % stations].append(brigade)
    return tuple(tuple(held) for held in under)
