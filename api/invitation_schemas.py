"""The shapes of invitations as they are asked for and answered; the routes stand in ``invitations.py``."""

from __future__ import annotations

from marshmallow import fields

from api.body import Secret, Strict, Text, Truth, at_most, one_of
from api.paging import PageQuery
from api.schemas import PersonRef, UnitRef
from brigade.access.invitees import MOST

STATES = ("joined", "not_joined", "invited")


class InvitationsQuery(PageQuery):
    """``unit_id`` takes one unit and those below it; ``state``: joined, not_joined, invited (a code is out)."""

    unit_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=one_of(STATES))


class LiveCodeOut(Strict):
    """What is told of a code that is out: never the code."""

    purpose = fields.String(required=True)
    expires_at = fields.String(required=True)


class NoCodeOut(Strict):
    """Why one may make no code for someone."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class InvitationOut(Strict):
    """Whether a member has joined, the code that is out for them, when and by whom one was made last; ``no_code``: why
    one may make none, so that nobody misses a card.
    """

    member = fields.Nested(PersonRef, required=True)
    kana = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)
    joined = fields.Boolean(required=True)
    live_code = fields.Nested(LiveCodeOut, required=True, allow_none=True)
    issued_at = fields.String(required=True, allow_none=True)
    issued_by = fields.Nested(PersonRef, required=True, allow_none=True)
    no_code = fields.Nested(NoCodeOut, required=True, allow_none=True)


class InviteIn(Strict):
    """Members by their ids; or a unit with all below it, then without those who have joined unless ``only_missing`` is
    false.
    """

    class Meta(Strict.Meta):
        example = {"unit_id": "01932c5e-0000-7000-8000-000000000001", "only_missing": True}

    member_ids = fields.List(fields.UUID(), load_default=None, validate=at_most(MOST))
    unit_id = fields.UUID(load_default=None)
    only_missing = Truth(load_default=True)


class IssuedOut(Strict):
    """A code, told this once. ``address`` is what its QR code says."""

    member = fields.Nested(PersonRef, required=True)
    kana = fields.String(required=True)
    brigade = fields.String(required=True)
    unit_path = fields.List(fields.String(), required=True)
    purpose = fields.String(required=True)
    code = fields.String(required=True)
    address = fields.String(required=True)
    expires_at = fields.String(required=True)


class LeftOutOut(NoCodeOut):
    """Someone below the unit for whom no code was made, and why."""

    member = fields.Nested(PersonRef, required=True)


class InvitedOut(Strict):
    """All new codes, and who was left out."""

    items = fields.List(fields.Nested(IssuedOut), required=True)
    left_out = fields.List(fields.Nested(LeftOutOut), required=True)


class HolderOut(Strict):
    """Whom a code is for, so that they can say whether it is them."""

    name = fields.String(required=True)
    number = fields.String(required=True)
    login = fields.String(required=True)
    purpose = fields.String(required=True)
    expires_at = fields.String(required=True)


class AcceptIn(Strict):
    """The member's own password, or the passkey that ``navigator.credentials.create`` gave; and what to call this device."""

    class Meta(Strict.Meta):
        example = {"password": "秋の朝にまといを高くかかげる人", "device_name": "佐藤のスマホ"}

    password = Secret()
    credential = fields.Dict()
    device_name = Text(max=100, load_default="")
