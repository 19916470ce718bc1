"""/api/ws: who logs in, what is shown, in which order, and what becomes of those who misbehave."""

import json
import socket
import threading
import time
import uuid

import pytest
import websocket

from support.connection import connect_device
from support.live import LiveClient
from support.mosquitto import publish
from support.people import CustomerUser, SysAdmin
from support.server import IS_SANITIZED, slower


@pytest.fixture
def live(server):
    """live(..): a client that is closed after the test."""
    clients = []

    def make(at=None, **options):
        clients.append(LiveClient(at or server, **options))
        return clients[-1]
    yield make
    for client in clients:
        client.socket.close()


def save(rest, device, **values):
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY", values)


def save_at(rest, device, ts, **values):
    rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY", {"ts": ts, "values": values})


# ---- logging in


def test_a_point_published_by_mosquitto_is_shown(server, rest, live, new_device):
    device, client = new_device("ec"), live(tls=True)
    first = client.watch(device, cmd_id=7)
    assert first == {"subscriptionId": 7, "errorCode": 0, "errorMsg": None, "data": {}, "latestValues": {}}
    assert publish(server, device, "{temperature:25}").returncode == 0
    update = client.receive()
    (ts, value), = update["data"]["temperature"]
    assert value == "25" and update["latestValues"] == {"temperature": ts} and update["subscriptionId"] == 7


def test_the_token_may_come_in_the_query(rest, new_device):
    device = new_device("token")
    url = rest.url.replace("http", "ws") + f"/api/ws/plugins/telemetry?token={rest.token()}"
    connection = websocket.create_connection(url.replace("127.0.0.1", "localhost"), timeout=slower(10))
    time.sleep(0.2)
    connection.send(json.dumps({"tsSubCmds": [{"entityType": "DEVICE", "entityId": device.id, "scope": "LATEST_TELEMETRY", "cmdId": 10}]}))
    assert json.loads(connection.recv())["subscriptionId"] == 10
    connection.close()


@pytest.mark.parametrize("first", [{"cmds": []}, {"authCmd": {"cmdId": 0, "token": "nonsense"}}, {"authCmd": {"cmdId": 0, "token": ""}}])
def test_without_a_login_the_socket_is_closed(live, first):
    client = live(token=None)
    client.send(**first)
    assert client.expect_closed(1008)


def test_who_says_nothing_is_closed(start_server):
    server = start_server({"live.auth_timeout": 1})
    with LiveClient(server, token=None) as client:
        assert client.expect_closed(1008) == "no login in time (live.auth_timeout)"


@pytest.mark.parametrize("path", ["/", "/api/device", "/api/wsx", "/api/ws/plugins", "/api/ws/"])
def test_sockets_are_offered_at_two_paths_only(server, path):
    with pytest.raises((websocket.WebSocketBadStatusException, ConnectionError, websocket.WebSocketConnectionClosedException)):
        LiveClient(server, path=path)


def test_a_login_that_ends_ends_its_sockets(server, live, rest):
    user = CustomerUser(rest)
    client = live(token=user.token())
    client.command("ENTITY_COUNT", 1, query={"entityFilter": {"type": "entityType"}})
    assert client.receive()["count"] == 0
    user.raw("POST", "/api/auth/logout")
    assert client.expect_closed(1008, timeout=15) == "the login has ended"


# ---- what is shown


def test_present_values_first_then_updates_of_the_named_keys(rest, live, new_device):
    device, client = new_device("token"), live()
    save(rest, device, a=1, b=2)
    first = client.watch(device, keys="a,c")
    assert {key: pairs[0][1] for key, pairs in first["data"].items()} == {"a": "1"}
    save(rest, device, b=3)
    save(rest, device, a=4, c="x")
    assert {key: pairs[0][1] for key, pairs in client.receive()["data"].items()} == {"a": "4", "c": "x"}


def test_types_are_told_as_text(rest, live, new_device):
    device, client = new_device("token"), live()
    client.watch(device)
    save(rest, device, l=1, d=1.5, b=True, s="x", j={"a": [1]})
    data = client.receive()["data"]
    assert {key: pairs[0][1] for key, pairs in data.items()} == {"l": "1", "d": "1.5", "b": "true", "s": "x", "j": '{"a":[1]}'}


