"""MQTT 5.0: what is wrong is answered with the reason code that the standard has for it, and in words."""

import contextlib

import pytest

from support import packets
from support.connection import Closed, Connection, connect_device, connect_plain, open_tls
from support.packets import CONNACK, DISCONNECT, from_text

TELEMETRY = "v1/devices/me/telemetry"
HEAD = "0004 'MQTT' 05"

CONNECTS = {
    "protocol version 6": (0x84, "10 0e 0004 'MQTT' 06 02 003c 00 0001 'c'"),
    "reserved flag": (0x81, f"10 0e {HEAD} 03 003c 00 0001 'c'"),
    "Will QoS without will": (0x81, f"10 0e {HEAD} 0a 003c 00 0001 'c'"),
    "Will Retain without will": (0x81, f"10 0e {HEAD} 22 003c 00 0001 'c'"),
    "Will QoS 3": (0x81, f"10 15 {HEAD} 1e 003c 00 0001 'c' 00 0001 't' 0001 'w'"),
    "will missing": (0x81, f"10 0e {HEAD} 06 003c 00 0001 'c'"),
    "wildcard in the Will Topic": (0x90, f"10 15 {HEAD} 06 003c 00 0001 'c' 00 0001 '#' 0001 'w'"),
    "Will Topic is no UTF-8": (0x81, f"10 15 {HEAD} 06 003c 00 0001 'c' 00 0001 ff 0001 'w'"),
    "user name missing": (0x81, f"10 0e {HEAD} 82 003c 00 0001 'c'"),
    "password missing": (0x81, f"10 0e {HEAD} 42 003c 00 0001 'c'"),
    "password not announced": (0x81, f"10 14 {HEAD} 82 003c 00 0001 'c' 0001 'u' 0001 'p'"),
    "user name not announced": (0x81, f"10 11 {HEAD} 02 003c 00 0001 'c' 0001 'u'"),
    "client id missing": (0x81, f"10 0b {HEAD} 02 003c 00"),
    "client id is no UTF-8": (0x81, f"10 0e {HEAD} 02 003c 00 0001 ff"),
    "client id with U+0000": (0x81, f"10 0e {HEAD} 02 003c 00 0001 00"),
    "client id with a surrogate": (0x81, f"10 10 {HEAD} 02 003c 00 0003 eda080"),
    "user name is no UTF-8": (0x81, f"10 11 {HEAD} 82 003c 00 0001 'c' 0001 ff"),
    "property of another packet": (0x81, f"10 13 {HEAD} 02 003c 05 18 0000003c 0001 'c'"),
    "unknown property": (0x81, f"10 10 {HEAD} 02 003c 02 7f 00 0001 'c'"),
    "property twice": (0x82, f"10 14 {HEAD} 02 003c 06 21 0001 21 0001 0001 'c'"),
    "Receive Maximum 0": (0x82, f"10 11 {HEAD} 02 003c 03 21 0000 0001 'c'"),
    "Maximum Packet Size 0": (0x82, f"10 13 {HEAD} 02 003c 05 27 00000000 0001 'c'"),
    "Request Problem Information 2": (0x82, f"10 10 {HEAD} 02 003c 02 17 02 0001 'c'"),
    "Authentication Data alone": (0x82, f"10 11 {HEAD} 02 003c 03 16 0000 0001 'c'"),
    "Authentication Method": (0x8C, f"10 13 {HEAD} 02 003c 05 15 0002 'SC' 0001 'c'"),
    "too large": (0x95, f"10 ffff7f {HEAD} 02 003c"),
}

