# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of the documentation runs as it is written, in check mode and for real, and RETURN shows real results."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration import playbooks
from tests.integration.alicloud_samples import sample_registries, sample_roles
from tests.integration.alicloud_world import UID_A, Alicloud
from tests.integration.central_samples import sample_central
from tests.integration.conftest import PRIMARY, REGION, SECONDARY, Account, Ansible, Credentials
from tests.integration.logins import Home
from tests.integration.playbooks import PlaybookRun
from tests.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
ALICLOUD_MODULES = [file for file in MODULES if file.stem.startswith("alicloud_")]
OTHER_MODULES = [file for file in MODULES if file not in ALICLOUD_MODULES]
#: Filters and tests are documented in files beside them. Examples of inventories are no tasks; test_aws_organization_accounts.py has them.
PLUGINS = sorted(
    file
    for kind, pattern in (("filter", "*.y*ml"), ("lookup", "*.py"), ("test", "*.y*ml"))
    for file in (ROOT / "plugins" / kind).glob(pattern)
)
ROLES = sorted(file.parents[1] for file in (ROOT / "roles").glob("*/meta/argument_specs.yml"))
ALICLOUD_ROLE = ROOT / "roles" / "eci_acr_access"
AWX_ROLE = ROOT / "roles" / "awx_job_templates"  # see test_awx_job_templates.py
AWS_ROLES = [role for role in ROLES if role not in (ALICLOUD_ROLE, AWX_ROLE)]
#: Whose account an example is about, where it is not the primary one.
IN_SECONDARY = ("iam_role_registry_policy", "secondary_account")
#: What examples leave to the inventory or to a vault.
VARIABLES = {
    "registry_grants": [
        {
            "name": "payments-runtime",
            "registry": {"account": PRIMARY, "regions": [REGION]},
            "repositories": ["payments/*"],
            "access": "pull",
            "to": [{"account": SECONDARY, "roles": ["ecsInstanceRole"]}],
        }
    ],
    "registry_password": "Pz7-example",
    "new_registry_password": "Qz8-example",
    "registry_access_key": "AKIAIOSFODNN7EXAMPLE",
    "registry_secret_key": "wJalr-example",
    "new_registry_secret_key": "xKbms-example",
}
#: The registry side of what the grants of the examples mean.
PULLS = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{SECONDARY}:role/ecsInstanceRole"},
    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
}
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


@pytest.fixture
def seeded(lab: Lab, primary: Account, secondary: Account) -> Lab:
    """A lab with everything that the examples mention."""
    primary.create_repositories("payments/api", "payments/web", "base/python")
    team = {"Sid": "OtherTeam", "Effect": "Allow", "Principal": {"AWS": "777788889999"}, "Action": "ecr:DescribeImages"}
    primary.set_policy("payments/web", team)
    for role in ("ecsInstanceRole", "ecsTaskExecutionRole", "central"):
        secondary.create_role(role)
    secondary.create_role("registry-auditor", {"AWS": PRIMARY})
    secondary.let("registry-auditor", "iam:Get*", "iam:List*", "organizations:DescribeOrganization", "secretsmanager:DescribeSecret")
    primary.create_repositories("shared/base", region="eu-west-3")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    shared = {"Sid": "CrossaccountRegistrySharedBasePull", "Effect": "Allow", "Principal": {"AWS": "777788889999"}, "Action": pull}
    primary.set_policy("shared/base", shared, region="eu-west-3")
    primary.create_role("ecsTaskExecutionRole")
    primary.create_role("registry-scanner")
    primary.create_role("registry-admin", Condition={"StringEquals": {"sts:ExternalId": "registry-automation"}})
    primary.let("registry-admin", "ecr:*")
    primary.client("iam").create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    primary.client("eks").create_cluster(name="acs", roleArn=f"arn:aws:iam::{PRIMARY}:role/cluster", resourcesVpcConfig={})
    for_pods = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [for_pods]})
    primary.client("iam").create_role(RoleName="rhacs-central", AssumeRolePolicyDocument=trust)
    for region in (REGION, "eu-central-1"):
        kms = primary.client("kms", region)
        kms.create_alias(AliasName="alias/registry-credentials", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    for secret in ("registry/shared", "registry/internal"):
        primary.client("secretsmanager").create_secret(Name=secret, SecretString="{}", KmsKeyId="alias/registry-credentials")
    primary.client("secretsmanager").create_secret(
        Name="ecr-pullthroughcache/docker-hub", SecretString=json.dumps({"username": "team", "accessToken": "t"})
    )
    let_cache(primary, secondary)
    lab.set_organization("o-a1b2c3d4e5", {SECONDARY: "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"})
    return lab


def let_cache(primary: Account, secondary: Account) -> None:
    """A cache of the primary account that works, from which ecsTaskExecutionRole may pull."""
    role = primary.create_role("ecr-cache-tools", {"Service": "pullthroughcache.ecr.amazonaws.com"})
    primary.let("ecr-cache-tools", "ecr:*")
    primary.let("ecsTaskExecutionRole", "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    primary.let("ecsTaskExecutionRole", "ecr:CreateRepository", "ecr:BatchImportUpstreamImage")
    fetch = {"Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "ecr:*", "Resource": "*"}
    secondary.client("ecr").put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [fetch]}))
    primary.client("ecr", "eu-central-1").create_pull_through_cache_rule(
        ecrRepositoryPrefix="tools", upstreamRegistryUrl=f"{SECONDARY}.dkr.ecr.{REGION}.amazonaws.com", customRoleArn=role
    )


