"""What the rows of a roster ask for, compared with what stands: who is new, what changes, and what is wrong.

Only reads; ``roster_imports.py`` carries it out. Bureau officers may name every unit and post of their bureau; station
officers the units below their station, the posts there, and people who belong there already or are new.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.dates import within
from brigade.organisation.member_types import former_rows, type_on
from brigade.organisation.office import CHANGING
from brigade.organisation.people import FormerType, Member, Post
from brigade.organisation.posts import Held, find_members, held_from, numbers_but_for_zeros
from brigade.organisation.ranks import POST_LEVEL, Level, MemberType, PostName
from brigade.organisation.roster_file import parse_day
from brigade.organisation.units import Unit, UnitParent
from brigade.texts import check_text
from brigade.wording import LANGUAGES, text

_NUMBER = re.compile(r"[0-9A-Za-z-]{1,20}")
_KANA = re.compile(r"[ァ-ヺーヽヾ・ ]+")
# What a program leaves where it cannot write a character, and what a spreadsheet takes for a formula.
_SPOILT = re.compile("[\ufffd?？〓]|^[=＝+＋@＠#＃-]")
OFFICE_LEVELS = (Level.BUREAU, Level.STATION)


@dataclass(slots=True)
class Wish:
    """One row understood. ``post`` None leaves posts as they are, ``member`` means none; ``changed`` names columns."""

    row: int
    number: str = ""
    name: str = ""
    name_before: str = ""
    kana: str = ""
    member_type: str | None = None
    unit: Unit | None = None
    post: PostName | None = None
    post_unit_id: uuid.UUID | None = None
    on: dt.date = dt.date.min
    member: Member | None = None
    held: Held = field(default_factory=Held)
    former: list[FormerType] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def change(self) -> str:
        """new, changed or unchanged."""
        return "new" if self.member is None else "changed" if self.changed else "unchanged"

    def wrong(self, column: str, code: str, **params: Any) -> None:
        """One thing that is wrong with the row."""
        self.problems.append({"row": self.row, "column": column, "code": code, "params": params})


class Tree:
    """The bureau's units that stand without an end, found by code or path."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.by_bureau = actor.holds(PostName.BUREAU_OFFICER)
        self._stations = {held.unit_id for held in actor.posts if held.post == PostName.STATION_OFFICER}
        asked_for = select(Unit).where(Unit.bureau_id == actor.bureau_id, Unit.valid_to.is_(None))
        self.units = {unit.id: unit for unit in session.scalars(asked_for, execution_options=CHANGING)}
        links = select(UnitParent).join(Unit, Unit.id == UnitParent.unit_id).where(Unit.bureau_id == actor.bureau_id)
        self._links: dict[uuid.UUID, list[UnitParent]] = {}
        for link in session.scalars(links, execution_options=CHANGING):
            self._links.setdefault(link.unit_id, []).append(link)
        self._found: dict[tuple[str, dt.date], list[Unit]] = {}
        self._by_name: dict[str, list[Unit]] = {}
        for unit in self.units.values():
            for key in {_key(unit.code), _key(unit.name)}:
                self._by_name.setdefault(key, []).append(unit)

    def line(self, unit_id: uuid.UUID, on: dt.date) -> list[uuid.UUID]:
        """The unit and all above it on that day, nearest first."""
        found = [unit_id]
        while True:
            links = self._links.get(found[-1], ())
            parent = next((link.parent_id for link in links if within(on, link.valid_from, link.valid_to)), None)
            if parent is None:
                return found
            found.append(parent)

    def posts_to_end(self, wish: Wish) -> list[Post]:
        """What the member holds; the offices' posts are the bureau's to end."""
        return [
            row for row in wish.held.posts if self.by_bureau or POST_LEVEL.get(PostName(row.post)) not in OFFICE_LEVELS
        ]

    def is_open(self, unit_id: uuid.UUID, on: dt.date) -> bool:
        """Whether people of this unit are the actor's to change."""
        return self.by_bureau or bool(self._stations & set(self.line(unit_id, on)[1:]))

    def find(self, words: str, on: dt.date) -> list[Unit]:
        """The units that a code or a path (``北消防団/第一分団/第二班``) may mean on that day."""
        if (words, on) not in self._found:
            self._found[words, on] = self._look(words, on)
        return self._found[words, on]

    def _look(self, words: str, on: dt.date) -> list[Unit]:
        plain = unicodedata.normalize("NFKC", words)
        for parts in ([plain], re.split(r"[/>→]", plain), plain.split()):
            keys = [key for part in parts if (key := _key(part))]
            found = [unit for unit in self._by_name.get(keys[-1], ()) if self._fits(unit, keys, on)] if keys else []
            if found:
                coded = [unit for unit in found if _key(unit.code) == keys[-1]]
                return coded or found
        return []

    def _fits(self, unit: Unit, keys: Sequence[str], on: dt.date) -> bool:
        if unit.valid_from > on or not self.is_open(unit.id, on):
            return False
        above = iter(_key(self.units[id_].name) for id_ in self.line(unit.id, on)[1:] if id_ in self.units)
        return all(key in above for key in reversed(keys[:-1]))  # each further up than the one before


