"""The one way a request goes: who asks, what was sent, one action, one commit, one answer.

A route is declared with what it needs (``PUBLIC``, ``SIGNED_IN`` or posts), what it takes and what it returns; the
same declaration makes the OpenAPI document (``openapi.py``). A view that was not declared cannot be registered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from flask import Blueprint, Flask, Response, current_app, json, request
from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session

from api import pace, replica
from api.attempts import attempted, transaction
from api.auth import claims_of_token, signed_in
from api.body import read_json
from api.extensions import db
from api.problems import field_problems
from brigade.actor import Actor
from brigade.creations import Answered, answered_before, content_hash, keep_answer
from brigade.dates import utc_now
from brigade.organisation.ranks import PostName
from brigade.problems import FieldProblem, Invalid, Problem, Refused

View = TypeVar("View", bound=Callable[..., Any])

API = "/api/v1"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Needs:
    """What the asker must be: nobody in particular, signed in, or the holder of one of these posts."""

    signed_in: bool = True
    posts: tuple[PostName, ...] = ()

    def check(self, actor: Actor) -> None:
        """Refused unless one of the posts is held."""
        if self.posts and not actor.holds(*self.posts):
            raise Refused("not-permitted")


PUBLIC = Needs(signed_in=False)
SIGNED_IN = Needs()
BUREAU = Needs(posts=(PostName.BUREAU_OFFICER,))
OFFICERS = Needs(posts=(PostName.BUREAU_OFFICER, PostName.STATION_OFFICER))


class Header(NamedTuple):
    """A request's header and what it says."""

    name: str
    about: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Declared:
    """All that is said about one operation.

    ``takes`` is the media type of a body that the view reads by itself. ``conditional``: the answer has an ETag of its
    content, and the same content again is 304. ``step_up`` names what a fresh proof of who one is may be asked for
    (``brigade/organisation/unit_settings.py``); ``any_factor``: open before a second factor has been given.
    ``headers`` are those that the view reads by itself. ``writes`` False: all that the request reads is of one moment.
    ``heavy``: reads much and may be answered by the replica, if there is one (``replica.py``).
    """

    method: str
    rule: str
    summary: str
    needs: Needs
    body: Schema | None = None
    body_optional: bool = False
    query: Schema | None = None
    returns: Schema | None = None
    media_type: str = "application/json"
    form: Schema | None = None
    status: int = 200
    versioned: bool = False
    creates: str | None = None
    many: bool = False
    problems: tuple[int, ...] = ()
    writes: bool = False
    takes: str = ""
    conditional: bool = False
    step_up: str = ""
    any_factor: bool = False
    heavy: bool = False
    headers: tuple[Header, ...] = ()


@dataclass(slots=True)
class Call:
    """One request as a view sees it. ``version`` is the one of If-Match."""

    session: Session
    actor: Actor
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    version: int = 0


@dataclass(slots=True)
class Answer:
    """What a view gives back when it is more than the body: status, version for ETag, headers, or raw bytes."""

    body: Any = None
    status: int | None = None
    version: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str | None = None


class Declares(Protocol):
    """What stands above a view; the view stays what it is."""

    def __call__(self, view: View, /) -> View:
        """The view, registered."""


class Resource(Blueprint):
    """A blueprint whose routes must be declared."""

    def __init__(self, name: str, label: str, url_prefix: str = "") -> None:
        super().__init__(name, f"api.{name}", url_prefix=url_prefix)
        self.label = label
        self.declared: list[tuple[Declared, Callable[..., Any]]] = []

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        """Refuse a view that does not say what it needs."""
        if not isinstance(getattr(view_func, "declared", None), Declared):
            raise TypeError(f"{rule}: a route must be declared with what it needs")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def endpoint_(self, method: str, rule: str, summary: str, *, needs: Needs = SIGNED_IN, **said: Any) -> Declares:
        """Declare and register one operation; see ``Declared`` for what can be said."""
        said.setdefault("writes", method in UNSAFE)
        declared = Declared(method, rule, summary, needs, **said)

        def register(view: View) -> View:
            def handle(**path: Any) -> Response:
                return _handle(declared, view, path)

            handle.declared = declared  # type: ignore[attr-defined]
            self.declared.append((declared, view))
            self.add_url_rule(rule, f"{view.__name__}", handle, methods=[method], provide_automatic_options=False)
            return view

        return register

    def get(self, rule: str, summary: str, **said: Any) -> Declares:  # type: ignore[override]  # it declares too
        """Declare a GET."""
        return self.endpoint_("GET", rule, summary, **said)

    def post(self, rule: str, summary: str, **said: Any) -> Declares:  # type: ignore[override]  # it declares too
        """Declare a POST."""
        return self.endpoint_("POST", rule, summary, **said)

    def patch(self, rule: str, summary: str, **said: Any) -> Declares:  # type: ignore[override]  # it declares too
        """Declare a PATCH."""
        return self.endpoint_("PATCH", rule, summary, **said)

    def delete(self, rule: str, summary: str, **said: Any) -> Declares:  # type: ignore[override]  # it declares too
        """Declare a DELETE."""
        return self.endpoint_("DELETE", rule, summary, **said)

    def put(self, rule: str, summary: str, **said: Any) -> Declares:  # type: ignore[override]  # it declares too
        """Declare a PUT."""
        return self.endpoint_("PUT", rule, summary, **said)


