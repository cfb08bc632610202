"""The documents of a sealed edition: drawn from its own rows when first asked for, then kept and given out as they are.

reportlab and xlsxwriter are loaded when the first document is drawn, never for a request that draws none.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.extensions import db, storage
from brigade.dates import utc_now
from brigade.month import figures
from brigade.month.differences import difference_sheet
from brigade.month.edition_files import Made, Which, keep, kept_bytes, kept_file
from brigade.month.editions import Edition, EditionUnit, edition_before, newest, rows_of
from brigade.month.sheet import EditionMark, MonthSheet
from brigade.problems import NotFound
from brigade.ranks import Level

PDF, XLSX, SET_PDF, SET_ZIP = "report.pdf", "report.xlsx", "set.pdf", "set.zip"
CSV = ("report.csv", "participations.csv", "pay.csv", "statistics.csv", "differences.csv")
ENCODINGS = ("utf-8", "cp932")
TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}
WHOSE = {"as_system": "the marks of an edition whose documents the asker may have"}
BOUND = (Level.STATION, Level.BRIGADE, Level.COMPANY)
"""Whose documents a set holds; those of squads and sections are made when asked for."""


def document(session: Session, which: Which) -> Made:
    """The document, kept from when it was first made. The session is given back before a long drawing.

    NotFound for a set that is not made yet and for differences of a first edition. Unavailable where the store is away.
    """
    row = kept_file(session, which)
    if row is not None:
        return kept_bytes(storage(), row)
    if which.name in (SET_PDF, SET_ZIP):
        raise NotFound()
    sheet = sheet_of(session, which.edition_id, which.unit_id, which.lang)
    session.rollback()  # nobody should wait for a drawing
    if which.name == "differences.csv" and sheet.differences is None:
        raise NotFound()
    return keep(db.engine, storage(), which, drawn(sheet, which), utc_now())


def drawn(sheet: MonthSheet, which: Which) -> Made:
    """The document made from the sheet."""
    from reports.month.exports import month_csv, month_workbook

    from reports.month.document import month_pdf

    if which.name == PDF:
        return Made(month_pdf(sheet, which.lang))
    if which.name == XLSX:
        return Made(month_workbook(sheet, which.lang))
    made = month_csv(sheet, which.name.removesuffix(".csv"), encoding=which.encoding or ENCODINGS[0], lang=which.lang)
    return Made(made.data, [missing._asdict() for missing in made.missing])


def sheet_of(session: Session, edition_id: uuid.UUID, unit_id: uuid.UUID, lang: str) -> MonthSheet:
    """The figures of one unit of an edition, with what differs from the edition before."""
    edition = session.get_one(Edition, edition_id, execution_options=WHOSE)
    rows = rows_of(session, edition)
    if str(unit_id) != rows.unit_id:
        rows = figures.below(rows, str(unit_id))
    before = edition_before(session, edition)
    changed = None
    if before is not None:
        changed = difference_sheet(rows_of(session, before), rows, mark_of(session, before, unit_id), lang)
    return figures.sheet(rows, lang, mark_of(session, edition, unit_id), changed)


def mark_of(session: Session, edition: Edition, unit_id: uuid.UUID) -> EditionMark:
    """What a document of this unit says of its edition. A unit that an older edition lacks bears the edition's own code."""
    asked = select(EditionUnit.unit_id, EditionUnit.code).where(
        EditionUnit.edition_id == edition.id, EditionUnit.unit_id.in_({unit_id, edition.unit_id})
    )
    codes = dict(session.execute(asked, execution_options=WHOSE).tuples().all())
    code = codes.get(unit_id) or codes[edition.unit_id]
    return EditionMark(
        number=edition.number, sealed_at=edition.sealed_at, sealed_by=edition.sealed_by, post=edition.post,
        unit_name=edition.office, code=code, verify_url=f"{current_app.config['BRIGADE'].base_url}/verify/{code}",
    )  # fmt: skip


# --- What is made at the sealing --------------------------------------------------------------------------------------


def first_documents(session: Session, edition: Edition, lang: str = "ja") -> list[Which]:
    """What is made at once: PDF, workbook and tables of the edition's unit, and the PDF of each unit bound in its set.

    A station's set binds the documents of its brigades' own editions, which are made with these.
    """
    unit_id = edition.unit_id
    made = [Which(edition.id, unit_id, PDF, lang), Which(edition.id, unit_id, XLSX, lang)]
    made += [
        Which(edition.id, unit_id, name, lang, ENCODINGS[0])
        for name in CSV
        if name != "differences.csv" or edition.number > 1
    ]
    if edition.level != Level.STATION:
        made += [Which(edition.id, unit.unit_id, PDF, lang) for unit in bound_units(session, edition)[1:]]
    return made


def bound_units(session: Session, edition: Edition) -> list[EditionUnit]:
    """The units of the edition down to companies, in the order of the tree."""
    asked = select(EditionUnit).where(EditionUnit.edition_id == edition.id, EditionUnit.level.in_(BOUND))
    return list(session.scalars(asked.order_by(EditionUnit.place), execution_options=WHOSE))


def bound(session: Session, edition: Edition) -> list[tuple[Edition, EditionUnit]]:
    """What a set binds: the edition's own document and those of the units below, a brigade's from its own edition."""
    units = bound_units(session, edition)
    if edition.level != Level.STATION:
        return [(edition, unit) for unit in units]
    found = [(edition, units[0])]
    for unit in units[1:]:
        if unit.level == Level.BRIGADE and (own := newest(session, unit.unit_id, edition.month)) is not None:
            found += [(own, below) for below in bound_units(session, own)]
    return found


def set_made(session: Session, edition: Edition, name: str, lang: str = "ja") -> Made:
    """A set: as one PDF with an entry in its outline for each unit, or as an archive that has the edition's tables too."""
    from reports.month.book import book, set_zip

    parts = bound(session, edition)
    if name == SET_PDF:
        sheets = [sheet_of(session, part.id, unit.unit_id, lang) for part, unit in parts]
        session.rollback()
        return Made(book(sheets, lang))
    wanted = [(Which(part.id, unit.unit_id, PDF, lang), unit.name) for part, unit in parts]
    tables = [which for which in first_documents(session, edition, lang) if which.name != PDF]
    wanted += [(which, parts[0][1].name) for which in tables]
    files = [
        (_file_name(place, title, edition, which.name), document(session, which).data)
        for place, (which, title) in enumerate(wanted, 1)
    ]
    return Made(set_zip(files, edition.sealed_at))


def _file_name(place: int, title: str, edition: Edition, name: str) -> str:
    """``03_第一分団_2026-11_v1_report.pdf``: what a unit is called may hold what no file name can."""
    plain = re.sub(r"[^\w-]", "_", title)
    return f"{place:02d}_{plain}_{edition.month}_v{edition.number}_{name}"


def make_first(session: Session, edition: Edition) -> Iterator[Which]:
    """Make and keep what is made at the sealing, one after the other, leaving out what is there already; each is named when
    it is done.
    """
    for which in first_documents(session, edition):
        document(session, which)
        yield which
    for name in (SET_PDF, SET_ZIP):
        which = Which(edition.id, edition.unit_id, name)
        if kept_file(session, which) is None:
            keep(db.engine, storage(), which, set_made(session, edition, name), utc_now())
        yield which
