"""Calls to devices and their answers. Device API section 4."""

import concurrent.futures
import json
import threading
import time

import pytest
import requests

from support.paho_device import PahoDevice
from support.rpc import REQUESTS, RESPONSES, SHORT_REQUESTS, SHORT_RESPONSES, call, receive_call


@pytest.fixture
def device(quick, new_device):
    return new_device("token", at=quick)


@pytest.fixture
def caller():
    """caller(function, ..): runs it in a thread; its result is a future."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        yield pool.submit


@pytest.mark.parametrize("prefix", ["/api/rpc", "/api/plugins/rpc"])
@pytest.mark.parametrize("version", [4, 5])
def test_a_two_way_call_is_answered_by_the_device(quick, device, paho_connected, caller, version, prefix):
    connection = paho_connected(device, at=quick, version=version)
    connection.listen(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "setGpio", "params": {"pin": 7, "on": True, "duty": 0.1}}, prefix=prefix)
    request_id, request = receive_call(connection)
    assert request == {"method": "setGpio", "params": {"pin": 7, "on": True, "duty": 0.1}}
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{done: TRUE, 'pin'=7}").reason == 0
    assert answer.result().status_code == 200
    assert answer.result().json() == {"done": True, "pin": 7}


def test_numbers_reach_the_device_as_short_as_they_were(quick, device, paho_connected, caller):
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+")
    caller(call, quick, device, {"method": "set", "params": {"duty": 0.1, "big": 9007199254740993}}, "oneway")
    assert b'{"duty":0.1,"big":9007199254740993}' in connection.receive().payload


@pytest.mark.parametrize("sent, expected", [("25", 25), ("ok", "ok"), ("[1,2]", [1, 2]), ("null", None), ('"text"', "text")])
def test_any_json_is_an_answer(quick, device, paho_connected, caller, sent, expected):
    connection = paho_connected(device, at=quick)
    connection.listen(SHORT_REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get"})
    request_id, request = receive_call(connection, SHORT_REQUESTS)
    assert request == {"method": "get", "params": None}
    connection.publish_acked(f"{SHORT_RESPONSES}{request_id}", sent)
    assert answer.result().json() == expected


def test_what_is_no_json_is_refused_and_the_call_still_waits(quick, device, paho_connected, caller):
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get"})
    request_id, _ = receive_call(connection)
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{a:").reason == 0x99
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{a:1}").reason == 0
    assert answer.result().json() == {"a": 1}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_one_way_call_is_done_when_it_is_sent(quick, device, paho_connected, qos):
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+", qos=qos)
    response = call(quick, device, {"method": "reboot", "params": "now"}, "oneway")
    assert response.status_code == 200 and response.content == b""
    assert receive_call(connection)[1] == {"method": "reboot", "params": "now"}


@pytest.mark.parametrize("way", ["oneway", "twoway"])
def test_nobody_there_is_told_at_once(quick, device, paho_connected, way):
    for _ in range(2):
        started = time.monotonic()
        response = call(quick, device, {"method": "get", "timeout": 30000}, way)
        assert response.status_code == 409 and time.monotonic() - started < 5
        assert "not connected" in response.json()["message"]
        paho_connected(device, at=quick)  # paho_connected, but not subscribed: the same


def test_a_session_that_is_away_counts_as_nobody(quick, device, connected):
    with_session = connected(device, at=quick, client_id="kept", clean=False, props={"session_expiry": 100})
    with_session.subscribe(REQUESTS + "+")
    with_session.leave()
    assert call(quick, device, {"method": "get"}, "oneway").status_code == 409


def test_a_silent_device_is_a_timeout(quick, device, paho_connected):
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+")
    started = time.monotonic()
    response = call(quick, device, {"method": "get", "timeout": 1000})
    assert response.status_code == 504 and 1 <= time.monotonic() - started < 5
    request_id, _ = receive_call(connection)
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{late:1}").reason == 0


@pytest.mark.parametrize("body, field", [
    ({}, "method"), ({"method": ""}, "method"), ({"method": 1}, "method"), ({"method": "m" * 256}, "method"),
    ({"method": "m", "timeout": "soon"}, "timeout"), ({"method": "m", "timeout": -1}, "timeout"),
    ({"method": "m", "timeout": 86400001}, "timeout"), ({"method": "m", "params": "x" * 70000}, "params"),
])
def test_bad_calls_are_refused(quick, device, body, field):
    response = call(quick, device, body)
    assert response.status_code == 400 and field in response.json()["message"]


def test_calls_need_a_device_and_a_login(quick, device):
    unknown = "11111111-2222-3333-4444-555555555555"
    assert quick.rest.raw("POST", f"/api/rpc/oneway/{unknown}", json={"method": "m"}).status_code == 404
    assert quick.rest.raw("POST", f"/api/rpc/oneway/{device.id}", json={"method": "m"}, token=None).status_code == 401


def test_another_device_cannot_answer(quick, device, new_device, paho_connected, caller):
    connection, other = paho_connected(device, at=quick), paho_connected(new_device("token", at=quick), at=quick)
    connection.listen(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get", "timeout": 20000})
    request_id, _ = receive_call(connection)
    assert other.publish_acked(f"{RESPONSES}{request_id}", '"forged"').reason == 0
    assert connection.publish_acked(f"{RESPONSES}{request_id}", '"right"').reason == 0
    assert answer.result().json() == "right"


def test_the_first_answer_counts(quick, device, paho_connected, caller):
    first, second = (paho_connected(device, at=quick, client_id=name) for name in ("one", "two"))
    for connection in (first, second):
        connection.listen(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get"})
    (request_id, _), (same_id, _) = receive_call(first), receive_call(second)
    assert request_id == same_id
    assert first.publish_acked(f"{RESPONSES}{request_id}", "1").reason == 0
    assert second.publish_acked(f"{RESPONSES}{request_id}", "2").reason == 0
    assert answer.result().json() == 1


def test_whoever_waits_may_go_away(quick, device, paho_connected):
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(f"{quick.url}/api/rpc/twoway/{device.id}", json={"method": "get"}, timeout=0.3,
                      headers={"X-Authorization": f"Bearer {quick.rest.token()}"})
    request_id, _ = receive_call(connection)
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "1").reason == 0
    assert quick.is_alive()


def answer_calls(device):
    """Answers with the call's own params, out of order: the even ones first."""
    held = []

    def on_message(client, _user, message):
        body = json.loads(message.payload)
        held.append((message.topic.rsplit("/", 1)[1], body["params"]))
        if len(held) == 100:
            for request_id, params in held[::2] + held[1::2]:
                client.publish(RESPONSES + request_id, json.dumps({"echo": params}))
    device.client.on_message = on_message


