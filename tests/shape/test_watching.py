"""What docs/operate/watch.md and examples/prometheus ask for is what the program shows, and the log stays constant."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import prometheus_client
import pytest
import yaml

from api import metrics, what_waits
from api.log_lines import FIELDS
from tests.shape.test_docs import TEXTS, anchors
from tests.shape.test_house import ROOT, named, sources, tree

FOLDER = ROOT / "examples/prometheus"
GROUPS = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
PAGE = "docs/operate/watch.md"
COUNTED = {
    metric._name: metric
    for metric in vars(metrics).values()
    if isinstance(metric, prometheus_client.metrics.MetricWrapperBase)
}
OURS = {name: {*metric._labelnames} for name, metric in COUNTED.items()} | {
    name: {*labels} for name, (_, labels) in what_waits.SHOWN.items()
}
"""Every figure with its labels."""


def expressions() -> list[str]:
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in RULES] + asked


@pytest.mark.parametrize("expression", expressions())
def test_figures_that_are_asked_for_are_shown(expression: str) -> None:
    """With the labels that they have; and what is opened is closed."""
    found = re.findall(r"\b(brigade_\w+?)(?:_total|_bucket|_sum|_count)?(?:\{(.*?)\}|\b(?!_))", expression)
    assert found or 'up{job="' in expression
    for name, labels in found:
        assert name in OURS, name
        assert set(re.findall(r"(\w+)[=!]", labels)) <= OURS[name]
    for group in re.findall(r"by \((.*?)\)", expression):
        known = {label for name, _ in found for label in OURS[name]} | {"le", "instance"}
        assert set(group.split(", ")) <= known
    assert all(expression.count(one) == expression.count(other) for one, other in ("()", "{}", "[]"))


def test_every_figure_is_described_and_on_the_dashboard() -> None:
    shown = " ".join(expressions())
    for name in OURS:
        assert name in shown, name
        told = f"{name}_total" if isinstance(COUNTED.get(name), prometheus_client.Counter) else name
        assert f"| `{told}` |" in TEXTS["docs/operate/health.md"], name


def test_rules_are_whole() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 8
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        page, _, anchor = rule["annotations"]["see"].partition("#")
        assert page == PAGE
        assert anchor in anchors(ROOT / page), anchor
        assert rule["alert"] in TEXTS[PAGE], rule["alert"]
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "0s"))


def test_the_dashboard_is_whole() -> None:
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(panel["datasource"]["uid"] == "${source}" for panel in panels)


# --- The log ----------------------------------------------------------------------------------------------------------

SAYS = ("debug", "info", "warning", "error", "exception", "critical", "log")


def test_what_is_logged_is_constant_text_and_fields_of_the_list() -> None:
    """So that no name can get in by a message: nothing is ever put into one."""
    wrong = []
    for path in [one for package in ("brigade", "api", "ocr", "pictures", "reports") for one in sources(package)]:
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = node.func.value
            logger = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if logger.lower() not in ("log", "logger") or node.func.attr not in SAYS:
                continue
            said = node.args[1:] if node.func.attr == "log" else node.args
            constant = len(said) == 1 and isinstance(said[0], ast.Constant)
            if not constant or {one.arg for one in node.keywords} - {"extra", "exc_info"}:
                wrong.append(f"{named(path)}:{node.lineno}")
            wrong += [
                f"{named(path)}:{node.lineno} {key.value}"
                for one in node.keywords
                if isinstance(one.value, ast.Dict)
                for key in one.value.keys
                if isinstance(key, ast.Constant) and key.value not in FIELDS
            ]
    assert wrong == []
