"""The way of a report as one table: from which state, by which action, to which state, under which guards. Pure.

``step`` counts along the route that was frozen at submission (``route.py``): 0 is with the author, 1 … last are the
levels at which a person must decide, the last is the station. Nothing else in the product changes a state.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from brigade.problems import Refused, WrongState


class State(StrEnum):
    """Where a report is."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    SEALED = "sealed"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can be done with it. ``pass`` and ``seal`` are done by the rules, not by a button."""

    EDIT = "edit"
    DELETE = "delete"
    SUBMIT = "submit"
    APPROVE = "approve"
    STEP_BACK = "step-back"
    RETURN = "return"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    UNDO = "undo"
    PASS = "pass"  # noqa: S105  (an action, not a password)
    SEAL = "seal"


class Facts(NamedTuple):
    """All that the table may look at: plain values, no row, no request, no clock.

    ``undo_step`` is the step at which this actor's own approval was the last thing that happened, if they still decide
    there, else None.
    ``is_corrector``: the figures that stand in it are this actor's correction of what the author wrote. ``is_leader``: of
    the report's unit or of one above it, below the station. ``author_left``: who wrote it is in the service no more.
    ``took_part``: this actor was there, and somebody else at the station was not.
    """

    step: int
    last: int
    is_author: bool = False
    is_sole_participant: bool = False
    holds_step: bool = False
    is_closer: bool = False
    is_leader: bool = False
    is_passable: bool = False
    is_corrector: bool = False
    author_left: bool = False
    took_part: bool = False
    undo_step: int | None = None
    reason: str = ""


Guard = Callable[[Facts], str | None]


def author(f: Facts) -> str | None:
    """Only the one who wrote it."""
    return None if f.is_author else "not-author"


def holder(f: Facts) -> str | None:
    """Only the holder of the step at which it waits, or the deputy who acts."""
    return None if f.holds_step else "not-your-step"


def leader(f: Facts) -> str | None:
    """Only who leads the report's unit or one above it: for an author who cannot, or is no longer there."""
    return None if f.is_leader else "not-leader"


def other(f: Facts) -> str | None:
    """Nobody decides on a report of their own or with themselves as its only participant."""
    return "own-report" if f.is_author or f.is_sole_participant else None


def not_corrector(f: Facts) -> str | None:
    """Nobody takes for the city the figures that they put there themselves: two people have looked at each."""
    return "own-correction" if f.is_corrector else None


def not_there(f: Facts) -> str | None:
    """Nobody takes for the city what they are paid for themselves, where somebody else at the station can."""
    return "took-part" if f.took_part else None


def closer(f: Facts) -> str | None:
    """Only an officer of the station that closes the month."""
    return None if f.is_closer else "not-closer"


def reasoned(f: Facts) -> str | None:
    """A word or a remark for the one who must act on it."""
    return None if f.reason.strip() else "reason-required"


def not_first(f: Facts) -> str | None:
    """There is a level below that decided before."""
    return None if f.step > 1 else "first-step"


def undoable(f: Facts) -> str | None:
    """Only one's own approval, only until someone else acts, and only by who still decides there."""
    return None if f.undo_step is not None else "nothing-to-undo"


def passable(f: Facts) -> str | None:
    """Nobody holds the step any more, or it had approved what has not changed since."""
    return None if f.is_passable else "not-passable"


def _stay(f: Facts) -> int:
    return f.step


def _start(f: Facts) -> int:
    return 0


def _first(f: Facts) -> int:
    return 1


def _next(f: Facts) -> int:
    return f.step + 1


def _previous(f: Facts) -> int:
    return f.step - 1


def _undone(f: Facts) -> int:
    return f.undo_step or 0


def _before_last(f: Facts) -> bool:
    return f.step < f.last


def _at_last(f: Facts) -> bool:
    return f.step == f.last


def _author_serves(f: Facts) -> bool:
    return not f.author_left


def _author_left(f: Facts) -> bool:
    return f.author_left


def _always(f: Facts) -> bool:
    return True


