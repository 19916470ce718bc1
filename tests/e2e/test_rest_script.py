"""A script as somebody writes it who knows ThingsBoard's REST documentation and nothing of this server: its calls, one after
the other, with plain requests. Each answer is also measured by the description that the server gives of itself."""

import base64
import hashlib
import json
import threading
import time

import pytest
import requests

from support.openapi import Description
from support.paho_device import PahoDevice
from support.rest import USER, Device
from support.server import PASSWORD


class Script:
    """What such scripts begin with: a login, then X-Authorization with each call."""

    def __init__(self, url, description=None):
        self.url = url
        self.http = requests.Session()
        self.http.headers["Accept"] = "application/json"
        self.calls = 0
        if description:
            self.http.hooks["response"].append(lambda response, **_: description.check(response) and None)

    def ask(self, method, path, **options):
        self.calls += 1
        return self.http.request(method, self.url + path, timeout=30, **options)

    def call(self, method, path, **options):
        answer = self.ask(method, path, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        if not answer.content or "json" not in answer.headers["Content-Type"]:
            return answer.text
        return answer.json()

    def get(self, path, **params):
        return self.call("GET", path, params=params)

    def post(self, path, body=None, **params):
        return self.call("POST", path, json=body, params=params)

    def delete(self, path, **params):
        return self.call("DELETE", path, params=params)

    def login(self, user, password):
        answer = self.post("/api/auth/login", {"username": user, "password": password})
        self.http.headers["X-Authorization"] = f"Bearer {answer['token']}"
        return answer


@pytest.fixture(scope="module")
def description(server):
    return Description(server.rest.call("GET", "/api/docs/openapi.json", token=None))


@pytest.fixture
def script(server, description):
    made = Script(server.url, description)
    made.login(USER, PASSWORD)
    return made


@pytest.fixture
def device(script, device_name):
    made = script.post("/api/device", {"name": device_name(), "type": "default", "label": "of a script"})
    yield made
    script.ask("DELETE", f"/api/device/{made['id']['id']}")


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_tokens_as_clients_read_them(server, script):
    """Clients look at iat and exp of both, and come back with the refresh token before the other ends."""
    tokens = script.login(USER, PASSWORD)
    access, refresh = claims_of(tokens["token"]), claims_of(tokens["refreshToken"])
    assert abs(access["iat"] - time.time()) < 60 and access["exp"] - access["iat"] == 9000
    assert refresh["exp"] - refresh["iat"] == 604800 and access["sub"] == USER and access["scopes"] == ["TENANT_ADMIN"]
    renewed = script.post("/api/auth/token", {"refreshToken": tokens["refreshToken"]})
    script.http.headers["X-Authorization"] = f"Bearer {renewed['token']}"
    me = script.get("/api/auth/user")
    assert me["email"] == me["name"] == USER and me["authority"] == "TENANT_ADMIN" and me["tenantId"]["id"] == access["tenantId"]
    script.post("/api/auth/logout")
    assert script.ask("GET", "/api/auth/user").status_code == 401
    assert script.ask("POST", "/api/auth/login", json={"username": USER, "password": "wrong"}).json()["errorCode"] == 10


def test_a_machine_comes_with_a_key(script):
    me = script.get("/api/auth/user")
    key = script.post("/api/apiKey", {"description": "script", "enabled": True, "userId": me["id"], "expirationTime": 0})
    machine = Script(script.url)
    machine.http.headers["X-Authorization"] = f"ApiKey {key['value']}"
    assert machine.get("/api/auth/user")["id"] == me["id"]
    assert machine.get("/api/tenant/devices", pageSize=1, page=0)["data"] is not None
    assert key["id"]["id"] in [known["id"]["id"] for known in script.get(f"/api/apiKeys/{me['id']['id']}")]
    script.call("PUT", f"/api/apiKey/{key['id']['id']}/enabled/false")
    assert machine.ask("GET", "/api/auth/user").status_code == 401
    script.delete(f"/api/apiKey/{key['id']['id']}")


def test_devices(script, device, device_name):
    uuid = device["id"]["id"]
    assert device["type"] == "default" and device["version"] == 1 and device["additionalInfo"] is None
    assert script.get(f"/api/device/{uuid}") == device
    info = script.get(f"/api/device/info/{uuid}")
    assert info["deviceProfileName"] == "default" and info["active"] is False and info["customerTitle"] is None
    changed = script.post("/api/device", {**device, "label": "changed", "additionalInfo": {"description": "by a script"}})
    assert changed["version"] == 2 and changed["label"] == "changed"
    assert script.ask("POST", "/api/device", json={**device, "version": 1}).json()["errorCode"] == 35
    assert script.get("/api/tenant/devices", deviceName=device["name"])["id"] == device["id"]
    page = script.get("/api/tenant/devices", pageSize=10, page=0, textSearch=device["name"], sortProperty="name", sortOrder="ASC")
    assert [one["id"] for one in page["data"]] == [device["id"]] and page["totalElements"] == 1 and page["hasNext"] is False
    infos = script.get("/api/tenant/deviceInfos", pageSize=10, page=0, textSearch=device["name"], active="false")
    assert [one["id"] for one in infos["data"]] == [device["id"]]
    assert [one["id"] for one in script.get("/api/devices", deviceIds=uuid)] == [device["id"]]
    assert "default" in [one["type"] for one in script.get("/api/device/types")]
    twin = script.ask("POST", "/api/device", json={"name": device["name"]})
    assert twin.status_code == 400 and twin.json()["message"] == "Device with such name already exists!"
    assert "mosquitto_pub" in script.get(f"/api/device-connectivity/{uuid}")["mqtt"]["mqtts"][1]
    script.delete(f"/api/device/{uuid}")
    gone = script.ask("GET", f"/api/device/{uuid}")
    assert gone.status_code == 404 and gone.json()["errorCode"] == 32


def test_credentials(script, device, certificates):
    uuid = device["id"]["id"]
    kept = script.get(f"/api/device/{uuid}/credentials")
    assert kept["credentialsType"] == "ACCESS_TOKEN" and len(kept["credentialsId"]) == 20 and kept["credentialsValue"] is None
    saved = script.post("/api/device/credentials", {**kept, "credentialsId": f"script-{uuid[:20]}"})
    assert saved["credentialsId"] == f"script-{uuid[:20]}" and saved["id"] == kept["id"]
    basic = {**saved, "credentialsType": "MQTT_BASIC", "credentialsId": None,
             "credentialsValue": json.dumps({"clientId": uuid, "userName": "script", "password": "secret"})}
    assert json.loads(script.post("/api/device/credentials", basic)["credentialsValue"])["userName"] == "script"
    kept = script.get(f"/api/device/{uuid}/credentials")
    pem = certificates.ec().pem
    saved = script.post("/api/device/credentials", {**kept, "credentialsType": "X509_CERTIFICATE", "credentialsId": None, "credentialsValue": pem})
    text = "".join(line for line in pem.splitlines() if "-----" not in line)
    assert saved["credentialsValue"] == text and saved["credentialsId"] == hashlib.sha3_256(text.encode()).hexdigest()


def test_a_device_with_its_credentials_and_many_from_a_table(script, device_name):
    name = device_name()
    made = script.post("/api/device-with-credentials", {"device": {"name": name, "type": "default"},
                                                        "credentials": {"credentialsType": "ACCESS_TOKEN", "credentialsId": f"t-{time.time_ns()}"}})
    assert made["name"] == name
    file = f"name,label,temperature\n{name}-1,first,20.5\n{name}-2,second,21\n"
    columns = [{"type": "NAME"}, {"type": "LABEL"}, {"type": "TIMESERIES", "key": "temperature"}]
    result = script.post("/api/device/bulk_import", {"file": file, "mapping": {"columns": columns, "delimiter": ",", "header": True, "update": False}})
    assert result == {"created": 2, "updated": 0, "errors": 0, "errorsList": []}
    for one in script.get("/api/tenant/devices", pageSize=10, page=0, textSearch=name)["data"]:
        script.delete(f"/api/device/{one['id']['id']}")


def test_profiles(script, device, device_name):
    name = device_name()
    profile = script.post("/api/deviceProfile", {
        "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": "DISABLED", "description": "of a script",
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                        "provisionConfiguration": {"type": "DISABLED", "provisionDeviceSecret": None}, "alarms": None}})
    uuid = profile["id"]["id"]
    assert profile["default"] is False and profile["profileData"]["transportConfiguration"]["type"] == "DEFAULT"
    assert script.get(f"/api/deviceProfile/{uuid}") == profile
    assert script.post("/api/deviceProfile", {**profile, "description": "changed"})["version"] == profile["version"] + 1
    assert [one["name"] for one in script.get("/api/deviceProfiles", pageSize=10, page=0, textSearch=name)["data"]] == [name]
    assert [one["id"] for one in script.get("/api/deviceProfileInfos", pageSize=10, page=0, textSearch=name)["data"]] == [profile["id"]]
    assert script.get("/api/deviceProfileInfo/default")["name"] == "default"
    assert name in [one["name"] for one in script.get("/api/deviceProfile/names")]
    moved = script.post("/api/device", {**device, "deviceProfileId": profile["id"]})
    assert moved["type"] == name
    assert script.ask("DELETE", f"/api/deviceProfile/{uuid}").status_code == 400
    script.delete(f"/api/device/{device['id']['id']}")
    script.delete(f"/api/deviceProfile/{uuid}")


