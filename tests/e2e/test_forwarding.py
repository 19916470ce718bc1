"""Telemetry and lifecycle events that tenants have sent to endpoints of theirs: docs/forwarding.md."""

import itertools

import pytest

from support.receiver import SECRET, Receiver
from support.rest import RestError
from support.server import PosternServer

PATH = "/api/postern/forwarding"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def receiver_identity(certificates):
    return certificates.server()


@pytest.fixture(scope="module")
def settings(receiver_identity):
    return {"forward.allow_private": "true", "forward.ca_file": receiver_identity.cert, "forward.max_delay": 1,
            "forward.timeout": 2}


@pytest.fixture(scope="module")
def forwarding_server(tmp_path_factory, settings):
    running = PosternServer(tmp_path_factory.mktemp("forwarding"), settings).init().start()
    yield running
    running.stop()


@pytest.fixture
def new_receiver(receiver_identity):
    made = []

    def make(**options):
        made.append(Receiver(receiver_identity, **options))
        return made[-1]
    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def forward(forwarding_server):
    """forward(receiver, ..): the tenant forwards there until the test ends."""
    made = []

    def make(receiver, at=forwarding_server, **members):
        body = {"name": f"endpoint {next(_numbers)}", "url": receiver.url, "secret": SECRET, "telemetry": True, **members}
        made.append((at, at.rest.post(PATH, body)))
        return made[-1][1]
    yield make
    for at, forwarding in made:
        if at.is_alive():
            at.rest.raw("DELETE", f"{PATH}/{forwarding['id']['id']}")


def status(server, forwarding):
    return server.rest.get(f"{PATH}/{forwarding['id']['id']}")["status"]


def send(server, device, body):
    response = server.rest.session.post(f"{server.url}/api/v1/{device.token}/telemetry", data=body, timeout=30)
    assert response.status_code == 200, response.text


def test_telemetry_arrives_signed(forwarding_server, new_receiver, forward, new_device):
    receiver, device = new_receiver(), new_device("token", at=forwarding_server)
    forwarding = forward(receiver)
    send(forwarding_server, device, '{"ts":1700000000123,"values":{"temperature":21.5,"on":true,"text":"a\\"b","list":[1]}}')
    event, = receiver.wait_events(1)
    assert event == {"id": event["id"], "type": "TELEMETRY", "ts": 1700000000123, "deviceId": device.id, "deviceName": device.name,
                     "deviceProfile": "default", "data": {"temperature": 21.5, "on": True, "text": 'a"b', "list": [1]}}
    request, = receiver.requests
    assert request.is_signed_by(SECRET) and not request.is_signed_by(SECRET + "x")
    assert request.headers["Postern-Forwarding"] == forwarding["id"]["id"]
    assert request.headers["Content-Type"] == "application/json"
