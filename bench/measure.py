"""The measurements. Each takes a peer, starts it anew, and returns one sample: a dict of numbers.

The repetition, the order of peers and the medians are the business of bench/run.
"""

import json
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

from peers import PeerError

IDLE_SECONDS = 2  # a server is left alone so long before its memory counts as idle
FANOUTS = 5  # messages of one fan-out run, of which medians are taken
TS_STEP_MS = 100_000_000  # each publish run writes its points into a span of time of its own
VALUE_DEVICES = 100
VALUE_KEYS = ("temperature", "humidity", "pressure", "voltage", "current", "power", "speed", "level", "flow", "angle")
VALUES_INFLIGHT = 4  # messages of each connection


def core_seconds(core):
    """Seconds of work on one core since boot, stolen time included; interrupts are left out: traffic causes them."""
    for line in Path("/proc/stat").read_text().splitlines():
        fields = line.split()
        if fields[0] == f"cpu{core}":
            return sum(int(fields[i]) for i in (1, 2, 3, 8)) / os.sysconf("SC_CLK_TCK")
    return 0.0


class Watch:
    """Tells how busy others kept the two cores meanwhile."""

    def __init__(self, bench, server):
        self.cores = (bench.server_core, bench.load_core)
        self.server = server
        self.begin = self._read()

    def _read(self):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        ours = (self.server.cpu_seconds(), children.ru_utime + children.ru_stime)
        return time.monotonic(), [core_seconds(core) - own for core, own in zip(self.cores, ours)]

    def others_percent(self):
        """Of the more disturbed core. The load tool must have been waited for, the server must still run."""
        (begun, before), (ended, after) = self.begin, self._read()
        return round(max(0.0, *(100 * (b - a) / (ended - begun) for a, b in zip(before, after))), 1)


def load_command(bench, server, mode, *options):
    pin = ["taskset", "-c", str(bench.load_core)] if bench.load_core is not None else []
    return pin + [str(bench.tools / "load"), mode, "--port", str(server.port), "--server-pid", str(server.pid),
                  "--cafile", str(bench.certs / "ca.pem"), "--identities", str(bench.certs / "devices"),
                  *(str(o) for o in options)]


