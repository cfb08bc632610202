"""Who can see a report, as short words: ``m…`` a person, ``r…`` those who may look into a unit, ``d…`` those who decide
at a desk, ``u…-…`` a desk whose holder may take back what they approved. Pure; says the same as ``readable_reports`` in
``readers.py``, for a report as it was instead of as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.organisation.ranks import Level

MEMBER, REACH, DESK, UNDO = "m", "r", "d", "u"
_LINE = tuple((level, f"{level}_id") for level in Level)
TOLD_BY = ("number", "kind", "author_id", "undo_by_id", "awaiting_unit_id", *(name for _, name in _LINE))
"""The columns of a report that say who sees it, beside the people who took part."""


def audience(report: Mapping[str, Any], people: Iterable[uuid.UUID]) -> str:
    """All who can see a report with these values in ``TOLD_BY`` and these participants, as words between blanks."""
    return audience_of_words(report, (id_.hex for id_ in people))


def audience_of_words(report: Mapping[str, Any], people: Iterable[str]) -> str:
    """The same with the participants' ids as hexadecimal words."""
    words = {MEMBER + report["author_id"].hex}
    if report["number"] is not None:
        words.update(MEMBER + id_ for id_ in people)
        if report["undo_by_id"]:
            words.update(_undoing(report[name], report["undo_by_id"]) for _, name in _LINE if report[name])
        if report["awaiting_unit_id"]:
            words.add(DESK + report["awaiting_unit_id"].hex)
        kind = catalogue().get(report["kind"])
        hidden = Level.BUREAU if kind is not None and kind.confidential else None
        words.update(REACH + report[name].hex for level, name in _LINE if level is not hidden and report[name])
    return " ".join(sorted(words))


def _undoing(desk: uuid.UUID, member_id: uuid.UUID) -> str:
    return f"{UNDO}{desk.hex}-{member_id.hex}"


def words_for(member_id: uuid.UUID, reach: Iterable[uuid.UUID], desks: Iterable[uuid.UUID]) -> list[str]:
    """The words by which this person sees something; any one of them in an audience is enough."""
    desks = dict.fromkeys(desks)
    return [
        MEMBER + member_id.hex,
        *(REACH + id_.hex for id_ in dict.fromkeys(reach)),
        *(DESK + id_.hex for id_ in desks),
        *(_undoing(id_, member_id) for id_ in desks),
    ]


def is_for(told: str, words: Collection[str]) -> bool:
    """Whether someone with these words is in that audience."""
    return not set(told.split()).isdisjoint(words)
