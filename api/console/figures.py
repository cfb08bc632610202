"""A figure explains itself: the reports behind it, what each adds, by which rule, and who decided on it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from api import editions
from api.console.months import asked_unit
from api.console.pages import Console, Visit
from api.endpoint import Call
from api.explain import CellQuery
from api.explain import figures as of_month
from api.problems import field_problems, language
from brigade.activity.kinds import kind_label
from brigade.problems import Invalid
from brigade.wording import text

screens = Console("figures")
CELL = ("kind", "member_id", "category", "cursor")
PAGE = 50


def _cell(args: MultiDict[str, str]) -> dict[str, Any]:
    """Which figure is asked for. Invalid for what cannot be one."""
    said = {name: args[name] for name in CELL if args.get(name)}
    try:
        cell: dict[str, Any] = CellQuery().load({**said, "limit": PAGE})
    except ValidationError as error:
        raise Invalid(list(field_problems(error.messages))) from None
    return cell


@screens.page("/months/<month>/figures", one_state=True, heavy=True)
def figure(visit: Visit, month: str) -> BaseResponse:
    """One figure of the month so far, from the same source as the API's."""
    unit_id = asked_unit(visit)
    found = of_month(Call(visit.session, visit.actor, query={**_cell(visit.args), "unit_id": unit_id}), month)
    back = url_for("console_months.sums", month=month, unit_id=unit_id)
    return _page(visit, found, back, {"endpoint": "console_figures.figure", "month": month})


@screens.page("/editions/<uuid:edition_id>/figures", one_state=True, heavy=True)
def sealed_figure(visit: Visit, edition_id: uuid.UUID) -> BaseResponse:
    """One figure as it was sealed."""
    query = {**_cell(visit.args), "unit_id": asked_unit(visit) if visit.args.get("unit_id") else None}
    found = editions.figures(Call(visit.session, visit.actor, query=query), edition_id)
    back = url_for("console_editions.sums", edition_id=edition_id, unit_id=found["unit"]["id"])
    return _page(visit, found, back, {"endpoint": "console_figures.sealed_figure", "edition_id": edition_id})


def _page(visit: Visit, found: dict[str, Any], back: str, at: dict[str, Any]) -> BaseResponse:
    lang = language()
    named = []
    if found["kind"]:
        named.append(kind_label(found["kind"], lang))
    if found["category"]:
        named.append(text(f"class.statistics.{found['category']}", lang))
    if found["member_id"]:
        people = (part["member"] for item in found["items"] for part in item["people"])
        named.append(next((one["name"] for one in people if one["id"] == str(found["member_id"])), ""))
    more = None
    if found["next_cursor"]:
        cell = {name: found[name] for name in ("kind", "member_id", "category") if found[name]}
        more = url_for(**at, **cell, unit_id=found["unit"]["id"], cursor=found["next_cursor"])
    sealed = at["endpoint"] == "console_figures.sealed_figure"
    return visit.page("figure.html", found=found, named=named, back=back, more=more, is_sealed=sealed)
