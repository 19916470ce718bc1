"""From samples to medians, ratios, tables (Markdown) and results/last.json."""

import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

MIB = 1024 * 1024
CALM_PERCENT = 5  # a core that others used more than that makes a sample doubtful

# measurement name (before ':'), figure, column title, format
COLUMNS = [
    ("start", "start_ms", "start to first accept, ms", "{:.0f}", 1),
    ("start", "rss", "idle server, MiB resident", "{:.1f}", MIB),
    ("login", "server_cpu_us_each", "CPU per login, us", "{:.0f}", 1),
    ("login-resumed", "server_cpu_us_each", "CPU per resumed login, us", "{:.0f}", 1),
    ("login-tls12", "server_cpu_us_each", "CPU per TLS 1.2 login, us", "{:.0f}", 1),
    ("hold", "bytes_each", "bytes per idle connection", "{:.0f}", 1),
    ("hold", "bytes_each_second_half", "of these, second half alone", "{:.0f}", 1),
    ("values:device", "values_per_second", "values/s, ten in a message of each device", "{:.0f}", 1),
    ("values:gateway", "values_per_second", "values/s, a hundred devices' in a gateway's", "{:.0f}", 1),
    ("values:device", "server_cpu_us_per_value", "CPU per value, device, us", "{:.3f}", 1),
    ("values:gateway", "server_cpu_us_per_value", "CPU per value, gateway, us", "{:.3f}", 1),
    ("fanout", "fanout_first_ms", "fan-out, first subscriber told, ms", "{:.0f}", 1),
    ("fanout", "fanout_ms", "fan-out, last subscriber told, ms", "{:.0f}", 1),
    ("fanout", "fanout_cpu_ms", "fan-out, CPU of the server, ms", "{:.0f}", 1),
]

PUBLISH_COLUMNS = [
    ("per_second", "acknowledged/s", "{:.0f}", 1),
    ("server_cpu_us_each", "server CPU each, us", "{:.2f}", 1),
    ("p50_us", "p50, ms", "{:.2f}", 1000),
    ("p99_us", "p99, ms", "{:.2f}", 1000),
    ("server_busy_percent", "server's core, %", "{:.0f}", 1),
    ("load_busy_percent", "load's core, %", "{:.0f}", 1),
]

# title, numerator, denominator (None: 1), aim, is at most the aim
AIMS = [
    ("CPU per login, Postern to bare with default settings", ("login", "postern", "server_cpu_us_each"),
     ("login", "bare", "server_cpu_us_each"), 0.75, True),
    ("KiB per idle TLS 1.3 connection", ("hold", "postern", "bytes_each"), 1024, 3, True),
    ("fan-out to all subscribers, Postern (durable) to mosquitto (not)", ("fanout", "postern", "fanout_ms"),
     ("fanout", "mosquitto", "fanout_ms"), 1.5, True),
    ("values/s through a gateway to values/s of devices themselves", ("values:gateway", "postern", "values_per_second"),
     ("values:device", "postern", "values_per_second"), 1, False),
    ("the same per second of server CPU", ("values:device", "postern", "server_cpu_us_per_value"),
     ("values:gateway", "postern", "server_cpu_us_per_value"), 1, False),
    ("MiB resident, idle server", ("start", "postern", "rss"), MIB, 40, True),
]


def medians(samples):
    """Of each number that all samples have."""
    names = set.intersection(*(set(s) for s in samples))
    return {n: statistics.median(s[n] for s in samples) for n in sorted(names)
            if all(isinstance(s[n], (int, float)) for s in samples)}