@dataclass(slots=True)
class _Sent:
    """What was sent, read before the store is touched; ``refusal`` waits until it is known who asks."""

    raw: Any = None
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    refusal: Problem | None = None


def as_it_is(answer: Answer, status: int) -> Response:
    """A body of bytes, under its own media type."""
    exact = ";" in (answer.media_type or "")  # it names its encoding itself
    kind: dict[str, Any] = {"content_type": answer.media_type} if exact else {"mimetype": answer.media_type}
    return current_app.response_class(answer.body, answer.status or status, answer.headers, **kind)


def _handle(declared: Declared, view: Callable[..., Any], path: dict[str, Any]) -> Response:
    if declared.needs.signed_in:
        claims = claims_of_token()  # nobody's body is worth reading; who it really is, the store says later
        pace.check(member=str(claims.get("sub", "")))
    sent = _read(declared)
    return attempted(
        lambda first: _once(declared, view, path, sent, first),
        maybe_answered=lambda: bool(declared.creates and sent.body.get("id") and sent.refusal is None),
    )


def _read(declared: Declared) -> _Sent:
    sent = _Sent()
    try:
        if declared.query is not None:
            sent.query = _load(declared.query, _said_once(), "")
        if declared.body is not None and not (declared.body_optional and not request.content_length):
            sent.raw = read_json()
            sent.body = _load(declared.body, sent.raw, "")
        if declared.versioned:
            sent.version = _if_match()
    except Problem as problem:
        sent.refusal = problem
    return sent


def _said_once() -> dict[str, str]:
    """The query. Invalid where a name stands in it twice: one of the values would be left out without a word."""
    twice = [FieldProblem(f"/{name}", "sent-twice") for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Invalid(twice)
    return request.args.to_dict()


def _load(schema: Schema, value: Any, at: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        raise Invalid(list(field_problems(error.messages, at))) from None
    return loaded


def _if_match() -> int:
    value = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Problem("version-required")
    return int(value)


def _once(declared: Declared, view: Callable[..., Any], path: dict[str, Any], sent: _Sent, first: bool) -> Response:
    session, how = db.session(), transaction(db.session(), declared.writes)
    session.connection(execution_options=how)
    if declared.needs.signed_in:
        actor = signed_in(session, utc_now(), step_up=declared.step_up, any_factor=declared.any_factor)
        declared.needs.check(actor)
        call = Call(session, actor, sent.body, sent.query, sent.version)
    else:
        call = Call(session, None, sent.body, sent.query)  # type: ignore[arg-type]
    if sent.refusal is not None:
        raise sent.refusal
    if declared.heavy and first:
        replica.move(session, how)
    id_ = sent.body.get("id") if declared.creates else None
    digest = _digest(sent) if id_ is not None else ""
    if id_ is not None:
        made = answered_before(session, id_, declared.creates or "", call.actor.member_id, digest)
        if made is not None:
            return _response(made.body, made.status, {"ETag": _etag(json.loads(made.body).get("version"))})
    result = view(call, **path)
    answer = result if isinstance(result, Answer) else Answer(result)
    status = answer.status or declared.status
    if answer.media_type is not None:
        response = as_it_is(answer, status)
        session.commit() if declared.writes else session.rollback()
        return response
    text = "" if answer.body is None else json.dumps(answer.body)
    if declared.conditional:
        return _unless_known(text, status, answer.headers)
    if id_ is not None:
        session.flush()  # what was made comes before the answer that tells of it
        said = Answered(declared.creates or "", call.actor.member_id, digest, status, text)
        keep_answer(session, id_, said, call.actor.now)
    session.commit() if declared.writes else session.rollback()
    if answer.version is not None:
        answer.headers["ETag"] = _etag(answer.version)
    return _response(text, status, answer.headers)


def content_tag(body: Any) -> str:
    """The ETag of an answer with this body to a ``conditional`` request."""
    return f'"{_tag(json.dumps(body))}"'


def _tag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _unless_known(text: str, status: int, headers: dict[str, str]) -> Response:
    """The answer, or 304 when the asker has it already. Language is part of the content, as names and labels are."""
    db.session.rollback()
    tag = _tag(text)
    known = request.if_none_match.contains_weak(tag)
    kept = {
        "ETag": f'"{tag}"',
        "Vary": "Accept-Language, Authorization",
        "Cache-Control": "private, no-cache",
        **headers,
    }
    return _response("" if known else text, 304 if known else status, kept)


def _digest(sent: _Sent) -> str:
    """What makes a request the same: the address it was sent to and its content."""
    return content_hash([request.path, sent.raw])


def _etag(version: Any) -> str:
    return f'"{version}"'


def _response(text: str, status: int, headers: dict[str, str]) -> Response:
    response = current_app.response_class(text, status, mimetype="application/json" if text else None)
    if status == 304 or not text:
        response.headers.pop("Content-Type", None)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def register(app: Flask, resources: Sequence[Resource]) -> None:
    """Put the resources under the API's prefix."""
    for resource in resources:
        app.register_blueprint(resource, url_prefix=API + (resource.url_prefix or ""))
