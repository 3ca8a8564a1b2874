# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication to other regions and accounts (ECR user guide, "Private image replication")."""

from __future__ import annotations

import typing as t

import pytest

from .caches import Cache
from .helpers import PRIMARY, REGION, SECONDARY, THIRD, Accounts, allow, allow_identity, document, push, refused

ELSEWHERE = "us-east-1"
LINKED = f"arn:aws:iam::{PRIMARY}:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication"


def rule(*destinations: tuple[str, str], only: t.Sequence[str] = (), **more: t.Any) -> dict[str, t.Any]:
    made: dict[str, t.Any] = {"destinations": [{"region": region, "registryId": account} for account, region in destinations], **more}
    if only:
        made["repositoryFilters"] = [{"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in only]
    return made


def configure(accounts: Accounts, *rules: dict[str, t.Any]) -> None:
    accounts.client("ecr").put_replication_configuration(replicationConfiguration={"rules": list(rules)})


def tags(accounts: Accounts, account: str, region: str, name: str = "team/app") -> list[str]:
    """The tags of the copies, sorted; raises when there is no repository."""
    found = accounts.client("ecr", account, region).describe_images(repositoryName=name)["imageDetails"]
    return sorted(tag for image in found for tag in image.get("imageTags", []))


def status(accounts: Accounts, image: dict[str, t.Any]) -> list[dict[str, str]]:
    answer = accounts.client("ecr").describe_image_replication_status(repositoryName="team/app", imageId=image["imageId"])
    return t.cast("list[dict[str, str]]", answer["replicationStatuses"])


def test_the_configuration(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}
    rules = [rule((PRIMARY, ELSEWHERE), only=["team"]), rule((SECONDARY, REGION), (THIRD, REGION), deleteReplication={"enabled": True})]
    configure(accounts, *rules)
    answer = ecr.describe_registry()
    assert (answer["registryId"], answer["replicationConfiguration"]) == (PRIMARY, {"rules": rules})
    assert accounts.client("ecr", region=ELSEWHERE).describe_registry()["replicationConfiguration"] == {"rules": []}
    configure(accounts)
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}


@pytest.mark.parametrize(
    "rules",
    [
        [rule((PRIMARY, REGION))],
        [rule((PRIMARY, "mars-1"))],
        [rule((PRIMARY, "cn-north-1"))],
        [rule(("12", ELSEWHERE))],
        [{"repositoryFilters": []}],
        [{**rule((PRIMARY, ELSEWHERE)), "repositoryFilters": []}],
        [{**rule((PRIMARY, ELSEWHERE)), "repositoryFilters": [{"filter": "team/*", "filterType": "PREFIX_MATCH"}]}],
        [{**rule((PRIMARY, ELSEWHERE)), "repositoryFilters": [{"filter": "team", "filterType": "WILDCARD"}]}],
        [rule((PRIMARY, ELSEWHERE))] * 26,
    ],
)
def test_refusals(accounts: Accounts, rules: list[dict[str, t.Any]]) -> None:
    ecr = accounts.client("ecr")
    answer = refused(ecr.put_replication_configuration, replicationConfiguration={"rules": rules})
    assert answer.code == "InvalidParameterException"
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}


def test_another_region_of_the_account_needs_no_policy(accounts: Accounts) -> None:
    accounts.repository()
    before = push(accounts.client("ecr"), "0.9", b"0")
    configure(accounts, rule((PRIMARY, ELSEWHERE)))
    image = push(accounts.client("ecr"))
    assert tags(accounts, PRIMARY, ELSEWHERE) == ["1.0"]
    assert status(accounts, image) == [{"region": ELSEWHERE, "registryId": PRIMARY, "status": "COMPLETE"}]
    assert status(accounts, before) == []
    copy = accounts.client("ecr", region=ELSEWHERE).batch_get_image(repositoryName="team/app", imageIds=[image["imageId"]])
    assert copy["images"][0]["imageManifest"] == image["imageManifest"]


def test_filters_are_prefixes_of_names(accounts: Accounts) -> None:
    for name in ("team/app", "teams/app", "other/app"):
        accounts.repository(name)
    configure(accounts, rule((PRIMARY, ELSEWHERE), only=["team", "oth/"]))
    for name in ("team/app", "teams/app", "other/app"):
        push(accounts.client("ecr"), name=name)
    copies = accounts.client("ecr", region=ELSEWHERE).describe_repositories()["repositories"]
    assert sorted(one["repositoryName"] for one in copies) == ["team/app", "teams/app"]


def into(account: str, *actions: str, principal: str = PRIMARY, name: str = "*", region: str = REGION) -> str:
    return document(allow({"AWS": principal}, list(actions), Resource=f"arn:aws:ecr:{region}:{account}:repository/{name}"))


BOTH = ("ecr:ReplicateImage", "ecr:CreateRepository")


