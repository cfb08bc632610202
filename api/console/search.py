"""Finding reports by words: number, place, what was done, kind, and the people in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response as BaseResponse

from api.console.inbox import rows_of
from api.console.pages import Console, Visit
from api.paging import page
from api.problems import language
from brigade.activity.actions import WITH_CONTENT
from brigade.activity.activities import ActivityReport
from brigade.activity.listing import KEYS, ways_to_newest
from brigade.activity.search import few, holding
from brigade.activity.workflow import State
from brigade.texts import check_text

screens = Console("search")
AT_ONCE, WORDS_MAX = 50, 100


@screens.page("/reports", heavy=True)
def search(visit: Visit) -> BaseResponse:
    """The newest activity first; without words, all that one may see."""
    words, problems = check_text("/q", visit.args.get("q"), WORDS_MAX, multiline=False)
    state = visit.args.get("state", "")
    state = state if state in list(State) else ""
    words = "" if problems else words
    narrowed = few(visit.session, words)

    def wanted(report: Any) -> list[ColumnElement[bool]]:
        found = [report.state == state] if state else []
        return found if narrowed is not None else found + holding(words, report)

    ways = ways_to_newest(visit.actor, wanted) if narrowed is None else []
    query = select(ActivityReport).options(*WITH_CONTENT).where(*wanted(ActivityReport))
    query = query if narrowed is None else query.where(narrowed)
    asked = {"cursor": visit.args.get("cursor") or None, "limit": AT_ONCE, "count": False}
    found = page(visit.session, query, KEYS, asked, lambda row: row, descending=True, ways=ways)
    rows = [] if problems else rows_of(visit, found["items"], language(), {})
    return visit.page(
        "search.html", 422 if problems else 200, problems=problems, rows=rows, q=visit.args.get("q", ""), state=state,
        states=("", *State), more=None if problems else found["next_cursor"],
    )  # fmt: skip
