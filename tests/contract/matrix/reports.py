"""The policy of reports: ``docs/reference/workflow.md`` as a table, with ``docs/explain/scopes.md`` and ``approval.md``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.matrix.people import LINES, OFFICES, PEOPLE, Person
from tests.contract.matrix.rows import Row
from tests.contract.matrix.town import Thing, Town

REPORT = "/activity-reports/{report_id}"
Guard = Callable[[Person, Thing], bool]


def reads(me: Person, report: Thing) -> bool:
    """The author alone a draft; else who took part, and who holds a post in one of its units, the bureau no injuries."""
    if me.login == report.by:
        return True
    if report.state == "draft" or report.name == "unknown":
        return False
    if report.secret and me.is_bureau and me.login not in report.people:
        return False
    return me.login in report.people or me.over(report.unit)


def author(me: Person, report: Thing) -> bool:
    return me.login == report.by


def not_own(me: Person, report: Thing) -> bool:
    """Nobody decides on a report of their own or with themselves as its only participant."""
    return me.login != report.by and report.people != (me.login,)


def not_corrector(me: Person, report: Thing) -> bool:
    """Who corrected times or people never gives the station's approval (``approval.md``)."""
    return me.login != report.corrected_by or report.at not in OFFICES


def holder(me: Person, report: Thing) -> bool:
    """Decides at the unit where it waits, there and not above."""
    return report.at in me.leads


def not_first(me: Person, report: Thing) -> bool:
    """There is a level below that decided before."""
    return bool(report.approved_by)


def undoes(me: Person, report: Thing) -> bool:
    """One's own approval, the last thing that happened."""
    return me.login == report.approved_by


def closer(me: Person, report: Thing) -> bool:
    """An officer of the station that closes the month."""
    return me.is_station and me.over(report.unit)


def leader(me: Person, report: Thing) -> bool:
    """Decides today at a level of its line below the station."""
    return any(code in me.leads for code in LINES[report.unit] if code not in OFFICES)


TABLE: dict[tuple[str, str], tuple[Guard, ...]] = {
    ("draft", "edit"): (author,),
    ("draft", "delete"): (author,),
    ("draft", "submit"): (author,),
    ("draft", "withdraw"): (author,),
    ("returned", "edit"): (author,),
    ("returned", "submit"): (author,),
    ("returned", "correct"): (leader, not_own),
    ("returned", "withdraw"): (author,),
    ("returned of gone", "withdraw"): (leader, not_own),
    ("in_review", "withdraw"): (author,),
    ("in_review", "approve"): (holder, not_own, not_corrector),
    ("in_review", "step-back"): (holder, not_first),
    ("in_review", "return"): (holder,),
    ("in_review", "correct"): (holder, not_own),
    ("in_review", "undo"): (undoes,),
    ("confirmed", "undo"): (undoes,),
    ("confirmed", "return"): (closer,),
    ("sealed", "return"): (closer,),
}
"""(state, action) → what must hold; what is not here answers 409, whoever asks."""
BELOW_THE_STATION = ("withdraw", "correct")
"""Of a report in review only before it waits at the station."""


def guards(report: Thing, action: str) -> tuple[Guard, ...] | None:
    """What must hold; None where the state leads nowhere."""
    if report.state == "in_review" and action in BELOW_THE_STATION and report.at in OFFICES:
        return None
    if report.state == "returned" and PEOPLE.get(report.by, Person("")).out and (report.state, action) in TABLE:
        return TABLE.get(("returned of gone", action), TABLE[report.state, action])
    return TABLE.get((report.state, action))


def step(action: str, operation: str = "", **said: Any) -> Row:
    """The line of one action on a report."""

    def send(town: Town, me: Person, report: Thing) -> dict[str, Any]:
        body = {name: value(town) if callable(value) else value for name, value in said.items()}
        return {"headers": {"If-Match": f'"{report.version}"'}, **({"json": body} if body else {})}

    def state(report: Thing) -> int:
        return 409 if guards(report, action) is None else 0

    def may(me: Person, report: Thing) -> bool:
        return all(guard(me, report) for guard in guards(report, action) or ())

    asked = operation or f"POST {REPORT}/{action}"
    return Row(asked, "reports", sees=reads, state=state, may=may, send=send)


WHY = {"comment": "時刻を確かめてください"}
ROWS = [
    Row(f"GET {REPORT}", "reports", sees=reads),
    Row(f"GET {REPORT}/history", "reports", sees=reads),
    step("edit", f"PATCH {REPORT}", place="本町の器具置場"),
    step("delete", f"DELETE {REPORT}"),
    step("submit"),
    step("approve"),
    step("step-back", **WHY),
    step("return", **WHY),
    step("withdraw", **WHY),
    step("undo"),
    step("correct", place="本町の器具置場", **WHY),
]
