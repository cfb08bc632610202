"""The A5 card by which a member joins or chooses a new password: QR code, code to type, three steps, valid until when.

Black on white and never below 11 points: it is read by old eyes, in the light of an equipment house.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from brigade.access.invitation_codes import Issued, Purpose, join_address, short_address, shown
from brigade.dates import WEEKDAYS, era_date, to_tokyo
from reports.fonts import width
from reports.lines import break_lines, fit_lines
from reports.pen import Pen, rgb
from reports.qr import qr_places
from reports.sheet import About, described_canvas

A5 = (419.53, 595.28)  # points, upright
EDGE = 26.0  # 9 mm: twice what printers leave white
LEAST = 11.0
QR_SIZES = (108.0, 136.0)  # 38 to 48 mm with its quiet zone: a module is about a millimetre
GAP = 6.0
BLACK, WHITE = rgb("000000"), rgb("ffffff")
LEFT, RIGHT = EDGE, A5[0] - EDGE
ROOM = RIGHT - LEFT

TITLE = {Purpose.JOIN: "招待カード", Purpose.RESET: "パスワード再設定カード"}
SUBTITLE = {
    Purpose.JOIN: "活動報告を、ご自分の電話から出せるようになります。",
    Purpose.RESET: "使い終わるまでは、前のパスワードも使えます。",
}
STEPS = {
    Purpose.JOIN: (
        "電話のカメラで、\n左のQRコードを写します。",
        "画面に出た名前が、\nご自分の名前か確かめます。",
        "自分だけのパスワードを\n決めて入れます。",
    ),
    Purpose.RESET: (
        "電話のカメラで、\n左のQRコードを写します。",
        "画面に出た名前が、\nご自分の名前か確かめます。",
        "新しいパスワードを\n決めて入れます。",
    ),
}
"""Broken where a reader would pause."""

NOTES = {
    Purpose.JOIN: ("うまくいかないときは、班長に新しいカードを頼んでください。",),
    Purpose.RESET: (
        "頼んだ覚えのないときは、使わずに班長へ知らせてください。",
        "うまくいかないときは、班長に新しいカードを頼んでください。",
    ),
}
UNSHOWN = "このカードは、ほかの人に見せないでください。"


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of the card: its height, and how it is drawn from its top."""

    height: float
    draw: Callable[[Pen, float], None]


def cards_pdf(cards: Sequence[Issued], *, base_url: str, made_at: datetime) -> bytes:
    """One upright A5 page for each card, in the order given. ``base_url`` is this installation's address.

    The same cards give the same bytes; the file's dates are ``made_at``. Raises MissingFont when a typeface is not
    installed.
    """
    out = BytesIO()
    title = f"{'・'.join(dict.fromkeys(TITLE[card.purpose] for card in cards))}（{len(cards)}枚）"
    canvas = described_canvas(out, A5, About(title, UNSHOWN, "ja", made_at))
    for number, card in enumerate(cards):
        canvas.setPageSize(A5)
        canvas.bookmarkPage(f"{number}")
        canvas.addOutlineEntry(f"{card.number} {card.name}", f"{number}")
        _draw(Pen(canvas, A5[1]), card, base_url)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(pen: Pen, card: Issued, base_url: str) -> None:
    """The parts one below the other; what is left of the page stands between them in equal gaps."""
    above, below = (_head(card), _person(card)), (_by_hand(card, base_url), _until(card), _foot(card))
    left = A5[1] - 2 * EDGE - sum(block.height for block in (*above, *below))
    gaps = len(above) + len(below)
    least, most = QR_SIZES
    scan = _scan(card, base_url, min(most, max(least, left - gaps * GAP)))
    y = EDGE
    for block in (*above, scan, *below):
        block.draw(pen, y)
        y += block.height + (left - scan.height) / gaps


def _head(card: Issued) -> _Block:
    brigade, size = fit_lines(card.brigade, ROOM, 13, 1, least=LEAST)

    def draw(pen: Pen, y: float) -> None:
        pen.text(LEFT, y + 11, brigade[0], size, color=BLACK)
        pen.text(LEFT, y + 38, TITLE[card.purpose], 23, bold=True, color=BLACK)
        pen.text(LEFT, y + 56, SUBTITLE[card.purpose], 12, color=BLACK)
        pen.rule(LEFT, y + 65, RIGHT, color=BLACK, weight=2)

    return _Block(66, draw)


