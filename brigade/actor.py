"""Who asks: one person with today's posts, the desks at which they may decide, and the units they may look into.

Read from the database at every request, never from a token: an ended post or a suspension counts at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BindParameter, Date, Uuid, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from brigade.dates import tokyo_day
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import DEPUTIES, LEADS, Level, PostName
from brigade.organisation.unit_settings import UnitSettings, merged, settings_of
from brigade.organisation.units import Unit, UnitTree, valid_on

SYSTEM = {"as_system": "an actor is read before anyone is signed in"}

# Asked at every request: put together once, for SQLAlchemy takes longer over that than the store over the answer.
WHO: BindParameter[uuid.UUID] = bindparam("who", type_=Uuid)
UNITS: BindParameter[uuid.UUID] = bindparam("units", expanding=True)
TODAY = bindparam("today", type_=Date)
_ABOVE = aliased(Unit)
BELONGS = (
    select(Membership.unit_id, Absence.absence)
    .outerjoin(Absence, and_(Absence.member_id == Membership.member_id, valid_on(Absence, TODAY)))
    .where(Membership.member_id == WHO, valid_on(Membership, TODAY))
)
POSTS = (
    select(Post, Unit, _ABOVE.settings)
    .join(Unit, Unit.id == Post.unit_id)
    .outerjoin(UnitTree, and_(UnitTree.below_id == Unit.id, valid_on(UnitTree, TODAY)))
    .outerjoin(_ABOVE, _ABOVE.id == UnitTree.above_id)
    .where(Post.member_id == WHO, Post.post != PostName.MEMBER.value, valid_on(Post, TODAY))
    .order_by(Post.id, UnitTree.depth.desc())
)
DEPUTY_AT = select(DeputyPlace.unit_id).where(DeputyPlace.member_id == WHO, valid_on(DeputyPlace, TODAY))
LEVELS_OF = select(Unit.id, Unit.level).where(Unit.id.in_(UNITS))
HOLDERS = (
    select(Post.unit_id, Post.member_id, Post.post)
    .where(Post.unit_id.in_(UNITS), valid_on(Post, TODAY))
    .order_by(Post.valid_from, Post.id)
)
PLACES = (
    select(DeputyPlace.unit_id, DeputyPlace.member_id)
    .where(DeputyPlace.unit_id.in_(UNITS), valid_on(DeputyPlace, TODAY))
    .order_by(DeputyPlace.place)
)
AWAY = select(Absence.member_id).where(
    Absence.member_id.in_(bindparam("people", expanding=True)), valid_on(Absence, TODAY)
)
SUCCEEDED = select(Unit.id, Unit.level, Unit.successor_id).where(Unit.successor_id.in_(UNITS))


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post held today; ``acting`` marks a desk held only because the leader is missing. ``settings`` of its unit."""

    post: str
    unit_id: uuid.UUID
    unit_name: str
    level: str
    since: dt.date
    until: dt.date | None
    acting: bool = False
    settings: UnitSettings = field(default=UnitSettings(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DeskHeld:
    """A unit at whose level this person may decide.

    ``for_id`` and ``basis`` stand for deputies. ``waiting_before``: only on what has waited since before that moment
    (None: at once).
    """

    unit_id: uuid.UUID
    level: str
    post: str
    for_id: uuid.UUID | None = None
    basis: str | None = None
    waiting_before: dt.datetime | None = None

    def holds(self, awaiting_unit_id: uuid.UUID | None, awaiting_since: dt.datetime | None) -> bool:
        """Whether a report that waits there since then may be decided at this desk."""
        if awaiting_unit_id != self.unit_id or awaiting_since is None:
            return False
        return self.waiting_before is None or awaiting_since <= self.waiting_before


@dataclass(frozen=True, slots=True)
class Actor:
    """One person at one moment. ``home`` are the units of membership, ``reach`` (level, unit) what they may look into."""

    member_id: uuid.UUID
    bureau_id: uuid.UUID
    member_type: str
    now: dt.datetime
    home: tuple[uuid.UUID, ...] = ()
    posts: tuple[HeldPost, ...] = ()
    desks: tuple[DeskHeld, ...] = ()
    reach: tuple[tuple[str, uuid.UUID], ...] = ()

    @property
    def today(self) -> dt.date:
        """The day in Japan."""
        return tokyo_day(self.now)

    def holds(self, *posts: PostName) -> bool:
        """Whether one of these posts is held today."""
        return any(held.post in posts for held in self.posts)

    def reach_at(self, level: str) -> list[uuid.UUID]:
        """Units of that level into which this person may look."""
        return [unit_id for at, unit_id in self.reach if at == level]

    def desk_for(self, awaiting_unit_id: uuid.UUID | None, awaiting_since: dt.datetime | None) -> DeskHeld | None:
        """The desk from which a report waiting there may be decided; one's own post before a deputy's."""
        held = [desk for desk in self.desks if desk.holds(awaiting_unit_id, awaiting_since)]
        return min(held, key=lambda desk: desk.basis is not None) if held else None


def load_actor(session: Session, member: Member, now: dt.datetime) -> Actor | None:
    """The actor for a member at ``now``; None when suspended today or not (or no longer) in the service."""
    today = tokyo_day(now)
    belongs = session.execute(BELONGS, {"who": member.id, "today": today}, execution_options=SYSTEM).all()
    home = tuple(dict.fromkeys(unit_id for unit_id, _ in belongs))
    away = {absence for _, absence in belongs}
    if "suspension" in away or not home:
        return None
    posts = _posts(session, member.id, today)
    desks = [DeskHeld(held.unit_id, held.level, held.post) for held in posts if LEADS[Level(held.level)] == held.post]
    if "leave" in away:
        desks = []
    else:
        desks += _deputised(session, member.id, posts, now)
    reach = {(held.level, held.unit_id) for held in posts}
    reach |= {(desk.level, desk.unit_id) for desk in desks if desk.waiting_before is None}
    desks, reach = _with_predecessors(session, desks, reach)
    return Actor(member.id, member.bureau_id, member.member_type, now, home, tuple(posts), tuple(desks), tuple(reach))


def _posts(session: Session, member_id: uuid.UUID, today: dt.date) -> list[HeldPost]:
    """The posts of today, each with the settings of its unit's line: one statement, as every request asks it."""
    rows = session.execute(POSTS, {"who": member_id, "today": today}, execution_options=SYSTEM).all()
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for post, _, settings in rows:
        lines.setdefault(post.id, []).append(settings or {})
    held = {post.id: (post, unit) for post, unit, _ in rows}
    return [
        HeldPost(post.post, unit.id, unit.name, unit.level, post.valid_from, post.valid_to, settings=merged(lines[id_]))
        for id_, (post, unit) in held.items()
    ]


def _deputised(session: Session, member_id: uuid.UUID, posts: Iterable[HeldPost], now: dt.datetime) -> list[DeskHeld]:
    """Desks this member may decide at as a deputy, by the standing order of each unit."""
    today = tokyo_day(now)
    named = session.scalars(DEPUTY_AT, {"who": member_id, "today": today}, execution_options=SYSTEM)
    units = set(named) | {held.unit_id for held in posts if DEPUTIES.get(Level(held.level)) == held.post}
    own = {held.unit_id: held.post for held in posts}
    desks = []
    for unit_id, line in lines_of_deciders(session, units, today).items():
        place = line.place_of(member_id)
        if place is None:
            continue
        wait = settings_of(session, unit_id, today).deputy_after_days * place
        desks.append(
            DeskHeld(
                unit_id,
                line.level,
                own.get(unit_id, PostName.MEMBER.value),
                line.leader_id,
                line.basis,
                now - dt.timedelta(days=wait) if wait else None,
            )
        )
    return desks


@dataclass(frozen=True, slots=True)
class LineOfDeciders:
    """One unit's leader and, in their order, the deputies who are there today."""

    level: str
    leader_id: uuid.UUID | None
    leader_present: bool
    deputies: tuple[uuid.UUID, ...]

    @property
    def basis(self) -> str:
        """Why a deputy acts."""
        if self.leader_id is None:
            return "vacant"
        return "idle" if self.leader_present else "on-leave"

    def place_of(self, member_id: uuid.UUID) -> int | None:
        """How many stand before this deputy: each of them has the set number of days. None: not a deputy here."""
        if member_id not in self.deputies:
            return None
        return self.deputies.index(member_id) + (1 if self.leader_present else 0)


def lines_of_deciders(
    session: Session, units: Collection[uuid.UUID], today: dt.date
) -> dict[uuid.UUID, LineOfDeciders]:
    """Who may decide in each of these units today: leader, then deputies. Units not on the tree are left out."""
    if not units:
        return {}
    asked: dict[str, Any] = {"units": list(units), "today": today}
    levels = dict(session.execute(LEVELS_OF, {"units": asked["units"]}, execution_options=SYSTEM).all())
    holders = session.execute(HOLDERS, asked, execution_options=SYSTEM).all()
    places = session.execute(PLACES, asked, execution_options=SYSTEM).all()
    people = {row[1] for row in (*holders, *places)}
    away = set(session.scalars(AWAY, {"people": list(people), "today": today}, execution_options=SYSTEM))
    lines = {}
    for unit_id, level in levels.items():
        leads, deputy = LEADS[Level(level)], DEPUTIES.get(Level(level))
        leaders = [who for unit, who, post in holders if unit == unit_id and post == leads]
        order = [who for unit, who, post in holders if unit == unit_id and post == deputy]
        order += [who for unit, who in places if unit == unit_id]
        present = [who for who in leaders if who not in away]
        line = tuple(dict.fromkeys(who for who in order if who not in away and who not in leaders))
        leader = next(iter((*present, *leaders)), None)
        lines[unit_id] = LineOfDeciders(level, leader, bool(present), line)
    return lines


def _with_predecessors(
    session: Session, desks: list[DeskHeld], reach: set[tuple[str, uuid.UUID]]
) -> tuple[list[DeskHeld], set[tuple[str, uuid.UUID]]]:
    """The same desks and reach over the units that these units took over: what waited there waits here now."""
    frontier = {unit_id for _, unit_id in reach} | {desk.unit_id for desk in desks}
    while frontier:
        ended = session.execute(SUCCEEDED, {"units": list(frontier)}, execution_options=SYSTEM).all()
        for unit_id, level, successor in ended:
            desks += [replace(desk, unit_id=unit_id) for desk in desks if desk.unit_id == successor]
            if any(held == successor for _, held in reach):
                reach.add((level, unit_id))
        frontier = {unit_id for unit_id, _, _ in ended}
    return desks, reach
