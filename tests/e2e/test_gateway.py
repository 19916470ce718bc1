"""A gateway: one connection for many devices. Device API section 7."""

import concurrent.futures
import json
import subprocess
import threading
import time

import pytest

from support import mosquitto, packets
from support.connection import Closed, connect_device
from support.http_device import HttpDevice
from support.paho_device import PahoDevice
from support.rest import Device
from support.server import slower

CONNECT, DISCONNECT = "v1/gateway/connect", "v1/gateway/disconnect"
TELEMETRY, ATTRIBUTES, RPC = "v1/gateway/telemetry", "v1/gateway/attributes", "v1/gateway/rpc"
REQUEST, RESPONSE, CLAIM = "v1/gateway/attributes/request", "v1/gateway/attributes/response", "v1/gateway/claim"
OTHER_TOPICS = [CONNECT, DISCONNECT, TELEMETRY, ATTRIBUTES, RPC, REQUEST, CLAIM]


@pytest.fixture
def gateway(new_device):
    return new_device("ec", additionalInfo={"gateway": True})


@pytest.fixture(params=[4, 5])
def connection(request, gateway, paho_connected):
    return paho_connected(gateway, version=request.param, client_id="gw")


@pytest.fixture
def name(device_name):
    """name("A"): a device name of this test's own."""
    base = device_name()
    return lambda suffix: f"{base}-{suffix}"


def find(rest, name):
    """The registered device, as REST sees it."""
    return rest.get("/api/tenant/devices", deviceName=name)


def device_of(rest, name):
    return Device(find(rest, name)["id"]["id"], name)


def is_active(rest, name):
    return rest.get(f"/api/device/info/{find(rest, name)['id']['id']}")["active"]


def wait_until(condition, timeout=10):
    deadline = time.monotonic() + slower(timeout)
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def publish(connection, topic, body, **options):
    """Acknowledged as done."""
    body = body if isinstance(body, str) else json.dumps(body)
    assert connection.publish_acked(topic, body, **options).reason == 0


def wait_active_attribute(rest, name, expected):
    """Written a moment after the fact."""
    device = device_of(rest, name)
    wait_until(lambda: rest.attributes(device, "SERVER_SCOPE").get("active") is expected)


def receive(connection, topic):
    message = connection.receive()
    assert message.topic == topic
    return json.loads(message.payload)


def save_shared(rest, device, body):
    rest.call("POST", f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", data=json.dumps(body))


# ---- connect and disconnect -----------------------------------------------------------------------------------------

def test_connect_makes_the_device(connection, rest, name):
    publish(connection, CONNECT, {"device": name("A"), "type": "pump"})
    publish(connection, CONNECT, "{device:'%s'}" % name("B"))
    assert find(rest, name("A"))["type"] == "pump"
    assert find(rest, name("B"))["type"] == "default"
    for device in (device_of(rest, name("A")), device_of(rest, name("B"))):
        assert is_active(rest, device.name)
        wait_active_attribute(rest, device.name, True)
        assert len(rest.credentials(device)["credentialsId"]) == 20
    publish(connection, CONNECT, {"device": name("A"), "type": "pump"})  # again is no error


def test_connect_finds_the_device(connection, rest, new_device):
    device = new_device("ec")
    publish(connection, CONNECT, {"device": device.name, "type": "pump"})
    assert find(rest, device.name)["id"]["id"] == device.id
    assert find(rest, device.name)["type"] == "default"
    assert is_active(rest, device.name)


def test_disconnect(connection, rest, name):
    publish(connection, CONNECT, {"device": name("A")})
    publish(connection, DISCONNECT, {"device": name("A")})
    assert not is_active(rest, name("A"))
    wait_active_attribute(rest, name("A"), False)
    attributes = rest.attributes(device_of(rest, name("A")), "SERVER_SCOPE")
    assert attributes["lastDisconnectTime"] >= attributes["lastConnectTime"]
    publish(connection, DISCONNECT, {"device": name("never was")})
    publish(connection, TELEMETRY, {name("A"): [{"back": 1}]})
    assert is_active(rest, name("A"))


@pytest.mark.parametrize("end", ["disconnect", "break", "takeover"])
def test_the_end_of_the_gateway_is_the_end_of_its_devices(gateway, connected, rest, name, end):
    connection = connected(gateway, client_id="gw")
    for suffix in "ABC":
        publish(connection, CONNECT, {"device": name(suffix)})
    if end == "disconnect":
        connection.disconnect()
    elif end == "break":
        connection.close()
    else:
        other = connected(gateway, client_id="gw")
        publish(other, CONNECT, {"device": name("B")})
    left = "AC" if end == "takeover" else "ABC"
    wait_until(lambda: not any(is_active(rest, name(suffix)) for suffix in left))
    wait_active_attribute(rest, name("A"), False)
    if end == "takeover":
        assert is_active(rest, name("B"))
        wait_active_attribute(rest, name("B"), True)


# ---- telemetry and attributes ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("qos", [0, 1, 2])
def test_telemetry_of_several_devices(connection, rest, name, qos):
    body = {name("A"): [{"ts": 1000, "values": {"t": 42, "s": "x"}}, {"ts": 2000, "values": {"t": 43}}],
            name("B"): [{"ts": 1000, "values": {"t": 2.5}}]}
    if qos == 0:
        connection.send(TELEMETRY, json.dumps(body), qos=0)
        publish(connection, CONNECT, {"device": name("A")})  # behind it: what waits keeps its place
    else:
        publish(connection, TELEMETRY, body, qos=qos)
    a, b = device_of(rest, name("A")), device_of(rest, name("B"))
    rest.wait_latest(a, {"t": 43, "s": "x"}, strict=True)
    rest.wait_latest(b, {"t": 2.5}, strict=True)
    assert len(rest.history(a, "t", 0, 3000)["t"]) == 2


def test_telemetry_without_a_time_is_of_now(connection, rest, name):
    before = int(time.time() * 1000)
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}]})
    point = rest.latest_points(device_of(rest, name("A")), "k")["k"][0]
    assert before - 1000 <= point["ts"] <= int(time.time() * 1000) + 1000


