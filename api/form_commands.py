"""Commands of ``flask --app wsgi form``: for who writes the templates of paper forms.

What looks at pictures (OpenCV, NumPy) is imported by the commands that need it, never by the server.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask
from flask.cli import AppGroup

from brigade.dates import utc_now
from brigade.forms.filling import Filling
from brigade.forms.shelf import FORMS, newest
from brigade.forms.template import Template
from brigade.forms.template_file import read_template

if TYPE_CHECKING:
    from ocr.looking.blanks import Blank
    from ocr.looking.picture import Picture
    from ocr.looking.registration import Refusal

form = AppGroup("form", help="Paper forms: look at what their templates say, and lay them over scans.")

FILE = click.Path(dir_okay=False, path_type=Path)
SCAN = click.Path(exists=True, dir_okay=False, path_type=Path)
BLANK_DPI, SCAN_DPI = 203.2, 200
"""Eight pixels to the millimetre; and what a PDF is looked at with."""

GRAYS = 17
"""Steps of grey are kept in sixteens: a blank of 60 kB shows as much as one of 200."""

WHY = {
    "empty-page": "the page is empty",
    "not-a-form": "this form was not found on the scan: are the template's rules, frames and texts those of the paper?",
    "unknown-version": "the marks are there, but what is printed between them lies elsewhere: another version?",
    "code-differs": "the QR code names another form than the marks do",
    "cut-off": "too little of the page is on the scan",
    "too-blurred": "the scan is too blurred",
}


def _path(named: str) -> Path:
    """The file of a form that is named by its code or by the file itself."""
    if named.endswith(".yaml"):
        return Path(named)
    found = newest().get(named)
    if found is None:
        raise ValueError(f"there is no form {named!r}, only {', '.join(newest())}")
    versioned = FORMS / f"{named}.{found.version}.yaml"
    return versioned if versioned.exists() else FORMS / f"{named}.yaml"


@form.command("draw")
@click.argument("template")
@click.argument("out", type=FILE)
def draw(template: str, out: Path) -> None:
    """Draw TEMPLATE (its code, or a file of yaml) into OUT, every box that is read with its name."""
    from reports.forms.sheet import form_pdf

    try:
        found = read_template(_path(template))
        out.write_bytes(form_pdf(found, Filling(), made_at=utc_now(), outlines=True))
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: {found.code} version {found.version}, {len(found.fields)} fields")


@form.command("blank")
@click.argument("template")
@click.argument("out", type=FILE)
@click.option(
    "--scan", type=SCAN, help="A scan of the empty paper (PNG, JPEG, PDF) to take instead of our own drawing."
)
def blank(template: str, out: Path, scan: Path | None) -> None:
    """Draw TEMPLATE with nothing on it into OUT (PNG), by which it is recognised. It belongs beside the template."""
    try:
        found = read_template(_path(template))
        drawn = drawn_blank(found)
        if scan is not None:
            from ocr.looking.check import blank_of_scan

            drawn = _or_why(blank_of_scan(_pixels(scan), _blank(found, drawn)))
        out.write_bytes(drawn)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: {found.code} version {found.version}, {len(drawn):,} bytes")


@form.command("check")
@click.argument("template")
@click.argument("scan", type=SCAN)
@click.argument("out", type=FILE)
def check(template: str, scan: Path, out: Path) -> None:
    """Lay TEMPLATE over SCAN (PNG, JPEG, the first page of a PDF) and draw every cell, with its name, into OUT (PNG)."""
    from ocr.looking.blanks import read_blank
    from ocr.looking.check import Check, checked

    try:
        path = _path(template)
        found = checked(_pixels(scan), read_blank(read_template(path), path.with_suffix(".png")))
        if not isinstance(found, Check):
            raise ValueError(WHY[found.value])
        out.write_bytes(found.png)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: fits by {found.quality:.2f} of 1, turned by {found.turned:.1f}°, {len(found.frames)} fields")
    for name in found.astray:
        click.echo(f"  {name}: the lines around it are not where the template has them ({found.frames[name].fit:.2f})")


def drawn_blank(template: Template) -> bytes:
    """Our own drawing of a form as a grey PNG, eight pixels to the millimetre."""
    import pypdfium2

    from reports.forms.sheet import form_pdf

    out = io.BytesIO()
    with pypdfium2.PdfDocument(form_pdf(template, Filling(), made_at=utc_now())) as document:
        image = document[0].render(scale=BLANK_DPI / 72, grayscale=True).to_pil()
    image.point(lambda value: value // GRAYS * GRAYS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _blank(template: Template, png: bytes) -> Blank:
    from ocr.looking.blanks import blank_from

    return blank_from(template, png)


def _or_why(found: bytes | Refusal) -> bytes:
    if isinstance(found, bytes):
        return found
    raise ValueError(WHY[found.value])


def _pixels(scan: Path) -> Picture:
    """A scan's first page as pixels, red, green, blue. ValueError where it cannot be opened."""
    import numpy as np
    import pypdfium2
    from PIL import Image, ImageOps

    try:
        if scan.read_bytes().startswith(b"%PDF"):
            with pypdfium2.PdfDocument(scan) as document:
                image = document[0].render(scale=SCAN_DPI / 72).to_pil()
        else:
            with Image.open(scan) as opened:
                image = ImageOps.exif_transpose(opened)
        return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, pypdfium2.PdfiumError, Image.DecompressionBombError) as error:
        raise ValueError(f"{scan.name} cannot be opened: {error}") from None


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(form)
