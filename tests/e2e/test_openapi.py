"""The description of the API that the server serves: its form, and that answers are as it says."""

import json
import subprocess

import pytest

from support.server import ROOT

E2E = ROOT / "tests/e2e"


@pytest.fixture(scope="module")
def document(server):
    return server.rest.call("GET", "/api/docs/openapi.json", token=None)


def test_the_document_is_valid_openapi_3_1(document):
    """By a validator other than our own eyes: the schema of OpenAPI 3.1, and that each $ref leads somewhere."""
    checked = subprocess.run(["node", E2E / "peers/openapi.mjs"], input=json.dumps(document), capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_operations_have_ids_and_tags_of_their_own(document):
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    tags = {tag["name"] for tag in document["tags"]}
    assert len(ids) == len(set(ids)) >= 130
    assert all(operation["summary"] and set(operation["tags"]) <= tags for operation in operations)


def test_anyone_may_read_it_and_nobody_change_it(rest):
    for path in ["/api/docs", "/api/docs/openapi.json"]:
        answer = rest.raw("GET", path, token=None)
        assert answer.status_code == 200 and "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert rest.raw("GET", path, token=None, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        refused = rest.raw("POST", path, json={})
        assert refused.status_code == 405 and refused.headers["Allow"] == "GET, HEAD"
    assert rest.raw("GET", "/api/docs/nothing.json", token=None).status_code == 404


def test_it_comes_compressed(rest):
    plain = rest.raw("GET", "/api/docs/openapi.json", token=None, headers={"Accept-Encoding": "identity"})
    packed = rest.raw("GET", "/api/docs/openapi.json", token=None, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) * 5 < int(plain.headers["Content-Length"])
