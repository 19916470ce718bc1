"""Packages over REST: uploads and downloads as scripts and curl do them, and what a broken one leaves."""

import concurrent.futures
import hashlib
import json
import os
import socket
import subprocess
import threading
import time
import zlib

import pytest

from support.ota import default_profile, make_package, upload, uploaded
from support.rest import RestError
from support.server import slower

ABSENT = "11111111-2222-4333-8444-555555555555"


def curl(server, *arguments, token=True, timeout=60):
    header = ["-H", f"X-Authorization: Bearer {server.rest.token()}"] if token else []
    done = subprocess.run(["curl", "-sS", "--cacert", str(server.chain), *header, *arguments], capture_output=True,
                          timeout=slower(timeout))
    assert done.returncode == 0, done.stderr
    return done.stdout


def path_of(package, rest="", query=""):
    return f"/api/otaPackage/{package['id']['id']}{rest}{query}"


def files_of(server):
    return sorted(os.listdir(server.data / "packages"))


def wait_files(server, count, suffix="", timeout=10):
    deadline = time.monotonic() + slower(timeout)
    while len([name for name in files_of(server) if name.endswith(suffix)]) != count:
        assert time.monotonic() < deadline, files_of(server)
        time.sleep(0.01)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_curl_uploads_and_downloads(server, rest, tmp_path, scheme):
    url = server.url if scheme == "http" else f"https://localhost:{server.https_port}"
    file, back = tmp_path / "pump 1.0.bin", tmp_path / "back"
    file.write_bytes(os.urandom(3_000_000))
    package = make_package(rest, tag="pump")
    saved = json.loads(curl(server, "-F", f"file=@{file}", f"{url}{path_of(package, query='?checksumAlgorithm=MD5')}"))
    assert saved["fileName"] == "pump 1.0.bin"
    assert saved["dataSize"] == 3_000_000
    assert saved["checksum"] == hashlib.md5(file.read_bytes()).hexdigest()
    assert saved["hasData"] and saved["tag"] == "pump" and saved["contentType"] == "application/octet-stream"
    assert rest.get(path_of(package).replace("otaPackage/", "otaPackage/info/")) == saved
    headers = curl(server, "-D", "-", "-o", str(back), f"{url}{path_of(package, '/download')}").decode()
    assert back.read_bytes() == file.read_bytes()
    assert 'content-disposition: attachment; filename="pump 1.0.bin"' in headers
    assert "content-length: 3000000" in headers
    head = curl(server, "-I", f"{url}{path_of(package, '/download')}").decode()
    assert "content-length: 3000000" in head and "200 OK" in head


