"""Logins of browsers: a cookie in place of tokens, and who must not be able to use it."""

import json
import time

import pytest
import requests
import websocket

from support.http_device import HttpDevice
from support.people import CustomerUser
from support.rest import USER
from support.server import PASSWORD, slower

NAME, SECURE_NAME = "postern-session", "__Host-postern-session"


class Page:
    """What a browser with our page does: a jar of cookies, its own Origin, the header of the page."""

    def __init__(self, server, tls=False, user=USER, password=PASSWORD):
        self.origin = f"https://localhost:{server.https_port}" if tls else f"http://localhost:{server.http_port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(server.chain)
        self.name = SECURE_NAME if tls else NAME
        self.first = self.ask("POST", "/api/auth/login", headers={"X-Postern-Session": "cookie"},
                              json={"username": user, "password": password})

    def ask(self, method, path, headers=None, page=True, origin="own", **options):
        headers = dict(headers or {})
        if page:
            headers["X-Postern-Page"] = "1"
        if origin and (method != "GET" or origin != "own"):
            headers["Origin"] = self.origin if origin == "own" else origin
        return self.session.request(method, self.origin + path, headers=headers, timeout=30, **options)

    @property
    def cookie(self):
        return self.session.cookies.get(self.name)

    def socket(self, origin="own"):
        options = {"suppress_origin": True} if origin is None else {"origin": self.origin if origin == "own" else origin}
        return websocket.create_connection(self.origin.replace("http", "ws", 1) + "/api/ws", timeout=slower(10),
                                           cookie=f"a=b; {self.name}={self.cookie}", **options)


@pytest.fixture(scope="module")
def page(server):
    return Page(server)


def count(socket):
    """What a socket says when it is asked something by somebody who is logged in."""
    socket.send(json.dumps({"cmds": [{"type": "ENTITY_COUNT", "cmdId": 1, "query": {"entityFilter": {"type": "entityType", "entityType": "DEVICE"}}}]}))
    return socket.recv_data()


def test_a_login_by_cookie_answers_who_it_is_and_no_token(page):
    answer = page.first
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == USER and answer.json()["expirationTime"] > time.time() * 1000
    assert "token" not in answer.text.lower().replace("expirationtime", "") and page.cookie not in answer.text
    found = answer.headers["Set-Cookie"]
    assert found == f"{NAME}={page.cookie}; Path=/; Max-Age={found.split('Max-Age=')[1].split(';')[0]}; HttpOnly; SameSite=Strict"
    assert 604000 < int(found.split("Max-Age=")[1].split(";")[0]) <= 604800
    assert page.ask("GET", "/api/auth/user").json()["email"] == USER


def test_over_tls_the_cookie_is_secure(server):
    page = Page(server, tls=True)
    found = page.first.headers["Set-Cookie"]
    assert found.startswith(SECURE_NAME + "=") and found.endswith("; HttpOnly; SameSite=Strict; Secure") and "Path=/;" in found
    assert page.ask("GET", "/api/auth/user").status_code == 200
    # Neither kind is taken for the other: whoever can set a plain cookie has no session over TLS.
    assert requests.get(page.origin + "/api/auth/user", headers={"Cookie": f"{NAME}={page.cookie}"}, verify=str(server.chain)).status_code == 401
    assert requests.get(server.url + "/api/auth/user", headers={"Cookie": f"{SECURE_NAME}={page.cookie}"}).status_code == 401


def test_without_the_header_tokens_come_as_ever(rest):
    answer = rest.raw("POST", "/api/auth/login", token=None, json={"username": USER, "password": PASSWORD})
    assert {"token", "refreshToken"} <= set(answer.json()) and "Set-Cookie" not in answer.headers


