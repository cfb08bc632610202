"""A page of what waits, and the counts for the badge, over HTTP beside bare Flask with hand-written SQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from bench import served
from bench.filing import LEADER, MEMBER, REPORTS, bodies, signed_in, squad_of
from bench.frame import Line, Run, Turn, Wrong, counted, measured
from bench.said import asking
from bench.served import Client
from bench.twins import Twins, refused, twins

TITLE = "fifty reports that wait, and the badge, beside bare Flask with hand-written SQL"
GOAL, STATEMENTS, TIMES = 2.5, 3, 10
PAGE, BADGE = "/api/v1/inbox?limit=50", "/api/v1/inbox/summary"


def lines(run: Run) -> Iterator[Line]:
    """CPU of server and database for one answer, and the statements of the page."""
    if said := refused(run, "the inbox", timed=True):
        yield said
        return
    with twins(run) as found:
        for kind in found:
            yield from _lines(kind, run)


def _lines(kind: Twins, run: Run) -> Iterator[Line]:
    address = kind.fresh("inbox")
    with ExitStack() as open_:
        server = open_.enter_context(served.product(address, kind.folder))
        member, leader = (open_.enter_context(signed_in(server, login)) for login in (MEMBER, LEADER))
        following = bodies(address, squad_of(member))
        for _ in range(5 if run.tiny else 55):
            member.post(REPORTS, following()).json(201)
        me = leader.get("/api/v1/me").json()
        ids = [me["unit"]["id"], me["member"]["id"]]
        written = ids if kind.label == "PostgreSQL" else [uuid.UUID(id_).hex for id_ in ids]
        floor = open_.enter_context(served.floor("raw_inbox", kind.folder, address, *written))
        bare = open_.enter_context(Client(floor.port))
        mine, theirs = served.clock(server, address), served.clock(floor, address)  # by turns on one store
        for what, path, check in (("a page", PAGE, _same_page), ("the badge", BADGE, _same_badge)):
            turn = Turn(_asked(leader, path), _asked(bare, path), check)
            yield measured(
                f"{kind.label}: {what}", turn, run.rounds, GOAL, note=f"{TIMES} times",
                cpu=mine, floor_cpu=theirs,
            )  # fmt: skip
    with asking(address, kind.folder, LEADER) as person:
        said = len(person.statements(PAGE))
    yield counted(
        f"{kind.label}: a page, statements", "", said, STATEMENTS, 1.0, "who asks is looked up anew each time"
    )


def _asked(client: Client, path: str) -> Callable[[], Any]:
    def ask() -> Any:
        for _ in range(TIMES):
            answer = client.get(path)
        return answer.json()

    return ask


def _same_page(product: Any, floor: Any) -> None:
    found, wanted = ([_seen(item) for item in page["items"]] for page in (product, floor))
    if found != wanted or not wanted:
        raise Wrong(f"{len(found)} reports beside {len(wanted)}, or others")


def _seen(item: dict[str, Any]) -> tuple[Any, ...]:
    people = [(uuid.UUID(one["member_id"]), one["name"], one["role"]) for one in item["participants"]]
    vehicles = sorted(uuid.UUID(id_) for id_ in item["vehicle_ids"])
    return uuid.UUID(item["id"]), item["number"], item["place"], item["summary"], people, vehicles


def _same_badge(product: Any, floor: Any) -> None:
    for name in ("waiting", "returned_to_me", "my_drafts"):
        if product[name] != floor[name]:
            raise Wrong(f"{name}: {product[name]} beside {floor[name]}")
