"""Who may make a code for whom, against a slow oracle: every post, every member."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import settings
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from brigade.access import invitees
from brigade.access.accounts import Account
from brigade.access.invitation_codes import Issued, Purpose
from brigade.access.invitees import hindrance, members_below, people
from brigade.access.inviting import invite, start_reset
from brigade.actor import load_actor
from brigade.db import Base
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.ranks import LEVELS, POST_LEVEL, PostName
from brigade.problems import Invalid, NotFound, Refused
from brigade.scopes import act_as
from tests import make
from tests.db.sight import Sight
from tests.db.town import NOW, Town
from tests.make import SYSTEM, City

FULL = settings.default is not None and settings.default.max_examples > 1000
KEY = "a key that stands in no database " * 2


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


def have_never_joined(session: Session, members: set[uuid.UUID]) -> None:
    """These members have no account, nor what would hang on one."""
    accounts = select(Account.id).where(Account.member_id.in_(members))
    for table in reversed(Base.metadata.sorted_tables):
        if "account_id" in table.c:
            session.execute(delete(table).where(table.c.account_id.in_(accounts)), execution_options=SYSTEM)
    session.execute(delete(Account).where(Account.member_id.in_(members)), execution_options=SYSTEM)


@pytest.mark.parametrize("seed", range(20) if FULL else [3])
def test_everyone_may_invite_whom_the_rule_says_in_a_made_up_region(engine: Engine, seed: int) -> None:
    town = Town(seed)
    without = {row["member_id"] for row in town.of(Account)[::3]}
    for row in town.of(Account)[1::7]:
        row["disabled_at"] = NOW
    with Session(engine) as session:
        town.stored(session)
        have_never_joined(session, without)
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
    everyone = [city.member_id(login) for login in city.people]
    for who in ROLES:
        actor = make.bound(session, city, who)
        try:
            invite(session, actor, KEY, member_ids=everyone)
            refused = set()
        except Refused:
            refused = set(everyone)
        except Invalid as problem:  # every one that may not be invited is named
            refused = {everyone[int(one.pointer.rsplit("/", 1)[1])] for one in problem.problems}
        made = {whom for whom in city.people if city.member_id(whom) not in refused}
        assert made == {whom for whom in city.people if allowed(who, whom, has_account=has_account)}, who
        if made:
            issued, _ = invite(session, actor, KEY, member_ids=[city.member_id(whom) for whom in made])
            assert names(issued) == made
            assert {one.purpose for one in issued} == {Purpose.RESET if has_account else Purpose.JOIN}


def test_every_post_resets_every_member_or_is_refused(session: Session, city: City) -> None:
    for who in ROLES:
        actor = make.bound(session, city, who)
        for whom in city.people:
            try:
                reset = start_reset(session, actor, city.member_id(whom), KEY).purpose is Purpose.RESET
            except (Refused, NotFound):
                reset = False
            assert reset is allowed(who, whom, has_account=True), (who, whom)


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


def test_a_whole_bureau_is_too_many_at_once(session, city, monkeypatch) -> None:
    monkeypatch.setattr(invitees, "MOST", 5)
    officer = make.bound(session, city, "bureau")
    with pytest.raises(Invalid) as refused:
        invite(session, officer, KEY, unit_id=city.unit_id("K1"), only_missing=False)
    assert [(one.pointer, one.code) for one in refused.value.problems] == [("/unit_id", "too-many-items")]
