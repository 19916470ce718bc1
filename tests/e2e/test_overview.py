"""What the page shows first, and lists by what is no part of a device's row: presence and certificates."""

import csv
import io
import time

import pytest

from support.connection import Connection, open_tls
from support.people import CustomerUser, SysAdmin
from support.server import slower

DAY = 86400


def overview(client):
    return client.get("/api/postern/overview")


def wait_for(look, wanted, timeout=15):
    deadline = time.monotonic() + slower(timeout)
    while look() != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert look() == wanted


@pytest.fixture(scope="module")
def fleet(tmp_path_factory, certificates):
    """A server with one device of each kind."""
    from support.server import PosternServer
    server = PosternServer(tmp_path_factory.mktemp("fleet"), {"tls.allow_expired": "true"}).init().start()
    rest, now = server.rest, int(time.time())
    user = CustomerUser(rest)
    ends = {"expired": -10, "today": 0.5, "week": 5, "month": 20, "year": 365}
    devices = {name: rest.create_device(name, certificates.valid_between(now - 30 * DAY, now + int(days * DAY))) for name, days in ends.items()}
    devices["token"] = rest.create_device("token", customerId=user.customer["id"])
    server.user, server.devices = user, devices
    yield server
    server.stop()


@pytest.fixture(scope="module")
def online(fleet, certificates):
    """"year" is connected and "month" was; a stranger tried twice."""
    connection = Connection(open_tls(fleet, fleet.devices["year"].identity))
    connection.log_in()
    gone = Connection(open_tls(fleet, fleet.devices["month"].identity))
    gone.log_in()
    time.sleep(0.05)  # so that the two were not last heard in the same millisecond
    gone.disconnect()
    connection.publish_acked("v1/devices/me/telemetry", "{a:1}")
    stranger = certificates.ec()
    for _ in range(2):
        with Connection(open_tls(fleet, stranger)) as refused:
            refused.connect()
    wait_for(lambda: names(fleet.rest, active="true"), ["year"])
    yield connection
    connection.close()


def listed(client, path="/api/tenant/deviceInfos", **query):
    return client.get(path, **{"pageSize": 100, "page": 0, "sortProperty": "name", **query})


def names(client, path="/api/tenant/deviceInfos", **query):
    found = listed(client, path, **query)
    assert found["totalElements"] == len(found["data"])
    return [device["name"] for device in found["data"]]


def test_the_overview(fleet, online):
    found = overview(fleet.rest)
    assert found["devices"] == {"total": 6, "active": 1, "inactive": 5, "neverConnected": 4}
    assert found["certificates"] == {"expired": 1, "expiringIn1Day": 1, "expiringIn7Days": 2, "expiringIn30Days": 3}
    assert found["connections"] == 1 and abs(found["ts"] - time.time() * 1000) < 60_000
    assert found["refusals"]["lastHour"] == 1 and found["refusals"]["attemptsLastHour"] == 2
    assert found["refusals"]["last"][0]["reason"].startswith("certificate not registered")


def test_the_overview_of_others(fleet, online):
    found = overview(fleet.user)
    assert found["devices"] == {"total": 1, "active": 0, "inactive": 1, "neverConnected": 1}
    assert set(found["certificates"].values()) == {0} and found["connections"] == 0 and found["messagesPerSecond"] is None
    assert found["refusals"] == {"lastHour": 0, "attemptsLastHour": 0, "last": []}
    other = overview(SysAdmin(fleet).new_tenant_admin())
    assert other["devices"]["total"] == 0 and set(other["certificates"].values()) == {0} and other["connections"] == 0


def test_messages_a_second(fleet, online):
    def rate():
        for _ in range(5):
            online.publish_acked("v1/devices/me/telemetry", "{a:1}")
        return overview(fleet.rest)["messagesPerSecond"] > 0
    wait_for(rate, True)


