"""Who may sign in to an invented organisation, with one password for all, and the file that says so.

Logins are the post and the numbers of the unit's code: ``squad-leader-1-2-3`` leads squad 3 of company 2 of brigade 1.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from brigade.access.passwords import HASHER
from brigade.demo.offices import Offices
from brigade.demo.organisation import Organisation
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level, MemberType, PostName
from brigade.organisation.units import Unit

PASSWORD = "brigade-demo"  # noqa: S105  the demo's only one, printed on its first page
COUNTRY_CITIES_WITH_LEADERS = 3


@dataclass(frozen=True, slots=True)
class Holder:
    """A line of the accounts file: who signs in, as which post of which unit."""

    login: str
    password: str
    member_id: str
    name: str
    post: str
    unit_id: str
    unit_path: list[str]


def hash_of(password: str, rng: Random) -> str:
    """The hash that all accounts of a load share; its salt comes from the seed."""
    return HASHER.hash(password, salt=rng.randbytes(16))


def holders(made: Organisation, offices: Offices, today: dt.date, *, size: str, city: int) -> Iterator[Holder]:
    """The accounts of one city: everyone in ``small``, every leader and a plain member of each squad in ``city``;
    in ``country`` the bureau's officer, and the leaders in the first cities. ``city`` counts from 0.
    """
    prefix = f"c{city + 1}-" if size == "country" else ""
    leaders = size != "country" or city < COUNTRY_CITIES_WITH_LEADERS
    posts: dict[tuple[uuid.UUID, str], list[uuid.UUID]] = {}
    for post in sorted(made.posts, key=lambda post: (post.valid_from, post.id)):
        if post.valid_from <= today and (post.valid_to is None or post.valid_to >= today):
            posts.setdefault((post.unit_id, post.post), []).append(post.member_id)
    posted = {member_id for held in posts.values() for member_id in held}
    for (unit_id, name), held in sorted(posts.items(), key=lambda item: _place(offices.units[item[0][0]], item[0][1])):
        if not leaders and name != PostName.BUREAU_OFFICER:
            continue
        one = name == PostName.STATION_OFFICER and size != "small"
        yield from _with_logins(offices, held[:1] if one else held, name, unit_id, today, prefix)
    if not leaders:
        return
    for unit in made.at_level(Level.SQUAD):
        plain = [member for member in offices.roster(unit.id, today) if _is_plain(member, posted)]
        chosen = [member.id for member in plain]
        if size == "small":
            chosen += [m.id for m in offices.roster(unit.id, today) if m.id not in posted and m not in plain]
        yield from _with_logins(
            offices, chosen if size == "small" else chosen[:1], PostName.MEMBER.value, unit.id, today, prefix
        )


def _is_plain(member: Member, posted: set[uuid.UUID]) -> bool:
    return member.id not in posted and member.member_type == MemberType.ORDINARY


def _place(unit: Unit, post: str) -> tuple[int, str, int]:
    return list(Level).index(Level(unit.level)), unit.code, list(PostName).index(PostName(post))


def _with_logins(
    offices: Offices, people: Iterable[uuid.UUID], post: str, unit_id: uuid.UUID, today: dt.date, prefix: str
) -> Iterator[Holder]:
    """A second holder of a post has ``-b`` behind the login, a third ``-c``."""
    line = offices.above(unit_id, today)
    path = [unit.name for unit in reversed(line)]
    base = "-".join([prefix + post.replace("_", "-"), *_numbers(line[0].code)])
    for nth, member_id in enumerate(people):
        login = base if nth == 0 else f"{base}-{_letters(nth)}"
        yield Holder(login, PASSWORD, str(member_id), offices.members[member_id].name, post, str(unit_id), path)


def _numbers(code: str) -> list[str]:
    """``["1", "2", "3"]`` of ``K01-02-03``, ``["1", "2", "b1"]`` of a section's ``K01-02-B1``; none of the bureau's."""
    parts = (part.lstrip("KS") for part in code.split("-"))
    return [part.lstrip("0").lower() for part in parts if part != "B"]


def _letters(nth: int) -> str:
    """``b`` for 1, ``z`` for 25, ``ab`` for 27: never the same twice."""
    return (_letters(nth // 26 - 1) if nth >= 26 else "") + chr(ord("a") + nth % 26)


def account_row(holder: Holder, id_: uuid.UUID, password_hash: str) -> dict[str, Any]:
    """The row of ``accounts``."""
    return {
        "id": id_,
        "member_id": uuid.UUID(holder.member_id),
        "login": holder.login,
        "password_hash": password_hash,
        "short_password": False,
        "disabled_at": None,
    }


class AccountsFile:
    """The file, written whole or not at all and readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        """OSError at once where it could not be written later."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 600
        os.close(handle)
        self._fresh = Path(name)

    def write(self, city: dict[str, str], accounts: Iterable[Holder]) -> None:
        """Put it in place."""
        content = {"city": city, "accounts": [asdict(holder) for holder in accounts]}
        with self._fresh.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        self._fresh.replace(self.path)

    def discard(self) -> None:
        """Leave nothing behind when nothing was written."""
        self._fresh.unlink(missing_ok=True)
