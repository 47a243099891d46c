"""Rules of the registry through the client: what they refuse, and who may make and force them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.entities import MetricGate, Protected, TagGate
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    PermissionDenied,
    ResourceDoesNotExist,
)
from headrace.server.users import Role, changing_users
from tests.servers import Server, headrace_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headrace_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(params=["embedded", "server"])
def client(request: pytest.FixtureRequest, store_folder: Path) -> headrace.MlflowClient:
    """A client of a store that is tracked to."""
    if request.param == "server":
        headrace.set_tracking_uri(request.getfixturevalue("server").url)
    return headrace.MlflowClient()


def test_every_guarded_call_is_forced_with_a_reason(client: headrace.MlflowClient) -> None:
    name, force = "guarded", {"force": True, "reason": "it broke"}
    client.create_registered_model(name)
    for _ in range(2):
        client.create_model_version(name, "s3://bucket/model")
    client.add_registry_rule(Protected(), name, alias="champion", reason="in use")
    client.add_registry_rule(Protected(), name, stage="production")
    assert [rule.reason for rule in client.list_registry_rules(name)] == ["in use", None]

    def refused_and_forced(call: Any, *arguments: Any) -> None:
        with pytest.raises(PermissionDenied, match="is protected"):
            call(*arguments)
        with pytest.raises(InvalidParameterValue, match="reason"):
            call(*arguments, force=True)
        call(*arguments, **force)

    refused_and_forced(client.set_registered_model_alias, name, "champion", "1")
    refused_and_forced(client.transition_model_version_stage, name, "2", "Production")
    refused_and_forced(client.delete_registered_model_alias, name, "champion")
    refused_and_forced(client.delete_model_version, name, "2")
    client.set_registered_model_alias(name, "champion", "1", **force)
    refused_and_forced(client.rename_registered_model, name, f"{name} 2")
    refused_and_forced(client.delete_registered_model, f"{name} 2")

    forced = [one for one in client.get_registry_history(f"{name} 2") if one.is_forced]
    assert {one.reason for one in forced} == {"it broke"}
    assert all("is protected" in (one.overridden or "") for one in forced)
    with pytest.raises(ResourceDoesNotExist):
        client.list_registry_rules(name)


def test_a_gate_sees_what_was_logged_just_before(client: headrace.MlflowClient) -> None:
    gate = MetricGate.parse("accuracy >= 0.9")
    with headrace.start_run() as run:
        headrace.log_text("w", "model/w.txt")
        name = f"gated {run.info.run_id}"
        version = headrace.register_model(f"runs:/{run.info.run_id}/model", name).version
        client.add_registry_rule(gate, name, alias="champion")
        assert not client.check_model_move(name, version, alias="champion").passes
        headrace.log_metric("accuracy", 0.95)
        client.set_registered_model_alias(name, "champion", version)
        headrace.log_metric("accuracy", 0.5)
        found = client.check_model_move(name, version, alias="challenger")
        assert (found.passes, found.findings) == (True, [])
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(PermissionDenied, match=f"accuracy >= 0.9: version {version} has 0.5"):
        client.set_registered_model_alias(name, "champion", version)
    client.delete_registry_rule(gate, name, alias="champion")
    client.set_registered_model_alias(name, "champion", version)


@pytest.mark.parametrize(
    ("condition", "fields", "told"),
    [
        ("accuracy >= 0.9", {"alias": "a"}, "condition"),
        ({"kind": "signature"}, {"alias": "a"}, "condition"),
        ({"kind": "metric", "metric": "a", "comparison": "=="}, {"alias": "a"}, ">=, <=, >, <"),
        ({"kind": "metric", "metric": "a"}, {"alias": "a"}, "comparison"),
        (TagGate("a"), {}, "one of alias and stage"),
        (TagGate("a"), {"alias": "latest"}, "latest"),
    ],
)
def test_bad_rules(
    client: headrace.MlflowClient, condition: Any, fields: dict[str, Any], told: str
) -> None:
    with pytest.raises(HeadraceError, match=told) as caught:
        client.add_registry_rule(condition, pattern="none*", **fields)
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_only_admins_make_and_lift_rules_and_writers_force(
    fresh_client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = fresh_client / "users.json"
    with changing_users(users) as known:
        for user, role in (("ann", Role.ADMIN), ("wes", Role.WRITE), ("rob", Role.READ)):
            known.add(user, role, f"a long password of {user}")

    def act_as(user: str) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", f"a long password of {user}")

    act_as("ann")
    with headrace_server(fresh_client / "server", arguments=["--users-file", str(users)]) as server:
        client = headrace.MlflowClient(server.url)
        client.create_registered_model("churn")
        client.create_model_version("churn", "s3://bucket/model")
        rule = client.add_registry_rule(Protected(), "churn", alias="champion")
        assert (rule.actor, rule.is_verified) == ("ann", True)
        act_as("wes")
        with pytest.raises(PermissionDenied, match="needs the role admin"):
            client.add_registry_rule(Protected(), "churn", alias="other")
        with pytest.raises(PermissionDenied, match="needs the role admin"):
            client.delete_registry_rule(Protected(), "churn", alias="champion")
        with pytest.raises(PermissionDenied, match="is protected"):
            client.set_registered_model_alias("churn", "champion", "1")
        client.set_registered_model_alias("churn", "champion", "1", force=True, reason="late")
        act_as("rob")
        assert client.list_registry_rules("churn") == [rule]
        assert not client.check_model_move("churn", "1", stage="Staging").findings
        with pytest.raises(PermissionDenied, match="needs the role write"):
            client.delete_registered_model_alias("churn", "champion", force=True, reason="x")
        newest = client.get_registry_history("churn")[0]
        assert (newest.actor, newest.is_verified, newest.is_forced) == ("wes", True, True)
