"""Units, their members and vehicles, and the activity kinds: what an app shows to choose from."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from typing import Any

from marshmallow import fields
from sqlalchemy import and_, select

from api.body import Day, Strict, one_of
from api.endpoint import Call, Resource
from api.paging import PageQuery, page, page_schema
from api.present import Names
from api.problems import language
from api.schemas import UnitRef
from brigade.activity.kinds import catalogue, describe
from brigade.organisation.member_types import FORMER, FORMER_COLUMNS, Former, type_on
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.ranks import LEVELS
from brigade.organisation.units import Unit, UnitParent, Vehicle, below, valid_on
from brigade.problems import NotFound
from brigade.wording import text

resource = Resource("units", "組織 Organisation")


class UnitOut(UnitRef):
    """A unit of the tree; ``parent_id`` is the unit directly above on the day asked for."""

    code = fields.String(required=True)
    level_label = fields.String(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    valid_from = fields.String(required=True)
    valid_to = fields.String(required=True, allow_none=True)
    successor_id = fields.UUID(required=True, allow_none=True)


class OnDay(PageQuery):
    """``on`` the day (today when left out); ``below=true`` takes the units below too."""

    on = Day(load_default=None)
    level = fields.String(load_default=None, validate=one_of(LEVELS))


class MembersQuery(PageQuery):
    """``on`` the day; ``below=true`` takes the units below too."""

    on = Day(load_default=None)
    below = fields.Boolean(load_default=False)


class FormerTypeOut(Strict):
    """A type of member, and the last day on which they were of it."""

    member_type = fields.String(required=True)
    until = fields.String(required=True)


class MemberHere(Strict):
    """A member of the unit on the day, with the post held there and the type of that day. ``former_types``: what they were
    before their type changed, the earliest first, or will be until a change that is to come.
    """

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    kana = fields.String(required=True)
    member_type = fields.String(required=True)
    former_types = fields.List(fields.Nested(FormerTypeOut), required=True)
    unit = fields.Nested(UnitRef, required=True)
    posts = fields.List(fields.String(), required=True)
    absence = fields.String(required=True, allow_none=True)


class VehicleQuery(PageQuery):
    """Vehicles of one unit and those below it, or of all one may see."""

    unit_id = fields.UUID(load_default=None)


class VehicleOut(Strict):
    """A vehicle and where it stands."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    unit_id = fields.UUID(required=True)


