# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integrations are read, planned, written and tested: which calls are made, and what becomes of each."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.client import CentralError
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.integration_flow import IntegrationFlow
from ansible_collections.crossaccount.registry.plugins.module_utils._rhacs.integrations import Integrations
from ansible_collections.crossaccount.registry.plugins.module_utils._settings_flow import settings_result

from .service import ACCOUNT, ENTRY, NAME, OPTIONS, OTHER, REGION, Service

ONE = {"registry_id": ACCOUNT, "regions": [REGION]}
PAIR = {"access_key": "AKIAFIRST", "secret_key": "first-secret"}
LIST, HEALTH = ("GET", "/v1/imageintegrations"), ("GET", "/v1/integrationhealth/imageintegrations")
BY_NAME = ("GET", f"/v1/imageintegrations?name={NAME}")
CAN = ("GET", "/v1/central-capabilities")
CREATE, TEST = ("POST", "/v1/imageintegrations"), ("POST", "/v1/imageintegrations/test")
TEST_STORED = ("POST", "/v1/imageintegrations/test/updated")
DENIED = (
    f'Get "https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/v2/_catalog": failed to get authorization token: operation error ECR: '
    "GetAuthorizationToken, get identity: get credentials: failed to refresh cached credentials, operation error STS: AssumeRole, https "
    "response error StatusCode: 403, RequestID: 1, api error AccessDenied: no"
)
LOST = "lost"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run(service: Service, check: bool = False, warned: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """The result of the module; forgets the calls before it."""
    service.calls.clear()
    clock = Clock()
    if options.get("integrations"):
        options["integrations"] = [{**ENTRY, **entry} for entry in options["integrations"]]
    warn = (warned if warned is not None else []).append
    flow = IntegrationFlow(Integrations(service), warn, clock, clock.sleep)  # type: ignore[arg-type]
    return settings_result(flow.run({**OPTIONS, **options}, check), with_diff=True, check_mode=check)


def only(result: dict[str, Any]) -> dict[str, Any]:
    (action,) = result["actions"]
    return dict(action)


def path(service: Service, name: str = NAME) -> str:
    return f"/v1/imageintegrations/{service.store.id_of(name)}"


def test_which_calls_are_made() -> None:
    service = Service()
    check = run(service, check=True, **ONE)
    assert service.calls == [LIST, CAN, HEALTH]
    real = run(service, **ONE)
    assert service.calls == [LIST, CAN, CREATE, BY_NAME, HEALTH]
    assert [only(one)["action"] for one in (check, real)] == ["created"] * 2
    assert check["diff"] == real["diff"]
    assert only(real)["health"] == {"status": "UNINITIALIZED", "error_message": None}
    again = run(service, **ONE)
    assert service.calls == [LIST, HEALTH]
    assert not again["changed"]
    run(service, **ONE, skip_test=True)
    assert service.calls == [LIST, CAN, ("GET", path(service)), ("PATCH", path(service)), ("GET", path(service)), HEALTH]
    its_path = path(service)
    gone = run(service, **ONE, state="absent")
    assert service.calls == [LIST, ("DELETE", its_path), ("GET", its_path)]
    assert only(gone)["settings"] is None
    run(service, **ONE, state="absent")
    assert service.calls == [LIST]
    assert run(service, integrations=[])["actions"] == []
    assert service.calls == []


def test_many_need_one_call_when_they_are_unchanged() -> None:
    service = Service()
    many = [{"registry_id": f"{number:012}", "regions": ["eu-west-1", "eu-central-1", "us-east-1"]} for number in range(20)]
    assert run(service, integrations=many)["summary"]["created"] == 60
    assert len(service.calls) == 2 + 60 * 2 + 1
    assert run(service, integrations=many)["summary"]["unchanged"] == 60
    assert service.calls == [LIST, HEALTH]


def test_managed_central_is_asked_before_anything_is_written() -> None:
    service = Service(managed=True)
    for tests in (False, True):
        result = run(service, **ONE, test=tests)
        assert "using container IAM role for ECR scanning is not available in this environment; this Central is a managed" in result["msg"]
        assert service.writes == [] and TEST not in service.calls
    assert only(run(service, **ONE, **PAIR))["action"] == "created"
    assert CAN not in service.calls


def test_a_central_that_does_not_know_what_it_can() -> None:
    service = Service()
    service.trouble["GET"] = [None, CentralError("GET x", 404, "NotFound", "Not Found")]
    assert only(run(service, **ONE))["action"] == "created"


def test_test_is_a_step_of_its_own() -> None:
    service = Service()
    check = run(service, check=True, **ONE, test=True)
    assert service.calls == [LIST, CAN, TEST, HEALTH]
    real = run(service, **ONE, test=True)
    # Central tests what it saves itself.
    assert service.calls == [LIST, CAN, CREATE, BY_NAME, HEALTH]
    passed = {"passed": True, "layer": None, "failure": None}
    assert (only(check)["test"], only(real)["test"]) == (passed, passed)
    for checks in (True, False):
        again = run(service, check=checks, **ONE, test=True)
        assert service.calls == [LIST, CAN, TEST_STORED, HEALTH]
        assert (only(again)["action"], only(again)["test"]) == ("unchanged", passed)
    run(service, check=True, **ONE, test=True, endpoint="ecr.example.com")
    assert service.calls == [LIST, CAN, TEST_STORED, HEALTH]
    run(service, **ONE, test=True, endpoint="ecr.example.com", skip_test=True)
    assert TEST_STORED in service.calls
    assert service.calls.index(TEST_STORED) < service.calls.index(("PATCH", path(service)))


@pytest.mark.parametrize("keys", [{}, PAIR], ids=["iam", "keys"])
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("skip", [True, False])
def test_a_test_that_fails_before_anything_is_saved(keys: dict[str, str], check: bool, skip: bool) -> None:
    service = Service()
    service.broken = [DENIED] * 20
    result = run(
        service, check=check, **ONE, **keys, test=True, wait_timeout=0, skip_test=skip, assume_role={"role": "r", "external_id": None}
    )
    assert "it fails at assume_role: Get" in result["msg"]
    assert f"arn:aws:iam::{ACCOUNT}:role/r" in result["msg"]
    assert only(result)["test"] == {"passed": False, "layer": "assume_role", "failure": DENIED}
    assert not result["changed"]
    assert service.ecr() is None


def test_an_unchanged_integration_that_does_not_work_any_more() -> None:
    service = Service()
    run(service, **ONE)
    service.broken = [DENIED] * 50
    result = run(service, **ONE, test=True, wait_timeout=5)
    assert (only(result)["action"], only(result)["test"]["layer"]) == ("failed", "assume_role")
    assert service.calls.count(TEST_STORED) > 3
    service.broken = [DENIED] * 50
    run(service, check=True, **ONE, test=True)
    assert service.calls.count(TEST_STORED) == 1


def test_new_roles_take_some_time() -> None:
    service = Service()
    service.broken = [DENIED] * 3
    assert only(run(service, **ONE))["action"] == "created"
    service.broken = [DENIED] * 3
    assert only(run(service, **ONE, test=True))["action"] == "unchanged"
    service.broken = [DENIED] * 50
    result = run(service, registry_id=OTHER, regions=[REGION], wait_timeout=5)
    assert "AWS does not let Central in (yet) (waited 5 seconds); Central cannot get into the registry" in result["msg"]


def test_what_no_time_mends_is_told_at_once() -> None:
    service = Service()
    service.broken = [f"{DENIED}: no such host"]
    result = run(service, **ONE)
    assert only(result)["test"]["layer"] == "network"
    assert service.calls.count(CREATE) == 1


def test_keys_are_stored_once_and_rotated_on_request() -> None:
    service = Service()
    assert only(run(service, **ONE, **PAIR))["settings"]["keys"] == "new"
    assert service.ecr()["secretAccessKey"] == "first-secret"
    other = {"access_key": "AKIAOTHER", "secret_key": "other-secret"}
    again = run(service, **ONE, **other)
    assert (again["changed"], only(again)["settings"]["keys"]) == (False, "stored")
    for check in (True, False):
        rotated = run(service, check=check, **ONE, **other, update_credentials="always")
        assert (rotated["changed"], only(rotated)["settings_changed"]) == (True, ["keys"])
        assert '"keys": "new"' in rotated["diff"][0]["after"] and "secret" not in str(rotated)
    assert service.ecr()["secretAccessKey"] == "other-secret"
    moved = run(service, name=NAME, regions=["eu-west-3"])
    assert only(moved)["settings_changed"] == ["region"]
    assert (service.ecr()["region"], service.ecr()["secretAccessKey"]) == ("eu-west-3", "other-secret")
    purged = run(service, name=NAME, credentials="container_iam")
    assert only(purged)["settings_changed"] == ["credentials", "keys"]
    assert (service.ecr()["accessKeyId"], service.ecr()["secretAccessKey"]) == ("", "")


def test_renaming() -> None:
    service = Service()
    run(service, **ONE)
    its_id = service.store.id_of(NAME)
    for check in (True, False):
        renamed = run(service, check=check, name=NAME, new_name="other")
        assert only(renamed)["settings_changed"] == ["name"]
    assert service.store.id_of("other") == its_id
    assert not run(service, name="other", new_name="other")["changed"]
    again = run(service, name=NAME, new_name="other")
    assert (again["changed"], only(again)["settings"]["name"], only(again)["account"]) == (False, "other", ACCOUNT)
    run(service, **ONE)
    result = run(service, name=NAME, new_name="other")
    assert 'it cannot be renamed: integration with name "other" already exists' in result["msg"]
    assert service.writes == []
    assert "[Registry ID must be specified, Region must be specified]" in run(service, name="nobody", skip_test=True)["msg"]
    assert "or mend its name, because no integration has this one" in run(service, name="nobody", skip_test=True)["msg"]
    assert only(run(service, **ONE, name="third", new_name="fourth"))["settings"]["name"] == "fourth"


def test_a_name_that_something_else_has() -> None:
    service = Service()
    for state in ("present", "absent"):
        result = run(service, **ONE, name="Public DockerHub", state=state)
        assert "there is an integration of type docker with this name; give another 'name'" in result["msg"]
    assert service.writes == []


def test_what_a_sensor_has_made() -> None:
    service = Service()
    run(service, **ONE, **PAIR)
    stored = service.store.named(NAME)
    assert stored
    login = {"username": "AWS", "password": "sensor", "expiresAt": "2026-11-22T12:00:00Z"}
    ecr = {**stored["ecr"], "authorizationData": login, "accessKeyId": "", "secretAccessKey": ""}
    service.store.put({**stored, "autogenerated": True, "clusterId": "c", "ecr": ecr})
    assert "a sensor has made this integration" in run(service, **ONE)["msg"]
    for check in (True, False):
        taken = run(service, check=check, **ONE, take_over=True)
        assert only(taken)["settings_changed"] == ["autogenerated", "credentials"]
    found = service.store.named(NAME)
    assert found and (found["autogenerated"], found["clusterId"], found["ecr"]["authorizationData"]) == (False, "", None)
    assert not run(service, **ONE, take_over=True)["changed"]


@pytest.mark.parametrize("trouble", [LOST, CentralError("x", 500, "Internal", "Database operation failed", "Central has trouble")])
def test_a_write_is_tried_again_after_a_look(trouble: Any) -> None:
    """Whether it was made and its answer got lost, or was not made."""
    service = Service()
    service.trouble["POST"] = [trouble]
    assert only(run(service, **ONE, **PAIR))["action"] == "created"
    assert service.calls[2] == BY_NAME
    assert service.calls.count(CREATE) == (1 if trouble == LOST else 2)
    service.trouble["PATCH"] = [trouble]
    assert only(run(service, **ONE, skip_test=True))["action"] == "updated"
    service.trouble["DELETE"] = [trouble]
    assert only(run(service, **ONE, state="absent"))["action"] == "deleted"
    assert service.ecr() is None


def test_a_creation_that_central_finishes_after_its_answer_was_waited_for() -> None:
    class Late(Service):
        """The first look after the creation comes too early."""

        def get(self, path: str) -> Any:
            answer = super().get(path)
            return {"integrations": []} if self.calls.count(BY_NAME) == 1 and path == BY_NAME[1] else answer

    service = Late()
    service.trouble["POST"] = [LOST]
    assert only(run(service, **ONE, **PAIR))["action"] == "created"
    assert service.calls.count(CREATE) == 2
    # Somebody else who was faster is not taken for that.
    service = Service()
    service.trouble["POST"] = [CentralError("POST x", 400, "InvalidArgument", f'integration with name "{NAME}" already exists')]
    assert "already exists" in run(service, **ONE)["msg"]


def test_a_second_deletion_is_no_error_and_a_refused_one_is() -> None:
    service = Service()
    run(service, **ONE)
    service.trouble["DELETE"] = [CentralError("DELETE x", 404, "NotFound", "Error removing health for integration")]
    clock = Clock()
    integrations = Integrations(service)  # type: ignore[arg-type]
    integrations.delete("x")
    service.trouble["DELETE"] = [CentralError("DELETE x", 400, "InvalidArgument", "no")]
    result = run(service, **ONE, state="absent")
    assert "DELETE x: HTTP 400 InvalidArgument: no" in result["msg"]
    assert clock.now == 0


def test_saved_but_refused() -> None:
    """It is told as a change, although it failed."""
    service = Service()
    run(service, **ONE, skip_test=True)
    service.trouble["PATCH"] = [CentralError("PATCH x", 500, "Internal", "updating integration error: ECR Validation error: x")]
    result = run(service, **ONE, endpoint="ecr.example.com")
    assert "Central has saved it, but cannot use it: PATCH x: HTTP 500 Internal: updating integration error" in result["msg"]
    assert (result["changed"], only(result)["action"]) == (True, "failed")


def test_what_central_would_refuse_stops_everything() -> None:
    service = Service()
    entries = [ONE, {"name": "b", "registry_id": OTHER}, {"name": "c", "registry_id": OTHER, "regions": ["cn-north-1"]}]
    result = run(service, integrations=entries)
    assert "2 of 3 failed" in result["msg"]
    assert "ECR Validation error: Region must be specified; give 'regions'" in result["msg"]
    assert service.writes == []
    assert [action["action"] for action in result["actions"]] == ["skipped", "failed", "failed"]
    result = run(service, integrations=entries, on_error="continue")
    assert [action["action"] for action in result["actions"]] == ["created", "failed", "failed"]


def test_what_somebody_else_changes_meanwhile_stays() -> None:
    service = Service()
    run(service, **ONE, **PAIR)
    stored = service.store.named(NAME)
    assert stored

    class Meddling(Service):
        def get(self, path: str) -> Any:
            answer = super().get(path)
            if path == "/v1/imageintegrations":
                self.store.put({**stored, "ecr": {**stored["ecr"], "useAssumeRole": True, "assumeRoleId": "theirs"}})
            return answer

    meddling = Meddling()
    meddling.store.put(stored)
    assert only(run(meddling, **ONE, skip_test=True))["action"] == "updated"
    found = meddling.ecr()
    assert (found["assumeRoleId"], found["secretAccessKey"]) == ("theirs", "first-secret")


def test_deleted_meanwhile() -> None:
    service = Service()
    run(service, **ONE)

    class Meddling(Service):
        def get(self, path: str) -> Any:
            answer = super().get(path)
            if path == "/v1/imageintegrations":
                self.store.remove(str(self.store.id_of(NAME)))
            return answer

    meddling = Meddling()
    meddling.store.put(service.store.named(NAME) or {})
    assert "somebody else has deleted it meanwhile; run again" in run(meddling, **ONE, skip_test=True)["msg"]
    meddling.store.put(service.store.named(NAME) or {})
    assert only(run(meddling, **ONE, state="absent"))["action"] == "deleted"


def test_health_that_cannot_be_read_is_a_warning() -> None:
    service, warned = Service(), list[str]()
    run(service, **ONE)
    service.trouble["GET"] = [None, CentralError("GET health", 403, "PermissionDenied", "no")]
    result = run(service, warned=warned, **ONE)
    assert only(result)["health"] is None
    assert warned == ["The health of the integrations is not known: GET health: HTTP 403 PermissionDenied: no"]


def test_health() -> None:
    service = Service()
    run(service, **ONE)
    service.store.set_health(str(service.store.id_of(NAME)), "UNHEALTHY", "denied")
    assert only(run(service, **ONE))["health"] == {"status": "UNHEALTHY", "error_message": "denied"}


def test_a_central_that_cannot_be_read() -> None:
    service = Service()
    service.trouble["GET"] = [CentralError("GET x", 403, "PermissionDenied", "no")]
    with pytest.raises(RegistryError, match="PermissionDenied"):
        run(service, **ONE)
    with pytest.raises(RegistryError, match="'wait_timeout' is -1"):
        run(service, **ONE, wait_timeout=-1)
