"""Doing a run on its day, in small steps: each is a transaction of its own, and begun again it goes on where it was.

What goes shrinks with each step, so nothing need be remembered of how far it is. Holds and times are looked at in each.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.files.storage import Storage
from brigade.kana import sort_key
from brigade.organisation.people import ERASED_KANA, ERASED_NAME, FormerType, Member
from brigade.problems import NotFound, Problem
from brigade.retention.holds import holds_of
from brigade.retention.paper_gone import (
    let_go_of_unread,
    page_files,
    pages_going,
    pictures_going,
    remove_pages,
    uploads_of,
)
from brigade.retention.persons import against
from brigade.retention.plans import going
from brigade.retention.records import MEMBER, RECORDS, Going, members_held, picture_files, remove_pictures
from brigade.retention.reports_gone import discard_drafts
from brigade.retention.requests import open_again
from brigade.retention.tables import RetentionRun, RunState
from brigade.retention.traces_gone import erase_answers_about, erase_traces
from brigade.retention.ways_gone import GOES, forget_contacts
from brigade.retention.words_gone import Erasure, erase_words, index_again, reports_with

T = TypeVar("T")
STEP = 50
"""Reports whose words are looked through in one transaction."""


@dataclass(frozen=True, slots=True)
class Doing:
    """One run under way. ``transaction()`` gives a session that is committed at the end of its block, ``went`` is told
    after each step and may end the work.
    """

    run_id: uuid.UUID
    transaction: Callable[[], AbstractContextManager[Session]]
    storage: Storage
    clock: Callable[[], dt.datetime]
    went: Callable[[], None] = lambda: None

    def step(self, work: Callable[[Session, RetentionRun], T]) -> T:
        """One transaction, with the run held in it; what the work gave comes back once it is committed."""
        with self.transaction() as session:
            if session.get_bind().dialect.name == "sqlite":  # what goes is overwritten in the file, too
                session.execute(text("PRAGMA secure_delete = ON"), execution_options=GOES)
            result = work(session, _held(session, self.run_id))
        self.went()
        return result


def _held(session: Session, run_id: uuid.UUID) -> RetentionRun:
    asked = select(RetentionRun).where(RetentionRun.id == run_id).with_for_update()
    run = session.scalar(asked.execution_options(populate_existing=True), execution_options=GOES)
    if run is None:
        raise NotFound()
    return run


def carry_out(doing: Doing) -> bool:
    """Do it; whether it is done now. False for one that was undone. Problem ``run-not-due`` before its day."""

    def begin(_session: Session, run: RetentionRun) -> tuple[str, uuid.UUID | None]:
        if run.state == RunState.WAITING and run.goes_at > doing.clock():
            raise Problem("run-not-due")
        if run.state == RunState.WAITING:
            run.state = RunState.RUNNING.value
        return run.state, run.member_id

    state, member_id = doing.step(begin)
    if state != RunState.RUNNING:
        return state == RunState.DONE
    if member_id is not None:
        _person_goes(doing, member_id)
    else:
        for code in RECORDS:
            _people_go(doing) if code == MEMBER else _records_go(doing, code)
    doing.step(lambda session, run: _end(session, run, doing.clock()))
    return True


def _end(session: Session, run: RetentionRun, now: dt.datetime) -> None:
    run.state, run.ended_at = RunState.DONE.value, now
    facts = {"counts": dict(run.gone), **({"member_id": str(run.member_id)} if run.member_id else {})}
    session.add(AuditEntry(
        bureau_id=run.bureau_id, actor_id=run.planned_by_id, at=now, action="retention.done", subject_id=run.id, data=facts
    ))  # fmt: skip
    if run.member_id is not None and "kept" in run.gone:  # something has come up since: who asked is not forgotten
        open_again(session, Actor(run.planned_by_id, run.bureau_id, "staff", now), run)


def _add(run: RetentionRun, **more: int) -> None:
    run.gone = dict(Counter(run.gone) + Counter(more))


# --- By time ----------------------------------------------------------------------------------------------------------


def _records_go(doing: Doing, code: str) -> None:
    """One type, some hundred rows at a time. Files first: see ``records.py``."""

    def some(session: Session, run: RetentionRun) -> int:
        record, ids = going(session, run, code)
        for key in record.files(session, ids) if ids else ():
            doing.storage.delete(key)
        if ids:
            record.remove(session, Going(run, doing.clock()), ids)
            _add(run, **{code: len(ids)})
        return len(ids)

    while doing.step(some):
        pass


def _people_go(doing: Doing) -> None:
    """Everyone whose time is over, one after the other; who cannot be erased yet stays for the next run."""
    last: uuid.UUID | None = None
    while ids := doing.step(lambda session, run, after=last: going(session, run, MEMBER, after)[1]):  # type: ignore[misc]
        for id_ in ids:
            _person_goes(doing, id_)
        last = ids[-1]


# --- One person -------------------------------------------------------------------------------------------------------


def _person_goes(doing: Doing, member_id: uuid.UUID) -> None:
    """Ways in, words, pictures, paper, traces; the name last but for the index of words, as texts are searched for it.

    A hold that is placed meanwhile stops it where it is: the name stays, and it goes on in a later run.
    """
    if not doing.step(lambda session, run: _may_go(session, run, member_id, doing.clock())):
        return
    is_named = doing.step(lambda session, _: not _member(session, member_id).is_erased)
    if is_named:
        _in_reports(doing, member_id, lambda session, run, ids: _words_go(doing, session, run, member_id, ids))
        doing.step(lambda session, run: _files_go(doing, session, run, member_id))
        doing.step(lambda session, run: _name_goes(doing, session, run, member_id))
    _in_reports(doing, member_id, lambda session, run, ids: index_again(session, ids))


def _member(session: Session, member_id: uuid.UUID) -> Member:
    return session.get_one(Member, member_id, execution_options=GOES)


def _may_go(session: Session, run: RetentionRun, member_id: uuid.UUID, now: dt.datetime) -> bool:
    """Whether nothing stands against it, as may be the case since it was marked; contact data goes at once then."""
    member = _member(session, member_id)
    if not member.is_erased and against(session, Actor(run.planned_by_id, run.bureau_id, "staff", now), member):
        _add(run, kept=1)
        return False
    forget_contacts(session, member_id)
    return True


def _is_held(session: Session, run: RetentionRun, member_id: uuid.UUID) -> bool:
    """Whether something of the person is on hold by now."""
    holds = holds_of(session, run.bureau_id)
    held = select(Member.id).where(Member.id == member_id, members_held(holds))
    return bool(holds) and session.scalar(held, execution_options=GOES) is not None


def _in_reports(
    doing: Doing, member_id: uuid.UUID, work: Callable[[Session, RetentionRun, Sequence[uuid.UUID]], None]
) -> None:
    """Work on all reports in which the person stands, a few at a time."""

    def some(session: Session, run: RetentionRun, after: uuid.UUID | None) -> uuid.UUID | None:
        ids = session.scalars(reports_with(member_id, after).limit(STEP), execution_options=GOES).all()
        if ids:
            work(session, run, ids)
        return ids[-1] if ids else None

    last = doing.step(lambda session, run: some(session, run, None))
    while last is not None:
        last = doing.step(lambda session, run, after=last: some(session, run, after))  # type: ignore[misc]


def _words_go(
    doing: Doing, session: Session, run: RetentionRun, member_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> None:
    """Drafts of the person are thrown away; of the other reports their words go."""
    if _is_held(session, run, member_id):
        return
    drafts = select(ActivityReport.id).where(ActivityReport.id.in_(ids), ActivityReport.state == State.DRAFT.value)
    thrown = session.scalars(drafts.where(ActivityReport.author_id == member_id), execution_options=GOES).all()
    discard_drafts(session, thrown)
    erasure = Erasure(_member(session, member_id), run, doing.clock())
    changed = erase_words(session, erasure, [id_ for id_ in ids if id_ not in set(thrown)])
    erase_answers_about(session, ids)
    _add(run, draft=len(thrown), words=changed)


def _files_go(doing: Doing, session: Session, run: RetentionRun, member_id: uuid.UUID) -> None:
    """Pictures and paper, the files before their rows."""
    if _is_held(session, run, member_id):
        return
    member = _member(session, member_id)
    pictures, pages = pictures_going(session, member), pages_going(session, member)
    sent = (*page_files(session, pages), *let_go_of_unread(session, member_id), *uploads_of(session, member_id))
    for key in (*picture_files(session, pictures), *sent):
        doing.storage.delete(key)
    remove_pictures(session, Going(run, doing.clock()), pictures)
    remove_pages(session, pages)
    _add(run, picture=len(pictures), page=len(pages))


def _name_goes(doing: Doing, session: Session, run: RetentionRun, member_id: uuid.UUID) -> None:
    if _is_held(session, run, member_id):
        _add(run, kept=1)
        return
    member = _member(session, member_id)
    erase_traces(session, Erasure(member, run, doing.clock()))
    member.name, member.kana, member.kana_sort = ERASED_NAME, ERASED_KANA, sort_key(ERASED_KANA)
    member.allowed_kinds = None
    former = update(FormerType).where(FormerType.member_id == member_id).values(allowed_kinds=None)
    session.execute(former, execution_options=GOES)  # the types stay, as days of service do
    _add(run, member=1)
