# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job on the lab: images cross accounts, from one declaration, proven before and after.

Ends with code 1 when anything is not as the declaration says. With ``--shell`` a shell follows, in which the lab can be played with.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from tests.demo.images import pull, push
from tests.lab import Lab, start_lab

EXAMPLE = Path(__file__).parent / "example"
#: Where the report stays when the demo is over.
REPORT = Path(__file__).parents[2] / ".cache" / "demo" / "access-report.html"
REGION = "eu-west-1"
PRIMARY = "111122223333"
REPOSITORIES = ("payments/api", "payments/worker", "base/python", "shop/web", "internal/tools")
#: What others have put on two of the repositories, and what must stay.
FOREIGN: dict[str, dict[str, Any]] = {
    "payments/api": {
        "Sid": "ReportingReads",
        "Effect": "Allow",
        "Principal": {"AWS": "999900001111"},
        "Action": ["ecr:DescribeImages", "ecr:ListImages"],
    },
    "shop/web": {
        "Sid": "LambdaECRImageRetrievalPolicy",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Condition": {"StringLike": {"aws:sourceArn": f"arn:aws:lambda:{REGION}:{PRIMARY}:function:*"}},
    },
}


#: Account (by its host), repository, and pull or push.
Access: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class User:
    """A role of a secondary account, and what the declaration grants it: repository -> accesses."""

    host: str
    account: str
    path: str
    role: str
    granted: dict[str, frozenset[str]]


USERS = (
    User(
        "payments",
        "444455556666",
        "/",
        "ecsInstanceRole",
        {"payments/api": frozenset({"pull"}), "payments/worker": frozenset({"pull"}), "base/python": frozenset({"pull"})},
    ),
    User("shop", "777788889999", "/ci/", "builder", {"shop/web": frozenset({"pull", "push"})}),
)


def main(arguments: Sequence[str]) -> int:
    if set(arguments) - {"--shell"}:
        tell("usage: ./run demo [--shell]")
        return 2
    with (
        start_lab() as lab,
        tempfile.TemporaryDirectory(prefix="crossaccount-demo-") as folder,
        ThreadPoolExecutor() as pool,
        ExitStack() as runs,
    ):
        prepare(lab)
        tell("A lab with three AWS accounts is running on this machine. Account images (111122223333) owns the repositories")
        tell(f"{', '.join(REPOSITORIES)}. The accounts payments (444455556666) and shop (777788889999) want to use some.")

        environment = {**os.environ, **lab.environment, "AWS_SHARED_CREDENTIALS_FILE": credentials(Path(folder))}
        title("1. Before: what happens when payments pulls payments/api")
        tell(refusal(lab) or "The pull succeeded. It should not have.")
        # It takes some seconds and changes nothing, so it need not keep anybody waiting.
        looking = pool.submit(report_now, environment, Path(folder) / "before.html")

        title("2. The declaration (tests/demo/example/group_vars/all.yml)")
        declaration = (EXAMPLE / "group_vars" / "all.yml").read_text(encoding="utf-8")
        tell(declaration.partition("# Who gets")[2].partition("\n")[2].rstrip())

        title("3. What would it change?")
        runs.enter_context(Site(environment, "--check", "--diff")).show()
        before = looking.result()
        tell(f"\nAnd as long as it is not changed: {before['headline']} The first reason:\n  {before['checks'][0]['reason']}")
        title("4. Do it, prove it, and write a report")
        writing = runs.enter_context(Site(environment, "-e", f"access_report_path={REPORT}"))
        writing.show(until="PLAY [Check what is declared]")
        # Everything is written now. What comes next need not wait for the proof, only to be shown.
        writing_again = runs.enter_context(Site(environment, "-e", "site_verify=false"))
        trying = pool.submit(probe_all, lab)
        first = writing.show()
        title("5. Do it again: nothing is left to change")
        second = writing_again.show()

        after = read_report(REPORT)
        kept = foreign_statements_kept(lab)
        title("6. Before and after, as the modules prove it: from the policies, and by real calls as each role")
        table(proven(before), proven(after))
        tell("")
        tell(f"Statements that other teams had put on repositories: {kept} of {len(FOREIGN)} are still there, unchanged.")
        code = verdict(proven(before), proven(after), trying.result(), [first, second], kept)
        tell(f"\n{after['headline']} The report, to open in a browser: {REPORT}")
        if "--shell" in arguments:
            shell(environment, Path(folder) / "example")
        return code


