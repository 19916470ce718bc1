"""A client of the REST API: what a script of a user would do, with requests."""

import dataclasses
import time

import requests

USER = "tenant@localhost"


class RestError(AssertionError):
    def __init__(self, response):
        super().__init__(f"{response.request.method} {response.request.url}: {response.status_code} {response.text}")
        self.status = response.status_code
        self.body = response.json()
        self.message = self.body.get("message", "")
        self.code = self.body.get("errorCode")


@dataclasses.dataclass
class Device:
    """A registered device and how it logs in."""

    id: str
    name: str
    token: str = None
    identity: object = None


class RestClient:
    def __init__(self, server):
        self.server = server
        self.session = requests.Session()
        self._token = None

    @property
    def url(self):
        return self.server.url

    def token(self):
        if self._token is None:
            from .server import PASSWORD
            self._token = self.login(USER, PASSWORD)["token"]
        return self._token

    def forget_login(self):
        self._token = None

    def login(self, user, password):
        return self.call("POST", "/api/auth/login", json={"username": user, "password": password}, token=None)

    def raw(self, method, path, token="own", headers=None, **options):
        headers = dict(headers or {})
        if token == "own":
            token = self.token()
        if token:
            headers["X-Authorization"] = f"Bearer {token}"
        return self.session.request(method, self.url + path, headers=headers, timeout=30, **options)

    def call(self, method, path, **options):
        response = self.raw(method, path, **options)
        if response.status_code >= 400:
            raise RestError(response)
        return response.json() if response.content else None

    def get(self, path, **params):
        return self.call("GET", path, params=params)

    def post(self, path, body=None, **params):
        return self.call("POST", path, json=body, params=params)

    def delete(self, path, **params):
        return self.call("DELETE", path, params=params)

    # devices

    def create_device(self, name, identity=None, token=None, **members):
        device = self.post("/api/device", {"name": name, **members}, **({"accessToken": token} if token else {}))
        made = Device(device["id"]["id"], name)
        if identity:
            self.save_certificate(made, identity.pem)
            made.identity = identity
        else:
            made.token = self.credentials(made)["credentialsId"]
        return made

    def credentials(self, device):
        return self.get(f"/api/device/{device.id}/credentials")

    def save_credentials(self, device, kind, value=None, credentials_id=None):
        credentials = self.credentials(device)
        credentials.update(credentialsType=kind, credentialsId=credentials_id, credentialsValue=value)
        return self.post("/api/device/credentials", credentials)

    def save_certificate(self, device, pem):
        return self.save_credentials(device, "X509_CERTIFICATE", pem)

    # what devices sent

    def latest(self, device, *keys, strict=False):
        """{key: value} of the newest points."""
        params = {"useStrictDataTypes": "true"} if strict else {}
        if keys:
            params["keys"] = ",".join(keys)
        points = self.get(f"/api/plugins/telemetry/DEVICE/{device.id}/values/timeseries", **params)
        return {key: entries[0]["value"] for key, entries in points.items() if entries[0]["value"] is not None}

    def latest_points(self, device, *keys):
        return self.get(f"/api/plugins/telemetry/DEVICE/{device.id}/values/timeseries", keys=",".join(keys))

    def history(self, device, keys, start, end, **params):
        return self.get(f"/api/plugins/telemetry/DEVICE/{device.id}/values/timeseries", keys=keys, startTs=start,
                        endTs=end, **params)

    def attributes(self, device, scope="CLIENT_SCOPE", keys=None):
        """{key: value} of a scope."""
        found = self.get(f"/api/plugins/telemetry/DEVICE/{device.id}/values/attributes/{scope}",
                         **({"keys": keys} if keys else {}))
        return {entry["key"]: entry["value"] for entry in found}

    def wait_latest(self, device, expected, timeout=5, strict=False):
        """Until the newest points hold the expected members: for publishes that are not acknowledged."""
        deadline = time.monotonic() + timeout
        while True:
            latest = self.latest(device, strict=strict)
            if all(latest.get(key) == value for key, value in expected.items()):
                return latest
            assert time.monotonic() < deadline, f"expected {expected}, latest telemetry is {latest}"
            time.sleep(0.05)
