"""Device profiles over REST: create, read, update, delete, lists, the keys of their devices."""

import uuid

import pytest

from support.rest import RestError

TOPICS = {"deviceTelemetryTopic": "v1/devices/me/telemetry", "deviceAttributesTopic": "v1/devices/me/attributes",
          "deviceAttributesSubscribeTopic": "v1/devices/me/attributes"}


def expect_error(call, status, code=None, text=""):
    with pytest.raises(RestError) as refused:
        call()
    assert refused.value.status == status, refused.value
    assert code is None or refused.value.code == code, refused.value
    assert text.lower() in refused.value.message.lower()
    return refused.value


def body(name, transport=None, provision=None, **members):
    """A profile as ThingsBoard's clients send it."""
    transport = transport or {"type": "DEFAULT"}
    provision = provision or {"type": "DISABLED", "provisionDeviceSecret": None}
    return {"name": name, "type": "DEFAULT", "transportType": transport["type"], "provisionType": provision["type"],
            "description": "", "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": transport,
                                               "provisionConfiguration": provision, "alarms": []}, **members}


def mqtt(**members):
    return {"type": "MQTT", **TOPICS, "transportPayloadTypeConfiguration": {"transportPayloadType": "JSON"},
            "sendAckOnValidationException": False, **members}


def chain(pem, **members):
    return {"type": "X509_CERTIFICATE_CHAIN", "provisionDeviceSecret": pem, "certificateRegExPattern": "(.*)",
            "allowCreateNewDevicesByX509Certificate": True, **members}


def secret(kind="ALLOW_CREATE_NEW_DEVICES", **members):
    return {"type": kind, "provisionDeviceSecret": "s3cret", **members}


def profile_id(profile):
    return profile["id"]["id"]


@pytest.fixture
def save(rest):
    """save(body): kept until the end of the test, when its devices and the profile are deleted."""
    made = {}

    def post(document):
        saved = rest.post("/api/deviceProfile", document)
        made[profile_id(saved)] = saved
        return saved
    yield post
    for key in made:
        page = rest.get("/api/tenant/deviceInfos", pageSize=100, page=0, deviceProfileId=key)
        for device in page["data"]:
            rest.delete(f"/api/device/{device['id']['id']}")
        if rest.raw("GET", f"/api/deviceProfile/{key}").status_code == 200:
            rest.delete(f"/api/deviceProfile/{key}")


@pytest.fixture
def authority(certificates):
    """`openssl req -x509` makes authorities unless told otherwise."""
    return lambda *extra: certificates.ec("Devices CA", extra=extra)


# saved

def test_create_and_read(rest, save, device_name):
    name = device_name()
    sent = body(name, mqtt(deviceTelemetryTopic="plant/+/data", sendAckOnValidationException=True),
                secret(), provisionDeviceKey=f"key of {name}", description="pumps")
    made = save(sent)
    assert made["id"]["entityType"] == "DEVICE_PROFILE" and made["tenantId"]["entityType"] == "TENANT"
    assert made["version"] == 1 and made["createdTime"] > 1_600_000_000_000 and made["default"] is False
    for member in ("name", "type", "transportType", "provisionType", "provisionDeviceKey", "description", "profileData"):
        assert made[member] == sent[member]
    assert rest.get(f"/api/deviceProfile/{profile_id(made)}") == made


def test_least_body(save, device_name):
    made = save({"name": device_name()})
    assert (made["transportType"], made["provisionType"]) == ("DEFAULT", "DISABLED")
    assert made["provisionDeviceKey"] is None and made["firmwareId"] is None and made["softwareId"] is None
    assert made["profileData"] == {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                                   "provisionConfiguration": {"type": "DISABLED", "provisionDeviceSecret": None},
                                   "alarms": []}


def test_mqtt_profile_is_filled_in(save, device_name):
    made = save({"name": device_name(), "profileData": {"transportConfiguration": {"type": "MQTT"}}})
    transport = made["profileData"]["transportConfiguration"]
    assert made["transportType"] == "MQTT" and TOPICS.items() <= transport.items()
    assert transport["transportPayloadTypeConfiguration"] == {"transportPayloadType": "JSON"}


