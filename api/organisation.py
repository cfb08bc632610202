"""Changes of the organisation: the tree, posts, transfers, absences, deputies and settings. Each holds from a day on."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from api.endpoint import BUREAU, OFFICERS, Answer, Call, Resource
from api.organisation_schemas import (
    AbsenceIn,
    AbsenceOut,
    AppointmentIn,
    AppointmentOut,
    DeputiesIn,
    DeputiesOut,
    MembershipOut,
    MergeIn,
    MoveIn,
    OnDayIn,
    RenameIn,
    SettingsIn,
    SettingsOut,
    TransferIn,
    UnitIn,
)
from api.present import Names
from api.units import UnitOut, unit_out
from brigade.organisation import deputies, posts, tree
from brigade.organisation.office import unit_at, version_of
from brigade.organisation.people import Absence, DeputyPlace, Membership, Post
from brigade.organisation.ranks import PostName
from brigade.organisation.unit_settings import NAMES, settings_of
from brigade.organisation.units import Unit, UnitParent, valid_on

resource = Resource("organisation", "組織の変更 Changing the organisation")


def _on(call: Call) -> dt.date:
    return call.body["on"] or call.actor.today


def _unit_out(call: Call, unit: Unit, on: dt.date) -> dict[str, Any]:
    call.session.flush()
    parents = select(UnitParent.unit_id, UnitParent.parent_id)
    rows = call.session.execute(parents.where(UnitParent.unit_id == unit.id, valid_on(UnitParent, on)))
    return unit_out(unit, dict(rows.all()))


def _dated_out(call: Call, row: Membership | Post | Absence, **more: Any) -> dict[str, Any]:
    """Member, unit and days of a row, with what is its own."""
    unit_id = getattr(row, "unit_id", None)
    names = Names(call.session, [row.member_id], [unit_id])
    return {
        "id": str(row.id),
        "member": names.member(row.member_id),
        **({"unit": names.unit(unit_id)} if unit_id else {}),
        **more,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }


# --- The tree ---------------------------------------------------------------------------------------------------------


@resource.post("/units", "Add a unit", needs=BUREAU, body=UnitIn(), returns=UnitOut(), status=201, creates="unit")
def add_unit(call: Call) -> dict[str, Any]:
    """A new unit from a day on, to be filled by transfers and posts."""
    on = _on(call)
    said = {name: call.body[name] for name in ("level", "code", "name", "parent_id")}
    made = tree.add_unit(call.session, call.actor, **said, on=on, id_=call.body["id"])
    return _unit_out(call, made, on)


@resource.post(
    "/units/<uuid:unit_id>/rename", "Rename a unit", needs=BUREAU, body=RenameIn(), returns=UnitOut(), status=201,
    creates="unit",
)  # fmt: skip
def rename_unit(call: Call, unit_id: uuid.UUID) -> dict[str, Any]:
    """Answers the successor that bears the new name. Reports keep the unit of their day."""
    on = _on(call)
    made = tree.rename_unit(
        call.session, call.actor, unit_id, call.body["name"], on, id_=call.body["id"]
    )  # fmt: skip
    return _unit_out(call, made, on)


@resource.post(
    "/units/merge", "Merge units", needs=BUREAU, body=MergeIn(), returns=UnitOut(), status=201, creates="unit"
)
def merge_units(call: Call) -> dict[str, Any]:
    """Answers the new unit. People, posts, deputies and units below go on in it."""
    on, body = _on(call), call.body
    made = tree.merge_units(
        call.session, call.actor, body["unit_ids"], body["code"], body["name"], on,
        parent_id=body["parent_id"], id_=body["id"],
    )  # fmt: skip
    return _unit_out(call, made, on)


@resource.post("/units/<uuid:unit_id>/move", "Move a unit", needs=BUREAU, body=MoveIn(), returns=UnitOut())
def move_unit(call: Call, unit_id: uuid.UUID) -> dict[str, Any]:
    """The unit goes under another one, with all below it."""
    moved = tree.move_unit(call.session, call.actor, unit_id, call.body["parent_id"], _on(call))
    return _unit_out(call, moved, _on(call))


@resource.post("/units/<uuid:unit_id>/end", "End a unit", needs=BUREAU, body=OnDayIn(), returns=UnitOut())
def end_unit(call: Call, unit_id: uuid.UUID) -> dict[str, Any]:
    """``on`` is the first day without it. Refused while people belong to it or units stand under it."""
    ended = tree.end_unit(call.session, call.actor, unit_id, _on(call))
    return _unit_out(call, ended, _on(call))


# --- Settings and deputies --------------------------------------------------------------------------------------------


def _settings_out(call: Call, unit: Unit) -> Answer:
    call.session.flush()
    effective = settings_of(call.session, unit.id, call.actor.today)
    version = version_of(call.session, unit.id)
    body = {
        "unit_id": str(unit.id),
        "version": version,
        "own": {name: unit.settings[name] for name in NAMES if name in unit.settings},
        "effective": {name: getattr(effective, name) for name in NAMES},
    }
    return Answer(body, version=version)


@resource.get("/units/<uuid:unit_id>/settings", "A unit's settings", returns=SettingsOut())
def read_settings(call: Call, unit_id: uuid.UUID) -> Answer:
    """What the unit sets itself, and what holds in it by the nearest unit that sets it."""
    return _settings_out(call, unit_at(call.session, call.actor, unit_id))


@resource.patch(
    "/units/<uuid:unit_id>/settings", "Change a unit's settings", needs=OFFICERS, body=SettingsIn(),
    returns=SettingsOut(), versioned=True, step_up="role-change",
)  # fmt: skip
def change_settings(call: Call, unit_id: uuid.UUID) -> Answer:
    """By the bureau, or by the officers of the station at or above the unit."""
    return _settings_out(
        call, tree.change_settings(call.session, call.actor, unit_id, call.body, call.version)
    )  # fmt: skip


def _deputies_out(call: Call, unit_id: uuid.UUID, rows: list[DeputyPlace]) -> Answer:
    call.session.flush()
    names = Names(call.session, [row.member_id for row in rows], ())
    version = version_of(call.session, unit_id)
    items = [
        {"place": row.place, "member": names.member(row.member_id), "valid_from": row.valid_from.isoformat()}
        for row in rows
    ]
    return Answer({"unit_id": str(unit_id), "version": version, "items": items}, version=version)


@resource.get("/units/<uuid:unit_id>/deputies", "A unit's deputies", query=OnDayIn(), returns=DeputiesOut())
def read_deputies(call: Call, unit_id: uuid.UUID) -> Answer:
    """Their order on a day, as far as one may look into the unit."""
    on = call.query["on"] or call.actor.today
    return _deputies_out(call, unit_id, deputies.deputies_of(call.session, call.actor, unit_id, on))


@resource.put(
    "/units/<uuid:unit_id>/deputies", "Set a unit's deputies", body=DeputiesIn(), returns=DeputiesOut(), versioned=True,
    step_up="role-change",
)  # fmt: skip
def set_deputies(call: Call, unit_id: uuid.UUID) -> Answer:
    """By the unit's leader, or an officer over it."""
    rows = deputies.set_deputies(
        call.session, call.actor, unit_id, call.body["member_ids"], _on(call), call.version
    )  # fmt: skip
    return _deputies_out(call, unit_id, rows)


