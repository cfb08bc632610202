"""Who changed what and when, in words: looked up by a name, by what was done, by days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api.console import audit_words
from api.console.pages import Console, Visit
from api.endpoint import OFFICERS
from api.paging import page
from api.present import Names
from api.problems import language
from brigade.audit import AuditEntry
from brigade.audit_search import Asked, entries
from brigade.organisation.member_search import MOST_LETTERS
from brigade.problems import FieldProblem
from brigade.texts import check_date
from brigade.wording import words

screens = Console("office_audit")
ROWS = 50
"""Entries on one page."""


@screens.page("/office/audit", needs=OFFICERS, heavy=True)
def audit(visit: Visit) -> BaseResponse:
    """The newest first."""
    args, problems = visit.args, []
    days: dict[str, dt.date | None] = {}
    for name in ("from", "to"):
        days[name], problem = check_date(f"/{name}", args[name]) if args.get(name) else (None, None)
        problems += [problem] if problem else []
    done = args.get("action", "")
    asked = Asked(args.get("q", "")[:MOST_LETTERS], (done,) if done in _actions() else (), days["from"], days["to"])
    return _list(visit, asked, problems)


def _actions() -> list[str]:
    """Everything that is noted, as the catalogue of words knows it."""
    return [key.removeprefix("audit.action.") for key in words("ja") if key.startswith("audit.action.")]


def _list(visit: Visit, asked: Asked, problems: Sequence[FieldProblem]) -> BaseResponse:
    found: dict[str, Any] = {"items": [], "next_cursor": None, "count": 0}
    if not problems:
        query, keys = entries(visit.session, visit.actor, asked), (AuditEntry.at, AuditEntry.id)
        found = page(visit.session, query, keys, visit.asked(ROWS, count=True), lambda row: row, descending=True)
    return visit.page(
        "audit.html", 422 if problems else 200, problems=problems, asked=asked, args=visit.args, actions=_actions(),
        entries=_entries(visit, found["items"]), all=found["count"], more=found["next_cursor"],
        chosen={name: visit.args[name] for name in ("q", "action", "from", "to") if visit.args.get(name)},
    )  # fmt: skip


def _entries(visit: Visit, rows: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    ids = {row.actor_id for row in rows} | {row.subject_id for row in rows}
    ids |= {id_ for row in rows for value in row.data.values() for id_ in audit_words.ids_in(value)}
    names, lang = Names(visit.session, ids, ids), language()
    return [
        {
            "at": row.at,
            "who": (names.member(row.actor_id) or {}).get("name", ""),
            "what": audit_words.done(row.action, lang),
            "about": audit_words.name_of(names, row.subject_id),
            "facts": audit_words.facts(row.action, row.data, names, lang),
        }
        for row in rows
    ]
