"""Commands of ``flask --app wsgi``: the demo's data and its story."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from api.extensions import db
from brigade.dates import utc_now
from brigade.settings import Settings

demo = AppGroup("demo", help="Generated organisations to try the product with.")


@demo.command("load")
@click.option("--size", type=click.Choice(["small", "city", "country"]), required=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--reports", type=click.IntRange(0), default=0, show_default=True, help="Historic reports to make up.")
@click.option("--accounts", type=click.Path(dir_okay=False, path_type=Path), required=True)
def load(size: str, seed: int, reports: int, accounts: Path) -> None:
    """Load a generated organisation with historic reports; write who may sign in to ACCOUNTS."""
    from brigade.demo.load import load as load_demo

    try:
        summary = load_demo(db.engine, size, seed, reports, accounts, utc_now(), progress=click.echo)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(str(summary))


@demo.command("start")
def start() -> None:
    """Load the demo once, take one report through every step, print what to open."""
    from api.demo_story import play

    settings: Settings = current_app.config["BRIGADE"]
    play(current_app._get_current_object(), settings)  # type: ignore[attr-defined]


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(demo)
