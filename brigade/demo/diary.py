"""What happened in a city day by day: activities with their time, place and the units that took part.

Times lie in the fourteen months before ``until``, midnight in Tokyo of the day of loading, so that nothing has
happened in the future and the hour of loading changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from brigade.dates import TOKYO, day_start, to_tokyo
from brigade.demo.habits import (
    HABITS,
    NEW_YEAR_PARADE,
    PARADE_SHARE,
    YEAR_END_GUARD,
    YEAR_END_NIGHTS,
    YEAR_END_SHARE,
    Habit,
    Scope,
)
from brigade.demo.name_lists import TOWNS
from brigade.demo.offices import Offices
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit

DAYS = 426
EVENT_TITLES = {
    "T-01": "{host} 合同訓練",
    "G-02": "{host} 年末特別警戒",
    "C-01": "{city} 消防出初式",
    "D-01": "{town} 火災出動",
    "D-02": "{town} 救助出動",
    "D-04": "{host} 大雨警戒・水防活動",
    "D-05": "{town} 行方不明者捜索",
    "D-06": "{town} 出動（誤報）",
}


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened; ``host`` is the unit whose event it is, None for what one unit did by itself."""

    habit: Habit
    started_at: dt.datetime
    ended_at: dt.datetime
    town: str
    number: int
    units: tuple[Unit, ...]
    host: Unit | None = None
    title: str = ""

    @property
    def planned(self) -> bool:
        """A planned event, not a call."""
        return self.habit.scope in (Scope.COMPANY_EVENT, Scope.BRIGADE_EVENT)


class Diary:
    """Draws activities of one city."""

    def __init__(self, offices: Offices, rng: Random, until: dt.datetime) -> None:
        self.offices, self.rng, self.until = offices, rng, until
        last = to_tokyo(until).date()
        self.days = [last - dt.timedelta(days=back) for back in range(DAYS, 0, -1)]
        self._weights = [list(accumulate(_weight(habit, day) for day in self.days)) for habit in HABITS]
        self._habits = list(accumulate(habit.weight for habit in HABITS))
        self._number = 0
        self._units = {level: offices.at_level(level, self.days[0]) for level in Level}

    def everyday(self, count: int) -> list[Activity]:
        """So many activities, any day and kind."""
        found: list[Activity] = []
        while len(found) < count:
            which = self.rng.choices(range(len(HABITS)), cum_weights=self._habits)[0]
            day = self.rng.choices(self.days, cum_weights=self._weights[which])[0]
            activity = self._draw(HABITS[which], day)
            if activity is not None:
                found.append(activity)
        return found

    def year_end(self, reports: int) -> Iterator[Activity]:
        """Guard on the last nights of December, by brigade."""
        nights = [day for day in self.days if day.month == 12 and day.day in YEAR_END_NIGHTS]
        squads = len(self._units[Level.SQUAD]) * len(nights)
        part = min(0.9, reports * YEAR_END_SHARE / squads) if squads else 0
        for day in nights:
            for brigade in self.offices.at_level(Level.BRIGADE, day):
                yield from self._shared(YEAR_END_GUARD, day, brigade, part)

    def parade(self, reports: int) -> Iterator[Activity]:
        """The New-Year parade of the whole city, on the second Sunday of January."""
        part = min(0.9, reports * PARADE_SHARE / len(self._units[Level.SQUAD]))
        for day in self.days:
            if day.month == 1 and 8 <= day.day <= 14 and day.weekday() == 6:
                yield from self._shared(NEW_YEAR_PARADE, day, self._units[Level.BUREAU][0], part)

    def _shared(self, habit: Habit, day: dt.date, host: Unit, part: float) -> Iterator[Activity]:
        squads = [squad for squad in self.offices.squads(host.id, day) if self.rng.random() < part]
        activity = self._at(habit, day, tuple(squads), host) if squads else None
        if activity is not None:
            yield activity

    def _draw(self, habit: Habit, day: dt.date) -> Activity | None:
        rng, scope = self.rng, habit.scope
        if scope in (Scope.COMPANY, Scope.BRIGADE):
            level = Level.COMPANY if scope is Scope.COMPANY else Level.BRIGADE
            return self._at(habit, day, (rng.choice(self.offices.at_level(level, day)),))
        squad = rng.choice(self._units[Level.SQUAD])
        if scope is Scope.SQUAD:
            return self._at(habit, day, (squad,))
        over = {unit.level: unit for unit in self.offices.above(squad.id, day)}
        near = self.offices.squads(over[Level.COMPANY].id, day)
        if scope is Scope.COMPANY_EVENT:
            came = [unit for unit in near if unit is squad or rng.random() < 0.85]
            return self._at(habit, day, tuple(came), over[Level.COMPANY])
        far = [unit for unit in self.offices.squads(over[Level.BRIGADE].id, day) if unit not in near]
        wanted = rng.randint(1, 4) if scope is Scope.INCIDENT else rng.randint(5, 12)
        rng.shuffle(far)
        others = [unit for unit in near if unit is not squad] + far
        return self._at(habit, day, (squad, *others[: wanted - 1]), over[Level.BRIGADE])

    def _at(self, habit: Habit, day: dt.date, units: tuple[Unit, ...], host: Unit | None = None) -> Activity | None:
        """The activity on that day; None if it would last into the day of loading."""
        rng = self.rng
        started_at = day_start(day) + dt.timedelta(hours=rng.choice(habit.hours))
        if habit.scope in (Scope.INCIDENT, Scope.STORM):
            started_at += dt.timedelta(minutes=rng.randrange(60))
        low, high = habit.minutes
        ended_at = started_at + dt.timedelta(minutes=rng.randrange(low, high + 1, 15))
        if ended_at > self.until - dt.timedelta(hours=1):
            return None
        self._number += 1
        town = rng.choice(TOWNS)
        name, city = (host.name if host else ""), self._units[Level.BUREAU][0].name
        title = EVENT_TITLES[habit.kind].format(host=name, town=town, city=city) if host else ""
        return Activity(habit, started_at, ended_at, town, self._number, units, host, title)


def _weight(habit: Habit, day: dt.date) -> int:
    return int(habit.week[day.weekday()]) * int(habit.year[day.month - 1])


def at_hour(day: dt.date, hour: int, minute: int) -> dt.datetime:
    """An instant by the Tokyo clock."""
    return dt.datetime.combine(day, dt.time(hour, minute), TOKYO)
