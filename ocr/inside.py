"""What runs in the limited process for pages: a file's pages are counted, or one of them is drawn and looked at."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ocr.kinds import PageRefused
from ocr.limits import LIMITS, LONGEST, QUALITY
from ocr.looking.blanks import shelf
from ocr.looking.cells import SIDE, TICK_SIDE
from ocr.looking.digits import read_digits
from ocr.looking.look import Unseen, get_ready, look
from ocr.looking.tick_boxes import read_ticks
from ocr.rendering import Picture, count, render
from pictures import limits

Looker = Callable[[Picture, str | None], tuple[Mapping[str, Any], bytes]]
"""A picture and the form that it must be (None: any) → the marks as JSON has them, and the straightened page as JPEG.

PageRefused where it is none.
"""


def serve(control: socket.socket) -> None:
    """Answer until the other side is gone."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    limits.serve(control, LIMITS, prepare, lambda question: answer(question, look_with_opencv))


def prepare() -> None:
    """Whatever the libraries load at first use is loaded now: a child cannot."""
    paper = np.full((1200, 850, 3), 255, np.uint8)
    for kind in ("PDF", "TIFF", "PNG", "JPEG"):
        out = io.BytesIO()
        Image.fromarray(paper).save(out, kind)
        render(out.getvalue(), kind, 0)
    out = io.BytesIO()
    Image.fromarray(paper).convert("1").save(out, "TIFF", compression="group4")
    render(out.getvalue(), "TIFF", 0)
    cv2.setNumThreads(1)  # a child has the thread that forked it and no other
    read_digits(np.zeros((1, SIDE, SIDE), np.float32))
    read_ticks(np.zeros((1, TICK_SIDE, TICK_SIDE), np.float32))
    get_ready(shelf())


def look_with_opencv(picture: Picture, form: str | None) -> tuple[Mapping[str, Any], bytes]:
    """See ``Looker``."""
    sought = {key: blank for key, blank in shelf().items() if form in (None, key[0])}
    found = look(picture, sought)
    if isinstance(found, Unseen):
        raise PageRefused(found.reason.value)
    return found.marks.as_json(), found.picture


def answer(question: bytes, looker: Looker) -> bytes:
    """To a line of JSON and a file: a line of JSON, and after it the page as JPEG where it was looked at.

    ``{"count": "PDF"}`` is answered ``{"pages": 3}``; ``{"look": "PDF", "page": 2, "form": "roster"}`` (any form where it
    says None) ``{"marks": {…}, "pixels": "…", "width": …, "height": …}``; what is refused ``{"refused": "not-a-form"}``.
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
    try:
        marks, page = looker(picture, form)
    except PageRefused as refusal:
        raise PageRefused(refusal.reason, _jpeg(picture)) from None
    with Image.open(io.BytesIO(page), formats=["JPEG"]) as straight:
        width, height = straight.size
    pixels = hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()
    return _line({"marks": marks, "pixels": pixels, "width": width, "height": height}) + page


def _jpeg(picture: Picture) -> bytes:
    """The page as it was sent, no larger than it is shown."""
    image = Image.fromarray(picture)
    share = min(1.0, LONGEST / max(image.size))
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    out = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"
