"""PostgreSQL's base backup and log, as docs/operate/backup.md tells: a real server goes back to a moment."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import postgres
from tests.shape.test_house import ROOT

PAGE = (ROOT / "docs/operate/backup.md").read_text(encoding="utf-8")


def told(name: str) -> str:
    """The value that the page gives to a setting."""
    found = re.search(rf"^{name} = '?(.*?)'?$", PAGE, re.MULTILINE)
    assert found, name
    return found[1]


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_back_to_a_moment(tmp_path: Path) -> None:
    kept = Path(tempfile.mkdtemp(prefix="brigade-wal-"))
    try:
        go_back(tmp_path / "base", kept)
    finally:
        shutil.rmtree(kept)


def go_back(base: Path, kept: Path) -> None:
    """``kept``: where the log is looked for afterwards, open to the server's own user."""
    with postgres.running(full_page_writes="on", archive_mode=told("archive_mode")) as server:
        wal = Path(server.folder) / "wal"
        wal.mkdir()
        wal.chmod(0o777)  # the server may be another user
        with server.admin() as store:
            store.execute(
                f"ALTER SYSTEM SET archive_command = '{told('archive_command').replace('/srv/wal', str(wal))}'"
            )
            store.execute("SELECT pg_reload_conf()")
            store.execute("CREATE TABLE filed (what text)")
            store.execute("INSERT INTO filed VALUES ('before the base')")
            command = re.search(r"^pg_basebackup .*$", PAGE, re.MULTILINE)
            assert command
            program, *said = command[0].replace("/srv/base/$(date +%F)", str(base)).split()
            subprocess.run(
                [postgres.programs() / program, "-h", server.folder, "-U", postgres.ADMIN, *said], check=True
            )
            store.execute("INSERT INTO filed VALUES ('after the base')")
            moment = store.execute("SELECT clock_timestamp()").fetchone()
            assert moment
            time.sleep(0.1)
            store.execute("INSERT INTO filed VALUES ('after the moment')")
            last = store.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
            assert last
            until((wal / last[0]).exists)
        shutil.copytree(wal, kept, dirs_exist_ok=True)
    for path in (kept, *kept.iterdir()):
        path.chmod(0o755)

    (base / "recovery.signal").touch()
    (base / "postgresql.auto.conf").write_text("")
    options = {
        "restore_command": told("restore_command").replace("/srv/wal", str(kept)),
        "recovery_target_time": moment[0].isoformat(),
        "recovery_target_action": told("recovery_target_action"),
    }
    with postgres.running(base, **options) as server, server.admin() as store:
        until(lambda: store.execute("SELECT NOT pg_is_in_recovery()").fetchone() == (True,))
        rows = store.execute("SELECT what FROM filed ORDER BY 1").fetchall()
    assert rows == [("after the base",), ("before the base",)]
