"""What one person is paid for turnouts, line by line, by the rules of the day of the activity. Pure, whole yen.

Every line names its report, its rule set with version, its inputs and the reason of its amount; ``yen`` None means that
the amount is not known, so nothing is paid and somebody must look. Sources of the rules: the files in ``rules/pay/``.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from brigade.dates import day_start, to_tokyo, tokyo_day
from brigade.pay.rules import NoRule, PayRules, Rate, RuleSet, rounded


class Reason(StrEnum):
    """Why a line has its amount."""

    TURNOUT = "turnout"
    DAY = "day"
    ADDON = "addon"
    NO_ACTIVITY = "no-activity"
    IN_DAY = "in-day"
    RATE_CAP = "rate-cap"
    SAME_DAY_HIGHEST = "same-day-highest"
    SAME_DAY_FIRST = "same-day-first"
    SAME_DAY_CAP = "same-day-cap"
    UNPAID_CLASS = "unpaid-class"
    TOO_SHORT = "too-short"
    NO_NOTICE = "no-notice"
    BARRED = "barred"
    UNKNOWN = "unknown"
    UNKNOWN_SAME_DAY = "unknown-same-day"
    NO_RULES = "no-rules"
    HELD = "held"


UNKNOWN_AMOUNTS = (Reason.UNKNOWN, Reason.UNKNOWN_SAME_DAY, Reason.NO_RULES)
SAME_DAY_REASON = {"highest": Reason.SAME_DAY_HIGHEST, "first": Reason.SAME_DAY_FIRST, "cap": Reason.SAME_DAY_CAP}


@dataclass(frozen=True, slots=True)
class Turnout:
    """One person's part in one report that counts. ``allowed``: the person's type of membership admits the kind;
    ``notified``: the activity was announced before it took place.
    """

    report_id: str
    kind: str
    pay_class: str
    tax_class: str
    started_at: dt.datetime
    ended_at: dt.datetime
    role: str = "member"
    acted: bool = True
    notified: bool = True
    allowed: bool = True

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.ended_at - self.started_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class PayLine:
    """One amount of one report. ``part`` counts the days of a long duty from 0; ``full`` is what the line would be
    without the other turnouts of its day.
    """

    report_id: str
    day: dt.date
    part: int
    kind: str
    pay_class: str
    tax_class: str
    minutes: int
    rule_set: str
    digest: str
    full: int | None
    yen: int | None
    reason: Reason
    role: str | None = None
    unannounced: bool = False

    @property
    def is_unknown(self) -> bool:
        """No rule says what it is worth. What is on hold has an amount, which is not paid yet."""
        return self.reason in UNKNOWN_AMOUNTS


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a turnout counts for one day, under the rules of that day."""

    turnout: Turnout
    rules: RuleSet
    rate: Rate
    day: dt.date
    nth: int
    minutes: int

    @property
    def group(self) -> tuple[object, ...]:
        """Parts that are paid together: one turnout alone, or one rate's day. Later days of a long duty stand alone."""
        alone = self.turnout.report_id if self.rate.per == "turnout" or self.nth else None
        return (self.rules.code, self.rate.classes, self.rate.kinds, self.day, self.nth, alone)


def turnout_pay(rules: PayRules, municipality: str, turnouts: Iterable[Turnout]) -> list[PayLine]:
    """The lines of one person, in order of time. All turnouts of each day must be among them.

    Where no rule set holds on the day of an activity, its amount is not known.
    """
    ordered = sorted(turnouts, key=lambda turnout: (turnout.started_at, turnout.report_id))
    groups: dict[tuple[object, ...], list[_Part]] = defaultdict(list)
    lines: list[PayLine] = []
    unruled: list[PayLine] = []
    for turnout in list(ordered):
        try:
            parts = list(_parts(rules, municipality, turnout))
        except NoRule:
            unruled.append(_without_rules(turnout))
            ordered.remove(turnout)
            continue
        refusal = _refusal(parts[0]) if parts else Reason.UNPAID_CLASS
        if refusal is not None:
            lines.append(_nothing(rules.on(municipality, tokyo_day(turnout.started_at)), turnout, refusal))
            continue
        for part in parts:
            groups[part.group].append(part)
    for parts in groups.values():
        lines += _group_lines(parts)
    place = {turnout.report_id: nth for nth, turnout in enumerate(ordered)}
    lines.sort(key=lambda line: (place[line.report_id], line.day, line.part))
    lines = _capped_by_rate(rules, municipality, lines)
    lines = _one_day(rules, municipality, lines)
    return unruled + lines + list(_addons(rules, municipality, ordered, lines))


