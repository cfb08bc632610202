"""The checker: what phones meant to store and were told, against what the store holds in the end."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.history import ReportEvent
from brigade.activity.transition import CREATE
from brigade.creations import Creation
from tests.faults.wire import Answer

ROWS, EVENTS, PARTS, CREATIONS = (
    model.__table__ for model in (ActivityReport, ReportEvent, Participation, Creation)
)  # fmt: skip


@dataclass
class Ledger:
    """One author's reports. ``meant`` holds each body by its id, ``told`` the first whole answer to it; ``before`` are
    the ids that were there already.
    """

    author_id: uuid.UUID
    before: frozenset[str] = frozenset()
    meant: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, Answer] = field(default_factory=dict)

    def mean(self, body: dict[str, Any]) -> None:
        """The phone is about to send this for the first time."""
        self.meant[body["id"]] = body

    def tell(self, body: dict[str, Any], answer: Answer | None) -> None:
        """The phone got this answer, or none. The same request must never be answered in two ways."""
        if answer is None:
            return
        first = self.told.setdefault(body["id"], answer)
        assert (first.status, first.body) == (answer.status, answer.body)

    def faults(self, engine: Engine) -> Counter[str]:
        """How many reports are ``lost``, ``doubled``, ``changed``, ``refused`` or not created exactly once."""
        with engine.connect() as connection:
            mine = ROWS.c.author_id == self.author_id
            rows = {str(row.id): row for row in connection.execute(select(ROWS).where(mine))}
            created = _count(connection, EVENTS.c.report_id, EVENTS.c.action == CREATE)
            answered = _count(connection, CREATIONS.c.id, CREATIONS.c.actor_id == self.author_id)
            people = _count(connection, PARTS.c.report_id, PARTS.c.report_id.in_(select(ROWS.c.id).where(mine)))
        found = Counter(doubled=len(rows.keys() - self.meant.keys() - self.before))
        for id_, body in self.meant.items():
            row = rows.get(id_)
            found["lost"] += row is None
            found["refused"] += id_ in self.told and self.told[id_].status != 201
            if row is not None:
                found["changed"] += _said(body) != (row.kind, row.started_at, row.ended_at, row.place, row.summary)
                found["changed"] += people[id_] != len(body["participants"])
                found["not created once"] += (created[id_], answered[id_]) != (1, 1)
        return +found


def _count(connection: Connection, column: Any, where: Any) -> Counter[str]:
    counted = select(column, func.count()).where(where).group_by(column)
    return Counter({str(key): number for key, number in connection.execute(counted)})


def _said(body: dict[str, Any]) -> tuple[str, dt.datetime, dt.datetime, str, str]:
    start, end = (dt.datetime.fromisoformat(body[name]) for name in ("started_at", "ended_at"))
    return body["kind"], start, end, body["place"], body["summary"]
