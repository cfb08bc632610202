"""The policy of units, people, posts and rosters: ``docs/howto/change-the-organisation.md``, ``invite-members.md``,
``import-a-roster.md``, ``docs/explain/signing-in.md`` and ``scopes.md``.
"""

from __future__ import annotations

import io
from typing import Any

from tests.contract.matrix.people import PEOPLE, Person
from tests.contract.matrix.rows import Row
from tests.contract.matrix.seeds import ROSTER
from tests.contract.matrix.town import Thing, Town

UNIT = "/units/{unit_id}"


def bureau(me: Person) -> bool:
    return me.is_bureau


def officer(me: Person) -> bool:
    return me.is_officer


def sees_unit(me: Person, unit: Thing) -> bool:
    return me.sees_unit(unit.unit)


def over(me: Person, thing: Thing) -> bool:
    return me.over(thing.unit)


def officer_over(me: Person, thing: Thing) -> bool:
    return me.officer_over(thing.unit)


def sees_member(me: Person, member: Thing) -> bool:
    """Oneself, who is of one's own unit, and the people of the units below a post."""
    return me.login == member.name or me.home == member.unit or me.over(member.unit)


def its_people(me: Person, unit: Thing) -> bool:
    """Of the units above, the names are all that one sees."""
    return me.home == unit.unit or me.over(unit.unit)


