"""What one should know: the list, and by which ways it comes."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("notices", "お知らせ Notices")
