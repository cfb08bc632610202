"""A4 pages filled from the top down: head, foot, page numbers, outline, and the file's own description.

Blocks are placed first and drawn at the end, when the number of pages is known. A block is never split: one that
does not fit starts the next page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from brigade.dates import to_tokyo
from reports.fonts import REGULAR, load, printable, width
from reports.lines import fit
from reports.pen import AMBER, BLUE, CREAM, SOFT, Pen

rl_config.useA85 = 0  # ReportLab's habit of writing streams in letters costs a quarter more bytes and much time

A4 = (595.28, 841.89)  # points, upright
MARGIN = 51.0  # 18 mm: room for punched holes on the left
HEAD, FOOT = 40.0, 40.0  # baseline of the running head from the top, of the foot from the bottom
BODY_TOP, BODY_END = 62.0, 62.0  # where blocks start from the top and end from the bottom
BANNER = 24.0
TITLE = 0.7  # of the line a section's title may take where a note stands at its end
SECTION = 24.0  # between the end of one section and the title of the next

Draw = Callable[[Pen, float], None]  # (pen, y of the block's top)


PRODUCT = "Brigade"


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself; its dates are ``made_at``. ``keywords`` are for a search among files."""

    title: str
    subject: str
    lang: str
    made_at: datetime
    author: str = PRODUCT
    keywords: str = ""


def described_canvas(out: BytesIO, size: tuple[float, float], about: About) -> Canvas:
    """A canvas for a document that describes itself and gives the same bytes each time."""
    load(REGULAR)
    first: Any = REGULAR  # the stubs take a number; without a name of ours, Helvetica is declared
    canvas = Canvas(out, size, invariant=1, pageCompression=1, lang=about.lang, initialFontName=first)
    made = f"D:{to_tokyo(about.made_at):%Y%m%d%H%M%S}+09'00'"
    canvas.setDateFormatter(lambda *_: made)
    canvas.setTitle(printable(about.title))
    canvas.setAuthor(printable(about.author))
    canvas.setCreator(PRODUCT)
    canvas.setSubject(printable(about.subject))
    if about.keywords:
        canvas.setKeywords(printable(about.keywords))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


@dataclass(frozen=True, slots=True)
class Running:
    """What every page repeats: head left and right (not on the cover), a banner or none, foot, page number words."""

    head: str
    head_right: str
    foot: str
    pages: str  # "{page} / {pages}"
    banner: tuple[str, str] | None = None  # bold words, explanation


@dataclass(slots=True)
class Page:
    """One page as planned: its size in points, what stands on it, and its entry in the outline."""

    size: tuple[float, float]
    blocks: list[tuple[Draw, float]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)


