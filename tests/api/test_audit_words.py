"""Every value that an entry of the audit can show has words in both languages."""

from __future__ import annotations

import ast
import dataclasses
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.console import audit_words
from api.present import Names
from brigade.access.invitation_codes import Purpose
from brigade.calendar.events import Plan
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.organisation.ranks import Level, PostName
from brigade.organisation.unit_settings import NAMES
from brigade.retention.schedule import schedule
from brigade.retention.tables import RequestKind, Subject
from brigade.wording import LANGUAGES, has, text

CODES = [
    ("post.appoint", "post", list(PostName)),
    ("unit.add", "level", list(Level)),
    ("absence.record", "absence", ["leave", "suspension"]),
    ("invitation.issue", "purpose", list(Purpose)),
    ("roster-import.apply", "field", ["name", "kana"]),
    ("event.change", "changed", [field.name for field in dataclasses.fields(Plan)]),
    ("raise-dispute", "kind", list(DisputeKind)),
    ("settle-dispute", "outcome", list(DisputeState)),
    ("data-request.make", "kind", list(RequestKind)),
    ("hold.place", "kind", list(Subject)),
    ("keeping.set", "record", list(schedule())),
]


class Nobody(Names):
    """Nobody is named."""

    def __init__(self) -> None:
        """No look-up."""

    def member(self, id_: uuid.UUID | None) -> None:
        return None

    def unit(self, id_: uuid.UUID | None) -> None:
        return None


def noted() -> Iterator[tuple[list[str], set[str]]]:
    """The actions that a call of the domain's sources may note, and the names of its facts."""
    for path in Path("brigade").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "note" or len(call.args) < 3:
                continue
            said = [
                one.value
                for one in ast.walk(call.args[2])
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            if said and isinstance(call.args[2], ast.Constant | ast.JoinedStr):
                whole = said if isinstance(call.args[2], ast.Constant) else [said[0] + end for end in said[1:]]
                yield (
                    [one for one in whole if has(f"audit.action.{one}") or "." in one],
                    {k.arg or "" for k in call.keywords},
                )


def test_all_that_is_noted_has_words() -> None:
    found = list(noted())
    actions = {action for said, _ in found for action in said}
    assert len(actions) > 30
    assert {"data-request.accept", "data-request.refuse", "data-request.make", "hold.lift"} <= actions
    assert [action for action in sorted(actions) if not has(f"audit.action.{action}")] == []
    names = {name for _, facts in found for name in facts} - {""} | {"counts", "member_id"}
    assert len(names) > 20
    assert [name for name in sorted(names) if not has(f"audit.data.{name}")] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("action", "name", "values"), CODES)
def test_every_code_has_words(lang: str, action: str, name: str, values: list[str]) -> None:
    for value in values:
        [(label, said)] = audit_words.facts(action, {name: str(value)}, Nobody(), lang)
        assert label != name or lang == "en"
        assert said != str(value), (action, name, value)
        [(_, several)] = audit_words.facts(action, {name: [str(value)]}, Nobody(), lang)
        assert several == said


def test_every_fact_that_is_a_code_is_tried_here() -> None:
    tried = {(action.partition(".")[0], name) for action, name, _ in CODES} | {("retention", "counts")}
    assert {(action, name) for action, facts in audit_words.CODES.items() for name in facts} == tried


@pytest.mark.parametrize("lang", LANGUAGES)
def test_counts_settings_and_times_are_told_in_words(lang: str) -> None:
    counts = dict.fromkeys([*schedule(), "words", "page", "kept"], 2)
    [(_, said)] = audit_words.facts("retention.done", {"counts": counts}, Nobody(), lang)
    assert [code for code in counts if text(f"retention.record.{code}", lang) not in said] == []
    values: dict[str, Any] = {name: True for name in NAMES if has(f"setting.{name}.yes")}
    values |= {"prior_notice": "warn", "pay_rules": ""}
    values |= {"step_up": ["export"], "second_factor_posts": ["station_officer"], "input_days": 3}
    [(_, said)] = audit_words.facts("unit.settings", {"after": values}, Nobody(), lang)
    assert not [code for code in (*NAMES, "True", "warn", "station_officer") if code in said.split()]
    [(_, said)] = audit_words.facts("invitation.issue", {"expires_at": "2026-11-23T03:00:00+00:00"}, Nobody(), lang)
    assert "12:00" in said
    [(_, said)] = audit_words.facts("keeping.set", {"after": None}, Nobody(), lang)
    assert said in ("永年", "For ever", "for ever")
