"""Certificates as people read them: what a pasted text would be refused for before it is saved, and what a device has."""

import pytest


def inspect(client, text, **members):
    return client.call("POST", "/api/postern/certificate/inspect", json={"certificate": text, **members})


def told(found):
    return [(one["severity"], one["field"]) for one in found["problems"]]


def test_a_certificate_is_read_before_it_is_saved(rest, certificates):
    leaf = certificates.ec("inspected")
    found = inspect(rest, leaf.pem)
    view = found["certificate"]
    assert found["problems"] == [] and "inspected" in view["subject"] and view["selfSigned"] is True
    assert view["fingerprints"]["sha3_256_base64"] == leaf.fingerprint and view["notBefore"] < view["notAfter"]
    assert inspect(rest, leaf.base64)["certificate"] == view


def test_what_it_would_be_refused_for(rest, certificates, new_device):
    for wrong in (certificates.expired(), certificates.not_yet_valid(), certificates.rsa("small", bits=1024)):
        assert [severity for severity, _ in told(inspect(rest, wrong.pem))] == ["error"]
    first, second = certificates.ec("first"), certificates.ec("second")
    assert told(inspect(rest, first.pem + second.pem)) == [("warning", "certificate")]
    nonsense = inspect(rest, "no certificate")
    assert nonsense["certificate"] is None and nonsense["problems"][0]["severity"] == "error"
    device = new_device("ec")
    known = inspect(rest, device.identity.pem)["problems"]
    assert known[0]["severity"] == "error" and device.name in known[0]["message"]
    assert told(inspect(rest, device.identity.pem, deviceId={"entityType": "DEVICE", "id": device.id})) == [("warning", "credentialsId")]


@pytest.mark.parametrize("body, field", [({}, "certificate"), ({"certificate": 1}, "certificate"), ({"certificate": "x", "deviceId": "y"}, "deviceId")])
def test_questions_that_are_none(rest, body, field):
    answer = rest.raw("POST", "/api/postern/certificate/inspect", json=body)
    assert answer.status_code == 400 and field in answer.json()["message"]


def test_what_a_device_has(rest, new_device):
    device = new_device("ec")
    assert rest.get(f"/api/postern/device/{device.id}/certificate")["fingerprints"]["sha3_256_base64"] == device.identity.fingerprint
    none = rest.raw("GET", f"/api/postern/device/{new_device('token').id}/certificate")
    assert none.status_code == 404 and none.json()["message"] == "The device has no X.509 certificate"


def test_the_server_says_what_it_is(rest):
    assert rest.call("GET", "/api/postern/health", token=None) == {"status": "UP"}
    version = rest.call("GET", "/api/postern/version", token=None)
    assert version["name"] == "Postern" and version["version"]
