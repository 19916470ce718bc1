"""The device API over HTTP: by token, and by certificate on the TLS port. Device API section 9."""

import json
import socket
import ssl
import subprocess
import time

import pytest
import requests

from support.authority import Workshop
from support.connection import client_context
from support.http_device import HttpDevice, curl
from support.ota import assign, uploaded
from support.server import POSTERN, worker_number

ME = "/api/v1/me/telemetry"
ROUTES = [("POST", "telemetry"), ("POST", "attributes"), ("GET", "attributes"), ("GET", "attributes/updates"),
          ("GET", "rpc"), ("POST", "rpc"), ("POST", "rpc/1"), ("POST", "claim"), ("GET", "firmware"), ("GET", "software")]


@pytest.fixture
def device(new_device):
    return new_device("token")


@pytest.fixture
def client(server, device):
    with HttpDevice(server, device.token) as opened:
        yield opened


@pytest.fixture
def owner(new_device):
    """A device with a certificate."""
    return new_device("ec")


# ---- by token


@pytest.mark.parametrize("body,expected", [
    ("{temperature:25.5, on:true, name:'x', text:\"7\"}", {"temperature": 25.5, "on": True, "name": "x", "text": 7}),
    ('[{"ts":1700000000000,"values":{"a":1}},{"b":2}]', {"a": 1, "b": 2}),
    ("{}", {}),
    ('{"big":"%s"}' % ("x" * 200000), {"big": "x" * 200000}),
], ids=["lenient", "array", "empty", "large"])
def test_telemetry(client, device, rest, body, expected):
    answer = client.post("telemetry", body)
    assert (answer.status_code, answer.content) == (200, b"")
    assert rest.latest(device, strict=True) == expected


def test_any_content_type_and_a_body_that_waits_for_100(server, device, rest):
    for number, header in enumerate(["text/plain", "application/json", "application/x-www-form-urlencoded"]):
        url = f"{server.url}/api/v1/{device.token}/telemetry"
        done = subprocess.run(["curl", "-s", "-w", "%{http_code}", "-H", f"Content-Type: {header}", "-H",
                               "Expect: 100-continue", "--data-binary", "{n:%d}" % number, "-m", "0.9", url],
                              capture_output=True)  # curl itself would wait a second
        assert done.stdout == b"200"
    assert rest.latest(device) == {"n": "2"}


def test_200_means_on_disk(start_server):
    server = start_server()
    device = server.rest.create_device("durable")
    with HttpDevice(server, device.token) as client:
        for number in range(20):
            assert client.post("telemetry", {"n": number}).status_code == 200
    server.kill()
    server.start()
    server.rest.forget_login()
    assert server.rest.latest(device) == {"n": "19"}


def test_attributes(client, device, rest):
    assert client.post("attributes", "{fw:'1.2.3',count:7,config:{a:[1]}}").status_code == 200
    rest.post(f"/api/plugins/telemetry/{device.id}/SHARED_SCOPE", {"interval": 30, "unit": "C"})
    rest.post(f"/api/plugins/telemetry/{device.id}/SERVER_SCOPE", {"secret": 1})
    assert rest.attributes(device) == {"fw": "1.2.3", "count": 7, "config": {"a": [1]}}
    assert client.get("attributes", clientKeys="fw,none", sharedKeys="interval").json() == {
        "client": {"fw": "1.2.3"}, "shared": {"interval": 30}}
    assert client.get("attributes", clientKeys="fw").json() == {"client": {"fw": "1.2.3"}}
    assert client.get("attributes", clientKeys="", sharedKeys="unit, interval").json() == {
        "shared": {"unit": "C", "interval": 30}}
    everything = {"client": {"fw": "1.2.3", "count": 7, "config": {"a": [1]}}, "shared": {"unit": "C", "interval": 30}}
    assert client.get("attributes").json() == everything
    assert client.get("attributes", clientKeys="", sharedKeys=",").json() == everything
    assert client.get("attributes", clientKeys="none").json() == {}


def test_too_many_keys(client):
    answer = client.get("attributes", clientKeys=",".join(f"k{n}" for n in range(1001)))
    assert answer.status_code == 400 and "at most 1000" in answer.json()["message"]


