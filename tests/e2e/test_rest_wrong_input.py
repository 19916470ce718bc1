"""Wrong input on every route of people. The table and the description of the API are read, so that a new route is walked, too."""

import json
import re
import subprocess
import uuid

import pytest

from support.people import CustomerUser, SysAdmin
from support.routes import ROUTES, entities_of_tenant, filled
from support.server import ROOT

JOINED = subprocess.run([ROOT / "scripts/join-openapi", ROOT / "docs/openapi", "/dev/stdout", "0"], capture_output=True, text=True, check=True)
PATHS = json.loads(JOINED.stdout)["paths"]
ACCESS = {(method, path): access for method, path, access, *_ in ROUTES if access != "DEVICE"}
SAMPLES = {"string": "x", "integer": 1, "boolean": "true"}
# What has to be right besides, because it is looked at first.
VALUES = {"type": "FIRMWARE", "ttl": "1"}
QUERIES = {"/api/plugins/telemetry/{entityType}/{entityId}/timeseries/delete": {"startTs": 1, "endTs": 2},
           "/api/plugins/telemetry/{entityType}/{entityId}/values/timeseries": {"keys": "k", "startTs": 1, "endTs": 2, "agg": "AVG"}}
BODIES = {"/api/device": {"name": "n"}, "/api/device-with-credentials": {"device": {"name": "n"}, "credentials": {"credentialsType": "ACCESS_TOKEN", "credentialsId": "t"}},
          "/api/entityGroup/{entityGroupId}/addEntities": [], "/api/entityGroup/{entityGroupId}/deleteEntities": [],
          "/api/postern/entityGroup/{entityGroupId}/share": {"customerId": str(uuid.uuid4()), "right": "READ"}}


def operations():
    for path, methods in PATHS.items():
        for method, operation in methods.items():
            if (method.upper(), path) in ACCESS:
                yield method.upper(), path, operation


def queries():
    """Each parameter of a query that is more than text."""
    for method, path, operation in operations():
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            is_text = schema.get("type") == "string" and not set(schema) & {"enum", "format"}
            if parameter["in"] == "query" and not is_text:
                yield pytest.param(method, path, operation, parameter["name"], id=f"{method} {path}?{parameter['name']}")


def required_queries():
    for method, path, operation in operations():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query" and parameter.get("required"):
                yield pytest.param(method, path, operation, parameter["name"], id=f"{method} {path}?{parameter['name']}")


def lists():
    for method, path, operation in operations():
        if any(one["name"] == "pageSize" for one in operation.get("parameters", [])):
            yield pytest.param(method, path, operation, id=f"{method} {path}")


def ids():
    for method, path, operation in operations():
        for name in re.findall(r"\{(\w+Id)\}", path):
            yield pytest.param(method, path, name, id=f"{method} {path} {name}")


def bodies():
    for method, path, operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            yield pytest.param(method, path, operation, id=f"{method} {path}")


@pytest.fixture(scope="module")
def sys(server):
    return SysAdmin(server)


@pytest.fixture(scope="module")
def of_tenant(server):
    return entities_of_tenant(server.rest)


@pytest.fixture(scope="module")
def customers_user(server):
    return CustomerUser(server.rest)


@pytest.fixture
def ask(rest, sys, customers_user, of_tenant):
    def ask(method, path, values=(), **options):
        access = ACCESS[method, path]
        client = {"SYS": sys, "CUSTOMER": customers_user}.get(access, rest)
        return client.raw(method, filled(path, {**of_tenant, **VALUES, **dict(values)}), **options)
    return ask


def body_of(method, path):
    return BODIES.get(path, {}) if method == "POST" else None


def required(path, operation):
    return QUERIES.get(path, {}) | {one["name"]: SAMPLES.get(one["schema"].get("type"), str(uuid.uuid4())) for one in operation.get("parameters", [])
            if one["in"] == "query" and (one.get("required") or one["name"] in ("pageSize", "page"))}


def refused(answer, words):
    assert answer.status_code == 400, answer.text
    error = answer.json()
    assert set(error) - {"field"} == {"status", "message", "errorCode", "timestamp"} and error["errorCode"] in (30, 31)
    assert words in error["message"], error["message"]


@pytest.mark.parametrize("method, path, operation, name", queries())
def test_a_parameter_that_is_none(ask, method, path, operation, name):
    params = {**required(path, operation), name: "nonsense"}
    refused(ask(method, path, params=params, json=body_of(method, path)), name)


@pytest.mark.parametrize("method, path, operation, name", required_queries())
def test_a_parameter_that_is_left_out(ask, method, path, operation, name):
    params = required(path, operation)
    del params[name]
    refused(ask(method, path, params=params, json=body_of(method, path)), name)


@pytest.mark.parametrize("method, path, operation", lists())
def test_pages_that_are_none(ask, method, path, operation):
    described = {one["name"] for one in operation["parameters"]}
    for wrong in ({"pageSize": 0}, {"pageSize": 1001}, {"page": -1}, {"sortOrder": "UP"}, {"sortProperty": "nonsense"}):
        if described.isdisjoint(wrong):
            continue
        refused(ask(method, path, params={**required(path, operation), **wrong}), next(iter(wrong)))


@pytest.mark.parametrize("method, path, name", ids())
def test_an_id_that_is_none(ask, method, path, name):
    """What is no UUID is told by its name; a UUID of nothing is not found, unless something else is looked at first."""
    options = {"params": {"pageSize": 1, "page": 0}, "json": body_of(method, path)}
    refused(ask(method, path, {name: "nonsense"}, **options), name)
    unknown = ask(method, path, {name: str(uuid.uuid4())}, **options)
    lists_nothing = name == "auditedId" or path.startswith("/api/otaPackages/")  # of what may be gone, or has none
    assert unknown.status_code == 200 if lists_nothing else unknown.status_code in (400, 404), unknown.text


@pytest.mark.parametrize("method, path, operation", bodies())
def test_a_body_that_is_none(ask, method, path, operation):
    needs_body = operation["requestBody"].get("required", False)
    for text in ("{", "[1", "\xff", "42", '"text"', *([""] if needs_body else [])):
        answer = ask(method, path, data=text.encode("latin-1"), headers={"Content-Type": "application/json"}, params=required(path, operation))
        assert answer.status_code == 400 and answer.json()["errorCode"] in (30, 31), f"{text!r}: {answer.status_code} {answer.text}"
