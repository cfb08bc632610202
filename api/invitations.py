"""How a member joins: a printed code, used once; and the way back in for who forgot the password."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import filenames
from api.endpoint import PUBLIC, Answer, Call, Resource
from api.invitation_schemas import AcceptIn, HolderOut, InvitationOut, InvitationsQuery, InvitedOut, InviteIn, IssuedOut
from api.paging import page, page_schema
from api.present import Names, instant
from api.problems import language
from api.second_factors import PASSKEY_NAME, OptionsOut, site_here
from api.sessions import TokensOut, sign_in
from brigade.access import inviting, joining, passkeys, passwords, throttle
from brigade.access.device_sessions import Factor
from brigade.access.invitation_codes import Issued, join_address, shown
from brigade.access.invitations import INVITING, codes_of
from brigade.access.invitees import Person, hindrance, members_below, people, who_joined
from brigade.access.joining import Invited
from brigade.access.passkeys import Purpose
from brigade.actor import Actor
from brigade.dates import tokyo_day, utc_now
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, Problem
from brigade.settings import Settings
from brigade.wording import text

resource = Resource("invitations", "招待 Invitations")
STEP_UP = "role-change"
"""Who makes codes can become others: a fresh proof is asked for where it is for appointing them."""


# --- For who invites --------------------------------------------------------------------------------------------------


@resource.get(
    "/invitations", "Who has joined, who has a code", query=InvitationsQuery(), returns=page_schema(InvitationOut())
)
def listed(call: Call) -> dict[str, Any]:
    """The members below one's desk, in kana order. For leaders, who acts for them, and officers."""
    asked = members_below(call.session, call.actor, call.query["unit_id"], call.query["state"])
    keys = (Member.kana_sort, Member.id)
    found = page(call.session, asked, keys, {**call.query, "count": False}, lambda member: member)
    found["items"] = listed_out(call.session, call.actor, found["items"])
    if call.query["count"]:
        counted = select(func.count()).select_from(asked.with_only_columns(Member.id).subquery())
        found["count"] = call.session.scalar(counted, execution_options=INVITING)
    return found


def listed_out(session: Session, actor: Actor, rows: Sequence[Member]) -> list[dict[str, Any]]:
    """These members as answered: joined or not, the code that is out, and why one may make none."""
    ids = [member.id for member in rows]
    chosen = members_below(session, actor, None, None).where(Member.id.in_(ids))
    found = {person.member.id: person for person in people(session, actor, chosen)}
    joined = who_joined(session, ids)
    codes = codes_of(session, ids)
    units = [person.unit_id for person in found.values()]
    names = Names(session, [row.issued_by_id for row in codes.values()], units)
    items = []
    for member in rows:
        row, person = codes.get(member.id), found[member.id]
        live = row if row is not None and row.is_live(actor.now) else None
        why = hindrance(actor, person)
        items.append(
            {
                "member": _person(member),
                "kana": member.kana,
                "unit": names.unit(person.unit_id),
                "joined": member.id in joined,
                "live_code": {"purpose": live.purpose, "expires_at": instant(live.expires_at)} if live else None,
                "issued_at": instant(row.issued_at) if row else None,
                "issued_by": names.member(row.issued_by_id) if row else None,
                "no_code": _no_code(why) if why else None,
            }
        )
    return items


def _person(of: Member | Issued) -> dict[str, str]:
    id_ = of.id if isinstance(of, Member) else of.member_id
    return {"id": str(id_), "number": of.number, "name": of.name}


@resource.post("/invitations", "Make codes", body=InviteIn(), returns=InvitedOut(), status=201, step_up=STEP_UP)
def invite(call: Call) -> dict[str, Any]:
    """New codes to show or read out, once. They end those made before. Who has an account gets one that sets a new
    password.
    """
    issued, left_out = _invited(call)
    return {"items": [_issued(one) for one in issued], "left_out": [_left_out(*one) for one in left_out]}


