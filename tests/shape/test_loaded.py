"""What the web process loads when it starts: large libraries wait until something needs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATER = ("PIL", "alembic", "cv2", "numpy", "openpyxl", "xlsxwriter", "reportlab", "pypdfium2", "pytesseract")


def test_large_libraries_are_loaded_when_first_needed() -> None:
    asked = f"import sys, api.app; print(*(name for name in {LATER!r} if name in sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
