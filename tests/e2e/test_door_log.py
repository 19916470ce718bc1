"""GET /api/postern/refusals: who was not let in and why, and how a certificate gets from there to a device."""

import time

import pytest

from support.connection import Connection, open_tls
from support.people import CustomerUser, SysAdmin
from support.rest import RestError
from support.server import slower

PATH = "/api/postern/refusals"


def refuse(server, identity):
    with_certificate = Connection(open_tls(server, identity))
    with_certificate.connect()
    with_certificate.close()


def refused(rest, **filters):
    return rest.get(PATH, pageSize=100, page=0, **filters)


def wait_for(rest, count=1, **filters):
    deadline = time.monotonic() + slower(10)
    while True:
        found = refused(rest, **filters)
        if found["totalElements"] >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@pytest.fixture
def unknown(server, certificates, rest):
    """A certificate that nobody knows, and the entry of its refusal."""
    identity = certificates.ec()
    refuse(server, identity)
    entry, = wait_for(rest, textSearch=identity.fingerprint)["data"]
    return identity, entry


def test_an_unknown_certificate_with_all_there_is_to_know(unknown, rest, certificates):
    identity, entry = unknown
    assert entry["reason"].startswith("certificate not registered") and entry["address"].startswith("127.0.0.1:")
    assert entry["subject"] and entry["hasCertificate"] is True and "deviceId" not in entry and "tenantId" not in entry
    assert abs(entry["ts"] - time.time() * 1000) < 60_000
    one = rest.get(f"{PATH}/{entry['number']}")
    assert one["certificate"].split() == identity.pem.split() and one["fingerprint"] == entry["fingerprint"]
    inspected = rest.post("/api/postern/certificate/inspect", {"certificate": one["certificate"]})
    assert inspected["problems"] == [] or all(p["severity"] == "warning" for p in inspected["problems"])


def test_it_is_registered_to_a_device_by_one_call(server, unknown, new_device, rest, paho_connected):
    identity, entry = unknown
    device = new_device("token")
    saved = rest.post(f"{PATH}/{entry['number']}/register", {"deviceId": device.id})
    assert saved["credentialsType"] == "X509_CERTIFICATE" and saved["credentialsId"] == entry["fingerprint"]
    device.token, device.identity = None, identity
    assert paho_connected(device).publish_acked("v1/devices/me/telemetry", "{a:1}").reason == 0
    with pytest.raises(RestError) as error:
        rest.post(f"{PATH}/{entry['number']}/register", {"deviceId": new_device("token").id})
    assert error.value.status == 400 and "already registered" in error.value.message
    logged = rest.get("/api/audit/logs", pageSize=10, page=0)["data"]
    assert any(e["actionType"] == "CREDENTIALS_UPDATED" and (e["entityId"] or {}).get("id") == device.id for e in logged)


@pytest.mark.parametrize("exists", [False, True])
def test_it_is_registered_by_name(server, unknown, new_device, rest, device_name, exists):
    _, entry = unknown
    name = new_device("token").name if exists else device_name()
    profile = rest.get("/api/deviceProfileInfo/default")["id"]
    rest.post(f"{PATH}/{entry['number']}/register", {"deviceName": name, "deviceProfileId": profile})
    device = rest.get("/api/tenant/devices", deviceName=name)
    assert rest.get(f"/api/device/{device['id']['id']}/credentials")["credentialsId"] == entry["fingerprint"]


@pytest.mark.parametrize("body,says", [
    ({}, "missing"), ({"deviceId": "x"}, "deviceId"), ({"deviceId": "13814000-1dd2-11b2-8080-808080808080"}, "no device"),
    ({"deviceId": "13814000-1dd2-11b2-8080-808080808080", "deviceName": "x"}, "both"), ({"deviceName": "x" * 300}, "300 bytes"),
    ({"deviceName": ""}, "name"), ({"deviceName": 5}, "deviceName"),
])
def test_bodies_that_register_nothing(unknown, rest, body, says):
    _, entry = unknown
    with pytest.raises(RestError) as error:
        rest.post(f"{PATH}/{entry['number']}/register", body)
    assert error.value.status == 400 and says in error.value.message


