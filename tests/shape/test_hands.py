"""What changes something can be done by a person, on the phone or the console, or it is said why the API alone has it.

Notices asked squad leaders for a word that only the API took; members could not give their address for mail; nobody could
take a member out of the service without a program. This table keeps it from happening again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api import create_app
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]
ROUTES = (ROOT / "docs/reference/routes.md").read_text(encoding="utf-8")
WRITES = re.compile(r"^\| `(POST|PUT|PATCH|DELETE) /api/v1(/[^`]*)`", re.MULTILINE)

PHONE = {
    "api.js": ("POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "POST /auth/invitations/{code}"),
    "keys/calendar.js": ("POST /me/calendar-feed", "DELETE /me/calendar-feed"),
    "keys/passkey.js": (
        "POST /auth/passkeys/options", "POST /auth/passkeys", "POST /auth/passkeys/sign-in/options",
        "POST /auth/passkeys/sign-in", "POST /auth/step-up/options", "POST /auth/step-up",
        "POST /auth/invitations/{code}/passkey",
    ),
    "keys/passkeys.js": ("DELETE /auth/passkeys/{passkey_id}",),
    "keys/password.js": ("POST /auth/password",),
    "queue.js": (
        "POST /activity-reports", "PATCH /activity-reports/{report_id}", "POST /activity-reports/{report_id}/submit",
        "POST /events/{event_id}/took-part",
    ),
    "uploads.js": (
        "POST /attachments", "POST /uploads", "PATCH /uploads/{upload_id}", "DELETE /uploads/{upload_id}",
    ),
    "leader/look.js": ("POST /activity-reports/{report_id}/approve",),
    "leader/send_back.js": ("POST /activity-reports/{report_id}/return",),
    "leader/withdraw.js": ("POST /activity-reports/{report_id}/withdraw",),
    "leader/inbox.js": ("POST /inbox/approve",),
    "leader/undo.js": ("POST /inbox/undo",),
    "record/dispute.js": ("POST /me/disputes", "POST /me/disputes/{dispute_id}/withdraw"),
    "seldom/devices.js": ("DELETE /auth/devices/{device_id}",),
    "seldom/mail.js": ("PUT /me/notice-settings", "POST /me/email/code", "POST /me/email/confirm"),
    "seldom/month.js": ("POST /months/{month}/nil", "DELETE /months/{month}/nil"),
    "seldom/notices.js": ("POST /notices/read",),
    "seldom/push.js": ("POST /push/subscriptions", "DELETE /push/subscriptions/{subscription_id}"),
    "seldom/requests.js": ("POST /me/data-requests", "POST /me/data-requests/{request_id}/withdraw"),
}  # fmt: skip
"""The phone's file that asks for it."""

