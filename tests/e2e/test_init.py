"""postern init: what a data directory holds, who may read it, and that it is made once."""

import os
import re
import stat
import subprocess

import pytest

from support.certificates import openssl
from support.server import POSTERN, PosternServer

SECRET = re.compile(r"PRIVATE KEY")


def run_init(folder, *arguments):
    return subprocess.run([POSTERN, "init", str(folder), *arguments], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def initialised(tmp_path_factory):
    folder = tmp_path_factory.mktemp("init") / "data"
    done = run_init(folder, "--host", "iot.example.com", "--host", "10.1.2.3")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_for_the_owner_only(initialised):
    folder, _ = initialised
    assert mode(folder) & 0o077 == 0 or all(mode(path) & 0o077 == 0 for path in folder.rglob("*") if is_secret(path))
    keys = [path for path in folder.rglob("*") if is_secret(path)]
    assert keys, "no private key was made"
    for path in keys:
        assert mode(path) == 0o600, path


def is_secret(path):
    return path.is_file() and (path.suffix == ".key" or SECRET.search(path.read_text(errors="replace")))


def test_umask_does_not_open_secrets(tmp_path):
    folder = tmp_path / "data"
    before = os.umask(0)
    try:
        assert run_init(folder).returncode == 0
    finally:
        os.umask(before)
    for path in folder.rglob("*"):
        if is_secret(path):
            assert mode(path) == 0o600, path
        assert mode(path) & 0o002 == 0, f"{path} is writable by all"


def test_certificate_names(initialised):
    folder, _ = initialised
    text = openssl("x509", "-in", folder / "server.pem", "-noout", "-text").decode()
    for name in ("DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1", "DNS:iot.example.com",
                 "IP Address:10.1.2.3", "DNS:" + os.uname().nodename):
        assert name in text, f"{name} is not in:\n{text}"
    assert "prime256v1" in text or "P-256" in text


def test_chain_verifies(initialised):
    folder, _ = initialised
    checked = openssl("verify", "-CAfile", folder / "tb-server-chain.pem", "-purpose", "sslserver", "-verify_hostname",
                      "iot.example.com", folder / "server.pem")
    assert b": OK" in checked


def test_every_setting_is_commented(initialised):
    folder, _ = initialised
    text = (folder / "postern.ini").read_text()
    for name in ("tls_listen", "max_payload", "certificate", "records", "level"):
        assert re.search(rf"^[#;]\s*{name}\s*=", text, re.M), name
    assert not re.search(r"^\s*\w+\s*=", text, re.M), "a setting is not commented out"


def test_password_is_printed_once_and_works(initialised, tmp_path):
    folder, done = initialised
    assert "tenant@localhost" in done.stdout
    password = re.search(r"password:?\s+(\S+)", done.stdout, re.I)[1]
    server = PosternServer(tmp_path / "server", data=folder).start()
    try:
        answer = server.rest.raw("POST", "/api/auth/login", token=None,
                                 json={"username": "tenant@localhost", "password": password})
        assert answer.status_code == 200
    finally:
        server.stop()
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert password.encode() not in stored


def test_second_init_is_refused_and_changes_nothing(tmp_path):
    folder = tmp_path / "data"
    assert run_init(folder).returncode == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = run_init(folder)
    assert again.returncode != 0
    assert str(folder) in again.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_foreign_directory_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    done = run_init(tmp_path)
    assert done.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_init(tmp_path / "file" / "data")
    assert done.returncode != 0 and "data" in done.stderr


def test_serve_without_init(tmp_path):
    done = subprocess.run([POSTERN, "serve", str(tmp_path / "nothing")], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "init" in done.stderr


@pytest.mark.parametrize("setting,said", [
    ("mqtt.no_such=1", "mqtt.no_such"), ("mqtt.max_packet=many", "mqtt.max_packet"), ("nonsense", "nonsense"),
    ("http.listen=127.0.0.1:99999", "http.listen"), ("tls.records=theirs", "tls.records"),
    ("tls.certificate=/no/such/file.pem", "tls.certificate"),
])
def test_wrong_setting_is_named(initialised, setting, said):
    done = subprocess.run([POSTERN, "serve", str(initialised[0]), "--set", setting], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode != 0
    assert said in done.stderr


def test_setting_from_the_environment(tmp_path):
    server = PosternServer(tmp_path, environment={"POSTERN_MQTT_MAX_SUBSCRIPTIONS": "x"}).init()
    done = server.cli("serve", server.data)
    assert done.returncode != 0
    assert "POSTERN_MQTT_MAX_SUBSCRIPTIONS" in done.stderr


def test_taken_port_is_named(start_server, tmp_path):
    first = start_server()
    second = PosternServer(tmp_path / "second", {"mqtt.tls_listen": f"127.0.0.1:{first.mqtts_port}"}).init()
    done = second.cli(*second.command()[1:])
    assert done.returncode != 0
    assert str(first.mqtts_port) in done.stderr


@pytest.mark.parametrize("command", [["--help"], ["init", "--help"], ["serve", "--help"], ["device", "--help"],
                                     ["device", "add", "--help"]])
def test_help_is_an_answer(command):
    done = subprocess.run([POSTERN, *command], capture_output=True, text=True)
    assert done.returncode == 0 and "usage: postern" in done.stdout and done.stderr == ""


def test_chain_is_for_everybody_whatever_the_umask(tmp_path):
    subprocess.run(["sh", "-c", f"umask 077; {POSTERN} init {tmp_path}/data"], check=True, capture_output=True)
    assert (tmp_path / "data" / "tb-server-chain.pem").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "data" / "server.key").stat().st_mode & 0o777 == 0o600


def test_version_and_help():
    assert re.search(r"\d+\.\d+\.\d+", subprocess.run([POSTERN, "version"], capture_output=True, text=True).stdout)
    shown = subprocess.run([POSTERN, "--help"], capture_output=True, text=True)
    assert shown.returncode == 0
    assert all(word in shown.stdout for word in ("init", "serve", "device"))
    wrong = subprocess.run([POSTERN, "dance"], capture_output=True, text=True)
    assert wrong.returncode != 0 and "dance" in wrong.stderr
