"""A store with the small city, the ways out of it, and a clock: what tests of sending stand on."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import open_session
from brigade.activity.workflow import Action
from brigade.jobs import writing
from brigade.messages.deliveries import Delivery
from brigade.messages.notice_settings import subscribe
from brigade.messages.notices import tell
from brigade.messages.reachability import unreachable, why
from brigade.messages.sending import Ways, one_round
from brigade.messages.ways import NoticeSettings, usual_settings
from tests import make
from tests.letterbox import MailBox, PushService
from tests.make import SYSTEM, City

NOON = make.NOW  # 12:00 in Tokyo
HOUR, MINUTE, DAY = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(days=1)
EVENING = NOON + 8 * HOUR


@dataclass(repr=False)
class House:
    """A store with the small city, the ways out of it, and a clock."""

    engine: Engine
    city: City
    ways: Ways
    mail: MailBox
    push: PushService
    now: dt.datetime = NOON
    devices: dict[str, uuid.UUID] = field(default_factory=dict)

    def rounds(self, now: dt.datetime | None = None) -> int:
        """Rounds until nothing is left to do, at that time; how many did something."""
        self.now = now or self.now
        for done in range(100):
            if not one_round(self.engine, self.ways, lambda: self.now):
                return done
        raise AssertionError("it never ends")

    def settings(self, login: str, **said: Any) -> None:
        """That person's settings, with a confirmed address unless said otherwise."""
        member_id = self.city.member_id(login)
        with writing(self.engine) as session:
            made = session.get(NoticeSettings, member_id, execution_options=SYSTEM) or usual_settings(
                member_id, self.now
            )
            for name, value in {"email": f"{login}@example.jp", **said}.items():
                setattr(made, name, value)
            session.add(made)

    def phone(self, login: str, name: str) -> None:
        """That person's phone takes push messages."""
        member_id = self.city.member_id(login)
        with writing(self.engine) as session:
            account = session.scalar(select(Account).where(Account.member_id == member_id), execution_options=SYSTEM)
            assert account is not None
            device = open_session(account, "電話", self.now - DAY)
            session.add(device)
            session.flush()
            self.devices[name] = device.id
            who = make.bound(session, self.city, login, self.now)
            given = self.push.subscription(name)
            subscribe(session, who, device.id, given["endpoint"], **given["keys"], hosts=self.push.origin)

    def tell(self, kind: str, *logins: str, **data: Any) -> None:
        """These people are told."""
        with writing(self.engine) as session:
            tell(session, kind, [self.city.member_id(login) for login in logins], self.now, data=data)

    def report(self, login: str, *people: str, **said: Any) -> Any:
        """A report, committed."""
        with Session(self.engine) as session:
            return make.report(session, self.city, login, "K1-1-1", *people, **said)

    def step(self, login: str, made: Any, action: Action, **said: Any) -> Any:
        """A step, committed."""
        with Session(self.engine) as session:
            return make.step(session, self.city, login, made, action, **said)

    def all(self, model: Any) -> list[Any]:
        """Every row."""
        with Session(self.engine, expire_on_commit=False) as session:
            return list(
                session.scalars(
                    select(model).order_by(model.__table__.primary_key.columns[0]), execution_options=SYSTEM
                )
            )

    def states(self) -> list[tuple[str, str, str]]:
        """(channel, what, state) of every delivery."""
        return [(row.channel, row.what, row.state) for row in self.all(Delivery)]

    def change(self, statement: Any) -> None:
        """Any change."""
        with writing(self.engine) as session:
            session.execute(statement, execution_options={**SYSTEM, "synchronize_session": False})

    def unreachable(self, login: str, unit: str | None = None) -> dict[str, tuple[str, dt.datetime]]:
        """Whom that leader is shown: login → why and since when."""
        logins = {member.id: login for login, member in self.city.people.items()}
        with Session(self.engine) as session:
            who = make.bound(session, self.city, login, self.now)
            rows = session.scalars(unreachable(who, self.city.unit_id(unit) if unit else None)).all()
            found = why(session, who, [row.id for row in rows])
            return {logins[id_]: (one.reason.value, one.since) for id_, one in found.items()}


def text_of(mail: Any) -> str:
    """What stands in it."""
    return str(mail.get_content())
