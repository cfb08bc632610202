"""Who sees which rows: one SQL rule for each model, put into every query of a session that has an actor.

Fails closed: a session without an actor may not touch a scoped table, raw SQL may not either. What the rules
themselves must look up regardless of the asker says so with the execution option ``as_system="why"``; the reasons
are listed in one test. One session serves one actor for its whole life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, event, exists, false, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.access.invitations import Invitation
from brigade.access.passkeys import Passkey
from brigade.access.second_factors import RecoveryCode, Totp
from brigade.activity.activities import (
    ActivityReport,
    Event,
    EventUnit,
    NobodyCame,
    Participation,
    ReportAttachment,
    ReportVehicle,
)
from brigade.activity.history import ReportEvent, ReportVersion
from brigade.activity.readers import confidential_kinds, readable_reports
from brigade.activity.search import ReportWords
from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.calendar.feeds import CalendarFeed
from brigade.chain import writing as _chain  # noqa: F401  a session links what happened
from brigade.disputes import DISPUTING, Dispute
from brigade.files.attachments import Attachment
from brigade.files.uploads import Upload, UploadPiece
from brigade.messages.deliveries import Delivery
from brigade.messages.notices import Notice
from brigade.messages.ways import NoticeSettings, PushSubscription
from brigade.month.closing import MonthStatement
from brigade.month.editions import Edition, EditionFile, EditionUnit
from brigade.organisation.people import Absence, DeputyPlace, FormerType, Member, Membership, Post
from brigade.organisation.ranks import Level, PostName
from brigade.organisation.readers import line_of, reached, visible_members, visible_units
from brigade.organisation.roster_imports import RosterImport
from brigade.organisation.units import Unit, UnitTree, Vehicle, below, valid_on
from brigade.retention.tables import DataRequest, KeepingTime, LegalHold, RetentionRun
from brigade.scans.tables import Scan, ScanCorrection, ScanFile, ScanPage, ScanTally
from brigade.sync import change_notes  # noqa: F401  a session notes what it changes
from brigade.walls import act_behind


class Unscoped(RuntimeError):
    """A query on scoped rows that names no actor and no reason: a mistake in the program, never an answer."""


# What follows in rules are plain tables, not the classes, which would be filtered a second time inside. Each alias is made
# once: making the columns of one takes longer than most statements do.


def _of_readable_report(model: Any) -> Callable[[Actor], ColumnElement[bool]]:
    report = ActivityReport.__table__.alias("readable")

    def rule(actor: Actor) -> ColumnElement[bool]:
        return exists().where(report.c.id == model.report_id, readable_reports(actor, report.c))

    return rule


_NAMING, _NAMED = ActivityReport.__table__.alias("naming"), ReportAttachment.__table__.alias("named")


def visible_attachments(actor: Actor) -> ColumnElement[bool]:
    """One's own, and those that a report names which one may read and whose author has sent them.

    Naming someone else's picture in a report of one's own opens nothing.
    """
    report, link = _NAMING, _NAMED
    shown = exists().where(
        link.c.attachment_id == Attachment.id,
        report.c.id == link.c.report_id,
        report.c.author_id == Attachment.uploader_id,
        readable_reports(actor, report.c),
    )
    return or_(Attachment.uploader_id == actor.member_id, shown)


def _by_unit(model: Any, *, member_too: bool) -> Callable[[Actor], ColumnElement[bool]]:
    """Rows of units one may look into and of one's own unit; with ``member_too`` one's own anywhere."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        seen = [model.unit_id.in_(below(reached(actor), actor.today)), model.unit_id.in_(actor.home)]
        if member_too:
            seen.append(model.member_id == actor.member_id)
        return or_(*seen)

    return rule


def _absences(actor: Actor) -> ColumnElement[bool]:
    under = select(Membership.member_id).where(Membership.unit_id.in_(below(reached(actor), actor.today)))
    return or_(Absence.member_id == actor.member_id, Absence.member_id.in_(under))


def _invitations(actor: Actor) -> ColumnElement[bool]:
    """Of all who belong or belonged to a unit that one may look into."""
    under = select(Membership.member_id).where(Membership.unit_id.in_(below(reached(actor), actor.today)))
    return Invitation.member_id.in_(under)


