"""Who asks: one person with today's posts, the desks at which they may decide, and the units they may look into.

Read from the database at every request, never from a token: an ended post or a suspension counts at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Date, Select, and_, bindparam, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from brigade.dates import tokyo_day
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import DEPUTIES, LEADS, Level, PostName
from brigade.organisation.unit_settings import UnitSettings, merged, settings_of
from brigade.organisation.units import Unit, UnitTree, valid_on
from brigade.questions import Question, among

SYSTEM = {"as_system": "an actor is read before anyone is signed in"}

# What every request asks, put together once: doing it anew took longer than the store needs to answer.
_WHO: BindParameter[uuid.UUID] = bindparam("who")
_TODAY: BindParameter[dt.date] = bindparam("today", type_=Date)
_ABOVE = aliased(Unit)
_BELONGS = (Membership.unit_id, Absence.absence)
_HOLDS = (Post.id, Post.post, Post.valid_from, Post.valid_to, Unit.id, Unit.name, Unit.level, _ABOVE.settings)
_TAKEN = aliased(Unit)
_TOOK_OVER = exists().where(or_(_TAKEN.successor_id == Post.unit_id, _TAKEN.successor_id == DeputyPlace.unit_id))
STANDING = (*_BELONGS, *_HOLDS, DeputyPlace.unit_id, _TOOK_OVER.label("took_over"))
"""What a person is in the service today: one row at least, and one for each combination of these. Last, whether the unit
of the post or that of the deputy took another one over.
"""


def with_standing(asked: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """SQL: ``asked``, a statement on ``Member`` with the columns of ``STANDING``, joined with what they are of."""
    return (
        asked.outerjoin(Membership, and_(Membership.member_id == Member.id, valid_on(Membership, _TODAY)))
        .outerjoin(Absence, and_(Absence.member_id == Member.id, valid_on(Absence, _TODAY)))
        .outerjoin(Post, and_(Post.member_id == Member.id, Post.post != PostName.MEMBER.value, valid_on(Post, _TODAY)))
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .outerjoin(UnitTree, and_(UnitTree.below_id == Unit.id, valid_on(UnitTree, _TODAY)))
        .outerjoin(_ABOVE, _ABOVE.id == UnitTree.above_id)
        .outerjoin(DeputyPlace, and_(DeputyPlace.member_id == Member.id, valid_on(DeputyPlace, _TODAY)))
        .order_by(Membership.id, Post.id, UnitTree.depth.desc())
    )


_WHAT_THEY_ARE = Question(with_standing(select(*STANDING).select_from(Member)).where(Member.id == _WHO), SYSTEM)
_TAKEN_OVER = Question(select(Unit.id, Unit.level, Unit.successor_id).where(among(Unit.successor_id, "units")), SYSTEM)


def _away(member_id: Any) -> Any:
    return exists().where(Absence.member_id == member_id, valid_on(Absence, _TODAY))


_DECIDERS = Question(
    union_all(
        select(
            Unit.id, Unit.level, Post.member_id, Post.post, Post.valid_from, Post.id.label("nth"), literal(0).label("place"),
            _away(Post.member_id),
        ).outerjoin(Post, and_(Post.unit_id == Unit.id, valid_on(Post, _TODAY))).where(among(Unit.id, "units")),
        select(
            DeputyPlace.unit_id, null(), DeputyPlace.member_id, null(), null(), null(), DeputyPlace.place,
            _away(DeputyPlace.member_id),
        ).where(among(DeputyPlace.unit_id, "units"), valid_on(DeputyPlace, _TODAY)),
    ),
    SYSTEM,
)  # fmt: skip
"""Each unit with its level and the holders of its posts (one row without a holder where there is none), then those who
stand in its order of deputies, at which place; each with whether they are away.
"""


class _Standing(NamedTuple):
    """A row of that answer."""

    unit_id: uuid.UUID
    level: str | None
    member_id: uuid.UUID
    post: str | None
    since: dt.date
    nth: uuid.UUID
    place: int
    away: bool


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
    (None: at once). ``needs_factor``: who was named deputy must have the second factor that the leader's post asks for.
    """

    unit_id: uuid.UUID
    level: str
    post: str
    for_id: uuid.UUID | None = None
    basis: str | None = None
    waiting_before: dt.datetime | None = None
    needs_factor: bool = False

    def holds(self, awaiting_unit_id: uuid.UUID | None, awaiting_since: dt.datetime | None) -> bool:
        """Whether a report that waits there since then may be decided at this desk."""
        if awaiting_unit_id != self.unit_id or awaiting_since is None:
            return False
        return self.waiting_before is None or awaiting_since <= self.waiting_before


@dataclass(frozen=True)
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

    @property
    def needs_factor(self) -> bool:
        """Whether a post, or a desk as named deputy, asks for a second factor."""
        of_posts = (held.post in held.settings.second_factor_posts for held in self.posts)
        return any(of_posts) or any(desk.needs_factor for desk in self.desks)

    def reach_at(self, level: str) -> list[uuid.UUID]:
        """Units of that level into which this person may look."""
        return [unit_id for at, unit_id in self.reach if at == level]

    @cached_property
    def at_once(self) -> dict[uuid.UUID, DeskHeld]:
        """The desks at which this person decides on whatever waits there, by their units."""
        return {desk.unit_id: desk for desk in reversed(self.desks) if desk.waiting_before is None}

    def desk_for(self, awaiting_unit_id: uuid.UUID | None, awaiting_since: dt.datetime | None) -> DeskHeld | None:
        """The desk from which a report waiting there may be decided; one's own post before a deputy's."""
        held = [desk for desk in self.desks if desk.holds(awaiting_unit_id, awaiting_since)]
        return min(held, key=lambda desk: desk.basis is not None) if len(held) > 1 else held[0] if held else None


