"""Digests of rows: the same for the same rows in any order and from either store, another for any other rows."""

from __future__ import annotations

import datetime as dt
import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from brigade.backups.tally import Tally, differences, plain, same_document, tally

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.binary(max_size=8), st.uuids(), st.dates(),
    st.floats(allow_nan=False), st.datetimes(timezones=st.just(dt.UTC)),
)  # fmt: skip
ROWS = st.lists(st.lists(SCALARS, min_size=2, max_size=2), max_size=6)
DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(-1e9, 1e9), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@given(ROWS, st.randoms())
def test_order_is_nothing(rows, chance) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert tally(rows) == tally(shuffled)


@given(ROWS, ROWS)
def test_other_rows_have_another_digest(one, other) -> None:
    same = sorted(repr([plain(v) for v in row]) for row in one) == sorted(
        repr([plain(v) for v in row]) for row in other
    )
    assert (tally(one) == tally(other)) is same


def test_alike_is_not_the_same() -> None:
    id_ = uuid.UUID(int=7)
    alike = [
        None,
        "",
        "None",
        0,
        "0",
        False,
        "False",
        0.5,
        "0.5",
        b"",
        id_,
        id_.hex,
        dt.date(2026, 11, 1),
        "2026-11-01",
    ]
    assert len({tally([[value]]) for value in alike}) == len(alike)
    assert tally([["a", "b"]]) != tally([["b", "a"]])
    assert tally([["a"], ["a"]]) != tally([["a"]])


def test_an_instant_is_the_same_in_any_zone() -> None:
    utc = dt.datetime(2026, 11, 1, 3, 0, 0, 5, dt.UTC)
    assert plain(utc) == plain(utc.astimezone(dt.timezone(dt.timedelta(hours=9))))


@given(DOCUMENTS)
def test_a_document_is_the_same_however_it_is_spelt(document) -> None:
    assert same_document(json.dumps(document)) == same_document(json.dumps(document, indent=2, ensure_ascii=False))


def test_spellings_of_numbers_and_keys() -> None:
    for one, other in (("100", "1e2"), ("1.50", "1.5"), ("-0.0", "0"), ('{"a":1,"b":2}', '{"b":2, "a":1}')):
        assert same_document(one) == same_document(other)
    for one, other in (
        ("1", "2"),
        ("1", '"1"'),
        ("null", '"null"'),
        ("[1,2]", "[2,1]"),
        ("0.1", "0.10000000000000001"),
    ):
        assert same_document(one) != same_document(other)


def test_differences_name_the_tables() -> None:
    same, more = Tally(1, "a"), Tally(2, "b")
    assert differences({"a": same, "b": same}, {"a": same, "b": same}) == []
    told = differences({"a": same, "b": same}, {"a": more, "c": same})
    assert told == ["a: 1 rows, found 2", "b: 1 rows, found no", "c: no rows, found 1"]
