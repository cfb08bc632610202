"""The job that reads a scan, page by page: what is done is kept, and one bad page or file hinders no other.

Pixels are looked at in a limited process and text is read in another; here are only values, and short transactions.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from api.extensions import storage
from api.metrics import PAGES_READ
from brigade.actor import Actor
from brigade.dates import to_tokyo
from brigade.files.attachments import drop
from brigade.files.storage import as_put
from brigade.forms.shelf import forms
from brigade.forms.template import Template
from brigade.jobs import LeaseLost, Work
from brigade.problems import Unavailable
from brigade.scans import noting, taking
from brigade.scans.noting import Found
from brigade.scans.senders import reader
from brigade.scans.sheets import NotThisSheet, Printed, Sheet, printed, sheet_of
from brigade.scans.tables import PageState, ScanPage, ScanState
from brigade.scans.taking import MAX_PAGES, WHOLE, StoredPage, file_key, sheet_key
from brigade.scopes import act_as
from ocr.engine import EngineProcess
from ocr.kinds import PageRefused
from ocr.marks import PageMarks, page_marks
from ocr.pages import PAGES, Busy, Seen
from ocr.reading.known import Known
from ocr.reading.read import read_page
from ocr.reading.readings import FieldReading, Listed
from ocr.texts import texts_of

log = logging.getLogger("brigade.scans")
ENGINE = EngineProcess()


class Asked(NamedTuple):
    """A page that waited to be looked at: which one, its version then, which page of its file, as which form (None: any)."""

    scan_id: uuid.UUID
    n: int
    version: int
    page: int
    form: str | None


def read_scan(work: Work) -> None:
    """The job: count the pages unless that is done, then look at each that waits. Safe to do again at any point."""
    scan_id = uuid.UUID(work.payload["scan_id"])
    with Session(work.engine) as session:
        scan = taking.whole(session, scan_id)
        files = {file.position: (file.file_id, file.sha256) for file in scan.files}
        state, total = ScanState(scan.state), scan.pages or 0
    if state is ScanState.WAITING:
        total = _count(work, scan_id, files)
    with Session(work.engine) as session:
        left = taking.waiting(session, scan_id)
    held: tuple[int, bytes] = (-1, b"")
    for done, n in enumerate(left, total - len(left)):
        work.renew(done, total)
        with Session(work.engine) as session:
            page = session.get_one(ScanPage, (scan_id, n), execution_options=WHOLE)
            asked = Asked(scan_id, n, page.version, page.page, page.form)
        if held[0] != page.position:  # a batch of photos is many files, a pile from the scanner is one
            held = page.position, _bytes(*files[page.position])
        _page(work, asked, held[1])
    work.renew(total, total)
    with work.transaction() as session:
        taking.finish(session, scan_id, work.now())


def _bytes(file_id: uuid.UUID | None, sha256: str) -> bytes:
    """As it was sent: of a pile that the store gives in half the other half would be lost."""
    return as_put(storage(), file_key(file_id), sha256) if file_id else b""


def _count(work: Work, scan_id: uuid.UUID, files: Mapping[int, tuple[uuid.UUID | None, str]]) -> int:
    """The number of pages, whose rows are there afterwards."""
    counted: list[int | str] = []
    for file in files.values():
        work.renew()
        try:
            counted.append(PAGES.count(_bytes(*file)))
        except PageRefused as refusal:
            counted.append(refusal.reason)
        except Busy:
            raise Unavailable from None
        if sum(count for count in counted if isinstance(count, int)) > MAX_PAGES:
            counted += ["too-many-pages"] * (len(files) - len(counted))
            break
    with work.transaction() as session:
        work.hold(session)
        scan = taking.whole(session, scan_id)
        if scan.state == ScanState.WAITING:
            taking.lay_out(session, scan, counted, work.now())
        return scan.pages or 0


def _page(work: Work, asked: Asked, data: bytes) -> None:
    """Look at one page and note what it is. Whatever one page does, the job goes on with the next."""
    try:
        seen = PAGES.look(data, asked.page, asked.form)
        template = forms()[seen.marks.form, seen.marks.version]
        sheet, known = _known(work, asked.scan_id, template, seen.marks)
        marks, fields = _values(template, seen, known)
    except PageRefused as refusal:
        _refused(work, asked, refusal.reason, refusal.picture)
    except NotThisSheet as refusal:
        _refused(work, asked, refusal.reason, seen.picture)
    except Busy:
        raise Unavailable from None
    else:
        _read(work, asked, seen, marks, sheet, fields)


def _values(template: Template, seen: Seen, known: Known) -> tuple[PageMarks, list[dict[str, Any]]]:
    """The marks with the text that an engine read, and what all of it was read as."""
    try:
        marks = texts_of(template, seen.marks, seen.picture, ENGINE)
        return marks, [field_json(field) for field in read_page(template, marks, known).fields]
    except Exception:  # whatever reading stumbles over, this page is at fault and the others are read
        log.exception("a page could not be read", extra={"form": template.code})
        raise PageRefused("unreadable", seen.picture) from None


def _known(work: Work, scan_id: uuid.UUID, template: Template, marks: PageMarks) -> tuple[Sheet, Known]:
    """Which sheet it is and what the records know of it, as the one who sent it may see them (or ``reader``)."""
    with Session(work.engine) as session:
        scan = taking.whole(session, scan_id)
        actor, last_unit_id = reader(session, scan.uploader_id, work.now())
        act_as(session, actor)
        sheet = printed(session, actor, template, sheet_of(template, marks.code, scan.unit_id or last_unit_id))
        return sheet.sheet, known(template, sheet, actor)


def known(template: Template, sheet: Printed, actor: Actor) -> Known:
    """What the records say before the page is read."""
    event = sheet.filling.event
    return Known(
        today=actor.today,
        roster=tuple(Listed(one.number, one.name, one.kana) for one in sheet.filling.people),
        printed=sheet.values(template),
        month=sheet.sheet.month,
        day=to_tokyo(event.started_at).date() if event else None,
        starts=f"{to_tokyo(event.started_at):%H:%M}" if event else None,
        ends=f"{to_tokyo(event.ended_at):%H:%M}" if event else None,
        page=sheet.sheet.page,
        pages=sheet.sheet.pages,
    )


def read_anew(template: Template, page: ScanPage, sheet: Printed, actor: Actor) -> list[dict[str, Any]]:
    """The readings of a page that was looked at before, for what its sheet is now known to be for."""
    marks = page_marks(page.marks, template)
    return [field_json(field) for field in read_page(template, marks, known(template, sheet, actor)).fields]


def field_json(field: FieldReading) -> dict[str, Any]:
    """One reading, for the store."""
    return {
        "id": field.id,
        "value": field.value,
        "raw": field.raw,
        "confidence": round(field.confidence, 4),
        "status": field.status.value,
        "box": [round(n, 2) for n in field.box],
        "alternatives": [{"value": one.value, "probability": round(one.probability, 4)} for one in field.alternatives],
        "reasons": [str(reason) for reason in field.reasons],
    }


def _refused(work: Work, asked: Asked, reason: str, picture: bytes) -> None:
    stored = taking.put_sheet(storage(), picture) if picture else None
    PAGES_READ.labels(reason).inc()
    _noted(work, asked, stored, lambda session, page: noting.refuse(session, page, reason, stored))


def _read(work: Work, asked: Asked, seen: Seen, marks: PageMarks, sheet: Sheet, fields: list[dict[str, Any]]) -> None:
    template = forms()[marks.form, marks.version]
    stored = taking.put_sheet(storage(), seen.picture)
    found = Found(template, marks.as_json(), stored, seen.width, seen.height, seen.pixels)
    PAGES_READ.labels("read").inc()
    _noted(work, asked, stored, lambda session, page: noting.take(session, page, found, sheet, fields))


def _noted(work: Work, asked: Asked, stored: StoredPage | None, note: Callable[[Session, ScanPage], None]) -> None:
    """Store what the page is, if it still waits as it was asked for; else the picture goes. LeaseLost."""
    try:
        with work.transaction() as session:
            work.hold(session)
            key = (asked.scan_id, asked.n)
            page = session.get_one(ScanPage, key, with_for_update=True, execution_options=WHOLE)
            if (page.state, page.version) == (PageState.WAITING, asked.version):
                note(session, page)
                return
    except LeaseLost:
        _drop(stored)
        raise
    _drop(stored)


def _drop(stored: StoredPage | None) -> None:
    drop(storage(), [sheet_key(stored.file_id)] if stored else [])
