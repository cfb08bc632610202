"""One rule of writing is widened at a time, and the cells that every run asks have to notice it (S-01).

Those that concern reading are dug in ``tests/db/test_leaks.py``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import ColumnElement, bindparam, false, select, true

from api import auth
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.activity import workflow
from brigade.activity.activities import ActivityReport, Event
from brigade.activity.report_checks import _placement
from brigade.actor import STANDING, with_standing
from brigade.db import Base
from brigade.disputes import Dispute
from brigade.files.attachments import Attachment
from brigade.files.uploads import Upload
from brigade.messages.ways import PushSubscription
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.roster_imports import RosterImport
from brigade.organisation.unit_settings import UnitSettings
from brigade.organisation.units import Unit, valid_on
from brigade.problems import NotFound
from brigade.questions import Question
from brigade.retention import requests
from brigade.retention.tables import DataRequest, LegalHold, RetentionRun
from brigade.scans.tables import Scan, ScanPage
from brigade.scopes import SCOPES
from tests.contract.matrix.cells import Phones
from tests.contract.test_matrix import ROWS, november, phones

__all__ = ["november", "phones"]
pytestmark = pytest.mark.xdist_group("matrix")
Patch = pytest.MonkeyPatch
Dig = Callable[[Patch], None]
CRASH = ": 500 "
"""A hole that makes the program fall is none that lets somebody through."""

SYSTEM = {"as_system": "a hole that a test digs"}
REPORT, UNIT, SCAN = "/activity-reports/{report_id}", "/units/{unit_id}", "/scans/{scan_id}/pages/{n}"


def without(guard: workflow.Guard) -> Dig:
    """A rule of the workflow is not asked."""

    def dig(patch: Patch) -> None:
        for key, rows in workflow._ROWS.items():
            open_ = tuple(row._replace(must=tuple(one for one in row.must if one is not guard)) for row in rows)
            patch.setitem(workflow._ROWS, key, open_)

    return dig


def instead(where: str, what: Any) -> Dig:
    """Something else stands there."""
    return lambda patch: patch.setattr(where, what)


def always(where: str) -> Dig:
    return instead(where, lambda *_, **__: True)


def never(where: str) -> Dig:
    """The check is not made."""
    return instead(where, lambda *_, **__: None)


def all_of(*models: type[Base]) -> Dig:
    """A table without its rule of who sees what."""

    def dig(patch: Patch) -> None:
        for model in models:
            patch.setitem(SCOPES, model, lambda actor: true())

    return dig


def days_of(model: type[Base], rule: Callable[[Any, Any], ColumnElement[bool]]) -> Dig:
    """What somebody is today is found by another rule of days."""

    def dig(patch: Patch) -> None:
        patch.setattr("brigade.actor.valid_on", lambda row, day: rule(row, day) if row is model else valid_on(row, day))
        asked = with_standing(select(*STANDING).select_from(Member)).where(Member.id == bindparam("who"))
        patch.setattr("brigade.actor._WHAT_THEY_ARE", Question(asked, SYSTEM))
        owner = (getattr(Member, name) for name in auth.Owner._fields)
        by_device = select(*auth._OF_DEVICE, Account.disabled_at, *owner, *STANDING).select_from(DeviceSession)
        by_device = by_device.join(Account, Account.id == DeviceSession.account_id)
        by_device = by_device.join(Member, Member.id == Account.member_id)
        who = with_standing(by_device).where(DeviceSession.id == bindparam("device"))
        patch.setattr("api.auth._WHO_ASKS", Question(who, auth.SIGNING_IN))

    return dig


def no_end(row: Any, day: dt.date) -> ColumnElement[bool]:
    return row.valid_from <= day


def no_beginning(row: Any, day: dt.date) -> ColumnElement[bool]:
    return (row.valid_to.is_(None)) | (row.valid_to >= day)


def not_at_all(row: Any, day: dt.date) -> ColumnElement[bool]:
    return false()


def any_unit(*asked: Any) -> Any:
    """A report may be filed for whatever unit there is."""
    return _placement(*asked)[0], None


def open_request(session: Any, actor: Any, request_id: uuid.UUID) -> DataRequest:
    """One's own request can be answered."""
    found = requests._locked(session, request_id)
    if found is None:
        raise NotFound()
    return found


