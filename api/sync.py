"""What changed since a device last asked."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("sync", "同期 Sync", "/sync")