@resource.post(
    "/invitations/cards",
    "Make codes as cards to print",
    body=InviteIn(),
    media_type="application/pdf",
    status=201,
    step_up=STEP_UP,
)
def cards(call: Call) -> Answer:
    """The same as one A5 page for each member."""
    issued, _ = _invited(call)
    return cards_of(call, issued)


@resource.delete("/invitations/<uuid:member_id>", "Revoke a code", status=204)
def revoke(call: Call, member_id: uuid.UUID) -> None:
    """The member's code that is out is good for nothing any more."""
    inviting.revoke(call.session, call.actor, member_id)


@resource.post(
    "/members/<uuid:member_id>/password-reset", "Start a reset", returns=IssuedOut(), status=201, step_up=STEP_UP
)
def reset(call: Call, member_id: uuid.UUID) -> dict[str, Any]:
    """A code by which the member chooses a new password; the old one is good until then. The member is told."""
    return _issued(inviting.start_reset(call.session, call.actor, member_id, secret_key()))


@resource.post(
    "/members/<uuid:member_id>/password-reset/card", "Start a reset, as a card to print",
    media_type="application/pdf", status=201, step_up=STEP_UP,
)  # fmt: skip
def reset_card(call: Call, member_id: uuid.UUID) -> Answer:
    """The same as an A5 page."""
    return cards_of(call, [inviting.start_reset(call.session, call.actor, member_id, secret_key())])


def _invited(call: Call) -> tuple[list[Issued], list[tuple[Person, str]]]:
    if call.body["member_ids"] is None and call.body["unit_id"] is None:
        raise Invalid([FieldProblem("/member_ids", "required")])
    return inviting.invite(call.session, call.actor, secret_key(), **call.body)


def _settings() -> Settings:
    return current_app.config["BRIGADE"]  # type: ignore[no-any-return]  # a mapping of anything


def secret_key() -> str:
    """The installation's secret, under which codes are kept."""
    return _settings().secret_key


def _secret_keys() -> tuple[str, ...]:
    return (_settings().secret_key, *_settings().old_secret_keys)


def _issued(one: Issued) -> dict[str, Any]:
    return {
        "member": _person(one),
        "kana": one.kana,
        "brigade": one.brigade,
        "unit_path": list(one.unit_path),
        "purpose": one.purpose.value,
        "code": shown(one.code),
        "address": join_address(_settings().base_url, one.code),
        "expires_at": instant(one.expires_at),
    }


def _left_out(person: Person, why: str) -> dict[str, Any]:
    return {"member": _person(person.member), **_no_code(why)}


def _no_code(why: str) -> dict[str, str]:
    return {"code": why, "message": text(f"problem.{why}.detail", language())}


def cards_of(call: Call, issued: Sequence[Issued]) -> Answer:
    """The codes as cards, one A5 page each; what was done stands before they are drawn."""
    from reports.invitation_card import cards_pdf  # reportlab is loaded when the first document is asked for

    call.session.commit()  # drawing takes longer than all the rest: no writer should wait for it
    pdf = cards_pdf(issued, base_url=_settings().base_url, made_at=call.actor.now)
    day = tokyo_day(call.actor.now)
    headers = filenames.named(
        "inline", f"invitation-cards-{day:%Y%m%d}.pdf", filenames.what("cards"), filenames.when(day.isoformat())
    )
    return Answer(pdf, media_type="application/pdf", headers=headers)


# --- For who is invited -----------------------------------------------------------------------------------------------


@resource.get(
    "/auth/invitations/<code>", "Whom a code is for", needs=PUBLIC, returns=HolderOut(), problems=(429,), writes=True
)
def holder(call: Call, code: str) -> dict[str, Any]:
    """Every code that cannot be used for the first time, whatever the reason, is answered alike. It writes: each try
    is counted.
    """
    found = _holder(call.session, code, utc_now())
    return {
        "name": found.member.name,
        "number": found.member.number,
        "login": found.login,
        "purpose": found.purpose,
        "expires_at": instant(found.expires_at),
    }


