"""Reading ``rules/pay/*.yaml`` strictly: every pay class has a rate or is named as unpaid. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.organisation.ranks import PostName
from brigade.pay.rules import (
    DAY_MINUTES,
    LONG,
    NOTICE,
    PER,
    REMAINDER,
    ROUNDING,
    SAME_DAY,
    SERVED,
    Addon,
    Annual,
    Band,
    Blocks,
    NoActivity,
    PayRules,
    Rate,
    RuleSet,
    Tax,
    overlapping,
)
from brigade.strict_yaml import Node, read

FOLDER = Path(__file__).parents[1] / "rules" / "pay"
UNKNOWN = "unknown"
"""Written where an amount is not known: an amount that is just left out is a slip."""
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHARE = re.compile(r"([1-9]\d?)/([1-9]\d?)")


@lru_cache
def pay_rules() -> PayRules:
    """All rule sets that ship with the product; ValueError, naming file and place, when one is not sound."""
    return read_pay_rules(FOLDER)


def read_pay_rules(folder: Path) -> PayRules:
    """The rule sets of a folder, in order of municipality and first day."""
    sets = sorted(
        (_rule_set(path) for path in folder.glob("*.yaml")), key=lambda rules: (rules.municipality, rules.first)
    )
    both = overlapping(sets)
    if both is not None:
        raise ValueError(f"{both[0].code} and {both[1].code} hold on the same days")
    return PayRules(tuple(sets))


def _rule_set(path: Path) -> RuleSet:
    top = read(path)
    valid, same_day, long = top.node("valid"), top.node("same_day"), top.node("long")
    tax = top.node("tax")
    rules = RuleSet(
        municipality=top.matching("municipality", _CODE),
        code=top.matching("code", _CODE),
        label=top.label("label"),
        source=top.take("source", str),
        first=valid.take("from", dt.date),
        last=valid.take("to", dt.date, None),
        rates=top.rows("turnouts", _rate, lambda rate: (rate.classes, rate.kinds)),
        unpaid=tuple(top.take("unpaid", list, [])),
        same_day=same_day.word("mode", SAME_DAY),
        same_day_cap=_count(same_day, "yen") if "yen" in same_day.left else None,
        long=long.word("mode", LONG),
        long_minutes=long.take("hours", int, 24) * 60,
        remainder=long.word("remainder", REMAINDER, "full"),
        addons=top.rows("addons", _addon, lambda addon: addon.role),
        share_rounding=top.word("share_rounding", ROUNDING, "down"),
        annual=_annual(top.node("annual")) if "annual" in top.left else None,
        tax=Tax(*(_count(tax, name) for name in ("disaster_day", "other_day", "annual"))),
        digest=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
    )
    for node in (valid, same_day, long, tax, top):
        node.done()
    _check_whole(top, rules, path)
    return rules


def _check_whole(top: Node, rules: RuleSet, path: Path) -> None:
    if path.stem != rules.code:
        top.fail(f"the file must be called {rules.code}.yaml")
    if rules.last is not None and rules.last < rules.first:
        top.fail("'valid' ends before it begins")
    if (rules.same_day == "cap") != (rules.same_day_cap is not None):
        top.fail("'same_day' needs 'yen' where its mode is cap, and only there")
    if not 0 < rules.long_minutes <= DAY_MINUTES:
        top.fail("'long.hours' must be 1 to 24")
    named = [pay_class for rate in rules.rates if not rate.kinds for pay_class in rate.classes] + list(rules.unpaid)
    known = catalogue().classes["pay"]
    for pay_class in known:
        if named.count(pay_class) != 1:
            top.fail(f"pay class {pay_class!r} must stand in one rate or under 'unpaid', and once")
    if set(named) - set(known):
        top.fail(f"no such pay class: {', '.join(sorted(set(named) - set(known)))}")


def _rate(node: Node) -> Rate:
    if sum(key in node.left for key in ("yen", "bands", "blocks")) != 1:
        node.fail("needs one of 'yen', 'bands' and 'blocks'")
    rate = Rate(
        classes=node.words("classes"),
        per=node.word("per", PER),
        kinds=node.words("kinds", tuple(kind.code for kind in catalogue())) if "kinds" in node.left else (),
        yen=_yen(node, "yen") if "yen" in node.left else None,
        bands=node.rows("bands", _band, lambda band: band),
        blocks=_blocks(node.node("blocks")) if "blocks" in node.left else None,
        cap=_count(node, "cap") if "cap" in node.left else None,
        no_activity=_no_activity(node.node("no_activity")) if "no_activity" in node.left else NoActivity(),
        min_minutes=_count(node, "min_minutes") if "min_minutes" in node.left else 0,
        prior_notice=node.word("prior_notice", NOTICE, "off"),
    )
    if rate.bands:
        bounds = [(band.minutes or 0, band.inclusive) for band in rate.bands]  # 0: no bound
        if any(above <= below for below, above in pairwise([(0, False), *bounds[:-1]])) or bounds[-1][0]:
            node.fail("bands must rise, and only the last has no bound")
    return rate


def _count(node: Node, key: str, least: int = 0) -> int:
    """Whole yen or minutes; a negative amount would be taken off somebody's pay."""
    value = node.take(key, int)
    if value < least:
        node.fail(f"{key!r} must be {least} or more, not {value}")
    return value


def _yen(node: Node, key: str) -> int | None:
    if key not in node.left:
        node.fail(f"{key!r} is missing: whole yen or the word {UNKNOWN}")
    value: Any = node.left.pop(key)
    if value == UNKNOWN:
        return None
    if type(value) is not int or value < 0:
        node.fail(f"{key!r} must be whole yen or the word {UNKNOWN}, not {value!r}")
    return int(value)


def _band(node: Node) -> Band:
    bounds = [key for key in ("under", "up_to") if key in node.left]
    if len(bounds) > 1:
        node.fail("either 'under' or 'up_to'")
    minutes = _count(node, bounds[0], 1) if bounds else None
    return Band(minutes, bounds == ["up_to"], _yen(node, "yen"))


def _blocks(node: Node) -> Blocks:
    blocks = Blocks(_count(node, "minutes", 1), _count(node, "first"), _count(node, "each"))
    node.done()
    return blocks


def _no_activity(node: Node) -> NoActivity:
    if "share" in node.left:
        share = _SHARE.fullmatch(node.take("share", str))
        if share is None:
            node.fail("'share' must be written like 1/3")
            raise AssertionError("unreachable")
        rule = NoActivity(Fraction(int(share[1]), int(share[2])))
        if rule.share is not None and rule.share > 1:
            node.fail("'share' must be no more than the whole")
    else:
        rule = NoActivity(None, _yen(node, "yen"))
    node.done()
    return rule


def _addon(node: Node) -> Addon:
    role = node.word("role", catalogue().role_values())
    return Addon(role, _count(node, "yen"), node.label("label"))


def _annual(node: Node) -> Annual:
    ranks = node.node("ranks")
    annual = Annual(
        ranks=MappingProxyType({post.value: _yen(ranks, post.value) for post in PostName if post.value in ranks.left}),
        served=node.word("served", SERVED),
        higher=node.take("higher_rank_counts", bool),
        function_limited=_yen(node, "function_limited"),
        withhold=node.take("withhold_without_activity", bool),
        rounding=node.word("rounding", ROUNDING),
    )
    ranks.done()
    node.done()
    return annual
