# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where keys come from, in which order, and when they are renewed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud import library
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.client import AlicloudClient, Connection
from ansible_collections.crossaccount.registry.plugins.module_utils._alicloud.credentials import Keys, Renewed, assumed, key_source
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from tests.lab.alicloud import AlibabaCloud

UID = "1609982529000001"
NOTHING = {"access_key_id": None, "access_key_secret": None, "security_token": None, "profile": None}
ALIBABA = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIalibaba", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a", "ALIBABA_CLOUD_SECURITY_TOKEN": "t"}
ALICLOUD = {"ALICLOUD_ACCESS_KEY": "LTAIalicloud", "ALICLOUD_SECRET_KEY": "b"}
CONFIG = {
    "current": "default",
    "profiles": [
        {"name": "default", "mode": "AK", "access_key_id": "LTAIdefault", "access_key_secret": "d"},
        {"name": "team", "mode": "StsToken", "access_key_id": "STSteam", "access_key_secret": "e", "sts_token": "tt"},
        {"name": "broken", "mode": "Unheard"},
    ],
}
NO_MACHINE = {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with profiles of both kinds."""
    monkeypatch.setattr("alibabacloud_credentials.utils.auth_constant.HOME", str(tmp_path))
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / ".alibabacloud").mkdir()
    ini = "[default]\ntype = access_key\naccess_key_id = LTAIini\naccess_key_secret = f\n"
    (tmp_path / ".alibabacloud" / "credentials.ini").write_text(ini + ini.replace("default", "old").replace("LTAIini", "LTAIold"))
    return tmp_path


def nobody() -> AlicloudClient:
    return AlicloudClient(Connection(None, "http://127.0.0.1:9", max_attempts=1), None)


def found(environment: Mapping[str, str], **options: Any) -> Keys:
    return key_source({**NOTHING, **options}, nobody(), {**NO_MACHINE, **environment})()


ORDER: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "options": ({"access_key_id": "LTAIoption", "access_key_secret": "o", "profile": "team"}, {**ALIBABA, **ALICLOUD}, "LTAIoption"),
    "profile of the options": ({"profile": "team"}, {**ALIBABA, **ALICLOUD}, "STSteam"),
    "profile in the other file": ({"profile": "old"}, {}, "LTAIold"),
    "environment": ({}, {**ALIBABA, **ALICLOUD, "ALIBABA_CLOUD_PROFILE": "team"}, "LTAIalibaba"),
    "environment of other tools": ({}, {**ALICLOUD, "ALIBABA_CLOUD_PROFILE": "team"}, "LTAIalicloud"),
    "profile of the environment": ({}, {"ALIBABA_CLOUD_PROFILE": "team"}, "STSteam"),
    "profile of the environment of other tools": ({}, {"ALICLOUD_PROFILE": "team"}, "STSteam"),
    "default profile": ({}, {}, "LTAIdefault"),
    "default profile of the other file": ({}, {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}, "LTAIini"),
}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("options", "environment", "key"), ORDER.values(), ids=ORDER)
def test_order(options: dict[str, Any], environment: dict[str, str], key: str) -> None:
    assert found(environment, **options).id == key


def test_tokens_come_along(home: Path) -> None:
    assert found(ALIBABA).token == "t"
    assert found({}, profile="team").token == "tt"
    assert found({}).token is None
    (home / ".aliyun" / "config.json").write_text("{")
    assert found({}).id == "LTAIini"


INCOMPLETE: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "options": ({"access_key_id": "x"}, {}, "the options have only one of the access key's id and its secret; give both"),
    "environment": (
        {},
        {"ALICLOUD_SECRET_KEY": "x"},
        "the variables ALICLOUD_* have only one of the access key's id and its secret; give both",
    ),
    "unknown profile": ({"profile": "nobody"}, {}, "the profile 'nobody' gives no keys (~/.aliyun/config.json: unable to get profile"),
    "profile of an unknown kind": ({"profile": "broken"}, {}, "the profile 'broken' gives no keys (~/.aliyun/config.json: unsupported"),
    "token that is not there": (
        {},
        {"ALIBABA_CLOUD_ROLE_ARN": "r", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "p", "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/nowhere"},
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE cannot be read",
    ),
}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("options", "environment", "problem"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_incomplete_keys(options: dict[str, Any], environment: dict[str, str], problem: str) -> None:
    with pytest.raises(RegistryError) as refused:
        found(environment, **options)
    assert str(refused.value).startswith(problem)


def test_no_keys_at_all(home: Path) -> None:
    for file in (".aliyun/config.json", ".alibabacloud/credentials.ini"):
        (home / file).unlink()
    with pytest.raises(RegistryError, match=r"no keys for Alibaba Cloud were found: give 'access_key_id'.*config.json.*credentials.ini"):
        found({})


def test_keys_are_not_printed() -> None:
    assert "s3cret" not in repr(Keys("LTAI", "s3cret", "s3cret"))


class _Provider:
    """Gives keys, or raises."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def get_credentials(self) -> Any:
        return SimpleNamespace(
            get_access_key_id=lambda: f"STS{self.settings['role_name']}", get_access_key_secret=lambda: "s", get_security_token=lambda: "t"
        )


def test_the_role_of_the_machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (".aliyun/config.json", ".alibabacloud/credentials.ini"):
        (home / file).unlink()
    monkeypatch.setattr(library, "EcsRamRoleCredentialsProvider", _Provider)
    source = key_source(NOTHING, nobody(), {"ALIBABA_CLOUD_ECS_METADATA": "worker"})
    assert source().id == source().id == "STSworker"


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (library.CredentialException('error refreshing, http_code: 403, result: {"Code": "NoPermission", "x": "s3cret"}'), "NoPermission"),
        (library.RetryError("Max retries exceeded with url: /?AccessKeyId=s3cret"), "does not answer"),
        (KeyError("s3cret"), "it cannot be used"),
    ],
)
def test_what_the_library_says_is_not_repeated(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], raised: Exception, told: str
) -> None:
    def fail(_self: object) -> None:
        raise raised

    monkeypatch.setattr(_Provider, "get_credentials", fail)
    monkeypatch.setattr(library, "CLIProfileCredentialsProvider", _Provider)
    (home / ".alibabacloud" / "credentials.ini").unlink()
    with pytest.raises(RegistryError) as refused:
        found({}, profile="x")
    assert told in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "".join(capfd.readouterr()) == ""


