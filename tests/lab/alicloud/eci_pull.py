# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a container group or an image cache can pull an image: whose registry it is, which role pulls, which network leads there."""

from __future__ import annotations

import dataclasses
import typing as t

from .callers import Caller
from .cr_state import Instance, PersonalRegistry
from .eci_state import Failure, Values, Workload
from .errors import Refused
from .networks import Place
from .permissions import decision
from .sts_roles import check_assume

if t.TYPE_CHECKING:
    from .cloud import Cloud

SERVICE = "eci.aliyuncs.com"
#: What every account may pull from Alibaba Cloud's own registries.
PUBLIC_NAMESPACES = ("eci_open/", "acs/", "google_containers/")


@dataclasses.dataclass
class Image:
    """An image's name in its parts; `host` is empty for one of Docker Hub, `reference` a tag or a digest."""

    text: str
    host: str
    repository: str
    reference: str

    @property
    def path(self) -> str:
        return f"{self.repository}{'@' if ':' in self.reference else ':'}{self.reference}"


def parse_image(text: str) -> Image:
    first, slash, rest = text.partition("/")
    host, name = (first, rest) if slash and ("." in first or ":" in first or first == "localhost") else ("", text)
    tagged, _at, digest = name.partition("@")
    repository, _colon, tag = tagged.partition(":")
    return Image(text, host, repository, digest or tag or "latest")


class Denied(Exception):
    """The pull does not work: a short cause, and what the registry, the network or STS said."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


def why_not(cloud: Cloud, workload: Workload, place: Place, text: str) -> Failure | None:
    """What keeps a workload from pulling an image; None when nothing does."""
    image = parse_image(text)
    try:
        _pull(cloud, workload, place, image)
    except Denied as denied:
        words = f'Failed to pull image "{text}": rpc error: code = Unknown desc = failed to pull and unpack image "{text}": '
        return Failure(denied.cause, text, words + denied.message)
    return None


def _pull(cloud: Cloud, workload: Workload, place: Place, image: Image) -> None:
    registry = _registry_of(cloud, image)
    if registry is None:
        _pull_elsewhere(place, image)
        return
    _reach(registry, place, image, cloud.now())
    if not _logs_in(registry, workload, image, cloud.now()):
        entry = _entry_for(registry, workload, image)
        _authorize(cloud, workload, registry, entry, image)
    if image.path not in registry.images:
        raise Denied("image", f'failed to resolve reference "{image.text}": {image.text}: not found')


def _registry_of(cloud: Cloud, image: Image) -> Instance | PersonalRegistry | None:
    """Whose registry an image is in; None for one that is not of ACR."""
    for account in cloud.accounts.values():
        for instance in account.instances.values():
            if image.host in instance.hosts:
                return instance
    personal = [account.personal[region] for account in cloud.accounts.values() for region in account.personal]
    sharing = [registry for registry in personal if image.host in registry.hosts]
    namespace = image.repository.partition("/")[0] + "/"
    return next((one for one in sharing if any(path.startswith(namespace) for path in one.images)), None)


def _pull_elsewhere(place: Place, image: Image) -> None:
    """Docker Hub has every image that is asked for; other registries are unknown, but for Alibaba Cloud's public ones."""
    private = image.host == f"registry-vpc.{place.region}.aliyuncs.com"
    public = image.host.startswith(("registry.", "registry-vpc.")) and image.host.endswith(".aliyuncs.com")
    if public and image.repository.startswith(PUBLIC_NAMESPACES):
        if not private and place.address is None:
            raise _timeout("endpoint", image)
        return
    if public or image.host:
        where = image.host
        known = "pull access denied, repository does not exist or may require authorization" if public else f"lookup {where}: no such host"
        raise Denied("image" if public else "host", f'failed to resolve reference "{image.text}": {known}')
    if place.address is None:
        raise _timeout("endpoint", image)


def _timeout(cause: str, image: Image) -> Denied:
    host = image.host or "registry-1.docker.io"
    return Denied(
        cause, f'failed to do request: Head "https://{host}/v2/{image.repository}/manifests/{image.reference}": dial tcp: i/o timeout'
    )


def _reach(registry: Instance | PersonalRegistry, place: Place, image: Image, now: float) -> None:
    """Raises Denied when no network leads from the place to the host of the image."""
    if isinstance(registry, PersonalRegistry):
        private = image.host.startswith("registry-vpc.")
        if (private and place.region != registry.region) or (not private and place.address is None):
            raise _timeout("endpoint", image)
        return
    public = place.address is not None and registry.internet.lets_in(place.address, now)
    private = registry.reached_from(place.vpcs, now)
    reached = {registry.internet_domain: public, registry.vpc_domain: private}.get(image.host, public or private)
    if registry.status != "RUNNING" or not reached:
        raise _timeout("endpoint", image)


