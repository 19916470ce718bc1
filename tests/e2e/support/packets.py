"""MQTT packets as bytes: enough of the codec to send anything, and to read what a server sends."""

import dataclasses
import re
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE = range(1, 9)
SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(9, 16)

# name: (identifier, form); MQTT 5.0 section 2.2.2.2
PROPERTIES = {
    "payload_format": (0x01, "B"), "message_expiry": (0x02, "I"), "content_type": (0x03, "s"),
    "response_topic": (0x08, "s"), "correlation_data": (0x09, "s"), "subscription_id": (0x0B, "v"),
    "session_expiry": (0x11, "I"), "assigned_client_id": (0x12, "s"), "server_keep_alive": (0x13, "H"),
    "auth_method": (0x15, "s"), "auth_data": (0x16, "s"), "request_problem_information": (0x17, "B"),
    "will_delay": (0x18, "I"), "request_response_information": (0x19, "B"), "response_information": (0x1A, "s"),
    "server_reference": (0x1C, "s"), "reason_string": (0x1F, "s"), "receive_maximum": (0x21, "H"),
    "topic_alias_maximum": (0x22, "H"), "topic_alias": (0x23, "H"), "maximum_qos": (0x24, "B"),
    "retain_available": (0x25, "B"), "user_property": (0x26, "p"), "maximum_packet_size": (0x27, "I"),
    "wildcard_available": (0x28, "B"), "subscription_id_available": (0x29, "B"), "shared_available": (0x2A, "B"),
}
NAMES = {number: (name, form) for name, (number, form) in PROPERTIES.items()}


def from_text(written):
    """Bytes as the tests write them: hex digits, and text in single quotes."""
    parts = re.findall(r"'([^']*)'|([0-9a-f]+)", written)
    return b"".join(text.encode() if not digits else bytes.fromhex(digits) for text, digits in parts)


def varint(number):
    out = bytearray()
    while True:
        number, digit = number >> 7, number & 0x7F
        out.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(out)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def one_property(name, value):
    number, form = PROPERTIES[name]
    if form == "s":
        data = text(value)
    elif form == "v":
        data = varint(value)
    elif form == "p":
        data = text(value[0]) + text(value[1])
    else:
        data = struct.pack(">" + form, value)
    return bytes([number]) + data


def properties(values):
    """A list as the value: the property several times."""
    out = b""
    for name, value in (values or {}).items():
        out += b"".join(one_property(name, each) for each in (value if isinstance(value, list) else [value]))
    return varint(len(out)) + out


@dataclasses.dataclass
class Will:
    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    properties: dict = None


def connect(version, client_id="", clean=True, keep_alive=60, username=None, password=None, will=None, props=None):
    flags = 0x02 if clean else 0
    if will:
        flags |= 0x04 | will.qos << 3 | (0x20 if will.retain else 0)
    flags |= (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = text("MQIsdp" if version == 3 else "MQTT") + bytes([version, flags]) + struct.pack(">H", keep_alive)
    if version == 5:
        body += properties(props)
    body += text(client_id)
    if will:
        body += (properties(will.properties) if version == 5 else b"") + text(will.topic) + text(will.payload)
    for member in (username, password):
        body += text(member) if member is not None else b""
    return packet(CONNECT, 0, body)


def publish(version, topic, payload, qos=0, packet_id=0, retain=False, dup=False, props=None):
    body = text(topic)
    if qos:
        body += struct.pack(">H", packet_id)
    if version == 5:
        body += properties(props)
    return packet(PUBLISH, (8 if dup else 0) | qos << 1 | (1 if retain else 0), body + payload)


def subscribe(version, packet_id, filters, props=None):
    body = struct.pack(">H", packet_id) + (properties(props) if version == 5 else b"")
    for topic, options in filters:
        body += text(topic) + bytes([options])
    return packet(SUBSCRIBE, 2, body)


def unsubscribe(version, packet_id, filters, props=None):
    body = struct.pack(">H", packet_id) + (properties(props) if version == 5 else b"")
    return packet(UNSUBSCRIBE, 2, body + b"".join(text(topic) for topic in filters))


def acknowledge(kind, packet_id, reason=None, props=None):
    body = struct.pack(">H", packet_id) + (bytes([reason]) if reason is not None else b"")
    body += properties(props) if props is not None else b""
    return packet(kind, 2 if kind == PUBREL else 0, body)


@dataclasses.dataclass
class Packet:
    """A packet of the server, taken apart."""

    kind: int
    flags: int = 0
    packet_id: int = None
    reason: int = None          # CONNACK, PUBACK.., DISCONNECT; 0 when left out
    reasons: list = None        # SUBACK, UNSUBACK
    session_present: bool = None
    topic: str = None
    payload: bytes = None
    properties: dict = dataclasses.field(default_factory=dict)

    @property
    def qos(self):
        return self.flags >> 1 & 3


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        assert self.at + size <= len(self.data), f"packet of the server is cut short: {self.data.hex()}"
        piece = self.data[self.at:self.at + size]
        self.at += size
        return piece

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def varint(self):
        value = shift = 0
        while True:
            digit = self.number("B")
            value |= (digit & 0x7F) << shift
            shift += 7
            if digit < 0x80:
                return value

    def text(self):
        return self.take(self.number("H"))

    def rest(self):
        return self.take(len(self.data) - self.at)

    def properties(self):
        """{name: value}; what may stand several times, {name: [values]}."""
        found = {}
        if self.at == len(self.data):
            return found
        end = self.varint() + self.at
        while self.at < end:
            name, form = NAMES[self.number("B")]
            if form == "s":
                data = self.text()
                value = data if name.endswith("data") else data.decode()
            elif form == "p":
                value = (self.text().decode(), self.text().decode())
            elif form == "v":
                value = self.varint()
            else:
                value = self.number(form)
            if form in "pv":
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
        return found


def parse(version, kind, flags, body):
    reader, result = Reader(body), Packet(kind, flags)
    is_5 = version == 5
    if kind == CONNACK:
        result.session_present = bool(reader.number("B") & 1)
        result.reason = reader.number("B")
        result.properties = reader.properties() if is_5 else {}
    elif kind == PUBLISH:
        result.topic = reader.text().decode()
        result.packet_id = reader.number("H") if result.qos else None
        result.properties = reader.properties() if is_5 else {}
        result.payload = reader.rest()
    elif kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        result.packet_id = reader.number("H")
        result.reason = reader.number("B") if len(body) > 2 else 0
        result.properties = reader.properties() if is_5 else {}
    elif kind in (SUBACK, UNSUBACK):
        result.packet_id = reader.number("H")
        result.properties = reader.properties() if is_5 else {}
        result.reasons = list(reader.rest())
    elif kind == DISCONNECT:
        result.reason = reader.number("B") if body else 0
        result.properties = reader.properties() if is_5 else {}
    return result
