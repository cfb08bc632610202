"""The model of a disk whose power goes does what it says (R-01p), and small things that are written outside the store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.faults.power import Disk, choices, everything, moments, nothing, sectors
from tests.faults.recorder import COMMAND, NEVER, Op, Reader, unable
from tests.faults.serving import ROOT

SOME = 40


def played(*calls: tuple[str, str] | Op) -> Disk:
    """A disk with a folder ``a`` and a file ``old`` after these calls, one after the other."""
    disk = Disk.of(["a"], {"old": b"before"})
    for number, call in enumerate(calls):
        op = call if isinstance(call, Op) else Op(*call, 2 * number, 2 * number + 1)
        disk.begin(op)
        disk.end(op)
    return disk


def wrote(at: int, path: str = "old", data: bytes = b"after!", ended: int | None = None) -> Op:
    return Op("write", path, 2 * at, 2 * at + 1 if ended is None else ended, 0, data)


def test_what_nobody_waited_for_may_be_there_or_not() -> None:
    disk = played(wrote(0))
    assert disk.after(nothing) == {"old": b"before"}
    assert disk.after(everything) == {"old": b"after!"}
    assert played(wrote(0), ("sync", "old")).after(nothing) == {"old": b"after!"}


def test_waiting_for_one_file_says_nothing_of_another_nor_of_what_comes_while_one_waits() -> None:
    assert played(wrote(0), ("sync", "a")).after(nothing) == {"old": b"before"}
    assert played(wrote(0, ended=9), ("sync", "old")).after(nothing) == {"old": b"before"}


def test_a_name_is_sure_with_its_folder_alone() -> None:
    made = [("create", "a/new"), wrote(1, "a/new", b"x"), ("sync", "a/new")]
    assert "a/new" not in played(*made).after(nothing)
    assert played(*made).after(everything)["a/new"] == b"x"
    assert played(*made, ("sync", "a")).after(nothing)["a/new"] == b"x"
    assert played(*made[:1], ("sync", "a")).after(nothing)["a/new"] == b""
    assert "a/b/new" not in played(("mkdir", "a/b"), ("create", "a/b/new"), ("sync", "a/b")).after(nothing)


def test_a_name_that_went_may_come_back_and_a_new_content_under_it_is_whole() -> None:
    gone = [("unlink", "old")]
    assert played(*gone).after(nothing) == {"old": b"before"}
    assert played(*gone, ("sync", "")).after(nothing) == {}
    new = [("create", "a/new"), wrote(1, "a/new", b"x"), ("sync", "a/new"), Op("rename", "a/new", 6, 7, other="old")]
    assert played(*new).after(nothing) == {"old": b"before"}
    assert played(*new).after(everything) == {"old": b"x"}
    assert played(*new, Op("sync", "", 8, 9)).after(nothing) == {"old": b"x"}


def test_a_write_is_cut_where_sectors_begin_and_what_was_never_written_is_zeros() -> None:
    op = Op("write", "old", 0, 1, 500, b"x" * 600)
    assert [(part.offset, len(part.data)) for part in sectors(op)] == [(500, 12), (512, 512), (1024, 76)]
    disk = played(op)
    assert disk.after(lambda op: list(sectors(op))[2:])["old"] == b"before" + bytes(1018) + b"x" * 76
    seen = {disk.after(choose)["old"] for choose in choices(Random(1), SOME)}
    assert len(seen) > 2


def test_calls_are_read_also_where_others_come_between() -> None:
    folder, text, file = ("".join(f"\\x{byte:02x}" for byte in said.encode()) for said in ("/v", "hi", "/v/f"))
    lines = [
        f'7  openat(AT_FDCWD<{folder}>, "\\x66", O_WRONLY|O_CREAT|O_EXCL, 0600) = 3<{file}>',
        f'7  write(3<{file}>, "{text}", 2 <unfinished ...>',
        f"8  fsync(4<{file}>) = 0",
        "7  <... write resumed>) = 2",
        f'7  unlink("{file}") = -1 EPERM (Operation not permitted)',
        f"7  fsync(3<{file}> <unfinished ...>",
    ]
    assert Reader("/v").ops(lines) == [
        Op("create", "f", 0, 1), Op("write", "f", 2, 7, 0, b"hi"), Op("sync", "f", 4, 5), Op("sync", "f", 10, NEVER),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "again"),
    [
        ("from brigade.access.signing_keys import make_key_file as make; make(var / 'key')", ""),
        (
            "from brigade.access.signing_keys import make_key_file as make; make(var / 'key')",
            "import datetime; from brigade.access.signing_keys import rotate_key_file as new; "
            "new(var / 'key', datetime.date(2026, 11, 1))",
        ),
        ("from brigade.settings import _kept_key; _kept_key(var / 'key', lambda: 'secret')", ""),
    ],
)  # fmt: skip
def test_a_key_that_the_server_made_is_whole_or_not_there_and_stays(tmp_path: Path, made: str, again: str) -> None:
    if why := unable():
        pytest.skip(f"no power cut is tried: {why}")
    var, calls = tmp_path / "var", tmp_path / "calls"
    program = f"from pathlib import Path; var = Path({str(var)!r}); {made}\n{again}"
    subprocess.run([*COMMAND, "-o", calls, sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
    ops = Reader(str(tmp_path)).ops(calls.read_text().splitlines())
    disk, seen = Disk.of([], {}), set[bytes | None]()
    for op, what in moments(ops):
        getattr(disk, what)(op)
        seen |= {disk.after(choose).get("var/key") for choose in choices(Random(1), SOME)}
    assert seen <= {None, *whole(ops)}
    assert {disk.after(choose).get("var/key") for choose in choices(Random(1), SOME)} == {(var / "key").read_bytes()}


def whole(ops: list[Op]) -> set[bytes]:
    """What was written into any file, each time by one call."""
    return {op.data for op in ops if op.kind == "write"}
