"""Pay beside the months: annual pay, the rule sets there are, and what another one would have paid."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.body import Strict, Text, one_of
from api.endpoint import OFFICERS, Call, Resource
from api.problems import language
from api.schemas import PersonRef, UnitRef
from api.statistics import DaysOut, YearQuery, unit_ref
from brigade.dates import fiscal_year_bounds
from brigade.month.spans import checked_month
from brigade.organisation.ranks import MemberType
from brigade.pay import what_if as comparing
from brigade.pay.rule_words import rule_sentences
from brigade.pay.rules import RuleSet
from brigade.pay.rules_file import pay_rules
from brigade.pay.what_if import Compared
from brigade.pay.words import annual_words
from brigade.pay.year import MemberYear, annual_year
from brigade.wording import text

resource = Resource("pay", "報酬 Pay")


class RankOut(Strict):
    """Days served in one rank and as one type of member, both ends counted."""

    rank = fields.String(required=True)
    label = fields.String(required=True)
    member_type = fields.String(required=True)
    first = fields.String(required=True)
    last = fields.String(required=True)


class RuleSetRef(Strict):
    """A rule set, its version and its name."""

    code = fields.String(required=True)
    digest = fields.String(required=True)
    label = fields.String(required=True)


class TurnoutYearOut(Strict):
    """What the confirmed turnouts of the year give; ``taxable`` is the part that is wages."""

    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)
    taxable = fields.Integer(required=True)


class MemberYearOut(Strict):
    """One person's fiscal year. ``yen`` null: not known, so not paid; ``reason`` says why the amount is what it is."""

    member = fields.Nested(PersonRef, required=True)
    member_type = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    ranks = fields.List(fields.Nested(RankOut), required=True)
    months = fields.Integer(required=True)
    days = fields.Integer(required=True)
    was_active = fields.Boolean(required=True)
    yen = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)
    sentence = fields.String(required=True)
    taxable = fields.Integer(required=True)
    turnouts = fields.Nested(TurnoutYearOut, required=True)


class AnnualTotalOut(Strict):
    """All together; ``unknown`` counts the people whose annual pay is not known."""

    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)
    taxable = fields.Integer(required=True)
    turnouts = fields.Nested(TurnoutYearOut, required=True)


class AnnualOut(Strict):
    """A unit's fiscal year. Before ``is_over`` the amounts are what they will be if nothing changes."""

    unit = fields.Nested(UnitRef, required=True)
    year = fields.Integer(required=True)
    fiscal = fields.Nested(DaysOut, required=True)
    is_over = fields.Boolean(required=True)
    rule_set = fields.Nested(RuleSetRef, required=True, allow_none=True)
    total = fields.Nested(AnnualTotalOut, required=True)
    members = fields.List(fields.Nested(MemberYearOut), required=True)


@resource.get(
    "/annual-pay", "Annual pay of a fiscal year", query=YearQuery(), returns=AnnualOut(), heavy=True,
    problems=(404,),
)  # fmt: skip
def annual_pay(call: Call) -> dict[str, Any]:
    """Each person at or below the unit: ranks and time served, the amount or why there is none, and what is wages."""
    found = annual_year(call.session, call.actor, call.query["unit_id"], call.query["year"])
    first, last = fiscal_year_bounds(found.year)
    lang, members = language(), found.members
    return {
        "unit": unit_ref(found.unit),
        "year": found.year,
        "fiscal": {"first": first.isoformat(), "last": last.isoformat()},
        "is_over": found.is_over,
        "rule_set": _rule_set_ref(found.rules, lang) if found.rules else None,
        "total": {
            "yen": sum(one.pay.yen or 0 for one in members if one.pay),
            "unknown": sum(_reason(one) in ("unknown", "no-rules") for one in members),
            "taxable": sum(one.taxable_annual for one in members),
            "turnouts": {
                name: sum(getattr(one.turnouts, name) for one in members) for name in ("yen", "unknown", "taxable")
            },
        },
        "members": [_member_out(one, lang) for one in members],
    }


def _reason(one: MemberYear) -> str:
    """Why the amount is what it is: served, withheld, unknown, no-rules or no-annual-pay."""
    if one.rules is None:
        return "no-rules"
    if one.pay is None:
        return "no-annual-pay"
    return "withheld" if one.pay.withheld else "unknown" if one.pay.yen is None else "served"


