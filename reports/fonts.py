"""The typefaces of printed documents: found on the system, read once per process, embedded as subsets.

BIZ UDGothic carries everything; IPAmj Mincho lends only those characters it lacks (𠮷, 槗 and other name kanji).
Kanji are one em wide, digits and Latin letters half an em, so columns of figures align by themselves. A character
that neither has is printed as 〓, the printers' mark for a missing type.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD, RARE = "BrigadeRegular", "BrigadeBold", "BrigadeRare"
ROOTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts")
FILES = {  # face → (file, Debian package that brings it)
    REGULAR: ("BIZUDGothic-Regular.ttf", "fonts-morisawa-bizud-gothic"),
    BOLD: ("BIZUDGothic-Bold.ttf", "fonts-morisawa-bizud-gothic"),
    RARE: ("ipamjm.ttf", "fonts-ipamj-mincho"),
}
GETA = "〓"
_lock = threading.RLock()
_faces: dict[str, SubsetFont] = {}


class MissingFont(RuntimeError):
    """A typeface that documents need is not on this system; the message names the package to install."""


class Run(NamedTuple):
    """A stretch of text in one face; ``width`` in thousandths of the type size."""

    face: str
    text: str
    width: float


class _Outlines:
    """The table of a face's outlines, of which a subset takes some. ReportLab copies all of it for each document: of the
    rare kanji 45 MB, in more time than drawing ten pages.
    """

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._start = data, start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


class SubsetFont(TTFont):
    """A TrueType face whose embedded subsets can be searched and copied, safe to use from several threads.

    ReportLab writes five hexadecimal digits into the ToUnicode map for characters beyond U+FFFF (𠮷), which readers
    take for another character; the map must hold UTF-16. Cutting a subset moves the parser's position in the shared
    file, so two documents must not do it at once.
    """

    def __init__(self, name: str, filename: str) -> None:
        super().__init__(name, filename, asciiReadable=False)
        face: Any = self.face
        whole, start = face.get_table, face.get_table_pos("glyf")[0]
        outlines = _Outlines(face._ttf_data, start)
        face.get_table = lambda tag: outlines if tag == "glyf" else whole(tag)

    def addObjects(self, doc: Any) -> None:  # noqa: N802 (the name is ReportLab's)
        """Adds the face's subsets to ``doc``, then replaces each subset's ToUnicode map."""
        with _lock:
            state = self.state[doc]
            subsets, prefix = state.subsets, state.internalName
            super().addObjects(doc)
        fonts = doc.idToObject["BasicFonts"].dict
        for number, subset in enumerate(subsets):
            reference = fonts[f"{prefix}+{number}"].ToUnicode
            doc.idToObject[reference.name].content = to_unicode_map(subset)


def to_unicode_map(codes: list[int]) -> str:
    """The CMap from one-byte codes (the position in ``codes``) to UTF-16; at most 100 lines a block, as PDF asks."""
    pairs = [f"<{n:02X}> <{chr(c).encode('utf-16-be').hex().upper()}>" for n, c in enumerate(codes) if c]
    blocks = [pairs[n : n + 100] for n in range(0, len(pairs), 100)]
    body = "".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar\n" for b in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{body}"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )


def _find(name: str) -> Path | None:
    return next((hit for root in ROOTS for hit in sorted(Path(root).rglob(name))), None)


def _load(face: str) -> SubsetFont:
    if face in _faces:
        return _faces[face]
    file, package = FILES[face]
    path = _find(file)
    if path is None:
        raise MissingFont(f"{file} was not found below {', '.join(ROOTS)}: install the package {package}")
    font = SubsetFont(face, str(path))
    pdfmetrics.registerFont(font)
    return font


def load(face: str) -> SubsetFont:
    """The face, read and registered on first use. Raises MissingFont naming the package."""
    found = _faces.get(face)
    if found is None:
        with _lock:
            found = _faces[face] = _load(face)
    return found


@cache
def _widths(face: str) -> dict[int, float]:
    return dict(load(face).face.charWidths)


_COMBINED = re.compile("[\u3041-\u30ff][\u3099\u309a]")


@lru_cache(maxsize=16384)
def printable(text: str) -> str:
    """``text`` as one line that can be set: control characters and line breaks become spaces, kana and their marks
    are joined, invisible characters (variation selectors, joiners, direction marks) go.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _COMBINED.sub(lambda m: unicodedata.normalize("NFC", m[0]), text)
    return "".join(_one(char) for char in text)


def _one(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return char if char == "\u3000" else " "
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return ""
    return GETA if category == "Cs" else char


def _is_kanji(code: int) -> bool:
    return 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF


def _face_of(char: str, face: str) -> tuple[str, str]:
    """The face that has ``char``, and the character to set: itself or 〓."""
    code = ord(char)
    if code in _widths(face):
        return face, char
    try:
        if code in _widths(RARE):
            return RARE, char
    except MissingFont:
        if _is_kanji(code):  # most likely somebody's name: stop rather than print it wrong
            raise
    return face, GETA


def _runs(text: str, face: str) -> Iterator[Run]:
    known = _widths(face)
    try:
        yield Run(face, text, sum([known[ord(char)] for char in text]))
        return
    except KeyError:
        pass
    pieces: list[tuple[str, str]] = []
    for char in text:
        where, shown = _face_of(char, face)
        if pieces and pieces[-1][0] == where:
            pieces[-1] = (where, pieces[-1][1] + shown)
        else:
            pieces.append((where, shown))
    for where, piece in pieces:
        yield Run(where, piece, sum(_widths(where)[ord(char)] for char in piece))


@lru_cache(maxsize=16384)
def runs(text: str, bold: bool = False) -> tuple[Run, ...]:
    """``text`` cleaned by ``printable`` and split by the face that has its characters."""
    text = printable(text)
    return tuple(_runs(text, BOLD if bold else REGULAR)) if text else ()


def width(text: str, size: float, bold: bool = False) -> float:
    """Width of ``text`` in points at ``size`` points."""
    return sum([run.width for run in runs(text, bold)]) * size / 1000
