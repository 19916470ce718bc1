"""A device as paho-mqtt makes it."""

import queue
import threading
import time
import types

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from .server import slower

PROTOCOLS = {3: paho.MQTTv31, 4: paho.MQTTv311, 5: paho.MQTTv5}


def properties(packet, **values):
    """properties("PUBLISH", UserProperty=[("a", "2")]): names as paho has them; None before 5.0 is for the caller."""
    made = Properties(getattr(PacketTypes, packet))
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            setattr(made, name, each)
    return made


class Client(paho.Client):
    """paho reads what PUBACK, PUBREC and PUBCOMP say, and throws it away: here it is kept, by packet id."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.answers = {}

    def _keep(self, packet):
        body = bytes(self._in_packet["packet"])
        said = Properties(packet)
        if len(body) > 3:
            said.unpack(body[3:])
        answer = types.SimpleNamespace(reason=body[2] if len(body) > 2 else 0, text=getattr(said, "ReasonString", ""))
        number = int.from_bytes(body[:2], "big")
        if number not in self.answers or self.answers[number].reason < 0x80:  # PUBCOMP follows the PUBREC that refused
            self.answers[number] = answer

    def _handle_pubackcomp(self, cmd):
        self._keep(PacketTypes.PUBACK if cmd == "PUBACK" else PacketTypes.PUBCOMP)
        return super()._handle_pubackcomp(cmd)

    def _handle_pubrec(self):
        self._keep(PacketTypes.PUBREC)
        return super()._handle_pubrec()


def _client(server, device, version, client_id, clean=True, context=None):
    client = Client(client_id, protocol=PROTOCOLS[version], **({} if version == 5 else {"clean_session": clean}))
    if context:
        client.tls_set_context(context)
        return client
    client.tls_set(str(server.chain), *([str(device.identity.cert), str(device.identity.key)] if device.identity else []))
    return client


def connack(server, version, identity=None, client_id="paho", username=None, password=None, context=None):
    """@return the reason code of CONNACK"""
    client, codes = _client(server, types.SimpleNamespace(identity=identity), version, client_id, context=context), []
    if username is not None:
        client.username_pw_set(username, password)
    client.on_connect = lambda _client, _user, _flags, reason, *_: codes.append(int(getattr(reason, "value", reason)))
    client.connect("localhost", server.mqtts_port)
    deadline = time.monotonic() + slower(10)
    while not codes and time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)
    assert codes, "no CONNACK"
    return codes[0]


class PahoDevice:
    """Logs in at once. `clean` and `props` (of CONNECT) mean what they mean in the protocol."""

    def __init__(self, server, device, version=5, client_id="paho", keep_alive=60, clean=True, will=None, props=None,
                 username=None, password=None):
        self.version = version
        self.client = _client(server, device, version, client_id, clean)
        if username or device.token:
            self.client.username_pw_set(username or device.token, password)
        if will:
            self.client.will_set(*will[:3], properties=will[3] if len(will) > 3 else None)
        self.connected, self.lost = threading.Event(), threading.Event()
        self.messages, self.disconnects, self.granted, self.connack = [], [], {}, None
        self._arrived = queue.SimpleQueue()
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = self._on_message
        self.client.on_subscribe = lambda _client, _user, number, granted, *_: self.granted.update({number: granted})
        self.client.on_unsubscribe = lambda _client, _user, number, *_: self.granted.update({number: []})
        options = {"clean_start": clean, "properties": props} if version == 5 else {}
        self.client.connect("localhost", server.mqtts_port, keepalive=keep_alive, **options)
        self.client.loop_start()
        assert self.connected.wait(slower(10)), "no CONNACK"

    def _on_connect(self, _client, _user, flags, reason, props=None):
        self.session_present, self.connack = bool(flags["session present"]), props
        assert int(getattr(reason, "value", reason)) == 0, reason
        self.connected.set()

    def _on_disconnect(self, _client, _user, reason, _props=None):
        self.disconnects.append(getattr(reason, "value", reason))
        self.client.disconnect()  # or paho would connect again
        self.lost.set()

    def _on_message(self, _client, _user, message):
        self.messages.append(message)
        self._arrived.put(message)

    def publish(self, topic, payload, qos, props=None, retain=False):
        published = self.client.publish(topic, payload, qos, retain, **({"properties": props} if props else {}))
        published.wait_for_publish(slower(10))
        assert published.is_published()
        return published

    def send(self, topic, payload, qos=1):
        """Without waiting."""
        self.client.publish(topic, payload, qos)

    def publish_acked(self, topic, payload, qos=1):
        """@return what PUBACK said, or the PUBREC that refused: its reason and text."""
        return self.client.answers.pop(self.publish(topic, payload, qos).mid)

    def subscribe(self, *arguments, **options):
        """@return the codes of SUBACK"""
        _, number = self.client.subscribe(*arguments, **options)
        self.wait(lambda: number in self.granted)
        return [getattr(code, "value", code) for code in self.granted[number]]

    def listen(self, *filters, qos=1):
        """@return the codes of SUBACK"""
        if self.version == 5:
            return self.subscribe([(name, paho.SubscribeOptions(qos=qos)) for name in filters])
        return self.subscribe([(name, qos) for name in filters])

    def unsubscribe(self, topic):
        _, number = self.client.unsubscribe(topic)
        self.wait(lambda: number in self.granted)

    def wait(self, condition, timeout=10):
        deadline = time.monotonic() + slower(timeout)
        while not condition():
            assert time.monotonic() < deadline, f"messages so far: {self.messages}"
            time.sleep(0.005)

    def wait_messages(self, count):
        self.wait(lambda: len(self.messages) >= count)
        return self.messages

    def receive(self, timeout=10):
        """The next message."""
        return self._arrived.get(timeout=slower(timeout))

    def expect_nothing(self, seconds):
        time.sleep(seconds)
        assert self._arrived.empty(), self.messages

    def settle(self):
        """The connection lives, and what the server sent until now has arrived."""
        self.publish("v1/devices/me/telemetry", "{}", 1)

    def expect_disconnect(self, reason, timeout=10):
        """5.0: DISCONNECT with the reason; 3.1.1: just the end."""
        assert self.lost.wait(slower(timeout)), "still connected"
        self.disconnect()
        if self.version == 5:
            assert self.disconnects[0] == reason

    def disconnect(self, **options):
        self.client.disconnect(**options)
        self.client.loop_stop()

    def cut_cable(self):
        """The network is gone: no DISCONNECT."""
        self.client.loop_stop()
        self.client._sock_close()