def test_telemetry(script, device):
    uuid, now = device["id"]["id"], 1_700_000_000_000
    script.post(f"/api/plugins/telemetry/DEVICE/{uuid}/timeseries/ANY", {"temperature": 22.4, "state": "on"})
    latest = script.get(f"/api/plugins/telemetry/DEVICE/{uuid}/values/timeseries", keys="temperature,state")
    assert latest["temperature"][0]["value"] == "22.4" and latest["state"][0]["value"] == "on"
    strict = script.get(f"/api/plugins/telemetry/DEVICE/{uuid}/values/timeseries", keys="temperature", useStrictDataTypes="true")
    assert strict["temperature"][0]["value"] == 22.4
    script.post(f"/api/plugins/telemetry/DEVICE/{uuid}/timeseries/ANY", [{"ts": now + i * 1000, "values": {"level": i}} for i in range(10)])
    script.post(f"/api/plugins/telemetry/DEVICE/{uuid}/timeseries/ANY/86400", {"ts": now + 20_000, "values": {"level": 20}})
    assert set(script.get(f"/api/plugins/telemetry/DEVICE/{uuid}/keys/timeseries")) == {"temperature", "state", "level"}
    path = f"/api/plugins/telemetry/DEVICE/{uuid}/values/timeseries"
    history = script.get(path, keys="level", startTs=now, endTs=now + 10_000, limit=3, orderBy="ASC")
    assert [(point["ts"], point["value"]) for point in history["level"]] == [(now + i * 1000, str(i)) for i in range(3)]
    means = script.get(path, keys="level", startTs=now, endTs=now + 10_000, interval=5000, agg="AVG", orderBy="ASC", useStrictDataTypes="true")
    assert [point["value"] for point in means["level"]] == [2, 7]
    script.delete(f"/api/plugins/telemetry/DEVICE/{uuid}/timeseries/delete", keys="level", deleteAllDataForKeys="true")
    assert "level" not in script.get(path, keys="level", startTs=0, endTs=now + 60_000)


