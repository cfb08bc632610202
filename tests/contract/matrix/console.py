"""The policy of the console: ``docs/howto/use-the-console.md``, and what the same step over the API is allowed to.

A page that one sees but may not use is refused there by 403 or by 404, as there is no form for it; what one does not see
is 404. A list of many says inside what became of each, so there only a change of the store tells.
"""

from __future__ import annotations

import io
from typing import Any

from tests import make
from tests.contract.matrix import activity, organisation, own, reports
from tests.contract.matrix.activity import (
    closes,
    its_leader,
    sees_edition,
    sees_event,
    sees_job,
    sees_page,
    sees_picture,
)
from tests.contract.matrix.organisation import asks, bureau, is_leader, its_id, officer, officer_over, over, sees_unit
from tests.contract.matrix.people import Person
from tests.contract.matrix.rows import Row, no, nothing
from tests.contract.matrix.seeds import AWAY
from tests.contract.matrix.town import Thing, Town

C = "/console"


def page(rule: str, things: str = "", **said: Any) -> Row:
    return Row(f"GET {C}{rule}", things, **said)


def form(rule: str, things: str = "", send: Any = nothing, **said: Any) -> Row:
    return Row(f"POST {C}{rule}", things, send=send, **said)


def fills(**said: Any) -> Any:
    """Fields of a form; ``version`` is that of the thing."""

    def send(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
        data = {"version": str(thing.version)}
        return {"data": data | {name: value(town, thing) if callable(value) else value for name, value in said.items()}}

    return send


def for_squad(**said: Any) -> Any:
    """A form about a squad, seen from the squad itself."""
    return lambda town, me, unit: {"data": {"unit_id": unit.id, "squad_id": unit.id, **said}}


def of_unit(**said: Any) -> Any:
    """A form whose unit stands in its address or its fields."""

    def send(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
        data = {"version": "1", "unit_id": thing.id, **said}
        return {"data": data, "query_string": {"unit_id": thing.id}}

    return send


def step(action: str, rule: str = "", **said: Any) -> Row:
    """The same step as over the API."""
    row = reports.step(action)
    return form(
        rule or f"/reports/{{report_id}}/{action}",
        "reports",
        fills(**said),
        sees=row.sees,
        may=row.may,
        state=row.state,
    )


def asks_for(action: str) -> Row:
    """The page before a step; to whom may not take it, it says so in place of the form."""
    return page(f"/reports/{{report_id}}/{action}", "reports", sees=reports.reads)


def ticked(town: Town, me: Person, one: Thing) -> dict[str, Any]:
    """A report ticked in the list."""
    return {"data": {"item": f"{one.id}:{one.version}"}}


def of_the_squad(me: Person, event: Thing) -> bool:
    """Whoever files for the squad on the event's day: its members, and who holds a post over it."""
    return not activity.squad_unseen(me, event)


def holds_a_post(me: Person) -> bool:
    return bool(me.posts)


def sealed_there(unit: Thing) -> int:
    """A month is sealed at the station or a brigade."""
    return 0 if unit.unit in activity.SEALED else 409


SOMEBODY = {
    "K1-1-1": "squad11b",
    "K1-2-2": "squad22a",
    "K3-1-1": "squad31a",
    "K2-1-1": "squad41a",
    "BK1-1-1": "Bsquad11b",
}
NAMED = {"K1-1-1": "squad11a", "K1-1-2": "squad12a", "K1-1": "squad11a", "K1-2-2": "squad22a", "K1": "company1",
         "K3-1-1": "squad31a", "K2": "squad41a", "S1": "squad11a", "S2": "squad41a", "B": "squad11a",
         "BK1-1-1": "Bsquad11a", "BB": "Bsquad11a"}  # fmt: skip


REPORTS = [
    page("/reports"),
    page("/reports/{report_id}", "reports", sees=reports.reads),
    asks_for("return"), asks_for("step-back"), asks_for("withdraw"), asks_for("correct"),
    step("approve"), step("undo"), step("return", comment="時刻"), step("step-back", comment="時刻"),
    step("withdraw", comment="二重でした"),
    step("correct", comment="時刻", day="2026-11-18", start="05:00", end="06:00", place="本町",
         person=lambda town, report: [town.id(who) for who in report.people]),
    page("/pictures/{attachment_id}", "pictures", sees=sees_picture),
    page("/pictures/{attachment_id}/small", "pictures", sees=sees_picture),
    page("/inbox"), page("/inbox/approve"), page("/inbox/done"),
    form("/inbox/approve", "reports", ticked, inside=True,
         sees=reports.reads, may=activity.many("approve").may, state=activity.many("approve").state),
    form("/inbox/undo", "reports", ticked, inside=True,
         sees=reports.reads, may=activity.many("undo").may, state=activity.many("undo").state),
]  # fmt: skip
PLAN = {"kind": "T-01", "title": "夜警", "day": "2026-11-26", "start": "20:00", "end": "21:00", "place": "", "note": "",
        "every": "", "count": ""}  # fmt: skip
EVENTS = [
    page("/events"), page("/plans"), page("/plans/new"),
    page("/events/{event_id}/squads/{unit_id}", "events", sees=sees_event, may=of_the_squad),
    form("/events/{event_id}/squads/{unit_id}", "events", lambda town, me, event: {"data": {
        "id": "0199a3c0-0000-7000-8000-00000000f0a0", "start": "20:00", "end": "21:00", "place": "", "summary": "",
        "person": [town.id(SOMEBODY.get(event.at, ""))]}},
        sees=sees_event, may=of_the_squad, for_me=lambda me, event: me.login == "moved" and event.at == "K1-1-1", other=422),
    form("/events/{event_id}/squads/{unit_id}/nobody", "events", sees=sees_event, may=activity.answers_for,
         for_me=activity.squad_unseen, other=422),
    form("/events/{event_id}/squads/{unit_id}/somebody", "answered events", sees=sees_event, may=activity.answers_for,
         for_me=activity.squad_unseen, other=404),
    page("/plans/{event_id}", "events", sees=sees_event),
    page("/plans/{event_id}/change", "events", sees=sees_event, may=activity.plans),
    form("/plans/{event_id}/change", "events", fills(**PLAN), sees=sees_event, may=activity.plans),
    form("/plans/{event_id}/cancel", "events", fills(reason="雨"), sees=sees_event, may=activity.plans),
    form("/plans/{event_id}/reopen", "cancelled events", fills(), sees=sees_event, may=activity.plans),
    form("/plans/new", "units", lambda town, me, unit: {"data": {
        **PLAN, "id": "0199a3c0-0000-7000-8000-00000000f0a1", "unit_id": unit.id}}, sees=sees_unit, may=over, unseen=422),
]  # fmt: skip
OF_A_UNIT: dict[str, Any] = {"sees": sees_unit, "may": over, "send": asks(unit_id=its_id)}
MONTHS = [
    page("/months", who=holds_a_post),
    page("/months/{month}", "units", **OF_A_UNIT),
    page("/months/{month}/sums", "units", **OF_A_UNIT),
    page("/months/{month}/figures", "units", **OF_A_UNIT),
    page("/months/{month}/report.pdf", "units", **OF_A_UNIT),
    page("/months/{month}/seal", "units", sees=sees_unit, may=closes, send=asks(unit_id=its_id), state=sealed_there),
    page("/months/{month}/silent", "units", **OF_A_UNIT),
    page("/months/{month}/excuse", "units", sees=sees_unit, may=activity.decides_for,
         send=asks(unit_id=its_id, squad_id=its_id), path=activity.months("2026-09")),
    form("/months/{month}/nil", "units", for_squad(), sees=sees_unit, may=activity.decides_for, path=activity.months("2026-09")),
    form("/months/{month}/excuse", "units", for_squad(reason="病気", until="2026-12-20"), sees=sees_unit, may=activity.decides_for,
         path=activity.months("2026-09")),
    form("/months/{month}/unsay", "nil units", for_squad(saying="nil"), sees=sees_unit, may=activity.decides_for,
         path=activity.months("2026-08")),
    form("/months/{month}/seal", "units", of_unit(), sees=sees_unit, may=closes, state=sealed_there),
    form("/months/{month}/complete", "units", of_unit(), sees=sees_unit, may=its_leader, path=activity.months("2026-09")),
    form("/months/{month}/reopen", "complete units", of_unit(), sees=sees_unit, may=its_leader,
         path=activity.months("2026-08")),
    page("/jobs/{job_id}", "jobs", sees=lambda me, job: sees_job(me, job) and job.name.startswith("sealing")),
    page("/statistics", "units", **OF_A_UNIT),
    page("/editions"),
    page("/editions/{edition_id}", "editions", sees=sees_edition),
    page("/editions/{edition_id}/sums", "editions", sees=over, send=activity.of_the_whole),
    page("/editions/{edition_id}/differences", "editions", sees=over, state=activity.first_one, send=activity.of_the_whole),
    page("/editions/{edition_id}/figures", "editions", sees=over, send=activity.of_the_whole),
    page("/editions/{edition_id}/files/{name}", "editions", sees=over, counts=True, send=activity.of_the_whole,
         path=lambda thing: {"name": "report.csv"}),
]  # fmt: skip
PEOPLE = [
    page("/members", who=organisation.invites), page("/members/cards", who=organisation.invites), page("/deputies"),
    form("/members/cards", "newcomers", lambda town, me, one: {"data": {"member": [one.id]}}, inside=True,
         sees=organisation.below_desk),
    page("/deputies/{unit_id}", "units", sees=sees_unit, may=lambda me, unit: unit.unit in me.leads),
    form("/deputies/{unit_id}", "units", lambda town, me, unit: {"data": {
        "version": "1", "first": "2026-11-20", "last": "", "place1": town.id(NAMED.get(unit.unit, ""))}},
         sees=sees_unit, may=lambda me, unit: unit.unit in me.leads),
    form("/deputies/{unit_id}/end", "units", fills(), sees=sees_unit, may=is_leader),
    form("/deputies/leave", "", fills(**{"from": "2026-11-28", "to": "2026-11-29"}), who=holds_a_post,
         for_me=lambda me, thing: me.login == "squad21" or me.login in AWAY, other=422),
    form("/deputies/leave/{absence_id}/end", "absences", fills(), sees=lambda me, one: me.login == one.by or me.over(one.unit),
         may=organisation.ends_absence),
]  # fmt: skip
PAPER = [
    page("/scans"), form("/scans", "", lambda town, me, thing: {"data": {"file": (io.BytesIO(b"%PDF-said [1]"), "紙.pdf")}}),
    page("/scans/{scan_id}", "pages", sees=sees_page),
    page("/scans/{scan_id}/pages/{n}", "pages", sees=sees_page),
    page("/scans/{scan_id}/pages/{n}/check", "pages", sees=sees_page),
    page("/scans/{scan_id}/pages/{n}/done", "pages", sees=sees_page),
    page("/scans/{scan_id}/pages/{n}/picture", "pages", sees=sees_page),
    page("/scans/{scan_id}/pages/{n}/fields/{name}", "pages", sees=sees_page),
    form("/scans/{scan_id}/pages/{n}", "pages", fills(field="place", **{"value.place": "本町"}), sees=sees_page),
    form("/scans/{scan_id}/pages/{n}/form", "pages", fills(form="old-month"), sees=sees_page),
    form("/scans/{scan_id}/pages/{n}/confirm", "pages", fills(), sees=sees_page),
    form("/scans/{scan_id}/pages/{n}/discard", "pages", fills(reason="メモ"), sees=sees_page),
]  # fmt: skip
AT = "/office"
"""Where an office's pages stand."""

OFFICE = [
    page(AT, who=officer), page(f"{AT}/audit", who=officer), page(f"{AT}/kinds", who=officer), page(f"{AT}/pay", who=officer),
    page(f"{AT}/devices", who=officer),
    page(f"{AT}/devices/{{member_id}}", "members", who=officer, sees=organisation.sees_member, may=officer_over),
    form(f"{AT}/devices/{{member_id}}/sign-out", "members", who=officer, sees=organisation.sees_member, may=officer_over),
    page(f"{AT}/disputes", who=officer),
    page(f"{AT}/disputes/{{dispute_id}}", "disputes", who=officer, sees=own.sees_dispute),
    form(f"{AT}/disputes/{{dispute_id}}/settle", "disputes", fills(outcome="dismissed", comment="確かめました"), who=officer,
         sees=own.sees_dispute, may=own.settles),
    page(f"{AT}/pay/what-if", "units", who=officer, sees=sees_unit, may=over,
         send=asks(unit_id=its_id, rule_set="yokohama-2024", **{"from": "2026-09", "to": "2026-09"})),
    page(f"{AT}/moves", who=bureau),
    page(f"{AT}/moves/{{member_id}}", "members", who=bureau, sees=organisation.sees_member),
    form(f"{AT}/moves/{{member_id}}/transfer", "members", lambda town, me, one: {"data": {
        "unit_id": town.id("BK1-2-1" if one.name.startswith("B") else "K1-2-1"), "on": ""}}, who=bureau,
        sees=organisation.sees_member),
    form(f"{AT}/moves/{{member_id}}/away", "members", fills(absence="suspension", valid_from="2027-01-10", valid_to="2027-01-10"), who=bureau,
         sees=organisation.sees_member),
    form(f"{AT}/moves/{{member_id}}/away/{{absence_id}}/end", "absences", fills(), who=bureau, sees=lambda me, one: me.over(one.unit),
         path=lambda one: {"member_id": one.id}),
    form(f"{AT}/moves/{{member_id}}/leave", "members", fills(left_on="2026-11-20"), who=bureau, sees=organisation.sees_member),
    page(f"{AT}/units", "units", who=bureau, sees=sees_unit, send=asks(unit_id=its_id)),
    page(f"{AT}/units/{{unit_id}}/{{what}}", "units", who=bureau, sees=sees_unit, path=lambda unit: {"what": "rename"}),
    form(f"{AT}/units/{{unit_id}}/{{what}}", "units", fills(name="新しい名前", on=""), who=bureau, sees=sees_unit,
         path=lambda unit: {"what": "rename"}),
    page(f"{AT}/posts", who=officer), page(f"{AT}/posts/appoint", who=bureau),
    form(f"{AT}/posts/appoint", "members", lambda town, me, one: {"data": {
        "member_id": (town.other if one.name.startswith("B") else town.city).people[one.name].number
        if one.name in (town.other if me.login.startswith("B") else town.city).people else "nobody",
        "unit_id": town.id("BK1-1-1" if me.login.startswith("B") else "K1-1-2"), "post": "squad_leader", "on": "2026-11-20"}},
        who=bureau, sees=organisation.sees_member, unseen=422),
    page(f"{AT}/posts/{{post_id}}/end", "posts", who=bureau, sees=over),
    form(f"{AT}/posts/{{post_id}}/end", "posts", fills(on="2026-11-20"), who=bureau, sees=over),
    page(f"{AT}/requests", who=bureau),
    form(f"{AT}/requests/enter", "", lambda town, me, thing: {"data": {
        "kind": "show", "words": "見せてください", "received_on": "2026-11-19", "number":
        (town.other if me.login.startswith("B") else town.city).people[f"{'B' if me.login.startswith('B') else ''}squad12a"].number}},
        who=bureau),
    page(f"{AT}/requests/{{request_id}}", "requests", who=bureau, sees=over),
    form(f"{AT}/requests/{{request_id}}/accept", "requests", fills(answer="お渡しします"), who=bureau, sees=over, may=own.answers),
    form(f"{AT}/requests/{{request_id}}/extend", "requests", fills(extension="調べています"), who=bureau, sees=over, may=own.answers),
    form(f"{AT}/requests/{{request_id}}/refuse", "requests", fills(reason="お見せできません"), who=bureau, sees=over, may=own.answers),
    page(f"{AT}/retention", who=bureau), page(f"{AT}/retention/holds", who=bureau), page(f"{AT}/retention/times", who=bureau),
    form(f"{AT}/retention/mark", "", who=bureau, inside=True, may=no, never=True),
    form(f"{AT}/retention/{{run_id}}/undo", "runs", who=bureau, sees=over),
    form(f"{AT}/retention/holds/place", "", fills(kind="month", subject="2026-06", reason="監査"), who=bureau),
    form(f"{AT}/retention/holds/{{hold_id}}/lift", "holds", who=bureau, sees=over),
    page(f"{AT}/retention/person", who=bureau),
    form(f"{AT}/retention/person/{{member_id}}/mark", "leavers", fills(reason="本人の請求"), who=bureau, sees=over),
    form(f"{AT}/retention/times/set", "", fills(picture="7"), who=bureau),
    page(f"{AT}/rosters", who=officer),
    form(f"{AT}/rosters", "", organisation.roster, who=officer),
    page(f"{AT}/rosters/{{import_id}}", "rosters", who=officer, sees=organisation.sees_roster),
    form(f"{AT}/rosters/{{import_id}}/apply", "rosters", fills(), who=officer, sees=organisation.sees_roster),
    page(f"{AT}/settings", "units", who=officer, sees=sees_unit, send=asks(unit_id=its_id)),
    form(f"{AT}/settings/change", "units", of_unit(deputy_after_days="3"), who=officer, sees=sees_unit, may=over),
]  # fmt: skip
OPEN = [
    page("/sign-in", open=True), page("/sign-in/code", open=True), page("/static/{name}", open=True,
                                                                        path=lambda thing: {"name": "console.css"}),
    page("/{rest}", open=True, path=lambda thing: {"rest": "nope"}, good=404, why="no such page"),
    form("/sign-in", "", fills(login="squad12a", password=make.PASSWORD), open=True),
    form("/sign-in/code", "", fills(code="000000"), open=True, inside=True, may=no, never=True),
    form("/sign-in/passkey", "", open=True, inside=True, may=no, never=True),
    form("/sign-in/passkey/options", "", open=True, inside=True, may=no, never=True),
    form("/view", "", fills(language="en"), open=True, idle=True),
]  # fmt: skip
OWN = [
    page("/"), page("/help"), page("/account"), page("/account/app"), page("/prove"),
    form("/account/app"), form("/account/app/confirm", "", fills(code="000000"), inside=True, may=no, never=True),
    form("/account/app/remove", inside=True, may=no, never=True), form("/account/codes", may=lambda me, thing: me.login in organisation.GUARDED),
    form("/account/devices/{device_id}/sign-out", "devices", sees=own.ones_own),
    form("/account/devices/sign-out-others"),
    page("/account/notices"), page("/account/password"),
    form("/account/notices", "", fills(version="0", email="", digest_hour="20", language="en", quiet_from="22:00", quiet_to="07:00")),
    form("/account/notices/code", good=404, why=own.NOTHING_SET),
    form("/account/notices/confirm", "", fills(code="123456"), good=422, why=own.NOTHING_SET),
    form("/account/password", "", fills(**own.PASSWORDS)),
    form("/account/passkeys", inside=True, may=no, never=True),
    form("/account/passkeys/options", inside=True, may=no, never=True),
    form("/account/passkeys/{passkey_id}/remove", "passkeys", sees=own.ones_own),
    form("/prove", "", fills(secret=make.PASSWORD), idle=True), form("/prove/passkey", counts=True, inside=True, may=no, never=True),
    form("/prove/passkey/options", inside=True, may=no, never=True),
    form("/sign-out", good=401, why="it leads to the door", counts=True),
]  # fmt: skip
ROWS = [*REPORTS, *EVENTS, *MONTHS, *PEOPLE, *PAPER, *OFFICE, *OPEN, *OWN]