@pytest.mark.parametrize("number,status", [("999999999", 404), ("x", 400), ("-1", 400), ("9" * 30, 400)])
def test_entries_that_are_none(rest, number, status):
    for answer in (rest.raw("GET", f"{PATH}/{number}"), rest.raw("POST", f"{PATH}/{number}/register", json={"deviceName": "x"})):
        assert answer.status_code == status


def test_filters(server, unknown, rest):
    identity, entry = unknown
    fingerprint = entry["fingerprint"]
    assert refused(rest, textSearch=fingerprint.upper(), reason="NOT registered")["totalElements"] == 1
    assert refused(rest, textSearch=fingerprint, reason="expired")["totalElements"] == 0
    assert refused(rest, textSearch=fingerprint, startTime=entry["ts"], endTime=entry["ts"])["totalElements"] == 1
    assert refused(rest, textSearch=fingerprint, startTime=entry["ts"] + 1)["totalElements"] == 0
    assert refused(rest, textSearch=fingerprint, endTime=entry["ts"] - 1)["totalElements"] == 0
    assert refused(rest, textSearch=fingerprint, since=entry["number"])["totalElements"] == 1
    assert refused(rest, textSearch=fingerprint, since=entry["number"] + 1)["totalElements"] == 0
    assert rest.get(PATH, pageSize=1, page=0)["hasNext"] in (True, False)
    for bad in ({"startTime": "x"}, {"since": "-1"}, {"deviceId": "x"}, {"textSearch": "x" * 300}, {"sortProperty": "reason"}):
        assert rest.raw("GET", PATH, params={"pageSize": 1, "page": 0, **bad}).status_code == 400, bad


def test_only_what_is_new_is_asked_for(server, certificates, rest):
    first = refused(rest)["since"]
    identity = certificates.ec()
    refuse(server, identity)
    found = wait_for(rest, since=first, textSearch=identity.fingerprint)
    assert [e["fingerprint"] for e in found["data"]] == [identity.fingerprint] and found["since"] > first


def test_a_refused_login_of_a_device_names_it_to_those_it_concerns(server, certificates, rest):
    user = CustomerUser(rest)
    end = int(time.time()) + 3
    short = certificates.valid_between(end - 3600, end)
    device = rest.create_device(f"expired-{time.time_ns()}", short, customerId=user.customer["id"])
    other = CustomerUser(rest)
    tenant = SysAdmin(server).new_tenant_admin()
    while time.time() < end + 1:
        time.sleep(0.1)
    refuse(server, short)
    entry, = wait_for(rest, deviceId=device.id)["data"]
    assert entry["deviceId"] == device.id and entry["deviceName"] == device.name and "tenantId" not in entry
    assert "hasCertificate" not in entry
    assert [e["number"] for e in refused(user)["data"]] == [entry["number"]]
    assert refused(other)["totalElements"] == 0
    assert refused(tenant, deviceId=device.id)["totalElements"] == 0
    assert all("deviceId" not in e for e in rest.get("/api/postern/door/events", pageSize=1000, page=0)["data"])


def test_customers_see_nothing_of_strangers(unknown, rest):
    _, entry = unknown
    user = CustomerUser(rest)
    assert refused(user)["totalElements"] == 0
    assert user.raw("GET", f"{PATH}/{entry['number']}").status_code == 403


def test_a_short_log_forgets_certificates_with_their_entries(start_server, certificates):
    server = start_server({"events.door_log": 2})
    identities = [certificates.ec() for _ in range(3)]
    for identity in identities:
        refuse(server, identity)
        wait_for(server.rest, textSearch=identity.fingerprint)
    numbers = [e["number"] for e in refused(server.rest)["data"]]
    assert len(numbers) == 2
    assert server.rest.raw("GET", f"{PATH}/{min(numbers) - 1}").status_code == 404
    for number, identity in zip(numbers, reversed(identities)):
        assert server.rest.get(f"{PATH}/{number}")["certificate"].split() == identity.pem.split()