def test_a_thousand_calls_at_once_do_not_mix_their_answers(quick, new_device):
    """More than there are workers: none of them is held by a call that waits."""
    devices = [new_device("token", at=quick) for _ in range(10)]
    clients = [PahoDevice(quick, device, 4) for device in devices]
    for client in clients:
        answer_calls(client)
        client.subscribe(REQUESTS + "+", 0)
    token, local = quick.rest.token(), threading.local()

    def ask(number):
        if not hasattr(local, "session"):
            local.session = requests.Session()
        response = local.session.post(
            f"{quick.url}/api/rpc/twoway/{devices[number % 10].id}", timeout=60,
            json={"method": "echo", "params": number, "timeout": 60000}, headers={"X-Authorization": f"Bearer {token}"})
        return response.status_code, response.json()
    with concurrent.futures.ThreadPoolExecutor(1000) as pool:
        answers = list(pool.map(ask, range(1000)))
    for client in clients:
        client.disconnect()
    assert answers == [(200, {"echo": number}) for number in range(1000)]


def test_calls_that_wait_are_bounded(start_server, new_device, paho_connected, caller):
    server = start_server({"rpc.max_pending_per_device": 2})
    device = new_device("token", at=server)
    connection = paho_connected(device, at=server)
    connection.listen(REQUESTS + "+")
    waiting = [caller(call, server, device, {"method": "get"}) for _ in range(2)]
    ids = [receive_call(connection)[0] for _ in range(2)]
    assert call(server, device, {"method": "get"}).status_code == 429
    for request_id in ids:
        connection.publish_acked(f"{RESPONSES}{request_id}", "1")
    assert [answer.result().status_code for answer in waiting] == [200, 200]


def test_a_server_that_stops_answers_who_waits(start_server, new_device, paho_connected, caller):
    server = start_server()
    device = new_device("token", at=server)
    connection = paho_connected(device, at=server)
    connection.listen(REQUESTS + "+")
    answer = caller(call, server, device, {"method": "get", "timeout": 60000})
    receive_call(connection)
    started = time.monotonic()
    server.stop()
    assert answer.result().status_code == 503 and time.monotonic() - started < 10
