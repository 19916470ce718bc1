"""Firmware and software of devices: what they are told, and how they load it. Device API section 8."""

import hashlib
import json
import os
import socket
import subprocess
import time

import paho.mqtt.client as paho
import pytest

from support.connection import Connection
from support.ota import assign, make_package, upload, uploaded, wait_shared
from support.rest import Device
from support.server import slower

SUBSCRIPTIONS = ("v2/fw/response/+/chunk/+", "v2/fw/error")


def attributes_of(package, prefix="fw", **more):
    return {f"{prefix}_title": package["title"], f"{prefix}_version": package["version"], f"{prefix}_size": package["dataSize"],
            f"{prefix}_checksum": package["checksum"], f"{prefix}_checksum_algorithm": package["checksumAlgorithm"], **more}


def states(rest, device, key="fw_state"):
    found = rest.history(device, key, 0, int(time.time() * 1000) + 60_000, orderBy="ASC", limit=1000)
    return [entry["value"] for entry in found.get(key, [])]


@pytest.fixture
def device(new_device):
    return new_device("token")


def received(connection, count):
    """Attribute messages, joined: they may come one by one."""
    return [json.loads(connection.receive().payload) for _ in range(count)]


# being told

def test_a_device_is_told_what_to_install(server, rest, device, paho_connected):
    connection = paho_connected(device)
    connection.listen("v1/devices/me/attributes")
    package = uploaded(rest, b"123456789", checksumAlgorithm="CRC32")
    assert package["checksum"] == "2639f4cb"
    assert assign(rest, device, firmware=package)["firmwareId"] == package["id"]
    assert received(connection, 1) == [attributes_of(package)]
    wait_shared(rest, device, attributes_of(package))
    assert states(rest, device) == ["QUEUED", "INITIATED"]
    latest = rest.latest(device)
    assert latest["target_fw_title"] == package["title"] and latest["target_fw_version"] == "1.10"
    connection.publish_acked("v1/devices/me/telemetry", '{"current_fw_title":"%s","fw_state":"UPDATED"}' % package["title"])
    assert states(rest, device) == ["QUEUED", "INITIATED", "UPDATED"]


def test_a_device_is_told_when_there_is_nothing_any_more(server, rest, device, paho_connected):
    package = uploaded(rest, b"1")
    assign(rest, device, firmware=package)
    wait_shared(rest, device, attributes_of(package))
    connection = paho_connected(device)
    connection.listen("v1/devices/me/attributes")
    assign(rest, device)
    deleted = received(connection, 1)[0]["deleted"]
    assert set(attributes_of(package)) <= set(deleted)
    wait_shared(rest, device, {})


def test_what_lies_elsewhere_is_told_by_its_url(server, rest, device):
    file = uploaded(rest, b"1")
    link = make_package(rest, tag="far", usesUrl=True, url="https://example.org/fw.bin")
    assign(rest, device, firmware=file)
    wait_shared(rest, device, attributes_of(file))
    assign(rest, device, firmware=link)
    wait_shared(rest, device, {"fw_title": link["title"], "fw_version": "1.10", "fw_tag": "far", "fw_url": link["url"]})


def make_profile(rest, name, **members):
    return rest.post("/api/deviceProfile", {"name": name, "type": "DEFAULT", "transportType": "DEFAULT", **members,
                                            "profileData": {"configuration": {"type": "DEFAULT"},
                                                            "transportConfiguration": {"type": "DEFAULT"}}})


def test_a_profiles_package_is_for_all_without_their_own(server, rest, device_name, paho_connected):
    profile = make_profile(rest, device_name())
    common, special = (uploaded(rest, data, profile=profile["id"]) for data in (b"common", b"special"))
    devices = [rest.create_device(device_name(), deviceProfileId=profile["id"]) for _ in range(20)]
    assign(rest, devices[7], firmware=special)
    connection = paho_connected(devices[0])
    connection.listen("v1/devices/me/attributes")
    profile = rest.post("/api/deviceProfile", {**profile, "firmwareId": common["id"]})
    assert profile["firmwareId"] == common["id"]
    assert received(connection, 1) == [attributes_of(common)]
    for number, device in enumerate(devices):
        wait_shared(rest, device, attributes_of(special if number == 7 else common))
        assert states(rest, device) == ["QUEUED", "INITIATED"]
    assign(rest, devices[7])
    wait_shared(rest, devices[7], attributes_of(common))
    later = rest.create_device(device_name(), deviceProfileId=profile["id"])
    wait_shared(rest, later, attributes_of(common))
    assert rest.raw("DELETE", f"/api/otaPackage/{common['id']['id']}").status_code == 400
    profile = rest.post("/api/deviceProfile", {**profile, "firmwareId": None})
    for device in (*devices, later):
        wait_shared(rest, device, {})
    assert rest.raw("DELETE", f"/api/otaPackage/{common['id']['id']}").status_code == 200