def shell(environment: Mapping[str, str], folder: Path) -> None:
    """A shell in a copy of the example, until the user leaves it."""
    shutil.copytree(EXAMPLE, folder)
    title("A shell with the lab: inventory.yml and group_vars/all.yml are yours to change, exit ends it")
    subprocess.run([os.environ.get("SHELL") or "/bin/sh"], cwd=folder, env=environment, check=False)


def prepare(lab: Lab) -> None:
    """Accounts, roles and repositories as they are before anybody has thought of grants."""
    ecr = lab.session(PRIMARY, REGION).client("ecr")
    for repository in REPOSITORIES:
        ecr.create_repository(repositoryName=repository)
        push(ecr, PRIMARY, repository, f"the layer of {repository}".encode())
    for repository, statement in FOREIGN.items():
        ecr.set_repository_policy(
            repositoryName=repository, policyText=json.dumps({"Version": "2008-10-17", "Statement": [statement]}, indent=2)
        )
    for user in USERS:
        trust = {"Effect": "Allow", "Principal": {"AWS": user.account}, "Action": "sts:AssumeRole"}
        lab.session(user.account, REGION).client("iam").create_role(
            RoleName=user.role, Path=user.path, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )


def credentials(folder: Path) -> str:
    """An AWS credentials file with a profile for each account of the inventory. Returns its path."""
    profiles = {"images": PRIMARY, **{user.host: user.account for user in USERS}}
    lines = [f"[{name}]\naws_access_key_id = {account}\naws_secret_access_key = lab\n" for name, account in profiles.items()]
    file = folder / "credentials"
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def client_of(lab: Lab, user: User) -> Any:
    """An ECR client that acts as the role."""
    sts = lab.session(user.account, REGION).client("sts")
    arn = f"arn:aws:iam::{user.account}:role{user.path}{user.role}"
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="demo")["Credentials"]
    return lab.session_of(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION).client("ecr")


def refusal(lab: Lab) -> str:
    """AWS's words when the first role pulls the first repository; empty when it succeeds."""
    try:
        pull(client_of(lab, USERS[0]), PRIMARY, REPOSITORIES[0])
    except ClientError as error:
        return str(error)
    return ""


def report_now(environment: dict[str, str], page: Path) -> dict[str, Any]:
    """Runs the playbook that looks at what is declared and writes the report, for those who use registries; returns its data."""
    command = ["ansible-playbook", "crossaccount.registry.access_report", "-i", "inventory.yml", "--limit", "secondary_accounts"]
    command += ["-e", f"access_report_path={page}"]
    done = subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}ansible-playbook ended with code {done.returncode}")
    return read_report(page)


def read_report(page: Path) -> dict[str, Any]:
    """The data of a report, which lies beside the page."""
    data: dict[str, Any] = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    return data


def proven(data: dict[str, Any]) -> dict[Access, bool | None]:
    """Whether each access works, as a report says; None where policies and real calls do not say the same."""
    hosts = {user.account: user.host for user in USERS}
    outcomes = {("allowed", "allowed"): True, ("denied", "denied"): False}
    return {
        (hosts[check["principal"].split(":")[4]], check["repository"], check["access"]): outcomes.get((check["evaluated"], check["probed"]))
        for check in data["checks"]
    }


def probe_all(lab: Lab) -> dict[Access, bool]:
    """Whether each access works, tried by doing it, without the collection."""
    found = {}
    for user in USERS:
        ecr = client_of(lab, user)
        for repository in REPOSITORIES:
            for access in ("pull", "push"):
                try:
                    if access == "pull":
                        pull(ecr, PRIMARY, repository)
                    else:
                        push(ecr, PRIMARY, repository, f"the layer of {repository}".encode())
                    found[user.host, repository, access] = True
                except ClientError as error:
                    if error.response["Error"]["Code"] not in ("AccessDeniedException", "AccessDenied"):
                        raise
                    found[user.host, repository, access] = False
    return found


