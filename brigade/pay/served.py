"""In which rank a person served when, from dated rows of membership, posts and absences. Pure.

A day counts that lies in a membership, in no leave or suspension, and on which the person was no staff; the rank is that of
the highest post held on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from brigade.dates import within
from brigade.organisation.ranks import MemberType, PostName, Typed
from brigade.pay.annual import Served

RANKS = (
    PostName.BRIGADE_LEADER,
    PostName.DEPUTY_BRIGADE_LEADER,
    PostName.COMPANY_LEADER,
    PostName.DEPUTY_COMPANY_LEADER,
    PostName.SECTION_LEADER,
    PostName.SQUAD_LEADER,
    PostName.DEPUTY_SQUAD_LEADER,
    PostName.MEMBER,
)
"""The ranks of a brigade from the top down. Officers of station and bureau are no brigade's members."""

ONE_DAY = dt.timedelta(days=1)


class Span(NamedTuple):
    """Both days count; ``last`` None is open."""

    first: dt.date
    last: dt.date | None


class Held(NamedTuple):
    """A post on these days."""

    post: str
    span: Span


def served(
    memberships: Sequence[Span], posts: Sequence[Held], absences: Sequence[Span], types: Sequence[Typed],
    first: dt.date, last: dt.date,
) -> list[Served]:  # fmt: skip
    """The days served from ``first`` to ``last`` as spans of one rank and type each, in order, none of them overlapping.

    ``types``: of every day.
    """
    spans: list[Served] = []
    typed = [Span(one.first, one.last) for one in types]
    for start, end in _between_changes([*memberships, *absences, *typed, *(held.span for held in posts)], first, last):
        as_what = next(one.member_type for one in types if within(start, one.first, one.last))
        if as_what == MemberType.STAFF or not _on(start, memberships) or _on(start, absences):
            continue
        rank, limited = rank_on(start, posts), as_what == MemberType.FUNCTION_LIMITED
        if spans and (spans[-1].rank, spans[-1].limited) == (rank, limited) and spans[-1].last + ONE_DAY == start:
            start = spans.pop().first
        spans.append(Served(rank, start, end, limited))
    return spans


def rank_on(day: dt.date, posts: Iterable[Held]) -> str:
    """The highest rank held on a day; without a post that of a member."""
    held = {one.post for one in posts if within(day, *one.span)}
    return next((rank.value for rank in RANKS if rank in held), PostName.MEMBER.value)


def _on(day: dt.date, spans: Iterable[Span]) -> bool:
    return any(within(day, *span) for span in spans)


def _between_changes(spans: Iterable[Span], first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The days from ``first`` to ``last`` cut wherever one of the spans begins or ends."""
    starts = {first}
    for span in spans:
        starts.add(span.first)
        if span.last is not None and span.last < dt.date.max:
            starts.add(span.last + ONE_DAY)
    cuts = sorted(day for day in starts if first <= day <= last)
    return [(day, following - ONE_DAY) for day, following in zip(cuts, [*cuts[1:], last + ONE_DAY], strict=True)]
