"""API keys: machines that act as a user, within scopes and for a time."""

import time

import pytest

from support.people import CustomerUser


def with_key(rest, value, method, path, **options):
    return rest.session.request(method, rest.url + path, headers={"X-Authorization": f"ApiKey {value}"}, timeout=30, **options)


@pytest.fixture
def new_key(rest):
    def make(who=None, **members):
        return (who or rest).post("/api/apiKey", {"description": "a script", **members})
    return make


def test_a_key_opens_what_its_user_may_do(rest, new_key, new_device):
    key, device = new_key(), new_device("token")
    assert key["value"].startswith("pk_") and key["enabled"] and key["expirationTime"] == 0
    assert with_key(rest, key["value"], "GET", f"/api/device/{device.id}").json()["name"] == device.name
    assert with_key(rest, key["value"], "GET", "/api/auth/user").json()["email"] == "tenant@localhost"
    also = rest.session.get(rest.url + "/api/auth/user", headers={"Authorization": f"ApiKey {key['value']}"}, timeout=30)
    assert also.status_code == 200


def test_scopes(rest, new_key, new_device):
    key, device = new_key(scopes=["telemetry:read", "devices:read"]), new_device("token")
    series = f"/api/plugins/telemetry/DEVICE/{device.id}"
    assert with_key(rest, key["value"], "GET", f"{series}/keys/timeseries").status_code == 200
    assert with_key(rest, key["value"], "GET", f"/api/device/{device.id}").status_code == 200
    refused = with_key(rest, key["value"], "POST", f"{series}/timeseries/ANY", json={"t": 1})
    assert (refused.status_code, refused.json()["message"]) == (403, "the API key lacks the scope telemetry:write")
    assert with_key(rest, key["value"], "POST", "/api/device", json={"name": "x"}).status_code == 403
    assert with_key(rest, key["value"], "POST", f"/api/rpc/oneway/{device.id}", json={"method": "m"}).status_code == 403
    assert with_key(rest, key["value"], "GET", "/api/users?pageSize=1&page=0").status_code == 403
    for path in ["/api/auth/logout", "/api/apiKey", "/api/auth/changePassword"]:
        assert with_key(rest, key["value"], "POST", path, json={}).status_code == 403


def test_time_switch_and_deletion(rest, new_key):
    short = new_key(expirationTime=int(time.time() * 1000) + 700)
    assert with_key(rest, short["value"], "GET", "/api/auth/user").status_code == 200
    time.sleep(0.8)
    assert with_key(rest, short["value"], "GET", "/api/auth/user").json()["message"] == "Authentication failed: the API key has expired"
    key = new_key()
    path = f"/api/apiKey/{key['id']['id']}"
    assert rest.call("PUT", f"{path}/enabled/false")["enabled"] is False
    assert with_key(rest, key["value"], "GET", "/api/auth/user").status_code == 401
    assert rest.call("PUT", f"{path}/enabled/true")["enabled"] is True
    assert with_key(rest, key["value"], "GET", "/api/auth/user").status_code == 200
    rest.delete(path)
    assert with_key(rest, key["value"], "GET", "/api/auth/user").status_code == 401
    assert rest.raw("DELETE", path).status_code == 404


def test_the_value_is_told_once(rest, new_key, server):
    key = new_key()
    listed = rest.get(f"/api/apiKeys/{key['userId']['id']}")
    assert any(k["id"] == key["id"] for k in listed) and all("value" not in k for k in listed)
    assert not any(key["value"].encode() in file.read_bytes() for file in server.data.glob("registry.db*"))
    assert key["value"] not in "\n".join(server.log.lines())


def test_keys_of_others(rest, new_key):
    user, stranger = CustomerUser(rest), CustomerUser(rest)
    made = new_key(userId=user.user["id"])  # by the administrator, for the user
    assert with_key(rest, made["value"], "GET", "/api/auth/user").json()["email"] == user.email
    assert with_key(rest, made["value"], "GET", "/api/customers?pageSize=1&page=0").status_code == 403
    assert stranger.raw("GET", f"/api/apiKeys/{user.id}").status_code == 404
    assert stranger.raw("DELETE", f"/api/apiKey/{made['id']['id']}").status_code == 404
    assert stranger.raw("POST", "/api/apiKey", json={"description": "x", "userId": user.user["id"]}).status_code == 404
    rest.delete(f"/api/user/{user.id}")
    assert with_key(rest, made["value"], "GET", "/api/auth/user").status_code == 401


@pytest.mark.parametrize("body,message", [
    ({}, "description is missing; expected what the key is for"),
    ({"description": "x", "scopes": ["all"]}, "scopes holds 'all'; expected devices:read"),
    ({"description": "x", "scopes": []}, "scopes is empty; expected an array of names"),
    ({"description": "x", "scopes": 5}, "scopes is a number; expected an array of names"),
    ({"description": "x", "expirationTime": 5}, "expirationTime is over"),
])
def test_what_is_refused(rest, body, message):
    answer = rest.raw("POST", "/api/apiKey", json=body)
    assert answer.status_code == 400 and answer.json()["message"].startswith(message), answer.text


@pytest.mark.parametrize("value", ["", "pk_", "pk_" + "x" * 40, "pk_" + "x" * 5000])
def test_values_that_are_none(rest, value):
    assert with_key(rest, value, "GET", "/api/auth/user").status_code in (401, 431)
