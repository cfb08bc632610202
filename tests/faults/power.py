"""A disk whose power goes: what it may hold afterwards, from a recording of the calls that wrote on it (R-01p).

The model. What a file held when ``fsync`` of it began is there once that has returned. Of every later write each sector
of 512 bytes is there or not, in any mixture and in any order, and likewise each later change of length; what lies beyond
and was never written reads as zeros. A name (made, linked, renamed, taken away) is sure only after ``fsync`` of its
folder, and until then may be the old one or the new one; a folder without a sure name takes all below it along. ``fsync``
of a file does not make its own name sure, though ext4 would: we ask for more than it does. A rename is whole or not at all.

Outside the model: a disk that says "stored" and has not, sectors torn within or damaged beside a write (SQLite counts on
neither), and anything that another program does with the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.faults.recorder import Op

SECTOR = 512
IS_FOLDER = -1
DATA, NAMING = ("write", "truncate"), ("create", "link", "rename", "unlink", "mkdir", "rmdir")

Files = Mapping[str, bytes]
"""Content by path."""

Choice = Callable[[Op], Sequence[Op]]
"""What of an unsure operation is there after the cut: nothing, it, or parts of it."""


def nothing(_op: Op) -> Sequence[Op]:
    """Only what is sure survives."""
    return ()


def everything(op: Op) -> Sequence[Op]:
    """As if only the processes had died."""
    return (op,)


def by_chance(chance: Random) -> Choice:
    """Each or none, few or most; a write in some of its sectors."""
    share, torn = chance.choice([0.1, 0.5, 0.9]), chance.choice([0.0, 0.2])

    def choose(op: Op) -> Sequence[Op]:
        if chance.random() >= share:
            return ()
        if op.kind == "write" and chance.random() < torn:
            return [part for part in sectors(op) if chance.random() < 0.5]
        return (op,)

    return choose


def sectors(op: Op) -> Iterator[Op]:
    """The write, cut where the disk's sectors begin."""
    start, end = op.offset, op.offset + len(op.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield replace(op, offset=start, data=op.data[start - op.offset : stop - op.offset])
        start = stop


@dataclass
class State:
    """Names and what the files behind them hold, by numbers as a file system has them; ``own`` are those that it may change."""

    names: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytes | bytearray] = field(default_factory=dict)
    own: set[int] = field(default_factory=set)

    def apply(self, op: Op, inode: int) -> None:
        """``inode``: the file that it is about."""
        if op.kind in DATA:
            self._change(op, inode)
        elif op.kind in ("create", "link", "mkdir"):
            self.names[op.other or op.path] = inode
        elif op.kind == "rename":
            self.names[op.other] = inode
            self.names.pop(op.path, None)
        else:
            self.names.pop(op.path, None)

    def _change(self, op: Op, inode: int) -> None:
        content = self.files.get(inode, b"")
        if inode not in self.own:
            self.own.add(inode)
            content = bytearray(content)
        assert isinstance(content, bytearray)
        self.files[inode] = content
        if op.kind == "truncate":
            del content[op.offset :]
        missing = op.offset - len(content)
        if missing > 0:
            content += bytes(missing)
        content[op.offset : op.offset + len(op.data)] = op.data

    def seen(self) -> dict[str, bytes]:
        """The files to which names lead."""
        folders = {path for path, inode in self.names.items() if inode == IS_FOLDER} | {""}
        return {
            path: bytes(self.files.get(inode, b""))
            for path, inode in self.names.items()
            if inode != IS_FOLDER and all(parent in folders for parent in _parents(path))
        }


@dataclass
class Disk:
    """``sure`` survives a cut now; of ``unsure`` any part may. ``live`` is what programs see, ``ever`` every name that a file
    ever had.
    """

    sure: State
    live: State
    unsure: list[tuple[Op, int]] = field(default_factory=list)
    ever: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folders: Sequence[str], files: Files) -> Disk:
        """One on which this was stored long ago."""
        names = dict.fromkeys(folders, IS_FOLDER) | {path: number for number, path in enumerate(files)}
        content = dict(enumerate(files.values()))
        return cls(State(dict(names), dict(content)), State(dict(names), dict(content)), ever=dict(names))

    def begin(self, op: Op) -> None:
        """From here on it may be there."""
        if op.kind not in (*DATA, *NAMING):
            return
        inode = self._inode(op)
        if inode is None:
            return
        self.live.apply(op, inode)
        self.unsure.append((op, inode))
        if op.kind in ("create", "link", "rename"):
            self.ever[op.other or op.path] = inode

    def _inode(self, op: Op) -> int | None:
        """None where nothing happens: the file was there already."""
        if op.kind == "mkdir":
            return IS_FOLDER
        if op.kind == "create":
            number = max(self.live.files, default=0) + 1
            if op.path in self.live.names:
                return None
            self.live.files[number] = b""
            return number
        return self.live.names[op.path]

    def end(self, op: Op) -> None:
        """It returned; a ``sync`` makes sure what had ended before it began."""
        if op.kind != "sync":
            return
        which = self.live.names.get(op.path, IS_FOLDER)
        stays: list[tuple[Op, int]] = []
        for one, inode in self.unsure:
            here = _folder(one) == op.path if which == IS_FOLDER else one.kind in DATA and inode == which
            if here and one.ended < op.begun:
                self.sure.apply(one, inode)
            else:
                stays.append((one, inode))
        self.unsure = stays

    def after(self, choose: Choice) -> Files:
        """What the disk holds when the power comes back."""
        found = State(dict(self.sure.names), dict(self.sure.files))
        for op, inode in self.unsure:
            for part in choose(op):
                found.apply(part, inode)
        return found.seen()

    def written(self, path: str) -> bytes | None:
        """All that was ever written into the file that had this name last."""
        inode = self.ever.get(path)
        return None if inode is None else bytes(self.live.files.get(inode, b""))


def moments(ops: Sequence[Op]) -> Iterator[tuple[Op, str]]:
    """All beginnings and ends in their order; the power may go after each."""
    order = [(op.begun, "begin", op) for op in ops] + [(op.ended, "end", op) for op in ops]
    for _, what, op in sorted(order, key=lambda one: one[0]):
        yield op, what


def choices(chance: Random, number: int) -> list[Choice]:
    """Nothing, everything, and so many by chance."""
    return [nothing, everything, *(by_chance(Random(chance.random())) for _ in range(number))]


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _folder(op: Op) -> str | None:
    return None if op.kind in DATA else (op.other or op.path).rpartition("/")[0]
