"""The first day of a city: its bureau and the one officer who brings in everyone else (roster import, units, posts)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.passwords import check_new_password, hash_password
from brigade.dates import tokyo_day
from brigade.db import new_id
from brigade.kana import sort_key
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.ranks import Level, MemberType, PostName
from brigade.organisation.units import Unit, rebuild_tree
from brigade.problems import FieldProblem, Invalid
from brigade.texts import check_text

FIRST = {"as_system": "there is nobody yet who could ask"}


@dataclass(frozen=True, slots=True)
class Officer:
    """The first bureau officer: number and name as on the roster, ``login`` to sign in with."""

    number: str
    name: str
    kana: str
    login: str
    password: str


def found_city(session: Session, name: str, code: str, officer: Officer, now: dt.datetime) -> Unit:
    """A bureau with its first officer; flushes. Invalid where a text is missing or the name, code or login is taken."""
    problems: list[FieldProblem] = []
    texts = {"name": (name, 100), "code": (code, 32), "number": (officer.number, 20), "officer": (officer.name, 100),
             "kana": (officer.kana, 100), "login": (officer.login, 64)}  # fmt: skip
    clean = {}
    for key, (value, most) in texts.items():
        clean[key], found = check_text(f"/{key}", value, most, required=True, multiline=False)
        problems += found
    for key, same, problem in (
        (
            "name",
            select(Unit.id).where(Unit.level == Level.BUREAU.value, Unit.name == clean["name"]),
            "bureau-name-taken",
        ),
        ("code", select(Unit.id).where(Unit.level == Level.BUREAU.value, Unit.code == clean["code"]), "code-taken"),
        ("login", select(Account.id).where(Account.login == clean["login"]), "login-taken"),
    ):
        if session.scalar(same.limit(1), execution_options=FIRST):
            problems.append(FieldProblem(f"/{key}", problem))
    if problems:
        raise Invalid(problems)
    names = (officer.login, officer.number, officer.name, officer.kana, name)
    check_new_password(officer.password, names=names, second_factor=False, pointer="/password")
    today = tokyo_day(now)
    bureau_id = new_id()
    bureau = Unit(
        id=bureau_id, bureau_id=bureau_id, level=Level.BUREAU.value, code=clean["code"], name=clean["name"],
        valid_from=today, settings={},
    )  # fmt: skip
    session.add(bureau)
    session.flush()
    member_id = _officer(session, bureau_id, clean)
    session.add(Membership(member_id=member_id, unit_id=bureau_id, valid_from=today))
    session.add(Post(member_id=member_id, unit_id=bureau_id, post=PostName.BUREAU_OFFICER.value, valid_from=today))
    session.add(Account(member_id=member_id, login=clean["login"], password_hash=hash_password(officer.password)))
    rebuild_tree(session, bureau_id)
    return bureau


def _officer(session: Session, bureau_id: uuid.UUID, clean: dict[str, str]) -> uuid.UUID:
    member = Member(
        id=new_id(), bureau_id=bureau_id, number=clean["number"], name=clean["officer"], kana=clean["kana"],
        kana_sort=sort_key(clean["kana"]), member_type=MemberType.STAFF.value,
    )  # fmt: skip
    session.add(member)
    session.flush()
    return member.id
