"""POST /api/postern/devices/actions: one change to many devices."""

import uuid

import pytest

from support.people import CustomerUser, SysAdmin
from support.rest import RestError

PATH = "/api/postern/devices/actions"


@pytest.fixture
def some(rest, device_name):
    """Three devices whose names begin alike, and that beginning."""
    prefix = device_name()
    return prefix, [rest.create_device(f"{prefix}-{n}") for n in range(3)]


def act(rest, action, devices=None, **members):
    if devices is not None:
        members["deviceIds"] = [getattr(d, "id", d) for d in devices]
    return rest.post(PATH, {"action": action, **members})


def names(rest, prefix, **query):
    return [d["name"] for d in rest.get("/api/tenant/deviceInfos", pageSize=100, page=0, textSearch=prefix, sortProperty="name", **query)["data"]]


def test_delete_by_ids_with_one_that_is_not_there(rest, some):
    prefix, devices = some
    unknown = str(uuid.uuid4())
    found = act(rest, "delete", [devices[0], unknown, devices[1]])
    assert (found["changed"], found["errors"], found["next"]) == (2, 1, None)
    assert found["errorsList"] == [{"deviceId": unknown, "deviceName": None, "message": "no such device"}]
    assert names(rest, prefix) == [devices[2].name]
    logged = rest.get(f"/api/audit/logs/entity/DEVICE/{devices[0].id}", pageSize=10, page=0)["data"]
    assert [(e["actionType"], e["actionStatus"], e["entityName"]) for e in logged][0] == ("DELETED", "SUCCESS", devices[0].name)


def test_delete_ends_connections_and_takes_what_devices_have_sent(rest, some, connected):
    prefix, devices = some
    connection = connected(devices[1])
    for device in devices:
        rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY", {"level": 1})
    found = act(rest, "delete", [devices[0], devices[1], devices[0]])
    assert (found["changed"], found["errors"]) == (2, 1)
    assert found["errorsList"] == [{"deviceId": devices[0].id, "deviceName": devices[0].name, "message": "no such device"}]
    connection.expect_disconnect(0x98)
    again = rest.create_device(devices[0].name)
    assert rest.get(f"/api/plugins/telemetry/DEVICE/{again.id}/keys/timeseries") == []
    assert rest.get(f"/api/plugins/telemetry/DEVICE/{devices[2].id}/keys/timeseries") == ["level"]
    act(rest, "delete", filter={"textSearch": prefix})
    assert names(rest, prefix) == []


def test_profile_by_filter_reaches_connected_devices(rest, some, new_device, connected):
    prefix, devices = some
    profile = rest.post("/api/deviceProfile", {"name": f"profile-{prefix}", "type": "DEFAULT", "transportType": "DEFAULT",
                                               "provisionType": "DISABLED", "profileData": rest.get("/api/deviceProfiles", pageSize=1, page=0)["data"][0]["profileData"]})
    connection = connected(devices[1])
    found = act(rest, "profile", filter={"textSearch": prefix, "neverConnected": False}, deviceProfileId=profile["id"]["id"])
    assert (found["changed"], found["errors"]) == (1, 0)
    assert names(rest, prefix, deviceProfileId=profile["id"]["id"]) == [devices[1].name]
    connection.expect_disconnect(0x98)
    assert act(rest, "profile", filter={"textSearch": prefix}, deviceProfileId=profile["id"])["changed"] == 3
    assert len(names(rest, prefix, deviceProfileId=profile["id"]["id"])) == 3
    act(rest, "delete", devices)


def test_groups(rest, some):
    prefix, devices = some
    group = rest.post("/api/entityGroup", {"type": "DEVICE", "name": prefix})["id"]["id"]
    members = lambda: sorted(d["name"] for d in rest.get(f"/api/entityGroup/{group}/devices", pageSize=10, page=0)["data"])
    assert act(rest, "addToGroup", devices[:2], entityGroupId=group)["changed"] == 2
    assert members() == [d.name for d in devices[:2]]
    assert act(rest, "removeFromGroup", filter={"entityGroupId": group, "textSearch": devices[0].name}, entityGroupId=group)["changed"] == 1
    assert members() == [devices[1].name]
    everything = rest.get("/api/entityGroup/all/TENANT/" + rest.get("/api/auth/user")["tenantId"]["id"] + "/DEVICE")["id"]["id"]
    with pytest.raises(RestError) as error:
        act(rest, "addToGroup", devices, entityGroupId=everything)
    assert error.value.status == 400 and "All" in error.value.message