def run_load(bench, server, mode, *options):
    watch = Watch(bench, server)
    done = subprocess.run(load_command(bench, server, mode, *options), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != 0:
        raise PeerError(f"the load tool failed: {done.stderr.strip()}\n{done.stdout.strip()}\n"
                        f"last lines of {server.log_path}:\n{server.log_tail()}")
    sample = json.loads(done.stdout)
    sample["others_percent"] = watch.others_percent()
    wall_us = sample["seconds"] * 1e6
    if wall_us > 0:
        sample["server_busy_percent"] = round(100 * sample["server_cpu_us"] / wall_us, 1)
        sample["load_busy_percent"] = round(100 * sample["load_cpu_us"] / wall_us, 1)
    return sample


def start(bench, peer):
    """Start time and memory of the idle server."""
    with peer.start() as server:
        time.sleep(IDLE_SECONDS)
        rss, anonymous = server.memory()
        return {"start_ms": server.start_ms, "rss": rss, "anonymous": anonymous}


def login(bench, peer, *options):
    """CPU of the server for a handshake, CONNECT and CONNACK."""
    with peer.start() as server:
        return run_load(bench, server, "handshake", "--connections", bench.parallel, "--seconds", bench.seconds,
                        *options)


def publish(bench, peer, inflight):
    """QoS 1 messages acknowledged each second; for a server that stores, whether all of them are there."""
    begin_ms = bench.next_time_span(TS_STEP_MS)
    with peer.start() as server:
        sample = run_load(bench, server, "publish", "--connections", bench.publishers, "--inflight", inflight,
                          "--seconds", bench.seconds, "--ts-base", begin_ms)
        stored = peer.stored_points(server, bench.publishers, begin_ms, begin_ms + TS_STEP_MS)
        if stored is not None:
            sample["stored"] = stored
            if stored < sample["acked"]:
                raise PeerError(f"{sample['acked']} messages were acknowledged, but only {stored} are stored")
        return sample


def values(bench, peer, through_gateway):
    """Messages of ten values: each device its own, or a hundred of them in one of a gateway. As many values in flight."""
    begin_ms = bench.next_time_span(TS_STEP_MS)
    body = json.dumps({"ts": "$ts", "values": {key: 20.25 + n for n, key in enumerate(VALUE_KEYS)}}).replace('"$ts"', "$ts")
    options = ["--connections", VALUE_DEVICES, "--payload", body]
    if through_gateway:
        devices = ",".join(f'"{name}":[{body}]' for name in peer.names[:VALUE_DEVICES])
        options = ["--connections", 1, "--topic", "v1/gateway/telemetry", "--payload", "{%s}" % devices]
    with peer.start() as server:
        sample = run_load(bench, server, "publish", *options, "--inflight", VALUES_INFLIGHT, "--seconds", bench.seconds,
                          "--ts-base", begin_ms)
        stored = peer.stored_points(server, VALUE_DEVICES, begin_ms, begin_ms + TS_STEP_MS)
    acked = sample["acked"] * (VALUE_DEVICES if through_gateway else 1)
    if stored < acked:
        raise PeerError(f"messages of {acked} devices were acknowledged, but only {stored} are stored")
    values_each = len(VALUE_KEYS) * (VALUE_DEVICES if through_gateway else 1)
    sample["values_per_second"] = sample["per_second"] * values_each
    sample["server_cpu_us_per_value"] = sample["server_cpu_us_each"] / values_each
    return sample


class Holder:
    """A load process that keeps connections open until it is let go."""

    def __init__(self, bench, server, count, first, prefix, *options):
        command = load_command(bench, server, "hold", "--connections", count, "--first", first, "--parallel",
                               bench.parallel, "--id-prefix", prefix, *options)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if line.split() != ["READY", str(count)]:
            self.process.kill()
            self.process.wait()
            raise PeerError(f"not all connections opened: {line.strip()}; last lines of {server.log_path}:\n"
                            f"{server.log_tail()}")

    def wait_received(self):
        """When the first and the last of the connections had the message, seconds of time.monotonic()."""
        words = self.process.stdout.readline().split()
        if words[:1] != ["RECEIVED"]:
            raise PeerError(f"not all subscribers got the message: {' '.join(words)}")
        return int(words[2]) / 1e6, int(words[3]) / 1e6

    def release(self):
        out, _ = self.process.communicate("", timeout=120)
        return json.loads(out)


def hold(bench, peer):
    """Memory of the server for each idle connection, from its size before the first and with all of them."""
    half = bench.held // 2
    with peer.start() as server:
        time.sleep(IDLE_SECONDS)
        sizes = [server.memory()]
        holders = []
        try:
            for part in range(2):
                holders.append(Holder(bench, server, half, part * half, "ab"[part]))
                time.sleep(IDLE_SECONDS)
                sizes.append(server.memory())
        finally:
            ends = [h.release() for h in holders]
    lost = sum(e["lost"] for e in ends)
    if lost:
        raise PeerError(f"{lost} of the held connections were closed by the server")
    (rss0, anonymous0), (rss1, _), (rss2, anonymous2) = sizes
    return {
        "held": 2 * half,
        "bytes_each": (rss2 - rss0) / (2 * half),
        "bytes_each_second_half": (rss2 - rss1) / half,
        "anonymous_bytes_each": (anonymous2 - anonymous0) / (2 * half),
        "rss_idle": rss0,
        "rss_held": rss2,
    }


def fanout(bench, peer):
    """One message for many subscribers, each on a connection of its own: from the request to the last that has it."""
    with peer.start() as server:
        holder = Holder(bench, server, bench.held, 0, "f", "--subscribe", peer.fanout_topic)
        try:
            push = peer.fanout(server, bench.held)
            taken = []
            for number in range(FANOUTS):
                time.sleep(0.5)
                begun = time.monotonic()
                cpu = server.cpu_seconds()
                push(number)
                first, last = holder.wait_received()
                taken.append((first - begun, last - begun, server.cpu_seconds() - cpu))
        finally:
            holder.release()
    return {
        "fanout_first_ms": 1000 * statistics.median(t[0] for t in taken),
        "fanout_ms": 1000 * statistics.median(t[1] for t in taken),
        "fanout_cpu_ms": 1000 * statistics.median(t[2] for t in taken),
    }
