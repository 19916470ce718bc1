"""Anything may come in on any port: no crash, no unbounded memory, others go on."""

import contextlib
import random
import socket
import struct
import time

import pytest
import requests

from support import crowd, packets
from support.connection import Closed, Connection, connect_device, connect_plain, open_tls
from support.server import slower

PORTS = ["mqtts_port", "mqtt_port", "http_port", "https_port"]


def throw(port, data):
    """Send, then read to the end or to the time limit. @return what came back"""
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.3) as sock:
        sock.sendall(data)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
        while True:
            piece = sock.recv(65536)
            if not piece:
                break
            answer += piece
    return answer


@pytest.mark.parametrize("port", PORTS)
def test_random_bytes(server, bystander, port):
    dice = random.Random(port)
    for _ in range(40):
        throw(getattr(server, port), dice.randbytes(dice.choice([1, 2, 5, 17, 300, 5000, 70000])))


@pytest.mark.parametrize("port", ["mqtts_port", "https_port"])
def test_tls_garbage(server, bystander, port):
    """Records of every type, version and length, with random bodies."""
    dice = random.Random(port)
    for content in (20, 21, 22, 23, 24, 0, 255):
        for version in (0x0301, 0x0303, 0x0304, 0xFFFF):
            size = dice.choice([0, 1, 4, 512, 16384, 16640, 65535])
            throw(getattr(server, port), struct.pack(">BHH", content, version, size) + dice.randbytes(min(size, 17000)))
    throw(getattr(server, port), crowd.client_hello())


