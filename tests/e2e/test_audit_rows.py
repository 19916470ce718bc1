"""What else the audit log tells: lockouts, uploads, claims, what devices bring about themselves, and how calls ended."""

import json
import socket
import threading
import time

import pytest

from support.authority import Workshop
from support.connection import Connection, client_context, open_tls
from support.http_device import HttpDevice
from support.ota import make_package, upload
from support.people import PASSWORD, CustomerUser, Person, SysAdmin, new_email
from support.rest import USER
from support.rpc import REQUESTS, RESPONSES, call, keep, receive_call
from support.server import slower


def logs(client, path="/api/audit/logs", **query):
    return client.get(path, pageSize=100, page=0, **query)["data"]


def of_entity(client, kind, entity):
    return logs(client, f"/api/audit/logs/entity/{kind}/{entity}")


def told(entry):
    return entry["actionType"], entry["actionStatus"], entry["entityName"]


# people

def guess(client, email):
    return client.raw("POST", "/api/auth/login", token=None, json={"username": email, "password": "wrong"}).status_code


def test_a_lockout_is_told_once_to_the_users_tenant(start_server):
    server = start_server({"auth.login_attempts": 2, "auth.login_attempts_per_address": 100})
    admin = SysAdmin(server).new_tenant_admin()
    user = CustomerUser(admin)
    assert [guess(user, user.email) for _ in range(4)] == [401, 401, 429, 429]
    newest = logs(admin, actionTypes="LOCKOUT")
    assert [told(e) for e in newest] == [("LOCKOUT", "SUCCESS", user.email)]
    assert newest[0]["actionData"] == {"locked": "account"} and newest[0]["entityId"]["id"] == user.id
    assert newest[0]["customerId"]["id"] == user.customer["id"]["id"] and newest[0]["address"] == "127.0.0.1"
    assert {told(e) for e in logs(admin, actionTypes="LOGIN", textSearch=user.email)} == {("LOGIN", "FAILURE", user.email)}
    assert logs(server.rest, actionTypes="LOCKOUT") == []
    stranger = new_email()
    assert [guess(user, stranger) for _ in range(3)] == [401, 401, 429]
    [entry] = logs(server.rest, actionTypes="LOCKOUT")  # of nobody: the first tenant's
    assert entry["userName"] == stranger and entry["userId"] is None


def test_an_address_is_locked_out(start_server):
    server = start_server({"auth.login_attempts": 100, "auth.login_attempts_per_address": 3})
    server.rest.token()
    for _ in range(3):
        guess(server.rest, new_email())
    [entry] = logs(server.rest, actionTypes="LOCKOUT")
    assert entry["actionData"] == {"locked": "address"} and entry["address"] == "127.0.0.1"


def test_the_first_password_and_a_new_one(rest):
    user = CustomerUser(rest)
    link = rest.post(f"/api/postern/user/{user.id}/resetLink")["resetToken"]
    user.call("POST", "/api/noauth/resetPassword", json={"resetToken": link, "password": PASSWORD + "2"}, token=None)
    entries = of_entity(rest, "USER", user.id)
    assert [(e["actionType"], e["actionStatus"], e["userName"]) for e in entries] == [
        ("CREDENTIALS_UPDATED", "SUCCESS", user.email), ("CREDENTIALS_UPDATED", "SUCCESS", USER), ("ACTIVATED", "SUCCESS", user.email),
        ("CREDENTIALS_READ", "SUCCESS", USER), ("ADDED", "SUCCESS", USER)]
    assert link not in str(entries)
    for path, member in (("activate", "activateToken"), ("resetPassword", "resetToken")):
        user.raw("POST", f"/api/noauth/{path}", json={member: "used-" + link[:10], "password": PASSWORD}, token=None)
        newest = logs(rest, actionTypes="ACTIVATED,CREDENTIALS_UPDATED")[0]
        assert newest["actionStatus"] == "FAILURE" and "unknown" in newest["actionFailureDetails"]
        assert link[:10] not in str(newest)


def test_an_ended_session(rest):
    user = CustomerUser(rest)
    session = user.get("/api/postern/sessions")[0]["id"]
    user.delete(f"/api/postern/session/{session}")
    assert told(of_entity(rest, "USER", user.id)[0]) == ("LOGOUT", "SUCCESS", user.email)
    rest.raw("DELETE", f"/api/postern/session/{session}")
    assert logs(rest, actionTypes="LOGOUT")[0]["actionStatus"] == "FAILURE"


# files

def test_an_uploaded_package(rest):
    package = make_package(rest)
    other = Person(rest, "TENANT_ADMIN")
    assert upload(rest, package, b"firmware").status_code == 200
    assert upload(other, package, b"once more").status_code == 400
    entries = of_entity(rest, "OTA_PACKAGE", package["id"]["id"])
    assert [told(e) for e in entries] == [("UPDATED", "FAILURE", None), ("UPDATED", "SUCCESS", package["title"]), ("ADDED", "SUCCESS", package["title"])]
    assert entries[1]["actionData"]["bytes"] == 8 and entries[1]["actionData"]["version"] == package["version"]
    assert entries[0]["userName"] == other.email and "prohibited" in entries[0]["actionFailureDetails"]


