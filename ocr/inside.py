"""What runs in the limited process for pages: a file's pages are counted, or one of them is drawn and looked at."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from brigade.forms.shelf import forms
from brigade.forms.template import Template
from ocr.kinds import PageRefused
from ocr.limits import LIMITS, LONGEST, QUALITY
from ocr.rendering import Picture, count, render
from pictures import limits

Shelf = Mapping[tuple[str, int], Template]
Looker = Callable[[Picture, Shelf], tuple[Mapping[str, Any], Picture]]
"""A picture and the forms that it may be → the marks as JSON has them, and the page straightened to its edges.

PageRefused where it is none of these forms.
"""


def serve(control: socket.socket) -> None:
    """Answer until the other side is gone."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    limits.serve(control, LIMITS, prepare, lambda question: answer(question, look_with_opencv))


def prepare() -> None:
    """Whatever the libraries load at first use is loaded now: a child cannot."""
    blank = np.full((1200, 850, 3), 255, np.uint8)
    for kind in ("PDF", "TIFF", "PNG", "JPEG"):
        out = io.BytesIO()
        Image.fromarray(blank).save(out, kind)
        render(out.getvalue(), kind, 0)
    out = io.BytesIO()
    Image.fromarray(blank).convert("1").save(out, "TIFF", compression="group4")
    render(out.getvalue(), "TIFF", 0)
    try:
        look_with_opencv(blank, forms())
    except PageRefused:
        return


def look_with_opencv(picture: Picture, shelf: Shelf) -> tuple[Mapping[str, Any], Picture]:
    """See ``Looker``."""
    raise PageRefused("no-form")


def answer(question: bytes, looker: Looker) -> bytes:
    """To a line of JSON and a file: a line of JSON, and after it the page as JPEG where it was looked at.

    ``{"count": "PDF"}`` is answered ``{"pages": 3}``; ``{"look": "PDF", "page": 2, "form": "roster"}`` (any form where it
    says None) ``{"marks": {…}, "pixels": "…", "width": …, "height": …}``; what is refused ``{"refused": "no-form"}``.
    """
    head, _, data = question.partition(b"\n")
    asked = json.loads(head)
    try:
        if "count" in asked:
            return _line({"pages": count(data, asked["count"])})
        picture = render(data, asked["look"], asked["page"])
        return _looked(picture, asked.get("form"), looker)
    except PageRefused as refusal:
        return _line({"refused": refusal.reason}) + refusal.picture
    except MemoryError:
        return _line({"refused": "too-hard"})


def _looked(picture: Picture, form: str | None, looker: Looker) -> bytes:
    if is_blank(picture):
        raise PageRefused("blank", _jpeg(picture)[0])
    shelf = {key: template for key, template in forms().items() if form in (None, key[0])}
    try:
        marks, straight = looker(picture, shelf)
    except PageRefused as refusal:
        raise PageRefused(refusal.reason, _jpeg(picture)[0]) from None
    page, width, height = _jpeg(straight)
    pixels = hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()
    return _line({"marks": marks, "pixels": pixels, "width": width, "height": height}) + page


def is_blank(picture: Picture) -> bool:
    """Whether next to nothing stands out from the paper anywhere, shadows and single specks aside."""
    gray = np.asarray(Image.fromarray(picture).convert("L").reduce(max(1, max(picture.shape) // 600)), np.int16)
    steps = np.abs(np.diff(gray, axis=1))[:-1] + np.abs(np.diff(gray, axis=0))[:, :-1]
    return bool((steps > 40).mean() < 0.0005)


def _jpeg(picture: Picture) -> tuple[bytes, int, int]:
    image = Image.fromarray(picture)
    share = min(1.0, LONGEST / max(image.size))
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    out = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0).save(out, "JPEG", quality=QUALITY)
    return out.getvalue(), *size


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"
