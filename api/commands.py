"""Commands of ``flask --app wsgi``: the demo's data and its story."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click
from click.core import ParameterSource
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from prometheus_client import start_http_server
from sqlalchemy.exc import ProgrammingError

from api import log_lines
from api.command_refusals import reason
from api.extensions import db
from api.worker import run
from brigade.access.signing_keys import NoKeyFile, rotate_key_file
from brigade.dates import tokyo_day, utc_now
from brigade.jobs import writing
from brigade.organisation import founding
from brigade.organisation.founding import Officer
from brigade.problems import Invalid
from brigade.rights import grant
from brigade.settings import Settings, SettingsError, check_keys, check_server
from brigade.walls import BEHIND, BY_BUREAU, raise_walls
from brigade.wording import text

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


@click.command("found-city")
@click.option("--name", prompt="市（消防局）の名前 / name of the city's fire bureau")
@click.option("--code", prompt="市のコード / its code", default="B", show_default=True)
@click.option("--number", prompt="担当者の職員番号 / officer's number")
@click.option("--officer", prompt="担当者の氏名 / officer's name")
@click.option("--kana", prompt="担当者のフリガナ / officer's name in kana")
@click.option("--login", prompt="サインイン名 / login")
@click.option(
    "--password",
    prompt="パスワード（15文字以上） / password (15 characters or more)",
    hide_input=True,
    confirmation_prompt="もう一度 / once more",
    envvar="BRIGADE_NEW_PASSWORD",
)
@click.pass_context
@with_appcontext
def found_city(ctx: click.Context, /, **said: str) -> None:
    """Begin a real city: its bureau and the first officer, who brings in units and people."""
    session = db.session()
    while True:
        session.connection(execution_options={"writing": True})
        officer = Officer(said["number"], said["officer"], said["kana"], said["login"], said["password"])
        try:
            made = founding.found_city(session, said["name"], said["code"], officer, utc_now())
            break
        except Invalid as refusal:
            session.rollback()  # nobody waits for who types
            said |= _asked_again(ctx, refusal)
    session.flush()
    click.echo(f"{said['name']}: {made.id}")
    session.commit()


def _asked_again(ctx: click.Context, refusal: Invalid) -> dict[str, str]:
    """What was typed and refused, typed anew, so that the rest need not be; ends the command where it was not typed."""
    lines = [f"{p.pointer[1:]}: {text(f'problem.{p.code}.detail', 'ja', **p.params)}" for p in refusal.problems]
    refused = {p.pointer[1:] for p in refusal.problems}
    options = {str(one.name): one for one in ctx.command.params if isinstance(one, click.Option)}
    if any(ctx.get_parameter_source(name) is not ParameterSource.PROMPT for name in refused):
        raise click.ClickException("\n".join(lines)) from None
    click.echo("\n".join(lines), err=True)
    return {name: str(option.prompt_for_value(ctx)) for name, option in options.items() if name in refused}


@click.command("rotate-key")
@with_appcontext
def rotate_key() -> None:
    """Sign tokens with a new key; those signed with the old ones stay good until they expire."""
    settings: Settings = current_app.config["BRIGADE"]
    if settings.key_file is None:
        raise click.ClickException(
            "The keys come from BRIGADE_SECRET_KEY: put a new one there, the present one before those of "
            "BRIGADE_OLD_SECRET_KEYS, and start the server again."
        )
    try:
        kept = rotate_key_file(settings.key_file, tokyo_day(utc_now()))
    except NoKeyFile as error:
        raise click.ClickException(f"{error}. Nothing was changed: mend or remove that line") from None
    except PermissionError:
        owner = f"the owner of {settings.key_file}"
        raise click.ClickException(
            f"only {owner}, or root, may do that: it must stay theirs. Nothing was changed"
        ) from None
    click.echo(f"{settings.key_file}: a new key signs from now on; older ones kept: {kept}")


@click.command("worker")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Show this process's figures on 127.0.0.1 there.")
@with_appcontext
def worker(metrics_port: int | None) -> None:
    """Do the background jobs in a process of its own, until told to stop (TERM or Ctrl-C)."""
    log_lines.install()
    try:
        check_keys(current_app.config["BRIGADE"])
        check_server(current_app.config["BRIGADE"])
    except SettingsError as error:
        raise click.ClickException(f"The worker does not start. {error}") from None
    if metrics_port:
        try:
            start_http_server(metrics_port, addr="127.0.0.1")
        except OSError as error:
            raise click.ClickException(
                f"nothing can listen at 127.0.0.1:{metrics_port} ({error.strerror}): stop what is there, another worker say, or "
                "give another --metrics-port"
            ) from None
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    click.echo("Worker started.")
    run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


@click.command("seal-month")
@click.option("--unit", "code", required=True, help="Code of the station or brigade.")
@click.option("--month", required=True, help="Like 2026-10.")
@click.option("--by", "login", required=True, help="Login of the station's officer who answers for it.")
@click.option("--comment", default="", help="Kept with the edition.")
@with_appcontext
def seal_month(code: str, month: str, login: str, comment: str) -> None:
    """Seal a month as the station's officer would, and make its documents."""
    from api.sealing_command import seal_now

    seal_now(current_app._get_current_object(), code, month, login, comment)  # type: ignore[attr-defined]


@click.command("grant-rights")
@click.argument("role")
@click.option(
    "--walls/--no-walls", default=True, show_default=True,
    help="Also hide the rows of other bureaus from whoever acts for one.",
)  # fmt: skip
@with_appcontext
def grant_rights(role: str, walls: bool) -> None:
    """Let ROLE run the program on PostgreSQL without being able to change what was sealed or happened."""
    try:
        with writing(db.engine) as session:
            kept = grant(session.connection(), role)
            raised = raise_walls(session.connection()) if walls else []
    except (ValueError, ProgrammingError) as error:
        told = reason(error) if isinstance(error, ProgrammingError) else None
        raise click.ClickException(told or str(getattr(error, "orig", error)).strip()) from None
    click.echo(f"{role} can only add to: {', '.join(kept)}")
    if walls:
        click.echo(f"Behind the wall are {len(BY_BUREAU) + len(BEHIND)} tables, {len(raised)} of them since now.")


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(found_city)
    app.cli.add_command(rotate_key)
    app.cli.add_command(seal_month)
    app.cli.add_command(grant_rights)
    app.cli.add_command(worker)
    app.cli.add_command(demo)
