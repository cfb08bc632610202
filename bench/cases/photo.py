"""A photo of twelve megapixels made into the two sizes that are kept, beside Pillow doing nothing else."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import ExifTags, Image, ImageChops, ImageStat

from bench.baselines import draft_photo
from bench.child import peak_mb
from bench.frame import Line, Run, Turn, Wrong, counted, measured
from bench.photos import photographed
from pictures.asked import Clean
from pictures.clean import clean

TITLE = "a photo of 12 megapixels in the sizes that are kept, beside Pillow's draft and LANCZOS"
SIDES, TINY = (4032, 3024), (2016, 1512)
CPU, PEAK = 1.1, 1.2
PLACE = "35 41 22"
ALIKE = 2.0
"""Mean difference of two pictures' pixels, of 255, up to which they show the same."""


def lines(run: Run) -> Iterator[Line]:
    """CPU and peak memory."""
    data = taken(TINY if run.tiny else SIDES)
    turn = Turn(lambda: clean(data, "JPEG"), lambda: draft_photo.sizes(data), _check)
    yield measured(f"{len(data) / 1e6:.1f} MB: CPU", turn, run.rounds, CPU)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo.jpg"
        file.write_bytes(data)
        product, floor = (
            peak_mb(function, str(file)) for function in ("bench.cases.photo:of_file", "bench.baselines.draft_photo:of_file")
        )  # fmt: skip
    yield counted("peak memory", "MB", product, floor, PEAK, "a process of its own each")


def of_file(path: str) -> None:
    """The product's sizes of a file, as its limited process makes them."""
    clean(Path(path).read_bytes(), "JPEG")


def taken(size: tuple[int, int]) -> bytes:
    """A photo that says where and by what it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.ImageDescription] = "Camera", PLACE
    return photographed(1, (500, 375), size, 90, exif)


def _check(product: Clean, floor: list[bytes]) -> None:
    """The same two pictures, and nothing left of what the photo said about itself."""
    for mine, theirs in zip((product.picture, product.thumbnail), floor, strict=True):
        with Image.open(io.BytesIO(mine)) as one, Image.open(io.BytesIO(theirs)) as other:
            if one.size != other.size or one.getexif() or PLACE.encode() in mine:
                raise Wrong("another size, or what the camera said is still there")
            apart = max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)
            if apart > ALIKE:
                raise Wrong(f"the pictures differ by {apart:.1f} of 255")