def test_attributes(script, device):
    uuid = device["id"]["id"]
    prefix = f"/api/plugins/telemetry/DEVICE/{uuid}"
    script.post(f"/api/plugins/telemetry/{uuid}/SERVER_SCOPE", {"floor": 3})
    script.post(f"{prefix}/SHARED_SCOPE", {"target": 21.5, "unit": "C"})
    script.post(f"{prefix}/attributes/SERVER_SCOPE", {"building": "north"})
    assert {"floor", "building"} <= set(script.get(f"{prefix}/keys/attributes/SERVER_SCOPE"))
    assert {"floor", "target", "unit"} <= set(script.get(f"{prefix}/keys/attributes"))
    shared = {one["key"]: one["value"] for one in script.get(f"{prefix}/values/attributes/SHARED_SCOPE", keys="target,unit")}
    assert shared == {"target": 21.5, "unit": "C"}
    assert {"floor": 3, "target": 21.5}.items() <= {one["key"]: one["value"] for one in script.get(f"{prefix}/values/attributes")}.items()
    script.delete(f"{prefix}/SHARED_SCOPE", keys="unit")
    script.delete(f"/api/plugins/telemetry/{uuid}/SERVER_SCOPE", keys="floor")
    assert script.get(f"{prefix}/keys/attributes/SHARED_SCOPE") == ["target"]


