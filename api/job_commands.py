"""``flask jobs``: what was given up is listed, tried again or put aside."""

from __future__ import annotations

import uuid

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from api.extensions import db
from api.retention_commands import BY, office
from brigade import failed_jobs

jobs = AppGroup("jobs", help="Background jobs that were given up.")


@jobs.command("failed")
def failed() -> None:
    """List them, the oldest first: id, kind, when it was asked for, tries, type or code of the failure."""
    with Session(db.engine) as session:
        found = failed_jobs.failed(session)
    for one in found:
        click.echo(f"{one.id} {one.kind} {one.asked_at:%Y-%m-%dT%H:%M:%SZ} {one.tries} {one.cause}")
    if not found:
        click.echo("No job waits for somebody.")


@jobs.command("again")
@click.argument("job_id", type=click.UUID)
@BY
def again(job_id: uuid.UUID, login: str) -> None:
    """Let JOB_ID be tried again, at once and as often as a new one."""
    with office(login) as (session, actor):
        failed_jobs.try_again(session, actor, job_id)
    click.echo(f"{job_id} is due now.")


@jobs.command("aside")
@click.argument("job_id", type=click.UUID)
@BY
def aside(job_id: uuid.UUID, login: str) -> None:
    """Keep JOB_ID as a record: it is not tried again and calls nobody any more."""
    with office(login) as (session, actor):
        failed_jobs.put_aside(session, actor, job_id)
    click.echo(f"{job_id} is put aside.")


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(jobs)
