"""Paper forms to print: which there are, and one as PDF, blank or with a squad's roster."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api import filenames
from api.body import Strict
from api.endpoint import Answer, Call, Resource
from api.problems import language
from brigade.form_sheets import filling_for
from brigade.forms.shelf import newest
from brigade.forms.template import Template
from brigade.month.spans import checked_month
from brigade.problems import NotFound

resource = Resource("forms", "紙の様式 Paper forms", "/forms")


class FormOut(Strict):
    """One form. ``own``: made by us, with marks and a code; others are layouts in use before. ``pages`` of a blank one:
    a squad with more than ``people_per_page`` gets more. ``variables`` are what it can be filled with.
    """

    code = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    purpose = fields.String(required=True)
    own = fields.Boolean(required=True)
    pages = fields.Integer(required=True)
    people_per_page = fields.Integer(required=True)
    activities_per_page = fields.Integer(required=True)
    variables = fields.List(fields.String(), required=True)


class FormsOut(Strict):
    """All forms, ours first."""

    items = fields.List(fields.Nested(FormOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SheetQuery(Strict):
    """The squad whose names are printed, the month, the event; a blank sheet where nothing is said."""

    unit_id = fields.UUID(load_default=None)
    month = fields.String(load_default=None)
    event_id = fields.UUID(load_default=None)


@resource.get("", "Paper forms", returns=FormsOut(), conditional=True)
def listed(call: Call) -> dict[str, Any]:
    """Every form that can be printed, in its newest version."""
    return {"items": [_form(template) for template in newest().values()], "next_cursor": None}


def _form(template: Template) -> dict[str, Any]:
    lang = language()
    return {
        "code": template.code,
        "version": template.version,
        "title": template.label.of(lang),
        "purpose": template.purpose.of(lang),
        "own": template.own,
        "pages": 1,
        "people_per_page": template.people,
        "activities_per_page": template.reports,
        "variables": list(template.variables),
    }


@resource.get(
    "/<code>.pdf", "A sheet to print", query=SheetQuery(), media_type="application/pdf"
)  # fmt: skip
def sheet(call: Call, code: str) -> Answer:
    """The form in Japanese on A4, with the roster of one's own squad or of one that one leads; of an event, of its day."""
    from reports.forms.sheet import form_pdf  # reportlab is loaded when the first document is asked for

    template = newest().get(code)
    if template is None:
        raise NotFound()
    asked = call.query
    if asked["month"] is not None:
        checked_month(asked["month"])
    filling = filling_for(call.session, call.actor, template, **asked)
    call.session.rollback()  # drawing takes longer than reading: no writer should wait for it
    pdf = form_pdf(template, filling, made_at=call.actor.now)
    name = "-".join(part for part in (code, filling.period) if part)
    headers = filenames.named(
        "inline", f"{name}.pdf", filling.unit, filenames.when(filling.period), template.label.of(language())
    )
    return Answer(pdf, media_type="application/pdf", headers=headers)
