"""The steps of the workflow on one report: each names the version it saw."""

from __future__ import annotations

import uuid

from api import present
from api.endpoint import Answer, Call, Resource
from api.schemas import DecisionIn, ReportOut
from brigade import actions
from brigade.workflow import Action

resource = Resource("approvals", "承認 Approval", "/activity-reports/<uuid:report_id>")

STEPS = {
    Action.SUBMIT: ("Submit a draft or a corrected report", "It goes to the first level that must decide."),
    Action.APPROVE: ("Approve", "It goes to the next level; the station's approval confirms it."),
    Action.STEP_BACK: ("Send back one level", "To the level that decided before; needs a comment or remark."),
    Action.RETURN: ("Return for correction", "To the author, with a comment or remarks on fields."),
    Action.WITHDRAW: ("Withdraw", "By the author, until it waits at the station."),
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
