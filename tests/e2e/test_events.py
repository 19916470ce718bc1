"""What happened to a device at the door and to its messages, read by REST."""

import ssl

import pytest

from support.connection import Connection, open_tls


def events(rest, device=None, page_size=100, page=0):
    path = f"/api/postern/device/{device.id}/events" if device else "/api/postern/door/events"
    return rest.get(path, pageSize=page_size, page=page)


def types(rest, device):
    return [event["type"] for event in events(rest, device)["data"]]


@pytest.mark.parametrize("version,name", [(4, "MQTT 3.1.1"), (5, "MQTT 5.0")])
def test_a_session_from_connect_to_disconnect(new_device, connected, rest, version, name):
    device = new_device("ec")
    connection = connected(device, version=version, client_id="one")
    connection.publish_acked("v1/devices/me/telemetry", "{a:1}")
    connection.disconnect()
    connected(device, version=version, client_id="two").close()
    _wait_for(lambda: types(rest, device) == ["DISCONNECTED", "CONNECTED", "DISCONNECTED", "CONNECTED"])
    broken, _, ended, first = events(rest, device)["data"]
    assert first["reason"] == name and first["clientId"] == "one" and first["address"].startswith("127.0.0.1:")
    assert ended["reason"] == "by the client" and broken["reason"] == "the connection broke"
    assert first["ts"] <= ended["ts"] <= broken["ts"]


def test_a_payload_that_was_refused_with_its_position(new_device, connected, rest):
    device = new_device("token")
    connection = connected(device)
    assert connection.publish_acked("v1/devices/me/telemetry", '{"a" 5}').reason == 0x99
    event = events(rest, device)["data"][0]
    assert event["type"] == "MESSAGE_REFUSED" and event["mqttReason"] == 0x99
    assert "byte 5" in event["reason"]


@pytest.mark.parametrize("version", [4, 5])
def test_an_unknown_topic(new_device, connected, rest, version):
    device = new_device("token")
    connection = connected(device, version=version)
    for _ in range(3):
        connection.publish_acked("v1/devices/me/telemtry", "{a:1}")
    newest = events(rest, device)["data"][0]
    assert newest["type"] == "UNKNOWN_TOPIC" and newest["topic"] == "v1/devices/me/telemtry"
    assert newest["times"] == 3  # the same again is no new entry


def test_a_refused_login_is_told_at_its_device(server, certificates, new_device, rest):
    device = new_device("ec")
    connection = Connection(open_tls(server, device.identity))
    connection.log_in()
    credentials = rest.get(f"/api/device/{device.id}/credentials")
    rest.post("/api/device/credentials", {**credentials, "credentialsType": "X509_CERTIFICATE",
                                          "credentialsValue": open(certificates.ec().cert).read()})
    connection.expect_disconnect(0x98)
    kinds = [(event["type"], event.get("mqttReason")) for event in events(rest, device)["data"]]
    assert kinds[0] == ("DISCONNECTED", 0x98)


def test_an_unknown_certificate_is_in_the_door_log(server, certificates, rest):
    identity = certificates.ec()
    connection = Connection(open_tls(server, identity))
    assert connection.connect("stranger").reason == 0x87
    event = next(e for e in events(rest)["data"] if e.get("clientId") == "stranger")
    assert event["type"] == "REFUSED" and "not registered" in event["reason"]
    assert len(event["fingerprint"]) == 64 and event["subject"]


def test_the_list_is_bounded_survives_a_restart_and_goes_on(start_server):
    server = start_server({"events.per_device": 5})
    device = server.rest.create_device("bounded", token="bounded-token")
    connection = Connection(open_tls(server))
    connection.log_in(username="bounded-token")
    for n in range(8):
        assert connection.publish_acked("v1/devices/me/telemetry", "{a:%d" % n).reason == 0x99
        assert connection.publish_acked("nothing/%d" % n, "{}").reason == 0x90
    page = events(server.rest, device)
    assert page["totalElements"] == 5
    assert [e.get("topic") for e in page["data"] if e["type"] == "UNKNOWN_TOPIC"] == ["nothing/7", "nothing/6", "nothing/5"]
    connection.close()
    server.restart()
    numbers = [e["number"] for e in events(server.rest, device)["data"]]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] >= 17
    again = Connection(open_tls(server))
    again.log_in(username="bounded-token")
    newest = events(server.rest, device)["data"][0]
    assert newest["type"] == "CONNECTED" and newest["number"] == numbers[0] + 1
    again.close()


def test_pages(new_device, connected, rest):
    device = new_device("token")
    connection = connected(device)
    for n in range(5):
        connection.publish_acked("t/%d" % n, "{}")
    pages = [events(rest, device, 2, n) for n in range(3)]
    assert [p["totalElements"] for p in pages] == [6] * 3 and [p["hasNext"] for p in pages] == [True, True, False]
    assert [e.get("topic") for p in pages for e in p["data"]] == ["t/4", "t/3", "t/2", "t/1", "t/0", None]


def test_a_new_device_has_none_and_a_deleted_one_leaves_none(new_device, rest):
    device = new_device("token")
    assert events(rest, device)["data"] == []


def _wait_for(condition, seconds=5):
    import time
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
