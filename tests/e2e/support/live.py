"""A client of /api/ws, with python3-websocket."""

import json
import ssl
import time

import websocket

from .server import slower


class LiveClient:
    def __init__(self, server, token="own", path="/api/ws", tls=False, **query):
        scheme, port = ("wss", server.https_port) if tls else ("ws", server.http_port)
        tail = "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
        options = {"sslopt": {"ca_certs": str(server.chain)}} if tls else {}
        self.socket = websocket.create_connection(f"{scheme}://localhost:{port}{path}{tail}", timeout=slower(10), **options)
        if token == "own":
            token = server.rest.token()
        if token is not None:
            self.send(authCmd={"cmdId": 0, "token": token})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def command(self, kind, cmd_id, **members):
        self.send(cmds=[{"type": kind, "cmdId": cmd_id, **members}])

    def watch(self, device, cmd_id=1, kind="TIMESERIES", **members):
        """@return the first answer"""
        self.command(kind, cmd_id, entityType="DEVICE", entityId=device.id, **members)
        return self.receive()

    def receive(self, timeout=10):
        self.socket.settimeout(slower(timeout))
        text = self.socket.recv()
        assert text, f"closed: {self.socket.connected}"
        return json.loads(text)

    def receive_until(self, wanted, timeout=10):
        """@return the messages up to the first that is wanted"""
        deadline, messages = time.monotonic() + slower(timeout), []
        while True:
            messages.append(self.receive(max(0.1, deadline - time.monotonic())))
            if wanted(messages[-1]):
                return messages

    def expect_nothing(self, seconds=0.3):
        self.socket.settimeout(seconds)
        try:
            raise AssertionError(f"expected silence, got {self.socket.recv()}")
        except websocket.WebSocketTimeoutException:
            pass

    def expect_closed(self, code, timeout=10):
        """@return the reason"""
        self.socket.settimeout(slower(timeout))
        while True:
            opcode, data = self.socket.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                assert int.from_bytes(data[:2], "big") == code, data
                return data[2:].decode()
