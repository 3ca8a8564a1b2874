# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecr_repository_policy refuses what is wrong before the first write, and says what, where, why and what to do."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.conftest import OTHER, PRIMARY, SECONDARY, Account, Ansible, Journal

MODULE = "crossaccount.registry.ecr_repository_policy"
STATEMENT: dict[str, Any] = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": "ecr:BatchGetImage"}
LOCKOUT = {"Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "ecr:SetRepositoryPolicy"}
GRANT: dict[str, Any] = {
    "name": "runtime",
    "registry": {"account": PRIMARY, "regions": ["eu-west-1"]},
    "repositories": ["payments/*"],
    "access": "pull",
    "to": [{"account": SECONDARY}],
}


def given(**options: Any) -> dict[str, Any]:
    """Options of a task: a good statement for two repositories, with changes."""
    return {"repositories": ["payments/*"], "statements": [STATEMENT], **options}


def changed(**elements: Any) -> dict[str, Any]:
    """The options with a statement in which something is wrong."""
    return given(statements=[{**STATEMENT, **elements}])


def granted(**fields: Any) -> dict[str, Any]:
    """The options with a grant in which something is wrong."""
    return {"grants": [{**GRANT, **fields}]}


#: What a task is given -> what its message must hold. Many more are in the unit tests of the module.
REFUSALS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "malformed JSON": (
        {"repositories": ["payments/*"], "policy": '{"Statement": [}'},
        ["not valid JSON", "line 1, column 16"],
    ),
    "account id as a number in a statement": (
        changed(Principal={"AWS": 444455556666}),
        ["statement Pull", "Principal has 444455556666, a number", "12 digits", "write it in quotes", "leading zeros"],
    ),
    "account id as a number in a grant": (
        granted(to=[{"account": 444455556666}]),
        ["grant 'runtime': to[0]: account", "the number 444455556666", "in quotes", "leading zeros"],
    ),
    "account id as a number in allowed_accounts": (
        given(allowed_accounts=[444455556666]),
        ["'allowed_accounts' has 444455556666", "12 digits", "in quotes"],
    ),
    "a region that is none": (given(regions=["eu-west-1", "Ireland"]), ["'regions' has 'Ireland', which is no region", "or all"]),
    "a host name in front of a repository": (
        given(repositories=[f"{PRIMARY}.dkr.ecr.eu-west-1.amazonaws.com/payments/api"]),
        ["repositories: ", "write it without the registry's host name"],
    ),
    "unknown access level": (
        granted(access="read"),
        ["grant 'runtime': access is 'read'", "one of: pull, push, pull_push, scan, cache, replicate"],
    ),
    "everyone": (
        changed(Principal="*"),
        [
            "repository policy of 111122223333 eu-west-1 payments/api",
            "statement Pull allows everyone",
            "aws:PrincipalOrgID",
            "allow_public: true",
        ],
    ),
    "an account that is not allowed": (
        given(allowed_accounts=[OTHER]),
        ["statement Pull allows 444455556666", "outside of 'allowed_accounts'", f"{PRIMARY}, {OTHER}"],
    ),
    "a lock-out": (
        given(statements=[LOCKOUT]),
        ["statement Stop would deny the owner 111122223333", "leave the owner out of the Deny", "force: true"],
    ),
    "too large": (
        changed(Principal={"AWS": [f"{number:012d}" for number in range(10**11, 10**11 + 700)]}),
        ["payments/api", "the repository policy would have", "10,240 are allowed", "organization"],
    ),
    "a pattern that matches nothing": (
        given(repositories=["payments/*", "payment/*"]),
        ["'payment/*' in eu-west-1", "select no repository", "allow_no_match: true"],
    ),
    "another account's credentials": (
        given(account_id=SECONDARY, repositories=["nowhere"]),
        [f"the credentials are those of account {PRIMARY}, but 'account_id' is {SECONDARY}", "the profile or the role"],
    ),
}


def test_bad_input_is_refused_before_the_first_write(ansible: Ansible, primary: Account, journal: Journal) -> None:
    primary.create_repositories("payments/api", "payments/web")
    journal.clear()
    tasks = [{"name": name, MODULE: options, "ignore_errors": True} for name, (options, _texts) in REFUSALS.items()]
    run = ansible(tasks).succeeded()
    assert journal.writes() == []
    wrong = {}
    for name, (_options, texts) in REFUSALS.items():
        result = run[name]
        missing = [text for text in texts if text not in result.msg]
        if not result.failed or result.changed or missing or "Traceback" in json.dumps(result.result):
            wrong[name] = {"failed": result.failed, "missing": missing, "msg": result.msg}
    assert not wrong, json.dumps(wrong, indent=2)


