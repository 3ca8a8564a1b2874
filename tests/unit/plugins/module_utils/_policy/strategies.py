# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements and documents for property tests, and the harmless ways to write them differently."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

Statement = dict[str, Any]
Respelling = Callable[[Statement, random.Random], None]

ACCOUNTS = ("111122223333", "444455556666", "012345678901")
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
LISTS = ("Action", "NotAction", "Resource", "NotResource")

ORPHANS = ("AROAEXAMPLEROLE00001", "AIDAEXAMPLEUSER00001")
IDENTITIES = (
    *ACCOUNTS,
    *(f"arn:{partition}:iam::111122223333:root" for partition in PARTITIONS),
    "arn:aws:iam::111122223333:role/puller",
    "arn:aws:iam::444455556666:role/team/Pusher",
    "arn:aws-cn:iam::444455556666:user/ci",
    "arn:aws:sts::012345678901:assumed-role/puller/session",
)
ECR_ACTIONS = (
    *("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability", "ecr:PutImage", "ecr:CreateRepository"),
    *("ecr:*", "ecr:Get*", "ecr:*Image", "ecr:PutImage*", "ecr:DescribeImage?", "*", "sts:AssumeRole"),
)
REPOSITORIES = (
    *("*", "arn:aws:ecr:*:111122223333:repository/*", "arn:aws:ecr:eu-west-1:111122223333:repository/base/python"),
    *("arn:aws:ecr:eu-west-1:111122223333:repository/base/*", "arn:aws:iam::111122223333:role/${aws:PrincipalTag/team}"),
)


def examples(number: int) -> settings:
    """The same examples in every run, and no files left behind."""
    return settings(max_examples=number, deadline=None, derandomize=True, database=None)


