"""Catching up: what a device has not got yet, page by page, and what it must not keep.

A catching up ends at a mark of the log taken when it began; what changes meanwhile is left for the next one. Afterwards
the device has what its person sees at the mark: reports that are open or of the last months, with every later change of
older ones, and the events of a window around today. Who sees what is decided by ``scopes.py`` alone.

How it is known what a device has: of reports, who could see a changed one before its first change since the device's
mark (the log), and by what the person saw then (the cursor's view); of events, their list (in the cursor).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, not_, or_, select, true, union
from sqlalchemy.orm import Session

from brigade.activity.actions import WITH_CONTENT
from brigade.activity.activities import ActivityReport, Event
from brigade.activity.kinds import catalogue
from brigade.activity.readers import readable_reports
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import day_start, tokyo_day
from brigade.sync.audience import is_for
from brigade.sync.changes import EVENT, KEPT, REPORT, Change, Mark, epoch_of, mark_now
from brigade.sync.cursor import TAIL, Cursor, Round, View

MONTHS_BEFORE = 2
EVENTS_FROM, EVENTS_TO = dt.timedelta(days=45), dt.timedelta(days=120)
MOST_EVENTS = 600
"""So many events a device keeps, those to come first: the calendar of a whole city is read from the server."""

MOST_GONE = 500
"""So many reports leave at once by name; when a view loses more, beginning anew is the smaller answer."""

OLDEST = KEPT - dt.timedelta(days=1)
OPEN = (State.DRAFT.value, State.IN_REVIEW.value, State.RETURNED.value)
ANEW = ("recent", "open", "events")
CATCHING_UP = ("reports", "event-changes", "events")
SEEN_ANEW = ("reports", "recent", "open", "event-changes", "events")
"""The parts of a first download, of catching up, and of catching up by someone who sees other things than before."""

COMPARED = {"as_system": "what was seen before a change of posts is held against what is seen after it"}
WAS_THERE = {"as_system": "an event that a device was given, by the end of its id"}


@dataclass(slots=True)
class Page:
    """One page: what to store, what to delete, whether to forget everything first, and where to go on."""

    reset: bool = False
    more: bool = False
    reports: list[ActivityReport] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    gone_reports: list[uuid.UUID] = field(default_factory=list)
    gone_events: list[uuid.UUID] = field(default_factory=list)
    cursor: Cursor | None = None


def next_page(session: Session, actor: Actor, cursor: Cursor | None, limit: int) -> Page:
    """The page after ``cursor`` (None: the first), with at most ``limit`` reports and events.

    The session must read one state of the store throughout (PostgreSQL: REPEATABLE READ).
    """
    here, view, epoch = mark_now(session), View.of(actor), _epoch(session)
    if cursor is None or not _goes_on(cursor, actor, here, view, epoch):
        cursor, page = Cursor(epoch, actor.member_id, actor.now, here, view), Page(reset=True)
        going = Round(here, view, actor.now, ANEW)
    else:
        page, going = Page(), cursor.round or Round(here, view, actor.now, CATCHING_UP)
        if cursor.view != view and cursor.round is None:
            lost = _lost_sight(session, actor, cursor)
            if len(lost) > MOST_GONE:
                return next_page(session, actor, None, limit)
            page.gone_reports += lost
            going = Round(here, view, actor.now, SEEN_ANEW)
    return _Walk(session, actor, cursor, going, here, page, limit).walked()


def _epoch(session: Session) -> str:
    """The store's epoch, and the kinds that are kept from the bureau: what these are, only a new version changes."""
    hidden = " ".join(sorted(kind.code for kind in catalogue() if kind.confidential))
    return epoch_of(session) + hashlib.sha256(hidden.encode()).hexdigest()[:8]


def _goes_on(cursor: Cursor, actor: Actor, here: Mark, view: View, epoch: str) -> bool:
    """Whether the log still tells all since the cursor, for this person."""
    newest = cursor.round.mark if cursor.round else cursor.mark
    return (
        (cursor.epoch, cursor.member_id) == (epoch, actor.member_id)
        and actor.now - cursor.at <= OLDEST
        and newest.next <= here.next  # else the store is an older one than the device has seen
        and (cursor.round is None or cursor.round.view == view)  # a view that changes half-way: the pages do not match
    )


