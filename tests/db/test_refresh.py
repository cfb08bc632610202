"""Phones that lose answers stay signed in; a copied token signs its device out (S-13).

``BRIGADE_FULL=1`` makes it 10,000 refreshes and 1,000 thefts on each store, each on the disk; in place of a tenth, whose
transactions are savepoints.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import (
    ANSWER_ARRIVED,
    SESSION,
    Because,
    DeviceSession,
    awaits_use,
    open_session,
    revoke,
    rotate,
)
from brigade.problems import Problem
from tests.make import NOW, SYSTEM, City

FULL = os.environ.get("BRIGADE_FULL", "") not in ("", "0")
REFRESHES, THEFTS = (10_000, 1_000) if FULL else (1_000, 100)
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


@pytest.fixture
def place(shared_engine: Engine, shared_city: City) -> Iterator[Engine | Connection]:
    """Where many transactions go."""
    if FULL:
        yield shared_engine
        return
    with shared_engine.connect() as connection, connection.begin() as everything:
        yield connection
        everything.rollback()


@dataclass
class Server:
    """What a request does to a device's row, each in a transaction of its own."""

    store: Engine | Connection
    device_id: uuid.UUID

    def refresh(self, presented: uuid.UUID, now: dt.datetime) -> uuid.UUID | str:
        """The refresh token that is answered, or the code of the refusal."""
        with self._session() as session:
            row = self._row(session)
            try:
                rotate(row, presented, now)
            except Problem as problem:
                session.commit() if problem.keep else session.rollback()
                return problem.code
            answered = row.refresh_id
            session.commit()
            return answered

    def use(self, came_with: uuid.UUID, now: dt.datetime) -> bool:
        """An access token that came with this refresh token is used; whether it is let in."""
        with self._session() as session:
            row = self._row(session)
            if awaits_use(row, came_with):
                session.execute(
                    update(DeviceSession).where(DeviceSession.id == row.id).values(answer_used_at=now),
                    execution_options=SYSTEM,
                )
            good = row.is_good(now)
            session.commit()
            return good

    def row(self) -> DeviceSession:
        """The device as it is stored."""
        with self._session() as session:
            return self._row(session)

    def _session(self) -> Session:
        session = Session(self.store, join_transaction_mode="create_savepoint", expire_on_commit=False)
        session.connection(execution_options={"writing": True})
        return session

    def _row(self, session: Session) -> DeviceSession:
        asked = select(DeviceSession).where(DeviceSession.id == self.device_id).with_for_update()
        return session.scalars(asked, execution_options=SYSTEM).one()


def signed_in(store: Engine | Connection) -> tuple[Server, uuid.UUID]:
    """A device, and the refresh token that the sign-in gave."""
    with Session(store, join_transaction_mode="create_savepoint") as session:
        asked = select(Account).where(Account.login == "squad11a")
        device = open_session(session.scalars(asked, execution_options=SYSTEM).one(), "電話", NOW)
        made = Server(store, device.id), device.refresh_id
        session.add(device)
        session.commit()
        return made


@dataclass
class Phone:
    """A simple app: it keeps the newest refresh token that it received, and tries again when nothing comes back."""

    server: Server
    held: uuid.UUID
    chance: random.Random
    now: dt.datetime = NOW
    happened: Counter[str] = field(default_factory=Counter)

    def day(self) -> None:
        """One refresh until an answer came, and what the app does with it."""
        self.now += self.chance.choice([SECOND, MINUTE, 16 * MINUTE, dt.timedelta(hours=9), dt.timedelta(days=12)])
        at_once = self.chance.choice([1, 1, 1, 2, 3])  # parallel requests that each found the access token expired
        received = [answer for _ in range(at_once) if (answer := self._ask()) is not None]
        while not received:
            self.now += self.chance.choice([SECOND, MINUTE, dt.timedelta(days=2)])
            received += [answer] if (answer := self._ask()) is not None else []
        assert len(set(received)) == 1
        self.held = received[0]
        if self.chance.random() < 0.8:
            self.now += SECOND * self.chance.randint(0, 50)
            assert self.server.use(self.held, self.now)

    def _ask(self) -> uuid.UUID | None:
        """An answer, or None when the request or the answer was lost, or the app was killed before it was kept."""
        fate = self.chance.random()
        if fate < 0.1:
            self.happened["request lost"] += 1
            return None
        answer = self.server.refresh(self.held, self.now)
        assert isinstance(answer, uuid.UUID), (answer, self.happened)
        self.happened["refreshed"] += 1
        if fate < 0.3:
            self.happened["answer lost"] += 1
            return None
        return answer


