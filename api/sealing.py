"""Sealing a month: asked for by an officer, done by a job, whose first step seals and whose others make the documents."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from api.attempts import ATTEMPTS, went_first
from api.body import Strict, Text
from api.edition_documents import first_documents, make
from api.endpoint import Answer, Call, Resource
from brigade import jobs
from brigade.actor import Actor, load_actor
from brigade.chain.writing import held
from brigade.db import new_id
from brigade.jobs import Job, Work
from brigade.month.anchors import chains_of, tell_stations
from brigade.month.editions import newest
from brigade.month.sealing import Overtaken, check_may_seal, seal, sealed_by
from brigade.month.spans import checked_month
from brigade.organisation.people import Member
from brigade.problems import Problem, Refused
from brigade.scopes import act_as
from brigade.settings import chain_key_of

resource = Resource("sealing", "月の確定 Sealing a month", "/months")
SEAL = "seal-month"
_SEALING = uuid.UUID("0d3f5a58-7f0c-4f64-9a50-54b7f8b9d2a1")
HOLDS = 20
"""How often it takes hold of the chains until it gets them free. Each time it waits for one commit at most."""

OF_ALL = {"as_system": "the member for whom the job acts"}


class SealIn(Strict):
    """The brigade or station whose month is sealed; ``comment`` is kept with the edition."""

    class Meta(Strict.Meta):
        example = {"unit_id": "01932c5e-0000-7000-8000-000000000001"}

    unit_id = fields.UUID(required=True)
    comment = Text(max=300, load_default="")


class SealOut(Strict):
    """The edition that is being made: it can be read when the job is done."""

    edition_id = fields.UUID(required=True)
    job_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    month = fields.String(required=True)
    state = fields.String(required=True)


@resource.post(
    "/<month>/seal", "Seal a month", body=SealIn(), returns=SealOut(), status=202, problems=(409,),
    step_up="bulk-approval",
)  # fmt: skip
def seal_(call: Call, month: str) -> Answer:
    """Its confirmed reports are counted for good, as the next edition of the month of a brigade, or of a station with all
    its brigades. What is under way then goes into a later edition. Asked for twice, it is done once.
    """
    unit_id: uuid.UUID = call.body["unit_id"]
    job = sealing_job(call.session, call.actor, unit_id, checked_month(month), call.body["comment"])
    headers = {"Location": f"/api/v1/jobs/{job.id}"}
    body = {
        "edition_id": job.payload["edition_id"], "job_id": str(job.id), "unit_id": str(unit_id), "month": month,
        "state": job.state,
    }  # fmt: skip
    return Answer(body, headers=headers)


def sealing_job(session: Session, actor: Actor, unit_id: uuid.UUID, month: str, comment: str = "") -> Job:
    """The job for the next edition: the one that was asked for already, or a new one. One that failed goes again.

    Refusals as ``check_may_seal``; Problem ``sealing-under-way`` where another officer asked first.
    """
    check_may_seal(session, actor, unit_id, month)
    before = newest(session, unit_id, month)
    number = before.number + 1 if before else 1  # of the unit's own: what one that it took over has is no matter here
    id_ = uuid.uuid5(_SEALING, f"{unit_id} {month} {number}")
    held = session.scalar(select(Job).where(Job.id == id_).with_for_update())
    if held is None:
        payload = {
            "unit_id": str(unit_id), "month": month, "edition_id": str(new_id()),
            "member_id": str(actor.member_id), "comment": comment,
        }  # fmt: skip
        held = jobs.enqueue(session, SEAL, payload, actor.now, id_, owner_id=actor.member_id)
    elif held.state == "failed":
        jobs.queue_again(held, actor.now)
        held.payload = {**held.payload, "member_id": str(actor.member_id)}
        held.owner_id = actor.member_id
    elif held.owner_id != actor.member_id:
        raise Problem("sealing-under-way")
    session.flush()
    return held


def seal_month(work: Work) -> None:
    """The job: seal, unless that is done, make what is missing of the documents, tell the station. Safe to do again at any
    point.
    """
    _seal(work)
    with Session(work.engine) as session:
        editions = sealed_by(session, work.job_id)
        session.expunge_all()
        # A station's set binds the documents of its brigades: theirs first.
        wanted = [(which, edition) for edition in reversed(editions) for which in first_documents(session, edition)]
    for done, (which, edition) in enumerate(wanted, 1):
        work.renew(done, len(wanted) + 1)
        make(which, edition)
    with work.transaction() as session:
        tell_stations(
            session, sealed_by(session, work.job_id)[0], chain_key_of(current_app.config["BRIGADE"]), work.now()
        )
    work.renew(len(wanted) + 1, len(wanted) + 1)


def _seal(work: Work) -> None:
    """Again at once where another one changed the same rows meanwhile, or made the edition of that number. At first nobody
    waits for it; where everybody files at once it would not come through so, and then they wait.
    """
    for _ in range(ATTEMPTS - 1):
        if _went_through(work, ()):
            return
    chains = _chains(work)
    for _ in range(HOLDS - 1):
        if _went_through(work, chains):
            return
    _seal_once(work, chains)


def _went_through(work: Work, chains: Sequence[uuid.UUID]) -> bool:
    """Whether nobody was in the way."""
    try:
        _seal_once(work, chains)
    except (IntegrityError, Overtaken):
        return False
    except OperationalError as error:
        if not went_first(error):
            raise
        return False
    return True


def _seal_once(work: Work, chains: Sequence[uuid.UUID]) -> None:
    """``chains``: those of which it takes hold before it reads anything. On PostgreSQL that fails where it had to wait for
    one, at the cost of one statement: the state that it would read is the one from before.
    """
    said: dict[str, Any] = work.payload
    with work.transaction(one_state=True) as session:
        if chains:
            held(session.connection(), chains)
        if sealed_by(session, work.job_id):
            return
        seal(
            session, _actor(session, work), uuid.UUID(said["unit_id"]), said["month"],
            edition_id=uuid.UUID(said["edition_id"]), seal_id=work.job_id, comment=said["comment"], holding=bool(chains),
        )  # fmt: skip


def _chains(work: Work) -> Sequence[uuid.UUID]:
    """Those to which whoever changes a report of the month adds."""
    unit_id, month = uuid.UUID(work.payload["unit_id"]), work.payload["month"]
    with Session(work.engine) as session:
        return chains_of(session, check_may_seal(session, _actor(session, work), unit_id, month), month)


def _actor(session: Session, work: Work) -> Actor:
    """Who pressed, as they stand now; the session acts for them."""
    member = session.get_one(Member, uuid.UUID(work.payload["member_id"]), execution_options=OF_ALL)
    actor = load_actor(session, member, work.now())
    if actor is None:
        raise Refused("not-permitted")
    act_as(session, actor)
    return actor
