"""The forms that can be recognised: each template with the picture of its blank, which lies beside it as a PNG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from brigade.forms.shelf import FORMS
from brigade.forms.template import Template
from brigade.forms.template_file import read_template
from ocr.looking.cells import SCALE
from ocr.looking.picture import Gray, strokes

COARSE = 4
"""Pixels to the millimetre of what is compared to find out how a form lies."""


@dataclass(frozen=True, eq=False)
class Blank:
    """A form as it looks with nothing written on it: grey, ``SCALE`` pixels to the millimetre."""

    template: Template
    gray: Gray

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        return self.template.width, self.template.height

    @cached_property
    def coarse(self) -> Gray:
        """The same with ``COARSE`` pixels to the millimetre."""
        return _resized(self.gray, self.size, COARSE)

    @cached_property
    def strokes(self) -> NDArray[np.float32]:
        """Where something is printed, coarse, 0 to 1."""
        return strokes(self.coarse, COARSE)


def read_blank(template: Template, path: Path) -> Blank:
    """The blank of a form from its file. ValueError if there is none, or none of this form."""
    if not path.is_file():
        raise ValueError(f"{template.code}: its blank {path.name} is missing: flask form blank makes it")
    return blank_from(template, path.read_bytes())


def blank_from(template: Template, data: bytes) -> Blank:
    """The blank of a form from a picture (PNG or JPEG bytes) of the whole page and no more, of any resolution."""
    gray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if gray is None:
        raise ValueError(f"{template.code}: its blank is no picture")
    high, wide = gray.shape
    if not 0.97 < wide / high / (template.width / template.height) < 1.03:
        raise ValueError(f"{template.code}: its blank, {wide} × {high} pixels, has not the shape of the page")
    return Blank(template, _resized(np.asarray(gray, np.uint8), (template.width, template.height), SCALE))


def _resized(gray: Gray, size: tuple[float, float], scale: float) -> Gray:
    wide, high = (round(side * scale) for side in size)
    way = cv2.INTER_AREA if gray.shape[1] >= wide else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(gray, (wide, high), interpolation=way), np.uint8)


Shelf = Mapping[tuple[str, int], Blank]


def load_shelf(folder: Path = FORMS) -> Shelf:
    """Every version of every form by code and version. ValueError names the form whose blank is missing."""
    shelf = {}
    for path in sorted(folder.glob("*.yaml")):
        template = read_template(path)
        shelf[template.code, template.version] = read_blank(template, path.with_suffix(".png"))
    return MappingProxyType(shelf)


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """The product's own, read once."""
    return load_shelf()
