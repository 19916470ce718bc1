"""No space: nothing is acknowledged, reading works; with space again all goes on."""

import os
import subprocess
import time

import pytest

from support.connection import Closed, connect_device
from support.ota import make_package, upload
from support.server import PosternServer, slower

TOPIC = "v1/devices/me/telemetry"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 MiB: needs root; a tmpfs answers ENOSPC like any other."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    point = tmp_path / "small-disk"
    point.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", point], capture_output=True).returncode != 0:
        pytest.skip("this environment does not allow mount")
    yield point
    subprocess.run(["umount", "-l", point], check=True)


@pytest.fixture
def cramped_server(small_disk, tmp_path):
    server = PosternServer(tmp_path / "server", data=small_disk / "data").init().start()
    yield server
    server.stop()


def fill(disk):
    """Takes all space but a little."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65536))
        except OSError:
            pass
    return filler


def publish_until_refused(server, device, text, limit=9000):  # the log's preallocated space takes some
    """@return (acknowledged numbers, how it ended)"""
    acknowledged = []
    with connect_device(server, device) as connection:
        for number in range(limit):
            body = '{"ts":%d,"values":{"n":%d,"fill":"%s"}}' % (1_700_000_000_000 + number, number, text)
            try:
                puback = connection.publish_acked(TOPIC, body, timeout=5)
            except Closed:
                return acknowledged, "closed"
            except AssertionError:
                return acknowledged, "held back"
            if puback.reason >= 0x80:
                return acknowledged, hex(puback.reason)
            acknowledged.append(number)
    return acknowledged, "never"


def publish_until_taken(server, device, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with connect_device(server, device) as connection:
                if connection.publish_acked(TOPIC, "{again:1}", timeout=3).reason == 0:
                    return
        except (Closed, OSError, AssertionError):
            pass
        time.sleep(0.3)
    raise AssertionError(f"publishes are not taken {seconds} s after there was space again")


def test_full_disk(cramped_server, small_disk, device_name, certificates):
    server = cramped_server
    device = server.rest.create_device(device_name(), certificates.ec())
    with connect_device(server, device) as connection:
        assert connection.publish_acked(TOPIC, '{"ts":1600000000000,"values":{"before":1}}').reason == 0
    mark, filler = server.log.mark(), fill(small_disk)
    acknowledged, end = publish_until_refused(server, device, "x" * 8000)
    assert end != "never", "the disk is full, and yet all was acknowledged"
    server.log.wait(mark, text="no space|full", timeout=slower(5))
    assert server.rest.latest(device, "before") == {"before": "1"}
    filler.unlink()
    publish_until_taken(server, device, slower(20))
    stored = server.rest.history(device, "n", 1_700_000_000_000, 1_800_000_000_000, limit=10000).get("n", [])
    assert set(acknowledged) <= {int(entry["value"]) for entry in stored}
    server.restart()
    stored = server.rest.history(device, "n", 1_700_000_000_000, 1_800_000_000_000, limit=10000).get("n", [])
    assert set(acknowledged) <= {int(entry["value"]) for entry in stored}
    assert server.rest.latest(device, "before", "again") == {"before": "1", "again": "1"}


def test_rest_on_a_full_disk_answers(cramped_server, small_disk, device_name):
    """A change is refused with an error in the documented form, or made; reading works."""
    server = cramped_server
    device = server.rest.create_device(device_name())
    filler = fill(small_disk)
    answers = [server.rest.raw("POST", "/api/device", json={"name": f"{device_name()}-{n}", "label": "x" * 250})
               for n in range(60)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert all(answer.status_code in (500, 503, 507) and answer.json()["message"] for answer in refused)
    assert server.rest.get(f"/api/device/{device.id}")["name"] == device.name
    filler.unlink()
    deadline = time.monotonic() + slower(10)
    while server.rest.raw("POST", "/api/device", json={"name": device_name()}).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_kept_sessions_on_a_full_disk(cramped_server, small_disk, device_name):
    """A subscription that cannot be kept is not acknowledged; what was kept before is found again."""
    server = cramped_server
    device = server.rest.create_device(device_name())
    kept = {"client_id": "kept", "clean": False, "props": {"session_expiry": 600}}
    connection = connect_device(server, device, **kept)
    assert connection.subscribe("v1/devices/me/attributes") == [1]
    filler = fill(small_disk)
    assert publish_until_refused(server, device, "x" * 8000)[1] != "never"
    with pytest.raises((Closed, AssertionError)):
        for _ in range(100):
            connection.subscribe("v2/a")
    answer = server.rest.raw("POST", f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE", json={"a": 1})
    assert answer.status_code in (500, 503, 507)
    filler.unlink()
    publish_until_taken(server, device, slower(20))
    server.restart()
    with connect_device(server, device, **kept) as connection:
        server.rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE", {"a": 2})
        assert connection.receive().payload == b'{"a":2}'


def test_a_package_that_does_not_fit(cramped_server):
    """Refused while it comes, nothing of it stays, and the next one fits again."""
    rest = cramped_server.rest
    package = make_package(rest)
    answer = upload(rest, package, bytes(70 << 20))
    assert answer.status_code == 507 and "No space left" in answer.json()["message"]
    assert os.listdir(cramped_server.data / "packages") == []
    assert upload(rest, package, bytes(1 << 20)).status_code == 200
