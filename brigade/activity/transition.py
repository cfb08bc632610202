"""Taking one step of the workflow: facts from row and actor, the table's answer, the row and its events changed.

The one place where a report's state is written. Works on loaded rows without asking the database, so one report or
five hundred cost the same number of statements; the caller holds the row's lock and adds the events.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence, Set
from typing import Any

from brigade.activity.activities import ActivityReport
from brigade.activity.history import Happened
from brigade.activity.route import Route, Stop, asked, passed_before
from brigade.activity.standing import StandingReport
from brigade.activity.workflow import Action, Facts, State, allowed, decide
from brigade.actor import Actor, DeskHeld
from brigade.organisation.ranks import Level
from brigade.problems import Stale

CREATE = "create"
Standing = ActivityReport | StandingReport
"""A loaded row, or the values of one."""

_LINE = tuple(f"{level}_id" for level in Level)


def route_of(report: Standing) -> Route:
    """The frozen route."""
    return tuple(Stop.restored(value) for value in report.route)


def _asked(report: Standing) -> list[dict[str, Any]]:
    """The stops at which a person must decide, as they are stored: a page looks at one of them in each of its reports."""
    return [stop for stop in report.route if stop["passed"] is None]


def facts_of(
    report: Standing, actor: Actor, *, reason: str = "", gone: Set[uuid.UUID] = frozenset(),
    own: Set[uuid.UUID] = frozenset(), there: Set[uuid.UUID] = frozenset(),
) -> Facts:  # fmt: skip
    """What the table may look at. ``gone``: as ``gone_authors.py`` finds them; nobody where nothing depends on it. ``own``:
    as ``own_corrections.py`` finds them, ``there``: as ``took_part.py`` does.
    """
    me = actor.member_id
    return Facts(
        step=report.step,
        last=len(_asked(report)),
        is_author=report.author_id == me,
        is_sole_participant=report.sole_member_id == me,
        holds_step=actor.desk_for(report.awaiting_unit_id, report.awaiting_since) is not None,
        is_closer=report.station_id in actor.at_once,
        is_leader=desk_over(report, actor) is not None,
        is_corrector=report.corrected_by_id == me or report.id in own,
        author_left=report.author_id in gone,
        took_part=report.id in there,
        undo_step=report.undo_step if report.undo_by_id == me and _still_at(report, actor) else None,
        reason=reason,
    )


def _still_at(report: Standing, actor: Actor) -> bool:
    """Whether the actor still decides, as leader or deputy, where they approved last."""
    stops, step = _asked(report), report.undo_step or 0
    return 0 < step <= len(stops) and stops[step - 1]["unit_id"] in {str(desk.unit_id) for desk in actor.desks}


def desk_over(report: Standing, actor: Actor) -> DeskHeld | None:
    """The desk from which the report's unit, or one above it and below the station, is led; the nearest to the unit."""
    line = (report.squad_id, report.section_id, report.company_id, report.brigade_id)
    return next((actor.at_once[unit_id] for unit_id in line if unit_id in actor.at_once), None)


def actions_of(
    report: Standing, actor: Actor, gone: Set[uuid.UUID], own: Set[uuid.UUID] = frozenset(),
    there: Set[uuid.UUID] = frozenset(),
) -> list[str]:  # fmt: skip
    """What this person may do with it now, by the same table that will decide. ``gone`` …: as for ``facts_of``."""
    return [*allowed(report.state, facts_of(report, actor, gone=gone, own=own, there=there))]


def check_version(report: Standing, version: int) -> None:
    """Stale unless the caller saw the newest version."""
    if report.version != version:
        raise Stale(report.version)


