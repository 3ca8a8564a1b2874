# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What the modules for policy documents share: their options, and the way from options to the flow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import RegistryError
from .._guards import GuardOptions
from .._policy.document import Policy, PolicyError, check_statements, label_of, parse
from .._policy.limits import DocumentKind
from .._policy.merge import Ownership
from .._policy.principals import as_list
from .._policy_flow import Document, FlowOptions, PolicyFlow
from .._policy_result import policy_result
from .._progress import Progress

if TYPE_CHECKING:
    from .module import RegistryAWSModule

#: Options of every policy module; the documentation fragment C(policy) describes them.
POLICY_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
    "policy": {"type": "json"},
    "statements": {"type": "list", "elements": "dict"},
    "sids": {"type": "list", "elements": "str"},
    "sid_prefix": {"type": "str"},
    "orphan_principals": {"type": "str", "choices": ["keep", "drop", "fail"], "default": "keep"},
    "on_error": {"type": "str", "choices": ["stop", "continue"], "default": "stop"},
    "wait_timeout": {"type": "int", "default": 60},
    "workers": {"type": "int", "default": 32},
}
#: Options of policy modules whose documents name principals; the fragment C(resource_policy) describes them.
RESOURCE_POLICY_SPEC: dict[str, Any] = {
    "allow_public": {"type": "bool", "default": False},
    "allowed_accounts": {"type": "list", "elements": "raw"},
    "allowed_organizations": {"type": "list", "elements": "str"},
}
#: The option C(grants); the fragment C(grants) describes it. Choices and required fields are checked by read_grants, which can
#: name the grant and say what to write instead.
GRANTS_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "name": {"type": "str"},
        "registry": {
            "type": "dict",
            "options": {
                "account": {"type": "raw"},
                "regions": {"type": "list", "elements": "str"},
                "alicloud_account": {"type": "raw"},
                "region": {"type": "str"},
                "instance_id": {"type": "str"},
                "role": {"type": "str"},
            },
        },
        "repositories": {"type": "list", "elements": "str"},
        "access": {"type": "str"},
        "to": {
            "type": "list",
            "elements": "dict",
            "options": {
                "account": {"type": "raw"},
                "roles": {"type": "list", "elements": "str"},
                "users": {"type": "list", "elements": "str"},
                "organization": {"type": "str"},
                "paths": {"type": "list", "elements": "str"},
                "service": {"type": "str"},
            },
        },
        "scope": {"type": "str"},
        "principals_as": {"type": "str"},
    },
}
#: The options C(readers) and C(decrypt_for).
READERS_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "account": {"type": "raw"},
        "roles": {"type": "list", "elements": "str"},
        "users": {"type": "list", "elements": "str"},
        "arn": {"type": "str"},
    },
}
#: Options that compile to statements.
_DECLARATIONS = ("grants", "readers", "decrypt_for")
#: The option C(trusted) of roles that others assume.
TRUSTED_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "sid": {"type": "str"},
        "account": {"type": "raw"},
        "roles": {"type": "list", "elements": "str"},
        "users": {"type": "list", "elements": "str"},
        "external_id": {"type": "str"},
        "service": {"type": "str"},
        "source_account": {"type": "raw"},
        "oidc_provider": {"type": "str"},
        "subjects": {"type": "list", "elements": "str"},
        "audience": {"type": "str"},
    },
}


def given_policy(params: Mapping[str, Any]) -> Policy | None:
    """The desired document of the options C(policy) or C(statements), checked; None when neither is given.

    Raises PolicyError.
    """
    if params["policy"] is not None:
        return parse(params["policy"], strict=True)
    if params["statements"] is not None:
        return Policy(statements=tuple(check_statements(params["statements"])))
    return None