def test_protobuf_profile(save, device_name):
    payload = {"transportPayloadType": "PROTOBUF", "deviceTelemetryProtoSchema": 'syntax = "proto3"; message T {}',
               "deviceAttributesProtoSchema": 'syntax = "proto3"; message A {}', "deviceRpcRequestProtoSchema": "",
               "deviceRpcResponseProtoSchema": ""}
    made = save(body(device_name(), mqtt(transportPayloadTypeConfiguration=payload)))
    assert made["profileData"]["transportConfiguration"]["transportPayloadTypeConfiguration"] == payload


def test_update_and_version(rest, save, device_name):
    made = save(body(device_name(), description="old"))
    changed = rest.post("/api/deviceProfile", {**made, "description": "new"})
    assert changed["description"] == "new" and changed["version"] == made["version"] + 1
    assert changed["id"] == made["id"] and changed["createdTime"] == made["createdTime"]
    expect_error(lambda: rest.post("/api/deviceProfile", {**made, "description": "late"}), 409, 35)
    assert rest.get(f"/api/deviceProfile/{profile_id(made)}") == changed


def test_devices_follow_the_name(rest, save, device_name):
    made = save(body(device_name()))
    device = rest.create_device(device_name(), deviceProfileId=made["id"])
    renamed = rest.post("/api/deviceProfile", {**made, "name": device_name()})
    assert rest.get(f"/api/device/{device.id}")["type"] == renamed["name"]
    found = rest.get("/api/tenant/devices", pageSize=10, page=0, textSearch=renamed["name"])
    assert [entry["id"]["id"] for entry in found["data"]] == [device.id]
    assert rest.get("/api/tenant/devices", pageSize=10, page=0, type=made["name"])["totalElements"] == 0


def test_connected_device_survives_a_save_and_returns_from_a_move(rest, save, device_name, connected):
    first, second = save(body(device_name())), save(body(device_name()))
    device = rest.create_device(device_name(), deviceProfileId=first["id"])
    connection = connected(device)
    rest.post("/api/deviceProfile", {**first, "description": "changed"})
    connection.publish_acked("v1/devices/me/telemetry", "{a:1}")
    stored = rest.get(f"/api/device/{device.id}")
    rest.post("/api/device", {**stored, "deviceProfileId": second["id"]})
    connection.expect_disconnect(0x98)
    connected(device).publish_acked("v1/devices/me/telemetry", "{a:2}")
    assert rest.get(f"/api/device/{device.id}")["type"] == second["name"]


# authorities

def test_chain_profile(save, device_name, authority):
    ca = authority()
    made = save(body(device_name(), provision=chain(ca.pem)))
    provision = made["profileData"]["provisionConfiguration"]
    assert made["provisionDeviceKey"] == ca.fingerprint and provision["provisionDeviceSecret"] == ca.base64
    assert provision["certificateRegExPattern"] == "(.*)" and provision["allowCreateNewDevicesByX509Certificate"] is True
    again = save(made)
    assert again["provisionDeviceKey"] == ca.fingerprint and again["version"] == 2
    successor = authority()
    again["profileData"]["provisionConfiguration"]["provisionDeviceSecret"] = successor.pem
    assert save(again)["provisionDeviceKey"] == successor.fingerprint


def test_authority_of_another_profile(rest, save, device_name, authority):
    ca = authority()
    save(body(device_name(), provision=chain(ca.pem)))
    expect_error(lambda: rest.post("/api/deviceProfile", body(device_name(), provision=chain(ca.base64))), 400, 31,
                 "Device profile with such certificate already exists!")


def test_certificates_that_are_no_authority(rest, device_name, authority, certificates):
    leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
    usage = ("-addext", "keyUsage=critical,digitalSignature")
    for pem, reason in ((authority(*leaf).pem, "CA:FALSE"), (authority(*usage).pem, "keyCertSign"),
                        (certificates.ec("small", curve="prime192v1").pem, "too small"),
                        (authority().key.read_text(), "private key"), ("no certificate", "certificate"),
                        (authority().pem[:300], "certificate"), (certificates.expired().pem, "version 1")):
        expect_error(lambda: rest.post("/api/deviceProfile", body(device_name(), provision=chain(pem))), 400, 31, reason)


# refused

PROTOBUF = {"transportPayloadType": "PROTOBUF", "deviceTelemetryProtoSchema": 'syntax = "proto3"; message T {}',
            "deviceAttributesProtoSchema": 'syntax = "proto3"; message A {}'}
