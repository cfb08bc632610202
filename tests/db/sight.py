"""What one person may see in a made-up town, worked out slowly from its rows by the rules as they are written.

The rules are those of the docstrings in ``brigade/scopes.py`` and ``brigade/actor.py``; no SQL and nothing of the
product stands in between.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any

from sqlalchemy import inspect

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
from brigade.activity.search import ReportWords
from brigade.audit import AuditEntry
from brigade.calendar.feeds import CalendarFeed
from brigade.dates import tokyo_day
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
from brigade.organisation.units import Unit, Vehicle
from brigade.retention.tables import DataRequest, KeepingTime, LegalHold, RetentionRun
from brigade.scans.tables import Scan, ScanCorrection, ScanFile, ScanPage, ScanTally
from tests.db.town import TODAY, Row, Town, above, holds
from tests.make import NOW

Ids = set[uuid.UUID]
SECRET = ("I-01",)


class Sight:
    """One person's view on a day. ``desks`` are unit → days that a report must have waited there."""

    def __init__(self, town: Town, me: uuid.UUID, today: dt.date = TODAY) -> None:
        self.town, self.me, self.today = town, me, today
        self.units = {row["id"]: row for row in town.of(Unit)}
        self.home = {row["unit_id"] for row in self.now(Membership) if row["member_id"] == me}
        self.posts = [row for row in self.now(Post) if row["member_id"] == me and row["post"] != "member"]
        self.is_shut_out = not self.home or "suspension" in self.absences(me)
        self.desks = self._desks()
        at_once = {unit for unit, wait in self.desks.items() if wait == 0}
        self.reach = self.with_predecessors({row["unit_id"] for row in self.posts} | at_once)
        self.under = {id_ for id_ in self.units if self.reach & self.line_of(id_)}
        self.line = {row for id_ in self.home | self.reach for row in self.line_of(id_)}

    def now(self, model: type[Base]) -> list[Row]:
        return [row for row in self.town.of(model) if holds(row, self.today)]

    def line_of(self, unit_id: uuid.UUID) -> Ids:
        if unit_id not in self.town.lines:
            self.town.lines[unit_id] = {row["id"] for row in above(self.town, unit_id, self.today)}
        return self.town.lines[unit_id]

    def absences(self, member: uuid.UUID) -> set[str]:
        return {row["absence"] for row in self.now(Absence) if row["member_id"] == member}

    def with_predecessors(self, units: Ids) -> Ids:
        """These units and all that they took over, directly or not."""
        more = {id_ for id_, row in self.units.items() if row["successor_id"] in units} - units
        return self.with_predecessors(units | more) if more else units

    def _desks(self) -> dict[uuid.UUID, int]:
        if self.absences(self.me):
            return {}
        mine: dict[uuid.UUID, int] = {}
        for unit_id, unit in self.units.items():
            level = Level(unit["level"])
            posts = [row for row in self.now(Post) if row["unit_id"] == unit_id]
            posts.sort(key=lambda row: (row["valid_from"], str(row["id"])))
            leaders = [row["member_id"] for row in posts if row["post"] == LEADS[level]]
            order = [row["member_id"] for row in posts if row["post"] == DEPUTIES.get(level)]
            named = [row for row in self.now(DeputyPlace) if row["unit_id"] == unit_id]
            order += [row["member_id"] for row in sorted(named, key=lambda row: row["place"])]
            there = [who for who in dict.fromkeys(order) if who not in leaders and not self.absences(who)]
            if self.me in leaders:
                mine[unit_id] = 0
            elif self.me in there:
                before = there.index(self.me) + any(not self.absences(who) for who in leaders)
                mine[unit_id] = before * self.days_of(unit_id)
        for unit_id, wait in list(mine.items()):
            for ended in self.with_predecessors({unit_id}) - {unit_id}:
                mine[ended] = min(wait, mine.get(ended, wait))
        return mine

    def days_of(self, unit_id: uuid.UUID) -> int:
        """How long a leader may leave a report lying; the nearest unit that says so."""
        line = above(self.town, unit_id, self.today)
        return next((row["settings"]["deputy_after_days"] for row in line if "deputy_after_days" in row["settings"]), 7)

    # Reports.

    def reads(self, report: Row) -> bool:
        if report["author_id"] == self.me:
            return True
        if report["number"] is None:
            return False
        parts = self.town.of(Participation)
        took_part = any(row["report_id"] == report["id"] and row["member_id"] == self.me for row in parts)
        below_mine = any(
            report[f"{level}_id"] in self.reach
            and self.units[report[f"{level}_id"]]["level"] == level
            and not (level is Level.BUREAU and report["kind"] in SECRET)
            for level in Level
            if report[f"{level}_id"]
        )
        in_its_line = any(report[f"{level}_id"] in self.desks for level in Level)
        may_take_back = report["undo_by_id"] == self.me and in_its_line
        return took_part or below_mine or may_take_back or report["awaiting_unit_id"] in self.desks

    @cached_property
    def reports(self) -> list[Row]:
        return [row for row in self.town.of(ActivityReport) if self.reads(row)]

    def waiting(self) -> Ids:
        """My inbox."""
        return {
            row["id"]
            for row in self.reports
            if row["state"] == "in_review"
            and row["awaiting_unit_id"] in self.desks
            and row["awaiting_since"] <= NOW - dt.timedelta(days=self.desks[row["awaiting_unit_id"]])
            and self.me not in (row["author_id"], row["sole_member_id"])
        }

    # Events.

    def events(self) -> Ids:
        """Those I made, and those that call a unit which stood that day in my line (then or now), or below my reach; all
        of a bureau of mine.
        """
        found = {
            row["id"]
            for row in self.town.of(Event)
            if row["created_by_id"] == self.me or row["bureau_id"] in self.reach
        }
        days = {row["id"]: tokyo_day(row["started_at"]) for row in self.town.of(Event)}
        for row in self.town.of(EventUnit):
            day = days[row["event_id"]]
            belonged = [m for m in self.town.of(Membership) if m["member_id"] == self.me and holds(m, day)]
            mine = self.home | self.reach | {m["unit_id"] for m in belonged}
            line = {over["id"] for id_ in mine for over in above(self.town, id_, day)}
            under = {over["id"] for over in above(self.town, row["unit_id"], day)} & self.reach
            if row["unit_id"] in line or under:
                found.add(row["event_id"])
        return found

    # Disputes.

    def settles(self, report: Row) -> bool:
        """Whether I am an officer of the report's station, or of its bureau and the kind is not confidential."""
        posts = {row["post"] for row in self.posts}
        of_station = "station_officer" in posts and report["station_id"] in self.reach
        of_bureau = "bureau_officer" in posts and report["bureau_id"] in self.reach and report["kind"] not in SECRET
        return of_station or of_bureau

    # Scans.

    def pages(self) -> set[tuple[uuid.UUID, int]]:
        """Those I sent, and those of units I may look into."""
        mine = self.under | self.reach
        return {
            (row["scan_id"], row["n"])
            for row in self.town.of(ScanPage)
            if row["uploader_id"] == self.me or row["unit_id"] in mine
        }

    @cached_property
    def offices(self) -> Ids:
        """The bureaus whose officer I am."""
        return {row["unit_id"] for row in self.posts if row["post"] == "bureau_officer"}

    # Everything.

    @cached_property
    def is_officer(self) -> bool:
        return bool({row["post"] for row in self.posts} & {"station_officer", "bureau_officer"})

    @cached_property
    def sees(self) -> dict[type[Base], set[Any]]:
        """Keys of every row that I may see, by model."""
        posts = {row["post"] for row in self.posts}
        bureau = next(row["bureau_id"] for row in self.town.of(Member) if row["id"] == self.me)
        readable = {row["id"] for row in self.reports}
        authors = {row["id"]: row["author_id"] for row in self.reports}
        links = [row for row in self.town.of(ReportAttachment) if row["report_id"] in authors]
        shown = {(row["attachment_id"], authors[row["report_id"]]) for row in links}
        uploads = {row["id"] for row in self.town.of(Upload) if row["uploader_id"] == self.me}
        reports = {row["id"]: row for row in self.town.of(ActivityReport)}
        events = self.events()
        belonged = {row["member_id"] for row in self.town.of(Membership) if row["unit_id"] in self.under}
        mine = self.under | self.reach
        editions = {row["edition_id"] for row in self.town.of(EditionUnit) if row["unit_id"] in mine}
        beside = {row["member_id"] for row in self.now(Membership) if row["unit_id"] in self.home}
        account = {row["id"] for row in self.town.of(Account) if row["member_id"] == self.me}
        pages, sent = self.pages(), {row["id"] for row in self.town.of(Scan) if row["uploader_id"] == self.me}
        rules: dict[type[Base], Callable[[Row], bool]] = {
            ActivityReport: lambda row: row["id"] in readable,
            **dict.fromkeys(
                (Participation, ReportVehicle, ReportAttachment, ReportEvent, ReportVersion, ReportWords),
                lambda row: row["report_id"] in readable,
            ),
            Attachment: lambda row: row["uploader_id"] == self.me or (row["id"], row["uploader_id"]) in shown,
            Upload: lambda row: row["uploader_id"] == self.me,
            UploadPiece: lambda row: row["upload_id"] in uploads,
            Event: lambda row: row["id"] in events,
            EventUnit: lambda row: row["event_id"] in events,
            Unit: lambda row: row["id"] in self.line | self.under | self.reach,
            Vehicle: lambda row: row["unit_id"] in self.under | self.line,
            Member: lambda row: row["id"] in belonged | beside | {self.me},
            **dict.fromkeys(
                (Membership, Post, DeputyPlace),
                lambda row: row["unit_id"] in self.under | self.home or row["member_id"] == self.me,
            ),
            Dispute: lambda row: row["member_id"] == self.me or self.settles(reports[row["report_id"]]),
            **dict.fromkeys((MonthStatement, NobodyCame), lambda row: row["unit_id"] in self.under | self.home),
            Edition: lambda row: row["id"] in editions,
            **dict.fromkeys((EditionUnit, EditionFile), lambda row: row["unit_id"] in mine),
            Absence: lambda row: row["member_id"] in belonged | {self.me},
            FormerType: lambda row: row["member_id"] in belonged | beside | {self.me},
            Invitation: lambda row: row["member_id"] in belonged,
            ScanTally: lambda row: self.is_officer and row["bureau_id"] == bureau,
            AuditEntry: lambda row: row["bureau_id"] == bureau and self.reads_of(row, rules),
            RosterImport: lambda row: (
                row["bureau_id"] == bureau if "bureau_officer" in posts else row["created_by_id"] == self.me
            ),
            **dict.fromkeys(
                (CalendarFeed, Notice, NoticeSettings, PushSubscription, Delivery),
                lambda row: row["member_id"] == self.me,
            ),
            Scan: lambda row: row["id"] in sent | {scan for scan, _ in pages} or row["unit_id"] in mine,
            ScanFile: lambda row: row["scan_id"] in sent,
            **dict.fromkeys((ScanPage, ScanCorrection), lambda row: (row["scan_id"], row["n"]) in pages),
            **dict.fromkeys((KeepingTime, LegalHold, RetentionRun), lambda row: row["bureau_id"] in self.offices),
            DataRequest: lambda row: row["member_id"] == self.me or row["bureau_id"] in self.offices,
            Account: lambda row: row["id"] in account,
            **dict.fromkeys((DeviceSession, Totp, RecoveryCode, Passkey), lambda row: row["account_id"] in account),
        }
        return {model: {key(model, row) for row in self.town.of(model) if rule(row)} for model, rule in rules.items()}

    def reads_of(self, entry: Row, rules: dict[type[Base], Callable[[Row], bool]]) -> bool:
        """Whether I read this entry of the audit: as an officer my own, and what is about something that I may see."""
        if not self.is_officer:
            return False
        if entry["actor_id"] == self.me:
            return True
        if "bureau_officer" in {row["post"] for row in self.posts} and not entry["action"].endswith("-dispute"):
            return True
        about = (Unit, Member, Post, Absence, Event, Dispute)
        return any(
            row["id"] == entry["subject_id"] and rules[model](row) for model in about for row in self.town.of(model)
        )


def key(model: type[Base], row: Any) -> Any:
    """The row's primary key, of a dict or of a mapped object."""
    names = [column.name for column in inspect(model).primary_key]
    return tuple(row[name] if isinstance(row, dict) else getattr(row, name) for name in names)