def answer_calls(client):
    request = client.receive(timeout=20)
    number = request.topic.rsplit("/", 1)[1]
    client.publish_acked(f"v1/devices/me/rpc/response/{number}", json.dumps({"was": json.loads(request.payload)["method"]}))


def test_calls(script, server, device):
    uuid = device["id"]["id"]
    offline = script.ask("POST", f"/api/rpc/twoway/{uuid}", json={"method": "getValve", "params": {}, "timeout": 1000})
    assert offline.status_code == 409
    kept = script.post(f"/api/rpc/oneway/{uuid}", {"method": "setValve", "params": {"open": True}, "persistent": True, "timeout": 60000})
    assert script.get(f"/api/rpc/persistent/{kept['rpcId']}")["status"] == "QUEUED"
    page = script.get(f"/api/rpc/persistent/device/{uuid}", pageSize=10, page=0, rpcStatus="QUEUED")
    assert [one["id"]["id"] for one in page["data"]] == [kept["rpcId"]]
    script.delete(f"/api/rpc/persistent/{kept['rpcId']}")
    token = script.get(f"/api/device/{uuid}/credentials")["credentialsId"]
    client = PahoDevice(server, Device(uuid, device["name"], token=token))
    try:
        client.listen("v1/devices/me/rpc/request/+")
        answering = threading.Thread(target=answer_calls, args=[client])
        answering.start()
        assert script.post(f"/api/rpc/twoway/{uuid}", {"method": "getValve", "params": {}, "timeout": 15000}) == {"was": "getValve"}
        answering.join()
    finally:
        client.disconnect()


def test_customers_and_users(script, device):
    uuid = device["id"]["id"]
    customer = script.post("/api/customer", {"title": f"customer of {device['name']}", "country": "Norway", "city": "Bergen"})
    its = customer["id"]["id"]
    assert script.get(f"/api/customer/{its}") == customer and customer["city"] == "Bergen" and customer["name"] == customer["title"]
    assert script.get("/api/customers", pageSize=10, page=0, textSearch=customer["title"])["totalElements"] == 1
    assert script.get("/api/tenant/customers", customerTitle=customer["title"])["id"] == customer["id"]
    assert script.post(f"/api/customer/{its}/device/{uuid}")["customerId"] == customer["id"]
    assert [one["id"] for one in script.get(f"/api/customer/{its}/devices", pageSize=10, page=0)["data"]] == [device["id"]]
    user = script.post("/api/user", {"email": f"u{time.time_ns()}@example.org", "authority": "CUSTOMER_USER", "customerId": customer["id"],
                                     "firstName": "Ada", "lastName": "L"}, sendActivationMail="false")
    link = script.get(f"/api/user/{user['id']['id']}/activationLink")
    body = {"activateToken": link.split("activateToken=")[1], "password": "a password of 2026"}
    person = Script(script.url)
    person.http.headers["X-Authorization"] = "Bearer " + person.post("/api/noauth/activate", body)["token"]
    assert person.get("/api/auth/user")["customerId"] == customer["id"]
    assert person.get(f"/api/device/{uuid}")["name"] == device["name"]
    assert person.ask("DELETE", f"/api/device/{uuid}").status_code == 403
    assert script.get("/api/users", pageSize=10, page=0, textSearch=user["email"])["data"][0]["id"] == user["id"]
    assert script.delete(f"/api/customer/device/{uuid}")["customerId"]["id"] == "13814000-1dd2-11b2-8080-808080808080"
    script.delete(f"/api/user/{user['id']['id']}")
    script.delete(f"/api/customer/{its}")


