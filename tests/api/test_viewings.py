"""S-31: given a session, whose data it was shown. What the command says is held against what stands in the answers."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from api.extensions import db
from api.log_lines import Lines
from api.viewings import MOST
from brigade.activity.activities import Participation
from brigade.organisation.people import Member
from brigade.viewed_people import members_in
from brigade.viewings import Kept, read_noted
from tests import make
from tests.api import sealing
from tests.api.answers import API
from tests.api.asking import REPORTS, done, file
from tests.api.pictures import ATTACHMENTS, naming, sent
from tests.api.scanning import at, drill, only_page
from tests.api.sealing import CHAIN
from tests.api.test_disputes_unseen import asked
from tests.api.test_roster_imports import GOOD, IMPORTS
from tests.api.test_roster_imports import send as send_roster
from tests.api.visiting import CONSOLE, Page, visitor

DIGITS = "〇一二三四五六七八九"
NAME = re.compile(rf"団員\s*([{DIGITS}]{{2}})氏")
UNITS = {
    "squad11a": "K1-1-1", "squad11": "K1-1-1", "company1": "K1-1", "brigade": "K1", "station": "S1", "bureau": "B",
}  # fmt: skip
MOST_PAGES = 120
TOOK_PART = select(Participation.member_id)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log as it is written."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines())
    logging.getLogger("brigade.requests").addHandler(handler)
    yield out
    logging.getLogger("brigade.requests").removeHandler(handler)


@pytest.fixture
def named(app, city) -> dict[str, UUID]:
    """Everybody has a name that is found in any text, and in no other one."""
    found = {}
    with app.app_context():
        for nth, member in enumerate(db.session.scalars(select(Member), execution_options=make.SYSTEM)):
            mark = DIGITS[nth // 10] + DIGITS[nth % 10]
            member.name, found[mark] = f"団員 {mark}氏", member.id
        db.session.commit()
    return found


@pytest.fixture
def full(app, ask, city, named) -> dict[str, Any]:
    """A report that was confirmed, in a sealed month, and one on its way; the edition's id."""
    with app.app_context():
        make.pays(db.session(), city)
        db.session.commit()
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", "squad12b", day=18))
    return {"edition_id": edition["id"], "report": report}


def text_of(data: bytes, mimetype: str = "") -> str:
    """All words of an answer."""
    if mimetype == "application/pdf" or data.startswith(b"%PDF"):
        return sealing.printed(data)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(text_of(archive.read(name)) for name in archive.namelist())
    return data.decode("utf-8-sig", "replace")


def by_api(app, ask, city, full, login) -> Iterator[tuple[str, str]]:
    """Every address with its words, as this person may have them."""
    person = ask(login)
    for path, query in asked(person, city, full["report"], UNITS[login], edition_id=full["edition_id"]):
        answer = person.get(path, query_string=query)
        yield path, text_of(answer.data, answer.mimetype)
    path, month = f"{API}/pay/what-if", {"from": "2026-11", "to": "2026-11"}  # answers with people, though it is a POST
    asked_for = {"unit_id": str(city.unit_id(UNITS[login])), "rule_set": "nakatsugawa-2022", **month}
    yield path, text_of(person.post(path, json=asked_for).data)


def by_browser(app, ask, city, full, login) -> Iterator[tuple[str, str]]:
    """Every page to which links lead, and what may be downloaded there."""
    browser, been = visitor(app, login), set[str]()
    waiting = [f"{CONSOLE}/inbox"]
    while waiting and len(been) < MOST_PAGES:
        path = waiting.pop(0)
        been.add(path)
        answer = browser.raw(path)
        if answer.mimetype == "text/html":
            page = Page(answer)
            waiting += [one for one in page.links if one.startswith(CONSOLE) and one not in {*been, *waiting}]
            yield path, page.text
        else:
            yield path, text_of(answer.data, answer.mimetype)


def told(app, out: io.StringIO, *who: str) -> tuple[dict[str, int], str]:
    """The names that the command lists, each with its number of answers, and what it says besides."""
    answer = app.test_cli_runner().invoke(args=["viewings", *who], input=out.getvalue())
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert all(row["first"] <= row["last"] for row in rows)
    return {row["name"]: int(row["answers"]) for row in rows}, answer.stderr


def noted(app, lines: str) -> set[UUID]:
    """Whom these lines name, or what was kept of them."""
    found = {read_noted(one) for line in lines.splitlines() for one in json.loads(line).get("viewed", ())}
    with app.app_context():
        inside = [members_in(db.session(), one) or set() for one in found if isinstance(one, Kept)]
    return {one for one in found if not isinstance(one, Kept)}.union(*inside)


