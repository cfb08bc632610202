"""Where the corpus has its digits and letters from, in three splits that share nothing: typefaces that print, typefaces
that look like handwriting, and the writers of scikit-learn's digits.

Typefaces of one designer are in one split. The product prints in BIZ UD Gothic, so that one is trained with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits

from bench.ocr.ink import Ink, cropped, resized

ROOTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts")
HEIGHT = 96
"""Pixels that a master is high."""

PART = 8
"""Pixels that each square of a written digit's 8 × 8 is drawn with, across and down."""

EDGES = np.geomspace(0.5, 0.06, 12, dtype=np.float32)
"""How soft its edges are while it is looked for."""


class Split(StrEnum):
    """What a source may be used for."""

    TRAIN = "train"
    CALIBRATE = "calibrate"
    TEST = "test"


class Kind(StrEnum):
    """Classes of hands, as the tables name them."""

    PRINTED = "printed"
    FONT = "handwriting font"
    REAL = "real hand"


@dataclass(frozen=True, slots=True)
class Source:
    """One typeface (``name`` is its file) or one writer (``name`` is a number), and the one that writes its kanji."""

    name: str
    kind: Kind
    split: Split
    kanji: str


_FONTS = {
    (Split.TRAIN, Kind.PRINTED): "BIZUDGothic-Regular.ttf BIZUDGothic-Bold.ttf DejaVuSans.ttf LiberationSans-Regular.ttf "
    "ipaexg.ttf",
    (Split.CALIBRATE, Kind.PRINTED): "Lato-Regular.ttf ipamjm.ttf",
    (Split.TEST, Kind.PRINTED): "Roboto-Regular.ttf Roboto-Medium.ttf MTLmr3m.ttf TakaoMincho.ttf",
    (Split.TRAIN, Kind.FONT): "kiloji.ttf kiloji_p.ttf BecauseWeBuild-Regular.otf BecauseWeCreate-Regular.otf "
    "BecauseWeConnect-Regular.otf ComicNeue-Regular.otf AoyagiKouzanT.ttf Humor-Sans.ttf Purisa.ttf setofont.ttf "
    "dkg.ttf YOzRN_.ttf",
    (Split.CALIBRATE, Kind.FONT): "YuseiMagic-Regular.ttf Rufscript010.ttf BecauseWeMentor-Regular.otf",
    (Split.TEST, Kind.FONT): "KleeOne-Regular.ttf KleeOne-SemiBold.ttf Breip.ttf SteveHand.ttf "
    "BecauseWeOrganize-Regular.otf BecauseWeLearn-Regular.otf",
}  # fmt: skip
_KANJI = {
    Split.TRAIN: ("BIZUDGothic-Regular.ttf", ("kiloji.ttf", "setofont.ttf", "YOzRN_.ttf", "AoyagiKouzanT.ttf")),
    Split.CALIBRATE: ("ipamjm.ttf", ("YuseiMagic-Regular.ttf",)),
    Split.TEST: ("MTLmr3m.ttf", ("KleeOne-Regular.ttf", "KleeOne-SemiBold.ttf")),
}
_STARTS = (0, 130, 256, 386, 516, 646, 776, 905, 1029, 1157, 1287, 1415, 1545, 1667, 1797)
"""Where each writer's digits begin: everyone first wrote 0 to 9 thrice, then the same row of digits."""

_WRITERS = {Split.TRAIN: range(8), Split.CALIBRATE: range(8, 10), Split.TEST: range(10, 14)}
_HAVE_KANJI = frozenset(name for printed, written in _KANJI.values() for name in (printed, *written)) | {
    "BIZUDGothic-Bold.ttf", "ipaexg.ttf", "TakaoMincho.ttf", "kiloji_p.ttf"
}  # fmt: skip


class MissingFont(RuntimeError):
    """A typeface of the corpus is not on this system; ``tools/setup.sh ocr`` installs them."""


@cache
def sources(split: Split, kind: Kind) -> tuple[Source, ...]:
    """All of a split and kind, always in the same order."""
    if kind is Kind.REAL:
        names: Sequence[str] = [str(writer) for writer in _WRITERS[split]]
    else:
        names = _FONTS[split, kind].split()
    printed, written = _KANJI[split]
    kanji = (printed,) if kind is Kind.PRINTED else written
    return tuple(
        Source(name, kind, split, name if name in _HAVE_KANJI else kanji[n % len(kanji)])
        for n, name in enumerate(names)
    )


def font(name: str, size: int = HEIGHT) -> ImageFont.FreeTypeFont:
    """A typeface by its file's name. Raises MissingFont."""
    return ImageFont.truetype(_file(name), size)


@cache
def _file(name: str) -> str:
    for root in ROOTS:
        for path in sorted(Path(root).rglob(name)):
            return str(path)
    raise MissingFont(f"{name} is missing: run tools/setup.sh ocr")


@cache
def letters(name: str, words: str, size: int = HEIGHT) -> Ink:
    """Words set in a typeface, without edges. Raises MissingFont."""
    face = font(name, size)
    left, top, right, bottom = (round(n) for n in face.getbbox(words))
    image = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), words, font=face, fill=255)
    return cropped(np.asarray(image, np.float32) / np.float32(255))


@cache
def masters(source: Source, digit: str) -> tuple[Ink, ...]:
    """The ways in which a source writes a digit, each ``HEIGHT`` high, without edges: one of a typeface, of a writer as
    many as there are.
    """
    if source.kind is not Kind.REAL:
        return (high(letters(source.name, digit, 2 * HEIGHT)),)
    first, end = (_STARTS[int(source.name) + n] for n in (0, 1))
    images, said = _written_digits()
    return tuple(upscaled(images[n]) for n in range(first, end) if said[n] == int(digit))


@cache
def _written_digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Pictures of 8 × 8, in the order in which people wrote them, and what they are."""
    bunch = load_digits()
    return bunch.images, bunch.target


def high(ink: Ink) -> Ink:
    """Ink without edges at a master's height."""
    width = max(2, round(ink.shape[1] * HEIGHT / ink.shape[0]))
    return resized(ink, (width, HEIGHT))


def upscaled(image: NDArray[np.number]) -> Ink:
    """The strokes of a picture of 8 × 8 sums of ink (0 to 16), smooth and as high as a master."""
    return high(cropped(with_sums(np.pad(np.asarray(image, np.float32) / 16, 1))))


def with_sums(wanted: Ink) -> Ink:
    """A black and white picture of which every square of ``PART`` pixels is inked as much as wanted, 0 to 1.

    It is drawn, summed up again, and put right by what the sums lack, each time with sharper edges
    (docs/adr/054-digits-with-the-ink-they-had.md).
    """
    field = _large(wanted)
    for edge in EDGES:
        ink = np.clip((field - 0.5) / edge + 0.5, 0, 1)
        field += 0.4 * _large(wanted - sums(ink, PART))
    return np.asarray(np.clip((field - 0.5) / EDGES[-1] + 0.5, 0, 1), np.float32)


def sums(ink: Ink, part: int) -> Ink:
    """How much of each square of ``part`` by ``part`` pixels is ink, 0 to 1."""
    down, across = (side // part for side in ink.shape)
    return np.asarray(ink.reshape(down, part, across, part).mean(axis=(1, 3)), np.float32)


def _large(small: Ink) -> Ink:
    down, across = (side * PART for side in small.shape)
    return np.asarray(cv2.resize(small, (across, down), interpolation=cv2.INTER_CUBIC), np.float32)
