"""Requests about personal data by chance: whatever is tried in whatever order, the store says what plain rules say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.problems import Problem, Refused
from brigade.retention import requests
from brigade.retention.tables import DataRequest, RequestKind
from tests import make
from tests.db.test_data_requests import as_
from tests.make import NOW, SYSTEM

STEPS, MEMBERS = 220, ("squad11a", "squad11b", "squad12a")
KINDS = (RequestKind.SHOW, RequestKind.CORRECT)


@dataclass
class Said:
    """What is known of one request."""

    login: str
    kind: RequestKind
    due_on: dt.date
    state: str = "open"
    extended: bool = False


class Model:
    """The rules without a store. Each step says what must come of it: nothing wrong, or a code."""

    def __init__(self) -> None:
        self.rows: dict[Any, Said] = {}

    def asks(self, login: str, kind: RequestKind) -> str:
        waits = any((row.login, row.kind, row.state) == (login, kind, "open") for row in self.rows.values())
        return "asked-already" if waits else ""

    def withdraws(self, login: str, row: Said) -> str:
        if row.login != login:
            return "not-found"
        return "" if row.state in ("open", "withdrawn") else "request-answered"

    def answers(self, row: Said, step: str) -> str:
        if row.state != "open":
            return "request-answered"
        return "extended-already" if step == "extend" and row.extended else ""


def code_of(problem: Problem) -> str:
    return problem.reasons[0] if isinstance(problem, Refused) else problem.code


def test_whatever_is_tried_the_rules_hold(engine: Engine) -> None:
    with Session(engine) as session:
        city = make.city(session)
    chance, model = Random(43), Model()
    for number in range(STEPS):
        now = NOW + dt.timedelta(hours=number)
        known = list(model.rows)
        step = chance.choice(("ask", "ask", "withdraw", "extend", "refuse", "accept")) if known else "ask"
        login = chance.choice(MEMBERS)
        who = login if step in ("ask", "withdraw") else "bureau"
        id_ = chance.choice(known) if step != "ask" else None
        kind = chance.choice(KINDS)
        with as_(engine, city, who, now) as (session, actor):
            try:
                made, wrong = _do(session, actor, step, kind, id_), ""
                made_id, due_on = made.id, made.due_on
            except Problem as problem:
                wrong = code_of(problem)
                session.rollback()
        if step == "ask":
            assert wrong == model.asks(login, kind), number
            if not wrong:
                model.rows[made_id] = Said(login, kind, due_on)
                assert due_on == actor.today + dt.timedelta(days=30)
            continue
        row = model.rows[id_]
        assert wrong == (model.withdraws(login, row) if step == "withdraw" else model.answers(row, step)), number
        if not wrong and step == "extend":
            row.due_on, row.extended = row.due_on + dt.timedelta(days=30), True
        elif not wrong:
            row.state = {"withdraw": "withdrawn", "refuse": "refused", "accept": "accepted"}[step]
    with Session(engine) as session:
        rows = session.scalars(select(DataRequest), execution_options=SYSTEM).all()
        found = {row.id: (row.state, row.due_on, row.extended_at is not None) for row in rows}
    assert found == {id_: (row.state, row.due_on, row.extended) for id_, row in model.rows.items()}
    assert {row.state for row in model.rows.values()} == {"open", "withdrawn", "refused", "accepted"}


def _do(session: Session, actor: Actor, step: str, kind: RequestKind, id_: Any) -> DataRequest:
    if step == "ask":
        return requests.ask(session, actor, kind, "これについて")
    if step == "withdraw":
        return requests.withdraw(session, actor, id_)
    return {"extend": requests.extend, "refuse": requests.refuse, "accept": requests.accept}[step](
        session, actor, id_, "こういう訳です。"
    )
