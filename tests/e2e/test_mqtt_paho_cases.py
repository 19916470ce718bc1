"""The cases that the Eclipse Paho suites for 3.1.1 and 5.0 share, as far as they apply to a platform: what a device
publishes is stored, and messages to a device come from the platform. docs/mqtt-conformance.md has the table.
"""

import json
import time

import pytest

from support import packets
from support.connection import Connection, connect_device, connect_plain, open_tls
from support.packets import PUBLISH, PUBREC, PUBREL, Will
from support.paho_device import PahoDevice, properties
from support.server import slower

TELEMETRY, ATTRIBUTES = "v1/devices/me/telemetry", "v1/devices/me/attributes"
pytestmark = pytest.mark.parametrize("version", [4, 5])


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.fixture
def paho(server, device, version):
    """paho(**options): a client that is gone after the test."""
    made = []

    def make(**options):
        made.append(PahoDevice(server, device, version, **options))
        return made[-1]
    yield make
    for client in made:
        client.disconnect()


def push(rest, device, **values):
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", values)


def kept(version):
    """Options of a session that outlives its connection."""
    return {"clean": False, **({"props": {"session_expiry": 600}} if version == 5 else {})}


def kept_paho(version):
    return {"clean": False, **({"props": properties("CONNECT", SessionExpiryInterval=600)} if version == 5 else {})}


def test_basic(server, device, version, paho, rest):
    paho().disconnect()
    client = paho()
    assert not client.session_present
    for qos in (0, 1, 2):
        client.publish(TELEMETRY, "{qos%d:1}" % qos, qos)
    rest.wait_latest(device, {"qos0": "1", "qos1": "1", "qos2": "1"})


def test_second_connect_ends_the_connection(server, device, version):
    with connect_plain(server, device, version) as connection:
        connection.send(packets.connect(version, "x", username=device.token))
        connection.expect_disconnect(0x82)


def test_wrong_protocol_name_ends_the_connection(server, device, version):
    with Connection(open_tls(server), version) as connection:
        connection.send(packets.connect(version, "x", username=device.token).replace(b"\0\4MQTT", b"\0\4hjhj"))
        assert connection.expect_closed() == []


def test_retained_message_is_taken_as_any_other(device, version, paho, rest):
    client = paho()
    for qos in (0, 1, 2):
        client.publish(TELEMETRY, "{retained%d:1}" % qos, qos, retain=True)
    rest.wait_latest(device, {"retained0": "1", "retained1": "1", "retained2": "1"})
    assert client.subscribe("#", 2) == [2]
    push(rest, device, marker=1)
    [message] = client.wait_messages(1)
    assert not message.retain and json.loads(message.payload) == {"marker": 1}


def test_will_message(device, version, paho, rest):
    paho(will=(TELEMETRY, "{will:1}", 1)).cut_cable()
    rest.wait_latest(device, {"will": "1"})


def test_zero_length_client_id(server, device, version, paho):
    client = paho(client_id="")
    assert not client.session_present
    with Connection(open_tls(server), version) as connection:
        connack = connection.connect("", clean=False, username=device.token)
        assert connack.reason == (0 if version == 5 else 2)


def test_offline_message_queueing(device, version, paho, rest):
    first = paho(**kept_paho(version))
    assert first.subscribe("v1/devices/me/+", 2) == [2]
    first.disconnect()
    for number in (1, 2, 3):
        push(rest, device, number=number)
    second = paho(**kept_paho(version))
    assert second.session_present
    assert [json.loads(message.payload)["number"] for message in second.wait_messages(3)] == [1, 2, 3]


def test_overlapping_subscriptions(device, version, paho, rest):
    client = paho()
    assert client.subscribe([(ATTRIBUTES, 1), ("v1/devices/me/+", 2)]) == [1, 2]
    push(rest, device, once=1)
    [message] = client.wait_messages(1)
    assert message.qos == 2
    push(rest, device, twice=1)
    assert len(client.wait_messages(2)) == 2, "one copy for all matching subscriptions"


def test_keep_alive(server, device, version, rest):
    """Nobody answers for the client: neither data nor PINGREQ come."""
    will = Will(TELEMETRY, b"{expired:1}")
    with connect_plain(server, device, version, keep_alive=1, will=will) as connection:
        started = time.monotonic()
        connection.expect_disconnect(0x8D, timeout=slower(4))
        assert time.monotonic() - started > 1.3
    rest.wait_latest(device, {"expired": "1"})


def test_redelivery_on_reconnect(server, device, version, rest):
    with connect_device(server, device, version, client_id="pausing", **kept(version)) as connection:
        connection.subscribe((ATTRIBUTES, 2), ("v2/a/res/+", 1))
        push(rest, device, a=1)
        connection.publish("v2/a/req/7", "{}", qos=0)
        first = {message.qos: message for message in (connection.expect(PUBLISH), connection.expect(PUBLISH))}
        assert sorted(first) == [1, 2]
    with connect_device(server, device, version, client_id="pausing", **kept(version)) as connection:
        for again in [connection.expect(PUBLISH), connection.expect(PUBLISH)]:
            assert again.flags & 8, "a repeated message carries DUP"
            before = first.pop(again.qos)
            assert (again.packet_id, again.topic, again.payload) == (before.packet_id, before.topic, before.payload)
        connection.ping()


def test_released_message_is_not_sent_again(server, device, version, rest):
    """Behind PUBREC only PUBREL is repeated."""
    with connect_device(server, device, version, client_id="half", **kept(version)) as connection:
        connection.subscribe(ATTRIBUTES, qos=2)
        push(rest, device, a=1)
        message = connection.expect(PUBLISH)
        connection.send(packets.acknowledge(PUBREC, message.packet_id))
        assert connection.expect(PUBREL).packet_id == message.packet_id
    with connect_device(server, device, version, client_id="half", **kept(version)) as connection:
        assert connection.expect(PUBREL).packet_id == message.packet_id
        connection.send(packets.acknowledge(packets.PUBCOMP, message.packet_id))
        connection.ping()


def test_subscribe_failure(device, version, paho):
    client = paho()
    granted = client.subscribe([("test/nosubscribe", 2), (ATTRIBUTES, 1)])
    assert granted == [0x8F if version == 5 else 0x80, 1]


def test_dollar_topics(server, device, version, paho, rest):
    client = paho()
    assert client.subscribe("+/devices/me/attributes", 2) == [2]
    with connect_plain(server, device, version) as connection:
        answer = connection.publish_acked("$" + TELEMETRY, "{dollar:1}")
        assert answer.reason == (0x90 if version == 5 else 0)
    push(rest, device, marker=1)
    client.wait_messages(1)
    assert rest.latest(device) == {}


def test_unsubscribe(device, version, paho, rest):
    client = paho()
    client.subscribe([(ATTRIBUTES, 2), ("v2/a/res/+", 2)])
    client.unsubscribe(ATTRIBUTES)
    push(rest, device, a=1)
    client.publish("v2/a/req/1", "{}", 1)
    [message] = client.wait_messages(1)
    assert message.topic == "v2/a/res/1"
