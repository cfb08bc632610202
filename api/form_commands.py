"""Commands of ``flask --app wsgi form``: for who writes the templates of paper forms."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from brigade.dates import utc_now
from brigade.forms.filling import Filling
from brigade.forms.shelf import newest
from brigade.forms.template import Template
from brigade.forms.template_file import read_template

form = AppGroup("form", help="Paper forms: look at what their templates say.")


def _template(named: str) -> Template:
    """A form by its code, or by the file that describes it."""
    if named.endswith(".yaml"):
        return read_template(Path(named))
    found = newest().get(named)
    if found is None:
        raise ValueError(f"there is no form {named!r}, only {', '.join(newest())}")
    return found


@form.command("draw")
@click.argument("template")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def draw(template: str, out: Path) -> None:
    """Draw TEMPLATE (its code, or a file of yaml) into OUT, every box that is read with its name."""
    from reports.forms.sheet import form_pdf

    try:
        found = _template(template)
        out.write_bytes(form_pdf(found, Filling(), made_at=utc_now(), outlines=True))
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: {found.code} version {found.version}, {len(found.fields)} fields")


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(form)
