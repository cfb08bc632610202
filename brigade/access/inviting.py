"""Making codes for members, ending them, and the note that each leaves. Who may stands in ``invitees.py``, what the
code's holder does with it in ``joining.py``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.access.invitation_codes import Issued, Purpose, digest, new_code
from brigade.access.invitations import INVITING, VALID, Invitation, codes_of
from brigade.access.invitees import Person, hindrance, members_below, people
from brigade.actor import Actor
from brigade.messages import notices
from brigade.organisation.office import member_at, note
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, UnitTree, valid_on
from brigade.problems import FieldProblem, Invalid, Refused


def invite(
    session: Session, actor: Actor, secret_key: str, *,
    member_ids: Sequence[uuid.UUID] | None = None, unit_id: uuid.UUID | None = None, only_missing: bool = True,
) -> tuple[list[Issued], list[tuple[Person, str]]]:  # fmt: skip
    """New codes, and who was left out and why. They end the codes that these members had before.

    For the members named: Invalid unless each may have one. Else for all below the unit, without those who have
    joined already unless ``only_missing`` is False; who may not have one is left out.
    """
    state = "not_joined" if member_ids is None and only_missing else None
    chosen = members_below(session, actor, unit_id, state)
    if member_ids is not None:
        chosen = chosen.where(Member.id.in_(member_ids))
    found = people(session, actor, chosen)
    left_out = [(person, why) for person in found if (why := hindrance(actor, person))]
    if member_ids is not None:
        wrong = {person.member.id: why for person, why in left_out}
        wrong |= dict.fromkeys(set(member_ids) - {person.member.id for person in found}, "unknown-member")
        if wrong:
            places = [(nth, wrong[id_]) for nth, id_ in enumerate(member_ids) if id_ in wrong]
            raise Invalid([FieldProblem(f"/member_ids/{nth}", why) for nth, why in places])
    hindered = {person.member.id for person, _ in left_out}
    invited = [person for person in found if person.member.id not in hindered]
    if not invited:
        raise Invalid([FieldProblem("/unit_id" if unit_id else "/member_ids", "nobody-to-invite")])
    return _issue(session, actor, invited, secret_key), left_out


def start_reset(session: Session, actor: Actor, member_id: uuid.UUID, secret_key: str) -> Issued:
    """A code by which the member chooses a new password. The old one stays good until the code is used."""
    person = _person_at(session, actor, member_id)
    why = "no-account-yet" if person.account is None else hindrance(actor, person)
    if why:
        raise Refused(why)
    return _issue(session, actor, [person], secret_key)[0]


def revoke(session: Session, actor: Actor, member_id: uuid.UUID) -> None:
    """The member's code is good for nothing from now on; nothing happens when none is out."""
    person = _person_at(session, actor, member_id)
    row = codes_of(session, [person.member.id], hold=True).get(person.member.id)
    if row is not None and row.is_live(actor.now):
        row.revoked_at = actor.now
        note(session, actor, "invitation.revoke", member_id, purpose=row.purpose)


def _person_at(session: Session, actor: Actor, member_id: uuid.UUID) -> Person:
    """The member that stands in an address. NotFound for one who cannot be seen, Refused for one beside the desk."""
    member = member_at(session, actor, member_id)
    found = people(session, actor, members_below(session, actor, None, None).where(Member.id == member.id))
    if not found:
        raise Refused("not-permitted")
    return found[0]


def _issue(session: Session, actor: Actor, invited: Sequence[Person], secret_key: str) -> list[Issued]:
    before = codes_of(session, [person.member.id for person in invited], hold=True)
    paths = _paths(session, {person.unit_id for person in invited}, actor.today)
    expires_at = actor.now + VALID
    issued = []
    for person in invited:
        code, member = new_code(), person.member
        row = before.get(member.id) or Invitation(member_id=member.id, joined_at=None)
        row.purpose, row.digest = person.purpose.value, digest(code, secret_key)
        row.issued_by_id, row.issued_at, row.expires_at = actor.member_id, actor.now, expires_at
        row.used_at, row.revoked_at, row.tries = None, None, 0
        session.add(row)
        note(session, actor, "invitation.issue", member.id, purpose=row.purpose, expires_at=expires_at.isoformat())
        issued.append(
            Issued(
                member.id,
                member.number,
                member.name,
                member.kana,
                *paths[person.unit_id],
                person.purpose,
                code,
                expires_at,
            )
        )
    resets = [one.member_id for one in issued if one.purpose is Purpose.RESET]
    if resets:
        notices.tell(session, "password-reset-started", resets, actor.now)
    session.flush()
    return issued


def _paths(
    session: Session, units: set[uuid.UUID], day: dt.date
) -> dict[uuid.UUID, tuple[str, tuple[str, ...]]]:  # fmt: skip
    """For each unit its brigade, or the topmost unit where there is none, and the names from below that down to it."""
    rows = session.execute(
        select(UnitTree.below_id, Unit.level, Unit.name)
        .join(Unit, Unit.id == UnitTree.above_id)
        .where(UnitTree.below_id.in_(units), valid_on(UnitTree, day))
        .order_by(UnitTree.depth.desc()),
        execution_options=INVITING,
    )
    lines: dict[uuid.UUID, list[tuple[str, str]]] = {}
    for unit_id, level, name in rows:
        lines.setdefault(unit_id, []).append((level, name))
    found = {}
    for unit_id, line in lines.items():
        start = next((nth for nth, (level, _) in enumerate(line) if level == Level.BRIGADE), 0)
        found[unit_id] = (line[start][1], tuple(name for _, name in line[start + 1 :]))
    return found
