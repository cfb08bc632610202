"""The session guard: without an actor nothing, with one only through the mapped classes; every exception has a
reason (S-25).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Select,
    delete,
    exists,
    func,
    literal_column,
    select,
    text,
    union,
    update,
)
from sqlalchemy.orm import Session, aliased, selectinload

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.history import ReportEvent
from brigade.activity.search import ReportWords, matching
from brigade.db import Base
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.units import Unit, UnitTree
from brigade.scopes import SCOPES, UNSCOPED, Unscoped, act_as
from tests import make
from tests.make import SYSTEM, City

ROOT = Path(__file__).parents[2]
REASONS = {
    "pages that only who left could see go to the unit that decides on them",
    "whose job it is that an operator deals with",
    "a calendar is fetched by its secret address, by a program that does not sign in",
    "a change of the organisation looks at every row it touches, on whatever day",
    "a code tells who holds it before anyone is signed in",
    "a link is made for whoever's report something happened to",
    "a device's address belongs to who gave it last",
    "a notice counts for the brigade in which it was filed, whoever may read it",
    "a person may be claimed by a report the asker cannot see",
    "a station's officers are told where the chains stood when its month was sealed",
    "how many rows of the index there are, up to a limit, to choose the quicker way",
    "whose chains the reports of a sealed month stand in",
    "a document is the same whoever asked for it first",
    "a report is checked against the organisation of its day, whoever files it",
    "an actor is read before anyone is signed in",
    "an event calls units and members of its own day, and they are told of it",
    "an event that a device was given, by the end of its id",
    "an id is taken whoever took it",
    "for which bureau the transaction acts is said, nothing is read",
    "an officer signs out a member's devices without seeing them",
    "devices of the account at hand are signed out",
    "is there any data yet",
    "notices long over",
    "numbers go on by the code",
    "of what type somebody was on a day decides what of it counts, whoever looks",
    "one's own names make a bad password",
    "readiness",
    "rows are locked, not read",
    "devices of everyone, long over",
    "settings hold for all below, whoever looks",
    "the city must say whose data were read, whoever saw them",
    "the day on which one is erased is told to whom it concerns",
    "the event of a readable report",
    "the events of reports read under the asker's scope",
    "the factors of the account that signs in",
    "each way is a part of the rule; what it finds is then read under the rule",
    "how much waits, in numbers",
    "the index row of a report at hand",
    "the level at which a readable report waits",
    "the names on a report are part of it",
    "the names on an entry are part of it",
    "the marks of an edition whose documents the asker may have",
    "the member for whom the job acts",
    "the passkeys of whoever signs in",
    "the people of reports read under the asker's scope",
    "the rule for the unit stands in the statement itself",
    "the officers of the bureau are told of what they must see to",
    "the officers of the station are told of a dispute past the leaders",
    "the report of a dispute that one may see",
    "the tree is made from all units of the bureau",
    "there is nobody yet who could ask",
    "ways to people who left",
    "what belongs to an edition that was itself read under the rules, or is being made",
    "what a month lacks is looked at for everyone who must be reminded",
    "what goes out is looked at for everyone",
    "what is owed is worked out from the units of each event's day",
    "digests are noted for everyone's pictures",
    "what no report and no row names is swept for everyone",
    "what was seen before a change of posts is held against what is seen after it",
    "when a report at hand was first submitted",
    "whether a member can be reached is the business of those who lead them",
    "whether a page found before, or the next one of a sheet, still stands, whoever sent it",
    "a scan is read for the one who sent it",
    "scans are kept for the same time for everyone",
    "which lines are on hold is told without who disputes them, and why",
    "whether anybody else sits where a report at hand waits",
    "whether the account that signs in knows the device",
    "who could see a report before it changed",
    "who holds the paper knows its code, and reads on it what is answered",
    "who is told of a report is its own people",
    "who is named on the command line answers for what is done",
    "who may invite is told all that concerns joining of everyone below their desk",
    "who signs in is not known before the token is looked up",
    "what belongs to a report read under the asker's scope, and who else claims its people",
    "what waits at one's own desks, and what one wrote, is one's own to read and count",
    "what one took part in, with who decided on it, and where one served is one's own to read",
    "what goes and what is on hold is looked at whoever may see it",
    "what a unit is called goes with the names of those over it",
    "what a person earns in a year depends on all that was served, whoever looks",
    "what a person earns in a day depends on all turnouts of that day, whoever looks",
    "who said it is part of a statement",
    "who stands over a unit decides who may seal its month",
    "who stands over a unit in its month decides who may speak for it",
    "who else used the vehicles of a report at hand; what of it is told, flags.py asks under the rules",
    "who took a unit over is its successor's business",
    "whether an author is still there, wherever they belong now",
    "paper whose only reports are nobody's goes back to all who may decide on it",
}
"""Why a query may look past the asker's scope. A new reason is a decision: add it here with whoever reviews it."""


