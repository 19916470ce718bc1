"""Long polls of devices: attributes that change, and calls. Device API section 9."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import socket
import time

import pytest

from support.http_device import HttpDevice
from support.server import slower

UPDATES = "attributes/updates"


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.fixture
def change(server):
    def save(device, values, at=None):
        (at or server).rest.post(f"/api/plugins/telemetry/{device.id}/SHARED_SCOPE", values)
    return save


class Poll:
    """A poll on a socket of its own, so that many can wait in one thread."""

    def __init__(self, server, token, query="", path=UPDATES):
        self.sock = socket.create_connection(("127.0.0.1", server.http_port), timeout=slower(20))
        self.sock.sendall(f"GET /api/v1/{token}/{path}{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def answer(self):
        """(status, body)"""
        head = b""
        while b"\r\n\r\n" not in head:
            got = self.sock.recv(65536)
            if not got:
                return None, head
            head += got
        head, _, body = head.partition(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
        while len(body) < length:
            body += self.sock.recv(65536)
        return int(head.split()[1]), body

    def is_silent(self):
        self.sock.setblocking(False)
        try:
            return self.sock.recv(1, socket.MSG_PEEK) is None
        except BlockingIOError:
            return True
        finally:
            self.sock.settimeout(slower(20))


def is_there(polls, server, device):
    """Return when the polls wait: they were sent before these requests, and a worker takes requests in turn. (With several
    workers that is most likely only; where it matters there is one, or what comes early is kept for the poll.)"""
    with HttpDevice(server, device.token) as client:
        for _ in range(8):
            assert client.get("attributes").status_code == 200
    return polls


@pytest.fixture(scope="module")
def orderly(tmp_path_factory):
    """A server with one worker, which takes requests one after the other."""
    from support.server import PosternServer
    settings = {"http.workers": "1", "rpc.min_timeout": "200"}
    running = PosternServer(tmp_path_factory.mktemp("orderly"), settings).init().start()
    yield running
    running.stop()


def test_a_change_and_a_deletion_are_pushed(orderly, new_device, change):
    server, rest, device = orderly, orderly.rest, new_device("token", at=orderly)
    with Poll(server, device.token) as poll:
        is_there(poll, server, device)
        change(device, {"interval": 30, "unit": "C"}, server)
        status, body = poll.answer()
        assert status == 200 and json.loads(body) == {"interval": 30, "unit": "C"}
    with Poll(server, device.token) as poll:
        is_there(poll, server, device)
        rest.delete(f"/api/plugins/telemetry/{device.id}/SHARED_SCOPE", keys="unit")
        assert poll.answer() == (200, b'{"deleted":["unit"]}')


def test_other_scopes_and_other_devices_are_not(server, device, new_device, rest, change):
    other = new_device("token")
    with Poll(server, device.token, "?timeout=700") as poll:
        is_there(poll, server, device)
        rest.post(f"/api/plugins/telemetry/{device.id}/SERVER_SCOPE", {"a": 1})
        change(other, {"b": 1})
        with HttpDevice(server, device.token) as client:
            client.post("attributes", "{c:1}")
        assert poll.answer()[0] == 408


def test_nothing_is_408_in_time(server, device):
    with HttpDevice(server, device.token) as client:
        for timeout in (1, 300):
            start = time.monotonic()
            answer = client.get(UPDATES, timeout=timeout)
            assert answer.status_code == 408 and answer.json()["status"] == 408
            assert timeout / 1000 <= time.monotonic() - start < slower(timeout / 1000 + 2)
        assert client.post("telemetry", "{a:1}").status_code == 200  # the connection goes on


@pytest.mark.parametrize("timeout", ["x", "-1", "1.5", "99999999999999999999"])
def test_a_timeout_that_is_no_number(server, device, timeout):
    with HttpDevice(server, device.token) as client:
        assert client.get(UPDATES, timeout=timeout).status_code == 400


def test_head_would_lose_the_message(server, device):
    with HttpDevice(server, device.token) as client:
        assert client.ask("HEAD", UPDATES).status_code == 400


def test_by_certificate(server, new_device, change):
    device = new_device("ec")
    with concurrent.futures.ThreadPoolExecutor(1) as pool, HttpDevice(server, identity=device.identity) as client:
        assert client.get(UPDATES, timeout=1).status_code == 408
        waiting = pool.submit(client.get, UPDATES, timeout=20000)
        change(device, {"a": 1})
        assert waiting.result().json() == {"a": 1}


def test_all_polls_of_a_device_get_a_change_and_mqtt_does_too(orderly, new_device, connected, change):
    device = new_device("token", at=orderly)
    connection = connected(device, at=orderly)
    connection.subscribe("v1/devices/me/attributes")
    polls = [Poll(orderly, device.token) for _ in range(4)]
    is_there(polls, orderly, device)
    change(device, {"a": 1}, orderly)
    assert [poll.answer() for poll in polls] == [(200, b'{"a":1}')] * 4
    assert connection.receive().payload == b'{"a":1}'
    for poll in polls:
        poll.sock.close()


def test_what_comes_between_two_polls_is_kept(server, device, change):
    with HttpDevice(server, device.token) as client:
        assert client.get(UPDATES, timeout=1).status_code == 408
        for number in range(3):
            change(device, {"n": number})
        assert [client.get(UPDATES, timeout=5000).json() for _ in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert client.get(UPDATES, timeout=1).status_code == 408


def test_what_comes_before_the_first_poll_is_not(server, device, change):
    change(device, {"n": 0})
    with HttpDevice(server, device.token) as client:
        assert client.get(UPDATES, timeout=200).status_code == 408


def test_what_is_kept_is_bounded_and_ends_with_the_gap(start_server, change):
    server = start_server({"http.poll_gap": "1", "mqtt.max_queued": "3"})
    device = server.rest.create_device("d")
    with HttpDevice(server, device.token) as client:
        assert client.get(UPDATES, timeout=1).status_code == 408
        for number in range(5):
            change(device, {"n": number}, server)
        assert [client.get(UPDATES, timeout=300).status_code for _ in range(4)] == [200, 200, 200, 408]
        change(device, {"n": 9}, server)
        time.sleep(2.2)  # the gap, and until it is looked at
        assert client.get(UPDATES, timeout=1).status_code == 408


def test_too_many_polls_of_a_device_and_clients_that_went_away(orderly, new_device):
    server, device = orderly, new_device("token", at=orderly)
    polls = [Poll(server, device.token) for _ in range(4)]
    is_there(polls, server, device)
    with HttpDevice(server, device.token) as client:
        refused = client.get(UPDATES, timeout=100)
        assert refused.status_code == 429 and refused.headers["Retry-After"] == "1"
        polls.pop().sock.close()
        deadline = time.monotonic() + slower(5)
        while client.get(UPDATES, timeout=50).status_code == 429:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    for poll in polls:
        poll.sock.close()


def test_a_change_does_not_go_to_a_client_that_went_away(orderly, new_device, change):
    server, device = orderly, new_device("token", at=orderly)
    gone = Poll(server, device.token)
    is_there(gone, server, device)
    gone.sock.close()
    change(device, {"a": 1}, server)
    with HttpDevice(server, device.token) as client:
        assert client.get(UPDATES, timeout=5000).json() == {"a": 1}


def test_the_longest_wait_is_a_setting(start_server):
    server = start_server({"http.max_poll": "1"})
    device = server.rest.create_device("d")
    with HttpDevice(server, device.token) as client:
        for query in ({"timeout": 3600000}, {}):
            start = time.monotonic()
            assert client.get(UPDATES, **query).status_code == 408
            assert 1 <= time.monotonic() - start < slower(4)


@pytest.mark.parametrize("how", ["revoked", "deleted"])
def test_a_poll_ends_when_the_device_is_revoked(orderly, new_device, how):
    server, rest, device = orderly, orderly.rest, new_device("token", at=orderly)
    with Poll(server, device.token) as poll:
        is_there(poll, server, device)
        if how == "revoked":
            rest.save_credentials(device, "ACCESS_TOKEN", credentials_id=device.token[:-1] + "~")
        else:
            rest.delete(f"/api/device/{device.id}")
        poll.sock.settimeout(2)  # it has ended when the call answers
        assert poll.answer()[0] == 401


def test_a_stop_does_not_wait_for_polls(start_server):
    server = start_server({"http.workers": "1"})
    device = server.rest.create_device("d")
    polls = [Poll(server, device.token) for _ in range(4)]
    is_there(polls, server, device)
    start = time.monotonic()
    server.stop()
    assert time.monotonic() - start < slower(3)
    assert [poll.answer()[0] for poll in polls] == [503] * 4
    for poll in polls:
        poll.sock.close()


def test_hundreds_of_polls_hold_no_worker_and_each_gets_its_own(start_server):
    """400 polls of 40 devices, with one worker: others are served meanwhile, and each device gets what is its own."""
    server = start_server({"http.workers": "1", "http.polls_per_device": "10"})
    rest = server.rest
    devices = [rest.create_device(f"d{number}") for number in range(40)]
    polls = [(device, Poll(server, device.token)) for device in devices for _ in range(10)]
    is_there(polls, server, devices[-1])
    start = time.monotonic()
    for device in devices:
        rest.latest(device)
    assert time.monotonic() - start < slower(5)
    for number, device in enumerate(devices):
        rest.post(f"/api/plugins/telemetry/{device.id}/SHARED_SCOPE", {"n": number})
    for device, poll in polls:
        assert poll.answer() == (200, b'{"n":%d}' % devices.index(device))
        poll.sock.close()
    assert server.is_alive()


def _sockets(server):
    count = 0
    for file in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            count += os.readlink(file).startswith("socket:")
    return count


def test_polls_that_come_and_go_leave_nothing(server, device, change):
    before = _sockets(server)
    for _ in range(5):
        polls = [Poll(server, device.token) for _ in range(20)]
        change(device, {"a": 1})
        for poll in polls:
            poll.sock.close()
    deadline = time.monotonic() + slower(5)
    while _sockets(server) > before + 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with HttpDevice(server, device.token) as client:
        assert client.post("telemetry", "{a:1}").status_code == 200


# ---- calls


@pytest.fixture
def caller():
    """caller(server, device, way, ..): makes a call in a thread; its answer is a future."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        def call(server, device, way="twoway", **members):
            body = {"method": "setGpio", "params": {"pin": 7}, "timeout": 10000, **members}
            return pool.submit(server.rest.raw, "POST", f"/api/rpc/{way}/{device.id}", json=body)
        yield call


