"""Telemetry and lifecycle events that tenants have sent to endpoints of theirs: docs/forwarding.md."""

import itertools
import threading
import time

import pytest

from support.openapi import Description
from support.people import SysAdmin
from support.receiver import SECRET, Receiver
from support.rest import RestError
from support.server import PosternServer, slower

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


def test_lifecycle_and_attributes(forwarding_server, new_receiver, forward, device_name, paho_connected, certificates):
    rest, receiver = forwarding_server.rest, new_receiver()
    forward(receiver, telemetry=False, attributes=True, lifecycle=True)
    device = rest.create_device(device_name())
    receiver.wait_events(1, "DEVICE_CREATED")
    client = paho_connected(device, at=forwarding_server)
    receiver.wait_events(1, "DEVICE_CONNECTED")
    client.publish_acked("v1/devices/me/attributes", '{"serial":"x7"}')
    client.publish_acked("v1/devices/me/telemetry", '{"not":"wanted"}')
    receiver.wait_events(1, "ATTRIBUTES_UPDATED")
    client.disconnect()
    receiver.wait_events(1, "DEVICE_DISCONNECTED")
    shared = f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE"
    rest.post(shared, {"limit": 5})
    rest.delete(shared, keys="limit")
    rest.save_certificate(device, certificates.ec().pem)
    rest.post("/api/device", {**rest.get(f"/api/device/{device.id}"), "name": device.name + "-renamed"})
    receiver.wait_events(1, "DEVICE_UPDATED")
    rest.delete(f"/api/device/{device.id}")
    receiver.wait_events(1, "DEVICE_DELETED")
    events = [e for e in receiver.events() if e["deviceId"] == device.id]
    kinds = [e["type"] for e in events]
    assert sorted(kinds) == ["ATTRIBUTES_DELETED", "ATTRIBUTES_UPDATED", "ATTRIBUTES_UPDATED", "DEVICE_CONNECTED", "DEVICE_CREATED",
                             "DEVICE_CREDENTIALS_UPDATED", "DEVICE_DELETED", "DEVICE_DISCONNECTED", "DEVICE_UPDATED"]
    assert {(e["scope"], str(e["data"])) for e in events if e["type"].startswith("ATTR")} == {
        ("CLIENT_SCOPE", "{'serial': 'x7'}"), ("SHARED_SCOPE", "{'limit': 5}"), ("SHARED_SCOPE", "{'keys': ['limit']}")}
    names = {e["type"]: e["deviceName"] for e in events}
    assert names["DEVICE_CREATED"] == device.name and names["DEVICE_DELETED"] == device.name + "-renamed"


def test_only_what_is_asked_for(forwarding_server, new_receiver, forward, new_device, device_name):
    rest = forwarding_server.rest
    profile = rest.post("/api/deviceProfile", {"name": device_name(), "type": "DEFAULT", "transportType": "DEFAULT"})
    receiver, all_of_it = new_receiver(), new_receiver()
    forward(receiver, deviceProfileId=profile["id"])
    forward(all_of_it)
    off = forward(receiver, enabled=False)
    inside = new_device("token", at=forwarding_server, deviceProfileId=profile["id"])
    outside = new_device("token", at=forwarding_server)
    send(forwarding_server, outside, "{a:1}")
    send(forwarding_server, inside, "{a:2}")
    all_of_it.wait_events(2)
    event, = receiver.wait_events(1)
    assert (event["deviceId"], event["deviceProfile"]) == (inside.id, profile["name"])
    assert status(forwarding_server, off)["queuedEvents"] == 0 and len(receiver.requests) == 1


def test_a_failure_is_tried_again_and_told(forwarding_server, new_receiver, forward, new_device):
    receiver, device = new_receiver(), new_device("token", at=forwarding_server)
    forwarding = forward(receiver)
    receiver.mood = 500
    send(forwarding_server, device, "{a:1}")
    send(forwarding_server, device, "{a:2}")
    receiver.wait(lambda r: len(r.requests) >= 2)
    told = status(forwarding_server, forwarding)
    assert told["lastError"] == "the endpoint answered with status 500" and told["lastErrorTime"] > 0
    assert told["queuedEvents"] >= 1 and told["queuedBytes"] > 0 and told["lastSuccessTime"] is None
    for mood in (404, "redirect"):
        receiver.mood, seen = mood, len(receiver.requests)
        receiver.wait(lambda r: len(r.requests) > seen + 1)
    assert status(forwarding_server, forwarding)["lastError"] in ("the endpoint answered with status 302", "the endpoint answered with status 404")
    receiver.mood = 200
    assert [e["data"]["a"] for e in receiver.wait_events(2)] == [1, 2]
    wait_status(forwarding_server, forwarding, lambda told: told["queuedEvents"] == 0 and told["lastSuccessTime"])
    assert all("elsewhere" not in r.path for r in receiver.requests)
    assert len({e["id"] for r in receiver.requests for e in r.events}) == 2, "a repetition has the same ids"


