"""How a notice reads: made when it is shown, from the values it carries, in the reader's language. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from calendar import month_name
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.dates import WEEKDAYS, day_start, month_days, to_tokyo
from brigade.messages.notice_rules import NoticeKind
from brigade.wording import text

DEVICES = "devices"
PLACES = {
    NoticeKind.DEVICE_SIGNED_IN: (DEVICES, "/api/v1/auth/devices"),
    NoticeKind.SIGN_IN_CHANGED: (DEVICES, "/api/v1/auth/second-factors"),
    NoticeKind.DISPUTE_RAISED: ("disputes", "/api/v1/disputes"),
    NoticeKind.DISPUTE_UPHELD: ("own-disputes", "/api/v1/me/disputes"),
    NoticeKind.DISPUTE_DISMISSED: ("own-disputes", "/api/v1/me/disputes"),
    NoticeKind.DATA_REQUEST_MADE: ("data-requests", "/api/v1/data-requests"),
    NoticeKind.DATA_REQUEST_WITHDRAWN: ("data-requests", "/api/v1/data-requests"),
    NoticeKind.DATA_REQUEST_EXTENDED: ("own-data-requests", "/api/v1/me/data-requests"),
    NoticeKind.DATA_REQUEST_ACCEPTED: ("own-data-requests", "/api/v1/me/data-requests"),
    NoticeKind.DATA_REQUEST_REFUSED: ("own-data-requests", "/api/v1/me/data-requests"),
    NoticeKind.DATA_REQUEST_REOPENED: ("own-data-requests", "/api/v1/me/data-requests"),
    NoticeKind.RETENTION_MARKED: ("retention", "/api/v1/retention/runs"),
    NoticeKind.RETENTION_OVER_CAP: ("retention", "/api/v1/retention/plan"),
    NoticeKind.MONTH_DUE_SOON: ("month", None),
    NoticeKind.MONTH_OVERDUE: ("month", None),
    NoticeKind.MONTH_SEALED: ("month", None),
    NoticeKind.MONTH_TO_SEAL_AGAIN: ("month", None),
    NoticeKind.SCAN_READ: ("scans", "/api/v1/scans"),
    NoticeKind.SCAN_REFUSED: ("scans", "/api/v1/scans"),
    NoticeKind.SCAN_GIVEN_UP: ("scans", "/api/v1/scans"),
}
"""Kind → the screen of an app, and where the API answers, of what is about neither a report nor an event."""

OWED = ("silent", "events", "returned", "waiting")
"""What may be owed of a month, in the order in which it is said."""


PAGES = ("to_review", "unread")
"""What pages of a scan may be, in the order in which it is said."""


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
        "fields": _fields(data, lang),
        "changed": text(f"notice.sign_in.{data['what']}", lang) if "what" in data else "",
        **_of_month(data, lang),
        **_of_scan(data, lang),
        **_of_seal(data, lang),
        **_of_keeping(data, lang),
    }
    return text(f"notice.{kind}.title", lang), text(f"notice.{kind}.text", lang, **values).strip()


def _fields(data: Mapping[str, Any], lang: str) -> str:
    """What a correction changed, by name: the values themselves are for those who may read the report."""
    names = [text(f"report.field.{name}", lang) for name in data.get("fields", ())]
    if not names:
        return ""
    listed = reduce(lambda before, name: text("notice.corrected.and", lang, before=before, name=name), names)
    return text("notice.corrected", lang, fields=listed)


def _of_month(data: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Which month closes, when, and what one owes of it; nothing for a notice about anything else."""
    if "month" not in data:
        return {"month": "", "ends": "", "owed": ""}
    ends = dt.date.fromisoformat(data["ends"])
    owed = [text(f"notice.owed.{what}", lang, count=data[what]) for what in OWED if data.get(what)]
    return {"month": _month(data["month"], lang), "ends": day_words(day_start(ends), lang), "owed": " ".join(owed)}


def _of_seal(data: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Whose month was sealed, which others are to be sealed again, where its chains stand as the verifying program takes
    it, and who signs.
    """
    others = again(data.get("again", ()), lang)
    if "sealed" not in data:
        return {"unit": "", "edition": "", "heads": "", "again": others}
    lines = [f"{name}\n{chain}:{length}:{digest}" for chain, name, length, digest in data["heads"]]
    signed = [text("notice.sealed.key", lang, signer=data["key"])] if data["key"] else []
    edition = text("notice.sealed.edition", lang, number=data["number"])
    return {
        "month": _month(data["sealed"], lang), "unit": data["unit"], "edition": edition,
        "heads": "\n".join(lines + signed), "again": f"\n\n{others}\n\n" if others else "",
    }  # fmt: skip


def again(months: Sequence[Sequence[Any]], lang: str, most: int | None = None) -> str:
    """Which sealed months (unit, ``2026-11``) pay something else since another was sealed, ``most`` of them by name;
    nothing where there are none.
    """
    named = [text("notice.sealed.of", lang, unit=unit, month=_month(month, lang)) for unit, month, *_ in months[:most]]
    if not named:
        return ""
    if len(months) > len(named):
        named.append(text("notice.sealed.more", lang, count=len(months) - len(named)))
    listed = reduce(lambda before, name: text("notice.corrected.and", lang, before=before, name=name), named)
    return text("notice.sealed.again", lang, months=listed)


def _of_keeping(data: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """What is asked of one's own data and by when it is answered; what goes, how much and when."""

    def day(name: str) -> str:
        return day_words(day_start(dt.date.fromisoformat(data[name])), lang) if name in data else ""

    return {
        "asked": text(f"request.kind.{data['asked']}", lang) if "asked" in data else "", "answered_by": day("due_on"),
        "goes_on": day("goes_on"), "count": data.get("count", 0), "due": data.get("due", 0),
        "record": text(f"retention.record.{data['record']}", lang) if "record" in data else "",
    }  # fmt: skip


def _month(month: str, lang: str) -> str:
    first = month_days(month)[0]
    return f"{first.month}月分" if lang == "ja" else month_name[first.month]


def _of_scan(data: Mapping[str, Any], lang: str) -> dict[str, str]:
    """How many pages were looked at and what is left to do with them; nothing for a notice about anything else."""
    left = [text(f"notice.scan.{what}", lang, count=data[what]) for what in PAGES if data.get(what)]
    return {"pages": text("notice.scan.pages", lang, count=data.get("pages", 0)), "left": " ".join(left)}


def screen_of(kind: str, report_id: uuid.UUID | None, event_id: uuid.UUID | None) -> dict[str, str | None]:
    """Which screen of an app shows what the notice is about."""
    if report_id is not None:
        return {"kind": "report", "id": str(report_id)}
    if event_id is not None:
        return {"kind": "event", "id": str(event_id)}
    return {"kind": _place(kind)[0], "id": None}


def href_of(kind: str, report_id: uuid.UUID | None, event_id: uuid.UUID | None) -> str | None:
    """Where the API answers what the notice is about; None where there is nothing to read."""
    if report_id is not None:
        return f"/api/v1/activity-reports/{report_id}"
    if event_id is not None:
        return f"/api/v1/events/{event_id}"
    return _place(kind)[1]


def _place(kind: str) -> tuple[str, str | None]:
    return PLACES.get(NoticeKind(kind), ("account", None))
