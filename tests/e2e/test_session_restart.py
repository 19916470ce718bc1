"""Sessions that outlive their connection outlive the server, too: stopped in order, or killed."""

import json
import threading
import time

import paho.mqtt.client as paho
import pytest
import requests
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from support import mosquitto, packets
from support.connection import Closed, Connection, open_tls
from support.packets import PUBACK, PUBLISH, PUBREC, PUBREL
from support.rest import RestError
from support.server import PosternServer, slower

ATTRIBUTES = "v1/devices/me/attributes"
TELEMETRY = "v1/devices/me/telemetry"
VERSIONS = pytest.mark.parametrize("version", [4, 5])
ENDINGS = pytest.mark.parametrize("ending", ["stop", "kill"])


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """One server that the tests of this file end and start again; two reactors, whatever the machine has."""
    running = PosternServer(tmp_path_factory.mktemp("lasting"), {"net.reactors": "2"}).init().start()
    yield running
    running.stop()


@pytest.fixture
def device(lasting, new_device):
    return new_device("token", at=lasting)


def again(server, ending, *connected):
    """End and start; who is connected goes when it is told, which an orderly stop waits for."""
    ender = threading.Thread(target=getattr(server, ending))
    ender.start()
    for connection in connected:
        connection.expect_closed()
        connection.close()
    ender.join()
    server.start()


def resume(server, device, version=5, expiry=600, clean=False, client_id="sleeper"):
    """@return the connection, and whether the session was there"""
    options = {"clean": clean, "username": device.token}
    if version == 5:
        options["props"] = {"session_expiry": expiry}
    connection = Connection(open_tls(server), version)
    return connection, connection.log_in(client_id, **options).session_present


def begin(server, device, version=5, qos=1, **options):
    connection, is_present = resume(server, device, version, **options)
    assert not is_present
    assert connection.subscribe(ATTRIBUTES, qos=qos) == [qos]
    return connection


def leave(server, device, connection, **disconnect):
    """DISCONNECT, and all that it changes is on disk: it is with the writer when the stream ends, before this save."""
    connection.leave(**disconnect)
    server.rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SERVER_SCOPE", {"left": True})


def save(server, device, **values):
    server.rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", values)


def payload(message):
    return json.loads(message.payload)


@ENDINGS
@VERSIONS
@pytest.mark.parametrize("is_away", [True, False], ids=["away", "connected"])
def test_subscriptions_survive(lasting, device, version, ending, is_away):
    connection = begin(lasting, device, version)
    if is_away:
        connection.disconnect()
    again(lasting, ending, *([] if is_away else [connection]))
    connection, is_present = resume(lasting, device, version)
    assert is_present
    save(lasting, device, a=1)
    assert payload(connection.receive()) == {"a": 1}
    connection.disconnect()


@ENDINGS
@VERSIONS
def test_queued_messages_survive(lasting, device, version, ending):
    leave(lasting, device, begin(lasting, device, version))
    for number in range(3):
        save(lasting, device, n=number)
    again(lasting, ending)
    save(lasting, device, n=3)
    connection, is_present = resume(lasting, device, version)
    assert is_present
    messages = [connection.receive() for _ in range(4)]
    assert [payload(message)["n"] for message in messages] == [0, 1, 2, 3]
    assert not any(message.flags & 8 for message in messages), "none of them was ever sent before"
    connection.ping() # the acknowledgements were read
    leave(lasting, device, connection)
    again(lasting, "stop")
    connection, is_present = resume(lasting, device, version)
    assert is_present
    connection.ping() # answered by PINGRESP, not by a message
    connection.disconnect()


@ENDINGS
def test_unacknowledged_messages_are_sent_again(lasting, device, ending):
    connection = begin(lasting, device, qos=2)
    save(lasting, device, n=1)
    save(lasting, device, n=2)
    first, second = connection.expect(PUBLISH), connection.expect(PUBLISH)
    connection.send(packets.acknowledge(PUBREC, first.packet_id))
    assert connection.expect(PUBREL).packet_id == first.packet_id
    for number in range(2): # by then the PUBREC is on its way to the disk, before this
        connection.publish_acked(TELEMETRY, "{t:1}")
    again(lasting, ending, connection)
    connection, is_present = resume(lasting, device)
    assert is_present
    assert connection.expect(PUBREL).packet_id == first.packet_id, "its PUBREC had come"
    repeated = connection.receive()
    assert (repeated.packet_id, repeated.payload, repeated.qos) == (second.packet_id, second.payload, 2)
    assert repeated.flags & 8, "a repeated message carries DUP"
    connection.disconnect()


@ENDINGS
def test_acknowledged_messages_are_not_sent_again(lasting, device, ending):
    connection = begin(lasting, device)
    save(lasting, device, n=1)
    connection.receive()
    for number in range(2):
        connection.publish_acked(TELEMETRY, "{t:1}")
    again(lasting, ending, connection)
    connection, is_present = resume(lasting, device)
    assert is_present
    connection.ping()
    connection.disconnect()


