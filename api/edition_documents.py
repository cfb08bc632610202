"""The documents of a sealed edition: drawn from its own rows when first asked for, then kept and given out as they are.

reportlab and xlsxwriter are loaded when the first document is drawn, never for a request that draws none.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, NamedTuple

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.extensions import db, storage
from api.filenames import short
from api.metrics import DOCUMENTS
from brigade.dates import utc_now
from brigade.month import figures
from brigade.month.differences import difference_sheet
from brigade.month.edition_files import Made, Which, keep, kept_bytes, kept_file
from brigade.month.editions import Edition, EditionUnit, newest, rows_of
from brigade.month.preceding import followed_by, standing
from brigade.month.sheet import EditionMark, HeadMark, MonthSheet
from brigade.organisation.ranks import Level
from brigade.problems import NotFound
from brigade.wording import text

if TYPE_CHECKING:
    from reports.csv_file import Encoding

PDF, XLSX, DIFFERENCES, SET_PDF, SET_ZIP = "report.pdf", "report.xlsx", "differences.csv", "set.pdf", "set.zip"
CSV = ("report.csv", "participations.csv", "pay.csv", "statistics.csv", DIFFERENCES)
SETS = (SET_PDF, SET_ZIP)
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "cp932")
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
    if which.name in SETS:
        raise NotFound()
    sheet = sheet_of(session, which.edition_id, which.unit_id, which.lang)
    session.rollback()  # nobody should wait for a drawing
    if which.name == DIFFERENCES and sheet.differences is None:
        raise NotFound()
    return keep(db.engine, storage(), which, drawn(sheet, which), utc_now())


def drawn(sheet: MonthSheet, which: Which) -> Made:
    """The document made from the sheet."""
    from reports.month.document import month_pdf
    from reports.month.exports import month_csv, month_workbook

    if which.name == PDF:
        return Made(month_pdf(sheet, which.lang))
    if which.name == XLSX:
        return Made(month_workbook(sheet, which.lang))
    encoding = next((one for one in ENCODINGS if one == which.encoding), ENCODINGS[0])
    made = month_csv(sheet, which.name.removesuffix(".csv"), encoding=encoding, lang=which.lang)
    return Made(made.data, [missing._asdict() for missing in made.missing])


_last: dict[tuple[uuid.UUID, uuid.UUID, str], MonthSheet] = {}
"""The figures asked for last: a unit's PDF, workbook and tables are made one after the other. No edition ever changes."""


def sheet_of(session: Session, edition_id: uuid.UUID, unit_id: uuid.UUID, lang: str) -> MonthSheet:
    """The figures of one unit of an edition, with what differs from the edition before."""
    asked = (edition_id, unit_id, lang)
    found = _last.get(asked)
    if found is None:
        found = _sheet(session, *asked)
        _last.clear()
        _last[asked] = found
    return found


def _sheet(session: Session, edition_id: uuid.UUID, unit_id: uuid.UUID, lang: str) -> MonthSheet:
    edition = session.get_one(Edition, edition_id, execution_options=WHOSE)
    rows = rows_of(session, edition)
    if str(unit_id) != rows.unit_id:
        rows = figures.below(rows, str(unit_id))
    changed, followed = None, followed_by(session, edition)
    if followed is not None:
        before, then, stations = followed
        its = before.unit_id if unit_id == edition.unit_id else unit_id  # the whole, by whatever name it had
        changed = difference_sheet(then, rows, mark_of(session, before, its), lang, stations)
    return figures.sheet(rows, lang, mark_of(session, edition, unit_id), changed)


def mark_of(session: Session, edition: Edition, unit_id: uuid.UUID) -> EditionMark:
    """What a document of this unit says of its edition. A unit that an older edition lacks has no code there: another one's
    would show more than its own figures. Where the chains stood is said on the documents of the whole.
    """
    asked = select(EditionUnit.code).where(EditionUnit.edition_id == edition.id, EditionUnit.unit_id == unit_id)
    code = session.scalar(asked, execution_options=WHOSE) or ""
    heads = edition.heads if unit_id == edition.unit_id else None
    return EditionMark(
        number=edition.number, sealed_at=edition.sealed_at, sealed_by=edition.sealed_by, post=edition.post,
        unit_name=edition.office, code=code, verify_url=f"{current_app.config['BRIGADE'].base_url}/verify/{code}",
        heads=tuple(HeadMark(name, length, digest) for _, name, length, digest in heads or ()),
    )  # fmt: skip


