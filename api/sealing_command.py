"""``flask seal-month``: the same job as over the API, done at once with its progress on the screen."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.extensions import db
from api.sealing import sealing_job
from api.worker import work_once
from brigade.access.accounts import Account
from brigade.actor import Actor, load_actor
from brigade.dates import month_bounds, utc_now
from brigade.jobs import Job, writing
from brigade.messages.notice_words import again
from brigade.month.sealing import sealed_by
from brigade.month.unsettled import unsettled
from brigade.organisation.people import Member
from brigade.organisation.units import Unit
from brigade.problems import Problem, Refused
from brigade.scopes import act_as
from brigade.wording import text

NAMED = {"as_system": "who is named on the command line answers for what is done"}


def seal_now(app: Flask, code: str, month: str, login: str, comment: str) -> None:
    """Ask for it, work until it is done, say what was made. ClickException, in words, where it cannot be done."""
    try:
        month_bounds(month)
    except ValueError:
        raise click.BadParameter("like 2026-10", param_hint="--month") from None
    try:
        with writing(db.engine) as session:
            actor = officer(session, login)
            unit = session.scalar(select(Unit).where(Unit.code == code, Unit.bureau_id == actor.bureau_id))
            if unit is None:
                raise click.ClickException(f"There is no unit with the code {code!r}.")
            job_id = sealing_job(session, actor, unit.id, month, comment).id
    except Refused as refusal:
        raise click.ClickException(" ".join(_said(reason) for reason in refusal.reasons)) from None
    except Problem as problem:
        raise click.ClickException(_said(problem.code)) from None
    while (job := _job(job_id)).state in ("queued", "running"):
        work_once(app)
        click.echo(f"{job.done}/{job.total or '?'}")
    if job.state != "done":
        raise click.ClickException(f"{text('job.failed', 'ja')} {job.message}")
    with Session(db.engine) as session:
        made = sealed_by(session, job_id)
        for edition in made:
            click.echo(f"{edition.month} {edition.level} {edition.number}: {edition.id} {edition.yen:,} yen")
        if others := again(unsettled(session, made[0]), "ja"):
            click.echo(others)


def officer(session: Session, login: str) -> Actor:
    """Who signs in so, with the session bound to them. ClickException where nobody in service does."""
    member = session.scalar(
        select(Member).join(Account, Account.member_id == Member.id).where(Account.login == login),
        execution_options=NAMED,
    )
    actor = load_actor(session, member, utc_now()) if member else None
    if actor is None:
        raise click.ClickException(f"Nobody in service signs in as {login!r}.")
    act_as(session, actor)
    return actor


def _job(job_id: object) -> Job:
    with Session(db.engine) as session:
        return session.get_one(Job, job_id)


def _said(code: str) -> str:
    return f"{text(f'problem.{code}.title', 'ja')}：{text(f'problem.{code}.detail', 'ja')}"