def _member_out(one: MemberYear, lang: str) -> dict[str, Any]:
    return {
        "member": {"id": str(one.member.id), "number": one.member.number, "name": one.member.name},
        "member_type": one.member_type,
        "unit": unit_ref(one.unit),
        "ranks": [
            {
                "rank": span.rank,
                "label": text(f"post.{span.rank}", lang),
                "member_type": (MemberType.FUNCTION_LIMITED if span.limited else MemberType.ORDINARY).value,
                "first": span.first.isoformat(),
                "last": span.last.isoformat(),
            }
            for span in one.served
        ],
        "months": one.pay.months if one.pay else 0,
        "days": sum((span.last - span.first).days + 1 for span in one.served),
        "was_active": one.was_active,
        "yen": one.pay.yen if one.pay else None,
        "reason": _reason(one),
        "sentence": annual_words(one.pay, one.rules, lang),
        "taxable": one.taxable_annual,
        "turnouts": {
            "yen": one.turnouts.yen,
            "unknown": one.turnouts.unknown,
            "taxable": one.turnouts.taxable,
        },
    }


def _rule_set_ref(rules: RuleSet, lang: str) -> dict[str, Any]:
    return {"code": rules.code, "digest": rules.digest, "label": rules.label.of(lang)}


class RuleSetOut(RuleSetRef):
    """A rule set that ships with the product. ``last`` null: until further notice; ``rules`` are plain sentences."""

    municipality = fields.String(required=True)
    first = fields.String(required=True)
    last = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    rules = fields.List(fields.String(), required=True)


class RuleSetsOut(Strict):
    """All of them, in order of municipality and first day."""

    items = fields.List(fields.Nested(RuleSetOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@resource.get("/pay/rule-sets", "Pay rule sets", returns=RuleSetsOut(), conditional=True)
def rule_sets(call: Call) -> dict[str, Any]:
    """Whose rules they are, from when to when, what they say, and where that was read."""
    lang = language()
    return {
        "items": [
            {
                **_rule_set_ref(rules, lang),
                "municipality": rules.municipality,
                "first": rules.first.isoformat(),
                "last": rules.last.isoformat() if rules.last else None,
                "source": rules.source,
                "rules": list(rule_sentences(rules, lang)),
            }
            for rules in pay_rules().sets
        ],
        "next_cursor": None,
    }


class WhatIfIn(Strict):
    """Whose past months, by which other rule set, from which month to which (at most 24)."""

    class Meta(Strict.Meta):
        example = {
            "unit_id": "01932c5e-0000-7000-8000-000000000001",
            "rule_set": "national-2022",
            "from": "2026-04",
            "to": "2026-10",
        }

    unit_id = fields.UUID(required=True)
    rule_set = fields.String(required=True, validate=one_of(rules.code for rules in pay_rules().sets))
    from_ = Text(max=7, data_key="from", required=True)
    to = Text(max=7, required=True)


class PaidOut(Strict):
    """Whole yen, and how many lines have no known amount."""

    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)


class ComparedOut(Strict):
    """By the rules in force and by the other set; ``difference`` is how much more the other one gives."""

    in_force = fields.Nested(PaidOut, required=True)
    other = fields.Nested(PaidOut, required=True)
    difference = fields.Integer(required=True)


class MonthComparedOut(ComparedOut):
    """One month."""

    month = fields.String(required=True)


class MemberComparedOut(ComparedOut):
    """One person, over all the months."""

    member = fields.Nested(PersonRef, required=True)


class WhatIfOut(Strict):
    """Each month, all together, and the people for whom it changes most. ``municipality`` empty: no rules in force."""

    unit = fields.Nested(UnitRef, required=True)
    municipality = fields.String(required=True)
    rule_set = fields.Nested(RuleSetRef, required=True)
    months = fields.List(fields.Nested(MonthComparedOut), required=True)
    total = fields.Nested(ComparedOut, required=True)
    members = fields.List(fields.Nested(MemberComparedOut), required=True)


@resource.post(
    "/pay/what-if", "What another rule set would have paid", needs=OFFICERS, body=WhatIfIn(), returns=WhatIfOut(),
    writes=False, heavy=True, problems=(404,),
)  # fmt: skip
def what_if(call: Call) -> dict[str, Any]:
    """The confirmed reports of past months by another rule set, as if it had held on each day. Nothing is stored."""
    asked = call.body
    months = [checked_month(asked[name], pointer) for name, pointer in (("from_", "/from"), ("to", "/to"))]
    found = comparing.what_if(call.session, call.actor, asked["unit_id"], asked["rule_set"], *months)
    return {
        "unit": unit_ref(found.unit),
        "municipality": found.municipality,
        "rule_set": _rule_set_ref(found.rules, language()),
        "months": [{"month": month, **_compared(sums)} for month, sums in found.months.items()],
        "total": _compared(found.whole),
        "members": [
            {"member": {"id": str(one.id), "number": one.number, "name": one.name}, **_compared(one.sums)}
            for one in found.members
        ],
    }


def _compared(sums: Compared) -> dict[str, Any]:
    return {
        "in_force": {"yen": sums.in_force.yen, "unknown": sums.in_force.unknown},
        "other": {"yen": sums.other.yen, "unknown": sums.other.unknown},
        "difference": sums.difference,
    }
