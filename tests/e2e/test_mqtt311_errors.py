"""MQTT 3.1.1 and 3.1: errors end the connection without a word, refusals have return codes, and 3.1 has its quirks."""

import contextlib

import pytest

from support import packets
from support.connection import Connection, connect_plain, open_tls
from support.packets import from_text

TELEMETRY = "v1/devices/me/telemetry"
HEAD = "0004 'MQTT' 04"

CONNECTS = {
    "protocol level 3": (1, "10 0d 0004 'MQTT' 03 02 003c 0001 'c'"),
    "protocol level 9": (None, "10 0d 0004 'HTTP' 04 02 003c 0001 'c'"),
    "MQIsdp of level 4": (1, "10 0f 0006 'MQIsdp' 04 02 003c 0001 'c'"),
    "bridge bit": (1, "10 0d 0004 'MQTT' 84 02 003c 0001 'c'"),
    "empty client id that is to be kept": (2, f"10 0c {HEAD} 00 003c 0000"),
    "unknown user": (5, f"10 10 {HEAD} 82 003c 0001 'c' 0001 'u'"),
    "no user": (5, f"10 0d {HEAD} 02 003c 0001 'c'"),
    "reserved flag": (None, f"10 0d {HEAD} 03 003c 0001 'c'"),
    "Will QoS without will": (None, f"10 0d {HEAD} 0a 003c 0001 'c'"),
    "Will Retain without will": (None, f"10 0d {HEAD} 22 003c 0001 'c'"),
    "Will QoS 3": (None, f"10 13 {HEAD} 1e 003c 0001 'c' 0001 't' 0001 'w'"),
    "password without user name": (None, f"10 10 {HEAD} 42 003c 0001 'c' 0001 'p'"),
    "client id is no UTF-8": (None, f"10 0d {HEAD} 02 003c 0001 ff"),
    "client id with U+0000": (None, f"10 0d {HEAD} 02 003c 0001 00"),
    "bytes too many": (None, f"10 0e {HEAD} 02 003c 0001 'c' 00"),
    "too large": (None, f"10 ffff7f {HEAD} 02 003c"),
}

PACKETS = {
    "second CONNECT": f"10 0d {HEAD} 02 003c 0001 'c'",
    "CONNACK": "20 02 00 00",
    "PINGRESP": "d0 00",
    "AUTH": "f0 00",
    "reserved packet type": "00 00",
    "flags of PINGREQ": "c1 00",
    "flags of PUBREL": "60 02 0001",
    "flags of SUBSCRIBE": "80 06 0001 0001 'a' 00",
    "flags of UNSUBSCRIBE": "a0 05 0001 0001 'a'",
    "flags of DISCONNECT": "e1 00",
    "DISCONNECT with a body": "e0 01 00",
    "packet too large": "30 ffffff7f",
    "Remaining Length of five bytes": "30 ffffffff",
    "QoS 3": "36 05 0001 'a' 0001",
    "DUP with QoS 0": "38 03 0001 'a'",
    "packet identifier 0": "32 05 0001 'a' 0000",
    "empty topic": "30 02 0000",
    "wildcard in the topic": "30 05 0003 'a/+'",
    "topic is no UTF-8": "30 03 0001 ff",
    "SUBSCRIBE without a filter": "82 02 0001",
    "SUBSCRIBE without a QoS": "82 05 0001 0001 'a'",
    "reserved bits of the requested QoS": "82 06 0001 0001 'a' 04",
    "requested QoS 3": "82 06 0001 0001 'a' 03",
    "# not at the end": "82 08 0001 0003 '#/a' 00",
    "UNSUBSCRIBE without a filter": "a2 02 0001",
    "PUBACK with a body": "40 03 0001 00",
}


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.mark.parametrize("code,written", CONNECTS.values(), ids=CONNECTS.keys())
def test_bad_connect(server, bystander, code, written):
    with Connection(open_tls(server), 4) as connection:
        connection.send(from_text(written))
        seen = connection.expect_closed()
        assert [(packet.reason, packet.session_present) for packet in seen] == ([] if code is None else [(code, False)])


@pytest.mark.parametrize("written", PACKETS.values(), ids=PACKETS.keys())
def test_bad_packet(server, device, written):
    with connect_plain(server, device, 4) as connection:
        with contextlib.suppress(OSError):
            connection.send(from_text(written) + packets.publish(4, TELEMETRY, b"{late:1}", 1, 9))
        assert connection.expect_closed() == []


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_bad_payload_ends_the_connection(server, bystander, device, version, qos):
    """There is no way to tell; without an acknowledgement the client sends it again."""
    with connect_plain(server, device, version, client_id="c") as connection:
        connection.publish(TELEMETRY, "{", qos)
        assert connection.expect_closed() == []


def test_share_is_a_name_like_any_other(server, device):
    """Shared subscriptions are a word of 5.0: before, such a filter is only no topic of the device API."""
    with connect_plain(server, device, 4) as connection:
        assert connection.subscribe("$share/g/v1/devices/me/attributes", "$share//a", "v2/a") == [0x80, 0x80, 1]


def test_3_1_client_ids_beyond_23_characters(server, device):
    with connect_plain(server, device, 3, client_id="x" * 100) as connection:
        connection.ping()
    with Connection(open_tls(server), 3) as connection:
        assert connection.connect("", username=device.token).reason == 2


def test_3_1_flags_are_ignored(server, device):
    """SUBSCRIBE, UNSUBSCRIBE and PUBREL sent again carry DUP; bits without a meaning may be set."""
    with connect_plain(server, device, 3, client_id="c") as connection:
        connection.send(from_text("8a 09 0001 0004 'v2/a' fd"))
        assert connection.expect(packets.SUBACK).reasons == [1]
        connection.send(from_text("aa 08 0002 0004 'v2/a'"))
        assert connection.expect(packets.UNSUBACK).packet_id == 2
        connection.publish(TELEMETRY, "{a:1}", 2, packet_id=3)
        connection.expect(packets.PUBREC)
        connection.send(from_text("6a 02 0003"))
        assert connection.expect(packets.PUBCOMP).packet_id == 3


def test_3_1_sessions_are_kept_without_saying_so(server, device, rest):
    with connect_plain(server, device, 3, client_id="old", clean=False) as connection:
        connection.subscribe("v1/devices/me/attributes")
        connection.disconnect()
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", {"a": 1})
    with Connection(open_tls(server), 3) as connection:
        assert not connection.log_in("old", clean=False, username=device.token).session_present
        assert connection.receive().payload == b'{"a":1}'