def test_no_phone_is_signed_out_because_answers_are_lost(place: Engine | Connection) -> None:
    chance = random.Random(20)
    happened: Counter[str] = Counter()
    while happened["refreshed"] < REFRESHES:
        server, held = signed_in(place)
        phone = Phone(server, held, chance)
        for _ in range(25):
            phone.day()
        assert server.row().revoked_at is None
        happened += phone.happened
    assert happened["answer lost"] > REFRESHES * 0.15, happened


def test_a_copied_token_signs_its_device_out(place: Engine | Connection) -> None:
    """Whoever comes second, owner or thief, shows that there are two."""
    chance = random.Random(21)
    for _ in range(THEFTS):
        server, held = signed_in(place)
        now = NOW
        for _ in range(chance.randint(0, 3)):
            now += 16 * MINUTE
            held = server.refresh(held, now)
            assert server.use(held, now)
        stolen = held
        first = server.refresh(held, now := now + MINUTE)  # one of the two
        if chance.random() < 0.5:
            assert server.use(first, now)
            now += ANSWER_ARRIVED + SECOND * chance.randint(0, 1000)
        else:
            for _ in range(chance.randint(1, 3)):
                first = server.refresh(first, now := now + SECOND)
        assert server.refresh(stolen, now) == "refresh-reused"  # the other one
        row = server.row()
        assert (row.revoked_at, row.revoked_because) == (now, Because.STOLEN)
        assert not server.use(first, now)
        assert server.refresh(first, now) == "not-signed-in"
        assert server.refresh(stolen, now) == "not-signed-in"


# --- Edges ------------------------------------------------------------------------------------------------------------


def test_the_predecessor_gets_the_same_successor_while_that_is_unused(place) -> None:
    server, first = signed_in(place)
    second = server.refresh(first, NOW + MINUTE)
    stored = server.row()
    for later in (MINUTE, 2 * MINUTE, dt.timedelta(days=20)):
        assert server.refresh(first, NOW + later) == second
    row = server.row()
    fixed = ("refresh_id", "previous_refresh_id", "rotated_at", "last_used_at", "expires_at", "answer_used_at")
    assert [getattr(row, name) for name in fixed] == [getattr(stored, name) for name in fixed]
    assert (row.rotated_at, row.expires_at) == (NOW + MINUTE, NOW + MINUTE + SESSION)


@pytest.mark.parametrize(("after", "answer"), [(ANSWER_ARRIVED - SECOND, "same"), (ANSWER_ARRIVED, "refresh-reused")])
def test_a_minute_after_first_use_the_answer_has_arrived(place, after, answer) -> None:
    server, first = signed_in(place)
    second = server.refresh(first, NOW)
    assert server.use(second, NOW + MINUTE)
    assert server.use(second, NOW + MINUTE + SECOND)  # only the first use counts
    again = server.refresh(first, NOW + MINUTE + after)
    assert again == (second if answer == "same" else answer)


def test_use_of_an_older_access_token_says_nothing_of_the_new_answer(place) -> None:
    """The access token from before lives on for some minutes while the new pair gets lost."""
    server, first = signed_in(place)
    second = server.refresh(first, NOW)
    assert server.use(first, NOW + SECOND)
    assert server.row().answer_used_at is None
    assert server.refresh(first, NOW + 10 * MINUTE) == second


def test_anything_older_or_unknown_is_theft_at_once(place) -> None:
    for strange in ("older", "unknown"):
        server, first = signed_in(place)
        third = server.refresh(server.refresh(first, NOW), NOW)
        assert server.refresh(first if strange == "older" else uuid.uuid4(), NOW) == "refresh-reused"
        assert server.refresh(third, NOW) == "not-signed-in"


def test_before_the_first_exchange_nothing_is_noted(place) -> None:
    server, first = signed_in(place)
    assert server.use(first, NOW)
    assert server.row().answer_used_at is None


def test_who_was_signed_out_stays_so_for_the_first_reason() -> None:
    device = open_session(Account(id=uuid.uuid4()), "電話", NOW)
    revoke(device, NOW, Because.LOST)
    revoke(device, NOW + MINUTE, Because.OFFICE)
    assert (device.revoked_at, device.revoked_because) == (NOW, Because.LOST)
    with pytest.raises(Problem, match="not-signed-in"):
        rotate(device, device.refresh_id, NOW)


def test_refreshes_at_the_same_instant_give_one_successor(shared_engine: Engine, shared_city: City) -> None:
    with ThreadPoolExecutor(4) as threads:
        for _ in range(15):
            server, first = signed_in(shared_engine)
            line = threading.Barrier(4, timeout=30)

            def go(server: Server = server, first: uuid.UUID = first, line: threading.Barrier = line) -> object:
                line.wait()
                return server.refresh(first, NOW)

            answers = {future.result(60) for future in [threads.submit(go) for _ in range(4)]}
            row = server.row()
            assert answers == {row.refresh_id}
            assert (row.previous_refresh_id, row.revoked_at) == (first, None)
