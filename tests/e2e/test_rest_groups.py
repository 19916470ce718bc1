"""Device groups: owners, members, shares, and the rights that follow."""

import threading
from urllib.parse import quote

import pytest

from support.people import CustomerUser, SysAdmin, new_email


@pytest.fixture
def new_group(rest, device_name):
    def make(who=None, **members):
        return (who or rest).post("/api/entityGroup", {"type": "DEVICE", "name": device_name(), **members})
    return make


def uuid_of(entity):
    return entity["id"]["id"]


def path_of(group):
    return f"/api/entityGroup/{uuid_of(group)}"


def names(page):
    return [entry["name"] for entry in page["data"]]


def devices_in(client, group, **query):
    return names(client.get(path_of(group) + "/devices", pageSize=100, page=0, sortProperty="name", sortOrder="ASC", **query))


def add(client, group, *devices):
    return client.raw("POST", path_of(group) + "/addEntities", json=[device.id for device in devices])


def test_a_group_is_made_read_changed_and_deleted(rest, new_group):
    group = new_group(additionalInfo={"description": "pumps"}, configuration={"columns": []})
    own = rest.get("/api/auth/user")["tenantId"]
    assert group["ownerId"] == own and group["ownerIds"] == [own] and group["groupAll"] is False and group["version"] == 1
    assert rest.get(path_of(group))["additionalInfo"] == {"description": "pumps"}
    assert rest.get(f"/api/entityGroupInfo/{uuid_of(group)}") == group
    changed = rest.post("/api/entityGroup", {**group, "name": group["name"] + " new"})
    assert changed["version"] == 2 and changed["name"].endswith(" new") and changed["configuration"] == {"columns": []}
    stale = rest.raw("POST", "/api/entityGroup", json=group)
    assert stale.status_code == 409 and stale.json()["errorCode"] == 35
    by_name = rest.get(f"/api/entityGroup/TENANT/{own['id']}/DEVICE/{changed['name']}")
    assert by_name["id"] == group["id"]
    rest.delete(path_of(group))
    assert rest.raw("GET", path_of(group)).status_code == 404


def test_lists(rest, new_group):
    group, other = new_group(), new_group()
    own = rest.get("/api/auth/user")["tenantId"]["id"]
    for path in ["/api/entityGroups/DEVICE", "/api/entityGroupInfos/DEVICE", f"/api/entityGroups/TENANT/{own}/DEVICE"]:
        page = rest.get(path, pageSize=10, page=0, textSearch=group["name"].upper())
        assert names(page) == [group["name"]] and page["totalElements"] == 1
    first = rest.get("/api/entityGroups/DEVICE", pageSize=1, page=0)
    assert names(first) == ["All"] and first["hasNext"]
    plain = rest.get(f"/api/entityGroups/TENANT/{own}/DEVICE")
    assert {"All", group["name"], other["name"]} <= {g["name"] for g in plain}
    assert rest.get(f"/api/entityGroup/all/TENANT/{own}/DEVICE")["groupAll"] is True


@pytest.mark.parametrize("method,path,body,status,message", [
    ("POST", "/api/entityGroup", {"type": "ASSET", "name": "x"}, 400, "type is 'ASSET'; expected DEVICE"),
    ("POST", "/api/entityGroup", {"type": "DEVICE"}, 400, "Entity group name should be specified!"),
    ("POST", "/api/entityGroup", {"type": "DEVICE", "name": "All"}, 400, "Entity group with such name already exists!"),
    ("POST", "/api/entityGroup", {"type": "DEVICE", "name": "x", "ownerId": {"entityType": "CUSTOMER", "id": "11111111-2222-4333-8444-555555555555"}}, 400,
     "ownerId is neither the tenant nor one of its customers"),
    ("GET", "/api/entityGroups/ASSET?pageSize=1&page=0", None, 400, "groupType is 'ASSET'; expected DEVICE"),
    ("GET", "/api/entityGroup/nonsense", None, 400, "entityGroupId is 'nonsense'; expected a UUID"),
    ("GET", "/api/entityGroups/DEVICE?pageSize=1&page=0&sortProperty=shoe", None, 400, "sortProperty is 'shoe'; expected name or createdTime"),
])
def test_what_is_refused(rest, method, path, body, status, message):
    answer = rest.raw(method, path, json=body)
    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_all_cannot_be_changed(rest, new_device):
    everything, device = rest.get("/api/entityGroups/DEVICE", pageSize=1, page=0)["data"][0], new_device("token")
    assert rest.raw("DELETE", path_of(everything)).status_code == 400
    assert rest.raw("POST", "/api/entityGroup", json={**everything, "name": "None"}).status_code == 400
    assert add(rest, everything, device).status_code == 400
    assert device.name in devices_in(rest, everything, textSearch=device.name)


