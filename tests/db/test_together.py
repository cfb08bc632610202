"""Questions asked by one statement: each gets the rows that it would get alone."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.organisation.people import Member, Membership
from brigade.organisation.units import Unit
from brigade.questions import Question, among, among_found
from brigade.together import Together
from tests import make
from tests.make import SYSTEM, City

TOOK_PART = select(Participation.member_id).where(among(Participation.report_id, "reports"))


PARTS = {
    "reports": select(
        ActivityReport.id, ActivityReport.started_at, ActivityReport.details, ActivityReport.latitude, ActivityReport.step
    ).where(among(ActivityReport.id, "reports")),
    "people": select(Participation.member_id, Participation.acted, Participation.role).where(
        among(Participation.report_id, "reports")
    ),
    "names": select(Member.name, Member.id).where(among_found(Member.id, TOOK_PART)),
    "days": select(Membership.valid_from, Membership.valid_to, Membership.member_id).where(
        among_found(Membership.member_id, TOOK_PART)
    ),
    "units": select(Unit.code, Unit.settings).where(Unit.code == "K1"),
    "nothing": select(Member.number).where(Member.number == "there is none"),
}  # fmt: skip


@pytest.fixture
def reports(session: Session, city: City) -> list[ActivityReport]:
    """Of one person, and of two."""
    return [
        make.report(session, city, "squad11a", "K1-1-1", day=17, latitude=35.5, longitude=139.5),
        make.report(session, city, "squad11b", "K1-1-1", "squad11a", "squad11b", day=18),
    ]


def test_each_is_answered_as_if_it_were_asked_alone(session: Session, reports: list[ActivityReport]) -> None:
    together = Together(SYSTEM, **PARTS)
    for wanted in (reports, reports[:1], []):
        ids = [report.id for report in wanted]
        alone = {name: Question(part, SYSTEM).ask(session, reports=ids) for name, part in PARTS.items()}
        said: list[str] = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda _c, _cur, text, *_, said=said: said.append(text)
        )
        found = together.ask(session, reports=ids)
        assert len(said) == 1
        assert {name: sorted(rows, key=str) for name, rows in found.items()} == {
            name: sorted(rows, key=str) for name, rows in alone.items()
        }
        assert found["nothing"] == []


def test_one_column_is_a_row_of_one(session: Session, city: City) -> None:
    found = Together(SYSTEM, one=select(Unit.code).where(Unit.code == "K1"), two=select(Unit.name, Unit.code)).ask(
        session
    )
    assert found["one"] == [("K1",)]


def test_they_need_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        Together({"as_system": ""}, one=select(Unit.code))
