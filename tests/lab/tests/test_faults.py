# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong on request: profiles, scheduled faults, and other writers."""

from __future__ import annotations

import collections
import concurrent.futures
import json
import time
import typing as t

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from tests.lab import Lab, front, journal, operations
from tests.lab.handle import LabError

from .helpers import PRIMARY, SECONDARY, THIRD, Accounts, allow, allow_identity, document, refused, trust

OTHER = {"AWS": SECONDARY}
# Longer than any test: turning the faults off ends it, so that no test depends on how fast the machine is.
LATE = {"profile": "eventual-consistency", "seconds": 600}


def outcomes(call: t.Callable[[], t.Any], times: int) -> collections.Counter[str]:
    """What came of a number of calls: ok, an error code, or dropped."""
    found: collections.Counter[str] = collections.Counter()
    for _unused in range(times):
        try:
            call()
            found["ok"] += 1
        except ClientError as error:
            found[error.response["Error"]["Code"]] += 1
        except HTTPClientError:
            found["dropped"] += 1
    return found


def test_slow(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    accounts.lab.set_faults({"profile": "slow", "seconds": 0.3})
    started = time.monotonic()
    ecr.describe_repositories()
    assert time.monotonic() - started >= 0.3
    accounts.lab.set_faults()
    accounts.lab.clear_journal()
    for _unused in range(5):
        ecr.describe_repositories()
    assert min(entry["milliseconds"] for entry in accounts.lab.journal(operation="DescribeRepositories")) < 300


def test_throttling(accounts: Accounts) -> None:
    accounts.lab.set_faults({"profile": "throttling", "share": 0.5})
    found = outcomes(accounts.client("ecr").describe_repositories, 60)
    assert set(found) == {"ok", "ThrottlingException"}
    assert 15 < found["ok"] < 45
    assert set(outcomes(accounts.client("iam").list_roles, 40)) == {"ok", "Throttling"}
    accounts.lab.set_faults({"profile": "throttling", "share": 1})
    assert refused(accounts.client("ecr").describe_repositories) == ("ThrottlingException", "Rate exceeded", 400)


def test_server_errors(accounts: Accounts) -> None:
    accounts.lab.set_faults({"profile": "5xx", "share": 1})
    assert set(outcomes(accounts.client("ecr").describe_repositories, 30)) == {"ServerException", "ServiceUnavailableException"}
    assert set(outcomes(accounts.client("sts").get_caller_identity, 30)) == {"InternalFailure", "ServiceUnavailable"}
    assert refused(accounts.client("ecr").describe_repositories).status in (500, 503)


def test_dropped_connections_may_have_written(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    accounts.lab.set_faults({"profile": "dropped-connections", "share": 1})
    for number in range(20):
        assert outcomes(lambda name=f"r{number:02}": ecr.create_repository(repositoryName=name), 1) == {"dropped": 1}  # type: ignore[misc]
    accounts.lab.set_faults()
    assert 3 < len(ecr.describe_repositories()["repositories"]) < 17
    entries = accounts.lab.journal(operation="CreateRepository")
    assert {entry["error"] for entry in entries} == {"ConnectionDropped"}
    assert sum(entry["executed"] for entry in entries) == len(ecr.describe_repositories()["repositories"])


def test_the_same_calls_meet_the_same_faults(accounts: Accounts) -> None:
    def run(seed: int) -> list[str]:
        accounts.lab.set_faults({"profile": "throttling", "share": 0.5}, seed=seed)
        return [next(iter(outcomes(accounts.client("ecr").describe_repositories, 1))) for _unused in range(25)]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_sdk_retries_get_through(accounts: Accounts) -> None:
    accounts.lab.set_faults("throttling", "5xx", "dropped-connections")
    session = accounts.lab.session(PRIMARY)
    ecr = session.client("ecr", config=Config(retries={"mode": "standard", "total_max_attempts": 12}))
    for number in range(10):
        ecr.describe_repositories()
        assert number < 10
    assert len(accounts.lab.journal(operation="DescribeRepositories")) > 10


def test_a_new_role_is_unknown_for_a_while(accounts: Accounts) -> None:
    accounts.repository()
    accounts.client("secretsmanager").create_secret(Name="s", SecretString="x")
    accounts.lab.set_faults(LATE)
    arn = accounts.role()
    text = document(allow({"AWS": arn}))
    assert refused(accounts.client("ecr").set_repository_policy, repositoryName="team/app", policyText=text).message == (
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"
    )
    assert refused(accounts.role, name="other", trusts=trust(arn)).message == f'Invalid principal in policy: "AWS":"{arn}"'
    secret_policy = document(allow({"AWS": arn}, "secretsmanager:*", Resource="*"))
    assert refused(accounts.client("secretsmanager").put_resource_policy, SecretId="s", ResourcePolicy=secret_policy).code == (
        "MalformedPolicyDocumentException"
    )
    sts = accounts.client("sts", SECONDARY)
    assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="session").code == "AccessDenied"
    assert accounts.client("iam", SECONDARY).get_role(RoleName="puller")["Role"]["Arn"] == arn
    accounts.lab.set_faults()
    accounts.set_policy(allow({"AWS": arn}))
    accounts.assume(arn)


def test_the_window_ends_by_itself(accounts: Accounts) -> None:
    accounts.repository()
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 1})
    arn = accounts.role()
    created = time.monotonic()
    while outcomes(lambda: accounts.set_policy(allow({"AWS": arn})), 1) == {"InvalidParameterException": 1}:
        assert time.monotonic() - created < 30
        time.sleep(0.05)
    assert time.monotonic() - created > 0.9
    while outcomes(accounts.policy, 1) != {"ok": 1}:
        assert time.monotonic() - created < 60
        time.sleep(0.05)
    assert time.monotonic() - created > 1.9


