"""What comes over HTTP and means no good: each is bounded, answered or cut off, and nobody else notices."""

import json
import socket
import ssl
import threading
import time

import pytest

from support.server import slower


def throw(server, data, timeout=5):
    """Send bytes as they are. @return what came until the end, or until nothing came for a while"""
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=slower(timeout)) as raw:
        answer = b""
        try:
            raw.sendall(data)
            while chunk := raw.recv(65536):
                answer += chunk
        except OSError:
            pass
        return answer


def post(rest, body, path="/api/device", **headers):
    headers = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return rest.raw("POST", path, data=body, headers=headers)


@pytest.fixture(autouse=True)
def nobody_else_notices(bystander):
    """The bystander's session goes on through every test here."""


@pytest.mark.parametrize("body,status", [
    (b'{"name":"\xff\xfe"}', 400), (b'{"name":"\xed\xa0\x80"}', 400), (b'{"name":"a\\u0000b"}', 400), (b'{"name":"a\x00b"}', 400),
    (b'{"name":"\\ud800"}', 400), (b"[" * 100000, 400), (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
    (b'{"name":"x","version":99999999999999999999}', 400), (b'{"name":"x","version":1e999}', 400), (b'{"name":"x","version":1.5}', 400),
    (b'{"name":"x","version":"1"}', 400), (b'{"name":1}', 400), (b'{"name":"' + b"n" * 256 + b'"}', 400), (b'{"name":"x"', 400),
    (b'{"name":"x"} trailing', 400), (b"", 400), (b"null", 400), (b'"name"', 400), (b"\xef\xbb\xbf{}", 400),
])
def test_bodies_that_are_none(rest, body, status):
    answer = post(rest, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["errorCode"] in (30, 31) and answer.json()["message"]


def test_of_members_that_repeat_one_counts(rest, device_name):
    """RFC 8259 section 4 leaves it open; whichever counts, it is one and the same for check and use."""
    first, last = device_name(), device_name()
    made = post(rest, json.dumps({"name": first})[:-1] + f',"name":"{last}"}}').json()
    assert made["name"] == last
    assert rest.get(f"/api/device/{made['id']['id']}")["name"] == last


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "", "a" * 200])
def test_the_body_is_json_whatever_its_type_says(rest, kind, device_name):
    assert post(rest, json.dumps({"name": device_name()}), Content_Type=kind).status_code == 200
    assert post(rest, b"name=x", Content_Type=kind).status_code == 400


def test_a_long_body_is_refused_unread(server, rest):
    head = f"POST /api/device HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer {rest.token()}\r\nContent-Length: 10737418240\r\n\r\n"
    started = time.monotonic()
    answer = throw(server, head.encode() + b"{")
    assert answer.startswith(b"HTTP/1.1 413") and time.monotonic() - started < slower(3)


@pytest.mark.parametrize("head", [
    "GET / HTTP/1.1\r\nHost: x\r\n" + "".join(f"X-{n}: {'y' * 50}\r\n" for n in range(2000)) + "\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "y" * 1_000_000 + "\r\n\r\n",
    "GET /" + "a" * 100_000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /api/tenant/devices?" + "&".join(f"p{n}=1" for n in range(3000)) + " HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nabcde",
    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n", "GET",
], ids=["2000 headers", "1 MB header", "long path", "3000 parameters", "negative length", "two lengths", "length and chunked", "nameless header",
        "version 9.9", "empty lines", "half a line"])
def test_heads_that_are_none(server, head):
    answer = throw(server, head.encode(), timeout=1)
    assert answer == b"" or answer.startswith(b"HTTP/1.")
    assert b" 500 " not in answer.split(b"\r\n")[0]


def test_http_2_is_not_spoken(server):
    """So a rapid reset of its streams has nothing to reset: neither ALPN nor the preface nor an upgrade leads there."""
    context = ssl.create_default_context(cafile=str(server.chain))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", server.https_port)) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as tls:
        assert tls.selected_alpn_protocol() == "http/1.1"
    frames = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    frames += b"".join(b"\x00\x00\x01\x01\x05" + n.to_bytes(4, "big") + b"\x82" + b"\x00\x00\x04\x03\x00" + n.to_bytes(4, "big")
                       + b"\x00\x00\x00\x08" for n in range(1, 2001, 2))
    assert b"HTTP/2" not in throw(server, frames, timeout=1)
    upgrade = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    assert b" 101 " not in throw(server, upgrade, timeout=1)


def trickle(server, head, seconds):
    """A byte every half a second. @return how long the server took it"""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        raw.sendall(head)
        raw.setblocking(False)
        while time.monotonic() - started < seconds:
            time.sleep(0.5)
            try:
                raw.send(b"x")
                if raw.recv(1) == b"":
                    break
            except BlockingIOError:
                continue
            except OSError:
                break
    return time.monotonic() - started


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_clients_that_trickle_are_cut_off(server, rest):
    heads = [b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"]
    took = {}
    threads = [threading.Thread(target=lambda head=head, n=n: took.update({(head, n): trickle(server, head, 100)}))
               for head in heads for n in range(20)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert rest.get("/api/postern/health")["status"] == "UP"
        time.sleep(1)
    assert max(took.values()) < 80
