"""Devices let themselves be claimed; customers take them by name and secret. Device API section 5."""

import itertools
import json
import time

import pytest

from support.connection import connect_device
from support.http_device import HttpDevice
from support.mosquitto import publish
from support.rest import Device, RestClient

CLAIM = "v1/devices/me/claim"
PASSWORD = "a password"
NOBODY = "13814000-1dd2-11b2-8080-808080808080"
_numbers = itertools.count(1)


class User(RestClient):
    """A customer's user, logged in."""

    def __init__(self, server, customer):
        super().__init__(server)
        self.customer = customer["id"]["id"]
        self.email = f"user-{next(_numbers)}-{time.time_ns()}@example.org"
        made = server.rest.post("/api/user", {"email": self.email, "authority": "CUSTOMER_USER", "customerId": customer["id"]},
                                sendActivationMail="false")
        link = server.rest.raw("GET", f"/api/user/{made['id']['id']}/activationLink").text
        token = link.partition("activateToken=")[2]
        self._token = self.call("POST", "/api/noauth/activate", json={"activateToken": token, "password": PASSWORD}, token=None)["token"]

    def claim(self, device, secret=None):
        """@return (status, response)"""
        body = {} if secret is None else {"json": {"secretKey": secret}}
        answer = self.raw("POST", f"/api/customer/device/{device.name}/claim", **body)
        return answer.status_code, answer.json().get("response")

    def give_back(self, device):
        return self.raw("DELETE", f"/api/customer/device/{device.name}/claim").status_code


SUCCESS, FAILURE, CLAIMED = (200, "SUCCESS"), (400, "FAILURE"), (400, "CLAIMED")


@pytest.fixture
def new_user(server, device_name):
    """new_user(): of a customer of its own."""
    def make(at=None):
        at = at or server
        return User(at, at.rest.post("/api/customer", {"title": device_name()}))
    return make


def owner(rest, device):
    return rest.get(f"/api/device/{device.id}")["customerId"]["id"]


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("payload,secret", [("", None), ("{}", None), ('{"secretKey":"s\u00e4"}', "s\u00e4"),
                                            ("{secretKey:'s',durationMs:60000}", "s")])
def test_claimed_with_what_the_device_said(new_device, paho_connected, new_user, rest, version, payload, secret):
    device, user = new_device("token"), new_user()
    assert user.claim(device, secret) == FAILURE  # nothing was allowed
    assert paho_connected(device, version=version).publish_acked(CLAIM, payload).reason == 0
    assert user.claim(device, "wrong") == FAILURE
    assert owner(rest, device) == NOBODY
    assert user.claim(device, secret) == SUCCESS
    assert owner(rest, device) == user.customer


@pytest.mark.parametrize("payload,secret", [("", None), ("{secretKey:'s',durationMs:60000}", "s")])
def test_claimed_with_what_the_device_said_over_http(server, new_device, new_user, rest, payload, secret):
    device, user = new_device("ec"), new_user()
    with HttpDevice(server, identity=device.identity) as client:
        assert client.post("claim", payload).status_code == 200
        assert user.claim(device, secret) == SUCCESS
        assert owner(rest, device) == user.customer
        refused = client.post("claim", "{secretKey:")
        assert refused.status_code == 400 and refused.json()["errorCode"] == 31
        assert client.post("claim", "{durationMs:-1}").status_code == 400


def test_the_answer_shows_the_device(server, new_device, new_user):
    device, user = new_device("ec"), new_user()
    assert publish(server, device, "{secretKey:s}", topic=CLAIM).returncode == 0
    answer = user.call("POST", f"/api/customer/device/{device.name}/claim", json={"secretKey": "s"})
    assert answer["response"] == "SUCCESS" and answer["device"]["id"]["id"] == device.id
    assert answer["device"]["customerId"]["id"] == user.customer
    assert server.rest.get(f"/api/device/info/{device.id}")["customerTitle"]


def test_a_connected_device_goes_on(new_device, paho_connected, new_user, rest):
    device, user = new_device("ec"), new_user()
    connection = paho_connected(device)
    assert connection.publish_acked(CLAIM, "").reason == 0
    assert user.claim(device) == SUCCESS
    assert connection.publish_acked("v1/devices/me/telemetry", "{t:1}").reason == 0
    connection.settle()


def test_once_and_by_one_customer_only(new_device, paho_connected, new_user, rest):
    device, first, second = new_device("token"), new_user(), new_user()
    connection = paho_connected(device)
    connection.publish_acked(CLAIM, "{secretKey:s}")
    assert first.claim(device, "s") == SUCCESS
    assert first.claim(device, "s") == second.claim(device, "s") == CLAIMED
    assert second.give_back(device) == 404
    assert first.give_back(device) == 200
    assert owner(rest, device) == NOBODY
    assert second.claim(device, "s") == FAILURE  # the device has to allow it anew
    connection.publish_acked(CLAIM, "{secretKey:s}")
    assert second.claim(device, "s") == SUCCESS


def test_expired(new_device, paho_connected, new_user):
    device, user = new_device("token"), new_user()
    paho_connected(device).publish_acked(CLAIM, "{durationMs:1}")
    time.sleep(0.01)  # the device's time passes
    assert user.claim(device) == FAILURE


def test_a_device_that_is_not_there(new_user, new_device):
    device, user = new_device("token"), new_user()
    device.name = "no such device"
    assert user.claim(device) == FAILURE
    assert user.give_back(device) == 404