def one_or_some(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An element's two spellings: one item, or a list."""
    return members | st.lists(members, min_size=1, max_size=4)


EVERYONE = ("*", {"AWS": "*"}, {"AWS": ["*", "111122223333"]})
OTHERS = (
    *({"Service": "lambda.amazonaws.com"}, {"Service": ["lambda.amazonaws.com", "codebuild.amazonaws.com"]}),
    *({"Federated": "arn:aws:iam::111122223333:oidc-provider/example.com"}, {"Federated": ["accounts.google.com"], "AWS": []}),
)


@st.composite
def principals(draw: st.DrawFn, identities: tuple[str, ...], everyone: bool = True) -> Any:
    kind = draw(st.integers(0, 5))
    if kind == 0 and everyone:
        return copy.deepcopy(draw(st.sampled_from(EVERYONE)))
    others = copy.deepcopy(draw(st.sampled_from(OTHERS))) if kind < 3 else {}
    return others if kind == 1 else {**others, "AWS": draw(one_or_some(st.sampled_from(identities)))}


REQUIREMENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("StringEquals", {"aws:PrincipalOrgID": "o-a1b2c3"}),
    ("StringEquals", {"aws:PrincipalOrgID": ["o-d4e5f6", "o-a1b2c3"], "aws:SourceAccount": ["111122223333"]}),
    ("StringEquals", {"aws:ResourceAccount": "${aws:PrincipalAccount}"}),
    ("StringNotEqualsIfExists", {"aws:SourceVpce": ["vpce-1", "vpce-2"]}),
    ("StringEqualsIgnoreCase", {"aws:PrincipalTag/team": ["Core", "core"]}),
    ("ForAnyValue:StringLike", {"aws:PrincipalOrgPaths": ["o-a1b2c3/r-ab12/*"]}),
    ("ForAllValues:StringEquals", {"aws:TagKeys": ["team", "stage"]}),
    ("ArnLike", {"aws:PrincipalArn": ["arn:aws:iam::*:role/pull-*", "arn:aws:iam::444455556666:root"]}),
    ("ArnNotEquals", {"aws:SourceArn": "arn:aws:lambda:eu-west-1:111122223333:function:one"}),
    ("Null", {"aws:PrincipalOrgID": "true"}),
    ("Bool", {"aws:SecureTransport": False}),
    ("Bool", {"aws:SecureTransport": "true"}),
    ("NumericLessThanEquals", {"aws:MultiFactorAuthAge": [3600, "3600.50"]}),
    ("NumericLessThanEquals", {"aws:MultiFactorAuthAge": 1.5}),
    ("IpAddress", {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.1"]}),
)
CONDITIONS = st.lists(st.sampled_from(REQUIREMENTS), max_size=2).map(lambda blocks: copy.deepcopy(dict(blocks)))


NO_SID: st.SearchStrategy[str | None] = st.none()


@st.composite
def statements(draw: st.DrawFn, sids: st.SearchStrategy[str | None] = NO_SID, orphans: bool = True) -> Statement:
    """A statement in some legal spelling, of the kinds that registries, roles and secrets carry."""
    statement: Statement = {}
    sid = draw(sids)
    if sid is not None:
        statement["Sid"] = sid
    statement["Effect"] = draw(st.sampled_from(["Allow", "Allow", "Deny"]))
    identities = IDENTITIES + (ORPHANS if orphans else ())
    if statement["Effect"] == "Deny" and draw(st.booleans()):
        statement["NotPrincipal"] = draw(principals(identities, everyone=False))
    else:
        statement["Principal"] = draw(principals(identities))
    statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(one_or_some(st.sampled_from(ECR_ACTIONS)))
    resource = draw(st.sampled_from([None, None, "Resource", "NotResource"]))
    if resource:
        statement[resource] = draw(one_or_some(st.sampled_from(REPOSITORIES)))
    if draw(st.booleans()):
        statement["Condition"] = draw(CONDITIONS)
    return statement


def documents(members: st.SearchStrategy[Statement], most: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """A whole document; its Sids are unique, as AWS wants them."""

    def unique(items: list[Statement]) -> list[Statement]:
        seen: set[str] = set()
        return [item for item in items if not item.get("Sid") or not (item["Sid"] in seen or seen.add(item["Sid"]))]

    return st.fixed_dictionaries(
        {"Statement": st.lists(members, max_size=most).map(unique)},
        optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17"]), "Id": st.just("some-id")},
    )


# -- harmless respellings of a statement: each changes it in place, and nothing of what it means ---------------------


def _containers(statement: Statement) -> list[tuple[dict[str, Any], str]]:
    """Every (holder, key) whose value is one item or a list of items, in any order."""
    found = [(statement, element) for element in LISTS if element in statement]
    found += [
        (statement[name], kind)
        for name in ("Principal", "NotPrincipal")
        if isinstance(statement.get(name), dict)
        for kind in statement[name]
    ]
    found += [(keys, key) for keys in (statement.get("Condition") or {}).values() for key in keys]
    return found


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def shuffle_lists(statement: Statement, rng: random.Random) -> None:
    for holder, key in _containers(statement):
        if isinstance(holder[key], list):
            rng.shuffle(holder[key])


def wrap_single_items(statement: Statement, _unused: random.Random) -> None:
    for holder, key in _containers(statement):
        holder[key] = _items(holder[key])


def unwrap_single_items(statement: Statement, _unused: random.Random) -> None:
    for holder, key in _containers(statement):
        if isinstance(holder[key], list) and len(holder[key]) == 1:
            holder[key] = holder[key][0]


def repeat_items(statement: Statement, rng: random.Random) -> None:
    for holder, key in _containers(statement):
        items = _items(holder[key])
        holder[key] = items + items[: rng.randint(0, 2)]


def reorder_keys(statement: Statement, rng: random.Random) -> None:
    keys = list(statement)
    rng.shuffle(keys)
    for key in keys:
        statement[key] = statement.pop(key)


def change_action_case(statement: Statement, rng: random.Random) -> None:
    for element in ("Action", "NotAction"):
        if element in statement:
            statement[element] = [rng.choice((str.lower, str.upper, str.swapcase))(item) for item in _items(statement[element])]


def repeat_covered_actions(statement: Statement, _unused: random.Random) -> None:
    for element in ("Action", "NotAction"):
        items = _items(statement.get(element, []))
        if any(item.lower() == "ecr:*" for item in items):
            statement[element] = [*items, "ecr:PutImage", "ecr:Batch*"]


def double_wildcards(statement: Statement, _unused: random.Random) -> None:
    for element in LISTS:
        if element in statement:
            statement[element] = [item.replace("*", "**") for item in _items(statement[element])]


def respell_accounts(statement: Statement, rng: random.Random) -> None:
    for name in ("Principal", "NotPrincipal"):
        if isinstance(statement.get(name), dict) and "AWS" in statement[name]:
            items = _items(statement[name]["AWS"])
            for position, item in enumerate(items):
                account = item.removesuffix(":root")[-12:] if item.endswith(":root") else item
                if account in ACCOUNTS:
                    items[position] = rng.choice([account, *(f"arn:{partition}:iam::{account}:root" for partition in PARTITIONS)])
            statement[name]["AWS"] = items


def respell_everyone(statement: Statement, rng: random.Random) -> None:
    value = statement.get("Principal")
    if value == "*" or (isinstance(value, dict) and "*" in _items(value.get("AWS", []))):
        statement["Principal"] = rng.choice(
            ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["*", "444455556666"], "Service": "lambda.amazonaws.com"}]
        )


def add_empty_elements(statement: Statement, rng: random.Random) -> None:
    if not statement.get("Condition"):
        statement["Condition"] = rng.choice([{}, {"StringEquals": {}}])
    if not statement.get("Sid"):
        statement["Sid"] = ""
    if isinstance(statement.get("Principal"), dict):
        for kind in ("AWS", "CanonicalUser"):
            statement["Principal"].setdefault(kind, [])


def respell_any_resource(statement: Statement, _unused: random.Random) -> None:
    if statement.get("Resource") in ("*", ["*"]):
        del statement["Resource"]
    elif "Resource" not in statement and "NotResource" not in statement:
        statement["Resource"] = "*"


def change_condition_case(statement: Statement, rng: random.Random) -> None:
    case = rng.choice((str.lower, str.upper, str.swapcase))
    statement["Condition"] = {
        case(operator): {case(key): values for key, values in keys.items()} for operator, keys in (statement.get("Condition") or {}).items()
    }


def respell_condition_values(statement: Statement, _unused: random.Random) -> None:
    """Numbers and booleans as text, trailing zeros, full prefix lengths."""
    texts = {"true": "True", "false": "FALSE", "3600": "3600.0", "3600.50": "03600.5", "1.5": "1.50", "192.0.2.1": "192.0.2.1/32"}
    for keys in (statement.get("Condition") or {}).values():
        for key, values in keys.items():
            plain = [str(value).lower() if isinstance(value, bool) else str(value) for value in _items(values)]
            keys[key] = [texts.get(value, value) for value in plain]


def swap_arn_operators(statement: Statement, _unused: random.Random) -> None:
    swaps = {"ArnLike": "ArnEquals", "ArnNotEquals": "ArnNotLike"}
    statement["Condition"] = {swaps.get(operator, operator): keys for operator, keys in (statement.get("Condition") or {}).items()}


RESPELLINGS: tuple[Respelling, ...] = (
    shuffle_lists,
    wrap_single_items,
    unwrap_single_items,
    repeat_items,
    reorder_keys,
    change_action_case,
    repeat_covered_actions,
    double_wildcards,
    respell_accounts,
    respell_everyone,
    add_empty_elements,
    respell_any_resource,
    swap_arn_operators,
    respell_condition_values,
    change_condition_case,
)
#: Those that a diff for people does not show either.
UNSHOWN: tuple[Respelling, ...] = (shuffle_lists, wrap_single_items, unwrap_single_items, repeat_items, reorder_keys, respell_accounts)


def respelled(statement: Statement, respellings: tuple[Respelling, ...], rng: random.Random) -> Statement:
    """The statement after some respellings, in random order."""
    result = copy.deepcopy(statement)
    for respell in rng.sample(respellings, rng.randint(1, len(respellings))):
        respell(result, rng)
    return result


def respelled_document(document: dict[str, Any], rng: random.Random) -> Any:
    """The document after respellings of its statements and of itself: order, duplicates, C(Version), no list, text."""
    own = [respelled(statement, RESPELLINGS, rng) for statement in document["Statement"]]
    rng.shuffle(own)
    own += [copy.deepcopy(rng.choice(own))] if own and rng.random() < 0.3 else []
    result = {**document, "Statement": own[0] if len(own) == 1 and rng.random() < 0.5 else own}
    if document.get("Version", "2008-10-17") == "2008-10-17":
        result.pop("Version", None)
        result |= rng.choice([{}, {"Version": "2008-10-17"}])
    return rng.choice([result, [result], json.dumps(result), json.dumps(result, indent=4), json.dumps(result).encode()])


def as_aws_shows(document: dict[str, Any], rng: random.Random) -> str:
    """The text of a document after AWS has stored it: root ARNs, one-item lists as text, lists in no particular order, printed."""
    shown = copy.deepcopy(document)
    shown.setdefault("Version", "2008-10-17")
    for statement in shown["Statement"]:
        for name in ("Principal", "NotPrincipal"):
            if isinstance(statement.get(name), dict) and "AWS" in statement[name]:
                items = _items(statement[name]["AWS"])
                statement[name]["AWS"] = [f"arn:aws:iam::{item}:root" if item in ACCOUNTS else item for item in items]
        shuffle_lists(statement, rng)
        unwrap_single_items(statement, rng)
    return json.dumps(shown, indent=2)
