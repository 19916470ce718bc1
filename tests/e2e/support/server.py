"""One postern process with its own data directory and free ports."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import requests

from .logs import ServerLog
from .rest import RestClient

ROOT = pathlib.Path(__file__).resolve().parents[3]
POSTERN = os.environ.get("POSTERN_BINARY", str(ROOT / "build/release/postern"))
IS_SANITIZED = "asan" in POSTERN or "tsan" in POSTERN
PASSWORD = "e2e-Passw0rd!"
SANITIZER_MARKS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "internal check failed")


def slower(seconds):
    """A time limit, with room for a sanitized binary and a busy machine."""
    return seconds * (4 if IS_SANITIZED else 1)


def worker_number():
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


class PortPool:
    """Free ports, from a range of this test worker alone, below the range of ephemeral ports."""

    def __init__(self):
        self._next = 0
        self._base = 18000 + worker_number() * 1200 + (os.getpid() % 10) * 100

    def take(self):
        while True:
            port = self._base + self._next % 1100
            self._next += 1
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


PORTS = PortPool()


class PosternServer:
    def __init__(self, folder, settings=None, data=None, environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = pathlib.Path(data) if data else self.folder / "data"
        self.mqtts_port, self.mqtt_port, self.http_port, self.https_port = (PORTS.take() for _ in range(4))
        self.settings = {
            "mqtt.tls_listen": f"127.0.0.1:{self.mqtts_port}",
            "mqtt.listen": f"127.0.0.1:{self.mqtt_port}",
            "http.listen": f"127.0.0.1:{self.http_port}",
            "http.tls_listen": f"127.0.0.1:{self.https_port}",
            **(settings or {}),
        }
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.log = ServerLog(self.folder / "server.log")
        self.rest = RestClient(self)

    @property
    def chain(self):
        return self.data / "tb-server-chain.pem"

    def init(self, *arguments):
        password_file = self.folder / "password"
        password_file.write_text(PASSWORD + "\n")
        done = subprocess.run([POSTERN, "init", str(self.data), "--password-file", str(password_file), *arguments],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return self

    def command(self):
        sets = [part for name, value in self.settings.items() for part in ("--set", f"{name}={value}")]
        return [POSTERN, "serve", str(self.data), *sets]

    def start(self, wait=True, preexec_fn=None):
        assert self.process is None
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=self.environment, preexec_fn=preexec_fn)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, timeout=15):
        deadline = time.monotonic() + slower(timeout)
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "server ended:\n" + "\n".join(self.log.lines()[-30:])
            if self._answers():
                return self
            time.sleep(0.03)
        raise AssertionError("server does not answer:\n" + "\n".join(self.log.lines()[-30:]))

    def _answers(self):
        try:
            requests.get(self.url + "/api/device-connectivity/mqtts/certificate/download", timeout=5)
            with socket.create_connection(("127.0.0.1", self.mqtts_port), timeout=1):
                return True
        except (OSError, requests.RequestException):
            return False

    def stop(self, timeout=15):
        """A clean stop: exit status 0 and nothing a sanitizer has to say."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(slower(timeout))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("server did not stop on SIGTERM:\n" + "\n".join(self.log.lines()[-30:])) from None
        self.check_log()
        assert status == 0, f"exit status {status}:\n" + "\n".join(self.log.lines()[-60:])

    def kill(self):
        process, self.process = self.process, None
        process.kill()
        process.wait()
        self.check_log()

    def restart(self):
        self.stop()
        return self.start()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def check_log(self):
        lines = self.log.lines()
        for number, line in enumerate(lines):
            if any(mark in line for mark in SANITIZER_MARKS):
                raise AssertionError("the server reported:\n" + "\n".join(lines[number:number + 60]))

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cli(self, *arguments, timeout=60, **options):
        return subprocess.run([POSTERN, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                              env=self.environment, **options)