def test_attributes_of_several_devices(connection, rest, name):
    publish(connection, ATTRIBUTES, {name("A"): {"fw": "1.0.0", "n": 7}, name("B"): {"on": True}})
    assert rest.attributes(device_of(rest, name("A"))) == {"fw": "1.0.0", "n": 7}
    assert rest.attributes(device_of(rest, name("B"))) == {"on": True}


def test_known_and_new_devices_in_one_message(connection, rest, name):
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}]})
    publish(connection, TELEMETRY, {name("A"): [{"k": 2}], name("B"): [{"k": 3}], name("C"): [{"k": 4}]})
    assert [rest.latest(device_of(rest, name(suffix)))["k"] for suffix in "ABC"] == ["2", "3", "4"]


def test_many_messages_at_once_are_answered_in_order(gateway, connected, rest, name):
    """New devices, known ones, requests and refusals, without waiting for any answer."""
    connection = connected(gateway)
    connection.subscribe(RESPONSE, qos=0)
    ids = []
    for number in range(15):
        ids.append(connection.publish(TELEMETRY, json.dumps({name(str(number % 7)): [{"n": number}]})))
        ids.append(connection.publish(ATTRIBUTES, json.dumps({name(str(number % 5)): {"n": number}})))
        ids.append(connection.publish(REQUEST, json.dumps({"id": number, "device": name("0"), "client": True, "key": "n"})))
        ids.append(connection.publish(TELEMETRY, "{"))
    answers, responses = [], []
    while len(answers) < len(ids) or len(responses) < 15:
        packet = connection.read(slower(10))
        (answers if packet.kind == packets.PUBACK else responses).append(packet)
    assert [packet.packet_id for packet in answers] == ids
    assert [packet.reason for packet in answers] == [0, 0, 0, 0x99] * 15
    seen = [json.loads(packet.payload) for packet in responses]
    assert [answer["id"] for answer in seen] == list(range(15))
    assert all(answer.get("value", 0) % 5 == 0 for answer in seen), "what had been stored by then"


# ---- attributes asked for and pushed --------------------------------------------------------------------------------

