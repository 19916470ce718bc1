"""SIGHUP: new certificate files are taken up, and no connection is dropped."""

import shutil
import ssl
import time

import pytest

from support.connection import connect_device, open_tls
from support.server import PosternServer, slower


@pytest.fixture
def own_files(tmp_path, certificates):
    """A server with certificate files of the operator's own."""
    identity = certificates.server()
    cert, key = tmp_path / "site.pem", tmp_path / "site.key"
    shutil.copy(identity.cert, cert)
    shutil.copy(identity.key, key)
    server = PosternServer(tmp_path / "server", {"tls.certificate": cert, "tls.key": key}).init().start()
    server.identity, server.cert, server.key = identity, cert, key
    yield server
    server.stop()


def context_for(identity):
    context = ssl.create_default_context(cafile=str(identity.cert))
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def shown_certificate(server, port):
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def test_own_certificate_is_shown_on_both_ports(own_files):
    for port in (own_files.mqtts_port, own_files.https_port):
        assert shown_certificate(own_files, port) == own_files.identity.der


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_reload_keeps_connections(own_files, certificates, tls):
    device = own_files.rest.create_device("steady")
    context = context_for(own_files.identity)
    context.minimum_version = context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[tls]
    with connect_device(own_files, device, context=context) as connection:
        replacement = certificates.server()
        shutil.copy(replacement.cert, own_files.cert)
        shutil.copy(replacement.key, own_files.key)
        own_files.reload()
        deadline = time.monotonic() + slower(5)
        for port in (own_files.mqtts_port, own_files.https_port):
            while shown_certificate(own_files, port) != replacement.der:
                assert time.monotonic() < deadline, f"port {port} shows the old certificate"
                time.sleep(0.1)
        assert connection.publish_acked("v1/devices/me/telemetry", "{after:1}").reason == 0
    with connect_device(own_files, device, context=context_for(replacement)) as connection:
        connection.ping()


def test_broken_file_keeps_the_old_certificate(own_files):
    mark = own_files.log.mark()
    own_files.cert.write_text("no certificate")
    own_files.reload()
    own_files.log.wait(mark, text=str(own_files.cert), timeout=slower(5))
    assert shown_certificate(own_files, own_files.mqtts_port) == own_files.identity.der


def test_key_that_does_not_belong_keeps_the_old_pair(own_files, certificates):
    mark = own_files.log.mark()
    shutil.copy(certificates.ec().key, own_files.key)
    own_files.reload()
    own_files.log.wait(mark, text="key", level="error|warning", timeout=slower(5))
    open_tls(own_files, context=context_for(own_files.identity)).close()


def test_many_reloads_under_load(own_files):
    device = own_files.rest.create_device("busy")
    with connect_device(own_files, device, context=context_for(own_files.identity)) as connection:
        for number in range(20):
            own_files.reload()
            assert connection.publish_acked("v1/devices/me/telemetry", "{n:%d}" % number).reason == 0
    assert own_files.rest.latest(device) == {"n": "19"}


def test_setting_that_needs_a_restart_is_told(start_server):
    server = start_server()
    (server.data / "postern.ini").write_text("[mqtt]\nmax_subscriptions = 5\n")
    mark = server.log.mark()
    server.reload()
    server.log.wait(mark, text="mqtt.max_subscriptions", timeout=slower(5))
