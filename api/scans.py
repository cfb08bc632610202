"""Scans of paper: sent as files, read by a job, looked at page by page. What they become stands in ``scan_review.py``."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import request
from marshmallow import ValidationError
from sqlalchemy import exists, select

from api import scan_present
from api.attachments import SERVED
from api.endpoint import OFFICERS, Answer, Call, Resource
from api.extensions import storage
from api.paging import page as paged
from api.paging import page_schema
from api.problems import field_problems
from api.scan_schemas import (
    AccuracyOut,
    AccuracyQuery,
    ScanForm,
    ScanOut,
    ScanPageOut,
    ScanQuery,
    ScansQuery,
    SentOut,
    WholeScanOut,
)
from brigade.files.attachments import MEDIA_TYPE, drop
from brigade.jobs import Job, queue_again
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Unavailable
from brigade.scans import taking
from brigade.scans.accuracy import accuracy
from brigade.scans.reviewing import pages_of, read_page, read_scan, template_of
from brigade.scans.tables import PageState, Scan, ScanPage
from brigade.scans.taking import MAX_FILES, Sent, file_key, page_bytes, stored_page
from brigade.viewings import Kept, viewed_in
from pictures.asked import Box
from pictures.kinds import PictureRefused
from pictures.sandbox import SANDBOX, Busy

resource = Resource("scans", "紙の読み取り Scans", "/scans")
MAX_SCAN = 96 * 1024 * 1024
"""Bytes of all files of one scan."""

MAX_SENT = MAX_SCAN + 1024 * 1024
MARGIN = 2.5
"""Millimetres around a field that are shown with it."""

PAUSE = 10


@resource.post("", "Send a scan", form=ScanForm(), returns=SentOut(), status=202, problems=(409, 429), writes=False)
def send(call: Call) -> Answer:
    """Up to 200 pages and 96 MB as PDF, TIFF, PNG or JPEG, in one file or several. They are read in the background; the
    very same sent again answers with the scan of before.
    """
    return take_in(call, *sent_files())


def take_in(call: Call, files: Sequence[bytes], form: Mapping[str, Any]) -> Answer:
    """The files as a scan with the job that reads it, or the scan that they were sent as before; committed."""
    session, actor = call.session, call.actor
    hashes = [hashlib.sha256(data).hexdigest() for data in files]
    digest = taking.digest_of(hashes, form["form"], form["unit_id"])
    before = taking.sent_before(session, actor, form["id"], digest)
    if before is None:
        taking.check_may_send(session, actor, form["form"], form["unit_id"])
    session.rollback()
    stored = [] if before is not None else _stored(files, hashes)
    try:
        session.connection(execution_options={"writing": True})
        scan = taking.sent_before(session, actor, form["id"], digest)
        is_new = scan is None
        if scan is None:
            if before is not None:  # gone between the two looks
                raise Unavailable(retry_after=1)
            scan = taking.start(
                session, actor, stored, digest, id_=form["id"], form=form["form"], unit_id=form["unit_id"]
            )
        else:
            _go_on(call, scan)
        body = {
            "id": str(scan.id), "job_id": str(scan.job_id), "state": scan.state, "duplicate": not is_new,
        }  # fmt: skip
    except Exception:  # nothing was committed: no row names the files
        drop(storage(), [file_key(file.file_id) for file in stored])
        raise
    session.commit()
    if not is_new:
        drop(storage(), [file_key(file.file_id) for file in stored])
    return Answer(body, headers={"Location": f"{scan_present.URL}/{body['id']}"})


def sent_files(besides: Collection[str] = ()) -> tuple[list[bytes], dict[str, Any]]:
    """The files' bytes, and the other fields of the form but for those that are another's business."""
    if request.mimetype != "multipart/form-data":
        raise Problem("wrong-media-type")
    request.max_content_length = MAX_SENT
    sent = request.files.getlist("file")
    values: dict[str, Any] = {
        name: value for name, value in request.form.to_dict().items() if value != "" and name not in besides
    }
    strange = {name: "" for name in request.files if name != "file"}
    try:
        form: dict[str, Any] = ScanForm().load({**values, **strange, **({"file": sent} if sent else {})})
    except ValidationError as error:
        raise Invalid(list(field_problems(error.messages))) from None
    if len(sent) > MAX_FILES:
        raise Invalid([FieldProblem("/file", "too-many-items", {"max": MAX_FILES})])
    files = []
    for file in sent:
        file.stream.seek(0)  # a request that is tried again reads it again
        files.append(file.stream.read())
    if not all(files):
        raise Invalid([FieldProblem("/file", "required")])
    if sum(map(len, files)) > MAX_SCAN:
        raise Problem("scan-too-large")
    return files, form


def _stored(files: Sequence[bytes], hashes: Sequence[str]) -> list[Sent]:
    stored: list[Sent] = []
    try:
        for data, digest in zip(files, hashes, strict=True):
            stored.append(Sent(taking.put(storage(), data), digest, len(data)))
    except Problem:
        drop(storage(), [file_key(file.file_id) for file in stored])
        raise
    return stored


def _go_on(call: Call, scan: Scan) -> None:
    """A scan whose job was given up is taken up again when it is sent again."""
    job = call.session.get(Job, scan.job_id, with_for_update=True)
    if job is not None and job.state == "failed":
        queue_again(job, call.actor.now)


@resource.get("", "Scans", query=ScansQuery(), returns=page_schema(ScanOut()))
def listed(call: Call) -> dict[str, Any]:
    """One's own, and those with sheets of units that one may look into; the newest first."""
    asked = select(Scan)
    if call.query["state"]:
        asked = asked.where(Scan.state == call.query["state"])
    if call.query["open"]:
        asked = asked.where(exists().where(ScanPage.scan_id == Scan.id, ScanPage.state == PageState.READ))
    body = paged(call.session, asked, (Scan.created_at, Scan.id), call.query, lambda row: row, descending=True)
    return {**body, "items": scan_present.scans(call.session, body["items"])}