def total(lines: Iterable[PayLine]) -> int:
    """The sum of what is known."""
    return sum(line.yen or 0 for line in lines)


def on_hold(line: PayLine) -> PayLine:
    """The line while it is not paid because somebody looks into it; ``full`` is what it would be."""
    return replace(line, full=line.yen, yen=None, reason=Reason.HELD)


def _parts(rules: PayRules, municipality: str, turnout: Turnout) -> Iterator[_Part]:
    """The turnout, cut into days where its rules ask for it; nothing when its class is not paid."""
    start, end = to_tokyo(turnout.started_at), to_tokyo(turnout.ended_at)
    first = rules.on(municipality, start.date())
    rate = first.rate_of(turnout.pay_class, turnout.kind)
    if rate is None:
        return
    if rate.per == "turnout" or first.long == "start_date":
        yield _Part(turnout, first, rate, start.date(), 0, turnout.minutes)
    elif first.long == "hours":
        whole, rest = divmod(turnout.minutes, first.long_minutes)
        lengths = [first.long_minutes] * whole + ([rest] if rest or not whole else [])
        if whole and first.remainder == "full":
            lengths[-1] = first.long_minutes
        for nth, minutes in enumerate(lengths):
            yield _Part(turnout, first, rate, start.date(), nth, minutes)
    else:
        at = start
        while at < end:
            midnight = day_start(at.date() + dt.timedelta(days=1))
            there = rules.on(municipality, at.date())
            rate_there = there.rate_of(turnout.pay_class, turnout.kind)
            until = min(midnight, end)
            if rate_there is not None:
                yield _Part(turnout, there, rate_there, at.date(), 0, int((until - at).total_seconds()) // 60)
            at = until


def _refusal(part: _Part) -> Reason | None:
    """Why the whole turnout earns nothing, whatever its length."""
    if not part.turnout.allowed:
        return Reason.BARRED
    if part.rate.prior_notice == "hard" and not part.turnout.notified:
        return Reason.NO_NOTICE
    return Reason.TOO_SHORT if part.turnout.minutes < part.rate.min_minutes else None


def _nothing(rules: RuleSet, turnout: Turnout, reason: Reason) -> PayLine:
    return PayLine(
        turnout.report_id, tokyo_day(turnout.started_at), 0, turnout.kind, turnout.pay_class, turnout.tax_class, turnout.minutes,
        rules.code, rules.digest, 0, 0, reason,
    )  # fmt: skip


def _without_rules(turnout: Turnout) -> PayLine:
    return PayLine(
        turnout.report_id, tokyo_day(turnout.started_at), 0, turnout.kind, turnout.pay_class, turnout.tax_class,
        turnout.minutes, "", "", None, None, Reason.NO_RULES,
    )  # fmt: skip


def _amount(rate: Rate, minutes: int) -> int | None:
    """What so many minutes are worth at the rate."""
    if rate.blocks is not None:
        started = max(1, -(-minutes // rate.blocks.minutes))
        return rate.blocks.first + rate.blocks.each * (started - 1)
    if rate.bands:
        return next(band.yen for band in rate.bands if band.holds(minutes))
    return rate.yen


def _group_lines(parts: Sequence[_Part]) -> Iterator[PayLine]:
    """The first part that counts bears the amount of the group, the others of a day say so."""
    rate, rules = parts[0].rate, parts[0].rules
    counting = [part for part in parts if part.turnout.acted] or list(parts)
    minutes = sum(part.minutes for part in counting)
    yen = _amount(rate, minutes)
    reason = Reason.DAY if rate.per == "day" else Reason.TURNOUT
    if not counting[0].turnout.acted and rate.no_activity.share != 1:
        reason = Reason.NO_ACTIVITY
        share = rate.no_activity.share
        if share is None:
            yen = rate.no_activity.yen
        elif yen is not None:
            yen = rounded(yen * share, rules.share_rounding)
    if yen is None:
        reason = Reason.UNKNOWN
    for part in parts:
        bears = part is counting[0]
        its = yen if bears else 0
        yield PayLine(
            part.turnout.report_id, part.day, part.nth, part.turnout.kind, part.turnout.pay_class, part.turnout.tax_class,
            minutes if bears else part.minutes, rules.code, rules.digest, its, its, reason if bears else Reason.IN_DAY,
            unannounced=rate.prior_notice == "warn" and not part.turnout.notified,
        )  # fmt: skip


def _capped_by_rate(rules: PayRules, municipality: str, lines: list[PayLine]) -> list[PayLine]:
    spent: dict[tuple[object, ...], int] = defaultdict(int)
    made = []
    for line in lines:
        rate = rules.on(municipality, line.day).rate_of(line.pay_class, line.kind)
        if rate is not None and rate.cap is not None and line.yen:
            key = (rate.classes, rate.kinds, line.day, line.part, line.report_id if line.part else None)
            yen = min(line.yen, rate.cap - spent[key])
            if yen < line.yen:
                line = replace(line, yen=yen, reason=Reason.RATE_CAP)
            spent[key] += yen
        made.append(line)
    return made


def _one_day(rules: PayRules, municipality: str, lines: list[PayLine]) -> list[PayLine]:
    """Several duties on one day, by the day's rule. Later days of a long duty stand alone."""
    made = list(lines)
    days: dict[dt.date, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.part == 0 and line.yen != 0:
            days[line.day].append(place)
    for day, places in days.items():
        held = rules.on(municipality, day)
        if held.same_day == "sum":
            continue
        amounts = [yen for place in places if (yen := lines[place].yen) is not None]
        if len(amounts) < len(places):
            for place in places:
                made[place] = replace(lines[place], yen=None, reason=_still_unknown(lines[place]))
            continue
        for place, amount, allowed in zip(places, amounts, _allowed(held, amounts), strict=True):
            if amount > allowed:
                made[place] = replace(lines[place], yen=allowed, reason=SAME_DAY_REASON[held.same_day])
    return made


def _still_unknown(line: PayLine) -> Reason:
    return Reason.UNKNOWN if line.reason is Reason.UNKNOWN else Reason.UNKNOWN_SAME_DAY


def _allowed(rules: RuleSet, amounts: list[int]) -> list[int]:
    """What remains of each amount of one day."""
    if rules.same_day == "highest":
        best = amounts.index(max(amounts))
        return [amount if place == best else 0 for place, amount in enumerate(amounts)]
    if rules.same_day == "first":
        return [amounts[0], *([0] * (len(amounts) - 1))]
    left, kept = rules.same_day_cap or 0, []
    for amount in amounts:
        kept.append(min(amount, left))
        left -= kept[-1]
    return kept


def _addons(
    rules: PayRules, municipality: str, turnouts: Sequence[Turnout], lines: Sequence[PayLine]
) -> Iterator[PayLine]:
    """What a role earns on top of a turnout that is itself paid."""
    paid = {line.report_id for line in lines if line.yen}
    for turnout in turnouts:
        held = rules.on(municipality, tokyo_day(turnout.started_at))
        for addon in held.addons:
            if addon.role == turnout.role and turnout.report_id in paid:
                yield replace(_nothing(held, turnout, Reason.ADDON), full=addon.yen, yen=addon.yen, role=addon.role)
