"""What devices sent, read over REST: latest, history, aggregates, attributes."""

import uuid

import pytest

from support.connection import connect_device
from support.rest import RestError

START = 1_700_000_000_000
TELEMETRY = "v1/devices/me/telemetry"


@pytest.fixture(scope="module")
def measured(server):
    """A device with 100 whole numbers, one a second: n = 0..99; and text at some times."""
    device = server.rest.create_device(f"measured-{uuid.uuid4().hex[:8]}")
    with connect_device(server, device) as connection:
        body = ",".join('{"ts":%d,"values":{"n":%d,"half":%s}}' % (START + n * 1000, n, n / 2 + 0.25) for n in range(100))
        assert connection.publish_acked(TELEMETRY, f"[{body}]").reason == 0
        assert connection.publish_acked(TELEMETRY, '[{"ts":%d,"values":{"word":"b"}},{"ts":%d,"values":{"word":"a"}}]'
                                        % (START, START + 1)).reason == 0
    return device


def values(points):
    return [float(point["value"]) for point in points]


def test_latest(rest, measured):
    assert rest.latest_points(measured, "n") == {"n": [{"ts": START + 99_000, "value": "99"}]}
    assert rest.latest(measured) == {"n": "99", "half": "49.75", "word": "a"}
    assert rest.latest(measured, strict=True) == {"n": 99, "half": 49.75, "word": "a"}


def test_latest_of_unknown_key(rest, measured):
    found = rest.latest_points(measured, "nothing")
    assert found in ({}, {"nothing": []}) or found["nothing"][0]["value"] is None


def test_keys(rest, measured):
    assert sorted(rest.get(f"/api/plugins/telemetry/DEVICE/{measured.id}/keys/timeseries")) == ["half", "n", "word"]


def test_history_newest_first_by_default(rest, measured):
    points = rest.history(measured, "n", START, START + 100_000)["n"]
    assert values(points) == list(range(99, -1, -1))


def test_history_bounds_limit_and_order(rest, measured):
    points = rest.history(measured, "n", START + 10_000, START + 20_000, orderBy="ASC")["n"]
    assert values(points) == list(range(10, 20)), "startTs is inclusive, endTs exclusive"
    points = rest.history(measured, "n", START, START + 100_000, limit=3)["n"]
    assert values(points) == [99, 98, 97]
    points = rest.history(measured, "n", START, START + 100_000, limit=3, orderBy="ASC")["n"]
    assert values(points) == [0, 1, 2]


def test_history_of_several_keys(rest, measured):
    found = rest.history(measured, "n,half,missing", START, START + 2000, orderBy="ASC")
    assert values(found["n"]) == [0, 1] and values(found["half"]) == [0.25, 0.75]
    assert not found.get("missing")


def test_history_outside(rest, measured):
    assert rest.history(measured, "n", START - 5000, START) in ({}, {"n": []})
    assert rest.history(measured, "n", START + 5, START + 5) in ({}, {"n": []})


@pytest.mark.parametrize("agg,expected", [
    ("MIN", [0, 10, 20]), ("MAX", [9, 19, 29]), ("AVG", [4.5, 14.5, 24.5]), ("SUM", [45, 145, 245]), ("COUNT", [10, 10, 10]),
])
def test_aggregates(rest, measured, agg, expected):
    points = rest.history(measured, "n", START, START + 30_000, interval=10_000, agg=agg, orderBy="ASC")["n"]
    assert values(points) == expected
    assert [point["ts"] for point in points] == [START + 5_000, START + 15_000, START + 25_000]


def test_interval_without_data_is_left_out(rest, measured):
    points = rest.history(measured, "n", START - 20_000, START + 10_000, interval=10_000, agg="COUNT", orderBy="ASC")["n"]
    assert values(points) == [10]


def test_aggregate_of_text(rest, measured):
    assert values(rest.history(measured, "word", START, START + 10, interval=10, agg="COUNT")["word"]) == [2]
    points = rest.history(measured, "word", START, START + 10, interval=10, agg="MIN")
    assert points["word"][0]["value"] == "a"


def test_one_interval_for_all(rest, measured):
    points = rest.history(measured, "half", START, START + 100_000, interval=100_000, agg="AVG")["half"]
    assert values(points) == [pytest.approx(25.0)]


def test_too_many_intervals(rest, measured):
    with pytest.raises(RestError) as refused:
        rest.history(measured, "n", 0, START, interval=1, agg="AVG")
    assert refused.value.status == 400 and "50" in refused.value.message and "000" in refused.value.message


@pytest.mark.parametrize("params", [
    {"startTs": "x", "endTs": 1, "keys": "n"}, {"startTs": 5, "endTs": 1, "keys": "n"}, {"startTs": -1, "endTs": 1, "keys": "n"},
    {"startTs": 1, "keys": "n"}, {"startTs": 1, "endTs": 2, "keys": "n", "agg": "MEDIAN"},
    {"startTs": 1, "endTs": 2, "keys": "n", "limit": "many"}, {"startTs": 1, "endTs": 2, "keys": "n", "orderBy": "UP"},
    {"startTs": 1, "endTs": 2, "keys": "n", "agg": "AVG", "interval": -1}, {"startTs": 1, "endTs": 2},
], ids=lambda params: "-".join(f"{k}={v}" for k, v in params.items()))
def test_wrong_parameters(rest, measured, params):
    answer = rest.raw("GET", f"/api/plugins/telemetry/DEVICE/{measured.id}/values/timeseries", params=params)
    assert answer.status_code == 400 and answer.json()["errorCode"] in (30, 31), answer.text


def test_unknown_device(rest):
    answer = rest.raw("GET", f"/api/plugins/telemetry/DEVICE/{uuid.uuid4()}/values/timeseries")
    assert answer.status_code == 404 and answer.json()["errorCode"] == 32


def test_other_entity_types(rest, measured):
    assert rest.raw("GET", f"/api/plugins/telemetry/TEAPOT/{measured.id}/values/timeseries").status_code in (400, 404)


def test_attributes(rest, new_device, connected):
    device = new_device("token")
    connected(device).publish_acked("v1/devices/me/attributes", '{"a":1,"b":"x"}')
    path = f"/api/plugins/telemetry/DEVICE/{device.id}"
    assert sorted(rest.get(f"{path}/keys/attributes/CLIENT_SCOPE")) == ["a", "b"]
    assert set(rest.get(f"{path}/keys/attributes")) >= {"a", "b"}
    found = rest.get(f"{path}/values/attributes/CLIENT_SCOPE", keys="b")
    assert [(entry["key"], entry["value"]) for entry in found] == [("b", "x")]
    assert found[0]["lastUpdateTs"] > 1_600_000_000_000
    assert {entry["key"] for entry in rest.get(f"{path}/values/attributes")} >= {"a", "b"}
    assert rest.raw("GET", f"{path}/values/attributes/MOON_SCOPE").status_code == 400


def test_reading_does_not_load_the_whole_range(server, rest, device_name):
    """Thousands of points aggregated: the answer is small, and so is the memory taken."""
    device = rest.create_device(device_name())
    with connect_device(server, device) as connection:
        for block in range(20):
            body = ",".join('{"ts":%d,"values":{"v":%d}}' % (START + (block * 500 + n) * 10, n) for n in range(500))
            assert connection.publish_acked(TELEMETRY, f"[{body}]").reason == 0
    points = rest.history(device, "v", START, START + 100_000, interval=100_000, agg="COUNT")["v"]
    assert values(points) == [10_000]
    assert len(rest.history(device, "v", START, START + 100_000, limit=10_000)["v"]) == 10_000