def test_names_beyond_ascii_survive(server, rest):
    package = make_package(rest)
    body = ('--b\r\nContent-Disposition: form-data; name="file"; filename="Gerät.bin"\r\n\r\nx\r\n--b--').encode()
    saved = rest.call("POST", path_of(package), data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert saved["fileName"] == "Gerät.bin"
    answer = rest.raw("GET", path_of(package, "/download"))
    assert answer.headers["content-disposition"] == "attachment; filename=\"Ger__t.bin\"; filename*=UTF-8''Ger%C3%A4t.bin"


@pytest.mark.parametrize("algorithm,checksum", [
    ("MD5", lambda data: hashlib.md5(data).hexdigest()),
    ("SHA256", lambda data: hashlib.sha256(data).hexdigest()),
    ("SHA384", lambda data: hashlib.sha384(data).hexdigest()),
    ("SHA512", lambda data: hashlib.sha512(data).hexdigest()),
    ("CRC32", lambda data: zlib.crc32(data).to_bytes(4, "little").hex()),
])
def test_the_checksum_is_verified(server, rest, algorithm, checksum):
    data = os.urandom(300_000)
    other = data[:-1] + bytes([data[-1] ^ 1])
    package = make_package(rest)
    broken = upload(rest, package, other, checksumAlgorithm=algorithm, checksum=checksum(data))
    assert broken.status_code == 400
    assert checksum(data) in broken.json()["message"]
    assert checksum(other) in broken.json()["message"]
    assert not rest.get(path_of(package))["hasData"]
    good = upload(rest, package, data, checksumAlgorithm=algorithm, checksum=checksum(data).upper())
    assert good.status_code == 200
    assert good.json()["checksum"] == checksum(data)


def test_data_comes_with_the_package_unless_it_is_large(server, rest):
    small, large = uploaded(rest, b"123456789"), uploaded(rest, bytes(5_000_000))
    assert rest.get(path_of(small))["data"] == "MTIzNDU2Nzg5"
    assert rest.get(path_of(large))["data"] is None


# what is refused, and when

def test_nothing_is_sent_without_a_login(server):
    """A client that asks first is told before it sends its file."""
    done = subprocess.run(["curl", "-v", "-sS", "-o", "-", "-w", "%{http_code} %{size_upload}", "-H", "Expect: 100-continue",
                           "-F", "file=@-;filename=x", f"{server.url}/api/otaPackage/{ABSENT}"],
                          input=bytes(20_000_000), capture_output=True, timeout=slower(30))
    assert done.stdout.endswith(b"401 0"), done.stdout[-200:]
    assert b"100 Continue" not in done.stderr


def test_one_connection_survives_refused_uploads(server, rest):
    package = make_package(rest)
    for size in (0, 10, 70_000, 3_000_000):
        files = {"file": ("x", bytes(size))}
        assert rest.raw("POST", f"/api/otaPackage/{ABSENT}", files=files).status_code == 404
        assert rest.raw("POST", path_of(package, query="?checksumAlgorithm=SHA1"), files=files).status_code == 400
        assert rest.raw("POST", path_of(package), data=b"x" * size,
                        headers={"Content-Type": "application/octet-stream"}).status_code == 400
        assert rest.raw("POST", path_of(package), data=b"--b" + b"x" * size,
                        headers={"Content-Type": "multipart/form-data; boundary=b"}).status_code == 400
    assert upload(rest, package, b"1").status_code == 200
    again = upload(rest, package, b"1")
    assert again.status_code == 400 and again.json()["message"] == "Updating otaPackage data is prohibited!"


def test_a_refused_upload_of_many_bytes_ends_the_connection(server, rest):
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        raw.settimeout(slower(10))
        raw.sendall(f"POST /api/otaPackage/{ABSENT} HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n".encode())
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk
    assert b"401" in answer.split(b"\r\n")[0] and b"connection: close" in answer
    assert rest.get("/api/auth/user")


def test_lists_are_of_packages_that_may_be_assigned(server, rest):
    profile = rest.post("/api/deviceProfile", {"name": f"ota-{time.time_ns()}", "type": "DEFAULT", "transportType": "DEFAULT",
                                               "profileData": {"configuration": {"type": "DEFAULT"},
                                                               "transportConfiguration": {"type": "DEFAULT"}}})
    ready = uploaded(rest, b"1", profile=profile["id"])
    make_package(rest, profile=profile["id"])
    page = {"pageSize": 100, "page": 0}
    found = rest.get(f"/api/otaPackages/{profile['id']['id']}/FIRMWARE", **page)
    assert [entry["id"] for entry in found["data"] if entry["deviceProfileId"]] == [ready["id"]]
    titles = [entry["title"] for entry in rest.get("/api/otaPackages", textSearch=ready["title"].upper(), **page)["data"]]
    assert titles == [ready["title"]]
    with pytest.raises(RestError) as error:
        rest.get("/api/otaPackages")
    assert error.value.status == 400


def test_deleted_with_its_file_unless_in_use(server, rest, new_device):
    package, device = uploaded(rest, b"1"), new_device("token")
    document = rest.get(f"/api/device/{device.id}")
    rest.post("/api/device", {**document, "firmwareId": package["id"]})
    with pytest.raises(RestError) as error:
        rest.delete(path_of(package))
    assert error.value.status == 400 and "referenced by the devices" in error.value.message
    document = rest.get(f"/api/device/{device.id}")
    rest.post("/api/device", {**document, "firmwareId": None})
    assert package["id"]["id"] in files_of(server)
    rest.delete(path_of(package))
    assert package["id"]["id"] not in files_of(server)
    assert rest.raw("GET", path_of(package, "/download")).status_code == 404


# much, broken, interrupted

def test_many_at_once(server, rest):
    token = rest.token()

    def one(number):
        import requests
        session = requests.Session()
        session.headers["X-Authorization"] = f"Bearer {token}"
        data = os.urandom(400_000 + number)
        package = make_package(rest)
        saved = session.post(server.url + path_of(package), files={"file": ("x", data)}, timeout=slower(30))
        assert saved.json()["checksum"] == hashlib.sha256(data).hexdigest(), saved.text
        assert session.get(server.url + path_of(package, "/download"), timeout=slower(30)).content == data
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))


