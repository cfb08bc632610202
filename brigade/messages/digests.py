"""The digest of a day: who gets one, and what stands in it. Worked out for many people in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, exists, func, literal, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import State
from brigade.actor import lines_of_deciders
from brigade.dates import tokyo_day
from brigade.db import UtcTime
from brigade.messages.deliveries import SENDING, Delivery, What, delivery, queue
from brigade.messages.notices import Notice
from brigade.messages.quiet_hours import after_quiet, next_time
from brigade.messages.ways import Channel, NoticeSettings, digest_way, in_service, with_device
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import LEADS, Level
from brigade.organisation.unit_settings import merged
from brigade.organisation.units import Unit, UnitTree, valid_on

PEOPLE_AT_ONCE = 2000
REMIND_FOR = dt.timedelta(days=14)
"""How long a draft or a returned report that nobody touches is brought to mind; nor is an older notice news."""


@dataclass(slots=True)
class Digest:
    """What one person should know today. ``unread`` are notices by kind that have not left the house yet."""

    unread: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    waiting: int = 0
    waiting_since: dt.datetime | None = None
    returned: int = 0
    drafts: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.unread or self.waiting or self.returned or self.drafts)


def hour_has_come(now: dt.datetime) -> ColumnElement[bool]:
    """SQL: the settings of who is looked at for a digest."""
    return NoticeSettings.next_digest_at <= now


def plan_digests(session: Session, now: dt.datetime) -> bool:
    """Queue the digest of everyone whose hour has come and who has something to be told; whether there may be more.

    Not for those who had one on the day on which it would go out, or still have one under way.
    """
    people = (
        select(
            NoticeSettings.member_id,
            NoticeSettings.quiet_from,
            NoticeSettings.quiet_to,
            and_(NoticeSettings.push_digest, NoticeSettings.member_id.in_(with_device(now))).label("by_push"),
            and_(digest_way(now), NoticeSettings.member_id.in_(in_service(now)), ~_under_way()).label("wanted"),
            _last_sent().label("last"),
        )
        .where(hour_has_come(now))
        .order_by(NoticeSettings.next_digest_at, NoticeSettings.member_id)
        .limit(PEOPLE_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    due = session.execute(people, execution_options=SENDING).all()
    rows = []
    for row in due:
        goes_at = after_quiet(now, row.quiet_from, row.quiet_to)
        had_one = row.last is not None and tokyo_day(row.last) == tokyo_day(goes_at)
        if row.wanted and not had_one:
            channel = Channel.PUSH if row.by_push else Channel.MAIL
            rows.append(delivery(row.member_id, channel, What.DIGEST, goes_at, now, day=tokyo_day(goes_at)))
    told = contents(session, {row["member_id"] for row in rows}, now)
    queue(session, [row for row in rows if told[row["member_id"]]])
    if due:
        _ask_again_tomorrow(session, NoticeSettings.member_id.in_([row.member_id for row in due]), now)
    return len(due) == PEOPLE_AT_ONCE


def _under_way() -> ColumnElement[bool]:
    return exists().where(
        Delivery.member_id == NoticeSettings.member_id, Delivery.day.is_not(None), Delivery.state == "queued"
    )


def _last_sent() -> ScalarSelect[dt.datetime | None]:
    digests = select(func.max(Delivery.sent_at)).where(
        Delivery.member_id == NoticeSettings.member_id, Delivery.day.is_not(None)
    )
    return digests.correlate(NoticeSettings).scalar_subquery()


def leave_out_digests(session: Session, now: dt.datetime) -> None:
    """Nobody gets the digest whose hour has come; the next one says what is unread by then."""
    _ask_again_tomorrow(session, hour_has_come(now), now)


def _ask_again_tomorrow(session: Session, who: ColumnElement[bool], now: dt.datetime) -> None:
    at = {hour: literal(next_time(now, hour * 60), UtcTime()) for hour in range(24)}
    session.execute(
        update(NoticeSettings).where(who).values(next_digest_at=case(at, value=NoticeSettings.digest_hour)),
        execution_options={**SENDING, "synchronize_session": False},
    )


def contents(session: Session, members: Collection[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, Digest]:
    """What stands in the digest of each of these people; an empty one where there is nothing to say."""
    found = {id_: Digest() for id_ in members}
    if not found:
        return found
    on_its_way = exists().where(Delivery.notice_id == Notice.id, Delivery.state == "queued")
    unread = (
        select(Notice.member_id, Notice.kind, Notice.id)
        .where(Notice.member_id.in_(found), Notice.read_at.is_(None), Notice.at > now - REMIND_FOR)
        .where(Notice.told_at.is_(None), ~on_its_way)
        .order_by(Notice.kind, Notice.at)
    )
    for member_id, kind, id_ in session.execute(unread, execution_options=SENDING):
        found[member_id].unread.setdefault(kind, []).append(id_)
    own = (
        select(ActivityReport.author_id, ActivityReport.state, func.count())
        .where(ActivityReport.author_id.in_(found), ActivityReport.updated_at > now - REMIND_FOR)
        .where(ActivityReport.state.in_([State.DRAFT.value, State.RETURNED.value]))
        .group_by(ActivityReport.author_id, ActivityReport.state)
    )
    for member_id, state, count in session.execute(own, execution_options=SENDING):
        setattr(found[member_id], "drafts" if state == State.DRAFT else "returned", count)
    for member_id, since in waiting_for(session, members, now).items():
        found[member_id].waiting, found[member_id].waiting_since = len(since), min(since)
    return found


# --- What waits at whose desk -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Desk:
    """A place at which a person may decide, on what has waited since before ``waiting_before`` (None: at once)."""

    member_id: uuid.UUID
    waiting_before: dt.datetime | None


def waiting_for(
    session: Session, members: Collection[uuid.UUID], now: dt.datetime
) -> dict[uuid.UUID, list[dt.datetime]]:
    """Since when each report waits on which each of these people may decide: what ``inbox.waiting`` says of one person,
    for many at once. People for whom nothing waits are left out.
    """
    desks = _desks(session, set(members), now)
    reports = select(
        ActivityReport.id, ActivityReport.awaiting_unit_id, ActivityReport.awaiting_since,
        ActivityReport.author_id, ActivityReport.sole_member_id,
    ).where(ActivityReport.state == State.IN_REVIEW.value, ActivityReport.awaiting_unit_id.in_(desks))  # fmt: skip
    found: dict[uuid.UUID, dict[uuid.UUID, dt.datetime]] = defaultdict(dict)
    for id_, unit_id, since, author_id, sole_id in session.execute(reports, execution_options=SENDING) if desks else ():
        assert unit_id is not None  # as for all that is in review
        assert since is not None
        for desk in desks[unit_id]:
            may = desk.waiting_before is None or since <= desk.waiting_before
            if may and desk.member_id not in (author_id, sole_id):
                found[desk.member_id][id_] = since
    return {member_id: list(reports.values()) for member_id, reports in found.items()}


def _desks(session: Session, members: set[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, list[_Desk]]:
    """The desks of these people by unit, those of units that theirs took over among them."""
    today = tokyo_day(now)
    members = members & set(session.scalars(_present(members, today), execution_options=SENDING))
    posts = session.execute(
        select(Post.unit_id, Post.member_id, Post.post, Unit.level)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.member_id.in_(members), valid_on(Post, today)),
        execution_options=SENDING,
    ).all()
    named = session.scalars(
        select(DeputyPlace.unit_id).where(DeputyPlace.member_id.in_(members), valid_on(DeputyPlace, today)),
        execution_options=SENDING,
    )
    units = {row.unit_id for row in posts} | set(named)
    leads = {(row.unit_id, row.member_id) for row in posts if row.post == LEADS[Level(row.level)]}
    days = _days_to_wait(session, units, today)
    desks: dict[uuid.UUID, list[_Desk]] = defaultdict(list)
    for unit_id, member_id in leads:
        desks[unit_id].append(_Desk(member_id, None))
    for unit_id, line in lines_of_deciders(session, units, today).items():
        for member_id in members.intersection(line.deputies):
            wait = (line.place_of(member_id) or 0) * days[unit_id]
            desks[unit_id].append(_Desk(member_id, now - dt.timedelta(days=wait) if wait else None))
    return _with_predecessors(session, desks)


def _present(members: Iterable[uuid.UUID], today: dt.date) -> Select[uuid.UUID]:
    """Those in the service and not away: whoever is on leave decides nothing."""
    here = select(Membership.member_id).where(valid_on(Membership, today))
    away = select(Absence.member_id).where(valid_on(Absence, today))
    return select(Member.id).where(Member.id.in_(members), Member.id.in_(here), Member.id.not_in(away))


def _days_to_wait(session: Session, units: Collection[uuid.UUID], today: dt.date) -> dict[uuid.UUID, int]:
    """After how many days a deputy may act in each unit."""
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {unit_id: [] for unit_id in units}
    rows = session.execute(
        select(UnitTree.below_id, Unit.settings)
        .join(Unit, Unit.id == UnitTree.above_id)
        .where(UnitTree.below_id.in_(units), valid_on(UnitTree, today))
        .order_by(UnitTree.depth.desc()),
        execution_options=SENDING,
    )
    for unit_id, settings in rows if units else ():
        lines[unit_id].append(settings)
    return {unit_id: merged(line).deputy_after_days for unit_id, line in lines.items()}


def _with_predecessors(session: Session, desks: dict[uuid.UUID, list[_Desk]]) -> dict[uuid.UUID, list[_Desk]]:
    """The same, and for each unit that was taken over the desks of the one that took it over."""
    frontier: Collection[uuid.UUID] = list(desks)
    while frontier:
        ended = session.execute(
            select(Unit.id, Unit.successor_id).where(Unit.successor_id.in_(frontier)), execution_options=SENDING
        ).all()
        for unit_id, successor_id in ended:
            if successor_id is not None:
                desks[unit_id] = [*desks.get(unit_id, []), *desks[successor_id]]
        frontier = [unit_id for unit_id, _ in ended]
    return desks
