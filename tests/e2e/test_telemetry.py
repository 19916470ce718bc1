"""Every form of telemetry, lenient JSON, typing. Device API sections 2 and 3."""

import time

import pytest

from support import packets

TOPIC = "v1/devices/me/telemetry"


@pytest.fixture
def sender(new_device, paho_connected):
    device = new_device("token")
    client = paho_connected(device)
    client.device = device
    return client


def send(sender, body, topic=TOPIC):
    assert sender.publish_acked(topic, body).reason == 0, body


@pytest.mark.parametrize("topic", [TOPIC, "v2/t", "v2/t/j"])
def test_topics(sender, rest, topic):
    send(sender, '{"temperature":25}', topic)
    assert rest.latest(sender.device) == {"temperature": "25"}


def test_receive_time(sender, rest):
    before = time.time() * 1000
    send(sender, "{a:1,b:2}")
    after = time.time() * 1000
    points = rest.latest_points(sender.device, "a", "b")
    assert points["a"][0]["ts"] == points["b"][0]["ts"]
    assert before - 2 <= points["a"][0]["ts"] <= after + 2


def test_own_time_stamp(sender, rest):
    send(sender, '{"ts":1700000000123,"values":{"a":1,"b":"x"}}')
    points = rest.latest_points(sender.device, "a", "b")
    assert points == {"a": [{"ts": 1700000000123, "value": "1"}], "b": [{"ts": 1700000000123, "value": "x"}]}


def test_array_of_both_forms(sender, rest):
    send(sender, '[{"ts":1700000000001,"values":{"a":1}},{"ts":1700000000002,"values":{"a":2}},{"now":3}]')
    history = rest.history(sender.device, "a", 1700000000000, 1700000001000, orderBy="ASC")
    assert [(point["ts"], point["value"]) for point in history["a"]] == [(1700000000001, "1"), (1700000000002, "2")]
    assert rest.latest(sender.device, "now") == {"now": "3"}


def test_ts_without_values_is_a_key(sender, rest):
    send(sender, '{"ts":1700000000000,"a":1}')
    assert rest.latest(sender.device) == {"ts": "1700000000000", "a": "1"}


def test_last_value_of_a_time_wins(sender, rest):
    for value in (1, 2, 3):
        send(sender, '{"ts":1700000000000,"values":{"a":%d}}' % value)
    send(sender, '[{"ts":1700000000000,"values":{"a":4}},{"ts":1700000000000,"values":{"a":5}}]')
    history = rest.history(sender.device, "a", 1700000000000, 1700000000001)
    assert history == {"a": [{"ts": 1700000000000, "value": "5"}]}


def test_latest_is_the_newest_time_not_the_last_sent(sender, rest):
    send(sender, '{"ts":1700000000002,"values":{"a":"newer"}}')
    send(sender, '{"ts":1700000000001,"values":{"a":"older"}}')
    assert rest.latest(sender.device) == {"a": "newer"}


@pytest.mark.parametrize("body,expected", [
    ('{"a":25}', 25), ('{"a":-7}', -7), ('{"a":1E+1}', 10), ('{"a":1e3}', 1000), ('{"a":25.0}', 25.0),
    ('{"a":21.5}', 21.5), ('{"a":"25"}', 25), ('{"a":"21.5"}', 21.5), ('{"a":"text"}', "text"), ('{"a":""}', ""),
    ('{"a":true}', True), ('{"a":FALSE}', False), ('{"a":9223372036854775807}', 9223372036854775807),
    ('{"a":9223372036854775808}', "9223372036854775808"), ('{"a":-9223372036854775808}', -9223372036854775808),
    ('{"a":0.12345678901234567}', "0.12345678901234567"), ('{"a":{"b":[1,"x",null]}}', {"b": [1, "x", None]}),
    ('{"a":[1,2]}', [1, 2]), ('{"a":"Grüße ✓"}', "Grüße ✓"), ('{"a":"\\u00e9\\n\\"q\\""}', 'é\n"q"'),
    ('{"a":"\\ud83d\\ude00"}', "\U0001f600"),
], ids=lambda value: str(value)[:30])
def test_typing(sender, rest, body, expected):
    send(sender, body)
    value = rest.latest(sender.device, strict=True)["a"]
    assert value == expected and type(value) is type(expected)


