"""The table that a benchmark prints, a line at a time."""

from __future__ import annotations

from statistics import median

from bench.frame import Line

WIDTHS = (36, 11, 11, 8, 16, 7)


def heading() -> str:
    """The head of the columns."""
    return _set("what", "product", "floor", "ratio", "(min – max)", "goal")


def row(line: Line) -> str:
    """One measured line, or what is to be said instead of numbers."""
    if not line.ratios:
        return f"{line.what.ljust(WIDTHS[0])}{line.note}"
    spread = f"({min(line.ratios):.2f} – {max(line.ratios):.2f})" if len(line.ratios) > 1 else ""
    remarks = [f"[{line.unit}]", "noisy" if line.noisy else "", "over" if line.met is False else "", line.note]
    numbers = _set(
        line.what, _number(line.product), _number(line.floor), f"{median(line.ratios):.2f}", spread,
        "" if line.goal is None else f"≤ {line.goal:g}",
    )  # fmt: skip
    return f"{numbers}  {' '.join(filter(None, remarks))}"


def _set(first: str, *others: str) -> str:
    return first.ljust(WIDTHS[0]) + "".join(text.rjust(room) for text, room in zip(others, WIDTHS[1:], strict=True))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
