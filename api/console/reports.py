"""One report: what it says, who was there, what happened to it; approve, return, send back one level, withdraw, take back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app
from werkzeug.wrappers import Response as BaseResponse

from api import present
from api.attachments import picture_of, thumbnail_of
from api.console import session as browser
from api.console import typed
from api.console.details import details_in_words
from api.console.inbox import rows_of, waiting_rows
from api.console.pages import Console, Visit, go, go_to
from api.console.versions import compared, vehicle_names
from api.endpoint import Answer
from api.problems import language
from brigade.activity import actions
from brigade.activity.activities import ActivityReport
from brigade.activity.flags import all_doubts
from brigade.activity.gone_authors import gone_authors
from brigade.activity.transition import actions_of
from brigade.activity.workflow import Action
from brigade.dates import tokyo_day
from brigade.files.attachments import MEDIA_TYPE
from brigade.month.forecast import forecast
from brigade.organisation.belonging import by_unit
from brigade.problems import FieldProblem, Refused
from brigade.texts import check_text
from brigade.wording import text, words

screens = Console("reports")
COMMENT_MAX = 500
FIELDS = ("/started_at", "/ended_at", "/place", "/kind", "/participants", "/vehicle_ids", "/attachment_ids", "/summary")
"""What a leader can point at when returning."""


def _reasons() -> list[str]:
    return [key.partition(".")[2] for key in words("ja") if key.startswith("return_reason.")]


@screens.page("/reports/<uuid:report_id>")
def report(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """Everything there is to know of it, and what one may do now."""
    row = actions.read(visit.session, report_id)
    return visit.page("report.html", **_shown(visit, row))


def _shown(visit: Visit, row: ActivityReport) -> dict[str, Any]:
    lang = language()
    events, saved = actions.history(visit.session, row.id)
    found = all_doubts(visit.session, [row])
    told = present.one_report(visit.session, visit.actor, row, ())
    seen = [one["id"] for one in told["attachments"]]
    history = present.history(visit.session, events, saved)
    return {
        "report": told,
        "row": rows_of(visit, [row], lang, found)[0],
        "details": details_in_words(row.kind, told["details"], lang),
        "vehicles": list(vehicle_names(visit.session, told["vehicle_ids"], lang).values()),
        "two": compared(visit.session, events, saved, seen, lang),
        "history": history,
        "labels": _labels(visit, history),
        "crew": _crew(visit, row, told["participants"]),
        "expected": forecast(visit.session, visit.actor, [row])[row.id],
        "actions": told["actions"],
        "author_left": row.author_id in gone_authors(visit.session, visit.actor, [row]),
    }


def _crew(visit: Visit, row: ActivityReport, people: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Those who took part, by the unit to which they belonged on that day, in the order in which they were written."""
    by_id = {uuid.UUID(person["member_id"]): person for person in people}
    units = by_unit(visit.session, by_id.keys(), tokyo_day(row.started_at))
    return [(name, [one for id_, one in by_id.items() if id_ in theirs]) for name, theirs in units]


def _labels(visit: Visit, history: list[dict[str, Any]]) -> dict[str, str]:
    """Names of the people whom versions of the report hold, by id."""
    people = {
        uuid.UUID(person["member_id"])
        for event in history
        for change in event["changed"]
        if change["field"] == "participants"
        for side in ("from", "to")
        for person in change[side] or ()
    }
    names = present.Names(visit.session, people, ())
    return {str(id_): (names.member(id_) or {}).get("name", "") for id_ in people}


def _step(visit: Visit, report_id: uuid.UUID, action: Action, **said: Any) -> ActivityReport:
    return actions.act(visit.session, visit.actor, report_id, action, typed.version_of(visit.form), **said)


