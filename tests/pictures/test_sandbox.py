"""The limited process: hostile files cost little and stop nobody, and whatever a child does ends with its
picture (S-23).
"""

from __future__ import annotations

import io
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from pictures import inside, limits, sandbox
from pictures.asked import Clean
from pictures.kinds import MAX_BYTES, PictureRefused
from pictures.sandbox import Busy, Sandbox, read_answer
from tests.pictures import samples
from tests.pictures.samples import encoded, opened, photograph

MUTATED = int(os.environ.get("BRIGADE_TEST_PICTURES", "250"))
"""How many spoilt files to send; BRIGADE_TEST_PICTURES=2000 (or 60000) for the long run."""


@pytest.fixture(scope="module")
def room() -> Iterator[Sandbox]:
    """A sandbox for the tests of this file."""
    made = Sandbox()
    made.clean(photograph())
    yield made
    made.close()


def outcome(room: Sandbox, data: bytes) -> str:
    """``taken``, or why not. Whatever is taken is a clean JPEG."""
    try:
        made = room.clean(data)
    except PictureRefused as refusal:
        return refusal.reason
    for part in (made.picture, made.thumbnail):
        image = opened(part)
        assert image.format == "JPEG"
        assert max(image.size) <= 1600
        assert not image.getexif()
    return "taken"


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# --- What is sent -----------------------------------------------------------------------------------------------------


def test_what_is_something_else_too_becomes_a_picture_and_nothing_else(room) -> None:
    for name, data in samples.polyglots().items():
        made = room.clean(data)
        for part in (made.picture, made.thumbnail):
            assert opened(part).format == "JPEG", name
            for word in (b"<html", b"<svg", b"script", b"alert", b"PK\x03\x04", b"%PDF", b"xmpmeta"):
                assert word not in part, name


def test_bombs_and_pieces_are_refused_or_harmless(room) -> None:
    found = {name: outcome(room, data) for name, data in samples.bombs().items()}
    harmless = {
        "WebP of 150 frames", "PNG with another image in every frame", "JPEG whose EXIF is 64 KB of loops",
        "JPEG with a profile of rubbish", "JPEG of 1,000 scans",
    }  # fmt: skip
    assert {name for name, what in found.items() if what == "taken"} == harmless
    large = {name for name, what in found.items() if what == "too-many-pixels"}
    assert large == {
        "PNG of 50,000 by 50,000", "PNG of 2,000,000,000 by 1", "PNG a little too large",
        "JPEG of 65,500 by 65,500", "WebP of 16,383 by 16,383",
    }  # fmt: skip


def test_fifty_million_pixels_and_no_more(room) -> None:
    assert outcome(room, samples.png(10_000, 5_000, colour=0, bits=1)) == "taken"
    assert outcome(room, samples.png(10_000, 5_001, colour=0, bits=1)) == "too-many-pixels"


def test_spoilt_files_are_refused_or_clean_leave_nothing_and_cost_little(tmp_path) -> None:
    """Run in a process of its own, whose largest child is measured by the system that pays for it."""
    told = subprocess.run(
        [sys.executable, "-c", "from tests.pictures.test_sandbox import hunt; hunt()"],
        capture_output=True, text=True, check=False, timeout=280, cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path), "BRIGADE_TEST_PICTURES": str(MUTATED)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    *_, last = told.stdout.splitlines()
    taken, refused, megabytes = map(int, last.split())
    assert taken + refused == MUTATED
    assert min(taken, refused) > MUTATED // 10  # else the generator spoils too little or too much
    assert megabytes < 1024
    assert list(tmp_path.iterdir()) == []