@pytest.mark.parametrize("path", ["telemetry", "attributes"])
@pytest.mark.parametrize("body,reason", [
    ("", "byte 0"), ('{"a" 5}', "byte 5"), ("5", "expected an object"), ('{"a":1}x', "byte 7"),
    (b'{"a":"\xff"}', "UTF-8"), ('{"a":' + "[" * 70 + "]" * 70 + "}", "deep"),
    ("{" + ",".join(f"k{n}:1" for n in range(1001)) + "}", "1000"),
], ids=["empty", "colon", "number", "trailing", "utf8", "deep", "keys"])
def test_a_body_that_is_refused(client, device, rest, path, body, reason):
    answer = client.post(path, body)
    assert answer.status_code == 400 and answer.json()["errorCode"] == 31
    assert reason in answer.json()["message"]
    assert rest.latest(device) == {} and rest.attributes(device) == {}
    event = rest.get(f"/api/postern/device/{device.id}/events", pageSize=1, page=0)["data"][0]
    assert event["type"] == "MESSAGE_REFUSED" and reason in event["reason"]
    assert event["topic"] == "/api/v1/{token}/" + path
    assert client.post(path, "{a:1}").status_code == 200  # the connection goes on


def test_a_body_too_large(client, device, rest):
    answer = client.post("telemetry", b'{"a":"' + b"x" * 1100000 + b'"}')
    assert answer.status_code == 413
    assert rest.latest(device) == {}


@pytest.mark.parametrize("token", ["unknown", "x" * 33, "%F0%9F%94%91", "a%20b", "..%2f", "null", "Me"])
def test_unknown_token(server, token):
    for method, path in ROUTES:
        with HttpDevice(server, token) as client:
            answer = client.ask(method, path)
        assert answer.status_code in (401, 404), answer.text  # 404: the library resolves dots
        assert "errorCode" in answer.json()
        if answer.status_code == 401:
            assert answer.json()["errorCode"] == 10 and "not registered" in answer.json()["message"]


def test_a_token_with_other_characters(server, rest, device_name):
    device = rest.create_device(device_name(), token="a b+c%ä?&#")
    with HttpDevice(server, "a%20b%2Bc%25%C3%A4%3F%26%23") as client:
        assert client.post("telemetry", "{a:1}").status_code == 200
    assert rest.latest(device) == {"a": "1"}


def test_a_refused_token_is_in_the_door_log_but_not_itself(server, rest):
    secret = "not-a-token-of-anybody"
    with HttpDevice(server, secret) as client:
        assert client.post("telemetry", "{}").status_code == 401
    events = rest.get("/api/postern/door/events", pageSize=100, page=0)["data"]
    event = next(e for e in events if "no device has this token" in e.get("reason", ""))
    assert event["type"] == "REFUSED" and event["address"] == "127.0.0.1"
    assert server.log.wait(event="door.refused", stage="http")
    assert not any(secret in line for line in server.log.lines())


def test_activity_counts(server, client, device, rest):
    assert rest.get(f"/api/device/info/{device.id}")["active"] is False
    assert client.post("telemetry", "{a:1}").status_code == 200
    assert rest.get(f"/api/device/info/{device.id}")["active"] is True
    assert rest.attributes(device, "SERVER_SCOPE")["active"] is True


# ---- devices and people apart


def test_a_device_opens_no_route_of_people(server, device, owner, rest):
    path = f"{server.url}/api/device/{device.id}"
    for header in ({"X-Authorization": f"Bearer {device.token}"}, {"Authorization": f"Bearer {device.token}"},
                   {"X-Authorization": device.token}):
        assert requests.get(path, headers=header, timeout=10).status_code == 401
    status, _ = curl(server, f"/api/device/{device.id}", identity=owner.identity)
    assert status == 401


def test_people_open_no_route_of_devices(server, device, rest):
    login = rest.token()
    headers = {"X-Authorization": f"Bearer {login}"}
    for token in (login, "none", "me", device.id):
        with HttpDevice(server, token) as client:
            assert client.ask("POST", "telemetry", data="{a:1}", headers=headers).status_code in (401, 404)
    assert rest.latest(device) == {}
    # As a device it is the device that counts, whatever else is shown.
    with HttpDevice(server, device.token) as client:
        assert client.ask("POST", "telemetry", data="{a:1}", headers={"X-Authorization": "Bearer x"}).status_code == 200


# ---- by certificate


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_certificate(server, owner, rest, tls):
    status, answer = curl(server, ME, identity=owner.identity, tls=tls, body="{tls:'v%s'}" % tls)
    assert (status, answer) == (200, b"")
    assert rest.latest(owner) == {"tls": "v" + tls}


