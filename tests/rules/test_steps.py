"""One step of a report by itself, without a store: what the table may look at, and what is written of who acted as what."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest

from brigade.activity.route import Stop
from brigade.activity.standing import StandingReport
from brigade.activity.transition import (
    CREATE,
    actions_of,
    awaiting,
    check_version,
    desk_over,
    facts_of,
    pass_step,
    post_of_author,
    record,
    take,
)
from brigade.activity.workflow import Action, State
from brigade.actor import Actor, DeskHeld, HeldPost
from brigade.organisation.ranks import Level
from brigade.problems import Refused, Stale
from tests.rules.test_dates import JST

A, S = Action, State
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=JST)
EARLIER, DAY = NOW - dt.timedelta(days=1), dt.timedelta(days=1)
SQUAD, SECTION, COMPANY, BRIGADE, STATION, BUREAU = (uuid.UUID(int=nth) for nth in range(1, 7))
AUTHOR, LEADER, OTHER, GONE = (uuid.UUID(int=nth) for nth in range(11, 15))
POSTS = {SQUAD: "squad_leader", SECTION: "section_leader", COMPANY: "company_leader", BRIGADE: "brigade_leader",
         STATION: "station_officer", BUREAU: "bureau_officer"}  # fmt: skip
LEVELS = {
    SQUAD: "squad",
    SECTION: "section",
    COMPANY: "company",
    BRIGADE: "brigade",
    STATION: "station",
    BUREAU: "bureau",
}
ROUTE = [(SQUAD, None), (SECTION, "vacant"), (COMPANY, None), (BRIGADE, "author-holds"), (STATION, None)]


def report(state: State = S.IN_REVIEW, step: int = 1, **said: Any) -> StandingReport:
    """A squad's report; section and brigade are passed over, so three levels are asked."""
    route = [Stop(unit, LEVELS[unit], Level(LEVELS[unit]), passed).stored() for unit, passed in ROUTE]
    at = [SQUAD, COMPANY, STATION][step - 1] if state is S.IN_REVIEW else None
    made = StandingReport(
        uuid.UUID(int=99), "K1-2026-00001", 7, "T-01", "2026-11", EARLIER, AUTHOR, "self", None, BUREAU, STATION, BRIGADE,
        COMPANY, SECTION, SQUAD, state.value, step, route, at, EARLIER if at else None, None, None, None, EARLIER, EARLIER, "",
    )  # fmt: skip
    return replace(made, **said)


def desk(unit: uuid.UUID, **said: Any) -> DeskHeld:
    return DeskHeld(unit, LEVELS[unit], POSTS[unit], **said)


def actor(*desks: DeskHeld, member: uuid.UUID = LEADER, posts: tuple[uuid.UUID, ...] = ()) -> Actor:
    held = tuple(HeldPost(POSTS[unit], unit, LEVELS[unit], LEVELS[unit], NOW.date(), None) for unit in posts)
    return Actor(member, BUREAU, "ordinary", NOW, posts=held, desks=desks)


# --- What the table may look at ---------------------------------------------------------------------------------------


def test_of_a_stranger_nothing_holds() -> None:
    facts = facts_of(report(), actor(member=OTHER))
    assert facts == (1, 3, *[False] * 9, None, "")


@pytest.mark.parametrize(
    ("fact", "said", "who"),
    [
        ("is_author", {}, actor(member=AUTHOR)),
        ("is_sole_participant", {"sole_member_id": OTHER}, actor(member=OTHER)),
        ("is_corrector", {"corrected_by_id": OTHER}, actor(member=OTHER)),
    ],
)
def test_who_wrote_took_part_alone_or_corrected(fact: str, said: dict[str, Any], who: Actor) -> None:
    assert getattr(facts_of(report(**said), who), fact) is True
    assert getattr(facts_of(report(**said), actor(member=GONE)), fact) is False


def test_who_holds_the_step() -> None:
    assert facts_of(report(), actor(desk(SQUAD))).holds_step
    assert not facts_of(report(), actor(desk(COMPANY))).holds_step
    assert facts_of(report(step=2), actor(desk(COMPANY))).holds_step
    waits = desk(SQUAD, for_id=GONE, basis="idle", waiting_before=EARLIER)
    assert facts_of(report(), actor(waits)).holds_step, "who waited just so long"
    assert not facts_of(report(awaiting_since=EARLIER + dt.timedelta(seconds=1)), actor(waits)).holds_step