def test_identity_policies_take_effect_late(accounts: Accounts) -> None:
    arn = accounts.role()
    ecr = accounts.as_role(arn, "ecr")
    accounts.lab.set_faults(LATE)
    accounts.permit("puller", allow_identity())
    assert refused(ecr.describe_repositories).code == "AccessDeniedException"
    accounts.lab.set_faults()
    ecr.describe_repositories()
    accounts.lab.set_faults(LATE)
    accounts.client("iam", SECONDARY).delete_role_policy(RoleName="puller", PolicyName="permits")
    ecr.describe_repositories()
    accounts.lab.set_faults()
    assert refused(ecr.describe_repositories).code == "AccessDeniedException"


def test_a_written_policy_reads_back_stale(accounts: Accounts) -> None:
    accounts.repository()
    accounts.lab.set_faults(LATE)
    accounts.set_policy(allow(OTHER, Sid="First"))
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"
    accounts.lab.set_faults()
    assert accounts.policy()["Statement"][0]["Sid"] == "First"
    accounts.lab.set_faults(LATE)
    accounts.set_policy(allow(OTHER, Sid="Second"))
    accounts.set_policy(allow(OTHER, Sid="Third"))
    assert accounts.policy()["Statement"][0]["Sid"] == "First"
    accounts.lab.set_faults()
    assert accounts.policy()["Statement"][0]["Sid"] == "Third"
    accounts.lab.set_faults(LATE)
    accounts.client("ecr").delete_repository_policy(repositoryName="team/app")
    assert accounts.policy()["Statement"][0]["Sid"] == "Third"
    accounts.lab.set_faults()
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"


def test_a_repository_of_the_same_name_has_no_past(accounts: Accounts) -> None:
    accounts.repository()
    accounts.set_policy(allow(OTHER))
    accounts.lab.set_faults(LATE)
    accounts.set_policy(allow({"AWS": THIRD}))
    accounts.client("ecr").delete_repository(repositoryName="team/app")
    accounts.repository()
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"