def made(primary: Account) -> dict[str, str]:
    """What examples mention whose name AWS makes up."""
    secret = primary.client("secretsmanager").describe_secret(SecretId="ecr-pullthroughcache/docker-hub")
    key = primary.client("kms").describe_key(KeyId="alias/registry-credentials")
    return {"docker_hub_credential_arn": secret["ARN"], "registry_key_arn": key["KeyMetadata"]["Arn"]}


def documented(file: Path) -> dict[str, str]:
    """The documentation strings of a module or plugin."""
    if file.suffix != ".py":
        return {"RETURN": "", **yaml.safe_load(file.read_text())}
    nodes = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: node.value.value for node in nodes if isinstance(node.value, ast.Constant)}  # type: ignore[attr-defined]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment with a home directory of its own, and container clients."""
    return Home(tmp_path / "home").environment


@pytest.fixture
def beside(seeded: Lab, primary: Account, secondary: Account, file: Path) -> Iterator[dict[str, str]]:
    """The environment that leads to what the examples of a file talk to beside AWS."""
    if file.stem.startswith("rhacs_"):
        with sample_central(seeded, primary, secondary) as environment:
            yield environment
    else:
        yield {}


def run_examples(ansible: Ansible, primary: Account, name: str, examples: str, environment: dict[str, str]) -> PlaybookRun:
    account = SECONDARY if name in IN_SECONDARY else PRIMARY
    central = {key.lower(): value for key, value in environment.items() if key.startswith("ROX_")}
    variables = {**VARIABLES, **made(primary), **central}
    run = ansible(examples, credentials=account, region=None, variables=variables, environment=environment).succeeded()
    assert not any(run[task["name"]].failed for task in yaml.safe_load(examples))
    return run


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("file", [*OTHER_MODULES, *PLUGINS], ids=lambda file: file.stem)
def test_examples(ansible: Ansible, primary: Account, home: dict[str, str], beside: dict[str, str], file: Path) -> None:
    texts = documented(file)
    run = run_examples(ansible, primary, file.stem, texts["EXAMPLES"], {**home, **beside})
    if file in MODULES:
        assert_return_shows_real_results(texts, run)


@pytest.mark.parametrize("file", ALICLOUD_MODULES, ids=lambda file: file.stem)
def test_examples_of_alibaba_cloud(alicloud: Alicloud, file: Path) -> None:
    sample_registries(alicloud.cloud)
    if file.stem.startswith("alicloud_eci_"):
        sample_roles(alicloud.cloud)
    texts = documented(file)
    assert_return_shows_real_results(texts, alicloud.play(yaml.safe_load(texts["EXAMPLES"])))


