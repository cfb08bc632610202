"""Renewing the tokens over HTTP, beside signing in with a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from bench import served
from bench.filing import MEMBER, signed_in
from bench.frame import Line, Run, Turn, Wrong, measured
from bench.served import Client
from bench.twins import Twins, refused, twins
from brigade.demo.accounts import PASSWORD

TITLE = "renewing the tokens, beside signing in with a password"
GOAL = 0.03


def lines(run: Run) -> Iterator[Line]:
    """CPU of server and database for one of each; the floor here is what is seldom done."""
    if said := refused(run, "renewing", timed=True):
        yield said
        return
    with twins(run) as found:
        for kind in found:
            yield _line(kind, run)


def _line(kind: Twins, run: Run) -> Line:
    address = kind.fresh("login")
    with ExitStack() as open_:
        server = open_.enter_context(served.product(address, kind.folder))
        asking = open_.enter_context(Client(server.port))
        me = open_.enter_context(signed_in(server, MEMBER)).get("/api/v1/me").json()["member"]["id"]

        def login() -> Any:
            return asking.post("/api/v1/auth/login", {"login": MEMBER, "password": PASSWORD}).json()

        turn = Turn(_renewing(server.port, login(), open_), login, _check(me))
        cpu = served.clock(server, address)
        return measured(f"{kind.label}: renewing beside signing in", turn, run.rounds, GOAL, cpu=cpu)


def _renewing(port: int, tokens: dict[str, Any], open_: ExitStack) -> Callable[[], Any]:
    """Each time with the refresh token of the time before."""
    client = open_.enter_context(Client(port, tokens["refresh_token"]))

    def renew() -> Any:
        found = client.post("/api/v1/auth/refresh").json()
        client.headers["Authorization"] = f"Bearer {found['refresh_token']}"
        return found

    return renew


def _check(member_id: str) -> Callable[[Any, Any], None]:
    def check(renewed: Any, signed: Any) -> None:
        for found in (renewed, signed):
            if found["member"]["id"] != member_id or not found["access_token"]:
                raise Wrong("another person's tokens, or none")

    return check
