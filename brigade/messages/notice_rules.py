"""Who is told of what: one table, read when something happens to a report. Nothing here asks the database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Set
from enum import StrEnum
from typing import Any, NamedTuple

from brigade.activity.content import NOT_CHECKED
from brigade.activity.history import Happened, ReportEvent
from brigade.activity.transition import Standing
from brigade.activity.workflow import Action, State


class NoticeKind(StrEnum):
    """What a notice is about. Its words are ``notice.<kind>.title`` and ``.text``."""

    REPORT_RETURNED = "report-returned"
    REPORT_CONFIRMED = "report-confirmed"
    REPORT_CORRECTED = "report-corrected"
    REPORT_WITHDRAWN = "report-withdrawn"
    ENTERED_BY_OTHER = "entered-by-other"
    TAKEN_BACK = "taken-back"
    EVENT_PLANNED = "event-planned"
    EVENT_CHANGED = "event-changed"
    EVENT_CANCELLED = "event-cancelled"
    DISPUTE_RAISED = "dispute-raised"
    DISPUTE_UPHELD = "dispute-upheld"
    DISPUTE_DISMISSED = "dispute-dismissed"
    MONTH_DUE_SOON = "month-due-soon"
    MONTH_OVERDUE = "month-overdue"
    MONTH_SEALED = "month-sealed"
    MONTH_TO_SEAL_AGAIN = "month-to-seal-again"
    SCAN_READ = "scan-read"
    SCAN_REFUSED = "scan-refused"
    SCAN_GIVEN_UP = "scan-given-up"
    DATA_REQUEST_MADE = "data-request-made"
    DATA_REQUEST_WITHDRAWN = "data-request-withdrawn"
    DATA_REQUEST_EXTENDED = "data-request-extended"
    DATA_REQUEST_ACCEPTED = "data-request-accepted"
    DATA_REQUEST_REFUSED = "data-request-refused"
    DATA_REQUEST_REOPENED = "data-request-reopened"
    RETENTION_MARKED = "retention-marked"
    RETENTION_OVER_CAP = "retention-over-cap"
    PASSWORD_RESET_STARTED = "password-reset-started"  # noqa: S105  a word for what happened
    DEVICE_SIGNED_IN = "device-signed-in"
    SIGN_IN_CHANGED = "sign-in-changed"


K = NoticeKind
AT_ONCE = (
    K.REPORT_RETURNED, K.MONTH_SEALED, K.MONTH_TO_SEAL_AGAIN, K.PASSWORD_RESET_STARTED, K.DEVICE_SIGNED_IN,
    K.SIGN_IN_CHANGED,
)  # fmt: skip
"""What does not wait for the digest of the day."""

SOON = dt.timedelta(hours=48)
"""An event called off so shortly before its start is told at once too."""

Told = ReportEvent | Happened
To = Callable[[Standing], Set[uuid.UUID]]


def author(report: Standing) -> set[uuid.UUID]:
    """The one who wrote it."""
    return {report.author_id}


def participants(report: Standing) -> frozenset[uuid.UUID]:
    """Those in whose name it is, without the author."""
    return report.member_ids - {report.author_id}


def everyone(report: Standing) -> set[uuid.UUID]:
    """Author and participants."""
    return author(report) | participants(report)


def returned(event: Told) -> bool:
    """Back to the author."""
    return event.action == Action.RETURN


def confirmed(event: Told) -> bool:
    """The station has taken it: it counts."""
    return event.target == State.CONFIRMED and event.source != State.CONFIRMED


def corrected(event: Told) -> bool:
    """A leader put a slip right."""
    return event.action == Action.CORRECT


def corrected_figures(event: Told) -> bool:
    """What a leader put right touches when people were there, or who."""
    return corrected(event) and bool(set(event.changed) - NOT_CHECKED)


def withdrawn(event: Told) -> bool:
    """Taken away for good, by its author or for one who is gone."""
    return event.action == Action.WITHDRAW


def entered(event: Told) -> bool:
    """Sent off, or more people entered into one that had been sent off."""
    added = event.action == Action.EDIT and event.source == State.RETURNED and "participants" in event.changed
    return event.action == Action.SUBMIT or added


def returned_after_all(event: Told) -> bool:
    """It counted and does so no more; the author must look at it again."""
    return event.source in (State.CONFIRMED, State.SEALED) and event.action == Action.RETURN


def undone(event: Told) -> bool:
    """The station took its last approval back."""
    return event.source == State.CONFIRMED and event.action == Action.UNDO


class Rule(NamedTuple):
    """Whoever is among ``to`` gets a notice of this kind when the event is such; never the one who did it."""

    kind: NoticeKind
    to: To
    when: Callable[[Told], bool]


RULES = (
    Rule(K.REPORT_RETURNED, author, returned),
    Rule(K.REPORT_CONFIRMED, everyone, confirmed),
    Rule(K.REPORT_CORRECTED, author, corrected),
    Rule(K.REPORT_CORRECTED, participants, corrected_figures),
    Rule(K.REPORT_WITHDRAWN, participants, withdrawn),
    Rule(K.ENTERED_BY_OTHER, participants, entered),
    Rule(K.TAKEN_BACK, participants, returned_after_all),
    Rule(K.TAKEN_BACK, everyone, undone),
)


def rules_for(event: Told) -> list[Rule]:
    """The rules that hold for what happened; for most events none."""
    return [rule for rule in RULES if rule.when(event)]


def told_by(event: Told, report: Standing) -> Iterator[tuple[NoticeKind, list[uuid.UUID]]]:
    """The notices that the event makes: each kind with its members."""
    for rule in rules_for(event):
        yield rule.kind, sorted(rule.to(report) - {event.actor_id})


def is_at_once(kind: NoticeKind, data: dict[str, Any], now: dt.datetime) -> bool:
    """Whether it goes out by itself and does not wait for the digest."""
    if kind is K.EVENT_CANCELLED and data.get("started_at"):
        return dt.datetime.fromisoformat(data["started_at"]) - now <= SOON
    return kind in AT_ONCE