def test_types_are_kept_where_they_are_asked_for(rest, live, new_device):
    device, client = new_device("token"), live()
    values = {"l": 1, "d": 21.456789012, "b": True, "s": "25\0", "j": {"a": [1.1, None]}, "large": 9007199254740993}
    types = {"useStrictDataTypes": True}
    save(rest, device, **values)
    newest = lambda answer: {key: pairs[0][1] for key, pairs in answer["data"].items()}
    first = newest(client.watch(device, 1, **types))
    assert first == values and first["b"] is True
    save(rest, device, s=25, l="one", j=[2])
    assert newest(client.receive()) == {"s": 25, "l": "one", "j": [2]}
    client.command("TIMESERIES_HISTORY", 2, entityType="DEVICE", entityId=device.id, keys="s", startTs=0, endTs=2**52, **types)
    assert [value for _, value in client.receive()["data"]["s"]] == [25, "25\0"]
    path = f"/api/plugins/telemetry/DEVICE/{device.id}/SERVER_SCOPE"
    rest.post(path, {"on": False})
    assert newest(client.watch(device, 3, "ATTRIBUTES", scope="SERVER_SCOPE", keys="on", **types)) == {"on": False}
    rest.post(path, {"on": "false"})
    assert newest(client.receive()) == {"on": "false"}
    rest.delete(path, keys="on")
    assert newest(client.receive()) == {"on": None}


def test_attributes_by_scope_and_their_deletion(rest, live, new_device, connected):
    device, client = new_device("token"), live()
    path = f"/api/plugins/telemetry/DEVICE/{device.id}"
    rest.post(f"{path}/SERVER_SCOPE", {"s": 1})
    assert client.watch(device, 1, "ATTRIBUTES", scope="SERVER_SCOPE", keys="s,t")["data"]["s"][0][1] == "1"
    assert client.watch(device, 2, "ATTRIBUTES", scope="CLIENT_SCOPE")["data"] == {}
    connected(device).publish_acked("v1/devices/me/attributes", "{c:2}")
    assert client.receive()["data"]["c"][0][1] == "2"
    rest.post(f"{path}/SERVER_SCOPE", {"t": 3, "u": 4})
    update = client.receive()
    assert update["subscriptionId"] == 1 and list(update["data"]) == ["t"]
    rest.delete(f"{path}/SERVER_SCOPE", keys="s")
    assert client.receive()["data"]["s"][0][1] is None


def test_history_once_and_before_a_subscription(rest, live, new_device):
    device, client = new_device("token"), live()
    for n in range(10):
        save_at(rest, device, 1000 + n, k=n)
    client.command("TIMESERIES_HISTORY", 3, entityType="DEVICE", entityId=device.id, keys="k", startTs=1002, endTs=1008, limit=3)
    assert client.receive()["data"] == {"k": [[1007, "7"], [1006, "6"], [1005, "5"]]}
    client.command("TIMESERIES_HISTORY", 4, entityType="DEVICE", entityId=device.id, keys="k", startTs=1000, endTs=1010, interval=5, agg="SUM")
    assert [pair[1] for pair in client.receive()["data"]["k"]] == ["35", "10"]
    first = client.watch(device, 5, keys="k", startTs=1005, timeWindow=60000, limit=100)
    assert [pair[0] for pair in first["data"]["k"]] == [1009, 1008, 1007, 1006, 1005]
    save_at(rest, device, 2000, k=11)
    assert client.receive()["data"] == {"k": [[2000, "11"]]}


def test_old_wrappers(rest, live, new_device):
    device, client = new_device("token"), live()
    save_at(rest, device, 5, k=1)
    one = {"entityType": "DEVICE", "entityId": device.id}
    client.send(tsSubCmds=[{**one, "scope": "LATEST_TELEMETRY", "cmdId": 1}], attrSubCmds=[{**one, "scope": "SHARED_SCOPE", "cmdId": 2}],
                historyCmds=[{**one, "keys": "k", "startTs": 0, "endTs": 10, "cmdId": 3}])
    answers = {answer["subscriptionId"]: answer for answer in (client.receive(), client.receive(), client.receive())}
    assert answers[1]["data"] == answers[3]["data"] == {"k": [[5, "1"]]} and answers[2]["data"] == {}
    client.send(tsSubCmds=[{"cmdId": 1, "unsubscribe": True}])
    client.send(tsSubCmds=[{**one, "cmdId": 9}])
    client.receive()
    save_at(rest, device, 6, k=2)
    assert client.receive()["subscriptionId"] == 9
    client.expect_nothing()


def test_a_command_of_the_same_id_takes_the_place(rest, live, new_device):
    first, second, client = new_device("token"), new_device("token"), live()
    client.watch(first, 1)
    client.watch(second, 1)
    save(rest, first, k=1)
    save(rest, second, k=2)
    assert client.receive()["data"]["k"][0][1] == "2"
    client.expect_nothing()


