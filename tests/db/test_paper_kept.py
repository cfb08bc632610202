"""Paper on which nobody has decided is kept: it may hold the only word of what other people did."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, ReportAttachment
from brigade.db import new_id
from brigade.files.attachments import Attachment
from brigade.jobs import enqueue, writing
from brigade.organisation.people import Member
from brigade.problems import Refused
from brigade.retention.paper_gone import pages_of
from brigade.retention.persons import mark_person, preview
from brigade.retention.plans import mark
from brigade.scans.tables import PageState, Scan, ScanFile, ScanPage
from brigade.scans.taking import file_key, sheet_key
from tests import make
from tests.db.leaving import LATER, Leaving, bureau, done, leaving, picture_of
from tests.make import SYSTEM

EMPTY = dict.fromkeys(
    ("code", "day", "month", "event_id", "quality", "turned", "pixels", "trace", "duplicate_scan_id", "duplicate_n",
     "width", "height", "closed_by_id", "closed_at", "refusal")
)  # fmt: skip


@pytest.fixture
def left(engine: Engine, tmp_path: Path) -> Leaving:
    return leaving(engine, tmp_path)


def scanned(
    engine: Engine, left: Leaving, sender: uuid.UUID, state: PageState, *, on_it: bool = False,
    of: Sequence[uuid.UUID] = (), more: Sequence[PageState] = (), written: str = "",
) -> uuid.UUID:  # fmt: skip
    """A page that one sent, with its files: of these reports, with this name on it, and more pages in the same file."""
    scan, file, picture = new_id(), new_id(), new_id()
    with writing(engine) as session:
        session.add(Scan(
            id=scan, bureau_id=left.city.bureau_id, uploader_id=sender, unit_id=left.city.unit_id("K1-1-1"), form=None,
            digest=scan.hex * 2, job_id=new_id(), state="read", pages=1, created_at=make.NOW, finished_at=make.NOW,
        ))  # fmt: skip
        session.flush()
        session.add(ScanFile(scan_id=scan, position=0, file_id=file, sha256="", bytes=1, pages=1, refusal=None))
        fields = [{"id": "people.1.number", "value": str(left.member_id)}] if on_it else []
        fields += [{"id": "author", "value": written}] if written else []
        for n, one in enumerate((state, *more), 1):
            refusal = {"refusal": "not-a-form"} if one == PageState.REFUSED else {}
            session.add(ScanPage(
                scan_id=scan, n=n, version=1, uploader_id=sender, position=0, page=n - 1, state=one.value, form="roster",
                form_version=1, unit_id=left.city.unit_id("K1-1-1"), marks={}, fields=fields if n == 1 else [], decided={},
                said={}, picture_id=picture if n == 1 else new_id(),
                report_ids=[str(id_) for id_ in of] if n == 1 else [], reason="",
                **{**EMPTY, **refusal, "closed_by_id": left.member_id if written else None},
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


# --- Paper of others that the person sent or confirmed ----------------------------------------------------------------


def on_paper(engine: Engine, left: Leaving, report: int, *, author: str = "") -> uuid.UUID:
    """That report of the city (by place) as one made of paper: with a picture that the one who left sent in confirming."""
    with Session(engine) as session:
        asked = select(ActivityReport.id).order_by(ActivityReport.started_at)
        id_ = session.scalars(asked, execution_options=SYSTEM).all()[report]
        if not author:
            made = update(ActivityReport).where(ActivityReport.id == id_).values(entry_mode="ocr")
            session.execute(made, execution_options=SYSTEM)
        picture = new_id()
        session.add(picture_of(left, picture))
        session.flush()
        session.add(ReportAttachment(report_id=id_, attachment_id=picture, position=9))
        session.commit()
    return picture


def others(engine: Engine, left: Leaving) -> uuid.UUID:
    """A report of others, in which the one who left does not stand; the last one of the city."""
    with Session(engine) as session:
        return make.report(session, left.city, "squad11b", "K1-1-1", "squad11b", day=19, summary="放水").id


def erased(engine: Engine, left: Leaving) -> None:
    with bureau(engine, left.city) as (session, actor):
        run = mark_person(session, actor, left.member_id, "本人の請求", days=0).id
    assert done(engine, left, run, LATER)


def there(engine: Engine) -> tuple[set[tuple[uuid.UUID, int]], set[uuid.UUID], set[uuid.UUID]]:
    """Pages, scans whose file as it was sent is kept, and pictures."""
    with Session(engine) as session:
        pages = {tuple(row) for row in session.execute(select(ScanPage.scan_id, ScanPage.n), execution_options=SYSTEM)}
        sent = select(ScanFile.scan_id).where(ScanFile.file_id.is_not(None))
        files = set(session.scalars(sent, execution_options=SYSTEM))
        return pages, files, set(session.scalars(select(Attachment.id), execution_options=SYSTEM))


def test_paper_that_others_alone_stand_on_stays(engine: Engine, left: Leaving) -> None:
    """A clerk or leader sends and confirms what others did: it is these people's evidence, not theirs."""
    report = others(engine, left)
    scan = scanned(engine, left, left.member_id, PageState.CONFIRMED, of=[report])
    picture = on_paper(engine, left, -1)
    erased(engine, left)
    pages, files, pictures = there(engine)
    assert (scan, 1) in pages
    assert scan in files
    assert picture in pictures
    assert not set(left.pictures) & pictures


