"""Fixtures: a server for each test worker, servers of a test's own, devices, certificates."""

import itertools

import pytest

from support.certificates import CertificateMaker
from support.connection import connect_device
from support.paho_device import PahoDevice
from support.server import PosternServer, worker_number

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return CertificateMaker(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server shared by the tests of a worker: tests leave it as they found it, apart from their devices."""
    running = PosternServer(tmp_path_factory.mktemp("server")).init().start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def quick(tmp_path_factory):
    """The same, but calls to devices may end soon."""
    running = PosternServer(tmp_path_factory.mktemp("quick"), {"rpc.min_timeout": 200}).init().start()
    yield running
    running.stop()


@pytest.fixture
def shared_server_lives(server):
    """For tests that attack: the shared server must have survived."""
    pid = server.process.pid
    yield
    assert server.is_alive() and server.process.pid == pid
    server.check_log()


@pytest.fixture
def start_server(tmp_path):
    """start_server(settings): a server of the test's own."""
    started = []

    def start(settings=None, **options):
        running = PosternServer(tmp_path / f"server-{len(started)}", settings, **options)
        started.append(running)
        return running.init().start()
    yield start
    for running in started:
        running.stop()


@pytest.fixture
def device_name(request):
    return lambda: f"{request.node.originalname[:60]}-{worker_number()}-{next(_numbers)}"


@pytest.fixture
def new_device(server, certificates, device_name):
    """new_device(kind, server): kind is token, ec, rsa or a ready Identity."""
    def make(kind="ec", at=None, **members):
        identity = {"token": None, "ec": None, "rsa": None}.get(kind, kind)
        if kind == "ec":
            identity = certificates.ec()
        elif kind == "rsa":
            identity = certificates.rsa()
        return (at or server).rest.create_device(device_name(), identity, **members)
    return make


@pytest.fixture
def connected(server):
    """connected(device, ..): a connection that is closed after the test."""
    open_connections = []

    def connect(device, at=None, **options):
        connection = connect_device(at or server, device, **options)
        open_connections.append(connection)
        return connection
    yield connect
    for connection in open_connections:
        connection.close()


@pytest.fixture
def paho_connected(server):
    """paho_connected(device, ..): the same with paho-mqtt, a client that we did not write."""
    open_clients = []

    def connect(device, at=None, client_id="", **options):
        client = PahoDevice(at or server, device, client_id=client_id, **options)
        open_clients.append(client)
        return client
    yield connect
    for client in open_clients:
        client.disconnect()


@pytest.fixture
def bystander(server, new_device, shared_server_lives):
    """A client whose session must go on, whatever others do."""
    client = PahoDevice(server, new_device("ec"))
    yield client
    assert client.publish_acked("v1/devices/me/telemetry", "{alive:1}").reason == 0 and not client.lost.is_set()
    client.disconnect()


@pytest.fixture
def rest(server):
    return server.rest
