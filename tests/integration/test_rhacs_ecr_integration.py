# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image integrations of Central with registries of three accounts, tested by a Central that really goes there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.accounts import push
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account, Ansible
from tests.integration.playbooks import PlaybookRun
from tests.integration.tasks import COLLECTION, done, shown
from tests.lab import Lab
from tests.lab.central import Central

ELSEWHERE = "eu-central-1"
EXTERNAL_ID = "acme-rhacs-7f3c"
ENDPOINT = "vpce-0a1b2c3d.api.ecr.eu-central-1.vpce.amazonaws.com"
PASSED = {"passed": True, "layer": None, "failure": None}
INTEGRATION, INFO, SCAN = "rhacs_ecr_integration", "rhacs_ecr_integration_info", "rhacs_image_scan"
OF_SECONDARY, OF_PRIMARY = f"ecr-{SECONDARY}-{REGION}", f"ecr-{PRIMARY}-{REGION}"


@pytest.fixture
def central(lab: Lab) -> Iterator[Central]:
    """A Central that runs as the administrator of the secondary account."""
    with lab.start_central(environment={"AWS_ACCESS_KEY_ID": SECONDARY, "AWS_SECRET_ACCESS_KEY": "any"}) as running:
        yield running


def task(title: str, module: str = INTEGRATION, /, *, check: bool = False, **options: Any) -> dict[str, Any]:
    return {"name": title, f"{COLLECTION}.{module}": options, "check_mode": check, "ignore_errors": True}


def play(ansible: Ansible, central: Central, *tasks: dict[str, Any]) -> PlaybookRun:
    """Runs tasks as loud as can be, with keys of AWS in the environment that are none of Central's business."""
    return ansible(list(tasks), "-vvvv", "--diff", environment=central.environment).succeeded()


def without_health(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**action, "health": None} for action in actions]


def patches(central: Central) -> list[tuple[str, bool, str]]:
    """The names of integrations that were changed, whether secrets were sent, and which."""
    bodies = [one.body for one in central.requests if one.method == "PATCH"]
    return [(body["config"]["name"], body["updatePassword"], body["config"]["ecr"]["secretAccessKey"]) for body in bodies]


