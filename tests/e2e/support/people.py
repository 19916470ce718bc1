"""People of every role, each a client that is logged in."""

import itertools
import time

from .rest import RestClient

PASSWORD = "a password of 2026"
_numbers = itertools.count(1)


def new_email():
    return f"person-{next(_numbers)}-{time.time_ns()}@example.org"


class Person(RestClient):
    """@param maker  who makes the user: an administrator's client"""

    def __init__(self, maker, authority, **members):
        super().__init__(maker.server)
        self.email = new_email()
        self.user = maker.post("/api/user", {"email": self.email, "authority": authority, **members}, sendActivationMail="false")
        self.id = self.user["id"]["id"]
        link = maker.raw("GET", f"/api/user/{self.id}/activationLink").text
        body = {"activateToken": link.partition("activateToken=")[2], "password": PASSWORD}
        self._token = self.call("POST", "/api/noauth/activate", json=body, token=None)["token"]


class CustomerUser(Person):
    def __init__(self, maker, customer=None):
        self.customer = customer or maker.post("/api/customer", {"title": new_email()})
        super().__init__(maker, "CUSTOMER_USER", customerId=self.customer["id"])


class SysAdmin(RestClient):
    """Made from a shell on the server's machine, as the first of them must be."""

    def __init__(self, server):
        super().__init__(server)
        self.email = new_email()
        file = server.folder / "sys-password"
        file.write_text(PASSWORD + "\n")
        made = server.cli("user", "add", "--dir", server.data, self.email, "--authority", "SYS_ADMIN", "--password-file", file)
        assert made.returncode == 0, made.stderr
        self._token = self.login(self.email, PASSWORD)["token"]

    def new_tenant(self):
        return self.post("/api/tenant", {"title": new_email()})

    def new_tenant_admin(self, tenant=None):
        return Person(self, "TENANT_ADMIN", tenantId=(tenant or self.new_tenant())["id"])
