"""Writes docs/reference/ from the sources (make docs): what can be read off the program is not written by hand.

What the sources do not say (what a setting is for, words of the field) stands in docs/reference/by-hand.yaml.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import flask_migrate.cli
import yaml
from flask import Flask

# ruff: noqa: E402
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # started as a script, Python looks beside this file only

from api import create_app
from api.app import RESOURCES
from api.console import pages as pages_of_console
from api.endpoint import API, Declared
from api.problems import STATUS
from brigade.activity.kind_types import ActivityKind, KindField
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import BY_PEOPLE, TABLE, Action, Facts, Guard, Row, State
from brigade.organisation.tree import SETTINGS as LIMITS
from brigade.organisation.unit_settings import UnitSettings
from brigade.settings import PREFIX, Settings, SettingsError
from brigade.wording import words
from tools import table_page

FOLDER = ROOT / "docs" / "reference"
HEAD = "<!-- Written by tools/reference.py from the sources. Do not edit: change the sources, then run make docs. -->"
HOME = Path("/srv/brigade")
"""The checkout's folder in examples."""

KEY = {f"{PREFIX}SECRET_KEY": "0" * 32}
STEPS = {"_start": "0", "_first": "1", "_next": "+1", "_previous": "−1", "_stay": "the same", "_undone": "back"}
WHEN = {
    "_always": "", "_before_last": "before the station", "_at_last": "at the station",
    "_author_serves": "its author serves", "_author_left": "its author has left the service",
}  # fmt: skip


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: object) -> str:
    """As it is typed; nothing for nothing, several side by side."""
    if isinstance(value, tuple):
        return " ".join(map(code, value))
    return f"`{value}`" if value not in (None, "") else ""


def plain(doc: str | None) -> str:
    """A docstring on one line, its code marks as Markdown's."""
    return " ".join((doc or "").split()).replace("``", "`")


@cache
def application() -> Flask:
    """The application; it opens no connection until it is asked something."""
    return create_app(Settings.from_environ({f"{PREFIX}DATABASE_URL": "postgresql://nowhere/none", **KEY}, HOME))


