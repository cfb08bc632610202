"""Roster files: sent, looked at with every row's problems, applied as a whole."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from flask import json
from marshmallow import fields
from sqlalchemy.orm import Session

from api.body import Day, Strict, read_form
from api.endpoint import OFFICERS, Answer, Call, Resource
from api.present import instant
from api.problems import language
from brigade.creations import Creation, answered_before, content_hash
from brigade.organisation import roster_imports
from brigade.organisation.roster_file import MAX_BYTES, read_sheet
from brigade.organisation.roster_imports import RosterImport, standing_names, totals
from brigade.wording import text

resource = Resource("roster_imports", "名簿の取込み Roster import", "/roster-imports")
CREATES = "roster-import"


class RosterForm(Strict):
    """The file, and the day from which its rows count where they name none (today when left out)."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    id = fields.UUID(load_default=None)
    valid_from = Day(load_default=None)


class RowProblemOut(Strict):
    """What is wrong in one column of one row."""

    row = fields.Integer(required=True)
    column = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class RosterRowOut(Strict):
    """One row as read; ``changed`` names what it would change in a member who is there already."""

    row = fields.Integer(required=True)
    values = fields.Dict(required=True)
    change = fields.String(required=True)
    changed = fields.List(fields.String(), required=True)
    problems = fields.List(fields.Nested(RowProblemOut), required=True)


class RosterOut(Strict):
    """The whole file. ``problems`` are those of the heading row; ``totals`` counts rows."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    file_name = fields.String(required=True)
    valid_from = fields.String(required=True)
    created_at = fields.String(required=True)
    applied_at = fields.String(required=True, allow_none=True)
    can_apply = fields.Boolean(required=True)
    totals = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    problems = fields.List(fields.Nested(RowProblemOut), required=True)
    rows = fields.List(fields.Nested(RosterRowOut), required=True)


def roster_out(session: Session, roster: RosterImport) -> dict[str, Any]:
    """An import as answered."""
    lang, names = language(), standing_names(session, roster)
    by_row: dict[int, list[dict[str, Any]]] = {}
    for found in roster.problems:
        params = {"name": names.get(found["row"], ""), **found["params"]}
        message = text(f"problem.{found['code']}.detail", lang, **params)
        shown = {"row": found["row"], "column": found["column"], "code": found["code"], "message": message}
        by_row.setdefault(found["row"], []).append(shown)
    rows = [{**row, "problems": by_row.pop(row["row"], [])} for row in roster.rows]
    return {
        "id": str(roster.id),
        "version": roster.version,
        "file_name": roster.file_name,
        "valid_from": roster.valid_from.isoformat(),
        "created_at": instant(roster.created_at),
        "applied_at": instant(roster.applied_at),
        "can_apply": roster.can_apply,
        "totals": totals(roster),
        "problems": [problem for problems in by_row.values() for problem in problems],
        "rows": rows,
    }


@resource.post(
    "", "Send a roster", needs=OFFICERS, form=RosterForm(), returns=RosterOut(), status=201, creates=CREATES,
    writes=False,
)  # fmt: skip
def send(call: Call) -> Answer:
    """CSV (UTF-8 or CP932) or XLSX. Nothing changes yet: the answer shows each row with its problems."""
    return take_in(call, *sent_roster())


def sent_roster(besides: Collection[str] = ()) -> tuple[bytes, str, dict[str, Any]]:
    """The file's bytes, its name and the other fields of the form, but for those that are another's business."""
    return read_form(RosterForm(), MAX_BYTES, besides)


def take_in(call: Call, data: bytes, name: str, form: Mapping[str, Any]) -> Answer:
    """The file as an import with every row's problems, or the import that it was sent as before; committed."""
    session, actor = call.session, call.actor
    said = {"file": hashlib.sha256(data).hexdigest(), "name": name, "valid_from": str(form["valid_from"] or "")}
    digest = content_hash(said)
    made = answered_before(session, form["id"], CREATES, actor.member_id, digest) if form["id"] else None
    if made is not None:
        body = json.loads(made.body)
        return Answer(body, status=made.status, version=body["version"])
    session.rollback()  # a large file is read outside any transaction: others go on writing meanwhile
    sheet = read_sheet(data)
    session.connection(execution_options={"writing": True})
    valid_from = form["valid_from"] or actor.today
    roster = roster_imports.prepare(session, actor, sheet, name, valid_from, id_=form["id"])
    body = roster_out(session, roster)
    if form["id"]:
        session.add(
            Creation(
                id=form["id"],
                resource=CREATES,
                actor_id=actor.member_id,
                content_hash=digest,
                status=201,
                body=json.dumps(body),
                at=actor.now,
            )
        )
    session.commit()
    return Answer(body, version=body["version"], headers={"Location": f"/api/v1/roster-imports/{body['id']}"})


@resource.get("/<uuid:import_id>", "Look at a roster", needs=OFFICERS, returns=RosterOut())
def look(call: Call, import_id: uuid.UUID) -> Answer:
    """A roster that one sent; bureau officers see everyone's."""
    roster = roster_imports.read(call.session, call.actor, import_id)
    return Answer(roster_out(call.session, roster), version=roster.version)


@resource.post(
    "/<uuid:import_id>/apply", "Apply a roster", needs=OFFICERS, returns=RosterOut(), versioned=True,
    step_up="role-change",
)  # fmt: skip
def apply(call: Call, import_id: uuid.UUID) -> Answer:
    """All rows or none. What went wrong since the preview refuses it, and the roster then shows it."""
    roster = roster_imports.apply(call.session, call.actor, import_id, call.version)
    return Answer(roster_out(call.session, roster), version=roster.version)
