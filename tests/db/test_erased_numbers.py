"""Who was erased is nobody any more: no roster and no transfer makes somebody of them, whose turnouts these would become."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from brigade.organisation import posts, roster_imports
from brigade.organisation.people import Member
from brigade.organisation.roster_file import read_sheet
from brigade.problems import Problem, Refused
from brigade.retention.persons import mark_person
from tests.db.leaving import LATER, Leaving, bureau, done, leaving
from tests.make import SYSTEM


@pytest.fixture
def erased(engine: Engine, tmp_path: Path) -> Leaving:
    """The one who left is erased."""
    left = leaving(engine, tmp_path)
    with bureau(engine, left.city) as (session, actor):
        run = mark_person(session, actor, left.member_id, "本人の請求", days=0).id
    assert done(engine, left, run, LATER)
    return left


def named(engine: Engine, left: Leaving) -> str:
    with Session(engine) as session:
        return session.get_one(Member, left.member_id, execution_options=SYSTEM).name


def test_a_roster_does_not_give_the_number_to_anybody(engine: Engine, erased: Leaving) -> None:
    number = erased.city.people["squad11a"].number
    lines = ["number,name,kana,unit,post,type,date", f"{number},山本 花子,ヤマモト ハナコ,K1-1-1,,,"]
    with bureau(engine, erased.city) as (session, actor):
        sheet = read_sheet("\n".join(lines).encode())
        roster = roster_imports.prepare(session, actor, sheet, "roster.csv", LATER.date())
        assert [found["code"] for found in roster.problems] == ["row-number-erased"]
        id_, version = roster.id, roster.version
    with pytest.raises(Problem) as refused, bureau(engine, erased.city) as (session, actor):
        roster_imports.apply(session, actor, id_, version)
    assert refused.value.code == "import-has-problems"
    assert named(engine, erased) == "（消去済）"


def test_a_roster_from_before_the_erasing_is_not_carried_out_after_it(engine: Engine, tmp_path: Path) -> None:
    left = leaving(engine, tmp_path)
    number = left.city.people["squad11a"].number
    lines = [
        "number,name,kana,unit,post,type,date,name_before",
        f"{number},金色 太郎,コンジキ タロウ,K1-1-1,,,,{named(engine, left)}",
    ]
    with bureau(engine, left.city) as (session, actor):
        sheet = read_sheet("\n".join(lines).encode())
        roster = roster_imports.prepare(session, actor, sheet, "roster.csv", LATER.date())
        assert roster.problems == []
        id_, version = roster.id, roster.version
        run = mark_person(session, actor, left.member_id, "本人の請求", days=0).id
    assert done(engine, left, run, LATER)
    with pytest.raises(Problem) as refused, bureau(engine, left.city) as (session, actor):
        roster_imports.apply(session, actor, id_, version)
    assert refused.value.code == "import-has-problems"
    assert named(engine, left) == "（消去済）"


def test_who_was_erased_does_not_come_back(engine: Engine, erased: Leaving) -> None:
    with pytest.raises(Refused) as refused, bureau(engine, erased.city) as (session, actor):
        posts.transfer_member(session, actor, erased.member_id, erased.city.unit_id("K1-1-1"), LATER.date())
    assert refused.value.reasons == ("erased-already",)
