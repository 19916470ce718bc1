"""TLS sessions: resumed by ticket, asked at the door again, bounded, and never a way around a refusal."""

import subprocess

import pytest

from support import packets
from support.connection import client_context, connect_device, open_tls
from support.s_client import SClient

TELEMETRY = "v1/devices/me/telemetry"
LOG_IN = packets.connect(4, "resumption")


def s_client_session(server, device, tls, session_file, *arguments):
    """Log in and publish; @return the output of s_client"""
    with SClient(server, device.identity, tls, *arguments) as client:
        client.send(LOG_IN)
        client.wait_output(rb"\x20\x02\x00\x00")
        client.send(packets.publish(4, TELEMETRY, b"{resumed:1}", 1, 3))
        client.wait_output(rb"\x40\x02\x00\x03")
        client.send(packets.packet(packets.DISCONNECT, 0, b""))
        client.process.wait(10)
    assert session_file.stat().st_size > 0


def test_openssl_resumes(server, new_device, tmp_path):
    device, session, tls = new_device("ec"), tmp_path / "session.pem", "-tls1_3"
    s_client_session(server, device, tls, session, "-sess_out", session)
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.mqtts_port}", "-servername", "localhost",
               "-CAfile", server.chain, tls, "-sess_in", session, "-cert", device.identity.cert, "-key", device.identity.key]
    done = subprocess.run(list(map(str, command)), input=b"Q\n", capture_output=True, timeout=20)
    assert b"Reused, " in done.stdout, done.stdout.decode(errors="replace")
    s_client_session(server, device, tls, session, "-sess_in", session)
    assert server.rest.latest(device) == {"resumed": "1"}


def test_openssl_cannot_resume_what_was_revoked(server, new_device, certificates, tmp_path):
    """The session of a certificate that was taken away is no session any more."""
    device, session, tls = new_device("ec"), tmp_path / "session.pem", "-tls1_3"
    s_client_session(server, device, tls, session, "-sess_out", session)
    server.rest.save_certificate(device, certificates.ec().pem)
    with SClient(server, device.identity, tls, "-sess_in", session) as client:
        client.send(LOG_IN)
        client.wait_output(rb"\x20\x02\x00\x05")


@pytest.mark.parametrize("tls", ["1.2", "1.3"])  # sessions of TLS 1.2 are not kept: docs/architecture.md
@pytest.mark.parametrize("version", [4, 5])
def test_resumed_connection_is_the_same_device(server, new_device, tls, version):
    device = new_device("ec")
    context = client_context(server, device.identity, tls)
    session = None
    for number in range(4):
        connection = connect_device(server, device, version, context=context, session=session)
        assert connection.sock.session_reused == (number > 0 and tls == "1.3")
        assert connection.publish_acked(TELEMETRY, "{n:%d}" % number).reason == 0
        session = connection.sock.session
        connection.disconnect()
    assert server.rest.latest(device) == {"n": "3"}


def test_session_of_one_device_is_no_key_to_another(server, new_device):
    """The ticket says who resumes, not the certificate that the client would show now."""
    first, second = new_device("ec"), new_device("ec")
    context = client_context(server, first.identity, "1.3")
    connection = connect_device(server, first, context=context)
    connection.ping()
    session = connection.sock.session
    connection.disconnect()
    context.load_cert_chain(second.identity.cert, second.identity.key)
    connection = connect_device(server, second, context=context, session=session)
    who = first if connection.sock.session_reused else second
    connection.publish_acked(TELEMETRY, "{who:1}")
    connection.disconnect()
    assert server.rest.latest(who) == {"who": "1"}


def test_tickets_off(start_server, certificates, device_name):
    server = start_server({"tls.tickets": "false"})
    device = server.rest.create_device(device_name(), certificates.ec())
    for tls in ("1.2", "1.3"):
        context = client_context(server, device.identity, tls)
        first = connect_device(server, device, context=context)
        first.ping()
        session = first.sock.session
        first.disconnect()
        second = connect_device(server, device, context=context, session=session)
        assert not second.sock.session_reused
        second.disconnect()


def test_restart_forgets_sessions_without_harm(start_server, certificates, device_name):
    server = start_server()
    device = server.rest.create_device(device_name(), certificates.ec())
    context = client_context(server, device.identity, "1.3")
    first = connect_device(server, device, context=context)
    first.ping()
    session = first.sock.session
    first.disconnect()
    server.restart()
    connect_device(server, device, context=context, session=session).disconnect()


def test_garbled_ticket_falls_back_to_a_full_handshake(server, new_device, tmp_path):
    device = new_device("ec")
    session = tmp_path / "session.pem"
    s_client_session(server, device, "-tls1_3", session, "-sess_out", session)
    other = tmp_path / "other.pem"
    s_client_session(server, new_device("ec"), "-tls1_3", other, "-sess_out", other)
    s_client_session(server, device, "-tls1_3", session, "-sess_in", session)


def test_token_device_resumes(server, new_device):
    device = new_device("token")
    context = client_context(server, None, "1.3")
    first = connect_device(server, device, context=context)
    first.ping()
    session = first.sock.session
    first.disconnect()
    with connect_device(server, device, context=context, session=session) as second:
        assert second.sock.session_reused


def test_many_sessions_are_bounded(start_server, device_name):
    server = start_server({"tls.ticket_store": "10"})
    device = server.rest.create_device(device_name())
    context = client_context(server, None, "1.3")
    sessions = []
    for _ in range(30):
        with connect_device(server, device, context=context) as connection:
            connection.ping()
            sessions.append(connection.sock.session)
    resumed = 0
    for session in sessions:
        sock = open_tls(server, context=context, session=session)
        resumed += sock.session_reused
        sock.close()
    assert resumed <= 10
