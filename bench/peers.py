"""The servers that are measured: how each is prepared, started on a free loopback port, and stopped.

A peer is started anew for each measurement, pinned to one core. `Peer.start()` returns a `Server`, whose
`start_ms` is the time from the start of the process to the first accepted connection.
"""

import concurrent.futures
import http.client
import json
import os
import resource
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

START_LIMIT_S = 30
STOP_LIMIT_S = 20
IS_ROOT = os.geteuid() == 0


class PeerError(Exception):
    """A peer could not be prepared or started; the text is for the user."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def accepts(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def raise_file_limit(wanted):
    """Raise this process's limit of open files, which its children inherit; return what was reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(hard, wanted), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    return soft


class Server:
    """A running peer."""

    def __init__(self, command, port, core, log_path):
        self.port = port
        self.log_path = log_path
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.log = open(log_path, "ab")
        begun = time.monotonic()
        self.process = subprocess.Popen(pin + command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self._wait_for_accept(begun)
        self.start_ms = (time.monotonic() - begun) * 1000

    @property
    def pid(self):
        return self.process.pid

    def _wait_for_accept(self, begun):
        while not accepts(self.port):
            if self.process.poll() is not None or time.monotonic() - begun > START_LIMIT_S:
                self.stop()
                raise PeerError(f"does not accept connections; last lines of {self.log_path}:\n{self.log_tail()}")
            time.sleep(0.0005)

    def log_tail(self):
        lines = Path(self.log_path).read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])

    def memory(self):
        """Resident and anonymous memory in bytes."""
        found = {}
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in ("Rss", "Anonymous"):
                found[name] = int(rest.split()[0]) * 1024
        return found["Rss"], found["Anonymous"]

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Peer:
    """A kind of server. `bench` has the folders and cores of this run."""

    name = ""
    note = ""

    def __init__(self, bench):
        self.bench = bench

    def missing(self):
        """Why this peer cannot run here, or None."""
        return None

    def prepare(self):
        """Done once, before the first start."""

    def command(self, port):
        raise NotImplementedError

    def start(self):
        port = free_port()
        return Server(self.command(port), port, self.bench.server_core, self.bench.work / f"{self.name}.log")

    fanout_topic = None

    def fanout(self, _server, _subscribers):
        """A function that sends one message (its argument: a number to put in) to all subscribers of fanout_topic."""
        raise NotImplementedError

    def stored_points(self, _server, _devices, _begin_ms, _end_ms):
        """How many points of the first `devices` devices the server has; None if it stores nothing."""
        return None


class Bare(Peer):
    name = "bare"
    note = "OpenSSL and epoll alone, default settings"
    options = []

    def command(self, port):
        certs = self.bench.certs
        return [str(self.bench.tools / "bare"), "--port", str(port), "--cert", str(certs / "server.pem"),
                "--key", str(certs / "server.key"), *self.options]


class BareNoTickets(Bare):
    name = "bare-no-tickets"
    note = "the same, issuing no session tickets"
    options = ["--no-tickets"]


class Mosquitto(Peer):
    name = "mosquitto"
    note = "not durable: persistence off"

    def program(self):
        return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")

    def missing(self):
        return None if self.program() else "mosquitto is not installed (apt install mosquitto)"

    def command(self, port):
        certs = self.bench.certs
        lines = [
            f"listener {port} 127.0.0.1",
            f"cafile {certs}/ca.pem",
            f"certfile {certs}/server.pem",
            f"keyfile {certs}/server.key",
            "require_certificate true",
            "use_identity_as_username true",
            "persistence false",
        ]
        if IS_ROOT:
            lines.append("user root")  # else it could not read the key
        config = self.bench.work / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        return [self.program(), "-c", str(config)]


    fanout_topic = "v1/devices/me/attributes"

    def fanout(self, server, _subscribers):
        """A publisher of its own, connected before the time begins; QoS 0 throughout."""
        identity = sorted((self.bench.certs / "devices").glob("*.pem"))[0]
        context = ssl.create_default_context(cafile=self.bench.certs / "ca.pem")
        context.check_hostname = False
        context.load_cert_chain(identity)
        publisher = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)))
        publisher.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05pushr")
        publisher.recv(4)

        def push(number):
            payload = json.dumps({"interval": number}).encode()
            topic = self.fanout_topic.encode()
            body = len(topic).to_bytes(2, "big") + topic + payload
            publisher.sendall(b"\x30" + bytes([len(body)]) + body)
        return push