def test_every_route_by_certificate(server, owner, rest):
    rest.post(f"/api/plugins/telemetry/{owner.id}/SHARED_SCOPE", {"s": 1})
    with HttpDevice(server, identity=owner.identity) as client:
        assert client.post("telemetry", "{a:1}").status_code == 200
        assert client.post("attributes", "{b:2}").status_code == 200
        assert client.get("attributes").json() == {"client": {"b": 2}, "shared": {"s": 1}}
        assert client.get("attributes/updates", timeout=10).status_code == 408
        assert client.get("firmware", title="t", version="1").status_code == 404
    assert rest.latest(owner) == {"a": "1"}


def test_rsa_certificate(server, new_device, rest):
    device = new_device("rsa")
    assert curl(server, ME, identity=device.identity, body="{a:1}")[0] == 200
    assert rest.latest(device) == {"a": "1"}


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_resumed_session_is_the_same_device(server, new_device, rest, tls):
    device, other = new_device("ec"), new_device("ec")
    context = client_context(server, device.identity, tls)
    session = None
    for number in range(3):
        if number == 2:  # the session says who it is, not the certificate that would be shown now
            context.load_cert_chain(other.identity.cert, other.identity.key)
        answer, session, reused = _post_over(server, context, session, "{n:%d}" % number)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert reused == (number > 0)
    assert rest.latest(device) == {"n": "2"} and rest.latest(other) == {}


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_revoked_certificate_is_refused_at_once(server, owner, certificates, rest, tls):
    context = client_context(server, owner.identity, tls)
    with socket.create_connection(("127.0.0.1", server.https_port)) as raw, \
            context.wrap_socket(raw, server_hostname="localhost") as connection:
        assert _post(connection, "{n:1}").startswith(b"HTTP/1.1 200 ")
        session = connection.session
        fresh = certificates.ec()
        rest.save_certificate(owner, fresh.pem)
        assert _post(connection, "{n:2}").startswith(b"HTTP/1.1 401 ")  # on the same connection
    answer, _, _ = _post_over(server, context, session, "{n:3}")  # by its ticket
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert curl(server, ME, identity=owner.identity, tls=tls, body="{n:4}")[0] == 401
    assert curl(server, ME, identity=fresh, tls=tls, body="{n:5}")[0] == 200
    rest.delete(f"/api/device/{owner.id}")
    assert curl(server, ME, identity=fresh, tls=tls, body="{n:6}")[0] == 401


def test_a_revoked_token_is_refused_at_once(client, device, rest):
    assert client.post("telemetry", "{n:1}").status_code == 200
    rest.save_credentials(device, "ACCESS_TOKEN", credentials_id=device.token[:-1] + "~")
    assert client.post("telemetry", "{n:2}").status_code == 401
    assert rest.latest(device) == {"n": "1"}


def test_unknown_certificate(server, certificates, rest):
    identity = certificates.ec("stranger-over-http")
    status, answer = curl(server, ME, identity=identity, body="{a:1}")
    assert status == 401 and "certificate not registered" in json.loads(answer)["message"]
    events = rest.get("/api/postern/door/events", pageSize=100, page=0)["data"]
    event = next(e for e in events if e.get("fingerprint") == identity.fingerprint)
    assert event["type"] == "REFUSED" and event["subject"] == "CN=stranger-over-http"


def test_no_certificate(server):
    for opened in (HttpDevice(server), HttpDevice(server, identity=False)):
        with opened as client:
            answer = client.post("telemetry", "{a:1}")
        assert answer.status_code == 401 and "no client certificate" in answer.json()["message"]


def test_a_token_over_https_with_a_certificate_is_the_tokens_device(server, device, owner, rest):
    assert curl(server, f"/api/v1/{device.token}/telemetry", identity=owner.identity, body="{a:1}")[0] == 200
    assert rest.latest(device) == {"a": "1"} and rest.latest(owner) == {}


def test_expired_certificate(start_server, certificates, tmp_path):
    server = start_server({"tls.allow_expired": "true"})
    identities = certificates.expired(), certificates.not_yet_valid()
    for number, identity in enumerate(identities):
        server.rest.create_device(f"dated-{number}", identity)
        assert curl(server, ME, identity=identity, body="{a:1}")[0] == 200
    server.settings["tls.allow_expired"] = "false"
    server.restart()
    for identity, word in zip(identities, ("expired on", "not yet valid")):
        status, answer = curl(server, ME, identity=identity, body="{a:1}")
        assert status == 401 and word in json.loads(answer)["message"]


