"""README and docs say what is so: written pages equal the sources, what they name exists, what they show runs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click
import pytest

from brigade.activity.kinds import KINDS_FILE, catalogue, load_kinds
from brigade.forms.template_file import read_template
from brigade.wording import words
from tests.shape.test_house import ROOT, sources
from tools import reference

DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(ROOT)): path for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```sh\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
"""A block of commands, and the block of what they print that may follow it."""

RUN = [name for name, text in TEXTS.items() if "\n```sh\n" in text]
ADDRESS = "127.0.0.1:8000"
SECTIONS = ["Status", "Context", "Options", "Decision", "Consequences"]


def code_in(name: str) -> str:
    """All that a page sets as code."""
    text = TEXTS[name]
    blocks = [match[3] for match in FENCE.finditer(text)]
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))])


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest) -> str:
    """Every page in turn, by its name."""
    return str(request.param)


# --- What is written from the sources ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_reference_is_what_the_sources_say(name: str) -> None:
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == reference.page(name), "run make docs"


def test_no_page_of_the_reference_is_left_over() -> None:
    assert {path.name for path in (DOCS / "reference").glob("*.md")} == set(reference.PAGES)


def test_every_setting_is_described() -> None:
    text = (ROOT / "brigade/settings.py").read_text(encoding="utf-8")
    names = {
        f"BRIGADE_{name}" for name in re.findall(r'(?:\.text\(|_one_of\(\s*env, |_count\(\s*env, )"([A-Z_]+)"', text)
    }
    for path in [*sources("api"), ROOT / "brigade/settings.py"]:
        names.update(re.findall(r"environ(?:\.get\(|\[)['\"](\w+)", path.read_text(encoding="utf-8")))
    assert len(names) >= 10  # the reading above still finds them
    described = TEXTS["docs/reference/settings.md"]
    assert [name for name in sorted(names) if f"| `{name}` |" not in described] == []


def test_a_setting_is_called_unused_only_when_nothing_reads_it() -> None:
    rows = reference.page("settings.md").splitlines()
    used = {row.split("`")[1] for row in rows if row.startswith("| `BRIGADE_") and "nothing uses it yet" not in row}
    assert {"BRIGADE_PUSH_KEY", "BRIGADE_PUSH_HOSTS", "BRIGADE_MAIL_URL"} <= used


def test_settings_exist(page: str) -> None:
    """The program's, or one by which a test runs for longer."""
    known = TEXTS["docs/reference/settings.md"]
    said = set(re.findall(r"BRIGADE_[A-Z_]+[A-Z]", TEXTS[page])) - lengths_of_tests()
    assert {name for name in said if f"| `{name}` |" not in known} == set()


@cache
def lengths_of_tests() -> set[str]:
    """The variables that tests themselves read."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"os\.environ(?:\.get\(|\[)\"(BRIGADE_[A-Z]\w+)", text)}


def test_every_problem_code_has_a_row() -> None:
    codes = {key.split(".")[1] for key in words("ja") if key.startswith("problem.")}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in TEXTS["docs/reference/problems.md"]] == []


def test_every_route_has_a_row() -> None:
    rows = TEXTS["docs/reference/routes.md"]
    found = [f"{method} {braces(rule)}" for rule, methods in rules() for method in methods]
    assert len(found) > 30
    assert [route for route in found if f"| `{route}` |" not in rows] == []


def rules() -> Iterator[tuple[str, set[str]]]:
    """Every address the application answers, with its methods."""
    for rule in reference.application().url_map.iter_rules():
        yield rule.rule, (rule.methods or set()) - {"HEAD", "OPTIONS"}


def braces(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


# --- What pages name --------------------------------------------------------------------------------------------------


def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = re.findall(r"(?:^|[ (])make ([a-z-]+)", code_in(page), re.MULTILINE)
    assert set(used) - targets == set()


def test_flask_commands_exist(page: str) -> None:
    for said in re.findall(r"flask --app wsgi ([a-z -]+)", code_in(page)):
        group, *rest = said.split()
        command = reference.application().cli.commands[group]
        assert not (rest and isinstance(command, click.Group)) or rest[0] in command.commands


def test_addresses_exist(page: str) -> None:
    known = [rule.split("/") for rule, _ in rules()]
    said = re.findall(r"(?:\$API|/api/v1)(?:/[^\s\"'`?|),]*)?", code_in(page).replace("\\", " "))
    wanted = {part.replace("$API", "/api/v1").rstrip("/") for part in said} - {"/api/v1"}
    assert [part for part in sorted(wanted) if not any(fits(part.split("/"), rule) for rule in known)] == []


def fits(said: list[str], rule: list[str]) -> bool:
    """Whether the address may be one of the rule; a shell's variable may stand for any part."""
    return len(said) == len(rule) and all(
        a == b or b.startswith("<") or a.startswith(("$", "{")) for a, b in zip(said, rule, strict=True)
    )


