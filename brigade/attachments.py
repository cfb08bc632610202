"""Pictures that belong to reports, and the uploads by which they arrive."""

from __future__ import annotations