def test_a_written_trust_policy_reads_back_stale(accounts: Accounts) -> None:
    accounts.role()
    iam = accounts.client("iam", SECONDARY)
    accounts.lab.set_faults(LATE)
    iam.update_assume_role_policy(RoleName="puller", PolicyDocument=trust(THIRD))

    def trusted() -> str:
        return str(iam.get_role(RoleName="puller")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"])

    assert trusted() == f"arn:aws:iam::{SECONDARY}:root"
    accounts.lab.set_faults()
    assert trusted() == f"arn:aws:iam::{THIRD}:root"


def test_scheduled_faults(accounts: Accounts) -> None:
    accounts.repository("one/app")
    accounts.repository("two/app")
    lab, ecr = accounts.lab, accounts.client("ecr")
    lab.fail_next("GetRepositoryPolicy", error="ThrottlingException", message="Rate exceeded", times=2, resource="two/app")
    assert refused(ecr.get_repository_policy, repositoryName="one/app").code == "RepositoryPolicyNotFoundException"
    for _unused in range(2):
        assert refused(ecr.get_repository_policy, repositoryName="two/app") == ("ThrottlingException", "Rate exceeded", 400)
    assert refused(ecr.get_repository_policy, repositoryName="two/app").code == "RepositoryPolicyNotFoundException"
    lab.fail_next("DescribeRepositories", error="ServerException", skip=1)
    ecr.describe_repositories()
    assert refused(ecr.describe_repositories).status == 500
    lab.fail_next("DescribeRepositories", delay=0.3)
    started = time.monotonic()
    ecr.describe_repositories()
    assert time.monotonic() - started >= 0.3
    lab.fail_next("DescribeRepositories", error="AccessDeniedException", account=SECONDARY)
    ecr.describe_repositories()
    lab.control("DELETE", "/lab/faults/next")
    accounts.client("ecr", SECONDARY).describe_repositories()


@pytest.mark.parametrize(("drop", "written"), [("before", False), ("after", True)])
def test_a_scheduled_drop(accounts: Accounts, drop: str, written: bool) -> None:
    accounts.repository()
    accounts.lab.fail_next("SetRepositoryPolicy", drop=drop)
    with pytest.raises(HTTPClientError):
        accounts.set_policy(allow(OTHER))
    assert bool(outcomes(accounts.policy, 1)["ok"]) is written
    entry = accounts.lab.journal(operation="SetRepositoryPolicy")[0]
    assert (entry["status"], entry["executed"]) == (None, written)


def test_another_writer_right_before(accounts: Accounts) -> None:
    accounts.repository()
    foreign = {"Version": "2012-10-17", "Statement": [allow({"AWS": THIRD}, Sid="Foreign")]}
    accounts.lab.write_concurrently("SetRepositoryPolicy", "team/app", "before", policy=foreign)
    accounts.set_policy(allow(OTHER, Sid="Ours"))
    assert [statement["Sid"] for statement in accounts.policy()["Statement"]] == ["Ours"]
    entries = accounts.lab.journal(operation="SetRepositoryPolicy")
    assert sorted(entry["writer"] for entry in entries) == [False, True]
    accounts.set_policy(allow(OTHER, Sid="Ours"))
    assert len(accounts.lab.journal(operation="SetRepositoryPolicy", writer="True")) == 1


def test_another_writer_right_after(accounts: Accounts) -> None:
    accounts.repository()
    accounts.set_policy(allow(OTHER, Sid="Ours"))
    foreign = {"Version": "2012-10-17", "Statement": [allow({"AWS": THIRD}, Sid="Foreign")]}
    accounts.lab.write_concurrently("GetRepositoryPolicy", "team/app", "after", policy=foreign)
    assert accounts.policy()["Statement"][0]["Sid"] == "Ours"
    assert accounts.policy()["Statement"][0]["Sid"] == "Foreign"
    accounts.lab.write_concurrently("GetRepositoryPolicy", "team/app", "after", policy=None)
    accounts.policy()
    assert refused(accounts.policy).code == "RepositoryPolicyNotFoundException"


def test_any_other_write_by_somebody_else(accounts: Accounts) -> None:
    accounts.role()
    write = {"service": "iam", "operation": "UpdateAssumeRolePolicy", "parameters": {"RoleName": "puller", "PolicyDocument": trust(THIRD)}}
    accounts.lab.write_concurrently("GetRole", "puller", "after", write=write)
    iam = accounts.client("iam", SECONDARY)
    first, second = (json.dumps(iam.get_role(RoleName="puller")["Role"]["AssumeRolePolicyDocument"]) for _unused in range(2))
    assert SECONDARY in first
    assert THIRD in second


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("PUT", "/lab/faults", {"profiles": ["nonsense"]}, "unknown fault profile 'nonsense'; there are: slow, throttling"),
        ("PUT", "/lab/faults", {"profiles": [{"profile": "slow", "share": 1}]}, "profile slow has no setting share; it has seconds"),
        ("POST", "/lab/faults/next", {"operation": "X"}, "a scheduled fault needs error, delay or drop"),
        ("POST", "/lab/faults/next", {"operation": "X", "drop": "maybe"}, "drop is before or after"),
        ("POST", "/lab/writers", {"operation": "X", "when": "never", "policy": None}, "when is before or after"),
        ("POST", "/lab/writers", {"operation": "X"}, "missing 'write'"),
        ("POST", "/lab/faults/next", {"error": "X"}, "a scheduled fault needs operation"),
        ("POST", "/lab/faults/next", {"operation": "X", "eror": "Y"}, "a scheduled fault has no eror; it has operation, service,"),
        (
            "POST",
            "/lab/writers",
            {"operation": "X", "write": {"service": "iam", "operation": "Nope", "parameters": {}}},
            "iam has no operation Nope",
        ),
        (
            "POST",
            "/lab/writers",
            {"operation": "X", "write": {"service": "nope", "operation": "Nope", "parameters": {}}},
            "Unknown service",
        ),
        ("PUT", "/lab/organization", {"id": "o-a", "accounts": "111122223333"}, "accounts is a list"),
        ("POST", "/lab/call", {"account": "1", "region": "eu-west-1", "service": "nope", "operation": "Nope"}, "Unknown service"),
        ("GET", "/lab/nonsense", None, "no such control endpoint"),
    ],
)
def test_wrong_control_requests(lab: Lab, method: str, path: str, body: t.Any, words: str) -> None:
    with pytest.raises(LabError, match=words.replace("(", r"\(")):
        lab.control(method, path, body)


