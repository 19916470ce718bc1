"""Active or not: the mark in lists, and the server attributes the platform keeps."""

import time

import pytest

from support.connection import Connection, connect_device, open_tls


def server_attributes(rest, device):
    return rest.attributes(device, "SERVER_SCOPE")


def is_active(rest, device):
    return rest.get(f"/api/device/info/{device.id}")["active"]


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come"
        time.sleep(0.1)


def set_timeout(rest, device, ms):
    rest.call("POST", f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SERVER_SCOPE", data='{"inactivityTimeout":%d}' % ms)


def test_connect_and_disconnect(new_device, connected, rest):
    device = new_device("ec")
    assert not is_active(rest, device) and server_attributes(rest, device) == {}
    before = int(time.time() * 1000)
    connection = connected(device)
    wait_for(lambda: server_attributes(rest, device).get("active") is True)
    assert is_active(rest, device)
    connection.disconnect()
    wait_for(lambda: server_attributes(rest, device)["active"] is False)
    kept = server_attributes(rest, device)
    assert before <= kept["lastConnectTime"] <= kept["lastActivityTime"] <= kept["lastDisconnectTime"] <= int(time.time() * 1000)
    assert not is_active(rest, device)


def test_silence_makes_inactive_and_any_packet_active_again(new_device, connected, rest):
    device = new_device("token")
    set_timeout(rest, device, 1000)
    connection = connected(device, keep_alive=0)
    wait_for(lambda: not is_active(rest, device))
    kept = server_attributes(rest, device)
    assert kept["active"] is False and kept["inactivityAlarmTime"] >= kept["lastActivityTime"] + 1000
    set_timeout(rest, device, 60000)
    connection.ping()
    wait_for(lambda: is_active(rest, device))
    assert server_attributes(rest, device)["active"] is True


def test_the_profile_says_how_long_silence_may_be(server, rest, device_name):
    profile = rest.post("/api/deviceProfile", {"name": device_name(), "profileData": {"configuration": {"inactivityTimeout": 1000}}})
    device = rest.create_device(device_name(), token=device_name()[-20:], deviceProfileId=profile["id"])
    connection = connect_device(server, device, keep_alive=0)
    wait_for(lambda: server_attributes(rest, device).get("active") is False)
    connection.close()


def test_pings_keep_a_device_active(new_device, connected, rest):
    device = new_device("token")
    set_timeout(rest, device, 3000)
    connection = connected(device)
    for _ in range(12):
        connection.ping()
        time.sleep(0.5)
        assert is_active(rest, device)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_nobody_stays_active_over_a_restart(start_server, end):
    server = start_server()
    device = server.rest.create_device("left", token="left-token")
    back = server.rest.create_device("back", token="back-token")
    connections = []
    for token in ("left-token", "back-token"):
        connections.append(Connection(open_tls(server)))
        connections[-1].log_in(username=token)
    wait_for(lambda: server_attributes(server.rest, device).get("active") is True)
    getattr(server, end)()
    server.start()
    again = Connection(open_tls(server))
    again.log_in(username="back-token")
    wait_for(lambda: server_attributes(server.rest, device)["active"] is False)
    wait_for(lambda: server_attributes(server.rest, back)["active"] is True)
    assert is_active(server.rest, back)
    for connection in (*connections, again):
        connection.close()