IMPORT = "/api/postern/devices/import"


def imports(rest, since):
    return [e for e in logs(rest, startTime=since, actionTypes="ADDED") if e["actionData"]["route"] in (IMPORT, "/api/device/bulk_import")]


def now():
    return int(time.time() * 1000)


def test_an_import_is_one_row_with_counts(server, device_name):
    rest, since = Person(server.rest, "TENANT_ADMIN"), now()
    mine = lambda: [e for e in imports(rest, since) if e["userName"] == rest.email]
    one, two = device_name(), device_name()
    text = f"name,type\r\n{one},pump\r\n{two},pump\r\n{one},pump\r\n"
    assert rest.raw("POST", IMPORT, data=text, headers={"Content-Type": "text/csv"}).status_code == 200
    rest.post("/api/device/bulk_import", {"file": f"{one},x\n{device_name()},y\n", "mapping": {
        "columns": [{"type": "NAME"}, {"type": "TYPE"}], "delimiter": ",", "header": False, "update": True}})
    assert rest.raw("POST", IMPORT, data="shoe\r\nx\r\n").status_code == 400
    data = [(e["actionStatus"], *(e["actionData"].get(k) for k in ("created", "updated", "errors"))) for e in mine()]
    assert data == [("FAILURE", 0, 0, 0), ("SUCCESS", 1, 1, 0), ("SUCCESS", 2, 0, 1)]
    assert "shoe" in mine()[0]["actionFailureDetails"] and mine()[1]["entityId"] is None


def test_an_import_that_its_client_leaves(server, device_name):
    rest, since = Person(server.rest, "TENANT_ADMIN"), now()
    prefix = device_name() + "-"
    text = ("name,type\r\n" + "".join(f"{prefix}{n},pump\r\n" for n in range(8000))).encode()
    with socket.create_connection(("127.0.0.1", server.http_port)) as connection:
        connection.sendall(f"POST {IMPORT} HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer {rest.token()}\r\n"
                           f"Content-Length: {len(text) + 1}\r\n\r\n".encode() + text)
    deadline = time.monotonic() + slower(20)
    while not (entries := [e for e in imports(rest, since) if e["userName"] == rest.email]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert entries[0]["actionStatus"] == "FAILURE" and "went away" in entries[0]["actionFailureDetails"]
    made = rest.get("/api/tenant/devices", pageSize=1, page=0, textSearch=prefix)["totalElements"]
    assert entries[0]["actionData"]["created"] == made > 0


def test_attributes_of_many_devices(rest, new_device):
    devices = [new_device("token").id for _ in range(3)]
    rest.post("/api/postern/attributes/SHARED_SCOPE", {"deviceIds": devices, "values": {"k": "s3cr3t"}})
    newest = logs(rest, actionTypes="ATTRIBUTES_UPDATED")[0]
    assert newest["actionData"]["devices"] == 3 and "s3cr3t" not in str(newest)


# devices that change hands, and those that come by themselves

def test_claims(server, rest, new_device):
    device, user = new_device("token"), CustomerUser(rest)
    path = f"/api/customer/device/{device.name}/claim"
    assert user.raw("POST", path, json={"secretKey": "wr0ng"}).status_code == 400
    with HttpDevice(server, device.token) as client:
        assert client.post("claim", {"secretKey": "r1ght"}).status_code == 200
    user.post(path, {"secretKey": "r1ght"})
    user.delete(path)
    assert user.raw("DELETE", path).status_code == 404
    entries = logs(rest, f"/api/audit/logs/user/{user.id}")[:4]
    assert [told(e) for e in entries] == [
        ("UNASSIGNED_FROM_CUSTOMER", "FAILURE", device.name), ("UNASSIGNED_FROM_CUSTOMER", "SUCCESS", device.name),
        ("ASSIGNED_TO_CUSTOMER", "SUCCESS", device.name), ("ASSIGNED_TO_CUSTOMER", "FAILURE", device.name)]
    assert [e["entityId"] and e["entityId"]["id"] for e in entries] == [None, device.id, device.id, None]
    assert [e["actionData"].get("response") for e in entries] == [None, None, "SUCCESS", "FAILURE"]
    assert "r1ght" not in str(entries) and "wr0ng" not in str(entries)


def test_provisioning(server, rest, device_name):
    name = device_name()
    key = {"provisionDeviceKey": "key-" + name, "provisionDeviceSecret": "secret-" + name}
    rest.post("/api/deviceProfile", {
        "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": "ALLOW_CREATE_NEW_DEVICES",
        "provisionDeviceKey": key["provisionDeviceKey"],
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"}, "provisionConfiguration": {
            "type": "ALLOW_CREATE_NEW_DEVICES", "provisionDeviceSecret": key["provisionDeviceSecret"]}}})
    ask = lambda body: rest.session.post(f"{server.url}/api/v1/provision", json=body).json()
    made = ask({"deviceName": name, **key})
    assert made["status"] == "SUCCESS"
    assert ask({"deviceName": name, **key})["status"] == "FAILURE"
    assert ask({"deviceName": name, **key, "provisionDeviceSecret": "another"})["status"] == "NOT_FOUND"
    entries = logs(rest, textSearch=name, actionTypes="PROVISION_SUCCESS,PROVISION_FAILURE")
    assert [told(e)[:2] for e in entries] == [("PROVISION_FAILURE", "FAILURE"), ("PROVISION_FAILURE", "FAILURE"), ("PROVISION_SUCCESS", "SUCCESS")]
    device = rest.get("/api/tenant/devices", deviceName=name)["id"]["id"]
    assert of_entity(rest, "DEVICE", device) == entries[2:] and entries[2]["entityName"] == name
    assert entries[2]["userId"] is None and entries[2]["address"] == "127.0.0.1"
    assert entries[2]["actionData"] == {"by": "provisioning", "deviceProfile": name, "credentialsType": "ACCESS_TOKEN"}
    assert key["provisionDeviceSecret"] not in str(entries) and made["credentialsValue"] not in str(entries)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return Workshop(tmp_path_factory.mktemp("authorities"))


