"""What ThingsBoard's Python client sends, byte for byte in its habits: a POST or DELETE without a body has `{}` as JSON, switches
are True and False, absent parameters are left out. Its models refuse documents without some members: answers are as described."""

import hashlib
import json
import threading
import time

import pytest

from support.openapi import Description
from support.paho_device import PahoDevice
from support.rest import Device, USER
from support.server import PASSWORD

NOBODY = {"id": "13814000-1dd2-11b2-8080-808080808080", "entityType": "DEVICE"}
PAGE = [("pageSize", 10), ("page", 0)]


class Client:
    def __init__(self, rest, described, key=None):
        self.rest, self.described, self.key = rest, described, key

    def send(self, method, path, params=(), body=None, status=200):
        options = {}
        if method != "GET":
            options = {"data": json.dumps({} if body is None else body), "headers": {"Content-Type": "application/json", "Accept": "application/json"}}
        if self.key:
            options.update(token=None, headers={**options.get("headers", {}), "X-Authorization": f"ApiKey {self.key}"})
        answer = self.rest.raw(method, path, params=list(params), **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        self.described.check(answer)
        try:
            return answer.json()
        except ValueError:
            return answer.text

    def get(self, path, *params):
        return self.send("GET", path, params)

    def page(self, path, *params):
        found = self.get(path, *PAGE, *params)
        assert set(found) == {"data", "totalPages", "totalElements", "hasNext"}
        return found["data"]


@pytest.fixture(scope="module")
def described(server):
    return Description(server.rest.call("GET", "/api/docs/openapi.json", token=None))


@pytest.fixture
def client(rest, described):
    return Client(rest, described)


@pytest.fixture
def made(client, device_name):
    profile = client.get("/api/deviceProfileInfo/default")
    return client.send("POST", "/api/device", body={"name": device_name(), "label": "Thermometer", "deviceProfileId": profile["id"]})


def uuid(entity):
    return entity["id"]["id"]


def ids(entities):
    return [uuid(entity) for entity in entities]


def test_login_and_refresh(client, rest):
    login = rest.login(USER, PASSWORD)
    refreshed = rest.call("POST", "/api/auth/token", json={"refreshToken": login["refreshToken"]}, token=None)
    assert {"token", "refreshToken"} <= set(refreshed)
    me = client.get("/api/auth/user")
    assert me["email"] and me["authority"] == "TENANT_ADMIN"
    assert client.get(f"/api/user/{uuid(me)}") == me
    assert "minimumLength" in client.get("/api/noauth/userPasswordPolicy")


def test_a_key_in_place_of_a_login(client, rest):
    key = client.send("POST", "/api/apiKey", body={"description": "of a script"})
    assert Client(rest, client.described, key["value"]).page("/api/tenant/devices") is not None
    client.send("DELETE", f"/api/apiKey/{uuid(key)}")


def test_devices(client, made, device_name):
    its, profile = uuid(made), made["deviceProfileId"]
    for found in (client.get(f"/api/device/{its}"), client.get(f"/api/device/info/{its}")):
        assert found["name"] == made["name"] and found["deviceProfileId"] == profile
    changed = client.send("POST", "/api/device", body={**{k: v for k, v in made.items() if v is not None}, "additionalInfo": {"description": "x"}})
    assert changed["version"] == 2 and changed["additionalInfo"] == {"description": "x"}
    token = f"t{time.time_ns()}"
    other = client.send("POST", "/api/device", [("accessToken", token)], {"name": device_name(), "type": "default", "deviceProfileId": profile})
    assert client.get(f"/api/device/{uuid(other)}/credentials")["credentialsId"] == token
    third = client.send("POST", "/api/device-with-credentials", body={
        "device": {"name": device_name(), "type": "default", "deviceProfileId": profile},
        "credentials": {"deviceId": NOBODY, "credentialsType": "ACCESS_TOKEN", "credentialsId": f"u{time.time_ns()}"}})
    assert ids(client.get("/api/devices", ("deviceIds", f"{its},{uuid(third)}"))) == [its, uuid(third)]
    assert client.get("/api/tenant/devices", ("deviceName", made["name"]))["id"] == made["id"]
    sort = [("sortProperty", "createdTime"), ("sortOrder", "DESC")]
    search = [("textSearch", made["name"]), *sort]
    assert ids(client.page("/api/tenant/devices", ("type", "default"), *search)) == [its]
    assert ids(client.page("/api/tenant/deviceInfos", ("deviceProfileId", profile["id"]), ("active", False), *search)) == [its]
    assert client.page("/api/tenant/deviceInfos", ("active", True), *search) == []
    assert ids(client.page("/api/user/devices", *search)) == ids(client.page("/api/deviceInfos/all", *search)) == [its]
    assert {"tenantId", "entityType", "type"} == set(client.get("/api/device/types")[0])
    for one in (made, other, third):
        client.send("DELETE", f"/api/device/{uuid(one)}")


def test_credentials(client, made):
    path = f"/api/device/{uuid(made)}/credentials"
    kept = client.get(path)
    assert kept["credentialsId"] and uuid(kept)
    body = {k: v for k, v in kept.items() if v is not None}
    saved = client.send("POST", "/api/device/credentials", body={**body, "credentialsId": f"v{time.time_ns()}"})
    basic = json.dumps({"clientId": uuid(made), "userName": "u", "password": "p"})
    saved = client.send("POST", "/api/device/credentials", body={**body, "version": saved["version"], "credentialsType": "MQTT_BASIC",
                                                                 "credentialsId": "x", "credentialsValue": basic})
    assert json.loads(saved["credentialsValue"])["userName"] == "u" and saved["credentialsId"] not in ("x", None)


def test_profiles(client, device_name):
    name = device_name()
    profile = client.send("POST", "/api/deviceProfile", body={"name": name, "type": "DEFAULT", "transportType": "DEFAULT", "profileData": {
        "configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"}}})
    its, default = uuid(profile), client.get("/api/deviceProfileInfo/default")
    assert client.get(f"/api/deviceProfile/{its}") == profile
    info = client.get(f"/api/deviceProfileInfo/{its}")
    assert info["name"] == name and info["id"] == profile["id"] and "profileData" not in info
    assert client.get("/api/deviceProfileInfos", ("deviceProfileIds", f"{its},{uuid(default)}")) == [info, default]
    assert ids(client.page("/api/deviceProfileInfos", ("textSearch", name), ("transportType", "DEFAULT"))) == [its]
    assert ids(client.page("/api/deviceProfiles", ("textSearch", name))) == [its]
    assert name in [one["name"] for one in client.get("/api/deviceProfile/names", ("activeOnly", False))]
    assert name not in [one["name"] for one in client.get("/api/deviceProfile/names", ("activeOnly", True))]
    client.send("POST", f"/api/deviceProfile/{its}/default")
    client.send("POST", f"/api/deviceProfile/{uuid(default)}/default")
    for kind in ("timeseries", "attributes"):
        assert client.get(f"/api/deviceProfile/devices/keys/{kind}", ("deviceProfileId", its)) == []
    client.send("DELETE", f"/api/deviceProfile/{its}")


