"""What a member should know: rows written in the same transaction as what happened, read and marked in the app.

What happens to a report makes its notices by itself (``notice_rules.py``), in the flush that writes the event: no action
can forget it, and what is rolled back was never told. Anything else calls ``tell``. How notices leave the house stands
in ``deliveries.py`` and ``sending.py``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, event, func, inspect, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload
from sqlalchemy.orm.util import identity_key

from brigade.activity.activities import ActivityReport, Event
from brigade.activity.history import Happened, ReportEvent
from brigade.activity.transition import Standing
from brigade.actor import Actor
from brigade.db import Base, new_id
from brigade.messages.notice_rules import NoticeKind, is_at_once, rules_for, told_by
from brigade.problems import NotFound
from brigade.row_sets import RowSet, added, write

KEPT = dt.timedelta(days=400)
SETTLED = dt.timedelta(hours=1)
"""So long after its instant a notice is there for everybody to see: nothing that tells works that long before it commits."""
_ONCE = uuid.UUID("0b0a6a5e-6c0f-4c57-9d4e-3f1f9d3c2a77")


class Notice(Base):
    """One thing that one member should know. ``data`` holds ids and values, no names: the words are made when shown.

    ``routed_at`` is when its ways out were chosen: None for one that is to go out by itself and has not been looked at.
    ``told_at``: when it left the house, by itself or in a digest.
    """

    __tablename__ = "notices"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(24))
    report_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), index=True
    )
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    data: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime]
    routed_at: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]
    read_at: Mapped[dt.datetime | None]

    __table_args__ = (
        Index("ix_notices_member_id_at_id", "member_id", "at", "id"),
        Index(
            "ix_notices_unread", "member_id", "at", sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notices_unrouted", "at", sqlite_where=text("routed_at IS NULL"),
            postgresql_where=text("routed_at IS NULL"),
        ),
        # Who entered one into a report is told once, however often the report is changed and sent again.
        Index(
            "uq_notices_entered", "report_id", "member_id", unique=True,
            sqlite_where=text("kind = 'entered-by-other'"), postgresql_where=text("kind = 'entered-by-other'"),
        ),
    )  # fmt: skip


NOTICES = Base.metadata.tables[Notice.__tablename__]


# --- Writing ----------------------------------------------------------------------------------------------------------


def tell(
    session: Session, kind: str, members: Collection[uuid.UUID], now: dt.datetime, *,
    report_id: uuid.UUID | None = None, event_id: uuid.UUID | None = None, data: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a notice of this kind for each member to the transaction at hand. ValueError for an unknown kind.

    Of a report or event that the session has at hand, its values (day, title, place) are noted along.
    """
    session.flush()  # what the notice points at must be there first
    values = {**_values(session, report_id, event_id), **(data or {})}
    write(session, _new(_rows(NoticeKind(kind), dict.fromkeys(members), now, report_id, event_id, values)))


def tell_once(
    session: Session, kind: NoticeKind, key: str, told: Mapping[uuid.UUID, dict[str, Any]], now: dt.datetime
) -> None:
    """Add a notice of this kind for each member with what it says; never a second one for the same key and member."""
    rows = [row for who, data in told.items() for row in _rows(kind, [who], now, None, None, data)]
    for row in rows:
        row["id"] = uuid.uuid5(_ONCE, f"{kind.value} {key} {row['member_id']}")
    write(session, _new(rows))


def notices_of(happened: Iterable[tuple[ReportEvent | Happened, Standing]]) -> RowSet:
    """The notices of these events, each with its report."""
    rows = []
    for row, report in happened:
        for kind, members in told_by(row, report):
            data = _report_values(report)
            if kind in (NoticeKind.ENTERED_BY_OTHER, NoticeKind.REPORT_CORRECTED, NoticeKind.REPORT_WITHDRAWN):
                data["by"] = str(row.actor_id or report.author_id)
            if kind is NoticeKind.REPORT_CORRECTED:
                data["fields"] = sorted(row.changed)
            rows += _rows(kind, members, row.at, report.id, None, data)
    return _new(rows)