def test_what_is_sent_of_a_key_never_goes_back(rest, live, new_device):
    device, client = new_device("token"), live()
    save_at(rest, device, 1000, k=1)
    client.watch(device)
    for ts, value in [(1001, 2), (900, 3), (1001, 4), (1002, 5)]:
        save_at(rest, device, ts, k=value)
    seen = []
    while not seen or seen[-1][1] != "5":
        seen += reversed(client.receive()["data"]["k"])
    assert seen == [[1001, "2"], [1001, "4"], [1002, "5"]]


def test_nothing_is_lost_or_doubled_between_present_values_and_updates(rest, server, live, new_device):
    """One publishes all the time, others come and watch: each sees every later number once."""
    device, stop = new_device("token"), threading.Event()

    def publish_numbers():
        with connect_device(server, device) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.publish_acked("v1/devices/me/telemetry", '{"ts":%d,"values":{"n":%d}}' % (number, number))
    publisher = threading.Thread(target=publish_numbers)
    publisher.start()
    try:
        for _ in range(10):
            client, seen = live(), []
            first = client.watch(device)
            seen += [int(pair[1]) for pair in first["data"].get("n", [])]
            while len(seen) < 30:
                seen += [int(pair[1]) for pair in reversed(client.receive()["data"]["n"])]
            start = seen[0]
            assert seen == list(range(start, start + len(seen)))
            client.socket.close()
    finally:
        stop.set()
        publisher.join()


def test_many_subscriptions_on_one_socket(rest, live, new_device):
    devices, client = [new_device("token") for _ in range(30)], live()
    client.send(cmds=[{"type": "TIMESERIES", "cmdId": n, "entityType": "DEVICE", "entityId": device.id} for n, device in enumerate(devices)])
    for _ in devices:
        client.receive()
    for n, device in enumerate(devices):
        save(rest, device, n=n)
    updates = [client.receive() for _ in devices]
    assert {u["subscriptionId"]: u["data"]["n"][0][1] for u in updates} == {n: str(n) for n in range(30)}


# ---- many devices at once


def entity_data(client, entity_filter, cmd_id=1, latest=(), page=None, **more):
    query = {"entityFilter": entity_filter, "pageLink": page or {"pageSize": 10, "page": 0}, "entityFields": [{"type": "ENTITY_FIELD", "key": "name"}]}
    client.command("ENTITY_DATA", cmd_id, query=query, latestCmd={"keys": list(latest)}, **more)
    return client.receive()


def test_entity_data_answers_the_page_then_updates(rest, live, new_device, device_name):
    kind = device_name()
    devices = [new_device("token", type=kind) for _ in range(3)]
    save(rest, devices[0], t=1)
    client = live()
    keys = [{"type": "TIME_SERIES", "key": "t"}, {"type": "SHARED_ATTRIBUTE", "key": "a"}]
    answer = entity_data(client, {"type": "deviceType", "deviceTypes": [kind]}, latest=keys, page={
        "pageSize": 2, "page": 0, "sortOrder": {"key": {"type": "ENTITY_FIELD", "key": "createdTime"}, "direction": "ASC"}})
    page = answer["data"]
    assert answer["cmdUpdateType"] == "ENTITY_DATA" and (page["totalElements"], page["totalPages"], page["hasNext"]) == (3, 2, True)
    assert [entity["latest"]["ENTITY_FIELD"]["name"]["value"] for entity in page["data"]] == [devices[0].name, devices[1].name]
    assert page["data"][0]["latest"]["TIME_SERIES"]["t"]["value"] == "1"
    assert page["data"][1]["latest"]["TIME_SERIES"]["t"] == {"ts": 0, "value": ""}
    save(rest, devices[2], t=5)  # not on the page
    rest.post(f"/api/plugins/telemetry/DEVICE/{devices[1].id}/SHARED_SCOPE", {"a": "x"})
    update = client.receive()
    assert update["data"] is None and [u["entityId"]["id"] for u in update["update"]] == [devices[1].id]
    assert update["update"][0]["latest"]["SHARED_ATTRIBUTE"]["a"]["value"] == "x"
    client.command("ENTITY_DATA_UNSUBSCRIBE", 1)
    client.command("ENTITY_COUNT", 2, query={"entityFilter": {"type": "deviceType", "deviceType": kind}})
    assert client.receive()["count"] == 3
    save(rest, devices[0], t=6)
    client.expect_nothing()


