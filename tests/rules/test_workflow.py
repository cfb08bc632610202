"""The table of the workflow, looked at as a whole: every state, action and set of facts that can be (S-04)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from brigade.activity.workflow import BY_PEOPLE, TABLE, Action, Facts, State, allowed, decide
from brigade.problems import Refused, WrongState

S, A = State, Action
OPEN = (S.DRAFT, S.IN_REVIEW, S.RETURNED, S.CONFIRMED)
WITH_AUTHOR = (S.DRAFT, S.RETURNED, S.WITHDRAWN)
LASTS = (1, 2, 3)


def places() -> Iterator[tuple[State, int, int]]:
    """Every (state, step, last) that a report can be at."""
    for last in LASTS:
        yield from ((state, 0, last) for state in WITH_AUTHOR)
        yield from ((S.IN_REVIEW, step, last) for step in range(1, last + 1))
        yield from ((state, last, last) for state in (S.CONFIRMED, S.SEALED))


def facts(step: int, last: int) -> Iterator[Facts]:
    """Every combination of facts at that place."""
    for flags in itertools.product((False, True), repeat=9):
        for undo in (None, *range(1, last + 1)):
            for reason in ("", "時刻"):
                yield Facts(step, last, *flags, undo_step=undo, reason=reason)


EVERYTHING = [(state, given) for state, step, last in places() for given in facts(step, last)]
WILLING = {
    "is_author": True,
    "holds_step": True,
    "is_closer": True,
    "is_leader": True,
    "is_passable": True,
    "reason": "時刻",
}


def answers(state: State, action: Action, given: Facts) -> tuple[str, ...] | None:
    """The codes of a refusal, None when it is allowed."""
    try:
        decide(state, action, given)
    except WrongState as problem:
        return (problem.code,)
    except Refused as problem:
        return problem.reasons
    return None


def test_at_most_one_row_applies() -> None:
    for state, given in EVERYTHING:
        for action in Action:
            rows = [row for row in TABLE if (row.source, row.action) == (state, action) and row.when(given)]
            assert len(rows) <= 1, (state, action, given, rows)


def test_every_pair_of_state_and_action_is_meant() -> None:
    """Written out a second time, from the contract: which action exists in which state at all."""
    assert {(row.source, row.action) for row in TABLE} == {
        *itertools.product([S.DRAFT], [A.EDIT, A.DELETE, A.SUBMIT, A.WITHDRAW]),
        *itertools.product([S.RETURNED], [A.EDIT, A.SUBMIT, A.CORRECT, A.WITHDRAW]),
        *itertools.product([S.IN_REVIEW], [A.APPROVE, A.CORRECT, A.STEP_BACK, A.RETURN, A.WITHDRAW, A.UNDO, A.PASS]),
        *itertools.product([S.CONFIRMED], [A.UNDO, A.RETURN, A.SEAL]),
        (S.SEALED, A.RETURN),
    }


def test_step_and_state_stay_together() -> None:
    for state, given in EVERYTHING:
        for row in TABLE:
            if row.source is state and row.when(given) and not any(guard(given) for guard in row.must):
                assert (row.target in WITH_AUTHOR) == (row.to(given) == 0), (row, given)
                assert 0 <= row.to(given) <= given.last, (row, given)


def reached(start: tuple[State, int], last: int) -> set[tuple[State, int]]:
    """Every (state, step) that willing people can bring it to from there."""
    found, frontier = {start}, [start]
    while frontier:
        state, step = frontier.pop()
        for action in Action:
            given = Facts(step, last, **WILLING, undo_step=None)
            if action is A.APPROVE:  # the author writes, someone else decides
                given = given._replace(is_author=False)
            if answers(state, action, given) is None:
                row = decide(state, action, given)
                there = (row.target, row.to(given))
                if there not in found:
                    found.add(there)
                    frontier.append(there)
    return found


@pytest.mark.parametrize("last", LASTS)
def test_every_state_is_reached(last: int) -> None:
    there = reached((S.DRAFT, 0), last)
    assert {state for state, _ in there} == set(State)
    assert {step for state, step in there if state is S.IN_REVIEW} == set(range(1, last + 1))


@pytest.mark.parametrize(("state", "step", "last"), [place for place in places() if place[0] in OPEN])
def test_no_open_state_is_a_dead_end(state: State, step: int, last: int) -> None:
    assert (S.CONFIRMED, last) in reached((state, step), last)


def test_nothing_leaves_the_ends_but_a_correction() -> None:
    assert {row.source for row in TABLE} == {*OPEN, S.SEALED}
    assert {row.action for row in TABLE if row.source is S.SEALED} == {A.RETURN}


def test_allowed_is_what_decide_refuses_for_nothing_but_the_reason() -> None:
    for state, given in EVERYTHING:
        wanted = [a for a in BY_PEOPLE if answers(state, a, given) in (None, ("reason-required",))]
        assert allowed(state, given) == wanted, (state, given)


def test_what_cannot_be_done_there_says_what_and_where() -> None:
    with pytest.raises(WrongState) as problem:
        decide(S.SEALED, A.APPROVE, Facts(3, 3, holds_step=True))
    assert problem.value.params == {"action": "approve", "state": "sealed"}


def test_no_button_passes_or_seals() -> None:
    assert set(Action) - set(BY_PEOPLE) == {A.PASS, A.SEAL}


def test_nobody_approves_their_own() -> None:
    for state, given in EVERYTHING:
        if given.is_author or given.is_sole_participant:
            assert answers(state, A.APPROVE, given), (state, given)


def test_nobody_corrects_their_own_and_the_station_corrects_nothing() -> None:
    for state, given in EVERYTHING:
        if given.is_author or given.is_sole_participant or given.step == given.last:
            assert answers(state, A.CORRECT, given), (state, given)


def test_what_was_corrected_begins_anew() -> None:
    for step in (1, 2):
        given = Facts(step, 3, holds_step=True)
        row = decide(S.IN_REVIEW, A.CORRECT, given)
        assert (row.target, row.to(given)) == (S.IN_REVIEW, 1)


def test_nobody_takes_their_own_correction_for_the_city() -> None:
    given = Facts(3, 3, holds_step=True, is_corrector=True)
    assert answers(S.IN_REVIEW, A.APPROVE, given) == ("own-correction",)
    assert A.RETURN in allowed(S.IN_REVIEW, given)
    assert answers(S.IN_REVIEW, A.APPROVE, given._replace(step=2)) is None


def test_nobody_takes_for_the_city_what_they_were_at_where_another_can() -> None:
    given = Facts(3, 3, holds_step=True, took_part=True)
    assert answers(S.IN_REVIEW, A.APPROVE, given) == ("took-part",)
    assert A.RETURN in allowed(S.IN_REVIEW, given)
    assert answers(S.IN_REVIEW, A.APPROVE, given._replace(step=2)) is None, "leaders were at nearly everything"


def test_a_bare_stranger_may_do_nothing() -> None:
    for state, step, last in places():
        assert allowed(state, Facts(step, last)) == []
        for action in Action:
            assert answers(state, action, Facts(step, last, reason="時刻"))


def test_who_may_send_a_returned_report_again() -> None:
    for given in facts(0, 3):
        may_correct = given.is_leader and not given.is_author and not given.is_sole_participant
        assert (answers(S.RETURNED, A.CORRECT, given) is None) == may_correct
        assert (answers(S.RETURNED, A.SUBMIT, given) is None) == given.is_author


def test_who_may_withdraw_a_returned_report() -> None:
    for given in facts(0, 3):
        other = not given.is_author and not given.is_sole_participant
        may = (given.is_leader and other) if given.author_left else given.is_author
        assert (answers(S.RETURNED, A.WITHDRAW, given) is None) == (may and bool(given.reason)), given


def test_a_leader_withdraws_nothing_else() -> None:
    for state, given in EVERYTHING:
        if state is not S.RETURNED and given.is_leader and not given.is_author:
            assert answers(state, A.WITHDRAW, given), (state, given)


WAY = {
    # state, step of 3, who → the actions offered to them
    (S.DRAFT, 0, "is_author"): [A.EDIT, A.DELETE, A.SUBMIT, A.WITHDRAW],
    (S.RETURNED, 0, "is_author"): [A.EDIT, A.SUBMIT, A.WITHDRAW],
    (S.RETURNED, 0, "is_leader"): [A.CORRECT],
    (S.DRAFT, 0, "is_leader"): [],
    (S.IN_REVIEW, 1, "is_leader"): [],
    (S.IN_REVIEW, 1, "is_author"): [A.WITHDRAW],
    (S.IN_REVIEW, 2, "is_author"): [A.WITHDRAW],
    (S.IN_REVIEW, 3, "is_author"): [],
    (S.IN_REVIEW, 1, "holds_step"): [A.APPROVE, A.CORRECT, A.RETURN],
    (S.IN_REVIEW, 2, "holds_step"): [A.APPROVE, A.CORRECT, A.STEP_BACK, A.RETURN],
    (S.IN_REVIEW, 3, "holds_step"): [A.APPROVE, A.STEP_BACK, A.RETURN],
    (S.IN_REVIEW, 3, "is_closer"): [],
    (S.CONFIRMED, 3, "is_author"): [],
    (S.CONFIRMED, 3, "is_closer"): [A.RETURN],
    (S.CONFIRMED, 3, "holds_step"): [],
    (S.SEALED, 3, "is_closer"): [A.RETURN],
    (S.SEALED, 3, "is_author"): [],
    (S.SEALED, 3, "holds_step"): [],
    (S.WITHDRAWN, 0, "is_author"): [],
}


@pytest.mark.parametrize(("state", "step", "who"), WAY)
def test_who_is_offered_what(state: State, step: int, who: str) -> None:
    assert allowed(state, Facts(step, 3, **{who: True})) == WAY[state, step, who]


@pytest.mark.parametrize("state", [S.IN_REVIEW, S.CONFIRMED])
def test_undo_goes_back_to_the_step_that_was_approved(state: State) -> None:
    for step, undo in itertools.product((1, 2, 3), repeat=2):
        row = decide(state, A.UNDO, Facts(step, 3, undo_step=undo))
        assert (row.target, row.to(Facts(step, 3, undo_step=undo))) == (S.IN_REVIEW, undo)


@pytest.mark.parametrize(
    ("action", "step", "state", "to"),
    [
        (A.APPROVE, 1, S.IN_REVIEW, 2),
        (A.APPROVE, 2, S.IN_REVIEW, 3),
        (A.APPROVE, 3, S.CONFIRMED, 3),
        (A.STEP_BACK, 3, S.IN_REVIEW, 2),
        (A.STEP_BACK, 2, S.IN_REVIEW, 1),
        (A.RETURN, 3, S.RETURNED, 0),
    ],
)
def test_one_level_at_a_time(action: Action, step: int, state: State, to: int) -> None:
    given = Facts(step, 3, holds_step=True, reason="時刻")
    row = decide(S.IN_REVIEW, action, given)
    assert (row.target, row.to(given)) == (state, to)


def test_the_station_is_never_passed() -> None:
    for last in LASTS:
        assert answers(S.IN_REVIEW, A.PASS, Facts(last, last, is_passable=True)) == ("wrong-state",)


def test_a_level_is_passed_to_the_next_one_where_nobody_holds_it() -> None:
    row = decide(S.IN_REVIEW, A.PASS, Facts(1, 3, is_passable=True))
    assert (row.target, row.to(Facts(1, 3))) == (S.IN_REVIEW, 2)
    assert answers(S.IN_REVIEW, A.PASS, Facts(1, 3, holds_step=True)) == ("not-passable",)


def test_every_reason_is_named_at_once() -> None:
    assert answers(S.IN_REVIEW, A.UNDO, Facts(2, 3, holds_step=True)) == ("nothing-to-undo",)
    assert answers(S.RETURNED, A.CORRECT, Facts(0, 3)) == ("not-leader",)
    assert answers(S.IN_REVIEW, A.APPROVE, Facts(1, 3, is_author=True)) == ("not-your-step", "own-report")
    assert answers(S.IN_REVIEW, A.STEP_BACK, Facts(1, 3)) == ("not-your-step", "first-step", "reason-required")
    assert answers(S.CONFIRMED, A.RETURN, Facts(3, 3)) == ("not-closer", "reason-required")
    assert answers(S.CONFIRMED, A.RETURN, Facts(3, 3, is_closer=True, reason=" \n　")) == ("reason-required",)
    assert answers(S.SEALED, A.RETURN, Facts(3, 3, is_author=True)) == ("not-closer", "reason-required")
    assert answers(S.RETURNED, A.WITHDRAW, Facts(0, 3)) == ("not-author", "reason-required")
    assert answers(S.RETURNED, A.WITHDRAW, Facts(0, 3, author_left=True, is_sole_participant=True)) == (
        "not-leader",
        "own-report",
        "reason-required",
    )
    assert answers(S.DRAFT, A.WITHDRAW, Facts(0, 3, is_author=True)) is None
