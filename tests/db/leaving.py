"""A small city with a sealed month, and people in it who left: their words, ways in, pictures and papers stand everywhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, select, text, update
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import Action
from brigade.creations import Creation
from brigade.db import new_id
from brigade.files.attachments import Attachment, put_files
from brigade.files.storage import Folder
from brigade.jobs import writing
from brigade.messages.ways import PushSubscription, usual_settings
from brigade.month.editions import Edition, EditionFile
from brigade.month.sealing import seal
from brigade.organisation.office import note
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.roster_imports import RosterImport
from brigade.retention.carrying_out import Doing, carry_out
from brigade.scopes import act_as
from tests import make
from tests.make import SYSTEM, City
from tools.verify_chain import Result, verify

GONE_ON = dt.date(2026, 11, 30)
LATER = make.NOW + dt.timedelta(days=30)
"""A day on which those who left may be erased."""


@dataclass
class Leaving:
    """The city, the one who left, all words that must go with them, and where files are."""

    city: City
    storage: Folder
    member_id: uuid.UUID
    canaries: list[str] = field(default_factory=list)
    pictures: list[uuid.UUID] = field(default_factory=list)


def canary(name: str) -> str:
    """A word that stands nowhere else."""
    return f"かなりあ{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def leaving(engine: Engine, folder: Path, login: str = "squad11a") -> Leaving:
    """``login`` has filed, disputed, sent pictures, been written about, been paid, and left on ``GONE_ON``."""
    with Session(engine) as session:
        city = make.city(session)
        name, kana = f"金色 {canary('name')}", f"コンジキ {canary('kana')}"
        who = (Member.id == city.member_id(login),)
        session.execute(update(Member).where(*who).values(name=name, kana=kana), execution_options=SYSTEM)
        session.commit()
    made = Leaving(city, Folder(folder / "files"), city.member_id(login))
    made.canaries = [canary("name"), canary("kana"), "金色", "コンジキ"]
    _work(engine, made, login)
    _ways(engine, made)
    with writing(engine, one_state=True) as session:
        actor = make.actor(session, city, "station")
        act_as(session, actor)
        seal(session, actor, city.unit_id("K1"), "2026-11", edition_id=new_id(), seal_id=new_id())
    leaves(engine, made.member_id)
    return made


def said(made: Leaving, name: str) -> str:
    """A canary of this name; it must go."""
    made.canaries.append(canary(name))
    return canary(name)


def _work(engine: Engine, made: Leaving, login: str) -> None:
    city = made.city
    with Session(engine) as session:
        picture = new_id()
        session.add(picture_of(made, picture))
        own = make.report(
            session, city, login, "K1-1-1", login, "squad11b", summary=said(made, "summary"), attachment_ids=(picture,)
        )
        own = make.step(session, city, "squad11", own, Action.RETURN, comment=said(made, "returned"))
        actor = make.bound(session, city, login)
        actions.edit(session, actor, own.id, own.version, {"summary": said(made, "edited")})
        session.commit()
        own = _newest(session, own)
        own = make.step(session, city, login, own, Action.SUBMIT)
        other = make.report(
            session, city, "squad11b", "K1-1-1", login, "squad11b", day=9, summary="金色さんの車で行きました。"
        )
        plain = make.report(session, city, "squad11b", "K1-1-1", login, "squad11b", day=10, summary="放水をしました。")
        for one in (own, other, plain):
            for by in ("squad11", "company1", "brigade", "station"):
                one = make.step(session, city, by, one, Action.APPROVE)
        make.report(session, city, login, "K1-1-1", day=11, summary=said(made, "draft"), submit=False)
    made.pictures.append(picture)


def _newest(session: Session, report: make.Filed) -> ActivityReport:
    asked = select(ActivityReport).where(ActivityReport.id == report.id)
    return session.scalars(asked, execution_options={**SYSTEM, "populate_existing": True}).one()


def picture_of(made: Leaving, id_: uuid.UUID) -> Attachment:
    data = said(made, f"picture {id_}").encode()
    stored = put_files(made.storage, data, data)
    return Attachment(
        id=id_, uploader_id=made.member_id, file_id=stored.id, file_sha256=stored.sha256,
        thumbnail_sha256=stored.thumbnail_sha256, bytes=len(data), width=10,
        height=10, taken_at=None, sha256=hashlib.sha256(data).hexdigest(), sent_bytes=len(data), created_at=make.NOW,
        unused_since=None,
    )  # fmt: skip


def _ways(engine: Engine, made: Leaving) -> None:
    with writing(engine) as session:
        account = session.scalars(
            select(Account).where(Account.member_id == made.member_id), execution_options=SYSTEM
        ).one()
        account.login = said(made, "login")
        device = DeviceSession(
            account_id=account.id, device_name=said(made, "device"), refresh_id=new_id(), rotated_at=make.NOW,
            created_at=make.NOW, last_used_at=make.NOW, expires_at=LATER,
        )  # fmt: skip
        settings = usual_settings(made.member_id, make.NOW)
        settings.email = f"{said(made, 'mail')}@example.jp"
        session.add_all([device, settings])
        session.flush()
        push = PushSubscription(
            member_id=made.member_id, device_id=device.id, endpoint=f"https://push.example/{said(made, 'push')}",
            p256dh="k", auth="a", created_at=make.NOW, failed_at=None,
        )  # fmt: skip
        answer = json.dumps({"summary": canary("summary")}, ensure_ascii=False)
        created = Creation(
            id=new_id(), resource="activity-reports", actor_id=made.member_id, content_hash="0" * 64, status=201,
            body=answer, at=make.NOW,
        )  # fmt: skip
        number = made.city.people["squad11a"].number
        roster = RosterImport(
            version=1, bureau_id=made.city.bureau_id, created_by_id=made.city.member_id("bureau"), created_at=make.NOW,
            applied_at=make.NOW, file_name="名簿.csv", valid_from=make.NOW.date(), problems=[],
            rows=[{"row": 2, "values": {"number": number, "name": f"金色 {canary('name')}"}, "change": "none", "changed": []}],
        )  # fmt: skip
        session.add_all([push, created, roster])
        actor = make.actor(session, made.city, "bureau")
        note(session, actor, "invitation.use", made.member_id, purpose="join", login=canary("login"))
        corrected = [{"number": number, "field": "name", "from": f"金色 {canary('name')}"}]
        note(session, actor, "roster-import.apply", roster.id, corrected=corrected)


def leaves(engine: Engine, member_id: uuid.UUID, on: dt.date = GONE_ON) -> None:
    """The person serves until that day and not longer."""
    with writing(engine) as session:
        for model in (Membership, Post):
            ends = update(model).where(model.member_id == member_id, model.valid_to.is_(None)).values(valid_to=on)
            session.execute(ends, execution_options=SYSTEM)


@contextmanager
def bureau(engine: Engine, city: City, now: dt.datetime = LATER) -> Iterator[tuple[Session, Any]]:
    """A transaction of the bureau's officer."""
    with writing(engine) as session:
        actor = make.actor(session, city, "bureau", now)
        act_as(session, actor)
        yield session, actor


