"""A roster file on its way in: every row with its problems first, applied whole or not at all."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.actor import Actor
from brigade.db import Base, new_id
from brigade.kana import sort_key
from brigade.organisation.member_types import change_type, first_days
from brigade.organisation.office import begin, check_day, end_rows, note
from brigade.organisation.people import Member, Post
from brigade.organisation.posts import find_members, keep_an_officer, left_behind, place, release_vacant_steps
from brigade.organisation.ranks import MemberType, PostName
from brigade.organisation.roster_file import Sheet
from brigade.organisation.roster_rows import Tree, Wish, number_of, understand
from brigade.problems import NotFound, Problem, Refused, Stale
from brigade.viewings import Kept, viewed_in


class RosterImport(Base):
    """An uploaded roster. ``rows`` [{row, values, change, changed}], ``problems`` [{row, column, code, params}]."""

    __tablename__ = "roster_imports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int]
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[dt.datetime]
    applied_at: Mapped[dt.datetime | None]
    file_name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[dt.date]
    rows: Mapped[list[Any]]
    problems: Mapped[list[Any]]

    @property
    def can_apply(self) -> bool:
        """Whether nothing stands against it."""
        return self.applied_at is None and not self.problems


def prepare(
    session: Session, actor: Actor, sheet: Sheet, file_name: str, valid_from: dt.date, *, id_: uuid.UUID | None = None
) -> RosterImport:
    """The roster with what it would change and everything that is wrong with it; nothing is changed yet."""
    _check_officer(actor)
    check_day(valid_from, "/valid_from")
    wishes = understand(session, actor, sheet.rows, valid_from)
    unknown = [
        {"row": row, "column": text[:60], "code": "column-unknown", "params": {"column": text[:60]}}
        for row, text in sheet.unknown
    ]
    made = RosterImport(
        id=id_ or new_id(),
        version=1,
        bureau_id=actor.bureau_id,
        created_by_id=actor.member_id,
        created_at=actor.now,
        file_name="".join(char for char in file_name if char.isprintable())[:200],
        valid_from=valid_from,
        rows=_previewed(wishes, [dict(values) for _, values in sheet.rows]),
        problems=unknown + [problem for wish in wishes for problem in wish.problems],
    )
    session.add(made)
    session.flush()
    return made


def read(session: Session, actor: Actor, import_id: uuid.UUID) -> RosterImport:
    """The import: one's own, for bureau officers anyone's of the bureau. NotFound else."""
    return _found(session, import_id, lock=False)


def apply(session: Session, actor: Actor, import_id: uuid.UUID, version: int) -> RosterImport:
    """Carry it out, all rows or none, against the organisation as it is now.

    Problem: import-already-applied; import-has-problems, also where some came up since the preview (which then shows
    them); Stale.
    """
    _check_officer(actor)
    begin(session, actor)
    roster = _found(session, import_id, lock=True)
    if roster.applied_at is not None:
        raise Problem("import-already-applied")
    if roster.version != version:
        raise Stale(roster.version)
    rows = [(row["row"], row["values"]) for row in roster.rows]
    wishes = understand(session, actor, rows, roster.valid_from)
    problems = [problem for problem in roster.problems if problem["code"] == "column-unknown"]
    problems += [problem for wish in wishes for problem in wish.problems]
    if problems:
        raise _still_wrong(roster, wishes, problems)
    roster.rows = _previewed(wishes, [row["values"] for row in roster.rows])
    roster.applied_at, roster.version = actor.now, version + 1
    _carry_out(session, actor, roster, wishes)
    return roster


def standing_names(session: Session, roster: RosterImport) -> dict[int, str]:
    """The name that stands now under the number of each row that says another one: {row: name}. Kept nowhere here, so
    that who is erased stays so.
    """
    asked = {found["row"] for found in roster.problems if found["code"] == "row-another-name"}
    numbers = {row["row"]: number_of(row["values"]) for row in roster.rows if row["row"] in asked}
    members = find_members(session, roster.bureau_id, sorted(set(numbers.values())))
    return {row: members[number].name for row, number in numbers.items() if number in members}


def totals(roster: RosterImport) -> dict[str, int]:
    """How many rows there are, how many of them are new, changed, unchanged, and wrong."""
    counts = {"rows": len(roster.rows), "new": 0, "changed": 0, "unchanged": 0}
    for row in roster.rows:
        counts[row["change"]] += 1
    numbers = {row["row"] for row in roster.rows}
    return {**counts, "with_problems": len({problem["row"] for problem in roster.problems} & numbers)}


def _check_officer(actor: Actor) -> None:
    if not actor.holds(PostName.BUREAU_OFFICER, PostName.STATION_OFFICER):
        raise Refused("not-permitted")


def _found(session: Session, import_id: uuid.UUID, *, lock: bool) -> RosterImport:
    asked_for = select(RosterImport).where(RosterImport.id == import_id)
    roster = session.scalar(asked_for.with_for_update() if lock else asked_for)
    if roster is None:
        raise NotFound()
    viewed_in(session, Kept("roster", import_id))
    return roster


def _previewed(wishes: list[Wish], values: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"row": wish.row, "values": said, "change": wish.change, "changed": wish.changed}
        for wish, said in zip(wishes, values, strict=True)
    ]


def _still_wrong(roster: RosterImport, wishes: list[Wish], problems: list[dict[str, Any]]) -> Problem:
    """The refusal; what has become wrong since the preview is kept with it."""
    refusal = Problem("import-has-problems")
    if problems != roster.problems:
        roster.rows = _previewed(wishes, [row["values"] for row in roster.rows])
        roster.problems = problems
        roster.version += 1
        refusal.keep = True
    return refusal


def _carry_out(session: Session, actor: Actor, roster: RosterImport, wishes: list[Wish]) -> None:
    tree = Tree(session, actor)
    before = [
        {"number": wish.number, "field": name, "from": getattr(wish.member, name)}
        for wish in wishes
        for name in ("name", "kana")
        if wish.member is not None and name in wish.changed
    ]
    touched: set[uuid.UUID] = set()
    _write_members(session, actor, wishes)
    for wish in wishes:
        touched |= _write_rows(session, tree, wish)
    note(session, actor, "roster-import.apply", roster.id, **totals(roster), corrected=before)
    session.flush()
    if actor.bureau_id in touched:
        keep_an_officer(session, actor.bureau_id)
    release_vacant_steps(session, touched, actor.now)


def _write_members(session: Session, actor: Actor, wishes: list[Wish]) -> None:
    """New members; corrected names and changed types of those who are there."""
    changing = [wish.member.id for wish in wishes if wish.member is not None and "type" in wish.changed]
    served_from = first_days(session, changing)
    for wish in wishes:
        if wish.member is None:
            wish.changed = ["unit", "post"]
            wish.member = Member(
                id=new_id(), bureau_id=actor.bureau_id, number=wish.number,
                member_type=wish.member_type or MemberType.ORDINARY.value,
            )  # fmt: skip
            session.add(wish.member)
        elif "type" in wish.changed and wish.member_type is not None:
            change_type(session, wish.member, wish.former, wish.member_type, wish.on, served_from.get(wish.member.id))
        wish.member.name, wish.member.kana, wish.member.kana_sort = wish.name, wish.kana, sort_key(wish.kana)
    session.flush()


def _write_rows(session: Session, tree: Tree, wish: Wish) -> set[uuid.UUID]:
    """The dated rows of one member; the units whose posts changed."""
    assert wish.member is not None
    assert wish.unit is not None
    touched: set[uuid.UUID] = set()
    until = wish.held.last_day(wish.on)
    if "post" in wish.changed:
        ending = tree.posts_to_end(wish)
        touched.update(row.unit_id for row in ending)
        end_rows(session, ending, wish.on)
    if "unit" in wish.changed:
        here = wish.held.unit_id(wish.on)
        left = left_behind(tree.line(here, wish.on), tree.line(wish.unit.id, wish.on), here) if here else set()
        touched |= left
        place(session, wish.held, wish.member.id, wish.unit.id, wish.on, left)
    if "post" in wish.changed and wish.post_unit_id is not None and wish.post is not None:
        touched.add(wish.post_unit_id)
        session.add(
            Post(
                member_id=wish.member.id, unit_id=wish.post_unit_id, post=wish.post.value, valid_from=wish.on, valid_to=until
            )
        )  # fmt: skip
    return touched
