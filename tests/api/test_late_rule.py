"""Addresses that are written late are those that Werkzeug's own rules write."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from werkzeug.routing import Map, Rule

from api import create_app
from tests.conftest import settings_for


def test_every_address_is_written_as_it_would_have_been(sqlite: str, tmp_path: Path) -> None:
    app = create_app(settings_for(sqlite, tmp_path))
    rules = list(app.url_map.iter_rules())
    early = Map([_usual(rule) for rule in rules]).bind("brigade.test")
    late = app.url_map.bind("brigade.test")
    assert len(rules) > 200
    for rule in rules:
        values: dict[str, Any] = {name: _value(rule, name) for name in rule._converters} | {"asked": "何?&=", "self": 1}
        for method in sorted(rule.methods or ()):
            assert late.build(rule.endpoint, values, method) == early.build(rule.endpoint, values, method), rule


def _usual(rule: Rule) -> Rule:
    return Rule(rule.rule, endpoint=rule.endpoint, methods=rule.methods, defaults=rule.defaults)


def _value(rule: Rule, name: str) -> Any:
    """Something that the part of the address takes."""
    kind = type(rule._converters[name]).__name__
    return {"UUIDConverter": UUID(int=7), "IntegerConverter": 3}.get(kind, "第1分団 & 火")
