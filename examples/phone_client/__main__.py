"""The command line: python3 -m phone_client --help."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from phone_client.sending import send
from phone_client.server import NotNow, Refused, Server, SignedOut
from phone_client.storage import Storage
from phone_client.syncing import sync

WAITING, REFUSED, SIGNED_OUT = 1, 2, 3


def arguments() -> argparse.ArgumentParser:
    """What may be said."""
    parser = argparse.ArgumentParser("phone_client", description="An example client for Brigade's API.")
    parser.add_argument("--server", help="address, as https://brigade.example; signin remembers it")
    parser.add_argument(
        "--home", type=Path, default=Path.home() / ".phone_client", help="folder of what the phone keeps"
    )
    parser.add_argument("--timeout", type=float, default=20, metavar="SECONDS", help="patience with one answer")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("signin", help="sign this device in")
    one.add_argument("login")
    one.add_argument("--password", help="asked for when left out")
    one.add_argument("--otp", default="", help="code of the second factor, where one is set up")
    one.add_argument("--device", default="example client", help="what to call this device in the list of devices")
    one = commands.add_parser("file", help="put a report into the queue; needs no network")
    one.add_argument(
        "report", type=Path, help="JSON as for POST /activity-reports; id, unit and participant may be left out"
    )
    one.add_argument("--picture", type=Path, action="append", default=[], metavar="FILE")
    one = commands.add_parser(
        "send", help="send the queue (exit code 1: some waits, 2: some was refused, 3: signed out)"
    )
    one.add_argument("--for", type=float, default=60, dest="seconds", metavar="SECONDS", help="give up after so long")
    one.add_argument("--pause", type=float, default=1, metavar="SECONDS", help="first pause after a failure")
    commands.add_parser("sync", help="fetch what changed")
    commands.add_parser("status", help="what waits, what was refused, what is known")
    return parser


def file(storage: Storage, said: argparse.Namespace) -> int:
    """Queue a report with what can be known without asking."""
    me = storage.kept("me")
    if me is None:
        raise SignedOut("nobody has signed in yet")
    mine = {
        "id": str(uuid.uuid4()),
        "unit_id": (me["unit"] or {}).get("id"),
        "participants": [{"member_id": me["member"]["id"], "role": "member"}],
        "submit": True,
    }
    try:
        body = {**mine, **tidy(json.loads(said.report.read_text(encoding="utf-8")))}
        pictures = [(path.name, path.read_bytes()) for path in said.picture]
    except (OSError, ValueError) as error:
        raise Refused({"detail": f"cannot be read: {error}"}) from None
    fresh = storage.add(body, pictures)
    print(f"{'queued' if fresh else 'waits already'}: {body['id']}")
    return 0


def tidy(value: Any) -> Any:
    """Texts as the server keeps them, without blanks around: what is read back must be equal."""
    if isinstance(value, dict):
        return {name: tidy(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [tidy(inner) for inner in value]
    return value.strip() if isinstance(value, str) else value


def show(storage: Storage) -> int:
    """Print how things stand; the exit code tells it, too."""
    queue = storage.queue()
    refused = [report for report in queue if report.problem]
    for report in refused:
        print(f"refused {report.id}: {report.problem['detail']}")
        for error in report.problem.get("errors", ()):
            print(f"  {error['pointer']}: {error['message']}")
    print(f"{len(queue) - len(refused)} waiting, {len(refused)} refused, {storage.count('reports')} known")
    return REFUSED if refused else WAITING if queue else 0


def main() -> int:
    """Do one command."""
    parser = arguments()
    said = parser.parse_args()
    storage = Storage(said.home)
    try:
        if said.server:
            storage.keep(server=said.server)
        if said.command == "file":
            return file(storage, said)
        if said.command != "status":
            server = Server(storage.kept("server") or parser.error("--server is needed"), storage, said.timeout)
            if said.command == "signin":
                password = said.password or getpass.getpass()
                print(f"signed in: {server.sign_in(said.login, password, said.device, said.otp)['member']['name']}")
                return 0
            if said.command == "sync":
                sync(server, storage)
                show(storage)
                return 0
            send(server, storage, said.seconds, said.pause, print)
        return show(storage)
    except NotNow as error:
        print(f"not now: {error}")
        return WAITING
    except Refused as error:
        print(f"refused: {error}")
        return REFUSED
    except SignedOut as error:
        print(f"signed out: {error}")
        return SIGNED_OUT
    finally:
        storage.close()


if __name__ == "__main__":
    sys.exit(main())
