# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first pull of an image that is not in the cache yet: who has a say, and what each of them says.

Facts: ECR user guide, "IAM policies required for cross-account ECR to ECR pull through cache", "Customizing repository prefixes",
"IAM permissions required to sync an upstream registry", "Troubleshooting pull through cache issues".
"""

from __future__ import annotations

import json
import typing as t
import urllib.request

import pytest

from .caches import (
    DOWNSTREAM,
    EVERYTHING_UPSTREAM,
    NEEDED,
    READS,
    ROLE,
    SERVICE,
    UPSTREAM_HOST,
    WRITES,
    Cache,
    layer_of,
    session_name,
)
from .helpers import PRIMARY, PULL, REGION, SECONDARY, THIRD, Accounts, allow, allow_identity, document, push, refused, trust

NOT_FOUND = ("ImageNotFound", "Requested image not found")
NO_REPOSITORY = (
    "RepositoryNotFoundException",
    f"The repository with name 'cache/team/app' does not exist in the registry with id '{PRIMARY}'",
    400,
)
UPSTREAM_APP = f"arn:aws:ecr:{REGION}:{SECONDARY}:repository/team/app"
CACHED_APP = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/cache/team/app"
NOT_ASSUMED = f"User: {SERVICE} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"


@pytest.fixture
def cache(accounts: Accounts) -> Cache:
    return Cache(accounts)


def denial(action: str, resource: str, layer: str, principal: str = session_name()) -> tuple[str, str]:
    text = f"User: {principal} is not authorized to perform: {action} on resource: {resource} because no {layer} allows the {action} action"
    return "UpstreamAccessDenied", text


def test_the_first_pull_brings_the_image_and_the_repository(cache: Cache) -> None:
    assert cache.validate() is None
    assert cache.repositories() == []
    pulled = cache.pull()
    assert pulled["imageManifest"] == cache.image["imageManifest"]
    assert (pulled["registryId"], pulled["repositoryName"], pulled["imageId"]) == (PRIMARY, "cache/team/app", cache.image["imageId"])
    url = cache.ecr.get_download_url_for_layer(repositoryName="cache/team/app", layerDigest=layer_of(pulled))["downloadUrl"]
    assert urllib.request.urlopen(url).read() == b"bytes of the layer"
    made = cache.ecr.describe_repositories(repositoryNames=["cache/team/app"])["repositories"][0]
    assert (made["imageTagMutability"], made["encryptionConfiguration"]["encryptionType"]) == ("MUTABLE", "AES256")
    assert refused(cache.ecr.get_repository_policy, repositoryName="cache/team/app").code == "RepositoryPolicyNotFoundException"
    assert cache.ecr.describe_images(repositoryName="cache/team/app")["imageDetails"][0]["imageTags"] == ["1.0"]


def test_what_is_cached_needs_nobody_upstream(cache: Cache) -> None:
    cache.pull()
    cache.upstream.delete_registry_policy()
    cache.upstream.delete_repository(repositoryName="team/app", force=True)
    cache.ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="cache")
    assert cache.pull()["imageId"] == cache.image["imageId"]


def test_a_pull_by_digest_brings_no_tag(cache: Cache) -> None:
    digest = cache.image["imageId"]["imageDigest"]
    assert cache.pull(imageDigest=digest)["imageId"] == {"imageDigest": digest}
    assert "imageTags" not in cache.ecr.describe_images(repositoryName="cache/team/app")["imageDetails"][0]
    assert cache.pull()["imageId"]["imageTag"] == "1.0"
    assert cache.ecr.describe_images(repositoryName="cache/team/app")["imageDetails"][0]["imageTags"] == ["1.0"]


def test_an_index_brings_its_images(cache: Cache) -> None:
    digest = cache.image["imageId"]["imageDigest"]
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{"digest": digest}]}
    cache.upstream.put_image(repositoryName="team/app", imageManifest=json.dumps(index), imageTag="all")
    cache.pull(tag="all")
    cache.upstream.delete_registry_policy()
    assert cache.pull(imageDigest=digest)["imageManifest"] == cache.image["imageManifest"]
    cache.ecr.get_download_url_for_layer(repositoryName="cache/team/app", layerDigest=layer_of(cache.image))


def test_a_new_tag_is_fetched_into_the_repository_that_is_there(cache: Cache) -> None:
    cache.pull()
    second = push(cache.upstream, "2.0", b"2")
    assert cache.pull(tag="2.0")["imageId"] == second["imageId"]
    assert cache.pull()["imageId"] == cache.image["imageId"]


@pytest.mark.parametrize(
    ("prefix", "upstream_prefix", "cached"),
    [
        ("cache", None, "cache/team/app"),
        ("cache", "ROOT", "cache/team/app"),
        ("ROOT", None, "team/app"),
        ("team", "team", "team/app"),
        ("mine", "team", "mine/app"),
        ("mine/", "team/", "mine/app"),
        ("mine/deep", "team", "mine/deep/app"),
    ],
)
def test_names_upstream(accounts: Accounts, prefix: str, upstream_prefix: str | None, cached: str) -> None:
    cache = Cache(accounts, prefix, upstreamRepositoryPrefix=upstream_prefix)
    assert cache.validate() is None
    assert cache.pull(cached)["imageId"] == cache.image["imageId"]


def test_the_longest_prefix_counts_and_root_last(accounts: Accounts) -> None:
    cache = Cache(accounts, "ROOT")
    cache.rule("cache", upstreamRepositoryPrefix="nowhere")
    cache.rule("cache/team", upstreamRepositoryPrefix="team")
    assert cache.pull("cache/team/app")["imageId"] == cache.image["imageId"]
    assert cache.pull("team/app")["imageId"] == cache.image["imageId"]
    assert refused(cache.pull, name="cache/other").code == "RepositoryNotFoundException"
    assert refused(cache.pull, name="cached/team/app").code == "RepositoryNotFoundException"


def test_what_is_under_no_rule_is_not_looked_for(cache: Cache) -> None:
    assert refused(cache.pull, name="team/app").code == "RepositoryNotFoundException"
    assert refused(cache.pull, name="cache").code == "RepositoryNotFoundException"
    cache.accounts.repository("team/app")
    assert cache.pull("team/app") == NOT_FOUND


def test_what_upstream_does_not_have(cache: Cache) -> None:
    """Nothing is created for it."""
    assert cache.pull(tag="absent") == NOT_FOUND
    assert refused(cache.pull, name="cache/team/absent").code == "RepositoryNotFoundException"
    assert cache.pull(imageDigest="nonsense")[0] == "InvalidImageDigest"
    assert cache.repositories() == []
    cache.accounts.repository("cache/team/absent")
    assert cache.pull("cache/team/absent") == NOT_FOUND


@pytest.mark.parametrize("missing", READS)
def test_the_policy_upstream_has_to_allow_four_actions(cache: Cache, missing: str) -> None:
    cache.let_in([action for action in READS if action != missing])
    expected = denial(missing, UPSTREAM_APP, "resource-based policy")
    assert cache.pull() == expected
    assert cache.validate() == expected[1]
    assert cache.repositories() == []


@pytest.mark.parametrize("missing", NEEDED)
def test_the_role_has_to_be_allowed_nine_actions(cache: Cache, missing: str) -> None:
    cache.permit([action for action in NEEDED if action != missing])
    resource = "*" if missing == "ecr:GetAuthorizationToken" else CACHED_APP if missing in WRITES else UPSTREAM_APP
    assert cache.pull() == denial(missing, resource, "identity-based policy")
    # Without a repository in the cache, validation asks for any name there.
    resource = resource.replace("cache/team/app", "cache/*")
    assert cache.validate() == denial(missing, resource, "identity-based policy")[1]


@pytest.mark.parametrize(
    "text",
    [
        trust(PRIMARY),
        Cache.trust_document("ecr.amazonaws.com"),
        Cache.trust_document(Condition={"StringEquals": {"aws:SourceAccount": SECONDARY}}),
        Cache.trust_document(Condition={"StringEquals": {"sts:ExternalId": "x"}}),
    ],
    ids=["own account", "other service", "other source account", "external id"],
)
def test_the_role_has_to_trust_the_service(cache: Cache, text: str) -> None:
    cache.trust(text)
    assert cache.pull() == ("UpstreamAccessDenied", NOT_ASSUMED)
    assert cache.validate() == NOT_ASSUMED


def test_a_deny_in_the_trust_policy(cache: Cache) -> None:
    deny = {"Effect": "Deny", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    cache.trust(document(json.loads(Cache.trust_document())["Statement"][0], deny))
    assert cache.validate() == f"{NOT_ASSUMED} with an explicit deny in the role trust policy"


def test_the_source_account_is_the_one_of_the_cache(cache: Cache) -> None:
    cache.trust(Cache.trust_document(Condition={"StringEquals": {"aws:SourceAccount": PRIMARY}}))
    assert cache.validate() is None
    assert cache.pull()["imageId"] == cache.image["imageId"]


def test_without_the_role(cache: Cache) -> None:
    iam = cache.accounts.client("iam")
    iam.delete_role_policy(RoleName="cache", PolicyName="permits")
    iam.delete_role(RoleName="cache")
    assert cache.validate() == NOT_ASSUMED
    assert cache.pull() == ("UpstreamAccessDenied", NOT_ASSUMED)


def test_a_new_role_is_known_late(cache: Cache) -> None:
    cache.accounts.lab.set_faults({"profile": "eventual-consistency", "seconds": 60})
    cache.accounts.role("young", PRIMARY, Cache.trust_document())
    cache.ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="cache", customRoleArn=ROLE.replace("cache", "young"))
    assert "sts:AssumeRole" in str(cache.validate())


def test_a_boundary_limits_the_role(cache: Cache) -> None:
    iam = cache.accounts.client("iam")
    boundary = iam.create_policy(PolicyName="limit", PolicyDocument=document(allow_identity(["ecr:Get*", "ecr:BatchGetImage"])))
    iam.put_role_permissions_boundary(RoleName="cache", PermissionsBoundary=boundary["Policy"]["Arn"])
    assert cache.pull() == denial("ecr:BatchImportUpstreamImage", UPSTREAM_APP, "permissions boundary")


def test_the_policy_upstream_may_be_that_of_the_repository(cache: Cache) -> None:
    """User guide: the owner upstream adds a registry policy or a repository policy."""
    cache.upstream.delete_registry_policy()
    cache.upstream.set_repository_policy(repositoryName="team/app", policyText=document(allow(DOWNSTREAM, READS)))
    assert cache.validate() is None
    assert cache.pull()["imageId"] == cache.image["imageId"]
    cache.upstream.delete_repository_policy(repositoryName="team/app")
    assert cache.validate() is not None


@pytest.mark.parametrize(
    ("principal", "more", "allowed"),
    [
        ({"AWS": ROLE}, {}, True),
        ({"AWS": "*"}, {"Condition": {"StringEquals": {"aws:PrincipalAccount": PRIMARY}}}, True),
        ({"AWS": "*"}, {"Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}}, True),
        ({"AWS": THIRD}, {}, False),
        ({"Service": SERVICE}, {}, False),
        (DOWNSTREAM, {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}, False),
        (DOWNSTREAM, {"resource": EVERYTHING_UPSTREAM.replace("*", "other/*")}, False),
        (DOWNSTREAM, {"resource": EVERYTHING_UPSTREAM.replace("*", "team/*")}, True),
    ],
)
def test_whom_the_policy_upstream_lets_in(cache: Cache, principal: t.Any, more: dict[str, t.Any], allowed: bool) -> None:
    cache.let_in(READS, principal, **more)
    assert (cache.pull() == denial("ecr:BatchGetImage", UPSTREAM_APP, "resource-based policy")) is not allowed


def test_an_organization_lets_in(cache: Cache) -> None:
    cache.accounts.lab.set_organization("o-a1b2c3d4e5", [PRIMARY])
    cache.let_in(READS, {"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})
    assert cache.validate() is None
    cache.accounts.lab.set_organization(None, [PRIMARY])
    assert cache.pull()[0] == "UpstreamAccessDenied"


def test_a_deny_upstream(cache: Cache) -> None:
    deny = {"Effect": "Deny", "Principal": DOWNSTREAM, "Action": "ecr:GetImageCopyStatus"}
    cache.upstream.set_repository_policy(repositoryName="team/app", policyText=document(deny))
    assert cache.pull()[1].endswith("with an explicit deny in a resource-based policy")
    assert cache.repositories() == []


def test_scope_v1_upstream_gives_one_of_the_four(cache: Cache) -> None:
    """Registry policy scope V1 counts for ReplicateImage, BatchImportUpstreamImage and CreateRepository only."""
    cache.upstream.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    assert cache.pull() == denial("ecr:BatchGetImage", UPSTREAM_APP, "resource-based policy")
    pull = [action for action in READS if action != "ecr:BatchImportUpstreamImage"]
    cache.upstream.set_repository_policy(repositoryName="team/app", policyText=document(allow(DOWNSTREAM, pull)))
    cache.let_in("ecr:BatchImportUpstreamImage")
    assert cache.pull()["imageId"] == cache.image["imageId"]


def test_the_wrong_region(cache: Cache) -> None:
    """The policy and the repository upstream are of one region."""
    cache.ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="cache")
    cache.rule("cache", UPSTREAM_HOST.replace(REGION, "us-east-1"))
    other = UPSTREAM_APP.replace(REGION, "us-east-1")
    assert cache.pull() == denial("ecr:BatchGetImage", other, "resource-based policy")
    expected = denial("ecr:BatchGetImage", other.replace("team/app", "*"), "resource-based policy")[1]
    assert cache.validate() == expected


def test_validation_asks_for_what_the_rule_can_serve(accounts: Accounts) -> None:
    """A role or a policy for some of the repositories under the prefix is enough, for others it is not."""
    cache = Cache(accounts, "mine", upstreamRepositoryPrefix="team")
    one = [EVERYTHING_UPSTREAM.replace("*", "team/next"), CACHED_APP.replace("cache/team/app", "mine/next")]
    accounts.permit("cache", allow_identity(NEEDED, one), allow_identity(NEEDED[0]), account=PRIMARY)
    assert cache.validate() is None
    cache.let_in(READS, resource=EVERYTHING_UPSTREAM.replace("*", "teams/*"))
    # The role has nothing for team/app, so the name that both sides could allow tells more.
    assert cache.validate() == denial("ecr:BatchGetImage", UPSTREAM_APP.replace("app", "next"), "resource-based policy")[1]
    assert cache.pull("mine/app")[0] == "UpstreamAccessDenied"


SAME = f"arn:aws:iam::{PRIMARY}:role/aws-service-role/{SERVICE}/AWSServiceRoleForECRPullThroughCache"


def test_in_one_account_the_service_linked_role_will_do(accounts: Accounts) -> None:
    """Its managed policy (v4) ends at its own account; same account, other region needs no policy upstream."""
    accounts.client("ecr", region="us-east-1").create_repository(repositoryName="team/app")
    image = push(accounts.client("ecr", region="us-east-1"))
    ecr = accounts.client("ecr")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="cache", upstreamRegistryUrl=f"{PRIMARY}.dkr.ecr.us-east-1.amazonaws.com")
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="cache")["isValid"] is True
    ask = {"repositoryName": "cache/team/app", "imageIds": [{"imageTag": "1.0"}]}
    assert ecr.batch_get_image(**ask)["images"][0]["imageId"] == image["imageId"]
    deny = {"Effect": "Deny", "Principal": {"AWS": SAME}, "Action": "ecr:*", "Resource": "*"}
    accounts.client("ecr", region="us-east-1").put_registry_policy(policyText=document(deny))
    failure = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="cache")["failure"]
    assert failure.startswith(f"User: {session_name('AWSServiceRoleForECRPullThroughCache')} is not authorized")


def test_in_one_account_a_role_needs_its_permissions_only(accounts: Accounts) -> None:
    cache = Cache(accounts)
    accounts.client("ecr", region="us-east-1").create_repository(repositoryName="team/app")
    image = push(accounts.client("ecr", region="us-east-1"), "2.0")
    cache.rule("near", f"{PRIMARY}.dkr.ecr.us-east-1.amazonaws.com")
    assert cache.pull("near/team/app", tag="2.0")["imageId"] == image["imageId"]
    cache.permit(WRITES)
    assert cache.pull("near/team/other", tag="2.0")[0] == "UpstreamAccessDenied"


def test_partitions_have_caches_of_their_own(accounts: Accounts) -> None:
    near, far = (accounts.client("ecr", region=region) for region in ("cn-north-1", "cn-northwest-1"))
    far.create_repository(repositoryName="team/app")
    image = push(far)
    host = f"{PRIMARY}.dkr.ecr.cn-northwest-1.amazonaws.com.cn"
    near.create_pull_through_cache_rule(ecrRepositoryPrefix="cache", upstreamRegistryUrl=host)
    answer = near.batch_get_image(repositoryName="cache/team/app", imageIds=[{"imageTag": "1.0"}])
    assert answer["images"][0]["imageId"] == image["imageId"]


# Who pulls.


def puller(cache: Cache, *statements: dict[str, t.Any], account: str = PRIMARY) -> t.Any:
    arn = cache.accounts.role("puller", account)
    cache.accounts.permit("puller", *statements, account=account)
    return cache.accounts.as_role(arn, "ecr")


def test_the_puller_may_import_and_create(cache: Cache) -> None:
    by = puller(cache, allow_identity([*PULL, "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]))
    assert cache.pull(by=by)["imageId"] == cache.image["imageId"]


def test_who_may_not_create_is_told_of_no_repository(cache: Cache) -> None:
    by = puller(cache, allow_identity([*PULL, "ecr:BatchImportUpstreamImage"]))
    assert refused(cache.pull, by=by) == NO_REPOSITORY
    cache.accounts.repository("cache/team/app")
    assert cache.pull(by=by)["imageId"] == cache.image["imageId"]


def test_who_may_not_import_is_told_of_no_image(cache: Cache) -> None:
    by = puller(cache, allow_identity([*PULL, "ecr:CreateRepository"]))
    assert cache.pull(by=by) == NOT_FOUND
    assert cache.repositories() == []
    cache.pull()
    assert cache.pull(by=by)["imageId"] == cache.image["imageId"]


def test_who_may_not_pull_is_denied(cache: Cache) -> None:
    by = puller(cache, allow_identity(["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]))
    assert refused(cache.pull, by=by).code == "AccessDeniedException"
    assert cache.repositories() == []


def test_the_registry_policy_may_hand_out_importing(cache: Cache) -> None:
    """User guide: BatchImportUpstreamImage and CreateRepository may come from the private registry's policy too."""
    by = puller(cache, allow_identity(PULL))
    assert refused(cache.pull, by=by) == NO_REPOSITORY
    more = ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
    own = allow({"AWS": f"arn:aws:iam::{PRIMARY}:role/puller"}, more, Resource=f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/cache/*")
    cache.ecr.put_registry_policy(policyText=document(own))
    assert cache.pull(by=by)["imageId"] == cache.image["imageId"]


THIRD_PARTY = allow({"AWS": THIRD}, [*PULL, "ecr:BatchImportUpstreamImage"])


def test_a_third_account_needs_a_policy_of_the_cache(cache: Cache) -> None:
    """https://github.com/aws/containers-roadmap/issues/2053: a created repository has no policy that lets other accounts in."""
    by = puller(cache, allow_identity(), account=THIRD)
    no_policy = "because no resource-based policy allows the ecr:BatchGetImage action"
    assert refused(cache.pull, by=by).message.endswith(no_policy)
    cache.pull()
    assert refused(cache.pull, by=by).message.endswith(no_policy)
    cache.ecr.set_repository_policy(repositoryName="cache/team/app", policyText=document(THIRD_PARTY))
    assert cache.pull(by=by)["imageId"] == cache.image["imageId"]
    push(cache.upstream, "2.0", b"2")
    assert cache.pull(by=by, tag="2.0")["imageId"]["imageTag"] == "2.0"


def test_a_third_account_with_the_template_and_the_registry_policy(cache: Cache) -> None:
    by = puller(cache, allow_identity(), account=THIRD)
    cache.ecr.create_repository_creation_template(
        prefix="cache", appliedFor=["PULL_THROUGH_CACHE"], repositoryPolicy=document(allow({"AWS": THIRD}, PULL))
    )
    cache.pull()
    assert cache.pull(by=by)["imageId"] == cache.image["imageId"]  # what the own account brought, by the template's policy
    accounts_of = f"arn:aws:ecr:{REGION}:{PRIMARY}:repository/cache/*"
    first = allow({"AWS": THIRD}, ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage"], Resource=accounts_of)
    cache.ecr.put_registry_policy(policyText=document(first))
    cache.accounts.repository("team/next", SECONDARY)
    push(cache.upstream, name="team/next")
    assert refused(cache.pull, name="cache/team/next", by=by).code == "RepositoryNotFoundException"
    first["Action"].append("ecr:CreateRepository")
    cache.ecr.put_registry_policy(policyText=document(first))
    assert cache.pull("cache/team/next", by=by)["repositoryName"] == "cache/team/next"


# Upstreams outside of AWS.


def test_there_is_no_way_out_of_the_lab(cache: Cache) -> None:
    cache.rule("public", "public.ecr.aws", customRoleArn=None)
    assert cache.pull("public/nginx/nginx")[0] == "UpstreamUnavailable"
    assert cache.ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="public")["isValid"] is True
    assert cache.repositories() == []


def test_a_broken_secret_ends_a_pull(cache: Cache) -> None:
    secrets = cache.accounts.client("secretsmanager")
    arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString="test")["ARN"]
    cache.rule("hub", "registry-1.docker.io", customRoleArn=None, credentialArn=arn)
    broken = refused(cache.pull, name="hub/library/nginx")
    assert broken.code == "UnableToGetUpstreamImageException"
    assert broken.message.startswith("The authentication to the upstream registry failed. ")
    secrets.put_secret_value(SecretId=arn, SecretString='{"username": "robot", "accessToken": "x"}')
    assert cache.pull("hub/library/nginx")[0] == "UpstreamUnavailable"
    secrets.delete_secret(SecretId=arn)
    assert refused(cache.pull, name="hub/library/nginx").code == "UnableToGetUpstreamImageException"