def test_a_device_may_be_in_many_groups(rest, new_group, new_device):
    first, second, device, other = new_group(), new_group(), new_device("token"), new_device("token")
    assert add(rest, first, device, other).status_code == add(rest, second, device).status_code == 200
    assert add(rest, first, device).status_code == 200  # it stays so
    assert devices_in(rest, first) == sorted([device.name, other.name])
    assert devices_in(rest, first, textSearch=other.name) == [other.name]
    assert names(rest.get(path_of(second) + "/entities", pageSize=10, page=0)) == [device.name]
    ids = {g["id"] for g in rest.get(f"/api/entityGroups/DEVICE/{device.id}")}
    assert {uuid_of(first), uuid_of(second)} < ids and len(ids) == 3
    info = rest.get(f"/api/device/info/{device.id}")
    assert {g["name"] for g in info["groups"]} == {"All", first["name"], second["name"]}
    rest.call("POST", path_of(first) + "/deleteEntities", json=[device.id])
    assert devices_in(rest, first) == [other.name]
    rest.delete(path_of(second))
    assert rest.get(f"/api/device/{device.id}")["name"] == device.name
    rest.delete(f"/api/device/{other.id}")
    assert devices_in(rest, first) == []


@pytest.mark.parametrize("body", [b"", b"{}", b'["x"]', b"[1]", b'["11111111-2222-4333-8444-555555555555"]', b'["' + b'x","' * 10001 + b'"]'])
def test_members_that_are_none(rest, new_group, new_device, body):
    group, device = new_group(), new_device("token")
    assert add(rest, group, device).status_code == 200
    answer = rest.raw("POST", path_of(group) + "/addEntities", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert devices_in(rest, group) == [device.name]


def test_all_or_none_is_put_in(rest, new_group, new_device):
    group, device = new_group(), new_device("token")
    answer = rest.raw("POST", path_of(group) + "/addEntities", json=[device.id, "11111111-2222-4333-8444-555555555555"])
    assert answer.status_code == 400 and "11111111-2222-4333-8444-555555555555" in answer.json()["message"]
    assert devices_in(rest, group) == []


def test_a_device_is_made_in_a_group(rest, new_group, device_name):
    group, name, with_credentials = new_group(), device_name(), device_name()
    rest.post("/api/device", {"name": name}, entityGroupId=uuid_of(group))
    rest.post("/api/device-with-credentials", {"device": {"name": with_credentials}, "credentials": {"credentialsType": "ACCESS_TOKEN", "credentialsId": new_email()[:20]}},
              entityGroupId=uuid_of(group))
    assert devices_in(rest, group) == sorted([name, with_credentials])
    refused = rest.raw("POST", "/api/device?entityGroupId=11111111-2222-4333-8444-555555555555", json={"name": device_name()})
    assert refused.status_code == 404


def test_a_device_is_made_in_several_groups(rest, new_group, device_name):
    groups = [new_group() for _ in range(3)]
    listed = ",".join(group["id"]["id"] for group in groups)
    device = rest.post("/api/device", {"name": device_name()}, entityGroupIds=listed)
    assert all(group["id"] in rest.get(f"/api/entityGroups/DEVICE/{device['id']['id']}") for group in groups)
    name = device_name()
    for wrong in (listed + ",x", ",".join([groups[0]["id"]["id"]] * 101)):
        answer = rest.raw("POST", "/api/device", params={"entityGroupIds": wrong}, json={"name": name})
        assert answer.status_code == 400 and "entityGroupIds" in answer.json()["message"]
    assert rest.raw("GET", "/api/tenant/devices", params={"deviceName": name}).status_code == 404


def test_what_may_not_be_in_a_group_is_not_made(rest, new_group, device_name):
    group, name = new_group(CustomerUser(rest)), device_name()
    bodies = {"/api/device": {"name": name},
              "/api/device-with-credentials": {"device": {"name": name}, "credentials": {"credentialsType": "ACCESS_TOKEN", "credentialsId": "x" + name[-19:]}}}
    for path, body in bodies.items():
        refused = rest.raw("POST", f"{path}?entityGroupId={uuid_of(group)}", json=body)
        assert refused.status_code == 400 and refused.json()["message"].startswith("entityGroupId is a customer's group")
    assert rest.raw("GET", f"/api/tenant/devices?deviceName={name}").status_code == 404
    rest.post("/api/device", {"name": name, "customerId": group["ownerId"]}, entityGroupId=uuid_of(group))
    assert devices_in(rest, group) == [name]


def test_the_owners_name(rest, new_device):
    device, user = new_device("token"), CustomerUser(rest)
    tenant = rest.get("/api/auth/user")["tenantId"]["id"]
    info = rest.get(f"/api/device/info/{device.id}")
    assert (info["ownerName"], info["customerTitle"]) == (rest.get(f"/api/tenant/{tenant}")["title"], None)
    rest.post(f"/api/customer/{uuid_of(user.customer)}/device/{device.id}")
    info = rest.get(f"/api/device/info/{device.id}")
    assert info["ownerName"] == info["customerTitle"] == user.customer["title"]


def test_infos_of_a_list_tell_each_devices_owner_and_groups(rest, new_group, new_device, device_name):
    kind, user = device_name(), CustomerUser(rest)
    a, b = (new_group(name=f"{kind} {letter}") for letter in "ab")
    devices = [new_device("token", type=kind) for _ in range(3)]
    rest.post(f"/api/customer/{uuid_of(user.customer)}/device/{devices[2].id}")
    add(rest, a, devices[0], devices[2])
    add(rest, b, devices[0])
    infos = rest.get("/api/tenant/deviceInfos", pageSize=10, page=0, type=kind, sortProperty="createdTime", sortOrder="ASC")["data"]
    assert [[group["name"] for group in info["groups"]] for info in infos] == [["All", a["name"], b["name"]], ["All"], ["All", a["name"]]]
    assert [info == rest.get(f"/api/device/info/{device.id}") for info, device in zip(infos, devices)] == [True] * 3
    assert infos[0]["groups"][0] == infos[1]["groups"][0] != infos[2]["groups"][0]
    seen = user.get("/api/user/devices", pageSize=10, page=0)["data"]
    assert [device["name"] for device in seen] == [devices[2].name]
    info = user.get(f"/api/device/info/{devices[2].id}")
    assert [group["name"] for group in info["groups"]] == ["All"]  # the tenant's group is not shared


@pytest.mark.parametrize("part", ["a/b", "/first", "last/", "50%", "ü?#&+ x"])
def test_a_group_is_found_by_any_name(rest, new_group, device_name, part):
    owner = rest.get("/api/auth/user")["tenantId"]["id"]
    name = device_name() + part
    group = rest.post("/api/entityGroup", {"type": "DEVICE", "name": name})
    found = rest.get(f"/api/entityGroup/TENANT/{owner}/DEVICE/{quote(name, safe='')}")
    assert (found["id"], found["name"]) == (group["id"], name)
    assert rest.raw("GET", f"/api/entityGroup/TENANT/{owner}/DEVICE/{quote(name + '/x', safe='')}").status_code == 404


def test_a_customer_has_its_all_and_own_groups(rest, new_group, new_device):
    user, device, foreign = CustomerUser(rest), new_device("token"), new_device("token")
    customer = user.customer["id"]["id"]
    rest.post(f"/api/customer/{customer}/device/{device.id}")
    everything = user.get(f"/api/entityGroup/all/CUSTOMER/{customer}/DEVICE")
    assert everything["groupAll"] and everything["ownerId"] == user.customer["id"]
    assert devices_in(user, everything) == [device.name] == devices_in(rest, everything)
    own = new_group(user)
    assert own["ownerId"] == user.customer["id"]
    assert add(user, own, device).status_code == 200
    assert add(user, own, foreign).status_code == add(rest, own, foreign).status_code == 400
    assert names(user.get("/api/entityGroups/DEVICE", pageSize=10, page=0)) == ["All", own["name"]]
    rest.call("DELETE", f"/api/customer/device/{device.id}")
    assert devices_in(rest, own) == [] == devices_in(user, everything)
    user.delete(path_of(own))
    rest.delete(f"/api/customer/{customer}")
    assert rest.raw("GET", path_of(everything)).status_code == 404


def test_customers_do_not_see_each_others_groups(rest, new_group):
    user, stranger = CustomerUser(rest), CustomerUser(rest)
    own, tenants = new_group(user), new_group()
    customer = user.customer["id"]["id"]
    for group in [own, tenants]:
        assert stranger.raw("GET", path_of(group)).status_code == 404
        assert stranger.raw("DELETE", path_of(group)).status_code == 404
        assert stranger.raw("GET", path_of(group) + "/devices?pageSize=1&page=0").status_code == 404
    assert stranger.raw("GET", f"/api/entityGroups/CUSTOMER/{customer}/DEVICE").status_code == 404
    tenant = rest.get("/api/auth/user")["tenantId"]["id"]
    assert stranger.get(f"/api/entityGroups/TENANT/{tenant}/DEVICE") == []
    assert stranger.raw("GET", f"/api/entityGroup/all/TENANT/{tenant}/DEVICE").status_code == 404
    named = stranger.raw("POST", "/api/entityGroup", json={"type": "DEVICE", "name": "x", "ownerId": user.customer["id"]})
    assert named.status_code == 403
    assert rest.post("/api/entityGroup", {"type": "DEVICE", "name": "theirs", "ownerId": user.customer["id"]})["ownerId"] == user.customer["id"]


def share(rest, group, user, right):
    return rest.raw("POST", f"/api/postern/entityGroup/{uuid_of(group)}/share", json={"customerId": user.customer["id"], "right": right})


def test_a_share_to_read(rest, new_group, new_device):
    group, device, hidden, user = new_group(), new_device("token"), new_device("token"), CustomerUser(rest)
    add(rest, group, device)
    assert share(rest, group, user, "READ").status_code == 200
    assert names(user.get("/api/entityGroups/DEVICE", pageSize=10, page=0)) == [group["name"], "All"]
    assert devices_in(user, group) == [device.name]
    assert names(user.get("/api/user/devices", pageSize=10, page=0)) == [device.name]
    assert user.get(f"/api/device/{device.id}")["name"] == device.name
    series = f"/api/plugins/telemetry/DEVICE/{device.id}"
    assert user.get(f"{series}/keys/timeseries") == []
    denied = [("GET", f"/api/device/{device.id}/credentials", None), ("POST", f"{series}/timeseries/ANY", {"t": 1}), ("POST", f"{series}/SHARED_SCOPE", {"a": 1}),
              ("POST", f"/api/rpc/oneway/{device.id}", {"method": "m"}), ("POST", "/api/device", rest.get(f"/api/device/{device.id}")),
              ("DELETE", path_of(group), None), ("POST", path_of(group) + "/deleteEntities", [device.id])]
    for method, path, body in denied:
        assert user.raw(method, path, json=body).status_code == 403, path
    assert user.raw("GET", f"/api/device/{hidden.id}").status_code == 404
    assert share(user, group, user, "WRITE").status_code == 403


def test_a_share_to_write_and_its_end(rest, new_group, new_device):
    group, device, user = new_group(), new_device("token"), CustomerUser(rest)
    add(rest, group, device)
    share(rest, group, user, "READ")
    share(rest, group, user, "WRITE")
    assert rest.get(f"/api/postern/entityGroup/{uuid_of(group)}/shares") == [{"customerId": user.customer["id"], "right": "WRITE"}]
    user.post(f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY", {"t": 1})
    user.post(f"/api/plugins/telemetry/DEVICE/{device.id}/SHARED_SCOPE", {"a": 1})
    assert user.raw("POST", f"/api/rpc/oneway/{device.id}", json={"method": "m"}).status_code == 409
    assert user.get(f"/api/device/{device.id}/credentials")["credentialsId"] == device.token
    rest.delete(f"/api/postern/entityGroup/{uuid_of(group)}/share/{user.customer['id']['id']}")
    assert user.raw("GET", f"/api/device/{device.id}").status_code == 404
    assert user.get("/api/user/devices", pageSize=10, page=0)["totalElements"] == 0
    share(rest, group, user, "READ")
    rest.call("POST", path_of(group) + "/deleteEntities", json=[device.id])
    assert user.raw("GET", f"/api/device/{device.id}").status_code == 404


def test_what_is_not_shared(rest, server, new_group):
    group, user = new_group(), CustomerUser(rest)
    assert share(rest, group, user, "ALL").json()["message"] == "right is 'ALL'; expected READ or WRITE"
    nobody = rest.raw("POST", f"/api/postern/entityGroup/{uuid_of(group)}/share", json={"right": "READ"})
    assert nobody.json()["message"] == "customerId is missing; expected a customer's id"
    own = new_group(user)
    assert share(rest, own, user, "READ").status_code == 400
    everything = rest.get("/api/entityGroups/DEVICE", pageSize=1, page=0)["data"][0]
    assert share(rest, everything, user, "READ").status_code == 400
    foreign = CustomerUser(SysAdmin(server).new_tenant_admin())
    assert share(rest, group, foreign, "READ").json()["message"] == "customerId is none of the tenant's customers"


def test_changes_of_members_meet_each_other(rest, new_group, new_device):
    group, devices = new_group(), [new_device("token") for _ in range(8)]
    threads = [threading.Thread(target=add, args=(rest, group, device)) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert devices_in(rest, group) == sorted(device.name for device in devices)


def test_group_changes_survive_kill_9(start_server):
    server = start_server()
    rest = server.rest
    group, device, gone = rest.post("/api/entityGroup", {"type": "DEVICE", "name": "kept"}), rest.create_device("in it"), rest.create_device("taken out")
    add(rest, group, device, gone)
    rest.call("POST", path_of(group) + "/deleteEntities", json=[gone.id])
    server.kill()
    server.start()
    assert devices_in(rest, group) == ["in it"]


def test_a_customer_is_changed_and_found(rest):
    made = rest.post("/api/customer", {"title": new_email(), "country": "Norway", "city": "Bod\u00f8", "zip": "8001", "email": "a@b", "additionalInfo": {"description": "x"}})
    assert (made["country"], made["city"], made["zip"], made["state"], made["additionalInfo"]) == ("Norway", "Bod\u00f8", "8001", None, {"description": "x"})
    changed = rest.post("/api/customer", {**made, "city": None, "phone": "+47"})
    assert (changed["city"], changed["phone"], changed["version"]) == (None, "+47", 2)
    stale = rest.raw("POST", "/api/customer", json=made)
    assert stale.status_code == 409
    assert rest.get("/api/tenant/customers", customerTitle=made["title"]) == changed
    assert rest.raw("GET", "/api/tenant/customers?customerTitle=nobody").status_code == 404
    assert rest.get(f"/api/customer/{uuid_of(made)}/shortInfo") == {"title": made["title"], "isPublic": False}
    assert rest.raw("POST", "/api/customer", json={"title": "x", "zip": "z" * 300}).status_code == 400


def test_devices_of_a_customer(rest, new_device):
    user, device = CustomerUser(rest), new_device("token")
    customer = user.customer["id"]["id"]
    rest.post(f"/api/customer/{customer}/device/{device.id}")
    for client in [rest, user]:
        assert names(client.get(f"/api/customer/{customer}/devices", pageSize=10, page=0)) == [device.name]
        infos = client.get(f"/api/customer/{customer}/deviceInfos", pageSize=10, page=0)["data"]
        assert infos[0]["customerTitle"] == infos[0]["ownerName"] == user.customer["title"]
    assert CustomerUser(rest).raw("GET", f"/api/customer/{customer}/devices?pageSize=1&page=0").status_code == 404
