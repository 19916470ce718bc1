"""Packages of firmware and software, as scripts make them."""

import itertools
import time

_numbers = itertools.count(1)


def default_profile(rest):
    return rest.get("/api/deviceProfileInfo/default")["id"]


def make_package(rest, kind="FIRMWARE", profile="default", **members):
    """Without its bytes. Titles are of this test run alone. @return the document"""
    profile = default_profile(rest) if profile == "default" else profile
    return rest.post("/api/otaPackage", {"title": f"package-{next(_numbers)}-{time.time_ns()}", "version": "1.10", "type": kind,
                                         "deviceProfileId": profile, **members})


def upload(rest, package, data, name="fw.bin", **params):
    return rest.raw("POST", f"/api/otaPackage/{package['id']['id']}", params=params,
                    files={"file": (name, data, "application/octet-stream")})


def uploaded(rest, data, kind="FIRMWARE", profile="default", **params):
    """@return the document of a new package that may be assigned"""
    answer = upload(rest, make_package(rest, kind, profile), data, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def assign(rest, device, firmware=None, software=None):
    document = rest.get(f"/api/device/{device.id}")
    document.update(firmwareId=firmware and firmware["id"], softwareId=software and software["id"])
    return rest.post("/api/device", document)


def wait_shared(rest, device, expected, timeout=10):
    """Until the shared attributes are exactly these."""
    deadline = time.monotonic() + timeout
    while True:
        found = rest.attributes(device, "SHARED_SCOPE")
        if found == expected:
            return
        assert time.monotonic() < deadline, f"expected {expected}, shared attributes are {found}"
        time.sleep(0.02)
