"""One function for each thing a person does with an activity report. Each flushes, none commits.

The caller's session is bound to the actor: what the actor may not see is not found here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, bindparam, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql.selectable import ReturnsRows

from brigade.activity.activities import ActivityReport, EntryMode, ReportCounter
from brigade.activity.claims import lock_people
from brigade.activity.conflicts import repeated_actions, repeated_edit, says
from brigade.activity.content import CONTENT_FIELDS, Content, content_of, keep_claims, write_content
from brigade.activity.filing import new_report, write_new
from brigade.activity.gone_authors import gone_authors
from brigade.activity.history import Happened, ReportEvent, ReportVersion, Saved, differing
from brigade.activity.own_corrections import own_corrections
from brigade.activity.repassing import Approved, approved_before, pass_unchanged
from brigade.activity.report_checks import Checked, Placement, check
from brigade.activity.route import Desk, Route, asked, plan
from brigade.activity.search import index_report
from brigade.activity.took_part import took_part
from brigade.activity.transition import CREATE, check_version, facts_of, record, route_of, take
from brigade.activity.whole import Report, WholeReport
from brigade.activity.workflow import Action, State, decide
from brigade.actor import Actor, lines_of_deciders
from brigade.calendar.event_answers import give_way
from brigade.dates import fiscal_year, month_of, tokyo_day
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, standing_for
from brigade.problems import Conflict, FieldProblem, Invalid, NotFound, Stale
from brigade.questions import Question
from brigade.scans.giving_back import give_back

WITH_CONTENT = (
    selectinload(ActivityReport.participations),
    selectinload(ActivityReport.vehicles),
    selectinload(ActivityReport.attachments),
)
_TAKEN = Question(
    select(ActivityReport.id).where(ActivityReport.id == bindparam("report_id")),
    {"as_system": "an id is taken whoever took it"},
)


def _counted(kind: str) -> ReturnsRows:
    """SQL: the next number of the year at the first unit that bore the code."""
    insert = sqlite.insert if kind == "sqlite" else postgresql.insert
    bearer = (
        select(Unit.id, bindparam("year", type_=Integer), literal(1))
        .where(Unit.bureau_id == bindparam("bureau_id"), Unit.code == bindparam("code"))
        .order_by(Unit.valid_from, Unit.id)
        .limit(1)
    )
    return (
        insert(ReportCounter)
        .from_select(["unit_id", "year", "value"], bearer)
        .on_conflict_do_update(index_elements=["unit_id", "year"], set_={"value": ReportCounter.value + 1})
        .returning(ReportCounter.value)
    )


_NEXT_NUMBER = Question(_counted, {"as_system": "numbers go on by the code"})


def read(session: Session, report_id: uuid.UUID) -> ActivityReport:
    """The report with people and vehicles; NotFound when there is none or it is not the actor's to see."""
    report = session.scalar(select(ActivityReport).where(ActivityReport.id == report_id).options(*WITH_CONTENT))
    if report is None:
        raise NotFound()
    return report


def create(
    session: Session, actor: Actor, content: Content, *, report_id: uuid.UUID | None, submit: bool, paper: bool = False
) -> tuple[WholeReport, Checked]:
    """Store a new report, as a draft or submitted at once. Conflict when the id is taken. ``paper``: read from a sheet."""
    if submit:
        lock_people(session, content)
    checked = check(session, actor, content, report_id=report_id, submit=submit, paper=paper, may_be_there=False)
    if report_id is not None and _TAKEN.ask(session, report_id=report_id):
        raise Conflict()
    report = new_report(report_id, checked, actor)
    events = [record(report, CREATE, actor.member_id, actor.now)]
    saved = _saved(report, checked, actor, changed=list(CONTENT_FIELDS))
    if submit:
        events += _submit(session, report, checked, actor, {})
    write_new(session, report, saved, events, checked)
    session.flush()
    return report, checked


