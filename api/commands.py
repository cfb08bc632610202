"""Commands of ``flask --app wsgi``: the demo's data and its story."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from api.extensions import db
from api.worker import run
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


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do the background jobs in a process of its own, until told to stop (TERM or Ctrl-C)."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    click.echo("Worker started.")
    run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(worker)
    app.cli.add_command(demo)
