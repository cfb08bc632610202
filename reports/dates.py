"""Days, times and lengths as documents print them, in Japanese and English. Tokyo time throughout."""

from __future__ import annotations

import calendar
from datetime import date, datetime

from brigade.dates import WEEKDAYS, era_date, era_month, to_tokyo


def month_name(month: str, lang: str) -> str:
    """``令和8年11月`` or ``November 2026`` for ``2026-11``."""
    if lang == "ja":
        return era_month(month)
    return f"{calendar.month_name[int(month[5:7])]} {int(month[:4])}"


def moment(at: datetime, lang: str) -> str:
    """``令和8年11月8日（日） 19:00`` or ``Sun 8 November 2026, 19:00``."""
    local = to_tokyo(at)
    if lang == "ja":
        return f"{era_date(local.date(), weekday=True)} {local:%H:%M}"
    return f"{local:%a} {local.day} {local:%B %Y}, {local:%H:%M}"


def span(start: datetime, end: datetime, lang: str) -> str:
    """``11月8日（日）19:00–21:30``; the end on the next day as ``翌1:30``, a later one with its date."""
    a, b = to_tokyo(start), to_tokyo(end)
    days = (b.date() - a.date()).days
    if lang == "ja":
        later = {0: "", 1: "翌"}.get(days, f"{b.month}月{b.day}日")
        return f"{a.month}月{a.day}日（{WEEKDAYS[a.weekday()]}）{a:%H:%M}–{later}{b:%H:%M}"
    later = {0: "", 1: "next day "}.get(days, f"{b.day} {b:%b} ")
    return f"{a:%a} {a.day} {a:%b} {a:%H:%M}–{later}{b:%H:%M}"


def stamp(at: datetime, year: int, lang: str) -> str:
    """``11/8 21:05`` or ``8 Nov 21:05``, with the year when it is not ``year``."""
    local = to_tokyo(at)
    day: date = local.date()
    if lang == "ja":
        return f"{'' if day.year == year else f'{day.year}/'}{day.month}/{day.day} {local:%H:%M}"
    return f"{day.day} {day:%b}{'' if day.year == year else f' {day.year}'} {local:%H:%M}"


def length(minutes: int, lang: str) -> str:
    """``1,624時間30分`` or ``1,624 h 30 min``; whole hours without minutes."""
    hours, rest = divmod(minutes, 60)
    if lang == "ja":
        return f"{hours:,}時間" + (f"{rest}分" if rest else "")
    return f"{hours:,} h" + (f" {rest} min" if rest else "")


def clock(minutes: int) -> str:
    """``1,624:30``: hours and minutes for a column."""
    return f"{minutes // 60:,}:{minutes % 60:02d}"


def short_day(day: date, lang: str) -> str:
    """``11月8日`` or ``8 Nov``."""
    return f"{day.month}月{day.day}日" if lang == "ja" else f"{day.day} {day:%b}"


def day(on: date, lang: str) -> str:
    """``令和8年11月8日`` or ``8 November 2026``."""
    return era_date(on) if lang == "ja" else f"{on.day} {on:%B %Y}"
