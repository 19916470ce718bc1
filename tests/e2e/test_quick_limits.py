"""Each limit is reached once, and the documented answer comes."""

import pytest

from support import packets
from support.connection import Closed, connect_device
from support.ota import make_package, upload

TELEMETRY = "v1/devices/me/telemetry"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server with low limits."""
    from support.server import PosternServer
    running = PosternServer(tmp_path_factory.mktemp("small"), {
        "mqtt.max_packet": "8 KiB", "mqtt.max_payload": "1 KiB", "mqtt.max_topic": "100", "mqtt.max_subscriptions": "3",
        "mqtt.max_inflight": "4", "telemetry.max_keys": "10", "json.max_depth": "5", "http.max_body": "4 KiB",
        "mqtt.max_session_expiry": "30", "ota.max_package": "100 KiB",
    }).init().start()
    yield running
    running.stop()


@pytest.fixture
def device(small, device_name):
    return small.rest.create_device(device_name())


@pytest.fixture(params=[4, 5])
def connection(request, small, device):
    with connect_device(small, device, request.param) as opened:
        yield opened


def test_payload_too_large(connection):
    connection.publish(TELEMETRY, '{"a":"%s"}' % ("x" * 1100))
    connection.expect_disconnect(0x95)


def test_largest_payload_is_taken(connection):
    body = '{"a":"%s"}'
    assert connection.publish_acked(TELEMETRY, body % ("x" * (1024 - len(body) + 2))).reason == 0


def test_packet_too_large(connection):
    connection.publish(TELEMETRY, b"x" * 9000)
    connection.expect_disconnect(0x95)


def test_default_payload_limit_is_64_kib(new_device, connected):
    body = '{"a":"%s"}'
    fits = connected(new_device("token"))
    assert fits.publish_acked(TELEMETRY, body % ("x" * (65536 - len(body) + 2))).reason == 0
    fits.publish(TELEMETRY, body % ("x" * (65536 - len(body) + 3)))
    fits.expect_disconnect(0x95)


def test_topic_too_long(connection):
    connection.publish("v1/" + "x" * 100, "{}")
    if connection.version == 4:
        seen = connection.expect_closed()
        assert [packet for packet in seen if packet.kind == packets.PUBACK] == []
    else:
        answer = connection.read()
        assert answer.reason in (0x90, 0x95), answer


def test_unknown_topic_5_0(small, device):
    with connect_device(small, device) as opened:
        assert opened.publish_acked("sensors/kitchen", "{a:1}").reason == 0x90
        assert opened.publish_acked("sensors/kitchen", "{a:1}", qos=2).reason == 0x90
        opened.ping()


def test_unknown_topic_3_1_1(small, device):
    with connect_device(small, device, 4) as opened:
        assert opened.publish_acked("sensors/kitchen", "{a:1}").kind == packets.PUBACK
        opened.ping()
    assert small.rest.latest(device) == {}


def test_bad_payload_tells_the_position(small, device):
    with connect_device(small, device) as opened:
        puback = opened.publish_acked(TELEMETRY, '{"a":1,"b":}')
        assert puback.reason == 0x99
        assert any(position in puback.properties["reason_string"] for position in ("11", "12"))


def test_too_many_subscriptions(connection):
    refused = 0x80 if connection.version == 4 else 0x97
    filters = [f"v1/devices/me/attributes/response/{number}" for number in range(3)]
    granted = connection.subscribe(*filters)
    if granted != [1, 1, 1]:
        filters = ["v1/devices/me/attributes", "v1/devices/me/attributes/response/+", "v2/a/res/+"]
        connection.unsubscribe(*[f"v1/devices/me/attributes/response/{number}" for number in range(3)])
        assert connection.subscribe(*filters) == [1, 1, 1]
    assert connection.subscribe("v2/a") == [refused]
    assert connection.subscribe(filters[0]) == [1], "a filter that is there already is no further one"
    connection.ping()


def test_too_many_in_flight(small, device):
    with connect_device(small, device) as opened:
        for number in range(1, 6):
            opened.publish(TELEMETRY, "{a:1}", qos=2, packet_id=number)
        seen = opened.expect_closed()
        assert [packet.reason for packet in seen if packet.kind == packets.DISCONNECT] == [0x93]


def test_connack_tells_the_limits(small, device):
    from support.connection import Connection, open_tls
    with Connection(open_tls(small), 5) as opened:
        told = opened.log_in(username=device.token, clean=False, props={"session_expiry": 1000}).properties
        assert told["receive_maximum"] == 4
        assert told["maximum_packet_size"] == 8192
        assert told["session_expiry"] == 30


def test_too_many_keys(small, device):
    with connect_device(small, device) as opened:
        body = "{%s}" % ",".join(f"k{number}:1" for number in range(11))
        puback = opened.publish_acked(TELEMETRY, body)
        assert puback.reason in (0x97, 0x99), puback
        assert "10" in puback.properties["reason_string"]
        assert small.rest.latest(device) == {}
        assert opened.publish_acked(TELEMETRY, "{%s}" % ",".join(f"k{n}:1" for n in range(10))).reason == 0


def test_too_deep(small, device):
    with connect_device(small, device) as opened:
        puback = opened.publish_acked(TELEMETRY, '{"a":%s1%s}' % ("[" * 6, "]" * 6))
        assert puback.reason == 0x99
        opened.ping()


def test_key_lengths(small, device):
    with connect_device(small, device) as opened:
        assert opened.publish_acked(TELEMETRY, '{"%s":1}' % ("k" * 255)).reason == 0
        assert opened.publish_acked(TELEMETRY, '{"%s":1}' % ("k" * 256)).reason == 0x99
        assert opened.publish_acked(TELEMETRY, '{"":1}').reason == 0x99


def test_http_body_too_large(small):
    answer = small.rest.raw("POST", "/api/device", json={"name": "x", "additionalInfo": {"description": "y" * 5000}})
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


def test_login_attempts_are_slowed(start_server):
    import time
    server = start_server({"auth.login_attempts": "2"})

    def attempt():
        started = time.monotonic()
        answer = server.rest.raw("POST", "/api/auth/login", token=None,
                                 json={"username": "tenant@localhost", "password": "wrong"})
        return answer.status_code, time.monotonic() - started
    first = attempt()
    assert first[0] == 401
    attempt()
    later = [attempt() for _ in range(3)]
    assert any(status == 429 or taken > first[1] + 0.4 for status, taken in later), (first, later)


def test_connection_limit(start_server, device_name):
    server = start_server({"net.max_connections": "3"})
    device = server.rest.create_device(device_name())
    opened = [connect_device(server, device, client_id=str(number)) for number in range(3)]
    with pytest.raises((OSError, Closed, AssertionError)):
        connect_device(server, device, client_id="4")
    for connection in opened:
        connection.ping()
        connection.disconnect()


def test_package_too_large(small):
    package = make_package(small.rest)
    assert upload(small.rest, package, bytes((100 << 10) + 1)).status_code == 400
    assert upload(small.rest, package, bytes(300 << 10)).status_code == 413
    assert upload(small.rest, package, bytes(100 << 10)).status_code == 200
