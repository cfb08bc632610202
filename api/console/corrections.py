"""An obvious slip put right by the leader at whose step the report waits: when, where, who, and what was done."""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api import present
from api.console import session as browser
from api.console import typed
from api.console.events import people_of
from api.console.inbox import rows_of
from api.console.pages import Console, Visit, go
from api.console.reports import COMMENT_MAX, on
from api.problems import language
from brigade.activity import actions, corrections
from brigade.activity.activities import ActivityReport
from brigade.activity.content import Content, Person, content_of
from brigade.activity.transition import actions_of
from brigade.activity.workflow import Action
from brigade.dates import to_tokyo, tokyo_day
from brigade.problems import FieldProblem, Invalid
from brigade.texts import check_text

screens = Console("corrections")
TYPED = ("day", "start", "end", "place", "summary", "comment")
SHOWN_AT = ("/day", "/started_at", "/ended_at", "/place", "/summary", "/comment")


@screens.page("/reports/<uuid:report_id>/correct")
def ask(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """The few fields that a leader may correct, as they stand."""
    row = actions.read(visit.session, report_id)
    return _page(visit, row, _form(row), {str(part.member_id) for part in row.participations})


def _form(row: ActivityReport) -> dict[str, str]:
    return {
        "day": tokyo_day(row.started_at).isoformat(), "start": f"{to_tokyo(row.started_at):%H:%M}",
        "end": f"{to_tokyo(row.ended_at):%H:%M}", "place": row.place, "summary": row.summary, "comment": "",
    }  # fmt: skip


def _page(
    visit: Visit, row: ActivityReport, form: dict[str, str], ticked: set[str], status: int = 200,
    problems: tuple[FieldProblem, ...] = (),
) -> BaseResponse:  # fmt: skip
    named = present.Names(visit.session, [part.member_id for part in row.participations], ())
    people = {str(part.member_id): (named.member(part.member_id) or {}).get("name", "") for part in row.participations}
    roster = {one.id: one.name for one, _ in people_of(visit, row.unit_id, tokyo_day(row.started_at))}
    present.read_kana(visit.session, roster)
    people |= {str(id_): name for id_, name in roster.items()}
    return visit.page(
        "correct.html", status, problems=problems, report=row, people=people, form=form, ticked=ticked,
        row=rows_of(visit, [row], language(), {})[0], most=COMMENT_MAX,
        may=Action.CORRECT.value in actions_of(row, visit.actor, frozenset()),
        lasts=(tokyo_day(row.ended_at) - tokyo_day(row.started_at)).days,
    )  # fmt: skip


@screens.act("/reports/<uuid:report_id>/correct")
def corrects(visit: Visit, report_id: uuid.UUID) -> BaseResponse:
    """Corrected; back to the report where it still waits here, else on to the next one."""
    form = {name: visit.form.get(name, "").strip() for name in TYPED}
    ticked = set(visit.form.getlist("person"))
    row = actions.read(visit.session, report_id)
    try:
        comment, wrong = check_text("/comment", form["comment"], COMMENT_MAX)
        if wrong:
            raise Invalid(wrong)
        changes = _changes(visit, row, form, ticked)
        was, version = row.step, typed.version_of(visit.form)
        row, _ = corrections.correct(visit.session, visit.actor, report_id, version, changes, comment=comment)
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, actions.read(visit.session, report_id), form, ticked, 422, _shown(invalid.problems))
    browser.say("console.said.corrected" if row.step == was else "console.said.corrected_anew")
    if Action.APPROVE.value in actions_of(row, visit.actor, frozenset()):
        return go("console_reports.report", report_id=report_id)
    return on(visit)


def _changes(visit: Visit, row: ActivityReport, form: dict[str, str], ticked: set[str]) -> dict[str, Any]:
    """What the form says of the fields that may be corrected; people who stay keep their part and times."""
    before: Content = content_of(row)
    nights = (tokyo_day(row.ended_at) - tokyo_day(row.started_at)).days
    start, end = typed.span(form, typed.day("/day", form["day"]), nights=nights if nights > 1 else 0)
    stay = tuple(person for person in before.participants if str(person.member_id) in ticked)
    named = {person.member_id for person in before.participants}
    more = [one.id for one, _ in people_of(visit, row.unit_id, tokyo_day(row.started_at)) if one.id not in named]
    return {
        "started_at": start, "ended_at": end, "place": form["place"], "summary": form["summary"],
        "participants": (*stay, *(Person(id_) for id_ in more if str(id_) in ticked)),
    }  # fmt: skip


def _shown(problems: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
    """Each at the field of this form that it is about; what is about people at their list, once."""
    found = [
        FieldProblem(one.pointer if one.pointer in SHOWN_AT else "/person", one.code, one.params) for one in problems
    ]
    return tuple({(one.pointer, one.code, str(one.params)): one for one in found}.values())
