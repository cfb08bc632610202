"""Sheets as pictures for the tests of looking: drawn, written on, laid on a scanner or before a lens. Seeded, small."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from brigade.forms.filling import Filling, Person, filled_pages
from brigade.forms.sheet_code import SheetCode
from brigade.forms.shelf import forms
from brigade.forms.template import Cell, Template
from brigade.organisation.member_numbers import with_check_digit
from reports.forms.sheet import form_pdf

DPI = 150
SCALE = DPI / 25.4
NOON = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
NAMES = ("佐藤 健", "森 花子", "林 心", "大谷 一郎")
PEN = (40, 40, 90)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Sheet:
    """``pixels`` show the page; ``lay`` brings its millimetres to pixels; ``written`` says which cells have something."""

    pixels: Pixels
    lay: NDArray[np.float64]
    template: Template
    written: Mapping[tuple[str, int], str]

    def at(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where those millimetres are."""
        return np.asarray(cv2.perspectiveTransform(places[None], self.lay)[0])


def filling(template: Template) -> Filling:
    people = tuple(Person(with_check_digit(7 * n), NAMES[n % 4], "", "団員") for n in range(1, 10))
    month = "2026-11" if "month" in template.variables else None
    return Filling(unit="第二分団 第一班", unit_code="K1", unit_id=uuid.UUID(int=7), month=month, people=people)


def code(template: Template) -> SheetCode:
    """What stands in the code of a sheet of that filling."""
    return filled_pages(template, filling(template))[0].code


@cache
def printed(template: Template, known: bool = True, dpi: int = DPI) -> Pixels:
    """A sheet as it comes out of the printer."""
    pdf = form_pdf(template, filling(template) if known else Filling(), made_at=NOON)
    with pypdfium2.PdfDocument(pdf) as document:
        return np.ascontiguousarray(document[0].render(scale=dpi / 72, rev_byteorder=True).to_numpy()[:, :, :3])


def sheet(key: str | Template, seed: int = 0, share: float = 0.4) -> Sheet:
    """A sheet on which ``share`` of its boxes are written, straight and clean."""
    template = forms()[key, 1] if isinstance(key, str) else key
    rng, pixels = np.random.default_rng(seed), printed(template).copy()
    filled = filled_pages(template, filling(template))[0].values
    written = {}
    for field in template.fields:
        for n, cell in enumerate(field.cells):
            if filled.get(field.id, "").ljust(n + 1)[n] != " " or field.type == "text" or rng.random() > share:
                continue
            if field.type in ("tick", "choice"):
                (ring if field.options and not template.own else tick)(pixels, cell)
                written[field.id, n] = "x"
            else:
                written[field.id, n] = digits = str(
                    rng.integers(10, 99) if cell.w > 1.05 * cell.h else rng.integers(10)
                )
                write(pixels, digits, cell)
    lay = np.array([[SCALE, 0, -0.5], [0, SCALE, -0.5], [0, 0, 1]])
    return Sheet(pixels, lay, template, written)


def tick(pixels: Pixels, cell: Cell) -> None:
    middle = np.array([cell.x + cell.w / 2, cell.y + cell.h / 2])
    stroke = (middle + np.array([[-2, 0], [-0.5, 2], [2.2, -2.2]])) * SCALE
    cv2.polylines(pixels, [stroke.round().astype(np.int32)], False, PEN, 3, cv2.LINE_AA)


def ring(pixels: Pixels, cell: Cell) -> None:
    middle = round((cell.x + cell.w / 2) * SCALE), round((cell.y + cell.h / 2) * SCALE)
    cv2.ellipse(pixels, (middle, (round(cell.w * SCALE * 0.9), round(cell.h * SCALE * 0.85)), 0), PEN, 3, cv2.LINE_AA)


def write(pixels: Pixels, digits: str, cell: Cell) -> None:
    size = min(cell.h - 2.5, 5) * SCALE / 22
    (wide, high), _ = cv2.getTextSize(digits, cv2.FONT_HERSHEY_SIMPLEX, size, 3)
    left, base = (cell.x + cell.w / 2) * SCALE - wide / 2, (cell.y + cell.h / 2) * SCALE + high / 2
    cv2.putText(pixels, digits, (round(left), round(base)), cv2.FONT_HERSHEY_SIMPLEX, size, PEN, 3, cv2.LINE_AA)


def moved(sheet: Sheet, change: NDArray[np.float64], size: tuple[int, int], ground: int = 255) -> Sheet:
    """The sheet's picture changed by a perspective, on a ground."""
    border = (ground, ground, ground)
    pixels = cv2.warpPerspective(sheet.pixels, change, size, flags=cv2.INTER_AREA, borderValue=border)
    return Sheet(np.asarray(pixels, np.uint8), change @ sheet.lay, sheet.template, sheet.written)


def turned(sheet: Sheet, degrees: float) -> Sheet:
    """Turned about its middle, the picture as large as it needs to be."""
    high, wide = sheet.pixels.shape[:2]
    turn = np.vstack([cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1), (0, 0, 1)])
    across, down = np.abs(turn[0, :2]) @ (wide, high), np.abs(turn[1, :2]) @ (wide, high)
    turn[:2, 2] += (across - wide) / 2, (down - high) / 2
    return moved(sheet, turn, (round(across), round(down)))


def photo(sheet: Sheet, seed: int = 0) -> Sheet:
    """From aslant, in uneven light, a little blurred, on a dark desk."""
    rng = np.random.default_rng(seed)
    high, wide = sheet.pixels.shape[:2]
    size = round(wide * 1.2), round(high * 1.2)
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    there = corners + (0.1 * wide, 0.1 * high) + rng.uniform(-0.06, 0.06, (4, 2)) * wide
    way = np.asarray(cv2.getPerspectiveTransform(corners, there.astype(np.float32)), np.float64)
    seen = moved(sheet, way, size, 60)
    light = np.linspace(1, 0.6, size[0])[None, :, None] * np.array([1, 0.95, 0.85])
    pixels = cv2.GaussianBlur(seen.pixels * light + rng.normal(0, 4, seen.pixels.shape), (0, 0), 0.8)
    return Sheet(np.clip(pixels, 0, 255).astype(np.uint8), seen.lay, sheet.template, sheet.written)


def without_side(sheet: Sheet, side: str, share: float = 0.25) -> Sheet:
    """A side cut off."""
    high, wide = sheet.pixels.shape[:2]
    left, top = (round(share * wide) if side == "left" else 0), (round(share * high) if side == "top" else 0)
    right, bottom = (round((1 - share) * wide) if side == "right" else wide), high
    if side == "bottom":
        bottom = round((1 - share) * high)
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], float)
    pixels = np.ascontiguousarray(sheet.pixels[top:bottom, left:right])
    return Sheet(pixels, shift @ sheet.lay, sheet.template, sheet.written)


def covered(sheet: Sheet, side: str) -> Sheet:
    """A third under another paper."""
    pixels = sheet.pixels.copy()
    high, wide = pixels.shape[:2]
    parts: dict[str, slice | tuple[slice, slice]] = {
        "left": np.s_[:, : wide // 3], "right": np.s_[:, -wide // 3 :],
        "top": np.s_[: high // 3], "bottom": np.s_[-high // 3 :],
    }  # fmt: skip
    pixels[parts[side]] = (196, 203, 190)
    return Sheet(pixels, sheet.lay, sheet.template, sheet.written)
