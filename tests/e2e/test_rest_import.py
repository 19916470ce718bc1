"""Devices from tables: the platform's bulk import, and ours as text/csv."""

import csv
import io
import json
import socket
import time

import pytest

from support.people import CustomerUser
from support.server import IS_SANITIZED

COLUMNS = [{"type": "NAME"}, {"type": "TYPE"}, {"type": "LABEL"}]
IMPORT = "/api/postern/devices/import"


def table(*rows, delimiter=",", end="\r\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def bulk(client, text, columns=COLUMNS, **mapping):
    body = {"file": text, "mapping": {"columns": columns, "delimiter": ",", "header": True, "update": False, **mapping}}
    return client.raw("POST", "/api/device/bulk_import", json=body)


def upload(client, text, **query):
    data = text if isinstance(text, bytes) else text.encode()
    return client.raw("POST", IMPORT, params=query, data=data, headers={"Content-Type": "text/csv"})


def done(answer, created=0, updated=0, errors=0):
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert (result["created"], result["updated"], result["errors"]) == (created, updated, errors), result
    return result["errorsList"]


def device(client, name):
    return client.get("/api/tenant/devices", deviceName=name)


def credentials(client, name):
    return client.get(f"/api/device/{device(client, name)['id']['id']}/credentials")


def values(client, name, scope):
    found = client.get(f"/api/plugins/telemetry/DEVICE/{device(client, name)['id']['id']}/values/attributes/{scope}")
    return {entry["key"]: entry["value"] for entry in found}


def test_the_platforms_form_makes_devices_and_tells_each_bad_row(rest, device_name):
    one, two, three = device_name(), device_name(), device_name()
    text = table(["name", "type", "label"], [one, "pump", "Hall 1"], ["", "pump", "nameless"], [two, "pump", "Hall, 2"],
                 [one, "pump", "again"], [three, "pump"])
    told = done(bulk(rest, text), created=2, errors=3)
    assert sorted(told) == ["Line 3: Device name should be specified!", "Line 5: Device with such name already exists!",
                            "Line 6: the row has 2 fields; expected 3"]
    assert device(rest, two)["label"] == "Hall, 2" and device(rest, one)["type"] == "pump"
    assert credentials(rest, one)["credentialsType"] == "ACCESS_TOKEN"


@pytest.mark.parametrize("changed, field", [
    ({"file": None}, "file"), ({"mapping": None}, "mapping"), ({"mapping": {}}, "columns"),
    ({"mapping": {"columns": [{"type": "LABEL"}]}}, "NAME"),
    ({"mapping": {"columns": [{"type": "COLOUR"}]}}, "COLOUR"),
    ({"mapping": {"columns": COLUMNS + [{"type": "NAME"}]}}, "twice"),
    ({"mapping": {"columns": COLUMNS + [{"type": "TIMESERIES"}]}}, "key"),
    ({"mapping": {"columns": COLUMNS, "delimiter": "::"}}, "delimiter"),
    ({"mapping": {"columns": [3]}}, "expected an object"),
])
def test_a_wrong_mapping_is_refused_before_anything_is_made(rest, device_name, changed, field):
    name = device_name()
    answer = rest.raw("POST", "/api/device/bulk_import", json={"file": f"{name},a,b\n", "mapping": {"columns": COLUMNS}, **changed})
    assert answer.status_code == 400 and field in answer.json()["message"], answer.text
    assert rest.raw("GET", "/api/tenant/devices", params={"deviceName": name}).status_code == 404


def test_a_table_has_credentials_attributes_and_telemetry(rest, device_name, certificates):
    names = [device_name() for _ in range(4)]
    leaf = certificates.ec("imported")
    headings = ["NAME", "access_token", "X509", "MQTT_CLIENT_ID", "MQTT_USER_NAME", "MQTT_PASSWORD", "IS_GATEWAY", "DESCRIPTION",
                "SERVER_ATTRIBUTE:floor", "SHARED_ATTRIBUTE:on", "TIMESERIES:t"]
    text = "\ufeff" + table(headings, [names[0], "", leaf.pem, "", "", "", "", "", "3", "true", "21.5"],
                            [names[1], "tok" + names[1][-16:], "", "", "", "", "true", "roof", "", "", ""],
                            [names[2], "", "", "id" + names[2], "me", "pw", "", "", "", "", ""],
                            [names[3], "a", leaf.pem, "", "", "", "", "", "", "", ""])
    told = done(upload(rest, text), created=3, errors=1)
    assert "more than one kind of credentials" in told[0]
    assert credentials(rest, names[0])["credentialsType"] == "X509_CERTIFICATE"
    assert credentials(rest, names[1])["credentialsId"] == "tok" + names[1][-16:]
    assert credentials(rest, names[2])["credentialsType"] == "MQTT_BASIC"
    assert device(rest, names[1])["additionalInfo"] == {"gateway": True, "description": "roof"}
    assert values(rest, names[0], "SERVER_SCOPE")["floor"] == 3 and values(rest, names[0], "SHARED_SCOPE")["on"] is True
    one = device(rest, names[0])["id"]["id"]
    latest = rest.get(f"/api/plugins/telemetry/DEVICE/{one}/values/timeseries", keys="t")
    assert latest["t"][0]["value"] == "21.5"


def test_the_same_certificate_twice_is_told_and_so_is_one_that_would_not_do(rest, device_name, certificates):
    names = [device_name() for _ in range(3)]
    leaf, old = certificates.ec("twice"), certificates.expired()
    text = table(["NAME", "X509"], [names[0], leaf.base64], [names[1], leaf.pem], [names[2], old.pem])
    told = done(upload(rest, text), created=1, errors=2)
    line = 3
    assert any(entry == f"Line {line}: Specified credentials are already registered!" for entry in told)
    line += 1 + leaf.pem.count("\n")
    assert any(entry.startswith(f"Line {line}: ") and "expired" in entry for entry in told), told


def test_update_changes_devices_of_the_same_name(rest, device_name):
    name, new = device_name(), device_name()
    made = rest.post("/api/device", {"name": name, "label": "old", "additionalInfo": {"x": 1}})
    before = credentials(rest, name)
    text = table(["NAME", "LABEL", "TYPE", "DESCRIPTION", "SHARED_ATTRIBUTE:on"], [name, "new", "valve", "d", "1"],
                 [new, "a", "", "", ""], [new, "b", "", "", ""])
    assert done(upload(rest, text), errors=2, created=1)
    done(upload(rest, text, update="true"), updated=3)
    changed = device(rest, name)
    assert changed["id"] == made["id"] and changed["label"] == "new" and changed["type"] == "valve"
    assert changed["additionalInfo"] == {"x": 1, "description": "d"} and values(rest, name, "SHARED_SCOPE")["on"] == 1
    assert credentials(rest, name)["credentialsId"] == before["credentialsId"]
    assert device(rest, new)["label"] == "b"
    done(upload(rest, table(["NAME", "ACCESS_TOKEN"], [name, "u" + name[-20:]]), update="true"), updated=1)
    assert credentials(rest, name)["credentialsId"] == "u" + name[-20:]


def test_delimiters_line_ends_and_quotes(rest, device_name):
    one, two = device_name(), device_name()
    done(upload(rest, f'NAME;LABEL\n"{one}";"say ""hello"""\n\n{two};x', delimiter=";"), created=2)
    assert device(rest, one)["label"] == 'say "hello"' and device(rest, two)["label"] == "x"
    three = device_name()
    told = done(upload(rest, f'NAME,LABEL\n{three},x\n{three},"never closed\n'), created=1, errors=1)
    assert told == ["line 3: a quote stands within a field, or is not closed; nothing from here on was read"]
    four = device_name()
    told = done(upload(rest, b"NAME,LABEL\n" + four.encode() + b",\xff\n" + four.encode() + b",ok\n"), created=1, errors=1)
    assert told == ["Line 2: the row is not UTF-8 text"]


def test_columns_that_are_to_be_ignored_are_read_over(rest, device_name):
    name = device_name()
    done(upload(rest, f'IGNORE,NAME,ignore,LABEL\n1,{name},"two\nlines",kept\n'), created=1)
    assert device(rest, name)["label"] == "kept"
    assert values(rest, name, "SERVER_SCOPE").keys() <= {"active", "inactivityTimeout", "lastActivityTime"}


@pytest.mark.parametrize("text, field", [("", "empty"), ("LABEL\nx\n", "NAME"), ("NAME,HUE\nx,y\n", "HUE")])
def test_a_first_line_that_names_no_columns_is_refused(rest, text, field):
    answer = upload(rest, text)
    assert answer.status_code == 400 and field in answer.json()["message"]
    assert upload(rest, "NAME\n", delimiter='"').status_code == 400


def test_a_field_without_end_is_bounded(rest, device_name):
    one = device_name()
    told = done(upload(rest, f'NAME,LABEL\n{one},x\n{one},"' + "y" * 200_000 + '"\n'), created=1, errors=1)
    assert told == ["line 3: a field is longer than 64 KiB; nothing from here on was read"]


def test_errors_told_are_bounded(rest):
    told = done(upload(rest, "NAME,LABEL\n" + ",x\n" * 1500), errors=1500)
    assert len(told) == 1001 and told[-1] == "and 500 more"


def test_only_the_tenants_administrator_imports(rest, device_name):
    customer = CustomerUser(rest)
    assert upload(customer, "NAME\nx\n").status_code == 403
    assert bulk(customer, "x").status_code == 403
    assert rest.raw("POST", IMPORT, token=None, data=b"NAME\nx\n").status_code == 401


def test_many_devices_come_quickly_and_others_are_served_meanwhile(start_server):
    server = start_server({})
    rows = [[f"bulk-{n:05d}", "meter", f"Hall {n % 7}"] for n in range(5000)]
    begun = time.monotonic()
    done(upload(server.rest, table(["NAME", "TYPE", "LABEL"], *rows)), created=5000)
    assert time.monotonic() - begun < 60
    page = server.rest.get("/api/tenant/devices", pageSize=50, page=0, textSearch="bulk-049")
    assert page["totalElements"] == 100


def test_what_was_answered_is_there_after_kill_9(start_server):
    server = start_server({})
    done(upload(server.rest, table(["NAME", "SERVER_ATTRIBUTE:n"], *[[f"k-{n}", n] for n in range(600)])), created=600)
    server.kill()
    server.start()
    server.rest.forget_login()
    assert server.rest.get("/api/tenant/devices", pageSize=1, page=0)["totalElements"] == 600
    assert values(server.rest, "k-599", "SERVER_SCOPE")["n"] == 599


def test_the_largest_table_is_a_setting(start_server):
    server = start_server({"http.max_import": "2 KiB"})
    text = "NAME\n" + "".join(f"limit-{n}\n" for n in range(300))
    assert upload(server.rest, text).status_code == 413
    done(upload(server.rest, "NAME\nlimit-1\n"), created=1)


def document(*rows, **mapping):
    return json.dumps({"file": table(["name", "x"], *rows), "mapping": {"columns": [{"type": "NAME"}, {"type": "SERVER_ATTRIBUTE", "key": "x"}],
                                                                        "delimiter": ",", "header": True, "update": False, **mapping}})


def send_document(client, text, **options):
    return client.raw("POST", "/api/device/bulk_import", data=text, headers={"Content-Type": "application/json"}, **options)


def test_a_document_beyond_the_limit_of_other_bodies_is_taken_without_memory(start_server):
    server = start_server({"http.max_body": "64 KiB"})
    filler = "\\u00e9" * 1000  # escapes, so that nothing can be taken as it stands
    text = document(*[[f"large-{n}", "text"] for n in range(300)]).replace("text", filler)
    assert len(text) > 1_500_000
    before = server.resident_bytes()
    done(send_document(server.rest, text), created=300)
    assert IS_SANITIZED or server.resident_bytes() - before < 64 * 1024 * 1024
    assert values(server.rest, "large-299", "SERVER_SCOPE")["x"] == "é" * 1000


def test_the_mapping_may_stand_before_the_table_and_more_is_ignored(rest, device_name):
    name = device_name()
    whole = json.loads(document([name, "1"]))
    done(send_document(rest, json.dumps({"mapping": whole["mapping"], "other": [{"file": 1}], "file": whole["file"]})), created=1)
    entries = rest.get("/api/audit/logs", pageSize=1, page=0, sortProperty="createdTime", sortOrder="DESC")["data"]
    assert entries[0]["actionType"] == "ADDED" and entries[0]["actionData"]["route"] == "/api/device/bulk_import"


@pytest.mark.parametrize("text, why", [
    ("", "body is missing"), ("[]", "expected an object"), ("{", "not JSON"), ('{"file":"a"} x', "not JSON"), ('{"file":"a","mapping":[]}', "mapping"),
    ('{"file":1,"mapping":{}}', "file is a number"), ('{"file":"a\\u0000b","mapping":{"columns":[{"type":"NAME"}]}}', "\\u0000"),
    ('{"file":"a","mapping":{"columns":"' + "x" * 300_000 + '"}}', "expected at most"), ('{"a":' + "[" * 100 + "]" * 100 + "}", "nest"),
    ('{"file":"\\ud800","mapping":{"columns":[{"type":"NAME"}]}}', "not JSON"),
])
def test_documents_that_are_none(rest, text, why):
    answer = send_document(rest, text)
    assert answer.status_code == 400 and why in answer.json()["message"], answer.text


def test_too_large_a_document_is_refused_by_its_length(start_server):
    server = start_server({"http.max_import": "2 KiB"})
    assert send_document(server.rest, document(*[[f"n-{n}", "1"] for n in range(300)])).status_code == 413
    head = f"POST /api/device/bulk_import HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer {server.rest.token()}\r\nContent-Length: 50000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=20) as raw:
        raw.sendall(head.encode())
        assert b" 413 " in raw.recv(4096).split(b"\r\n")[0] + b" "


def test_few_documents_come_at_a_time(start_server):
    """And who may not import is told before anything of his is read."""
    server = start_server({})
    body = document(["slow-1", "1"]).encode()
    token = server.rest.token()

    def begin(token):
        raw = socket.create_connection(("127.0.0.1", server.http_port), timeout=20)
        raw.sendall(f"POST /api/device/bulk_import HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer {token}\r\nExpect: 100-continue\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode())
        return raw, raw.recv(4096).split(b"\r\n")[0]

    slow = [begin(token) for _ in range(2)]
    assert [line for _, line in slow] == [b"HTTP/1.1 100 Continue"] * 2
    busy = send_document(server.rest, document(["busy", "1"]))
    assert busy.status_code == 429 and busy.json()["errorCode"] == 33 and int(busy.headers["Retry-After"]) > 0
    assert b" 403 " in begin(CustomerUser(server.rest)._token)[1]
    slow[0][0].sendall(body)
    assert b" 200 " in slow[0][0].recv(4096).split(b"\r\n")[0]
    done(send_document(server.rest, document(["after", "1"])), created=1)
    for raw, _ in slow:
        raw.close()
    deadline = time.monotonic() + 20
    while (again := [begin(token) for _ in range(2)]) and any(b"100" not in line for _, line in again):  # the one that went has given its place back
        assert time.monotonic() < deadline
        for raw, _ in again:
            raw.close()
        time.sleep(0.1)
