"""The station is told where one person alone approved a report on all its way: nobody else has looked at it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.flags import all_doubts, asks_to_look, flags, last_doubts
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.organisation.people import Post
from brigade.organisation.units import Unit
from tests import make
from tests.db.test_flags import counted
from tests.make import City, Filed

ALONE, ALL = ("squad11", "squad11", "squad11"), ("squad11", "company1", "brigade")


@pytest.fixture(autouse=True)
def every_desk(session: Session, city: City) -> None:
    """The leader of a squad leads its company and brigade too, beside those who do."""
    for unit, post in (("K1-1", "company_leader"), ("K1", "brigade_leader")):
        row = {"member_id": city.member_id("squad11"), "unit_id": city.unit_id(unit), "post": post}
        session.execute(insert(Post).values(**row, id=new_id(), valid_from=make.SINCE), execution_options=make.SYSTEM)
    session.commit()


def climbed(session: Session, city: City, made: Filed, *leaders: str) -> Filed:
    for login in leaders:
        made = make.step(session, city, login, made, Action.APPROVE)
    return made


def filed(session: Session, city: City, *leaders: str, **said: object) -> Filed:
    return climbed(session, city, make.report(session, city, "squad11a", "K1-1-1", **said), *leaders)


def told(session: Session, city: City, made: Filed, login: str = "station") -> int | None:
    """At how many levels; the same where it is read by itself and before many are approved, and never on the list."""
    make.bound(session, city, login)
    row = actions.read(session, made.id)
    found = [flag for flag in all_doubts(session, [row])[row.id] if flag.code == "approved-by-one"]
    assert last_doubts(session, [row]).get(row.id, []) == found
    assert "approved-by-one" not in {flag.code for flag in flags(session, [row])[row.id]}
    assert all(asks_to_look(row, flag) for flag in found)
    return found[0].params["levels"] if found else None


@pytest.mark.parametrize(
    ("leaders", "levels"), [(ALONE, 3), (ALL, None), (("squad11", "squad11", "brigade"), None),
                            (("squad11", "company1", "squad11"), None)],
)  # fmt: skip
def test_one_person_at_every_level(session: Session, city: City, leaders: tuple[str, ...], levels: int | None) -> None:
    assert told(session, city, filed(session, city, *leaders)) == levels


def test_who_is_only_asked_at_one_level_is_no_doubt(session: Session, city: City) -> None:
    made = make.report(session, city, "company1", "K1-1", "squad11a")  # past who wrote it: the brigade is left
    made = climbed(session, city, made, "squad11")
    assert made.awaiting_unit_id == city.unit_id("S1")
    assert told(session, city, made) is None


def test_it_is_told_at_the_station_alone(session: Session, city: City) -> None:
    made = filed(session, city, *ALONE[:2])
    assert told(session, city, made, "brigade") is None
    made = climbed(session, city, made, "squad11", "station")
    assert told(session, city, made) is None, "it is confirmed"


def test_what_came_back_is_looked_at_anew(session: Session, city: City) -> None:
    made = filed(session, city, *ALL)
    made = make.step(session, city, "station", made, Action.RETURN, comment="時刻を確かめてください。")
    made = make.step(session, city, "squad11a", made, Action.SUBMIT)
    assert told(session, city, climbed(session, city, made, *ALONE)) == 3


def test_a_level_that_is_asked_no_more_does_not_count(session: Session, city: City) -> None:
    made = filed(session, city, "squad11")
    made = make.step(session, city, "company1", made, Action.RETURN, comment="時刻を確かめてください。")
    gone = delete(Post).where(Post.unit_id == city.unit_id("K1-1-1"))
    session.execute(gone, execution_options=make.SYSTEM)
    session.commit()
    made = make.step(session, city, "squad11a", made, Action.SUBMIT)
    assert told(session, city, climbed(session, city, made, *ALONE[:2])) == 2


@pytest.mark.parametrize(("leaders", "levels"), [(ALL, None), (ALONE, 3)])
def test_who_approved_what_is_unchanged_stands_for_it(
    session: Session, city: City, leaders: tuple[str, ...], levels: int | None
) -> None:
    again = update(Unit).where(Unit.id == city.unit_id("K1")).values(settings={"repass_after_return": True})
    session.execute(again, execution_options=make.SYSTEM)
    session.commit()
    made = filed(session, city, *leaders)
    made = make.step(session, city, "station", made, Action.RETURN, comment="場所を書いてください。")
    made = make.step(session, city, "squad11a", made, Action.SUBMIT)
    assert made.awaiting_unit_id == city.unit_id("S1"), "past all who had approved the same"
    assert told(session, city, made) == levels


def test_one_statement_for_a_page_and_none_below_the_station(session: Session, city: City) -> None:
    made = [filed(session, city, *ALONE, day=day) for day in (16, 17, 18)]
    below = filed(session, city, *ALONE[:2], day=15)
    make.bound(session, city, "station")
    counts = []
    for some in ([below], made[:1], made):
        rows = [actions.read(session, one.id) for one in some]
        with counted(session) as asked:
            last_doubts(session, rows)
        counts.append(len(asked))
    assert counts == [0, 1, 1]
