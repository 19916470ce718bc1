"""What a profile changes of its devices' messages: Protobuf by its schemas, its own topics, leniency with bad payloads."""

import concurrent.futures
import json
import re
import time

import pytest

from support import mosquitto
from support.connection import connect_device
from support.packets import Will
from support.people import CustomerUser
from support.protobuf import TRANSPORT, Protoc
from support.rest import RestError

TELEMETRY = "v1/devices/me/telemetry"
ATTRIBUTES = "v1/devices/me/attributes"

SENSOR = """syntax = "proto3";
package sensors;
message Reading {
  optional int64 ts = 1;
  Values values = 2;
  message Values {
    optional double temperature = 1;
    optional int64 counter = 2;
    string state_text = 3;
    repeated int32 samples = 4;
    optional bool on = 5;
  }
}
"""
PLAIN = """syntax = "proto3";
package sensors;
message Inner { int32 n = 1; }
message Plain { optional string fw = 1; optional int64 count = 2; Inner inner = 3; optional float ratio = 4; }
"""


def protobuf(**members):
    return {"transportPayloadType": "PROTOBUF", "deviceTelemetryProtoSchema": SENSOR, "deviceAttributesProtoSchema": PLAIN,
            "enableCompatibilityWithJsonPayloadFormat": False, "useJsonPayloadFormatForDefaultDownlinkTopics": False, **members}


def profile(name, payload=None, **transport):
    payload = payload or {"transportPayloadType": "JSON"}
    return {"name": name, "type": "DEFAULT", "transportType": "MQTT", "provisionType": "DISABLED",
            "profileData": {"configuration": {"type": "DEFAULT"}, "alarms": [],
                            "transportConfiguration": {"type": "MQTT", "transportPayloadTypeConfiguration": payload, **transport},
                            "provisionConfiguration": {"type": "DISABLED"}}}


@pytest.fixture(scope="module")
def protos(tmp_path_factory):
    """protos(text): its messages, as the device knows them."""
    made = {}

    def get(text):
        if text not in made:
            made[text] = Protoc(tmp_path_factory.mktemp("proto"), text)
        return made[text]
    return get


@pytest.fixture
def with_profile(rest, device_name):
    """with_profile(payload, **transport): a device of a profile like that. Both are gone after the test."""
    made = []

    def make(payload=None, **transport):
        saved = rest.post("/api/deviceProfile", profile(device_name(), payload, **transport))
        device = rest.create_device(device_name(), deviceProfileId=saved["id"])
        device.profile = saved
        made.append(device)
        return device
    yield make
    for device in made:
        rest.delete(f"/api/device/{device.id}")
        rest.delete(f"/api/deviceProfile/{device.profile['id']['id']}")


def push(rest, device, **attributes):
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/attributes/SHARED_SCOPE", attributes)


def without_times(text):
    return re.sub(r"ts: 1\d{12} ", "", text)


# telemetry and attributes by the profile's schemas

@pytest.mark.parametrize("topic", [TELEMETRY, "v2/t", "v2/t/p"])
def test_telemetry(with_profile, paho_connected, rest, protos, topic):
    device = with_profile(protobuf())
    payload = protos(SENSOR).encode("sensors.Reading", "ts: 1700000000001 values { temperature: 1e7 counter: 9007199254740993 "
                                                       "state_text: 'ok' samples: [1, 2] on: false }")
    assert paho_connected(device).publish_acked(topic, payload).reason == 0
    assert rest.latest(device, strict=True) == {"temperature": 1e7, "counter": 9007199254740993, "stateText": "ok",
                                                "samples": [1, 2], "on": False}
    assert rest.latest_points(device, "counter")["counter"][0]["ts"] == 1700000000001
    assert isinstance(rest.latest(device, strict=True)["temperature"], float)