def _vehicles(actor: Actor) -> ColumnElement[bool]:
    """Those of one's own line of units, as a report may name them, and of the units one may look into."""
    return or_(Vehicle.unit_id.in_(line_of(actor)), Vehicle.unit_id.in_(below(reached(actor), actor.today)))


_CALLED, _EVENTS = EventUnit.__table__.alias("called"), Event.__table__.alias("on_their_day")
_CALLS = _CALLED.join(_EVENTS, _EVENTS.c.id == _CALLED.c.event_id)
_TREE, _HOME = UnitTree.__table__.alias("tree"), Membership.__table__.alias("home")
_THAT_DAY = valid_on(_TREE.c, _EVENTS.c.day)
_OVER = _CALLS.join(_TREE, and_(_TREE.c.above_id == _CALLED.c.unit_id, _THAT_DAY))
_UNDER = _CALLS.join(_TREE, and_(_TREE.c.below_id == _CALLED.c.unit_id, _THAT_DAY))


def called_to(actor: Actor) -> Select[Any]:
    """Ids of the events to which the unit was called that was one's own on the event's day, or one above it then."""
    at_home = and_(_HOME.c.unit_id == _TREE.c.below_id, valid_on(_HOME.c, _EVENTS.c.day))
    home = _OVER.join(_HOME, at_home)
    return select(_CALLED.c.event_id).select_from(home).where(_HOME.c.member_id == actor.member_id)


def visible_events(actor: Actor) -> ColumnElement[bool]:
    """Events to which a unit is called that stands, on the event's day, in the line of one's own unit (today's or that
    day's) or of one that one may look into, or below the latter; and those one made. A bureau officer sees all.
    """
    if bureaux := actor.reach_at(Level.BUREAU):
        return or_(Event.created_by_id == actor.member_id, Event.bureau_id.in_(bureaux))
    reach, calls = reached(actor), select(_CALLED.c.event_id)
    mine = {*actor.home, *reach}
    # Each way finds what the others do not: all that ever called these units is gone through once, not once for each.
    ways = [
        calls.select_from(_OVER).where(_TREE.c.below_id.in_(mine)),
        called_to(actor).where(_HOME.c.unit_id.not_in(mine)),
    ]
    if reach:
        ways.append(calls.select_from(_UNDER).where(_TREE.c.above_id.in_(reach), _TREE.c.depth > 0))
    return or_(Event.created_by_id == actor.member_id, *(Event.id.in_(way) for way in ways))


def _of_visible_event(actor: Actor) -> ColumnElement[bool]:
    return EventUnit.event_id.in_(select(Event.id).where(visible_events(actor)))


def _of_edition_unit(model: Any) -> Callable[[Actor], ColumnElement[bool]]:
    """Of the units that one may look into, whatever edition they are a part of."""
    return lambda actor: _into(actor, model.unit_id)


def _into(actor: Actor, unit_id: Any) -> ColumnElement[bool]:
    return or_(unit_id.in_(below(reached(actor), actor.today)), unit_id.in_(reached(actor)))


_PART = EditionUnit.__table__.alias("part")


def _editions(actor: Actor) -> ColumnElement[bool]:
    """Those of which a unit is a part that one may look into."""
    return exists().where(_PART.c.edition_id == Edition.id, _into(actor, _PART.c.unit_id))


def _office_only(model: Any) -> Callable[[Actor], ColumnElement[bool]]:
    """Bureau and station officers of the same bureau."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if not actor.holds(PostName.BUREAU_OFFICER, PostName.STATION_OFFICER):
            return false()
        return model.bureau_id == actor.bureau_id  # type: ignore[no-any-return]

    return rule


def _bureau_only(model: Any) -> Callable[[Actor], ColumnElement[bool]]:
    """Officers of the bureau."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if not actor.holds(PostName.BUREAU_OFFICER):
            return false()
        return model.bureau_id == actor.bureau_id  # type: ignore[no-any-return]

    return rule


def _of_own_account(model: Any) -> Callable[[Actor], ColumnElement[bool]]:
    return lambda actor: model.account_id.in_(select(Account.id).where(Account.member_id == actor.member_id))


def _own(model: Any) -> Callable[[Actor], ColumnElement[bool]]:
    return lambda actor: model.member_id == actor.member_id


_DISPUTED = ActivityReport.__table__.alias("disputed")


