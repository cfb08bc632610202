"""How one is told of news: by mail, at once or once a day, and in which hours not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api import notice_ways as served
from api.console import session as browser
from api.console import typed
from api.console.pages import Console, Visit, go
from api.endpoint import Call
from brigade.problems import FieldProblem, Invalid, Problem
from brigade.wording import LANGUAGES

screens = Console("own_notices")
HOURS = [(str(hour), f"{hour}:00") for hour in range(24)]


@screens.page("/account/notices")
def asks(visit: Visit) -> BaseResponse:
    """What is set, and the field for the code where an address waits for it."""
    return _page(visit)


def _page(
    visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = (), said: Mapping[str, Any] | None = None
) -> BaseResponse:
    kept = served.read(Call(visit.session, visit.actor)).body
    form = said or {
        "email": kept["email_waiting"] or kept["email"] or "",
        "at_once": kept["mail"]["at_once"], "digest": kept["mail"]["digest"], "language": kept["language"],
        "digest_hour": str(kept["digest_hour"]), "quiet_from": kept["quiet_from"], "quiet_to": kept["quiet_to"],
    }  # fmt: skip
    return visit.page("notices.html", status, problems=problems, kept=kept, form=form, hours=HOURS, languages=LANGUAGES)


@screens.act("/account/notices")
def sets(visit: Visit) -> BaseResponse:
    """All of it at once. Mail goes to a new address when the code that is mailed there has come back."""
    try:
        wanted = _wanted(visit)
        made = served.change(Call(visit.session, visit.actor, body=wanted, version=typed.version_of(visit.form))).body
    except Problem as wrong:
        problems = _beside(wrong)
        visit.begin_again()
        form = {**visit.form, "at_once": "at_once" in visit.form, "digest": "digest" in visit.form}
        return _page(visit, 422, problems, form)
    browser.say("console.said.code_mailed" if made["email_waiting"] else "console.said.notices_set")
    return go("console_own_notices.asks")


def _wanted(visit: Visit) -> dict[str, Any]:
    """The body that the API takes, of what stands in the form; what it does not ask for stays as it is."""
    form, quiet = visit.form, {}
    problems: list[FieldProblem] = []
    kept = served.read(Call(visit.session, visit.actor)).body
    for name in ("quiet_from", "quiet_to"):
        try:
            quiet[name] = typed.minutes(f"/{name}", form.get(name, ""))
        except Invalid as wrong:
            problems += wrong.problems
    hour, language = form.get("digest_hour", ""), form.get("language", "")
    if hour not in dict(HOURS):
        problems.append(FieldProblem("/digest_hour", "not-an-option"))
    if language not in LANGUAGES:
        problems.append(FieldProblem("/language", "not-an-option"))
    if problems:
        raise Invalid(problems)
    mail = {
        "email": form.get("email", "").strip() or None,
        "mail": {name: name in form for name in ("at_once", "digest")},
    }
    if not kept["mail_is_on"]:
        mail = {name: kept[name] for name in mail}
    return {"language": language, "digest_hour": int(hour), "push": kept["push"], **quiet, **mail}


def _beside(wrong: Problem) -> Sequence[FieldProblem]:
    """What is said beside a field; the rest is a page of its own."""
    if isinstance(wrong, Invalid):
        return wrong.problems
    if wrong.code == "too-many-codes":
        return (FieldProblem("/email", wrong.code, wrong.params),)
    raise wrong


@screens.act("/account/notices/code")
def again(visit: Visit) -> BaseResponse:
    """Another code to the address that waits; the one before is void."""
    try:
        served.send_code(Call(visit.session, visit.actor))
    except Problem as wrong:
        problems = _beside(wrong)
        visit.begin_again()
        return _page(visit, 422, problems)
    browser.say("console.said.code_mailed")
    return go("console_own_notices.asks")


@screens.act("/account/notices/confirm")
def confirms(visit: Visit) -> BaseResponse:
    """The code came back: mail goes there."""
    said = visit.form.get("code", "").strip()[:20]
    if not said:
        return _page(visit, 422, (FieldProblem("/code", "required"),))
    try:
        served.confirm(Call(visit.session, visit.actor, body={"code": said}))
    except Invalid as wrong:
        if not wrong.keep:  # else the try counts: what was noted is stored with this answer
            visit.begin_again()
        return _page(visit, 422, wrong.problems)
    browser.say("console.said.notices_set")
    return go("console_own_notices.asks")
