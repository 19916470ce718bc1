"""Clients as users have them: paho-mqtt, mqtt.js, Go's and Java's TLS, mosquitto_sub."""

import json
import pathlib
import shutil
import subprocess
import threading
import time

import paho.mqtt.client as paho
import pytest

from support import mosquitto
from support.certificates import openssl
from support.paho_device import PahoDevice

PEERS = pathlib.Path(__file__).parent / "peers"
TELEMETRY = "v1/devices/me/telemetry"
PERIODS = 25  # keep-alive periods of one second to idle through: an hour of a device with keep-alive 144 s


@pytest.mark.parametrize("version", [4, 5])
def test_paho(server, new_device, version):
    device = new_device("ec")
    client = PahoDevice(server, device, version)
    for qos in (0, 1, 2):
        client.publish(TELEMETRY, "{qos%d:%d}" % (qos, qos), qos)
    server.rest.wait_latest(device, {"qos0": "0", "qos1": "1", "qos2": "2"})
    assert client.subscribe("v1/devices/me/attributes/response/+", 2) == [2]
    client.publish("v1/devices/me/attributes", '{kind:"paho"}', 1)
    client.publish("v1/devices/me/attributes/request/1", "{}", 1)
    assert json.loads(client.wait_messages(1)[0].payload) == {"client": {"kind": "paho"}}
    client.disconnect()


@pytest.mark.parametrize("version", [4, 5])
def test_paho_by_token_with_will(server, new_device, version):
    device = new_device("token")
    client = paho.Client("will", protocol={4: paho.MQTTv311, 5: paho.MQTTv5}[version])
    client.tls_set(str(server.chain))
    client.username_pw_set(device.token)
    client.will_set(TELEMETRY, "{gone:1}", 1)
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect("localhost", server.mqtts_port)
    client.loop_start()
    assert connected.wait(10)
    client.loop_stop()
    client._sock_close()  # the cable is pulled: no DISCONNECT
    server.rest.wait_latest(device, {"gone": "1"})


def run_mqttjs(server, device, version, idle, keep_alive):
    if not (PEERS.parent / "node_modules/mqtt").is_dir():
        pytest.skip("mqtt.js is not installed: npm ci in tests/e2e")
    task = {"port": server.mqtts_port, "ca": str(server.chain), "cert": str(device.identity.cert),
            "key": str(device.identity.key), "version": version, "idleSeconds": idle, "keepAlive": keep_alive}
    return subprocess.Popen(["node", PEERS / "mqttjs.mjs", json.dumps(task)], stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT)


def check_mqttjs(process, server, device):
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    seen = json.loads(output.splitlines()[-1])
    assert seen["acknowledged"] == 3
    assert seen["answers"] == [["v1/devices/me/attributes/response/1", {"client": {"kind": "mqtt.js"}}]]
    server.rest.wait_latest(device, {"qos0": "0", "qos1": "1", "qos2": "2", "after_idle": "1"})


@pytest.mark.parametrize("version", [4, 5])
def test_mqttjs(server, new_device, version):
    device = new_device("ec")
    check_mqttjs(run_mqttjs(server, device, version, idle=1, keep_alive=60), server, device)


@pytest.mark.slow
def test_idling_with_keep_alive(server, new_device):
    """An hour of a device's idling, in keep-alive periods: four clients at once."""
    scripts = {version: new_device("ec") for version in (4, 5)}
    pahos = {version: new_device("ec") for version in (4, 5)}
    running = [(run_mqttjs(server, device, version, PERIODS, 1), device) for version, device in scripts.items()]
    clients = [(PahoDevice(server, device, version, keep_alive=1), device) for version, device in pahos.items()]
    time.sleep(PERIODS)
    for client, device in clients:
        assert not client.lost.is_set()
        client.publish(TELEMETRY, "{after_idle:1}", 2)
        assert server.rest.latest(device) == {"after_idle": "1"}
        client.disconnect()
    for process, device in running:
        check_mqttjs(process, server, device)


def test_go(server, new_device, tmp_path_factory):
    if not shutil.which("go"):
        pytest.skip("Go is not installed")
    cache = tmp_path_factory.mktemp("go")
    device = new_device("ec")
    command = ["go", "run", PEERS / "peer.go", server.mqtts_port, server.chain, device.identity.cert, device.identity.key]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300,
                          env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(cache), "GOFLAGS": "-mod=mod",
                               "GO111MODULE": "off", "GOPROXY": "off"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.rest.latest(device) == {"peer": "20"}


@pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_java(server, new_device, certificates, tmp_path, tls, kind):
    if not shutil.which("java") or not shutil.which("javac"):
        pytest.skip("Java is not installed")
    device = new_device(certificates.rsa(bits=2048) if kind == "rsa" else "ec")
    store = tmp_path / "device.p12"
    openssl("pkcs12", "-export", "-in", device.identity.cert, "-inkey", device.identity.key, "-out", store, "-passout",
            "pass:device")
    done = subprocess.run(["java", PEERS / "Peer.java", str(server.mqtts_port), server.chain, store, tls],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.rest.latest(device) == {"peer": "20"}


def test_mosquitto_sub_stays_subscribed(server, new_device):
    """An answer goes to the connection that asked, and to no other of the device."""
    device = new_device("ec")
    listener = mosquitto.subscribe(server, device, "v1/devices/me/attributes/response/+", "-i", "listener", "-V", "mqttv5",
                                   "-W", "2", "-d")
    done = mosquitto.publish(server, device, "{}", topic="v1/devices/me/attributes/request/1")
    assert done.returncode == 0, done.stdout + done.stderr
    output = listener.communicate(timeout=20)[0]
    assert "Subscribed" in output and "received PUBLISH" not in output