def start_upload(server, package, announced, sent):
    """The head and a part of the body; the rest does not come."""
    raw = socket.create_connection(("127.0.0.1", server.http_port))
    raw.sendall((f"POST {path_of(package)} HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer {server.rest.token()}\r\n"
                 f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {announced}\r\n\r\n"
                 '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n').encode())
    raw.sendall(bytes(sent))
    return raw


def test_an_upload_cut_off_leaves_nothing(server, rest):
    package = make_package(rest)
    before = files_of(server)
    for sent in (0, 1000, 500_000):
        raw = start_upload(server, package, 1_000_000, sent)
        wait_files(server, 1, ".part")
        raw.close()
        wait_files(server, 0, ".part")
    assert files_of(server) == before
    assert upload(rest, package, b"1").status_code == 200


def test_two_uploads_of_one_package(server, rest):
    """Both have begun before either ends: one of them is the package, whole."""
    package = make_package(rest)
    data = bytes([1]) * 1_000_000
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    slow = start_upload(server, package, len(head) + len(data) + 9, 999_999)
    wait_files(server, 1, ".part")
    assert upload(rest, package, data).status_code == 200
    slow.sendall(b"\x00\r\n--b--\r\n")
    slow.settimeout(slower(10))
    assert b"400" in slow.recv(65536).split(b"\r\n")[0]
    slow.close()
    assert rest.raw("GET", path_of(package, "/download")).content == data
    wait_files(server, 0, ".part")


def test_kill_9_during_an_upload_leaves_nothing_half(start_server):
    server = start_server()
    package = make_package(server.rest)
    kept = uploaded(server.rest, b"123456789")
    raw = start_upload(server, package, 10_000_000, 3_000_000)
    wait_files(server, 1, ".part")
    server.kill()
    raw.close()
    (server.data / "packages" / ABSENT).write_bytes(b"whole, but the registry does not know it")
    server.start()
    assert files_of(server) == [kept["id"]["id"]]
    assert not server.rest.get(path_of(package))["hasData"]
    assert server.rest.get(path_of(kept))["data"] == "MTIzNDU2Nzg5"
    assert upload(server.rest, package, b"1").status_code == 200


def test_a_stop_ends_an_upload(start_server):
    server = start_server()
    raw = start_upload(server, make_package(server.rest), 10_000_000, 100_000)
    wait_files(server, 1, ".part")
    server.stop()
    raw.close()
    assert files_of(server) == []


@pytest.mark.timing
def test_memory_stays_flat(start_server, tmp_path):
    server = start_server()
    file, back = tmp_path / "large", tmp_path / "back"
    subprocess.run(["head", "-c", str(100 << 20), "/dev/urandom"], stdout=file.open("wb"), check=True)
    package = make_package(server.rest)
    before, peak, done = server.resident_bytes(), [0], threading.Event()

    def watch():
        while not done.wait(0.01):
            peak[0] = max(peak[0], server.resident_bytes())
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        saved = json.loads(curl(server, "-F", f"file=@{file}", server.url + path_of(package)))
        curl(server, "-o", str(back), server.url + path_of(package, "/download"))
    finally:
        done.set()
        watcher.join()
    assert saved["dataSize"] == 100 << 20
    assert subprocess.run(["cmp", file, back], check=False).returncode == 0
    assert peak[0] - before < 8 << 20, f"{(peak[0] - before) >> 20} MiB more than before"
    assert default_profile(server.rest)
