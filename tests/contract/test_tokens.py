"""Tokens that we did not make for this, for them or for now: 401 every time, nothing looked up elsewhere (S-12)."""

from __future__ import annotations

import base64
import hmac
import json
import time
import uuid

import jwt
import pytest

from brigade.access.signing_keys import derived
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing

ME, REFRESH = f"{API}/me", f"{API}/auth/refresh"
RUBBISH = (
    "", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "null", "undefined", "é", "ÿ" * 100, "=" * 50,
    "A" * 100_000,
)  # fmt: skip
"""What is no token at all."""


def part(value: object) -> str:
    """One part of a token: JSON (or bytes as they are) in base64url."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Forger:
    """Who has a good token of squad11a, and in the end even the key."""

    def __init__(self, quiet) -> None:
        self.secret = quiet.app.config["BRIGADE"].secret_key
        self.key = derived(self.secret, "tokens")
        person = quiet.person("squad11a")
        self.access, self.refresh = person.tokens["access_token"], person.tokens["refresh_token"]
        self.header, self.claims = (json.loads(unpadded(piece)) for piece in self.access.split(".")[:2])
        other = quiet.person("bureau").tokens["access_token"].split(".")[1]
        self.others = json.loads(unpadded(other))

    def signed(self, claims=None, header=None, key=None, method="sha256", lacks=()) -> str:
        """A token with these changes, signed by HMAC."""
        parts = ({**self.header, **(header or {})}, {**self.claims, **(claims or {})})
        body = ".".join(part({name: value for name, value in one.items() if name not in lacks}) for one in parts)
        key = self.key if key is None else key.encode() if isinstance(key, str) else key
        return f"{body}.{part(hmac.new(key, body.encode(), method).digest())}"

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
    kid = {"kid": forger.header["kid"]}
    made = jwt.encode(forger.claims, forger.key, "HS256", headers=kid)
    assert bearing(quiet.app.test_client(), made).get(ME).status_code == 200


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
    keys = ("", "secret", "only-for-tests-", "changeme", "0" * 32, "None", "../../dev/null", forger.secret,
            forger.secret + "0", forger.key + b"0", forger.key[:-1], forger.key.hex(), derived(forger.secret, "flask"),
            derived(forger.secret, ""), forger.header["kid"])  # fmt: skip
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
    headers = (
        {"kid": 5}, {"kid": []}, {"kid": {}}, {"kid": None}, {"kid": ""}, {"kid": True}, {"kid": "unknown"},
        {"kid": forger.header["kid"].upper()}, {"kid": forger.header["kid"] + " "}, {"kid": [forger.header["kid"]]},
        {"kid": "../" + forger.header["kid"]}, {"kid": "' OR '1'='1"}, {"kid": "http://192.0.2.1/" + forger.header["kid"]},
        {"crit": ["unknown"]}, {"crit": []}, {"crit": "b64"}, {"crit": ["exp"]}, {"crit": None}, {"b64": False}, {"b64": True},
        {"jku": "http://192.0.2.1/jwks.json"}, {"x5u": "http://192.0.2.1/cert.pem"}, {"x5c": ["AAAA"]}, {"x5t": "AAAA"},
        {"jwk": {"kty": "oct", "k": part(forger.key)}}, {"cty": "JWT"}, {"zip": "DEF"}, {"enc": "A256GCM"}, {"epk": {}},
    )  # fmt: skip
    refused(quiet, *(forger.signed(header=header) for header in headers))
    refused(quiet, forger.signed(lacks=("kid",)), forger.signed(lacks=("alg",)), forger.signed(lacks=("typ",)))


def test_every_pair_of_forgeries_is_refused_too(quiet, forger) -> None:
    """One fault must not hide another: header × claims × key, each from a table, signed as well as it can be."""
    headers = ({}, {"alg": "none"}, {"alg": "RS256"}, {"alg": "HS512"}, {"kid": "unknown"}, {"kid": None},
               {"jku": "http://192.0.2.1"}, {"crit": ["exp"]}, {"kid": "\ud800"})  # fmt: skip
    claims = ({}, {"exp": 0}, {"exp": 2**62}, {"exp": 1e400}, {"nbf": 2**40}, {"aud": "x"}, {"iss": "x"}, {"sub": "x"},
              {"sid": None}, {"rid": None}, {"type": "refresh"}, {"type": None}, {"exp": "9" * 400})  # fmt: skip
    keys = (forger.key, b"", forger.secret, b"\x00" * 32)
    tokens = [
        forger.signed(said, header, key)
        for header in headers
        for said in claims
        for key in keys
        if (header or said or key != forger.key)
    ]
    assert len(tokens) == 9 * 13 * 4 - 1
    with quiet.unchanged("squad11a"):
        client = quiet.app.test_client()
        for token in tokens:
            answer = bearing(client, token).get(ME)
            assert (answer.status_code, answer.json["status"]) == (401, 401), token


def test_a_token_out_of_its_time(quiet, forger) -> None:
    now = time.time()
    for claims in (
        {"exp": int(now) - 1}, {"exp": int(now)}, {"exp": 0}, {"exp": -1}, {"exp": int(now) - 86400 * 365},
        {"exp": int(now) + 86400 * 31}, {"exp": int(now) + 86400 * 365 * 10_000}, {"exp": 2**62}, {"exp": 1e300},
        {"nbf": int(now) + 3600}, {"iat": int(now) + 3600}, {"nbf": 2**62}, {"iat": 2**62},
    ):  # fmt: skip
        refused(quiet, forger.signed(claims))


def test_claims_that_are_not_ours_under_the_right_key(quiet, forger) -> None:
    wrong = [
        {"exp": "never"}, {"exp": None}, {"exp": []}, {"exp": {}}, {"nbf": "x"}, {"iat": "x"}, {"iat": []},
        {"sub": None}, {"sub": 5}, {"sub": []}, {"sub": ""}, {"jti": 5}, {"sid": None}, {"sid": 5}, {"sid": []},
        {"sid": {}}, {"sid": ""}, {"sid": "x"}, {"rid": None}, {"rid": 5}, {"rid": ""}, {"rid": []}, {"type": "x"}, {"sid": "' OR 1=1 --"}, {"sid": "\ud800"}, {"sid": str(uuid.uuid4())},
        {"aud": "another-service"}, {"aud": ["a", "b"]}, {"aud": None},
        {"aud": []}, {"aud": 5}, {"iss": "http://192.0.2.1"}, {"iss": 5}, {"iss": None},
    ]  # fmt: skip
    for claims in wrong:
        refused(quiet, forger.signed(claims))


def test_a_token_that_lacks_what_it_must_say(quiet, forger) -> None:
    for name in ("exp", "sub", "sid", "rid", "aud", "iss"):
        refused(quiet, forger.signed(lacks=(name,)))


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
        assert bearing(quiet.app.test_client(), forger.signed({"type": "refresh"})).get(ME).status_code == 401


def test_pieces_and_rubbish(quiet, forger) -> None:
    head, body, mac = forger.access.split(".")
    for token in (
        *RUBBISH, f"{head}.{body}", f"{head}.{body}.", f"{head}..{mac}",
        f".{body}.{mac}", f"{head}.{body}.{mac}x", f"{head}.{body}.{mac}.{mac}", f"{body}.{head}.{mac}", mac,
        f"{head}.{body}.{mac[:-4]}", f"{head}.{part({**forger.claims, 'sub': '1'})}.{mac}", f"{head} .{body}.{mac}",
        f"{head}.{body}.{mac} {mac}", f"{part(b'{')}.{body}.{mac}",
        f"{part(bytes(range(256)))}.{body}.{mac}", f"{part(b'[' * 50_000)}.{body}.{mac}",
        f"{part(b'{}')}.{part(b'[' * 50_000)}.{mac}", f"{part(b'9' * 5_000)}.{body}.{mac}",
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


def test_one_with_an_old_refresh_token_of_ours_gets_no_further(quiet, forger) -> None:
    """The name of a refresh token that never was: the device would be signed out, were it believed unsigned."""
    for key in (b"", forger.secret, b"0" * 32):
        refused(quiet, forger.signed({"type": "refresh", "rid": str(uuid.uuid4())}, key=key))
