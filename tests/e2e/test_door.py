"""Who is let in, who is not, with which code, and what the log says about it. Device API section 1."""

import contextlib
import os
import pathlib
import sqlite3
import ssl
import time

import pytest

from support import packets, paho_device
from support.connection import Closed, Connection, client_context, connect_device, connect_plain, open_tls
from support.server import PosternServer

REFUSED = {4: {5}, 5: {0x87}}
REFUSED_TOKEN = {4: {4, 5}, 5: {0x86, 0x87}}
VERSIONS = pytest.mark.parametrize("version", [4, 5])


def refused_connect(server, version, codes, identity=None, tls=None, **options):
    """CONNECT, a refusing CONNACK of one of the codes, then the end of the connection; paho is refused likewise."""
    assert paho_device.connack(server, version, identity, "door-test", **options) in codes[version]
    with Connection(open_tls(server, identity, tls), version) as connection:
        connack = connection.connect("door-test", **options)
        assert connack.reason in codes[version], connack
        assert not connack.session_present
        assert connection.expect_closed() == []
        return connack


@VERSIONS
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_unregistered_certificate(server, bystander, certificates, version, tls):
    mark, stranger = server.log.mark(), certificates.ec("stranger")
    connack = refused_connect(server, version, REFUSED, stranger, tls)
    logged = server.log.wait(mark, text="not registered|no device|unknown certificate")
    assert stranger.fingerprint[:8] in str(logged)
    if version == 5 and "reason_string" in connack.properties:
        assert "regist" in connack.properties["reason_string"] or "device" in connack.properties["reason_string"]


@VERSIONS
def test_expired_certificate(server, bystander, certificates, version):
    mark = server.log.mark()
    refused_connect(server, version, REFUSED, certificates.expired())
    server.log.wait(mark, text="expired")


def test_certificate_of_the_future(server, certificates):
    mark = server.log.mark()
    refused_connect(server, 5, REFUSED, certificates.not_yet_valid())
    server.log.wait(mark, text="not yet valid|valid from|not valid before")


def test_registered_certificate_expires(server, certificates, new_device):
    """It was accepted when saved and lets in until its last second."""
    end = int(time.time()) + 6
    device = new_device(certificates.valid_between(time.time() - 3600, end))
    connect_device(server, device).close()
    mark = server.log.mark()
    time.sleep(max(end + 1.2 - time.time(), 0))
    refused_connect(server, 5, REFUSED, device.identity)
    server.log.wait(mark, text="expired")


def test_allow_expired(start_server, certificates, device_name):
    server = start_server({"tls.allow_expired": "true"})
    end = int(time.time()) + 4
    identity = certificates.valid_between(time.time() - 3600, end)
    device = server.rest.create_device(device_name(), identity)
    time.sleep(max(end + 1.2 - time.time(), 0))
    assert paho_device.connack(server, 5, identity) == 0
    connect_device(server, device).close()


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_key_of_the_certificate_is_not_held(server, certificates, new_device, tls):
    """The thief has the registered certificate, but signs with another key: the handshake ends with decrypt_error."""
    mark, victim = server.log.mark(), new_device("ec")
    with pytest.raises((ssl.SSLError, Closed, ConnectionError)) as refusal:
        with Connection(open_tls(server, certificates.stolen(victim.identity), tls)) as connection:
            connection.connect("thief")
    if isinstance(refusal.value, ssl.SSLError):
        assert "DECRYPT" in str(refusal.value).upper(), refusal.value
    server.log.wait(mark, text="signature|possession|private key")
    connect_device(server, victim).close()


@VERSIONS
def test_no_credentials_at_all(server, bystander, version):
    mark = server.log.mark()
    refused_connect(server, version, REFUSED_TOKEN)
    server.log.wait(mark, text="no (client )?(certificate|credentials)|neither|without|no access token|no user name")


@VERSIONS
def test_token(server, new_device, paho_connected, version):
    """On the port with TLS, though no certificate is shown, and on the one without."""
    device = new_device("token")
    assert paho_connected(device, version=version).publish_acked("v1/devices/me/telemetry", "{a:1}").reason == 0
    with connect_plain(server, device, version) as connection:
        assert connection.publish_acked("v1/devices/me/telemetry", "{b:2}").reason == 0
    assert server.rest.latest(device) == {"a": "1", "b": "2"}


@VERSIONS
def test_wrong_token(server, bystander, version):
    mark = server.log.mark()
    refused_connect(server, version, REFUSED_TOKEN, username="wrongTokenWrongTok12")
    logged = server.log.wait(mark, text="token")
    assert "wrongTokenWrongTok12" not in str(logged), "a token is a secret, even a wrong one"


