"""Codes as they are typed and stored; who may make one for whom, against a slow oracle; one live code, used once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from brigade import invitations, joining
from brigade.accounts import Account
from brigade.actor import load_actor
from brigade.audit import AuditEntry
from brigade.device_sessions import DeviceSession
from brigade.invitation_codes import DIGITS, Issued, Purpose, digest, new_code, shown, typed
from brigade.invitations import VALID, Invitation, hindrance, invite, members_below, people, revoke, start_reset
from brigade.people import Absence, Member, Membership, Post
from brigade.problems import Invalid, Problem, Refused
from brigade.ranks import LEVELS, POST_LEVEL, PostName
from brigade.scopes import act_as
from brigade.second_factors import Totp, methods_of
from tests import make
from tests.db.sight import Sight
from tests.db.town import NOW, Town
from tests.make import SYSTEM, City

KEY = "a key that stands in no database " * 2
SECOND = dt.timedelta(seconds=1)


# --- The code ---------------------------------------------------------------------------------------------------------

DIGIT = st.sampled_from("0123456789")
CODE = st.text(DIGIT, min_size=DIGITS, max_size=DIGITS)
BETWEEN = st.text(st.sampled_from(" 　\t-‐‑–—―−ー－ｰ～〜.・"), max_size=2)
FULL = {ord(str(n)): chr(ord("０") + n) for n in range(10)}


@given(
    CODE,
    st.lists(BETWEEN, min_size=DIGITS + 1, max_size=DIGITS + 1),
    st.lists(st.booleans(), min_size=DIGITS, max_size=DIGITS),
)
def test_blanks_dashes_and_full_width_digits_are_all_the_same(code, between, wide) -> None:
    written = "".join(
        gap + (digit.translate(FULL) if is_wide else digit)
        for gap, digit, is_wide in zip(between, code, wide, strict=False)
    )
    assert typed(written + between[-1]) == code
    assert typed(shown(code)) == code
    assert [len(group) for group in shown(code).split("-")] == [4, 4, 4]


@given(st.text(max_size=80))
def test_whatever_is_typed_gives_twelve_digits_or_nothing(text) -> None:
    found = typed(text)
    assert found is None or (len(found) == DIGITS and found.isascii() and found.isdigit())


@given(CODE, st.integers(0, DIGITS - 1), st.text(min_size=1, max_size=3))
def test_a_digit_more_or_less_or_another_sign_is_no_code(code, place, sign) -> None:
    assert typed(code[:place] + code[place + 1 :]) is None
    assert typed(code + "0") is None
    changed = typed(code[:place] + sign + code[place + 1 :])
    assert changed is None or changed[:place] + changed[place + 1 :] == code[:place] + code[place + 1 :]


@pytest.mark.parametrize(
    "text", ["", "-" * 12, "١٢٣٤٥٦٧٨٩٠١٢", "①②③④⑤⑥⑦⑧⑨⑩①②", "1234-5678-901²", "0" * 61, "1" * 100_000, "\ud800" * 12]
)
def test_other_digits_are_none(text) -> None:
    assert typed(text) is None


def test_codes_are_made_of_all_digits_and_differ() -> None:
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) == 2000
    for place in range(DIGITS):
        assert {code[place] for code in codes} == set("0123456789")


def test_a_digest_needs_the_key() -> None:
    code = "000000000001"
    assert digest(code, KEY) == digest(code, KEY)
    assert digest(code, KEY) != digest(code, KEY + "x")
    assert digest(code, KEY) != digest("000000000002", KEY)
    assert len(digest(code, KEY)) == 64


# --- Who may invite whom ----------------------------------------------------------------------------------------------


def expected(sight: Sight, member: uuid.UUID, accounts: dict[uuid.UUID, bool]) -> str | None:
    """What hinders this person to make a code for the member, by the rule as it is written; "" where they may not even
    ask. ``accounts``: who has one, and whether it is open.
    """
    desks = {unit for unit, wait in sight.desks.items() if wait == 0}
    homes = [row["unit_id"] for row in sight.now(Membership) if row["member_id"] == member]
    over = [desk for desk in desks if any(desk in sight.line_of(home) for home in homes)]
    if not over:
        return ""
    if member == sight.me:
        return "invites-oneself"
    if "suspension" in sight.absences(member) or accounts.get(member) is False:
        return "cannot-sign-in"
    own = min(LEVELS.index(sight.units[desk]["level"]) for desk in over)
    held = [row["post"] for row in sight.now(Post) if row["member_id"] == member and row["post"] != "member"]
    rank = min((LEVELS.index(POST_LEVEL[PostName(post)]) for post in held), default=99)
    officer = any(row["post"] in ("station_officer", "bureau_officer") for row in sight.posts)
    if rank > own or (rank == own and (member not in accounts or officer)):
        return None
    return "officers-invite"


def offered(session: Session, me: uuid.UUID) -> dict[uuid.UUID, str | None] | None:
    """What the product says of everyone; None when this person may not sign in."""
    member = session.get_one(Member, me, execution_options=SYSTEM)
    actor = load_actor(session, member, NOW)
    if actor is None:
        return None
    session.info.pop("actor", None)
    act_as(session, actor)
    try:
        found = people(session, actor, members_below(session, actor, None, None))
    except Refused:
        return {}
    return {person.member.id: hindrance(actor, person) for person in found}


@pytest.mark.parametrize("seed", [3, 5])
def test_everyone_may_invite_whom_the_rule_says_in_a_made_up_region(engine: Engine, seed: int) -> None:
    town = Town(seed)
    without = {row["member_id"] for row in town.of(Account)[::3]}
    for row in town.of(Account)[1::7]:
        row["disabled_at"] = NOW
    with Session(engine) as session:
        town.stored(session)
        session.execute(
            delete(DeviceSession).where(
                DeviceSession.account_id.in_(select(Account.id).where(Account.member_id.in_(without)))
            ),
            execution_options=SYSTEM,
        )
        session.execute(delete(Account).where(Account.member_id.in_(without)), execution_options=SYSTEM)
        accounts = {
            row["member_id"]: not row["disabled_at"] for row in town.of(Account) if row["member_id"] not in without
        }
        reasons: dict[str | None, int] = {}
        for me in [row["id"] for row in town.of(Member)]:
            found, sight = offered(session, me), Sight(town, me)
            if found is None or sight.is_shut_out:
                assert (found is None) == sight.is_shut_out
                continue
            for row in town.of(Member):
                wanted = expected(sight, row["id"], accounts)
                assert found.get(row["id"], "") == wanted, (sight.posts, row)
                reasons[wanted] = reasons.get(wanted, 0) + 1
    assert reasons.keys() == {"", None, "invites-oneself", "cannot-sign-in", "officers-invite"}, reasons


ROLES = ("bureau", "station", "brigade", "brigade-deputy", "company1", "company1-deputy", "squad11", "squad11-deputy",
         "squad11a")  # fmt: skip
RANKS = {"bureau": 0, "station": 1, "brigade": 2, "company": 3, "squad": 5}


def rank_of(login: str) -> int:
    """The level of a person's post in the small city; 9 for a plain member."""
    post = login.removesuffix("-deputy")
    return 9 if post[-1] in "ab" else RANKS[post.rstrip("12")]


