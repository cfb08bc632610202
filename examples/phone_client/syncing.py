"""Bringing the phone's copy up to date: what changed, what is gone, and lists that change seldom."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from phone_client.server import Refused, Server
from phone_client.storage import Storage


def sync(server: Server, storage: Storage) -> None:
    """Page after page, each stored together with its cursor: what was interrupted goes on where it was."""
    page = next_page(server, storage)
    while page["more"]:
        page = next_page(server, storage)
    for reference in page["reference"]:
        href, etag = reference["href"], reference["etag"]
        known = storage.known("reference", href)
        if known is None or known["etag"] != etag:
            storage.take_reference(href, etag, server.ask("GET", href).data)


def next_page(server: Server, storage: Storage) -> dict[str, Any]:
    """What changed since the cursor, stored. A cursor that the server does not know any more is thrown away."""
    cursor = storage.kept("cursor")
    try:
        page: dict[str, Any] = server.ask("GET", f"/sync?cursor={quote(cursor)}" if cursor else "/sync").data
    except Refused:
        if not cursor:
            raise
        storage.keep(cursor=None)
        return next_page(server, storage)
    storage.take(page)
    return page
