"""TLS records after the handshake, with our record layer and with the library's: the same is expected of both."""

import socket
import ssl
import struct
import time

import pytest

from support import packets
from support.connection import Closed, connect_device
from support.gnutls import GnutlsSocket
from support.packets import Will
from support.proxy import Proxy, bytewise, cut_at
from support.s_client import SClient
from support.server import PosternServer

TELEMETRY = "v1/devices/me/telemetry"
SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
KEY_UPDATE_WAIT = 0.3


@pytest.fixture(scope="module", params=["own", "library"])
def record_server(request, server, tmp_path_factory):
    if request.param == "own":
        yield server
        return
    running = PosternServer(tmp_path_factory.mktemp("library"), {"tls.records": "library"}).init().start()
    yield running
    running.stop()


@pytest.fixture
def device(record_server, new_device):
    return new_device("ec", record_server)


def publish_some(connection, count=5, size=10):
    for number in range(count):
        assert connection.publish_acked(TELEMETRY, '{"n":%d,"fill":"%s"}' % (number, "x" * size)).reason == 0


@pytest.mark.parametrize("suite", SUITES)
def test_cipher_suites(record_server, device, suite):
    with SClient(record_server, device.identity, "-tls1_3", "-ciphersuites", suite) as client:
        client.send(packets.connect(4, suite))
        client.wait_output(rb"\x20\x02\x00\x00")
        for number in range(1, 20):
            client.send(packets.publish(4, TELEMETRY, b"{suite:%d}" % number, 1, number))
            client.wait_output(b"\x40\x02\x00" + bytes([number]))
    assert record_server.rest.latest(device) == {"suite": "19"}


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("command", [b"k", b"K"], ids=["k-own-keys", "K-both-keys"])
def test_key_update(record_server, device, suite, command):
    """k: the client changes its keys; K: it asks the server to change its own, too."""
    with SClient(record_server, device.identity, "-tls1_3", "-ciphersuites", suite, "-msg",
                 interactive=True) as client:
        client.wait_output(rb"Verify return code: 0")
        client.send(packets.connect(4, "updates"))
        client.wait_output(rb"\x20\x02\x00\x00")
        for number in range(1, 6):
            start = len(client.output)
            client.send(command + b"\n")
            client.wait_output(rb"KEYUPDATE", since=start)
            time.sleep(KEY_UPDATE_WAIT)  # s_client reads its terminal and the socket by turns
            client.send(packets.publish(4, TELEMETRY, b"{update:%d}" % number, 1, number))
            client.wait_output(b"\x40\x02\x00" + bytes([number]), since=start)
            if command == b"K":  # the server may change its keys with the next thing it says
                client.wait_output(rb"<<< [^\n]*KeyUpdate", since=start)
    assert record_server.rest.latest(device) == {"update": "5"}


def test_close_notify_is_answered(record_server, device):
    connection = connect_device(record_server, device)
    connection.sock.settimeout(10)
    try:
        plain = connection.sock.unwrap()  # sends close_notify and waits for the peer's
        plain.close()
    except OSError as error:
        raise AssertionError(f"no close_notify came back: {error!r}") from None


def test_server_sends_close_notify(record_server, device, certificates):
    """A connection that the server ends is ended in TLS, too: not a truncation."""
    connection = connect_device(record_server, device)
    connection.sock.suppress_ragged_eofs = False
    record_server.rest.save_certificate(device, certificates.ec().pem)
    assert connection.read().reason == 0x98
    connection.sock.settimeout(5)
    assert connection.sock.recv(100) == b""


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("position", range(1, 60))
def test_records_cut_at_every_byte(record_server, device, position, tls):
    if tls == "1.2" and position % 10:
        pytest.skip("1.2 is the library's: a sample will do")
    with Proxy(record_server.mqtts_port, cut_at(position), cut_at(position)) as proxy:
        with connect_device(record_server, device, tls=tls, port=proxy.port) as connection:
            publish_some(connection, 2)


def test_one_byte_at_a_time(record_server, device):
    with Proxy(record_server.mqtts_port, bytewise, bytewise) as proxy:
        with connect_device(record_server, device, port=proxy.port) as connection:
            publish_some(connection, 3, 300)


def test_records_joined(record_server, device):
    """Handshake end, CONNECT and publishes arrive in one piece."""
    with Proxy(record_server.mqtts_port, gather=0.05) as proxy:
        with connect_device(record_server, device, port=proxy.port) as connection:
            sent = [connection.publish(TELEMETRY, "{n:%d}" % number) for number in range(50)]
            assert [connection.expect(packets.PUBACK).packet_id for _ in sent] == sent


def test_largest_records_and_many(record_server, device):
    with connect_device(record_server, device) as connection:
        publish_some(connection, 5, 60_000)


