"""postern device ..: through a running server, and on the store when none runs."""

import pytest

from support.connection import connect_device
from support.rest import Device
from support.server import slower


@pytest.fixture(params=["running", "stopped"])
def shell(request, start_server):
    """shell(verb, ..) runs `postern device`; shell.rest() is a REST client of the started server."""
    server = start_server()
    if request.param == "stopped":
        server.stop()

    def run(*arguments):
        return server.cli("device", arguments[0], "--dir", server.data, *arguments[1:])

    def running_server():
        return server if server.is_alive() else server.start()
    run.server = running_server
    return run


def test_add_list_show_remove(shell):
    added = shell("add", "pump-7")
    assert added.returncode == 0, added.stderr
    assert shell("add", "pump-8").returncode == 0
    listed = shell("list")
    assert listed.returncode == 0
    assert "pump-7" in listed.stdout and "pump-8" in listed.stdout
    shown = shell("show", "pump-7")
    assert shown.returncode == 0 and "pump-7" in shown.stdout
    assert shell("rm", "pump-7").returncode == 0
    assert "pump-7" not in shell("list").stdout
    names = [entry["name"] for entry in shell.server().rest.get("/api/tenant/devices", pageSize=10, page=0)["data"]]
    assert names == ["pump-8"]


def test_certificate(shell, certificates):
    identity = certificates.ec()
    assert shell("add", "pump").returncode == 0
    saved = shell("credentials", "pump", "--x509", identity.cert)
    assert saved.returncode == 0, saved.stderr
    assert identity.fingerprint[:16] in shell("show", "pump").stdout
    with connect_device(shell.server(), Device("", "pump", identity=identity)) as connection:
        connection.ping()


@pytest.mark.parametrize("arguments,said", [
    (("show", "nobody"), "nobody"), (("rm", "nobody"), "nobody"), (("add", ""), "name"), (("dance",), "dance"),
    (("credentials", "pump", "--x509", "/no/such/file.pem"), "/no/such/file.pem"),
], ids=lambda value: "-".join(value) if isinstance(value, tuple) else "")
def test_refusals_explain_themselves(shell, arguments, said):
    shell("add", "pump")
    done = shell(*arguments)
    assert done.returncode != 0
    assert said in done.stderr


def test_duplicate_name(shell):
    shell("add", "twin")
    done = shell("add", "twin")
    assert done.returncode != 0
    assert "already" in done.stderr


def test_private_key_instead_of_certificate(shell, certificates):
    identity = certificates.ec()
    shell("add", "pump")
    done = shell("credentials", "pump", "--x509", identity.key)
    assert done.returncode != 0
    assert "private key" in done.stderr.lower()
    assert "PRIVATE KEY-----" not in done.stderr


def test_new_certificate_from_the_shell_ends_the_live_connection(start_server, certificates):
    server = start_server()
    device = server.rest.create_device("pump", certificates.ec())
    with connect_device(server, device) as connection:
        done = server.cli("device", "credentials", "--dir", server.data, "pump", "--x509", certificates.ec().cert)
        assert done.returncode == 0, done.stderr
        connection.expect_disconnect(0x98, timeout=slower(1))
