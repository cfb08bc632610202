"""What cannot be read at all, comes in the wrong dress or is too big: refused before anything is looked at."""

from __future__ import annotations

import json
import sys

import pytest

from api.body import DEEPEST
from tests import make
from tests.api.answers import API, JSON
from tests.api.asking import ENGLISH, REPORTS

pytestmark = pytest.mark.parametrize("quiet", ["sqlite"], indirect=True)
"""What is refused here is refused before the store has a say: one kind of store is enough."""

UNREADABLE = {
    "empty": b"",
    "broken": b'{"kind": "T-01", ',
    "not json": b"kind=T-01&unit_id=1",
    "two values": b"{} {}",
    "trailing comma": b'{"kind": "T-01",}',
    "comment": b'{"kind": "T-01" /* drill */}',
    "single quotes": b"{'kind': 'T-01'}",
    "NaN": b'{"latitude": NaN}',
    "Infinity": b'{"latitude": Infinity}',
    "minus Infinity": b'{"latitude": -Infinity}',
    "key twice": b'{"kind": "T-01", "kind": "D-01"}',
    "key twice inside": b'{"details": {"drill_type": "pump", "drill_type": "hose"}}',
    "deep arrays": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "deep and closed": b"[" * 50_000 + b"]" * 50_000,
    "huge integer": b'{"latitude": ' + b"9" * 5_000 + b"}",
    "huge negative integer": b'{"latitude": -' + b"9" * 5_000 + b"}",
    "Shift JIS": '{"place": "器具置場"}'.encode("cp932"),
    "UTF-16": '{"place": "器具置場"}'.encode("utf-16"),
    "UTF-32": '{"place": "器具置場"}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"kind": "T-01"}',
    "overlong bytes": b'{"place": "\xc0\xaf"}',
    "surrogate in bytes": b'{"place": "\xed\xa0\x80"}',
    "cut character": '{"place": "器"}'.encode()[:-3],
    "NUL bytes": b"\x00" * 64,
    "control character in a text": b'{"place": "a\x01b"}',
    "control character between": b'{"place":\x0c "a"}',
    "compressed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}
BODIES = (
    ("post", REPORTS),
    ("post", f"{REPORTS}/validate"),
    ("patch", f"{REPORTS}/01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e01"),
    ("post", f"{REPORTS}/01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e01/approve"),
    ("post", f"{API}/events"),
    ("post", f"{API}/inbox/approve"),
    ("post", f"{API}/inbox/undo"),
    ("post", f"{API}/auth/password"),
    ("post", f"{API}/auth/login"),
)


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_not_json_is_unreadable(quiet, name) -> None:
    said = {"data": UNREADABLE[name], "content_type": JSON}
    with quiet.unchanged("squad11") as person:
        answer = person.post(REPORTS, **said)
        assert (answer.status_code, answer.json["code"], answer.json["errors"]) == (400, "unreadable-body", [])
        english = person.post(REPORTS, **said, headers=ENGLISH)
        assert (english.status_code, english.headers["Content-Language"]) == (400, "en")


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_every_body_is_read_in_the_same_way(quiet, method, path) -> None:
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json")
    tried = [(b'{"comment": "a"', JSON, 400), (b"[" * 100_000, JSON, 400), (b'{"comment": "\xff"}', JSON, 400)]
    tried += [(b"{}", kind, 415) for kind in kinds]
    tried += [(b" " * 2_100_000, JSON, 413)]
    with quiet.unchanged("squad11") as person:
        for body, kind, status in tried:
            said = {"data": body, "content_type": kind, "headers": {"If-Match": '"1"'}}
            assert person.open(path, method=method, **said).status_code == status


@pytest.mark.parametrize(
    "kind",
    ["text/json", "application/xml", "application/octet-stream", "image/jpeg", "application/pdf", "application/jsonp",
     "*/*", "application/", "/", ";", "application/json/", "\u00e9", "x" * 5_000],
)  # fmt: skip
def test_an_odd_content_type_is_the_wrong_kind(quiet, kind) -> None:
    body = json.dumps(make.body(quiet.city, "K1-1-1", "squad11a"))
    answer = quiet.person("squad11a").post(REPORTS, data=body, content_type=kind)
    assert (answer.status_code, answer.json["code"]) == (415, "wrong-media-type")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"]
)
def test_json_by_any_of_its_names_is_taken(quiet, kind) -> None:
    body = json.dumps(make.body(quiet.city, "K1-1-1", "squad11a")).encode()
    assert quiet.person("squad11a").post(f"{REPORTS}/validate", data=body, content_type=kind).status_code == 200


def test_five_megabytes_of_text_are_too_large(quiet) -> None:
    body = json.dumps({**make.body(quiet.city, "K1-1-1", "squad11a"), "summary": "訓" * 1_700_000}, ensure_ascii=False)
    with quiet.unchanged("squad11a") as person:
        answer = person.post(REPORTS, data=body.encode(), content_type=JSON)
        assert (answer.status_code, answer.json["code"]) == (413, "too-large")


def test_more_than_the_server_takes_is_not_even_read(quiet) -> None:
    large = {"data": b" " * (33 * 1024 * 1024), "content_type": JSON}
    answer = quiet.person("squad11a").post(REPORTS, **large)
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")
    assert quiet.app.test_client().post(REPORTS, **large).status_code in (401, 413)


@pytest.mark.parametrize("body", ["[]", "null", "1", "true", '"text"', "[{}]", "0.5"])
def test_json_that_is_no_object_is_told_so(quiet, body) -> None:
    answer = quiet.person("squad11a").post(REPORTS, data=body, content_type=JSON)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "")
    assert answer.json["errors"][0]["code"] == "wrong-type"


def test_every_depth_up_to_what_python_can_read_is_answered(quiet) -> None:
    """How deep is too deep is said by the program, not by how much of Python's stack is left at the moment."""
    plain = json.dumps({**make.body(quiet.city, "K1-1-1", "squad11a"), "details": {"drill_type": "@"}})
    limit = sys.getrecursionlimit()
    with quiet.unchanged("squad11a") as person:
        for depth in (1, 30, 31, 100, 400, *range(limit - 120, limit + 4, 4)):
            for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
                answer = person.post(REPORTS, data=plain.replace('"@"', deep), content_type=JSON)
                assert answer.status_code == (422 if depth + 2 <= DEEPEST else 400), depth


def test_many_things_side_by_side_are_not_deep(quiet) -> None:
    """The body and its details stand around the list."""
    plain = json.dumps({**make.body(quiet.city, "K1-1-1", "squad11a"), "details": {"drill_type": "@"}})
    wide = "[" + ",".join("[{}]" for _ in range(200)) + "]"
    answer = quiet.person("squad11a").post(REPORTS, data=plain.replace('"@"', wide), content_type=JSON)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid-fields")


def test_the_language_of_a_refusal_follows_the_asker(quiet) -> None:
    asked = {"": "ja", "ja": "ja", "en": "en", "en-GB,en;q=0.9": "en", "fr": "ja", "fr,en;q=0.5": "en", "*": "ja",
             "en;q=0": "ja", ";;;=,q=x": "ja", "ja;q=0.1,en;q=0.2": "en", "\u00ff": "ja"}  # fmt: skip
    for header, language in asked.items():
        answer = quiet.person("squad11a").post(REPORTS, json={}, headers={"Accept-Language": header} if header else {})
        assert answer.headers["Content-Language"] == language, header
