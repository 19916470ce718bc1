"""Device keys and certificates, made by the openssl program as a user would."""

import base64
import dataclasses
import hashlib
import pathlib
import re
import subprocess
import time

CA_CONFIG = """
[ca]
default_ca = story
[story]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*arguments, **options):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=120, **options)
    assert done.returncode == 0, f"openssl {arguments}: {done.stderr.decode(errors='replace')}"
    return done.stdout


@dataclasses.dataclass(frozen=True)
class Identity:
    """A certificate file and the file of its key."""

    cert: pathlib.Path
    key: pathlib.Path

    @property
    def pem(self):
        return self.cert.read_text()

    @property
    def base64(self):
        """What credentialsValue returns: the first certificate without header, footer and line breaks."""
        body = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", self.pem, re.S)[1]
        return "".join(body.split())

    @property
    def der(self):
        return base64.b64decode(self.base64)

    @property
    def fingerprint(self):
        """credentialsId: SHA3-256 over the base64 text, device API section 1."""
        return hashlib.sha3_256(self.base64.encode()).hexdigest()


class CertificateMaker:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def _paths(self, name):
        self._count += 1
        stem = self.folder / f"{name}-{self._count}"
        return Identity(cert=stem.with_suffix(".pem"), key=stem.with_suffix(".key"))

    def ec(self, name="device", days=365, curve="prime256v1", extra=()):
        made = self._paths(name)
        openssl("ecparam", "-out", made.key, "-name", curve, "-genkey", "-noout")
        openssl("req", "-new", "-key", made.key, "-x509", "-nodes", "-days", days, "-out", made.cert,
                "-subj", f"/CN={name}", *extra)
        return made

    def rsa(self, name="device", bits=4096, digest="sha256"):
        made = self._paths(name)
        openssl("req", "-newkey", f"rsa:{bits}", "-keyout", made.key, "-x509", "-nodes", "-days", 365, f"-{digest}",
                "-out", made.cert, "-subj", f"/CN={name}")
        return made

    def valid_between(self, start, end, name="dated"):
        """Self-signed, with validity in seconds since 1970: `openssl req` cannot date back, `openssl ca` can."""
        made = self._paths(name)
        folder = made.key.with_suffix(".ca")
        folder.mkdir()
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(CA_CONFIG.format(folder=folder))
        openssl("ecparam", "-out", made.key, "-name", "prime256v1", "-genkey", "-noout")
        openssl("req", "-new", "-key", made.key, "-out", folder / "csr.pem", "-subj", f"/CN={name}")
        openssl("ca", "-selfsign", "-batch", "-notext", "-config", folder / "ca.cnf", "-keyfile", made.key,
                "-in", folder / "csr.pem", "-out", made.cert, "-startdate", asn1_time(start), "-enddate", asn1_time(end))
        return made

    def expired(self):
        now = time.time()
        return self.valid_between(now - 20 * 86400, now - 10 * 86400, "expired")

    def not_yet_valid(self):
        now = time.time()
        return self.valid_between(now + 10 * 86400, now + 20 * 86400, "future")

    def stolen(self, victim):
        """The victim's EC certificate with a key file that claims the victim's public key and holds another private
        number: every client loads it, and signs wrongly in the handshake."""
        made = self._paths("stolen")
        made.cert.write_text(victim.pem)
        point = openssl("pkey", "-in", victim.key, "-pubout", "-outform", "DER")[-65:]
        number = bytes(range(1, 33))
        body = b"\x02\x01\x01" + b"\x04\x20" + number
        body += bytes.fromhex("a00a06082a8648ce3d030107") + b"\xa1\x44\x03\x42\x00" + point
        der = b"\x30" + bytes([len(body)]) + body
        text = base64.encodebytes(der).decode()
        made.key.write_text(f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n")
        return made

    def server(self, hosts=("localhost",), addresses=("127.0.0.1",)):
        """A self-signed server certificate, for tls.certificate and tls.key."""
        names = ",".join([f"DNS:{h}" for h in hosts] + [f"IP:{a}" for a in addresses])
        return self.ec("server", extra=("-addext", f"subjectAltName={names}"))


def asn1_time(seconds):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds))
