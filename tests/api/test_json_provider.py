"""What answers are written with says the same as the standard library, and refuses what JSON cannot say."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api.json_provider import OrjsonProvider

PROVIDER = OrjsonProvider(Flask(__name__))

INTEGERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
PLAIN = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(PLAIN, lambda some: st.lists(some) | st.dictionaries(st.text(), some), max_leaves=30)


@given(VALUES)
def test_whatever_json_says_is_read_back(value: Any) -> None:
    said = PROVIDER.dumps(value)
    assert json.loads(said) == PROVIDER.loads(said) == value


def test_keys_keep_their_order_and_texts_are_as_they_are() -> None:
    assert PROVIDER.dumps({"名": "消防\u3000団", "a": [1, 2.5, None]}) == '{"名":"消防\u3000団","a":[1,2.5,null]}'


def test_other_values_as_flask_says_them() -> None:
    id_ = uuid.UUID(int=7)
    assert PROVIDER.dumps([id_, Decimal("1.50")]) == f'["{id_}","1.50"]'
    assert PROVIDER.dumps(datetime(2026, 4, 1, tzinfo=UTC)) == '"2026-04-01T00:00:00+00:00"'


@pytest.mark.parametrize("value", [{1: "a"}, object(), "\ud800", 2**64])
def test_what_json_cannot_say_is_an_error(value: Any) -> None:
    with pytest.raises(TypeError):
        PROVIDER.dumps(value)
