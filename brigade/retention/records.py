"""Each type of record: which of a bureau's are earlier than a day, which of these are on hold, and how they go.

What goes in one call of ``remove`` goes in the caller's transaction. Files are named to the caller, who removes them
first: a row that points at nothing is taken up again, a file that nothing names would stay.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.invitations import Invitation
from brigade.activity.activities import ActivityReport, Event, NobodyCame, Participation, ReportAttachment
from brigade.activity.history import ReportEvent
from brigade.activity.workflow import State
from brigade.calendar.feeds import CalendarFeed
from brigade.creations import Creation
from brigade.dates import day_start
from brigade.dispute_rules import DisputeState
from brigade.disputes import Dispute
from brigade.files.attachments import Attachment, keys_of
from brigade.messages.ways import NoticeSettings, PushSubscription
from brigade.month.closing import MonthStatement
from brigade.month.editions import Edition, EditionFile
from brigade.month.editions import file_key as edition_key
from brigade.organisation.people import ERASED_NAME, Member, Membership
from brigade.organisation.roster_imports import RosterImport
from brigade.organisation.units import Unit
from brigade.retention.holds import LOOKED_AT, Holds, among
from brigade.retention.paper_gone import IS_READ_STILL
from brigade.retention.reports_gone import discard_drafts, remove_reports
from brigade.retention.tables import RetentionRun
from brigade.retention.ways_gone import forget_contacts
from brigade.scans.tables import UNDER_REVIEW, PageState, Scan, ScanFile, ScanPage
from brigade.scans.taking import file_key as scan_key
from brigade.scans.taking import sheet_key

GOES: dict[str, Any] = {**LOOKED_AT, "synchronize_session": False}
Ids = Sequence[uuid.UUID]


class Going(NamedTuple):
    """In whose name and when something goes."""

    run: RetentionRun
    now: dt.datetime


class Record(NamedTuple):
    """One type. ``due(bureau, first day that stays)`` selects ids; ``touched(holds)`` is SQL on the same rows; ``files`` are
    the storage's keys of rows, ``remove`` takes the rows away.
    """

    key: Any
    due: Callable[[uuid.UUID, dt.date], Select[uuid.UUID]]
    touched: Callable[[Holds], ColumnElement[bool]]
    remove: Callable[[Session, Going, Ids], None]
    files: Callable[[Session, Ids], list[str]] = lambda session, ids: []


def _of_bureau(bureau_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Member.id).where(Member.bureau_id == bureau_id)


# --- Reports, drafts, editions ----------------------------------------------------------------------------------------


def _old_reports(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    """Finished ones: what still waits for somebody, or for its month to be sealed, is never due."""
    finished = ActivityReport.state.in_([State.SEALED.value, State.WITHDRAWN.value])
    return select(ActivityReport.id).where(
        ActivityReport.bureau_id == bureau_id, finished, ActivityReport.started_at < day_start(day)
    )


def _old_drafts(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    """That a draft has no number goes without saying, but not for the index of numbers."""
    return select(ActivityReport.id).where(
        ActivityReport.bureau_id == bureau_id, ActivityReport.number.is_(None),
        ActivityReport.state == State.DRAFT.value, ActivityReport.updated_at < day_start(day),
    )  # fmt: skip


def _old_editions(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    """Those of months before, that still have what their documents are made of."""
    units = select(Unit.id).where(Unit.bureau_id == bureau_id)
    return select(Edition.id).where(
        Edition.unit_id.in_(units), Edition.month < f"{day:%Y-%m}", func.length(Edition.rows) > 0
    )


def _editions_held(holds: Holds) -> ColumnElement[bool]:
    """By their unit or month; and where a person or report is on hold, every edition of a month in which it stands."""
    touched = select(ActivityReport.month).where(holds.reports_touched())
    return or_(
        among(Edition.unit_id, holds.units), among(Edition.month, holds.months), Edition.month.in_(touched),
        among(Edition.sealed_by_id, holds.members),
    )  # fmt: skip


def _edition_files(session: Session, ids: Ids) -> list[str]:
    rows = select(EditionFile.file_id).where(EditionFile.edition_id.in_(ids))
    return [edition_key(id_) for id_ in session.scalars(rows, execution_options=LOOKED_AT)]


def _forget_editions(session: Session, going: Going, ids: Ids) -> None:
    """Sums, digests, codes and chain heads stay; who was in it, what it said and its documents go."""
    emptied = update(Edition).where(Edition.id.in_(ids)).values(rows=b"", sealed_by=ERASED_NAME, comment="")
    session.execute(emptied, execution_options=GOES)
    session.execute(delete(EditionFile).where(EditionFile.edition_id.in_(ids)), execution_options=GOES)


# --- Pictures and paper -----------------------------------------------------------------------------------------------


def _old_pictures(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    return select(Attachment.id).where(
        Attachment.uploader_id.in_(_of_bureau(bureau_id)), Attachment.created_at < day_start(day)
    )


def pictures_held(holds: Holds) -> ColumnElement[bool]:
    """SQL on ``Attachment``: its sender is on hold, or a report that names it is."""
    naming = exists().where(
        ReportAttachment.attachment_id == Attachment.id, ReportAttachment.report_id == ActivityReport.id,
        holds.reports_touched(),
    )  # fmt: skip
    return or_(among(Attachment.uploader_id, holds.members), naming)


def picture_files(session: Session, ids: Ids) -> list[str]:
    """Pictures and thumbnails."""
    rows = select(Attachment.file_id).where(Attachment.id.in_(ids))
    return [key for id_ in session.scalars(rows, execution_options=LOOKED_AT) for key in keys_of(id_)]


def remove_pictures(session: Session, going: Going, ids: Ids) -> None:
    """The reports that named them go on naming them, as those do whose picture never came."""
    session.execute(delete(Attachment).where(Attachment.id.in_(ids)), execution_options=GOES)


def _old_scans(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    """What has a page that may still become a report is never due: one under review, and where somebody may still read the
    rest, as its job was not put aside, all of it.
    """
    has = exists().where(ScanPage.scan_id == Scan.id)
    looked_at = and_(Scan.finished_at.is_not(None), ~has.where(ScanPage.state.in_(UNDER_REVIEW)))
    left = and_(Scan.finished_at.is_(None), ~IS_READ_STILL, ~has.where(ScanPage.state == PageState.READ.value))
    return select(Scan.id).where(Scan.bureau_id == bureau_id, Scan.created_at < day_start(day), or_(looked_at, left))


def _scans_held(holds: Holds) -> ColumnElement[bool]:
    """By sender, unit or month; and while a person or report is on hold, all from which reports were made."""
    page = [
        among(ScanPage.unit_id, holds.units),
        among(ScanPage.month, holds.months),
        among(ScanPage.uploader_id, holds.members),
    ]
    if holds.members or holds.reports:
        page.append(ScanPage.closed_at.is_not(None))
    pages = exists().where(ScanPage.scan_id == Scan.id, or_(*page))
    return or_(among(Scan.uploader_id, holds.members), among(Scan.unit_id, holds.units), pages)


def _scan_files(session: Session, ids: Ids) -> list[str]:
    sent = select(ScanFile.file_id).where(ScanFile.scan_id.in_(ids), ScanFile.file_id.is_not(None))
    seen = select(ScanPage.picture_id).where(ScanPage.scan_id.in_(ids), ScanPage.picture_id.is_not(None))
    return [
        *(scan_key(id_) for id_ in session.scalars(sent, execution_options=LOOKED_AT) if id_),
        *(sheet_key(id_) for id_ in session.scalars(seen, execution_options=LOOKED_AT) if id_),
    ]


def _remove_scans(session: Session, going: Going, ids: Ids) -> None:
    session.execute(delete(Scan).where(Scan.id.in_(ids)), execution_options=GOES)


# --- What was planned, said and answered ------------------------------------------------------------------------------


def _old_events(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    """Those of which no report is there any more."""
    named = exists().where(ActivityReport.event_id == Event.id)
    return select(Event.id).where(Event.bureau_id == bureau_id, Event.ended_at < day_start(day), ~named)


def _events_held(holds: Holds) -> ColumnElement[bool]:
    months = func.substr(func.cast(Event.day, Event.title.type), 1, 7)
    return or_(
        among(Event.unit_id, holds.units), among(months, holds.months), among(Event.created_by_id, holds.members)
    )


def _remove_events(session: Session, going: Going, ids: Ids) -> None:
    session.execute(delete(NobodyCame).where(NobodyCame.event_id.in_(ids)), execution_options=GOES)
    session.execute(delete(Event).where(Event.id.in_(ids)), execution_options=GOES)


def _old_statements(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    units = select(Unit.id).where(Unit.bureau_id == bureau_id)
    return select(MonthStatement.id).where(MonthStatement.unit_id.in_(units), MonthStatement.said_at < day_start(day))


def _statements_held(holds: Holds) -> ColumnElement[bool]:
    return or_(
        among(MonthStatement.unit_id, holds.units), among(MonthStatement.month, holds.months),
        among(MonthStatement.said_by_id, holds.members),
    )  # fmt: skip


def _old_disputes(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    """Settled and withdrawn ones. One that was upheld and holds a line of pay stays with its report."""
    of = select(ActivityReport.id).where(ActivityReport.bureau_id == bureau_id)
    over = Dispute.state.in_([DisputeState.WITHDRAWN.value, DisputeState.DISMISSED.value])
    ended = func.coalesce(Dispute.settled_at, Dispute.withdrawn_at)
    return select(Dispute.id).where(Dispute.report_id.in_(of), over, ended < day_start(day))


def _disputes_held(holds: Holds) -> ColumnElement[bool]:
    report = exists().where(ActivityReport.id == Dispute.report_id, holds.reports_touched())
    return or_(among(Dispute.member_id, holds.members), report)


def _old_rosters(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    return select(RosterImport.id).where(RosterImport.bureau_id == bureau_id, RosterImport.created_at < day_start(day))


def _old_answers(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    return select(Creation.id).where(Creation.actor_id.in_(_of_bureau(bureau_id)), Creation.at < day_start(day))


def _remover(model: Any) -> Callable[[Session, Going, Ids], None]:
    def remove(session: Session, going: Going, ids: Ids) -> None:
        session.execute(delete(model).where(model.id.in_(ids)), execution_options=GOES)

    return remove


# --- People who left --------------------------------------------------------------------------------------------------


def left_before(day: dt.date) -> ColumnElement[bool]:
    """SQL on ``Member``: was in service, and in none from that day on."""
    return and_(exists().where(Membership.member_id == Member.id), ~serves_from(day))


def serves_from(day: dt.date) -> ColumnElement[bool]:
    """SQL on ``Member``: is in service on that day or a later one. Who left on the day they joined never was."""
    goes_on = or_(Membership.valid_to.is_(None), Membership.valid_to >= day)
    return exists().where(Membership.member_id == Member.id, goes_on)


def _old_contacts(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    ways = (Account, Invitation, NoticeSettings, PushSubscription, CalendarFeed)
    held = or_(*(exists().where(way.member_id == Member.id) for way in ways))
    return select(Member.id).where(Member.bureau_id == bureau_id, left_before(day), held)


def _remove_contacts(session: Session, going: Going, ids: Ids) -> None:
    for id_ in ids:
        forget_contacts(session, id_)


def _old_members(bureau_id: uuid.UUID, day: dt.date) -> Select[uuid.UUID]:
    return select(Member.id).where(Member.bureau_id == bureau_id, left_before(day), Member.name != ERASED_NAME)


def members_held(holds: Holds) -> ColumnElement[bool]:
    """SQL on ``Member``: on hold themselves, or with words or a part in what is: they went with the person."""
    report = exists().where(
        Participation.member_id == Member.id, Participation.report_id == ActivityReport.id, holds.reports_touched()
    )
    wrote = exists().where(ActivityReport.author_id == Member.id, holds.reports_touched())
    decided = select(ReportEvent.actor_id).join(ActivityReport, ActivityReport.id == ReportEvent.report_id)
    said = (
        decided.where(holds.reports_touched(), ReportEvent.actor_id.is_not(None)),
        select(Dispute.settled_by_id).where(_disputes_held(holds), Dispute.settled_by_id.is_not(None)),
        select(Dispute.member_id).where(_disputes_held(holds)),
        select(MonthStatement.said_by_id).where(_statements_held(holds)),
        select(NobodyCame.stated_by_id).join(Event, Event.id == NobodyCame.event_id).where(_events_held(holds)),
    )
    return or_(among(Member.id, holds.members), report, wrote, *(Member.id.in_(words) for words in said))


def _people_wait(session: Session, going: Going, ids: Ids) -> None:
    raise AssertionError("people are erased one by one, each in steps of their own")


def _drafts_go(session: Session, going: Going, ids: Ids) -> None:
    discard_drafts(session, ids)


def _reports_go(session: Session, going: Going, ids: Ids) -> None:
    remove_reports(session, going.run, going.now, ids)


MEMBER = "member"
RECORDS: Mapping[str, Record] = MappingProxyType({
    "dispute": Record(Dispute.id, _old_disputes, _disputes_held, _remover(Dispute)),
    "report": Record(ActivityReport.id, _old_reports, Holds.reports_touched, _reports_go),
    "draft": Record(ActivityReport.id, _old_drafts, Holds.reports_touched, _drafts_go),
    "edition": Record(Edition.id, _old_editions, _editions_held, _forget_editions, _edition_files),
    "picture": Record(Attachment.id, _old_pictures, pictures_held, remove_pictures, picture_files),
    "scan": Record(Scan.id, _old_scans, _scans_held, _remove_scans, _scan_files),
    "event": Record(Event.id, _old_events, _events_held, _remove_events),
    "statement": Record(MonthStatement.id, _old_statements, _statements_held, _remover(MonthStatement)),
    "roster": Record(
        RosterImport.id, _old_rosters, lambda holds: among(RosterImport.created_by_id, holds.members),
        _remover(RosterImport),
    ),
    "answer": Record(Creation.id, _old_answers, lambda holds: among(Creation.actor_id, holds.members), _remover(Creation)),
    "contact": Record(Member.id, _old_contacts, lambda holds: among(Member.id, holds.members), _remove_contacts),
    MEMBER: Record(Member.id, _old_members, members_held, _people_wait),
})  # fmt: skip
"""Every type of the schedule, in the order in which they go: what names another comes before it."""