def test_proof_of_possession(server, owner, certificates, rest):
    thief = certificates.stolen(owner.identity)
    for tls in ("1.2", "1.3"):
        assert curl(server, ME, identity=thief, tls=tls, body="{a:1}")[0] == 0
    assert rest.latest(owner) == {}


def test_a_key_too_small_fails_in_the_handshake(server, certificates):
    weak = certificates.rsa(bits=1024)
    for tls in ("1.2", "1.3"):
        assert curl(server, ME, "--ciphers", "DEFAULT:@SECLEVEL=0", identity=weak, tls=tls, body="{a:1}")[0] == 0


def test_switched_off(start_server, certificates):
    server = start_server({"http.client_certificates": "false"})
    identity = certificates.ec()
    server.rest.create_device("d", identity)
    assert curl(server, ME, identity=identity, body="{a:1}")[0] == 401
    # It is not asked for: a browser shows nothing.
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.https_port}", "-tls1_2"], input=b"",
                          capture_output=True, timeout=20)
    assert b"No client certificate CA names sent" in done.stdout and b"Requested Signature Algorithms" not in done.stdout


def test_login_by_an_authority(server, rest, tmp_path):
    """A chain opens this door, too; the leaf alone does so afterwards."""
    workshop = Workshop(tmp_path)
    root = workshop.sign("http root", extensions=Workshop.AUTHORITY)
    middle = workshop.sign("http middle", by=root, extensions=Workshop.AUTHORITY)
    name = f"http-enrolled-{worker_number()}"
    leaf = workshop.sign(name, by=middle)
    profile = rest.post("/api/deviceProfile", {
        "name": f"http-chain-{worker_number()}", "type": "DEFAULT", "transportType": "DEFAULT",
        "provisionType": "X509_CERTIFICATE_CHAIN",
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                        "provisionConfiguration": {"type": "X509_CERTIFICATE_CHAIN", "provisionDeviceSecret": root.pem,
                                                   "certificateRegExPattern": "(.*)",
                                                   "allowCreateNewDevicesByX509Certificate": True}}})
    assert curl(server, ME, identity=leaf, body="{a:0}")[0] == 401  # the middle one is missing
    assert curl(server, ME, identity=workshop.chain(leaf, middle), body="{a:1}")[0] == 200
    assert curl(server, ME, identity=leaf, body="{a:2}")[0] == 200
    devices = rest.get("/api/tenant/devices", deviceName=name)
    assert devices["name"] == name
    rest.delete(f"/api/device/{devices['id']['id']}")
    rest.delete(f"/api/deviceProfile/{profile['id']['id']}")


def test_hostile_handshakes_do_no_harm(server, shared_server_lives, workshop_chain):
    assert curl(server, "/api/postern/version", identity=workshop_chain)[0] in (0, 200)
    assert curl(server, "/api/postern/version")[0] == 200


@pytest.fixture(scope="module")
def workshop_chain(tmp_path_factory):
    """A hundred certificates."""
    workshop = Workshop(tmp_path_factory.mktemp("long"))
    leaf = workshop.sign("leaf", extensions=Workshop.AUTHORITY)
    return workshop.chain(leaf, *[leaf] * 99)


# ---- who is no device yet


