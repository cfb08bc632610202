"""What the reports of a sheet need and the form does not say: asked for on the page of the sheet, beside its doubts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from api.console.scan_fields import NO, YES, Option, as_clock, typed_day
from brigade.dates import TOKYO, to_tokyo
from brigade.kind_types import KindField
from brigade.kinds import catalogue
from brigade.problems import FieldProblem
from brigade.scans.composing import Composed
from brigade.texts import check_date
from brigade.wording import text

PLAIN = ("kind", "started_at", "ended_at", "place", "summary")
WAYS = {
    "choice": "radios",
    "boolean": "radios",
    "choices": "boxes",
    "text": "line",
    "integer": "line",
    "decimal": "line",
    "date": "line",
    "instant": "instant",
}
"""How a detail of each type is asked for; one of any other type (a list, a file, another record) is given on the report itself, which stays a draft."""

_OF_REPORT = re.compile(r"/reports/([0-9]+)/(?:([a-z_]+)|details/([a-z_]+))")
_KEY = re.compile(r"([1-9][0-9]?)\.(?:([a-z_]+)|details\.([a-z_]+))")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing to be said of an activity: ``key`` is ``1.kind`` or ``1.details.drill_type``; ``at`` is day and clock."""

    key: str
    label: str
    way: str
    problem: FieldProblem
    value: str = ""
    at: tuple[str, str] = ("", "")
    options: Sequence[Option] = ()


def lacks(made: Composed, *, settled: bool, lang: str, sent: MultiDict[str, str]) -> list[Lack]:
    """What to ask for. Until the doubtful fields are settled only for what no field could say: details of the kind."""
    kinds = {activity: content.kind for activity, content in made.contents}
    contents = dict(made.contents)
    found: dict[str, Lack] = {}
    for problem in made.problems:
        match = _OF_REPORT.fullmatch(problem.pointer)
        if match is None or int(match[1]) < 1:
            continue
        activity, name, detail = int(match[1]), match[2], match[3]
        if detail:
            of_kind = _detail(kinds.get(activity, ""), detail)
            start = contents[activity].started_at if activity in contents else None
            one = _of_detail(activity, of_kind, start, problem, lang, sent) if of_kind else None
        else:
            one = _plain(activity, name, problem, contents.get(activity), lang, sent) if settled else None
        if one is not None:
            found.setdefault(one.key, one)
    return list(found.values())


def general(made: Composed, asked: Sequence[Lack]) -> list[FieldProblem]:
    """Problems that are neither asked for here nor a field's own: told above, put right in the fields."""
    told = {one.problem.pointer for one in asked}
    return [
        one for one in made.problems
        if one.pointer not in told and one.pointer != "/unit_id" and not one.pointer.startswith("/pages/")
    ]  # fmt: skip


def _detail(kind: str, name: str) -> KindField | None:
    known = catalogue().get(kind)
    return next((one for one in known.fields if one.name == name and one.type in WAYS), None) if known else None


def _of_detail(
    activity: int, of_kind: KindField, start: dt.datetime | None, problem: FieldProblem, lang: str,
    sent: MultiDict[str, str],
) -> Lack:  # fmt: skip
    key = f"{activity}.details.{of_kind.name}"
    picked = sent.getlist(f"said.{key}")
    options = [Option(str(one.value), one.label.of(lang), str(one.value) in picked) for one in of_kind.options]
    if of_kind.type == "boolean":
        options = [Option(one, text(f"console.scan.{one}", lang), one in picked) for one in (YES, NO)]
    value = picked[0] if picked else ""
    label = _label(activity, of_kind.label.of(lang), lang)
    return Lack(key, label, WAYS[of_kind.type], problem, value, _typed(key, start, sent), options)


def _typed(key: str, now: dt.datetime | None, sent: MultiDict[str, str]) -> tuple[str, str]:
    """Day and clock as they were typed, before that as it is known."""
    local = to_tokyo(now) if now else None
    shown = (f"{local:%Y-%m-%d}", f"{local:%H:%M}") if local else ("", "")
    return sent.get(f"said.{key}.day", shown[0]), sent.get(f"said.{key}.time", shown[1])


def _plain(
    activity: int, name: str, problem: FieldProblem, content: Any, lang: str, sent: MultiDict[str, str]
) -> Lack | None:  # fmt: skip
    if name not in PLAIN:
        return None
    key = f"{activity}.{name}"
    label = _label(activity, text(f"console.field.{name}", lang), lang)
    value = sent.get(f"said.{key}", "")
    if name == "kind":
        options = [Option(one.code, one.label.of(lang), one.code == value) for one in catalogue()]
        return Lack(
            key, label, "select", problem, value, options=[Option("", text("console.scan.pick", lang)), *options]
        )
    if name in ("place", "summary"):
        return Lack(key, label, "line", problem, value or str(getattr(content, name, "")))
    at = _typed(key, getattr(content, name, None), sent)
    return Lack(key, label, "instant", problem, at=at)


def _label(activity: int, label: str, lang: str) -> str:
    return label if activity == 1 else f"{text('console.scan.activity', lang, number=activity)} ・ {label}"


def added(
    form: MultiDict[str, str], said: Mapping[str, Any], made: Composed
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
            value = _detail_of(form, key, _detail(kinds.get(int(match[1]), ""), match[3]))
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
    if name not in ("started_at", "ended_at"):
        return form.get(f"said.{key}", "").strip()
    return _instant_of(form, key)


def _instant_of(form: MultiDict[str, str], key: str) -> str | None:
    """The day and clock of a form as an instant in Japan, None for what is none."""
    on, _ = check_date("", typed_day("era_date", form.get(f"said.{key}.day", "")))
    clock = as_clock(form.get(f"said.{key}.time", ""))
    if on is None or clock is None:
        return None
    hours, minutes = map(int, clock.split(":"))
    return (dt.datetime.combine(on, dt.time(), TOKYO) + dt.timedelta(hours=hours, minutes=minutes)).isoformat()


def _detail_of(form: MultiDict[str, str], key: str, of_kind: KindField | None) -> Any:
    if of_kind is None:
        return None
    if of_kind.type == "instant":
        return _instant_of(form, key)
    sent = form.getlist(f"said.{key}")
    if of_kind.type in ("choice", "choices"):
        picked = [one.value for one in of_kind.options if str(one.value) in sent]
        return picked if of_kind.type == "choices" else next(iter(picked), None)
    line = sent[0].strip() if sent else ""
    if of_kind.type == "boolean":
        return {YES: True, NO: False}.get(line)
    if of_kind.type == "text":
        return line
    if of_kind.type == "date":
        return typed_day("era_date", line)
    try:
        return int(line) if of_kind.type == "integer" else float(line)
    except ValueError:
        return line  # refused where it is taken, with the kind's own words
