"""What spells objects of known names quickly spells them as the chain's format says, whatever stands in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.chain import format as form

INSTANTS = st.datetimes(
    dt.datetime(1900, 1, 2), dt.datetime(2200, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9))]),
)  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.uuids() | INSTANTS | st.binary()
NESTED = st.recursive(
    PLAIN | st.floats(allow_nan=False, allow_infinity=False),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=6,
)
NAMES = ("place", "previous", "a", "row", "Z", "seq", "鎖")


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, NESTED)), st.dictionaries(st.text(min_size=9), PLAIN, max_size=2))
def test_the_quick_way_spells_the_same(values: dict[str, Any], more: dict[str, Any]) -> None:
    assert form.Fields(*NAMES).canonical(values | more) == form.canonical(values)


def test_what_has_no_spelling_is_refused() -> None:
    with pytest.raises(TypeError):
        form.Fields("at").canonical({"at": dt.date(2026, 11, 8)})
    with pytest.raises(KeyError):
        form.Fields("at").canonical({})
