"""The town's reports as the product would have kept them: each with a content that was saved, and a link in its chain."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation, ReportAttachment, ReportVehicle
from brigade.activity.content import PERSON_FIELDS, PLAIN_FIELDS, Content, Person
from brigade.activity.history import NONCE_BYTES, ReportEvent, ReportVersion
from brigade.chain.writing import append, entries_of
from tests.db.town import Row, Town


def save_contents(town: Town) -> None:
    """Before it is stored: every version says what its report says."""
    parts: dict[type[Any], dict[UUID, list[Row]]] = {}
    for model in (Participation, ReportVehicle, ReportAttachment):
        parts[model] = defaultdict(list)
        for row in town.of(model):
            parts[model][row["report_id"]].append(row)
    reports = {row["id"]: row for row in town.of(ActivityReport)}
    for version in town.of(ReportVersion):
        id_ = version["report_id"]
        content = Content(
            **{name: reports[id_][name] for name in PLAIN_FIELDS},
            participants=tuple(Person(*(row[name] for name in PERSON_FIELDS)) for row in parts[Participation][id_]),
            vehicle_ids=tuple(row["vehicle_id"] for row in parts[ReportVehicle][id_]),
            attachment_ids=tuple(row["attachment_id"] for row in parts[ReportAttachment][id_]),
        )
        version.update(content=content.stored(), nonce=town.chance.randbytes(NONCE_BYTES))


def link(town: Town, session: Session) -> None:
    """After it is stored: everything that happened is in a chain."""
    events = [{**row, "nonce": None} for row in town.of(ReportEvent)]
    append(session.connection(), entries_of(town.of(ActivityReport), events, town.of(ReportVersion)))
    session.commit()
