"""The record looks past the session's rules: it must still hold nothing that is not one's own, and nothing they would hide."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.history import ReportEvent
from brigade.disputes import Dispute
from brigade.month.figures import COUNTED
from brigade.organisation.people import Member, Membership, Post
from brigade.own_record import OwnRecord, own_record
from tests.db.sight import Sight
from tests.db.test_leaks import session_of
from tests.db.town import TODAY, Town

MONTHS = ("2026-03", "2026-11")


def shown(record: OwnRecord) -> dict[type[Any], set[Any]]:
    """Keys of every row that stands in it."""
    return {
        ActivityReport: {(one.report.id,) for one in record.turnouts},
        ReportEvent: {(one.report.id, decision.seq) for one in record.turnouts for decision in one.decisions},
        Dispute: {(one.dispute.id,) for one in record.turnouts if one.dispute},
        Membership: {(row.id,) for row in record.memberships},
        Post: {(row.id,) for row in record.posts},
    }


def own(town: Town, me: uuid.UUID) -> dict[type[Any], set[Any]]:
    """What should stand in it."""
    parts = {row["report_id"] for row in town.of(Participation) if row["member_id"] == me}
    reports = {
        row["id"]
        for row in town.of(ActivityReport)
        if row["id"] in parts and row["state"] in COUNTED and MONTHS[0] <= row["month"] <= MONTHS[1]
    }
    dated = {
        model: {(row["id"],) for row in town.of(model) if row["member_id"] == me and row["valid_from"] <= TODAY}
        for model in (Membership, Post)
    }
    return {
        ActivityReport: {(id_,) for id_ in reports},
        ReportEvent: {(row["report_id"], row["seq"]) for row in town.of(ReportEvent) if row["report_id"] in reports},
        Dispute: {
            (row["id"],) for row in town.of(Dispute) if row["member_id"] == me and row["report_id"] in reports
        },
        **dated,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_a_record_holds_what_is_ones_own_and_nothing_else(engine: Engine, seed: int) -> None:
    """Everyone of two cities, also who leads others: no stranger's report, no draft, nothing of the other city."""
    town = Town(seed)
    for row in town.of(ReportEvent):
        row["action"] = "submit"  # also of drafts: their author's alone
    with Session(engine) as session:
        town.stored(session)
    lives_in = {row["id"]: row["bureau_id"] for row in town.of(Member)}
    city_of = {row["id"]: row["bureau_id"] for row in town.of(ActivityReport)}
    found: dict[type[Any], int] = defaultdict(int)
    for me in lives_in:
        session = session_of(engine, me)
        if session is None:
            continue
        with session:
            record = own_record(session, session.info["actor"], *MONTHS)
            rows = shown(record)
            assert rows == own(town, me)
            seen = Sight(town, me).sees
            for model, keys in rows.items():
                assert keys <= seen[model], model
                found[model] += len(keys)
            ids = [one.report.id for one in record.turnouts]
            assert {city_of[id_] for id_ in ids} <= {lives_in[me]}
            under_the_rules = session.scalars(select(ActivityReport.id).where(ActivityReport.id.in_(ids)))
            assert set(under_the_rules) == set(ids)
    assert all(found[model] > 20 for model in rows), found
