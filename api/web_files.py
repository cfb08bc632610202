"""Files of ``web/`` as they are served: read once, small on the wire, and kept by browsers until their name changes."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Response, current_app, request
from werkzeug.exceptions import NotFound

YEAR = 365 * 24 * 3600
HOUR = 3600


class WebFile(NamedTuple):
    """A file's bytes, its type, and a stamp that changes with it."""

    data: bytes
    media_type: str
    stamp: str


@cache
def web_files(folder: Path) -> dict[str, WebFile]:
    """The files directly in a folder, by name."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file():
            data, kind = path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[path.name] = WebFile(data, kind, hashlib.sha256(data).hexdigest()[:12])
    return found


def served(folder: Path, name: str) -> Response:
    """One of them; for a year where the address names its stamp (``?v=``), else for an hour. NotFound for any other."""
    file = web_files(folder).get(name)
    if file is None:
        raise NotFound()
    response: Response = current_app.response_class(file.data, mimetype=file.media_type)
    response.headers["Cache-Control"] = f"public, max-age={YEAR if request.args.get('v') == file.stamp else HOUR}"
    response.set_etag(file.stamp)
    return response.make_conditional(request)  # type: ignore[return-value]
