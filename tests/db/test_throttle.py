"""Ten thousand guesses (``BRIGADE_FULL=1``; else a tenth) from two hundred addresses: hardly any is looked at, and the
owner gets in (S-10).
"""

from __future__ import annotations

import datetime as dt
import os
import random
import uuid

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from brigade.access.throttle import (
    IN_A_ROW,
    OVER_ALL,
    PER_ADDRESS,
    PER_LOGIN,
    ROW_FORGOTTEN,
    WINDOW,
    Limit,
    SignInTries,
    clear_tries,
    count_try,
    forget_failures,
    limits_of_device,
    limits_of_sign_in,
    take_back,
)
from brigade.problems import Problem
from tests.make import NOW

SECOND = dt.timedelta(seconds=1)
GUESSES = 10_000 if os.environ.get("BRIGADE_FULL", "") not in ("", "0") else 1_000


def guess(session: Session, limits: tuple[Limit, ...], now: dt.datetime) -> str:
    """``verified`` when the password is looked at, or the code of the refusal, which counts for nothing."""
    with session.begin_nested() as counted:
        try:
            count_try(session, limits, now)
        except Problem as problem:
            counted.rollback()
            return problem.code
    return "verified"


def test_ten_thousand_guesses_are_hardly_looked_at(engine: Engine) -> None:
    """Each a transaction: within one, PostgreSQL walks past every row version that was taken back before."""
    chance, now, verified = random.Random(5), NOW, 0
    addresses = [f"198.51.{number}.7" for number in range(200)]
    with Session(engine) as session:
        for _ in range(GUESSES):
            now += SECOND * chance.randint(0, 60)
            verified += guess(session, limits_of_sign_in("owner", chance.choice(addresses)), now) == "verified"
            session.commit()
        assert verified <= IN_A_ROW
        assert guess(session, limits_of_sign_in("owner", "192.0.2.1"), now) == "sign-in-stopped"
        known = limits_of_device(uuid.uuid4())
        take_back(session, count_try(session, known, now))
        forget_failures(session, "owner")
        assert guess(session, limits_of_sign_in("owner", "192.0.2.1"), now + WINDOW) == "verified"


def test_each_limit_holds_for_its_own_key(session: Session) -> None:
    codes = [guess(session, limits_of_sign_in("a", f"192.0.2.{n}"), NOW) for n in range(PER_LOGIN + 1)]
    assert codes == ["verified"] * PER_LOGIN + ["too-many-tries"]
    codes = [guess(session, limits_of_sign_in(f"b{n}", "192.0.2.77"), NOW) for n in range(PER_ADDRESS + 1)]
    assert codes == ["verified"] * PER_ADDRESS + ["too-many-tries"]
    so_far = PER_LOGIN + PER_ADDRESS
    codes = [guess(session, limits_of_sign_in(f"c{n}", f"c{n}"), NOW) for n in range(OVER_ALL - so_far + 1)]
    assert codes == ["verified"] * (OVER_ALL - so_far) + ["too-many-tries"]
    assert guess(session, limits_of_device(uuid.uuid4()), NOW) == "verified"


def test_the_wait_ends_with_the_window(session: Session) -> None:
    limits = limits_of_sign_in("a", "192.0.2.1")
    for n in range(PER_LOGIN):
        count_try(session, limits, NOW + n * SECOND)
    with pytest.raises(Problem) as refused, session.begin_nested():
        count_try(session, limits, NOW + 60 * SECOND)
    assert refused.value.params == {"retry_after": 240}
    assert guess(session, limits, NOW + WINDOW - SECOND) == "too-many-tries"
    assert guess(session, limits, NOW + WINDOW) == "verified"


def test_nothing_of_login_or_address_is_stored_in_clear(session: Session) -> None:
    count_try(session, limits_of_sign_in("squad-leader-1-2-3", "192.0.2.1"), NOW)
    for key in session.scalars(select(SignInTries.key)):
        assert len(key) == 64
        assert not {"squad", "192"} & {key[:5], key[:3]}


def test_house_is_kept_but_a_stop_is_not_forgotten(session: Session) -> None:
    def rows() -> int:
        return session.scalar(select(func.count()).select_from(SignInTries)) or 0

    now = NOW
    for n in range(IN_A_ROW):
        now += WINDOW if n % PER_LOGIN == 0 else SECOND
        assert guess(session, limits_of_sign_in("stopped", f"a{n}"), now) == "verified"
    count_try(session, limits_of_sign_in("once", "b"), now)
    clear_tries(session, now)
    assert rows() > PER_LOGIN
    clear_tries(session, now + WINDOW)
    assert rows() == 2  # the two rows of failures
    clear_tries(session, now + ROW_FORGOTTEN + SECOND)
    assert rows() == 1
    assert guess(session, limits_of_sign_in("stopped", "c"), now + 10 * ROW_FORGOTTEN) == "sign-in-stopped"
