"""Calls of devices to the server. Device API section 4."""

import http.server
import json
import threading
import time

import pytest

from support.rpc import REQUESTS, RESPONSES, SHORT_REQUESTS, SHORT_RESPONSES
from support.server import PosternServer, slower


@pytest.fixture
def device(quick, new_device):
    return new_device("token", at=quick)


class Webhook(http.server.BaseHTTPRequestHandler):
    """Answers as the methods say."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
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
    connection.listen(answers + "+", qos=0)
    assert connection.publish_acked(f"{prefix}{number}", body if isinstance(body, str) else json.dumps(body)).reason == 0
    message = connection.receive()
    assert message.topic == f"{answers}{number}"
    return json.loads(message.payload)


@pytest.mark.parametrize("version", [4, 5])
def test_a_device_asks_for_the_time(quick, device, paho_connected, version):
    connection = paho_connected(device, at=quick, version=version)
    answer = ask(connection, "{method: getTime}", 7)
    assert abs(answer["time"] - time.time() * 1000) < 60000
    answer = ask(connection, {"method": "getTime"}, 8, SHORT_REQUESTS, SHORT_RESPONSES)
    assert abs(answer["time"] - time.time() * 1000) < 60000


def test_a_device_asks_who_it_is(quick, new_device, paho_connected):
    device = new_device("token", at=quick)
    connection = paho_connected(device, at=quick)
    answer = ask(connection, {"method": "getSessionInfo", "params": {}})
    assert answer["deviceName"] == device.name and answer["deviceId"] == device.id
    assert abs(answer["connectedSince"] - time.time() * 1000) < 60000
    assert ask(connection, {"method": "getCertificate"}, 2) == {"error": "the device has no X.509 certificate"}


def test_a_device_asks_for_its_certificate(quick, new_device, paho_connected):
    device = new_device("ec", at=quick)
    answer = ask(paho_connected(device, at=quick), {"method": "getCertificate"})
    assert "CN=" in answer["subject"] and answer["fingerprint"] == device.identity.fingerprint
    assert 300 < answer["daysLeft"] < 400 and answer["notAfter"] > time.time() * 1000


@pytest.mark.parametrize("body, error", [
    ({"method": "unknown"}, "nobody answers"), ({}, "method is missing"), ({"method": 1}, "expected a text"), ("[1]", "an object"),
])
def test_what_nobody_answers_is_told(quick, device, paho_connected, body, error):
    assert error in ask(paho_connected(device, at=quick), body)["error"]


def test_a_call_that_is_no_json_is_refused(quick, device, paho_connected):
    assert paho_connected(device, at=quick).publish_acked(REQUESTS + "1", "{method:").reason == 0x99


def test_other_methods_go_to_the_webhook(webhooked, new_device, paho_connected):
    device = new_device("token", at=webhooked)
    connection = paho_connected(device, at=webhooked)
    assert ask(connection, {"method": "book", "params": [1]}) == {
        "deviceId": device.id, "deviceName": device.name, "deviceType": "default", "method": "book", "params": [1]}
    assert ask(connection, {"method": "lenient"}, 2) == {"a": "b"}
    assert "time" in ask(connection, {"method": "getTime"}, 3)


@pytest.mark.parametrize("method, error", [
    ("fail", "status 500"), ("huge", "larger than"), ("broken", "not JSON"), ("slow", "within 1500 ms")])
def test_a_webhook_that_fails_is_told(webhooked, new_device, paho_connected, method, error):
    connection = paho_connected(new_device("token", at=webhooked), at=webhooked)
    assert error in ask(connection, {"method": method})["error"]


def test_a_slow_webhook_keeps_nobody_else_waiting(webhooked, new_device, paho_connected):
    slow = [paho_connected(new_device("token", at=webhooked), at=webhooked) for _ in range(8)]
    for connection in slow:
        connection.send(REQUESTS + "1", '{"method":"slow"}')
    other = paho_connected(new_device("token", at=webhooked), at=webhooked)
    started = time.monotonic()
    assert "time" in ask(other, {"method": "getTime"})
    assert webhooked.rest.get("/api/tenant/devices", pageSize=1, page=0)
    assert time.monotonic() - started < slower(1)


def test_a_webhook_that_cannot_be_reached(start_server, new_device, paho_connected):
    server = start_server({"rpc.webhook_url": "http://127.0.0.1:9/"})
    connection = paho_connected(new_device("token", at=server), at=server)
    assert ask(connection, {"method": "m"}) == {"error": "the webhook cannot be reached"}


def test_a_wrong_url_is_told_at_start(tmp_path):
    server = PosternServer(tmp_path, {"rpc.webhook_url": "ftp://here"}).init()
    server.start(wait=False)
    assert server.process.wait(20) != 0
    server.process = None
    assert "rpc.webhook_url is 'ftp://here'; expected http:// or https://" in "\n".join(server.log.lines())


def ask_over_http(server, device, body):
    return server.rest.session.post(f"{server.url}/api/v1/{device.token}/rpc", data=body, timeout=30)


def test_a_device_calls_over_http(webhooked, new_device):
    device = new_device("token", at=webhooked)
    assert "time" in ask_over_http(webhooked, device, "{method:getTime}").json()
    assert ask_over_http(webhooked, device, '{"method":"book","params":{"a":1}}').json()["params"] == {"a": 1}
    response = ask_over_http(webhooked, device, '{"method":"fail"}')
    assert response.status_code == 200 and "status 500" in response.json()["error"]
    assert ask_over_http(webhooked, device, "{method:").status_code == 400
