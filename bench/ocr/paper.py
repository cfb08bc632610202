"""What happens to a sheet until it is a picture: scanners, fax, telephones, stamps, stains, folds, fingers.

``CONDITIONS`` names them all; ``pictured`` applies one. Lengths here are shares of the page or pixels at 300 dpi.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from bench.ocr.ink import DPI, PER_MM
from bench.ocr.sheets import Sheet
from bench.ocr.stamps import received, seal
from bench.ocr.writing import Pixels
from brigade.forms.template import Cell, Template

PHONE = (2268, 3024)
"""Width and height of a telephone's picture."""

EDGE = 0.6
"""Millimetres of a box that may be missing without anyone minding."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a sheet. ``hidden`` are the fields of which some part is not to be seen on it."""

    pixels: Pixels
    hidden: frozenset[str] = frozenset()


def pictured(sheet: Sheet, condition: str, rng: Generator) -> Picture:
    """The sheet under one of ``CONDITIONS``."""
    return CONDITIONS[condition](sheet, rng)


def scanned(
    pixels: Pixels, rng: Generator, dpi: int = DPI, *, turn: float | None = None, jpeg: int = 85, noise: float = 2.5
) -> Pixels:
    """Laid on the glass a little askew (``turn`` degrees), at a resolution, kept as JPEG of a quality."""
    degrees = float(np.clip(rng.normal(0, 0.5), -1.5, 1.5)) if turn is None else turn
    height, width = pixels.shape[:2]
    scale = dpi / DPI
    size = (round(width * scale), round(height * scale))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1) * scale
    shift = rng.normal(0, 8, 2) * scale
    matrix[:, 2] += (size[0] - width * scale) / 2 + shift[0], (size[1] - height * scale) / 2 + shift[1]
    source = _blurred(pixels, 0.45 / scale) if scale < 1 else pixels
    white = int(rng.integers(236, 254))
    out = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(white, white, white))
    return _jpeg(_noisy(_tinted(np.asarray(out, np.uint8), white), rng, noise), jpeg)


def photographed(pixels: Pixels, rng: Generator, *, hard: bool = False) -> Pixels:
    """Taken by hand above a desk: perspective, uneven light, blur, noise; ``hard`` in the evening and in a hurry."""
    height, width = pixels.shape[:2]
    frame = PHONE if height >= width else PHONE[::-1]
    fill = float(rng.uniform(0.8, 0.93)) if not hard else float(rng.uniform(0.72, 0.9))
    scale = fill * min(frame[0] / width, frame[1] / height)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    shake = 0.07 if hard else 0.025
    turn = np.deg2rad(float(rng.uniform(-12, 12) if hard else rng.uniform(-4, 4)))
    centred = (corners - (width / 2, height / 2)) * scale
    turned = centred @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    seen = turned + np.array(frame) / 2 + rng.uniform(-shake, shake, (4, 2)) * min(frame)
    margin = 0.01 * min(frame)
    seen = np.clip(seen, margin, np.array(frame) - margin).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    source = _curled(pixels, rng) if hard else pixels
    source = _blurred(source, 0.4 / scale)
    out = _desk(frame, rng)
    cv2.warpPerspective(source, matrix, frame, dst=out, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    out = _lit(out, rng, hard=hard)
    blur = float(rng.uniform(1.1, 1.7) if hard else rng.uniform(0.5, 0.9))
    return _jpeg(_noisy(_blurred(out, blur), rng, 7 if hard else 3.5), 60 if hard else 82)


def faxed(pixels: Pixels, rng: Generator) -> Pixels:
    """Black or white at 204 × 196 dots an inch, as faxes send it, with some dirt and a doubled line or two."""
    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(scanned(pixels, rng, jpeg=95, noise=1), cv2.COLOR_RGB2GRAY)
    wide, high = round(width * 204 / DPI), round(height * 196 / DPI)
    small = cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA)
    noisy = small.astype(np.float32) + rng.normal(0, 9, (high, wide)).astype(np.float32)
    bits = np.where(noisy > float(rng.uniform(150, 185)), 255, 0).astype(np.uint8)
    dirt = rng.random(bits.shape) < 0.0004
    bits[dirt] = 255 - bits[dirt]
    for row in rng.integers(1, bits.shape[0], 3):
        bits[row] = bits[row - 1]
    return np.repeat(bits[..., None], 3, axis=2)