def test_a_provisioned_device_is_told(server, rest, device_name):
    name = device_name()
    profile = make_profile(rest, name)
    package = uploaded(rest, b"1", profile=profile["id"])
    profile.update(firmwareId=package["id"], provisionType="ALLOW_CREATE_NEW_DEVICES", provisionDeviceKey=name)
    profile["profileData"]["provisionConfiguration"] = {"type": "ALLOW_CREATE_NEW_DEVICES", "provisionDeviceSecret": "secret"}
    rest.post("/api/deviceProfile", profile)
    with Connection(socket.create_connection(("127.0.0.1", server.mqtt_port))) as connection:
        connection.log_in(username="provision")
        connection.subscribe("/provision/response")
        connection.publish("/provision/request", json.dumps({"deviceName": name, "provisionDeviceKey": name,
                                                             "provisionDeviceSecret": "secret"}), qos=0)
        assert json.loads(connection.receive().payload)["status"] == "SUCCESS"
    made = rest.get("/api/tenant/devices", deviceName=name)
    wait_shared(rest, Device(made["id"]["id"], name), attributes_of(package))


def test_packages_that_do_not_fit_are_refused(server, rest, device, device_name):
    empty, software = make_package(rest), uploaded(rest, b"1", kind="SOFTWARE")
    foreign = uploaded(rest, b"1", profile=make_profile(rest, device_name())["id"])
    for package, why in ((empty, "empty data"), (software, "type: SOFTWARE"), (foreign, "different deviceProfile")):
        document = {**rest.get(f"/api/device/{device.id}"), "firmwareId": package["id"]}
        answer = rest.raw("POST", "/api/device", json=document)
        assert answer.status_code == 400 and why in answer.json()["message"]
    assert states(rest, device) == []


def test_a_kill_forgets_no_device(start_server, device_name):
    server = start_server()
    rest = server.rest
    package = uploaded(rest, b"1")
    devices = [rest.create_device(device_name()) for _ in range(200)]
    profile = rest.get(f"/api/deviceProfile/{rest.get('/api/deviceProfileInfo/default')['id']['id']}")
    rest.post("/api/deviceProfile", {**profile, "firmwareId": package["id"]})
    server.kill()
    server.start()
    for device in devices:
        wait_shared(rest, device, attributes_of(package))
    assert rest.get(f"/api/deviceProfile/{profile['id']['id']}")["firmwareId"] == package["id"]


# loading

def request(server, device, number, size, request_id=1, kind="fw"):
    """One chunk by mosquitto_rr, as bytes."""
    topic = f"v2/{kind}/%s/{request_id}/chunk/{number}"
    done = subprocess.run(["mosquitto_rr", "-h", "localhost", "-p", str(server.mqtts_port), "--cafile", str(server.chain), "-u",
                           device.token, "-q", "1", "-N", "-W", "10", "-t", topic % "request", "-e", topic % "response", "-m",
                           str(size)], capture_output=True, timeout=slower(20), check=True)
    return done.stdout


@pytest.mark.parametrize("kind", ["fw", "sw"])
def test_mosquitto_loads_chunk_by_chunk(server, rest, device, kind):
    data = os.urandom(50_000)
    package = uploaded(rest, data, kind={"fw": "FIRMWARE", "sw": "SOFTWARE"}[kind])
    assign(rest, device, **{{"fw": "firmware", "sw": "software"}[kind]: package})
    wait_shared(rest, device, attributes_of(package, kind))
    loaded = b"".join(request(server, device, number, 16_384, kind=kind) for number in range(4))
    assert len(loaded) == package["dataSize"]
    assert hashlib.sha256(loaded).hexdigest() == package["checksum"]


