"""The OpenAPI document, made from the declarations that also register the routes: the two cannot differ."""

from __future__ import annotations

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app
from marshmallow import fields

from api.body import Day, Instant, Since, Strict
from api.endpoint import API, PUBLIC, Answer, Call, Declared, Resource
from api.problems import MEDIA_TYPE
from api.schemas import ReportOut
from brigade import __version__

resource = Resource("openapi", "この文書 This document")

ABOUT = """Activity reports of volunteer fire brigades (消防団): from the member's phone through squad, company and
brigade approval to the station's month.

Sign in with `POST /auth/login`, send the access token as `Authorization: Bearer …`. Errors are problem documents
(RFC 9457) in the language of `Accept-Language` (ja, en); every `code` has a page under `/api/v1/problems/{code}`.
A write to something that exists sends `If-Match` with the version it saw. A creating request may carry the client's
own `id`: the same id with the same content again answers as the first time did and stores nothing more.
"""
_UUID = {"type": "string", "format": "uuid"}
_COMMON = {
    400: "The body cannot be read.",
    401: "Not signed in, or the token has expired.",
    403: "Seen but refused; `reasons` lists every reason's code.",
    404: "Unknown, or not visible to the one who asks.",
    409: "Wrong state, or the id is taken by other content.",
    410: "Over: it has expired, or its picture was refused.",
    412: "The version in If-Match is not the newest; `current_version` is. For an edit of a report: `yours` is the "
    "version of If-Match with your changes, `theirs` the report as it stands, `fields` where the two differ, "
    "`both_changed` those of them that were changed on both sides.",
    413: "Too large.",
    415: "Wrong media type.",
    422: "Fields are wrong; `errors` lists every one.",
    428: "If-Match is missing.",
    429: "Too many tries or requests; wait for Retry-After seconds.",
    460: "The bytes are not those of their checksum; nothing was stored.",
    503: "The store cannot take it now; nothing was stored. Try again after Retry-After seconds.",
}


class FieldErrorOut(Strict):
    """What is wrong at one place of what was sent."""

    pointer = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)
    params = fields.Dict()


class ProblemOut(Strict):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    request_id = fields.String(required=True)
    instance = fields.String()
    errors = fields.List(fields.Nested(FieldErrorOut), required=True)
    errors_left_out = fields.Integer()
    reasons = fields.List(fields.String())
    methods = fields.List(fields.String())
    state = fields.String()
    current_version = fields.Integer()
    base_version = fields.Integer()
    yours = fields.Dict()
    theirs = fields.Dict()
    both_changed = fields.List(fields.String())
    current = fields.Nested(ReportOut)
    differing = fields.List(fields.String(), data_key="fields")


class DocumentOut(Strict):
    """An OpenAPI 3.1 document."""

    openapi = fields.String(required=True)
    info = fields.Dict(required=True)
    paths = fields.Dict(required=True)
    components = fields.Dict(required=True)
    servers = fields.List(fields.Dict())
    tags = fields.List(fields.Dict())


@resource.get("/openapi.json", "This document", needs=PUBLIC, returns=DocumentOut())
def document(call: Call) -> Answer:
    """The description of every operation."""
    return Answer(build(), headers={"Cache-Control": "public, max-age=300"})


def build() -> dict[str, Any]:
    """The whole document of the application at hand; made once."""
    made: dict[str, Any] | None = current_app.extensions.get("brigade.openapi")
    if made is None:
        parts = [part for part in current_app.blueprints.values() if isinstance(part, Resource)]
        made = current_app.extensions["brigade.openapi"] = _build(parts)
    return made


def _build(parts: list[Resource]) -> dict[str, Any]:
    marshmallow = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Brigade API",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        servers=[{"url": "/"}],
        plugins=[marshmallow],
    )
    converter = marshmallow.converter
    assert converter is not None, "a plugin has one as soon as it has a document"
    converter.add_attribute_function(_text_limits)  # type: ignore[no-untyped-call]  # apispec has no types there
    converter.field_mapping[Instant] = ("string", "date-time")
    converter.field_mapping[Day] = ("string", "date")
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", schema=ProblemOut)
    for part in parts:
        spec.tag({"name": part.label})
        for declared, view in part.declared:
            path = API + (part.url_prefix or "") + declared.rule
            spec.path(
                path=re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path),
                operations={declared.method.lower(): _operation(declared, view, part, path)},
            )
    return spec.to_dict()


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    name = kind.__name__
    return f"{name}Partial" if getattr(schema, "partial", False) else name


