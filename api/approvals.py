"""The steps of the workflow on one report: each names the version it saw."""

from __future__ import annotations

import uuid

from api import present
from api.activities import content_from
from api.endpoint import Answer, Call, Resource
from api.schemas import CorrectionIn, DecisionIn, ReportOut
from brigade.activity import actions, corrections
from brigade.activity.conflicts import EditConflict
from brigade.activity.workflow import Action

resource = Resource("approvals", "承認 Approval", "/activity-reports/<uuid:report_id>")

STEPS = {
    Action.SUBMIT: ("Submit a draft or a corrected report", "It goes to the first level that must decide."),
    Action.APPROVE: ("Approve", "It goes to the next level; the station's approval confirms it."),
    Action.STEP_BACK: ("Send back one level", "To the level that decided before; needs a comment or remark."),
    Action.RETURN: ("Return for correction", "To the author, with a comment or remarks on fields."),
    Action.WITHDRAW: (
        "Withdraw",
        "By the author, until it waits at the station. A returned one whose author has left the service: by a leader of its "
        "squad, section, company or brigade, with a reason.",
    ),
    Action.UNDO: ("Undo one's own approval", "As long as nobody has acted after it."),
}


def _declare(action: Action, summary: str, about: str) -> None:
    def step(call: Call, report_id: uuid.UUID) -> Answer:
        row = actions.act(
            call.session, call.actor, report_id, action, call.version,
            comment=call.body.get("comment", ""), remarks=call.body.get("remarks", ()),
        )  # fmt: skip
        return Answer(present.one_report(call.session, call.actor, row), version=row.version)

    step.__name__, step.__doc__ = action.name.lower(), about
    declare = resource.post(
        f"/{action.value}", summary, body=DecisionIn(), body_optional=True, returns=ReportOut(), versioned=True
    )
    declare(step)


for _action, (_summary, _about) in STEPS.items():
    _declare(_action, _summary, _about)


@resource.post(
    "/correct", "Correct an obvious slip oneself", body=CorrectionIn(partial=tuple(CorrectionIn().fields)),
    returns=ReportOut(), versioned=True,
)  # fmt: skip
def correct(call: Call, report_id: uuid.UUID) -> Answer:
    """By the leader at whose step it waits, below the station. Only the fields sent change, and the author is told.

    It goes back to the first level, past those that had approved what is unchanged where the unit's settings say so.
    The station's approval is never given by who corrected the times or the people. The same correction sent again changes
    nothing more; where someone changed the report since then, 412 tells both contents and the fields that differ.
    """
    said = dict(call.body)
    comment = said.pop("comment", "")
    try:
        row, checked = corrections.correct(
            call.session, call.actor, report_id, call.version, content_from(said), comment=comment
        )
    except EditConflict as conflict:
        conflict.extra["current"] = present.one_report(call.session, call.actor, conflict.report)
        raise
    warnings = checked.warnings if checked else None
    return Answer(present.one_report(call.session, call.actor, row, warnings), version=row.version)
