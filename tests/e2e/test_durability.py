"""PUBACK is a promise: what was acknowledged survives kill -9."""

import threading

import pytest

from support.connection import Closed, connect_device

CLIENTS, ACKNOWLEDGED, ROUNDS, IN_FLIGHT = 50, 1000, 10, 20
FIRST_TS = 1_700_000_000_000


class Publisher(threading.Thread):
    """Publishes points with rising time stamps until the connection breaks; remembers which were acknowledged."""

    def __init__(self, server, device, first, on_acknowledged):
        super().__init__(daemon=True)
        self.server, self.device, self.next, self.on_acknowledged = server, device, first, on_acknowledged
        self.acknowledged, self._open = [], {}

    def run(self):
        try:
            with connect_device(self.server, self.device) as connection:
                while True:
                    while len(self._open) < IN_FLIGHT:
                        self._send(connection)
                    self._note(connection.read())
        except (Closed, OSError, AssertionError):
            pass

    def _send(self, connection):
        body = '{"ts":%d,"values":{"n":%d}}' % (FIRST_TS + self.next, self.next)
        self._open[connection.publish("v1/devices/me/telemetry", body)] = self.next
        self.next += 1

    def _note(self, puback):
        number = self._open.pop(puback.packet_id)
        if puback.reason == 0:
            self.acknowledged.append(number)
            self.on_acknowledged()


def stored_numbers(rest, device, upto):
    found = rest.history(device, "n", FIRST_TS, FIRST_TS + upto + 1, limit=upto + 10)
    return {int(entry["value"]) for entry in found.get("n", [])}


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_kill_9_loses_nothing_acknowledged(start_server, certificates, device_name):
    server = start_server()
    devices = [server.rest.create_device(device_name(), certificates.ec()) for _ in range(CLIENTS)]
    promised = {device.id: set() for device in devices}
    upto = {device.id: 0 for device in devices}
    for _ in range(ROUNDS):
        enough = threading.Semaphore(0)
        publishers = [Publisher(server, device, upto[device.id], enough.release) for device in devices]
        for publisher in publishers:
            publisher.start()
        for _ in range(ACKNOWLEDGED):
            assert enough.acquire(timeout=60), "publishes are not acknowledged"
        server.kill()
        for publisher in publishers:
            publisher.join()
            promised[publisher.device.id].update(publisher.acknowledged)
            upto[publisher.device.id] = publisher.next
        server.start()
        for device in devices:
            lost = promised[device.id] - stored_numbers(server.rest, device, upto[device.id])
            assert not lost, f"{len(lost)} acknowledged points of {device.name} are lost: {sorted(lost)[:10]}"


def test_rest_changes_survive_kill_9(start_server, certificates, device_name):
    server = start_server()
    name, identity = device_name(), certificates.ec()
    device = server.rest.create_device(name, identity)
    gone = server.rest.create_device(device_name())
    server.rest.delete(f"/api/device/{gone.id}")
    server.kill()
    server.start()
    assert server.rest.get(f"/api/device/{device.id}")["name"] == name
    assert server.rest.credentials(device)["credentialsId"] == identity.fingerprint
    assert server.rest.raw("GET", f"/api/device/{gone.id}").status_code == 404
    connect_device(server, device).disconnect()


def test_attributes_survive_kill_9(start_server, device_name):
    server = start_server()
    device = server.rest.create_device(device_name())
    with connect_device(server, device) as connection:
        assert connection.publish_acked("v1/devices/me/attributes", "{fw:'1.2.3'}", qos=2).reason == 0
        server.kill()
    server.start()
    assert server.rest.attributes(device) == {"fw": "1.2.3"}


def test_second_server_on_the_same_directory_is_refused(start_server):
    server = start_server()
    done = server.cli("serve", server.data, "--set", "mqtt.tls_listen=", "--set", "http.listen=", "--set",
                      "http.tls_listen=", timeout=20)
    assert done.returncode != 0
    assert str(server.data) in done.stderr
    assert server.rest.get("/api/auth/user")
