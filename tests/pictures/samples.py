"""Pictures made for tests: a scene whose way up can be told, and files that mean no good."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from random import Random
from typing import Any, Literal

from PIL import ExifTags, Image, ImageCms, ImageDraw

STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip
"""EXIF orientation → how a camera held that way stores an upright scene (EXIF 2.32, figure of tag 274)."""

GPS_TEXT = b"WGS-84 KANDA"
MAKER = b"SERIAL-0815-OWNER"


def scene(width: int = 400, height: int = 300) -> Image.Image:
    """Four quarters of different colours: no two ways up look alike."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    across, down = width // 2, height // 2
    for box, colour in (
        ((0, 0, across, down), (200, 30, 30)), ((across, 0, width, down), (30, 160, 30)),
        ((0, down, across, height), (30, 30, 200)), ((across, down, width, height), (230, 220, 60)),
    ):  # fmt: skip
        draw.rectangle(box, fill=colour)
    return image


def corners(image: Image.Image) -> list[str]:
    """The colours of the four quarters, clockwise from the upper left, by name."""
    names = {(200, 30, 30): "red", (30, 160, 30): "green", (30, 30, 200): "blue", (230, 220, 60): "yellow"}
    wide, high = image.size
    found = []
    for across, down in ((1, 1), (3, 1), (3, 3), (1, 3)):
        pixel = image.convert("RGB").getpixel((wide * across // 4, high * down // 4))
        assert isinstance(pixel, tuple)
        distance, name = min(
            (sum(abs(a - b) for a, b in zip(pixel, colour, strict=True)), n) for colour, n in names.items()
        )
        found.append(name if distance < 40 else f"{pixel}")
    return found


UPRIGHT = ["red", "green", "yellow", "blue"]


def exif(orientation: int = 1, taken: str | None = "2026:11:08 09:12:33", offset: str | None = "+09:00") -> Image.Exif:
    """What a telephone writes: way up, time, place, maker and owner."""
    made = Image.Exif()
    made[ExifTags.Base.Orientation] = orientation
    made[ExifTags.Base.Make], made[ExifTags.Base.Artist] = "Camera", MAKER.decode()
    inner = made.get_ifd(ExifTags.IFD.Exif)
    if taken:
        inner[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        inner[ExifTags.Base.OffsetTimeOriginal] = offset
    place = made.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (35.0, 41.0, 22.5)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (139.0, 46.0, 11.25)
    place[ExifTags.GPS.GPSMapDatum] = GPS_TEXT.decode()
    return made


def encoded(image: Image.Image, kind: str = "JPEG", **said: Any) -> bytes:
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **said)
    return out.getvalue()


@cache
def photograph(width: int = 400, height: int = 300, seed: int = 0, kind: str = "JPEG") -> bytes:
    """A telephone's picture, different for each seed."""
    image = scene(width, height)
    chance = Random(seed)
    draw = ImageDraw.Draw(image)
    for _ in range(20):
        x, y = chance.randrange(width), chance.randrange(height)
        draw.ellipse((x, y, x + 9, y + 9), fill=(chance.randrange(256), chance.randrange(256), 99))
    return encoded(image, kind, exif=exif(), quality=90)


def opened(data: bytes) -> Image.Image:
    """The image in a file, loaded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


# --- Files that mean no good ------------------------------------------------------------------------------------------


def png_chunk(name: bytes, data: bytes) -> bytes:
    """One chunk with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, colour: int = 2, bits: int = 8, rows: bytes | None = None) -> bytes:
    """A PNG of this size with these chunks; its pixels are all black and compress to almost nothing."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    if rows is None:
        line = 1 + (width * bits * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] + 7) // 8
        packer = zlib.compressobj(9)
        rows = b"".join(packer.compress(bytes(line)) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def with_segment(jpeg: bytes, marker: int, data: bytes) -> bytes:
    """The JPEG with one more segment right after its beginning."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data + jpeg[2:]


def profile(name: Literal["LAB", "XYZ", "sRGB"] = "LAB") -> bytes:
    """A colour profile; the day on which it was made is always the same one."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()
    return made[:24] + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + made[36:]


HTML = b"<html><script>alert(document.cookie)</script><svg onload=alert(1)></html>"
SCRIPT = b"/*\xff*/alert(1)//"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"


@cache
def zipped() -> bytes:
    """A zip file, read from its end."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("index.html", HTML)
    return out.getvalue()


def polyglots() -> dict[str, bytes]:
    """Good pictures that are something else as well."""
    jpeg, made = photograph(), encoded(scene(), "PNG")
    return {
        "JPEG with a page in its comment": with_segment(jpeg, 0xFE, HTML),
        "JPEG with a program in its comment": with_segment(jpeg, 0xFE, SCRIPT),
        "JPEG with a page behind it": jpeg + HTML,
        "JPEG with a zip behind it": jpeg + zipped(),
        "JPEG with a PDF in its comment": with_segment(jpeg, 0xFE, PDF),
        "PNG with a page in its text": made[:33] + png_chunk(b"tEXt", b"Comment\0" + HTML) + made[33:],
        "PNG with a zip behind it": made + zipped(),
        "WebP with a page behind it": encoded(scene(), "WEBP") + HTML,
        "JPEG with XMP": with_segment(jpeg, 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + HTML),
    }


def no_pictures() -> dict[str, bytes]:
    """What is no picture of ours, whatever it is called."""
    return {
        "nothing": b"",
        "one byte": b"\xff",
        "page": HTML,
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "GIF and a program": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
        "GIF": encoded(scene(), "GIF"),
        "BMP": encoded(scene(), "BMP"),
        "TIFF": encoded(scene(), "TIFF"),
        "ICO": encoded(scene(64, 64), "ICO"),
        "PPM": encoded(scene(), "PPM"),
        "PDF": PDF,
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run",
        "zip": zipped(),
        "program": b"\x7fELF" + bytes(100),
        "AVIF": bytes(4) + b"ftypavif" + bytes(40),
        "video": bytes(4) + b"ftypmp42" + bytes(40),
    }


def bombs() -> dict[str, bytes]:
    """Pictures that would cost far more than they weigh, or break in the middle."""
    small, flat = photograph(), scene(64, 64)
    frames = [Image.new("RGBA", (64, 64), (n % 256, n // 256, 9, 255)) for n in range(150)]
    huge = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(8_000_000), 9))
    text = png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(8_000_000), 9))
    return {
        "PNG of 50,000 by 50,000": png(50_000, 50_000, rows=zlib.compress(bytes(150_001 * 40))),
        "PNG of 2,000,000,000 by 1": png(2_000_000_000, 1, rows=b""),
        "PNG of no size": png(0, 0, rows=b""),
        "PNG a little too large": png(8_000, 6_251, rows=b""),
        "JPEG of 65,500 by 65,500": small.replace(*_frame_of(small, 65_500, 65_500), 1),
        "WebP of 16,383 by 16,383": _webp_canvas(encoded(flat, "WEBP", lossless=True, exif=exif()), 16_383, 16_383),
        "PNG whose profile is 8 MB": png(8, 8, huge),
        "PNG whose text is 8 MB": png(8, 8, text),
        "WebP of 150 frames": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "PNG with another image in every frame": encoded(frames[0], "PNG", save_all=True, append_images=frames[1:60]),
        "cut JPEG": small[: len(small) // 2],
        "cut PNG": encoded(scene(), "PNG")[:-200],
        "cut WebP": encoded(scene(), "WEBP")[:-100],
        "JPEG with a head alone": small[:20],
        "JPEG whose EXIF is 64 KB of loops": with_segment(small, 0xE1, _looping_exif()),
        "JPEG with a profile of rubbish": with_segment(small, 0xE2, b"ICC_PROFILE\0\1\1" + bytes(range(256)) * 200),
        "JPEG of 1,000 scans": _many_scans(1_000),
    }  # fmt: skip


def _frame_of(jpeg: bytes, width: int, height: int) -> tuple[bytes, bytes]:
    """The bytes that say the size in a JPEG, and the same with another one."""
    at = jpeg.index(b"\xff\xc0") + 4
    return jpeg[at : at + 5], jpeg[at : at + 1] + struct.pack(">HH", height, width)


def _webp_canvas(webp: bytes, width: int, height: int) -> bytes:
    at = webp.index(b"VP8X") + 12
    return webp[:at] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + webp[at + 6 :]


def _looping_exif() -> bytes:
    """Directories that point at themselves, and entries that claim gigabytes."""
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8) + struct.pack(">HHII", 0x9003, 2, 0x7FFFFFFF, 8)
    directory = struct.pack(">H", 2000) + entry * 1000 + struct.pack(">I", 8)
    return b"Exif\0\0MM\0\x2a\0\0\0\x08" + directory


