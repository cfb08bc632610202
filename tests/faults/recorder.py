"""What a process and its children write, in order, as strace sees it: files below one folder, and the moments at which
answers begin to leave.

Every string is recorded whole. A call that writes in a way which is not understood here is refused, not left out; what
went past strace altogether (a mapped file) shows when the recording is played and held against the disk (``power.py``).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

OPENS = ("open", "openat", "creat")
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2")
SENDS = ("sendto", "sendmsg", "write", "writev")
NAMES = (
    "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
)  # fmt: skip
UNKNOWN = ("fallocate", "copy_file_range", "sendfile", "splice", "symlink", "symlinkat", "io_uring_setup", "truncate")
"""Recorded in order to be refused."""

REBUILT = "-shm"
"""SQLite's shared memory, which is made anew by who opens the store first: left out."""

TRACED = {*OPENS, *WRITES, *SENDS, *NAMES, *UNKNOWN, "ftruncate", "fsync", "fdatasync", "accept", "accept4"}
WIDEST = 4_000_000
"""Bytes of the longest string that is recorded."""

COMMAND = (
    "strace", "-f", "--seccomp-bpf", "-q", "-y", "-xx", "-s", str(WIDEST), "-e", "signal=KILL", "-e",
    "trace=" + ",".join(f"?{name}" for name in sorted(TRACED)),
)  # fmt: skip

LINE = re.compile(r"(\d+) +(?:(\w+)\((.*?)( <unfinished \.\.\.>)?|<\.\.\. (\w+) resumed>(.*))$")
RESULT = re.compile(r"\) += (-?\d+)(?:<(.*?)>)?(?: .*)?$")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
FOLDER_OR_FILE = re.compile(r"(AT_FDCWD|\d+)<([^>]*)>(\(deleted\))?")
PORT = re.compile(r"sin_port=htons\((\d+)\)")
NEVER = 1 << 60


