"""Making a city of a given shape: its units from the bureau down to the squads, its people, posts and vehicles.

Here every post is filled and nothing has ever changed; gaps and changes are added by ``changes.py``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random

from brigade.demo.ids import Ids
from brigade.demo.name_lists import SECOND_BRIGADES, STATIONS
from brigade.demo.names import draw_name
from brigade.demo.organisation import FOUNDED, Organisation, fresh, numeral
from brigade.demo.shapes import BrigadeShape, CityShape, CompanyShape, SquadShape
from brigade.kana import sort_key
from brigade.organisation.member_numbers import with_check_digit
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level, MemberType, PostName
from brigade.organisation.units import Unit, Vehicle

SETTINGS = {"prior_notice": "off", "pay_rules": "yokohama", "second_factor_posts": [], "step_up": []}
WOMEN, FUNCTION_LIMITED = 0.19, 0.04
AGREED_KINDS = (["D-04", "P-01", "P-02", "T-01"], ["P-01", "P-02"], None)
"""What function-limited members have agreed to; None: whatever the kinds allow."""


def found(shape: CityShape, rng: Random, ids: Ids, today: dt.date) -> Organisation:
    """The city as it stands on ``today``."""
    bureau_id = ids.next()
    bureau = fresh(
        Unit, id=bureau_id, bureau_id=bureau_id, level=Level.BUREAU.value, code="B", name=shape.name,
        valid_from=FOUNDED, valid_to=None, successor_id=None, settings=dict(SETTINGS),
    )  # fmt: skip
    made = Organisation(bureau, ids, units=[bureau])
    _Founder(made, rng, today).city(shape)
    return made


class _Founder:
    """Adds unit by unit; remembers the last member number given."""

    def __init__(self, made: Organisation, rng: Random, today: dt.date) -> None:
        self.made, self.rng, self.today = made, rng, today
        self.serial = 100_000  # no leading zero, which spreadsheets drop
        # Those who lead today were appointed before the first report was written.
        self.appointed = dt.date(today.year - 2, 4, 1)

    def city(self, shape: CityShape) -> None:
        self._leader(self.made.bureau, PostName.BUREAU_OFFICER, MemberType.STAFF)
        brigades = 0
        for number, held in enumerate(shape.stations, 1):
            place = STATIONS[(number - 1) % len(STATIONS)]
            station = self.made.add_unit(self.made.bureau, Level.STATION, f"S{number:02d}", f"{place}消防署")
            for _ in range(shape.officers):
                self._leader(station, PostName.STATION_OFFICER, MemberType.STAFF)
            for nth, brigade in enumerate(held, 1):
                brigades += 1
                name = place if nth == 1 else SECOND_BRIGADES.get(place, f"{place}第{numeral(nth)}")
                self._brigade(brigade, station, f"K{brigades:02d}", f"{name}消防団")

    def _brigade(self, shape: BrigadeShape, station: Unit, code: str, name: str) -> None:
        unit = self.made.add_unit(station, Level.BRIGADE, code, name)
        self._leader(unit, PostName.BRIGADE_LEADER)
        for _ in range(shape.deputies):
            self._leader(unit, PostName.DEPUTY_BRIGADE_LEADER)
        for number, company in enumerate(shape.companies, 1):
            self._company(company, unit, number)

    def _company(self, shape: CompanyShape, brigade: Unit, number: int) -> None:
        unit = self.made.add_unit(brigade, Level.COMPANY, f"{brigade.code}-{number:02d}", f"第{numeral(number)}分団")
        self._leader(unit, PostName.COMPANY_LEADER)
        for _ in range(shape.deputies):
            self._leader(unit, PostName.DEPUTY_COMPANY_LEADER)
        self._vehicle(unit, "P", "消防ポンプ自動車")
        sections = [
            self.made.add_unit(unit, Level.SECTION, f"{unit.code}-B{nth}", f"第{numeral(nth)}部")
            for nth in range(1, shape.sections + 1)
        ]
        led: set[uuid.UUID] = set()
        for place, squad in enumerate(shape.squads):
            over = sections[place * len(sections) // len(shape.squads)] if sections else unit
            leads_section = bool(sections) and over.id not in led  # the section's leader is of its first squad
            led.add(over.id)
            self._squad(squad, over, f"{unit.code}-{place + 1:02d}", place + 1, leads_section)

    def _squad(self, shape: SquadShape, over: Unit, code: str, number: int, leads_section: bool) -> None:
        unit = self.made.add_unit(over, Level.SQUAD, code, f"第{numeral(number)}班")
        self._leader(unit, PostName.SQUAD_LEADER)
        self._leader(unit, PostName.DEPUTY_SQUAD_LEADER)
        if leads_section:
            member_id = self._leader(unit)
            self.made.add_post(member_id, over.id, PostName.SECTION_LEADER, self.appointed)
        for _ in range(shape.members - 2 - leads_section):
            self._plain_member(unit)
        if shape.truck:
            self._vehicle(unit, "T", "小型ポンプ積載車")

    def _leader(
        self, unit: Unit, post: PostName | None = None, member_type: MemberType = MemberType.ORDINARY
    ) -> uuid.UUID:
        """Someone with years of service, with the post if one is given."""
        age = self.rng.randint(32, 66)
        years = self.rng.randint(4, max(5, age - 20))
        member_id = self._person(unit, age, self._first_of_a_quarter(self.today.year - years), member_type)
        if post is not None:
            self.made.add_post(member_id, unit.id, post, self.appointed)
        return member_id

    def _plain_member(self, unit: Unit) -> None:
        age = int(self.rng.triangular(18, 69, 42))
        years = self.rng.randint(0, age - 18)
        since = self._first_of_a_quarter(self.today.year - years)
        if years < 2:
            since = self.today - dt.timedelta(days=self.rng.randint(30, 330) + 300 * years)
        limited = self.rng.random() < FUNCTION_LIMITED
        self._person(unit, age, since, MemberType.FUNCTION_LIMITED if limited else MemberType.ORDINARY)

    def _first_of_a_quarter(self, year: int) -> dt.date:
        return max(FOUNDED, dt.date(year, self.rng.choice((1, 4, 4, 7, 10)), 1))

    def _person(self, unit: Unit, age: int, since: dt.date, member_type: MemberType) -> uuid.UUID:
        self.serial += self.rng.randint(1, 3)
        name, kana = draw_name(self.rng, self.today.year - age, woman=self.rng.random() < WOMEN)
        agreed = self.rng.choice(AGREED_KINDS) if member_type is MemberType.FUNCTION_LIMITED else None
        member = fresh(
            Member, id=self.made.ids.next(), bureau_id=self.made.bureau.id, number=with_check_digit(self.serial),
            name=name, kana=kana, kana_sort=sort_key(kana), member_type=member_type.value, allowed_kinds=agreed,
        )  # fmt: skip
        self.made.members.append(member)
        self.made.add_membership(member.id, unit.id, since)
        return member.id

    def _vehicle(self, unit: Unit, mark: str, name: str) -> None:
        self.made.vehicles.append(
            fresh(
                Vehicle,
                id=self.made.ids.next(),
                bureau_id=self.made.bureau.id,
                unit_id=unit.id,
                code=f"{unit.code}-{mark}",
                name=name,
                valid_from=FOUNDED,
                valid_to=None,
            )
        )
