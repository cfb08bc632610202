"""How the chain is written: by the session itself, at the end of the transaction in which something happened.

Each flush notes the events and versions that it wrote; just before the commit they become links, in as many statements
for one as for five hundred. Nobody who adds an event can forget it, and what is taken back is in no chain. The heads
are locked after all reports and in the order of their ids, and nobody who has them waits for a report: two transactions
never wait for each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event, inspect, select
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.util import identity_key

from brigade.activity.activities import ActivityReport
from brigade.activity.history import ERASE, Happened, ReportEvent, ReportVersion, Saved
from brigade.activity.standing import StandingReport
from brigade.activity.transition import Standing
from brigade.chain import format as form
from brigade.chain.format import DISCARD, ERASED, EVENT, GENESIS, REMOVED, Entry
from brigade.chain.tables import ChainHead, ChainLink, ErasedPart, RemovedReport
from brigade.db import Base
from brigade.driver import connection_of
from brigade.questions import Question, among
from brigade.row_sets import added, changed, write
from brigade.sync import change_notes  # noqa: F401  its listener comes before ours: what it still flushes is noted

HEADS, LINKS = (Base.metadata.tables[model.__tablename__] for model in (ChainHead, ChainLink))
OF_WHAT_HAPPENED = {"as_system": "a link is made for whoever's report something happened to"}
_HELD = Question(
    select(HEADS.c.chain_id, HEADS.c.length, HEADS.c.digest)
    .where(among(HEADS.c.chain_id, "chains"))
    .order_by(HEADS.c.chain_id)
    .with_for_update(),
    OF_WHAT_HAPPENED,
)
DISCARDED = "discarded"
_EVENT = (*form.EVENT_FIELDS, *form.TEXT_FIELDS, "nonce")
_VERSION = (*form.VERSION_FIELDS, "nonce")


HAPPENED = "happened"
"""In ``session.info`` after a commit: the actions of the events that it wrote, for who counts them."""


@dataclass(slots=True)
class _Noted:
    """What one transaction has written so far, in order; each event with its report where that is at hand."""

    events: list[tuple[ReportEvent | Happened, Standing | None]] = field(default_factory=list)
    versions: dict[tuple[uuid.UUID, int], ReportVersion | Saved] = field(default_factory=dict)
    parts: list[ErasedPart] = field(default_factory=list)
    discarded: list[Entry] = field(default_factory=list)
    savepoints: dict[SessionTransaction, tuple[int, int]] = field(default_factory=dict)


def chain_of(report: Mapping[str, Any]) -> uuid.UUID:
    """The chain that a report belongs to: its brigade's, or that of the lowest unit above where a brigade would be."""
    found: uuid.UUID = report["brigade_id"] or report["station_id"] or report["bureau_id"]
    return found


