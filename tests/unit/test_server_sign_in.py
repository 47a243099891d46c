"""Signing in with a browser: what the cookie stands for, until when, and for whom it is nothing."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.server import users
from headrace.server.auth import Authenticator
from headrace.server.browser_sessions import SECONDS
from headrace.server.users import Role, changing_users, hash_password
from tests.unit.server_client import MLFLOW, Answer, Client

SESSION = "/api/1.0/headrace/session"
WHOAMI = "/api/1.0/headrace/whoami"
INFO = "/api/3.0/mlflow/server-info"
PASSWORD = "a good password"


def basic(name: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least that argon2 takes: the tests are about who is let in."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(users, "_hasher", lambda: quick)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "users.json"
    with changing_users(path) as known:
        known.add("ann", Role.WRITE, PASSWORD)
        known.add("größe", Role.READ, PASSWORD)
    return path


@pytest.fixture
def client(path: Path, tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path, authenticator=Authenticator(path), prefix="/ml")
    yield client
    client.close()


def sign_in(client: Client, authorization: str, **headers: str) -> Answer:
    sent = {"Authorization": authorization, **headers}
    return client.call("POST", "/ml" + SESSION, {}, headers=sent)


def cookie_of(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return answer.headers["Set-Cookie"].partition(";")[0]


def whoami(client: Client, cookie: str, **headers: str) -> Answer:
    return client.call("GET", "/ml" + WHOAMI, headers={"Cookie": cookie, **headers})


def test_the_cookie_stands_for_who_signed_in(client: Client) -> None:
    answer = sign_in(client, basic("ann"))

    assert answer.json == {"name": "ann", "verified": True, "role": "write"}
    _, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert attributes == ["Path=/ml/", f"Max-Age={SECONDS}", "HttpOnly", "SameSite=Strict"]
    cookie = cookie_of(answer)
    assert whoami(client, f"other=1; {cookie}; more=2").json == answer.json
    created = client.call(
        "POST", f"/ml{MLFLOW}/runs/create", {"experiment_id": "0"}, headers={"Cookie": cookie}
    )
    info = created.json["run"]["info"]
    assert (info["user_id"], info["user_verified"]) == ("ann", True)
    point = {"run_id": info["run_id"], "key": "m", "value": 1, "timestamp": 1}
    log = f"/ml{MLFLOW}/runs/log-metric"
    assert client.call("POST", log, point, headers={"Cookie": cookie}).status == 200
    assert client.call("POST", log, point).status == 401


def test_any_name_may_sign_in(client: Client) -> None:
    cookie = cookie_of(sign_in(client, basic("größe")))

    assert whoami(client, cookie).json["name"] == "größe"
    refused = client.call(
        "POST", f"/ml{MLFLOW}/runs/create", {"experiment_id": "0"}, headers={"Cookie": cookie}
    )
    assert refused.error_code == "PERMISSION_DENIED"


def test_wrong_credentials_give_no_cookie(client: Client) -> None:
    for authorization in (basic("ann", "wrong"), basic("nobody"), "Bearer headrace_no", "Basic !"):
        answer = sign_in(client, authorization)
        assert (answer.status, answer.error_code) == (401, "UNAUTHENTICATED")
        assert "Set-Cookie" not in answer.headers
    assert client.call("POST", "/ml" + SESSION, {}).status == 401
    assert sign_in(client, basic("ann"), **{"Content-Type": "text/plain"}).status == 400


def test_by_https_the_cookie_goes_no_other_way(client: Client) -> None:
    answer = sign_in(client, basic("ann"), **{"X-Forwarded-Proto": "https"})

    assert answer.headers["Set-Cookie"].endswith("; Secure")


def test_signing_out_makes_the_browser_forget(client: Client) -> None:
    name = cookie_of(sign_in(client, basic("ann"))).partition("=")[0]

    answer = client.call("DELETE", "/ml" + SESSION)
    assert answer.status == 200
    assert answer.headers["Set-Cookie"].startswith(f"{name}=; Path=/ml/; Max-Age=0")


def test_a_session_ends_with_its_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))
    now = time.time()

    monkeypatch.setattr(time, "time", lambda: now + SECONDS - 10)
    assert whoami(client, cookie).status == 200
    monkeypatch.setattr(time, "time", lambda: now + SECONDS + 10)
    assert whoami(client, cookie).status == 401


def test_a_session_ends_with_the_password(client: Client, path: Path) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))
    with changing_users(path) as known:
        known.get("ann").role = Role.READ
    assert whoami(client, cookie).json["role"] == "read"
    with changing_users(path) as known:
        known.get("ann").password = hash_password("another password")
    assert whoami(client, cookie).status == 401


def test_a_session_ends_with_the_user(client: Client, path: Path) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))
    with changing_users(path) as known:
        known.remove("ann")

    assert whoami(client, cookie).status == 401
    with changing_users(path) as known:
        known.add("ann", Role.ADMIN, PASSWORD)
    assert whoami(client, cookie).status == 401


def test_a_session_ends_with_the_token_it_began_with(client: Client, path: Path) -> None:
    with changing_users(path) as known:
        token, other = known.add_token("ann"), known.add_token("ann")
    cookie = cookie_of(sign_in(client, f"Bearer {token}"))
    assert token not in cookie
    with changing_users(path) as known:
        ann = known.get("ann")
        ann.tokens = [kept for kept in ann.tokens if kept.digest == users.digest(other)]
        ann.password = hash_password("another password")
    assert whoami(client, cookie).status == 401
    with changing_users(path) as known:
        known.get("ann").tokens.append(users.Token(users.digest(token)))
    assert whoami(client, cookie).status == 200


def test_what_the_server_has_not_signed_is_nothing(client: Client) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))
    name, _, value = cookie.partition("=")
    user, expires, signature = value.split(".")
    other = base64.urlsafe_b64encode("größe".encode()).decode()

    for forged in (
        f"{other}.{expires}.{signature}",
        f"{user}.{int(expires) + 1}.{signature}",
        f"{user}.{expires}.{'0' * 64}",
        f"{user}.{expires}",
        f"!!!.{expires}.{signature}",
        f"_w==.{expires}.{signature}",
        "",
        "x" * 5000,
        "\u00e9",
    ):
        assert whoami(client, f"{name}={forged}").status == 401, forged
    assert whoami(client, f"headrace={value}").status == 401
    assert whoami(client, f"{name}=old; {cookie}").status == 200


def test_a_key_of_another_server_signs_nothing_here(
    client: Client, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "second").mkdir()
    other = Client(tmp_path / "second", authenticator=Authenticator(path), prefix="/ml")
    foreign = cookie_of(sign_in(other, basic("ann")))
    own = cookie_of(sign_in(client, basic("ann")))
    other.close()

    assert foreign.partition("=")[0] != own.partition("=")[0]
    for cookie in (foreign, f"{own.partition('=')[0]}={foreign.partition('=')[2]}"):
        assert whoami(client, cookie).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:5000"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
    ],
)
def test_pages_of_others_get_nothing_by_the_cookie(client: Client, headers: dict[str, str]) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))

    assert whoami(client, cookie, **headers).status == 401
    body = {"experiment_id": "0"}
    created = client.call(
        "POST", f"/ml{MLFLOW}/runs/create", body, headers={"Cookie": cookie, **headers}
    )
    assert created.status in (401, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://ml.example"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:5000"},
    ],
)
def test_the_servers_own_pages_call_by_the_cookie(client: Client, headers: dict[str, str]) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))

    assert whoami(client, cookie, **headers).status == 200


def test_credentials_count_before_the_cookie(client: Client) -> None:
    cookie = cookie_of(sign_in(client, basic("ann")))

    answer = whoami(client, cookie, Authorization=basic("größe"))
    assert answer.json["name"] == "größe"
    assert whoami(client, cookie, Authorization=basic("größe", "wrong")).status == 401


@pytest.mark.parametrize(
    ("headers", "challenged"),
    [
        ({}, True),
        ({"Sec-Fetch-Dest": "document"}, True),
        ({"Sec-Fetch-Dest": "empty"}, False),
        ({"Sec-Fetch-Dest": "iframe"}, False),
        ({"X-Requested-With": "headrace"}, False),
    ],
)
def test_a_page_is_refused_without_the_browsers_own_dialog(
    client: Client, headers: dict[str, str], challenged: bool
) -> None:
    for more in ({}, {"Authorization": basic("ann", "wrong")}):
        answer = client.call("GET", "/ml" + WHOAMI, headers={**headers, **more})
        assert (answer.status, answer.error_code) == (401, "UNAUTHENTICATED")
        assert ("WWW-Authenticate" in answer.headers) is challenged


@pytest.mark.parametrize(
    ("anonymous", "has_users", "sign_in_is"),
    [
        (Role.ADMIN, False, "none"),
        (Role.READ, True, "optional"),
        (None, True, "required"),
    ],
)
def test_the_server_says_whether_to_sign_in(
    tmp_path: Path, path: Path, anonymous: Role | None, has_users: bool, sign_in_is: str
) -> None:
    authenticator = Authenticator(path if has_users else None, anonymous=anonymous)
    client = Client(tmp_path, authenticator=authenticator, public_url="https://ml.example/x/")

    told: Any = client.call("GET", INFO).json["headrace"]
    assert (told["sign_in"], told["address"]) == (sign_in_is, "https://ml.example/x")
    answer = client.call("POST", SESSION, {})
    assert answer.status == (200 if sign_in_is == "none" else 401)
    assert "Set-Cookie" not in answer.headers
    client.close()


def test_who_has_signed_in_is_more_than_anybody(tmp_path: Path, path: Path) -> None:
    client = Client(tmp_path, authenticator=Authenticator(path, anonymous=Role.READ))
    cookie = cookie_of(client.call("POST", SESSION, {}, headers={"Authorization": basic("ann")}))

    for headers, role in (({}, "read"), ({"Cookie": cookie}, "write"), ({"Cookie": "a=b"}, "read")):
        assert client.call("GET", WHOAMI, headers=headers).json["role"] == role
    client.close()
