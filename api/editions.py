"""Sealed editions: what they add up to, what changed from one to the next, their documents."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from marshmallow import fields

from api import filenames
from api.body import Strict, Text, one_of
from api.edition_documents import (
    CSV,
    DIFFERENCES,
    ENCODINGS,
    PDF,
    SET_PDF,
    SET_ZIP,
    SETS,
    TYPES,
    XLSX,
    document,
    sheet_of,
)
from api.endpoint import Answer, Call, Resource
from api.explain import CellQuery, ExplanationOut, explained, figure_out, place_of
from api.paging import PageQuery, page, page_schema
from api.present import Names, instant
from api.problems import language
from api.schemas import UnitRef
from brigade.month import editions
from brigade.month.edition_files import Made, Which
from brigade.month.editions import Edition, EditionUnit
from brigade.month.explain import paged
from brigade.month.figures import below
from brigade.month.spans import checked_month
from brigade.problems import NotFound
from brigade.viewings import Kept, viewed_in

resource = Resource("editions", "確定版 Editions", "/editions")


class EditionsQuery(PageQuery):
    """Editions of which the unit is a part, and those of the units below it; of one month or of all."""

    unit_id = fields.UUID(load_default=None)
    month = Text(max=7, load_default=None)


class OfUnit(Strict):
    """``unit_id``: a unit of the edition, else its topmost that one may look into."""

    unit_id = fields.UUID(load_default=None)


class TableQuery(OfUnit):
    """``encoding`` utf-8 (with a byte order mark) or cp932; characters that it lacks are counted in a header."""

    encoding = fields.String(load_default=ENCODINGS[0], validate=one_of(ENCODINGS))


class SealedFigureQuery(CellQuery, OfUnit):
    """A figure of one unit of the edition."""


class SumsOut(Strict):
    """What a unit of an edition adds up to. ``minutes`` are person-minutes, ``unknown`` lines without an amount."""

    times = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)


class EditionUnitOut(SumsOut):
    """One unit of an edition, and the code that its documents bear."""

    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    code = fields.String(required=True)


class EditionOut(SumsOut):
    """One edition, seen from ``unit``: the topmost of its units that the asker may look into."""

    id = fields.UUID(required=True)
    month = fields.String(required=True)
    number = fields.Integer(required=True)
    of = fields.Nested(UnitRef, required=True)
    unit = fields.Nested(UnitRef, required=True)
    code = fields.String(required=True)
    sealed_at = fields.String(required=True)
    sealed_by = fields.String(required=True)
    post = fields.String(required=True)
    office = fields.String(required=True)
    comment = fields.String(required=True)


class EditionWholeOut(EditionOut):
    """The same with all its units, where its documents are, and the edition before."""

    previous_id = fields.UUID(required=True, allow_none=True)
    left_open = fields.Integer(required=True)
    units = fields.List(fields.Nested(EditionUnitOut), required=True)
    documents = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PersonDifferenceOut(Strict):
    """Plus and minus of one person at one report."""

    member_id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    yen_before = fields.Integer(required=True)
    yen_after = fields.Integer(required=True)
    yen = fields.Integer(required=True)
    because = fields.String(required=True)


class DifferenceOut(Strict):
    """One report that is new (``added``), gone (``removed``), changed, or only paid otherwise (``pay``), since when."""

    report_id = fields.UUID(required=True)
    report_number = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    started_at = fields.String(required=True)
    what = fields.String(required=True)
    at = fields.String(required=True, allow_none=True)
    times = fields.Integer(required=True)
    people = fields.List(fields.Nested(PersonDifferenceOut), required=True)


class TotalsOut(Strict):
    """The sums of one edition."""

    times = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    yen = fields.Integer(required=True)


class DifferencesOut(Strict):
    """The old sums and all that is listed give the new ones."""

    before = fields.Nested(TotalsOut, required=True)
    after = fields.Nested(TotalsOut, required=True)
    differences = fields.List(fields.Nested(DifferenceOut), required=True)


SUMS = ("times", "person_times", "minutes", "yen", "unknown")


def edition_out(edition: Edition, of: dict[str, Any] | None, seen: EditionUnit) -> dict[str, Any]:
    """An edition as answered to one who may look into ``seen`` and what is below it."""
    return {
        "id": str(edition.id),
        "month": edition.month,
        "number": edition.number,
        "of": of,
        "unit": {"id": str(seen.unit_id), "name": seen.name, "level": seen.level},
        "code": seen.code,
        **{name: getattr(seen, name) for name in SUMS},
        "sealed_at": instant(edition.sealed_at),
        "sealed_by": edition.sealed_by,
        "post": edition.post,
        "office": edition.office,
        "comment": edition.comment,
    }


@resource.get("", "Editions", query=EditionsQuery(), returns=page_schema(EditionOut()))
def find(call: Call) -> dict[str, Any]:
    """The newest first."""
    month = call.query["month"]
    query = editions.editions(call.query["unit_id"], month if month is None else checked_month(month))
    found = page(call.session, query, (Edition.sealed_at, Edition.id), call.query, lambda row: row, descending=True)
    rows = found["items"]
    names = Names(call.session, (), {row.unit_id for row in rows})
    seen = editions.topmost(call.session, [row.id for row in rows])
    found["items"] = [edition_out(row, names.unit(row.unit_id), seen[row.id]) for row in rows]
    return found


@resource.get("/<uuid:edition_id>", "An edition", returns=EditionWholeOut())
def read(call: Call, edition_id: uuid.UUID) -> dict[str, Any]:
    """Its sums by unit, its documents and their codes; of the units that one may look into."""
    edition = editions.edition(call.session, edition_id)
    units = editions.edition_units(call.session, edition_id)
    before = editions.editions_before(
        call.session, editions.unit_of(call.session, edition), edition.month, edition.number
    )
    whole = units[0].unit_id == edition.unit_id
    return {
        **edition_out(edition, Names(call.session, (), [edition.unit_id]).unit(edition.unit_id), units[0]),
        "previous_id": str(before[0].id) if before else None,
        "left_open": edition.left_open if whole else 0,
        "units": [
            {
                "unit_id": str(unit.unit_id), "name": unit.name, "level": unit.level, "code": unit.code,
                **{name: getattr(unit, name) for name in SUMS},
            }
            for unit in units
        ],
        "documents": {name: f"/api/v1/editions/{edition.id}/{name}" for name in _names(edition, whole)},
    }  # fmt: skip


def _names(edition: Edition, whole: bool) -> Sequence[str]:
    tables = CSV if edition.number > 1 else [name for name in CSV if name != DIFFERENCES]
    return [PDF, XLSX, *tables, *(SETS if whole else ())]


@resource.get(
    "/<uuid:edition_id>/differences", "What changed since the edition before", query=OfUnit(), returns=DifferencesOut()
)
def differences(call: Call, edition_id: uuid.UUID) -> dict[str, Any]:
    """Report by report and person by person. A first edition has none: 404."""
    _, unit_id = seen(call, edition_id)
    changed = sheet_of(call.session, edition_id, unit_id, language()).differences
    if changed is None:
        raise NotFound()
    return {
        "before": asdict(changed.before),
        "after": asdict(changed.after),
        "differences": [_difference_out(one) for one in changed.lines],
    }


@resource.get(
    "/<uuid:edition_id>/figures",
    "Why a sealed figure is what it is",
    query=SealedFigureQuery(),
    returns=ExplanationOut(),
)
def figures(call: Call, edition_id: uuid.UUID) -> dict[str, Any]:
    """The reports behind a figure of the edition, as they were sealed: what each adds, its lines of pay, its decisions."""
    edition, unit_id = seen(call, edition_id)
    rows = editions.rows_of(call.session, edition)
    if str(unit_id) != rows.unit_id:
        rows = below(rows, str(unit_id))
    return figure_out(paged(explained(rows, call.query), place_of(call.query["cursor"]), call.query["limit"]))


def _difference_out(one: Any) -> dict[str, Any]:
    return {
        "report_id": one.report_id, "report_number": one.report_number, "unit_id": one.unit_id, "kind": one.kind,
        "started_at": instant(one.started_at), "what": one.what, "at": instant(one.at), "times": one.times,
        "people": [{**asdict(person), "yen": person.yen} for person in one.people],
    }  # fmt: skip


def seen(call: Call, edition_id: uuid.UUID) -> tuple[Edition, uuid.UUID]:
    """The edition, and the unit asked for or the topmost that one may look into. NotFound for another one's."""
    edition, unit = _seen(call, edition_id)
    viewed_in(call.session, Kept("edition", edition_id, unit.unit_id))
    return edition, unit.unit_id


