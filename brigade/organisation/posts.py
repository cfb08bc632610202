"""Where a member belongs and which posts they hold, as dated rows; and steps of reports that nobody holds any more.

A change on a day ends the rows of before with the day before it. No person is in two units, nor twice in one post,
on one day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.route import Desk, asked, plan
from brigade.activity.transition import awaiting, pass_step, route_of
from brigade.activity.workflow import State
from brigade.actor import Actor, lines_of_deciders
from brigade.dates import tokyo_day, within
from brigade.db import CHUNK, chunks, new_id
from brigade.organisation.office import (
    CHANGING,
    ONE_DAY,
    begin_as_bureau,
    check_day,
    counts_from,
    end_rows,
    known_member,
    line_ids,
    member_at,
    note,
    unit_on,
)
from brigade.organisation.people import DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import POST_LEVEL, PostName
from brigade.organisation.units import Unit, standing_for
from brigade.problems import FieldProblem, Invalid, NotFound, Refused


@dataclass(slots=True)
class Held:
    """A member's dated rows that count on some day or later, the earliest first."""

    memberships: list[Membership] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    deputy_places: list[DeputyPlace] = field(default_factory=list)

    def unit_id(self, day: dt.date) -> uuid.UUID | None:
        """The unit to which the member belongs on that day."""
        return next((row.unit_id for row in self.memberships if within(day, row.valid_from, row.valid_to)), None)

    def last_day(self, day: dt.date) -> dt.date | None:
        """The last day in the service of one who belongs to a unit on that day and is to leave; None without an end."""
        return next((row.valid_to for row in self.memberships if within(day, row.valid_from, row.valid_to)), None)


def held_from(session: Session, members: Collection[uuid.UUID], on: dt.date) -> dict[uuid.UUID, Held]:
    """What these members hold on that day and later; a member without any row has an empty one."""
    found = {id_: Held() for id_ in members}
    for chunk in chunks(list(found)):
        tables: tuple[tuple[Any, str], ...] = (
            (Membership, "memberships"), (Post, "posts"), (DeputyPlace, "deputy_places"),
        )  # fmt: skip
        for model, name in tables:
            asked_for = (
                select(model)
                .where(model.member_id.in_(chunk), counts_from(model, on))
                .order_by(model.valid_from, model.id)
            )
            for row in session.scalars(asked_for, execution_options=CHANGING):
                getattr(found[row.member_id], name).append(row)
    return found


def place(
    session: Session, held: Held, member_id: uuid.UUID, unit_id: uuid.UUID, on: dt.date,
    left: Collection[uuid.UUID], *, id_: uuid.UUID | None = None,
) -> Membership:  # fmt: skip
    """The member belongs to the unit from that day; posts and places as deputy in the units ``left`` end with it.

    Who is to leave the service later still leaves then; to stay in one's own unit takes that back.
    """
    until = held.last_day(on) if held.unit_id(on) != unit_id else None
    end_rows(session, held.memberships, on)
    end_rows(session, (row for row in held.posts if row.unit_id in left), on)
    end_rows(session, (row for row in held.deputy_places if row.unit_id in left), on)
    made = Membership(id=id_ or new_id(), member_id=member_id, unit_id=unit_id, valid_from=on, valid_to=until)
    session.add(made)
    return made


def transfer_member(
    session: Session, actor: Actor, member_id: uuid.UUID, unit_id: uuid.UUID, on: dt.date,
    *, id_: uuid.UUID | None = None,
) -> Membership:  # fmt: skip
    """The member goes to another unit on that day, or comes back into the service.

    Posts and places as deputy end in every unit that is left behind.
    """
    begin_as_bureau(session, actor)
    member = member_at(session, actor, member_id)
    if member.is_erased:
        raise Refused("erased-already")
    unit = unit_on(session, actor, unit_id, check_day(on), "/unit_id")
    held = held_from(session, [member.id], on)[member.id]
    if any(row.valid_from > on for row in held.memberships):
        raise Invalid([FieldProblem("/on", "later-change")])
    here = next((row for row in held.memberships if row.unit_id == unit.id), None)
    if here is not None and here.valid_to is None:
        return here
    before = held.unit_id(on)
    left = left_behind(line_ids(session, before, on), line_ids(session, unit.id, on), before) if before else set()
    made = place(session, held, member.id, unit.id, on, left, id_=id_)
    note(session, actor, "member.transfer", member.id, before=before, unit_id=unit.id, on=on)
    _after_endings(session, actor, left)
    return made


