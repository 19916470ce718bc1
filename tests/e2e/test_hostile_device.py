"""A device that lets nothing be desired in bad manners: the server lives, and others are served."""

import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from support import packets
from support.connection import Connection
from support.server import slower

TELEMETRY = "v1/devices/me/telemetry"
REQUEST = "v1/devices/me/attributes/request/1"

SLOW_DISK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
int fdatasync(int fd)
{
    if (access(getenv("SLOW_DISK_WHEN"), 0) == 0)
        usleep(atoi(getenv("SLOW_DISK_MS")) * 1000);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
"""


@pytest.fixture
def slow_disk(tmp_path):
    """slow_disk(ms) -> (environment of a server, file whose presence makes each sync take that long)"""
    (tmp_path / "slow.c").write_text(SLOW_DISK)
    library, switch = tmp_path / "slow.so", tmp_path / "slow.now"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "slow.c", "-ldl"], check=True)
    return lambda ms: ({"LD_PRELOAD": str(library), "SLOW_DISK_WHEN": str(switch), "SLOW_DISK_MS": str(ms)}, switch)


def clear(server, device, name, more=b"", version=4, **options):
    """A connection over plain TCP whose CONNECT has @p more behind it in the same segment."""
    raw = socket.create_connection(("127.0.0.1", server.mqtt_port))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = Connection(raw, version)
    connection.send(packets.connect(version, name, username=device.token, **options) + more)
    return connection


def telemetry(size):
    return packets.publish(4, TELEMETRY, json.dumps({"k": "x" * size}).encode(), qos=0)


def greedy_request(names):
    return packets.publish(5, REQUEST, json.dumps({"clientKeys": ",".join(["a"] * names)}).encode(), qos=0)


def test_request_without_acknowledgement_keeps_the_connection(new_device, connected):
    connection = connected(new_device("ec"), version=4)
    connection.publish(REQUEST, '{"clientKeys":"n"}', qos=0)
    time.sleep(0.3)
    connection.ping()


def test_close_notify_comes_after_what_was_sent_before_it(new_device, connected, rest):
    device = new_device("ec")
    connection = connected(device, version=4, will=packets.Will(TELEMETRY, b"{will:1}"))
    sent = b"".join(packets.publish(4, TELEMETRY, b"{k%d:1}" % n, qos=1, packet_id=n + 1) for n in range(200))
    connection.send(sent + packets.packet(packets.DISCONNECT, 0, b""))
    connection.sock.settimeout(5)
    try:
        connection.sock.unwrap()
    except OSError:
        pass  # acknowledgements came instead of close_notify
    deadline = time.monotonic() + slower(5)
    while len(rest.latest(device)) < 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert set(rest.latest(device)) == {f"k{n}" for n in range(200)}


@pytest.mark.timing
def test_requests_of_one_device_leave_the_workers_to_others(start_server, new_device):
    server = start_server()
    greedy, other = new_device("token", at=server), new_device("token", at=server)
    with clear(server, greedy, "greedy", version=5) as connection:
        assert connection.read().kind == packets.CONNACK
        connection.publish_acked("v1/devices/me/attributes", json.dumps({"a": "x" * 60000}))
        threading.Thread(target=lambda: connection.send(greedy_request(999) * 500), daemon=True).start()
        time.sleep(0.3)
        for number in range(3):
            started = time.monotonic()
            with clear(server, other, f"other{number}", version=5) as login:
                assert login.read(slower(5)).kind == packets.CONNACK
            assert time.monotonic() - started < slower(3)


def test_stop_waits_for_its_workers(start_server, new_device):
    server = start_server({"http.workers": 1})
    device = new_device("token", at=server)
    connection = clear(server, device, "asker", version=5)
    assert connection.read().kind == packets.CONNACK
    connection.publish_acked("v1/devices/me/attributes", json.dumps({"a": "x" * 6000}))
    connection.send(greedy_request(900) * 50)
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(slower(20)) == 0
    server.process = None


@pytest.mark.slow
def test_publish_behind_connect_while_the_disk_is_slow(start_server, new_device, slow_disk):
    environment, switch = slow_disk(1500)
    server = start_server({"net.reactors": 1}, environment=environment)
    full, hasty = new_device("token", at=server), new_device("token", at=server)
    first = clear(server, hasty, "hasty")
    first.read()
    first.disconnect()  # now its login needs no worker
    filler = clear(server, full, "full")
    filler.read()
    switch.touch()
    filler.send(telemetry(1))  # with the writer, which is slow
    time.sleep(0.1)
    rest = 524288 - 30 - 8 * 60025 - 25
    filler.send(telemetry(60000) * 8 + telemetry(rest))  # nearly half a batch: the login's own notes fill it
    time.sleep(0.3)
    again = clear(server, hasty, "hasty", telemetry(1))
    assert again.read(slower(10)).kind == packets.CONNACK
    again.ping(slower(10))
    switch.unlink()


@pytest.mark.slow
def test_a_slow_disk_is_not_the_clients_fault(start_server, new_device, slow_disk):
    environment, switch = slow_disk(6000)
    server = start_server({"net.reactors": 1}, environment=environment)
    patient, busy = new_device("token", at=server), new_device("token", at=server)
    waiting = clear(server, patient, "patient", version=5, keep_alive=2)
    waiting.read()
    filler = clear(server, busy, "busy")
    filler.read()
    switch.touch()
    threading.Thread(target=lambda: [filler.send(telemetry(60000)) for _ in range(60)], daemon=True).start()
    for _ in range(12):
        waiting.send(packets.packet(packets.PINGREQ, 0, b""))
        time.sleep(0.5)
    switch.unlink()
    assert waiting.read(slower(20)).kind == packets.PINGRESP
