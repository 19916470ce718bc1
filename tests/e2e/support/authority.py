"""Authorities, and certificates they sign, made by the openssl program as the operator of a fleet would."""

import itertools
import os
import pathlib

from .certificates import CA_CONFIG, Identity, asn1_time, openssl

# Sections for -extensions; and names longer than RFC 5280 allows, for those who try.
CONFIG = """
openssl_conf = init
[init]
stbl_section = strings
[strings]
CN = min:1,max:70000
[req]
distinguished_name = dn
[dn]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[device]
basicConstraints = CA:FALSE
"""


class Workshop:
    """sign() makes a key and a certificate; authorities are certificates signed with AUTHORITY."""

    AUTHORITY, DEVICE, PLAIN = "authority", "device", None

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(1)

    def _stem(self):
        return self.folder / f"c{next(self._numbers)}"

    def _key(self, path, kind):
        if kind.startswith("rsa"):
            openssl("genrsa", "-out", path, kind[3:] or "2048")
        else:
            openssl("ecparam", "-out", path, "-name", "prime256v1", "-genkey", "-noout")

    def sign(self, name, by=None, extensions=DEVICE, kind="ec", digest="sha256", dates=None, subject=None):
        """A certificate of CN=name signed by `by` (None: by itself). extensions: AUTHORITY, DEVICE, PLAIN (version 1), or
        the lines of a section. dates: start and end, in seconds since 1970."""
        stem = self._stem()
        made = Identity(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        config, request = stem.with_suffix(".cnf"), stem.with_suffix(".csr")
        section = extensions if extensions in (self.AUTHORITY, self.DEVICE, None) else "own"
        config.write_text(CONFIG + (f"[own]\n{extensions}\n" if section == "own" else ""))
        self._key(made.key, kind)
        environment = {**os.environ, "OPENSSL_CONF": str(config)}
        openssl("req", "-new", "-utf8", "-key", made.key, "-out", request, "-subj", subject or f"/CN={name}",
                "-config", config, env=environment)
        asked = ["-extfile", config, "-extensions", section] if section else []
        if dates:
            self._sign_dated(made, by, request, asked, digest, dates)
        else:
            signer = ["-CA", by.cert, "-CAkey", by.key, "-set_serial", next(self._numbers)] if by else ["-signkey", made.key]
            openssl("x509", "-req", "-in", request, "-out", made.cert, "-days", 365, f"-{digest}", *signer, *asked,
                    env=environment)
        return made

    def _sign_dated(self, made, by, request, asked, digest, dates):
        """`openssl x509` signs from now on; `openssl ca` has dates."""
        folder = made.key.with_suffix(".ca")
        folder.mkdir()
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(CA_CONFIG.format(folder=folder))
        signer = ["-cert", by.cert, "-keyfile", by.key] if by else ["-selfsign", "-keyfile", made.key]
        openssl("ca", "-batch", "-notext", "-config", folder / "ca.cnf", "-md", digest, *signer, "-in", request,
                "-out", made.cert, "-startdate", asn1_time(dates[0]), "-enddate", asn1_time(dates[1]), *asked)

    def chain(self, leaf, *others):
        """What a device presents: its certificate, and behind it the others."""
        file = self._stem().with_suffix(".pem")
        file.write_text("".join(each.pem for each in (leaf, *others)))
        return Identity(file, leaf.key)
