"""Everything but reports that can be asked about, made over HTTP by the people themselves before their fates change."""

from __future__ import annotations

import base64
import datetime as dt
import io
import uuid
from typing import Any, Protocol

import pytest
from sqlalchemy import delete, insert, select, update
from werkzeug.test import TestResponse

from api import worker
from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.access.passkeys import Passkey
from brigade.db import new_id
from brigade.messages.notices import Notice
from brigade.messages.ways import PushSubscription
from brigade.organisation.people import Absence, Membership, Post
from tests import make
from tests.api import scanning
from tests.contract.matrix.people import PEOPLE
from tests.contract.matrix.town import TO_COME, TOMORROW, Thing, Town
from tests.pictures.samples import photograph

ROSTER = "団員番号,氏名,フリガナ,所属コード,階級・役職\n{number},髙橋 一郎,タカハシ イチロウ,{unit},団員\n"
TUS = {"Tus-Resumable": "1.0.0"}
UNITS = ("K1-1-1", "K1-1-2", "K1-1", "K1-2-2", "K1", "K3-1-1", "S1", "K2-1-1", "S2", "B", "BK1-1-1", "BB")
MEMBERS = {
    "squad11a": "K1-1-1", "squad11b": "K1-1-1", "squad11": "K1-1-1", "squad12a": "K1-1-2", "company1": "K1-1", "squad22a": "K1-2-2",
    "brigade": "K1", "squad31a": "K3-1-1", "station": "S1", "squad41a": "K2-1-1", "bureau": "B", "Bsquad11a": "BK1-1-1",
}  # fmt: skip

AWAY = {"squad11": "K1-1-1", "squad11b": "K1-1-1", "squad31": "K3-1-1", "brigade2": "K2", "Bsquad11": "BK1-1-1"}
"""Who is on leave from tomorrow on, without an end."""


class Asks(Protocol):
    """Something that sends a request as somebody."""

    town: Town

    def send(self, login: str, method: str, path: str, **said: Any) -> TestResponse:
        """The answer."""


def seeded(phones: Asks) -> None:
    """All of it."""
    town = phones.town
    for code in UNITS:
        town.keep("units", Thing(code, town.id(code), code))
        town.keep("all units", Thing(code, town.id(code), code))
    town.keep("all units", Thing("K1-1-3", town.id("K1-1-3"), "K1-1-3", state="empty"))
    for login, unit in MEMBERS.items():
        town.keep("members", Thing(login, town.id(login), unit))
    for seed in (
        _events,
        _words,
        _pictures,
        _sealing,
        _disputes,
        _requests,
        _office,
        _leavers,
        _paper,
        _documents,
        _newcomers,
        _rows,
    ):
        seed(phones)


def ok(answer: TestResponse) -> Any:
    assert answer.status_code < 300, (answer.request.path, answer.status_code, answer.text)
    return answer.json


def _events(phones: Asks) -> None:
    for name, login, unit, squad, day in (
        ("of the company", "company1", "K1-1", "K1-1-1", 10),
        ("of the station", "station", "S1", "K1-1-1", 11),
        ("answered", "company1", "K1-1", "K1-1-1", 12),
        ("of another company", "company2", "K1-2", "K1-2-2", 10),
        ("of another brigade", "brigade3", "K3", "K3-1-1", 10),
        ("of another station", "brigade2", "K2", "K2-1-1", 10),
        ("of another city", "Bcompany1", "BK1-1", "BK1-1-1", 10),
    ):
        body = {"kind": "T-01", "unit_id": phones.town.id(unit), "title": "秋の合同訓練", "planned": True,
                "started_at": f"2026-11-{day}T20:00:00+09:00", "ended_at": f"2026-11-{day}T21:00:00+09:00",
                "details": {"drill_type": "pump"}, "place": "市民運動場"}  # fmt: skip
        made = ok(phones.send(login, "POST", "/events", json=body))
        kind = "answered events" if name == "answered" else "events"
        more = {"unit_id": phones.town.id(squad)}
        phones.town.keep(kind, Thing(name, made["id"], unit, login, at=squad, version=made["version"], more=more))
    answered = phones.town.things["answered events"]["answered"]
    said = {"unit_id": answered.more["unit_id"]}
    ok(phones.send("squad11", "POST", f"/events/{answered.id}/nobody-came", json=said))
    off = phones.town.things["events"]
    for thing in list(off.values())[1:]:
        made = ok(phones.send(thing.by, "POST", "/events", json={
            "kind": "T-01", "unit_id": phones.town.id(thing.unit), "title": "夜警", "planned": True, "place": "",
            "started_at": "2026-11-25T20:00:00+09:00", "ended_at": "2026-11-25T21:00:00+09:00"}))  # fmt: skip
        at = {"If-Match": f'"{made["version"]}"'}
        gone = ok(phones.send(thing.by, "POST", f"/events/{made['id']}/cancel", json={"reason": "雨"}, headers=at))
        phones.town.keep(
            "cancelled events",
            Thing(thing.name, made["id"], thing.unit, thing.by, TO_COME, version=gone["version"]),
        )


