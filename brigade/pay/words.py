"""A line of pay as a sentence that a member understands: how much, for what, by which rules. Pure."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from brigade.dates import era_date
from brigade.pay.annual import AnnualPay
from brigade.pay.rules import RuleSet
from brigade.pay.turnouts import PayLine
from brigade.wording import text


def yen(amount: int | None, lang: str) -> str:
    """``7,000 円``; a word where the amount is not known."""
    return text("pay.unknown_amount", lang) if amount is None else text("pay.yen", lang, yen=f"{amount:,}")


def duration(minutes: int, lang: str) -> str:
    """``2時間30分``."""
    hours, rest = divmod(minutes, 60)
    key = "pay.hours_minutes" if hours and rest else "pay.hours" if hours else "pay.minutes"
    return text(key, lang, hours=hours, minutes=rest)


def sentence(line: PayLine, rules: RuleSet | None, lang: str) -> str:
    """「7,000 円：災害出動 1回（横浜市 2024）」, with the reason where the amount is not simply the rate. What a long duty earns as
    further days says which: no two of its lines read alike.
    """
    role = ""
    if line.role is not None and rules is not None:
        role = next(addon.label for addon in rules.addons if addon.role == line.role).of(lang)
    return _sentence(
        line.reason, line.yen, line.full, line.pay_class, role, line.minutes, line.day, line.part, line.unannounced,
        rules.label.of(lang) if rules else "", lang,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _sentence(
    reason: str, paid: int | None, full: int | None, pay_class: str, role: str, minutes: int, day: dt.date,
    part: int, unannounced: bool, rules: str, lang: str,
) -> str:  # fmt: skip
    """All who were at one activity read the same."""
    what = text(f"class.pay.{pay_class}", lang)
    if role:
        what = f"{role}・{what}" if lang == "ja" else f"{role}, {what}"
    said = text(
        f"pay.reason.{reason}", lang,
        yen=yen(paid, lang), full=yen(full, lang), what=what, time=duration(minutes, lang),
        day=era_date(day) if lang == "ja" else day.isoformat(), rules=rules,
    )  # fmt: skip
    more = [text("pay.part", lang, number=part + 1)] if part else []
    more += [text("pay.unannounced", lang)] if unannounced else []
    return " ".join([said, *more])


def annual_sentence(pay: AnnualPay, rules: RuleSet, lang: str) -> str:
    """「36,500 円：年額報酬 12か月（横浜市 2024）」."""
    key = "pay.annual_withheld" if pay.withheld else "pay.annual_days" if _by_days(rules) else "pay.annual_months"
    return text(key, lang, yen=yen(pay.yen, lang), months=pay.months, days=pay.days, rules=rules.label.of(lang))


def annual_words(pay: AnnualPay | None, rules: RuleSet | None, lang: str) -> str:
    """The same also where there are no rules, or where these know no annual pay."""
    if rules is None:
        return text("pay.annual_no_rules", lang)
    return (
        text("pay.annual_none", lang, rules=rules.label.of(lang)) if pay is None else annual_sentence(pay, rules, lang)
    )


def _by_days(rules: RuleSet) -> bool:
    return rules.annual is not None and rules.annual.served == "days"
