"""How far a job is that one started."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import fields

from api.body import Strict
from api.endpoint import Call, Resource
from api.problems import language
from brigade.jobs import owned_job
from brigade.problems import NotFound
from brigade.wording import text

resource = Resource("jobs", "作業の進み Jobs", "/jobs")


class JobOut(Strict):
    """``state`` is queued, running, done or failed; ``done`` of ``total`` pieces are finished (0: not known)."""

    state = fields.String(required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    message = fields.String(required=True)


@resource.get("/<uuid:job_id>", "How far a job is", returns=JobOut())
def read(call: Call, job_id: uuid.UUID) -> dict[str, Any]:
    """For the one who started it; nobody else sees it."""
    job = owned_job(call.session, job_id, call.actor.member_id)
    if job is None:
        raise NotFound()
    message = text(f"job.{job.state}", language())
    return {"state": job.state, "done": job.done, "total": job.total, "message": message}
