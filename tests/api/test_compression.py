"""Answers are small where the client can unpack them, and the same inside."""

from __future__ import annotations

import gzip
import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.compression import compressed
from tests import make
from tests.api.answers import API, JSON, CheckedClient
from tests.api.asking import REPORTS, file

KINDS = f"{API}/activity-kinds"


def taking(person: CheckedClient, accepts: str = "gzip") -> FlaskClient:
    """The same person with a client that says what it can unpack; the checking one reads plain answers only."""
    client = FlaskClient(person.application, person.application.response_class)
    client.environ_base = {**person.environ_base, "HTTP_ACCEPT_ENCODING": accepts}
    return client


def unpacked(answer: TestResponse) -> bytes:
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    return gzip.decompress(answer.data)


@pytest.mark.parametrize("accepts", ["gzip", "gzip, deflate, br", "deflate;q=0.5, gzip;q=0.1", "*"])
def test_a_long_answer_is_packed_for_who_takes_it(ask, accepts) -> None:
    plain = ask("squad11a").get(KINDS)
    packed = taking(ask("squad11a"), accepts).get(KINDS)
    assert unpacked(packed) == plain.data
    assert len(packed.data) * 4 < len(plain.data)
    assert packed.headers["ETag"] == plain.headers["ETag"]
    for answer in (plain, packed):
        assert {"Accept-Encoding", "Accept-Language", "Authorization"} <= set(answer.vary)


@pytest.mark.parametrize("accepts", ["", "identity", "gzip;q=0", "br", "*;q=0", "nonsense,,;q"])
def test_who_does_not_take_it_gets_it_plain(ask, accepts) -> None:
    answer = taking(ask("squad11a"), accepts).get(KINDS)
    assert "Content-Encoding" not in answer.headers
    assert answer.json["items"]


def test_short_answers_and_those_without_a_body_stay_as_they_are(ask, client) -> None:
    takes = {"Accept-Encoding": "gzip"}
    assert client.get("/healthz", headers=takes).data == b"ok\n"
    tag = ask("squad11a").get(KINDS).headers["ETag"]
    known = ask("squad11a").get(KINDS, headers={**takes, "If-None-Match": tag})
    assert (known.status_code, known.data, "Content-Encoding" in known.headers) == (304, b"", False)


def test_the_same_answer_is_the_same_bytes(ask) -> None:
    first, again = (taking(ask("squad11a")).get(KINDS).data for _ in range(2))
    assert first == again


def test_a_version_seen_in_a_packed_answer_is_good_for_a_change(ask, city) -> None:
    author = ask("squad11a")
    made = file(author, make.body(city, "K1-1-1", "squad11a", submit=False, summary="訓" * 500))
    seen = taking(author).get(f"{REPORTS}/{made['id']}")
    assert unpacked(seen)
    changed = author.patch(
        f"{REPORTS}/{made['id']}", json={"place": "河川敷"}, headers={"If-Match": seen.headers["ETag"]}
    )
    assert changed.status_code == 200, changed.text


def test_errors_are_packed_too(ask) -> None:
    wrong = {"participants": [{"member_id": "x", "role": "y"} for _ in range(50)]}
    plain, packed = (person.post(REPORTS, json=wrong) for person in (ask("squad11a"), taking(ask("squad11a"))))
    assert (plain.status_code, packed.status_code) == (422, 422)
    assert json.loads(unpacked(packed))["errors"] == plain.json["errors"]


def test_pictures_and_documents_are_left_alone(app) -> None:
    for kind in ("image/jpeg", "application/pdf", "application/zip"):
        with app.test_request_context(headers={"Accept-Encoding": "gzip"}):
            answer = compressed(app.response_class(b"x" * 5000, mimetype=kind))
        assert ("Content-Encoding" in answer.headers, "Vary" in answer.headers) == (False, False)
    with app.test_request_context(headers={"Accept-Encoding": "gzip"}):
        streamed = compressed(app.response_class((b"x" * 5000 for _ in range(3)), mimetype=JSON))
        assert "Content-Encoding" not in streamed.headers
        assert b"".join(streamed.response) == b"x" * 15000