@pytest.mark.parametrize("login", UNITS)
@pytest.mark.parametrize("walk", [by_api, by_browser])
def test_the_list_is_whose_names_stand_in_the_answers(app, ask, city, named, full, written, walk, login) -> None:
    """Nobody is missing, in any single answer; nobody is listed who stands in none."""
    mine, everyone, read = city.member_id(login), set[str](), 0
    for path, words in walk(app, ask, city, full, login):
        marks = {mark for mark in NAME.findall(words) if named[mark] != mine}
        lines = written.getvalue()[read:]
        assert {named[mark] for mark in marks} <= noted(app, lines), path
        everyone |= marks
        read += len(lines)
    listed, besides = told(app, written, "--login", login)
    own = next(mark for mark, id_ in named.items() if id_ == mine)
    assert {NAME.search(name)[1] for name in listed} - {own} == everyone
    assert len(everyone) > 3 or login == "squad11a"
    assert besides == ""


def test_a_lost_phone_is_told_from_the_others_of_its_owner(app, ask, city, named, written) -> None:
    report = file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", "squad12b"))
    lost, other = ask("squad12"), ask("squad12")
    lost.get(f"{REPORTS}/{report['id']}")
    other.get(f"{API}/me")
    [device] = [one["id"] for one in lost.get(f"{API}/auth/devices").json["items"] if one["current"]]
    listed, _ = told(app, written, "--session", device)
    assert len(listed) == 2
    for elsewhere in (("--session", str(uuid4())), ("--session", device, "--login", "squad11")):
        assert told(app, written, *elsewhere) == ({}, "")


def test_of_what_was_kept_it_is_looked_up_who_is_in_it(app, ask, city, named, written) -> None:
    picture = sent(ask("squad11a"))
    file(ask("squad11a"), naming(city, picture["id"]))
    roster = send_roster(ask("bureau"), GOOD + GOOD.splitlines()[1].replace("999001", "０00012")).json
    written.seek(0)
    written.truncate()
    ask("squad11").get(f"{ATTACHMENTS}/{picture['id']}")
    ask("bureau").get(f"{IMPORTS}/{roster['id']}")
    with app.app_context():
        on_it, in_it = (
            db.session.scalars(select(Member.name).where(which), execution_options=make.SYSTEM).all()
            for which in (Member.id.in_(TOOK_PART), Member.number == "000012")
        )
        on_it.append(db.session.get_one(Member, city.member_id("squad11a"), execution_options=make.SYSTEM).name)
    assert told(app, written, "--login", "squad11") == (dict.fromkeys(on_it, 1), "")
    assert told(app, written, "--login", "bureau") == (dict.fromkeys(in_it, 1), "")


@pytest.mark.usefixtures("pages")
def test_a_sheet_holds_those_who_stand_on_it(app, ask, city, named, written) -> None:
    leader = ask("squad11")
    page = only_page(app, leader, drill(app, city))
    numbers = {str(one["value"]) for one in page["fields"] if one["name"].endswith(".number") and one["value"]}
    written.seek(0)
    written.truncate()
    assert leader.get(at(page, "/picture")).status_code == 200
    with app.app_context():
        asked_for = select(Member.name).where(Member.number.in_(numbers))
        names = db.session.scalars(asked_for, execution_options=make.SYSTEM).all()
    assert len(names) == 4
    assert told(app, written, "--login", "squad11") == (dict.fromkeys(names, 1), "")


def test_what_is_gone_is_said(app, city, written) -> None:
    written.write(json.dumps({"at": "x", "member": str(city.member_id("squad11")), "viewed": [f"picture:{uuid4()}"]}))
    listed, besides = told(app, written, "--login", "squad11")
    assert (listed, besides.count("nothing says")) == ({}, 1)


def test_lines_of_others_programs_and_torn_ones_are_passed_over(app, city, named, written) -> None:
    line = json.dumps({
        "at": "x", "member": str(city.member_id("squad11")), "viewed": [str(city.member_id("squad12"))],
    })  # fmt: skip
    written.write(f"Nov 30 host brigade[1]: {line}\n{line[:40]}\n[]\nStarted Brigade.\n{{}}\n")
    assert len(told(app, written, "--login", "squad11")[0]) == 1


def test_somebody_must_be_named(app) -> None:
    assert app.test_cli_runner().invoke(args=["viewings"]).exit_code == 2
    answer = app.test_cli_runner().invoke(args=["viewings", "--login", "nobody"])
    assert (answer.exit_code, "nobody" in answer.output) == (1, True)


def test_a_long_list_is_several_lines(app, ask, city, written, monkeypatch) -> None:
    """Whoever collects lines may cut long ones."""
    monkeypatch.setattr("api.viewings.MOST", 2)
    ask("station").get(f"{API}/units/{city.unit_id('K1-1-1')}/members")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    mine = [line for line in lines if line.get("viewed") and line["member"] == str(city.member_id("station"))]
    assert [line["event"] for line in mine] == ["answered", *["viewed besides"] * (len(mine) - 1)]
    assert len(mine) > 1
    assert {line["request_id"] for line in mine} == {mine[0]["request_id"]}
    assert max(len(line["viewed"]) for line in mine) == 2 < MOST


def test_what_one_reads_of_oneself_is_no_line(ask, written) -> None:
    ask("squad11a").get(f"{API}/me")
    assert [line for line in written.getvalue().splitlines() if "viewed" in json.loads(line)] == []
