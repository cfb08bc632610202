"""``python -m bench.ocr``: how well the product reads a made-up pile of forms (``make ocr-eval``)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from bench import machine
from bench.machine import ROOT
from bench.ocr.evaluate import evaluated, worst
from bench.ocr.paper import CONDITIONS
from bench.ocr.report import tables, write
from bench.ocr.sources import Split
from pictures.limited import ENVIRONMENT

RESULTS = ROOT / "bench/results"
PAGE = ROOT / "docs/operate/ocr-accuracy.md"


def main(arguments: list[str] | None = None) -> int:
    """Runs what the arguments say; with ``--keep`` the figures go into bench/results and the handbook."""
    asked = _parser().parse_args(arguments)
    run = evaluated(
        asked.pages, asked.seed, Split(asked.hands), asked.jobs, tuple(asked.only or CONDITIONS), text=not asked.no_text
    )
    print(tables(run))
    for reason, count in worst(run):
        print(f"{count:6} {reason}", file=sys.stderr)
    if asked.wrong:
        asked.wrong.write_text(json.dumps(run.tally.wrong, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    if asked.keep:
        _keep(RESULTS / f"{machine.kind()}.json", {"title": "Reading a made-up pile of forms", **run.as_json()})
        write(run, PAGE)
    return 0


def _keep(path: Path, found: dict[str, object]) -> None:
    """Beside what the file says of benchmarks."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept["ocr"] = {"machine": machine.described(), **found}
    path.write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.ocr", description="How well a made-up pile of forms is read."
    )
    parser.add_argument(
        "--pages", type=int, default=240, help="filled sheets (default 240; a sixth as many foreign pages)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other pages (default 1)")
    parser.add_argument("--hands", choices=list(Split), default=Split.TEST, help="whose hands (default: test)")
    parser.add_argument("--jobs", type=int, default=machine.cores(), help="processes (default: one a core)")
    parser.add_argument(
        "--only", nargs="+", choices=list(CONDITIONS), metavar="CONDITION", help="only these conditions"
    )
    parser.add_argument("--no-text", action="store_true", help="without Tesseract, neither ours nor the naive one")
    parser.add_argument(
        "--wrong", type=Path, metavar="OUT", help="keep the fields that were wrongly accepted in this file"
    )
    parser.add_argument("--keep", action="store_true", help="write the figures into bench/results and the handbook")
    return parser


if __name__ == "__main__":
    if not ENVIRONMENT.items() <= os.environ.items():  # pages are looked at as in the product's own process
        os.execve(sys.executable, [sys.executable, "-m", "bench.ocr", *sys.argv[1:]], {**os.environ, **ENVIRONMENT})
    sys.exit(main())