def stamped(sheet: Sheet, rng: Generator) -> Pixels:
    """With red stamps where they do not belong: over text and boxes."""
    pixels = sheet.pixels.copy()
    wide, high = sheet.template.width, sheet.template.height
    for _ in range(int(rng.integers(2, 5))):
        x, y = float(rng.uniform(0.15, 0.85)) * wide, float(rng.uniform(0.12, 0.9)) * high
        name = sheet.squad.people[int(rng.integers(len(sheet.squad.people)))].name.split()[0]
        seal(pixels, rng, x, y, name)
    received(pixels, rng, float(rng.uniform(0.3, 0.8)) * wide, float(rng.uniform(0.1, 0.6)) * high)
    return pixels


def stained(pixels: Pixels, rng: Generator) -> Pixels:
    """Folded in four, with the ring of a cup and some drops."""
    height, width = pixels.shape[:2]
    shade = np.ones((height, width), np.float32)
    for across in (True, False):
        at = (0.5 + float(rng.normal(0, 0.01))) * (height if across else width)
        line = np.abs(np.arange(height if across else width, dtype=np.float32) - at)
        fold = 1 - 0.28 * np.exp(-((line / 5) ** 2)) - 0.06 * np.exp(-line / 90)
        shade *= fold[:, None] if across else fold[None, :]
    colour = np.zeros((height, width), np.float32)
    centre = (int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.2, 0.8) * height))
    cv2.circle(colour, centre, round(38 * PER_MM), 0.4, round(3 * PER_MM), cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 7))):
        drop = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = (int(rng.uniform(1.5, 7) * PER_MM), int(rng.uniform(1.5, 7) * PER_MM))
        cv2.ellipse(
            colour, drop, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.15, 0.45)), -1, cv2.LINE_AA
        )
    tint = 1 - cv2.GaussianBlur(colour, (0, 0), 6)[..., None] * np.array([0.25, 0.45, 0.75], np.float32)
    return np.asarray(np.clip(pixels * shade[..., None] * tint, 0, 255).astype(np.uint8), np.uint8)


def _clean(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(sheet.pixels, rng, turn=float(rng.normal(0, 0.2)), noise=1.5, jpeg=92))


def _at_200(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(sheet.pixels, rng, 200))


def _at_150(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(sheet.pixels, rng, 150))


def _askew(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(sheet.pixels, rng, 200, turn=float(rng.choice((-1, 1)) * rng.uniform(2.5, 5))))


