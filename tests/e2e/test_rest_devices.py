"""Devices over REST: create, read, update, delete, lists, groups, connect help."""

import uuid

import pytest

from support.rest import RestError
from support.server import PosternServer

NOBODY = "13814000-1dd2-11b2-8080-808080808080"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """A server with 25 devices, for pages."""
    running = PosternServer(tmp_path_factory.mktemp("fleet")).init().start()
    for number in range(25):
        running.rest.create_device(f"dev-{number:02d}", label=f"Hall {number % 3}")
    yield running
    running.stop()


def expect_error(call, status, code=None, text=None):
    with pytest.raises(RestError) as refused:
        call()
    assert refused.value.status == status, refused.value
    if code is not None:
        assert refused.value.code == code, refused.value
    if text:
        assert text.lower() in refused.value.message.lower()
    return refused.value


def test_create_and_read(rest, device_name):
    name = device_name()
    made = rest.post("/api/device", {"name": name, "label": "Attic", "additionalInfo": {"description": "old"}})
    assert made["name"] == name and made["label"] == "Attic" and made["type"] == "default"
    assert made["id"]["entityType"] == "DEVICE" and made["tenantId"]["entityType"] == "TENANT"
    assert made["customerId"]["id"] == NOBODY and made["deviceProfileId"]["entityType"] == "DEVICE_PROFILE"
    assert made["additionalInfo"] == {"description": "old"}
    assert made["createdTime"] > 1_600_000_000_000 and "version" in made
    assert rest.get(f"/api/device/{made['id']['id']}") == made
    info = rest.get(f"/api/device/info/{made['id']['id']}")
    assert info["name"] == name and info["deviceProfileName"] == "default" and info["active"] is False
    assert rest.get("/api/tenant/devices", deviceName=name) == made


def test_update_and_version(rest, device_name):
    made = rest.post("/api/device", {"name": device_name()})
    changed = rest.post("/api/device", {**made, "label": "new"})
    assert changed["label"] == "new" and changed["version"] > made["version"] and changed["id"] == made["id"]
    assert changed["createdTime"] == made["createdTime"]
    expect_error(lambda: rest.post("/api/device", {**made, "label": "late"}), 409, 35)
    assert rest.get(f"/api/device/{made['id']['id']}")["label"] == "new"


def test_duplicate_name(rest, device_name):
    name = device_name()
    rest.create_device(name)
    refused = expect_error(lambda: rest.create_device(name), 400)
    assert refused.message == "Device with such name already exists!"


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 256}, {"name": "a\0b"}, {"name": 5}, {"name": "a\nb"}, {"name": "  "},
                                  {"name": "fine", "label": "x" * 256}, {"name": "fine", "additionalInfo": "text"}],
                         ids=lambda body: str(body)[:30])