def test_attributes_request(connection, rest, name):
    connection.listen(RESPONSE)
    publish(connection, ATTRIBUTES, {name("A"): {"k": 1, "l": "two", "m": True}})
    save_shared(rest, device_of(rest, name("A")), {"k": "shared"})
    for request, answer in [
        ({"client": True, "key": "k"}, {"value": 1}),
        ({"client": False, "key": "k"}, {"value": "shared"}),
        ({"client": True, "keys": ["k", "l"]}, {"values": {"k": 1, "l": "two"}}),
        ({"client": True, "keys": ["l"]}, {"value": "two"}),
        ({"client": True, "keys": ["k", "nothing"]}, {"values": {"k": 1}}),
        ({"client": True, "keys": ["k", "k"]}, {"value": 1}),
        ({"client": True, "keys": []}, {"values": {"k": 1, "l": "two", "m": True}}),
        ({"client": True, "key": "nothing"}, {}),
        ({"client": False, "keys": ["nothing", "neither"]}, {}),
    ]:
        publish(connection, REQUEST, {"id": 17, "device": name("A"), **request})
        assert receive(connection, RESPONSE) == {"id": 17, "device": name("A"), **answer}
    publish(connection, REQUEST, {"id": 18, "device": name("new"), "client": True, "key": "k"})
    assert receive(connection, RESPONSE) == {"id": 18, "device": name("new")}
    assert is_active(rest, name("new"))


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_shared_attributes_are_pushed(connection, rest, name, qos):
    assert connection.listen(ATTRIBUTES, qos=qos) == [qos]
    publish(connection, CONNECT, {"device": name("A")})
    publish(connection, CONNECT, {"device": name("B")})
    a, b = device_of(rest, name("A")), device_of(rest, name("B"))
    save_shared(rest, a, {"interval": 10})
    assert receive(connection, ATTRIBUTES) == {"device": name("A"), "data": {"interval": 10}}
    save_shared(rest, b, {"interval": 20})
    assert receive(connection, ATTRIBUTES) == {"device": name("B"), "data": {"interval": 20}}
    rest.delete(f"/api/plugins/telemetry/DEVICE/{a.id}/SHARED_SCOPE", keys="interval")
    assert receive(connection, ATTRIBUTES) == {"device": name("A"), "data": {"deleted": ["interval"]}}
    publish(connection, DISCONNECT, {"device": name("A")})
    save_shared(rest, a, {"interval": 30})
    connection.settle()
    connection.expect_nothing(0)


def test_pushed_to_each_gateway_that_carries_the_device_and_to_the_device(new_device, connected, rest):
    """The device is connected itself, and through two gateways; all three see it, and it works for each."""
    device = new_device("ec")
    gateways = [connected(new_device("ec", additionalInfo={"gateway": True}), client_id="same") for _ in range(2)]
    direct = connected(device)
    direct.subscribe("v1/devices/me/attributes")
    for number, gateway in enumerate(gateways):
        gateway.subscribe(ATTRIBUTES)
        publish(gateway, TELEMETRY, {device.name: [{f"g{number}": 1}]})
    direct.publish_acked("v1/devices/me/telemetry", "{direct:1}")
    assert rest.latest(device) == {"g0": "1", "g1": "1", "direct": "1"}
    save_shared(rest, device, {"k": 1})
    assert json.loads(direct.receive().payload) == {"k": 1}
    for gateway in gateways:
        assert receive(gateway, ATTRIBUTES) == {"device": device.name, "data": {"k": 1}}
    gateways[0].close()
    direct.close()
    wait_until(lambda: "lastDisconnectTime" in rest.attributes(device, "SERVER_SCOPE"))
    assert is_active(rest, device.name), "one gateway still carries it"


# ---- calls ----------------------------------------------------------------------------------------------------------

def call(rest, device, way="twoway", **body):
    return rest.raw("POST", f"/api/rpc/{way}/{device.id}", json={"method": "m", "params": [1], **body})