@pytest.mark.parametrize("path, name", [("/api/deviceProfileInfos", "deviceProfileIds"), ("/api/customers", "customerIds"), ("/api/users", "userIds"),
                                        ("/api/entityGroups", "entityGroupIds"), ("/api/entityGroupInfos", "entityGroupIds"), ("/api/devices", "deviceIds")])
def test_lists_by_ids(client, path, name):
    """Those that exist; a text that is no id is named."""
    unknown = "13814000-0000-11b2-8080-808080808080"
    assert client.get(path, (name, f"{unknown},{unknown}")) == []
    for wrong in ("", "x", f"{unknown},x"):
        refused = client.send("GET", path, [(name, wrong)], status=400)
        assert name in refused["message"] and refused["errorCode"] == 31


def test_telemetry(client, made):
    prefix, now = f"/api/plugins/telemetry/DEVICE/{uuid(made)}", 1_700_000_000_000
    values = f"{prefix}/values/timeseries"
    client.send("POST", f"{prefix}/timeseries/ANY", [("scope", "ANY")], {"temperature": 22.4, "on": True})
    client.send("POST", f"{prefix}/timeseries/ANY", [("scope", "ANY")], [{"ts": now + i * 1000, "values": {"level": i}} for i in range(20)])
    client.send("POST", f"{prefix}/timeseries/ANY/3600", [("scope", "ANY")], {"short": 1})
    assert set(client.get(values)) == set(client.get(f"{prefix}/keys/timeseries")) == {"temperature", "on", "level", "short"}
    strict = client.get(values, ("keys", "temperature,on"), ("useStrictDataTypes", True))
    assert strict["temperature"][0]["value"] == 22.4 and strict["on"][0]["value"] is True
    ranged = [("keys", "level"), ("startTs", now), ("endTs", now + 20_000)]
    assert len(client.get(values, *ranged)["level"]) == 20
    means = client.get(values, *ranged, ("interval", 10_000), ("limit", 10), ("agg", "AVG"), ("orderBy", "ASC"), ("useStrictDataTypes", True))
    assert [point["value"] for point in means["level"]] == [4.5, 14.5]
    weeks = client.get(values, *ranged, ("intervalType", "WEEK_ISO"), ("timeZone", "Europe/Paris"), ("agg", "SUM"))
    assert [point["value"] for point in weeks["level"]] == ["190"]
    client.send("DELETE", f"{prefix}/timeseries/delete", [("keys", "level"), ("startTs", now + 5000), ("endTs", now + 20_000),
                                                          ("deleteLatest", True), ("rewriteLatestIfDeleted", True)])
    assert client.get(values, ("keys", "level"))["level"] == [{"ts": now + 4000, "value": "4"}]
    client.send("DELETE", f"{prefix}/timeseries/delete", [("keys", "level"), ("deleteAllDataForKeys", True)])
    assert client.get(values, *ranged) == {}


