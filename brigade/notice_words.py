"""How a notice reads: made when it is shown, from the values it carries, in the reader's language. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from calendar import month_name
from collections.abc import Mapping
from typing import Any

from brigade.dates import WEEKDAYS, to_tokyo
from brigade.kinds import catalogue
from brigade.notice_rules import NoticeKind
from brigade.wording import text

DEVICES = "devices"


def day_words(instant: dt.datetime, lang: str) -> str:
    """``11月8日(日)`` or ``8 November``, in Tokyo."""
    day = to_tokyo(instant)
    if lang == "ja":
        return f"{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"
    return f"{day.day} {month_name[day.month]}"


def reads(kind: str, data: Mapping[str, Any], lang: str, *, by: str = "", device: str = "") -> tuple[str, str]:
    """Title and text. ``by`` and ``device`` are names; left out, as for whatever leaves the house, none is said."""
    at = dt.datetime.fromisoformat(data["started_at"]) if data.get("started_at") else None
    found = catalogue().get(data.get("activity") or "")
    more = data.get("count", 1) - 1
    values = {
        "by": by or text("notice.someone", lang),
        "device": device or text("notice.some_device", lang),
        "day": day_words(at, lang) if at else "",
        "time": f"{to_tokyo(at):%H:%M}" if at else "",
        "activity": getattr(found.label, lang) if found else "",
        "title": data.get("title", ""),
        "place": data.get("place") or text("notice.no_place", lang),
        "more": text("notice.more_events", lang, count=more) if more > 0 else "",
    }
    return text(f"notice.{kind}.title", lang), text(f"notice.{kind}.text", lang, **values).strip()


def screen_of(kind: str, report_id: uuid.UUID | None, event_id: uuid.UUID | None) -> dict[str, str | None]:
    """Which screen of an app shows what the notice is about."""
    if report_id is not None:
        return {"kind": "report", "id": str(report_id)}
    if event_id is not None:
        return {"kind": "event", "id": str(event_id)}
    return {"kind": DEVICES if kind == NoticeKind.DEVICE_SIGNED_IN else "account", "id": None}


def href_of(kind: str, report_id: uuid.UUID | None, event_id: uuid.UUID | None) -> str | None:
    """Where the API answers what the notice is about; None where there is nothing to read."""
    if report_id is not None:
        return f"/api/v1/activity-reports/{report_id}"
    if event_id is not None:
        return f"/api/v1/events/{event_id}"
    return "/api/v1/auth/devices" if kind == NoticeKind.DEVICE_SIGNED_IN else None