def test_calls_reach_the_device_through_its_gateway(connection, rest, name):
    connection.listen(RPC)
    publish(connection, CONNECT, {"device": name("A")})
    device = device_of(rest, name("A"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, rest, device)
        request = receive(connection, RPC)
        assert request == {"device": name("A"), "data": {"id": request["data"]["id"], "method": "m", "params": [1]}}
        publish(connection, RPC, {"device": name("A"), "id": request["data"]["id"], "data": {"done": True}})
        assert (answer.result().status_code, answer.result().json()) == (200, {"done": True})
    assert call(rest, device, "oneway").status_code == 200
    assert receive(connection, RPC)["data"]["method"] == "m"
    publish(connection, RPC, {"device": name("A"), "id": 1, "data": "nobody waits for this"})


def test_calls_that_do_not_reach_the_device(connection, rest, name):
    publish(connection, CONNECT, {"device": name("A")})
    device = device_of(rest, name("A"))
    assert call(rest, device).status_code == 409, "the gateway did not subscribe"
    connection.listen(RPC)
    publish(connection, DISCONNECT, {"device": name("A")})
    assert call(rest, device).status_code == 409, "the device is not connected"


def test_calls_to_many_devices_are_not_mixed(gateway, paho_connected, rest, name):
    connection = paho_connected(gateway)
    connection.listen(RPC, qos=0)
    names = [name(str(number)) for number in range(40)]
    publish(connection, TELEMETRY, {one: [{"k": 1}] for one in names})
    devices = [device_of(rest, one) for one in names]
    rest.token()
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        answers = [pool.submit(call, rest, device, params=device.name) for device in devices]
        requests = [receive(connection, RPC) for _ in names]
        assert sorted(request["data"]["params"] for request in requests) == sorted(names)
        for request in reversed(requests):
            assert request["data"]["params"] == request["device"]
            wrong = name("0") if request["device"] != name("0") else name("1")
            publish(connection, RPC, {"device": wrong, "id": request["data"]["id"], "data": "wrong device"})
            publish(connection, RPC, {"device": request["device"], "id": request["data"]["id"], "data": request["device"]})
        assert [answer.result().json() for answer in answers] == names


# ---- who is a gateway -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("info", [None, {"gateway": False}, {"gateway": "yes"}, {"other": {"gateway": True}}])
@pytest.mark.parametrize("version", [4, 5])
def test_others_may_not(new_device, paho_connected, rest, name, version, info):
    connection = paho_connected(new_device("ec", additionalInfo=info), version=version)
    for topic in OTHER_TOPICS:
        answer = connection.publish_acked(topic, json.dumps({"device": name("A"), name("A"): []}))
        if version == 5:
            assert answer.reason == 0x90
            assert '"gateway": true' in answer.text
    connection.publish_acked("v1/devices/me/telemetry", "{a:1}")
    assert rest.get("/api/tenant/devices", pageSize=10, page=0, textSearch=name("A"))["data"] == []


def test_becoming_a_gateway_and_none_any_more(new_device, paho_connected, rest, name):
    device = new_device("ec")
    connection = paho_connected(device)
    assert connection.publish_acked(CONNECT, json.dumps({"device": name("A")})).reason == 0x90
    for is_gateway in (True, False):
        document = rest.get(f"/api/device/{device.id}")
        document["additionalInfo"] = {"gateway": is_gateway}
        rest.post("/api/device", document)
        connection.expect_disconnect(0x98)
        connection = paho_connected(device)
        reason = connection.publish_acked(CONNECT, json.dumps({"device": name("A")})).reason
        assert reason == (0 if is_gateway else 0x90)
    assert not is_active(rest, name("A"))


def test_a_label_may_change_while_it_works(gateway, paho_connected, rest, name):
    connection = paho_connected(gateway)
    publish(connection, CONNECT, {"device": name("A")})
    rest.post("/api/device", {**rest.get(f"/api/device/{gateway.id}"), "label": "cellar"})
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}]})


# ---- devices that end or change by REST -----------------------------------------------------------------------------

@pytest.mark.parametrize("version", [4, 5])
def test_the_gateway_is_told_of_a_deleted_device(gateway, paho_connected, rest, name, version):
    connection = paho_connected(gateway, version=version)
    connection.listen(DISCONNECT)
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}], name("B"): [{"k": 1}]})
    first = find(rest, name("A"))["id"]["id"]
    rest.delete(f"/api/device/{first}")
    assert receive(connection, DISCONNECT) == {"device": name("A"), "reason": 0x98}
    publish(connection, TELEMETRY, {name("B"): [{"k": 2}]})
    publish(connection, TELEMETRY, {name("A"): [{"l": 1}]})  # it is made again, and has nothing of the old one
    assert find(rest, name("A"))["id"]["id"] != first
    assert rest.latest(device_of(rest, name("A"))) == {"l": "1"}


def test_new_credentials_end_the_device_behind_the_gateway(connection, rest, name, certificates):
    connection.listen(DISCONNECT)
    publish(connection, CONNECT, {"device": name("A")})
    device = device_of(rest, name("A"))
    rest.save_certificate(device, certificates.ec().pem)
    assert receive(connection, DISCONNECT) == {"device": name("A"), "reason": 0x98}
    assert not is_active(rest, name("A"))
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}]})
    assert is_active(rest, name("A"))