def test_attributes(client, made):
    its = uuid(made)
    prefix = f"/api/plugins/telemetry/DEVICE/{its}"
    client.send("POST", f"{prefix}/SERVER_SCOPE", body={"a": 1, "b": "x"})
    client.send("POST", f"{prefix}/attributes/SHARED_SCOPE", body={"c": 1.5, "d": {"e": 1}})
    client.send("POST", f"/api/plugins/telemetry/{its}/SERVER_SCOPE", body={"f": False})
    assert {one["key"]: one["value"] for one in client.get(f"{prefix}/values/attributes", ("keys", "a,c"))} == {"a": 1, "c": 1.5}
    assert {one["key"]: one["value"] for one in client.get(f"{prefix}/values/attributes/SERVER_SCOPE", ("keys", "a,f"))} == {"a": 1, "f": False}
    assert set(client.get(f"{prefix}/keys/attributes/SHARED_SCOPE")) == {"c", "d"} <= set(client.get(f"{prefix}/keys/attributes"))
    client.send("DELETE", f"{prefix}/SERVER_SCOPE", [("keys", "a")])
    client.send("DELETE", f"/api/plugins/telemetry/{its}/SERVER_SCOPE", [("keys", "f")])
    assert client.get(f"{prefix}/values/attributes/SERVER_SCOPE", ("keys", "a,b,f"))[0]["key"] == "b"


def echo(client, calls):
    for _ in range(calls):
        request = client.receive(timeout=20)
        client.publish_acked(request.topic.replace("request", "response"), request.payload)


def test_calls(client, server, made):
    its = uuid(made)
    client.send("POST", f"/api/plugins/rpc/twoway/{its}", body={"method": "x", "params": {}, "timeout": 500}, status=409)
    kept = client.send("POST", f"/api/plugins/rpc/oneway/{its}", body={"method": "set", "params": {"a": 1}, "persistent": True, "retries": 3,
                                                                       "expirationTime": int(time.time() * 1000) + 600_000, "additionalInfo": {"k": 1}})
    assert client.get(f"/api/rpc/persistent/{kept['rpcId']}")["status"] == "QUEUED"
    assert ids(client.page(f"/api/rpc/persistent/device/{its}", ("rpcStatus", "QUEUED"))) == ids(client.page(f"/api/rpc/persistent/device/{its}")) == [kept["rpcId"]]
    client.send("DELETE", f"/api/rpc/persistent/{kept['rpcId']}")
    paho = PahoDevice(server, Device(its, made["name"], token=client.get(f"/api/device/{its}/credentials")["credentialsId"]))
    try:
        paho.listen("v1/devices/me/rpc/request/+")
        answering = threading.Thread(target=echo, args=[paho, 2])
        answering.start()
        assert client.send("POST", f"/api/plugins/rpc/twoway/{its}", body={"method": "get", "params": {"pin": 1}, "timeout": 15000})["params"] == {"pin": 1}
        assert client.send("POST", f"/api/rpc/twoway/{its}", body={"method": "get", "params": "text"})["params"] == "text"
        answering.join()
        client.send("POST", f"/api/plugins/rpc/oneway/{its}", body={"method": "set", "params": {}})
    finally:
        paho.disconnect()


@pytest.fixture
def customer(client, device_name):
    made = client.send("POST", "/api/customer", body={"title": f"customer {device_name()}", "country": "US", "email": "a@example.org"})
    yield made
    client.send("DELETE", f"/api/customer/{uuid(made)}")


