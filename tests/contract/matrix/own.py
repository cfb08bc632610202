"""The policy of what is one's own, and of the offices: ``docs/explain/signing-in.md``, ``own-record.md``, ``notices.md``,
``docs/howto/settle-a-dispute.md``, ``answer-a-data-request.md`` and ``docs/operate/retention.md``.
"""

from __future__ import annotations

from typing import Any

from tests import make
from tests.contract.matrix.organisation import GUARDED, bureau, officer, over, says, seen
from tests.contract.matrix.people import Person
from tests.contract.matrix.rows import DONE, Row
from tests.contract.matrix.seeds import DISPUTED
from tests.contract.matrix.town import Thing, Town


def ones_own(me: Person, thing: Thing) -> bool:
    return me.login == thing.by


def refresh(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {town.refresh.get(me.login, '')}"}}


def sees_dispute(me: Person, dispute: Thing) -> bool:
    """The member, and officers of the report's station and bureau; whom it is not for is told that there is none."""
    return me.is_officer and me.over(dispute.unit) and not (dispute.secret and me.is_bureau)


def settles(me: Person, dispute: Thing) -> bool:
    """Nobody a dispute of their own, or against a report that they wrote or approved."""
    return me.login not in (dispute.by, dispute.approved_by)


def took_part(me: Person, report: Thing) -> bool:
    return me.login in report.people


def disputes_already(me: Person, report: Thing) -> bool:
    """One dispute at a time about one report; ``already-disputed`` of ``docs/reference/problems.md``."""
    return any((me.login, report.name) == (login, name) for _, login, name in DISPUTED)


def answers(me: Person, request: Thing) -> bool:
    """Nobody answers a request of their own."""
    return me.login != request.by


PASSWORDS = {"old_password": make.PASSWORD, "new_password": "秋の朝にまといを高くかかげる人"}
NOTHING_SET = "there is none to be had: what is asked is content, not a right"
SETTINGS = {
    "language": "en", "email": None, "mail": {"at_once": True, "digest": True}, "push": {"at_once": True, "digest": True},
    "quiet_from": "22:00", "quiet_to": "07:00", "digest_hour": 20,
}  # fmt: skip
SIGNING_IN = [
    Row("POST /auth/login", open=True, send=says(login="squad12a", password=make.PASSWORD)),
    Row("POST /auth/refresh", send=refresh),
    Row("POST /auth/logout"),
    Row("POST /auth/password", send=says(**PASSWORDS)),
    Row("GET /me"),
    Row("GET /auth/devices"),
    Row("DELETE /auth/devices/{device_id}", "devices", sees=ones_own),
    Row("GET /auth/second-factors"),
    Row("POST /auth/totp"),
    Row("POST /auth/totp/confirm", send=says(code="000000"), good=403, why=NOTHING_SET),
    Row("DELETE /auth/totp", idle=True),
    Row("POST /auth/recovery-codes", may=lambda me, thing: me.login in GUARDED),
    Row("POST /auth/passkeys/options", good=409, why="no passkeys on a bare address"),
    Row("POST /auth/passkeys", send=says(name="鍵", credential={}), good=409, why="no passkeys on a bare address"),
    Row("DELETE /auth/passkeys/{passkey_id}", "passkeys", sees=ones_own),
    Row("POST /auth/passkeys/sign-in/options", open=True, good=409, why="no passkeys on a bare address"),
    Row("POST /auth/passkeys/sign-in", open=True, send=says(credential={}), good=409, why="no passkeys on a bare address"),
    Row("POST /auth/step-up/options", good=409, why="no passkeys on a bare address"),
    Row("POST /auth/step-up", send=says(password=make.PASSWORD)),
    Row("GET /auth/invitations/{code}", open=True, counts=True, path=lambda thing: {"code": "123456789012"}, good=404, why=NOTHING_SET),
    Row("POST /auth/invitations/{code}", open=True, counts=True, path=lambda thing: {"code": "123456789012"}, good=404, why=NOTHING_SET,
        send=says(password="秋の朝にまといを高くかかげる人")),
    Row("POST /auth/invitations/{code}/passkey", open=True, path=lambda thing: {"code": "123456789012"}, good=409,
        why="no passkeys on a bare address"),
    Row("GET /openapi.json", open=True),
]  # fmt: skip
NOTICES = [
    Row("GET /notices"),
    Row("GET /notices/summary"),
    Row("POST /notices/{notice_id}/read", "notices", sees=ones_own, unseen=DONE, idle=True),
    Row("POST /notices/read", send=says(ids=[]), idle=True),
    Row("GET /unreachable-members", who=lambda me: bool(me.posts)),
    Row("GET /me/notice-settings"),
    Row("PUT /me/notice-settings", send=seen(0, **SETTINGS)),
    Row("POST /me/email/code", good=404, why=NOTHING_SET),
    Row("POST /me/email/confirm", send=says(code="123456"), good=422, why=NOTHING_SET),
    Row("GET /push/public-key"),
    Row("POST /push/subscriptions", send=says(endpoint="https://push.example/x", keys={"p256dh": "x", "auth": "x"}), good=422,
        why="no such push service"),
    Row("DELETE /push/subscriptions/{subscription_id}", "subscriptions", sees=ones_own),
    Row("POST /me/calendar-feed"),
    Row("GET /me/calendar-feed"),
    Row("DELETE /me/calendar-feed", idle=True),
    Row("GET /calendar/{secret}.ics", open=True, path=lambda thing: {"secret": "x" * 43}, good=404, why="no such address"),
]  # fmt: skip
RECORD = [
    Row("GET /me/record"),
    Row("POST /me/disputes", "reports", sees=took_part,
        state=lambda report: 404 if report.state in ("draft", "withdrawn") else 0, for_me=disputes_already, other=409,
        send=says(report_id=lambda town, report: report.id, kind="times", reason="時刻が違います")),
    Row("GET /me/disputes"),
    Row("POST /me/disputes/{dispute_id}/withdraw", "disputes", sees=ones_own),
    Row("GET /disputes", who=officer),
    Row("POST /disputes/{dispute_id}/settle", "disputes", officer, sees_dispute, settles,
        send=says(outcome="dismissed", comment="確かめました")),
    Row("POST /me/data-requests", send=says(kind="correct", words="名前の字が違います")),
    Row("GET /me/data-requests"),
    Row("POST /me/data-requests/{request_id}/withdraw", "requests", sees=ones_own),
]  # fmt: skip
REQUEST = "/data-requests/{request_id}"
OFFICE = [
    Row("GET /data-requests", who=bureau),
    Row("POST /data-requests", who=bureau, send=lambda town, me, thing: {"json": {
        "kind": "show", "words": "見せてください", "received_on": "2026-11-19",
        "number": (town.other if me.login.startswith("B") else town.city).people[
            "Bsquad11b" if me.login.startswith("B") else "squad12a"].number}}),
    Row(f"POST {REQUEST}/extend", "requests", bureau, over, answers, send=says(reason="調べています")),
    Row(f"POST {REQUEST}/refuse", "requests", bureau, over, answers, send=says(reason="お見せできません")),
    Row(f"POST {REQUEST}/accept", "requests", bureau, over, answers, send=says(answer="お渡しします")),
    Row("GET /retention/times", who=bureau),
    Row("PUT /retention/times/{record}", who=bureau, path=lambda thing: {"record": "picture"}, send=says(length=7)),
    Row("GET /retention/plan", who=bureau),
    Row("GET /retention/runs", who=bureau),
    Row("POST /retention/runs", who=bureau, send=says(), good=409, why="nothing is due, or a run waits"),
    Row("POST /retention/runs/{run_id}/undo", "runs", bureau, over),
    Row("GET /retention/holds", who=bureau),
    Row("POST /retention/holds", who=bureau, send=says(kind="month", subject="2026-06", reason="監査")),
    Row("POST /retention/holds/{hold_id}/lift", "holds", bureau, over),
    Row("GET /retention/erasures/preview", who=bureau, send=lambda town, me, thing: {"query_string": {
        "number": (town.other if me.login.startswith("B") else town.city).people[
            "Bleft" if me.login.startswith("B") else "left"].number}}),
    Row("POST /retention/erasures", "leavers", bureau, over,
        send=says(member_id=lambda town, thing: thing.id, reason="本人の請求")),
]  # fmt: skip
ROWS = [*SIGNING_IN, *NOTICES, *RECORD, *OFFICE]
