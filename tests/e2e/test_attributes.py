"""Client attributes, and what a device asks for. Device API section 3."""

import json

import pytest

from support.paho_device import properties
from support.rest import RestError

ATTRIBUTES = "v1/devices/me/attributes"


@pytest.fixture
def device(new_device):
    return new_device("ec")


@pytest.mark.parametrize("topic", [ATTRIBUTES, "v2/a", "v2/a/j"])
def test_saved_as_client_attributes(device, paho_connected, rest, topic):
    body = "{fw:'1.2.3',count:7,ratio:0.5,on:true,config:{a:[1,2]}}"
    assert paho_connected(device).publish_acked(topic, body).reason == 0
    assert rest.attributes(device) == {"fw": "1.2.3", "count": 7, "ratio": 0.5, "on": True, "config": {"a": [1, 2]}}
    assert rest.attributes(device, keys="count") == {"count": 7}
    assert "fw" in rest.get(f"/api/plugins/telemetry/DEVICE/{device.id}/keys/attributes/CLIENT_SCOPE")
    assert rest.attributes(device, "SHARED_SCOPE") == {}


def test_new_value_replaces_the_old(device, paho_connected, rest):
    connection = paho_connected(device)
    connection.publish_acked(ATTRIBUTES, "{a:1,b:2}")
    connection.publish_acked(ATTRIBUTES, "{a:'x'}")
    assert rest.attributes(device) == {"a": "x", "b": 2}


def test_attributes_are_no_telemetry(device, paho_connected, rest):
    paho_connected(device).publish_acked(ATTRIBUTES, "{a:1}")
    assert rest.latest(device) == {}


@pytest.mark.parametrize("body", ["", "{", "[1]", "5", '{"a":1}x'])
def test_invalid_body(device, paho_connected, rest, body):
    connection = paho_connected(device)
    assert connection.publish_acked(ATTRIBUTES, body).reason == 0x99
    connection.settle()
    assert rest.attributes(device) == {}


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("request_topic,filter_,response_topic", [
    ("v1/devices/me/attributes/request/%d", "v1/devices/me/attributes/response/+", "v1/devices/me/attributes/response/%d"),
    ("v2/a/req/%d", "v2/a/res/+", "v2/a/res/%d"),
    ("v2/a/req/j/%d", "v2/a/res/j/+", "v2/a/res/j/%d"),
], ids=["long", "short", "short-json"])
def test_request_and_response(device, paho_connected, version, request_topic, filter_, response_topic):
    connection = paho_connected(device, version=version)
    connection.publish_acked(ATTRIBUTES, "{a:1,b:'two',c:3}")
    assert connection.listen(filter_) == [1]
    assert connection.publish_acked(request_topic % 17, '{"clientKeys":"a,b,missing"}').reason == 0
    message = connection.receive()
    assert message.topic == response_topic % 17
    assert json.loads(message.payload) == {"client": {"a": 1, "b": "two"}}


def test_no_keys_named_means_all(device, paho_connected):
    connection = paho_connected(device)
    connection.publish_acked(ATTRIBUTES, "{a:1,b:2}")
    connection.listen("v1/devices/me/attributes/response/+")
    connection.publish_acked("v1/devices/me/attributes/request/1", "{}")
    assert json.loads(connection.receive().payload) == {"client": {"a": 1, "b": 2}}


def test_nothing_found_is_an_empty_object(device, paho_connected):
    connection = paho_connected(device)
    connection.listen("v1/devices/me/attributes/response/+")
    connection.publish_acked("v1/devices/me/attributes/request/1", '{"clientKeys":"x","sharedKeys":"y"}')
    assert json.loads(connection.receive().payload) == {}


def test_answers_go_to_the_asking_connection_only(device, paho_connected):
    asking, other = paho_connected(device, client_id="asking"), paho_connected(device, client_id="other")
    for connection in (asking, other):
        connection.listen("v1/devices/me/attributes/response/+")
    asking.publish_acked("v1/devices/me/attributes/request/1", "{}")
    asking.receive()
    other.expect_nothing(0.3)


def test_response_right_behind_the_write_sees_it(device, paho_connected):
    """Without waiting for the acknowledgement: requests are answered in order."""
    connection = paho_connected(device)
    connection.listen("v1/devices/me/attributes/response/+")
    for number in range(5):
        connection.publish_acked(ATTRIBUTES, "{n:%d}" % number)
        connection.publish("v1/devices/me/attributes/request/%d" % (number + 1), '{"clientKeys":"n"}', qos=0)
        assert json.loads(connection.receive().payload) == {"client": {"n": number}}


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes/request/x", "v1/devices/me/attributes/request/",
                                   "v1/devices/me/attributes/request/1/2"])
def test_request_without_a_number(device, paho_connected, topic):
    assert paho_connected(device).publish_acked(topic, "{}").reason in (0x90, 0x99)


@pytest.mark.parametrize("topic", ["v1/devices/me/attributes", "v2/a", "v2/a/j", "v1/devices/me/attributes/response/+",
                                   "v1/devices/me/#", "v1/devices/+/attributes"])
def test_documented_filters_are_granted(device, paho_connected, topic):
    reasons = paho_connected(device).listen(topic)
    assert reasons == [1] or topic.endswith("#") or "/+/" in topic


