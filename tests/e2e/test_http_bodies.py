"""Bodies of any size on one connection, wanted or not; clients that do not wait for their answers."""

import socket

import pytest
import requests

from support.server import slower

SIZES = [0, 1, 100, 4096, 8192, 20000, 70000, 900000, 1100000, 3000000]


def health(server):
    return requests.get(server.url + "/api/postern/health", timeout=slower(5)).json()["status"]


@pytest.mark.parametrize("path", ["/api/device", "/api/auth/login", "/nope", "/api/nope"])
def test_bodies_of_any_size_on_one_connection(server, rest, path):
    session = requests.Session()
    session.headers["X-Authorization"] = f"Bearer {rest.token()}"
    for size in SIZES * 3 + SIZES[::-1]:
        answer = session.post(server.url + path, data=b"[" * size, timeout=slower(5),
                              headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500
        if path.startswith("/api/device"):
            assert answer.status_code == (413 if size > 1 << 20 else 400)
    assert health(server) == "UP"


@pytest.mark.parametrize("request_line", ["POST /api/auth/login", "POST /nope", "PUT /", "GET /api/postern/health"])
def test_requests_without_waiting_end_in_answers_or_a_closed_connection(server, request_line):
    body = b'{"username":"a","password":1}'
    one = f"{request_line} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        raw.settimeout(slower(2))
        raw.sendall(one * 20)
        try:
            while raw.recv(65536):
                pass
        except OSError:
            pass
    assert health(server) == "UP"