def test_the_gateway_itself_is_deleted(gateway, paho_connected, rest, name):
    connection = paho_connected(gateway)
    publish(connection, CONNECT, {"device": name("A")})
    rest.delete(f"/api/device/{gateway.id}")
    connection.expect_disconnect(0x98)
    assert not is_active(rest, name("A"))


def test_a_renamed_device(connection, rest, name):
    """Under its new name it is the same device; the old name is free."""
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}]})
    device = find(rest, name("A"))
    rest.post("/api/device", {**device, "name": name("B")})
    publish(connection, TELEMETRY, {name("B"): [{"l": 1}]})
    assert rest.latest(device_of(rest, name("B"))) == {"k": "1", "l": "1"}
    publish(connection, TELEMETRY, {name("A"): [{"m": 1}]})
    assert find(rest, name("A"))["id"] != device["id"]
    assert is_active(rest, name("A")) and is_active(rest, name("B"))


# ---- bad input ------------------------------------------------------------------------------------------------------

BAD = [
    (CONNECT, "{"), (CONNECT, "{}"), (CONNECT, '{"device":""}'), (CONNECT, '{"device":"a\\nb"}'),
    (CONNECT, '{"device":"%s"}' % ("x" * 256)), (CONNECT, '{"device":[1]}'), (CONNECT, '{"device":"x","type":"\\u0001"}'),
    (DISCONNECT, "[]"), (DISCONNECT, "{}"),
    (TELEMETRY, ""), (TELEMETRY, '["x"]'), (TELEMETRY, '{"x":5}'), (TELEMETRY, '{"x":[{"k":1}],"y":[{"":1}]}'),
    (TELEMETRY, '{"":[{"k":1}]}'), (TELEMETRY, '{"x":[{"k":1}]}}'), (TELEMETRY, b'{"x\xff":[{"k":1}]}'),
    (ATTRIBUTES, '{"x":[1]}'), (ATTRIBUTES, '{"x":{"k":}}'),
    (REQUEST, '{"device":"x","client":true,"key":"k"}'), (REQUEST, '{"id":1,"device":"x"}'),
    (RPC, '{"device":"x","id":1}'), (RPC, '{"id":1,"data":1}'),
    (CLAIM, '{"x":5}'), (CLAIM, "5"),
]


@pytest.mark.parametrize("version", [4, 5])
def test_a_malformed_message_leaves_others_unharmed(gateway, paho_connected, rest, name, shared_server_lives, version):
    bystander = paho_connected(gateway, client_id="bystander")
    publish(bystander, CONNECT, {"device": name("A")})
    before = rest.get("/api/tenant/devices", pageSize=1, page=0)["totalElements"]
    connection = paho_connected(gateway, version=version, client_id="bad")
    for topic, body in BAD:
        if version == 5:
            answer = connection.publish_acked(topic, body)
            assert (answer.reason, bool(answer.text)) == (0x99, True), (topic, body)
            continue
        connection.send(topic, body)
        connection.expect_disconnect(0x99)
        assert connection.client.answers == {}, "no PUBACK"
        connection = paho_connected(gateway, version=version, client_id="bad")
    assert rest.get("/api/tenant/devices", pageSize=1, page=0)["totalElements"] == before, "nothing was made"
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}]})
    publish(bystander, TELEMETRY, {name("A"): [{"l": 1}]})
    assert rest.latest(device_of(rest, name("A"))) == {"k": "1", "l": "1"}


@pytest.mark.parametrize("version", [4, 5])
def test_limits(start_server, version):
    server = start_server({"mqtt.max_gateway_devices": 4, "telemetry.max_devices": 3, "telemetry.max_keys": 2})
    rest = server.rest
    gateway = rest.create_device("gw", additionalInfo={"gateway": True})
    for number in range(6):
        rest.create_device(f"d{number}")
    keys = [{"a": 1, "b": 2}]
    too_many_keys = {"d0": keys, "d1": [{"a": 1, "b": 2, "c": 3}]}
    too_many_devices = {f"d{number}": keys for number in range(4)}
    too_many_connected = {"d4": keys}
    connection = connect_device(server, gateway, version)
    publish(connection, TELEMETRY, {f"d{number}": keys for number in range(3)})  # 6 keys in all
    publish(connection, CONNECT, {"device": "d3"})
    for body in (too_many_keys, too_many_devices, too_many_connected):
        if version == 4:
            connection.publish(TELEMETRY, json.dumps(body))
            assert [p for p in connection.expect_closed() if p.kind == packets.PUBACK] == []
            connection = connect_device(server, gateway, version)
            for number in range(4):
                publish(connection, CONNECT, {"device": f"d{number}"})
            continue
        answer = connection.publish_acked(TELEMETRY, json.dumps(body))
        assert answer.reason == (0x97 if body is too_many_connected else 0x99)
        assert ("mqtt.max_gateway_devices" in answer.properties["reason_string"]) == (body is too_many_connected)
    publish(connection, DISCONNECT, {"device": "d1"})
    publish(connection, TELEMETRY, too_many_connected)
    assert rest.latest(device_of(rest, "d4")) == {"a": "1", "b": "2"}
    connection.close()