def test_links_lead_somewhere(page: str) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", TEXTS[page])):
        if target.startswith(("https:", "http:")):
            continue
        file, _, anchor = target.partition("#")
        path = (PAGES[page].parent / file).resolve() if file else PAGES[page]
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


def anchors(path: Path) -> set[str]:
    """The names that headings get where the pages are shown."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_pages_are_led_to() -> None:
    linked = {
        (PAGES[name].parent / target.partition("#")[0]).resolve()
        for name, text in TEXTS.items()
        for target in re.findall(r"\]\(([^)\s]+)\)", text)
    }
    assert [name for name, path in PAGES.items() if path not in linked and name != "README.md"] == []
    assert [path.name for path in (DOCS / "pictures").iterdir() if path not in linked] == []


def test_pictures_are_small() -> None:
    assert [path.name for path in (DOCS / "pictures").iterdir() if path.stat().st_size > 200_000] == []


def test_decisions_have_their_sections() -> None:
    files = sorted((DOCS / "adr").iterdir())
    for number, path in enumerate(files, 1):
        text = path.read_text(encoding="utf-8")
        assert re.fullmatch(rf"{number:03}-[a-z0-9]+(-[a-z0-9]+)*\.md", path.name)
        assert text.startswith(f"# {number}. "), path.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS, path.name
        assert len(text.splitlines()) <= 60, f"{path.name} is longer than a page"
        assert f"(adr/{path.name})" in TEXTS["docs/README.md"]


def test_readme_counts_the_kinds() -> None:
    assert f"{len(catalogue().kinds)} [kinds of activity]" in TEXTS["README.md"]


def test_example_of_a_kind_can_be_read(tmp_path: Path) -> None:
    [example] = [
        match[3] for match in FENCE.finditer(TEXTS["docs/howto/add-an-activity-kind.md"]) if match[2] == "yaml"
    ]
    changed = tmp_path / "kinds.yaml"
    changed.write_text(f"{KINDS_FILE.read_text(encoding='utf-8').rstrip()}\n\n{example}", encoding="utf-8")
    assert set(load_kinds(changed).kinds) == {*catalogue().kinds, "T-03"}


def test_example_of_a_form_can_be_read(tmp_path: Path) -> None:
    [example] = [match[3] for match in FENCE.finditer(TEXTS["docs/howto/add-a-form.md"]) if match[2] == "yaml"]
    path = tmp_path / "duty-list.yaml"
    path.write_text(example, encoding="utf-8")
    assert read_template(path).people == 15


# --- What pages show is run against the demo --------------------------------------------------------------------------


@dataclass(frozen=True)
class Demo:
    """A served demo: a folder that looks like the checkout, and the address."""

    folder: Path
    address: str
    environ: dict[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """What ``make demo`` makes and serves, on a free port and in a folder of its own."""
    folder = tmp_path_factory.mktemp("checkout")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")}
    environ |= {"BRIGADE_VAR": str(folder / "var"), "PORT": str(port)}
    for command in (["db", "upgrade"], ["demo", "start"]):
        start = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        subprocess.run(start, cwd=ROOT, env=environ, check=True, capture_output=True)
    with subprocess.Popen([sys.executable, "-m", "api.serve"], cwd=ROOT, env=environ) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
            yield Demo(folder, f"127.0.0.1:{port}", environ)
        finally:
            server.terminate()


def wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urlopen(url, timeout=5).close()
            return
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.mark.xdist_group("docs")
@pytest.mark.timeout(600)  # the demo is made for the first of them
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not on this machine")
@pytest.mark.parametrize("name", RUN)
def test_commands_print_what_is_shown(name: str, demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "var").symlink_to(demo.folder / "var")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    blocks = [(match[1], match[2]) for match in SHOWN.finditer(TEXTS[name])]
    script = "\n".join(["set -eo pipefail", *(f"echo @@@\n{commands}" for commands, _ in blocks)])
    ran = subprocess.run(
        ["bash", "-c", script.replace(ADDRESS, demo.address)],
        cwd=tmp_path, env=demo.environ, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    printed = ran.stdout.split("@@@\n")[1:]
    assert (ran.returncode, len(printed)) == (0, len(blocks)), ran.stdout + ran.stderr
    for (commands, shown), answer in zip(blocks, printed, strict=True):
        if shown is not None:
            assert answer.rstrip("\n") == shown.rstrip("\n"), f"after {commands}"
