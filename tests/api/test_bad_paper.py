"""What bad input gets, through the real limited process: a clear status for every file and page, the rest goes on."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.api.answers import API
from tests.api.asking import REPORTS
from tests.api.scanning import Mute, sent

SCRIPTS = b"/OpenAction<</S/JavaScript/JS(while\\(true\\){})>>/AA<</WC<</S/Launch/F(/bin/sh)>>>>"


@pytest.fixture(autouse=True)
def mute(monkeypatch) -> None:
    """Text is not what this is about."""
    monkeypatch.setattr("api.scan_reading.ENGINE", Mute())


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def plain(colour: str, width: int = 1240, height: int = 1754) -> bytes:
    return jpeg(Image.new("RGB", (width, height), colour))


def pdf(catalogue: bytes = b"", sides: bytes = b"595 842") -> bytes:
    """A PDF of one empty page, written by hand."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R" + catalogue + b">>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 " + sides + b"]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


def locked() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret"))
    canvas.drawString(100, 100, "secret")
    canvas.save()
    return out.getvalue()


def pages(count: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for _ in range(count):
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def huge_png(side: int = 50_000) -> bytes:
    """A small file that says it has 50,000 × 50,000 pixels, and has."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(side // 8 + 1)) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def cat() -> bytes:
    """Two ears, two eyes, whiskers, and the grain of a photo."""
    picture = Image.new("RGB", (1600, 1200), (120, 160, 110))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((500, 450, 1100, 1050), fill=(90, 70, 50))
    draw.ellipse((600, 250, 1000, 600), fill=(100, 80, 60))
    for ear in ([(620, 330), (640, 150), (760, 270)], [(980, 330), (960, 150), (840, 270)]):
        draw.polygon(ear, fill=(100, 80, 60))
    for eye in (720, 880):
        draw.ellipse((eye - 30, 370, eye + 30, 430), fill=(220, 220, 80))
    for end in (470, 490, 510):
        draw.line((600, end, 780, 490), fill=(240, 240, 240), width=4)
        draw.line((820, 490, 1000, end), fill=(240, 240, 240), width=4)
    grain = np.random.default_rng(1).integers(-12, 12, (1200, 1600, 3))
    return jpeg(Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)))


def printed(person, unit_id, form: str = "roster") -> Image.Image:
    """The sheet as it comes from the printer."""
    drawn = person.get(f"{API}/forms/{form}.pdf?unit_id={unit_id}").data
    with pypdfium2.PdfDocument(drawn) as document:
        return Image.fromarray(document[0].render(scale=200 / 72, rev_byteorder=True).to_numpy()[..., :3].copy())


def test_every_bad_file_and_page_has_its_status_and_the_rest_goes_on(app, ask, city) -> None:
    member = ask("squad11a")
    good = printed(member, city.unit_id("K1-1-1"))
    other = printed(ask("brigade"), city.unit_id("K1-2-1"))
    files = {
        "huge": (huge_png(), "too-many-pixels"),
        "locked": (locked(), "encrypted"),
        "torn": (locked()[:600], "unreadable"),
        "page within a page": (b"<html><script>alert(1)</script>" + pdf(), "format"),
        "two heads": (b"GIF89a%PDF-1.7", "format"),
        "drawing": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "format"),
        "scripts": (pdf(SCRIPTS), "empty-page"),
        "hall": (pdf(sides=b"500000 500000"), "empty-page"),
        "empty": (plain("white"), "empty-page"),
        "black": (plain("black"), "not-a-form"),
        "dot": (plain("white", 1, 1), "not-a-form"),
        "thread": (plain("white", 9000, 2), "not-a-form"),
        "cat": (cat(), "not-a-form"),
        "theirs": (jpeg(other), "other-unit"),
        "upside down, and a second file behind": (jpeg(good.rotate(180)) + b"PK\x03\x04<script>", None),
        "top half": (jpeg(good.crop((0, 0, good.width, good.height // 2))), None),
    }
    found = sent(app, member, *(data for data, _ in files.values()))
    whole = {file["position"]: file["refusal"]["code"] for file in found["files"] if file["refusal"]}
    left = iter(found["pages"])
    got = []
    for place in range(len(files)):
        page = None if place in whole else next(left)
        got.append(whole[place] if page is None else page["refusal"] and page["refusal"]["code"])
    assert dict(zip(files, got, strict=True)) == {name: reason for name, (_, reason) in files.items()}
    assert (found["state"], found["counts"]) == ("read", {"read": 2, "refused": 8})
    said = [one["refusal"]["message"] for one in (*found["files"], *found["pages"]) if one["refusal"]]
    assert all(words.endswith("。") for words in said)
    # Nothing is half-made: no page has become anything, and what is missing of the half sheet is left to a person.
    assert ask("station").get(REPORTS).json["items"] == []
    half = found["pages"][-1]
    missing = [one for one in half["fields"] if one["box"][1] > 160]
    assert missing
    assert [one["name"] for one in missing if one["status"] == "sure"] == []


def test_three_hundred_pages_are_refused_before_one_is_read(app, ask) -> None:
    found = sent(app, ask("squad11a"), pages(300), plain("white"))
    assert (found["state"], found["pages"]) == ("refused", [])
    assert [file["refusal"]["code"] for file in found["files"]] == ["too-many-pages"] * 2