# ---- many -----------------------------------------------------------------------------------------------------------

def test_thousands_of_devices_on_one_connection(start_server):
    """Made, told, heard, each reached by a push, and gone with the gateway."""
    count = 2000
    server = start_server()
    rest = server.rest
    connection = connect_device(server, rest.create_device("gw", additionalInfo={"gateway": True}))
    connection.subscribe(ATTRIBUTES, qos=0)
    names = [f"device {number}" for number in range(count)]
    for start in range(0, count, 500):
        publish(connection, TELEMETRY, {name: [{"n": 1}] for name in names[start:start + 500]})
    for start in range(0, count, 500):
        publish(connection, TELEMETRY, {name: [{"n": 2}] for name in names[start:start + 500]})
    ids = {}
    for page in range(count // 1000 + 1):
        for device in rest.get("/api/tenant/devices", pageSize=1000, page=page)["data"]:
            ids[device["name"]] = device["id"]["id"]
    assert rest.latest(Device(ids[names[-1]], "")) == {"n": "2"}
    rest.post("/api/postern/attributes/SHARED_SCOPE", {"deviceIds": [ids[name] for name in names], "values": {"k": 1}})
    told = {json.loads(connection.receive(slower(20)).payload)["device"] for _ in range(count)}
    assert told == set(names)
    infos = rest.get("/api/tenant/deviceInfos", pageSize=1000, page=1, active="true")
    assert infos["totalElements"] == count + 1
    connection.close()
    wait_until(lambda: rest.get("/api/tenant/deviceInfos", pageSize=1, page=0, active="true")["totalElements"] == 0)
    for name in (names[0], names[-1]):
        wait_active_attribute(rest, name, False)


def test_devices_are_deleted_while_their_gateway_goes_on(start_server):
    """What is published about them meanwhile makes them anew; nothing of it is lost or laid to a number that is gone."""
    server = start_server()
    rest = server.rest
    connection = connect_device(server, rest.create_device("gw", additionalInfo={"gateway": True}))
    names = [f"d{number}" for number in range(10)]
    publish(connection, TELEMETRY, {name: [{"n": 0}] for name in names})
    done = threading.Event()

    def delete():
        for _ in range(5):
            for device in rest.get("/api/tenant/devices", pageSize=100, page=0)["data"]:
                if device["name"] != "gw":
                    rest.delete(f"/api/device/{device['id']['id']}")
        done.set()
    thread = threading.Thread(target=delete)
    thread.start()
    number = 0
    while not done.is_set() or number < 20:
        number += 1
        publish(connection, TELEMETRY, {name: [{"n": number}] for name in names})
    thread.join()
    publish(connection, TELEMETRY, {name: [{"last": 1}] for name in names})
    for name in names:
        assert rest.latest(device_of(rest, name))["last"] == "1"
    connection.close()


# ---- over HTTP ------------------------------------------------------------------------------------------------------

def test_over_http_a_gateway_speaks_for_itself_only(server, gateway, rest, name):
    """The HTTP device API has no gateway in it, as ThingsBoard's has none."""
    with HttpDevice(server, identity=gateway.identity) as client:
        assert client.post("telemetry", {"devices": 2}).status_code == 200
        for path in ("gateway/connect", "gateway/telemetry", "gateway/attributes"):
            assert client.post(path, {"device": name("A"), name("A"): []}).status_code == 404
    assert rest.latest(gateway) == {"devices": "2"}
    assert rest.get("/api/tenant/devices", pageSize=10, page=0, textSearch=name("A"))["data"] == []


# ---- clients of others ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", [4, 5])
def test_paho(server, gateway, rest, name, version):
    """As the Python gateway SDK does it: subscribe, connect devices, publish, answer."""
    client = PahoDevice(server, gateway, version)
    assert client.subscribe([(topic, 1) for topic in (ATTRIBUTES, RESPONSE, RPC)]) == [1, 1, 1]

    def messages(count):
        return [(message.topic, json.loads(message.payload)) for message in client.wait_messages(count)]

    def send(topic, body):
        client.publish(topic, json.dumps(body), 1)
    send(CONNECT, {"device": name("A"), "type": "thermostat"})
    send(ATTRIBUTES, {name("A"): {"model": "t1"}})
    send(TELEMETRY, {name("A"): [{"ts": 1000, "values": {"temperature": 21.5}}]})
    send(REQUEST, {"device": name("A"), "keys": ["model"], "client": True, "id": 1})
    device = device_of(rest, name("A"))
    assert find(rest, name("A"))["type"] == "thermostat"
    assert messages(1) == [(RESPONSE, {"id": 1, "device": name("A"), "value": "t1"})]
    save_shared(rest, device, {"target": 20})
    assert messages(2)[1] == (ATTRIBUTES, {"device": name("A"), "data": {"target": 20}})
    assert rest.latest(device, strict=True) == {"temperature": 21.5}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, rest, device)
        request = messages(3)[2][1]
        send(RPC, {"device": name("A"), "id": request["data"]["id"], "data": {"success": True}})
        assert answer.result().json() == {"success": True}
    send(DISCONNECT, {"device": name("A")})
    assert not is_active(rest, name("A"))
    client.disconnect()


