"""Users of all roles: made, activated, changed, listed, deleted; their logins; passwords."""

import pytest

from support.people import PASSWORD, CustomerUser, Person, SysAdmin, new_email
from support.rest import USER, RestClient


@pytest.fixture
def user(rest):
    return CustomerUser(rest)


def message(answer):
    return answer.status_code, answer.json()["message"]


def test_a_user_is_made_read_changed_listed_and_deleted(rest, user):
    assert rest.get(f"/api/user/{user.id}") == user.user | {"version": rest.get(f"/api/user/{user.id}")["version"]}
    document = rest.get(f"/api/user/{user.id}")
    document.update(firstName="Ada", lastName="Byron", phone="+44 1")
    saved = rest.post("/api/user", document)
    assert (saved["firstName"], saved["lastName"], saved["phone"]) == ("Ada", "Byron", "+44 1")
    assert saved["version"] == document["version"] + 1
    assert rest.raw("POST", "/api/user", json=document).status_code == 409
    page = rest.get("/api/users", pageSize=10, page=0, textSearch="ada by")
    assert [u["email"] for u in page["data"]] == [user.email] and page["totalElements"] == 1
    customer = user.customer["id"]["id"]
    assert [u["id"]["id"] for u in rest.get(f"/api/customer/{customer}/users", pageSize=10, page=0)["data"]] == [user.id]
    rest.delete(f"/api/user/{user.id}")
    assert user.raw("GET", "/api/auth/user").status_code == 401
    assert rest.raw("GET", f"/api/user/{user.id}").status_code == 404
    assert rest.raw("DELETE", f"/api/user/{user.id}").status_code == 404


def test_what_a_user_must_have(rest, user):
    def refused(**members):
        return message(rest.raw("POST", "/api/user", params={"sendActivationMail": "false"}, json=members))
    assert refused(authority="TENANT_ADMIN")[1].startswith("email is ")
    assert refused(email="x@y", authority="KING") == (400, "authority is 'KING'; expected CUSTOMER_USER, TENANT_ADMIN or SYS_ADMIN")
    assert refused(email="x@y", authority="CUSTOMER_USER") == (400, "customerId is missing; expected a customer's id")
    assert refused(email="x@y", authority="SYS_ADMIN")[0] == 403
    assert refused(email=user.email.upper(), authority="TENANT_ADMIN")[0] == 400
    assert message(rest.raw("POST", "/api/user?sendActivationMail=true", json={"email": "x@y", "authority": "TENANT_ADMIN"}))[0] == 400
    assert rest.raw("GET", "/api/users?pageSize=1&page=0&sortProperty=shoe").status_code == 400


def test_nobody_deletes_himself(rest):
    own = rest.get("/api/auth/user")
    assert message(rest.raw("DELETE", f"/api/user/{own['id']['id']}")) == (400, "You cannot delete yourself!")


def test_a_customers_user_sees_himself_and_his_colleagues(rest, user):
    colleague, stranger = CustomerUser(rest, user.customer), CustomerUser(rest)
    assert user.get(f"/api/user/{user.id}")["email"] == user.email
    assert user.raw("GET", f"/api/user/{colleague.id}").status_code == 404
    assert user.raw("GET", f"/api/user/{stranger.id}").status_code == 404
    emails = {u["email"] for u in user.get("/api/users", pageSize=10, page=0)["data"]}
    assert emails == {user.email, colleague.email}
    document = user.get(f"/api/user/{user.id}")
    document.update(firstName="Own", authority="TENANT_ADMIN", customerId=stranger.customer["id"])
    saved = user.post("/api/user", document)
    assert (saved["firstName"], saved["authority"], saved["customerId"]) == ("Own", "CUSTOMER_USER", user.user["customerId"])
    assert user.raw("POST", "/api/user", json={"email": "x@y", "authority": "CUSTOMER_USER"}).status_code == 403
    assert user.raw("DELETE", f"/api/user/{colleague.id}").status_code == 403
    assert user.raw("GET", f"/api/user/{user.id}/activationLink").status_code == 403