def test_what_changes_something_needs_the_header_of_the_page(page, device_name):
    body = {"name": device_name()}
    refused = page.ask("POST", "/api/device", json=body, page=False)
    assert refused.status_code == 403 and "X-Postern-Page is missing" in refused.json()["message"]
    made = page.ask("POST", "/api/device", json=body)
    assert made.status_code == 200
    path = f"/api/device/{made.json()['id']['id']}"
    assert page.ask("DELETE", path, page=False).status_code == 403
    assert page.ask("GET", path, page=False).status_code == 200
    assert page.ask("DELETE", path, origin=None).status_code == 200  # a browser that sends no Origin


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost", "http://localhost:1", "ftp://localhost", "http://"])
@pytest.mark.parametrize("method,path", [("GET", "/api/auth/user"), ("POST", "/api/auth/logout"), ("POST", "/api/postern/devices/import")])
def test_another_origin_is_refused(page, origin, method, path):
    answer = page.ask(method, path, origin=origin)
    assert answer.status_code == 403 and "Origin is" in answer.json()["message"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_another_scheme_is_refused_over_tls(server):
    page = Page(server, tls=True)
    answer = page.ask("GET", "/api/auth/user", origin=page.origin.replace("https", "http"))
    assert answer.status_code == 403


def test_another_origin_cannot_log_the_browser_in(page):
    answer = page.ask("POST", "/api/auth/login", origin="http://evil.example", headers={"X-Postern-Session": "cookie"},
                      json={"username": USER, "password": PASSWORD})
    assert answer.status_code == 403 and "Set-Cookie" not in answer.headers


def test_the_header_wins(page, rest):
    user = CustomerUser(rest)
    answer = page.ask("GET", "/api/auth/user", headers={"X-Authorization": f"Bearer {user.token()}"})
    assert answer.json()["email"] != USER
    for name in ("X-Authorization", "Authorization"):
        assert page.ask("GET", "/api/auth/user", headers={name: "Bearer x"}).status_code == 401
    # With a token no cookie counts, so neither does where the request comes from.
    answer = page.ask("POST", "/api/auth/logout", page=False, origin="http://evil.example", headers={"X-Authorization": f"Bearer {user.token()}"})
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("change", [
    lambda c: "", lambda c: c[:-1], lambda c: c + "0", lambda c: c[:-1] + ("0" if c[-1] != "0" else "1"), lambda c: c.upper() + "x",
    lambda c: "0" + c[1:] if c[0] != "0" else "1" + c[1:], lambda c: "x" * 5000, lambda c: c.replace(".", ":"), lambda c: "é" * 50,
], ids=["empty", "short", "long", "seal", "upper", "id", "huge", "dot", "utf8"])
def test_forged_cookies(page, change):
    answer = requests.get(page.origin + "/api/auth/user", headers={"Cookie": f"{NAME}={change(page.cookie)}".encode()})
    assert answer.status_code == 401 and answer.json()["errorCode"] == 10


def test_a_token_is_no_cookie_and_a_cookie_no_token(page, rest):
    assert requests.get(page.origin + "/api/auth/user", headers={"Cookie": f"{NAME}={rest.token()}"}).status_code == 401
    assert rest.raw("GET", "/api/auth/user", token=page.cookie).status_code == 401


def test_it_is_found_among_other_cookies(page):
    for text in (f"a=b; {NAME}={page.cookie}", f"{NAME}x=1;{NAME}={page.cookie};c", f";;  {NAME}={page.cookie}  ; {NAME}=2"):
        assert requests.get(page.origin + "/api/auth/user", headers={"Cookie": text}).status_code == 200, text


def test_logout_ends_it_and_lets_the_browser_forget(server):
    page = Page(server)
    kept = page.cookie
    answer = page.ask("POST", "/api/auth/logout")
    assert answer.status_code == 200 and answer.headers["Set-Cookie"].startswith(f"{NAME}=; Path=/; Max-Age=0;")
    assert page.cookie is None
    assert requests.get(page.origin + "/api/auth/user", headers={"Cookie": f"{NAME}={kept}"}).status_code == 401


def test_a_session_that_another_login_ends(server, rest):
    page = Page(server)
    mine, = [s for s in page.ask("GET", "/api/postern/sessions").json() if s["current"]]
    assert rest.raw("DELETE", f"/api/postern/session/{mine['id']}").status_code == 200
    answer = page.ask("GET", "/api/auth/user")
    assert answer.status_code == 401 and "this login has ended" in answer.json()["message"]
    assert page.ask("POST", "/api/auth/token", json={}, headers={"X-Postern-Session": "cookie"}).status_code == 401


def test_an_activated_user_a_new_password_and_a_reset_answer_a_cookie(server, rest):
    user = CustomerUser(rest)
    email = user.get("/api/auth/user")["email"]
    link = rest.post(f"/api/postern/user/{user.id}/resetLink")
    headers = {"X-Postern-Session": "cookie", "X-Postern-Page": "1"}
    session = requests.Session()
    answer = session.post(server.url + "/api/noauth/resetPassword", headers=headers, json={"resetToken": link["resetToken"], "password": "another word"})
    assert answer.json()["user"]["email"] == email and "token" not in answer.json()
    first = session.cookies.get(NAME)
    answer = session.post(server.url + "/api/auth/changePassword", headers={"X-Postern-Page": "1"},
                          json={"currentPassword": "another word", "newPassword": "a third word"})
    assert answer.status_code == 200 and answer.json()["user"]["email"] == email and "token" not in answer.json()
    assert session.get(server.url + "/api/auth/user").status_code == 200 and session.cookies.get(NAME) != first
    assert requests.get(server.url + "/api/auth/user", headers={"Cookie": f"{NAME}={first}"}).status_code == 401


def test_refresh_by_several_tabs_tells_who_it_is_and_changes_nothing(page):
    kept = page.cookie
    for _ in range(3):
        answer = page.ask("POST", "/api/auth/token", json={}, headers={"X-Postern-Session": "cookie"})
        assert answer.status_code == 200 and answer.json()["user"]["email"] == USER
    assert page.cookie == kept
    assert page.ask("POST", "/api/auth/token", json={}, page=False, headers={"X-Postern-Session": "cookie"}).status_code == 403


def test_a_session_that_is_used_goes_on(start_server):
    server = start_server({"auth.refresh_ttl": 8})
    page = Page(server)
    tab = {"Cookie": f"{NAME}={page.cookie}"}
    end = page.first.json()["expirationTime"]
    deadline = time.monotonic() + slower(30)
    while time.time() * 1000 < end + 500 and time.monotonic() < deadline:
        answer = page.ask("GET", "/api/auth/user")
        assert answer.status_code == 200
        if "Set-Cookie" in answer.headers:
            assert "Max-Age=" in answer.headers["Set-Cookie"] and page.cookie in tab["Cookie"]
        time.sleep(0.3)
    # A tab that did not see the new cookie goes on with the old one: it names the same login.
    assert requests.get(page.origin + "/api/auth/user", headers=tab).status_code == 200


def test_a_session_that_is_not_used_ends(start_server):
    server = start_server({"auth.refresh_ttl": 2})
    page = Page(server)
    headers = {"Cookie": f"{NAME}={page.cookie}"}
    time.sleep(2.5)
    assert requests.get(page.origin + "/api/auth/user", headers=headers).status_code == 401


def test_devices_routes_take_no_cookie(server, page, new_device):
    device = new_device("ec")
    with HttpDevice(server, identity=None) as nobody:
        answer = nobody.ask("GET", "/attributes", headers={"Cookie": f"{SECURE_NAME}={page.cookie}; {NAME}={page.cookie}", "X-Postern-Page": "1"})
    assert answer.status_code == 401
    answer = page.ask("POST", "/api/v1/me/telemetry", json={"a": 1})
    assert answer.status_code == 401 and device.id not in answer.text


def test_a_socket_of_our_page_has_the_session(page, server):
    for one in (page, Page(server, tls=False)):
        socket = one.socket()
        assert '"errorCode":0' in count(socket)[1].decode().replace(" ", "")
        socket.close()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_a_socket_of_another_page_has_none(page, rest, origin):
    socket = page.socket(origin=origin)
    opcode, data = count(socket)
    assert opcode == websocket.ABNF.OPCODE_CLOSE and data[:2] == (1008).to_bytes(2, "big") and b"log in first" in data
    socket = page.socket(origin=origin)  # by its own token it may
    socket.send(json.dumps({"authCmd": {"cmdId": 0, "token": rest.token()}}))
    assert count(socket)[0] == websocket.ABNF.OPCODE_TEXT
    socket.close()


def test_a_socket_ends_with_its_session(server):
    page = Page(server)
    socket = page.socket()
    assert count(socket)[0] == websocket.ABNF.OPCODE_TEXT
    page.ask("POST", "/api/auth/logout")
    socket.settimeout(slower(20))
    opcode, data = socket.recv_data()
    while opcode == websocket.ABNF.OPCODE_TEXT:
        opcode, data = socket.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE and data[:2] == (1008).to_bytes(2, "big")
