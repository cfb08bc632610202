"""Finding reports by words: number, place, what was done, kind, and the people in them."""

from __future__ import annotations

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api import present
from api.console.inbox import rows_of
from api.console.pages import Console, Visit
from api.paging import page
from brigade.activity.actions import WITH_CONTENT
from brigade.activity.activities import ActivityReport
from brigade.activity.search import ReportWords, matching
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
    query = select(ActivityReport).options(*WITH_CONTENT)
    if state:
        query = query.where(ActivityReport.state == state)
    condition = None if problems else matching(visit.session, words)
    if condition is not None:
        query = query.where(ActivityReport.id.in_(select(ReportWords.report_id).where(condition)))
    wanted = {"cursor": visit.args.get("cursor") or None, "limit": AT_ONCE, "count": False}
    keys = (ActivityReport.started_at, ActivityReport.id)
    found = page(visit.session, query, keys, wanted, lambda row: row, descending=True)
    rows = [] if problems else rows_of(visit.session, found["items"], present.language(), {})
    return visit.page(
        "search.html", 422 if problems else 200, problems=problems, rows=rows, q=visit.args.get("q", ""), state=state,
        states=("", *State), more=None if problems else found["next_cursor"],
    )  # fmt: skip