# --- People -----------------------------------------------------------------------------------------------------------


@resource.post(
    "/posts", "Appoint", needs=BUREAU, body=AppointmentIn(), returns=AppointmentOut(), status=201, creates="post",
    step_up="role-change",
)  # fmt: skip
def appoint(call: Call) -> dict[str, Any]:
    """The member holds the post from that day on; whoever held it before goes on until ended."""
    body = call.body
    made = posts.appoint(
        call.session, call.actor, body["member_id"], body["unit_id"], PostName(body["post"]), _on(call), id_=body["id"]
    )
    return _dated_out(call, made, post=made.post)


@resource.post(
    "/posts/<uuid:post_id>/end", "End a post", needs=BUREAU, body=OnDayIn(), returns=AppointmentOut(),
    step_up="role-change",
)  # fmt: skip
def end_post(call: Call, post_id: uuid.UUID) -> dict[str, Any]:
    """``on`` is the first day without it. What waited for a post that nobody holds any more is passed on."""
    ended = posts.end_post(call.session, call.actor, post_id, _on(call))
    return _dated_out(call, ended, post=ended.post)


@resource.post(
    "/members/<uuid:member_id>/transfer", "Transfer a member", needs=BUREAU, body=TransferIn(),
    returns=MembershipOut(), status=201, creates="membership", step_up="role-change",
)  # fmt: skip
def transfer(call: Call, member_id: uuid.UUID) -> dict[str, Any]:
    """The member belongs to the unit from that day on; posts in the units left behind end."""
    body = call.body
    made = posts.transfer_member(
        call.session, call.actor, member_id, body["unit_id"], _on(call), id_=body["id"]
    )  # fmt: skip
    return _dated_out(call, made)


@resource.post(
    "/members/<uuid:member_id>/leave-service", "Leave the service", needs=BUREAU, body=OnDayIn(), status=204,
    step_up="role-change",
)  # fmt: skip
def leave_service(call: Call, member_id: uuid.UUID) -> None:
    """``on`` is the first day out of it. From then on the member cannot sign in; reports stay as they are."""
    posts.leave_service(call.session, call.actor, member_id, _on(call))


@resource.post(
    "/members/<uuid:member_id>/absences", "Record leave or a suspension", body=AbsenceIn(), returns=AbsenceOut(),
    status=201, creates="absence",
)  # fmt: skip
def record_absence(call: Call, member_id: uuid.UUID) -> dict[str, Any]:
    """By the bureau or the station; holders of posts also record their own leave."""
    body = call.body
    made = deputies.record_absence(
        call.session, call.actor, member_id, body["absence"], body["valid_from"], body["valid_to"], body["reason"],
        id_=body["id"],
    )  # fmt: skip
    return _dated_out(call, made, absence=made.absence)


@resource.post("/absences/<uuid:absence_id>/end", "End an absence", body=OnDayIn(), returns=AbsenceOut())
def end_absence(call: Call, absence_id: uuid.UUID) -> dict[str, Any]:
    """``on`` is the member's first day back."""
    ended = deputies.end_absence(call.session, call.actor, absence_id, _on(call))
    return _dated_out(call, ended, absence=ended.absence)