def wanted(key_type, key, kind, operation, value, **more):
    return {"key": {"type": key_type, "key": key}, "valueType": kind,
            "predicate": {"type": kind, "operation": operation, "value": {"defaultValue": value, "dynamicValue": None}, **more}}


def test_several_device_types(live, new_device, device_name):
    kinds, client = [device_name() for _ in range(3)], live()
    devices = [new_device("token", type=kind) for kind in kinds]
    client.command("ENTITY_DATA", 1, query={"entityFilter": {"type": "deviceType", "deviceTypes": kinds[:2]}, "pageLink": {"pageSize": 1024, "page": 0}})
    assert {entity["entityId"]["id"] for entity in client.receive()["data"]["data"]} == {device.id for device in devices[:2]}
    client.command("ENTITY_COUNT", 2, query={"entityFilter": {"type": "deviceType", "deviceTypes": kinds}})
    assert client.receive()["count"] == 3


@pytest.fixture
def measured(rest):
    """Three devices of one type, by name, with values of each kind."""
    kind = f"measured-{uuid.uuid4()}"
    devices = {}
    for name, values, attributes in [("Alpha", {"t": 10, "on": True, "s": "Warm"}, {"floor": 1}), ("Beta", {"t": 20.5, "on": False, "s": "cold"}, {"floor": 2}),
                                     ("Gamma", {"s": 5}, {})]:
        device = rest.create_device(f"{name}-{kind}", type=kind, label=name)
        rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/ANY", values)
        if attributes:
            rest.post(f"/api/plugins/telemetry/DEVICE/{device.id}/SERVER_SCOPE", attributes)
        devices[name] = device
    yield kind, devices
    for device in devices.values():
        rest.delete(f"/api/device/{device.id}")


TS, ATTRIBUTE, FIELD = "TIME_SERIES", "ATTRIBUTE", "ENTITY_FIELD"


KEY_FILTERS = [
    ([wanted(TS, "t", "NUMERIC", "GREATER", 10)], "Beta"),
    ([wanted(TS, "t", "NUMERIC", "GREATER_OR_EQUAL", 10)], "Alpha Beta"),
    ([wanted(TS, "t", "NUMERIC", "LESS", 20.5)], "Alpha"),
    ([wanted(TS, "t", "NUMERIC", "LESS_OR_EQUAL", 20.5)], "Alpha Beta"),
    ([wanted(TS, "t", "NUMERIC", "EQUAL", 10)], "Alpha"),
    ([wanted(TS, "t", "NUMERIC", "NOT_EQUAL", 10)], "Beta"),
    ([wanted(TS, "on", "BOOLEAN", "EQUAL", True)], "Alpha"),
    ([wanted(TS, "on", "BOOLEAN", "NOT_EQUAL", True)], "Beta"),
    ([wanted(TS, "s", "STRING", "EQUAL", "cold")], "Beta"),
    ([wanted(TS, "s", "STRING", "STARTS_WITH", "wa")], ""),
    ([wanted(TS, "s", "STRING", "STARTS_WITH", "wa", ignoreCase=True)], "Alpha"),
    ([wanted(TS, "s", "STRING", "ENDS_WITH", "ld")], "Beta"),
    ([wanted(TS, "s", "STRING", "CONTAINS", "ar")], "Alpha"),
    ([wanted(TS, "s", "STRING", "NOT_CONTAINS", "ar")], "Beta"),
    ([wanted(ATTRIBUTE, "floor", "NUMERIC", "GREATER", 0)], "Alpha Beta"),
    ([wanted("SERVER_ATTRIBUTE", "floor", "NUMERIC", "EQUAL", 2)], "Beta"),
    ([wanted("CLIENT_ATTRIBUTE", "floor", "NUMERIC", "EQUAL", 2)], ""),
    ([wanted(FIELD, "label", "STRING", "NOT_EQUAL", "Beta")], "Alpha Gamma"),
    ([wanted(FIELD, "name", "STRING", "STARTS_WITH", "Gam")], "Gamma"),
    ([wanted(FIELD, "createdTime", "NUMERIC", "GREATER", 0)], "Alpha Beta Gamma"),
    ([wanted(TS, "t", "NUMERIC", "GREATER", 5), wanted(TS, "on", "BOOLEAN", "EQUAL", False)], "Beta"),
    ([{"key": {"type": TS, "key": "t"}, "valueType": "NUMERIC", "predicate": {"type": "COMPLEX", "operation": "OR", "predicates": [
        wanted(TS, "t", "NUMERIC", "LESS", 11)["predicate"], {"type": "COMPLEX", "operation": "AND", "predicates": [
            wanted(TS, "t", "NUMERIC", "GREATER", 20)["predicate"], wanted(TS, "t", "NUMERIC", "LESS", 21)["predicate"]]}]}}], "Alpha Beta"),
]


