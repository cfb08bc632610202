"""A field of a sheet as a person sees and types it, and back to what is kept.

Days are typed in the order of the boxes, the year of the era first (``081108`` or ``8-11-8``), times as on a clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from api.console.shown import day, month
from brigade.activity.kinds import catalogue, kind_label
from brigade.dates import ERAS
from brigade.forms.template import Field, Template
from brigade.problems import FieldProblem
from brigade.scans.reviewing import Decision
from brigade.scans.values import is_nothing
from brigade.texts import check_date
from brigade.wording import text
from ocr.reading.reasons import BORNE_OUT

BEFORE_ERA = ERAS[0][0].year - 1
PARTS = {"era_date": 3, "era_month": 2, "month_day": 2, "day": 1}
YES, NO = "yes", "no"
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4])[:：]?([0-5][0-9])")
_NUMBERS = re.compile(r"[0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that can be picked, as it is sent and as it is called. ``is_likely``: where nothing could be
    read, what the marks may be; the keyboard starts there, and nothing is picked.
    """

    value: str
    label: str
    is_picked: bool = False
    is_likely: bool = False


@dataclass(slots=True)
class Ask:
    """A field to be looked at. ``way``: ``line``, ``radios``, ``boxes`` or ``select``; ``words`` say what ``value`` means.

    ``picks`` are what the marks may mean otherwise. ``problem`` is what was wrong with what was typed.
    """

    name: str
    label: str
    type: str
    way: str
    value: str
    words: str
    options: Sequence[Option]
    picks: Sequence[Option]
    reasons: Sequence[str]
    box: Sequence[float]
    hint: str = ""
    mode: str = ""
    listed: bool = False
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """What names on a sheet mean: the roster by number, who stands in its rows, the language."""

    roster: Mapping[str, str]
    rows: Mapping[int, str]
    lang: str

    def label(self, one: Field) -> str:
        """What the field is called, with whose row and which activity it is in."""
        parts = [one.label.of(self.lang)]
        if one.report is not None:
            parts.insert(0, text("console.scan.activity", self.lang, number=one.report))
        if one.person is not None:
            who = self.rows.get(one.person, "")
            parts.insert(0, text("console.scan.row", self.lang, number=one.person, name=who).strip())
        return " ・ ".join(parts)

    def words(self, one: Field, value: Any) -> str:
        """The value in words, where it is not plain by itself."""
        if is_nothing(value) and one.type != "tick":
            return ""
        if one.type == "tick":
            return text(f"console.scan.{YES if value else NO}", self.lang)
        if one.kind in ("era_date", "era_month"):
            on, _ = check_date("", value if one.kind == "era_date" else f"{value}-01")
            if on is None:
                return ""
            return day(on, self.lang) if one.kind == "era_date" else month(value, self.lang)
        if one.maps_to in ("participants.member_id", "participants.name"):
            return self.roster.get(str(value), "")
        if one.maps_to == "kind" and catalogue().get(str(value)):
            return kind_label(str(value), self.lang)
        return ""


def naming_of(template: Template, values: Mapping[str, Any], roster: Mapping[str, str], lang: str) -> Naming:
    """For the fields of one page: its rows are called by the roster, else by the name that stands there."""
    rows: dict[int, str] = {}
    for one in template.fields:
        if one.person is None or one.maps_to not in ("participants.member_id", "participants.name"):
            continue
        value = str(values.get(one.id) or "")
        rows[one.person] = roster.get(value) or rows.get(one.person) or ("" if one.type == "digits" else value)
    return Naming(roster, rows, lang)


def ask(naming: Naming, one: Field, shown: Mapping[str, Any], again: MultiDict[str, str] | None = None) -> Ask:
    """The field as it is asked for, by how the API shows it; ``again`` is what was sent before and was not taken."""
    value = shown["value"]
    sent = again.get(f"value.{one.id}") if again else None
    line = sent if sent is not None else as_typed(one, value)
    way, options = _way(naming, one, shown, sent)
    return Ask(
        name=one.id, label=naming.label(one), type=one.type, way=way, value=line, words=naming.words(one, value),
        options=options, picks=_picks(naming, one, shown) if way == "line" else (),
        reasons=[said["message"] for said in shown["reasons"] if said["code"] not in BORNE_OUT], box=shown["box"],
        hint=_hint(one), mode="numeric" if one.type in ("digits", "date", "time") and one.kind != "member_number" else "",
        listed=one.maps_to in ("participants.member_id", "participants.name"),
    )  # fmt: skip


def _hint(one: Field) -> str:
    if one.type == "date":
        return f"console.scan.hint.{one.kind}"
    return "console.scan.hint.time" if one.type == "time" else ""


