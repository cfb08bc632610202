"""The kinds of activity that reports may have, and how each is treated."""

from __future__ import annotations

from werkzeug.wrappers import Response as BaseResponse

from api.console.pages import Console, Visit
from api.endpoint import OFFICERS
from api.problems import language
from brigade.activity.kinds import catalogue

screens = Console("office_kinds")


@screens.page("/office/kinds", needs=OFFICERS)
def kinds(visit: Visit) -> BaseResponse:
    """All of them, in the order of the forms."""
    lang = language()
    return visit.page("kinds.html", kinds=[(kind, kind.label.of(lang)) for kind in catalogue()])
