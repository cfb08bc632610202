"""Shapes of scans: what is sent, pages with their fields, decisions about them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.body import Day, Instant, Number, Strict, Text, Truth, at_most, one_of
from api.paging import PageQuery
from api.schemas import ReportOut, UnitRef
from brigade.scans.tables import PageState, ScanState


class Value(fields.Raw):
    """Text, true or false, a list of texts, or nothing: by the type of the field."""

    def __init__(self, **said: Any) -> None:
        super().__init__(
            allow_none=True, metadata={"type": ["string", "boolean", "array"], "items": {"type": "string"}}, **said
        )


class ScanForm(Strict):
    """Files in their order: PDF, TIFF, PNG, JPEG (several: ``file`` again). ``form`` and ``unit_id`` say what sheets
    without a code are; ``id`` may be the client's own.
    """

    id = fields.UUID(load_default=None)
    file = fields.List(fields.Raw(metadata={"type": "string", "format": "binary"}), required=True)
    form = Text(max=20, load_default=None)
    unit_id = fields.UUID(load_default=None)


class SentOut(Strict):
    """The scan and the job that reads it. ``duplicate``: just this was sent before, and this is that scan."""

    id = fields.UUID(required=True)
    job_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=one_of(ScanState))
    duplicate = fields.Boolean(required=True)


class RefusalOut(Strict):
    """Why a file or page is not read."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class FileOut(Strict):
    """One file that was sent."""

    position = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    pages = fields.Integer(required=True, allow_none=True)
    refusal = fields.Nested(RefusalOut, required=True, allow_none=True)


class CodeOut(Strict):
    """A reason or an alternative's like, in words."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class AlternativeOut(Strict):
    """Another value that the marks may mean."""

    value = Value(required=True)
    probability = fields.Float(required=True)


class FieldOut(Strict):
    """One field. ``value`` is the one that stands: a person's (``decided``), else as it was read (``read_value``).

    ``position`` is its place in the order of reviewing, doubtful ones first, from 1. ``box``: left, top, width and height
    in millimetres. ``as_picture``: the text stays a picture.
    """

    name = fields.String(required=True)
    label = fields.String(required=True)
    type = fields.String(required=True)
    options = fields.List(fields.String(), required=True)
    activity = fields.Integer(required=True, allow_none=True)
    row = fields.Integer(required=True, allow_none=True)
    value = Value(required=True)
    read_value = Value(required=True)
    raw = fields.String(required=True)
    confidence = fields.Float(required=True)
    status = fields.String(required=True, validate=one_of(("sure", "unsure", "unreadable", "conflict")))
    reasons = fields.List(fields.Nested(CodeOut), required=True)
    alternatives = fields.List(fields.Nested(AlternativeOut), required=True)
    decided = fields.Boolean(required=True)
    as_picture = fields.Boolean(required=True)
    box = fields.List(fields.Float(), required=True)
    position = fields.Integer(required=True)
    crop_url = fields.String(required=True)


class PageRef(Strict):
    """A page of a scan that was taken before."""

    scan_id = fields.UUID(required=True)
    n = fields.Integer(required=True)


class ScanPageOut(Strict):
    """One page. ``registered``: it was found to be a form. ``doubtful`` counts the fields that wait for a decision.

    ``is_duplicate``: the same page was taken before, as ``duplicate_of`` where one may see that. ``page`` of ``pages``: of a sheet that goes on over several.
    ``reports`` is what a person added, as it was sent.
    """

    scan_id = fields.UUID(required=True)
    n = fields.Integer(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True, validate=one_of(PageState))
    refusal = fields.Nested(RefusalOut, required=True, allow_none=True)
    registered = fields.Boolean(required=True)
    form = fields.String(required=True, allow_none=True)
    form_version = fields.Integer(required=True, allow_none=True)
    form_title = fields.String(required=True, allow_none=True)
    quality = fields.Float(required=True, allow_none=True)
    turned = fields.Float(required=True, allow_none=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)
    day = fields.String(required=True, allow_none=True)
    month = fields.String(required=True, allow_none=True)
    event_id = fields.UUID(required=True, allow_none=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    is_duplicate = fields.Boolean(required=True)
    duplicate_of = fields.Nested(PageRef, required=True, allow_none=True)
    doubtful = fields.Integer(required=True)
    fields_ = fields.List(fields.Nested(FieldOut), required=True, data_key="fields")
    reports = fields.Dict(required=True)
    report_ids = fields.List(fields.UUID(), required=True)
    reason = fields.String(required=True)
    picture_url = fields.String(required=True, allow_none=True)


class ScanOut(Strict):
    """One scan. ``counts``: its pages by state, as far as one may see them; ``pages_total`` None: not counted yet."""

    id = fields.UUID(required=True)
    job_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=one_of(ScanState))
    form = fields.String(required=True, allow_none=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)
    uploader = fields.Dict(required=True, allow_none=True)
    pages_total = fields.Integer(required=True, allow_none=True)
    counts = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    created_at = fields.String(required=True)
    files = fields.List(fields.Nested(FileOut), required=True)


class WholeScanOut(ScanOut):
    """The scan with its pages."""

    pages = fields.List(fields.Nested(ScanPageOut), required=True)


class ScansQuery(PageQuery):
    """``state`` of the scan; ``open=true``: with a page to be reviewed."""

    state = fields.String(load_default=None, validate=one_of(ScanState))
    open = fields.Boolean(load_default=False)


class ScanQuery(Strict):
    """Which fields of the pages: all, those that wait for a decision, none."""

    fields_ = fields.String(load_default="all", validate=one_of(("all", "doubtful", "none")), data_key="fields")


class FieldDecisionIn(Strict):
    """A value for one field: the one that was read, another, or ``as_picture`` for a text."""

    name = Text(max=100, required=True)
    value = Value(load_default=None)
    as_picture = Truth(load_default=False)


class RowIn(Strict):
    """What the form has no place for in one row of one page."""

    page = Number(required=True)
    row = Number(required=True)
    role = Text(max=16)
    started_at = Instant()
    ended_at = Instant()
    left_early_reason = Text(max=100)


class ActivityIn(Strict):
    """What a report needs and the form does not say, for one of the sheet's activities (1 where there is one)."""

    activity = Number(required=True)
    kind = Text(max=8)
    started_at = Instant()
    ended_at = Instant()
    place = Text(max=100)
    summary = Text(max=1000, lines=True)
    order_by = Text(max=20)
    details = fields.Dict()
    vehicle_ids = fields.List(fields.UUID(), validate=at_most(20))
    people = fields.List(fields.Nested(RowIn), validate=at_most(60))