def hunt() -> None:
    """Send the spoilt files; print how many were taken and refused, and the most memory that a child had."""
    room = Sandbox()
    found = Counter(outcome(room, samples.mutated(seed)) for seed in range(MUTATED))
    assert set(found) <= {"taken", "unreadable", "format", "too-many-pixels"}, found
    server, control = room._process, room._control
    assert server is not None
    assert control is not None
    control.close()
    _, status, used = os.wait4(server.pid, 0)
    server.returncode = status
    room.close()
    print(found["taken"], sum(found.values()) - found["taken"], used.ru_maxrss // 1024)  # noqa: T201


def test_the_largest_pictures_stay_within_the_memory(room) -> None:
    for colour, bits in ((0, 16), (6, 8), (2, 8), (4, 16)) if MUTATED >= 1_000 else ((0, 16),):
        assert outcome(room, samples.png(8_000, 6_250, colour=colour, bits=bits)) == "taken"


# --- What a child may ------------------------------------------------------------------------------------------------


def in_a_child(attempt: str) -> str:
    """What comes of an attempt in a process with a child's limits."""
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pictures import inside, limits
out = os.dup(1)
limits.limit(inside.LIMITS, os.open(os.devnull, os.O_RDWR))
try:
    {attempt}
    os.write(out, b"done")
except (OSError, MemoryError) as error:
    os.write(out, type(error).__name__.encode())
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    return told.stdout or f"ended by {-told.returncode}"


@pytest.mark.parametrize(
    ("attempt", "ends"),
    [
        ("open('/etc/passwd')", "OSError"),
        ("open('/tmp/left-over', 'w')", "OSError"),
        ("import socket; socket.socket()", "OSError"),
        ("os.pipe()", "OSError"),
        ("os.write(0, b'x')", "done"),  # to /dev/null
        ("b'x' * (1 << 30)", "MemoryError"),
        ("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n    while True: pass", "ended by 9"),
    ],
)
def test_a_child_can_open_nothing_and_use_little(attempt, ends) -> None:
    assert in_a_child(attempt) == ends


def test_the_limits_are_those_that_are_promised() -> None:
    assert inside.LIMITS.memory <= 1 << 30
    assert inside.LIMITS.cpu_seconds <= 20
    assert inside.LIMITS.wall_seconds <= 30
    assert in_a_child(
        "import resource, signal\n"
        "    assert resource.getrlimit(resource.RLIMIT_CPU)[1] == inside.LIMITS.cpu_seconds\n"
        "    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == 0\n"
        "    assert 0 < signal.alarm(0) <= inside.LIMITS.wall_seconds"
    ) == "done"  # fmt: skip


def test_the_process_inherits_no_secret(room) -> None:
    pid = room._process.pid
    assert Path(f"/proc/{pid}/environ").read_bytes() == b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1\0"
    held = Counter(
        str(link.readlink()).partition(":")[0] for link in Path(f"/proc/{pid}/fd").iterdir() if int(link.name) > 2
    )
    assert held == {"socket": 1, "/dev/null": 1}


# --- When something ends ----------------------------------------------------------------------------------------------


def killed_while_it_waits(room: Sandbox) -> list[bytes]:
    """What is answered when the child is killed before it has read its picture."""
    said: list[bytes] = []
    before = set(children(room._process.pid))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        room._hand_over(theirs)
        theirs.close()
        assert ours.recv(1) == limits.STARTED
        (child,) = set(children(room._process.pid)) - before
        os.kill(child, signal.SIGKILL)
        said.append(ours.recv(100))
    return said


def test_a_child_that_is_killed_takes_its_picture_with_it_and_nothing_else(room) -> None:
    server = room._process.pid
    assert killed_while_it_waits(room) == [b""]
    with pytest.raises(PictureRefused, match="unreadable"):
        read_answer(b"")
    assert outcome(room, photograph()) == "taken"
    assert room._process.pid == server


def test_a_process_that_was_killed_is_started_again(room) -> None:
    for _ in range(3):
        os.kill(room._process.pid, signal.SIGKILL)
        assert outcome(room, photograph()) == "taken"


def test_a_process_that_cannot_be_started_says_so(monkeypatch) -> None:
    broken = Sandbox()
    monkeypatch.setattr(broken, "program", "raise SystemExit(3)")
    with pytest.raises(Busy):
        broken.clean(photograph())
    monkeypatch.undo()
    assert outcome(broken, photograph()) == "taken"
    broken.close()


def test_the_process_ends_with_the_one_that_started_it() -> None:
    program = "from tests.pictures.samples import photograph; from pictures.sandbox import SANDBOX as s\n"
    program += "s.clean(photograph()); print(s._process.pid, flush=True); input()"
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True, cwd=root) as parent:
        server = int(parent.stdout.readline())
        watched = os.pidfd_open(server)
        parent.kill()
    assert select.select([watched], [], [], 30)[0], "it goes on without its parent"
    os.close(watched)


