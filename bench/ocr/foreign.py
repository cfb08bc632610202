"""Pages that are none of our forms, or that look like one and are not: what must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
import pypdfium2
from numpy.random import Generator
from PIL import Image, ImageDraw

from bench.ocr import sources
from bench.ocr.deeds import NOTES, PLACES, SUMMARIES
from bench.ocr.ink import DPI, PER_MM
from bench.ocr.paper import photographed, scanned
from bench.ocr.sheets import MADE_AT
from bench.ocr.writing import Pixels
from brigade.forms.filling import Filling
from brigade.forms.shelf import newest
from brigade.forms.template import Block, Field, Rule, Template
from reports.forms.sheet import form_pdf

A4 = (2481, 3508)
WORDS = (
    *PLACES,
    *NOTES,
    *(words for lines in SUMMARIES.values() for words in lines),
    "令和8年11月",
    "回覧",
    "会計報告",
)


def drawn_foreign(kind: str, rng: Generator) -> Pixels:
    """A page of one of ``FOREIGN``, scanned or photographed."""
    page = FOREIGN[kind](rng)
    draw = rng.random()
    if draw < 0.3:
        return photographed(page, rng)
    return scanned(page, rng, 200 if draw < 0.7 else 150)


def moved(template: Template, rng: Generator) -> Template:
    """The same marks, words and boxes, but boxes elsewhere: by some millimetres from where the template has them."""
    dx, dy = (float(rng.choice((-1, 1)) * rng.uniform(4, 9)) for _ in range(2))
    return replace(
        template,
        texts=tuple(text.moved(dx, dy) for text in template.texts),
        rules=tuple(rule.moved(dx, dy) for rule in template.rules),
        frames=tuple(frame.moved(dx, dy) for frame in template.frames),
        single=tuple(_field(field, dx, dy) for field in template.single),
        blocks=tuple(_block(block, dx, dy) for block in template.blocks),
    )


def _field(field: Field, dx: float, dy: float) -> Field:
    return replace(field, cells=tuple(cell.moved(dx, dy) for cell in field.cells))


def _block(block: Block, dx: float, dy: float) -> Block:
    return replace(
        block,
        fields=tuple(_field(field, dx, dy) for field in block.fields),
        texts=tuple(text.moved(dx, dy) for text in block.texts),
        rules=tuple(rule.moved(dx, dy) for rule in block.rules),
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


def _rebuilt(rng: Generator) -> Pixels:
    """A legacy form after someone drew its table anew: the same words, lines and columns elsewhere."""
    templates = [template for template in newest().values() if not template.own]
    template = templates[int(rng.integers(len(templates)))]
    stretch = float(rng.choice((-1, 1)) * rng.uniform(0.12, 0.22))

    def rule(one: Rule) -> Rule:
        """Each line's ends pulled apart from the page's top left third, unevenly."""
        return Rule(
            _pulled(one.x, template.width, -stretch), _pulled(one.y, template.height, stretch),
            _pulled(one.x_end, template.width, -stretch), _pulled(one.y_end, template.height, stretch), one.weight,
        )  # fmt: skip

    other = replace(
        template,
        rules=tuple(rule(one) for one in template.rules),
        texts=tuple(
            text.moved(
                _pulled(text.x, template.width, -stretch) - text.x, _pulled(text.y, template.height, stretch) - text.y
            )
            for text in template.texts
        ),
        blocks=tuple(replace(block, rows=replace(block.rows, step=block.rows.step * (1 + stretch))) for block in template.blocks),
    )  # fmt: skip
    return _printed(other)


def _pulled(at: float, length: float, by: float) -> float:
    """A place moved along a bow that leaves both ends of the page where they are."""
    share = at / length
    return length * (share + by * share * (1 - share) * (1.5 if share > 0.4 else 0.6))


def _moved_own(rng: Generator) -> Pixels:
    """One of our own sheets with its marks, and everything else some millimetres away from where it belongs."""
    own = [template for template in newest().values() if template.own]
    return _printed(moved(own[int(rng.integers(len(own)))], rng))


def _printed(template: Template) -> Pixels:
    with pypdfium2.PdfDocument(form_pdf(template, Filling(), made_at=MADE_AT)) as document:
        return np.ascontiguousarray(document[0].render(scale=DPI / 72, rev_byteorder=True).to_numpy()[..., :3])


FOREIGN: Mapping[str, Callable[[Generator], Pixels]] = {
    "text": _text,
    "table": _table,
    "another form": _other_form,
    "blank": _blank,
    "scene": _scene,
    "legacy form redrawn": _rebuilt,
    "own marks, boxes elsewhere": _moved_own,
}
LOOKALIKE = ("legacy form redrawn", "own marks, boxes elsewhere")
"""These may be found; then no field of them may be taken for sure."""
