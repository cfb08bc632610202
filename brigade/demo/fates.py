"""What becomes of each report: most simply climb, some stop on the way, come back, are taken back or never leave.

Decided before any of it is told, so that numbers can be given in the order in which reports are handed in.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from brigade.dates import fiscal_year, tokyo_day
from brigade.demo.offices import Offices
from brigade.demo.plans import Plan
from brigade.organisation.ranks import Level

RECENT = dt.timedelta(days=35)
SAVED_FIRST = 0.1
"""So many are saved as a draft and handed in later."""


class Fate(Enum):
    """The course of one report."""

    CLIMBS = auto()
    WAITS_AT_SQUAD = auto()
    WAITS_AT_COMPANY = auto()
    WAITS_AT_BRIGADE = auto()
    WAITS_AT_STATION = auto()
    STAYS_DRAFT = auto()
    STAYS_RETURNED = auto()
    COMES_BACK = auto()
    """Returned for correction, corrected, submitted again."""
    STEPS_BACK = auto()
    """A level asks the one below to look again."""
    APPROVED_IN_HASTE = auto()
    """An approval is undone and given later."""
    REOPENED = auto()
    """The station returns what it had confirmed."""
    WITHDRAWN_AS_DRAFT = auto()
    WITHDRAWN_IN_REVIEW = auto()
    WITHDRAWN_RETURNED = auto()


F = Fate
LONG_AGO = (
    (F.CLIMBS, 9060), (F.COMES_BACK, 520), (F.STEPS_BACK, 110), (F.APPROVED_IN_HASTE, 130), (F.REOPENED, 30),
    (F.WITHDRAWN_IN_REVIEW, 60), (F.WITHDRAWN_RETURNED, 50), (F.WITHDRAWN_AS_DRAFT, 20), (F.STAYS_DRAFT, 20),
)  # fmt: skip
LATELY = (
    F.CLIMBS, F.WAITS_AT_SQUAD, F.WAITS_AT_STATION, F.WAITS_AT_BRIGADE, F.CLIMBS, F.WAITS_AT_SQUAD, F.WAITS_AT_COMPANY,
    F.STAYS_RETURNED, F.WAITS_AT_STATION, F.WAITS_AT_SQUAD, F.STAYS_RETURNED, F.STAYS_DRAFT, F.COMES_BACK, F.WAITS_AT_BRIGADE,
    F.CLIMBS, F.STEPS_BACK, F.WAITS_AT_COMPANY, F.WITHDRAWN_IN_REVIEW, F.WAITS_AT_STATION, F.WAITS_AT_SQUAD, F.CLIMBS,
    F.APPROVED_IN_HASTE, F.WAITS_AT_BRIGADE, F.CLIMBS, F.WAITS_AT_STATION, F.CLIMBS, F.WAITS_AT_SQUAD, F.CLIMBS,
)  # fmt: skip
"""In turn, so that even a small city shows each of them; a recent report that climbs may still be on its way."""


@dataclass(slots=True)
class Course:
    """A plan with its fate. Without ``submitted_at`` it stays a draft and has no ``number``."""

    plan: Plan
    fate: Fate
    submitted_at: dt.datetime | None
    number: str | None = None


def draw_courses(
    plans: Sequence[Plan], offices: Offices, rng: Random, until: dt.datetime
) -> tuple[list[Course], Counter[tuple[uuid.UUID, int]]]:
    """A course for each plan in their order, numbered; and the last number of each unit and fiscal year.

    ``plans`` stand in the order of ``created_at``.
    """
    courses = [
        Course(plan, fate, _handed_in(plan, fate, offices, rng, until))
        for plan, fate in zip(plans, _fates(plans, rng, until), strict=True)
    ]
    counters: Counter[tuple[uuid.UUID, int]] = Counter()
    handed_in = [course for course in courses if course.submitted_at is not None]
    for course in sorted(handed_in, key=lambda course: course.submitted_at or until):
        day = tokyo_day(course.plan.content.started_at)
        line = offices.above(course.plan.unit.id, day)
        unit = next((unit for unit in line if unit.level == Level.BRIGADE), line[-1])
        counters[unit.id, fiscal_year(day)] += 1
        course.number = f"{unit.code}-{fiscal_year(day)}-{counters[unit.id, fiscal_year(day)]:05d}"
    return courses, counters


def _fates(plans: Sequence[Plan], rng: Random, until: dt.datetime) -> list[Fate]:
    old = sum(until - plan.created_at > RECENT for plan in plans)
    fates, weights = zip(*LONG_AGO, strict=True)
    lately = [LATELY[nth % len(LATELY)] for nth in range(len(plans) - old)]
    return [*rng.choices(fates, weights=weights, k=old), *lately]


def _handed_in(plan: Plan, fate: Fate, offices: Offices, rng: Random, until: dt.datetime) -> dt.datetime | None:
    if fate in (Fate.STAYS_DRAFT, Fate.WITHDRAWN_AS_DRAFT):
        return None
    if rng.random() >= SAVED_FIRST:
        return plan.created_at
    later = plan.created_at + dt.timedelta(minutes=rng.randint(30, 1800))
    return plan.created_at if later >= until or offices.is_away(plan.author_id, tokyo_day(later)) else later
