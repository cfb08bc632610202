"""The layout that README.md draws, held to by reading the sources: who may import whom, how long things may get."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("sources")  # read once, not by each process

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "wsgi.py": {"api", "brigade"},
    "api": {"reports", "ocr", "pictures", "brigade"},
    "reports": {"brigade"},
    "ocr": {"pictures", "brigade"},
    "pictures": set(),
    "brigade": set(),
}
NOT_IN = {
    "brigade": ("flask", "werkzeug", "marshmallow", "webargs", "jwt", "reportlab", "PIL", "pytesseract"),
    "reports": ("flask", "werkzeug", "marshmallow", "sqlalchemy", "PIL", "pytesseract"),
    "ocr": ("flask", "werkzeug", "marshmallow", "sqlalchemy", "reportlab"),
    "pictures": ("flask", "werkzeug", "marshmallow", "sqlalchemy", "reportlab", "pytesseract"),
}
PURE = (
    "dates", "activity/workflow", "activity/route", "activity/kinds", "problems", "pay/turnouts", "pay/annual", "pay/rules_file", "pay/words",
    "pay/served", "pay/rule_words", "month/explain", "month/rows", "month/spans", "month/sheet", "month/figures",
    "month/lists", "month/progress", "month/differences", "month/difference_sheet", "month/approvals",
    "month/breakdown", "month/content_code", "month/departed",
    "organisation/member_numbers", "forms/template", "forms/template_file",
    "forms/soundness", "forms/targets", "forms/sheet_code", "forms/shelf", "forms/filling", "scans/traces", "scans/values",
)  # fmt: skip
"""Files of ``brigade/`` that never reach a database, not even through another file of it."""

OCR_READS = ("brigade.dates", "brigade.activity.kinds", "brigade.forms", "brigade.organisation.member_numbers")
"""All of ``brigade/`` that ``ocr/`` may know: what stands on paper, and nothing of who may do what."""

APART = {"ocr/looking": ("ocr.reading",), "ocr/reading": ("ocr.looking", "cv2", "numpy", "PIL")}
"""The halves of ``ocr/`` and what each must not import."""

FILE_LINES, FUNCTION_LINES = 400, 60
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services", "misc", "common"}


@cache
def sources(place: str = "") -> list[Path]:
    """Every Python file of ours in a folder, or in the whole checkout. What Alembic wrote is not ours."""
    tops = [ROOT / place] if place else [top for top in ROOT.iterdir() if top.name[0] != "." and top.name != "var"]
    files = (path for top in tops for path in (top.rglob("*.py") if top.is_dir() else [top]))
    return sorted(path for path in files if path.suffix == ".py" and "versions" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The dotted names that a file imports, also inside its functions."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{named(path)} imports relatively; say where from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_packages_import_only_downwards() -> None:
    wrong = [
        f"{named(path)} imports {name}"
        for package, allowed in MAY_IMPORT.items()
        for path in sources(package)
        for name in imports(path)
        if name.split(".")[0] in MAY_IMPORT.keys() - allowed - {package}
    ]
    assert not wrong


def test_no_files_import_each_other_in_a_circle() -> None:
    """Also not inside a function, where Python would not mind."""
    tops = ("brigade", "api", "reports", "ocr", "pictures")
    known = {named(path).removesuffix(".py").replace("/", "."): path for top in tops for path in sources(top)}
    leads_to = {
        module: {whole for name in imports(path) for whole in (name, name.rpartition(".")[0]) if whole in known}
        for module, path in known.items()
    }
    assert circles(leads_to) == []


def circles(leads_to: Mapping[str, Collection[str]]) -> list[str]:
    """Of things that lead to others, those that are left when again and again whatever leads to nothing is taken away."""
    left = {name: set(others) for name, others in leads_to.items()}
    while ends := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others for name, others in left.items() if name not in ends}
    return sorted(left)


def test_looking_and_reading_meet_only_in_marks() -> None:
    """What needs OpenCV runs in a process of its own; what decides is plain Python that the web process may load."""
    wrong = [
        f"{named(path)} imports {name}"
        for half, banned in APART.items()
        for path in sources(half)
        for name in imports(path)
        if any(f"{name}.".startswith(f"{other}.") for other in banned)
    ]
    assert not wrong


def test_reading_paper_knows_only_what_stands_on_it() -> None:
    wrong = [
        f"{named(path)} imports {name}"
        for path in sources("ocr")
        for name in imports(path)
        if name.startswith("brigade.") and not any(f"{name}.".startswith(f"{known}.") for known in OCR_READS)
    ]
    assert not wrong


def test_packages_keep_out_what_belongs_elsewhere() -> None:
    wrong = [
        f"{named(path)} imports {name}"
        for package, banned in NOT_IN.items()
        for path in sources(package)
        for name in imports(path)
        if name.split(".")[0].split("_")[0] in banned
    ]
    assert not wrong


def test_pure_files_reach_no_database() -> None:
    pure = [ROOT / f"brigade/{stem}.py" for stem in PURE]
    wrong = [" -> ".join(way) for path in pure if (way := way_to_sqlalchemy(path, set()))]
    assert not wrong


def way_to_sqlalchemy(path: Path, seen: set[Path]) -> list[str]:
    """The chain of imports that leads from a file of ``brigade/`` to SQLAlchemy; empty when there is none.

    ``seen``: files from which no way was found; each is read once.
    """
    if path in seen or not path.exists():
        return []
    seen.add(path)
    for name in imports(path):
        if name.startswith("sqlalchemy"):
            return [named(path), name]
        inner = _file_of(name)
        if name.startswith("brigade.") and (way := way_to_sqlalchemy(inner, seen)):
            return [named(path), *way]
    return []


def _file_of(name: str) -> Path:
    """The file of ours that an imported name comes from, if there is one."""
    parts = name.split(".")
    return next((path for n in (3, 2) if (path := ROOT.joinpath(*parts[:n]).with_suffix(".py")).exists()), ROOT / "-")


def test_files_stay_short() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert not {name: length for name, length in lengths.items() if length > FILE_LINES}


def test_functions_stay_short() -> None:
    long = {
        f"{named(path)}:{node.lineno} {node.name}": length
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert not long


def test_domain_never_reads_a_naive_clock() -> None:
    naive = [
        f"{named(path)}:{node.lineno}"
        for path in sources("brigade")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr in ("utcnow", "utcfromtimestamp", "today")
            or (node.func.attr in ("now", "fromtimestamp") and len(node.args) + len(node.keywords) < 1)
        )
    ]
    assert not naive


def test_modules_are_named_after_what_they_hold() -> None:
    assert not [named(path) for path in sources() if path.stem in VAGUE or path.parent.name in VAGUE]


def test_no_shell_is_asked() -> None:
    """Programs are started with their words one by one; no text of a person can become a command."""
    asked = [
        f"{named(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (
            any(word.arg == "shell" for word in node.keywords)
            or ast.unparse(node.func) in ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
        )
    ]
    assert not asked


def test_tests_take_no_time() -> None:
    """How long something takes differs from machine to machine: tests count (``tests/effort.py``), ``bench/`` measures."""
    timed = [
        f"{named(path)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(tree(path))
        if (node.attr if isinstance(node, ast.Attribute) else node.name if isinstance(node, ast.alias) else "")
        in ("process_time", "thread_time", "timeit")
    ]
    assert not timed