class Flipper:
    """Passes records on; in the record of the given number, one bit of one byte is flipped."""

    def __init__(self, offset):
        self.offset, self.armed = offset, False

    def __call__(self, data):
        if not self.armed:
            return [data]
        self.armed = False
        damaged = bytearray(data)
        damaged[self.offset % len(data)] ^= 1 << (self.offset % 8)
        return [bytes(damaged)]


def test_flipped_bit_closes_only_this_connection(record_server, device):
    """In the header, the ciphertext and the tag: every byte of a record once."""
    with connect_device(record_server, device, client_id="bystander") as bystander:
        for offset in range(70):
            flipper = Flipper(offset)
            with Proxy(record_server.mqtts_port, flipper) as proxy:
                connection = connect_device(record_server, device, port=proxy.port, client_id="victim")
                flipper.armed = True
                connection.publish(TELEMETRY, '{"flip":%d,"pad":"0123456789"}' % (1000 + offset))
                if offset in (3, 4):  # the length: a longer record is waited for, which is right
                    connection.close()
                    continue
                try:
                    seen = connection.expect_closed(timeout=5)
                except ssl.SSLError:
                    seen = []
                assert [packet for packet in seen if packet.kind == packets.PUBACK] == []
                connection.close()
        bystander.ping()
    assert "flip" not in record_server.rest.latest(device)


def test_records_in_wrong_order(record_server, device):
    held = []

    def swap(data):
        """Holds the first armed record back, and sends it after the next."""
        if swap.armed and not held:
            held.append(data)
            return []
        return [data, *held] if swap.armed else [data]
    swap.armed = False
    with Proxy(record_server.mqtts_port, swap) as proxy:
        connection = connect_device(record_server, device, port=proxy.port)
        swap.armed = True
        connection.publish(TELEMETRY, "{first:1}")
        time.sleep(0.1)
        connection.publish(TELEMETRY, "{second:1}")
        connection.expect_closed(timeout=5)
        connection.close()
    assert record_server.rest.latest(device) == {}


@pytest.mark.parametrize("record", [
    b"\x17\x03\x03\x00\x00", b"\x17\x03\x03\x00\x05abcde", b"\x17\x03\x03\x48\x01" + b"x" * 0x4801,
    b"\x16\x03\x03\x00\x04\x00\x00\x00\x00", b"\x14\x03\x03\x00\x01\x01", b"\x15\x03\x03\x00\x02\x01\x00",
    b"\x63\x03\x03\x00\x20" + b"x" * 32,
], ids=["empty", "short", "oversized", "plain-handshake", "change-cipher-spec", "plain-alert", "unknown-type"])
def test_foreign_record(record_server, device, record):
    """Whoever injects a record into the stream ends that connection and nothing else."""
    def inject(data):
        if not inject.armed:
            return [data]
        inject.armed = False
        return [record, data]
    inject.armed = False
    with connect_device(record_server, device, client_id="bystander") as bystander:
        with Proxy(record_server.mqtts_port, inject) as proxy:
            connection = connect_device(record_server, device, port=proxy.port, client_id="victim")
            inject.armed = True
            connection.publish(TELEMETRY, "{injected:1}")
            connection.expect_closed(timeout=5)
            connection.close()
        bystander.ping()
    assert record_server.rest.latest(device) == {}


def test_connection_reset_by_peer(record_server, device):
    for _ in range(20):
        connection = connect_device(record_server, device)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    connect_device(record_server, device).disconnect()


@pytest.mark.parametrize("priority", [
    "NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305",
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM",
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP256R1",
], ids=["1.3", "1.2", "chacha20", "aes256", "p256"])
def test_gnutls(record_server, device, priority):
    client = GnutlsSocket(record_server, device.identity, priority)
    client.send(packets.connect(4, "gnutls"))
    assert client.receive(4) == b"\x20\x02\x00\x00"
    for number in range(1, 10):
        if "TLS1.3" in priority and number % 3 == 0:
            client.update_keys()
        client.send(packets.publish(4, TELEMETRY, b"{gnutls:%d}" % number, 1, number))
        assert client.receive(4) == b"\x40\x02\x00" + bytes([number])
    client.close()
    assert record_server.rest.latest(device) == {"gnutls": "9"}


def test_half_closed_by_peer(record_server, device):
    """FIN without close_notify: the connection is given up, its will is sent."""
    connection = connect_device(record_server, device, will=Will(TELEMETRY, b"{will:1}"))
    connection.sock.shutdown(socket.SHUT_WR)
    record_server.rest.wait_latest(device, {"will": "1"})
    with pytest.raises((Closed, AssertionError)):
        connection.read(timeout=1)
    connection.close()
