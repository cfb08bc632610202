"""A station that ends: nothing may be left that only its officers could take or seal."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.month.sealing import seal
from brigade.organisation import posts, tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import rebuild_tree
from brigade.problems import Refused
from tests import make
from tests.make import City

TODAY = dt.date(2026, 11, 20)


def test_a_station_with_reports_that_are_not_sealed_does_not_end(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    for login in ("squad11", "company1", "brigade"):
        made = make.step(session, city, login, made, Action.APPROVE)
    make.unit(session, city, Level.STATION, "S2", "B消防署", "B")
    rebuild_tree(session, city.bureau_id)
    make.kept(session, None)
    bureau = make.bound(session, city, "bureau")
    tree.move_unit(session, bureau, city.unit_id("K1"), city.unit_id("S2"), TODAY)
    session.commit()

    def refused() -> tuple[str, ...]:
        """After its officer went elsewhere; taken back, for somebody must still decide."""
        with session.begin_nested() as taken_back:
            posts.transfer_member(session, bureau, city.member_id("station"), city.unit_id("S2"), TODAY)
            with pytest.raises(Refused) as found:
                tree.end_unit(session, bureau, city.unit_id("S1"), TODAY)
            taken_back.rollback()
        return found.value.reasons

    assert refused() == ("station-has-reports",)
    make.step(session, city, "station", made, Action.APPROVE)
    bureau = make.bound(session, city, "bureau")
    assert refused() == ("station-has-reports",)
    officer = make.bound(session, city, "station")
    seal(session, officer, city.unit_id("S1"), "2026-11", edition_id=new_id(), seal_id=new_id())
    session.commit()
    bureau = make.bound(session, city, "bureau")
    posts.transfer_member(session, bureau, city.member_id("station"), city.unit_id("S2"), TODAY)
    assert tree.end_unit(session, bureau, city.unit_id("S1"), TODAY).valid_to == TODAY - dt.timedelta(days=1)
