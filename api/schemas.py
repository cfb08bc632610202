"""The shapes of activity reports as they are sent and answered. Shapes of other resources stand beside their routes."""

from __future__ import annotations

from marshmallow import fields

from api.body import Instant, Number, Real, Strict, Text, Truth, at_most, between, one_of
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import State


class PersonIn(Strict):
    """One person's part; times only where they differ from the report's."""

    member_id = fields.UUID(required=True)
    role = fields.String(load_default="member", validate=one_of(catalogue().role_values()))
    started_at = Instant(load_default=None, allow_none=True)
    ended_at = Instant(load_default=None, allow_none=True)
    acted = Truth(load_default=True)
    injured = Truth(load_default=False)
    left_early_reason = Text(max=100, load_default=None, allow_none=True)


class ReportIn(Strict):
    """A new report. The client's own ``id`` makes it safe to send again."""

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e01",
            "kind": "T-01",
            "unit_id": "01932c5e-0000-7000-8000-000000000001",
            "event_id": None,
            "started_at": "2026-11-08T09:00:00+09:00",
            "ended_at": "2026-11-08T11:30:00+09:00",
            "place": "第二分団器具置場",
            "summary": "ポンプ操法の訓練",
            "details": {"drill_type": "pump"},
            "participants": [{"member_id": "01932c5e-0000-7000-8000-000000000002", "role": "member"}],
            "submit": True,
        }

    id = fields.UUID(load_default=None)
    kind = Text(max=8, required=True)
    unit_id = fields.UUID(required=True)
    event_id = fields.UUID(load_default=None, allow_none=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True)
    place = Text(max=100, load_default="")
    latitude = Real(load_default=None, allow_none=True, validate=between(20, 46))
    longitude = Real(load_default=None, allow_none=True, validate=between(122, 154))
    order_by = fields.String(
        load_default=None, allow_none=True, validate=one_of(option.value for option in catalogue().order_by)
    )
    summary = Text(max=1000, lines=True, load_default="")
    details = fields.Dict(keys=fields.String(), load_default=dict, validate=at_most(100))
    participants = fields.List(fields.Nested(PersonIn), load_default=list, validate=at_most(500))
    vehicle_ids = fields.List(fields.UUID(), load_default=list, validate=at_most(20))
    attachment_ids = fields.List(fields.UUID(), load_default=list, validate=at_most(10))
    submit = Truth(load_default=False)


class ReportPatch(ReportIn):
    """Only the fields to change."""

    class Meta(Strict.Meta):
        exclude = ("id", "submit")
        example = {"ended_at": "2026-11-08T11:00:00+09:00"}


class CorrectionIn(ReportIn):
    """What a leader corrects, and a word about it."""

    class Meta(Strict.Meta):
        fields = ("started_at", "ended_at", "place", "summary", "participants", "comment")
        example = {"ended_at": "2026-11-08T11:00:00+09:00", "comment": "終わりの時刻の書き間違いです。"}

    comment = Text(max=1000, lines=True, load_default="")


class RemarkIn(Strict):
    """What is wrong at one place of the report."""

    pointer = Text(max=200, min=1, required=True)
    reason = Text(max=40, load_default="other")
    text = Text(max=300, lines=True, load_default="")


class DecisionIn(Strict):
    """A word for the person concerned, and remarks on fields."""

    class Meta(Strict.Meta):
        example = {
            "comment": "終わりの時刻を確かめてください。",
            "remarks": [
                {"pointer": "/participants/0/ended_at", "reason": "times-impossible", "text": "22時のはずです"}
            ],
        }

    comment = Text(max=1000, lines=True, load_default="")
    remarks = fields.List(fields.Nested(RemarkIn), load_default=list, validate=at_most(50))


class BulkItem(Strict):
    """One report as it was seen."""

    id = fields.UUID(required=True)
    version = Number(required=True, validate=between(1, 999_999_999))


class BulkIn(Strict):
    """Up to 500 reports."""

    items = fields.List(fields.Nested(BulkItem), required=True, validate=at_most(500))