@pytest.mark.parametrize("protocol", [paho.MQTTv311, paho.MQTTv5])
def test_paho_loads_and_checks(server, rest, device, protocol):
    """Told by a push, asks for chunks by the size it was told, checks, reports."""
    data = os.urandom(200_000)
    package = make_package(rest)
    assert upload(rest, package, data).status_code == 200
    told, chunks, subscribed = {}, {}, []
    client = paho.Client(protocol=protocol)
    client.username_pw_set(device.token)

    def on_message(_client, _userdata, message):
        if message.topic == "v1/devices/me/attributes":
            told.update(json.loads(message.payload))
        else:
            chunks[int(message.topic.rsplit("/", 1)[1])] = message.payload
    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.connect("127.0.0.1", server.mqtt_port)
    client.loop_start()
    client.subscribe([("v1/devices/me/attributes", 1), (SUBSCRIPTIONS[0], 1)])

    def wait(condition):
        deadline = time.monotonic() + slower(10)
        while not condition():
            assert time.monotonic() < deadline, (told, len(chunks))
            time.sleep(0.005)
    wait(lambda: subscribed)
    assign(rest, device, firmware=package)
    wait(lambda: "fw_size" in told)
    for number in range(0, (told["fw_size"] + 8191) // 8192):
        client.publish(f"v2/fw/request/3/chunk/{number}", "8192" if number == 0 else "", qos=1)
        wait(lambda number=number: number in chunks)
    loaded = b"".join(chunks[number] for number in sorted(chunks))
    assert hashlib.sha256(loaded).hexdigest() == told["fw_checksum"]
    client.publish("v1/devices/me/telemetry", '{"fw_state":"VERIFIED"}', qos=1).wait_for_publish(10)
    rest.wait_latest(device, {"fw_state": "VERIFIED"})
    client.disconnect()
    client.loop_stop()


@pytest.fixture(params=[4, 5])
def asking(request, device, paho_connected):
    client = paho_connected(device, version=request.param)
    assert client.listen(*SUBSCRIPTIONS, "v2/sw/error", "v2/sw/response/+/chunk/+") == [1] * 4
    return client


def ask(client, payload, number=0, request_id=1, kind="fw", qos=1):
    """@return the answer"""
    client.publish(f"v2/{kind}/request/{request_id}/chunk/{number}", payload, qos)
    return client.receive()


def test_what_cannot_be_loaded_is_told(server, rest, device, asking):
    message = ask(asking, "100")
    assert (message.topic, message.payload) == ("v2/fw/error", b"NOT_FOUND: no firmware is assigned to the device")
    message = ask(asking, "100", kind="sw")
    assert (message.topic, message.payload) == ("v2/sw/error", b"NOT_FOUND: no software is assigned to the device")
    package = uploaded(rest, bytes(530_000))
    assign(rest, device, firmware=package)
    for payload, word in (("", b"PAYLOAD_TOO_LARGE"), ("0", b"PAYLOAD_TOO_LARGE"), ("524289", b"PAYLOAD_TOO_LARGE"),
                          ("-1", b"BAD_REQUEST"), ("1e3", b"BAD_REQUEST"), ("\x00", b"BAD_REQUEST")):
        message = ask(asking, payload)
        assert message.topic == "v2/fw/error" and message.payload.startswith(word)
    assert len(ask(asking, "524288").payload) == 524_288
    asking.settle()


def test_a_whole_file_at_once(server, rest, device, asking):
    """As ThingsBoard's Python SDK asks when nobody has set a chunk size."""
    data = os.urandom(300_000)
    assign(rest, device, firmware=uploaded(rest, data))
    assert ask(asking, "0").payload == data


@pytest.mark.parametrize("kind", ["fw", "sw"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_sizes_are_remembered_for_a_request(server, rest, device, asking, qos, kind):
    data = os.urandom(1000)
    if kind == "fw":
        assign(rest, device, firmware=uploaded(rest, data))
    else:
        assign(rest, device, software=uploaded(rest, data, kind="SOFTWARE"))
    message = ask(asking, "300", 0, 7, kind, qos)
    assert (message.topic, message.payload) == (f"v2/{kind}/response/7/chunk/0", data[:300])
    message = ask(asking, "", 3, 7, kind, qos)
    assert (message.topic, message.payload) == (f"v2/{kind}/response/7/chunk/3", data[900:])
    assert ask(asking, "", 4, 7, kind, qos).payload == b""
    assert ask(asking, "", 0, 8, kind, qos).payload == data
    assert ask(asking, "0", 0, 9, kind, qos).payload == data


def test_a_download_is_of_one_package(server, rest, device, asking):
    first, second = os.urandom(1000), os.urandom(1000)
    assign(rest, device, firmware=uploaded(rest, first))
    assert ask(asking, "400").payload == first[:400]
    assign(rest, device, firmware=uploaded(rest, second))
    assert ask(asking, "", 1).payload == first[400:800]
    assert ask(asking, "", 0).payload == second[:400]
    assert ask(asking, "", 1).payload == second[400:800]


@pytest.mark.parametrize("topic", ["v2/fw/request/1/chunk/-1", "v2/fw/request/x/chunk/0", "v2/fw/request/1/chunk",
                                   "v2/fw/request/1/chunk/2147483648", "v2/xw/request/1/chunk/0"])
def test_other_topics_are_none(device, paho_connected, topic):
    client = paho_connected(device)
    assert client.publish_acked(topic, "1").reason == 0x90
    client.settle()