HOLES: dict[str, tuple[Dig, tuple[str, ...]]] = {
    # Reports
    "one's own report is approved": (without(workflow.other), (f"POST {REPORT}/approve",)),
    "a report is approved at any level": (without(workflow.holder), (f"POST {REPORT}/approve",)),
    "many are approved at any level": (without(workflow.holder), ("POST /inbox/approve",)),
    "who corrected the times takes them for the city": (without(workflow.not_corrector), (f"POST {REPORT}/approve",)),
    "so do many at once": (without(workflow.not_corrector), ("POST /inbox/approve",)),
    "it is returned from any level": (without(workflow.holder), (f"POST {REPORT}/return",)),
    "it is corrected from any level": (without(workflow.holder), (f"POST {REPORT}/correct",)),
    "readers change a draft that came back": (without(workflow.author), (f"PATCH {REPORT}",)),
    "readers send it again": (without(workflow.author), (f"POST {REPORT}/submit",)),
    "readers withdraw": (without(workflow.author), (f"POST {REPORT}/withdraw",)),
    "readers correct what came back": (without(workflow.leader), (f"POST {REPORT}/correct",)),
    "leaders take a sealed one back": (without(workflow.closer), (f"POST {REPORT}/return",)),
    "the first level sends it below": (without(workflow.not_first), (f"POST {REPORT}/step-back",)),
    "the console approves at any level": (without(workflow.holder), ("POST /console/reports/{report_id}/approve",)),
    "a report is filed for any unit": (
        instead("brigade.activity.report_checks._placement", any_unit), ("POST /activity-reports",)),
    "unseen reports are acted on": (all_of(ActivityReport), (f"POST {REPORT}/approve",)),
    # Posts and people
    "a post survives its end": (days_of(Post, no_end), (f"POST {REPORT}/approve", f"PUT {UNIT}/deputies", "POST /posts")),
    "a post counts before it begins": (days_of(Post, no_beginning), (f"POST {REPORT}/approve", f"PUT {UNIT}/deputies")),
    "who left stays in": (days_of(Membership, no_end), ("POST /auth/password", "POST /me/calendar-feed", "GET /me")),
    "leave and suspension are over at once": (
        days_of(Absence, not_at_all), (f"POST {REPORT}/approve",)),
    "deputies need not wait": (
        instead("brigade.actor.settings_of", lambda *_: UnitSettings(deputy_after_days=0)), (f"POST {REPORT}/approve",)),
    "no route asks for its post": (instead("api.endpoint.Needs.check", lambda *_: None), ("POST /retention/holds",)),
    "no page asks for its post": (
        instead("api.endpoint.Needs.check", lambda *_: None), ("POST /console/office/retention/holds/place",)),
    "readers name the deputies": (always("brigade.organisation.deputies.leads"), (f"PUT {UNIT}/deputies",)),
    "whoever sees them records their leave": (
        always("brigade.organisation.deputies.is_officer_over"), ("POST /members/{member_id}/absences",)),
    "leave is ended by whoever sees it": (
        never("brigade.organisation.deputies._check_absence_right"), ("POST /absences/{absence_id}/end",)),
    "any officer who sees it changes a unit's settings": (
        always("brigade.organisation.tree.is_officer_over"), (f"PATCH {UNIT}/settings",)),
    "equals reset each other's password": (
        never("brigade.access.inviting.hindrance"), ("POST /members/{member_id}/password-reset",)),
    "rosters of others are applied": (all_of(RosterImport), ("POST /roster-imports/{import_id}/apply",)),
    # Events and months
    "readers change an event": (always("brigade.calendar.events.may_change"), ("POST /events/{event_id}/cancel",)),
    "unseen events are called off": (all_of(Event), ("POST /events/{event_id}/cancel",)),
    "members say that nobody came": (
        never("brigade.calendar.event_answers._check_decides"), ("POST /events/{event_id}/nobody-came",)),
    "members say that there is nothing to report": (
        never("brigade.month.closing._check_may"), ("POST /months/{month}/nil",)),
    "anybody declares a month complete": (
        never("brigade.month.closing._check_may"), ("POST /console/months/{month}/complete",)),
    # What is one's own
    "devices of others are signed out": (all_of(DeviceSession), ("DELETE /auth/devices/{device_id}",)),
    "others are told no more": (all_of(PushSubscription), ("DELETE /push/subscriptions/{subscription_id}",)),
    "uploads of others go on": (all_of(Upload), ("PATCH /uploads/{upload_id}",)),
    "pictures of others are known": (all_of(Attachment), ("DELETE /attachments/{attachment_id}",)),
    "sheets of others are confirmed": (all_of(Scan, ScanPage), (f"POST {SCAN}/confirm", f"POST {SCAN}/discard")),
    # Offices
    "who approved settles": (
        instead("brigade.disputes.answering", lambda session, ids: {id_: set() for id_ in ids}),
        ("POST /disputes/{dispute_id}/settle",)),
    "any officer settles": (all_of(Dispute, ActivityReport), ("POST /disputes/{dispute_id}/settle",)),
    "one's own request is answered": (
        instead("brigade.retention.requests._open", open_request), ("POST /data-requests/{request_id}/accept",)),
    "requests of another city are answered": (all_of(DataRequest), ("POST /data-requests/{request_id}/refuse",)),
    "holds of another city are lifted": (all_of(LegalHold), ("POST /retention/holds/{hold_id}/lift",)),
    "runs of another city are undone": (all_of(RetentionRun), ("POST /retention/runs/{run_id}/undo",)),
    "units of another city are changed": (all_of(Unit), (f"PATCH {UNIT}/settings",)),
}  # fmt: skip


def test_every_hole_in_writing_is_noticed(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    unnoticed = []
    for name, (dig, operations) in HOLES.items():
        with monkeypatch.context() as patch:
            dig(patch)
            workflow._allowed.cache_clear()
            rows = [row for row in ROWS if row.operation in operations]
            assert len(rows) >= len(operations), name
            if not any(CRASH not in fault for row in rows for fault in phones.faults(row)):
                unnoticed.append(name)
            phones.changed()
    workflow._allowed.cache_clear()
    assert unnoticed == []