def _logs_in(registry: Instance | PersonalRegistry, workload: Workload, image: Image, now: float) -> bool:
    """Whether a login that came with the request is one of the registry's own tokens."""
    if isinstance(registry, PersonalRegistry):
        return False
    given = [(item.get("UserName"), item.get("Password")) for item in workload.credentials if item.get("Server") == image.host]
    return any((token.user, token.password) in given and token.expires > now for token in registry.tokens)


def _entry_for(registry: Instance | PersonalRegistry, workload: Workload, image: Image) -> Values:
    """The item of AcrRegistryInfo that is about this image; an empty one when there is none."""
    return next((entry for entry in workload.registries if _is_about(entry, registry, workload, image)), {})


def _is_about(entry: Values, registry: Instance | PersonalRegistry, workload: Workload, image: Image) -> bool:
    if entry.get("Domain") and image.host not in entry["Domain"]:
        return False
    named = entry.get("InstanceId") or entry.get("InstanceName")
    if isinstance(registry, PersonalRegistry):
        return not named
    if not named:
        return image.host not in registry.domains
    # An instance is looked up in the region that is named, or in that of the workload.
    if entry.get("InstanceId", registry.id) != registry.id or entry.get("InstanceName", registry.name) != registry.name:
        return False
    if image.host in registry.domains or entry.get("RegionId"):
        return (entry.get("RegionId") or workload.region) == registry.region
    return True


def _unauthorized(image: Image) -> Denied:
    return Denied("login", f'failed to resolve reference "{image.text}": failed to authorize: 401 Unauthorized')


def _authorize(cloud: Cloud, workload: Workload, registry: Instance | PersonalRegistry, entry: Values, image: Image) -> None:
    """Raises Denied when nobody who may pull does so for this workload."""
    service_role, user_role = entry.get("ArnService"), entry.get("ArnUser")
    custom = isinstance(registry, Instance) and image.host in registry.domains
    if custom and not entry.get("InstanceId"):
        raise _unauthorized(image)
    if service_role is None:
        if user_role is not None or registry.uid != workload.uid:
            raise _unauthorized(image)
        return  # the service-linked role of ECI may pull everything in its account
    service = Caller("service", workload.uid, SERVICE)
    role = _assume(cloud, service, service_role, workload.uid)
    if user_role is not None:
        role = _assume(cloud, role, user_role, None)
    if role.account != registry.uid:
        raise _unauthorized(image)
    _may_pull(cloud, role, registry, image)


def _assume(cloud: Cloud, caller: Caller, arn: str, uid: str | None) -> Caller:
    """The session of a role that the caller assumes; `uid`: the account that the role has to be in."""
    try:
        owner, role = check_assume(cloud, caller, arn, {})
        if uid not in (None, owner):
            raise _other_account()
    except Refused as refused:
        cause = "missing role" if refused.status == 404 else "assume role"
        raise Denied(cause, f"failed to authorize: AssumeRole {arn} by {caller.arn}: {refused.code}: {refused.message}") from None
    return Caller("session", owner, role.name, role.id, "eci")


def _other_account() -> Refused:
    return Refused("NoPermission", "You are not authorized to do this action. You should be authorized by RAM.", 403)


def _may_pull(cloud: Cloud, role: Caller, registry: Instance | PersonalRegistry, image: Image) -> None:
    namespace, _slash, name = image.repository.partition("/")
    scope = f"acs:cr:{registry.region}:{registry.uid}"
    if isinstance(registry, Instance):
        instance = [f"{scope}:instance/{registry.id}"]
        repository = [*instance, f"{scope}:repository/{registry.id}/{namespace}/{name}"]
    else:
        instance, repository = ["*"], [f"{scope}:repository/{namespace}/{name}"]
    needed = [("cr:GetAuthorizationToken", ["*"]), ("cr:ListInstanceEndpoint", instance), ("cr:PullRepository", repository)]
    for action, resources in needed:
        if decision(cloud, role, action, resources, {}) != "Allow":
            words = f"NoPermission: You are not authorized to do this action. Resource: {resources[-1]} Action: {action}"
            raise Denied("permission", f"failed to authorize: {role.arn}: {words}")
