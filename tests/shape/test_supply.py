"""What is installed is what the lists name, to the byte: every package at one version, with the digests of its files (S-28)."""

from __future__ import annotations

import json
import re

import pytest

from tests.shape.test_house import ROOT
from tools import parts

LISTS = ("requirements.txt", "requirements-dev.txt")
INSTALLS = ("tools/setup.sh", "deploy/Dockerfile")
SKIPPED = {".git", ".venv", "var", "node_modules"}


@pytest.mark.parametrize("name", LISTS)
def test_every_package_has_one_version_and_its_digests(name: str) -> None:
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = text.replace("\\\n", " ").strip().splitlines()
    assert len(entries) > 40
    pinned = re.compile(r"[a-z0-9][\w.-]*(\[[\w,-]+\])?==[\w.!+-]+( *;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [entry.split()[0] for entry in entries if not pinned.fullmatch(entry)] == []


@pytest.mark.parametrize("name", INSTALLS)
def test_digests_are_asked_for_where_packages_are_installed(name: str) -> None:
    lines = [
        line
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if re.search(r"pip install (?!.*\bpip$)", line)
    ]
    assert lines
    assert all("--require-hashes" in line for line in lines), lines


def test_phone_and_console_are_made_of_no_packages() -> None:
    """What runs there is our own source; npm has nothing to do with it. (The API's reference is a package of the list.)"""
    found = [
        str(path.relative_to(ROOT))
        for top in ROOT.iterdir()
        if top.name not in SKIPPED
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.name in ("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml")
    ]
    assert found == []


def test_the_list_of_parts_names_what_runs_and_its_licences() -> None:
    """Those of requirements.txt at their versions, nothing of the developers', each with a licence, none of the AGPL."""
    found = parts.parts()
    assert {one["purl"] for one in found["components"]} == {
        f"pkg:pypi/{name}@{version}" for name, version in parts.running().items()
    }
    licences = {one["name"]: json.dumps(one.get("licenses", [])) for one in found["components"]}
    assert [name for name, said in licences.items() if said == "[]" or "AGPL" in said or re.search(r'"GPL', said)] == []
    known = {one["bom-ref"] for one in found["components"]}
    assert {ref for one in found["dependencies"] for ref in one["dependsOn"]} <= known