def unable() -> str:
    """Why nothing can be recorded on this machine; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not here (tools/setup.sh test installs it)"
    tried = subprocess.run([*COMMAND, "-o", os.devnull, "true"], capture_output=True, text=True)
    return f"strace may not trace here (ptrace): {tried.stderr.strip()[-200:]}" if tried.returncode else ""


@dataclass(frozen=True, slots=True)
class Op:
    """One call that counts. ``kind``: ``create``, ``write``, ``truncate`` (to ``offset`` bytes), ``sync``, ``link`` and
    ``rename`` (of ``path`` to ``other``), ``unlink``, ``mkdir``, ``rmdir``, and ``answer`` (to the client's port ``offset``).

    Paths are relative to the folder. ``begun`` and ``ended`` order all calls; what was cut off ended ``NEVER``.
    """

    kind: str
    path: str
    begun: int
    ended: int
    offset: int = 0
    data: bytes = b""
    other: str = ""


@dataclass
class Trace:
    """The growing output of strace, of which one recording at a time is read: of all that came since the last one."""

    path: Path
    start: int = 0

    def until_death(self, pid: int) -> list[str]:
        """The lines up to the end of this process, for which strace may need a moment."""
        deadline = time.monotonic() + 60
        ending = re.compile(rf"^{pid} +\+\+\+ (?:killed|exited)", re.MULTILINE)
        while True:
            with self.path.open("rb") as file:
                file.seek(self.start)
                text = file.read().decode("ascii")
            if ending.search(text):
                break
            assert time.monotonic() < deadline, "strace does not tell of the process's end"
            time.sleep(0.02)
        self.start += len(text)
        return text.splitlines()


@dataclass
class Reader:
    """Turns the lines of strace into operations on what lies below ``root``."""

    root: str
    ports: dict[int, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    appended: set[str] = field(default_factory=set)

    def ops(self, lines: list[str]) -> list[Op]:
        """In the order in which they were begun."""
        found = [op for call in _calls(lines) for op in self._ops(call)]
        return sorted(found, key=lambda op: op.begun)

    def _ops(self, call: _Call) -> Iterator[Op]:
        if call.name in ("accept", "accept4"):
            if port := PORT.search(call.said):
                self.ports[call.result] = int(port[1])
            return
        if call.name in SENDS and (answer := self._answer(call)):
            yield answer
        if call.name not in (*OPENS, *WRITES, *NAMES, *UNKNOWN, "fsync", "fdatasync", "ftruncate"):
            return
        paths = [self._below(path) for path in call.paths()]
        if not any(path is not None and not path.endswith(REBUILT) for path in paths):
            return
        assert call.name not in UNKNOWN, f"{call.name} on {paths} is not understood here"
        assert None not in paths, f"{call.name} into the folder or out of it: {paths}"
        inside = [path for path in paths if path is not None]
        if call.name in OPENS:
            yield from self._opened(call, inside[0])
        elif call.name in WRITES:
            yield self._written(call, inside[0])
        elif call.name in ("fsync", "fdatasync"):
            yield call.op("sync", inside[0])
        elif call.name == "ftruncate":
            yield call.op("truncate", inside[0], offset=call.numbers()[-1])
        elif call.name == "unlinkat" and "AT_REMOVEDIR" in call.said:
            yield call.op("rmdir", inside[0])
        else:
            yield call.op(call.name.removesuffix("2").removesuffix("at"), inside[0], other=inside[-1])

    def _answer(self, call: _Call) -> Op | None:
        descriptor = FOLDER_OR_FILE.match(call.said)
        if descriptor and b"socket:" in _unhexed(descriptor[2]) and call.data().startswith(b"HTTP/1."):
            return call.op("answer", "", offset=self.ports.get(int(descriptor[1]), 0))
        return None

    def _opened(self, call: _Call, path: str) -> Iterator[Op]:
        self.places[path] = 0
        if "O_APPEND" in call.said:
            self.appended.add(path)
        if "O_CREAT" in call.said or call.name == "creat":
            yield call.op("create", path)
        if "O_TRUNC" in call.said or call.name == "creat":
            yield call.op("truncate", path)

    def _written(self, call: _Call, path: str) -> Op:
        data = call.data()[: call.result]
        if call.name.startswith("p"):
            return call.op("write", path, offset=call.numbers()[1 if call.name == "pwrite64" else 0], data=data)
        assert path not in self.appended, f"appending to {path} is not understood here"
        offset = self.places[path]
        self.places[path] = offset + len(data)
        return call.op("write", path, offset=offset, data=data)

    def _below(self, path: str) -> str | None:
        path = os.path.normpath(path)
        if path == self.root:
            return ""
        return path[len(self.root) + 1 :] if path.startswith(f"{self.root}/") else None


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    said: str
    result: int
    begun: int
    ended: int

    def op(self, kind: str, path: str, *, offset: int = 0, data: bytes = b"", other: str = "") -> Op:
        return Op(kind, path, self.begun, self.ended, offset, data, other)

    def data(self) -> bytes:
        """All its strings."""
        found = STRING.findall(self.said)
        assert not any(more for _, more in found), f"{self.name} with more than {WIDEST} bytes"
        return b"".join(_unhexed(one) for one, _ in found)

    def numbers(self) -> list[int]:
        """What stands behind the strings and structures."""
        return [int(one) for one in re.findall(r"(?<=, )-?\d+(?=,|$)", re.sub(r'"[^"]*"|\[.*\]', "", self.said))]

    def paths(self) -> list[str]:
        """The absolute paths that it is about; none for a file that has no name any more."""
        if self.name in WRITES or self.name in ("fsync", "fdatasync", "ftruncate", "fallocate", "sendfile"):
            found = FOLDER_OR_FILE.match(self.said)
            return [] if not found or found[3] else [_unhexed(found[2]).decode()]
        folders = [_unhexed(one[1]).decode() for one in FOLDER_OR_FILE.findall(self.said)]
        names = [_unhexed(one).decode() for one, _ in STRING.findall(self.said)]
        if len(folders) == len(names):  # ``…at`` calls name the folder before each path
            return [str(Path(folder, name)) for folder, name in zip(folders, names, strict=True)]
        return names


def _calls(lines: list[str]) -> Iterator[_Call]:
    """Those that did something: what failed is left out, what was cut off counts."""
    open_calls: dict[str, tuple[int, str, str]] = {}
    for number, line in enumerate(lines):
        found = LINE.match(line)
        if not found:
            continue
        thread, name, said, unfinished, resumed, rest = found.groups()
        if unfinished:
            open_calls[thread] = (number, name, said)
            continue
        begun = number
        if resumed:
            begun, name, before = open_calls.pop(thread, (number, resumed, ""))
            said = before + rest
        if name not in TRACED or not (result := RESULT.search(said)) or int(result[1]) < 0:
            continue
        yield _Call(name, said[: result.start()], int(result[1]), 2 * begun, 2 * number + 1)
    for number, name, said in open_calls.values():
        if name in TRACED:
            yield _Call(name, said, NEVER, 2 * number, NEVER)


def _unhexed(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
