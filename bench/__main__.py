"""``python -m bench NAME``: runs one benchmark, or ``all``, prints a table and keeps the numbers as JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from bench import machine
from bench.frame import Line, Run
from bench.table import heading, row

CASES = sorted(path.stem for path in Path(__file__).with_name("cases").glob("[a-z]*.py"))
RESULTS = Path(__file__).with_name("results")


def main(arguments: list[str] | None = None) -> int:
    """Runs what the arguments say, and keeps each benchmark's numbers as soon as it is through. A wrong result ends it
    with an error; a time never does.
    """
    asked = _parser().parse_args(arguments)
    run = Run(asked.rounds, asked.db, asked.tiny, asked.large)
    out = asked.json or (RESULTS / f"{machine.kind()}.json" if asked.name == "all" and not asked.tiny else None)
    for name in CASES if asked.name == "all" else [asked.name]:
        about = machine.described()
        found = {"machine": about, "rounds": run.rounds, **_run(name, run, about)}
        if out:
            _keep(out, name, found)
    return 0


def _keep(out: Path, name: str, found: dict[str, Any]) -> None:
    """Into the file, beside what it says of other benchmarks."""
    kept = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    kept = {**kept, name: found}
    out.write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The product beside its floor, by turns.")
    parser.add_argument("name", choices=[*CASES, "all"], help="all: every one, kept in bench/results/")
    parser.add_argument("--db", default="", help="sqlite, postgresql (a private server) or an address; else both")
    parser.add_argument("--rounds", type=_rounds, default=5, help="by turns so often (default 5)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="keep the numbers in this file")
    parser.add_argument("--tiny", action="store_true", help="only see that it runs; the numbers mean nothing")
    parser.add_argument("--large", action="store_true", help="growth: to five million reports too; country")
    return parser


def _rounds(text: str) -> int:
    if (rounds := int(text)) < 1:
        raise ValueError(f"at least one round, not {text}")
    return rounds


def _run(name: str, run: Run, about: dict[str, Any]) -> dict[str, Any]:
    case = importlib.import_module(f"bench.cases.{name}")
    print(f"{name}: {case.TITLE}\n{_about(about)}\n\n{heading()}", flush=True)
    lines: list[Line] = []
    for line in case.lines(run):
        lines.append(line)
        print(row(line), flush=True)
    print()
    return {"title": case.TITLE, "lines": [line.as_json() for line in lines]}


def _about(about: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    load = " ".join(f"{each:.2f}" for each in about["load_average"])
    return (
        f"{about['cores']} cores, {about['system']} {about['processor']}, load {load}, "
        f"fdatasync {about['fdatasync_ms']:.2f} ms\nPython {about['python']}, SQLite {about['sqlite']}, {libraries}"
    )


if __name__ == "__main__":
    sys.exit(main())
