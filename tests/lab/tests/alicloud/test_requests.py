# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests: signatures, sessions, routing, parameters, faults; with Alibaba Cloud's own client and by hand."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import typing as t

import pytest
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException, ThrottlingException
from Tea.exceptions import TeaException

from tests.lab import Lab
from tests.lab.alicloud import AlibabaCloud
from tests.lab.alicloud.parameters import nested
from tests.lab.alicloud.ram_state import Key
from tests.lab.alicloud.signature import Request, string_to_sign

from .helpers import RUNS, code_of, document, key_of, role_arn, send, trust

EMPTY = hashlib.sha256(b"").hexdigest()
SERVICE = {"Service": ["eci.aliyuncs.com"]}


def refusal(call: t.Callable[..., t.Any], *arguments: t.Any, **query: t.Any) -> tuple[int, str]:
    with pytest.raises(TeaException) as caught:
        call(*arguments, **query)
    return caught.value.status_code, caught.value.code


class ByHand:
    """Requests that are signed step by step, so that each step can be wrong."""

    def __init__(self, cloud: AlibabaCloud) -> None:
        self.cloud = cloud
        self.key = cloud.account(RUNS).key
        self.nonces = 0

    def ask(self, action: str = "GetCallerIdentity", version: str = "2015-04-01", secret: str = "", **changes: str) -> tuple[int, str]:
        """Status and code of the answer (or who asks). Changes are headers, with `_` for `-`; `drop` names one to leave out."""
        self.nonces += 1
        headers = {
            "host": self.cloud.endpoint[7:],
            "x-acs-action": action,
            "x-acs-version": version,
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": f"nonce-{self.nonces}",
            "x-acs-content-sha256": EMPTY,
        }
        unsigned = changes.pop("unsigned", None)
        drop = changes.pop("drop", None)
        scheme = changes.pop("scheme", "ACS3-HMAC-SHA256")
        headers.update({name.replace("_", "-"): value for name, value in changes.items()})
        signed = sorted(name for name in headers if name != unsigned)
        text = string_to_sign(Request("POST", "/", "b=2&a=%C3%A4%20~", headers, b""), signed)
        signature = hmac.new((secret or self.key.secret).encode(), text.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = f"{scheme} Credential={self.key.id},SignedHeaders={';'.join(signed)},Signature={signature}"
        headers.pop(drop or "", None)
        connection = http.client.HTTPConnection(headers["host"], timeout=10)
        connection.request("POST", "/?b=2&a=%C3%A4%20~", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return answer.status, str(body.get("Code") or body["Arn"])


@pytest.fixture
def by_hand(cloud: AlibabaCloud) -> ByHand:
    return ByHand(cloud)


def test_a_right_signature(by_hand: ByHand) -> None:
    assert by_hand.ask() == (200, f"acs:ram::{RUNS}:user/admin")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"secret": "wrong"}, 400, "SignatureDoesNotMatch"),
        ({"x_acs_content_sha256": hashlib.sha256(b"other").hexdigest()}, 400, "SignatureDoesNotMatch"),
        ({"unsigned": "x-acs-action"}, 400, "IncompleteSignature"),
        ({"unsigned": "host"}, 400, "IncompleteSignature"),
        ({"scheme": "ACS3-HMAC-SM3"}, 400, "IncompleteSignature"),
        ({"drop": "Authorization"}, 400, "MissingAccessKeyId"),
        ({"x_acs_signature_nonce": ""}, 400, "MissingSignatureNonce"),
        ({"x_acs_date": "2020-01-01T00:00:00Z"}, 400, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "yesterday"}, 400, "InvalidTimeStamp.Format"),
        ({"x_acs_security_token": "t"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"version": "2016-01-01"}, 400, "InvalidVersion"),
        ({"action": "Unknown"}, 404, "InvalidAction.NotFound"),
    ],
)
def test_wrong_requests(by_hand: ByHand, changes: dict[str, str], status: int, code: str) -> None:
    assert by_hand.ask(**changes) == (status, code)
    assert by_hand.cloud.journal() == []


def test_a_nonce_is_used_once(by_hand: ByHand) -> None:
    assert by_hand.ask(x_acs_signature_nonce="n")[0] == 200
    assert by_hand.ask(x_acs_signature_nonce="n") == (400, "SignatureNonceUsed")


