"""A client connection under full control of the test: raw bytes, packets, TLS version and session."""

import socket
import ssl
import time

from . import packets
from .packets import CONNACK, DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, UNSUBACK

TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def client_context(server, identity=None, tls=None):
    context = ssl.create_default_context(cafile=str(server.chain))
    if tls:
        context.minimum_version = context.maximum_version = TLS_VERSIONS[tls]
    if identity:
        context.load_cert_chain(identity.cert, identity.key)
    return context


def open_tls(server, identity=None, tls=None, context=None, session=None, port=None, timeout=10):
    """A TLS connection to the MQTT port (or to `port`, such as a proxy's)."""
    context = context or client_context(server, identity, tls)
    plain = socket.create_connection(("127.0.0.1", port or server.mqtts_port), timeout=timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        return context.wrap_socket(plain, server_hostname="localhost", session=session)
    except BaseException:
        plain.close()
        raise


class Closed(Exception):
    """The server ended the connection."""


class Connection:
    def __init__(self, sock, version=5):
        self.sock = sock
        self.version = version
        self._buffer = b""
        self._packet_id = 0

    def close(self):
        """Without DISCONNECT: as when a cable is pulled, but the peer is told by TCP."""
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # bytes and packets

    def send(self, data):
        self.sock.sendall(data)

    def read(self, timeout=10):
        """The next packet. Raises Closed, or AssertionError when nothing came in time."""
        deadline = time.monotonic() + timeout
        while True:
            packet = self._take_packet()
            if packet:
                return packet
            self._receive(deadline, timeout)

    def _receive(self, deadline, timeout):
        self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.sock.recv(65536)
        except (socket.timeout, TimeoutError):
            raise AssertionError(f"nothing from the server within {timeout} s") from None
        except OSError as error:
            raise Closed(str(error)) from None
        if not data:
            raise Closed("end of stream")
        self._buffer += data

    def _take_packet(self):
        data = self._buffer
        length = shift = 0
        for at in range(1, min(5, len(data))):
            length |= (data[at] & 0x7F) << shift
            shift += 7
            if data[at] < 0x80:
                end = at + 1 + length
                if len(data) < end:
                    return None
                self._buffer = data[end:]
                return packets.parse(self.version, data[0] >> 4, data[0] & 15, data[at + 1:end])
        return None

    def expect(self, kind, timeout=10):
        packet = self.read(timeout)
        assert packet.kind == kind, f"expected packet type {kind}, got {packet}"
        return packet

    def expect_nothing(self, seconds):
        try:
            packet = self.read(seconds)
        except AssertionError:
            return
        raise AssertionError(f"expected silence, got {packet}")

    def expect_closed(self, timeout=10):
        """@return the packets that came before the server closed."""
        seen = []
        while True:
            try:
                seen.append(self.read(timeout))
            except Closed:
                return seen

    def expect_disconnect(self, reason, timeout=10):
        """5.0: DISCONNECT with the reason, then the end; 3.1.1: just the end."""
        seen = [packet for packet in self.expect_closed(timeout) if packet.kind == DISCONNECT]
        if self.version == 5:
            assert [packet.reason for packet in seen] == [reason], f"DISCONNECT packets: {seen}"
        else:
            assert seen == []
        return seen[0] if seen else None

    def next_id(self):
        self._packet_id = self._packet_id % 65535 + 1
        return self._packet_id

    # exchanges

    def connect(self, client_id="", **options):
        """@return CONNACK, whatever it says."""
        self.send(packets.connect(self.version, client_id, **options))
        return self.expect(CONNACK)

    def log_in(self, client_id="", **options):
        connack = self.connect(client_id, **options)
        assert connack.reason == 0, f"refused: {connack}"
        return connack

    def publish(self, topic, payload, qos=1, packet_id=None, **options):
        """Send, without waiting. @return the packet id."""
        payload = payload.encode() if isinstance(payload, str) else payload
        packet_id = packet_id or (self.next_id() if qos else 0)
        self.send(packets.publish(self.version, topic, payload, qos, packet_id, **options))
        return packet_id

    def publish_acked(self, topic, payload, qos=1, timeout=10, **options):
        """@return the last acknowledgement: PUBACK, PUBCOMP, or a PUBREC that refuses."""
        packet_id = self.publish(topic, payload, qos, **options)
        if qos == 1:
            return self._expect_id(PUBACK, packet_id, timeout)
        received = self._expect_id(PUBREC, packet_id, timeout)
        if received.reason >= 0x80:
            return received
        self.send(packets.acknowledge(PUBREL, packet_id))
        return self._expect_id(PUBCOMP, packet_id, timeout)

    def _expect_id(self, kind, packet_id, timeout=10):
        packet = self.expect(kind, timeout)
        assert packet.packet_id == packet_id, packet
        return packet

    def subscribe(self, *filters, qos=1, props=None):
        """A filter, or (filter, options byte). @return the reason codes."""
        return self.subscribe_answered(*filters, qos=qos, props=props).reasons

    def subscribe_answered(self, *filters, qos=1, props=None):
        """@return the whole SUBACK."""
        packet_id = self.next_id()
        entries = [entry if isinstance(entry, tuple) else (entry, qos) for entry in filters]
        self.send(packets.subscribe(self.version, packet_id, entries, props))
        return self._expect_id(SUBACK, packet_id)

    def unsubscribe(self, *filters):
        packet_id = self.next_id()
        self.send(packets.unsubscribe(self.version, packet_id, filters))
        return self._expect_id(UNSUBACK, packet_id).reasons

    def receive(self, timeout=10):
        """The next message of the server, acknowledged as its QoS asks."""
        message = self.expect(PUBLISH, timeout)
        if message.qos == 1:
            self.send(packets.acknowledge(PUBACK, message.packet_id))
        elif message.qos == 2:
            self.send(packets.acknowledge(PUBREC, message.packet_id))
            self._expect_id(PUBREL, message.packet_id)
            self.send(packets.acknowledge(PUBCOMP, message.packet_id))
        return message

    def ping(self, timeout=10):
        self.send(packets.packet(PINGREQ, 0, b""))
        return self.expect(PINGRESP, timeout)

    def disconnect(self, reason=None, props=None):
        body = b"" if reason is None else bytes([reason])
        if props is not None and self.version == 5:
            body = bytes([reason or 0]) + packets.properties(props)
        self.send(packets.packet(DISCONNECT, 0, body))
        self.close()

    def leave(self, **props):
        """DISCONNECT, and the server has carried it out: nobody sits there any more."""
        self.send(packets.packet(DISCONNECT, 0, bytes([0]) + packets.properties(props) if props else b""))
        self.expect_closed()
        self.close()


def connect_device(server, device, version=5, tls=None, context=None, session=None, port=None, client_id="", **options):
    """TLS, CONNECT as the device, and an accepting CONNACK. @return the Connection"""
    connection = Connection(open_tls(server, device.identity, tls, context, session, port), version)
    if device.token and "username" not in options:
        options["username"] = device.token
    try:
        connection.log_in(client_id, **options)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_plain(server, device, version=5, client_id="", **options):
    """The same on the port without TLS, by token."""
    sock = socket.create_connection(("127.0.0.1", server.mqtt_port), timeout=10)
    connection = Connection(sock, version)
    connection.log_in(client_id, username=device.token, **options)
    return connection
