"""The server as a phone sees it: often slow or out of reach, sometimes impersonated by a Wi-Fi's sign-in page."""

from __future__ import annotations

import gzip
import http.client
import json
import time
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from phone_client.storage import Storage

API = "/api/v1"
EARLY = 60
"""Seconds before its end in which an access token is renewed: it must not expire on its way."""


class NotNow(Exception):
    """Nothing is known of what became of the request, or the server asks for time: send the same again later.

    ``answered``: the server was there, so another request may fare better. ``wait`` is the least pause in seconds.
    """

    def __init__(self, why: str, *, answered: bool = False, wait: float = 0) -> None:
        super().__init__(why)
        self.answered, self.wait = answered, wait


class Refused(Exception):
    """The server read the request and said no. The same again will be refused again: the person must look at it."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail", ""))
        self.problem = problem


class SignedOut(Exception):
    """This device is not signed in, for whatever reason. The queue stays; the person signs in again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is certainly the server's. Names of headers are small; ``data`` is the body's JSON."""

    status: int
    headers: dict[str, str]
    data: Any


class Server:
    """The address at which Brigade answers. It keeps the tokens in the storage, always the newest pair."""

    def __init__(self, address: str, storage: Storage, timeout: float = 20, language: str = "ja") -> None:
        url = urlsplit(address)
        here = url.hostname in ("127.0.0.1", "localhost", "::1")
        if not (url.scheme == "https" or (url.scheme == "http" and here)):
            raise ValueError("a password goes over https only (http on this machine alone)")
        self._kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._place, self._storage, self._timeout, self._language = url.netloc, storage, timeout, language

    def sign_in(self, login: str, password: str, device_name: str, otp: str = "") -> dict[str, Any]:
        """Who one is. Refused for a wrong login or password, when a second factor is needed (``otp``), and while
        reports of somebody else wait here.
        """
        said = {"login": login, "password": password, "device_name": device_name, "otp": otp}
        # A device that was signed in before says so, and is not held up by a stranger who tries passwords.
        before = (self._storage.kept("tokens") or {}).get("refresh_token", "")
        headers = {"Content-Type": "application/json"}
        pair = _taken(self._asked("POST", "/auth/login", json.dumps(said).encode(), headers, before)).data
        me: dict[str, Any] = _taken(self._asked("GET", "/me", None, {}, pair["access_token"])).data
        if not self._storage.sign_in(me, _tokens(pair)):
            raise Refused({"detail": "reports of somebody else wait on this phone: they must go first"})
        return me

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """The answer to a request that this device may make; bytes are sent as they are, all else as JSON.

        Headers are named with ``_`` for ``-``. NotNow, Refused or SignedOut when it did not work.
        """
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, said["Content-Type"] = json.dumps(body).encode(), "application/json"
        tokens = self._storage.kept("tokens")
        if tokens is None:
            raise SignedOut("nobody has signed in yet")
        if time.time() > tokens["until"] - EARLY:
            tokens = self._refresh(tokens)
        answer = self._asked(method, path, body, said, tokens["access_token"])
        if answer.status == 401:  # expired after all (a phone's clock may be wrong), or signed out: one refresh tells
            answer = self._asked(method, path, body, said, self._refresh(tokens)["access_token"])
        if answer.status == 401:
            raise SignedOut(answer.data["detail"] if answer.data else "")
        return _taken(answer)

    def _refresh(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """A new pair for the old refresh token, which stays on the disk until the new one is there.

        When this answer is lost, the old token asked with again gives the same new pair.
        """
        answer = self._asked("POST", "/auth/refresh", None, {}, tokens["refresh_token"])
        if answer.status != 200:
            raise SignedOut(answer.data["detail"])
        fresh = _tokens(answer.data)
        self._storage.keep(tokens=fresh)
        return fresh

    def _asked(self, method: str, path: str, body: bytes | None, said: dict[str, str], token: str = "") -> Answer:
        """One request, one answer. NotNow unless the answer is whole, the server's own, and not for later."""
        headers = {"Accept-Encoding": "gzip", "Accept-Language": self._language, "Connection": "close", **said}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        path = path if path.startswith(API) else API + path
        connection = self._kind(self._place, timeout=self._timeout)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            raw = reply.read()
            got = {name.lower(): value for name, value in reply.getheaders()}
            data = _read(raw, got)
        except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError) as error:
            raise NotNow(f"no answer ({type(error).__name__})") from None
        finally:
            connection.close()
        # Every answer of Brigade has this header. A page that a Wi-Fi or a proxy puts in its place has not.
        if "x-request-id" not in got:
            raise NotNow(f"somebody else answered ({reply.status})")
        # A head that was cut is taken for a whole one by most HTTP libraries; then there is no body.
        if not raw and reply.status != 204 and method != "HEAD" and got.get("content-length") != "0":
            raise NotNow("no answer (cut off)")
        if reply.status >= 500 or reply.status in (408, 425, 429):
            wait = got.get("retry-after", "")
            raise NotNow(f"try later ({reply.status})", answered=True, wait=float(wait) if wait.isdigit() else 0)
        return Answer(reply.status, got, data)


def _taken(answer: Answer) -> Answer:
    """The answer, unless it is a refusal (one to HEAD has no words)."""
    if answer.status >= 400:
        raise Refused(answer.data or {"status": answer.status, "detail": f"status {answer.status}"})
    return answer


def _tokens(pair: dict[str, Any]) -> dict[str, Any]:
    """What to keep of a pair: the two, and until when the first is good by this phone's own clock."""
    until = time.time() + pair["expires_in"]
    return {"access_token": pair["access_token"], "refresh_token": pair["refresh_token"], "until": until}


def _read(raw: bytes, headers: dict[str, str]) -> Any:
    if headers.get("content-encoding") == "gzip":
        raw = gzip.decompress(raw)
    return json.loads(raw) if raw and "json" in headers.get("content-type", "") else None
