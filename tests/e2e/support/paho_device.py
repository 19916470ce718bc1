"""A device as paho-mqtt makes it."""

import threading
import time

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from .server import slower

PROTOCOLS = {4: paho.MQTTv311, 5: paho.MQTTv5}


def properties(packet, **values):
    """properties("PUBLISH", UserProperty=[("a", "2")]): names as paho has them; None before 5.0 is for the caller."""
    made = Properties(getattr(PacketTypes, packet))
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            setattr(made, name, each)
    return made


class PahoDevice:
    """Logs in at once. `clean` and `props` (of CONNECT) mean what they mean in the protocol."""

    def __init__(self, server, device, version, client_id="paho", keep_alive=60, clean=True, will=None, props=None):
        self.version = version
        self.client = paho.Client(client_id, protocol=PROTOCOLS[version], **({} if version == 5 else {"clean_session": clean}))
        self.client.tls_set(str(server.chain), *([str(device.identity.cert), str(device.identity.key)] if device.identity else []))
        if device.token:
            self.client.username_pw_set(device.token)
        if will:
            self.client.will_set(*will[:3], properties=will[3] if len(will) > 3 else None)
        self.connected, self.lost = threading.Event(), threading.Event()
        self.messages, self.disconnects, self.granted, self.connack = [], [], {}, None
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = lambda _client, _user, message: self.messages.append(message)
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
        self.lost.set()

    def publish(self, topic, payload, qos, props=None, retain=False):
        published = self.client.publish(topic, payload, qos, retain, **({"properties": props} if props else {}))
        published.wait_for_publish(slower(10))
        assert published.is_published()

    def subscribe(self, *arguments, **options):
        """@return the codes of SUBACK"""
        _, number = self.client.subscribe(*arguments, **options)
        self.wait(lambda: number in self.granted)
        return [getattr(code, "value", code) for code in self.granted[number]]

    def unsubscribe(self, topic):
        _, number = self.client.unsubscribe(topic)
        self.wait(lambda: number in self.granted)

    def wait(self, condition, timeout=10):
        deadline = time.monotonic() + slower(timeout)
        while not condition():
            assert time.monotonic() < deadline, f"messages so far: {self.messages}"
            time.sleep(0.02)

    def wait_messages(self, count):
        self.wait(lambda: len(self.messages) >= count)
        return self.messages

    def disconnect(self, **options):
        self.client.disconnect(**options)
        self.client.loop_stop()

    def cut_cable(self):
        """The network is gone: no DISCONNECT."""
        self.client.loop_stop()
        self.client._sock_close()
