"""``flask retention-plan``, ``retention-run``, ``retention-undo``: what is past its keeping time, on the command line."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.extensions import db, storage
from api.sealing_command import officer
from brigade.actor import Actor
from brigade.dates import tokyo_day, utc_now
from brigade.jobs import writing
from brigade.organisation.ranks import PostName
from brigade.problems import Invalid, Problem
from brigade.retention import requests
from brigade.retention.carrying_out import Doing, carry_out
from brigade.retention.plans import UNDER_WAY, UNDO_DAYS, Foreseen, OverCap, foresee, mark
from brigade.retention.schedule import FISCAL_YEAR
from brigade.retention.tables import RetentionRun
from brigade.wording import text

BY = click.option("--by", "login", required=True, help="Login of the bureau's officer who answers for it.")


@contextmanager
def office(login: str, *, writes: bool = True) -> Iterator[tuple[Session, Actor]]:
    """The bureau's officer with a transaction of theirs; a refusal ends the command in words."""
    try:
        with writing(db.engine) as session:
            actor = officer(session, login)
            if not actor.holds(PostName.BUREAU_OFFICER):
                raise click.ClickException(f"{login!r} is no officer of a bureau.")
            yield session, actor
            if not writes:
                session.rollback()
    except Invalid as invalid:
        raise click.ClickException("\n".join(_said(one.code, **one.params) for one in invalid.problems)) from None
    except OverCap as over:
        raise click.ClickException(_said("more-than-cap", **over.params)) from None
    except Problem as problem:
        raise click.ClickException(_said(problem.code, **problem.params)) from None


def _said(code: str, **params: object) -> str:
    return f"{text(f'problem.{code}.title', 'ja')}：{text(f'problem.{code}.detail', 'ja', **params)}"


@click.command("retention-plan")
@BY
@with_appcontext
def plan(login: str) -> None:
    """Say what is past its keeping time today, and change nothing."""
    with office(login, writes=False) as (session, actor):
        for one in foresee(session, actor.bureau_id, actor.today):
            click.echo(_line(one))


def _line(one: Foreseen) -> str:
    kept = (
        "for ever"
        if one.length is None
        else f"{one.length} {'years' if one.keeping.counted == FISCAL_YEAR else 'days'}"
    )
    until = f", before {one.before}" if one.before else ""
    ids = f": {', '.join(map(str, one.samples))}" if one.samples else ""
    return f"{one.keeping.code:10} kept {kept}{until}; due {one.due} of {one.all}, on hold {one.held}{ids}"


@click.command("retention-run")
@BY
@click.option(
    "--days", type=click.IntRange(0, 365), default=UNDO_DAYS, show_default=True, help="How long it can be undone."
)
@click.option("--cap", type=click.IntRange(0), help="How many of one type may go, in place of the usual limits.")
@click.option("--reason", default="", help="Kept with the run.")
@with_appcontext
def run(login: str, days: int, cap: int | None, reason: str) -> None:
    """Do the runs whose day has come; then mark what is due today, to go after some days unless it is undone."""
    for run_id in _due_runs(login):
        carry_out(Doing(run_id, lambda: writing(db.engine), storage(), utc_now))
        with office(login, writes=False) as (session, _):
            gone = session.get_one(RetentionRun, run_id).gone
        click.echo(f"{run_id} is done: {_counts(gone)}")
    try:
        with office(login) as (session, actor):
            made = mark(session, actor, days=days, cap=cap, reason=reason)
            click.echo(
                f"{made.id} goes on {tokyo_day(made.goes_at)}: {_counts({k: v['due'] for k, v in made.plan.items()})}"
            )
    except click.ClickException as refusal:
        if not refusal.message.startswith((_said("nothing-due"), _said("run-waits"))):
            raise
        click.echo(refusal.message)


def _due_runs(login: str) -> list[uuid.UUID]:
    with office(login, writes=False) as (session, actor):
        asked = select(RetentionRun.id).where(RetentionRun.state.in_(UNDER_WAY), RetentionRun.goes_at <= actor.now)
        return list(session.scalars(asked.order_by(RetentionRun.goes_at)))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in counts.items() if count) or "nothing"


@click.command("retention-undo")
@click.argument("run_id", type=click.UUID)
@BY
@with_appcontext
def take_back(run_id: uuid.UUID, login: str) -> None:
    """Let RUN_ID not go. Until its day nothing of it was changed."""
    with office(login) as (session, actor):
        requests.take_back(session, actor, run_id)
    click.echo(f"{run_id} is undone.")


def install(app: Flask) -> None:
    """Add the commands."""
    for command in (plan, run, take_back):
        app.cli.add_command(command)
