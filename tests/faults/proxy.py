"""A bad network on loopback: a TCP proxy that cuts, delays, doubles, swallows and lies, as each connection is told.

It knows bytes, not HTTP; only the page of a captive portal is made up. What happens to a connection is decided by its
number alone, so a seed repeats a run. ``python -m tests.faults.proxy 8000`` stands before a server by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from weakref import WeakSet

_FORM = "<!doctype html><title>Free Wi-Fi</title><form>Room number <input name=room><button>Connect</button></form>"
PORTAL = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(_FORM)}\r\n\r\n{_FORM}".encode()
CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one connection; nothing by default. Counts are bytes, times seconds.

    ``request``, ``answer``: cut once so many bytes have gone that way. Both ends see an ordinary end; with ``reset``
    an RST; with ``silent`` they see nothing for so long (half-open). ``hole``: taken and never answered, for so long.
    ``portal``: a web page in the server's place. ``delay``: before anything goes through. ``rate``: bytes per second
    of the request. ``twice``: the server gets the request again on another connection, so long after the first one
    has ended, or at the same time for 0.
    """

    request: int | None = None
    answer: int | None = None
    reset: bool = False
    silent: float = 0
    hole: float = 0
    portal: bool = False
    delay: float = 0
    rate: int = 0
    twice: float | None = None

    def __str__(self) -> str:
        how = "reset" if self.reset else "silent" if self.silent else "cut"
        told = {
            "portal": self.portal, "hole": self.hole, "twice": self.twice is not None, "delay": self.delay,
            "rate": self.rate, f"request {how}": self.request is not None, f"answer {how}": self.answer is not None,
        }  # fmt: skip
        return next((name for name, is_so in told.items() if is_so), "plain")


PLAIN = Fault()
Mood = Callable[[int], Fault]
"""The fault of the n-th connection, counted from 0."""


