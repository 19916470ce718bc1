"""The table of routes as the tests walk it, and a tenant's own entities that its placeholders may stand for."""

import re
import uuid

from .people import CustomerUser
from .server import ROOT

ROW = re.compile(r'^\s*\{"(\w+)",\s*"([^"]+)",\s*ACCESS_(\w+),\s*AREA_(\w+),\s*BODY_(\w+),', re.MULTILINE)
ROUTES = ROW.findall((ROOT / "src/http/routes.c").read_text())


def entities_of_tenant(rest):
    device = rest.create_device(f"walked-{uuid.uuid4()}")
    rpc = rest.post(f"/api/rpc/oneway/{device.id}", {"method": "m", "persistent": True})["rpcId"]
    group = rest.get("/api/entityGroups/DEVICE", pageSize=1, page=0)["data"][0]
    user = CustomerUser(rest)
    key = rest.post("/api/apiKey", {"description": "walked"})
    profile = rest.get("/api/deviceProfileInfo/default")
    tenant = rest.get("/api/auth/user")["tenantId"]["id"]
    forwarding = rest.post("/api/postern/forwarding", {"name": f"walked-{uuid.uuid4()}", "url": "https://127.0.0.1:1/", "telemetry": True,
                                                       "secret": "walked-walked-walked", "enabled": False})
    return {"deviceId": device.id, "entityId": device.id, "rpcId": rpc, "entityGroupId": group["id"]["id"], "userId": user.id,
            "customerId": user.customer["id"]["id"], "apiKeyId": key["id"]["id"], "deviceProfileId": profile["id"]["id"],
            "tenantId": tenant, "entityType": "DEVICE", "scope": "SERVER_SCOPE", "groupType": "DEVICE", "name": "All",
            "forwardingId": forwarding["id"]["id"], "sessionId": rest.get("/api/postern/sessions")[0]["id"], "ownerType": "TENANT", "ownerId": tenant}


def filled(path, values):
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m.group(1), str(uuid.uuid4())), path)
