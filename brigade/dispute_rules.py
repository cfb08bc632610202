"""When a line of pay is on hold because its payee disputes it, and what may become of a dispute. Pure."""

from __future__ import annotations

from enum import StrEnum


class DisputeKind(StrEnum):
    """What the payee says is wrong: not having been there, the times, the amount, something else."""

    NOT_THERE = "not-there"
    TIMES = "times"
    AMOUNT = "amount"
    OTHER = "other"


class DisputeState(StrEnum):
    """Open until the station has settled it or the member has withdrawn it."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


S = DisputeState
NEXT = {S.OPEN: {S.WITHDRAWN, S.UPHELD, S.DISMISSED}, S.UPHELD: {S.DISMISSED}}
"""Where a dispute can go. One that was upheld can be dismissed after all: when it turns out that the report was right,
or that the rules of pay were wrong and have been put right, so that the report will never be corrected.
"""

HOLDING = (S.OPEN, S.UPHELD)
"""States in which a line may be on hold."""


def may_become(state: DisputeState, target: DisputeState) -> bool:
    """Whether a dispute can go from one state to the other."""
    return target in NEXT.get(state, ())


def is_held(kind: DisputeKind, state: DisputeState, settled_version: int | None, content_version: int) -> bool:
    """Whether what the report earns this member is on hold.

    While the dispute is open. After it was upheld, until the report's content was saved anew: ``content_version`` is the
    report's version at which that happened last, ``settled_version`` the one that the officer saw. Who was not there is
    not paid as long as the report names them, whatever else in it is changed.
    """
    if state is S.UPHELD:
        return kind is DisputeKind.NOT_THERE or settled_version is None or content_version <= settled_version
    return state is S.OPEN
