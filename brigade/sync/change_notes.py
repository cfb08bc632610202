"""How the log of changes is written: by the session itself, before its commit, whoever changed a report or event.

Before every flush, and every statement that changes many rows at once, the session notes which reports and events it is
about to change and who could see each report until then. At the commit the notes become rows of ``changes.py``, in one
statement. What is taken back leaves none.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, cast, event, func, inspect, literal_column, select, true
from sqlalchemy.orm import ORMExecuteState, PassiveFlag, Session, SessionTransaction, attributes

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.db import Base, new_id
from brigade.driver import connection_of
from brigade.row_sets import added, write
from brigade.sync.audience import TOLD_BY, audience
from brigade.sync.changes import EVENT, REPORT, Change

WATCHED = {
    "activity_reports": (REPORT, "id"),
    "participations": (REPORT, "report_id"),
    "report_vehicles": (REPORT, "report_id"),
    "report_attachments": (REPORT, "report_id"),
    "events": (EVENT, "id"),
    "event_units": (EVENT, "event_id"),
}
"""Table → what a changed row of it changes, and the column that names it."""

BEFORE = {"as_system": "who could see a report before it changed"}


CHANGES = Base.metadata.tables[Change.__tablename__]
TXID: dict[str, ColumnElement[int]] = {
    "sqlite": literal_column("0"),
    "postgresql": cast(cast(func.pg_current_xact_id(), Text), BigInteger),
}


class _Noted(NamedTuple):
    bureau_id: uuid.UUID
    audience: str


def _notes(session: Session) -> dict[tuple[str, uuid.UUID], _Noted]:
    """What this transaction has changed so far, each with what was before its first change."""
    notes: dict[tuple[str, uuid.UUID], _Noted] = session.info.setdefault("changes", {})
    return notes


def _was(row: Any, name: str) -> list[Any]:
    """The attribute's value (a collection's values) in the store, without asking it; empty when nobody knows."""
    state = inspect(row)
    if name not in state.committed_state and name in state.dict and name in TOLD_BY:  # unchanged, as most are
        return [state.dict[name]]
    history = attributes.get_history(row, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
    return [*history.unchanged, *history.deleted]


def _before(row: Any) -> _Noted | None:
    """What stood in the store before the changes at hand, as far as the loaded row tells."""
    if isinstance(row, Event):
        return _Noted(row.bureau_id, "")
    values = {name: found[0] for name in TOLD_BY if (found := _was(row, name))}
    if len(values) < len(TOLD_BY) or "participations" not in inspect(row).dict:
        return None
    return _Noted(values["bureau_id"], audience(values, [part.member_id for part in _was(row, "participations")]))


def note_flush(session: Session, *_: Any) -> None:
    """Before every flush: which reports and events it changes."""
    notes, unknown = _notes(session), set()
    new, dirty = session.new, session.dirty  # asked for once: the session puts them together anew each time
    for row in (*new, *dirty, *session.deleted):
        entity, name = WATCHED.get(row.__tablename__, ("", ""))
        if not entity or (row in dirty and not session.is_modified(row)):
            continue
        if name == "id":
            row.id = row.id or new_id()
        key = (entity, getattr(row, name))
        if key[1] is None or key in notes:  # a new part of a row that is itself at hand; noted before
            continue
        owner = row if name == "id" else _at_hand(session, *key)
        if owner is not None and owner in new:
            notes[key] = _Noted(owner.bureau_id, "")
        elif owner is not None and (before := _before(owner)) is not None:
            notes[key] = before
        else:
            unknown.add(key)
    _note_stored(session, unknown)


def note_reports(session: Session, ids: Iterable[uuid.UUID]) -> None:
    """These reports change for whoever sees them though no row of theirs does: a picture that they name has come."""
    _note_stored(session, {(REPORT, id_) for id_ in ids} - _notes(session).keys())


def note_audiences(session: Session, changed: Iterable[tuple[uuid.UUID, uuid.UUID, str]]) -> None:
    """These reports change past the unit of work: (report, bureau, who could see it before)."""
    notes = _notes(session)
    for id_, bureau_id, told in changed:
        notes.setdefault((REPORT, id_), _Noted(bureau_id, told))


def _at_hand(session: Session, entity: str, id_: uuid.UUID) -> Any:
    model = ActivityReport if entity == REPORT else Event
    return session.identity_map.get(session.identity_key(model, id_)) or next(
        (row for row in session.new if isinstance(row, model) and row.id == id_), None
    )


def _note_stored(session: Session, keys: Collection[tuple[str, uuid.UUID]]) -> None:
    """The same from the store, for rows that are not at hand or not loaded whole."""
    notes = _notes(session)
    wanted = {entity: [id_ for of, id_ in keys if of == entity] for entity in (REPORT, EVENT)}
    if wanted[EVENT]:
        found = session.execute(
            select(Event.id, Event.bureau_id).where(Event.id.in_(wanted[EVENT])), execution_options=BEFORE
        )
        for id_, bureau_id in found:
            notes.setdefault((EVENT, id_), _Noted(bureau_id, ""))
    if wanted[REPORT]:
        # Held until the commit: the order of the log must be the order of the changes.
        columns = [getattr(ActivityReport, name) for name in ("id", *TOLD_BY)]
        rows = session.execute(
            select(*columns).where(ActivityReport.id.in_(wanted[REPORT])).with_for_update(key_share=True),
            execution_options=BEFORE,
        ).mappings()
        people: dict[uuid.UUID, list[uuid.UUID]] = {}
        parts = select(Participation.report_id, Participation.member_id)
        for report_id, member_id in session.execute(
            parts.where(Participation.report_id.in_(wanted[REPORT])), execution_options=BEFORE
        ):
            people.setdefault(report_id, []).append(member_id)
        for row in rows:
            told = audience(row, people.get(row["id"], ()))  # type: ignore[arg-type]
            notes.setdefault((REPORT, row["id"]), _Noted(row["bureau_id"], told))


def note_bulk(state: ORMExecuteState) -> None:
    """Before an UPDATE or DELETE of many rows at once: which reports and events it will change."""
    if not (state.is_update or state.is_delete):
        return
    statement: Any = state.statement
    entity, name = WATCHED.get(statement.table.name, ("", ""))
    if entity:
        with state.session.no_autoflush:
            asked = select(statement.table.c[name]).where(
                true() if statement.whereclause is None else statement.whereclause
            )
            keys = {(entity, id_) for id_ in state.session.scalars(asked, execution_options=BEFORE)}
            _note_stored(state.session, keys - _notes(state.session).keys())


def write_notes(session: Session) -> None:
    """Before the commit: one statement for all that was noted."""
    if session.in_nested_transaction():
        return
    session.flush()
    notes = session.info.pop("changes", None)
    if notes:
        txid = TXID[connection_of(session).dialect.name]
        write(session, added(CHANGES, list(_rows(notes.items())), alike=(("txid", txid),)))


def _rows(notes: Iterable[tuple[tuple[str, uuid.UUID], _Noted]]) -> Iterable[dict[str, Any]]:
    for (entity, id_), noted in notes:
        yield {"entity": entity, "entity_id": id_, "bureau_id": noted.bureau_id, "audience": noted.audience}


def drop_notes(session: Session, transaction: SessionTransaction) -> None:
    """After a transaction that was taken back: nothing happened."""
    if transaction.parent is None:
        session.info.pop("changes", None)


event.listen(Session, "before_flush", note_flush)
event.listen(Session, "do_orm_execute", note_bulk)
event.listen(Session, "before_commit", write_notes)
event.listen(Session, "after_transaction_end", drop_notes)