@ENDINGS
def test_qos_2_of_the_client_survives_a_stop(lasting, device, ending):
    connection = begin(lasting, device)
    connection.publish(TELEMETRY, '{"ts":1000,"values":{"once":1}}', 2, packet_id=9)
    connection.expect(PUBREC)
    connection.disconnect()
    again(lasting, ending)
    for values in ("1", "2"): # the second one is a new message: its identifier is free by then
        connection, _ = resume(lasting, device)
        connection.publish(TELEMETRY, '{"ts":%s000,"values":{"once":%s}}' % (values, values), 2, packet_id=9,
                           dup=values == "1")
        assert connection.expect(PUBREC).packet_id == 9
        connection.send(packets.acknowledge(PUBREL, 9))
        connection.expect(packets.PUBCOMP)
        connection.disconnect()
    assert lasting.rest.history(device, "once", 0, 9000) == {
        "once": [{"ts": 2000, "value": "2"}, {"ts": 1000, "value": "1"}]}


@ENDINGS
def test_messages_keep_the_form_of_the_devices_profile(lasting, device_name, ending):
    """Its topic for attribute changes is the profile's own, also while nobody has connected since the start."""
    transport = {"type": "MQTT", "deviceAttributesSubscribeTopic": "my/a",
                 "transportPayloadTypeConfiguration": {"transportPayloadType": "JSON"}}
    profile = lasting.rest.post("/api/deviceProfile", {
        "name": device_name(), "type": "DEFAULT", "transportType": "MQTT", "provisionType": "DISABLED",
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": transport}})
    device = lasting.rest.create_device(device_name(), deviceProfileId=profile["id"])
    connection, _ = resume(lasting, device)
    assert connection.subscribe("my/a") == [1]
    leave(lasting, device, connection)
    save(lasting, device, n=1)
    again(lasting, ending)
    save(lasting, device, n=2)
    connection, is_present = resume(lasting, device)
    assert is_present
    messages = [connection.receive() for _ in range(2)]
    assert [(message.topic, payload(message)) for message in messages] == [("my/a", {"n": 1}), ("my/a", {"n": 2})]
    connection.disconnect()


def test_what_was_ended_stays_ended(lasting, device):
    connection = begin(lasting, device)
    assert connection.unsubscribe(ATTRIBUTES) == [0]
    lasting.kill()
    lasting.start()
    connection, is_present = resume(lasting, device)
    assert is_present
    save(lasting, device, n=1)
    connection.ping()
    connection.subscribe(ATTRIBUTES)
    connection.disconnect()
    save(lasting, device, n=2)
    connection, is_present = resume(lasting, device, clean=True) # forgets it all
    assert not is_present
    connection.publish_acked(TELEMETRY, "{t:1}")
    connection.publish_acked(TELEMETRY, "{t:1}")
    lasting.kill()
    lasting.start()
    connection, is_present = resume(lasting, device)
    assert is_present, "the one that began clean is kept as well"
    save(lasting, device, n=3)
    connection.ping()
    leave(lasting, device, connection, session_expiry=0)
    again(lasting, "stop")
    connection, is_present = resume(lasting, device)
    assert not is_present
    connection.disconnect()


@ENDINGS
def test_sessions_expire_while_the_server_is_down(lasting, new_device, ending):
    short, long = new_device("token", at=lasting), new_device("token", at=lasting)
    leave(lasting, short, begin(lasting, short, expiry=1))
    leave(lasting, long, begin(lasting, long, expiry=60))
    for device in (short, long):
        save(lasting, device, n=1)
    getattr(lasting, ending)()
    time.sleep(1.2)
    lasting.start()
    connection, is_present = resume(lasting, short)
    assert not is_present
    connection.disconnect(0, {"session_expiry": 0})
    connection, is_present = resume(lasting, long)
    assert is_present and payload(connection.receive()) == {"n": 1}
    connection.disconnect()


def test_a_restart_does_not_prolong_a_session(lasting, device):
    leave(lasting, device, begin(lasting, device, expiry=2))
    started = time.monotonic()
    again(lasting, "kill")
    time.sleep(max(0, started + 2.2 - time.monotonic()))
    connection, is_present = resume(lasting, device)
    assert not is_present
    connection.disconnect()


def test_a_revoked_devices_sessions_are_gone(lasting, device):
    leave(lasting, device, begin(lasting, device))
    connected = begin(lasting, device, client_id="connected")
    save(lasting, device, n=1)
    lasting.rest.save_credentials(device, "ACCESS_TOKEN", credentials_id="another-" + device.token[:12])
    connected.expect_closed()
    again(lasting, "kill")
    device.token = "another-" + device.token[:12]
    for client_id in ("sleeper", "connected"):
        connection, is_present = resume(lasting, device, client_id=client_id)
        assert not is_present
        connection.disconnect()


def test_take_over_keeps_one_copy(lasting, device):
    """By turns on either reactor, wherever the kernel puts the connection."""
    connections = [begin(lasting, device)]
    for number in range(12):
        connections.append(resume(lasting, device)[0])
        save(lasting, device, n=number)
        message = connections[-1].expect(PUBLISH)
        assert payload(message) == {"n": number}
        if number < 11:
            connections[-1].send(packets.acknowledge(PUBACK, message.packet_id))
            connections[-1].ping()
    for number in range(2):
        connections[-1].publish_acked(TELEMETRY, "{t:1}")
    again(lasting, "kill")
    connection, is_present = resume(lasting, device)
    assert is_present
    assert payload(connection.receive()) == {"n": 11}
    connection.ping()
    for one in connections:
        one.close()
    connection.disconnect()


def test_kept_sessions_are_bounded_across_a_restart(start_server, new_device):
    server = start_server({"mqtt.max_kept_sessions": "2", "mqtt.max_queued": "2"})
    device = new_device("token", at=server)
    for name in ("a", "b", "c"):
        leave(server, device, begin(server, device, client_id=name))
    for number in range(4):
        save(server, device, n=number)
    again(server, "kill")
    found = []
    for name in ("a", "b", "c"):
        connection, is_present = resume(server, device, client_id=name)
        if is_present:
            found.append((name, [payload(connection.receive())["n"] for _ in range(2)]))
            connection.ping()
        connection.disconnect(0, {"session_expiry": 0})
    assert found == [("b", [0, 1]), ("c", [0, 1])]


@ENDINGS
def test_mosquitto_sub(lasting, device, ending):
    options = ["-c", "-i", "mosquitto", "-V", "311"]
    first = mosquitto.subscribe(lasting, device, ATTRIBUTES, *options, "-E") # subscribes, and goes
    assert first.wait(slower(20)) == 0
    save(lasting, device, n=1)
    again(lasting, ending)
    save(lasting, device, n=2)
    second = mosquitto.subscribe(lasting, device, "v2/a", *options, "-C", "2")
    assert [json.loads(line) for line in second.communicate(timeout=slower(20))[0].splitlines()] == [{"n": 1}, {"n": 2}]


@ENDINGS
def test_paho(lasting, device, ending):
    received, flags = [], []
    kept = Properties(PacketTypes.CONNECT)
    kept.SessionExpiryInterval = 600

    def run(until):
        client = paho.Client("paho", protocol=paho.MQTTv5)
        client.tls_set(str(lasting.chain))
        client.username_pw_set(device.token)
        client.on_connect = lambda _c, _u, connack, *_: flags.append(connack["session present"])
        client.on_message = lambda _c, _u, message: received.append(json.loads(message.payload))
        client.on_subscribe = lambda *_: received.append("subscribed")
        client.connect("localhost", lasting.mqtts_port, clean_start=False, properties=kept)
        if not flags:
            client.subscribe(ATTRIBUTES, qos=1)
        deadline = time.monotonic() + slower(10)
        while not until() and time.monotonic() < deadline:
            client.loop(0.05)
        assert until()
        client.disconnect()
        client.loop(0.1)

    run(lambda: received == ["subscribed"])
    save(lasting, device, n=1)
    again(lasting, ending)
    run(lambda: received == ["subscribed", {"n": 1}])
    assert flags == [0, 1]


class Saver(threading.Thread):
    """Saves rising numbers until the server is gone; remembers which were accepted."""

    def __init__(self, server, device, first):
        super().__init__(daemon=True)
        self.server, self.device, self.next, self.accepted = server, device, first, []

    def run(self):
        try:
            while True:
                save(self.server, self.device, n=self.next)
                self.accepted.append(self.next)
                self.next += 1
        except (requests.RequestException, RestError):
            self.next += 1


def collect(connection, received, is_enough):
    """Acknowledges every second message; the others wait in flight, and come again."""
    try:
        while not is_enough():
            message = connection.expect(PUBLISH, timeout=slower(3))
            received.append(payload(message)["n"])
            if len(received) % 2:
                connection.send(packets.acknowledge(PUBACK, message.packet_id))
    except (Closed, OSError, AssertionError):
        pass


@pytest.mark.parametrize("is_connected", [True, False], ids=["connected", "away"])
def test_kill_9_loses_no_message_that_was_accepted(start_server, new_device, is_connected):
    server = start_server({"mqtt.max_queued": "100000", "net.reactors": "2"})
    device = new_device("token", at=server)
    connection = begin(server, device)
    accepted, received, first = [], [], 0
    for _ in range(5):
        if not is_connected:
            connection.disconnect()
        saver = Saver(server, device, first)
        saver.start()
        if is_connected:
            collect(connection, received, lambda: len(saver.accepted) >= 30)
        else:
            while len(saver.accepted) < 30:
                time.sleep(0.005)
        server.kill()
        saver.join()
        accepted, first = accepted + saver.accepted, saver.next
        server.start()
        connection, is_present = resume(server, device)
        assert is_present
    missing = set(accepted) - set(received)
    while missing:
        message = connection.receive(timeout=slower(5))
        missing.discard(payload(message)["n"])
    connection.close()