def _seen(call: Call, edition_id: uuid.UUID) -> tuple[Edition, EditionUnit]:
    edition = editions.edition(call.session, edition_id)
    units = editions.edition_units(call.session, edition_id)
    wanted = call.query["unit_id"] or units[0].unit_id
    found = next((unit for unit in units if unit.unit_id == wanted), None)
    if found is None:
        raise NotFound()
    return edition, found


# --- Documents --------------------------------------------------------------------------------------------------------


DOCUMENTS = {
    PDF: (
        "The month as PDF",
        "Cover with sums and approvals, figures, pay, exceptions, every report; of any unit of the edition.",
    ),
    XLSX: ("The month as a workbook", "The same content as typed cells."),
    "report.csv": ("Reports as CSV", "One line a report."),
    "participations.csv": ("Participations as CSV", "One line for each person at each report."),
    "pay.csv": ("Pay as CSV", "One line for each amount, with its rule and reason; no amount where it is not known."),
    "statistics.csv": ("Statistics as CSV", "The categories of the ministry's survey: month and years."),
    DIFFERENCES: (
        "Differences as CSV",
        "Plus and minus against the edition before. A first edition has none: 404.",
    ),
    SET_PDF: (
        "All documents as one PDF",
        "With an entry in the outline for each unit. 404 until the sealing's job is done.",
    ),
    SET_ZIP: (
        "All documents as an archive",
        "PDF of each unit, and the edition's tables. 404 until the sealing's job is done.",
    ),
}
MOST_NAMED = 50


