"""Devices that register themselves with a profile's key and secret. Device API section 6."""

import json
import secrets
import time

import pytest

from support.paho_device import PahoDevice, connack
from support.rest import Device

REQUEST, RESPONSE = "/provision/request", "/provision/response"
NOT_FOUND = {"status": "NOT_FOUND", "errorMsg": "Provision data was not found!"}
FAILURE = {"status": "FAILURE", "errorMsg": "Failed to provision device!"}


@pytest.fixture
def profile(rest, device_name):
    """profile(strategy): its name, key and secret."""
    def make(strategy="ALLOW_CREATE_NEW_DEVICES"):
        name = device_name()
        key, secret = "key-" + name, "secret-" + name
        made = rest.post("/api/deviceProfile", {
            "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": strategy, "provisionDeviceKey": key,
            "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                            "provisionConfiguration": {"type": strategy, "provisionDeviceSecret": secret}}})
        return made["id"]["id"], {"provisionDeviceKey": key, "provisionDeviceSecret": secret}
    return make


@pytest.fixture
def new_token():
    return lambda: secrets.token_hex(8)


@pytest.fixture
def session(server):
    """session(version): logged in as `provision`, subscribed to the answer."""
    made = []

    def make(version=5, identity=None, at=None, **options):
        options = {"username": "provision", "client_id": "", **options}
        made.append(PahoDevice(at or server, Device("", "", identity=identity), version, **options))
        made[-1].listen(RESPONSE)
        return made[-1]
    yield make
    for client in made:
        client.disconnect()


def ask(connection, body):
    text = body if isinstance(body, str) else json.dumps(body)
    assert connection.publish_acked(REQUEST, text).reason == 0
    message = connection.receive()
    assert message.topic == RESPONSE
    return json.loads(message.payload)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("login", [{"username": "provision"}, {"username": None, "client_id": "provision"}], ids=["user", "client-id"])
def test_a_new_device_with_a_generated_token(paho_connected, profile, session, rest, device_name, version, login):
    profile_id, key = profile()
    name = device_name()
    answer = ask(session(version, **login), {"deviceName": name, **key})
    assert answer["status"] == "SUCCESS" and answer["credentialsType"] == "ACCESS_TOKEN"
    assert len(answer["credentialsValue"]) == 20
    device = rest.get("/api/tenant/devices", deviceName=name)
    assert device["deviceProfileId"]["id"] == profile_id
    attributes = {a["key"]: a["value"] for a in rest.get(f"/api/plugins/telemetry/DEVICE/{device['id']['id']}/values/attributes/SERVER_SCOPE")}
    assert attributes["provisionState"] == "provisioned"
    client = paho_connected(Device("", "", token=answer["credentialsValue"]), version=version)
    assert client.publish_acked("v1/devices/me/telemetry", "{t:5}").reason == 0


def test_given_token_lenient_json_and_gateway(profile, session, rest, device_name, new_token):
    _, key = profile()
    name = device_name()
    token = new_token()
    body = "{deviceName:'%s',provisionDeviceKey:'%s',provisionDeviceSecret:'%s',credentialsType:ACCESS_TOKEN,token:'%s',gateway:true}"
    answer = ask(session(), body % (name, key["provisionDeviceKey"], key["provisionDeviceSecret"], token))
    assert answer == {"credentialsType": "ACCESS_TOKEN", "credentialsValue": token, "status": "SUCCESS"}
    assert rest.get("/api/tenant/devices", deviceName=name)["additionalInfo"]["gateway"] is True


def test_mqtt_basic(server, profile, session, device_name):
    _, key = profile()
    name = device_name()
    answer = ask(session(), {"deviceName": name, **key, "credentialsType": "MQTT_BASIC", "clientId": "c-" + name,
                             "username": "u-" + name, "password": "p"})
    assert answer["credentialsValue"] == {"clientId": "c-" + name, "userName": "u-" + name, "password": "p"}
    login = {"client_id": "c-" + name, "username": "u-" + name}
    assert [connack(server, 5, password=password, **login) for password in ("p", "q")] == [0, 0x87]


def test_x509(server, profile, session, device_name, certificates, rest):
    _, key = profile()
    name = device_name()
    identity = certificates.ec()
    pem = open(identity.cert).read()
    answer = ask(session(), {"deviceName": name, **key, "credentialsType": "X509_CERTIFICATE", "hash": pem})
    assert answer["status"] == "SUCCESS" and answer["credentialsType"] == "X509_CERTIFICATE"
    assert connack(server, 5, identity) == 0


def test_no_name_gets_a_random_one(profile, session, rest):
    profile_id, key = profile()
    assert ask(session(), key)["status"] == "SUCCESS"
    devices = rest.get("/api/tenant/deviceInfos", pageSize=10, page=0, deviceProfileId=profile_id)["data"]
    assert [len(device["name"]) for device in devices] == [20]


def test_refusals_of_the_data(server, profile, session, device_name):
    _, key = profile()
    _, prepared = profile("CHECK_PRE_PROVISIONED_DEVICES")
    _, disabled = profile("DISABLED")
    name = device_name()
    connection = session()
    mark = server.log.mark()
    assert ask(connection, {"deviceName": name, **key})["status"] == "SUCCESS"
    for body, expected, reason in [
        ({"deviceName": name, **key}, FAILURE, "already exists"),
        ({**key, "provisionDeviceKey": "unknown"}, NOT_FOUND, ""),
        ({**key, "provisionDeviceSecret": "wrong"}, NOT_FOUND, "wrong secret"),
        (disabled, NOT_FOUND, ""),
        ({"deviceName": device_name(), **prepared}, FAILURE, "was prepared"),
        ({"deviceName": name, **prepared}, FAILURE, "another profile"),
        ({**key, "credentialsType": "NONE"}, FAILURE, "credentialsType"),
        ({**key, "credentialsType": "X509_CERTIFICATE", "hash": "no certificate"}, FAILURE, ""),
        ({**key, "credentialsType": "MQTT_BASIC"}, FAILURE, "empty"),
        ({**key, "deviceName": "a\u0007b"}, FAILURE, ""),
    ]:
        assert ask(connection, body) == expected, body
        assert reason in server.log.records(mark)[-1]["reason"]
    assert "wrong" not in "".join(r.get("secret", "") for r in server.log.records(mark))


def test_a_prepared_device_is_provisioned_once(server, paho_connected, profile, session, rest, device_name, new_token):
    old, new, third = new_token(), new_token(), new_token()
    profile_id, key = profile("CHECK_PRE_PROVISIONED_DEVICES")
    name = device_name()
    rest.post("/api/device", {"name": name, "deviceProfileId": {"entityType": "DEVICE_PROFILE", "id": profile_id}}, accessToken=old)
    live = paho_connected(Device("", "", token=old))
    connection = session()
    assert ask(connection, {"deviceName": name, **key, "token": new})["credentialsValue"] == new
    live.expect_disconnect(0x98)  # the credentials it came with are gone
    assert ask(connection, {"deviceName": name, **key, "token": third}) == FAILURE
    assert [connack(server, 5, username=token) for token in (old, new, third)] == [0x87, 0, 0x87]


@pytest.mark.parametrize("body,reason", [("", 0x99), ("{", 0x99), ("[]", 0x99), ("{}", 0x99), ('{"provisionDeviceKey":5,"provisionDeviceSecret":"s"}', 0x99)])
def test_what_is_no_request(session, body, reason):
    connection = session()
    assert connection.publish_acked(REQUEST, body).reason == reason
    assert ask(connection, {"provisionDeviceKey": "k", "provisionDeviceSecret": "s"}) == NOT_FOUND


@pytest.mark.parametrize("topic", ["v1/devices/me/telemetry", "v1/devices/me/attributes", "v1/gateway/telemetry", "any"])
def test_nothing_else_may_be_published_or_subscribed(session, topic):
    connection = session()
    assert connection.publish_acked(topic, "{a:1}").reason == 0x87
    assert connection.listen("v1/devices/me/attributes", "#", topic) == [0x87] * 3
    old = session(4)
    assert old.listen("v1/devices/me/attributes") == [0x80]
    old.send(topic, "{a:1}")
    old.expect_disconnect(0x87)


def test_other_sessions_cannot_provision(paho_connected, new_device, profile):
    _, key = profile()
    assert paho_connected(new_device("token")).publish_acked(REQUEST, json.dumps(key)).reason == 0x90


def test_many_at_once_each_get_their_own(profile, session):
    _, key = profile()
    sessions = [session() for _ in range(10)]
    for index, connection in enumerate(sessions):
        connection.send(REQUEST, json.dumps({**key, "token": "tok-%d-%f" % (index, time.time())}))
    values = set()
    for index, connection in enumerate(sessions):
        value = json.loads(connection.receive().payload)["credentialsValue"]
        assert value.startswith("tok-%d-" % index)
        values.add(value)
    assert len(values) == 10


def test_a_client_certificate_is_allowed(profile, session, device_name, certificates):
    _, key = profile()
    name = device_name()
    assert ask(session(identity=certificates.ec()), {"deviceName": name, **key})["status"] == "SUCCESS"


def test_a_session_ends_some_time_after_its_answer(start_server, session):
    """60 s unless it is set."""
    server = start_server({"provision.idle_timeout": 1})
    client, started = session(at=server), time.monotonic()
    assert ask(client, {"provisionDeviceKey": "k", "provisionDeviceSecret": "s"}) == NOT_FOUND
    client.expect_disconnect(0)
    assert time.monotonic() - started >= 1


def test_a_flood_is_held_back(start_server, session):
    server = start_server({"provision.per_address": 3})
    connection = session(at=server)
    reasons = [connection.publish_acked(REQUEST, '{"provisionDeviceKey":"k","provisionDeviceSecret":"guess%d"}' % n).reason for n in range(5)]
    assert reasons == [0, 0, 0, 0x97, 0x97]