def record(
    report: Standing,
    action: str,
    actor_id: uuid.UUID | None,
    now: dt.datetime,
    *,
    target: State | None = None,
    step: int | None = None,
    desk: DeskHeld | None = None,
    post: str | None = None,
    stop: Stop | None = None,
    reason: str | None = None,
    comment: str = "",
    remarks: Sequence[dict[str, Any]] = (),
    changed: Sequence[str] = (),
) -> Happened:
    """Move the row by one version and return the event that tells it."""
    source, step_from = (report.state, report.step) if report.version else (None, 0)
    report.version += 1
    if target is not None:
        report.state = target.value
    if step is not None:
        report.step = step
    report.updated_at = now
    report.undo_by_id = report.undo_step = None
    return Happened(
        report_id=report.id,
        seq=report.version,
        at=now,
        action=action,
        actor_id=actor_id,
        post=desk.post if desk else post,
        unit_id=desk.unit_id if desk else stop.unit_id if stop else None,
        level=desk.level if desk else stop.level.value if stop else None,
        for_id=desk.for_id if desk else None,
        basis=desk.basis if desk else None,
        source=source,
        target=report.state,
        step_from=step_from,
        step_to=report.step,
        reason=reason,
        comment=comment,
        remarks=list(remarks),
        changed=list(changed),
    )


def post_of_author(report: Standing, actor: Actor) -> str | None:
    """The post that the one who writes holds in the report's line; None for a plain member."""
    line = {getattr(report, name) for name in _LINE}
    return next((held.post for held in actor.posts if held.unit_id in line), None)


def take(
    report: Standing,
    action: Action,
    actor: Actor,
    *,
    comment: str = "",
    remarks: Sequence[dict[str, Any]] = (),
    changed: Sequence[str] = (),
    gone: Set[uuid.UUID] = frozenset(),
    own: Set[uuid.UUID] = frozenset(),
    there: Set[uuid.UUID] = frozenset(),
) -> list[Happened]:
    """Let ``actor`` do ``action``: the row changes, its events come back in order. Refused or WrongState else.

    ``gone``, ``own``, ``there``: as for ``facts_of``.
    """
    reason = comment.strip() or ("remarks" if remarks else "")
    facts = facts_of(report, actor, reason=reason, gone=gone, own=own, there=there)
    row = decide(State(report.state), action, facts)
    desk = actor.desk_for(report.awaiting_unit_id, report.awaiting_since)
    if desk is None and action in (Action.RETURN, Action.SEAL):
        desk = next((held for held in actor.desks if held.unit_id == report.station_id), None)
    elif desk is None and action in (Action.CORRECT, Action.WITHDRAW) and not facts.is_author:
        desk = desk_over(report, actor)
    to = row.to(facts)
    event = record(
        report, action.value, actor.member_id, actor.now,
        target=row.target, step=to, desk=desk, post=post_of_author(report, actor), comment=comment.strip(), remarks=remarks,
        changed=changed,
    )  # fmt: skip
    events = [event]
    begins = row.source in (State.DRAFT, State.RETURNED)
    if (begins or action is Action.APPROVE) and report.state == State.IN_REVIEW:
        events += note_passed(report, actor.now)
    _wait(report, actor.now)
    if action is Action.SUBMIT:
        report.corrected_by_id = None  # the author stands for all of it again
    if action is Action.APPROVE:
        report.undo_by_id, report.undo_step = actor.member_id, event.step_from
    return events


def note_passed(report: Standing, now: dt.datetime) -> list[Happened]:
    """An event for each level of the route that is passed over directly before the present step."""
    return [
        record(report, Action.PASS.value, None, now, stop=stop, reason=stop.passed)
        for stop in passed_before(route_of(report), report.step)
    ]


def pass_step(report: Standing, reason: str, now: dt.datetime) -> list[Happened]:
    """Go past the present step without a person: nobody holds it any more, or what it had approved is unchanged."""
    route = route_of(report)
    facts = Facts(step=report.step, last=len(asked(route)), is_passable=True)
    row = decide(State(report.state), Action.PASS, facts)
    stop = asked(route)[report.step - 1]
    event = record(
        report, Action.PASS.value, None, now, target=row.target, step=row.to(facts), stop=stop, reason=reason
    )
    events = [event, *note_passed(report, now)]
    _wait(report, now)
    return events


def _wait(report: Standing, now: dt.datetime) -> None:
    """Say at whom the report waits now."""
    if report.state == State.IN_REVIEW:
        report.awaiting_unit_id = asked(route_of(report))[report.step - 1].unit_id
        report.awaiting_since = now
    else:
        report.awaiting_unit_id = report.awaiting_since = None


def awaiting(report: Standing) -> Stop | None:
    """The stop at which it waits."""
    return Stop.restored(_asked(report)[report.step - 1]) if report.state == State.IN_REVIEW else None
