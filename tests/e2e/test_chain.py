"""Login by an authority: X509_CERTIFICATE_CHAIN, device API sections 1 and 6.3. Chains are made by openssl on the spot."""

import dataclasses
import time

import paho.mqtt.client as paho
import pytest

from support import mosquitto, packets, paho_device
from support.authority import Workshop
from support.connection import Connection, client_context, connect_device, open_tls
from support.rest import Device
from support.server import worker_number

VERSIONS = pytest.mark.parametrize("version", [4, 5])
TELEMETRY = "v1/devices/me/telemetry"
DAY = 86400
AUTHORITY = Workshop.AUTHORITY


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return Workshop(tmp_path_factory.mktemp("authorities"))


@dataclasses.dataclass
class Fleet:
    """Root -> middle -> devices; the profile has root, and takes names as they are."""

    root: object
    middle: object
    profile: dict

    @property
    def profile_id(self):
        return self.profile["id"]["id"]


@pytest.fixture(scope="module")
def profiles(server):
    """save(name, authority): a profile; it goes with its devices when the module is done."""
    made = []

    def save(name, authority, pattern="(.*)", create=True):
        provision = {"type": "X509_CERTIFICATE_CHAIN", "provisionDeviceSecret": authority.pem,
                     "certificateRegExPattern": pattern, "allowCreateNewDevicesByX509Certificate": create}
        body = {"name": f"{name}-{worker_number()}", "type": "DEFAULT", "transportType": "DEFAULT",
                "provisionType": "X509_CERTIFICATE_CHAIN",
                "profileData": {"configuration": {"type": "DEFAULT"}, "transportConfiguration": {"type": "DEFAULT"},
                                "provisionConfiguration": provision}}
        made.append(server.rest.post("/api/deviceProfile", body))
        return made[-1]
    yield save
    for profile in made:
        key = profile["id"]["id"]
        page = server.rest.get("/api/tenant/deviceInfos", pageSize=1000, page=0, deviceProfileId=key)
        for device in page["data"]:
            server.rest.delete(f"/api/device/{device['id']['id']}")
        server.rest.delete(f"/api/deviceProfile/{key}")


@pytest.fixture(scope="module")
def fleet(workshop, profiles):
    root = workshop.sign("Fleet Root", extensions=AUTHORITY)
    middle = workshop.sign("Fleet Middle", root, AUTHORITY)
    return Fleet(root, middle, profiles("fleet", root))


@pytest.fixture(scope="module")
def bystander(server):
    """Somebody else who is connected all the time."""
    device = server.rest.create_device(f"bystander-{worker_number()}")
    with connect_device(server, device) as connection:
        yield connection
        connection.ping()
    server.rest.delete(f"/api/device/{device.id}")


def lax_context(server, identity, tls=None):
    """Debian's OpenSSL would not even load some of these."""
    context = client_context(server, tls=tls)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(identity.cert, identity.key)
    return context


def device_of(rest, name):
    return rest.get("/api/tenant/devices", deviceName=name)


def log_in(server, identity, version=5, tls=None, **options):
    connection = Connection(open_tls(server, context=lax_context(server, identity, tls)), version)
    connection.log_in(**options)
    return connection


def refused(server, identity, version, reason, tls=None):
    """CONNACK 5 / 0x87, the end of the connection, and the line in the log."""
    mark = server.log.mark()
    with Connection(open_tls(server, context=lax_context(server, identity, tls)), version) as connection:
        connack = connection.connect("chain-test")
        assert connack.reason == {4: 5, 5: 0x87}[version], connack
        if version == 5:
            assert reason in connack.properties["reason_string"]
        assert connection.expect_closed() == []
    assert paho_device.connack(server, version, context=lax_context(server, identity, tls)) == {4: 5, 5: 0x87}[version]
    logged = server.log.wait(mark, event="door.refused")
    assert reason in logged["reason"], logged
    assert logged["fingerprint"] == identity.fingerprint
    return logged


# let in

@VERSIONS
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_created(server, rest, workshop, profiles, device_name, version, tls, kind):
    """Root, intermediate and device of one kind of key; the whole chain is presented, as for ThingsBoard."""
    name = device_name()
    root = workshop.sign(f"Root of {name}", extensions=AUTHORITY, kind=kind)
    middle = workshop.sign("Middle", root, AUTHORITY, kind)
    profile = profiles(name, middle, r"(.*)\.fleet\.example")
    identity = workshop.chain(workshop.sign(f"{name}.fleet.example", middle, kind=kind), middle, root)
    with log_in(server, identity, version, tls) as connection:
        assert connection.publish_acked(TELEMETRY, "{created:true}").reason == 0
    made = device_of(rest, name)
    assert made["deviceProfileId"] == profile["id"] and made["type"] == profile["name"]
    credentials = rest.get(f"/api/device/{made['id']['id']}/credentials")
    assert credentials["credentialsType"] == "X509_CERTIFICATE"
    assert credentials["credentialsId"] == identity.fingerprint and credentials["credentialsValue"] == identity.base64
    assert rest.latest(Device(made["id"]["id"], name)) == {"created": "true"}