def test_key_filters(live, measured):
    kind, devices = measured
    client, order = live(), {"key": {"type": "ENTITY_FIELD", "key": "name"}, "direction": "ASC"}
    listed = {"type": "entityList", "entityType": "DEVICE", "entityList": [device.id for device in devices.values()]}
    for filters, expected in KEY_FILTERS:
        names = expected.split()
        query = {"entityFilter": {"type": "deviceType", "deviceTypes": [kind]}, "keyFilters": filters}
        client.command("ENTITY_DATA", 1, query={**query, "pageLink": {"pageSize": 10, "page": 0, "sortOrder": order}})
        page = client.receive()["data"]
        assert [entity["entityId"]["id"] for entity in page["data"]] == [devices[name].id for name in names], filters
        assert page["totalElements"] == len(names)
        client.command("ENTITY_COUNT", 2, query={**query, "entityFilter": listed})
        assert client.receive()["count"] == len(names), filters


def test_pages_of_what_key_filters_want(live, measured):
    kind, devices = measured
    client, order = live(), {"key": {"type": "ENTITY_FIELD", "key": "name"}, "direction": "DESC"}
    query = {"entityFilter": {"type": "deviceType", "deviceTypes": [kind]}, "keyFilters": [wanted(FIELD, "label", "STRING", "NOT_EQUAL", "Beta")]}
    for number, name in enumerate(["Gamma", "Alpha", None]):
        client.command("ENTITY_DATA", 1, query={**query, "pageLink": {"pageSize": 1, "page": number, "sortOrder": order}})
        page = client.receive()["data"]
        assert [entity["entityId"]["id"] for entity in page["data"]] == ([devices[name].id] if name else [])
        assert (page["totalElements"], page["hasNext"]) == (2, number == 0)


def test_one_of_the_key_filters(live, measured):
    client = live()
    filters = [wanted(TS, "t", "NUMERIC", "EQUAL", 10), wanted(FIELD, "label", "STRING", "EQUAL", "Gamma")]
    client.command("ENTITY_COUNT", 1, query={"entityFilter": {"type": "deviceType", "deviceTypes": [measured[0]]}, "keyFilters": filters,
                                             "keyFiltersOperation": "OR"})
    assert client.receive()["count"] == 2


def test_entity_filters(rest, live, new_device, device_name):
    one, two, client = new_device("token"), new_device("token"), live()
    group = rest.post("/api/entityGroup", {"type": "DEVICE", "name": device_name()})
    rest.call("POST", f"/api/entityGroup/{group['id']['id']}/addEntities", json=[two.id])

    def names(entity_filter):
        return {entity["latest"]["ENTITY_FIELD"]["name"]["value"] for entity in entity_data(client, entity_filter)["data"]["data"]}
    assert names({"type": "singleEntity", "singleEntity": {"entityType": "DEVICE", "id": one.id}}) == {one.name}
    assert names({"type": "entityList", "entityType": "DEVICE", "entityList": [one.id, two.id, str(uuid.uuid4())]}) == {one.name, two.name}
    assert names({"type": "entityGroup", "groupType": "DEVICE", "entityGroup": group["id"]["id"]}) == {two.name}
    assert names({"type": "entityName", "entityType": "DEVICE", "entityNameFilter": one.name}) == {one.name}


def test_series_of_entities(rest, live, new_device):
    device, client = new_device("token"), live()
    for n in range(5):
        save_at(rest, device, 1000 + n, k=n)
    one = {"type": "singleEntity", "singleEntity": {"entityType": "DEVICE", "id": device.id}}
    answer = entity_data(client, one, 1, tsCmd={"keys": ["k"], "startTs": 1002, "timeWindow": 1000000, "limit": 10},
                         historyCmd={"keys": ["k2"], "startTs": 0, "endTs": 10, "limit": 1})
    assert [point["ts"] for point in answer["data"]["data"][0]["timeseries"]["k"]] == [1004, 1003, 1002]
    save_at(rest, device, 1010, k=7)
    assert client.receive()["update"][0]["timeseries"] == {"k": [{"ts": 1010, "value": "7"}]}