def wait_status(server, forwarding, condition, timeout=20):
    deadline = time.monotonic() + slower(timeout)
    while not condition(told := status(server, forwarding)):
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    return told


def test_a_hanging_endpoint_delays_nobody_else(forwarding_server, new_receiver, forward, new_device):
    hanging, gone, fine, device = new_receiver(), new_receiver(), new_receiver(), new_device("token", at=forwarding_server)
    slow = forward(hanging)
    absent = forward(gone)
    forward(fine)
    hanging.mood = "hang"
    gone.close()
    send(forwarding_server, device, "{a:0}")
    hanging.wait(lambda r: r.requests)
    for n in range(1, 6):
        send(forwarding_server, device, "{a:%d}" % n)
        fine.wait_events(n + 1)
    assert len(hanging.requests) == 1, "the others were served while one request hung"
    assert "cannot be reached" in wait_status(forwarding_server, absent, lambda told: told["lastError"])["lastError"]
    assert wait_status(forwarding_server, slow, lambda told: told["lastError"])["lastError"] == "the endpoint did not answer in time"
    hanging.mood = 200
    hanging.released.set()
    assert [e["data"]["a"] for e in hanging.wait_events(6)] == list(range(6))


def test_kill_9_loses_nothing_acknowledged(start_server, settings, new_receiver, forward, new_device):
    server, receiver = start_server(settings), new_receiver()
    device = new_device("token", at=server)
    forward(receiver, at=server)
    receiver.mood = 503
    for n in range(60):
        send(server, device, "{n:%d}" % n)
        if n % 20 == 19:
            server.kill()
            server.start()
            server.rest.forget_login()
    receiver.mood = 200
    assert sorted(e["data"]["n"] for e in receiver.wait_events(60)) == list(range(60))


def test_certificates_are_checked(forwarding_server, new_receiver, forward, new_device, certificates):
    receiver = Receiver(certificates.server())  # not the authority of forward.ca_file
    forwarding, device = forward(receiver), new_device("token", at=forwarding_server)
    send(forwarding_server, device, "{a:1}")
    told = wait_status(forwarding_server, forwarding, lambda told: told["lastError"])
    assert "certificate" in told["lastError"] and not receiver.requests
    receiver.close()


def test_a_private_address_is_refused_by_whatever_name(start_server, receiver_identity, new_receiver):
    server, receiver = start_server({"forward.ca_file": receiver_identity.cert}), new_receiver()
    for host in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "10.0.0.1", "169.254.169.254"):
        made = server.rest.post(PATH, {"name": host, "secret": SECRET, "telemetry": True, "url": f"https://{host}:{receiver.port}/"})
        outcome = server.rest.post(f"{PATH}/{made['id']['id']}/test")
        assert (outcome["success"], outcome["status"]) == (False, None)
        assert "not a public one" in outcome["error"] or "[" in host and "cannot be reached" in outcome["error"], (host, outcome)
    assert not receiver.requests
    with pytest.raises(RestError, match="url is 'http://localhost/'; expected https://"):
        server.rest.post(PATH, {"name": "plain", "secret": SECRET, "telemetry": True, "url": "http://localhost/"})


def test_a_test_tells_the_outcome(forwarding_server, new_receiver, forward):
    rest, receiver = forwarding_server.rest, new_receiver()
    forwarding = forward(receiver, enabled=False)
    path = f"{PATH}/{forwarding['id']['id']}/test"
    assert rest.post(path) == {"success": True, "status": 200, "error": None}
    request, = receiver.requests
    assert request.is_signed_by(SECRET) and [e["type"] for e in request.events] == ["TEST"]
    receiver.mood = 403
    assert rest.post(path) == {"success": False, "status": 403, "error": "the endpoint answered with status 403"}
    receiver.mood = "hang"
    hanging = threading.Thread(target=rest.post, args=(path,))
    hanging.start()
    receiver.wait(lambda r: len(r.requests) == 3)
    with pytest.raises(RestError, match="another endpoint is being tested"):
        rest.post(path)
    hanging.join()
    receiver.close()
    assert "cannot be reached" in rest.post(path)["error"]