def load_actor(session: Session, member: Member, now: dt.datetime) -> Actor | None:
    """The actor for a member at ``now``; None when suspended today or not (or no longer) in the service."""
    rows = _WHAT_THEY_ARE.ask(session, who=member.id, today=tokyo_day(now))
    return actor_of(session, member.id, member.bureau_id, member.member_type, now, rows)


def actor_of(
    session: Session, member_id: uuid.UUID, bureau_id: uuid.UUID, member_type: str, now: dt.datetime,
    standing: Sequence[tuple[Any, ...]],
) -> Actor | None:  # fmt: skip
    """The same from rows of ``STANDING``."""
    home = tuple(dict.fromkeys(row[0] for row in standing if row[0] is not None))
    away = {row[1] for row in standing}
    if "suspension" in away or not home:
        return None
    posts = _posts(row[len(_BELONGS) : -2] for row in standing)
    desks = [DeskHeld(held.unit_id, held.level, held.post) for held in posts if LEADS[Level(held.level)] == held.post]
    if "leave" in away:
        desks = []
    else:
        named = {row[-2] for row in standing} - {None}
        desks += _deputised(session, member_id, posts, named, now)
    reach = {(held.level, held.unit_id) for held in posts}
    reach |= {(desk.level, desk.unit_id) for desk in desks if desk.waiting_before is None}
    if any(row[-1] for row in standing):
        desks, reach = _with_predecessors(session, desks, reach)
    return Actor(member_id, bureau_id, member_type, now, home, tuple(posts), tuple(desks), tuple(reach))


def _posts(rows: Iterable[tuple[Any, ...]]) -> list[HeldPost]:
    """The posts of today, each with the settings of its unit's line; rows of ``_HOLDS``, the topmost unit first."""
    lines: dict[uuid.UUID, list[dict[str, Any]]] = {}
    held = {}
    for id_, *of_post, settings in rows:
        if id_ is not None:
            held[id_] = of_post
            lines.setdefault(id_, []).append(settings or {})
    return [
        HeldPost(post, unit_id, name, level, since, until, settings=merged(lines[id_]))
        for id_, (post, since, until, unit_id, name, level) in held.items()
    ]


def _deputised(
    session: Session, member_id: uuid.UUID, posts: Iterable[HeldPost], named: set[uuid.UUID], now: dt.datetime
) -> list[DeskHeld]:
    """Desks this member may decide at as a deputy, by the standing order of each unit; ``named`` in those of which."""
    today = tokyo_day(now)
    units = named | {held.unit_id for held in posts if DEPUTIES.get(Level(held.level)) == held.post}
    own = {held.unit_id: held.post for held in posts}
    desks = []
    for unit_id, line in lines_of_deciders(session, units, today).items():
        place = line.place_of(member_id)
        if place is None:
            continue
        settings = settings_of(session, unit_id, today)
        wait = settings.deputy_after_days * place
        desks.append(
            DeskHeld(
                unit_id,
                line.level,
                own.get(unit_id, PostName.MEMBER.value),
                line.leader_id,
                line.basis,
                now - dt.timedelta(days=wait) if wait else None,
                unit_id not in own and LEADS[Level(line.level)] in settings.second_factor_posts,
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
    rows = [_Standing(*row) for row in _DECIDERS.ask(session, units=units, today=today)]
    levels = {row.unit_id: row.level for row in rows if row.level is not None}
    holders = sorted((row for row in rows if row.post), key=lambda row: (row.since, row.nth))
    places = sorted((row for row in rows if row.member_id and not row.post), key=lambda row: row.place)
    away = {row.member_id for row in rows if row.away}
    lines = {}
    for unit_id, level in levels.items():
        leads, deputy = LEADS[Level(level)], DEPUTIES.get(Level(level))
        leaders = [row.member_id for row in holders if row.unit_id == unit_id and row.post == leads]
        order = [row.member_id for row in holders if row.unit_id == unit_id and row.post == deputy]
        order += [row.member_id for row in places if row.unit_id == unit_id]
        present = [who for who in leaders if who not in away]
        line = tuple(dict.fromkeys(who for who in order if who not in away and who not in leaders))
        leader = next(iter((*present, *leaders)), None)
        lines[unit_id] = LineOfDeciders(level, leader, bool(present), line)
    return lines


def deciders_of(
    session: Session, units: Collection[uuid.UUID], today: dt.date
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Everyone who is there and may decide in each of these units, at once or as a deputy who has to wait."""
    rows = [_Standing(*row) for row in _DECIDERS.ask(session, units=units, today=today)]
    posts = {row.unit_id: (LEADS[Level(row.level)], DEPUTIES.get(Level(row.level))) for row in rows if row.level}
    there = [
        row for row in rows if row.member_id and not row.away and (row.post is None or row.post in posts[row.unit_id])
    ]
    return {unit_id: frozenset(row.member_id for row in there if row.unit_id == unit_id) for unit_id in units}


def _with_predecessors(
    session: Session, desks: list[DeskHeld], reach: set[tuple[str, uuid.UUID]]
) -> tuple[list[DeskHeld], set[tuple[str, uuid.UUID]]]:
    """The same desks and reach over the units that these units took over: what waited there waits here now."""
    frontier = {unit_id for _, unit_id in reach} | {desk.unit_id for desk in desks}
    while frontier:
        ended = _TAKEN_OVER.ask(session, units=frontier)
        for unit_id, level, successor in ended:
            desks += [replace(desk, unit_id=unit_id) for desk in desks if desk.unit_id == successor]
            if any(held == successor for _, held in reach):
                reach.add((level, unit_id))
        frontier = {unit_id for unit_id, _, _ in ended}
    return desks, reach