def test_a_link_sets_a_new_password_and_ends_the_logins(rest, user):
    assert message(rest.raw("GET", f"/api/user/{user.id}/activationLink")) == (400, "User is already activated!")
    old = rest.post(f"/api/postern/user/{user.id}/resetLink")
    link = rest.post(f"/api/postern/user/{user.id}/resetLink")
    assert link["link"].endswith(link["resetToken"]) and link["validSeconds"] == 86400

    def reset(token, password):
        return user.raw("POST", "/api/noauth/resetPassword", token=None, json={"resetToken": token, "password": password})
    assert reset(old["resetToken"], "another password").status_code == 400  # the later link replaced it
    assert message(reset(link["resetToken"], "short")) == (400, "password has 5 characters; expected at least 8")
    assert reset(link["resetToken"], "another password").status_code == 200
    assert reset(link["resetToken"], "once more, please").status_code == 400
    assert user.raw("GET", "/api/auth/user").status_code == 401
    assert user.raw("POST", "/api/auth/login", token=None, json={"username": user.email, "password": PASSWORD}).status_code == 401
    assert user.login(user.email, "another password")["token"]
    assert user.raw("POST", f"/api/postern/user/{user.id}/resetLink", token=user.login(user.email, "another password")["token"]).status_code == 403


def test_links_that_are_none(rest):
    for token in ("", "x" * 40, "y" * 5000):
        answer = rest.raw("POST", "/api/noauth/activate", token=None, json={"activateToken": token, "password": "long enough, this"})
        assert answer.status_code == 400 and "activateToken" in answer.json()["message"]
    for email in ("", "nobody@example.org"):
        assert rest.raw("GET", "/api/postern/user", params={"email": email}).status_code in (400, 404)
    assert rest.get("/api/postern/user", email=rest.get("/api/auth/user")["email"]) == rest.get("/api/auth/user")


def test_a_link_leads_to_the_page(rest, user):
    other = rest.post("/api/user", {"email": new_email(), "authority": "TENANT_ADMIN"}, sendActivationMail="false")
    link = rest.raw("GET", f"/api/user/{other['id']['id']}/activationLink").text
    answer = rest.session.get(link, allow_redirects=False, timeout=30)
    assert answer.status_code == 303 and answer.headers["Location"] == "/set-password#" + link.partition("activateToken=")[2]
    for bad in ["", "%0d%0aX-Evil:%201", "a" * 41, "../x"]:
        assert rest.session.get(rest.url + f"/api/noauth/activate?activateToken={bad}", allow_redirects=False, timeout=30).status_code == 400


def test_the_password_policy_is_told_and_kept(start_server):
    server = start_server({"auth.password_min_length": 10, "auth.password_min_digits": 2, "auth.password_min_upper_case": 1,
                           "auth.password_min_special": 1})
    admin = server.rest
    policy = admin.raw("GET", "/api/noauth/userPasswordPolicy", token=None).json()
    assert (policy["minimumLength"], policy["minimumDigits"], policy["minimumUppercaseLetters"]) == (10, 2, 1)

    def change(new):
        answer = admin.raw("POST", "/api/auth/changePassword", json={"currentPassword": "e2e-Passw0rd!", "newPassword": new})
        return answer.status_code, answer.json().get("message")
    assert change("Short1!2") == (400, "newPassword has 8 characters; expected at least 10")
    assert change("Long enough!") == (400, "newPassword has 0 digits; expected at least 2")
    assert change("long enough 12!") == (400, "newPassword has 0 capitals; expected at least 1")
    assert change("LongEnough12") == (400, "newPassword has 0 special characters; expected at least 1")
    assert change("Long enough 12")[0] == 200


