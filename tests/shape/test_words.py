"""Problem codes and their words: every code that the sources can raise has a title and a detail, and none is left over.

That both languages have the same keys, and every enumeration its label, stands in tests/rules/test_wording.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from api.problems import STATUS
from brigade import wording
from brigade.activity.kinds import catalogue
from tests.shape.test_house import ROOT, named, sources, tree

CARRIERS = {"FieldProblem": 1, "Problem": 0, "Refused": 0, "_Wrong": 0, "ValidationError": 0}
"""What is called with a code, and the position of the first argument that is one."""

CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def said(node: ast.AST) -> Iterator[str]:
    """The codes among the literals of an expression; of ``f"out-of-range min={low}"`` its first word."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.strip():
            word = part.value.split()[0]
            if CODE.fullmatch(word):
                yield word


def codes() -> Iterator[tuple[str, str]]:
    """Every code as (code, where it stands)."""
    for path in [*sources("brigade"), *sources("api")]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CARRIERS:
                first = CARRIERS[node.func.id]
                last = first + 1 if node.func.id == "FieldProblem" else None
                for argument in node.args[first:last]:
                    yield from ((code, f"{named(path)}:{node.lineno}") for code in said(argument))
    for node in ast.walk(tree(ROOT / "brigade/activity/workflow.py")):  # its guards return codes
        if isinstance(node, ast.Return) and isinstance(node.value, ast.IfExp):
            yield from ((code, f"brigade/activity/workflow.py:{node.lineno}") for code in said(node.value))
    yield from ((code, "api/problems.py: STATUS") for code in STATUS)


def test_every_code_has_words() -> None:
    found = sorted(codes())
    assert len(found) > 50  # the reading above still finds them
    assert [f"{where} {code}" for code, where in found if not wording.has(f"problem.{code}.title")] == []
    assert [f"{where} {code}" for code, where in found if not wording.has(f"problem.{code}.detail")] == []


def test_no_words_are_left_over() -> None:
    worded = {key.split(".")[1] for key in wording.words("ja") if key.startswith("problem.")}
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in [*sources("brigade"), *sources("api"), *sources("ocr")]
    )
    rules = {rule.code for kind in catalogue() for rules in (kind.orders, kind.warnings, kind.needs) for rule in rules}
    assert sorted(code for code in worded - rules if not re.search(rf'"{code}["\s]', text)) == []
