"""What became of a page when it was looked at, and of the same page when it is read anew for another unit or day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from brigade.forms.targets import REPORT
from brigade.forms.template import Template
from brigade.scans.sheets import Sheet
from brigade.scans.tables import PageState, Scan, ScanPage
from brigade.scans.taking import WHOLE, StoredPage
from brigade.scans.traces import same, trace_of
from brigade.scans.values import is_nothing

MOST_COMPARED = 300
FREE_TEXT, AS_PRINTED = "free-text", "as-printed"


@dataclass(frozen=True, slots=True)
class Found:
    """A page that is a form: its marks as JSON, its picture as stored and its size, the digest of its pixels."""

    template: Template
    marks: Mapping[str, Any]
    picture: StoredPage
    width: int
    height: int
    pixels: str


def refuse(session: Session, page: ScanPage, reason: str, picture: StoredPage | None) -> None:
    """The page will not be read."""
    page.state, page.refusal = PageState.REFUSED.value, reason
    _put_picture(page, picture)
    page.width = page.height = None
    page.version += 1
    session.flush()


def take(session: Session, page: ScanPage, found: Found, sheet: Sheet, fields: Sequence[Mapping[str, Any]]) -> None:
    """The page is to be reviewed, with these readings; flagged where the same one was taken before."""
    page.form, page.form_version = found.template.code, found.template.version
    page.code, page.quality, page.turned = found.marks["code"], found.marks["quality"], found.marks["turned"]
    page.marks, page.pixels = dict(found.marks), found.pixels
    page.trace = trace_of(found.marks, {field.id: field.type for field in found.template.fields})
    _put_picture(page, found.picture)
    page.width, page.height = found.width, found.height
    page.state = PageState.READ.value
    put_sheet(page, found.template, sheet, fields)
    before = _before(session, page)
    page.duplicate_scan_id, page.duplicate_n = (before.scan_id, before.n) if before else (None, None)
    page.version += 1
    session.flush()


def _put_picture(page: ScanPage, picture: StoredPage | None) -> None:
    page.picture_id, page.picture_sha256 = picture or (None, None)
    page.hashed_id = page.picture_id


def put_sheet(page: ScanPage, template: Template, sheet: Sheet, fields: Sequence[Mapping[str, Any]]) -> None:
    """What the sheet is for, and what was read of it with that in mind."""
    page.unit_id, page.day, page.month, page.event_id = sheet.unit_id, sheet.day, sheet.month, sheet.event_id
    free = {one.id for one in template.fields if one.type == "text" and one.maps_to in REPORT}
    page.fields = [_never_by_itself(field) if field["id"] in free else dict(field) for field in fields]


def _never_by_itself(field: Mapping[str, Any]) -> dict[str, Any]:
    """Words that a report would carry need a person's yes, however sure the engine is; but not those that we printed."""
    if field["status"] != "sure" or is_nothing(field["value"]) or AS_PRINTED in field["reasons"]:
        return dict(field)
    return {**field, "status": "unsure", "reasons": [*field["reasons"], FREE_TEXT]}


def _before(session: Session, page: ScanPage) -> ScanPage | None:
    """The first page of the same bureau that was taken before this one and is the same: the same pixels, or a sheet that says
    the same. Of another bureau's pages nobody learns even that they are there.
    """
    earlier = or_(ScanPage.scan_id < page.scan_id, and_(ScanPage.scan_id == page.scan_id, ScanPage.n < page.n))
    standing = ScanPage.state.in_((PageState.READ, PageState.CONFIRMED))
    bureau = select(Scan.bureau_id).where(Scan.id == page.scan_id).scalar_subquery()
    here = ScanPage.scan_id.in_(select(Scan.id).where(Scan.bureau_id == bureau))
    asked = select(ScanPage).where(standing, earlier, here).order_by(ScanPage.scan_id, ScanPage.n)
    pixels = session.scalar(asked.where(ScanPage.pixels == page.pixels).limit(1), execution_options=WHOLE)
    if pixels is not None:
        return pixels
    whose = ScanPage.unit_id == page.unit_id if page.unit_id else ScanPage.uploader_id == page.uploader_id
    latest = asked.order_by(None).order_by(ScanPage.scan_id.desc(), ScanPage.n.desc()).limit(MOST_COMPARED)
    rows = session.scalars(
        latest.where(whose, ScanPage.form == page.form, ScanPage.form_version == page.form_version),
        execution_options=WHOLE,
    )
    found = [one for one in rows if one.code == page.code and same(page.trace or "", one.trace or "")]
    return found[-1] if found else None