def leave_service(session: Session, actor: Actor, member_id: uuid.UUID, on: dt.date) -> Member:
    """``on`` is the first day out of the service (退団): membership, posts and places as deputy end; reports stay."""
    begin_as_bureau(session, actor)
    member = member_at(session, actor, member_id)
    held = held_from(session, [member.id], check_day(on))[member.id]
    rows: list[Membership | Post | DeputyPlace] = [*held.memberships, *held.posts, *held.deputy_places]
    if rows:
        end_rows(session, rows, on)
        note(session, actor, "member.leave", member.id, on=on)
        _after_endings(session, actor, {row.unit_id for row in rows})
    return member


def left_behind(old: Collection[uuid.UUID], new: Collection[uuid.UUID], unit_id: uuid.UUID) -> set[uuid.UUID]:
    """Where posts end when a member leaves ``unit_id``: there, and above it (``old``) where not above the ``new`` unit.

    So no power survives a transfer, and a company's leader may change between its squads.
    """
    return {unit_id, *old} - (set(new) - {unit_id})


def appoint(
    session: Session, actor: Actor, member_id: uuid.UUID, unit_id: uuid.UUID, post: PostName, on: dt.date,
    *, id_: uuid.UUID | None = None,
) -> Post:  # fmt: skip
    """The member holds the post in the unit from that day on, at most until they leave the service. Who held it before goes
    on until ended.
    """
    begin_as_bureau(session, actor)
    unit = unit_on(session, actor, unit_id, check_day(on), "/unit_id")
    member = known_member(session, actor, member_id)
    if member is None:
        raise Invalid([FieldProblem("/member_id", "unknown-member")])
    held = held_from(session, [member.id], on)[member.id]
    problems = []
    if held.unit_id(on) is None:
        problems.append(FieldProblem("/member_id", "not-enrolled"))
    if POST_LEVEL.get(post) != unit.level:
        problems.append(FieldProblem("/post", "post-not-here"))
    if any((row.unit_id, row.post) == (unit.id, post) for row in held.posts):
        problems.append(FieldProblem("/post", "already-held"))
    if problems:
        raise Invalid(problems)
    made = Post(
        id=id_ or new_id(), member_id=member.id, unit_id=unit.id, post=post.value, valid_from=on, valid_to=held.last_day(on)
    )  # fmt: skip
    session.add(made)
    note(session, actor, "post.appoint", made.id, member_id=member.id, unit_id=unit.id, post=post.value, on=on)
    session.flush()
    release_vacant_steps(session, [unit.id], actor.now)
    return made


def end_post(session: Session, actor: Actor, post_id: uuid.UUID, on: dt.date) -> Post:
    """``on`` is the first day without the post. Ended before its first day it never was."""
    begin_as_bureau(session, actor)
    row = session.scalar(
        select(Post).join(Unit, Unit.id == Post.unit_id).where(Post.id == post_id, Unit.bureau_id == actor.bureau_id),
        execution_options=CHANGING,
    )
    if row is None:
        raise NotFound()
    if row.valid_to is not None and row.valid_to < check_day(on) - ONE_DAY:
        raise Invalid([FieldProblem("/on", "already-ended")])
    if row.valid_to != on - ONE_DAY:
        end_rows(session, [row], on)
        note(session, actor, "post.end", row.id, member_id=row.member_id, unit_id=row.unit_id, post=row.post, on=on)
        _after_endings(session, actor, [row.unit_id])
    return row


def _after_endings(session: Session, actor: Actor, units: Collection[uuid.UUID]) -> None:
    session.flush()
    if actor.bureau_id in units:
        keep_an_officer(session, actor.bureau_id)
    release_vacant_steps(session, units, actor.now)


def keep_an_officer(session: Session, bureau_id: uuid.UUID) -> None:
    """Refused when nobody would be left who may change anything."""
    there = select(Post.id).where(
        Post.unit_id == bureau_id, Post.post == PostName.BUREAU_OFFICER.value, Post.valid_to.is_(None)
    )
    if session.scalar(there.limit(1), execution_options=CHANGING) is None:
        raise Refused("last-bureau-officer")


