"""The one way a page goes: who asks, one question or one action of the domain, one answer for the eyes.

A page is declared with what it needs, as the API's routes are; a form moreover carries a token, and ends in a redirect.
Refusals become pages too: to sign in, to prove again who one is, or what went wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from api import pace, replica
from api.attempts import attempted, transaction
from api.console import session as browser
from api.console import shown
from api.console.furigana import with_furigana
from api.endpoint import OFFICERS, SIGNED_IN, Answer, Needs, as_it_is
from api.extensions import db
from api.present import names_read
from api.problems import PAGES, STATUS, field_body, language, request_id
from api.web_files import web_files
from brigade.activity import inbox
from brigade.actor import Actor
from brigade.dates import utc_now
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, Problem, Refused
from brigade.readings import Choice
from brigade.wording import LANGUAGES, has, text

WEB = Path(__file__).parents[2] / "web" / "console"
PREFIX = "/console"
SIZES = ("100", "125", "150", "200")
SWITCH = ("on", "off")
FURIGANA = tuple(map(str, Choice))
VIEW = "brigade-view"
"""The cookie of the language, the size of text, whether single keys act and whose furigana are shown; it names nobody
and outlives a session.
"""

UNDER = {
    "console_plans": "console_events", "console_planning": "console_events", "console_deputies": "console_members",
}  # fmt: skip
"""Screens that the navigation does not name → those under which one finds them. The office's all stand under it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page says of itself; ``step_up``, ``any_factor`` and ``heavy`` as for the API's routes. ``most``: bytes of a form that
    carries files; 0: as any other.
    """

    needs: Needs
    is_form: bool
    step_up: str = ""
    any_factor: bool = False
    heavy: bool = False
    most: int = 0


@dataclass(slots=True)
class Visit:
    """One request as a view sees it."""

    session: Session
    actor: Actor
    member: Member
    form: MultiDict[str, str] = field(default_factory=MultiDict)
    args: MultiDict[str, str] = field(default_factory=MultiDict)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """The template filled, inside the layout for this person."""
        return page(template, status, me=self.member, nav=_ways(self.session, self.actor), **values)

    def asked(self, limit: int, count: bool = False) -> dict[str, Any]:
        """What a page of a list is asked by: so many rows after the cursor that stands in the address."""
        return {"cursor": self.args.get("cursor") or None, "limit": limit, "count": count}

    def begin_again(self) -> None:
        """After a refusal nothing of the try stays: the page is made from the store as it is."""
        self.session.rollback()
        self.session.connection(execution_options={"writing": True})


View = Callable[..., BaseResponse]


class Console(Blueprint):
    """The pages of one group of screens; each must be declared."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"console_{name}", f"api.console.{name}", url_prefix=PREFIX, template_folder=str(WEB / "templates")
        )

    def page(self, rule: str, *, needs: Needs = SIGNED_IN, **said: Any) -> Callable[[View], View]:
        """Declare a page that is read."""
        return self._declare(rule, Declared(needs, is_form=False, **said))

    def act(self, rule: str, *, needs: Needs = SIGNED_IN, **said: Any) -> Callable[[View], View]:
        """Declare what a form is sent to: one action, then on to a page."""
        return self._declare(rule, Declared(needs, is_form=True, **said))

    def _declare(self, rule: str, declared: Declared) -> Callable[[View], View]:
        def register(view: View) -> View:
            def handle(**path: Any) -> BaseResponse:
                return _handle(declared, view, path)

            handle.__doc__ = view.__doc__
            handle.declared = declared  # type: ignore[attr-defined]
            methods = ["POST"] if declared.is_form else ["GET"]
            self.add_url_rule(rule, view.__name__, handle, methods=methods, provide_automatic_options=False)
            return view

        return register


def _handle(declared: Declared, view: View, path: dict[str, Any]) -> BaseResponse:
    if declared.needs.signed_in and (device := browser.known_device()):
        pace.check(session=str(device))
    if declared.most:
        browser.check_known()  # nobody's files are worth reading
        request.max_content_length = declared.most
    if declared.is_form:
        browser.check_form()
    _check_characters(declared.is_form)
    return attempted(lambda first: _once(declared, view, path, first))


def _check_characters(is_form: bool) -> None:
    """Invalid where NUL was sent, which no browser types: PostgreSQL takes it in no text, be it only looked for."""
    sent = [*request.args.items(multi=True), *(request.form.items(multi=True) if is_form else ())]
    wrong = [FieldProblem(f"/{name}", "bad-characters") for name, value in sent if "\0" in value]
    if wrong:
        raise Invalid(wrong)