PACKETS = {
    "second CONNECT": (0x82, f"10 0e {HEAD} 02 003c 00 0001 'c'"),
    "CONNACK": (0x82, "20 03 00 00 00"),
    "SUBACK": (0x82, "90 04 0001 00 00"),
    "PINGRESP": (0x82, "d0 00"),
    "AUTH without a method in CONNECT": (0x82, "f0 06 18 04 15 0001 'm'"),
    "reserved packet type": (0x81, "00 00"),
    "flags of PINGREQ": (0x81, "c1 00"),
    "flags of PUBREL": (0x81, "60 02 0001"),
    "flags of SUBSCRIBE": (0x81, "80 07 0001 00 0001 'a' 00"),
    "flags of UNSUBSCRIBE": (0x81, "a0 06 0001 00 0001 'a'"),
    "flags of DISCONNECT": (0x81, "e1 00"),
    "flags of AUTH": (0x81, "f1 00"),
    "Remaining Length of five bytes": (0x81, "30 ffffffff"),
    "Remaining Length not the shortest": (0x81, "c0 8000"),
    "packet too large": (0x95, "30 ffffff7f"),
    "QoS 3": (0x81, "36 06 0001 'a' 0001 00"),
    "DUP with QoS 0": (0x81, "38 04 0001 'a' 00"),
    "packet identifier 0": (0x82, "32 06 0001 'a' 0000 00"),
    "wildcard in the topic": (0x90, "30 06 0003 'a/#' 00"),
    "topic is no UTF-8": (0x81, "30 04 0001 ff 00"),
    "topic with U+0000": (0x81, "30 06 0003 610062 00"),
    "no topic and no alias": (0x82, "30 03 0000 00"),
    "Topic Alias 0": (0x94, "30 07 0001 'a' 03 23 0000"),
    "Topic Alias above the maximum": (0x94, "30 07 0001 'a' 03 23 ffff"),
    "Topic Alias never given": (0x82, "30 06 0000 03 23 0001"),
    "Subscription Identifier from a client": (0x82, "30 06 0001 'a' 02 0b 01"),
    "wildcard in the Response Topic": (0x82, "30 08 0001 'a' 04 08 0001 '+'"),
    "Response Topic is no UTF-8": (0x81, "30 08 0001 'a' 04 08 0001 ff"),
    "Content Type is no UTF-8": (0x81, "30 08 0001 'a' 04 03 0001 ff"),
    "User Property is no UTF-8": (0x81, "30 0b 0001 'a' 07 26 0001 'k' 0001 ff"),
    "Payload Format Indicator 2": (0x82, "30 06 0001 'a' 02 01 02"),
    "properties longer than the packet": (0x81, "30 04 0001 'a' 05"),
    "PUBACK with a code that it has not": (0x82, "40 03 0001 92"),
    "PUBREL with a code that it has not": (0x82, "62 03 0001 10"),
    "PUBACK without identifier": (0x81, "40 01 00"),
    "SUBSCRIBE without a filter": (0x82, "82 03 0001 00"),
    "SUBSCRIBE with identifier 0": (0x82, "82 07 0000 00 0001 'a' 00"),
    "reserved subscription option": (0x81, "82 07 0001 00 0001 'a' 40"),
    "subscription QoS 3": (0x82, "82 07 0001 00 0001 'a' 03"),
    "Retain Handling 3": (0x82, "82 07 0001 00 0001 'a' 30"),
    "No Local on a shared subscription": (0x82, "82 10 0001 00 000a '$share/g/a' 04"),
    "empty filter": (0x8F, "82 06 0001 00 0000 00"),
    "# not at the end": (0x8F, "82 09 0001 00 0003 '#/a' 00"),
    "+ not alone in its level": (0x8F, "82 08 0001 00 0002 'a+' 00"),
    "share without a name": (0x8F, "82 0f 0001 00 0009 '$share//a' 00"),
    "filter is no UTF-8": (0x81, "82 07 0001 00 0001 ff 00"),
    "Subscription Identifier 0": (0x82, "82 09 0001 02 0b 00 0001 'a' 00"),
    "UNSUBSCRIBE without a filter": (0x82, "a2 03 0001 00"),
    "filter of UNSUBSCRIBE is no UTF-8": (0x81, "a2 06 0001 00 0001 ff"),
    "DISCONNECT with a code of the server": (0x82, "e0 01 10"),
    "Session Expiry Interval after none": (0x82, "e0 07 00 05 11 0000003c"),
    "Server Reference from a client": (0x82, "e0 06 00 04 1c 0001 's'"),
}


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.mark.parametrize("code,written", CONNECTS.values(), ids=CONNECTS.keys())
def test_bad_connect(server, bystander, code, written):
    """CONNACK with the code and Session Present 0, then the end; never DISCONNECT."""
    with Connection(open_tls(server), 5) as connection:
        connection.send(from_text(written))
        [connack] = connection.expect_closed()
        assert (connack.kind, connack.reason, connack.session_present) == (CONNACK, code, False)
        assert connack.properties["reason_string"]


@pytest.mark.parametrize("code,written", PACKETS.values(), ids=PACKETS.keys())
def test_bad_packet(server, device, code, written):
    """DISCONNECT with the code, then the end: what follows is not looked at."""
    with connect_plain(server, device) as connection:
        with contextlib.suppress(OSError): # the server may have gone already
            connection.send(from_text(written) + packets.publish(5, TELEMETRY, b"{late:1}", 1, 9))
        [farewell] = connection.expect_closed()
        assert (farewell.kind, farewell.reason) == (DISCONNECT, code)
        assert farewell.properties["reason_string"]
        assert set(farewell.properties) == {"reason_string"}, "no Session Expiry Interval from a server"


def test_others_go_on(server, bystander, device):
    for code, written in list(PACKETS.values())[::7]:
        with connect_plain(server, device) as connection:
            connection.send(from_text(written))
            connection.expect_disconnect(code)


