"""The cases of the Eclipse Paho suite for MQTT 5.0 that 3.1.1 does not have, as far as they apply to a platform."""

import json
import time

import pytest

from paho.mqtt.subscribeoptions import SubscribeOptions

from support import packets
from support.connection import Connection, connect_device, connect_plain, open_tls
from support.packets import PUBACK, PUBLISH, PUBREC, Will
from support.paho_device import PahoDevice, properties
from support.server import slower

TELEMETRY, ATTRIBUTES = "v1/devices/me/telemetry", "v1/devices/me/attributes"
REQUEST, RESPONSE = "v1/devices/me/attributes/request/%d", "v1/devices/me/attributes/response/+"


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.fixture
def paho(server, device):
    made = []

    def make(**options):
        made.append(PahoDevice(server, device, 5, **options))
        return made[-1]
    yield make
    for client in made:
        client.disconnect()


def push(rest, device, **values):
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", values)


def test_session_expiry(server, device):
    def is_kept(expiry, expiry_at_the_end):
        with Connection(open_tls(server), 5) as connection:
            connack = connection.log_in("s", clean=False, username=device.token, props={"session_expiry": expiry})
            connection.disconnect(0, None if expiry_at_the_end is None else {"session_expiry": expiry_at_the_end})
        return connack.session_present
    assert not is_kept(0, None)
    assert not is_kept(600, None), "none was left: it ended with its connection"
    assert is_kept(600, 1)
    time.sleep(1.2)
    assert not is_kept(1, 600), "DISCONNECT had shortened it"
    time.sleep(1.2)
    assert is_kept(600, 0), "DISCONNECT had prolonged it"
    assert not is_kept(0, None), "DISCONNECT had ended it"


def test_user_properties_are_tolerated_in_every_packet(server, device, rest):
    user = {"user_property": [("a", "2"), ("a", "3"), ("", "")]}
    with Connection(open_tls(server), 5) as connection:
        will = Will(TELEMETRY, b"{will:1}", properties=user)
        connection.log_in("u", username=device.token, props=user, will=will)
        assert connection.subscribe(ATTRIBUTES, qos=2, props=user) == [2]
        for qos in (1, 2):
            assert connection.publish_acked(TELEMETRY, "{qos%d:1}" % qos, qos, props=user).reason == 0
        push(rest, device, a=1)
        message = connection.expect(PUBLISH)
        for answer, expected in ((PUBREC, packets.PUBREL), (packets.PUBCOMP, None)):
            connection.send(packets.acknowledge(answer, message.packet_id, 0, user))
            if expected:
                connection.expect(expected)
        connection.send(packets.unsubscribe(5, 99, [ATTRIBUTES], user))
        assert connection.expect(packets.UNSUBACK).reasons == [0]
        connection.disconnect(0x04, user)
    rest.wait_latest(device, {"qos1": "1", "qos2": "1", "will": "1"})


def test_payload_format_and_content_type(device, paho, rest):
    client = paho()
    told = properties("PUBLISH", PayloadFormatIndicator=1, ContentType="application/json", MessageExpiryInterval=1)
    for qos in (0, 1, 2):
        client.publish(TELEMETRY, "{qos%d:1}" % qos, qos, told)
    rest.wait_latest(device, {"qos0": "1", "qos1": "1", "qos2": "1"})
    client.subscribe(RESPONSE, 1)
    client.publish(REQUEST % 1, "{}", 1)
    assert client.wait_messages(1)[0].properties.PayloadFormatIndicator == 1, "our answers are UTF-8"


def test_subscribe_options(device, paho, rest):
    """No Local, Retain As Published and Retain Handling: taken, and no retained message ever comes."""
    client = paho()
    push(rest, device, before=1)
    for handling in (0, 1, 2):
        options = SubscribeOptions(2, noLocal=True, retainAsPublished=True, retainHandling=handling)
        assert client.subscribe(ATTRIBUTES, options=options) == [2]
    client.publish(ATTRIBUTES, "{mine:1}", 1)
    push(rest, device, after=1)
    [message] = client.wait_messages(1)
    assert json.loads(message.payload) == {"after": 1} and not message.retain


def test_assigned_client_id(paho):
    first, second = paho(client_id="").connack, paho(client_id="").connack
    assert first.AssignedClientIdentifier and first.AssignedClientIdentifier != second.AssignedClientIdentifier