def test_groups(script, device):
    """Calls of the Professional Edition's client."""
    uuid, tenant = device["id"]["id"], device["tenantId"]["id"]
    group = script.post("/api/entityGroup", {"type": "DEVICE", "name": f"group of {device['name']}"})
    its = group["id"]["id"]
    assert script.get(f"/api/entityGroup/{its}")["name"] == group["name"] and script.get(f"/api/entityGroupInfo/{its}")["ownerIds"] == [device["tenantId"]]
    script.post(f"/api/entityGroup/{its}/addEntities", [uuid])
    assert [one["id"] for one in script.get(f"/api/entityGroup/{its}/devices", pageSize=10, page=0)["data"]] == [device["id"]]
    assert script.get(f"/api/entityGroup/{its}/entities", pageSize=10, page=0)["totalElements"] == 1
    assert group["id"] in script.get(f"/api/entityGroups/DEVICE/{uuid}")
    assert group["id"] in [one["id"] for one in script.get(f"/api/entityGroups/TENANT/{tenant}/DEVICE")]
    assert script.get(f"/api/entityGroup/all/TENANT/{tenant}/DEVICE")["groupAll"] is True
    assert script.get(f"/api/entityGroup/TENANT/{tenant}/DEVICE/{group['name']}")["id"] == group["id"]
    script.post(f"/api/entityGroup/{its}/deleteEntities", [uuid])
    script.delete(f"/api/entityGroup/{its}")


def test_firmware(script, device):
    package = script.post("/api/otaPackage", {"title": f"fw {device['name']}", "version": "1.0", "type": "FIRMWARE", "deviceProfileId": device["deviceProfileId"],
                                              "usesUrl": False})
    its, data = package["id"]["id"], b"firmware" * 1000
    digest = hashlib.sha256(data).hexdigest()
    uploaded = script.call("POST", f"/api/otaPackage/{its}", params={"checksum": digest, "checksumAlgorithm": "SHA256"}, files={"file": ("fw.bin", data)})
    assert uploaded["hasData"] is True and uploaded["checksum"] == digest and uploaded["dataSize"] == len(data)
    assert script.get(f"/api/otaPackage/info/{its}") == uploaded
    assert script.ask("GET", f"/api/otaPackage/{its}/download", headers={"Accept": "*/*"}).content == data
    assert its in [one["id"]["id"] for one in script.get("/api/otaPackages", pageSize=100, page=0)["data"]]
    assert its in [one["id"]["id"] for one in script.get(f"/api/otaPackages/{device['deviceProfileId']['id']}/FIRMWARE", pageSize=100, page=0)["data"]]
    assigned = script.post("/api/device", {**device, "firmwareId": package["id"]})
    assert assigned["firmwareId"] == package["id"]
    script.delete(f"/api/device/{device['id']['id']}")
    script.delete(f"/api/otaPackage/{its}")


def test_the_log_of_it(script, device):
    page = script.get(f"/api/audit/logs/entity/DEVICE/{device['id']['id']}", pageSize=10, page=0)
    assert [(one["actionType"], one["entityName"], one["userName"]) for one in page["data"]] == [("ADDED", device["name"], USER)]
    assert script.get("/api/audit/logs", pageSize=1, page=0, sortProperty="createdTime", sortOrder="DESC")["data"]
