"""Signing in and out, proving again who one is, how pages are shown, help; and what is not there."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.auth import known_of
from api.console import session as browser
from api.console.pages import FURIGANA, PREFIX, SIZES, SWITCH, VIEW, WEB, Console, Visit, go, go_to, kept_view, page
from api.endpoint import OFFICERS, PUBLIC
from api.extensions import db
from api.problems import note_refusal
from api.proving import Proven, SecondFactorRequired, begin_try, by_code, by_password
from api.second_factors import has_passkeys
from api.web_files import YEAR, served
from brigade.access import passwords, second_factors, throttle
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession, Factor
from brigade.dates import utc_now
from brigade.problems import FieldProblem, NotFound, Problem
from brigade.wording import LANGUAGES

screens = Console("start")
LOGIN_MAX, CODE_MAX = 64, 40
SHORTCUTS = "jkoarezum123fcsbn"
"""Single keys in the order of the help page; each is set by ``data-key`` on what it presses."""


@screens.page("/")
def home(visit: Visit) -> BaseResponse:
    """To where this person's work is."""
    if visit.actor.desks:
        return go("console_inbox.inbox")
    if visit.actor.reach:
        return go("console_months.months")
    return visit.page("nothing-here.html")


# --- Signing in -------------------------------------------------------------------------------------------------------


@screens.page("/sign-in", needs=PUBLIC)
def sign_in() -> BaseResponse:
    """Login and password, or a passkey."""
    return sign_in_page(request.args.get("next", ""))


def sign_in_page(after: str, status: int = 200, problems: Sequence[FieldProblem] = (), login: str = "") -> BaseResponse:
    """Login and password, and a passkey where this address can have some; ``after``: the page wanted then."""
    return page("sign-in.html", status, problems=problems, next=after, login=login, passkeys=has_passkeys())


@screens.act("/sign-in", needs=PUBLIC)
def signs_in() -> BaseResponse:
    """The password is looked at; where a second factor is set up, the code comes next."""
    session, now, form = db.session(), utc_now(), request.form
    login, password, after = form.get("login", "").strip(), form.get("password", ""), form.get("next", "")
    problems = [
        FieldProblem(f"/{name}", "required") for name in ("login", "password") if not form.get(name, "").strip()
    ]
    if problems or len(login) > LOGIN_MAX or len(password) > passwords.PASSWORD_MAX:
        return sign_in_page(after, 422, problems or [FieldProblem("/login", "wrong-credentials")], login)
    device = browser.known_device()
    known = known_of(session, device, login) if device else None
    try:
        who = by_password(session, login, password, known, now)
    except SecondFactorRequired as needed:
        session.commit()
        browser.keep_half(needed.half, now)
        return go("console_start.code", next=after)
    except Problem as problem:
        return sign_in_page(after, 422, [_shown(problem, "/login")], login)
    return enter(who, after)


@screens.page("/sign-in/code", needs=PUBLIC)
def code() -> BaseResponse:
    """The code of the authenticator app, or one of the recovery codes."""
    if browser.kept_half(utc_now()) is None:
        return go("console_start.sign_in", next=request.args.get("next", ""))
    return page("code.html", next=request.args.get("next", ""))


@screens.act("/sign-in/code", needs=PUBLIC)
def signs_in_with_code() -> BaseResponse:
    """The second step."""
    session, now, after = db.session(), utc_now(), request.form.get("next", "")
    half, otp = browser.kept_half(now), request.form.get("otp", "").strip()
    if half is None:
        return go("console_start.sign_in", next=after)
    if not otp or len(otp) > CODE_MAX:
        return _code_again(FieldProblem("/otp", "required" if not otp else "wrong-second-factor"), after)
    try:
        who = by_code(session, half, otp, None, now)
    except Problem as problem:
        return _code_again(_shown(problem, "/otp"), after)
    return enter(who, after)


def enter(who: Proven, after: str) -> BaseResponse:
    """Signed in on this browser, and on to the page that was wanted."""
    browser.open_for(db.session(), who, utc_now())
    db.session.commit()
    return go_to(after)


def _shown(problem: Problem, pointer: str) -> FieldProblem:
    """A refusal beside its field; anything that is not about what was typed goes its own way."""
    if problem.code not in ("wrong-credentials", "wrong-second-factor", "too-many-tries", "sign-in-stopped"):
        raise problem
    note_refusal(problem)
    return FieldProblem(pointer, problem.code, problem.params)