def allowed(who: str, whom: str, *, has_account: bool) -> bool:
    """The rule for the small city, where no deputy acts."""
    if who == whom or who.endswith("-deputy") or rank_of(who) == 9:
        return False
    inside = {"bureau": "", "station": "", "brigade": "", "company1": "1", "squad11": "11"}[who]
    place = "".join(c for c in whom if c.isdigit())
    if not place.startswith(inside) or (who in ("station", "brigade") and rank_of(whom) < rank_of(who)):
        return False
    return rank_of(whom) > rank_of(who) or not has_account or who in ("bureau", "station")


@pytest.mark.parametrize("has_account", [False, True], ids=["join", "reset"])
def test_every_post_invites_every_member_or_is_refused(session: Session, city: City, has_account: bool) -> None:
    if not has_account:
        session.execute(delete(Account), execution_options=SYSTEM)
    for who in ROLES:
        actor = make.bound(session, city, who)
        for whom in city.people:
            member_id = city.member_id(whom)
            before = session.begin_nested()
            try:
                issued, left_out = invite(session, actor, KEY, member_ids=[member_id])
                assert ([one.member_id for one in issued], left_out) == ([member_id], [])
                assert issued[0].purpose == ("reset" if has_account else "join")
                made = True
            except (Invalid, Refused):
                made = False
            before.rollback()
            assert made is allowed(who, whom, has_account=has_account), (who, whom)
            assert can_reset(session, actor, member_id) is (has_account and made), (who, whom)


