"""Who answers for a report and so never settles what is said against it: whoever wrote, corrected or approved it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from brigade.activity.corrections import correct
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.disputes import answering, raise_dispute, settle_dispute
from brigade.organisation.people import Post
from brigade.problems import Refused
from tests import make
from tests.make import City


def test_who_corrected_a_report_answers_for_it_wherever_they_serve_later(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b")
    made = make.step(session, city, "squad11", made, Action.APPROVE)
    leader = make.bound(session, city, "company1")
    ended = made.ended_at - dt.timedelta(hours=1)
    correct(session, leader, made.id, made.version, {"ended_at": ended}, comment="早く終わりました。")
    session.commit()
    assert answering(session, [made.id])[made.id] == {
        city.member_id(one) for one in ("squad11a", "squad11", "company1")
    }
    post = {"member_id": leader.member_id, "unit_id": city.unit_id("S1"), "post": "station_officer"}
    session.execute(insert(Post).values(id=new_id(), valid_from=make.SINCE, **post))
    session.commit()
    member = make.bound(session, city, "squad11b")
    dispute = raise_dispute(session, member, made.id, DisputeKind.TIMES, "二時間いました。").id
    session.commit()
    officer = make.bound(session, city, "company1")
    with pytest.raises(Refused) as refused:
        settle_dispute(session, officer, dispute, DisputeState.DISMISSED, "一時間です。")
    assert refused.value.reasons == ("own-dispute",)
