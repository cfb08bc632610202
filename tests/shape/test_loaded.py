"""What the web process loads when it starts: large libraries wait until something needs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATER = ("PIL", "alembic", "cv2", "numpy", "openpyxl", "xlsxwriter", "reportlab", "pypdfium2", "pytesseract")


FILED = """
import sys
from sqlalchemy.orm import Session
from api import create_app
from api.extensions import db
from brigade.settings import Settings
from tests import make
from pathlib import Path
store = Path(sys.argv[1])
given = {"DATABASE_URL": f"sqlite:///{store}", "VAR": str(store.parent), "SECRET_KEY": "0" * 40}
app = create_app(Settings.from_environ({f"BRIGADE_{name}": value for name, value in given.items()}, store.parent))
with app.app_context(), Session(db.engine) as session:
    city = make.city(session)
    session.commit()
client = app.test_client()
said = {"login": "squad11a", "password": make.PASSWORD}
token = client.post("/api/v1/auth/login", json=said).json["access_token"]
body = make.body(city, "K1-1-1", "squad11a")
asked = {"json": body, "headers": {"Authorization": f"Bearer {token}"}}
assert client.post("/api/v1/activity-reports", **asked).status_code == 201
"""


def loaded(program: str, *arguments: str) -> list[str]:
    asked = f"{program}\nimport sys; print(*(name for name in {LATER!r} if name in sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", asked, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return told.stdout.split()


def test_nor_when_the_first_report_is_filed(sqlite_template: Path, tmp_path: Path) -> None:
    assert loaded(FILED, shutil.copy(sqlite_template, tmp_path / "store.sqlite3")) == []


def test_large_libraries_are_loaded_when_first_needed() -> None:
    assert loaded("import api.app") == []
