"""mosquitto_pub and mosquitto_sub, as in the commands that the page shows."""

import subprocess


def _door_arguments(server, device):
    arguments = ["-h", "localhost", "-p", str(server.mqtts_port), "--cafile", str(server.chain)]
    if device.identity:
        arguments += ["--cert", str(device.identity.cert), "--key", str(device.identity.key)]
    if device.token:
        arguments += ["-u", device.token]
    return arguments


def publish(server, device, payload, *extra, topic="v1/devices/me/telemetry", qos=1, timeout=20):
    """@return the finished process; mosquitto_pub exits 0 when the server acknowledged."""
    command = ["mosquitto_pub", *_door_arguments(server, device), "-d", "-q", str(qos), "-t", topic, "-m", payload, *extra]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def subscribe(server, device, topic, *extra):
    """A running mosquitto_sub; one message a line on stdout."""
    command = ["mosquitto_sub", *_door_arguments(server, device), "-q", "1", "-t", topic, *extra]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