def test_from_nothing_to_nothing(ansible: Ansible, central: Central, primary: Account, other: Account) -> None:
    primary.create_role("open-reader", {"AWS": SECONDARY})
    primary.create_role("team-reader", {"AWS": SECONDARY}, "/team/", Condition={"StringEquals": {"sts:ExternalId": EXTERNAL_ID}})
    user = other.create_user("central", "ecr:GetAuthorizationToken", "ecr:DescribeRepositories", "sts:AssumeRole")
    other.create_role("reader", {"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": EXTERNAL_ID}})
    for role in ("open-reader", "team-reader"):
        primary.let(role, "ecr:*")
    other.let("reader", "ecr:*")
    primary.create_repositories("team/app")
    push(primary.client("ecr"), "team/app", "1.0")
    keys = {"access_key": user.access_key, "secret_key": user.secret_key}
    rotated = {"access_key": "AKIAROTATEDCANARY", "secret_key": "rotated-canary-secret"}
    with_endpoint = {"name": "endpoint", "endpoint": ENDPOINT}
    all_modes = {
        "integrations": [
            {"registry_id": SECONDARY, "region": REGION},
            {"registry_id": PRIMARY, "region": REGION, "assume_role": {"role": f"arn:aws:iam::{PRIMARY}:role/open-reader"}},
            {"registry_id": PRIMARY, "region": ELSEWHERE, "assume_role": {"role": "team/team-reader", "external_id": EXTERNAL_ID}},
            {"registry_id": OTHER, "region": REGION, "name": "keys", **keys},
            {
                **keys,
                "registry_id": OTHER,
                "region": ELSEWHERE,
                "name": "keys and role",
                "assume_role": {"role": "reader", "external_id": EXTERNAL_ID},
            },
            {**with_endpoint, "registry_id": OTHER, "region": "eu-west-3", "skip_test": True, **keys},
        ]
    }
    moved = {**with_endpoint, "region": "eu-north-1"}
    run = play(
        ansible,
        central,
        task("check", check=True, **all_modes),
        task("real", **all_modes),
        task("again", **all_modes),
        task("info", INFO),
        task("tested in check mode", check=True, name="keys", test=True),
        task("tested", name="keys and role", test=True),
        task("region, check", check=True, **moved),
        task("region", **moved),
        task("foreign role", name=OF_PRIMARY, assume_role={"role": f"arn:aws:iam::{OTHER}:role/reader"}),
        task("china", registry_id=PRIMARY, region="cn-north-1"),
        task("rotated, check", check=True, name="endpoint", update_credentials="always", **rotated),
        task("rotated", name="endpoint", update_credentials="always", **rotated),
        task("switched, check", check=True, name="keys", credentials="container_iam", skip_test=True),
        task("switched", name="keys", credentials="container_iam", skip_test=True),
        task("renamed", name="keys", new_name="identity"),
        task("scanned", SCAN, image=f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com/team/app:1.0"),
        task("no image", SCAN, image=""),
        task("not scanned", SCAN, check=True, image=f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com/team/app:1.0"),
        task("absent, check", check=True, state="absent", integrations=[{"name": "identity"}, {"name": "endpoint"}]),
        task("absent", state="absent", integrations=[{"name": "identity"}, {"name": "endpoint"}]),
        task("absent again", state="absent", integrations=[{"name": "identity"}, {"name": "endpoint"}]),
    )
    # What check mode says is what is done.
    refused = {one.task: one.msg for one in run.results if one.failed}
    assert set(refused) == {"foreign role", "china", "no image"}, refused
    for real, check in (("real", "check"), ("region", "region, check"), ("rotated", "rotated, check"), ("switched", "switched, check")):
        assert run[real].changed
        assert without_health(run[real]["actions"]) == without_health(run[check]["actions"])
        assert run[real]["diff"] == run[check]["diff"] != []
    assert run["absent"].outcome == run["absent, check"].outcome
    assert set(done(run["real"]).values()) == {"created"}
    # Keys in the task are no change by themselves, and those of AWS in the environment go nowhere.
    assert (run["again"].changed, run["again"]["summary"]["unchanged"]) == (False, 6)
    bodies = {one.body["name"]: one.body["ecr"] for one in central.requests if (one.method, one.path) == ("POST", "/v1/imageintegrations")}
    assert {name: (body["accessKeyId"], body["secretAccessKey"], body["useIam"]) for name, body in bodies.items()} == {
        OF_SECONDARY: ("", "", True),
        OF_PRIMARY: ("", "", True),
        f"ecr-{PRIMARY}-{ELSEWHERE}": ("", "", True),
        "keys": (user.access_key, user.secret_key, False),
        "keys and role": (user.access_key, user.secret_key, False),
        "endpoint": (user.access_key, user.secret_key, False),
    }
    assert {name: (body["assumeRoleId"], body["assumeRoleExternalId"]) for name, body in bodies.items() if body["useAssumeRole"]} == {
        OF_PRIMARY: ("open-reader", ""),
        f"ecr-{PRIMARY}-{ELSEWHERE}": ("team/team-reader", EXTERNAL_ID),
        "keys and role": ("reader", EXTERNAL_ID),
    }
    listed = {one["name"]: one for one in run["info"]["integrations"]}
    assert list(listed) == sorted(bodies)
    assert listed["keys and role"]["registry"] == f"{OTHER}.dkr.ecr.{ELSEWHERE}.amazonaws.com"
    assert listed["keys and role"]["assume_role"] == {"role": "reader", "external_id": EXTERNAL_ID}
    assert "******" not in str(listed)
    assert [run[name]["actions"][0]["test"] for name in ("tested in check mode", "tested")] == [PASSED, PASSED]
    assert not run["tested"].changed
    # What needs no secrets leaves them alone; what does gets them.
    assert patches(central) == [
        ("endpoint", False, ""),
        ("endpoint", True, "rotated-canary-secret"),
        ("keys", True, ""),
        ("identity", False, ""),
    ]
    assert '"keys": "new"' in shown(run["rotated"])
    assert f"is a role of account {OTHER}; Central assumes roles of the registry's own account only" in run["foreign role"].msg
    assert "Central asks 111122223333.dkr.ecr.cn-north-1.amazonaws.com only, which does not exist" in run["china"].msg
    assert (run["scanned"]["integration"], run["scanned"]["layers"], run["scanned"]["is_scanned"]) == (OF_PRIMARY, 1, True)
    assert run["not scanned"].status == "skipped"
    assert (done(run["absent"]), run["absent again"].changed) == ({"identity": "deleted", "endpoint": "deleted"}, False)
    assert {one["name"] for one in central.integrations()} == set(bodies) - {"keys", "endpoint"}
    for secret in (user.access_key, user.secret_key, *rotated.values(), central.api_token):
        assert secret not in str(run), "a secret shows at -vvvv"


def test_trouble(ansible: Ansible, central: Central, primary: Account) -> None:
    """AWS does not let Central in, Central does not let us in, or Central is not well."""
    primary.create_role("reader", {"AWS": OTHER})
    names = ("a", "b", "c", "sensor")
    for name in names[:-1]:
        ecr = {"registryId": PRIMARY, "region": REGION, "useIam": True, "useAssumeRole": True, "assumeRoleId": "reader"}
        central.add({"name": name, "ecr": ecr})
    login = {"username": "AWS", "password": "login-canary", "expiresAt": "2030-01-01T00:00:00Z"}
    central.add({"name": "sensor", "autogenerated": True, "ecr": {"registryId": PRIMARY, "region": ELSEWHERE, "authorizationData": login}})
    central.fail_next("GET", "/v1/integrationhealth", status=503, times=2)
    central.fail_next("PATCH", "/v1/imageintegrations", postgres=True)
    central.fail_next("PATCH", "/v1/imageintegrations", drop="after")
    central.fail_next("DELETE", "/v1/imageintegrations", drop="after")
    new = {"registry_id": PRIMARY, "region": REGION, "wait_timeout": 0, "assume_role": {"role": "reader"}}
    password = {"username": "admin", "password": central.admin_password}
    read_only = central.token(Integration="READ")
    expired = central.token(Integration="READ_WRITE", seconds=-1)
    run = play(
        ansible,
        central,
        task("new, check", check=True, test=True, **new),
        task("new", test=True, **new),
        task("unchanged", name="a", test=True, wait_timeout=0),
        task("scanned", SCAN, image=f"{PRIMARY}.dkr.ecr.{REGION}.amazonaws.com/team/app:1.0"),
        task("expired", name="a", api_token=expired),
        {**task("no authority", name="a"), "environment": {"ROX_CA_CERT_FILE": ""}},
        task("two ways", name="a", api_token="one-token", password="one-password"),
        task("not verified", name="a", validate_certs=False, **password),
        task("written", name="b", region="eu-west-3", skip_test=True),
        task("sensor", name="sensor"),
        task("deleted", name="c", state="absent"),
        task("read only", name="a", skip_test=True, api_token=read_only),
    )
    for name in ("new, check", "new", "unchanged"):
        (action,) = run[name]["actions"]
        assert (run[name].failed, run[name].changed, action["test"]["layer"]) == (True, False, "assume_role")
        assert f"Look at the role arn:aws:iam::{PRIMARY}:role/reader: it must be there and trust Central's identity" in run[name].msg
    assert central.stored(OF_PRIMARY) is None
    assert "it fails at assume_role" in run["scanned"].msg
    assert "Central does not know these credentials; check that they are of this Central, not expired and not revoked" in run["expired"].msg
    assert run["expired"]["error"] | {"message": ""} == {
        "code": "PermissionDenied",
        "message": "",
        "operation": "GET /v1/imageintegrations",
        "status": 403,
    }
    assert "Give the role of the token READ_WRITE_ACCESS to Integration" in run["read only"].msg
    assert "Give the file with the certificate of its authority in 'ca_path'" in run["no authority"].msg
    assert "mutually exclusive" in run["two ways"].msg
    assert not run["not verified"].failed, run["not verified"].msg
    # A write that Central's trouble hits is made, and made once.
    assert (run["written"].failed, done(run["written"])) == (False, {"b": "updated"})
    assert [one.status for one in central.requests if one.method == "PATCH"] == [500, None, 403]
    assert (central.stored("b") or {})["ecr"]["region"] == "eu-west-3"
    assert "give 'take_over: true' to make it yours" in run["sensor"].msg
    assert (done(run["deleted"]), central.stored("c")) == ({"c": "deleted"}, None)
    for secret in (central.api_token, central.admin_password, read_only, expired, "login-canary"):
        assert secret not in str(run), "a secret shows at -vvvv"
