"""Calls to devices: what a caller sends, and what a device sees of it."""

import json
import time

from .server import slower

REQUESTS, RESPONSES = "v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"
SHORT_REQUESTS, SHORT_RESPONSES = "v2/r/req/", "v2/r/res/"


def call(server, device, body, way="twoway", prefix="/api/rpc"):
    return server.rest.raw("POST", f"{prefix}/{way}/{device.id}", json=body)


def receive_call(connection, prefix=REQUESTS):
    """@return the call's id and what is called"""
    message = connection.receive()
    assert message.topic.startswith(prefix), message.topic
    return int(message.topic[len(prefix):]), json.loads(message.payload)


def keep(server, device, way="oneway", **members):
    """@return the id of a call that is kept"""
    members = {"method": "set", "params": 1, "persistent": True, "expirationTime": in_ms(60000), **members}
    response = call(server, device, members, way)
    assert response.status_code == 200, response.text
    return response.json()["rpcId"]


def in_ms(milliseconds):
    return int(time.time() * 1000) + milliseconds


def kept(server, rpc_id):
    return server.rest.get(f"/api/rpc/persistent/{rpc_id}")


def wait_status(server, rpc_id, expected, timeout=10):
    deadline = time.monotonic() + slower(timeout)
    while True:
        document = kept(server, rpc_id)
        if document["status"] == expected:
            return document
        assert time.monotonic() < deadline, f"expected {expected}: {document}"
        time.sleep(0.02)