def test_telemetry_without_a_time(with_profile, paho_connected, rest, protos):
    device = with_profile(protobuf(deviceTelemetryProtoSchema=PLAIN))
    before = time.time() * 1000
    payload = protos(PLAIN).encode("sensors.Plain", "count: -5 inner { n: 3 } ratio: 1.1")
    assert paho_connected(device).publish_acked(TELEMETRY, payload).reason == 0
    assert rest.latest(device, strict=True) == {"count": -5, "inner": {"n": 3}, "ratio": 1.1}
    assert rest.latest_points(device, "count")["count"][0]["ts"] >= before - 1000


@pytest.mark.parametrize("topic", [ATTRIBUTES, "v2/a", "v2/a/p"])
def test_attributes(with_profile, paho_connected, rest, protos, topic):
    device = with_profile(protobuf())
    payload = protos(PLAIN).encode("sensors.Plain", "fw: '1.2.3' count: 7 inner { n: 1 }")
    assert paho_connected(device).publish_acked(topic, payload).reason == 0
    assert rest.attributes(device) == {"fw": "1.2.3", "count": 7, "inner": {"n": 1}}


def test_mosquitto_publishes_a_message(with_profile, server, rest, protos, tmp_path):
    device = with_profile(protobuf())
    (tmp_path / "payload").write_bytes(protos(SENSOR).encode("sensors.Reading", "ts: 5 values { temperature: 21.5 }"))
    command = mosquitto._door_arguments(server, device)
    done = mosquitto.subprocess.run(["mosquitto_pub", *command, "-q", "1", "-t", "v2/t/p", "-f", str(tmp_path / "payload")], timeout=20)
    assert done.returncode == 0
    assert rest.latest(device, "temperature", strict=True) == {"temperature": 21.5}


@pytest.mark.parametrize("topic", ["v2/t/j", "v2/a/j"])
def test_json_topics_stay_json(with_profile, paho_connected, rest, topic):
    device = with_profile(protobuf())
    assert paho_connected(device).publish_acked(topic, "{a:1}").reason == 0
    assert (rest.attributes(device) if topic == "v2/a/j" else rest.latest(device, strict=True)) == {"a": 1}


def test_json_is_taken_where_the_profile_allows_it(with_profile, paho_connected, rest, protos):
    device = with_profile(protobuf(enableCompatibilityWithJsonPayloadFormat=True))
    connection = paho_connected(device)
    assert connection.publish_acked(TELEMETRY, '{"temperature": 5}').reason == 0
    assert connection.publish_acked("v2/t/p", '{"temperature": 6}').reason == 0x99
    assert rest.latest(device, strict=True) == {"temperature": 5}
    payload = protos(SENSOR).encode("sensors.Reading", "ts: 5000000000000 values { temperature: 7 }")
    assert connection.publish_acked(TELEMETRY, payload).reason == 0
    assert rest.latest(device, "temperature", strict=True) == {"temperature": 7.0}


def test_what_is_no_message_is_refused(with_profile, paho_connected, rest):
    device = with_profile(protobuf())
    connection = paho_connected(device)
    for payload in (b"invalid proto payload str", b'{"temperature":1}', b"\x12", b"\x12\x05\x1a\x03\xff\xfe\xfd"):
        puback = connection.publish_acked(TELEMETRY, payload)
        assert puback.reason == 0x99
        assert "no Protobuf message sensors.Reading" in puback.text
    assert connection.publish_acked("v2/t/p", b"").reason == 0, "a message of which nothing is set"
    assert rest.latest(device) == {}


def test_profile_without_schemas(new_device, paho_connected):
    puback = paho_connected(new_device("token")).publish_acked("v2/t/p", b"\x08\x01")
    assert puback.reason == 0x99 and "no Protobuf schema" in puback.text


