"""The same city, clock and clients as the tests of the API have."""

from __future__ import annotations

from tests.api.conftest import (
    app,
    ask,
    cheap_hashes,
    city,
    city_and_rows,
    client,
    clock,
    kept_apps,
    kept_postgresql,
    later,
    november,
    postgresql,
    quiet,
)

__all__ = [
    "app", "ask", "cheap_hashes", "city", "city_and_rows", "client", "clock", "kept_apps", "kept_postgresql", "later", "november",
    "postgresql", "quiet",
]  # fmt: skip
