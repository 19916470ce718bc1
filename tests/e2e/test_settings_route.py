"""GET /api/postern/settings: what is in force, and nothing that is nobody's business."""

import subprocess

from support.people import CustomerUser, SysAdmin
from support.server import PASSWORD


def test_settings_in_force_and_the_servers_certificate(start_server):
    secret = "http://user:hidden-word@127.0.0.1:1/"
    server = start_server({"mqtt.max_packet": "123 KiB", "rpc.webhook_url": secret, "claim.allowed": "false"})
    found = server.rest.get("/api/postern/settings")
    settings = {one["name"]: one for one in found["settings"]}
    assert settings["mqtt.max_packet"]["value"] == 123 * 1024 and settings["mqtt.max_packet"]["unit"] == "bytes"
    assert settings["claim.allowed"]["value"] is False and settings["tls.min_version"]["value"] == "1.2"
    assert settings["http.tls_listen"]["value"].endswith(f":{server.https_port}")
    assert settings["auth.refresh_ttl"] == {"name": "auth.refresh_ttl", "value": 604800, "unit": "s", "help": settings["auth.refresh_ttl"]["help"]}
    assert found["version"] == server.rest.get("/api/postern/version")["version"]
    shown = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", str(server.data / "server.pem")], capture_output=True, text=True, check=True)
    assert found["certificate"]["serial"].replace(":", "").lower() == shown.stdout.split("=")[1].strip().lower()
    text = server.rest.raw("GET", "/api/postern/settings").text
    assert "hidden-word" not in text and str(server.data) not in text and PASSWORD not in text
    assert not {"rpc.webhook_url", "tls.key", "tls.certificate"} & set(settings)
    assert SysAdmin(server).get("/api/postern/settings")["settings"] == found["settings"]
    assert CustomerUser(server.rest).raw("GET", "/api/postern/settings").status_code == 403