@pytest.mark.parametrize("version", ["311", "5"])
def test_mosquitto(server, gateway, rest, name, version):
    done = mosquitto.publish(server, gateway, json.dumps({name("A"): [{"k": 1}]}), "-V", version, topic=TELEMETRY)
    assert done.returncode == 0, done.stdout + done.stderr
    device = device_of(rest, name("A"))
    assert rest.latest(device) == {"k": "1"}
    wait_until(lambda: not is_active(rest, name("A")))


def test_killed_gateway_is_inactive(server, gateway, rest, name):
    """The process is killed while it holds the connection: the devices are inactive soon."""
    sender = subprocess.Popen(["mosquitto_pub", "-h", "localhost", "-p", str(server.mqtts_port), "--cafile", str(server.chain),
                               "--cert", str(gateway.identity.cert), "--key", str(gateway.identity.key), "-l", "-q", "1",
                               "-t", TELEMETRY], stdin=subprocess.PIPE, text=True)
    sender.stdin.write(json.dumps({name("A"): [{"k": 1}], name("B"): [{"k": 1}]}) + "\n")
    sender.stdin.flush()

    def both_active():
        found = rest.get("/api/tenant/devices", pageSize=10, page=0, textSearch=name(""))["data"]
        return len(found) == 2 and all(is_active(rest, device["name"]) for device in found)
    wait_until(both_active)
    sender.kill()
    sender.wait()
    wait_until(lambda: not is_active(rest, name("A")) and not is_active(rest, name("B")))


@pytest.mark.parametrize("version", [4, 5])
def test_the_will_of_a_gateway(gateway, paho_connected, rest, name, version):
    will = {name("A"): [{"gone": 1}], name("B"): [{"gone": 1}]}
    connection = paho_connected(gateway, version=version, will=(TELEMETRY, json.dumps(will), 1))
    publish(connection, TELEMETRY, {name("A"): [{"k": 1}], name("B"): [{"k": 1}]})
    connection.cut_cable()
    rest.wait_latest(device_of(rest, name("A")), {"gone": "1"})
    rest.wait_latest(device_of(rest, name("B")), {"gone": "1"})


def test_durable_when_acknowledged(start_server):
    server = start_server()
    gateway = server.rest.create_device("gw", additionalInfo={"gateway": True})
    connection = connect_device(server, gateway)
    publish(connection, TELEMETRY, {f"d{number}": [{"k": number}] for number in range(100)})
    server.kill()
    server.start()
    server.rest.forget_login()
    for number in (0, 99):
        assert server.rest.latest(device_of(server.rest, f"d{number}")) == {"k": str(number)}
    with pytest.raises(Closed):
        connection.read()