class PagePatch(Strict):
    """Decisions on fields, and what the sheet is for. A new unit, day, month or event has the page read anew with the
    roster of then; a new ``form`` has it looked at anew, by a job.
    """

    class Meta(Strict.Meta):
        example = {"fields": [{"name": "start", "value": "19:00"}, {"name": "place", "as_picture": True}]}

    fields_ = fields.List(fields.Nested(FieldDecisionIn), load_default=list, validate=at_most(500), data_key="fields")
    form = Text(max=20)
    unit_id = fields.UUID()
    day = Day()
    month = Text(max=7)
    event_id = fields.UUID(allow_none=True)
    reports = fields.List(fields.Nested(ActivityIn), load_default=list, validate=at_most(31))


class ConfirmIn(Strict):
    """``again``: the page was seen before, and is another one all the same. ``submit`` false leaves drafts."""

    submit = Truth(load_default=True)
    again = Truth(load_default=False)


class ConfirmedOut(Strict):
    """The page and the reports that it became."""

    page = fields.Nested(ScanPageOut, required=True)
    reports = fields.List(fields.Nested(ReportOut), required=True)


class DiscardIn(Strict):
    """Why the page is no report."""

    reason = Text(max=300, min=1, required=True)


class AccuracyQuery(Strict):
    """Of one form only."""

    form = Text(max=20, load_default=None)


class AccuracyItem(Strict):
    """One field of one version of a form. ``accepted``: sure and left as read; ``corrected``: changed by a person."""

    form = fields.String(required=True)
    version = fields.Integer(required=True)
    field = fields.String(required=True)
    label = fields.String(required=True)
    pages = fields.Integer(required=True)
    read = fields.Integer(required=True)
    written = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    sure_corrected = fields.Integer(required=True)
    doubtful_corrected = fields.Integer(required=True)
    corrected = fields.Integer(required=True)


class AccuracyOut(Strict):
    """Every field that was ever read on a confirmed page."""

    items = fields.List(fields.Nested(AccuracyItem), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