@pytest.mark.parametrize("door", ["token", "ec"])
def test_a_call_is_polled_for_and_answered(server, new_device, caller, door):
    device = new_device(door)
    opened = HttpDevice(server, device.token) if door == "token" else HttpDevice(server, identity=device.identity)
    with opened as client:
        assert client.get("rpc", timeout=1).status_code == 408  # from now on calls are kept for the next poll
        for number in range(3):
            answer = caller(server, device, params={"n": number})
            request = client.get("rpc", timeout=10000).json()
            assert request == {"id": request["id"], "method": "setGpio", "params": {"n": number}}
            assert client.post(f"rpc/{request['id']}", "{done: TRUE}").status_code == 200
            assert answer.result().status_code == 200 and answer.result().json() == {"done": True}
        one_way = caller(server, device, "oneway")
        assert client.get("rpc", timeout=10000).json()["method"] == "setGpio"
        assert one_way.result().status_code == 200


def test_a_call_goes_to_one_poll_only_and_none_for_attributes(orderly, new_device, caller):
    server, device = orderly, new_device("token", at=orderly)
    polls = [Poll(server, device.token, path=path) for path in (UPDATES, "rpc", "rpc")]
    is_there(polls, server, device)
    assert caller(server, device, "oneway").result().status_code == 200
    assert polls[1].answer()[0] == 200
    assert polls[0].is_silent() and polls[2].is_silent()
    assert caller(server, device, "oneway").result().status_code == 200
    assert polls[2].answer()[0] == 200 and polls[0].is_silent()
    for poll in polls:
        poll.sock.close()


