"""What becomes of a picture: upright, small, in the right colours, and silent about where it was taken and by whom."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from pictures.clean import captured, clean, fitted
from pictures.kinds import PictureRefused, kind_of, reads_heic
from tests.pictures import samples
from tests.pictures.samples import UPRIGHT, corners, encoded, exif, opened, scene

JAPAN = dt.timezone(dt.timedelta(hours=9))


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Marker and content of everything before the pixels."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + length]))
        at += 2 + length
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_up_is_put_right(orientation, kind) -> None:
    stored = scene() if orientation == 1 else scene().transpose(samples.STORED[orientation])
    assert stored.size == ((300, 400) if orientation > 4 else (400, 300))
    made = clean(encoded(stored, kind, exif=exif(orientation)), kind)
    for data in (made.picture, made.thumbnail):
        assert corners(opened(data)) == UPRIGHT
    assert (made.width, made.height) == opened(made.picture).size == (400, 300)
    difference = ImageChops.difference(opened(made.picture), scene()).convert("L")
    assert (
        sum(difference.histogram()[40:]) < 3_000
    )  # blurred along the two lines where the quarters meet, and nowhere else


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_a_way_up_that_is_none_is_left_alone(orientation) -> None:
    assert corners(opened(clean(encoded(scene(), exif=exif(orientation)), "JPEG").picture)) == UPRIGHT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_left(kind) -> None:
    more = {"comment": b"at home"} if kind == "JPEG" else {}
    sent = encoded(
        scene(), kind, exif=exif(), icc_profile=samples.profile(), xmp=b"<x:xmpmeta>home</x:xmpmeta>", **more
    )
    assert all(word in sent for word in (samples.GPS_TEXT, samples.MAKER, b"2026:11:08"))
    made = clean(sent, kind)
    for data in (made.picture, made.thumbnail):
        for word in (samples.GPS_TEXT, samples.MAKER, b"2026:11", b"home", b"Exif", b"xmp", b"ICC_PROFILE", b"WGS"):
            assert word not in data
        markers = [(marker, content[:5]) for marker, content in segments(data)]
        assert {marker for marker, _ in markers} == {0xE0, 0xDB, 0xC0, 0xC4}
        assert (0xE0, b"JFIF\0") in markers
        assert data.endswith(b"\xff\xd9")
        assert not opened(data).getexif()


def test_a_small_picture_is_written_anew_all_the_same() -> None:
    sent = encoded(scene(64, 48), quality=82)
    made = clean(sent, "JPEG")
    assert made.picture != sent
    assert (made.width, made.height) == (64, 48)


@pytest.mark.parametrize(
    ("size", "becomes", "thumbnail"),
    [
        ((4032, 3024), (1600, 1200), (320, 240)),
        ((3024, 4032), (1200, 1600), (240, 320)),
        ((1600, 1600), (1600, 1600), (320, 320)),
        ((1601, 1200), (1600, 1199), (320, 239)),
        ((20000, 3), (1600, 1), (320, 1)),
        ((300, 200), (300, 200), (300, 200)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_sizes(size, becomes, thumbnail) -> None:
    made = clean(encoded(Image.new("RGB", size, (9, 90, 200))), "JPEG")
    assert (made.width, made.height) == opened(made.picture).size == becomes
    assert opened(made.thumbnail).size == thumbnail


@given(st.integers(1, 65535), st.integers(1, 65535), st.sampled_from([1600, 320]))
def test_what_is_fitted_is_never_larger_empty_or_out_of_shape(width, height, longest) -> None:
    wide, high = fitted((width, height), longest)
    assert 1 <= wide <= width
    assert 1 <= high <= height
    assert max(wide, high) == min(longest, max(width, height))
    scale = longest / max(width, height)
    if scale < 1:
        assert abs(wide - max(1, width * scale)) <= 1
        assert abs(high - max(1, height * scale)) <= 1


def test_a_large_photograph_is_not_decoded_at_full_size(monkeypatch) -> None:
    """The decoder is asked for half the size: a quarter of the work."""
    asked = []
    before = Image.Image.resize
    monkeypatch.setattr(Image.Image, "resize", lambda self, *a, **k: asked.append(self.size) or before(self, *a, **k))
    clean(encoded(scene(4032, 3024)), "JPEG")
    assert asked == [(2016, 1512), (1600, 1200)]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_can_be_seen_through_stands_on_white(mode) -> None:
    image = Image.new("RGBA", (100, 80), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (0, 0, 50, 80))
    sent = encoded(image.quantize() if mode == "P" else image.convert(mode), "PNG")
    seen = opened(clean(sent, "PNG").picture)
    assert min(seen.getpixel((90, 40))) >= 250
    assert max(seen.getpixel((10, 40))) < 220


def test_one_transparent_colour_stands_on_white() -> None:
    image = Image.new("RGB", (100, 80), (1, 2, 3))
    image.paste((200, 30, 30), (0, 0, 50, 80))
    seen = opened(clean(encoded(image, "PNG", transparency=(1, 2, 3)), "PNG").picture)
    assert min(seen.getpixel((90, 40))) >= 250


@pytest.mark.parametrize(("mode", "kind"), [("1", "PNG"), ("L", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG")])
def test_other_ways_to_keep_colours(mode, kind) -> None:
    grey = Image.linear_gradient("L").resize((200, 200))
    seen = opened(clean(encoded(grey.convert("RGB").convert(mode), kind), kind).picture)
    assert seen.mode == "RGB"
    assert max(seen.getpixel((100, 5))) < 60
    assert min(seen.getpixel((100, 195))) > 190


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    image = Image.linear_gradient("L").convert("I").point(lambda value: value * 257).convert("I;16")
    seen = opened(clean(encoded(image, "PNG"), "PNG").picture)
    assert [abs(seen.getpixel((9, y))[0] - y) < 8 for y in (5, 128, 250)] == [True] * 3


def test_a_wide_gamut_is_brought_into_srgb() -> None:
    """The telephone's own profile: the same numbers mean other colours."""
    turned = _swapped_profile()
    made = clean(encoded(Image.new("RGB", (40, 40), (200, 40, 40)), quality=95, icc_profile=turned), "JPEG")
    plain = clean(encoded(Image.new("RGB", (40, 40), (200, 40, 40)), quality=95), "JPEG")
    same = clean(
        encoded(Image.new("RGB", (40, 40), (200, 40, 40)), quality=95, icc_profile=samples.profile("sRGB")), "JPEG"
    )
    assert opened(plain.picture).getpixel((9, 9)) == opened(same.picture).getpixel((9, 9))
    seen = opened(made.picture).getpixel((9, 9))
    assert seen[1] > 120 > seen[0], seen  # what this profile calls red is green


