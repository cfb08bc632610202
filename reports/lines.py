"""Breaking Japanese text into lines, and making text fit a cell.

Kinsoku (JIS X 4051): no line starts with a closing bracket, a comma, a small kana or a long-vowel mark, none ends
with an opening bracket. A break that would do so moves back, the character before goes down with it. Latin words and
numbers stay whole. A run without any permitted break that is wider than the line is cut where it has to be.
"""

from __future__ import annotations

from reports.fonts import printable, width

NO_START = frozenset(
    "、。，．・：；！？!?,.:;)]}）］｝〕〉》」』】〙〗〟’”»›"
    "ー々〻ゝゞヽヾ…‥〜～゠–‐"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
    "ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ゛゜"
    "｡｣､･ｧｨｩｪｫｬｭｮｯｰﾞﾟ%％‰℃′″"
)
NO_END = frozenset("([{（［｛〔〈《「『【〘〖〝‘“«‹｢￥¥＄$＃#№")
PAIRS = frozenset("…‥―—")  # set two by two and never parted
ELLIPSIS = "…"


def kinsoku_allows(text: str, at: int) -> bool:
    """Whether a line may end before ``text[at]``, ``0 < at < len(text)``, by the rules of line start and end."""
    before, after = text[:at].rstrip()[-1:], text[at]
    if after.isspace():  # spaces hang at the end of a line, they never start one
        return False
    return after not in NO_START and before not in NO_END and not (before == after and after in PAIRS)


def _in_word(char: str) -> bool:
    return char.isascii() and not char.isspace()


def _polite(text: str, at: int) -> bool:
    """As ``kinsoku_allows``, and no Latin word or number is cut."""
    return kinsoku_allows(text, at) and not (_in_word(text[at - 1]) and _in_word(text[at]))


def _reach(text: str, start: int, room: float, size: float, bold: bool) -> int:
    """The farthest end of a line from ``start`` that fits ``room`` points; spaces at its end take no room."""
    used = 0.0
    for at in range(start, len(text)):
        used += width(text[at], size, bold)
        if used > room + 0.001 and at > start and not text[at].isspace():
            return at
    return len(text)


def _step_back(text: str, start: int, end: int) -> int:
    """The last permitted end of the line in ``start + 1 .. end``; ``end`` itself when there is none."""
    for allowed in (_polite, kinsoku_allows):
        for at in range(end, start, -1):
            if allowed(text, at) and text[start:at].strip():
                return at
    return end


def break_lines(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """``text`` as lines no wider than ``room`` points; line feeds break, spaces at a break are dropped."""
    lines: list[str] = []
    for paragraph in map(printable, text.split("\n")):
        start, count = 0, len(lines)
        while start < len(paragraph):
            end = _reach(paragraph, start, room, size, bold)
            if end < len(paragraph):
                end = _step_back(paragraph, start, end)
            lines.append(paragraph[start:end].rstrip())
            start = end
            while start < len(paragraph) and paragraph[start].isspace():
                start += 1
        if len(lines) == count:
            lines.append("")
    return lines


def balanced(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """``text`` in as few lines as ``break_lines`` needs, but of like length: for heads of columns. No Latin word is cut
    for that.
    """
    greedy = break_lines(text, room, size, bold=bold)
    even, rest = [], printable(text)
    for left in range(len(greedy), 1, -1):
        word = max((width(word, size, bold) for word in rest.split() if word.isascii()), default=0)
        share = max(width(rest, size, bold) / left + size * 2 / 3, word)
        line = break_lines(rest, min(share, room), size, bold=bold)[0]
        even.append(line)
        rest = rest[len(line) :].lstrip()
    return [*even, rest] if rest and width(rest, size, bold) <= room else greedy


def fit(text: str, room: float, size: float, *, bold: bool = False, least: float = 8.0) -> tuple[str, float]:
    """``text`` and the size at which it fits ``room`` points on one line: set smaller down to ``least`` points, then
    cut and ended by …
    """
    text = printable(text)
    full = width(text, size, bold)
    if full <= room:
        return text, size
    smaller = int(size * room / full * 10) / 10
    if smaller >= least:
        return text, smaller
    keep = room - width(ELLIPSIS, least, bold)
    used, end = 0.0, 0
    for char in text:
        used += width(char, least, bold)
        if used > keep:
            break
        end += 1
    return text[:end].rstrip() + ELLIPSIS, least


def fit_lines(
    text: str, room: float, size: float, most: int, *, bold: bool = False, least: float = 8.0
) -> tuple[list[str], float]:
    """``text`` in at most ``most`` lines of ``room`` points and their size: one line if it fits at ``size``, then a
    smaller one, then more lines at ``least`` points, the last of them cut with … when even that is not enough.
    """
    line, chosen = fit(text, room, size, bold=bold, least=least)
    if most == 1 or not line.endswith(ELLIPSIS) or line == text:
        return [line], chosen
    lines = break_lines(text, room, least, bold=bold)
    if len(lines) > most:
        lines = [*lines[: most - 1], fit(lines[most - 1] + ELLIPSIS, room, least, bold=bold, least=least)[0]]
    return lines, least