# -- temporary keys --------------------------------------------------------------------------------------------------


def test_keys_are_renewed_before_they_expire() -> None:
    now = [0.0]
    fetched: list[Keys] = []

    def fetch() -> Keys:
        fetched.append(Keys(str(len(fetched)), "s", "t", now[0] + 900))
        return fetched[-1]

    source = Renewed(fetch, lambda: now[0])
    assert [source().id, source().id] == ["0", "0"]
    now[0] = 599
    assert source().id == "0"
    now[0] = 601
    assert [source().id, source().id] == ["1", "1"]


def trusted(cloud: AlibabaCloud, principal: dict[str, Any], **condition: Any) -> str:
    """A role of the account; returns its ARN."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **({"Condition": condition} if condition else {})}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    answer = cloud.account(UID).call("ram", "CreateRole", RoleName="Operator", AssumeRolePolicyDocument=document)
    return str(answer["Role"]["Arn"])


def test_a_role_is_assumed(cloud: AlibabaCloud, client: AlicloudClient) -> None:
    arn = trusted(cloud, {"RAM": [f"acs:ram::{UID}:root"]}, StringEquals={"sts:ExternalId": "for-us"})
    narrow = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:Get*", "Resource": "*"}]}
    role = {"role_arn": arn, "session_name": "test", "duration_seconds": 900, "external_id": "for-us", "policy": json.dumps(narrow)}
    acting = AlicloudClient(client.connection, assumed(client, role))
    assert acting.call("sts", "GetCallerIdentity")["Arn"] == f"acs:ram::{UID}:assumed-role/operator/test"
    acting.call("sts", "GetCallerIdentity")
    (asked,) = cloud.journal(operation="AssumeRole")
    assert asked["parameters"] == {
        "RoleArn": arn,
        "RoleSessionName": "test",
        "DurationSeconds": "900",
        "ExternalId": "for-us",
        "Policy": json.dumps(narrow),
    }
    with pytest.raises(RegistryError, match=r"AssumeRole: NoPermission"):
        assumed(client, {**role, "external_id": "of-others"})()


def test_an_oidc_token_is_exchanged(cloud: AlibabaCloud, tmp_path: Path) -> None:
    provider = cloud.account(UID).add_identity_provider("oidc-provider", "ack")
    subject = "system:serviceaccount:apps:puller"
    arn = trusted(
        cloud, {"Federated": [provider]}, StringEquals={"oidc:sub": subject, "oidc:aud": "sts.aliyuncs.com", "oidc:iss": "https://ack"}
    )
    file = tmp_path / "token"
    token = cloud.account(UID).oidc_token(provider, subject)
    file.write_text(f"{token}\n")
    environment = {
        "ALIBABA_CLOUD_ROLE_ARN": arn,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": provider,
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(file),
        "ALIBABA_CLOUD_ROLE_SESSION_NAME": "pod",
    }
    connection = Connection(None, cloud.endpoint, max_attempts=1)
    source = key_source(NOTHING, AlicloudClient(connection, None), environment)
    assert AlicloudClient(connection, source).call("sts", "GetCallerIdentity")["Arn"] == f"acs:ram::{UID}:assumed-role/operator/pod"
    file.write_text("a-token-of-nobody")
    with pytest.raises(RegistryError) as refused:
        key_source(NOTHING, AlicloudClient(connection, None), environment)()
    assert "AssumeRoleWithOIDC" in str(refused.value)
    assert "a-token-of-nobody" not in str(refused.value)