def in_threads(calls: t.Iterable[t.Callable[[], t.Any]]) -> list[t.Any]:
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_the_journal_is_in_the_order_in_which_calls_took_effect(accounts: Accounts) -> None:
    accounts.repository()
    ecr = accounts.lab.session(PRIMARY).client("ecr", config=Config(max_pool_connections=16))
    texts = [document(allow(OTHER, Sid=f"Writer{number}")) for number in range(64)]
    in_threads(lambda text=text: ecr.set_repository_policy(repositoryName="team/app", policyText=text) for text in texts)
    written = accounts.lab.journal(operation="SetRepositoryPolicy")
    assert sorted(entry["parameters"]["policyText"] for entry in written) == sorted(texts)
    assert json.loads(written[-1]["parameters"]["policyText"])["Statement"][0]["Sid"] == accounts.policy()["Statement"][0]["Sid"]
    assert [entry["time"] for entry in written] == sorted(entry["time"] for entry in written)


def test_the_journal_places_other_writers_around_the_call(accounts: Accounts) -> None:
    accounts.repository()
    for when in ("before", "after"):
        accounts.lab.write_concurrently("SetRepositoryPolicy", resource="team/app", when=when, policy=None)
    accounts.set_policy(allow(OTHER))  # before it there is no policy to delete
    written = accounts.lab.journal(write="true")
    assert [(entry["operation"], entry["writer"], entry["executed"]) for entry in written[1:]] == [
        ("DeleteRepositoryPolicy", True, False), ("SetRepositoryPolicy", False, True), ("DeleteRepositoryPolicy", True, True),
    ]  # fmt: skip


def test_a_writer_after_a_call_waits_until_one_succeeds(accounts: Accounts) -> None:
    iam, write = accounts.client("iam"), {"service": "iam", "operation": "CreateUser", "parameters": {"UserName": "other"}}
    iam.create_group(GroupName="team")
    accounts.lab.write_concurrently("CreateGroup", when="after", write=write)
    refused(iam.create_group, GroupName="team")
    assert iam.list_users()["Users"] == []
    iam.create_group(GroupName="more")
    assert len(iam.list_users()["Users"]) == 1


def test_a_call_from_before_a_reset_does_not_reach_the_new_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, because only here the reset comes at the right moment for sure: while the call waits."""
    scope = f"{PRIMARY}/20260101/eu-west-1/ecr/aws4_request"
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/x-amz-json-1.1",
        "HTTP_X_AMZ_TARGET": "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    with monkeypatch.context() as patch:
        patch.setattr(front.FAULTS, "before", lambda _call: bool(operations.forget_everything()))
        status, _headers, body = front.handle(environ, b'{"repositoryName": "team/app"}')
    assert status == 400
    assert json.loads(body) == {"__type": "LabReset", "message": "The lab was reset while this call was under way"}
    assert journal.entries() == []
    environ["HTTP_X_AMZ_TARGET"] = environ["HTTP_X_AMZ_TARGET"].replace("Create", "Describe").replace("Repository", "Repositories")
    assert json.loads(front.handle(environ, b"{}")[2]) == {"repositories": []}


@pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
@pytest.mark.parametrize("profile", ["throttling", "server-errors", "dropped-connections"])
def test_many_threads_with_the_retries_of_the_sdk_end_consistent(accounts: Accounts, mode: str, profile: str) -> None:
    config = Config(max_pool_connections=16, retries={"mode": mode, "total_max_attempts": 12})
    ecr = accounts.lab.session(PRIMARY).client("ecr", config=config)
    names = [f"team/app{number}" for number in range(24)]
    for name in names:
        accounts.repository(name)
    accounts.lab.set_faults(profile)
    in_threads(lambda name=name: ecr.set_repository_policy(repositoryName=name, policyText=document(allow(OTHER))) for name in names)
    accounts.lab.set_faults()
    for name in names:
        assert accounts.policy(name)["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{SECONDARY}:root"}
        attempts = accounts.lab.journal(operation="SetRepositoryPolicy")
        mine = [entry for entry in attempts if entry["parameters"]["repositoryName"] == name]
        assert mine[-1]["status"] == 200 and all(entry["error"] for entry in mine[:-1])
        assert all(entry["executed"] == (entry["error"] is None) for entry in mine if entry["status"] is not None)


def test_other_writers_come_exactly_once_also_among_many_threads(accounts: Accounts) -> None:
    accounts.repository()
    accounts.lab.write_concurrently("GetRepositoryPolicy", resource="team/app", policy=json.loads(document(allow(OTHER))), times=3)
    ecr = accounts.lab.session(PRIMARY).client("ecr", config=Config(max_pool_connections=16))
    in_threads([lambda: ecr.get_repository_policy(repositoryName="team/app")] * 32)
    assert len(accounts.lab.journal(writer="true")) == 3
    assert accounts.lab.control("GET", "/lab/writers") == {"writers": []}