def release_vacant_steps(session: Session, units: Collection[uuid.UUID] | None, now: dt.datetime) -> int:
    """Pass on what waits in these units (None: anywhere) at a step that nobody may decide any more; how many did.

    The same rule as at submission: no leader and no deputy, or only the author or the sole participant. Never at the
    station. To be called after every ending, and daily for those that were dated ahead. Only what goes on is locked: in a
    whole country much waits, and who decides on it does not.
    """
    waiting = select(ActivityReport).where(ActivityReport.state == State.IN_REVIEW.value).order_by(ActivityReport.id)
    if units is not None:
        waiting = waiting.where(ActivityReport.awaiting_unit_id.in_(units))
    ids = list(session.scalars(waiting.with_only_columns(ActivityReport.id), execution_options=CHANGING))
    passed: set[uuid.UUID] = set()
    for chunk in chunks(ids):
        stuck = [report.id for report, _ in _vacant(session, _read(session, waiting, chunk), now)]
        pending = _read(session, waiting.with_for_update(of=ActivityReport), stuck)
        while pending:
            pending = _pass_vacant(session, pending, now)
            passed.update(report.id for report in pending)
    return len(passed)


def _read(session: Session, waiting: Select[ActivityReport], ids: Collection[uuid.UUID]) -> Sequence[ActivityReport]:
    """Those of the waiting ones, as they stand in the store now."""
    if not ids:
        return ()
    fresh = {**CHANGING, "populate_existing": True}
    return session.scalars(waiting.where(ActivityReport.id.in_(ids)), execution_options=fresh).all()


def _pass_vacant(session: Session, reports: Sequence[ActivityReport], now: dt.datetime) -> Sequence[ActivityReport]:
    """Those of the reports that went one step on."""
    moved = _vacant(session, reports, now)
    for report, reason in moved:
        session.add_all(event.row() for event in pass_step(report, reason, now))
    session.flush()
    return [report for report, _ in moved]


def _vacant(
    session: Session, reports: Sequence[ActivityReport], now: dt.datetime
) -> Sequence[tuple[ActivityReport, str]]:
    """Those of the reports that wait for nobody, and why."""
    today = tokyo_day(now)
    stops = {report.id: stop for report in reports if (stop := awaiting(report)) is not None}
    places = session.scalars(
        select(Unit).where(Unit.id.in_({stop.unit_id for stop in stops.values()})), execution_options=CHANGING
    )
    heirs = {unit.id: standing_for(session, unit, today).id for unit in places}
    lines = lines_of_deciders(session, set(heirs.values()), today)
    found = []
    for report in reports:
        stop = stops.get(report.id)
        if stop is None or report.step >= len(asked(route_of(report))):
            continue
        line = lines[heirs[stop.unit_id]]
        leaders = (line.leader_id,) if line.leader_id else ()
        sole = [report.sole_member_id] if report.sole_member_id else []
        desk = Desk(stop.unit_id, stop.unit_name, stop.level, leaders, line.deputies)
        reason = plan([desk], report.author_id, sole)[0].passed
        if reason is not None:
            found.append((report, reason))
    return found


def numbers_but_for_zeros(session: Session, bureau_id: uuid.UUID, numbers: list[str]) -> set[str]:
    """Which of these numbers, without leading zeros, members of the bureau have with or without some."""
    found: set[str] = set()
    bare = func.ltrim(Member.number, "0")
    for chunk in chunks(numbers):
        found.update(
            session.scalars(
                select(bare).where(Member.bureau_id == bureau_id, bare.in_(chunk)), execution_options=CHANGING
            )
        )
    return found


def find_members(session: Session, bureau_id: uuid.UUID, numbers: list[str]) -> dict[str, Member]:
    """Members of the bureau by their number."""
    found: dict[str, Member] = {}
    for start in range(0, len(numbers), CHUNK):
        asked_for = select(Member).where(
            Member.bureau_id == bureau_id, Member.number.in_(numbers[start : start + CHUNK])
        )
        found.update({row.number: row for row in session.scalars(asked_for, execution_options=CHANGING)})
    return found
