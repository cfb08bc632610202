"""Levels, posts and member types: the words of the organisation, and which post leads which level. Pure."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """The levels of the tree from the top down; which of them a city has varies, the order does not."""

    BUREAU = "bureau"
    STATION = "station"
    BRIGADE = "brigade"
    COMPANY = "company"
    SECTION = "section"
    SQUAD = "squad"


LEVELS = tuple(Level)


class MemberType(StrEnum):
    """Ordinary (基本団員), function-limited (機能別団員: agreed roles only), staff of station and bureau (職員)."""

    ORDINARY = "ordinary"
    FUNCTION_LIMITED = "function_limited"
    STAFF = "staff"


class Typed(NamedTuple):
    """A type of member on these days; ``last`` None is open."""

    member_type: str
    first: dt.date
    last: dt.date | None


class PostName(StrEnum):
    """The posts of the contract; ``member`` is the rank of one who holds no other."""

    MEMBER = "member"
    SQUAD_LEADER = "squad_leader"
    DEPUTY_SQUAD_LEADER = "deputy_squad_leader"
    SECTION_LEADER = "section_leader"
    COMPANY_LEADER = "company_leader"
    DEPUTY_COMPANY_LEADER = "deputy_company_leader"
    BRIGADE_LEADER = "brigade_leader"
    DEPUTY_BRIGADE_LEADER = "deputy_brigade_leader"
    STATION_OFFICER = "station_officer"
    BUREAU_OFFICER = "bureau_officer"


P = PostName
LEADS = {
    Level.SQUAD: P.SQUAD_LEADER,
    Level.SECTION: P.SECTION_LEADER,
    Level.COMPANY: P.COMPANY_LEADER,
    Level.BRIGADE: P.BRIGADE_LEADER,
    Level.STATION: P.STATION_OFFICER,
    Level.BUREAU: P.BUREAU_OFFICER,
}
"""Who decides at a level."""

DEPUTIES = {
    Level.SQUAD: P.DEPUTY_SQUAD_LEADER,
    Level.COMPANY: P.DEPUTY_COMPANY_LEADER,
    Level.BRIGADE: P.DEPUTY_BRIGADE_LEADER,
}
"""Who stands first in the order of deputies of a level, before those named in ``DeputyPlace``."""

POST_LEVEL = {post: level for table in (LEADS, DEPUTIES) for level, post in table.items()}
"""The level of unit at which a post can be held; a plain member's is wherever the membership is."""