def _lost_sight(session: Session, actor: Actor, cursor: Cursor) -> list[uuid.UUID]:
    """Reports as they were at the cursor that its view showed and today's does not; a few more than ``MOST_GONE``."""
    changed = select(Change.entity_id).where(
        Change.bureau_id == actor.bureau_id, Change.entity == REPORT, cursor.mark.precedes(session)
    )
    found = select(ActivityReport.id).where(
        readable_reports(cursor.view.seen_by(actor)),
        readable_reports(actor).is_not(true()),
        ActivityReport.id.not_in(changed),
    )
    return list(session.scalars(found.limit(MOST_GONE + 1), execution_options=COMPARED))


def first_instant(now: dt.datetime) -> dt.datetime:
    """From which on a first download holds every report: the month of ``now`` and those before it."""
    month = tokyo_day(now).replace(day=1)
    for _ in range(MONTHS_BEFORE):
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return day_start(month)


Key = tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    """A page being filled: part after part of the round, until it is full. A part gives the key of the last row it has
    looked at, or None when it is through.
    """

    session: Session
    actor: Actor
    cursor: Cursor
    going: Round
    here: Mark
    page: Page
    limit: int
    held: set[str] = field(init=False)

    def walked(self) -> Page:
        """The filled page with its cursor."""
        self.held = set(self.cursor.events)
        does = {
            "reports": self._changed_reports, "recent": self._recent, "open": self._open,
            "event-changes": self._changed_events, "events": self._events,
        }  # fmt: skip
        parts, after = list(self.going.parts), self.going.after
        while parts and self.room:
            last = does[parts[0]](after)
            if last is None:
                parts.pop(0)
            after = last or ()
        self.page.cursor = self._cursor(tuple(parts), after)
        # After several pages one look more: a catching up always ends with a page that is whole in itself.
        self.page.more = bool(parts) or self.cursor.round is not None
        return self.page

    def _cursor(self, parts: tuple[str, ...], after: Key) -> Cursor:
        held, old, going = frozenset(self.held), self.cursor, self.going
        if parts:
            left = Round(going.mark, going.view, going.at, parts, after)
            return Cursor(old.epoch, old.member_id, old.at, old.mark, old.view, held, left)
        return Cursor(old.epoch, old.member_id, going.at, going.mark, going.view, held)

    @property
    def room(self) -> int:
        """How many rows still go on the page."""
        return self.limit - len(self.page.reports) - len(self.page.events)

    def _since(self, mark: Mark, entity: str) -> ColumnElement[bool]:
        """SQL: changes that were not there at the mark."""
        return and_(Change.bureau_id == self.actor.bureau_id, Change.entity == entity, mark.precedes(self.session))

    def _changed(self, entity: str) -> ColumnElement[bool]:
        """SQL: changes from the device's mark to the round's."""
        since = self._since(self.cursor.mark, entity)
        return since if self.going.mark == self.here else and_(since, not_(self.going.mark.precedes(self.session)))

    # Reports that changed.

    def _changed_reports(self, after: Key) -> Key | None:
        """In the order of their ids: what is to be seen at the round's mark is sent, what was before it has gone."""
        last, room = uuid.UUID(after[0]) if after else uuid.UUID(int=0), self.room
        shown, held = self._shown(last, room), self._had(last, room)
        known = sorted({*shown, *held})
        ids = known[:room]
        later = self._changed_later(ids)
        words = self.going.view.words(self.actor.member_id)
        for id_ in ids:
            if id_ in later:  # no longer as it was at the mark: the next round sends it, or takes back what was there
                if id_ in held and not is_for(later[id_], words):
                    self.page.gone_reports.append(id_)
            elif id_ in shown:
                self.page.reports.append(shown[id_])
            else:
                self.page.gone_reports.append(id_)
        return (ids[-1].hex,) if len(known) > room else None

    def _shown(self, last: uuid.UUID, room: int) -> dict[uuid.UUID, ActivityReport]:
        """Those to be seen now."""
        changed = ActivityReport.id.in_(select(Change.entity_id).where(self._changed(REPORT)))
        found = select(ActivityReport).where(changed, ActivityReport.id > last).order_by(ActivityReport.id)
        return {row.id: row for row in self.session.scalars(found.limit(room + 1).options(*WITH_CONTENT))}

    def _had(self, last: uuid.UUID, room: int) -> set[uuid.UUID]:
        """Those that the cursor's view showed at its mark: who could see them before their first change since."""
        first = select(func.min(Change.seq)).where(self._changed(REPORT)).group_by(Change.entity_id)
        words = self.cursor.view.words(self.actor.member_id)
        found = select(Change.entity_id).where(
            Change.seq.in_(first), Change.entity_id > last, or_(*(Change.audience.contains(word) for word in words))
        )
        return set(self.session.scalars(found.order_by(Change.entity_id).limit(room + 1)))

    def _changed_later(self, ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
        """Those that changed again after the round's mark, with who could see them at the mark."""
        if self.going.mark == self.here:
            return {}
        since = self._since(self.going.mark, REPORT)
        found = select(Change.entity_id, Change.audience).where(since, Change.entity_id.in_(ids))
        first: dict[uuid.UUID, str] = {}
        for id_, told in self.session.execute(found.order_by(Change.seq)):
            first.setdefault(id_, told)
        return first

    # Reports of a first download.

    def _recent(self, after: Key) -> Key | None:
        return self._download(ActivityReport.started_at >= first_instant(self.going.at), after)

    def _open(self, after: Key) -> Key | None:
        older = ActivityReport.started_at < first_instant(self.going.at)
        return self._download(and_(older, ActivityReport.state.in_(OPEN)), after)

    def _download(self, which: ColumnElement[bool], after: Key) -> Key | None:
        """The newest first. What changed after the round's mark is left to the next one, which knows who saw it then."""
        start, id_, room = ActivityReport.started_at, ActivityReport.id, self.room
        found = select(ActivityReport).where(which).order_by(start.desc(), id_.desc())
        if after:
            at, last = dt.datetime.fromisoformat(after[0]), uuid.UUID(after[1])
            found = found.where(or_(start < at, and_(start == at, id_ < last)))
        if self.going.mark != self.here:
            found = found.where(id_.not_in(select(Change.entity_id).where(self._since(self.going.mark, REPORT))))
        rows = self.session.scalars(found.limit(room + 1).options(*WITH_CONTENT)).all()
        self.page.reports += rows[:room]
        return (rows[room - 1].started_at.isoformat(), rows[room - 1].id.hex) if len(rows) > room else None

    # Events.

    def _changed_events(self, after: Key) -> Key | None:
        """Those that the device has, in the order of their ids."""
        last, room = uuid.UUID(after[0]) if after else uuid.UUID(int=0), self.room
        changed = set(self.session.scalars(select(Change.entity_id).where(self._changed(EVENT))))
        ids = sorted(id_ for id_ in self._window() if id_ in changed and id_ > last and _tail(id_) in self.held)
        self._send_events(ids[:room])
        return (ids[room - 1].hex,) if len(ids) > room else None

    def _events(self, _after: Key) -> Key | None:
        """Those that the device has not; and those it has that have left the window or are not to be seen any more."""
        window, room = self._window(), self.room
        self._take_back(self.held - {_tail(id_) for id_ in window})
        new = [id_ for id_ in window if _tail(id_) not in self.held]
        self._send_events(new[:room])
        return () if len(new) > room else None

    def _window(self) -> list[uuid.UUID]:
        """The events that a device should have now: those to come first, then the latest ones that are over."""
        now = self.actor.now
        found = select(Event.id, Event.started_at, Event.ended_at).where(
            Event.ended_at > now - EVENTS_FROM, Event.started_at < now + EVENTS_TO
        )
        rows = sorted(self.session.execute(found).all(), key=lambda row: (row.started_at, row.id))
        ahead, over = [row.id for row in rows if row.ended_at > now], [row.id for row in rows if row.ended_at <= now]
        return [*ahead, *reversed(over)][:MOST_EVENTS]

    def _send_events(self, ids: list[uuid.UUID]) -> None:
        rows = self.session.scalars(select(Event).where(Event.id.in_(ids))) if ids else ()
        found = {row.id: row for row in rows}
        self.page.events += [found[id_] for id_ in ids]
        self.held |= {_tail(id_) for id_ in ids}

    def _take_back(self, tails: set[str]) -> None:
        """Names the events by the ends of their ids: of those there are, and of those deleted since."""
        if not tails:
            return
        self.held -= tails
        there = and_(Event.bureau_id == self.actor.bureau_id, _ends(Event.id, tails))
        deleted = and_(self._since(self.cursor.mark, EVENT), _ends(Change.entity_id, tails))
        asked = union(select(Event.id).where(there), select(Change.entity_id).where(deleted))
        self.page.gone_events += sorted(self.session.scalars(asked, execution_options=WAS_THERE))


def _tail(id_: uuid.UUID) -> str:
    return id_.hex[-TAIL:]


def _ends(id_: Any, tails: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(cast(id_, String).endswith(tail) for tail in sorted(tails)))
