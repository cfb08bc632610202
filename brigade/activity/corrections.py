"""An obvious slip put right by the leader at whose step the report waits, instead of a round through the author; and a
returned report put right and sent again by a leader of its line, for an author who cannot or is no longer there.

What was corrected goes back to the first level, as if it had been returned and sent again: no approval covers what it
did not see. The author is told, and whoever it touches (``notice_rules.py``); and nobody takes for the city the figures
that they put there themselves (``workflow.not_corrector``).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from brigade.activity.actions import begin_way, locked_one, store, tell_those_taken_out
from brigade.activity.activities import ActivityReport, EntryMode
from brigade.activity.claims import lock_people
from brigade.activity.conflicts import repeated_edit
from brigade.activity.content import NOT_CHECKED, Content, content_of
from brigade.activity.history import differing
from brigade.activity.repassing import approved_before, pass_unchanged
from brigade.activity.report_checks import Checked, check, entry_mode
from brigade.activity.route import asked
from brigade.activity.search import index_report
from brigade.activity.transition import desk_over, facts_of, route_of, take
from brigade.activity.workflow import Action, State, decide
from brigade.actor import Actor
from brigade.calendar.event_answers import give_way
from brigade.organisation.ranks import Level
from brigade.problems import FieldProblem, Invalid, Refused

FIELDS = ("started_at", "ended_at", "place", "summary", "participants")
"""What a leader may correct. What kind of activity it was, whose, and with what pictures, only its author knows."""


def correct(
    session: Session,
    actor: Actor,
    report_id: uuid.UUID,
    version: int,
    changes: Mapping[str, Any],
    *,
    comment: str = "",
) -> tuple[ActivityReport, Checked | None]:
    """Change some of ``FIELDS`` in a report that waits at the actor, or was returned and is of a unit that the actor leads
    or stands over. ValueError for any other field.

    Refused or WrongState by the workflow's table; Invalid as when it is submitted. Nothing different is nothing done.
    The very correction once more, after an answer that was lost, changes nothing; another one of an older version is an
    EditConflict.
    """
    if strange := changes.keys() - set(FIELDS):
        raise ValueError(f"not to be corrected: {sorted(strange)}")
    report = locked_one(session, report_id)
    if report.version != version:
        repeated_edit(session, actor, report, version, changes, Action.CORRECT)
        return report, None
    decide(State(report.state), Action.CORRECT, facts_of(report, actor))
    before = content_of(report)
    checked = _checked(session, actor, report, replace(before, **changes))
    after = checked.content
    if {person.member_id for person in after.participants} == {actor.member_id}:
        raise Refused("own-report")
    changed = differing(before.stored(), after.stored())
    if not changed:
        return report, checked
    until = report.step
    if report.state == State.RETURNED:
        begin_way(session, report, checked, actor)
        until = len(asked(route_of(report)))
    else:
        give_way(session, report.event_id, report.unit_id, {person.member_id for person in after.participants}, actor)
    events = take(report, Action.CORRECT, actor, comment=comment, changed=changed)
    saved = store(report, checked, actor, changed=changed)
    seen = approved_before(session, report) if checked.placement.settings.repass_after_return else {}
    events += pass_unchanged(report, seen, after, actor.now, until=until)
    if set(changed) - NOT_CHECKED:
        report.corrected_by_id = actor.member_id
    session.add_all([saved, *(event.row() for event in events)])
    index_report(session, report)
    tell_those_taken_out(session, actor, report, before, after)
    session.flush()
    return report, checked


def _checked(session: Session, actor: Actor, report: ActivityReport, content: Content) -> Checked:
    """The content by the rules of a submission; the author's pictures and the way it was entered stay as they are."""
    lock_people(session, content)
    desk = actor.desk_for(report.awaiting_unit_id, report.awaiting_since) or desk_over(report, actor)
    over = (*actor.reach, (desk.level, desk.unit_id)) if desk else actor.reach  # who decides there may say what is so
    at_desk = replace(actor, reach=over)
    checked = check(session, at_desk, replace(content, attachment_ids=()), report_id=report.id, submit=True)
    units = checked.placement.column_ids()
    if any(getattr(report, f"{level}_id") != units.get(f"{level}_id") for level in Level):
        raise Invalid([FieldProblem("/started_at", "other-units-then")])
    kept = {EntryMode.OCR.value, EntryMode.IMPORT.value}
    mode = report.entry_mode if report.entry_mode in kept else entry_mode(report.author_id, content)
    return replace(checked, content=replace(checked.content, attachment_ids=content.attachment_ids), entry_mode=mode)
