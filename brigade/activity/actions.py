"""One function for each thing a person does with an activity report. Each flushes, none commits.

The caller's session is bound to the actor: what the actor may not see is not found here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from brigade.activity.activities import ActivityReport, EntryMode, ReportCounter
from brigade.activity.claims import lock_people
from brigade.activity.conflicts import repeated_actions, repeated_edit, says
from brigade.activity.content import CONTENT_FIELDS, Content, content_of, write_content
from brigade.activity.history import Happened, ReportEvent, ReportVersion, differing
from brigade.activity.repassing import approved_before, pass_unchanged
from brigade.activity.report_checks import Checked, Placement, check
from brigade.activity.route import Desk, Route, asked, plan
from brigade.activity.search import index_report
from brigade.activity.transition import CREATE, check_version, facts_of, record, route_of, take
from brigade.activity.workflow import Action, State, decide
from brigade.actor import Actor, lines_of_deciders
from brigade.calendar.event_answers import give_way
from brigade.dates import fiscal_year, month_of, tokyo_day
from brigade.db import new_id
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, standing_for
from brigade.problems import Conflict, FieldProblem, Invalid, NotFound, Stale

WITH_CONTENT = (
    selectinload(ActivityReport.participations),
    selectinload(ActivityReport.vehicles),
    selectinload(ActivityReport.attachments),
)
TAKEN = select(ActivityReport.id).where(ActivityReport.id == bindparam("report_id"))
FIRST_BEARER = (
    select(Unit.id)
    .where(Unit.bureau_id == bindparam("bureau_id"), Unit.code == bindparam("code"))
    .order_by(Unit.valid_from, Unit.id)
    .limit(1)
)


def read(session: Session, report_id: uuid.UUID) -> ActivityReport:
    """The report with people and vehicles; NotFound when there is none or it is not the actor's to see."""
    report = session.scalar(select(ActivityReport).where(ActivityReport.id == report_id).options(*WITH_CONTENT))
    if report is None:
        raise NotFound()
    return report


def create(
    session: Session, actor: Actor, content: Content, *, report_id: uuid.UUID | None, submit: bool, paper: bool = False
) -> tuple[ActivityReport, Checked]:
    """Store a new report, as a draft or submitted at once. Conflict when the id is taken. ``paper``: read from a sheet."""
    if submit:
        lock_people(session, content)
    checked = check(session, actor, content, report_id=report_id, submit=submit, paper=paper)
    if report_id is not None and _exists(session, report_id):
        raise Conflict()
    report = ActivityReport(
        id=report_id or new_id(),
        version=0,
        author_id=actor.member_id,
        state=State.DRAFT.value,
        step=0,
        route=[],
        created_at=actor.now,
        updated_at=actor.now,
        participations=[],
        vehicles=[],
        attachments=[],
    )
    events = [record(report, CREATE, actor.member_id, actor.now)]
    saved = store(report, checked, actor, changed=list(CONTENT_FIELDS))
    if submit:
        events += _submit(session, report, checked, actor)
    session.add(report)
    session.flush()  # the row first: its events and versions point at it
    session.add_all([saved, *(event.row() for event in events)])
    index_report(session, report, new=True)
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
    session.flush()
    return report, checked


def delete(session: Session, actor: Actor, report_id: uuid.UUID, version: int) -> None:
    """Remove one's own draft: nobody else ever saw it and it has no number."""
    report = locked_one(session, report_id)
    check_version(report, version)
    decide(State(report.state), Action.DELETE, facts_of(report, actor))
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
        events = _submit(session, report, checked, actor)
        index_report(session, report)  # it has its number now
    else:
        events = take(report, action, actor, comment=comment, remarks=_remarks(remarks))
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


def _exists(session: Session, report_id: uuid.UUID) -> bool:
    whoever = {"as_system": "an id is taken whoever took it"}
    return session.scalar(TAKEN, {"report_id": report_id}, execution_options=whoever) is not None


def store(report: ActivityReport, checked: Checked, actor: Actor, *, changed: Sequence[str]) -> ReportVersion:
    """Put the content into the row; the version to keep comes back."""
    write_content(report, checked.content)
    report.entry_mode = checked.entry_mode
    report.month = month_of(report.started_at)
    columns = checked.placement.column_ids()
    for level in Level:
        setattr(report, f"{level}_id", columns.get(f"{level}_id"))
    return ReportVersion(
        report_id=report.id,
        version=report.version,
        at=actor.now,
        author_id=actor.member_id,
        content=checked.content.stored(),
        changed=list(changed),
    )


def _submit(session: Session, report: ActivityReport, checked: Checked, actor: Actor) -> list[Happened]:
    """Begin the way, give a number the first time, go to the first level that must decide."""
    begin_way(session, report, checked.placement, actor)
    if report.number is None:
        report.number = _next_number(session, checked.placement, report.started_at)
    before = approved_before(session, report) if checked.placement.settings.repass_after_return else {}
    events = take(report, Action.SUBMIT, actor)
    return events + pass_unchanged(report, before, checked.content, actor.now, until=len(asked(route_of(report))))


def begin_way(session: Session, report: ActivityReport, placement: Placement, actor: Actor) -> None:
    """Freeze the route of a report that is to be sent, and let it outweigh that nobody was said to have come."""
    report.route = [stop.stored() for stop in _plan(session, report, placement, actor)]
    give_way(session, report, actor)


def _plan(session: Session, report: ActivityReport, placement: Placement, actor: Actor) -> Route:
    """The route from the report's unit up to its station, by who holds the posts today."""
    today = tokyo_day(actor.now)
    heirs = {unit.id: standing_for(session, unit, today).id for unit in placement.units}
    lines = lines_of_deciders(session, set(heirs.values()), today)
    desks = []
    for unit in placement.units:
        line = lines.get(heirs[unit.id])
        leaders = (line.leader_id,) if line and line.leader_id else ()
        desks.append(Desk(unit.id, unit.name, Level(unit.level), leaders, line.deputies if line else ()))
    return plan(desks, report.author_id, {row.member_id for row in report.participations})


def _next_number(session: Session, placement: Placement, started_at: dt.datetime) -> str:
    """``K03-2026-00012``: code of the brigade (or what stands in its place), fiscal year, running number."""
    unit = next((unit for unit in placement.units if unit.level == Level.BRIGADE), placement.units[-1])
    year = fiscal_year(tokyo_day(started_at))
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as upsert
    else:
        from sqlalchemy.dialects.postgresql import insert as upsert  # type: ignore[assignment]
    # A renamed brigade keeps its code, and its numbers go on: they are counted at the first unit that bore it.
    bearing = {"bureau_id": unit.bureau_id, "code": unit.code}
    counted_at = session.scalar(FIRST_BEARER, bearing, execution_options={"as_system": "numbers go on by the code"})
    value = session.scalar(
        upsert(ReportCounter)
        .values(unit_id=counted_at, year=year, value=1)
        .on_conflict_do_update(index_elements=["unit_id", "year"], set_={"value": ReportCounter.value + 1})
        .returning(ReportCounter.value)
    )
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