def test_provision(server, rest, device_name):
    name = device_name()
    rest.post("/api/deviceProfile", {
        "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": "ALLOW_CREATE_NEW_DEVICES",
        "provisionDeviceKey": "key-" + name,
        "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                        "provisionConfiguration": {"type": "ALLOW_CREATE_NEW_DEVICES", "provisionDeviceSecret": "s-" + name}}})
    url = f"{server.url}/api/v1/provision"
    wish = {"deviceName": name, "provisionDeviceKey": "key-" + name, "provisionDeviceSecret": "s-" + name}
    answer = requests.post(url, json=wish, timeout=10)
    assert answer.status_code == 200 and answer.json()["status"] == "SUCCESS"
    with HttpDevice(server, answer.json()["credentialsValue"]) as client:
        assert client.post("telemetry", "{a:1}").status_code == 200
    assert requests.post(url, json=wish, timeout=10).json() == {"status": "FAILURE", "errorMsg": "Failed to provision device!"}
    wrong = requests.post(url, json={**wish, "provisionDeviceSecret": "x"}, timeout=10)
    assert wrong.json()["status"] == "NOT_FOUND"
    assert requests.post(url, data="{", timeout=10).status_code == 400


def test_provision_floods_are_limited(start_server):
    server = start_server({"provision.per_address": "3"})
    url = f"{server.url}/api/v1/provision"
    statuses = [requests.post(url, json={"provisionDeviceKey": "k", "provisionDeviceSecret": "s"}, timeout=10).status_code
                for _ in range(5)]
    assert statuses[:3] == [200, 200, 200] and statuses[-1] == 429


# ---- calls of the device

def test_a_call_of_the_device(client, device):
    for number in range(2):
        answer = client.post("rpc", {"method": "getTime", "params": {}})
        assert answer.status_code == 200 and abs(answer.json()["time"] - time.time() * 1000) < 60000
    assert client.post("rpc", {"method": "getSessionInfo"}).json()["deviceName"] == device.name
    assert "nobody answers" in client.post("rpc", {"method": "unknown"}).json()["error"]
    assert client.post("rpc", "{method:").status_code == 400


# ---- firmware


@pytest.fixture(scope="module")
def package(server):
    data = bytes(range(256)) * 1000
    rest = server.rest
    profile = rest.get("/api/deviceProfileInfo/default")["id"]
    made = rest.post("/api/otaPackage", {"title": f"http-fw-{worker_number()}", "version": "1.0", "type": "FIRMWARE",
                                         "deviceProfileId": profile})
    rest.raw("POST", f"/api/otaPackage/{made['id']['id']}?checksumAlgorithm=SHA256",
             files={"file": ("fw ü.bin", data, "application/x-fw")}).raise_for_status()
    yield made, data
    rest.delete(f"/api/otaPackage/{made['id']['id']}")


def test_firmware(server, package, rest, device_name):
    made, data = package
    device = rest.create_device(device_name(), firmwareId=made["id"])
    device.token = rest.credentials(device)["credentialsId"]
    which = {"title": made["title"], "version": "1.0"}
    with HttpDevice(server, device.token) as client:
        whole = client.get("firmware", **which)
        assert whole.status_code == 200 and whole.content == data
        assert whole.headers["Content-Type"] == "application/x-fw" and "attachment" in whole.headers["Content-Disposition"]
        size = 100000
        chunks = [client.get("firmware", size=size, chunk=n, **which).content for n in range(4)]
        assert [len(chunk) for chunk in chunks] == [100000, 100000, 56000, 0] and b"".join(chunks) == data
        assert client.get("firmware", size=2**31 - 1, chunk=2**31 - 1, **which).content == b""
        assert client.get("firmware", size=7, **which).content == data[:7]
        for wrong in ({"title": "x", "version": "1.0"}, {"title": made["title"], "version": "2"}, {"title": made["title"]},
                      {"version": "1.0"}, {**which, "size": "-1"}, {**which, "chunk": "x"}, {**which, "size": 2**32}):
            assert client.get("firmware", **wrong).status_code == 400, wrong
        assert client.get("software", **which).status_code == 404
    rest.delete(f"/api/device/{device.id}")


def test_software(server, rest, new_device):
    device, data = new_device("token"), bytes(range(256)) * 10
    package = uploaded(rest, data, kind="SOFTWARE")
    assign(rest, device, software=package)
    which = {"title": package["title"], "version": package["version"]}
    with HttpDevice(server, device.token) as client:
        assert client.get("software", **which).content == data
        assert [client.get("software", size=2000, chunk=n, **which).content for n in (0, 1)] == [data[:2000], data[2000:]]
        assert client.get("firmware", **which).status_code == 404


def test_no_firmware(client):
    assert client.get("firmware", title="t", version="1").status_code == 404


# ---- helpers


def _post(connection, body):
    connection.sendall(f"POST {ME} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return connection.recv(65536)


def _post_over(server, context, session, body):
    """(answer, session, was it resumed)"""
    with socket.create_connection(("127.0.0.1", server.https_port)) as raw, \
            context.wrap_socket(raw, server_hostname="localhost", session=session) as connection:
        return _post(connection, body), connection.session, connection.session_reused