def test_customers_and_users(client, made, customer, device_name):
    its, device = uuid(customer), uuid(made)
    assert client.get(f"/api/customer/{its}") == customer == client.get("/api/tenant/customers", ("customerTitle", customer["title"]))
    assert client.get("/api/customers", ("customerIds", its)) == [customer]
    assert client.get(f"/api/customer/{its}/title") == customer["title"]
    assert client.get(f"/api/customer/{its}/shortInfo")["title"] == customer["title"]
    assert client.send("POST", f"/api/customer/{its}/device/{device}")["customerId"] == customer["id"]
    assert ids(client.page(f"/api/customer/{its}/devices")) == ids(client.page(f"/api/customer/{its}/deviceInfos")) == [device]
    assert uuid({"id": client.send("DELETE", f"/api/customer/device/{device}")["customerId"]}) == NOBODY["id"]
    user = client.send("POST", "/api/user", [("sendActivationMail", False)], {
        "customerId": customer["id"], "email": f"{device_name()}@example.org", "authority": "CUSTOMER_USER", "firstName": "A", "lastName": "B"})
    assert client.get("/api/users", ("userIds", uuid(user))) == [user]
    assert ids(client.page(f"/api/customer/{its}/users")) == [uuid(user)]
    assert uuid(user) in ids(client.page("/api/user/users", ("textSearch", user["email"])))
    token = client.get(f"/api/user/{uuid(user)}/activationLink").split("activateToken=")[1]
    pair = client.send("POST", "/api/noauth/activate", [("sendActivationMail", False)], {"activateToken": token, "password": "a password of 2026"})
    assert {"token", "refreshToken"} <= set(pair)
    client.send("DELETE", f"/api/user/{uuid(user)}")


def test_groups_and_owners(client, made, customer, device_name):
    its, tenant = uuid(made), made["tenantId"]
    group = client.send("POST", "/api/entityGroup", body={"type": "DEVICE", "name": device_name()})
    gid = uuid(group)
    assert group["ownerIds"] == [tenant] and client.get(f"/api/entityGroup/{gid}") == client.get(f"/api/entityGroupInfo/{gid}") == group
    client.send("POST", f"/api/entityGroup/{gid}/addEntities", body=[its])
    for kind in ("entities", "devices"):
        found = client.page(f"/api/entityGroup/{gid}/{kind}")
        assert ids(found) == [its] and found[0]["name"] == made["name"]
    assert client.get(f"/api/entityGroup/{gid}/{its}")["id"] == made["id"]
    for path in ("/api/entityGroups/DEVICE", f"/api/entityGroups/TENANT/{tenant['id']}/DEVICE"):
        assert group in client.get(path)
        assert client.page(path, ("textSearch", group["name"])) == [group]
    assert client.get("/api/entityGroups", ("entityGroupIds", gid)) == client.get("/api/entityGroupInfos", ("entityGroupIds", gid)) == [group]
    everything = client.get(f"/api/entityGroup/all/TENANT/{tenant['id']}/DEVICE")
    assert everything["groupAll"] is True and client.get(f"/api/entityGroup/{uuid(everything)}/{its}")["id"] == made["id"]
    assert client.get(f"/api/entityGroup/TENANT/{tenant['id']}/DEVICE/{group['name']}") == group
    assert group["id"] in client.get(f"/api/entityGroups/DEVICE/{its}")
    client.send("POST", f"/api/owner/CUSTOMER/{uuid(customer)}/DEVICE/{its}")
    assert client.get(f"/api/device/{its}")["customerId"] == customer["id"]
    client.send("POST", f"/api/owner/TENANT/{tenant['id']}/DEVICE/{its}")
    assert client.get(f"/api/device/{its}")["customerId"]["id"] == NOBODY["id"]
    client.send("POST", f"/api/entityGroup/{gid}/deleteEntities", body=[its])
    client.send("GET", f"/api/entityGroup/{gid}/{its}", status=404)
    member = client.send("POST", "/api/device-with-credentials", [("entityGroupId", gid)], {
        "device": {"name": device_name(), "type": "default", "deviceProfileId": made["deviceProfileId"]},
        "credentials": {"deviceId": NOBODY, "credentialsType": "ACCESS_TOKEN", "credentialsId": f"w{time.time_ns()}"}})
    assert ids(client.page(f"/api/entityGroup/{gid}/devices")) == [uuid(member)]
    client.send("DELETE", f"/api/entityGroup/{gid}")


