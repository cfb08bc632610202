"""What was sent against a version that is no longer the newest: the same once more, or a conflict to be told.

A phone that lost the answer sends its edit or decision again. It is known again by the event that directly follows the
version it names: by the same person, the same action, the same words. Anything else is a conflict.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.content import CONTENT_FIELDS, PERSON_FIELDS, Content, Person, content_of
from brigade.activity.history import Happened, ReportEvent, ReportVersion, differing
from brigade.activity.report_checks import cleaned
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.problems import Stale

Stored = dict[str, Any]


class EditConflict(Stale):
    """An edit of an older version: ``yours`` is that version with the changes, ``theirs`` the report as it stands.

    ``fields`` are those in which the two differ, ``both_changed`` those of them that were changed on both sides.
    """

    def __init__(self, report: ActivityReport, base: ReportVersion, yours: Stored) -> None:
        super().__init__(report.version)
        self.report = report
        theirs = content_of(report).stored()
        fields = _differing(yours, theirs)
        by_me, by_them = _differing(base.content, yours), _differing(base.content, theirs)
        self.extra |= {
            "base_version": base.version,
            "yours": yours,
            "theirs": theirs,
            "fields": fields,
            "both_changed": [name for name in fields if name in by_me and name in by_them],
        }


def repeated_edit(
    session: Session, actor: Actor, report: ActivityReport, version: int, changes: Mapping[str, Any],
    action: Action = Action.EDIT,
) -> None:  # fmt: skip
    """Nothing when the actor's very edit (or correction) of that version was stored before; EditConflict or Stale else."""
    base = session.scalar(
        select(ReportVersion)
        .where(ReportVersion.report_id == report.id, ReportVersion.version <= version)
        .order_by(ReportVersion.version.desc())
        .limit(1)
    )
    if base is None or version > report.version:
        raise Stale(report.version)
    edited = replace(_restored(base.content), **changes)
    clean = cleaned(edited)
    event = session.get(ReportEvent, (report.id, version + 1))
    if clean is not None and event is not None and (event.action, event.actor_id) == (action, actor.member_id):
        saved = session.get_one(ReportVersion, (report.id, version + 1))
        if not _differing(saved.content, clean.stored()):
            return
    raise EditConflict(report, base, (clean or edited).stored())


def repeated_actions(
    session: Session, actor: Actor, action: Action, seen: Collection[tuple[uuid.UUID, int]]
) -> dict[tuple[uuid.UUID, int], ReportEvent]:
    """Of these reports at these versions, those with which the actor did this next, each with the event that tells it."""
    if not seen:
        return {}
    found = session.scalars(
        select(ReportEvent).where(
            ReportEvent.report_id.in_({id_ for id_, _ in seen}),
            ReportEvent.seq.in_({version + 1 for _, version in seen}),
            ReportEvent.actor_id == actor.member_id,
            ReportEvent.action == action.value,
        )
    )
    events = {(event.report_id, event.seq - 1): event for event in found}
    return {key: events[key] for key in seen if key in events}


def says(event: ReportEvent | Happened, comment: str, remarks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the event was told with these very words. Nothing is kept of words sent with a submission."""
    if event.action == Action.SUBMIT:
        return True
    return event.comment == comment.strip() and event.remarks == [dict(remark) for remark in remarks]


def _restored(stored: Mapping[str, Any]) -> Content:
    """The content that was stored; what an older program did not know is empty."""
    values = {name: stored[name] for name in CONTENT_FIELDS if name in stored}
    for name in ("started_at", "ended_at"):
        values[name] = dt.datetime.fromisoformat(stored[name])
    for name in ("unit_id", "event_id"):
        values[name] = uuid.UUID(stored[name]) if stored.get(name) else None
    for name in ("vehicle_ids", "attachment_ids"):
        values[name] = tuple(uuid.UUID(id_) for id_ in stored.get(name, ()))
    values["participants"] = tuple(_person(person) for person in stored.get("participants", ()))
    return Content(**values)


def _person(stored: Mapping[str, Any]) -> Person:
    values = {name: stored[name] for name in PERSON_FIELDS if name in stored}
    for name in ("started_at", "ended_at"):
        values[name] = dt.datetime.fromisoformat(stored[name]) if stored.get(name) else None
    return Person(**{**values, "member_id": uuid.UUID(stored["member_id"])})


def _differing(before: Stored, after: Stored) -> list[str]:
    """Names of the fields that differ; vehicles have no order."""
    one, other = ({**part, "vehicle_ids": sorted(part.get("vehicle_ids", ()))} for part in (before, after))
    return differing(one, other)