def test_the_secret_is_never_told(forwarding_server, new_receiver, forward):
    rest, receiver = forwarding_server.rest, new_receiver()
    secret = "very-secret-" + "7" * 30
    forwarding = forward(receiver, secret=secret)
    path = f"{PATH}/{forwarding['id']['id']}"
    changed = rest.post(PATH, {**forwarding, "name": "another name"})
    assert rest.post(path + "/test")["success"] and receiver.requests[-1].is_signed_by(secret), "left out, it stays"
    rest.post(PATH, {**changed, "secret": secret + "-new"})
    assert rest.post(path + "/test")["success"] and receiver.requests[-1].is_signed_by(secret + "-new")
    answers = [rest.raw("GET", path).text, rest.raw("GET", PATH).text, rest.raw("POST", PATH, json={**changed, "secret": secret, "url": "x"}).text,
               rest.raw("GET", "/api/audit/logs", params={"pageSize": 100, "page": 0}).text, "\n".join(forwarding_server.log.lines())]
    assert "another name" in answers[0] and not any(secret in answer for answer in answers)


def test_answers_are_as_described(forwarding_server, new_receiver, forward):
    rest, receiver = forwarding_server.rest, new_receiver()
    described = Description(rest.call("GET", "/api/docs/openapi.json", token=None))
    forwarding = forward(receiver, deviceProfileId=rest.get("/api/deviceProfileInfo/default")["id"])
    path = f"{PATH}/{forwarding['id']['id']}"
    answers = [rest.raw("POST", PATH, json=forwarding), rest.raw("POST", PATH, json={**forwarding, "version": 0}), rest.raw("GET", PATH),
               rest.raw("GET", path), rest.raw("POST", path + "/test"), rest.raw("DELETE", path), rest.raw("GET", path)]
    assert [described.check(answer) and answer.status_code for answer in answers] == [200, 409, 200, 200, 200, 200, 404]


def test_saving(forwarding_server, new_receiver, forward):
    rest, receiver = forwarding_server.rest, new_receiver()
    forwarding = forward(receiver)
    assert {k: forwarding[k] for k in ("telemetry", "attributes", "lifecycle", "enabled", "deviceProfileId", "version")} == {
        "telemetry": True, "attributes": False, "lifecycle": False, "enabled": True, "deviceProfileId": None, "version": 1}
    changed = rest.post(PATH, {**forwarding, "lifecycle": True})
    assert changed["version"] == 2 and changed["lifecycle"] and changed["telemetry"]
    with pytest.raises(RestError) as refused:
        rest.post(PATH, {**forwarding, "lifecycle": False})
    assert refused.value.status == 409
    assert changed["id"] in [f["id"] for f in rest.get(PATH)]
    logged = rest.get(f"/api/audit/logs/entity/FORWARDING/{forwarding['id']['id']}", pageSize=10, page=0)["data"]
    assert {(e["actionType"], e["entityName"]) for e in logged} >= {("ADDED", forwarding["name"]), ("UPDATED", forwarding["name"])}


@pytest.mark.parametrize("members, message", [
    ({"name": ""}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"url": "https://" + "h" * 1100}, "url"),
    ({"url": "https://user:pass@host/"}, "url holds a user name or password"),
    ({"url": "https://ho st/"}, "url holds a space"),
    ({"url": "http://host/"}, "expected https://"),
    ({"url": None}, "url"),
    ({"secret": "short"}, "secret has 5 bytes; expected 16 to 255"),
    ({"secret": "s" * 256}, "secret has 256 bytes"),
    ({"secret": None}, "secret has 0 bytes"),
    ({"secret": 7}, "secret"),
    ({"telemetry": False}, "nothing is to be sent"),
    ({"telemetry": "yes"}, "telemetry"),
    ({"deviceProfileId": {"entityType": "DEVICE_PROFILE", "id": "13814000-1dd2-11b2-8080-808080808080"}}, "deviceProfileId"),
])
def test_what_is_refused(forwarding_server, members, message):
    body = {"name": "refused", "url": "https://host/", "secret": SECRET, "telemetry": True, **members}
    with pytest.raises(RestError, match=message) as refused:
        forwarding_server.rest.post(PATH, body)
    assert refused.value.status == 400


