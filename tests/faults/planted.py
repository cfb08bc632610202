"""Faults put into the product on purpose, each of a kind that programs really have: the checker must find every one.

A child of the nursery that is told a name changes itself accordingly before it serves. Where a fault shows only when
somebody dies, its gap is a point to die at.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, after_this_request, has_request_context, request
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, make_transient

from api import endpoint, worker
from api.extensions import db
from api.problems import answer as problem_answer
from api.sealing import SEAL
from brigade import jobs
from brigade.activity import actions, filing, many
from brigade.activity.history import ReportEvent
from brigade.activity.report_checks import check
from brigade.creations import Creation, keep_answer
from brigade.db import new_id
from brigade.files import attachments
from brigade.messages import mail, notices, sending
from brigade.messages.outcome import sent
from brigade.month import sealing
from brigade.problems import Unavailable
from brigade.row_sets import RowSet, added, write
from tests.faults.points import GAP, reached

LATER = 0.2
"""Seconds by which something is done too late."""


def _later(do: Callable[[], object]) -> None:
    """Where somebody asked for it, only once the answer is out: on a slow machine too the phone believes it done."""

    def done() -> None:
        reached(GAP)
        do()

    later = threading.Timer(LATER, done)
    if has_request_context():

        @after_this_request
        def answered(answer: Response) -> Response:
            answer.call_on_close(later.start)
            return answer

    else:
        later.start()


def instead(owner: object, **faulty: object) -> None:
    """These stand in the place of what the module or class has under these names, from now on."""
    for name, one in faulty.items():
        assert hasattr(owner, name), name
        setattr(owner, name, one)


def _engine(session: Session) -> Engine:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine


def _gap_after_commit(session: Session) -> None:
    event.listen(session, "after_commit", lambda _: reached(GAP), once=True)


def first_answer_not_kept(app: Any) -> None:
    """A request sent again is not known again."""
    instead(endpoint, answered_before=lambda session, id_, *_: reached(GAP) if session.get(Creation, id_) else None)


def id_of_its_own(app: Any) -> None:
    """The server numbers reports itself, whatever id the phone gave them: sent twice, they are two."""
    create = actions.create

    def anew(session: Session, *args: Any, **said: Any) -> Any:
        _gap_after_commit(session)
        return create(session, *args, **{**said, "report_id": new_id()})

    def unchecked(session: Session, actor: Any, content: Any, **said: Any) -> Any:
        return check(session, actor, content, **{**said, "submit": False})

    instead(
        endpoint,
        answered_before=lambda *_: None,
        keep_answer=lambda session, id_, *rest: keep_answer(session, new_id(), *rest),
    )
    instead(actions, create=anew, lock_people=lambda *_: None, check=unchecked)


def answer_before_commit(app: Any) -> None:
    """A report is answered for first and committed a moment later."""
    commit = Session.commit

    def late(session: Session) -> None:
        if not has_request_context() or request.method != "POST" or not request.path.endswith("/activity-reports"):
            return commit(session)
        session.flush()
        db.session.registry.clear()  # out of the reach of the request, which is over
        return _later(lambda: done(session))

    def done(session: Session) -> None:
        with app.app_context():  # in which the session looks up its store, for the links of the chain
            commit(session)
            session.close()

    instead(Session, commit=late)


def event_apart(app: Any) -> None:
    """State first, event in a transaction of its own."""
    _apart(app, ReportEvent, lambda row: row.action not in ("create", "submit", "seal"))


def undo_forgets_its_event(app: Any) -> None:
    """An approval is taken back and nothing tells of it."""
    _apart(app, ReportEvent, lambda row: row.action == "undo", keep=False)


def _apart(app: Any, model: type, which: Callable[[Any], bool], *, keep: bool = True) -> None:
    @event.listens_for(Session, "before_flush")
    def take_out(session: Session, *_: object) -> None:
        for row in [row for row in session.new if isinstance(row, model) and which(row)]:
            session.expunge(row)
            session.info.setdefault("apart", []).append(row)

    @event.listens_for(Session, "after_commit")
    def put_in(session: Session) -> None:
        rows = session.info.pop("apart", [])
        if rows:
            reached(GAP)
        if rows and keep:
            with jobs.writing(_engine(session)) as other:
                for row in rows:
                    make_transient(row)
                    other.add(row)


def notice_apart(app: Any) -> None:
    """Who is to be told is noted once it has happened."""

    def at_once(session: Session, *sets: RowSet) -> None:
        told = [row for one in sets if one.kind.table is notices.NOTICES for row in one.rows]
        session.info.setdefault("told", []).extend(told)
        write(session, *(one for one in sets if one.kind.table is not notices.NOTICES))

    @event.listens_for(Session, "after_commit")
    def tell(session: Session) -> None:
        if rows := session.info.pop("told", []):
            reached(GAP)
            with jobs.writing(_engine(session)) as other:
                write(other, added(notices.NOTICES, rows, new_only=True))

    for module in (notices, filing, many):
        instead(module, write=at_once)


def stale_passes(app: Any) -> None:
    """Whatever version somebody saw, they decide on the newest: sent again, it is not known again."""
    act = actions.act

    def newest(session: Session, actor: Any, id_: uuid.UUID, action: Any, version: int, **said: Any) -> Any:
        _gap_after_commit(session)
        return act(session, actor, id_, action, actions.locked_one(session, id_).version, **said)

    instead(actions, act=newest)


def batch_in_parts(app: Any) -> None:
    """Of many approvals each is committed by itself."""
    act_on_many = many.act_on_many

    def parts(session: Session, actor: Any, items: Any, action: Any) -> list[Any]:
        done: list[Any] = []
        for item in items:
            if done:
                session.commit()
                reached(GAP)
            done += act_on_many(session, actor, [item], action)
        return done

    instead(many, act_on_many=parts)


def file_after_its_row(app: Any) -> None:
    """The picture is stored once its row is there."""

    def later(storage: Any, picture: bytes, thumbnail: bytes) -> attachments.Files:
        file_id = uuid.uuid4()
        for key, data in zip(attachments.keys_of(file_id), (picture, thumbnail), strict=True):
            _later(partial(storage.put, key, data))
        return attachments.Files(file_id, *(hashlib.sha256(data).hexdigest() for data in (picture, thumbnail)))

    instead(attachments, put_files=later)


def sealing_in_two(app: Any) -> None:
    """Reports are sealed first, the edition is made in a second transaction."""
    seal = sealing._seal_reports

    def committed(session: Session, *rest: Any) -> None:
        seal(session, *rest)
        session.commit()
        reached(GAP)

    instead(sealing, _seal_reports=committed)


def mail_under_another_key(app: Any) -> None:
    """A mail that is sent again cannot be known again."""
    message = mail.message
    instead(mail, message=lambda *args, **said: message(*args, **{**said, "id_": uuid.uuid4()}))


def mail_noted_first(app: Any) -> None:
    """It is noted as sent and then sent."""
    tried = sending._tried

    def later(letter: Any, ways: Any, outbox: Any) -> Any:
        _later(lambda: tried(letter, ways, mail.Outbox(ways.mail)))
        return sent()

    instead(sending, _tried=later)


def job_done_first(app: Any) -> None:
    """A job is done as soon as it is begun."""
    seal = worker.HANDLERS[SEAL]

    def handle(work: Any) -> None:
        with work.transaction() as session:
            session.get_one(jobs.Job, work.job_id).state = "done"
        seal(work)

    worker.HANDLERS[SEAL] = handle


def job_never_again(app: Any) -> None:
    """What a dead worker had begun is nobody's."""
    jobs.LEASE = jobs.LEASE * 100_000


def says_it_is_stored(app: Any) -> None:
    """While the store is away, phones are told that all is well."""

    def fine(error: Exception) -> Any:
        if request.method == "POST" and request.path.endswith("/activity-reports"):
            return app.response_class("{}", 201, mimetype="application/json")
        return problem_answer(Unavailable())

    app.register_error_handler(DBAPIError, fine)


PLANTED: dict[str, Callable[[Any], None]] = {
    fault.__name__: fault
    for fault in (
        first_answer_not_kept, id_of_its_own, answer_before_commit, event_apart, undo_forgets_its_event, notice_apart,
        stale_passes, batch_in_parts, file_after_its_row, sealing_in_two, mail_under_another_key, mail_noted_first,
        job_done_first, job_never_again, says_it_is_stored,
    )
}  # fmt: skip
