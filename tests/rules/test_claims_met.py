"""Claims that meet a span are those that a look at each of them finds."""

from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import given
from hypothesis import strategies as st

from brigade.activity.flags import Claims
from brigade.dates import overlaps

START = dt.datetime(2026, 11, 8, tzinfo=dt.UTC)
spans = st.tuples(st.integers(0, 12), st.integers(1, 9)).map(
    lambda pair: (START + dt.timedelta(hours=pair[0]), START + dt.timedelta(hours=sum(pair)))
)


@given(st.lists(spans, max_size=12), spans)
def test_as_by_looking_at_each(claimed, span) -> None:
    claims = [(*one, uuid.UUID(int=number)) for number, one in enumerate(claimed)]
    wanted = {id_ for start, end, id_ in claims if overlaps(*span, start, end)}
    found = list(Claims(claims).meeting(*span))
    assert set(found) == wanted
    assert len(found) == len(wanted)
