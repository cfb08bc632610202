"""What is expected of one: planned drills, and a calendar feed."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("calendar", "予定表 Calendar")
