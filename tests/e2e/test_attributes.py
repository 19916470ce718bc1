"""Client attributes, and what a device asks for. Device API section 3."""

import json

import pytest

ATTRIBUTES = "v1/devices/me/attributes"


@pytest.fixture
def device(new_device):
    return new_device("ec")


@pytest.mark.parametrize("topic", [ATTRIBUTES, "v2/a", "v2/a/j"])
def test_saved_as_client_attributes(device, connected, rest, topic):
    body = "{fw:'1.2.3',count:7,ratio:0.5,on:true,config:{a:[1,2]}}"
    assert connected(device).publish_acked(topic, body).reason == 0
    assert rest.attributes(device) == {"fw": "1.2.3", "count": 7, "ratio": 0.5, "on": True, "config": {"a": [1, 2]}}
    assert rest.attributes(device, keys="count") == {"count": 7}
    assert "fw" in rest.get(f"/api/plugins/telemetry/DEVICE/{device.id}/keys/attributes/CLIENT_SCOPE")
    assert rest.attributes(device, "SHARED_SCOPE") == {}


def test_new_value_replaces_the_old(device, connected, rest):
    connection = connected(device)
    connection.publish_acked(ATTRIBUTES, "{a:1,b:2}")
    connection.publish_acked(ATTRIBUTES, "{a:'x'}")
    assert rest.attributes(device) == {"a": "x", "b": 2}


def test_attributes_are_no_telemetry(device, connected, rest):
    connected(device).publish_acked(ATTRIBUTES, "{a:1}")
    assert rest.latest(device) == {}


@pytest.mark.parametrize("body", ["", "{", "[1]", "5", '{"a":1}x'])
def test_invalid_body(device, connected, rest, body):
    connection = connected(device)
    assert connection.publish_acked(ATTRIBUTES, body).reason == 0x99
    connection.ping()
    assert rest.attributes(device) == {}


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("request_topic,filter_,response_topic", [
    ("v1/devices/me/attributes/request/%d", "v1/devices/me/attributes/response/+", "v1/devices/me/attributes/response/%d"),
    ("v2/a/req/%d", "v2/a/res/+", "v2/a/res/%d"),
    ("v2/a/req/j/%d", "v2/a/res/j/+", "v2/a/res/j/%d"),
], ids=["long", "short", "short-json"])
def test_request_and_response(device, connected, version, request_topic, filter_, response_topic):
    connection = connected(device, version=version)
    connection.publish_acked(ATTRIBUTES, "{a:1,b:'two',c:3}")
    assert connection.subscribe(filter_) == [1]
    assert connection.publish_acked(request_topic % 17, '{"clientKeys":"a,b,missing"}').reason == 0
    message = connection.receive()
    assert message.topic == response_topic % 17
    assert json.loads(message.payload) == {"client": {"a": 1, "b": "two"}}


def test_no_keys_named_means_all(device, connected):
    connection = connected(device)
    connection.publish_acked(ATTRIBUTES, "{a:1,b:2}")
    connection.subscribe("v1/devices/me/attributes/response/+")
    connection.publish_acked("v1/devices/me/attributes/request/1", "{}")
    assert json.loads(connection.receive().payload) == {"client": {"a": 1, "b": 2}}


def test_nothing_found_is_an_empty_object(device, connected):
    connection = connected(device)
    connection.subscribe("v1/devices/me/attributes/response/+")
    connection.publish_acked("v1/devices/me/attributes/request/1", '{"clientKeys":"x","sharedKeys":"y"}')
    assert json.loads(connection.receive().payload) == {}


def test_answers_go_to_the_asking_connection_only(device, connected):
    asking, other = connected(device, client_id="asking"), connected(device, client_id="other")
    for connection in (asking, other):
        connection.subscribe("v1/devices/me/attributes/response/+")
    asking.publish_acked("v1/devices/me/attributes/request/1", "{}")
    asking.receive()
    other.expect_nothing(0.3)


def test_response_right_behind_the_write_sees_it(device, connected):
    """Without waiting for the acknowledgement: requests are answered in order."""
    connection = connected(device)
    connection.subscribe("v1/devices/me/attributes/response/+")
    for number in range(5):
        connection.publish_acked(ATTRIBUTES, "{n:%d}" % number)
        connection.publish("v1/devices/me/attributes/request/%d" % (number + 1), '{"clientKeys":"n"}', qos=0)
        assert json.loads(connection.receive().payload) == {"client": {"n": number}}


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes/request/x", "v1/devices/me/attributes/request/",
                                   "v1/devices/me/attributes/request/1/2"])
def test_request_without_a_number(device, connected, topic):
    assert connected(device).publish_acked(topic, "{}").reason in (0x90, 0x99)


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes", "v2/a", "v2/a/j", "v1/devices/me/attributes/response/+",
                                   "v1/devices/me/#", "v1/devices/+/attributes"])
def test_documented_filters_are_granted(device, connected, topic):
    reasons = connected(device).subscribe(topic)
    assert reasons == [1] or topic.endswith("#") or "/+/" in topic


def test_own_client_attributes_are_not_echoed(device, connected):
    connection = connected(device)
    connection.subscribe(ATTRIBUTES)
    connection.publish_acked(ATTRIBUTES, "{a:1}")
    connection.expect_nothing(0.3)
