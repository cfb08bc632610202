"""One live code for a member, good to the second, used once; and what of it is kept."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from brigade.access import joining
from brigade.access.accounts import Account
from brigade.access.invitation_codes import Issued, digest, shown
from brigade.access.invitations import VALID, Invitation
from brigade.access.inviting import invite, revoke, start_reset
from brigade.access.second_factors import Totp, methods_of
from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.organisation.people import Absence
from brigade.problems import Refused
from tests import make
from tests.make import SYSTEM, City

KEY = "a key that stands in no database " * 2
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def leader(session: Session, city: City) -> Actor:
    """Leader of squad 1-1, where squad11a has no account yet."""
    session.execute(delete(Account).where(Account.member_id == city.member_id("squad11a")), execution_options=SYSTEM)
    session.expire_all()
    return make.bound(session, city, "squad11")


def one(session: Session, leader, member_id: uuid.UUID) -> Issued:
    return invite(session, leader, KEY, member_ids=[member_id])[0][0]


def known(session: Session, code: str, at: dt.datetime = make.NOW) -> str | None:
    found = joining.look_up(session, code, [KEY], at)
    return found and found.member.name


def test_a_code_is_good_to_the_second(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    assert made.expires_at == make.NOW + VALID == make.NOW + dt.timedelta(hours=72)
    assert known(session, made.code) == "団員 squad11a"
    assert known(session, made.code, made.expires_at - SECOND) == "団員 squad11a"
    assert known(session, made.code, made.expires_at) is None
    assert known(session, made.code, made.expires_at + SECOND) is None


def test_a_new_code_ends_the_one_before_and_revoking_the_last(session, city, leader) -> None:
    member_id = city.member_id("squad11a")
    first, second = one(session, leader, member_id), one(session, leader, member_id)
    assert (known(session, first.code), known(session, second.code)) == (None, "団員 squad11a")
    rows = session.scalars(select(Invitation), execution_options=SYSTEM).all()
    assert [row.member_id for row in rows] == [member_id]
    revoke(session, leader, member_id)
    revoke(session, leader, member_id)
    session.flush()
    assert known(session, second.code) is None
    assert known(session, one(session, leader, member_id).code) == "団員 squad11a"


def test_a_used_code_is_unknown_but_for_the_same_phone_again(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert found is not None
    assert (found.login, found.password_hash, found.is_used) == (found.member.number, None, False)
    assert joining.accept(session, found, make.PASSWORD_HASH, make.NOW) is not None
    session.flush()
    assert known(session, made.code) is None
    again = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert again is not None
    assert again.is_used
    assert joining.accept(session, found, make.PASSWORD_HASH, make.NOW) is None  # no second account
    assert joining.look_up(session, made.code, [KEY], made.expires_at, again=True) is None


def test_a_used_code_comes_again_ten_times_without_a_success_and_no_more(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert found is not None
    joining.accept(session, found, make.PASSWORD_HASH, make.NOW)
    session.flush()
    for _ in range(joining.MOST_TRIES - 1):
        assert joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert found is not None
    assert joining.accept(session, found, None, make.NOW)  # the row of failures ends
    session.flush()
    for _ in range(joining.MOST_TRIES):
        assert joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    for _ in range(3):
        assert joining.look_up(session, made.code, [KEY], make.NOW, again=True) is None


def test_what_changed_between_looking_and_accepting_is_noticed(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert found is not None
    one(session, leader, city.member_id("squad11a"))
    assert joining.accept(session, found, make.PASSWORD_HASH, make.NOW) is None
    made = one(session, leader, city.member_id("squad11a"))
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    session.add(Absence(member_id=city.member_id("squad11a"), absence="suspension", valid_from=make.SINCE))
    session.flush()
    assert joining.accept(session, found, make.PASSWORD_HASH, make.NOW) is None


def test_the_code_is_stored_nowhere(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    row = session.scalars(select(Invitation), execution_options=SYSTEM).one()
    assert row.digest == digest(made.code, KEY)
    entries = session.scalars(select(AuditEntry), execution_options=SYSTEM).all()
    kept = json.dumps(
        [[entry.action, entry.data] for entry in entries] + [[str(value) for value in vars(row).values()]]
    )
    assert "invitation.issue" in kept
    assert made.code not in kept
    assert shown(made.code) not in kept


def test_every_step_is_noted(session, city, leader) -> None:
    member_id = city.member_id("squad11a")
    one(session, leader, member_id)
    revoke(session, leader, member_id)
    made = one(session, leader, member_id)
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    joining.accept(session, found, make.PASSWORD_HASH, make.NOW)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == member_id).order_by(AuditEntry.id), execution_options=SYSTEM
    ).all()
    noted = [(entry.action, entry.actor_id, entry.data.get("purpose")) for entry in entries]
    who = leader.member_id
    assert noted == [
        ("invitation.issue", who, "join"), ("invitation.revoke", who, "join"), ("invitation.issue", who, "join"),
        ("invitation.use", member_id, "join"),
    ]  # fmt: skip


def test_a_login_that_another_city_has_gets_the_bureaus_code_before_it(session, city, leader) -> None:
    number = city.people["squad11a"].number
    taken = [number, f"B-{number}", f"B-{number}-2"]
    others = ["squad12a", "squad12b", "squad21a"]
    for nth, login in enumerate(taken):
        assert joining.free_login(session, number, "B") == login
        account = session.scalars(
            select(Account).where(Account.member_id == city.member_id(others[nth])), execution_options=SYSTEM
        ).one()
        account.login = login
        session.flush()
    assert joining.free_login(session, number, "B") == f"B-{number}-3"


def test_a_code_stays_good_when_the_installations_key_is_replaced(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    for keys, found in (([KEY], True), (["new", "older", KEY], True), (["new"], False)):
        assert (joining.look_up(session, made.code, keys, make.NOW) is not None) is found


def guard(session, city, login: str) -> uuid.UUID:
    """This person's account asks for a code of an app too; its id."""
    asked = select(Account.id).where(Account.member_id == city.member_id(login))
    account_id = session.scalars(asked, execution_options=SYSTEM).one()
    session.add(Totp(account_id=account_id, secret="JBSWY3DPEHPK3PXP", confirmed_at=make.NOW, last_step=0))
    session.flush()
    return account_id


