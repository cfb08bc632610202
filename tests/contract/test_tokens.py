"""Tokens that we did not make for this, for them or for now: 401 every time, nothing looked up elsewhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid

import jwt
import pytest

from tests import make
from tests.api.answers import API
from tests.api.asking import bearing

ME, REFRESH = f"{API}/me", f"{API}/auth/refresh"


def part(value: object) -> str:
    """One part of a token: JSON (or bytes as they are) in base64url."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Forger:
    """Who has a good token of squad11a, and in the end even the key."""

    def __init__(self, quiet) -> None:
        self.key = quiet.app.config["JWT_SECRET_KEY"]
        person = quiet.person("squad11a")
        self.access, self.refresh = person.tokens["access_token"], person.tokens["refresh_token"]
        self.header, self.claims = (json.loads(unpadded(piece)) for piece in self.access.split(".")[:2])
        other = quiet.person("bureau").tokens["access_token"].split(".")[1]
        self.others = json.loads(unpadded(other))

    def signed(self, claims=None, header=None, key=None, method="sha256") -> str:
        """A token with these changes, signed by HMAC."""
        body = f"{part({**self.header, **(header or {})})}.{part({**self.claims, **(claims or {})})}"
        mac = hmac.new((key if key is not None else self.key).encode(), body.encode(), method).digest()
        return f"{body}.{part(mac)}"

    def without(self, *names: str) -> str:
        kept = {name: value for name, value in self.claims.items() if name not in names}
        body = f"{part(self.header)}.{part(kept)}"
        return f"{body}.{part(hmac.new(self.key.encode(), body.encode(), hashlib.sha256).digest())}"

    def bare(self, header) -> str:
        """No signature at all."""
        return f"{part(header)}.{part(self.claims)}."


@pytest.fixture
def forger(quiet) -> Forger:
    return Forger(quiet)


def refused(quiet, *tokens: object) -> None:
    """401 for an access, a write and a refresh with each of these; and the store as it was."""
    with quiet.unchanged("squad11a"):
        for token in tokens:
            client = bearing(quiet.app.test_client(), token)
            for method, path in (("GET", ME), ("POST", f"{API}/auth/logout"), ("POST", REFRESH)):
                answer = client.open(path, method=method)
                assert answer.status_code == 401, (token, answer.text)
                assert answer.json["code"] in ("not-signed-in", "token-expired")
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_forgers_tools_make_good_tokens_too(quiet, forger) -> None:
    """What all the others prove rests on this."""
    assert bearing(quiet.app.test_client(), forger.signed()).get(ME).status_code == 200
    assert bearing(quiet.app.test_client(), jwt.encode(forger.claims, forger.key, "HS256")).get(ME).status_code == 200


def test_no_algorithm_is_no_signature(quiet, forger) -> None:
    for alg in ("none", "None", "NONE", "nOnE", "", None, 0, [], {}, "HS256 ", "hs256", ["HS256"], True):
        refused(quiet, forger.bare({"typ": "JWT", "alg": alg}), forger.signed(header={"alg": alg}))


def test_a_header_that_is_none(quiet, forger) -> None:
    refused(quiet, *(forger.bare(header) for header in ({}, {"typ": "JWT"}, [], "x", 1, None, True, [[]])))


