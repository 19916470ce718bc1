"""MQTT_BASIC credentials: client id, user name and password, or a part of them. Device API sections 1 and 10."""

import json

import pytest

from support.paho_device import PahoDevice, connack
from support.rest import Device

REFUSED = {4: 5, 5: 0x87}


@pytest.fixture
def basic(rest, new_device):
    """basic(client_id.., ): a device with these credentials."""
    def make(**value):
        device = new_device("token")
        credentials = rest.get(f"/api/device/{device.id}/credentials")
        credentials.update(credentialsType="MQTT_BASIC", credentialsId=None,
                           credentialsValue=json.dumps({"clientId": None, "userName": None, "password": None, **value}))
        rest.post("/api/device/credentials", credentials)
        return device
    return make


def log_in(server, version, **options):
    """@return the code of CONNACK; who is let in, publishes."""
    options = {"client_id": "", **options}
    code = connack(server, version, **options)
    if code == 0:
        client = PahoDevice(server, Device("", ""), version, **options)
        client.publish("v1/devices/me/telemetry", "{t:1}", 1)
        client.disconnect()
    return code


@pytest.mark.parametrize("version", [4, 5])
def test_all_three(server, basic, rest, version):
    device = basic(clientId="c1-%d" % version, userName="u1-%d" % version, password="p1")
    good = {"client_id": "c1-%d" % version, "username": "u1-%d" % version, "password": "p1"}
    for _ in range(2):  # the second time from the cache
        assert log_in(server, version, **good) == 0
    for wrong in ({"password": "p2"}, {"password": None}, {"client_id": "other"}, {"username": "other"}, {"password": "p1 "}):
        assert log_in(server, version, **{**good, **wrong}) == REFUSED[version]
    assert rest.latest(device)["t"] == "1"


@pytest.mark.parametrize("value,shown,is_let_in", [
    ({"clientId": "only-id"}, {"client_id": "only-id"}, True),
    ({"clientId": "only-id-2"}, {"client_id": "only-id-2", "username": "anybody"}, True),
    ({"clientId": "only-id-3"}, {"client_id": "another"}, False),
    ({"userName": "only-user"}, {"client_id": "any", "username": "only-user"}, True),
    ({"userName": "only-user-2"}, {"username": "only-user-2", "password": "any"}, True),
    ({"userName": "u-p", "password": "secret"}, {"client_id": "any", "username": "u-p", "password": "secret"}, True),
    ({"userName": "u-p-2", "password": "secret"}, {"client_id": "any", "username": "u-p-2", "password": "Secret"}, False),
    ({"userName": "a" * 200, "password": "b" * 200}, {"username": "a" * 200, "password": "b" * 200}, True),
])
def test_parts(server, basic, value, shown, is_let_in):
    basic(**value)
    assert log_in(server, 5, **shown) == (0 if is_let_in else 0x87)


def test_a_changed_password_ends_the_session_and_the_old_one_is_refused(server, basic, rest):
    device = basic(userName="changing", password="old")
    client = PahoDevice(server, Device("", ""), username="changing", password="old")
    credentials = rest.get(f"/api/device/{device.id}/credentials")
    credentials["credentialsValue"] = json.dumps({"userName": "changing", "password": "new"})
    rest.post("/api/device/credentials", credentials)
    client.expect_disconnect(0x98)
    assert log_in(server, 5, username="changing", password="old") == 0x87
    assert log_in(server, 5, username="changing", password="new") == 0


def test_the_password_is_not_logged(server, basic):
    mark = server.log.mark()
    basic(userName="quiet", password="not-to-be-seen")
    log_in(server, 5, username="quiet", password="not-to-be-seen-either")
    server.log.wait(mark, text="do not fit together")
    assert not any("not-to-be-seen" in line for line in server.log.lines(mark))
