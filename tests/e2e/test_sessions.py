"""Sessions: take-over, persistence, quality of service, keep-alive, wills, and the 5.0 properties."""

import time

import pytest

from support import packets
from support.connection import Closed, Connection, connect_device, open_tls
from support.packets import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Will
from support.server import slower

TELEMETRY = "v1/devices/me/telemetry"
REQUEST, RESPONSE = "v1/devices/me/attributes/request/%d", "v1/devices/me/attributes/response/+"
VERSIONS = pytest.mark.parametrize("version", [4, 5])


@VERSIONS
def test_take_over_by_client_id(new_device, paho_connected, version):
    device = new_device("ec")
    first = paho_connected(device, version=version, client_id="same")
    second = paho_connected(device, version=version, client_id="same")
    first.expect_disconnect(0x8E, timeout=2)
    second.settle()


@VERSIONS
def test_same_client_id_on_other_device_takes_nothing_over(new_device, paho_connected, version):
    first = paho_connected(new_device("ec"), version=version, client_id="same")
    second = paho_connected(new_device("ec"), version=version, client_id="same")
    first.settle()
    second.settle()


def test_empty_client_id(new_device, paho_connected):
    device = new_device("ec")
    first, second = paho_connected(device, version=4), paho_connected(device, version=5)
    first.settle()
    second.settle()


def test_5_0_tells_assigned_client_id(server, new_device):
    device = new_device("token")
    with Connection(open_tls(server), 5) as connection:
        connack = connection.connect(username=device.token)
        assert connack.properties["assigned_client_id"]


def test_3_1_1_empty_client_id_needs_clean_session(server, new_device):
    device = new_device("token")
    with Connection(open_tls(server), 4) as connection:
        assert connection.connect(username=device.token, clean=False).reason == 2
        connection.expect_closed()


@VERSIONS
def test_persistent_session(server, new_device, connected, version):
    device = new_device("ec")
    options = {"clean": False, **({"props": {"session_expiry": 60}} if version == 5 else {})}
    connected(device, version=version, client_id="keeper").disconnect()

    def again(clean):
        connection = Connection(open_tls(server, device.identity), version)
        return connection, connection.log_in("keeper", **{**options, "clean": clean})
    connection, connack = again(False)
    assert not connack.session_present, "the earlier session ended with its connection"
    assert connection.subscribe(RESPONSE) == [1]
    connection.disconnect()
    connection, connack = again(False)
    assert connack.session_present
    connection.publish_acked(REQUEST % 1, "{}")
    assert connection.receive().topic == "v1/devices/me/attributes/response/1"
    connection.disconnect()
    connection, connack = again(True)
    assert not connack.session_present
    connection.publish_acked(REQUEST % 2, "{}")
    connection.expect_nothing(0.3)
    connection.disconnect()


def test_session_expires(server, new_device):
    device = new_device("token")
    options = {"version": 5, "client_id": "short", "clean": False, "props": {"session_expiry": 1}}
    connect_device(server, device, **options).disconnect()
    time.sleep(2.2)
    with Connection(open_tls(server), 5) as connection:
        assert not connection.log_in("short", clean=False, username=device.token).session_present


def test_disconnect_can_shorten_session_expiry(server, new_device):
    device = new_device("token")
    connect_device(server, device, client_id="s", clean=False, props={"session_expiry": 60}).disconnect(
        0, {"session_expiry": 0})
    with Connection(open_tls(server), 5) as connection:
        assert not connection.log_in("s", clean=False, username=device.token).session_present


@VERSIONS
def test_qos_2_is_processed_once(new_device, connected, rest, version):
    device = new_device("token")
    connection = connected(device, version=version, client_id="q2")
    body = b'{"ts":1700000000000,"values":{"once":1}}'
    connection.publish(TELEMETRY, body, 2, packet_id=7)
    assert connection.expect(PUBREC).packet_id == 7
    connection.publish(TELEMETRY, body, 2, packet_id=7, dup=True)
    assert connection.expect(PUBREC).packet_id == 7
    connection.send(packets.acknowledge(PUBREL, 7))
    assert connection.expect(PUBCOMP).packet_id == 7
    connection.send(packets.acknowledge(PUBREL, 7))
    again = connection.expect(PUBCOMP)
    assert again.packet_id == 7 and again.reason in (0, 0x92)
    assert rest.latest(device) == {"once": "1"}


def test_qos_2_survives_a_broken_connection(server, new_device, rest):
    device = new_device("token")
    options = {"client_id": "q2", "clean": False, "props": {"session_expiry": 60}}
    connection = connect_device(server, device, **options)
    connection.publish(TELEMETRY, "{kept:1}", 2, packet_id=9)
    connection.expect(PUBREC)
    connection.close()
    connection = connect_device(server, device, **options)
    connection.send(packets.acknowledge(PUBREL, 9))
    completed = connection.expect(PUBCOMP)
    assert (completed.packet_id, completed.reason) == (9, 0)
    connection.close()
    assert rest.latest(device) == {"kept": "1"}


@pytest.mark.parametrize("qos", [0, 1, 2])
@VERSIONS
def test_message_to_the_device_in_each_quality(new_device, connected, version, qos):
    connection = connected(new_device("token"), version=version)
    assert connection.subscribe(RESPONSE, qos=qos) == [qos]
    connection.publish_acked(REQUEST % 5, "{}")
    assert connection.receive().qos == min(qos, 1) or qos == 2