def test_connected_device_follows_its_profile(with_profile, paho_connected, rest, protos):
    device = with_profile()
    connection = paho_connected(device)
    assert connection.publish_acked(TELEMETRY, '{"temperature":1}').reason == 0
    transport = {**device.profile["profileData"]["transportConfiguration"], "transportPayloadTypeConfiguration": protobuf()}
    data = {**device.profile["profileData"], "transportConfiguration": transport}
    device.profile = rest.post("/api/deviceProfile", {**device.profile, "profileData": data})
    assert connection.publish_acked(TELEMETRY, '{"temperature":2}').reason == 0x99
    payload = protos(SENSOR).encode("sensors.Reading", "ts: 5000000000000 values { temperature: 3 }")
    assert connection.publish_acked(TELEMETRY, payload).reason == 0
    assert rest.latest(device, "temperature", strict=True) == {"temperature": 3.0}


def test_will(with_profile, server, rest, protos):
    device = with_profile(protobuf(), deviceTelemetryTopic="farewell/+")
    payload = protos(SENSOR).encode("sensors.Reading", "ts: 1700000000000 values { state_text: 'gone' }")
    connect_device(server, device, will=Will("farewell/now", payload, qos=1)).close()
    rest.wait_latest(device, {"stateText": "gone"})


# a schema that does not compile

@pytest.mark.parametrize("member,text,place", [
    ("deviceTelemetryProtoSchema", 'syntax = "proto3";\nmessage A {\n  int32 a = 1\n}', "line 4, column 1"),
    ("deviceAttributesProtoSchema", 'syntax = "proto3"; message A { Unknown a = 1; }', "line 1, column 32"),
    ("deviceRpcRequestProtoSchema", 'syntax = "proto2"; message A {}', "line 1, column 1"),
    ("deviceRpcResponseProtoSchema", 'syntax = "proto3"; import "a.proto"; message A {}', "line 1, column 20"),
    ("deviceTelemetryProtoSchema", 'syntax = "proto3"; message A {' + "int32 a = 1;" * 6000 + "}", "bytes"),
])
def test_bad_schema_is_refused_with_its_place(rest, device_name, member, text, place):
    with pytest.raises(RestError) as refused:
        rest.post("/api/deviceProfile", profile(device_name(), protobuf(**{member: text})))
    assert refused.value.status == 400
    assert member in refused.value.message and place in refused.value.message


# what the platform tells the device

