"""A history as long as it likes: sent piece by piece at the client's pace, in flat memory."""

import itertools
import json
import socket
import ssl
import threading
import time

import pytest

from support.server import slower

START = 1_700_000_000_000
POINTS = 400_000


@pytest.fixture(scope="module")
def long_series(server):
    """POINTS points of n, one a millisecond: their number."""
    device = server.rest.create_device(f"stream-{time.time_ns()}")
    for first in range(0, POINTS, 1000):
        body = ",".join('{"ts":%d,"values":{"n":%d}}' % (START + n, n) for n in range(first, first + 1000))
        assert server.rest.raw("POST", f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY",
                               data=f"[{body}]").status_code == 200
    return device


def path_of(device, limit=POINTS, **params):
    query = "".join(f"&{name}={value}" for name, value in params.items())
    return (f"/api/plugins/telemetry/DEVICE/{device.id}/values/timeseries?keys=n&startTs={START}&endTs={START + POINTS}"
            f"&limit={limit}{query}")


def open_request(server, path, version="1.1", method="GET", tls=False, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(slower(30))
    connection.connect(("127.0.0.1", server.https_port if tls else server.http_port))
    if tls:
        context = ssl.create_default_context(cafile=str(server.chain))
        context.check_hostname = False
        connection = context.wrap_socket(connection)
    connection.sendall(f"{method} {path} HTTP/{version}\r\nHost: x\r\nX-Authorization: Bearer {server.rest.token()}\r\n\r\n".encode())
    return connection


def read_all(connection):
    received = b""
    while more := connection.recv(1 << 20):
        received += more
    return received


def split(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode().lower(), body


def unchunk(body):
    """The bytes, and what follows the last chunk."""
    whole = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        size = int(size, 16)
        if size == 0:
            assert body.startswith(b"\r\n")
            return whole, body[2:]
        whole, body = whole + body[:size], body[size:]
        assert body.startswith(b"\r\n")
        body = body[2:]


def numbers(document):
    return [int(point["value"]) for point in document["n"]]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_all_points_in_order(rest, long_series, order):
    answer = rest.raw("GET", path_of(long_series, orderBy=order))
    assert answer.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in answer.headers
    assert answer.headers["Content-Type"] == "application/json"
    expected = range(POINTS) if order == "ASC" else range(POINTS - 1, -1, -1)
    assert numbers(answer.json()) == list(expected)


def test_a_short_answer_has_its_length(rest, long_series):
    answer = rest.raw("GET", path_of(long_series, limit=1000))
    assert int(answer.headers["Content-Length"]) == len(answer.content) and "Transfer-Encoding" not in answer.headers
    assert len(answer.json()["n"]) == 1000


def test_limits_within_and_between_pieces(rest, long_series):
    for limit in (1, 100, 3000, 3400, 10_000, POINTS - 1):
        assert len(rest.get(path_of(long_series, limit=limit))["n"]) == limit
    assert len(rest.get(path_of(long_series).replace("&limit=400000", ""))["n"]) == 100


def test_several_keys(rest, long_series):
    found = rest.get(path_of(long_series, limit=20_000).replace("keys=n", "keys=none,n,other,n"))
    assert list(found) == ["n"] and len(found["n"]) == 20_000


def test_an_aggregate_of_many_points(rest, long_series):
    found = rest.get(path_of(long_series, agg="SUM", interval=POINTS))
    assert numbers(found) == [sum(range(POINTS))]
    found = rest.get(path_of(long_series, agg="COUNT", interval=8, orderBy="ASC"))
    assert numbers(found) == [8] * (POINTS // 8)


def test_the_connection_serves_on(server, long_series):
    with open_request(server, path_of(long_series, limit=20_000)) as connection:
        received = b""
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += connection.recv(1 << 20)
        head, body = split(received)
        body, rest = unchunk(body)
        assert "connection: close" not in head and rest == b"" and len(json.loads(body)["n"]) == 20_000
        connection.sendall(b"GET /api/postern/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_http_1_0_is_sent_up_to_the_end(server, long_series):
    with open_request(server, path_of(long_series, limit=20_000), version="1.0") as connection:
        head, body = split(read_all(connection))
    assert "transfer-encoding" not in head and "content-length" not in head and "connection: close" in head
    assert len(json.loads(body)["n"]) == 20_000


def test_head_has_no_body(server, long_series):
    with open_request(server, path_of(long_series), method="HEAD") as connection:
        time.sleep(0.3)
        head, body = split(connection.recv(1 << 16))
        assert head.startswith("http/1.1 200") and body == b""
        connection.sendall(b"GET /api/postern/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_over_tls(server, long_series):
    with open_request(server, path_of(long_series, limit=100_000).replace(" ", ""), tls=True) as connection:
        received = b""
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += connection.recv(1 << 20)
    body, _ = unchunk(split(received)[1])
    assert len(json.loads(body)["n"]) == 100_000


def test_a_slow_reader_gets_all(server, long_series):
    with open_request(server, path_of(long_series, limit=60_000), receive_buffer=4096) as connection:
        received = b""
        for turn in itertools.count():
            received += connection.recv(1 << 16)
            if received.endswith(b"\r\n0\r\n\r\n"):
                break
            if turn % 20 == 0:
                time.sleep(0.01)
    body, _ = unchunk(split(received)[1])
    assert len(json.loads(body)["n"]) == 60_000


@pytest.mark.timing
def test_memory_is_flat(server, long_series):
    """40 answers of 15 MB each at once, none of which is read to the end."""
    before = server.resident_bytes()
    connections = [open_request(server, path_of(long_series), receive_buffer=4096) for _ in range(40)]
    peak = 0
    for _ in range(20):
        time.sleep(0.1)
        peak = max(peak, server.resident_bytes())
    for connection in connections:
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.close()
    assert peak - before < 40 << 20, f"{(peak - before) >> 20} MiB more than before"


def busy_seconds(server):
    fields = open(f"/proc/{server.process.pid}/stat", encoding="ascii").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def wait_idle(server):
    """Until the server does nothing for a while."""
    deadline = time.monotonic() + slower(10)
    while time.monotonic() < deadline:
        before = busy_seconds(server)
        time.sleep(0.3)
        if busy_seconds(server) - before < 0.05:
            return
    raise AssertionError("the server works on")


def test_clients_that_leave_end_their_queries(server, long_series, rest):
    files = server.open_files()
    for params in ({}, {"agg": "SUM", "interval": POINTS}, {"agg": "AVG", "interval": 10}):
        for _ in range(20):
            with open_request(server, path_of(long_series, **params)):
                pass
    wait_idle(server)
    assert server.open_files() <= files + 2
    assert numbers(rest.get(path_of(long_series, limit=1))) == [POINTS - 1]


def test_many_at_once(rest, server, long_series):
    results = []

    def ask():
        with open_request(server, path_of(long_series, limit=50_000), version="1.0") as connection:
            results.append(len(json.loads(split(read_all(connection))[1])["n"]))
    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [50_000] * 12


def test_others_are_served_meanwhile(server, long_series, rest):
    with open_request(server, path_of(long_series), receive_buffer=4096):
        for _ in range(20):
            begun = time.monotonic()
            assert rest.latest(long_series, "n") == {"n": str(POINTS - 1)}
            assert time.monotonic() - begun < slower(2)


@pytest.fixture
def own(start_server):
    """A server of the test's own, with 100 000 points."""
    server = start_server()
    device = server.rest.create_device("d")
    for first in range(0, 100_000, 1000):
        body = ",".join('{"ts":%d,"values":{"n":%d}}' % (START + n, n) for n in range(first, first + 1000))
        assert server.rest.raw("POST", f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY",
                               data=f"[{body}]").status_code == 200
    return server, device


def test_a_server_that_stops_does_not_wait_for_a_slow_reader(own):
    server, device = own
    with open_request(server, path_of(device), receive_buffer=4096) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < slower(10)
        assert not read_all(connection).endswith(b"\r\n0\r\n\r\n"), "a part must not look like the whole"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_client_that_takes_nothing_is_given_up(own):
    server, device = own
    with open_request(server, path_of(device), receive_buffer=4096) as connection:
        files = server.open_files()
        deadline = time.monotonic() + slower(60)
        while server.open_files() >= files and time.monotonic() < deadline:
            time.sleep(0.5)
        assert server.open_files() < files, "the connection is still held"
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_part_is_never_taken_for_the_whole(own):
    """The disk fails in the middle of an answer: it ends without its last chunk, and the log says why."""
    server, device = own
    server.restart()
    largest = max((server.data / "series").glob("*.sst"), key=lambda file: file.stat().st_size)
    with largest.open("r+b") as file:
        file.seek(largest.stat().st_size // 2)
        file.write(b"\xff" * 40_000)
    with open_request(server, path_of(device)) as connection:
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200") and len(received) > 100_000
    assert not received.endswith(b"0\r\n\r\n")
    server.log.wait(0, event="http.failed", text="read the series store")
    server.log.wait(0, event="http.answer_cut")
    server.kill()


def test_points_that_are_deleted_meanwhile(own):
    server, device = own
    with open_request(server, path_of(device), receive_buffer=4096, version="1.0") as connection:
        received = connection.recv(1000)
        server.rest.delete(f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/delete", keys="n", deleteAllDataForKeys="true")
        received += read_all(connection)
    found = numbers(json.loads(split(received)[1]))
    assert found == list(range(99_999, 99_999 - len(found), -1)) and 0 < len(found) < 100_000


def test_a_login_is_needed(server, long_series):
    assert server.rest.raw("GET", path_of(long_series), token=None).status_code == 401
