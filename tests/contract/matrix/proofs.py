"""The policy of proofs: who must have a second factor and has none, and what asks to prove anew who one is
(``docs/howto/require-a-second-factor.md``, ``docs/explain/signing-in.md``, ``docs/operate/retention.md``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from sqlalchemy import update
from werkzeug.test import TestResponse

from api.extensions import db
from brigade.access.device_sessions import DeviceSession
from brigade.organisation.units import Unit
from tests import make
from tests.api.visiting import CONSOLE
from tests.contract.matrix.activity import DOCUMENTS
from tests.contract.matrix.cells import Phones
from tests.contract.matrix.people import Person
from tests.contract.matrix.rows import Row
from tests.contract.matrix.town import Thing

POSTS = ("squad_leader", "deputy_squad_leader", "company_leader", "deputy_company_leader", "brigade_leader",
         "deputy_brigade_leader", "station_officer", "bureau_officer")  # fmt: skip
OWN_ACCOUNT = {
    "GET /me", "POST /auth/refresh", "POST /auth/logout", "POST /auth/password", "GET /auth/devices",
    "DELETE /auth/devices/{device_id}", "GET /auth/second-factors", "POST /auth/totp", "POST /auth/totp/confirm",
    "DELETE /auth/totp", "POST /auth/recovery-codes", "POST /auth/passkeys/options", "POST /auth/passkeys",
    "DELETE /auth/passkeys/{passkey_id}", "POST /auth/step-up/options", "POST /auth/step-up",
    f"GET {CONSOLE}/account", f"GET {CONSOLE}/account/app", f"POST {CONSOLE}/account/app",
    f"POST {CONSOLE}/account/app/confirm", f"POST {CONSOLE}/account/app/remove", f"POST {CONSOLE}/account/codes",
    f"POST {CONSOLE}/account/devices/{{device_id}}/sign-out", f"POST {CONSOLE}/account/devices/sign-out-others",
    f"GET {CONSOLE}/account/password", f"POST {CONSOLE}/account/password",
    f"POST {CONSOLE}/account/passkeys", f"POST {CONSOLE}/account/passkeys/options",
    f"POST {CONSOLE}/account/passkeys/{{passkey_id}}/remove", f"GET {CONSOLE}/prove", f"POST {CONSOLE}/prove",
    f"POST {CONSOLE}/prove/passkey", f"POST {CONSOLE}/prove/passkey/options", f"POST {CONSOLE}/sign-out",
    f"GET {CONSOLE}/help",
}  # fmt: skip
"""All that is left to who needs a second factor and has none: their own account, and the console's page of help."""
OFFICE, ERASURE = f"{CONSOLE}/office", f"{CONSOLE}/office/retention"
ASKED: dict[str, set[str]] = {
    "bulk-approval": {
        "POST /inbox/approve", "POST /months/{month}/seal",
        *(f"{method} {CONSOLE}/{path}" for method in ("GET", "POST") for path in ("inbox/approve", "months/{month}/seal")),
    },
    "export": {
        *(f"GET /editions/{{edition_id}}/{name}" for name in (*DOCUMENTS, "differences.csv")),
        "GET /months/{month}/report.pdf", f"GET {CONSOLE}/months/{{month}}/report.pdf",
        f"GET {CONSOLE}/editions/{{edition_id}}/files/{{name}}",
    },
    "role-change": {
        # who decides, and whose account it is
        "PATCH /units/{unit_id}/settings", "PUT /units/{unit_id}/deputies", "POST /posts", "POST /posts/{post_id}/end",
        "POST /members/{member_id}/transfer", "POST /members/{member_id}/leave-service", "POST /invitations",
        "POST /invitations/cards", "POST /members/{member_id}/password-reset",
        "POST /members/{member_id}/password-reset/card", "POST /roster-imports/{import_id}/apply",
        f"GET {CONSOLE}/deputies/{{unit_id}}", f"POST {CONSOLE}/deputies/{{unit_id}}",
        f"POST {CONSOLE}/deputies/{{unit_id}}/end", f"GET {CONSOLE}/members/cards", f"POST {CONSOLE}/members/cards",
        f"GET {OFFICE}/posts/appoint", f"POST {OFFICE}/posts/appoint", f"GET {OFFICE}/posts/{{post_id}}/end",
        f"POST {OFFICE}/posts/{{post_id}}/end", f"GET {OFFICE}/moves/{{member_id}}",
        *(f"POST {OFFICE}/moves/{{member_id}}/{how}" for how in ("transfer", "leave", "away", "away/{absence_id}/end")),
        f"POST {OFFICE}/rosters/{{import_id}}/apply",
        f"GET {OFFICE}/settings", f"POST {OFFICE}/settings/change",
        # what is kept and what goes
        "PUT /retention/times/{record}", "POST /retention/runs", "POST /retention/runs/{run_id}/undo",
        "POST /retention/holds", "POST /retention/holds/{hold_id}/lift", "GET /retention/erasures/preview",
        "POST /retention/erasures",
        *(f"POST /data-requests/{{request_id}}/{how}" for how in ("accept", "extend", "refuse")),
        f"GET {OFFICE}/requests/{{request_id}}",
        *(f"POST {OFFICE}/requests/{{request_id}}/{how}" for how in ("accept", "extend", "refuse")),
        f"GET {ERASURE}/times", f"POST {ERASURE}/times/set", f"POST {ERASURE}/mark", f"POST {ERASURE}/{{run_id}}/undo",
        f"POST {ERASURE}/holds/place", f"POST {ERASURE}/holds/{{hold_id}}/lift", f"GET {ERASURE}/person",
        f"POST {ERASURE}/person/{{member_id}}/mark",
    },
    "": {
        "POST /auth/totp", "DELETE /auth/totp", "POST /auth/recovery-codes", "POST /auth/passkeys/options",
        "DELETE /auth/passkeys/{passkey_id}",
        f"GET {CONSOLE}/account/app", f"POST {CONSOLE}/account/app", f"POST {CONSOLE}/account/app/remove",
        f"POST {CONSOLE}/account/codes", f"POST {CONSOLE}/account/passkeys/options",
        f"POST {CONSOLE}/account/passkeys/{{passkey_id}}/remove",
    },
}  # fmt: skip
"""What asks for a fresh proof, by the word of ``step_up``; one's own second factors ask everywhere."""


