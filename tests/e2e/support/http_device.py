"""A device that speaks HTTP: by its token, or by its certificate as /api/v1/me on the TLS port."""

import json
import subprocess

import requests


class HttpDevice:
    """What a device's own program would do, with requests. `identity`: HTTPS with that certificate, or none (False)."""

    def __init__(self, server, token="me", identity=None):
        tls = identity is not None
        self.base = (f"https://127.0.0.1:{server.https_port}" if tls else server.url) + f"/api/v1/{token}"
        self.session = requests.Session()
        self.session.trust_env = False  # or the environment's authorities count instead of ours
        if tls:
            self.session.verify = str(server.chain)
        if identity:
            self.session.cert = (str(identity.cert), str(identity.key))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def ask(self, method, path, timeout=30, **options):
        return self.session.request(method, f"{self.base}/{path}", timeout=timeout, **options)

    def post(self, path, body):
        return self.ask("POST", path, data=body if isinstance(body, (str, bytes)) else json.dumps(body))

    def get(self, path, **params):
        return self.ask("GET", path, params=params)


def curl(server, path, *arguments, identity=None, tls=None, body=None):
    """(status, body) of the curl program on the TLS port."""
    command = ["curl", "-s", "-S", "--max-time", "30", "--cacert", server.chain, "-w", "\n%{http_code}", *arguments]
    if identity:
        command += ["--cert", identity.cert, "--key", identity.key]
    if tls:
        command += [f"--tlsv{tls}", "--tls-max", tls]
    if body is not None:
        command += ["--data-binary", body]
    command.append(f"https://127.0.0.1:{server.https_port}{path}")
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=60)
    text, _, status = done.stdout.rpartition(b"\n")
    return int(status or 0), text
