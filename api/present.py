"""Rows as answers. Names are looked up once for a whole page, whoever asks: they are part of what may be read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from api.problems import field_body, language
from brigade.activity.activities import Participation
from brigade.activity.content import Person
from brigade.activity.flags import own_doubts
from brigade.activity.gone_authors import gone_authors
from brigade.activity.history import ReportEvent, ReportVersion, Step
from brigade.activity.kinds import catalogue
from brigade.activity.own_corrections import own_corrections
from brigade.activity.report_checks import Checked, Named
from brigade.activity.surroundings import Around
from brigade.activity.took_part import took_part
from brigade.activity.transition import actions_of, awaiting
from brigade.activity.whole import Report
from brigade.actor import Actor
from brigade.dates import to_tokyo
from brigade.db import chunks
from brigade.files.attachments import MEDIA_TYPE, Attachment, Picture, of_reports, still_to_come
from brigade.organisation.people import Member
from brigade.organisation.ranks import LEADS
from brigade.organisation.units import Unit
from brigade.problems import FieldProblem
from brigade.questions import Question, among
from brigade.viewings import viewed
from brigade.wording import text

READ = "names_read"
"""In ``Session.info``: what ``names_read`` gives."""

NAMED = {"as_system": "the names on a report are part of it"}
PEOPLE = Question(select(*(getattr(Member, name) for name in Named._fields)).where(among(Member.id, "ids")), NAMED)
PLACES = Question(select(Unit.id, Unit.name, Unit.level).where(among(Unit.id, "ids")), NAMED)


@lru_cache(maxsize=65536)
def instant(value: dt.datetime | None) -> str | None:
    """RFC 3339 on Tokyo's clock."""
    return None if value is None else to_tokyo(value).isoformat(timespec="seconds")


class Names:
    """Members and units by id, fetched together; ``known`` are those of a report that has just been checked."""

    def __init__(
        self, session: Session, members: Iterable[uuid.UUID | None], units: Iterable[uuid.UUID | None],
        known: Checked | Around | None = None,
    ) -> None:  # fmt: skip
        if isinstance(known, Checked):
            found = list(known.people.values())
            there = [(unit.id, unit.name, unit.level) for unit in known.placement.units]
        else:
            found, there = (list(known.people), list(known.units)) if known else ([], [])
        people = {*members} - {None, *(person.id for person in found)}
        places = {*units} - {None, *(id_ for id_, *_ in there)}
        found += [Named(*row) for row in PEOPLE.ask(session, ids=people)] if people else []
        there += PLACES.ask(session, ids=places) if places else []
        self._members = {id_: {"id": str(id_), "number": number, "name": name} for id_, number, name, _ in found}
        viewed(session, [person["id"] for person in self._members.values()])
        _remember(session, ((person.name, person.kana) for person in found))
        self._parts: dict[Participation | Person, dict[str, Any]] = {}
        self._units = {id_: {"id": str(id_), "name": name, "level": level} for id_, name, level in there}

    def member(self, id_: uuid.UUID | None) -> dict[str, str] | None:
        """The person, or None."""
        return self._members.get(id_) if id_ else None

    def parts(self, parts: Iterable[Participation | Person]) -> list[dict[str, Any]]:
        """Those who took part. On a page the same people take part in the same way in many reports."""
        known = self._parts
        return [known.get(part) or known.setdefault(part, self._part(part)) for part in parts]

    def _part(self, part: Participation | Person) -> dict[str, Any]:
        return _person(part, self._members.get(part.member_id, {}))

    def unit(self, id_: uuid.UUID | None) -> dict[str, str] | None:
        """The unit, or None."""
        return self._units.get(id_) if id_ else None


def read_kana(session: Session, members: Iterable[uuid.UUID]) -> None:
    """Look up how these people's names are read, where a page got the names without."""
    for chunk in chunks(sorted(set(members))):
        Names(session, chunk, ())


def names_read(session: Session) -> dict[str, str]:
    """Names that this request looked up → their kana; without those that two people of one name read differently."""
    loaded = (inspect(row).dict for row in session.identity_map.values() if isinstance(row, Member))
    _remember(session, ((row["name"], row["kana"]) for row in loaded if {"name", "kana"} <= row.keys()))
    return {name: kana for name, kana in session.info.get(READ, {}).items() if kana}


def _remember(session: Session, read: Iterable[tuple[str, str]]) -> None:
    known = session.info.setdefault(READ, {})
    for name, kana in read:
        known[name] = kana if known.get(name, kana) == kana else ""


def reports(
    session: Session,
    actor: Actor,
    rows: Sequence[Report],
    warned: Mapping[uuid.UUID, Sequence[FieldProblem]] | None = None,
    known: Around | None = None,
) -> list[dict[str, Any]]:
    """A page of reports; their people, vehicles and attachments must be loaded. ``warned`` where that is known already,
    ``known`` where all around them is.
    """
    people = {row.author_id for row in rows}.union(*(row.member_ids for row in rows))
    names = Names(session, people, {row.unit_id for row in rows}, known)
    warned = warned if warned is not None else own_doubts(session, rows, known)
    pictures = known.pictures if known else of_reports(session, rows)
    lang, may = language(), _actions(session, actor, rows)
    away = still_to_come(session, rows, pictures)
    return [
        report(row, names, warned[row.id], pictures.get(row.id, ()), away[row.id], lang, may[row.id]) for row in rows
    ]


def _actions(session: Session, actor: Actor, rows: Sequence[Report]) -> dict[uuid.UUID, list[str]]:
    """What the actor may do with each of these reports."""
    gone, own = gone_authors(session, actor, rows), own_corrections(session, actor, rows)
    there = took_part(session, actor, rows)
    return {row.id: actions_of(row, actor, gone, own, there) for row in rows}