@pytest.mark.parametrize("how", ["takes part", "is read on it", "wrote it", "its report is gone"])
def test_paper_that_the_person_stands_on_or_that_is_nobodys_goes(engine: Engine, left: Leaving, how: str) -> None:
    with Session(engine) as session:
        asked = select(ActivityReport.id).where(ActivityReport.state == "sealed").order_by(ActivityReport.started_at)
        theirs = session.scalars(asked, execution_options=SYSTEM).all()[-1]
        name = session.get_one(Member, left.member_id, execution_options=SYSTEM).name
    report = {"takes part": theirs, "its report is gone": new_id()}.get(how) or others(engine, left)
    scan = scanned(
        engine, left, left.member_id, PageState.CONFIRMED, of=[report], on_it=how == "is read on it",
        written=name.replace(" ", "") if how == "wrote it" else "",
    )  # fmt: skip
    picture = on_paper(engine, left, -1) if how == "wrote it" else None
    erased(engine, left)
    pages, files, pictures = there(engine)
    assert (scan, 1) not in pages
    assert scan not in files
    assert picture not in pictures


def test_a_picture_on_a_report_that_others_wrote_and_did_stays(engine: Engine, left: Leaving) -> None:
    others(engine, left)
    picture = on_paper(engine, left, -1, author="squad11b")
    erased(engine, left)
    assert picture in there(engine)[2]


@pytest.mark.parametrize("state", [PageState.READ, PageState.REFUSED])
def test_the_file_as_it_was_sent_stays_while_a_page_of_it_may_become_a_report(engine, left, state) -> None:
    """The person stands on the first page of another one's file. Its own time ends it, 30 days after the last page."""
    sender = left.city.member_id("squad11b")
    scan = scanned(engine, left, sender, PageState.CONFIRMED, on_it=True, more=[state])
    erased(engine, left)
    pages, files, _ = there(engine)
    assert {key for key in pages if key[0] == scan} == {(scan, 2)}
    assert scan in files


def test_the_file_goes_once_all_its_pages_are_done_with(engine: Engine, left: Leaving) -> None:
    sender = left.city.member_id("squad11b")
    scan = scanned(engine, left, sender, PageState.CONFIRMED, on_it=True, more=[PageState.CONFIRMED])
    erased(engine, left)
    pages, files, _ = there(engine)
    assert {key for key in pages if key[0] == scan} == {(scan, 2)}
    assert scan not in files


def test_the_preview_counts_what_goes(engine: Engine, left: Leaving) -> None:
    scanned(engine, left, left.member_id, PageState.CONFIRMED, of=[others(engine, left)])
    scanned(engine, left, left.member_id, PageState.DISCARDED)
    on_paper(engine, left, -1)
    with bureau(engine, left.city) as (session, actor):
        seen = preview(session, actor, left.city.people["squad11a"].number)
    assert (seen.pictures, seen.pages) == (1, 1)


# --- Paper that nobody has read ---------------------------------------------------------------------------------------


def unread(engine: Engine, left: Leaving, **job: str) -> uuid.UUID:
    """A scan of the one who left whose pages have not even been counted; what its job is like."""
    scan, file = new_id(), new_id()
    with writing(engine) as session:
        held = enqueue(session, "read-scan", {"scan_id": str(scan)}, make.NOW, owner_id=left.member_id)
        held.state = job.pop("state")
        held.payload = {**held.payload, **job}
        session.flush()
        session.add(Scan(
            id=scan, bureau_id=left.city.bureau_id, uploader_id=left.member_id, unit_id=None, form=None,
            digest=scan.hex * 2, job_id=held.id, state="waiting", pages=None, created_at=make.NOW, finished_at=None,
        ))  # fmt: skip
        session.flush()
        session.add(ScanFile(scan_id=scan, position=0, file_id=file, sha256="", bytes=1, pages=None, refusal=None))
    left.storage.put(file_key(file), b"paper")
    return file


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_who_sent_what_is_still_to_be_read_is_not_erased(engine: Engine, left: Leaving, state: str) -> None:
    """Others may stand on it; where its job was given up, it can be tried again."""
    unread(engine, left, state=state)
    assert refused(engine, left) == ("undecided-pages",)


def test_what_nobody_will_read_any_more_goes_with_who_sent_it(engine: Engine, left: Leaving) -> None:
    """Its job was put aside: the file would stay for ever, as its time begins when it has been read."""
    file = unread(engine, left, state="failed", put_aside=make.NOW.isoformat())
    erased(engine, left)
    assert there(engine)[1] == set()
    long_after = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert file_key(file) not in set(left.storage.keys("scans", long_after))


@pytest.mark.parametrize("page", [None, PageState.WAITING, PageState.READ])
@pytest.mark.parametrize("aside", [False, True])
def test_what_nobody_will_read_any_more_goes_when_its_time_is_over(
    engine: Engine, left: Leaving, page: PageState | None, aside: bool
) -> None:
    """Not while its job may be tried again, nor while a page of it that was read waits for somebody."""
    file = unread(engine, left, state="failed", **({"put_aside": make.NOW.isoformat()} if aside else {}))
    with writing(engine) as session:
        scan = session.scalars(select(ScanFile.scan_id).where(ScanFile.file_id == file), execution_options=SYSTEM).one()
        if page:
            session.add(ScanPage(
                scan_id=scan, n=1, version=1, uploader_id=left.member_id, position=0, page=0, state=page.value, form="roster",
                form_version=1, unit_id=None, marks={}, fields=[], decided={}, said={}, picture_id=None, report_ids=[],
                reason="", **EMPTY,
            ))  # fmt: skip
    when = make.NOW + dt.timedelta(days=366 * 4)
    with bureau(engine, left.city, when) as (session, actor):
        run = mark(session, actor, days=0, cap=100).id
    assert done(engine, left, run, when)
    goes = aside and page is not PageState.READ
    with Session(engine) as session:
        assert (session.get(Scan, scan, execution_options=SYSTEM) is None) is goes
    assert (file_key(file) not in set(left.storage.keys("scans", when))) is goes
