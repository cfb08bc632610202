"""What was seen on a page before anyone asks what it means: probabilities, cell by cell. Plain values, no pixels.

They come from a process that has handled a stranger's file, so ``page_marks`` believes nothing about their shape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brigade.forms.template import Field, Template

BLANK, OTHER = 10, 11
"""After the ten digits: nothing is written there; something that is no single digit (scribble, kanji, struck out)."""

Digit = tuple[float, ...]
"""Twelve probabilities: of 0 to 9, BLANK and OTHER."""

NOTHING, MARK, SPOILT = 0, 1, 2
"""What a box to tick may hold; spoilt is scribbled over, struck out, run into from beside."""

Tick = tuple[float, float, float]
"""Three probabilities: of NOTHING, MARK and SPOILT."""

MOST_DIGITS, MOST_TEXT = 12, 500

BROADEST = 50.0
"""Millimetres: no cell holds a broader stroke."""


@dataclass(frozen=True, slots=True)
class FieldMarks:
    """What stands in the cells of one field.

    ``digits``: for each cell, its digits from left to right; a box for one digit has one, a wider cell as many as were
    told apart. ``ticks``: one for each cell. ``text``: what the engine read, with its own ``text_confidence``, 0 to 1.
    ``ink``: share of each cell that is written on, 0 to 1; ``broad``: width of its broadest stroke in millimetres, of
    cells for digits. ``frame``: how well the printed surroundings of the field lie where the template has them, 0 to 1; 1
    where nothing is printed around it.
    """

    id: str
    digits: tuple[tuple[Digit, ...], ...] = ()
    ticks: tuple[Tick, ...] = ()
    text: str = ""
    text_confidence: float = 0.0
    ink: tuple[float, ...] = ()
    broad: tuple[float, ...] = ()
    frame: float = 1.0


@dataclass(frozen=True, slots=True)
class PageMarks:
    """A page that was found to be a form. ``code`` is what its QR code says, unproven; ``quality`` is how well the
    whole form lies on its template, 0 to 1; ``turned`` is by how many degrees the picture had to be turned.
    """

    form: str
    version: int
    code: str | None
    quality: float
    turned: float
    fields: tuple[FieldMarks, ...]

    @property
    def by_id(self) -> dict[str, FieldMarks]:
        """The fields by their ids."""
        return {field.id: field for field in self.fields}

    def as_json(self) -> dict[str, Any]:
        """For the store and for the way out of the limited process."""
        return {
            "form": self.form,
            "version": self.version,
            "code": self.code,
            "quality": round(self.quality, 4),
            "turned": round(self.turned, 2),
            "fields": [_field_json(field) for field in self.fields],
        }


def _field_json(field: FieldMarks) -> dict[str, Any]:
    said: dict[str, Any] = {"id": field.id, "frame": round(field.frame, 4), "ink": [round(n, 4) for n in field.ink]}
    if field.digits:
        said["digits"] = [[[round(p, 5) for p in digit] for digit in cell] for cell in field.digits]
        said["broad"] = [round(n, 3) for n in field.broad]
    if field.ticks:
        said["ticks"] = [[round(p, 5) for p in tick] for tick in field.ticks]
    if field.text:
        said |= {"text": field.text, "text_confidence": round(field.text_confidence, 4)}
    return said


def page_marks(said: Mapping[str, Any], template: Template) -> PageMarks:
    """The marks of a page of this template as JSON had them. ValueError where anything has not the right shape."""
    try:
        if (said["form"], said["version"]) != (template.code, template.version):
            raise ValueError("another form")
        code = said["code"]
        if code is not None and not (isinstance(code, str) and len(code) <= MOST_TEXT):
            raise ValueError("code")
        given = {str(one["id"]): one for one in said["fields"]}
        if given.keys() != {field.id for field in template.fields}:
            raise ValueError("fields")
        fields = tuple(_field_marks(given[field.id], field) for field in template.fields)
        turned = float(said["turned"])
        if not -360 <= turned <= 360:
            raise ValueError("turned")
        return PageMarks(template.code, template.version, code, _share(said["quality"]), turned, fields)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"marks: {error!r}") from None


def _field_marks(said: Mapping[str, Any], field: Field) -> FieldMarks:
    digits = tuple(tuple(_odds(digit, OTHER + 1) for digit in cell) for cell in said.get("digits", ()))
    ticks = tuple(_odds(tick, 3) for tick in said.get("ticks", ()))
    text = said.get("text", "")
    if not (isinstance(text, str) and len(text) <= MOST_TEXT):
        raise ValueError("text")
    count = len(field.cells)
    has_digits, has_ticks = field.type in ("digits", "date", "time"), field.type in ("tick", "choice")
    if (len(digits), len(ticks)) != (count * has_digits, count * has_ticks):
        raise ValueError(f"cells of {field.id}")
    if any(len(cell) > MOST_DIGITS for cell in digits):
        raise ValueError(f"digits of {field.id}")
    ink = tuple(_share(share) for share in said["ink"])
    if len(ink) != count:
        raise ValueError(f"ink of {field.id}")
    broad = tuple(_width(width) for width in said.get("broad", ()))
    if len(broad) not in (0, count * has_digits):  # pages that were seen before strokes were measured have none
        raise ValueError(f"strokes of {field.id}")
    confidence = _share(said.get("text_confidence", 0.0))
    return FieldMarks(
        field.id, digits, tuple((t[0], t[1], t[2]) for t in ticks), text, confidence, ink, broad, _share(said["frame"])
    )


def _odds(said: Sequence[float], length: int) -> tuple[float, ...]:
    odds = tuple(_share(p) for p in said)
    if len(odds) != length or abs(math.fsum(odds) - 1) > 0.01:
        raise ValueError("probabilities")
    return odds


def _share(said: float) -> float:
    share = float(said)
    if isinstance(said, bool | str) or not 0 <= share <= 1:
        raise ValueError(f"not a share: {said!r}"[:60])
    return share


def _width(said: float) -> float:
    width = float(said)
    if isinstance(said, bool | str) or not 0 <= width <= BROADEST:
        raise ValueError(f"not a stroke's width: {said!r}"[:60])
    return width
