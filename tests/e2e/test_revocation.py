"""A certificate that was replaced ends its live connections at once and never comes back."""

import time

import pytest

from support.connection import Connection, client_context, connect_device, open_tls
from support.server import slower


def assert_refused(server, identity, context=None, session=None):
    with Connection(open_tls(server, identity, context=context, session=session)) as connection:
        assert connection.connect("again").reason == 0x87
        connection.expect_closed()


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_replaced_certificate_ends_live_connection(server, new_device, certificates, version, tls):
    device, old = new_device("ec"), None
    old, new = device.identity, certificates.ec("replacement")
    connection = connect_device(server, device, version, tls)
    connection.publish_acked("v1/devices/me/telemetry", "{a:1}")
    server.rest.save_certificate(device, new.pem)
    started = time.monotonic()
    connection.expect_disconnect(0x98, timeout=slower(1))
    assert time.monotonic() - started < slower(1)
    assert_refused(server, old)
    device.identity = new
    connect_device(server, device, version, tls).disconnect()


def test_every_connection_of_the_device_ends(server, new_device, certificates, connected):
    """Also those on other network threads."""
    device = new_device("ec")
    connections = [connected(device, client_id=f"c{number}") for number in range(8)]
    bystander = connected(new_device("ec"))
    server.rest.save_certificate(device, certificates.ec().pem)
    for connection in connections:
        connection.expect_disconnect(0x98, timeout=slower(1))
    bystander.ping()


def test_nothing_is_taken_after_the_answer_to_rest(server, new_device, certificates, connected):
    """When REST has answered, what the old certificate's holder sends is no longer stored."""
    device = new_device("ec")
    connection = connected(device)
    server.rest.save_certificate(device, certificates.ec().pem)
    try:
        connection.publish("v1/devices/me/telemetry", "{late:1}")
    except OSError:
        pass
    time.sleep(0.5)
    assert server.rest.latest(device) == {}


@pytest.mark.parametrize("tls", ["1.3"])
def test_resumed_session_does_not_outlive_the_certificate(server, new_device, certificates, tls):
    device = new_device("ec")
    old, context = device.identity, client_context(server, device.identity, tls)
    first = connect_device(server, device, context=context)
    first.ping()
    session = first.sock.session
    first.disconnect()
    second = connect_device(server, device, context=context, session=session)
    assert second.sock.session_reused, "the test needs resumption to work"
    second.ping()
    session = second.sock.session
    second.disconnect()
    server.rest.save_certificate(device, certificates.ec().pem)
    assert_refused(server, old, context, session)


def test_change_from_token_ends_connection(server, new_device, certificates, connected):
    device = new_device("token")
    connection = connected(device)
    server.rest.save_certificate(device, certificates.ec().pem)
    connection.expect_disconnect(0x98, timeout=slower(1))


def test_old_certificate_can_be_registered_to_another_device(server, new_device, certificates, connected):
    device, other = new_device("ec"), new_device("token")
    old = device.identity
    server.rest.save_certificate(device, certificates.ec().pem)
    server.rest.save_certificate(other, old.pem)
    other.identity, other.token = old, None
    connected(other).publish_acked("v1/devices/me/telemetry", "{mine:1}")
    assert server.rest.latest(other) == {"mine": "1"}
    assert server.rest.latest(device) == {}


def test_saving_the_same_certificate_again_is_harmless(server, new_device, rest):
    device = new_device("ec")
    saved = rest.save_certificate(device, device.identity.pem)
    assert saved["credentialsId"] == device.identity.fingerprint
    connect_device(server, device).disconnect()
