"""What a device sends and may not, as paho hears of it in both versions: 5.0 is told the reason, 3.1.1 is cut off or, for a topic
that is none, acknowledged. Somebody else's session goes on. Device API sections 1 to 6; the door's refusals are in test_door.py,
a gateway's in test_gateway.py."""

import json

import pytest

from support.paho_device import properties

TELEMETRY, ATTRIBUTES = "v1/devices/me/telemetry", "v1/devices/me/attributes"
VERSIONS = pytest.mark.parametrize("version", [4, 5])


@pytest.fixture
def device(new_device):
    return new_device("token")


def events(rest, device):
    return rest.get(f"/api/postern/device/{device.id}/events", pageSize=100, page=0)["data"]


@VERSIONS
@pytest.mark.parametrize("topic,payload", [
    (TELEMETRY, "{"), (TELEMETRY, b'{"a":"\xff"}'), ("v2/t", "[1]"), ("v2/t/j", '{"a":1}x'),
    (ATTRIBUTES, "[1]"), ("v2/a", "5"), ("v2/a/j", '{"":1}'), ("v2/t/p", b"\x12"), ("v2/a/p", b"\x12"),
    (ATTRIBUTES + "/request/1", "{"), ("v2/a/req/1", "{"), ("v2/a/req/p/1", b"\x0a\x05"),
    ("v1/devices/me/rpc/response/1", "{a:"), ("v2/r/res/1", "{a:"),
    ("v1/devices/me/rpc/request/1", "{method:"), ("v2/r/req/1", "{method:"),
    ("v1/devices/me/claim", "{durationMs:-1}"),
], ids=lambda value: value if isinstance(value, str) and "/" in value else "")
def test_invalid_payload(device, paho_connected, rest, bystander, version, topic, payload):
    client = paho_connected(device, version=version)
    if version == 5:
        for qos in (1, 2):
            answer = client.publish_acked(topic, payload, qos)
            assert answer.reason == 0x99 and answer.text
        client.settle()
    else:
        client.send(topic, payload)
        client.expect_disconnect(0x99)
        assert client.client.answers == {}, "no PUBACK"
    assert rest.latest(device) == {} and rest.attributes(device) == {}
    refused = next(event for event in events(rest, device) if event["type"] == "MESSAGE_REFUSED")
    assert refused["reason"]


@VERSIONS
@pytest.mark.parametrize("topic", ["sensors/kitchen", "v1/devices/me/telemtry", "v1/devices/me/rpc/request/x", "v2/x", "v2/t/x",
                                   "v2/fw/request/1", ATTRIBUTES + "/response/1", "/provision/request"])
def test_unknown_topic(device, paho_connected, rest, bystander, version, topic):
    """Told to 5.0, acknowledged to 3.1.1; in both it is dropped, counted and in the device's list of events."""
    client = paho_connected(device, version=version)
    for qos in (1, 2):
        assert client.publish_acked(topic, '{"a":1}', qos).reason == (0x90 if version == 5 else 0)
    client.settle()
    assert rest.latest(device) == {}
    seen = next(event for event in events(rest, device) if event["type"] == "UNKNOWN_TOPIC")
    assert (seen["topic"], seen["times"]) == (topic, 2)


@VERSIONS
@pytest.mark.parametrize("topic", ["sensors/+", "v1/devices/me/telemetry", "v2/fw/request/+/chunk/+", "v1/devices/other/attributes"])
def test_filter_that_is_none(device, paho_connected, bystander, version, topic):
    client = paho_connected(device, version=version)
    assert client.listen(topic, ATTRIBUTES) == [0x8F if version == 5 else 0x80, 1]
    client.settle()


@VERSIONS
def test_payload_too_large(device, paho_connected, rest, bystander, version):
    """64 KiB unless it is set."""
    body = '{"a":"%s"}'
    client = paho_connected(device, version=version)
    assert client.publish_acked(TELEMETRY, body % ("x" * (65536 - len(body) + 2))).reason == 0
    client.send(TELEMETRY, body % ("y" * (65536 - len(body) + 3)))
    client.expect_disconnect(0x95)
    assert rest.latest(device)["a"][0] == "x"


@VERSIONS
def test_payload_too_large_for_what_is_set(start_server, device_name, paho_connected, version):
    server = start_server({"mqtt.max_payload": "1 KiB"})
    device = server.rest.create_device(device_name())
    others, client = (paho_connected(device, at=server, version=version) for _ in range(2))
    client.send(TELEMETRY, json.dumps({"a": "x" * 1024}))
    client.expect_disconnect(0x95)
    others.settle()


@VERSIONS
def test_keep_alive_is_over(device, paho_connected, rest, bystander, version):
    """paho's loop stops: it does not ping. One and a half times a second."""
    client = paho_connected(device, version=version, keep_alive=1)
    client.client.loop_stop()
    client.wait(lambda: any(event["type"] == "DISCONNECTED" for event in events(rest, device)))
    ended, begun = events(rest, device)[:2]
    assert 1500 <= ended["ts"] - begun["ts"] < 5000
    assert "keep" in ended["reason"].lower()


@VERSIONS
def test_keep_alive_has_a_most(start_server, device_name, paho_connected, version):
    server = start_server({"mqtt.max_keep_alive": 7})
    client = paho_connected(server.rest.create_device(device_name()), at=server, version=version, keep_alive=60)
    if version == 5:
        assert client.connack.ServerKeepAlive == 7
    client.settle()


@VERSIONS
def test_new_credentials_end_the_session(device, paho_connected, rest, certificates, bystander, version):
    client = paho_connected(device, version=version)
    rest.save_certificate(device, certificates.ec().pem)
    client.expect_disconnect(0x98, timeout=2)


def test_response_topic_gets_the_answer_if_the_client_listens_there(device, paho_connected):
    """What 5.0 adds to requests; a topic that is none of the client's gets nothing."""
    client = paho_connected(device)
    client.listen("v2/a/res/+", ATTRIBUTES + "/response/+")
    asked = properties("PUBLISH", ResponseTopic="v2/a/res/77", CorrelationData=b"7")
    client.publish(ATTRIBUTES + "/request/1", "{}", 1, props=asked)
    message = client.receive()
    assert (message.topic, message.properties.CorrelationData) == ("v2/a/res/77", b"7")
