# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of roles and playbooks share: a fleet of accounts and its inventory, and real pulls and pushes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account
from tests.lab import Lab

#: The path under which the collection keeps its managed policies.
POLICY_PATH = "/crossaccount.registry/"


def grant(name: str, access: str, to: Any, repositories: Sequence[str] = ("payments/*",), **settings: Any) -> dict[str, Any]:
    """One entry of a declaration for the registry of the primary account. ``to`` may be an account, or (account, role, ...)."""
    recipients = []
    for one in to if isinstance(to, list) else [to]:
        if isinstance(one, Mapping):
            recipients.append(dict(one))
        else:
            account, *roles = [one] if isinstance(one, str) else one
            recipients.append({"account": account, **({"roles": roles} if roles else {})})
    registry = {"account": settings.pop("account", PRIMARY), "regions": settings.pop("regions", [REGION])}
    return {"name": name, "registry": registry, "repositories": list(repositories), "access": access, "to": recipients, **settings}


class Fleet:
    """A folder with an inventory of accounts, a file of AWS profiles (one for each account, by its host's name), and the declaration."""

    def __init__(self, folder: Path) -> None:
        self._profiles = folder / "credentials"
        self.inventory = folder / "inventory.json"
        self.declaration = folder / "group_vars" / "all.json"
        self.declaration.parent.mkdir()
        self.primaries: dict[str, dict[str, Any]] = {"images": {"aws_account_id": PRIMARY, "aws_profile": "images"}}
        self.secondaries: dict[str, dict[str, Any]] = {
            "payments": {"aws_account_id": SECONDARY, "aws_profile": "payments"},
            "shop": {"aws_account_id": OTHER, "aws_profile": "shop"},
        }
        self.common: dict[str, Any] = {"aws_regions": [REGION]}

    def declare(self, *grants: Any) -> None:
        """Makes this the declaration, and writes inventory and profiles."""
        self.write({"registry_grants": list(grants)})

    def write(self, variables: Mapping[str, Any]) -> None:
        """Writes the inventory, the profiles and these variables of all hosts."""
        self.declaration.write_text(json.dumps({**self.common, **variables}))
        hosts = {**self.primaries, **self.secondaries}
        self._profiles.write_text(
            "\n".join(
                f"[{name}]\naws_access_key_id={settings['aws_account_id']}\naws_secret_access_key=any\n" for name, settings in hosts.items()
            )
        )
        self.inventory.write_text(json.dumps(self.tree()))

    def tree(self, only: Sequence[str] | None = None) -> dict[str, Any]:
        """The inventory, or the part of it that a slice with only these hosts has."""
        groups = {"primary_accounts": self.primaries, "secondary_accounts": self.secondaries}
        return {
            "all": {
                "children": {
                    group: {"hosts": {host: its for host, its in hosts.items() if only is None or host in only}}
                    for group, hosts in groups.items()
                }
            }
        }

    @property
    def settings(self) -> dict[str, Any]:
        """How to run a playbook with it: no credentials but the profiles, and no region but those of the declaration."""
        environment = {"AWS_SHARED_CREDENTIALS_FILE": str(self._profiles)}
        return {"inventory": self.inventory, "environment": environment, "credentials": None, "region": None}


def client_of(lab: Lab, account: Account, role: str, service: str = "ecr") -> Any:
    """A client with a session of the role, which must trust its own account."""
    key = account.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account.id}:role/{role}", RoleSessionName="test")["Credentials"]
    return lab.session_of(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"], account.region).client(service)


def push(ecr: Any, repository: str, tag: str, registry: str = PRIMARY) -> str:
    """Pushes an image with one layer as docker does; returns its digest."""
    layer = tag.encode()
    digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    where = {"registryId": registry, "repositoryName": repository}
    if ecr.batch_check_layer_availability(**where, layerDigests=[digest])["layers"][0]["layerAvailability"] != "AVAILABLE":
        upload = ecr.initiate_layer_upload(**where)["uploadId"]
        ecr.upload_layer_part(**where, uploadId=upload, partFirstByte=0, partLastByte=len(layer) - 1, layerPartBlob=layer)
        ecr.complete_layer_upload(**where, uploadId=upload, layerDigests=[digest])
    described = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest, "size": len(layer)}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": described, "layers": [described]}
    return str(ecr.put_image(**where, imageManifest=json.dumps(manifest), imageTag=tag)["image"]["imageId"]["imageDigest"])


def pull(ecr: Any, repository: str, tag: str, registry: str = PRIMARY) -> bytes:
    """Logs in, and fetches the manifest and where the layer is, as docker does."""
    ecr.get_authorization_token()
    where = {"registryId": registry, "repositoryName": repository}
    image = ecr.batch_get_image(**where, imageIds=[{"imageTag": tag}])["images"][0]
    manifest = json.loads(image["imageManifest"])
    ecr.get_download_url_for_layer(**where, layerDigest=manifest["layers"][0]["digest"])
    return str(image["imageManifest"]).encode()


def may(attempt: Any, *arguments: Any) -> bool:
    """Whether AWS lets somebody do it. Fails for every other error."""
    try:
        attempt(*arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        return False
    return True


def policies(account: Account) -> dict[str, dict[str, Any]]:
    """The collection's managed policies of an account: name -> document."""
    iam = account.client("iam")
    pages = iam.get_paginator("list_policies").paginate(Scope="Local", PathPrefix=POLICY_PATH)
    return {
        one["PolicyName"]: iam.get_policy_version(PolicyArn=one["Arn"], VersionId=one["DefaultVersionId"])["PolicyVersion"]["Document"]
        for page in pages
        for one in page["Policies"]
    }


def attached(account: Account, role: str) -> list[str]:
    """The names of all managed policies that are attached to a role."""
    answer = account.client("iam").list_attached_role_policies(RoleName=role)
    return [policy["PolicyName"] for policy in answer["AttachedPolicies"]]


def sids(document: Mapping[str, Any]) -> list[str]:
    """The Sids of a document in their order."""
    found = document["Statement"]
    return [str(one.get("Sid", "")) for one in (found if isinstance(found, list) else [found])]