def _once(declared: Declared, view: View, path: dict[str, Any], first: bool) -> BaseResponse:
    session, now = db.session(), utc_now()
    how = transaction(session, declared.is_form)
    session.connection(execution_options=how)
    if not declared.needs.signed_in:
        return view(**path)
    actor, member = browser.person(session, now, step_up=declared.step_up, any_factor=declared.any_factor)
    declared.needs.check(actor)
    if declared.heavy and first:
        replica.move(session, how)
    answer = view(Visit(session, actor, member, request.form, request.args), **path)
    session.commit() if declared.is_form else session.rollback()
    return answer


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A template filled and answered, never to be kept by a cache."""
    lang = language()
    size, furigana = g.get("text_size", SIZES[0]), g.get("furigana", Choice.FEW)
    html = render_template(
        f"console/{template}",
        **shown.words_for(lang),
        **{"me": None, "nav": (), "problems": (), "size": size, "keys": g.get("single_keys", True), "here": request.full_path.rstrip("?"),
           "part": _part(request.blueprint or ""), **values},
        said=browser.said(), token=browser.form_token, sizes=SIZES, furigana=furigana, furiganas=FURIGANA,
    )  # fmt: skip
    answer = make_response(with_furigana(html, furigana, names_read(db.session())), status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Language"] = lang
    return answer


def sent(answer: Answer) -> Response:
    """A file as the API answers it, for this browser alone."""
    response = as_it_is(answer, 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _part(blueprint: str) -> str:
    """Where in the navigation a screen stands."""
    return "console_office" if blueprint.startswith("console_office") else UNDER.get(blueprint, blueprint)


def go(endpoint: str, **values: Any) -> BaseResponse:
    """On to another page, after a form."""
    return redirect(url_for(endpoint, **values), 303)


def go_to(path: str) -> BaseResponse:
    """On to a page of ours named by a form or an address; home for any other."""
    ours = path.startswith((f"{PREFIX}/", f"{PREFIX}?")) and "\\" not in path and "\n" not in path
    return redirect(path if ours else f"{PREFIX}/", 303)


def _ways(session: Session, actor: Actor) -> list[tuple[str, str, int]]:
    """What the navigation offers this person: endpoint, key of its words, a number beside it."""
    ways: list[tuple[str, str, int]] = []
    if actor.desks:
        ways.append(("console_inbox.inbox", "console.nav.inbox", inbox.summary(session, actor).waiting))
    if actor.reach:
        ways.append(("console_events.events", "console.nav.events", 0))
    if any(desk.waiting_before is None for desk in actor.desks):
        ways.append(("console_members.members", "console.nav.members", 0))
    if actor.reach or actor.home:
        ways.append(("console_scans.scans", "console.nav.scans", 0))
    if actor.reach:
        ways.append(("console_months.months", "console.nav.months", 0))
        ways.append(("console_editions.editions", "console.nav.editions", 0))
        ways.append(("console_statistics.statistics", "console.nav.statistics", 0))
    if actor.desks or actor.reach:
        ways.append(("console_search.search", "console.nav.search", 0))
    if actor.holds(*OFFICERS.posts):
        ways.append(("console_office.office", "console.nav.office", 0))
    ways.append(("console_start.help_page", "console.nav.help", 0))
    return ways


# --- What goes wrong --------------------------------------------------------------------------------------------------


def problem_page(problem: Problem) -> BaseResponse:
    """A refusal as a page: to sign in or to prove again who one is, else the cause and the remedy."""
    reasons = problem.reasons if isinstance(problem, Refused) else (problem.code,)
    if problem.code in ("not-signed-in", "token-expired"):
        if browser.known_device() and request.path != f"{PREFIX}/":
            browser.say("console.said.expired")
        return go("console_start.sign_in", next=_back())
    if "second-factor-required" in reasons and browser.known_device():
        browser.say("console.said.factor_first")
        return go("console_account.account")
    if "step-up-required" in reasons:
        return go("console_start.prove", next=_back())
    answer = page("problem.html", STATUS[problem.code], **_told(problem, reasons), back=_back(asked=False))
    if STATUS[problem.code] in (429, 503):
        answer.headers["Retry-After"] = str(problem.params.get("retry_after", 5))
    return answer


def _told(problem: Problem, reasons: tuple[str, ...]) -> dict[str, Any]:
    lang = language()
    key = f"console.problem.{problem.code}"
    title = text(f"{key}.title" if has(f"{key}.title") else f"problem.{problem.code}.title", lang)
    if has(f"{key}.detail"):
        sentences = [text(f"{key}.detail", lang)]
    elif isinstance(problem, Refused):
        sentences = [text(f"problem.{code}.detail", lang) for code in reasons]
    else:
        sentences = [text(f"problem.{problem.code}.detail", lang, **problem.params)]
    if isinstance(problem, Invalid):
        sentences += [field_body(one, lang)["message"] for one in problem.problems]
    return {"title": title, "sentences": sentences, "request_id": request_id()}


def _back(*, asked: bool = True) -> str:
    """The page asked for; for a form, and where that is what failed, the page it was sent from."""
    if asked and request.method == "GET":
        return request.full_path.rstrip("?")
    before = (request.referrer or "").removeprefix(request.host_url.rstrip("/"))
    return before if before.startswith(PREFIX) and before != request.full_path.rstrip("?") else f"{PREFIX}/"


def kept_view() -> tuple[str, ...]:
    """Language, size of text, single keys (``on``, ``off``) and furigana as this browser keeps them; "" for what was not
    chosen.
    """
    kept = request.cookies.get(VIEW, "").split(".")
    return tuple(
        value if value in offered else ""
        for value, offered in zip_longest(kept[:4], (LANGUAGES, SIZES, SWITCH, FURIGANA), fillvalue="")
    )


def install(app: Flask) -> None:
    """Choices of this browser before each page, and every problem under the prefix as a page."""

    @app.before_request
    def chosen() -> None:
        if request.path.startswith(PREFIX):
            lang, size, keys, furigana = kept_view()
            g.language = lang or None
            g.text_size = size or SIZES[0]
            g.single_keys = keys != "off"
            g.furigana = Choice(furigana or Choice.FEW)

    app.extensions.setdefault(PAGES, {})[PREFIX] = problem_page
    app.jinja_env.globals["asset"] = _asset


def _asset(name: str) -> str:
    """Where a file of the console is, under an address that changes with it."""
    return f"{PREFIX}/static/{name}?v={web_files(WEB / 'static')[name].stamp}"