def one_report(
    session: Session, actor: Actor, row: Report, warnings: Sequence[FieldProblem] | None = None,
    checked: Checked | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One report; with the warnings of its check, or all that was found out, where it has just been checked."""
    if checked is not None:
        warnings = checked.warnings
    if warnings is None:
        return reports(session, actor, [row])[0]
    pictures = of_reports(session, [row])
    away = still_to_come(session, [row], pictures)[row.id]
    names = Names(session, {row.author_id, *row.member_ids}, [row.unit_id], checked)
    may = _actions(session, actor, [row])[row.id]
    return report(row, names, warnings, pictures.get(row.id, ()), away, language(), may)


def attachment(picture: Attachment | Picture) -> dict[str, Any]:
    """One picture as answered."""
    url = f"/api/v1/attachments/{picture.id}"
    return {
        "id": str(picture.id),
        "media_type": MEDIA_TYPE,
        "bytes": picture.bytes,
        "width": picture.width,
        "height": picture.height,
        "taken_at": instant(picture.taken_at),
        "sha256": picture.sha256,
        "url": url,
        "thumbnail_url": f"{url}/thumbnail",
        "created_at": instant(picture.created_at),
    }


def report(
    row: Report,
    names: Names,
    warnings: Sequence[FieldProblem],
    pictures: Sequence[Attachment | Picture],
    away: Sequence[uuid.UUID],
    lang: str,
    may: list[str],
) -> dict[str, Any]:
    """One report as answered. ``away``: pictures still to come; ``may``: what whoever asks may do with it."""
    kind = catalogue().get(row.kind)
    stop = awaiting(row)
    return {
        "id": str(row.id),
        "number": row.number,
        "version": row.version,
        "kind": row.kind,
        "kind_label": kind.label.of(lang) if kind else row.kind,
        "unit": names.unit(row.unit_id),
        "unit_id": str(row.unit_id),
        "event_id": str(row.event_id) if row.event_id else None,
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        "month": row.month,
        "place": row.place,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "order_by": row.order_by,
        "summary": row.summary,
        "details": row.details,
        "participants": names.parts(row.participations),
        "vehicle_ids": [str(id_) for id_ in row.vehicle_ids],
        "attachment_ids": [str(id_) for id_ in row.attachment_ids],
        "attachments": [attachment(picture) for picture in pictures],
        "missing_attachment_ids": [str(id_) for id_ in away],
        "author": names.member(row.author_id),
        "entry_mode": row.entry_mode,
        "state": row.state,
        "awaiting": {
            "level": stop.level,
            "unit_id": str(stop.unit_id),
            "unit_name": stop.unit_name,
            "post": LEADS[stop.level],
            "since": instant(row.awaiting_since),
        }
        if stop
        else None,
        "route": row.route,
        "actions": may,
        "warnings": [field_body(warning, lang) for warning in warnings],
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }


def _person(part: Participation | Person, who: Mapping[str, str]) -> dict[str, Any]:
    return {
        "member_id": str(part.member_id),
        "number": who.get("number", ""),
        "name": who.get("name", ""),
        "role": part.role,
        "started_at": instant(part.started_at),
        "ended_at": instant(part.ended_at),
        "acted": part.acted,
        "injured": part.injured,
        "left_early_reason": part.left_early_reason,
    }


def history(
    session: Session, events: Sequence[ReportEvent], saved: Mapping[int, ReportVersion]
) -> list[dict[str, Any]]:
    """Events in words and values; an edit names each field with what it was and what it is."""
    names = Names(
        session,
        {event.actor_id for event in events} | {event.for_id for event in events},
        {event.unit_id for event in events},
    )
    items = []
    before: dict[str, Any] = {}
    for event in events:
        version = saved.get(event.seq)
        after = version.content if version else before
        changed = [
            {"field": name, "from": before.get(name), "to": after.get(name)} for name in event.changed
        ] if before else []  # fmt: skip
        before = after
        items.append(
            {
                "seq": event.seq,
                "at": instant(event.at),
                "action": event.action,
                "by": names.member(event.actor_id),
                "post": event.post,
                "unit": names.unit(event.unit_id),
                "level": event.level,
                "deputy_for": names.member(event.for_id),
                "basis": event.basis,
                "from_state": event.source,
                "to_state": event.target,
                "from_step": event.step_from,
                "to_step": event.step_to,
                "reason": event.reason,
                "comment": event.comment,
                "remarks": event.remarks,
                "changed": changed,
                "sentence": sentence(event, names),
            }
        )
    return items


def sentence(event: ReportEvent | Step, names: Names) -> str:
    """The event in one line, as a leader would say it."""
    lang = language()
    action = text(f"action.{event.action}", lang)
    unit = (names.unit(event.unit_id) or {}).get("name", "")
    if event.actor_id is None:
        reason = text(f"pass_reason.{event.reason}", lang)
        return text("history.passed", lang, unit=unit, reason=reason)
    who = (names.member(event.actor_id) or {}).get("name", "")
    if event.post is None:
        return text("history.own", lang, who=who, action=action)
    post = text(f"post.{event.post}", lang)
    if event.basis:
        other = (names.member(event.for_id) or {}).get("name") or text("history.nobody", lang)
        basis = text(f"deputy_basis.{event.basis}", lang)
        return text("history.deputy", lang, unit=unit, post=post, who=who, other=other, basis=basis, action=action)
    return text("history.did", lang, unit=unit, post=post, who=who, action=action)