def _swapped_profile() -> bytes:
    """sRGB with its red and green primaries exchanged."""
    data = bytearray(samples.profile("sRGB"))
    count = int.from_bytes(data[128:132], "big")
    tags = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    data[red + 4 : red + 12], data[green + 4 : green + 12] = data[green + 4 : green + 12], data[red + 4 : red + 12]
    return bytes(data).replace(b"sRGB", b"tRGB").replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_of_a_film_the_first_picture_is_taken(kind) -> None:
    frames = [scene(), *(Image.new("RGB", (400, 300), (9 * n, 9, 9)) for n in range(5))]
    sent = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert corners(opened(clean(sent, kind).picture)) == UPRIGHT


def test_of_two_pictures_in_one_jpeg_the_first_is_taken() -> None:
    sent = encoded(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (400, 300))])
    assert kind_of(sent) == "JPEG"
    assert corners(opened(clean(sent, "JPEG").picture)) == UPRIGHT


# --- When it was taken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "offset", "is_at"),
    [
        ("2026:11:08 09:12:33", "+09:00", dt.datetime(2026, 11, 8, 9, 12, 33, tzinfo=JAPAN)),
        ("2026:11:08 09:12:33", None, dt.datetime(2026, 11, 8, 9, 12, 33, tzinfo=JAPAN)),
        ("2026:11:08 09:12:33", "-05:00", dt.datetime(2026, 11, 8, 14, 12, 33, tzinfo=dt.UTC)),
        ("2026:11:08 09:12:33\0", "Z", dt.datetime(2026, 11, 8, 9, 12, 33, tzinfo=dt.UTC)),
        ("2026:11:08 09:12:33", "nonsense", dt.datetime(2026, 11, 8, 9, 12, 33, tzinfo=JAPAN)),
        ("0000:00:00 00:00:00", None, None),
        ("2026:02:30 09:12:33", None, None),
        ("    :  :     :  :  ", None, None),
        ("2026-11-08T09:12:33", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_the_cameras_time(said, offset, is_at) -> None:
    assert captured(said, offset) == is_at
    made = clean(encoded(scene(), exif=exif(taken=said, offset=offset)), "JPEG")
    assert made.taken_at == is_at


@given(
    st.one_of(st.text(), st.binary(), st.integers(), st.none(), st.tuples(st.integers())),
    st.one_of(st.text(), st.integers()),
)
def test_whatever_a_camera_says_is_a_time_or_none(said, offset) -> None:
    found = captured(said, offset)
    assert found is None or found.utcoffset() is not None


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples.no_pictures())
def test_only_three_kinds_are_taken_whatever_their_name(name) -> None:
    with pytest.raises(PictureRefused, match="format"):
        kind_of(samples.no_pictures()[name])


def test_a_telephones_own_kind_is_refused_by_its_name() -> None:
    for brand in (b"heic", b"mif1", b"msf1", b"heix"):
        with pytest.raises(PictureRefused, match="heic"):
            kind_of(bytes(3) + b"\x18ftyp" + brand + bytes(100))


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [("1.8.1", True), ("1.10.0", True), ("2.0", True), ("1.8.0", False), ("1.8", False), ("0.22.0", False)],
)
def test_the_extra_counts_from_the_version_whose_decoder_is_mended(monkeypatch, version, is_taken) -> None:
    monkeypatch.setattr("pictures.kinds.metadata.version", lambda name: version)
    assert reads_heic() == is_taken


def test_ten_megabytes_and_no_more() -> None:
    good = encoded(scene(64, 64))
    assert kind_of(good + bytes(10 * 1024 * 1024 - len(good))) == "JPEG"
    with pytest.raises(PictureRefused, match="too-large"):
        kind_of(good + bytes(10 * 1024 * 1024 - len(good) + 1))


def test_a_picture_is_read_by_its_own_kind_alone() -> None:
    """A JPEG's head with a TIFF behind it does not wake the TIFF reader."""
    out = io.BytesIO()
    scene().save(out, "TIFF")
    for kind in ("JPEG", "PNG", "WEBP"):
        with pytest.raises(PictureRefused, match="unreadable"):
            clean(out.getvalue(), kind)
