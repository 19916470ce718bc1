#!/usr/bin/python3
"""How soon those who watch see what has been acknowledged: bench/live.py [--subscribers N] [--points N] [--seconds N]

A server of its own (build/release/postern, default settings, plain MQTT on loopback), as many devices as subscribers, each watched by
one WebSocket. Devices publish QoS 1, 25 values a message, together the given number of points a second. Measured is the time from
PUBACK to the update; beside it, on the same sockets in the same run, the bare limit: a WebSocket ping and its pong, which the library
answers without us. Needs python3-websocket.
"""

import argparse
import json
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import websocket

ROOT = pathlib.Path(__file__).resolve().parents[1]
POSTERN = ROOT / "build/release/postern"
VALUES = 25


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.mqtt, self.http = free_port(), free_port()
        (folder / "password").write_text("a password for bench\n")
        subprocess.run([POSTERN, "init", folder / "data", "--password-file", folder / "password"], check=True, stdout=subprocess.DEVNULL)
        sets = {"mqtt.listen": f"127.0.0.1:{self.mqtt}", "mqtt.tls_listen": "", "http.listen": f"127.0.0.1:{self.http}", "http.tls_listen": ""}
        command = [POSTERN, "serve", folder / "data"] + [part for name, value in sets.items() for part in ("--set", f"{name}={value}")]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.token = None
        while self.token is None:
            try:
                self.token = self.call("POST", "/api/auth/login", {"username": "tenant@localhost", "password": "a password for bench"})["token"]
            except OSError:
                time.sleep(0.05)

    def call(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", json.dumps(body).encode() if body else None, method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("X-Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


class Publisher:
    """One device: MQTT 3.1.1, blocking."""

    def __init__(self, server, name):
        self.id = server.call("POST", f"/api/device?accessToken={name}", {"name": name})["id"]["id"]
        self.socket = socket.create_connection(("127.0.0.1", server.mqtt))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        user = name.encode()
        body = b"\x00\x04MQTT\x04\x82\x00\x00\x00\x00" + struct.pack(">H", len(user)) + user
        self.socket.sendall(bytes([0x10, len(body)]) + body)
        assert self.socket.recv(4) == b"\x20\x02\x00\x00"
        self.acknowledged = {}

    def publish(self, number):
        topic = b"v1/devices/me/telemetry"
        payload = json.dumps({"ts": number, "values": {f"k{n}": number for n in range(VALUES)}}).encode()
        body = struct.pack(">H", len(topic)) + topic + b"\x00\x01" + payload
        length = bytes([len(body) % 128 | 0x80, len(body) // 128])
        self.socket.sendall(b"\x32" + length + body)
        assert self.socket.recv(4) == b"\x40\x02\x00\x01"
        self.acknowledged[number] = time.monotonic()


class Watcher(threading.Thread):
    def __init__(self, server, device):
        super().__init__(daemon=True)
        self.socket = websocket.create_connection(f"ws://127.0.0.1:{server.http}/api/ws", timeout=60)
        self.socket.send(json.dumps({"authCmd": {"cmdId": 0, "token": server.token},
                                     "cmds": [{"type": "TIMESERIES", "cmdId": 1, "entityType": "DEVICE", "entityId": device}]}))
        self.socket.recv()
        self.seen, self.pongs = {}, []

    def ping(self, count):
        for _ in range(count):
            started = time.monotonic()
            self.socket.ping(b"x" * 100)
            self.socket.recv_data(control_frame=True)
            self.pongs.append(time.monotonic() - started)

    def run(self):
        try:
            while True:
                for ts, _ in json.loads(self.socket.recv())["data"]["k0"]:
                    self.seen.setdefault(ts, time.monotonic())
        except (OSError, ValueError, websocket.WebSocketException):
            pass


def drive(publishers, seconds, messages_per_second):
    """One thread's share: its devices in turn, at an even pace."""
    started, number = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        publishers[number % len(publishers)].publish(1 + number // len(publishers))
        number += 1
        time.sleep(max(0, started + number / messages_per_second - time.monotonic()))


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--points", type=int, default=5000, help="a second")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder))
        try:
            publishers = [Publisher(server, f"live-{n}") for n in range(options.subscribers)]
            watchers = [Watcher(server, publisher.id) for publisher in publishers]
            for watcher in watchers:
                watcher.ping(10)
                watcher.start()
            drivers = [threading.Thread(target=drive, args=(publishers[n::4], options.seconds, options.points / VALUES / 4)) for n in range(4)]
            for driver in drivers:
                driver.start()
            for driver in drivers:
                driver.join()
            time.sleep(1)
        finally:
            server.process.terminate()
            server.process.wait()
    late = [max(0, w.seen[n] - p.acknowledged[n]) for p, w in zip(publishers, watchers) for n in p.acknowledged if n in w.seen]
    lost = sum(n not in w.seen for p, w in zip(publishers, watchers) for n in p.acknowledged)
    pongs = [pong for watcher in watchers for pong in watcher.pongs]
    print(f"{options.subscribers} subscribers, {len(late) * VALUES / options.seconds:.0f} points/s, {lost} updates lost")
    print(f"PUBACK to update: p50 {percentile(late, 0.5):.2f} ms, p99 {percentile(late, 0.99):.2f} ms, most {max(late) * 1000:.2f} ms")
    print(f"ping to pong:     p50 {percentile(pongs, 0.5):.2f} ms, p99 {percentile(pongs, 0.99):.2f} ms")
    print(f"ratio of the medians: {statistics.median(late) / statistics.median(pongs):.1f}; aim: p99 of updates below 50 ms")
    return 0 if lost == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
