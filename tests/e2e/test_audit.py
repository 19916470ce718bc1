"""The audit log: who changed what, when and from where; refused, too; without secrets."""

import time

import pytest

from support.people import PASSWORD, CustomerUser, SysAdmin, new_email
from support.rest import USER


def logs(client, path="/api/audit/logs", **query):
    return client.get(path, pageSize=100, page=0, **query)["data"]


def of_entity(rest, kind, entity):
    return [(e["actionType"], e["actionStatus"], e["entityName"]) for e in reversed(logs(rest, f"/api/audit/logs/entity/{kind}/{entity}"))]


def test_the_life_of_a_device(rest, new_device, certificates):
    device = new_device("token")
    document = rest.get(f"/api/device/{device.id}")
    rest.post("/api/device", {**document, "label": "x"})
    rest.save_certificate(device, certificates.ec().pem)
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE", {"secret": "s3cr3t"})
    rest.raw("POST", f"/api/rpc/oneway/{device.id}", json={"method": "m"})
    rest.delete(f"/api/device/{device.id}")
    assert of_entity(rest, "DEVICE", device.id) == [
        ("ADDED", "SUCCESS", device.name), ("UPDATED", "SUCCESS", device.name), ("CREDENTIALS_UPDATED", "SUCCESS", device.name),
        ("ATTRIBUTES_UPDATED", "SUCCESS", device.name), ("RPC_CALL", "FAILURE", device.name), ("DELETED", "SUCCESS", device.name)]
    newest = logs(rest, f"/api/audit/logs/entity/DEVICE/{device.id}")[0]
    assert newest["userName"] == USER and newest["address"] == "127.0.0.1" and abs(newest["createdTime"] - time.time() * 1000) < 60_000
    assert newest["actionData"] == {"method": "DELETE", "route": "/api/device/{deviceId}"}
    assert newest["entityId"] == {"entityType": "DEVICE", "id": device.id}


def test_what_is_refused_says_why(rest, new_device):
    device, user = new_device("token"), CustomerUser(rest)
    user.raw("DELETE", f"/api/device/{device.id}")
    entry = logs(rest, f"/api/audit/logs/user/{user.id}")[0]
    assert (entry["actionType"], entry["actionStatus"], entry["entityName"]) == ("DELETED", "FAILURE", device.name)
    assert "permission" in entry["actionFailureDetails"] and entry["userName"] == user.email
    assert logs(rest, f"/api/audit/logs/customer/{user.customer['id']['id']}")[0]["id"] == entry["id"]
    assert user.raw("GET", "/api/audit/logs?pageSize=1&page=0").status_code == 403


def test_logins(rest):
    user = CustomerUser(rest)
    user.login(user.email, PASSWORD)
    user.raw("POST", "/api/auth/login", token=None, json={"username": user.email, "password": "a wrong one"})
    user.raw("POST", "/api/auth/logout")
    actions = [(e["actionType"], e["actionStatus"]) for e in logs(rest, textSearch=user.email)]
    assert actions[:3] == [("LOGOUT", "SUCCESS"), ("LOGIN", "FAILURE"), ("LOGIN", "SUCCESS")]


def test_filters_and_pages(rest, new_device):
    before = int(time.time() * 1000) - 1
    device = new_device("token")
    assert [e["entityName"] for e in logs(rest, startTime=before, actionTypes="ADDED", textSearch=device.name.upper())] == [device.name]
    assert logs(rest, endTime=before, textSearch=device.name) == []
    page = rest.get("/api/audit/logs", pageSize=1, page=0, sortProperty="createdTime", sortOrder="ASC")
    assert page["totalElements"] > 1 and page["hasNext"]
    assert rest.raw("GET", "/api/audit/logs?pageSize=1&page=0&sortProperty=shoe").status_code == 400


def test_no_secret_is_in_it(rest, server, new_device):
    device, token = new_device("token"), "tok" + new_email()[7:24].replace("@", "x").replace(".", "y")
    rest.save_credentials(device, "ACCESS_TOKEN", credentials_id=token)
    key = rest.post("/api/apiKey", {"description": "audited"})
    text = rest.raw("GET", "/api/audit/logs?pageSize=1000&page=0").text
    assert token not in text and key["value"] not in text and PASSWORD not in text and "e2e-Passw0rd!" not in text
    assert ("ADDED", "SUCCESS", "audited") in of_entity(rest, "API_KEY", key["id"]["id"])


def test_tenants_do_not_read_each_others_log(server, rest, new_device):
    sys, device = SysAdmin(server), new_device("token")
    admin = sys.new_tenant_admin()
    assert logs(admin, f"/api/audit/logs/entity/DEVICE/{device.id}") == []
    assert device.name not in str(logs(admin))
    assert any(e["actionType"] == "ADDED" and e["entityId"]["entityType"] == "TENANT" for e in logs(sys))


def test_the_log_is_bounded(start_server):
    server = start_server({"audit.max_entries": 100})
    for n in range(300):
        server.rest.post("/api/customer", {"title": f"c{n}"})
    assert 100 <= server.rest.get("/api/audit/logs", pageSize=1, page=0)["totalElements"] <= 164


def test_refusals_do_not_wash_it_out(start_server):
    server = start_server({"auth.login_attempts": 100000, "auth.login_attempts_per_address": 100000})
    started = time.monotonic()
    for _ in range(160):
        server.rest.raw("DELETE", "/api/device/11111111-2222-4333-8444-555555555555")
    elapsed = time.monotonic() - started  # the guard lets 100 at once, and one more each second
    refused = [e for e in server.rest.get("/api/audit/logs", pageSize=1000, page=0)["data"] if e["actionStatus"] == "FAILURE"]
    assert 100 <= len(refused) <= 105 + elapsed


def test_entries_survive_kill_9(start_server):
    server = start_server()
    device = server.rest.create_device("audited")
    server.kill()
    server.start()
    assert of_entity(server.rest, "DEVICE", device.id) == [("ADDED", "SUCCESS", "audited")]