def _person(card: Issued) -> _Block:
    """Kana, name, number and units. A long name is set smaller, then in lines; it is never cut."""
    kana, kana_size = _whole(card.kana, ((13, 1), (LEAST, 4)))
    name, name_size = _whole(f"{card.name} 様", ((30, 1), (24, 1), (20, 1), (17, 2), (14, 3), (LEAST, 4)), bold=True)
    most = 2 if len(kana) + len(name) < 5 else 1
    where, where_size = fit_lines(" › ".join(card.unit_path), ROOM, 13, most, least=LEAST)
    lines = [
        *((line, kana_size, False) for line in kana if line),
        *((line, name_size, True) for line in name),
        (f"団員番号　{card.number}", 13.0, False),
        *((line, where_size, False) for line in where if line),
    ]
    height = sum(_leading(size) for _, size, _ in lines)

    def draw(pen: Pen, y: float) -> None:
        for line, size, bold in lines:
            y += _leading(size)
            pen.text(LEFT, y - 0.32 * size, line, size, bold=bold, color=BLACK)

    return _Block(height, draw)


def _leading(size: float) -> float:
    return size * (1.2 if size <= LEAST else 1.36)


def _whole(
    text: str, ways: Sequence[tuple[float, int]], *, room: float = ROOM, bold: bool = False
) -> tuple[list[str], float]:
    """All of ``text`` in the first of the ways (size, most lines) that holds it; else in the last one."""
    lines, size = [""], LEAST
    for size, most in ways:
        lines = break_lines(text, room, size, bold=bold)
        if len(lines) <= most:
            break
    return lines, size


def _scan(card: Issued, base_url: str, size: float) -> _Block:
    """The QR code and, beside it, the three steps."""
    left = LEFT + size + 14
    texts = [break_lines(step, RIGHT - left - 26, 13) for step in STEPS[card.purpose]]
    between = (size - sum(len(lines) * 18.0 for lines in texts)) / (len(texts) + 1)

    def draw(pen: Pen, y: float) -> None:
        pen.boxes(qr_places(join_address(base_url, card.code), LEFT, y, size), BLACK)
        pen.frame(LEFT - 0.4, y - 0.4, size + 0.8, size + 0.8, color=BLACK, weight=0.8)  # leaves the quiet zone white
        y += between
        for number, lines in enumerate(texts, 1):
            pen.box(left, y, 19, 19, BLACK)
            pen.text(left + 9.5, y + 14.5, str(number), 14, bold=True, color=WHITE, align="center")
            for line in lines:
                pen.text(left + 26, y + 14, line, 13, color=BLACK)
                y += 18
            y += between

    return _Block(size, draw)


def _by_hand(card: Issued, base_url: str) -> _Block:
    """For who cannot scan: the address and, large, the code."""
    address, size = _whole(short_address(base_url), ((15, 1), (13, 1), (LEAST, 4)), room=ROOM - 24, bold=True)
    code = shown(card.code)
    code_size = min(38.0, 38 * (ROOM - 40) / width(code, 38, True))
    height = 81 + _leading(size) * len(address)

    def draw(pen: Pen, y: float) -> None:
        pen.frame(LEFT, y, ROOM, height, color=BLACK, weight=1.2)
        pen.text(LEFT + 12, y + 20, "写せないときは、このアドレスを開いて、番号を入れます。", 12, color=BLACK)
        for n, line in enumerate(address, 1):
            pen.text(LEFT + 12, y + 23 + _leading(size) * n, line, size, bold=True, color=BLACK)
        pen.text((LEFT + RIGHT) / 2, y + height - 14, code, code_size, bold=True, color=BLACK, align="center")

    return _Block(height, draw)


def _until(card: Issued) -> _Block:
    at = to_tokyo(card.expires_at)
    day = f"{at.year}年{at.month}月{at.day}日（{WEEKDAYS[at.weekday()]}）"
    era = f"{era_date(at.date())}　／　1回だけ使えます"

    def draw(pen: Pen, y: float) -> None:
        pen.text(LEFT, y + 14, "期限", 13, color=BLACK)
        pen.text(LEFT + 38, y + 15, f"{day}{at:%H:%M}まで", 17, bold=True, color=BLACK)
        pen.text(LEFT + 38, y + 33, era, 12, color=BLACK)

    return _Block(36, draw)


def _foot(card: Issued) -> _Block:
    lines = [line for note in NOTES[card.purpose] for line in break_lines(note, ROOM, 12)]
    height = 17.0 * len(lines) + 28

    def draw(pen: Pen, y: float) -> None:
        pen.rule(LEFT, y, RIGHT, color=BLACK, weight=0.8)
        pen.text(LEFT, y + 20, UNSHOWN, 13, bold=True, color=BLACK)
        for n, line in enumerate(lines, 1):
            pen.text(LEFT, y + 21 + 17 * n, line, 12, color=BLACK)

    return _Block(height, draw)
