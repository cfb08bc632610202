"""Writes the list of parts (SBOM, CycloneDX 1.6): each package that Brigade runs with, as installed here, to standard output.

What only developers need is left out. What the system brings (Python, Tesseract, typefaces, PostgreSQL) its own package
manager lists.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TOOL = "cyclonedx_py"
UNDECLARED = {"jaconv": "MIT", "pypdfium2": "Apache-2.0 AND BSD-3-Clause"}
"""Licences that stand in a package only as text."""


def parts() -> dict[str, Any]:
    """The list, the same each time for the same packages."""
    command = [sys.executable, "-m", TOOL, "environment", sys.executable, "--output-reproducible", "--no-validate"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)  # noqa: S603  our own words
    wanted = running()
    kept = [part for part in told["components"] if _plain(part["name"]) in wanted]
    for part in kept:
        if said := UNDECLARED.get(_plain(part["name"])):
            part.setdefault("licenses", [{"expression": said}])
    refs = {part["bom-ref"] for part in kept}
    needs = [
        {"ref": one["ref"], "dependsOn": sorted(refs.intersection(one.get("dependsOn", ())))}
        for one in told["dependencies"]
        if one["ref"] in refs
    ]
    return {**told, "components": kept, "dependencies": needs}


def running() -> dict[str, str]:
    """Names of the packages in ``requirements.txt`` → their versions."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {_plain(name): version for name, version in re.findall(r"^([a-z0-9][\w.-]*)(?:\[.*?\])?==(\S+)", text, re.M)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # PEP 503


if __name__ == "__main__":
    json.dump(parts(), sys.stdout, ensure_ascii=False, indent=1)
