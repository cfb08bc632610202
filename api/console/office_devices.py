"""A lost phone: the member is found by name or number, and signed out everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.console.unit_names import unit_names
from api.endpoint import OFFICERS
from brigade.access.lost_phones import sign_out
from brigade.organisation.member_search import MOST_LETTERS, find_members
from brigade.organisation.office import member_at
from brigade.organisation.people import Member, Membership
from brigade.organisation.units import valid_on

screens = Console("office_devices")
MOST = 30
"""People in the list; whoever is not among them is found by more of the name."""


@screens.page("/office/devices", needs=OFFICERS)
def devices(visit: Visit) -> BaseResponse:
    """Who it is."""
    return visit.page("devices.html", **searched(visit))


def searched(visit: Visit) -> dict[str, Any]:
    """What the macro ``finder`` shows: the words of the address, and the people whom they find."""
    words = visit.args.get("q", "").strip()[:MOST_LETTERS]
    return {"words": words, "people": with_units(visit, find_members(visit.session, words, MOST)), "most": MOST}


def with_units(visit: Visit, members: Sequence[Member]) -> list[tuple[Member, str]]:
    """Each member with the name of the unit to which they belong today, empty for those out of the service."""
    here = select(Membership.member_id, Membership.unit_id).where(
        Membership.member_id.in_([member.id for member in members]), valid_on(Membership, visit.actor.today)
    )
    places = dict(visit.session.execute(here).all())
    names = unit_names(visit, places.values())
    return [(member, names[places[member.id]] if member.id in places else "") for member in members]


@screens.page("/office/devices/<uuid:member_id>", needs=OFFICERS)
def member(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """Whether it is the right one, and what it will do."""
    [(found, unit)] = with_units(visit, (member_at(visit.session, visit.actor, member_id),))
    return visit.page("device-sign-out.html", member=found, unit=unit)


@screens.act("/office/devices/<uuid:member_id>/sign-out", needs=OFFICERS)
def signs_out(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """Everything of theirs is out with its next request."""
    count = sign_out(visit.session, visit.actor, member_id)
    browser.say("console.said.devices_out" if count else "console.said.no_devices", count=count)
    return go("console_office_devices.devices")
