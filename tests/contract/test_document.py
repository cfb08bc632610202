"""The OpenAPI document is valid and tells exactly what there is: every route, no other, and what each one
needs (S-02).
"""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import app as application
from api.app import API, RESOURCES
from api.endpoint import Declared, Needs, Resource
from brigade.organisation.ranks import PostName
from tests.api.answers import served

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
ID = "0199a3c0-0000-7000-8000-000000000001"
OUTSIDE = {"/api/v1/docs", "/api/v1/docs/<name>", "/api/v1/problems", "/api/v1/problems/<code>"}
"""Pages for people below the API's address; they are no operations."""


@pytest.fixture
def document(quiet):
    return served(quiet.app)


@pytest.fixture
def operations(document):
    """(method, path) of everything in the document, with its declaration."""
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method.upper() in METHODS
    }


def templated(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def routed(app):
    """(method, path) of every route of the API; where there is a GET, HEAD comes with it."""
    return {
        (method, templated(rule.rule)): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - ({"HEAD"} if "GET" in (rule.methods or ()) else set())
        if rule.rule.startswith("/api") and rule.rule not in OUTSIDE
    }


def test_the_document_is_valid_openapi_3_1(document) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_document_router_and_declarations_are_one_set(quiet, operations) -> None:
    declared = {
        (said.method, templated(API + (resource.url_prefix or "") + said.rule)): said
        for resource in RESOURCES
        for said, _ in resource.declared
    }
    assert len(declared) == sum(len(resource.declared) for resource in RESOURCES)
    assert operations.keys() == routed(quiet.app).keys() == declared.keys()
    for said in declared.values():
        assert isinstance(said.needs, Needs)
        assert set(said.needs.posts) <= set(PostName)
        assert said.summary


def test_only_signing_in_and_this_document_need_nobody(operations) -> None:
    open_to_all = {where for where, operation in operations.items() if operation["security"] == []}
    allowed = {
        ("POST", f"{API}/auth/login"),
        ("POST", f"{API}/auth/passkeys/sign-in"),
        ("POST", f"{API}/auth/passkeys/sign-in/options"),
        ("GET", f"{API}/openapi.json"),
        ("OPTIONS", f"{API}/uploads"),
        ("GET", f"{API}/calendar/{{secret}}.ics"),
        ("GET", f"{API}/verify/{{code}}"),
    }
    invited = {where for where in open_to_all if "/auth/invitations/" in where[1]}
    assert open_to_all - invited == allowed


def test_every_operation_but_those_answers_nobody_with_401(quiet, operations) -> None:
    client = quiet.app.test_client()
    for (method, path), operation in operations.items():
        if operation["security"]:
            answer = client.open(re.sub(r"\{\w+\}", ID, path), method=method)
            assert answer.status_code == 401, (method, path)


def test_every_operation_is_described_for_who_reads_it(document, operations) -> None:
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in document["tags"]}
    for where, operation in operations.items():
        assert operation["summary"], where
        assert set(operation["tags"]) <= tags, where
        assert {"503"} < operation["responses"].keys(), where
        placed = {part["name"] for part in operation["parameters"] if part["in"] == "path"}
        assert placed == set(re.findall(r"\{(\w+)\}", where[1])), where


def test_every_error_is_declared_as_a_problem_document(document, operations) -> None:
    for where, operation in operations.items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (where, status)
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (where, status)
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["required"]) >= {"type", "title", "status", "detail", "code", "request_id", "errors"}


def test_no_input_lets_unknown_properties_through(document, operations) -> None:
    for where, operation in operations.items():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if media["schema"].get("format") == "binary":
                continue
            name = media["schema"]["$ref"].rsplit("/", 1)[1]
            assert document["components"]["schemas"][name]["additionalProperties"] is False, where


def test_the_only_address_that_is_taken_in_is_that_of_a_push_service(document) -> None:
    """Nothing else could make the server ask somewhere (S-22); where messages may go: tests/rules/test_push_addresses.py."""
    asks = re.compile("ur[il]|href|link|endpoint|host|callback|domain")
    found = {
        (name, field)
        for name, schema in document["components"]["schemas"].items()
        if name.endswith(("In", "InPartial"))
        for field, said in schema["properties"].items()
        if asks.search(field) or said.get("format") in ("uri", "url", "iri", "uri-reference", "hostname")
    }
    assert found == {("PushSubscriptionIn", "endpoint")}
    bodies = {name for name in document["components"]["schemas"] if name.endswith(("In", "InPartial"))}
    assert len(bodies) > 20


def test_every_example_fits_its_own_schema(document, operations) -> None:
    import jsonschema_rs

    shown = 0
    for where, operation in operations.items():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in media:
                schema = {**media["schema"], "components": document["components"]}
                validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                assert not [fault.message for fault in validator.iter_errors(media["example"])], where
                shown += 1
    assert shown >= 4


def test_an_undeclared_method_is_405_and_names_the_others(quiet, operations) -> None:
    person = quiet.person("squad11a")
    allowed: dict[str, set[str]] = {}
    for method, path in operations:
        allowed.setdefault(re.sub(r"\{\w+\}", ID, path), set()).add(method)
    for path, methods in allowed.items():
        for method in (METHODS | {"TRACE", "CONNECT", "PROPFIND"}) - methods - {"HEAD"}:
            answer = person.open(path, method=method)
            named = {name.strip() for name in answer.headers.get("Allow", "").split(",")}
            if f"{API}/activity-reports/validate" == path and method in ("PATCH", "DELETE"):
                continue
            assert answer.status_code == 405, (method, path, answer.status_code)
            assert answer.json["code"] == "method-not-allowed"
            assert named - {"HEAD"} == methods - {"HEAD"}, (method, path)


def test_a_method_cannot_be_overridden(quiet) -> None:
    with quiet.unchanged("squad11a") as person:
        for said in ({"headers": {"X-HTTP-Method-Override": "DELETE"}}, {"query_string": {"_method": "DELETE"}}):
            answer = person.get(f"{API}/activity-reports/{ID}", **said)
            assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_a_route_that_is_not_declared_cannot_be_registered() -> None:
    part = Resource("part", "part")
    with pytest.raises(TypeError, match="declared"):
        part.add_url_rule("/hidden", "hidden", lambda: "")
    with pytest.raises(TypeError, match="declared"):
        part.route("/hidden")(lambda: "")
    with pytest.raises(TypeError):
        part.get("/hidden")
    assert part.declared == []


def test_what_a_route_needs_is_asked_before_the_view_runs() -> None:
    part = Resource("part", "part")
    part.get("/seen", "Seen")(lambda call: None)
    ((declared, _),) = part.declared
    assert isinstance(declared, Declared)
    assert declared.needs == Needs(signed_in=True)  # nothing said means signed in, never open


def test_no_route_stands_outside_the_resources(quiet) -> None:
    """What is not an operation is one of the few pages for people, and those only read; the console's forms are
    declared too, and looked at in tests/api/test_console_forms.py.
    """
    for rule in quiet.app.url_map.iter_rules():
        declared = getattr(quiet.app.view_functions[rule.endpoint], "declared", None)
        if rule.rule.startswith("/console") and declared.is_form:
            continue
        if not rule.rule.startswith("/api") or rule.rule in OUTSIDE:
            assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}, rule.rule
    assert not quiet.app.debug
    assert not quiet.app.testing
    assert application.API == API