@pytest.mark.parametrize(
    ("policy", "there", "copied"),
    [
        (None, True, False),
        (into(SECONDARY, *BOTH), False, True),
        (into(SECONDARY, "ecr:ReplicateImage"), False, False),
        (into(SECONDARY, "ecr:ReplicateImage"), True, True),
        (into(SECONDARY, "ecr:CreateRepository"), True, False),
        (into(SECONDARY, *BOTH, principal=THIRD), False, False),
        (into(SECONDARY, *BOTH, name="other/*"), False, False),
        (into(SECONDARY, *BOTH, name="team/*"), False, True),
    ],
)
@pytest.mark.parametrize("scope", ["V1", "V2"])
def test_another_account_has_to_let_it_in(accounts: Accounts, scope: str, policy: str | None, there: bool, copied: bool) -> None:
    """Its registry policy allows ReplicateImage to the source account, and CreateRepository when the repository is missing."""
    other = accounts.client("ecr", SECONDARY)
    other.put_account_setting(name="REGISTRY_POLICY_SCOPE", value=scope)
    if policy:
        other.put_registry_policy(policyText=policy)
    if there:
        accounts.repository(account=SECONDARY)
    accounts.repository()
    configure(accounts, rule((SECONDARY, REGION)))
    image = push(accounts.client("ecr"))
    found = status(accounts, image)[0]
    if copied:
        assert found == {"region": REGION, "registryId": SECONDARY, "status": "COMPLETE"}
        assert tags(accounts, SECONDARY, REGION) == ["1.0"]
    else:
        assert (found["status"], found["failureCode"]) == ("FAILED", "AccessDeniedException")
        assert other.describe_repositories()["repositories"] == [] or tags(accounts, SECONDARY, REGION) == []


def test_a_template_of_the_destination_makes_the_repository(accounts: Accounts) -> None:
    other = accounts.client("ecr", SECONDARY)
    other.put_registry_policy(policyText=into(SECONDARY, *BOTH))
    let_in = document(allow({"AWS": THIRD}))
    other.create_repository_creation_template(prefix="team", appliedFor=["REPLICATION"], repositoryPolicy=let_in)
    accounts.repository()
    configure(accounts, rule((SECONDARY, REGION)))
    push(accounts.client("ecr"))
    assert THIRD in other.get_repository_policy(repositoryName="team/app")["policyText"]


def test_a_tag_that_may_not_move_stays(accounts: Accounts) -> None:
    accounts.repository()
    there = accounts.client("ecr", region=ELSEWHERE)
    there.create_repository(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    first = push(there, "1.0", b"first")
    configure(accounts, rule((PRIMARY, ELSEWHERE)))
    second = push(accounts.client("ecr"), "1.0", b"second")
    found = there.describe_images(repositoryName="team/app")["imageDetails"]
    held = {image["imageDigest"]: image.get("imageTags") for image in found}
    assert held == {first["imageId"]["imageDigest"]: ["1.0"], second["imageId"]["imageDigest"]: None}


def test_copies_are_not_copied_further(accounts: Accounts) -> None:
    accounts.repository()
    configure(accounts, rule((PRIMARY, ELSEWHERE)))
    third = {"rules": [rule((PRIMARY, "us-west-2"))]}
    accounts.client("ecr", region=ELSEWHERE).put_replication_configuration(replicationConfiguration=third)
    push(accounts.client("ecr"))
    assert tags(accounts, PRIMARY, ELSEWHERE) == ["1.0"]
    assert accounts.client("ecr", region="us-west-2").describe_repositories()["repositories"] == []


def test_what_the_cache_brings_is_not_copied(accounts: Accounts) -> None:
    cache = Cache(accounts)
    configure(accounts, rule((PRIMARY, ELSEWHERE)))
    cache.pull()
    assert accounts.client("ecr", region=ELSEWHERE).describe_repositories()["repositories"] == []


@pytest.mark.parametrize("enabled", [True, False])
def test_deletions_go_the_same_way_when_asked_for(accounts: Accounts, enabled: bool) -> None:
    accounts.repository()
    ecr = accounts.client("ecr")
    configure(accounts, rule((PRIMARY, ELSEWHERE), deleteReplication={"enabled": enabled}))
    first = push(ecr)
    ecr.put_image(repositoryName="team/app", imageManifest=first["imageManifest"], imageTag="latest")
    assert tags(accounts, PRIMARY, ELSEWHERE) == ["1.0", "latest"]
    ecr.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "latest"}])
    assert tags(accounts, PRIMARY, ELSEWHERE) == (["1.0"] if enabled else ["1.0", "latest"])
    ecr.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": first["imageId"]["imageDigest"]}])
    assert tags(accounts, PRIMARY, ELSEWHERE) == ([] if enabled else ["1.0", "latest"])


def test_what_the_caller_needs(accounts: Accounts) -> None:
    arn = accounts.role("admin", PRIMARY)
    accounts.permit("admin", allow_identity("ecr:PutReplicationConfiguration"), account=PRIMARY)
    wanted = {"replicationConfiguration": {"rules": []}}
    denied = refused(accounts.as_role(arn, "ecr").put_replication_configuration, **wanted)
    assert f"perform: iam:CreateServiceLinkedRole on resource: {LINKED}" in denied.message
    configure(accounts)
    accounts.as_role(arn, "ecr").put_replication_configuration(**wanted)


def test_the_status_of_what_is_not_there(accounts: Accounts) -> None:
    ecr = accounts.client("ecr")
    ask = {"repositoryName": "team/app", "imageId": {"imageTag": "x"}}
    assert refused(ecr.describe_image_replication_status, **ask).code == "RepositoryNotFoundException"
    accounts.repository()
    assert refused(ecr.describe_image_replication_status, **ask).code == "ImageNotFoundException"


def test_a_written_configuration_is_read_late(accounts: Accounts) -> None:
    accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    configure(accounts, rule((PRIMARY, ELSEWHERE)))
    assert accounts.client("ecr").describe_registry()["replicationConfiguration"] == {"rules": []}
    accounts.lab.set_faults()
    assert len(accounts.client("ecr").describe_registry()["replicationConfiguration"]["rules"]) == 1