def _words(phones: Asks) -> None:
    """What units said of August; what they say of September is asked of the cells."""
    for word, login, units in (
        ("nil", "squad11", ("K1-1-1",)), ("nil", "squad12", ("K1-1-2",)), ("nil", "squad31", ("K3-1-1",)),
        ("nil", "squad41", ("K2-1-1",)), ("nil", "Bsquad11", ("BK1-1-1",)), ("nil", "squad22", ("K1-2-2",)),
        ("complete", "company1", ("K1-1",)), ("complete", "brigade", ("K1",)),
    ):  # fmt: skip
        for unit in units:
            ok(phones.send(login, "POST", f"/months/2026-08/{word}", json={"unit_id": phones.town.id(unit)}))
            phones.town.keep(f"{word} units", Thing(unit, phones.town.id(unit), unit))
    for login, unit in (
        ("company1", "K1-1-1"),
        ("company1", "K1-1-2"),
        ("company3", "K3-1-1"),
        ("Bcompany1", "BK1-1-1"),
    ):
        said = {"unit_id": phones.town.id(unit), "reason": "病気", "until": "2026-12-20"}
        ok(phones.send(login, "POST", "/months/2026-07/excuse", json=said))
        phones.town.keep("excuse units", Thing(unit, phones.town.id(unit), unit))


def _pictures(phones: Asks) -> None:
    """Unnamed pictures, one on a report that others read, and uploads half way."""
    for name, login in (("squad11a's", "squad11a"), ("another city's", "Bsquad11a")):
        id_ = str(new_id())
        ok(phones.send(login, "POST", "/attachments", data={"id": id_, "file": (io.BytesIO(photograph()), "写真.jpg")}))
        phones.town.keep("pictures", Thing(name, id_, by=login))
        id_ = str(new_id())
        ok(phones.send(login, "POST", "/attachments", data={"id": id_, "file": (io.BytesIO(photograph()), "写真.jpg")}))
        phones.town.keep("loose pictures", Thing(name, id_, by=login))
        upload = str(new_id())
        named = base64.b64encode(upload.encode()).decode()
        headers = {**TUS, "Upload-Length": "5000", "Upload-Metadata": f"id {named}"}
        answer = phones.send(login, "POST", "/uploads", headers=headers)
        ok(answer)
        phones.town.keep("uploads", Thing(name, answer.headers["Location"].rpartition("/")[2], by=login))
    id_ = str(new_id())
    ok(
        phones.send(
            "squad11a", "POST", "/attachments", data={"id": id_, "file": (io.BytesIO(photograph()), "写真.jpg")}
        )
    )
    body = make.body(phones.town.city, "K1-1-1", "squad11a", day=19, hour=1, attachment_ids=[id_])
    made = ok(phones.send("squad11a", "POST", "/activity-reports", json=body))
    report = Thing("with a picture", made["id"], "K1-1-1", "squad11a", "in_review", "K1-1-1", ("squad11a",))
    for kind in ("pictures", "loose pictures"):
        phones.town.keep(kind, Thing("on a report", id_, "K1-1-1", "squad11a", "in_review", people=report.people))


def _sealing(phones: Asks) -> None:
    """October of the station is sealed with one report; so is that of the other city."""
    for at, login, climb, officer, unit in (
        ("K1-1-1", "squad11a", ("squad11", "company1", "brigade"), "station", "S1"),
        ("BK1-1-1", "Bsquad11a", ("Bsquad11", "Bcompany1", "Bbrigade"), "Bstation", "BS1"),
    ):
        city = phones.town.other if at.startswith("B") else phones.town.city
        body = make.body(city, at, login)
        body |= {"started_at": "2026-10-08T09:00:00+09:00", "ended_at": "2026-10-08T11:00:00+09:00"}
        made = ok(phones.send(login, "POST", "/activity-reports", json=body))
        for who in (*climb, officer):
            headers = {"If-Match": f'"{made["version"]}"'}
            made = ok(phones.send(who, "POST", f"/activity-reports/{made['id']}/approve", headers=headers))
        asked = ok(phones.send(officer, "POST", "/months/2026-10/seal", json={"unit_id": phones.town.id(unit)}))
        while worker.work_once(phones.town.app):
            pass
        made = ok(phones.send(officer, "GET", f"/activity-reports/{made['id']}"))
        assert made["state"] == "sealed"
        phones.town.keep("reports", Thing(
            f"sealed {unit}", made["id"], at, login, "sealed", people=(login,), version=made["version"]))  # fmt: skip
        phones.town.keep("jobs", Thing(f"sealing {unit}", asked["job_id"], unit, officer))
        phones.town.keep("editions", Thing(f"October of {unit}", asked["edition_id"], unit))