def done(engine: Engine, made: Leaving, run_id: uuid.UUID, now: dt.datetime, **said: Any) -> bool:
    """The run carried out at that time."""
    return carry_out(Doing(run_id, lambda: writing(engine), made.storage, lambda: now, **said))


def dump(engine: Engine, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Every row of every table as text: what the store says."""
    found, tables = {}, MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for name, table in sorted(tables.tables.items()):
            if name not in without and not name.startswith("report_words_fts"):
                found[name] = sorted(_spelled(row) for row in connection.execute(select(table)))
    return found


def _spelled(row: Any) -> str:
    return json.dumps(
        [value.hex() if isinstance(value, bytes) else value for value in row], default=str, ensure_ascii=False
    )


def hits(words: list[str], rows: dict[str, list[str]]) -> set[str]:
    """The tables in which one of the words stands, whichever way a document spells it."""
    spelled = {
        *words,
        *(json.dumps(word)[1:-1] for word in words),
        *(json.dumps(word)[1:-1].replace("\\", "\\\\") for word in words),
    }
    return {name for name, held in rows.items() for row in held if any(word in row for word in spelled)}


def files_with(words: list[str], storage: Folder, root: Path) -> list[str]:
    """The files in which one of them stands."""
    spelled = [word.encode() for word in words]
    return [
        str(path) for path in root.rglob("*") if path.is_file() and any(word in path.read_bytes() for word in spelled)
    ]


def verified(engine: Engine) -> Result:
    """What the separate program says of the store."""
    return verify(engine.url.render_as_string(hide_password=False))


def sealed(engine: Engine) -> list[Any]:
    """All that stands of sealed months, bytes and all."""
    with Session(engine) as session:
        columns = [column for model in (Edition, EditionFile) for column in model.__table__.columns]
        editions = session.execute(
            select(*[column for column in columns if column.table.name == "editions"]), execution_options=SYSTEM
        )
        return [tuple(row) for row in editions.all()]


def a_crowd(engine: Engine, folder: Path, size: int) -> Leaving:
    """So many people of one squad who filed a sealed month of reports, five for each report, and left."""
    with Session(engine) as session:
        city = make.city(session)
        for place in range(size):
            make.member(session, city, f"m{place}", "K1-1-2").name = f"{canary(f'm{place}')} 太郎"
        make.kept(session, city)
    crowd = Leaving(city, Folder(folder / "files"), city.member_id("m0"))
    crowd.canaries = [canary(f"m{place}") for place in range(size)]
    with Session(engine) as session:
        filed = []
        for first in range(0, size, 5):
            people = [f"m{place}" for place in range(first, first + 5)]
            about = f"{canary(f'm{first + 1}')}さんが遅れました。{said(crowd, f'summary {first}')}"
            day, hour = 1 + first % 18, 6 + 3 * (first // 18 % 4)
            filed.append(make.report(session, city, people[0], "K1-1-2", *people, day=day, hour=hour, summary=about))
        for by in ("squad12", "company1", "brigade", "station"):
            actor = make.bound(session, city, by)
            asked = [(one.id, _newest(session, one).version) for one in filed]
            many.act_on_many(session, actor, asked, Action.APPROVE)
            session.commit()
    with writing(engine, one_state=True) as session:
        actor = make.actor(session, city, "station")
        act_as(session, actor)
        seal(session, actor, city.unit_id("K1"), "2026-11", edition_id=new_id(), seal_id=new_id())
    with writing(engine) as session:
        ids = [city.member_id(f"m{place}") for place in range(size)]
        for model in (Membership, Post):
            ends = update(model).where(model.member_id.in_(ids)).values(valid_to=GONE_ON)
            session.execute(ends, execution_options=SYSTEM)
    return crowd


def figures(engine: Engine) -> list[tuple[Any, ...]]:
    """Who was where and when, as sums are made of it."""
    asked = text(
        "SELECT r.id, r.number, r.month, r.state, r.started_at, r.ended_at, p.member_id, p.role, p.started_at, p.acted "
        "FROM activity_reports r LEFT JOIN participations p ON p.report_id = r.id WHERE r.state <> 'draft' ORDER BY 1, 7"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(asked)]
