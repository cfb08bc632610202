"""One brigade's month as a document of some ten pages and of some two hundred, beside the same pages on a bare canvas."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bench.baselines import canvas
from bench.child import peak_mb
from bench.frame import Line, Run, Turn, Wrong, counted, measured
from bench.months import Size, month_of
from bench.pages import Page, forget_texts, kept, recorded, same_pages, same_words
from brigade.month.figures import sheet
from brigade.month.sheet import MonthSheet
from reports.month.document import month_pdf

TITLE = "a brigade's month as a document, beside the same pages on a bare ReportLab canvas"
SIZES = {
    "tiny": Size(companies=1, squads=1, members=5, reports=3, came=3),
    "10": Size(companies=1, squads=2, members=12, reports=14, came=5),
    "200": Size(companies=6, squads=4, members=16, reports=430, came=8),
}
CPU, PEAK, BYTES = 2.0, 1.5, 1.3
WEASYPRINT = 0.1


def lines(run: Run) -> Iterator[Line]:
    """CPU, peak memory and bytes of each size."""
    for size in ("tiny",) if run.tiny else ("10", "200"):
        yield from _lines(size, run)


def _lines(size: str, run: Run) -> Iterator[Line]:
    month = _month(size)
    document, pages = recorded(lambda: month_pdf(month))
    replayed = canvas.draw(pages)
    same_pages(document, replayed)

    def check(product: bytes, floor: bytes) -> None:
        if product != document or floor != replayed:
            raise Wrong("a document drawn again is not the same")

    turn = Turn(lambda: month_pdf(month), lambda: canvas.draw(pages), check, forget_texts)
    yield measured(f"{len(pages)} pages: CPU", turn, run.rounds, CPU)
    with tempfile.TemporaryDirectory() as folder:
        file = kept(pages, Path(folder) / "pages.jsonl")
        product = peak_mb("bench.cases.pdf:draw_month", size)
        floor = peak_mb("bench.baselines.canvas:draw_file", str(file))
        yield counted(f"{len(pages)} pages: peak memory", "MB", product, floor, PEAK, "a process of its own each")
    yield counted(f"{len(pages)} pages: size", "bytes", len(document), len(replayed), BYTES)
    if size != "200":  # two hundred pages would take it minutes
        yield _beside_weasyprint(turn, pages)


def _beside_weasyprint(turn: Turn[bytes, bytes], pages: list[Page]) -> Line:
    what = f"{len(pages)} pages: CPU beside WeasyPrint"
    if not find_spec("weasyprint"):
        return Line(what, note="not measured: WeasyPrint is not installed")
    from bench.baselines import weasy

    def check(product: bytes, floor: bytes) -> None:
        same_words(product, floor)

    other = Turn(turn.product, lambda: weasy.draw(pages), check, forget_texts)
    return measured(what, other, 1, WEASYPRINT, note="the same texts at the same places")


def draw_month(size: str) -> None:
    """Makes the document once."""
    month_pdf(_month(size))


@cache
def _month(size: str) -> MonthSheet:
    return sheet(month_of(SIZES[size]), "ja")