def can_reset(session: Session, actor, member_id: uuid.UUID) -> bool:
    before = session.begin_nested()
    try:
        return start_reset(session, actor, member_id, KEY).purpose is Purpose.RESET
    except Problem:
        return False
    finally:
        before.rollback()


def test_a_deputy_invites_as_long_as_the_leader_is_away(session: Session, city: City) -> None:
    deputy = make.bound(session, city, "squad11-deputy")
    with pytest.raises(Refused):
        invite(session, deputy, KEY, unit_id=city.unit_id("K1-1-1"))
    session.add(Absence(member_id=city.member_id("squad11"), absence="leave", valid_from=make.SINCE))
    session.flush()
    deputy = make.bound(session, city, "squad11-deputy")
    issued, left_out = invite(session, deputy, KEY, unit_id=city.unit_id("K1-1-1"))
    assert names(issued) == {"squad11a", "squad11b"}
    assert {(person.member.name, why) for person, why in left_out} == {
        ("団員 squad11", "officers-invite"), ("団員 squad11-deputy", "invites-oneself"),
    }  # fmt: skip
    leader = make.bound(session, city, "squad11")
    with pytest.raises(Refused):
        invite(session, leader, KEY, unit_id=city.unit_id("K1-1-1"))


def names(issued: list[Issued]) -> set[str]:
    return {one.name.removeprefix("団員 ") for one in issued}


def test_a_unit_beside_ones_desk_is_refused_and_one_unseen_unknown(session: Session, city: City) -> None:
    other = make.city(session, "Z")
    leader = make.bound(session, city, "company1")
    for code, found in (("K1-2-1", Invalid), ("K1", Refused), ("S1", Refused)):
        with pytest.raises(found):
            invite(session, leader, KEY, unit_id=city.unit_id(code))
    for unit_id in (other.unit_id("ZK1-1"), uuid.uuid4()):
        with pytest.raises(Invalid) as refused:
            invite(session, leader, KEY, unit_id=unit_id)
        assert refused.value.problems[0].code == "unknown-unit"
    with pytest.raises(Invalid) as refused:
        invite(
            session,
            leader,
            KEY,
            member_ids=[city.member_id("squad11a"), other.member_id("Zsquad11a"), city.member_id("squad21a")],
        )
    assert [(one.pointer, one.code) for one in refused.value.problems] == [
        ("/member_ids/1", "unknown-member"), ("/member_ids/2", "unknown-member"),
    ]  # fmt: skip


# --- One live code, used once -----------------------------------------------------------------------------------------


@pytest.fixture
def leader(session: Session, city: City) -> Iterator:
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


def test_a_whole_bureau_is_too_many_at_once(session, city, monkeypatch) -> None:
    monkeypatch.setattr(invitations, "MOST", 5)
    officer = make.bound(session, city, "bureau")
    with pytest.raises(Invalid) as refused:
        invite(session, officer, KEY, unit_id=city.unit_id("K1"), only_missing=False)
    assert [(one.pointer, one.code) for one in refused.value.problems] == [("/unit_id", "too-many-items")]
