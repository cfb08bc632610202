"""The limited process for pages: real files are counted, drawn and looked at; hostile ones cost little and stop nobody."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from brigade.forms.filling import Filling, Person
from brigade.forms.shelf import newest
from ocr.kinds import MAX_PAGES, PageRefused, file_kind
from ocr.limits import LIMITS, LONGEST
from ocr.pages import Pages
from reports.forms.sheet import form_pdf
from tests.make import NOW
from tests.pictures.samples import png, png_chunk

PEOPLE = tuple(Person(f"{n:06d}", f"団員{n}") for n in range(1, 5))


@pytest.fixture(scope="module")
def room() -> Iterator[Pages]:
    """A process for the tests of this file."""
    made = Pages()
    yield made
    made.close()


def sheet(form: str = "roster") -> bytes:
    return form_pdf(newest()[form], Filling(unit="中消防団 第一班", people=PEOPLE), made_at=NOW)


def drawn(data: bytes, dpi: int = 150) -> Image.Image:
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        return document[0].render(scale=dpi / 72).to_pil().convert("RGB")


def encoded(image: Image.Image, kind: str, **said) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **said)
    return out.getvalue()


def changed(data: bytes, change) -> bytes:
    """The PDF after a change by pikepdf."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def outcome(room: Pages, data: bytes, page: int = 0) -> str:
    """The form that was found, or why none."""
    try:
        room.count(data)
        return room.look(data, page).marks.form
    except PageRefused as refusal:
        return refusal.reason


# --- Files as they come -----------------------------------------------------------------------------------------------


def test_a_printed_sheet_is_found_in_every_kind_of_file(room) -> None:
    image = drawn(sheet(), 200)
    fax = image.convert("1").resize((image.width, image.height // 2))
    files = {
        "PDF": sheet(),
        "PNG": encoded(image, "PNG"),
        "JPEG": encoded(image, "JPEG", quality=80),
        "TIFF": encoded(image.convert("1"), "TIFF", compression="group4"),
        "fax": encoded(fax, "TIFF", compression="group4", dpi=(200, 100)),
        "grey of 16 bits": encoded(_sixteen(image), "PNG"),
        "palette": encoded(image.convert("P"), "PNG"),
        "transparent": encoded(image.convert("RGBA"), "PNG"),
        "upside down": encoded(image.rotate(180), "JPEG"),
        "lying, by its EXIF": encoded(image.rotate(90, expand=True), "JPEG", exif=_turned(6)),
    }
    assert {name: outcome(room, data) for name, data in files.items()} == dict.fromkeys(files, "roster")
    seen = room.look(files["PDF"], 0)
    template = newest()["roster"]
    assert (seen.width, seen.height) == (template.width * 8, template.height * 8)
    assert max(seen.width, seen.height) <= LONGEST
    assert seen.pixels == room.look(files["PDF"], 0).pixels != room.look(files["JPEG"], 0).pixels


def _sixteen(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)


def _turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def test_pages_are_counted_and_looked_at_one_by_one(room) -> None:
    first, second = drawn(sheet()), Image.new("RGB", (400, 500), "white")
    for kind, said in (("TIFF", {"compression": "jpeg"}), ("PDF", {})):
        data = encoded(first, kind, save_all=True, append_images=[second, first], **said)
        assert room.count(data) == 3
        assert [outcome(room, data, page) for page in range(3)] == ["roster", "empty-page", "roster"], kind
        assert outcome(room, data, 3) == "unreadable"


def test_one_form_only_may_be_sought(room) -> None:
    assert room.look(sheet(), 0, "roster").marks.form == "roster"
    with pytest.raises(PageRefused) as refused:
        room.look(sheet(), 0, "month")
    assert refused.value.reason in ("not-a-form", "code-differs", "unknown-version")
    assert Image.open(io.BytesIO(refused.value.picture)).format == "JPEG"


# --- Files as nobody should send them ---------------------------------------------------------------------------------


def test_hostile_files_have_a_clear_reason_and_the_next_one_is_read(room) -> None:
    good = sheet()
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(good)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    files = {
        "empty": (b"", "format"),
        "text": (b"hello", "format"),
        "GIF that moves": (encoded(Image.new("P", (9, 9)), "GIF"), "format"),
        "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "format"),
        "zip": (b"PK\x03\x04", "format"),
        "WebP": (encoded(Image.new("RGB", (9, 9)), "WEBP"), "format"),
        "PDF behind other words": (b"<html>" + good, "format"),
        "PDF with a password": (locked.getvalue(), "encrypted"),
        "PDF cut off": (good[:200], "unreadable"),
        "PDF of rubbish": (b"%PDF-1.7\n" + bytes(range(256)) * 50, "unreadable"),
        "PDF without pages": (changed(good, lambda pdf: pdf.pages.__delitem__(0)), "unreadable"),
        "PNG of 50,000 by 50,000": (png(50_000, 50_000, colour=0, bits=1), "too-many-pixels"),
        "JPEG cut off": (encoded(drawn(good), "JPEG")[:300], "unreadable"),
        "TIFF whose pages are a ring": (_ring(), "unreadable"),
        "a photo of no form": (encoded(_noise(), "JPEG"), "not-a-form"),
        "an empty page": (encoded(Image.new("RGB", (1654, 2339), "white"), "PNG"), "empty-page"),
    }
    found = {name: outcome(room, data) for name, (data, _) in files.items()}
    assert found == {name: reason for name, (_, reason) in files.items()}
    assert outcome(room, good) == "roster"


def _noise() -> Image.Image:
    rng = np.random.default_rng(1)
    return Image.fromarray(rng.integers(0, 255, (120, 90, 3), np.uint8)).resize((900, 1200), Image.Resampling.NEAREST)


def _ring() -> bytes:
    """A TIFF whose first directory names itself as the next, and has no picture."""
    return b"II*\0\x08\0\0\0" + b"\0\0" + b"\x08\0\0\0"


def test_what_is_in_a_pdf_beside_the_page_is_not_run(room) -> None:
    def scripted(pdf: pikepdf.Pdf) -> None:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1); while (true) {}")
        pdf.Root.OpenAction = pdf.make_indirect(script)
        pdf.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script]))
        pdf.pages[0].AA = pikepdf.Dictionary(O=script)
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="/bin/sh")
        pdf.pages[0].AA.C = launch
        pdf.attachments["evil.exe"] = b"MZ"

    data = changed(sheet(), scripted)
    assert b"alert" in data or b"JavaScript" in data
    assert outcome(room, data) == "roster"


