"""Login, refresh, logout, and the form of errors."""

import base64
import json
import time

import pytest
import requests

from support.rest import USER, RestClient
from support.server import PASSWORD, PosternServer


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def header(token):
    body = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@pytest.fixture
def fresh(server):
    """A login of the test's own."""
    return RestClient(server)


def assert_error(answer, status, code, message=None):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) >= {"status", "message", "errorCode", "timestamp"}
    assert (body["status"], body["errorCode"]) == (status, code)
    assert abs(body["timestamp"] - time.time() * 1000) < 60_000
    if message:
        assert body["message"] == message


def test_login(fresh):
    answer = fresh.login(USER, PASSWORD)
    assert set(answer) >= {"token", "refreshToken"} and answer.get("scope") is None
    assert header(answer["token"])["alg"] == "HS512"
    found = claims(answer["token"])
    assert found["sub"] == USER and found["scopes"] == ["TENANT_ADMIN"]
    assert {"userId", "tenantId", "customerId", "sessionId", "iss", "iat", "exp"} <= set(found)
    assert found["exp"] - found["iat"] == 9000


@pytest.mark.parametrize("user,password", [(USER, "wrong"), ("nobody@localhost", PASSWORD), ("", "")])
def test_wrong_login(fresh, user, password):
    answer = fresh.raw("POST", "/api/auth/login", token=None, json={"username": user, "password": password})
    assert_error(answer, 401, 10, "Invalid username or password")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"username":5,"password":[]}', b'{"username":"x"}', b"\xff"])
def test_login_bodies_that_are_none(fresh, body):
    answer = fresh.raw("POST", "/api/auth/login", token=None, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 401)
    assert answer.json()["errorCode"] in (10, 31)


def test_no_token(fresh):
    assert_error(fresh.raw("GET", "/api/auth/user", token=None), 401, 10)


@pytest.mark.parametrize("change", [
    lambda token: token[:-4] + "AAAA", lambda token: "x", lambda token: "..", lambda token: token + "." + token,
    lambda token: base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + "." + token.split(".")[1] + ".",
], ids=["signature", "word", "dots", "double", "alg-none"])
def test_forged_token(fresh, change):
    token = fresh.login(USER, PASSWORD)["token"]
    answer = fresh.raw("GET", "/api/auth/user", token=change(token))
    assert answer.status_code == 401


def test_both_header_names(fresh):
    token = fresh.login(USER, PASSWORD)["token"]
    for name in ("X-Authorization", "Authorization"):
        answer = fresh.raw("GET", "/api/auth/user", token=None, headers={name: f"Bearer {token}"})
        assert answer.json()["email"] == USER


def test_user(rest):
    user = rest.get("/api/auth/user")
    assert user["email"] == USER and user["authority"] == "TENANT_ADMIN"
    assert user["id"]["entityType"] == "USER" and user["tenantId"]["entityType"] == "TENANT"
    assert user["customerId"]["id"] == "13814000-1dd2-11b2-8080-808080808080"
    assert "password" not in json.dumps(user).lower()


def test_refresh(fresh):
    first = fresh.login(USER, PASSWORD)
    second = fresh.call("POST", "/api/auth/token", token=None, json={"refreshToken": first["refreshToken"]})
    assert fresh.raw("GET", "/api/auth/user", token=second["token"]).status_code == 200
    wrong = fresh.raw("POST", "/api/auth/token", token=None, json={"refreshToken": first["token"]})
    assert wrong.status_code == 401, "an access token is no refresh token"
    assert fresh.raw("GET", "/api/auth/user", token=first["refreshToken"]).status_code == 401


def test_logout_ends_all_tokens_of_the_login(fresh):
    ended, other = fresh.login(USER, PASSWORD), fresh.login(USER, PASSWORD)
    assert fresh.raw("POST", "/api/auth/logout", token=ended["token"]).status_code == 200
    assert fresh.raw("GET", "/api/auth/user", token=ended["token"]).status_code == 401
    refreshed = fresh.raw("POST", "/api/auth/token", token=None, json={"refreshToken": ended["refreshToken"]})
    assert refreshed.status_code == 401
    assert fresh.raw("GET", "/api/auth/user", token=other["token"]).status_code == 200


def test_expired_token(tmp_path):
    server = PosternServer(tmp_path, {"auth.token_ttl": "1"}).init().start()
    token = server.rest.login(USER, PASSWORD)["token"]
    time.sleep(2.2)
    assert_error(server.rest.raw("GET", "/api/auth/user", token=token), 401, 11)
    server.stop()


def test_login_survives_restart(start_server):
    server = start_server()
    server.rest.token()
    server.restart()
    assert server.rest.get("/api/auth/user")["email"] == USER


def test_change_password(start_server):
    server = start_server()
    other = server.rest.login(USER, PASSWORD)["token"]
    wrong = server.rest.raw("POST", "/api/auth/changePassword", json={"currentPassword": "no", "newPassword": "Abcdef123!"})
    assert wrong.status_code in (400, 401)
    server.rest.call("POST", "/api/auth/changePassword", json={"currentPassword": PASSWORD, "newPassword": "Abcdef123!"})
    assert server.rest.login(USER, "Abcdef123!")["token"]
    assert server.rest.raw("POST", "/api/auth/login", token=None,
                           json={"username": USER, "password": PASSWORD}).status_code == 401
    assert server.rest.raw("GET", "/api/auth/user", token=other).status_code == 401


def test_unknown_path_and_method(rest):
    assert_error(rest.raw("GET", "/api/no/such/thing"), 404, 32)
    assert rest.raw("PATCH", "/api/device").status_code in (404, 405)


def test_same_on_the_tls_port(server):
    answer = requests.post(f"https://localhost:{server.https_port}/api/auth/login", verify=str(server.chain), timeout=10,
                           json={"username": USER, "password": PASSWORD})
    assert answer.status_code == 200
    user = requests.get(f"https://localhost:{server.https_port}/api/auth/user", verify=str(server.chain), timeout=10,
                        headers={"X-Authorization": "Bearer " + answer.json()["token"]})
    assert user.json()["email"] == USER
