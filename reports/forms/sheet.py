"""A form as PDF: its lines, words, boxes, marks and code, with what is known beforehand printed in.

Black on white, for an office printer. What is printed into boxes stands where a hand would write it, so that it is read
by the same reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from brigade.activity.kinds import kind_label
from brigade.dates import WEEKDAYS, era_date, to_tokyo
from brigade.forms.filling import TICKED, FilledPage, Filling, Person, Planned, filled_pages
from brigade.forms.template import Cell, Field, Place, Rule, Template, Text
from reports.fonts import printable
from reports.forms import ruby
from reports.forms.markers import marker_places
from reports.lines import fit, fit_lines
from reports.pen import Align, Pen, rgb
from reports.qr import qr_places
from reports.sheet import About, described_canvas

POINTS = 72 / 25.4
BLACK = rgb("000000")
AUTHOR = rgb("b00020")
LEADING = 1.45
LEAST = 8.0
"""The smallest a name is set before it is cut; its number stands beside it."""


def form_pdf(template: Template, filling: Filling, *, made_at: datetime, outlines: bool = False) -> bytes:
    """The sheets of a form, as many as the people need. ``outlines`` draws every box and its name, for who writes
    templates. The same filling gives the same bytes; the file's dates are ``made_at``. Raises MissingFont.
    """
    out = BytesIO()
    label = template.label.ja
    said = "　".join(part for part in (label, filling.unit, filling.period) if part)
    canvas = described_canvas(out, _size(template), About(said, template.purpose.ja, "ja", made_at))
    for page in filled_pages(template, filling):
        pen = Pen(canvas, template.height * POINTS)
        name = f"{page.code.page}"
        canvas.bookmarkPage(name)
        canvas.addOutlineEntry(f"{label} {page.code.page}／{page.code.pages}", name)
        _Drawing(pen, template, filling, page).draw()
        if outlines:
            _outline(pen, template)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _size(template: Template) -> tuple[float, float]:
    return template.width * POINTS, template.height * POINTS


class _Drawing:
    """One page under the pen."""

    def __init__(self, pen: Pen, template: Template, filling: Filling, page: FilledPage) -> None:
        self._pen, self._template, self._page = pen, template, page
        self._words = _sheet_words(template, filling, page)

    def draw(self) -> None:
        """All of it: lines first, then words, boxes and marks."""
        template, pen = self._template, self._pen
        for frame in template.frames:
            pen.frame(*(n * POINTS for n in frame), color=BLACK, weight=0.5)
        for rule in template.rules:
            self._rule(rule)
        for text in template.texts:
            self._text(text, self._words)
        for block in template.blocks:
            for place in block.places():
                words = self._words | _row_words(place, self._page.people.get(place.person or 0))
                for rule in block.rules:
                    self._rule(rule.moved(place.dx, place.dy))
                for text in block.texts:
                    self._text(text.moved(place.dx, place.dy), words)
        for field in template.fields:
            self._field(field)
        for marker in template.markers:
            x, y, size, _ = marker.cell
            pen.boxes(marker_places(marker.id, x * POINTS, y * POINTS, size * POINTS), BLACK)
        if template.code_at is not None:
            x, y, size, _ = template.code_at
            pen.boxes(qr_places(str(self._page.code), x * POINTS, y * POINTS, size * POINTS), BLACK)

    def _rule(self, rule: Rule) -> None:
        ends = [(rule.x * POINTS, rule.y * POINTS), (rule.x_end * POINTS, rule.y_end * POINTS)]
        self._pen.stroke(ends, color=BLACK, weight=rule.weight)

    def _text(self, text: Text, words: Mapping[str, str]) -> None:
        """The words; left out where all that would be filled in is not known."""
        known = [words[name] for name in words if f"{{{name}}}" in text.words]
        if known and not any(known):
            return
        said = text.words.format_map(words).strip()
        align: Align = "left" if text.align == "left" else "right" if text.align == "right" else "center"
        if text.width is None:
            ruby.draw(
                self._pen, text.x * POINTS, text.y * POINTS, ruby.pieces(said), text.size, bold=text.bold, color=BLACK,
                align=align,
            )  # fmt: skip
        elif known:
            self._fitted(text, said, align)
        else:
            for n, line in enumerate(ruby.lines(said, text.width * POINTS, text.size, text.bold)):
                y = text.y * POINTS + n * text.size * LEADING
                ruby.draw(self._pen, text.x * POINTS, y, line, text.size, bold=text.bold, color=BLACK, align=align)

    def _fitted(self, text: Text, said: str, align: Align) -> None:
        """What was filled in, whole: smaller, then in two lines around the place of one, then cut."""
        room = (text.width or 0) * POINTS
        lines, size = fit_lines(said, room, text.size, 2, bold=text.bold, least=LEAST)
        if len(lines) == 1:
            line, size = fit(said, room, text.size, bold=text.bold, least=LEAST)
            lines = [line]
        top = text.y * POINTS - (size * 1.05 * (len(lines) - 1)) / 2
        for n, line in enumerate(lines):
            y = top + n * size * 1.05
            self._pen.text(text.x * POINTS, y, line, size, bold=text.bold, color=BLACK, align=align)

    def _field(self, field: Field) -> None:
        value = self._page.values.get(field.id, "").ljust(len(field.cells))
        for n, cell in enumerate(field.cells):
            x, y, w, h = (side * POINTS for side in cell)
            if field.drawn == "box":
                self._pen.frame(x, y, w, h, color=BLACK, weight=0.7)
            elif field.drawn == "line":
                self._pen.rule(x, y + h, x + w, color=BLACK, weight=0.7)
            if field.options and field.options[n].label:
                self._option(field, n, cell)
            if value[n] == TICKED and field.type in ("tick", "choice"):
                self._pen.stroke(_check_mark(x, y, w, h), color=BLACK, weight=2)
            elif value[n].strip():
                self._pen.text(x + w / 2, y + h / 2 + 5.2, value[n], 15, bold=True, color=BLACK, align="center")

    def _option(self, field: Field, n: int, cell: Cell) -> None:
        """The word of a choice: beside a box that is drawn, else in the middle of the place to be circled."""
        x, y, w, h = (side * POINTS for side in cell)
        if field.drawn == "box":
            self._pen.text(x + w + 3, y + h / 2 + 4.4, field.options[n].label, 12, color=BLACK)
        else:
            self._pen.text(x + w / 2, y + h / 2 + 4, field.options[n].label, 11, color=BLACK, align="center")


def _check_mark(x: float, y: float, w: float, h: float) -> list[tuple[float, float]]:
    return [(x + 0.2 * w, y + 0.5 * h), (x + 0.42 * w, y + 0.78 * h), (x + 0.84 * w, y + 0.2 * h)]


def _sheet_words(template: Template, filling: Filling, page: FilledPage) -> dict[str, str]:
    event = filling.event
    return {
        "unit": filling.unit,
        "unit_code": filling.unit_code,
        "month": filling.month or "",
        "event": f"{kind_label(event.kind, 'ja')}「{event.title}」" if event else "",
        "plan": _plan(event) if event else "",
        "place": event.place if event else "",
        "form": template.code,
        "version": str(template.version),
        "period": filling.period,
        "page": str(page.code.page),
        "pages": str(page.code.pages),
        "continued": "つづき" if page.code.page > 1 else "",
    }


def _plan(event: Planned) -> str:
    """``予定 令和8年11月8日（日）9:00〜11:30``."""
    start, end = to_tokyo(event.started_at), to_tokyo(event.ended_at)
    later = "" if end.date() == start.date() else f"{end.month}月{end.day}日（{WEEKDAYS[end.weekday()]}）"
    day = era_date(start.date(), weekday=True)
    return f"予定 {day}{start:%H:%M}〜{later}{end:%H:%M}"


def _row_words(place: Place, person: Person | None) -> dict[str, str]:
    found = person or Person("", "")
    return {
        "row": str(place.row),
        "column": str(place.column),
        "number": found.number,
        "name": printable(found.name),
        "kana": printable(found.kana),
        "rank": found.rank,
    }


def _outline(pen: Pen, template: Template) -> None:
    """Each box's edge and the field's name: what will be cut out and read."""
    for field in template.fields:
        for n, cell in enumerate(field.cells):
            x, y, w, h = (side * POINTS for side in cell)
            pen.frame(x, y, w, h, color=AUTHOR, weight=0.9)
            if n == 0:
                shown, size = fit(field.id, max(w * len(field.cells), 24), 5, least=3)
                pen.text(x + 1, y + 4.5, shown, size, color=AUTHOR)
