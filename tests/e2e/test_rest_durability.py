"""HTTP 200 is a promise, too: whatever was answered under load is there after kill -9. One writer for each kind of write."""

import threading
import uuid

import pytest

from support.people import SysAdmin, new_email
from support.rest import RestClient
from support.server import slower

ROUNDS, ANSWERED_PER_ROUND = 3, 150


class Writer(threading.Thread):
    """Writes until the server is gone. What was answered becomes a check to be made after the restart."""

    def __init__(self, client, write, on_answer, is_killed):
        super().__init__(daemon=True)
        self.client, self.write, self.on_answer, self.is_killed = client, write, on_answer, is_killed
        self.checks, self.failure = [], None

    def run(self):
        try:
            while True:
                self.checks.append(self.write(self.client))
                self.on_answer()
        except Exception as failure:  # pylint: disable=broad-except  # an answer cut in the middle looks like anything
            self.failure = None if self.is_killed() else failure


def device(client):
    name = new_email()
    made = client.create_device(name)
    return lambda rest: rest.get(f"/api/device/{made.id}")["name"] == name


def deletion(client):
    made = client.create_device(new_email())
    client.delete(f"/api/device/{made.id}")
    return lambda rest: rest.raw("GET", f"/api/device/{made.id}").status_code == 404


def credentials(client):
    made, token = client.create_device(new_email()), uuid.uuid4().hex[:20]
    client.save_credentials(made, "ACCESS_TOKEN", credentials_id=token)
    return lambda rest: rest.credentials(made)["credentialsId"] == token


def change(client):
    made = client.create_device(new_email())
    document = client.get(f"/api/device/{made.id}")
    document["label"] = "changed"
    client.post("/api/device", document)
    return lambda rest: rest.get(f"/api/device/{made.id}")["label"] == "changed"


def series(client):
    value = uuid.uuid4().hex
    path = f"/api/plugins/telemetry/DEVICE/{client.target.id}"
    client.post(f"{path}/timeseries/ANY", {f"k{value}": value})
    return lambda rest: rest.latest(rest.target, f"k{value}") == {f"k{value}": value}


def attributes(client):
    value = uuid.uuid4().hex
    client.post(f"/api/plugins/telemetry/DEVICE/{client.target.id}/SERVER_SCOPE", {f"a{value}": value})
    return lambda rest: rest.attributes(rest.target, "SERVER_SCOPE", keys=f"a{value}") == {f"a{value}": value}


def persistent_call(client):
    made = client.create_device(new_email())
    rpc = client.post(f"/api/rpc/oneway/{made.id}", {"method": "m", "persistent": True})["rpcId"]
    return lambda rest: rest.get(f"/api/rpc/persistent/{rpc}")["status"] == "QUEUED"


def profile(client):
    made = client.post("/api/deviceProfile", {"name": new_email(), "type": "DEFAULT", "transportType": "DEFAULT",
                                              "provisionType": "DISABLED"})
    return lambda rest: rest.get(f"/api/deviceProfile/{made['id']['id']}")["name"] == made["name"]


def customer_and_user(client):
    customer = client.post("/api/customer", {"title": new_email()})
    user = client.post("/api/user", {"email": new_email(), "authority": "CUSTOMER_USER", "customerId": customer["id"]},
                       sendActivationMail="false")
    return lambda rest: rest.get(f"/api/user/{user['id']['id']}")["customerId"] == customer["id"]


def assignment(client):
    customer, made = client.post("/api/customer", {"title": new_email()}), client.create_device(new_email())
    client.post(f"/api/customer/{customer['id']['id']}/device/{made.id}")
    return lambda rest: rest.get(f"/api/device/{made.id}")["customerId"] == customer["id"]


def api_key(client):
    key = client.post("/api/apiKey", {"description": "kept"})
    client.delete(f"/api/apiKey/{key['id']['id']}")
    return lambda rest: all(k["id"] != key["id"] for k in rest.get(f"/api/apiKeys/{key['userId']['id']}"))


def login(client):
    token = client.login("tenant@localhost", "e2e-Passw0rd!")["token"]
    client.raw("POST", "/api/auth/logout", token=token).raise_for_status()
    return lambda rest: rest.raw("GET", "/api/auth/user", token=token).status_code == 401


def tenant(client):
    made = client.sys.new_tenant()
    return lambda rest: rest.sys.get(f"/api/tenant/{made['id']['id']}") == made


def group(client):
    made, put_in = client.post("/api/entityGroup", {"type": "DEVICE", "name": new_email()}), client.create_device(new_email())
    client.post(f"/api/entityGroup/{made['id']['id']}/addEntities", [put_in.id])
    return lambda rest: rest.get(f"/api/entityGroup/{made['id']['id']}/devices", pageSize=1, page=0)["data"][0]["name"] == put_in.name


KINDS = [group, device, deletion, credentials, change, series, attributes, persistent_call, profile, customer_and_user, assignment, api_key, login,
         tenant]


def new_client(server, sys, target):
    client = RestClient(server)
    client.sys, client.target = RestClient(server), target
    client.sys._token = sys.token()
    client.sys.new_tenant = lambda: client.sys.post("/api/tenant", {"title": new_email()})
    client.token()
    return client


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_answered(start_server):
    server = start_server({"auth.login_attempts_per_address": 1000})
    sys, target = SysAdmin(server), server.rest.create_device(new_email())
    for _ in range(ROUNDS):
        enough, killed = threading.Semaphore(0), threading.Event()
        writers = [Writer(new_client(server, sys, target), kind, enough.release, killed.is_set) for kind in KINDS]
        for writer in writers:
            writer.start()
        answered = 0
        while answered < ANSWERED_PER_ROUND or not all(writer.checks for writer in writers):  # a login takes longer than all else
            assert enough.acquire(timeout=slower(60)) and not any(writer.failure for writer in writers), [writer.failure for writer in writers]
            answered += 1
        killed.set()
        server.kill()
        for writer in writers:
            writer.join()
            assert writer.failure is None, f"{writer.write.__name__}: {writer.failure}"
        server.start()
        rest = new_client(server, sys, target)
        for writer in writers:
            lost = [number for number, check in enumerate(writer.checks) if not check(rest)]
            assert not lost, f"{len(lost)} of {len(writer.checks)} writes of kind {writer.write.__name__} are lost"
