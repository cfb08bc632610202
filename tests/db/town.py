"""A made-up region of two cities with a past and a future: units that moved and merged, people who came and left.

Plain rows by chance from a seed, so that ``sight.py`` can look at the same rows without the product. Everything is
decided before anything is stored; ``stored`` writes it in one go.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.access.invitations import Invitation
from brigade.access.passkeys import Passkey
from brigade.access.second_factors import RecoveryCode, Totp
from brigade.activity.activities import (
    ActivityReport,
    Event,
    EventUnit,
    NobodyCame,
    Participation,
    ReportAttachment,
    ReportVehicle,
)
from brigade.activity.history import ReportEvent, ReportVersion
from brigade.activity.search import ReportWords, pieces
from brigade.activity.workflow import State
from brigade.calendar.feeds import CalendarFeed
from brigade.db import Base
from brigade.disputes import Dispute
from brigade.files.attachments import Attachment
from brigade.files.uploads import Upload, UploadPiece
from brigade.messages.deliveries import Delivery
from brigade.messages.notices import Notice
from brigade.messages.ways import NoticeSettings, PushSubscription
from brigade.month.closing import MonthStatement
from brigade.month.editions import Edition, EditionFile, EditionUnit
from brigade.organisation.people import Absence, DeputyPlace, FormerType, Member, Membership, Post
from brigade.organisation.ranks import DEPUTIES, LEADS, Level
from brigade.organisation.roster_imports import RosterImport
from brigade.organisation.units import Unit, UnitParent, Vehicle, rebuild_tree
from tests.db.town_keeping import add_audit, add_keeping
from tests.db.town_scans import add_scan
from tests.make import NOW, SINCE

TODAY, DAY = NOW.date(), dt.timedelta(days=1)
TURNS = (dt.date(2026, 4, 1), dt.date(2026, 11, 1), TODAY, TODAY + DAY)
PASSWORD = "brigade-demo"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
PLACES = ("器具置場", "河川敷", "本町公民館")
STATES = ("draft", "in_review", "in_review", "in_review", "returned", "confirmed", "sealed", "withdrawn")
Row = dict[str, Any]


@dataclass
class Town:
    """All rows, by model."""

    seed: int
    rows: dict[type[Base], list[Row]] = field(default_factory=dict)
    lines: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance, self._ids = Random(self.seed), itertools.count(1)
        for city in ("A", "B"):
            bureau = self._tree(city)
            self._changes(bureau)
            self._people(bureau)
            self._work(bureau)

    def of(self, model: type[Base]) -> list[Row]:
        return self.rows.setdefault(model, [])

    def add(self, model: type[Base], **row: Any) -> Row:
        self.of(model).append(row)
        return row

    def id(self) -> uuid.UUID:
        return uuid.UUID(int=(self.seed + 1 << 64) + next(self._ids))

    def maybe(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def span(self, *, lasts: int) -> Row:
        """Days on which something holds: mostly since ever and until further notice, else over or yet to come."""
        turn = self.chance.choice(TURNS)
        if self.maybe(lasts):
            return {"valid_from": SINCE, "valid_to": None}
        if self.maybe(50):
            return {"valid_from": SINCE, "valid_to": turn - DAY}
        return {"valid_from": turn, "valid_to": None}

    # Units.

    def unit(self, bureau_id: uuid.UUID | None, level: Level, parent: Row | None, since: dt.date = SINCE) -> Row:
        id_ = self.id()
        settings: dict[str, Any] = {"deputy_after_days": self.chance.choice([0, 2, 9])} if self.maybe(20) else {}
        if level == "bureau":
            settings |= {"second_factor_posts": [], "step_up": []}
        made = self.add(
            Unit, id=id_, bureau_id=bureau_id or id_, level=level.value, code=f"U{len(self.of(Unit)):03d}",
            name=f"{level}{len(self.of(Unit))}", valid_from=since, valid_to=None, successor_id=None, settings=settings,
        )  # fmt: skip
        if parent is not None:
            self.link(made, parent, since)
        return made

    def link(self, unit: Row, parent: Row, since: dt.date) -> None:
        self.add(UnitParent, id=self.id(), unit_id=unit["id"], parent_id=parent["id"], valid_from=since, valid_to=None)

    def _tree(self, city: str) -> Row:
        bureau = self.unit(None, Level.BUREAU, None)
        for _ in range(2 if city == "A" else 1):
            station = self.unit(bureau["id"], Level.STATION, bureau)
            for _ in range(self.chance.randint(1, 2)):
                brigade = self.unit(bureau["id"], Level.BRIGADE, station)
                for _ in range(2):
                    company = self.unit(bureau["id"], Level.COMPANY, brigade)
                    above = self.unit(bureau["id"], Level.SECTION, company) if self.maybe(30) else company
                    for _ in range(self.chance.randint(1, 2)):
                        self.unit(bureau["id"], Level.SQUAD, above)
        return bureau

    def _changes(self, bureau: Row) -> None:
        """Moves, and mergers into a new unit; each unit changes once at most."""
        ours = [row for row in self.of(Unit) if row["bureau_id"] == bureau["id"]]
        for level, above in ((Level.SQUAD, Level.COMPANY), (Level.COMPANY, Level.BRIGADE)):
            units = [row for row in ours if row["level"] == level]
            parents = [row for row in ours if row["level"] == above]
            self.chance.shuffle(units)
            for unit in units[:2]:
                turn = self.chance.choice(TURNS)
                self.end_links(unit, turn)
                self.link(unit, self.chance.choice(parents), turn)
            if len(units) > 3:
                self._merge(
                    units[2 : self.chance.randint(3, 4)], self.chance.choice(parents), self.chance.choice(TURNS)
                )

    def _merge(self, ended: list[Row], parent: Row, turn: dt.date) -> None:
        made = self.unit(parent["bureau_id"], Level(ended[0]["level"]), parent, turn)
        for unit in ended:
            unit.update(valid_to=turn - DAY, successor_id=made["id"])
            for row in [row for row in self.of(UnitParent) if row["parent_id"] == unit["id"] and not row["valid_to"]]:
                below = next(found for found in self.of(Unit) if found["id"] == row["unit_id"])
                if row["valid_from"] < turn:
                    row["valid_to"] = turn - DAY
                    self.link(below, made, turn)
            self.end_links(unit, turn)
            self.link(unit, made, turn)

    def end_links(self, unit: Row, turn: dt.date) -> None:
        for row in self.of(UnitParent):
            if row["unit_id"] == unit["id"] and row["valid_to"] is None:
                row["valid_to"] = turn - DAY

    # People.

    def _people(self, bureau: Row) -> None:
        ours = [row for row in self.of(Unit) if row["bureau_id"] == bureau["id"]]
        for unit in ours:
            level = Level(unit["level"])
            there = [self._member(bureau, unit) for _ in range(3 if level is Level.SQUAD else 2)]
            for post, person in ((LEADS[level], there[0]), (DEPUTIES.get(level), there[1])):
                if post is not None and self.maybe(85):
                    self._holds(Post, unit, person, post=post.value)
            if self.maybe(30):
                self._holds(Post, self.chance.choice(ours), there[0], post=LEADS[level].value)
            for place in range(1, self.chance.choice([1, 1, 2, 3])):
                self._holds(DeputyPlace, unit, self.chance.choice(there), place=place)
            if self.maybe(50):
                self.add(Vehicle, id=self.id(), bureau_id=bureau["id"], unit_id=unit["id"],
                         code=f"V{len(self.of(Vehicle)):03d}", name="ポンプ車", **self.span(lasts=80))  # fmt: skip

    def _member(self, bureau: Row, unit: Row) -> Row:
        number = len(self.of(Member)) + 1
        person = self.add(
            Member, id=self.id(), bureau_id=bureau["id"], number=f"{number:06d}", name=f"団員{number}", kana="ダンイン",
            kana_sort=f"タンイン{number:06d}", member_type="ordinary", allowed_kinds=None,
        )  # fmt: skip
        if self.maybe(20):  # came from elsewhere
            turn = self.chance.choice(TURNS)
            before = self.chance.choice([row for row in self.of(Unit) if row["bureau_id"] == bureau["id"]])
            self.belongs(person, before, SINCE, turn - DAY)
            self.belongs(person, unit, turn, None)
        else:
            days = self.span(lasts=85)
            self.belongs(person, unit, days["valid_from"], days["valid_to"])
        account = self.add(Account, id=self.id(), member_id=person["id"], login=f"m{number}",
                           password_hash=PASSWORD_HASH, short_password=False, disabled_at=None)  # fmt: skip
        if self.maybe(30):
            device = self.add(
                DeviceSession, id=self.id(), account_id=account["id"], device_name="電話", refresh_id=uuid.uuid4(),
                factor="password", rotated_at=NOW, created_at=NOW, last_used_at=NOW, expires_at=NOW,
            )  # fmt: skip
            self._notices(person, device)
        if number % 9 == 4:
            self._factors(account)
        if number % 4 == 0:
            self.add(Invitation, member_id=person["id"], purpose="join", digest=f"{number:064d}", tries=0,
                     issued_by_id=person["id"], issued_at=NOW, expires_at=NOW + DAY, used_at=None, revoked_at=None,
                     joined_at=None)  # fmt: skip
        if number % 5 == 0:
            self.add(FormerType, member_id=person["id"], bureau_id=bureau["id"], member_type="function_limited",
                     allowed_kinds=["T-01"], valid_to=TODAY - DAY)  # fmt: skip
        if self.maybe(15):
            absence = self.chance.choice(["leave", "leave", "suspension"])
            self.add(Absence, id=self.id(), member_id=person["id"], absence=absence, **self.span(lasts=30))
        return person

    def _factors(self, account: Row) -> None:
        mine = {"account_id": account["id"]}
        self.add(Totp, **mine, secret="A" * 32, confirmed_at=NOW, last_step=0)
        self.add(RecoveryCode, id=self.id(), **mine, code_hash="0" * 64, used_at=None)
        self.add(Passkey, id=self.id(), **mine, name="鍵", credential_id=account["id"].bytes, public_key=b"", sign_count=0,
                 created_at=NOW, last_used_at=None)  # fmt: skip

    def _notices(self, person: Row, device: Row) -> None:
        mine = {"member_id": person["id"]}
        notice = self.add(Notice, id=self.id(), **mine, kind="device-signed-in", report_id=None, event_id=None, data={},
                          at=NOW, routed_at=None, told_at=None, read_at=None)  # fmt: skip
        self.add(NoticeSettings, **mine, next_digest_at=NOW)
        self.add(PushSubscription, id=self.id(), **mine, device_id=device["id"], endpoint=f"https://push/{device['id']}",
                 p256dh="", auth="", created_at=NOW, failed_at=None)  # fmt: skip
        self.add(Delivery, id=self.id(), **mine, channel="push", what="notice", notice_id=notice["id"], day=None,
                 due_at=NOW, state="queued", attempt=0, error="", created_at=NOW, sent_at=None)  # fmt: skip

    def belongs(self, person: Row, unit: Row, first: dt.date, last: dt.date | None) -> None:
        self.add(Membership, id=self.id(), member_id=person["id"], unit_id=unit["id"], valid_from=first, valid_to=last)

    def _holds(self, model: type[Base], unit: Row, person: Row, **what: Any) -> None:
        self.add(model, id=self.id(), unit_id=unit["id"], member_id=person["id"], **what, **self.span(lasts=75))

    # What they do.

    def _work(self, bureau: Row) -> None:
        ours = [row for row in self.of(Unit) if row["bureau_id"] == bureau["id"]]
        people = [row for row in self.of(Member) if row["bureau_id"] == bureau["id"]]
        for number in range(8):
            start = NOW + (number % 4 - 2) * 10 * DAY
            event = self.add(
                Event, id=self.id(), version=1, bureau_id=bureau["id"], unit_id=ours[0]["id"], kind="T-01",
                title=f"訓練{number}", planned=True, started_at=start, ended_at=start + DAY, place="本町",
                created_by_id=self.chance.choice(people)["id"], created_at=NOW,
            )  # fmt: skip
            for unit in self.chance.sample(ours, self.chance.randint(1, 2)):
                self.add(EventUnit, event_id=event["id"], unit_id=unit["id"])
            self.add(NobodyCame, id=self.id(), event_id=event["id"], unit_id=ours[number % len(ours)]["id"], comment="",
                     stated_by_id=people[0]["id"], stated_at=NOW, withdrawn_by_id=None, withdrawn_at=None,
                     withdrawn_because=None)  # fmt: skip
        for unit in ours[::3]:
            self.add(MonthStatement, id=self.id(), unit_id=unit["id"], month="2026-10", saying="nil", reason="", until=None,
                     said_by_id=people[0]["id"], said_at=NOW, withdrawn_by_id=None, withdrawn_at=None)  # fmt: skip
        for unit in (unit for unit in ours if unit["level"] in (Level.STATION, Level.BRIGADE)):
            self._edition(unit, ours, people[0])
        for person in people[::4]:
            self.add(CalendarFeed, member_id=person["id"], secret_digest=f"{person['number']:>064}", created_at=NOW,
                     last_used_on=None)  # fmt: skip
        for person in people[::5]:
            upload = self.add(Upload, id=self.id(), uploader_id=person["id"], length=2, offset=1, sha256=None, refused=None,
                              created_at=NOW, expires_at=NOW)  # fmt: skip
            self.add(UploadPiece, upload_id=upload["id"], offset=0, length=1, file_id=self.id())
        for person in people[::6]:
            add_scan(self, bureau, ours, person)
        for _ in range(60):
            self._report(bureau, self.chance.choice(ours), people)
        for _ in range(2):
            self.add(RosterImport, id=self.id(), version=1, bureau_id=bureau["id"], created_by_id=self.chance.choice(people)["id"],
                     created_at=NOW, applied_at=None, file_name="名簿", valid_from=TODAY, rows=[], problems=[])  # fmt: skip
        add_keeping(self, bureau, people[0], people[:12:3])
        add_audit(self, bureau, people)

    def _picture(self, person: Row) -> Row:
        return self.add(Attachment, id=self.id(), uploader_id=person["id"], file_id=self.id(), bytes=1, width=1, height=1,
                        taken_at=None, sha256="", sent_bytes=1, created_at=NOW, unused_since=None)  # fmt: skip

    def _report(self, bureau: Row, unit: Row, people: list[Row]) -> None:
        day = self.chance.choice([dt.date(2026, 3, 20), dt.date(2026, 10, 30), dt.date(2026, 11, 8), TODAY])
        line = above(self, unit["id"], day)
        if not line or (unit["valid_to"] and unit["valid_to"] < day) or not len(line) > 1:
            return
        state, start = self.chance.choice(STATES), dt.datetime.combine(day, dt.time(1), dt.UTC)
        route = [row for row in line if row["level"] != Level.BUREAU]
        step = 0 if state in ("draft", "returned", "withdrawn") else len(route)
        step = self.chance.randint(1, len(route)) if state == "in_review" else step
        there = self.chance.sample(people, self.chance.choice([0, 1, 1, 2, 3]))
        mine, place = self.chance.choice(people), self.chance.choice(PLACES)
        since = NOW - self.chance.choice([0, 1, 3, 8, 30]) * DAY
        waits = {"awaiting_unit_id": route[step - 1]["id"], "awaiting_since": since} if state == "in_review" else {}
        report = self.add(
            ActivityReport, id=self.id(), number=None if state == "draft" else f"N-{len(self.of(ActivityReport)):05d}",
            version=1, kind=self.chance.choice(["T-01", "D-01", "I-01"]), unit_id=unit["id"], event_id=None,
            started_at=start, ended_at=start + dt.timedelta(hours=2), month=f"{day:%Y-%m}", place=place, latitude=None,
            longitude=None, order_by=None, summary="", details={}, author_id=mine["id"], entry_mode="roster",
            sole_member_id=there[0]["id"] if len(there) == 1 else None,
            **{f"{level}_id": next((row["id"] for row in line if row["level"] == level), None) for level in Level},
            state=state, step=step, created_at=start, updated_at=start, undo_by_id=None, undo_step=None, corrected_by_id=None,
            route=[{"unit_id": str(r["id"]), "unit_name": r["name"], "level": r["level"], "passed": None} for r in route],
            **{"awaiting_unit_id": None, "awaiting_since": None, **waits},
        )  # fmt: skip
        key = {"report_id": report["id"]}
        for nth, person in enumerate(there):
            self.add(Participation, **key, member_id=person["id"], position=nth, role="member", started_at=None,
                     ended_at=None, acted=True, injured=False, left_early_reason=None)  # fmt: skip
        if self.of(Vehicle):
            self.add(ReportVehicle, **key, vehicle_id=self.chance.choice(self.of(Vehicle))["id"])
        for nth, picture in enumerate((self._picture(mine), self.chance.choice(self.of(Attachment)[:-1] or [None]))):
            if picture:
                self.add(ReportAttachment, **key, attachment_id=picture["id"], position=nth)
        self.add(ReportEvent, **key, seq=1, at=start, action="create", actor_id=mine["id"], post=None, unit_id=None,
                 level=None, for_id=None, basis=None, source=None, target=state, step_from=0, step_to=step, reason=None,
                 comment="", remarks=[], changed=[])  # fmt: skip
        self.add(ReportVersion, **key, version=1, at=start, author_id=mine["id"], content={}, changed=[])
        for person in there[1:]:
            self.add(Dispute, id=self.id(), **key, member_id=person["id"], kind="not-there", reason="いませんでした", state="open",
                     raised_at=NOW, withdrawn_at=None, settled_by_id=None, settled_at=None, settled_version=None,
                     comment="")  # fmt: skip
        words = {"body": place, "pieces": " ".join(pieces(place))}
        self.add(ReportWords, id=next(self._ids), **key, **words)

    def _edition(self, unit: Row, units: list[Row], officer: Row) -> None:
        """Sealed on a day when the unit had below it what it has today."""
        sums = dict.fromkeys(("times", "person_times", "minutes", "yen", "unknown"), 0)
        edition = self.add(
            Edition, id=self.id(), unit_id=unit["id"], level=unit["level"], month="2026-10", number=1, seal_id=self.id(),
            sealed_at=NOW, sealed_by_id=officer["id"], sealed_by="署員", post="station_officer", office="署", comment="",
            format=1, digest="0" * 64, rows=b"", left_open=0, **sums,
        )  # fmt: skip
        for place, part in enumerate(
            one for one in units if unit["id"] in {up["id"] for up in above(self, one["id"], TODAY)}
        ):
            whose = {"edition_id": edition["id"], "unit_id": part["id"]}
            self.add(
                EditionUnit,
                **whose,
                place=place,
                level=part["level"],
                name=part["name"],
                code=self.id().hex[-14:],
                **sums,
            )
            self.add(
                EditionFile, **whose, name="report.pdf", lang="ja", encoding="", file_id=self.id(), sha256="0" * 64, bytes=0,
                missing=[], made_at=NOW,
            )  # fmt: skip

    def stored(self, session: Session) -> None:
        """Written and committed; the bureaux first, whatever points at them after."""
        bureaux = [row for row in self.of(Unit) if row["level"] == Level.BUREAU]
        others = [{**row, "successor_id": None} for row in self.of(Unit) if row not in bureaux]
        ordered: dict[type[Base], list[Row]] = {Unit: bureaux + others}
        for model, rows in (ordered | {model: rows for model, rows in self.rows.items() if model is not Unit}).items():
            # A sealed report takes nothing in any more: it is sealed when all is there.
            session.execute(insert(model), [_before_sealing(row) for row in rows])
        sealed = [row["id"] for row in self.of(ActivityReport) if row["state"] == State.SEALED]
        session.execute(
            update(ActivityReport).where(ActivityReport.id.in_(sealed)).values(state=State.SEALED.value),
            execution_options={"as_system": "a test", "synchronize_session": False},
        )
        for row in self.of(Unit):
            if row["successor_id"]:
                session.get_one(Unit, row["id"], execution_options={"as_system": "a test"}).successor_id = row[
                    "successor_id"
                ]
        for row in bureaux:
            rebuild_tree(session, row["id"])
        session.commit()


def _before_sealing(row: Row) -> Row:
    return {**row, "state": State.CONFIRMED.value} if row.get("state") == State.SEALED else row


def above(town: Town, unit_id: uuid.UUID, day: dt.date) -> list[Row]:
    """The unit and all that stood over it on that day, nearest first; link by link."""
    units = {row["id"]: row for row in town.of(Unit)}
    line, at = [], units[unit_id]
    if at["valid_from"] > day:
        return []
    while True:
        line.append(at)
        links = [row for row in town.of(UnitParent) if row["unit_id"] == at["id"] and holds(row, day)]
        if not links:
            return line
        at = units[links[0]["parent_id"]]


def holds(row: Row, day: dt.date) -> bool:
    """Whether the dated row counts on that day."""
    return row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] >= day)
