"""The annual pay of one person by rank and time served in a fiscal year, and the taxable part of what is paid. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from brigade.dates import fiscal_year_bounds
from brigade.pay.rules import Annual, RuleSet, rounded
from brigade.pay.turnouts import PayLine


@dataclass(frozen=True, slots=True)
class Served:
    """Days in one rank, both ends counted. ``limited``: as a function-limited member, who is paid as such in whatever rank."""

    rank: str
    first: dt.date
    last: dt.date
    limited: bool = False


@dataclass(frozen=True, slots=True)
class AnnualPay:
    """``yen`` None where an amount is not known. ``months`` are those that count; ``days`` where days count."""

    yen: int | None
    months: int
    days: int
    withheld: bool
    rule_set: str
    digest: str


def annual_pay(rules: RuleSet, year: int, served: Sequence[Served], *, was_active: bool) -> AnnualPay | None:
    """The pay for the fiscal year that begins in April of ``year``; None where the rules know no annual pay.

    ``served`` must not overlap in time.
    """
    annual = rules.annual
    if annual is None:
        return None
    first, last = fiscal_year_bounds(year)
    inside = [
        replace(span, first=max(span.first, first), last=min(span.last, last))
        for span in served
        if span.first <= last and span.last >= first
    ]
    days = sum((span.last - span.first).days + 1 for span in inside)
    months = _months(annual, year, inside)
    if annual.withhold and not was_active:
        return AnnualPay(0, len(months), days, True, rules.code, rules.digest)
    if annual.served == "days":
        whole = (last - first).days + 1
        pieces = [(span, Fraction((span.last - span.first).days + 1, whole)) for span in inside]
    else:
        pieces = [(span, Fraction(1, 12)) for span in months]
    amount = Fraction(0)
    for span, share in pieces:
        yen = _yearly(annual, span)
        if yen is None:
            return AnnualPay(None, len(months), days, False, rules.code, rules.digest)
        amount += yen * share
    return AnnualPay(rounded(amount, annual.rounding), len(months), days, False, rules.code, rules.digest)


def _yearly(annual: Annual, span: Served) -> int | None:
    """What a year of it is worth; None where that is not known."""
    return annual.function_limited if span.limited else annual.ranks.get(span.rank)


def _months(annual: Annual, year: int, served: Sequence[Served]) -> list[Served]:
    """The span that counts for each month of the fiscal year that was served at all."""
    found = []
    for nth in range(12):
        month = dt.date(year + (nth + 3) // 12, (nth + 3) % 12 + 1, 1)
        end = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        there = [span for span in served if span.first <= end and span.last >= month]
        on_first = any(span.first <= month for span in there)
        if there and (on_first or annual.served != "first_day"):
            found.append(_span_that_counts(annual, there))
    return found


def _span_that_counts(annual: Annual, spans: Sequence[Served]) -> Served:
    """Of the ranks of a month, that of a function-limited member being one: the higher amount, or the newest. One whose
    amount is not known may be the higher.
    """
    if not annual.higher:
        return max(spans, key=lambda span: span.last)
    unknown = next((span for span in spans if _yearly(annual, span) is None), None)
    return unknown or max(spans, key=lambda span: _yearly(annual, span) or 0)


def taxable(rules: RuleSet, lines: Iterable[PayLine]) -> int:
    """The part of turnout pay that is wages: what a day's lines of one tax class give above its limit, summed.

    A later day of a long duty has a limit of its own.
    """
    days: dict[tuple[object, ...], int] = defaultdict(int)
    for line in lines:
        days[line.tax_class, line.day, line.part, line.report_id if line.part else None] += line.yen or 0
    limits = {"disaster": rules.tax.disaster_day}
    return sum(max(0, yen - limits.get(str(key[0]), rules.tax.other_day)) for key, yen in days.items())


def taxable_annual(rules: RuleSet, yen: int) -> int:
    """The part of the annual pay above its limit."""
    return max(0, yen - rules.tax.annual)
