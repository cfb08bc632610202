"""The members' phone app as files: what a browser needs to open and install it. It asks the public API for the rest.

The files stand in ``web/phone`` and are served as they are, without comments and indentation. The service worker alone gets a line before it: the list of
all files with their hashes, so that its bytes change whenever any file does and a phone notices.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

WEB = Path(__file__).parents[1] / "web"
HOME, WORKER, PAGE = "/phone/", "sw.js", "index.html"
PAGES = ("", "join")
"""Addresses below ``HOME`` that are the app's page."""

LATER = ("after/", "keys/", "leader/", "record/", "seldom/")
"""Parts of the app that a phone fetches when they are first needed: what comes with the first news, passkeys and passwords,
what only leaders do, one's own record, and what is seldom done.
"""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; img-src 'self' data: blob:; base-uri 'none'; frame-ancestors 'none'"
)
_COMMENT = re.compile(rb"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)$", re.MULTILINE)
"""Comments on lines of their own: for who reads the sources. The lines stay, so that places in programs keep their number."""

_REMARK = re.compile(rb"(?<=[;{]) // .*$", re.MULTILINE)
"""What is said of a statement behind it, on its line."""

_TYPES = re.compile(rb"/\*\* @type [^*]*\*/ ?")
"""Types within a line, which only the checker reads."""

_INDENTATION = re.compile(rb"^[ \t]+", re.MULTILINE)
"""Likewise: a hundredth of the first load. No text of the app goes over lines."""

TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
pages = Blueprint("phone", __name__)


@dataclass(frozen=True, slots=True)
class File:
    """One file as it goes over the wire."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """The first 96 bits of the SHA-256 in base64, as the service worker compares them: it looks for a broken line or
        another version, not for an enemy, who would send another worker.
        """
        return base64.b64encode(hashlib.sha256(self.body).digest()[:12]).decode()


@cache
def files() -> dict[str, File]:
    """Every file of the app by its name below ``HOME``; ``""`` is the page."""
    found = {
        str(path.relative_to(WEB / "phone")): _file(path)
        for path in sorted((WEB / "phone").rglob("*"))
        if path.suffix in (".js", ".json", ".css", ".html", ".png", ".svg", ".webmanifest")
    }
    found["tokens.css"] = _file(WEB / "shared" / "tokens.css")
    found[""] = found.pop(PAGE)
    worker = found.pop(WORKER)
    shell = {"version": _version(found), "files": _digests(found, later=False), "later": _digests(found, later=True)}
    line = f"self.SHELL = {json.dumps(shell, separators=(',', ':'))};\n"
    found[WORKER] = File(line.encode() + worker.body, worker.media_type)
    return found


def _digests(found: dict[str, File], *, later: bool) -> dict[str, str]:
    return {HOME + name: file.digest for name, file in found.items() if name.startswith(LATER) is later}


def _file(path: Path) -> File:
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith("json")
    body = path.read_bytes()
    if path.suffix in (".js", ".css"):
        body = _COMMENT.sub(lambda found: b"\n" * found[0].count(b"\n"), body)
        body = _REMARK.sub(b"", body)
        body = _TYPES.sub(b"", body)
    if path.suffix in (".js", ".css", ".json"):
        body = _INDENTATION.sub(b"", body)
    return File(body, f"{kind}; charset=utf-8" if text else kind)


def _version(found: dict[str, File]) -> str:
    said = "\n".join(f"{name} {file.digest}" for name, file in found.items())
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@pages.get("/phone/", defaults={"name": ""})
@pages.get("/phone/<path:name>")
def shell(name: str) -> BaseResponse:
    """The members' phone app, and its files."""
    if request.path + "/" == HOME:
        return redirect(HOME)
    file = files().get("" if name in PAGES else name)
    if file is None:
        raise NotFound()
    response = Response(file.body, content_type=file.media_type)
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Cache-Control"] = "no-cache"  # asked for anew each time; what the worker keeps is by its hash
    response.set_etag(file.digest)
    return response.make_conditional(request)


@pages.get("/join")
def join() -> BaseResponse:
    """The address on an invitation card: opens the phone app where one joins. The code behind ``#`` stays with the browser."""
    return redirect(f"{HOME}join")
