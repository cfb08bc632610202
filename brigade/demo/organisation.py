"""One invented city: all its rows, light objects with the attributes of the mapped classes. ``load.py`` stores them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from brigade.demo.ids import Ids
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import Level, PostName
from brigade.organisation.units import Unit, UnitParent, Vehicle, tree_rows

FOUNDED = dt.date(1948, 4, 1)
Row = TypeVar("Row")
_NUMERALS = "一二三四五六七八九"


@dataclass(slots=True)
class Organisation:
    """The rows of one city. ``units`` begins with the bureau; a unit stands after those it points to."""

    bureau: Unit
    ids: Ids
    units: list[Unit] = field(default_factory=list)
    links: list[UnitParent] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    deputy_places: list[DeputyPlace] = field(default_factory=list)
    vehicles: list[Vehicle] = field(default_factory=list)

    def at_level(self, level: Level) -> list[Unit]:
        """The units of a level that stand today, in the order of their codes."""
        return [unit for unit in self.units if unit.level == level and unit.valid_to is None]

    def add_unit(self, parent: Unit, level: Level, code: str, name: str) -> Unit:
        """A unit since the founding, under ``parent``."""
        unit = fresh(
            Unit, id=self.ids.next(), bureau_id=self.bureau.id, level=level.value, code=code, name=name,
            valid_from=FOUNDED, valid_to=None, successor_id=None, settings={},
        )  # fmt: skip
        self.units.append(unit)
        self.add_link(unit.id, parent.id, FOUNDED)
        return unit

    def add_link(self, unit_id: uuid.UUID, parent_id: uuid.UUID, since: dt.date) -> None:
        """``unit`` stands under ``parent`` from that day on."""
        self.links.append(
            fresh(UnitParent, id=self.ids.next(), unit_id=unit_id, parent_id=parent_id, valid_from=since, valid_to=None)
        )

    def add_membership(self, member_id: uuid.UUID, unit_id: uuid.UUID, since: dt.date) -> None:
        """The member belongs to the unit from that day on."""
        self.memberships.append(
            fresh(Membership, id=self.ids.next(), member_id=member_id, unit_id=unit_id, valid_from=since, valid_to=None)
        )

    def add_post(
        self, member_id: uuid.UUID, unit_id: uuid.UUID, post: PostName, since: dt.date, until: dt.date | None = None
    ) -> None:
        """The member holds the post from that day on."""
        self.posts.append(
            fresh(
                Post,
                id=self.ids.next(),
                member_id=member_id,
                unit_id=unit_id,
                post=post.value,
                valid_from=since,
                valid_to=until,
            )
        )

    def add_absence(self, member_id: uuid.UUID, absence: str, since: dt.date, until: dt.date | None) -> None:
        """The member is on ``leave`` or under ``suspension`` on these days."""
        self.absences.append(
            fresh(Absence, id=self.ids.next(), member_id=member_id, absence=absence, valid_from=since, valid_to=until)
        )

    def tree(self) -> list[dict[str, Any]]:
        """Rows of ``unit_tree``."""
        return tree_rows(self.units, self.links)


def fresh(model: type[Row], **values: Any) -> Row:
    """A row that looks like ``model`` and that no session knows; give every column.

    Mapped objects cost six times as much to make and to read, and here there are millions of reads.
    """
    return cast(Row, SimpleNamespace(**values))


def stored(row: Any) -> dict[str, Any]:
    """The columns of a light or a mapped object, for a bulk insert."""
    values: dict[str, Any] = vars(row)
    values.pop("_sa_instance_state", None)
    return values


def numeral(number: int) -> str:
    """``十二`` for 12; 1 to 99."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens - 1] + "十"
    return head + (_NUMERALS[ones - 1] if ones else "")
