"""Pictures of activity reports."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("attachments", "写真 Pictures", "/attachments")