def nasty(seed: int, share: float = 0.25, patience: float = 1.0) -> Mood:
    """So large a share of the connections goes wrong, in every way there is, for clients that wait ``patience``."""

    def of(number: int) -> Fault:
        rng = Random(f"{seed}:{number}")
        if rng.random() >= share:
            return PLAIN
        told: dict[str, Any] = rng.choice([{}, {"reset": True}, {"silent": patience * 2}])
        size = int(10 ** rng.uniform(0, 5.3))  # of any order up to a whole picture
        faults = [
            Fault(request=size, **told), Fault(answer=size // 50, **told), Fault(answer=0, **told), Fault(portal=True),
            Fault(hole=patience * 2), Fault(delay=patience * rng.uniform(0, 0.8)), Fault(rate=300_000), Fault(twice=0),
            Fault(twice=rng.uniform(0.01, 0.2)),
        ]  # fmt: skip
        return rng.choice(faults)

    return of


class Proxy:
    """Listens on ``port`` of loopback while its ``with`` block lasts. ``mood`` may be exchanged at any time.

    ``did`` counts connections by what happened to them, ``up`` and ``down`` the bytes that clients and server sent.
    """

    def __init__(self, server: int, mood: Mood = lambda number: PLAIN, port: int = 0) -> None:
        self.server, self.mood, self.port = server, mood, port
        self.did: Counter[str] = Counter()
        self.up = self.down = 0
        self._running: set[asyncio.Task[None]] = set()
        self._ends: WeakSet[StreamWriter] = WeakSet()
        self._listening = threading.Event()

    def __enter__(self) -> Proxy:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), name="fault-proxy", daemon=True)
        self._thread.start()
        assert self._listening.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the proxy does not end"

    def hang_up(self) -> None:
        """End every connection there is, and forget what was still to be sent again: no network remembers it later."""
        asyncio.run_coroutine_threadsafe(self._drop_all(), self._loop).result(20)

    async def _drop_all(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _listen(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        listening = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=500)
        self.port = int(listening.sockets[0].getsockname()[1])
        self._listening.set()
        await self._stop.wait()
        # no more is taken, but what was is let in first: Python 3.11 forgets a connection whose server is closed by then
        self._loop.remove_reader(listening.sockets[0])
        while rest := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in rest & self._running:
                task.cancel()
            await asyncio.wait(rest)
        listening.close()
        for end in list(self._ends):  # who has something left to send stays open
            end.transport.abort()
            with suppress(OSError):
                await end.wait_closed()

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        fault = self.mood(self.did.total())
        self.did[str(fault)] += 1
        self._ends.add(writer)
        task = self._spawn(self._connection(fault, reader, writer))
        task.add_done_callback(lambda _: _close(writer))  # one that is cancelled before it begins closes nothing

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _to_server(self) -> tuple[StreamReader, StreamWriter]:
        answers, server = await asyncio.open_connection("127.0.0.1", self.server)
        self._ends.add(server)
        return answers, server

    async def _connection(self, fault: Fault, reader: StreamReader, writer: StreamWriter) -> None:
        ends = [writer]
        try:
            if fault.portal:
                self.up += len(await reader.read(CHUNK))
                writer.write(PORTAL)
            elif fault.hole:
                await self._swallow(reader, fault.hole)
            else:
                await asyncio.sleep(fault.delay)
                await self._through(fault, reader, writer, ends)
        except OSError:
            pass  # an end went away by itself: networks do not mind
        finally:
            for end in ends:
                _close(end, reset=fault.reset)

    async def _through(
        self, fault: Fault, reader: StreamReader, writer: StreamWriter, ends: list[StreamWriter]
    ) -> None:
        answers, server = await self._to_server()
        ends.append(server)
        servers = [server]
        if fault.twice == 0:
            unread, second = await self._to_server()
            servers.append(second)
            self._spawn(_drained(unread, second))
        sent = bytearray()
        up = asyncio.create_task(self._pump(reader, servers, fault.request, fault.rate, sent))
        down = asyncio.create_task(self._pump(answers, [writer], fault.answer))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            if up.done() and not up.result():
                server.write_eof()  # the client has said all; the answer may still come
                await down
        finally:
            up.cancel()
            down.cancel()
            ended = await asyncio.gather(up, down, return_exceptions=True)
        if fault.silent and True in ended:
            await self._swallow(reader, fault.silent)
        if fault.twice:
            self._spawn(self._again(bytes(sent), fault.twice))

    async def _pump(
        self, source: StreamReader, sinks: Sequence[StreamWriter], left: int | None, rate: int = 0,
        copy: bytearray | None = None,
    ) -> bool:  # fmt: skip
        """Pass on what comes until its end, or until ``left`` bytes have gone: then True."""
        while data := await source.read(CHUNK):
            if copy is None:
                self.down += len(data)
            else:
                self.up += len(data)
                copy += data
            part = data if left is None else data[:left]
            for sink in sinks:
                sink.write(part)
                await sink.drain()
            if rate:
                await asyncio.sleep(len(part) / rate)
            if left is not None:
                left -= len(part)
                if left == 0:
                    return True
        return False

    async def _swallow(self, reader: StreamReader, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while data := await reader.read(CHUNK):
                    self.up += len(data)

    async def _again(self, request: bytes, later: float) -> None:
        await asyncio.sleep(later)
        with suppress(OSError):
            answers, server = await self._to_server()
            server.write(request)
            await _drained(answers, server)


async def _drained(answers: StreamReader, server: StreamWriter) -> None:
    """Take the answer that nobody waits for."""
    try:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(30):
                while await answers.read(CHUNK):
                    pass
    finally:
        _close(server)


def _close(end: StreamWriter, *, reset: bool = False) -> None:
    if reset:
        with suppress(OSError):  # it is closed already
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.transport.abort()
    else:
        end.close()


def main() -> None:
    """A bad network by hand, until Ctrl-C."""
    parser = argparse.ArgumentParser("tests.faults.proxy", description="A bad network before a server of this machine.")
    parser.add_argument("server", type=int, help="the server's port")
    parser.add_argument("--port", type=int, default=0, help="where to listen; any free one when left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.25, help="of the connections, from 0 to 1")
    said = parser.parse_args()
    with Proxy(said.server, nasty(said.seed, said.share), said.port) as proxy:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # who is started in the background begins without
        print(f"http://127.0.0.1:{proxy.port}", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    print(dict(proxy.did))  # noqa: T201


if __name__ == "__main__":
    main()
