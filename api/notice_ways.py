"""By which ways notices come: settings, the e-mail address and its confirmation, devices that take push messages."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import current_app
from marshmallow import ValidationError, fields

from api.body import Number, Real, Strict, Text, Truth, between, one_of
from api.endpoint import Answer, Call, Resource
from brigade.messages.notice_settings import (
    Wanted,
    change_settings,
    confirm_email,
    my_devices,
    my_settings,
    send_code_again,
    subscribe,
    unsubscribe,
)
from brigade.messages.sending import pusher_of
from brigade.messages.ways import NoticeSettings, PushSubscription
from brigade.problems import FieldProblem, Invalid
from brigade.settings import Settings
from brigade.wording import LANGUAGES

resource = Resource("notice_ways", "お知らせの届け方 How notices come")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Clock(fields.String):
    """``21:30`` on Tokyo's clock; minutes of the day inside."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.metadata = {"pattern": f"^{CLOCK.pattern}$", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        shown = CLOCK.fullmatch(super()._deserialize(value, attr, data, **rest))
        if shown is None:
            raise ValidationError("bad-time")
        return int(shown[1]) * 60 + int(shown[2])


class NoticeChannel(Strict):
    """What comes on this way: what is told at once, and the digest of the day."""

    at_once = Truth(required=True)
    digest = Truth(required=True)


class NoticeSettingsIn(Strict):
    """How one wants to be told. Nothing comes in the quiet hours."""

    class Meta(Strict.Meta):
        example = {
            "language": "ja", "email": "sato@example.jp", "mail": {"at_once": True, "digest": True},
            "push": {"at_once": True, "digest": True}, "quiet_from": "21:30", "quiet_to": "07:00", "digest_hour": 20,
        }  # fmt: skip

    language = fields.String(required=True, validate=one_of(LANGUAGES))
    email = Text(max=254, required=True, allow_none=True)
    mail = fields.Nested(NoticeChannel, required=True)
    push = fields.Nested(NoticeChannel, required=True)
    quiet_from = Clock(required=True)
    quiet_to = Clock(required=True)
    digest_hour = Number(required=True, validate=between(0, 23))


class NoticeSettingsOut(Strict):
    """``email`` is confirmed; ``email_waiting`` waits for the code that was mailed there. Where ``mail_is_on`` or
    ``push_is_on`` is false, this server has no such way. ``email_fails``: the last mail did not arrive.
    """

    version = fields.Integer(required=True)
    language = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    email_waiting = fields.String(required=True, allow_none=True)
    email_fails = fields.Boolean(required=True)
    mail = fields.Nested(NoticeChannel, required=True)
    push = fields.Nested(NoticeChannel, required=True)
    quiet_from = fields.String(required=True)
    quiet_to = fields.String(required=True)
    digest_hour = fields.Integer(required=True)
    mail_is_on = fields.Boolean(required=True)
    push_is_on = fields.Boolean(required=True)
    devices = fields.List(fields.UUID(), required=True)


class EmailCodeIn(Strict):
    """The code from the mail."""

    class Meta(Strict.Meta):
        example = {"code": "048213"}

    code = Text(max=20, min=1, required=True)


class PushKeys(Strict):
    """As the browser gives them."""

    p256dh = Text(max=100, min=1, required=True)
    auth = Text(max=30, min=1, required=True)


class PushSubscriptionIn(Strict):
    """What ``PushSubscription.toJSON()`` gives in a browser."""

    class Meta(Strict.Meta):
        example = {
            "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "keys": {
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
        }

    endpoint = Text(max=1000, min=1, required=True)
    expirationTime = Real(load_default=None, allow_none=True)  # noqa: N815  the browser's own spelling
    keys = fields.Nested(PushKeys, required=True)


class PushSubscriptionOut(Strict):
    """A device that takes push messages."""

    id = fields.UUID(required=True)


class PushKeyOut(Strict):
    """The server's public key; null where it sends no push messages."""

    public_key = fields.String(required=True, allow_none=True)