@resource.get("/<uuid:scan_id>", "A scan with its pages", query=ScanQuery(), returns=WholeScanOut())
def read(call: Call, scan_id: uuid.UUID) -> dict[str, Any]:
    """Those of its pages that one may see, each with what was read and how sure that is."""
    scan = read_scan(call.session, scan_id)
    rows = pages_of(call.session, scan_id)
    (shown,) = scan_present.scans(call.session, [scan])
    return {**shown, "pages": scan_present.pages(call.session, rows, call.query["fields_"])}


@resource.get("/<uuid:scan_id>/pages/<n>", "A page of a scan", returns=ScanPageOut())
def page(call: Call, scan_id: uuid.UUID, n: str) -> Answer:
    """The page with all its fields, with the version that a change of it must name."""
    row = read_page(call.session, scan_id, page_number(n))
    (body,) = scan_present.pages(call.session, [row])
    return Answer(body, version=body["version"])


@resource.get("/<uuid:scan_id>/pages/<n>/picture", "A page's picture", media_type=MEDIA_TYPE)
def picture(call: Call, scan_id: uuid.UUID, n: str) -> Answer:
    """The page straightened to the edges of its form; one that is no form as it was sent."""
    data = _picture(call, read_page(call.session, scan_id, page_number(n)))
    return Answer(data, headers=_served(f"{scan_id}-{n}"), media_type=MEDIA_TYPE)


@resource.get("/<uuid:scan_id>/pages/<n>/fields/<name>", "A field's picture", media_type=MEDIA_TYPE)
def crop(call: Call, scan_id: uuid.UUID, n: str, name: str) -> Answer:
    """The piece of the page around the field's box."""
    row = read_page(call.session, scan_id, page_number(n))
    box = next((field["box"] for field in row.fields if field["id"] == name), None)
    if box is None or not row.width or not row.height:
        raise NotFound()
    left, top, width, height = box
    piece = in_pixels(row, (left - MARGIN, top - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN))
    data = _picture(call, row)
    try:
        cut = SANDBOX.cut(data, piece)
    except (Busy, PictureRefused):
        raise Unavailable(retry_after=PAUSE) from None
    return Answer(
        cut, headers=_served(f"{scan_id}-{n}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"), media_type=MEDIA_TYPE
    )


def in_pixels(row: ScanPage, box: tuple[float, float, float, float]) -> Box:
    """Left, top, right, bottom on the page's picture of a box in millimetres: left, top, width, height."""
    template = template_of(row)
    across, down = (row.width or 0) / template.width, (row.height or 0) / template.height
    left, top, width, height = box
    return int(left * across), int(top * down), int((left + width) * across), int((top + height) * down)


def page_number(n: str) -> int:
    """The number of a page in an address. NotFound for what is none."""
    if not re.fullmatch("[1-9][0-9]{0,3}", n):
        raise NotFound()
    return int(n)


def _picture(call: Call, row: ScanPage) -> bytes:
    picture = stored_page(row)
    if picture is None:
        raise NotFound()
    viewed_in(call.session, Kept("page", row.scan_id, row.n))
    call.session.rollback()  # a storage that is slow holds nobody up
    return page_bytes(storage(), picture)


def _served(name: str) -> dict[str, str]:
    return {**SERVED, "Content-Disposition": f'attachment; filename="{name}.jpg"'}


@resource.get(
    "/accuracy", "How well forms are read", needs=OFFICERS, query=AccuracyQuery(), returns=AccuracyOut(), heavy=True
)
def accuracies(call: Call) -> dict[str, Any]:
    """By form and field, over all confirmed pages of the city: how many were read, stood by themselves, were changed."""
    items = [
        {
            "form": one.form,
            "version": one.version,
            "field": one.field,
            "label": scan_present.field_label(one.form, one.version, one.field),
            "pages": one.pages,
            "read": one.read,
            "written": one.written,
            "accepted": one.sure - one.sure_changed,
            "sure_corrected": one.sure_changed,
            "doubtful_corrected": one.doubtful_changed,
            "corrected": one.sure_changed + one.doubtful_changed,
        }
        for one in accuracy(call.session, call.query["form"])
    ]
    return {"items": items, "next_cursor": None}
