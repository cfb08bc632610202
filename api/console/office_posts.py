"""Who holds which post; the bureau appoints and ends."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.office import day_in, first_of, unit_asked, units_to_choose
from api.console.pages import Console, Visit, go
from api.console.unit_names import unit_names
from api.endpoint import BUREAU, OFFICERS
from api.present import Names
from brigade.organisation import posts as domain
from brigade.organisation.office import counts_from
from brigade.organisation.people import Member, Post
from brigade.organisation.ranks import POST_LEVEL, PostName
from brigade.organisation.units import Unit, below
from brigade.problems import FieldProblem, Invalid, NotFound

screens = Console("office_posts")
ROWS = 100
"""Posts on one page."""

TO_GIVE = tuple(POST_LEVEL)
NUMBER_MAX = 20
STEP_UP = "role-change"


@screens.page("/office/posts", needs=OFFICERS)
def posts(visit: Visit) -> BaseResponse:
    """Of a unit and all below it, today and from a later day on."""
    unit_id, today = unit_asked(visit), visit.actor.today
    asked = (
        select(Post)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.unit_id.in_(below([unit_id], today)), Post.post != PostName.MEMBER, counts_from(Post, today))
        .order_by(Unit.code, Post.post, Post.valid_from, Post.id)
    )
    rows = visit.session.scalars(asked).all()
    first = first_of(visit, len(rows))
    shown = rows[first : first + ROWS]
    names = Names(visit.session, [row.member_id for row in shown], [row.unit_id for row in shown])
    return visit.page(
        "posts.html", units=units_to_choose(visit), unit_id=unit_id, first=first, step=ROWS, all=len(rows), today=today,
        rows=[(row, names.member(row.member_id), names.unit(row.unit_id)) for row in shown],
        names=unit_names(visit, [row.unit_id for row in shown]),
        may_change=visit.actor.holds(*BUREAU.posts),
    )  # fmt: skip


@screens.page("/office/posts/appoint", needs=BUREAU, step_up=STEP_UP)
def appoint(visit: Visit) -> BaseResponse:
    """Whom to which post, from when."""
    return _form(visit, unit_id=visit.args.get("unit_id", ""))


def _form(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = (), unit_id: str = "") -> BaseResponse:
    return visit.page(
        "appoint.html", status, problems=problems, units=units_to_choose(visit), posts=TO_GIVE, form=visit.form,
        unit_id=visit.form.get("unit_id") or unit_id, most=NUMBER_MAX,
    )  # fmt: skip


@screens.act("/office/posts/appoint", needs=BUREAU, step_up=STEP_UP)
def appoints(visit: Visit) -> BaseResponse:
    """The post is held from that day on."""
    form = visit.form
    try:
        member = _member(visit, form.get("member_id", "").strip())
        if form.get("post") not in TO_GIVE:
            raise Invalid([FieldProblem("/post", "not-an-option")])
        unit_id, on = typed.id_of(form.get("unit_id", "")), day_in(visit, "on")
        domain.appoint(visit.session, visit.actor, member.id, unit_id, PostName(form["post"]), on)
    except Invalid as invalid:
        visit.session.rollback()
        return _form(visit, 422, invalid.problems)
    browser.say("console.said.appointed", name=member.name)
    return go("console_office_posts.posts", unit_id=unit_id)


def _member(visit: Visit, number: str) -> Member:
    """The member of that number. Invalid for no number, and for one that nobody has."""
    if not number:
        raise Invalid([FieldProblem("/member_id", "required")])
    asked = select(Member).where(Member.bureau_id == visit.actor.bureau_id, Member.number == number[:NUMBER_MAX])
    found = visit.session.scalar(asked)
    if found is None:
        raise Invalid([FieldProblem("/member_id", "unknown-member")])
    return found


@screens.page("/office/posts/<uuid:post_id>/end", needs=BUREAU, step_up=STEP_UP)
def end(visit: Visit, post_id: uuid.UUID) -> BaseResponse:
    """From which day on the post is not held any more."""
    return _ending(visit, post_id)


def _ending(visit: Visit, post_id: uuid.UUID, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    row = visit.session.scalar(select(Post).where(Post.id == post_id))
    if row is None:
        raise NotFound()
    names = Names(visit.session, [row.member_id], [row.unit_id])
    return visit.page(
        "post-end.html", status, problems=problems, row=row, member=names.member(row.member_id),
        unit=names.unit(row.unit_id), form=visit.form, tomorrow=visit.actor.today + dt.timedelta(days=1),
    )  # fmt: skip


@screens.act("/office/posts/<uuid:post_id>/end", needs=BUREAU, step_up=STEP_UP)
def ends(visit: Visit, post_id: uuid.UUID) -> BaseResponse:
    """What waited for a post that nobody holds any more is passed on."""
    try:
        row = domain.end_post(visit.session, visit.actor, post_id, day_in(visit, "on"))
    except Invalid as invalid:
        visit.session.rollback()
        return _ending(visit, post_id, 422, invalid.problems)
    browser.say("console.said.post_ended")
    return go("console_office_posts.posts", unit_id=row.unit_id)
