"""Scans taken in: the rows of what was sent, the job that reads it, its pages once they are counted."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade import jobs
from brigade.actor import Actor
from brigade.dates import day_start
from brigade.db import new_id
from brigade.files.storage import Storage, whole_jpeg
from brigade.form_sheets import filling_on
from brigade.forms.shelf import newest
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell, tell_once
from brigade.problems import Conflict, FieldProblem, Invalid, NotFound, Problem, Refused
from brigade.scans.reviewing import open_page
from brigade.scans.tables import PageState, Scan, ScanFile, ScanPage, ScanState

READ = "read-scan"
QUOTA = 100
"""Scans of one person and day (in Japan)."""

MAX_FILES, MAX_PAGES = 200, 200
"""Of one scan."""

TAKEN = {"as_system": "an id is taken whoever took it"}
WHOLE = {"as_system": "a scan is read for the one who sent it"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One file whose bytes are stored."""

    file_id: uuid.UUID
    sha256: str
    bytes: int


class StoredPage(NamedTuple):
    """The file of a straightened page; ``sha256`` None: not noted yet."""

    file_id: uuid.UUID
    sha256: str | None


def file_key(file_id: uuid.UUID) -> str:
    """Where a file lies as it was sent."""
    return f"scans/{file_id.hex[-2:]}/{file_id}"


def sheet_key(file_id: uuid.UUID) -> str:
    """Where a straightened page lies."""
    return f"sheets/{file_id.hex[-2:]}/{file_id}.jpg"


def put(storage: Storage, data: bytes) -> uuid.UUID:
    """Store a file as it was sent, under a new name."""
    file_id = new_id()
    storage.put(file_key(file_id), data)
    return file_id


def put_sheet(storage: Storage, picture: bytes) -> StoredPage:
    """Store a straightened page, under a new name."""
    file_id = new_id()
    storage.put(sheet_key(file_id), picture)
    return StoredPage(file_id, hashlib.sha256(picture).hexdigest())


def stored_page(page: ScanPage) -> StoredPage | None:
    """The straightened page, as long as it is kept."""
    if page.picture_id is None:
        return None
    return StoredPage(page.picture_id, page.picture_sha256 if page.hashed_id == page.picture_id else None)


def page_bytes(storage: Storage, page: StoredPage) -> bytes:
    """Its picture. Unavailable where the store gives something else."""
    return whole_jpeg(storage, sheet_key(page.file_id), page.sha256)


def digest_of(hashes: Sequence[str], form: str | None, unit_id: uuid.UUID | None) -> str:
    """What makes two scans the same: the files in their order, and what was said about them."""
    return hashlib.sha256(repr((list(hashes), form, str(unit_id))).encode()).hexdigest()


def sent_before(session: Session, actor: Actor, id_: uuid.UUID | None, digest: str) -> Scan | None:
    """The actor's scan of just this, or under this id. Conflict for the id of something else."""
    if id_ is not None:
        held = session.get(Scan, id_, populate_existing=True, execution_options=TAKEN)
        if held is not None:
            if (held.uploader_id, held.digest) != (actor.member_id, digest):
                raise Conflict()
            return held
    return session.scalar(select(Scan).where(Scan.uploader_id == actor.member_id, Scan.digest == digest))


def check_may_send(session: Session, actor: Actor, form: str | None, unit_id: uuid.UUID | None) -> None:
    """Invalid for an unknown form and for a unit whose sheets one may not bring in; ``scan-quota``."""
    problems = []
    if form is not None and form not in newest():
        problems.append(FieldProblem("/form", "not-an-option"))
    if unit_id is not None and not may_bring(session, actor, unit_id):
        problems.append(FieldProblem("/unit_id", "not-your-unit"))
    if problems:
        raise Invalid(problems)
    since = day_start(actor.today)
    mine = select(func.count()).where(Scan.uploader_id == actor.member_id, Scan.created_at >= since)
    if (session.scalar(mine) or 0) >= QUOTA:
        left = since + dt.timedelta(days=1) - actor.now
        raise Problem("scan-quota", retry_after=int(left.total_seconds()) + 1)


def may_bring(session: Session, actor: Actor, unit_id: uuid.UUID, day: dt.date | None = None) -> bool:
    """Whether one may bring in sheets of the unit: as a member of it, or as who leads or stands over it."""
    try:
        filling_on(session, actor, unit_id, day or actor.today)
    except (NotFound, Refused):
        return False
    return True


def start(
    session: Session, actor: Actor, files: Sequence[Sent], digest: str, *, id_: uuid.UUID | None = None,
    form: str | None = None, unit_id: uuid.UUID | None = None,
) -> Scan:  # fmt: skip
    """A new scan with the job that reads it; flushed."""
    scan = Scan(
        id=id_ or new_id(), bureau_id=actor.bureau_id, uploader_id=actor.member_id, unit_id=unit_id, form=form,
        digest=digest, job_id=new_id(), state=ScanState.WAITING.value, pages=None, created_at=actor.now, finished_at=None,
        files=[
            ScanFile(position=place, file_id=file.file_id, sha256=file.sha256, bytes=file.bytes, pages=None, refusal=None)
            for place, file in enumerate(files)
        ],
    )  # fmt: skip
    session.add(scan)
    jobs.enqueue(session, READ, {"scan_id": str(scan.id)}, actor.now, scan.job_id, owner_id=actor.member_id)
    session.flush()
    return scan


