"""The members below a leader's desk: who has joined with a phone, who has a card, and new cards to print."""

from __future__ import annotations

import uuid

from werkzeug.wrappers import Response as BaseResponse

from api import invitations
from api.console import typed
from api.console.office import units_to_choose
from api.console.pages import Console, Visit, sent
from api.console.unit_names import unit_names
from api.endpoint import Call
from api.invitation_schemas import STATES
from api.paging import page
from brigade.access import inviting
from brigade.access.invitees import MOST, Person, desks_of, hindrance, members_below, people
from brigade.organisation.member_search import MOST_LETTERS, named
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid
from brigade.texts import check_text

screens = Console("members")
TABS = ("not_joined", "invited", "joined", "all")
AT_ONCE = 50
"""Members on a page: their ids, when all are ticked, still fit into an address that every server takes."""


@screens.page("/members")
def members(visit: Visit) -> BaseResponse:
    """In kana order; those without an account first asked for. Of one unit, or of a name, where that is asked for."""
    tab = visit.args.get("tab", TABS[0])
    tab = tab if tab in TABS else TABS[0]
    unit_id = typed.id_of(visit.args["unit_id"]) if visit.args.get("unit_id") else None
    words, problems = check_text("/q", visit.args.get("q"), MOST_LETTERS, multiline=False)
    asked = members_below(visit.session, visit.actor, unit_id, tab if tab in STATES else None)
    if words and not problems:
        asked = asked.where(named(words))
    found = page(visit.session, asked, (Member.kana_sort, Member.id), visit.asked(AT_ONCE), lambda member: member)
    rows = [] if problems else invitations.listed_out(visit.session, visit.actor, found["items"])
    kept = {name: value for name, value in (("unit_id", unit_id), ("q", words)) if value}
    return visit.page(
        "members.html", 422 if problems else 200, problems=problems, rows=rows, tab=tab, tabs=TABS, kept=kept,
        q=visit.args.get("q", ""), units=units_to_choose(visit, over=desks_of(visit.actor)), unit_id=unit_id,
        more=None if problems else found["next_cursor"],
        names={str(id_): name for id_, name in unit_names(visit, [typed.id_of(one["unit"]["id"]) for one in rows]).items()},
    )  # fmt: skip


@screens.page("/members/cards", step_up=invitations.STEP_UP)
def ask_cards(visit: Visit) -> BaseResponse:
    """For whom cards will be made; nothing has been done yet."""
    return _page(visit, visit.args.getlist("member"))


def _page(
    visit: Visit, sent_ids: list[str], status: int = 200, problems: tuple[FieldProblem, ...] = ()
) -> BaseResponse:
    ids = [typed.id_of(one) for one in sent_ids[:MOST]]
    found = _people(visit, ids)
    able = [person for person in found if hindrance(visit.actor, person) is None]
    if not able and not problems:
        problems = (FieldProblem("/member", "nobody-to-invite"),)
    return visit.page("cards.html", status, problems=problems, people=able)


def _people(visit: Visit, ids: list[uuid.UUID]) -> list[Person]:
    chosen = members_below(visit.session, visit.actor, None, None).where(Member.id.in_(ids))
    return people(visit.session, visit.actor, chosen)


@screens.act("/members/cards", step_up=invitations.STEP_UP)
def makes_cards(visit: Visit) -> BaseResponse:
    """New codes, one A5 page each. Those made before are good for nothing any more."""
    chosen = visit.form.getlist("member")
    ids = [typed.id_of(one) for one in dict.fromkeys(chosen[:MOST])]
    try:
        issued, _ = inviting.invite(visit.session, visit.actor, invitations.secret_key(), member_ids=ids)
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, chosen, 422, tuple(FieldProblem("/member", one.code) for one in invalid.problems[:1]))
    return sent(invitations.cards_of(Call(visit.session, visit.actor), issued))