def check_resource_statements(policy: Policy, kind: DocumentKind, service: str) -> None:
    """Refuses statements that lack what the policy of a single resource needs. Raises PolicyError that names the statement.

    ``service`` is what its actions begin with, such as C(kms).
    """
    for position, statement in enumerate(policy.statements):
        where = f"statement {label_of(statement, position)}"
        for element, hint in (("Principal", ""), ("Resource", "; write '*', which means the one that has the policy")):
            if element not in statement and f"Not{element}" not in statement:
                raise PolicyError(f"{where}: {element} is missing, a {kind.name} needs it{hint}")
        for action in as_list(statement.get("Action", statement.get("NotAction"))):
            if action != "*" and not action.lower().startswith(f"{service}:"):
                raise PolicyError(f"{where}: the action {action} has no meaning in a {kind.name}, whose actions begin with {service}:")


def require_statements(params: Mapping[str, Any], policy: Policy | None, declared: Sequence[Any] | None = None) -> None:
    """Raises RegistryError when the options do not say which statements shall be there, or shall go.

    ``declared`` is what the module's own option declares that compiles to statements; None when it is not given.
    """
    if policy is None and declared is None and not (params["state"] == "absent" and (params["sids"] or params["sid_prefix"])):
        own = next((f"'policy', 'statements' or '{option}'" for option in _DECLARATIONS if option in params), None)
        ways = own or "'policy' or 'statements'"
        raise RegistryError(f"nothing says which statements: give {ways}, or with 'state: absent' also 'sids'")


def given_ownership(params: Mapping[str, Any], sids: Iterable[str] = (), companions: Iterable[str] = ()) -> Ownership:
    """Which statements the options let the module remove; ``sids`` are further ones that are its own.

    Raises RegistryError when the options do not say what shall be there, or what shall go.
    """
    state, prefix = params["state"], params["sid_prefix"]
    if params["sids"] and state != "absent":
        raise RegistryError("'sids' names statements to remove; it goes with 'state: absent'")
    if prefix is not None and not re.fullmatch(r"[A-Za-z0-9]{3,}", prefix):
        raise RegistryError(f"'sid_prefix' is '{prefix}'; it must be at least 3 letters or digits, so that it takes in nothing by accident")
    if prefix is not None and state == "exact":
        raise RegistryError("'sid_prefix' has no meaning with 'state: exact', which removes all other statements anyway")
    return Ownership(state, prefix, frozenset([*(params["sids"] or ()), *sids]), frozenset(companions))


def check_pace(params: Mapping[str, Any]) -> None:
    """Raises RegistryError for numbers that a flow cannot work with."""
    if params["workers"] < 1 or params["wait_timeout"] < 0:
        raise RegistryError("'workers' must be at least 1 and 'wait_timeout' at least 0")


def run_flow(module: RegistryAWSModule, documents: Sequence[Document]) -> dict[str, Any]:
    """Runs the policy flow with the module's options; returns the module's result."""
    params = module.params
    check_pace(params)
    options = FlowOptions(
        check_mode=module.check_mode,
        guard=given_guards(params),
        stop_on_error=params["on_error"] == "stop",
        wait_timeout=params["wait_timeout"],
        workers=params["workers"],
    )
    with Progress(params.get("progress_file")) as progress:
        outcomes = PolicyFlow(options, progress.tell, progress.step).run(documents)
    return policy_result(outcomes, with_diff=module._diff, check_mode=module.check_mode)


def given_guards(params: Mapping[str, Any]) -> GuardOptions:
    """What the options allow beyond the safe defaults; options that a module does not have are at their defaults. Raises RegistryError."""
    return GuardOptions(
        allow_public=bool(params.get("allow_public")),
        allowed_accounts=_accounts(params.get("allowed_accounts")),
        allowed_organizations=_texts(params.get("allowed_organizations")),
        orphan_principals=params.get("orphan_principals") or "keep",
        force=bool(params.get("force")),
    )


def _texts(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _accounts(values: Sequence[Any] | None) -> tuple[str, ...] | None:
    for value in values or ():
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value):
            raise RegistryError(f"'allowed_accounts' has {value!r}; an account id has 12 digits and is written in quotes")
    return _texts(values)
