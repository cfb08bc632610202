"""Values as a person reads them: days with their era, times, lengths, money, names of things. Stored forms stay ISO."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.dates import WEEKDAYS, era_date, era_month, to_tokyo, tokyo_day
from brigade.wording import has, text

ICONS = {
    "draft": "✎", "in_review": "…", "returned": "↩", "confirmed": "✓", "sealed": "■", "withdrawn": "×",
}  # fmt: skip
TINTS = {
    "draft": "grey", "in_review": "blue", "returned": "orange", "confirmed": "green", "sealed": "green",
    "withdrawn": "grey",
}  # fmt: skip


def instant_of(value: dt.datetime | str) -> dt.datetime:
    """An instant as it is, or from its RFC 3339 text, on Tokyo's clock."""
    return to_tokyo(dt.datetime.fromisoformat(value) if isinstance(value, str) else value)


def day(value: dt.date | dt.datetime | str, lang: str) -> str:
    """``令和8年10月4日（日）`` or ``4 October 2026 (Sun)``."""
    if isinstance(value, str):
        value = instant_of(value) if "T" in value else dt.date.fromisoformat(value)
    on = tokyo_day(value) if isinstance(value, dt.datetime) else value
    return era_date(on, weekday=True) if lang == "ja" else f"{on.day} {on:%B %Y (%a)}"


def short_day(value: dt.date | dt.datetime | str, lang: str) -> str:
    """``10月4日（日）`` or ``4 Oct (Sun)``, where the year is plain from what stands around."""
    on = value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else instant_of(value).date()
    return f"{on.month}月{on.day}日（{WEEKDAYS[on.weekday()]}）" if lang == "ja" else f"{on.day} {on:%b (%a)}"


def clock(value: dt.datetime | str) -> str:
    """``19:00`` in Tokyo."""
    return f"{instant_of(value):%H:%M}"


def moment(value: dt.datetime | str, lang: str) -> str:
    """Day and time."""
    return f"{short_day(value, lang)} {clock(value)}"


def span(start: dt.datetime | str, end: dt.datetime | str, lang: str) -> str:
    """``19:00–21:00``; an end on another day says so."""
    first, last = instant_of(start), instant_of(end)
    if first.date() == last.date():
        return f"{clock(first)}–{clock(last)}"
    if last.date() - first.date() == dt.timedelta(days=1):
        return f"{clock(first)}–{text('console.next_day', lang)}{clock(last)}"
    return f"{clock(first)}–{moment(last, lang)}"


def month(value: str, lang: str) -> str:
    """``令和8年10月`` or ``October 2026``."""
    return era_month(value) if lang == "ja" else f"{dt.date.fromisoformat(f'{value}-01'):%B %Y}"


def length(minutes: int, lang: str) -> str:
    """``2時間30分``."""
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return text("pay.hours_minutes", lang, hours=f"{hours:,}", minutes=rest)
    return text("pay.hours", lang, hours=f"{hours:,}") if hours else text("pay.minutes", lang, minutes=rest)


def yen(amount: int | None, lang: str) -> str:
    """``12,000 円``; a sentence where the amount is not known."""
    return text("pay.unknown_amount", lang) if amount is None else text("pay.yen", lang, yen=f"{amount:,}")


def roles(lang: str) -> dict[str, str]:
    """What a person was at an activity, in words."""
    return {str(option.value): option.label.of(lang) for option in catalogue().roles}


def words_for(lang: str) -> dict[str, Any]:
    """What every template may call, in one language."""

    def spoken(function: Callable[..., str]) -> Callable[..., str]:
        return functools.partial(function, lang=lang)

    return {
        "lang": lang, "t": functools.partial(text, lang=lang), "clock": clock, "has": has, "roles": roles(lang), "icons": ICONS, "tints": TINTS,
        **{f.__name__: spoken(f) for f in (day, short_day, moment, span, month, length, yen)},
    }  # fmt: skip