def test_client_id_too_long(server, device):
    with Connection(open_tls(server), 5) as connection:
        assert connection.connect("x" * 257, username=device.token).reason == 0x85
        connection.expect_closed()


def test_client_ids_that_must_be_allowed(server, device):
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for client_id in ("0", letters[:23], letters[23:46], letters[39:]):
        connect_plain(server, device, client_id=client_id).disconnect()


def test_byte_order_mark_is_a_character(server, device):
    """U+FEFF is neither stripped nor skipped: these are two client ids."""
    with connect_plain(server, device, client_id="\ufeffx") as first, connect_plain(server, device, client_id="x"):
        first.ping()


def test_nothing_is_taken_behind_a_refused_connect(server, device, rest):
    with Connection(open_tls(server), 5) as connection:
        will = packets.Will(TELEMETRY, b"{will:1}")
        connection.send(packets.connect(5, "x", username="wrong", will=will) +
                        packets.connect(5, "x", username=device.token) + packets.publish(5, TELEMETRY, b"{a:1}", 1, 1))
        [connack] = connection.expect_closed()
        assert connack.reason == 0x87
    assert rest.latest(device) == {}


@pytest.mark.parametrize("body,text", [
    ('{"temperature" 25}', "payload is not JSON: byte 15, expected ':' after the name, found '2'"),
    ('{"a":1,"b":}', "payload is not JSON: byte 11, expected a value, found '}'"),
    ('{"a":1', "payload is not JSON: byte 6, expected ',' or '}' after the value, found the end of the text"),
    ("", "payload is not JSON: byte 0, expected a value, found the end of the text"),
    ("25", "byte 0: expected an object or an array of objects, found a number"),
    ('{"ts":"x","values":{"a":1}}', "byte 6: expected 'ts' to be milliseconds since 1970, found a string"),
])
@pytest.mark.parametrize("qos", [1, 2])
def test_bad_payload_in_words(server, device, body, text, qos):
    with connect_plain(server, device) as connection:
        answer = connection.publish_acked(TELEMETRY, body, qos)
        assert (answer.reason, answer.properties["reason_string"]) == (0x99, text)
        assert connection.publish_acked(TELEMETRY, "{a:1}", qos).reason == 0


def test_no_words_for_who_wants_none(server, device):
    with connect_plain(server, device, props={"request_problem_information": 0}) as connection:
        answer = connection.publish_acked(TELEMETRY, "{")
        assert (answer.reason, answer.properties) == (0x99, {})
        answer = connection.subscribe_answered("not/of/the/api")
        assert (answer.reasons, answer.properties) == ([0x8F], {})


def test_no_words_where_they_do_not_fit(server, device):
    with connect_plain(server, device, client_id="small", props={"maximum_packet_size": 40}) as connection:
        for qos in (1, 2):
            answer = connection.publish_acked(TELEMETRY, "{", qos)
            assert (answer.reason, answer.properties) == (0x99, {})
        answer = connection.subscribe_answered("not/of/the/api")
        assert (answer.reasons, answer.properties) == ([0x8F], {})
        connection.send(from_text("c1 00"))
        assert connection.expect_disconnect(0x81).properties == {}


def test_refused_filter_in_words(server, device):
    with connect_plain(server, device) as connection:
        answer = connection.subscribe_answered("v1/devices/me/attributes", "not/of/the/api")
        assert answer.reasons == [1, 0x8F]
        assert answer.properties == {"reason_string": "topic filter 2: no topic for this client matches it"}


def test_packets_out_of_order(server, device):
    """Acknowledgements of what was never sent are answered, not punished; but PUBREL must wait for PUBREC."""
    with connect_plain(server, device) as connection:
        connection.send(packets.acknowledge(packets.PUBACK, 77))
        connection.send(packets.acknowledge(packets.PUBCOMP, 77))
        connection.send(packets.acknowledge(packets.PUBREC, 77))
        assert connection.expect(packets.PUBREL).reason == 0x92
        connection.send(packets.acknowledge(packets.PUBREL, 77))
        assert connection.expect(packets.PUBCOMP).reason == 0x92
        connection.ping()


def test_first_packet_must_be_connect(server, bystander):
    for written in ("c0 00", "30 04 0001 'a' 00", "e0 00", "f0 00"):
        with Connection(open_tls(server), 5) as connection, contextlib.suppress(Closed, OSError):
            connection.send(from_text(written))
            assert connection.expect_closed() == []


def test_second_connection_is_told(server, device):
    with connect_device(server, device, client_id="same") as first, connect_device(server, device, client_id="same"):
        farewell = first.expect_disconnect(0x8E)
        assert farewell.properties["reason_string"] == "another connection has this client id"