def visible_disputes(actor: Actor) -> ColumnElement[bool]:
    """One's own; those against reports of one's station for its officers, of the bureau for its officers but for
    confidential kinds. No leader in between sees any.
    """
    report = _DISPUTED
    seen: list[ColumnElement[bool]] = []
    if actor.holds(PostName.STATION_OFFICER):
        seen.append(report.c.station_id.in_(actor.reach_at(Level.STATION)))
    if actor.holds(PostName.BUREAU_OFFICER):
        of_bureau = report.c.bureau_id.in_(actor.reach_at(Level.BUREAU))
        seen.append(and_(of_bureau, report.c.kind.not_in(confidential_kinds())))
    mine = Dispute.member_id == actor.member_id
    return or_(mine, Dispute.report_id.in_(select(report.c.id).where(or_(*seen)))) if seen else mine


def _audit(actor: Actor) -> ColumnElement[bool]:
    """Officers read, of their bureau, what they did themselves and what is about something that they may see; those of the
    bureau all the rest too, but for disputes.
    """
    entry, about = AuditEntry, (Unit, Member, Post, Absence, Event, Dispute)
    mine = entry.actor_id == actor.member_id
    of = {model: entry.subject_id.in_(select(model.id).where(SCOPES[model](actor))) for model in about}
    rest = entry.action.not_in(DISPUTING)
    seen = (mine, of[Dispute], rest) if actor.holds(PostName.BUREAU_OFFICER) else (mine, *of.values())
    return and_(_office_only(entry)(actor), or_(*seen))


def visible_requests(actor: Actor) -> ColumnElement[bool]:
    """One's own; for officers of the bureau all of its."""
    return or_(DataRequest.member_id == actor.member_id, _bureau_only(DataRequest)(actor))


def _imports(actor: Actor) -> ColumnElement[bool]:
    """A bureau officer all of the bureau's; a station officer those of their own making."""
    if actor.holds(PostName.BUREAU_OFFICER):
        return RosterImport.bureau_id == actor.bureau_id
    return RosterImport.created_by_id == actor.member_id


def visible_pages(actor: Actor, page: Any = ScanPage) -> ColumnElement[bool]:
    """Pages that one has sent, and sheets of units that one may look into. ``page``: the class or an alias' columns."""
    return or_(page.uploader_id == actor.member_id, _into(actor, page.unit_id))


_PAGE, _CORRECTED = ScanPage.__table__.alias("page_of_scan"), ScanPage.__table__.alias("corrected_page")


def visible_scans(actor: Actor) -> ColumnElement[bool]:
    """One's own, those sent for a unit that one may look into, and those with a page that one sees."""
    shown = exists().where(_PAGE.c.scan_id == Scan.id, visible_pages(actor, _PAGE.c))
    return or_(Scan.uploader_id == actor.member_id, _into(actor, Scan.unit_id), shown)


def _corrections(actor: Actor) -> ColumnElement[bool]:
    same = and_(_CORRECTED.c.scan_id == ScanCorrection.scan_id, _CORRECTED.c.n == ScanCorrection.n)
    return exists().where(same, visible_pages(actor, _CORRECTED.c))


