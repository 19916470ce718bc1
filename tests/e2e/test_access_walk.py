"""Every route of the table, asked by everybody who must not: src/http/routes.c is read, so that a new row is walked, too."""

import re

import pytest

from support.people import CustomerUser, SysAdmin
from support.routes import ROUTES, entities_of_tenant, filled
from support.server import ROOT

OF_PEOPLE = [route for route in ROUTES if route[2] not in ("ANYONE", "DEVICE")]
IDS = [f"{method} {path}" for method, path, *_ in OF_PEOPLE]


def test_the_table_was_read():
    assert len(ROUTES) >= 100 and len(OF_PEOPLE) >= 80
    assert len(re.findall(r'^\s*\{"', (ROOT / "src/http/routes.c").read_text(), re.MULTILINE)) == len(ROUTES)


@pytest.fixture(scope="module")
def sys(server):
    return SysAdmin(server)


@pytest.fixture(scope="module")
def of_tenant(server):
    return entities_of_tenant(server.rest)


def ask(client, route, values, **options):
    method, path, _, _, body, *_ = route
    if body in ("OBJECT", "TEXT"):
        options["json"] = {}
    return client.raw(method, filled(path, values), params={"pageSize": 1, "page": 0}, **options)


@pytest.mark.parametrize("route", OF_PEOPLE, ids=IDS)
def test_without_a_token(rest, route, of_tenant):
    answer = ask(rest, route, of_tenant, token=None)
    assert answer.status_code == 401 and answer.json()["errorCode"] == 10


@pytest.mark.parametrize("route", OF_PEOPLE, ids=IDS)
def test_with_a_devices_token(rest, route, of_tenant, new_device):
    assert ask(rest, route, of_tenant, token=new_device("token").token).status_code == 401


@pytest.fixture(scope="module")
def expired(tmp_path_factory):
    """A server whose tokens are over at once, and such a token."""
    import time

    from support.rest import USER
    from support.server import PASSWORD, PosternServer
    running = PosternServer(tmp_path_factory.mktemp("expired"), {"auth.token_ttl": 1}).init().start()
    token = running.rest.login(USER, PASSWORD)["token"]
    time.sleep(2)
    yield running.rest, token
    running.stop()


@pytest.mark.parametrize("route", OF_PEOPLE, ids=IDS)
def test_with_an_expired_token(expired, route):
    rest, token = expired
    answer = ask(rest, route, {}, token=token)
    assert answer.status_code == 401 and answer.json()["errorCode"] == 11


@pytest.fixture(scope="module")
def customers_user(server):
    return CustomerUser(server.rest)


@pytest.mark.parametrize("route", OF_PEOPLE, ids=IDS)
def test_by_a_customers_user_who_owns_nothing(customers_user, route, of_tenant):
    """What is the tenant's is not there for him; what only administrators may do is denied."""
    method, path, access, *_ = route
    if access == "CUSTOMER" or access in ("USER", "PEOPLE") and "{" not in path:
        return
    answer = ask(customers_user, route, of_tenant)
    if access in ("TENANT", "ADMIN", "SYS"):
        assert answer.status_code == 403 and answer.json()["errorCode"] == 20
    elif access == "PEOPLE":  # lists: of what he sees
        hidden = [of_tenant[kind] for kind in ("deviceId", "rpcId", "entityGroupId", "userId", "customerId")]
        assert answer.status_code == 404 or not any(entity in answer.text for entity in hidden), answer.text
    else:
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("route", OF_PEOPLE, ids=IDS)
def test_by_another_tenants_administrator(sys, route, of_tenant, _other=[]):
    """404 as for what never was; 400 where the body is looked at first. Never an answer."""
    method, path, access, *_ = route
    if not _other:
        _other.append(sys.new_tenant_admin())
    if access in ("SYS", "CUSTOMER"):
        assert ask(_other[0], route, of_tenant).status_code == 403
    elif "{" in path:
        answer = ask(_other[0], route, of_tenant)
        lists_own = (access == "PEOPLE" and "Id}" not in path) or "{auditedId}" in path  # of what may be gone: an empty list
        assert answer.status_code in ((200,) if lists_own else (400, 404)), answer.text
        assert answer.status_code != 200 or not any(of_tenant[kind] in answer.text for kind in ("deviceId", "entityGroupId", "userId", "tenantId"))


@pytest.mark.parametrize("route", OF_PEOPLE, ids=IDS)
def test_by_the_installations_administrator(sys, route, of_tenant):
    """He manages tenants and their administrators, and sees nothing of what is in them."""
    method, path, access, *_ = route
    if access in ("TENANT", "CUSTOMER", "PEOPLE", "READ", "WRITE"):
        assert ask(sys, route, of_tenant).status_code == 403


@pytest.mark.parametrize("route", [r for r in ROUTES if r[2] == "DEVICE"], ids=[f"{r[0]} {r[1]}" for r in ROUTES if r[2] == "DEVICE"])
def test_devices_routes_take_no_login_of_people(rest, route):
    method, path, *_ = route
    answer = rest.raw(method, filled(path, {"token": "unknown-token"}), json={} if method == "POST" else None)
    assert answer.status_code == 401
