"""What runs in the limited process for pictures: nothing but Pillow, which cleans a picture or cuts a piece out of one."""

from __future__ import annotations

import io
import json
import socket
from importlib import import_module

from PIL import Image

from pictures import limits
from pictures.asked import COVER, CUT, LIMITS
from pictures.clean import clean, cover, cut
from pictures.kinds import PictureRefused, reads_heic


def serve(control: socket.socket) -> None:
    """Answer until the other side is gone."""
    limits.serve(control, LIMITS, load_everything, answer)


def load_everything() -> None:
    """Whatever Pillow loads at first use is loaded now: a child cannot."""
    if reads_heic():
        import_module("pillow_heif").register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        Image.new("RGB", (400, 300)).save(out, kind, exif=exif, icc_profile=_profile())
        clean(out.getvalue(), kind)


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def answer(question: bytes) -> bytes:
    """To ``JPEG`` (or another kind), a line's end and a picture: a line of JSON and the bytes it tells of, the picture's
    and the thumbnail's; to ``CUT`` with four numbers, and to ``COVER`` with how many boxes are covered and four numbers for each of these and
    of those kept: a JPEG. A line that says why, where there is none.
    """
    head, _, data = question.partition(b"\n")
    kind, *box = head.decode().split()
    try:
        if kind == CUT:
            left, top, right, bottom = map(int, box)
            return b"\n" + cut(data, (left, top, right, bottom))
        if kind == COVER:
            first, *edges = map(int, box)
            boxes = list(zip(*[iter(edges)] * 4, strict=True))
            return b"\n" + cover(data, boxes[:first], boxes[first:])
        made = clean(data, kind)
    except PictureRefused as refusal:
        return json.dumps({"refused": refusal.reason}).encode() + b"\n"
    said = {
        "sizes": [len(made.picture), len(made.thumbnail)],
        "width": made.width,
        "height": made.height,
        "taken_at": made.taken_at.isoformat() if made.taken_at else None,
    }
    return json.dumps(said).encode() + b"\n" + made.picture + made.thumbnail
