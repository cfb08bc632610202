"""A new report as rows: written as sets, past the unit of work, with all that hangs on it.

What the session does for whoever adds an event (the log of changes, notices, links) is asked for by name, as in ``many.py``.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation, ReportAttachment, ReportVehicle
from brigade.activity.content import PERSON_FIELDS, PLAIN_FIELDS
from brigade.activity.history import Happened, ReportEvent, ReportVersion, Saved
from brigade.activity.report_checks import Checked
from brigade.activity.search import ReportWords, found_by
from brigade.activity.whole import WholeReport
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.chain.writing import note_happened
from brigade.dates import month_of
from brigade.db import Base, new_id
from brigade.messages.notices import notices_of
from brigade.organisation.ranks import Level
from brigade.row_sets import added, write
from brigade.sync.change_notes import note_audiences


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


REPORTS, PEOPLE, VEHICLES, PICTURES, EVENTS, VERSIONS, WORDS = map(
    _table,
    (ActivityReport, Participation, ReportVehicle, ReportAttachment, ReportEvent, ReportVersion, ReportWords),
)
_COLUMNS = tuple(column.name for column in REPORTS.columns)
_NOTHING_YET: dict[str, Any] = {field.name: None for field in fields(WholeReport)}


def new_report(report_id: uuid.UUID | None, checked: Checked, actor: Actor) -> WholeReport:
    """The report that was checked, as a draft at which nothing has happened yet."""
    content = checked.content
    people = {person.member_id for person in content.participants}
    units: dict[str, uuid.UUID | None] = {f"{level}_id": None for level in Level}
    values = {
        **_NOTHING_YET,
        **{name: getattr(content, name) for name in PLAIN_FIELDS},
        **units,
        **checked.placement.column_ids(),
        "id": report_id or new_id(),
        "version": 0,
        "month": month_of(content.started_at),
        "author_id": actor.member_id,
        "entry_mode": checked.entry_mode,
        "sole_member_id": next(iter(people)) if len(people) == 1 else None,
        "state": State.DRAFT.value,
        "step": 0,
        "route": [],
        "created_at": actor.now,
        "updated_at": actor.now,
        "people": "",
        "participations": content.participants,
        "vehicle_ids": tuple(sorted(content.vehicle_ids, key=str)),
        "attachment_ids": content.attachment_ids,
    }
    return WholeReport(**values)


def write_new(
    session: Session, report: WholeReport, saved: Saved, events: Sequence[Happened], checked: Checked
) -> None:
    """Its row, its parts, its content as it was saved, what happened to it, and whoever is to know."""
    key, values = {"report_id": report.id}, vars(report)
    happened = [(event, report) for event in events]
    body, pieces = found_by(report, [(one.name, one.kana) for one in checked.people.values()])
    people = [
        {
            **key,
            "position": place,
            **{name: getattr(person, name) for name in PERSON_FIELDS},
            "claims_until": person.ended_at or report.ended_at,
        }
        for place, person in enumerate(report.participations)
    ]
    pictures = [{**key, "attachment_id": id_, "position": place} for place, id_ in enumerate(report.attachment_ids)]
    write(session, added(REPORTS, [{name: values[name] for name in _COLUMNS}]))  # the walls look for it at its events
    write(
        session,
        added(PEOPLE, people),
        added(VEHICLES, [{**key, "vehicle_id": id_} for id_ in report.vehicle_ids]),
        added(PICTURES, pictures),
        added(VERSIONS, [vars(saved)]),
        added(EVENTS, [vars(event) for event in events]),
        added(WORDS, [{**key, "body": body, "pieces": pieces}]),
        notices_of(happened),
    )
    note_audiences(session, [(report.id, report.bureau_id, "")])
    note_happened(session, happened, saved)
