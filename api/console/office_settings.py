"""A unit's settings and the dates of its months that follow from them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.months import around, asked_unit
from api.console.office import units_to_choose
from api.console.pages import Console, Visit, go
from api.console.scans import version_of
from api.endpoint import OFFICERS
from api.problems import language
from brigade.dates import month_of
from brigade.month.closing import closing_dates
from brigade.organisation import tree
from brigade.organisation.office import unit_at
from brigade.organisation.office import version_of as newest_version
from brigade.organisation.ranks import Level, PostName
from brigade.organisation.tree import BUREAU_ONLY, OF_THE_BUREAU, SETTINGS
from brigade.organisation.unit_settings import NAMES, settings_of
from brigade.organisation.units import Unit
from brigade.pay.rules_file import pay_rules
from brigade.problems import FieldProblem, Invalid
from brigade.wording import has, text

screens = Console("office_settings")
STEP_UP = "role-change"
INHERIT = "-"
"""What a form sends for a setting that the unit leaves to the one above it."""

GROUPS = {
    "deadlines": ("input_days", "grace_days", "late_after_days"),
    "approval": ("deputy_after_days", "repass_after_return", "prior_notice"),
    "money": ("pay_rules", "incidents_once"),
    "pictures": ("keep_capture_time",),
    "keeping": ("mark_monthly",),
    "safety": ("second_factor_posts", "step_up"),
}
"""Every setting under the heading where it stands."""

SET_BY = (Level.BUREAU, Level.STATION, Level.BRIGADE)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as its form shows it. ``kind``: number, choice or several; ``own`` the unit's own value as the form
    sends it, INHERIT where it has none; ``now`` what holds today, in words.
    """

    name: str
    kind: str
    own: Any
    now: str
    options: tuple[tuple[str, str], ...] = ()
    low: int = 0
    high: int = 0


@screens.page("/office/settings", needs=OFFICERS, step_up=STEP_UP)
def settings(visit: Visit) -> BaseResponse:
    """What the unit sets, what holds without it, and the next dates."""
    return _form(visit)


def _form(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    session, actor, lang = visit.session, visit.actor, language()
    unit = unit_at(session, actor, asked_unit(visit))
    held = settings_of(session, unit.id, actor.today)
    own = {**unit.settings, **(_said(visit) if problems else {})}
    groups = {
        group: [
            _field(name, own.get(name), getattr(held, name), lang) for name in names if name in _open_to(visit, unit)
        ]
        for group, names in GROUPS.items()
    }
    now = month_of(actor.now)
    months = [(month, closing_dates(month, held)) for month in (around(now)[0], now, around(now)[1])]
    return visit.page(
        "settings.html", status, problems=problems, unit=unit, units=units_to_choose(visit, SET_BY), months=months,
        groups={group: fields for group, fields in groups.items() if fields}, inherit=INHERIT,
        version=newest_version(session, unit.id), is_top=unit.level == Level.BUREAU,
    )  # fmt: skip


def _open_to(visit: Visit, unit: Unit) -> tuple[str, ...]:
    """The settings of the unit that the person may change."""
    closed = set() if visit.actor.holds(PostName.BUREAU_OFFICER) else BUREAU_ONLY
    closed |= set() if unit.level == Level.BUREAU else OF_THE_BUREAU
    return tuple(name for name in NAMES if name not in closed)


def _field(name: str, own: Any, now: Any, lang: str) -> Field:
    rule, said = SETTINGS[name], value_words(name, now, lang)
    if isinstance(rule, list):
        return Field(name, "several", INHERIT if own is None else own, said, _options(name, rule, lang))
    if rule is None:
        shown = INHERIT if own is None else "yes" if own else "no"
        return Field(name, "choice", shown, said, _options(name, ("yes", "no"), lang))
    if isinstance(rule[0], str):
        return Field(name, "choice", INHERIT if own is None else own, said, _options(name, rule, lang))
    return Field(name, "number", "" if own is None else own, said, low=rule[0], high=rule[1])


def _options(name: str, values: Sequence[str], lang: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, _word(name, value, lang)) for value in values)


def value_words(name: str, value: Any, lang: str) -> str:
    """A setting's value as a person reads it."""
    if isinstance(value, list | tuple):
        return text("audit.and", lang).join(_word(name, one, lang) for one in value) or text("audit.nothing", lang)
    if isinstance(value, bool):
        return _word(name, "yes" if value else "no", lang)
    return text("console.settings.days", lang, count=value) if isinstance(value, int) else _word(name, value, lang)


def _word(name: str, value: str, lang: str) -> str:
    """An option in words: of its own, of a post, or (a municipality) of its newest rules."""
    for key in (f"setting.{name}.{value or 'none'}", f"post.{value}", f"audit.{value}"):
        if has(key):
            return text(key, lang)
    return next((rules.label.of(lang) for rules in reversed(pay_rules().sets) if rules.municipality == value), value)


@screens.act("/office/settings/change", needs=OFFICERS, step_up=STEP_UP)
def changes(visit: Visit) -> BaseResponse:
    """All of them at once, of one unit, in the version that was shown."""
    unit_id: uuid.UUID = asked_unit(visit)
    try:
        tree.change_settings(visit.session, visit.actor, unit_id, _said(visit), version_of(visit))
    except Invalid as invalid:
        visit.session.rollback()
        return _form(visit, 422, [FieldProblem(_whole(one.pointer), one.code, one.params) for one in invalid.problems])
    browser.say("console.said.settings_kept")
    return go("console_office_settings.settings", unit_id=unit_id)


def _whole(pointer: str) -> str:
    """The field for a problem in one of its values."""
    return "/" + pointer.split("/")[1]


def _said(visit: Visit) -> dict[str, Any]:
    """Each setting that the form shows, as the domain takes it; None where it is left to the unit above."""
    form = visit.form
    found: dict[str, Any] = {}
    for name in NAMES:
        if name not in form and f"{name}.own" not in form:
            continue
        rule, value = SETTINGS[name], form.get(name, "").strip()
        if isinstance(rule, list):
            found[name] = form.getlist(name) if form.get(f"{name}.own") == "yes" else None
        elif rule is None:
            found[name] = {INHERIT: None, "yes": True, "no": False}.get(value, value)
        elif isinstance(rule[0], str):
            found[name] = None if value == INHERIT else value
        else:
            found[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else value or None
    return found
