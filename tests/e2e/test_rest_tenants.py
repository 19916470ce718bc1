"""Tenants: kept apart from each other, made and deleted by the installation's administrator."""

import pytest

from support.connection import connect_device
from support.people import CustomerUser, SysAdmin, new_email


@pytest.fixture(scope="module")
def sys(server):
    return SysAdmin(server)


def test_a_tenant_is_made_changed_listed_and_deleted(sys):
    tenant = sys.new_tenant()
    path = f"/api/tenant/{tenant['id']['id']}"
    assert sys.get(path) == tenant
    changed = sys.post("/api/tenant", {**tenant, "title": tenant["title"] + " Ltd"})
    assert changed["title"].endswith(" Ltd") and changed["version"] == 2
    stale = sys.raw("POST", "/api/tenant", json={**tenant, "title": "late"})
    assert stale.status_code == 409 and stale.json()["errorCode"] == 35
    found = sys.get("/api/tenants", pageSize=10, page=0, textSearch=tenant["title"].upper())
    assert [t["id"] for t in found["data"]] == [tenant["id"]]
    sys.delete(path)
    assert sys.raw("GET", path).status_code == 404


def test_administrators_of_a_tenant_are_listed(sys):
    tenant = sys.new_tenant()
    path, admin = f"/api/tenant/{tenant['id']['id']}/users", sys.new_tenant_admin(tenant)
    CustomerUser(admin)
    assert [one["id"]["id"] for one in sys.get(path, pageSize=10, page=0, sortProperty="email", sortOrder="ASC")["data"]] == [admin.id]
    assert sys.raw("GET", "/api/tenant/13814000-0000-11b2-8080-808080808080/users?pageSize=1&page=0").status_code == 404


def test_what_is_refused(sys, rest):
    assert sys.raw("POST", "/api/tenant", json={}).json()["message"] == "Tenant title should be specified!"
    own = rest.get("/api/auth/user")["tenantId"]["id"]
    assert sys.raw("DELETE", f"/api/tenant/{own}").json()["message"] == "The first tenant cannot be deleted!"
    assert sys.raw("GET", "/api/tenant/nonsense").status_code == 400
    assert rest.raw("GET", "/api/tenants?pageSize=1&page=0").status_code == 403
    assert rest.get(f"/api/tenant/{own}")["title"] == "Tenant"
    assert rest.raw("GET", f"/api/tenant/{sys.new_tenant()['id']['id']}").status_code == 404


def test_one_tenant_sees_nothing_of_another(sys, rest, new_device):
    admin, device = sys.new_tenant_admin(), new_device("token")
    assert admin.get("/api/tenant/devices", pageSize=10, page=0)["totalElements"] == 0
    for path in [f"/api/device/{device.id}", f"/api/device/{device.id}/credentials",
                 f"/api/plugins/telemetry/DEVICE/{device.id}/keys/timeseries", f"/api/postern/device/{device.id}/events?pageSize=1&page=0"]:
        assert admin.raw("GET", path).status_code == 404, path
    own = admin.create_device(device.name)  # names are unique within a tenant only
    assert rest.raw("GET", f"/api/device/{own.id}").status_code == 404
    taken = admin.raw("POST", f"/api/device?accessToken={device.token}", json={"name": new_email()})
    assert taken.json()["message"] == "Specified credentials are already registered!"
    assert CustomerUser(admin).get("/api/user/devices", pageSize=1, page=0)["totalElements"] == 0
    assert [t["name"] for t in admin.get("/api/entityGroups/DEVICE", pageSize=10, page=0)["data"]] == ["All"]


def test_deleting_a_tenant_ends_its_devices_and_users(sys, server):
    tenant = sys.new_tenant()
    admin = sys.new_tenant_admin(tenant)
    devices = [admin.create_device(new_email()) for _ in range(3)]
    with connect_device(server, devices[0], version=5) as connection:
        assert connection.publish_acked("v1/devices/me/telemetry", "{t:1}").reason == 0
        sys.delete(f"/api/tenant/{tenant['id']['id']}")
        connection.expect_disconnect(0x98)
    assert admin.raw("GET", "/api/auth/user").status_code == 401
    with pytest.raises(AssertionError):  # refused
        connect_device(server, devices[1])