def test_assigned_client_id_names_the_session(server, device):
    """Who comes back with the identifier finds the session."""
    with Connection(open_tls(server), 5) as connection:
        assigned = connection.log_in(username=device.token, props={"session_expiry": 60}).properties["assigned_client_id"]
    with Connection(open_tls(server), 5) as connection:
        connack = connection.log_in(assigned, username=device.token, clean=False)
        assert connack.session_present and "assigned_client_id" not in connack.properties


def test_subscription_identifiers(device, connected, rest):
    connection = connected(device)
    connection.subscribe((ATTRIBUTES, 1), props={"subscription_id": 456789})
    connection.subscribe(("v1/devices/me/+", 0), props={"subscription_id": 3})
    connection.subscribe(("#", 0))
    push(rest, device, a=1)
    message = connection.receive()
    assert sorted(message.properties["subscription_id"]) == [3, 456789] and message.qos == 1
    connection.ping()


def test_request_response(device, paho):
    """The answer goes to the Response Topic if the client listens there, else to the API's; the correlation comes back."""
    client = paho()
    client.subscribe(RESPONSE, 1)
    for response_topic, expected in (("v1/devices/me/attributes/response/mine", "v1/devices/me/attributes/response/mine"),
                                     ("somewhere/else", "v1/devices/me/attributes/response/7")):
        asked = properties("PUBLISH", ResponseTopic=response_topic, CorrelationData=b"\0\xff334")
        client.publish(REQUEST % 7, "{}", 1, asked)
        message = client.wait_messages(1).pop()
        assert message.topic == expected and message.properties.CorrelationData == b"\0\xff334"
    client.publish(REQUEST % 8, "{}", 1)
    assert not hasattr(client.wait_messages(1).pop().properties, "CorrelationData")


def test_response_information_is_not_given(server, device):
    for wanted in (0, 1):
        with Connection(open_tls(server), 5) as connection:
            connack = connection.log_in(username=device.token, props={"request_response_information": wanted})
            assert "response_information" not in connack.properties


def test_client_topic_alias(server, device, rest):
    options = {"client_id": "alias", "clean": False, "props": {"session_expiry": 60}}
    with connect_plain(server, device, **options) as connection:
        connection.publish_acked(TELEMETRY, "{first:1}", props={"topic_alias": 1})
        connection.publish_acked("", "{second:2}", 2, props={"topic_alias": 1})
        connection.publish_acked(ATTRIBUTES, "{other:1}", props={"topic_alias": 1})
        connection.publish_acked("", "{moved:1}", props={"topic_alias": 1})
        connection.disconnect()
    assert rest.latest(device) == {"first": "1", "second": "2"}
    assert rest.attributes(device) == {"other": 1, "moved": 1}
    with connect_plain(server, device, **options) as connection:
        connection.publish("", "{gone:1}", props={"topic_alias": 1})
        connection.expect_disconnect(0x82)
    with connect_plain(server, device) as connection:
        connection.publish(TELEMETRY, "{zero:1}", props={"topic_alias": 0})
        connection.expect_disconnect(0x94)


def test_server_topic_alias(device, connected, rest):
    connection = connected(device, props={"topic_alias_maximum": 1})
    connection.subscribe((ATTRIBUTES, 1))
    for number in range(3):
        push(rest, device, number=number)
    first, *others = [connection.receive() for _ in range(3)]
    assert first.topic == ATTRIBUTES and first.properties["topic_alias"] == 1
    assert [(message.topic, message.properties["topic_alias"]) for message in others] == [("", 1), ("", 1)]


def test_no_server_topic_alias_unless_allowed(device, connected, rest):
    for props in ({}, {"topic_alias_maximum": 0}):
        connection = connected(device, client_id="none", props=props)
        connection.subscribe((ATTRIBUTES, 1))
        push(rest, device, a=1)
        message = connection.receive()
        assert message.topic == ATTRIBUTES and "topic_alias" not in message.properties


def test_maximum_packet_size_of_the_server(server, device):
    with Connection(open_tls(server), 5) as connection:
        largest = connection.log_in(username=device.token).properties["maximum_packet_size"]
        connection.send(b"\x30" + packets.varint(largest))
        connection.expect_disconnect(0x95)


