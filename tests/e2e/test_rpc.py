"""Calls to devices and their answers. Device API section 4."""

import concurrent.futures
import http.server
import json
import threading
import time

import pytest
import requests

from support import packets
from support.paho_device import PahoDevice
from support.server import PosternServer, slower

REQUESTS, RESPONSES = "v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"
SHORT_REQUESTS, SHORT_RESPONSES = "v2/r/req/", "v2/r/res/"
IMPATIENT = {"rpc.min_timeout": 200}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A server whose calls may end soon."""
    running = PosternServer(tmp_path_factory.mktemp("impatient"), IMPATIENT).init().start()
    yield running
    running.stop()


@pytest.fixture
def device(quick, new_device):
    return new_device("token", at=quick)


def call(server, device, body, way="twoway", prefix="/api/rpc"):
    return server.rest.raw("POST", f"{prefix}/{way}/{device.id}", json=body)


@pytest.fixture
def caller():
    """caller(function, ..): runs it in a thread; its result is a future."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        yield pool.submit


def receive_call(connection, prefix=REQUESTS):
    message = connection.receive()
    assert message.topic.startswith(prefix), message.topic
    return int(message.topic[len(prefix):]), json.loads(message.payload)


@pytest.mark.parametrize("prefix", ["/api/rpc", "/api/plugins/rpc"])
@pytest.mark.parametrize("version", [4, 5])
def test_a_two_way_call_is_answered_by_the_device(quick, device, connected, caller, version, prefix):
    connection = connected(device, at=quick, version=version)
    connection.subscribe(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "setGpio", "params": {"pin": 7, "on": True, "duty": 0.1}}, prefix=prefix)
    request_id, request = receive_call(connection)
    assert request == {"method": "setGpio", "params": {"pin": 7, "on": True, "duty": 0.1}}
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{done: TRUE, 'pin'=7}").reason == 0
    assert answer.result().status_code == 200
    assert answer.result().json() == {"done": True, "pin": 7}


def test_numbers_reach_the_device_as_short_as_they_were(quick, device, connected, caller):
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+")
    caller(call, quick, device, {"method": "set", "params": {"duty": 0.1, "big": 9007199254740993}}, "oneway")
    assert b'{"duty":0.1,"big":9007199254740993}' in connection.receive().payload


