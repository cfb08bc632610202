"""How the month's documents name units, people and editions."""

from __future__ import annotations

from brigade.month.sheet import MonthSheet
from brigade.organisation.ranks import LEADS, LEVELS, Level
from reports.dates import month_name
from reports.words import label, say


def unit_name(month: MonthSheet) -> str:
    """The unit's name, for a squad or section with the unit above it: 第一班 stands in every company."""
    if month.level in (Level.SECTION, Level.SQUAD) and len(month.path) > 1:
        return " ".join(month.path[-2:])
    return month.unit_name


def title(month: MonthSheet, lang: str) -> str:
    """``活動報告 月次集計 令和8年11月分　第2版``."""
    named = say("title", lang, month=month_name(month.month, lang))
    if month.edition is None:
        return named
    return say("title_edition", lang, title=named, edition=say("edition", lang, number=month.edition.number))


def holder(post: str, name: str, lang: str) -> str:
    """Post and name."""
    return f"{label('post', post, lang)} {name}" if post else name


def acting(post: str, name: str, deputy_for: str | None, level: str, lang: str) -> str:
    """Post and name, for a deputy with the one stood in for."""
    who = holder(post, name, lang)
    if not deputy_for:
        return who
    return say("deputy", lang, who=who, of=stood_in_for(deputy_for, level, lang))


def stood_in_for(deputy_for: str, level: str, lang: str) -> str:
    """``（分団長 田中 実 の代理）``."""
    principal = label("post", LEADS[Level(level)], lang) if level in LEVELS else ""
    return say("deputy_of", lang, principal=f"{principal} {deputy_for}".lstrip())
