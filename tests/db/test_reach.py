"""Who may ask for the month of which unit, and what it took over, worked out slowly from a made-up town's rows."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from brigade.actor import load_actor
from brigade.month.heirs import successors
from brigade.month.reach import Lineage, led_unit, lineage, sight
from brigade.organisation.people import Member, Post
from brigade.organisation.units import Unit
from brigade.problems import NotFound, Refused
from brigade.scopes import act_as
from tests.db.sight import Sight, key
from tests.db.town import NOW, TODAY, Row, Town, above
from tests.make import SYSTEM

DAYS = (TODAY, TODAY - dt.timedelta(days=45), TODAY - dt.timedelta(days=4000), TODAY + dt.timedelta(days=4000))


def told(town: Town, eyes: Sight, unit: Row, day: dt.date) -> Lineage | type[NotFound | Refused]:
    """The answer by the rules as they are written."""
    if key(Unit, unit) not in eyes.sees[Unit]:
        return NotFound
    begun = max(day, unit["valid_from"])
    units = {row["id"]: row for row in town.of(Unit)}
    after = {
        id_: row["successor_id"]
        for id_, row in units.items()
        if row["bureau_id"] == unit["bureau_id"] and row["successor_id"]
        if units[row["successor_id"]]["valid_from"] <= begun
    }
    if unit["valid_to"] and not unit["successor_id"]:
        day = min(day, unit["valid_to"])
    day = max(day, unit["valid_from"])
    over = {row["id"] for row in above(town, unit["id"], day)}
    return Lineage(unit["level"], day, after) if over & eyes.reach else Refused


@pytest.mark.parametrize("seed", [400, 401])
def test_everyone_is_told_what_the_rules_say(engine: Engine, seed: int) -> None:
    town, chance = Town(seed), Random(seed)
    with Session(engine) as session:
        town.stored(session)
    answers: list[object] = []
    for me in sorted({row["member_id"] for row in town.of(Post)}):
        with Session(engine) as session:
            actor = load_actor(session, session.get_one(Member, me, execution_options=SYSTEM), NOW)
            if actor is None:
                continue
            act_as(session, actor)
            eyes = Sight(town, me)
            seen = [unit for unit in town.of(Unit) if unit["id"] in eyes.reach]
            for unit in [*chance.sample(town.of(Unit), 5), *seen]:
                for day in DAYS:
                    wanted = told(town, eyes, unit, day)
                    answers.append(wanted)
                    if isinstance(wanted, Lineage):
                        assert lineage(session, sight(actor), unit["id"], day) == wanted
                        line = [row["id"] for row in above(town, unit["id"], wanted.day)]
                        led = led_unit(session, actor, unit["id"], day)
                        assert (led.unit.id, [one.id for one in led.line], led.day) == (unit["id"], line, wanted.day)
                        begun = max(day, unit["valid_from"])
                        assert successors(session, unit["bureau_id"], begun) == wanted.after
                    else:
                        with pytest.raises(wanted):
                            lineage(session, sight(actor), unit["id"], day)
    assert {NotFound, Refused} < {one if isinstance(one, type) else None for one in answers}
    assert any(isinstance(one, Lineage) and one.after for one in answers)
    assert len({len(one.after) for one in answers if isinstance(one, Lineage)}) > 1