def test_unacknowledged_message_is_sent_again(server, new_device):
    device = new_device("token")
    options = {"client_id": "again", "clean": False, "props": {"session_expiry": 60}}
    connection = connect_device(server, device, **options)
    connection.subscribe(RESPONSE, qos=1)
    connection.publish(REQUEST % 3, "{}", qos=0)
    first = connection.expect(PUBLISH)
    connection.close()
    connection = connect_device(server, device, **options)
    second = connection.receive()
    assert second.packet_id == first.packet_id and second.payload == first.payload
    assert second.flags & 8, "a repeated message carries DUP"
    connection.close()


@VERSIONS
def test_keep_alive_expires(new_device, connected, version):
    connection = connected(new_device("token"), version=version, keep_alive=1)
    started = time.monotonic()
    connection.expect_disconnect(0x8D, timeout=slower(4))
    assert 1.3 < time.monotonic() - started < slower(3)


def test_keep_alive_is_fed_by_any_packet(new_device, connected):
    connection = connected(new_device("token"), keep_alive=1)
    for number in range(4):
        time.sleep(0.9)
        connection.publish(TELEMETRY, "{n:%d}" % number, qos=0)
    connection.ping()


def test_server_maximum_of_keep_alive(start_server, device_name):
    server = start_server({"mqtt.max_keep_alive": "1"})
    device = server.rest.create_device(device_name())
    with Connection(open_tls(server), 5) as connection:
        assert connection.log_in(username=device.token, keep_alive=600).properties["server_keep_alive"] == 1
        connection.expect_disconnect(0x8D, timeout=slower(4))


@VERSIONS
def test_will_is_processed_as_telemetry(server, new_device, rest, version):
    device = new_device("ec")
    connect_device(server, device, version, will=Will(TELEMETRY, b"{gone:1}")).close()
    rest.wait_latest(device, {"gone": "1"})


@VERSIONS
def test_no_will_after_disconnect(server, new_device, rest, version):
    device = new_device("ec")
    connect_device(server, device, version, will=Will(TELEMETRY, b"{gone:1}")).disconnect()
    time.sleep(0.5)
    assert rest.latest(device) == {}


def test_disconnect_with_will(server, new_device, rest):
    device = new_device("token")
    connect_device(server, device, will=Will(TELEMETRY, b"{gone:2}")).disconnect(0x04)
    rest.wait_latest(device, {"gone": "2"})


def test_will_after_keep_alive(new_device, connected, rest):
    device = new_device("token")
    connected(device, keep_alive=1, will=Will(TELEMETRY, b"{lost:1}"))
    rest.wait_latest(device, {"lost": "1"}, timeout=slower(5))


def test_will_delay(server, new_device, rest):
    device = new_device("token")
    will = Will(TELEMETRY, b"{delayed:1}", properties={"will_delay": 1})
    options = {"client_id": "w", "clean": False, "props": {"session_expiry": 60}}
    connect_device(server, device, will=will, **options).close()
    connect_device(server, device, **options).disconnect()
    time.sleep(1.8)
    assert rest.latest(device) == {}, "the client came back in time"
    connect_device(server, device, will=will, **options).close()
    time.sleep(0.4)
    assert rest.latest(device) == {}
    rest.wait_latest(device, {"delayed": "1"})


def test_topic_alias(server, new_device, rest):
    device = new_device("token")
    with Connection(open_tls(server), 5) as connection:
        maximum = connection.log_in(username=device.token).properties.get("topic_alias_maximum", 0)
        assert maximum > 0, "device topics are long: aliases are worth having"
        assert connection.publish_acked(TELEMETRY, "{a:1}", props={"topic_alias": maximum}).reason == 0
        assert connection.publish_acked("", "{b:2}", props={"topic_alias": maximum}).reason == 0
        assert rest.latest(device) == {"a": "1", "b": "2"}
        connection.publish("", "{c:3}", props={"topic_alias": maximum + 1})
        connection.expect_disconnect(0x94)


def test_client_receive_maximum_is_kept(new_device, connected):
    connection = connected(new_device("token"), props={"receive_maximum": 1})
    connection.subscribe(RESPONSE, qos=1)
    for number in (1, 2):
        connection.publish(REQUEST % number, "{}", qos=0)
    first = connection.expect(PUBLISH)
    connection.expect_nothing(0.4)
    connection.send(packets.acknowledge(PUBACK, first.packet_id))
    second = connection.receive()
    assert {first.topic[-2:], second.topic[-2:]} == {"/1", "/2"}  # workers answer; the order is not promised


def test_client_maximum_packet_size_is_kept(new_device, connected):
    device = new_device("token")
    connection = connected(device, props={"maximum_packet_size": 100})
    assert connection.publish_acked("v1/devices/me/attributes", '{"long":"%s"}' % ("x" * 200)).reason == 0
    connection.subscribe(RESPONSE)
    connection.publish_acked(REQUEST % 1, "{}")
    connection.expect_nothing(0.4)
    connection.ping()


def test_unsubscribe(new_device, connected):
    connection = connected(new_device("token"))
    connection.subscribe(RESPONSE)
    assert connection.unsubscribe(RESPONSE, "never/subscribed") == [0, 0x11]
    connection.publish_acked(REQUEST % 1, "{}")
    connection.expect_nothing(0.3)


def test_second_connect_of_3_1_1_closes(new_device, connected):
    connection = connected(new_device("token"), version=4)
    connection.send(packets.connect(4, "x"))
    with pytest.raises(Closed):
        connection.read()