class Site:
    """A run of the playbook. What it prints waits until it is shown."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        command = ["ansible-playbook", "crossaccount.registry.site", "-i", "inventory.yml", *arguments]
        colour = {"ANSIBLE_FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
        self._heading = f"$ {' '.join(command)}\n"
        self._process = subprocess.Popen(command, cwd=EXAMPLE, env={**environment, **colour}, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Site:
        self._process.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._process.__exit__(*error)

    def show(self, until: str | None = None) -> dict[str, int]:
        """Shows what is new, up to a line that begins so, or all; returns host -> number of changed tasks, when all is shown."""
        print(self._heading, end="", flush=True)
        self._heading = ""
        changed = {}
        for line in self._process.stdout or ():
            print(line, end="", flush=True)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
            if found := re.match(r"(\w+) +: ok=\d+ +changed=(\d+)", plain):
                changed[found[1]] = int(found[2])
            if until and plain.startswith(until):
                return changed
        if self._process.wait():
            raise SystemExit(f"ansible-playbook ended with code {self._process.returncode}")
        return changed


def foreign_statements_kept(lab: Lab) -> int:
    """How many of the other teams' statements are still there with the meaning that they had."""
    ecr = lab.session(PRIMARY, REGION).client("ecr")
    kept = 0
    for repository, foreign in FOREIGN.items():
        policy = json.loads(ecr.get_repository_policy(repositoryName=repository)["policyText"])
        there = next((one for one in policy["Statement"] if one.get("Sid") == foreign["Sid"]), {})
        same_actions = sorted(there.get("Action", [])) == sorted(foreign["Action"])
        same_principal = re.findall(r"\d{12}|lambda", json.dumps(there.get("Principal"))) == re.findall(
            r"\d{12}|lambda", json.dumps(foreign["Principal"])
        )
        kept += same_actions and same_principal and there.get("Condition") == foreign.get("Condition")
    return kept


def table(before: dict[Access, bool | None], after: dict[Access, bool | None]) -> None:
    """Prints account x repository x access, before and after."""
    words = {True: "yes", False: "-", None: "?"}
    row = "{:<24} {:<18} {:^6}   {:^6}     {:^6}   {:^6}"
    tell(row.format("", "", "pull", "pull", "push", "push"))
    tell(row.format("account", "repository", "before", "after", "before", "after"))
    tell("-" * 75)
    for user in USERS:
        for repository in REPOSITORIES:
            cells = [words[state.get((user.host, repository, access))] for access in ("pull", "push") for state in (before, after)]
            tell(row.format(f"{user.host} ({user.account})", repository, *cells))


def verdict(
    before: dict[Access, bool | None],
    after: dict[Access, bool | None],
    tried: dict[Access, bool],
    runs: list[dict[str, int]],
    kept: int,
) -> int:
    """0 when everything is as the declaration says, else 1; says so. ``tried`` is what happened without the collection."""
    wrong = []
    for user in USERS:
        for repository in REPOSITORIES:
            for access in ("pull", "push"):
                place, expected = (user.host, repository, access), access in user.granted.get(repository, ())
                if before.get(place) is not False:
                    wrong.append(f"{' '.join(place)}: not denied before")
                if after.get(place) is not expected:
                    wrong.append(f"{' '.join(place)}: expected {'allowed' if expected else 'denied'}")
                if tried[place] is not expected:
                    wrong.append(f"{' '.join(place)}: a {access} is {'allowed' if tried[place] else 'denied'}")
    first, second = runs
    if not any(first.values()):
        wrong.append("the first run changed nothing")
    if any(second.values()) or not second:
        wrong.append(f"the second run changed something: {second}")
    if kept != len(FOREIGN):
        wrong.append("a statement of another team is gone or different")
    tell("Everything is as declared: what was granted works, what was not is still denied." if not wrong else "NOT as declared:")
    for text in wrong:
        tell(f"  {text}")
    return 1 if wrong else 0


def title(text: str) -> None:
    tell(f"\n{'=' * 100}\n{text}\n{'=' * 100}")


def tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
