# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Which repository policies a task is about, and what each should become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._errors import RegistryError
from .._grants import Grant, is_tag_selector, read_grants, registry_statements
from .._policy.document import Policy
from .._policy_flow import Document
from .identity import caller_identity, check_account
from .policy_module import given_ownership, given_policy, require_statements
from .repositories import ALL_REGIONS, Found, Repository, find_repositories, regions_of, unmatched, unmatched_anywhere, warn_closed
from .repository_policy import RepositoryPolicyStore, check_repository_statements

if TYPE_CHECKING:
    from .module import RegistryAWSModule


def repository_documents(module: RegistryAWSModule) -> list[Document]:
    """One document for each repository that the module's options select, in the order of regions and names.

    Raises RegistryError or PolicyError for options that make no sense together, selectors that select nothing, and credentials of
    the wrong account; ServiceError when AWS refuses.
    """
    params = module.params
    policy = given_policy(params)
    # Grants of the other scope stay in: they own what they had here before their scope changed.
    grants = None if params["grants"] is None else read_grants(params["grants"])
    require_statements(params, policy, grants)
    if policy and params["state"] != "absent":
        check_repository_statements(policy)
    if grants is None and not params["repositories"]:
        raise RegistryError("'repositories' is missing: give names, patterns such as 'payments/*', or 'tag:key=value'")
    ownership = given_ownership(params, sids=[sid for grant in grants or () for sid in grant.family()])
    # The grants' own regions always belong to it, or a grant could be left out without a word.
    here = [grant for grant in grants or () if grant.account == params["account_id"] or params["account_id"] is None]
    regions = regions_of(module, [*(params["regions"] or ()), *(region for grant in here for region in grant.regions)])
    selectors = params["repositories"] or ["*"]
    open_ended = ALL_REGIONS in (params["regions"] or ())
    tags = any(is_tag_selector(selector) for grant in grants or () for selector in grant.repositories)
    looked = find_repositories(module, regions, selectors, tags, may_skip=open_ended)
    found = looked.repositories
    warn_closed(module, looked.closed)
    # ECR tells the account with each repository; only an empty registry costs another call.
    account = found[0].account if found else caller_identity(module).account
    check_account(account, params["account_id"])
    if params["state"] != "absent" and not params["allow_no_match"]:
        missing = _missing(regions, selectors, looked, open_ended)
        if grants and params["repositories"] in (None, ["*"]):
            mine = [grant for grant in grants if grant.account == account and grant.scope == "repository"]
            missing += [text for grant in mine for text in _missing_of(grant, regions, looked)]
        if missing:
            raise RegistryError(
                f"these select no repository: {'; '.join(missing)}. Correct the name, create the repository first, "
                "or give 'allow_no_match: true'"
            )
    documents = []
    for repository in found:
        reader, writer = (module.aws_client("ecr", repository.region, repeats) for repeats in (True, False))
        store = RepositoryPolicyStore(reader, writer, repository, bool(params["force"]))
        desired = policy if grants is None else _compiled(grants, repository)
        if desired is None or (params["state"] == "absent" and grants is not None):
            desired = Policy()
        documents.append(Document(store, desired, ownership))
    return documents


def _compiled(grants: Sequence[Grant], repository: Repository) -> Policy:
    statements = [
        statement
        for grant in grants
        if grant.account == repository.account and grant.selects(repository.name, repository.tags)
        for statement in registry_statements(grant, repository.region, "repository")
    ]
    return Policy(statements=tuple(statements))


def _missing(regions: Sequence[str], selectors: Sequence[str], looked: Found, open_ended: bool) -> list[str]:
    """The selectors that select nothing: most likely a misspelled name, and an access that silently nobody gets."""
    if open_ended:
        # In all regions at once, a repository that is in one of them is enough.
        return unmatched_anywhere(selectors, [looked])
    return unmatched(regions, selectors, looked.repositories, looked.names)


def _missing_of(grant: Grant, regions: Sequence[str], looked: Found) -> list[str]:
    """What a grant names and is not there: repositories, or regions that the account may not use."""
    lost = [region for region in grant.regions if region in looked.closed]
    there = [repository for repository in looked.repositories if repository.region in grant.regions]
    open_regions = [region for region in grant.regions if region in regions and region not in lost]
    texts = unmatched(open_regions, grant.repositories, there, looked.names)
    texts += [f"any repository in {region}, which AWS does not let this account use" for region in lost]
    return [f"grant '{grant.name}': {text}" for text in texts]