def test_own_client_attributes_are_not_echoed(device, paho_connected):
    connection = paho_connected(device)
    connection.listen(ATTRIBUTES)
    connection.publish_acked(ATTRIBUTES, "{a:1}")
    connection.expect_nothing(0.3)


# ---- shared attributes: set by REST, pushed to subscribers ----------------------------------------------------------

def save(rest, device, body, scope="SHARED_SCOPE", path="/api/plugins/telemetry/DEVICE/{id}/attributes/{scope}"):
    rest.call("POST", path.format(id=device.id, scope=scope), data=body)


def delete(rest, device, keys, scope="SHARED_SCOPE"):
    rest.delete(f"/api/plugins/telemetry/DEVICE/{device.id}/{scope}", keys=keys)


@pytest.mark.parametrize("path", [
    "/api/plugins/telemetry/DEVICE/{id}/attributes/{scope}",
    "/api/plugins/telemetry/DEVICE/{id}/{scope}",
    "/api/plugins/telemetry/{id}/{scope}",
])
def test_saved_by_rest_in_every_path_of_the_api(device, rest, path):
    save(rest, device, '{"a":1,"b":"x","c":{"d":[1]}}', "SERVER_SCOPE", path)
    save(rest, device, '{"s":true}', "SHARED_SCOPE", path)
    assert rest.attributes(device, "SERVER_SCOPE", keys="a,b,c") == {"a": 1, "b": "x", "c": {"d": [1]}}
    assert rest.attributes(device, "SHARED_SCOPE") == {"s": True}


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("topic", [ATTRIBUTES, "v2/a", "v2/a/j"])
def test_a_change_is_pushed(device, paho_connected, rest, version, qos, topic):
    connection = paho_connected(device, version=version)
    assert connection.listen(topic, qos=qos) == [qos]
    save(rest, device, '{"interval":10,"mode":"eco"}')
    message = connection.receive()
    assert (message.topic, message.qos) == (topic, qos)
    assert json.loads(message.payload) == {"interval": 10, "mode": "eco"}
    delete(rest, device, "interval,mode")
    assert json.loads(connection.receive().payload) == {"deleted": ["interval", "mode"]}
    assert rest.attributes(device, "SHARED_SCOPE") == {}


def test_only_the_shared_scope_is_pushed_and_only_to_this_device(device, paho_connected, new_device, rest):
    other = paho_connected(new_device("ec"))
    connection = paho_connected(device)
    for c in (connection, other):
        c.listen(ATTRIBUTES)
    save(rest, device, '{"server":1}', "SERVER_SCOPE")
    save(rest, device, '{"shared":1}')
    assert json.loads(connection.receive().payload) == {"shared": 1}
    other.settle()
    other.expect_nothing(0)


def test_several_connections_of_a_device_each_get_it(device, paho_connected, rest):
    connections = [paho_connected(device, client_id=name) for name in ("one", "two", "three")]
    for connection in connections:
        connection.listen(ATTRIBUTES)
    save(rest, device, '{"a":1}')
    for connection in connections:
        assert json.loads(connection.receive().payload) == {"a": 1}


@pytest.mark.parametrize("version", [4, 5])
def test_queued_for_a_persistent_session_that_is_away(device, paho_connected, rest, version):
    options = {"clean": False, **({"props": properties("CONNECT", SessionExpiryInterval=600)} if version == 5 else {})}
    connection = paho_connected(device, version=version, client_id="sleeper", **options)
    connection.listen(ATTRIBUTES, qos=1)
    connection.disconnect()
    save(rest, device, '{"a":1}')
    save(rest, device, '{"a":2}')
    again = paho_connected(device, version=version, client_id="sleeper", **options)
    assert [json.loads(again.receive().payload) for _ in range(2)] == [{"a": 1}, {"a": 2}]


def test_many_devices_at_once(paho_connected, new_device, rest):
    devices = [new_device("ec") for _ in range(5)]
    connections = [paho_connected(device) for device in devices]
    for connection in connections:
        connection.listen(ATTRIBUTES)
    rest.post("/api/postern/attributes/SHARED_SCOPE", {"deviceIds": [d.id for d in devices], "values": {"k": "v"}})
    for device, connection in zip(devices, connections):
        assert json.loads(connection.receive().payload) == {"k": "v"}
        assert rest.attributes(device, "SHARED_SCOPE") == {"k": "v"}


@pytest.mark.parametrize("scope,body,field", [
    ("CLIENT_SCOPE", '{"a":1}', "scope"),
    ("NO_SCOPE", '{"a":1}', "scope"),
    ("SHARED_SCOPE", "[1]", "expected an object"),
    ("SHARED_SCOPE", '{"a":', "byte"),
    ("SHARED_SCOPE", '{"":1}', "key"),
])
def test_refused_by_rest(device, rest, scope, body, field):
    with pytest.raises(RestError) as refused:
        save(rest, device, body, scope)
    assert refused.value.status == 400
    assert field in refused.value.message


def test_telemetry_saved_by_rest(device, rest):
    rest.call("POST", f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY", data='[{"ts":1000,"values":{"t":1.5}},{"t":2}]')
    assert rest.latest(device)["t"] == "2"
