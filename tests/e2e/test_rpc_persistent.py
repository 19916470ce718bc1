"""Calls that are kept until the device has had them. Device API section 4."""

import json

import pytest

from support import packets
from support.paho_device import PahoDevice, properties
from support.rpc import REQUESTS, RESPONSES, call, in_ms, keep, kept, receive_call, wait_status


@pytest.fixture
def device(quick, new_device):
    return new_device("token", at=quick)


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


def test_silence_is_a_timeout_after_the_retries(quick, device, paho_connected):
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+", qos=0)
    rpc_id = keep(quick, device, "twoway", timeout=300, retries=1)
    (first, _), (second, _) = receive_call(connection), receive_call(connection)
    assert first == second  # the device can tell a repetition
    wait_status(quick, rpc_id, "TIMEOUT")
    connection.publish_acked(f"{RESPONSES}{first}", '"late"')
    assert kept(quick, rpc_id)["response"] is None


@pytest.mark.parametrize("subscribed", [False, True])
def test_time_is_over_for_a_kept_call(quick, device, paho_connected, subscribed):
    connection = paho_connected(device, at=quick)
    if subscribed:
        connection.listen(REQUESTS + "+", qos=0)
    rpc_id = keep(quick, device, "twoway", expirationTime=in_ms(1000), timeout=20000)
    wait_status(quick, rpc_id, "EXPIRED")
    if not subscribed:
        connection.listen(REQUESTS + "+")
        connection.settle()


def test_what_the_device_cannot_take_has_failed(quick, device, paho_connected):
    connection = paho_connected(device, at=quick, props=properties("CONNECT", MaximumPacketSize=200))
    connection.listen(REQUESTS + "+")
    wait_status(quick, keep(quick, device, params="x" * 300, retries=1), "FAILED")


def test_a_deleted_call_is_not_made(quick, device, paho_connected):
    rpc_id, other = keep(quick, device), keep(quick, device, params=2)
    quick.rest.delete(f"/api/rpc/persistent/{rpc_id}")
    assert quick.rest.raw("GET", f"/api/rpc/persistent/{rpc_id}").status_code == 404
    assert quick.rest.raw("DELETE", f"/api/rpc/persistent/{rpc_id}").status_code == 404
    connection = paho_connected(device, at=quick)
    connection.listen(REQUESTS + "+", qos=0)
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


def test_an_unanswered_call_is_made_again_after_kill_9(start_server, new_device, paho_connected):
    server = start_server()
    device = new_device("token", at=server)
    rpc_id = keep(server, device, "twoway")
    connection = paho_connected(device, at=server)
    connection.listen(REQUESTS + "+", qos=0)
    request_id, _ = receive_call(connection)
    wait_status(server, rpc_id, "DELIVERED")
    server.kill()
    server.start()
    connection = paho_connected(device, at=server)
    connection.listen(REQUESTS + "+", qos=0)
    assert receive_call(connection)[0] == request_id
    assert connection.publish_acked(f"{RESPONSES}{request_id}", "1").reason == 0
    assert kept(server, rpc_id)["status"] == "SUCCESSFUL"


def test_another_device_cannot_answer_a_kept_call(quick, device, new_device, paho_connected):
    rpc_id = keep(quick, device, "twoway")
    connection, other = paho_connected(device, at=quick), paho_connected(new_device("token", at=quick), at=quick)
    connection.listen(REQUESTS + "+", qos=0)
    request_id, _ = receive_call(connection)
    keep(quick, other_device := new_device("token", at=quick), "twoway")
    thief = paho_connected(other_device, at=quick)
    for stranger in (other, thief):
        assert stranger.publish_acked(f"{RESPONSES}{request_id}", '"forged"').reason == 0
    assert kept(quick, rpc_id)["response"] is None


def test_calls_go_with_their_device(quick, device):
    rpc_id = keep(quick, device)
    quick.rest.delete(f"/api/device/{device.id}")
    assert quick.rest.raw("GET", f"/api/rpc/persistent/{rpc_id}").status_code == 404


@pytest.mark.parametrize("subscribes_first", [True, False])
def test_kept_calls_reach_a_device_through_its_gateway(quick, new_device, paho_connected, device, subscribes_first):
    calls, connects = "v1/gateway/rpc", "v1/gateway/connect"
    connection = paho_connected(new_device("token", at=quick, additionalInfo={"gateway": True}), at=quick)
    one_way, two_way = keep(quick, device, params=1), keep(quick, device, "twoway", params=2)
    if subscribes_first:
        connection.listen(calls, qos=0)
    assert connection.publish_acked(connects, json.dumps({"device": device.name})).reason == 0
    if not subscribes_first:
        assert kept(quick, one_way)["status"] == "QUEUED"
        connection.listen(calls, qos=0)
    told = [json.loads(connection.receive().payload) for _ in range(2)]
    assert [(message["device"], message["data"]["params"]) for message in told] == [(device.name, 1), (device.name, 2)]
    wait_status(quick, one_way, "DELIVERED")
    answer = {"device": device.name, "id": told[1]["data"]["id"], "data": {"done": True}}
    assert connection.publish_acked(calls, json.dumps(answer)).reason == 0
    document = kept(quick, two_way)
    assert document["status"] == "SUCCESSFUL" and document["response"] == {"done": True}