class PersonRef(Strict):
    """A person by id, with number and name."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)


class UnitRef(Strict):
    """A unit by id, with name and level."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)


class FieldNote(Strict):
    """A warning or remark at one place."""

    pointer = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)
    params = fields.Dict()


class AwaitingOut(Strict):
    """At whom the report waits."""

    level = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_name = fields.String(required=True)
    post = fields.String(required=True)
    since = fields.String(required=True)


class StopOut(Strict):
    """One level of the report's route; ``passed`` says why nobody is asked there."""

    level = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_name = fields.String(required=True)
    passed = fields.String(allow_none=True, required=True)


class PersonOut(Strict):
    """One person's part, with number and name."""

    member_id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    started_at = fields.String(required=True, allow_none=True)
    ended_at = fields.String(required=True, allow_none=True)
    acted = fields.Boolean(required=True)
    injured = fields.Boolean(required=True)
    left_early_reason = fields.String(required=True, allow_none=True)


class AttachmentOut(Strict):
    """A clean picture. ``sha256`` is of the bytes that were sent, ``bytes`` the size of what is served."""

    id = fields.UUID(required=True)
    media_type = fields.String(required=True)
    bytes = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    taken_at = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True)
    url = fields.String(required=True)
    thumbnail_url = fields.String(required=True)
    created_at = fields.String(required=True)


class ReportOut(Strict):
    """An activity report with what the asker may do now (``actions``). ``attachments`` are the pictures that are there,
    ``missing_attachment_ids`` those that it names, that have not come yet, and that its author has not left out.
    """

    id = fields.UUID(required=True)
    number = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    kind_label = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    unit_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True, allow_none=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    month = fields.String(required=True)
    place = fields.String(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    order_by = fields.String(required=True, allow_none=True)
    summary = fields.String(required=True)
    details = fields.Dict(required=True)
    participants = fields.List(fields.Nested(PersonOut), required=True)
    vehicle_ids = fields.List(fields.UUID(), required=True)
    attachment_ids = fields.List(fields.UUID(), required=True)
    attachments = fields.List(fields.Nested(AttachmentOut), required=True)
    missing_attachment_ids = fields.List(fields.UUID(), required=True)
    author = fields.Nested(PersonRef, required=True)
    entry_mode = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(state.value for state in State))
    awaiting = fields.Nested(AwaitingOut, required=True, allow_none=True)
    route = fields.List(fields.Nested(StopOut), required=True)
    actions = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.Nested(FieldNote), required=True)
    created_at = fields.String(required=True)
    updated_at = fields.String(required=True)


class CheckedOut(Strict):
    """A report that could be stored as it is."""

    valid = fields.Boolean(required=True)
    entry_mode = fields.String(required=True)
    warnings = fields.List(fields.Nested(FieldNote), required=True)


class HistoryEventOut(Strict):
    """One thing that happened to a report."""

    seq = fields.Integer(required=True)
    at = fields.String(required=True)
    action = fields.String(required=True)
    by = fields.Nested(PersonRef, required=True, allow_none=True)
    post = fields.String(required=True, allow_none=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)
    level = fields.String(required=True, allow_none=True)
    deputy_for = fields.Nested(PersonRef, required=True, allow_none=True)
    basis = fields.String(required=True, allow_none=True)
    from_state = fields.String(required=True, allow_none=True)
    to_state = fields.String(required=True)
    from_step = fields.Integer(required=True)
    to_step = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True)
    remarks = fields.List(fields.Dict(), required=True)
    changed = fields.List(fields.Dict(), required=True)
    sentence = fields.String(required=True)


class HistoryOut(Strict):
    """Every event, oldest first."""

    items = fields.List(fields.Nested(HistoryEventOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class BulkResult(Strict):
    """What became of one report; ``problem`` where ``ok`` is false."""

    id = fields.UUID(required=True)
    ok = fields.Boolean(required=True)
    version = fields.Integer()
    state = fields.String()
    problem = fields.Dict()


class BulkOut(Strict):
    """One result for each item, in the order sent."""

    results = fields.List(fields.Nested(BulkResult), required=True)