CONSOLE = {
    "account.begin": ("POST /auth/totp",),
    "account.confirm": ("POST /auth/totp/confirm",),
    "account.remove": ("DELETE /auth/totp",),
    "account.codes": ("POST /auth/recovery-codes",),
    "office_devices.signs_out": ("POST /members/{member_id}/sign-out",),
    "members.makes_cards": (
        "POST /invitations", "POST /invitations/cards", "POST /members/{member_id}/password-reset",
        "POST /members/{member_id}/password-reset/card",
    ),
    "office_units.changes": (
        "POST /units", "POST /units/{unit_id}/rename", "POST /units/merge", "POST /units/{unit_id}/move",
        "POST /units/{unit_id}/end",
    ),
    "office_settings.changes": ("PATCH /units/{unit_id}/settings",),
    "deputies.names_deputies": ("PUT /units/{unit_id}/deputies",),
    "office_posts.appoints": ("POST /posts",),
    "office_posts.ends": ("POST /posts/{post_id}/end",),
    "office_moves.transfers": ("POST /members/{member_id}/transfer",),
    "office_moves.leaves": ("POST /members/{member_id}/leave-service",),
    "office_moves.is_away": ("POST /members/{member_id}/absences",),
    "office_moves.is_back": ("POST /absences/{absence_id}/end",),
    "office_rosters.sends": ("POST /roster-imports",),
    "office_rosters.applies": ("POST /roster-imports/{import_id}/apply",),
    "reports.undo": ("POST /activity-reports/{report_id}/undo",),
    "reports.steps_back": ("POST /activity-reports/{report_id}/step-back",),
    "corrections.corrects": ("POST /activity-reports/{report_id}/correct",),
    "planning.plans_new": ("POST /events",),
    "planning.changes": ("PATCH /events/{event_id}",),
    "plans.cancels": ("POST /events/{event_id}/cancel",),
    "plans.reopens": ("POST /events/{event_id}/reopen",),
    "events.nobody": ("POST /events/{event_id}/nobody-came",),
    "events.somebody": ("DELETE /events/{event_id}/nobody-came/{unit_id}",),
    "scans.sends": ("POST /scans",),
    "scan_pages.answers": ("PATCH /scans/{scan_id}/pages/{n}",),
    "scan_pages.confirms": ("POST /scans/{scan_id}/pages/{n}/confirm",),
    "scan_pages.discards": ("POST /scans/{scan_id}/pages/{n}/discard",),
    "silent.excuse": ("POST /months/{month}/excuse",),
    "silent.unsay": ("DELETE /months/{month}/excuse",),
    "months.complete": ("POST /months/{month}/complete",),
    "months.reopen": ("DELETE /months/{month}/complete",),
    "months.seal": ("POST /months/{month}/seal",),
    "office_pay.what_if": ("POST /pay/what-if",),
    "office_disputes.settles": ("POST /disputes/{dispute_id}/settle",),
    "office_requests.enters": ("POST /data-requests",),
    "office_requests.extends": ("POST /data-requests/{request_id}/extend",),
    "office_requests.refuses": ("POST /data-requests/{request_id}/refuse",),
    "office_requests.accepts": ("POST /data-requests/{request_id}/accept",),
    "office_retention.sets": ("PUT /retention/times/{record}",),
    "office_retention.marks": ("POST /retention/runs",),
    "office_retention.undoes": ("POST /retention/runs/{run_id}/undo",),
    "office_holds.places": ("POST /retention/holds",),
    "office_holds.lifts": ("POST /retention/holds/{hold_id}/lift",),
    "office_erasure.marks": ("POST /retention/erasures",),
}  # fmt: skip
"""The console's form that does the same."""

API_ALONE = {
    "DELETE /invitations/{member_id}": "a new card makes the one before void, and a code ends by itself",
    "POST /activity-reports/validate": "changes nothing: an app asks before it files",
    "DELETE /activity-reports/{report_id}": "of drafts that lie on the server; the phone keeps its drafts itself",
    "DELETE /attachments/{attachment_id}": "what no report names is removed by itself",
    "POST /notices/{notice_id}/read": "the phone marks all that it has shown",
}


def written() -> list[str]:
    """Operations of the API that write."""
    return [f"{method} {path}" for method, path in WRITES.findall(ROUTES)]


def test_each_operation_has_its_place() -> None:
    placed = [one for table in (PHONE, CONSOLE) for its in table.values() for one in its]
    assert sorted([*placed, *API_ALONE]) == sorted(written())


@pytest.mark.parametrize("name", PHONE)
def test_the_phone_asks_for_it(name: str) -> None:
    program = (ROOT / "web/phone" / name).read_text(encoding="utf-8")
    for operation in PHONE[name]:
        last = re.sub(r"\{[^}]*\}", "", operation.split(" ")[1]).rstrip("/").rsplit("/", 1)[-1]
        assert last in program, operation


def test_the_console_has_the_form(sqlite: str, tmp_path: Path) -> None:
    app = create_app(settings_for(sqlite, tmp_path))
    forms = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console_")}
    assert {f"console_{name}" for name in CONSOLE} - forms == set()
