"""A roster brought in: sent, looked at row by row with what is wrong beside it, carried out whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api import roster_imports as served
from api.console import session as browser
from api.console.office import first_of
from api.console.pages import Console, Visit, go
from api.console.scans import version_of
from api.endpoint import OFFICERS, Call
from api.paging import page
from api.present import Names
from brigade.organisation import roster_imports
from brigade.organisation.roster_file import COLUMNS, HEADINGS, MAX_BYTES
from brigade.organisation.roster_imports import RosterImport, totals
from brigade.problems import FieldProblem, Invalid, Problem

screens = Console("office_rosters")
MOST = 20
"""Imports on a page of the list."""

ROWS = 100
"""Rows on one page."""

MAX_FORM = MAX_BYTES + 64 * 1024
TABS = ("wrong", "changing", "all")
OF_THE_FILE = ("too-large", "wrong-media-type")


@screens.page("/office/rosters", needs=OFFICERS)
def rosters(visit: Visit) -> BaseResponse:
    """Sending a file, and what was sent before."""
    return _list(visit)


def _list(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    keys = (RosterImport.created_at, RosterImport.id)
    found = page(visit.session, select(RosterImport), keys, visit.asked(MOST), lambda row: row, descending=True)
    rows = found["items"]
    names = Names(visit.session, {row.created_by_id for row in rows}, ())
    shown = [(row, totals(row), names.member(row.created_by_id)) for row in rows]
    return visit.page(
        "rosters.html", status, problems=problems, rows=shown, more=found["next_cursor"], form=visit.form,
        headings=[(name, HEADINGS[name][1]) for name in COLUMNS],
    )  # fmt: skip


@screens.act("/office/rosters", needs=OFFICERS, most=MAX_FORM)
def sends(visit: Visit) -> BaseResponse:
    """The file is read; nothing of the roster changes yet."""
    try:
        made = served.take_in(Call(visit.session, visit.actor), *served.sent_roster(besides=("token",))).body
    except Invalid as invalid:
        visit.session.rollback()
        return _list(visit, 422, invalid.problems)
    except Problem as problem:
        if problem.code not in OF_THE_FILE:
            raise
        visit.session.rollback()
        return _list(visit, 422, [FieldProblem("/file", problem.code, problem.params)])
    return go("console_office_rosters.roster", import_id=made["id"])


@screens.page("/office/rosters/<uuid:import_id>", needs=OFFICERS)
def roster(visit: Visit, import_id: uuid.UUID) -> BaseResponse:
    """What would change and what is wrong, the wrong rows first."""
    found = served.roster_out(visit.session, roster_imports.read(visit.session, visit.actor, import_id))
    tab = _tab(visit, found)
    rows = [row for row in found["rows"] if _is_in(tab, row)]
    first = first_of(visit, len(rows))
    return visit.page(
        "roster-import.html", roster=found, tab=tab, tabs=[(name, _count(name, found)) for name in TABS],
        rows=rows[first : first + ROWS], first=first, all=len(rows), step=ROWS,
        columns=[name for name in COLUMNS if any(name in row["values"] for row in found["rows"][:1])],
        headings={name: HEADINGS[name][1] for name in COLUMNS},
    )  # fmt: skip


def _tab(visit: Visit, found: dict[str, Any]) -> str:
    """The one asked for; else what asks for something to be done."""
    asked = visit.args.get("tab")
    return asked if asked in TABS else TABS[0] if _count(TABS[0], found) else TABS[1]


def _is_in(tab: str, row: dict[str, Any]) -> bool:
    if tab == "wrong":
        return bool(row["problems"])
    return tab == "all" or row["change"] != "unchanged"


def _count(tab: str, found: dict[str, Any]) -> int:
    return sum(_is_in(tab, row) for row in found["rows"])


@screens.act("/office/rosters/<uuid:import_id>/apply", needs=OFFICERS, step_up="role-change")
def applies(visit: Visit, import_id: uuid.UUID) -> BaseResponse:
    """All rows or none; what has become wrong since the preview is kept and stands on it."""
    done = roster_imports.apply(visit.session, visit.actor, import_id, version_of(visit))
    browser.say("console.said.roster_applied", count=totals(done)["rows"])
    return go("console_office_rosters.roster", import_id=import_id)
