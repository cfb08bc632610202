"""Sealed editions: the list, one with its units and documents, its sums, and what changed since the one before."""

from __future__ import annotations

import uuid

from werkzeug.wrappers import Response as BaseResponse

from api import editions as served
from api.console import typed
from api.console.months import sums_page
from api.console.pages import Console, Visit, sent
from api.edition_documents import CSV, DIFFERENCES, ENCODINGS, PDF, SETS, XLSX, sheet_of
from api.endpoint import Call
from api.paging import page
from api.present import Names
from api.problems import language
from brigade.month import editions as kept
from brigade.month.editions import Edition
from brigade.problems import NotFound

screens = Console("editions")
MOST = 60


@screens.page("/editions")
def editions(visit: Visit) -> BaseResponse:
    """The newest first."""
    keys = (Edition.month, Edition.sealed_at, Edition.id)
    found = page(visit.session, kept.editions(None, None), keys, visit.asked(MOST), lambda row: row, descending=True)
    rows = found["items"]
    seen = kept.topmost(visit.session, [row.id for row in rows])
    names = Names(visit.session, (), {row.unit_id for row in rows})
    shown = [(row, names.unit(row.unit_id), seen[row.id]) for row in rows if row.id in seen]
    return visit.page("editions.html", editions=shown, more=found["next_cursor"])


def _unit(visit: Visit) -> uuid.UUID | None:
    value = visit.args.get("unit_id")
    return typed.id_of(value) if value else None


def _asked(visit: Visit) -> Call:
    return Call(visit.session, visit.actor, query={"unit_id": _unit(visit)})


@screens.page("/editions/<uuid:edition_id>")
def edition(visit: Visit, edition_id: uuid.UUID) -> BaseResponse:
    """Its documents, one press each; those of a whole set first."""
    found = served.read(_asked(visit), edition_id)
    return visit.page("edition.html", edition=found, sets=[one for one in SETS if one in found["documents"]],
                      tables=CSV, pdf=PDF, xlsx=XLSX, differences=DIFFERENCES, encodings=ENCODINGS)  # fmt: skip


@screens.page("/editions/<uuid:edition_id>/sums")
def sums(visit: Visit, edition_id: uuid.UUID) -> BaseResponse:
    """The sealed figures; each leads to what it was made from."""
    found, unit_id = served.seen(_asked(visit), edition_id)
    sheet = sheet_of(visit.session, found.id, unit_id, language())
    return sums_page(visit, sheet, edition=found)


@screens.page("/editions/<uuid:edition_id>/differences")
def differences(visit: Visit, edition_id: uuid.UUID) -> BaseResponse:
    """Plus and minus against the edition before, report by report and person by person."""
    found, unit_id = served.seen(_asked(visit), edition_id)
    sheet = sheet_of(visit.session, found.id, unit_id, language())
    if sheet.differences is None:
        raise NotFound()
    return visit.page("differences.html", edition=found, sheet=sheet, changed=sheet.differences)


@screens.page("/editions/<uuid:edition_id>/files/<name>", step_up="export")
def document(visit: Visit, edition_id: uuid.UUID, name: str) -> BaseResponse:
    """A document as it was first made."""
    if name not in served.DOCUMENTS:
        raise NotFound()
    encoding = visit.args.get("encoding", "")
    if encoding and (encoding not in ENCODINGS or not name.endswith(".csv")):
        raise NotFound()
    return sent(served.document_of(_asked(visit), edition_id, name, encoding))
