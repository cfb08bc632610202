"""Peak memory of one piece of work, as a process of its own has it: ``python -m bench.child MODULE:FUNCTION ARGUMENT…``.

The peak of the process itself, not the one that the system hands down from its parent.
"""

from __future__ import annotations

import importlib
import resource
import subprocess
import sys
from pathlib import Path

from bench.machine import ROOT

STATUS = Path("/proc/self/status")


def peak_mb(function: str, *arguments: str) -> float:
    """Megabytes that a fresh process had in memory at most while it ran ``module:function(*arguments)``."""
    command = [sys.executable, "-m", "bench.child", function, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def _own_peak() -> float:
    if STATUS.exists():
        [line] = [line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 / (1024 if sys.platform == "darwin" else 1)


def main() -> None:
    """Runs it and prints the peak."""
    module, _, name = sys.argv[1].partition(":")
    getattr(importlib.import_module(module), name)(*sys.argv[2:])
    print(_own_peak())


if __name__ == "__main__":
    main()