def assert_return_shows_real_results(texts: dict[str, str], run: PlaybookRun) -> None:
    returned = yaml.safe_load(texts["RETURN"])
    results = [one.outcome for one in run.results]
    for result in results:
        extra = set(result) - set(returned) - {"changed", "diff", "warnings", "deprecations", "exception"}
        assert not extra, f"RETURN does not have {', '.join(sorted(extra))}"
    for key, value in returned.items():
        if "always" in value["returned"]:
            assert all(key in result for result in results), key
    if {"size_limit", "settings", "revision"} & set(returned.get("actions", {}).get("contains", {})):
        sample = {key: value["sample"] for key, value in returned["actions"]["contains"].items()}
        actions = [action for result in results for action in result["actions"]]
        assert sample in actions, f"no example returns the sample of 'actions', but these\n{json.dumps(actions, indent=1)}"
        assert returned["summary"]["sample"] in [result["summary"] for result in results]


def blocks(role: Path, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", (role / "README.md").read_text())


@pytest.mark.parametrize("role", AWS_ROLES, ids=lambda role: role.name)
def test_the_example_of_a_role_needs_only_the_permissions_that_its_readme_lists(
    seeded: Lab, ansible: Ansible, primary: Account, secondary: Account, home: dict[str, str], role: Path
) -> None:
    account = secondary if role.name in IN_SECONDARY else primary
    (example,), (permissions,) = blocks(role, "yaml"), blocks(role, "json")
    automation = account.create_user("automation")
    account.client("iam").put_user_policy(UserName="automation", PolicyName="documented", PolicyDocument=permissions)
    assert_no_more_than_listed(seeded, automation)
    if role.name == "access_verification":
        for repository in ("payments/api", "payments/web"):
            primary.set_policy(repository, PULLS)
    check = ansible(example, "--check", credentials=automation, region=None, environment=home).succeeded()
    real = ansible(example, credentials=automation, region=None, environment=home).succeeded()
    assert real.changed == check.changed > 0
    if f"{role.name}_grants" not in (role / "meta" / "argument_specs.yml").read_text():
        return
    revoked = ansible(example, credentials=automation, region=None, variables={f"{role.name}_grants": []}).succeeded()
    assert revoked.changed == check.recap["localhost"]["changed"] - (role.name == "primary_account")


def test_the_example_of_the_role_for_alibaba_cloud(alicloud: Alicloud) -> None:
    """It, too, needs only the permissions that its README lists."""
    sample_registries(alicloud.cloud)
    (example,), (permissions,) = blocks(ALICLOUD_ROLE, "yaml"), blocks(ALICLOUD_ROLE, "json")
    key = alicloud.cloud.account(UID_A).user("automation", json.loads(permissions))
    environment = {**alicloud.environment(None), **alicloud.cloud.environment_of(key)}
    variables = {"alicloud_endpoint_url": alicloud.cloud.endpoint}
    check, real = (playbooks.run(example, environment, arguments, variables).succeeded() for arguments in (["--check"], []))
    assert real.changed == check.changed > 0


def assert_no_more_than_listed(lab: Lab, automation: Credentials) -> None:
    iam = lab.session_of(automation.access_key, automation.secret_key).client("iam")
    with pytest.raises(iam.exceptions.ClientError, match="not authorized to perform: iam:ListRoles"):
        iam.list_roles()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_readme_of_a_role_lists_its_variables(role: Path) -> None:
    """Each option with its default."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    options = {name: option for spec in specs.values() for name, option in spec["options"].items()}
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (.*?) \|", (role / "README.md").read_text()))
    assert set(rows) == set(options)
    assert set(defaults) <= set(options)
    for name, default in defaults.items():
        if not isinstance(default, str) or "{{" not in default:
            shown = default if isinstance(default, str) else json.dumps(default)
            assert rows[name] == f"`{shown}`"
            assert options[name].get("default", default) == default
