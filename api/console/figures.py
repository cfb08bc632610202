"""A figure explains itself: the reports behind it, what each adds, by which rule, and who decided on it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from marshmallow import ValidationError
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from api import editions
from api.console.months import asked_unit
from api.console.pages import Console, Visit
from api.console.sums import PAID_AT_ONCE
from api.endpoint import Call
from api.explain import CellQuery, figure_out, of_month
from api.present import read_kana
from api.problems import field_problems, language
from brigade.activity.history import ReportEvent
from brigade.activity.kinds import kind_label
from brigade.problems import Invalid
from brigade.wording import text

screens = Console("figures")
CELL = ("kind", "member_id", "category", "cursor")
PAGE = 15


def _cell(args: MultiDict[str, str]) -> dict[str, Any]:
    """Which figure is asked for. Invalid for what cannot be one."""
    said = {name: args[name] for name in CELL if args.get(name)}
    try:
        cell: dict[str, Any] = CellQuery().load({**said, "limit": PAGE})
    except ValidationError as error:
        raise Invalid(list(field_problems(error.messages))) from None
    return cell


@screens.page("/months/<month>/figures", heavy=True)
def figure(visit: Visit, month: str) -> BaseResponse:
    """One figure of the month so far, from the same source as the API's."""
    unit_id = asked_unit(visit)
    call = Call(visit.session, visit.actor, query={**_cell(visit.args), "unit_id": unit_id})
    is_paid = bool(visit.args.get("pay"))
    found = figure_out(of_month(call, month, call.query, PAGE, None if is_paid else PAID_AT_ONCE))
    back = url_for("console_months.sums", month=month, unit_id=unit_id)
    return _page(visit, found, back, {"endpoint": "console_figures.figure", "month": month})


@screens.page("/editions/<uuid:edition_id>/figures", heavy=True)
def sealed_figure(visit: Visit, edition_id: uuid.UUID) -> BaseResponse:
    """One figure as it was sealed."""
    query = {**_cell(visit.args), "unit_id": asked_unit(visit) if visit.args.get("unit_id") else None}
    found = editions.figures(Call(visit.session, visit.actor, query=query), edition_id)
    back = url_for("console_editions.sums", edition_id=edition_id, unit_id=found["unit"]["id"])
    return _page(visit, found, back, {"endpoint": "console_figures.sealed_figure", "edition_id": edition_id})


def _deciding(visit: Visit, found: dict[str, Any]) -> set[uuid.UUID]:
    """Who did something to the reports on the page: their names stand there without who they are."""
    ids = [uuid.UUID(item["report_id"]) for item in found["items"]]
    asked = select(ReportEvent.actor_id).where(ReportEvent.report_id.in_(ids), ReportEvent.actor_id.is_not(None))
    return set(visit.session.scalars(asked.distinct()))


def _page(visit: Visit, found: dict[str, Any], back: str, at: dict[str, Any]) -> BaseResponse:
    lang = language()
    people = {one["id"]: one["name"] for item in found["items"] for one in (part["member"] for part in item["people"])}
    read_kana(visit.session, {*map(uuid.UUID, people), *_deciding(visit, found)})
    named = []
    if found["kind"]:
        named.append(kind_label(found["kind"], lang))
    if found["category"]:
        named.append(text(f"class.statistics.{found['category']}", lang))
    if found["member_id"]:
        named.append(people.get(str(found["member_id"]), ""))
    cell = {name: found[name] for name in ("kind", "member_id", "category") if found[name]}
    here: dict[str, Any] = {**at, **cell, "unit_id": found["unit"]["id"]}
    kept: dict[str, Any] = {"pay": visit.args["pay"]} if visit.args.get("pay") else {}
    more = url_for(**here, **kept, cursor=found["next_cursor"]) if found["next_cursor"] else None
    sealed = at["endpoint"] == "console_figures.sealed_figure"
    pay = url_for(**here, pay=1, cursor=visit.args.get("cursor")) if found["yen"] is None else None
    return visit.page("figure.html", found=found, named=named, back=back, more=more, pay=pay, is_sealed=sealed)
