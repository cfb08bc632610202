"""What a report says, as one value: the shape that is checked, stored as a version, compared and shown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Protocol

from brigade.activity.activities import ActivityReport, Participation, ReportAttachment, ReportVehicle

# Fields whose change does not touch money, statistics or who was where: a level that approved need not look again.
NOT_CHECKED = frozenset({"place", "latitude", "longitude", "summary", "attachment_ids"})


class Person(NamedTuple):
    """One participation as it is sent; times None where they are the report's. Pages are made of hundreds."""

    member_id: uuid.UUID
    role: str = "member"
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    acted: bool = True
    injured: bool = False
    left_early_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one activity report."""

    kind: str
    unit_id: uuid.UUID
    started_at: dt.datetime
    ended_at: dt.datetime
    event_id: uuid.UUID | None = None
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    order_by: str | None = None
    summary: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    participants: tuple[Person, ...] = ()
    vehicle_ids: tuple[uuid.UUID, ...] = ()
    attachment_ids: tuple[uuid.UUID, ...] = ()

    @property
    def participations(self) -> tuple[Person, ...]:
        """Those who took part, by the name that they have in a report."""
        return self.participants

    def stored(self) -> dict[str, Any]:
        """JSON-ready and comparable: instants in UTC, ids as text."""
        values: dict[str, Any] = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        return values


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Person):
        return {name: _plain(getattr(value, name)) for name in PERSON_FIELDS}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return value


PERSON_FIELDS = Person._fields
CONTENT_FIELDS = tuple(item.name for item in fields(Content))
LISTS = ("participants", "vehicle_ids", "attachment_ids")
PLAIN_FIELDS = tuple(name for name in CONTENT_FIELDS if name not in LISTS)


class WithContent(Protocol):
    """A report, loaded with its people, vehicles and pictures or as plain values; or the content of one."""

    @property
    def started_at(self) -> dt.datetime:
        """When it began."""

    @property
    def ended_at(self) -> dt.datetime:
        """When it was over."""

    @property
    def place(self) -> str:
        """Where it was, in words."""

    @property
    def latitude(self) -> float | None:
        """Where it was on the map, if that is said."""

    @property
    def participations(self) -> Sequence[Person | Participation]:
        """Those who took part."""

    @property
    def vehicle_ids(self) -> Sequence[uuid.UUID]:
        """The vehicles used."""

    @property
    def attachment_ids(self) -> Sequence[uuid.UUID]:
        """The pictures named."""


def content_of(report: WithContent) -> Content:
    """The content that the report holds now."""
    return Content(
        **{name: getattr(report, name) for name in PLAIN_FIELDS},
        participants=tuple(
            p
            if isinstance(p, Person)
            else Person(p.member_id, p.role, p.started_at, p.ended_at, p.acted, p.injured, p.left_early_reason)
            for p in report.participations
        ),
        vehicle_ids=tuple(sorted(report.vehicle_ids, key=str)),
        attachment_ids=tuple(report.attachment_ids),
    )


def write_content(report: ActivityReport, content: Content) -> None:
    """Put the content into the row, keeping the rows of people, vehicles and pictures that stay."""
    for name in PLAIN_FIELDS:
        setattr(report, name, getattr(content, name))
    # A person may change places in the list: the old row is matched by member, the position set anew.
    before = {row.member_id: row for row in report.participations}
    rows = []
    for position, person in enumerate(content.participants):
        row = before.get(person.member_id) or Participation(member_id=person.member_id)
        row.position = position
        for name in ("role", "started_at", "ended_at", "acted", "injured", "left_early_reason"):
            setattr(row, name, getattr(person, name))
        rows.append(row)
    report.participations = rows
    keep_claims(report)
    kept = {row.vehicle_id: row for row in report.vehicles}
    report.vehicles = [kept.get(id_) or ReportVehicle(vehicle_id=id_) for id_ in sorted(content.vehicle_ids, key=str)]
    named = {row.attachment_id: row for row in report.attachments}
    links = [named.get(id_) or ReportAttachment(attachment_id=id_) for id_ in content.attachment_ids]
    for position, link in enumerate(links):
        link.position = position
    report.attachments = links
    people = {person.member_id for person in content.participants}
    report.sole_member_id = next(iter(people)) if len(people) == 1 else None


def keep_claims(report: ActivityReport) -> None:
    """Say beside each part until when it claims the person."""
    for row in report.participations:
        row.claims_until = row.ended_at or report.ended_at