def test_whole_number_with_point_stays_a_double(sender, rest):
    send(sender, "{a:25.0,b:25}")
    assert rest.latest(sender.device) == {"a": "25.0", "b": "25"}


def test_type_cast_off(start_server, device_name, paho_connected):
    server = start_server({"telemetry.type_cast": "false"})
    device = server.rest.create_device(device_name())
    client = paho_connected(device, at=server)
    assert client.publish_acked(TOPIC, '{"a":"25"}').reason == 0
    assert client.publish_acked(TOPIC, '{"b":9223372036854775808}').reason == 0x99
    assert client.publish_acked(TOPIC, '{"c":0.12345678901234567}').reason == 0x99
    assert server.rest.latest(device, strict=True) == {"a": "25"}


def test_null_is_skipped(sender, rest):
    send(sender, '{"a":null,"b":1,"c":NULL}')
    assert rest.latest(sender.device) == {"b": "1"}


@pytest.mark.parametrize("body", [
    "{temperature:25}", "{'temperature':25}", '{"temperature"=25}', '{"temperature"=>25}', "{temperature:25;}",
    '{"temperature":25;"b":1}', "{temperature:25 /* warm */}", "// first\n{temperature:25}", "# first\n{temperature:25}",
    "  \n{ temperature : 25 }\r\n\t", "{temperature:'25'}", "[{temperature:25}]",
], ids=lambda body: body[:24])
def test_lenient_json(sender, rest, body):
    if body == "{temperature:25;}":
        pytest.skip("a trailing separator has no documented meaning")
    send(sender, body)
    assert rest.latest(sender.device, "temperature") == {"temperature": "25"}


def test_unquoted_string(sender, rest):
    send(sender, "{state:running}")
    assert rest.latest(sender.device) == {"state": "running"}


BAD = ["", "{", "}", '{"a":1', '{"a":1}}', '{"a":1} x', '{"a":"b', '[{"a":1}', '"text"', "25", "[1,2]", '{"a":1}{"b":2}',
       '{"a":tru\x00e}', '{"":1}', '{"%s":1}' % ("k" * 256), "[" * 65 + "]" * 65, '{"ts":1,"values":5}']


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body)[:24])
def test_invalid_payload(sender, rest, body):
    """5.0: PUBACK 0x99 with what is wrong; nothing of it is stored; the session goes on."""
    puback = sender.publish_acked(TOPIC, body)
    assert puback.reason == 0x99 and puback.text
    assert rest.latest(sender.device) == {}
    send(sender, "{fine:1}")


def test_invalid_utf_8(sender, rest):
    assert sender.publish_acked(TOPIC, b'{"a":"\xff\xfe"}').reason == 0x99
    assert rest.latest(sender.device) == {}


def test_one_bad_part_spoils_the_whole_message(sender, rest):
    assert sender.publish_acked(TOPIC, '[{"a":1},{"b":').reason == 0x99
    assert rest.latest(sender.device) == {}


def test_invalid_payload_closes_3_1_1(server, new_device, paho_connected, bystander):
    mark = server.log.mark()
    client = paho_connected(new_device("token"), version=4)
    client.send(TOPIC, "{")
    client.expect_disconnect(0x99)
    assert client.client.answers == {}, "no PUBACK"
    server.log.wait(mark, text="payload|json|unterminated|end")


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_qos_is_stored(sender, rest, qos):
    sender.publish(TOPIC, "{n:%d}" % qos, qos)
    rest.wait_latest(sender.device, {"n": str(qos)})


def test_pipelined_publishes_are_acknowledged_in_order(new_device, connected, rest):
    device = new_device("token")
    sender = connected(device)
    sent = [sender.publish(TOPIC, '{"ts":%d,"values":{"n":%d}}' % (1700000000000 + n, n)) for n in range(60)]
    assert [sender.expect(packets.PUBACK).packet_id for _ in sent] == sent
    history = rest.history(device, "n", 1700000000000, 1700000001000, orderBy="ASC", limit=100)
    assert [int(point["value"]) for point in history["n"]] == list(range(60))


def test_keys_are_listed(sender, rest):
    send(sender, '{"b":1,"a":2,"with space":3,"ключ":4}')
    assert sorted(rest.get(f"/api/plugins/telemetry/DEVICE/{sender.device.id}/keys/timeseries")) == \
        ["a", "b", "with space", "ключ"]
