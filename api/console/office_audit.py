"""Who changed what and when, in words: looked up by a name, by what was done, by days."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api.console import shown
from api.console.office import first_of
from api.console.pages import Console, Visit
from api.endpoint import OFFICERS
from api.present import Names
from api.problems import language
from brigade.audit import AuditEntry
from brigade.audit_search import Asked, find_entries
from brigade.organisation.member_search import MOST_LETTERS
from brigade.problems import FieldProblem
from brigade.texts import check_date, check_id
from brigade.wording import has, text, words

screens = Console("office_audit")
ROWS = 50
"""Entries on one page."""

LONGEST = 120
"""Letters of one value; a longer one is cut."""


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
    start = first_of(visit, 10**6)
    total, rows = (0, ()) if problems else find_entries(visit.session, visit.actor, asked, start, ROWS)
    return visit.page(
        "audit.html", 422 if problems else 200, problems=problems, asked=asked, args=visit.args, actions=_actions(),
        entries=_entries(visit, rows), first=start, step=ROWS, all=total,
        chosen={name: visit.args[name] for name in ("q", "action", "from", "to") if visit.args.get(name)},
    )  # fmt: skip


def _entries(visit: Visit, rows: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    ids = {row.actor_id for row in rows} | {row.subject_id for row in rows}
    ids |= {id_ for row in rows for value in row.data.values() for id_ in _ids(value)}
    names, lang = Names(visit.session, ids, ids), language()
    return [
        {
            "at": row.at,
            "who": (names.member(row.actor_id) or {}).get("name", ""),
            "what": text(f"audit.action.{row.action}", lang) if has(f"audit.action.{row.action}") else row.action,
            "about": _name(names, row.subject_id),
            "facts": [
                (text(f"audit.data.{key}", lang) if has(f"audit.data.{key}") else key, _said(value, names, lang))
                for key, value in row.data.items()
            ],
        }
        for row in rows
    ]


def _ids(value: Any) -> Iterator[uuid.UUID]:
    for one in value if isinstance(value, list) else [value]:
        found, problem = check_id("", one)
        if found is not None and problem is None:
            yield found


def _name(names: Names, id_: uuid.UUID) -> str:
    found = names.member(id_) or names.unit(id_)
    return found["name"] if found else ""


def _said(value: Any, names: Names, lang: str) -> str:
    """A value of an entry as a person reads it: a name for an id, a day for a date, words for codes that have some."""
    if isinstance(value, dict):
        parts = [f"{_label(key, lang)} {_said(one, names, lang)}" for key, one in value.items()]
        return text("audit.and", lang).join(parts) or text("audit.nothing", lang)
    if isinstance(value, list):
        return text("audit.and", lang).join(_said(one, names, lang) for one in value) or text("audit.nothing", lang)
    if isinstance(value, bool):
        return text("audit.yes" if value else "audit.no", lang)
    if value is None or value == "":
        return text("audit.nothing", lang)
    for id_ in _ids(value):
        return _name(names, id_) or str(value)[:8]
    day, _ = check_date("", value)
    if day is not None:
        return shown.day(day, lang)
    return next((text(key, lang) for key in _worded(str(value))), str(value)[:LONGEST])


def _worded(value: str) -> Iterator[str]:
    """Keys of the catalogue that say the same as a stored code."""
    yield from (key for prefix in ("post", "level", "absence", "audit.value") if has(key := f"{prefix}.{value}"))


def _label(key: str, lang: str) -> str:
    return next((text(one, lang) for one in (f"setting.{key}", f"audit.data.{key}") if has(one)), key)
