"""An endpoint of somebody else's that events are forwarded to: HTTPS by the standard library, with moods."""

import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time

from .server import slower

SECRET = "0123456789abcdef-secret"


class Receiver:
    """Keeps what it accepted, checked as docs/forwarding.md says. mood: a status, "hang" or "redirect"."""

    def __init__(self, identity, port=0):
        self.requests, self.mood, self.secret = [], 200, SECRET
        self._changed, self.released = threading.Condition(), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer._take(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.cert, identity.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_port
        self.url = f"https://localhost:{self.port}/events?from=postern"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        mood = self.mood
        with self._changed:
            self.requests.append(Request(request.path, dict(request.headers), body, mood))
            self._changed.notify_all()
        if mood == "hang":
            self.released.wait(60)
            return
        request.send_response(302 if mood == "redirect" else mood)
        if mood == "redirect":
            request.send_header("Location", self.url.replace("/events", "/elsewhere"))
        request.send_header("Content-Length", "0")
        request.end_headers()

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def events(self, kind=None):
        """Those accepted, doubles dropped by their id."""
        found = {event["id"]: event for r in list(self.requests) if r.mood == 200 for event in r.events}
        return [event for event in found.values() if kind is None or event["type"] == kind]

    def wait(self, condition, timeout=20):
        """Until condition(self) holds; its value."""
        deadline = time.monotonic() + slower(timeout)
        with self._changed:
            while not (value := condition(self)):
                left = deadline - time.monotonic()
                assert left > 0, f"not received; so far {[(r.mood, r.body[:300]) for r in self.requests[-5:]]}"
                self._changed.wait(min(left, 0.2))
        return value

    def wait_events(self, count, kind=None, timeout=20):
        return self.wait(lambda r: len(r.events(kind)) >= count and r.events(kind), timeout)


class Request:
    def __init__(self, path, headers, body, mood):
        self.path, self.headers, self.body, self.mood = path, headers, body, mood
        self.events = json.loads(body)

    def is_signed_by(self, secret):
        stamp = self.headers["Postern-Timestamp"]
        expected = hmac.new(secret.encode(), stamp.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return abs(time.time() - int(stamp)) < 300 and hmac.compare_digest(f"sha256={expected}", self.headers["Postern-Signature"])