def test_a_count_follows(rest, live, new_device, device_name):
    kind, client = device_name(), live()
    new_device("token", type=kind)
    client.command("ENTITY_COUNT", 1, query={"entityFilter": {"type": "deviceType", "deviceType": kind}})
    assert client.receive()["count"] == 1
    new_device("token", type=kind)
    update = client.receive(timeout=15)
    assert (update["cmdUpdateType"], update["count"], update["cmdId"]) == ("COUNT_DATA", 2, 1)


# ---- rights


def test_a_customers_user_watches_what_is_his(rest, live, new_device):
    user, own, foreign = CustomerUser(rest), new_device("token"), new_device("token")
    rest.post(f"/api/customer/{user.customer['id']['id']}/device/{own.id}")
    client = live(token=user.token())
    assert client.watch(own, 1)["errorCode"] == 0
    refused = client.watch(foreign, 2)
    assert refused["errorCode"] == 2 and "no such device" in refused["errorMsg"]
    page = entity_data(client, {"type": "entityType"}, 3)["data"]
    assert [entity["entityId"]["id"] for entity in page["data"]] == [own.id]
    assert entity_data(client, {"type": "singleEntity", "singleEntity": {"entityType": "DEVICE", "id": foreign.id}}, 4)["data"]["data"] == []
    rest.call("DELETE", f"/api/customer/device/{own.id}")  # no longer his
    lost = [client.receive_until(lambda m: m.get("errorCode") == 2, timeout=15)[-1] for _ in range(2)]
    assert {m["subscriptionId"] for m in lost} == {1, 3} and "no longer yours" in lost[0]["errorMsg"]
    save(rest, own, t=1)
    client.expect_nothing()


def test_a_deleted_device_ends_its_subscription(rest, live, new_device):
    device, client = new_device("token"), live()
    client.watch(device)
    rest.delete(f"/api/device/{device.id}")
    assert client.receive_until(lambda m: m["errorCode"] == 2, timeout=15)


def test_other_tenants_see_nothing(server, rest, live, new_device):
    device, sys = new_device("token"), SysAdmin(server)
    for token in [sys.new_tenant_admin().token(), sys.token()]:
        assert live(token=token).watch(device)["errorCode"] in (2, 3)


# ---- bad input