DISPUTED = (
    ("of an injury", "squad11b", "an injury"),
    ("of confirmed", "squad11b", "confirmed"), ("of waiting", "squad11b", "waits at station"),
    ("of another city", "Bsquad11a", "sealed BS1"), ("of another station", "squad41a", "of another station"),
)  # fmt: skip
"""Each dispute that is under way with who disputes which report."""


def _disputes(phones: Asks) -> None:
    for name, login, report in DISPUTED:
        said = phones.town.things["reports"][report]
        body = {"report_id": said.id, "kind": "not-there", "reason": "その日は遠くへ出かけていました"}
        made = ok(phones.send(login, "POST", "/me/disputes", json=body))
        approved = "station" if report == "confirmed" else "Bstation" if login == "Bsquad11a" else ""
        phones.town.keep(
            "disputes", Thing(name, made["id"], said.unit, login, approved_by=approved, secret=said.secret)
        )


def _requests(phones: Asks) -> None:
    for name, login, unit in (
        ("squad11b's", "squad11b", "B"), ("bureau's own", "bureau", "B"), ("another city's", "Bsquad11a", "BB"),
    ):  # fmt: skip
        made = ok(phones.send(login, "POST", "/me/data-requests", json={"kind": "show", "words": "見せてください"}))
        phones.town.keep("requests", Thing(name, made["id"], unit, login))


def _office(phones: Asks) -> None:
    """Rosters, holds and marked erasures of both cities."""
    town = phones.town
    with town.app.app_context():
        for city, login, unit in ((town.city, "left", "K1-1-2"), (town.other, "Bleft", "BK1-1-1")):
            make.member(db.session(), city, login, unit)
            db.session.flush()
            theirs = update(Membership).where(Membership.member_id == city.people[login].id)
            db.session.execute(theirs.values(valid_to=dt.date(2026, 10, 31)), execution_options=make.SYSTEM)
            make.kept(db.session(), city)
        db.session.remove()
    for nth, (login, unit, below) in enumerate((("station", "S1", "K1-1-1"), ("bureau", "B", "K1-1-1"),
                                                ("station2", "S2", "K2-1-1"), ("Bbureau", "BB", "BK1-1-1"))):  # fmt: skip
        data = ROSTER.format(number=f"99{nth:04d}", unit=below).encode()
        made = ok(phones.send(login, "POST", "/roster-imports", data={"file": (io.BytesIO(data), "roster.csv")}))
        town.keep("rosters", Thing(f"{login}'s", made["id"], unit, login, version=made["version"]))
    for login, unit, subject, gone in (("bureau", "B", "K1-2-2", "left"), ("Bbureau", "BB", "BK1-1-1", "Bleft")):
        hold = {"kind": "unit", "subject": subject, "reason": "監査"}
        if unit == "B":
            made = ok(phones.send(login, "POST", "/retention/holds", json=hold))
            town.keep("holds", Thing(f"{login}'s", made["id"], unit, login))
        made = ok(
            phones.send(login, "POST", "/retention/erasures", json={"member_id": town.id(gone), "reason": "請求"})
        )
        town.keep("runs", Thing(f"{login}'s", made["id"], unit, login))
        if unit == "BB":
            made = ok(phones.send(login, "POST", "/retention/holds", json=hold))
            town.keep("holds", Thing(f"{login}'s", made["id"], unit, login))


def _leavers(phones: Asks) -> None:
    """Who has left, not yet marked to be erased."""
    town = phones.town
    with town.app.app_context():
        for city, login, unit, bureau in ((town.city, "left2", "K1-1-2", "B"), (town.other, "Bleft2", "BK1-1-1", "BB")):
            make.member(db.session(), city, login, unit)
            db.session.flush()
            theirs = update(Membership).where(Membership.member_id == city.people[login].id)
            db.session.execute(theirs.values(valid_to=dt.date(2026, 10, 31)), execution_options=make.SYSTEM)
            make.kept(db.session(), city)
            town.keep("leavers", Thing(login, town.id(login), bureau))
        db.session.remove()


