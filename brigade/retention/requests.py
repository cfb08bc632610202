"""What people ask about their own data (個人情報保護法: 開示・訂正・利用停止) and what the bureau answers, by its day.

Thirty days from the day on which it came, thirty more once, with a reason that the person is told. A person sends it
from the phone, or writes a letter that an officer enters. Nobody answers their own. Each step stands in the log of
changes and is told to the other side.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.db import new_id
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell
from brigade.organisation.office import note
from brigade.organisation.people import ERASED_NAME, Member, Membership, Post
from brigade.organisation.ranks import PostName
from brigade.organisation.units import valid_on
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Refused
from brigade.retention.holds import LOOKED_AT
from brigade.retention.persons import mark_person
from brigade.retention.plans import UNDER_WAY, UNDO_DAYS, undo
from brigade.retention.tables import DataRequest, RequestKind, RequestState, RetentionRun

DAYS_TO_ANSWER = dt.timedelta(days=30)
DAYS_MORE = dt.timedelta(days=30)
MOST_LETTERS = 1000
LONGEST_POST = dt.timedelta(days=366)
"""How long ago a letter may have come."""

TOLD = {"as_system": "the officers of the bureau are told of what they must see to"}


# --- Asking -----------------------------------------------------------------------------------------------------------


def last_day(session: Session, member_id: uuid.UUID) -> dt.date | None:
    """The last day in service as the roster has it, past or to come; None while none is known."""
    asked = select(func.count(), func.count(Membership.valid_to), func.max(Membership.valid_to))
    spans, ended, last = session.execute(
        asked.where(Membership.member_id == member_id), execution_options=LOOKED_AT
    ).one()
    return last if spans and spans == ended else None


def ask(session: Session, actor: Actor, kind: RequestKind, words: str, *, id_: uuid.UUID | None = None) -> DataRequest:
    """One's own request. Invalid without the words that a correction needs, Refused for an erasure while no last day in
    service is known, Problem ``asked-already`` while the same waits or is being done.
    """
    _check_words("/words", words, required=kind is RequestKind.CORRECT)
    if kind is RequestKind.ERASE and last_day(session, actor.member_id) is None:
        raise Refused("not-leaving-yet")
    return _made(session, actor, actor.member_id, kind, words, actor.today, None, id_)


def enter(
    session: Session, actor: Actor, number: str, kind: RequestKind, words: str, received_on: dt.date,
    *, id_: uuid.UUID | None = None,
) -> DataRequest:  # fmt: skip
    """A letter of someone of the bureau, entered by an officer with the day on which it came. Invalid for who is not
    known or a day that cannot be; else as ``ask``.
    """
    _check_words("/words", words, required=kind is RequestKind.CORRECT)
    known = select(Member).where(Member.bureau_id == actor.bureau_id, Member.number == number.strip())
    member = session.scalar(known.where(Member.name != ERASED_NAME), execution_options=LOOKED_AT)
    problems = [] if member else [FieldProblem("/number", "unknown-member")]
    if not actor.today - LONGEST_POST <= received_on <= actor.today:
        problems.append(FieldProblem("/received_on", "not-a-day-of-arrival"))
    if problems or member is None:
        raise Invalid(problems)
    if kind is RequestKind.ERASE and last_day(session, member.id) is None:
        raise Refused("still-serving")
    return _made(session, actor, member.id, kind, words, received_on, actor.member_id, id_)


def _made(
    session: Session, actor: Actor, member_id: uuid.UUID, kind: RequestKind, words: str, received_on: dt.date,
    entered_by: uuid.UUID | None, id_: uuid.UUID | None,
) -> DataRequest:  # fmt: skip
    being_done = select(RetentionRun.id).where(RetentionRun.state.in_(UNDER_WAY))
    same = select(DataRequest.id).where(
        DataRequest.member_id == member_id, DataRequest.kind == kind.value,
        or_(DataRequest.state == RequestState.OPEN.value, DataRequest.run_id.in_(being_done)),
    )  # fmt: skip
    if session.scalar(same.limit(1), execution_options=LOOKED_AT) is not None:
        raise Problem("asked-already")
    made = DataRequest(
        id=id_ or new_id(), bureau_id=actor.bureau_id, member_id=member_id, kind=kind.value, words=words.strip(),
        state=RequestState.OPEN.value, made_at=actor.now, received_on=received_on, entered_by_id=entered_by,
        due_on=received_on + DAYS_TO_ANSWER, extension="", extended_by_id=None, extended_at=None, answer="",
        ended_by_id=None, ended_at=None, run_id=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    note(session, actor, "data-request.make", made.id, member_id=member_id, kind=kind.value, due_on=made.due_on)
    told = officers_of(session, actor.bureau_id, actor.today) - {actor.member_id}
    tell(session, NoticeKind.DATA_REQUEST_MADE, sorted(told), actor.now, data=_about(made))
    return made


def withdraw(session: Session, actor: Actor, request_id: uuid.UUID) -> DataRequest:
    """Take one's own back; one that is withdrawn stays so. NotFound for another's, Problem once it is answered."""
    request = _locked(session, request_id)
    if request is None or request.member_id != actor.member_id:
        raise NotFound()
    if request.state == RequestState.WITHDRAWN:
        return request
    _end(session, actor, request, RequestState.WITHDRAWN, "")
    note(session, actor, "data-request.withdraw", request.id, member_id=request.member_id, kind=request.kind)
    told = officers_of(session, actor.bureau_id, actor.today) - {actor.member_id}
    tell(session, NoticeKind.DATA_REQUEST_WITHDRAWN, sorted(told), actor.now, data=_about(request))
    return request


# --- Answering --------------------------------------------------------------------------------------------------------


def extend(session: Session, actor: Actor, request_id: uuid.UUID, reason: str) -> DataRequest:
    """Thirty days more, once; the person reads why. Invalid without a reason, Problem ``extended-already``."""
    _check_words("/reason", reason, required=True)
    request = _open(session, actor, request_id)
    if request.extended_at is not None:
        raise Problem("extended-already")
    request.due_on += DAYS_MORE
    request.extension, request.extended_by_id, request.extended_at = reason.strip(), actor.member_id, actor.now
    session.flush()
    note(
        session, actor, "data-request.extend", request.id,
        member_id=request.member_id, kind=request.kind, due_on=request.due_on,
    )  # fmt: skip
    tell(session, NoticeKind.DATA_REQUEST_EXTENDED, [request.member_id], actor.now, data=_about(request))
    return request


def refuse(session: Session, actor: Actor, request_id: uuid.UUID, reason: str) -> DataRequest:
    """Not done; the person reads why. Invalid without a reason."""
    _check_words("/reason", reason, required=True)
    request = _open(session, actor, request_id)
    return _answered(session, actor, request, RequestState.REFUSED, reason, NoticeKind.DATA_REQUEST_REFUSED)


def accept(session: Session, actor: Actor, request_id: uuid.UUID, answer: str, *, days: int = UNDO_DAYS) -> DataRequest:
    """It is done: shown or put right as the answer says, or the person is erased after ``days``, not before they left.

    Invalid for an answer that says nothing (an erasure needs none), Refused with every reason why they cannot be erased.
    """
    request = _open(session, actor, request_id)
    _check_words("/answer", answer, required=request.kind != RequestKind.ERASE)
    if request.kind == RequestKind.ERASE:
        until = days_until_gone(session, actor, request.member_id, days)
        run = mark_person(session, actor, request.member_id, "", days=until, asked=True)  # their words stand here alone
        request.run_id = run.id
    return _answered(session, actor, request, RequestState.ACCEPTED, answer, NoticeKind.DATA_REQUEST_ACCEPTED)


def days_until_gone(session: Session, actor: Actor, member_id: uuid.UUID, days: int) -> int:
    """After how many days an erasure can be done: not before the person has left."""
    last = last_day(session, member_id)
    return days if last is None else max(days, (last - actor.today).days + 1)


def take_back(session: Session, actor: Actor, run_id: uuid.UUID) -> RetentionRun:
    """Undo a run. A request that it was to fulfil waits for an answer again, and the person is told."""
    run = undo(session, actor, run_id)
    open_again(session, actor, run)
    return run


def open_again(session: Session, actor: Actor, run: RetentionRun) -> None:
    """The request that a run was to fulfil, but did not, waits again: by its day, which stays as it was."""
    asked = select(DataRequest).where(DataRequest.run_id == run.id).with_for_update()
    request = session.scalar(asked, execution_options=LOOKED_AT)
    if request is None:
        return
    request.state, request.run_id, request.answer = RequestState.OPEN.value, None, ""
    request.ended_by_id = request.ended_at = None
    session.flush()
    note(session, actor, "data-request.reopen", request.id, member_id=request.member_id, kind=request.kind)
    tell(session, NoticeKind.DATA_REQUEST_REOPENED, [request.member_id], actor.now, data=_about(request))
    told = officers_of(session, actor.bureau_id, actor.today) - {actor.member_id}
    tell(session, NoticeKind.DATA_REQUEST_MADE, sorted(told), actor.now, data=_about(request))


def _answered(
    session: Session, actor: Actor, request: DataRequest, state: RequestState, answer: str, kind: NoticeKind
) -> DataRequest:
    _end(session, actor, request, state, answer)
    note(
        session, actor, f"data-request.{'accept' if state is RequestState.ACCEPTED else 'refuse'}", request.id,
        member_id=request.member_id, kind=request.kind,
    )  # fmt: skip
    tell(session, kind, [request.member_id], actor.now, data=_about(request))
    return request


def _end(session: Session, actor: Actor, request: DataRequest, state: RequestState, answer: str) -> None:
    if request.state != RequestState.OPEN:
        raise Problem("request-answered")
    request.state, request.answer = state.value, answer.strip()
    request.ended_by_id, request.ended_at = actor.member_id, actor.now
    session.flush()


# --- Both -------------------------------------------------------------------------------------------------------------


def officers_of(session: Session, bureau_id: uuid.UUID, day: dt.date) -> set[uuid.UUID]:
    """The officers of a bureau on that day."""
    held = select(Post.member_id).where(
        Post.unit_id == bureau_id, Post.post == PostName.BUREAU_OFFICER.value, valid_on(Post, day)
    )
    return set(session.scalars(held, execution_options=TOLD))


def waiting(session: Session, actor: Actor) -> int:
    """How many wait for an answer of the actor's bureau."""
    is_open = (DataRequest.bureau_id == actor.bureau_id, DataRequest.state == RequestState.OPEN.value)
    return session.scalar(select(func.count(DataRequest.id)).where(*is_open)) or 0


def _locked(session: Session, request_id: uuid.UUID) -> DataRequest | None:
    """The request, if one may see it, held until the commit."""
    asked = select(DataRequest).where(DataRequest.id == request_id).with_for_update()
    return session.scalar(asked.execution_options(populate_existing=True))


def _open(session: Session, actor: Actor, request_id: uuid.UUID) -> DataRequest:
    """One to be answered by this officer. NotFound, Refused for one's own, Problem ``request-answered``."""
    request = _locked(session, request_id)
    if request is None:
        raise NotFound()
    if request.member_id == actor.member_id:
        raise Refused("own-request")
    if request.state != RequestState.OPEN:
        raise Problem("request-answered")
    return request


def _check_words(pointer: str, words: str, *, required: bool) -> None:
    if required and not words.strip():
        raise Invalid([FieldProblem(pointer, "required")])
    if len(words) > MOST_LETTERS:
        raise Invalid([FieldProblem(pointer, "too-long", {"max": MOST_LETTERS})])


def _about(request: DataRequest) -> dict[str, Any]:
    return {"asked": request.kind, "request_id": str(request.id), "due_on": request.due_on.isoformat()}
