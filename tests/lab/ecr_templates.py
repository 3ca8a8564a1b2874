# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repository creation templates: create, update, delete, describe."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from moto.ecr.policy_validation import EcrLifecyclePolicyValidator

from . import consistency, ecr_policy_grammar, ecr_service_roles
from .call import AwsError, Call, invalid_parameter
from .ecr_prefixes import bare, best
from .ecr_repositories import check_tag_list
from .ecr_state import backend
from .operations import on_reset, own
from .paging import ecr_page
from .principals import MalformedPrincipal, UnknownPrincipal
from .respelling import bound_document


@dataclasses.dataclass(frozen=True)
class Template:
    """`settings` are the members of the request, by their names in the API, with AWS's defaults filled in."""

    registry: str
    region: str
    partition: str
    prefix: str
    settings: dict[str, t.Any]
    created: datetime.datetime
    updated: datetime.datetime


_TEMPLATES: dict[tuple[str, str], dict[str, Template]] = {}
DEFAULTS: dict[str, t.Any] = {"encryptionConfiguration": {"encryptionType": "AES256"}, "imageTagMutability": "MUTABLE"}


@on_reset
def forget() -> None:
    _TEMPLATES.clear()


def templates_of(account: str, region: str) -> dict[str, Template]:
    """The templates of a registry by prefix."""
    return _TEMPLATES.setdefault((account, region), {})


def template_for(account: str, region: str, repository: str, scenario: str) -> Template | None:
    """The template that a new repository is made from: of those for the scenario the one with the longest prefix, ROOT last."""
    every = templates_of(account, region)
    return best({prefix: one for prefix, one in every.items() if scenario in one.settings["appliedFor"]}, repository)


def _template_of(call: Call) -> Template:
    template = templates_of(call.account, call.region).get(bare(call.parameters["prefix"]))
    if template is None:
        text = "The specified repository creation template can't be found. Verify the registry ID and prefix and try again."
        raise AwsError("TemplateNotFoundException", text)
    return template


def _check_policy(text: str, partition: str) -> None:
    """A template's repository policy is held against what SetRepositoryPolicy takes, principals that exist included."""
    try:
        bound_document(ecr_policy_grammar.parse(text), partition)
    except (ecr_policy_grammar.BadPolicy, MalformedPrincipal):
        raise invalid_parameter("repositoryPolicy", "Invalid repository policy provided") from None
    except UnknownPrincipal:
        raise invalid_parameter("repositoryPolicy", "Principal not found") from None


def _check_encryption(call: Call, encryption: dict[str, str]) -> None:
    key = encryption.get("kmsKey")
    if not key:
        return
    if encryption["encryptionType"] == "AES256":
        raise invalid_parameter("encryptionConfiguration", "kmsKey goes with the encryption types KMS and KMS_DSSE")
    if key.split(":")[3] != call.region:
        raise invalid_parameter("encryptionConfiguration", "The KMS key must be in the same Region as the repository")


def _check(call: Call, settings: dict[str, t.Any]) -> None:
    """Refuse what no repository could be made from."""
    if not settings.get("appliedFor"):
        raise invalid_parameter("appliedFor", "must not be empty")
    check_tag_list(settings.get("resourceTags") or [])
    _check_encryption(call, settings["encryptionConfiguration"])
    registry: t.Any = backend(call.account, call.region)
    filters = settings.get("imageTagMutabilityExclusionFilters")
    registry.validate_image_tag_mutability_params_compatibility(settings["imageTagMutability"], filters)
    if settings.get("repositoryPolicy"):
        _check_policy(settings["repositoryPolicy"], call.partition)
    if settings.get("lifecyclePolicy"):
        EcrLifecyclePolicyValidator(settings["lifecyclePolicy"]).validate()
    if settings.get("customRoleArn"):
        ecr_service_roles.check_own_role(call, settings["customRoleArn"])


def _settled(given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Settings without those that are empty, which takes them away again."""
    settings = {name: value for name, value in given.items() if name != "prefix" and value not in ("", [], None)}
    settings["appliedFor"] = list(dict.fromkeys(settings.get("appliedFor", [])))
    settings["encryptionConfiguration"] = {key: value for key, value in settings["encryptionConfiguration"].items() if value}
    return settings


def _shown(template: Template) -> dict[str, t.Any]:
    return {"prefix": template.prefix, **template.settings, "createdAt": template.created, "updatedAt": template.updated}


def _answer(call: Call, template: Template) -> dict[str, t.Any]:
    return {"registryId": call.account, "repositoryCreationTemplate": _shown(template)}


def _key(call: Call) -> tuple[str, ...]:
    return ("creation-templates", call.account, call.region)


def _keep(call: Call, template: Template) -> dict[str, t.Any]:
    templates = templates_of(call.account, call.region)
    ecr_service_roles.appear(ecr_service_roles.TEMPLATE, call.account, call.partition)
    consistency.replaced(_key(call), dict(templates))
    templates[template.prefix] = template
    return _answer(call, template)


@own("ecr", "CreateRepositoryCreationTemplate")
def create_repository_creation_template(call: Call) -> dict[str, t.Any]:
    prefix = bare(call.parameters["prefix"])
    settings = _settled({**DEFAULTS, **call.parameters})
    _check(call, settings)
    if prefix in templates_of(call.account, call.region):
        text = "The repository creation template already exists. Specify a unique prefix and try again."
        raise AwsError("TemplateAlreadyExistsException", text)
    moment = datetime.datetime.now(datetime.UTC)
    return _keep(call, Template(call.account, call.region, call.partition, prefix, settings, moment, moment))


@own("ecr", "UpdateRepositoryCreationTemplate")
def update_repository_creation_template(call: Call) -> dict[str, t.Any]:
    """What is left out stays; an empty text or list takes a setting away."""
    old = _template_of(call)
    merged = {**old.settings, **call.parameters}
    if not str(merged["imageTagMutability"]).endswith("_WITH_EXCLUSION") and "imageTagMutabilityExclusionFilters" not in call.parameters:
        merged.pop("imageTagMutabilityExclusionFilters", None)
    settings = _settled(merged)
    _check(call, settings)
    return _keep(call, dataclasses.replace(old, settings=settings, updated=datetime.datetime.now(datetime.UTC)))


@own("ecr", "DeleteRepositoryCreationTemplate")
def delete_repository_creation_template(call: Call) -> dict[str, t.Any]:
    template, templates = _template_of(call), templates_of(call.account, call.region)
    consistency.replaced(_key(call), dict(templates))
    del templates[template.prefix]
    return _answer(call, template)


@own("ecr", "DescribeRepositoryCreationTemplates")
def describe_repository_creation_templates(call: Call) -> dict[str, t.Any]:
    """Prefixes without a template are left out: the operation has no error for them."""
    templates: dict[str, Template] = consistency.stale(_key(call), templates_of(call.account, call.region))
    wanted = dict.fromkeys(bare(prefix) for prefix in call.parameters.get("prefixes") or templates)
    found, token = ecr_page([templates[prefix] for prefix in wanted if prefix in templates], call.parameters)
    result = {"registryId": call.account, "repositoryCreationTemplates": [_shown(template) for template in found]}
    return {**result, "nextToken": token} if token else result