def _newcomers(phones: Asks) -> None:
    """Who has no account yet, and who may be sent to another empty unit."""
    town = phones.town
    with town.app.app_context():
        for city, login, unit in (
            (town.city, "new11", "K1-1-1"),
            (town.city, "new31", "K3-1-1"),
            (town.other, "Bnew", "BK1-1-1"),
        ):
            make.member(db.session(), city, login, unit)
            theirs = delete(Account).where(Account.login == login)
            db.session.flush()
            db.session.execute(theirs, execution_options=make.SYSTEM)
            make.kept(db.session(), city)
            town.keep("newcomers", Thing(login, town.id(login), unit))
        db.session.remove()
    for thing in list(town.things["newcomers"].values())[1:]:
        leader = {"new11": "squad11", "new31": "squad31"}.get(thing.name, "Bsquad11")
        ok(phones.send(leader, "POST", "/invitations", json={"member_ids": [thing.id]}))


def _paper(phones: Asks) -> None:
    """A sheet of squad 1-1 sent by a member of it, one of another brigade, one of the other city; all read."""
    with pytest.MonkeyPatch.context() as patch:
        scanning.instead(patch)
        for name, login, unit in (("squad11a's", "squad11a", "K1-1-1"), ("another brigade's", "squad31a", "K3-1-1"),
                                  ("another city's", "Bsquad11a", "BK1-1-1")):  # fmt: skip
            city = phones.town.other if unit.startswith("B") else phones.town.city
            data = scanning.pdf(scanning.drill(phones.town.app, city, login, unit, place="本町公民館"))
            said = ok(phones.send(login, "POST", "/scans", data={"file": [(io.BytesIO(data), "紙.pdf")]}))
            while worker.work_once(phones.town.app):
                pass
            (page,) = ok(phones.send(login, "GET", f"/scans/{said['id']}"))["pages"]
            at = {"If-Match": f'"{page["version"]}"'}
            fields = {"fields": scanning.keep(page), "reports": [{"activity": 1, "details": {"drill_type": "pump"}}]}
            page = ok(phones.send(login, "PATCH", f"/scans/{said['id']}/pages/1", json=fields, headers=at))
            phones.town.keep("jobs", Thing(name, said["job_id"], unit, login))
            phones.town.keep("pages", Thing(name, said["id"], unit, login, version=page["version"]))


def _documents(phones: Asks) -> None:
    """Each document of each edition is made: from then on it is read."""
    for thing in list(phones.town.things["editions"].values())[1:]:
        officer = "Bstation" if thing.unit.startswith("B") else "station"
        for name in ("report.pdf", "report.xlsx", "report.csv", "participations.csv", "pay.csv", "statistics.csv", "set.pdf",
                     "set.zip"):  # fmt: skip
            ok(phones.send(officer, "GET", f"/editions/{thing.id}/{name}"))


def _rows(phones: Asks) -> None:
    """What is there by itself, or is made elsewhere: posts, absences, devices, passkeys, subscriptions, notices."""
    town = phones.town
    with town.app.app_context():
        session = db.session()

        def all_of(model: Any, *where: Any) -> list[Any]:
            return list(session.scalars(select(model).where(*where), execution_options=make.SYSTEM).unique())

        for login, unit in (("squad11", "K1-1-1"), ("squad12", "K1-1-2"), ("company1", "K1-1"), ("company3", "K3-1"),
                            ("station", "S1"), ("brigade2", "K2"), ("Bsquad11", "BK1-1-1")):  # fmt: skip
            (post,) = all_of(
                Post, Post.member_id == uuid.UUID(town.id(login)), Post.unit_id == uuid.UUID(town.id(unit))
            )
            town.keep("posts", Thing(login, str(post.id), unit, login))
        for login, unit in AWAY.items():
            id_ = new_id()
            away = {"member_id": uuid.UUID(town.id(login)), "absence": "leave", "valid_from": TOMORROW}
            session.execute(insert(Absence).values(id=id_, **away))
            town.keep("absences", Thing(login, str(id_), unit, login))
        for login in ("squad11a", "Bsquad11a"):
            (account,) = all_of(Account, Account.login == login)
            device, *_ = all_of(DeviceSession, DeviceSession.account_id == account.id)
            town.keep("devices", Thing(login, str(device.id), by=login))
            key, way = new_id(), new_id()
            session.execute(insert(Passkey).values(
                id=key, account_id=account.id, name="鍵", credential_id=key.bytes, public_key=b"-", sign_count=0,
                created_at=make.NOW))  # fmt: skip
            session.execute(insert(PushSubscription).values(
                id=way, member_id=account.member_id, device_id=device.id, endpoint=f"https://push.example/{login}",
                p256dh="-", auth="-", created_at=make.NOW))  # fmt: skip
            town.keep("passkeys", Thing(login, str(key), by=login))
            town.keep("subscriptions", Thing(login, str(way), by=login))
        session.commit()
        for login in ("squad11a", "squad11b", "Bsquad11a", "station"):
            found = all_of(Notice, Notice.member_id == uuid.UUID(town.id(login)))
            if found:
                town.keep("notices", Thing(login, str(found[0].id), by=login))
        db.session.remove()
    assert PEOPLE
