"""The demo's drills: one of today that has begun, so that a member's phone shows 「出ました」, and one of next week."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol
from urllib.parse import quote

from brigade.dates import TOKYO
from brigade.db import new_id

LENGTH = dt.timedelta(hours=2)
HOUR = dt.timedelta(hours=1)
EARLIEST, LAST = 6, 20
"""Hours at which a drill may begin."""

TODAY, NEXT_WEEK = "ポンプ操法の練習", "定例訓練"


class Asks(Protocol):
    """Somebody who asks the API."""

    def get(self, path: str) -> Any:
        """What it answers."""

    def post(self, path: str, body: Any) -> Any:
        """What it answers."""

    def may_post(self, path: str, body: Any) -> bool:
        """Whether it takes that."""


def plan_drills(member: Asks, leader: Asks, account: dict[str, Any], leads: str, now: dt.datetime) -> int:
    """Plan those that are missing, however often this is called; how many were.

    ``account`` is the member's, ``leads`` the unit of the leader, which plans. Today's is in the hours for which the member
    has no report and that are over; in the small hours, before any can be, it is yesterday's.
    """
    today = now.astimezone(TOKYO)
    if today.hour < EARLIEST + LENGTH // HOUR:
        today = today.replace(hour=23, minute=0) - dt.timedelta(days=1)
    monday = today.date() + dt.timedelta(days=7 - today.weekday())
    wednesday = dt.datetime.combine(monday + dt.timedelta(days=2), dt.time(19), TOKYO)
    begun = _free(member, account, today)
    wanted = [(TODAY, begun)] if begun else []
    planned = 0
    for title, start in [*wanted, (NEXT_WEEK, wednesday)]:
        if not _is_there(leader, leads, title, start):
            leader.post("/events", _drill(title, start, leads))
            planned += 1
    return planned


def _free(member: Asks, account: dict[str, Any], day: dt.datetime) -> dt.datetime | None:
    """The latest whole hour from which a drill is over and the member is in no report; None when each is taken."""
    for hour in range(min(day.hour - LENGTH // HOUR, LAST), EARLIEST - 1, -1):
        start = day.replace(hour=hour, minute=0, second=0, microsecond=0)
        report = {
            "kind": "T-01", "unit_id": account["unit_id"], "started_at": start.isoformat(),
            "ended_at": (start + LENGTH).isoformat(), "place": "器具置場", "details": {"drill_type": "pump"},
            "participants": [{"member_id": account["member_id"], "role": "member"}],
        }  # fmt: skip
        if member.may_post("/activity-reports/validate", report):
            return start
    return None


def _is_there(leader: Asks, unit_id: str, title: str, start: dt.datetime) -> bool:
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    span = f"from={quote(day.isoformat())}&to={quote((day + dt.timedelta(days=1)).isoformat())}"
    found = leader.get(f"/events?{span}&unit_id={unit_id}&limit=100")["items"]
    return any(event["title"] == title for event in found)


def _drill(title: str, start: dt.datetime, unit_id: str) -> dict[str, Any]:
    return {
        "id": str(new_id()), "kind": "T-01", "unit_id": unit_id, "title": title, "planned": True,
        "started_at": start.isoformat(), "ended_at": (start + LENGTH).isoformat(), "place": "器具置場",
        "details": {"drill_type": "pump"}, "order_by": "yearly_plan", "note": "活動服と長ぐつで来てください。",
    }  # fmt: skip