@VERSIONS
def test_mosquitto_and_paho(server, rest, workshop, fleet, device_name, version):
    name = device_name()
    identity = workshop.chain(workshop.sign(name, fleet.middle), fleet.middle)
    done = mosquitto.publish(server, Device("", name, identity=identity), '{"by":"mosquitto"}', "-V",
                             {4: "mqttv311", 5: "mqttv5"}[version])
    assert done.returncode == 0, done.stdout + done.stderr
    device = Device(device_of(rest, name)["id"]["id"], name)
    assert rest.latest(device) == {"by": "mosquitto"}
    client = paho.Client("chain", protocol={4: paho.MQTTv311, 5: paho.MQTTv5}[version])
    client.tls_set(str(server.chain), str(identity.cert), str(identity.key))
    client.connect("localhost", server.mqtts_port)
    client.loop_start()
    client.publish(TELEMETRY, '{"by":"paho"}', 1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    assert rest.latest(device) == {"by": "paho"}


def test_order_does_not_matter(server, rest, workshop, fleet, device_name):
    name, lowest = device_name(), workshop.sign("Lowest", fleet.middle, AUTHORITY)
    leaf = workshop.sign(name, lowest)
    for others in ((fleet.root, fleet.middle, lowest), (lowest, fleet.middle), (fleet.middle, lowest, fleet.root)):
        log_in(server, workshop.chain(leaf, *others)).close()
    assert device_of(rest, name)["deviceProfileId"]["id"] == fleet.profile_id


def test_leaf_alone(server, rest, workshop, fleet, device_name):
    """The authority signed it directly; it need not be presented. Certificates of version 1 are fine for devices."""
    for extensions in (Workshop.DEVICE, Workshop.PLAIN):
        name = device_name()
        log_in(server, workshop.sign(name, fleet.root, extensions)).close()
        assert device_of(rest, name)["deviceProfileId"]["id"] == fleet.profile_id


def test_found(server, rest, workshop, profiles, fleet, device_name):
    """A device that a person has registered keeps its id; its access token ends."""
    name = device_name()
    authority = workshop.sign(f"Strict {name}", extensions=AUTHORITY)
    profile = profiles(f"strict-{name}", authority, create=False)
    device = rest.create_device(name, deviceProfileId=profile["id"])
    identity = workshop.sign(name, authority)
    log_in(server, identity).close()
    assert device_of(rest, name)["id"]["id"] == device.id
    assert rest.credentials(device)["credentialsId"] == identity.fingerprint
    assert [paho_device.connack(server, version, identity) for version in (4, 5)] == [0, 0]
    assert [paho_device.connack(server, version, username=device.token) for version in (4, 5)] == [5, 0x87]
    other = device_name()
    refused(server, workshop.sign(other, authority), 5, f"there is no device '{other}', and device profile 'strict-{name}")


@VERSIONS
def test_rotated(server, rest, workshop, fleet, device_name, version, bystander):
    name, now = device_name(), time.time()
    old = workshop.chain(workshop.sign(name, fleet.middle, dates=(now - 2 * DAY, now + DAY)), fleet.middle)
    new = workshop.chain(workshop.sign(name, fleet.middle, dates=(now - DAY, now + 9 * DAY)), fleet.middle)
    context = lax_context(server, old, "1.3")
    connection = Connection(open_tls(server, context=context), version)
    connection.log_in("first")
    connection.ping()
    session = connection.sock.session
    device = Device(device_of(rest, name)["id"]["id"], name)
    mark = server.log.mark()
    with log_in(server, new, version, client_id="second") as successor:
        connection.expect_disconnect(0x98, timeout=5)  # the one before is out when the new one is in
        server.log.wait(mark, event="credentials.changed", by="certificate chain")
        assert rest.credentials(device)["credentialsId"] == new.fingerprint
        refused(server, old, version, "it is older (valid from ")
        with Connection(open_tls(server, context=context, session=session), version) as resumed:
            assert not resumed.sock.session_reused  # the ticket went with the certificate
            assert resumed.connect("thief").reason in (5, 0x87)
        successor.ping()
    bystander.ping()
    assert paho_device.connack(server, version, new) == 0


def test_replaced_by_a_person(server, rest, workshop, fleet, device_name):
    """Whoever takes a certificate away from a device means it."""
    name = device_name()
    identity = workshop.sign(name, fleet.root)
    log_in(server, identity).close()
    device = Device(device_of(rest, name)["id"]["id"], name)
    rest.save_credentials(device, "ACCESS_TOKEN", credentials_id=f"t{name}"[:20])
    refused(server, identity, 5, "the device had it before, and it was replaced")


def test_resumed_session(server, rest, workshop, fleet, device_name):
    """It is that device only while the certificate is its registered one."""
    name = device_name()
    identity = workshop.chain(workshop.sign(name, fleet.middle), fleet.middle)
    context = lax_context(server, identity, "1.3")
    first = Connection(open_tls(server, context=context))
    first.log_in("one")
    first.ping()
    session = first.sock.session
    first.disconnect()
    with Connection(open_tls(server, context=context, session=session)) as resumed:
        assert resumed.sock.session_reused
        resumed.log_in("two")
        assert resumed.publish_acked(TELEMETRY, "{resumed:1}").reason == 0
        session = resumed.sock.session
    device = Device(device_of(rest, name)["id"]["id"], name)
    assert rest.latest(device) == {"resumed": "1"}
    rest.save_certificate(device, workshop.sign("another").pem)
    with Connection(open_tls(server, context=context, session=session)) as late:
        assert not late.sock.session_reused
        assert late.connect("three").reason == 0x87


def test_many_logins_at_once_make_one_device(server, rest, workshop, fleet, device_name):
    name = device_name()
    identity = workshop.chain(workshop.sign(name, fleet.middle), fleet.middle)
    connections = [Connection(open_tls(server, identity)) for _ in range(8)]
    mark = server.log.mark()
    for number, connection in enumerate(connections):
        connection.send(packets.connect(5, f"at-once-{number}"))
    for connection in connections:
        assert connection.expect(packets.CONNACK).reason == 0
    for connection in connections:
        connection.ping()
        connection.close()
    assert len(server.log.find(mark, event="device.created", name=name)) == 1


# refused

def unknown_authority(w, fleet, name):
    stranger = w.sign("Stranger", extensions=AUTHORITY)
    return w.chain(w.sign(name, stranger), stranger), "signed by 'Stranger', which is no registered authority"


def other_key(w, fleet, name):
    fake = w.sign("Fleet Root", extensions=AUTHORITY)
    return w.chain(w.sign(name, fake), fake), "but not with the key of a registered authority"


def forged_signature(w, fleet, name):
    """An authority of the same name and without key identifiers: only the signature tells."""
    fake = w.sign("Fleet Root", extensions="basicConstraints = critical,CA:TRUE")
    return w.sign(name, fake, Workshop.PLAIN), "has a signature that does not match the key of 'Fleet Root'"


def leaf_acting_as_authority(w, fleet, name):
    first = w.sign("device-1", fleet.middle)
    return w.chain(w.sign(name, first), first, fleet.middle), "intermediate 'device-1' is no CA (basicConstraints CA:FALSE)"


def version_1_intermediate(w, fleet, name):
    old = w.sign("Old Style", fleet.root, Workshop.PLAIN)
    return w.chain(w.sign(name, old), old), "intermediate 'Old Style' is no CA (an X.509 version 1 certificate"


def key_usage_of_intermediate(w, fleet, name):
    odd = w.sign("Odd", fleet.root, "basicConstraints = critical,CA:TRUE\nkeyUsage = digitalSignature")
    return w.chain(w.sign(name, odd), odd), "intermediate 'Odd' may not sign certificates (keyUsage without keyCertSign)"


def leaf_is_authority(w, fleet, name):
    return w.sign(name, fleet.root, AUTHORITY), f"device certificate '{name}' is itself a CA (basicConstraints CA:TRUE)"


def path_length(w, fleet, name):
    short = w.sign("Short", fleet.root, "basicConstraints = critical,CA:TRUE,pathlen:0")
    below = w.sign("Below", short, AUTHORITY)
    return w.chain(w.sign(name, below), below, short), "intermediate 'Short' allows 0 authorities below it"


def expired_intermediate(w, fleet, name):
    now = time.time()
    old = w.sign("Expired", fleet.root, AUTHORITY, dates=(now - 9 * DAY, now - DAY))
    return w.chain(w.sign(name, old), old), "intermediate 'Expired' is not accepted: expired: valid until"


def intermediate_of_the_future(w, fleet, name):
    now = time.time()
    early = w.sign("Early", fleet.root, AUTHORITY, dates=(now + DAY, now + 9 * DAY))
    return w.chain(w.sign(name, early), early), "intermediate 'Early' is not accepted: not valid yet: valid from"


def expired_leaf(w, fleet, name):
    now = time.time()
    return w.sign(name, fleet.root, dates=(now - 9 * DAY, now - DAY)), "certificate expired on"


def not_permitted_name(w, fleet, name):
    bound = w.sign("Bound", fleet.root,
                   "basicConstraints = critical,CA:TRUE\nnameConstraints = critical,permitted;DNS:fleet.example")
    leaf = w.sign(name, bound, "subjectAltName = DNS:device.example")
    return w.chain(leaf, bound), f"device certificate '{name}' has a name that the name constraints of its issuers do not permit"


def excluded_name(w, fleet, name):
    bound = w.sign("Bound", fleet.root,
                   "basicConstraints = critical,CA:TRUE\nnameConstraints = critical,excluded;DNS:fleet.example")
    leaf = w.sign(name, bound, "subjectAltName = DNS:a.fleet.example")
    return w.chain(leaf, bound), "has a name that the name constraints of its issuers exclude"


def unknown_critical_extension(w, fleet, name):
    leaf = w.sign(name, fleet.root, "1.3.6.1.4.1.99999.1 = critical,ASN1:NULL")
    return leaf, f"'{name}' has a critical extension that is unknown here: 1.3.6.1.4.1.99999.1"


def unsatisfied_policy(w, fleet, name):
    strict = w.sign("Strict", fleet.root, "basicConstraints = critical,CA:TRUE\ncertificatePolicies = 1.3.6.1.4.1.99999.7\n"
                                          "policyConstraints = critical,requireExplicitPolicy:0")
    return w.chain(w.sign(name, strict), strict), "does not satisfy the certificate policies"


def for_servers_only(w, fleet, name):
    return w.sign(name, fleet.root, "extendedKeyUsage = serverAuth"), "is not for clients (extendedKeyUsage without clientAuth)"


def no_digital_signature(w, fleet, name):
    return w.sign(name, fleet.root, "keyUsage = keyEncipherment"), "is not for logging in (keyUsage without digitalSignature)"


def weak_signature(w, fleet, name):
    return w.sign(name, fleet.root, digest="sha1"), "is not accepted: weak signature algorithm: ecdsa-with-SHA1"


def small_key_above(w, fleet, name):
    small = w.sign("Small", fleet.root, AUTHORITY, kind="rsa1024")
    return w.chain(w.sign(name, small), small), "intermediate 'Small' is not accepted: key too small: RSA 1024"


def a_hundred_certificates(w, fleet, name):
    leaf = w.sign(name, fleet.middle)
    return w.chain(leaf, *[fleet.middle] * 99), "its chain has 100 certificates; at most 4 are accepted (tls.max_chain)"


def endless_common_name(w, fleet, name):
    return w.sign("x" * 60000, fleet.root), "its common name is 60000 bytes long; expected at most 255"


def no_common_name(w, fleet, name):
    return w.sign("", fleet.root, subject=f"/O={name}"), "its subject has no common name (CN)"


REFUSALS = [unknown_authority, other_key, forged_signature, leaf_acting_as_authority, version_1_intermediate,
            key_usage_of_intermediate, leaf_is_authority, path_length, expired_intermediate, intermediate_of_the_future,
            expired_leaf, not_permitted_name, excluded_name, unknown_critical_extension, unsatisfied_policy,
            for_servers_only, no_digital_signature, weak_signature, small_key_above, a_hundred_certificates,
            endless_common_name, no_common_name]


@pytest.mark.parametrize("make", REFUSALS, ids=lambda make: make.__name__)
def test_refused(server, workshop, fleet, device_name, bystander, make):
    """Each with its own reason, in both versions of MQTT and TLS; nobody is created, and nobody else hears of it."""
    name = device_name()
    identity, reason = make(workshop, fleet, name)
    refused(server, identity, 4, reason, "1.2")
    refused(server, identity, 5, reason, "1.3")
    assert server.rest.raw("GET", "/api/tenant/devices", params={"deviceName": name}).status_code == 404
    bystander.ping()


def test_pattern_does_not_match(server, workshop, profiles, device_name):
    name = device_name()
    authority = workshop.sign(f"Patterns {name}", extensions=AUTHORITY)
    profile = profiles(f"patterns-{name}", authority, r"^sn-(\d+)$")
    log_in(server, workshop.sign("sn-4711", authority)).close()
    for version in (4, 5):
        refused(server, workshop.sign("sn-x", authority), version,
                f"device profile '{profile['name']}': the common name does not match the profile's pattern")


def test_catastrophic_pattern(server, workshop, profiles, device_name, bystander):
    """A pattern that would backtrack for ages costs one refusal, and nobody waits for it."""
    name = device_name()
    authority = workshop.sign(f"Slow {name}", extensions=AUTHORITY)
    profiles(f"slow-{name}", authority, "(a+)+$")
    leaf = workshop.sign("a" * 200 + "!", authority)
    for version in (4, 5):
        start = time.monotonic()
        refused(server, leaf, version, "it backtracks without end")
        assert time.monotonic() - start < 3
        bystander.ping()


@VERSIONS
def test_device_of_another_profile(server, workshop, fleet, new_device, version):
    device = new_device("token")
    refused(server, workshop.sign(device.name, fleet.root), version,
            f"device '{device.name}' belongs to another device profile than '{fleet.profile['name']}'")


def test_device_among_the_issuers(server, rest, workshop, fleet, new_device, device_name):
    """Somebody registered an intermediate authority as a device: then it vouches for nobody."""
    middle = workshop.sign("Registered Middle", fleet.root, AUTHORITY)
    device = new_device(middle)
    leaf = workshop.chain(workshop.sign(device_name(), middle), middle)
    refused(server, leaf, 5, f"among its issuers is the certificate of device '{device.name}'")
    rest.delete(f"/api/device/{device.id}")
    log_in(server, leaf).close()


def test_too_many_bytes(server, workshop, fleet, device_name):
    """More than 64 KiB of certificates: the handshake ends, and the log says why."""
    identity, mark = workshop.chain(workshop.sign(device_name(), fleet.middle), *[fleet.middle] * 400), server.log.mark()
    done = mosquitto.publish(server, Device("", "flood", identity=identity), "{}")
    assert done.returncode != 0
    server.log.wait(mark, event="door.refused", stage="handshake", reason="certificate chain, is larger than the 65536 bytes")


def test_strategy_switched_off(server, rest, workshop, profiles, device_name):
    """From the moment the profile is saved the authority vouches for nobody; who is registered stays."""
    name = device_name()
    authority = workshop.sign(f"Switched {name}", extensions=AUTHORITY)
    profile = profiles(f"switched-{name}", authority)
    before = workshop.sign(name, authority)
    log_in(server, before).close()
    profile.update(rest.get(f"/api/deviceProfile/{profile['id']['id']}"), provisionType="DISABLED")
    profile["profileData"]["provisionConfiguration"] = {"type": "DISABLED"}
    rest.post("/api/deviceProfile", profile)
    log_in(server, before).close()
    refused(server, workshop.sign(device_name(), authority), 5, "which is no registered authority")


def test_longest_chain_can_be_set(start_server, workshop, fleet, device_name):
    """A registered device may present whatever it likes: its chain is not looked at."""
    server = start_server({"tls.max_chain": "2"})
    identity = workshop.chain(workshop.sign(device_name(), fleet.middle), fleet.middle, fleet.root)
    refused(server, identity, 5, "its chain has 3 certificates; at most 2 are accepted (tls.max_chain)")
    server.rest.create_device(device_name(), identity)
    log_in(server, identity).close()


def test_stop_while_certificates_are_rotated(start_server, workshop, device_name):
    """A worker that ends sessions on every network thread keeps none of them, nor the server, from stopping."""
    server = start_server({"net.reactors": "4"})
    root, now = workshop.sign("Root", extensions=AUTHORITY), int(time.time())
    server.rest.post("/api/deviceProfile", {
        "name": "rotating", "provisionType": "X509_CERTIFICATE_CHAIN",
        "profileData": {"provisionConfiguration": {
            "type": "X509_CERTIFICATE_CHAIN", "provisionDeviceSecret": root.pem, "certificateRegExPattern": "(.*)",
            "allowCreateNewDevicesByX509Certificate": True}}})
    name = device_name()
    leaves = [workshop.sign(name, root, dates=(now - 1000 + age, now + DAY)) for age in range(8)]
    opened = [Connection(open_tls(server, leaf)) for leaf in leaves]
    for connection in opened:
        connection.send(packets.connect(5, "rotation"))
    server.stop()
    for connection in opened:
        connection.close()