def _code_again(problem: FieldProblem, after: str) -> BaseResponse:
    return page("code.html", 422, problems=[problem], next=after)


@screens.act("/sign-out", any_factor=True)
def sign_out(visit: Visit) -> BaseResponse:
    """This browser is signed out at once."""
    device = visit.session.scalar(select(DeviceSession).where(DeviceSession.id == visit.session.info["device_id"]))
    if device is not None:
        browser.close(device, visit.actor.now)
    browser.say("console.said.signed_out")
    return go("console_start.sign_in")


# --- Proving again ----------------------------------------------------------------------------------------------------


@screens.page("/prove", any_factor=True)
def prove(visit: Visit) -> BaseResponse:
    """Before something of weight: the password, a code or a passkey once more."""
    return prove_page(visit, request.args.get("next", ""))


def prove_page(visit: Visit, after: str, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    """The field for password or code, and one's passkeys where this address can have some."""
    factors = second_factors.methods_of(visit.session, visit.session.scalars(select(Account.id)).one())
    passkeys = Factor.PASSKEY in factors and has_passkeys()
    return visit.page("prove.html", status, problems=problems, next=after, factors=factors, passkeys=passkeys)


@screens.act("/prove", any_factor=True)
def proves(visit: Visit) -> BaseResponse:
    """Good for fifteen minutes on this browser."""
    session, now, form = visit.session, visit.actor.now, visit.form
    secret, after = form.get("secret", ""), form.get("next", "")
    account = session.scalars(select(Account)).one()
    here = session.info["device_id"]
    factors = second_factors.methods_of(session, account.id)
    problem = FieldProblem("/secret", "wrong-second-factor" if factors else "wrong-credentials")
    if not secret or len(secret) > passwords.PASSWORD_MAX:
        return prove_page(visit, after, 422, [FieldProblem("/secret", "required")])
    try:
        counted = begin_try(session, throttle.limits_of_device(here), now)
    except Problem as refusal:
        return prove_page(visit, after, 422, [_shown(refusal, "/secret")])
    fits = passwords.fits(account.password_hash, secret)
    session.connection(execution_options={"writing": True})
    factor = Factor.PASSWORD if fits else second_factors.use_code(session, account.id, secret, now)
    device = session.scalar(select(DeviceSession).where(DeviceSession.id == here).with_for_update())
    if factor is None or device is None or not device.is_good(now):
        return prove_page(visit, after, 422, [problem])
    device.proven_at = now
    if factor is not Factor.PASSWORD:
        device.factor = factor.value
    throttle.take_back(session, counted)
    return go_to(after)


# --- Choices, help, and the rest --------------------------------------------------------------------------------------


@screens.act("/view", needs=PUBLIC)
def view() -> BaseResponse:
    """Language, size of text, whether single keys act, and furigana, kept by this browser."""
    offered = {"lang": LANGUAGES, "size": SIZES, "keys": SWITCH, "furigana": FURIGANA}
    said = [request.form.get(name, "") for name in offered]
    chosen = [one if one in some else kept for one, some, kept in zip(said, offered.values(), kept_view(), strict=True)]
    answer = go_to(request.form.get("next", ""))
    answer.set_cookie(
        VIEW, ".".join(chosen), max_age=YEAR, path=PREFIX, httponly=True, samesite="Strict", secure=request.is_secure
    )
    return answer


@screens.page("/help", any_factor=True)
def help_page(visit: Visit) -> BaseResponse:
    """What one does here, in the order of an evening."""
    return visit.page(
        "help.html",
        shortcuts=SHORTCUTS,
        has_desk=bool(visit.actor.desks),
        has_reach=bool(visit.actor.reach),
        brings_paper=bool(visit.actor.reach or visit.actor.home),
        is_office=visit.actor.holds(*OFFICERS.posts),
    )


@screens.page("/static/<name>", needs=PUBLIC)
def asset(name: str) -> BaseResponse:
    """Style and script."""
    return served(WEB / "static", name)


@screens.page("/<path:rest>", needs=PUBLIC)
def nothing(rest: str) -> BaseResponse:
    """No such page."""
    raise NotFound()