def test_names_and_count_are_bounded(start_server, settings):
    rest = start_server(settings).rest
    body = {"url": "https://localhost:1/", "secret": SECRET, "telemetry": True}
    made = [rest.post(PATH, {**body, "name": f"n{n}"}) for n in range(16)]
    with pytest.raises(RestError, match="the tenant forwards to 16 endpoints") as refused:
        rest.post(PATH, {**body, "name": "n16"})
    rest.delete(f"{PATH}/{made[0]['id']['id']}")
    assert rest.raw("GET", f"{PATH}/{made[0]['id']['id']}").status_code == 404
    with pytest.raises(RestError, match="Forwarding with such name already exists!"):
        rest.post(PATH, {**body, "name": "n1"})


def test_tenants_do_not_meet(forwarding_server, new_receiver, forward, new_device):
    receiver, device = new_receiver(), new_device("token", at=forwarding_server)
    mine = forward(receiver)
    sys = SysAdmin(forwarding_server)
    other = sys.new_tenant_admin()
    path = f"{PATH}/{mine['id']['id']}"
    assert [other.raw(m, p).status_code for m, p in (("GET", path), ("DELETE", path), ("POST", path + "/test"))] == [404] * 3
    assert other.raw("POST", PATH, json={**mine, "url": "https://evil/"}).status_code == 404
    assert other.get(PATH) == []
    listening = new_receiver()
    other.post(PATH, {"name": "theirs", "url": listening.url, "secret": SECRET, "telemetry": True, "lifecycle": True, "attributes": True})
    theirs = other.post("/api/device", {"name": "theirs"})
    listening.wait_events(1, "DEVICE_CREATED")
    send(forwarding_server, device, "{a:1}")
    receiver.wait_events(1)
    assert {e["deviceId"] for e in listening.events()} == {theirs["id"]["id"]} and len(receiver.events()) == 1
    sys.delete(f"/api/tenant/{theirs['tenantId']['id']}")


def test_the_queue_is_bounded_and_what_is_too_old_goes(start_server, settings, new_receiver, forward, new_device):
    bounds = {"forward.max_queued": 4096, "forward.max_backlog": 8192, "forward.max_age": 2, "forward.max_events": 3}
    server, receiver = start_server({**settings, **bounds}), new_receiver()
    device = new_device("token", at=server)
    forwarding = forward(receiver, at=server)
    receiver.mood = 503
    for n in range(40):
        send(server, device, "{n:%d}" % n)
    told = wait_status(server, forwarding, lambda told: told["queuedEvents"] + told["droppedEvents"] == 40)
    assert told["queuedBytes"] <= 4096 and told["droppedEvents"] > 10
    wait_status(server, forwarding, lambda told: told["droppedEvents"] == 40 and told["queuedEvents"] == 0)
    receiver.mood, seen = 200, len(receiver.requests)
    for n in range(40, 50):
        send(server, device, "{n:%d}" % n)
    assert [e["data"]["n"] for e in receiver.wait_events(10)] == list(range(40, 50))
    assert max(len(r.events) for r in receiver.requests) == 3
    large = new_device("token", at=server)
    send(server, large, '{"n":"%s"}' % ("x" * 5000))
    wait_status(server, forwarding, lambda told: told["droppedEvents"] == 41)
    assert "forward.max_backlog" not in "\n".join(server.log.lines())
    send(server, large, '{"n":"%s"}' % ("x" * 9000))  # more in one write than may wait to be sorted
    wait_status(server, forwarding, lambda told: told["droppedEvents"] == 42)
    assert "forward.max_backlog" in "\n".join(server.log.lines())


def test_a_deleted_forwarding_leaves_nothing(forwarding_server, new_receiver, forward, new_device):
    rest, receiver, device = forwarding_server.rest, new_receiver(), new_device("token", at=forwarding_server)
    forwarding = forward(receiver)
    receiver.mood = "hang"
    send(forwarding_server, device, "{a:1}")
    receiver.wait(lambda r: r.requests)
    rest.delete(f"{PATH}/{forwarding['id']['id']}")
    fresh = forward(receiver)
    assert status(forwarding_server, fresh)["queuedEvents"] == 0
    receiver.mood = 200
    receiver.released.set()
    send(forwarding_server, device, "{a:2}")
    assert [e["data"]["a"] for e in receiver.wait_events(1)] == [2]