def edit(
    session: Session, actor: Actor, report_id: uuid.UUID, version: int, changes: Mapping[str, Any]
) -> tuple[ActivityReport, Checked | None]:
    """Change some fields of one's own draft or returned report. The very edit once more changes nothing, and is not
    checked again; another one of an older version is an EditConflict.
    """
    report = locked_one(session, report_id)
    if report.version != version:
        repeated_edit(session, actor, report, version, changes)
        return report, None
    decide(State(report.state), Action.EDIT, facts_of(report, actor))
    before = content_of(report)
    paper = report.entry_mode == EntryMode.OCR
    checked = check(session, actor, replace(before, **changes), report_id=report.id, submit=False, paper=paper)
    changed = differing(before.stored(), checked.content.stored())
    if changed:
        session.add(record(report, Action.EDIT.value, actor.member_id, actor.now, changed=changed).row())
        session.add(store(report, checked, actor, changed=changed))
        index_report(session, report)
        if report.number is not None:
            tell_those_taken_out(session, actor, report, before, checked.content)
    session.flush()
    return report, checked


def tell_those_taken_out(
    session: Session, actor: Actor, report: ActivityReport, before: Content, after: Content
) -> None:
    """Whoever is named no more in what was sent is told: the rules of notices know those who are there now."""
    out = {person.member_id for person in before.participants} - {person.member_id for person in after.participants}
    told = sorted(out - {actor.member_id, report.author_id})
    data = {"by": str(actor.member_id), "fields": ["participants"]}
    tell(session, NoticeKind.REPORT_CORRECTED, told, actor.now, report_id=report.id, data=data)


def delete(session: Session, actor: Actor, report_id: uuid.UUID, version: int) -> None:
    """Remove one's own draft: nobody else ever saw it and it has no number."""
    report = locked_one(session, report_id)
    check_version(report, version)
    decide(State(report.state), Action.DELETE, facts_of(report, actor))
    give_back(session, [report])
    session.delete(report)
    session.flush()


def act(
    session: Session,
    actor: Actor,
    report_id: uuid.UUID,
    action: Action,
    version: int,
    *,
    comment: str = "",
    remarks: Sequence[Mapping[str, Any]] = (),
) -> ActivityReport:
    """Submit, approve, step back, return, withdraw or undo one report that the actor saw at ``version``.

    The same once more, after an answer that was lost, does nothing.
    """
    report = locked_one(session, report_id)
    if report.version != version:
        done = repeated_actions(session, actor, action, [(report.id, version)]).get((report.id, version))
        if done is not None and says(done, comment, remarks):
            return report
        raise Stale(report.version)
    if action is Action.SUBMIT:
        decide(State(report.state), action, facts_of(report, actor))
        content = content_of(report)
        lock_people(session, content)
        checked = check(session, actor, content, report_id=report.id, submit=True)
        again = checked.placement.settings.repass_after_return
        events = _submit(session, report, checked, actor, approved_before(session, report) if again else {})
        keep_claims(report)  # a program that does not know of them may have changed the times meanwhile
        index_report(session, report)  # it has its number now
    else:
        gone = gone_authors(session, actor, [report]) if action is Action.WITHDRAW else frozenset()
        approves = [report] if action is Action.APPROVE else []
        own, there = own_corrections(session, actor, approves), took_part(session, actor, approves)
        events = take(
            report, action, actor, comment=comment, remarks=_remarks(remarks), gone=gone, own=own, there=there
        )
    session.add_all(event.row() for event in events)
    session.flush()
    return report


def history(session: Session, report_id: uuid.UUID) -> tuple[list[ReportEvent], dict[int, ReportVersion]]:
    """Every event of a report that the actor may see, oldest first, and the saved contents by version."""
    read(session, report_id)
    events = session.scalars(select(ReportEvent).where(ReportEvent.report_id == report_id).order_by(ReportEvent.seq))
    saved = session.scalars(select(ReportVersion).where(ReportVersion.report_id == report_id))
    return list(events), {version.version: version for version in saved}