def test_logins_are_listed_and_ended(rest, user):
    phone = RestClient(user.server)
    phone._token = phone.login(user.email, PASSWORD)["token"]
    sessions = user.get("/api/postern/sessions")
    assert len(sessions) == 2 and [s["current"] for s in sessions] == [False, True]
    assert sessions[0]["address"] == "127.0.0.1" and sessions[0]["userId"]["id"] == user.id
    assert rest.raw("DELETE", f"/api/postern/session/{sessions[0]['id']}").status_code == 200
    assert phone.raw("GET", "/api/auth/user").status_code == 401
    assert user.get("/api/auth/user")["email"] == user.email
    assert user.raw("DELETE", f"/api/postern/session/{sessions[0]['id']}").status_code == 404
    assert len(rest.get(f"/api/postern/user/{user.id}/sessions")) == 1
    stranger = CustomerUser(rest)
    assert stranger.raw("DELETE", f"/api/postern/session/{sessions[1]['id']}").status_code == 404
    assert stranger.raw("GET", f"/api/postern/user/{user.id}/sessions").status_code == 403
    rest.delete(f"/api/postern/user/{user.id}/sessions")
    assert user.raw("GET", "/api/auth/user").status_code == 401


def test_guesses_are_slowed_down_by_address(start_server):
    server = start_server({"auth.login_attempts_per_address": 4})
    statuses = [server.rest.raw("POST", "/api/auth/login", token=None, json={"username": new_email(), "password": "x"}).status_code
                for _ in range(5)]
    assert statuses == [401] * 4 + [429]
    refused = server.rest.raw("POST", "/api/auth/login", token=None, json={"username": USER, "password": "e2e-Passw0rd!"})
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
    assert "address" in refused.json()["message"]


def test_the_command_line_makes_administrators_and_sets_lost_passwords(start_server):
    server = start_server()
    made = server.cli("user", "add", "--dir", server.data, "second@localhost")
    assert made.returncode == 0, made.stderr
    password = made.stdout.split("password ")[1].split()[0]
    assert server.rest.login("second@localhost", password)["token"]
    server.stop()  # the same without a server
    changed = server.cli("user", "password", "--dir", server.data, "second@localhost")
    new = changed.stdout.split("password ")[1].split()[0]
    assert server.cli("user", "add", "--dir", server.data, "second@localhost").returncode == 1
    server.start()
    assert server.rest.raw("POST", "/api/auth/login", token=None, json={"username": "second@localhost", "password": password}).status_code == 401
    assert server.rest.login("second@localhost", new)["token"]
    assert server.cli("user", "rm", "--dir", server.data, "second@localhost").returncode == 0
    assert "there is no user" in server.cli("user", "password", "--dir", server.data, "second@localhost").stderr


def test_administrators_of_a_tenant_make_each_other(rest):
    other = Person(rest, "TENANT_ADMIN")
    assert other.get("/api/tenant/devices", pageSize=1, page=0)["totalElements"] >= 0
    rest.delete(f"/api/user/{other.id}")
    assert other.raw("GET", "/api/auth/user").status_code == 401


def test_the_installations_administrator_manages_administrators(server, rest):
    sys = SysAdmin(server)
    admin = sys.new_tenant_admin()
    assert sys.get(f"/api/user/{admin.id}")["authority"] == "TENANT_ADMIN"
    assert sys.raw("GET", f"/api/user/{CustomerUser(rest).id}").status_code == 404
    assert sys.raw("GET", "/api/tenant/devices?pageSize=1&page=0").status_code == 403
    assert sys.raw("POST", "/api/user?sendActivationMail=false", json={"email": "x@y", "authority": "CUSTOMER_USER"}).status_code == 403
    assert sys.get("/api/auth/user")["tenantId"]["id"] == "13814000-1dd2-11b2-8080-808080808080"
    assert rest.raw("GET", f"/api/user/{admin.id}").status_code == 404
    sys.delete(f"/api/user/{admin.id}")