def event_entry(
    report: Mapping[str, Any], row: bytes, happened: Mapping[str, Any], version: Mapping[str, Any] | None
) -> Entry:
    """What the link of an event says. ``row``: the digest of the report's row at the end of the transaction."""
    return Entry(
        chain_of(report), EVENT, happened["report_id"], happened["seq"], happened["target"],
        form.event_digest(happened), form.text_digest(happened), form.version_digest(version) if version else None, row,
    )  # fmt: skip


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add links at the ends of their chains: four statements at most."""
    if not entries:
        return
    ends = held(connection, sorted({entry.chain_id for entry in entries}))
    rows = []
    for entry in entries:
        place, before = ends[entry.chain_id]
        made = form.link_digest(entry, place + 1, before)
        ends[entry.chain_id] = place + 1, made
        rows.append({**entry._asdict(), "place": place + 1, "digest": made})
    grown = [{"chain_id": chain, "length": place, "digest": made} for chain, (place, made) in ends.items()]
    write(connection, added(LINKS, rows), changed(HEADS, ("length", "digest"), grown, key="chain_id"))


def held(connection: Connection, chains: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, bytes]]:
    """Length and digest of these chains, in the order of their ids, held until the commit; one that nobody has begun is
    begun. Whoever asks for it holds all reports already that it changes, or waits for none of them afterwards.
    """
    found = {id_: (length, digest) for id_, length, digest in _HELD.ask(connection, chains=chains)}
    if missing := [chain for chain in chains if chain not in found]:
        if connection.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert as begin
        else:
            from sqlalchemy.dialects.postgresql import insert as begin  # type: ignore[assignment]
        begun = begin(HEADS).values(
            [{"chain_id": chain, "length": 0, "digest": GENESIS, "signed": 0} for chain in missing]
        )
        # Where another transaction begins the same one, ours waits here for it and goes on from what it left.
        held = begun.on_conflict_do_update(index_elements=["chain_id"], set_={"signed": HEADS.c.signed})
        for row in connection.execute(held.returning(HEADS.c.chain_id, HEADS.c.length, HEADS.c.digest)):
            found[row.chain_id] = row.length, row.digest
    return found


# --- By the session ---------------------------------------------------------------------------------------------------


def note_flush(session: Session, _context: object) -> None:
    """After every flush: the events and versions that it wrote, and the drafts that it removed."""
    noted = _noted(session)
    for row in sorted((row for row in session.new if isinstance(row, ReportEvent)), key=_order):
        noted.events.append((row, session.identity_map.get(identity_key(ActivityReport, row.report_id))))
    for row in session.new:
        if isinstance(row, ReportVersion):
            noted.versions[row.report_id, row.version] = row
        elif isinstance(row, ErasedPart):
            noted.parts.append(row)
    for row in session.deleted:
        if isinstance(row, ActivityReport):
            seq = row.version + 1
            noted.discarded.append(Entry(chain_of(vars(row)), DISCARD, row.id, seq, DISCARDED, None, None, None, None))


def note_happened(
    session: Session, happened: Iterable[tuple[Happened, StandingReport]], saved: Saved | None = None
) -> None:
    """Events that were written past the unit of work, each with its report as it stands now; the content saved with them."""
    noted = _noted(session)
    noted.events += happened
    if saved is not None:
        noted.versions[saved.report_id, saved.version] = saved


def _noted(session: Session) -> _Noted:
    noted: _Noted = session.info.setdefault("chain", _Noted())
    return noted


def _order(row: ReportEvent) -> tuple[uuid.UUID, int]:
    return row.report_id, row.seq


def write_links(session: Session) -> None:
    """What the transaction has noted becomes links. Nothing may be locked in it afterwards."""
    session.flush()
    noted: _Noted | None = session.info.pop("chain", None)
    if noted is None or not (noted.events or noted.discarded):
        return
    happened = [row for row, _ in noted.events]
    session.info[HAPPENED] = [row.action for row in happened]
    thrown_away = {entry.report_id for entry in noted.discarded}
    at_hand = {row.report_id: None if row.report_id in thrown_away else report for row, report in noted.events}
    reports = _reports(session, at_hand)
    rows = {id_: form.row_digest(report) for id_, report in reports.items()}
    entries = []
    for row in happened:
        version = noted.versions.get((row.report_id, row.seq))
        if row.report_id in reports:  # else it was a draft, thrown away in the same transaction
            said = _values(version, _VERSION) if version is not None else None
            entry = event_entry(reports[row.report_id], rows[row.report_id], _values(row, _EVENT), said)
            entries.append(_erased(entry, noted.parts) if row.action == ERASE else entry)
    begun = {row.report_id for row in happened if row.seq == 1}
    gone = [entry for entry in noted.discarded if entry.report_id not in begun]  # else no link of it stands anywhere
    append(connection_of(session), [*entries, *gone])


def _erased(entry: Entry, parts: Iterable[ErasedPart]) -> Entry:
    """The link of an event by which words went."""
    its = [row for row in parts if (row.report_id, row.by_seq) == (entry.report_id, entry.seq)]
    return entry._replace(kind=ERASED, text=form.parts_digest(_values(row, form.PART_FIELDS) for row in its))


def note_removed(session: Session, report: ActivityReport, removed: RemovedReport) -> None:
    """The report is removed in this transaction, after its keeping time; the link says by whose order."""
    said = form.removal_digest(_values(removed, form.REMOVAL_FIELDS))
    entry = Entry(
        chain_of(_values(report, form.ROW_FIELDS)), REMOVED, report.id, report.version + 1, REMOVED, said, None, None,
        None,
    )  # fmt: skip
    _noted(session).discarded.append(entry)


def _reports(session: Session, at_hand: Mapping[uuid.UUID, Standing | None]) -> dict[uuid.UUID, Mapping[str, Any]]:
    """The rows of their reports: at hand wherever an action works, so nothing is asked."""
    found: dict[uuid.UUID, Mapping[str, Any]] = {}
    for id_, report in at_hand.items():
        if isinstance(report, StandingReport):
            found[id_] = vars(report)
        elif report is not None and inspect(report).persistent:
            found[id_] = _values(report, form.ROW_FIELDS)
    if missing := at_hand.keys() - found.keys():
        asked = select(ActivityReport).where(ActivityReport.id.in_(missing))
        for report in session.scalars(asked, execution_options=OF_WHAT_HAPPENED):
            found[report.id] = _values(report, form.ROW_FIELDS)
    return found


def _values(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """The row's fields; past the attributes of the class where they are at hand, for there are thousands of them."""
    held = vars(row)
    return {name: held[name] if name in held else getattr(row, name) for name in names}


def _before_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        write_links(session)


def _savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        noted = _noted(session)
        noted.savepoints[transaction] = len(noted.events), len(noted.discarded)


def _taken_back(session: Session, transaction: SessionTransaction) -> None:
    """What happened since the savepoint did not."""
    noted: _Noted | None = session.info.get("chain")
    if noted is not None and transaction in noted.savepoints:
        events, discarded = noted.savepoints[transaction]
        del noted.events[events:], noted.discarded[discarded:]


def _after_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("chain", None)


event.listen(Session, "after_flush", note_flush)
event.listen(Session, "before_commit", _before_commit)
event.listen(Session, "after_transaction_create", _savepoint)
event.listen(Session, "after_soft_rollback", _taken_back)
event.listen(Session, "after_transaction_end", _after_end)


def entries_of(
    reports: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]], versions: Iterable[Mapping[str, Any]]
) -> list[Entry]:
    """The links of whole histories that were stored past the session, in the order in which things happened."""
    by_id = {report["id"]: (report, form.row_digest(report)) for report in reports}
    saved = {(version["report_id"], version["version"]): version for version in versions}
    in_order = sorted(events, key=lambda row: (row["at"], row["report_id"], row["seq"]))
    return [event_entry(*by_id[row["report_id"]], row, saved.get((row["report_id"], row["seq"]))) for row in in_order]
