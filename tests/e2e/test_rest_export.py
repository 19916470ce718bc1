"""Devices as a table: the list's filters, certificates, and no secrets unless asked for."""

import csv
import io
import uuid

import pytest

from support.people import CustomerUser

EXPORT = "/api/postern/devices/export"


def export(client, **query):
    answer = client.raw("GET", EXPORT, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv") and "devices.csv" in answer.headers["Content-Disposition"]
    return {row["name"]: row for row in csv.DictReader(io.StringIO(answer.content.decode(), newline=""))}


def test_a_table_has_what_the_list_has_and_the_certificate(rest, device_name, certificates):
    name, other = device_name(), device_name()
    leaf = certificates.ec("exported")
    rest.create_device(name, identity=leaf, label='say "hi", there', type="export-type")
    rest.create_device(other)
    row = export(rest, textSearch=name)[name]
    assert row["label"] == 'say "hi", there' and row["type"] == "export-type" and row["active"] == "false"
    assert row["credentialsType"] == "X509_CERTIFICATE" and row["certificateFingerprint"] == leaf.fingerprint
    assert "exported" in row["certificateSubject"] and row["certificateNotAfter"].endswith("Z") and row["createdTime"].endswith("Z")
    assert list(export(rest, type="export-type")) == [name]
    assert name in export(rest, active="false", textSearch=name) and name not in export(rest, active="true")


def test_the_groups_of_each_device(rest, device_name):
    customer, kind = CustomerUser(rest), device_name()
    a, b = (rest.post("/api/entityGroup", {"type": "DEVICE", "name": f"{kind} {letter}"})["id"] for letter in "ab")
    devices = [rest.create_device(device_name(), type=kind) for _ in range(3)]
    for group, members in [(b, devices[::2]), (a, devices[:1])]:
        rest.call("POST", f"/api/entityGroup/{group['id']}/addEntities", json=[device.id for device in members])
    assert [export(rest, type=kind)[device.name]["groups"] for device in devices] == [f"{kind} a; {kind} b", "", f"{kind} b"]
    rest.post(f"/api/postern/entityGroup/{a['id']}/share", {"customerId": customer.customer["id"], "right": "READ"})
    assert {name: row["groups"] for name, row in export(customer, type=kind).items()} == {devices[0].name: f"{kind} a"}


def test_tokens_are_told_only_when_asked_for(rest, device_name):
    name = device_name()
    made = rest.create_device(name)
    assert made.token not in rest.raw("GET", EXPORT).text
    assert export(rest, textSearch=name, credentials="true")[name]["accessToken"] == made.token


def test_formulas_are_made_text(rest, device_name):
    name = device_name()
    rest.post("/api/device", {"name": name, "label": "=HYPERLINK(1)"})
    assert export(rest, textSearch=name)[name]["label"] == "'=HYPERLINK(1)"


def test_a_customers_user_gets_the_customers_devices_and_no_tokens(rest, device_name):
    customer = CustomerUser(rest)
    mine, other = device_name(), device_name()
    rest.post("/api/device", {"name": mine, "customerId": customer.customer["id"]})
    rest.post("/api/device", {"name": other})
    assert list(export(customer)) == [mine]
    assert customer.raw("GET", EXPORT, params={"credentials": "true"}).status_code == 403


def test_some_by_their_ids(rest, device_name):
    customer = CustomerUser(rest)
    devices = [rest.create_device(device_name()) for _ in range(3)]
    mine = rest.post("/api/device", {"name": device_name(), "customerId": customer.customer["id"]})
    chosen = ",".join([devices[2].id, str(uuid.uuid4()), devices[0].id, mine["id"]["id"]])
    assert list(export(rest, deviceIds=chosen)) == [devices[2].name, devices[0].name, mine["name"]]
    assert list(export(customer, deviceIds=chosen)) == [mine["name"]]
    assert export(rest, deviceIds=str(uuid.uuid4())) == {}
    many = ",".join([devices[0].id] * 101)
    assert "deviceIds has more than 100" in rest.raw("GET", EXPORT, params={"deviceIds": many}).json()["message"]


@pytest.mark.parametrize("query", [{"deviceIds": "x"}, {"format": "xlsx"}, {"active": "perhaps"}, {"deviceProfileId": "x"}, {"entityGroupId": "x"}])
def test_wrong_questions_are_refused(rest, query):
    answer = rest.raw("GET", EXPORT, params=query)
    assert answer.status_code == 400 and list(query)[0] in answer.json()["message"]
    assert rest.raw("GET", EXPORT, token=None).status_code == 401


def test_a_group_and_many_pieces(rest, device_name):
    group = rest.post("/api/entityGroup", {"type": "DEVICE", "name": device_name()})["id"]["id"]
    prefix = device_name()
    text = "NAME\n" + "".join(f"{prefix}-{n}\n" for n in range(250))
    assert rest.raw("POST", "/api/postern/devices/import", data=text.encode()).json()["created"] == 250
    assert len(export(rest, textSearch=prefix)) == 250
    one = rest.get("/api/tenant/devices", deviceName=f"{prefix}-7")["id"]["id"]
    assert rest.raw("POST", f"/api/entityGroup/{group}/addEntities", json=[one]).status_code == 200
    assert list(export(rest, entityGroupId=group)) == [f"{prefix}-7"]


def test_when_a_device_was_heard_is_told_also_after_a_restart(start_server):
    server = start_server({})
    made = server.rest.create_device("heard")
    assert export(server.rest)["heard"]["lastActivityTime"] == ""
    assert server.rest.raw("POST", f"/api/v1/{made.token}/telemetry", token=None, json={"a": 1}).status_code == 200
    heard = export(server.rest)["heard"]["lastActivityTime"]
    assert heard.endswith("Z")
    server.stop()
    server.start()
    server.rest.forget_login()
    assert export(server.rest)["heard"]["lastActivityTime"] != ""
