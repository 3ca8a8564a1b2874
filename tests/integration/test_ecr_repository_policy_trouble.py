# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ecr_repository_policy beside other writers, in runs that are killed, and on an AWS in trouble: nothing of others is lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.integration.conftest import OTHER, SECONDARY, Account, Ansible, Journal
from tests.integration.meaning import statement
from tests.lab import Lab

MODULE = "crossaccount.registry.ecr_repository_policy"


def allow(sid: str, account: Any = SECONDARY, action: str = "ecr:BatchGetImage") -> dict[str, Any]:
    """A statement that allows an account something."""
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": account}, "Action": action}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


THEIRS, MORE = allow("OtherTeam", OTHER, "ecr:DescribeImages"), allow("More", OTHER, "ecr:ListImages")


def task(*statements: dict[str, Any], name: str = "task", **options: Any) -> dict[str, Any]:
    """A task that adds statements to all repositories."""
    return {"name": name, MODULE: {"repositories": ["*"], "statements": list(statements), **options}}


def test_two_playbooks_at_once(ansible: Ansible, primary: Account, lab: Lab) -> None:
    names = [f"app-{number:02}" for number in range(12)]
    primary.create_repositories(*names)
    for name in names[::2]:
        primary.set_policy(name, THEIRS)
    # Slow calls, so that those of the one fall between those of the other.
    lab.set_faults({"profile": "slow", "seconds": 0.15})
    rounds = range(3)

    def declare(team: str) -> list[dict[str, Any]]:
        return [task(allow(f"{team}{number}"), name=str(number), sid_prefix=team) for number in rounds]

    both = [ansible.start(declare(team)) for team in ("TeamRed", "TeamBlue")]
    for run in [one.wait() for one in both]:
        assert [one.changed for one in run.succeeded().results] == [True] * len(rounds), run
    lab.set_faults()
    for at, name in enumerate(names):
        foreign = [] if at % 2 else ["OtherTeam"]
        assert sorted(primary.sids(name)) == sorted([*foreign, "TeamBlue2", "TeamRed2"]), name


def test_a_run_that_is_killed_in_the_middle_is_started_again(ansible: Ansible, primary: Account, lab: Lab, journal: Journal) -> None:
    names = [f"app-{number:02}" for number in range(12)]
    primary.create_repositories(*names)
    for name in names:
        primary.set_policy(name, THEIRS)
    lab.set_faults({"profile": "slow", "seconds": 0.5})
    journal.clear()
    tasks = [task(allow("Mine"), workers=1)]
    started = ansible.start(tasks)
    deadline = time.monotonic() + 120
    while journal.writes().count("SetRepositoryPolicy") < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    started.kill()
    assert started.wait().returncode != 0
    lab.set_faults()
    done = [name for name in names if primary.sids(name) != ["OtherTeam"]]
    assert 0 < len(done) < len(names), "it was killed in the middle"
    for name in names:
        assert primary.statements(name)[0] == statement(THEIRS) and primary.sids(name)[1:] in ([], ["Mine"])
    run = ansible(tasks).succeeded()
    assert run["task"]["summary"]["unchanged"] == len(done)
    assert all(primary.statements(name) == [statement(THEIRS), statement(allow("Mine"))] for name in names)
    assert ansible(tasks).succeeded().changed == 0


def test_somebody_else_writes_around_our_calls(ansible: Ansible, primary: Account, lab: Lab, journal: Journal) -> None:
    """One repository for each moment: the policy that somebody else writes then, and what must be there in the end."""
    moments: dict[str, tuple[str, str, tuple[dict[str, Any], ...] | None, list[str]]] = {
        "overwritten": ("SetRepositoryPolicy", "after", (THEIRS, MORE), ["OtherTeam", "More", "Mine"]),
        "added-to": ("SetRepositoryPolicy", "after", (THEIRS, allow("Mine"), MORE), ["OtherTeam", "Mine", "More"]),
        "deleted": ("SetRepositoryPolicy", "after", None, ["Mine"]),
        "written-early": ("GetRepositoryPolicy", "before", (THEIRS, MORE), ["OtherTeam", "More", "Mine"]),
        "quiet": ("", "", (), ["OtherTeam", "Mine"]),
    }
    primary.create_repositories(*moments)
    for name, (operation, when, its_statements, _sids) in moments.items():
        primary.set_policy(name, THEIRS)
        if operation:
            policy = None if its_statements is None else document(*its_statements)
            lab.write_concurrently(operation, resource=name, when=when, policy=policy)
    journal.clear()
    run = ansible([task(allow("Mine")), task(allow("Mine"), name="again")]).succeeded()
    assert {name: primary.sids(name) for name in moments} == {name: sids for name, (*_rest, sids) in moments.items()}
    assert [one.changed for one in run.results] == [True, False]
    written = [call["parameters"]["repositoryName"] for call in journal.calls("SetRepositoryPolicy")]
    assert {name: written.count(name) for name in moments} == {
        "overwritten": 2,
        "added-to": 1,
        "deleted": 2,
        "written-early": 1,
        "quiet": 1,
    }
    assert "somebody else overwrote the repository policy; merging again" in run.stderr