def test_maximum_packet_size_of_the_client(device, connected, rest):
    connection = connected(device, props={"maximum_packet_size": 64})
    connection.subscribe((ATTRIBUTES, 1))
    push(rest, device, large="x" * 64)
    push(rest, device, small=1)
    message = connection.receive()
    assert json.loads(message.payload) == {"small": 1}
    assert message.packet_id, "the one left out counts as delivered"
    connection.ping()


def test_server_keep_alive(start_server, device_name):
    server = start_server({"mqtt.max_keep_alive": "60"})
    device = server.rest.create_device(device_name())
    for asked, told in ((120, 60), (0, 60), (60, None), (30, None)):
        with Connection(open_tls(server), 5) as connection:
            connack = connection.log_in(username=device.token, keep_alive=asked)
            assert connack.properties.get("server_keep_alive") == told


def test_flow_control_of_the_client(device, connected, rest):
    """Receive Maximum 2: the third message waits for an acknowledgement; others packets do not."""
    connection = connected(device, props={"receive_maximum": 2})
    connection.subscribe((ATTRIBUTES, 1))
    for number in (1, 2, 3):
        push(rest, device, number=number)
    first, second = connection.expect(PUBLISH), connection.expect(PUBLISH)
    connection.ping()
    assert connection.publish_acked(TELEMETRY, "{a:1}").reason == 0
    connection.send(packets.acknowledge(PUBACK, first.packet_id))
    third = connection.expect(PUBLISH)
    assert json.loads(third.payload) == {"number": 3}
    assert len({first.packet_id, second.packet_id, third.packet_id}) == 3


def test_flow_control_of_the_server(server, device):
    with Connection(open_tls(server), 5) as connection:
        most = connection.log_in(username=device.token).properties["receive_maximum"]
        for number in range(1, most + 1):
            connection.publish(TELEMETRY, "{a:1}", 2, packet_id=number)
        for _ in range(most):
            connection.expect(PUBREC)
        connection.ping()
        connection.publish(TELEMETRY, "{a:1}", 2, packet_id=most + 1)
        connection.expect_disconnect(0x93)


@pytest.mark.parametrize("delay,expiry,expected", [(1, 5, 1), (5, 0, 0), (5, 1, 1)])
def test_will_delay(server, device, rest, delay, expiry, expected):
    """The end of the session ends the delay, too."""
    will = Will(TELEMETRY, b"{gone:1}", properties={"will_delay": delay})
    connect_device(server, device, client_id="w", will=will, props={"session_expiry": expiry}).close()
    started = time.monotonic()
    rest.wait_latest(device, {"gone": "1"}, timeout=slower(4))
    assert expected - 0.1 <= time.monotonic() - started < slower(expected + 2.5)


def test_clean_start_ends_the_delay_of_a_will(server, device, rest):
    will = Will(TELEMETRY, b"{gone:1}", properties={"will_delay": 60})
    connect_device(server, device, client_id="w", will=will, props={"session_expiry": 60}).close()
    with connect_device(server, device, client_id="w"):
        rest.wait_latest(device, {"gone": "1"}, timeout=slower(4))


def test_taking_over_keeps_a_will_back(server, device, rest):
    """The session goes on, so the will is not sent; a newcomer that starts clean ends it, so it is."""
    will = Will(TELEMETRY, b"{gone:1}", properties={"will_delay": 60})
    options = {"client_id": "w", "clean": False, "props": {"session_expiry": 60}, "will": will}
    with connect_device(server, device, **options) as first, connect_device(server, device, **options) as second:
        first.expect_disconnect(0x8E)
        assert rest.latest(device) == {}
        with connect_device(server, device, client_id="w"):
            second.expect_disconnect(0x8E)
            rest.wait_latest(device, {"gone": "1"}, timeout=slower(4))


@pytest.mark.parametrize("filters", [["$share/g/v1/devices/me/attributes"], [ATTRIBUTES, "$share/g/#"]])
def test_shared_subscriptions_are_refused(server, device, filters):
    with Connection(open_tls(server), 5) as connection:
        assert connection.log_in(username=device.token).properties["shared_available"] == 0
        connection.send(packets.subscribe(5, 1, [(each, 1) for each in filters]))
        assert "shared" in connection.expect_disconnect(0x9E).properties["reason_string"]
