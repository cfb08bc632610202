"""The route of a report for any tree and any people: it climbs, it ends at the station, nobody judges themselves."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.activity.route import Desk, Route, Stop, asked, is_upward, passed_before, plan
from brigade.organisation.ranks import LEVELS, Level

PEOPLE = [uuid.UUID(int=number) for number in range(1, 6)]
AUTHOR, OTHER, THIRD = PEOPLE[:3]
some = st.sampled_from(PEOPLE)


@st.composite
def lines(draw: st.DrawFn) -> list[Desk]:
    """The desks from a report's unit up to the bureau: any levels of the tree, but always a station."""
    middle = draw(st.sets(st.sampled_from([Level.BRIGADE, Level.COMPANY, Level.SECTION, Level.SQUAD])))
    levels = sorted({Level.BUREAU, Level.STATION, *middle}, key=LEVELS.index, reverse=True)
    return [
        Desk(
            uuid.uuid5(uuid.NAMESPACE_OID, level),
            f"{level}の名",
            level,
            tuple(draw(st.lists(some, max_size=1))),
            tuple(draw(st.lists(some, unique=True, max_size=3))),
        )
        for level in levels
    ]


cases = given(lines(), some, st.sets(some, max_size=4))


@cases
def test_levels_only_climb_to_the_station(desks: list[Desk], author: uuid.UUID, participants: set[uuid.UUID]) -> None:
    route = plan(desks, author, participants)
    assert is_upward(route)
    assert [stop.level for stop in route] == [desk.level for desk in desks if desk.level is not Level.BUREAU]
    assert route[-1].level is Level.STATION
    assert route[-1].passed is None
    assert asked(route)[-1] == route[-1]


@cases
def test_nobody_is_asked_about_themselves_alone(
    desks: list[Desk], author: uuid.UUID, participants: set[uuid.UUID]
) -> None:
    sole = participants if len(participants) == 1 else set()
    by_unit = {desk.unit_id: desk for desk in desks}
    for stop in asked(plan(desks, author, participants))[:-1]:
        desk = by_unit[stop.unit_id]
        assert set(desk.leaders or desk.deputies) - {author} - sole, "a level where no other person can decide"


@cases
def test_a_level_is_passed_for_its_reason_only(
    desks: list[Desk], author: uuid.UUID, participants: set[uuid.UUID]
) -> None:
    by_unit = {desk.unit_id: desk for desk in desks}
    for stop in plan(desks, author, participants):
        deciders = set(by_unit[stop.unit_id].leaders or by_unit[stop.unit_id].deputies)
        assert stop.passed in (None, "vacant", "author-holds", "sole-participant")
        if stop.level is not Level.STATION:
            assert (stop.passed == "vacant") == (not deciders)
        if stop.passed == "author-holds":
            assert author in deciders
        if stop.passed == "sole-participant":
            assert participants <= deciders
            assert author not in deciders


@cases
def test_no_level_is_lost(desks: list[Desk], author: uuid.UUID, participants: set[uuid.UUID]) -> None:
    route = plan(desks, author, participants)
    again: list[Stop] = []
    for step, stop in enumerate(asked(route), 1):
        again += [*passed_before(route, step), stop]
    assert tuple(again) == route
    assert passed_before(route, 0) == passed_before(route, len(asked(route)) + 1) == ()


@cases
def test_a_route_survives_being_stored(desks: list[Desk], author: uuid.UUID, participants: set[uuid.UUID]) -> None:
    route = plan(desks, author, participants)
    assert tuple(Stop.restored(stop.stored()) for stop in route) == route


def why(leaders: tuple[uuid.UUID, ...], deputies: tuple[uuid.UUID, ...], *people: uuid.UUID) -> str | None:
    """Why a squad with these holders is passed over in a report by AUTHOR about ``people``."""
    desk = Desk(uuid.UUID(int=9), "第1班", Level.SQUAD, leaders, deputies)
    return plan([desk], AUTHOR, people)[0].passed


@pytest.mark.parametrize(
    ("leaders", "deputies", "people", "expected"),
    [
        ((OTHER,), (), (AUTHOR,), None),
        ((OTHER,), (AUTHOR,), (AUTHOR,), None),
        ((AUTHOR,), (), (OTHER, THIRD), "author-holds"),
        ((AUTHOR,), (OTHER,), (OTHER, THIRD), "author-holds"),  # a leader's own entry goes to the next level
        ((OTHER,), (), (OTHER,), "sole-participant"),
        ((OTHER,), (), (OTHER, THIRD), None),
        ((), (), (AUTHOR,), "vacant"),
        ((), (OTHER,), (AUTHOR,), None),
        ((), (AUTHOR,), (AUTHOR, OTHER), "author-holds"),
        ((), (AUTHOR, OTHER), (AUTHOR, OTHER), None),  # the second deputy decides
        ((), (AUTHOR, OTHER), (OTHER,), "author-holds"),
        ((), (OTHER,), (OTHER,), "sole-participant"),
        ((), (OTHER, THIRD), (OTHER,), None),
        ((), (OTHER,), (), None),
    ],
)
def test_who_passes_a_squad(
    leaders: tuple[uuid.UUID, ...],
    deputies: tuple[uuid.UUID, ...],
    people: tuple[uuid.UUID, ...],
    expected: str | None,
) -> None:
    assert why(leaders, deputies, *people) == expected


def test_a_fall_in_the_levels_is_noticed() -> None:
    route: Route = tuple(Stop(uuid.UUID(int=1), "", level) for level in (Level.SQUAD, Level.COMPANY, Level.SECTION))
    assert is_upward(route[:2])
    assert not is_upward(route)
    assert not is_upward((route[0], route[0]))
