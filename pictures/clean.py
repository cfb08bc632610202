"""One picture: opened, made small and upright, written anew. What it said about place, maker and owner stays behind.

Runs inside the limited process only, except in tests of what it makes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import warnings
from collections.abc import Iterator, Sequence

from PIL import ExifTags, Image, ImageCms

from pictures.asked import LONGEST, Box, Clean
from pictures.kinds import MAX_PIXELS, PictureRefused

LONGEST_THUMBNAIL = 320
QUALITY = 82
MAX_PROFILE = 2 * 1024 * 1024
WHITE = (255, 255, 255)
GREY = (224, 224, 224)
JAPAN = dt.timezone(dt.timedelta(hours=9))

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → what puts it right. Done after scaling: a sixth of the pixels, and none of the memory."""


def clean(data: bytes, kind: str) -> Clean:
    """The picture anew: longest side at most 1600 pixels, upright, sRGB, no metadata. PictureRefused if it is none."""
    with _strict():
        return _clean(data, kind)


def cut(data: bytes, box: Box) -> bytes:
    """JPEG of a piece of a JPEG: left, top, right, bottom in pixels, as far as they lie on it. PictureRefused alike."""
    with _strict(), Image.open(io.BytesIO(data), formats=["JPEG"]) as opened:
        left, top = (max(0, min(at, size - 1)) for at, size in zip(box[:2], opened.size, strict=True))
        right, bottom = (min(max(at, 1), size) for at, size in zip(box[2:], opened.size, strict=True))
        return _encoded(opened.convert("RGB").crop((left, top, max(right, left + 1), max(bottom, top + 1))))


def cover(data: bytes, covered: Sequence[Box], kept: Sequence[Box]) -> bytes:
    """The JPEG anew with plain grey over ``covered``, and what was within ``kept`` put back over it. PictureRefused alike."""
    with _strict(), Image.open(io.BytesIO(data), formats=["JPEG"]) as opened:
        before = opened.convert("RGB")
        after = before.copy()
        for box in covered:
            after.paste(GREY, box)
        for left, top, right, bottom in kept:
            box = (max(0, left), max(0, top), min(right, before.width), min(bottom, before.height))
            after.paste(before.crop(box), box)
        return _encoded(after)


@contextlib.contextmanager
def _strict() -> Iterator[None]:
    """Whatever goes wrong in the block is the picture's fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        try:
            yield
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PictureRefused("too-many-pixels") from None
        except Exception:  # whatever Pillow and its libraries stumble over, the picture is at fault
            raise PictureRefused("unreadable") from None


def _clean(data: bytes, kind: str) -> Clean:
    with Image.open(io.BytesIO(data), formats=[kind]) as opened:
        orientation, taken_at = _said(opened)
        profile = opened.info.get("icc_profile")
        box = fitted(opened.size, LONGEST)
        opened.draft(None, box)  # the true box: a larger one would decode a 4:3 photo at full size
        opened.load()
        image = _scaled(_plain(opened), box)
    image = _rgb(_on_white(image), profile)
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    thumbnail = _scaled(image, fitted(image.size, LONGEST_THUMBNAIL))
    return Clean(_encoded(image), _encoded(thumbnail), *image.size, taken_at)


def fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size with the longer side no longer than ``longest``; never enlarged."""
    most = max(size)
    if most <= longest:
        return size
    return max(1, size[0] * longest // most), max(1, size[1] * longest // most)


def _said(image: Image.Image) -> tuple[int | None, dt.datetime | None]:
    """Orientation and time of capture. Broken metadata says nothing; the picture may be good all the same."""
    try:
        exif = image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation)
        more = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:
        return None, None
    taken = captured(more.get(ExifTags.Base.DateTimeOriginal), more.get(ExifTags.Base.OffsetTimeOriginal))
    return orientation if isinstance(orientation, int) else None, taken


def captured(said: object, offset: object) -> dt.datetime | None:
    """EXIF's ``2026:11:08 09:12:33`` with its offset, Japan's where it names none; None when it is no time."""
    try:
        time = dt.datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=JAPAN)
    except ValueError:
        return None
    try:
        zone = dt.datetime.strptime(str(offset).strip("\0 "), "%z").tzinfo
    except ValueError:
        return time
    return time.replace(tzinfo=zone)


def _plain(image: Image.Image) -> Image.Image:
    """A mode that can be scaled: no palette, no bits, no 16-bit grey."""
    if image.mode.startswith(("I", "F")):
        # Sixteen bits to eight; Pillow's own conversion would cut everything above 255.
        return image.convert("F").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.has_transparency_data and image.mode not in ("RGBA", "LA", "RGBa", "La"):
        return image.convert("RGBA")
    if image.mode in ("1", "P"):
        return image.convert("L" if image.mode == "1" else "RGB")
    return image


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _rgb(image: Image.Image, profile: object) -> Image.Image:
    """Into sRGB by the profile where there is one that fits; telephones write Display P3, which looks pale without."""
    if isinstance(profile, bytes) and 0 < len(profile) <= MAX_PROFILE and image.mode in ("RGB", "L", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                done = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                image = done or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile that does not fit is left out
    return image.convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    image.info = {}  # a JPEG's comment would be written again
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
