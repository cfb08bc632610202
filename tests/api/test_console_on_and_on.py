"""Lists of the console that are longer than a page: all of it can be reached, with what comes in between."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from api.console import office_disputes, office_holds, office_requests, office_rosters, plans, scans
from api.extensions import db
from brigade.activity.activities import Event, EventUnit
from brigade.db import new_id
from brigade.disputes import Dispute
from brigade.jobs import writing
from brigade.organisation.roster_imports import RosterImport
from brigade.retention.tables import DataRequest, LegalHold
from brigade.scans.tables import Scan, ScanPage
from tests import make
from tests.api.asking import file
from tests.api.visiting import CONSOLE, Visitor, visitor

HOUR = dt.timedelta(hours=1)


def event(city: make.City, at: dt.timedelta) -> Event:
    start = make.NOW + at
    return Event(
        id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id("K1"), kind="T-01", title="訓練", planned=True,
        started_at=start, ended_at=start + HOUR, place="", created_by_id=city.member_id("bureau"), created_at=make.NOW,
        units=[EventUnit(unit_id=city.unit_id("K1"))],
    )  # fmt: skip


def scan(city: make.City, at: dt.timedelta) -> Scan:
    """Of one page that waits to be reviewed."""
    return Scan(
        id=new_id(), bureau_id=city.bureau_id, uploader_id=city.member_id("bureau"), unit_id=None, form=None,
        digest=uuid.uuid4().hex, job_id=new_id(), state="read", pages=1, created_at=make.NOW - at, finished_at=make.NOW,
    )  # fmt: skip


def page_of(row: Scan, city: make.City) -> ScanPage:
    return ScanPage(
        scan_id=row.id, n=1, version=1, uploader_id=row.uploader_id, position=0, page=0, state="read", form="roster",
        form_version=1, unit_id=city.unit_id("K1-1-1"), marks={}, fields=[], decided={}, said={}, report_ids=[], reason="",
    )  # fmt: skip


def roster(city: make.City, at: dt.timedelta) -> RosterImport:
    return RosterImport(
        id=new_id(), version=1, bureau_id=city.bureau_id, created_by_id=city.member_id("bureau"), created_at=make.NOW - at,
        applied_at=None, file_name="団員.csv", valid_from=make.NOW.date(), rows=[], problems=[],
    )  # fmt: skip


def dispute(city: make.City, at: dt.timedelta, report_id: uuid.UUID) -> Dispute:
    return Dispute(
        id=new_id(), report_id=report_id, member_id=city.member_id("squad11a"), kind="times", reason="ちがう",
        state="dismissed", raised_at=make.NOW + at, settled_by_id=city.member_id("bureau"), settled_at=make.NOW,
        settled_version=1, comment="",
    )  # fmt: skip


def stored(app: Any, *rows: Any) -> None:
    with app.app_context(), writing(db.engine) as session:
        session.expire_on_commit = False
        for row in rows:
            session.add(row)
            session.flush()


def asked(city: make.City, login: str, days: int) -> DataRequest:
    return DataRequest(
        id=new_id(), bureau_id=city.bureau_id, member_id=city.member_id(login), kind="show", words="", state="open",
        made_at=make.NOW, received_on=make.NOW.date(), entered_by_id=None, due_on=make.NOW.date() + dt.timedelta(days),
        extension="", answer="",
    )  # fmt: skip


def hold(city: make.City, at: dt.timedelta) -> LegalHold:
    return LegalHold(
        id=new_id(), bureau_id=city.bureau_id, kind="month", subject="2026-10", reason="訴え", placed_at=make.NOW - at,
        placed_by_id=city.member_id("bureau"),
    )  # fmt: skip


def leafed(officer: Visitor, address: str, part: str, between: Callable[[], Any]) -> list[str]:
    """The ids that the links (and forms) to ``part`` name, on all pages; ``between`` happens after the first one."""
    seen: list[str] = []
    following: str | None = f"{CONSOLE}{address}"
    while following:
        page = officer.get(following)
        assert page.status == 200, page.text
        leads = [*page.links, *(form.action for form in page.forms)]
        seen += [found[1] for lead in leads if (found := re.match(rf"{CONSOLE}{part}/([0-9a-f-]{{36}})", lead))]
        if len(seen) == 2:
            between()
        following = next((link for link in page.links if "cursor=" in link), None)
    return seen


def test_plans_to_come(app, ask, city, monkeypatch) -> None:
    monkeypatch.setattr(plans, "MOST", 2)
    past = [event(city, -n * HOUR) for n in (30, 29, 28, 27)]
    coming = [event(city, n * HOUR) for n in (2, 3, 3, 3, 4)]
    stored(app, *past, *coming)
    with_past = leafed(visitor(app, "bureau"), "/plans", "/plans", lambda: None)
    wanted = sorted(coming, key=lambda one: (one.started_at, one.id))
    assert with_past[2:4] == [str(past[3].id), str(past[2].id)]  # what was lately, the newest first
    assert [*with_past[:2], *with_past[4:]] == [str(one.id) for one in wanted]


def test_scans_to_review(app, ask, city, monkeypatch) -> None:
    monkeypatch.setattr(scans, "MOST", 2)
    rows = [scan(city, n * HOUR) for n in (1, 2, 2, 2, 3)]
    stored(app, *(one for row in rows for one in (row, page_of(row, city))))

    def between() -> None:
        new = scan(city, -HOUR)
        stored(app, new, page_of(new, city))

    seen = leafed(visitor(app, "bureau"), "/scans", "/scans", between)
    assert seen == [str(one.id) for one in sorted(rows, key=lambda one: (one.created_at, one.id), reverse=True)]


def test_rosters_that_were_sent(app, ask, city, monkeypatch) -> None:
    monkeypatch.setattr(office_rosters, "MOST", 2)
    rows = [roster(city, n * HOUR) for n in (1, 1, 1, 2, 3)]
    stored(app, *rows)
    seen = leafed(
        visitor(app, "bureau"), "/office/rosters", "/office/rosters", lambda: stored(app, roster(city, -HOUR))
    )
    assert seen == [str(one.id) for one in sorted(rows, key=lambda one: (one.created_at, one.id), reverse=True)]


def test_disputes_to_settle(app, ask, city, monkeypatch) -> None:
    monkeypatch.setattr(office_disputes, "MOST_OPEN", 2)
    rows = []
    for day in (1, 2, 3, 4, 5):
        report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day))
        one = dispute(city, dt.timedelta(0) if day < 4 else HOUR, uuid.UUID(report["id"]))
        one.state, one.settled_at, one.settled_by_id, one.settled_version = "open", None, None, None
        rows.append(one)
    stored(app, *rows)
    order = sorted(rows, key=lambda one: (one.raised_at, one.id))

    def between() -> None:
        with app.app_context(), writing(db.engine) as session:
            first = session.get_one(Dispute, order[0].id, execution_options=make.SYSTEM)
            first.state, first.withdrawn_at = "withdrawn", make.NOW

    seen = leafed(visitor(app, "station"), "/office/disputes", "/office/disputes", between)
    assert seen == [str(one.id) for one in order]


def test_requests_to_answer(app, ask, city, monkeypatch) -> None:
    monkeypatch.setattr(office_requests, "MOST_OPEN", 2)
    people = ("squad11a", "squad11b", "squad12a", "squad12b", "squad22a")
    rows = [asked(city, login, days) for login, days in zip(people, (3, 5, 5, 5, 9), strict=True)]
    stored(app, *rows)
    seen = leafed(
        visitor(app, "bureau"), "/office/requests", "/office/requests", lambda: stored(app, asked(city, "squad22b", 1))
    )
    assert seen == [str(one.id) for one in sorted(rows, key=lambda one: (one.due_on, one.id))]


def test_what_is_on_hold(app, ask, city, monkeypatch) -> None:
    monkeypatch.setattr(office_holds, "MOST", 2)
    rows = [hold(city, n * HOUR) for n in (1, 2, 2, 2, 3)]
    lifted = hold(city, -2 * HOUR)
    lifted.lifted_at, lifted.lifted_by_id = make.NOW, lifted.placed_by_id
    stored(app, *rows, lifted)
    part = "/office/retention/holds"
    seen = leafed(visitor(app, "bureau"), part, part, lambda: stored(app, hold(city, -HOUR)))
    assert seen == [str(one.id) for one in sorted(rows, key=lambda one: (one.placed_at, one.id), reverse=True)]
