"""The users file, and who may do what."""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.api.endpoint import Endpoint, Permission
from headrace.api.table import ENDPOINTS
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    InvalidState,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    Unauthenticated,
)
from headrace.server import users
from headrace.server.auth import Authenticator
from headrace.server.users import Role, changing_users, read_users
from tests.unit.server_client import MLFLOW, Answer, Client, Request

PASSWORD = "a good password"

NEEDS = {Role.READ: {"public", "read"}, Role.WRITE: {"public", "read", "write"}}
NEEDS[Role.ADMIN] = {*NEEDS[Role.WRITE], "admin"}


def basic(name: str, password: str) -> str:
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
        for role in Role:
            known.add(role.value, role, PASSWORD)
    return path


@pytest.fixture
def client(path: Path, tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path, authenticator=Authenticator(path))
    yield client
    client.close()


def call(client: Client, endpoint: Endpoint[Any, Any], authorization: str | None) -> Answer:
    path = endpoint.bases[0] + re.sub(r"\{\w+\}", "x", endpoint.path)
    headers = {} if authorization is None else {"Authorization": authorization}
    body = None if endpoint.verb == "GET" else {}
    return client.call(endpoint.verb, path, body, headers=headers)


# --- every row and every role --------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_the_table_says(role: Role, client: Client) -> None:
    for endpoint in ENDPOINTS:
        answer = call(client, endpoint, basic(role.value, PASSWORD))
        allowed = endpoint.permission.value in NEEDS[role]
        assert (answer.status not in (401, 403)) is allowed, endpoint.name
        if not allowed:
            assert answer.error_code == "PERMISSION_DENIED"
            assert endpoint.permission.value in answer.message


def test_without_credentials_only_public_rows_are_answered(client: Client) -> None:
    for endpoint in ENDPOINTS:
        answer = call(client, endpoint, None)
        assert (answer.status == 401) is (endpoint.permission is not Permission.PUBLIC)
        if answer.status == 401:
            assert answer.error_code == "UNAUTHENTICATED"
            assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Headrace"')


def test_the_table_protects_what_changes_something() -> None:
    reading = {"search", "get", "list", "count", "check", "verify", "view", "whoami", "sign"}
    for endpoint in ENDPOINTS:
        if endpoint.permission is Permission.PUBLIC:
            about = {"health", "version", "server_info", "openapi"}
            pages = {"home", "favicon", "page_file"}  # who signs in sees them first
            # Their URLs carry a signature; test_direct_transfers tries others.
            signed = {"get_signed_file", "put_signed_file", "put_signed_part"}
            assert endpoint.name in about | pages | signed | {"sign_out"}
        elif endpoint.permission is Permission.READ:
            assert endpoint.name.split("_")[0] in reading
        elif endpoint.permission is Permission.WRITE:
            assert endpoint.verb != "GET"


# --- credentials ---------------------------------------------------------------------------------


def test_wrong_credentials_are_refused(client: Client) -> None:
    for authorization in (
        basic("read", "wrong"),
        basic("nobody", PASSWORD),
        basic("read", ""),
        "Basic !!!",
        "Basic",
        "Bearer headrace_wrong",
        "Bearer ",
        "Digest x",
        "",
    ):
        answer = client.get(
            "/experiments/get?experiment_id=0", headers={"Authorization": authorization}
        )
        assert answer.status == 401, authorization
        assert PASSWORD not in answer.message


def test_a_token_lets_in_until_it_is_revoked(client: Client, path: Path) -> None:
    with changing_users(path) as known:
        token = known.add_token("write", "for CI")
    headers = {"Authorization": f"Bearer {token}"}

    answer = client.call("GET", "/api/1.0/headrace/whoami", headers=headers)
    assert answer.json == {"name": "write", "verified": True, "role": "write"}
    assert token not in path.read_text()

    with changing_users(path) as known:
        known.get("write").tokens.clear()
    assert client.call("GET", "/api/1.0/headrace/whoami", headers=headers).status == 401


def test_a_user_without_a_password_is_not_let_in_by_an_empty_one(
    client: Client, path: Path
) -> None:
    with changing_users(path) as known:
        known.add("robot", Role.WRITE)

    headers = {"Authorization": basic("robot", "")}
    assert client.get("/experiments/get?experiment_id=0", headers=headers).status == 401


def test_a_password_is_checked_once_and_again_when_the_file_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str] = []
    monkeypatch.setattr(
        "headrace.server.auth.verify_password",
        lambda hashed, password: checks.append(password) or users.verify_password(hashed, password),
    )
    authenticator = Authenticator(path)
    header = basic("read", PASSWORD).encode()

    def identify() -> str:
        identity = authenticator.recall(header, Permission.READ) or authenticator.verify(header)
        return identity.role.value

    assert [identify() for _ in range(3)] == ["read"] * 3
    assert len(checks) == 1
    with changing_users(path) as known:
        known.get("read").role = Role.ADMIN
    assert identify() == "admin"
    assert len(checks) == 2
    with changing_users(path) as known:
        known.remove("read")
    with pytest.raises(Unauthenticated):
        identify()