def test_who_closes_the_month() -> None:
    assert facts_of(report(S.CONFIRMED, 3), actor(desk(STATION))).is_closer
    for other in (actor(desk(BRIGADE)), actor(desk(STATION, waiting_before=NOW))):
        assert not facts_of(report(S.CONFIRMED, 3), other).is_closer
    assert not facts_of(report(S.CONFIRMED, 3, station_id=None), actor(desk(STATION))).is_closer


@pytest.mark.parametrize("unit", [SQUAD, SECTION, COMPANY, BRIGADE])
def test_who_leads_the_unit_or_one_above(unit: uuid.UUID) -> None:
    assert facts_of(report(), actor(desk(unit))).is_leader
    assert not facts_of(report(), actor(desk(unit, waiting_before=NOW))).is_leader, "a deputy who has to wait"
    assert desk_over(report(), actor(desk(BRIGADE), desk(unit))) == desk(unit), "the nearest"


def test_no_officer_leads_a_squad() -> None:
    assert not facts_of(report(), actor(desk(STATION), desk(BUREAU))).is_leader
    assert desk_over(report(), actor(desk(STATION))) is None


def test_an_author_who_has_left() -> None:
    assert facts_of(report(S.RETURNED, 0), actor(), gone={AUTHOR}).author_left
    assert not facts_of(report(S.RETURNED, 0), actor(), gone={LEADER}).author_left


@pytest.mark.parametrize(
    ("by", "step", "desks", "found"),
    [
        (LEADER, 1, (SQUAD,), 1),
        (LEADER, 2, (SQUAD, COMPANY), 2),
        (LEADER, 3, (STATION,), 3),
        (LEADER, 2, (SQUAD,), None),  # no longer where they approved
        (LEADER, 1, (), None),
        (LEADER, 4, (STATION,), None),  # a route that has become shorter
        (LEADER, None, (SQUAD, STATION), None),
        (LEADER, 0, (SQUAD, STATION), None),
        (OTHER, 1, (SQUAD,), None),  # another's approval
    ],
)
def test_whose_approval_can_be_taken_back(
    by: uuid.UUID, step: int | None, desks: tuple[uuid.UUID, ...], found: int | None
) -> None:
    facts = facts_of(report(step=2, undo_by_id=by, undo_step=step), actor(*(desk(unit) for unit in desks)))
    assert facts.undo_step == found


# --- What a step changes and says -------------------------------------------------------------------------------------


def test_an_approval_goes_past_the_levels_that_are_passed() -> None:
    row = report()
    approved, passed = take(row, A.APPROVE, actor(desk(SQUAD), posts=(SQUAD,)), comment=" よし ")
    assert (row.state, row.step, row.version, row.awaiting_unit_id, row.awaiting_since) == (
        "in_review",
        2,
        9,
        COMPANY,
        NOW,
    )
    assert (row.undo_by_id, row.undo_step, row.updated_at) == (LEADER, 1, NOW)
    assert (approved.action, approved.actor_id, approved.seq, approved.at) == ("approve", LEADER, 8, NOW)
    assert (approved.unit_id, approved.level, approved.post, approved.comment) == (
        SQUAD,
        "squad",
        "squad_leader",
        "よし",
    )
    assert (approved.source, approved.target, approved.step_from, approved.step_to) == ("in_review", "in_review", 1, 2)
    assert (approved.for_id, approved.basis, approved.reason) == (None, None, None)
    assert (passed.action, passed.actor_id, passed.seq, passed.unit_id, passed.level) == (
        "pass",
        None,
        9,
        SECTION,
        "section",
    )
    assert (passed.reason, passed.post, passed.step_from, passed.step_to) == ("vacant", None, 2, 2)
    stop = awaiting(row)
    assert stop is not None
    assert stop.unit_id == COMPANY


