"""Who one is today."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from sqlalchemy import select

from api.body import Strict
from api.endpoint import Call, Resource
from api.schemas import UnitRef
from api.sessions import MemberOut, member_out
from brigade.organisation.people import Member
from brigade.organisation.ranks import LEADS, Level
from brigade.organisation.units import Unit

resource = Resource("me", "自分 Oneself")


class PostOut(Strict):
    """A post held today."""

    post = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    acting = fields.Boolean(required=True)
    since = fields.String(required=True, allow_none=True)
    until = fields.String(required=True, allow_none=True)


class MeOut(Strict):
    """Who one is today."""

    member = fields.Nested(MemberOut, required=True)
    posts = fields.List(fields.Nested(PostOut), required=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)


@resource.get("/me", "Who I am today", returns=MeOut(), any_factor=True)
def me(call: Call) -> dict[str, Any]:
    """The person, the posts held and acted for today, and the unit of membership."""
    actor, session = call.actor, call.session
    member = session.get_one(Member, actor.member_id)
    held = {(post.unit_id, post.post) for post in actor.posts}
    acting = [desk for desk in actor.desks if desk.basis and desk.waiting_before is None]
    units = {
        unit.id: {"id": str(unit.id), "name": unit.name, "level": unit.level}
        for unit in session.scalars(select(Unit).where(Unit.id.in_({*actor.home, *(desk.unit_id for desk in acting)})))
    }
    posts = [
        {
            "post": post.post,
            "unit": {"id": str(post.unit_id), "name": post.unit_name, "level": post.level},
            "acting": False,
            "since": post.since.isoformat(),
            "until": post.until.isoformat() if post.until else None,
        }
        for post in actor.posts
    ]
    posts += [
        {"post": _post_acted_for(desk.level), "unit": units[desk.unit_id], "acting": True, "since": None, "until": None}
        for desk in acting
        if (desk.unit_id, _post_acted_for(desk.level)) not in held and desk.unit_id in units
    ]
    return {
        "member": member_out(member),
        "posts": posts,
        "unit": next((units[id_] for id_ in actor.home if id_ in units), None),
    }


def _post_acted_for(level: str) -> str:
    return LEADS[Level(level)].value