def test_a_flood_of_guesses_is_told_to_wait(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headrace.server.asgi.MAX_WAITING_CHECKS", 5)
    path = MLFLOW + "/experiments/get?experiment_id=0"
    guesses = [
        Request("GET", path, headers={"Authorization": basic("read", f"guess {number}")})
        for number in range(20)
    ]

    answers = client.call_all(guesses)
    assert {answer.status for answer in answers} == {401, 429}
    assert sum(answer.status == 401 for answer in answers) == 5
    assert answers[-1].error_code == "REQUEST_LIMIT_EXCEEDED"
    headers = {"Authorization": basic("read", PASSWORD)}
    assert client.call("GET", path, headers=headers).status == 200


def test_the_name_of_a_user_that_was_checked_is_kept_as_verified(client: Client) -> None:
    def user_of(name: str, user: str) -> tuple[str, int]:
        headers = {"Authorization": basic(name, PASSWORD)}
        body = {"experiment_id": "0", "user_id": user}
        info = client.post("/runs/create", body, headers=headers).json["run"]["info"]
        with client.store._database.read() as tx:
            sql = "SELECT user_id, user_verified FROM runs WHERE uuid = ?"
            row: tuple[str, int] = tx.execute(sql, (info["run_id"],)).fetchone()
        return row

    assert user_of("write", "write") == ("write", 1)
    assert user_of("write", "") == ("write", 1)
    assert user_of("write", "admin") == ("admin", 0)


def test_a_users_file_that_breaks_lets_nobody_in(client: Client, path: Path) -> None:
    headers = {"Authorization": basic("read", PASSWORD)}
    assert client.get("/experiments/get?experiment_id=0", headers=headers).status == 200

    path.write_text("{")
    broken = client.get("/experiments/get?experiment_id=0", headers=headers)
    path.unlink()
    missing = client.get("/experiments/get?experiment_id=0", headers=headers)

    assert [broken.error_code, missing.error_code] == ["INVALID_STATE", "INVALID_STATE"]


def test_anonymous_callers_beside_users_may_read(path: Path, tmp_path: Path) -> None:
    client = Client(tmp_path, authenticator=Authenticator(path, anonymous=Role.READ))

    assert client.get("/experiments/get?experiment_id=0").status == 200
    assert client.post("/experiments/create", {"name": "x"}).status == 403
    headers = {"Authorization": basic("read", "wrong")}
    assert client.get("/experiments/get?experiment_id=0", headers=headers).status == 401
    client.close()


def test_without_users_a_name_is_taken_and_marked_as_unverified(tmp_path: Path) -> None:
    client = Client(tmp_path)

    answer = client.call(
        "GET", "/api/1.0/headrace/whoami", headers={"Authorization": basic("ann", "anything")}
    )
    assert answer.json == {"name": "ann", "verified": False, "role": "admin"}
    assert client.call("GET", "/api/1.0/headrace/whoami").json["name"] == ""
    client.close()


# --- the file ------------------------------------------------------------------------------------


def test_the_users_file_is_for_its_owner_only(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    assert "$argon2id$" in path.read_text()
    assert os.listdir(path.parent) == ["users.json"]


def test_a_change_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    before = path.read_bytes()

    def change() -> None:
        with changing_users(path) as known:
            known.remove("admin")
            known.add("read", Role.READ, PASSWORD)

    with pytest.raises(ResourceAlreadyExists):
        change()
    assert path.read_bytes() == before


def test_changes_at_the_same_time_are_all_kept(path: Path) -> None:
    def add(number: int) -> None:
        with changing_users(path) as known:
            known.add(f"user{number}", Role.READ)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {f"user{number}" for number in range(8)} < set(read_users(path).users)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("", PASSWORD),
        ("a:b", PASSWORD),
        ("a\nb", PASSWORD),
        ("a" * 129, PASSWORD),
        ("ann", ""),
        ("ann", "short"),
        ("ann", "x" * 1025),
    ],
)
def test_names_and_passwords_have_limits(name: str, password: str, path: Path) -> None:
    with pytest.raises(InvalidParameterValue), changing_users(path) as known:
        known.add(name, Role.READ, password)


def test_unknown_users_and_roles_are_named(path: Path) -> None:
    with pytest.raises(ResourceDoesNotExist, match="no user 'ann'; it has admin, read, write"):
        read_users(path).get("ann")
    with pytest.raises(InvalidParameterValue, match="read, write, admin"):
        Role.of("owner")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, ResourceDoesNotExist),
        ("", InvalidState),
        ("[]", InvalidState),
        ('{"users": {"a": {"role": "king"}}}', InvalidState),
    ],
)
def test_a_server_does_not_start_on_a_bad_users_file(
    content: str | None, error: type[HeadraceError], tmp_path: Path
) -> None:
    path = tmp_path / "users.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(error, match=r"users\.json"):
        Authenticator(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_a_file_that_may_not_be_read(path: Path) -> None:
    path.chmod(0)

    with pytest.raises(PermissionDenied, match=r"users\.json cannot be read"):
        read_users(path)