REFUSED = {
    "no name": (body(None), "name"),
    "empty name": (body(""), "name"),
    "long name": (body("x" * 256), "name"),
    "blank name": (body("   "), "name"),
    "name of another kind": (body(5), "name"),
    "type": (body("n", type="OTHER"), "type"),
    "default": (body("n", default=True), "default"),
    "description": (body("n", description="x" * 256), "description"),
    "firmware": (body("n", firmwareId={"entityType": "OTA_PACKAGE", "id": "x"}), "firmwareId"),
    "software": (body("n", softwareId=7), "softwareId"),
    "data of another kind": ({"name": "n", "profileData": []}, "profileData"),
    "large data": ({"name": "n", "profileData": {"alarms": ["x" * 262144]}}, "profileData"),
    "transport": (body("n", {"type": "COAP"}), "transportConfiguration.type"),
    "transport words": (body("n", mqtt(), transportType="DEFAULT"), "transportType"),
    "telemetry topic": (body("n", mqtt(deviceTelemetryTopic="a/#/b")), "deviceTelemetryTopic"),
    "attributes topic": (body("n", mqtt(deviceAttributesTopic="a+/b")), "deviceAttributesTopic"),
    "subscribe topic": (body("n", mqtt(deviceAttributesSubscribeTopic=1)), "deviceAttributesSubscribeTopic"),
    "same topics": (body("n", mqtt(deviceTelemetryTopic="t", deviceAttributesTopic="t")), "deviceAttributesTopic"),
    "long topic": (body("n", mqtt(deviceTelemetryTopic="t" * 1025)), "deviceTelemetryTopic"),
    "ack option": (body("n", mqtt(sendAckOnValidationException="no")), "sendAckOnValidationException"),
    "payload": (body("n", mqtt(transportPayloadTypeConfiguration={"transportPayloadType": "XML"})), "transportPayloadType"),
    "no telemetry schema": (body("n", mqtt(transportPayloadTypeConfiguration={**PROTOBUF, "deviceTelemetryProtoSchema": " "})),
                            "deviceTelemetryProtoSchema"),
    "no attributes schema": (body("n", mqtt(transportPayloadTypeConfiguration={**PROTOBUF, "deviceAttributesProtoSchema": None})),
                             "deviceAttributesProtoSchema"),
    "strategy": (body("n", provision={"type": "MAYBE"}), "provisionConfiguration.type"),
    "strategy words": (body("n", provision=secret(), provisionType="DISABLED", provisionDeviceKey="k"), "provisionType"),
    "no secret": (body("n", provision=secret(provisionDeviceSecret=None), provisionDeviceKey="k"), "provisionDeviceSecret"),
    "long secret": (body("n", provision=secret(provisionDeviceSecret="x" * 256), provisionDeviceKey="k"),
                    "provisionDeviceSecret"),
    "no key": (body("n", provision=secret("CHECK_PRE_PROVISIONED_DEVICES")), "provisionDeviceKey"),
    "long key": (body("n", provision=secret(), provisionDeviceKey="x" * 256), "provisionDeviceKey"),
    "no authority": (body("n", provision=chain("")), "provisionDeviceSecret"),
    "inactivity": ({"name": "n", "profileData": {"configuration": {"inactivityTimeout": "soon"}}}, "inactivityTimeout"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_member_is_named(rest, case):
    document, member = REFUSED[case]
    expect_error(lambda: rest.post("/api/deviceProfile", document), 400, 31, member)
    assert rest.get("/api/deviceProfileInfos", pageSize=1, page=0, textSearch="xxxx")["totalElements"] == 0


def test_pattern_is_checked(rest, authority):
    for pattern in ("", None, "(a", "x" * 1025):
        document = body("n", provision=chain(authority().pem, certificateRegExPattern=pattern))
        expect_error(lambda: rest.post("/api/deviceProfile", document), 400, 31, "certificateRegExPattern")


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"name":"a\\u0000b"}', b"[" * 5000])
def test_bodies_that_are_no_profile(rest, text):
    answer = rest.raw("POST", "/api/deviceProfile", data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["status"] == 400


def test_taken_name_and_key(rest, save, device_name):
    made = save(body(device_name(), provision=secret(), provisionDeviceKey=device_name()))
    expect_error(lambda: rest.post("/api/deviceProfile", body(made["name"])), 400, 31,
                 "Device profile with such name already exists!")
    taken = body(device_name(), provision=secret(), provisionDeviceKey=made["provisionDeviceKey"])
    expect_error(lambda: rest.post("/api/deviceProfile", taken), 400, 31,
                 "Device profile with such provision device key already exists!")


def test_rights(rest, save, device_name):
    made = save(body(device_name()))
    own = f"/api/deviceProfile/{profile_id(made)}"
    calls = [("POST", "/api/deviceProfile"), ("GET", own), ("DELETE", own), ("POST", own + "/default"),
             ("GET", "/api/deviceProfiles?pageSize=1&page=0"), ("GET", "/api/deviceProfile/devices/keys/timeseries"),
             ("GET", "/api/deviceProfile/devices/keys/attributes")]
    for method, path in calls:
        for token in (None, "garbage"):
            answer = rest.raw(method, path, token=token, **({"json": made} if path == "/api/deviceProfile" else {}))
            assert answer.status_code == 401 and answer.json()["errorCode"] == 10, (method, path)
    unknown = f"/api/deviceProfile/{uuid.uuid4()}"
    for method, path in (("GET", unknown), ("DELETE", unknown), ("POST", unknown + "/default")):
        expect_error(lambda: rest.call(method, path), 404, 32)
    expect_error(lambda: rest.post("/api/deviceProfile", {**made, "id": {"id": str(uuid.uuid4())}}), 404, 32)
    expect_error(lambda: rest.get("/api/deviceProfile/x"), 400, 31)
    assert rest.get(own) == made


# deleted, default

def test_delete(rest, save, device_name):
    made = save(body(device_name()))
    device = rest.create_device(device_name(), deviceProfileId=made["id"])
    expect_error(lambda: rest.delete(f"/api/deviceProfile/{profile_id(made)}"), 400, 31, "referenced by the devices")
    rest.delete(f"/api/device/{device.id}")
    rest.delete(f"/api/deviceProfile/{profile_id(made)}")
    expect_error(lambda: rest.get(f"/api/deviceProfile/{profile_id(made)}"), 404, 32)
    expect_error(lambda: rest.create_device(device_name(), deviceProfileId=made["id"]), 400, 31, "device profile")


def test_default(rest, save, device_name):
    former = rest.get("/api/deviceProfileInfo/default")
    made = save(body(device_name()))
    chosen = rest.post(f"/api/deviceProfile/{profile_id(made)}/default")
    try:
        assert chosen["default"] is True and chosen["version"] == made["version"] + 1
        assert rest.get("/api/deviceProfileInfo/default")["id"] == made["id"]
        assert rest.get(f"/api/deviceProfile/{profile_id(former)}")["default"] is False
        assert rest.post("/api/device", {"name": device_name()})["deviceProfileId"] == made["id"]
        expect_error(lambda: rest.delete(f"/api/deviceProfile/{profile_id(made)}"), 400, 31, "default")
        assert rest.post("/api/deviceProfile", {**chosen, "default": False})["default"] is True
    finally:
        rest.post(f"/api/deviceProfile/{profile_id(former)}/default")


# lists

def names(page):
    return [profile["name"] for profile in page["data"]]


def test_lists(rest, save, device_name):
    stem = device_name()
    for letter, transport in (("b", None), ("A", mqtt()), ("c", None)):
        save(body(f"{stem}-{letter}", transport, description=letter))
    pages = [rest.get("/api/deviceProfiles", pageSize=2, page=page, textSearch=stem.upper()) for page in (0, 1, 2)]
    assert [names(page) for page in pages] == [[f"{stem}-A", f"{stem}-b"], [f"{stem}-c"], []]
    assert [page["hasNext"] for page in pages] == [True, False, False] and pages[0]["totalElements"] == 3
    assert pages[0]["data"][0]["profileData"]["transportConfiguration"]["type"] == "MQTT"
    infos = rest.get("/api/deviceProfileInfos", pageSize=9, page=0, textSearch=stem, sortProperty="createdTime",
                     sortOrder="DESC")
    assert names(infos) == [f"{stem}-c", f"{stem}-A", f"{stem}-b"] and "profileData" not in infos["data"][0]
    only = rest.get("/api/deviceProfileInfos", pageSize=9, page=0, textSearch=stem, transportType="MQTT")
    assert names(only) == [f"{stem}-A"] and only["data"][0]["transportType"] == "MQTT"
    expect_error(lambda: rest.get("/api/deviceProfiles"), 400, 31, "pageSize")
    expect_error(lambda: rest.get("/api/deviceProfiles", pageSize=1, page=0, sortProperty="x"), 400, 31, "sortProperty")
    expect_error(lambda: rest.get("/api/deviceProfileInfos", pageSize=1, page=0, transportType="X"), 400, 31, "transportType")


def test_names(rest, save, device_name):
    unused, used = save(body(device_name())), save(body(device_name()))
    rest.create_device(device_name(), deviceProfileId=used["id"])
    listed = [entry["name"] for entry in rest.get("/api/deviceProfile/names")]
    assert unused["name"] in listed and used["name"] in listed and "default" in listed
    active = [entry["name"] for entry in rest.get("/api/deviceProfile/names", activeOnly="true")]
    assert unused["name"] not in active and used["name"] in active


def test_keys_of_devices(rest, save, device_name, connected):
    made, other = save(body(device_name())), save(body(device_name()))
    for number, profile in enumerate((made, made, other)):
        device = rest.create_device(device_name(), deviceProfileId=profile["id"])
        connection = connected(device)
        connection.publish_acked("v1/devices/me/telemetry", f'{{"both":1,"Ünique-{number}":2}}')
        connection.publish_acked("v1/devices/me/attributes", f'{{"serial-{number}":1}}')
    key = profile_id(made)
    assert rest.get("/api/deviceProfile/devices/keys/timeseries", deviceProfileId=key) == ["both", "Ünique-0", "Ünique-1"]
    attributes = rest.get("/api/deviceProfile/devices/keys/attributes", deviceProfileId=key)
    assert {"serial-0", "serial-1", "active"} <= set(attributes) and "serial-2" not in attributes
    assert attributes == sorted(attributes)
    assert "Ünique-2" in rest.get("/api/deviceProfile/devices/keys/timeseries")
    expect_error(lambda: rest.get("/api/deviceProfile/devices/keys/timeseries", deviceProfileId=uuid.uuid4()), 404, 32)
    expect_error(lambda: rest.get("/api/deviceProfile/devices/keys/attributes", deviceProfileId="x"), 400, 31)


# the name pattern, tried

def test_a_pattern_is_tried(rest):
    def tried(pattern, common_name):
        return rest.post("/api/postern/deviceProfile/tryNamePattern", {"certificateRegExPattern": pattern, "commonName": common_name})

    assert tried("(.*)[.]pump", "p-17.pump") == {"name": "p-17", "problem": None}
    assert tried("(?i)^P-\\d+", "p-17.pump") == {"name": "p-17", "problem": None}
    for pattern, common_name, reason in (("(.*)[.]pump", "p-17", "does not match"), ("x*", "p-17", "commonName"),
                                         ("(a+)+$", "a" * 40 + "b", "backtracks")):
        answer = tried(pattern, common_name)
        assert answer["name"] is None and reason in answer["problem"]
    refused = expect_error(lambda: tried("(", "p-17"), 400, 31, "no regular expression")
    assert refused.body["field"] == "certificateRegExPattern"
    expect_error(lambda: rest.post("/api/postern/deviceProfile/tryNamePattern", {"certificateRegExPattern": "x"}), 400, 31, "commonName")


# what stays

def test_profiles_survive_a_kill_and_secrets_stay_out_of_the_log(start_server):
    server = start_server()
    made = server.rest.post("/api/deviceProfile", body("p", provision=secret(provisionDeviceSecret="hush-hush"),
                                                       provisionDeviceKey="k"))
    expect_error(lambda: server.rest.post("/api/deviceProfile", body("q", provision=secret(provisionDeviceSecret="hush-hush"),
                                                                     provisionDeviceKey="k")), 400)
    server.kill()
    server.start()
    assert server.rest.get(f"/api/deviceProfile/{profile_id(made)}") == made
    assert not any("hush-hush" in line for line in server.log.lines())