def _key(words: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", words)).casefold()


def _labels(prefix: str, values: Iterable[str]) -> dict[str, str]:
    labels = {_key(text(f"{prefix}.{value}", lang)): value for lang in LANGUAGES for value in values}
    return labels | {_key(value): value for value in values}


def understand(
    session: Session, actor: Actor, rows: Sequence[tuple[int, Mapping[str, str]]], valid_from: dt.date
) -> list[Wish]:
    """Every row with its problems and what would change, against the rows of this moment."""
    tree = Tree(session, actor)
    posts, types = _labels("post", list(PostName)), _labels("member_type", list(MemberType))
    wishes = [_wish(tree, posts, types, number, values, valid_from) for number, values in rows]
    twice = {number for number, count in Counter(wish.number for wish in wishes).items() if number and count > 1}
    members = find_members(session, actor.bureau_id, [wish.number for wish in wishes if wish.number])
    alike = _but_for_zeros(session, actor.bureau_id, {wish.number for wish in wishes}, members.keys())
    first = min((wish.on for wish in wishes), default=valid_from)
    held = held_from(session, [member.id for member in members.values()], first)
    former = former_rows(session, held.keys())
    for wish in wishes:
        if wish.number in twice:
            wish.wrong("number", "row-number-twice")
        if wish.number in alike:
            wish.wrong("number", "row-number-zeros")
        wish.member = members.get(wish.number)
        if wish.member is not None:
            wish.held, wish.former = _from_day(held[wish.member.id], wish.on), former[wish.member.id]
            _compare(wish, wish.member, tree)
    return wishes


def number_of(values: Mapping[str, str]) -> str:
    """The member number that a row says, in plain letters and digits."""
    return unicodedata.normalize("NFKC", values.get("number", "")).strip()


def _but_for_zeros(
    session: Session, bureau_id: uuid.UUID, numbers: Collection[str], known: Collection[str]
) -> set[str]:
    """The new ones among these numbers that differ from another one, here or of a member, in leading zeros alone.

    A spreadsheet takes 0001234 for a number and shows 1234: nobody is to be in the roster twice for that.
    """
    new = {number: number.lstrip("0") for number in numbers if number.isdigit() and number not in known}
    here = Counter(number.lstrip("0") for number in numbers if number.isdigit())
    there = numbers_but_for_zeros(session, bureau_id, sorted(set(new.values()))) if new else set()
    return {number for number, bare in new.items() if bare in there or here[bare] > 1}


def _from_day(held: Held, on: dt.date) -> Held:
    """The rows that count on that day or later."""
    return Held(
        [row for row in held.memberships if row.valid_to is None or row.valid_to >= on],
        [row for row in held.posts if row.valid_to is None or row.valid_to >= on],
        [row for row in held.deputy_places if row.valid_to is None or row.valid_to >= on],
    )


def _wish(
    tree: Tree, posts: Mapping[str, str], types: Mapping[str, str], row: int, values: Mapping[str, str],
    valid_from: dt.date,
) -> Wish:  # fmt: skip
    wish = Wish(row, on=valid_from)
    if values.get("date"):
        day = parse_day(values["date"])
        wish.on = day or valid_from
        if day is None:
            wish.wrong("date", "row-date-bad")
    wish.number = number_of(values)
    if not wish.number:
        wish.wrong("number", "row-number-missing")
    elif not _NUMBER.fullmatch(wish.number):
        wish.wrong("number", "row-not-encodable")
        wish.number = ""
    wish.name = _text(wish, "name", values.get("name", ""), "row-name-missing")
    wish.name_before = values.get("name_before", "")
    kana = unicodedata.normalize("NFKC", values.get("kana", ""))
    kana = "".join(chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char for char in kana)
    wish.kana = _text(wish, "kana", kana, "row-kana-missing")
    if wish.kana and not _KANA.fullmatch(wish.kana) and not any(p["column"] == "kana" for p in wish.problems):
        wish.wrong("kana", "row-kana-not-kana")
    if values.get("type"):
        wish.member_type = types.get(_key(values["type"]))
        if wish.member_type is None:
            wish.wrong("type", "row-type-unknown")
    _place(wish, tree, values)
    if values.get("post"):
        _post(wish, tree, posts.get(_key(values["post"])))
    return wish


def _text(wish: Wish, column: str, value: str, missing: str) -> str:
    clean, problems = check_text("", " ".join(value.split()), 100, multiline=False)
    if not clean:
        wish.wrong(column, missing)
    for problem in problems:
        spoilt = problem.code == "bad-characters"
        wish.wrong(column, "row-not-encodable" if spoilt else problem.code, **({} if spoilt else problem.params))
    if not problems and _SPOILT.search(clean):
        wish.wrong(column, "row-not-encodable")
    return clean


def _place(wish: Wish, tree: Tree, values: Mapping[str, str]) -> None:
    column = "unit_code" if values.get("unit_code") else "unit"
    found = tree.find(values.get(column, ""), wish.on)
    if len(found) == 1:
        wish.unit = found[0]
    else:
        wish.wrong(column, "row-unit-ambiguous" if found else "row-unit-unknown")


def _post(wish: Wish, tree: Tree, post: str | None) -> None:
    """The post asked for stands in the row's unit or in the one above it that has such posts."""
    if post is None:
        wish.wrong("post", "row-post-unknown")
        return
    wish.post = PostName(post)
    if wish.post is PostName.MEMBER or wish.unit is None:
        return
    level = POST_LEVEL[wish.post]
    line = [tree.units[id_] for id_ in tree.line(wish.unit.id, wish.on) if id_ in tree.units]
    wish.post_unit_id = next((unit.id for unit in line if unit.level == level), None)
    if wish.post_unit_id is None or (level in OFFICE_LEVELS and not tree.by_bureau):
        wish.wrong("post", "row-post-not-here")


def _compare(wish: Wish, member: Member, tree: Tree) -> None:
    """What the row would change; and what stands against it: a number that was somebody's who was erased, someone else's
    member, another name than the member's, a change dated later.

    A number is never given to a second person: whether another name is a second person's or the same one's new name
    is asked, and answered in the file with the name before, which must be the one that stands.
    """
    if member.is_erased:
        wish.wrong("number", "row-number-erased")
        return
    here = wish.held.unit_id(wish.on)
    if not tree.by_bureau and (here is None or not tree.is_open(here, wish.on)):
        wish.wrong("number", "row-not-yours")
        return
    if wish.name and _key(member.name) not in (_key(wish.name), _key(wish.name_before)):
        wish.wrong("name", "row-another-name")
    wish.changed += [name for name in ("name", "kana") if getattr(member, name) != getattr(wish, name)]
    if wish.member_type is not None and wish.member_type != type_on(member, wish.former, wish.on):
        wish.changed.append("type")
        if any(row.valid_to >= wish.on for row in wish.former):
            wish.wrong("date", "later-change")
    if wish.unit is not None and wish.unit.id != here:
        wish.changed.append("unit")
        if any(row.valid_from > wish.on for row in wish.held.memberships):
            wish.wrong("date", "later-change")
    if wish.post is None:
        return
    now = [(row.unit_id, row.post) for row in tree.posts_to_end(wish) if within(wish.on, row.valid_from, row.valid_to)]
    if (wish.post is PostName.MEMBER and now) or (
        wish.post is not PostName.MEMBER and (wish.post_unit_id, wish.post) not in now
    ):
        wish.changed.append("post")
        if any(row.valid_from > wish.on for row in wish.held.posts):
            wish.wrong("date", "later-change")