@screens.act("/reports/<uuid:report_id>/approve")
def approve(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """On to the next level, and back to the list or to the next one to look at."""
    _step(visit, report_id, Action.APPROVE)
    browser.say("console.said.approved")
    return on(visit)


def on(visit: Visit) -> BaseResponse:
    """Where the form came from; after a report its next one to look at, so that one goes through them one by one."""
    if visit.form.get("next"):
        return go_to(visit.form["next"])
    rows = waiting_rows(visit, language())
    doubtful = next((row for row in rows if not row.is_clean), None)
    if doubtful is None:
        return go("console_inbox.inbox")
    return go("console_reports.report", report_id=doubtful.report.id)


@screens.act("/reports/<uuid:report_id>/undo")
def undo(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """Take one's own approval back."""
    _step(visit, report_id, Action.UNDO)
    browser.say("console.said.undone", count=1)
    return go("console_reports.report", report_id=report_id)


# --- Sending back -----------------------------------------------------------------------------------------------------


@screens.page("/reports/<uuid:report_id>/return")
def ask_return(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """What is to be put right: fields, a ready phrase, a line."""
    return _ask(visit, actions.read(visit.session, report_id), Action.RETURN)


@screens.page("/reports/<uuid:report_id>/step-back")
def ask_step_back(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """Why it goes back to the level before."""
    return _ask(visit, actions.read(visit.session, report_id), Action.STEP_BACK)


def _ask(
    visit: Visit, row: ActivityReport, action: Action, status: int = 200, problems: tuple[FieldProblem, ...] = ()
) -> BaseResponse:
    form = visit.form
    return visit.page(
        "return.html", status, problems=problems, action=action.value,
        row=rows_of(visit, [row], language(), {})[0], report=row, fields=FIELDS, reasons=_reasons(),
        ticked=form.getlist("field"), reason=form.get("reason", ""), comment=form.get("comment", ""),
        most=COMMENT_MAX, may=action.value in actions_of(row, visit.actor, frozenset()),
    )  # fmt: skip


@screens.act("/reports/<uuid:report_id>/return")
def returns(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """To the author, who sees what was ticked."""
    return _send_back(visit, report_id, Action.RETURN, "console.said.returned")


@screens.act("/reports/<uuid:report_id>/step-back")
def steps_back(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """To the level that decided before."""
    return _send_back(visit, report_id, Action.STEP_BACK, "console.said.stepped_back")


def _send_back(visit: Visit, report_id: uuid.UUID, action: Action, said: str) -> BaseResponse:
    comment, problems = check_text("/comment", visit.form.get("comment"), COMMENT_MAX)
    ticked = [name for name in visit.form.getlist("field") if name in FIELDS]
    reason = visit.form.get("reason", "")
    if reason not in _reasons():
        reason = ""
    if reason and not ticked:  # a phrase about no field in particular is part of what is said
        comment = " ".join(filter(None, (text(f"return_reason.{reason}", "ja"), comment)))
    remarks = [{"pointer": name, "reason": reason or "other", "text": ""} for name in ticked]
    if not problems:
        try:
            _step(visit, report_id, action, comment=comment, remarks=remarks)
        except Refused as refused:
            if refused.reasons != ("reason-required",):
                raise
            problems = (FieldProblem("/comment", "reason-required"),)
    if problems:
        return _ask(visit, actions.read(visit.session, report_id), action, 422, tuple(problems))
    browser.say(said)
    return on(visit)


# --- Withdrawing ------------------------------------------------------------------------------------------------------


@screens.page("/reports/<uuid:report_id>/withdraw")
def ask_withdraw(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """Why it is taken away for good: by its author, or for one who has left the service."""
    return _ask_why(visit, report_id)


def _ask_why(
    visit: Visit, report_id: uuid.UUID, status: int = 200, problems: tuple[FieldProblem, ...] = ()
) -> BaseResponse:
    row = actions.read(visit.session, report_id)
    gone = gone_authors(visit.session, visit.actor, [row])
    return visit.page(
        "withdraw.html", status, problems=problems, row=rows_of(visit, [row], language(), {})[0], report=row,
        comment=visit.form.get("comment", ""), most=COMMENT_MAX, author_left=row.author_id in gone,
        may=Action.WITHDRAW.value in actions_of(row, visit.actor, gone),
    )  # fmt: skip


@screens.act("/reports/<uuid:report_id>/withdraw")
def withdraws(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """Gone from all figures; the report and its history stay to be read."""
    comment, problems = check_text("/comment", visit.form.get("comment"), COMMENT_MAX)
    if not problems and not comment.strip():
        problems = (FieldProblem("/comment", "reason-required"),)
    if problems:
        return _ask_why(visit, report_id, 422, tuple(problems))
    _step(visit, report_id, Action.WITHDRAW, comment=comment)
    browser.say("console.said.withdrawn")
    return go("console_reports.report", report_id=report_id)


# --- Pictures ---------------------------------------------------------------------------------------------------------


@screens.page("/pictures/<uuid:attachment_id>")
def picture(visit: Visit, attachment_id: uuid.UUID) -> BaseResponse:
    """A picture of a report that one may read."""
    return _picture(picture_of(visit.session, attachment_id))


@screens.page("/pictures/<uuid:attachment_id>/small")
def small_picture(visit: Visit, attachment_id: uuid.UUID) -> BaseResponse:
    """The same, small."""
    return _picture(thumbnail_of(visit.session, attachment_id))


def _picture(answer: Answer) -> BaseResponse:
    headers = {**answer.headers, "Vary": "Cookie"}
    headers["Content-Disposition"] = headers["Content-Disposition"].replace("attachment", "inline", 1)
    return current_app.response_class(answer.body, answer.status or 200, headers, mimetype=MEDIA_TYPE)
