"""Random people file, decide, move and merge while devices catch up at random moments, page by page (R-09).

After each catching up the device has what ``sight.py`` says its owner sees; nothing foreign is ever named to it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Event, EventUnit
from brigade.activity.content import Person
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.organisation import deputies, posts, tree
from brigade.organisation.people import Absence, Post
from brigade.organisation.ranks import PostName
from brigade.organisation.units import Unit
from brigade.problems import Problem
from brigade.scopes import act_as
from brigade.sync import change_notes
from tests import make
from tests.db.sync_world import Device, World, make_day, rows_of

FULL = settings.default is not None and settings.default.max_examples > 1000
RUNS, STEPS = (2000, 50) if FULL else (25, 12)
PEOPLE = (
    "squad11a", "squad11", "squad11b", "company1", "squad11-deputy", "squad12", "squad12a", "brigade", "station", "bureau",
    "squad21", "company2",
)  # fmt: skip
OWNERS = (*PEOPLE[:3], *PEOPLE[:10])
AUTHORS = ("squad11", "squad11a", "squad11b", "squad12a", "company1")
SQUADS = ("K1-1-1", "K1-1-2", "K1-2-1", "K1-2-2")
UNITS = (*SQUADS, "K1-1", "K1-2", "K1", "S1", "B")
LEADS = {
    "K1-1": PostName.COMPANY_LEADER, "K1-2": PostName.DEPUTY_COMPANY_LEADER, "K1": PostName.DEPUTY_BRIGADE_LEADER,
    "S1": PostName.STATION_OFFICER, "B": PostName.BUREAU_OFFICER,
}  # fmt: skip
DAYS = (dt.date(2026, 11, 8), dt.date(2026, 11, 10), dt.date(2026, 9, 2), dt.date(2026, 6, 7), dt.date(2026, 3, 1))

OFFERED = {
    "draft": ("submit", "submit", "delete", "delete", "withdraw"),
    "returned": ("submit", "submit", "withdraw"),
    "in_review": ("approve", "approve", "approve", "return", "step-back", "undo", "withdraw"),
    "confirmed": ("return", "undo"),
}
anyone, author, nth = st.sampled_from(PEOPLE), st.sampled_from(AUTHORS), st.integers(0, 20)
squad, unit, day = st.sampled_from(SQUADS), st.sampled_from(UNITS), st.sampled_from(DAYS)
some = st.lists(st.sampled_from(PEOPLE[:7]), min_size=1, max_size=3, unique=True)
soon = st.sampled_from([0, 0, 0, 1, 3])
edits = st.sampled_from(["people", "people", "people", "unit", "kind", "day"])
spans = st.sampled_from([dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=8), dt.timedelta(days=40)])
offices = st.sampled_from(
    ["transfer", "transfer", "appoint", "end", "end", "leave", "deputies", "move", "merge", "rename"]
)


class CatchingUp(RuleBasedStateMachine):
    """One run. ``store`` is set by the test."""

    store: tuple[Engine, Any]

    def __init__(self) -> None:
        super().__init__()
        engine, (city, rows) = self.store
        self.world = World(engine, city, rows)
        self.devices: list[Device] = []

    @initialize(owners=st.lists(st.sampled_from(OWNERS), min_size=2, max_size=3, unique=True))
    def people_have_devices(self, owners: list[str]) -> None:
        self.devices = [Device(who) for who in owners]
        for device in self.devices:
            self.world.catch_up(device)

    def teardown(self) -> None:
        for session in self.world.held_open:
            session.commit()
            session.close()
        for device in self.devices:
            self.world.catch_up(device)

    # Catching up.

    @rule(number=nth, limit=st.sampled_from([1, 2, 3, 200]))
    def a_device_takes_a_page(self, number: int, limit: int) -> None:
        self.world.page(self.devices[number % len(self.devices)], limit)

    @rule(number=nth, limit=st.sampled_from([2, 200]))
    def a_device_catches_up(self, number: int, limit: int) -> None:
        self.world.catch_up(self.devices[number % len(self.devices)], limit)

    # Reports.

    @rule(who=author, people=some, code=squad, on=day, hour=st.integers(0, 20), submit=st.booleans())
    def someone_files(self, who: str, people: list[str], code: str, on: dt.date, hour: int, submit: bool) -> None:
        content = make.content(self.world, code, *people, **times(on, hour))  # type: ignore[arg-type]  # a world names units and people as a city does
        for said in (content, make.content(self.world, "K1-1-1", who, **times(on, hour))):  # type: ignore[arg-type]  # a world names units and people as a city does
            id_ = self.world.new_id()
            if self.world.do(
                who, lambda s, a, said=said, id_=id_: actions.create(s, a, said, report_id=id_, submit=submit)
            ):
                return

    def reports(self, *states: str) -> list[ActivityReport]:
        """Those in these states, the newest first."""
        asked = select(ActivityReport).where(
            ActivityReport.bureau_id == self.world.bureau, ActivityReport.state.in_(states)
        )
        with Session(self.world.engine) as session:
            newest = asked.order_by(ActivityReport.updated_at.desc(), ActivityReport.id.desc())
            return list(session.scalars(newest, execution_options=make.SYSTEM))

    def someone_decides(self, number: int, pick: int) -> None:
        """One who may: the author, the leader or a deputy of the unit at which it waits."""
        rows = self.reports(*OFFERED)
        if not rows:
            return
        row = rows[number % len(rows)]
        action = OFFERED[row.state][pick % len(OFFERED[row.state])]
        holds = select(Post.member_id).where(Post.unit_id == (row.awaiting_unit_id or row.station_id))
        with Session(self.world.engine) as session:
            holders = list(session.scalars(holds.order_by(Post.valid_from, Post.id), execution_options=make.SYSTEM))
        mine = action in ("submit", "delete", "withdraw") or not holders
        who = self.login(
            (action == "undo" and row.undo_by_id) or (row.author_id if mine else holders[pick % 2 % len(holders)])
        )
        if action == "delete":
            self.world.do(who, lambda s, a: actions.delete(s, a, row.id, row.version) or True)
        else:
            self.world.do(who, lambda s, a: actions.act(s, a, row.id, Action(action), row.version, comment="時刻"))

    def login(self, member_id: uuid.UUID) -> str:
        return next(login for login, id_ in self.world.people.items() if id_ == member_id)

    one_decides = rule(number=nth, pick=nth)(someone_decides)
    another_decides = rule(number=nth, pick=nth)(someone_decides)

    def the_author_edits(self, number: int, people: list[str], code: str, what: str, on: dt.date, again: bool) -> None:
        rows = self.reports("returned") or self.reports("draft")
        if not rows:
            return
        row = rows[number % len(rows)]
        said: dict[str, Any] = {
            "people": {"participants": tuple(Person(self.world.people[login]) for login in people)},
            "unit": {"unit_id": self.world.units[code], "participants": ()},
            "kind": {"kind": "I-01", "details": {"injured_member_id": str(self.world.people["squad11a"])}},
            "day": times(on, number),
        }[what]
        changes = [said, {"summary": f"追記{number}"}] if again else [said]
        for version, change in enumerate(changes, row.version):
            self.world.do(self.login(row.author_id), lambda s, a, v=version, c=change: actions.edit(s, a, row.id, v, c))

    one_edits = rule(number=nth, people=some, code=squad, what=edits, on=day, again=st.booleans())(the_author_edits)
    another_edits = rule(number=nth, people=some, code=squad, what=edits, on=day, again=st.booleans())(the_author_edits)

    # The organisation, and time.

    @rule(what=offices, who=anyone, code=unit, codes=st.lists(squad, min_size=2, max_size=2, unique=True), people=some, ahead=soon)  # fmt: skip
    def the_organisation_changes(
        self, what: str, who: str, code: str, codes: list[str], people: list[str], ahead: int
    ) -> None:
        world, on = self.world, make_day(self.world.now) + dt.timedelta(days=ahead)
        if ahead != 1:  # mostly of someone who has a device here
            who = self.devices[PEOPLE.index(who) % len(self.devices)].owner
        member, at, squads = world.people[who], world.units[code], [world.units[one] for one in codes]
        change: Callable[[Session, Actor], Any] = {
            "transfer": lambda s, a: posts.transfer_member(s, a, member, at, on),
            "appoint": lambda s, a: posts.appoint(s, a, member, at, LEADS.get(code, PostName.SQUAD_LEADER), on),
            "end": lambda s, a: self.end_a_post(s, a, member, on),
            "leave": lambda s, a: self.leave_or_come_back(s, a, member, on),
            "deputies": lambda s, a: deputies.set_deputies(s, a, at, [world.people[login] for login in people], on),
            "move": lambda s, a: tree.move_unit(s, a, squads[0], at, on),
            "merge": lambda s, a: tree.merge_units(s, a, squads, "M", "合同班", on, parent_id=world.units["K1-1"]).id,
            "rename": lambda s, a: tree.rename_unit(s, a, squads[0], "新しい班", on).id,
        }[what]
        made = world.change(change)
        if made and what in ("merge", "rename"):
            world.units.update(dict.fromkeys(codes[: 2 if what == "merge" else 1], made))

    @staticmethod
    def end_a_post(session: Session, actor: Actor, member_id: uuid.UUID, on: dt.date) -> Any:
        mine = select(Post).where(Post.member_id == member_id, Post.valid_to.is_(None))
        row = session.scalar(mine.order_by(Post.id).limit(1), execution_options=make.SYSTEM)
        return row and posts.end_post(session, actor, row.id, on)

    @staticmethod
    def leave_or_come_back(session: Session, actor: Actor, member_id: uuid.UUID, on: dt.date) -> Any:
        mine = select(Absence.id).where(Absence.member_id == member_id, Absence.valid_to.is_(None))
        away = session.scalar(mine.limit(1), execution_options=make.SYSTEM)
        if away is not None:
            return deputies.end_absence(session, actor, away, on)
        return deputies.record_absence(session, actor, member_id, "leave", on, None)

    @rule(span=spans)
    def time_goes_by(self, span: dt.timedelta) -> None:
        self.world.let_pass(span)

    # Events.

    @rule(who=anyone, codes=st.lists(unit, min_size=1, max_size=2, unique=True), off=st.integers(-60, 140))
    def an_event_is_planned(self, who: str, codes: list[str], off: int) -> None:
        event = self.event(who, codes, off)
        self.world.system(lambda session: session.add(event))
        self.world.events.append(event.id)

    def event(self, who: str, codes: list[str], off: int) -> Event:
        start = self.world.now + dt.timedelta(days=off)
        return Event(
            id=self.world.new_id(), version=1, bureau_id=self.world.bureau, unit_id=self.world.units[codes[0]], kind="T-01",
            title="訓練", planned=True, started_at=start, ended_at=start + dt.timedelta(hours=2), place="",
            created_by_id=self.world.people[who], created_at=self.world.now,
            units=[EventUnit(unit_id=id_) for id_ in {self.world.units[code] for code in codes}],
        )  # fmt: skip

    @rule(
        number=nth,
        code=unit,
        what=st.sampled_from(["title", "call", "calls", "day", "delete"]),
        off=st.integers(-60, 140),
    )
    def an_event_changes(self, number: int, code: str, what: str, off: int) -> None:
        def change(session: Session) -> None:
            asked = select(Event).where(Event.id == self.world.events[number % len(self.world.events)])
            row = session.scalar(asked, execution_options=make.SYSTEM)
            if row is None:
                return
            row.version += 1
            if what == "delete":
                session.delete(row)
            elif what == "call":
                row.units = [EventUnit(unit_id=self.world.units[code])]
            elif what == "calls":
                session.add(
                    EventUnit(
                        event_id=row.id,
                        unit_id=session.get_one(Unit, self.world.units[code], execution_options=make.SYSTEM).id,
                    )
                )
            elif what == "day":
                row.started_at = self.world.now + dt.timedelta(days=off)
                row.ended_at, row.day = row.started_at + dt.timedelta(hours=2), make_day(row.started_at)
            else:
                row.title = f"訓練{off}"

        if self.world.events:
            try:
                self.world.system(change)
            except Exception as error:  # called already
                if what != "calls":
                    raise error

    # Writers whose transactions end in another order than they began (PostgreSQL; SQLite has one at a time).

    @precondition(lambda self: self.store[0].dialect.name == "postgresql" and len(self.world.held_open) < 2)
    @rule(who=author, on=day)
    def a_writer_is_slow(self, who: str, on: dt.date) -> None:
        content = make.content(self.world, "K1-1-1", **times(on, 9))  # type: ignore[arg-type]  # a world names units and people as a city does
        actor = self.world.actor(who)
        session = Session(self.world.engine)
        try:
            assert actor is not None
            act_as(session, actor)
            actions.create(session, actor, content, report_id=self.world.new_id(), submit=False)
            change_notes.write_notes(session)
        except (Problem, AssertionError):
            session.close()
        else:
            self.world.held_open.append(session)

    @precondition(lambda self: self.world.held_open)
    @rule(number=nth)
    def a_slow_writer_is_done(self, number: int) -> None:
        session = self.world.held_open.pop(number % len(self.world.held_open))
        session.commit()
        session.close()


def times(on: dt.date, hour: int) -> dict[str, Any]:
    start = dt.datetime.combine(on, dt.time(hour % 20), dt.timezone(dt.timedelta(hours=9)))
    return {"started_at": start, "ended_at": start + dt.timedelta(hours=2)}


def run(machine: type[CatchingUp], runs: int) -> None:
    """So many random runs."""
    phases = settings.default.phases if FULL and settings.default else [Phase.generate]
    run_state_machine_as_test(machine, settings=settings(max_examples=runs, stateful_step_count=STEPS, phases=phases))


@pytest.mark.timeout(3600)
def test_devices_have_what_their_owners_see(engine: Engine) -> None:
    CatchingUp.store = (engine, rows_of(engine))
    run(CatchingUp, RUNS)
