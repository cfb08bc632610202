"""Answers made small for slow networks: gzip for text that is worth it, where the client takes it.

Nothing secret is at risk by it: answers of the API are given for a token that the client itself sends, those of the
console for a cookie that browsers send from its own pages alone (SameSite=Strict), so no other site can have one made
with words of its choice in it (the BREACH attack needs that). The token in the console's forms moreover is another text
each time.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

SMALLEST = 1024
"""Bytes. What is shorter fits into one packet in any case."""

LEVEL = 6
TYPES = ("application/json", "application/problem+json", "application/javascript", "image/svg+xml")


def install(app: Flask) -> None:
    """Compress what is answered."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """The answer, smaller where that can be.

    The ETag stays: it names a version, which If-Match must be able to repeat whatever came over the line, and ``Vary``
    keeps the two forms apart in caches.
    """
    kind = response.mimetype or ""
    if kind not in TYPES and not kind.startswith("text/"):
        return response
    response.vary.add("Accept-Encoding")
    if (
        request.accept_encodings["gzip"] <= 0
        or "Content-Encoding" in response.headers
        or response.status_code in (204, 206, 304)
        or response.is_streamed
        or response.direct_passthrough
    ):
        return response
    body = response.get_data()
    if len(body) > SMALLEST:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
