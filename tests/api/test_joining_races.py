"""Two with one code, or one number, at the same instant: one account, one password, never a fault."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.invitations import Invitation
from brigade.organisation.people import Member
from tests import make
from tests.api.asking import bearing, signed_in
from tests.api.invited import (
    HOLDER,
    OTHER,
    PASSWORD,
    accept,
    code_for,
    forget,
    nobody_joined,
    number_of,
    rows,
    start,
)


@pytest.fixture
def joining(app, city):
    """Squad 1-1, where only its leader has joined."""
    return nobody_joined(app, city)


def at_once(app, count: int, run) -> list:
    """What so many threads were answered that left the line together."""
    line = threading.Barrier(count, timeout=30)

    def start(nth: int):
        client = app.test_client()
        line.wait()
        return run(client, nth)

    with ThreadPoolExecutor(count) as threads:
        return [future.result(60) for future in [threads.submit(start, nth) for nth in range(count)]]


def test_two_acceptances_at_the_same_instant_make_one_account(app, client, joining, ask) -> None:
    leader = ask("squad11")
    for login, passwords in (("squad11a", [PASSWORD] * 4), ("squad11b", [PASSWORD, OTHER] * 2)):
        code = code_for(leader, joining, login)
        answers = at_once(
            app, 4, lambda client, nth, code=code, passwords=passwords: accept(client, code, passwords[nth])
        )
        accounts = rows(app, Account, Account.member_id == joining.member_id(login))
        assert len(accounts) == 1
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == ([201] * 4 if login == "squad11a" else [201, 201, 404, 404])
        won = {passwords[nth] for nth, answer in enumerate(answers) if answer.status_code == 201}
        assert len(won) == 1
        signed_in(client, accounts[0].login, won.pop())


def test_two_resets_used_at_the_same_instant_set_one_password(app, client, city, ask) -> None:
    code = start(ask("squad11"), city, "squad11a").json["code"]
    passwords = [PASSWORD, OTHER]
    answers = at_once(app, 2, lambda client, nth: accept(client, code, passwords[nth]))
    assert sorted(answer.status_code for answer in answers) == [201, 404]
    (won,) = (nth for nth, answer in enumerate(answers) if answer.status_code == 201)
    signed_in(client, "squad11a", passwords[won])


def test_a_code_made_anew_while_it_is_used_leaves_one_truth(app, client, joining, ask) -> None:
    leader = ask("squad11")
    token = leader.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    code = code_for(leader, joining)

    def run(client, nth):
        return accept(client, code) if nth else code_for(bearing(client, token), joining)

    fresh, accepted = at_once(app, 2, run)
    assert accepted.status_code in (201, 404)
    holder = client.get(f"{HOLDER}/{fresh}")
    joined = rows(app, Account, Account.member_id == joining.member_id("squad11a"))
    assert bool(joined) is (accepted.status_code == 201)
    assert holder.status_code == 200  # whichever came first, the code on the new card is good
    assert len(rows(app, Invitation, Invitation.member_id == joining.member_id("squad11a"))) == 1


def test_two_leaders_at_the_same_instant_leave_one_live_code(app, client, joining, ask) -> None:
    tokens = [
        ask(login).environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ") for login in ("squad11", "company1")
    ]
    codes = at_once(app, 2, lambda client, nth: code_for(bearing(client, tokens[nth]), joining))
    assert sorted(client.get(f"{HOLDER}/{code}").status_code for code in codes) == [200, 404]


def test_members_of_two_cities_with_one_number_join_at_the_same_instant(app, client, joining, ask) -> None:
    with app.app_context():
        other = make.city(db.session(), "Z")
        number = (
            update(Member)
            .where(Member.id == other.member_id("Zsquad11a"))
            .values(number=number_of(joining, "squad11a"))
        )
        db.session.execute(number, execution_options=make.SYSTEM)
        db.session.commit()
    forget(app, other, "Zsquad11a")
    codes = [code_for(ask("squad11"), joining), code_for(signed_in(client, "Zsquad11"), other, "Zsquad11a")]
    answers = at_once(app, 2, lambda client, nth: accept(client, codes[nth]))
    assert [answer.status_code for answer in answers] == [201, 201]
    logins = {
        row.login
        for row in rows(
            app, Account, Account.member_id.in_([joining.member_id("squad11a"), other.member_id("Zsquad11a")])
        )
    }
    number = number_of(joining, "squad11a")
    assert logins in ({number, f"ZB-{number}"}, {number, f"B-{number}"})