MALFORMED = ["{", "[]", "7", "{durationMs:-1}", "{durationMs:x}", "{secretKey:{}}", "{secretKey:'%s'}" % ("s" * 300), b"\xff"]


@pytest.mark.parametrize("payload", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed(new_device, paho_connected, new_user, payload):
    device, user = new_device("token"), new_user()
    connection = paho_connected(device)
    assert connection.publish_acked(CLAIM, payload).reason == 0x99
    connection.settle()
    assert user.claim(device) == FAILURE


def test_malformed_in_mqtt_311(new_device, paho_connected):
    connection = paho_connected(new_device("token"), version=4)
    connection.send(CLAIM, "{")
    connection.expect_disconnect(0x99)


@pytest.mark.parametrize("version", [4, 5])
def test_devices_behind_a_gateway(new_device, paho_connected, new_user, rest, device_name, version):
    gateway, user = new_device("ec", additionalInfo={"gateway": True}), new_user()
    names = [device_name(), device_name()]
    body = json.dumps({names[0]: {"secretKey": "s", "durationMs": 60000}, names[1]: {}})
    assert paho_connected(gateway, version=version).publish_acked("v1/gateway/claim", body).reason == 0
    devices = [Device(rest.get("/api/tenant/devices", deviceName=name)["id"]["id"], name) for name in names]
    assert user.claim(devices[0]) == FAILURE
    assert user.claim(devices[0], "s") == user.claim(devices[1]) == SUCCESS


def test_deleting_the_customer_frees_its_devices(new_device, paho_connected, new_user, rest):
    device, user = new_device("token"), new_user()
    paho_connected(device).publish_acked(CLAIM, "")
    assert user.claim(device) == SUCCESS
    rest.delete(f"/api/customer/{user.customer}")
    assert owner(rest, device) == NOBODY
    assert user.raw("GET", "/api/auth/user").status_code == 401


def test_who_may_do_what(rest, new_device, new_user):
    device, user = new_device("token"), new_user()
    assert rest.raw("POST", f"/api/customer/device/{device.name}/claim").status_code == 403
    assert user.raw("GET", "/api/customers?pageSize=1&page=0").status_code == 403
    for path in [f"/api/device/{device.id}", f"/api/device/{device.id}/credentials"]:
        assert user.raw("GET", path).status_code == 404
    assert user.login(user.email, PASSWORD)["token"]


def test_guesses_are_limited(start_server, new_device, new_user):
    server = start_server({"claim.per_device": 3, "claim.per_user": 5})
    device, other = new_device("token", server), new_device("token", server)
    first, second = new_user(server), new_user(server)
    with connect_device(server, device) as connection:
        connection.publish_acked(CLAIM, "{secretKey:s}")
    assert [first.claim(device, f"guess {n}")[0] for n in range(4)] == [400, 400, 400, 429]
    assert second.claim(device, "s")[0] == 429  # the device's limit
    assert [first.claim(other)[0] for _ in range(3)] == [400, 400, 429]  # the user's
    assert second.claim(other) == FAILURE


def test_switched_off(start_server, new_device):
    server = start_server({"claim.allowed": "false"})
    with connect_device(server, new_device("token", server)) as connection:
        assert connection.publish_acked(CLAIM, "").reason == 0x87


def test_places_are_bounded(start_server, new_device):
    server = start_server({"claim.max_open": 1})
    with connect_device(server, new_device("token", server)) as first, connect_device(server, new_device("token", server)) as second:
        assert first.publish_acked(CLAIM, "").reason == 0
        assert second.publish_acked(CLAIM, "").reason == 0x97
        assert first.publish_acked(CLAIM, "{secretKey:s}").reason == 0


def test_what_is_the_customers_its_users_read_and_write(rest, new_device, paho_connected, new_user):
    device, user, stranger = new_device("token"), new_user(), new_user()
    paho_connected(device).publish_acked(CLAIM, "")
    assert user.claim(device) == SUCCESS
    series = f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY"
    assert user.raw("POST", series, json={"t": 1}).status_code == 200
    assert user.raw("GET", f"/api/plugins/telemetry/DEVICE/{device.id}/keys/timeseries").json() == ["t"]
    assert [d["name"] for d in user.get("/api/user/devices", pageSize=10, page=0)["data"]] == [device.name]
    assert user.get("/api/devices", deviceIds=device.id)[0]["name"] == device.name
    assert stranger.get("/api/devices", deviceIds=device.id) == []
    assert stranger.raw("POST", series, json={"t": 1}).status_code == 404
    assert stranger.raw("POST", f"/api/rpc/oneway/{device.id}", json={"method": "m"}).status_code == 404


def test_a_customers_user_changes_its_device_but_makes_and_gives_away_none(rest, new_device, paho_connected, new_user, device_name):
    device, user = new_device("token"), new_user()
    paho_connected(device).publish_acked(CLAIM, "")
    assert user.claim(device) == SUCCESS
    document = user.get(f"/api/device/{device.id}")
    document.update(label="mine", customerId=None)
    assert user.post("/api/device", document)["label"] == "mine"
    assert owner(rest, device) == user.customer
    assert user.raw("POST", "/api/device", json={"name": device_name()}).status_code == 403
    assert user.raw("DELETE", f"/api/device/{device.id}").status_code == 403
    document = user.get(f"/api/device/{device.id}")
    document.update(type=device_name(), deviceProfileId=None)
    assert user.raw("POST", "/api/device", json=document).status_code in (400, 404)