SCOPES: dict[type[Any], Callable[[Actor], ColumnElement[bool]]] = {
    ActivityReport: readable_reports,
    Participation: _of_readable_report(Participation),
    ReportVehicle: _of_readable_report(ReportVehicle),
    ReportAttachment: _of_readable_report(ReportAttachment),
    Attachment: visible_attachments,
    Upload: lambda actor: Upload.uploader_id == actor.member_id,
    UploadPiece: lambda actor: UploadPiece.upload_id.in_(
        select(Upload.id).where(Upload.uploader_id == actor.member_id)
    ),
    ReportEvent: _of_readable_report(ReportEvent),
    ReportVersion: _of_readable_report(ReportVersion),
    ReportWords: _of_readable_report(ReportWords),
    Event: visible_events,
    EventUnit: _of_visible_event,
    NobodyCame: _by_unit(NobodyCame, member_too=False),
    CalendarFeed: lambda actor: CalendarFeed.member_id == actor.member_id,
    Unit: visible_units,
    Vehicle: _vehicles,
    Member: visible_members,
    Membership: _by_unit(Membership, member_too=True),
    Post: _by_unit(Post, member_too=True),
    DeputyPlace: _by_unit(DeputyPlace, member_too=True),
    Absence: _absences,
    FormerType: lambda actor: visible_members(actor, FormerType.member_id),
    AuditEntry: _audit,
    RosterImport: _imports,
    Account: lambda actor: Account.member_id == actor.member_id,
    Dispute: visible_disputes,
    MonthStatement: _by_unit(MonthStatement, member_too=False),
    Edition: _editions,
    EditionUnit: _of_edition_unit(EditionUnit),
    EditionFile: _of_edition_unit(EditionFile),
    DeviceSession: _of_own_account(DeviceSession),
    Invitation: _invitations,
    Totp: _of_own_account(Totp),
    RecoveryCode: _of_own_account(RecoveryCode),
    Passkey: _of_own_account(Passkey),
    Notice: _own(Notice),
    NoticeSettings: _own(NoticeSettings),
    PushSubscription: _own(PushSubscription),
    Delivery: _own(Delivery),
    Scan: visible_scans,
    ScanFile: lambda actor: ScanFile.scan_id.in_(select(Scan.id).where(Scan.uploader_id == actor.member_id)),
    ScanPage: visible_pages,
    ScanCorrection: _corrections,
    ScanTally: _office_only(ScanTally),
    KeepingTime: _bureau_only(KeepingTime),
    LegalHold: _bureau_only(LegalHold),
    RetentionRun: _bureau_only(RetentionRun),
    DataRequest: visible_requests,
}
UNSCOPED = {
    "chain_heads": "ids, lengths and digests only, never answered",
    "chain_links": "ids, places and digests only, never answered",
    "signed_heads": "ids, lengths and digests only, never answered",
    "erased_parts": "ids, numbers and digests only, never answered",
    "removed_reports": "ids and instants only, never answered",
    "unit_parents": "ids and dates only; names are behind Unit",
    "unit_tree": "ids and dates only; names are behind Unit",
    "report_counters": "numbers only, never answered",
    "jobs": "worked on by the worker; what they carry is ids",
    "changes": "ids only; sync.py names none to whom it was never shown",
    "sync_epochs": "one random id",
    "creations": "asked for one id and answered to its maker alone (creations.py)",
    "sign_in_tries": "digests only, asked before sign-in",
    "passkey_challenges": "random bytes, each good once, asked before sign-in",
}
_TABLES = {model.__tablename__: model for model in SCOPES}


def _is_raw(element: Any) -> bool:
    """SQL as text, in which no table can be seen; ``*`` of count(*) and exists is none."""
    if element.__visit_name__ in ("textclause", "textual_select"):
        return True
    return bool(getattr(element, "is_literal", False)) and element.name != "*"


def enforce(state: ORMExecuteState) -> None:
    """Put the actor's rules into the statement; refuse it where that cannot be done."""
    if state.execution_options.get("as_system") or state.is_insert:
        return
    if state.is_relationship_load:
        return  # people, vehicles and units of a report or event that was itself read under the rules
    statement: Any = state.statement
    elements: list[Any] = list(visitors.iterate(statement))
    if any(_is_raw(element) for element in elements):
        raise Unscoped("raw SQL without a reason")
    named = {element.name for element in elements if element.__visit_name__ == "table"}
    touched = named & _TABLES.keys()
    if not touched:
        return
    actor: Actor | None = state.session.info.get("actor")
    if actor is None:
        raise Unscoped(f"no actor for {sorted(touched)}")
    if touched and not state.is_orm_statement:
        raise Unscoped(f"a statement past the mapped classes on {sorted(touched)}")
    # Made once for a session: its actor never changes.
    made: dict[str, Any] = state.session.info.setdefault("criteria", {})
    for name in touched:
        if name not in made:
            model = _TABLES[name]
            made[name] = with_loader_criteria(model, SCOPES[model](actor), include_aliases=True)
    state.statement = state.statement.options(*(made[name] for name in sorted(touched)))


def act_as(session: Session, actor: Actor) -> None:
    """Bind the session to its one actor."""
    if session.info.get("actor", actor).member_id != actor.member_id:
        raise Unscoped("a session serves one actor")
    session.info["actor"] = actor
    session.info["criteria"] = {}
    act_behind(session, actor.bureau_id)


event.listen(Session, "do_orm_execute", enforce)