def log_in(server, identity):
    context = client_context(server)
    context.load_cert_chain(identity.cert, identity.key)
    with Connection(open_tls(server, context=context), 5) as connection:
        connection.log_in()


def test_enrolment_by_a_chain_and_exchanged_credentials(server, rest, workshop, device_name):
    name = device_name()
    root = workshop.sign(f"Root of {name}", extensions=Workshop.AUTHORITY)
    profile = rest.post("/api/deviceProfile", {
        "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": "X509_CERTIFICATE_CHAIN",
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"}, "provisionConfiguration": {
            "type": "X509_CERTIFICATE_CHAIN", "provisionDeviceSecret": root.pem, "certificateRegExPattern": "(.*)",
            "allowCreateNewDevicesByX509Certificate": True}}})
    first = workshop.sign(name, root)
    for identity in (first, first, workshop.sign(name, root)):  # the second time it is registered: no row
        log_in(server, workshop.chain(identity, root))
    device = rest.get("/api/tenant/devices", deviceName=name)["id"]["id"]
    entries = of_entity(rest, "DEVICE", device)
    assert [told(e) for e in entries] == [("CREDENTIALS_UPDATED", "SUCCESS", name), ("PROVISION_SUCCESS", "SUCCESS", name)]
    for entry in entries:
        assert entry["userId"] is None and entry["address"] == "127.0.0.1"
        assert entry["actionData"] == {"by": "certificate chain", "deviceProfile": profile["name"]}
    rest.delete(f"/api/device/{device}")
    rest.delete(f"/api/deviceProfile/{profile['id']['id']}")


# calls

def last_call(server, device):
    newest = of_entity(server.rest, "DEVICE", device.id)[0]
    assert newest["actionType"] == "RPC_CALL" and newest["actionData"]["rpcMethod"] == "open" and "s3cr3t" not in str(newest)
    return newest["actionStatus"], newest["actionData"]["outcome"], newest["actionFailureDetails"]


def test_how_a_call_ended(quick, new_device, paho_connected):
    device = new_device("token", at=quick)
    body = {"method": "open", "params": {"pin": "s3cr3t"}}
    assert call(quick, device, body, "oneway").status_code == 409
    assert last_call(quick, device)[:2] == ("FAILURE", "no device")
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+")
    assert call(quick, device, body, "oneway").status_code == 200
    assert last_call(quick, device) == ("SUCCESS", "sent", None)
    receive_call(connection)
    assert call(quick, device, {**body, "timeout": 200}).status_code == 504
    assert last_call(quick, device) == ("FAILURE", "timed out", "The device did not answer in time")


def test_an_answered_call_and_a_kept_one(quick, new_device, paho_connected):
    device = new_device("token", at=quick)
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+")
    body = {"method": "open", "params": "s3cr3t"}
    answered = []
    caller = threading.Thread(target=lambda: answered.append(call(quick, device, body)))
    caller.start()
    number, _ = receive_call(connection)
    connection.publish_acked(f"{RESPONSES}{number}", json.dumps({"a": "s3cr3t"}))
    caller.join()
    assert answered[0].status_code == 200 and last_call(quick, device) == ("SUCCESS", "answered", None)
    rpc = keep(quick, device, **body)
    assert last_call(quick, device)[:2] == ("SUCCESS", "kept")
    quick.rest.delete(f"/api/rpc/persistent/{rpc}")
    assert [told(e)[:2] for e in of_entity(quick.rest, "RPC", rpc)] == [("DELETED", "SUCCESS")]


def test_a_call_that_is_none(quick, new_device):
    device = new_device("token", at=quick)
    assert call(quick, device, {"method": ""}).status_code == 400
    newest = of_entity(quick.rest, "DEVICE", device.id)[0]
    assert told(newest)[:2] == ("RPC_CALL", "FAILURE") and "method" in newest["actionFailureDetails"]