def test_the_real_client_in_query_and_form(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)
    text = "\u00e4 *~/+'\" &="
    made = send(cloud, account.key, "ram", "CreateRole", RoleName="A", AssumeRolePolicyDocument=trust(**SERVICE), Description=text)
    assert made["Role"]["Description"] == text
    send(cloud, account.key, "ram", "UpdateRole", {"RoleName": "A", "NewDescription": text * 2})
    assert account.roles["a"].description == text * 2
    assert refusal(send, cloud, account.key, "ram", "GetRole", RoleName="B") == (404, "EntityNotExist.Role")
    assert refusal(send, cloud, Key("LTAIother", "s"), "ram", "GetRole", RoleName="B") == (404, "InvalidAccessKeyId.NotFound")


def test_sessions(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)
    account.call("ram", "CreateRole", RoleName="R", AssumeRolePolicyDocument=trust(RAM=f"acs:ram::{RUNS}:root"))
    key = key_of(send(cloud, account.key, "sts", "AssumeRole", RoleArn=role_arn(RUNS, "R"), RoleSessionName="me")["Credentials"])
    found = send(cloud, key, "sts", "GetCallerIdentity")
    assert (found["IdentityType"], found["Arn"]) == ("AssumedRoleUser", f"acs:ram::{RUNS}:assumed-role/r/me")
    assert refusal(send, cloud, Key(key.id, key.secret), "sts", "GetCallerIdentity") == (400, "MissingSecurityToken")
    assert refusal(send, cloud, Key(key.id, key.secret, "CAIS"), "sts", "GetCallerIdentity") == (400, "InvalidSecurityToken.Malformed")
    cloud.advance(3601)
    assert refusal(send, cloud, key, "sts", "GetCallerIdentity") == (400, "InvalidSecurityToken.Expired")