def whole(session: Session, scan_id: uuid.UUID) -> Scan:
    """The scan with its files, for the job."""
    return session.get_one(Scan, scan_id, execution_options=WHOLE)


def lay_out(session: Session, scan: Scan, counted: Sequence[int | str], now: dt.datetime) -> None:
    """Rows for all pages, by the count of each file or the code why it has none. Too many in all: none is read."""
    total = sum(count for count in counted if isinstance(count, int))
    if total > MAX_PAGES:
        counted = ["too-many-pages" if isinstance(count, int) else count for count in counted]
        total = 0
    n = 0
    for file, count in zip(scan.files, counted, strict=True):
        if isinstance(count, str):
            file.refusal = count
            continue
        file.pages = count
        for page in range(count):
            n += 1
            session.add(blank_page(scan, n, file.position, page))
    scan.pages, scan.state = total, ScanState.READING.value
    if not total:
        scan.state, scan.finished_at = ScanState.REFUSED.value, now
        _tell(session, scan, NoticeKind.SCAN_REFUSED, {}, now)


def blank_page(scan: Scan, n: int, position: int, page: int) -> ScanPage:
    """A page that nobody has looked at."""
    return ScanPage(
        scan_id=scan.id, n=n, version=1, uploader_id=scan.uploader_id, position=position, page=page,
        state=PageState.WAITING.value, form=scan.form, marks={}, fields=[], decided={}, said={}, report_ids=[], reason="",
    )  # fmt: skip


def waiting(session: Session, scan_id: uuid.UUID) -> list[int]:
    """Numbers of the pages that wait for being looked at."""
    asked = select(ScanPage.n).where(ScanPage.scan_id == scan_id, ScanPage.state == PageState.WAITING)
    return list(session.scalars(asked.order_by(ScanPage.n), execution_options=WHOLE))


def finish(session: Session, scan_id: uuid.UUID, now: dt.datetime) -> None:
    """Every page has been looked at, unless one waits again."""
    scan = whole(session, scan_id)
    if scan.state == ScanState.READING and not waiting(session, scan_id):
        scan.state, scan.finished_at = ScanState.READ.value, now
        _tell(session, scan, NoticeKind.SCAN_READ, {"pages": scan.pages, **_outcome(session, scan_id)}, now)


def _given_up(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
    """Nobody goes on reading: the sender learns it each time, for each time something can be done about it."""
    scan = session.get(Scan, uuid.UUID(payload["scan_id"]), execution_options=WHOLE)
    if scan is not None and scan.state in (ScanState.WAITING, ScanState.READING):
        tell(session, NoticeKind.SCAN_GIVEN_UP, [scan.uploader_id], now, data={"scan_id": str(scan.id)})


jobs.WHEN_GIVEN_UP[READ] = _given_up


def _outcome(session: Session, scan_id: uuid.UUID) -> dict[str, int]:
    """How many pages wait for a person, and how many could not be read."""
    asked = (
        select(ScanPage.state, func.count().label("pages")).where(ScanPage.scan_id == scan_id).group_by(ScanPage.state)
    )
    found = {row.state: row.pages for row in session.execute(asked, execution_options=WHOLE)}
    return {"to_review": found.get(PageState.READ, 0), "unread": found.get(PageState.REFUSED, 0)}


def _tell(session: Session, scan: Scan, kind: NoticeKind, data: dict[str, Any], now: dt.datetime) -> None:
    """Let the sender know, once for each scan: who has a page looked at again is waiting for it."""
    tell_once(session, kind, str(scan.id), {scan.uploader_id: {"scan_id": str(scan.id), **data}}, now)


def look_again(session: Session, actor: Actor, scan_id: uuid.UUID, n: int, version: int, form: str) -> ScanPage:
    """The page is to be sought as this form: it waits again, and a job looks at it.

    ``scan-page-closed`` for one that is done with, ``scan-file-gone`` where the file is no longer kept.
    """
    if form not in newest():
        raise Invalid([FieldProblem("/form", "not-an-option")])
    page = open_page(session, scan_id, n, version, also=(PageState.REFUSED,))
    scan = whole(session, scan_id)
    if scan.files[page.position].file_id is None:
        raise Problem("scan-file-gone")
    page.state, page.refusal, page.form, page.form_version = PageState.WAITING.value, None, form, None
    page.marks, page.fields, page.decided, page.said, page.code = {}, [], {}, {}, None
    page.duplicate_scan_id = page.duplicate_n = page.pixels = page.trace = None
    page.version = (
        version + 1
    )  # above all that was shown before, also while it is not known what the sheet goes on over
    before = session.get(jobs.Job, scan.job_id)
    if before is not None and before.state == "failed":  # the new one reads what it has left
        jobs.put_aside(before, actor.now)
    scan.state, scan.finished_at, scan.job_id = ScanState.READING.value, None, new_id()
    jobs.enqueue(session, READ, {"scan_id": str(scan.id)}, actor.now, scan.job_id, owner_id=actor.member_id)
    session.flush()
    return page
