"""Points written, deleted and let go by people: time to live, deletion, intervals of the calendar."""

import datetime
import time
import uuid
import zoneinfo

import pytest

from support.people import CustomerUser
from support.rest import RestError

START = 1_700_000_000_000


def path_of(device, rest=""):
    return f"/api/plugins/telemetry/DEVICE/{device.id}/timeseries/{rest}"


def save(rest, device, points, ttl=None):
    """points: {key: {ts: value}}"""
    body = [{"ts": ts, "values": {key: value}} for key, of_key in points.items() for ts, value in of_key.items()]
    for i in range(0, len(body), 1000):  # as many as a message may have
        assert rest.post(path_of(device, "ANY" if ttl is None else f"ANY/{ttl}"), body[i:i + 1000]) is None


def times(rest, device, key, **params):
    """Of the points that are left, in seconds from START."""
    found = rest.history(device, key, START, START + 1_000_000, **params).get(key, [])
    return [(point["ts"] - START) // 1000 for point in found]


@pytest.fixture
def device(rest, device_name):
    """n = 0..9, one a second; other the same."""
    made = rest.create_device(device_name())
    save(rest, made, {key: {START + n * 1000: n for n in range(10)} for key in ("n", "other")})
    return made


def expect_refusal(answer, field):
    assert answer.status_code == 400 and answer.json()["errorCode"] in (30, 31), answer.text
    assert field in answer.json()["message"], answer.text


# deleted

def test_a_range_is_deleted(rest, device):
    rest.delete(path_of(device, "delete"), keys="n", startTs=START + 2000, endTs=START + 5000)
    assert times(rest, device, "n") == [9, 8, 7, 6, 5, 1, 0]
    assert len(times(rest, device, "other")) == 10
    assert rest.latest(device, "n") == {"n": "9"}


def test_all_of_some_keys(rest, device):
    rest.delete(path_of(device, "delete"), keys="n,unknown", deleteAllDataForKeys="true")
    assert rest.latest(device) == {"other": "9"}
    assert rest.get(f"/api/plugins/telemetry/DEVICE/{device.id}/keys/timeseries") == ["other"]
    save(rest, device, {"n": {START: 5}})
    assert rest.latest(device) == {"n": "5", "other": "9"} and times(rest, device, "n") == [0]


@pytest.mark.parametrize("params,latest", [
    ({}, None), ({"rewriteLatestIfDeleted": "false"}, None), ({"rewriteLatestIfDeleted": "true"}, "4"),
    ({"deleteLatest": "false"}, "9"), ({"deleteLatest": "false", "rewriteLatestIfDeleted": "true"}, "9"),
], ids=str)
def test_what_becomes_of_the_latest_value(rest, device, params, latest):
    rest.delete(path_of(device, "delete"), keys="n", startTs=START + 5000, endTs=START + 100_000, **params)
    assert times(rest, device, "n") == [4, 3, 2, 1, 0]
    assert rest.latest(device, "n").get("n") == latest
    save(rest, device, {"n": {START + 20_000: 20}})
    assert rest.latest(device, "n") == {"n": "20"}


@pytest.mark.parametrize("params,field", [
    ({}, "startTs"), ({"startTs": 1}, "endTs"), ({"startTs": 2, "endTs": 1}, "endTs"), ({"startTs": "x", "endTs": 1}, "startTs"),
    ({"startTs": 1, "endTs": -1}, "endTs"), ({"deleteAllDataForKeys": "perhaps"}, "deleteAllDataForKeys"),
    ({"startTs": 1, "endTs": 2, "deleteLatest": 2}, "deleteLatest"),
    ({"startTs": 1, "endTs": 2, "rewriteLatestIfDeleted": "x"}, "rewriteLatestIfDeleted"),
    ({"deleteAllDataForKeys": "true", "keys": ""}, "keys"), ({"deleteAllDataForKeys": "true", "keys": ",,"}, "keys"),
    ({"deleteAllDataForKeys": "true", "keys": "k" * 256}, "keys"),
    ({"deleteAllDataForKeys": "true", "keys": ",".join(str(n) for n in range(1001))}, "keys"),
], ids=lambda value: str(value)[:60])
def test_what_cannot_be_deleted(rest, device, params, field):
    expect_refusal(rest.raw("DELETE", path_of(device, "delete"), params={"keys": "n", **params}), field)
    assert len(times(rest, device, "n")) == 10


def test_nobody_deletes_what_is_not_his(rest, device):
    stranger = CustomerUser(rest)
    params = {"keys": "n", "deleteAllDataForKeys": "true"}
    assert stranger.raw("DELETE", path_of(device, "delete"), params=params).status_code == 404
    assert rest.raw("DELETE", path_of(device, "delete"), params=params, token=None).status_code == 401
    assert len(times(rest, device, "n")) == 10
    unknown = path_of(device, "delete").replace(device.id, str(uuid.uuid4()))
    assert rest.raw("DELETE", unknown, params=params).status_code == 404
    assert rest.raw("DELETE", path_of(device, "delete").replace("DEVICE", "ASSET"), params=params).status_code == 400


def test_a_customers_user_deletes_what_is_his(rest, device):
    owner = CustomerUser(rest)
    rest.post(f"/api/customer/{owner.customer['id']['id']}/device/{device.id}")
    assert owner.raw("DELETE", path_of(device, "delete"), params={"keys": "n", "deleteAllDataForKeys": "true"}).status_code == 200
    assert times(rest, device, "n") == []


def test_what_was_deleted_stays_deleted_after_kill_9(start_server, device_name):
    server = start_server()
    rest = server.rest
    made = rest.create_device(device_name())
    for round_number in range(5):
        base = START + round_number * 2000_000
        points = {base + n * 1000: n for n in range(1000)}
        save(rest, made, {"few": points, "many": points, "all": points})
        rest.delete(path_of(made, "delete"), keys="few", startTs=base, endTs=base + 10_000)
        rest.delete(path_of(made, "delete"), keys="many", startTs=base + 1000, endTs=base + 2000_000, deleteLatest="true")
        rest.delete(path_of(made, "delete"), keys="all", deleteAllDataForKeys="true")
        server.kill()
        server.start()
        found = rest.history(made, "few,many,all", base, base + 1000_000, limit=10_000)
        assert len(found["few"]) == 990 and len(found["many"]) == 1 and "all" not in found
        assert rest.latest(made) == {"few": "999"}, "the latest value of 'many' was deleted"
        assert rest.get(f"/api/plugins/telemetry/DEVICE/{made.id}/keys/timeseries") == ["few", "many"]


# time to live

def test_points_vanish_after_their_time(rest, device):
    save(rest, device, {"n": {START + 50_000: 50}}, ttl=1)
    save(rest, device, {"n": {START + 40_000: 40}}, ttl=3600)
    assert times(rest, device, "n")[:2] == [50, 40] and rest.latest(device, "n") == {"n": "50"}
    time.sleep(1.2)
    assert times(rest, device, "n")[:2] == [40, 9] and rest.latest(device, "n") == {"n": "40"}


def test_zero_is_no_end(rest, device):
    save(rest, device, {"n": {START + 50_000: 50}}, ttl=0)
    time.sleep(0.1)
    assert times(rest, device, "n")[0] == 50


@pytest.mark.parametrize("ttl", ["-1", "x", "1.5", "4294967296", "99999999999999999999"])
def test_wrong_times_to_live(rest, device, ttl):
    expect_refusal(rest.raw("POST", path_of(device, f"ANY/{ttl}"), json={"n": 1}), "ttl")
    expect_refusal(rest.raw("POST", path_of(device, "ANY/5"), data="{broken"), "byte")


def test_nobody_writes_for_a_time_what_is_not_his(rest, device):
    assert CustomerUser(rest).raw("POST", path_of(device, "ANY/5"), json={"n": 1}).status_code == 404
    assert rest.latest(device, "n") == {"n": "9"}


def profile_with(rest, name, ttl):
    configuration = {"type": "DEFAULT", **({} if ttl is None else {"telemetryTtlSeconds": ttl})}
    return rest.post("/api/deviceProfile", {
        "name": name, "type": "DEFAULT", "transportType": "DEFAULT", "provisionType": "DISABLED",
        "profileData": {"configuration": configuration, "transportConfiguration": {"type": "DEFAULT"},
                        "provisionConfiguration": {"type": "DISABLED"}}})


def ages(rest, device):
    """Seconds, of the points that are seen."""
    now = int(time.time() * 1000)
    found = rest.history(device, "a", 0, now + 1, limit=1000).get("a", [])
    return [round((now - point["ts"]) / 1000, -1) for point in found]


def test_a_profile_says_how_long(rest, device_name):
    profile = profile_with(rest, device_name(), 100)
    made = rest.create_device(device_name(), deviceProfileId=profile["id"])
    now = int(time.time() * 1000)
    save(rest, made, {"a": {now - age * 1000: age for age in (20, 50, 150, 500)}, "old": {now - 200_000: 1}})
    assert ages(rest, made) == [20, 50]
    assert rest.latest(made) == {"a": "20"}
    profile["profileData"]["configuration"]["telemetryTtlSeconds"] = 200
    profile = rest.post("/api/deviceProfile", profile)
    assert ages(rest, made) == [20, 50, 150], "a longer time counts for the next query"
    profile["profileData"]["configuration"]["telemetryTtlSeconds"] = 30
    profile = rest.post("/api/deviceProfile", profile)
    assert ages(rest, made) == [20]
    counted = rest.history(made, "a", now - 1000_000, now + 1, agg="COUNT", interval=10_000_000)
    assert [point["value"] for point in counted["a"]] == ["1"]
    profile["profileData"]["configuration"]["telemetryTtlSeconds"] = 0
    rest.post("/api/deviceProfile", profile)
    assert ages(rest, made) == [20, 50, 150, 500]


def test_a_device_that_changes_its_profile(rest, device_name):
    short, none = profile_with(rest, device_name(), 100), profile_with(rest, device_name(), None)
    made = rest.create_device(device_name(), deviceProfileId=short["id"])
    now = int(time.time() * 1000)
    save(rest, made, {"a": {now - age * 1000: age for age in (20, 150)}})
    assert ages(rest, made) == [20]
    rest.post("/api/device", {**rest.get(f"/api/device/{made.id}"), "deviceProfileId": none["id"]})
    assert ages(rest, made) == [20, 150]


def test_the_default_where_the_profile_says_nothing(start_server, device_name):
    server = start_server({"telemetry.ttl": 100})
    rest = server.rest
    now = int(time.time() * 1000)
    devices = [rest.create_device(device_name(), deviceProfileId=profile_with(rest, device_name(), ttl)["id"])
               for ttl in (None, 0, 300)]
    for made in devices:
        save(rest, made, {"a": {now - age * 1000: age for age in (20, 150, 500)}})
    assert [ages(rest, made) for made in devices] == [[20], [20, 150, 500], [20, 150]]
    server.restart()
    assert [ages(rest, made) for made in devices] == [[20], [20, 150, 500], [20, 150]]


@pytest.mark.parametrize("ttl", [-1, 4294967296, "100", 1.5, True])
def test_wrong_times_of_profiles(rest, device_name, ttl):
    with pytest.raises(RestError) as refused:
        profile_with(rest, device_name(), ttl)
    assert refused.value.status == 400 and "telemetryTtlSeconds" in refused.value.message


# intervals of the calendar

def at(zone, *date):
    return int(datetime.datetime(*date, tzinfo=zoneinfo.ZoneInfo(zone)).timestamp() * 1000)


@pytest.fixture(scope="module")
def measured(server):
    """A point an hour through 2024."""
    made = server.rest.create_device(f"calendar-{uuid.uuid4().hex[:8]}")
    first = at("UTC", 2024, 1, 1)
    save(server.rest, made, {"n": {first + hour * 3_600_000: 1 for hour in range(366 * 24)}})
    return made


def counted(rest, device, start, end, interval_type, zone=None, **params):
    found = rest.history(device, "n", start, end, agg="COUNT", intervalType=interval_type, orderBy="ASC",
                         **({"timeZone": zone} if zone else {}), **params)
    return [(point["ts"], int(point["value"])) for point in found["n"]]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_months_of_a_time_zone(rest, measured, zone):
    begins = [at(zone, 2024, month, 1) for month in range(2, 13)]
    found = counted(rest, measured, begins[0], begins[-1], "MONTH", zone)
    hours = [-(-(end) // 3_600_000) - -(-(start) // 3_600_000) for start, end in zip(begins, begins[1:])]
    assert found == [(start + (end - start) // 2, n) for start, end, n in zip(begins, begins[1:], hours)]


def test_the_month_in_which_clocks_change_has_an_hour_more_or_less(rest, measured):
    march = counted(rest, measured, at("Europe/Berlin", 2024, 3, 1), at("Europe/Berlin", 2024, 4, 1), "MONTH", "Europe/Berlin")
    october = counted(rest, measured, at("Europe/Berlin", 2024, 10, 1), at("Europe/Berlin", 2024, 11, 1), "MONTH", "Europe/Berlin")
    assert [n for _, n in march] == [31 * 24 - 1] and [n for _, n in october] == [31 * 24 + 1]


@pytest.mark.parametrize("interval_type,first_weekday", [("WEEK", 6), ("WEEK_ISO", 0)])
def test_weeks(rest, measured, interval_type, first_weekday):
    zone = "America/Sao_Paulo"
    start, end = at(zone, 2024, 5, 1), at(zone, 2024, 6, 1)
    days = [at(zone, 2024, 5, day) for day in range(1, 32)]
    begins = [start] + [day for day in days[1:]
                        if datetime.datetime.fromtimestamp(day / 1000, zoneinfo.ZoneInfo(zone)).weekday() == first_weekday]
    ends = begins[1:] + [end]
    assert counted(rest, measured, start, end, interval_type, zone) == [
        (a + (b - a) // 2, (b - a) // 3_600_000) for a, b in zip(begins, ends)]


def test_quarters_in_utc_when_no_zone_is_named(rest, measured):
    found = counted(rest, measured, at("UTC", 2024, 1, 1), at("UTC", 2025, 1, 1), "QUARTER")
    assert [n for _, n in found] == [91 * 24, 91 * 24, 92 * 24, 92 * 24]
    newest_first = rest.history(measured, "n", at("UTC", 2024, 1, 1), at("UTC", 2025, 1, 1), agg="COUNT", intervalType="QUARTER")
    assert [int(point["value"]) for point in newest_first["n"]] == [92 * 24, 92 * 24, 91 * 24, 91 * 24]


@pytest.mark.parametrize("agg,expected", [("MIN", 1), ("MAX", 1), ("SUM", 744), ("AVG", 1.0), ("COUNT", 744)])
def test_every_aggregation_typed(rest, measured, agg, expected):
    found = rest.history(measured, "n", at("UTC", 2024, 1, 1), at("UTC", 2024, 2, 1), agg=agg, intervalType="MONTH",
                         useStrictDataTypes="true")
    assert [point["value"] for point in found["n"]] == [expected]


@pytest.mark.parametrize("params,field", [
    ({"intervalType": "DAY"}, "intervalType"), ({"intervalType": "month"}, "intervalType"),
    ({"intervalType": "MONTH", "timeZone": "Mars/Olympus"}, "timeZone"),
    ({"intervalType": "MONTH", "timeZone": "../../../../etc/passwd"}, "timeZone"),
    ({"intervalType": "MONTH", "timeZone": "/etc/localtime"}, "timeZone"),
    ({"intervalType": "MONTH", "timeZone": "Europe/Berlin;x"}, "timeZone"),
    ({"intervalType": "MONTH", "timeZone": "E" * 4000}, "timeZone"),
    ({"intervalType": "WEEK", "endTs": 40_000_000_000_000}, "50000"), ({"interval": 1, "endTs": START}, "50000"),
], ids=lambda value: str(value)[:70])
def test_wrong_intervals(rest, measured, params, field):
    answer = rest.raw("GET", f"/api/plugins/telemetry/DEVICE/{measured.id}/values/timeseries",
                      params={"keys": "n", "startTs": 0, "endTs": START, "agg": "AVG", **params})
    expect_refusal(answer, field)


def test_fifty_thousand_intervals_are_not_too_many(rest, measured):
    first = at("UTC", 2024, 1, 1)
    found = rest.history(measured, "n", first, first + 50_000 * 600_000, agg="COUNT", interval=600_000)
    assert len(found["n"]) == 50_000 // 6 + 1