def test_what_an_owner_cannot_be(client, made, customer, device_name):
    its, tenant = uuid(made), made["tenantId"]["id"]
    unknown = "13814000-0000-11b2-8080-808080808080"
    own = client.send("POST", "/api/entityGroup", body={"type": "DEVICE", "name": device_name(), "ownerId": customer["id"]})
    tenants = client.send("POST", "/api/entityGroup", body={"type": "DEVICE", "name": device_name()})
    for path, body, status, field in [
            (f"USER/{tenant}/DEVICE/{its}", None, 400, "ownerType"), (f"TENANT/x/DEVICE/{its}", None, 400, "ownerId"),
            (f"TENANT/{unknown}/DEVICE/{its}", None, 404, ""), (f"CUSTOMER/{unknown}/DEVICE/{its}", None, 404, ""),
            (f"TENANT/{tenant}/ASSET/{its}", None, 400, "entityType"), (f"TENANT/{tenant}/DEVICE/{unknown}", None, 404, ""),
            (f"CUSTOMER/{uuid(customer)}/DEVICE/{its}", [uuid(tenants)], 400, "entityGroupIds"),
            (f"CUSTOMER/{uuid(customer)}/DEVICE/{its}", ["x"], 400, "entityGroupIds"),
            (f"CUSTOMER/{uuid(customer)}/DEVICE/{its}", {"a": 1}, 400, "expected an array")]:
        assert field in client.send("POST", f"/api/owner/{path}", body=body, status=status)["message"]
    assert client.get(f"/api/device/{its}")["customerId"]["id"] == NOBODY["id"]
    client.send("POST", f"/api/owner/CUSTOMER/{uuid(customer)}/DEVICE/{its}", body=[uuid(own)])
    assert own["id"] in client.get(f"/api/entityGroups/DEVICE/{its}")
    client.send("DELETE", f"/api/entityGroup/{uuid(tenants)}")


def test_firmware(client, made):
    profile = made["deviceProfileId"]
    info = client.send("POST", "/api/otaPackage", body={"deviceProfileId": profile, "type": "FIRMWARE", "title": made["name"], "version": "1.0", "usesUrl": False})
    its, data = uuid(info), b"firmware" * 100
    fields = {"checksum": hashlib.sha256(data).hexdigest(), "checksumAlgorithm": "SHA256"}
    uploaded = client.rest.raw("POST", f"/api/otaPackage/{its}", data=fields, files={"file": ("fw.bin", data, "application/octet-stream")})
    assert uploaded.status_code == 200 and uploaded.json()["hasData"] is True and uploaded.json()["checksum"] == fields["checksum"]
    assert client.get(f"/api/otaPackage/{its}")["title"] == made["name"] and its in ids(client.page(f"/api/otaPackages/{profile['id']}/FIRMWARE"))
    assert client.send("POST", "/api/device", body={**made, "firmwareId": info["id"]})["firmwareId"] == info["id"]
    client.send("DELETE", f"/api/device/{uuid(made)}")
    client.send("DELETE", f"/api/otaPackage/{its}")


def test_the_log_and_the_chain(client, made):
    for path in (f"entity/DEVICE/{uuid(made)}", f"user/{uuid(client.get('/api/auth/user'))}"):
        assert client.page(f"/api/audit/logs/{path}", ("sortProperty", "createdTime"), ("sortOrder", "DESC"))[0]["actionStatus"] == "SUCCESS"
    assert client.get("/api/device-connectivity/mqtts/certificate/download").startswith("-----BEGIN CERTIFICATE-----")


def test_a_table_of_devices(client, device_name):
    name = device_name()
    result = client.send("POST", "/api/device/bulk_import", body={"file": f"name,type,attr\n{name},default,5\n", "mapping": {
        "columns": [{"type": "NAME"}, {"type": "TYPE"}, {"type": "SERVER_ATTRIBUTE", "key": "attr"}], "delimiter": ",", "header": True, "update": False}})
    assert result == {"created": 1, "updated": 0, "errors": 0, "errorsList": []}


@pytest.mark.parametrize("word, value", [("TRUE", True), ("1", True), ("yes", True), ("On", True), ("False", False), ("0", False), ("no", False), ("OFF", False)])
def test_words_for_switches(client, made, word, value):
    client.send("POST", f"/api/plugins/telemetry/DEVICE/{uuid(made)}/timeseries/ANY", body={"n": 1})
    found = client.get(f"/api/plugins/telemetry/DEVICE/{uuid(made)}/values/timeseries", ("keys", "n"), ("useStrictDataTypes", word))
    assert found["n"][0]["value"] == (1 if value else "1")
