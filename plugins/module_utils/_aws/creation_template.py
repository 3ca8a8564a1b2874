# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""A repository creation template of a registry: how it is read, written and deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import ServiceError
from .._policy.document import Policy, parse, same_meaning
from .._settings_flow import Settings
from .errors import translated
from .repository_policy import explained

if TYPE_CHECKING:
    from .settings_module import Registry

#: What a template has that was created without them.
#: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html
DEFAULTS: dict[str, Any] = {
    "description": None,
    "applied_for": [],
    "image_tag_mutability": "MUTABLE",
    "image_tag_mutability_exclusion_filters": [],
    "encryption": {"type": "AES256", "kms_key": None},
    "tags": {},
    "lifecycle_policy": None,
    "repository_policy": None,
    "custom_role_arn": None,
}
#: Where the API's documentation says that they fall back to their defaults when an update leaves them out.
_ALWAYS_SENT = ("image_tag_mutability", "image_tag_mutability_exclusion_filters")


def template_settings(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a template as ECR describes it."""
    encryption = answer.get("encryptionConfiguration") or {"encryptionType": "AES256"}
    return {
        "description": answer.get("description") or None,
        "applied_for": sorted(answer.get("appliedFor") or ()),
        "image_tag_mutability": answer.get("imageTagMutability") or "MUTABLE",
        "image_tag_mutability_exclusion_filters": sorted(one["filter"] for one in answer.get("imageTagMutabilityExclusionFilters") or ()),
        "encryption": {"type": encryption["encryptionType"], "kms_key": encryption.get("kmsKey") or None},
        "tags": {tag["Key"]: tag["Value"] for tag in answer.get("resourceTags") or ()},
        "lifecycle_policy": _document(answer.get("lifecyclePolicy")),
        "repository_policy": _document(answer.get("repositoryPolicy")),
        "custom_role_arn": answer.get("customRoleArn") or None,
    }


def _document(text: str | None) -> Any:
    """JSON text as data; None when there is none, the text itself when it is no JSON."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


class CreationTemplateStore:
    """One template, found by its prefix."""

    kind = "repository creation template"

    def __init__(self, registry: Registry, prefix: str) -> None:
        self._reader = registry.reader
        self._writer = registry.writer
        self.account: str | None = registry.account
        self.region: str | None = registry.region
        self.resource = prefix

    def read(self) -> Settings | None:
        with translated():
            answer = self._reader.describe_repository_creation_templates(prefixes=[self.resource])
        return next(map(template_settings, answer["repositoryCreationTemplates"]), None)

    def same(self, setting: str, current: Any, desired: Any) -> bool:
        if setting == "repository_policy" and current and desired:
            return same_meaning(parse(current), parse(desired))
        return bool(current == desired) or (not current and not desired)

    def can_change(self, _setting: str, _value: Any) -> bool:
        return True

    def create(self, settings: Settings) -> None:
        given = {name: value for name, value in _request(settings, list(DEFAULTS)).items() if value not in ("", [])}
        with explained(_policy(settings)):
            self._writer.create_repository_creation_template(prefix=self.resource, **given)

    def update(self, settings: Settings, changed: Sequence[str]) -> None:
        with explained(_policy(settings)):
            self._writer.update_repository_creation_template(prefix=self.resource, **_request(settings, [*changed, *_ALWAYS_SENT]))

    def delete(self) -> None:
        try:
            with translated():
                self._writer.delete_repository_creation_template(prefix=self.resource)
        except ServiceError as error:
            if error.code != "TemplateNotFoundException":
                raise

    def waits_for(self, error: ServiceError) -> str | None:
        """As for the policy of a repository: ECR learns of a new role after some seconds."""
        if error.code == "InvalidParameterException" and "Principal not found" in error.message:
            return "ECR does not know a principal of the repository policy (yet)"
        return None


def _request(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """The parameters for these settings; an empty text or list takes a setting away."""
    request: dict[str, Any] = {}
    for name in names:
        value = settings[name]
        match name:
            case "description":
                request["description"] = value or ""
            case "applied_for":
                request["appliedFor"] = list(value)
            case "image_tag_mutability":
                request["imageTagMutability"] = value
            case "image_tag_mutability_exclusion_filters" if value:
                request["imageTagMutabilityExclusionFilters"] = [{"filterType": "WILDCARD", "filter": one} for one in value]
            case "encryption":
                key = {"kmsKey": value["kms_key"]} if value["kms_key"] else {}
                request["encryptionConfiguration"] = {"encryptionType": value["type"], **key}
            case "tags":
                request["resourceTags"] = [{"Key": key, "Value": tag} for key, tag in sorted(value.items())]
            case "lifecycle_policy":
                request["lifecyclePolicy"] = _text(value)
            case "repository_policy":
                request["repositoryPolicy"] = _text(value)
            case "custom_role_arn":
                request["customRoleArn"] = value or ""
    return request


def _policy(settings: Settings) -> Policy | None:
    return parse(settings["repository_policy"]) if settings["repository_policy"] else None


def _text(document: Any) -> str:
    if not document:
        return ""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