@pytest.mark.parametrize("topic", [ATTRIBUTES, "v2/a", "v2/a/p"])
def test_attribute_changes_are_messages(with_profile, paho_connected, rest, protos, topic):
    device = with_profile(protobuf())
    connection = paho_connected(device)
    assert connection.listen(topic) == [1]
    push(rest, device, level=5, name="x")
    message = connection.receive()
    assert message.topic == topic
    told = protos(TRANSPORT).decode("transport.AttributeUpdateNotificationMsg", message.payload)
    assert without_times(told) == ('sharedUpdated { kv { key: "level" type: LONG_V long_v: 5 } } '
                                   'sharedUpdated { kv { key: "name" type: STRING_V string_v: "x" } }')
    rest.delete(f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE", keys="level")
    told = protos(TRANSPORT).decode("transport.AttributeUpdateNotificationMsg", connection.receive().payload)
    assert told == 'sharedDeleted: "level"'


@pytest.mark.parametrize("topic,is_json", [("v2/a/j", True), (ATTRIBUTES, True), ("v2/a", False)])
def test_json_for_default_topics(with_profile, paho_connected, rest, topic, is_json):
    device = with_profile(protobuf(enableCompatibilityWithJsonPayloadFormat=True, useJsonPayloadFormatForDefaultDownlinkTopics=True))
    connection = paho_connected(device)
    connection.listen(topic)
    push(rest, device, level=5)
    assert (connection.receive().payload == b'{"level":5}') == is_json


def test_json_device_may_ask_for_messages(new_device, paho_connected, rest, protos):
    device = new_device("token")
    connection = paho_connected(device)
    connection.listen("v2/a/p")
    push(rest, device, level=2.5)
    told = protos(TRANSPORT).decode("transport.AttributeUpdateNotificationMsg", connection.receive().payload)
    assert without_times(told) == 'sharedUpdated { kv { key: "level" type: DOUBLE_V double_v: 2.5 } }'


def test_attribute_changes_wait_in_the_devices_form(with_profile, connected, rest, protos):
    device = with_profile(protobuf())
    stay = {"client_id": "stays", "clean": False, "props": {"session_expiry": 60}}
    connection = connected(device, **stay)
    connection.subscribe("v2/a")
    connection.disconnect()
    push(rest, device, level=5)
    told = protos(TRANSPORT).decode("transport.AttributeUpdateNotificationMsg", connected(device, **stay).receive().payload)
    assert without_times(told) == 'sharedUpdated { kv { key: "level" type: LONG_V long_v: 5 } }'


@pytest.mark.parametrize("request_topic,filter_,response_topic", [
    ("v1/devices/me/attributes/request/%d", "v1/devices/me/attributes/response/+", "v1/devices/me/attributes/response/%d"),
    ("v2/a/req/%d", "v2/a/res/+", "v2/a/res/%d"),
    ("v2/a/req/p/%d", "v2/a/res/p/+", "v2/a/res/p/%d"),
], ids=["long", "short", "short-protobuf"])
def test_attributes_request(with_profile, paho_connected, rest, protos, request_topic, filter_, response_topic):
    device = with_profile(protobuf())
    push(rest, device, level=5, other=1)
    connection = paho_connected(device)
    connection.publish_acked("v2/a/j", '{"fw":"1.2.3","config":{"a":[1]},"unasked":1}')
    connection.listen(filter_)
    asked = protos(TRANSPORT).encode("transport.AttributesRequest", 'clientKeys: "fw,config" sharedKeys: "level"')
    assert connection.publish_acked(request_topic % 17, asked).reason == 0
    message = connection.receive()
    assert message.topic == response_topic % 17
    told = without_times(protos(TRANSPORT).decode("transport.GetAttributeResponseMsg", message.payload))
    assert told == ('requestId: 17 clientAttributeList { kv { key: "fw" type: STRING_V string_v: "1.2.3" } } '
                    'clientAttributeList { kv { key: "config" type: JSON_V json_v: "{\\"a\\":[1]}" } } '
                    'sharedAttributeList { kv { key: "level" type: LONG_V long_v: 5 } }')


def test_attributes_request_that_is_no_message(with_profile, paho_connected):
    connection = paho_connected(with_profile(protobuf()))
    assert connection.publish_acked("v2/a/req/1", '{"clientKeys":"a"}').reason == 0x99
    connection.settle()


# the profile's own topics

@pytest.mark.parametrize("version", [4, 5])
def test_own_topics(with_profile, paho_connected, rest, version):
    device = with_profile(deviceTelemetryTopic="plant/+/data", deviceAttributesTopic="plant/+/info/#")
    connection = paho_connected(device, version=version)
    connection.publish_acked("plant/7/data", "{a:1}")
    connection.publish_acked("plant/7/info", "{b:2}")
    connection.publish_acked("plant/7/info/more", "{c:3}")
    connection.publish_acked(TELEMETRY, "{d:4}")
    assert rest.latest(device, strict=True) == {"a": 1, "d": 4}
    assert rest.attributes(device) == {"b": 2, "c": 3}
    puback = connection.publish_acked("plant/7/other", "{e:5}")
    assert puback.reason == (0x90 if version == 5 else 0)
    assert set(rest.latest(device)) == {"a", "d"}


def test_own_topics_are_for_their_devices_only(with_profile, paho_connected, new_device):
    with_profile(deviceTelemetryTopic="plant/data")
    assert paho_connected(new_device("token")).publish_acked("plant/data", "{a:1}").reason == 0x90


def test_own_topic_with_messages(with_profile, paho_connected, rest, protos):
    device = with_profile(protobuf(), deviceTelemetryTopic="plant/#")
    payload = protos(SENSOR).encode("sensors.Reading", "ts: 5 values { counter: 1 }")
    assert paho_connected(device).publish_acked("plant/a/b", payload).reason == 0
    assert rest.latest(device, "counter", strict=True) == {"counter": 1}


@pytest.mark.parametrize("filter_,subscribed,topic", [
    ("plant/info", "plant/info", "plant/info"),
    ("plant/+/info", "plant/7/info", "plant/7/info"),
    ("plant/#", "plant/7/#", "plant/7"),
])
def test_own_topic_for_attribute_changes(with_profile, paho_connected, rest, filter_, subscribed, topic):
    device = with_profile(deviceAttributesSubscribeTopic=filter_)
    connection = paho_connected(device)
    assert connection.listen(subscribed) == [1]
    assert connection.listen("elsewhere/+")[0] >= 0x80
    push(rest, device, level=5)
    message = connection.receive()
    assert (message.topic, json.loads(message.payload)) == (topic, {"level": 5})


def test_changes_come_once_however_many_topics(with_profile, paho_connected, rest):
    device = with_profile(deviceAttributesSubscribeTopic="plant/info")
    connection = paho_connected(device)
    connection.listen(ATTRIBUTES, "v2/a", "plant/info")
    push(rest, device, level=5)
    assert connection.receive().topic == ATTRIBUTES
    connection.expect_nothing(0.2)


# sendAckOnValidationException

def test_bad_payload_is_acknowledged_if_the_profile_says_so(with_profile, paho_connected, rest):
    device = with_profile(sendAckOnValidationException=True)
    connection = paho_connected(device, version=4)
    for payload in ("{", "[1]", '{"":1}'):
        connection.publish_acked(TELEMETRY, payload)
        connection.publish_acked(TELEMETRY, payload, qos=2)
        connection.publish(TELEMETRY, payload, qos=0)
    connection.publish_acked("v1/devices/me/attributes/request/1", "{")
    connection.publish_acked(TELEMETRY, "{a:1}")
    assert rest.latest(device, strict=True) == {"a": 1}


def test_a_5_0_client_is_told_all_the_same(with_profile, paho_connected):
    connection = paho_connected(with_profile(sendAckOnValidationException=True), version=5)
    assert connection.publish_acked(TELEMETRY, "{").reason == 0x99


def test_bad_payload_ends_a_3_1_1_connection_otherwise(with_profile, paho_connected):
    connection = paho_connected(with_profile(protobuf()), version=4)
    connection.send(TELEMETRY, b"\x12")
    connection.expect_disconnect(0x99)


# calls

CALL = """syntax = "proto3";
package sensors;
message Call { optional string method = 1; optional int32 requestId = 2; optional string params = 3; }
"""
RESULT = """syntax = "proto3";
package sensors;
message Result { optional bool done = 1; optional int32 pin = 2; }
"""
PLATFORM_CALLS = """syntax = "proto3";
package rpc;
message RpcRequestMsg { optional string method = 1; optional int32 requestId = 2; optional string params = 3; }
message RpcResponseMsg { optional string payload = 1; }
message RpcRequest { string method = 1; string params = 2; }
message ToServerRpcResponseMsg { int32 requestId = 1; string payload = 2; string error = 3; }
"""
FORMS_OF_CALLS = pytest.mark.parametrize("requests,responses", [
    ("v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"), ("v2/r/req/", "v2/r/res/"), ("v2/r/req/p/", "v2/r/res/p/")],
    ids=["long", "short", "short-protobuf"])


@pytest.fixture
def call(rest):
    """call(device, body): its answer is a future."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield lambda device, body: pool.submit(rest.raw, "POST", f"/api/rpc/twoway/{device.id}", json=body)


@FORMS_OF_CALLS
@pytest.mark.parametrize("version", [4, 5])
def test_a_call_and_its_answer_by_the_profiles_schemas(with_profile, paho_connected, protos, call, requests, responses, version):
    device = with_profile(protobuf(deviceRpcRequestProtoSchema=CALL, deviceRpcResponseProtoSchema=RESULT))
    client = paho_connected(device, version=version)
    assert client.listen(requests + "+") == [1]
    answer = call(device, {"method": "setGpio", "params": {"pin": 7}})
    message = client.receive()
    number = message.topic[len(requests):]
    told = protos(CALL).decode("sensors.Call", message.payload)
    assert told == 'method: "setGpio" requestId: %s params: "{\\"pin\\":7}"' % number
    assert client.publish_acked(responses + number, protos(RESULT).encode("sensors.Result", "done: true pin: 7")).reason == 0
    assert (answer.result().status_code, answer.result().json()) == (200, {"done": True, "pin": 7})


def test_a_call_by_the_platforms_messages(with_profile, paho_connected, protos, call):
    """The profile names none."""
    device = with_profile(protobuf())
    client = paho_connected(device)
    client.listen("v2/r/req/+")
    answer = call(device, {"method": "get", "params": 5})
    message = client.receive()
    number = message.topic[len("v2/r/req/"):]
    assert protos(PLATFORM_CALLS).decode("rpc.RpcRequestMsg", message.payload) == f'method: "get" requestId: {number} params: "5"'
    result = protos(PLATFORM_CALLS).encode("rpc.RpcResponseMsg", "payload: 'fine'")
    assert client.publish_acked("v2/r/res/" + number, result).reason == 0
    assert answer.result().json() == {"payload": "fine"}


def test_what_is_no_answer_is_refused_and_the_call_still_waits(with_profile, paho_connected, protos, call):
    device = with_profile(protobuf(deviceRpcResponseProtoSchema=RESULT))
    client = paho_connected(device)
    client.listen("v2/r/req/+")
    answer = call(device, {"method": "get"})
    number = client.receive().topic[len("v2/r/req/"):]
    refused = client.publish_acked("v2/r/res/" + number, "{done:true}")
    assert refused.reason == 0x99 and "no Protobuf message sensors.Result" in refused.text
    assert client.publish_acked("v2/r/res/j/" + number, '{"done":"as JSON"}').reason == 0
    assert answer.result().json() == {"done": "as JSON"}


@FORMS_OF_CALLS
@pytest.mark.parametrize("version", [4, 5])
def test_a_call_of_the_device(with_profile, paho_connected, protos, requests, responses, version):
    device = with_profile(protobuf())
    client = paho_connected(device, version=version)
    assert client.listen(responses + "+") == [1]

    def ask(number, text):
        assert client.publish_acked(f"{requests}{number}", protos(PLATFORM_CALLS).encode("rpc.RpcRequest", text)).reason == 0
        message = client.receive()
        assert message.topic == f"{responses}{number}"
        return protos(PLATFORM_CALLS).decode("rpc.ToServerRpcResponseMsg", message.payload)
    told = re.fullmatch(r'requestId: 7 payload: "{\\"time\\":(\d+)}"', ask(7, "method: 'getTime' params: '{}'"))
    assert abs(int(told[1]) - time.time() * 1000) < 60000
    assert ask(8, "method: 'nobody'").startswith('requestId: 8 payload: "{\\"error\\":')


def test_a_call_of_the_device_that_is_no_message(with_profile, paho_connected):
    client = paho_connected(with_profile(protobuf()))
    assert client.publish_acked("v2/r/req/1", '{"method":"getTime"}').reason == 0x99
    client.settle()


def test_a_claim_by_message(with_profile, paho_connected, protos, rest):
    device = with_profile(protobuf())
    claim = """syntax = "proto3"; package transportapi; message ClaimDevice { string secretKey = 1; int64 durationMs = 2; }"""
    payload = protos(claim).encode("transportapi.ClaimDevice", "secretKey: 's' durationMs: 60000")
    assert paho_connected(device).publish_acked("v1/devices/me/claim", payload).reason == 0
    assert CustomerUser(rest).post(f"/api/customer/device/{device.name}/claim", {"secretKey": "s"})["response"] == "SUCCESS"
