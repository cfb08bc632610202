"""The shapes of what changes the organisation, as sent and answered; the routes stand in ``organisation.py``."""

from __future__ import annotations

from marshmallow import fields

from api.body import Day, Number, Strict, Text, Truth, at_most, between, one_of
from api.schemas import PersonRef, UnitRef
from brigade.organisation.deputies import ABSENCES, MAX_DEPUTIES
from brigade.organisation.ranks import LEVELS, POST_LEVEL
from brigade.organisation.tree import MAX_MERGED, SETTINGS


class OnDayIn(Strict):
    """``on``: the first day on which the change counts; today when left out."""

    on = Day(load_default=None, allow_none=True)


class UnitIn(OnDayIn):
    """A new unit under another one."""

    class Meta(Strict.Meta):
        example = {
            "level": "squad", "code": "K01-02-4", "name": "第四班",
            "parent_id": "01932c5e-0000-7000-8000-000000000001", "on": "2027-04-01",
        }  # fmt: skip

    id = fields.UUID(load_default=None)
    level = fields.String(required=True, validate=one_of(LEVELS[1:]))
    code = Text(max=32, min=1, required=True)
    name = Text(max=100, min=1, required=True)
    parent_id = fields.UUID(required=True)


class RenameIn(OnDayIn):
    """The new name; ``id`` is that of the successor."""

    id = fields.UUID(load_default=None)
    name = Text(max=100, min=1, required=True)


class MergeIn(OnDayIn):
    """Units of one level, and code and name of the one that takes them over."""

    id = fields.UUID(load_default=None)
    unit_ids = fields.List(fields.UUID(), required=True, validate=at_most(MAX_MERGED))
    code = Text(max=32, min=1, required=True)
    name = Text(max=100, min=1, required=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)


class MoveIn(OnDayIn):
    """The unit under which it goes."""

    parent_id = fields.UUID(required=True)


def _some_of(name: str) -> fields.List[str]:
    options = SETTINGS[name]
    return fields.List(fields.String(validate=one_of(options)), allow_none=True, validate=at_most(len(options)))


class SettingsIn(Strict):
    """Only what changes; null takes a setting back, so that the unit above decides."""

    class Meta(Strict.Meta):
        example = {"deputy_after_days": 5}

    deputy_after_days = Number(allow_none=True, validate=between(*SETTINGS["deputy_after_days"]))
    late_after_days = Number(allow_none=True, validate=between(*SETTINGS["late_after_days"]))
    prior_notice = fields.String(allow_none=True, validate=one_of(SETTINGS["prior_notice"]))
    repass_after_return = Truth(allow_none=True)
    keep_capture_time = Truth(allow_none=True)
    pay_rules = fields.String(allow_none=True, validate=one_of(SETTINGS["pay_rules"]))
    input_days = Number(allow_none=True, validate=between(*SETTINGS["input_days"]))
    grace_days = Number(allow_none=True, validate=between(*SETTINGS["grace_days"]))
    incidents_once = Truth(allow_none=True)
    mark_monthly = Truth(allow_none=True)
    second_factor_posts = _some_of("second_factor_posts")
    step_up = _some_of("step_up")


class SettingsOut(Strict):
    """``own`` are the unit's own settings, ``effective`` what holds in it today."""

    unit_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    own = fields.Dict(required=True)
    effective = fields.Dict(required=True)


class DeputiesIn(OnDayIn):
    """Who acts for the unit's leader, in this order."""

    member_ids = fields.List(fields.UUID(), required=True, validate=at_most(MAX_DEPUTIES))


class DeputyOut(Strict):
    """One place in the order."""

    place = fields.Integer(required=True)
    member = fields.Nested(PersonRef, required=True)
    valid_from = fields.String(required=True)


class DeputiesOut(Strict):
    """The standing order of deputies, after the holders of the unit's deputy post."""

    unit_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(DeputyOut), required=True)


class DatedOut(Strict):
    """Something that holds from a day on; ``valid_to`` is the last day that counts."""

    id = fields.UUID(required=True)
    member = fields.Nested(PersonRef, required=True)
    valid_from = fields.String(required=True)
    valid_to = fields.String(required=True, allow_none=True)


class AppointmentIn(OnDayIn):
    """A post for a member."""

    class Meta(Strict.Meta):
        example = {
            "member_id": "01932c5e-0000-7000-8000-000000000002", "unit_id": "01932c5e-0000-7000-8000-000000000001",
            "post": "squad_leader", "on": "2027-04-01",
        }  # fmt: skip

    id = fields.UUID(load_default=None)
    member_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    post = fields.String(required=True, validate=one_of(POST_LEVEL))


class AppointmentOut(DatedOut):
    """A post held in a unit."""

    post = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)


class TransferIn(OnDayIn):
    """The unit to which the member goes."""

    id = fields.UUID(load_default=None)
    unit_id = fields.UUID(required=True)


class MembershipOut(DatedOut):
    """A membership in a unit."""

    unit = fields.Nested(UnitRef, required=True)


class AbsenceIn(Strict):
    """Leave or suspension from the first to the last day; open when no last day is given."""

    class Meta(Strict.Meta):
        example = {"absence": "leave", "valid_from": "2026-12-01", "valid_to": "2027-02-28", "reason": "海外出張"}

    id = fields.UUID(load_default=None)
    absence = fields.String(required=True, validate=one_of(ABSENCES))
    valid_from = Day(required=True)
    valid_to = Day(load_default=None, allow_none=True)
    reason = Text(max=300, load_default="")


class AbsenceOut(DatedOut):
    """Days on which a member is away."""

    absence = fields.String(required=True)
