"""``python -m bench.slow_phones PORT HOW_MANY``: phones that each send a photo so slowly that it never arrives.

Says ``ready`` when all have begun; on a line of input how many are still connected; ends when its input does.
"""

from __future__ import annotations

import select
import socket
import sys
import time

SIZE, PART, PAUSE = 2_000_000, b"x" * 8, 1.0
HEAD = (
    "POST /api/v1/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    f"Content-Length: {SIZE}\r\n\r\n"
).encode()


def main() -> None:
    """Sends to all in turn."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    phones = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(count)]
    for phone in phones:
        phone.sendall(HEAD + PART)
    print("ready", flush=True)
    while True:
        round_ends = time.monotonic() + PAUSE
        for phone in list(phones):
            try:
                phone.sendall(PART)
            except OSError:
                phones.remove(phone)
        asked, _, _ = select.select([sys.stdin], [], [], max(0.0, round_ends - time.monotonic()))
        if asked:
            if not sys.stdin.readline():
                return
            closed = select.select(phones, [], [], 0)[0] if phones else []
            print(len(phones) - len(closed), flush=True)


if __name__ == "__main__":
    main()
