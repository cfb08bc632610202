"""Flask's JSON, written by orjson: an answer is a tenth of the work it is for the standard library (decision 62).

Read is by the standard library, as bodies are (`body.py`), which tells apart what orjson lets pass: a key that comes twice.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
from flask.json.provider import DefaultJSONProvider, JSONProvider


class OrjsonProvider(JSONProvider):
    """Keys in their order, texts as they are, no blanks. What orjson does not know is said as Flask says it."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """``obj`` as JSON; ``TypeError`` for what JSON cannot say, a text that is no Unicode among it."""
        return orjson.dumps(obj, default=DefaultJSONProvider.default).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of a JSON text; ``ValueError`` for what is none."""
        return json.loads(s, **kwargs)
