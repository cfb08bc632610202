"""HTTP only: parse, call one action of ``brigade/``, serialise. No rule and no SQL of its own."""

from __future__ import annotations

from api.app import create_app

__all__ = ["create_app"]