def test_a_writer_who_does_not_give_up_is_reported(ansible: Ansible, primary: Account, lab: Lab) -> None:
    primary.create_repositories("fight")
    primary.set_policy("fight", THEIRS)
    lab.write_concurrently("SetRepositoryPolicy", resource="fight", when="after", policy=document(MORE))
    lab.write_concurrently("SetRepositoryPolicy", resource="fight", when="after", policy=document(THEIRS, MORE), skip=1)
    run = ansible([task(allow("Mine"))])
    assert run.returncode == 2
    assert "fight: somebody else keeps overwriting the repository policy" in run["task"].msg
    assert "find out who else manages it" in run["task"].msg
    assert run["task"].changed, "something was written"


def test_a_lost_answer_does_not_make_us_overwrite_others(ansible: Ansible, primary: Account, lab: Lab, journal: Journal) -> None:
    """The write took effect, somebody else added to it, and only then the connection was lost."""
    primary.create_repositories("app-lost")
    primary.set_policy("app-lost", THEIRS)
    lab.write_concurrently("SetRepositoryPolicy", resource="app-lost", when="after", policy=document(THEIRS, allow("Mine"), MORE))
    lab.fail_next("SetRepositoryPolicy", drop="after")
    journal.clear()
    run = ansible([task(allow("Mine"))]).succeeded()
    assert primary.sids("app-lost") == ["OtherTeam", "Mine", "More"]
    assert journal.writes() == ["SetRepositoryPolicy"]
    assert run["task"]["summary"]["updated"] == 1


PROFILES: dict[str, tuple[Any, ...]] = {
    "slow": ({"profile": "slow", "seconds": 0.3},),
    "trouble": ("throttling", "server-errors", "dropped-connections"),
    "eventual consistency": ({"profile": "eventual-consistency", "seconds": 2},),
}


@pytest.mark.parametrize("profile", PROFILES)
def test_it_converges_on_a_service_in_trouble(ansible: Ansible, primary: Account, secondary: Account, lab: Lab, profile: str) -> None:
    names = [f"app-{number:02}" for number in range(8)]
    primary.create_repositories(*names)
    for name in names[::2]:
        primary.set_policy(name, THEIRS)
    lab.set_faults(*PROFILES[profile])
    role = None
    while role is None:
        try:
            role = secondary.create_role("just-created")
        except secondary.client("iam").exceptions.EntityAlreadyExistsException:
            role = f"arn:aws:iam::{SECONDARY}:role/just-created"
    unknown = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"
    lab.fail_next("SetRepositoryPolicy", error="InvalidParameterException", message=unknown, resource="app-05", times=2)
    run = ansible([task(allow("Mine", role))]).succeeded()
    assert f"app-05: waiting: ECR does not know a principal of the policy (yet): {role}" in run.stderr
    assert run["task"]["summary"] == {"created": 4, "updated": 4, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
    lab.set_faults()
    for at, name in enumerate(names):
        assert primary.sids(name) == [*([] if at % 2 else ["OtherTeam"]), "Mine"], name
    assert ansible([task(allow("Mine", role))]).succeeded().changed == 0


def test_orphan_principals(ansible: Ansible, primary: Account, secondary: Account, journal: Journal) -> None:
    """A role is deleted, and later created again: AWS shows its unique id instead of its ARN, and takes no such policy back."""
    primary.create_repositories("shared", "alone", "clean")
    role = secondary.create_role("runtime")
    primary.set_policy("shared", allow("Theirs", [role, OTHER]))
    primary.set_policy("alone", allow("Theirs", role), MORE)
    secondary.delete_role("runtime")
    assert "AROA" in str(primary.policy_text("shared"))
    journal.clear()
    run = ansible(
        [
            {**task(allow("Mine"), name="fail", orphan_principals="fail"), "ignore_errors": True},
            {**task(allow("Mine"), name="keep", on_error="continue"), "ignore_errors": True},
            {**task(allow("Mine"), name="preview", orphan_principals="drop"), "check_mode": True},
            task(allow("Mine"), name="drop", orphan_principals="drop"),
            task(allow("Mine"), name="again", orphan_principals="fail"),
        ]
    ).succeeded()
    assert run["fail"].failed and run["fail"]["summary"]["skipped"] == 1 and run["fail"]["summary"]["failed"] == 2
    for text in ("Theirs: AROA", "orphan_principals: drop"):
        assert text in run["fail"].msg and text in run["keep"].msg
    assert run["keep"]["summary"]["created"] == 1 and run["keep"]["summary"]["failed"] == 2
    assert run["drop"].outcome == run["preview"].outcome
    dropped = {one["resource"]: one["orphan_principals_dropped"][0] for one in run["drop"]["actions"] if one["orphan_principals_dropped"]}
    assert set(dropped) == {"shared", "alone"} and all(text.startswith("Theirs: AROA") for text in dropped.values())
    assert primary.statements("shared") == [statement(allow("Theirs", OTHER)), statement(allow("Mine"))]
    assert primary.statements("alone") == [statement(MORE), statement(allow("Mine"))]
    assert not run["again"].changed

    # Ours: declared again after the role was created again, it names the new one.
    role = secondary.create_role("other")
    declared = [task(allow("Ours", role))]
    ansible(declared).succeeded()
    secondary.delete_role("other")
    secondary.create_role("other")
    assert "AROA" in str(primary.policy_text("clean")), "the new role is somebody else"
    assert ansible(declared).succeeded().changed == 1
    assert primary.statements("clean")[-1] == statement(allow("Ours", role))
    assert ansible(declared).succeeded().changed == 0
