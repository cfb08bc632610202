"""The checker: what a store holds after a life, against what people sent and were told.

Every complaint begins with ``lost``, ``doubled`` or ``half-applied``, or names another promise that was broken. It reads
plain SQL, files and the API, and knows none of the product's rules but those that it states itself.
"""

from __future__ import annotations

import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.faults.contents import Contents, hexed, instant
from tests.faults.household import Household
from tests.faults.memory import Act, Memory
from tests.faults.people import Person
from tests.faults.verdict_on_work import works

BY_ITSELF = ("create", "pass", "seal")
"""Events that nobody asks for by a step of their own: the first belongs to the report, the last to the month."""


def verdict(found: Contents, house: Household, memory: Memory, people: list[Person]) -> Counter[str]:
    """How often each complaint is to be made of what was found when everybody rested; the server is up again."""
    told = [*memory.complaints, *(f"damaged: {what}" for what in found.damage)]
    checks: list[Callable[[Contents, Memory], Iterator[str]]] = [reports, histories, acts, batches, numbers, notices]
    for check in checks:
        told += check(found, memory)
    told += works(found, memory, house)
    told += read_back(found, memory, people)
    return Counter(told)


# --- Reports ----------------------------------------------------------------------------------------------------------


def reports(found: Contents, memory: Memory) -> Iterator[str]:
    """Each that was acknowledged is there, once, as it was sent; none that nobody sent."""
    sent = {hexed(id_): (id_, *said) for id_, said in memory.sent.items()}
    answers = Counter(row["id"] for row in found.rows["creations"] if row["resource"] == "activity-report")
    places = Counter((row["author_id"], row["started_at"]) for row in found.rows["reports"])
    yield from ["doubled report"] * sum(number - 1 for number in places.values())
    yield from ["doubled report"] * len(found.reports.keys() - sent.keys())
    for key, (id_, login, body) in sent.items():
        answer, row = memory.told.get(id_), found.reports.get(key)
        if answer is not None and answer.status != 201:
            yield f"report refused with {answer.status}"
        if row is None:
            if answer is not None and answer.status == 201:
                yield "lost report"
            if answers[key] or key in found.events:
                yield "half-applied report"
            continue
        first = found.versions[key][0]["content"] if key in found.versions else None
        if first is None or found.logins[row["author_id"]] != login or _said(first) != _said(body):
            yield "changed report"
        if answers[key] != 1:
            yield "half-applied report: no first answer"
        last = found.versions[key][-1]["content"]
        if (row["place"], len(found.people[key])) != (last["place"], len(last["participants"])):
            yield "half-applied content"


def _said(content: dict[str, Any]) -> tuple[object, ...]:
    people = content["participants"]
    return (
        content["kind"], hexed(content["unit_id"]), instant(content["started_at"]), instant(content["ended_at"]),
        content["place"], content["summary"], [hexed(one["member_id"]) for one in people],
        [hexed(one) for one in content["attachment_ids"]],
    )  # fmt: skip


def histories(found: Contents, memory: Memory) -> Iterator[str]:
    """Each report's events follow from each other without a gap and end in what the row says; devices are told of it."""
    changed = {row["entity_id"] for row in found.rows["changes"]}
    for key, row in found.reports.items():
        state, step, number = None, 0, 0
        for number, event in enumerate(found.events[key], 1):
            if (event["seq"], event["source"], event["step_from"]) != (number, state, step):
                yield "half-applied history: a gap"
                break
            state, step = event["target"], event["step_to"]
        else:
            if (state, step, number) != (row["state"], row["step"], row["version"]):
                yield "half-applied history: it does not end in the row"
        if (row["state"] == "in_review") != (row["awaiting_unit_id"] is not None):
            yield "half-applied report: it waits nowhere"
        saved = [event["seq"] for event in found.events[key] if event["action"] in ("create", "edit")]
        if saved != [version["version"] for version in found.versions[key]]:
            yield "half-applied content"
        if key not in changed:
            yield "lost change: no device is told"


def numbers(found: Contents, memory: Memory) -> Iterator[str]:
    """A number is taken in the transaction that needs it: there are no gaps."""
    series = defaultdict(list)
    for row in found.rows["reports"]:
        if row["number"]:
            head, _, number = row["number"].rpartition("-")
            series[head].append(int(number))
    for taken in series.values():
        if sorted(taken) != list(range(1, len(taken) + 1)):
            yield "half-applied number"


# --- Steps ------------------------------------------------------------------------------------------------------------


Key = tuple[str, str, int, str]
"""Who, report, version before, action."""


def _key(act: Act) -> Key:
    return act.who, hexed(act.report_id), act.version, act.action


