"""What the reports of a sheet need and the form does not say: asked for on the page of the sheet, beside its doubts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from api.console.scan_details import Lack, Who, clocked, detail_of, instant, instead_of, lack_of, said_of
from api.console.scan_fields import Option
from brigade.activity.content import Content
from brigade.activity.kinds import catalogue
from brigade.dates import to_tokyo
from brigade.problems import FieldProblem
from brigade.scans.composing import Composed
from brigade.wording import text

PLAIN = ("kind", "started_at", "ended_at", "place", "summary")
_OF_REPORT = re.compile(r"/reports/([0-9]+)/(?:([a-z_]+)|details/([a-z_]+)(?:/.*)?)")
_KEY = re.compile(r"([1-9][0-9]?)\.(?:([a-z_]+)|details\.([a-z_]+))")


def lacks(made: Composed, *, settled: bool, lang: str, sent: MultiDict[str, str]) -> list[Lack]:
    """What to ask for. Until the doubtful fields are settled only for what no field could say: details of the kind."""
    contents = dict(made.contents)
    found: dict[str, Lack] = {}
    for problem in made.problems:
        match = _OF_REPORT.fullmatch(problem.pointer)
        if match is None or int(match[1]) < 1:
            continue
        activity, name, detail = int(match[1]), match[2], match[3]
        content = contents.get(activity)
        if detail:
            asked = _of_detail(activity, detail, problem, content, lang, sent)
        else:
            asked = [_plain(activity, name, problem, content, lang, sent)] if settled else []
        for one in asked:
            if one is not None:
                found.setdefault(one.key, one)
    return list(found.values())


def _of_detail(
    activity: int, name: str, problem: FieldProblem, content: Content | None, lang: str, sent: MultiDict[str, str]
) -> list[Lack | None]:  # fmt: skip
    """The detail, and the one that may be given in its place; none where the kind has no such detail to be asked for."""
    kind = catalogue().get(content.kind) if content else None
    found = [detail_of(kind, name), instead_of(kind, name, problem.code)]
    return [
        lack_of(
            f"{activity}.details.{one.name}", _label(activity, one.label.of(lang), lang), one, problem,
            content.details.get(one.name) if content else None, lang, sent,
            on=to_tokyo(content.started_at).date() if content else None,
        )
        for one in found if one is not None
    ]  # fmt: skip


def general(made: Composed, asked: Sequence[Lack]) -> list[FieldProblem]:
    """Problems that are neither asked for here nor a field's own: told above, put right in the fields."""
    told = {one.problem.pointer for one in asked}
    return [
        one for one in made.problems
        if one.pointer not in told and one.pointer != "/unit_id" and not one.pointer.startswith("/pages/")
    ]  # fmt: skip


def _plain(
    activity: int, name: str, problem: FieldProblem, content: Content | None, lang: str, sent: MultiDict[str, str]
) -> Lack | None:  # fmt: skip
    if name not in PLAIN:
        return None
    key = f"{activity}.{name}"
    label = _label(activity, text(f"report.field.{name}", lang), lang)
    value = sent.get(f"said.{key}", "")
    if name == "kind":
        options = [Option(one.code, one.label.of(lang), one.code == value) for one in catalogue()]
        return Lack(
            key, label, "select", problem, value, options=[Option("", text("console.scan.pick", lang)), *options]
        )
    if name in ("place", "summary"):
        return Lack(key, label, "line", problem, value or str(getattr(content, name, "")))
    return Lack(key, label, "instant", problem, at=clocked(f"said.{key}", getattr(content, name, None), sent))


def _label(activity: int, label: str, lang: str) -> str:
    return label if activity == 1 else f"{text('console.scan.activity', lang, number=activity)} ・ {label}"


def added(
    form: MultiDict[str, str], said: Mapping[str, Any], made: Composed, who: Who
) -> tuple[list[dict[str, Any]], list[FieldProblem]]:  # fmt: skip
    """What a form says of the activities, on top of what was said before, as the API takes it; and what is wrong."""
    found: dict[str, dict[str, Any]] = {}
    problems = []
    kinds = {activity: content.kind for activity, content in made.contents}
    for key in form.getlist("lack"):
        match = _KEY.fullmatch(key)
        if match is None:
            continue
        whole = found.setdefault(match[1], dict(said.get(match[1], {})))
        if match[3]:
            of_kind = detail_of(catalogue().get(kinds.get(int(match[1]))), match[3])
            value = said_of(form, key, of_kind, who) if of_kind else None
        else:
            value = _plain_of(form, key, match[2])
        if value in (None, "", []):
            problems.append(FieldProblem(f"/said/{key}", "required"))
        elif match[3]:
            whole["details"] = {**whole.get("details", {}), match[3]: value}
        elif match[2] in PLAIN:
            whole[match[2]] = value
    return [{"activity": int(activity), **one} for activity, one in found.items()], problems


def _plain_of(form: MultiDict[str, str], key: str, name: str) -> str | None:
    if name in ("started_at", "ended_at"):
        return instant(form, f"said.{key}")
    return form.get(f"said.{key}", "").strip()