def test_what_is_asked_for_is_not_refused(ansible: Ansible, primary: Account) -> None:
    """Each refusal has its way out."""
    primary.create_repositories("payments/api", "payments/locked")
    tasks = {
        "public": changed(Principal="*") | {"allow_public": True, "repositories": ["payments/api"]},
        "organization": granted(to=[{"organization": "o-a1b2c3d4e5"}]) | {"allowed_organizations": ["o-a1b2c3d4e5"]},
        "account": given(allowed_accounts=[SECONDARY]),
        "no match": given(repositories=["nowhere/*"], allow_no_match=True),
        "lock-out": given(repositories=["payments/locked"], statements=[LOCKOUT], force=True),
    }
    run = ansible([{"name": name, MODULE: options} for name, options in tasks.items()]).succeeded()
    assert {one.task: one["summary"]["created"] + one["summary"]["updated"] for one in run.results} == {
        "public": 1,
        "organization": 2,
        "account": 2,
        "no match": 0,
        "lock-out": 1,
    }
    assert "aws:PrincipalOrgID" in str(primary.policy_text("payments/api"))


def test_a_principal_that_does_not_exist_is_named_in_bounded_time(
    ansible: Ansible, primary: Account, secondary: Account, journal: Journal
) -> None:
    primary.create_repositories("payments/api")
    there, missing = secondary.create_role("there"), f"arn:aws:iam::{SECONDARY}:role/missing"
    journal.clear()
    run = ansible(
        f"""
        - name: missing
          crossaccount.registry.ecr_repository_policy:
            repositories: [payments/api]
            wait_timeout: 3
            statements:
              - {{Sid: Pull, Effect: Allow, Principal: {{AWS: ["{there}", "{missing}"]}}, Action: "ecr:BatchGetImage"}}
          ignore_errors: true
        - name: as a condition
          crossaccount.registry.ecr_repository_policy:
            grants: "{{{{ grants }}}}"
        """,
        variables={"grants": [{**GRANT, "to": [{"account": SECONDARY, "roles": ["missing"]}], "principals_as": "condition"}]},
    ).succeeded()
    result = run["missing"]
    assert result.failed and not result.changed
    for text in ("payments/api", "does not know a principal", missing, "Principal not found", "request id", "waited"):
        assert text in result.msg, result.msg
    assert result["actions"][0]["error"]["code"] == "InvalidParameterException"
    assert result["actions"][0]["error"]["request_id"]
    calls = [call["time"] for call in journal.calls("SetRepositoryPolicy") if call["error"]]
    assert len(calls) > 1 and calls[-1] - calls[0] <= 3
    assert run["as a condition"].changed, "the way out that needs no role"
    assert primary.sids("payments/api") == ["CrossaccountRegistryRuntimePullRoles"]


def test_on_error(ansible: Ansible, primary: Account, journal: Journal) -> None:
    """One repository among many: its policy holds an orphan, so that AWS takes none back, or it cannot be read."""
    names = [f"app-{number}" for number in range(8)]
    primary.create_repositories(*names)
    role = primary.create_role("gone")
    primary.set_policy("app-3", {**STATEMENT, "Sid": "Theirs", "Principal": {"AWS": role}})
    primary.delete_role("gone")
    journal.clear()
    tasks = """
        - name: task
          crossaccount.registry.ecr_repository_policy:
            repositories: ["app-*"]
            statements: ["{{ statement }}"]
            on_error: "{{ on_error }}"
            orphan_principals: "{{ orphans }}"
            workers: 1
    """

    def run(*arguments: str, **variables: Any) -> Any:
        ended = ansible(tasks, *arguments, variables={"statement": STATEMENT, **variables})
        assert ended.returncode == 2 and ended["task"].failed, ended
        return ended["task"]

    stopped = run(on_error="stop", orphans="fail")
    assert stopped["summary"] == {"created": 0, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 7, "failed": 1}
    assert not stopped.changed and journal.writes() == []
    assert "1 of 8 failed" in stopped.msg and "app-3" in stopped.msg and "Nothing was written" in stopped.msg
    previewed = run("--check", on_error="stop", orphans="fail")
    assert (previewed["summary"], previewed["actions"]) == (stopped["summary"], stopped["actions"])

    refused = run(on_error="stop", orphans="keep")
    assert [one["action"] for one in refused["actions"]] == [*["created"] * 3, "failed", *["skipped"] * 4]
    assert refused.changed and "Written nevertheless: 3 created." in refused.msg

    went_on = run(on_error="continue", orphans="keep")
    assert went_on["summary"]["failed"] == 1 and went_on["summary"]["skipped"] == 0
    assert "orphan_principals: drop" in went_on.msg and "AROA" in went_on.msg
    assert all(primary.sids(name) == ["Pull"] for name in names if name != "app-3")
