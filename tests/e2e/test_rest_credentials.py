"""Certificates saved over REST: any line-break habit, and errors that are told apart."""

import base64
import hashlib
import json
import uuid

import pytest

from support.rest import RestError

X509 = "X509_CERTIFICATE"
UNKNOWN = "0b9c6f0e-4e3f-4d6a-9a55-6c1de1f0a001"


@pytest.fixture
def device(new_device):
    return new_device("token")


def refusal(call, status=400):
    with pytest.raises(RestError) as refused:
        call()
    assert refused.value.status == status, refused.value
    return refused.value.message


def unchanged(rest, device):
    kept = rest.credentials(device)
    return kept["credentialsType"] == "ACCESS_TOKEN" and kept["credentialsId"] == device.token


def test_new_device_has_a_token(rest, device):
    credentials = rest.credentials(device)
    assert credentials["credentialsType"] == "ACCESS_TOKEN" and credentials["credentialsValue"] is None
    assert len(credentials["credentialsId"]) == 20
    assert credentials["deviceId"] == {"entityType": "DEVICE", "id": device.id}


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_certificate_is_returned_as_bare_base64(rest, device, certificates, kind):
    identity = certificates.ec() if kind == "ec" else certificates.rsa(bits=2048)
    saved = rest.save_certificate(device, identity.pem)
    assert saved["credentialsType"] == X509
    assert saved["credentialsId"] == identity.fingerprint
    assert saved["credentialsValue"] == identity.base64
    assert rest.credentials(device) == saved


@pytest.mark.parametrize("habit", [
    lambda i: i.pem, lambda i: i.pem.strip(), lambda i: i.pem.replace("\n", "\r\n"), lambda i: i.pem.replace("\n", "\r"),
    lambda i: i.base64, lambda i: i.pem.replace("\n", " "), lambda i: "\ufeff" + i.pem,
    lambda i: "Bag Attributes\n  friendlyName: x\n" + i.pem, lambda i: "\n\n  " + i.pem + "\n\n",
    lambda i: f"-----BEGIN CERTIFICATE-----{i.base64}-----END CERTIFICATE-----",
    lambda i: "".join(line + "  \n" for line in i.pem.splitlines()), lambda i: i.pem.replace("\n", "\\n"),
], ids=["lf", "stripped", "crlf", "cr", "bare", "spaces", "bom", "bag", "padded", "one-line", "trailing", "literal-n"])
def test_line_break_habits(rest, device, certificates, habit):
    identity = certificates.ec()
    assert rest.save_certificate(device, habit(identity))["credentialsId"] == identity.fingerprint


def test_id_of_the_client_is_ignored(rest, device, certificates):
    identity = certificates.ec()
    saved = rest.save_credentials(device, X509, identity.pem, credentials_id="0" * 64)
    assert saved["credentialsId"] == identity.fingerprint


def test_each_error_is_told_apart(rest, device, certificates, new_device):
    """Messages differ, name the cause, and nothing is changed."""
    other = new_device("ec")
    corrupt = bytearray(certificates.ec().der)
    del corrupt[40:]
    cases = {
        "not pem": ("hello, world", "pem|certificate"),
        "not a certificate": ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----"
                              % base64.b64encode(bytes(corrupt)).decode(), "certificate|der|asn"),
        "private key": (certificates.ec().key.read_text(), "private key"),
        "expired": (certificates.expired().pem, "expired"),
        "registered": (other.identity.pem, "already registered"),
        "small key": (certificates.rsa(bits=1024).pem, "1024"),
        "empty": ("", "certificate|empty|missing"),
    }
    import re
    messages = {}
    for name, (value, said) in cases.items():
        messages[name] = refusal(lambda value=value: rest.save_certificate(device, value))
        assert re.search(said, messages[name], re.I), f"{name}: {messages[name]}"
        assert unchanged(rest, device), name
    assert len(set(messages.values())) == len(messages), messages


def test_already_registered_message(rest, device, new_device):
    assert "Specified credentials are already registered!" in \
        refusal(lambda: rest.save_certificate(device, new_device("ec").identity.pem))


def test_private_key_is_never_stored(server, rest, device, certificates):
    """Neither alone nor next to its certificate; and it does not appear in the log."""
    identity = certificates.ec()
    key = identity.key.read_text()
    for text in (key, identity.pem + key, key + identity.pem):
        message = refusal(lambda text=text: rest.save_certificate(device, text))
        assert "private key" in message.lower()
        assert unchanged(rest, device)
    body = "".join(key.splitlines()[1:-1])
    stored = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
    assert body.encode() not in stored.replace(b"\n", b"")
    assert body[:40] not in "\n".join(server.log.lines())


def test_weak_signature_is_refused(rest, device, certificates):
    message = refusal(lambda: rest.save_certificate(device, certificates.rsa(bits=2048, digest="md5").pem))
    assert "md5" in message.lower() or "signature" in message.lower()