@pytest.mark.parametrize("sent, expected", [("25", 25), ("ok", "ok"), ("[1,2]", [1, 2]), ("null", None), ('"text"', "text")])
def test_any_json_is_an_answer(quick, device, connected, caller, sent, expected):
    connection = connected(device, at=quick)
    connection.subscribe(SHORT_REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get"})
    request_id, request = receive_call(connection, SHORT_REQUESTS)
    assert request == {"method": "get", "params": None}
    connection.publish_acked(f"{SHORT_RESPONSES}{request_id}", sent)
    assert answer.result().json() == expected


def test_what_is_no_json_is_refused_and_the_call_still_waits(quick, device, connected, caller):
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get"})
    request_id, _ = receive_call(connection)
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{a:").reason == 0x99
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{a:1}").reason == 0
    assert answer.result().json() == {"a": 1}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_one_way_call_is_done_when_it_is_sent(quick, device, connected, qos):
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+", qos=qos)
    response = call(quick, device, {"method": "reboot", "params": "now"}, "oneway")
    assert response.status_code == 200 and response.content == b""
    assert receive_call(connection)[1] == {"method": "reboot", "params": "now"}


@pytest.mark.parametrize("way", ["oneway", "twoway"])
def test_nobody_there_is_told_at_once(quick, device, connected, way):
    for _ in range(2):
        started = time.monotonic()
        response = call(quick, device, {"method": "get", "timeout": 30000}, way)
        assert response.status_code == 409 and time.monotonic() - started < 5
        assert "not connected" in response.json()["message"]
        connected(device, at=quick)  # connected, but not subscribed: the same


def test_a_session_that_is_away_counts_as_nobody(quick, device, connected):
    with_session = connected(device, at=quick, client_id="kept", clean=False, props={"session_expiry": 100})
    with_session.subscribe(REQUESTS + "+")
    with_session.leave()
    assert call(quick, device, {"method": "get"}, "oneway").status_code == 409


def test_a_silent_device_is_a_timeout(quick, device, connected):
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+")
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


def test_another_device_cannot_answer(quick, device, new_device, connected, caller):
    connection, other = connected(device, at=quick), connected(new_device("token", at=quick), at=quick)
    connection.subscribe(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get", "timeout": 20000})
    request_id, _ = receive_call(connection)
    assert other.publish_acked(f"{RESPONSES}{request_id}", '"forged"').reason == 0
    assert connection.publish_acked(f"{RESPONSES}{request_id}", '"right"').reason == 0
    assert answer.result().json() == "right"


def test_the_first_answer_counts(quick, device, connected, caller):
    first, second = (connected(device, at=quick, client_id=name) for name in ("one", "two"))
    for connection in (first, second):
        connection.subscribe(REQUESTS + "+")
    answer = caller(call, quick, device, {"method": "get"})
    (request_id, _), (same_id, _) = receive_call(first), receive_call(second)
    assert request_id == same_id
    assert first.publish_acked(f"{RESPONSES}{request_id}", "1").reason == 0
    assert second.publish_acked(f"{RESPONSES}{request_id}", "2").reason == 0
    assert answer.result().json() == 1


def test_whoever_waits_may_go_away(quick, device, connected):
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+")
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


def test_calls_that_wait_are_bounded(start_server, new_device, connected, caller):
    server = start_server({"rpc.max_pending_per_device": 2})
    device = new_device("token", at=server)
    connection = connected(device, at=server)
    connection.subscribe(REQUESTS + "+")
    waiting = [caller(call, server, device, {"method": "get"}) for _ in range(2)]
    ids = [receive_call(connection)[0] for _ in range(2)]
    assert call(server, device, {"method": "get"}).status_code == 429
    for request_id in ids:
        connection.publish_acked(f"{RESPONSES}{request_id}", "1")
    assert [answer.result().status_code for answer in waiting] == [200, 200]


def test_a_server_that_stops_answers_who_waits(start_server, new_device, connected, caller):
    server = start_server()
    device = new_device("token", at=server)
    connection = connected(device, at=server)
    connection.subscribe(REQUESTS + "+")
    answer = caller(call, server, device, {"method": "get", "timeout": 60000})
    receive_call(connection)
    started = time.monotonic()
    server.stop()
    assert answer.result().status_code == 503 and time.monotonic() - started < 10


# Persistent calls


def keep(server, device, way="oneway", **members):
    """@return the id of a call that is kept"""
    members = {"method": "set", "params": 1, "persistent": True, "expirationTime": in_ms(60000), **members}
    response = call(server, device, members, way)
    assert response.status_code == 200, response.text
    return response.json()["rpcId"]


def in_ms(milliseconds):
    return int(time.time() * 1000) + milliseconds


def kept(server, rpc_id):
    return server.rest.get(f"/api/rpc/persistent/{rpc_id}")


def wait_status(server, rpc_id, expected, timeout=10):
    deadline = time.monotonic() + slower(timeout)
    while True:
        document = kept(server, rpc_id)
        if document["status"] == expected:
            return document
        assert time.monotonic() < deadline, f"expected {expected}: {document}"
        time.sleep(0.02)


def test_a_kept_call_waits_for_its_device(quick, device, connected):
    rpc_id = keep(quick, device, "twoway", additionalInfo={"why": "test"}, retries=2)
    document = kept(quick, rpc_id)
    assert document["status"] == "QUEUED" and document["response"] is None
    assert document["id"] == {"entityType": "RPC", "id": rpc_id}
    assert document["deviceId"] == {"entityType": "DEVICE", "id": device.id}
    assert document["additionalInfo"] == {"why": "test"}
    assert document["request"]["body"] == {"method": "set", "params": 1} and document["request"]["retries"] == 2
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+")
    message = connection.expect(packets.PUBLISH)
    assert json.loads(message.payload) == {"method": "set", "params": 1}
    wait_status(quick, rpc_id, "SENT")
    connection.send(packets.acknowledge(packets.PUBACK, message.packet_id))
    wait_status(quick, rpc_id, "DELIVERED")
    request_id = message.topic[len(REQUESTS):]
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "{done:true}").reason == 0
    document = kept(quick, rpc_id)  # PUBACK: it is on disk
    assert document["status"] == "SUCCESSFUL" and document["response"] == {"done": True}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_one_way_call_ends_when_it_is_delivered(quick, device, qos):
    rpc_id = keep(quick, device)
    client = PahoDevice(quick, device, 4)
    client.subscribe(REQUESTS + "+", qos)
    client.wait_messages(1)
    wait_status(quick, rpc_id, "DELIVERED")
    second = keep(quick, device)
    client.wait_messages(2)
    wait_status(quick, second, "DELIVERED")
    client.disconnect()
    assert [json.loads(message.payload)["params"] for message in client.messages] == [1, 1]


def test_kept_calls_are_sent_once_in_their_order(quick, device):
    ids = [keep(quick, device, params=number) for number in range(50)]
    client = PahoDevice(quick, device, 5)
    client.subscribe(REQUESTS + "+", 1)
    client.subscribe("v1/devices/me/attributes", 1)
    client.wait_messages(50)
    for rpc_id in ids:
        wait_status(quick, rpc_id, "DELIVERED")
    client.disconnect()
    assert [json.loads(message.payload)["params"] for message in client.messages] == list(range(50))


def test_silence_is_a_timeout_after_the_retries(quick, device, connected):
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+", qos=0)
    rpc_id = keep(quick, device, "twoway", timeout=300, retries=1)
    (first, _), (second, _) = receive_call(connection), receive_call(connection)
    assert first == second  # the device can tell a repetition
    wait_status(quick, rpc_id, "TIMEOUT")
    connection.publish_acked(f"{RESPONSES}{first}", '"late"')
    assert kept(quick, rpc_id)["response"] is None


@pytest.mark.parametrize("subscribed", [False, True])
def test_time_is_over_for_a_kept_call(quick, device, connected, subscribed):
    connection = connected(device, at=quick)
    if subscribed:
        connection.subscribe(REQUESTS + "+", qos=0)
    rpc_id = keep(quick, device, "twoway", expirationTime=in_ms(1000), timeout=20000)
    wait_status(quick, rpc_id, "EXPIRED")
    if not subscribed:
        connection.subscribe(REQUESTS + "+")
        connection.ping()


def test_what_the_device_cannot_take_has_failed(quick, device, connected):
    connection = connected(device, at=quick, props={"maximum_packet_size": 200})
    connection.subscribe(REQUESTS + "+")
    wait_status(quick, keep(quick, device, params="x" * 300, retries=1), "FAILED")


def test_a_deleted_call_is_not_made(quick, device, connected):
    rpc_id, other = keep(quick, device), keep(quick, device, params=2)
    quick.rest.delete(f"/api/rpc/persistent/{rpc_id}")
    assert quick.rest.raw("GET", f"/api/rpc/persistent/{rpc_id}").status_code == 404
    assert quick.rest.raw("DELETE", f"/api/rpc/persistent/{rpc_id}").status_code == 404
    connection = connected(device, at=quick)
    connection.subscribe(REQUESTS + "+", qos=0)
    assert receive_call(connection)[1]["params"] == 2
    wait_status(quick, other, "DELIVERED")


def test_kept_calls_are_listed_by_status(quick, device):
    ids = [keep(quick, device, params=number) for number in range(3)]
    path = f"/api/rpc/persistent/device/{device.id}"
    page = quick.rest.get(path, pageSize=2, page=0)
    assert [entry["id"]["id"] for entry in page["data"]] == ids[:0:-1]
    assert page["totalElements"] == 3 and page["hasNext"]
    assert quick.rest.get(path, pageSize=10, page=0, rpcStatus="QUEUED")["totalElements"] == 3
    assert quick.rest.get(path, pageSize=10, page=0, rpcStatus="SENT")["totalElements"] == 0
    assert quick.rest.raw("GET", path, params={"pageSize": 10, "page": 0, "rpcStatus": "LOST"}).status_code == 400


@pytest.mark.parametrize("members, field", [
    ({"expirationTime": 1}, "expirationTime"), ({"expirationTime": "later"}, "expirationTime"),
    ({"retries": -1}, "retries"), ({"retries": 1001}, "retries"), ({"additionalInfo": 1}, "additionalInfo"),
    ({"persistent": "yes"}, "persistent"),
])
def test_bad_kept_calls_are_refused(quick, device, members, field):
    response = call(quick, device, {"method": "m", "persistent": True, **members})
    assert response.status_code == 400 and field in response.json()["message"]


def test_kept_calls_are_bounded(start_server, new_device):
    server = start_server({"rpc.max_persistent": 2})
    device = new_device("token", at=server)
    for _ in range(2):
        keep(server, device)
    assert call(server, device, {"method": "m", "persistent": True}, "oneway").status_code == 429


def test_kept_calls_survive_kill_9(start_server, new_device, connected):
    server = start_server()
    device = new_device("token", at=server)
    waiting = keep(server, device, "twoway", params="waiting")
    connection = connected(device, at=server)
    connection.subscribe(REQUESTS + "+")
    request_id = connection.expect(packets.PUBLISH).topic[len(REQUESTS):]  # not acknowledged
    wait_status(server, waiting, "SENT")
    other = new_device("token", at=server)
    queued = keep(server, other, params="queued")
    server.kill()
    server.start()
    assert kept(server, waiting)["status"] == "SENT" and kept(server, queued)["status"] == "QUEUED"
    connection = connected(device, at=server)
    assert connection.publish_acked(f"{RESPONSES}{request_id}", '"answered late"').reason == 0
    document = kept(server, waiting)
    assert document["status"] == "SUCCESSFUL" and document["response"] == "answered late"
    other_connection = connected(other, at=server)
    other_connection.subscribe(REQUESTS + "+", qos=0)
    assert receive_call(other_connection)[1]["params"] == "queued"
    wait_status(server, queued, "DELIVERED")


def test_an_unanswered_call_is_made_again_after_kill_9(start_server, new_device, connected):
    server = start_server()
    device = new_device("token", at=server)
    rpc_id = keep(server, device, "twoway")
    connection = connected(device, at=server)
    connection.subscribe(REQUESTS + "+", qos=0)
    request_id, _ = receive_call(connection)
    wait_status(server, rpc_id, "DELIVERED")
    server.kill()
    server.start()
    connection = connected(device, at=server)
    connection.subscribe(REQUESTS + "+", qos=0)
    assert receive_call(connection)[0] == request_id
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "1").reason == 0
    assert kept(server, rpc_id)["status"] == "SUCCESSFUL"


def test_another_device_cannot_answer_a_kept_call(quick, device, new_device, connected):
    rpc_id = keep(quick, device, "twoway")
    connection, other = connected(device, at=quick), connected(new_device("token", at=quick), at=quick)
    connection.subscribe(REQUESTS + "+", qos=0)
    request_id, _ = receive_call(connection)
    keep(quick, other_device := new_device("token", at=quick), "twoway")
    thief = connected(other_device, at=quick)
    for stranger in (other, thief):
        assert stranger.publish_acked(f"{RESPONSES}{request_id}", '"forged"').reason == 0
    assert kept(quick, rpc_id)["response"] is None


def test_calls_go_with_their_device(quick, device):
    rpc_id = keep(quick, device)
    quick.rest.delete(f"/api/device/{device.id}")
    assert quick.rest.raw("GET", f"/api/rpc/persistent/{rpc_id}").status_code == 404


# Calls of devices


class Webhook(http.server.BaseHTTPRequestHandler):
    """Answers as its methods say; what came is kept."""

    asked = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Webhook.asked.append(body)
        if body["method"] == "slow":
            released.wait(30)
        answer = {"huge": b"1" * 100000, "broken": b"{a:", "lenient": b"{a:'b'}"}.get(body["method"], json.dumps(body).encode())
        self.send_response(500 if body["method"] == "fail" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


released = threading.Event()


@pytest.fixture(scope="module")
def webhooked(tmp_path_factory):
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    settings = {"rpc.webhook_url": f"http://127.0.0.1:{listener.server_port}/calls", "rpc.webhook_timeout": 1500}
    running = PosternServer(tmp_path_factory.mktemp("webhooked"), settings).init().start()
    yield running
    running.stop()
    released.set()
    listener.shutdown()


def ask(connection, body, number=1, prefix=REQUESTS, answers=RESPONSES):
    connection.subscribe(answers + "+", qos=0)
    assert connection.publish_acked(f"{prefix}{number}", body if isinstance(body, str) else json.dumps(body)).reason == 0
    message = connection.receive()
    assert message.topic == f"{answers}{number}"
    return json.loads(message.payload)


@pytest.mark.parametrize("version", [4, 5])
def test_a_device_asks_for_the_time(quick, device, connected, version):
    connection = connected(device, at=quick, version=version)
    answer = ask(connection, "{method: getTime}", 7)
    assert abs(answer["time"] - time.time() * 1000) < 60000
    answer = ask(connection, {"method": "getTime"}, 8, SHORT_REQUESTS, SHORT_RESPONSES)
    assert abs(answer["time"] - time.time() * 1000) < 60000


def test_a_device_asks_who_it_is(quick, new_device, connected):
    device = new_device("token", at=quick)
    connection = connected(device, at=quick)
    answer = ask(connection, {"method": "getSessionInfo", "params": {}})
    assert answer["deviceName"] == device.name and answer["deviceId"] == device.id
    assert abs(answer["connectedSince"] - time.time() * 1000) < 60000
    assert ask(connection, {"method": "getCertificate"}, 2) == {"error": "the device has no X.509 certificate"}


def test_a_device_asks_for_its_certificate(quick, new_device, connected):
    device = new_device("ec", at=quick)
    answer = ask(connected(device, at=quick), {"method": "getCertificate"})
    assert "CN=" in answer["subject"] and answer["fingerprint"] == device.identity.fingerprint
    assert 300 < answer["daysLeft"] < 400 and answer["notAfter"] > time.time() * 1000


@pytest.mark.parametrize("body, error", [
    ({"method": "unknown"}, "nobody answers"), ({}, "method is missing"), ({"method": 1}, "expected a text"), ("[1]", "an object"),
])
def test_what_nobody_answers_is_told(quick, device, connected, body, error):
    assert error in ask(connected(device, at=quick), body)["error"]


def test_a_call_that_is_no_json_is_refused(quick, device, connected):
    assert connected(device, at=quick).publish_acked(REQUESTS + "1", "{method:").reason == 0x99


def test_other_methods_go_to_the_webhook(webhooked, new_device, connected):
    device = new_device("token", at=webhooked)
    connection = connected(device, at=webhooked)
    assert ask(connection, {"method": "book", "params": [1]}) == {
        "deviceId": device.id, "deviceName": device.name, "deviceType": "default", "method": "book", "params": [1]}
    assert ask(connection, {"method": "lenient"}, 2) == {"a": "b"}
    assert "time" in ask(connection, {"method": "getTime"}, 3)


@pytest.mark.parametrize("method, error", [
    ("fail", "status 500"), ("huge", "larger than"), ("broken", "not JSON"), ("slow", "within 1500 ms")])
def test_a_webhook_that_fails_is_told(webhooked, new_device, connected, method, error):
    connection = connected(new_device("token", at=webhooked), at=webhooked)
    assert error in ask(connection, {"method": method})["error"]


def test_a_slow_webhook_keeps_nobody_else_waiting(webhooked, new_device, connected):
    slow = [connected(new_device("token", at=webhooked), at=webhooked) for _ in range(8)]
    for connection in slow:
        connection.publish(REQUESTS + "1", '{"method":"slow"}')
    other = connected(new_device("token", at=webhooked), at=webhooked)
    started = time.monotonic()
    assert "time" in ask(other, {"method": "getTime"})
    assert webhooked.rest.get("/api/tenant/devices", pageSize=1, page=0)
    assert time.monotonic() - started < slower(1)


def test_a_webhook_that_cannot_be_reached(start_server, new_device, connected):
    server = start_server({"rpc.webhook_url": "http://127.0.0.1:9/"})
    connection = connected(new_device("token", at=server), at=server)
    assert ask(connection, {"method": "m"}) == {"error": "the webhook cannot be reached"}


def test_a_wrong_url_is_told_at_start(tmp_path):
    server = PosternServer(tmp_path, {"rpc.webhook_url": "ftp://here"}).init()
    server.start(wait=False)
    assert server.process.wait(20) != 0
    server.process = None
    assert "rpc.webhook_url is 'ftp://here'; expected http:// or https://" in "\n".join(server.log.lines())
