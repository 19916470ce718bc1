"""What ThingsBoard's Python SDK sends (tb_device_mqtt, tb_gateway_mqtt), with paho in its place: its topics, its payloads
and its order, and what it waits for. It speaks MQTT 5.0 today and spoke 3.1.1 before; provisioning still does."""

import concurrent.futures
import hashlib
import json
import os
import secrets
import time

import pytest

from support.ota import assign, uploaded, wait_shared
from support.people import CustomerUser
from support.paho_device import PahoDevice
from support.rest import Device
from support.server import slower

ATTRIBUTES, TELEMETRY, CLAIM = "v1/devices/me/attributes", "v1/devices/me/telemetry", "v1/devices/me/claim"
ASK, ANSWER = "v1/devices/me/attributes/request/", "v1/devices/me/attributes/response/"
RPC_REQUEST, RPC_RESPONSE = "v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"
GATEWAY = "v1/gateway/"
FIRMWARE_KEYS = "fw_checksum,fw_checksum_algorithm,fw_size,fw_title,fw_version"


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.fixture(params=[4, 5])
def sdk(request, device, paho_connected):
    """Connected as the SDK is: its four subscriptions, and the question how much it may send."""
    client = paho_connected(device, version=request.param, keep_alive=120)
    assert client.listen(ATTRIBUTES, ANSWER + "+", RPC_REQUEST + "+", RPC_RESPONSE + "+") == [1] * 4
    send(client, RPC_REQUEST + "1", {"method": "getSessionLimits", "params": {"timeout": 5000}})
    assert "error" in received(client, RPC_RESPONSE + "1"), "which it takes for its own defaults"
    return client


def send(client, topic, body):
    """As _publish_data() does: QoS 1. Acknowledged as done."""
    assert client.publish_acked(topic, json.dumps(body)).reason == 0


def received(client, topic):
    message = client.receive()
    assert message.topic == topic
    return json.loads(message.payload)


def save_shared(rest, device, **values):
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", values)


@pytest.fixture
def calls(rest):
    """calls(device, body): a call of a user to a device, as a future."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield lambda device, body, way="twoway": pool.submit(rest.raw, "POST", f"/api/rpc/{way}/{device.id}", json=body)


# a device

def test_telemetry_and_attributes(sdk, device, rest):
    send(sdk, TELEMETRY, [{"temperature": 41.9, "enabled": False, "currentFirmwareVersion": "v1.2.2"}])
    send(sdk, TELEMETRY, {"ts": 1451649600512, "values": {"humidity": 60}})
    send(sdk, TELEMETRY, [{"ts": 1451649600000 + n, "values": {"n": n}} for n in range(100)])
    send(sdk, ATTRIBUTES, {"sensorModel": "DHT-22", "attribute_2": "value"})
    assert rest.latest(device, strict=True) == {"temperature": 41.9, "enabled": False, "currentFirmwareVersion": "v1.2.2",
                                                "humidity": 60, "n": 99}
    assert len(rest.history(device, "n", 1451649600000, 1451649700000, limit=1000)["n"]) == 100
    assert rest.attributes(device) == {"sensorModel": "DHT-22", "attribute_2": "value"}


def test_request_attributes(sdk, device, rest):
    send(sdk, ATTRIBUTES, {"model": "x", "unasked": 1})
    save_shared(rest, device, target=20)
    assert received(sdk, ATTRIBUTES) == {"target": 20}
    send(sdk, ASK + "1", {"clientKeys": "model,configuration", "sharedKeys": "target"})
    assert received(sdk, ANSWER + "1") == {"client": {"model": "x"}, "shared": {"target": 20}}
    send(sdk, ASK + "2", {"sharedKeys": "target"})
    assert received(sdk, ANSWER + "2") == {"shared": {"target": 20}}


def test_attribute_updates(sdk, device, rest):
    save_shared(rest, device, uploadFrequency=10, target=20)
    assert received(sdk, ATTRIBUTES) == {"uploadFrequency": 10, "target": 20}
    rest.delete(f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE", keys="target")
    assert received(sdk, ATTRIBUTES) == {"deleted": ["target"]}


def test_server_side_rpc(sdk, device, calls):
    answer = calls(device, {"method": "getCPULoad", "params": {"core": 1}})
    message = sdk.receive()
    assert json.loads(message.payload) == {"method": "getCPULoad", "params": {"core": 1}}
    send(sdk, RPC_RESPONSE + message.topic[len(RPC_REQUEST):], {"CPU load": 12.5})
    assert (answer.result().status_code, answer.result().json()) == (200, {"CPU load": 12.5})


def test_client_side_rpc(sdk):
    send(sdk, RPC_REQUEST + "2", {"method": "getTime", "params": {}})
    assert abs(received(sdk, RPC_RESPONSE + "2")["time"] - time.time() * 1000) < 60000
    send(sdk, RPC_REQUEST + "3", {"method": "nobodyKnowsThis", "params": {}})
    assert "nobody answers" in received(sdk, RPC_RESPONSE + "3")["error"]


def test_claim(sdk, device, rest):
    send(sdk, CLAIM, {"secretKey": "DEVICE_SECRET_KEY", "durationMs": 30000})
    user = CustomerUser(rest)
    claimed = user.post(f"/api/customer/device/{device.name}/claim", {"secretKey": "DEVICE_SECRET_KEY"})
    assert claimed["response"] == "SUCCESS" and claimed["device"]["id"]["id"] == device.id


# provisioning

@pytest.fixture
def key(rest, device_name):
    """What the profile's devices know."""
    name = device_name()
    made = {"type": "ALLOW_CREATE_NEW_DEVICES", "provisionDeviceSecret": "secret-" + name}
    rest.post("/api/deviceProfile", {
        "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": made["type"],
        "provisionDeviceKey": "key-" + name,
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                        "provisionConfiguration": made}})
    return {"provisionDeviceKey": "key-" + name, "provisionDeviceSecret": "secret-" + name}