def test_customers(rest, some):
    prefix, devices = some
    user = CustomerUser(rest)
    found = act(rest, "customer", filter={"textSearch": prefix}, customerId=user.customer["id"]["id"])
    assert found["changed"] == 3
    assert len(user.get("/api/user/devices", pageSize=10, page=0)["data"]) == 3
    assert act(rest, "customer", devices[:1], customerId=None)["changed"] == 1
    assert len(user.get("/api/user/devices", pageSize=10, page=0)["data"]) == 2
    logged = rest.get(f"/api/audit/logs/entity/DEVICE/{devices[0].id}", pageSize=10, page=0)["data"]
    assert [e["actionType"] for e in logged][:2] == ["UNASSIGNED_FROM_CUSTOMER", "ASSIGNED_TO_CUSTOMER"]
    assert user.raw("POST", PATH, json={"action": "delete", "deviceIds": [devices[1].id]}).status_code == 403


def test_another_tenants_devices_are_not_there(server, rest, some):
    prefix, devices = some
    other = SysAdmin(server).new_tenant_admin()
    assert act(other, "delete", devices)["errors"] == 3
    assert act(other, "delete", filter={"textSearch": prefix}) == {"changed": 0, "errors": 0, "errorsList": [], "next": None}
    assert len(names(rest, prefix)) == 3


def test_a_filter_with_more_than_a_call_takes_goes_on(start_server):
    server = start_server()
    rows = "\n".join(["name"] + [f"many-{n:04}" for n in range(510)])
    mapping = {"columns": [{"type": "NAME"}], "delimiter": ",", "header": True, "update": False}
    assert server.rest.post("/api/device/bulk_import", {"file": rows, "mapping": mapping})["created"] == 510
    group = server.rest.post("/api/entityGroup", {"type": "DEVICE", "name": "many"})["id"]["id"]
    first = act(server.rest, "addToGroup", filter={"textSearch": "many-"}, entityGroupId=group)
    assert first["changed"] == 500 and first["next"] > 0
    second = act(server.rest, "addToGroup", filter={"textSearch": "many-"}, entityGroupId=group, next=first["next"])
    assert second["changed"] == 10 and second["next"] is None
    assert server.rest.get(f"/api/entityGroup/{group}/devices", pageSize=1, page=0)["totalElements"] == 510


NOBODY = "13814000-1dd2-11b2-8080-808080808081"


@pytest.mark.parametrize("body,says", [
    ({}, "action is missing"), ({"action": "format"}, "action is format"), ({"action": "delete"}, "deviceIds"),
    ({"action": "delete", "deviceIds": [], "filter": {}}, "either"), ({"action": "delete", "deviceIds": ["x"]}, "'x' at 0" and "UUIDs"),
    ({"action": "delete", "deviceIds": [5]}, "no text"), ({"action": "delete", "deviceIds": [NOBODY] * 501}, "at most 500"),
    ({"action": "delete", "filter": {"textsearch": "x"}}, "filter.textsearch is unknown"), ({"action": "delete", "filter": {"type": []}}, "type"),
    ({"action": "delete", "filter": {"certificate": "old"}}, "certificate"), ({"action": "delete", "filter": []}, "filter"),
    ({"action": "delete", "filter": {"entityGroupId": "x"}}, "entityGroupId"), ({"action": "profile", "deviceIds": []}, "deviceProfileId"),
    ({"action": "profile", "deviceIds": [], "deviceProfileId": NOBODY}, "deviceProfileId"), ({"action": "customer", "deviceIds": []}, "customerId"),
    ({"action": "addToGroup", "deviceIds": [], "entityGroupId": None}, "entityGroupId"),
], ids=str)
def test_bodies_that_change_nothing(rest, body, says):
    with pytest.raises(RestError) as error:
        rest.post(PATH, body)
    assert error.value.status == 400 and says in error.value.message
