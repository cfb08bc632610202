"""Patches as they come from whole pages of the corpus, with what stands in them: what probabilities are fitted on and, on
the test split, what counts. Too slow to teach with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from unittest import mock

import numpy as np
from numpy.typing import NDArray

import bench.ocr.writing as writing
import ocr.looking.look as looking
from bench.ocr.hands import draw_hand
from bench.ocr.paper import CONDITIONS, FAINT, Picture, pictured
from bench.ocr.sheets import Sheet, draw_sheet
from bench.ocr.sources import Kind, Split
from bench.ocr.training.readers import Cells
from bench.ocr.writing import DOUBT
from brigade.forms.filling import TICKED
from brigade.forms.shelf import newest
from brigade.forms.template import Field
from ocr.looking.black import BLACK, OVER, PLAIN, read_blacks
from ocr.looking.blanks import shelf
from ocr.looking.digits import read_digits
from ocr.looking.tick_boxes import read_ticks
from ocr.marks import BLANK, MARK, NOTHING, OTHER, SPOILT, FieldMarks

Patches = NDArray[np.float32]
Found = tuple[str, Patches, int, str]
"""Reader, patch, class, and whose hand it is (``""`` where all is empty)."""

SPOILT_BLACK = 0.12
"""How often a box is spoilt on pages of which the black ones are wanted: on others there are too few."""

DITTO = "old-turnout"
"""Its ticks may be ditto marks, of which truth says only what they stand for."""


def page_cells(split: Split, pages: int, seed: int) -> list[Found]:
    """Every cell of so many pages, in all conditions and forms by turns, that is to be seen and to be told apart."""
    found: list[Found] = []
    conditions, forms = list(CONDITIONS), list(newest().values())
    for n in range(pages):
        turn, at = divmod(n, len(conditions))
        condition, form = conditions[at], forms[(turn + n) % len(forms)]
        rng = np.random.default_rng([seed, n])
        sheet = draw_sheet(form, draw_hand(split, rng, faint=condition == FAINT), rng)
        found += _cells(sheet, pictured(sheet, condition, rng))
    return found


def black_page_cells(split: Split, pages: int, seed: int) -> list[Found]:
    """Every black box of so many pages by hands that blacken, and spoil more boxes than others do."""
    found: list[Found] = []
    conditions = list(CONDITIONS)
    forms = [form for form in newest().values() if any(field.drawn == "box" for field in form.fields)]
    with mock.patch.object(writing, "SLIP_TICK", SPOILT_BLACK):
        for n in range(pages):
            turn, at = divmod(n, len(conditions))
            condition, form = conditions[at], forms[(turn + n) % len(forms)]
            rng = np.random.default_rng([seed, n])
            kind = (Kind.FONT, Kind.REAL)[n % 2]  # who prints does not blacken
            hand = replace(draw_hand(split, rng, kind, faint=condition == FAINT), mark="filled")
            sheet = draw_sheet(form, hand, rng)
            found += _blacks(sheet, pictured(sheet, condition, rng))
    return found


def cells_of(found: list[Found], reader: str, hand: str | None = None) -> Cells:
    """Those of one reader, and of one kind of hand."""
    chosen = [(patch, label) for name, patch, label, whose in found if name == reader and hand in (None, whose)]
    patches, labels = zip(*chosen, strict=True)
    return np.round(np.stack(patches) * 255).astype(np.uint8), np.array(labels, np.int64)


def _cells(sheet: Sheet, picture: Picture) -> Iterator[Found]:
    with _listening() as heard:
        seen = looking.look(picture.pixels, shelf())
    if not isinstance(seen, looking.Seen) or seen.marks.form != sheet.template.code:
        return
    digits, ticks = (iter(heard.get(name, ())) for name in ("digits", "ticks"))
    for field in sheet.template.fields:
        for n, parts in enumerate(_parts(field, seen.marks.by_id[field.id])):
            patches = list(islice(ticks if parts is None else digits, parts or 1)) if parts != 0 else []
            if field.id in picture.hidden:
                continue
            truth = sheet.truth[field.id]
            labels = _labels(field, truth.letters[n], parts, sheet.template.code)
            if len(labels) == len(patches):
                name = "ticks" if parts is None else "digits"
                yield from (
                    (name, patch, label, truth.hand or "") for patch, label in zip(patches, labels, strict=True)
                )


def _blacks(sheet: Sheet, picture: Picture) -> Iterator[Found]:
    with _listening() as heard:
        seen = looking.look(picture.pixels, shelf())
    if not isinstance(seen, looking.Seen) or seen.marks.form != sheet.template.code:
        return
    patches = iter(heard.get("black", ()))
    for field in sheet.template.fields:
        if field.type not in ("tick", "choice") or field.drawn != "box":
            continue
        truth = sheet.truth[field.id]
        for letter, ink in zip(truth.letters, seen.marks.by_id[field.id].ink, strict=True):
            if ink >= BLACK:
                patch = next(patches)
                if letter and field.id not in picture.hidden:
                    yield "black", patch, OVER if letter == DOUBT else PLAIN, truth.hand or ""


def _parts(field: Field, marks: FieldMarks) -> list[int | None]:
    """For each cell how many patches were cut for digits; None: one for a tick."""
    if field.type in ("tick", "choice"):
        return [None] * len(field.cells)
    return [len(cell) for cell in marks.digits]


def _labels(field: Field, letters: str, parts: int | None, form: str) -> list[int]:
    """What a cell's patches hold; nothing where nobody can say."""
    if parts is None:
        said = SPOILT if letters == DOUBT else MARK if letters == TICKED else NOTHING
        return [] if form == DITTO and said != NOTHING else [said]
    if letters == DOUBT:
        return [OTHER] if parts == 1 else []
    return [int(digit) for digit in letters] if letters else [BLANK]


@contextmanager
def _listening() -> Iterator[dict[str, Patches]]:
    """The patches that the readers are given inside."""
    heard: dict[str, Patches] = {}

    def hearing(name: str, reader: looking.Reader) -> looking.Reader:
        def read(patches: Patches) -> Patches:
            heard[name] = patches
            return reader(patches)

        return read

    with mock.patch.multiple(
        looking,
        read_digits=hearing("digits", read_digits),
        read_ticks=hearing("ticks", read_ticks),
        read_blacks=hearing("black", read_blacks),
    ):
        yield heard