@pytest.mark.parametrize("query,wanted", [
    ({"certificate": "none"}, ["token"]), ({"certificate": "expired"}, ["expired"]), ({"certificate": "valid"}, ["year"]),
    ({"certificate": "expiring"}, ["month", "today", "week"]), ({"certificate": "expiring", "expiringDays": 1}, ["today"]),
    ({"certificate": "valid", "expiringDays": 7}, ["month", "year"]), ({"certificate": "valid", "expiringDays": 1000}, []),
    ({"active": "true"}, ["year"]), ({"active": "false"}, ["expired", "month", "today", "token", "week"]),
    ({"neverConnected": "true"}, ["expired", "today", "token", "week"]), ({"neverConnected": "false"}, ["month", "year"]),
    ({"active": "false", "neverConnected": "false"}, ["month"]), ({"active": "true", "certificate": "valid", "textSearch": "YEA"}, ["year"]),
    ({"active": "true", "textSearch": "month"}, []), ({"certificate": "expiring", "type": "default"}, ["month", "today", "week"]),
    ({"certificate": "expiring", "textSearch": "t"}, ["month", "today", "week"]), ({"certificate": "expiring", "type": "nothing"}, []),
], ids=str)
def test_filters_of_every_list_and_the_export(fleet, online, query, wanted):
    rest = fleet.rest
    group = rest.get("/api/entityGroup/all/TENANT/" + rest.get("/api/auth/user")["tenantId"]["id"] + "/DEVICE")["id"]["id"]
    for path in ("/api/tenant/deviceInfos", "/api/tenant/devices", "/api/user/devices", f"/api/entityGroup/{group}/devices"):
        assert names(rest, path, **query) == wanted, path
    table = list(csv.reader(io.StringIO(rest.raw("GET", "/api/postern/devices/export", params=query).text)))
    assert sorted(row[0] for row in table[1:]) == wanted


def test_filters_of_a_customers_lists(fleet, online):
    path = f"/api/customer/{fleet.user.customer['id']['id']}/deviceInfos"
    for client in (fleet.rest, fleet.user):
        assert names(client, path, neverConnected="true", certificate="none") == ["token"]
        assert names(client, path, active="true") == [] == names(client, path, certificate="expired")
    assert names(fleet.user, "/api/user/devices", active="false") == ["token"]


def test_sorted_by_what_is_no_part_of_the_row(fleet, online):
    ends = ["expired", "today", "week", "month", "year", "token"]
    assert names(fleet.rest, sortProperty="certificateNotAfter") == ends
    assert names(fleet.rest, sortProperty="certificateNotAfter", sortOrder="DESC") == ends[::-1]
    assert names(fleet.rest, sortProperty="lastActivityTime", sortOrder="DESC")[:2] == ["year", "month"]
    assert names(fleet.rest, sortProperty="lastActivityTime")[-2:] == ["month", "year"]
    page = listed(fleet.rest, sortProperty="certificateNotAfter", pageSize=2, page=1)
    assert [d["name"] for d in page["data"]] == ["week", "month"] and page["totalElements"] == 6 and page["hasNext"]


def test_rows_tell_what_they_are_filtered_by(fleet, online):
    rows = {row["name"]: row for row in listed(fleet.rest)["data"]}
    assert rows["token"]["credentialsType"] == "ACCESS_TOKEN" and rows["token"]["certificateNotAfter"] is None
    assert rows["token"]["lastActivityTime"] == 0 and rows["month"]["lastActivityTime"] > 0
    certificate = fleet.rest.get(f"/api/postern/device/{fleet.devices['month'].id}/certificate")
    assert rows["month"]["credentialsType"] == "X509_CERTIFICATE" and rows["month"]["certificateNotAfter"] == certificate["notAfter"]


@pytest.mark.parametrize("query", [{"certificate": "old"}, {"expiringDays": "x"}, {"expiringDays": 4000}, {"neverConnected": "maybe"}, {"sortProperty": "secret"}], ids=str)
def test_queries_that_are_none(fleet, query):
    for path in ("/api/tenant/deviceInfos", "/api/postern/devices/export")[:2 if "sortProperty" not in query else 1]:
        answer = fleet.rest.raw("GET", path, params={"pageSize": 1, "page": 0, **query})
        assert answer.status_code == 400 and next(iter(query)) in answer.json()["message"]


def test_a_certificate_that_is_exchanged_counts_anew(fleet, certificates):
    rest = fleet.rest
    device = rest.create_device("renewed", certificates.valid_between(time.time() - DAY, time.time() + 3 * DAY))
    assert "renewed" in names(rest, certificate="expiring")
    rest.save_certificate(device, certificates.ec(days=100).pem)
    assert "renewed" in names(rest, certificate="valid")
    rest.delete(f"/api/device/{device.id}")


def test_who_was_heard_is_known_after_a_restart(start_server, certificates):
    server = start_server()
    rest = server.rest
    seen, never = (rest.create_device(name, certificates.ec()) for name in ("seen", "never"))
    other = SysAdmin(server).new_tenant_admin()
    far = other.create_device("far", certificates.ec())
    for device in (seen, far):
        with Connection(open_tls(server, device.identity)) as connection:
            connection.log_in()
            connection.disconnect()
    before = {row["name"]: row["lastActivityTime"] for row in listed(rest)["data"]}
    server.restart()
    other.forget_login()
    wait_for(lambda: names(rest, neverConnected="true"), ["never"])
    assert names(rest, neverConnected="false") == ["seen"]
    after = {row["name"]: row["lastActivityTime"] for row in listed(rest)["data"]}
    assert after["never"] == 0 and abs(after["seen"] - before["seen"]) < 5000