def document_of(call: Call, edition_id: uuid.UUID, name: str, encoding: str = "") -> Answer:
    """The document of the unit asked for, or of the topmost that one may look into."""
    edition, unit = _seen(call, edition_id)
    viewed_in(call.session, Kept("edition", edition_id, unit.unit_id))
    unit_id, title = unit.unit_id, unit.name
    in_set = name in SETS
    if in_set and unit_id != edition.unit_id:
        raise NotFound()
    lang = "ja" if in_set else language()  # sets are made in the language of the service
    made = document(call.session, Which(edition_id, unit_id, name, lang, encoding))
    stem, kind = name.split(".")
    shown = f"brigade-{edition.month}-v{edition.number}-{unit_id.hex[-8:]}-{stem}.{kind}"
    media_type = "text/csv; charset=Shift_JIS" if encoding == "cp932" else TYPES[kind]
    called = filenames.named(
        "inline" if kind == "pdf" else "attachment", shown, title, filenames.when(edition.month),
        filenames.what("reports" if name == "report.csv" else stem), filenames.edition(edition.number),
    )  # fmt: skip
    return Answer(made.data, media_type=media_type, headers=_headers(made, called))


def _headers(made: Made, headers: dict[str, str]) -> dict[str, str]:
    """With the characters that the encoding has not, where there are any."""
    if made.missing:
        # ``5 name U+20BB7``: row as a spreadsheet counts, column, character.
        named = [f"{m['row']} {m['column']} {_code_points(m['character'])}" for m in made.missing[:MOST_NAMED]]
        headers["Brigade-Missing-Characters"] = f"{len(made.missing)}: {', '.join(named)}"
    return headers


def _code_points(character: str) -> str:
    return "+".join(f"U+{ord(one):04X}" for one in character)


def _declare(name: str, summary: str, about: str) -> None:
    """One route for each document: of a unit, a table also in another encoding, a set as it is."""
    kind = name.split(".")[1]

    def view(call: Call, edition_id: uuid.UUID) -> Answer:
        return document_of(call, edition_id, name, call.query.get("encoding", ""))

    view.__name__, view.__doc__ = name.replace(".", "_"), about
    query = TableQuery() if kind == "csv" else OfUnit()
    media_type = TYPES[kind].partition(";")[0]
    resource.get(f"/<uuid:edition_id>/{name}", summary, query=query, media_type=media_type, step_up="export")(view)


for _name, (_summary, _about) in DOCUMENTS.items():
    _declare(_name, _summary, _about)
