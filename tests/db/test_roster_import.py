"""Rosters: what the rows mean against the organisation, who may change whom, all rows or none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.audit import AuditEntry
from brigade.kana import sort_key
from brigade.organisation import posts, roster_imports, tree
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.ranks import PostName
from brigade.organisation.roster_file import read_sheet
from brigade.organisation.roster_imports import RosterImport, totals
from brigade.problems import NotFound, Problem, Refused, Stale
from tests import make
from tests.db.rows import APRIL, EVE, TODAY, all_of, spans
from tests.make import City

HEADING = "number,name,kana,unit,post,type,date"


def row(city: City, login: str, rest: str, name: str = "") -> str:
    """The row of a member who is there; ``rest`` is unit,post,type,date."""
    there = city.people[login]
    return f"{there.number},{name or there.name},{there.kana},{rest}"


def prepared(session: Session, city: City, *rows: str, who: str = "bureau", on: dt.date = TODAY) -> RosterImport:
    sheet = read_sheet("\n".join([HEADING, *rows]).encode())
    return roster_imports.prepare(session, make.bound(session, city, who), sheet, "roster.csv", on)


def applied(session: Session, city: City, *rows: str, who: str = "bureau", on: dt.date = TODAY) -> RosterImport:
    roster = prepared(session, city, *rows, who=who, on=on)
    assert roster.problems == []
    done = roster_imports.apply(session, make.bound(session, city, who), roster.id, roster.version)
    session.commit()
    return done


def problems(roster: RosterImport) -> list[tuple[int, str, str]]:
    return [(found["row"], found["column"], found["code"]) for found in roster.problems]


def member(session: Session, number: str) -> Member:
    [found] = all_of(session, Member, number=number)
    return found  # type: ignore[no-any-return]


def test_a_new_number_makes_member_membership_and_post(session: Session, city: City) -> None:
    done = applied(session, city, "999001,山本 花子,ﾔﾏﾓﾄ はなこ,A消防団/第1分団,分団長,機能別団員,令和8年11月1日")
    made = member(session, "999001")
    assert (made.name, made.kana, made.kana_sort) == ("山本 花子", "ヤマモト ハナコ", sort_key("ヤマモト ハナコ"))
    assert made.member_type == "function_limited"
    [membership], [post] = (all_of(session, model, member_id=made.id) for model in (Membership, Post))
    assert (membership.unit_id, membership.valid_from) == (city.unit_id("K1-1"), dt.date(2026, 11, 1))
    assert (post.unit_id, post.post, post.valid_from) == (city.unit_id("K1-1"), "company_leader", dt.date(2026, 11, 1))
    assert totals(done) == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0, "with_problems": 0}


def test_a_post_of_a_unit_above_stands_there(session: Session, city: City) -> None:
    applied(session, city, "999001,山本 花子,ヤマモト,K1-1-1,副分団長,,")
    [post] = all_of(session, Post, member_id=member(session, "999001").id)
    assert post.unit_id == city.unit_id("K1-1")


def test_another_unit_is_a_transfer_and_another_post_an_appointment(session: Session, city: City) -> None:
    there = city.people["squad11a"].name
    roster = asked(session, city, row(city, "squad11a", "K1-1-2,squad_leader,,2027/4/1", "新しい 名前") + f",{there}")
    done = roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, roster.version)
    session.commit()
    [shown] = done.rows
    assert (shown["change"], shown["changed"]) == ("changed", ["name", "unit", "post"])
    who = city.member_id("squad11a")
    assert spans(all_of(session, Membership, member_id=who)) == [(make.SINCE, dt.date(2027, 3, 31)), (APRIL, None)]
    [post] = all_of(session, Post, member_id=who)
    assert (post.unit_id, post.post, post.valid_from) == (city.unit_id("K1-1-2"), "squad_leader", APRIL)
    [entry] = all_of(session, AuditEntry, action="roster-import.apply")
    assert entry.data["corrected"][0] == {
        "number": city.people["squad11a"].number,
        "field": "name",
        "from": "団員 squad11a",
    }


def test_another_post_ends_the_one_before(session: Session, city: City) -> None:
    leader = city.people["squad11"]
    applied(session, city, row(city, "squad11", "K1-1-1,団員,,"))
    assert spans(all_of(session, Post, member_id=leader.id)) == [(make.SINCE, EVE)]
    applied(session, city, row(city, "squad11", "K1-1-1,副班長,,"))
    assert [held.post for held in all_of(session, Post, member_id=leader.id)] == ["squad_leader", "deputy_squad_leader"]


def test_what_is_as_it_should_be_stays_untouched(session: Session, city: City) -> None:
    rows = [row(city, "squad12a", "K1-1-2,,,"), row(city, "brigade", "K1,団長,基本団員,")]
    done = applied(session, city, *rows)
    assert [shown["change"] for shown in done.rows] == ["unchanged", "unchanged"]
    assert len(all_of(session, Membership, member_id=city.member_id("brigade"))) == 1
    assert spans(all_of(session, Post, member_id=city.member_id("brigade"))) == [(make.SINCE, None)]


def test_every_problem_of_every_row_at_once(session: Session, city: City) -> None:
    roster = prepared(
        session,
        city,
        ",,,,,,",
        "x,,,,,,",
        ",山本,ヤマモト,K1,,,",
        "999001,山本,yamamoto,なし,大将,客員,明日",
        "999002,山本?,ヤマモト,K1-1-1,,,",
        "999002,=山本,ヤマモト\u200b,K1-1-1,,,",
        "99 9003,山\u202e本,ヤマモト,K1-1-1,署担当者,,",
        f"999004,{'山' * 101},ヤマモト,A消防団,班長,,",
    )
    assert problems(roster) == [
        (3, "name", "row-name-missing"),
        (3, "kana", "row-kana-missing"),
        (3, "unit", "row-unit-unknown"),
        (4, "number", "row-number-missing"),
        (5, "date", "row-date-bad"),
        (5, "kana", "row-kana-not-kana"),
        (5, "type", "row-type-unknown"),
        (5, "unit", "row-unit-unknown"),
        (5, "post", "row-post-unknown"),
        (6, "name", "row-not-encodable"),
        (6, "number", "row-number-twice"),
        (7, "name", "row-not-encodable"),
        (7, "kana", "row-kana-not-kana"),
        (7, "number", "row-number-twice"),
        (8, "number", "row-not-encodable"),
        (8, "name", "row-not-encodable"),
        (9, "name", "too-long"),
        (9, "post", "row-post-not-here"),
    ]
    assert totals(roster)["with_problems"] == 7
    assert not roster.can_apply


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("K1-1-2", "K1-1-2"),
        ("Ｋ１－１－２", "K1-1-2"),
        ("第1分団第2班", "K1-1-2"),
        ("A消防団/第1分団/第1分団第2班", "K1-1-2"),
        ("A市消防局 ＞ A消防署 ＞ A消防団", "K1"),
        ("A消防団　第2分団", "K1-2"),
        ("A消防団/第2分団第1班", "K1-2-1"),
        ("第2分団/A消防団", None),
        ("B消防団/第2分団", None),
        ("", None),
    ],
)
def test_units_are_found_by_code_and_path(session: Session, city: City, words: str, code: str | None) -> None:
    roster = prepared(session, city, f"999001,山本,ヤマモト,{words},,,")
    assert problems(roster) == ([] if code else [(2, "unit", "row-unit-unknown")])
    if code:
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1)
        [membership] = all_of(session, Membership, member_id=member(session, "999001").id)
        assert membership.unit_id == city.unit_id(code)


def test_a_name_of_several_units_is_not_enough(session: Session, city: City) -> None:
    who = make.bound(session, city, "bureau")
    for parent in ("K1-1", "K1-2"):
        tree.add_unit(
            session, who, level="squad", code=f"{parent}-3", name="第三班", parent_id=city.unit_id(parent), on=EVE
        )
    assert problems(prepared(session, city, "999001,山本,ヤマモト,第三班,,,")) == [(2, "unit", "row-unit-ambiguous")]
    assert problems(prepared(session, city, "999001,山本,ヤマモト,第2分団/第三班,,,")) == []
    assert problems(prepared(session, city, "999001,山本,ヤマモト,第2分団/第三班,,,2020-05-01")) == [
        (2, "unit", "row-unit-unknown")
    ]


def test_a_change_dated_later_stands_against_the_row(session: Session, city: City) -> None:
    who = make.bound(session, city, "bureau")
    posts.transfer_member(session, who, city.member_id("squad11a"), city.unit_id("K1-1-2"), APRIL)
    posts.appoint(session, who, city.member_id("squad11a"), city.unit_id("K1-1-2"), PostName.SQUAD_LEADER, APRIL)
    roster = prepared(session, city, row(city, "squad11a", "K1-2-1,班長,,"))
    assert problems(roster) == [(2, "date", "later-change"), (2, "date", "later-change")]


def test_all_rows_or_none(session: Session, city: City) -> None:
    roster = prepared(session, city, "999001,山本,ヤマモト,K1-1-1,,,", "999002,山本,ヤマモト,どこ,,,")
    with pytest.raises(Problem) as problem:
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1)
    assert (problem.value.code, problem.value.keep) == ("import-has-problems", False)
    assert all_of(session, Member, number="999001") == []


def test_what_went_wrong_since_the_preview_is_shown_and_refuses(session: Session, city: City) -> None:
    roster = prepared(session, city, "999001,山本,ヤマモト,K1-1-1,,,")
    tree.rename_unit(session, make.bound(session, city, "bureau"), city.unit_id("K1-1-1"), "川端班", TODAY)
    assert roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1).applied_at
    later = prepared(session, city, "999002,山本,ヤマモト,川端班,,,")
    tree.rename_unit(session, make.bound(session, city, "bureau"), city.unit_id("K1-1-2"), "別の班", TODAY)
    gone = prepared(session, city, "999003,山本,ヤマモト,別の班,,,")
    again = all_of(session, tree.Unit, name="別の班")[0]
    tree.rename_unit(session, make.bound(session, city, "bureau"), again.id, "その班", APRIL)
    with pytest.raises(Problem) as problem:
        roster_imports.apply(session, make.bound(session, city, "bureau"), gone.id, 1)
    assert (problem.value.code, problem.value.keep) == ("import-has-problems", True)
    assert (gone.version, problems(gone)) == (2, [(2, "unit", "row-unit-unknown")])
    assert later.can_apply


def test_applied_once(session: Session, city: City) -> None:
    roster = prepared(session, city, "999001,山本,ヤマモト,K1-1-1,,,")
    with pytest.raises(Stale):
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 7)
    roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1)
    with pytest.raises(Problem) as problem:
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1)
    assert problem.value.code == "import-already-applied"
    assert len(all_of(session, Member, number="999001")) == 1


def test_what_waited_for_an_ended_post_is_passed_on(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1", day=8)
    applied(session, city, *(row(city, login, "K1-1-2,,,") for login in ("squad11", "squad11-deputy")))
    [kept] = all_of(session, ActivityReport)
    assert (kept.step, kept.awaiting_unit_id) == (2, city.unit_id("K1-1"))


# --- Station officers -------------------------------------------------------------------------------------------------


def second_station(session: Session, city: City) -> None:
    who = make.bound(session, city, "bureau")
    station = tree.add_unit(
        session, who, level="station", code="S2", name="B消防署", parent_id=city.bureau_id, on=make.SINCE
    )
    brigade = tree.add_unit(
        session, who, level="brigade", code="K2", name="B消防団", parent_id=station.id, on=make.SINCE
    )
    posts.transfer_member(session, who, city.member_id("squad22b"), brigade.id, make.SINCE)
    session.commit()


def test_a_station_officer_changes_the_own_station_only(session: Session, city: City) -> None:
    second_station(session, city)
    roster = prepared(
        session,
        city,
        "999001,山本,ヤマモト,K1-1-1,班長,,",
        "999002,山本,ヤマモト,K2,,,",
        "999003,山本,ヤマモト,S1,,,",
        "999004,山本,ヤマモト,K1,署担当者,,",
        row(city, "squad22b", "K1-1-1,,,"),
        row(city, "bureau", "K1-1-1,団員,,"),
        who="station",
    )
    assert problems(roster) == [
        (3, "unit", "row-unit-unknown"),
        (4, "unit", "row-unit-unknown"),
        (5, "post", "row-post-not-here"),
        (6, "number", "row-not-yours"),
        (7, "number", "row-not-yours"),
    ]


def test_an_office_post_does_not_end_by_a_stations_roster(session: Session, city: City) -> None:
    who = make.bound(session, city, "bureau")
    posts.appoint(session, who, city.member_id("squad11a"), city.unit_id("S1"), PostName.STATION_OFFICER, EVE)
    done = applied(session, city, row(city, "squad11a", "K1-1-1,団員,,"), who="station")
    assert [shown["change"] for shown in done.rows] == ["unchanged"]
    assert [held.valid_to for held in all_of(session, Post, member_id=city.member_id("squad11a"))] == [None]


def test_who_sees_a_roster(session: Session, city: City) -> None:
    mine = prepared(session, city, "999001,山本,ヤマモト,K1-1-1,,,", who="station").id
    theirs = prepared(session, city, "999002,山本,ヤマモト,K1-1-1,,,", who="bureau").id
    session.commit()
    session.expunge_all()
    assert roster_imports.read(session, make.bound(session, city, "bureau"), mine)
    with pytest.raises(NotFound):
        roster_imports.read(session, make.bound(session, city, "station"), theirs)
    with pytest.raises(Refused):
        prepared(session, city, "999003,山本,ヤマモト,K1-1-1,,,", who="brigade")
    other = make.city(session, "Z")
    with pytest.raises(NotFound):
        roster_imports.apply(session, make.bound(session, other, "Zbureau"), mine, 1)


def test_the_last_bureau_officer_is_not_taken_off_by_a_roster(session: Session, city: City) -> None:
    roster = prepared(session, city, row(city, "bureau", "B,団員,,"))
    with pytest.raises(Refused):
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1)


def test_a_long_roster_costs_few_statements(session: Session, city: City) -> None:
    rows = [f"{900000 + n},山本 {n},ヤマモト,K1-1-{1 + n % 2},{'班長' if n < 9 else ''},," for n in range(2000)]
    roster = prepared(session, city, *rows)
    seen: list[Any] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *said: seen.append(said[2]))
    roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, 1)
    session.commit()
    assert len(seen) < 60
    assert len(all_of(session, Membership, unit_id=city.unit_id("K1-1-1"))) == 1004


def test_a_transfer_before_a_planned_leaving_keeps_it(session: Session, city: City) -> None:
    who, last = city.member_id("squad11a"), dt.date(2027, 3, 31)
    posts.leave_service(session, make.bound(session, city, "bureau"), who, APRIL)
    session.commit()
    applied(session, city, row(city, "squad11a", "K1-1-2,squad_leader,,"))
    assert spans(all_of(session, Membership, member_id=who)) == [(make.SINCE, EVE), (TODAY, last)]
    assert spans(all_of(session, Post, member_id=who)) == [(TODAY, last)]


def test_a_number_that_lost_its_leading_zeros_makes_no_second_person(session: Session, city: City) -> None:
    there = city.people["squad11a"].number
    assert there.startswith("0")
    roster = prepared(
        session,
        city,
        f"{there.lstrip('0')},{city.people['squad11a'].name},ダンイン,K1-1-1,,,",
        "0999001,山本,ヤマモト,K1-1-1,,,",
        "999001,山本,ヤマモト,K1-1-1,,,",
        f"{there},{city.people['squad11a'].name},ダンイン,K1-1-1,,,",
        "999002,山本,ヤマモト,K1-1-1,,,",
    )
    assert problems(roster) == [(row, "number", "row-number-zeros") for row in (2, 3, 4)]


# --- A number that is somebody's, and another name ----------------------------------------------------------------------

BEFORE = HEADING + ",name_before"


def asked(session: Session, city: City, *rows: str, who: str = "bureau") -> RosterImport:
    """A roster with the column that says who somebody was."""
    sheet = read_sheet("\n".join([BEFORE, *rows]).encode())
    return roster_imports.prepare(session, make.bound(session, city, who), sheet, "roster.csv", TODAY)


def test_a_number_that_is_anothers_is_asked_about(session: Session, city: City) -> None:
    there = city.people["squad11a"]
    roster = prepared(session, city, row(city, "squad11a", "K1-1-1,,,", "山本 花子"))
    assert problems(roster) == [(2, "name", "row-another-name")]
    assert roster_imports.standing_names(session, roster) == {2: there.name}
    with pytest.raises(Problem) as refused:
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, roster.version)
    assert refused.value.code == "import-has-problems"
    assert member(session, there.number).name == there.name


def test_the_number_of_somebody_who_left_is_asked_about_and_the_same_person_may_return(
    session: Session, city: City
) -> None:
    there = city.people["squad11a"]
    posts.leave_service(session, make.bound(session, city, "bureau"), there.id, EVE)
    session.commit()
    roster = prepared(
        session, city, row(city, "squad11a", "K1-1-1,,,", "山本 花子"), row(city, "squad11b", "K1-1-1,,,")
    )
    assert problems(roster) == [(2, "name", "row-another-name")]
    assert applied(session, city, row(city, "squad11a", "K1-1-1,,,")).rows[0]["changed"] == ["unit"]


def test_who_says_the_name_before_means_the_same_person(session: Session, city: City) -> None:
    there = city.people["squad11a"]
    said = row(city, "squad11a", "K1-1-1,,,", "山本 花子")
    for wrong in ("", "鈴木 一郎", "山本 花子"):
        assert problems(asked(session, city, f"{said},{wrong}")) == [(2, "name", "row-another-name")], wrong
    roster = asked(session, city, f"{said},{there.name.replace(' ', '　')}")
    assert (roster.problems, roster.rows[0]["changed"]) == ([], ["name"])
    roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, roster.version)
    session.commit()
    assert member(session, there.number).name == "山本 花子"
    assert asked(session, city, f"{said},{there.name}").rows[0]["change"] == "unchanged"


def test_the_same_name_written_otherwise_is_not_asked_about(session: Session, city: City) -> None:
    name = city.people["squad11a"].name.replace(" ", "　")
    [shown] = prepared(session, city, row(city, "squad11a", "K1-1-1,,,", f" {name} ")).rows
    assert shown["change"] in ("changed", "unchanged")


def test_a_name_that_changed_since_the_preview_is_asked_about(session: Session, city: City) -> None:
    there = city.people["squad11a"]
    roster = asked(session, city, row(city, "squad11a", "K1-1-1,,,", "山本 花子") + f",{there.name}")
    assert roster.problems == []
    session.get_one(Member, there.id).name = "田中 三郎"
    session.commit()
    with pytest.raises(Problem) as refused:
        roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, roster.version)
    assert refused.value.code == "import-has-problems"
    assert roster_imports.standing_names(session, roster) == {2: "田中 三郎"}
