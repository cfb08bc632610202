"""The top of the month's first page: whose month it is, its figures, and of a sealed edition what proves it."""

from __future__ import annotations

from brigade.month.sheet import EditionMark, HeadMark, MonthSheet
from reports.dates import moment
from reports.fonts import width
from reports.lines import break_lines, fit, fit_lines
from reports.month.names import holder
from reports.pen import BAND, BLUE, HAIR, INK, SOFT, Pen
from reports.qr import qr_places
from reports.sheet import Sheet
from reports.words import say

Figure = tuple[str, tuple[tuple[str, str], ...]]  # label, then pairs of number and unit
QR = 88.0  # 31 mm with its quiet zone: a module is 0.7 mm with the address of a large city
BLACK = (0.0, 0.0, 0.0)


def cover(sheet: Sheet, month: MonthSheet, title: str, unit: str, lang: str) -> None:
    """Path, title, unit, maker, the headline figures and the edition."""
    _title(sheet, month, title, unit, lang)
    sheet.gap(18)
    _figures(sheet, headline(month, lang))
    if month.unknown:
        _aside(sheet, say("headline_unknown", lang, count=f"{month.unknown:,}"))
    if month.edition is not None:
        sheet.gap(14)
        _edition(sheet, month.edition, lang)
        if month.edition.heads:
            sheet.gap(4)
            _heads(sheet, month.edition.heads, lang)


def _title(sheet: Sheet, month: MonthSheet, title: str, name: str, lang: str) -> None:
    left, right, room = sheet.left, sheet.right, sheet.width
    path, _ = fit_lines(" › ".join(month.path), room, 9.5, 3, least=9.5)
    unit, unit_size = fit(name, room, 15, bold=True, least=9)
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


def headline(month: MonthSheet, lang: str) -> tuple[Figure, ...]:
    """Reports, person-times, hours, and where something is paid yen."""
    hours, minutes = divmod(month.minutes, 60)
    time = [(f"{hours:,}", say("unit_hours", lang))]
    if minutes:
        time.append((str(minutes), say("unit_minutes", lang)))
    figures: tuple[Figure, ...] = (
        (say("times", lang), ((f"{month.times:,}", say("unit_times", lang)),)),
        (say("person_times", lang), ((f"{month.person_times:,}", say("unit_people", lang)),)),
        (say("hours", lang), tuple(time)),
    )
    if not month.pay:
        return figures
    return (*figures, (say("pay", lang), ((f"{month.yen:,}", say("unit_yen", lang)),)))


def _figures(sheet: Sheet, figures: tuple[Figure, ...]) -> None:
    left, space, pad = sheet.left, 10.0, 11.0
    share = (sheet.width - space * (len(figures) - 1)) / len(figures)
    size = min(_size(pairs, share - 2 * pad) for _, pairs in figures)

    def draw(pen: Pen, y: float) -> None:
        for n, (label, pairs) in enumerate(figures):
            x = left + n * (share + space)
            pen.box(x, y, share, 62, BAND)
            pen.box(x, y, share, 2, BLUE)
            x += pad
            words, small = fit(label, share - 2 * pad, 9.5)
            pen.text(x, y + 19, words, small, color=SOFT)
            for number, unit in pairs:
                x = _number(pen, x, y + 48, number, size) + 3
                pen.text(x, y + 48, unit, 10.5)
                x += width(unit, 10.5) + 6

    sheet.add(62, draw)


def _aside(sheet: Sheet, words: str) -> None:
    right = sheet.right
    sheet.add(14, lambda pen, y: pen.text(right, y + 11.5, words, 8.5, color=SOFT, align="right"))


def _size(pairs: tuple[tuple[str, str], ...], room: float) -> float:
    """The size of a figure's numbers at which it fits ``room`` points with its units: 24 or less."""
    units = sum(width(unit, 10.5) + 9 for _, unit in pairs) - 6
    numbers = sum(width(number, 24, True) for number, _ in pairs)
    return min(24.0, 24 * (room - units) / numbers)