def _way(naming: Naming, one: Field, shown: Mapping[str, Any], sent: str | None) -> tuple[str, list[Option]]:
    value = shown["value"]
    if one.type == "tick":
        unread = shown["status"] == "unreadable" and not shown["decided"]
        now = sent or ("" if unread else YES if value else NO)
        return "radios", [Option(key, text(f"console.scan.{key}", naming.lang), key == now) for key in (YES, NO)]
    if one.maps_to == "kind" and one.type == "text":
        found = [Option(kind.code, kind.label.of(naming.lang), kind.code == value) for kind in catalogue()]
        return "select", [Option("", text("console.scan.nothing", naming.lang), is_nothing(value)), *found]
    if one.type != "choice":
        return "line", []
    picked = value if isinstance(value, list) else [value]
    unread = shown["status"] == "unreadable" and not shown["decided"]
    likely = shown["alternatives"][0]["value"] if unread and shown["alternatives"] else None
    found = [
        Option(
            option.value, naming.words(one, option.value) or option.label or option.value, option.value in picked,
            option.value == likely,
        )
        for option in one.options
    ]  # fmt: skip
    if one.kind == "several":
        return "boxes", found
    return "radios", [*found, Option("", text("console.scan.nothing", naming.lang), is_nothing(value) and not unread)]


def _picks(naming: Naming, one: Field, shown: Mapping[str, Any]) -> list[Option]:
    """Other values that the marks may mean, the likeliest first."""
    found = []
    for other in shown["alternatives"]:
        line = as_typed(one, other["value"])
        if line and other["value"] != shown["value"]:
            words = naming.words(one, other["value"])
            found.append(Option(line, f"{line} {words}".strip()))
    return found[:4]


def as_typed(one: Field, value: Any) -> str:
    """The value as a person would type it."""
    if is_nothing(value) or not isinstance(value, str):
        return ""
    return as_typed_day(value) if one.kind in ("era_date", "era_month") else value


def as_typed_day(value: str) -> str:
    """``08-11-08`` for ``2026-11-08``: the year of the era; one of an earlier era as it is."""
    year, _, rest = value.partition("-")
    if year.isdigit() and int(year) > BEFORE_ERA:
        return f"{int(year) - BEFORE_ERA:02}-{rest}"
    return value


def typed(one: Field, line: str) -> Any:
    """What was typed as a value of the field; what cannot be one stays as it is, and is refused where it is taken."""
    if one.type == "text":
        return line.strip() or (None if one.maps_to == "kind" else "")
    line = unicodedata.normalize("NFKC", line).strip()
    if not line:
        return None
    if one.type == "time":
        return as_clock(line) or line
    return typed_day(one.kind, line) if one.type == "date" else line


def as_clock(line: str) -> str | None:
    """``19:00`` for ``1900`` or ``19：00``; None for what is no time."""
    match = _CLOCK.fullmatch(unicodedata.normalize("NFKC", line).strip())
    return f"{int(match[1]):02}:{match[2]}" if match else None


def typed_day(kind: str, line: str) -> str:
    """``2026-11-08`` for ``081108``, ``8-11-8`` or ``20261108``; other text as it is."""
    numbers, parts = _NUMBERS.findall(unicodedata.normalize("NFKC", line)), PARTS[kind]
    if len(numbers) == 1 and parts > 1:
        whole, head = numbers[0], len(numbers[0]) - 2 * (parts - 1)
        if head in (1, 2, 4):
            numbers = [whole[:head], *(whole[at : at + 2] for at in range(head, len(whole), 2))]
    if len(numbers) != parts:
        return line
    if kind.startswith("era"):
        year = int(numbers[0])
        numbers[0] = f"{year + BEFORE_ERA if year < 100 else year:04}"
    return "-".join(number.zfill(2) for number in numbers)


def nothing(one: Field) -> Any:
    """The value that says that nothing is written there."""
    return {"tick": False, "text": None if one.maps_to == "kind" else ""}.get(
        one.type, [] if one.kind == "several" else None
    )


def decision(one: Field, form: MultiDict[str, str], *, unread: bool) -> Decision | FieldProblem:
    """What a form says of the field. ``unread``: to send nothing is no answer, as nobody has said that nothing is there."""
    if f"picture.{one.id}" in form:
        return Decision(one.id, "", as_picture=True)
    if f"blank.{one.id}" in form:
        return Decision(one.id, nothing(one))
    value: Any
    if one.kind == "several":
        return Decision(one.id, form.getlist(f"value.{one.id}"))
    line = form.get(f"pick.{one.id}", form.get(f"value.{one.id}", ""))
    value = {YES: True, NO: False}.get(line) if one.type == "tick" else typed(one, line)
    if value is None and (unread or one.type == "tick"):
        return FieldProblem(f"/fields/{one.id}", "required")
    if value == "" and unread:
        return FieldProblem(f"/fields/{one.id}", "required")
    return Decision(one.id, value)


def changed(one: Field, form: MultiDict[str, str], now: Any) -> Decision | None:
    """What a form says of a field that was sure: a decision only where it is another value."""
    if one.type == "tick":
        value: Any = f"value.{one.id}" in form
    elif one.kind == "several":
        value = form.getlist(f"value.{one.id}")
    else:
        value = typed(one, form.get(f"value.{one.id}", ""))
    return None if value == now or (is_nothing(value) and is_nothing(now)) else Decision(one.id, value)