def test_token_of_certificate_device_is_gone(server, certificates, new_device):
    device = new_device("token")
    server.rest.save_certificate(device, certificates.ec().pem)
    refused_connect(server, 5, REFUSED_TOKEN, username=device.token)


def test_user_name_is_ignored_with_certificate(server, new_device, paho_connected):
    device, other = new_device("ec"), new_device("token")
    paho_connected(device, username=other.token, password="x").publish_acked("v1/devices/me/telemetry", "{who:me}")
    assert server.rest.latest(device) == {"who": "me"}
    assert server.rest.latest(other) == {}


def test_own_leaf_signs_no_second_leaf(server, certificates, new_device, tmp_path):
    """A certificate signed with a registered device's key is not that device."""
    from support.certificates import Identity, openssl
    device = new_device("ec")
    key, csr, cert = tmp_path / "leaf.key", tmp_path / "leaf.csr", tmp_path / "leaf.pem"
    openssl("ecparam", "-out", key, "-name", "prime256v1", "-genkey", "-noout")
    openssl("req", "-new", "-key", key, "-out", csr, "-subj", "/CN=second")
    openssl("x509", "-req", "-in", csr, "-CA", device.identity.cert, "-CAkey", device.identity.key, "-set_serial", "7",
            "-days", "10", "-out", cert)
    cert.write_text(cert.read_text() + device.identity.pem)
    refused_connect(server, 5, REFUSED, Identity(cert, key))


@VERSIONS
def test_device_deleted(server, new_device, rest, paho_connected, bystander, version):
    device = new_device("ec")
    connection = paho_connected(device, version=version)
    rest.delete(f"/api/device/{device.id}")
    connection.expect_disconnect(0x98, timeout=2)
    refused_connect(server, version, REFUSED, device.identity)


def test_small_rsa_key_is_refused_in_the_handshake(server, certificates):
    mark = server.log.mark()
    with pytest.raises((ssl.SSLError, Closed, ConnectionError)):
        with Connection(open_tls(server, context=lax_context(server, certificates.rsa("weak", bits=1024)))) as connection:
            connection.connect("weak")
    server.log.wait(mark, text="too small|1024|weak")


def lax_context(server, identity):
    """Debian's OpenSSL would not even load such a key."""
    context = client_context(server)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(identity.cert, identity.key)
    return context


@VERSIONS
def test_a_store_that_cannot_answer(start_server, device_name, version):
    """Unavailable is not unauthorized: the device may try again later. Somebody takes the registry's table away."""
    server = start_server()
    device = server.rest.create_device(device_name())
    with contextlib.closing(sqlite3.connect(server.data / "registry.db", isolation_level=None)) as registry:
        registry.execute("ALTER TABLE credentials RENAME TO away")
        assert paho_device.connack(server, version, username=device.token) == {4: 3, 5: 0x88}[version]
        registry.execute("ALTER TABLE away RENAME TO credentials")
    assert paho_device.connack(server, version, username=device.token) == 0


def listening(pid):
    """The TCP ports on which a process listens."""
    inodes = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            inodes.add(os.readlink(entry.path))
    rows = [row.split() for file in ("tcp", "tcp6") for row in pathlib.Path(f"/proc/{pid}/net/{file}").read_text().splitlines()[1:]]
    return {int(row[1].rsplit(":", 1)[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


def test_the_port_without_tls_is_off_unless_it_is_set(tmp_path):
    server = PosternServer(tmp_path / "server")
    del server.settings["mqtt.listen"]
    server.init().start()
    try:
        assert listening(server.process.pid) == {server.mqtts_port, server.http_port, server.https_port}
    finally:
        server.stop()


def test_two_connections_of_one_device(server, new_device, paho_connected):
    device = new_device("ec")
    first, second = (paho_connected(device, client_id=name) for name in ("one", "two"))
    assert first.publish_acked("v1/devices/me/telemetry", "{first:1}").reason == 0
    assert second.publish_acked("v1/devices/me/telemetry", "{second:2}").reason == 0
    first.settle()


def test_protocol_version_3_1(server, new_device):
    device = new_device("ec")
    with connect_device(server, device, version=3, client_id="old") as connection:
        assert connection.publish_acked("v1/devices/me/telemetry", "{old:1}").kind == packets.PUBACK
    client = paho_device.PahoDevice(server, device, 3)
    client.publish("v1/devices/me/telemetry", "{old:2}", 1)
    client.disconnect()
    assert server.rest.latest(device) == {"old": "2"}


def test_unknown_protocol_version(server):
    with Connection(open_tls(server), 4) as connection:
        connection.send(packets.packet(packets.CONNECT, 0, packets.text("MQTT") + b"\x09\x02\x00\x3c" + packets.text("x")))
        seen = connection.expect_closed()
        assert all(packet.kind == packets.CONNACK and packet.reason in (1, 0x84) for packet in seen)