def test_who_has_a_second_factor_is_reset_by_officers_alone_and_begins_anew(session, city) -> None:
    account_id = guard(session, city, "squad11a")
    leader = make.bound(session, city, "company1")
    with pytest.raises(Refused) as refused:
        start_reset(session, leader, city.member_id("squad11a"), KEY)
    assert refused.value.reasons == ("officers-invite",)
    officer = make.bound(session, city, "station")
    made = start_reset(session, officer, city.member_id("squad11a"), KEY)
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert joining.accept(session, found, make.PASSWORD_HASH, make.NOW)
    assert methods_of(session, account_id) == []


def test_a_leaders_code_is_no_way_past_a_factor_set_up_since(session, city) -> None:
    leader = make.bound(session, city, "company1")
    made = start_reset(session, leader, city.member_id("squad11a"), KEY)
    assert known(session, made.code)
    guard(session, city, "squad11a")
    assert known(session, made.code) is None
    assert joining.look_up(session, made.code, [KEY], make.NOW, again=True) is None


def test_a_used_code_is_no_way_past_a_factor_set_up_since(session, city, leader) -> None:
    made = one(session, leader, city.member_id("squad11a"))
    found = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    joining.accept(session, found, make.PASSWORD_HASH, make.NOW)
    guard(session, city, "squad11a")
    again = joining.look_up(session, made.code, [KEY], make.NOW, again=True)
    assert joining.accept(session, again, None, make.NOW) is None