def uses() -> dict[str, list[str]]:
    """Every reason in the product, and the files that give it; anything but a plain text is no reason."""
    found: dict[str, list[str]] = {}
    for path in sorted([*ROOT.joinpath("brigade").rglob("*.py"), *ROOT.joinpath("api").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = list(zip(node.keys, node.values, strict=True)) if isinstance(node, ast.Dict) else []
            if isinstance(node, ast.keyword) and node.arg == "as_system":
                named = [(ast.Constant("as_system"), node.value)]
            for key, value in named:
                if isinstance(key, ast.Constant) and key.value == "as_system":
                    reason = str(value.value) if isinstance(value, ast.Constant) else f"not a text: {ast.dump(value)}"
                    found.setdefault(reason, []).append(path.name)
    return found


def test_every_reason_to_look_past_the_scopes_is_known() -> None:
    assert set(uses()) == REASONS


def test_every_table_is_scoped_or_says_why_not() -> None:
    scoped = {model.__tablename__ for model in SCOPES}
    assert scoped | set(UNSCOPED) == set(Base.metadata.tables)
    assert not scoped & set(UNSCOPED)


def test_nothing_else_opens_the_store() -> None:
    """The guard stands in the session: a connection of one's own would go past it."""
    opened = {
        path.relative_to(ROOT).as_posix()
        for package in ("brigade", "api")
        for path in ROOT.joinpath(package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("connect", "exec_driver_sql", "raw_connection", "begin")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("session", "sqlite3"))
    }  # fmt: skip
    whole_stores = {"brigade/backups/moving.py", "brigade/backups/sqlite_file.py"}
    followed = {"api/replica.py"}  # asks there how far it is; what is read there is read by the session
    for_two = {"brigade/driver.py"}  # on the session's connection; see the next test
    assert opened <= {"brigade/connections.py", "brigade/demo/load.py"} | whole_stores | followed | for_two


def test_two_alone_speak_to_the_driver() -> None:
    """Sets write what a scoped session has read; each question gives one of the reasons above."""
    speaking = {
        (path.relative_to(ROOT).as_posix(), name.name)
        for package in ("brigade", "api")
        for path in ROOT.joinpath(package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "brigade.driver"
        for name in node.names
        if name.name in ("ask", "tell")
    }
    assert speaking == {("brigade/questions.py", "ask"), ("brigade/row_sets.py", "tell")}


# --- Without an actor -------------------------------------------------------------------------------------------------


def through(model: Any) -> dict[str, Select[Any]]:
    """Ways to come near a table."""
    key = model.__table__.primary_key.columns[0]
    other = aliased(model)
    near = getattr(model, key.key)
    return {
        "entity": select(model),
        "column": select(near),
        "count": select(func.count()).select_from(model),
        "count of key": select(func.count(near)),
        "alias": select(other),
        "sub-select": select(select(model).subquery()),
        "cte": select(select(near).cte()),
        "exists": select(exists().where(near.is_not(None))),
        "scalar": select(select(func.count(near)).scalar_subquery()),
        "in": select(UnitTree.depth).where(UnitTree.below_id.in_(select(near))),
        "join": select(UnitTree.depth).join(model, near == UnitTree.below_id),
        "union": union(select(near), select(near)),
        "core": select(model.__table__),
        "core alias": select(model.__table__.alias()),
    }


@pytest.mark.parametrize("model", SCOPES, ids=lambda model: model.__name__)
def test_without_an_actor_no_table_answers(session: Session, model: Any) -> None:
    for way, query in through(model).items():
        with pytest.raises(Unscoped, match="no actor"):
            assert session.execute(query) is None, way
    for change in (update(model).values({}), delete(model), delete(model.__table__)):
        with pytest.raises(Unscoped):
            session.execute(change)


def test_a_row_at_hand_is_not_read_anew_without_an_actor(session: Session, city: City) -> None:
    member = session.get(Member, city.member_id("squad11"), execution_options=SYSTEM)
    session.expire(member)
    with pytest.raises(Unscoped):
        session.refresh(member)


TEXTS: dict[str, Callable[[], Any]] = {
    "text": lambda: text("SELECT name FROM members"),
    "text of columns": lambda: text("SELECT id, name FROM members").columns(Member.id, Member.name),
    "entity from text": lambda: select(Member).from_statement(text("SELECT * FROM members")),
    "text as table": lambda: select(literal_column("name")).select_from(text("members")),
    "text as condition": lambda: select(UnitTree.depth).where(text("EXISTS (SELECT 1 FROM members)")),
    "text as column": lambda: select(literal_column("(SELECT max(name) FROM members)")),
    "sub-select of text": lambda: select(text("SELECT name FROM members").columns(Member.name).subquery()),
}


@pytest.mark.parametrize("way", TEXTS)
@pytest.mark.parametrize("who", ["nobody", "squad11a"])
def test_raw_sql_is_refused(session: Session, city: City, way: str, who: str) -> None:
    if who != "nobody":
        make.bound(session, city, who)
    with pytest.raises(Unscoped):
        session.execute(TEXTS[way]())


def test_a_reason_opens_raw_sql(session: Session, city: City) -> None:
    assert session.execute(text("SELECT name FROM members"), execution_options=SYSTEM).all()


# --- With an actor ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", SCOPES, ids=lambda model: model.__name__)
def test_with_an_actor_core_statements_are_refused(session: Session, city: City, model: Any) -> None:
    make.bound(session, city, "station")
    for query in (select(model.__table__), delete(model.__table__), select(func.count()).select_from(model.__table__)):
        with pytest.raises(Unscoped):
            session.execute(query)


def test_every_way_is_filtered_alike(session: Session, city: City) -> None:
    """A stranger's report, by whatever way one asks."""
    make.report(session, city, "squad21a", "K1-2-1")
    seen = {}
    for who in ("squad11a", "squad21"):
        make.bound(session, city, who)
        ways = through(ActivityReport)
        seen[who] = {
            way: len(session.execute(query).all())
            for way, query in ways.items()
            if not way.startswith(("core", "count", "exists", "scalar", "in", "join"))
        }
        seen[who]["count"] = session.scalar(ways["count"])
        seen[who]["scalar"] = session.scalar(ways["scalar"])
        joined = select(Member.id).join(ActivityReport, ActivityReport.author_id == Member.id)
        seen[who]["join"] = len(session.execute(joined).all())
        parts = (
            select(Participation.member_id)
            .join(ActivityReport)
            .join(ReportEvent, ReportEvent.report_id == ActivityReport.id)
        )
        seen[who]["three joined"] = len(session.execute(parts.distinct()).all())
        loaded = session.scalars(select(ActivityReport).options(selectinload(ActivityReport.participations))).all()
        seen[who]["loaded"] = sum(len(report.participations) for report in loaded)
    assert set(seen["squad11a"].values()) == {0}, seen["squad11a"]
    assert set(seen["squad21"].values()) == {1}, seen["squad21"]


def test_changes_reach_only_what_one_sees(session: Session, city: City) -> None:
    make.bound(session, city, "squad11")
    here = session.scalar(select(func.count()).select_from(Post))
    assert session.execute(update(Post).values(valid_to=make.SINCE)).rowcount == here
    assert session.execute(delete(Membership)).rowcount == 4
    left = session.scalar(select(func.count()).select_from(Membership), execution_options=SYSTEM)
    everyone = session.scalar(select(func.count()).select_from(Member), execution_options=SYSTEM)
    assert left == everyone - 4


def test_a_session_serves_one_actor(session: Session, city: City) -> None:
    act_as(session, make.actor(session, city, "squad11"))
    act_as(session, make.actor(session, city, "squad11"))
    with pytest.raises(Unscoped):
        act_as(session, make.actor(session, city, "squad12"))


def test_two_cities_do_not_see_each_other(session: Session, city: City) -> None:
    other = make.city(session, "Z")
    make.report(session, other, "Zsquad11a", "ZK1-1-1")
    for who in ("bureau", "station", "squad11a"):
        make.bound(session, city, who)
        for model in (ActivityReport, Unit, Member, Membership, Post, Event):
            there = set(session.scalars(select(getattr(model, model.__table__.primary_key.columns[0].key))))
            theirs = {unit.id for unit in other.units.values()} | {member.id for member in other.people.values()}
            assert not there & theirs, (who, model)


def test_search_looks_only_at_what_one_sees(session: Session, city: City) -> None:
    make.report(session, city, "squad21a", "K1-2-1")
    found = {}
    for who in ("squad11a", "squad21a", "bureau"):
        make.bound(session, city, who)
        condition = matching(session, "器具置場")
        assert condition is not None
        found[who] = len(session.scalars(select(ReportWords).where(condition)).all())
    assert found == {"squad11a": 0, "squad21a": 1, "bureau": 1}