def _holder(session: Session, code: str, now: dt.datetime) -> Invited:
    counted = throttle.count_try(session, throttle.limits_of_invitation(request.remote_addr or ""), now)
    found = joining.look_up(session, code, _secret_keys(), now)
    if found is None:
        raise _unknown()
    throttle.take_back(session, counted)
    return found


def _unknown() -> Problem:
    refusal = Problem("invitation-unknown")
    refusal.keep = True  # the try stays counted
    return refusal


@resource.post(
    "/auth/invitations/<code>/passkey", "Begin to join with a passkey", needs=PUBLIC, returns=OptionsOut(),
    problems=(409, 429),
)  # fmt: skip
def begin_with_passkey(call: Call, code: str) -> dict[str, Any]:
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`; good for five minutes. The code stays good."""
    site, now = site_here(), utc_now()
    found = _holder(call.session, code, now)
    challenge = passkeys.new_challenge(call.session, Purpose.JOIN, None, now)
    return {
        "options": passkeys.registration_options(site, challenge, found.account_id, found.login, found.member.name, ())
    }


@resource.post(
    "/auth/invitations/<code>", "Accept an invitation", needs=PUBLIC, body=AcceptIn(), returns=TokensOut(), status=201,
    problems=(401, 409, 429),
)  # fmt: skip
def accept(call: Call, code: str) -> dict[str, Any]:
    """Makes the account, or sets the new password and signs all devices out; and signs this one in. Sent again with
    the same password, as after a lost answer, it only signs in again. With a passkey instead of a password there is none;
    after a lost answer the passkey signs in.
    """
    if call.body.keys() >= {"password", "credential"}:
        raise Invalid([FieldProblem("", "one-of-two", {"one": "password", "two": "credential"})])
    if not call.body.keys() & {"password", "credential"}:
        raise Invalid([FieldProblem("/password", "required")])
    if "credential" in call.body:
        return _accept_with_passkey(call, code)
    session, now = call.session, utc_now()
    for _ in range(2):  # again where another one with this code was quicker by a moment
        counted = throttle.count_try(session, throttle.limits_of_invitation(request.remote_addr or ""), now)
        found = joining.look_up(session, code, _secret_keys(), now, again=True)
        if found is not None and not found.is_used:
            throttle.take_back(session, counted)
        # The password is worked on outside any transaction: it takes longer than all the rest of a request.
        session.expunge_all()
        session.commit()
        fits, hashed = _worked_on(found, call.body["password"])
        if found is None or not fits:
            raise _unknown()
        session.connection(execution_options={"writing": True})
        if found.is_used:
            throttle.take_back(session, counted)
        account = joining.accept(session, found, hashed, now)
        if account is not None:
            return sign_in(session, account, found.member, call.body["device_name"], Factor.INVITATION, now, None)
    raise _unknown()


def _accept_with_passkey(call: Call, code: str) -> dict[str, Any]:
    session, site, now = call.session, site_here(), utc_now()
    passkey = passkeys.made_by(session, site, Purpose.JOIN, call.body["credential"], now)
    account = joining.accept(session, _holder(session, code, now), passwords.NONE, now)
    if account is None:
        raise _unknown()
    passkeys.keep(session, account.id, passkey, call.body["device_name"] or PASSKEY_NAME)
    found = session.get_one(Member, account.member_id, execution_options=joining.BY_CODE)
    return sign_in(session, account, found, call.body["device_name"], Factor.PASSKEY, now, None)


def _worked_on(found: Invited | None, password: str) -> tuple[bool, str | None]:
    """Whether the password will do, and its hash where it is a new one. Takes as long whatever was found."""
    if found is None or found.is_used:
        return passwords.fits(found.password_hash if found else None, password), None
    passwords.check_new_password(password, names=found.names, second_factor=False, pointer="/password")
    return True, passwords.hash_password(password)