def test_chain_pasted_takes_the_leaf(rest, device, certificates):
    leaf, other = certificates.ec(), certificates.ec()
    try:
        assert rest.save_certificate(device, leaf.pem + other.pem)["credentialsId"] == leaf.fingerprint
    except RestError as refused:
        assert refused.status == 400 and "certificate" in refused.message


def test_back_to_a_token(rest, new_device, paho_connected):
    device = new_device("ec")
    token = uuid.uuid4().hex[:20]
    saved = rest.save_credentials(device, "ACCESS_TOKEN", None, token)
    assert saved["credentialsId"] == token and saved["credentialsValue"] is None
    device.identity, device.token = None, token
    paho_connected(device).settle()


@pytest.mark.parametrize("token", ["", "x" * 33, "a b\n", None])
def test_token_out_of_form(rest, device, token):
    answer = rest.raw("POST", "/api/device/credentials", json={**rest.credentials(device), "credentialsId": token})
    if answer.status_code == 200:  # an empty one may mean: make one for me
        assert token in ("", None) and len(answer.json()["credentialsId"]) == 20
    else:
        assert answer.status_code == 400


@pytest.mark.parametrize("client_id,user_name,password", [("c", None, None), ("c", "u", None), ("c", "u", "p"), (None, "u", "p")])
def test_the_id_of_mqtt_basic(rest, device, client_id, user_name, password):
    """A hash of the client id, of both joined with |, or the user name itself; whatever the client sent."""
    client_id, user_name = client_id and client_id + device.name, user_name and user_name + device.name
    value = {"clientId": client_id, "userName": user_name, "password": password}
    saved = rest.save_credentials(device, "MQTT_BASIC", json.dumps(value), "whatever")
    text = "|".join(part for part in (client_id, user_name) if part)
    assert saved["credentialsId"] == (hashlib.sha3_256(text.encode()).hexdigest() if client_id else user_name)
    assert json.loads(saved["credentialsValue"]) == value


@pytest.mark.parametrize("value,why", [
    ({}, "client id and user name are empty"), ({"clientId": "", "userName": ""}, "client id and user name are empty"),
    ({"clientId": "c", "password": "p"}, "without a user name"), ({"password": "p"}, "user name"), ([], "object")])
def test_mqtt_basic_that_is_none(rest, device, value, why):
    assert why in refusal(lambda: rest.save_credentials(device, "MQTT_BASIC", json.dumps(value)))
    assert unchanged(rest, device)


def test_an_id_is_unique_in_the_installation(rest, device, new_device):
    other = new_device("token")
    assert refusal(lambda: rest.save_credentials(device, "ACCESS_TOKEN", None, other.token)) == \
        "Specified credentials are already registered!"
    name = json.dumps({"userName": "user of " + other.name})
    rest.save_credentials(other, "MQTT_BASIC", name)
    assert refusal(lambda: rest.save_credentials(device, "MQTT_BASIC", name)) == "Specified credentials are already registered!"
    assert unchanged(rest, device)


@pytest.mark.parametrize("change", [{"id": None}, {"id": {"id": UNKNOWN}}, {"credentialsType": "MAGIC"},
                                    {"deviceId": {"entityType": "DEVICE", "id": UNKNOWN}}, {"deviceId": None}],
                         ids=lambda change: str(change)[:30])
def test_wrong_credentials_object(rest, device, change):
    answer = rest.raw("POST", "/api/device/credentials", json={**rest.credentials(device), **change})
    assert answer.status_code in (400, 404), answer.text
    assert unchanged(rest, device)


def test_old_version_is_a_conflict(rest, device, certificates):
    old = rest.credentials(device)
    rest.save_certificate(device, certificates.ec().pem)
    message = refusal(lambda: rest.post("/api/device/credentials", old), 409)
    assert message


def test_device_with_credentials(rest, device_name, certificates, paho_connected):
    identity, name = certificates.ec(), device_name()
    made = rest.post("/api/device-with-credentials", {
        "device": {"name": name}, "credentials": {"credentialsType": X509, "credentialsValue": identity.pem}})
    from support.rest import Device
    device = Device(made["id"]["id"], name, identity=identity)
    assert rest.credentials(device)["credentialsId"] == identity.fingerprint
    paho_connected(device).settle()


def test_device_with_bad_credentials_makes_no_device(rest, device_name, new_device):
    name = device_name()
    taken = new_device("ec").identity.pem
    for value in ("nonsense", taken):
        refusal(lambda value=value: rest.post("/api/device-with-credentials", {
            "device": {"name": name}, "credentials": {"credentialsType": X509, "credentialsValue": value}}))
    assert rest.raw("GET", "/api/tenant/devices", params={"deviceName": name}).status_code == 404


def test_text_beyond_any_certificate_is_wrong_input(rest, device):
    message = refusal(lambda: rest.save_certificate(device, "A" * 500_000))
    assert "large" in message or "bytes" in message
    assert unchanged(rest, device)