@pytest.mark.parametrize("command,message", [
    ({"type": "TIMESERIES", "cmdId": 1, "entityType": "ASSET", "entityId": "x"}, "entityType is 'ASSET'; expected DEVICE"),
    ({"type": "TIMESERIES", "cmdId": 1, "entityType": "DEVICE"}, "entityId is missing; expected a UUID"),
    ({"type": "TIMESERIES", "cmdId": 1, "entityId": str(uuid.uuid4())}, "no such device"),
    ({"type": "TIMESERIES", "entityId": str(uuid.uuid4())}, "cmdId is missing"),
    ({"type": "ATTRIBUTES", "cmdId": 1, "entityId": str(uuid.uuid4()), "scope": "MY_SCOPE"}, "scope is 'MY_SCOPE'"),
    ({"type": "TIMESERIES_HISTORY", "cmdId": 1, "entityId": str(uuid.uuid4())}, "keys is missing"),
    ({"type": "TIMESERIES", "cmdId": 1, "entityId": str(uuid.uuid4()), "limit": 50001}, "limit is 50001; expected at most 50000"),
    ({"type": "TIMESERIES", "cmdId": 1, "entityId": str(uuid.uuid4()), "startTs": -1}, "startTs is -1"),
    ({"type": "TIMESERIES", "cmdId": 1, "entityId": str(uuid.uuid4()), "agg": "MEDIAN"}, "agg is 'MEDIAN'"),
    ({"type": "SHOE", "cmdId": 1}, "type is 'SHOE'"),
    ({"type": "ENTITY_DATA", "cmdId": 1}, "query is missing"),
    ({"type": "ENTITY_DATA", "cmdId": 1, "query": {"entityFilter": {"type": "relationsQuery"}}}, "entityFilter has the type 'relationsQuery'"),
    ({"type": "ENTITY_DATA", "cmdId": 1, "query": {"entityFilter": {"type": "entityType"}, "pageLink": {"pageSize": 1025}}}, "pageSize is 1025"),
    *[({"type": "ENTITY_DATA", "cmdId": 1, "query": {"entityFilter": {"type": "entityType"}, "keyFilters": filters}}, message) for filters, message in [
        ([{}], "key is missing"),
        ([{"key": {"type": "ENTITY_FIELD", "key": "phone"}}], "key is the ENTITY_FIELD 'phone'"),
        ([{"key": {"type": "ATTRIBUTE", "key": "a"}}], "predicate is nothing; expected an object"),
        ([{"key": {"type": "ATTRIBUTE", "key": "a"}, "predicate": {"type": "SHOE"}}], "predicate has the type 'SHOE'"),
        ([wanted("ATTRIBUTE", "a", "NUMERIC", "GREATER", "5")], "defaultValue is a text"),
        ([wanted("ATTRIBUTE", "a", "NUMERIC", "CONTAINS", 5)], "operation is 'CONTAINS'; expected EQUAL, NOT_EQUAL or GREATER"),
        ([wanted("ATTRIBUTE", "a", "STRING", "LESS", "x")], "operation is 'LESS'; expected EQUAL, NOT_EQUAL or STARTS_WITH"),
        ([wanted("ATTRIBUTE", "a", "BOOLEAN", "GREATER", True)], "operation is 'GREATER'"),
        ([{"key": {"type": "ATTRIBUTE", "key": "a"}, "predicate": {"type": "COMPLEX", "operation": "XOR"}}], "operation is 'XOR'; expected AND or OR"),
        ([{"key": {"type": "ATTRIBUTE", "key": "a"}, "predicate": {"type": "COMPLEX", "operation": "OR", "predicates": []}}], "predicates is empty"),
        ([{"key": {"type": "ATTRIBUTE", "key": "a"}, "predicate": {"type": "COMPLEX", "operation": "OR", "predicates": [
            wanted("ATTRIBUTE", "a", "NUMERIC", "LESS", 1)["predicate"]] * 50}}], "expected at most 50"),
        ([{"key": {"type": "ATTRIBUTE", "key": "a"}, "predicate": {"type": "NUMERIC", "operation": "LESS", "value": {
            "defaultValue": 1, "dynamicValue": {"sourceType": "CURRENT_USER", "sourceAttribute": "a"}}}}], "dynamicValue is not offered"),
        ([wanted("ATTRIBUTE", "a", "NUMERIC", "LESS", 1)] * 21, "keyFilters has 21; expected at most 20"),
    ]],
    ({"type": "ENTITY_DATA", "cmdId": 1, "query": {"entityFilter": {"type": "deviceType", "deviceTypes": ["a"] * 101}}}, "deviceTypes has 101 names; expected at most 100"),
    ({"type": "ENTITY_DATA", "cmdId": 1, "query": {"entityFilter": {"type": "deviceType", "deviceTypes": [5]}}}, "deviceTypes holds a number; expected names"),
    ({"type": "ENTITY_DATA", "cmdId": 1, "query": {"entityFilter": {"type": "entityType"}}, "latestCmd": {"keys": [{"type": "X", "key": "k"}]}}, "type is 'X'"),
    ("text", "a command is a text; expected an object"),
])
def test_commands_that_are_none(live, command, message):
    client = live()
    client.send(cmds=[command])
    answer = client.receive()
    assert answer["errorCode"] == 2 and message in answer["errorMsg"], answer
    client.command("ENTITY_COUNT", 2, query={"entityFilter": {"type": "entityType"}})
    assert client.receive()["cmdId"] == 2  # the socket goes on


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"cmds":{}}', '{"authCmd":5}', '{"cmds":[' + ",".join(["{}"] * 1001) + "]}", "[" * 10000],
                         ids=["nothing", "half", "array", "number", "object of commands", "number for a login", "1001 commands", "deep"])
def test_messages_that_are_none(live, text, bystander):
    client = live()
    client.socket.send(text)
    assert client.receive()["errorCode"] == 2


def test_frames_that_are_none(server, live, bystander):
    client = live()
    client.socket.send_binary(b"\x00\x01")
    assert client.expect_closed(1003) == "messages are text"
    client = live()
    try:
        client.socket.send("x" * 300_000)
        assert "live.max_message" in client.expect_closed(1009)
    except OSError:
        pass  # cut off before it had said all
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        raw.sendall(b"GET /api/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + bytes(range(256)) * 40)
        raw.settimeout(slower(5))
        try:
            while raw.recv(4096):
                pass
        except OSError:
            pass


def test_a_message_in_fragments(live, new_device):
    device, client = new_device("token"), live()
    text = json.dumps({"cmds": [{"type": "TIMESERIES", "cmdId": 1, "entityId": device.id}]})
    third = len(text) // 3
    for part, opcode, fin in [(text[:third], 1, 0), (text[third:2 * third], 0, 0), (text[2 * third:], 0, 1)]:
        client.socket.send_frame(websocket.ABNF(fin, 0, 0, 0, opcode, 1, part))
    assert client.receive()["subscriptionId"] == 1


# ---- limits


def test_subscriptions_and_sockets_are_bounded(start_server):
    server = start_server({"live.max_subscriptions": 2, "live.max_sockets": 3})
    devices = [server.rest.create_device(f"d{n}") for n in range(3)]
    with LiveClient(server) as client, LiveClient(server), LiveClient(server):
        assert [client.watch(device, n)["errorCode"] for n, device in enumerate(devices)] == [0, 0, 2]
        client.command("TIMESERIES", 0, unsubscribe=True)
        assert client.watch(devices[2], 5)["errorCode"] == 0
        with pytest.raises((websocket.WebSocketBadStatusException, ConnectionError, websocket.WebSocketConnectionClosedException)):
            LiveClient(server)


def test_sockets_of_a_user_are_bounded(start_server):
    server = start_server({"live.max_sockets_per_user": 2})
    device = server.rest.create_device("d")
    with LiveClient(server) as first, LiveClient(server) as second, LiveClient(server, token=None) as third:
        assert first.watch(device)["errorCode"] == second.watch(device)["errorCode"] == 0
        third.send(authCmd={"cmdId": 0, "token": server.rest.token()})
        assert "live.max_sockets_per_user" in third.expect_closed(1008)


def test_who_reads_slowly_gets_the_latest_or_is_closed(start_server):
    """Its memory stays bounded; who reads again in time finds the newest values; others are shown all."""
    server = start_server({"live.max_queued": 65536, "mqtt.max_inflight": 1000})
    device = server.rest.create_device("noisy")
    pad = "x" * 2000
    with LiveClient(server) as slow, LiveClient(server) as quick, connect_device(server, device) as connection:
        slow.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.watch(device)
        quick.watch(device)
        before = server.resident_bytes()
        for number in range(3000):
            connection.publish_acked("v1/devices/me/telemetry", '{"n":%d,"pad":"%s%d"}' % (number, pad, number))
        last = quick.receive_until(lambda m: m["data"].get("n", [[0, "0"]])[0][1] == "2999", timeout=30)[-1]
        assert last["data"]["pad"][0][1].endswith("2999")
        assert IS_SANITIZED or server.resident_bytes() - before < 32 * 1024 * 1024
        seen = slow.receive_until(lambda m: m["data"].get("n", [[0, "0"]])[0][1] == "2999", timeout=30)
        numbers = [int(pair[1]) for message in seen for pair in reversed(message["data"].get("n", []))]
        assert numbers == sorted(set(numbers)) and numbers[-1] == 2999


@pytest.mark.timeout(120)
def test_who_reads_nothing_of_many_keys_is_closed(start_server):
    server = start_server({"live.max_queued": 65536})
    device = server.rest.create_device("noisy")
    with LiveClient(server) as slow, connect_device(server, device) as connection:
        slow.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.watch(device)
        for number in range(4000):
            connection.publish_acked("v1/devices/me/telemetry", '{"k%d":"%s"}' % (number, "x" * 2000))
            if number % 100 == 0 and "reads too slowly" in "\n".join(server.log.lines()):
                break
        assert "reads too slowly" in "\n".join(server.log.lines())
        assert connection.publish_acked("v1/devices/me/telemetry", "{a:1}").reason == 0


def test_many_clients_watch(server, rest, live, new_device):
    devices = [new_device("token") for _ in range(10)]
    clients = [live() for _ in range(40)]
    for n, client in enumerate(clients):
        client.watch(devices[n % 10], keys="v")
    for n, device in enumerate(devices):
        save(rest, device, v=n)
    for n, client in enumerate(clients):
        assert client.receive()["data"]["v"][0][1] == str(n % 10)


def test_a_stop_says_goodbye(start_server):
    server = start_server()
    device = server.rest.create_device("d")
    with LiveClient(server) as client:
        client.watch(device)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert client.expect_closed(1001) == "the server is stopping"
        stopping.join()


def test_a_login_is_checked_for_sockets_of_a_deleted_user(server, rest, live):
    user = CustomerUser(rest)
    client = live(token=user.token())
    client.command("ENTITY_COUNT", 1, query={"entityFilter": {"type": "entityType"}})
    client.receive()
    rest.delete(f"/api/user/{user.id}")
    assert client.expect_closed(1008, timeout=15)
