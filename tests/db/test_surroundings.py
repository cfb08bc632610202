"""What is read around the reports of a page is what the session finds under the rules, for whoever looks."""

from __future__ import annotations

import uuid

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, selectinload

from brigade.activity.activities import ActivityReport
from brigade.activity.content import content_of
from brigade.activity.flags import flags, own_doubts
from brigade.activity.inbox import next_waiting
from brigade.activity.surroundings import FOR_FLAGS, around_whole
from brigade.activity.whole import read_without_lists
from brigade.actor import load_actor
from brigade.files.attachments import Attachment, Picture, of_reports
from brigade.organisation.people import Member
from brigade.scopes import act_as
from tests.db.sight import Sight
from tests.db.town import NOW, Town
from tests.make import SYSTEM

LISTS = (ActivityReport.participations, ActivityReport.vehicles, ActivityReport.attachments)


def shown(
    pictures: dict[uuid.UUID, list[Attachment]] | dict[uuid.UUID, list[Picture]],
) -> dict[uuid.UUID, list[object]]:
    """What is told of each."""
    return {
        id_: [[getattr(picture, name) for name in Picture._fields] for picture in found]
        for id_, found in pictures.items()
        if found
    }


def test_a_page_holds_what_the_rules_show(engine: Engine) -> None:
    town = Town(410)
    with Session(engine) as session:
        town.stored(session)
    pictures, waits = 0, 0
    for me in sorted(row["id"] for row in town.of(Member)):
        with Session(engine) as session:
            actor = load_actor(session, session.get_one(Member, me, execution_options=SYSTEM), NOW)
            if actor is None:
                continue
            act_as(session, actor)
            query = select(ActivityReport).order_by(ActivityReport.id)
            loaded = session.scalars(query.options(*map(selectinload, LISTS))).all()
            pages = read_without_lists(session, query)
            known = around_whole(session, pages)
            assert [content_of(row) for row in pages] == [content_of(row) for row in loaded]
            assert shown(known.pictures) == shown(of_reports(session, loaded))
            assert flags(session, pages, known) == flags(session, loaded)
            assert own_doubts(session, pages, known) == own_doubts(session, loaded)
            pictures += len(shown(known.pictures))

            waiting, after = [], ()
            while page := next_waiting(session, actor, after, 2):
                waiting += [row.id for row in page]
                after = (page[-1].awaiting_since, page[-1].id)
            assert len(set(waiting)) == len(waiting)
            assert set(waiting) == Sight(town, me).waiting() <= {row.id for row in loaded}
            waits += len(waiting)
    assert pictures
    assert waits


def test_nothing_is_asked_around_nothing(session: Session) -> None:
    assert around_whole(session, []).people == []


def test_other_reports_are_looked_up_once_each_and_what_one_wrote_in_one_stretch(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return  # PostgreSQL plans by how much there is
    with engine.connect() as connection:
        asked = FOR_FLAGS._question._make(connection.dialect)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.text}", tuple("[]" for _ in asked.order)).all()
    read = " ".join(row[3] for row in plan)
    assert "SEARCH claim USING INDEX sqlite_autoindex_participations_1 (report_id=?) " in read
    assert "ix_activity_reports_author (author_id=? AND started_at>? AND started_at<?)" in read
