"""Every benchmark runs through at a tiny size and checks what it measures; the exact ones of their claims hold always."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as command
from bench import machine, stores
from bench.baselines import canvas
from bench.cases import growth, pdf
from bench.frame import Run, Wrong
from bench.months import month_of
from bench.pages import recorded, same_pages
from brigade.month.figures import sheet
from brigade.month.sheet import MonthSheet
from reports.month.document import month_pdf


@pytest.fixture(scope="module")
def month() -> MonthSheet:
    return sheet(month_of(pdf.SIZES["tiny"]), "ja")


@pytest.fixture(scope="module")
def drawn(month: MonthSheet) -> tuple[bytes, list[dict[str, Any]]]:
    return recorded(lambda: month_pdf(month))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The demo's rows are loaded once for these tests, and not into the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (machine, stores):
            patch.setattr(module, "VAR", tmp_path_factory.mktemp("var"))
        yield


@pytest.mark.xdist_group("bench")
@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", command.CASES)
def test_runs_through(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file says of others stays."""
    out = tmp_path / "out.json"
    out.write_text('{"other": {"lines": []}}')
    assert command.main([name, "--tiny", "--rounds", "1", "--db", "sqlite", "--json", str(out)]) == 0
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert set(kept) == {"other", name}
    assert kept["other"] == {"lines": []}
    assert (kept[name]["rounds"], kept[name]["machine"]["cores"]) == (1, machine.cores())
    lines = kept[name]["lines"]
    assert lines
    printed = capsys.readouterr().out
    assert all(line["what"] in printed for line in lines)


@pytest.mark.xdist_group("bench")
@pytest.mark.usefixtures("data")
def test_inbox_and_badge_cost_the_same_however_many_reports_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in steps of SQLite's machine, so exact: a scan of anything that grows would be twenty times as much."""
    monkeypatch.setattr(growth, "TINY", (1_000, 20_000))
    lines = [line for line in growth.lines(Run(1, "sqlite", tiny=True)) if line.unit == "steps"]
    assert [line.what for line in lines] == ["SQLite: a page, 20,000 reports", "SQLite: the badge, 20,000 reports"]
    assert all(line.floor > 1_000 for line in lines)
    assert [line.what for line in lines if line.product > growth.GOAL * line.floor] == []


def test_a_made_up_month_is_always_the_same_and_has_everything() -> None:
    size = pdf.SIZES["10"]
    assert month_of(size) == month_of(size)
    made = sheet(month_of(size), "ja")
    assert made.times == size.reports
    assert made.pay
    assert made.matrix.rows
    assert made.oddities
    assert made.categories


def test_the_floor_draws_the_pages_of_the_product(drawn: tuple[bytes, list[dict[str, Any]]]) -> None:
    document, pages = drawn
    same_pages(document, canvas.draw(pages))


def other_word(pages: list[dict[str, Any]]) -> None:
    mark = next(mark for mark in pages[-1]["marks"] if mark[0] == "text")
    mark[3] = "別"


def other_place(pages: list[dict[str, Any]]) -> None:
    for mark in pages[0]["marks"]:
        if mark[0] == "text":
            mark[2] -= 40


def no_boxes(pages: list[dict[str, Any]]) -> None:
    pages[0]["marks"] = [mark for mark in pages[0]["marks"] if mark[0] == "text"]


def page_less(pages: list[dict[str, Any]]) -> None:
    pages.pop()


@pytest.mark.parametrize("change", [other_word, other_place, no_boxes, page_less])
def test_other_pages_are_refused(
    drawn: tuple[bytes, list[dict[str, Any]]], change: Callable[[list[dict[str, Any]]], None]
) -> None:
    document, pages = drawn
    changed = json.loads(json.dumps(pages))
    change(changed)
    with pytest.raises(Wrong):
        same_pages(document, canvas.draw(changed))


def test_a_document_of_another_month_is_refused(month: MonthSheet, drawn: tuple[bytes, list[dict[str, Any]]]) -> None:
    other = replace(month, unit_name="北消防団")
    with pytest.raises(Wrong):
        same_pages(month_pdf(other), canvas.draw(drawn[1]))


def test_writing_pages_down_changes_nothing(month: MonthSheet, drawn: tuple[bytes, list[dict[str, Any]]]) -> None:
    assert month_pdf(month) == drawn[0]