def _settings() -> Settings:
    found: Settings = current_app.config["BRIGADE"]
    return found


def _answer(call: Call, found: NoticeSettings) -> Answer:
    settings = _settings()
    body = {
        "version": found.version,
        "language": found.language,
        "email": found.email,
        "email_waiting": found.email_waiting,
        "email_fails": found.email_failed_at is not None,
        "mail": {"at_once": found.mail_at_once, "digest": found.mail_digest},
        "push": {"at_once": found.push_at_once, "digest": found.push_digest},
        "quiet_from": _clock(found.quiet_from),
        "quiet_to": _clock(found.quiet_to),
        "digest_hour": found.digest_hour,
        "mail_is_on": settings.mail_url != "none://",
        "push_is_on": pusher_of(settings) is not None,
        "devices": [str(row.id) for row in my_devices(call.session, call.actor)],
    }
    return Answer(body, version=found.version)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@resource.get("/me/notice-settings", "How I am told", returns=NoticeSettingsOut())
def read(call: Call) -> Answer:
    """The usual settings (version 0) as long as one has set nothing."""
    return _answer(call, my_settings(call.session, call.actor))


@resource.put(
    "/me/notice-settings",
    "Say how I am told",
    body=NoticeSettingsIn(),
    returns=NoticeSettingsOut(),
    versioned=True,
    problems=(429,),
)
def change(call: Call) -> Answer:
    """Everything at once. A new e-mail address is used when the code that is mailed there has come back."""
    body = call.body
    wanted = Wanted(
        language=body["language"], email=body["email"] or None,
        mail_at_once=body["mail"]["at_once"], mail_digest=body["mail"]["digest"],
        push_at_once=body["push"]["at_once"], push_digest=body["push"]["digest"],
        quiet_from=body["quiet_from"], quiet_to=body["quiet_to"], digest_hour=body["digest_hour"],
    )  # fmt: skip
    mail_is_on = _settings().mail_url != "none://"
    return _answer(call, change_settings(call.session, call.actor, call.version, wanted, mail_is_on=mail_is_on))


@resource.post("/me/email/code", "Send the code again", status=204, problems=(404, 429))
def send_code(call: Call) -> None:
    """To the address that waits to be confirmed; the code before is void."""
    send_code_again(call.session, call.actor)


@resource.post("/me/email/confirm", "Confirm my e-mail address", body=EmailCodeIn(), returns=NoticeSettingsOut())
def confirm(call: Call) -> Answer:
    """With the code from the mail, within 30 minutes; five tries."""
    return _answer(call, confirm_email(call.session, call.actor, call.body["code"]))


@resource.get("/push/public-key", "The key to subscribe with", returns=PushKeyOut())
def public_key(call: Call) -> dict[str, Any]:
    """What a browser asks for as ``applicationServerKey``."""
    pusher = pusher_of(_settings())
    return {"public_key": pusher.public_key if pusher else None}


@resource.post(
    "/push/subscriptions",
    "Notices on this device",
    body=PushSubscriptionIn(),
    returns=PushSubscriptionOut(),
    status=201,
)
def subscribe_device(call: Call) -> dict[str, Any]:
    """This device takes push messages until it is signed out. The same again changes nothing."""
    pusher = pusher_of(_settings())
    if pusher is None:
        raise Invalid([FieldProblem("/endpoint", "push-off")])
    keys = call.body["keys"]
    made: PushSubscription = subscribe(
        call.session, call.actor, call.session.info["device_id"],
        call.body["endpoint"], keys["p256dh"], keys["auth"], hosts=pusher.hosts,
    )  # fmt: skip
    return {"id": str(made.id)}


@resource.delete("/push/subscriptions/<uuid:subscription_id>", "No more notices on a device", status=204)
def unsubscribe_device(call: Call, subscription_id: uuid.UUID) -> None:
    """One of one's own devices."""
    unsubscribe(call.session, subscription_id)
