"""``python -m bench.baselines.serve MODULE ARGUMENT…``: serves ``app(*arguments)`` of a floor as the product is served."""

from __future__ import annotations

import importlib
import os
import sys

import waitress


def main() -> None:
    """On 127.0.0.1 at PORT until told to stop."""
    module, *arguments = sys.argv[1:]
    made = importlib.import_module(f"bench.baselines.{module}").app(*arguments)
    waitress.serve(made, host="127.0.0.1", port=int(os.environ["PORT"]), threads=8, connection_limit=2000,
                   channel_timeout=60, ident="floor")  # fmt: skip


if __name__ == "__main__":
    main()