def test_error_bodies(cloud: AlibabaCloud) -> None:
    key = cloud.account(RUNS).key
    with pytest.raises(ClientException) as caught:
        send(cloud, key, "ram", "GetRole", RoleName="B")
    assert set(caught.value.data) >= {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert caught.value.request_id == cloud.journal()[0]["request_id"]


def test_nested_parameters() -> None:
    found = nested([("A.2", "y"), ("A.1", "x"), ("I.1.Domain.1", "d"), ("I.1.InstanceId", "i"), ("O.P", "1"), ("I2.1Domain.1", "lost")])
    assert found == {
        "A": ["x", "y"],
        "I": [{"Domain": ["d"], "InstanceId": "i"}],
        "O": {"P": "1"},
        "I2": {"1Domain": ["lost"]},  # the malformed key of the old SDK names no item of a list
    }


def test_booleans_and_unknown_parameters(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)
    send(
        cloud,
        account.key,
        "ram",
        "CreatePolicy",
        PolicyName="p",
        PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    wanted = {"PolicyName": "p", "Colour": "blue"}
    assert refusal(send, cloud, account.key, "ram", "DeletePolicy", CascadingDelete="True", **wanted) == (400, "InvalidParameter")
    send(cloud, account.key, "ram", "DeletePolicy", CascadingDelete="true", **wanted)
    entry = cloud.journal(operation="DeletePolicy")[-1]
    assert (entry["ignored"], entry["write"], entry["executed"], entry["caller"]) == (["Colour"], True, True, f"acs:ram::{RUNS}:user/admin")
    assert cloud.writes() == ["CreatePolicy", "DeletePolicy"]


def test_faults(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)

    def ask() -> t.Any:
        return send(cloud, account.key, "sts", "GetCallerIdentity")

    cloud.fail_next("GetCallerIdentity", error="Throttling.User", status=429, retry_after=1500, skip=1)
    ask()
    with pytest.raises(ThrottlingException) as throttled:
        ask()
    assert (throttled.value.status_code, throttled.value.code, throttled.value.retry_after) == (429, "Throttling.User", 1500)
    cloud.fail_next("GetCallerIdentity", error="InternalError")
    with pytest.raises(ServerException):
        ask()
    cloud.fail_next("*", html=True)
    cloud.fail_next("*", drop="before")
    for _unused in range(2):
        with pytest.raises(TeaException) as caught:
            ask()
        assert not caught.value.code
    ask()
    assert [entry["status"] for entry in cloud.journal()] == [200, 429, 500, 502, None, 200]


def test_dropped_after_and_races(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)
    wanted = {"AssumeRolePolicyDocument": trust(**SERVICE)}
    cloud.fail_next("CreateRole", drop="after")
    with pytest.raises(TeaException):
        send(cloud, account.key, "ram", "CreateRole", RoleName="a", **wanted)
    assert "a" in account.roles
    assert cloud.journal(executed=True, error="ConnectionDropped")
    cloud.fail_next("CreateRole", race=True)
    assert refusal(send, cloud, account.key, "ram", "CreateRole", RoleName="b", **wanted) == (409, "EntityAlreadyExists.Role")
    cloud.before("GetRole", lambda: account.roles.pop("a"))
    assert refusal(send, cloud, account.key, "ram", "GetRole", RoleName="a") == (404, "EntityNotExist.Role")


def test_profiles(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)

    def outcomes() -> set[str]:
        found = set()
        for _unused in range(12):
            try:
                send(cloud, account.key, "sts", "GetCallerIdentity")
                found.add("ok")
            except TeaException as error:
                found.add(error.code or "dropped")
        return found

    cloud.set_faults({"profile": "throttling", "share": 0.5})
    assert outcomes() == {"ok", "Throttling.User"}
    cloud.set_faults({"profile": "5xx", "share": 0.5}, seed=2)
    assert outcomes() == {"ok", "ServiceUnavailable"}
    cloud.set_faults({"profile": "dropped-connections", "share": 0.5})
    assert outcomes() == {"ok", "dropped"}
    with pytest.raises(ValueError, match="unknown fault profile"):
        cloud.set_faults("nothing")


def test_eventual_consistency(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)
    account.call("ram", "CreateRole", RoleName="old", AssumeRolePolicyDocument=trust(**SERVICE), Description="before")
    cloud.set_faults({"profile": "eventual-consistency", "seconds": 600})
    account.call("ram", "UpdateRole", RoleName="old", NewDescription="after")
    account.call("ram", "CreateRole", RoleName="new", AssumeRolePolicyDocument=trust(RAM=f"acs:ram::{RUNS}:root"))
    text = trust(RAM=role_arn(RUNS, "new"))

    assert account.call("ram", "GetRole", RoleName="old")["Role"]["Description"] == "before"
    assert code_of(account.call, "ram", "GetRole", RoleName="new") == (404, "EntityNotExist.Role")
    assert code_of(account.call, "ram", "CreateRole", RoleName="new", AssumeRolePolicyDocument=text) == (400, "MalformedPolicyDocument")
    assert code_of(account.call, "ram", "CreateRole", RoleName="NEW", AssumeRolePolicyDocument=trust(**SERVICE)) == (
        409,
        "EntityAlreadyExists.Role",
    )
    wanted = {"RoleArn": role_arn(RUNS, "new"), "RoleSessionName": "me"}
    assert code_of(account.call, "sts", "AssumeRole", key=account.key, **wanted) == (404, "EntityNotExist.Role")
    cloud.advance(601)
    assert account.call("ram", "GetRole", RoleName="old")["Role"]["Description"] == "after"
    account.call("sts", "AssumeRole", key=account.key, **wanted)


def test_reset_and_environment(cloud: AlibabaCloud) -> None:
    account = cloud.account(RUNS)
    environment = cloud.environment_of(account.key, "cn-beijing")
    assert environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] == account.key.id
    assert environment["HTTP_PROXY"] == ""
    account.call("ram", "CreateRole", RoleName="a", AssumeRolePolicyDocument=trust(**SERVICE))
    cloud.reset()
    assert cloud.account(RUNS).roles == {}


def test_beside_the_lab(lab: Lab) -> None:
    cloud = lab.start_alicloud()
    cloud.account(RUNS).call("ram", "CreateRole", RoleName="a", AssumeRolePolicyDocument=trust(**SERVICE))
    lab.reset()
    assert cloud.account(RUNS).roles == {}
    cloud.stop()
    assert cloud.stopped
    lab.reset()  # and knows it no more
