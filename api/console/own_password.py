"""One's own password: another one, or the first one for who joined with a passkey."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api import sessions as served
from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.endpoint import Call
from brigade.access import passwords, second_factors
from brigade.access.accounts import Account
from brigade.problems import FieldProblem, Invalid, Problem

screens = Console("own_password")


@screens.page("/account/password", any_factor=True)
def asks(visit: Visit) -> BaseResponse:
    """The one there is, where there is one, and the new one."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    mine = visit.session.scalars(select(Account)).one()
    factors = second_factors.methods_of(visit.session, mine.id)
    return visit.page(
        "password.html", status, problems=problems, has_password=mine.password_hash != passwords.NONE,
        least=passwords.WITH_FACTOR_MIN if factors else passwords.ALONE_MIN,
    )  # fmt: skip


@screens.act("/account/password", any_factor=True)
def changes(visit: Visit) -> BaseResponse:
    """From now on it is the password; everything else that is signed in is out."""
    asked = [name for name in ("old_password", "new_password") if name in visit.form or name == "new_password"]
    said = {name: visit.form.get(name, "") for name in asked}
    if empty := [FieldProblem(f"/{name}", "required") for name, value in said.items() if not value]:
        return _page(visit, 422, empty)
    try:
        served.password(Call(visit.session, visit.actor, body=said))
    except Invalid as wrong:  # the try counts: it is stored already
        return _page(visit, 422, wrong.problems)
    except Problem as problem:
        if problem.code != "too-many-tries":
            raise
        return _page(visit, 422, (FieldProblem("/old_password", problem.code, problem.params),))
    browser.say("console.said.password_changed")
    return go("console_account.account")