def _tell_of_flushed(session: Session, _context: object) -> None:
    """The notices of all report events in this flush."""
    happened = [row for row in session.new if isinstance(row, ReportEvent) and rules_for(row)]
    write(session, notices_of((row, _report_of(session, row)) for row in happened))


event.listen(Session, "after_flush", _tell_of_flushed)


def _report_of(session: Session, row: ReportEvent) -> ActivityReport:
    """The report of an event: at hand with its people wherever an action works, so nothing is asked."""
    report: ActivityReport | None = session.identity_map.get(identity_key(ActivityReport, row.report_id))
    if report is not None and "participations" not in inspect(report).unloaded:
        return report
    found = select(ActivityReport).where(ActivityReport.id == row.report_id)
    return session.scalars(
        found.options(selectinload(ActivityReport.participations)),
        execution_options={"as_system": "who is told of a report is its own people", "populate_existing": True},
    ).one()


def _rows(
    kind: NoticeKind, members: Iterable[uuid.UUID], now: dt.datetime, report_id: uuid.UUID | None,
    event_id: uuid.UUID | None, data: dict[str, Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """A notice for each, alike but for whom it tells."""
    alike = {
        "kind": kind.value, "report_id": report_id, "event_id": event_id, "data": data, "at": now,
        "routed_at": None if is_at_once(kind, data, now) else now,
        "told_at": None, "read_at": None,
    }  # fmt: skip
    return [{"id": new_id(), "member_id": member_id, **alike} for member_id in members]


def _values(session: Session, report_id: uuid.UUID | None, event_id: uuid.UUID | None) -> dict[str, Any]:
    report = session.identity_map.get(identity_key(ActivityReport, report_id)) if report_id else None
    planned = session.identity_map.get(identity_key(Event, event_id)) if event_id else None
    if report is not None:
        return _report_values(report)
    if planned is None:
        return {}
    return {"title": planned.title, "place": planned.place, "started_at": planned.started_at.isoformat()}


def _report_values(report: Standing) -> dict[str, Any]:
    return {"activity": report.kind, "number": report.number, "started_at": report.started_at.isoformat()}


def _new(rows: Sequence[dict[str, Any]]) -> RowSet:
    """Without those that are there already by a unique key."""
    return added(NOTICES, rows, new_only=True)


# --- Reading ----------------------------------------------------------------------------------------------------------


def unread_count(session: Session) -> int:
    """How many notices the session's actor has not read."""
    return session.scalar(select(func.count(Notice.id)).where(Notice.read_at.is_(None))) or 0


def mark_read(session: Session, actor: Actor, ids: Collection[uuid.UUID]) -> None:
    """These are read now; those read before keep their time, those of others are left alone."""
    unread = update(Notice).where(Notice.member_id == actor.member_id, Notice.read_at.is_(None))
    session.execute(
        unread.where(Notice.id.in_(ids)).values(read_at=actor.now), execution_options={"synchronize_session": False}
    )


def mark_read_up_to(session: Session, actor: Actor, notice_id: uuid.UUID) -> None:
    """This one, and all that were there when it came, are read now. NotFound when it is not the actor's.

    A notice has the instant at which the work that tells it began, and is seen only from its end on: one that is a little
    older than this one may have come after the list was read. Such a one stays unread until it is named.
    """
    last = session.scalar(select(Notice).where(Notice.id == notice_id))
    if last is None:
        raise NotFound()
    there = or_(Notice.id == last.id, Notice.at < last.at - SETTLED)
    unread = update(Notice).where(Notice.member_id == actor.member_id, Notice.read_at.is_(None), there)
    session.execute(unread.values(read_at=actor.now), execution_options={"synchronize_session": False})


def forget_old_notices(session: Session, now: dt.datetime) -> None:
    """Remove what is older than ``KEPT``, with what became of it."""
    session.execute(delete(Notice).where(Notice.at < now - KEPT), execution_options={"as_system": "notices long over"})