class KindsOut(Strict):
    """All kinds with their fields, and the enumerations that every report uses."""

    items = fields.List(fields.Dict(), required=True)
    roles = fields.List(fields.Dict(), required=True)
    order_by = fields.List(fields.Dict(), required=True)
    return_reasons = fields.List(fields.Dict(), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


def unit_out(unit: Unit, parents: dict[uuid.UUID, uuid.UUID]) -> dict[str, Any]:
    """A unit as answered."""
    parent = parents.get(unit.id)
    return {
        "id": str(unit.id),
        "name": unit.name,
        "level": unit.level,
        "level_label": text(f"level.{unit.level}", language()),
        "code": unit.code,
        "parent_id": str(parent) if parent else None,
        "valid_from": unit.valid_from.isoformat(),
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "successor_id": str(unit.successor_id) if unit.successor_id else None,
    }


def _parents(call: Call, units: list[Unit], day: dt.date) -> dict[uuid.UUID, uuid.UUID]:
    rows = call.session.execute(
        select(UnitParent.unit_id, UnitParent.parent_id).where(
            UnitParent.unit_id.in_([unit.id for unit in units]), valid_on(UnitParent, day)
        )
    )
    return dict(rows.all())


@resource.get("/units", "The tree one may see", query=OnDay(), returns=page_schema(UnitOut()), conditional=True)
def units(call: Call) -> dict[str, Any]:
    """One's own line up to the bureau and all below the units one may look into, on a day, in order of code."""
    day = call.query["on"] or call.actor.today
    query = select(Unit).where(valid_on(Unit, day))
    if call.query["level"]:
        query = query.where(Unit.level == call.query["level"])
    found = page(call.session, query, (Unit.code, Unit.id), call.query, lambda unit: unit)
    parents = _parents(call, found["items"], day)
    found["items"] = [unit_out(unit, parents) for unit in found["items"]]
    return found


@resource.get("/units/<uuid:unit_id>", "One unit", returns=UnitOut(), conditional=True)
def unit(call: Call, unit_id: uuid.UUID) -> dict[str, Any]:
    """A unit that one may see, ended ones too."""
    found = _unit(call, unit_id)
    return unit_out(found, _parents(call, [found], call.actor.today))


def _unit(call: Call, unit_id: uuid.UUID) -> Unit:
    found = call.session.scalar(select(Unit).where(Unit.id == unit_id))
    if found is None:
        raise NotFound()
    return found


@resource.get(
    "/units/<uuid:unit_id>/members", "Who belongs to a unit", query=MembersQuery(), returns=page_schema(MemberHere()),
    conditional=True,
)  # fmt: skip
def members(call: Call, unit_id: uuid.UUID) -> dict[str, Any]:
    """The members of a unit on a day, in kana order, as far as one may see them."""
    _unit(call, unit_id)
    day = call.query["on"] or call.actor.today
    places = below([unit_id], day) if call.query["below"] else [unit_id]
    query = select(Member).where(
        Member.id.in_(select(Membership.member_id).where(Membership.unit_id.in_(places), valid_on(Membership, day)))
    )
    found = page(call.session, query, (Member.kana_sort, Member.id), call.query, lambda member: member)
    found["items"] = _members(call, found["items"], day)
    return found


def _members(call: Call, rows: list[Member], day: dt.date) -> list[dict[str, Any]]:
    ids = [member.id for member in rows]
    there = call.session.execute(
        select(Membership.member_id, Membership.unit_id, *FORMER_COLUMNS)
        .outerjoin(FORMER, FORMER.c.member_id == Membership.member_id)
        .where(Membership.member_id.in_(ids), valid_on(Membership, day))
        .order_by(FORMER.c.valid_to)
    ).all()
    places, former = {row[0]: row[1] for row in there}, defaultdict[uuid.UUID, list[Former]](list)
    for who, _, *its in there:
        if its[0] is not None:
            former[who].append(Former(*its))
    posts = call.session.execute(
        select(Post.member_id, Post.post).where(Post.member_id.in_(ids), valid_on(Post, day))
    ).all()
    absences = dict(
        call.session.execute(
            select(Absence.member_id, Absence.absence).where(and_(Absence.member_id.in_(ids), valid_on(Absence, day)))
        ).all()
    )
    names = Names(call.session, (), places.values())
    return [
        {
            "id": str(member.id),
            "number": member.number,
            "name": member.name,
            "kana": member.kana,
            "member_type": type_on(member, former[member.id], day),
            "former_types": [
                {"member_type": one.member_type, "until": one.valid_to.isoformat()} for one in former[member.id]
            ],
            "unit": names.unit(places.get(member.id)),
            "posts": [post for who, post in posts if who == member.id],
            "absence": absences.get(member.id),
        }
        for member in rows
    ]


@resource.get("/vehicles", "Vehicles", query=VehicleQuery(), returns=page_schema(VehicleOut()), conditional=True)
def vehicles(call: Call) -> dict[str, Any]:
    """The vehicles one may see, of one unit and those below it where asked."""
    query = select(Vehicle).where(valid_on(Vehicle, call.actor.today))
    if call.query["unit_id"]:
        query = query.where(Vehicle.unit_id.in_(below([call.query["unit_id"]], call.actor.today)))
    return page(
        call.session, query, (Vehicle.code, Vehicle.id), call.query,
        lambda row: {"id": str(row.id), "code": row.code, "name": row.name, "unit_id": str(row.unit_id)},
    )  # fmt: skip


RETURN_REASONS = (
    "missing-entry", "wrong-kind", "times-impossible", "overlap", "not-on-roster", "duplicate", "no-prior-notice",
    "vehicle-mismatch", "picture-unreadable", "other",
)  # fmt: skip


@resource.get("/activity-kinds", "Activity kinds", returns=KindsOut(), conditional=True)
def kinds(call: Call) -> dict[str, Any]:
    """Every kind with its fields, limits and labels; unchanged as long as the ETag is the same."""
    lang = language()
    known = catalogue()
    return {
        "items": [describe(kind, lang) for kind in known],
        "roles": [_option(option, lang) for option in known.roles],
        "order_by": [_option(option, lang) for option in known.order_by],
        "return_reasons": [{"value": code, "label": text(f"return_reason.{code}", lang)} for code in RETURN_REASONS],
        "next_cursor": None,
    }


def _option(option: Any, lang: str) -> dict[str, Any]:
    return {"value": option.value, "label": option.label.of(lang), "labels": option.label.both()}
