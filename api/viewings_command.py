"""``flask viewings``: whose data a device or a person was shown, from the lines of the log."""

from __future__ import annotations

import csv
import json
import sys
import uuid
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.access.accounts import Account
from brigade.viewed_people import CONCERNED, members_in, people
from brigade.viewings import Kept, read_noted
from reports.csv_file import guarded


class Shown(NamedTuple):
    """An answer: when, its request, and a member or a kept thing that it held."""

    at: str
    request: str
    what: uuid.UUID | Kept


@click.command("viewings")
@click.option("--session", "device", type=click.UUID, help="A device's id, as `session` of a line of the log.")
@click.option("--login", help="Who asked, at whichever device.")
@click.argument("log", type=click.File("r", encoding="utf-8", errors="replace"), nargs=-1)
@with_appcontext
def viewings(device: uuid.UUID | None, login: str | None, log: tuple[IO[str], ...]) -> None:
    """Say whose data a device or a person was shown, by the lines of LOG (or of standard input), as CSV.

    A line for each member: number, name, how many answers held their data, the first and the last of them.
    """
    if device is None and login is None:
        raise click.UsageError("Say whose: --session or --login.")
    lines = (line for one in log or (sys.stdin,) for line in one)
    with Session(db.engine) as session:
        asked = {"session": str(device)} if device else {}
        if login:
            asked["member"] = str(_member(session, login))
        times, unknown = _counted(session, _shown(lines, asked))
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(("number", "name", "answers", "first", "last"))
        for person in people(session, times):
            at = times[person.id].values()
            out.writerow((person.number, guarded(person.name), len(at), min(at), max(at)))
    for kept in sorted(map(str, unknown)):
        click.echo(f"{kept}: nothing says (any more) who is in it.", err=True)


def _member(session: Session, login: str) -> uuid.UUID:
    asked = select(Account.member_id).where(Account.login == login)
    member = session.scalar(asked, execution_options=CONCERNED)
    if member is None:
        raise click.ClickException(f"Nobody signs in as {login!r}.")
    return member


def _shown(lines: Iterable[str], asked: dict[str, str]) -> Iterator[Shown]:
    for line in lines:
        said = _read(line)
        if all(said.get(name) == id_ for name, id_ in asked.items()):
            for what in said.get("viewed", ()):
                yield Shown(said["at"], said.get("request_id", ""), read_noted(what))


def _read(line: str) -> dict[str, Any]:
    """The line's fields, whatever a collector put before them; none of a line of another kind."""
    try:
        said = json.loads(line[line.index("{") :])
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _counted(session: Session, shown: Iterable[Shown]) -> tuple[dict[uuid.UUID, dict[str, str]], set[Kept]]:
    """By which requests, and when, each member's data were shown; and what was kept of which nobody knows who is in it."""
    times: dict[uuid.UUID, dict[str, str]] = {}
    inside: dict[Kept, set[uuid.UUID] | None] = {}
    for one in shown:
        if isinstance(one.what, Kept):
            if one.what not in inside:
                inside[one.what] = members_in(session, one.what)
            members = inside[one.what] or set()
        else:
            members = {one.what}
        for id_ in members:
            times.setdefault(id_, {})[one.request] = one.at
    return times, {kept for kept, members in inside.items() if members is None}


def install(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(viewings)