def without_factor() -> None:
    """Each post asks for a second factor; nobody has proven one."""
    _set(second_factor_posts=list(POSTS), step_up=[])


def proven_long_ago(asks: str) -> None:
    """What ``asks`` names needs a fresh proof; everybody's is fifteen minutes old."""
    _set(second_factor_posts=[], step_up=[asks] if asks else [])
    long_ago = make.NOW - dt.timedelta(minutes=15)
    db.session.execute(update(DeviceSession).values(proven_at=long_ago), execution_options=make.SYSTEM)


def _set(**settings: Any) -> None:
    bureaux = update(Unit).where(Unit.level == "bureau").values(settings=settings)
    db.session.execute(bureaux, execution_options=make.SYSTEM)


def unproven(phones: Phones, row: Row, reason: str, every: bool) -> Iterator[str]:
    """Who gets past the proof that is missing, among those who may do it otherwise and must have it."""
    cells = [cell for cell in phones.cells(row) if must_prove(cell[0], reason)]
    for me, thing in cells if every else one_who_may(row, cells):
        answer = phones.ask(row, me, thing)
        if phones.changed():
            yield f"{row.operation} {me.login} {thing.name}: the store is changed"
        if not asked_to_prove(row, answer, reason):
            yield f"{row.operation} {me.login} {thing.name}: {answer.status_code} instead of {reason}"


def must_prove(me: Person, reason: str) -> bool:
    """Of the second factor: holders of posts alone."""
    return not me.out and (bool(me.posts) or reason == "step-up-required")


def one_who_may(row: Row, cells: list[tuple[Person, Thing]]) -> list[tuple[Person, Thing]]:
    """By lot; somebody who may not, where nobody may."""
    by_lot = sorted(cells, key=lambda cell: crc32(f"{row.operation} {cell[0].login} {cell[1].name}".encode()))
    return sorted(by_lot, key=lambda cell: row.expected(*cell) != row.good)[:1]


def asked_to_prove(row: Row, answer: TestResponse, reason: str) -> bool:
    """Whether that is the answer; a page leads to where it is done."""
    if not row.is_page:
        body: Any = {"reasons": [reason]} if row.method == "HEAD" else answer.json  # an answer to HEAD has no body
        return answer.status_code == 403 and reason in body["reasons"]
    to = {"second-factor-required": f"{CONSOLE}/account", "step-up-required": f"{CONSOLE}/prove"}[reason]
    return answer.status_code == 303 and answer.headers["Location"].partition("?")[0] == to