def says(**said: Any) -> Any:
    """A body; what can be called is asked of the town and the thing."""

    def send(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
        return {"json": {name: value(town, thing) if callable(value) else value for name, value in said.items()}}

    return send


def seen(version: int, **said: Any) -> Any:
    """A body for the version that was seen."""

    def send(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
        return {**says(**said)(town, me, thing), "headers": {"If-Match": f'"{version}"'}}

    return send


def asks(**query: Any) -> Any:
    """A query."""

    def send(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
        return {
            "query_string": {name: value(town, thing) if callable(value) else value for name, value in query.items()}
        }

    return send


def its_id(town: Town, thing: Thing) -> str:
    return thing.id


def unit(code: str) -> Any:
    return lambda town, thing: town.id(code)


def beside(town: Town, thing: Thing) -> str:
    """A company that is not above the squad."""
    if thing.unit == "BK1-1-1":
        return town.id("BK1-2")
    return town.id("K1-1" if thing.unit == "K1-2-2" else "K1-2")


def is_leader(me: Person, unit: Thing) -> bool:
    """The unit's leader, an officer over it."""
    return unit.unit in me.leads or me.officer_over(unit.unit)


def away(me: Person, member: Thing) -> bool:
    """An officer over the member; one's own leave: holders of a post."""
    return me.officer_over(member.unit) or (me.login == member.name and bool(me.posts))


def ends_absence(me: Person, absence: Thing) -> bool:
    return me.officer_over(absence.unit) or (me.login == absence.by and bool(me.posts))


def invites(me: Person) -> bool:
    """Has a desk of their own: leads a unit or acts for its leader today."""
    return bool(me.leads)


GUARDED = ("squad11a", "Bsquad11a")
"""Who has a passkey: their codes are the officers'."""


def below_desk(me: Person, member: Thing) -> bool:
    return me.decides(member.unit)


def resets(me: Person, member: Thing) -> bool:
    """Below one's own post, not oneself; equals and who has a second factor only by officers; nobody above."""
    if me.login == member.name or not below_desk(me, member):
        return False
    theirs = PEOPLE.get(member.name, Person(member.name)).posts
    if me.is_officer:
        return True
    return member.name not in GUARDED and not me.leads & theirs


def roster(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
    code = "BK1-1-1" if me.login.startswith("B") else "K2-1-1" if me.login == "station2" else "K1-1-1"
    data = ROSTER.format(number="880001", unit=code).encode()
    return {"data": {"file": (io.BytesIO(data), "roster.csv")}}


def sees_roster(me: Person, import_: Thing) -> bool:
    """The bureau those of its city, a station its own."""
    return me.login == import_.by or (me.is_bureau and me.over(import_.unit))


UNIT_CHANGES = [
    Row("POST /units", "units", bureau, sees_unit, unseen=422,
        send=says(level="squad", code="NEU", name="新しい班", parent_id=its_id),
        state=lambda parent: 422 if parent.unit in ("K1-1-1", "K1-1-2", "K1-2-2", "K3-1-1", "K2-1-1", "BK1-1-1") else 0,
        may=over),
    Row(f"POST {UNIT}/rename", "units", bureau, sees_unit, over, send=says(name="本町班")),
    Row("POST /units/merge", "units", bureau, sees_unit, unseen=422,
        state=lambda one: 0 if one.unit in ("K1-1-1", "K1-1-2") else 422,
        send=says(unit_ids=lambda town, thing: [thing.id, town.id("K1-1-2" if thing.unit != "K1-1-2" else "K1-1-1")],
                  code="NEU", name="新しい班")),
    Row(f"POST {UNIT}/move", "units", bureau, sees_unit, over, send=says(parent_id=beside),
        state=lambda unit: 403 if unit.unit == "B" else 0 if unit.unit in ("K1-1-1", "K1-1-2", "K3-1-1", "K2-1-1", "BK1-1-1", "K1-2-2") else 422),
    Row(f"POST {UNIT}/end", "all units", bureau, sees_unit, lambda me, unit: unit.state == "empty" and me.over(unit.unit), send=says()),
    Row(f"PATCH {UNIT}/settings", "units", officer, sees_unit, over, send=seen(1, deputy_after_days=3)),
    Row(f"PATCH {UNIT}/settings", "units", officer, sees_unit, lambda me, unit: me.is_bureau and me.over(unit.unit),
        send=seen(1, step_up=["role-change"])),
    Row(f"PUT {UNIT}/deputies", "units", sees=sees_unit, may=is_leader, send=seen(1, member_ids=[])),
]  # fmt: skip
PEOPLE_CHANGES = [
    Row("POST /posts", "units", bureau, sees_unit, unseen=422, state=lambda unit: 0 if unit.unit[0] == "K" and unit.unit.count("-") == 2 else 422,
        send=says(member_id=unit("squad12a"), unit_id=its_id, post="squad_leader")),
    Row("POST /posts/{post_id}/end", "posts", bureau, over, send=says()),
    Row("POST /members/{member_id}/transfer", "members", bureau, sees_member, send=says(unit_id=lambda town, one: town.id("BK1-2-1" if one.name.startswith("B") else "K1-2-1"))),
    Row("POST /members/{member_id}/leave-service", "members", bureau, sees_member, send=says()),
    Row("POST /members/{member_id}/absences", "members", sees=sees_member, may=away,
        send=says(absence="leave", valid_from="2026-11-20", valid_to="2026-11-20")),
    Row("POST /absences/{absence_id}/end", "absences", sees=lambda me, one: me.login == one.by or me.over(one.unit),
        may=ends_absence, send=says(on="2026-11-25")),
    Row("POST /members/{member_id}/sign-out", "members", officer, sees_member, may=officer_over),
    Row("POST /members/{member_id}/password-reset", "members", sees=sees_member, may=resets),
    Row("POST /members/{member_id}/password-reset/card", "members", sees=sees_member, may=resets),
    Row("DELETE /invitations/{member_id}", "newcomers", sees=sees_member, may=below_desk),
]  # fmt: skip
ROWS = [
    *UNIT_CHANGES,
    *PEOPLE_CHANGES,
    Row("GET /units"),
    Row(f"GET {UNIT}", "units", sees=sees_unit),
    Row(f"GET {UNIT}/members", "units", sees=sees_unit),
    Row(f"GET {UNIT}/settings", "units", sees=sees_unit),
    Row(f"GET {UNIT}/deputies", "units", sees=sees_unit),
    Row("GET /vehicles"),
    Row("GET /activity-kinds"),
    Row("GET /invitations", who=invites),
    Row("POST /invitations", "newcomers", invites, below_desk, unseen=422, send=says(member_ids=lambda town, one: [one.id])),
    Row("POST /invitations/cards", "newcomers", invites, below_desk, unseen=422, send=says(member_ids=lambda town, one: [one.id])),
    Row("POST /roster-imports", who=officer, send=roster),
    Row("GET /roster-imports/{import_id}", "rosters", officer, sees_roster),
    Row("POST /roster-imports/{import_id}/apply", "rosters", officer, sees_roster,
        send=lambda town, me, thing: {"headers": {"If-Match": f'"{thing.version}"'}}),
]  # fmt: skip