def locked_one(session: Session, report_id: uuid.UUID) -> ActivityReport:
    """The report, held until the commit; NotFound when it is not the actor's to see."""
    report = session.scalar(
        select(ActivityReport)
        .where(ActivityReport.id == report_id)
        .options(*WITH_CONTENT)
        .with_for_update(of=ActivityReport),
        execution_options={"populate_existing": True},
    )
    if report is None:
        raise NotFound()
    return report


def store(report: ActivityReport, checked: Checked, actor: Actor, *, changed: Sequence[str]) -> ReportVersion:
    """Put the content into the row; the version to keep comes back."""
    write_content(report, checked.content)
    report.entry_mode = checked.entry_mode
    report.month = month_of(report.started_at)
    columns = checked.placement.column_ids()
    for level in Level:
        setattr(report, f"{level}_id", columns.get(f"{level}_id"))
    return _saved(report, checked, actor, changed=changed).row()


def _saved(report: Report, checked: Checked, actor: Actor, *, changed: Sequence[str]) -> Saved:
    return Saved(report.id, report.version, actor.now, actor.member_id, checked.content.stored(), list(changed))


def _submit(session: Session, report: Report, checked: Checked, actor: Actor, before: Approved) -> list[Happened]:
    """Begin the way, give a number the first time, go to the first level that must decide and has not approved the same
    ``before``.
    """
    begin_way(session, report, checked, actor)
    if report.number is None:
        report.number = _next_number(session, checked.placement, report.started_at)
    events = take(report, Action.SUBMIT, actor)
    return events + pass_unchanged(report, before, checked.content, actor.now, until=len(asked(route_of(report))))


def begin_way(session: Session, report: Report, checked: Checked, actor: Actor) -> None:
    """Freeze the route of a report that is to be sent, by what was checked, and let it outweigh that nobody was said to
    have come.
    """
    members = {person.member_id for person in checked.content.participants}
    report.route = [stop.stored() for stop in _plan(session, report.author_id, checked.placement, members, actor)]
    give_way(session, report.event_id, report.unit_id, members, actor)


def _plan(
    session: Session, author_id: uuid.UUID, placement: Placement, members: Collection[uuid.UUID], actor: Actor
) -> Route:
    """The route from the report's unit up to its station, by who holds the posts today."""
    today = tokyo_day(actor.now)
    heirs = {unit.id: standing_for(session, unit, today).id for unit in placement.units}
    lines = lines_of_deciders(session, set(heirs.values()), today)
    desks = []
    for unit in placement.units:
        line = lines.get(heirs[unit.id])
        leaders = (line.leader_id,) if line and line.leader_id else ()
        desks.append(Desk(unit.id, unit.name, Level(unit.level), leaders, line.deputies if line else ()))
    return plan(desks, author_id, members)


def _next_number(session: Session, placement: Placement, started_at: dt.datetime) -> str:
    """``K03-2026-00012``: code of the brigade (or what stands in its place), fiscal year, running number."""
    unit = next((unit for unit in placement.units if unit.level == Level.BRIGADE), placement.units[-1])
    year = fiscal_year(tokyo_day(started_at))
    # A renamed brigade keeps its code, and its numbers go on: they are counted at the first unit that bore it.
    [(value,)] = _NEXT_NUMBER.ask(session, bureau_id=unit.bureau_id, code=unit.code, year=year)
    return f"{unit.code}-{year}-{value:05d}"


def _remarks(remarks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Remarks on fields that a report has; Invalid else."""
    problems = [
        FieldProblem(f"/remarks/{place}/pointer", "bad-remark-pointer")
        for place, remark in enumerate(remarks)
        if remark["pointer"].split("/")[1:2] == [] or remark["pointer"].split("/")[1] not in CONTENT_FIELDS
    ]
    if problems:
        raise Invalid(problems)
    return [dict(remark) for remark in remarks]
