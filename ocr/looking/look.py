"""From the pixels of one page to what is seen on it: which form, what stands in its cells, with what probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from brigade.forms.sheet_code import SheetCode
from brigade.forms.template import Field
from ocr.looking.black import BLACK, black_patch, blackened, read_blacks
from ocr.looking.blanks import COARSE, Shelf
from ocr.looking.cells import RING, SCALE, Patch, broadest, digit_of, digit_patch, tick_patch, written
from ocr.looking.codes import sheet_code
from ocr.looking.cutting import BESIDE, WIDE, Cutter, digit_parts, far_from_print
from ocr.looking.digits import read_digits
from ocr.looking.features import features_of
from ocr.looking.fitting import tiles, whole
from ocr.looking.frames import Frame, field_lines, frames
from ocr.looking.lay import Lay
from ocr.looking.picture import Gray, Picture, evened
from ocr.looking.registration import CLEARLY, Placed, Refusal, registered
from ocr.looking.struck import as_struck, is_struck
from ocr.looking.tick_boxes import read_ticks
from ocr.marks import MARK, MOST_DIGITS, FieldMarks, PageMarks

JPEG_QUALITY = 80

Reader = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Shares = tuple[float, ...]
"""What a reader says of one patch."""


@dataclass(frozen=True)
class Seen:
    """A page that is a form: its marks, without any text, and the straightened page as JPEG, ``SCALE`` pixels to the
    millimetre.
    """

    marks: PageMarks
    picture: bytes


@dataclass(frozen=True)
class Unseen:
    """A page that is no form that we know, and why."""

    reason: Refusal


def look(picture: Picture, shelf: Shelf) -> Seen | Unseen:
    """What is seen on a page: bytes, height × width × 3, red, green, blue, already limited in size by who calls."""
    found = registered(picture, shelf)
    if isinstance(found, Refusal):
        return Unseen(found)
    upright = found[0].lay.straightened(picture, SCALE)
    page = evened(upright, SCALE)
    code = sheet_code(page, found[0].blank.template)
    chosen = _chosen(found, code, shelf)
    if isinstance(chosen, Refusal):
        return Unseen(chosen)
    if chosen is not found[0]:
        upright = chosen.lay.straightened(picture, SCALE)
        page = evened(upright, SCALE)
    marks = _marks(page, chosen, code)
    hidden = beyond(chosen.blank.template.fields, chosen.lay, picture)
    fields = tuple(replace(one, frame=0.0) if one.id in hidden else one for one in marks.fields)
    return Seen(replace(marks, fields=fields), _jpeg(upright))


def beyond(fields: Sequence[Field], lay: Lay, picture: Picture) -> frozenset[str]:
    """The fields of which a part lies outside of the picture: what cannot be seen there is not blank."""
    high, wide = picture.shape[:2]
    corners = np.array([(x, y) for f in fields for c in f.cells for x in (c.x, c.x + c.w) for y in (c.y, c.y + c.h)])
    found = lay.pixels(corners.astype(np.float64))
    outside = np.any((found < -1) | (found > (wide, high)), axis=1)
    owners = [field.id for field in fields for _ in range(4 * len(field.cells))]
    return frozenset(owners[n] for n in np.flatnonzero(outside))


def get_ready(shelf: Shelf) -> None:
    """What is worked out once for each form is worked out now: a process that looks at one page only would do it again
    for every page.
    """
    for blank in shelf.values():
        for scale in (COARSE // 2, COARSE):
            tiles(blank, scale)
        for thorough in (False, True):
            features_of(blank, thorough)
        whole(blank)
        field_lines(blank)
        far_from_print(blank)


def _chosen(found: list[Placed], code: SheetCode | None, shelf: Shelf) -> Placed | Refusal:
    """The one that the code names; without a code the best, if it is clearly so."""
    if code is not None:
        if (code.form, code.version) not in shelf:
            return Refusal.UNKNOWN_VERSION
        for one in found:
            if (one.blank.template.code, one.blank.template.version) == (code.form, code.version):
                return one
        return Refusal.CODE_DIFFERS
    if len(found) > 1 and found[0].quality - found[1].quality < CLEARLY:
        return Refusal.UNKNOWN_VERSION
    return found[0]


def _jpeg(upright: Picture) -> bytes:
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(upright, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    assert done, "a page that is no picture"
    return data.tobytes()


def _marks(page: Gray, placed: Placed, code: SheetCode | None) -> PageMarks:
    template, cutter = placed.blank.template, Cutter(page, placed.page, placed.blank)
    framed = frames(placed.page, placed.blank, page, placed.ridges)
    cut = [_Cut(field, framed[field.id], cutter) for field in template.fields]
    digits = _read(read_digits, [patch for one in cut for patches in one.digits for patch in patches])
    ticks = _read(read_ticks, [patch for one in cut for patch in one.ticks])
    blacks = _read(read_blacks, [patch for one in cut for patch in one.blacks.values()])
    fields = tuple(one.marks(digits, ticks, blacks) for one in cut)
    return PageMarks(
        template.code, template.version, str(code) if code else None, placed.quality, placed.lay.turned, fields
    )


class _Cut:
    """The patches of one field's cells."""

    def __init__(self, field: Field, frame: Frame, cutter: Cutter) -> None:
        self.field, self.frame = field, frame
        self.digits: list[list[Patch]] = []
        self.ticks: list[Patch] = []
        self.blacks: dict[int, Patch] = {}
        self._areas: list[Gray] = []
        self.ink: list[float] = []
        self.broad: list[float] = []
        for n, cell in enumerate(field.cells):
            if field.type in ("tick", "choice"):
                cut, beside = cutter.cut(cell, frame, RING), RING
                self.ticks.append(tick_patch(cut))
                self._areas.append(cut)
            elif field.type == "text":
                cut, beside = cutter.cut(cell, frame, 0), 0
            else:
                cut, beside = cutter.digit(cell, frame), BESIDE
                ink, mask = written(cut)
                if cell.w > WIDE * cell.h:
                    self.digits.append([digit_patch(part) for part in digit_parts(cut)[:MOST_DIGITS]])
                else:
                    self.digits.append([digit_of(ink, mask)])
                self.broad.append(broadest(ink))
            self.ink.append(cutter.ink(cut, beside))
            if self.ticks and field.drawn == "box" and self.ink[-1] >= BLACK:  # nobody blackens a cell of a table
                self.blacks[n] = black_patch(cutter.seen(cell, frame, RING))

    def marks(self, digits: list[Shares], ticks: list[Shares], blacks: list[Shares]) -> FieldMarks:
        """The field with what its patches were read as, which it takes off the head of the lists."""
        read = tuple(tuple(digits.pop(0) for _ in patches) for patches in self.digits)
        marked = [(t[0], t[1], t[2]) for t in (ticks.pop(0) for _ in self.ticks)]
        for n, tick in enumerate(marked):
            if n in self.blacks:
                marked[n] = blackened(tick, blacks.pop(0))
            elif tick[MARK] > 0.5 and is_struck(self._areas[n]):
                marked[n] = as_struck(tick)
        ink, broad = tuple(self.ink), tuple(self.broad)
        return FieldMarks(self.field.id, read, tuple(marked), ink=ink, broad=broad, frame=self.frame.fit)


def _read(reader: Reader, patches: list[Patch]) -> list[Shares]:
    """Every patch's probabilities, all read in one call."""
    if not patches:
        return []
    return [tuple(row) for row in reader(np.stack(patches)).astype(np.float64).tolist()]