@pytest.fixture
def provision(paho_connected):
    """TBDeviceMqttClient.provision(): a session of its own, QoS 0."""
    def ask(request):
        client = paho_connected(Device("", ""), version=4, username="provision")
        assert client.listen("/provision/response", qos=0) == [0]
        client.publish("/provision/request", json.dumps(request), 0)
        answer = received(client, "/provision/response")
        client.disconnect()
        return answer
    return ask


def is_let_in(server, device, **options):
    PahoDevice(server, device, 5, **options).disconnect()
    return True


def test_provision_with_a_token(server, key, provision, device_name):
    answer = provision({**key, "deviceName": device_name()})
    assert (answer["status"], answer["credentialsType"]) == ("SUCCESS", "ACCESS_TOKEN")
    assert is_let_in(server, Device("", "", token=answer["credentialsValue"]))
    token = secrets.token_hex(8)
    answer = provision({**key, "token": token, "credentialsType": "ACCESS_TOKEN", "deviceName": device_name(), "gateway": True})
    assert answer == {"credentialsValue": token, "credentialsType": "ACCESS_TOKEN", "status": "SUCCESS"}
    assert is_let_in(server, Device("", "", token=token))


def test_provision_with_mqtt_basic(server, key, provision, device_name):
    name = device_name()
    answer = provision({**key, "username": "u-" + name, "password": "p", "clientId": "c-" + name, "credentialsType": "MQTT_BASIC",
                        "deviceName": name})
    assert answer["status"] == "SUCCESS"
    assert answer["credentialsValue"] == {"clientId": "c-" + name, "userName": "u-" + name, "password": "p"}
    assert is_let_in(server, Device("", ""), client_id="c-" + name, username="u-" + name, password="p")


def test_provision_with_a_certificate(server, key, provision, device_name, certificates):
    identity = certificates.ec()
    answer = provision({**key, "hash": identity.pem, "credentialsType": "X509_CERTIFICATE", "deviceName": device_name()})
    assert (answer["status"], answer["credentialsType"]) == ("SUCCESS", "X509_CERTIFICATE")
    assert is_let_in(server, Device("", "", identity=identity))


def test_provision_refused(key, provision, device_name):
    name = device_name()
    assert provision({**key, "deviceName": name})["status"] == "SUCCESS"
    assert provision({**key, "deviceName": name}) == {"status": "FAILURE", "errorMsg": "Failed to provision device!"}
    assert provision({**key, "provisionDeviceSecret": "x", "deviceName": name}) == {
        "status": "NOT_FOUND", "errorMsg": "Provision data was not found!"}


# firmware

def report(client, state, title="Initial", version="v0"):
    time.sleep(0.002)  # a second in the SDK; states of the same millisecond would replace each other
    send(client, TELEMETRY, [{"current_fw_title": title, "current_fw_version": version, "fw_state": state, "fw_error": ""}])


@pytest.mark.parametrize("chunk_size,size", [(0, 60_000), (8192, 50_000)], ids=["whole", "chunks"])
def test_firmware_update(sdk, device, rest, chunk_size, size):
    """get_firmware_update(), then what its callbacks do. The SDK subscribes to what no chunk's topic matches, does not look at the
    answer, and ThingsBoard sends the chunks all the same."""
    data = os.urandom(size)
    package = uploaded(rest, data)
    assign(rest, device, firmware=package)
    assert "fw_size" in received(sdk, ATTRIBUTES)
    assert sdk.listen("v2/fw/response/+")[0] >= 0x80
    report(sdk, "IDLE")
    send(sdk, ASK + "1", {"sharedKeys": FIRMWARE_KEYS})
    told = received(sdk, ANSWER + "1")["shared"]
    assert sorted(told) == FIRMWARE_KEYS.split(",")
    report(sdk, "DOWNLOADING")
    loaded, chunk = b"", 0
    while len(loaded) < told["fw_size"]:
        assert sdk.publish_acked(f"v2/fw/request/1/chunk/{chunk}", str(chunk_size or "")).reason == 0
        message = sdk.receive()
        assert message.topic == f"v2/fw/response/1/chunk/{chunk}"
        loaded, chunk = loaded + message.payload, chunk + 1
    report(sdk, "DOWNLOADED")
    assert told["fw_checksum_algorithm"] == "SHA256" and hashlib.sha256(loaded).hexdigest() == told["fw_checksum"]
    report(sdk, "VERIFIED")
    report(sdk, "UPDATING")
    report(sdk, "UPDATED", told["fw_title"], told["fw_version"])
    states = rest.history(device, "fw_state", 0, int(time.time() * 1000) + 60_000, orderBy="ASC", limit=100)["fw_state"]
    assert [entry["value"] for entry in states][-6:] == ["IDLE", "DOWNLOADING", "DOWNLOADED", "VERIFIED", "UPDATING", "UPDATED"]
    assert rest.latest(device)["current_fw_title"] == package["title"]
    wait_shared(rest, device, {f"fw_{key}": told[f"fw_{key}"] for key in ("title", "version", "size", "checksum", "checksum_algorithm")})