class Postern(Peer):
    name = "postern"
    note = "every acknowledged message synced to disk"
    user = "tenant@localhost"

    def __init__(self, bench):
        super().__init__(bench)
        self.data = bench.work / "postern"
        self.password = secrets.token_urlsafe(18)
        self.http_port = 0
        self.names = []  # of the devices, in the order of their certificates; the first is a gateway
        self.device_ids = []

    def missing(self):
        program = self.bench.postern
        return None if os.access(program, os.X_OK) else f"{program} does not exist (scripts/build makes it)"

    def prepare(self):
        password_file = self.bench.work / "password"
        password_file.touch(0o600)
        password_file.write_text(self.password + "\n")
        done = subprocess.run([self.bench.postern, "init", self.data, "--password-file", password_file],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PeerError(f"postern init failed: {done.stderr.strip()}")
        with self.start() as server:
            self._register_all(server)

    def command(self, port):
        self.http_port = free_port()
        certs = self.bench.certs
        settings = {
            "mqtt.tls_listen": f"127.0.0.1:{port}",
            "http.listen": f"127.0.0.1:{self.http_port}",
            "http.tls_listen": "",
            "tls.certificate": certs / "server.pem",
            "tls.key": certs / "server.key",
            "net.reactors": 1,
        }
        command = [str(self.bench.postern), "serve", str(self.data)]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        return command

    def _rest(self, connection, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["X-Authorization"] = f"Bearer {token}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        if answer.status != 200:
            raise PeerError(f"{method} {path.split('?')[0]} answered {answer.status}: {text[:300]}")
        return json.loads(text)

    def _connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)

    def _login(self):
        limit = time.monotonic() + START_LIMIT_S
        while not accepts(self.http_port):
            if time.monotonic() > limit:
                raise PeerError("the REST port does not accept connections")
            time.sleep(0.01)
        body = {"username": self.user, "password": self.password}
        return self._rest(self._connection(), "POST", "/api/auth/login", body)["token"]

    def _register_some(self, token, names):
        connection = self._connection()
        ids = []
        for name in names:
            pem = (self.bench.certs / "devices" / f"{name}.pem").read_text().partition("-----BEGIN PRIVATE")[0]
            info = {"gateway": True} if name == self.names[0] else None
            body = {"device": {"name": name, "additionalInfo": info},
                    "credentials": {"credentialsType": "X509_CERTIFICATE", "credentialsValue": pem}}
            answer = self._rest(connection, "POST", "/api/device-with-credentials", body, token)
            ids.append((name, answer["id"]["id"]))
        connection.close()
        return ids

    def _register_all(self, _server):
        token = self._login()
        names = self.names = sorted(p.stem for p in (self.bench.certs / "devices").glob("*.pem"))
        threads = 4
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            parts = pool.map(lambda i: self._register_some(token, names[i::threads]), range(threads))
            self.device_ids = [id for _, id in sorted(pair for part in parts for pair in part)]

    fanout_topic = "v1/devices/me/attributes"

    def fanout(self, _server, subscribers):
        """One request that sets a shared attribute of all the devices: on disk before the first is told."""
        token = self._login()
        connection = self._connection()
        body = '{"deviceIds":%s,"values":{"interval":%%d}}' % json.dumps(self.device_ids[:subscribers])

        def push(number):
            headers = {"Content-Type": "application/json", "X-Authorization": f"Bearer {token}"}
            if number:
                connection.getresponse().read()  # of the one before
            connection.request("POST", "/api/postern/attributes/SHARED_SCOPE", body % number, headers)
        return push

    def stored_points(self, _server, devices, begin_ms, end_ms):
        token = self._login()
        connection = self._connection()
        total = 0
        for device in self.device_ids[:devices]:
            path = (f"/api/plugins/telemetry/DEVICE/{device}/values/timeseries?keys=temperature&agg=COUNT"
                    f"&startTs={begin_ms}&endTs={end_ms}&interval={end_ms - begin_ms}")
            answer = self._rest(connection, "GET", path, None, token)
            total += sum(int(v["value"]) for v in answer.get("temperature", []))
        connection.close()
        return total


ALL = [Postern, Bare, BareNoTickets, Mosquitto]