def acts(found: Contents, memory: Memory) -> Iterator[str]:
    """What was told to be done is done, what was refused is not, and nothing is done that was not asked for."""
    asked: dict[Key, list[Act]] = defaultdict(list)
    for act in memory.acts:
        asked[_key(act)].append(act)
    done = _done(found)
    for key, tried in asked.items():
        if any(act.ok for act in tried) and key not in done:
            yield f"lost {key[3]}"
        refused = [act for act in tried if act.status is not None and not act.ok]
        if key in done and any(act.said == done[key][0] for act in refused) and len(tried) == 1:
            yield f"refused though it was done: {key[3]}"
    for login, report, version, action in done.keys() - asked.keys():
        author, _ = memory.sent.get(str(uuid.UUID(report)), ("", {}))
        if (action, version, author) != ("submit", 1, login):  # a report that is filed is submitted with it
            yield f"doubled step: {action}, which nobody asked for"


def _done(found: Contents) -> dict[Key, tuple[str, object]]:
    """What was done → its words and when."""
    return {
        (found.logins[event["actor_id"]], key, event["seq"] - 1, event["action"]): (event["comment"], event["at"])
        for key, events in found.events.items()
        for event in events
        if event["action"] not in BY_ITSELF and event["actor_id"] is not None
    }


def batches(found: Contents, memory: Memory) -> Iterator[str]:
    """What was approved in one request happened at one instant, and all of it or nothing.

    What somebody asked for once more, after giving up, may have been done then: it is left out.
    """
    done = _done(found)
    often = Counter(_key(act) for act in memory.acts)
    for _, together in itertools.groupby(memory.acts, key=lambda act: act.batch):
        part = list(together)
        keys = [_key(act) for act in part]
        here = [key for key in keys if key in done and often[key] == 1]
        if len({done[key][1] for key in here}) > 1:
            yield "half-applied approval: done at two instants"
        if here and all(act.status is None for act in part):
            untouched = [key for key in keys if len(found.events[key[1]]) <= key[2]]
            yield from ["half-applied approval"] * bool(untouched)


def notices(found: Contents, memory: Memory) -> Iterator[str]:
    """Who wrote a report is told when it is returned, confirmed, or taken back by the station: once for each time."""
    wanted: Counter[tuple[object, ...]] = Counter()
    for key, row in found.reports.items():
        for event in found.events[key]:
            kind = _told_of(event)
            if kind and event["actor_id"] != row["author_id"]:
                wanted[kind, row["author_id"], key, event["at"]] += 1
    kinds = {str(one[0]) for one in wanted} | {"report-returned", "report-confirmed", "taken-back"}
    there: Counter[tuple[object, ...]] = Counter(
        (row["kind"], row["member_id"], row["report_id"], row["at"])
        for row in found.rows["notices"]
        if row["kind"] in kinds
    )
    yield from ["lost notice"] * (wanted - there).total()
    yield from ["doubled notice"] * (there - wanted).total()


def _told_of(event: dict[str, object]) -> str:
    if event["action"] == "return":
        return "report-returned"
    if event["target"] == "confirmed" and event["source"] != "confirmed":
        return "report-confirmed"
    return "taken-back" if event["action"] == "undo" and event["source"] == "confirmed" else ""


# --- Read back --------------------------------------------------------------------------------------------------------


def read_back(found: Contents, memory: Memory, people: list[Person]) -> Iterator[str]:
    """What the store holds, its author sees through the API, the first of them in full."""
    for person in people:
        person.over.clear()
        person.token, person.patience = "", 1.0
        mine = {hexed(id_) for id_, (login, _) in memory.sent.items() if login == person.login} & found.reports.keys()
        if not mine:
            continue
        seen: set[str] = set()
        cursor: str | None = ""
        while cursor is not None:
            page = person.ask("GET", f"/activity-reports?limit=100{cursor and '&cursor='}{cursor}")
            assert page is not None
            seen |= {hexed(item["id"]) for item in page.json["items"]}
            cursor = page.json["next_cursor"]
        yield from ["lost report: its author does not see it"] * len(mine - seen)
        for key in sorted(mine)[:5]:
            path = f"/activity-reports/{uuid.UUID(key)}"
            shown, history = person.ask("GET", path), person.ask("GET", f"{path}/history")
            assert shown is not None
            assert history is not None
            row = found.reports[key]
            if (shown.json["version"], shown.json["state"]) != (row["version"], row["state"]):
                yield "changed report: shown otherwise"
            if [one["action"] for one in history.json["items"]] != [one["action"] for one in found.events[key]]:
                yield "changed history: shown otherwise"