def test_what_is_something_else_too_is_read_as_the_page_that_it_shows(room) -> None:
    image = drawn(sheet(), 200)
    moving = encoded(image, "PNG", save_all=True, append_images=[Image.new("RGB", image.size)] * 3)
    tail = b"PK\x03\x04<html><script>alert(1)</script>"
    text = encoded(image, "PNG").replace(b"IDAT", b"IDAT", 1)
    with_text = text[:33] + png_chunk(b"tEXt", b"Comment\0<script>") + text[33:]
    for data in (sheet() + tail, encoded(image, "JPEG") + tail, moving, with_text):
        assert room.count(data) == 1
        seen = room.look(data, 0)
        assert seen.marks.form == "roster"
        assert b"script" not in seen.picture
        assert b"PK\x03\x04" not in seen.picture


def test_a_page_of_any_size_is_drawn_with_so_many_pixels(room) -> None:
    def huge(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = [0, 0, 14_400, 14_400]
        pdf.pages[0].UserUnit = 1000

    assert outcome(room, changed(sheet(), huge)) in ("empty-page", "not-a-form", "too-blurred", "cut-off", "roster")

    def flat(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = [0, 0, 0, 0]

    assert outcome(room, changed(sheet(), flat)) in ("unreadable", "roster", "empty-page", "not-a-form")


def test_more_pages_than_a_batch_may_have_are_not_all_counted(room) -> None:
    def many(pdf: pikepdf.Pdf) -> None:
        pdf.pages.extend([pdf.pages[0]] * 299)

    assert room.count(changed(sheet(), many)) == MAX_PAGES + 1
    small = Image.new("1", (8, 8))
    assert room.count(encoded(small, "TIFF", save_all=True, append_images=[small] * 249)) == MAX_PAGES + 1


@pytest.mark.parametrize(("start", "kind"), [(b"%PDF-1.7", "PDF"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF")])
def test_a_file_is_what_its_first_bytes_say(start, kind) -> None:
    assert file_kind(start + bytes(20)) == kind


# --- The process ------------------------------------------------------------------------------------------------------


def test_whatever_a_child_does_ends_with_its_page() -> None:
    bad = Pages("tests.ocr.bad_inside")
    wanted = ["too-hard"] * 4 + ["unreadable"] * 6
    found = []
    for page in range(10):
        with pytest.raises(PageRefused) as refused:
            bad.look(b"%PDF-1.7", page)
        found.append(refused.value.reason)
    bad.close()
    assert found == wanted


def test_the_process_inherits_no_secret_and_pages_have_limits(room) -> None:
    room.count(sheet())
    environ = Path(f"/proc/{room._process.pid}/environ").read_bytes()
    assert environ == b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1\0"
    assert LIMITS.memory <= 2 << 30
    assert LIMITS.cpu_seconds <= 30
    assert LIMITS.wall_seconds <= 60


def test_marks_that_do_not_fit_their_form_are_believed_by_nobody(room, monkeypatch) -> None:
    good = room.ask(json.dumps({"look": "PDF", "page": 0, "form": None}).encode() + b"\n" + sheet())
    head, _, picture = good.partition(b"\n")
    said = json.loads(head)
    wrong = [
        {**said, "marks": {**said["marks"], "version": 9}},
        {**said, "marks": {**said["marks"], "form": "month"}},
        {**said, "marks": {**said["marks"], "quality": 2}},
        {**said, "marks": {**said["marks"], "fields": said["marks"]["fields"][1:]}},
        {**said, "marks": None},
        {**said, "width": 0},
        {**said, "height": LONGEST + 1},
        {**said, "pixels": "../../etc"},
        {**said, "pixels": None},
    ]
    for one in wrong:
        monkeypatch.setattr(room, "ask", lambda _, one=one: json.dumps(one).encode() + b"\n" + picture)
        with pytest.raises(PageRefused, match="unreadable"):
            room.look(sheet(), 0)
    monkeypatch.setattr(room, "ask", lambda _: head + b"\n<html>")
    with pytest.raises(PageRefused, match="unreadable"):
        room.look(sheet(), 0)