class Sheet:
    """A document under construction. ``y`` is the next block's top on the page now being filled, in points."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.pages: list[Page] = []
        self.y = 0.0
        self.on_turn: Callable[[], None] | None = None  # called after a page is turned inside a table: its head
        self.turn()

    @property
    def left(self) -> float:
        """The left margin: where blocks start."""
        return MARGIN

    @property
    def width(self) -> float:
        """Width between the margins of the present page."""
        return self.pages[-1].size[0] - 2 * MARGIN

    @property
    def right(self) -> float:
        """Where blocks end on the present page."""
        return MARGIN + self.width

    @property
    def room(self) -> float:
        """Height left on the present page."""
        return self.pages[-1].size[1] - BODY_END - self.y

    @property
    def _start(self) -> float:
        return BODY_TOP + (BANNER + 14 if self._running.banner else 0)

    @property
    def blank(self) -> float:
        """Height of an empty page of the present size."""
        return self.pages[-1].size[1] - BODY_END - self._start

    def turn(self, *, landscape: bool | None = None) -> None:
        """Starts a page; as the one before unless ``landscape`` says otherwise."""
        size = self.pages[-1].size if self.pages else A4
        if landscape is not None:
            size = (A4[1], A4[0]) if landscape else A4
        self.pages.append(Page(size))
        self.y = self._start
        if self.on_turn:
            self.on_turn()

    def section(self, *, landscape: bool = False) -> None:
        """Makes ready for a section: on a page that lies as asked, some way below what stands there."""
        wide, high = self.pages[-1].size
        if landscape != (wide > high):
            self.turn(landscape=landscape)
        elif self.y > self._start:
            self.gap(SECTION)

    def need(self, height: float) -> None:
        """Turns the page unless ``height`` points are left on it."""
        if height > self.room:
            self.turn()

    def add(self, height: float, draw: Draw) -> None:
        """Places a block of ``height`` points."""
        self.need(height)
        self.pages[-1].blocks.append((draw, self.y))
        self.y += height

    def gap(self, height: float) -> None:
        """White space; none is carried over to the next page."""
        self.y += min(height, max(self.room, 0))

    def heading(self, words: str, *, keep: float, note: str = "", mark: bool = True) -> None:
        """A section's title, with ``mark`` an entry in the outline; stays with the next ``keep`` points."""
        self.need(34 + keep)
        if mark:
            self.pages[-1].marks.append(words)
        left, right = self.left, self.right
        room = right - left - 10
        shown, title_size = fit(words, room * (TITLE if note else 1), 13, bold=True, least=10)
        note, size = fit(note, room - width(shown, title_size, True) - 16, 8.5)

        def draw(pen: Pen, y: float) -> None:
            pen.box(left, y + 5.5, 3, 13, BLUE)
            pen.text(left + 10, y + 16.5, shown, title_size, bold=True)
            pen.text(right, y + 16.5, note, size, color=SOFT, align="right")

        self.add(28, draw)

    def draw(self, canvas: Canvas, *, name: str = "", level: int = 0) -> None:
        """Draws the pages on a canvas, their sections in its outline below ``level``; ``name`` sets their bookmarks apart
        from those of other sheets.
        """
        for number, page in enumerate(self.pages, 1):
            canvas.setPageSize(page.size)
            pen = Pen(canvas, page.size[1])
            for order, mark in enumerate(page.marks):
                canvas.bookmarkPage(f"{name}{number}-{order}")
                canvas.addOutlineEntry(mark, f"{name}{number}-{order}", level)
            self._top(pen, page, cover=number == 1)
            for draw, y in page.blocks:
                draw(pen, y)
            self._bottom(pen, page, number)
            canvas.showPage()

    def bytes(self, about: About) -> bytes:
        """The file of this sheet alone. The same sheet gives the same bytes."""
        out = BytesIO()
        canvas = described_canvas(out, A4, about)
        self.draw(canvas)
        canvas.save()
        return out.getvalue()

    def _top(self, pen: Pen, page: Page, *, cover: bool) -> None:
        running = self._running
        left, right = MARGIN, page.size[0] - MARGIN
        if not cover:
            pen.text(left, HEAD, running.head, 8.5, color=SOFT)
            shown, size = fit(running.head_right, (right - left) / 2, 8.5)
            pen.text(right, HEAD, shown, size, color=SOFT, align="right")
            pen.rule(left, HEAD + 7, right)
        if running.banner:
            words, note = running.banner
            pen.box(left, BODY_TOP - 4, right - left, BANNER, CREAM)
            pen.box(left, BODY_TOP - 4, 3, BANNER, AMBER)
            pen.text(left + 12, BODY_TOP + 12, words, 11, bold=True, color=AMBER)
            pen.text(right - 10, BODY_TOP + 11.5, note, 8.5, color=AMBER, align="right")

    def _bottom(self, pen: Pen, page: Page, number: int) -> None:
        left, right, base = MARGIN, page.size[0] - MARGIN, page.size[1] - FOOT
        pen.rule(left, base - 14, right)
        shown, size = fit(self._running.foot, right - left - 90, 8.5)
        pen.text(left, base, shown, size, color=SOFT)
        pen.text(right, base, self._running.pages.format(page=number, pages=len(self.pages)), 8.5, align="right")