def test_a_device_that_does_not_poll_for_calls_is_not_there(server, device, caller):
    assert caller(server, device).result().status_code == 409
    with HttpDevice(server, device.token) as client:
        assert client.get(UPDATES, timeout=1).status_code == 408
        assert caller(server, device).result().status_code == 409
        assert client.get("rpc", timeout=1).status_code == 408


def test_a_call_whose_time_is_over_is_not_made(orderly, new_device, caller):
    server, device = orderly, new_device("token", at=orderly)
    with HttpDevice(server, device.token) as client:
        assert client.get("rpc", timeout=1).status_code == 408
        assert caller(server, device, timeout=1000).result().status_code == 504
        assert client.get("rpc", timeout=1).status_code == 408


@pytest.mark.parametrize("id_,body,status", [("x", "1", 400), ("-1", "1", 400), ("4294967296", "1", 400), ("1", "{", 400),
                                             ("1", "", 400), ("4000000000", "{}", 200)])
def test_answers_that_are_none(server, device, id_, body, status):
    """The last: nobody waits (any more), which is no fault of the device."""
    with HttpDevice(server, device.token) as client:
        assert client.post(f"rpc/{id_}", body).status_code == status


def test_another_device_cannot_answer(server, device, new_device, caller):
    other = new_device("token")
    with HttpDevice(server, device.token) as client, HttpDevice(server, other.token) as stranger:
        assert client.get("rpc", timeout=1).status_code == 408
        answer = caller(server, device)
        request = client.get("rpc", timeout=10000).json()
        assert stranger.post(f"rpc/{request['id']}", "'stolen'").status_code == 200
        assert client.post(f"rpc/{request['id']}", "'mine'").status_code == 200
        assert answer.result().json() == "mine"


