"""How often what happens in a brigade, for how long and with how many people. Data only.

Weights are activities, not reports: a company's drill brings a report from each of its squads. Together drills have
about five times as many person-times as fires, which is the proportion of the national survey.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

EVEN_WEEK, WEEKENDS, EVENINGS = "1111111", "1111177", "3333321"
EVEN_YEAR, FIRE_SEASON, STORM_SEASON = "111111111111", "332211111123", "111113456411"


class Scope(Enum):
    """Who takes part and whose reports there are."""

    SQUAD = auto()
    """One squad by itself."""
    COMPANY_EVENT = auto()
    """A planned event of a company: a report of each squad."""
    BRIGADE_EVENT = auto()
    """A planned event of a brigade: reports of many squads."""
    INCIDENT = auto()
    """A call from the station: reports of the squads that went."""
    STORM = auto()
    """The same for a whole brigade."""
    COMPANY = auto()
    """One report of the company itself: its leaders with those of its squads."""
    BRIGADE = auto()
    """One report of the brigade itself: its leaders with those of its companies."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One kind in one scope. ``people`` in a report and ``minutes`` from and to; ``hours`` at which it begins;
    ``week`` Monday to Sunday and ``year`` January to December weigh the days.
    """

    kind: str
    scope: Scope
    weight: float
    people: tuple[int, int]
    minutes: tuple[int, int]
    hours: tuple[float, ...]
    week: str = EVEN_WEEK
    year: str = EVEN_YEAR


DAYTIME = (9.0, 9.5, 10.0, 13.0, 13.5)
EVENING = (18.5, 19.0, 19.5)
NIGHT = (20.0, 20.5, 21.0)
ANY_TIME = (0.5, 2.25, 3.75, 6.0, 7.5, 9.25, 10.5, 11.75, 13.0, 14.5, 15.25, 16.75, 18.0, 19.25, 20.5, 22.0)
S = Scope

HABITS = (
    Habit("T-01", S.SQUAD, 24, (5, 13), (90, 180), DAYTIME, WEEKENDS),
    Habit("T-01", S.SQUAD, 5, (5, 11), (75, 120), EVENING, EVENINGS, "112344411111"),
    Habit("T-01", S.COMPANY_EVENT, 2.2, (6, 13), (120, 210), (8.5, 9.0, 9.5), WEEKENDS),
    Habit("T-01", S.BRIGADE_EVENT, 0.25, (6, 12), (180, 300), (8.5, 9.0), "0000015"),
    Habit("T-02", S.SQUAD, 1.2, (1, 2), (180, 420), (9.0, 9.5), WEEKENDS),
    Habit("D-01", S.INCIDENT, 3.9, (3, 9), (60, 240), ANY_TIME, EVEN_WEEK, FIRE_SEASON),
    Habit("D-02", S.INCIDENT, 0.15, (3, 7), (45, 150), ANY_TIME),
    Habit("D-03", S.SQUAD, 0.3, (2, 4), (30, 75), ANY_TIME),
    Habit("D-04", S.STORM, 0.22, (5, 12), (180, 540), ANY_TIME, EVEN_WEEK, STORM_SEASON),
    Habit("D-05", S.INCIDENT, 0.15, (4, 10), (120, 360), (6.0, 8.0, 13.0, 16.0)),
    Habit("D-06", S.INCIDENT, 1.0, (3, 7), (30, 60), ANY_TIME, EVEN_WEEK, FIRE_SEASON),
    Habit("G-01", S.SQUAD, 4, (3, 7), (120, 240), (17.0, 18.0, 19.0), WEEKENDS, "222211133122"),
    Habit("P-01", S.SQUAD, 4, (2, 6), (90, 180), DAYTIME, WEEKENDS, "112112114442"),
    Habit("P-02", S.SQUAD, 11, (3, 5), (60, 120), NIGHT, EVEN_WEEK, "443211112234"),
    Habit("S-01", S.SQUAD, 5, (2, 5), (60, 150), DAYTIME, WEEKENDS),
    Habit("S-02", S.SQUAD, 1, (2, 4), (90, 150), DAYTIME, WEEKENDS, "113311111331"),
    Habit("M-01", S.COMPANY, 2.8, (5, 10), (60, 120), EVENING, EVENINGS),
    Habit("M-01", S.BRIGADE, 0.5, (6, 14), (90, 120), EVENING, EVENINGS),
    Habit("M-01", S.SQUAD, 1.5, (4, 10), (60, 90), EVENING, EVENINGS),
    Habit("E-01", S.SQUAD, 8, (2, 4), (45, 90), (8.0, 9.0, 18.0, 19.0), WEEKENDS),
    Habit("E-02", S.SQUAD, 0.8, (0, 1), (15, 30), (9.0, 11.0, 19.0)),
    Habit("V-01", S.SQUAD, 3.5, (1, 2), (30, 60), (8.0, 10.0, 14.0, 18.0), WEEKENDS),
    Habit("C-01", S.COMPANY, 0.4, (4, 9), (120, 240), (8.5, 9.5, 10.0), "0000025"),
    Habit("X-01", S.SQUAD, 0.3, (2, 6), (60, 180), DAYTIME, WEEKENDS),
    Habit("N-01", S.SQUAD, 0.4, (0, 0), (120, 180), DAYTIME, WEEKENDS),
    Habit("I-01", S.SQUAD, 0.1, (0, 0), (30, 60), (10.0, 14.0, 20.0)),
)
YEAR_END_GUARD = Habit("G-02", S.BRIGADE_EVENT, 0, (4, 8), (150, 240), (20.0, 21.0))
NEW_YEAR_PARADE = Habit("C-01", S.BRIGADE_EVENT, 0, (5, 12), (180, 240), (8.5,))
YEAR_END_NIGHTS = range(26, 31)
YEAR_END_SHARE, PARADE_SHARE = 0.08, 0.02
"""The most of all reports that these may make up."""
