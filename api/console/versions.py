"""What a report said before it was put right beside what it says now, field by field."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.console.details import details_in_words
from api.console.shown import moment, roles, span
from api.present import Names
from brigade.activity.activities import Event
from brigade.activity.flags import EVENTS
from brigade.activity.history import ReportEvent, ReportVersion, differing
from brigade.activity.kinds import kind_label
from brigade.activity.workflow import Action
from brigade.organisation.units import Vehicle
from brigade.wording import text

PLAIN = ("kind", "unit_id", "event_id", "started_at", "ended_at", "place", "position", "order_by")
LATER = ("summary", "participants", "vehicle_ids", "attachment_ids")
POSITION = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Side:
    """One field in one version: lines of text, ids of pictures that can be shown, the position as ``35.1,139.2``."""

    lines: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    position: str = ""

    def __bool__(self) -> bool:
        return bool(self.lines or self.pictures)


@dataclass(frozen=True, slots=True)
class Field:
    """One field in both versions."""

    label: str
    before: Side
    now: Side
    differs: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions with who saved each, and their fields."""

    before: ReportVersion
    now: ReportVersion
    before_by: str
    now_by: str
    fields: list[Field]

    @property
    def count(self) -> int:
        """Fields that differ."""
        return sum(one.differs for one in self.fields)


def compared(
    session: Session, events: Sequence[ReportEvent], saved: Mapping[int, ReportVersion], seen: Iterable[str], lang: str
) -> Compared | None:
    """The content that was returned or corrected beside the newest; None where nothing was put right.

    ``seen``: ids of the pictures that the reader may open.
    """
    pair = _pair(events, saved)
    if pair is None:
        return None
    before, now = pair
    words = _Words(session, [before.content, now.content], {before.author_id, now.author_id}, set(seen), lang)
    fields = [one for one in words.fields(before.content, now.content) if one.before or one.now]
    return Compared(before, now, words.member(before.author_id), words.member(now.author_id), fields)


def _pair(
    events: Sequence[ReportEvent], saved: Mapping[int, ReportVersion]
) -> tuple[ReportVersion, ReportVersion] | None:
    newest = saved[max(saved)]
    for event in reversed(events):
        if event.action == Action.RETURN.value:
            looked_at = event.seq
        elif event.action == Action.CORRECT.value:
            looked_at = event.seq - 1
        else:
            continue
        before = saved[max(version for version in saved if version <= looked_at)]
        if differing(before.content, newest.content):
            return before, newest
    return None


def vehicle_names(session: Session, ids: Iterable[str], lang: str) -> dict[str, str]:
    """What the vehicles are called; of one of another unit that it is one."""
    unnamed = text("console.versions.vehicle", lang)
    found = dict.fromkeys(ids, unnamed)
    if found:
        asked = select(Vehicle.id, Vehicle.name).where(Vehicle.id.in_(map(uuid.UUID, found)))
        found |= {str(id_): name for id_, name in session.execute(asked)}
    return found


class _Words:
    """The contents' values in words; the names in them are fetched together."""

    def __init__(
        self,
        session: Session,
        contents: Sequence[Mapping[str, Any]],
        authors: set[uuid.UUID],
        seen: set[str],
        lang: str,
    ) -> None:
        self.lang, self.seen, self.roles = lang, seen, roles(lang)
        people = {uuid.UUID(one["member_id"]) for content in contents for one in content["participants"]}
        self.names = Names(session, people | authors, {uuid.UUID(content["unit_id"]) for content in contents})
        self.vehicles = vehicle_names(session, {id_ for content in contents for id_ in content["vehicle_ids"]}, lang)
        held = {uuid.UUID(content["event_id"]) for content in contents if content["event_id"]}
        titles = select(Event.id, Event.title).where(Event.id.in_(held))
        self.titles = {str(id_): title for id_, title in session.execute(titles, execution_options=EVENTS)}

    def fields(self, before: dict[str, Any], now: dict[str, Any]) -> Iterable[Field]:
        """Every field of either, in the order of a report's page."""
        changed = set(differing(before, now))
        if changed & {*POSITION}:
            changed.add("position")
        yield from (self._field(name, before, now, name in changed) for name in PLAIN)
        first, second = (dict(details_in_words(one["kind"], one["details"], self.lang)) for one in (before, now))
        for label in dict.fromkeys((*first, *second)):
            old, new = (Side([told[label]] if label in told else []) for told in (first, second))
            yield Field(label, old, new, differs=first.get(label) != second.get(label))
        yield from (self._field(name, before, now, name in changed) for name in LATER)

    def _field(self, name: str, before: dict[str, Any], now: dict[str, Any], differs: bool) -> Field:
        return Field(text(f"report.field.{name}", self.lang), self._side(name, before), self._side(name, now), differs)

    def _side(self, name: str, content: dict[str, Any]) -> Side:
        value = content.get(name)
        if name == "position":
            return _position(content)
        if not value:
            return Side()
        if name == "attachment_ids":
            pictures = [id_ for id_ in value if id_ in self.seen]
            away = len(value) - len(pictures)
            return Side([text("console.versions.away", self.lang, count=away)] if away else [], pictures)
        if name == "participants":
            return Side([self._person(one, content) for one in value])
        if name == "vehicle_ids":
            return Side([self.vehicles[id_] for id_ in value])
        return Side([self._plain(name, value)])

    def _plain(self, name: str, value: str) -> str:
        if name == "kind":
            return kind_label(value, self.lang)
        if name == "unit_id":
            return (self.names.unit(uuid.UUID(value)) or {}).get("name", "")
        if name == "event_id":
            return self.titles.get(value, "")
        return moment(value, self.lang) if name in ("started_at", "ended_at") else value

    def _person(self, one: dict[str, Any], content: dict[str, Any]) -> str:
        said = [self.member(uuid.UUID(one["member_id"]))]
        if one["started_at"] or one["ended_at"]:
            ends = one["started_at"] or content["started_at"], one["ended_at"] or content["ended_at"]
            said.append(span(*ends, self.lang))
        if one["role"] != "member":
            said.append(self.roles.get(one["role"], one["role"]))
        if not one["acted"]:
            said.append(text("console.report.stood_by", self.lang))
        if one["injured"]:
            said.append(text("console.report.injured", self.lang))
        return " ・ ".join(filter(None, (*said, one["left_early_reason"])))

    def member(self, id_: uuid.UUID) -> str:
        """The person's name."""
        return (self.names.member(id_) or {}).get("name", "")


def _position(content: dict[str, Any]) -> Side:
    latitude, longitude = (content.get(name) for name in POSITION)
    if latitude is None or longitude is None:
        return Side()
    return Side([f"{latitude:.5f}, {longitude:.5f}"], position=f"{latitude},{longitude}")