def test_firmware_that_is_not_there_is_told_without_a_subscription(sdk):
    assert sdk.publish_acked("v2/fw/request/1/chunk/0", "").reason == 0
    message = sdk.receive()
    assert (message.topic, message.payload) == ("v2/fw/error", b"NOT_FOUND: no firmware is assigned to the device")


# a gateway

@pytest.fixture(params=[4, 5])
def gateway(request, new_device, paho_connected):
    """TBGatewayMqttClient: subscribed as a device, and as a gateway."""
    client = paho_connected(new_device("token", additionalInfo={"gateway": True}), version=request.param)
    assert client.listen(ATTRIBUTES, ANSWER + "+", RPC_REQUEST + "+", RPC_RESPONSE + "+") == [1] * 4
    for topic in ("attributes", "attributes/response", "rpc"):
        assert client.listen(GATEWAY + topic) == [1]
    return client


@pytest.fixture
def name(device_name):
    return device_name()


def find(rest, name):
    found = rest.get("/api/tenant/devices", deviceName=name)
    return Device(found["id"]["id"], name)


def test_gateway_data(gateway, rest, name):
    send(gateway, GATEWAY + "connect", {"device": name, "type": "default"})
    send(gateway, GATEWAY + "attributes", {name: {"atr1": 1, "atr2": True, "atr3": "value3"}})
    send(gateway, GATEWAY + "telemetry", {name: [{"ts": 1451649600000, "values": {"key1": "11"}}, {"key2": "12"}]})
    device = find(rest, name)
    assert rest.attributes(device) == {"atr1": 1, "atr2": True, "atr3": "value3"}
    assert rest.latest(device) == {"key1": "11", "key2": "12"}
    send(gateway, GATEWAY + "disconnect", {"device": name})
    deadline = time.monotonic() + slower(10)
    while rest.get(f"/api/device/info/{device.id}")["active"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    send(gateway, TELEMETRY, [{"devices_count": 1}])  # it is a device, too


def test_gateway_attributes(gateway, rest, name):
    send(gateway, GATEWAY + "connect", {"device": name, "type": "default"})
    send(gateway, GATEWAY + "attributes", {name: {"model": "x", "serial": 5}})
    save_shared(rest, find(rest, name), frequency=3)
    assert received(gateway, GATEWAY + "attributes") == {"device": name, "data": {"frequency": 3}}
    send(gateway, GATEWAY + "attributes/request", {"keys": ["model", "serial"], "device": name, "client": True, "id": 1})
    assert received(gateway, GATEWAY + "attributes/response") == {"id": 1, "device": name, "values": {"model": "x", "serial": 5}}
    send(gateway, GATEWAY + "attributes/request", {"keys": ["frequency"], "device": name, "client": False, "id": 2})
    assert received(gateway, GATEWAY + "attributes/response") == {"id": 2, "device": name, "value": 3}


def test_gateway_rpc(gateway, rest, name, calls):
    send(gateway, GATEWAY + "connect", {"device": name, "type": "default"})
    answer = calls(find(rest, name), {"method": "toggle", "params": {"pin": 4}})
    request = received(gateway, GATEWAY + "rpc")
    assert request == {"device": name, "data": {"id": request["data"]["id"], "method": "toggle", "params": {"pin": 4}}}
    send(gateway, GATEWAY + "rpc", {"device": name, "id": request["data"]["id"], "data": {"success": True}})
    assert answer.result().json() == {"success": True}


def test_gateway_claim(gateway, rest, name):
    send(gateway, GATEWAY + "connect", {"device": name, "type": "default"})
    send(gateway, GATEWAY + "claim", {name: {"secretKey": "key", "durationMs": 30000}})
    assert CustomerUser(rest).post(f"/api/customer/device/{name}/claim", {"secretKey": "key"})["response"] == "SUCCESS"


def test_gateway_is_told_of_a_deleted_device(gateway, rest, name):
    assert gateway.listen(GATEWAY + "disconnect") == [1]
    send(gateway, GATEWAY + "connect", {"device": name, "type": "default"})
    rest.delete(f"/api/device/{find(rest, name).id}")
    assert received(gateway, GATEWAY + "disconnect") == {"device": name, "reason": 0x98}
