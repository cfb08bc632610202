"""Nothing is set by naming it: every property name of every schema, sent to every write, is refused (S-03)."""

from __future__ import annotations

import re

import pytest

from tests import make
from tests.api.answers import API, served
from tests.api.asking import places

pytestmark = pytest.mark.parametrize("quiet", ["sqlite"], indirect=True)
"""What is refused here is refused before the store has a say: one kind of store is enough."""

TEMPTING = {
    "id", "state", "amount", "role", "unit", "approved_by", "version", "created_at", "is_admin", "actor_id", "bureau_id",
    "step", "route", "awaiting_unit_id", "sole_member_id", "entry_mode", "number", "author_id", "undo_by_id", "_schema",
    "__class__", "__proto__", "constructor", "password_hash", "post", "level",
}  # fmt: skip
ID = "0199a3c0-0000-7000-8000-000000000001"


def writes(document):
    """(method, path, schema name) of every operation that takes JSON."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield method, path, content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]


def chunks(names, size):
    """An answer names the first complaints only: so many names at a time."""
    return (names[start : start + size] for start in range(0, len(names), size))


def test_every_write_refuses_every_property_that_is_not_its_own(quiet) -> None:
    document = served(quiet.app)
    schemas = document["components"]["schemas"]
    every = TEMPTING | {name for schema in schemas.values() for name in schema.get("properties", {})}
    tried = 0
    with quiet.unchanged("bureau") as person:
        for method, path, schema in writes(document):
            strange = sorted(every - schemas[schema]["properties"].keys() - {"_schema"})
            refused = set()
            for some in chunks(strange, 40):
                where = re.sub(r"\{\w+\}", ID, path)
                said = {"json": dict.fromkeys(some, "x"), "headers": {"If-Match": '"1"'}}
                told = places(person.open(where, method=method, **said))
                refused |= {pointer.strip("/") for pointer, code in told.items() if code == "unknown-field"}
            assert refused == set(strange), (method, path)
            tried += 1
    assert tried >= 8


@pytest.mark.parametrize("where", ["person", "remark", "bulk"])
def test_neither_do_the_objects_inside(quiet, where) -> None:
    names = TEMPTING - {"id", "version", "role", "_schema"}
    path, around = {
        "person": (f"{API}/activity-reports", "participants"),
        "remark": (f"{API}/activity-reports/{ID}/return", "remarks"),
        "bulk": (f"{API}/inbox/approve", "items"),
    }[where]
    with quiet.unchanged("squad11") as person:
        told = places(person.post(path, json={around: [dict.fromkeys(names, "x")]}, headers={"If-Match": '"1"'}))
    assert {pointer for pointer, code in told.items() if code == "unknown-field"} == {
        f"/{around}/0/{name}" for name in names
    }


def test_answers_hold_what_is_declared_and_nothing_of_the_inside(quiet) -> None:
    """The client of these tests holds every answer to a closed schema; here stands that they are closed."""
    document = served(quiet.app)
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("additionalProperties") is False, name
        secret = {"password", "password_hash", "refresh_id", "undo_by_id", "undo_step", "sole_member_id", "kana_sort"}
        if not name.endswith(("In", "InPartial")):
            assert not secret & schema["properties"].keys(), name


def test_a_report_filed_with_the_least_says_nothing_of_others(quiet) -> None:
    body = make.body(quiet.city, "K1-1-1", "squad11a")
    answer = quiet.person("squad11a").post(f"{API}/activity-reports/validate", json=body)
    assert answer.json.keys() == {"valid", "entry_mode", "warnings"}