# --- What is made at the sealing --------------------------------------------------------------------------------------


class Bound(NamedTuple):
    """One document of a set."""

    edition_id: uuid.UUID
    unit_id: uuid.UUID
    unit_name: str


def first_documents(session: Session, edition: Edition, lang: str = "ja") -> list[Which]:
    """What is made at once: PDF, workbook and tables of the edition's unit, the PDF of each unit bound in its set, the set
    itself as PDF and as archive.

    A station's set binds the documents of its brigades' own editions, which are made with these.
    """
    own = [PDF, XLSX, *(name for name in CSV if name != DIFFERENCES or edition.number > 1)]
    made = [_of_whole(edition, name, lang) for name in own]
    if edition.level != Level.STATION:
        made += [Which(edition.id, part.unit_id, PDF, lang) for part in bound(session, edition)[1:]]
    return made + [_of_whole(edition, name, lang) for name in SETS]


def _of_whole(edition: Edition, name: str, lang: str) -> Which:
    return Which(edition.id, edition.unit_id, name, lang, ENCODINGS[0] if name in CSV else "")


def bound(session: Session, edition: Edition) -> list[Bound]:
    """What a set binds: the document of the edition's unit and those of the units below it, down to companies. Of a station
    those of its brigades' own editions; of a brigade that has left it those of the station's, for its days there.
    """
    units = _units(session, edition)
    found = [Bound(edition.id, unit.unit_id, unit.name) for unit in units]
    if edition.level != Level.STATION:
        return found
    there, its = standing(session, edition), found[:1]
    for unit, one in zip(units[1:], found[1:], strict=True):
        own = newest(session, unit.unit_id, edition.month) if unit.level == Level.BRIGADE else None
        if unit.unit_id not in there:
            its.append(one)
        elif own is not None and all(unit.unit_id != other.unit_id for other in its):
            its += [Bound(own.id, part.unit_id, part.name) for part in _units(session, own)]
    return its


def _units(session: Session, edition: Edition) -> list[EditionUnit]:
    asked = select(EditionUnit).where(EditionUnit.edition_id == edition.id, EditionUnit.level.in_(BOUND))
    return list(session.scalars(asked.order_by(EditionUnit.place), execution_options=WHOSE))


def make(which: Which, edition: Edition) -> None:
    """Make and keep one of an edition's first documents, unless that has been done. Nothing is read while it is kept: with
    SQLite a reader holds up a writer.
    """
    with Session(db.engine) as session:
        if kept_file(session, which) is not None:
            return
        DOCUMENTS.labels(which.name.rpartition(".")[2], "seal").inc()
        if which.name not in SETS:
            document(session, which)
            return
        made = _set(session, edition, which)
    keep(db.engine, storage(), which, made, utc_now())


def _set(session: Session, edition: Edition, which: Which) -> Made:
    """As one PDF with an entry in its outline for each unit, or as an archive that has the edition's tables too."""
    from reports.month.book import book_pdf, set_zip

    parts, lang = bound(session, edition), which.lang
    if which.name == SET_PDF:
        sheets = (sheet_of(session, part.edition_id, part.unit_id, lang) for part in parts)
        title = text("document.set", lang, unit=parts[0].unit_name, month=edition.month, number=edition.number)
        return Made(book_pdf(sheets, title=title, made_at=edition.sealed_at, lang=lang))
    wanted = [(Which(part.edition_id, part.unit_id, PDF, lang), part.unit_name) for part in parts]
    tables = [one for one in first_documents(session, edition, lang) if one.name not in (PDF, *SETS)]
    wanted += [(one, parts[0].unit_name) for one in tables]
    files = (
        (_file_name(place, title, edition, one.name), document(session, one).data)
        for place, (one, title) in enumerate(wanted, 1)
    )
    return Made(set_zip(files, edition.sealed_at))


def _file_name(place: int, title: str, edition: Edition, name: str) -> str:
    """``03_第一分団_2026-11_v1_report.pdf``: what a unit is called may hold what no file name can, and be longer than one."""
    plain = short(re.sub(r"[^\w-]", "_", title))
    return f"{place:02d}_{plain}_{edition.month}_v{edition.number}_{name}"