class Results:
    def __init__(self):
        self.samples = {}  # measurement -> peer -> list of samples
        self.failures = []

    def add(self, measurement, peer, sample):
        self.samples.setdefault(measurement, {}).setdefault(peer, []).append(sample)

    def value(self, measurement, peer, figure):
        found = self.samples.get(measurement, {}).get(peer)
        return medians(found).get(figure) if found else None

    def publish_runs(self):
        return [m for m in self.samples if m.startswith("publish:")]

    def aims(self):
        aims = list(AIMS)
        for run in self.publish_runs():
            inflight = run.partition(":")[2]
            aims.append((f"QoS 1 messages/s, {inflight} in flight, Postern (durable) to mosquitto (not)",
                         (run, "postern", "per_second"), (run, "mosquitto", "per_second"), 1.5, False))
            aims.append((f"the same per second of server CPU, {inflight} in flight",
                         (run, "mosquitto", "server_cpu_us_each"), (run, "postern", "server_cpu_us_each"), None,
                         False))
        rows = []
        for title, over, under, aim, at_most in aims:
            a = self.value(*over)
            b = self.value(*under) if isinstance(under, tuple) else under
            ratio = a / b if a is not None and b else None
            met = None if ratio is None or aim is None else (ratio <= aim if at_most else ratio >= aim)
            rows.append({"title": title, "value": ratio, "aim": aim, "at_most": at_most, "met": met})
        return rows


def markdown(header, rows):
    widths = [max(len(str(r[i])) for r in [header, *rows]) for i in range(len(header))]
    lines = ["| " + " | ".join(str(c).ljust(w) for c, w in zip(row, widths)) + " |" for row in [header, *rows]]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def cell(value, form, unit):
    return "-" if value is None else form.format(value / unit)


def tables(results, peers):
    out = []
    rows = []
    for measurement, figure, title, form, unit in COLUMNS:
        if measurement in results.samples:
            rows.append([title, *(cell(results.value(measurement, p, figure), form, unit) for p in peers)])
    if rows:
        out.append(markdown(["", *peers], rows))
    rows = []
    for run in results.publish_runs():
        for p in peers:
            if p in results.samples[run]:
                rows.append([run.partition(":")[2], p,
                             *(cell(results.value(run, p, f), form, u) for f, _, form, u in PUBLISH_COLUMNS)])
    if rows:
        out.append(markdown(["in flight", "server", *(c[1] for c in PUBLISH_COLUMNS)], rows))
    rows = []
    for a in results.aims():
        aim = "" if a["aim"] is None else f"{'at most' if a['at_most'] else 'at least'} {a['aim']}"
        met = "not measured" if a["value"] is None else {True: "met", False: "MISSED", None: ""}[a["met"]]
        rows.append([a["title"], cell(a["value"], "{:.2f}", 1), aim, met])
    out.append(markdown(["", "measured", "aim", ""], rows))
    return "\n\n".join(out)


def notices(results):
    """What makes a figure doubtful."""
    found = []
    for measurement, by_peer in results.samples.items():
        for peer, samples in by_peer.items():
            m = medians(samples)
            others = m.get("others_percent", 0)
            if others > CALM_PERCENT:
                found.append(f"{measurement}, {peer}: others kept a core {others:.0f} % busy")
            if measurement.startswith("publish") and m["load_busy_percent"] > 90 > m["server_busy_percent"]:
                found.append(f"{measurement}, {peer}: the load tool was the limit, the server could do more")
    return found


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else None


def sync_us(folder, times=200):
    """Median time of a 4 KiB write and fdatasync where the store lies: what one durable batch costs at least."""
    path = Path(folder) / "sync-probe"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        os.write(fd, b"\0" * 4096)
        os.fdatasync(fd)
        taken.append((time.perf_counter() - begun) * 1e6)
    os.close(fd)
    path.unlink()
    return round(statistics.median(taken))


def machine(bench):
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / MIB, 1),
        "kernel": platform.release(),
        "openssl": first_line("openssl", "version"),
        "mosquitto": first_line("/usr/sbin/mosquitto", "-h"),
        "file_system": first_line("stat", "-f", "-c", "%T", str(bench.work)),
        "fdatasync_us": sync_us(bench.work),
        "revision": first_line("git", "-C", str(bench.root), "rev-parse", "--short", "HEAD"),
    }


def write_json(path, results, machine_facts, options, peers):
    document = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine_facts,
        "options": options,
        "aims": results.aims(),
        "medians": {m: {p: medians(s) for p, s in by.items()} for m, by in results.samples.items()},
        "samples": results.samples,
        "failures": results.failures,
        "notices": notices(results),
        "peers": peers,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