class Row(NamedTuple):
    """One line of the table; ``must`` are guards (None passes, else a code), ``when`` picks between rows."""

    source: State
    action: Action
    target: State
    to: Callable[[Facts], int]
    must: tuple[Guard, ...]
    when: Callable[[Facts], bool] = _always


S, A = State, Action
TABLE = (
    Row(S.DRAFT, A.EDIT, S.DRAFT, _start, (author,)),
    Row(S.DRAFT, A.DELETE, S.WITHDRAWN, _start, (author,)),
    Row(S.DRAFT, A.SUBMIT, S.IN_REVIEW, _first, (author,)),
    Row(S.DRAFT, A.WITHDRAW, S.WITHDRAWN, _start, (author,)),
    Row(S.RETURNED, A.EDIT, S.RETURNED, _start, (author,)),
    Row(S.RETURNED, A.SUBMIT, S.IN_REVIEW, _first, (author,)),
    Row(S.RETURNED, A.CORRECT, S.IN_REVIEW, _first, (leader, other)),
    Row(S.RETURNED, A.WITHDRAW, S.WITHDRAWN, _start, (author, reasoned), _author_serves),
    Row(S.RETURNED, A.WITHDRAW, S.WITHDRAWN, _start, (leader, other, reasoned), _author_left),
    Row(S.IN_REVIEW, A.WITHDRAW, S.WITHDRAWN, _start, (author, reasoned), _before_last),
    Row(S.IN_REVIEW, A.APPROVE, S.IN_REVIEW, _next, (holder, other), _before_last),
    Row(S.IN_REVIEW, A.APPROVE, S.CONFIRMED, _stay, (holder, other, not_corrector, not_there), _at_last),
    Row(S.IN_REVIEW, A.STEP_BACK, S.IN_REVIEW, _previous, (holder, not_first, reasoned)),
    Row(S.IN_REVIEW, A.RETURN, S.RETURNED, _start, (holder, reasoned)),
    Row(S.IN_REVIEW, A.CORRECT, S.IN_REVIEW, _first, (holder, other), _before_last),
    Row(S.IN_REVIEW, A.UNDO, S.IN_REVIEW, _undone, (undoable,)),
    Row(S.IN_REVIEW, A.PASS, S.IN_REVIEW, _next, (passable,), _before_last),
    Row(S.CONFIRMED, A.UNDO, S.IN_REVIEW, _undone, (undoable,)),
    Row(S.CONFIRMED, A.RETURN, S.RETURNED, _start, (closer, reasoned)),
    Row(S.CONFIRMED, A.SEAL, S.SEALED, _stay, (closer,)),
    Row(S.SEALED, A.RETURN, S.RETURNED, _start, (closer, reasoned)),
)
_ROWS: dict[tuple[State, Action], tuple[Row, ...]] = {
    (state, action): tuple(row for row in TABLE if (row.source, row.action) == (state, action))
    for state in State
    for action in Action
}
BY_PEOPLE = (A.EDIT, A.DELETE, A.SUBMIT, A.APPROVE, A.CORRECT, A.STEP_BACK, A.RETURN, A.WITHDRAW, A.UNDO)
"""The actions a person can ask for, in the order in which screens show them."""


def decide(state: State, action: Action, facts: Facts) -> Row:
    """The one row that applies. WrongState when none does, else Refused with every reason at once."""
    row = next((row for row in _ROWS[state, action] if row.when(facts)), None)
    if row is None:
        raise WrongState(action=action.value, state=state.value)
    codes = [code for guard in row.must if (code := guard(facts))]
    if codes:
        raise Refused(*codes)
    return row


def allowed(state: str, facts: Facts) -> list[Action]:
    """What this actor may do now: refused for nothing, or only for a reason that has not been typed yet."""
    return list(_allowed(state, facts))


@lru_cache(maxsize=4096)  # the reports of a page stand in the same few ways to whoever looks at them
def _allowed(state: str, facts: Facts) -> tuple[Action, ...]:
    would_say = facts._replace(reason="…")
    return tuple(
        row.action
        for action in BY_PEOPLE
        for row in _ROWS[State(state), action]
        if row.when(would_say) and not any(guard(would_say) for guard in row.must)
    )
