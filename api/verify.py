"""Is this paper what the station sealed? For whoever holds it: over the API, and as a page that a phone opens."""

from __future__ import annotations

import functools
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from api.body import Strict
from api.endpoint import PUBLIC, Call, Resource
from api.extensions import db
from api.present import instant
from api.problems import STATUS, language
from brigade.dates import era_date, era_month, tokyo_day
from brigade.month.verifying import Verified, verify
from brigade.problems import Problem
from brigade.wording import text

resource = Resource("verify", "確かめる Verify", "/verify")
pages = Blueprint("verify_pages", __name__, template_folder="templates")


class VerifiedOut(Strict):
    """What the document with this code says on its cover; ``newest`` false when a newer edition has replaced it."""

    code = fields.String(required=True)
    unit_name = fields.String(required=True)
    level = fields.String(required=True)
    month = fields.String(required=True)
    number = fields.Integer(required=True)
    newest_number = fields.Integer(required=True)
    newest = fields.Boolean(required=True)
    sealed_at = fields.String(required=True)
    post = fields.String(required=True)
    office = fields.String(required=True)
    times = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    yen = fields.Integer(required=True)


@resource.get("/<code>", "Verify a printed document", needs=PUBLIC, returns=VerifiedOut(), problems=(404, 422))
def verified(call: Call, code: str) -> dict[str, Any]:
    """By the code at the foot of its pages; blanks, small letters and full width do not matter."""
    found = verify(call.session, code)
    return {**asdict(found), "sealed_at": instant(found.sealed_at), "newest": found.number == found.newest_number}


@pages.get("/verify")
def ask() -> BaseResponse | str:
    """Where a code is typed."""
    typed = request.args.get("code", "").strip()
    if typed:
        return redirect(url_for("verify_pages.show", code=typed))
    return _page(None, "", None)


@pages.get("/verify/<code>")
def show(code: str) -> tuple[str, int] | Response:
    """What stands behind the QR code of a document."""
    try:
        return Response(_page(verify(db.session(), code), code, None))
    except Problem as problem:
        return _page(None, code, problem.code), STATUS[problem.code]
    finally:
        db.session.remove()


def _page(found: Verified | None, code: str, problem: str | None) -> str:
    lang = language()
    day = "" if found is None else era_date(tokyo_day(found.sealed_at)) if lang == "ja" else instant(found.sealed_at)
    return render_template(
        "verify.html",
        lang=lang,
        t=functools.partial(text, lang=lang),
        found=found,
        code=code,
        problem=problem,
        day=day,
        month="" if found is None else era_month(found.month) if lang == "ja" else found.month,
    )
