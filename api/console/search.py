"""Finding reports: by words (number, place, what was done, kind, people), state, kind, unit and days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api.console import typed
from api.console.inbox import rows_of
from api.console.office import units_to_choose
from api.console.pages import Console, Visit
from api.paging import page
from api.problems import language
from brigade.activity.actions import WITH_CONTENT
from brigade.activity.kinds import catalogue
from brigade.activity.listing import KEYS, Wanted, newest
from brigade.activity.workflow import State
from brigade.problems import FieldProblem
from brigade.texts import check_date, check_text

screens = Console("search")
AT_ONCE, WORDS_MAX = 50, 100
ASKED = ("q", "unit_id", "kind", "state", "from", "to")


@screens.page("/reports", heavy=True)
def search(visit: Visit) -> BaseResponse:
    """The newest activity first; where nothing is asked for, all that one may see."""
    asked = {name: visit.args[name] for name in ASKED if visit.args.get(name)}
    wanted, problems = _wanted(visit, asked)
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    if not problems:
        query, ways = newest(visit.session, visit.actor, wanted)
        found = page(
            visit.session, query.options(*WITH_CONTENT), KEYS, visit.asked(AT_ONCE), lambda row: row, descending=True,
            ways=ways,
        )  # fmt: skip
    return visit.page(
        "search.html", 422 if problems else 200, problems=problems, asked=asked, words_max=WORDS_MAX,
        rows=rows_of(visit, found["items"], language(), {}), more=found["next_cursor"], units=units_to_choose(visit),
        states=State, kinds=[(kind.code, kind.label.of(language())) for kind in catalogue()],
    )  # fmt: skip


def _wanted(visit: Visit, asked: dict[str, str]) -> tuple[Wanted, list[FieldProblem]]:
    """What was asked for, and what of it cannot be read. A choice that the page does not offer narrows nothing."""
    words, wrong = check_text("/q", asked.get("q"), WORDS_MAX, multiline=False)
    problems = [*wrong]
    days: dict[str, dt.date | None] = {}
    for name in ("from", "to"):
        days[name], problem = check_date(f"/{name}", asked[name]) if name in asked else (None, None)
        problems += [problem] if problem else []
    state, kind = asked.get("state"), asked.get("kind")
    wanted = Wanted(
        visit.actor.today,
        words,
        state=state if state in list(State) else None,
        kind=kind if kind and catalogue().get(kind) else None,
        unit_id=typed.id_of(asked["unit_id"]) if "unit_id" in asked else None,
        first=days["from"],
        last=days["to"],
    )
    return wanted, problems
