"""Sending a picture in pieces over a bad network: tus 1.0."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("uploads", "分割送信 Resumable upload", "/uploads")
