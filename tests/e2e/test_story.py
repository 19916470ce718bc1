"""The story of a new user: a certificate made with openssl, registered by REST, a value by mosquitto_pub, read back."""

import pytest

from support import mosquitto


@pytest.fixture(scope="module")
def story_devices(server, certificates):
    identities = {"rsa": certificates.rsa("story"), "ec": certificates.ec("story")}
    return {kind: server.rest.create_device(f"story-{kind}", identity) for kind, identity in identities.items()}


@pytest.mark.parametrize("kind", ["rsa", "ec"])
@pytest.mark.parametrize("tls", ["tlsv1.2", "tlsv1.3"])
@pytest.mark.parametrize("version", ["mqttv31", "mqttv311", "mqttv5"])
def test_published_value_is_seen_by_rest(server, story_devices, kind, tls, version):
    device = story_devices[kind]
    payload = "{temperature:%d}" % (25 + hash_of(kind, tls, version))
    done = mosquitto.publish(server, device, payload, "--tls-version", tls, "-V", version)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.rest.latest(device) == {"temperature": payload[len("{temperature:"):-1]}


def hash_of(*texts):
    return sum(map(ord, "".join(texts)))


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_quality_of_service(server, story_devices, qos):
    done = mosquitto.publish(server, story_devices["ec"], "{qos:%d}" % qos, "-V", "mqttv5", qos=qos)
    assert done.returncode == 0, done.stdout + done.stderr
    server.rest.wait_latest(story_devices["ec"], {"qos": str(qos)})


def test_connectivity_commands_work_as_shown(server, story_devices, tmp_path):
    import subprocess
    device = story_devices["ec"]
    shown = server.rest.get(f"/api/device-connectivity/{device.id}")["mqtt"]["mqtts"]
    download, publish = shown
    assert "tb-server-chain.pem" in download and "mosquitto_pub" in publish
    assert str(server.mqtts_port) in publish
    (tmp_path / "tb-server-chain.pem").write_text(server.chain.read_text())
    command = publish
    for word in publish.split():
        if word.strip('"').endswith(".pem") and "chain" not in word:
            is_key = "key" in word.lower()
            command = command.replace(word, str(device.identity.key if is_key else device.identity.cert))
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, command + done.stdout + done.stderr


def test_chain_download_needs_no_login(server):
    answer = server.rest.raw("GET", "/api/device-connectivity/mqtts/certificate/download", token=None)
    assert answer.status_code == 200
    assert answer.text == server.chain.read_text()
