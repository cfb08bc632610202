"""S-31: given a session, whose data it was shown. What the command says is held against what stands in the answers."""

from __future__ import annotations

import csv
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.extensions import db
from api.log_lines import Lines
from brigade.organisation.people import Member
from tests import make
from tests.api import sealing
from tests.api.asking import done, file
from tests.api.sealing import CHAIN
from tests.api.test_disputes_unseen import asked
from tests.api.visiting import CONSOLE, Page, visitor

DIGITS = "〇一二三四五六七八九"
NAME = re.compile(rf"団員\s*([{DIGITS}]{{2}})氏")
UNITS = {
    "squad11a": "K1-1-1", "squad11": "K1-1-1", "company1": "K1-1", "brigade": "K1", "station": "S1", "bureau": "B",
}  # fmt: skip
MOST_PAGES = 120


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


def text_of(data: bytes, mimetype: str) -> str:
    """All words of an answer."""
    if mimetype == "application/pdf":
        return sealing.printed(data)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
        return "\n".join(text_of(one, "application/pdf" if name.endswith("pdf") else "") for name, one in parts)
    return data.decode("utf-8-sig", "replace")


def told(app, out: io.StringIO, **who: Any) -> tuple[set[str], str]:
    """The marks of those whom the command names, and what it says besides."""
    args = [word for name, id_ in who.items() for word in (f"--{name}", str(id_))]
    answer = app.test_cli_runner().invoke(args=["viewings", *args], input=out.getvalue())
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert all(int(row["answers"]) > 0 and row["first"] <= row["last"] for row in rows)
    return {NAME.search(row["name"])[1] for row in rows}, answer.stderr


@pytest.fixture
def full(app, ask, city, named) -> dict[str, str]:
    """A confirmed and sealed report, one on its way; what addresses may name of it."""
    with app.app_context():
        make.pays(db.session(), city)
        db.session.commit()
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    way = file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", "squad12b", day=18))
    return {"edition_id": edition["id"], "report": report, "way": way["id"]}


@pytest.mark.parametrize("login", UNITS)
def test_the_list_is_whose_names_stand_in_the_answers_of_the_api(app, ask, city, named, full, written, login) -> None:
    person, seen = ask(login), {}
    written.seek(0)
    written.truncate()
    for path, query in asked(person, city, full["report"], UNITS[login], edition_id=full["edition_id"]):
        answer = person.get(path, query_string=query)
        if answer.status_code == 200:
            for mark in NAME.findall(text_of(answer.data, answer.mimetype)):
                seen.setdefault(mark, path)
    mine = next(mark for mark, id_ in named.items() if id_ == city.member_id(login))
    listed, besides = told(app, written, member=city.member_id(login))
    assert {mark: path for mark, path in seen.items() if mark not in listed | {mine}} == {}
    assert listed - seen.keys() - {mine} == set()
    assert besides == ""


@pytest.mark.parametrize("login", UNITS)
def test_the_list_is_whose_names_stand_on_the_pages(app, ask, city, named, full, written, login) -> None:
    browser = visitor(app, login)
    waiting, seen = [f"{CONSOLE}/inbox"], {}
    been: set[str] = set()
    while waiting and len(been) < MOST_PAGES:
        path = waiting.pop(0)
        been.add(path)
        answer = browser.raw(path)
        if answer.mimetype == "text/html":
            page = Page(answer)
            waiting += [one for one in page.links if one.startswith(CONSOLE) and one not in {*been, *waiting}]
            words = page.text
        else:
            words = text_of(answer.data, answer.mimetype)
        for mark in NAME.findall(words) if answer.status_code == 200 else ():
            seen.setdefault(mark, path)
    mine = next(mark for mark, id_ in named.items() if id_ == city.member_id(login))
    listed, besides = told(app, written, member=city.member_id(login))
    assert {mark: path for mark, path in seen.items() if mark not in listed | {mine}} == {}
    assert listed - seen.keys() - {mine} == set()
    assert besides == ""
