"""The top of the month's first page: whose month it is, when the document was made, and its three figures."""

from __future__ import annotations

from brigade.month.sheet import MonthSheet
from reports.dates import moment
from reports.fonts import width
from reports.lines import break_lines, fit, fit_lines
from reports.pen import BAND, BLUE, SOFT, Pen
from reports.sheet import Sheet
from reports.words import say

Figure = tuple[str, tuple[tuple[str, str], ...]]  # label, then pairs of number and unit


def cover(sheet: Sheet, month: MonthSheet, title: str, lang: str) -> None:
    """Path, title, unit, maker and the headline figures."""
    _title(sheet, month, title, lang)
    sheet.gap(20)
    _figures(sheet, _headline(month, lang))
    sheet.gap(20)


def _title(sheet: Sheet, month: MonthSheet, title: str, lang: str) -> None:
    left, right, room = sheet.left, sheet.right, sheet.width
    path, _ = fit_lines(" › ".join(month.path), room, 9.5, 3, least=9.5)
    unit, unit_size = fit(month.unit_name, room, 15, bold=True, least=9)
    shown, title_size = fit(title, room, 22, bold=True, least=14)
    made = ((say("made_at", lang), moment(month.generated_at, lang)), (say("made_by", lang), month.generated_by))
    above = 13.0 * (len(path) - 1)

    def draw(pen: Pen, y: float) -> None:
        for n, line in enumerate(path):
            pen.text(left, y + 8 + 13 * n, line, 9.5, color=SOFT)
        y += above
        pen.text(left, y + 39, shown, title_size, bold=True, color=BLUE)
        pen.text(left, y + 64, unit, unit_size, bold=True)
        pen.rule(left, y + 78, right, color=BLUE, weight=1.4)
        x = left
        for label, value in made:
            pen.text(x, y + 94, label, 9, color=SOFT)
            x += width(label, 9) + 7
            value, size = fit(value, right - x, 9)
            pen.text(x, y + 94, value, size)
            x += width(value, size) + 22

    sheet.add(98 + above, draw)


def _headline(month: MonthSheet, lang: str) -> tuple[Figure, ...]:
    hours, minutes = divmod(month.minutes, 60)
    time = [(f"{hours:,}", say("unit_hours", lang))]
    if minutes:
        time.append((str(minutes), say("unit_minutes", lang)))
    return (
        (say("times", lang), ((f"{month.times:,}", say("unit_times", lang)),)),
        (say("person_times", lang), ((f"{month.person_times:,}", say("unit_people", lang)),)),
        (say("hours", lang), tuple(time)),
    )


def _figures(sheet: Sheet, figures: tuple[Figure, ...]) -> None:
    left, space = sheet.left, 12.0
    share = (sheet.width - space * (len(figures) - 1)) / len(figures)

    sizes = [_size(pairs, share - 20) for _, pairs in figures]

    def draw(pen: Pen, y: float) -> None:
        for n, (label, pairs) in enumerate(figures):
            x = left + n * (share + space)
            pen.box(x, y, share, 66, BAND)
            pen.box(x, y, share, 2, BLUE)
            x += 12
            pen.text(x, y + 20, label, 9.5, color=SOFT)
            for number, unit in pairs:
                x = _number(pen, x, y + 51, number, sizes[n]) + 4
                pen.text(x, y + 51, unit, 11)
                x += width(unit, 11) + 7

    sheet.add(66, draw)


def _size(pairs: tuple[tuple[str, str], ...], room: float) -> float:
    """The size of a figure's numbers at which it fits ``room`` points with its units: 25 or less."""
    units = sum(width(unit, 11) + 11 for _, unit in pairs) - 7
    numbers = sum(width(number, 25, True) for number, _ in pairs)
    return min(25.0, 25 * (room - units) / numbers)


def _number(pen: Pen, x: float, y: float, number: str, size: float) -> float:
    """Sets a large number and gives its right end; the comma, half an em wide in this face, is drawn closer."""
    for n, group in enumerate(number.split(",")):
        if n:
            pen.text(x, y, ",", size, bold=True)
            x += width(",", size, True) * 0.55
        pen.text(x, y, group, size, bold=True)
        x += width(group, size, True)
    return x


def nothing(sheet: Sheet, lang: str) -> None:
    """What stands in place of the tables when the month has no reports."""
    left, room = sheet.left, sheet.width
    note = break_lines(say("empty_note", lang), room - 40, 10)

    def draw(pen: Pen, y: float) -> None:
        pen.frame(left, y, room, 96)
        pen.text(left + room / 2, y + 40, say("empty", lang), 14, bold=True, align="center")
        for n, line in enumerate(note):
            pen.text(left + room / 2, y + 64 + 15 * n, line, 10, color=SOFT, align="center")

    sheet.gap(6)
    sheet.add(96, draw)
    sheet.gap(26)
