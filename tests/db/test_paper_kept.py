"""Paper on which nobody has decided is kept: it may hold the only word of what other people did."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from brigade.db import new_id
from brigade.jobs import writing
from brigade.organisation.people import Member
from brigade.problems import Refused
from brigade.retention.persons import mark_person
from brigade.retention.plans import mark
from brigade.retention.traces_gone import pages_of
from brigade.scans.tables import PageState, Scan, ScanFile, ScanPage
from brigade.scans.taking import file_key, sheet_key
from tests import make
from tests.db.leaving import LATER, Leaving, bureau, done, leaving
from tests.make import SYSTEM

EMPTY = dict.fromkeys(
    ("code", "day", "month", "event_id", "quality", "turned", "pixels", "trace", "duplicate_scan_id", "duplicate_n",
     "width", "height", "closed_by_id", "closed_at", "refusal")
)  # fmt: skip


@pytest.fixture
def left(engine: Engine, tmp_path: Path) -> Leaving:
    return leaving(engine, tmp_path)


def scanned(engine: Engine, left: Leaving, sender: uuid.UUID, state: PageState, *, on_it: bool = False) -> uuid.UUID:
    """A page that one sent, with its files."""
    scan, file, picture = new_id(), new_id(), new_id()
    with writing(engine) as session:
        session.add(Scan(
            id=scan, bureau_id=left.city.bureau_id, uploader_id=sender, unit_id=left.city.unit_id("K1-1-1"), form=None,
            digest=scan.hex * 2, job_id=new_id(), state="read", pages=1, created_at=make.NOW, finished_at=make.NOW,
        ))  # fmt: skip
        session.flush()
        session.add(ScanFile(scan_id=scan, position=0, file_id=file, sha256="", bytes=1, pages=1, refusal=None))
        fields = [{"id": "people.1.number", "value": str(left.member_id)}] if on_it else []
        session.add(ScanPage(
            scan_id=scan, n=1, version=1, uploader_id=sender, position=0, page=0, state=state.value, form="roster",
            form_version=1, unit_id=left.city.unit_id("K1-1-1"), marks={}, fields=fields, decided={}, said={},
            picture_id=picture, report_ids=[], reason="", **EMPTY,
        ))  # fmt: skip
    for key in (file_key(file), sheet_key(picture)):
        left.storage.put(key, b"paper")
    return scan


def refused(engine: Engine, left: Leaving) -> tuple[str, ...]:
    with bureau(engine, left.city) as (session, actor), pytest.raises(Refused) as found:
        mark_person(session, actor, left.member_id, "本人の請求")
    return found.value.reasons


@pytest.mark.parametrize("on_it", [False, True])
def test_who_sent_or_stands_on_paper_under_review_is_not_erased(engine: Engine, left: Leaving, on_it: bool) -> None:
    sender = left.city.member_id("squad11b") if on_it else left.member_id
    scan = scanned(engine, left, sender, PageState.READ, on_it=on_it)
    assert refused(engine, left) == ("undecided-pages",)
    with writing(engine) as session:
        page = (ScanPage.scan_id == scan,)
        session.execute(update(ScanPage).where(*page).values(state="discarded"), execution_options=SYSTEM)
    with bureau(engine, left.city) as (session, actor):
        assert mark_person(session, actor, left.member_id, "本人の請求").state == "waiting"


def test_what_comes_after_the_mark_stays_and_the_person_too(engine: Engine, left: Leaving) -> None:
    with bureau(engine, left.city) as (session, actor):
        run = mark_person(session, actor, left.member_id, "本人の請求", days=1).id
    scanned(engine, left, left.member_id, PageState.READ)
    assert done(engine, left, run, LATER + dt.timedelta(days=2))
    with Session(engine) as session:
        member = session.get_one(Member, left.member_id, execution_options=SYSTEM)
        assert "金色" in member.name
        assert len(pages_of(session, member)) == 1


def test_decided_pages_go_with_the_person(engine: Engine, left: Leaving) -> None:
    scanned(engine, left, left.member_id, PageState.DISCARDED)
    with bureau(engine, left.city) as (session, actor):
        run = mark_person(session, actor, left.member_id, "本人の請求", days=0).id
    assert done(engine, left, run, LATER)
    with Session(engine) as session:
        assert session.scalars(select(ScanPage), execution_options=SYSTEM).all() == []


def test_paper_under_review_is_never_due(engine: Engine, left: Leaving) -> None:
    kept = scanned(engine, left, left.city.member_id("squad11b"), PageState.READ)
    goes = scanned(engine, left, left.city.member_id("squad11b"), PageState.DISCARDED)
    when = make.NOW + dt.timedelta(days=366 * 4)
    with bureau(engine, left.city, when) as (session, actor):
        run = mark(session, actor, days=0, cap=100).id
    assert done(engine, left, run, when)
    with Session(engine) as session:
        there = set(session.scalars(select(Scan.id), execution_options=SYSTEM))
    assert kept in there
    assert goes not in there
