"""What a municipality pays, as dated data: frozen values read from ``rules/pay/*.yaml``. Pure.

An amount is whole yen. ``None`` means that the amount is not known: such a turnout is not paid, and is flagged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from brigade.activity.kind_types import Label

PER = ("turnout", "day")
SAME_DAY = ("sum", "highest", "first", "cap")
LONG = ("start_date", "midnight", "hours")
REMAINDER = ("full", "rate")
ROUNDING = ("down", "up", "nearest")
SERVED = ("any_day", "first_day", "days")
NOTICE = ("off", "warn", "hard")
DAY_MINUTES = 24 * 60


class NoRule(LookupError):
    """No rule set of the municipality holds on that day."""


@dataclass(frozen=True, slots=True)
class Band:
    """So much for up to (``inclusive``) or under ``minutes``; the last band has no bound."""

    minutes: int | None
    inclusive: bool
    yen: int | None

    def holds(self, minutes: int) -> bool:
        """Whether so many minutes lie in it or below it."""
        return self.minutes is None or minutes < self.minutes or (self.inclusive and minutes == self.minutes)


@dataclass(frozen=True, slots=True)
class Blocks:
    """``first`` for the first started block of ``minutes``, ``each`` for every further one that is started."""

    minutes: int
    first: int
    each: int


@dataclass(frozen=True, slots=True)
class NoActivity:
    """For who turned out and found nothing to do: a share of what work would have earned, or (share None) ``yen``."""

    share: Fraction | None = Fraction(1)
    yen: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """What the pay classes named are paid ``per`` turnout or per day; exactly one of bands, blocks and a flat ``yen``.

    Per day, the minutes of one day count together. ``cap`` bounds what the rate gives in one day. With ``kinds`` the
    rate holds for those kinds of the classes only, before the rate of the class.
    """

    classes: tuple[str, ...]
    per: str
    kinds: tuple[str, ...] = ()
    yen: int | None = None
    bands: tuple[Band, ...] = ()
    blocks: Blocks | None = None
    cap: int | None = None
    no_activity: NoActivity = NoActivity()
    min_minutes: int = 0
    prior_notice: str = "off"


@dataclass(frozen=True, slots=True)
class Addon:
    """On top for each paid turnout in that role."""

    role: str
    yen: int
    label: Label


@dataclass(frozen=True, slots=True)
class Annual:
    """Yearly pay by rank. ``served`` says which months count; ``days`` counts days instead of months.

    ``higher``: in a month with two ranks the higher amount counts; else the rank of the month's last day served.
    ``withhold``: nothing for a year without any activity.
    """

    ranks: Mapping[str, int | None]
    served: str
    higher: bool
    function_limited: int | None
    withhold: bool
    rounding: str


@dataclass(frozen=True, slots=True)
class Tax:
    """How much of a day's turnout pay and of the annual pay is untaxed (income-tax circular 28-9)."""

    disaster_day: int
    other_day: int
    annual: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one municipality from one day to another. ``digest`` is the version: it changes with any character.

    ``long`` says what happens at midnight: everything belongs to the day it began, or is cut at midnight, or every
    ``long_minutes`` are a day of their own, the remainder paid in ``full`` or by its own ``rate``.
    """

    municipality: str
    code: str
    label: Label
    source: str
    first: dt.date
    last: dt.date | None
    rates: tuple[Rate, ...]
    unpaid: tuple[str, ...]
    same_day: str
    same_day_cap: int | None
    long: str
    long_minutes: int
    remainder: str
    addons: tuple[Addon, ...]
    share_rounding: str
    annual: Annual | None
    tax: Tax
    digest: str

    def rate_of(self, pay_class: str, kind: str = "") -> Rate | None:
        """The rate of a class or of one kind in it; None where the class is not paid."""
        of_class = None
        for rate in self.rates:
            if pay_class in rate.classes:
                if kind in rate.kinds:
                    return rate
                if not rate.kinds and of_class is None:
                    of_class = rate
        return of_class


@dataclass(frozen=True, slots=True)
class PayRules:
    """Every rule set there is."""

    sets: tuple[RuleSet, ...]

    def on(self, municipality: str, day: dt.date) -> RuleSet:
        """The rules of the municipality on the day of the activity, never of the entry. NoRule when there are none."""
        for rules in self.sets:
            if rules.municipality == municipality and rules.first <= day and (rules.last is None or day <= rules.last):
                return rules
        raise NoRule(f"{municipality} on {day}")

    def named(self, code: str) -> RuleSet:
        """The rule set of that code."""
        return next(rules for rules in self.sets if rules.code == code)

    def always(self, code: str) -> PayRules:
        """Only the rule set of that code, as if it held on every day: for asking what it would give."""
        return PayRules((replace(self.named(code), first=dt.date.min, last=None),))

    def roles(self, municipality: str) -> frozenset[str]:
        """The roles for which some rule set of the municipality adds something."""
        sets = (rules for rules in self.sets if rules.municipality == municipality)
        return frozenset(addon.role for rules in sets for addon in rules.addons)

    def municipalities(self) -> tuple[str, ...]:
        """The names that a setting may have."""
        return tuple(dict.fromkeys(rules.municipality for rules in self.sets))


def rounded(amount: Fraction, how: str) -> int:
    """Whole yen; ``nearest`` takes a half up."""
    if how == "down":
        return amount.numerator // amount.denominator
    if how == "up":
        return -(-amount.numerator // amount.denominator)
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def overlapping(sets: Iterable[RuleSet]) -> tuple[RuleSet, RuleSet] | None:
    """Two rule sets of one municipality that hold on the same day, if there are any."""
    before: dict[str, RuleSet] = {}
    for rules in sorted(sets, key=lambda rules: (rules.municipality, rules.first)):
        other = before.get(rules.municipality)
        if other is not None and (other.last is None or rules.first <= other.last):
            return other, rules
        before[rules.municipality] = rules
    return None
