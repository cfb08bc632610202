"""What a field of a form may lead to: fields of an activity report, and facts that check the others. Pure."""

from __future__ import annotations

from brigade.activity.kinds import catalogue

REPORT = frozenset({
    "kind", "unit_id", "event_id", "place", "summary", "order_by", "vehicle_ids", "started_at.day", "started_at.time",
    "ended_at.day", "ended_at.time",
})  # fmt: skip
"""Fields of the report; of an instant, the day and the time of day stand apart on paper."""

PERSON = frozenset({
    "participants.member_id", "participants.acted", "participants.injured", "participants.role",
    "participants.started_at.time", "participants.ended_at.time",
})  # fmt: skip
"""Fields of one participation."""

CHECKS = frozenset({"month", "headcount", "author"})
"""Facts of the sheet that no report stores: they agree or disagree with what was read elsewhere."""

PERSON_CHECKS = frozenset({"participants.name", "participants.rank", "participants.times", "participants.note"})
"""The same of one row. A name confirms the number, ``times`` counts the row's ticks, ``note`` sends a person to look."""


def is_of_person(target: str) -> bool:
    """Whether the target belongs to a row of people."""
    return target in PERSON or target in PERSON_CHECKS


def is_target(target: str) -> bool:
    """Whether a field may lead there; ``details.hoses_laid`` where some kind of activity has such a detail."""
    name = target.removeprefix("details.")
    if name != target:
        return any(field.name == name for kind in catalogue() for field in kind.fields)
    return target in REPORT or target in CHECKS or is_of_person(target)
