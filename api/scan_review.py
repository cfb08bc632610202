"""What people say about the pages of a scan: corrections, what the sheet is for, that it is a report, that it is none."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from api import present, scan_present
from api.endpoint import Answer, Call, Resource
from api.extensions import storage
from api.receiving import PAUSE, cleaned
from api.scan_reading import read_anew
from api.scan_schemas import ConfirmedOut, ConfirmIn, DiscardIn, PagePatch, ScanPageOut
from api.scans import in_pixels, page_number
from brigade.actor import Actor
from brigade.files import attachments
from brigade.files.attachments import Kept, drop, keys_of
from brigade.month.spans import checked_month
from brigade.problems import FieldProblem, Invalid, Problem, Unavailable
from brigade.scans import confirming, discarding, reviewing, taking
from brigade.scans.confirming import Piece
from brigade.scans.noting import put_sheet
from brigade.scans.reviewing import Decision, open_page, template_of
from brigade.scans.sheets import NotThisSheet, printed, stored_sheet
from brigade.scans.tables import PageState, ScanPage
from brigade.scans.taking import StoredPage, page_bytes, stored_page
from brigade.texts import check_text
from pictures.asked import Box
from pictures.kinds import PictureRefused
from pictures.sandbox import SANDBOX, Busy

resource = Resource("scan_review", "紙の確認 Reviewing scans", "/scans")
DEEPEST, MAX_TEXT = 5, 1000
"""Of what is said about a report beside its form: levels of lists and objects, characters of a text."""

SHEET = ("unit_id", "day", "month", "event_id")
Covered = tuple[list[Box], list[Box]]
"""Boxes of a picture in pixels that are covered, and those put back over the covers."""


@resource.patch(
    "/<uuid:scan_id>/pages/<n>", "Correct a page", body=PagePatch(), returns=ScanPageOut(), versioned=True
)  # fmt: skip
def correct(call: Call, scan_id: uuid.UUID, n: str) -> Answer:
    """Decide on fields, say what the sheet is for, add what the form does not say. Each decision is kept with who, when,
    from and to. A page that is no longer reviewed is 409.
    """
    said = call.body
    if "month" in said:
        checked_month(said["month"])
    if "form" in said:
        _only_form(said)
        row = taking.look_again(call.session, call.actor, scan_id, page_number(n), call.version, said["form"])
    else:
        row = open_page(call.session, scan_id, page_number(n), call.version)
        _change(call.session, call.actor, row, said)
        call.session.flush()
    (body,) = scan_present.pages(call.session, [row])
    return Answer(body, version=body["version"])


def _only_form(said: Mapping[str, Any]) -> None:
    others = [name for name in ("fields_", "reports", *SHEET) if said.get(name)]
    if others:
        raise Invalid([FieldProblem(f"/{name.rstrip('_')}", "form-alone") for name in others])


def _change(session: Session, actor: Actor, row: ScanPage, said: Mapping[str, Any]) -> None:
    changed = False
    target = {name: said[name] for name in SHEET if name in said}
    if target:
        changed = _for_another(session, actor, row, target)
    decisions = [Decision(one["name"], one["value"], one["as_picture"]) for one in said["fields_"]]
    changed |= reviewing.decide(session, actor, row, decisions)
    added = {str(one.pop("activity")): _plain(one, f"/reports/{at}") for at, one in enumerate(said["reports"])}
    changed |= reviewing.say(row, added)
    row.version += changed


def _for_another(session: Session, actor: Actor, row: ScanPage, target: Mapping[str, Any]) -> bool:
    """The page read anew for that unit, day, month or event; whether any of it is new."""
    before = stored_sheet(row)
    after = replace(before, **target)
    if after == before:
        return False
    template = template_of(row)
    try:
        sheet = printed(session, actor, template, after)
    except NotThisSheet:
        raise Invalid([FieldProblem("/unit_id", "not-your-unit")]) from None
    put_sheet(row, template, sheet.sheet, read_anew(template, row, sheet, actor))
    return True


def _plain(value: Any, at: str, depth: int = 0) -> Any:
    """JSON-ready: instants and ids as text. Invalid for what no report could hold either."""
    if depth > DEEPEST:
        raise Invalid([FieldProblem(at, "wrong-type")])
    if isinstance(value, Mapping):
        return {_text(str(key), at): _plain(part, at, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, at, depth + 1) for part in value]
    if isinstance(value, str):
        return _text(value, at)
    if isinstance(value, int | float) or value is None:
        return value
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _text(value: str, at: str) -> str:
    text, problems = check_text(at, value, MAX_TEXT)
    if problems:
        raise Invalid(problems)
    return text


@resource.post(
    "/<uuid:scan_id>/pages/<n>/confirm", "Make reports of a page", body=ConfirmIn(), body_optional=True,
    returns=ConfirmedOut(), versioned=True, writes=False,
)  # fmt: skip
def confirm(call: Call, scan_id: uuid.UUID, n: str) -> Answer:
    """The sheet (this page and those that continue it) becomes activity reports with `entry_mode` `ocr` and the pages
    attached, filed by who confirms and going the usual way of approval. Fields that are still doubtful are named in a 409.
    Confirmed twice, the reports are the same.
    """
    session, actor, number = call.session, call.actor, page_number(n)
    submit, again = call.body.get("submit", True), call.body.get("again", False)
    pages = confirming.ready(session, scan_id, number, call.version, again=again)
    if pages[0].state == PageState.CONFIRMED:
        return _confirmed(call, pages[0])
    seen, pictures = _as_seen(pages), list(_pictures(pages))
    session.rollback()
    kept: dict[Piece, Kept] = {}
    try:
        for piece, picture, covered in pictures:
            kept[piece] = _kept(picture, covered)
        session.connection(execution_options={"writing": True})
        pages = confirming.ready(session, scan_id, number, call.version, again=again)
        is_new = pages[0].state != PageState.CONFIRMED
        if is_new and _as_seen(pages) != seen:
            raise Problem("scan-page-closed")  # one was looked at anew or changed meanwhile
        if is_new:
            confirming.confirm(session, actor, pages, kept, submit=submit)
        answer = _confirmed(call, pages[0])
    except Exception:  # nothing was committed: no row names the files
        _drop(kept)
        raise
    session.commit()
    if not is_new:
        _drop(kept)
    return answer


def _as_seen(pages: Sequence[ScanPage]) -> list[tuple[int, int, uuid.UUID | None]]:
    return [(page.n, page.version, page.picture_id) for page in pages]


def _pictures(pages: Sequence[ScanPage]) -> Iterator[tuple[Piece, StoredPage | None, Covered]]:
    """What each report shows of each page: which picture, and what is covered and kept of it, in pixels."""
    by_number = {page.n: page for page in pages}
    for piece, shown in confirming.pieces(pages).items():
        page = by_number[piece[0]]
        covered, kept = ([in_pixels(page, cell) for cell in cells] for cells in (shown.covered, shown.kept))
        yield piece, stored_page(page), (covered, kept)


def _kept(picture: StoredPage | None, covered: Covered) -> Kept:
    """The page's picture as an attachment of a report: the same as a photo that was sent, without the time."""
    if picture is None:
        raise Problem("scan-file-gone")
    data = page_bytes(storage(), picture)
    if covered[0]:
        try:
            data = SANDBOX.cover(data, *covered)
        except (Busy, PictureRefused):
            raise Unavailable(retry_after=PAUSE) from None
    made = cleaned(data)
    files = attachments.put_files(storage(), made.picture, made.thumbnail)
    digest = hashlib.sha256(data).hexdigest()
    return Kept(files, len(made.picture), made.width, made.height, None, digest, len(data))


def _drop(kept: Mapping[Piece, Kept]) -> None:
    drop(storage(), [key for one in kept.values() for key in keys_of(one.files.id)])


def _confirmed(call: Call, page: ScanPage) -> Answer:
    reports = confirming.reports_of(call.session, page)
    (shown,) = scan_present.pages(call.session, [page])
    body = {"page": shown, "reports": present.reports(call.session, call.actor, reports)}
    return Answer(body, version=shown["version"])


@resource.post(
    "/<uuid:scan_id>/pages/<n>/discard", "A page that is no report", body=DiscardIn(), returns=ScanPageOut(),
    versioned=True,
)  # fmt: skip
def discard(call: Call, scan_id: uuid.UUID, n: str) -> Answer:
    """It becomes no report; who said so, when and why is kept."""
    row = discarding.discard(call.session, call.actor, scan_id, page_number(n), call.version, call.body["reason"])
    (body,) = scan_present.pages(call.session, [row])
    return Answer(body, version=body["version"])
