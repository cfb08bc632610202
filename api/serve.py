"""The server as it is deployed: waitress, which reads a slow phone's whole request before a thread is taken."""

from __future__ import annotations

import os
import signal
import sys
import threading

import click
from flask import Flask

from api import log_lines
from api.command_refusals import files_reason
from api.counted_together import PROCESSES
from api.extensions import storage
from api.heaps import share_heaps
from api.processes import MOST, Place, listening, one_of
from api.scans import MAX_SENT
from api.stopping import Serving
from api.worker import start_beside
from brigade.problems import Unavailable
from brigade.settings import SettingsError, check_keys, check_server


def main() -> None:
    """Serve on 127.0.0.1 (BRIGADE_HOST) at PORT, 8000 when not said, until told to stop (TERM or Ctrl-C)."""
    log_lines.install()
    share_heaps()
    port, processes = _number("PORT", 8000, 1, 65535), _number(PROCESSES, 1, 1, MOST)
    notice, host = _number("BRIGADE_STOP_NOTICE", 0, 0, 60), os.environ.get("BRIGADE_HOST", "127.0.0.1")
    from wsgi import app

    try:
        check_keys(app.config["BRIGADE"])
        check_server(app.config["BRIGADE"])
        shared = listening(host, port)
    except SettingsError as error:
        sys.exit(f"Brigade does not start. {error}")
    except OSError as error:
        sys.exit(f"Brigade does not start. Nothing can listen at {host}:{port} ({error.strerror}): stop what is there, or say "
                 "another PORT or BRIGADE_HOST.")  # fmt: skip
    click.echo(f"Brigade: http://{host}:{port}/")
    place = one_of(processes, shared) if processes > 1 else Place()
    # More connections than waitress's own 100: phones on bad networks hold theirs for long.
    serving = Serving(app, notice, place.is_left_alone, sockets=[shared], threads=8, connection_limit=2000, channel_timeout=60,
                      ident="brigade", clear_untrusted_proxy_headers=False, max_request_body_size=MAX_SENT)  # fmt: skip
    if place.number == 0:  # beside, as a server that is away takes long to ask
        threading.Thread(target=_tell_of_files, args=(app,), daemon=True).start()
    alone = app.config["BRIGADE"].embedded and place.number == 0
    beside = start_beside(app) if alone else threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: serving.stop())
    serving.run(at_stop=beside.set)


def _tell_of_files(app: Flask) -> None:
    """Why the place of the files cannot be used, to whoever has just set it up. It is served all the same: reports go on."""
    with app.app_context():
        try:
            storage().check()
        except Unavailable as away:
            click.echo(f"Not ready: {files_reason(away)}")


def _number(name: str, unsaid: int, least: int, most: int) -> int:
    said = os.environ.get(name) or str(unsaid)
    if not (said.isascii() and said.isdigit() and least <= int(said) <= most):
        sys.exit(f"{name}: must be a number from {least} to {most} (got {said!r})")
    return int(said)


if __name__ == "__main__":
    main()
