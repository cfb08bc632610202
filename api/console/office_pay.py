"""The rules that pay and the kinds they pay for: from when to when, what they say, and what other rules would have paid."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api import pay as served
from api.console import typed
from api.console.months import own_unit
from api.console.office import units_to_choose
from api.console.pages import Console, Visit
from api.endpoint import OFFICERS, Call
from api.present import read_kana
from api.problems import language
from brigade.dates import month_before, month_of
from brigade.month.spans import MOST_MONTHS
from brigade.organisation.unit_settings import settings_of
from brigade.pay.rule_words import rule_sentences
from brigade.pay.rules import RuleSet
from brigade.pay.rules_file import pay_rules
from brigade.problems import FieldProblem, Invalid, NotFound

screens = Console("office_pay")


@screens.page("/office/pay", needs=OFFICERS)
def pay(visit: Visit) -> BaseResponse:
    """Those in force here first, then the others that the product knows; and the form to try one."""
    return _page(visit)


def _page(
    visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = (), found: dict[str, Any] | None = None
) -> BaseResponse:
    here, lang = _municipality(visit), language()
    sets = sorted(pay_rules().sets, key=lambda rules: (rules.municipality != here, rules.municipality, rules.first))
    return visit.page(
        "pay.html", status, problems=problems, units=units_to_choose(visit), months=_months(visit), found=found,
        sets=[(rules, rules.label.of(lang), _holds(visit, rules, here), rule_sentences(rules, lang)) for rules in sets],
        asked=_asked(visit),
    )  # fmt: skip


def _municipality(visit: Visit) -> str:
    """Whose rules pay at the topmost unit that one stands over; empty for nobody's."""
    return settings_of(visit.session, own_unit(visit), visit.actor.today).pay_rules


def _holds(visit: Visit, rules: RuleSet, here: str) -> bool:
    today = visit.actor.today
    return rules.municipality == here and rules.first <= today and (rules.last is None or today <= rules.last)


def _months(visit: Visit) -> list[str]:
    """The newest first, as many as may be asked for."""
    found = [month_of(visit.actor.now)]
    while len(found) < MOST_MONTHS:
        found.append(month_before(found[-1]))
    return found


def _asked(visit: Visit) -> dict[str, str]:
    """What the form shows: what was asked for, at first one's own unit and the last twelve months."""
    args, months = visit.args, _months(visit)
    usual = {"unit_id": str(own_unit(visit)), "rule_set": "", "from": months[12], "to": months[1]}
    return {name: args.get(name) or value for name, value in usual.items()}


@screens.page("/office/pay/what-if", needs=OFFICERS, heavy=True)
def what_if(visit: Visit) -> BaseResponse:
    """The same months by the rules in force and by the others. Nothing is stored."""
    asked = _asked(visit)
    if asked["rule_set"] not in {rules.code for rules in pay_rules().sets}:
        raise NotFound()
    body = {
        "unit_id": typed.id_of(asked["unit_id"]),
        "rule_set": asked["rule_set"],
        "from_": asked["from"],
        "to": asked["to"],
    }
    try:
        found = served.what_if(Call(visit.session, visit.actor, body=body))
    except Invalid as invalid:
        return _page(visit, 422, invalid.problems)
    read_kana(visit.session, (uuid.UUID(one["member"]["id"]) for one in found["members"]))
    return _page(visit, found=found)
