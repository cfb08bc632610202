"""What can be measured of a screen: axe's rules, the size of what is pressed, scrolling sideways, where the focus is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

WIDTH, HEIGHT = 360, 740
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """least => [...document.querySelectorAll("a, button, input, select, textarea, summary, label.choice, label.button")]
  .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.classList.contains("unseen"))
  .map(one => one.matches("input[type=checkbox], input[type=radio]") ? one.closest("label") : one)
  .filter(one => { const { width, height } = one.getBoundingClientRect(); return width < least[0] - 0.5 || height < least[1] - 0.5; })
  .map(one => `${one.outerHTML.slice(0, 80)} ${one.getBoundingClientRect().width}x${one.getBoundingClientRect().height}`)"""
MAIN = """() => [...document.querySelectorAll(".button, .step, .tile, .choice:not(.small)")].filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 55.5)
  .map(one => one.outerHTML.slice(0, 80))"""
FAULTS = "rules => axe.run({ runOnly: rules }).then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`))"


@cache
def axe() -> str:
    """The program that knows the rules."""
    [path] = Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")
    return path.read_text(encoding="utf-8")


def violations(page: Page) -> list[Any]:
    """What axe objects to, light and dark."""
    # On a screen as long as the page: what lies half under the bar at the bottom would count as too small.
    page.set_viewport_size(
        {"width": WIDTH, "height": max(HEIGHT, int(page.evaluate("() => document.documentElement.scrollHeight")))}
    )
    page.evaluate(axe())
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme} {one}" for one in page.evaluate(FAULTS, RULES)]
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    return found


def small_targets(page: Page) -> list[Any]:
    """What is pressed and under 44 × 44 CSS pixels, or, where members press most, under 56 high."""
    return [*page.evaluate(SMALL, [44, 44]), *page.evaluate(MAIN)]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def focus_is_lost(page: Page) -> bool:
    """Whether a keyboard would have to start from the top."""
    return bool(page.evaluate("() => document.activeElement === document.body"))