def test_the_station_takes_it() -> None:
    row = report(step=3, corrected_by_id=OTHER)
    [taken] = take(row, A.APPROVE, actor(desk(STATION)))
    assert (row.state, row.step, row.awaiting_unit_id, row.awaiting_since) == ("confirmed", 3, None, None)
    assert (row.undo_by_id, row.undo_step, row.corrected_by_id) == (LEADER, 3, OTHER)
    assert (taken.source, taken.target, awaiting(row)) == ("in_review", "confirmed", None)


def test_what_the_author_sends_again_is_the_authors_alone() -> None:
    row = report(S.RETURNED, 0, corrected_by_id=LEADER)
    [sent] = take(row, A.SUBMIT, actor(member=AUTHOR, posts=(COMPANY,)))
    assert (row.state, row.step, row.awaiting_unit_id, row.corrected_by_id) == ("in_review", 1, SQUAD, None)
    assert (sent.post, sent.unit_id, sent.level, row.undo_by_id) == ("company_leader", None, None, None)


def test_a_deputy_acts_for_somebody() -> None:
    row = report()
    deputy = desk(SQUAD, for_id=GONE, basis="on-leave")
    [back] = take(row, A.RETURN, actor(deputy), remarks=[{"pointer": "/place"}])
    assert back.post == "squad_leader", "as whom, whatever else the deputy is"
    assert (back.for_id, back.basis, back.unit_id, back.remarks) == (GONE, "on-leave", SQUAD, [{"pointer": "/place"}])
    assert (row.state, row.step, row.awaiting_unit_id) == ("returned", 0, None)


def test_a_remark_is_a_reason_and_blanks_are_none() -> None:
    with pytest.raises(Refused) as refused:
        take(report(), A.RETURN, actor(desk(SQUAD)), comment=" \n")
    assert refused.value.reasons == ("reason-required",)

    [back] = take(report(), A.RETURN, actor(desk(SQUAD)), comment=" \n", remarks=[{"pointer": "/place"}])
    assert (back.comment, back.target) == ("", "returned")


def first_passed(state: State, step: int = 0) -> StandingReport:
    """The squad's leader wrote it: the company is the first to be asked."""
    route = [
        Stop(SQUAD, "squad", Level.SQUAD, "author-holds").stored(),
        *(Stop(unit, LEVELS[unit], Level(LEVELS[unit])).stored() for unit in (COMPANY, STATION)),
    ]
    at = {"awaiting_unit_id": [COMPANY, STATION][step - 1], "awaiting_since": EARLIER} if step else {}
    return replace(report(state, step, awaiting_unit_id=None, awaiting_since=None), route=route, **at)


@pytest.mark.parametrize("state", [S.DRAFT, S.RETURNED])
def test_what_is_passed_at_the_beginning_is_told_each_time(state: State) -> None:
    row = first_passed(state)
    sent, passed = take(row, A.SUBMIT, actor(member=AUTHOR))
    assert (sent.action, passed.action, passed.unit_id, passed.reason) == ("submit", "pass", SQUAD, "author-holds")
    assert (row.step, row.awaiting_unit_id) == (1, COMPANY)


def test_what_was_passed_is_not_told_again_by_a_step_down() -> None:
    [back] = take(first_passed(S.IN_REVIEW, 2), A.STEP_BACK, actor(desk(STATION)), comment="時刻")
    assert (back.action, back.step_to) == ("step-back", 1)
    [corrected] = take(first_passed(S.IN_REVIEW, 1), A.CORRECT, actor(desk(COMPANY)))
    assert (corrected.action, corrected.step_to) == ("correct", 1)
    [withdrawn] = take(first_passed(S.RETURNED), A.WITHDRAW, actor(member=AUTHOR), comment="重複")
    assert withdrawn.target == "withdrawn"


def test_an_approval_taken_back_is_ones_own_doing() -> None:
    row = report(step=2, undo_by_id=LEADER, undo_step=1)
    [undone] = take(row, A.UNDO, actor(desk(SQUAD), posts=(SQUAD,)))
    assert (row.step, row.awaiting_unit_id, row.undo_by_id) == (1, SQUAD, None)
    assert (undone.unit_id, undone.post, undone.step_from, undone.step_to) == (None, "squad_leader", 2, 1)