def test_nobody_waits_behind_more_than_a_few(monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_WAIT", 0.01)
    full = Sandbox()
    held = [full._turn() for _ in range(sandbox.AT_ONCE)]
    for turn in held:
        turn.__enter__()
    with pytest.raises(Busy):
        full.clean(photograph())
    for turn in held:
        turn.__exit__(None, None, None)
    assert outcome(full, photograph()) == "taken"
    full.close()


def test_many_at_once_get_each_their_own(room, monkeypatch) -> None:
    monkeypatch.setattr(room, "max_wait", 60)
    most, now = 0, 0
    counting = threading.Lock()
    asked = Sandbox._asked

    def counted(self: Sandbox, question: bytes) -> bytes:
        nonlocal most, now
        with counting:
            now += 1
            most = max(most, now)
        try:
            return asked(self, question)
        finally:
            with counting:
                now -= 1

    monkeypatch.setattr(Sandbox, "_asked", counted)
    sizes = [(60 + 7 * n, 90 + n) for n in range(18)]
    with ThreadPoolExecutor(sandbox.AT_ONCE + sandbox.WAITING) as threads:
        made = list(threads.map(lambda size: room.clean(photograph(*size)), sizes))
    assert [(one.width, one.height) for one in made] == sizes
    assert most == sandbox.AT_ONCE


# --- What a child says ------------------------------------------------------------------------------------------------


def test_nonsense_from_a_child_is_no_picture() -> None:
    good = inside.answer(b"JPEG\n" + photograph())
    assert isinstance(read_answer(good), Clean)
    head, _, rest = good.partition(b"\n")
    wrong = [
        b"", b"\n", b"{}", b"[]\n", b"null\n", b"1\n", b"\xff\xfe\n", b"[" * 100_000, b'{"refused": "because"}\n',
        b'{"refused": ["unreadable"]}\n', good[:-1], good + b"x", head + b"\n", head + b"\n" + rest[::-1],
        head.replace(b'"width": 400', b'"width": 0') + b"\n" + rest, head.replace(b"400", b"1601") + b"\n" + rest,
        head.replace(b"400", b"-400") + b"\n" + rest, head.replace(b"[", b"[-1, ") + b"\n" + rest,
        head.replace(b"2026-11-08T09:12:33+09:00", b"2026-11-08T09:12:33") + b"\n" + rest,
        head.replace(b"2026-11-08T09:12:33+09:00", b"yesterday") + b"\n" + rest,
        b"<html>" + good, head + b"\n" + samples.HTML * 100,
    ]  # fmt: skip
    for said in wrong:
        with pytest.raises(PictureRefused, match="unreadable"):
            read_answer(said)


def test_more_than_a_picture_may_weigh_never_reaches_a_child(room) -> None:
    with pytest.raises(PictureRefused, match="too-large"):
        room.clean(encoded(samples.scene()) + bytes(MAX_BYTES))


# --- A piece of a picture ---------------------------------------------------------------------------------------------


def test_a_piece_is_cut_as_far_as_it_lies_on_the_picture(room) -> None:
    whole = encoded(samples.scene(400, 300))
    for box, size in (
        ((10, 20, 110, 60), (100, 40)), ((-50, -50, 40, 30), (40, 30)), ((390, 290, 900, 900), (10, 10)),
        ((900, 900, 950, 950), (1, 1)), ((50, 50, 40, 40), (1, 1)),
    ):  # fmt: skip
        assert opened(room.cut(whole, box)).size == size


def test_no_piece_of_what_is_no_picture(room) -> None:
    for wrong in (b"", samples.HTML, encoded(samples.scene())[:500], samples.png(20, 20, colour=0, bits=8)):
        with pytest.raises(PictureRefused, match="unreadable"):
            room.cut(wrong, (0, 0, 5, 5))


def test_what_is_covered_is_gone_and_what_is_kept_is_as_before(room: Sandbox) -> None:
    out = io.BytesIO()
    Image.new("L", (200, 100), 20).save(out, "JPEG")
    made = opened(room.cover(out.getvalue(), [(50, -9, 999, 60)], [(100, 20, 140, 40)])).convert("L")
    assert made.size == (200, 100)
    for x, y, colour in ((10, 10, 20), (70, 30, 224), (190, 5, 224), (120, 30, 20), (120, 80, 20)):
        assert abs(made.getpixel((x, y)) - colour) <= 4, (x, y)
    with pytest.raises(PictureRefused):
        room.cover(b"GIF89a", [(0, 0, 5, 5)], [])
