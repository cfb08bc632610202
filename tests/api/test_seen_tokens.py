"""A token that was verified once is not believed for longer than its key and its time."""

from __future__ import annotations

import datetime as dt

import pytest
from flask_jwt_extended import decode_token

from api import seen_tokens
from api.seen_tokens import SeenTokens
from brigade.access.signing_keys import KeyRing
from brigade.dates import utc_now
from tests.api.answers import API
from tests.api.asking import bearing, signed_in

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
CLAIMS = {"nbf": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 900, "sid": "1", "type": "access"}
SENT = "Bearer a.b.c"


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(["new" * 20, "old" * 20])


def test_what_was_verified_is_known_while_it_is_good(ring) -> None:
    seen = SeenTokens(ring)
    assert seen.claims(SENT, NOW) is None
    seen.add(SENT, ring.newest.kid, CLAIMS)
    assert seen.claims(SENT, NOW) == CLAIMS
    assert seen.claims(SENT, NOW + dt.timedelta(seconds=899)) == CLAIMS
    assert seen.claims(SENT + "d", NOW) is None
    for moment in (NOW + dt.timedelta(seconds=900), NOW - dt.timedelta(seconds=1)):
        assert seen.claims(SENT, moment) is None


def test_claims_that_are_changed_by_whoever_got_them_stay_as_they_were(ring) -> None:
    seen = SeenTokens(ring)
    seen.add(SENT, ring.newest.kid, CLAIMS)
    seen.claims(SENT, NOW).update(sid="2")
    assert seen.claims(SENT, NOW) == CLAIMS


def test_a_key_that_is_no_longer_ours_opens_nothing(ring) -> None:
    seen = SeenTokens(ring)
    seen.add(SENT, ring.newest.kid, CLAIMS)
    ring._take(["old" * 20])
    assert seen.claims(SENT, NOW) is None


def test_without_a_key_or_a_time_nothing_is_kept(ring) -> None:
    seen = SeenTokens(ring)
    seen.add(SENT, "unknown", CLAIMS)
    seen.add(SENT, ring.newest.kid, {"nbf": 1})
    assert seen.claims(SENT, NOW) is None


def test_only_so_many_are_kept_and_no_token_itself(ring, monkeypatch) -> None:
    monkeypatch.setattr(seen_tokens, "MOST", 3)
    seen = SeenTokens(ring)
    for number in range(5):
        seen.add(f"{SENT}{number}", ring.newest.kid, CLAIMS)
    assert [seen.claims(f"{SENT}{number}", NOW) is not None for number in range(5)] == [False, False, True, True, True]
    assert SENT not in repr(vars(seen))


def test_what_is_known_of_a_token_that_was_made_is_what_verifying_it_tells(app, client, city) -> None:
    tokens, seen = signed_in(client, "squad11").tokens, app.extensions["brigade.seen_tokens"]
    with app.test_request_context():
        for name in ("access_token", "refresh_token"):
            assert seen.claims(f"Bearer {tokens[name]}", utc_now()) == decode_token(tokens[name])


def test_another_process_verifies_what_it_has_not_made(app, client, city) -> None:
    phone = signed_in(client, "squad11")
    app.extensions["brigade.seen_tokens"] = SeenTokens(app.extensions["brigade.keys"])
    assert phone.get(f"{API}/me").status_code == 200
    assert bearing(phone, phone.tokens["refresh_token"]).post(f"{API}/auth/refresh").status_code == 200