def _text_limits(converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    return {key: field.metadata[key] for key in ("maxLength", "minLength") if key in field.metadata}


def _operation(declared: Declared, view: Any, part: Resource, path: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{part.name.removeprefix('api.')}-{view.__name__}".replace("_", "-"),
        "summary": declared.summary,
        "description": (view.__doc__ or "").strip(),
        "tags": [part.label],
        "parameters": [*_path_parameters(path), *_query_parameters(declared)],
        "responses": _responses(declared, path),
        "security": [{"bearer": []}] if declared.needs.signed_in or view.__name__ == "refresh" else [],
    }
    if declared.versioned:
        operation["parameters"].append(
            {"in": "header", "name": "If-Match", "required": True, "description": "The version that was seen.",
             "schema": {"type": "string"}, "example": '"3"'}
        )  # fmt: skip
    sent = declared.body or declared.form
    if sent is not None:
        media = "application/json" if declared.body is not None else "multipart/form-data"
        content: dict[str, Any] = {"schema": sent}
        example = getattr(type(sent).Meta, "example", None)
        if example is not None:
            content["example"] = example
        operation["requestBody"] = {"required": not declared.body_optional, "content": {media: content}}
    if declared.takes:
        content = {declared.takes: {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": not declared.body_optional, "content": content}
    for header in declared.headers:
        operation["parameters"].append(
            {"in": "header", "name": header.name, "required": header.required, "description": header.about,
             "schema": {"type": "string"}}
        )  # fmt: skip
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    found = []
    for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", path):
        schema = _UUID if kind == "uuid" else {"type": "string"}
        if name == "month":
            schema = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}
        found.append({"in": "path", "name": name, "required": True, "schema": schema})
    return found


def _query_parameters(declared: Declared) -> list[dict[str, Any]]:
    if declared.query is None:
        return []
    converter = _converter()
    found: list[dict[str, Any]] = []
    for name, field in declared.query.fields.items():
        schema = converter.field2property(field)
        schema.pop("default", None)
        if isinstance(field, Since):
            schema = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
        elif isinstance(field, Instant | Day):
            schema["format"] = "date-time" if isinstance(field, Instant) else "date"
        found.append({"in": "query", "name": field.data_key or name, "required": field.required, "schema": schema})
    return found


def _converter() -> Any:
    plugin = MarshmallowPlugin()
    APISpec(title="-", version="-", openapi_version="3.1.0", plugins=[plugin])
    return plugin.converter


def _responses(declared: Declared, path: str) -> dict[str, Any]:
    media: dict[str, Any] = {}
    if declared.media_type == "application/json":
        if declared.returns is not None:
            media = {"application/json": {"schema": declared.returns}}
    else:
        media = {declared.media_type: {"schema": {"type": "string", "format": "binary"}}}
    good: dict[str, Any] = {"description": "Done."}
    if media:
        good["content"] = media
    statuses = {503, *declared.problems}
    if declared.needs.signed_in or "refresh" in path:
        statuses |= {401, 403}
    if declared.needs.signed_in:
        statuses.add(429)
    if "<" in path:
        statuses.add(404)
    if declared.query is not None or declared.body is not None or declared.form is not None:
        statuses.add(422)
    if declared.body is not None or declared.form is not None or declared.takes:
        statuses |= {400, 413, 415}
    if declared.versioned:
        statuses |= {409, 412, 428}
    if declared.creates:
        statuses.add(409)
    good_304 = {"304": {"description": "Unchanged."}} if declared.conditional else {}
    problem = {MEDIA_TYPE: {"schema": ProblemOut}}
    return {
        str(declared.status): good,
        **good_304,
        **{str(code): {"description": _COMMON[code], "content": problem} for code in sorted(statuses)},
    }
