"""Lists are leafed through, page by page, while random people file, decide, dispute, review paper, move and merge.

What was in a list and in its place all the while is read exactly once, whatever the clock says: everything here happens at
one instant. Nothing is read that is not the reader's at that moment; and whoever reads the list anew has all of it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from api import activities, disputes, inbox, notices, scans
from api.attempts import transaction
from api.endpoint import Call
from brigade import disputes as disputing
from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Participation
from brigade.db import Base
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.disputes import Dispute
from brigade.messages.notices import Notice
from brigade.problems import Problem
from brigade.scans.tables import Scan, ScanPage
from brigade.scopes import act_as
from tests import make
from tests.db.sync_world import Device, Seen, Stored, make_day, rows_of, utc
from tests.db.test_sync_machine import FULL, PEOPLE, CatchingUp, nth, run, unit

RUNS = 2000 if FULL else 10
READERS = ("squad11a", "squad11", "company1", "station", "bureau", "squad11-deputy")
PAPER = ("squad11a", "squad11", "company1")
Ids = set[uuid.UUID]
Truth = Callable[["Looked"], Mapping[uuid.UUID, Any]]


@dataclass
class Looked:
    """The whole store as it is now, and what one person sees in it."""

    sight: Seen
    me: uuid.UUID
    now: dt.datetime
    rows: Callable[[type[Base]], list[Any]]

    def reports(self) -> dict[uuid.UUID, Any]:
        return {row["id"]: row["started_at"] for row in self.sight.reports}

    def in_review(self) -> dict[uuid.UUID, Any]:
        return {row["id"]: row["started_at"] for row in self.sight.reports if row["state"] == "in_review"}

    def waiting(self) -> dict[uuid.UUID, Any]:
        desks, found = self.sight.desks, {}
        for row in self.sight.reports:
            days = desks.get(row["awaiting_unit_id"])
            mine = self.me in (row["author_id"], row["sole_member_id"])
            if row["state"] != "in_review" or days is None or mine:
                continue
            if utc(row["awaiting_since"]) <= self.now - dt.timedelta(days=days):
                found[row["id"]] = row["awaiting_since"]
        return found

    def returned(self) -> dict[uuid.UUID, Any]:
        units = set(self.sight.desks)
        return {
            row["id"]: row["updated_at"]
            for row in self.sight.reports
            if row["state"] == "returned" and units & {value for name, value in row.items() if name.endswith("_id")}
        }

    def my_disputes(self) -> dict[uuid.UUID, Any]:
        return {row.id: row.raised_at for row in self.rows(Dispute) if row.member_id == self.me}

    def to_settle(self) -> dict[uuid.UUID, Any]:
        reports = {row["id"]: row for row in self.sight.town.of(ActivityReport)}
        return {
            row.id: row.raised_at
            for row in self.rows(Dispute)
            if row.state == "open" and row.report_id in reports and self.sight.settles(reports[row.report_id])
        }

    def unread(self) -> dict[uuid.UUID, Any]:
        return {row.id: row.at for row in self.rows(Notice) if row.member_id == self.me and row.read_at is None}

    def to_review(self) -> dict[uuid.UUID, Any]:
        """Scans with a page to review that I sent or whose unit I may look into."""
        mine = self.sight.under | self.sight.reach
        shown = {
            page.scan_id
            for page in self.rows(ScanPage)
            if page.state == "read" and (page.uploader_id == self.me or page.unit_id in mine)
        }
        return {row.id: row.created_at for row in self.rows(Scan) if row.id in shown}


LISTS: dict[str, tuple[Any, Any, dict[str, str], Truth]] = {
    "reports": (activities.resource, activities.find, {}, Looked.reports),
    "in review": (activities.resource, activities.find, {"state": "in_review"}, Looked.in_review),
    "inbox": (inbox.resource, inbox.waiting, {}, Looked.waiting),
    "returned": (inbox.resource, inbox.returned, {}, Looked.returned),
    "my disputes": (disputes.resource, disputes.mine, {}, Looked.my_disputes),
    "to settle": (disputes.resource, disputes.find, {"state": "open"}, Looked.to_settle),
    "notices": (notices.resource, notices.find, {"unread": "true"}, Looked.unread),
    "paper": (scans.resource, scans.listed, {"open": "true"}, Looked.to_review),
}
OFFICERS = ("station", "bureau")
READ = st.sampled_from([
    *((who, "reports") for who in READERS), ("company1", "in review"), ("squad11", "in review"), ("squad11", "inbox"),
    ("squad11", "inbox"), ("company1", "inbox"), ("squad11-deputy", "inbox"), ("squad11", "returned"),
    ("company1", "returned"), ("squad11a", "my disputes"), ("station", "to settle"), ("bureau", "to settle"),
    ("squad11a", "notices"), ("squad11", "notices"), ("squad11a", "paper"), ("squad11", "paper"), ("company1", "paper"),
])  # fmt: skip
"""Who reads what: lists that have something for them."""

SOON = [(8, "squad11a"), (9, "squad11b"), (10, "squad11a"), (11, "squad11b"), (12, "squad11a")]


@dataclass
class Reader:
    """Someone in the middle of a list. ``stayed``: what has been there, in its place, since the first page."""

    who: str
    name: str
    stayed: dict[uuid.UUID, Any]
    moved: Ids = field(default_factory=set)
    seen: list[uuid.UUID] = field(default_factory=list)
    cursor: str | None = None

    def note(self, now: Mapping[uuid.UUID, Any]) -> None:
        """What has changed since it was looked at last."""
        gone = {id_ for id_, key in self.stayed.items() if now.get(id_) != key}
        self.moved |= gone
        self.stayed = {id_: key for id_, key in self.stayed.items() if id_ not in gone}


class Leafing(CatchingUp):
    """One run."""

    app: ClassVar[Flask]
    a_device_takes_a_page = a_device_catches_up = None

    @initialize(what=READ)
    def people_have_devices(self, what: tuple[str, str]) -> None:
        """Nobody catches up here; whose duties change mostly, though, are those who read."""
        self.readers: list[Reader] = []
        self.devices = [Device(one) for one in ("squad11a", "squad11", "company1")]
        for number, who in SOON:
            said = make.content(self.world, "K1-1-1", who, day=number)  # type: ignore[arg-type]  # a world names units and people as a city does
            id_ = self.world.new_id()
            self.world.do(who, lambda s, a, said=said, id_=id_: actions.create(s, a, said, report_id=id_, submit=True))
            self.someone_disputes(number, "squad11a")
            self.paper_comes(number, "K1-1-1")
        self.a_dispute_ends(0, "station", "dismissed")
        self.someone_opens_a_list(what)

    def teardown(self) -> None:
        for session in self.world.held_open:
            session.commit()
            session.close()
        town = self.note_all()
        for reader in list(self.readers):
            while reader in self.readers:
                self.page(reader, 3, town)

    # Reading.

    @rule(what=READ)
    def someone_opens_a_list(self, what: tuple[str, str]) -> None:
        if self.world.actor(what[0]) is not None and len(self.readers) < 4:
            town = self.note_all()
            self.readers.append(Reader(*what, dict(self.looked(*what, town))))
            self.page(self.readers[-1], 1, town)

    @rule(number=nth, limit=st.sampled_from([1, 1, 2, 3]))
    def someone_reads_on(self, number: int, limit: int) -> None:
        if self.readers:
            town = self.note_all()
            self.page(self.readers[number % len(self.readers)], limit, town)

    def note_all(self) -> Stored:
        """What every reader's list is now; the rows that tell."""
        town = self.world.stored()
        for reader in self.readers:
            reader.note(self.looked(reader.who, reader.name, town))
        return town

    def page(self, reader: Reader, limit: int, town: Stored) -> None:
        """The next page of a list; at its end, what it was in all."""
        there = self.looked(reader.who, reader.name, town)
        answer = self.asked(reader.who, reader.name, limit, reader.cursor)
        if answer is None:  # has left, or is no officer any more
            self.readers.remove(reader)
            return
        ids = [uuid.UUID(item["id"]) for item in answer["items"]]
        assert len(ids) <= limit
        assert {*ids} <= there.keys(), "something foreign"
        assert answer["count"] == len(there)
        assert len(ids) == limit or answer["next_cursor"] is None
        reader.seen += ids
        reader.cursor = answer["next_cursor"]
        if reader.cursor is None:
            self.readers.remove(reader)
            twice = {id_ for id_ in reader.seen if reader.seen.count(id_) > 1}
            assert twice <= reader.moved | (there.keys() - reader.stayed.keys()), "doubled"
            assert reader.stayed.keys() <= {*reader.seen}, "skipped"
            whole = self.asked(reader.who, reader.name, 100, None)
            assert whole is not None
            assert {uuid.UUID(item["id"]) for item in whole["items"]} == there.keys()

    def asked(self, who: str, name: str, limit: int, cursor: str | None) -> dict[str, Any] | None:
        """The answer of the API's own view, under the person's rules of today."""
        resource, view, said, _ = LISTS[name]
        declared = next(declared for declared, its in resource.declared if its is view)
        actor = self.world.actor(who)
        said = {**said, "limit": str(limit), "count": "true", **({"cursor": cursor} if cursor else {})}
        with self.app.test_request_context(), Session(self.world.engine) as session:
            session.connection(execution_options=transaction(session, declared.writes))
            try:
                if actor is None:
                    return None
                declared.needs.check(actor)
                act_as(session, actor)
                answer: dict[str, Any] = view(Call(session, actor, query=declared.query.load(said)))
            except Problem:
                return None
        return answer

    def looked(self, who: str, name: str, town: Stored) -> Mapping[uuid.UUID, Any]:
        """What is in the list now, with its place: from the plain rows."""
        world = self.world
        if world.actor(who) is None:
            return {}

        def rows(model: type[Base]) -> list[Any]:
            with Session(world.engine) as session:
                return list(session.scalars(select(model), execution_options=make.SYSTEM))

        sight = Seen(town, world.people[who], make_day(world.now))
        return LISTS[name][3](Looked(sight, world.people[who], world.now, rows))

    # What happens besides.

    @rule(number=nth, who=st.sampled_from(PEOPLE[:6]))
    def someone_disputes(self, number: int, who: str) -> None:
        named = select(Participation.report_id).where(Participation.member_id == self.world.people[who])
        with Session(self.world.engine) as session:
            ids = sorted(session.scalars(named, execution_options=make.SYSTEM))
        if ids:
            said = (ids[number % len(ids)], DisputeKind.TIMES, "ちがう")
            self.world.do(who, lambda s, a: disputing.raise_dispute(s, a, *said, id_=self.world.new_id()))

    @rule(number=nth, who=st.sampled_from(OFFICERS), outcome=st.sampled_from(["upheld", "dismissed", "withdrawn"]))
    def a_dispute_ends(self, number: int, who: str, outcome: str) -> None:
        with Session(self.world.engine) as session:
            rows = list(session.scalars(select(Dispute).order_by(Dispute.id), execution_options=make.SYSTEM))
        mine = [row for row in rows if row.member_id in self.world.people.values() and row.state == "open"]
        if not mine:
            return
        row = mine[number % len(mine)]
        if outcome == "withdrawn":
            self.world.do(self.login(row.member_id), lambda s, a: disputing.withdraw_dispute(s, a, row.id))
        else:
            state = DisputeState(outcome)
            self.world.do(who, lambda s, a: disputing.settle_dispute(s, a, row.id, state, "確かめました"))

    @rule(number=nth, code=unit)
    def paper_comes(self, number: int, code: str) -> None:
        world, sender = self.world, PAPER[number % len(PAPER)]
        scan = Scan(
            id=world.new_id(), bureau_id=world.bureau, uploader_id=world.people[sender], unit_id=None, form=None,
            digest=uuid.uuid4().hex, job_id=world.new_id(), state="read", pages=1, created_at=world.now, finished_at=world.now,
        )  # fmt: skip
        page = ScanPage(
            scan_id=scan.id, n=1, version=1, uploader_id=world.people[sender], position=0, page=0, state="read",
            form="roster", form_version=1, unit_id=world.units[code], marks={}, fields=[], decided={}, said={}, report_ids=[],
            reason="",
        )  # fmt: skip
        world.system(lambda session: (session.add(scan), session.flush(), session.add(page)))

    @rule(number=nth, code=unit, what=st.sampled_from(["discarded", "read", "moved"]))
    def paper_is_reviewed(self, number: int, code: str, what: str) -> None:
        def change(session: Session) -> None:
            ours = select(ScanPage).where(ScanPage.uploader_id.in_(list(self.world.people.values())))
            rows = session.scalars(ours.order_by(ScanPage.scan_id), execution_options=make.SYSTEM).all()
            row = rows[number % len(rows)]
            if what == "moved":
                row.unit_id = self.world.units[code]
            else:
                row.state = what

        self.world.system(change)

    @rule(number=nth, who=st.sampled_from(READERS))
    def notices_are_read(self, number: int, who: str) -> None:
        def change(session: Session) -> None:
            mine = select(Notice).where(Notice.member_id == self.world.people[who], Notice.read_at.is_(None))
            rows = session.scalars(mine.order_by(Notice.id), execution_options=make.SYSTEM).all()
            for row in rows[number % 3 :: 2]:
                row.read_at = self.world.now

        self.world.system(change)


@pytest.mark.timeout(3600)
def test_lists_while_everything_changes(app: Flask, engine: Engine) -> None:
    Leafing.app, Leafing.store = app, (engine, rows_of(engine))
    run(Leafing, RUNS)
