"""The server as it is deployed: waitress, which reads a slow phone's whole request before a thread is taken."""

from __future__ import annotations

import os
import sys
import threading

import click

from api import log_lines
from api.scans import MAX_SENT
from api.stopping import Serving
from api.worker import start_beside


def main() -> None:
    """Serve on 127.0.0.1 (BRIGADE_HOST) at PORT, 8000 when not said, until told to stop."""
    log_lines.install()
    from wsgi import app

    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT: must be a number from 1 to 65535 (got {port!r})")
    notice = os.environ.get("BRIGADE_STOP_NOTICE", "0")
    if not (notice.isascii() and notice.isdigit() and int(notice) <= 60):
        sys.exit(f"BRIGADE_STOP_NOTICE: must be a number of seconds from 0 to 60 (got {notice!r})")
    host = os.environ.get("BRIGADE_HOST", "127.0.0.1")
    # More connections than waitress's own 100: phones on bad networks hold theirs for long.
    serving = Serving(app, int(notice), host=host, port=int(port), threads=8, connection_limit=2000, channel_timeout=60,
                      ident="brigade", clear_untrusted_proxy_headers=False, max_request_body_size=MAX_SENT)  # fmt: skip
    click.echo(f"Brigade: http://{host}:{port}/")
    beside = start_beside(app) if app.config["BRIGADE"].embedded else threading.Event()
    serving.run(at_stop=beside.set)


if __name__ == "__main__":
    main()
