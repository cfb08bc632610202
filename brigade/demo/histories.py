"""The way of each report from its first saving to where it is now, told by the product's own workflow.

Nothing here moves a report: ``transition`` does, with actors made of the invented organisation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from brigade.activity.activities import ActivityReport
from brigade.activity.content import CONTENT_FIELDS, PLAIN_FIELDS, Content
from brigade.activity.history import Happened, differing
from brigade.activity.report_checks import entry_mode
from brigade.activity.route import Stop, plan
from brigade.activity.transition import CREATE, awaiting, facts_of, pass_step, record, take
from brigade.activity.workflow import Action, State, decide
from brigade.actor import Actor, DeskHeld
from brigade.dates import month_of, to_tokyo, tokyo_day
from brigade.demo.fates import Course, Fate
from brigade.demo.ids import Ids
from brigade.demo.offices import Offices
from brigade.demo.organisation import fresh, stored
from brigade.demo.slips import Slip, draw_slip
from brigade.organisation.ranks import LEVELS, Level, PostName

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
PATIENCE = {Level.SQUAD: 1.2, Level.SECTION: 1.2, Level.COMPANY: 2.2, Level.BRIGADE: 2.5, Level.STATION: 2.5}
"""Mean days a report waits at a level."""
IDLE = 0.04
"""So often a leader lets a report lie until the deputy may act."""
OFFICE_HOURS, WAKING_HOURS = range(9, 17), range(7, 23)
WAITS = {
    Fate.WAITS_AT_SQUAD: Level.SQUAD,
    Fate.WAITS_AT_COMPANY: Level.COMPANY,
    Fate.WAITS_AT_BRIGADE: Level.BRIGADE,
    Fate.WAITS_AT_STATION: Level.STATION,
}
RETURNED = (Fate.COMES_BACK, Fate.STAYS_RETURNED, Fate.WITHDRAWN_RETURNED)
STEP_BACK_WORDS = ("もう一度確かめてください。", "参加した人を班で確かめてください。", "時刻が日誌と合いません。")
WITHDRAW_WORDS = ("二重に出していました。", "ほかの人が出していました。", "日付をまちがえました。")


@dataclass(slots=True)
class History:
    """A report, the content that holds now, and what happened as rows. ``owed``: what its fate demands is still to come."""

    report: ActivityReport
    content: Content
    now: dt.datetime
    events: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    owed: bool = True

    def add(self, *events: Happened) -> None:
        """Keep what happened."""
        self.events.extend(stored(event) for event in events)
        self.now = events[-1].at


class Teller:
    """Tells the histories of one city. Nothing in them happens at ``until`` or later."""

    def __init__(self, offices: Offices, rng: Random, ids: Ids, until: dt.datetime) -> None:
        self.offices, self.rng, self.ids, self.until = offices, rng, ids, until

    def tell(self, course: Course) -> History:
        """Everything that happened to the report of that course."""
        fate, final = course.fate, course.plan.content
        slip = draw_slip(self.rng, final) if fate in (*RETURNED, Fate.REOPENED) else None
        handed_in = slip.spoil(final) if slip else final
        saved_first = course.submitted_at != course.plan.created_at and self.rng.random() < 0.5
        history = self._begin(course, replace(handed_in, summary="") if saved_first else handed_in)
        if course.submitted_at is None:
            if fate is Fate.WITHDRAWN_AS_DRAFT:
                self._withdraw(history, "")
            return history
        if saved_first:
            self._edit(history, handed_in, course.submitted_at)
        history.report.number = course.number
        self._submit(history, course.submitted_at)
        self._climb(history, fate, slip, final)
        if fate is Fate.REOPENED and slip and history.report.state == State.CONFIRMED and self._reopen(history, slip):
            self._correct(history, final)
            self._climb(history, Fate.CLIMBS, None, final)
        return history

    def _begin(self, course: Course, content: Content) -> History:
        planned, at = course.plan, course.plan.created_at
        report = fresh(
            ActivityReport, id=self.ids.at(at), number=None, version=0, author_id=planned.author_id, state=State.DRAFT.value, step=0,
            route=[], awaiting_unit_id=None, awaiting_since=None, undo_by_id=None, undo_step=None, corrected_by_id=None, created_at=at,
            updated_at=at,
        )  # fmt: skip
        above = {unit.level: unit.id for unit in self.offices.above(planned.unit.id, tokyo_day(content.started_at))}
        for level in LEVELS:
            setattr(report, f"{level}_id", above.get(level.value))
        history = History(report, content, at)
        history.add(record(report, CREATE, planned.author_id, at))
        self._save(history, content, list(CONTENT_FIELDS))
        return history

    def _save(self, history: History, content: Content, changed: list[str]) -> None:
        """As ``actions`` stores a content: in the row, and as a version."""
        report = history.report
        for name in PLAIN_FIELDS:
            setattr(report, name, getattr(content, name))
        people = {person.member_id for person in content.participants}
        report.sole_member_id = next(iter(people)) if len(people) == 1 else None
        report.entry_mode = entry_mode(report.author_id, content)
        report.month = month_of(content.started_at)
        history.content = content
        history.versions.append(
            {
                "report_id": report.id,
                "version": report.version,
                "at": history.now,
                "author_id": report.author_id,
                "content": content.stored(),
                "changed": changed,
            }
        )

    def _edit(self, history: History, content: Content, at: dt.datetime) -> None:
        """As ``actions.edit``: the guard, the event, the content."""
        report = history.report
        decide(State(report.state), Action.EDIT, facts_of(report, self.offices.actor(report.author_id, at)))
        changed = differing(history.content.stored(), content.stored())
        if changed:
            history.add(record(report, Action.EDIT.value, report.author_id, at, changed=changed))
            self._save(history, content, changed)

    def _submit(self, history: History, at: dt.datetime) -> None:
        """As ``actions._submit``: the route frozen by who holds the posts on that day, then the first level."""
        report = history.report
        desks = self.offices.desks(report.unit_id, tokyo_day(report.started_at), tokyo_day(at))
        people = {person.member_id for person in history.content.participants}
        report.route = [stop.stored() for stop in plan(desks, report.author_id, people)]
        history.add(*take(report, Action.SUBMIT, self.offices.actor(report.author_id, at)))

    def _climb(self, history: History, fate: Fate, slip: Slip | None, final: Content) -> None:
        """Decision after decision until it is confirmed, rests with its author, or waits for someone today."""
        report = history.report
        while (stop := awaiting(report)) is not None:
            if fate in WAITS and LEVELS.index(stop.level) <= LEVELS.index(WAITS[fate]):
                return
            if fate is Fate.WITHDRAWN_IN_REVIEW and stop.level is not Level.STATION:
                self._withdraw(history, self.rng.choice(WITHDRAW_WORDS))
                return
            actor = self._decider(history, stop.level)
            if actor is None:
                if self._pass_vacant(history, stop):
                    continue
                return
            at_last = stop.level is Level.STATION
            if fate in RETURNED and slip and history.owed and (at_last or self.rng.random() < 0.4):
                history.owed = False
                history.add(*take(report, Action.RETURN, actor, comment=slip.comment, remarks=slip.remarks()))
                if fate is Fate.WITHDRAWN_RETURNED:
                    self._withdraw(history, self.rng.choice(WITHDRAW_WORDS))
                elif fate is Fate.COMES_BACK:
                    self._correct(history, final)
            elif fate is Fate.STEPS_BACK and history.owed and report.step > 1:
                history.owed = False
                history.add(*take(report, Action.STEP_BACK, actor, comment=self.rng.choice(STEP_BACK_WORDS)))
            else:
                self._approve(history, actor, in_haste=fate is Fate.APPROVED_IN_HASTE)

    def _approve(self, history: History, actor: Actor, *, in_haste: bool) -> None:
        history.add(*take(history.report, Action.APPROVE, actor))
        if in_haste and history.owed and self.rng.random() < 0.4:
            history.owed = False
            at = actor.now + MINUTE * self.rng.randint(1, 30)
            if at < self.until:
                history.add(*take(history.report, Action.UNDO, replace(actor, now=at)))

    def _decider(self, history: History, level: Level) -> Actor | None:
        """Who decides next, at the moment of it; None when nobody does before ``until``."""
        idle = level is not Level.STATION and self.rng.random() < IDLE
        days = 7 + self.rng.random() if idle else self.rng.expovariate(1 / PATIENCE[level])
        at = self._awake(history.now + DAY * days + 10 * MINUTE, level)
        while at < self.until:
            deputies = self.offices.deputies(history.report, at) if idle else []
            there = (
                deputies[:1] or self.offices.leaders(history.report, at) or self.offices.deputies(history.report, at)
            )
            if there:
                return there[0] if len(there) == 1 or there[0].desks[0].basis else self.rng.choice(there)
            at = self._awake(at + DAY, level)
        return None

    def _pass_vacant(self, history: History, stop: Stop) -> bool:
        """As ``posts.release_vacant_steps``: past a level at which there is nobody any more, from the day of that."""
        if stop.level is Level.STATION:
            return False
        report, at = history.report, self._awake(history.now + HOUR, stop.level)
        sole = [report.sole_member_id] if report.sole_member_id else []
        while at < self.until:
            reason = plan([self.offices.desk(report, stop, at)], report.author_id, sole)[0].passed
            if reason is not None:
                history.add(*pass_step(report, reason, at))
                return True
            at += DAY
        return False

    def _awake(self, at: dt.datetime, level: Level) -> dt.datetime:
        """That moment, or a later one at which people of that level are awake or in the office."""
        local = to_tokyo(at)
        hours = OFFICE_HOURS if level is Level.STATION else WAKING_HOURS
        if local.hour not in hours:
            local += DAY if local.hour >= hours.stop else dt.timedelta()
            local = local.replace(hour=hours.start, minute=self.rng.randrange(60))
        if level is Level.STATION and local.weekday() > 4:
            local += DAY * (7 - local.weekday())
        return local.replace(microsecond=0).astimezone(dt.UTC)

    def _correct(self, history: History, final: Content) -> None:
        """The author puts right what was remarked and hands it in again, if there was time for it."""
        at = self._awake(history.now + HOUR * self.rng.uniform(2, 72), Level.SQUAD)
        author = history.report.author_id
        if at + 5 * MINUTE < self.until and not self.offices.is_away(author, tokyo_day(at)):
            self._edit(history, final, at)
            self._submit(history, at + MINUTE)

    def _withdraw(self, history: History, why: str) -> None:
        at = self._awake(history.now + HOUR * self.rng.uniform(1, 20), Level.SQUAD)
        if at < self.until:
            author = self.offices.actor(history.report.author_id, at)
            history.add(*take(history.report, Action.WITHDRAW, author, comment=why))

    def _reopen(self, history: History, slip: Slip) -> bool:
        """The station returns what it had confirmed."""
        report = history.report
        at = self._awake(history.now + DAY * self.rng.uniform(1, 6), Level.STATION)
        officers = self.offices.present_leaders(report.station_id, tokyo_day(at)) if report.station_id else ()
        if not officers or at >= self.until or report.station_id is None:
            return False
        desk = DeskHeld(report.station_id, Level.STATION.value, PostName.STATION_OFFICER.value)
        actor = self.offices.actor(self.rng.choice(officers), at, desk)
        history.add(*take(report, Action.RETURN, actor, comment=slip.comment, remarks=slip.remarks()))
        return True
