# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and stopping, the journal, reset, speed, and many clients at once."""

from __future__ import annotations

import concurrent.futures
import json
import re
import signal
import subprocess
import sys
import typing as t

import pytest

from tests.lab import Lab, start_lab
from tests.lab.handle import ROOT, LabError

from .helpers import ONCE, PRIMARY, SECONDARY, Accounts, allow, document, refused, trust

COMMAND = [sys.executable, "-m", "tests.lab"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_foreground(number: signal.Signals) -> None:
    process = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout or ():
        lines.append(line.rstrip("\n"))
        if lines[-1] == "ready":
            break
    assert re.fullmatch(r"export AWS_ENDPOINT_URL=http://127\.0\.0\.1:\d+", lines[0])
    assert "export AWS_EC2_METADATA_DISABLED=true" in lines
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_unknown_faults_are_refused_at_once() -> None:
    done = subprocess.run([*COMMAND, "--faults", "slow,nonsense"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip() == (
        "lab: unknown fault profile 'nonsense'; there are: slow, throttling, server-errors, dropped-connections, eventual-consistency, 5xx"
    )


def test_help() -> None:
    done = subprocess.run([*COMMAND, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "--port" in done.stdout
    assert "eventual-consistency" in done.stdout


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_is_none(port: str) -> None:
    done = subprocess.run([*COMMAND, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(lab: Lab) -> None:
    with pytest.raises(LabError, match="status 1"):
        start_lab(port=int(lab.endpoint.rpartition(":")[2]))


def test_started_with_faults() -> None:
    with start_lab(faults="throttling,5xx") as lab:
        assert {one["profile"] for one in lab.control("GET", "/lab/faults")["profiles"]} == {"throttling", "server-errors"}
        lab.set_faults()
        lab.reset()
        assert {one["profile"] for one in lab.control("GET", "/lab/faults")["profiles"]} == {"throttling", "server-errors"}


def test_journal(accounts: Accounts) -> None:
    accounts.repository()
    accounts.client("secretsmanager").create_secret(Name="s", SecretString="very secret")
    refused(accounts.client("ecr", SECONDARY).get_repository_policy, registryId=PRIMARY, repositoryName="team/app")
    created, secret, denied = accounts.lab.journal()
    assert (created["service"], created["operation"], created["account"], created["region"]) == (
        "ecr",
        "CreateRepository",
        PRIMARY,
        "eu-west-1",
    )
    assert (created["caller"], created["status"], created["error"], created["write"]) == (f"arn:aws:iam::{PRIMARY}:root", 200, None, True)
    assert created["parameters"] == {"repositoryName": "team/app"}
    assert "very secret" not in json.dumps(secret)
    assert (denied["account"], denied["caller_account"], denied["status"]) == (PRIMARY, SECONDARY, 400)
    assert (denied["error"], denied["executed"], denied["write"]) == ("AccessDeniedException", False, False)
    assert accounts.lab.journal(operation="createrepository") == [created]
    assert accounts.lab.journal(write="True", service="ecr") == [created]
    accounts.lab.clear_journal()
    assert accounts.lab.journal() == []


def test_errors_of_moto_are_in_the_journal(accounts: Accounts) -> None:
    refused(accounts.client("ecr").get_lifecycle_policy, repositoryName="absent")
    refused(accounts.client("iam").get_instance_profile, InstanceProfileName="absent")
    assert [entry["error"] for entry in accounts.lab.journal()] == ["RepositoryNotFoundException", "NoSuchEntity"]


def test_reset_forgets_everything(accounts: Accounts) -> None:
    accounts.repository()
    accounts.client("ecr").put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    session = accounts.assume(accounts.role())
    accounts.client("secretsmanager").create_secret(Name="s", SecretString="x")
    accounts.lab.fail_next("DescribeRepositories", error="X", times=9)
    accounts.lab.set_organization("o-a1b2c3d4e5", [SECONDARY])
    accounts.lab.reset()
    ecr = accounts.client("ecr")
    assert ecr.describe_repositories()["repositories"] == []
    assert ecr.get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"] == "V2"
    assert accounts.client("iam", SECONDARY).list_roles()["Roles"] == []
    assert accounts.client("secretsmanager").list_secrets()["SecretList"] == []
    assert accounts.lab.control("GET", "/lab/organization") == {"accounts": {}}
    assert refused(session.client("sts", config=ONCE).get_caller_identity).code == "InvalidClientTokenId"


def test_other_services_of_moto_are_there(accounts: Accounts) -> None:
    s3 = accounts.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["bucket"]
    assert accounts.client("s3", SECONDARY).list_buckets()["Buckets"] == []


def test_a_read_is_quick(accounts: Accounts) -> None:
    accounts.repository()
    accounts.set_policy(*(allow({"AWS": SECONDARY}, Sid=f"S{number}") for number in range(20)))
    for _unused in range(300):
        accounts.policy()
    spent = sorted(entry["milliseconds"] for entry in accounts.lab.journal(operation="GetRepositoryPolicy"))
    assert spent[len(spent) // 4] < 4  # the quicker ones: those in which nothing else on the machine came between


def test_sixteen_clients_at_once(accounts: Accounts) -> None:
    names = [f"team/app{number}" for number in range(16)]
    for name in names:
        accounts.repository(name)
    session = accounts.lab.session(PRIMARY)
    clients = [session.client("ecr", config=ONCE) for _unused in names]
    iam = [accounts.lab.session(SECONDARY).client("iam", config=ONCE) for _unused in names]

    def work(number: int) -> list[str]:
        arn = iam[number].create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=trust(SECONDARY))["Role"]["Arn"]
        found = []
        for turn in range(15):
            text = document(allow({"AWS": arn}, Sid=f"T{turn}"))
            clients[number].set_repository_policy(repositoryName=names[number], policyText=text)
            read: dict[str, t.Any] = json.loads(clients[number].get_repository_policy(repositoryName=names[number])["policyText"])
            found.append(read["Statement"][0]["Sid"] + read["Statement"][0]["Principal"]["AWS"])
        return [arn, *found]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for arn, *found in pool.map(work, range(16)):
            assert found == [f"T{turn}{arn}" for turn in range(15)]
    entries = accounts.lab.journal(service="ecr", operation="SetRepositoryPolicy")
    assert len(entries) == 16 * 15
    assert {entry["status"] for entry in entries} == {200}


def test_connections_are_kept(accounts: Accounts) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", int(accounts.lab.endpoint.rpartition(":")[2]), timeout=60)
    for _unused in range(3):
        connection.request("GET", "/lab/health")
        sock = connection.sock
        assert json.loads(connection.getresponse().read()) == {"ok": True}
        assert connection.sock is sock
    connection.close()


def test_the_lab_ends_with_who_started_it() -> None:
    lab = start_lab()
    assert lab.process.stdin is not None
    lab.process.stdin.close()
    assert lab.process.wait(timeout=30) == 0
    lab.stop()


def test_stop_does_not_have_to_kill() -> None:
    lab = start_lab()
    lab.stop()
    assert lab.process.returncode == 0
