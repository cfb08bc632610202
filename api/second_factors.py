"""One-time codes and passkeys, and proving again who one is."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("second_factors", "二要素 Second factor")
