"""What one page may cost, and how large it is shown."""

from __future__ import annotations

from ocr.kinds import MAX_FILE
from pictures.limits import Limits

LIMITS = Limits(memory=2 * 1024 * 1024 * 1024, cpu_seconds=30, wall_seconds=60, question=MAX_FILE + 1000)

LONGEST, QUALITY = 2400, 80
"""Of the page as people see it: pixels of its longer side (A4 at some 200 dpi), and of JPEG."""