def test_the_station_reopens_from_its_own_desk() -> None:
    row = report(S.CONFIRMED, 3, undo_by_id=LEADER, undo_step=3)
    [back] = take(row, A.RETURN, actor(desk(BRIGADE), desk(STATION, for_id=GONE, basis="vacant")), comment="時刻")
    assert (back.unit_id, back.for_id, back.basis) == (STATION, GONE, "vacant")
    assert (row.state, row.undo_by_id, row.undo_step) == ("returned", None, None)
    [sealed] = take(report(S.CONFIRMED, 3), A.SEAL, actor(desk(BRIGADE), desk(STATION)))
    assert (sealed.unit_id, sealed.target) == (STATION, "sealed")


def test_a_leader_corrects_from_the_nearest_desk() -> None:
    row = report(S.RETURNED, 0)
    [corrected] = take(row, A.CORRECT, actor(desk(BRIGADE), desk(COMPANY)), changed=["place"])
    assert (corrected.unit_id, corrected.changed, row.awaiting_unit_id) == (COMPANY, ["place"], SQUAD)
    [waiting] = take(report(step=2), A.CORRECT, actor(desk(SQUAD), desk(COMPANY)))
    assert waiting.unit_id == COMPANY, "where it waits goes before what is nearer"
    [withdrawn] = take(report(S.RETURNED, 0), A.WITHDRAW, actor(desk(COMPANY)), comment="退団", gone={AUTHOR})
    assert (withdrawn.unit_id, withdrawn.target) == (COMPANY, "withdrawn")
    [own] = take(report(S.RETURNED, 0), A.WITHDRAW, actor(desk(COMPANY), member=AUTHOR), comment="重複")
    assert own.unit_id is None, "the author withdraws as the author"


def test_a_step_back_waits_where_it_came_from() -> None:
    row = report(step=2)
    [back] = take(row, A.STEP_BACK, actor(desk(COMPANY)), comment="時刻")
    assert (row.step, row.awaiting_unit_id, row.awaiting_since, row.undo_by_id) == (1, SQUAD, NOW, None)
    assert (back.step_from, back.step_to) == (2, 1)


def test_a_step_that_nobody_holds_is_passed_by_nobody() -> None:
    row = report()
    first, second = pass_step(row, "vacant", NOW)
    assert (first.action, first.actor_id, first.unit_id, first.reason, first.step_to) == (
        "pass",
        None,
        SQUAD,
        "vacant",
        2,
    )
    assert (second.unit_id, second.reason) == (SECTION, "vacant")
    assert (row.step, row.awaiting_unit_id, row.awaiting_since, row.version) == (2, COMPANY, NOW, 9)


def test_what_is_offered_is_what_may_be_done() -> None:
    assert actions_of(report(), actor(desk(SQUAD)), frozenset()) == ["approve", "correct", "return"]
    back = report(S.RETURNED, 0)
    assert actions_of(back, actor(desk(COMPANY)), frozenset()) == ["correct"]
    assert actions_of(back, actor(desk(COMPANY)), {AUTHOR}) == ["correct", "withdraw"]


def test_a_new_report_comes_from_nowhere() -> None:
    made = record(report(S.DRAFT, 0, version=0), CREATE, AUTHOR, NOW)
    assert (made.seq, made.source, made.step_from, made.target) == (1, None, 0, "draft")
    again = record(report(S.DRAFT, 0), "edit", AUTHOR, NOW, post="company_leader")
    assert (again.seq, again.source, again.post, again.unit_id) == (8, "draft", "company_leader", None)


def test_the_post_of_who_writes() -> None:
    assert post_of_author(report(), actor(posts=(COMPANY,))) == "company_leader"
    assert post_of_author(report(), actor()) is None
    elsewhere = HeldPost("squad_leader", OTHER, "他班", "squad", NOW.date(), None)
    assert post_of_author(report(), replace(actor(), posts=(elsewhere,))) is None


def test_only_the_newest_version_may_be_acted_on() -> None:
    check_version(report(), 7)
    for version in (6, 8):
        with pytest.raises(Stale):
            check_version(report(), version)
