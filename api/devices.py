"""Where one is signed in, and signing out what was lost."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select

from api.body import Strict
from api.endpoint import OFFICERS, Call, Resource
from api.present import instant
from brigade.access.device_sessions import Because, DeviceSession, Factor, revoke
from brigade.access.lost_phones import sign_out
from brigade.problems import NotFound

resource = Resource("devices", "端末 Devices")


class DeviceOut(Strict):
    """A signed-in device. ``factor``: how it was proven who is there."""

    id = fields.UUID(required=True)
    device_name = fields.String(required=True)
    factor = fields.String(required=True, validate=validate.OneOf([factor.value for factor in Factor]))
    created_at = fields.String(required=True)
    last_used_at = fields.String(required=True)
    current = fields.Boolean(required=True)


class DevicesOut(Strict):
    """All devices on which one is signed in."""

    items = fields.List(fields.Nested(DeviceOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SignedOutOut(Strict):
    """How many devices are signed out now."""

    devices = fields.Integer(required=True)


def device_at(call: Call, device_id: uuid.UUID) -> DeviceSession:
    """One of one's own; NotFound else."""
    device = call.session.scalar(select(DeviceSession).where(DeviceSession.id == device_id))
    if device is None:
        raise NotFound()
    return device


@resource.get("/auth/devices", "My devices", returns=DevicesOut(), any_factor=True)
def devices(call: Call) -> dict[str, Any]:
    """Where one is signed in now. `last_used_at` is when the device last renewed its tokens."""
    rows = call.session.scalars(
        select(DeviceSession)
        .where(DeviceSession.revoked_at.is_(None), DeviceSession.expires_at > call.actor.now)
        .order_by(DeviceSession.last_used_at.desc(), DeviceSession.id)
        .limit(100)
    )
    items = [
        {
            "id": str(row.id),
            "device_name": row.device_name,
            "factor": row.factor,
            "created_at": instant(row.created_at),
            "last_used_at": instant(row.last_used_at),
            "current": row.id == call.session.info["device_id"],
        }
        for row in rows
    ]
    return {"items": items, "next_cursor": None}


@resource.delete("/auth/devices/<uuid:device_id>", "Sign a device out", status=204, any_factor=True)
def sign_outdevice_at(call: Call, device_id: uuid.UUID) -> None:
    """A lost phone is out with its next request."""
    revoke(device_at(call, device_id), call.actor.now, Because.LOST)


@resource.post("/members/<uuid:member_id>/sign-out", "Sign a member out", needs=OFFICERS, returns=SignedOutOut())
def sign_out_member(call: Call, member_id: uuid.UUID) -> dict[str, Any]:
    """All devices of a member who lost a phone and calls the station. By the bureau or the member's station."""
    return {"devices": sign_out(call.session, call.actor, member_id)}