def _keep(server, device, way="oneway", **members):
    body = {"method": "m", "params": 1, "persistent": True, "timeout": 10000, **members}
    return server.rest.post(f"/api/rpc/{way}/{device.id}", body)["rpcId"]


def _wait_status(server, rpc_id, status):
    deadline = time.monotonic() + slower(5)
    while server.rest.get(f"/api/rpc/persistent/{rpc_id}")["status"] != status:
        assert time.monotonic() < deadline, server.rest.get(f"/api/rpc/persistent/{rpc_id}")
        time.sleep(0.05)


def test_a_kept_call_that_arrived_does_not_come_again(server, device):
    """Each poll looks for what is open, while what became of the call before is being written."""
    for number in range(60):
        _keep(server, device, params=number)
    with HttpDevice(server, device.token) as client:
        assert [client.get("rpc", timeout=10000).json()["params"] for _ in range(60)] == list(range(60))
        assert client.get("rpc", timeout=200).status_code == 408


def test_kept_calls_come_with_the_first_polls_in_their_order(server, device):
    ids = [_keep(server, device, params=number) for number in range(5)]
    with HttpDevice(server, device.token) as client:
        assert [client.get("rpc", timeout=10000).json()["params"] for _ in ids] == [0, 1, 2, 3, 4]
        for rpc_id in ids:
            _wait_status(server, rpc_id, "DELIVERED")
        two_way = _keep(server, device, "twoway")
        request = client.get("rpc", timeout=10000).json()
        _wait_status(server, two_way, "DELIVERED")
        assert client.post(f"rpc/{request['id']}", "{ok:1}").status_code == 200
        answered = server.rest.get(f"/api/rpc/persistent/{two_way}")
        assert answered["status"] == "SUCCESSFUL" and answered["response"] == {"ok": 1}
        assert client.get("rpc", timeout=1).status_code == 408