def _upside_down(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(np.ascontiguousarray(scanned(sheet.pixels, rng, 200)[::-1, ::-1]))


def _quarter(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(np.ascontiguousarray(np.rot90(scanned(sheet.pixels, rng, 200), 1 + 2 * int(rng.integers(2)))))


def _compressed(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(sheet.pixels, rng, 200, jpeg=40))


def _fax(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(faxed(sheet.pixels, rng))


def _stamps(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(stamped(sheet, rng), rng, 200))


def _stains(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(scanned(stained(sheet.pixels, rng), rng, 200))


def _photo(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(photographed(sheet.pixels, rng))


def _hard_photo(sheet: Sheet, rng: Generator) -> Picture:
    return Picture(photographed(sheet.pixels, rng, hard=True))


def _cut(sheet: Sheet, rng: Generator) -> Picture:
    """A quarter of the page is missing at one side."""
    lost = _side(sheet.template, int(rng.integers(4)), 0.25)
    wide, high = sheet.template.width, sheet.template.height
    left, top = (lost.w if lost.x == 0 and lost.h == high else 0), (lost.h if lost.y == 0 and lost.w == wide else 0)
    right, bottom = (lost.x if lost.x > 0 else wide), (lost.y if lost.y > 0 else high)
    kept = sheet.pixels[round(top * PER_MM) : round(bottom * PER_MM), round(left * PER_MM) : round(right * PER_MM)]
    return Picture(scanned(np.ascontiguousarray(kept), rng, 200), _behind(sheet.template, lost))


def _covered(sheet: Sheet, rng: Generator) -> Picture:
    """Something lies over a third of the page."""
    lost = _side(sheet.template, int(rng.integers(4)), 0.33)
    pixels = sheet.pixels.copy()
    x, y, w, h = (round(side * PER_MM) for side in lost)
    shade = rng.integers(60, 235, 3)
    grain = rng.normal(0, 6, (h // 8 + 1, w // 8 + 1, 1)).astype(np.float32)
    large = cv2.resize(grain, (w, h), interpolation=cv2.INTER_LINEAR)[..., None]
    place = pixels[y : y + h, x : x + w]
    place[:] = np.clip(shade + large, 0, 255)[: place.shape[0], : place.shape[1]].astype(np.uint8)
    return Picture(scanned(pixels, rng, 200), _behind(sheet.template, lost))


def _side(template: Template, side: int, share: float) -> Cell:
    """A strip along the left, top, right or bottom edge."""
    wide, high = template.width, template.height
    return (
        Cell(0, 0, share * wide, high), Cell(0, 0, wide, share * high),
        Cell((1 - share) * wide, 0, share * wide, high), Cell(0, (1 - share) * high, wide, share * high),
    )[side]  # fmt: skip


def _behind(template: Template, lost: Cell) -> frozenset[str]:
    """The fields of which more than an edge is lost."""
    deep = Cell(lost.x + EDGE, lost.y + EDGE, lost.w - 2 * EDGE, lost.h - 2 * EDGE)
    return frozenset(field.id for field in template.fields if any(cell.meets(deep) for cell in field.cells))


CONDITIONS: dict[str, Callable[[Sheet, Generator], Picture]] = {
    "clean 300 dpi": _clean,
    "scan 200 dpi": _at_200,
    "scan 150 dpi": _at_150,
    "turned up to 5°": _askew,
    "upside down": _upside_down,
    "turned by 90°": _quarter,
    "JPEG 40": _compressed,
    "fax": _fax,
    "faint pencil": _at_200,
    "red stamps": _stamps,
    "stains and folds": _stains,
    "phone photo": _photo,
    "hard phone photo": _hard_photo,
    "a side cut by 25 %": _cut,
    "a third covered": _covered,
}
FAINT = "faint pencil"
"""The condition whose sheets are written with a faint pencil to begin with."""


def _tinted(pixels: Pixels, white: int) -> Pixels:
    """Paper is not quite white, ink not quite black."""
    table = np.linspace(18, white, 256).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table), np.uint8)


def _noisy(pixels: Pixels, rng: Generator, sigma: float) -> Pixels:
    """The noise of a sensor: one field of it, the same in all colours."""
    noise = np.empty(pixels.shape[:2], np.int16)
    cv2.setRNGSeed(int(rng.integers(1 << 31)))
    cv2.randn(noise, 0, sigma)  # type: ignore[call-overload]  # the library's types know no numbers here, it does
    return np.asarray(cv2.add(pixels, cv2.merge([noise] * 3), dtype=cv2.CV_8U), np.uint8)


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def _jpeg(pixels: Pixels, quality: int) -> Pixels:
    """As it comes back from a file."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert back is not None
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB), np.uint8)


def _desk(frame: tuple[int, int], rng: Generator) -> Pixels:
    """Wood, cloth or metal: a colour with slow and fast grain."""
    base = np.array(((120, 84, 52), (70, 72, 78), (196, 190, 178), (40, 44, 60))[int(rng.integers(4))], np.float32)
    slow = cv2.resize(rng.normal(0, 14, (6, 40)).astype(np.float32), frame, interpolation=cv2.INTER_CUBIC)
    fast = cv2.resize(rng.normal(0, 7, (frame[1] // 4, frame[0] // 16)).astype(np.float32), frame)
    return np.clip(base + (slow + fast)[..., None], 0, 255).astype(np.uint8)


def _lit(pixels: Pixels, rng: Generator, *, hard: bool) -> Pixels:
    """Light from one side, darker towards the other, and the shadow of whoever holds the telephone."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:1:64j, 0:1:64j].astype(np.float32)
    way = float(rng.uniform(0, 2 * np.pi))
    slope = (x - 0.5) * np.cos(way) + (y - 0.5) * np.sin(way)
    light = 0.9 - (0.42 if hard else 0.2) * slope
    edge = (x - 0.5) * np.cos(way + 1) + (y - 0.5) * np.sin(way + 1) - float(rng.uniform(-0.3, 0.3))
    depth = float(rng.uniform(0.25, 0.42) if hard else rng.uniform(0, 0.18))
    light *= 1 - depth / (1 + np.exp(-edge * 28))
    large = cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    warm = (1.0, float(rng.uniform(0.95, 1)), float(rng.uniform(0.86, 1)))
    return np.asarray(cv2.multiply(pixels, cv2.merge([large * share for share in warm]), dtype=cv2.CV_8U), np.uint8)


def _curled(pixels: Pixels, rng: Generator) -> Pixels:
    """A sheet that does not lie flat: lines bow by up to a millimetre or so."""
    height, width = pixels.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bow = float(rng.uniform(-1.2, 1.2)) * PER_MM
    return np.asarray(
        cv2.remap(
            pixels, x, y + bow * np.sin(np.pi * x / width), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ), np.uint8,
    )  # fmt: skip