def test_another_algorithm_than_the_one_pinned(quiet, forger) -> None:
    for alg in ("HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "HS1", "A256KW", "dir", "x" * 1000):
        method = {"HS384": "sha384", "HS512": "sha512"}.get(alg, "sha256")
        refused(quiet, forger.signed(header={"alg": alg}, method=method))


def test_another_key(quiet, forger) -> None:
    keys = ("", "secret", "only-for-tests-", "changeme", "0" * 32, "None", "../../dev/null", forger.key + "0")
    refused(quiet, *(forger.signed(key=key) for key in keys))


def test_what_a_header_may_say_of_keys_is_never_followed(quiet, forger) -> None:
    """Signed by the key that the header suggests; the test run has no network, so a look-up would fail loudly."""
    headers = [
        {"kid": "../../../../dev/null"}, {"kid": "/proc/self/environ"}, {"kid": "' UNION SELECT '' --"},
        {"kid": "http://192.0.2.1/key"}, {"kid": "\u0000"}, {"kid": "x" * 5000}, {"jku": "http://192.0.2.1/jwks.json"},
        {"x5u": "http://192.0.2.1/cert.pem"}, {"jwk": {"kty": "oct", "k": "AAAA"}}, {"x5c": ["AAAA"]},
        {"crit": ["b64"], "b64": False}, {"crit": ["exp"]}, {"cty": "JWT"}, {"zip": "DEF"}, {"enc": "A256GCM"},
    ]  # fmt: skip
    keys = ("", "AAAA", "\x00\x00\x00")
    refused(quiet, *(forger.signed(header=header, key=key) for header in headers for key in keys))


def test_an_unsound_header_is_refused_even_under_the_right_key(quiet, forger) -> None:
    headers = ({"kid": 5}, {"kid": []}, {"crit": ["unknown"]}, {"crit": []}, {"crit": "b64"}, {"b64": False})
    refused(quiet, *(forger.signed(header=header) for header in headers))


def test_a_token_out_of_its_time(quiet, forger) -> None:
    now = time.time()
    for claims in (
        {"exp": int(now) - 1}, {"exp": 0}, {"exp": -1}, {"exp": int(now) - 86400 * 365},
        {"nbf": int(now) + 3600}, {"iat": int(now) + 3600}, {"nbf": 2**62}, {"iat": 2**62},
    ):  # fmt: skip
        refused(quiet, forger.signed(claims))


def test_claims_that_are_not_ours_under_the_right_key(quiet, forger) -> None:
    wrong = [
        {"exp": "never"}, {"exp": None}, {"exp": []}, {"exp": {}}, {"nbf": "x"}, {"iat": "x"}, {"iat": []},
        {"sub": None}, {"sub": 5}, {"sub": []}, {"sub": ""}, {"jti": 5}, {"sid": None}, {"sid": 5}, {"sid": []},
        {"sid": {}}, {"sid": ""}, {"sid": "x"}, {"sid": "' OR 1=1 --"}, {"sid": "\ud800"}, {"sid": str(uuid.uuid4())},
        {"aud": "another-service"}, {"aud": ["a", "b"]}, {"aud": None},
        {"aud": []}, {"aud": 5}, {"iss": "http://192.0.2.1"}, {"iss": 5}, {"iss": None},
    ]  # fmt: skip
    for claims in wrong:
        refused(quiet, forger.signed(claims))


def test_a_token_that_lacks_what_it_must_say(quiet, forger) -> None:
    for name in ("sub", "sid", "aud", "iss"):
        refused(quiet, forger.without(name))


def test_anothers_session_or_name_in_ones_own_token(quiet, forger) -> None:
    refused(quiet, forger.signed({"sid": forger.others["sid"]}))
    refused(quiet, forger.signed({"sub": forger.others["sub"]}))
    refused(quiet, forger.signed({"sub": str(make.new_id())}))


def test_posts_in_a_token_give_nothing(quiet, forger) -> None:
    """Who one is comes from the store, whatever a token says beside."""
    said = {"role": "bureau_officer", "posts": ["bureau_officer"], "unit_id": str(quiet.city.bureau_id), "admin": True}
    me = bearing(quiet.app.test_client(), forger.signed(said)).get(ME)
    assert (me.status_code, me.json.get("posts")) == (200, []), me.text


def test_a_refresh_token_is_no_access_token_nor_the_other_way(quiet, forger) -> None:
    with quiet.unchanged("squad11a"):
        assert bearing(quiet.app.test_client(), forger.refresh).get(ME).status_code == 401
        assert bearing(quiet.app.test_client(), forger.access).post(REFRESH).status_code == 401
        assert bearing(quiet.app.test_client(), forger.signed({"type": "refresh"})).post(REFRESH).status_code == 401


def test_pieces_and_rubbish(quiet, forger) -> None:
    head, body, mac = forger.access.split(".")
    for token in (
        "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", f"{head}.{body}", f"{head}.{body}.", f"{head}..{mac}",
        f".{body}.{mac}", f"{head}.{body}.{mac}x", f"{head}.{body}.{mac}.{mac}", f"{body}.{head}.{mac}", mac,
        f"{head}.{body}.{mac[:-4]}", f"{head}.{part({**forger.claims, 'sub': '1'})}.{mac}", f"{head} .{body}.{mac}",
        f"{head}.{body}.{mac} {mac}", "null", "undefined", "é", "ÿ" * 100, f"{part(b'{')}.{body}.{mac}", "=" * 50,
        f"{part(bytes(range(256)))}.{body}.{mac}", f"{part(b'[' * 50_000)}.{body}.{mac}", "A" * 100_000,
        f"{part(b'{}')}.{part(b'[' * 50_000)}.{mac}", f"{part(b'9' * 5_000)}.{body}.{mac}", "a.b.c.d.e",
        f"{part({'alg': 'dir', 'enc': 'A256GCM'})}....",
    ):  # fmt: skip
        refused(quiet, token)


def test_a_token_comes_as_bearer_and_in_no_other_way(quiet, forger) -> None:
    client = quiet.app.test_client()
    for form in (
        "", "Bearer", "Bearer ", "Basic c3F1YWQxMTpicmlnYWRl", "bearer", "Token {0}", "{0}", "Bearer{0}", "JWT {0}",
        "Bearer Bearer {0}", "Bearer {0}, Bearer {0}",
    ):  # fmt: skip
        answer = client.get(ME, headers={"Authorization": form.format(forger.access)})
        assert answer.status_code == 401, form


def test_a_token_in_address_cookie_or_body_is_not_looked_at(quiet, forger) -> None:
    client = quiet.app.test_client()
    token = forger.access
    for name in ("access_token", "token", "jwt", "access_token_cookie", "Authorization"):
        assert client.get(ME, query_string={name: token}).status_code == 401
        client.set_cookie(name, token)
        assert client.get(ME).status_code == 401
        assert client.post(f"{API}/auth/logout", json={name: token}).status_code == 401