def _many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated: decoding costs each of them."""
    jpeg = encoded(scene(1200, 900), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * count + b"\xff\xd9"


def mutated(seed: int) -> bytes:
    """A good picture with some bytes changed, cut, doubled or moved; the same for the same seed."""
    chance = Random(seed)
    kind = chance.choice(["JPEG", "JPEG", "PNG", "WEBP"])
    base = bytearray(_seeds(kind)[chance.randrange(3)])
    for _ in range(chance.choice([1, 1, 2, 4, 12, 60])):
        at = chance.randrange(len(base))
        if at < 64 and chance.random() < 0.3:
            at = chance.randrange(len(base))
        match chance.randrange(7):
            case 0:
                base[at] = chance.randrange(256)
            case 1:
                base[at] ^= 1 << chance.randrange(8)
            case 2:
                base[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0"])
            case 3:
                del base[at : at + chance.randrange(1, 200)]
            case 4:
                base[at:at] = base[at : at + chance.randrange(1, 200)]
            case 5:
                base[at:at] = chance.randbytes(chance.randrange(1, 60))
            case 6 if chance.random() < 0.3:
                del base[at:]
        if not base:
            return b""
    return bytes(base)


@cache
def _seeds(kind: str) -> list[bytes]:
    plain = encoded(scene(160, 120), kind, exif=exif(6), icc_profile=profile())
    if kind == "JPEG":
        return [
            plain,
            encoded(scene(160, 120), "JPEG", progressive=True, exif=exif(5)),
            encoded(scene(80, 60).convert("CMYK")),
        ]
    if kind == "PNG":
        return [
            plain,
            encoded(scene(160, 120).convert("P"), "PNG"),
            encoded(scene(90, 90).convert("RGBA"), "PNG", exif=exif(3)),
        ]
    frames = [scene(48, 48).rotate(n * 9) for n in range(6)]
    return [plain, encoded(scene(160, 120).convert("RGBA"), "WEBP", lossless=True),
            encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])]  # fmt: skip
