"""The audit log as a file: CSV and JSON lines, its filters, who may have it, and how much memory it takes."""

import csv
import io
import json
import sqlite3
import time

import pytest

from support.people import CustomerUser, Person, SysAdmin
from support.server import IS_SANITIZED

EXPORT = "/api/postern/audit/export"


def rows(client, **query):
    answer = client.raw("GET", EXPORT, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8" and "audit.csv" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def lines(client, headers=None, **query):
    answer = client.raw("GET", EXPORT, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson" and "audit.jsonl" in answer.headers["Content-Disposition"]
    return [json.loads(line) for line in answer.text.splitlines()]


def test_both_forms_tell_what_the_list_tells(rest, new_device):
    device = new_device("token")
    rest.delete(f"/api/device/{device.id}")
    listed = rest.get("/api/audit/logs", pageSize=100, page=0, textSearch=device.name, sortProperty="createdTime", sortOrder="ASC")["data"]
    assert len(listed) == 2 and lines(rest, format="jsonl", textSearch=device.name) == listed
    assert lines(rest, {"Accept": "application/x-ndjson"}, textSearch=device.name) == listed
    for row, entry in zip(rows(rest, textSearch=device.name), listed, strict=True):
        assert row["actionType"] == entry["actionType"] and row["actionStatus"] == "SUCCESS" and row["entityName"] == device.name
        assert row["entityId"] == device.id and row["id"] == entry["id"]["id"] and int(row["createdMs"]) == entry["createdTime"]
        assert row["userName"] == entry["userName"] and json.loads(row["actionData"]) == entry["actionData"]
        assert row["createdTime"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(entry["createdTime"] // 1000))


def test_filters(rest, new_device):
    device = new_device("token")
    entry = lines(rest, format="jsonl", textSearch=device.name.upper())[0]
    assert rows(rest, textSearch=device.name, actionTypes="DELETED") == []
    assert len(rows(rest, textSearch=device.name, actionTypes="DELETED,ADDED")) == 1
    at = entry["createdTime"]
    assert len(rows(rest, textSearch=device.name, startTime=at, endTime=at + 1)) == 1
    assert rows(rest, textSearch=device.name, startTime=at + 1) == rows(rest, textSearch=device.name, endTime=at) == []


def test_what_one_user_did(rest, new_device):
    device = new_device("token")
    me = rest.get("/api/auth/user")["id"]["id"]
    assert len(rows(rest, textSearch=device.name, userId=me)) == 1
    assert rows(rest, textSearch=device.name, userId=device.id) == []


def test_formulas_are_made_text(rest):
    name = f"=HYPERLINK({time.time_ns()})"
    rest.raw("POST", "/api/auth/login", token=None, json={"username": name, "password": "x"})
    assert [row["userName"] for row in rows(rest, textSearch=name)] == ["'" + name]


@pytest.mark.parametrize("query, field", [
    ({"userId": "x"}, "userId"),
    ({"format": "xlsx"}, "format"), ({"startTime": "yesterday"}, "startTime"), ({"endTime": "-1"}, "endTime"),
    ({"startTime": 2, "endTime": 1}, "startTime")])
def test_wrong_questions_are_refused(rest, query, field):
    answer = rest.raw("GET", EXPORT, params=query)
    assert answer.status_code == 400 and field in answer.json()["message"] and answer.json()["errorCode"] == 31


def test_each_administrator_has_his_own(server, rest, new_device):
    sys, device = SysAdmin(server), new_device("token")
    admin, user = sys.new_tenant_admin(), CustomerUser(rest)
    assert rest.raw("GET", EXPORT, token=None).status_code == 401
    assert user.raw("GET", EXPORT).status_code == 403
    assert rows(admin, textSearch=device.name) == [] == rows(sys, textSearch=device.name)
    assert any(row["entityType"] == "TENANT" and row["actionType"] == "ADDED" for row in rows(sys))
    assert len(rows(Person(rest, "TENANT_ADMIN"), textSearch=device.name)) == 1


def test_a_long_log_streams(start_server):
    """Rows are put straight into the file of a server that is down: thousands of calls would take their time."""
    server = start_server()
    rest = server.rest
    tenant = bytes.fromhex(rest.get("/api/auth/user")["tenantId"]["id"].replace("-", ""))
    server.stop()
    count, begin = 60_000, int(time.time() * 1000) - 3_600_000
    with sqlite3.connect(server.data / "registry.db") as db:
        db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                   " INSERT INTO audit (id, created_ms, tenant_id, user_name, address, action, entity_type, entity_name, data)"
                   " SELECT randomblob(16), ? + i / 7, ?, 'u' || i, '', 'ADDED', 'DEVICE', hex(zeroblob(90)), '{}' FROM n",
                   (count, begin, tenant))
    db.close()
    server.start()
    rest.forget_login()
    rows(rest, endTime=1)
    before = server.resident_bytes()
    with rest.session.get(server.url + EXPORT, params={"format": "jsonl", "endTime": begin + count}, stream=True,
                          headers={"X-Authorization": f"Bearer {rest.token()}"}, timeout=120) as answer:
        names = [json.loads(line)["userName"] for line in answer.iter_lines()]
    assert names == [f"u{i}" for i in range(1, count + 1)]
    if not IS_SANITIZED:
        assert server.resident_bytes() - before < 20_000_000  # the file has 30 MB
