"""Pages that are none of our forms, or that look like one and are not: what must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from bench.ocr import sources
from bench.ocr.deeds import NOTES, PLACES, SUMMARIES
from bench.ocr.hands import draw_hand
from bench.ocr.ink import PER_MM
from bench.ocr.paper import photographed, scanned
from bench.ocr.sheets import Sheet, draw_sheet
from bench.ocr.sources import Kind, Split
from bench.ocr.writing import Pixels
from brigade.forms.shelf import newest
from brigade.forms.template import Cell, Field, Rule, Template, Text

Way = Callable[[float, float], tuple[float, float]]
"""Where a place on the page goes, in millimetres."""

A4 = (2481, 3508)
WORDS = (
    *PLACES,
    *NOTES,
    *(words for lines in SUMMARIES.values() for words in lines),
    "令和8年11月",
    "回覧",
    "会計報告",
)


def drawn_foreign(kind: str, rng: Generator) -> tuple[Sheet | None, Pixels]:
    """A page of one of ``FOREIGN``, scanned or photographed; of a lookalike also what is written on it."""
    sheet = LOOKALIKE[kind](rng) if kind in LOOKALIKE else None
    page = sheet.pixels if sheet else PLAIN[kind](rng)
    draw = rng.random()
    if draw < 0.3:
        return sheet, photographed(page, rng)
    return sheet, scanned(page, rng, 200 if draw < 0.7 else 150)


def _field(field: Field, way: Way) -> Field:
    return replace(field, cells=tuple(Cell(*way(cell.x, cell.y), cell.w, cell.h) for cell in field.cells))


def _redrawn(template: Template, way: Way, step: float = 1) -> Template:
    """The form with everything but its marks at another place; the rows of its lists so many times as far apart."""

    def word(text: Text) -> Text:
        x, y = way(text.x, text.y)
        return replace(text, x=x, y=y)

    def rule(one: Rule) -> Rule:
        return Rule(*way(one.x, one.y), *way(one.x_end, one.y_end), one.weight)

    return replace(
        template,
        texts=tuple(word(text) for text in template.texts),
        rules=tuple(rule(one) for one in template.rules),
        single=tuple(_field(field, way) for field in template.single),
        blocks=tuple(
            replace(
                block,
                rows=replace(block.rows, step=block.rows.step * step),
                fields=tuple(_field(field, way) for field in block.fields),
                texts=tuple(word(text) for text in block.texts),
                rules=tuple(rule(one) for one in block.rules),
            )
            for block in template.blocks
        ),
    )


def _text(rng: Generator) -> Pixels:
    """A letter: lines of words, a heading."""
    image = Image.new("RGB", A4, "white")
    pen = ImageDraw.Draw(image)
    face = sources.font("BIZUDGothic-Regular.ttf", int(rng.integers(36, 56)))
    pen.text((300, 240), str(rng.choice(WORDS)), font=sources.font("BIZUDGothic-Bold.ttf", 80), fill="black")
    for y in range(480, int(rng.integers(1500, 3200)), int(rng.integers(70, 100))):
        line = "".join(str(rng.choice(WORDS)) + "、" for _ in range(int(rng.integers(2, 7))))
        pen.text((250, y), line[:44], font=face, fill="black")
    return np.array(image)


def _table(rng: Generator) -> Pixels:
    """A grid with words and numbers in its cells."""
    image = Image.new("RGB", A4 if rng.random() < 0.6 else A4[::-1], "white")
    pen = ImageDraw.Draw(image)
    face = sources.font("BIZUDGothic-Regular.ttf", 38)
    columns = np.cumsum(rng.integers(120, 420, 9)) + 150
    xs = [150, *(int(x) for x in columns if x < image.width - 150)]
    step = int(rng.integers(70, 130))
    ys = list(range(int(rng.integers(300, 700)), image.height - 250, step))
    for x in xs:
        pen.line((x, ys[0], x, ys[-1]), fill="black", width=3)
    for y in ys:
        pen.line((xs[0], y, xs[-1], y), fill="black", width=3)
    for y in ys[:-1]:
        for x in xs[:-1]:
            if rng.random() < 0.5:
                words = str(rng.choice(WORDS))[:5] if rng.random() < 0.5 else str(int(rng.integers(0, 9999)))
                pen.text((x + 12, y + step // 2 - 20), words, font=face, fill="black")
    return np.array(image)


def _blank(rng: Generator) -> Pixels:
    """An empty sheet, perhaps with a hole or a staple."""
    page = np.full((A4[1], A4[0], 3), 255, np.uint8)
    for _ in range(int(rng.integers(0, 3))):
        cv2.circle(page, (int(rng.integers(60, 160)), int(rng.integers(300, 3200))), 34, (60, 60, 60), -1)
    return page


def _scene(rng: Generator) -> Pixels:
    """A photo of something else: soft shapes in all colours."""
    coarse = rng.integers(0, 255, (int(rng.integers(6, 40)), int(rng.integers(6, 40)), 3)).astype(np.uint8)
    page = cv2.resize(coarse, A4, interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(3, 14))):
        centre, axes = rng.integers(0, A4[0], 2), rng.integers(60, 700, 2)
        colour = tuple(int(n) for n in rng.integers(0, 255, 3))
        cv2.ellipse(page, (int(centre[0]), int(centre[1])), (int(axes[0]), int(axes[1])), 20.0, 0, 360, colour, -1)
    return np.asarray(page, np.uint8)


def _other_form(rng: Generator) -> Pixels:
    """A form of another town: a heading, a grid of its own, and boxes to tick."""
    image = Image.fromarray(_table(rng))
    pen = ImageDraw.Draw(image)
    pen.text((600, 140), "消防団員活動記録簿", font=sources.font("BIZUDGothic-Bold.ttf", 76), fill="black")
    for n in range(int(rng.integers(3, 9))):
        x, y, side = 200 + 220 * n, 250, round(7 * PER_MM)
        pen.rectangle((x, y, x + side, y + side), outline="black", width=3)
    return np.array(image)


def _legacy_redrawn(rng: Generator) -> Sheet:
    """A legacy form after someone drew its table anew: the same words, lines and columns elsewhere."""
    templates = [template for template in newest().values() if not template.own]
    template = templates[int(rng.integers(len(templates)))]
    by = float(rng.choice((-1, 1)) * rng.uniform(0.12, 0.22))

    def way(x: float, y: float) -> tuple[float, float]:
        return _pulled(x, template.width, -by), _pulled(y, template.height, by)

    return _filled(_redrawn(template, way, 1 - 0.5 * abs(by)), rng)


def _pulled(at: float, length: float, by: float) -> float:
    """A place moved along a bow that leaves both ends of the page where they are."""
    share = at / length
    return length * (share + by * share * (1 - share) * (1.5 if share > 0.4 else 0.6))


def _own_moved(rng: Generator) -> Sheet:
    """One of our own forms with its marks, but the lists below and the boxes above pulled apart by some millimetres."""
    templates = [template for template in newest().values() if template.own]
    template = templates[int(rng.integers(len(templates)))]
    dx, dy = (float(rng.choice((-1, 1)) * rng.uniform(4, 7)) for _ in range(2))

    def way(x: float, y: float) -> tuple[float, float]:
        below = y > 0.35 * template.height
        return (x + (dx if below else -dx), y + (dy if below else -0.4 * dy))

    return _filled(_redrawn(template, way, 0.97), rng)


def _filled(template: Template, rng: Generator) -> Sheet:
    return draw_sheet(template, draw_hand(Split.TEST, rng, Kind.FONT), rng)


PLAIN: Mapping[str, Callable[[Generator], Pixels]] = {
    "text": _text,
    "table": _table,
    "another form": _other_form,
    "blank": _blank,
    "scene": _scene,
}
LOOKALIKE: Mapping[str, Callable[[Generator], Sheet]] = {
    "legacy form redrawn": _legacy_redrawn,
    "own marks, boxes elsewhere": _own_moved,
}
"""These may be found; then nothing of them may be taken for sure that is not so."""

FOREIGN = (*PLAIN, *LOOKALIKE)
