"""A city's month: documents of its twenty brigades and 108 companies, one after the other in one warm process.

Every fourth of each: comparing some four thousand pages with those of the canvas takes many minutes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

from reportlab.pdfbase.ttfonts import TTFontFile

from bench.baselines import canvas
from bench.frame import Line, Run, Turn, Wrong, measured
from bench.pages import forget_texts, kept, recorded, same_pages
from bench.stores import MONTH, officer, stores
from brigade.month.figures import below, sheet
from brigade.month.reading import month_rows
from brigade.month.rows import MonthRows
from brigade.organisation.ranks import Level
from reports.month.document import month_pdf

TITLE = "a city's month, documents of every fourth brigade and company, in one warm process beside the bare canvas"
GOAL = 2.5
EVERY = 4


def lines(run: Run) -> Iterator[Line]:
    """CPU of all documents, and how often a typeface was read for them."""
    with stores(replace(run, db="sqlite")) as [store], officer(store) as (session, actor):
        rows = month_rows(session, actor, actor.bureau_id, MONTH)
    levels = ([unit.id for unit in rows.units if unit.level == level] for level in (Level.BRIGADE, Level.COMPANY))
    units = [unit_id for of_level in levels for unit_id in of_level[:: 1 if run.tiny else EVERY]]
    with tempfile.TemporaryDirectory() as folder, _typefaces() as read:
        documents = [_Document(rows, unit_id, Path(folder)) for unit_id in units]
        once = len(read)
        what = f"{len(documents)} documents, {sum(each.pages for each in documents):,} pages: CPU"
        yield measured(what, partial(_turns, documents), run.rounds, GOAL, warm=False)
        if len(read) > once:
            raise Wrong(f"{len(read) - once} typefaces were read again for a document")
    yield Line("typefaces", note=f"{once} files read for the first documents of both, none after")


class _Document:
    """One unit's month: the product's document of it and the same pages on the bare canvas, found to be the same."""

    def __init__(self, rows: MonthRows, unit_id: str, folder: Path) -> None:
        self.month = sheet(below(rows, unit_id), "ja")
        product, pages = recorded(lambda: month_pdf(self.month))
        floor = canvas.draw(pages)
        same_pages(product, floor)
        self.pages, self.file = len(pages), kept(pages, folder / f"{unit_id}.jsonl")
        self.wanted = (sha256(product).digest(), sha256(floor).digest())

    def turn(self) -> Turn[bytes, bytes]:
        """Both ways, the pages at hand."""
        pages: list[Any] = [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]
        return Turn(partial(month_pdf, self.month), partial(canvas.draw, pages), self._check)

    def _check(self, product: bytes, floor: bytes) -> None:
        if (sha256(product).digest(), sha256(floor).digest()) != self.wanted:
            raise Wrong("a document drawn again is not the same")


def _turns(documents: list[_Document]) -> Iterator[Turn[bytes, bytes]]:
    forget_texts()
    return (document.turn() for document in documents)


@contextmanager
def _typefaces() -> Iterator[list[Any]]:
    """Collects every reading of a typeface's file, whoever asks for it."""
    read: list[Any] = []
    begin = TTFontFile.__init__

    def noting(self: TTFontFile, *arguments: Any, **named: Any) -> None:
        read.append(arguments)
        begin(self, *arguments, **named)

    with patch.object(TTFontFile, "__init__", noting):
        yield read