def test_http_on_the_mqtt_port_and_back(server, bystander):
    throw(server.mqtts_port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    throw(server.mqtt_port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    throw(server.http_port, packets.connect(5, "x"))
    throw(server.https_port, packets.connect(5, "x"))


@pytest.mark.parametrize("request_bytes", [
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    b"POST /api/auth/login HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /api/auth/login HTTP/1.1\r\nContent-Length: -1\r\n\r\n{}",
    b"POST /api/auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /api/device/%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
], ids=["long-path", "many-headers", "huge-length", "negative-length", "huge-chunk", "dots", "coded-dots", "bad-escape"])
def test_bad_http(server, bystander, request_bytes):
    answer = throw(server.http_port, request_bytes)
    assert b"root:" not in answer
    assert requests.get(server.url + "/api/auth/user", timeout=10).status_code == 401


def malformed_packets():
    connected = packets.connect(5, "x")
    yield "reserved type 0", 5, b"\x00\x00"
    yield "reserved flags of PINGREQ", 5, b"\xc1\x00"
    yield "second CONNECT", 5, connected
    yield "remaining length of five bytes", 5, b"\x30\xff\xff\xff\xff\x7f"
    yield "QoS 3", 5, b"\x36\x07\x00\x01a\x00\x01\x00x"
    yield "PUBLISH shorter than its topic", 5, b"\x30\x03\x00\x09a"
    yield "packet id 0", 5, packets.publish(5, "v1/devices/me/telemetry", b"{}", 1, 0)
    yield "topic with NUL", 5, packets.publish(5, "a\0b", b"{}")
    yield "topic not UTF-8", 5, packets.publish(5, b"\xff\xfe", b"{}")
    yield "wildcard in topic name", 5, packets.publish(5, "v1/+/me", b"{}")
    yield "SUBSCRIBE without filters", 5, packets.subscribe(5, 1, [])
    yield "SUBSCRIBE with flags 0", 5, b"\x80\x07\x00\x01\x00\x00\x01a\x00"
    yield "subscription options reserved", 5, packets.subscribe(5, 1, [("v1/devices/me/attributes", 0xC1)])
    yield "property of another packet", 5, packets.publish(5, "v1/devices/me/telemetry", b"{}", props={"receive_maximum": 1})
    yield "property given twice", 5, b"\x30\x0c\x00\x01a\x06\x23\x00\x01\x23\x00\x01{}"
    yield "topic alias 0", 5, packets.publish(5, "v1/devices/me/telemetry", b"{}", props={"topic_alias": 0})
    yield "SUBACK from a client", 5, b"\x90\x03\x00\x01\x00"
    yield "AUTH without method", 5, b"\xf0\x00"
    yield "reserved type 0", 4, b"\x00\x00"
    yield "type 15", 4, b"\xf0\x00"
    yield "QoS 3", 4, b"\x36\x05\x00\x01a\x00\x01"
    yield "topic not UTF-8", 4, packets.publish(4, b"\xff\xfe", b"{}")
    yield "wildcard in topic name", 4, packets.publish(4, "v1/#", b"{}")
    yield "SUBSCRIBE without filters", 4, packets.subscribe(4, 1, [])
    yield "PUBREL with flags 0", 4, b"\x60\x02\x00\x01"


@pytest.mark.parametrize("what,version,data", malformed_packets(), ids=lambda value: str(value)[:40])
def test_malformed_packet(server, bystander, new_device, what, version, data):
    """5.0: DISCONNECT with a reason of the peer's fault, 3.1.1: close; logged."""
    mark = server.log.mark()
    with connect_device(server, new_device("token"), version) as connection:
        connection.send(data)
        seen = connection.expect_closed()
    reasons = [packet.reason for packet in seen if packet.kind == packets.DISCONNECT]
    assert len(reasons) == (1 if version == 5 else 0), seen
    assert all(reason in (0x81, 0x82, 0x90, 0x94, 0x99) for reason in reasons), reasons
    server.log.wait(mark, text="reason|problem|malformed|protocol")


def test_packets_before_connect(server, bystander):
    for data in (b"\xc0\x00", packets.publish(4, "v1/devices/me/telemetry", b"{}", 1, 1), packets.subscribe(4, 1, [("a", 0)])):
        with Connection(open_tls(server), 4) as connection:
            connection.send(data)
            assert [p for p in connection.expect_closed() if p.kind != packets.DISCONNECT] == []


def test_oversized_packet_is_refused_before_its_body(server, bystander, new_device):
    for open_connection in (connect_device, connect_plain):
        with open_connection(server, new_device("token")) as connection:
            connection.send(b"\x30\xff\xff\xff\x7f")
            connection.expect_disconnect(0x95)


def test_random_packets_after_login(server, bystander, new_device):
    device, dice = new_device("token"), random.Random(5)
    for _ in range(60):
        with connect_plain(server, device, dice.choice([4, 5])) as connection, contextlib.suppress(Closed, OSError):
            connection.send(bytes([dice.randrange(256), dice.randrange(128)]) + dice.randbytes(dice.randrange(300)))


@pytest.mark.timeout(300)
@pytest.mark.slow
@pytest.mark.parametrize("first_bytes", [b"", crowd.client_hello()], ids=["silent", "half-hello"])
def test_ten_thousand_half_open_handshakes(start_server, device_name, certificates, first_bytes):
    """Bounded memory, an end after the deadline, and a registered device still gets in meanwhile."""
    limit = crowd.raise_file_limit()
    count = min(10_000, limit - 500)
    server = start_server({"net.handshake_timeout": "4", "mqtt.connect_timeout": "4"})
    device = server.rest.create_device(device_name(), certificates.ec())
    with connect_device(server, device, client_id="steady") as steady:
        before = server.resident_bytes()
        with crowd.half_open(server.mqtts_port, count, first_bytes) as sockets:
            steady.ping(timeout=slower(10))
            grown = server.resident_bytes() - before
            assert grown < (400 if slower(1) > 1 else 120) * 2**20, f"{grown >> 20} MiB for {count} handshakes"
            deadline = time.monotonic() + slower(20)
            while crowd.still_open(sockets) and time.monotonic() < deadline:
                time.sleep(0.5)
            assert crowd.still_open(sockets) == 0, "half-open handshakes outlive their deadline"
            with connect_device(server, device, client_id="newcomer") as newcomer:
                newcomer.ping()
        steady.ping()


def test_silent_after_handshake_is_closed(start_server):
    server = start_server({"mqtt.connect_timeout": "1"})
    with Connection(open_tls(server)) as connection:
        connection.expect_closed(timeout=slower(5))


def test_connections_of_one_address_are_bounded(start_server, device_name):
    server = start_server({"net.max_per_address": "5"})
    device = server.rest.create_device(device_name())
    connections = [connect_plain(server, device, client_id=str(number)) for number in range(5)]
    with pytest.raises((Closed, OSError)):
        connect_plain(server, device, client_id="6")
    connections[0].ping()
    for connection in connections:
        connection.close()