def _number(pen: Pen, x: float, y: float, number: str, size: float) -> float:
    """Sets a large number and gives its right end; the comma, half an em wide in this face, is drawn closer."""
    for n, group in enumerate(number.split(",")):
        if n:
            pen.text(x, y, ",", size, bold=True)
            x += width(",", size, True) * 0.55
        pen.text(x, y, group, size, bold=True)
        x += width(group, size, True)
    return x


def _edition(sheet: Sheet, edition: EditionMark, lang: str) -> None:
    """Which edition, sealed by whom and when, and how to prove that the paper is this one."""
    left, right, height = sheet.left, sheet.right, QR + 8
    room = right - left - QR - 26
    who, who_size = fit(holder(edition.post, edition.sealed_by, lang), room - 66, 9.5)
    unit, unit_size = fit(edition.unit_name, room - 66, 9.5)
    note = break_lines(say("verify_note", lang), room, 8.5)
    number = say("edition", lang, number=edition.number)

    def draw(pen: Pen, y: float) -> None:
        pen.frame(left, y, right - left, height, color=HAIR)
        pen.box(left, y, 3, height, BLUE)
        pen.boxes(qr_places(edition.verify_url, right - QR - 4, y + 4, QR), BLACK)
        x = left + 14
        pen.text(x, y + 20, number, 13, bold=True)
        pen.text(x + width(number, 13, True) + 12, y + 20, say("edition_code", lang), 9, color=SOFT)
        code = x + width(number, 13, True) + 12 + width(say("edition_code", lang), 9) + 8
        pen.text(code, y + 20, edition.code, 13, bold=True)
        lines = (
            (say("sealed_at", lang), moment(edition.sealed_at, lang), 9.5),
            (say("sealed_by", lang), who, who_size),
            (say("sealed_unit", lang), unit, unit_size),
        )
        for n, (label, value, size) in enumerate(lines):
            pen.text(x, y + 37 + 13 * n, label, 9, color=SOFT)
            pen.text(x + 66, y + 37 + 13 * n, value, size, color=INK)
        for n, line in enumerate(note[:2]):
            pen.text(x, y + 79 + 10.5 * n, line, 8.5, color=SOFT)

    sheet.add(height, draw)


def _heads(sheet: Sheet, heads: tuple[HeadMark, ...], lang: str) -> None:
    """Up to which entry the records behind the paper went, and what they can be known by."""
    left, room = sheet.left, sheet.width
    lines = [
        fit(
            say("head_at", lang, unit=head.unit_name, length=f"{head.length:,}", fingerprint=head.fingerprint),
            room - 94,
            9.5,
        )
        for head in heads
    ]
    note = break_lines(say("head_note", lang), room - 28, 8.5)
    above = 6 + 13 * len(lines)
    height = above + 10.5 * len(note) + 8

    def draw(pen: Pen, y: float) -> None:
        pen.frame(left, y, room, height, color=HAIR)
        pen.box(left, y, 3, height, BLUE)
        pen.text(left + 14, y + 15, say("head", lang), 9, color=SOFT)
        for n, (line, size) in enumerate(lines):
            pen.text(left + 80, y + 15 + 13 * n, line, size, color=INK)
        for n, line in enumerate(note):
            pen.text(left + 14, y + above + 9 + 10.5 * n, line, 8.5, color=SOFT)

    sheet.add(height, draw)


def nothing(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """What stands in place of the tables when the month has no reports."""
    left, room = sheet.left, sheet.width
    note = break_lines(say("empty_sealed" if month.edition else "empty_note", lang), room - 40, 10)

    def draw(pen: Pen, y: float) -> None:
        pen.frame(left, y, room, 96)
        pen.text(left + room / 2, y + 40, say("empty", lang), 14, bold=True, align="center")
        for n, line in enumerate(note):
            pen.text(left + room / 2, y + 64 + 15 * n, line, 10, color=SOFT, align="center")

    sheet.section()
    sheet.add(96, draw)