@cache
def by_hand() -> dict[str, Any]:
    """What the sources do not say."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "by-hand.yaml").read_text(encoding="utf-8"))
    return found


def settings() -> Iterator[str]:
    """Every variable with its default and what a wrong value is told."""
    yield "# Settings"
    yield (
        "All come from the environment. A wrong value refuses to start and names the variable. Defaults are shown for "
        f"a checkout in `{HOME}`."
    )
    usual = Settings.from_environ(KEY, HOME)
    rows = []
    for field in fields(Settings):
        if not field.metadata.get("variable", True):
            continue
        name = field.name.upper()
        default = "made at the first start" if name == "SECRET_KEY" else code(getattr(usual, field.name))
        unused = "" if _is_used(field.name) else " **Checked at the start, but nothing uses it yet.**"
        rows.append((code(PREFIX + name), default, _limits(name), by_hand()["settings"][name] + unused))
    yield table(("variable", "default", "limits", "what it is for"), rows)
    yield "## The server\n\nRead by `make serve` and `make demo`."
    yield table(("variable", "default", "what it is for"), [(code(a), code(b), c) for a, b, c in by_hand()["server"]])
    yield "## Settings of a unit\n\nThey stand with the unit and hold for all below it; the nearest one wins."
    yield plain(UnitSettings.__doc__)
    units = [(code(one.name), code(one.default), _range(LIMITS[one.name])) for one in fields(UnitSettings)]
    yield table(("name", "default", "may be"), units)


def _limits(name: str) -> str:
    """What the program says to a value that nothing takes."""
    try:
        Settings.from_environ({**KEY, PREFIX + name: "/\\"}, HOME)
    except SettingsError as error:
        return re.sub(r"^\w+: | \(got .*", "", str(error))
    return ""


def _range(limit: tuple[int, int] | tuple[str, ...] | list[str] | None) -> str:
    if limit is None or isinstance(limit, list):
        return "yes or no" if limit is None else f"any of {' '.join(map(code, limit))}"
    return f"{limit[0]} to {limit[1]}" if isinstance(limit[0], int) else " ".join(map(code, limit))


def _is_used(name: str) -> bool:
    """Whether anything reads it: elsewhere by whatever name the settings have there, in their own file as ``settings``."""
    own = ROOT / "brigade" / "settings.py"
    for part in ("api", "brigade", "reports", "ocr"):
        for path in (ROOT / part).rglob("*.py"):
            read = rf"\bsettings\.{name}\b" if path == own else rf"\.{name}\b"
            if re.search(read, path.read_text(encoding="utf-8")):
                return True
    return False


def problems() -> Iterator[str]:
    """Every code, its status, and what it says in both languages."""
    ja, en = words("ja"), words("en")
    said = {
        key.split(".")[1]: [f"**{lang[key]}** {lang[key.replace('.title', '.detail')]}" for lang in (en, ja)]
        for key in ja
        if key.startswith("problem.") and key.endswith(".title")
    }
    yield "# Problem codes"
    yield (
        "An error is a problem document (RFC 9457): `type`, `title`, `status`, `detail`, `code`, `errors`, `instance`, "
        "`request_id`. A `code` never changes its meaning. The words follow `Accept-Language`; Japanese when it does "
        f"not say. A running server shows the same under `{API}/problems`."
    )
    yield "## Codes of an answer"
    alone = sorted((status, name) for name, status in STATUS.items())
    yield table(("code", "status", "English", "日本語"), [(code(name), status, *said[name]) for status, name in alone])
    yield "## Codes inside an answer"
    yield (
        "Under `errors` (a field is wrong), `reasons` (why it was refused) or `warnings` (worth a look, stored all the "
        "same). Words in braces are filled with the values at hand."
    )
    yield table(
        ("code", "English", "日本語"), [(code(name), *said[name]) for name in sorted(said) if name not in STATUS]
    )


def activity_kinds() -> Iterator[str]:
    """Every activity kind with its fields."""
    known = catalogue()
    yield "# Activity kinds"
    yield (
        "From `brigade/rules/kinds.yaml`; `GET /api/v1/activity-kinds` answers the same. Each kind carries three "
        "classes, because ordinances, national statistics and the tax office cut differently."
    )
    names = ("pay_class", "statistics_class", "tax_class")
    yield table(
        ("code", "日本語", "English", "pay", "statistics", "tax", "people", "vehicles"),
        [
            (code(k.code), k.label.ja, k.label.en, *(code(getattr(k, n)) for n in names), k.participants, k.vehicles)
            for k in known
        ],
    )
    for title, options in (("`role` of a participant", known.roles), ("`order_by` of a report", known.order_by)):
        yield title + ":"
        yield table(("value", "日本語", "English"), [(code(one.value), one.label.ja, one.label.en) for one in options])
    for kind in known:
        yield f"## {kind.code} {kind.label.ja} {kind.label.en}"
        yield " ".join(_notes(kind))
        if kind.fields:
            rows = [row for field in kind.fields for row in _field(field)]
            yield table(("field", "type", "limits", "日本語", "English"), rows)


def _notes(kind: ActivityKind) -> Iterator[str]:
    short = f" and below {kind.warn_minutes} minutes" if kind.warn_minutes else ""
    yield f"{kind.help.ja} {kind.help.en} At most {kind.max_hours} hours; warns above {kind.warn_hours}{short}."
    if kind.place == "expected":
        yield "One without a place is doubted."
    if kind.confidential:
        yield "Confidential: the bureau does not see it."
    if kind.function_limited_allowed:
        yield "Open to function-limited members."
    if kind.times == "future":
        yield "May lie in the future."
    if kind.prior_notice != "off":
        yield f"Prior notice: `{kind.prior_notice}`."
    yield from (f"In order: {', '.join(map(code, rule.fields))} (`{rule.code}`)." for rule in kind.orders)
    if kind.meter:
        yield f"`{kind.meter.start}` goes on from the vehicle's last `{kind.meter.end}`, within {kind.meter.slack}."
    yield from (f"`{rule.field}` can warn `{rule.code}`." for rule in kind.warnings)
    yield from (f"`{r.field}` needs {r.rows} rows or `{r.unless}` (`{r.code}`)." for r in kind.needs)


def _field(field: KindField, under: str = "") -> Iterator[tuple[str, ...]]:
    limits = ["**required**"] if field.required else []
    if field.min is not None:
        limits.append(f"{field.min} to {field.max}{' ' + field.unit.en if field.unit else ''}")
    if field.max_length:
        limits.append(f"up to {field.max_length} characters")
    if field.options:
        limits.append(" ".join(code(option.value) for option in field.options))
    yield code(under + field.name), field.type, ", ".join(limits), field.label.ja, field.label.en
    for column in field.fields:
        yield from _field(column, f"{under}{field.name}[].")


def workflow() -> Iterator[str]:
    """The table that decides, as a diagram, row by row, and as a grid."""
    yield "# Workflow"
    yield (
        "The one table in `brigade/activity/workflow.py` that says which action leads from which state to which. Why it is so: "
        "[approval](../explain/approval.md)."
    )
    ways: dict[tuple[str, str], dict[str, None]] = {("[*]", "draft"): {"create": None}}
    for row in TABLE:
        target = "[*]" if row.action is Action.DELETE else str(row.target)
        ways.setdefault((str(row.source), target), {})[str(row.action)] = None
    lines = [f"    {a} --> {b}: {', '.join(actions)}" for (a, b), actions in ways.items()]
    yield "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```"
    yield (
        "## Every row\n\n`step` counts the levels at which a person must decide: 0 is with the author, the last is the "
        "station. Every guard of a row must pass; those that do not are listed in `reasons`."
    )
    yield table(("from", "action", "to", "step", "when", "refused with"), map(_row, TABLE))
    yield (
        "## States and actions\n\nAn empty place answers `wrong-state`. People can ask for "
        f"{', '.join(map(code, BY_PEOPLE))}; the rules do the others."
    )
    yield table(("state", *map(code, Action)), [(code(s), *(_targets(s, a) for a in Action)) for s in State])
    yield "## Guards"
    guards = dict.fromkeys(guard for row in TABLE for guard in row.must)
    yield table(("refused with", "what must hold"), [(code(_refusal(one)), plain(one.__doc__)) for one in guards])


def _row(row: Row) -> tuple[str, ...]:
    refusals = " ".join(code(_refusal(guard)) for guard in row.must)
    return code(row.source), code(row.action), _target(row), STEPS[row.to.__name__], WHEN[row.when.__name__], refusals


def _targets(state: State, action: Action) -> str:
    found = (_target(row) for row in TABLE if (row.source, row.action) == (state, action))
    return " ".join(dict.fromkeys(found))


def _target(row: Row) -> str:
    return "removed" if row.action is Action.DELETE else code(row.target)


def _refusal(guard: Guard) -> str:
    """The code with which the guard refuses."""
    nobody = Facts(step=1, last=2)
    return guard(nobody) or guard(nobody._replace(is_author=True, is_corrector=True, took_part=True)) or ""


def routes() -> Iterator[str]:
    """Every address, who may ask it, and what it takes."""
    yield "# Routes"
    yield (
        "What is declared in `api/`. `GET /api/v1/openapi.json` has every shape, and `/api/v1/docs` shows it. "
        "**If-Match**: send the version you saw. **own id**: send an `id` of your own, and the same request sent again "
        "gets the first answer."
    )
    for part in RESOURCES:
        rows = [
            (code(_address(one.method, API + (part.url_prefix or "") + one.rule)), _needs(one, view), one.summary, _takes(one))
            for one, view in part.declared
        ]  # fmt: skip
        yield f"## {part.label}"
        yield table(("route", "needs", "does", "takes"), rows)
    yield "## Pages outside the API"
    views = application().view_functions
    pages = [
        (
            code(_address("GET", rule.rule)),
            "Style and scripts." if "static" in rule.endpoint else plain(views[rule.endpoint].__doc__),
        )
        for rule in sorted(application().url_map.iter_rules(), key=str)
        if not hasattr(views[rule.endpoint], "declared")
    ]
    yield table(("route", "what it is"), pages)
    yield "## The console"
    yield "Pages for people, declared in `api/console/`. A POST is a form with its token, and answers with a redirect."
    screens = [
        (code(_address(method, rule.rule)), "signed in" if said.needs.signed_in else "nobody", said.step_up, plain(view.__doc__))
        for rule in sorted(application().url_map.iter_rules(), key=str)
        for view in [views[rule.endpoint]]
        if isinstance(said := getattr(view, "declared", None), pages_of_console.Declared)
        for method in ["POST" if said.is_form else "GET"]
    ]  # fmt: skip
    yield table(("route", "needs", "fresh proof", "what it is"), screens)


def _address(method: str, rule: str) -> str:
    return f"{method} " + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule)


def _needs(one: Declared, view: Callable[..., Any]) -> str:
    if one.needs.posts:
        return " or ".join(code(post) for post in one.needs.posts)
    if one.needs.signed_in:
        return "signed in"
    return "the refresh token" if view.__name__ == "refresh" else "nobody in particular"


def _takes(one: Declared) -> str:
    names = [field.data_key or name for name, field in one.query.fields.items()] if one.query else []
    said = {
        "a body": one.body is not None and not one.body_optional,
        "perhaps a body": one.body_optional,
        "a file": one.form is not None,
        "**If-Match**": one.versioned,
        "**own id**": bool(one.creates),
    }
    return " ".join([*map(code, names), ", ".join(name for name, holds in said.items() if holds)]).strip()


def glossary() -> Iterator[str]:
    """The words of the field and of every stored value."""
    ja, en = words("ja"), words("en")
    yield "# Glossary"
    yield "One English word for each Japanese term, the same in code, API and documents."
    yield table(("日本語", "English", "meaning"), by_hand()["terms"])
    for group, title in by_hand()["groups"].items():
        yield f"## {title}"
        rows = [(code(key.split(".", 1)[1]), ja[key], en[key]) for key in ja if key.startswith(f"{group}.")]
        yield table(("stored as", "日本語", "English"), rows)


ALONE = (
    "found-city", "rotate-key", "renew-sync", "bring-in", "grant-rights", "seal-month", "retention-plan", "retention-run",
    "retention-undo", "viewings",
)  # fmt: skip


def commands() -> Iterator[str]:
    """Make's targets and Flask's commands, as they describe themselves."""
    yield "# Commands"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*## (.*)", makefile, re.MULTILINE)
    yield table(("command", "does"), [(code(f"make {name}"), does) for name, does in targets])
    found: Mapping[str, Any] = application().cli.commands
    ours = {"db upgrade": flask_migrate.cli.db.commands["upgrade"], "worker": found["worker"]}
    ours |= {name: found[name] for name in ALONE if name in found}
    ours |= {
        f"{group} {name}": one
        for group in ("backup", "jobs", "demo", "form")
        for name, one in found[group].commands.items()
    }
    rows = [(code(f".venv/bin/flask --app wsgi {name}"), plain(ours[name].help), _options(ours[name])) for name in ours]
    yield table(("command", "does", "options"), rows)


def _options(command: click.Command) -> str:
    """What must or may be said; Flask-Migrate's own options are left to its manual."""
    shown = [] if command.name == "upgrade" else command.params
    values = [one.opts[0] + " " + "|".join(getattr(one.type, "choices", ())) for one in shown]
    return ", ".join(code(said.strip()) + " (required)" * one.required for said, one in zip(values, shown, strict=True))


def tables() -> Iterator[str]:
    """Every table with its columns."""
    return table_page.tables(table, code, plain)


_MADE = (activity_kinds, commands, glossary, problems, routes, settings, tables, workflow)
PAGES = {f"{one.__name__.replace('_', '-')}.md": one for one in _MADE}


def page(name: str) -> str:
    """The whole text of one page."""
    return "\n\n".join((HEAD, *PAGES[name]())) + "\n"


def main() -> None:
    """Write every page."""
    for name in PAGES:
        (FOLDER / name).write_text(page(name), encoding="utf-8")
        click.echo(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