def test_invalid_device(rest, body):
    expect_error(lambda: rest.post("/api/device", body), 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"name":"x"', b"\xff\xfe", b"[" * 5000])
def test_bodies_that_are_no_device(rest, body):
    answer = rest.raw("POST", "/api/device", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["status"] == 400


def test_names_of_the_world(rest):
    for name in ("Grüße", "датчик", "温度計", "a'b\"c", "<b>&amp;", "100 %", "a/b?c#d"):
        made = rest.post("/api/device", {"name": f"{name}-{uuid.uuid4().hex[:6]}"})
        assert rest.get("/api/tenant/devices", deviceName=made["name"])["id"] == made["id"]


def test_delete(rest, device_name):
    device = rest.create_device(device_name())
    rest.delete(f"/api/device/{device.id}")
    expect_error(lambda: rest.get(f"/api/device/{device.id}"), 404, 32)
    expect_error(lambda: rest.delete(f"/api/device/{device.id}"), 404, 32)
    expect_error(lambda: rest.credentials(device), 404, 32)
    rest.create_device(device.name)


def test_new_device_of_the_same_name_has_no_old_values(server, rest, device_name, connected):
    first = rest.create_device(device_name())
    connected(first).publish_acked("v1/devices/me/telemetry", "{old:1}")
    rest.delete(f"/api/device/{first.id}")
    assert rest.latest(rest.create_device(first.name)) == {}


@pytest.mark.parametrize("bad", ["x", "1234", "00000000-0000-0000-0000-00000000000g"])
def test_id_that_is_none(rest, bad):
    expect_error(lambda: rest.get(f"/api/device/{bad}"), 400, 31)


def test_unknown_id(rest):
    expect_error(lambda: rest.get(f"/api/device/{uuid.uuid4()}"), 404, 32)


def test_access_token_of_choice(rest, device_name, connected):
    token = uuid.uuid4().hex[:20]
    device = rest.create_device(device_name(), token=token)
    assert device.token == token
    connected(device).ping()
    expect_error(lambda: rest.create_device(device_name(), token=token), 400)


# pages

def names(page):
    return [device["name"] for device in page["data"]]


def test_pages(fleet):
    pages = [fleet.rest.get("/api/tenant/devices", pageSize=10, page=number, sortProperty="name", sortOrder="ASC")
             for number in range(3)]
    assert [len(page["data"]) for page in pages] == [10, 10, 5]
    assert [page["hasNext"] for page in pages] == [True, True, False]
    assert all((page["totalPages"], page["totalElements"]) == (3, 25) for page in pages)
    assert sum(map(names, pages), []) == [f"dev-{number:02d}" for number in range(25)]


def test_page_beyond_the_end(fleet):
    page = fleet.rest.get("/api/tenant/devices", pageSize=10, page=9)
    assert page["data"] == [] and page["totalElements"] == 25 and not page["hasNext"]


def test_search_and_sort(fleet):
    found = fleet.rest.get("/api/tenant/devices", pageSize=50, page=0, textSearch="DEV-1", sortProperty="name",
                           sortOrder="DESC")
    assert names(found) == [f"dev-{number}" for number in range(19, 9, -1)]
    assert fleet.rest.get("/api/tenant/devices", pageSize=50, page=0, textSearch="%")["totalElements"] == 0
    assert fleet.rest.get("/api/tenant/devices", pageSize=50, page=0, textSearch="_ev")["totalElements"] == 0
    newest = fleet.rest.get("/api/tenant/devices", pageSize=1, page=0, sortProperty="createdTime", sortOrder="DESC")
    assert names(newest) == ["dev-24"]


@pytest.mark.parametrize("params", [{}, {"pageSize": 10}, {"page": 0}, {"pageSize": 0, "page": 0}, {"pageSize": -1, "page": 0},
                                    {"pageSize": "x", "page": 0}, {"pageSize": 10, "page": -1},
                                    {"pageSize": 10, "page": 0, "sortOrder": "SIDEWAYS", "sortProperty": "name"},
                                    {"pageSize": 10, "page": 0, "sortProperty": "name; DROP TABLE device"}],
                         ids=lambda params: "-".join(f"{k}={v}" for k, v in params.items()) or "none")
def test_wrong_page_parameters(fleet, params):
    expect_error(lambda: fleet.rest.get("/api/tenant/devices", **params), 400, 31)


def test_device_infos(fleet):
    page = fleet.rest.get("/api/tenant/deviceInfos", pageSize=5, page=0, sortProperty="name", sortOrder="ASC")
    assert names(page) == [f"dev-0{number}" for number in range(5)]
    assert all(device["deviceProfileName"] == "default" and device["active"] is False for device in page["data"])


def test_active_mark(fleet):
    from support.connection import connect_device
    device = fleet.rest.get("/api/tenant/devices", deviceName="dev-07")
    token = fleet.rest.get(f"/api/device/{device['id']['id']}/credentials")["credentialsId"]
    from support.rest import Device
    with connect_device(fleet, Device(device["id"]["id"], "dev-07", token)) as connection:
        connection.publish_acked("v1/devices/me/telemetry", "{a:1}")
        assert fleet.rest.get(f"/api/device/info/{device['id']['id']}")["active"] is True
        active = fleet.rest.get("/api/tenant/deviceInfos", pageSize=50, page=0, active="true")
        assert names(active) == ["dev-07"]
        kept = fleet.rest.attributes(Device(device["id"]["id"], "dev-07"), "SERVER_SCOPE")
        assert kept["active"] is True and kept["lastConnectTime"] > 1_600_000_000_000


# groups and connect help

def test_group_all(fleet):
    tenant = fleet.rest.get("/api/auth/user")["tenantId"]["id"]
    group = fleet.rest.get(f"/api/entityGroup/all/TENANT/{tenant}/DEVICE")
    assert group["name"] == "All" and group["type"] == "DEVICE"
    gid = group["id"]["id"]
    assert fleet.rest.get(f"/api/entityGroupInfo/{gid}")["groupAll"] is True
    page = fleet.rest.get(f"/api/entityGroup/{gid}/devices", pageSize=30, page=0, sortProperty="name", sortOrder="ASC")
    assert names(page) == [f"dev-{number:02d}" for number in range(25)]
    listed = fleet.rest.get("/api/entityGroups/DEVICE", pageSize=10, page=0)
    assert [entry["name"] for entry in listed["data"]] == ["All"]
    assert fleet.rest.raw("DELETE", f"/api/entityGroup/{gid}").status_code in (400, 403, 404, 405)


def test_connectivity_by_kind_of_credentials(rest, new_device, server):
    by_token, by_certificate = new_device("token"), new_device("ec")
    shown = rest.get(f"/api/device-connectivity/{by_token.id}")["mqtt"]["mqtts"]
    assert by_token.token in shown[-1] and str(server.mqtts_port) in shown[-1]
    shown = rest.get(f"/api/device-connectivity/{by_certificate.id}")["mqtt"]["mqtts"]
    assert "--cert" in shown[-1] and "--key" in shown[-1]
